"""Legal calendars: when a period ends, and why then.

The arithmetic follows Regulation (EEC, Euratom) No 1182/71, Articles 2 and 3, from which a calendar file may depart
by its own flags (a US or Californian calendar has no minimum of working days):

* the day of the event is not counted, nor its hour in a period of hours (Art. 3(1)), which starts with the next one;
* a period in days, weeks, months or years ends with the expiry of the last hour of its last day; in weeks it is the
  same day of the week as the event's, in months or years the same date, or the month's last day where that date does
  not occur (Art. 3(2)(b), (c));
* a last day that is a public holiday, Sunday or Saturday moves on to the next working day, except in a period of hours
  (Art. 3(4));
* a period of two days or more includes at least two working days (Art. 3(5)); like the rolling of the last day this is
  not applied to periods in hours, though for long ones that is disputed.

A calendar is a text in the record like any law, with its public holidays as dated data: nothing else is asked, so the
same record gives the same dates for ever. In years that the text does not list only weekends are closed; a date there
can be earlier than the lawful one, never later, and its steps say so. Where weekend days are worked to make up for
holidays, as in China, those of such a year are not known either, and the lawful date can be some days earlier as well.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from commonweal.kernel.values import Fault, FaultCollector, Period, RuleFault, Text, add_months, shown, stamp

from .reading import DAY_WANT, ID, VERSION, Fields, Lines, toml

Step = dict[str, Any]
EXACT = ("minutes", "hours")
"""Units that run through nights and holidays."""
_DAYS_MAX = 400
_WEEKEND_DEFAULT = frozenset({6, 7})


@dataclass(frozen=True)
class Calendar:
    """How one legal order counts, and its public holidays (`days`, complete from `first` to `last`).

    `open_days` are days of a weekend on which people work, to make up for a holiday elsewhere in the week.
    """

    id: str
    version: str
    title: Text
    citation: str
    weekend: frozenset[int] = _WEEKEND_DEFAULT
    next_full_hour: bool = True
    hours_roll: bool = False
    last_day_rolls: bool = True
    working_days_min: int = 2
    names: Mapping[str, Text] = field(default_factory=dict)
    days: Mapping[date, str] = field(default_factory=dict)
    open_days: frozenset[date] = frozenset()
    first: date = date.max
    last: date = date.min

    def closed(self, day: date) -> str:
        """Why a day is no working day: `saturday`, `sunday`, the code of a public holiday, or "" for a working day."""
        if day in self.open_days:
            return ""
        if day.isoweekday() in self.weekend:
            return day.strftime("%A").lower()
        return self.days.get(day, "")

    def lists(self, day: date) -> bool:
        """Whether the holidays of a day's year are listed; a calendar that lists no year at all is complete."""
        return self.first > self.last or self.first <= day <= self.last

    def name(self, code: str) -> Text:
        """The name of a holiday code in words."""
        return self.names.get(code) or _CLOSED.get(code) or Text(en=code, zh=code)


PLAIN = Calendar(
    id="calendar.plain",
    version="1",
    title=Text(en="Weekends only", zh="仅计周末"),
    citation="Regulation (EEC, Euratom) No 1182/71, Art. 3, without public holidays",
)
"""Counts like Reg. 1182/71 with no public holidays: never later than a calendar that has some."""

_CLOSED = {
    "saturday": Text(en="Saturday", zh="星期六"),
    "sunday": Text(en="Sunday", zh="星期日"),
    "friday": Text(en="Friday", zh="星期五"),
}


@dataclass(frozen=True)
class Due:
    """When a period ends: the instant (UTC) from which it is over, its last day where the law applies, and why.

    `counted` is its last day before that was moved on to a working day, where it was: what a stop moves on from.
    """

    at: datetime
    last_day: date
    steps: tuple[Step, ...]
    counted: date | None = None


def due_after(calendar: Calendar, zone: str, event: datetime, period: Period) -> Due:
    """The end of a period that runs from an event at an instant.

    `zone` is the IANA time zone in which days are counted. `steps` are codes with values, in order, for
    `explained`. The instant is exclusive: what is done at or after it is late.
    """
    local = event.astimezone(ZoneInfo(zone))
    steps: list[Step] = [
        {"code": "event", "at": stamp(event), "day": local.date().isoformat(), "zone": zone, "calendar": calendar.id}
    ]
    if period.unit in EXACT:
        return _after_hours(calendar, local, period, steps)
    counted = _last_day(calendar, local.date(), period, steps)
    last = rolled(calendar, counted, steps)
    last = _with_working_days(calendar, local.date(), last, steps) if _two_days_or_more(period) else last
    _say_unlisted(calendar, last, steps)
    return replace(day_end(last, zone, steps), counted=counted)


