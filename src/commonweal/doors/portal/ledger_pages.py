"""The ledger, for the authority and its officers: accounts and what they hold, statements, and whether it adds up.

Who sees an account is who may read the entry that opened it; that they did is noted in the log of reads, of each
account and of each batch that a statement shows something of. Accounts that an instrument keeps of single people
(`Instrument.accounts`) are summed up into totals, and what moved beside them is told by the month.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import islice
from typing import Any
from urllib.parse import quote, urlencode

from starlette.responses import Response

from commonweal.kernel import accounts
from commonweal.kernel.accounts import Account, Booked, Sum
from commonweal.kernel.disclosure import Audience
from commonweal.kernel.values import BadInput, Fault, NotFound

from . import listings
from .site import NotForYou, View

PATH, CHECK = "/ledger", "/ledger/check"
ADMITTED = ("officer", "authority")
LINES_A_PAGE = 100
DIFFERENCES_SHOWN_MAX = 200
FIRST, LAST = 1, date.max.toordinal() - 1


def may_read(view: View) -> bool:
    """Whether whoever looks is signed in with a key that reads, and the policies open the ledger to them."""
    person = view.person
    if person is None or not person.reads:
        return False
    who = Audience.of(*person.caller.roles)
    return view.authority.policies.may_see(who, view.authority.kinds[accounts.OPENED.id], "accounts")


def _admitted(view: View) -> None:
    """Raises `SignInFirst`, and `NotForYou` for whom the ledger is not open."""
    view.required()
    if not may_read(view):
        raise NotForYou(ADMITTED)


def overview(view: View) -> Response:
    """Accounts by name and what they hold now, or held at the end of a day. Raises as `_admitted`, and `BadInput`."""
    _admitted(view)
    faults: list[Fault] = []
    prefix, day = view.asked("account").strip(), _day(view, "on", faults)
    _done(faults)
    found, pager = _found(view, prefix, day)
    for one in found:
        if one.opened is not None and view.sight.opens(one.opened, "accounts"):
            view.sight.told(one.opened, ("accounts",))
    say = view.say
    columns = [say("Account"), say("Unit"), say("Balance"), say("Debits"), say("Credits")]
    if day is None:
        columns += [say("Reserved to leave"), say("Reserved to come")]
    through = accounts.closed_through(view.reader)
    return view.page(
        "portal/ledger.html",
        {
            "title": say("Ledger"),
            "items": [
                {"id": "account", "title": say("Name begins with"), "value": prefix, "type": "search", "choices": ()},
                {"id": "on", "title": say("At the end of the day"), "value": view.asked("on"), "type": "date",
                 "choices": ()},
            ],
            "action": view.href(PATH),
            "columns": columns,
            "forms": ["link", "text", *["number"] * (len(columns) - 2)],
            "rows": [_line(view, one, now=day is None) for one in found],
            "summed": any(one.opened is None for one in found),
            "whole": _month_over(view) if any(one.balance is None for one in found) else "",
            "pager": pager,
            "check": view.href(CHECK),
            "closed": date.fromordinal(through).isoformat() if through else "",
        },
    )  # fmt: skip


def _found(view: View, prefix: str, day: int | None) -> tuple[list[Sum], Any]:
    """The lines of this page, and where it stands among the others."""
    today, confided = view.reading.now.date().toordinal(), view.authority.confidences.ledgers
    asked, here = dict(view.request.query_params), view.href(PATH)
    if confided:
        told = accounts.summed(view.reader, confided, prefix, day=day, today=today)
        pager = listings.numbered(len(told), asked, here)
        return told[max(0, pager.first - 1) :][: listings.ROWS_A_PAGE], pager
    pager = listings.numbered(accounts.how_many(view.reader, prefix), asked, here)
    found = accounts.kept(
        view.reader, prefix, day=day, today=today, limit=listings.ROWS_A_PAGE, offset=max(0, pager.first - 1)
    )
    return [
        Sum(one.account.account, one.account.unit, one.account.side, one.balance, 0, one.opened) for one in found
    ], pager


def _month_over(view: View) -> str:
    """The last day of the month that was over last: what moved until then may be told by now, all of it."""
    return (view.reading.now.date().replace(day=1) - timedelta(days=1)).isoformat()


def _line(view: View, one: Sum, now: bool) -> list[Any]:
    held = one.balance
    if held is None:
        written: list[Any] = [view.say("withheld")] * (5 if now else 3)
    else:
        amounts = [held.on(one.side), held.debits, held.credits]
        confided = accounts.of_account(view.authority.confidences.ledgers, one.account) is not None
        if now and not confided:
            pending = (held.debits_pending, held.credits_pending)
            amounts += pending if one.side == "credit" else reversed(pending)
        written = [_written(amount, one.unit) for amount in amounts]
        written += [view.say("withheld")] * (2 if now and confided else 0)
    name: Any = {"href": address(one.account), "text": one.account} if one.opened is not None else one.account
    return [name, one.unit, *written]


def address(account: str) -> str:
    """The language-free address of an account's statement."""
    return f"{PATH}/{quote(account, safe='')}"


