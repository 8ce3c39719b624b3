"""What a check saw is what the record says when its act becomes an entry: in a batch, and of two that come at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from commonweal import following
from commonweal.acceptance import Caller
from commonweal.authority import Authority
from commonweal.kernel.record import Act, Entry, Reader, Tables
from commonweal.kernel.values import BadInput, Busy, ReplayClock, Text, instant
from commonweal.settings import Settings

START = instant("2026-03-02T09:00:00Z")
REPORTER, OFFICER = Caller("party:somebody", ("reporter",)), Caller("party:desk", ("officer",))
INCIDENT = {"name": "I 1", "title": "A drone left its corridor"}
EMBARGO = {"incident": "incident:i-1", "until": "2026-06-01", "reasons": "A court asked for it."}
PUBLICATION = {"name": "I 1", "incident": "incident:i-1", "published_on": "2026-03-02", "title": "A drone"}
REPORT = {
    "name": "R 1",
    "category": "near_miss",
    "reporter": "public",
    "title": "A drone left its corridor",
    "what_happened": "It flew over a school.",
}


@pytest.fixture
def authority(tmp_path: Path) -> Iterator[Authority]:
    settings = Settings(Text(en="Test", zh="测试"), "test.example/log", START)
    with Authority.create(tmp_path / "office", settings, clock=ReplayClock(START)) as made:
        yield made


def act(kind: str, body: dict[str, Any], key: str = "", subject: str | None = None) -> Act:
    return Act(f"incident_reports.{kind}", body, key, subject)


def codes(authority: Authority, acts: list[Act], caller: Caller) -> set[tuple[str, str]]:
    size = authority.store.size()
    with pytest.raises(BadInput) as caught:
        authority.act_all(acts, caller)
    assert authority.store.size() == size, "all or none"
    return {(fault.where, fault.code) for fault in caught.value.faults}


# ── one batch ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_embargo_binds_what_is_published_in_the_same_batch(authority: Authority) -> None:
    together = [act("incident", INCIDENT), act("embargo", EMBARGO), act("publication", PUBLICATION)]
    assert codes(authority, together, OFFICER) == {("act 2: published_on", "embargo")}


def test_nothing_is_embargoed_that_the_same_batch_publishes(authority: Authority) -> None:
    together = [act("incident", INCIDENT), act("publication", PUBLICATION), act("embargo", EMBARGO)]
    assert codes(authority, together, OFFICER) == {("act 2: incident", "published")}


def test_a_report_does_not_go_back_a_stage_within_a_batch(authority: Authority) -> None:
    stages = [act("report", {**REPORT, "stage": stage}) for stage in ("final", "initial")]
    assert codes(authority, stages, REPORTER) == {("act 1: stage", "back")}


def test_what_an_earlier_act_of_a_batch_allows_may_be_done_by_a_later_one(authority: Authority) -> None:
    linked = {"report": "report:r-1", "incident": "incident:i-1"}
    done = authority.place_all(
        [
            act("report", {**REPORT, "received_by": "letter"}),  # whose own report it is does not decide about it
            act("incident", INCIDENT),
            act("linked", {**linked, "relation": "same"}),
            act("unlinked", {**linked, "reasons": "Another corridor."}),
        ],
        OFFICER,
    )
    assert [again for _, again in done] == [False] * 4


def test_a_batch_that_is_sent_twice_gets_its_receipts_again(authority: Authority) -> None:
    """What stands already is not followed once more beside itself."""
    withdrawn = {**PUBLICATION, "status": "withdrawn", "withdrawn_for": "court", "correction": "A court asked for it."}
    acts = [act("incident", INCIDENT, "a"), act("publication", PUBLICATION, "b"), act("publication", withdrawn, "c")]
    first = authority.place_all(acts, OFFICER)
    assert authority.place_all(acts, OFFICER) == [(index, True) for index, _ in first]


def test_the_same_row_twice_in_a_batch_is_one_entry_and_a_version_between_is_one_of_its_own(
    authority: Authority,
) -> None:
    """Whoever exports a table gets rows twice now and then; a version that nobody made would tell of a change."""
    other = {**REPORT, "title": "Two drones"}
    rows = [act("report", REPORT), act("report", REPORT), act("report", other), act("report", REPORT)]
    placed = authority.place_all(rows, REPORTER)
    first = placed[0][0]
    assert [(index - first, again) for index, again in placed] == [(0, False), (0, True), (1, False), (2, False)]
    twice = [act("report", {**REPORT, "name": "R 2"})] * 2
    assert len({index for index, _ in authority.place_all(twice, REPORTER)}) == 1
    assert [again for _, again in authority.place_all(twice, REPORTER)] == [True, True]


def test_a_batch_that_was_checked_leaves_nothing_in_the_tables(authority: Authority) -> None:
    authority.follow()
    before = authority.dump()
    codes(authority, [act("incident", INCIDENT), act("embargo", EMBARGO), act("publication", PUBLICATION)], OFFICER)
    assert authority.dump() == before
    authority.act_all([act("incident", INCIDENT), act("embargo", EMBARGO)], OFFICER)
    authority.follow()
    after = authority.dump()
    authority.rebuild()
    assert authority.dump() == after


def test_an_act_from_which_too_much_follows_is_not_checked_beside_what_comes_after_it(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A check that saw only some of what follows might let in what the rest forbids: that is said, and not done."""
    monkeypatch.setattr(following, "AHEAD_MAX", 2)
    rooms = authority._following._followers

    def many(entry: Entry, tables: Tables) -> list[Act]:
        if entry.kind != "incident_reports.incident":
            return []
        return [Act("duty.decided", {}, f"odd-{number}") for number in range(3)]

    monkeypatch.setattr(authority._following, "_followers", [*rooms, many])
    monkeypatch.setattr(authority._following, "_valid", lambda act: act)
    together = [act("incident", INCIDENT), act("embargo", EMBARGO)]
    assert codes(authority, together, OFFICER) == {("act 1: (whole)", "too_much_follows")}


