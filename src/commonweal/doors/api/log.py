"""The log as anyone may read it: C2SP tlog-tiles under `/log`."""

from __future__ import annotations

import gzip

from starlette.responses import Response

from commonweal import handover, keeping
from commonweal.archives import STATEMENT
from commonweal.authority import Authority
from commonweal.kernel.record import ENTRIES, TILE_WIDTH, parse_tile_path, tile_width
from commonweal.kernel.record.exported import CHECKPOINT
from commonweal.kernel.values import BadInput, NotFound

from .operations import Answer, Asked, Operation, Param, json_answer

TILE = "application/octet-stream"
NOTE = "text/plain; charset=utf-8"
FOR_EVER = "public, max-age=31536000, immutable"
_TILE_PATH = Param("path", "<L>/<N>[.p/<W>], or entries/<N>[.p/<W>]", place="path", example="0/000")


class Log:
    """Checkpoint, tiles and entry bundles, exactly as the specification has them."""

    def __init__(self, authority: Authority) -> None:
        self._authority = authority

    def operations(self) -> list[Operation]:
        return [
            Operation(
                id="log_checkpoint",
                method="GET",
                path="/log/checkpoint",
                title="The newest published checkpoint: with its quorum of witnesses, where the log has a policy",
                tag="log",
                handler=self._checkpoint,
                answers=(Answer("A signed note (c2sp.org/tlog-checkpoint)", media=("text/plain",)),),
            ),
            Operation(
                id="log_keys",
                method="GET",
                path="/api/v1/log-keys",
                title="The keys of the log, the tree sizes for which each counts, and the proof of every change",
                tag="log",
                handler=self._keys,
                answers=(Answer("Keys, changes, and whether the log is closed", {"type": "object"}),),
            ),
            Operation(
                id="log_tile",
                method="GET",
                path="/log/tile/{path:path}",
                title="A hash tile or an entry bundle (c2sp.org/tlog-tiles)",
                tag="log",
                handler=self._tile,
                params=(_TILE_PATH,),
                answers=(Answer("The tile", media=(TILE,)),),
            ),
            Operation(
                id="log_predecessor",
                method="GET",
                path="/log/predecessors/{log}/{path:path}",
                title="The public log of a predecessor, as its successor keeps it",
                tag="log",
                handler=self._predecessor,
                params=(
                    Param("log", "the first 32 hex digits of the SHA-256 of its origin", place="path"),
                    Param("path", "checkpoint, log-keys.json, or tile/<L>/<N>[.p/<W>]", place="path"),
                ),
                answers=(Answer("The file", media=(TILE, "text/plain", "application/json")),),
            ),
        ]

    def _predecessor(self, asked: Asked) -> Response:
        archive, path = handover.archived(self._authority, str(asked.values["log"])), str(asked.values["path"])
        medias = {CHECKPOINT: NOTE, STATEMENT: "application/json"}
        if path not in medias:
            try:
                parse_tile_path(path)
            except BadInput as error:
                raise NotFound("file", path, error.faults[0].want) from error
        return Response(archive.read(path), headers={"Cache-Control": FOR_EVER, "Content-Type": medias.get(path, TILE)})

    def _checkpoint(self, asked: Asked) -> Response:
        note = self._authority.witnesses.published()
        return Response(note, headers={"Cache-Control": "public, max-age=2", "Content-Type": NOTE})

    def _keys(self, asked: Asked) -> Response:
        found = keeping.published_keys(self._authority)
        return json_answer(found, headers={"Cache-Control": "public, max-age=60"})

    def _tile(self, asked: Asked) -> Response:
        path = f"tile/{asked.values['path']}"
        try:
            name = parse_tile_path(path)
        except BadInput as error:
            raise NotFound("tile", path, error.faults[0].want) from error
        store, size = self._authority.store, self._authority.public_size
        there = tile_width(name.level, name.n, size)
        if name.width > there:
            raise NotFound("tile", path, f"in a tree of {size} entries it has {there} of {TILE_WIDTH} hashes")
        data = store.tile(name.level, name.n, name.width)
        headers = {"Cache-Control": FOR_EVER, "Content-Type": TILE}
        if name.level == ENTRIES:
            headers["Vary"] = "Accept-Encoding"
            if "gzip" in asked.request.headers.get("accept-encoding", ""):
                return Response(gzip.compress(data, 6, mtime=0), headers={**headers, "Content-Encoding": "gzip"})
        return Response(data, headers=headers)
