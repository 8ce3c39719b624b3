"""What was on file before anything happened: filings about the models named, and about what they belong to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from commonweal.kernel import registry
from commonweal.kernel.instrument import Reading
from commonweal.kernel.values import span, stamp

FILED_BEFORE_MAX = 50
OWN = ("report:", "incident:", "publication:", "sharing:")
BEFORE = ("occurred", "models")
"""What of a report or incident says which filings came before it."""
BELONGS = ("organisation", "base_model", "developer")


def filed_before(
    reading: Reading, body: Mapping[str, Any], reports: Iterable[Mapping[str, Any]] = ()
) -> list[Mapping[str, Any]]:
    """Versions filed before something happened, newest first: of the models named in `body` and the reports that tell
    of it, of what refers to them, of whose they are and what they were made from, and of what refers to those.

    Where it is not known when it happened, what was filed until now.
    """
    begun = [day for one in (body, *reports) if (day := _begun(one))]
    until = min(begun, default=stamp(reading.now))
    models = dict.fromkeys(str(model) for one in (body, *reports) for model in one.get("models") or ())
    subjects = dict.fromkeys(one for model in models for one in _around(reading, model))
    rows = [row for one in subjects for row in registry.versions(reading.tables, one)]
    known = sorted((row for row in rows if row["filed_on"] < until), key=lambda row: -row["entry"])
    return [
        {"subject": row["subject"], "version": row["version"], "on": row["filed_on"], "entry": row["entry"],
         "kind": row["kind"]}
        for row in known[:FILED_BEFORE_MAX]
    ]  # fmt: skip


def _begun(told: Mapping[str, Any]) -> str:
    """From when on it happened; nothing where that is left open, or what an earlier release took is no day."""
    try:
        return stamp(span(str(told["occurred"]))[0]) if told.get("occurred") else ""
    except ValueError:
        return ""


def _around(reading: Reading, model: str) -> Iterable[str]:
    """A model, what refers to it, whose it is and what it was made from, and what refers to those."""
    tables = reading.tables
    row = registry.subject(tables, model)
    opened = reading.part(row["entry"], *BELONGS) if row is not None and not row["erased"] else {}
    for one in (model, *(str(opened[field]) for field in BELONGS if opened.get(field))):
        yield one
        for other in registry.referring(tables, one):
            if not other.startswith(OWN) and (one == model or not other.startswith("model:")):
                yield other
