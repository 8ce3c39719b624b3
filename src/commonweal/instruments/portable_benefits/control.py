"""Whose duties are kept apart: money that came in or back, files for the bank, what it sends back and another holder
take two officers, none of whom holds, held or inherits the account, or holds the payer or an account into which it
pays. So does what an officer enters for a member, an heir or a payer: what is taken out or claimed, where it goes, a
file of contributions; and who inherits, and that somebody lives whose death two recorded, unless they say so
themselves and nothing was divided. Who decides about an account is none
of these either, nobody who ever recorded its holder's death divides it, and of two who take that back one had no hand
in it.

Whose an account was when: what was decided to go out goes to whom its holder of that day named, whoever holds it now.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any

from commonweal.kernel import accounts, registry
from commonweal.kernel.control import (
    DEAD,
    RECORDED_BY,
    REPLACED,
    Apart,
    Banks,
    Control,
    Decides,
    Lapse,
    Theirs,
    Two,
    done_since,
    stands_against,
)
from commonweal.kernel.disclosure.reads import WHOSE
from commonweal.kernel.instrument import Marking, Money, Reader, Reading, Row, Table, Tables, Text
from commonweal.kernel.record import AUTHORITY
from commonweal.kernel.registry import Ref
from commonweal.kernel.values import BadInput

from . import alive_then, heirs
from .files import Line, lines_of
from .heirs import HEIR_WORD, HEIRS, party_of
from .kinds import (
    ALIVE,
    BANK_ANSWER,
    BANK_ANSWER_TAKEN_BACK,
    BANK_FILE,
    BANK_FILE_NEVER_LEFT,
    BROUGHT_IN,
    CLAIM,
    CONFIRMATION_ENDED,
    CONFIRMED,
    CONTRIBUTIONS,
    DECIDED,
    DIED,
    DRAWN,
    ESTATE,
    FEE_MADE_GOOD,
    HEIR,
    ID,
    LIVES,
    MEMBER,
    MEMBER_NOUN,
    NOT_SERVED,
    PAID,
    PAYEE,
    PAYER,
    PAYER_NOUN,
    REASONS,
    RECEIPT_TAKEN_BACK,
    RECOVERED,
    ROWS,
    STATEMENT,
    TAKEN_OUT,
    WITHDRAWAL_TAKEN_BACK,
    WORK_CONFIRMED,
)
from .programmes import PUBLIC_PURSE, newest
from .tables import CONFIRMED as CONFIRMED_PAYER
from .tables import (
    DEATH,
    FILE,
    HOLDER,
    MOVE,
    POSTED,
    REPORTS,
    SERVED,
    WORK,
    death_of,
    goes,
    holder,
    recorders,
    shut,
    withdrawal,
)

PATH = "/benefits/second"
ROWS_SHOWN = 20
PAYEES = Table(
    "portable_benefits_payee",
    columns={
        "member": "text", "to": "text", "party": "text", "person": "text", "paid_to": "text", "entry": "integer",
    },
    key=("member", "to", "party"),
)  # fmt: skip
"""Where money of a member goes, by whom it goes to: empty for themselves; and by whose the account was that said so."""
HELD = Table(
    "portable_benefits_held",
    columns={"member": "text", "until": "integer", "party": "text"},
    key=("member", "until"),
    indexes=(("party",),),
)
"""Whose an account (or payer) was, until the entry by which it became another's."""


def handed_on(tables: Tables, member: str, party: str, until: int) -> None:
    """Lay out whose an account was before it became another's."""
    tables.put(HELD, {"member": member, "party": party, "until": until})


def holder_at(reader: Reader, member: str, entry: int) -> str:
    """Whose an account was when an entry came; empty where there is none."""
    rows = reader.select(HELD, {"member": member, "until": (">", entry)}, order=("until",), limit=1)
    row = rows[0] if rows else reader.get(HOLDER, member)
    return str(row["party"]) if row else ""


def handed_on_by(reader: Reader, subject: str) -> int:
    """The entry by which an account or payer became that of who holds it now; -1 where it was theirs always."""
    rows = reader.select(HELD, {"member": subject}, order=("-until",), limit=1)
    return int(rows[0]["until"]) if rows else -1


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


def _of_payments(reader: Reader, programme: str, ids: Sequence[str]) -> Iterable[str]:
    """The accounts of some payments at the bank."""
    return sorted({str(row["member"]) for row in _moves(reader, ids)})


