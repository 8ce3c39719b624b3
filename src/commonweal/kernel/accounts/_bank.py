"""Payments as banks take them and what banks answer: ISO 20022 `pain.001.001.09` out, `pain.002.001` in.

Elements stand in the order of the published schemas (CustomerCreditTransferInitiationV09 of February 2019). What a bank
sends is read as untrusted: bounded in size and number, and without a document type, so that no entity is ever expanded.
"""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Sequence
from datetime import date, datetime
from importlib.resources import files
from typing import NamedTuple
from xml.etree import ElementTree
from xml.parsers import expat

from commonweal.kernel.values import BadInput, Fault, FaultCollector, TooLarge, shown, stamp

from ._units import written

OUT, BACK = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09", "urn:iso:std:iso:20022:tech:xsd:pain.002.001."
MESSAGE = "pain.001.001.09"
ID_MAX, NAME_MAX, WORDS_MAX, FAULTS_MAX = 35, 140, 140, 50
CENTS_MAX = 10**15
PAYMENTS_MAX, BYTES_MAX, DEPTH_MAX = 100_000, 32 << 20, 30
TAKEN = frozenset(("ACSC", "ACCC"))
WAITS = frozenset(("PDNG", "RCVD", "PATC", "ACTC", "ACCP", "ACSP", "ACWC", "ACWP", "ACFC"))
REJECTED, MIXED = "RJCT", "PART"
"""Codes of the external code set ExternalPaymentTransactionStatus1Code: settled, not decided yet, rejected.

That a file is valid in form, accepted by a profile or on its way is no settlement: a rejection may follow.
"""
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
_BIC = re.compile(r"[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?")
_US = re.compile(r"([0-9]{9})/([0-9A-Za-z-]{1,17})")
_ID = re.compile(r"[A-Za-z0-9+?:().,'\-]([A-Za-z0-9/+?:().,' \-]{0,33}[A-Za-z0-9+?:().,'\-])?")
"""Of identifiers the character set that every bank takes; no slash at either end, and no two in a row."""


class BankAccount(NamedTuple):
    """An account at a bank: by IBAN, or in the United States by routing number and account number."""

    iban: str = ""
    routing: str = ""
    number: str = ""

    @property
    def alike(self) -> str:
        """The same for every way of writing one account: `12345`, `12-345` and `00012345` of one bank are one."""
        return self.iban or f"{self.routing}/{self.number.replace('-', '').lstrip('0')}"


class Payer(NamedTuple):
    """From whose account money leaves; `bic` names the bank where an IBAN is used (empty: the bank knows its own)."""

    name: str
    account: BankAccount
    bic: str = ""


class Credit(NamedTuple):
    """One payment: `id` comes back with its status. `amount` is in the smallest part of the unit."""

    id: str
    name: str
    account: BankAccount
    amount: int
    words: str = ""


@functools.cache
def _banks() -> tuple[dict[str, int], list[list[int]]]:
    """The signs of an IBAN by country, and with which two digits a routing number of an account begins."""
    told = tomllib.loads(files(__package__).joinpath("banks.toml").read_text("utf-8"))
    signs = {country: int(many) for many, countries in told["iban"]["signs"].items() for country in countries}
    return signs, told["routing"]["begins"]


def bank_account(text: str) -> BankAccount:
    """The account that a text says: an IBAN, or `ROUTING/NUMBER`. Raises `ValueError` saying what would be right."""
    plain = re.sub(r"\s", "", text).upper()
    return _of_the_us(found[1], found[2]) if (found := _US.fullmatch(plain)) else _of_an_iban(plain)


def _of_the_us(routing: str, number: str) -> BankAccount:
    if sum(int(digit) * weight for digit, weight in zip(routing, (3, 7, 1) * 3, strict=True)) % 10:
        raise ValueError("a routing number whose check digit is right: one of its nine digits is wrong")
    begins = _banks()[1]
    if not any(first <= int(routing[:2]) <= last for first, last in begins):
        want = ", ".join(f"{first:02} to {last:02}" for first, last in begins)
        raise ValueError(f"the routing number of a bank where people have accounts: it begins with {want}")
    return BankAccount(routing=routing, number=number)


def _of_an_iban(plain: str) -> BankAccount:
    if not _IBAN.fullmatch(plain):
        raise ValueError(
            "an IBAN such as DE89 3704 0044 0532 0130 00, or a routing and an account number: 021000021/12345"
        )
    signs = _banks()[0].get(plain[:2])
    if signs is None:
        raise ValueError(f"an IBAN of a country that has them: {plain[:2]} is none of the {len(_banks()[0])}")
    if len(plain) != signs:
        raise ValueError(f"an IBAN of {signs} signs, as all of {plain[:2]} have: this one has {len(plain)}")
    if int("".join(str(int(sign, 36)) for sign in plain[4:] + plain[:4])) % 97 != 1:
        raise ValueError("an IBAN whose two check digits are right: a sign of it is wrong, or two have changed places")
    return BankAccount(iban=plain)


