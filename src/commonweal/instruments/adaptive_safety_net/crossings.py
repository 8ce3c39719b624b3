"""Which crossings are open to a decision: a trigger came on, is on still, and nobody opened anything for it yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from commonweal.kernel import registry
from commonweal.kernel.instrument import Reader, Row, Text
from commonweal.kernel.thresholds import rule_of
from commonweal.kernel.values import NotFound

from . import programmes
from .conversation import month_words
from .laus import area_name
from .packages import SUFFIX, Written, by_exposure_alone
from .programmes import CROSSING, FIRING, Programme
from .tables import PACKAGE
from .words import day, said


@dataclass(frozen=True)
class Open:
    """A crossing that a decision may rest on: of which package (by the text on which it opens if it does now), where,
    in which month, known when; `opens_from` is the first day on which it may open, and `silent` whether no figures say
    that the trigger is still on."""

    text: Written
    area: str
    month: str
    known: date
    entry: int
    silent: bool

    @property
    def opens_from(self) -> date:
        return max(self.known + timedelta(days=self.text.begins.days), self.text.in_force.start)

    @property
    def slug(self) -> str:
        """How its page names it: the package's trigger, the area, the month."""
        return f"{self.text.rule}/{self.area.partition(':')[2]}/{self.month}"


def open_to_a_decision(reader: Reader, today: date, package: str = "") -> list[Open]:
    """Every such crossing, newest first; of one package where it is named."""
    found = [one for id in texts(reader, today) if package in ("", id) for one in _of(reader, id, today)]
    return sorted(found, key=lambda one: (one.month, one.entry), reverse=True)


def texts(reader: Reader, today: date) -> Mapping[str, Written]:
    """The texts of packages that are adopted and pay, by id: as they are law on a day, else as adopted last."""
    rows = reader.select(PACKAGE, {}, order=("rule",))
    found = (text_on(reader, f"{row['rule']}{SUFFIX}", today) for row in rows)
    return {text.id: text for text in found if text is not None and _pays(reader, text)}


def text_on(reader: Reader, package: str, day: date) -> Written | None:
    """The text of a package that is law on a day, else the one adopted last; None where none can be read."""
    return programmes.adopted(reader, package, day) or programmes.adopted(reader, package)


def _pays(reader: Reader, text: Written) -> bool:
    """Whether what a trigger switches on can be opened at all."""
    try:
        return text.unit is not None and not by_exposure_alone(rule_of(reader, text.rule))
    except NotFound:
        return False


def ahead(reader: Reader, package: str, today: date) -> list[Written]:
    """The texts of a package that are adopted and become law after a day, the first to do so first."""
    rows = registry.texts_of(reader, package)
    every = [programmes.adopted(reader, package, before=row["adopted"] + 1) for row in rows]
    days = sorted({one.in_force.start for one in every if one is not None and one.in_force.start > today})
    return [
        one for since in days if (one := programmes.adopted(reader, package, since)) and one.in_force.start == since
    ]


def _of(reader: Reader, package: str, today: date) -> Iterator[Open]:
    there = programmes.programmes(reader)
    rows = reader.select(CROSSING, {"rule": package.removesuffix(SUFFIX)}, order=("subject", "entry"))
    for area, switches in groupby(rows, key=lambda row: str(row["subject"])):
        told = list(switches)
        came_on = programmes.came_on(told)
        if not came_on or not _stands(told, came_on[-1]) or came_on[-1]["counterfactual"]:
            continue
        last = came_on[-1]
        known = date.fromisoformat(last["known"])
        text = _opens_by(reader, package, known, today)
        if text is None or not _pays(reader, text):
            continue
        one = Open(text, area, last["at"][:7], known, last["entry"], told[-1]["to_state"] != FIRING)
        if not any(rests_on(other, text.id, area, one.month) or same_benefit(other, text, area) for other in there):
            yield one


def _opens_by(reader: Reader, package: str, known: date, today: date) -> Written | None:
    """The text on which a package opens if it does as soon as it may, from a day on."""
    found = text_on(reader, package, today)
    return found and text_on(reader, package, max(today, known + timedelta(days=found.begins.days)))


def _stands(told: list[Row], came_on: Row) -> bool:
    return not any(row["entry"] > came_on["entry"] and row["to_state"] in programmes.OFF for row in told)


