"""Tables of others: exposure (the project's table of employment shares and scores, and tables like it for other areas),
and indices of job postings."""

from __future__ import annotations

from pathlib import Path

from commonweal.kernel.indicators import read_mapping, table_acts
from commonweal.kernel.instrument import Imported

HERE = Path(__file__).parent
TABLE, MAPPING = HERE / "data" / "exposure.csv", HERE / "data" / "exposure.toml"
POSTINGS = HERE / "data" / "postings.toml"


def parse(data: bytes, name: str) -> Imported:
    """Read a table with the columns series, event, occupation and value; with a column `subject`, about other areas.

    Raises `BadInput` naming every fault by row and column, `TooLarge` for what is too large.
    """
    text = MAPPING.read_text("utf-8")
    heading = data[:2000].decode("utf-8", "replace").splitlines()[:1]
    if heading and "subject" in heading[0].split(","):
        text = text.replace('subject = "area:us"\n', "")
    return Imported(tuple(table_acts(data, name, read_mapping(text, MAPPING.name))))


def parse_postings(data: bytes, name: str) -> Imported:
    """Read a table of job postings with the columns subject, event and value. Raises as `parse` does."""
    return Imported(tuple(table_acts(data, name, read_mapping(POSTINGS.read_text("utf-8"), POSTINGS.name))))
