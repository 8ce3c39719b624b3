"""What a pool pays: to whom, how much a week, for how many weeks; and how long it could pay on."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import Any, NamedTuple

from commonweal.kernel.instrument import Reader, Row

from .due import HUNDRED, Work, rounded
from .hours import between, standing
from .programmes import SAID, Pays, Programme, adopted_as, newest, span_of
from .tables import MOVE, POOL, REGAINED, at_the_bank, died_on, knowers_of, pool_of, theirs, work_of

WEEKS_A_QUARTER = 13


def quarters_before(day: date, pays: Pays) -> list[tuple[date, date]]:
    """The quarters that count of those that were over before a day, oldest first."""
    number = day.year * 4 + (day.month - 1) // 3
    first = number - pays.quarters_back
    names = [f"{at // 4}-Q{at % 4 + 1}" for at in range(first, min(first + pays.quarters_counted, number))]
    return [span for name in names if (span := span_of(name))]


def counted(works: list[Work], spans: list[tuple[date, date]]) -> list[tuple[int, int]]:
    """Cents earned and hundredths of hours in each quarter. What spans several counts in the one in which it ended."""
    return [
        (sum(one.earnings for one in works if first <= one.last <= last),
         sum(one.hours for one in works if first <= one.last <= last))
        for first, last in spans
    ]  # fmt: skip


def weekly(pays: Pays, typical: Fraction, programme: Programme) -> int:
    """Cents a week for a typical week, of which parts of a cent count: `low` of its earnings up to a part of the
    average week, `high` of the rest, and at least so much or all of its earnings. It is rounded once."""
    bend = programme.cents(pays.average_week) * Fraction(pays.low_up_to)
    amount = min(typical, bend) * Fraction(pays.low) + max(Fraction(0), typical - bend) * Fraction(pays.high)
    least = min(typical, Fraction(programme.cents(pays.week_at_least or "0")))
    return min(rounded(max(amount, least)), programme.cents(pays.week_at_most))


class Reckoned(NamedTuple):
    """What a claim stands on: hundredths of hours that count, those that do not since the fund received nothing for
    them, those that do not since the claimant's own firm says them, cents of a typical week, the benefit of one, and
    whether the hours suffice."""

    hours: int
    hours_unpaid: int
    hours_own: int
    typical: int
    weekly: int
    qualifies: bool


def reckoned(
    reader: Reader,
    programme: Programme,
    member: str,
    begins: date,
    by: str,
    *,
    received: bool = True,
    twice: bool = False,
) -> Reckoned:
    """The same for a claim that begins on a day, by what payers say now, of which counts what a rule says (`by`; see
    `standing`); `twice` as it was reckoned before: of a typical week that was rounded already."""
    pays = programme.pays
    assert pays is not None, "only such programmes are claimed from"
    spans = quarters_before(begins, pays)
    said = between(standing(reader, programme, member, by, received=received), spans)
    quarters = counted([one.counts for one in said], spans)
    hours = sum(one[1] for one in quarters)
    unpaid, own = (sum(one.less for one in said if one.own == is_own) for is_own in (False, True))
    best = sum(sorted((one[0] for one in quarters), reverse=True)[: pays.quarters_best])
    exact = Fraction(best, pays.quarters_best * WEEKS_A_QUARTER)
    typical = rounded(exact)
    enough = hours >= Fraction(pays.hours_at_least) * HUNDRED
    each = weekly(pays, Fraction(typical) if twice else exact, programme)
    return Reckoned(hours, unpaid, own, typical, each, enough)


def stands_by(reader: Reader, row: Row) -> Programme | None:
    """A programme by the text by which a claim (its movement) was decided; by the newest for one from before that was
    kept with it."""
    adopted, programme = row["body"].get("adopted"), str(row["programme"])
    found = newest(reader, programme) if adopted is None else adopted_as(reader, programme, int(adopted))
    return found[0] if found else None


def paid_too_much(reader: Reader, programme: Programme, row: Row) -> int:
    """Cents of a claim that was paid which what payers say now does not bear out, by the text by which it stands; more
    is nothing to pay back.

    A week of which a payer says only now that there was work in it comes to what it would have come to before: nothing.
    What counts is asked by the rule by which it was decided.
    """
    body, begins = row["body"], date.fromisoformat(row["on"])
    now = reckoned(
        reader, programme, row["member"], begins, str(body.get("counts") or SAID), received=False,
        twice=not body.get("rounded_once"),
    )  # fmt: skip
    each = int(body["weekly"])
    if now.hours < body["hours"] or now.typical < body["typical"]:
        each = now.weekly if now.qualifies else 0
    idle = int(body["weeks"]) - len(weeks_with_work(all_work(reader, row["member"]), row))
    return max(0, int(row["cents"]) - each * idle)


def all_work(reader: Reader, member: str) -> list[Work]:
    """All that payers say of the work of whoever holds an account, in every programme."""
    return [one for one in work_of(reader, theirs(reader, member)) if one.any]


def span_days(one: Work) -> int:
    """How many days a payer's row spans."""
    return (one.last - one.first).days + 1


