"""What a table says that is not known yet: a value said again as it stands is no revision and need not be filed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from commonweal.kernel.record.entries import Act
from commonweal.kernel.record.tables import Reader

from ._batches import OBSERVATIONS_BATCH, body_and_key
from ._columns import BLOB, Observation, base_of, event_of, event_text, read_columns
from ._derived import same_unit
from ._queries import by_event, unit_of
from ._room import catalogued
from ._tables import WITHDRAWN

_Rank = tuple[str, int]
_Said = tuple[float | None, float | None, float | None]


@dataclass(frozen=True, slots=True)
class News:
    """What is left to file of some acts: each with its place among them, and how many values said nothing new."""

    acts: tuple[tuple[int, Act], ...]
    unchanged: int


@dataclass(frozen=True, slots=True)
class _Vintage:
    rank: _Rank
    said: _Said
    entry: int


def news(reader: Reader, acts: Sequence[Act]) -> News:
    """Leave out of batches the values that are known as they stand; acts of other kinds are left as they are.

    A value is known if its series, subject and event have the same value, bounds and unit either in their newest
    vintage or in the newest one released no later than it (so that a table of old releases, read again, is known
    whole). A batch of which nothing is left is left out.
    """
    rows = {at: read_columns(act.blobs[BLOB]) for at, act in enumerate(acts) if _is_batch(act)}
    ranks = {at: (str(acts[at].body["released_on"]), int(acts[at].body.get("sequence", 0))) for at in rows}
    dropped, after = _compared(reader, rows, ranks)
    left = []
    for at, act in enumerate(acts):
        if not dropped.get(at):
            left.append((at, act))
        elif len(dropped[at]) < len(rows[at]):
            kept = [row for number, row in enumerate(rows[at]) if number not in dropped[at]]
            left.append((at, _narrowed(act, kept, after[at])))
    return News(tuple(left), sum(map(len, dropped.values())))


def _compared(
    reader: Reader, rows: Mapping[int, Sequence[Observation]], ranks: Mapping[int, _Rank]
) -> tuple[dict[int, set[int]], dict[int, int]]:
    """By batch, the rows that are known, and the newest entry that one of the others differs from."""
    places: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
    for at, found in rows.items():
        for number, row in enumerate(found):
            places[row.series, row.subject].append((at, number))
    there = catalogued(reader, list(places))
    withdrawn = {row["entry"] for row in reader.select(WITHDRAWN)} if there else set()
    units = {base: unit_of(reader, base) for base in {base_of(series) for series, _ in there}}
    dropped: dict[int, set[int]] = defaultdict(set)
    after = dict.fromkeys(rows, -1)
    for pair, mine in places.items():
        noted = there.get(pair)
        if noted["rule"] if noted else len(rows) == 1:
            continue  # derived, and to be refused by name; or nothing is known that could be the same
        events = {rows[at][number].event for at, number in mine} if noted else set()
        known = _known(reader, pair, events, withdrawn) if noted else {}
        for at, number in mine:
            row = rows[at][number]
            vintages = known.get(row.event, [])
            if _unit_known(row, units) and _is_known(row, ranks[at], vintages):
                dropped[at].add(number)
            else:
                after[at] = max(after[at], *(item.entry for item in vintages), -1)
                if len(rows) > 1:  # another batch may speak of the same event
                    said = _Vintage(ranks[at], (row.value, row.low, row.high), -1)
                    known[row.event] = sorted([*vintages, said], key=lambda item: item.rank)
    return dropped, after


def _is_batch(act: Act) -> bool:
    return act.kind == OBSERVATIONS_BATCH.id and BLOB in act.blobs


def _known(
    reader: Reader, pair: tuple[str, str], events: AbstractSet[date], withdrawn: Container[int]
) -> dict[date, list[_Vintage]]:
    """By event, every vintage on record that was not withdrawn, in their order."""
    found: dict[date, list[_Vintage]] = {}
    texts = [event_text(event) for event in events]
    for vintages in by_event(reader, *pair, min(texts), max(texts), only=("value", "low", "high")):
        event = event_of(vintages[0]["event"])
        if event in events:
            found[event] = [
                _Vintage((row["released"], row["sequence"]), (row["value"], row["low"], row["high"]), row["entry"])
                for row in vintages
                if row["entry"] not in withdrawn
            ]
    return found


def _is_known(row: Observation, rank: _Rank, vintages: Sequence[_Vintage]) -> bool:
    said = (row.value, row.low, row.high)
    by_then = [item for item in vintages if item.rank <= rank]
    return any(item.said == said for item in (*vintages[-1:], *by_then[-1:]))


def _unit_known(row: Observation, units: dict[str, str]) -> bool:
    """Whether a row tells no unit, or the one on record; the first to tell one tells something."""
    if not row.unit:
        return True
    there = units.setdefault(base_of(row.series), "")
    units[base_of(row.series)] = there or row.unit
    return bool(there) and same_unit(row.unit, there)


def _narrowed(act: Act, rows: Sequence[Observation], after: int) -> Act:
    """The act with these rows only. Its key names what it follows, so that going back to an old value is news."""
    told: Mapping[str, Any] = {**act.body, "released_on": str(act.body["released_on"])}
    body, key, data = body_and_key(rows, told)
    return replace(act, body=body, key=f"{key}/after-{after}", blobs={**act.blobs, BLOB: data})
