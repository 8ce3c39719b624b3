"""What is told of people's money to the fund and to everybody: blocks, and nothing but whole blocks.

One rule for every figure. All that moves in one *cell* (a programme, from which account or total to which, what for)
waits there until a month is over and enough people stand behind it of whom none stands out (`Protection`): nobody can
work out another's part by knowing their own, and nobody is counted who moved a trifle. Then it is told as one block,
and what comes later waits anew. Blocks do not overlap. So whatever somebody adds up or takes apart, over pages, days,
statements or readers, comes to whole blocks, and is about too few people nowhere.

A payer knows what it pays for its own people. Where what a payer's cell holds is not told by itself, it is told
together with what other such payers' hold (`….payer.*`), once all of it, and what is left without those of any one
party, could be told.

Who knows of what is asked when it is told (`counts_by`): by then an account may be held by somebody who did not hold it
when money moved. Who comes to hold one later finds what was told before, which nobody takes back.

What a payer pays the fund's bank is nobody's own: it is told at once. That more waits than is told can be seen; how
much cannot.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta, tzinfo
from typing import NamedTuple

from commonweal.kernel import accounts
from commonweal.kernel.accounts import Block, Transfer, Untold
from commonweal.kernel.instrument import Act, Entry, Reader, Row, Table, Tables, Timed
from commonweal.kernel.record import day_of

from .confiding import OF, Protection, as_one, payer_of, protection, through, total, wider
from .tables import as_one_person, holders_of

WAITING = Table(
    "portable_benefits_waiting",
    columns={
        "debit": "text", "credit": "text", "what": "text", "cents": "integer", "many": "integer", "among": "integer",
        "since": "integer",
    },
    key=("debit", "credit", "what"),
)  # fmt: skip
"""What is not told yet of each cell: cents and movements, and the first day (ordinal) of the month in which the first
of these moved. `among` is how many times what it held was told together with other payers'."""
PARTS = Table(
    "portable_benefits_waiting_parts",
    columns={"debit": "text", "credit": "text", "what": "text", "person": "text", "cents": "integer"},
    key=("debit", "credit", "what", "person"),
)  # fmt: skip
"""What each person's part of it is: less than nothing where what the ledger did not make was told already."""
TOLD = Table(
    "portable_benefits_told",
    columns={
        "debit": "text", "credit": "text", "what": "text", "day": "integer", "cents": "integer", "many": "integer",
        "since": "integer",
    },
    key=("debit", "credit", "what", "day"),
    indexes=(("day",),),
)  # fmt: skip
"""The blocks, each with the last day (ordinal) of what it says, and since when some of it waited."""
MONTH = Table("portable_benefits_open_month", columns={"id": "integer", "month": "text"}, key=("id",))
"""The month in which what waits moved last; there is one row."""
TABLES = (WAITING, PARTS, TOLD, MONTH)


class Cell(NamedTuple):
    """From which account or total to which, and what for."""

    debit: str
    credit: str
    what: str

    @property
    def wide(self) -> Cell:
        """The cell in which it is told together with other payers'."""
        return Cell(wider(self.debit) or self.debit, wider(self.credit) or self.credit, self.what)


Parts = Mapping[str, int]
"""What each person's part of something is."""


def _by_itself(cell: Cell) -> Collection[str]:
    return ("|".join(cell),)


def ripe(
    waiting: Mapping[Cell, Parts],
    tells: Callable[[Iterable[int]], bool],
    knowers: Callable[[Cell], Collection[str]] = _by_itself,
) -> Iterator[tuple[Cell, list[Cell]]]:
    """What is told of what waits, by each person's part of each cell: under which cell, and the cells told so.

    `knowers` are the parties that know all of what a payer's cell holds: by default each cell has one of its own.
    """
    few: defaultdict[Cell, list[Cell]] = defaultdict(list)
    for cell, parts in sorted(waiting.items()):
        if tells(parts.values()):
            yield cell, [cell]
        elif cell.wide != cell:
            few[cell.wide].append(cell)
    for wide, cells in few.items():
        all_of_it, known = _together(waiting[one] for one in cells), defaultdict[str, list[Cell]](list)
        for one in cells:
            for party in knowers(one):
                known[party].append(one)
        without = (_less(all_of_it, _together(waiting[one] for one in theirs)) for theirs in known.values())
        if all(tells(parts.values()) for parts in (all_of_it, *without)):
            yield wide, cells


