"""A run of payments: the ledger is asked, and only what it took was paid.

A run asks for one transfer for each claim and month. What is asked for is laid out at once, so that a run that was
recorded before the ledger answered sees it. When the ledger has answered, each payment that it took is recorded; one
that it refused (the period or the account is closed, a bound would break) was not made: it stands at the desk, stays
due, and the next run asks again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from commonweal.kernel import accounts
from commonweal.kernel.accounts import Account, Transfer
from commonweal.kernel.instrument import Act, Entry, Reader, Tables, Text

from . import aiding, owed, programmes, telling
from .amounts import Step, cut_alike
from .kinds import AIDED, PAID, RUN_DONE
from .programmes import ASKED, PAYMENT, RUN_ROW, UNPAID, Programme, Standing
from .setting_off import Payment, cut

OF, CODE = "safety_net", "support"
UNREADABLE = "unreadable"
WHY: Mapping[str, Text] = {
    "period": Text(en="the period of the books is closed", zh="账期已结"),
    "closed": Text(en="an account is closed", zh="账户已关闭"),
    "floor": Text(en="the fund does not reach", zh="资金余额不足"),
}
HELD = Text(
    en="{month}: {amount} {unit} could not be paid yet, for {why}. It stays due: the next run of payments brings it.",
    zh="{month}：{amount} {unit} 尚未能发放：{why}。该款仍为应付，将随下一批发放。",
)
OTHERWISE = Text(en="the ledger did not take it ({outcome})", zh="账本未受理（{outcome}）")


def caused(entry: Entry, acts: Iterable[Act]) -> Iterator[Act]:
    """Acts with the entry that they follow from."""
    for act in acts:
        yield replace(act, causes=(entry.index,))


def transfer_id(stands: Standing, month: str) -> str:
    """How a payment is called on the ledger and at the bank: `net/c12/2026-06`."""
    return f"net/c{stands.first}/{month}"


# ── the ledger is asked ─────────────────────────────────────────────────────────────────────────────────────────────


def asked(entry: Entry, one: Programme, tables: Tables) -> Iterator[Act]:
    """What a run asks of the ledger. Beyond the budget all are cut alike if the run says so, else nobody is paid."""
    month = str(entry.body["month"])
    wanted, rows = (_of_people if one.text.aid is None else _of_an_area)(entry, one, tables, month)
    left = programmes.left(tables, one, entry.day, twice=not entry.body.get("twice_uncounted"))
    state = "paid" if sum(wanted.values()) <= max(left, 0) else "cut" if entry.body.get("cut_alike") else "refused"
    given = {} if state == "refused" else cut_alike(wanted, left)
    given = {whose: cents for whose, cents in given.items() if cents > 0}
    done = {
        "programme": one.id, "run": entry.index, "month": month, "state": state, "refused": 0,
        "wanted": sum(wanted.values()), **_sums(given.values()),
    }  # fmt: skip
    done["told"] = telling.may(tables, one, entry.index, given, {whose for whose, cents in wanted.items() if cents > 0})
    programmes.put_run(tables, done, entry.day)
    if not given:
        yield Act(RUN_DONE.id, done, f"net:run:{entry.index}", one.id)
        if one.text.aid is None:
            yield from telling.places(entry, entry.index, 0, tables)
        return
    moves, opened = list[Transfer](), list[Account]()
    for whose, cents in given.items():
        move, body = rows[whose](cents)
        moves.append(move)
        opened.append(Account(move.credit, one.unit))
        told = {"run": entry.index, "whose": whose, "month": month, "cents": cents, "body": body}
        tables.put(ASKED, {"transfer": move.id, **told})
        if one.text.aid is None:
            programmes.put_payment(tables, whose, body, entry.day, asked=True)
    for at, act in enumerate(accounts.opening(OF, opened)):  # also where all are open: whether one is new is not told
        yield replace(act, key=f"net:opened:{entry.index}:{at}")
    yield replace(accounts.transfers_act(OF, moves, f"{one.name} {month}"), key=f"net:moved:{entry.index}")


def _sums(cents: Iterable[int]) -> dict[str, int]:
    sizes = sorted(cents, reverse=True)
    largest, second = [*sizes, 0, 0][:2]
    return {"paid": len(sizes), "cents": sum(sizes), "largest": largest, "second": second}


def _of_people(entry: Entry, one: Programme, tables: Tables, month: str) -> tuple[dict[str, int], Mapping[str, Any]]:
    """What is due on each claim, and by claim what makes the transfer and the body of its payment of so many cents."""
    due = owed.payments(
        tables, one, date.fromisoformat(f"{month}-01"), rule=int(entry.body.get("counts_by", owed.AS_ONE))
    )

    def row(stands: Standing, made: Payment) -> Any:
        return lambda cents: (
            Transfer(
                transfer_id(stands, month), one.fund, one.account(stands.first), cents, entry.day.toordinal(), code=CODE
            ),
            {"claim": stands.claim, "run": entry.index, "month": month, **_told(one, made, cents)},
        )

    return {claim: made.cents for claim, (_, made) in due.items()}, {
        claim: row(stands, made) for claim, (stands, made) in due.items()
    }


def _of_an_area(entry: Entry, one: Programme, tables: Tables, month: str) -> tuple[dict[str, int], Mapping[str, Any]]:
    """The same of what an area's government is owed."""
    found = aiding.owed(tables, one, date.fromisoformat(f"{month}-01"))
    make = {one.id: lambda cents: (aiding.transfer(entry, one, month, cents), aiding.body_of(entry, one, found, cents))}
    return {one.id: found.cents}, make


