"""What other instruments found of something that a case may rest on: the newest word of each subject.

A decision about a red line, and whether a mitigation is in place, are filed elsewhere; a case names the test or the
mitigation, and what must have been found of it last. Evidence that is bound to one of these, or to another safety case,
stands and falls with it, whether or not that was named.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from commonweal.kernel.instrument import Entry, Reader, Table, Tables, Text
from commonweal.methods.arguments import FAILED, HELD, OPEN

from .evidence import OTHER_WEIGHTS
from .kinds import NOUN, TURNED
from .weighing import DEFEATED, STANDS, UNDECIDED

DECIDED, VERIFIED, LAPSED = "red_lines.decided", "red_lines.verified", "red_lines.lapsed"
WEIGHTS = "red_lines.weights"
READS = (DECIDED, VERIFIED, LAPSED, WEIGHTS)
FINDING = Table(
    "safety_cases_finding", columns={"subject": "text", "found": "text", "entry": "integer"}, key=("subject",)
)
"""What was found of each subject last, and by which entry: of a safety case how it stands, as is said of it."""
CARRIED: Mapping[str, Mapping[str, int]] = {
    "line_test": {"below": HELD, OTHER_WEIGHTS: OPEN, "inconclusive": OPEN, "early_warning": FAILED, "crossed": FAILED},
    "line_mitigation": {"in_place": HELD, "not_in_place": FAILED, "lapsed": FAILED},
    NOUN: {STANDS: HELD, UNDECIDED: OPEN, DEFEATED: FAILED},
}
"""What evidence is that is bound to one of these, by what was found of it last; open while nothing was."""
WORDS: Mapping[str, Text] = {
    "below": Text(en="a red line's test says: below", zh="红线测试判定为低于"),
    "in_place": Text(en="a mitigation is in place", zh="缓解措施已到位"),
}
"""What a case may rest on, as it is chosen on a page."""


def follow(entry: Entry, tables: Tables) -> str:
    """Keep what an entry finds; of which subject, empty where it finds nothing."""
    body = entry.body
    if entry.kind == DECIDED:
        return _keep(tables, str(body["test"]), _decided(body, tables), entry.index)
    if entry.kind == WEIGHTS:
        return _weighted(entry, tables)
    if entry.kind == VERIFIED:
        return _keep(tables, str(body["mitigation"]), "in_place" if body["in_place"] else "not_in_place", entry.index)
    if entry.kind == LAPSED:
        return _keep(tables, str(body["mitigation"]), "lapsed", entry.index)
    if entry.kind == TURNED.id:
        return _keep(tables, str(body["case"]), str(body["state"]), entry.index)
    return ""


def _decided(body: Mapping[str, Any], reader: Reader) -> str:
    """What a decision finds: that a test is below once more says nothing of weights that it was not of before."""
    row = reader.get(FINDING, str(body["test"]))
    was_of_others = row is not None and row["found"] == OTHER_WEIGHTS
    return OTHER_WEIGHTS if was_of_others and body["state"] == "below" else str(body["state"])


def _weighted(entry: Entry, tables: Tables) -> str:
    """What is said of the weights of a below takes the place of that alone: what warned or was crossed, be it on the
    same day, is of whatever weights it was found of."""
    test, row = str(entry.body["test"]), tables.get(FINDING, str(entry.body["test"]))
    if row is None or row["found"] not in ("below", OTHER_WEIGHTS):
        return ""
    return _keep(tables, test, OTHER_WEIGHTS if entry.body["other_weights"] else "below", entry.index)


def found(reader: Reader, subject: str) -> str | None:
    """What a condition may ask for: what was found of a subject last. Of a case it asks nothing, for one that asks how
    it stands itself would never come to an end."""
    row = reader.get(FINDING, subject)
    return None if row is None or subject.startswith(f"{NOUN}:") else str(row["found"])


def is_carried(subject: str) -> bool:
    """Whether evidence that is bound to a subject stands and falls with what was found of it."""
    return subject.partition(":")[0] in CARRIED


def carried(reader: Reader, subject: str) -> int | None:
    """What evidence is that is bound to a subject; None where that does not depend on what was found of it."""
    if not is_carried(subject):
        return None
    row = reader.get(FINDING, subject)
    return OPEN if row is None else CARRIED[subject.partition(":")[0]].get(str(row["found"]), OPEN)


def _keep(tables: Tables, subject: str, found: str, entry: int) -> str:
    tables.put(FINDING, {"subject": subject, "found": found, "entry": entry})
    return subject
