"""What is asked of the indicators: values as of a day or an instant, vintages, and what there is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from commonweal.kernel.expressions import Grid
from commonweal.kernel.expressions.names import ANY, name_parts, selected
from commonweal.kernel.record.tables import Reader, Row
from commonweal.kernel.values import NotFound, Text, shown, stamp

from ._batches import MADE_UP
from ._columns import EVENT_FIRST, EVENT_LAST, base_of, event_text, series_name
from ._tables import BATCH, OBSERVATION, PULL, SERIES, UNIT, VINTAGE_ORDER, WITHDRAWN

VALUE_COLUMNS = ("event", "value", "low", "high", "released", "known", "entry", "source_ref")
LATEST_READ = 100
VINTAGES_NAMED = 3
ROWS_AT_ONCE = 20_000
SUBJECTS_IN_QUERY = 400
ONE_VINTAGE = Text(
    en="One vintage only: each value is given once, and what was first published may differ.",
    zh="仅有一个版本：每个数值只给出一次，首次公布的数值可能不同。",
)
NEVER_REVISED = Text(
    en="One vintage only: no value was filed here more than once; whether its source revised it before is not said.",
    zh="仅有一个版本：此处每个数值只提交过一次；来源此前是否修订过未予说明。",
)
NOTHING_KNOWN = Text(
    en="By {as_of} nothing was known here of {series} about {subject}. Its first value became known on {first}.",
    zh="截至{as_of}，此处对{subject}的{series}一无所知。其首个数值于{first}为此处所知。",
)
NOTHING_BETWEEN = Text(
    en="No value of {series} about {subject} is about that time. There are values from {first} to {last}.",
    zh="{subject}的{series}在该时段没有数值。现有数值自{first}至{last}。",
)


def series(reader: Reader, series: str, subject: str, as_of: date | datetime | None = None) -> list[tuple[str, float]]:
    """The newest values known on a day (default: now): `(event, value)` in event order; an event is a day or instant.

    `as_of` compares with when a value was known here: when its source released it, or when it was filed if that was
    later. So neither a later revision nor what was dated back is seen from before. A day means its end; an
    instant, what had been filed by then.
    """
    return [(row["event"], row["value"]) for row in values(reader, series, subject, as_of)]


def values(
    reader: Reader, series: str, subject: str, as_of: date | datetime | None = None, *, since: str = "", until: str = ""
) -> list[Row]:
    """The newest known rows of a series in event order, with interval, entry and day known; see `series`.

    `since` and `until` bound the events, both included, as tables write them.
    """
    return _until(_newest(_vintages_known(reader, series, subject, as_of, since)), until)


def latest(reader: Reader, series: str, subject: str, as_of: date | datetime | None = None) -> Row | None:
    """The newest known row of the newest event of a series, with its interval and entry; None if there is none."""
    where = _where(series, subject, as_of)
    rows = reader.select(OBSERVATION, where, order=("-event",), limit=LATEST_READ)
    more = len(rows) == LATEST_READ
    # of the last event among them, not every vintage may be here
    found = _until(_newest([row for row in rows if not more or row["event"] != rows[-1]["event"]]), "")
    if more and not found:
        found = values(reader, series, subject, as_of)
    return found[-1] if found else None


def newest(reader: Reader, names: Iterable[str]) -> list[Row]:
    """The newest known row of every subject and event of some series, in order of series, subject and event.

    A name may select: `a.b{sex=*}` stands for every series that differs in `sex` alone.
    """
    found: dict[tuple[str, str, str], Row] = {}
    for row in every_vintage(reader, names):
        found[row["series"], row["subject"], row["event"]] = row
    return [found[key] for key in sorted(found) if found[key]["value"] is not None]


def every_vintage(reader: Reader, names: Iterable[str]) -> list[Row]:
    """Every value ever known of some series, each event's oldest release first; names may select as in `newest`."""
    return reader.select(OBSERVATION, {"series": ("in", resolved(reader, names))}, order=VINTAGE_ORDER)


def resolved(reader: Reader, names: Iterable[str]) -> list[str]:
    """The full names that names and selectors stand for, sorted."""
    plain, selectors = set(), []
    for name in names:
        if ANY in name:
            selectors.append(name)
        else:
            plain.add(name)
    for base in sorted({base_of(name) for name in selectors}):
        rows = reader.select(SERIES, {"base": base})
        plain |= {row["series"] for row in rows if selected(selectors, row["series"])}
    return sorted(plain)