def _told(one: Programme, made: Payment, cents: int) -> dict[str, Any]:
    """What a payment is, and how it came about, where so many cents of it are there."""
    assert one.text.claims is not None
    words = Text(
        en="The budget did not reach: everybody was cut by the same part. The rest stays due.",
        zh="预算不足：人人按同一比例减少，余额仍为应付。",
    )
    found = cut(made, cents, Step("budget", one.text.claims.clause_scale, words, cents))
    return {
        "amount": accounts.written(cents, one.unit), "unit": one.unit,
        "overpaid": accounts.written(made.overpaid, one.unit), "steps": [step.as_json() for step in found.steps],
        "earlier": [part.as_json() for part in found.earlier],
    }  # fmt: skip


# ── the ledger has answered ─────────────────────────────────────────────────────────────────────────────────────────


def answered(entry: Entry, tables: Tables) -> Iterator[Act]:
    """What follows from what the ledger made of a run's transfers: a payment for each, and what the run came to."""
    run = next((row for cause in entry.causes for row in tables.select(RUN_ROW, {"entry": cause})), None)
    wanted = tables.select(ASKED, {"run": run["entry"]}, order=("whose",)) if run else []
    one = programmes.programme(tables, run["programme"]) if run else None
    if run is None or one is None or not wanted:
        return
    found, day = outcomes(entry, tables), date.fromisoformat(run["day"])
    made = [row for row in wanted if found.get(row["transfer"], UNREADABLE) in accounts.STANDS]
    for row in wanted:
        tables.delete(ASKED, row["transfer"])
        if row not in made:
            tables.delete(PAYMENT, row["whose"], row["month"])
            told = {"programme": one.id, "run": run["entry"], "cents": row["cents"]}
            outcome = found.get(row["transfer"], UNREADABLE)
            tables.put(UNPAID, {"whose": row["whose"], "month": row["month"], **told, "outcome": outcome})
    done = {name: run[name] for name in ("programme", "month", "wanted")} | {
        "run": run["entry"], "state": run["state"] if made else "held", "refused": len(wanted) - len(made),
        **_sums(row["cents"] for row in made),
    }  # fmt: skip
    due = {row["whose"] for row in wanted}
    done["told"] = telling.may(tables, one, run["entry"], {row["whose"]: row["cents"] for row in made}, due)
    programmes.put_run(tables, done, day)
    causes = (run["entry"], entry.index)
    yield Act(RUN_DONE.id, done, f"net:run:{run['entry']}", one.id, causes=causes)
    for row in made:
        if one.text.aid is not None:
            programmes.made_good(tables, one.id)
            yield Act(AIDED.id, row["body"], f"net:aided:{run['entry']}", one.id, causes=causes)
            continue
        programmes.put_payment(tables, row["whose"], row["body"], day)
        yield Act(PAID.id, row["body"], f"net:paid:{run['entry']}:{row['whose']}", row["whose"], causes=causes)
    if one.text.aid is None:
        yield from telling.places(entry, run["entry"], len(made), tables)


def why(outcome: str) -> Text:
    """Why the ledger did not take a payment, in words."""
    return WHY.get(outcome) or Text({language: words.format(outcome=outcome) for language, words in OTHERWISE.items()})


def outcomes(entry: Entry, reader: Reader) -> dict[str, str]:
    """What became of each transfer of a batch, by its id; none where the ledger could not read it."""
    step = accounts.caused(reader, entry.index)
    if step is None or UNREADABLE in step["otherwise"]:
        return {}
    ids = list(accounts.read_columns(entry.blob(accounts.BLOB)).ids)
    found = dict.fromkeys(ids, "done")
    for outcome, rows in step["otherwise"].items():
        found.update((ids[row], outcome) for row in rows)
    return found
