"""Payments as banks take them: ISO 20022 `pain.001.001.09`. What banks answer is read in `_answers`.

Elements stand in the order of the published schema (CustomerCreditTransferInitiationV09 of February 2019).
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

from commonweal.kernel.values import FaultCollector, shown, stamp

from ._units import written

OUT = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
ID_MAX, NAME_MAX, WORDS_MAX, FAULTS_MAX = 35, 140, 140, 50
CENTS_MAX = 10**15
PAYMENTS_MAX = 100_000
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
