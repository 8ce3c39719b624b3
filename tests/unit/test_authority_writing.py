"""Writing through an authority: corrections are never mistaken for repeats, and time in the record only runs on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from commonweal.acceptance import Caller
from commonweal.authority import Authority
from commonweal.kernel import registry
from commonweal.kernel.record import Act
from commonweal.kernel.values import Text, instant
from commonweal.settings import Settings

FILER = Caller("party:filer", ("developer",))
START = instant("2026-01-01T00:00:00Z")


class SteppingClock:
    """A clock that a test sets to anything, back in time too."""

    def __init__(self) -> None:
        self.at = START

    def now(self):  # type: ignore[no-untyped-def]
        return self.at


@pytest.fixture
def clock() -> SteppingClock:
    return SteppingClock()


@pytest.fixture
def authority(tmp_path: Path, clock: SteppingClock) -> Iterator[Authority]:
    settings = Settings(Text(en="Test", zh="测试"), "test.example/log", START)
    with Authority.create(tmp_path / "office", settings, clock=clock) as made:
        yield made


def organisation(country: str, key: str = "") -> Act:
    return Act("model_registration.organisation", {"name": "Example", "countries": [country]}, key=key)


@pytest.mark.parametrize("follow_between", [True, False])
def test_going_back_to_an_earlier_content_is_a_new_version(authority: Authority, follow_between: bool) -> None:
    """Filed without a key: A, B, A are three versions, and A once more is a repeat of the third."""
    receipts = []
    for country in ("FR", "DE", "FR", "FR"):
        receipts.append(authority.act(organisation(country), FILER))
        if follow_between:
            authority.follow()
    authority.follow()
    assert [receipt.again for receipt in receipts] == [False, False, False, True]
    assert receipts[3].index == receipts[2].index
    stands = registry.subject(authority.reader, "organisation:example")
    assert stands is not None
    assert (stands["version"], stands["body"]["countries"]) == (3, ["FR"])


def test_versions_filed_in_one_batch_without_keys_all_stand(authority: Authority) -> None:
    authority.place_all([organisation(country) for country in ("FR", "DE", "FR")], FILER)
    authority.follow()
    stands = registry.subject(authority.reader, "organisation:example")
    assert stands is not None
    assert (stands["version"], stands["body"]["countries"]) == (3, ["FR"])


def test_entries_are_never_dated_before_those_they_follow(authority: Authority, clock: SteppingClock) -> None:
    clock.at = START + timedelta(hours=2)
    authority.act(organisation("FR"), FILER)
    clock.at = START + timedelta(hours=1)
    authority.act(organisation("DE"), FILER)
    authority.follow()
    times = [authority.store.entry(index).time for index in range(authority.store.size())]
    assert times == sorted(times)
    assert authority.verify() == []


def test_a_filing_waits_for_what_came_before_only_where_its_check_looks(authority: Authority) -> None:
    """A report is sound by itself; whether an answer answers a question that was asked, only the tables tell."""
    told = {"name": "R 1", "category": "concern", "reporter": "public", "title": "A", "what_happened": "B"}
    there = authority.followed
    authority.act(Act("incident_reports.report", told, ""), FILER)
    authority.act(Act("incident_reports.report", {**told, "name": "R 2"}, ""), FILER)
    assert authority.followed == there
    officer = Caller("party:desk", ("officer",))
    question = Act("incident_reports.question", {"report": "report:r-1", "text": "Where?"}, "")
    asked = authority.act(question, officer).index
    answer = {"report": "report:r-1", "question": asked, "text": "Here."}
    authority.act(Act("incident_reports.answer", answer, ""), FILER)
    assert authority.followed == asked + 1


def test_a_folder_with_a_backlog_opens_before_all_of_it_is_followed(tmp_path: Path) -> None:
    """A service that ended in a rush takes filings again at once; who opens without a limit finds all followed."""
    settings = Settings(Text(en="Test", zh="测试"), "test.example/log", START)
    with Authority.create(tmp_path / "a", settings) as made:
        made.place_all([Act("model_registration.organisation", {"name": f"Lab {at}"}, f"{at}") for at in range(5)])
        size, there = made.store.size(), made.followed
    assert size - there == 5
    with Authority.open(tmp_path / "a", most=2) as opened:
        assert opened.followed == there + 2
    with Authority.open(tmp_path / "a") as opened:
        assert opened.followed == size
