"""Whose duties are kept apart: money that came in or back, files for the bank and another holder take two officers,
none of whom holds, held or inherits the account, or holds the payer or an account into which it pays. Who decides about
an account is none of these either, and nobody who ever recorded its holder's death divides it or takes that back.

Whose an account was when: what was decided to go out goes to whom its holder of that day named, whoever holds it now.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from commonweal.kernel import accounts, registry
from commonweal.kernel.control import Apart, Control, Decides, Two
from commonweal.kernel.instrument import Marking, Money, Reader, Reading, Row, Table, Tables, Text
from commonweal.kernel.record import AUTHORITY
from commonweal.kernel.registry import Ref

from .heirs import HEIRS
from .kinds import (
    ALIVE,
    BANK_ANSWER,
    BANK_FILE,
    BANK_FILE_NEVER_LEFT,
    BROUGHT_IN,
    CLAIM,
    CONFIRMED,
    CONTRIBUTIONS,
    DECIDED,
    DIED,
    DRAWN,
    ESTATE,
    FEE_MADE_GOOD,
    HEIR,
    ID,
    MEMBER,
    MEMBER_NOUN,
    NOT_SERVED,
    PAID,
    PAYEE,
    PAYER,
    PAYER_NOUN,
    RECEIPT_TAKEN_BACK,
    RECOVERED,
    STATEMENT,
    TAKEN_OUT,
)
from .programmes import PUBLIC_PURSE, newest
from .tables import HOLDER, MOVE, WORK, goes, recorders

PATH = "/benefits/second"
HELD = Table(
    "portable_benefits_held",
    columns={"member": "text", "until": "integer", "party": "text"},
    key=("member", "until"),
    indexes=(("party",),),
)
"""Whose an account was, until the entry by which it became another's."""


def handed_on(tables: Tables, member: str, party: str, until: int) -> None:
    """Lay out whose an account was before it became another's."""
    tables.put(HELD, {"member": member, "party": party, "until": until})


def holder_at(reader: Reader, member: str, entry: int) -> str:
    """Whose an account was when an entry came; empty where there is none."""
    rows = reader.select(HELD, {"member": member, "until": (">", entry)}, order=("until",), limit=1)
    row = rows[0] if rows else reader.get(HOLDER, member)
    return str(row["party"]) if row else ""


def held_once(reader: Reader, member: str, parties: Iterable[str]) -> bool:
    """Whether an account was once that of one of these."""
    there = set(parties)
    return any(row["party"] in there for row in reader.select(HELD, {"member": member}))


def _own(reader: Reader, party: str) -> set[str]:
    """Accounts and payers of somebody. The public purse, and a payer that the authority registered, are nobody's."""
    held = [
        row for row in reader.select(HOLDER, {"party": party}, only=("subject", "noun"))
        if row["noun"] == MEMBER_NOUN or (party != AUTHORITY and row["subject"] != PUBLIC_PURSE)
    ]  # fmt: skip
    once = reader.select(HELD, {"party": party}, only=("member",))
    inherits = reader.select(HEIRS, {"party": party}, only=("member",))
    return {str(row["subject"]) for row in held} | {str(row["member"]) for row in (*once, *inherits)}


def _parties(reader: Reader, member: str) -> set[str]:
    row = reader.get(HOLDER, member)
    once = reader.select(HELD, {"member": member}, only=("party",))
    inherits = reader.select(HEIRS, {"member": member}, only=("party",))
    return {str(one["party"]) for one in (*((row,) if row else ()), *once, *inherits)}


def _pay(reader: Reader, subjects: Iterable[str]) -> set[str]:
    """Who pays into these accounts, as far as files say."""
    members = sorted(one for one in subjects if one.startswith(f"{MEMBER_NOUN}:"))
    return {str(row["payer"]) for row in reader.select(WORK, {"member": ("in", members)}, only=("payer",))}


def _of_a_file(reader: Reader, body: Mapping[str, Any]) -> Iterable[str]:
    """The accounts of the payments in a file."""
    return sorted({str(row["member"]) for row in _in_a_file(reader, body)})


def _in_a_file(reader: Reader, body: Mapping[str, Any]) -> list[Row]:
    """The movements in a file: `pb/e12` is the one that entry 12 asked for."""
    parts = {str(id).split("/")[1].removeprefix("e") for id in body["payment_ids"] if "/" in str(id)}
    return [row for one in sorted(parts) if one.isdigit() and (row := reader.get(MOVE, int(one)))]


