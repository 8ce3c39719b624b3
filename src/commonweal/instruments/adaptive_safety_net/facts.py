"""What law asks of a claim, as it stood at an instant: whether it was appealed, and when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from commonweal.kernel import registry
from commonweal.kernel.instrument import Entry, Fact, Facts, Reader, Tables
from commonweal.kernel.values import instant, stamp

from .control import CONTROL
from .kinds import APPEAL, CLAIM_NOUN
from .programmes import STEP, keep


def facts_of(subject: str, reader: Reader, as_of: datetime) -> Mapping[str, Fact]:
    """The newest appeal counts: one that was decided is met, and another begins anew."""
    until = stamp(as_of)
    rows = [row for row in registry.versions(reader, subject) if row["filed_on"] <= until and not row["erased"]]
    if not rows:
        return {}
    steps = reader.select(STEP, {"claim": subject, "kind": APPEAL.id}, order=("entry",))
    asked = [row for row in steps if row["at"] <= until]
    since = instant(asked[-1]["at"] if asked else rows[0]["filed_on"])
    return {
        "appealed": Fact(bool(asked), since, "appeal"),
        "appealed_on": Fact(str(asked[-1]["on"]) if asked else None, since if asked else None, "appeal"),
    }


def touches(entry: Entry, reader: Reader) -> Iterable[str]:
    """The claim that an appeal is about."""
    if entry.kind == APPEAL.id and not entry.erased:
        yield str(entry.body["claim"])


def keep_facts(entry: Entry, tables: Tables) -> None:
    """Lay out what an entry says, but for what waits for a second officer: that says nothing yet."""
    if entry.kind not in CONTROL.two:
        keep(entry, tables)


FACTS = Facts(CLAIM_NOUN, facts_of, touches, keep_facts)
