"""Attachments through the API: uploaded in a stream that nobody holds, named by a filing, downloaded by its readers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import ExitStack
from typing import Any

import anyio
from anyio import to_thread
from starlette.responses import Response, StreamingResponse

from commonweal.attaching import Waiting
from commonweal.authority import Authority
from commonweal.kernel.disclosure import Attachment
from commonweal.kernel.disclosure.attachments import BOUNDS
from commonweal.kernel.disclosure.media import endings_of, media_types
from commonweal.kernel.values import stamp
from commonweal.sight import Sight

from .operations import INDEX, Answer, Arriving, Asked, Body, Operation, Param, json_answer
from .problems import MEDIA_TYPE

WRITTEN_BYTES = 1 << 18
_FILE_NAME = Param(
    "name",
    f"The file's name, without folders, which ends as what it is: {endings_of()}",
    {"type": "string", "minLength": 1, "maxLength": BOUNDS.name_chars_max},
    example="report.pdf",
    required=True,
)
_DIGEST = Param(
    "sha256", "The SHA-256 by which the entry names it", {"type": "string", "pattern": "^[0-9a-f]{64}$"}, "path"
)


class Uploads:
    """The addresses by which attachments come in and go out."""

    def __init__(self, authority: Authority) -> None:
        self._authority = authority

    def operations(self) -> list[Operation]:
        media = tuple(item.media_type for item in media_types().values())
        return [
            Operation(
                id="attach",
                method="POST",
                path="/api/v1/attachments",
                title=f"Upload a file of at most {BOUNDS.bytes_max} bytes, for a filing of yours to name within a day",
                tag="filings",
                handler=None,
                receiver=self._receive,
                params=(_FILE_NAME,),
                body=Body(None, media="application/octet-stream"),
                answers=(
                    Answer("Kept: what a field for attachments holds, and until when it waits", _kept(), status=201),
                ),
                scope="file",
                bytes_max=BOUNDS.bytes_max,
            ),
            Operation(
                id="attachment",
                method="GET",
                path="/api/v1/entries/{index}/attachments/{sha256}",
                title="An attachment of an entry, for whoever may read the field that names it",
                tag="record",
                handler=self._give,
                params=(Param("index", "The entry's index in the log", INDEX, "path", 0), _DIGEST),
                answers=(Answer("The file", media=media), Answer("It was erased", media=(MEDIA_TYPE,), status=410)),
            ),
        ]

    async def _receive(self, arriving: Arriving) -> Response:
        caller = arriving.asking.needs("file")
        kept = ExitStack()
        try:
            begun = self._authority.attachments.receiving(arriving.values["name"], caller.party)
            upload = await to_thread.run_sync(kept.enter_context, begun)
            async for portion in _gathered(arriving.pieces):
                await to_thread.run_sync(upload.write, portion)

            def finish() -> Waiting:
                arriving.confirm(upload.digests())
                return upload.finish()

            waiting = await to_thread.run_sync(finish)
        finally:
            with anyio.CancelScope(shield=True):  # what was not kept is gone, also where the caller went away
                await to_thread.run_sync(kept.close)
        return json_answer({**waiting.attachment.model_dump(), "until": stamp(waiting.until)}, 201)

    def _give(self, asked: Asked) -> Response:
        asking = asked.asking
        caller, keyid = (asking.caller, asking.holder.keyid) if asking.may_read else (None, "")
        sight = Sight(self._authority, caller, "api attachment", keyid=keyid)
        found = sight.attachment(asked.values["index"], asked.values["sha256"])
        sight.logged()
        return StreamingResponse(found.pieces, headers=found.headers())


async def _gathered(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same bytes in larger pieces, for fewer ways to a thread."""
    held = bytearray()
    async for piece in pieces:
        held += piece
        if len(held) >= WRITTEN_BYTES:
            yield bytes(held)
            held.clear()
    if held:
        yield bytes(held)


def _kept() -> Mapping[str, Any]:
    schema = Attachment.model_json_schema()
    until = {"type": "string", "description": "The instant from which on no filing can name it any more"}
    return {
        **schema,
        "properties": {**schema["properties"], "until": until},
        "required": [*schema["required"], "until"],
    }
