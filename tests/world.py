"""One authority with real filings, two full tiles and part of a third, cosigned by Ed25519 and by ML-DSA-44.

Everything that a peer is given is fetched from the doors that strangers use, and laid down as files.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from attested import ORIGIN, Office
from commonweal.authority import HOUSE
from commonweal.doors.api import Limits, app
from commonweal.engines.sqlite import SqliteWitness
from commonweal.kernel.record import (
    ML_DSA_44,
    Act,
    Checkpoint,
    Cosigner,
    NoteSigner,
    NoteVerifier,
    Policy,
    TlogProof,
    root_of,
)
from commonweal.kernel.record.witness import by_origin
from witnesses import NOW, Network

Tell = Callable[..., None]
TICKS = 700
WITNESS, URL = "witness.example/one", "https://witness.example"
POLICY = "witness w1 {ed} {url}\nwitness w2 {ml} {url}\ngroup both all w1 w2\nquorum both\n"


class World:
    """The authority, and the folder of files that strangers fetched from it."""

    def __init__(self, folder: Path, office: Office, witness: SqliteWitness) -> None:
        self.folder, self.office, self.witness = folder, office, witness
        self.authority = office.authority
        self.vkey = self.authority.vkey
        self.signer: NoteSigner = self.authority.keys.log_signer(ORIGIN)
        self.files = folder / "files"

    @classmethod
    def founded(cls, folder: Path) -> World:
        office = Office.found(folder / "office")
        office.register(compute_flop=1e24)
        authority = office.authority
        cosigners = [Cosigner(WITNESS, bytes([1]) * 32), Cosigner(WITNESS, bytes([2]) * 32, ML_DSA_44)]
        log = NoteVerifier.from_vkey(authority.vkey)
        witness = SqliteWitness(folder / "witness.sqlite", by_origin([log]), cosigners)
        authority.witnesses.policy = Policy.parse(POLICY.format(ed=cosigners[0].vkey, ml=cosigners[1].vkey, url=URL))
        authority.witnesses.port, authority.witnesses.now = Network({URL: witness}), lambda: float(NOW)
        ticks = [Act("clock.tick", {"at": "2026-03-01T09:00:00Z"}, key=f"tick {n}") for n in range(TICKS)]
        authority.act_all(ticks[: TICKS // 2], HOUSE)
        authority.follow()
        assert authority.witnesses.ask(everyone=True)
        old = authority.witnesses.published()
        authority.act_all(ticks[TICKS // 2 :], HOUSE)
        authority.follow()
        assert authority.witnesses.ask(everyone=True)
        world = cls(folder, office, witness)
        world._fetch(old)
        return world

    def close(self) -> None:
        self.witness.close()
        self.authority.close()

    @property
    def index(self) -> int:
        """The entry that everything is shown of: the registered model."""
        found = self.authority.store.newest("model_registration.model", "model:m")
        assert found is not None
        return found.index

    def get(self, path: str, **headers: str) -> bytes:
        """What the API answers to anyone."""
        limits = Limits(address_per_s=1e6, address_burst=1e6)

        async def call() -> httpx.Response:
            transport = httpx.ASGITransport(app(self.authority, limits=limits))
            async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
                return await client.get(path, headers={"Accept-Encoding": "identity", **headers})

        with ThreadPoolExecutor(1) as aside:  # a browser's test has a loop running in its own thread
            answer = aside.submit(lambda: asyncio.run(call())).result()
        assert answer.status_code == 200, (path, answer.text)
        return answer.content

    def _fetch(self, old: bytes) -> None:
        """Checkpoint, an older one, every tile and entry bundle, one leaf with its proof, and the verifier key."""
        self.files.mkdir()
        self._lay("checkpoint", self.get("/log/checkpoint"))
        self._lay("old-checkpoint", old)
        self._lay("vkey", self.vkey.encode())
        receipt = self.authority.receipt(self.index)
        self._lay("leaf", receipt.leaf)
        self._lay("proof.tlog-proof", receipt.proof.encode())
        size = checkpoint(self.files / "checkpoint").size
        for level in ("entries", 0, 1):
            count = size if level in ("entries", 0) else size // 256
            for number in range((count + 255) // 256):
                width = min(256, count - 256 * number)
                path = f"tile/{level}/{number:03}" + ("" if width == 256 else f".p/{width}")
                self._lay(path, self.get(f"/log/{path}"))

    def _lay(self, path: str, data: bytes) -> None:
        place = self.files / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)

    def signed(self, size: int, root: bytes, signer: NoteSigner | None = None) -> bytes:
        """A checkpoint that says anything, signed by the log's own key (or another) and cosigned by its witness."""
        found = Checkpoint((signer or self.signer).name, size, root)
        line = self.witness.cosigners[0].signature(found.text().encode(), NOW).line
        return found.signed(signer or self.signer) + line.encode()

    def copies(self, tamperings: dict[str, Callable[[World, Path], None]], folder: Path) -> dict[str, Path]:
        """An untouched copy called `ours`, and one for each tampering."""
        found = {}
        for name, tamper in {"ours": lambda *_: None, **tamperings}.items():
            shutil.copytree(self.files, folder / name)
            tamper(self, folder / name)
            found[name] = folder / name
        return found


