"""Whose duties are kept apart: money brought in, files for the bank and another holder take two officers, none of whom
holds or inherits the account. What a payer pays over its own file says too.

Whose an account was when: what was decided to go out goes to whom its holder of that day named, whoever holds it now.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from commonweal.kernel import accounts, registry
from commonweal.kernel.control import Apart, Control, Two
from commonweal.kernel.instrument import Marking, Reader, Reading, Row, Table, Tables, Text
from commonweal.kernel.registry import Ref

from .heirs import HEIRS
from .kinds import BANK_FILE, BROUGHT_IN, FEE_MADE_GOOD, ID, MEMBER_NOUN, PAYER_NOUN, RECEIPT_TAKEN_BACK
from .programmes import newest
from .tables import HOLDER, MOVE

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
    held = reader.select(HOLDER, {"party": party, "noun": MEMBER_NOUN}, only=("subject",))
    once = reader.select(HELD, {"party": party}, only=("member",))
    inherits = reader.select(HEIRS, {"party": party}, only=("member",))
    return {str(row["subject"]) for row in held} | {str(row["member"]) for row in (*once, *inherits)}


def _parties(reader: Reader, member: str) -> set[str]:
    row = reader.get(HOLDER, member)
    once = reader.select(HELD, {"member": member}, only=("party",))
    inherits = reader.select(HEIRS, {"member": member}, only=("party",))
    return {str(one["party"]) for one in (*((row,) if row else ()), *once, *inherits)}


def _of_a_file(reader: Reader, body: Mapping[str, Any]) -> Iterable[str]:
    """The accounts of the payments in a file: `pb/e12` is the movement that entry 12 asked for."""
    parts = {str(id).split("/")[1].removeprefix("e") for id in body["payment_ids"] if "/" in str(id)}
    rows = [row for one in sorted(parts) if one.isdigit() and (row := reader.get(MOVE, int(one)))]
    return sorted({str(row["member"]) for row in rows})


def _says_in(reading: Reading, row: Row) -> list[tuple[Text, str]]:
    body, found = row["body"], newest(reading.tables, str(row["body"]["programme"]))
    reading.told(row["entry"], "member", "pot", "cents", "scheme", "reference", "on")
    unit = found[0].currency if found else ""
    number = registry.names(reading.tables, MEMBER_NOUN).get(str(body["member"]), str(body["member"]))
    pot = found[0].pots.get(str(body["pot"])) if found else None
    return [
        (Text(en="Account", zh="账户"), number),
        (Text(en="Pot", zh="子账户"), pot.title.text().in_(reading.language) if pot else str(body["pot"])),
        (Text(en="Amount", zh="金额"), f"{accounts.written(int(body['cents']), unit)} {unit}" if unit else "–"),
        (Text(en="From which scheme", zh="转出计划"), str(body["scheme"])),
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
        (Text(en="To be paid on", zh="付款日"), str(body["on"])),
        (Text(en="From the account", zh="付款账户"), f"{body['debtor']}, … {str(body['debtor_account'])[-4:]}"),
    ]


def _of_a_receipt(reader: Reader, body: Mapping[str, Any]) -> Iterable[str]:
    """The account that a receipt is of; none of a payer's."""
    row = reader.get(MOVE, int(body["receipt"]))
    return (str(row["member"]),) if row and row["member"] else ()


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


CONTROL = Control(
    ID, PATH, MEMBER_NOUN, Annotated[str, Marking.AMBER, Ref(MEMBER_NOUN)], Apart(_own, _parties),
    {
        BROUGHT_IN.id: Two(lambda reader, body: (str(body["member"]),), _says_in),
        RECEIPT_TAKEN_BACK.id: Two(_of_a_receipt, _says_back, one_of=lambda body: f"receipt {body['receipt']}"),
        FEE_MADE_GOOD.id: Two(lambda reader, body: (), _says_fee),
        BANK_FILE.id: Two(_of_a_file, _says_file, one_of=lambda body: str(body["programme"])),
    },
    f"{ID}.handed_over", _tells,
)  # fmt: skip
TABLES = (HELD, *CONTROL.tables)
