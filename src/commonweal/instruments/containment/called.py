"""Who was called on: each order with its clock, how it stands by that, and the list of all orders."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from commonweal.kernel import obligations, protocols, registry
from commonweal.kernel.instrument import Column, Filter, Listing, Reading, Row, Text
from commonweal.kernel.values import instant

from .kinds import ALERT, SAFEGUARDS
from .standing import orders
from .words import ANSWERS, ENDS, HOW, MEASURES, VERSIONS

PRESSING = ("overdue", "waited", "none", "late", "released", "answered")
"""How an order may stand, the most pressing first; the words are in `HOW`."""
TAGS = {
    "overdue": "overdue", "waited": "waiting", "none": "missed", "late": "met_late", "released": "withdrawn",
    "answered": "done",
}  # fmt: skip
RIGHT = Column("right", Text(en="By what right", zh="依据"))
_CLOCK = ("rule", "due", "ends", "last_day", "state", "late")


@dataclass(frozen=True, slots=True)
class Called:
    """One order with its clock: instants in UTC, "" for what is not; `due` is exclusive.

    `left` is when it was given up or released without an answer; `safeguards`, when they were filed, `safeguards_due`
    the last day for that.
    """

    order: str
    measure: str
    addressee: str
    version: str
    copy: str
    ordered: str
    due: str
    answer: str
    answered: str
    left: str
    how: str
    outcome: str
    safeguards: str
    safeguards_due: str

    @property
    def answer_words(self) -> Text:
        return ANSWERS[self.answer or ("" if self.how in ("waited", "overdue") else "none")]


def called(reading: Reading, row: Row) -> Called:
    """An order as its duty says that it stands; where no duty follows from it, as its playbook's deadline does."""
    duties = obligations.duties(reading.tables, subject=row["order"], only=_CLOCK)
    first = next((duty for duty in duties if duty["rule"] != SAFEGUARDS and duty["due"]), None)
    safe = next((duty for duty in duties if duty["rule"] == SAFEGUARDS and duty["due"]), None)
    case = next(iter(protocols.cases(reading.tables, subject=row["order"], limit=1)), None)
    due = str(first["due"]) if first else _deadline(reading, case)
    ends = str(first["ends"]) if first else due
    answered, left = row["answered_at"] or "", ""
    if not answered:
        left = row["released_at"] or (str(case["changed_at"]) if case and row["outcome"] else "")
    return Called(
        order=row["order"], measure=row["measure"], addressee=row["addressee"], version=row["version"],
        copy=row["copy_of"], ordered=row["ordered_at"], due=due, answer=row["answer"], answered=answered, left=left,
        how=_how(reading, row, first, ends), outcome=_outcome(row), safeguards=row["safeguards_at"] or "",
        safeguards_due=str(safe["last_day"]) if safe else "",
    )  # fmt: skip


def _deadline(reading: Reading, case: Row | None) -> str:
    """By when the case of an order first waited."""
    told = protocols.timeline(reading.tables, case["case"]) if case else ()
    return str(next((one["deadline"] for one in told if one.get("deadline")), ""))


def _how(reading: Reading, row: Row, duty: Row | None, due: str) -> str:
    late = bool(duty["late"]) or duty["state"] == "overdue" if duty else False
    if row["answer"]:
        return "late" if late or (due and instant(row["answered_at"]) >= instant(due)) else "answered"
    if row["released_at"]:
        return "none" if late else "released"
    if row["outcome"]:
        return "none"
    return "overdue" if late or (due and reading.now >= instant(due)) else "waited"


def _outcome(row: Row) -> str:
    """What became of an order, as a word of `ENDS`; "" for what is open, or said by the answer already."""
    outcome = "released" if row["released_at"] else row["outcome"]
    outcome = "unconfirmed" if outcome == "runs" and not row["answer"] else outcome
    return outcome if outcome in ENDS else ""