def statement_page(view: View) -> Response:
    """What was posted on one account, and the balance after each line. Raises as `overview`, and `NotFound`."""
    _admitted(view)
    name = view.request.path_params["account"]
    one = next((each for each in accounts.kept(view.reader, name, limit=1) if each.account.account == name), None)
    confided = view.authority.confidences.ledgers
    by = accounts.of_account(confided, name)
    if one is None or (by and by.total(name)):
        raise NotFound("account", name, "the ledger says which there are")
    faults: list[Fault] = []
    first, last = _day(view, "since", faults), _day(view, "until", faults)
    if first and last and last < first:
        faults.append(Fault("until", view.asked("until"), f"a day not before {view.asked('since')}"))
    after = _after(view, faults)
    _done(faults)
    start = first or FIRST
    if by:
        return _by_the_month(view, one, (start, last), by)
    begun = accounts.balance_after(view.reader, name, after) if after else None
    before = (begun or accounts.balance_on(view.reader, name, start - 1)).on(one.account.side)
    found = accounts.statement(view.reader, name, start, last or LAST, after=after, limit=LINES_A_PAGE + 1)
    shown = found[:LINES_A_PAGE]
    view.sight.told(one.opened, ("accounts",))
    for entry in dict.fromkeys(line.entry for line in shown):
        view.sight.told(entry, (accounts.BLOB,))
    say, unit = view.say, one.account.unit
    return _shown(
        view,
        one,
        {
            "columns": [say("Day"), say("Transfer"), say("With"), say("What for"), say("Amount"), say("Balance"),
                        say("Entry")],
            "forms": ["date", "text", "link", "text", "number", "number", "link"],
            "rows": _lines(one.account, before, shown),
            "before": f"{_written(before, unit)} {unit}",
            "begin": _page(view, name) if after else "",
            "onward": _page(view, name, after=shown[-1].number) if len(found) > LINES_A_PAGE else "",
        },
    )  # fmt: skip


def _shown(view: View, one: accounts.Kept, lines: dict[str, Any]) -> Response:
    """The page of an account around its lines, whichever may be shown."""
    name, say = one.account.account, view.say
    return view.page(
        "portal/ledger_account.html",
        {
            "title": name,
            "account": one,
            "facts": _facts(view, one, view.reading.now.date().toordinal()),
            "items": [
                {"id": id, "title": title, "value": view.asked(id), "type": "date", "choices": ()}
                for id, title in (("since", say("From day")), ("until", say("To day")))
            ],
            "action": view.href(address(name)),
            **lines,
        },
    )


def _by_the_month(view: View, one: accounts.Kept, span: tuple[int, int | None], by: accounts.Confided) -> Response:
    """The same where single lines would tell of single people: what may be told, by month."""
    unit, say, (first, last) = one.account.unit, view.say, span
    today = view.reading.now.date().toordinal()
    moved = accounts.months(view.reader, one.account, (first, last or today), by)
    if view.sight.opens(one.opened, "accounts"):
        view.sight.told(one.opened, ("accounts",))
    return _shown(
        view,
        one,
        {
            "columns": [say("Month"), say("With"), say("What for"), say("How many"), say("Amount")],
            "forms": ["text", "text", "text", "number", "number"],
            "rows": [
                [line.month, line.other, line.code, line.many, _written(line.amount, unit)] for line in moved
            ],
            "before": "", "begin": "", "onward": "",
        },
    )  # fmt: skip


def _facts(view: View, one: accounts.Kept, today: int) -> list[tuple[Any, Any]]:
    account, say = one.account, view.say
    held, leaves, comes = _held(view, account, today)
    by = accounts.of_account(view.authority.confidences.ledgers, account.account)
    sides = {"credit": say("credits: what is owed"), "debit": say("debits: what is owned")}

    def told(amount: int | None) -> str:
        return "" if amount is None else f"{_written(amount, account.unit)} {account.unit}"

    return [
        (say("Balance now"), say("withheld") if held is None else told(held)),
        *([_held_before(view, account, by)] if by and held is None else ()),
        (say("Reserved to leave"), told(leaves)),
        (say("Reserved to come"), told(comes)),
        (say("Grows by"), sides[account.side]),
        (say("Never below"), told(account.floor)),
        (say("Never above"), told(account.ceiling)),
        (say("Opened by entry"), view.cells.show({"href": f"/record/{one.opened}", "text": str(one.opened)})),
        (
            say("Closed by entry"),
            view.cells.show({"href": f"/record/{one.closed}", "text": str(one.closed)}) if one.closed else "",
        ),
    ]


def _held_before(view: View, account: Account, by: accounts.Confided) -> tuple[Any, Any]:
    """What an account held when the last month was over, of which a part of what it holds now is withheld."""
    day = _month_over(view)
    held = accounts.told_balance(view.reader, by, account.account, date.fromisoformat(day).toordinal())
    amount = f"{_written(held.on(account.side), account.unit)} {account.unit}" if held else view.say("withheld")
    return view.say("Balance at the end of %(day)s", day=view.voice.formats.date(day)), amount


