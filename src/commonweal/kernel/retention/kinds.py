"""Entries about keeping and erasing, and the tables of this room."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from commonweal.kernel.disclosure.kinds import PERSONAL, PUBLIC, Filing, Kind
from commonweal.kernel.record.tables import Table
from commonweal.kernel.values import Text

ROOM = "retention"
OFFICE = ("authority", "officer")
Ordered = Literal["court_order", "authority_order", "litigation", "investigation", "audit"]
Scope = Literal["subject", "kind", "entry", "organisation"]
_Cited = Annotated[str | None, PUBLIC, Field(max_length=200, description="a provision, no names")]
_Named = Annotated[str, Field(min_length=1, max_length=300)]
_Code = Annotated[str, PUBLIC, Field(pattern=r"^[a-z][a-z0-9_]{1,60}$", description="a code, e.g. court_order")]
_Sealed = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,60}$", description="a code, e.g. unlawful_processing")]
_Count = Annotated[int, PUBLIC, Field(ge=0, le=2**53)]
_Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class HoldPlaced(Filing):
    """Nothing in `about` may be erased until this is lifted. The public sees that there is a hold, and its basis.

    `scope` says what `about` is: a subject's identifier, a kind's, the number of an entry, or an organisation, of which
    everything is meant: what it ever filed, and what was ever filed about it, its models and models derived from them.
    What is annulled or handed over since is meant too.
    """

    basis: Annotated[Ordered, PUBLIC]
    legal_basis: _Cited = None
    ordered_by: _Named
    reference: Annotated[str | None, Field(max_length=300)] = None
    document_sha256: _Sha256 | None = None
    scope: Annotated[Scope, PUBLIC]
    about: Annotated[str, Field(min_length=1, max_length=160)]


class HoldLifted(Filing):
    """A hold ends. `hold` is the number of the entry that placed it."""

    hold: _Count
    basis: Annotated[Ordered, PUBLIC]
    legal_basis: _Cited = None
    ordered_by: _Named
    reference: Annotated[str | None, Field(max_length=300)] = None
    document_sha256: _Sha256 | None = None


class ErasureAsked(Filing):
    """What goes by two (`why_two`) is to be erased, on a basis that a schedule names: an officer asks, and another has
    to confirm it. The public sees that something was asked for."""

    holder: Annotated[str, PERSONAL, Field(min_length=1, max_length=160)]
    retention_class: _Sealed
    basis: _Sealed
    reasons: Annotated[str, Field(min_length=1, max_length=2000)]
    reference: Annotated[str | None, Field(max_length=300)] = None


class ErasedFiling(Filing):
    """The key `key` is destroyed: what was sealed to it, `entries` of them by `kinds`, can never be read again.

    These are the entries of which the log tells the kind; `quiet` are those done in confidence, by kind, for the
    office: their number would tell how often somebody was paid.
    Who held it and who approved is not public. `schedule` is the text that allowed it. Where it went before its time,
    `asked_in` is the entry by which another officer had asked for it, and `reasons` are those of who confirmed it.
    """

    key: Annotated[str, PUBLIC, Field(pattern=r"^[0-9a-f]{32}$")]
    retention_class: _Code
    basis: _Code
    legal_basis: Annotated[str, PUBLIC, Field(min_length=1, max_length=400)]
    schedule: Annotated[str, PUBLIC, Field(max_length=90)]
    schedule_version: Annotated[str, PUBLIC, Field(max_length=40)]
    entries: _Count
    kinds: Annotated[dict[str, int], PUBLIC]
    quiet: dict[str, int] | None = None
    holder: Annotated[str, PERSONAL, Field(max_length=160)]
    kept_until: Annotated[str, Field(max_length=40)]
    approved_by: _Named
    reference: Annotated[str | None, Field(max_length=300)] = None
    asked_in: _Count | None = None
    reasons: Annotated[str | None, Field(max_length=2000)] = None


_TOLD = "that a key was destroyed or kept from it, and on what basis, is for everybody to check"


def _told(schema: type[Filing]) -> dict[str, str]:
    return {name: _TOLD for name, info in schema.model_fields.items() if PUBLIC in info.metadata}


def _kind(id: str, schema: type[Filing], en: str, zh: str, files: tuple[str, ...] = OFFICE, **more: Any) -> Kind:
    title = Text(en=en, zh=zh)
    return Kind(id=f"retention.{id}", schema=schema, title=title, files=files, tells=_told(schema), **more)


HOLD_PLACED = _kind("hold_placed", HoldPlaced, "Legal hold placed", "设置法律保全")
HOLD_LIFTED = _kind("hold_lifted", HoldLifted, "Legal hold lifted", "解除法律保全")
ERASURE_ASKED = _kind(
    "erasure_asked", ErasureAsked, "Erasure before its time asked for", "申请提前删除", renewable=True
)
ERASED = _kind("erased", ErasedFiling, "Erased", "删除", files=())
KINDS = (HOLD_PLACED, HOLD_LIFTED, ERASURE_ASKED, ERASED)

KEY = Table(
    "retention_key",
    columns={
 "holder": "text", "retention": "text", "entries": "integer", "first": "integer",
        "last": "integer", "first_at": "text", "last_at": "text", "kinds": "json", "authors": "json",
        "state": "text", "keep_until": "text", "due_at": "text", "automatic": "integer", "phase": "text",
        "erased": "integer", "asked_at": "text", "asked_on": "text", "asked_by": "text", "asked_in": "integer",
    },
    key=("first",),
    indexes=(("holder", "retention"), ("retention",), ("phase", "due_at"), ("phase", "asked_at")),
)  # fmt: skip
"""What each key holds, by the first entry sealed to it; a key's own id is random and stands nowhere in these tables.
 `state`: until, for_good, no_event or unscheduled; `phase`: kept, due or erased. Where entry `asked_in`, by
 `asked_by`, ends its keeping sooner, `asked_at` is from when and `asked_on` the basis."""

TERM = Table(
    "retention_term",
    columns={
        "first": "integer", "rule_id": "text", "adopted": "integer", "latest": "text", "state": "text",
        "keep_until": "text", "due_at": "text", "automatic": "integer",
    },
    key=("first", "rule_id", "adopted"),
)  # fmt: skip
"""Each version that speaks for a key, with the newest entry that it speaks for. None ever goes or gets shorter."""

TEXT = Table(
    "retention_text",
    columns={
        "rule_id": "text", "adopted": "integer", "version": "text", "sha256": "text", "text": "text",
        "adopted_on": "text",
    },
    key=("rule_id", "adopted"),
)  # fmt: skip
CLASS = Table(
    "retention_class", columns={"retention": "text", "rule_id": "text", "adopted": "integer"},
    key=("retention", "rule_id"),
)  # fmt: skip
"""Which version of each text speaks for a class now."""

COUNTED = Table(
    "retention_counted", columns={"kind": "text", "field": "text"}, key=("kind", "field"),
)  # fmt: skip
"""Kinds that move a schedule: by a date in a field, or (field "") by ending the keeping."""

EVENT = Table(
    "retention_event", columns={"holder": "text", "kind": "text", "field": "text", "latest": "text"},
    key=("holder", "kind", "field"),
)  # fmt: skip
"""The latest day that was ever filed for an event that a schedule counts from."""

HOLD = Table(
    "retention_hold",
    columns={
        "hold": "integer", "basis": "text", "legal_basis": "text", "ordered_by": "text", "reference": "text",
        "document_sha256": "text", "scope": "text", "about": "text", "placed_at": "text", "placed_by": "text",
        "lifted": "integer", "lifted_at": "text", "lifted_by": "text", "lifted_basis": "text",
    },
    key=("hold",),
    indexes=(("lifted",),),
)  # fmt: skip
ERASURE = Table(
    "retention_erasure",
    columns={
        "entry": "integer", "key": "text", "holder": "text", "retention": "text", "basis": "text",
        "legal_basis": "text", "schedule": "text", "schedule_version": "text", "entries": "integer", "kinds": "json",
        "approved_by": "text", "reference": "text", "asked_in": "integer", "at": "text",
    },
    key=("entry",),
    indexes=(("key",), ("holder",)),
)  # fmt: skip
ASKED = Table(
    "retention_asked",
    columns={"entry": "integer", "holder": "text", "retention": "text", "basis": "text", "by": "text", "at": "text",
             "until": "text"},
    key=("entry",),
)  # fmt: skip
"""Erasures before their time that an officer asked for, each open to another's confirmation until `until`."""
PARTY = Table("retention_party", columns={"subject": "text", "party": "text"}, key=("subject", "party"))
"""Every party that ever filed a version of an organisation or model, or was handed it. No row ever goes."""

MENTION = Table(
    "retention_mention", columns={"holder": "text", "retention": "text", "target": "text"},
    key=("holder", "retention", "target"),
)  # fmt: skip
"""Every organisation and model that was ever named in what is kept for a holder. No row goes but by an erasure."""

TABLES = (KEY, TERM, TEXT, CLASS, COUNTED, EVENT, HOLD, ERASURE, ASKED, PARTY, MENTION)
