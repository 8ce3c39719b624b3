"""Sigstore's verifier takes a bundle of our leaf, with its place in our log, and refuses every tampered copy."""

from __future__ import annotations

import base64
import copy
import json
from collections.abc import Callable
from typing import Any

import runtimes
from attested import ORIGIN
from commonweal import attestations
from commonweal.kernel.disclosure import IssuerKey, new_issuer_key
from commonweal.kernel.record import Checkpoint, NoteSigner
from world import Tell, World

Json = dict[str, Any]


def flipped(text: str, at: int = 10) -> str:
    data = bytearray(base64.b64decode(text))
    data[at] ^= 1
    return base64.b64encode(data).decode()


def entry(bundle: Json) -> Json:
    found: Json = bundle["verificationMaterial"]["tlogEntries"][0]
    return found


def put(found: Json, *path: str | int, change: Callable[[Any], Any]) -> None:
    for step in path[:-1]:
        found = found[step]
    found[path[-1]] = change(found[path[-1]])


def another_leaf(bundle: Json, world: World) -> None:
    """The body says something else, and was never logged."""
    body = json.loads(base64.b64decode(entry(bundle)["canonicalizedBody"]))
    body["time"] = "2001-01-01"
    entry(bundle)["canonicalizedBody"] = base64.b64encode(json.dumps(body).encode()).decode()


def another_log(bundle: Json, world: World) -> None:
    proof = entry(bundle)["inclusionProof"]
    stranger = NoteSigner(ORIGIN, bytes(32))
    note = Checkpoint(ORIGIN, int(proof["treeSize"]), base64.b64decode(proof["rootHash"])).signed(stranger)
    proof["checkpoint"]["envelope"] = note.decode()


def at(*path: str | int) -> Callable[[Json, World], None]:
    return lambda bundle, world: put(entry(bundle), *path, change=flipped)


LIES: dict[str, Callable[[Json, World], None]] = {
    "the signature flipped": lambda bundle, world: put(bundle, "messageSignature", "signature", change=flipped),
    "the digest flipped": lambda bundle, world: put(
        bundle, "messageSignature", "messageDigest", "digest", change=flipped
    ),
    "the logged body flipped": at("canonicalizedBody"),
    "another body": another_leaf,
    "a hash of the proof flipped": at("inclusionProof", "hashes", 0),
    "a hash left out": lambda bundle, world: entry(bundle)["inclusionProof"]["hashes"].pop(),
    "the index moved": lambda bundle, world: put(
        entry(bundle), "inclusionProof", "logIndex", change=lambda text: str(int(text) - 1)
    ),
    "the checkpoint's size changed": lambda bundle, world: put(
        entry(bundle), "inclusionProof", "checkpoint", "envelope",
        change=lambda note: note.replace("\n" + entry(bundle)["inclusionProof"]["treeSize"] + "\n", "\n900\n", 1),
    ),
    "a stranger's checkpoint": another_log,
    "no log entry": lambda bundle, world: bundle["verificationMaterial"]["tlogEntries"].clear(),
}  # fmt: skip


def test_sigstore_verifies_a_bundle_and_refuses_tampered_copies(world: World, tell: Tell) -> None:
    program = runtimes.node("sigstore/check.mjs")
    signed = attestations.sign_for_sigstore(world.authority, world.index)
    assert attestations.sign_for_sigstore(world.authority, world.index) == signed, "one signature for each leaf"
    bundle = json.loads(world.get(f"/api/v1/entries/{world.index}/bundle"))
    root = json.loads(world.get("/api/v1/trusted-root"))
    jwk = next(iter(json.loads(world.get("/.well-known/jwt-vc-issuer/ai"))["jwks"]["keys"]))
    leaf = world.authority.store.entry(world.index).leaf
    case = {"bundle": bundle, "root": root, "jwk": jwk, "artifact": base64.b64encode(leaf).decode()}
    cases = [{"name": "ours", **case}]
    for name, lie in LIES.items():
        tampered = copy.deepcopy(bundle)
        lie(tampered, world)
        assert tampered != bundle, name
        cases.append({"name": name, **case, "bundle": tampered})
    other = base64.b64encode(leaf[:-1] + b" ").decode()
    cases.append({"name": "another artifact", **case, "artifact": other})
    cases.append({"name": "another issuer", **case, "jwk": IssuerKey(new_issuer_key()).jwk})
    found = runtimes.answers(program, cases=cases)
    assert found["ours"]["ok"], found["ours"]
    assert [name for name, answer in found.items() if answer["ok"]] == ["ours"]
    assert found["ours"]["said"] == f"entry {signed} of {world.authority.store.size()}"
    said = f"the bundle of leaf {world.index}: signature, body and proof, {found['ours']['said']}"
    tell(
        "npm @sigstore/verify",
        runtimes.npm_version("@sigstore/verify"),
        said,
        [*LIES, "another artifact", "another issuer"],
    )


def test_a_leaf_that_carries_a_rekor_body_is_a_leaf_like_any_other(world: World) -> None:
    """Nothing of ours stumbles over it: the record verifies, the entry opens, and it names what it follows from."""
    signed = attestations.sign_for_sigstore(world.authority, world.index)
    shown = world.authority.presentation(signed)
    assert (shown.kind, shown.fields["about"]) == ("credential.leaf_signed", world.index)
    leaf = json.loads(world.authority.store.entry(signed).leaf)
    assert (leaf["kind"], leaf["entry_kind"], leaf["refs"]) == (
        "hashedrekord",
        "credential.leaf_signed/1",
        [world.index],
    )
    assert world.authority.verify() == []