def day_end(last: date, zone: str, steps: list[Step] | None = None) -> Due:
    """The end of the last hour of a day in a zone."""
    midnight = datetime.combine(last + timedelta(days=1), time.min, ZoneInfo(zone)).astimezone(UTC)
    return Due(midnight, last, (*(steps or ()), {"code": "ends", "day": last.isoformat(), "at": stamp(midnight)}))


def _after_hours(calendar: Calendar, local: datetime, period: Period, steps: list[Step]) -> Due:
    full = calendar.next_full_hour and period.unit == "hours"
    begins = local.replace(minute=0, second=0, microsecond=0) if full else local
    start = begins.astimezone(UTC) + timedelta(hours=1 if full else 0)
    end = start + timedelta(**{period.unit: period.n})
    code = f"{period.unit}_counted"
    steps.append({"code": code, "n": period.n, "from": stamp(start), "to": stamp(end)})
    there = end.astimezone(local.tzinfo)
    if calendar.hours_roll and calendar.closed(there.date()):
        day = rolled(calendar, there.date(), steps)
        end = datetime.combine(day, there.timetz()).astimezone(UTC)
    last = (end - timedelta(microseconds=1)).astimezone(local.tzinfo).date()
    if calendar.hours_roll:
        _say_unlisted(calendar, last, steps)
    return Due(end, last, (*steps, {"code": "ends_hour", "at": stamp(end)}))


def _say_unlisted(calendar: Calendar, last: date, steps: list[Step]) -> None:
    if not calendar.lists(last):
        years = {"from": calendar.first.year, "to": calendar.last.year}
        code = "years_not_listed_made_up" if calendar.open_days else "years_not_listed"
        steps.append({"code": code, "year": last.year, **years})


def _last_day(calendar: Calendar, event: date, period: Period, steps: list[Step]) -> date:
    last, code = _counted(calendar, event, period)
    first = event + timedelta(days=1)
    counted: Step = {"code": code, "n": period.n, "unit": period.unit}
    steps.append({**counted, "first": first.isoformat(), "last": last.isoformat()})
    return last


def _counted(calendar: Calendar, event: date, period: Period) -> tuple[date, str]:
    if period.unit == "days":
        return event + timedelta(days=period.n), "days_counted"
    if period.unit == "weeks":
        return event + timedelta(weeks=period.n), "same_weekday"
    if period.unit == "working_days":
        return next_working_days(calendar, event, period.n), "working_days_counted"
    last = add_months(event, period.n * (12 if period.unit == "years" else 1))
    return last, "same_date" if last.day == event.day else "month_end"


def rolled(calendar: Calendar, last: date, steps: list[Step]) -> date:
    """A last day, moved on to a working day where the calendar has it so; each move is added to the steps."""
    if not calendar.last_day_rolls:
        return last
    for _ in range(_DAYS_MAX):
        why = calendar.closed(last)
        if not why:
            return last
        following = last + timedelta(days=1)
        steps.append(
            {"code": "closed", "day": last.isoformat(), "why": dict(calendar.name(why)), "to": following.isoformat()}
        )
        last = following
    raise _never(calendar)


def _two_days_or_more(period: Period) -> bool:
    return period.unit not in ("days", "working_days") or period.n >= 2


def _with_working_days(calendar: Calendar, event: date, last: date, steps: list[Step]) -> date:
    need = calendar.working_days_min
    if need == 0 or (last - event).days > _DAYS_MAX:
        return last
    span = (event + timedelta(days=offset) for offset in range(1, (last - event).days + 1))
    have = sum(1 for day in span if not calendar.closed(day))
    if have >= need:
        return last
    moved = next_working_days(calendar, last, need - have)
    steps.append({"code": "working_days_min", "have": have, "need": need, "to": moved.isoformat()})
    return moved


def next_working_days(calendar: Calendar, day: date, n: int) -> date:
    """The n-th working day after a day (the day itself for 0)."""
    idle = 0
    while n:
        day += timedelta(days=1)
        idle = idle + 1 if calendar.closed(day) else 0
        n -= idle == 0
        if idle > _DAYS_MAX:
            raise _never(calendar)
    return day


def _never(calendar: Calendar) -> RuleFault:
    want = f"a calendar with a working day at least every {_DAYS_MAX} days"
    return RuleFault(Fault("days", calendar.id, want, "no_working_day"), calendar.id)


