"""Commitments to the samples of a run: one root on record, and later one sample shown and proven without the rest.

A row is the JSON list of a sample's id, its epoch and the SHA-256 of what the log holds of it: a member of an `.eval`,
a line of JSON Lines; of a sample in chunks, the list of its members with theirs. Who is shown a sample needs nothing
but the root: they hash what they were given, and follow the row's path. No row tells of another, for each is salted.
With the leaf of the run's entry and its place in the log they need the log's key alone (`check_on_record`).
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from commonweal.kernel import disclosure, record
from commonweal.kernel.values import BadInput, Fault, FaultCollector, RecordFault, canonical

from .formats.log import Sample


def row_of(sample: Sample) -> bytes:
    """What is committed to of a sample."""
    return canonical([sample.id, sample.epoch, sample.digest.hex()])


def tree_of(samples: Sequence[Sample], secret: bytes) -> record.RowTree:
    """The tree over the samples of a log, in its order; the secret lies in the sealed payload of the entry."""
    return record.RowTree(record.salted(map(row_of, samples), secret))


def shown(tree: record.RowTree, place: int, text: bytes) -> dict[str, Any]:
    """A sample as it is shown to others: what the log holds of it, and what proves it, as plain data.

    Raises `RecordFault` where the text is not that sample's.
    """
    row = tree.shown(place)
    found = {
        "row": row.row.decode(),
        "salt": row.salt.hex(),
        "place": row.place,
        "rows": row.rows,
        "path": [one.hex() for one in row.path],
        "root": tree.root.hex(),
        "text": text.decode("utf-8"),
    }
    _check_text(row.row, text)
    return found


def check_shown(found: Mapping[str, Any], root: str) -> tuple[str, int]:
    """Check a sample that was shown against the root on record; its id and epoch.

    Raises `BadInput` naming every part that is missing or malformed, `RecordFault` where it does not hold.
    """
    faults = FaultCollector("a sample shown")
    wanted: Mapping[str, type] = {"row": str, "salt": str, "place": int, "rows": int, "path": list, "text": str}
    for name, kind in wanted.items():
        if not isinstance(found.get(name), kind) or isinstance(found.get(name), bool):
            faults.add(name, found.get(name, "(absent)"), f"{kind.__name__}, as it was shown", "malformed")
    faults.done()
    try:
        path = [bytes.fromhex(one) for one in found["path"]]
        row = record.ShownRow(
            found["row"].encode(), bytes.fromhex(found["salt"]), found["place"], found["rows"], path
        )  # fmt: skip
        under = bytes.fromhex(root)
    except (ValueError, TypeError) as error:
        raise BadInput(Fault("salt, path, root", str(error), "hexadecimal", "malformed"), "a sample shown") from error
    row.check(under)
    return _check_text(row.row, found["text"].encode())


def check_on_record(
    found: Mapping[str, Any], key: record.NoteVerifier, policy: record.Policy | None = None
) -> tuple[str, dict[str, int]]:
    """The root to which an entry of the record commits, as what was shown with a sample proves, and who witnessed it.

    The leaf of the entry stands in a tree whose head the log signed with this key (and, where a policy is given, whose
    quorum of witnesses cosigned it), and the leaf commits to the root. Raises `BadInput`, `RecordFault`.
    """
    on_record = found.get("on_record")
    parts = on_record if isinstance(on_record, Mapping) else {}
    leaf_text, proof_text, disclosures = (parts.get(name) for name in ("leaf", "proof", "disclosures"))
    texts = isinstance(disclosures, list) and all(isinstance(one, str) for one in disclosures)
    if not isinstance(leaf_text, str) or not isinstance(proof_text, str) or not texts:
        want = "leaf, proof and disclosures, as show-sample writes them"
        raise BadInput(Fault("on_record", "(absent or malformed)", want, "malformed"), "a sample shown")
    try:
        leaf = base64.b64decode(leaf_text, validate=True)
    except ValueError as error:
        raise BadInput(Fault("on_record.leaf", str(error), "base64", "malformed"), "a sample shown") from error
    proof = record.TlogProof.parse(proof_text.encode())
    cosigned = policy.verify(proof.checkpoint, [key])[1] if policy else {}
    proof.verify(leaf, [key], key.name)
    fields = disclosure.verify_disclosures(leaf, disclosures or ())
    if proof.index != found.get("entry"):
        raise RecordFault("on_record", f"proves entry {proof.index}, and the sample names {found.get('entry')}")
    if "root" not in fields:
        raise RecordFault("on_record", "discloses no root: this entry is no run of an evaluation")
    return str(fields["root"]), cosigned


def _check_text(row: bytes, text: bytes) -> tuple[str, int]:
    sample, epoch, digest = json.loads(row)
    if hashlib.sha256(text).hexdigest() != digest:
        raise RecordFault(f"sample {sample}, epoch {epoch}", "what is shown is not what the run was recorded with")
    return str(sample), int(epoch)
