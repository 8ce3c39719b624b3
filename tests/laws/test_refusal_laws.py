"""A refusal tells nobody more than they may know: what is not published yet is, to others, as what does not exist.

A refused filing is on no record and costs nothing. Were it answered by what the record holds at that second, a keyed
company could ask until it knows to the second when a report came. The law is held over every kind that somebody outside
the office files, and in it over every field that takes a name or a number: not over the cases that were thought of.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from commonweal import schemas
from commonweal.acceptance import Caller
from commonweal.authority import Authority
from commonweal.kernel import obligations
from commonweal.kernel.disclosure import Kind, entry_fields
from commonweal.kernel.record import Act
from commonweal.kernel.values import BadInput, CommonwealError, Forbidden, ReplayClock, Text, instant
from commonweal.refusing import WHOLE, Taken
from commonweal.settings import Settings
from commonweal.story import examples_of

START = instant("2026-12-15T08:20:00Z")
SETTINGS = Settings(Text(en="Test", zh="测试"), "test.example/record", START, published_every=60)
REPORTER, OFFICER = Caller("party:reporter-0000", ("reporter",)), Caller("party:moreau", ("officer",))
RIVAL = Caller("party:rival", ("developer", "reporter"))
SAID = {
    "name": "IR-1", "category": "near_miss", "reporter": "employee", "title": "t", "what_happened": "w",
}  # fmt: skip
OWED = {
    **SAID, "category": "serious_incident", "reporter": "provider", "harms": ["death"], "deaths": 1,
    "outcome": "realised", "severity": "critical", "jurisdictions": ["EU"], "high_risk_system": True,
    "aware_at": "2026-12-10T08:00:00Z",
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
    return without(given, said(told.value))


def said(error: CommonwealError) -> str:
    faults = error.faults if isinstance(error, BadInput) else ()
    return f"{error.status} {error} {[(one.where, one.want, one.code) for one in faults]}"


def without(given: Collection[str | int], words: str) -> str:
    for name in sorted(map(str, given), key=len, reverse=True):
        words = re.sub(rf"\b{name}\b", "…", words)
    return words


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
    authority.clock.set(instant("2026-12-15T09:20:00Z"))
    authority.follow()
    with pytest.raises(Forbidden, match="another party"):
        authority.act(mark, RIVAL)


# ── every kind, every field ─────────────────────────────────────────────────────────────────────────────────────────
# What the examples of the stories leave to be said by hand, so that a sound body is judged to its end.
SOUND: dict[str, dict[str, Any]] = {
    "duty.stated": {
        "rule": "eu.ai_act_incidents.general", "about": "report:ir-1", "on": "2026-12-14", "reference": "r-1",
    },
    "notice.asked": {"mail": "ada@home.example"},
    "notice.asked_by_reporter": {"mail": "ada@home.example"},
    "person.delegation_revoked": {"person": "person:1a2b", "delegation": 0},
    "incident_reports.opinion": {"investigation": "investigation:i-1", "consultation": 0, "opinion": "w"},
    "incident_reports.harbour_waiver": {"report": "report:ir-1", "waives": "confidentiality", "reasons": "w"},
    "approval.given": {"case": "case:1a2b", "step": "s", "decision": "approved", "role": "developer"},
}  # fmt: skip
ALL_ROLES = Caller("party:rival", ("authority", "officer", "developer", "observer", "reporter"))


def outside(authority: Authority) -> list[Kind]:
    """The kinds that somebody files who is told of the record by its batches."""
    return [kind for kind in authority.kinds.values() if set(kind.files) - WHOLE]


def registered(authority: Authority, examples: dict[str, Any]) -> dict[str, str]:
    """One subject of each noun, as far as examples give one, filed by the rival: what they refer to is then sound."""
    own: dict[str, str] = {}
    for _ in range(2):  # what refers to others comes the second time
        for kind in authority.kinds.values():
            if kind.noun and kind.files and kind.noun not in own and not kind.confides:
                act = Act(kind.id, filled(kind, examples[kind.id], own), "")
                try:
                    own[kind.noun] = (
                        authority.store.entry(file(authority, act.kind, dict(act.body), ALL_ROLES)).subject or ""
                    )
                except CommonwealError:
                    continue
    return own


def filled(kind: Kind, body: dict[str, Any], own: dict[str, str]) -> dict[str, Any]:
    """A body that refers to what there is."""
    found = dict(body)
    for name, ref in schemas.references(kind.schema).items():
        there = [own[noun] for noun in (ref.noun, *ref.others) if noun in own]
        if there and body.get(name):
            found[name] = there[0] if isinstance(body[name], str) else [there[0]]
    return found


def ways(kind: Kind, body: dict[str, Any], name: str, index: int, whole: bool) -> Iterator[Act]:
    """An act for each place of a filing that takes a name or a number, of a sound body and of a faulty one.

    Unless it is to be the `whole`, fields take turns: every other one in the sound body, the rest in the faulty one.
    """
    report, numbered = f"report:{name}", entry_fields(kind.schema)
    own = {"report:ir-1": report, "IR-1": name.upper()}
    body = {field: own.get(str(value), value) for field, value in body.items()}
    yield Act(kind.id, body, "")
    for turn, sound in enumerate((body, {**body, "of_no_kind": 7})):
        yield Act(kind.id, sound, "", subject=report)
        yield Act(kind.id, sound, "", causes=(index,))
        yield Act(kind.id, sound, "", subject=report, onto=index)
        fields = list(kind.schema.model_fields)
        for field in fields if whole else fields[turn::2]:
            for value in (index, [index]) if field in numbered else (report, [report], {"of": report}):
                yield Act(kind.id, {**sound, field: value}, "")


def outcome(authority: Authority, act: Act, caller: Caller, given: Collection[str | int]) -> list[str]:
    """What is told of an act that is tried, and of one that comes with another that is refused: neither is recorded."""
    found = []
    refused = Act("incident_reports.answer", {"report": "report:none", "text": 7}, "")
    for attempt in (lambda: [authority.check(act, caller)], lambda: authority.act_all([act, refused], caller)):
        try:
            found.append(without(given, repr([replace(one, key="") for one in attempt()])))
        except CommonwealError as error:
            found.append(without(given, said(error)))
    return found


def test_no_field_of_any_kind_tells_what_is_there(authority: Authority, whole: bool) -> None:
    examples = {**examples_of(authority), "incident_reports.report": SAID, **SOUND}
    own = registered(authority, examples)
    assert {"organisation", "model", "alert"} <= set(own)
    authority.clock.set(instant("2026-12-15T09:20:00Z"))
    assert authority.public_size == authority.store.size()
    entry = file(authority, "incident_reports.report", OWED, REPORTER)
    duties = [row["rule"] for row in obligations.duties(authority.reader, subject="report:ir-1", private=True)]
    assert SOUND["duty.stated"]["rule"] in duties
    for kind in outside(authority):
        caller = Caller("party:rival", tuple(sorted(set(kind.files) - WHOLE)))
        body = filled(kind, examples[kind.id], own)
        there, none = (list(ways(kind, body, *named, whole)) for named in (("ir-1", entry), ("ir-9", 9_000)))
        for of_something, of_nothing in zip(there, none, strict=True):
            told = outcome(authority, of_something, caller, ("ir-1", "IR-1", entry))
            assert told == outcome(authority, of_nothing, caller, ("ir-9", "IR-9", 9_000)), of_something


def test_whoever_files_under_a_taken_name_alone_is_told_so(authority: Authority) -> None:
    """Else they could not file. Who asks by it whether a name is free, files under it if it is, on the record."""
    file(authority, "incident_reports.report", SAID, REPORTER)
    with pytest.raises(Taken, match="another party"):
        authority.act(Act("incident_reports.report", SAID, ""), RIVAL)


def test_every_number_that_strangers_file_says_whether_it_is_of_an_entry(authority: Authority) -> None:
    """A field that holds the index of an entry is judged as one; a new number is put here, or is an `Index`."""
    counts = {
        "affected_min", "affected_max", "deaths", "records", "annual_revenue_year", "rows", "sequence", "weeks", "part",
        "parts", "cents", "samples", "same", "differs", "beyond", "items", "errors", "invalidated", "edited",
        "repeated", "clauses", "steps", "used", "samples_least", "data_set", "tries_planned",
    }  # fmt: skip
    for kind in outside(authority):
        numbers = {
            name for name, info in kind.schema.model_fields.items() if re.search(r"\bint\b", str(info.annotation))
        }
        assert numbers - entry_fields(kind.schema) <= counts, kind.id
