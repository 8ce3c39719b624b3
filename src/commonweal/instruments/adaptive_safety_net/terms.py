"""On what terms a package is claimed: conditions with their clauses, and what each of them knows of a claim.

The terms are the table `[claims]` of a package's text, so an adopted text decides, by its date. Conditions are judged
by three values: a fact that nobody has given leaves the answer unknown where it could still change it, and is named.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from commonweal.kernel.accounts import amount_of
from commonweal.kernel.instrument import Text
from commonweal.kernel.values import add_months, text

from .words import day

Answer = Literal["eligible", "not_eligible", "unknown"]
FactName = Literal["area", "born_on", "lost_on", "took_up_on", "earned", "lost_pay", "out_of_work", "weekly_benefit",
                   "exhausted_on", "filed_on", "new_pay", "least_pay", "weekly_hours", "least_hours",
                   "days_back", "without_work", "same_firm"]  # fmt: skip
Than = Literal["area", "opens_on", "closes_on"]
Op = Literal["is", "more_than", "at_least", "on_or_after", "on_or_before"]
NATION = "area:us"
_STRICT = ConfigDict(defer_build=True, extra="forbid", frozen=True)
_SHIFT = re.compile(r"^-?([1-9]\d{0,2})(y|mo|d)$")
Shift = Annotated[str, Field(pattern=_SHIFT.pattern)]
FACTS: Mapping[FactName, Text] = {
    "area": Text(en="the area in which the work was lost", zh="失去工作的地区"),
    "born_on": Text(en="the day of birth", zh="出生日期"),
    "lost_on": Text(en="the day on which the work was lost", zh="失去工作之日"),
    "took_up_on": Text(en="the day on which new work was taken up", zh="开始新工作之日"),
    "earned": Text(en="the pay of a month before", zh="此前的月薪"),
    "weekly_benefit": Text(en="the weekly benefit before", zh="此前的每周失业金"),
    "exhausted_on": Text(en="the day on which regular benefits were used up", zh="常规失业金用尽之日"),
    "out_of_work": Text(en="whether you have work now", zh="目前是否有工作"),
    "filed_on": Text(en="the day on which it was claimed first", zh="首次申领之日"),
    "lost_pay": Text(en="how much less is earned a month", zh="每月减少的收入"),
    "new_pay": Text(en="what the new work pays a month", zh="新工作的月薪"),
    "least_pay": Text(en="the lowest monthly pay of any time with new work", zh="有新工作期间的最低月薪"),
    "weekly_hours": Text(en="the hours a week of the new work", zh="新工作的每周工时"),
    "least_hours": Text(en="the fewest hours a week of any time with new work", zh="有新工作期间的最少每周工时"),
    "without_work": Text(en="whether you have work now and, if so, since when", zh="目前是否有工作；如有，自何时起"),
    "same_firm": Text(
        en="whether the new work is at the firm from which you were separated", zh="新工作是否在原离职单位"
    ),
    "days_back": Text(en="how many days before the claim it reaches back", zh="追溯至申领之前的天数"),
}


class Words(BaseModel):
    """A text in both languages."""

    model_config = _STRICT
    en: Annotated[str, Field(min_length=1)]
    zh: Annotated[str, Field(min_length=1)]

    def text(self) -> Text:
        return text({"en": self.en, "zh": self.zh})


class Condition(BaseModel):
    """One condition: a fact of the claim against a value, or against what was decided for the programme (`than`).

    A day that is compared may be moved by `shift` (`-24mo`, `-18y`).
    """

    model_config = _STRICT
    fact: FactName
    op: Op
    value: str | None = None
    than: Than | None = None
    shift: Shift | None = None
    clause: Annotated[str, Field(min_length=1)]
    title: Words

    @model_validator(mode="after")
    def _whole(self) -> Condition:
        if (self.value is None) == (self.than is None):
            raise ValueError("either value, or than")
        if self.op in ("on_or_after", "on_or_before") and self.value is not None:
            date.fromisoformat(self.value)
        if self.op in ("more_than", "at_least") and (self.value is None or not self.value.isdigit()):
            raise ValueError(
                "more_than and at_least compare a number, or the smallest parts of a unit, with a whole value"
            )
        return self


class Partial(BaseModel):
    """What a week of partial unemployment pays: the weekly benefit, less what was earned in it beyond a part
    (`disregard`) of that benefit."""

    model_config = _STRICT
    disregard: Annotated[str, Field(pattern=r"^(0(\.[0-9]{1,4})?|1(\.0{1,4})?)$")]
    clause: Annotated[str, Field(min_length=1)]

    def spares(self, weekly: int) -> Fraction:
        """How many cents a week are not taken off."""
        return Fraction(self.disregard) * weekly

    def pays(self, weekly: int, earned: Fraction) -> int:
        """Whole cents of a week in which so much was earned."""
        return min(weekly, max(int(weekly + self.spares(weekly) - earned), 0))


class Offset(BaseModel):
    """How what was overpaid is set off against later payments: the largest part of each. With `once_final` nothing is
    taken off a month that was over before what was decided was final, nor while an appeal waits."""

    model_config = _STRICT
    part: Annotated[str, Field(pattern=r"^(0(\.[0-9]{1,4})?|1(\.0{1,4})?)$")]
    once_final: bool = False
    clause: Annotated[str, Field(min_length=1)]
    text: Words


class Change(BaseModel):
    """What a change in somebody's life does to a claim."""

    model_config = _STRICT
    does: Literal["ends", "keeps"]
    clause: Annotated[str, Field(min_length=1)]
    text: Words


