"""This authority as a witness for other logs: c2sp.org/tlog-witness under `/witness`."""

from __future__ import annotations

import time
from collections.abc import Callable

from starlette.responses import Response

from commonweal.authority import Authority
from commonweal.kernel.record.witness import REQUEST_BYTES_MAX, TEXT_MEDIA

from .operations import Answer, Asked, Body, Operation, Param

_HASH = Param("origin_hash", "SHA-256 of the log's origin, in lowercase hex",
              {"type": "string", "pattern": "^[0-9a-f]{64}$", "minLength": 64, "maxLength": 64}, "path",
              "0" * 64)  # fmt: skip


class Witness:
    """Two addresses, there only where the settings make this authority a witness. Nobody needs a key."""

    def __init__(self, authority: Authority, now: Callable[[], float] = time.time) -> None:
        self._witness, self._now = authority.witness, now

    def operations(self) -> list[Operation]:
        if self._witness is None:
            return []
        return [
            Operation(
                id="witness_add_checkpoint",
                method="POST",
                path="/witness/add-checkpoint",
                title="Ask for a cosignature on a checkpoint of a log that this authority witnesses",
                tag="log",
                handler=self._add_checkpoint,
                body=Body(None, media="text/plain"),
                answers=(Answer("Signature lines (c2sp.org/tlog-cosignature)", media=("text/plain",)),),
                bytes_max=REQUEST_BYTES_MAX,
            ),
            Operation(
                id="witness_checkpoint",
                method="GET",
                path="/witness/{origin_hash}/checkpoint",
                title="The newest checkpoint of a log that this authority cosigned",
                tag="log",
                handler=self._checkpoint,
                params=(_HASH,),
                answers=(Answer("A cosigned note (c2sp.org/tlog-checkpoint)", media=("text/plain",)),),
            ),
        ]

    def _add_checkpoint(self, asked: Asked) -> Response:
        """What the specification says is answered as it says it: plain text, and a tree size for 409."""
        assert self._witness is not None
        answer = self._witness.add_checkpoint(asked.body, int(self._now()))
        return Response(answer.body, answer.status, {"Content-Type": answer.media, "Cache-Control": "no-store"})

    def _checkpoint(self, asked: Asked) -> Response:
        assert self._witness is not None
        note = self._witness.checkpoint(asked.values["origin_hash"])
        return Response(note, headers={"Content-Type": TEXT_MEDIA, "Cache-Control": "no-cache"})
