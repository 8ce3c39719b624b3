"""What is done about a report in confidence is told to nobody who does not read the report, whatever kind says it.

Somebody's employer who knows of a report by its reference must not read in the public log that its reporter left a
contact, answered, had it destroyed or took the report back, nor which alert it led to. The laws walk all kinds of all
instruments, so that one that is added tomorrow is held to them.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from commonweal.acceptance import Caller
from commonweal.authority import EVERYONE, Authority
from commonweal.authority.declared import all_kinds
from commonweal.instruments import discover
from commonweal.kernel import registry
from commonweal.kernel.disclosure import Kind, Marking, Untold
from commonweal.kernel.disclosure.succession import TURNING
from commonweal.kernel.record import Act
from commonweal.kernel.record.heads import IN_CONFIDENCE
from commonweal.kernel.values import ReplayClock, Text, instant
from commonweal.settings import Settings
from commonweal.sight import Sight

START = instant("2026-03-01T09:00:00Z")
REPORTER, OFFICER = Caller("party:reporter-0000", ("reporter",)), Caller("party:moreau", ("officer",))
NAME, REPORT, FILED = "ZQ-2026-77", "report:zq-2026-77", "incident_reports.report"


@functools.cache
def _kinds() -> dict[str, Kind]:
    return {kind.id: kind for kind in all_kinds(item.instrument for item in discover().values())}


@pytest.fixture(scope="module")
def confided(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Authority, dict[str, int]]]:
    """A report, and an entry about it of every kind that names no subject of its own, each field with its reference.

    They are sealed as they are, and followed by nothing: what is asked is what the record tells of them.
    """
    folder: Path = tmp_path_factory.mktemp("confided") / "a"
    settings = Settings(Text(en="Test", zh="测试"), "test.example/record", START, replay=True)
    authority = Authority.create(folder, settings, clock=ReplayClock(START))
    body = {"name": NAME, "category": "near_miss", "reporter": "employee", "title": "t", "what_happened": "w"}
    report = authority.act(Act(FILED, body, ""), REPORTER).index
    about = [kind for kind in authority.kinds.values() if not kind.noun and kind.id not in {one.id for one in TURNING}]
    acts = [(Act(kind.id, _filled(kind), f"zq:{kind.id}", REPORT, (report,)), OFFICER) for kind in about]
    placed = authority._writing.append(acts, START)
    yield authority, {act.kind: index for (act, _), (index, _) in zip(acts, placed, strict=True)}
    authority.close()


def _filled(kind: Kind) -> dict[str, str]:
    """Each field with the report's reference, but for those by which a kind tells something all the same."""
    return {name: "told" if name in kind.tells else REPORT for name in kind.schema.model_fields}


def test_no_field_that_names_a_report_is_public_but_its_own_name() -> None:
    confiding = Untold(_kinds()).nouns
    assert "report" in confiding
    public = [
        (kind.id, name)
        for kind in _kinds().values()
        for name, ref in registry.fields_marked(kind.schema, registry.Ref).items()
        if {ref.noun, *ref.others} & set(confiding) and kind.marking(name) is Marking.CLEAR
    ]
    assert public == []


def test_what_tells_something_all_the_same_says_why() -> None:
    told = {kind.id for kind in _kinds().values() if kind.tells}
    assert told == {
        "record.annulled", "record.corrected", "disclosure.named",
        "retention.hold_placed", "retention.hold_lifted", "retention.erased",
    }  # fmt: skip
    assert all(len(why.split()) > 5 for kind in _kinds().values() for why in kind.tells.values())
    assert all(set(kind.tells) <= set(kind.schema.model_fields) for kind in _kinds().values())


def test_no_entry_of_any_kind_tells_a_stranger_which_report_it_is_about(
    confided: tuple[Authority, dict[str, int]],
) -> None:
    authority, placed = confided
    stranger = Sight(authority, None, "test")
    assert len(placed) > 100
    for kind_id, index in placed.items():
        stored, kind = authority.store.entry(index), authority.kinds[kind_id]
        shown = authority.presentation(index, EVERYONE)
        assert stranger.subject(stored) is None, kind_id
        assert set(shown.fields) <= set(kind.tells), kind_id
        assert NAME.lower() not in json.dumps([shown.fields, shown.disclosures]).lower(), kind_id
        assert NAME.lower().encode() not in stored.leaf.lower(), kind_id


def test_leaves_of_what_is_done_in_confidence_are_alike_but_for_what_is_random(
    confided: tuple[Authority, dict[str, int]],
) -> None:
    """So nobody counts answers, or finds who left a contact by the class it is kept under or by how much was said."""
    authority, placed = confided
    seen = set()
    for kind_id, index in placed.items():
        stored, kind = authority.store.entry(index), authority.kinds[kind_id]
        leaf = json.loads(stored.leaf)
        if kind.tells:
            assert leaf["kind"] == f"{kind_id}/{kind.version}", "what tells something says what it is"
            continue
        assert Sight(authority, None, "test").kind(stored) == authority.receipt(index).kind == IN_CONFIDENCE
        random = {"author": len, "payload_sha256": len, "_sd": lambda digests: -(-len(digests) // 16)}
        said = {name: random[name](value) if name in random else value for name, value in leaf.items()}
        seen.add(json.dumps(said, sort_keys=True) if len(kind.schema.model_fields) < 16 else "")
    assert len(seen - {""}) == 1


def test_officers_and_the_reporter_know_what_each_is_about_and_the_entries_open_as_they_were(
    confided: tuple[Authority, dict[str, int]],
) -> None:
    """And what an entry follows from, which its leaf no longer says, stands in what is sealed."""
    authority, placed = confided
    report = authority.store.entry(min(placed.values()) - 1)
    assert report.kind == FILED
    for index in placed.values():
        stored = authority.store.entry(index)
        assert Sight(authority, OFFICER, "test").subject(stored) == REPORT
        entry = authority.entry(index)
        assert (entry.subject, entry.causes) == (REPORT, (report.index,))
        assert REPORT in entry.body.values() or set(entry.body) <= set(authority.kinds[entry.kind].public_fields())
