"""Whose a series is: the party that first said it of a subject, and those whom the authority appointed.

A threshold rule acts on a series, so not everybody who may observe something may say what this one is. Of a series
that the authority appointed sources for, only these file values; of another, a subject's values are its first filer's,
until all that filer's batches about it are annulled. The authority itself may file any. What is on the record stays:
this is held against a batch at the door, and never again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated

from pydantic import Field

from commonweal.kernel.disclosure.kinds import PUBLIC, Filing, Kind
from commonweal.kernel.record.entries import Entry
from commonweal.kernel.record.tables import Reader, Tables
from commonweal.kernel.values import Fault, Text

from ._columns import Observation, base_of
from ._tables import APPOINTED

SHOWN = 5


class SourceAppointed(Filing):
    """From whom values of a series, whatever its dimensions, are taken: a party is appointed, or is one no longer."""

    series: Annotated[str, PUBLIC, Field(pattern=r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*$", max_length=120)]
    source: Annotated[str, PUBLIC, Field(pattern=r"^party:[a-z0-9][a-z0-9.\-]*$", max_length=128)]
    ended: Annotated[bool, PUBLIC] = False
    reason: Annotated[str, Field(max_length=2000)] = ""


SOURCE_APPOINTED = Kind(
    id="observations.source",
    schema=SourceAppointed,
    title=Text(en="Source of a series", zh="序列的来源"),
    files=("authority", "officer"),
    renewable=True,
)


def appoint(entry: Entry, tables: Tables) -> None:
    """Note who may file a series from now on."""
    name = {"series": entry.body["series"], "party": entry.body["source"]}
    if entry.body["ended"]:
        tables.delete(APPOINTED, *name.values())
    else:
        tables.put(APPOINTED, {**name, "entry": entry.index})


def strangers(
    found: Iterable[Observation], party: str, reader: Reader, sources: dict[tuple[str, str], str]
) -> Iterator[Fault]:
    """What a party, not the authority, cannot say of the series in a batch.

    `sources` says whose each series and subject is, where it is anybody's.
    """
    pairs = sorted({(row.series, row.subject) for row in found})
    bases = sorted({base_of(series) for series, _ in pairs})
    how = "the authority appoints sources (observations.source)"
    appointed = {base: {row["party"] for row in reader.select(APPOINTED, {"series": base})} for base in bases}
    for base in bases:
        if appointed[base] and party not in appointed[base]:
            who = ", ".join(sorted(appointed[base]))
            yield Fault(
                "series", base, f"a series that {party} is a source of; of this one it is {who}: {how}", "source"
            )
    taken = [pair for pair in pairs if not appointed[base_of(pair[0])] and sources.get(pair, party) != party]
    for series, subject in taken[:SHOWN]:
        want = f"values that {party} said first; of these the source is {sources[series, subject]}: {how}"
        yield Fault("series", f"{series} of {subject}", want, "source")
    if len(taken) > SHOWN:
        yield Fault(
            "series", f"{len(taken) - SHOWN} more", "likewise values that nobody else is the source of", "source"
        )
