"""What others follow and take over: nothing vanishes from a feed unsaid; a STIX object is one under any filter."""

from __future__ import annotations

import json
import re
import uuid
from typing import Any
from xml.etree import ElementTree

import pytest
import stix2

from commonweal.instruments.incident_reports.feeds import ATOM, TOMBSTONES, as_feed, as_json_feed
from commonweal.instruments.incident_reports.publication import OPEN
from commonweal.instruments.incident_reports.stix import as_stix

from .conftest import Office
from .test_exporting import WHOLE

A, AT = f"{{{ATOM}}}", f"{{{TOMBSTONES}}}"
STAMP = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z")


def publish(office: Office, number: int = 1, **more: Any) -> int:
    said = {"name": f"I {number}", "incident": f"incident:i-{number}", "published_on": "2026-03-02", "title": "A title"}
    return office.file("publication", **{**said, **more})


@pytest.fixture
def three(office: Office) -> Office:
    """Three incidents on three days; Acme developed the first and the third, and runs the second."""
    who = ({"developers_named": ["Acme"]}, {"deployers_named": ["Acme"]}, {"developers_named": ["Acme", "Other"]})
    for number, (day, names) in enumerate(zip(("02", "03", "04"), who, strict=True), 1):
        office.at(f"2026-03-{day}T09:00:00Z")
        office.file("incident", name=f"I {number}", title="A title")
        publish(office, number, category=("misuse", "near_miss", "misuse")[number - 1], severity="minor", **names)
    return office


def feed_of(office: Office, language: str = "en", **query: str) -> ElementTree.Element:
    return ElementTree.fromstring(as_feed(office.authority.reading(language), query))


def entry_of(feed: ElementTree.Element, ident: str) -> ElementTree.Element:
    return next(one for one in feed.iter(f"{A}entry") if one.findtext(f"{A}id") == ident)


def bundle_of(office: Office, **query: str) -> dict[str, dict[str, Any]]:
    """The objects of a bundle by identifier, once OASIS's own library and the rules below have taken them."""
    data = json.loads(as_stix(office.authority.reading(), query))
    objects = data.get("objects", [])
    stix2.parse(data, allow_custom=False)
    found = {one["id"]: one for one in objects}
    assert len(found) == len(objects), "each object once (STIX 2.1, section 8)"
    for one in objects:
        kind, _, ident = one["id"].partition("--")
        assert one["type"] == kind
        assert uuid.UUID(ident).version == 5
        assert STAMP.fullmatch(one["created"])
        assert STAMP.fullmatch(one["modified"])
        assert one["created"] <= one["modified"], "section 3.2: modified is not before created"
        for end in ("source_ref", "target_ref"):
            assert end not in one or one[end] in found, "what a relationship joins is in the bundle"
    return found


# ── feeds ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_feed_names_its_authority_and_where_its_pages_are(office: Office) -> None:
    """RFC 4287: an author, a link to itself, and addresses that a reader elsewhere can follow."""
    office.file("incident", name="I 1", title="A title")
    publish(office)
    feed = feed_of(office, "zh")
    assert feed.findtext(f"{A}author/{A}name") == "测试"
    links = {str(item.get("rel")): str(item.get("href")) for item in feed.findall(f"{A}link")}
    assert links["self"].endswith("/zh/incident_reports/incidents.atom")
    link = feed.find(f"{A}entry/{A}link")
    assert link is not None
    assert str(link.get("href")).endswith("/zh/incidents/i-1")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_is_withdrawn_is_said_in_the_feed_in_its_place(three: Office, language: str) -> None:
    """The entry keeps its identifier and is newer, so a reader that kept what it saw puts this in its place."""
    before = [str(one.findtext(f"{A}id")) for one in feed_of(three, language).iter(f"{A}entry")]
    three.at("2026-03-05T09:00:00Z")
    publish(three, 1, title="I 1", status="withdrawn", withdrawn_for="personal", correction="It went too far.")
    feed = feed_of(three, language)
    assert {one.findtext(f"{A}id") for one in feed.iter(f"{A}entry")} == set(before)
    gone = entry_of(feed, before[-1])
    assert gone.findtext(f"{A}title") == ("已撤回：I 1" if language == "zh" else "Withdrawn: I 1")
    assert gone.findtext(f"{A}updated") == feed.findtext(f"{A}updated") == "2026-03-05T09:00:00Z"
    assert "It went too far." in str(gone.findtext(f"{A}summary"))
    category = gone.find(f"{A}category")
    assert category is not None
    assert category.get("term") == "withdrawn"
    assert entry_of(feed_of(three, language, category="near_miss"), before[-1]) is not None, "whatever they follow"
    (one,) = [
        item for item in json.loads(as_json_feed(three.authority.reading(language), {}))["items"] if "tags" in item
    ]
    assert (one["id"], one["tags"], one["date_modified"]) == (before[-1], ["withdrawn"], "2026-03-05T09:00:00Z")
    publish(three, 1, title="It is back", correction="The reason is gone.")
    assert entry_of(feed_of(three, language), before[-1]).findtext(f"{A}title") == "It is back"


