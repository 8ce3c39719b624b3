"""Other people's cryptography on our bytes: ML-DSA-44 cosignatures, sealed payloads, the log's Ed25519 signature."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

import runtimes
from attested import ORIGIN
from commonweal.kernel.disclosure.sealing import _bound_to
from commonweal.kernel.record import ML_DSA_44, Cosigner
from commonweal.kernel.record.notes import split_note
from world import Tell, World

Case = runtimes.Case


def only_ours(found: dict[str, Case]) -> list[str]:
    assert found["ours"]["ok"], found["ours"]
    accepted = [name for name, answer in found.items() if answer["ok"]]
    assert accepted == ["ours"], accepted
    return [name for name in found if name != "ours"]


# ── ML-DSA-44 ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_noble_verifies_ml_dsa_cosignatures(world: World, tell: Tell) -> None:
    program = runtimes.node("ml_dsa/check.mjs")
    cosigner = next(item for item in world.witness.cosigners if item.verifier.kind == ML_DSA_44)
    note, vkey = (world.files / "checkpoint").read_text("utf-8"), cosigner.vkey
    text, lines = split_note(note.encode())
    own = next(line for line in lines if line.key_id == cosigner.verifier.key_id)
    origin, size, root = text.split("\n")[:3]

    def with_line(changed: Callable[[bytearray], None]) -> str:
        value = bytearray(own.key_id + own.value)
        changed(value)
        line = f"— {own.name} {base64.b64encode(value).decode()}\n"
        return note.replace(own.line, line)

    def flipped(at: int) -> str:
        return with_line(lambda value: value.__setitem__(at, value[at] ^ 1))

    stranger = Cosigner(cosigner.name, bytes([9]) * 32, ML_DSA_44)
    notes = {
        "ours": note,
        "a bit of the signature flipped": flipped(200),
        "the last bit of the signature flipped": flipped(-1),
        "the time moved": flipped(11),
        "the signature cut short": with_line(lambda value: value.__delitem__(slice(-1, None))),
        "the size changed": note.replace(f"\n{size}\n", f"\n{int(size) - 1}\n", 1),
        "the root changed": note.replace(root, ("A" if root[0] != "A" else "B") + root[1:], 1),
        "another origin": note.replace(origin, "other.example/log", 1),
    }
    cases = [{"name": name, "note": text, "vkey": vkey} for name, text in notes.items()]
    cases.append({"name": "another key", "note": note, "vkey": stranger.vkey})
    found = runtimes.answers(program, cases=cases)
    assert found["ours"]["said"].startswith(f"{ORIGIN} at {size} entries")
    version = runtimes.npm_version("@noble/post-quantum")
    accepted = f"ML-DSA-44 cosignature of {found['ours']['said']}"
    tell("npm @noble/post-quantum", version, accepted, only_ours(found))


# ── HPKE ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def raw_key(key: X25519PrivateKey) -> str:
    return base64.b64encode(key.private_bytes_raw()).decode()


def test_hpke_opens_our_sealed_payload(world: World, tell: Tell) -> None:
    """Whoever holds a subject's key can read its entries without our software, and notices every change."""
    program = runtimes.node("hpke/check.mjs")
    stored = world.authority.store.entry(world.index)
    leaf = json.loads(stored.leaf)
    key = world.authority.keys.private_key("model:m", leaf["retention"])
    assert key is not None
    bound = _bound_to(leaf)

    def case(name: str, payload: bytes = stored.payload, bound: bytes = bound, held: X25519PrivateKey = key) -> Case:
        encoded = {"payload": base64.b64encode(payload).decode(), "bound": base64.b64encode(bound).decode()}
        return {"name": name, **encoded, "key": raw_key(held)}

    def flipped(at: int) -> bytes:
        data = bytearray(stored.payload)
        data[at] ^= 1
        return bytes(data)

    cases = [
        case("ours"),
        case("the encapsulated key flipped", flipped(25)),
        case("the wrapped key flipped", flipped(60)),
        case("the ciphertext flipped", flipped(150)),
        case("the ciphertext cut short", stored.payload[:-1]),
        case("moved to another leaf", bound=bound.replace(b"model_registration.model/", b"model_registration.other/")),
        case("another's key", held=X25519PrivateKey.generate()),
    ]
    found = runtimes.answers(program, cases=cases)
    private = json.loads(found["ours"]["said"])
    assert (private["subject"], private["author"]) == ("model:m", "party:lab")
    accepted = f"the sealed payload of entry {world.index}, opened to {len(private['disclosures'])} disclosures"
    tell("npm @hpke/core", runtimes.npm_version("@hpke/core"), accepted, only_ours(found))


# ── Ed25519 ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_openssl_verifies_the_logs_signature(world: World, tmp_path: Path, tell: Tell) -> None:
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("needs openssl")
    note = (world.files / "checkpoint").read_bytes()
    text, lines = split_note(note)
    own = next(line for line in lines if line.key_id == world.signer.key_id)
    message = text.encode()
    (tmp_path / "key.pem").write_bytes(
        world.signer.verifier._key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )

    def accepts(message: bytes, signature: bytes) -> bool:
        (tmp_path / "message").write_bytes(message)
        (tmp_path / "signature").write_bytes(signature)
        command = [program, "pkeyutl", "-verify", "-pubin", "-inkey", "key.pem", "-rawin", "-in", "message"]
        done = subprocess.run([*command, "-sigfile", "signature"], cwd=tmp_path, capture_output=True, check=False)
        return done.returncode == 0

    def flipped(data: bytes, at: int) -> bytes:
        return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]

    found: dict[str, Case] = {
        name: {"ok": accepts(*given), "said": ""}
        for name, given in {
            "ours": (message, own.value),
            "the origin flipped": (flipped(message, 0), own.value),
            "the size flipped": (flipped(message, len(ORIGIN) + 1), own.value),
            "the root flipped": (flipped(message, len(message) - 5), own.value),
            "the signature flipped": (message, flipped(own.value, 63)),
            "the last newline cut": (message[:-1], own.value),
        }.items()
    }
    said = subprocess.run([program, "version"], capture_output=True, text=True, check=True).stdout.split()[1]
    tell("openssl", said, "the log's Ed25519 signature on its checkpoint", only_ours(found))
