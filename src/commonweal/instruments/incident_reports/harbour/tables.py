"""What is laid out of claims to the safe harbour: the newest decision, what was waived, and the identity strip."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from commonweal.kernel import notices, registry, retention
from commonweal.kernel.instrument import Entry, Reader, Row, Table, Tables
from commonweal.kernel.values import stamp

from ..reports import IDENTITY, IDENTITY_CLASS
from ..tables import reported_by
from .kinds import DECISION, STRIP, TAKEN_BACK, WAIVER

DECIDED = Table(
    "incident_reports_harbour",
    columns={
        "report": "text", "entry": "integer", "at": "text", "by": "text", "outcome": "text", "version": "text",
        "findings": "json",
    },
    key=("report", "entry"),
)  # fmt: skip
"""Every decision about a claim, `findings` as they were filed; the newest counts."""
WAIVERS = Table(
    "incident_reports_waiver",
    columns={"report": "text", "entry": "integer", "at": "text", "waives": "text"},
    key=("report", "entry"),
)
STRIPS = Table(
    "incident_reports_strip",
    columns={"report": "text", "entry": "integer", "at": "text", "what": "text", "by": "text"},
    key=("report", "entry"),
    indexes=(("entry",),),
)
"""What happened to the identity strip: filed, returned or shredded by an officer, taken or shred by who reported."""
TABLES = (DECIDED, WAIVERS, STRIPS)
FILED = "filed"
Claim = Literal["asked", "granted", "refused", "inconclusive", "waived"]


@dataclass(frozen=True, slots=True)
class Held:
    """Where the identity strip is: `none`, `held`, `going` (until `at`, on `basis`) or `gone` (by `entry`)."""

    state: Literal["none", "held", "going", "gone"]
    at: str = ""
    basis: str = ""
    entry: int | None = None


def follow(entry: Entry, tables: Tables) -> None:
    """Lay out what an entry says."""
    if entry.erased:
        return
    body: Mapping[str, Any] = entry.body
    filed = {"report": body.get("report"), "entry": entry.index, "at": stamp(entry.time)}
    if entry.kind == DECISION.id:
        told = {"outcome": body["outcome"], "version": body["terms_version"], "findings": list(body["findings"])}
        tables.put(DECIDED, {**filed, **told, "by": entry.author})
    elif entry.kind == WAIVER.id:
        tables.put(WAIVERS, {**filed, "waives": body["waives"]})
    elif entry.kind in (IDENTITY.id, STRIP.id, TAKEN_BACK.id):
        tables.put(STRIPS, {**filed, "what": FILED if entry.kind == IDENTITY.id else body["how"], "by": entry.author})


# ── queries ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def decisions(reader: Reader, report: str) -> list[Row]:
    """The decisions about a report's claim, oldest first."""
    return reader.select(DECIDED, {"report": report}, order=("entry",))


def waivers(reader: Reader, report: str) -> list[Row]:
    """What whoever reported has waived, oldest first."""
    return reader.select(WAIVERS, {"report": report}, order=("entry",))


def strips(reader: Reader, report: str) -> list[Row]:
    """What was filed about the identity strip of a report, the strips themselves among it, oldest first."""
    return reader.select(STRIPS, {"report": report}, order=("entry",))


def report_of_strip(reader: Reader, entry: int) -> str | None:
    """Whose identity strip an entry is; None where it is none."""
    rows = reader.select(STRIPS, {"entry": entry, "what": FILED})
    return str(rows[0]["report"]) if rows else None


def is_who_reported(reader: Reader, report: str, party: str) -> bool:
    """Whether a party is whom an identity strip is about, or whose report it is, and no colleague of theirs.

    Where an officer wrote the strip down, it is about whose the report is.
    """
    gave = {row["by"] for row in strips(reader, report) if row["what"] == FILED} & reported_by(reader, report)
    owner = registry.filer(reader, report)
    return party in (gave or ({owner} if owner else reported_by(reader, report)))


def claim(reader: Reader, report: str) -> Claim | None:
    """Where the claim of a report stands; None where the safe harbour was not asked for."""
    row = registry.subject(reader, report)
    if row is None or row["erased"] or not row["body"].get("safe_harbour"):
        return None
    if any(one["waives"] == "claim" for one in waivers(reader, report)):
        return "waived"
    newest = reader.select(DECIDED, {"report": report}, order=("-entry",), limit=1)
    return newest[0]["outcome"] if newest else "asked"


def keeps_address(reader: Reader, report: str) -> bool:
    """Whether a mail address of who reported without a key is here that nobody asked to have destroyed."""
    owner = registry.filer(reader, report) or ""
    row = notices.asked_by(reader, owner)
    if row is None or not row["sealed"]:
        return False
    return any(key["asked_at"] is None for key in retention.keys_of_holder(reader, owner, IDENTITY_CLASS))


def strip(reader: Reader, report: str) -> Held:
    """Where the identity strip of a report is, by what is sealed to its key and when that key goes."""
    keys = retention.keys_of_holder(reader, report, IDENTITY_CLASS, erased=True)
    if not keys:
        return Held("none")
    row = keys[-1]
    if row["phase"] == "erased":
        return Held("gone", entry=row["erased"])
    if row["asked_at"] is None:
        return Held("held", row["due_at"] or "")
    return Held("going", row["asked_at"], row["asked_on"], row["asked_in"])