def is_of(one: Work, week: date) -> bool:
    """Whether a day of a payer's row lies in the week that begins on a day."""
    return one.first <= last_day(week, 1) and week <= one.last


def disproves(one: Work, week: date, days: int | None) -> bool:
    """Whether there was work in a week by a payer's row: by one that lies within it, or spans at most so many days
    (None: however many) of which one lies in it. A longer one does not say in which weeks there was work."""
    within = week <= one.first and one.last <= last_day(week, 1)
    return is_of(one, week) and (days is None or span_days(one) <= days or within)


def work_in(works: Iterable[Work], weeks: Iterable[date], days: int | None) -> Work | None:
    """A row by which there was work in one of the weeks that begin on these days."""
    weeks = list(weeks)
    return next((one for one in works if any(disproves(one, week, days) for week in weeks)), None)


def weeks_with_work(works: list[Work], row: Row) -> list[date]:
    """The first days of those of the weeks that a claim was paid for (its movement) in which there was work, by the
    rule by which it was decided."""
    return [week for week in paid_weeks(row) if work_in(works, [week], row_days_of(row))]


def over(reader: Reader, row: Row) -> list[Work]:
    """The rows of payers in which weeks lie that a claim was paid for (its movement), and that disprove none of it."""
    weeks, days = paid_weeks(row), row_days_of(row)
    found = [one for one in all_work(reader, row["member"]) if any(is_of(one, week) for week in weeks)]
    return sorted(one for one in found if not work_in([one], weeks, days))


def row_days_of(row: Row) -> int | None:
    """Up to how many days a row spans that disproves a week of a claim; None for one that was decided by a text that
    did not say it."""
    found = row["body"].get("row_days")
    return None if found is None else int(found)


def decided(
    reader: Reader,
    programme: Programme,
    member: str,
    begins: date,
    weeks: int,
    *,
    backwards: bool = False,
    twice: bool = False,
) -> dict[str, Any]:
    """What a claim comes to: its outcome and the figures that it stands on; `backwards` as `weeks_left` has it, `twice`
    as `reckoned` has it.

    A pool that does not hold the whole sum pays nothing of it. What could be wrong with the claim is looked at again,
    for what came to be known since it was filed.
    """
    assert programme.pays is not None, "only such programmes are claimed from"
    found = reckoned(reader, programme, member, begins, programme.pays.counts, twice=twice)
    given = weeks_left(reader, programme, member, begins, weeks, backwards=backwards)
    each = found.weekly
    row_days = programme.pays.row_days_at_most
    figures = {**found._asdict(), "weeks": given, "cents": each * given, "counts": programme.pays.counts}
    if row_days is not None:
        figures["row_days"] = row_days
    if not twice:
        figures["rounded_once"] = True
    del figures["qualifies"]
    nothing = {**figures, "weeks": 0, "cents": 0}
    if died_on(reader, [member]):
        return {**nothing, "outcome": "died"}
    if work_in(all_work(reader, member), weeks_of(begins, weeks), row_days):
        return {**nothing, "outcome": "worked"}
    if not found.qualifies:
        return {**nothing, "outcome": "not_qualified"}
    if before := paid_before(reader, programme, member, begins, weeks):
        return {**nothing, "outcome": "paid_before", "paid_by": before["entry"]}
    if not given or not each:
        return {**nothing, "outcome": "used_up" if each else "not_qualified"}
    if min(pool_of(reader, programme), at_the_bank(reader, programme.id)) < each * given:
        return {**nothing, "outcome": "pool_empty"}
    return {**figures, "outcome": "paid"}


def weeks_left(
    reader: Reader, programme: Programme, member: str, begins: date, weeks: int, *, backwards: bool = False
) -> int:
    """How many of so many weeks from a day on a member can be paid.

    In no `weeks_a_year` weeks that follow one another are more than `weeks_at_most` paid, whichever of them are claimed
    first. A week with work in it was not due, and counts for none. `backwards` is as it was reckoned before: by the
    first day of claims, from a year before this one on.
    """
    pays = programme.pays
    assert pays is not None
    works, year = all_work(reader, member), timedelta(weeks=pays.weeks_a_year)
    if backwards:
        since = (begins - year).isoformat()
        late = (row for row in _paid(reader, programme, member) if row["on"] > since)
        due = (int(row["body"]["weeks"]) - len(weeks_with_work(works, row)) for row in late)
        return min(weeks, max(0, pays.weeks_at_most - sum(due)))
    taken = sorted(
        day
        for row in _paid(reader, programme, member)
        for day in set(paid_weeks(row)).difference(weeks_with_work(works, row))
    )
    for given, week in enumerate(weeks_of(begins, weeks)):
        taken = sorted([*taken, week])
        if any(_within(taken, first, first + year) > pays.weeks_at_most for first in taken if week - first < year):
            return given
    return weeks


