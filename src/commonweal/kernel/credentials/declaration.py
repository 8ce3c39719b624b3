"""What kind of credential the subjects of an instrument get: declared once, for issuing, checking and describing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, create_model

from commonweal.kernel.disclosure.kinds import PUBLIC, Filing, Kind
from commonweal.kernel.record import Entry, Reader
from commonweal.kernel.values import Text

State = Literal["valid", "suspended", "revoked"]
SUFFIX = "_issued"
# Claims that SD-JWT VC keeps in the open, and the leaf's own: a field of one of these names could not be disclosed.
RESERVED = frozenset(
    ["aud", "cnf", "exp", "iat", "iss", "jti", "log", "nbf", "status", "sub", "terms", "vct", "_sd", "_sd_alg", "...",
     "author", "blobs", "kind", "marking", "payload_sha256", "refs", "retention", "time"]
)  # fmt: skip


class StatusReference(BaseModel):
    """Where a credential's status stands: number `idx` of the list at `uri`."""

    model_config = ConfigDict(defer_build=True, extra="forbid", frozen=True)

    idx: int
    uri: str


class StatusClaim(BaseModel):
    """The claim `status` of a referenced token."""

    model_config = ConfigDict(defer_build=True, extra="forbid", frozen=True)

    status_list: StatusReference


class Terms(BaseModel):
    """The claims that a credential always shows, as the log commits to them."""

    model_config = ConfigDict(defer_build=True, extra="forbid", frozen=True)

    iss: str
    vct: str
    sub: str
    iat: int
    exp: int | None = None
    status: StatusClaim


@dataclass(frozen=True, slots=True)
class Decision:
    """What an entry decides about a subject: from now on its credential is `state`, for this reason."""

    subject: str
    state: State
    reason: str


Public = Callable[[str, Mapping[str, Any]], Mapping[str, Any]]
"""What everyone may read of a body of a kind, as the policies in force decide: `(kind's id, body)`."""


@dataclass(frozen=True)
class Credential:
    """A credential that subjects of one noun get.

    `id` is `<instrument>.<name>`; `filing` the kind whose filings register a subject; `claims` a schema whose fields
    are disclosed one by one. `of(subject, reader, public)` gives their values as on file, so far as they are public;
    None where nothing can be certified. `issues(entry, reader)` says whether a filing gets one at once (otherwise only
    on request); `decides(entry)` reads standing out of the instrument's own decisions. `terms` names the adopted text
    that says how long it is good.
    """

    id: str
    title: Text
    summary: Text
    noun: str
    filing: str
    terms: str
    claims: type[Filing]
    claim_titles: Mapping[str, Text]
    of: Callable[[str, Reader, Public], Mapping[str, Any] | None]
    issues: Callable[[Entry, Reader], bool] = lambda entry, reader: True
    decides: Callable[[Entry], Decision | None] = lambda entry: None

    def __post_init__(self) -> None:
        fields = set(self.claims.model_fields)
        if clash := sorted(fields & RESERVED):
            raise ValueError(f"{self.id}: claims may not be called {', '.join(clash)}")
        if fields != set(self.claim_titles):
            raise ValueError(f"{self.id}: claim_titles must name each claim: {sorted(fields ^ set(self.claim_titles))}")

    @cached_property
    def kind(self) -> Kind:
        """The kind of entry by which one is issued: its terms and each claim a field of its own."""
        schema: type[BaseModel] = create_model(
            f"{self.claims.__name__}Issued",
            __base__=self.claims,
            __doc__=f"Issues: {self.title['en']}. What is always shown stands in `terms`.",
            terms=(Annotated[Terms, PUBLIC], ...),
        )
        title = Text(en=f"{self.title['en']} issued", zh=f"{self.title['zh']}（颁发）")
        return Kind(id=self.id + SUFFIX, schema=schema, title=title, files=())
