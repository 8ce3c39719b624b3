"""Entries about the log itself: it changes its key, it is closed, it takes over from another.

They are public in every field, so that a stranger can follow them from a key known before to the key in force.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import Field

from commonweal.kernel.record import Act, Draft, Keyring, NoteVerifier, Stored, TlogProof, Turn
from commonweal.kernel.record.exported import ExportedLog
from commonweal.kernel.record.keyring import CLOSED, COMPROMISED
from commonweal.kernel.record.keyring import SUCCEEDED as TAKEN_OVER
from commonweal.kernel.values import BadInput, Fault, RecordFault, Text, read_json

from .commitments import kind_claim, read_leaf, verify_disclosures
from .keys import KeyStore
from .kinds import PUBLIC, Filing, Kind
from .sealing import open_entry

VKEY_CHARS_MAX = 4_096
LOG_KEYS_BYTES_MAX = 4 << 20
Vkey = Annotated[str, Field(max_length=VKEY_CHARS_MAX)]
Size = Annotated[int, Field(ge=0, le=2**53)]


class KeyChanged(Filing):
    """From the next tree on, another key signs the log.

    `overlap`: for so many entries both sign. `void_from`: the first tree size at which the signature of a stolen key
    alone counts for nothing.
    """

    old_key: Annotated[Vkey, PUBLIC]
    new_key: Annotated[Vkey, PUBLIC]
    change: Annotated[Literal["rotated", "lost", "compromised"], PUBLIC]
    overlap: Annotated[Size, PUBLIC] = 0
    void_from: Annotated[Size, PUBLIC] = 0
    sealed_data_lost: Annotated[bool, PUBLIC] = False


class Closed(Filing):
    """The log ends with this entry. `successor` is the origin of the log that goes on, where there is one, and
    `successor_vkey` one of the keys that one is signed with."""

    successor: Annotated[str, Field(max_length=255), PUBLIC] = ""
    successor_vkey: Annotated[str, Field(max_length=VKEY_CHARS_MAX), PUBLIC] = ""
    successor_url: Annotated[str, Field(max_length=500), PUBLIC] = ""


class Succeeded(Filing):
    """This log goes on from another one, which was closed: what that one's last checkpoint says, and its digest."""

    predecessor: Annotated[str, Field(max_length=255), PUBLIC]
    size: Annotated[Size, PUBLIC]
    root: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$"), PUBLIC]
    vkey: Annotated[Vkey, PUBLIC]
    checkpoint_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$"), PUBLIC]
    url: Annotated[str, Field(max_length=500), PUBLIC] = ""


KEY_CHANGED = Kind(
    id="log.key_changed", schema=KeyChanged, title=Text(en="Key of the log changed", zh="更换日志密钥"), files=()
)
LOG_CLOSED = Kind(id="log.closed", schema=Closed, title=Text(en="Log closed", zh="日志关闭"), files=())
SUCCEEDED = Kind(id="log.succeeded", schema=Succeeded, title=Text(en="Log taken over", zh="接续前一日志"), files=())
KINDS = TURNING = (KEY_CHANGED, LOG_CLOSED, SUCCEEDED)


def turn_of(kind: str, body: Mapping[str, Any]) -> Turn | None:
    """What an act changes about the log; None for any other act."""
    if kind == KEY_CHANGED.id:
        return Turn(
            str(body["change"]), str(body["old_key"]), str(body["new_key"]),
            int(body.get("overlap") or 0), int(body.get("void_from") or 0),
        )  # fmt: skip
    if kind == SUCCEEDED.id:
        return Turn(TAKEN_OVER, predecessor=str(body["predecessor"]))
    if kind != LOG_CLOSED.id:
        return None
    to, vkey, url = (str(body.get(name) or "") for name in ("successor", "successor_vkey", "successor_url"))
    return Turn(CLOSED, successor=to, successor_vkey=vkey, successor_url=url)


def turned(draft: Draft, act: Act, keys: KeyStore) -> Draft:
    """A draft with what it changes about the log, if it does; the disclosures go along, public as they are."""
    turn = turn_of(act.kind, act.body)
    if turn is None:
        return draft
    stored = Stored(
        0, draft.leaf, draft.payload, draft.kind, draft.subject, draft.author, draft.time, draft.key, draft.request
    )
    disclosures = tuple(open_entry(stored, keys).private["disclosures"])
    return replace(draft, turn=replace(turn, disclosures=disclosures))


def key_change(body: Mapping[str, Any]) -> Act:
    """The act that brings a new key in: the same key gives the same act, however often it is tried."""
    return Act(KEY_CHANGED.id, body, f"log-key:{body['new_key']}")


def closing(body: Mapping[str, Any]) -> Act:
    """The act that ends the log: there is one at most."""
    return Act(LOG_CLOSED.id, body, "closing")


def taking_over(body: Mapping[str, Any]) -> Act:
    """The act with which a log goes on from another: one for each predecessor."""
    return Act(SUCCEEDED.id, body, f"predecessor:{body['predecessor']}")


def said_of(leaf: bytes, turn: Turn) -> dict[str, Any]:
    """What an entry about the log says, every field proved to be in its leaf. Raises `BadInput`."""
    return verify_disclosures(leaf, turn.disclosures)


