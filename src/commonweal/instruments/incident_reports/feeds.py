"""What is published, as feeds: Atom (RFC 4287) and JSON Feed 1.1. What was withdrawn does not vanish from them.

A withdrawn incident stays as an entry that says so, newer than what it was, so that readers which keep what they saw
put it in its place; of one whose publications were all annulled or erased the entry is deleted (RFC 6721).
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

from commonweal.kernel.instrument import Export, Reading, Text

from .publication import erasures, vanished, withdrawn
from .searching import public
from .spreadsheet import UNPRINTABLE
from .stix import SPACE
from .telling import path_of, reason_of, title_in
from .withholding import hides

ATOM, FEED_MAX = "http://www.w3.org/2005/Atom", 100
TOMBSTONES = "http://purl.org/atompub/tombstones/1.0"
_TITLE = Text(en="Published incidents", zh="已公布事件")
_GONE = Text(en="Withdrawn: {name}", zh="已撤回：{name}")
_WHY = Text(en="This publication was withdrawn: it {why}.", zh="此公布内容已撤回：{why}。")
_NO_REASON = Text(en="This publication was withdrawn.", zh="此公布内容已撤回。")
_SAID_OF_IT = Text(en="What was said of it: {words}", zh="更正说明：{words}")
_ANNULLED = Text(
    en="It was published in error and annulled: it counts as never published.", zh="公布有误，已作废：视同未曾公布。"
)


_ERASED = Text(en="It was erased from the record.", zh="已从记录中删除。")


@dataclass(frozen=True)
class Item:
    """One incident in a feed; `state` is "" while it is published, else withdrawn or deleted."""

    incident: str
    updated: str
    title: str
    text: str
    published: str = ""
    state: str = ""


def items(reading: Reading, query: Mapping[str, str]) -> list[Item]:
    """The newest filings first, at most a hundred: what is public under a query, and all that no longer is."""
    found = [*_published(reading, query), *(() if query.get("snapshot") else _gone(reading, query))]
    return sorted(found, key=lambda one: (one.updated, one.incident), reverse=True)[:FEED_MAX]


def _published(reading: Reading, query: Mapping[str, str]) -> Iterator[Item]:
    language = reading.language
    for one in public(reading, query):
        published = f"{one['first_published']}T00:00:00Z"
        if one.get("gone"):
            taken = one["taken_out"][0]
            text = _WHY.in_(language).format(why=reason_of(taken["why"]).in_(language))
            updated = f"{taken['since']}T00:00:00Z" if taken["since"] else one["updated"]
            title = _GONE.in_(language).format(name=one["name"])
            yield Item(one["incident"], updated, title, text, published, "withdrawn")
            continue
        text = (language == "zh" and one.get("summary_zh")) or one.get("summary") or one["title"]
        yield Item(one["incident"], one["updated"], title_in(one, language), text, published)


def _gone(reading: Reading, query: Mapping[str, str]) -> Iterator[Item]:
    """What was published once, under any filter: whoever follows one must learn of it."""
    language, since = reading.language, query.get("since", "")
    for one in withdrawn(reading):
        if one["updated"][:10] >= since and query.get("reference") in (None, "", one["name"]):
            why = str(one.get("withdrawn_for"))
            text = (
                _WHY.in_(language).format(why=reason_of(why).in_(language)) if hides(why) else _NO_REASON.in_(language)
            )
            if one.get("correction"):
                text = f"{text} {_SAID_OF_IT.in_(language).format(words=one['correction'])}"
            title = _GONE.in_(language).format(name=one["name"])
            yield Item(one["incident"], one["updated"], title, text, f"{one['first_published']}T00:00:00Z", "withdrawn")
    for row in vanished(reading.tables) if not query.get("reference") else ():
        if row["annulled_at"][:10] >= since:
            name = row["incident"].partition(":")[2]
            title, text = _GONE.in_(language).format(name=name), _ANNULLED.in_(language)
            yield Item(row["incident"], row["annulled_at"], title, text, "", "deleted")
    for incident, at in erasures(reading.tables) if not query.get("reference") else ():
        if at[:10] >= since:
            title = _GONE.in_(language).format(name=incident.partition(":")[2])
            yield Item(incident, at, title, _ERASED.in_(language), "", "deleted")


def _ident(reading: Reading, what: str) -> str:
    return f"urn:uuid:{uuid.uuid5(SPACE, f'{reading.origin} {what}')}"


def _here(reading: Reading) -> str:
    return f"{reading.address}{'/zh' if reading.language == 'zh' else ''}"


def as_feed(reading: Reading, query: Mapping[str, str]) -> bytes:
    """The feed in Atom."""
    return atom(items(reading, query), reading)


def atom(found: Sequence[Item], reading: Reading) -> bytes:
    """Items as Atom; an incident's entry keeps its identifier for ever."""
    here = _here(reading)
    ElementTree.register_namespace("", ATOM)
    ElementTree.register_namespace("at", TOMBSTONES)
    feed = ElementTree.Element(f"{{{ATOM}}}feed")
    _put(feed, "id", _ident(reading, "feed"))
    _put(feed, "title", _TITLE.in_(reading.language))
    _put(feed, "updated", found[0].updated if found else "1970-01-01T00:00:00Z")
    _put(feed, "author", "").append(_text("name", reading.authority))
    _link(feed, "self", f"{here}/incident_reports/incidents.atom")
    _link(feed, "alternate", f"{here}/incident_reports/incidents")
    for one in found:
        ident = _ident(reading, f"entry {one.incident}")
        if one.state == "deleted":
            gone = ElementTree.SubElement(feed, f"{{{TOMBSTONES}}}deleted-entry", {"ref": ident, "when": one.updated})
            gone.append(_text("comment", one.text, TOMBSTONES))
            continue
        entry = ElementTree.SubElement(feed, f"{{{ATOM}}}entry")
        _put(entry, "id", ident)
        _put(entry, "title", one.title)
        _put(entry, "published", one.published)
        _put(entry, "updated", one.updated)
        _link(entry, "alternate", f"{here}{path_of(one.incident)}")
        if one.state:
            ElementTree.SubElement(entry, f"{{{ATOM}}}category", {"term": one.state})
        _put(entry, "summary", one.text)
    body: bytes = ElementTree.tostring(feed, encoding="utf-8", xml_declaration=True)
    return body


