"""Programmes of portable benefits as dated, cited data: who pays in how much, into which pots, and when it is theirs.

A programme is a rule text that the authority adopts. Amounts are written in the currency, rates and shares as
decimals in quotes, so that none is a binary fraction. Nothing here knows a rate.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from commonweal.kernel import accounts, registry
from commonweal.kernel.instrument import Reader, Row, Text
from commonweal.kernel.values import BadInput, Fault, RuleFault, faults_of, read_toml, text

PREFIX = "portable_benefits."
TOTALS, DIVISION, RECOVERY = (f"{PREFIX}{name}" for name in ("totals", "estates", "recovery"))
"""The texts under the same prefix that are no programmes: of what is told, of what the dead leave, of what is owed."""
RATE_MOST, CENTS_MOST = 100, 10**10
"""More than any rate or amount of a programme, so that no sum of what one file may say is too large to be kept."""
PUBLIC_PURSE = "benefits_payer:public"
"""Who pays what is paid from taxes."""
_STRICT = ConfigDict(defer_build=True, extra="forbid", frozen=True)
_PERIOD = re.compile(r"(\d{4})-(?:Q([1-4])|(0[1-9]|1[0-2]))", re.ASCII)
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,23}$")]
Number = Annotated[str, Field(pattern=r"^[0-9]{1,12}(\.[0-9]{1,6})?$")]
Per = Literal["earnings", "hour", "job", "period", "contributed"]


class Said(BaseModel):
    """A text in both languages."""

    model_config = _STRICT
    en: Annotated[str, Field(min_length=1)]
    zh: Annotated[str, Field(min_length=1)]

    def text(self) -> Text:
        return text({"en": self.en, "zh": self.zh})


class Source(BaseModel):
    """Where the design was published, and what of it was checked."""

    model_config = _STRICT
    citation: Annotated[str, Field(min_length=1)]
    url: str
    verified: Said


class Qualifies(BaseModel):
    """For whom: who earned at least so much, or worked so long, in the period, with each payer or with all together."""

    model_config = _STRICT
    earnings: Number = "0"
    hours: Number = "0"
    counted: Literal["each", "together"]


class Contribution(BaseModel):
    """One rule by which is paid in.

    `per` says of what: a rate of earnings, an amount an hour, a job, or a period, or a rate of what else is contributed
    (paid from taxes). An amount a period is divided among the payers by their earnings or hours, and comes in full to
    who worked `full_hours` with all of them together. `at_most` bounds it for one person and period; an amount a period
    is its own bound (`beside`).
    """

    model_config = _STRICT
    id: Name
    title: Said
    per: Per
    rate: Number | None = None
    amount: Number | None = None
    shared_by: Literal["earnings", "hours"] | None = None
    full_hours: Number | None = None
    at_most: Number | None = None
    qualifies: Qualifies | None = None
    to: Mapping[Name, Number] = {}
    basis: Said

    @model_validator(mode="after")
    def _whole(self) -> Contribution:
        if (self.per in ("earnings", "contributed")) != (self.rate is not None) or (self.rate is None) == (
            self.amount is None
        ):
            raise ValueError("a rate of earnings or of what is contributed; else an amount")
        if (self.per == "period") != (self.shared_by is not None):
            raise ValueError("shared_by for an amount a period, and for nothing else")
        if self.rate is not None and Fraction(self.rate) > RATE_MOST:
            raise ValueError(f"a rate of at most {RATE_MOST}")
        if self.full_hours is not None and not Fraction(self.full_hours):
            raise ValueError("full_hours above 0")
        return self


class Vests(BaseModel):
    """From so many months of service on, with whichever payers, so much of what payers paid in is the person's."""

    model_config = _STRICT
    months: Annotated[int, Field(ge=0, le=600)]
    share: Number


