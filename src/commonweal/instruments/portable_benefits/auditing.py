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
from commonweal.kernel.disclosure.commitments import kind_claim, read_leaf, verify_disclosures
from commonweal.kernel.values import BadInput, Fault, RecordFault

from .due import Work, due_by_account
from .files import leaves
from .kinds import CONFIRMATION_ENDED, CONTRIBUTIONS, DRAWN, SAMPLE_MAX
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


def check(proof: Mapping[str, Any], root: str, rows: int) -> None:
    """Check that a row is the one at its place in the file of so many rows with that root. Raises `RecordFault`.

    How many there are is not the proof's to say: a row at the right edge has the same way up at a smaller place of a
    smaller tree.
    """
    if int(proof["rows"]) != rows:
        raise RecordFault("rows", f"the proof is of a tree of {proof['rows']}, and the file has {rows}")
    row, path = "\t".join(proof["row"]).encode("ascii"), [bytes.fromhex(one) for one in proof["path"]]
    record.ShownRow(row, bytes.fromhex(proof["salt"]), int(proof["place"]), rows, path).check(bytes.fromhex(root))


# ── a sample, checked where there is nothing but the sample ─────────────────────────────────────────────────────────


def checked(sample: Mapping[str, Any]) -> Iterator[Fault]:
    """Whatever in a sample does not follow from its draw, its files' roots and its programmes' texts.

    What is left to hold against the record, `left` says.
    """
    files = {int(one["entry"]): one for one in sample["population"]}
    draw = int(sample["draw"])
    yield from _of_the_draw(sample)
    for entry, by in replaced(sample).items():
        yield from _of_a_replacement(sample, files, entry, by)
    yield from _of_endings(sample)
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
                file = files[int(proof["entry"])]
                check(proof, str(file["root"]), int(file["rows"]))
            except (RecordFault, KeyError, ValueError) as error:
                yield Fault(where, f"entry {proof['entry']}, place {proof['place']}", f"a proof that holds: {error}",
                            "proof")  # fmt: skip
        yield from _posted(one, sample, where)


def replaced(sample: Mapping[str, Any]) -> dict[int, int]:
    """The files of before the draw that are said to be replaced, each with the entry that did: of these no row is
    shown, so whether it is so is what hides a row."""
    return {
        int(one["entry"]): int(one["replaced"]) for one in sample["population"]
        if one["replaced"] and int(one["entry"]) < int(sample["draw"])
    }  # fmt: skip


def left(sample: Mapping[str, Any]) -> list[str]:
    """What of a sample only the record can say, in words."""
    about = [
        f"that the draw is entry {sample['draw']} of {sample['log']}, with lot {sample['lot']}",
        f"that its {len(sample['population'])} files are all there are, each with its entry, rows and root",
        "that the checkpoints of the proofs are signed by the log",
    ]
    about += [
        f"that a death on {one['until']} is on record, beyond which no row counts (entry {one['entry']}, place "
        f"{one['place']})"
        for one in sample["sample"] if one.get("until")
    ]  # fmt: skip
    endings = {str(one["entry"]): payer for payer, one in _ended(sample).items()}
    about += [
        f"that payer {_number(payer)} was not confirmed again since entry {index}, by which no row of it counts "
        f"that reaches to {_ended(sample)[payer]['since']} or beyond"
        for index, payer in endings.items()
    ]  # fmt: skip
    about += [
        f"that entry {index} confirmed {'the ending' if index in endings else 'the file'} that stands in entry "
        f"{shown['entry']}"
        for index, shown in sample["entries"].items() if str(shown["entry"]) != index
    ]  # fmt: skip
    hidden = [one for one in sample["sample"] if "row" not in one]
    return [
        *about,
        *(
            f"that entry {entry} was replaced by entry {by}, a later file of the same payer for the same members: "
            f"{sum(int(one['entry']) == entry for one in hidden)} rows that were drawn are not shown for it"
            for entry, by in sorted(replaced(sample).items())
        ),
    ]


def _of_the_draw(sample: Mapping[str, Any]) -> Iterator[Fault]:
    """The lot is the hash of the entry of the draw, which says how many rows are drawn."""
    try:
        leaf, fields = _entry(sample, int(sample["draw"]), DRAWN.id)
    except (RecordFault, BadInput, KeyError) as error:
        yield Fault("draw", str(sample["draw"]), f"the entry of the draw, with a proof that holds: {error}", "draw")
        return
    told = (str(sample["lot"]), int(sample["asked"]))
    if told != (wanted := (record.leaf_hash(leaf).hex(), int(fields.get("rows", 0)))):
        yield Fault("draw", str(told), f"lot and rows as its entry has them: {wanted}", "draw")


