"""Downloads that strangers can check: a subject's credential, and chosen public fields of an entry."""

from __future__ import annotations

import json

from starlette.responses import Response

from commonweal import attestations

from .record import entry_index
from .site import View


def credential_download(view: View, form: str) -> Response:
    """The credential of a subject: the holder's file as JSON, or the SD-JWT VC alone."""
    asked = view.request.path_params
    declared = attestations.declared_as(view.authority, asked["type"])
    row = attestations.held(view.authority, f"{declared.noun}:{asked['slug']}", declared.id)
    view.sight.stored(row["entry"])  # its proof says how far the log has come
    found = attestations.evidence(view.authority, row)
    return _download(found, "credential", form, attestations.CREDENTIAL_MEDIA_TYPE, f"credential-{asked['slug']}")


def presentation_download(view: View, form: str) -> Response:
    """Public fields of an entry as an SD-JWT whose payload is the leaf; `field` (given once or more) chooses them."""
    index = entry_index(view, view.request.path_params["index"])
    found = attestations.presentation(view.authority, index, fields=view.request.query_params.getlist("field"))
    return _download(found, "sd_jwt", form, attestations.SD_JWT_MEDIA_TYPE, f"entry-{index}")


def _download(found: dict[str, object], token: str, form: str, media: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}.{form}"', "Cache-Control": "no-store"}
    if form == "sd-jwt":
        return Response(str(found[token]), headers=headers, media_type=media)
    text = json.dumps(found, ensure_ascii=False, indent=1) + "\n"
    return Response(text, headers=headers, media_type="application/json")
