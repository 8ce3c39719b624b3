"""`weal verify`: a whole authority, or one receipt far away from it."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from commonweal.authority import examine
from commonweal.kernel.disclosure.succession import proved_keyring
from commonweal.kernel.record import NoteVerifier, Policy, TlogProof
from commonweal.kernel.record.policy import POLICY_BYTES_MAX
from commonweal.kernel.values import (
    BadInput,
    CommonwealError,
    Fault,
    FaultCollector,
    NotFound,
    RecordFault,
    read_json,
    shown,
    stamp,
)

from . import credentials
from .out import WrongUse, bar, err, out

PROOF_SUFFIX = ".tlog-proof"
RECEIPT_BYTES_MAX = 4 << 20
FINDINGS_SHOWN = 20
# What a receipt says about itself that its leaf and proof do not show; the other fields are held against them.
SIGSTORE = "application/vnd.dev.sigstore.bundle"
UNPROVED = ("subject", "grade", "again")


def verify(target: Path, /, *, vkey: str = "", policy: Path | None = None, keys: Path | None = None) -> int:
    """Check a whole record, or a receipt offline. Exits 0 when it verifies, 1 when it does not and says what is wrong.

    Args:
        target: The folder of an authority; or a receipt (.json) or proof (.tlog-proof) file.
        vkey: The log's verifier key, as the authority publishes it; for a receipt it is needed,
            unless a policy names the log.
        policy: A policy file (c2sp.org/tlog-policy): the receipt's checkpoint must have its quorum of witnesses.
        keys: For a receipt, with --vkey: the log's list of keys (/api/v1/log-keys), followed from the key given; the
            receipt must then be signed with a key in force at its size.
    """
    key = _key(vkey) if vkey else None
    if target.is_dir():
        return _verify_record(target, vkey)
    if not target.is_file():
        raise NotFound("folder or receipt", target, "give an authority's folder or a receipt file")
    return _verify_receipt(target, key, _policy(policy), keys)


def _key(vkey: str) -> NoteVerifier:
    try:
        return NoteVerifier.from_vkey(vkey)
    except BadInput as error:
        faults = [Fault("--vkey", fault.seen, fault.want, fault.code) for fault in error.faults]
        raise WrongUse(faults, "verify") from error


def _verify_record(folder: Path, vkey: str) -> int:
    """What opening or reading cannot survive is a finding too: a damaged record never answers with a traceback."""
    try:
        with bar("Verifying") as done:
            found = examine(folder, done)
    except RecordFault as error:
        return _fails([(error.where, error.problem)])
    except CommonwealError:
        raise
    except Exception as error:
        return _fails([("record", f"cannot be read: {type(error).__name__}: {error}")])
    if found.findings:
        return _fails([(item.where, item.problem) for item in found.findings])
    keys = found.ring.keys if found.ring else ()
    if vkey and vkey.strip() not in [key.vkey for key in keys]:
        return _fails([("checkpoint", f"is signed by {found.vkey}, not by the key given")])
    for key in keys[:-1]:
        out(f"  earlier key: {key.vkey} ({key.ended}) signed up to {key.stop} entries")
    out(f"{folder} verifies: {found.size} entries, root {found.root}, signed by {found.vkey}.")
    for told in found.lost:
        out(f"  log of reads: {told}")
    if found.ring and found.ring.closed is not None:
        out(f"  {found.ring.why_closed}")
    out("Checked: payloads against leaves, leaves and tiles against the root, the root against the signed checkpoint.")
    return 0


def _fails(findings: list[tuple[str, str]]) -> int:
    err(f"Does not verify: {len(findings)} finding{'s' if len(findings) != 1 else ''}.")
    for where, problem in findings[:FINDINGS_SHOWN]:
        err(f"  {where}: {problem}")
    if len(findings) > FINDINGS_SHOWN:
        err(f"  … and {len(findings) - FINDINGS_SHOWN} more")
    return 1


def _policy(path: Path | None) -> Policy | None:
    if path is None:
        return None
    if not path.is_file():
        raise NotFound("policy file", path)
    return Policy.parse(path.read_bytes()[: POLICY_BYTES_MAX + 1], str(path))


def _verify_receipt(path: Path, key: NoteVerifier | None, policy: Policy | None, keys: Path | None) -> int:
    data = path.read_bytes()[: RECEIPT_BYTES_MAX + 1]
    if path.suffix == ".json" and (presented := credentials.presented_in(data)) is not None:
        return credentials.verify_presented(presented, key.vkey if key else "", policy)
    proof, leaf, claims = _proof_file(data) if path.suffix == PROOF_SUFFIX else _receipt_file(data)
    if key is None and not (policy and policy.logs):
        named = f"; the receipt itself names {claims['vkey']}, which proves nothing" if "vkey" in claims else ""
        raise BadInput(Fault("--vkey", "(absent)", "the verifier key that the authority publishes" + named), "verify")
    if key is not None and key.name != (named := _named_origin(proof)):
        want = f"the key of the log that the receipt's checkpoint names, {shown(named)}"
        raise WrongUse(Fault("--vkey", f"a key of {shown(key.name)}", want, "verify"), "verify")
    try:
        logs = [key] if key else [item.verifier for item in policy.logs] if policy else []
        cosigned: dict[str, int] = {}
        if keys and key:
            ring = proved_keyring(read_json(keys.read_bytes(), bytes_max=RECEIPT_BYTES_MAX), key.vkey, policy)
            ring.open(proof.checkpoint)
            logs = list(ring.verifiers)
        if policy:
            _, cosigned = replace(policy, logs=()).verify(proof.checkpoint, logs)
        origin = _origin_of(proof, logs)
        checkpoint = proof.verify(leaf, [item for item in logs if item.name == origin], origin)
        said = _matching(claims, leaf, proof, origin)
    except RecordFault as error:
        return _fails([(error.where, error.problem)])
    out(f"{path} verifies: entry {proof.index} of the log {origin}, in its tree of {checkpoint.size} entries.")
    out(f"  kind      {said['kind']}\n  recorded  {said['time']}")
    for name, seconds in cosigned.items():
        out(f"  witnessed by {shown(name)} on {stamp(datetime.fromtimestamp(seconds, UTC))}")
    out("Proved: the index, the log, the kind, when it was recorded, and the digest of what was filed.")
    if unproved := [name for name in UNPROVED if claims.get(name) is not None]:
        out(f"Not proved, only said by this file: {', '.join(unproved)}.")
    return 0


def _named_origin(proof: TlogProof) -> str:
    """The log that the checkpoint names in its first line; nothing is verified."""
    return proof.checkpoint.split(b"\n", 1)[0].decode("utf-8", "replace")


def _origin_of(proof: TlogProof, logs: Sequence[NoteVerifier]) -> str:
    """The log that the proof is about, if it is one of those known; otherwise the first, which then does not verify."""
    first = _named_origin(proof)
    return first if any(item.name == first for item in logs) else logs[0].name


def _proof_file(data: bytes) -> tuple[TlogProof, bytes, dict[str, Any]]:
    proof = TlogProof.parse(data)
    if not proof.extra:
        want = "the entry's leaf: the receipt's .json holds it (`weal receipt DIR INDEX`), and the API's .tlog-proof"
        raise BadInput(Fault("extra", "(absent)", want), "proof")
    return proof, proof.extra, {}


def _receipt_file(data: bytes) -> tuple[TlogProof, bytes, dict[str, Any]]:
    receipt = read_json(data, bytes_max=RECEIPT_BYTES_MAX)
    faults = FaultCollector("receipt")
    if not isinstance(receipt, dict):
        faults.add("(whole)", receipt, "a JSON object, as `weal file` prints it")
        receipt = {}
    if str(receipt.get("mediaType", "")).startswith(SIGSTORE):
        want = (
            "a receipt. This is a Sigstore bundle: Sigstore's clients verify it, with `weal trusted-root DIR` as root"
        )
        raise BadInput(Fault("mediaType", receipt["mediaType"], want), "verify")
    for name in ("leaf", "proof"):
        if not isinstance(receipt.get(name), str):
            faults.add(name, receipt.get(name, "(absent)"), "text, as in the receipt that was handed out")
    faults.done()
    try:
        leaf = base64.b64decode(receipt["leaf"], validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadInput(Fault("leaf", receipt["leaf"][:60], "base64"), "receipt") from error
    return TlogProof.parse(receipt["proof"].encode()), leaf, receipt


def _matching(claims: dict[str, Any], leaf: bytes, proof: TlogProof, origin: str) -> dict[str, Any]:
    """What the leaf says; a receipt that says otherwise about itself is refused."""
    try:
        said = read_json(leaf)
    except BadInput as error:
        raise RecordFault("leaf", "is not JSON") from error
    if not isinstance(said, dict):
        raise RecordFault("leaf", "is not a JSON object")
    kind = str(said.get("entry_kind", said.get("kind", "")))  # the leaf says `<kind>/<version>`
    said["kind"] = kind.rpartition("/")[0]
    said["time"] = str(said.get("time", ""))
    if said.get("iss") != origin:
        raise RecordFault("leaf", f"was issued by {shown(said.get('iss'))!r}, but stands in the log {origin!r}")
    stated = {"index": proof.index, "origin": origin, "kind": said["kind"], "accepted_on": said["time"]}
    for name, true in stated.items():
        if name in claims and (claims[name] != true or type(claims[name]) is not type(true)):
            raise RecordFault("receipt", f"says {name} {shown(claims[name])!r}; what was proved is {true!r}")
    return said
