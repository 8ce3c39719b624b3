"""Public totals of what was paid, with small cells protected, and which programmes are open.

How many people a run paid stands in the record. How much is told where they were enough, and no one of them can be
worked out from the sum by who got most of the rest (`methods.suppression`). A sum is not told either where it differs
from one that was told before for the sake of fewer people than that: one could be taken from the other (A. Hundepool
and others 2012, section 4.2, on linked tables). Sums of more than two runs at once are not looked at.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from commonweal.kernel import accounts, registry
from commonweal.kernel.instrument import Column, Listing, Reader, Reading, Row, Text
from commonweal.kernel.values import NotFound
from commonweal.methods.suppression import below_threshold, p_percent

from . import programmes
from .laus import area_name
from .programmes import PAYMENT, Programme

RULE = "adaptive_safety_net.payments"
FEW = Text(en="withheld: few people", zh="人数过少，不予公布")
STATES: Mapping[str, Text] = {
    "paid": Text(en="paid", zh="已发放"),
    "cut": Text(en="paid, cut alike", zh="已发放（按比例削减）"),
    "refused": Text(en="not paid: budget", zh="未发放：预算不足"),
    "held": Text(en="not paid: the ledger refused", zh="未发放：账本拒绝"),
    "open": Text(en="open", zh="受理中"),
    "closed": Text(en="closed to new claims", zh="停止受理"),
    "ahead": Text(en="opens later", zh="尚未开始"),
}


def shown(rows: Sequence[Row], rule: Mapping[str, float]) -> list[bool]:
    """Of each run whether its sum may be told, by the threshold and the p-percent rule."""
    if not rows:
        return []
    paid, cents, largest, second = (np.array([row[name] for row in rows]) for name in _OF_A_RUN)
    hidden = below_threshold(paid, int(rule["threshold"])) | p_percent(
        cents.astype(float), largest.astype(float), second.astype(float), float(rule["p"])
    )
    return [not bool(one) for one in hidden]


def apart(reader: Reader, rows: Sequence[Row], tells: Sequence[bool], enough: int) -> list[bool]:
    """Of each run whether its sum may still be told beside those told before it: that as many people as that, or
    nobody, got something else in it. Where not all whom it paid can be read any more, it is not told."""
    told, found = list[dict[str, int]](), list[bool]()
    for row, tell in zip(rows, tells, strict=True):
        paid = reader.select(PAYMENT, {"run": row["entry"]}, only=("claim", "cents"))
        got = {one["claim"]: one["cents"] for one in paid}
        differ = [sum(got.get(one, 0) != before.get(one, 0) for one in got.keys() | before.keys()) for before in told]
        may = tell and len(got) == row["paid"] and all(many == 0 or many >= enough for many in differ)
        found.append(may)
        told += [got] if may else []
    return found


def least(reader: Reader) -> int:
    """Of how many people at least something is told; where no rule is adopted, no number is enough."""
    try:
        row = registry.text_in_force(reader, RULE)
    except NotFound:
        return 2**31
    return int(registry.parsed(row["text"], row["media_type"])["protection"]["threshold"])


_OF_A_RUN = ("paid", "cents", "largest", "second")


def _rule(reading: Reading) -> Mapping[str, float]:
    try:
        found: Mapping[str, float] = reading.rule(RULE)["protection"]
    except NotFound:
        return {"threshold": 2**31, "p": 100.0}
    return found


def runs(reading: Reading, one: Programme) -> list[dict[str, object]]:
    """The runs of a programme as everyone may see them: amounts as text, or why there is none.

    What an area's government was paid is nobody's own, and told.
    """
    rows, few = programmes.runs(reading.tables, one.id), FEW.in_(reading.language)
    rule = _rule(reading)
    tells = [True] * len(rows) if one.text.aid else apart(
        reading.tables, rows, shown(rows, rule), int(rule["threshold"])
    )  # fmt: skip
    return [
        {
            "programme": one.name, "month": row["month"], "day": row["day"], "entry": row["entry"],
            "state": STATES[row["state"]].in_(reading.language), "unit": one.unit,
            "recipients": row["paid"] if one.text.aid is None else area_name(one.area, reading.language),
            "amount": accounts.written(row["cents"], one.unit) if tell else few,
        }
        for row, tell in zip(rows, tells, strict=True)
    ]  # fmt: skip


def state_of(one: Programme, today: str) -> str:
    """Whether it takes people: `ahead`, `open` or `closed`."""
    if today < one.opens_on.isoformat():
        return "ahead"
    return "closed" if one.closes_on is not None and today > one.closes_on.isoformat() else "open"


def _listed(reading: Reading, query: Mapping[str, str]) -> list[Row]:
    today = reading.today.isoformat()
    return [
        {
            "name": one.name, "href": f"/safety-net/programmes/{one.id.partition(':')[2]}", "package": one.text.rule,
            "area": area_name(one.area, reading.language), "opens_on": one.opens_on.isoformat(),
            "closes_on": one.closes_on.isoformat() if one.closes_on else None,
            "budget": accounts.written(one.budget, one.unit), "unit": one.unit,
            "state": STATES[state_of(one, today)].in_(reading.language),
        }
        for one in programmes.programmes(reading.tables)
    ]  # fmt: skip


def _paid(reading: Reading, query: Mapping[str, str]) -> list[Row]:
    return [row for one in programmes.programmes(reading.tables) for row in runs(reading, one)]


_NAME = Column("name", Text(en="Programme", zh="项目"), "link")
_UNIT = Column("unit", Text(en="Currency", zh="币种"))
PROGRAMMES = Listing(
    "programmes",
    Text(en="Packages in force", zh="生效中的方案"),
    (
        _NAME, Column("package", Text(en="Package", zh="方案")), Column("area", Text(en="Area", zh="地区")),
        Column("opens_on", Text(en="Opens on", zh="启动日"), "date"),
        Column("closes_on", Text(en="Last day to come under it", zh="最后受理日"), "date"),
        Column("budget", Text(en="Budget", zh="预算")), _UNIT, Column("state", Text(en="State", zh="状态")),
    ),
    _listed,
    summary=Text(
        en="Each decision that switched a package on: where, until when, for how much.",
        zh="启动方案的各项决定：地区、期限与金额。",
    ),
)  # fmt: skip
PAYMENTS = Listing(
    "payments",
    Text(en="Payments in total", zh="发放总额"),
    (
        Column("programme", Text(en="Programme", zh="项目")), Column("month", Text(en="Month", zh="月份")),
        Column("day", Text(en="Paid on", zh="发放日"), "date"),
        Column("recipients", Text(en="People or area paid", zh="发放人数或地区")),
        Column("amount", Text(en="Amount", zh="金额")),
        _UNIT,
        Column("state", Text(en="State", zh="状态")),
    ),
    _paid,
    summary=Text(
        en="What each run paid in all. Where few people were paid, or one of them got most of it, or it differs from "
        "another by few people, the sum is not told.",
        zh="每批发放的总额。人数过少、一人占大部分，或与另一批仅有少数人不同时，总额不予公布。",
    ),
)  # fmt: skip
LISTINGS = (PROGRAMMES, PAYMENTS)
