"""The pages of pooled credits: the pool with its grants, the statement of one grant, and the forms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from commonweal.kernel import accounts, registry
from commonweal.kernel.instrument import Choice, Column, Listing, Page, Question, Reading, Row, Text
from commonweal.kernel.values import NotFound

from . import terms
from .control import CONTROL
from .credit_kinds import GIVEN, GRANT_NOUN, GRANTED, USED
from .credits import GRANTS, POOL, grant_account
from .forms import FormOf, Query, ask, facts_of, known
from .kinds import EVALUATOR_NOUN, EVALUATORS, ID, JOB_NOUN, PATH, STEWARDS
from .words import LABELS

PLACE = "credits"
POOL_COLUMNS = (
    Column("unit", LABELS["unit"]),
    Column("left", Text(en="Left in the pool", zh="池中余额")),
    Column("given", Text(en="Given in all", zh="累计注入")),
    Column("used", Text(en="Used", zh="已使用")),
)
COLUMNS = (
    Column("name", Text(en="Grant", zh="拨付"), "link"),
    Column("evaluator", LABELS["evaluator"]),
    Column("amount", LABELS["amount"]),
    Column("left", Text(en="Left", zh="余额")),
    Column("unit", LABELS["unit"]),
    Column("until", LABELS["until"], "date"),
    Column("state", LABELS["state"]),
)
RUNS, OVER = Text(en="runs", zh="有效"), Text(en="over", zh="已到期")
CODES: Mapping[str, Text] = {
    "granted": Text(en="granted", zh="拨付"),
    "used": Text(en="used", zh="使用"),
    "back": Text(en="back into the pool", zh="退回额度池"),
}


def units(reading: Reading) -> tuple[Choice, ...]:
    """The units of the terms in force, to choose among."""
    found = terms.in_force(reading.tables)
    return tuple(Choice(one.id, Text(en=one.title.en, zh=one.title.zh)) for one in (found.unit if found else ()))


def unit_named(reading: Reading, unit: str) -> str:
    """What a unit is called by the terms in force; its code where they do not have it."""
    found = terms.in_force(reading.tables)
    titles = {one.id: one.title for one in (found.unit if found else ())}
    return str(getattr(titles[unit], reading.language)) if unit in titles else unit


def grant_rows(reading: Reading, query: Query) -> Sequence[Row]:
    """Every grant that was confirmed, the newest first."""
    called, language = registry.names(reading.tables, EVALUATOR_NOUN), reading.language
    names = registry.names(reading.tables, GRANT_NOUN)
    return [
        {
            "name": names.get(row["grant"], row["grant"]), "href": f"{PATH}/{PLACE}/{row['grant'].partition(':')[2]}",
            "evaluator": called.get(row["evaluator"], row["evaluator"]), "unit": unit_named(reading, row["unit"]),
            "amount": accounts.written(row["amount"], row["unit"]),
            "left": accounts.written(row["left"], row["unit"]), "until": row["until"],
            "state": (OVER if row["over"] else RUNS).in_(language),
        }
        for row in reading.tables.select(GRANTS, order=("-entry",))
    ]  # fmt: skip


LISTING = Listing(
    "testing_grants", Text(en="Grants of credits", zh="额度拨付"), COLUMNS, grant_rows,
    summary=Text(en="What was granted out of the pool to which evaluator, and until when.",
                 zh="由额度池拨付予各评测方的额度及其期限。"),
)  # fmt: skip


def pool_view(reading: Reading, query: Query) -> Mapping[str, Any]:
    """What is left in the pool, what was granted out of it, and what waits for a second officer."""
    rows = [
        {
            "unit": unit_named(reading, row["unit"]),
            **{name: accounts.written(row[name], row["unit"]) for name in ("left", "given", "used")},
        }
        for row in reading.tables.select(POOL)
    ]
    office = bool(set(STEWARDS) & set(reading.roles))
    return {
        "pool_columns": POOL_COLUMNS, "pools": rows, "columns": COLUMNS, "grants": grant_rows(reading, {}),
        "waiting": CONTROL.lines(reading) if office else (),
        "does": [(one.title.in_(reading.language), f"{PATH}/{one.place}") for one in FORMS[:2] if office],
    }  # fmt: skip


def grant_view(reading: Reading, query: Query) -> Mapping[str, Any]:
    """The statement of one grant, as the ledger has it; what it is for, to who may read that. Raises `NotFound`."""
    subject = f"{GRANT_NOUN}:{query['grant']}"
    row, filed = reading.tables.get(GRANTS, subject), registry.subject(reading.tables, subject)
    if row is None or filed is None or filed["erased"]:
        raise NotFound("grant of credits", query["grant"], f"{PATH}/{PLACE} lists those that there are")
    sees = reading.opens(int(filed["entry"]), "purpose")
    mine = EVALUATORS[0] in reading.roles and registry.filer(reading.tables, row["evaluator"]) == reading.party
    told = next(one for one in grant_rows(reading, {}) if one["href"].endswith(f"/{query['grant']}"))
    form = FORMS[2]
    return {
        "title": filed["name"], "entry": filed["entry"], "evaluator": row["evaluator"],
        **facts_of(COLUMNS[2:], told, reading.language),
        "told": reading.part(int(filed["entry"]), "purpose", "job") if sees else {},
        "lines": _statement(reading, row),
        "does": [(form.title.in_(reading.language), f"{PATH}/{form.place.format(grant=query['grant'])}")]
        if mine and not row["over"] else [],
    }  # fmt: skip


def _statement(reading: Reading, row: Row) -> list[Sequence[Any]]:
    """Each transfer of a grant: the day, what it was, how much, and what was left after it."""
    name, left = grant_account(row["entry"], row["unit"]).account, 0
    found = list[Sequence[Any]]()
    if accounts.account(reading.tables, name) is None:
        return []
    for one in accounts.statement(reading.tables, name, 1, date.max.toordinal() - 1):
        amount = one.transfer.amount if one.transfer.credit == name else -one.transfer.amount
        left += amount
        what = CODES[one.transfer.code].in_(reading.language)
        day = date.fromordinal(one.transfer.day).isoformat()
        found.append((day, what, accounts.written(amount, row["unit"]), accounts.written(left, row["unit"])))
    return found


def _to_grant(reading: Reading, subject: str) -> Sequence[Question]:
    return (
        ask("name", label=COLUMNS[0].title), ask("evaluator", "one", known(reading, EVALUATOR_NOUN)),
        ask("unit", "one", units(reading)), ask("amount"), ask("until", "day"),
        ask("job", "one", known(reading, JOB_NOUN), needed=False), ask("purpose", "long_text"),
    )  # fmt: skip


FORMS = (
    FormOf(
        "give", f"{PLACE}/give", GIVEN, Text(en="Record credits that came into the pool", zh="登记注入额度池的额度"),
        Text(en="A second officer confirms it before it counts.", zh="须经第二名官员确认后方生效。"), STEWARDS,
        lambda reading, subject: (ask("unit", "one", units(reading)), ask("amount"), ask("given_by"), ask("citation")),
    ),
    FormOf(
        "grant", f"{PLACE}/grant", GRANTED, Text(en="Grant credits", zh="拨付额度"),
        Text(en="A second officer confirms it. What is left on its last day goes back into the pool.",
             zh="须经第二名官员确认。到期余额退回额度池。"),
        STEWARDS, _to_grant,
    ),
    FormOf(
        "use", PLACE + "/{grant}/use", USED, Text(en="Report what was used", zh="报告使用情况"),
        Text(en="No more than is left of the grant can be used.", zh="使用不得超过拨付余额。"), EVALUATORS,
        lambda reading, subject: (ask("amount"), ask("words", "long_text")), ("grant", GRANT_NOUN),
    ),
)  # fmt: skip
PAGES = (
    Page(f"{ID}_pool", f"{PATH}/{PLACE}", Text(en="Pooled credits", zh="额度池"), "pool.html", pool_view),
    *(one.page for one in FORMS[:2]),
    Page(f"{ID}_grant", f"{PATH}/{PLACE}" + "/{grant}", GRANTED.title, "grant.html", grant_view),
    FORMS[2].page,
)
