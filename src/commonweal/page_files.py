"""Pages of instruments that are files: found by their address, and made alike for every door."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from commonweal import listing_files
from commonweal.kernel.instrument import Instrument, Page, Reading
from commonweal.kernel.values import BadInput, Busy, Crowded, Fault, NotFound

TYPES: Mapping[str, str] = {".json": "application/json", ".csv": "text/csv; charset=utf-8", ".pdf": "application/pdf"}
"""How the path of such a page ends, and as what it is sent."""
ENDINGS = tuple(TYPES)


def find(instruments: Iterable[Instrument], address: str) -> tuple[Page, dict[str, str]]:
    """The page that is a file at an address (`/incident-reports/investigating/inv-1/report.pdf`), with the parts of it
    that its path names. Raises `NotFound` naming the paths that there are."""
    pages = [page for item in instruments for page in item.pages if page.path.endswith(ENDINGS)]
    for page in pages:
        pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(page.path))
        if found := re.fullmatch(pattern, address):
            return page, found.groupdict()
    raise NotFound("file", address, "there are: " + ", ".join(sorted(page.path for page in pages)))


def made(page: Page, reading: Reading, asked: Mapping[str, str]) -> bytes:
    """The file. Raises as its view does, `Crowded`, and `BadInput` where documents cannot be laid out here."""
    values: Mapping[str, Any] = page.view(reading, asked)
    if page.path.endswith(".csv"):
        return listing_files.as_csv(values["columns"], values["rows"]).encode()
    if page.path.endswith(".pdf"):
        try:
            return reading.typeset(values["reference"], *values["wordings"])
        except Crowded:
            raise
        except Busy as error:
            raise BadInput(Fault("pdf", "(not available)", str(error), "missing"), "pdf") from error
    return json.dumps(values, ensure_ascii=False, indent=1).encode()