def _moves(reader: Reader, ids: Iterable[str]) -> list[Row]:
    """The movements of some payments at the bank: `pb/e12` is the one that entry 12 asked for."""
    parts = {id.split("/")[1].removeprefix("e") for id in ids if "/" in id}
    return [row for one in sorted(parts) if one.isdigit() and (row := reader.get(MOVE, int(one)))]


def _paying(reading: Reading, programme: str) -> tuple[str, str]:
    found = newest(reading.tables, programme)
    return (found[0].title.text().in_(reading.language), found[0].currency) if found else ("–", "")


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


OF_WHICH = Text(en="Of which payment: its entry", zh="所属付款（条目号）")


def _says_recovered(reading: Reading, row: Row) -> list[tuple[Text, str]]:
    body, found = row["body"], newest(reading.tables, str(row["body"]["programme"]))
    reading.told(row["entry"], "member", "payment", "cents", "reference", "on")
    number = registry.names(reading.tables, MEMBER_NOUN).get(str(body["member"]), str(body["member"]))
    return [
        (Text(en="Programme", zh="方案"), found[0].title.text().in_(reading.language) if found else "–"),
        (Text(en="Account", zh="账户"), number),
        (OF_WHICH, str(body["payment"])),
        *_says_receipt(body, found[0].currency if found else ""),
    ]


def _says_receipt(body: Mapping[str, Any], unit: str) -> list[tuple[Text, str]]:
    return [
        (Text(en="Amount", zh="金额"), f"{accounts.written(int(body['cents']), unit)} {unit}" if unit else "–"),
        (Text(en="The bank's reference", zh="银行流水号"), str(body.get("reference") or "–")),
        (Text(en="On", zh="日期"), str(body["on"])),
    ]


NOTHING_UNDUE = Text(en="nothing, as is known now", zh="无（截至目前所知）")
NOT_DUE = Text(
    en="{cents}, since it was asked for: it cannot be confirmed, and is to be asked for anew",
    zh="{cents}（提出之后发生）：不可确认，须重新提出",
)


def _undue(reading: Reading, body: Mapping[str, Any], unit: str) -> list[tuple[Text, str]]:
    """What of a file that waits is not due by now: the house confirms none that is more than that."""
    due = sum(goes(reading.tables, row) for row in _moves(reading.tables, map(str, body["payment_ids"])))
    more, told = int(body["cents"]) - due, NOTHING_UNDUE.in_(reading.language)
    if more > 0 and unit:
        told = NOT_DUE.in_(reading.language).format(cents=f"{accounts.written(more, unit)} {unit}")
    return [(Text(en="Of it not due", zh="其中不应支付"), told)]


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


def _says_ended(reading: Reading, row: Row) -> list[tuple[Text, str]]:
    body = row["body"]
    reading.told(row["entry"], "payer", "since", "words")
    return [
        (Text(en="Payer", zh="缴费方"), registry.names(reading.tables, PAYER_NOUN).get(body["payer"], body["payer"])),
        (Text(en="From which day on", zh="自何日起"), str(body.get("since") or "–")),
        (Text(en="Why it is confirmed no more", zh="撤销核实的理由"), str(body["words"])),
    ]


def _says_confirmed(reading: Reading, row: Row) -> list[tuple[Text, str]]:
    payer = str(row["body"]["payer"])
    there = registry.subject(reading.tables, payer)
    reading.told(row["entry"], "payer")
    if there is not None:
        reading.told(int(there["entry"]), "called")
    return [
        (Text(en="Payer", zh="缴费方"), registry.names(reading.tables, PAYER_NOUN).get(payer, payer)),
        (Text(en="What it calls itself", zh="自称名称"), str(there["body"]["called"]) if there else "–"),
    ]


def _was_ended(reader: Reader, body: Mapping[str, Any]) -> bool:
    """Whether two officers found that a payer is not who it says it is."""
    row = reader.get(CONFIRMED_PAYER, str(body["payer"]))
    return row is not None and bool(row["ended"])