def checkpoint(path: Path) -> Checkpoint:
    return Checkpoint.from_text(path.read_bytes().rpartition(b"\n\n")[0].decode() + "\n")


# ── ways to lie ─────────────────────────────────────────────────────────────────────────────────────────────────────


def flip(path: Path, at: int = -1) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


def leaf_flipped(world: World, copy: Path) -> None:
    flip(copy / "leaf", 40)


def proof_flipped(world: World, copy: Path) -> None:
    path = copy / "proof.tlog-proof"
    proof = TlogProof.parse(path.read_bytes())
    first = bytes([proof.hashes[0][0] ^ 1]) + proof.hashes[0][1:]
    path.write_bytes(TlogProof(proof.index, (first, *proof.hashes[1:]), proof.checkpoint).dumps())


def proof_cut(world: World, copy: Path) -> None:
    path = copy / "proof.tlog-proof"
    proof = TlogProof.parse(path.read_bytes())
    path.write_bytes(TlogProof(proof.index, proof.hashes[:-1], proof.checkpoint).dumps())


def index_moved(world: World, copy: Path) -> None:
    path = copy / "proof.tlog-proof"
    proof = TlogProof.parse(path.read_bytes())
    path.write_bytes(TlogProof(proof.index ^ 1, proof.hashes, proof.checkpoint).dumps())


def root_flipped(world: World, copy: Path) -> None:
    lines = (copy / "checkpoint").read_text("utf-8").split("\n")
    lines[2] = ("A" if lines[2][0] != "A" else "B") + lines[2][1:]
    (copy / "checkpoint").write_text("\n".join(lines), "utf-8")


def signature_flipped(world: World, copy: Path) -> None:
    text, _, signatures = (copy / "checkpoint").read_text("utf-8").rpartition("\n\n")
    lines = signatures.splitlines()
    own = next(number for number, line in enumerate(lines) if line.startswith(f"— {ORIGIN} "))
    changed = "A" if lines[own][-10] != "A" else "B"
    lines[own] = lines[own][:-10] + changed + lines[own][-9:]
    (copy / "checkpoint").write_text(text + "\n\n" + "\n".join(lines) + "\n", "utf-8")


def sizes_swapped(world: World, copy: Path) -> None:
    """The newer root under the older size, honestly signed by the log's own key."""
    new, old = checkpoint(copy / "checkpoint"), checkpoint(copy / "old-checkpoint")
    (copy / "checkpoint").write_bytes(world.signed(old.size, new.root))
    (copy / "old-checkpoint").write_bytes(world.signed(new.size, old.root))


def forked(world: World, copy: Path) -> None:
    """An older tree of other leaves, honestly signed by the log's own key: two histories under one name."""
    old = checkpoint(copy / "old-checkpoint")
    other = root_of([b"other %d" % number for number in range(old.size)])
    (copy / "old-checkpoint").write_bytes(world.signed(old.size, other))


def wrong_origin(world: World, copy: Path) -> None:
    """The same tree, signed by the same secret under another log's name."""
    new = checkpoint(copy / "checkpoint")
    other = world.authority.keys.log_signer("other.example/log")
    (copy / "checkpoint").write_bytes(world.signed(new.size, new.root, other))


def stranger_signed(world: World, copy: Path) -> None:
    """The same text, signed by a key that calls itself the log."""
    new = checkpoint(copy / "checkpoint")
    (copy / "checkpoint").write_bytes(world.signed(new.size, new.root, NoteSigner(ORIGIN, bytes(32))))


def tile_flipped(world: World, copy: Path) -> None:
    flip(copy / "tile/0/001", 100)


def tile_truncated(world: World, copy: Path) -> None:
    path = copy / "tile/0/001"
    path.write_bytes(path.read_bytes()[:-32])


def upper_tile_flipped(world: World, copy: Path) -> None:
    flip(next((copy / "tile/1/000.p").iterdir()), 3)


def entry_flipped(world: World, copy: Path) -> None:
    flip(copy / "tile/entries/001", 500)


def entry_missing(world: World, copy: Path) -> None:
    path = copy / "tile/entries/001"
    data = path.read_bytes()
    path.write_bytes(data[2 + int.from_bytes(data[:2], "big") :])


LIES: dict[str, Callable[[World, Path], None]] = {
    "a byte of the leaf flipped": leaf_flipped,
    "a hash of the proof flipped": proof_flipped,
    "a hash of the proof left out": proof_cut,
    "the proof of another index": index_moved,
    "the root flipped": root_flipped,
    "the signature flipped": signature_flipped,
    "sizes swapped": sizes_swapped,
    "a fork signed by the log": forked,
    "another origin": wrong_origin,
    "a stranger's signature": stranger_signed,
    "a tile flipped": tile_flipped,
    "a tile truncated": tile_truncated,
    "an upper tile flipped": upper_tile_flipped,
    "an entry flipped in its bundle": entry_flipped,
    "an entry missing in its bundle": entry_missing,
}