def _of_a_replacement(
    sample: Mapping[str, Any], files: Mapping[int, Mapping[str, Any]], entry: int, by: int
) -> Iterator[Fault]:
    """What took a file's place is a later file for the same programme and period, as both entries say."""
    where = f"entry {entry}, replaced"
    if by <= entry or by not in files:
        yield Fault(where, str(by), "the entry of a later file of this population", "replaced")
        return
    try:
        (_, old), (_, new) = (_entry(sample, one, CONTRIBUTIONS.id) for one in (entry, by))
    except (RecordFault, BadInput, KeyError) as error:
        yield Fault(where, str(by), f"both entries, with proofs that hold: {error}", "replaced")
        return
    if any(old.get(name) != new.get(name) for name in ("programme", "period")):
        yield Fault(where, str(by), f"a file for {old.get('programme')}, {old.get('period')}", "replaced")
    if (old.get("root"), new.get("root")) != (files[entry]["root"], files[by]["root"]):
        yield Fault(where, str(by), "the roots that both entries say", "replaced")


def _ended(sample: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    """The payers that are confirmed no more, each with the day from which on its rows do not count and the entry that
    says so; none in a sample from before it told them."""
    found: Mapping[str, Mapping[str, Any]] = sample.get("ended", {})
    return found


def _number(payer: str) -> str:
    return payer.partition(":")[2]


def _of_endings(sample: Mapping[str, Any]) -> Iterator[Fault]:
    """By what a payer's rows do not count is an entry that says so of that payer, from that day on."""
    for payer, one in _ended(sample).items():
        where, told = f"payer {_number(payer)}, confirmed no more", (payer, str(one["since"]))
        try:
            _, fields = _entry(sample, int(one["entry"]), CONFIRMATION_ENDED.id)
        except (RecordFault, BadInput, KeyError) as error:
            yield Fault(where, str(one["entry"]), f"the entry that says so, with a proof that holds: {error}", "ended")
            continue
        if told != (wanted := (str(fields.get("payer")), str(fields.get("since")))):
            yield Fault(where, str(told), f"payer and day as entry {one['entry']} has them: {wanted}", "ended")


def _entry(sample: Mapping[str, Any], index: int, kind: str) -> tuple[bytes, dict[str, Any]]:
    """The leaf of an entry and what is opened of it, by its own proof; of one that confirms what another asked for, of
    that (`left`). Raises `RecordFault`, `BadInput`, `KeyError`."""
    shown = sample["entries"][str(index)]
    proof = record.TlogProof.parse(str(shown["proof"]).encode("utf-8", "replace"))
    said = record.Checkpoint.from_text(proof.checkpoint.decode().rpartition("\n\n")[0] + "\n")  # signed: `left`
    record.verify_inclusion(record.leaf_hash(proof.extra), proof.index, said.size, proof.hashes, said.root)
    claims = read_leaf(proof.extra)
    stands = int(shown["entry"])
    there = (proof.index, said.origin, kind_claim(claims).rpartition("/")[0])
    if stands > index or there != (stands, sample["log"], kind):
        raise RecordFault(f"entry {index}", f"is not a {kind} of {sample['log']}")
    return proof.extra, verify_disclosures(claims, [str(one) for one in shown["disclosures"]])


def _posted(one: Mapping[str, Any], sample: Mapping[str, Any], where: str) -> Iterator[Fault]:
    """Whether what was posted for a row is what the text makes of all rows of that person and period that count."""
    programme = read_programme(sample["texts"][one["text"]])
    since = {payer: str(each["since"]) for payer, each in _ended(sample).items()}
    works = defaultdict[str, list[Work]](list)
    for proof in (one, *one["beside"]):
        member, first, last, _, *numbers = proof["row"]
        days = date.fromisoformat(first), date.fromisoformat(last)
        payer = str(proof["payer"])
        if str(last) <= str(one.get("until") or last) and (payer not in since or str(last) < since[payer]):
            works[member].append(Work(payer, *days, *map(int, numbers)))
        works.setdefault(member, [])
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