def vintages(reader: Reader, series: str, subject: str, event: str) -> list[Row]:
    """Every value ever known of one event, oldest release first."""
    return reader.select(OBSERVATION, {"series": series, "subject": subject, "event": event}, order=VINTAGE_ORDER)


def least_event(on: Grid, period: int) -> str:
    """The least text of an event in a period: a day stands for its beginning, and comes before its instants."""
    within = min(max(period, on.period(EVENT_FIRST)), on.period(EVENT_LAST))
    return event_text(on.start(within)).removesuffix("T00:00:00Z")


def latest_events(
    reader: Reader, names: Collection[str], subjects: Sequence[str], first: str, end: str
) -> dict[tuple[str, str], list[str]]:
    """By series and subject, the events from `first` on and before `end` of which a value is known, in order."""
    values: dict[tuple[str, str, str], float | None] = {}
    for at in range(0, len(subjects), SUBJECTS_IN_QUERY):
        part = list(subjects[at : at + SUBJECTS_IN_QUERY])
        where = {"series": ("in", sorted(names)), "subject": ("in", part), "event": ("between", (first, end))}
        only = ("series", "subject", "event", *VINTAGE_ORDER, "value")
        for row in reader.select(OBSERVATION, where, order=VINTAGE_ORDER, only=only):
            values[row["series"], row["subject"], row["event"]] = row["value"]
    found: dict[tuple[str, str], list[str]] = {}
    for series, subject, event in sorted(at for at, value in values.items() if value is not None):
        found.setdefault((series, subject), []).append(event)
    return found


def restated(reader: Reader, entry: int) -> list[Row]:
    """What an entry said anew without being a batch: an annulment, or a derived series that was adopted."""
    return reader.select(OBSERVATION, {"entry": entry})


def by_event(
    reader: Reader, series: str, subject: str, first: str = "", last: str = "", *, only: Sequence[str] = ()
) -> Iterator[list[Row]]:
    """The vintages of each event, oldest release first, read so many rows at once, however many there are.

    `first` and `last` bound the events, both included; `only` names columns besides the event and those of its order.
    """
    asked = (*dict.fromkeys(("event", *VINTAGE_ORDER, *only)),)
    after, most = first, ROWS_AT_ONCE
    while True:
        where = {"series": series, "subject": subject, "event": (">=", after)}
        rows = reader.select(OBSERVATION, where, order=("event",), limit=most, only=asked)
        groups = [list(group) for _, group in groupby(rows, itemgetter("event"))]
        whole = len(rows) < most
        for group in groups if whole else groups[:-1]:  # of the last event, not every vintage may be here
            if last and group[0]["event"] > last:
                return
            yield sorted(group, key=itemgetter(*VINTAGE_ORDER))
        if whole:
            return
        most = ROWS_AT_ONCE if len(groups) > 1 else 2 * most
        after = groups[-1][0]["event"]


def batches(reader: Reader, series_set: str = "") -> list[Row]:
    """The batches received (of one set), in the order they were filed."""
    return reader.select(BATCH, {"series_set": series_set} if series_set else None)


def catalogue(reader: Reader, base: str = "", subject: str = "") -> list[Row]:
    """What there is: a row a series and subject, with first and last event, events, revisions and unit."""
    where = {name: value for name, value in (("base", base), ("subject", subject)) if value}
    units = {row["base"]: row["unit"] for row in reader.select(UNIT)}
    return [{**row, "unit": units.get(row["base"], "")} for row in reader.select(SERIES, where)]


def known_series(reader: Reader, series: str, subject: str) -> Row:
    """The catalogue's row of one series about one subject. Raises `NotFound`, naming what there is."""
    full = series_name(series) or series
    row = reader.get(SERIES, full, subject)
    if row is None:
        there = reader.select(SERIES, {"base": base_of(full)}, limit=200)
        names = sorted({item["series"] for item in there})[:6]
        about = sorted({item["subject"] for item in there})[:6]
        hint = f"{', '.join(names)} about {', '.join(about)}" if there else "`weal series DIR` lists what there is"
        raise NotFound("series", f"{shown(series)} about {shown(subject)}", f"there is: {hint}" if there else hint)
    return {**row, "unit": unit_of(reader, full)}


def unit_of(reader: Reader, series: str) -> str:
    """The unit on record of a series; empty where none was ever told."""
    row = reader.get(UNIT, base_of(series))
    return row["unit"] if row else ""


