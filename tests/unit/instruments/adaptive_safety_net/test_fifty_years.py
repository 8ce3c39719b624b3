"""The two rules over fifty years: the figures the page and the README state, from bulk engine and room alike."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from commonweal.instruments import Installed, rule_files
from commonweal.instruments.adaptive_safety_net import INSTRUMENT, charts, laus, views
from commonweal.instruments.adaptive_safety_net.months import MONTH, NATIONAL, TOTAL_RATE, Share, follow, share
from commonweal.kernel.indicators import Indicators
from commonweal.kernel.instrument import Act, Entry
from commonweal.kernel.thresholds import (
    STATES,
    TRACK,
    Backtest,
    Frame,
    InProcess,
    Job,
    ThresholdRule,
    Thresholds,
    backtest,
    frame,
    history,
    read_rule,
    switches,
    track,
)
from commonweal.kernel.values import NotFound
from commonweal.upkeep import agreement, write_record
from fakes import MemoryTables

BEGIN = ["1980-03", "1981-11", "1990-11", "2001-07", "2008-04", "2020-04"]


@functools.cache
def rule(name: str) -> ThresholdRule:
    return read_rule((laus.HERE / "rules" / f"{name}.toml").read_text("utf-8"))


@functools.cache
def figures() -> Frame:
    rows = [row[:4] for month in laus.months().values() for row in month]
    return frame(rows, rule("sahm_gap").grid)


@functools.cache
def judged(name: str) -> Backtest:
    return backtest(rule(name), figures())


def test_the_rule_files_are_taken_up_as_what_they_are() -> None:
    files = {file.rule_id: file.room for file in rule_files(Installed(INSTRUMENT, laus.HERE))}
    rules = {NATIONAL: "thresholds", TOTAL_RATE: "thresholds"}
    terms = {"adaptive_safety_net.payments": "parameters", "adaptive_safety_net.retention": "retention"}
    assert files == {**rules, **terms, "us.occupational_exposure": "indicators"}


def test_the_national_gap_from_unrounded_sums_fires_in_exactly_six_runs() -> None:
    """1980, 1981, 1990, 2001, 2008, 2020: one for each recession that NBER dates since 1980."""
    firing = judged("sahm_gap").states[:, 0] == STATES.index("firing")
    starts = np.flatnonzero(firing & ~np.concatenate(([False], firing[:-1])))
    grid = rule("sahm_gap").grid
    assert [f"{grid.start(judged('sahm_gap').start + int(at)):%Y-%m}" for at in starts] == BEGIN


def test_rounding_rates_first_adds_july_2024_and_nothing_else() -> None:
    found = judged("sahm_gap")
    grid = rule("sahm_gap").grid
    national = found.quantities["national"][:, 0]
    rates = [(grid.start(found.start + at).isoformat(), float(rate)) for at, rate in enumerate(national)]
    runs = views.rounded_runs(rates)
    assert [row["from"][:7] for row in runs] == [*BEGIN, "2024-07"]
    assert (runs[-1]["until"], runs[-1]["months"], runs[-1]["peak"]) == ("2024-08-01", 1, 0.5)


def test_in_2024_the_unrounded_gap_stays_below_its_line() -> None:
    found, grid = judged("sahm_gap"), rule("sahm_gap").grid
    gap = found.quantities["gap"][:, 0]
    first = grid.period(date(2023, 1, 1)) - found.start
    widest = first + int(np.argmax(gap[first:]))
    assert grid.start(found.start + widest) == date(2024, 8, 1)
    assert gap[widest] == pytest.approx(0.480, abs=0.0005)
    assert gap[widest - 1] == pytest.approx(0.479, abs=0.0005)


def shares(name: str, since: date) -> tuple[int, int, int, int]:
    """`(at the line, criterion met, off for the look-back, look-back unknown)` in state-months."""
    found = judged(name)
    first = rule(name).grid.period(since) - found.start
    rate, met = found.quantities["rate3"][first:], found.breached[first:]
    high = rate >= 6.5
    return int(high.sum()), int((met[high] == 1).sum()), int((met[high] == 0).sum()), int(np.isnan(met[high]).sum())


def test_about_half_of_high_state_months_are_off_only_for_the_look_back() -> None:
    high, met, off, unknown = shares("extended_benefits_tur", date(1976, 1, 1))
    assert (high, met, off, unknown) == (9507, 4649, 4231, 627)
    assert 1 - met / high == pytest.approx(0.511, abs=0.0005)
    assert off / (met + off) == pytest.approx(0.476, abs=0.0005)
    high, met, off, unknown = shares("extended_benefits_tur", date(1993, 3, 1))
    assert (high, unknown) == (4320, 0)
    assert off / high == pytest.approx(0.520, abs=0.0005)


def test_without_rounding_the_rate_the_shares_move_by_less_than_half_a_point() -> None:
    """The README says how much one decimal matters, since the regulation read for it does not state it."""
    text = (laus.HERE / "rules" / "extended_benefits_tur.toml").read_text("utf-8")
    plain = read_rule(text.replace("round(100 * sum(laus.unemployed, 3mo) / sum(laus.labour_force, 3mo), 1)",
                                   "100 * sum(laus.unemployed, 3mo) / sum(laus.labour_force, 3mo)"))  # fmt: skip
    found = backtest(plain, figures())
    high, met = found.quantities["rate3"] >= 6.5, found.breached
    assert 1 - (met[high] == 1).sum() / high.sum() == pytest.approx(0.509, abs=0.0005)
    assert (met[high] == 0).sum() / (~np.isnan(met[high])).sum() == pytest.approx(0.474, abs=0.0005)
    late = rule("sahm_gap").grid.period(date(1993, 3, 1)) - found.start
    assert (met[late:][high[late:]] == 0).sum() / high[late:].sum() == pytest.approx(0.517, abs=0.0005)


def test_least_spans_hold_in_every_state() -> None:
    """13 weeks on and 13 weeks off are three months of monthly figures."""
    known = 26  # three months and two years: from there on the look-back of every state is known
    states = judged("extended_benefits_tur").states[known:] == STATES.index("firing")
    for column in range(states.shape[1]):
        edges = np.flatnonzero(np.diff(states[:, column].astype(int)))
        assert (np.diff(edges) >= 3).all()


# --- the same through the rooms, as the authority feeds them ----------------------------------------------------------


@dataclass
class House:
    """Six years of real months through indicators, thresholds and the instrument, without an authority."""

    tables: MemoryTables
    now: datetime = datetime(2012, 1, 1, tzinfo=UTC)
    language: str = "en"

    def public(self, kind: str, body: Mapping[str, object]) -> dict[str, object]:
        return dict(body)

    def series(self, series: str, subject: str) -> list[tuple[str, float]]:
        return []

    def rule(self, rule_id: str, as_of: datetime | None = None) -> dict[str, object]:
        return {}


@pytest.fixture(scope="module")
def house() -> House:
    tables, index = MemoryTables(), 0
    rooms = (Indicators().follow, Thresholds().follow, follow)

    def tell(act: Act, when: datetime) -> None:
        nonlocal index
        index += 1
        entry = Entry(index, act.kind, 1, when, "p", act.subject, act.body, act.key, (), lambda name: act.blobs[name])
        for room in rooms:
            list(room(entry, tables))

    for file in rule_files(Installed(INSTRUMENT, laus.HERE)):
        body = {"rule_id": file.rule_id, "room": file.room, "version": file.version, "text": file.text}
        tell(Act("rule.adopted", body, file.rule_id), datetime(2004, 1, 1, tzinfo=UTC))
    for when, act in laus.monthly_batches():
        if "2006-01-01" <= act.body["event_from"] <= "2011-12-01":
            tell(act, when)
    return House(tables)


def test_live_months_give_the_states_of_the_backtest(house: House) -> None:
    months = [
        row[:4]
        for month, rows in laus.months().items()
        if date(2006, 1, 1) <= month <= date(2011, 12, 1)
        for row in rows
    ]
    for name in ("sahm_gap", "extended_benefits_tur"):
        found = backtest(rule(name), frame(months, rule(name).grid))
        for subject in found.subjects:
            assert [row["state"] for row in track(house.tables, rule(name).id, subject)] == found.named(subject)


@pytest.mark.parametrize("shards", [1, 3])
def test_a_bulk_run_over_the_record_gives_the_states_that_the_record_holds(
    house: House, tmp_path: Path, shards: int
) -> None:
    """52 areas in 72 months, in the order of the entries; one state that is otherwise is found and named."""
    total = rule("extended_benefits_tur")
    count = write_record(house.tables, total, tmp_path / "record.parquet")
    text = (laus.HERE / "rules" / "extended_benefits_tur.toml").read_text("utf-8")
    found = InProcess().run(Job(text, tmp_path / "record.parquet", shards=shards))
    compared = agreement(house.tables, total, found.edges)
    assert compared.periods == len(house.tables.select(TRACK, {"rule": total.id}))
    assert (compared.alike, compared.others, found.events) == (compared.periods, (), count)
    fired = found.edges.filter(pl.col("to_state") == "firing")
    live = [row for row in switches(house.tables, total.id) if row["to_state"] == "firing"]
    assert sorted(fired.select("subject", pl.col("event").cast(pl.String)).rows()) == sorted(
        (row["subject"], row["at"]) for row in live
    )
    assert len(live) > 20
    first = fired.row(0, named=True)
    without = found.edges.filter((pl.col("subject") != first["subject"]) | (pl.col("event") != first["event"]))
    compared = agreement(house.tables, total, without)
    assert compared.alike < compared.periods
    assert compared.others[0][:3] == (first["subject"], str(first["event"]), "firing")


def test_the_great_recession_is_one_run_with_its_switches_on_record(house: House) -> None:
    assert ("2008-04-01", "2010-06-01", "firing") in history(house.tables, NATIONAL, "area:us")
    (on,) = [row for row in switches(house.tables, NATIONAL) if row["to_state"] == "firing"]
    assert (on["at"], on["known"][:10], on["rule_version"]) == ("2008-04-01", "2008-05-16", "1")
    assert on["value"] == pytest.approx(0.5, abs=0.1)


def test_months_are_counted_as_they_were_judged(house: House) -> None:
    rows = house.tables.select(MONTH)
    assert len(rows) == 72
    assert all(row["high"] == row["on_met"] + row["off_look_back"] + row["look_back_unknown"] for row in rows)
    assert share(rows, "2008-06-01").look_back_unknown == 0
    assert Share(0, 0, 0, 0).not_on is None


@pytest.mark.parametrize("language", ["en", "zh"])
def test_pages_and_lists_say_the_same_figures_in_both_languages(house: House, language: str) -> None:
    house.language = language
    page = views.overview(house, {})
    assert [row["from"] for row in page["runs"]] == ["2008-04-01"]
    assert page["only_rounded"] == []
    assert [rule_line["id"] for rule_line in page["rules"]] == [NATIONAL, TOTAL_RATE]
    for listing in views.LISTINGS:
        rows = listing.rows(house, {})
        columns = listing.columns(house) if callable(listing.columns) else listing.columns
        assert rows
        assert all({column.id for column in columns} <= set(row) for row in rows)


def test_filters_choose(house: House) -> None:
    house.language = "en"
    listing = {item.id: item for item in views.LISTINGS}
    on = [row for row in listing["states"].rows(house, {}) if row["state"] == "on"]
    assert listing["states"].rows(house, {"state": "on"}) == on
    chosen = listing["switches"].rows(house, {"area": "area:us-mi", "rule": TOTAL_RATE})
    assert {row["subject"] for row in chosen} == {"area:us-mi"}
    assert {row["rates"] for row in listing["national_runs"].rows(house, {"rates": "unrounded"})} == {"unrounded"}
    assert all(item.choices is None or item.choices(house) for each in views.LISTINGS for item in each.filters)


def test_a_state_has_a_page_and_a_place_without_figures_has_none(house: House) -> None:
    house.language = "en"
    page = views.area_page(house, {"area": "us-mi"})
    assert page["title"] == "Michigan"
    assert page["months"] == 72
    assert page["months_high"] >= page["months_on"] > 0
    with pytest.raises(NotFound):
        views.area_page(house, {"area": "us-zz"})


def test_every_chart_carries_the_table_that_says_the_same(house: House) -> None:
    house.language = "en"
    page = views.overview(house, {})
    strip = page["strip_chart"]
    bars = strip.spec["layer"][0]["data"]["values"]
    assert len(strip.rows) == sum(bar["state"] == "on" for bar in bars)
    assert len({bar["area"] for bar in bars}) == 51
    assert page["gap_chart"].rows[0][0] == "April 2008"
    assert sum(row[1] for row in page["share_chart"].rows) == page["share"].high
    assert isinstance(views.area_page(house, {"area": "us-ca"})["chart_"], charts.Chart)


def test_pages_show_something_sensible_before_any_figures() -> None:
    page = views.overview(House(MemoryTables()), {})
    assert page["runs"] == []
    assert page["percent"]["off_in_law"] == "–"


def test_every_figure_that_the_rule_sets_is_the_adopted_one() -> None:
    """The line is law, and law is adopted: with another version in force no page may go on saying 6.5."""
    text = (laus.HERE / "rules" / "extended_benefits_tur.toml").read_text("utf-8")
    text = text.replace('version = "1"', 'version = "2"').replace('line = "6.5"', 'line = "7.25"')
    body = {"rule_id": TOTAL_RATE, "room": "thresholds", "version": "2", "text": text}
    tables = MemoryTables()
    Thresholds().follow(Entry(1, "rule.adopted", 1, datetime(2004, 1, 1, tzinfo=UTC), "p", None, body), tables)
    reading = House(tables)
    months = next(item for item in views.LISTINGS if item.id == "months")
    assert callable(months.columns)
    page = views.overview(reading, {})
    said = [*months.title.values(), *(word for column in months.columns(reading) for word in column.title.values())]
    said += [page["line"], page["share_chart"].title, *page["share_chart"].columns]
    assert sum("7.25" in word for word in said) == 5
    assert not [word for word in said if "6.5" in word]
    for path in (laus.HERE / "pages").glob("*.html"):
        assert "6.5" not in path.read_text("utf-8"), path.name