def test_new_reports_wait_for_no_table(authority: Authority) -> None:
    """In a rush each would otherwise wait until all that came before it is followed, and the tables with it."""
    authority.follow()
    behind = authority.followed
    reports = [(act("report", {**REPORT, "name": f"R {number}"}), REPORTER) for number in range(3)]
    placed: Any = authority.place_each(reports)
    assert [again for _, again in placed] == [False] * 3
    assert authority.followed == behind


# ── two at once ─────────────────────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def meanwhile(authority: Authority, kind: str, happens: Callable[[], object], times: int = 1) -> Iterator[list[int]]:
    """After an act of a kind was checked and before it is recorded, something else is, so many times."""
    checks: Any = authority._acceptance.checks
    name, done = f"incident_reports.{kind}", [0]
    check = checks[name]

    def overtaken(act: Act, reader: Reader, filer: Any) -> list[Any]:
        found = list(check(act, reader, filer))
        if done[0] < times:
            done[0] += 1
            happens()
        return found

    checks[name] = overtaken
    try:
        yield done
    finally:
        checks[name] = check


def test_what_was_embargoed_while_it_was_checked_is_not_published(authority: Authority) -> None:
    authority.act(act("incident", INCIDENT), OFFICER)
    with meanwhile(authority, "publication", lambda: authority.act(act("embargo", EMBARGO), OFFICER)):
        assert codes_after(authority, act("publication", PUBLICATION)) == {("published_on", "embargo")}


def test_what_another_process_records_meanwhile_counts_too(authority: Authority) -> None:
    authority.act(act("incident", INCIDENT), OFFICER)

    def elsewhere() -> None:
        with Authority.open(authority.folder, clock=ReplayClock(START)) as beside:
            beside.act(act("embargo", EMBARGO), OFFICER)

    with meanwhile(authority, "publication", elsewhere):
        assert codes_after(authority, act("publication", PUBLICATION)) == {("published_on", "embargo")}


def codes_after(authority: Authority, one: Act) -> set[tuple[str, str]]:
    with pytest.raises(BadInput) as caught:
        authority.act(one, OFFICER)
    return {(fault.where, fault.code) for fault in caught.value.faults}


def test_of_two_callers_in_one_commit_the_second_is_held_against_the_first(authority: Authority) -> None:
    authority.act(act("incident", INCIDENT), OFFICER)
    other = Caller("party:other", ("officer",))
    placed, refused = authority.place_each(
        [(act("embargo", EMBARGO), OFFICER), (act("publication", PUBLICATION), other)]
    )
    assert isinstance(placed, tuple)
    assert isinstance(refused, BadInput)
    assert {fault.code for fault in refused.faults} == {"embargo"}


def test_a_fault_of_ours_in_one_act_is_told_of_that_one_and_stops_no_other(authority: Authority) -> None:
    """Else one key that finds a fault takes everybody's filing down with its own."""

    def fails() -> None:
        raise RuntimeError("a fault of ours")

    authority.act(act("incident", INCIDENT), OFFICER)
    reports: list[tuple[Act, Caller]] = [
        (act("report", {**REPORT, "name": f"R {number}"}), REPORTER) for number in range(2)
    ]
    with meanwhile(authority, "publication", fails):
        first, failed, last = authority.place_each([reports[0], (act("publication", PUBLICATION), OFFICER), reports[1]])
    assert isinstance(failed, RuntimeError)
    assert (isinstance(first, tuple), isinstance(last, tuple)) == (True, True)


def test_reports_that_come_in_meanwhile_make_nobody_check_again(authority: Authority) -> None:
    authority.act(act("incident", INCIDENT), OFFICER)

    def comes_in() -> None:
        authority.act(act("report", REPORT), REPORTER)

    with meanwhile(authority, "publication", comes_in, times=9) as checked:
        authority.act(act("publication", PUBLICATION), OFFICER)
    assert checked == [1]


def test_what_is_overtaken_again_and_again_is_refused_for_now(authority: Authority) -> None:
    authority.act(act("incident", INCIDENT), OFFICER)
    notes = iter(range(100))

    def noted() -> None:
        authority.act(act("note", {"about": "incident:i-1", "text": f"Note {next(notes)}"}), OFFICER)

    with meanwhile(authority, "publication", noted, times=100), pytest.raises(Busy):
        authority.act(act("publication", PUBLICATION), OFFICER)


def test_new_reports_are_recorded_without_a_look_at_any_table(authority: Authority) -> None:
    """Intake lives on that: whoever reports waits for nothing that is followed, alone, together or beside others."""
    authority.follow()
    followed = authority.followed
    many = [act("report", {**REPORT, "name": f"R {number}"}) for number in range(5)]
    identity = {"report": "report:r-9", "contact": "by the sea"}
    authority.place_all([act("report", {**REPORT, "name": "R 9"}), act("identity", identity)], REPORTER)
    authority.place_each([(one, REPORTER) for one in many])
    assert authority.followed == followed