class Pot(BaseModel):
    """What is paid in for one purpose: the person's own, or of a pool that pays by its own rule.

    `takes_out` are the reasons for which the person may take out of it. With `vests_on_death` all that payers paid in
    is the person's own once they died.
    """

    model_config = _STRICT
    id: Name
    title: Said
    pooled: bool = False
    vests: tuple[Vests, ...] = (Vests(months=0, share="1"),)
    takes_out: tuple[Name, ...] = ()
    vests_on_death: bool = False

    @model_validator(mode="after")
    def _rises(self) -> Pot:
        steps = [(one.months, Fraction(one.share)) for one in self.vests]
        if not steps or steps[0][0] != 0 or steps != sorted(set(steps)) or steps[-1][1] != 1:
            raise ValueError("vests must begin at month 0, rise, and end with share 1")
        if any(later[1] < earlier[1] for earlier, later in pairwise(steps)):
            raise ValueError("what has vested never falls")
        return self


class Routing(BaseModel):
    """How what is paid in is divided over the pots, for periods that begin on a day or later."""

    model_config = _STRICT
    start: date = Field(alias="from")
    shares: Mapping[Name, Number]


SAID, PAID_FOR = "said", "paid_or_confirmed"
"""Which hours and earnings a pool pays by."""


class Pays(BaseModel):
    """What a pool pays: a weekly share of the earnings of a typical week, for whom and for how long.

    Who worked `hours_at_least` in the first `quarters_counted` of the last `quarters_back` completed quarters, for
    whichever payers, gets `low` of their weekly earnings up to `low_up_to` of the `average_week` of all, `high` of what
    is above, at least `week_at_least` (or all of their weekly earnings, where these are less), and at most
    `week_at_most`, for at most `weeks_at_most` in `weeks_a_year`. A typical week is the mean of the
    `quarters_best`. `counts` says of which hours and earnings that is (`hours`): of all that payers say, or of what
    the fund received money for or two officers confirmed. By a payer's row of at most `row_days_at_most` days a week of
    leave had work in it of which a day lies there, and by any that lies within the week; without it by any row.
    """

    model_config = _STRICT
    pot: Name
    hours_at_least: Number
    counts: Literal["said", "paid_or_confirmed"] = "said"
    quarters_counted: Annotated[int, Field(ge=1, le=20)]
    quarters_back: Annotated[int, Field(ge=1, le=20)]
    quarters_best: Annotated[int, Field(ge=1, le=20)]
    low: Number
    low_up_to: Number
    high: Number
    average_week: Number
    week_at_least: Number | None = None
    week_at_most: Number
    weeks_at_most: Annotated[int, Field(ge=1, le=104)]
    weeks_a_year: Annotated[int, Field(ge=1, le=104)]
    row_days_at_most: Annotated[int | None, Field(ge=1, le=366)] = None
    reserve_months: Number
    basis: Said

    @model_validator(mode="after")
    def _of_a_week(self) -> Pays:
        if max(Fraction(self.low), Fraction(self.high)) > RATE_MOST:
            raise ValueError(f"low and high: a rate of at most {RATE_MOST}")
        return self


