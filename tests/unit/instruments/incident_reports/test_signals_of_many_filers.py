"""A signal says that something happened to many, not that one filer sent much, or that everybody reports more."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from commonweal.acceptance import Caller
from commonweal.instruments import discover
from commonweal.instruments.incident_reports.learning import view
from commonweal.instruments.incident_reports.surveillance import Told, Watch, _crossed, joined, signals, watch
from commonweal.kernel.record import Act

from .conftest import Office

TEXT = (discover()["incident_reports"].folder / "rules" / "surveillance.toml").read_text("utf-8")
PLAN = watch(tomllib.loads(TEXT))
COUNTING = replace(PLAN, filer_days=None, filers_min=1, within_days=None, share=None)
"""The same plan, if it counted what comes in whoever files it and however much is filed in all."""
DAYS, KINDS = 600, 8


def told(office: Office, name: str, who: str, **more: Any) -> None:
    """A near miss filed with a key: of the party `who`."""
    body = {"name": name, "category": "near_miss", "reporter": "public", "title": "It lied", "warnings": ["deception"]}
    body |= {"what_happened": f"In {name} it lied.", **more}
    office.authority.act(Act("incident_reports.report", body, ""), Caller(f"party:{who}", ("developer",)))
    office.authority.follow()


def stands(office: Office, code: str = "deception") -> tuple[int, int, int]:
    """How many incidents with a warning were told of, how many of them count, and how many filed them."""
    rows = view(office.reading(), {})["watched"]["rows"]
    return next((row["in_all"], row["incidents"], row["filers"]) for row in rows if row["code"] == code)


# ── one filer ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_backlog_that_one_filer_files_on_one_day_is_one_and_no_signal(office: Office) -> None:
    for number in range(7):
        told(office, f"R {number}", "one")
    assert stands(office) == (7, 1, 1)
    office.at("2026-03-31T09:00:00Z")
    told(office, "R 8", "one")
    assert stands(office) == (8, 1, 1), "the thirtieth day of the stretch"
    office.at("2026-04-01T09:00:00Z")
    told(office, "R 9", "one")
    assert stands(office) == (9, 2, 1)
    office.over()
    assert signals(office.authority.reader) == []


def test_a_signal_of_several_filers_says_how_many_they_were(office: Office) -> None:
    """Expected is a fifth of the four: 0.8 - 4 + 4 ln 5 = 3.238 (by hand), past the 2.92 of the plan."""
    for number in range(3):
        told(office, f"R {number}", f"p-{number}")
    told(office, "R 8", "p-0")
    office.over()
    assert signals(office.authority.reader) == []
    told(office, "R 9", "p-9")
    office.over()
    (signal,) = signals(office.authority.reader)
    assert (signal["incidents"], signal["filers"]) == (4, 4)
    assert signal["llr"] == pytest.approx(3.2378, abs=1e-4)
    assert office.authority.entry(signal["entry"]).body["filers"] == 4, "and everybody can read it"


def test_two_filers_make_no_signal_however_often_they_file() -> None:
    def stretches(filers: int) -> list[Told]:
        return [Told(PLAN.since + timedelta(days=31 * (at // 2)), False, str(at % filers)) for at in range(4)]

    plan = replace(PLAN, share=None)
    assert joined(stretches(2), PLAN.filer_days) == stretches(2), "each is a stretch of its own"
    assert _crossed(plan, PLAN.since, stretches(2), [], PLAN.line) is None
    assert _crossed(plan, PLAN.since, stretches(3), [], PLAN.line) is not None


def test_a_body_and_whoever_reports_for_it_are_one_filer(office: Office) -> None:
    """Also where a party names the body in one report only; what an officer wrote down is by itself, or of the body
    that it names."""
    office.authority.act(Act("model_registration.organisation", {"name": "Lab", "countries": ["FR"]}, ""))
    lab = {"reporter": "provider", "organisation": "organisation:lab"}
    for number, who in enumerate(("anna", "bela")):
        body = {"name": f"R {number}", "category": "near_miss", "title": "It lied", "warnings": ["deception"], **lab}
        caller = Caller(f"party:{who}", ("developer",), "organisation:lab")
        office.authority.act(Act("incident_reports.report", {**body, "what_happened": f"By {who}"}, ""), caller)
    told(office, "R 3", "anna")
    office.authority.follow()
    assert stands(office) == (3, 1, 1)
    near = {"category": "near_miss", "title": "It lied", "warnings": ["deception"]}
    office.file("report", name="R 4", what_happened="Told by Lab on the telephone", **near, **lab)
    assert stands(office) == (4, 1, 1)
    office.file("report", name="R 5", what_happened="Told by somebody", reporter="public", **near)
    office.file("report", name="R 6", what_happened="Told by another", reporter="public", **near)
    assert stands(office) == (6, 3, 3)


# ── when it happened, and what names no warning ─────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("occurred", "counts"), [("2019-03", 0), ("2025-12-01", 0), ("2025-12-02", 1), ("2025", 1), ("2026-02~", 1)]
)
def test_what_had_happened_long_before_it_was_told_does_not_count(office: Office, occurred: str, counts: int) -> None:
    """Ninety days before 2 March 2026 is 2 December 2025; of a month or a year the last day counts."""
    told(office, "R 1", "one", occurred=occurred)
    assert stands(office)[1] == counts
    told(office, "R 1", "one", occurred="2019", stage="interim")
    assert stands(office)[1] == counts, "what was told is not silenced by a later version"


def test_a_near_miss_that_names_no_warning_counts_under_none(office: Office) -> None:
    told(office, "R 1", "one", warnings=[])
    assert stands(office, "other") == (0, 0, 0)
    assert view(office.reading(), {})["watched"]["unnamed"] == 1
    told(office, "R 2", "one", warnings=["other"])
    assert stands(office, "other") == (1, 1, 1)


# ── the chance of a false alarm ─────────────────────────────────────────────────────────────────────────────────────


def period(rng: np.random.Generator, times: float = 1, own: float = 1, batch: int = 1) -> list[list[Told]]:
    """Near misses of eight kinds over one period: half a draw in thirty days of each, each by a filer of its own.

    From day 100 on of each `times` as many, of the first also `own` times; a filer files `batch` at once.
    """
    kinds: list[list[Told]] = []
    for kind in range(KINDS):
        rate = np.full(DAYS, PLAN.per_30_days / 30)
        rate[100:] *= times * (own if kind == 0 else 1)
        days = np.repeat(np.arange(DAYS), rng.poisson(rate))
        filed = [Told(PLAN.since + timedelta(days=int(day)), False, f"{kind}-{at}") for at, day in enumerate(days)]
        kinds.append([one for one in filed for _ in range(batch)])
    return kinds


def signalled(plan: Watch, kinds: list[list[Told]]) -> bool:
    every = joined((one for told in kinds for one in told), plan.filer_days)
    return _crossed(plan, plan.since, joined(kinds[0], plan.filer_days), every, plan.line) is not None


@pytest.mark.parametrize(
    ("happens", "at_most", "counting_at_least"),
    [({}, 0.05, 0.0), ({"batch": 4}, 0.05, 0.9), ({"times": 10}, 0.05, 0.9)],
    ids=["nothing", "each files a batch", "the form is opened to everybody"],
)
def test_how_reports_come_in_is_no_signal(happens: Any, at_most: float, counting_at_least: float) -> None:
    """The chance agreed on holds where filers file batches, and where ten times as many report of every kind: counted
    as they come, both would be a signal nearly always."""
    rng = np.random.default_rng(20_261_129)
    periods = [period(rng, **happens) for _ in range(60)]
    assert np.mean([signalled(PLAN, one) for one in periods]) <= at_most
    assert np.mean([signalled(COUNTING, one) for one in periods]) >= counting_at_least


def test_what_happens_more_of_one_kind_alone_is_found() -> None:
    rng = np.random.default_rng(20_261_129)
    assert np.mean([signalled(PLAN, period(rng, own=8)) for _ in range(60)]) > 0.9


@pytest.mark.parametrize(
    ("key", "wrong"),
    [("filer_days", 0), ("filers_min", 0), ("occurred_within_days", 0), ("share_of_all", 1), ("citation", "x" * 501)],
)
def test_a_plan_that_is_none_is_told(key: str, wrong: Any) -> None:
    with pytest.raises(ValueError, match=rf"{key} must .* saw"):
        watch({**tomllib.loads(TEXT), key: wrong})