def _says_work(reading: Reading, row: Row) -> list[tuple[Text, str]]:
    body, found = row["body"], newest(reading.tables, str(row["body"]["programme"]))
    reading.told(row["entry"], "member", "payer", "period", "cents", "hours_confirmed", "words")
    payer, unit = str(body["payer"]), found[0].currency if found else ""
    return [
        (Text(en="Programme", zh="方案"), _title(reading, str(body["programme"]))),
        _number(reading, body["member"]),
        (Text(en="Payer", zh="缴费方"), registry.names(reading.tables, PAYER_NOUN).get(payer, payer)),
        (Text(en="Period", zh="期间"), str(body["period"])),
        (Text(en="Earnings", zh="收入"), f"{accounts.written(int(body['cents']), unit)} {unit}" if unit else "–"),
        (Text(en="Hours", zh="工时"), accounts.written(int(body["hours_confirmed"]), "hour")),
        (Text(en="By what it was seen", zh="认定依据"), str(body["words"])),
    ]


def _title(reading: Reading, programme: str) -> str:
    found = newest(reading.tables, programme)
    return found[0].title.text().in_(reading.language) if found else "–"


def _number(reading: Reading, member: object) -> tuple[Text, str]:
    return Text(en="Account", zh="账户"), registry.names(reading.tables, MEMBER_NOUN).get(str(member), str(member))


def _says_taken_out(reading: Reading, row: Row) -> list[tuple[Text, str]]:
    body, found = row["body"], newest(reading.tables, str(row["body"]["programme"]))
    reading.told(row["entry"], "member", "pot", "cents", "reason", "to")
    unit = found[0].currency if found else ""
    pot = found[0].pots.get(str(body["pot"])) if found else None
    return [
        _number(reading, body["member"]),
        (Text(en="Pot", zh="子账户"), pot.title.text().in_(reading.language) if pot else str(body["pot"])),
        (Text(en="Amount", zh="金额"), f"{accounts.written(int(body['cents']), unit)} {unit}" if unit else "–"),
        (Text(en="What for", zh="用途"), REASONS[body["reason"]].in_(reading.language)),
        (Text(en="To which scheme", zh="转入计划"), str(body.get("to") or "–")),
    ]


def _says_taken_back(reading: Reading, row: Row) -> list[tuple[Text, str]]:
    body = row["body"]
    reading.told(row["entry"], "member", "payment")
    move = withdrawal(reading.tables, body)
    found = newest(reading.tables, str(body["programme"]))
    if move is None or found is None or row["by"] == reading.party:  # who asked finds no withdrawal by trying
        return [_number(reading, body["member"]), (OF_WHICH, str(body["payment"]))]
    reading.told(int(body["payment"]), "pot", "cents")
    unit, pot = found[0].currency, found[0].pots.get(str(move["pot"]))
    return [
        _number(reading, body["member"]),
        (OF_WHICH, str(body["payment"])),
        (Text(en="Pot", zh="子账户"), pot.title.text().in_(reading.language) if pot else str(move["pot"])),
        (Text(en="Amount", zh="金额"), f"{accounts.written(int(move['cents']), unit)} {unit}"),
    ]


def _says_alive(reading: Reading, row: Row) -> list[tuple[Text, str]]:
    body, death = row["body"], death_of(reading.tables, str(row["body"]["member"]))
    reading.told(row["entry"], "member", "words")
    if death is not None:
        reading.told(int(death["entry"]), "on")
    every = reading.tables.select(HEIRS, {"member": ("in", shut(reading.tables, str(body["member"])))})
    many = sum(one["state"] == "heir" for one in every)
    return [
        _number(reading, body["member"]),
        (Text(en="Day of the death on record", zh="登记的身故日期"), str(death["on"]) if death else "–"),
        (Text(en="Who inherit by decision of two, and give back what they were paid",
              zh="经两人决定继承、须退还已得款项者"), str(many)),
        (Text(en="Why", zh="理由"), str(body["words"])),
    ]  # fmt: skip


def _says_claim(reading: Reading, row: Row) -> list[tuple[Text, str]]:
    body = row["body"]
    reading.told(row["entry"], "member", "begins", "weeks")
    return [
        (Text(en="From which pool", zh="从哪个共济池"), _title(reading, str(body["programme"]))),
        _number(reading, body["member"]),
        (Text(en="First day", zh="起始日"), str(body["begins"])),
        (Text(en="Weeks", zh="周数"), str(body["weeks"])),
    ]