def pulled(reader: Reader, source: str) -> Row | None:
    """What a server said when it last had something new."""
    return reader.get(PULL, source)


def source_of(reader: Reader, row: Row) -> dict[str, Any]:
    """Citation, address and vintage of the batch that a value came in; the rule's id where it was derived."""
    batch = reader.get(BATCH, row["entry"])
    if batch is None:
        found = reader.get(SERIES, row["series"], row["subject"])
        return {"citation": "", "url": "", "vintage": "", "rule": found["rule"] if found else ""}
    return {**{name: batch[name] for name in ("citation", "url", "vintage")}, "rule": ""}


def sources(reader: Reader, rows: Iterable[Row]) -> list[Row]:
    """Where values come from: each `citation` and `url` of the batches they came in, with the `first` and the `last`
    event of them, in order of the first. Values that came in none (derived ones that were adopted) have neither."""
    found: dict[tuple[str, str], Row] = {}
    batches: dict[int, tuple[str, str]] = {}
    for row in rows:
        entry = row["entry"]
        if entry not in batches:
            batch = reader.get(BATCH, entry)
            batches[entry] = (batch["citation"], batch["url"]) if batch else ("", "")
        citation, url = batches[entry]
        one = found.setdefault(batches[entry], {"citation": citation, "url": url, "first": row["event"], "last": ""})
        one["first"], one["last"] = min(one["first"], row["event"]), max(one["last"], row["event"])
    return sorted(found.values(), key=itemgetter("first", "last", "citation"))


def cited(reader: Reader, series: str, rows: Iterable[Row]) -> list[Row]:
    """The sources of a whole series, by the rows of the catalogue about it: as `sources`, without reading its values.

    Of the sets in which its newest values came; where all of one set come from one source, that one is of all.
    """
    newest = [reader.get(BATCH, entry) for entry in sorted({row["entry"] for row in rows})]
    sets = sorted({batch["series_set"] for batch in newest if batch})
    by_source: dict[tuple[str, str], list[Row]] = {}
    for batch in reader.select(BATCH, {"series_set": ("in", sets)}, order=("event_from", "entry")) if sets else ():
        by_source.setdefault((batch["citation"], batch["url"]), []).append(batch)
    found = []
    for (citation, url), batches in by_source.items():
        first = _end_of(reader, series, batches, "event")
        last = _end_of(reader, series, sorted(batches, key=itemgetter("event_to"), reverse=True), "-event")
        if first and last:
            found.append({"citation": citation, "url": url, "first": first, "last": last})
    return sorted(found, key=itemgetter("first", "last", "citation"))


def _end_of(reader: Reader, series: str, batches: Iterable[Row], order: str) -> str:
    """The first event of a series in the first of these batches that has any; empty where none has."""
    for batch in batches:
        where = {"entry": batch["entry"], "series": series, "value": ("!=", None)}
        if there := reader.select(OBSERVATION, where, order=(order,), limit=1):
            return str(there[0]["event"])
    return ""


def made_up_from(reader: Reader, names: Iterable[str] = (), subject: str = "", *, ever: bool = False) -> str | None:
    """From which event on values were made up (`MADE_UP`): of some series, else of all, and about a subject, else about
    all; None where none was. Of the values as they are known now: what was published since of the same event takes its
    place; `ever`: of all that were not annulled, for what was judged by them is shown as it was judged."""
    entries = [row["entry"] for row in reader.select(BATCH, {"citation": MADE_UP}, only=("entry",))]
    entries = [entry for entry in entries if reader.get(WITHDRAWN, entry) is None]
    if not entries:
        return None
    where: dict[str, Any] = {"entry": ("in", entries), **({"subject": subject} if subject else {})}
    if asked := list(names):
        where["series"] = ("in", resolved(reader, asked))
    told = reader.select(OBSERVATION, where, order=("event",), limit=1 if ever else -1)
    return next((str(row["event"]) for row in told if ever or _counts(reader, row)), None)


def _counts(reader: Reader, row: Row) -> bool:
    """Whether a value is the newest of its event."""
    newest = vintages(reader, row["series"], row["subject"], row["event"])[-1]
    return row["value"] is not None and bool(newest["entry"] == row["entry"])