def proved_keyring(document: Mapping[str, Any], vkey: str, quorum: Any = None) -> Keyring:
    """The log's keys from what it publishes, believed only as far as the key `vkey` (known beforehand) reaches.

    `document` is `/api/v1/log-keys`: each change with its leaf, disclosures and proof. A change is believed when a key
    believed already signed a tree that holds it; so a planned change leads on, and a key that was lost or stolen does
    not: then the new `vkey` is needed, or a `quorum` (a policy whose witnesses cosigned the change).
    Raises `BadInput` for what is no such document, `RecordFault` naming the first change that is not proved. Where the
    document says that the log was closed, that is proved, too.
    """
    NoteVerifier.from_vkey(vkey)
    origin, changes = vkey.partition("+")[0], _changes(document)
    if not changes:
        return _ended(Keyring.of(origin, vkey), document)
    believed, left = {vkey}, list(changes)
    while reached := [item for item in left if _believed(item, believed, origin, quorum)]:
        left = [item for item in left if item not in reached]
        believed |= {key for _, turn, _ in reached for key in (turn.old, turn.new)}
    if left:
        index, turn, _ = left[0]
        raise RecordFault(
            f"change of key in entry {index}",
            f"to {turn.new} is not proved from {vkey}; ask for the new key another way, or give a policy",
        )
    ring = Keyring.of(origin, changes[0][1].old, [(index, turn) for index, turn, _ in changes])
    if vkey not in ring.vkeys:
        raise RecordFault("keys", f"{vkey} is none of this log's keys")
    return _ended(ring, document)


def _ended(ring: Keyring, document: Mapping[str, Any]) -> Keyring:
    """The keys once the end of the log stands, where the document has one and a key in force signed it."""
    item = document.get("closing")
    if item is None:
        return ring
    if not isinstance(item, Mapping):
        raise BadInput(Fault("closing", type(item).__name__, "an object with `proof` and `disclosures`"), "log keys")
    leaf, proofs, fields = _read(item, LOG_CLOSED)
    turn = turn_of(LOG_CLOSED.id, Closed.model_validate(fields).model_dump())
    assert turn is not None
    closed = ring.after(proofs[0].index, replace(turn, disclosures=tuple(item.get("disclosures") or ())))
    for proof in proofs:
        proof.verify(leaf, ring.verifiers, ring.origin)
        closed.open(proof.checkpoint)
    return closed


def exported_keyring(log: ExportedLog, vkey: str, quorum: Any = None) -> Keyring:
    """The keys of a log laid out as files, followed from the key known beforehand as in `proved_keyring`.

    Raises what that raises; a log with nothing said of its keys has the one key.
    """
    said = log.log_keys()
    if not said:
        return Keyring.of(NoteVerifier.from_vkey(vkey).name, vkey)
    return proved_keyring(read_json(said, bytes_max=LOG_KEYS_BYTES_MAX), vkey, quorum)


_Change = tuple[int, Turn, list[TlogProof]]


def _changes(document: Mapping[str, Any]) -> list[_Change]:
    """The changes in a document, each with its fields opened against the leaf in its proofs."""
    listed = document.get("changes") if isinstance(document, Mapping) else None
    if not isinstance(listed, list) or not all(isinstance(item, Mapping) for item in listed):
        want = "what stands at /api/v1/log-keys: an object with a list `changes`"
        raise BadInput(Fault("changes", type(listed).__name__, want), "log keys")
    return [_change(item) for item in listed]


def _change(item: Mapping[str, Any]) -> _Change:
    _, proofs, fields = _read(item, KEY_CHANGED)
    turn = turn_of(KEY_CHANGED.id, KeyChanged.model_validate(fields).model_dump())
    assert turn is not None
    return proofs[0].index, turn, proofs


def _read(item: Mapping[str, Any], kind: Kind) -> tuple[bytes, list[TlogProof], dict[str, Any]]:
    """Leaf, proofs and fields of an item about an entry of a kind; the signatures are not looked at yet."""
    proofs = [TlogProof.parse(str(item[name]).encode()) for name in ("proof", "witnessed") if item.get(name)]
    if not proofs:
        raise BadInput(Fault("proof", "(absent)", "a tlog-proof with the leaf on its extra line"), "log keys")
    leaf = read_leaf(proofs[0].extra)
    if kind_claim(leaf).rpartition("/")[0] != kind.id or any(p.extra != proofs[0].extra for p in proofs):
        raise BadInput(Fault("proof", kind_claim(leaf), f"proofs of one leaf of the kind {kind.id}"), "log keys")
    return proofs[0].extra, proofs, verify_disclosures(leaf, list(item.get("disclosures") or []))


def _believed(item: _Change, believed: Iterable[str], origin: str, quorum: Any) -> bool:
    """Whether a key that is believed (or the quorum) signed a tree that holds this change."""
    index, turn, proofs = item
    keys = [NoteVerifier.from_vkey(key) for key in believed if not (turn.what == COMPROMISED and key == turn.old)]
    for proof in proofs:
        try:
            proof.verify(proof.extra, keys, origin)
        except RecordFault:
            if quorum is None or not quorum.satisfied_by(proof.checkpoint):
                continue
            try:
                proof.verify(proof.extra, [NoteVerifier.from_vkey(turn.new)], origin)
            except RecordFault:
                continue
        return proof.index == index
    return False
