"""Why a contribution is what it is, in words with its figures; when what is not a person's own yet vests; sums by year.

What is told is what `due` reckons with: the same rules, the same rows, part by part. Of whoever has several accounts it
is reckoned over all of them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from commonweal.kernel import accounts
from commonweal.kernel.instrument import Reader, Row, Text

from .due import Part, Work, parts
from .programmes import Contribution, Programme, percent
from .tables import MOVE, POSTED, WORK, counting, not_due, programme_for, theirs, works

HOW: Mapping[str, Text] = {
    "earnings": Text(en="{rate} of {earnings}", zh="{earnings} 的 {rate}"),
    "hour": Text(en="{hours} hours × {amount}", zh="{hours} 小时 × {amount}"),
    "job": Text(en="{jobs} jobs × {amount}", zh="{jobs} 单 × {amount}"),
    "period": Text(
        en="{whole} for the period, of which this payer bears {own} of {all}",
        zh="本期 {whole}，该缴费方按 {own}/{all} 分担",
    ),
    "contributed": Text(en="{rate} of {paid_in}, which payers pay in", zh="缴费方所缴 {paid_in} 的 {rate}"),
}
LESS = Text(en="{amount} × {hours} of {full} hours", zh="{amount} × {hours}/{full} 小时")
PART = Text(en="{title}: {how} = {cents}", zh="{title}：{how} = {cents}")
BOUNDED = Text(en="{part} (for one person and period at most {most})", zh="{part}（每人每期最多 {most}）")
STEP = Text(en="{share} after {months} months of service", zh="服务满 {months} 个月 {share}")
VESTS = Text(
    en="{pot}: of what payers paid in is yours: {steps}. You have {months}.",
    zh="{pot}：缴费方缴入部分的归属：{steps}。您已有 {months} 个月。",
)
UNDER = Text(en="{pot}, by the text of {version}", zh="{pot}（{version} 版）")


def why_contributed(
    reader: Reader, programme: Programme, member: str, period: str, language: str
) -> dict[str, list[str]]:
    """Why each payer pays what it does for a member and period, a line for each rule, by payer."""
    found = programme_for(reader, programme.id, period)
    text = found[0] if found else programme
    about = {"programme": programme.id, "period": period, "member": ("in", theirs(reader, member))}
    said = works(counting(reader, reader.select(WORK, about)))
    every, lines = [one for one in parts(text, said) if one.cents], defaultdict[str, list[str]](list)
    for part in every:
        counted = {one.payer for one in every if one.rule == part.rule}
        lines[part.payer].append(_line(part, text, [one for one in said if one.payer in counted], language))
    return lines


def _line(part: Part, programme: Programme, said: Sequence[Work], language: str) -> str:
    rule = part.rule
    words = PART.in_(language).format(
        title=rule.title.text().in_(language), how=_how(part, programme, said, language),
        cents=accounts.written(part.cents, programme.currency),
    )  # fmt: skip
    if part.cents != part.unbounded and rule.at_most is not None:
        return BOUNDED.in_(language).format(part=words, most=rule.at_most)
    return words


def _how(part: Part, programme: Programme, said: Sequence[Work], language: str) -> str:
    rule, unit = part.rule, programme.currency
    own = [one for one in said if one.payer == part.payer]
    name = "earnings" if rule.shared_by == "earnings" else "hours"
    told = {
        "rate": percent(rule.rate or "0"), "amount": rule.amount or "",
        "earnings": accounts.written(sum(one.earnings for one in own), unit),
        "hours": _hours(own), "jobs": sum(one.jobs for one in own),
        "paid_in": accounts.written(part.paid_in, unit),
        "own": _sum(own, name, unit), "all": _sum(said, name, unit),
        "whole": _whole(rule, said, language),
    }  # fmt: skip
    return HOW[rule.per].in_(language).format(**told)


def _whole(rule: Contribution, said: Sequence[Work], language: str) -> str:
    """An amount a period, as it comes to who worked less than full hours."""
    if rule.full_hours is None or Fraction(sum(one.hours for one in said), 100) >= Fraction(rule.full_hours):
        return str(rule.amount)
    return LESS.in_(language).format(amount=rule.amount, hours=_hours(said), full=rule.full_hours)


def _hours(said: Sequence[Work]) -> str:
    return accounts.written(sum(one.hours for one in said), "hour")


def _sum(said: Sequence[Work], name: str, unit: str) -> str:
    if name == "hours":
        return _hours(said)
    return accounts.written(sum(one.earnings for one in said), unit)


def vesting(reader: Reader, programme: Programme, member: str, months: int, language: str) -> Iterator[str]:
    """When what payers paid into each pot is the person's own, a line for each pot that vests by steps; `months` are
    those of service by now."""
    periods = sorted({row["period"] for row in reader.select(POSTED, {"programme": programme.id, "member": member})})
    texts = [found[0] for period in periods if (found := programme_for(reader, programme.id, period))]
    for pot in programme.pot:
        steps = {one.pots.get(pot.id, pot).vests: one.version for one in texts} or {pot.vests: programme.version}
        for each, version in steps.items():
            if len(each) > 1 and months < each[-1].months and not pot.pooled:
                title = pot.title.text().in_(language)
                called = UNDER.in_(language).format(pot=title, version=version) if len(steps) > 1 else title
                yield VESTS.in_(language).format(pot=called, steps=_steps(each, language), months=months)


def _steps(vests: Sequence[Any], language: str) -> str:
    form, between = STEP.in_(language), "；" if language == "zh" else ", "
    return between.join(form.format(share=percent(one.share), months=one.months) for one in vests if one.months)


def by_year(reader: Reader, programme: Programme, member: str) -> list[dict[str, str]]:
    """What is due for a member by files of payers, brought in, taken out and paid from a pool, a row for each year, the
    newest first; without what was not due."""
    sums = defaultdict[str, Counter[str]](Counter)
    about = {"programme": programme.id, "member": member}
    for row in reader.select(POSTED, about):
        sums[row["period"][:4]]["due"] += row["cents"]
    for row in reader.select(MOVE, {**about, "done": 1}):
        sums[row["on"][:4]][row["what"]] += row["cents"] - _undue(reader, row)
    names = ("due", "brought_in", "taken_out", "claim")
    return [
        {"year": year, **{name: accounts.written(sums[year][name], programme.currency) for name in names}}
        for year in sorted(sums, reverse=True)
    ]


def _undue(reader: Reader, row: Row) -> int:
    return not_due(reader, row) if row["what"] in ("taken_out", "claim") else 0
