"""The follower of the indicators: batches become vintages of values, annulments new ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple

from commonweal.kernel.expressions.names import selects
from commonweal.kernel.record.entries import Act, Entry
from commonweal.kernel.record.tables import Reader, Row, Tables
from commonweal.kernel.values import BadInput, FaultCollector, stamp

from ._batches import OBSERVATIONS_BATCH, check_payload, filed, observations_of
from ._columns import Observation, base_of, event_of, event_text
from ._derived import ROOM, Touched, adopt, changed_values, derived_rules, rule_of_series, same_unit
from ._queries import ROWS_AT_ONCE, by_event, resolved
from ._rules import DerivedRule
from ._sourcing import SOURCE_APPOINTED, appoint, strangers
from ._tables import BATCH, OBSERVATION, PULL, SERIES, UNIT, UNIT_SAID, VINTAGE_ORDER, WITHDRAWN

ANNULLED = "record.annulled"
RULE_ADOPTED = "rule.adopted"
PAIRS_ONE_BY_ONE = 60
NAMES_AT_ONCE = 400


class Indicators:
    """Follows batches of observations into the tables; files nothing itself.

    A batch whose payload cannot be read stays on the record with the faults in `refused`, and gives no values; neither
    does what a batch says about times after the one at which it was filed, or in another unit than the series has.
    """

    def follow(self, entry: Entry, tables: Tables) -> list[Act]:
        if entry.erased:
            return []
        if entry.kind == ANNULLED and entry.body.get("kind") == OBSERVATIONS_BATCH.id:
            _derive(entry, tables, _withdraw(entry, tables))
        if entry.kind == OBSERVATIONS_BATCH.id:
            _derive(entry, tables, _take(entry, tables))
        if entry.kind == SOURCE_APPOINTED.id:
            appoint(entry, tables)
        if entry.kind == RULE_ADOPTED and entry.body.get("room") == ROOM:
            _adopted(entry, tables)
        return []

    def due(self, now: datetime, tables: Reader) -> bool:
        """Nothing in this room happens by time alone."""
        return False


def check_filing(act: Act, now: datetime | None = None, reader: Reader | None = None, party: str | None = None) -> None:
    """Refuse at the door a batch that cannot be read, speaks of what is to come, or clashes with the units on record.

    With `party`, so is one about what that party is not the source of. Raises `BadInput`; acts of other kinds pass.
    """
    found = check_payload(act, now)
    if found and reader is not None:
        faults = FaultCollector("observations")
        if party is not None:
            there = catalogued(reader, sorted({(row.series, row.subject) for row in found}))
            sources = {pair: row["source"] for pair, row in there.items() if row["source"]}
            faults.extend(strangers(found, party, reader, sources))
        for clash in _clashes(found, reader):
            faults.add(clash.where, clash.seen, clash.want, clash.code)
        faults.done()


def observed(entry: Entry, reader: Reader) -> tuple[Observation, ...]:
    """The values that an entry made known: those of a filed batch, and those derived from them (none of others).

    To be asked by the rooms that follow after this one. Raises `BadInput` like `observations_of`.
    """
    if entry.kind != OBSERVATIONS_BATCH.id or entry.erased:
        return ()
    return (*_newest_of(entry, reader, _counting(entry, reader)), *_derived_by(entry, reader))


def _newest_of(entry: Entry, reader: Reader, found: Sequence[Observation]) -> tuple[Observation, ...]:
    """The observations of a batch that count: not those of which a vintage released later was there before.

    What was never revised has one vintage, and that is this one.
    """
    pairs = sorted({(row.series, row.subject) for row in found})
    revised = {pair for pair, row in catalogued(reader, pairs).items() if row["revised"]}
    if not revised:
        return tuple(found)
    overtaken: set[tuple[str, str, str]] = set()
    for series, subject in sorted(revised):
        mine = [event_text(row.event) for row in found if (row.series, row.subject) == (series, subject)]
        vintages = by_event(reader, series, subject, min(mine), max(mine))
        overtaken |= {(series, subject, rows[-1]["event"]) for rows in vintages if rows[-1]["entry"] != entry.index}
    return tuple(row for row in found if (row.series, row.subject, event_text(row.event)) not in overtaken)


def _counting(entry: Entry, reader: Reader) -> tuple[Observation, ...]:
    """The observations of a batch that are not set aside."""
    found = observations_of(entry)
    aside = {(clash.base, clash.unit) for clash in _clashes(found, reader)}
    if not aside:
        return found
    return tuple(row for row in found if not aside & {(base_of(row.series), unit) for unit in (row.unit, None)})


def _derived_by(entry: Entry, reader: Reader) -> list[Observation]:
    made = resolved(reader, [rule.makes for rule in derived_rules(reader)])
    rows = reader.select(OBSERVATION, {"entry": entry.index, "series": ("in", made)}) if made else []
    taken = ("value", "low", "high")
    return [
        Observation(row["series"], row["subject"], event_of(row["event"]), *(row[name] for name in taken))
        for row in rows
        if row["value"] is not None
    ]


class _Clash(NamedTuple):
    """Why the values of a series (told in that unit; None: in any) cannot be taken."""

    base: str
    unit: str | None
    where: str
    seen: str
    want: str
    code: str


def _clashes(found: Iterable[Observation], reader: Reader) -> list[_Clash]:
    """Series that a rule derives, and units that are not those on record."""
    told = sorted({(base_of(series), unit) for series, unit in {(row.series, row.unit) for row in found}})
    clashes = []
    for base in sorted({base for base, _ in told}):
        if rule := rule_of_series(reader, base):
            want = f"another name: the rule {rule} derives this series"
            clashes.append(_Clash(base, None, "series", base, want, "derived"))
    for base, unit in told:
        there = reader.get(UNIT, base) if unit else None
        if there is not None and not same_unit(unit, there["unit"]):
            want = f"{there['unit']!r}, the unit that entry {there['entry']} gave {base}: one series has one unit"
            clashes.append(_Clash(base, unit, f"unit of {base}", unit, want, "unit"))
    return clashes


def _adopted(entry: Entry, tables: Tables) -> None:
    """A derived series came into force, or changed: it is computed whole, and what rests on it after it."""
    rule = adopt(entry, tables)
    if rule is not None:
        _derive(entry, tables, _derived(rule, entry, tables, None))


def _derive(entry: Entry, tables: Tables, touched: Touched) -> None:
    """Compute what rests on values that an entry changed, series after series."""
    rules = derived_rules(tables)
    for rule in rules if touched else ():
        mine = {(series, about): days for (series, about), days in touched.items() if not selects(rule.makes, series)}
        for pair, events in _derived(rule, entry, tables, mine).items():
            touched.setdefault(pair, set()).update(events)


def _derived(rule: DerivedRule, entry: Entry, tables: Tables, touched: Touched | None) -> Touched:
    """Write what comes out otherwise of a derived series; which values that is."""
    changed: Touched = defaultdict(set)
    for rows in changed_values(rule, entry, tables, touched):
        part: Touched = defaultdict(set)
        for row in rows:
            part[row["series"], row["subject"]].add(event_of(row["event"]))
        put_values(entry, tables, part, rows, rule=rule.id)
        for pair, events in part.items():
            changed[pair] |= events
    return changed


def _take(entry: Entry, tables: Tables) -> Touched:
    """A batch becomes rows, except what is set aside, and why that is stays beside it."""
    try:
        whole, found = filed(entry), observations_of(entry)
    except BadInput as refused:
        tables.put(BATCH, {**_batch_row(entry), "refused": str(refused)})
        return {}
    said = []
    if later := len(whole) - len(found):
        said.append(f"{later} observations are about days after {entry.time:%Y-%m-%d}, when they were filed")
    for clash in _clashes(found, tables):
        said.append(f"set aside: {clash.where} {clash.seen}; {clash.want}")
    kept = _counting(entry, tables)
    tables.put(BATCH, {**_batch_row(entry), "refused": "; ".join(said)[:2000]})
    units = {base_of(series): unit for series, unit in {(row.series, row.unit) for row in kept} if unit}
    for base in sorted(units):
        tables.put(UNIT_SAID, {"base": base, "entry": entry.index, "unit": units[base]})
        if tables.get(UNIT, base) is None:
            tables.put(UNIT, {"base": base, "unit": units[base], "entry": entry.index})
    if got := entry.body.get("retrieved"):
        taken = {name: got.get(name, "") for name in ("source", "url", "etag", "last_modified", "sha256")}
        tables.put(PULL, {**taken, "entry": entry.index})
    touched: Touched = defaultdict(set)
    for row in kept:
        touched[row.series, row.subject].add(row.event)
    put_values(entry, tables, touched, (_row(entry, row) for row in kept), vintage=entry.body.get("vintage", ""))
    return touched


def put_values(
    entry: Entry, tables: Tables, touched: Touched, rows: Iterable[Row], *, vintage: str = "", rule: str = ""
) -> None:
    """Write values of one entry, so many rows at once, and note in the catalogue what there is now."""
    there = catalogued(tables, list(touched))
    noted = []
    for (series, subject), days in touched.items():
        old = there.get((series, subject))
        first, last = event_text(min(days)), event_text(max(days))
        again = 0
        if old is not None and first <= old["last"]:
            known = by_event(tables, series, subject, first, last)
            again = sum(event_of(vintages[0]["event"]) in days for vintages in known)
        noted.append(
            {
                "series": series,
                "subject": subject,
                "base": base_of(series),
                "first": min(first, old["first"]) if old else first,
                "last": max(last, old["last"]) if old else last,
                "events": len(days) - again + (old["events"] if old else 0),
                "revised": again + (old["revised"] if old else 0),
                "vintage": vintage or (old["vintage"] if old else ""),
                "rule": rule,
                "source": (old["source"] if old else "") or ("" if rule else entry.author),
                "entry": entry.index,
            }
        )
    tables.put_many(SERIES, noted)
    left = iter(rows)
    while part := list(islice(left, ROWS_AT_ONCE)):
        tables.put_many(OBSERVATION, part)


def catalogued(tables: Reader, pairs: Sequence[tuple[str, str]]) -> Mapping[tuple[str, str], Row]:
    """The catalogue's rows of some series and subjects."""
    if len(pairs) <= PAIRS_ONE_BY_ONE:
        rows = [row for series, subject in pairs if (row := tables.get(SERIES, series, subject)) is not None]
        return {(row["series"], row["subject"]): row for row in rows}
    names = sorted({series for series, _ in pairs})
    found: dict[tuple[str, str], Row] = {}
    for at in range(0, len(names), NAMES_AT_ONCE):
        for row in tables.select(SERIES, {"series": ("in", names[at : at + NAMES_AT_ONCE])}):
            found[row["series"], row["subject"]] = row
    return found


