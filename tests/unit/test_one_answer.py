"""Every fault of a filing stands in one answer: of its form, between its fields, and against what is on record."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from commonweal import filing_tables
from commonweal.acceptance import Caller
from commonweal.authority import Authority
from commonweal.kernel.record import Act
from commonweal.kernel.values import BadInput, ReplayClock, Text, instant
from commonweal.settings import Settings

FILER, OFFICER = Caller("party:filer", ("developer",)), Caller("party:officer", ("officer",))
START = instant("2026-01-10T12:00:00Z")


@pytest.fixture
def authority(tmp_path: Path) -> Iterator[Authority]:
    settings = Settings(Text(en="Test", zh="测试"), "test.example/log", START)
    with Authority.create(tmp_path / "office", settings, clock=ReplayClock(START)) as made:
        yield made


def places(authority: Authority, kind: str, body: dict[str, Any], caller: Caller = FILER) -> set[str]:
    with pytest.raises(BadInput) as refused:
        authority.act(Act(f"incident_reports.{kind}", body, ""), caller)
    return {fault.where for fault in refused.value.faults}


def test_a_name_in_words_is_told_beside_faults_of_form(authority: Authority) -> None:
    """Whoever mended nine fields should not hear of the tenth when they send it again."""
    body = {"name": "x y z", "category": "bogus", "reporter": "king", "harms": ["health", "xx"], "extra": 1}
    body |= {"occurred": "2027", "developer": "organisation:nobody", "received_by": "letter"}
    found = places(authority, "report", body)
    missing = {"title", "what_happened"}
    assert (
        found == {"name", "category", "reporter", "harms.1", "extra", "occurred", "developer", "received_by"} | missing
    )


def test_what_hangs_on_a_faulty_field_is_not_guessed_at(authority: Authority) -> None:
    """A stage that nobody can read is neither back nor forward: what would be said of it is not known yet."""
    good = {"name": "R 1", "category": "concern", "reporter": "public", "title": "T", "what_happened": "W"}
    authority.act(Act("incident_reports.report", {**good, "stage": "final", "resolved_on": "2026-01-09"}, ""), FILER)
    authority.follow()
    assert places(authority, "report", {**good, "stage": "last", "category": "bogus"}) == {
        "stage", "category", "resolved_on",
    }  # fmt: skip
    assert places(authority, "report", {**good, "stage": "last", "reopened_because": 7}) == {
        "stage", "reopened_because",
    }  # fmt: skip


def test_a_date_that_contradicts_another_and_lies_ahead_is_told_as_both(authority: Authority) -> None:
    """Whoever mends the contradiction by the other date should not hear later that this one was wrong all along."""
    body = {"name": "IR-26-1", "category": "concern", "reporter": "public", "title": "T", "what_happened": "W"}
    with pytest.raises(BadInput) as refused:
        authority.act(Act("incident_reports.report", {**body, "occurred": "2028", "occurred_until": "2027"}, ""), FILER)
    told = [(fault.where, fault.code) for fault in refused.value.faults]
    assert sorted(told) == [("occurred", "future"), ("occurred_until", "before_start"), ("occurred_until", "future")]


def test_a_contradiction_between_sound_fields_is_told_beside_a_faulty_one(authority: Authority) -> None:
    body = {"name": "I 1", "title": "T", "severity": "awful", "relation": "same"}
    assert places(authority, "incident", body, OFFICER) == {"severity", "(whole)"}
    assert places(authority, "incident", {**body, "made_of": 7}, OFFICER) == {"severity", "made_of"}


def test_a_table_and_a_batch_name_what_is_wrong_with_every_row_at_once(authority: Authority) -> None:
    """A row that names what a faulty row before it files is not faulty for that."""
    kind = authority.kinds["model_registration.model"]
    rows = "name,organisation,training_tokens\nA,organisation:none,\nB,,many\n"
    with pytest.raises(BadInput) as refused:
        filing_tables.read_rows(kind, rows.encode(), 10, lambda act, also: authority.check(act, FILER, also))
    told = [fault.where for fault in refused.value.faults]
    assert told == ["row 2, organisation", "row 3, training_tokens"], "in the order of the table, whoever finds them"
    acts = [
        Act("model_registration.organisation", {"name": "X", "countries": ["Atlantis"]}, ""),
        Act("model_registration.model", {"name": "M", "organisation": "organisation:x", "training_tokens": -1}, ""),
    ]
    with pytest.raises(BadInput) as refused:
        authority.act_all(acts, FILER)
    assert {fault.where for fault in refused.value.faults} == {"act 0: countries.0", "act 1: training_tokens"}
