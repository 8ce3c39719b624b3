"""What other instruments found of something that a case may rest on: the newest word of each subject.

A decision about a red line, and whether a mitigation is in place, are filed elsewhere; a case names the test or the
mitigation, and what must have been found of it last.
"""

from __future__ import annotations

from collections.abc import Mapping

from commonweal.kernel.instrument import Entry, Table, Tables, Text

DECIDED, VERIFIED, LAPSED = "red_lines.decided", "red_lines.verified", "red_lines.lapsed"
READS = (DECIDED, VERIFIED, LAPSED)
FINDING = Table(
    "safety_cases_finding", columns={"subject": "text", "found": "text", "entry": "integer"}, key=("subject",)
)
"""What was found of each subject last, and by which entry."""
WORDS: Mapping[str, Text] = {
    "below": Text(en="a red line's test says: below", zh="红线测试判定为低于"),
    "in_place": Text(en="a mitigation is in place", zh="缓解措施已到位"),
}
"""What a case may rest on, as it is chosen on a page."""


def follow(entry: Entry, tables: Tables) -> str:
    """Keep what an entry finds; of which subject, empty where it finds nothing."""
    body = entry.body
    if entry.kind == DECIDED:
        return _keep(tables, str(body["test"]), str(body["state"]), entry.index)
    if entry.kind == VERIFIED:
        return _keep(tables, str(body["mitigation"]), "in_place" if body["in_place"] else "not_in_place", entry.index)
    if entry.kind == LAPSED:
        return _keep(tables, str(body["mitigation"]), "lapsed", entry.index)
    return ""


def _keep(tables: Tables, subject: str, found: str, entry: int) -> str:
    tables.put(FINDING, {"subject": subject, "found": found, "entry": entry})
    return subject
