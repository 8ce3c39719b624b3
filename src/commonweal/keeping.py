"""What an authority does with its own keys: change them, say that they were lost or stolen, publish which counted when.

The public log leaves with them: whoever reads its files follows the keys from one known before.

Each step is durable before the next and safe to repeat: a change that was begun is ended by whoever opens the
authority next (`Authority.change_key`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from commonweal.authority import Authority, begin_keys_anew
from commonweal.kernel.disclosure.succession import said_of, withdrawal
from commonweal.kernel.record import LogKey, TlogProof, Turn, inclusion_proof
from commonweal.kernel.record.keyring import CLOSED, COMPROMISED, OVERLAP_MAX, ROTATED, SUCCEEDED, WITHDRAWN, LogClosed
from commonweal.kernel.values import BadInput, Fault
from commonweal.log_export import Exporting

OVERLAP = 1_000


def change_log_key(
    authority: Authority,
    change: Literal["rotated", "lost", "compromised"] = "rotated",
    *,
    overlap: int = OVERLAP,
    void_from: int | None = None,
    in_token: bool = False,
) -> LogKey:
    """Bring a new key in for the log; gives it with the size from which it signs.

    `overlap`: for so many entries after a planned change both keys sign. `void_from`: the first tree size at which
    the stolen key alone counts for nothing (unless said, the next one). Raises `BadInput`, `Locked` and `Conflict`.
    """
    size = authority.store.size()
    void = size + 1 if void_from is None else void_from
    if not 0 <= overlap <= OVERLAP_MAX or not 1 <= void <= size + 1:
        want = f"overlap in 0 to {OVERLAP_MAX}; void_from in 1 to {size + 1}"
        raise BadInput(Fault("overlap, void_from", f"{overlap}, {void}", want), "change of key")
    body = {
        "old_key": authority.vkey,
        "change": change,
        "overlap": overlap if change == ROTATED else 0,
        "void_from": void if change == COMPROMISED else 0,
        "sealed_data_lost": False,
    }
    authority.witnesses.check_writing()
    if (ring := authority.store.keyring()).closed is not None:
        raise LogClosed(ring.why_closed)
    authority.keys.begin_change(authority.settings.origin, body, in_token=in_token)
    authority.change_key()
    return authority.store.keyring().keys[-1]


def withdraw_log_key(authority: Authority, vkey: str, *, void_from: int | None = None) -> LogKey:
    """Give up a key that was replaced before and leaked since; gives it with the sizes for which it still counts.

    `void_from`: the first tree size for which its signature counts no more; unless said, the one from which the next
    key signed. Said again with a smaller one, it counts for less. Raises `BadInput` and `Conflict`.
    """
    ring = authority.store.keyring()
    if vkey not in ring.vkeys[:-1]:
        earlier = ", ".join(ring.vkeys[:-1]) or "(there is none)"
        want = f"an earlier key of this log: {earlier}. The one in force is replaced: `weal key rotate --compromised`"
        raise BadInput(Fault("vkey", vkey, want), "withdrawal of a key")
    place = ring.vkeys.index(vkey)
    void = ring.keys[place + 1].start if void_from is None else void_from
    if not 1 <= void <= authority.store.size() + 1:
        fault = Fault("void_from", str(void), f"a size in 1 to {authority.store.size() + 1}")
        raise BadInput(fault, "withdrawal of a key")
    authority.witnesses.check_writing()
    authority.turn(withdrawal(vkey, void))
    return authority.store.keyring().keys[place]


def lose_keys(folder: Path, *, vkey: str = "", locked_out: bool = False) -> LogKey:
    """Go on after keys.sqlite was lost or cannot be opened for good: new keys, and a public leaf that says so.

    What is left of the old file is kept beside it under another name. What was sealed to lost keys stays unreadable.
    `vkey` is the log's old key, for a record so old that it does not name it; `locked_out` gives
    up keys whose passphrase or token is lost. Raises `Conflict` where keys.sqlite is
    whole, and where the record is not the newest that its witnesses saw.
    """
    begin_keys_anew(folder, vkey, locked_out=locked_out)
    with Authority.open(folder) as authority:
        authority.witnesses.check_writing()
        return authority.store.keyring().keys[-1]


def published_keys(authority: Authority) -> dict[str, Any]:
    """The log's keys with the sizes for which they count, and for each change its leaf with the proofs of it.

    `proof` leads to the first tree that holds the change, signed by both keys where the change was planned; `later` to
    the first that holds the last of them, so that the key in force speaks for all; `witnessed`, where there is one, to
    a tree that the quorum cosigned. `withdrawn` are keys given up after they had been replaced. `closing` and
    `predecessors` prove in the same way that the log was closed, and which logs it goes on from.
    """
    ring, turns = authority.store.keyring(), authority.store.turns()
    of_keys = [index for index, turn in turns if turn.what not in (CLOSED, SUCCEEDED)]
    newest = authority.store.first_covering(of_keys[-1]) if of_keys else None
    return {
        "origin": ring.origin,
        "keys": [
            {
                "vkey": key.vkey,
                "from_size": key.start,
                "to_size": key.stop,
                "ended": key.ended or None,
                "entry": key.entry,
            }
            for key in ring.keys
        ],
        "changes": [_change(authority, *item, newest) for item in turns if item[1].new],
        "withdrawn": [_change(authority, *item, newest) for item in turns if item[1].what == WITHDRAWN],
        "closed_at": ring.closed,
        "successor": ring.successor or None,
        "closing": next((_change(authority, *item) for item in turns if item[1].what == CLOSED), None),
        "predecessors": [
            {**_change(authority, index, turn), "says": said_of(authority.store.entry(index).leaf, turn)}
            for index, turn in turns
            if turn.what == SUCCEEDED
        ],
    }


def exporting(authority: Authority, target: str = "") -> Exporting:
    """The public log on its way to a place: a `target` as in the settings, or theirs. Raises `BadInput`."""
    place = authority.place(target)

    def keys() -> bytes:
        found = published_keys(authority)
        turned = found["changes"] or found["closed_at"] is not None
        return json.dumps(found, ensure_ascii=False).encode() if turned else b""

    store = authority.store
    ours = authority.settings.export
    noted = not target or not ours or str(authority.place(ours)) == str(place)
    return Exporting(store, authority.witnesses.published, store.keyring, place, authority.folder, keys, noted)


def _change(authority: Authority, index: int, turn: Turn, newest: tuple[bytes, int] | None = None) -> Mapping[str, Any]:
    receipt = authority.receipt(index)

    def proof(note: bytes, size: int) -> str:
        return TlogProof(index, tuple(inclusion_proof(index, size, authority.hashes(size))), note, receipt.leaf).text()

    first = authority.store.first_covering(index)
    found = {"entry": index, "disclosures": list(turn.disclosures), "proof": proof(*first)}
    if newest is not None and newest != first:
        found["later"] = proof(*newest)
    if receipt.grade == "witnessed":
        late = TlogProof.parse(receipt.proof.encode())
        found["witnessed"] = TlogProof(index, late.hashes, late.checkpoint, receipt.leaf).text()
    return found