def _within(days: Sequence[date], first: date, end: date) -> int:
    """How many of sorted days lie from one on and before another."""
    return bisect_left(days, end) - bisect_left(days, first)


def paid_weeks(row: Row) -> list[date]:
    """The first days of the weeks that a claim was paid for."""
    return weeks_of(date.fromisoformat(row["on"]), int(row["body"]["weeks"]))


def weeks_of(begins: date, weeks: int) -> list[date]:
    """The first days of so many weeks from a day on."""
    return [begins + timedelta(weeks=week) for week in range(weeks)]


def last_day(begins: date, weeks: int) -> date:
    """The last day of so many weeks."""
    return begins + timedelta(weeks=weeks, days=-1)


def paid_before(reader: Reader, programme: Programme, member: str, begins: date, weeks: int) -> Row | None:
    """A claim that was paid for one of these weeks already; no week is paid twice."""
    last = last_day(begins, weeks)
    for row in _paid(reader, programme, member):
        first = date.fromisoformat(row["on"])
        if first <= last and begins <= last_day(first, row["body"]["weeks"]):
            return row
    return None


def _paid(reader: Reader, programme: Programme, member: str) -> list[Row]:
    """The claims that a person was paid, on whichever of their accounts."""
    about = {"programme": programme.id, "member": ("in", theirs(reader, member)), "what": "claim", "done": 1}
    return reader.select(MOVE, about)


def unpaid(reader: Reader, programme: Programme) -> bool:
    """Whether somebody was not paid what the rule gives them, since the pool did not hold it."""
    rows = reader.select(MOVE, {"programme": programme.id, "what": "claim", "done": 0})
    return any(row["body"]["outcome"] == "pool_empty" for row in rows)


class Reserve(NamedTuple):
    """How long a pool could go on paying as it did in the last twelve months: its own indicator of solvency.

    Cents held; paid in these months and not put back or come back since, and what each person got of that; months it
    lasts (None where nothing was paid), and the months that the programme asks for.
    """

    held: int
    paid: int
    got: tuple[int, ...]
    months: Fraction | None
    line: Fraction

    @property
    def sound(self) -> bool:
        return self.months is None or self.months >= self.line


def reserve(reader: Reader, programme: Programme, on: date) -> Reserve:
    """The reserve of a programme's pool as it stood at the end of a day."""
    pays = programme.pays
    assert pays is not None
    got, held = _got(reader, programme, _a_year(on), on), pool_of(reader, programme, on)
    paid = sum(got.values())
    months = Fraction(held * 12, paid) if paid > 0 else None
    each = tuple(sorted(cents for cents in _by_person(reader, got).values() if cents))
    return Reserve(held, paid, each, months, Fraction(pays.reserve_months))


def behind(reader: Reader, programme: Programme, after: date | None, on: date) -> Iterator[list[int]]:
    """Behind the difference of a pool's reserve at the end of a day to an earlier day's (to before there was any where
    that is None): by how much each person changed what it holds, and by how much what was paid in twelve months. Who
    changed nothing is in neither."""
    for since in (lambda _: date.min, _a_year):
        changed = _got(reader, programme, since(on), on)
        if after is not None:
            changed.subtract(_got(reader, programme, since(after), after))
        yield [cents for cents in _by_person(reader, changed).values() if cents]


def _a_year(on: date) -> date:
    return on - timedelta(days=364)


def _got(reader: Reader, programme: Programme, since: date, on: date) -> Counter[str]:
    """What each account was paid from a pool from one day to another, less what of it had gone back there by then."""
    found = Counter[str]()
    days = ("between", (since.isoformat(), (on + timedelta(days=1)).isoformat()))
    about = {"programme": programme.id, "paid": (">", 0), "day": days}
    for row in reader.select(POOL, about, only=("member", "paid")):
        found[row["member"]] += row["paid"]
    about = {"programme": programme.id, "paid_on": days, "day": ("<=", on.isoformat())}
    for row in reader.select(REGAINED, about, only=("member", "cents")):
        found[row["member"]] -= row["cents"]
    return found


def _by_person(reader: Reader, of: Mapping[str, int]) -> Counter[str]:
    there = [member for member, cents in of.items() if cents]
    people, found = knowers_of(reader, there), Counter[str]()
    for member in there:
        found[people[member]] += of[member]
    return found