def pressing(found: Iterable[Called]) -> list[Called]:
    """Orders, the most pressing first: what is overdue, what is waited for by when it is due, then the newest."""
    newest = sorted(found, key=lambda one: one.ordered, reverse=True)
    return sorted(newest, key=lambda one: (PRESSING.index(one.how), one.due if one.how in PRESSING[:2] else ""))


def counted(found: Iterable[Called]) -> Mapping[str, int]:
    """How many orders stand how."""
    return Counter(one.how for one in found)


def name_of(reading: Reading, subject: str) -> str:
    """What a registered subject is called, its identifier where it is not registered."""
    row = registry.subject(reading.tables, subject)
    return str(row["name"]) if row else subject


def what_of(reading: Reading, one: Called) -> str:
    """What somebody was called on to do, and about which copy."""
    measure = MEASURES[one.measure].in_(reading.language)
    colon = "：" if reading.language == "zh" else ": "
    return f"{measure}{colon}{name_of(reading, one.copy)}" if one.copy else measure


def tag(one: Called, language: str) -> Mapping[str, str]:
    """How an order stands, as a table's cell of the form `state`."""
    return {"state": TAGS[one.how], "words": HOW[one.how].in_(language)}


# ── the list ────────────────────────────────────────────────────────────────────────────────────────────────────────


def order_rows(reading: Reading, query: Mapping[str, str]) -> Sequence[Row]:
    """Orders with their answers, newest first; those under one alert, and those that stand in one way."""
    where = {"alert": alert if ":" in alert else f"{ALERT.noun}:{alert}"} if (alert := query.get("alert", "")) else {}
    wanted = query.get("state", "")
    found = ((row, called(reading, row)) for row in reversed(orders(reading.tables, **where)))
    return [_row(reading, row, one) for row, one in found if wanted in ("", one.how)]


def _row(reading: Reading, row: Row, one: Called) -> Row:
    return {
        "order": one.order.partition(":")[2],
        "href": f"/subjects/{one.order}",
        "measure": MEASURES[one.measure].in_(reading.language),
        "right": VERSIONS[one.version].in_(reading.language),
        "addressee": one.addressee,
        "alert": row["alert"],
        "ordered_on": one.ordered[:10],
        "due": one.due or None,
        "state": TAGS[one.how],
        "answer": one.answer_words.in_(reading.language),
        "answered_on": one.answered[:10] or None,
        "outcome": ENDS[one.outcome].in_(reading.language) if one.outcome else None,
    }


def _states(reading: Reading) -> list[tuple[str, str]]:
    return [(how, HOW[how].in_(reading.language)) for how in PRESSING]


def _alerts(reading: Reading) -> list[tuple[str, str]]:
    rows: list[Any] = [row for row in registry.subjects(reading.tables, ALERT.noun) if not row["erased"]]
    return [(row["subject"], row["name"]) for row in sorted(rows, key=lambda row: -int(row["entry"]))]


LISTING = Listing(
    "orders",
    Text(en="Orders and answers", zh="命令与答复"),
    (
        Column("order", Text(en="Order", zh="命令")),
        Column("measure", Text(en="Measure", zh="措施")),
        RIGHT,
        Column("addressee", Text(en="Addressee", zh="被通知方"), "link"),
        Column("alert", Text(en="Alert", zh="警报"), "link"),
        Column("ordered_on", Text(en="Ordered on", zh="命令日期"), "date"),
        Column("due", Text(en="Due", zh="应答复"), "date"),
        Column("state", Text(en="State", zh="状态"), "state"),
        Column("answer", Text(en="Answer", zh="答复")),
        Column("answered_on", Text(en="Answered on", zh="答复日期"), "date"),
        Column("outcome", Text(en="Found", zh="核查结果")),
    ),
    order_rows,
    filters=(
        Filter("alert", Text(en="Alert", zh="警报"), _alerts),
        Filter("state", Text(en="State", zh="状态"), _states),
    ),
)
