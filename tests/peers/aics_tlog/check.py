"""Hands folders of a log's files to the PyPI package aics-tlog and says what it made of them.

`check.py ORIGIN WITNESS_VKEY FOLDER…`: a folder holds vkey, checkpoint, old-checkpoint, leaf, proof.tlog-proof and
tile/…. Prints a JSON list of {name, ok, said}.
"""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path
from typing import Any

import aics_tlog as peer


def opened(data: bytes, vkey: str, origin: str, witness: str) -> Any:
    witnesses = [peer.parse_vkey(witness)]
    found = peer.verify_checkpoint(
        peer.parse_note(data), peer.parse_vkey(vkey), witnesses, quorum=1, expected_origin=origin
    )
    if not found.ok:
        raise ValueError(found.error or f"log {found.log_ok}, cosignatures {found.cosignature_count}")
    return found


def proved(data: bytes, leaf: bytes, vkey: str, origin: str, witness: str) -> int:
    head, _, note = data.partition(b"\n\n")
    first, index, *hashes = head.decode().split("\n")
    if first != "c2sp.org/tlog-proof@v1":
        raise ValueError("not a tlog-proof")
    number = int(index.removeprefix("index "))
    tree = opened(note, vkey, origin, witness)
    path = [base64.b64decode(item, validate=True) for item in hashes]
    if not peer.verify_leaf_inclusion(leaf, number, tree.size, path, tree.root):
        raise ValueError("the leaf is not included")
    return number


def check(folder: Path, origin: str, witness: str) -> str:
    vkey, leaf = (folder / "vkey").read_text().strip(), (folder / "leaf").read_bytes()
    tree = opened((folder / "checkpoint").read_bytes(), vkey, origin, witness)
    old = opened((folder / "old-checkpoint").read_bytes(), vkey, origin, witness)
    index = proved((folder / "proof.tlog-proof").read_bytes(), leaf, vkey, origin, witness)
    reader = peer.FileSystemTileReader(folder)
    report = peer.audit_tiles(reader, tree.size, tree.root)
    verified = peer.VerifiedTileReader(reader, tree.size, tree.root)
    if verified.entry(index) != leaf:
        raise ValueError("the entry in its bundle is another one")
    path = peer.inclusion_proof_from_tiles(verified, index, tree.size)
    if not peer.verify_leaf_inclusion(leaf, index, tree.size, path, tree.root):
        raise ValueError("the proof from tiles does not verify")
    grown = peer.consistency_proof_from_tiles(verified, old.size, tree.size)
    if not peer.verify_consistency(old.size, tree.size, old.root, tree.root, grown):
        raise ValueError("the log does not continue its older checkpoint")
    return f"{tree.size} entries, {report.tiles} tiles, {report.bundles} bundles, grown from {old.size}"


def main(origin: str, witness: str, *folders: str) -> None:
    answers = []
    for folder in map(Path, folders):
        try:
            answers.append({"name": folder.name, "ok": True, "said": check(folder, origin, witness)})
        except Exception as error:
            answers.append({"name": folder.name, "ok": False, "said": f"{type(error).__name__}: {error}"})
    print(json.dumps(answers))


if __name__ == "__main__":
    main(*sys.argv[1:])