def _says_in(reading: Reading, row: Row) -> list[tuple[Text, str]]:
    body, found = row["body"], newest(reading.tables, str(row["body"]["programme"]))
    reading.told(row["entry"], "member", "pot", "cents", "scheme", "reference", "on")
    unit = found[0].currency if found else ""
    number = registry.names(reading.tables, MEMBER_NOUN).get(str(body["member"]), str(body["member"]))
    pot = found[0].pots.get(str(body["pot"])) if found else None
    return [
        (Text(en="Account", zh="账户"), number),
        (Text(en="Pot", zh="子账户"), pot.title.text().in_(reading.language) if pot else str(body["pot"])),
        (Text(en="From which scheme", zh="转出计划"), str(body["scheme"])),
        *_says_receipt(body, unit),
    ]


def _says_paid(reading: Reading, row: Row) -> list[tuple[Text, str]]:
    body, found = row["body"], newest(reading.tables, str(row["body"]["programme"]))
    reading.told(row["entry"], "payer", "cents", "reference", "on")
    payer = registry.names(reading.tables, PAYER_NOUN).get(str(body["payer"]), str(body["payer"]))
    return [
        (Text(en="Programme", zh="方案"), found[0].title.text().in_(reading.language) if found else "–"),
        (Text(en="Payer", zh="缴费方"), payer),
        *_says_receipt(body, found[0].currency if found else ""),
    ]


def _says_recovered(reading: Reading, row: Row) -> list[tuple[Text, str]]:
    body, found = row["body"], newest(reading.tables, str(row["body"]["programme"]))
    reading.told(row["entry"], "member", "payment", "cents", "reference", "on")
    number = registry.names(reading.tables, MEMBER_NOUN).get(str(body["member"]), str(body["member"]))
    return [
        (Text(en="Programme", zh="方案"), found[0].title.text().in_(reading.language) if found else "–"),
        (Text(en="Account", zh="账户"), number),
        (Text(en="Of which payment: its entry", zh="所属付款（条目号）"), str(body["payment"])),
        *_says_receipt(body, found[0].currency if found else ""),
    ]


def _says_receipt(body: Mapping[str, Any], unit: str) -> list[tuple[Text, str]]:
    return [
        (Text(en="Amount", zh="金额"), f"{accounts.written(int(body['cents']), unit)} {unit}" if unit else "–"),
        (Text(en="The bank's reference", zh="银行流水号"), str(body.get("reference") or "–")),
        (Text(en="On", zh="日期"), str(body["on"])),
    ]


def _says_file(reading: Reading, row: Row) -> list[tuple[Text, str]]:
    body, found = row["body"], newest(reading.tables, str(row["body"]["programme"]))
    reading.told(row["entry"], "cents", "debtor", "debtor_account")
    unit = found[0].currency if found else ""
    return [
        (Text(en="Programme", zh="方案"), found[0].title.text().in_(reading.language) if found else "–"),
        (Text(en="File", zh="文件"), str(body["file_id"])),
        (Text(en="Payments", zh="付款笔数"), str(body["payments"])),
        (Text(en="Sum", zh="总额"), f"{accounts.written(int(body['cents']), unit)} {unit}" if unit else "–"),
        (Text(en="Of it not due", zh="其中不应支付"), _undue(reading, body, unit)),
        (Text(en="To be paid on", zh="付款日"), str(body["on"])),
        (Text(en="From the account", zh="付款账户"), f"{body['debtor']}, … {str(body['debtor_account'])[-4:]}"),
    ]


NOTHING_UNDUE = Text(en="nothing, as is known now", zh="无（截至目前所知）")
NOT_DUE = Text(
    en="{cents}, since it was asked for: it cannot be confirmed, and is to be asked for anew",
    zh="{cents}（提出之后发生）：不可确认，须重新提出",
)


def _undue(reading: Reading, body: Mapping[str, Any], unit: str) -> str:
    """What of a file that waits is not due by now: the house confirms none that is more than that."""
    due = sum(goes(reading.tables, row) for row in _in_a_file(reading.tables, body))
    more = int(body["cents"]) - due
    if more <= 0 or not unit:
        return NOTHING_UNDUE.in_(reading.language)
    return NOT_DUE.in_(reading.language).format(cents=f"{accounts.written(more, unit)} {unit}")


def _of_a_receipt(reader: Reader, body: Mapping[str, Any]) -> Iterable[str]:
    """The account or the payer that a receipt is of, and the payer whose it is instead."""
    row = reader.get(MOVE, int(body["receipt"]))
    of = (row["member"], row["payer"]) if row else ()
    return [str(one) for one in (*of, body.get("payer")) if one]