def _withdraw(entry: Entry, tables: Tables) -> Touched:
    """A batch was annulled: a new vintage says what was known before it, or that nothing is known.

    As of the days before the annulment, the series say what they said; only what counts now is said anew.
    """
    dropped = entry.body["entry"]
    tables.put(WITHDRAWN, {"entry": dropped, "by": entry.index})
    withdrawn = tables.select(WITHDRAWN)
    out = {row[column] for row in withdrawn for column in ("entry", "by")}
    today = entry.time.date().isoformat()
    again: list[Row] = []
    touched: Touched = defaultdict(set)
    for row in tables.select(OBSERVATION, {"entry": dropped}):
        name = {column: row[column] for column in ("series", "subject", "event")}
        vintage = tables.select(OBSERVATION, name, order=VINTAGE_ORDER)
        left = [item for item in vintage if item["entry"] not in out]
        said = left[-1] if left else {**row, "value": None, "low": None, "high": None}
        if all(said[column] == vintage[-1][column] for column in ("value", "low", "high")):
            continue  # another value counts already
        when = {"released": today, "known": today, "filed": stamp(entry.time), "sequence": vintage[-1]["sequence"]}
        again.append({**said, **when, "entry": entry.index})
        touched[row["series"], row["subject"]].add(event_of(row["event"]))
    put_values(entry, tables, touched, again)
    _pass_on(dropped, tables, out)
    return touched


