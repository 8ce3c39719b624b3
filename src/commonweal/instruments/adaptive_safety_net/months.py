"""How many states stand at the total-rate line each month, and how many of them only the look-back keeps off."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from commonweal.kernel import indicators
from commonweal.kernel.indicators import observations_of
from commonweal.kernel.instrument import Act, Column, Entry, Reader, Row, Table, Tables, Text
from commonweal.kernel.thresholds import TRACK, rule_of
from commonweal.kernel.values import BadInput, NotFound

from .laus import LABOUR_FORCE, NATION, UNEMPLOYED, areas

TOTAL_RATE = "us.extended_benefits_tur"
NATIONAL = "us.sahm_gap"
MEASURED = (LABOUR_FORCE, UNEMPLOYED)
MADE_UP = Column("made_up", Text(en="Made up", zh="虚构"), "boolean")
"""Whether figures of a row were made up: a column where any were."""

MONTH = Table(
    "adaptive_safety_net_month",
    columns={
        "event": "text",
        "judged": "integer",
        "high": "integer",
        "on_met": "integer",
        "off_look_back": "integer",
        "look_back_unknown": "integer",
        "firing": "integer",
    },
    key=("event",),
)


def made_up_from(reader: Reader, area: str = "") -> str | None:
    """From which month on figures of unemployment (of an area, else of any) are made up; None where none is. A
    month is shown as it was judged, so what is published of it later does not take the mark away."""
    return indicators.made_up_from(reader, MEASURED, area, ever=True)


def made_up_since(reader: Reader) -> Mapping[str, str]:
    """By area, the nation among them, from which month on its figures are made up; empty where none are."""
    whole = made_up_from(reader)
    if whole is None:
        return {}
    return {NATION: whole[:7], **{area: since[:7] for area in areas() if (since := made_up_from(reader, area))}}


def is_made_up(since: Mapping[str, str], area: str, month: str | None) -> bool:
    """Whether what is told of an area's month rests on figures that are made up, by `made_up_since`."""
    return bool(month) and area in since and since[area] <= str(month)[:7]


def with_made_up(reader: Reader, columns: Sequence[Column]) -> tuple[Column, ...]:
    """Columns, with `MADE_UP` where any figures are."""
    return (*columns, MADE_UP) if made_up_from(reader) else tuple(columns)


def follow(entry: Entry, tables: Tables) -> Iterable[Act]:
    """After a batch was judged, count its months again."""
    if entry.kind == "observations.batch" and not entry.erased:
        tables.put_many(MONTH, [row for event in _events(entry) for row in _counted(event, tables)])
    return []


def _events(entry: Entry) -> list[str]:
    """The months that a batch speaks of; its payload is opened only when its body does not say."""
    body = entry.body
    if body["event_from"] == body["event_to"]:
        return [body["event_from"]]
    try:
        return sorted({row.event.isoformat() for row in observations_of(entry) if row.series in MEASURED})
    except BadInput:
        return []


def _counted(event: str, tables: Tables) -> list[Row]:
    rows = tables.select(TRACK, {"rule": TOTAL_RATE, "event": event})
    if not rows:
        return []
    high = [row for row in rows if _at_line(row)]
    return [
        {
            "event": event,
            "judged": len(rows),
            "high": len(high),
            "on_met": sum(row["breached"] == 1 for row in high),
            "off_look_back": sum(row["breached"] == 0 for row in high),
            "look_back_unknown": sum(row["breached"] is None for row in high),
            "firing": sum(row["state"] == "firing" for row in rows),
        }
    ]


def _at_line(row: Row) -> bool:
    rate, line = row["quantities"].get("rate3"), row["quantities"].get("line")
    return rate is not None and line is not None and rate >= line


@dataclass(frozen=True, slots=True)
class Share:
    """State-months at or above the line: how many there are, and what the look-back made of them."""

    high: int
    on_met: int
    off_look_back: int
    look_back_unknown: int

    @property
    def off_of_known(self) -> float | None:
        """The share that only the look-back keeps off, of those whose look-back could be judged."""
        known = self.on_met + self.off_look_back
        return self.off_look_back / known if known else None

    @property
    def not_on(self) -> float | None:
        """The share without the trigger, where a look-back that cannot be judged counts as off."""
        return 1 - self.on_met / self.high if self.high else None


def share(rows: Sequence[Row], since: str = "") -> Share:
    """Add up months from a day on."""
    kept = [row for row in rows if row["event"] >= since]
    names = ("high", "on_met", "off_look_back", "look_back_unknown")
    return Share(*(sum(row[name] for row in kept) for name in names))


def counts(reader: Reader) -> list[Row]:
    """A row a month, oldest first."""
    return reader.select(MONTH)


def line_of(reader: Reader) -> str:
    """The rate, in percent, at which the total-rate rule as adopted draws its line; "–" with none adopted."""
    try:
        rule = rule_of(reader, TOTAL_RATE)
    except NotFound:
        return "–"
    return rule.lets[rule.line].text if rule.line else "–"


def look_back_of(reader: Reader) -> str:
    """What percentage of an earlier year's rate the total-rate rule as adopted asks for; "–" with none adopted."""
    try:
        asked = rule_of(reader, TOTAL_RATE).lets.get("look_back")
    except NotFound:
        return "–"
    return f"{100 * float(asked.text):.0f}" if asked else "–"


def in_law_from(reader: Reader) -> str:
    """The first day of the month in which the total-rate rule, as adopted, came into force; empty with none adopted."""
    try:
        return rule_of(reader, TOTAL_RATE).in_force_from.replace(day=1).isoformat()
    except NotFound:
        return ""
