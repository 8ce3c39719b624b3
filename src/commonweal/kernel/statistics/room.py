"""The room of statistics: somebody asks for a release, and the release follows from that, once for each quarter."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

from commonweal.kernel import registry
from commonweal.kernel.disclosure.kinds import PUBLIC, Filing, Kind
from commonweal.kernel.record.entries import Act, Entry
from commonweal.kernel.record.tables import Reader, Row, Table, Tables
from commonweal.kernel.registry.subjects import SUBJECT, VERSION
from commonweal.kernel.values import (
    BadInput,
    Conflict,
    Fault,
    FaultCollector,
    NotFound,
    RuleFault,
    Text,
    instant,
    read_toml,
)
from commonweal.methods import concealment, suppression

from .declaration import Dimension, Statistic

HIDDEN: Literal["c"] = "c"
Quarter = Annotated[str, Field(pattern=r"^[0-9]{4}-Q[1-4]$", description="A quarter of a year (UTC), e.g. 2026-Q1")]


class Category(Filing):
    """One value of a dimension."""

    id: str
    title: dict[str, str]


class Axis(Filing):
    """One dimension of a released table; `public` where everybody could know each filing's category."""

    id: str
    title: dict[str, str]
    categories: tuple[Category, ...]
    public: bool


class Asked(Filing):
    """Asks for the release of one statistic for a quarter that is over.

    The authority draws `seed` (32 random bytes in hexadecimal) as it records this: which cells are hidden depends on
    it, so that nobody can work back from the choice. It is sealed, and whoever may open it can do the release again.
    """

    statistic: Annotated[str, Field(max_length=80), PUBLIC]
    period: Annotated[Quarter, PUBLIC]
    seed: Annotated[str | None, Field(pattern=r"^[0-9a-f]{64}$")] = None


class Released(Filing):
    """A table as released. `cells` is flat in row-major order, with a total at the end of every axis.

    A cell is a count, or `c` where it is hidden. `rule_id` and `rule_version` name the adopted text by which cells were
    hidden, with its parameters here once more.
    """

    statistic: Annotated[str, PUBLIC]
    title: Annotated[dict[str, str], PUBLIC]
    period: Annotated[Quarter, PUBLIC]
    dimensions: Annotated[tuple[Axis, ...], PUBLIC]
    cells: Annotated[tuple[int | Literal["c"], ...], PUBLIC]
    rule_id: Annotated[str, PUBLIC]
    rule_version: Annotated[str, PUBLIC]
    threshold: Annotated[int, PUBLIC]
    reach: Annotated[int, PUBLIC]
    rest_min: Annotated[int, PUBLIC]


ASKED = Kind(
    id="statistics.asked",
    schema=Asked,
    title=Text(en="Statistical release asked for", zh="请求发布统计"),
    files=("authority", "officer"),
)
RELEASED = Kind(
    id="statistics.released", schema=Released, title=Text(en="Statistics released", zh="统计发布"), files=()
)
KINDS: tuple[Kind, ...] = (ASKED, RELEASED)
RELEASES = Table(
    "statistics_release",
    columns={"statistic": "text", "period": "text", "entry": "integer", "body": "json"},
    key=("statistic", "period"),
)
SEEDS = Table(
    "statistics_seed",
    columns={"statistic": "text", "period": "text", "entry": "integer", "seed": "text"},
    key=("statistic", "period"),
)
TABLES: tuple[Table, ...] = (RELEASES, SEEDS)