def test_what_was_annulled_is_deleted_from_the_feed(office: Office) -> None:
    """RFC 6721, section 3: at:deleted-entry with ref, the entry's identifier, and when."""
    office.file("incident", name="I 1", title="A title")
    wrong = publish(office)
    ident = feed_of(office).findtext(f"{A}entry/{A}id")
    office.at("2026-03-05T09:00:00Z")
    office.annul(wrong)
    feed = feed_of(office)
    assert feed.find(f"{A}entry") is None
    (gone,) = feed.iter(f"{AT}deleted-entry")
    assert (gone.get("ref"), gone.get("when")) == (ident, "2026-03-05T09:00:00Z")
    assert feed.findtext(f"{A}updated") == "2026-03-05T09:00:00Z"
    assert [one["tags"] for one in json.loads(as_json_feed(office.authority.reading(), {}))["items"]] == [["deleted"]]


def test_the_json_feed_has_what_its_specification_asks(three: Office) -> None:
    """JSON Feed 1.1: version, title and items; of each item an id and content."""
    feed = json.loads(as_json_feed(three.authority.reading(), {}))
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert [one["date_modified"] for one in feed["items"]] == [f"2026-03-0{day}T09:00:00Z" for day in (4, 3, 2)]
    assert all(one["id"] and one["content_text"] and one["date_published"] for one in feed["items"])


# ── STIX 2.1 ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_object_is_the_same_under_every_filter(three: Office) -> None:
    """STIX 2.1, section 3.6: objects of one id and one modified are one version, with one content; created stays."""
    whole = bundle_of(three)
    kinds = sorted(one["type"] for one in whole.values())
    assert kinds == ["extension-definition"] + ["identity"] * 3 + ["incident"] * 3 + ["relationship"] * 4
    for query in ({"category": "misuse"}, {"category": "near_miss"}, {"reference": "I 3"}, {"q": "title"}):
        part = bundle_of(three, **query)
        assert part
        assert all(whole[ident] == one for ident, one in part.items()), query
    acme = next(one for one in whole.values() if one.get("name") == "Acme")
    assert acme["created"] == acme["modified"] == "2026-03-02T09:00:00.000Z", "when it was first named by anything"


def test_created_stays_and_modified_moves_with_a_correction(three: Office) -> None:
    before = bundle_of(three)
    three.at("2026-03-06T09:00:00Z")
    publish(three, 1, title="Another title", developers_named=["Acme"], correction="Better said.")
    after = bundle_of(three)
    assert before.keys() == after.keys()
    (changed,) = [ident for ident in after if after[ident] != before[ident]]
    assert after[changed]["created"] == before[changed]["created"]
    assert after[changed]["modified"] == "2026-03-06T09:00:00.000Z"


