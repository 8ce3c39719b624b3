"""Dumps of two authorities to whom the same was told, compared: what is made by chance in each is given one name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any


def comparable(dump: bytes) -> bytes:
    """A dump with the salted leaf hashes, request ids, signatures and key ids that it holds replaced by their place."""
    for row in _rows(json.loads(dump), "statistics_release"):  # a sealed seed says which cells are hidden
        dump = dump.replace(json.dumps(row["body"]["cells"], separators=(",", ":")).encode(), b'"cells"')
    for number, chance in enumerate(_by_chance(json.loads(dump))):
        dump = dump.replace(json.dumps(chance, ensure_ascii=False)[1:-1].encode(), f"<{number}>".encode())
    return dump


def _by_chance(tables: Any) -> Iterator[str]:
    for row in _rows(tables, "authorisations_request"):
        yield from (row["id"], row["id"][:40])  # the second names it as a subject
        yield from (leaf["hash"] for leaf in row["body"]["leaves"])
    yield from (row["line"] for row in _rows(tables, "authorisations_signature"))
    yield from (row["key"] for row in _rows(tables, "retention_erasure"))
    yield from (row["seed"] for row in _rows(tables, "statistics_seed"))
    yield from (row["leaf"] for row in _rows(tables, "incident_reports_publication"))
    for row in _rows(tables, "credentials_key"):
        yield from (row["jwk"][name] for name in ("kid", "x", "y"))
    snapshots = (row for row in _rows(tables, "registry_version") if row["kind"] == "incident_reports.snapshot")
    yield from dict.fromkeys(row["body"]["sha256"] for row in snapshots)


def _rows(tables: Any, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = tables[name]
    return found