class Statistics:
    """Follows requests for releases; each table is counted in the registry, its small cells hidden."""

    def __init__(self, statistics: Iterable[Statistic]) -> None:
        self.declared = {item.id: item for item in statistics}

    def follow(self, entry: Entry, tables: Tables) -> list[Act]:
        if entry.kind == RELEASED.id and entry.body:
            body = dict(entry.body)
            names = ("statistic", "period")
            tables.put(RELEASES, {**{name: body[name] for name in names}, "entry": entry.index, "body": body})
        if entry.kind != ASKED.id or not entry.body:
            return []
        name, period = str(entry.body["statistic"]), str(entry.body["period"])
        if name not in self.declared or not _is_over(period, entry.time) or tables.get(SEEDS, name, period):
            return []
        seed = str(entry.body.get("seed") or "")
        if not seed:  # without a secret the choice of cells could be worked back
            return []
        tables.put(SEEDS, {"statistic": name, "period": period, "entry": entry.index, "seed": seed})
        body = self._table(self.declared[name], period, bytes.fromhex(seed), tables)
        return [Act(RELEASED.id, body, key=f"release:{name}:{period}", causes=(entry.index,))]

    def due(self, now: datetime, tables: Reader) -> bool:
        """A release is asked for; nothing is released by time alone."""
        return False

    def complete(self, act: Act, reader: Reader) -> Act:
        """A request with its seed: a new one, or the one drawn when just this was asked for before.

        Raises `BadInput` for a seed that somebody brings.
        """
        if act.kind != ASKED.id:
            return act
        if act.body.get("seed"):
            raise BadInput(Fault("seed", "(given)", "no seed: the authority draws it", "unknown_field"), act.kind)
        earlier = reader.get(SEEDS, str(act.body["statistic"]), str(act.body["period"]))
        return replace(act, body={**act.body, "seed": earlier["seed"] if earlier else secrets.token_hex(32)})

    def check_filing(self, act: Act, now: datetime, reader: Reader) -> None:
        """Refuse a request that nothing could follow from. Raises `BadInput`, `Conflict`, `NotFound`, `RuleFault`."""
        if act.kind != ASKED.id:
            return
        name, period, faults = act.body["statistic"], act.body["period"], FaultCollector(act.kind)
        if name not in self.declared:
            known = ", ".join(sorted(self.declared)) or "none is declared"
            faults.add("statistic", name, f"one of: {known}", "unknown_statistic")
        if not _is_over(period, now):
            faults.add("period", period, "a quarter that is over: what can still grow is not released", "open_period")
        faults.done()
        if held := reader.get(RELEASES, name, period):
            raise Conflict(
                f"{name} for {period} was released already, as entry {held['entry']}; a quarter is released once"
            )
        _rule(self.declared[name].rule, reader)

    def _table(self, statistic: Statistic, period: str, seed: bytes, reader: Reader) -> dict[str, Any]:
        row, rule, parameters = _rule(statistic.rule, reader)
        dimensions = list(statistic.dimensions(rule))
        counts = _counted(statistic, dimensions, rule, period, reader)
        hidden = _hidden(counts, dimensions, parameters, seed)
        cells = [HIDDEN if hide else int(count) for count, hide in zip(counts.flat, hidden.flat, strict=True)]
        return {
            "statistic": statistic.id,
            "title": dict(statistic.title),
            "period": period,
            "dimensions": [_axis(dimension) for dimension in dimensions],
            "cells": cells,
            "rule_id": row["rule_id"],
            "rule_version": row["version"],
            "threshold": parameters.threshold,
            "reach": parameters.reach,
            "rest_min": parameters.rest_min,
        }


def releases(reader: Reader, statistic: str = "") -> list[Row]:
    """Every release, newest quarter first: `statistic`, `period`, `entry`, `body`."""
    return reader.select(RELEASES, {"statistic": statistic} if statistic else None, order=("-period", "statistic"))


def release(reader: Reader, statistic: str, period: str) -> Row:
    """One release. Raises `NotFound`."""
    row = reader.get(RELEASES, statistic, period)
    if row is None:
        there = ", ".join(f"{item['statistic']} {item['period']}" for item in releases(reader)[:10]) or "none yet"
        raise NotFound("statistical release", f"{statistic} {period}", f"there are: {there}")
    return row


def check_text(text: str) -> None:
    """Read a parameter text's `[suppression]` table, if it has one. Raises `RuleFault` naming every fault."""
    data = read_toml(text, "statistics")
    if "suppression" in data:
        _parameters(data)


