"""A sample of rows for an auditor, each with what proves that it is a row of a file as it was recorded.

A leaf of a file's tree is salted (`record.salted`) and holds the cells of a row (`files.Line`, without where it stood),
parted by tabs, amounts in the smallest part of the currency and hours in hundredths: a row that is shown gives no other
away.

Which rows are drawn follows from the entry of the draw (`record.lot_of`) and from the files that were on record before
it: nobody chooses them, and who draws again leaves another entry. A row is proven by its salt and its way to the root,
which the entry of its file commits to; that entry is proven by the log. What was posted for it is proven by doing it
again: with each row come all others on which that depends, each with its proof, and the text of the programme.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from commonweal.kernel import record
from commonweal.kernel.values import BadInput, Fault, RecordFault

from .due import Work, due_by_account
from .files import leaves
from .kinds import SAMPLE_MAX
from .programmes import Programme, read_programme


def drawn(seed: str, sizes: Mapping[int, int], many: int) -> list[tuple[int, int]]:
    """Entry and place (from 0) of each row that is drawn, of files by entry with so many rows.

    Every row is as likely as any other. Raises `BadInput`.
    """
    total = sum(sizes.values())
    if not 1 <= many <= SAMPLE_MAX:
        raise BadInput(Fault("n", str(many), f"1 to {SAMPLE_MAX} rows"), "sample")
    if not 1 <= len(seed) <= 200:
        raise BadInput(Fault("seed", seed, "1 to 200 characters of your own choice"), "sample")
    places: dict[int, None] = {}
    at = 0
    while len(places) < min(many, total):
        found = int.from_bytes(hashlib.sha256(f"{seed}/{at}".encode()).digest(), "big") % total
        places.setdefault(found)
        at += 1
    return [_place(found, sizes) for found in places]


def _place(at: int, sizes: Mapping[int, int]) -> tuple[int, int]:
    for entry, size in sorted(sizes.items()):
        if at < size:
            return entry, at
        at -= size
    raise AssertionError("it was taken modulo the total")


class Tree:
    """The Merkle tree of a file's payload."""

    def __init__(self, data: bytes) -> None:
        self._tree = record.RowTree(leaves(data))
        self.root = self._tree.root.hex()

    def proven(self, at: int) -> dict[str, Any]:
        """One row with its salt, its place and its way to the root."""
        shown = self._tree.shown(at)
        return {
            "row": shown.row.decode("ascii").split("\t"),
            "salt": shown.salt.hex(),
            "place": at,
            "rows": shown.rows,
            "path": [one.hex() for one in shown.path],
        }


def check(proof: Mapping[str, Any], root: str) -> None:
    """Check that a row is one of the file with that root. Raises `RecordFault`."""
    row, path = "\t".join(proof["row"]).encode("ascii"), [bytes.fromhex(one) for one in proof["path"]]
    record.ShownRow(row, bytes.fromhex(proof["salt"]), proof["place"], proof["rows"], path).check(bytes.fromhex(root))


# ── a sample, checked where there is nothing but the sample ─────────────────────────────────────────────────────────


def checked(sample: Mapping[str, Any]) -> Iterator[Fault]:
    """Whatever in a sample does not follow from its draw, its files' roots and its programmes' texts.

    What is left to hold against the record: the entry of the draw, and each file's entry, rows and root.
    """
    files = {int(one["entry"]): one for one in sample["population"]}
    draw = int(sample["draw"])
    sizes = {
        entry: int(one["rows"]) for entry, one in files.items()
        if entry < draw and (not one["replaced"] or int(one["replaced"]) > draw)
    }  # fmt: skip
    wanted = drawn(str(sample["lot"]), sizes, int(sample["asked"]))
    told = [(int(one["entry"]), int(one["place"])) for one in sample["sample"]]
    if told != wanted:
        yield Fault("sample", str(told), f"what the lot draws: {wanted}", "drawn")
    for at, one in enumerate(sample["sample"], 1):
        where = f"row {at} (entry {one['entry']})"
        if "row" not in one:
            if not files[int(one["entry"])]["replaced"]:
                yield Fault(where, "(absent)", "the row and its proof: its file was not replaced", "missing")
            continue
        for proof in (one, *one["beside"]):
            try:
                check(proof, str(files[int(proof["entry"])]["root"]))
            except (RecordFault, KeyError, ValueError) as error:
                yield Fault(where, f"entry {proof['entry']}, place {proof['place']}", f"a proof that holds: {error}",
                            "proof")  # fmt: skip
        yield from _posted(one, sample["texts"], where)


def _posted(one: Mapping[str, Any], texts: Mapping[str, str], where: str) -> Iterator[Fault]:
    """Whether what was posted for a row is what the text makes of all rows of that person and period."""
    programme = read_programme(texts[one["text"]])
    works = defaultdict[str, list[Work]](list)
    for proof in (one, *one["beside"]):
        member, first, last, _, *numbers = proof["row"]
        days = date.fromisoformat(first), date.fromisoformat(last)
        works[member].append(Work(str(proof["payer"]), *days, *map(int, numbers)))
    span = programme.span(str(one["period"]))
    assert span is not None, "a file is of a period"
    parts = due_by_account(programme, span[0], dict(sorted(works.items())))[one["row"][0]]
    wanted = {pot: cents for (payer, pot), cents in parts.items() if payer == one["payer"]}
    stands = _sums(programme, one["posted"], one["not_booked"])
    if stands != _sums(programme, wanted):
        yield Fault(f"{where}, posted", str(stands), f"{wanted}, by the text and all rows of the person", "posted")


def _sums(programme: Programme, *parts: Mapping[str, int]) -> dict[str, int]:
    sums = {pot: sum(int(one.get(pot, 0)) for one in parts) for pot in programme.pots}
    return {pot: cents for pot, cents in sums.items() if cents}
