"""Attachments in the portal: listed on the page of their entry for whoever may have them, and given as files."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response, StreamingResponse

from commonweal.kernel.disclosure import Erased, Kind
from commonweal.kernel.disclosure.attachments import attached_fields
from commonweal.kernel.disclosure.media import media_of
from commonweal.kernel.instrument import Column

from .fields import title_of
from .site import View


def listed(view: View, index: int, kind: Kind | None) -> dict[str, Any] | None:
    """A table of the attachments of an entry that whoever looks may have; None where there are none."""
    if kind is None or not attached_fields(kind.schema):
        return None
    try:
        found = view.sight.attachments(index)
    except Erased:
        return None
    message = view.site.message
    columns = (
        Column("name", message("File"), "link"),
        Column("type", message("Type")),
        Column("size", message("Bytes"), "number"),
        Column("field", message("Field")),
        Column("sha256", message("Digest (SHA-256)")),
    )
    rows = [
        {
            "name": item.name,
            "href": f"/record/{index}/attachments/{item.sha256}",
            "type": view.text(media.title) if (media := media_of(item.name)) else item.media_type,
            "size": item.size,
            "field": str(view.say(title_of(field))),
            "sha256": item.sha256,
        }
        for field, item in found
    ]
    return {"columns": columns, "rows": rows} if rows else None


def download(view: View) -> Response:
    """One attachment, as a file that no browser shows in this site's name."""
    asked = view.request.path_params
    found = view.sight.attachment(asked["index"], asked["sha256"])
    return StreamingResponse(found.pieces, headers=found.headers())