@dataclass(frozen=True, slots=True)
class Reads:
    """Reads the text of a statistic, which also says by what is counted: `dimensions` is asked as at a release.

    Raises `RuleFault` naming every fault of `[suppression]`, and whatever `dimensions` raises.
    """

    dimensions: Callable[[Mapping[str, Any]], Sequence[Dimension]]

    def __call__(self, text: str) -> concealment.Terms:
        data = read_toml(text, "statistics")
        found = _parameters(data)
        self.dimensions(data)
        return found


def _rule(rule_id: str, reader: Reader) -> tuple[Row, Mapping[str, Any], concealment.Terms]:
    row = registry.text_in_force(reader, rule_id)
    data = registry.parsed(row["text"], row["media_type"])
    return row, data, _parameters(data)


_WANTED: Mapping[str, tuple[int, str]] = {
    "threshold": (2, "a count from 2: fewer contributors than this are hidden"),
    "reach": (1, "a count from 1: how far an attacker is kept from a hidden cell, both ways"),
    "rest_min": (1, "a count from 1: so many of a known group stand outside a published cell"),
}


def _parameters(data: Mapping[str, Any]) -> concealment.Terms:
    table, faults = data.get("suppression"), FaultCollector("suppression", RuleFault)
    table = table if isinstance(table, Mapping) else {}
    for name, (least, want) in _WANTED.items():
        value = table.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= 1000:
            faults.add(f"suppression.{name}", "(absent)" if value is None else value, want)
    for name in set(table) - set(_WANTED):
        faults.add(f"suppression.{name}", table[name], f"one of {', '.join(_WANTED)}", "unknown_field")
    faults.done()
    return concealment.Terms(**{name: table[name] for name in _WANTED})


def _is_over(period: str, now: datetime) -> bool:
    return _bounds(period)[1] <= now.astimezone(UTC)


def _bounds(period: str) -> tuple[datetime, datetime]:
    """A quarter as its first instant and the first after it."""
    year, quarter = int(period[:4]), int(period[-1])
    after = (year, 3 * quarter + 1) if quarter < 4 else (year + 1, 1)
    try:
        return datetime(year, 3 * quarter - 2, 1, tzinfo=UTC), datetime(*after, 1, tzinfo=UTC)
    except ValueError as error:
        raise BadInput(Fault("period", period, "a quarter of a year from 1 to 9998", "period")) from error


def _counted(
    statistic: Statistic, dimensions: Sequence[Dimension], rule: Mapping[str, Any], period: str, reader: Reader
) -> suppression.Counts:
    """The table with its totals: each subject once, as first filed, in the quarter in which that was."""
    start, end = _bounds(period)
    places = [{name: at for at, name in enumerate(item.categories)} for item in dimensions]
    counts = np.zeros([len(item) for item in places], dtype=np.int64)
    for row in reader.select(SUBJECT, {"noun": statistic.noun}):
        first = reader.get(VERSION, row["subject"], 1)
        if first is None or first["erased"] or not start <= instant(first["filed_on"]) < end:
            continue
        names = statistic.of(first["body"], rule)
        counts[tuple(place[name] for place, name in zip(places, names, strict=True))] += 1
    return suppression.with_margins(counts)


def _hidden(
    counts: suppression.Counts, dimensions: Sequence[Dimension], by: concealment.Terms, seed: bytes
) -> suppression.Mask:
    """Which cells are hidden. Zeros may be among them, so that a hidden cell says nothing of itself."""
    public = tuple(item.public for item in dimensions)
    hidden = concealment.conceal(counts, public, by, seed)
    asked = concealment.Concealment(counts, public, by)
    assert not (asked.sensitive() & ~hidden).any()  # audited once more before it is told to anybody
    assert not asked.exposed(hidden)
    return hidden


def _axis(dimension: Dimension) -> dict[str, Any]:
    categories = [{"id": name, "title": dict(title)} for name, title in dimension.categories.items()]
    title = dict(dimension.title)
    return {"id": dimension.id, "title": title, "categories": categories, "public": dimension.public}