def _says_payee(reading: Reading, row: Row) -> list[tuple[Text, str]]:
    body = row["body"]
    member, to = str(body["member"]), str(body.get("to") or "")
    reading.told(row["entry"], "member", "to", "person", "paid_to")
    now = reading.tables.get(PAYEES, member, to, "" if to.startswith(HEIR_WORD) else holder(reading.tables, member))
    if now is not None:
        reading.told(int(now["entry"]), "paid_to")
    return [
        _number(reading, member),
        (Text(en="For whom, where not for the holder", zh="收款人（非持有人时）"), to or "–"),
        (Text(en="The account now", zh="现有账户"), str(now["paid_to"]) if now else "–"),
        (Text(en="The new account", zh="新账户"), str(body["paid_to"])),
        (Text(en="In whose name the account is", zh="账户户名"), str(body["person"])),
    ]


def _says_contributions(reading: Reading, row: Row) -> list[tuple[Text, str]]:
    body, found = row["body"], newest(reading.tables, str(row["body"]["programme"]))
    reading.told(row["entry"], "payer", ROWS)
    unit = found[0].currency if found else ""
    lines = list(lines_of(row["payload"][ROWS].encode(), filed=True))
    payer = registry.names(reading.tables, PAYER_NOUN).get(str(body["payer"]), str(body["payer"]))
    named = registry.names(reading.tables, MEMBER_NOUN)

    def words(one: Line) -> str:
        many = f"{accounts.written(one.earnings, unit)} {unit}; {accounts.written(one.hours, 'hour')} h; {one.jobs}"
        return f"{named.get(one.member, one.member)}: {one.first} – {one.last}; {many}"

    return [
        (Text(en="Programme", zh="方案"), _title(reading, str(body["programme"]))),
        (Text(en="Payer", zh="缴费方"), payer),
        (Text(en="Period", zh="期间"), str(body["period"])),
        (Text(en="Rows", zh="行数"), str(body["rows"])),
        (Text(en="Earnings in all", zh="收入合计"),
         f"{accounts.written(sum(one.earnings for one in lines), unit)} {unit}" if unit else "–"),
        (Text(en="Hours in all", zh="工时合计"), accounts.written(sum(one.hours for one in lines), "hour")),
        *((Text(en=f"Row {one.row}", zh=f"第{one.row}行"), words(one)) for one in lines[:ROWS_SHOWN] if unit),
    ]  # fmt: skip


def period_of(body: Mapping[str, Any]) -> str:
    """What a payer's file is about: payer, programme and period."""
    return f"{body['payer']} {body['programme']} {body['period']}"


def asked_for(reader: Reader, body: Mapping[str, Any]) -> int | None:
    """The entry by which an officer entered a payer's file that waits for a second; None where none waits."""
    waits = [row for row in CONTROL.rows(reader) if row["kind"] == CONTRIBUTIONS.id]
    return next((int(row["entry"]) for row in waits if period_of(row["body"]) == period_of(body)), None)


def _members_in(payload: Mapping[str, bytes]) -> list[str]:
    """The accounts that a payer's rows name."""
    try:
        return sorted({one.member for one in lines_of(payload.get(ROWS, b""), filed=True)})
    except BadInput:
        return []


def _whose_account(reader: Reader, body: Mapping[str, Any], entry: int) -> set[str]:
    return {holder_at(reader, str(body["member"]), entry)}


def _whose_payer(reader: Reader, body: Mapping[str, Any], entry: int) -> set[str]:
    return {holder(reader, str(body["payer"]))}


def _who_gets(reader: Reader, body: Mapping[str, Any], entry: int) -> set[str]:
    """Whose money goes to the account that a filing names: an heir's, or the holder's at an entry."""
    member, to = str(body["member"]), str(body.get("to") or "")
    return {(party_of(reader, member, to) or "") if to.startswith(HEIR_WORD) else holder_at(reader, member, entry)}


def _of_their_own(reader: Reader, body: Mapping[str, Any], party: str) -> bool:
    """Whether somebody says where their own goes, as an heir or as whose the account is or was: an officer is that
    alone. Whose the account was says nothing of what goes to an heir, since that is asked (`former_spoke`)."""
    member, to = str(body["member"]), str(body.get("to") or "")
    if to.startswith(HEIR_WORD):
        former = bool(body.get("former_spoke")) and held_once(reader, member, (party,))
        return former or party == party_of(reader, member, to)
    return party == holder(reader, member) or held_once(reader, member, (party,))


# ── what holds no more, by what came since ──────────────────────────────────────────────────────────────────────────


