"""What a person is told of their account, and a payer of what they paid in: from the tables, and of nobody else's."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

from commonweal.kernel import accounts, registry
from commonweal.kernel.instrument import Column, Reader, Reading, Row, Text, Waiting
from commonweal.kernel.record import day_of
from commonweal.kernel.values import partial_in

from . import banking
from .claims import over, stands_by
from .control import handed_on_by
from .explaining import by_year, vesting, why_contributed
from .hours import lines, standing
from .kinds import MEMBER_NOUN, PAYER_NOUN, REASONS
from .of_deaths import of_a_death, of_a_mistake
from .programmes import PUBLIC_PURSE, Contribution, Programme, in_force, percent
from .spanning import asked
from .tables import (
    FILE,
    MOVE,
    OWED,
    OWING,
    POSTED,
    TWICE,
    UNBOOKED,
    WORK,
    beyond_deaths,
    beyond_ending,
    ended,
    goes,
    held_for_another,
    is_confirmed,
    kept_of,
    not_due,
    opened_for,
    owned,
    pots_of,
    served,
    why_ended,
)

PURSE = Text(en="Public purse", zh="财政")
WHAT: Mapping[str, Text] = {
    "taken_out": Text(en="Taken out", zh="提取"),
    "brought_in": Text(en="Brought in", zh="转入"),
    "claim": Text(en="Claim", zh="申领"),
    "paid": Text(en="Payment received", zh="收到付款"),
    "recovered": Text(en="Overpayment that came back", zh="多付款项收回"),
}
OUTCOMES: Mapping[str, Text] = {
    "paid": Text(
        en="Paid: {weekly} a week; weeks paid: {weeks}. You worked {hours} hours in the quarters that count; a typical "
        "week brought {typical}.",
        zh="已支付：每周 {weekly}，共 {weeks} 周。计入季度内工时 {hours} 小时；典型周收入 {typical}。",
    ),
    "not_qualified": Text(
        en="Not paid: {hours} hours in the quarters that count, and {needed} are needed, with all payers together.",
        zh="未支付：计入季度内各方合计工时 {hours} 小时，要求 {needed} 小时。",
    ),
    "used_up": Text(
        en="Not paid: the weeks of this year are used up ({most} in 52 weeks).",
        zh="未支付：本年度周数已用完（52周内最多 {most} 周）。",
    ),
    "paid_before": Text(
        en="Not paid: one of these weeks was paid before, by entry {before}.",
        zh="未支付：其中一周已由第 {before} 条支付。",
    ),
    "worked": Text(
        en="Not paid: a payer says that there was work in one of these weeks.",
        zh="未支付：缴费方称其中一周有工作。",
    ),
    "died": Text(
        en="Not paid: the death of the person whose account this is stands on record.",
        zh="未支付：账户归属人身故已登记。",
    ),
    "pool_empty": Text(
        en="Not paid: the pool does not hold the sum. The fund was told; nothing is owed by you.",
        zh="未支付：共济池余额不足。已通知基金；您无需承担任何费用。",
    ),
    "not_booked": Text(
        en="Not paid: {ledger}. The weeks are still yours to claim.",
        zh="未支付：{ledger}。这些周仍可申领。",
    ),
}
LESS: Mapping[str, Text] = {
    "hours_unpaid": Text(
        en="{hours} hours do not count: the fund had not received what payers owe for them.",
        zh="另有 {hours} 小时不计入：基金当时未收到缴费方就此应付的款项。",
    ),
    "hours_own": Text(
        en="{hours} hours do not count: your own firm says them, and officers had not confirmed them.",
        zh="另有 {hours} 小时不计入：系您本人的企业所报，当时未经官员核实。",
    ),
}
"""Which hours did not count for a claim, and why."""
LEDGER: Mapping[str, Text] = {
    "period": Text(en="the period of the books is closed", zh="账期已结"),
    "closed": Text(en="an account of the ledger is closed", zh="账本中的账户已关闭"),
    "floor": Text(en="the fund does not hold the sum", zh="基金余额不足"),
}
"""Why the ledger did not book something, by its outcome."""
OTHERWISE = Text(en="the ledger did not take it ({outcome})", zh="账本未受理（{outcome}）")
NOT_BOOKED = Text(en="Not booked: {why}.", zh="未入账：{why}。")


def not_booked(outcome: str) -> Text:
    """Why something stands in no account, in words."""
    found = LEDGER.get(outcome) or OTHERWISE
    return Text({name: words.format(outcome=outcome) for name, words in found.items()})


def money(cents: int, programme: Programme) -> str:
    """An amount with its currency."""
    return f"{accounts.written(cents, programme.currency)} {programme.currency}"


def hours(hundredths: int) -> str:
    """Hundredths of hours as hours."""
    return accounts.written(hundredths, "hour")


def payer_called(reader: Reader, payer: str, language: str) -> str:
    """The name of a payer, as it registered itself."""
    if payer == PUBLIC_PURSE:
        return PURSE.in_(language)
    row = registry.subject(reader, payer)
    return str(row["body"].get("called") or row["name"]) if row and not row["erased"] else payer.partition(":")[2]


def number_of(reader: Reader, subject: str) -> str:
    """The number of an account or payer, as it was written."""
    row = registry.subject(reader, subject)
    return str(row["name"]) if row else subject.partition(":")[2]


def statement(reader: Reader, member: str, on: date, language: str) -> dict[str, Any]:
    """Everything about one account, programme by programme, ready to be shown or written to a file."""
    parts = [_part(reader, programme, member, on, language) for programme, _ in in_force(reader, on)]
    return {
        "account": number_of(reader, member),
        "language": language,
        "on": on.isoformat(),
        "months_of_service": served(reader, member, on),
        "warnings": [
            *of_a_death(reader, member, language),
            *([FOR_ANOTHER.in_(language)] if held_for_another(reader, member) else []),
            *of_a_mistake(reader, member, language, payer_called),
        ],
        "programmes": [one for one in parts if one],
    }


def waits(reading: Reading) -> list[Waiting]:
    """For the inbox of whose account it is, also where another holds it: that something is said of it which they should
    see."""
    theirs = [*accounts_of(reading), *held_by_others(reading)]
    found = [one for one in theirs if of_a_death(reading.tables, one, reading.language)]
    return [Waiting(LOOK, number_of(reading.tables, one), "/benefits") for one in found]


FOR_ANOTHER = Text(
    en="This account is held for somebody else than its holder: the work, the months of service and the debts in it "
    "are of the person for whom it was opened, and count with none of the holder's own.",
    zh="本账户由持有人代他人持有：其中的工作、服务月份与欠款均属开户所为之人，与持有人本人的不合并计算。",
)
LOOK = Text(en="Something was said of your account", zh="您的账户有需知悉的登记")


def together(reader: Reader, members: list[str], on: date, language: str) -> list[list[str]]:
    """What somebody has in all their accounts, a row for each pot: programme, pot, balance, vested, what can be taken
    out."""
    found = []
    for programme, _ in in_force(reader, on):
        pots = [pots_of(reader, programme, member, on) for member in members]
        for pot in pots[0] if pots else ():
            sums = [sum(getattr(one[pot], name) for one in pots) for name in ("balance", "vested", "free")]
            if any(sums):
                titles = [text.text().in_(language) for text in (programme.title, programme.pots[pot].title)]
                found.append([*titles, *(money(cents, programme) for cents in sums)])
    return found


def _part(reader: Reader, programme: Programme, member: str, on: date, language: str) -> dict[str, Any] | None:
    posted = reader.select(POSTED, {"programme": programme.id, "member": member})
    moves = reader.select(MOVE, {"programme": programme.id, "member": member}, order=("entry",))
    unbooked = _unbooked(reader, programme, member, language)
    if not any(row["cents"] for row in posted) and not moves and not unbooked:
        return None
    held = pots_of(reader, programme, member, on)
    return {
        "programme": programme.id,
        "title": programme.title.text().in_(language),
        "currency": programme.currency,
        "pots": [
            {
                "pot": pot,
                "title": programme.pots[pot].title.text().in_(language),
                "due": accounts.written(one.paid_in, programme.currency),
                **{name: accounts.written(getattr(one, name), programme.currency)
                   for name in ("received", "brought_in", "taken_out", "balance", "vested", "free")},
            }
            for pot, one in held.items()
            if pot not in programme.closed or any(one)
        ],
        "contributions": _contributions(reader, programme, member, posted, language),
        "vesting": [*vesting(reader, programme, member, served(reader, member, on), language)],
        "shared": SHARED.in_(language) if any(one.shared_by for one in programme.contribution) else "",
        "years": by_year(reader, programme, member),
        "work": _work(reader, programme, member, language),
        "not_counted": _not_counted(reader, programme, member, language),
        "moves": [_move(reader, programme, row, language) for row in moves],
        "unbooked": unbooked,
        "owing": owed_lines(reader, programme, member, "", language),
    }  # fmt: skip


def _contributions(
    reader: Reader, programme: Programme, member: str, posted: list[Row], language: str
) -> list[dict[str, str]]:
    """A line for each payer and period: the sum, how it was divided over the pots, and by which rules it came to it."""
    said = {
        period: why_contributed(reader, programme, member, period, language)
        for period in {row["period"] for row in posted if row["cents"]}
    }
    lines: defaultdict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in posted:
        if row["cents"]:
            lines[row["period"], row["payer"]].append(row)
    return [
        {
            "period": period,
            "payer": payer_called(reader, payer, language),
            "amount": accounts.written(sum(row["cents"] for row in rows), programme.currency),
            "pots": "; ".join(
                f"{programme.pots[row['pot']].title.text().in_(language)} "
                f"{accounts.written(row['cents'], programme.currency)}"
                for row in rows
            ),
            "why": ("；" if language == "zh" else "; ").join(said[period].get(payer, ())),
        }
        for (period, payer), rows in sorted(lines.items(), reverse=True)
    ]


def _work(reader: Reader, programme: Programme, member: str, language: str) -> list[dict[str, str]]:
    """What each payer said of the person's work, by which the contributions are reckoned: a line for each span, the
    newest first; `said_on` is the day of the file that stands."""
    rows = reader.select(WORK, {"programme": programme.id, "member": member}, order=("-first", "payer"))
    filed = {entry: reader.get(FILE, entry) for entry in {row["entry"] for row in rows}}
    return [
        {
            "period": row["period"], "payer": payer_called(reader, row["payer"], language),
            "from": row["first"], "to": row["last"],
            "earnings": accounts.written(row["earnings"], programme.currency), "hours": hours(row["hours"]),
            "jobs": str(row["jobs"]),
            "said_on": day_of(reader, file["filed_on"]).isoformat() if (file := filed[row["entry"]]) else "",
        }
        for row in rows
    ]  # fmt: skip


def _not_counted(reader: Reader, programme: Programme, member: str, language: str) -> list[str]:
    """What of a person's work does not count as it stands, and why, a line each: what a payer says that is confirmed
    no more, and which hours a pool does not count."""
    since = ended(reader)
    rows = reader.select(WORK, {"programme": programme.id, "member": member}, order=("-first", "payer"))
    told = [
        ENDED.in_(language).format(
            period=row["period"], payer=payer_called(reader, row["payer"], language),
            first=partial_in(row["first"], language), last=partial_in(row["last"], language),
            since=partial_in(since[row["payer"]], language),
        )
        for row in rows if row["last"] >= since.get(row["payer"], "9999")
    ]  # fmt: skip
    return [*told, *_pool_not_counted(reader, programme, member, language)]


ENDED = Text(
    en="{period}, {payer}: work from {first} to {last} does not count, since the payer is confirmed no more from "
    "{since} on. If you did work there, tell the fund: officers can enter what was before that day.",
    zh="{period}，{payer}：{first}至{last}的工作不计入，因该缴费方自{since}起不再为经核实的缴费方。"
    "如您确曾在该处工作，请告知基金：官员可登记该日之前的部分。",
)


def _pool_not_counted(reader: Reader, programme: Programme, member: str, language: str) -> list[str]:
    """Which hours a pool does not count as it stands, and why, a line each."""
    if programme.pays is None:
        return []
    found = standing(reader, programme, member, programme.pays.counts)
    called = {one.work.payer: payer_called(reader, one.work.payer, language) for one in found}
    return lines(found, called, language)


def _why_not(outcome: str, language: str) -> str:
    return NOT_BOOKED.in_(language).format(why=not_booked(outcome).in_(language))


def _unbooked(reader: Reader, programme: Programme, member: str, language: str) -> list[str]:
    """What files say is due and the ledger did not take, a line each."""
    rows = reader.select(UNBOOKED, {"programme": programme.id, "member": member})
    return [
        f"{row['period']}, {payer_called(reader, row['payer'], language)}, "
        f"{programme.pots[row['pot']].title.text().in_(language)}: {money(row['cents'], programme)}. "
        f"{_why_not(row['outcome'], language)}"
        for row in rows
    ]


WHY_OWED: Mapping[str, Text] = {
    "paid_twice": Text(en="since the bank paid twice", zh="银行重复付款"),
    "after_death": Text(en="since it was paid after the death", zh="身故后支付"),
    "not_dead": Text(en="since the person whose account this is lives", zh="账户归属人在世"),
    "died": Text(en="since a death was on record before it arrived", zh="款项到账前身故已登记"),
    "divided_anew": Text(en="since the account was divided anew", zh="账户已重新分割"),
    "taken_back": Text(en="since you took the withdrawal back", zh="您已撤回该笔提取"),
    "corrected": Text(
        en="since a payer said otherwise of work afterwards, or money that had been received was taken back",
        zh="缴费方事后所报工作情况不同，或已到账款项被撤回",
    ),
}
TO_COME_BACK = Text(
    en="{cents} are to come back, {why}; {back} came back.", zh="应退还 {cents}（{why}），已退还 {back}。"
)
NOT_FREE = Text(
    en="Not paid: when its turn came less than that could be taken out of the pot.",
    zh="未支付：处理时该子账户可提取的金额不足。",
)
TAKEN_BACK = Text(en="Taken back: it did not come, or did not stay.", zh="已撤回：款项未到账或被退回。")
NOT_SENT = Text(en="Of {gross}, {cents} did not go out and were put back, {why}.",
                zh="{gross} 中 {cents} 未付出，已退回原处（{why}）。")  # fmt: skip
CAME_BACK = Text(en="Of {gross}, {cents} went out, came back and were put back, {why}.",
                 zh="{gross} 中 {cents} 付出后被退回，已退回原处（{why}）。")  # fmt: skip
NOT_DUE = Text(en="Of {gross}, {cents} were not due, {why}: they are to come back, or did.",
               zh="{gross} 中 {cents} 不应支付（{why}），应退还或已退还。")  # fmt: skip
KEPT = Text(en="Kept of it for what was paid too much: {cents}.", zh="其中扣留抵还多付款项：{cents}。")


OVER = Text(
    en="{payer} says that there was work from {first} to {last}, and not in which weeks: that takes nothing from this "
    "leave. The payer is asked for rows that leave out weeks in which people were away. If you worked in a week of it, "
    "tell the fund.",
    zh="{payer}申报{first}至{last}有工作，未载明哪些周：不影响本次休假给付。已请缴费方将整周离岗的时段分行申报。"
    "如您在其中某周有工作，请告知基金。",
)
"""What is told of a payer's row in which paid leave lies."""


