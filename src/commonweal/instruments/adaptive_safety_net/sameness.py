"""Whether two claims may be of one person: over all programmes, by the bank account and by the name and day of birth.

A match proves nothing: a couple has one account, and two people have one name. So nobody is refused by it; a claim that
matches another is not granted by itself, and an officer sees which claims those are. What is compared is laid out as
digests beside the claims, in the office's own tables: nothing of it is recorded, so the record tells nobody that two
claims are alike.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from commonweal.kernel.accounts import bank_account
from commonweal.kernel.instrument import Entry, Reader, Table, Tables

from .kinds import CLAIM

MARK = Table(
    "adaptive_safety_net_mark",
    columns={"claim": "text", "what": "text", "mark": "text", "born_on": "text", "entry": "integer"},
    key=("claim", "what", "mark"),
    indexes=(("mark",),),
)
"""What a claim ever gave as account and name, as digests, with the entry that gave it first. `born_on` is the digest of
the day of birth, empty where nobody said."""


class Match(NamedTuple):
    """Another claim that has the same `account` or `person`, since the entry by which that could be seen."""

    claim: str
    what: str
    since: int


def keep(entry: Entry, tables: Tables) -> None:
    """Lay out what a claim is compared by."""
    if entry.kind != CLAIM.id or entry.erased or entry.subject is None:
        return
    born = str(entry.body.get("born_on") or "")
    for what, told in _told(entry.body):
        row = {"claim": entry.subject, "what": what, "mark": _digest(what, told)}
        before = tables.get(MARK, *row.values())
        since = before["entry"] if before else entry.index
        tables.put(MARK, {**row, "born_on": _digest("born_on", born) if born else "", "entry": since})


def matches(reader: Reader, claim: str) -> list[Match]:
    """Other claims that have an account of this one, or its name where the days of birth do not say otherwise."""
    found = dict[tuple[str, str], Match]()
    for own in reader.select(MARK, {"claim": claim}, order=("what", "mark")):
        for other in reader.select(MARK, {"mark": own["mark"]}, order=("entry",)):
            apart = own["what"] == "person" and own["born_on"] and other["born_on"]
            if other["claim"] == claim or (apart and own["born_on"] != other["born_on"]):
                continue
            one = Match(other["claim"], own["what"], max(own["entry"], other["entry"]))
            found.setdefault((one.claim, one.what), one)
    return sorted(found.values())


def named(body: Mapping[str, Any]) -> bool:
    """Whether a claim says a name of which anything can be read."""
    return bool(_words(str(body.get("person") or "")))


def _told(body: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if words := _words(str(body.get("person") or "")):
        yield "person", words
    if told := body.get("paid_to"):
        yield "account", bank_account(str(told)).alike


def _words(name: str) -> str:
    """A name whatever the order, the case, the accents and the signs between its words: Smith, Sam is Sam Smith."""
    plain = "".join(one for one in unicodedata.normalize("NFKD", name) if not unicodedata.combining(one)).casefold()
    return " ".join(sorted("".join(sign if sign.isalnum() else " " for sign in plain).split()))


def _digest(what: str, told: str) -> str:
    return hashlib.sha256(f"{what}\0{told}".encode()).hexdigest()
