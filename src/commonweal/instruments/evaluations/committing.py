"""Commitments to the samples of a run: one root on record, and later one sample shown and proven without the rest.

A row is a JSON object: a sample's id and epoch, the SHA-256 of what the log holds of it (a member of an `.eval`, a line
of JSON Lines; of a sample in chunks, the list of its members with theirs), and what the record counts of it: its scores
as numbers, what the log says instead of a number, the SHA-256 of what the model was given and of the target, whether it
was invalidated, failed or edited, and by what its item lies together with others. Who is shown a sample needs nothing
but the root: they hash what they were given, follow the row's path, and read the scores again out of the text. No row
tells of another, for each is salted. With the leaf of the run's entry and its place in the log they need the log's key
alone (`check_on_record`).

Rows of the first version were lists of id, epoch and SHA-256: they bind what a sample says, and nothing that was read
out of it. Runs that were recorded so stay as they are, and whoever checks such a sample is told so. Those of the second
bind nothing by which items lie together.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import msgspec

from commonweal.kernel import disclosure, record
from commonweal.kernel.indicators import ATTEMPTS_VERSION, FIRST_ATTEMPTS, Attempt
from commonweal.kernel.values import BadInput, Fault, FaultCollector, RecordFault, canonical
from commonweal.kernel.values import shown as shown_as

_SECOND = ("item", "epoch", "sha256", "scores", "said", "given", "target", "invalidated", "failed", "edited")
_BOUND = {2: _SECOND, 3: (*_SECOND, "traits")}
"""The fields of an attempt that a row of a version binds: what is kept of one later needs a version of its own."""


def row_of(sample: Attempt, version: int = ATTEMPTS_VERSION) -> bytes:
    """What is committed to of a sample, by a version of this commitment."""
    if version == FIRST_ATTEMPTS:
        return canonical([sample.item, sample.epoch, sample.sha256])
    return canonical({"commitment": version, **{name: getattr(sample, name) for name in _BOUND[version]}})


def tree_of(samples: Sequence[Attempt], secret: bytes, version: int = ATTEMPTS_VERSION) -> record.RowTree:
    """The tree over the samples of a log, in its order; the secret lies in the sealed payload of the entry."""
    return record.RowTree(record.salted(map(partial(row_of, version=version), samples), secret))


@dataclass(frozen=True)
class Proven:
    """A sample that was shown and proven, by a version of the commitment that tells what is bound beside its text."""

    sample: Attempt
    version: int

    @property
    def binds_scores(self) -> bool:
        """Whether the root binds what the record counts of the sample, and not its text alone."""
        return self.version > FIRST_ATTEMPTS


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
    _check_text(_read_row(row.row).sample, text)
    return found


def check_shown(found: Mapping[str, Any], root: str) -> Proven:
    """Check a sample that was shown against the root on record: what is committed to of it.

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
    proven = _read_row(row.row)
    _check_text(proven.sample, found["text"].encode())
    return proven


def check_on_record(
    found: Mapping[str, Any], key: record.NoteVerifier, policy: record.Policy | None = None
) -> tuple[Mapping[str, Any], dict[str, int]]:
    """What is public of a run, its root with it, as what was shown with a sample proves, and who witnessed it.

    The leaf of the entry stands in a tree whose head the log signed with this key (and, where a policy is given, whose
    quorum of witnesses cosigned it), and the leaf commits to the root. What the sample says of its log, its run and how
    many it is one of is held against these. Raises `BadInput`, `RecordFault`.
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
    _check_beside(found, {**{name: fields.get(field) for name, field in _BESIDE.items()}, "log": key.name})
    return fields, cosigned


_BESIDE = {"run": "name", "format": "format", "rows": "samples", "root": "root"}
"""What is said beside a sample that was shown, and the public field of its run that says it."""


def _check_beside(found: Mapping[str, Any], proven: Mapping[str, Any]) -> None:
    """That nothing is said beside a sample that the log says otherwise. Raises `RecordFault`."""
    for name, value in proven.items():
        if name in found and found[name] != value:
            raise RecordFault(name, f"what is shown says {shown_as(found[name])}; the log proves {shown_as(value)}")


def _read_row(row: bytes) -> Proven:
    """What a row says. Raises `BadInput` for what no version writes."""
    try:
        told = json.loads(row)
        if isinstance(told, list):
            item, epoch, digest = told
            return Proven(Attempt(item, epoch, digest), FIRST_ATTEMPTS)
        version = told["commitment"]
        if version not in _BOUND:
            raise ValueError(f"commitment {version}")
        return Proven(msgspec.convert([told[name] for name in _BOUND[version]], Attempt), version)
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError) as error:
        want = "what a run commits to of one sample"
        raise BadInput(Fault("row", row.decode("utf-8", "replace"), want, "malformed"), "a sample shown") from error


def _check_text(sample: Attempt, text: bytes) -> None:
    if hashlib.sha256(text).hexdigest() != sample.sha256:
        where = f"sample {sample.item}, epoch {sample.epoch}"
        raise RecordFault(where, "what is shown is not what the run was recorded with")
