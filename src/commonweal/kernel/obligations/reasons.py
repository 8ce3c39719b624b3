"""Reasons in words: what each step of a clock and each state is called, in every language."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from commonweal.kernel.record.tables import Row
from commonweal.kernel.values import LANGUAGES, Period, Text, instant
from commonweal.kernel.values.periods import Unit

from .clauses import Transitional
from .evaluation import day_text
from .laws import Law, Rule

STATES: Mapping[str, Text] = {
    "owed": Text(en="owed", zh="应履行"),
    "not_owed": Text(en="not owed", zh="无须履行"),
    "unknown": Text(en="unknown", zh="未知"),
    "met": Text(en="met", zh="已履行"),
    "overdue": Text(en="overdue: nothing on record", zh="逾期：无记录"),
    "elsewhere": Text(en="owed to another authority; not filed here", zh="应向其他机关履行；未向本机关提交"),
    "breached": Text(en="broken: what is forbidden was done", zh="已违反：实施了被禁止的行为"),
    "lapsed": Text(en="lapsed", zh="已失效"),
    "deemed_approved": Text(en="deemed approved: no decision by the date", zh="视为批准：逾期未作决定"),
    "deemed_refused": Text(en="deemed refused: no decision by the date", zh="视为拒绝：逾期未作决定"),
    "not_public": Text(en="depends on a fact that is not public", zh="取决于未公开的事实"),
    "not_in_force": Text(en="not in force", zh="未生效"),
}
"""What the states of a duty are called."""

_STEPS: Mapping[str, Text] = {
    "event": Text(
        en="The clock starts on {day}, which is not counted itself.",
        zh="期限自{day}起算，当日不计入。",
    ),
    "event_hour": Text(en="The clock starts on {day}.", zh="期限自{day}起算。"),
    "start_presumed": Text(
        en="Not stated: {what}. The clock is taken to start on {day}, when the rest was known here; it starts anew "
        "from what is stated.",
        zh="未说明：{what}。期限暂自{day}（此处知悉其余情形之日）起算；一经说明，即据以重新起算。",
    ),
    "days_counted": Text(en="{period} from {first} {end} on {last}.", zh="自{first}起{period}，至{last}届满。"),
    "working_days_counted": Text(en="{period} from {first} {end} on {last}.", zh="自{first}起{period}，至{last}届满。"),
    "same_weekday": Text(
        en="{period} {end} on the same day of the week: {last}.", zh="{period}，于相同的星期日序届满：{last}。"
    ),
    "same_date": Text(
        en="{period} {end} on the same day of the month: {last}.", zh="{period}，于相同的日期届满：{last}。"
    ),
    "month_end": Text(
        en="{period} {end} on the last day of the month, which has no such date: {last}.",
        zh="{period}，因该月无对应日期，于月末届满：{last}。",
    ),
    "closed": Text(en="{day} is closed ({why}): on to {to}.", zh="{day}为非工作日（{why}）：顺延至{to}。"),
    "working_days_min": Text(
        en="It must hold at least {period} and holds {have}: on to {to}.",
        zh="期限内至少须有 {period}，现有 {have} 个：顺延至{to}。",
    ),
    "years_not_listed": Text(
        en="The calendar lists public holidays for {from} to {to} only; in {year} weekends alone were left out, so the "
        "lawful day can be later, never earlier.",
        zh="日历仅列出{from}年至{to}年的公共假日；{year}年仅扣除周末，法定日期可能更晚，但不会更早。",
    ),
    "years_not_listed_made_up": Text(
        en="The calendar lists public holidays and weekend days that are worked for {from} to {to} only; in {year} "
        "every weekend was left out: holidays can make the lawful day later, weekend days that are worked earlier.",
        zh="日历仅列出{from}年至{to}年的公共假日和调休上班日；{year}年仅扣除周末：假日可使法定日期更晚，调休上班日可使其更早。",
    ),
    "hours_counted": Text(en="{period} {run} from {from} to {to}.", zh="{period}自{from}起，至{to}止。"),
    "minutes_counted": Text(en="{period} {run} from {from} to {to}.", zh="{period}自{from}起，至{to}止。"),
    "at_once": Text(en="It falls due on the day itself: {day}.", zh="当日即到期：{day}。"),
    "transitional": Text(
        en="It dates from {day}, before {before}, so the transitional date holds ({citation}).",
        zh="其日期为{day}，早于{before}，适用过渡期限（{citation}）。",
    ),
    "stopped": Text(
        en="The clock was stopped on {day} by {by}: {reason} ({basis}).",
        zh="{by}于{day}中止期限：{reason}（{basis}）。",
    ),
    "resumed": Text(en="It goes on from {day}: on to {to}.", zh="自{day}起继续计算：顺延至{to}。"),
    "resumed_itself": Text(
        en="The longest stop that is allowed ended on {day}: on to {to}.", zh="中止期限已于{day}届满：顺延至{to}。"
    ),
    "extended": Text(
        en="It was extended by {period} by {by}: {reason} ({basis}); on to {to}.",
        zh="{by}将期限延长{period}：{reason}（{basis}）；顺延至{to}。",
    ),
    "again": Text(en="It recurs: the last was filed on {day}.", zh="该义务定期重复：上一次于{day}提交。"),
    "stated": Text(
        en="That it was done on {day} is stated by whoever owed it; this was received on {received}.",
        zh="于{day}完成系义务人自行说明；本机关于{received}收到该说明。",
    ),
    "done_once": Text(
        en="The authority did it on another report or alert of the same matter, and had this one before it by then.",
        zh="本机关已就同一事项的另一报告或预警履行此项义务，且当时已收到本件。",
    ),
    "began_there": Text(
        en="Whoever owes it told of the same matter otherwise too. It is owed once for the matter, by the days that "
        "began first by what they say.",
        zh="义务人已就同一事项另行报告。就该事项此项义务仅负一次，期限以义务人所述最先起算者为准。",
    ),
    "joined": Text(
        en="Whoever owes it reported the same matter to this authority otherwise; that met it.",
        zh="义务人已就同一事项另行向本机关报告，义务由此履行。",
    ),
    "told_before": Text(
        en="Whoever reported this told of the same matter otherwise too. The authority owes it once for what they "
        "report of the matter, by the days that began first.",
        zh="报告人已就同一事项另行报告。就其对该事项的报告，本机关此项义务仅负一次，期限以最先起算者为准。",
    ),
    "taken_alone": Text(
        en="An officer wrote down on {written} that it had come on {day}, not through a form. Until a second officer "
        "confirms that day it is a claim, and counts from when it was written down.",
        zh="一名官员于{written}录入，称已于{day}收到（非经表单提交）。该日期在第二名官员确认之前仅为主张，自录入之时起算。",
    ),
    "taken_down": Text(
        en="It came on {day}, not through a form; an officer wrote it down on {written}, and a second one confirmed "
        "the day.",
        zh="于{day}收到，非经表单提交；一名官员于{written}录入，另一名官员确认该日期。",
    ),
    "to_the_hour": Text(
        en="Told to the hour, so earlier by minutes if anything: to the second it would tell when something was filed.",
        zh="仅示至小时，至多略早数分钟：精确到秒即会透露提交的时间。",
    ),
    "ends": Text(en="So it ends with {day}.", zh="因此于{day}结束时届满。"),
    "ends_hour": Text(en="So it ends on {at}.", zh="因此于{at}届满。"),
}

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}$")
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$")
_WEEKDAYS = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "zh": ("星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日"),
}


_UNITS_OF: Mapping[str, Unit] = {
    "hours_counted": "hours",
    "minutes_counted": "minutes",
    "working_days_min": "working_days",
}
"""Steps that state a number of one unit, without naming it."""
_BY_THE_HOUR = {"hours_counted", "minutes_counted"}


def explained(steps: Sequence[Mapping[str, Any]]) -> tuple[Text, ...]:
    """The steps of one clock as sentences, each in every language, e.g. `So it ends with Tuesday 2026-12-08.`

    Days are counted without the day of the event, hours from the event itself; instants are told in the time zone in
    which the clock is counted, where a step names it, else in UTC.
    """
    exact = any(step["code"] in _BY_THE_HOUR for step in steps)
    zone = ZoneInfo(next((str(step["zone"]) for step in steps if "zone" in step), "UTC"))
    return tuple(_explained(step, exact, zone) for step in steps)


def _explained(step: Mapping[str, Any], exact: bool, zone: ZoneInfo) -> Text:
    code = str(step["code"])
    sentence = _STEPS.get("event_hour" if code == "event" and exact else code)
    if sentence is None:
        return Text(dict.fromkeys(LANGUAGES, code))
    return Text({language: sentence[language].format(**_words(step, language, zone)) for language in LANGUAGES})


def _words(step: Mapping[str, Any], language: str, zone: ZoneInfo) -> dict[str, str]:
    found = {name: _word(value, language, zone) for name, value in step.items()}
    unit = step.get("unit") or _UNITS_OF.get(step["code"])
    if unit:
        length = Period(step["n"] if "n" in step else step["need"], unit)
        one = length.n == 1
        found |= {"period": length.text()[language], "end": "ends" if one else "end", "run": "runs" if one else "run"}
    return found


def _word(value: Any, language: str, zone: ZoneInfo) -> str:
    if isinstance(value, Mapping):
        return str(value[language])
    if isinstance(value, str) and _DAY.match(value):
        return day_words(value)[language]
    if isinstance(value, str) and _INSTANT.match(value):
        return _instant_words(value, language, zone)
    return str(value)


def _instant_words(at: str, language: str, zone: ZoneInfo) -> str:
    """An instant by the clocks of a zone: `Friday 2026-12-04 11:00 (Europe/Brussels)`; seconds where there are any."""
    there = instant(at).astimezone(zone)
    day = day_words(there.date().isoformat())[language]
    clock = there.strftime("%H:%M:%S" if there.second else "%H:%M")
    return f"{day} {clock} ({zone.key})" if language == "en" else f"{day}{clock}（{zone.key}）"


def day_words(day: str) -> Text:
    """A day with its day of the week: `Tuesday 2026-12-08`."""
    number = date.fromisoformat(day).weekday()
    return Text(en=f"{_WEEKDAYS['en'][number]} {day}", zh=f"{day}（{_WEEKDAYS['zh'][number]}）")


def ends(row: Mapping[str, Any], law: Law) -> str | None:
    """When a clock ends: its last day where it ends with one, else the instant, by the clocks of where the law applies
    (`2027-01-13T00:30:00-05:00`); None where there is no date."""
    at = row.get("due") or row.get("due_if_owed")
    if not at or "T" not in at:  # of what is told by days alone
        return at or None
    local, last = instant(at).astimezone(ZoneInfo(law.time_zone)), row.get("last_day")
    ends_the_day = bool(last) and local == day_ends(date.fromisoformat(str(last)), local.tzinfo)
    return str(last) if ends_the_day else local.isoformat()


def day_ends(day: date, zone: tzinfo | None) -> datetime:
    """The instant with which a day is over."""
    return datetime.combine(day + timedelta(days=1), time.min, zone)


def end_words(ends: str) -> Text:
    """A clock's end as `ends` gives it: `Tuesday 2026-12-08`, and of one by the hour also that, and how far from UTC it
    is reckoned: `Wednesday 2027-01-13 00:30 UTC-05:00`."""
    day = day_words(ends[:10])
    hour = f" {ends[11:16]} UTC{ends[19:].replace('Z', '').replace('+00:00', '')}" if "T" in ends else ""
    return Text({language: words + hour for language, words in day.items()})


def stated(met_on: str, received_on: str | None, law: Law) -> list[dict[str, Any]]:
    """The step that marks a day as stated by the debtor, with the day of its receipt; none for a receipt."""
    if received_on is None:
        return []
    day, received = (day_text(at, law.time_zone) for at in (met_on, received_on))
    return [{"code": "stated", "day": day, "received": received}]


def taken_down(came_on: str, written_on: str | None, law: Law) -> list[dict[str, Any]]:
    """The step that says when what came by letter or by word of mouth was written down; none for what was filed."""
    if written_on is None:
        return []
    day, written = (day_text(at, law.time_zone) for at in (came_on, written_on))
    return [{"code": "taken_down", "day": day, "written": written}]


BEFORE_THE_CLOCK = (
    "again", "began_there", "done_once", "joined", "stated", "taken_alone", "taken_down", "told_before",
)  # fmt: skip
"""Steps that stand before those of the clock."""


def clock_steps(steps: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Of the steps of a duty those from the start of its clock to its end."""
    return [step for step in steps if step["code"] not in BEFORE_THE_CLOCK]


def presumed_start(row: Row, rule: Rule) -> str:
    """The fact that starts a duty's clock, where nobody has stated it and the clock's start is presumed; else ""."""
    fact = rule.start.fact
    return fact if fact and row["started_on"] and fact in row["why"].get("doubts", ()) else ""


def open_clause(row: Row, rule: Rule) -> Transitional | None:
    """The transitional clause of an unknown duty, where nobody has filed the fact that says whether it applies."""
    clause = rule.transitional
    asked = clause is not None and row["state"] == "unknown" and clause.fact in row["why"].get("doubts", ())
    return clause if asked else None


def claimed_earlier(law: Law, answers: Sequence[Row], met_on: str) -> list[dict[str, Any]]:
    """The step that says that one officer wrote down an earlier receipt than counts, which nobody has confirmed."""
    rows = [one for one in answers if one["taken"] and not one["confirmed"] and one["came"] < met_on]
    first = min(rows, key=lambda one: str(one["came"]), default=None)
    if first is None:
        return []
    day, written = (day_text(first[name], law.time_zone) for name in ("came", "filed"))
    return [{"code": "taken_alone", "day": day, "written": written}]
