"""One alert as everybody may see it: where its case stands, who was called on, who answered by when, and what followed.

Which model it is about is not public, and nothing here says it, but for orders about copies: a host has to know which
copy it is to stop, so these name it, and the page says that they do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from commonweal.kernel import obligations, protocols, registry
from commonweal.kernel.instrument import Chart, Column, Listing, Page, Reading, Row, Text
from commonweal.kernel.values import NotFound, instant, stamp

from .kinds import ALERT, SAFEGUARDS
from .standing import happenings, orders
from .words import ALERTED, ANSWERS, HAPPENED, HARMS, MEASURES, STAGES, VERSIONS

ORDERS_SHOWN_MAX, BARS_SHOWN_MAX = 100, 40
BLUE, RED, GREEN, DEADLINE = "#1b5e8c", "#b14a21", "#4a7434", "#96294f"
_HOW: Mapping[str, Text] = {
    "answered": Text(en="answered", zh="已答复"),
    "late": Text(en="answered late, or not at all", zh="逾期答复或未答复"),
    "open": Text(en="waited for", zh="等待中"),
}
_TITLE = Text(en="From each order to its answer", zh="自命令至答复")
_NOTE = Text(en="Red marks: when the answer was due.", zh="红色标记：应答复之时。")
_HEADS = (
    Text(en="Order", zh="命令"),
    Text(en="Ordered", zh="命令时间"),
    Text(en="Answered", zh="答复时间"),
    Text(en="Due", zh="应答复"),
    Text(en="State", zh="状态"),
)


class Called(NamedTuple):
    """One order with its clock: instants in UTC, `due` exclusive, "" for what is not; `left`, when it was given up."""

    order: str
    measure: str
    addressee: str
    copy: str
    ordered: str
    due: str
    answer: str
    answered: str
    left: str
    how: str


def called(reading: Reading, row: Row) -> Called:
    """An order as its duty says it stands."""
    duties = obligations.duties(reading.tables, subject=row["order"], only=("rule", "due", "state", "late"))
    first = next((duty for duty in duties if duty["rule"] != SAFEGUARDS and duty["due"]), None)
    late = first is not None and (first["state"] == "overdue" or bool(first["late"]))
    without = not row["answer"] and row["outcome"]
    how = "late" if late or without else "answered" if row["answer"] else "open"
    answer = row["answer"] or ("none" if without else "")
    due, answered = str(first["due"]) if first else "", row["answered_at"] or ""
    ended = protocols.cases(reading.tables, subject=row["order"], limit=1) if without else []
    left = str(ended[0]["changed_at"]) if ended else row["released_at"] or ""
    return Called(
        row["order"],
        row["measure"],
        row["addressee"],
        row["copy_of"],
        row["ordered_at"],
        due,
        answer,
        answered,
        left,
        how,
    )


def alert_view(reading: Reading, query: Mapping[str, str]) -> Mapping[str, Any]:
    """One alert. Raises `NotFound`."""
    subject, language = f"{ALERT.noun}:{query['alert']}", reading.language
    row = registry.subject(reading.tables, subject)
    if row is None or row["erased"]:
        raise NotFound("alert", subject, "/containment/alerts lists those that were given")
    body = reading.public(ALERT.id, row["body"])
    rows = orders(reading.tables, alert=subject)
    seen = [called(reading, one) for one in rows[-ORDERS_SHOWN_MAX:]]
    answered = sum(bool(one["answer"]) for one in rows)
    waited = sum(not one["answer"] and not one["outcome"] for one in rows)
    return {
        "title": row["name"],
        "what": _word(ALERTED, body.get("what"), language),
        "facts": list(_facts(body, row, language)),
        "criteria": body.get("restart_criteria") or (),
        "fictitious": body.get("fictitious"),
        "entry": row["entry"],
        "copies_named": any(one["copy_of"] for one in rows),
        "cases": [_case(reading, one) for one in protocols.cases(reading.tables, subject=subject)],
        "figures_of": (len(rows), answered, waited),
        "orders": [
            (
                _measure(reading, one), one.addressee, one.ordered, one.due or None,
                ANSWERS[one.answer].in_(language), one.answered or None,
            )
            for one in reversed(seen)
        ],
        "more": len(rows) - len(seen),
        "chart_": _chart(reading, seen[-BARS_SHOWN_MAX:]) if seen else None,
        "duties": _duties(reading, subject),
        "timeline": [_happened(one, language) for one in happenings(reading.tables, subject)],
    }  # fmt: skip


def _word(words: Mapping[str, Text], code: Any, language: str) -> str:
    return words[code].in_(language) if code in words else str(code or "")


def _facts(body: Mapping[str, Any], row: Row, language: str) -> Iterator[tuple[Text, Any, str]]:
    """`(title, value, form)` of what an alert publicly says and has anything to say of."""
    yield Text(en="Given", zh="发出时间"), row["filed_on"], "when"
    yield Text(en="Capability", zh="能力"), body.get("capability"), ""
    yield Text(en="Who may order what", zh="命令权限"), _word(VERSIONS, body.get("version"), language), ""
    if body.get("developer"):
        yield Text(en="Developer", zh="开发者"), body["developer"], "subject"
    if body.get("harm") not in (None, "unknown"):
        yield Text(en="Harm", zh="危害"), _word(HARMS, body["harm"], language), ""
    if body.get("jurisdictions"):
        yield Text(en="Laws that apply", zh="适用法域"), ", ".join(body["jurisdictions"]), ""
    if body.get("aware_at"):
        yield Text(en="Known since", zh="知悉时间"), body["aware_at"], "when"
    if body.get("legal_basis"):
        yield Text(en="Legal basis", zh="法律依据"), body["legal_basis"], ""


def _case(reading: Reading, row: Row) -> Mapping[str, Any]:
    found, language = protocols.case(reading.tables, row["case"]), reading.language
    ended = [step.name for step in found.playbook.steps.values() if step.extension.outcome == row["outcome"]]
    return {
        "href": f"/cases/{row['case'].partition(':')[2]}",
        "name": found.playbook.name.in_(language),
        "state": row["state"],
        "outcome": (ended[0].in_(language) if ended else row["outcome"]) if row["outcome"] else "",
        "waits": [
            (one["name"].in_(language), one["agent"].in_(language), one["until"])
            for one in protocols.who_must_act(reading.tables, row["case"])
        ]
        if row["state"] == "open"
        else [],
    }


def _duties(reading: Reading, subject: str) -> list[tuple[Any, ...]]:
    """`(rule's title, who owes it, state, last day)` of every clock about the alert that runs or may run."""
    titles = {rule.id: rule.title.in_(reading.language) for _, rule in obligations.columns(reading.tables, ALERT.noun)}
    return [
        (titles.get(row["rule"], row["rule"]), row["party"], row["state"], row["last_day"])
        for row in obligations.duties(reading.tables, subject=subject)
        if row["state"] not in ("not_owed", "lapsed")
    ]


def _happened(row: Row, language: str) -> Mapping[str, Any]:
    """One thing that followed from the alert, in a sentence."""
    said = {name: _said(name, value, language) for name, value in row["said"].items()}
    return {"at": row["at"], "text": HAPPENED[row["what"]].in_(language).format(**said), "entry": row["entry"]}


def _said(name: str, value: Any, language: str) -> str:
    words = {"measure": MEASURES, "stage": STAGES}.get(name)
    return _word(words, value, language) if words else str(value)


def _named(reading: Reading, one: Called) -> str:
    """The addressee's name and what it was called on to do."""
    return f"{_name(reading, one.addressee)}: {_measure(reading, one)}"


