"""Attachments at the command line: filed with `weal file … --attach FILE`, fetched with `weal attachment`."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter

from commonweal.acceptance import Caller
from commonweal.authority import OPERATOR, Authority
from commonweal.kernel.disclosure import Kind
from commonweal.kernel.disclosure.attachments import attached_fields
from commonweal.kernel.values import BadInput, Conflict, Fault, NotFound
from commonweal.sight import Sight

from .out import as_json, err, table

PIECE_BYTES = 1 << 20
Attach = Annotated[tuple[str, ...], Parameter(name="--attach", negative="")]
Output = Annotated[Path | None, Parameter(name=["--output", "-o"])]


def add_to(app: App) -> None:
    app.command(attachment)


def with_attached(
    authority: Authority, kind_id: str, body: Mapping[str, Any], attach: Sequence[str], party: str
) -> Any:
    """A body with files in its fields for attachments, uploaded for whoever files it.

    Each is a path, or `field=path` where the kind has several such fields. Raises `BadInput` and `NotFound`.
    """
    found = dict(body)
    wanted = [_field_and_path(authority.kinds.get(kind_id), item) for item in attach]
    for field, path in wanted:
        with path.open("rb") as file:
            waiting = authority.attachments.attach(iter(lambda: file.read(PIECE_BYTES), b""), path.name, party)
        held = found.get(field)
        found[field] = [*(held if isinstance(held, list) else []), waiting.attachment.model_dump()]
    return found


def _field_and_path(kind: Kind | None, given: str) -> tuple[str, Path]:
    fields = tuple(attached_fields(kind.schema)) if kind else ()
    if not fields:
        title = kind.id if kind else "this kind"
        raise BadInput(Fault("--attach", given, f"nothing: {title} has no field for attachments", "attach"), "file")
    field, _, path = given.partition("=")
    if field not in fields:
        field, path = (fields[0], given) if len(fields) == 1 else ("", given)
    if not field:
        want = f"FIELD=FILE, with one of {', '.join(fields)}: this kind has several fields for attachments"
        raise BadInput(Fault("--attach", given, want, "attach"), "file")
    if not Path(path).is_file():
        raise NotFound("file", path)
    return field, Path(path)


def attachment(
    folder: Path,
    index: int,
    digest: str = "",
    /,
    *,
    output: Output = None,
    party: Annotated[str, Parameter(name="--as")] = "",
    role: Annotated[tuple[str, ...], Parameter(name="--role", negative="")] = (),
    json: bool = False,
) -> None:
    """List the attachments of an entry, or fetch one of them. What is not public is noted in the log of reads.

    Args:
        folder: The authority's folder.
        index: The entry's index in the log.
        digest: The SHA-256 of one of them, or how it begins; without it, they are listed.
        output: The file to write, which is not there yet; without it, standard output.
        party: Who reads; without it, the authority itself.
        role: In which role; may be given more than once.
        json: List them in JSON, for programs.
    """
    with Authority.open(folder) as authority:
        sight = Sight(authority, Caller(party, role) if party else OPERATOR, "weal attachment")
        found = sight.attachments(index)
        if not digest:
            sight.logged()
            if json:
                as_json([{"field": field, **item.model_dump()} for field, item in found])
                return
            rows = [(field, item.name, item.media_type, item.size, item.sha256) for field, item in found]
            table("", ("field", "name", "type", "bytes", "SHA-256"), rows)
            return
        named = [item.sha256 for _, item in found if item.sha256.startswith(digest)]
        if len(named) != 1:
            hint = "give more of its digest" if named else f"`weal attachment {folder} {index}` lists them"
            raise NotFound(f"single attachment of entry {index}", digest, hint)
        shown = sight.attachment(index, named[0])
        sight.logged()
        written(shown.pieces, output)
        err(f"{shown.attachment.name}, {shown.attachment.size} bytes, as it came: nobody looked through it for harm.")


def written(pieces: Iterator[bytes], output: Path | None) -> None:
    """The bytes into a new file of its owner's alone, whole or not at all; or on standard output."""
    if output is None:
        for piece in pieces:
            sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()
        return
    try:
        descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise Conflict(f"{output} is there already; choose another name") from error
    try:
        with os.fdopen(descriptor, "wb") as file:
            for piece in pieces:
                file.write(piece)
    except BaseException:
        output.unlink()
        raise