class Programme(BaseModel):
    """A programme as adopted."""

    model_config = _STRICT
    id: Annotated[str, Field(pattern=r"^portable_benefits\.[a-z][a-z0-9_]{0,30}$")]
    version: str
    title: Said
    text: Said
    in_force_from: date
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    period: Literal["month", "quarter"]
    source: Source
    contribution: Annotated[tuple[Contribution, ...], Field(min_length=1)]
    pot: Annotated[tuple[Pot, ...], Field(min_length=1)]
    routing: tuple[Routing, ...] = ()
    pays: Pays | None = None

    @model_validator(mode="after")
    def _fits(self) -> Programme:
        pots = {one.id for one in self.pot}
        if len(pots) != len(self.pot) or len({one.id for one in self.contribution}) != len(self.contribution):
            raise ValueError("each pot and each contribution once")
        divided = [one.to for one in self.contribution if one.to] + [one.shares for one in self.routing]
        for shares in divided:
            if set(shares) - pots or sum(map(Fraction, shares.values())) != 1:
                raise ValueError(f"shares over pots of the programme that add up to 1, not {dict(shares)}")
        starts = [one.start for one in self.routing]
        if starts != sorted(set(starts)):
            raise ValueError("routing by rising days")
        if any(not one.to for one in self.contribution) and (not starts or starts[0] > self.in_force_from):
            raise ValueError("routing from the day on which the programme is in force")
        if span_of(f"{self.in_force_from:%Y-%m}") is None:
            raise ValueError("in_force_from: a day of a year from 1900 to 2199")
        for amount in self._amounts():
            if _cents(amount, self.currency) > CENTS_MOST:
                raise ValueError(f"an amount of at most {accounts.written(CENTS_MOST, self.currency)} {self.currency}")
        if self.pays is not None and self.pays.pot not in {one.id for one in self.pot if one.pooled}:
            raise ValueError("pays must name a pot that is pooled")
        return self

    def _amounts(self) -> Iterator[str]:
        """The amounts of money that it states, as written."""
        for one in self.contribution:
            yield from (amount for amount in (one.amount, one.at_most) if amount is not None)
            if one.qualifies is not None:
                yield one.qualifies.earnings
        if self.pays is not None:
            yield from (self.pays.average_week, self.pays.week_at_least or "0", self.pays.week_at_most)

    @property
    def closed(self) -> frozenset[str]:
        """The pots of other texts that its own does not have: nothing goes into them."""
        return frozenset()

    @property
    def short(self) -> str:
        """Its name within account names."""
        return self.id.removeprefix(PREFIX)

    @property
    def pots(self) -> Mapping[str, Pot]:
        return {one.id: one for one in self.pot}

    def shares(self, contribution: Contribution, day: date) -> list[tuple[str, Fraction]]:
        """How a contribution for a period that begins on that day is divided over the pots: before the first routing,
        which may begin within a period, by that one."""
        begun = [one.shares for one in self.routing[:1]] + [one.shares for one in self.routing if one.start <= day]
        found = contribution.to or begun[-1]
        return [(pot.id, exact(found[pot.id])) for pot in self.pot if pot.id in found]

    def cents(self, amount: str) -> int:
        """An amount in the smallest part of the currency."""
        return _cents(amount, self.currency)

    def span(self, period: str) -> tuple[date, date] | None:
        """First and last day of a period of this programme; None for what is none."""
        return span_of(period) if ("Q" in period) == (self.period == "quarter") else None

    def period_of(self, day: date) -> str:
        """The period in which a day lies."""
        return f"{day.year}-Q{(day.month + 2) // 3}" if self.period == "quarter" else f"{day.year}-{day.month:02}"


@functools.lru_cache(maxsize=4096)
def exact(number: str) -> Fraction:
    """A number as written: the same few are asked for again for every person."""
    return Fraction(number)


@functools.lru_cache(maxsize=4096)
def _cents(amount: str, currency: str) -> int:
    return accounts.amount_of(amount, currency)


def span_of(period: str) -> tuple[date, date] | None:
    """First and last day of a quarter (`2026-Q1`) or month (`2026-03`); None for what is neither."""
    found = _PERIOD.fullmatch(period)
    if found is None or not 1900 <= int(found[1]) <= 2199:
        return None
    year, first = int(found[1]), int(found[2]) * 3 - 2 if found[2] else int(found[3])
    after = first + (3 if found[2] else 1)
    end = date(year + (after > 12), (after - 1) % 12 + 1, 1) - timedelta(days=1)
    return date(year, first, 1), end


def months_between(first: date, last: date) -> Iterator[int]:
    """The calendar months that two days and those between them lie in, as numbers that follow one another."""
    return iter(range(first.year * 12 + first.month, last.year * 12 + last.month + 1))


def month_number(month: str) -> int:
    """A month (`2026-03`) as `months_between` numbers it."""
    return int(month[:4]) * 12 + int(month[5:])


class Carried(Programme):
    """A programme with the pots of its other texts: money that is in one stays there, and leaves as it could."""

    kept: frozenset[str] = frozenset()

    @property
    def closed(self) -> frozenset[str]:
        return self.kept


@functools.lru_cache(maxsize=64)
def read_programme(written: str) -> Programme:
    """The programme that a text holds. Raises `RuleFault` naming every fault."""
    data = read_toml(written, "programme of benefits")
    try:
        return Programme.model_validate(data)
    except ValidationError as error:
        raise RuleFault(faults_of(error), str(data.get("id", "programme of benefits"))) from error