class Until(BaseModel):
    """The condition that some of the months are left where they began earlier than the new work: its `title` names the
    last of their days (`{day}`)."""

    model_config = _STRICT
    clause: Annotated[str, Field(min_length=1)]
    title: Words

    def held(self, found: Assessment, begins: date, last: date) -> Assessment:
        """What conditions came to with this one, for whoever begins on a day and is paid until another."""
        told = day(last)
        title = Words(en=self.title.en.replace("{day}", told["en"]), zh=self.title.zh.replace("{day}", told["zh"]))
        asked = Condition(
            fact="took_up_on", op="on_or_before", value=last.isoformat(), clause=self.clause, title=title
        )  # fmt: skip
        seen = Finding(asked, begins <= last, begins.isoformat(), last.isoformat())
        return Assessment(found.answer if seen.holds else "not_eligible", [*found.findings, seen])


class Appeals(BaseModel):
    """Within how many days of a decision an appeal is in time, and the law by which it is decided."""

    model_config = _STRICT
    within_days: Annotated[int, Field(ge=1, le=365)]
    clause: Annotated[str, Field(min_length=1)]


COUNTED = ("weekly_hours", "least_hours", "days_back")
"""Facts that are whole numbers, where others that have a limit are amounts."""


class Limit(BaseModel):
    """A figure of a claim above or below which a person looks at it before it is granted.

    What lies `below` is looked at also where nobody said it.
    """

    model_config = _STRICT
    fact: Literal["earned", "lost_pay", "weekly_benefit", "least_pay", "weekly_hours", "least_hours", "days_back"]
    above: Annotated[str, Field(pattern=r"^[0-9]{1,9}(\.[0-9]{2})?$")] | None = None
    below: Annotated[str, Field(pattern=r"^[0-9]{1,9}(\.[0-9]{2})?$")] | None = None
    clause: Annotated[str, Field(min_length=1)]
    title: Words

    @model_validator(mode="after")
    def _one_side(self) -> Limit:
        if (self.above is None) == (self.below is None):
            raise ValueError("either above, or below")
        if self.fact in COUNTED and "." in self.line:
            raise ValueError(f"{self.fact} is a whole number")
        return self

    @property
    def line(self) -> str:
        return str(self.above or self.below)

    def passed(self, seen: int | None, unit: str) -> bool:
        """Whether a figure asks for a look."""
        line = int(self.line) if self.fact in COUNTED else amount_of(self.line, unit)
        if self.below is not None:
            return seen is None or seen < line
        return seen is not None and seen > line


class Terms(BaseModel):
    """The table `[claims]`: who may claim, in which unit, and each rule by which an amount comes about with its clause.

    `amount` is what is paid a month (or once) where the package has no loss to replace; with `per_week` it is that
    fact for each week without work, for `weeks_at_most` in all, of which the part that is called for counts; of a week
    with work `partial` says what it pays, and by a text from before there was that it is none. `begins`
    is the fact from whose day on somebody comes under it, where that is later than the opening. Of new work conditions
    ask the first time with any, or each (`work`): then the claim counts from the first that fits. What goes beyond a
    limit of `by_person` (`above` it, or `below`) is not granted by itself. `until` is asked where the months began
    earlier than new work; by a text from before there was that it is not, and no month may be left of what is granted.
    """

    model_config = _STRICT
    unit: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    amount: str | None = None
    per_week: Literal["weekly_benefit"] | None = None
    weeks_at_most: Annotated[int, Field(ge=1, le=104)] | None = None
    partial: Partial | None = None
    begins: Literal["lost_on", "took_up_on"] = "took_up_on"
    work: Literal["first", "first_that_fits"] = "first"
    clause_amount: Annotated[str, Field(min_length=1)]
    clause_cap: str = ""
    clause_scale: Annotated[str, Field(min_length=1)]
    condition: Annotated[tuple[Condition, ...], Field(min_length=1, max_length=20)]
    until: Until | None = None
    by_person: Annotated[tuple[Limit, ...], Field(max_length=5)] = ()
    overpaid: Offset
    died: Change
    moved: Change
    withdrawn: Change
    appeals: Appeals

    @model_validator(mode="after")
    def _payable(self) -> Terms:
        if self.amount is not None and amount_of(self.amount, self.unit) <= 0:
            raise ValueError("amount must be more than nothing")
        if (self.per_week is None) != (self.weeks_at_most is None) or (self.amount and self.per_week):
            raise ValueError("either amount, or per_week with weeks_at_most")
        if self.partial is not None and self.per_week is None:
            raise ValueError("partial only with per_week")
        if self.work == "first_that_fits" and self.begins != "took_up_on":
            raise ValueError("work is first_that_fits only where begins is took_up_on")
        return self