def credit_transfers(
    message: str, payer: Payer, credits: Sequence[Credit], unit: str, *, on: date, made: datetime
) -> bytes:  # fmt: skip
    """A file of payments for a bank; the same in, the same bytes out. Raises `BadInput` naming every fault."""
    _check(message, payer, credits, unit)
    root = ElementTree.Element("Document", {"xmlns": OUT})
    body = ElementTree.SubElement(root, "CstmrCdtTrfInitn")
    many, whole = str(len(credits)), written(sum(one.amount for one in credits), unit)
    head = _put(body, "GrpHdr")
    for name, told in (("MsgId", message), ("CreDtTm", stamp(made)), ("NbOfTxs", many), ("CtrlSum", whole)):
        _put(head, name, told)
    _put(head, "InitgPty/Nm", payer.name)
    block = _put(body, "PmtInf")
    for name, told in (("PmtInfId", message), ("PmtMtd", "TRF"), ("NbOfTxs", many), ("CtrlSum", whole)):
        _put(block, name, told)
    _put(block, "ReqdExctnDt/Dt", on.isoformat())
    _put(block, "Dbtr/Nm", payer.name)
    _put_account(block, "DbtrAcct", payer.account)
    _put_bank(block, "DbtrAgt", payer.account, payer.bic)
    for one in credits:
        _put_credit(_put(block, "CdtTrfTxInf"), one, unit)
    ElementTree.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ElementTree.tostring(root, encoding="unicode")}\n'.encode()


def _put_credit(told: ElementTree.Element, one: Credit, unit: str) -> None:
    _put(told, "PmtId/EndToEndId", one.id)
    _put(told, "Amt/InstdAmt", written(one.amount, unit)).set("Ccy", unit)
    if one.account.routing:
        _put_bank(told, "CdtrAgt", one.account, "")
    _put(told, "Cdtr/Nm", one.name)
    _put_account(told, "CdtrAcct", one.account)
    if one.words:
        _put(told, "RmtInf/Ustrd", one.words)


def _check(message: str, payer: Payer, credits: Sequence[Credit], unit: str) -> None:
    faults = FaultCollector("payment file")
    if not (re.fullmatch(r"[A-Z]{3}", unit)):
        faults.add("unit", unit, "a currency of ISO 4217, such as USD", "currency")
    if not 1 <= len(credits) <= PAYMENTS_MAX:
        faults.add("(whole)", f"{len(credits)} payments", f"1 to {PAYMENTS_MAX} payments", "count")
    if payer.bic and not _BIC.fullmatch(payer.bic):
        faults.add("bic", payer.bic, "a BIC of 8 or 11 signs, such as COBADEFFXXX", "bic")
    for where, name in (("payer", payer.name), *((f"{one.id}, name", one.name) for one in credits)):
        if not _is_words(name, NAME_MAX):
            faults.add(where, shown(name), f"a name of 1 to {NAME_MAX} characters in one line", "name")
    seen = set[str]()
    for one in (message, *(credit.id for credit in credits)):
        if len(one) > ID_MAX or not _ID.fullmatch(one) or "//" in one or one in seen:
            faults.add("id", shown(one), f"an id of its own, of at most {ID_MAX} letters, digits and /-?:().,'+", "id")
        seen.add(one)
    for credit in credits:
        if not 1 <= credit.amount <= CENTS_MAX:
            faults.add(f"{credit.id}, amount", credit.amount, f"from 1 to {CENTS_MAX} of the smallest part", "amount")
        if credit.words and not _is_words(credit.words, WORDS_MAX):
            faults.add(
                f"{credit.id}, words", shown(credit.words), f"at most {WORDS_MAX} characters in one line", "words"
            )
        if faults.count >= FAULTS_MAX:
            faults.add("(further payments)", f"from {credit.id}", "mend these first", "more")
            break
    faults.done()


def _is_words(text: str, most: int) -> bool:
    return 1 <= len(text) <= most and text.isprintable() and text == text.strip()


def _put(parent: ElementTree.Element, path: str, text: str = "") -> ElementTree.Element:
    """A new element under a parent, with those between (`Cdtr/Nm`)."""
    for name in path.split("/"):
        parent = ElementTree.SubElement(parent, name)
    parent.text = text or None
    return parent


def _put_account(parent: ElementTree.Element, name: str, account: BankAccount) -> None:
    if account.iban:
        _put(parent, f"{name}/Id/IBAN", account.iban)
    else:
        _put(parent, f"{name}/Id/Othr/Id", account.number)


def _put_bank(parent: ElementTree.Element, name: str, account: BankAccount, bic: str) -> None:
    bank = _put(parent, f"{name}/FinInstnId")
    if account.routing:
        member = _put(bank, "ClrSysMmbId")
        _put(member, "ClrSysId/Cd", "USABA")
        _put(member, "MmbId", account.routing)
    elif bic:
        _put(bank, "BICFI", bic)
    else:
        _put(bank, "Othr/Id", "NOTPROVIDED")


# ── what the bank answers ───────────────────────────────────────────────────────────────────────────────────────────