def otherwise(new: Programme, old: Programme) -> Iterator[Fault]:
    """What of a new text an id cannot take over: what is booked in a currency, by a period or in a pool stays so."""
    told = [("currency", old.currency, new.currency), ("period", old.period, new.period)]
    for pot in new.pot:
        before = old.pots.get(pot.id)
        if before is not None:
            told.append((f"pot.{pot.id}.pooled", str(before.pooled).lower(), str(pot.pooled).lower()))
    if old.pays is not None:
        told.append(("pays.pot", old.pays.pot, new.pays.pot if new.pays else "(absent)"))
    for where, was, now in told:
        if was != now:
            want = f"{was}, as in the text in force; a programme that is another has an id of its own"
            yield Fault(where, now, want, "other_programme")


@functools.lru_cache(maxsize=64)
def _standings(texts: tuple[str, ...]) -> tuple[tuple[Programme, int], ...]:
    """A programme by each of its texts by which it stands or stood, and which of them that is, the oldest first: those
    that can be read and are no other programme than the one before."""
    found: list[tuple[Programme, int]] = []
    for at, written in enumerate(texts):
        try:
            new = read_programme(written)
        except BadInput:
            continue
        if not found:
            found.append((new, at))
        elif not any(otherwise(new, found[-1][0])):
            found.append((_carrying(new, found[-1][0]), at))
    return tuple(found)


def _standing(texts: tuple[str, ...]) -> tuple[Programme, int] | None:
    """A programme by its newest text by which it can stand, and which of them that is. None where there is no such."""
    return next(reversed(_standings(texts)), None)


@functools.lru_cache(maxsize=256)
def _law(texts: tuple[str, ...], day: date) -> tuple[Programme, int] | None:
    """The same by the text that came in force last of those in force on a day, of several from one day the one adopted
    last; before all of them by the first that will be.

    It carries the pots of every other text, so that no money is out of sight.
    """
    stands = _standings(texts)
    if not stands:
        return None
    begun = [one for one in stands if one[0].in_force_from <= day]
    found = (
        max(begun, key=lambda one: (one[0].in_force_from, one[1]))
        if begun
        else min(stands, key=lambda one: (one[0].in_force_from, -one[1]))
    )
    return _carrying(found[0], stands[-1][0]), found[1]


def _carrying(new: Programme, other: Programme) -> Programme:
    kept = [pot for pot in other.pot if pot.id not in new.pots]
    if not kept:
        return new
    told = {**dict(new), "pot": (*new.pot, *kept), "kept": new.closed.union(pot.id for pot in kept)}
    return Carried.model_construct(**told)


def is_programme(row: Mapping[str, Any]) -> bool:
    """Whether an adopted text of parameters is a programme, or was to be one."""
    return str(row["rule_id"]).startswith(PREFIX) and row["rule_id"] not in (TOTALS, DIVISION, RECOVERY)


def _texts(reader: Reader) -> dict[str, list[Row]]:
    """Every text of each programme, the oldest first."""
    found: dict[str, list[Row]] = {}
    for row in registry.every_text(reader, "parameters"):
        if is_programme(row):
            found.setdefault(str(row["rule_id"]), []).append(row)
    return found


def in_force(reader: Reader, day: date | None = None) -> list[tuple[Programme, Row]]:
    """The programmes that are adopted, each with the row of the text that it stands by: the one adopted last, or the
    one that is law on a day.

    A text that cannot be read, or is another programme under the same id, was never one: none is adopted, and one on
    an old record changes nothing of what was paid in before (`stopped` says what follows from it).
    """
    found = []
    for rows in _texts(reader).values():
        texts = tuple(row["text"] for row in rows)
        if stands := _law(texts, day) if day else _standing(texts):
            found.append((stands[0], rows[stands[1]]))
    return found


def stopped(reader: Reader, programme: str) -> bool:
    """Whether nothing new is taken for a programme: its newest text on record is one that it cannot stand by."""
    rows = _texts(reader).get(programme, [])
    stands = _standing(tuple(row["text"] for row in rows))
    return bool(rows) and (stands is None or stands[1] != len(rows) - 1)


