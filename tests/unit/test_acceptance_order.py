"""What is filed lies in the past where it says that it does, and no model descends from itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from commonweal.acceptance import Caller
from commonweal.authority import Authority
from commonweal.kernel.record import Act
from commonweal.kernel.values import BadInput, ReplayClock, Text, instant
from commonweal.settings import Settings

FILER = Caller("party:filer", ("developer",))
START = instant("2026-01-10T12:00:00Z")


@pytest.fixture
def authority(tmp_path: Path) -> Iterator[Authority]:
    settings = Settings(Text(en="Test", zh="测试"), "test.example/log", START)
    with Authority.create(tmp_path / "office", settings, clock=ReplayClock(START)) as made:
        made.act(Act("model_registration.organisation", {"name": "X"}, ""), FILER)
        made.follow()
        yield made


def run(*at: str, **more: Any) -> Act:
    readings = [{"at": each, "flop_so_far": 1e20 * (number + 1)} for number, each in enumerate(at)]
    body = {"name": "Run", "organisation": "organisation:x", "status": "running", "readings": readings}
    return Act("model_registration.training_run", body | more, "")


def model(name: str, base: str | None = None) -> Act:
    return Act("model_registration.model", {"name": name} | ({"base_model": f"model:{base}"} if base else {}), "")


def faults_of(authority: Authority, act: Act) -> dict[str, str]:
    with pytest.raises(BadInput) as caught:
        authority.act(act, FILER)
    return {fault.where: fault.code for fault in caught.value.faults}


def test_a_meter_cannot_have_been_read_after_the_moment_of_filing(authority: Authority) -> None:
    late = run("2026-01-01T00:00:00Z", "2026-01-10T12:00:01Z", "2026-02-01T00:00:00Z")
    assert faults_of(authority, late) == {"readings.1.at": "future", "readings.2.at": "future"}


@pytest.mark.parametrize(
    ("at", "accepted"),
    [
        ("2026-01-10T12:00:00Z", True),
        ("2026-01-10T20:00:00+08:00", True),
        ("2026-01-10T11:00:00-02:00", False),
    ],
)
def test_the_moment_of_filing_is_the_same_in_every_zone(authority: Authority, at: str, accepted: bool) -> None:
    if accepted:
        authority.act(run(at), FILER)
    else:
        assert faults_of(authority, run(at)) == {"readings.0.at": "future"}


@pytest.mark.parametrize(("day", "accepted"), [("2026-01-10", True), ("2026-01-11", True), ("2026-01-12", False)])
def test_a_day_that_lies_ahead_is_refused(authority: Authority, day: str, accepted: bool) -> None:
    """At noon in UTC on the 10th it is the 11th in Auckland: there somebody files today what happened today."""
    act = Act("model_registration.model", {"name": "M", "publication_date": day}, "")
    if accepted:
        authority.act(act, FILER)
    else:
        assert faults_of(authority, act) == {"publication_date": "future"}


def test_only_a_run_that_is_under_way_has_started(authority: Authority) -> None:
    """A plan names a day ahead; who says that a run is running says that it has begun."""
    assert faults_of(authority, run(starts_on="2026-01-12")) == {"starts_on": "future"}
    authority.act(run(status="planned", starts_on="2026-01-12"), FILER)
    authority.act(run(starts_on="2026-01-10"), FILER)


def test_a_model_is_not_its_own_base(authority: Authority) -> None:
    assert "base_model" in faults_of(authority, model("A", "a"))
    authority.act(model("A"), FILER)
    authority.follow()
    assert faults_of(authority, model("A", "a")) == {"base_model": "circle"}


@pytest.mark.parametrize("follow_between", [True, False])
def test_a_circle_of_base_models_is_refused_where_it_would_close(authority: Authority, follow_between: bool) -> None:
    """Its compute could not be told: each would wait for the other's."""
    for act in (model("A"), model("B", "a"), model("C", "b")):
        authority.act(act, FILER)
        if follow_between:
            authority.follow()
    authority.follow()
    assert faults_of(authority, model("A", "c")) == {"base_model": "circle"}
    authority.act(model("C", "a"), FILER)


@pytest.mark.parametrize("day", ["1900-01-01", "2200-12-31"])
def test_the_first_and_last_day_there_are_can_be_followed(authority: Authority, day: str) -> None:
    """What is accepted is followed: nothing that follows from a filing may stop the record behind it."""
    plan = {"starts_on": day, "expected_end_on": "2200-12-31", "expected_total_flop": 1e32, "base_model_flop": 1e32}
    authority.act(run(status="planned", **plan), FILER)
    old = {"name": "Old", "publication_date": "1900-01-01", "placed_on_eu_market": True}
    figures = {"parameters": 1e20, "training_tokens": 1e20, "epochs": 1e6, "compute_flop": 1}
    authority.act(Act("model_registration.model", old | figures | {"placed_on_eu_market_on": "1900-01-01"}, ""), FILER)
    assert authority.follow() > 0


@pytest.mark.parametrize("last", [1.0, 1e32])
def test_a_run_metered_at_the_edge_of_what_is_accepted_can_be_followed(authority: Authority, last: float) -> None:
    readings = [
        {"at": "2026-01-01T00:00:00Z", "flop_so_far": 0},
        {"at": "2026-01-01T00:00:00.000001Z", "flop_so_far": last},
    ]
    body = {"starts_on": "1900-01-01", "expected_end_on": "2200-12-31", "readings": readings}
    authority.act(run(**body), FILER)
    assert authority.follow() > 0
