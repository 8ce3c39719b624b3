"""Entries about authorisations: asked for, signed, granted, used.

Their times are public to the second, because a court compares them.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, StringConstraints

from commonweal.kernel.disclosure.kinds import PUBLIC, Filing, Kind
from commonweal.kernel.values import Text

from .policies import LINES_MAX
from .requests import FieldName, Hash, PolicyRef, Request

FILERS = ("developer", "observer", "officer", "authority", "peer", "auditor", "court")
PROOF_CHARS_MAX = 100_000


# A note or proof ends in a newline, and is none without it.
Verbatim = Annotated[str, StringConstraints(strip_whitespace=False, max_length=PROOF_CHARS_MAX)]


class Organisation(Filing):
    """An organisation that approved: when its signature was recorded, and as which entry."""

    organisation: str
    title: dict[str, str]
    at: str
    entry: int


class Signed(Filing):
    """Signatures over a request: lines of a C2SP signed note whose text is the request."""

    request_sha256: Annotated[Hash, PUBLIC]
    signatures: Annotated[tuple[Annotated[str, Field(max_length=6000)], ...], Field(min_length=1, max_length=LINES_MAX)]


class Granted(Filing):
    """A request has its quorum. `note` is the signed note by which it had it."""

    request_sha256: Annotated[Hash, PUBLIC]
    policy: Annotated[PolicyRef, PUBLIC]
    expires: Annotated[str, PUBLIC]
    note: Verbatim
    approved_by: tuple[Organisation, ...]


class Disclosed(Filing):
    """Sealed fields were opened, once: which, on what basis, approved by whom. Never what was in them.

    `fields` names those that are not marked for named persons only (TLP:RED); of these `further_fields` is the count.
    `grant_proof` is the `tlog-proof` of the grant in the checkpoint that was published before.
    """

    request_sha256: Annotated[Hash, PUBLIC]
    policy: Annotated[PolicyRef, PUBLIC]
    entries: Annotated[tuple[int, ...], PUBLIC]
    fields: Annotated[tuple[FieldName, ...], PUBLIC]
    further_fields: Annotated[int, Field(ge=0), PUBLIC]
    basis_code: Annotated[str, PUBLIC]
    basis: Annotated[dict[str, str], PUBLIC]
    citation: Annotated[str, PUBLIC]
    document_sha256: Annotated[Hash, PUBLIC]
    approved_by: Annotated[tuple[Organisation, ...], PUBLIC]
    granted: Annotated[int, PUBLIC]
    granted_at: Annotated[str, PUBLIC]
    expires: Annotated[str, PUBLIC]
    witnessed: Annotated[bool, PUBLIC]
    grant_proof: Annotated[Verbatim, PUBLIC]
    requester: str
    purpose: str


def _kind(id: str, schema: type[Filing], en: str, zh: str, files: tuple[str, ...], **more: Any) -> Kind:
    return Kind(id=id, schema=schema, title=Text(en=en, zh=zh), files=files, time_class="second", **more)


_FOLLOWS = "whoever is shown sealed fields checks by the leaves alone that a grant and a request stand behind it"
REQUESTED = _kind("authorisation.requested", Request, "Authorisation requested", "申请授权", FILERS)
SIGNED = _kind("authorisation.signed", Signed, "Authorisation signed", "签署授权", FILERS)
GRANTED = _kind("authorisation.granted", Granted, "Authorisation granted", "授权成立", (), causes_public=_FOLLOWS)
DISCLOSED = _kind(
    "disclosure.made", Disclosed, "Sealed fields disclosed", "披露密封内容", (), by_house=True, causes_public=_FOLLOWS
)
KINDS: tuple[Kind, ...] = (REQUESTED, SIGNED, GRANTED, DISCLOSED)