def _measure(reading: Reading, one: Called) -> str:
    """What somebody was called on to do, and with which copy."""
    measure = MEASURES[one.measure].in_(reading.language)
    return f"{measure} ({_name(reading, one.copy)})" if one.copy else measure


def _name(reading: Reading, subject: str) -> str:
    row = registry.subject(reading.tables, subject)
    return str(row["name"]) if row else subject


def _chart(reading: Reading, seen: Sequence[Called]) -> Chart:
    """A bar for each order from when it was given to when it was answered, with a mark at the instant it was due."""
    language = reading.language
    says = {how: words.in_(language) for how, words in _HOW.items()}
    rows = [
        {
            "order": _named(reading, one),
            "from": one.ordered,
            "to": one.answered or one.left or stamp(max(reading.now, instant(one.ordered))),
            "due": one.due,
            "how": says[one.how],
        }
        for one in seen
    ]
    y = {
        "field": "order", "type": "nominal", "sort": list(dict.fromkeys(row["order"] for row in rows)), "title": None,
        "axis": {"labelLimit": 300},
    }  # fmt: skip
    colour = {
        "field": "how", "type": "nominal", "title": None, "legend": {"orient": "bottom"},
        "scale": {"domain": list(says.values()), "range": [GREEN, RED, BLUE]},
    }  # fmt: skip
    x = {"field": "from", "type": "temporal", "title": None}
    spec = {
        "height": max(60, 28 * len({row["order"] for row in rows})),
        "layer": [
            {
                "data": {"values": rows},
                "mark": {"type": "bar", "height": {"band": 0.55}},
                "encoding": {"x": x, "x2": {"field": "to"}, "y": y, "color": colour},
            },
            {
                "data": {"values": [row for row in rows if row["due"]]},
                "mark": {"type": "tick", "color": DEADLINE, "thickness": 3, "size": 22},
                "encoding": {"x": {"field": "due", "type": "temporal"}, "y": y},
            },
        ],
    }
    cells = [
        [row["order"], row["from"], one.answered, row["due"], row["how"]] for row, one in zip(rows, seen, strict=True)
    ]
    return Chart(_TITLE.in_(language), spec, [head.in_(language) for head in _HEADS], cells, _NOTE.in_(language))