def _died_since(reader: Reader, row: Row) -> Lapse | None:
    """Of an account whose holder's death was recorded since."""
    death = death_of(reader, str(row["body"].get("member") or row["body"].get("about")))
    return (DEAD, "died") if death is not None and death["entry"] > row["entry"] else None


def _says_died(reading: Reading, row: Row) -> list[tuple[Text, str]]:
    body, member = row["body"], str(row["body"]["member"])
    reading.told(row["entry"], "member", "on", "known_by", "words")
    there = list(alive_then.on_record(reading.tables, member))
    for one in there:
        reading.told(one.entry, WHOSE)
    return [
        (Text(en="Account", zh="账户"), registry.names(reading.tables, MEMBER_NOUN).get(member, member)),
        (Text(en="Day of the death", zh="身故日期"), str(body["on"])),
        *REPORTS.says(reading, row),
        *stands_against(body, there, reading.language),
        *([(Text(en="Why", zh="理由"), str(body["words"]))] if body.get("words") else []),
    ]


def _payee_since(reader: Reader, row: Row) -> Lapse | None:
    """Of where money goes, which was said anew since, or whose holder died since."""
    member, to = str(row["body"]["member"]), str(row["body"].get("to") or "")
    heirs = to.startswith(HEIR_WORD)
    now = reader.get(PAYEES, member, to, "" if heirs else holder(reader, member))
    if now is not None and now["entry"] > row["entry"]:
        return REPLACED, "replaced"
    return None if heirs else _died_since(reader, row)


def _file_since(reader: Reader, row: Row) -> Lapse | None:
    """Of a payer's file in whose place another came since."""
    about = {name: row["body"][name] for name in ("payer", "programme", "period")}
    return (REPLACED, "replaced") if reader.count(FILE, {**about, "entry": (">", int(row["entry"]))}) else None


def _moved_since(reading: Reading, row: Row) -> Iterable[tuple[Text, str]]:
    """What moved on an account, or of a payer, since something was asked for."""
    name = "member" if row["body"].get("member") else "payer"
    rows = reading.tables.select(MOVE, {name: str(row["body"][name])}, only=("entry",))
    return done_since(reading, row, (int(one["entry"]) for one in rows))


# ── what is not annulled ────────────────────────────────────────────────────────────────────────────────────────────

_STAYS: Mapping[str, Text] = {
    MEMBER_NOUN: Text(en=f"the account stays; it becomes another's by two officers ({ID}.hand_over)",
                      zh=f"账户予以保留；变更持有人须由两名官员办理（{ID}.hand_over）"),
    PAYER_NOUN: Text(en=f"a payer is confirmed no more by two officers ({ID}.confirmation_ended)",
                     zh=f"缴费方须由两名官员撤销核实（{ID}.confirmation_ended）"),
}  # fmt: skip
_ABOUT: Mapping[str, tuple[str, Sequence[Table]]] = {
    MEMBER_NOUN: ("member", (MOVE, WORK, POSTED, SERVED, PAYEES, HELD, HEIRS, DEATH)),
    PAYER_NOUN: ("payer", (CONFIRMED_PAYER, FILE, MOVE)),
}


def _hangs(reader: Reader, subject: str) -> Text | None:
    """What is done instead of annulling an account or a payer of which there is more than that it was opened."""
    noun = subject.partition(":")[0]
    if noun not in _ABOUT:
        return None
    name, tables = _ABOUT[noun]
    there = subject == PUBLIC_PURSE or any(reader.count(table, {name: subject}) for table in tables)
    return _STAYS[noun] if there else None


def _tells(reader: Reader, subject: str) -> Mapping[str, Any]:
    return {"account": registry.names(reader, subject.partition(":")[0]).get(subject, subject)}


def _its_account(reader: Reader, body: Mapping[str, Any]) -> Iterable[str]:
    return (str(body["member"]),)


def _its_payer(reader: Reader, body: Mapping[str, Any]) -> Iterable[str]:
    return (str(body["payer"]),)


_WHO_RECORDED = Text(en="whoever recorded a death does not divide the account, nor takes it back alone",
                     zh="登记身故者不得分割该账户，亦不得单独撤销该登记")  # fmt: skip


def _said_dead(reader: Reader, body: Mapping[str, Any]) -> set[str]:
    return recorders(reader, str(body["member"]))


_OTHERS: Mapping[str, Money] = {
    **dict.fromkeys((MEMBER.id, PAYER.id, STATEMENT.id, DRAWN.id), "none"),
    HEIR.id: "owner",
    LIVES.id: "owner",
    DECIDED.id: "house",
}