def test_what_is_withdrawn_is_revoked_and_what_comes_back_is_another(three: Office) -> None:
    """STIX 2.1, section 3.6: nothing may follow a revoked version."""
    before = bundle_of(three)
    three.at("2026-03-06T09:00:00Z")
    publish(three, 2, title="I 2", status="withdrawn", withdrawn_for="personal", correction="It went too far.")
    after = bundle_of(three)
    (revoked,) = [one for one in after.values() if one.get("revoked")]
    assert revoked["id"] in before
    assert (revoked["name"], revoked["created"]) == ("I 2", before[revoked["id"]]["created"])
    assert "description" not in revoked
    three.at("2026-03-07T09:00:00Z")
    publish(three, 2, title="It is back", correction="The reason is gone.")
    again = next(one for one in bundle_of(three).values() if one.get("name") == "It is back")
    assert again["id"] not in before
    assert again["created"] == "2026-03-07T09:00:00.000Z"


def test_a_version_of_which_words_were_taken_out_is_a_version_of_its_own(three: Office) -> None:
    """Whoever has the snapshot's object from before gets another `modified` with other words."""
    three.at("2026-03-09T09:00:00Z")
    three.authority.tick()
    three.authority.follow()
    before = bundle_of(three, snapshot="2026-W10")
    assert all(bundle_of(three)[ident] == one for ident, one in before.items())
    three.at("2026-03-10T09:00:00Z")
    kept = {"developers_named": ["Acme"], "category": "misuse", "withheld": {"severity": "personal"}}
    publish(three, 1, correction="Its severity gives them away.", **kept)
    now, then = bundle_of(three), bundle_of(three, snapshot="2026-W10")
    (changed,) = [ident for ident in then if then[ident] != before[ident]]
    assert then[changed]["labels"] == ["misuse"]
    versions = [one[changed]["modified"] for one in (before, then, now)]
    assert versions == sorted(set(versions)), "three versions in their order"


def test_nothing_that_is_public_is_lost_on_the_way(office: Office) -> None:
    """The standard's incident has a name and a description: the rest stands in an extension that the bundle defines
    (sections 7.1 and 7.3). What is kept back is named, and why."""
    said = {**WHOLE, "harmed_named": [], "variant_of": None, "models": [], "occurred": "2026-02~", "category": "misuse"}
    office.file("incident", name="I 1", title="A title")
    publish(office, **said, withheld={"harmed_named": "personal"})
    found = bundle_of(office)
    by_type = {one["type"]: one for one in found.values() if one["type"] not in ("identity", "relationship")}
    incident, defined = by_type["incident"], by_type["extension-definition"]
    assert defined["created_by_ref"] in found
    facts = incident["extensions"][defined["id"]]
    assert facts["extension_type"] in defined["extension_types"]
    assert all(name in defined["schema"] for name in facts if name != "extension_type")
    assert (facts["occurred"], facts["withheld"]) == ("2026-02~", {"harmed_named": "personal"})
    assert (facts["occurred_from"], facts["occurred_before"]) == (
        "2026-02-01T00:00:00.000Z",
        "2026-03-01T00:00:00.000Z",
    )
    assert facts["ended_before"] == "2026-03-02T00:00:00.000Z"
    words = by_type["language-content"]
    assert words["contents"] == {"zh": {"name": "标题", "description": "摘要。"}}
    assert (words["object_ref"], words["object_modified"]) == (incident["id"], incident["modified"])
    told = json.dumps(list(found.values()), ensure_ascii=False)
    for field in OPEN:
        for item in said[field] if isinstance(said[field], list) else [said[field]] if said[field] else ():
            assert json.dumps(item, ensure_ascii=False).strip('"') in told, field


def test_two_authorities_never_give_one_identifier_to_two_incidents(office: Office) -> None:
    """References such as I 1 are everybody's; identifiers are made from the name of the log too."""
    office.file("incident", name="I 1", title="A title")
    publish(office)
    (ident,) = bundle_of(office)
    space = uuid.uuid5(uuid.NAMESPACE_URL, "urn:commonweal:incident_reports")
    assert ident == f"incident--{uuid.uuid5(space, 'incidents.example/log incident incident:i-1')}"
    assert ident != f"incident--{uuid.uuid5(space, 'other.example/log incident incident:i-1')}"


def test_a_bundle_of_nothing_has_no_list(office: Office) -> None:
    """STIX 2.1, section 2.8: a list is not empty."""
    assert "objects" not in json.loads(as_stix(office.authority.reading(), {}))
