"""One alert as everybody may see it: where its case stands, who was called on, who answered by when, and what followed.

Which model it is about is not public, and nothing here says it, but for orders about copies: a host has to know which
copy it is to stop, so these name it, and the page says that they do. Of other copies nothing is said.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from commonweal.kernel import obligations, protocols, registry
from commonweal.kernel.instrument import Column, Listing, Page, Reading, Row, Text
from commonweal.kernel.values import BadInput, Fault, NotFound, shown

from .called import RIGHT, Called, called, counted, pressing, tag, what_of
from .charts import answers_chart
from .improving import ITEM_COLUMNS, improvements
from .kinds import ALERT
from .standing import happenings, orders
from .words import ALERTED, ENDS, HAPPENED, HARMS, MEASURES, STAGES, VERSIONS

ORDERS_A_PAGE = 100
_STOPPED = ("stopped", "confirmed")
_ORDER_COLUMNS = (
    Column("what", Text(en="Order", zh="命令")),
    Column("addressee", Text(en="Addressee", zh="被通知方"), "link"),
    Column("state", Text(en="State", zh="状态"), "state"),
    Column("due", Text(en="Due", zh="应答复"), "date"),
    Column("answer", Text(en="Answer", zh="答复")),
    Column("answered", Text(en="Answered", zh="答复时间"), "date"),
)
_FOUND = Column("found", Text(en="Found", zh="核查结果"))
_SAFEGUARDS_DUE = Column("safeguards_due", Text(en="Safeguards due", zh="保障措施期限"), "date")
_SAFEGUARDS = Column("safeguards", Text(en="Safeguards filed", zh="保障措施提交"), "date")
_DUTY_COLUMNS = (
    Column("duty", Text(en="Duty", zh="义务")),
    Column("law", Text(en="Law", zh="法律")),
    Column("party", Text(en="Owed by", zh="义务人"), "link"),
    Column("state", Text(en="State", zh="状态"), "state"),
    Column("due", Text(en="Last day or hour", zh="最后日期或时刻"), "date"),
)
_MEASURE = Column("measure", Text(en="What is to be done", zh="措施"))


def alert_view(reading: Reading, query: Mapping[str, str]) -> Mapping[str, Any]:
    """One alert, with a page of its orders. Raises `NotFound`, `BadInput` for a page that is no number."""
    subject, language = f"{ALERT.noun}:{query['alert']}", reading.language
    row = registry.subject(reading.tables, subject)
    if row is None:
        gone = [one["entry"] for one in happenings(reading.tables, subject) if one["what"].startswith("annulled")]
        hint = f"it was annulled, as entry {gone[-1]} says, and /cases shows its case; " if gone else ""
        raise NotFound("alert", subject, f"{hint}/alerts lists those that were given")
    if row["erased"]:
        raise NotFound("alert", subject, "what it said was erased; /record/erasures says when and on what basis")
    body = reading.public(ALERT.id, row["body"])
    found = pressing(called(reading, one) for one in orders(reading.tables, alert=subject))
    pages, seen = _paged(found, query.get("page", ""))
    titles, plan = _titles(reading, subject), improvements(reading, alert=subject)
    return {
        "title": row["name"],
        "what": _word(ALERTED, body.get("what"), language),
        "facts": list(_facts(body, row, language)),
        "criteria": body.get("restart_criteria") or (),
        "fictitious": body.get("fictitious"),
        "entry": row["entry"],
        "slug": subject.partition(":")[2],
        "cases": [_case(reading, one) for one in protocols.cases(reading.tables, subject=subject)],
        "orders": [_order(reading, one) for one in seen],
        "pages": pages,
        "counted": counted(found),
        "copies": _copies(found),
        "copies_named": any(one.copy for one in found),
        "order_columns": list(_columns(found)),
        "chart_": answers_chart(reading, found) if found else None,
        "duties": list(_duties(reading, subject)),
        "duty_columns": _DUTY_COLUMNS,
        "improvements": plan,
        "item_columns": [
            ITEM_COLUMNS[0],
            *([_MEASURE] if any(one["measure"] for one in plan) else []),
            *ITEM_COLUMNS[1:],
        ],
        "timeline": [_happened(one, titles, language) for one in happenings(reading.tables, subject)],
    }


def _paged(found: Sequence[Called], asked: str) -> tuple[Mapping[str, Any], Sequence[Called]]:
    """The orders of one page, with the numbers and addresses that the pages' links need."""
    if asked and not (asked.isascii() and asked.isdigit() and len(asked) < 9 and int(asked)):
        raise BadInput(Fault("page", shown(asked), "a page number from 1", "page"), "address")
    number, count = int(asked or 1), max(1, -(-len(found) // ORDERS_A_PAGE))
    if number > count:
        raise NotFound("page of orders", number, f"the last one is {count}")
    first = (number - 1) * ORDERS_A_PAGE
    pages = {
        "number": number, "count": count, "total": len(found), "first": first + 1,
        "last": min(first + ORDERS_A_PAGE, len(found)),
        "before": f"?page={number - 1}#called" if number > 1 else "",
        "after": f"?page={number + 1}#called" if number < count else "",
    }  # fmt: skip
    return pages, found[first : first + ORDERS_A_PAGE]


def _columns(found: Sequence[Called]) -> Iterator[Column]:
    """The columns of the orders' table, those left out that hold nothing."""
    yield from _ORDER_COLUMNS
    if any(one.version == "unapproved" for one in found):
        yield RIGHT
    if any(one.outcome for one in found):
        yield _FOUND
    if any(one.safeguards_due for one in found):
        yield _SAFEGUARDS_DUE
    if any(one.safeguards for one in found):
        yield _SAFEGUARDS


def _order(reading: Reading, one: Called) -> Row:
    """An order as a row of the page's table."""
    language = reading.language
    return {
        "what": what_of(reading, one),
        "href": f"/subjects/{one.order}",
        "addressee": one.addressee,
        "right": VERSIONS[one.version].in_(language),
        "state": tag(one, language),
        "answer": one.answer_words.in_(language) if one.answer else None,
        "ordered": one.ordered,
        "due": one.due or None,
        "answered": one.answered or None,
        "found": ENDS[one.outcome].in_(language) if one.outcome else None,
        "safeguards": one.safeguards or None,
        "safeguards_due": one.safeguards_due or None,
    }


def _copies(found: Sequence[Called]) -> tuple[int, int] | None:
    """How many copies somebody was called on about, and how many of them stopped by the newest order about each."""
    newest = {one.copy: one for one in sorted(found, key=lambda one: one.ordered) if one.copy}
    return (len(newest), sum(one.outcome in _STOPPED for one in newest.values())) if newest else None


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
        "opened": row["opened_at"],
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


def _duties(reading: Reading, subject: str) -> Iterator[Row]:
    """Every clock about the alert that runs, may run or was met, with the law that it is under."""
    for row in obligations.duties(reading.tables, subject=subject):
        if row["state"] in ("not_owed", "lapsed"):
            continue
        law = obligations.law_of(reading.tables, row["sha256"])
        rule = law.rule(row["rule"], row["rule_version"])
        by_hour = rule is not None and rule.period is not None and rule.period.unit in ("hours", "minutes")
        yield {
            "duty": rule.title.in_(reading.language) if rule else row["duty"],
            "href": f"/regimes/{row['rule']}",
            "law": law.title.in_(reading.language),
            "party": law.authority.in_(reading.language)
            if row["party"] == obligations.THE_AUTHORITY
            else row["party"] or None,
            "state": "met_late" if row["state"] == "met" and row["late"] else row["state"],
            "due": (row["due"] or row["due_if_owed"]) if by_hour else row["last_day"],
        }


def _titles(reading: Reading, subject: str) -> Mapping[str, str]:
    """What the rules are called under which something is owed about an alert."""
    found = {}
    for row in obligations.duties(reading.tables, subject=subject, only=("rule", "rule_version", "sha256")):
        rule = obligations.law_of(reading.tables, row["sha256"]).rule(row["rule"], row["rule_version"])
        found[row["rule"]] = rule.title.in_(reading.language) if rule else row["rule"]
    return found


def _happened(row: Row, titles: Mapping[str, str], language: str) -> Mapping[str, Any]:
    """One thing that followed from the alert, in a sentence."""
    said = {name: _said(name, value, titles, language) for name, value in row["said"].items()}
    return {"at": row["at"], "text": HAPPENED[row["what"]].in_(language).format(**said), "entry": row["entry"]}


def _said(name: str, value: Any, titles: Mapping[str, str], language: str) -> str:
    if name == "rule":
        return titles.get(value, str(value))
    words = {"measure": MEASURES, "stage": STAGES}.get(name)
    return _word(words, value, language) if words else str(value)


# ── the list ────────────────────────────────────────────────────────────────────────────────────────────────────────


def alert_rows(reading: Reading, query: Mapping[str, str]) -> Sequence[Row]:
    """Every alert, newest first, with where its case stands."""
    found = sorted(registry.subjects(reading.tables, ALERT.noun), key=lambda row: -int(row["entry"]))
    return [_alert_row(reading, row) for row in found if not row["erased"]]


def _alert_row(reading: Reading, row: Row) -> Row:
    body = reading.public(ALERT.id, row["body"])
    case = next(iter(protocols.cases(reading.tables, subject=row["subject"], limit=1)), None)
    given = orders(reading.tables, alert=row["subject"])
    return {
        "alert": row["name"],
        "href": f"/alerts/{row['subject'].partition(':')[2]}",
        "what": _word(ALERTED, body.get("what"), reading.language),
        "capability": body.get("capability"),
        "developer": body.get("developer"),
        "given_on": row["filed_on"][:10],
        "answered": f"{sum(bool(one['answer']) for one in given)} / {len(given)}" if given else None,
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
        Column("answered", Text(en="Answered / called on", zh="已答复／被通知")),
        Column("state", Text(en="State of the case", zh="案件状态"), "state"),
        Column("by", Text(en="Next deadline", zh="下一期限"), "date"),
    ),
    alert_rows,
    summary=Text(
        en="What was alerted, and where the response stands. Which model it is about is not public.",
        zh="所发警报及应对进展。涉及哪一模型不予公开。",
    ),
)


def alerts_view(reading: Reading, query: Mapping[str, str]) -> Mapping[str, Any]:
    """Every alert, those first whose case is open."""
    rows = alert_rows(reading, query)
    waiting = [called(reading, row) for row in orders(reading.tables, answer="", outcome="", released_at=None)]
    return {
        "summary": LISTING.summary,
        "columns": LISTING.columns,
        "alerts": sorted(rows, key=lambda row: row["state"] != "open"),
        "open": sum(row["state"] == "open" for row in rows),
        "counted": counted(waiting),
    }


LIST_PAGE = Page("alerts", "/alerts", Text(en="Alerts", zh="警报"), "alerts.html", alerts_view)
PAGE = Page("alert", "/alerts/{alert}", Text(en="Alert", zh="警报"), "alert.html", alert_view)