def _over(reader: Reader, row: Row, language: str) -> Iterator[str]:
    for one in over(reader, row):
        first, last = (partial_in(day.isoformat(), language) for day in (one.first, one.last))
        yield OVER.in_(language).format(payer=payer_called(reader, one.payer, language), first=first, last=last)


def owed_lines(reader: Reader, programme: Programme, member: str, to: str, language: str) -> list[str]:
    """What whoever got a payment of an account (empty: its holder) was paid too much, a line each."""
    about = {"programme": programme.id, "member": member, "to": to}
    return [
        TO_COME_BACK.in_(language).format(
            cents=money(row["cents"] - put, programme), why=WHY_OWED[row["why"]].in_(language),
            back=money(row["back"] - put, programme),
        )
        for row in reader.select(OWING, about, order=("payment", "why"))
        if row["cents"] - (put := row["returned"] if row["why"] != TWICE else 0)
    ]  # fmt: skip


def _not_due(reader: Reader, programme: Programme, row: Row, language: str) -> Iterator[str]:
    """What of a movement was not due to whoever gets it, and what became of that."""
    gross, never = money(row["cents"], programme), banking.never_sent(reader, row)
    for one in reader.select(OWING, {"payment": row["entry"]}, order=("entry", "why")):
        if one["why"] == TWICE:
            continue
        kept = min(one["returned"], never)
        never -= kept
        parts = {NOT_SENT: kept, CAME_BACK: one["returned"] - kept, NOT_DUE: one["cents"] - one["returned"]}
        for words, cents in parts.items():
            if cents > 0:
                told = {"gross": gross, "cents": money(cents, programme), "why": WHY_OWED[one["why"]].in_(language)}
                yield words.in_(language).format(**told)