def _held(view: View, account: Account, today: int) -> tuple[int | None, int | None, int | None]:
    """What an account holds now, and what of it is reserved to leave and to come; None for what is not told."""
    if by := accounts.of_account(view.authority.confidences.ledgers, account.account):
        told = accounts.told_balance(view.reader, by, account.account)
        return (None if told is None else told.on(account.side)), None, None
    held = accounts.balance(view.reader, account.account, today)
    reserved = (held.debits_pending, held.credits_pending)
    return held.on(account.side), *(reserved if account.side == "credit" else reserved[::-1])


def _lines(account: Account, balance: int, shown: Sequence[Booked]) -> list[list[Any]]:
    """Day, transfer, the other account, what for, amount, balance after it, entry."""
    rows = []
    for line in shown:
        one = line.transfer
        moved = (
            one.amount if (one.credit if account.side == "credit" else one.debit) == account.account else -one.amount
        )
        balance += moved
        other = one.credit if one.debit == account.account else one.debit
        rows.append([
            date.fromordinal(one.day).isoformat(), one.id, {"href": address(other), "text": other}, one.code,
            _written(moved, account.unit), _written(balance, account.unit),
            {"href": f"/record/{line.entry}", "text": str(line.entry)},
        ])  # fmt: skip
    return rows


def check_page(view: View) -> Response:
    """Every transfer added up: what differs, what statements say otherwise, and what all accounts of each unit hold.

    What this process added up before is not read again: what was posted never changes. Raises as `_admitted`.
    """
    _admitted(view)
    found = list(accounts.reconciled(view.reader, view.reading_here().kept("ledger.counted", accounts.Counted)))
    confided = view.authority.confidences.ledgers
    books = [one.books for one in view.authority.instruments.values() if one.books is not None]
    said = [one for each in books for one in islice(accounts.apart(view.reader, each), DIFFERENCES_SHOWN_MAX + 1)]
    opened = {one.account.account: one.opened for one in accounts.kept(view.reader)} if found or said else {}
    for one in (*found, *said):
        name = one.what.partition(" ")[0]
        if name in opened and view.sight.opens(opened[name], "accounts"):
            view.sight.told(opened[name], ("accounts",))
    say = view.say
    rows = [
        (one.unit, one.accounts, _written(one.debits, one.unit), _written(one.credits, one.unit))
        for one in accounts.told_totals(view.reader, confided)
    ]
    return view.page(
        "portal/ledger_check.html",
        {
            "title": say("Does the ledger add up?"),
            "ledger": view.href(PATH),
            "differences": [_differs(view, one, confided) for one in found[:DIFFERENCES_SHOWN_MAX]],
            "many": len(found),
            "said": [_differs(view, one, confided) for one in said[:DIFFERENCES_SHOWN_MAX]],
            "columns": [say("Unit"), say("Accounts"), say("Debits"), say("Credits")],
            "rows": rows,
            "summed": bool(confided),
        },
    )


def _differs(view: View, one: accounts.Difference, confided: Sequence[accounts.Confided]) -> tuple[Any, Any, Any]:
    """A difference; where money of single people is in it, no more than in what, and of which total it is part."""
    name, apart, figure = one.what.partition(" ")
    told = accounts.told_as(confided, name)
    of_a_unit = name == "debits" and confided  # both sides of all accounts, theirs among them
    if not of_a_unit and accounts.of_account(confided, name) is None:
        return one.what, one.stored, one.counted
    return f"{told}{apart}{figure}", view.say("withheld"), view.say("withheld")


def _written(amount: int, unit: str) -> str:
    """An amount for people: with its thousands apart."""
    whole, point, rest = accounts.written(amount, unit).partition(".")
    return f"{whole[: whole.startswith('-')]}{int(whole.lstrip('-')):,}{point}{rest}"


def _page(view: View, name: str, **more: Any) -> str:
    kept = {id: view.asked(id) for id in ("since", "until") if view.asked(id)}
    query = urlencode({**kept, **more})
    return view.href(address(name)) + (f"?{query}" if query else "")


def _day(view: View, name: str, faults: list[Fault]) -> int | None:
    text = view.asked(name).strip()
    try:
        found = date.fromisoformat(text).toordinal() if text else None
        if found is not None and found > LAST:
            raise ValueError
    except ValueError:
        faults.append(Fault(name, text, "a day such as 2026-03-31"))
        return None
    return found


def _after(view: View, faults: list[Fault]) -> int:
    raw = view.asked("after")
    if raw and not (raw.isascii() and raw.isdigit() and len(raw) < 16):
        faults.append(Fault("after", raw, "the number of a transfer, such as 17"))
        return 0
    return int(raw or 0)


def _done(faults: Sequence[Fault]) -> None:
    if faults:
        raise BadInput(faults, "address")
