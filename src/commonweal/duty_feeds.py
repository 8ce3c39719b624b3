"""Duties as other programs take them: a calendar to subscribe to (RFC 5545) and a feed of changes (RFC 4287).

What is written is what anybody may see. Both are made from the projections alone, so the same record gives the same
bytes: an event or a feed's entry keeps its identifier for ever, and its revision is the entry that changed it last.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

from icalendar import Alarm, Calendar, Component, Event, Todo

from commonweal.kernel import obligations
from commonweal.kernel.obligations import Law, Rule
from commonweal.kernel.obligations.kinds import OPEN, UNDECIDED
from commonweal.kernel.record import Reader, Row
from commonweal.kernel.values import BadInput, Fault, FaultCollector, Text, TooLarge, cited, instant

EVENTS_MAX, CHANGES_SHOWN, FILTER_CHARS_MAX = 5_000, 100, 200
FILTERS = ("party", "rule", "subject", "jurisdiction", "state")
BEHIND, AHEAD = timedelta(days=366), timedelta(days=3653)
FIRST = datetime(1900, 1, 1, tzinfo=UTC)
FORMS = ("events", "tasks")
MET_LATE = Text(en="met late", zh="逾期履行")
ATOM = "http://www.w3.org/2005/Atom"
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]|[\ud800-\udfff]")
_STATUS = {"lapsed": "CANCELLED", "unknown": "TENTATIVE", "not_public": "TENTATIVE"}
_TASK = {"lapsed": "CANCELLED", "met": "COMPLETED", "deemed_approved": "COMPLETED", "deemed_refused": "COMPLETED"}
_WORDS: Mapping[str, Text] = {
    "calendar": Text(en="Duties", zh="义务"),
    "feed": Text(en="Changes of duties", zh="义务变更"),
    "state": Text(en="State: {state}", zh="状态：{state}"),
    "party": Text(en="Owed by: {party}", zh="义务人：{party}"),
    "to": Text(en="Owed to: {to}", zh="履行对象：{to}"),
    "law": Text(en="{law}, {citation}", zh="{law}，{citation}"),
    "missing": Text(en="Not known: {missing}", zh="尚不知：{missing}"),
    "last_day": Text(en="Last day: {day}", zh="最后一日：{day}"),
    "changed": Text(en="{title}: {about}: {state}", zh="{title}：{about}：{state}"),
}


@dataclass(frozen=True, slots=True)
class Told:
    """To whom and from where something is told: whose record, which language, and the address of pages ("" for none).

    `name_of` gives what a subject is called.
    """

    origin: str
    authority: str
    language: str
    now: datetime
    address: str = ""
    path: Callable[[str], str] = str
    name_of: Callable[[str], str] = str

    def say(self, word: str, **values: object) -> str:
        return _clean(_WORDS[word].in_(self.language).format(**values))

    def link(self, path: str) -> str:
        """The full address of a page; "" where this authority has none."""
        return self.address + self.path(path) if self.address else ""


def filters(query: Mapping[str, str], *, also: Sequence[str] = ()) -> dict[str, str]:
    """The filters that a query names, without empty ones. Raises `BadInput` naming every one that there is not."""
    faults = FaultCollector("filters of duties")
    for name, value in query.items():
        if name not in (*FILTERS, *also):
            faults.add(name, value, f"one of the filters {', '.join((*FILTERS, *also))}", "unknown_filter")
        elif len(value) > FILTER_CHARS_MAX:
            faults.add(name, f"{len(value)} characters", f"at most {FILTER_CHARS_MAX} characters", "too_large")
    if query.get("state") and query["state"] not in obligations.STATES:
        faults.add("state", query["state"], f"one of: {', '.join(obligations.STATES)}", "unknown_choice")
    faults.done()
    return {name: query[name] for name in FILTERS if query.get(name)}


# ── a calendar ──────────────────────────────────────────────────────────────────────────────────────────────────────


def ics(reader: Reader, told: Told, where: Mapping[str, str], form: str = "events") -> bytes:
    """The duties with a date from a year back to ten years ahead, as events or as tasks (RFC 5545).

    What is open is told however long ago it fell due. Raises `TooLarge` for more than 5,000, `BadInput` for another
    form.
    """
    if form not in FORMS:
        raise BadInput(Fault("form", form, f"one of: {', '.join(FORMS)}", "unknown_choice"), "a calendar of duties")
    states = [state for state in (*OPEN, *UNDECIDED) if where.get("state") in (None, state)]
    behind = told.now - BEHIND
    rows = [
        row for state in states for row in obligations.deadlines(reader, FIRST, behind, **{**where, "state": state})
    ]
    rows += obligations.deadlines(reader, behind, told.now + AHEAD, **where)
    if len(rows) > EVENTS_MAX:
        want = f"at most {EVENTS_MAX}: narrow them by {', '.join(FILTERS)}"
        raise TooLarge(Fault("(whole)", f"{len(rows)} duties", want, "too_large"), "a calendar of duties")
    return calendar_of(reader, rows, told, form)


def calendar_of(reader: Reader, rows: Sequence[Row], told: Told, form: str = "events") -> bytes:
    """A calendar (RFC 5545) of duties as `obligations.deadlines` has them, as events or as tasks.

    A deadline that ends a day is a whole day where the law applies; one at an hour has its instant.
    """
    calendar = Calendar()
    calendar.add("prodid", f"-//Commonweal//{_clean(told.origin)}//{told.language.upper()}")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", f"{told.say('calendar')}: {_clean(told.authority)}")
    for row in rows:
        calendar.add_component(_component(row, obligations.law_of(reader, row["sha256"]), told, form))
    if rows:
        days = [date.fromisoformat(row["last_day"]) for row in rows]
        calendar.add_missing_timezones(first_date=min(days) - BEHIND, last_date=max(days) + BEHIND)
    assert not list(calendar.walk(Alarm.name)), "whoever subscribes decides when to be reminded"
    return bytes(calendar.to_ical())


def _component(row: Row, law: Law, told: Told, form: str) -> Component:
    rule = law.rule(row["rule"], row["rule_version"])
    task = form == "tasks"
    found: Component = Todo() if task else Event()
    found.add("uid", _uid(told.origin, row))
    revised = _begins(row["changed_on"], law.time_zone)
    found.add("dtstamp", revised)
    found.add("last-modified", revised)
    found.add("sequence", max(0, row["entry"] or 0))
    title = rule.title.in_(told.language) if rule is not None else row["duty"]
    found.add("summary", _clean(f"{title}: {told.name_of(row['subject'])}"))
    found.add("description", _described(row, law, rule, told))
    found.add("categories", [_clean(row["state"]), law.jurisdiction])
    _dated(found, row, law, task=task)
    status = _TASK.get(row["state"], "NEEDS-ACTION") if task else _STATUS.get(row["state"], "CONFIRMED")
    found.add("status", status)
    if task and status == "COMPLETED":
        found.add("completed", _begins(row["met_on"] or row["changed_on"], law.time_zone))
    if not task:
        found.add("transp", "TRANSPARENT")
    if link := told.link(f"/regimes/{row['rule']}"):
        found.add("url", link)
    return found


def _dated(found: Component, row: Row, law: Law, *, task: bool) -> None:
    zone = ZoneInfo(law.time_zone)
    local = instant(row["date"]).astimezone(zone)
    last = date.fromisoformat(row["last_day"])
    if local.time() == time.min and local.date() == last + timedelta(days=1):
        found.add("due" if task else "dtstart", last)
        if not task:
            found.add("dtend", last + timedelta(days=1))
        return
    around = {(local + timedelta(hours=hours)).utcoffset() for hours in (-4, 0, 4)}
    # Where clocks change, an hour of the day can be missing or come twice; the instant itself cannot.
    found.add("due" if task else "dtstart", local if len(around) == 1 else local.astimezone(UTC))


def _uid(origin: str, row: Row) -> str:
    """The same for a duty (and round) for ever, whatever becomes of it."""
    named = "\n".join((origin, row["rule"], row["subject"], str(row["number"])))
    host = re.sub(r"[^a-z0-9.\-]", "-", origin.split("/", 1)[0].lower())
    return f"{hashlib.sha256(named.encode()).hexdigest()[:32]}@{host}"


def state_of(row: Row, language: str) -> str:
    """The state of a duty in words: what was met after its last day is met late."""
    known = MET_LATE if row["state"] == "met" and row["late"] else obligations.STATES.get(row["state"])
    return known.in_(language) if known else str(row["state"])


def _described(row: Row, law: Law, rule: Rule | None, told: Told) -> str:
    lines = [
        told.say("state", state=state_of(row, told.language)),
        told.say("party", party=party_name(row["party"], law, told)) if row["party"] else "",
        told.say("to", to=rule.owed_to.in_(told.language)) if rule is not None else "",
        told.say(
            "law",
            law=law.title.in_(told.language),
            citation=cited(rule.citation, told.language) if rule is not None else "",
        ),
    ]
    names = [law.facts[name].title.in_(told.language) if name in law.facts else name for name in row["missing"]]
    lines.append(told.say("missing", missing="; ".join(names)) if names else "")
    lines += [said.in_(told.language) for said in obligations.explained(row["why"].get("steps", ()))]
    return _clean("\n".join(line for line in lines if line))


def party_name(party: str, law: Law, told: Told) -> str:
    """What a party is called: the authority by the name that the law gives it."""
    return law.authority.in_(told.language) if party == obligations.THE_AUTHORITY else told.name_of(party)


# ── a feed ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def atom(reader: Reader, told: Told, where: Mapping[str, str], self_path: str) -> bytes:
    """The last hundred changes of duties that were recorded, newest first (RFC 4287)."""
    narrowed = {name: value for name, value in where.items() if name != "state"}
    rows = obligations.changes(reader, limit=CHANGES_SHOWN, **narrowed)
    rows = [row for row in rows if where.get("state") in (None, row["state"])]
    feed = ElementTree.Element("feed", {"xmlns": ATOM, "xml:lang": told.language})
    tag = _tag(told.origin)
    _put(feed, "id", f"{tag}:duties" + "".join(f":{name}={quote(where[name])}" for name in sorted(where)))
    _put(feed, "title", f"{told.say('feed')}: {told.authority}")
    _put(feed, "updated", max((_moment(row) for row in rows), default="1970-01-01T00:00:00Z"))
    author = ElementTree.SubElement(feed, "author")
    _put(author, "name", told.authority)
    if link := told.link(self_path):
        ElementTree.SubElement(feed, "link", {"rel": "self", "type": "application/atom+xml", "href": _clean(link)})
        ElementTree.SubElement(feed, "link", {"rel": "alternate", "href": _clean(told.link("/duties"))})
    for row in rows:
        _entry(feed, row, told, tag)
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + bytes(ElementTree.tostring(feed, encoding="unicode"), "utf-8")


def _entry(feed: ElementTree.Element, row: Row, told: Told, tag: str) -> None:
    entry = ElementTree.SubElement(feed, "entry")
    _put(entry, "id", f"{tag}:entry:{row['entry']}")
    words = obligations.STATES.get(row["state"])
    state = words.in_(told.language) if words else row["state"]
    title, about = row["title"].in_(told.language), told.name_of(row["subject"])
    _put(entry, "title", told.say("changed", title=title, about=about, state=state))
    _put(entry, "updated", _moment(row))
    ElementTree.SubElement(entry, "category", {"term": _clean(row["state"]), "label": _clean(state)})
    ElementTree.SubElement(entry, "category", {"term": _clean(row["jurisdiction"])})
    parts = [
        told.say("state", state=state),
        told.say("last_day", day=obligations.end_words(ends).in_(told.language)) if (ends := row["ends"]) else "",
        f"{row['rule']}, {row['subject']}",
    ]
    _put(entry, "summary", "\n".join(part for part in parts if part))
    if link := told.link(f"/record/{row['entry']}"):
        ElementTree.SubElement(entry, "link", {"rel": "alternate", "href": _clean(link)})


def _tag(origin: str) -> str:
    """The beginning of every identifier of an authority's feeds (RFC 4151): its log's name, for ever."""
    host, _, rest = origin.partition("/")
    return f"tag:{_clean(host)},2026:{_clean(rest) or 'log'}"


def _put(parent: ElementTree.Element, name: str, text: str) -> None:
    ElementTree.SubElement(parent, name).text = _clean(text)


def _moment(row: Row) -> str:
    return _begins(row["on"], row["zone"]).strftime("%Y-%m-%dT%H:%M:%SZ")


def _begins(day: str, zone: str) -> datetime:
    """When a day begins where a law applies, in UTC as both formats ask: read there it is that day."""
    return datetime.combine(date.fromisoformat(day), time.min, ZoneInfo(zone)).astimezone(UTC)


def _clean(text: Any) -> str:
    """Text without the characters that neither format can hold."""
    return _UNPRINTABLE.sub("\ufffd", str(text))