class Aid(BaseModel):
    """The table `[aid]` of a package that pays an area's government: which part of what that spent, and on what.

    All of `part` is paid of a month in which all of the help is called for, else so much of it as is: that percentage
    to so many `places`, as it is told; a text from before there were these has none, and pays it unrounded.
    """

    model_config = _STRICT
    unit: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    part: Annotated[str, Field(pattern=r"^(0\.[0-9]{1,6}|1(\.0{1,6})?)$")]
    clause_amount: Annotated[str, Field(min_length=1)]
    clause_scale: Annotated[str, Field(min_length=1)]
    places: Annotated[int, Field(ge=0, le=4)] | None = None
    matches: Words

    def rate(self, share: Fraction) -> Fraction:
        """Which part of what was spent is paid where so much of the help is on."""
        found = Fraction(self.part) * share
        return found if self.places is None else round(found, self.places + 2)


@dataclass(frozen=True)
class Frame:
    """What was decided for a programme, as far as conditions ask: for which area, from when, until when."""

    area: str
    opens_on: date
    closes_on: date | None


@dataclass(frozen=True)
class Finding:
    """What a condition came to: True, False, or None where its fact is not known; `seen` and `wanted` in plain text."""

    condition: Condition
    holds: bool | None
    seen: str
    wanted: str


@dataclass(frozen=True)
class Assessment:
    """Whether a claim fits the terms, with every condition's finding and the facts that are missing."""

    answer: Answer
    findings: Sequence[Finding]

    @property
    def missing(self) -> list[FactName]:
        """Facts that nobody gave, and that decide; none where another condition fails already."""
        if self.answer != "unknown":
            return []
        return list(dict.fromkeys(one.condition.fact for one in self.findings if one.holds is None and not one.seen))


def assess(terms: Terms, facts: Mapping[FactName, Any], frame: Frame) -> Assessment:
    """Hold a claim's facts against the terms. Facts: an area, days, amounts; None for what is not known."""
    findings = [_find(one, facts.get(one.fact), frame) for one in terms.condition]
    if any(one.holds is False for one in findings):
        return Assessment("not_eligible", findings)
    known = all(one.holds for one in findings)
    return Assessment("eligible" if known else "unknown", findings)


def beyond(terms: Terms, facts: Mapping[FactName, Any]) -> list[Limit]:
    """The limits beyond which a person looks at it, of those that a claim's facts pass."""
    return [one for one in terms.by_person if one.passed(facts.get(one.fact), terms.unit)]


def holds(condition: Condition, seen: Any, frame: Frame) -> bool | None:
    """Whether a condition holds of a fact; None where that is not known."""
    return _find(condition, seen, frame).holds


def _find(condition: Condition, seen: Any, frame: Frame) -> Finding:
    wanted = _wanted(condition, frame)
    told = "" if seen is None else seen.isoformat() if isinstance(seen, date) else str(seen)
    if wanted is None:
        return Finding(condition, True, told, "")
    if seen is None:
        return Finding(condition, None, "", str(wanted))
    return Finding(condition, _holds(condition.op, seen, wanted), told, str(wanted))


def _holds(op: Op, seen: Any, wanted: Any) -> bool:
    if op == "is":
        return wanted in (NATION, seen)
    if op in ("more_than", "at_least"):
        return bool(seen > int(wanted) if op == "more_than" else seen >= int(wanted))
    return bool(seen >= wanted if op == "on_or_after" else seen <= wanted)


def _wanted(condition: Condition, frame: Frame) -> str | date | None:
    """What is asked for; None where the programme sets no such bound."""
    if condition.than is None:
        assert condition.value is not None
        return date.fromisoformat(condition.value) if condition.op.startswith("on_or") else condition.value
    found: str | date | None = getattr(frame, condition.than)
    return shifted(found, condition.shift) if isinstance(found, date) and condition.shift else found


def shifted(day: date, shift: str) -> date:
    """A day moved by `-24mo`, `2y` or `10d`."""
    found = _SHIFT.match(shift)
    assert found is not None
    many = int(found[1]) * (-1 if shift.startswith("-") else 1)
    if found[2] == "d":
        return day + timedelta(days=many)
    return add_months(day, many * (12 if found[2] == "y" else 1))