def beside(text: str, reader: Reader) -> Iterator[Fault]:
    """What of a text is wrong beside the one that its programme stands by."""
    new = read_programme(text)
    found = newest(reader, new.id)
    yield from otherwise(new, found[0]) if found else ()
    yield from _taken(new, found[0] if found else None, reader)
    for one in new.contribution:
        if one.per == "period" and one.at_most is not None:
            want = "no at_most beside an amount a period: it is the most one person gets in it, so state it as amount"
            told = Text(
                en=f"{one.at_most} – {want}",
                zh=f"{one.at_most}——按期定额不得另设 at_most：该额即每人每期上限，请直接写为 amount",
            )
            yield Fault(f"contribution.{one.id}.at_most", one.at_most, want, "own_bound", told)


def _taken(new: Programme, old: Programme | None, reader: Reader) -> Iterator[Fault]:
    """Names by which two things could not be told apart on a statement: that of another programme, also one of whose
    texts is in force no more; of two pots; and that of a pot that is closed, for another."""
    theirs = {
        (language, _plain(words)): other
        for other, rows in _texts(reader).items() if other != new.id
        for row in rows if (text := _readable(row["text"])) is not None
        for language, words in text.title.text().items()
    }  # fmt: skip
    for language, words in new.title.text().items():
        if other := theirs.get((language, _plain(words))):
            want = f"a name that no other programme has or had: {other} is called so"
            told = Text(en=f"{words} – {want}", zh=f"{words}——须为其他方案未曾使用的名称：{other} 已用此名")
            yield Fault(f"title.{language}", words, want, "taken", told)
    for pot in new.pot:
        yield from _taken_by_a_pot(pot, new, old)


def _taken_by_a_pot(pot: Pot, new: Programme, old: Programme | None) -> Iterator[Fault]:
    for language, words in pot.title.text().items():
        alike = [one.id for one in new.pot if one is not pot and _plain(one.title.text()[language]) == _plain(words)]
        if alike and alike[0] < pot.id:
            want = f"a name that no other pot of it has: {alike[0]} is called so"
            told = Text(en=f"{words} – {want}", zh=f"{words}——须为其他子账户未使用的名称：{alike[0]} 已用此名")
            yield Fault(f"pot.{pot.id}.title.{language}", words, want, "taken", told)
        if old is not None and pot.id in old.closed and (was := old.pots[pot.id].title.text()[language]) != words:
            want = f"{was}, as it was called when it was closed: another pot has an id of its own"
            told = Text(en=f"{words} – {want}", zh=f"{words}——须为关闭时的名称 {was}：其他子账户须另用编号")
            yield Fault(f"pot.{pot.id}.title.{language}", words, want, "taken", told)


def _plain(words: str) -> str:
    return " ".join(words.split()).casefold()


def _readable(text: str) -> Programme | None:
    try:
        return read_programme(text)
    except BadInput:
        return None


def adopted_as(reader: Reader, programme: str, adopted: int) -> tuple[Programme, Row] | None:
    """A programme as it stood by the text of an entry; None where it had none by then."""
    rows = [row for row in _texts(reader).get(programme, []) if row["adopted"] <= adopted]
    stands = _standing(tuple(row["text"] for row in rows))
    return (stands[0], rows[stands[1]]) if stands else None


def law_on(reader: Reader, programme: str, day: date) -> tuple[Programme, Row] | None:
    """A programme as it is law on a day: by the text with the latest `in_force_from` on it or before, of several the
    one adopted last. Before all of them it is the first that will be; None where none of that id is adopted."""
    return next((one for one in in_force(reader, day) if one[0].id == programme), None)


def ahead(reader: Reader, programme: str, day: date) -> list[Programme]:
    """A programme by each of its texts that is adopted and becomes law after a day, the first to do so first."""
    rows = _texts(reader).get(programme, [])
    days = {one.in_force_from for one, _ in _standings(tuple(row["text"] for row in rows)) if one.in_force_from > day}
    found = [law_on(reader, programme, since) for since in sorted(days)]
    return [one[0] for one in found if one and one[0].in_force_from > day]


def newest(reader: Reader, programme: str) -> tuple[Programme, Row] | None:
    """A programme as adopted last; None where none of that id is."""
    return next((one for one in in_force(reader) if one[0].id == programme), None)


def percent(rate: str) -> str:
    """A rate as people write it: 0.04 is 4 %."""
    return f"{(Decimal(rate) * 100).normalize():f} %"
