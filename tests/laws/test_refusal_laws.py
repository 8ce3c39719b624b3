"""A refusal tells nobody more than they may know: what is not published yet is, to others, as what does not exist.

A refused filing is on no record and costs nothing. Were it answered by what the record holds at that second, a keyed
company could ask until it knows to the second when a report came.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import pytest

from commonweal.acceptance import Caller
from commonweal.authority import Authority
from commonweal.kernel.record import Act
from commonweal.kernel.values import BadInput, CommonwealError, Forbidden, ReplayClock, Text, instant
from commonweal.settings import Settings

START = instant("2026-10-01T08:20:00Z")
SETTINGS = Settings(Text(en="Test", zh="测试"), "test.example/record", START, published_every=60)
REPORTER, OFFICER = Caller("party:reporter-0000", ("reporter",)), Caller("party:moreau", ("officer",))
RIVAL = Caller("party:rival", ("developer", "reporter"))
SAID = {
    "name": "IR-1", "category": "near_miss", "reporter": "employee", "title": "t", "what_happened": "w",
}  # fmt: skip


@pytest.fixture
def authority(tmp_path: Path) -> Iterator[Authority]:
    with Authority.create(tmp_path / "a", SETTINGS, clock=ReplayClock(START)) as found:
        yield found


def file(authority: Authority, kind: str, body: dict[str, Any], caller: Caller) -> int:
    index = authority.act(Act(kind, body, ""), caller).index
    authority.follow()
    return index


def refusal(authority: Authority, act: Act, caller: Caller = RIVAL, given: Collection[str | int] = ()) -> str:
    """What a refusal says, without the names that the caller gave."""
    before = authority.store.size()
    with pytest.raises(CommonwealError) as told:
        authority.act(act, caller)
    assert authority.store.size() == before
    faults = told.value.faults if isinstance(told.value, BadInput) else ()
    said = f"{told.value.status} {told.value} {[(one.where, one.want, one.code) for one in faults]}"
    for name in sorted(map(str, given), key=len, reverse=True):
        said = re.sub(rf"\b{name}\b", "…", said)
    return said


def naming(name: str, index: int) -> dict[str, Act]:
    """One act for each way to name an entry or a report that is somebody else's."""
    report = f"report:{name}"
    return {
        "annulled": Act("record.annulled", {"entry": index, "reason_code": "filed_in_error"}, ""),
        "corrected": Act("record.corrected", {"entry": index, "by": index + 1, "reason_code": "filed_in_error"}, ""),
        "malformed mark": Act("record.annulled", {"entry": index, "reason_code": 7}, ""),
        "answer": Act("incident_reports.answer", {"report": report, "text": "a"}, ""),
        "malformed answer": Act("incident_reports.answer", {"report": report, "text": 7}, ""),
        "identity": Act("incident_reports.identity", {"report": report, "contact": "a@home.example"}, ""),
        "withdrawal": Act("incident_reports.withdrawal", {"report": report}, ""),
        "cause": Act("incident_reports.answer", {"report": "report:none", "text": "a"}, "", causes=(index,)),
        "taken name beside a fault": Act(
            "incident_reports.report", {**SAID, "name": name.upper(), "category": "none"}, ""
        ),
        "taken name beside what its instrument refuses": Act(
            "incident_reports.report",
            {**SAID, "name": name.upper(), "aware_at": "2026-09-01", "received_by": "letter"},
            "",
        ),
        "taken name beside a dead reference": Act(
            "incident_reports.report", {**SAID, "name": name.upper(), "models": ["model:none"]}, ""
        ),
    }


def test_of_what_is_not_published_a_refusal_says_what_it_says_of_what_does_not_exist(authority: Authority) -> None:
    entry = file(authority, "incident_reports.report", SAID, REPORTER)
    there, none = ("ir-1", entry), ("ir-9", 9_000)
    told, untold = (
        {
            way: refusal(authority, act, given=(name, name.upper(), index, index + 1))
            for way, act in naming(name, index).items()
        }
        for name, index in (there, none)
    )
    assert told == untold


def test_what_is_published_or_ones_own_is_told_as_it_is(authority: Authority) -> None:
    """The answer is bounded by what its reader knows, and by nothing else: officers and filers are told why."""
    entry = file(authority, "incident_reports.report", SAID, REPORTER)
    mark = Act("record.annulled", {"entry": entry, "reason_code": "filed_in_error"}, "")
    assert "citation" in refusal(authority, mark, OFFICER)
    assert "index of an entry" in refusal(authority, mark)
    authority.act(Act("incident_reports.answer", {"report": "report:ir-1", "text": "More"}, ""), REPORTER)
    authority.clock.set(instant("2026-10-01T09:20:00Z"))
    authority.follow()
    with pytest.raises(Forbidden, match="another party"):
        authority.act(mark, RIVAL)
