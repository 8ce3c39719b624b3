"""Entries about the log itself: it changes its key, it is closed, it takes over from another.

They are public in every field, so that a stranger can follow them from a key known before to the key in force.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

from pydantic import Field

from commonweal.kernel.record import Act, Draft, Keyring, LogKey, NoteVerifier, Policy, Stored, TlogProof, Turn
from commonweal.kernel.record.exported import ExportedLog
from commonweal.kernel.record.keyring import CLOSED, OVERLAP_MAX, ROTATED
from commonweal.kernel.record.keyring import SUCCEEDED as TAKEN_OVER
from commonweal.kernel.record.keyring import WITHDRAWN as GIVEN_UP
from commonweal.kernel.values import BadInput, Conflict, Fault, RecordFault, Text, read_json, shown

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
    overlap: Annotated[Annotated[int, Field(ge=0, le=OVERLAP_MAX)], PUBLIC] = 0
    void_from: Annotated[Size, PUBLIC] = 0
    sealed_data_lost: Annotated[bool, PUBLIC] = False


class KeyWithdrawn(Filing):
    """A key that was replaced before is given up as stolen: from the tree size `void_from` on it counts for nothing."""

    key: Annotated[Vkey, PUBLIC]
    void_from: Annotated[Annotated[int, Field(ge=1, le=2**53)], PUBLIC]


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
KEY_WITHDRAWN = Kind(
    id="log.key_withdrawn",
    schema=KeyWithdrawn,
    title=Text(en="Earlier key of the log given up", zh="先前的日志密钥作废"),
    files=(),
)
LOG_CLOSED = Kind(id="log.closed", schema=Closed, title=Text(en="Log closed", zh="日志关闭"), files=())
SUCCEEDED = Kind(id="log.succeeded", schema=Succeeded, title=Text(en="Log taken over", zh="接续前一日志"), files=())
KINDS = TURNING = (KEY_CHANGED, KEY_WITHDRAWN, LOG_CLOSED, SUCCEEDED)


def turn_of(kind: str, body: Mapping[str, Any]) -> Turn | None:
    """What an act changes about the log; None for any other act."""
    if kind == KEY_CHANGED.id:
        return Turn(
            str(body["change"]), str(body["old_key"]), str(body["new_key"]),
            int(body.get("overlap") or 0), int(body.get("void_from") or 0),
        )  # fmt: skip
    if kind == KEY_WITHDRAWN.id:
        return Turn(GIVEN_UP, str(body["key"]), void_from=int(body["void_from"]))
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


def withdrawal(vkey: str, void_from: int) -> Act:
    """The act that gives up a key which was replaced before."""
    return Act(KEY_WITHDRAWN.id, {"key": vkey, "void_from": void_from}, f"withdrawn:{void_from}:{vkey}")


def closing(body: Mapping[str, Any]) -> Act:
    """The act that ends the log: there is one at most."""
    return Act(LOG_CLOSED.id, body, "closing")


def taking_over(body: Mapping[str, Any]) -> Act:
    """The act with which a log goes on from another: one for each predecessor."""
    return Act(SUCCEEDED.id, body, f"predecessor:{body['predecessor']}")


def said_of(leaf: bytes, turn: Turn) -> dict[str, Any]:
    """What an entry about the log says, every field proved to be in its leaf. Raises `BadInput`."""
    return verify_disclosures(leaf, turn.disclosures)


@dataclass(frozen=True, slots=True)
class _Said:
    """A turn as a document tells of it: its fields are those of the leaf; its proofs are not yet judged."""

    index: int
    turn: Turn
    leaf: bytes
    proofs: tuple[TlogProof, ...]


def proved_keyring(document: Mapping[str, Any], vkey: str, quorum: Policy | None = None) -> Keyring:
    """The log's keys from what it publishes, believed only as far as the key `vkey` (known beforehand) reaches.

    `document` is `/api/v1/log-keys`: each change with its leaf, disclosures and proofs. It is believed in the order of
    the log. From `vkey` on, a planned change needs the signature of the key that was in force before it; one that was
    lost or stolen leads nowhere: then the new `vkey` is needed, or a `quorum`. A policy that asks for witnesses is
    asked about every change after `vkey`: a tree that holds it must have their cosignatures.

    All that is told, also of what came before, must stand in a tree under a key that was reached in this way, at a size
    for which that key counts once everything is known. So no key that has ended says anything about the others.
    Raises `BadInput` for what is no such document, `RecordFault` naming the first change that is not proved. Where the
    document says that the log was closed, that is proved, too.
    """
    origin, said = NoteVerifier.from_vkey(vkey).name, _all_said(document)
    founded = next((item.turn.old for item in said if item.turn.new), vkey)
    try:
        ring = Keyring.of(origin, founded, [(item.index, item.turn) for item in said])
    except Conflict as error:
        raise RecordFault("change of key", str(error)) from error
    if vkey not in ring.vkeys:
        raise RecordFault("keys", f"the list is not proved from {vkey}: that is none of the keys in it")
    _follow(said, Keyring.of(origin, founded), ring, vkey, quorum)
    reached = ring.keys[ring.vkeys.index(vkey) :]
    for item in said:
        if not any(_stands(item, proof, reached, origin) for proof in item.proofs):
            raise _unproved(item, f"no tree under a key that counts from {vkey} on holds it; fetch the list anew")
    return _ended(ring, document)


def _follow(said: list[_Said], now: Keyring, finished: Keyring, vkey: str, quorum: Policy | None) -> None:
    """Go along the changes and see that each one after the key `vkey` follows from those before it."""
    reached = now.current == vkey
    for item in said:
        before, now = now, now.after(item.index, item.turn)
        if reached and item.turn.new and not _follows(item, before, finished, quorum):
            raise _unproved(item, f"to {item.turn.new} is not proved from {vkey}")
        reached = reached or now.current == vkey


def _follows(item: _Said, before: Keyring, finished: Keyring, quorum: Policy | None) -> bool:
    """Whether witnesses saw a change or, where none are asked, the key that planned it signed a tree that holds it."""
    if quorum is not None and quorum.asks_witnesses:
        seen = [proof for proof in item.proofs if quorum.satisfied_by(proof.checkpoint)]
        return any(_stands(item, proof, finished.keys, finished.origin) for proof in seen)
    planned = item.turn.what == ROTATED
    return planned and any(_stands(item, proof, before.keys[-1:], before.origin) for proof in item.proofs)


def _stands(item: _Said, proof: TlogProof, keys: Iterable[LogKey], origin: str) -> bool:
    """Whether a proof leads to a tree signed by one of the keys, at a size for which that key counts."""
    for key in keys:
        try:
            size = proof.verify(item.leaf, [NoteVerifier.from_vkey(key.vkey)], origin).size
        except RecordFault:
            continue
        if key.counts_at(size):
            return True
    return False


def _unproved(item: _Said, problem: str) -> RecordFault:
    return RecordFault(
        f"change of key in entry {item.index}", f"{problem}; ask for the new key another way, or give a policy"
    )


def _ended(ring: Keyring, document: Mapping[str, Any]) -> Keyring:
    """The keys once the end of the log stands, where the document has one and the last key signed it."""
    item = document.get("closing")
    if item is None:
        return ring
    if not isinstance(item, Mapping):
        raise BadInput(Fault("closing", shown(item), "an object with `proof` and `disclosures`"), "log keys")
    said = _read(item, LOG_CLOSED, Closed)
    last = max((*ring.withdrawn, *(key.entry for key in ring.keys if key.entry is not None)), default=-1)
    closed = ring.after(said.index, replace(said.turn, disclosures=tuple(item.get("disclosures") or ())))
    for proof in said.proofs:
        proof.verify(said.leaf, ring.verifiers[-1:], ring.origin)
        closed.open(proof.checkpoint)
    if said.index <= last:
        raise RecordFault("closing", f"entry {said.index} cannot end a log that changed its key in entry {last}")
    return closed


def exported_keyring(log: ExportedLog, vkey: str, quorum: Policy | None = None) -> Keyring:
    """The keys of a log laid out as files, followed from the key known beforehand as in `proved_keyring`.

    Raises what that raises; a log with nothing said of its keys has the one key.
    """
    said = log.log_keys()
    if not said:
        return Keyring.of(NoteVerifier.from_vkey(vkey).name, vkey)
    return proved_keyring(read_json(said, bytes_max=LOG_KEYS_BYTES_MAX), vkey, quorum)


def _all_said(document: Mapping[str, Any]) -> list[_Said]:
    """The changes and withdrawals in a document in the log's order, each opened against the leaf in its proofs."""
    listed = document.get("changes") if isinstance(document, Mapping) else None
    given_up = document.get("withdrawn", []) if isinstance(document, Mapping) else None
    for name, items in (("changes", listed), ("withdrawn", given_up)):
        if not isinstance(items, list) or not all(isinstance(item, Mapping) for item in items):
            want = f"what stands at /api/v1/log-keys: an object with a list `{name}`"
            raise BadInput(Fault(name, shown(items), want), "log keys")
    assert listed is not None
    assert given_up is not None
    said = [_read(item, KEY_CHANGED, KeyChanged) for item in listed]
    said += [_read(item, KEY_WITHDRAWN, KeyWithdrawn) for item in given_up]
    said.sort(key=lambda item: item.index)
    for before, after in itertools.pairwise(said):
        if before.index == after.index:
            raise RecordFault("keys", f"two different entries are said to stand at {after.index}")
    return said


def _read(item: Mapping[str, Any], kind: Kind, schema: type[Filing]) -> _Said:
    """What an item says about an entry of a kind, proved to be in its leaf; the signatures are not looked at yet."""
    names = ("proof", "witnessed", "later")
    proofs = tuple(TlogProof.parse(str(item[name]).encode()) for name in names if item.get(name))
    if not proofs:
        raise BadInput(Fault("proof", "(absent)", "a tlog-proof with the leaf on its extra line"), "log keys")
    first = proofs[0]
    leaf = read_leaf(first.extra)
    if kind_claim(leaf).rpartition("/")[0] != kind.id or any(p.extra != first.extra for p in proofs):
        raise BadInput(Fault("proof", kind_claim(leaf), f"proofs of one leaf of the kind {kind.id}"), "log keys")
    if any(proof.index != first.index for proof in proofs):
        raise BadInput(Fault("proof", str([p.index for p in proofs]), "proofs of one entry"), "log keys")
    fields = verify_disclosures(leaf, list(item.get("disclosures") or []))
    turn = turn_of(kind.id, schema.model_validate(fields).model_dump())
    assert turn is not None
    return _Said(first.index, turn, first.extra, proofs)
