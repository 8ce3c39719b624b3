"""Whether two claims may be of one person: over all programmes, by the bank account and by the name and day of birth.

A match proves nothing: a couple has one account, and two people have one name. So nobody is refused by it; a claim that
matches another is not granted by itself, and an officer sees which claims those are. What is compared is laid out as
digests under a secret of the house, in the office's own tables: nothing of it is recorded, so the record tells nobody
that two claims are alike, and who has the tables alone cannot try out names, accounts and days of birth.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from commonweal.kernel.accounts import bank_account
from commonweal.kernel.instrument import Entry, Reader, Table, Tables

from .kinds import CLAIM, MARKS_KEPT, WRITTEN_DOWN

MARK = Table(
    "adaptive_safety_net_mark",
    columns={"claim": "text", "what": "text", "mark": "text", "born": "text", "entry": "integer"},
    key=("claim", "what", "mark"),
    indexes=(("mark",),),
)
"""What a claim ever gave as account and name, as marks (`Entry.mark`), with the entry that gave it first. `born` is the
mark of the day of birth, empty where nobody said."""


class Match(NamedTuple):
    """Another claim that has the same `account` or `person`, since the entry by which that could be seen."""

    claim: str
    what: str
    since: int


def keep(entry: Entry, tables: Tables) -> None:
    """Lay out what a claim is compared by."""
    if entry.kind == MARKS_KEPT.id and not entry.erased:
        for each in entry.body["marks"]:
            tables.put(MARK, {"claim": entry.body["claim"], **each})
    if entry.kind not in (CLAIM.id, WRITTEN_DOWN.id) or entry.erased:
        return
    claim = entry.subject if entry.kind == CLAIM.id else entry.body["claim"]
    born = str(entry.body.get("born_on") or "")
    for what, told in _told(entry.body):
        row = {"claim": claim, "what": what, "mark": _mark(entry, what, told)}
        before = tables.get(MARK, *row.values())
        since = before["entry"] if before else entry.index
        tables.put(MARK, {**row, "born": _mark(entry, "born_on", born) if born else "", "entry": since})


def matches(reader: Reader, claim: str) -> list[Match]:
    """Other claims that have an account of this one, or its name where the days of birth do not say otherwise."""
    found = dict[tuple[str, str], Match]()
    for own in reader.select(MARK, {"claim": claim}, order=("what", "mark")):
        for other in reader.select(MARK, {"mark": own["mark"]}, order=("entry",)):
            apart = own["what"] == "person" and own["born"] and other["born"]
            if other["claim"] == claim or (apart and own["born"] != other["born"]):
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


def _mark(entry: Entry, what: str, told: str) -> str:
    return entry.mark(f"{what}\0{told}")