def _link(parent: ElementTree.Element, rel: str, href: str) -> None:
    ElementTree.SubElement(parent, f"{{{ATOM}}}link", {"rel": rel, "href": href})


def _put(parent: ElementTree.Element, name: str, text: str) -> ElementTree.Element:
    item = _text(name, text)
    parent.append(item)
    return item


def _text(name: str, text: str, space: str = ATOM) -> ElementTree.Element:
    item = ElementTree.Element(f"{{{space}}}{name}")
    item.text = UNPRINTABLE.sub("\ufffd", text) or None
    return item


def as_json_feed(reading: Reading, query: Mapping[str, str]) -> bytes:
    """The same in JSON Feed 1.1; what was withdrawn or deleted has that as its tag."""
    here = _here(reading)
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": _TITLE.in_(reading.language),
        "home_page_url": f"{here}/incident_reports/incidents",
        "feed_url": f"{here}/incident_reports/incidents.feed.json",
        "language": "zh-CN" if reading.language == "zh" else "en",
        "authors": [{"name": reading.authority}],
        "items": [_item(one, reading) for one in items(reading, query)],
    }
    return (json.dumps(feed, ensure_ascii=False, indent=1) + "\n").encode()


def _item(one: Item, reading: Reading) -> dict[str, object]:
    said: dict[str, object] = {
        "id": _ident(reading, f"entry {one.incident}"),
        "url": f"{_here(reading)}{path_of(one.incident)}",
        "title": one.title,
        "content_text": one.text,
        "date_modified": one.updated,
    }
    return (
        said
        | ({"date_published": one.published} if one.published else {})
        | ({"tags": [one.state]} if one.state else {})
    )


ATOM_FEED = Export("atom", Text(en="Feed (Atom)", zh="订阅源（Atom）"), "application/atom+xml; charset=utf-8", as_feed)
JSON_FEED = Export("feed.json", Text(en="Feed (JSON)", zh="订阅源（JSON）"), "application/feed+json", as_json_feed)