def _undoes_two(reader: Reader, body: Mapping[str, Any]) -> bool:
    """Whether that somebody lives takes two: it undoes what two recorded or divided, and the person does not say it
    themselves."""
    member = str(body["member"])
    if heirs.decided(reader, member):
        return True
    says = REPORTS.says_living(reader, member)
    themselves = says is not None and bool(says["themselves"])
    return death_of(reader, member) is not None and not themselves and not body.get("undid_alone")


BANKS = Banks(
    ID, BANK_FILE.id, BANK_ANSWER.id, BANK_FILE_NEVER_LEFT.id, BANK_ANSWER_TAKEN_BACK.id,
    _of_payments, _paying,
    Text(en="Programme", zh="方案"), _undue,
)  # fmt: skip
_THEIRS: Mapping[str, Theirs] = {
    CONTRIBUTIONS.id: Theirs(
        Two(_its_payer, _says_contributions, one_of=period_of, payload=(ROWS,), within=_members_in, since=_file_since),
        _whose_payer,
    ),
    TAKEN_OUT.id: Theirs(
        Two(_its_account, _says_taken_out, since=_died_since, came_since=_moved_since), _whose_account
    ),
    WITHDRAWAL_TAKEN_BACK.id: Theirs(
        Two(_its_account, _says_taken_back, one_of=lambda body: f"payment {body['payment']}"), _whose_account
    ),
    CLAIM.id: Theirs(Two(_its_account, _says_claim, since=_died_since, came_since=_moved_since), _whose_account),
    PAYEE.id: Theirs(Two(_its_account, _says_payee, since=_payee_since), _who_gets, _of_their_own),
}  # fmt: skip
CONTROL = Control(
    ID, PATH, MEMBER_NOUN, Annotated[str, Marking.AMBER, Ref(MEMBER_NOUN, others=(PAYER_NOUN,))],
    Apart(_own, _parties, _pay),
    {
        BROUGHT_IN.id: Two(_its_account, _says_in, came_since=_moved_since),
        PAID.id: Two(_its_payer, _says_paid, came_since=_moved_since),
        RECOVERED.id: Two(_its_account, _says_recovered, came_since=_moved_since),
        RECEIPT_TAKEN_BACK.id: Two(_of_a_receipt, _says_back, one_of=lambda body: f"receipt {body['receipt']}"),
        FEE_MADE_GOOD.id: Two(lambda reader, body: (), _says_fee),
        WORK_CONFIRMED.id: Two(
            lambda reader, body: (str(body["member"]), str(body["payer"])), _says_work,
            one_of=lambda body: " ".join(str(body[name]) for name in ("programme", "period", "payer", "member")),
        ),
        CONFIRMATION_ENDED.id: Two(_its_payer, _says_ended, one_of=lambda body: str(body["payer"])),
        CONFIRMED.id: Two(_its_payer, _says_confirmed, one_of=lambda body: str(body["payer"]), when=_was_ended),
        ALIVE.id: Two(
            _its_account, _says_alive, one_of=lambda body: str(body["member"]), since=_died_since, when=_undoes_two,
            anew_by=_said_dead, why_anew=RECORDED_BY,
        ),
        DIED.id: Two(
            _its_account, _says_died, one_of=lambda body: str(body["member"]), since=REPORTS.holds
        ),
        ESTATE.id: Two(
            _its_account, heirs.says, one_of=lambda body: str(body["member"]), before=_said_dead, why=_WHO_RECORDED,
            came_since=_moved_since,
        ),
        **BANKS.two,
    },
    f"{ID}.handed_over", _tells,
    {
        CONFIRMED.id: Decides("payer", _its_payer),
        NOT_SERVED.id: Decides("member", _its_account),
        ALIVE.id: Decides("member", _its_account, _said_dead, _WHO_RECORDED),
    },
    _OTHERS,
    Annotated[str, Marking.AMBER, Ref(MEMBER_NOUN, others=(PAYER_NOUN,))],
    _THEIRS,
    f"{ID}.entered",
    f"{ID}.not_entered",
    _hangs,
    (MEMBER_NOUN, PAYER_NOUN),
    _died_since,
    ("said", "receipt", "payment"),
)  # fmt: skip
TABLES = (HELD, PAYEES, *CONTROL.tables)