def _pass_on(dropped: int, tables: Tables, out: set[int]) -> None:
    """A batch is annulled: series are from now on whose values, and in whose unit, are first among those that stand."""
    for unit in tables.select(UNIT, {"entry": dropped}):
        said = tables.select(UNIT_SAID, {"base": unit["base"]}, order=("entry",))
        left = next((one for one in said if one["entry"] not in out), None)
        if left is None:
            tables.delete(UNIT, unit["base"])
        else:
            tables.put(UNIT, {**unit, "unit": left["unit"], "entry": left["entry"]})
    for series, subject in sorted(
        {(row["series"], row["subject"]) for row in tables.select(OBSERVATION, {"entry": dropped})}
    ):
        row = tables.get(SERIES, series, subject)
        known = tables.select(OBSERVATION, {"series": series, "subject": subject}, only=("entry",))
        first = min({one["entry"] for one in known} - out, default=None)
        batch = tables.get(BATCH, first) if first is not None else None
        if row is not None:
            tables.put(SERIES, {**row, "source": batch["author"] if batch else ""})


def _row(entry: Entry, row: Observation) -> Row:
    """A value counts as known from when it was filed here, however early its source is said to have released it."""
    return {
        "series": row.series,
        "subject": row.subject,
        "event": event_text(row.event),
        "entry": entry.index,
        "released": entry.body["released_on"],
        "sequence": entry.body.get("sequence", 0),
        "known": max(entry.body["released_on"], entry.time.date().isoformat()),
        "filed": stamp(entry.time),
        "value": row.value,
        "low": row.low,
        "high": row.high,
        "source_ref": row.source_ref,
    }


def _batch_row(entry: Entry) -> Row:
    body: Mapping[str, Any] = entry.body
    taken = ("series_set", "event_from", "event_to", "rows", "released_on", "vintage", "remark")
    source = body["source"]
    return {
        "entry": entry.index,
        "author": entry.author,
        **{name: body.get(name, "") for name in taken},
        "citation": source["citation"],
        "url": source.get("url", ""),
        "refused": "",
    }