def _move(reader: Reader, programme: Programme, row: Row, language: str) -> dict[str, Any]:
    body = row["body"]
    if row["what"] == "claim":
        said = why(stands_by(reader, row) or programme, body).in_(language)
    else:
        reason = REASONS.get(str(body.get("reason")))
        said = (reason.in_(language) if reason else "") or str(body.get("scheme") or "")
        if body.get("ledger"):
            said = f"{said} {_why_not(body['ledger'], language)}".strip()
        elif row["what"] == "taken_out" and not row["done"]:
            said = f"{said} {NOT_FREE.in_(language)}".strip()
    if body.get("taken_back"):
        said = f"{said} {TAKEN_BACK.in_(language)}".strip()
    if kept := sum(one.cents for one in kept_of(row)):
        said = f"{said} {KEPT.in_(language).format(cents=money(kept, programme))}".strip()
    if row["done"]:
        more = _over(reader, row, language) if row["what"] == "claim" else ()
        said = _sentences([said, *_not_due(reader, programme, row, language), *more], language)
    pot = programme.pots[row["pot"]].title.text().in_(language)
    return {
        "on": row["on"], "what": WHAT[row["what"]].in_(language), "pot": pot,
        "amount": accounts.written(row["cents"] - not_due(reader, row) if row["done"] else 0, programme.currency),
        "said": said,
        "entry": row["entry"], "bank": _at_the_bank(reader, row, language),
    }  # fmt: skip