def _together(parts: Iterable[Parts]) -> Counter[str]:
    found = Counter[str]()
    for one in parts:
        found.update(one)
    return found


def _less(parts: Parts, known: Parts) -> Counter[str]:
    """What is left to whoever knows some of it."""
    left = Counter[str](parts)
    left.subtract(known)
    return left


def moved(tables: Tables, entry: Entry, transfers: Sequence[Transfer], people: Sequence[str]) -> None:
    """Take in what moved, each transfer with whose money it is: nobody's own (empty) is told at once."""
    over(entry.day, tables)
    if _open(tables) != (month := entry.day.isoformat()[:7]):
        tables.put(MONTH, {"id": 1, "month": month})
    cells: defaultdict[Cell, list[tuple[int, str]]] = defaultdict(list)
    parts = Counter[tuple[str, str, str, str]]()
    for one, person in zip(transfers, people, strict=True):
        if through(one.debit) == through(one.credit):
            continue
        cells[_cell_of(one)].append((one.amount, person))
    for cell, found in cells.items():
        own = [(cents, person) for cents, person in found if person]
        if plain := [cents for cents, person in found if not person]:
            day = entry.day
            _tell(tables, cell, (day.toordinal(), day), sum(plain), len(plain))
        if own:
            row = tables.get(WAITING, *cell) or {**cell._asdict(), **_NOTHING}
            cents, since = row["cents"] + sum(each for each, _ in own), _since(row, entry.day)
            tables.put(WAITING, {**row, "cents": cents, "many": row["many"] + len(own), "since": since})
        for each, person in own:
            parts[(*cell, person)] += each
    _part(tables, parts)


_NOTHING = {"cents": 0, "many": 0, "among": 0, "since": 0}


def _since(row: Row, day: date) -> int:
    """Since when something waits once something of a day does. No day is told: how things stand can be asked by day."""
    first = day.replace(day=1).toordinal()
    return min(first, row["since"]) if row["many"] else first


def _part(tables: Tables, more: Mapping[tuple[str, str, str, str], int]) -> None:
    """Add to what each person's part of a cell is."""
    names = dict(zip(PARTS.key, zip(*more, strict=True), strict=True)) if more else {}
    if names:
        tables.add(PARTS, {**names, "cents": list(more.values())})


def unmoved(tables: Tables, one: Transfer, person: str) -> None:
    """Take out what was taken in and the ledger did not make. If its block was told already, the next one makes up."""
    cell = _cell_of(one)
    if cell.debit == cell.credit:
        return
    if not person:
        _tell(tables, cell, (one.day, date.fromordinal(one.day)), -one.amount, -1)
    elif row := tables.get(WAITING, *cell):
        since = _since(row, date.fromordinal(one.day))
        tables.put(WAITING, {**row, "cents": row["cents"] - one.amount, "many": row["many"] - 1, "since": since})
        _part(tables, {(*cell, person): -one.amount})


def _cell_of(one: Transfer) -> Cell:
    debit, credit = (total(name) or through(name) for name in (one.debit, one.credit))
    return Cell(debit, credit, one.code.partition(".")[0])


def _tell(tables: Tables, cell: Cell, days: tuple[int, date], cents: int, many: int) -> None:
    """Tell what waited since one day on another."""
    since, day = days
    key = {**cell._asdict(), "day": day.toordinal()}
    row = tables.get(TOLD, *key.values()) or {"cents": 0, "many": 0, "since": since}
    since = min(since, row["since"])
    tables.put(TOLD, {**key, "cents": row["cents"] + cents, "many": row["many"] + many, "since": since})


def _open(reader: Reader) -> str:
    row = reader.get(MONTH, 1)
    return str(row["month"]) if row else ""