def rests_on(one: Programme, package: str, area: str, month: str) -> bool:
    """Whether a programme was opened for a crossing."""
    return (one.body["package"], one.area, one.body["crossed"]) == (package, area, month)


def same_benefit(other: Programme, text: Written, area: str) -> bool:
    """Whether a programme is open under another trigger of the same benefit: nobody gets that twice."""
    same = text.benefit is not None and other.text.benefit == text.benefit and other.text.id != text.id
    return same and other.area == area and not other.closed


# ── why a month is none ─────────────────────────────────────────────────────────────────────────────────────────────

NEVER = Text(
    en="a month with whose figures {rule} came on in {area}: it did not with those of {month}. {instead}",
    zh="须为 {rule} 因其数据在{area}触发的月份：{month}的数据并未触发。{instead}",
)
WENT_ON = Text(
    en="a month with whose figures {rule} came on in {area}: with those of {month} it went on as it was since {since}, "
    "for a silence or a revision begins nothing anew. {instead}",
    zh="须为 {rule} 因其数据在{area}触发的月份：{month}仅延续自{since}以来的状态，"
    "数据中断或修订不构成新的触发。{instead}",
)
NOT_LAW = Text(
    en="a crossing on a day on which the trigger was law: {rule} is law from {first} on, and {month} was known on "
    "{known}. {instead}",
    zh="须为触发规则已生效时的触发：{rule} 自{first}起生效，而{month}的情况于{known}得知。{instead}",
)
MONTHS = Text(en="There: {months}.", zh="该地区可用：{months}。")
ELSEWHERE = Text(
    en="None is open to a decision there. Elsewhere: {months}.", zh="该地区无可供决定的触发。其他地区：{months}。"
)
NOWHERE = Text(
    en="None is open to a decision anywhere now: the next time that it comes on makes one.",
    zh="目前各地均无可供决定的触发；下次触发时方有。",
)
IN_AREA = Text(en="{area} {month}", zh="{area} {month}")
NAMED = 8
"""How many crossings a refusal names at most."""


def why_none(reader: Reader, text: Written, area: str, month: str, today: date) -> Text:
    """Why nothing is opened for that month of an area, and which months would do."""
    rows = reader.select(CROSSING, {"rule": text.rule, "subject": area}, order=("entry",))
    on = [row for row in rows if row["to_state"] == FIRING and row["at"][:7] == month]
    begun = [row for row in programmes.came_on(rows) if on and row["entry"] < on[-1]["entry"]]
    told: dict[str, Text | str] = {
        "rule": text.rule, "area": _called(area), "month": _month(month),
        "instead": instead(reader, text, area, today),
    }  # fmt: skip
    return said(WENT_ON, **told, since=_month(begun[-1]["at"][:7])) if begun else said(NEVER, **told)


def why_not_law(reader: Reader, text: Written, came_on: Row, today: date) -> Text:
    """That a trigger was no law yet, or no more, when it came on; and which months would do."""
    area, rule = came_on["subject"], rule_of(reader, text.rule)
    return said(
        NOT_LAW, rule=text.rule, first=day(rule.in_force_from), month=_month(came_on["at"][:7]),
        known=day(date.fromisoformat(came_on["known"])), instead=instead(reader, text, area, today),
    )  # fmt: skip


def instead(reader: Reader, text: Written, area: str, today: date) -> Text:
    """The crossings of a package that are open to a decision, in an area or else anywhere."""
    found = open_to_a_decision(reader, today, text.id)
    if here := [one for one in found if one.area == area]:
        return said(MONTHS, months=_row(Text(en=one.month, zh=one.month) for one in here))
    some = [said(IN_AREA, area=_called(one.area), month=one.month) for one in found[:NAMED]]
    return said(ELSEWHERE, months=_row(some)) if some else NOWHERE


def _called(area: str) -> Text:
    return Text(en=area_name(area, "en"), zh=area_name(area, "zh"))


def _month(month: str) -> Text:
    try:
        return month_words(date.fromisoformat(f"{month}-01"))
    except ValueError:
        return Text(en=month, zh=month)


def _row(words: Iterator[Text] | list[Text]) -> Text:
    several = list(words)
    return Text(en=", ".join(one["en"] for one in several), zh="、".join(one["zh"] for one in several))


__all__ = [
    "Open", "ahead", "instead", "open_to_a_decision", "rests_on", "same_benefit", "text_on", "texts", "why_none",
    "why_not_law",
]  # fmt: skip