def _sentences(parts: list[str], language: str) -> str:
    """What is said one after another, each closed before the next begins."""
    stop, between = ("。", "") if language == "zh" else (".", " ")
    told = [one for one in parts if one]
    closed = [one if one.endswith((".", "。")) else one + stop for one in told[:-1]]
    return between.join([*closed, *told[-1:]])


BANK: Mapping[str, Text] = {
    "": Text(en="not sent yet", zh="尚未送交"),
    "nowhere": Text(en="waits: say to which account", zh="待告知收款账户"),
    "sent": Text(en="sent", zh="已送交"),
    "waits": Text(en="not decided yet", zh="处理中"),
    "taken": Text(en="settled", zh="已结算"),
    "again": Text(en="not paid: it goes out with the next file", zh="未付出：随下一批送交"),
    "rejected": Text(en="sent back ({reason}): say to which account", zh="已退回（{reason}）：请告知收款账户"),
    "returned": Text(
        en="paid, and came back ({reason}): say to which account", zh="付出后被退回（{reason}）：请告知收款账户"
    ),
}
NOTHING_GOES: Mapping[str, Text] = {
    "rejected": Text(en="sent back ({reason})", zh="已退回（{reason}）"),
    "returned": Text(en="paid, and came back ({reason})", zh="付出后被退回（{reason}）"),
}
"""The same of what goes out no more."""