def vintage_note(reader: Reader, series: str | Iterable[str], subject: str = "") -> Text | None:
    """What a reader must be told where only one vintage exists; None where some value has several.

    Of several series (or, without a subject, of all subjects) the note holds if it holds of every one. A selector
    stands for what it selects. Where batches name the vintage that they hold, so does the note.
    """
    names = [series] if isinstance(series, str) else list(series)
    rows = [
        row
        for name in resolved(reader, names)
        for row in reader.select(SERIES, {"series": name, **({"subject": subject} if subject else {})})
    ]
    if not rows or any(row["revised"] for row in rows):
        return None
    named = sorted({row["vintage"] for row in rows if row["vintage"]})[:VINTAGES_NAMED]
    return _told_as(named) if named else NEVER_REVISED


def _told_as(named: Sequence[str]) -> Text:
    """The note on values of one vintage, by the words that their batches have for it."""
    words = [f"“{shown(one)}”" for one in named]
    return Text(
        en=f"One vintage only, told as {', '.join(words)}; what was first published may differ.",
        zh=f"仅有一个版本，注明为{'、'.join(words)}；首次公布的数值可能不同。",
    )


def dimensions(full: str) -> dict[str, str]:
    """The dimensions in a full name."""
    return dict(name_parts(full)[1])


def report(
    reader: Reader, series: str, subject: str, as_of: date | datetime | None = None, *, since: str = "", until: str = ""
) -> dict[str, Any]:
    """One series about one subject as a person or program is told it: what it is, its values, and what they are not.

    Each value says of how many vintages known by then it is the newest. `nothing` is a sentence where there are no
    values. The vintage note is of all that is on record. Raises `NotFound`, naming what there is.
    """
    known = known_series(reader, series, subject)
    full = known["series"]
    found = _vintages_known(reader, full, subject, as_of, since)
    counted = Counter(row["event"] for row in found if row["value"] is not None)
    rows = _until(_newest(found), until)
    newest_row = rows[-1] if rows else None
    source = source_of(reader, newest_row) if newest_row else {}
    return {
        "series": full,
        "dimensions": dimensions(full),
        "subject": subject,
        "unit": known["unit"],
        "as_of": event_text(as_of) if as_of else None,
        "derived_by": known["rule"] or None,
        "citation": source.get("citation", ""),
        "url": source.get("url", ""),
        "sources": sources(reader, rows),
        "vintage_note": vintage_note(reader, full, subject),
        "nothing": None if rows else _nothing(reader, known, as_of),
        "values": [{**{name: row[name] for name in VALUE_COLUMNS}, "vintages": counted[row["event"]]} for row in rows],
    }


def _nothing(reader: Reader, known: Row, as_of: date | datetime | None) -> Text:
    """Why there are no values: nobody knew any yet, or none are about the time that was asked for."""
    about = {"series": known["series"], "subject": known["subject"]}
    first = reader.select(OBSERVATION, about, order=("known", "filed"), limit=1)
    told = {**about, "as_of": event_text(as_of) if as_of else "", "first": known["first"], "last": known["last"]}
    if as_of is None or reader.count(OBSERVATION, _where(known["series"], known["subject"], as_of)):
        words = NOTHING_BETWEEN
    else:
        words, told["first"] = NOTHING_KNOWN, first[0]["known"]
    return Text({code: said.format(**told) for code, said in words.items()})


def _vintages_known(
    reader: Reader, series: str, subject: str, as_of: date | datetime | None, since: str
) -> Sequence[Row]:
    where = _where(series, subject, as_of)
    if since:
        where["event"] = (">=", since)
    return reader.select(OBSERVATION, where)


def _until(found: dict[str, Row], until: str) -> list[Row]:
    return [row for event, row in found.items() if row["value"] is not None and (not until or event[:10] <= until)]


def _where(series: str, subject: str, as_of: date | datetime | None) -> dict[str, Any]:
    where: dict[str, Any] = {"series": series, "subject": subject}
    if as_of is not None:
        where["known"] = ("<=", event_text(as_of)[:10])
    if isinstance(as_of, datetime):
        where["filed"] = ("<=", stamp(as_of))
    return where


def _newest(rows: Sequence[Row]) -> dict[str, Row]:
    """By event, the row released last (of two released on one day, by sequence, then the one filed last)."""
    found: dict[str, Row] = {}
    for row in sorted(rows, key=lambda row: (row["event"], *(row[name] for name in VINTAGE_ORDER))):
        found[row["event"]] = row
    return found