@functools.lru_cache(maxsize=128)
def read_calendar(text: str) -> Calendar:
    """Read a calendar text. Raises `RuleFault` naming every fault in it.

    Keys: id, version, title, citation, note; `[counting]` weekend, next_full_hour, hours_roll, last_day_rolls,
    working_days_min; `[years]` first, last: those whose holidays are listed; `[names]` code = {en, zh};
    `[days]` 2026-01-01 = "code"; `working_days`: days of a weekend that are worked, within the years listed.
    """
    data = toml(text, "calendar")
    faults = FaultCollector(f"calendar {shown(data.get('id', ''))}".strip(), RuleFault)
    top = Fields(data, faults, Lines(text))
    counting = top.table("counting", "a table of counting rules", {}) or top.inner({}, "counting")
    first, last = _years_of(top)
    names = _names_of(top)
    weekend = counting.take("weekend", list, "days of the week, 1 (Monday) to 7 (Sunday)", [6, 7])
    found = Calendar(
        id=top.string("id", "an identifier such as calendar.eu_1182_71", pattern=ID),
        version=top.string("version", "a version such as 2026-01", pattern=VERSION),
        title=top.words("title", "the calendar's name"),
        citation=top.string("citation", "the law that says how periods are counted"),
        weekend=_weekend_of(counting, weekend),
        next_full_hour=counting.flag("next_full_hour", True),
        hours_roll=counting.flag("hours_roll", False),
        last_day_rolls=counting.flag("last_day_rolls", True),
        working_days_min=counting.whole("working_days_min", 0, 5),
        names=names,
        days=(days := _days_of(top, names, first, last)),
        open_days=_open_days_of(top, weekend or (), days, first, last),
        first=first,
        last=last,
    )
    top.words("note", "a note", {"en": "-", "zh": "-"})
    counting.end()
    top.end()
    faults.done()
    return found


def _weekend_of(counting: Fields, given: Any) -> frozenset[int]:
    wrong = [day for day in given if not isinstance(day, int) or not 1 <= day <= 7]
    if wrong or len(set(given)) > 6:
        counting.fault("weekend", given, "at most six days of the week, 1 (Monday) to 7 (Sunday)")
        return _WEEKEND_DEFAULT
    return frozenset(given)


def _years_of(top: Fields) -> tuple[date, date]:
    table = top.table("years", "a table {first, last}", {})
    if table is None or not table.data:
        return date.max, date.min
    first, last = (table.whole(key, 0, 2200) for key in ("first", "last"))
    table.end()
    if not 1900 <= first <= last <= 2200:
        table.fault("last", last, "years from 1900 to 2200, the first not after the last")
        return date.max, date.min
    return date(first, 1, 1), date(last, 12, 31)


def _names_of(top: Fields) -> dict[str, Text]:
    table = top.table("names", "a table from holiday codes to {en, zh}", {})
    return {code: table.words(code, "a holiday's name") for code in table.data} if table else {}


def _days_of(top: Fields, names: Mapping[str, Text], first: date, last: date) -> dict[date, str]:
    table = top.table("days", "a table from days to holiday codes", {})
    found: dict[date, str] = {}
    for key in table.data if table else ():
        assert table is not None
        code = table.string(key, f"one of the names: {', '.join(names)}")
        day = table.parsed(key, key, date.fromisoformat, DAY_WANT)
        if code and code not in names:
            table.fault(key, code, f"one of the names: {', '.join(names)}", "choice")
        if day is not None and not first <= day <= last:
            table.fault(key, key, f"a day within the years listed, {first.year} to {last.year}")
        elif day is not None:
            found[day] = code
    return found


def _open_days_of(
    top: Fields, weekend: Sequence[Any], days: Mapping[date, str], first: date, last: date
) -> frozenset[date]:
    want = f"days of a weekend that are worked, from {first.year} to {last.year}, and no holidays"
    given = top.take("working_days", list, want, [])
    found = set()
    for item in given or ():
        day = top.parsed("working_days", item, _as_day, DAY_WANT)
        if day is not None and (not first <= day <= last or day.isoweekday() not in weekend or day in days):
            top.fault("working_days", day.isoformat(), want)
        elif day is not None:
            found.add(day)
    return frozenset(found)


def _as_day(value: Any) -> date:
    if isinstance(value, datetime):
        raise ValueError(value)
    return value if isinstance(value, date) else date.fromisoformat(str(value))
