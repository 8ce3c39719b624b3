"""Entries about credentials: each change of one's standing is a leaf, and so is each key that signs them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from commonweal.kernel.disclosure.kinds import HOUSE_SAYS, PUBLIC, Filing, Kind
from commonweal.kernel.record import Act
from commonweal.kernel.values import Text

from .bundles import LEAF_SIGNED

OFFICE = ("authority", "officer")
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_.]{1,80}$")]
Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,60}$", description="a code, e.g. court_order")]
Number = Annotated[int, Field(ge=0, le=2**53)]


class Change(Filing):
    """A credential's standing changes. `cause` is the entry it follows from, where the authority filed it itself."""

    credential: Annotated[Name, PUBLIC]
    number: Annotated[Number, PUBLIC]
    reason: Annotated[Code, PUBLIC]
    legal_basis: Annotated[str | None, Field(max_length=200), PUBLIC] = None
    cause: Annotated[Number | None, PUBLIC, HOUSE_SAYS] = None


class Request(Filing):
    """Somebody asks that a credential be issued, or issued anew, about a subject of theirs."""

    credential: Annotated[Name, PUBLIC]
    about: Annotated[str, Field(max_length=130), PUBLIC]


class KeyPublished(Filing):
    """The public key with which credentials, status lists and presentations are signed, from here on.

    `replaces` is the key before, which signs no more; `change` says whether as planned or because it was stolen.
    """

    kid: Annotated[str, Field(max_length=100), PUBLIC]
    jwk: Annotated[dict[str, str], PUBLIC]
    replaces: Annotated[str | None, Field(max_length=100), PUBLIC] = None
    change: Annotated[Literal["rotated", "compromised"] | None, PUBLIC] = None


def _change(id: str, en: str, zh: str, files: tuple[str, ...] = OFFICE) -> Kind:
    return Kind(id=f"credential.{id}", schema=Change, title=Text(en=en, zh=zh), files=files)


SUSPENDED = _change("suspended", "Credential suspended", "凭证中止")
REINSTATED = _change("reinstated", "Credential reinstated", "凭证恢复")
REVOKED = _change("revoked", "Credential revoked", "凭证撤销")
EXPIRED = _change("expired", "Credential expired", "凭证到期", files=())
REQUESTED = Kind(
    id="credential.requested",
    schema=Request,
    title=Text(en="Credential requested", zh="申请凭证"),
    files=("developer", *OFFICE),
)
KEY_PUBLISHED = Kind(
    id="credential.key_published",
    schema=KeyPublished,
    title=Text(en="Issuer key published", zh="公布签发密钥"),
    files=(),
)
CHANGES = {"suspended": SUSPENDED, "valid": REINSTATED, "revoked": REVOKED, "expired": EXPIRED}
STATE_OF: dict[str, str] = {kind.id: state for state, kind in CHANGES.items()}
# From which states each state can be reached; what is revoked or expired stays so.
FROM: dict[str, tuple[str, ...]] = {
    "suspended": ("valid",),
    "valid": ("suspended",),
    "revoked": ("valid", "suspended"),
    "expired": ("valid", "suspended"),
}
KINDS: tuple[Kind, ...] = (SUSPENDED, REINSTATED, REVOKED, EXPIRED, REQUESTED, KEY_PUBLISHED, LEAF_SIGNED)


def key_published(body: Mapping[str, Any]) -> Act:
    """The act that publishes a key: once for each, however often it is tried."""
    return Act(KEY_PUBLISHED.id, dict(body), f"issuer-key:{body['kid']}")


def change_body(credential: str, number: int, reason: str, cause: int) -> dict[str, Any]:
    """The body of a change that follows from an entry."""
    return {"credential": credential, "number": number, "reason": reason, "cause": cause}