def _at_the_bank(reader: Reader, row: Row, language: str) -> str:
    """Where a movement that goes out is at the bank; empty for any other."""
    if row["what"] not in banking.GONE or not row["done"] or not row["cents"]:
        return ""
    told = banking.payee(reader, row)
    state, reason = banking.BANK.stands(reader, banking.payment_id(row), told["entry"] if told else 0)
    if not goes(reader, row) and banking.BANK.with_us(reader, banking.payment_id(row)):
        last = banking.BANK.newest(reader, banking.payment_id(row))
        words = NOTHING_GOES.get(last["state"]) if last else None
        return words.in_(language).format(reason=reason) if words else ""
    return BANK[state or ("" if told else "nowhere")].in_(language).format(reason=reason)


def why(programme: Programme, figures: Mapping[str, Any]) -> Text:
    """Why a claim came to what it did, with the figures."""
    pays = programme.pays
    assert pays is not None
    told = {
        "weekly": money(figures["weekly"], programme), "typical": money(figures["typical"], programme),
        "weeks": figures["weeks"], "hours": hours(figures["hours"]), "needed": pays.hours_at_least,
        "most": pays.weeks_at_most, "before": figures.get("paid_by"),
    }  # fmt: skip
    ledger = not_booked(str(figures.get("ledger") or ""))
    more = [(less, hours(many)) for name, less in LESS.items() if (many := figures.get(name))]
    return Text({
        name: "".join([
            words.format(**told, ledger=ledger[name]),
            *(f"{'' if name == 'zh' else ' '}{less[name].format(hours=many)}" for less, many in more),
        ])
        for name, words in OUTCOMES[figures["outcome"]].items()
    })  # fmt: skip