class Answered(NamedTuple):
    """What became of a payment: `code` as the bank said it, and why where it was rejected."""

    id: str
    code: str
    reason: str = ""

    @property
    def state(self) -> str:
        """`taken`, `rejected` or `waits`."""
        return "rejected" if self.code == REJECTED else "taken" if self.code in TAKEN else "waits"


class Report(NamedTuple):
    """A bank's status report on one message: what it says of the whole (empty: nothing), and of single payments."""

    message: str
    code: str
    reason: str
    answers: tuple[Answered, ...]

    def of(self, ids: Sequence[str]) -> list[Answered]:
        """What became of each of these payments: what is said of it, else what is said of all. Raises `BadInput` for a
        report on payments that are not among them, or that says two things of one."""
        faults, said = FaultCollector("status report"), dict[str, Answered]()
        for one in self.answers:
            if one.id not in ids:
                faults.add("OrgnlEndToEndId", shown(one.id), f"a payment of {self.message}", "reference")
            elif one.id in said:
                faults.add("OrgnlEndToEndId", shown(one.id), "each payment once", "duplicate")
            said[one.id] = one
        faults.done()
        rest = "" if self.code == MIXED else self.code
        return [said.get(one) or Answered(one, rest or "PDNG", self.reason) for one in ids]


def read_report(data: bytes) -> Report:
    """A bank's `pain.002`, of whichever version. Raises `BadInput` naming every fault, `TooLarge`."""
    if len(data) > BYTES_MAX:
        raise TooLarge(Fault("status report", f"{len(data)} bytes", f"at most {BYTES_MAX} bytes", "too_large"))
    root = _parsed(data)
    space, _, name = root.tag.removeprefix("{").partition("}")
    body = root.find(f"{{{space}}}CstmrPmtStsRpt")
    if name != "Document" or not space.startswith(BACK) or body is None:
        raise BadInput(Fault("(whole)", shown(root.tag), f"a status report: {BACK}…", "format"), "status report")
    at = {"p": space}
    faults = FaultCollector("status report")
    message = _text(body, "p:OrgnlGrpInfAndSts/p:OrgnlMsgId", at)
    if not message:
        faults.add("OrgnlMsgId", "(absent)", "the id of the message that it is about", "missing")
    head = body.find("p:OrgnlGrpInfAndSts", at)
    code, reason = (_text(head, "p:GrpSts", at), _reason(head, at)) if head is not None else ("", "")
    found = list[Answered]()
    for block in body.iterfind("p:OrgnlPmtInfAndSts", at):
        code, reason = _text(block, "p:PmtInfSts", at) or code, _reason(block, at) or reason
        for one in block.iterfind("p:TxInfAndSts", at):
            if len(found) >= PAYMENTS_MAX:
                raise TooLarge(Fault("status report", f"over {PAYMENTS_MAX} payments", "fewer", "too_large"))
            told = Answered(_text(one, "p:OrgnlEndToEndId", at), _text(one, "p:TxSts", at), _reason(one, at))
            if told.code not in TAKEN | WAITS | {REJECTED}:
                faults.add(
                    f"TxSts of {shown(told.id)}", shown(told.code), "a status of ISO 20022, such as ACSC", "code"
                )
            found.append(told)
    if code and code not in TAKEN | WAITS | {REJECTED, MIXED}:
        faults.add("GrpSts", shown(code), "a status of ISO 20022, such as ACSC", "code")
    faults.done()
    return Report(message, code, reason, tuple(found))


def _parsed(data: bytes) -> ElementTree.Element:
    """The root of a document. One with a document type, or nested too deep, is refused while it is read."""
    builder, parser, depth = ElementTree.TreeBuilder(), expat.ParserCreate(namespace_separator="}"), 0

    def begin(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > DEPTH_MAX:
            raise BadInput(Fault("(whole)", f"{depth} levels", f"at most {DEPTH_MAX}", "depth"), "status report")
        builder.start("{" + name if "}" in name else name, attributes)

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end("{" + name if "}" in name else name)

    def doctype(*_: object) -> None:
        raise BadInput(Fault("(whole)", "<!DOCTYPE", "no document type: a report has none", "doctype"), "status report")

    parser.StartElementHandler, parser.EndElementHandler = begin, end
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = builder.data, doctype
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise BadInput(Fault("(whole)", shown(str(error)), "well-formed XML", "xml"), "status report") from error
    return builder.close()


def _text(parent: ElementTree.Element, path: str, at: dict[str, str]) -> str:
    return (parent.findtext(path, "", at) or "").strip()[:NAME_MAX]


def _reason(parent: ElementTree.Element, at: dict[str, str]) -> str:
    """The code of a reason, or the bank's own, with its words."""
    parts = ("p:StsRsnInf/p:Rsn/p:Cd", "p:StsRsnInf/p:Rsn/p:Prtry", "p:StsRsnInf/p:AddtlInf")
    return " ".join(told for path in parts if (told := _text(parent, path, at)))[:200]