def _says_back(reading: Reading, row: Row) -> list[tuple[Text, str]]:
    body, found = row["body"], newest(reading.tables, str(row["body"]["programme"]))
    receipt = reading.tables.get(MOVE, int(body["receipt"]))
    reading.told(row["entry"], "receipt", "payer", "words")
    if receipt is None or not found:
        return []
    unit, noun = found[0].currency, PAYER_NOUN if receipt["payer"] else MEMBER_NOUN
    reading.told(int(receipt["entry"]), "payer" if receipt["payer"] else "member", "cents", "on", "reference")
    payers, of = registry.names(reading.tables, PAYER_NOUN), str(receipt["payer"] or receipt["member"])
    to = str(body.get("payer") or "")
    return [
        (Text(en="Receipt: its entry", zh="到账条目"), str(body["receipt"])),
        (Text(en="Of whom", zh="所属"), registry.names(reading.tables, noun).get(of, of)),
        (Text(en="Amount", zh="金额"), f"{accounts.written(int(receipt['cents']), unit)} {unit}"),
        (Text(en="The bank's reference", zh="银行流水号"), str(receipt["body"].get("reference") or "–")),
        (Text(en="On", zh="日期"), str(receipt["on"])),
        (Text(en="It is this payer's instead", zh="改记至缴费方"), payers.get(to, to) or "–"),
        (Text(en="Why", zh="理由"), str(body["words"])),
    ]


def _says_fee(reading: Reading, row: Row) -> list[tuple[Text, str]]:
    body, found = row["body"], newest(reading.tables, str(row["body"]["programme"]))
    reading.told(row["entry"], "cents", "reference", "on")
    unit = found[0].currency if found else ""
    return [
        (Text(en="Programme", zh="方案"), found[0].title.text().in_(reading.language) if found else "–"),
        (Text(en="Amount", zh="金额"), f"{accounts.written(int(body['cents']), unit)} {unit}" if unit else "–"),
        (Text(en="The bank's reference", zh="银行流水号"), str(body.get("reference") or "–")),
        (Text(en="On", zh="日期"), str(body["on"])),
    ]


def _tells(reader: Reader, member: str) -> Mapping[str, Any]:
    return {"account": registry.names(reader, MEMBER_NOUN).get(member, member)}


def _its_account(reader: Reader, body: Mapping[str, Any]) -> Iterable[str]:
    return (str(body["member"]),)


def _its_payer(reader: Reader, body: Mapping[str, Any]) -> Iterable[str]:
    return (str(body["payer"]),)


_WHO_RECORDED = Text(en="whoever recorded a death does not divide the account, nor takes it back",
                     zh="登记身故者不得分割该账户，亦不得撤销该登记")  # fmt: skip


def _said_dead(reader: Reader, body: Mapping[str, Any]) -> set[str]:
    return recorders(reader, str(body["member"]))


_OTHERS: Mapping[str, Money] = {
    **dict.fromkeys((CONTRIBUTIONS.id, TAKEN_OUT.id, CLAIM.id, PAYEE.id), "owner"),
    **dict.fromkeys((BANK_ANSWER.id, BANK_FILE_NEVER_LEFT.id), "bank"),
    **dict.fromkeys((MEMBER.id, PAYER.id, HEIR.id, STATEMENT.id, DRAWN.id), "none"),
    DECIDED.id: "house",
}
CONTROL = Control(
    ID, PATH, MEMBER_NOUN, Annotated[str, Marking.AMBER, Ref(MEMBER_NOUN)], Apart(_own, _parties, _pay),
    {
        BROUGHT_IN.id: Two(_its_account, _says_in),
        PAID.id: Two(_its_payer, _says_paid),
        RECOVERED.id: Two(_its_account, _says_recovered),
        RECEIPT_TAKEN_BACK.id: Two(_of_a_receipt, _says_back, one_of=lambda body: f"receipt {body['receipt']}"),
        FEE_MADE_GOOD.id: Two(lambda reader, body: (), _says_fee),
        BANK_FILE.id: Two(_of_a_file, _says_file, one_of=lambda body: str(body["programme"])),
    },
    f"{ID}.handed_over", _tells,
    {
        CONFIRMED.id: Decides("payer", _its_payer),
        DIED.id: Decides("member", _its_account),
        NOT_SERVED.id: Decides("member", _its_account),
        ALIVE.id: Decides("member", _its_account, _said_dead, _WHO_RECORDED),
        ESTATE.id: Decides("member", _its_account, _said_dead, _WHO_RECORDED),
    },
    _OTHERS,
    Annotated[str, Marking.AMBER, Ref(MEMBER_NOUN, others=(PAYER_NOUN,))],
)  # fmt: skip
TABLES = (HELD, *CONTROL.tables)