DUE = Text(en="Due by files of payers", zh="依缴费方文件应缴")
RECEIVED = Text(en="Received from payers, in all", zh="缴费方累计实缴")
SHEET = (
    Column("account", Text(en="Account", zh="账户")),
    Column("programme", Text(en="Programme", zh="方案")),
    Column("when", Text(en="Period or day", zh="期间或日期")),
    Column("what", Text(en="What", zh="事项")),
    Column("payer", Text(en="Payer", zh="缴费方")),
    Column("pot", Text(en="Pot", zh="子账户")),
    Column("amount", Text(en="Amount", zh="金额"), "number"),
    Column("received", Text(en="Received from payers", zh="缴费方实缴"), "number"),
    Column("currency", Text(en="Currency", zh="币种")),
    Column("said", Text(en="Why", zh="说明")),
)


def sheet(reader: Reader, member: str, on: date, language: str) -> Iterator[Row]:
    """A statement as rows of `SHEET`: what is due of each payer for each pot and period, what was received of it, a row
    for each of their own pots, then what moved otherwise.

    What was taken out is below zero, so that the amounts of one of their own pots add up to its balance; what was
    received is beside them, in a column of its own.
    """
    for programme, _ in in_force(reader, on):
        same = {
            "account": number_of(reader, member), "programme": programme.title.text().in_(language),
            "currency": programme.currency, "received": "", "payer": "", "said": "",
        }  # fmt: skip
        posted = reader.select(POSTED, {"programme": programme.id, "member": member}, order=("period", "payer", "pot"))
        for row in posted:
            if row["cents"]:
                pot = programme.pots[row["pot"]].title.text().in_(language)
                yield {
                    **same, "when": row["period"], "what": DUE.in_(language), "pot": pot,
                    "payer": payer_called(reader, row["payer"], language),
                    "amount": accounts.written(row["cents"], programme.currency),
                }  # fmt: skip
        for id, held in pots_of(reader, programme, member, on).items() if posted else ():
            pot, cents = (
                programme.pots[id].title.text().in_(language),
                accounts.written(held.received, programme.currency),
            )
            yield {
                **same, "when": on.isoformat(), "what": RECEIVED.in_(language), "pot": pot, "amount": "",
                "received": cents,
            }  # fmt: skip
        for row in reader.select(MOVE, {"programme": programme.id, "member": member}, order=("entry",)):
            told = _move(reader, programme, row, language)
            leaves = row["what"] == "taken_out" and any(digit in "123456789" for digit in told["amount"])
            yield {
                **same, "when": told["on"], "what": told["what"], "pot": told["pot"],
                "amount": f"{'-' if leaves else ''}{told['amount']}", "said": told["said"],
            }  # fmt: skip


