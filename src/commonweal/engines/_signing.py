"""Who signs the trees of a log: shared by every engine that keeps the turns of its log beside the entries."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from commonweal.kernel.record import Keyring, NoteSigner, Turn
from commonweal.kernel.record.keyring import FOUNDED, FOUNDING
from commonweal.kernel.values import Busy, RecordFault

from ._group_commit import Placing


class Signing:
    """The signers of one log, by verifier key. `find` gives one that is not known yet; without it there is but one."""

    def __init__(self, signer: NoteSigner | None, find: Callable[[str], NoteSigner] | None) -> None:
        self._find = find
        self._founder = signer.vkey if signer else ""
        self._known = {signer.vkey: signer} if signer else {}

    def ring(self, rows: Iterable[tuple[int, str]], founded: str = "") -> Keyring:
        """The log's keys from what is kept, in order. Raises `RecordFault` where none founded it."""
        turns = [(index, Turn.loads(text)) for index, text in rows]
        founded = turns.pop(0)[1].new if turns and turns[0][0] == FOUNDING else founded
        founded = founded or (turns[0][1].old if turns else self._founder)
        if not founded:
            raise RecordFault("turn", "this record does not say which key it was founded under")
        return Keyring.of(founded.partition("+")[0], founded, turns)

    def founding(self) -> tuple[int, str]:
        """The row that says which key a log was founded under."""
        return FOUNDING, Turn(FOUNDED, new=self._founder).dumps()

    def of(self, size: int, placed: Placing) -> list[NoteSigner]:
        """Who signs the tree that a batch comes to, after `size` entries. Raises `Busy`, and what `find` raises."""
        assert placed.ring is not None
        names = placed.ring.signing(size + len(placed.drafts), [turn for _, turn in placed.turns])
        return [self._signer(vkey) for vkey in names]

    def _signer(self, vkey: str) -> NoteSigner:
        if vkey not in self._known:
            if self._find is None:
                raise Busy(f"the log is signed with another key now, {vkey}; nothing was written. Start again with it")
            self._known[vkey] = self._find(vkey)
        return self._known[vkey]
