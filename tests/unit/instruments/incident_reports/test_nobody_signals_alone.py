"""A public early warning never rests on what one person can send by themselves: reports without a key, and copies."""

from __future__ import annotations

import tomllib
from datetime import timedelta
from typing import Any

import pytest

from commonweal.acceptance import Caller
from commonweal.forms import new_code, party_of
from commonweal.instruments import RuleFile, discover
from commonweal.instruments.incident_reports.learning import view
from commonweal.instruments.incident_reports.surveillance import PARAMETERS, signals, watch
from commonweal.kernel.record import Act
from commonweal.kernel.values import BadInput

from .conftest import Office

TEXT = (discover()["incident_reports"].folder / "rules" / "surveillance.toml").read_text("utf-8")
KEYED = Caller("party:provider", ("developer",))


@pytest.fixture
def office(watching: Office) -> Office:
    """Two months after a plan was adopted that asks for one event: five in 61 days cross the bound, four do not."""
    return watching


def told(office: Office, name: str, words: str = "", caller: Caller | None = None, **more: Any) -> int:
    """A near miss, without a key unless somebody files it who has one."""
    body = {"name": name, "category": "near_miss", "reporter": "public", "title": "It lied", "warnings": ["deception"]}
    body |= {"what_happened": words or f"It lied to overseer {name}.", **more}
    receipt = office.authority.act(
        Act("incident_reports.report", body, ""), caller or Caller(party_of(new_code()), ("reporter",))
    )
    office.authority.follow()
    return receipt.index


def handle(office: Office, *names: str, **more: Any) -> None:
    for name in names:
        decided = {"report": f"report:{name}", "urgency": "routine", "decision": "handle", **more}
        office.file("triage", **decided)


def stands(office: Office) -> tuple[int, int]:
    """How many incidents with deception count, and how many wait."""
    rows = view(office.reading(), {})["watched"]["rows"]
    return next((row["incidents"], row["waiting"]) for row in rows if row["code"] == "deception")


def test_what_came_without_a_key_raises_nothing_until_an_officer_handles_it(office: Office) -> None:
    for number in range(5):
        told(office, f"r-{number}")
    office.over()
    assert signals(office.authority.reader) == []
    assert stands(office) == (0, 5)
    (nears,) = view(office.reading(), {})["watched"]["nears"]
    assert nears["code"] == "deception", "officers are told that a bound would be reached"
    handle(office, *(f"r-{number}" for number in range(5)))
    office.over()
    (signal,) = signals(office.authority.reader)
    assert (signal["incidents"], signal["looked_over"]) == (5, 5)
    assert office.authority.entry(signal["entry"]).body["looked_over"] == 5, "and everybody can read it"


def test_who_lets_reports_lie_changes_no_day(office: Office) -> None:
    """Handled 40 days later they count from 2 March, when 61/60 were to be expected, and not from when 1.7 were."""
    for number in range(5):
        told(office, f"r-{number}")
    office.clock.set(office.clock.now() + timedelta(days=40))
    handle(office, *(f"r-{number}" for number in range(5)))
    office.over()
    (signal,) = signals(office.authority.reader)
    assert signal["on"] == "2026-03-02"
    assert signal["expected"] == pytest.approx(61 / 60)


def test_with_a_key_a_report_counts_at_once_and_the_signal_says_that_nobody_looked(office: Office) -> None:
    for number in range(4):
        told(office, f"r-{number}", caller=KEYED)
    told(office, "r-9")
    handle(office, "r-0", "r-9")
    office.over()
    (signal,) = signals(office.authority.reader)
    assert (signal["incidents"], signal["looked_over"]) == (5, 2)


def test_what_a_later_version_adds_waits_until_an_officer_had_it_before_them(office: Office) -> None:
    who = Caller(party_of(new_code()), ("reporter",))
    first = told(office, "r-0", caller=who, category="concern", warnings=[])
    handle(office, "r-0", seen=first)
    second = told(office, "r-0", caller=who)
    assert stands(office) == (0, 1), "whoever decided had a page before them that did not say it"
    with pytest.raises(BadInput, match=f"newer version came in meanwhile, in entry {second}"):
        handle(office, "r-0", seen=second - 1)
    handle(office, "r-0", seen=second)
    assert stands(office) == (1, 0)


def test_what_repeats_one_that_waits_waits_with_it(office: Office) -> None:
    told(office, "r-0")
    told(office, "r-1")
    office.file("triage", report="report:r-1", urgency="routine", decision="duplicate", duplicate_of="report:r-0")
    assert stands(office) == (0, 1)
    handle(office, "r-0")
    assert stands(office) == (1, 0)


@pytest.mark.parametrize("caller", [None, KEYED])
def test_copies_count_once_unless_the_desk_links_them_to_different_incidents(
    office: Office, caller: Caller | None
) -> None:
    words = "The model told its overseers that the tests had passed, when not one of the tests had been run at all"
    names = [f"r-{number}" for number in range(5)]
    for name in names:
        told(office, name, f"{words}. {name}", caller)
    handle(office, *names)
    told(office, "r-8", "Asked for its log, it wrote one by hand.", KEYED)
    assert stands(office) == (2, 0)
    office.over()
    assert signals(office.authority.reader) == []
    for name in names[:2]:
        office.file("incident", name=f"I {name[-1]}", title="t")
        office.file("linked", report=f"report:{name}", incident=f"incident:i-{name[-1]}", relation="same")
    assert stands(office) == (3, 0), "the other copies are of these two"
    office.file("triage", report="report:r-4", urgency="routine", decision="duplicate", duplicate_of="report:r-8")
    assert stands(office) == (3, 0)


def test_a_plan_that_says_nothing_of_it_counts_as_it_was_adopted(office: Office) -> None:
    """An upgrade changes no plan in force: that takes a signed act."""
    old = "\n".join(line for line in TEXT.splitlines() if not line.startswith(("without_a_key", "copies_from")))
    old = old.replace("events_min = 4", "events_min = 1").replace('version = "', 'version = "old-')
    office.authority.adopt(
        RuleFile(PARAMETERS, "parameters", str(tomllib.loads(old)["version"]), "application/toml", old)
    )
    office.authority.follow()
    for number in range(5):
        told(office, f"r-{number}", "The same")
    assert stands(office) == (5, 0)


@pytest.mark.parametrize(("key", "wrong"), [("without_a_key", "never"), ("copies_from", 1.5), ("copies_from", 0)])
def test_a_plan_that_is_none_is_told(key: str, wrong: Any) -> None:
    with pytest.raises(ValueError, match=rf"{key} must .* saw"):
        watch({**tomllib.loads(TEXT), key: wrong})