def payers_books(reading: Reading, language: str) -> list[dict[str, Any]]:
    """For each payer of whoever is reading: its files, what they posted, what it owes still."""
    reader = reading.tables
    return [
        {
            "payer": payer,
            "number": number_of(reader, payer),
            "called": payer_called(reader, payer, language),
            "ended": _ended(reader, payer, language),
            "waits": not is_confirmed(reader, payer) and not why_ended(reader, payer),
            "books": [
                one for programme, _ in in_force(reader, reading.today) if (one := book(reader, programme, payer))
            ],
        }
        for payer in owned(reader, PAYER_NOUN, reading.party)
    ]


PAYER_ENDED = Text(
    en="This payer is confirmed no more, from {since} on: {why} Nothing counts of what its files say from that day on. "
    "Periods with such rows: {periods}. If this is wrong, tell the fund.",
    zh="此缴费方自{since}起不再为经核实的缴费方：{why} 其文件所载自该日起的内容均不计入，涉及期间：{periods}。"
    "如有错误，请告知基金。",
)


def _ended(reader: Reader, payer: str, language: str) -> str:
    """That a payer is confirmed no more, and what follows; empty where it is, or never was."""
    since = ended(reader).get(payer)
    if since is None:
        return ""
    periods = ", ".join(sorted({period for _, period, _ in beyond_ending(reader, payer, since)})) or "–"
    on = partial_in(since, language)
    return PAYER_ENDED.in_(language).format(since=on, why=why_ended(reader, payer), periods=periods)


class Books(NamedTuple):
    """Cents that a payer's files came to by a programme, with what others' made of its share; and cents it paid."""

    due: int
    paid: int


def book_of(reader: Reader, programme: Programme, payer: str) -> Books:
    """What a payer's books come to now: for the payer, who knows its people."""
    about = {"payer": payer, "programme": programme.id}
    paid = sum(row["cents"] for row in reader.select(MOVE, {**about, "what": "paid", "done": 1}, only=("cents",)))
    return Books(sum(row["cents"] for row in reader.select(POSTED, about, only=("cents",))), paid)


def book(reader: Reader, programme: Programme, payer: str) -> dict[str, Any] | None:
    """What a payer owes by a programme: due by its and others' files, paid, and open. Of what a former holder filed it
    is told how many files there are, and of no person in them."""
    about, since = {"payer": payer, "programme": programme.id}, handed_on_by(reader, payer)
    files = reader.select(FILE, about, order=("-entry",))
    due, paid = book_of(reader, programme, payer)
    if not files and not paid and not due:
        return None
    return {
        "programme": programme, "files": [row for row in files if row["entry"] > since],
        "formers": sum(row["entry"] <= since for row in files),
        "by_others": _by_others(reader, programme, payer, files),
        "due": money(due, programme), "paid": money(paid, programme),
        "open": money(max(due - paid, 0), programme),
        "asked": list(asked(reader, payer, programme, since)),
        "credit": money(paid - due, programme) if paid > due else "",
        "beyond": [
            [row["period"], number_of(reader, row["member"]), row["first"], row["last"], died]
            for row, died in beyond_deaths(reader, about) if row["entry"] > since
        ],
    }  # fmt: skip