def over(today: date, tables: Tables) -> None:
    """Where a month is over since something moved: tell what enough people stand behind."""
    month = _open(tables)
    if not month or month >= today.isoformat()[:7]:
        return
    last = (date.fromisoformat(f"{month}-01") + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    rows = {_cell(row): row for row in tables.select(WAITING, {"many": (">", 0)})}
    rule, waiting = protection(tables), {cell: _parts_of(tables, cell) for cell in rows}
    for told, cells in _ripe_by(tables, rule, waiting, min((row["since"] for row in rows.values()), default=0)):
        cents, many, since = ([rows[one][name] for one in cells] for name in ("cents", "many", "since"))
        _tell(tables, told, (min(since), last), sum(cents), sum(many))
        for one in cells:
            among = rows[one]["among"] + (told != one)
            tables.put(WAITING, {**rows[one], "cents": 0, "many": 0, "among": among})
            for person in waiting[one]:
                tables.delete(PARTS, *one, person)
    tables.put(MONTH, {"id": 1, "month": today.isoformat()[:7]})


def _ripe_by(
    reader: Reader, rule: Protection | None, waiting: Mapping[Cell, Parts], since: int
) -> Iterator[tuple[Cell, list[Cell]]]:
    """What is told of what waits since a day (ordinal), by the terms in force; nothing where there are none."""
    if rule is None:
        return iter(())
    if rule.counts_by == 1:
        return ripe(waiting, rule.tells)
    one = as_one_person(reader, since)
    by_now = {cell: _as_one(parts, one) for cell, parts in waiting.items()}
    return ripe(by_now, rule.tells, lambda cell: _holders(reader, cell, since))


def _as_one(parts: Parts, one: Callable[[str], str]) -> Counter[str]:
    """Parts by who knows of them."""
    found = Counter[str]()
    for person, cents in parts.items():
        found[one(person)] += cents
    return found


def _holders(reader: Reader, cell: Cell, since: int) -> Collection[str]:
    """The parties of the payer whose a cell is."""
    payer = payer_of(cell.debit) or payer_of(cell.credit)
    return holders_of(reader, payer, since)


def _parts_of(reader: Reader, cell: Cell) -> dict[str, int]:
    return {row["person"]: row["cents"] for row in reader.select(PARTS, cell._asdict(), only=("person", "cents"))}


def _cell(row: Row) -> Cell:
    return Cell(row["debit"], row["credit"], row["what"])


def due(now: datetime, reader: Reader) -> bool:
    """Whether a month is over of which something waits."""
    return "" < _open(reader) < day_of(reader, now).isoformat()[:7] and bool(reader.count(WAITING, {"many": (">", 0)}))


def _follow(entry: Entry, tables: Tables, zone: tzinfo) -> Iterable[Act]:
    if entry.kind == "clock.tick":
        over(entry.day, tables)
    return ()


TIMED = Timed(due, _follow)


def blocks(reader: Reader) -> list[Block]:
    """All that is told, in order of its days."""
    return [
        Block(row["day"], row["debit"], row["credit"], row["what"], row["many"], row["cents"], row["since"])
        for row in reader.select(TOLD, order=("day", "debit", "credit", "what"))
    ]


def untold(reader: Reader) -> list[Untold]:
    """Where something waits, and since which month: not how much, nor whose."""
    rows = reader.select(WAITING, {"many": ("!=", 0)})
    return [Untold(row["since"], row["debit"], row["credit"]) for row in rows]


def among(reader: Reader) -> set[str]:
    """The payers' accounts of which something was told together with others' only."""
    rows = reader.select(WAITING, {"among": (">", 0)}, only=("debit", "credit"))
    return {name for row in rows for name in (row["debit"], row["credit"]) if wider(name)}


ACCOUNTS = accounts.Confided(OF, total, wider, as_one, blocks, untold, among)


class Sums(NamedTuple):
    """What is told of some cells: cents; whether something of them waits; whether some was told among others'."""

    cents: int
    waits: bool
    among: bool

    @property
    def untold(self) -> bool:
        """Whether nothing is told though something moved."""
        return not self.cents and (self.waits or self.among)


def told(reader: Reader, programme: str, into: Callable[[Cell], int], until: date = date.max) -> Sums:
    """What is told, up to the end of a day, of a programme (by its short name): `into(cell)` is 1 for what counts, -1
    for what counts against, 0 for what does not. What waits is what moved by then and was told later, or never."""
    begins, last = f"{OF}.{programme}.", until.toordinal()
    cents, later = 0, False
    for row in reader.select(TOLD, {"debit": ("prefix", begins)}):
        counts = into(_cell(row))
        cents += row["cents"] * counts * (row["day"] <= last)
        later |= bool(counts) and row["since"] <= last < row["day"]
    rows = [row for row in reader.select(WAITING, {"debit": ("prefix", begins)}) if into(_cell(row))]
    waits = any(row["many"] and row["since"] <= last for row in rows)
    return Sums(cents, waits or later, any(row["among"] for row in rows))


def month_over(today: date) -> date:
    """The last day of the month that was over last: what moved until then may be told by now, all of it."""
    return today.replace(day=1) - timedelta(days=1)