def alert_rows(reading: Reading, query: Mapping[str, str]) -> Sequence[Row]:
    """Every alert, newest first, with where its case stands."""
    found = sorted(registry.subjects(reading.tables, ALERT.noun), key=lambda row: -int(row["entry"]))
    return [_alert_row(reading, row) for row in found if not row["erased"]]


def _alert_row(reading: Reading, row: Row) -> Row:
    body = reading.public(ALERT.id, row["body"])
    case = next(iter(protocols.cases(reading.tables, subject=row["subject"], limit=1)), None)
    return {
        "alert": row["name"],
        "href": f"/alerts/{row['subject'].partition(':')[2]}",
        "what": _word(ALERTED, body.get("what"), reading.language),
        "capability": body.get("capability"),
        "developer": body.get("developer"),
        "given_on": row["filed_on"][:10],
        "state": case["state"] if case else None,
        "by": case["next_deadline"] if case and case["state"] == "open" else None,
    }


LISTING = Listing(
    "alerts",
    Text(en="Alerts", zh="警报"),
    (
        Column("alert", Text(en="Alert", zh="警报"), "link"),
        Column("what", Text(en="What", zh="事项")),
        Column("capability", Text(en="Capability", zh="能力")),
        Column("developer", Text(en="Developer", zh="开发者"), "link"),
        Column("given_on", Text(en="Given on", zh="发出日期"), "date"),
        Column("state", Text(en="State of the case", zh="案件状态"), "state"),
        Column("by", Text(en="Next deadline", zh="下一期限"), "date"),
    ),
    alert_rows,
    summary=Text(
        en="What was alerted, and where the response stands. Which model it is about is not public.",
        zh="所发警报及应对进展。涉及哪一模型不予公开。",
    ),
)
PAGE = Page("alert", "/alerts/{alert}", Text(en="Alert", zh="警报"), "alert.html", alert_view)