def _by_others(reader: Reader, programme: Programme, payer: str, files: list[Row]) -> list[list[str]]:
    """By period, what other payers' files changed of this one's share: with what its own files posted it comes to what
    is due."""
    sums = Counter[str]()
    for row in reader.select(OWED, {"payer": payer, "programme": programme.id}):
        sums[row["period"]] += row["cents"]
    for row in files:
        sums[row["period"]] -= row["posted"] - row["back"]
    return [[period, money(cents, programme)] for period, cents in sorted(sums.items(), reverse=True) if cents]


def accounts_of(reading: Reading) -> list[str]:
    """The accounts that whoever is reading holds."""
    return owned(reading.tables, MEMBER_NOUN, reading.party)


def held_by_others(reading: Reading) -> list[str]:
    """The accounts of whoever is reading that another holds: of these they read what is said of their own death."""
    mine = opened_for(reading.tables, reading.party) if reading.party else []
    return [one for one in mine if one not in accounts_of(reading)]


POT_LINE = {
    "en": "{title}: {balance} {currency}; received from payers {received}, vested {vested}, can be taken out {free}",
    "zh": "{title}：{balance} {currency}；缴费方实缴 {received}，已归属 {vested}，可提取 {free}",
}
LINE = {"en": "{period}, {payer}: {amount} ({pots})", "zh": "{period}，{payer}：{amount}（{pots}）"}


def in_pots(told: Mapping[str, Any]) -> list[str]:
    """What each pot of a statement holds, a line for each in the statement's language."""
    form = POT_LINE[told["language"]]
    return [form.format(**{**pot, "currency": one["currency"]}) for one in told["programmes"] for pot in one["pots"]]


def in_lines(told: Mapping[str, Any]) -> list[str]:
    """The contributions of a statement, the newest first, a line for each."""
    form = LINE[told["language"]]
    return [form.format(**line) for one in told["programmes"] for line in one["contributions"]]


SHARED = Text(
    en="Payers share a contribution here by what each said of your work. So what one has to pay of it tells it what "
    "all the others said together.",
    zh="此处有一项缴费按各缴费方申报的您的工作情况分担。因此，各方应承担的份额会让其得知其余各方申报的合计。",
)
PER: Mapping[str, Text] = {
    "earnings": Text(en="{rate} of earnings", zh="收入的 {rate}"),
    "hour": Text(en="{amount} an hour", zh="每小时 {amount}"),
    "job": Text(en="{amount} a job", zh="每单 {amount}"),
    "period": Text(en="{amount} a period, shared by all payers", zh="每期 {amount}，由各方分担"),
    "contributed": Text(en="{rate} of what others pay in", zh="其他缴费的 {rate}"),
}
EVERYBODY = Text(en="everybody", zh="所有人")
COUNTS: Mapping[str, Text] = {
    "each": Text(en="who earned {amount} with the payer", zh="在该缴费方收入满 {amount} 者"),
    "together": Text(en="who earned {amount} with all payers together", zh="在各方合计收入满 {amount} 者"),
}


def in_words(programme: Programme, rule: Contribution) -> Text:
    """How much a contribution is."""
    told = {"rate": percent(rule.rate or "0"), "amount": f"{rule.amount} {programme.currency}"}
    return Text({name: words.format(**told) for name, words in PER[rule.per].items()})


def who_counts(programme: Programme, rule: Contribution) -> Text:
    """For whom it is paid."""
    if rule.qualifies is None:
        return EVERYBODY
    amount = f"{rule.qualifies.earnings} {programme.currency}"
    return Text({name: words.format(amount=amount) for name, words in COUNTS[rule.qualifies.counted].items()})
