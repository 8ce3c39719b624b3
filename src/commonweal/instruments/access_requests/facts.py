"""What rules ask of a request for access, as it stood at an instant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from commonweal.kernel import registry
from commonweal.kernel.instrument import Entry, Fact, Facts, Reader
from commonweal.kernel.values import instant, stamp

from .kinds import NOUN, TAKEN_IN, WITHDRAWN
from .tables import ANNULLED, keep, steps


def facts_of(subject: str, reader: Reader, as_of: datetime) -> Mapping[str, Fact]:
    """Facts about a request by name. One that came by the form here was received when it was first filed."""
    until = stamp(as_of)
    rows = [row for row in registry.versions(reader, subject) if row["filed_on"] <= until and not row["erased"]]
    if not rows:
        return {}
    filed = instant(rows[0]["filed_on"])
    said = rows[-1]["body"].get("received_on")
    about = [row for row in steps(reader, subject) if row["at"] <= until]
    taken = next((row for row in reversed(about) if row["kind"] == TAKEN_IN.id), None)
    back = next((row for row in about if row["kind"] == WITHDRAWN.id), None)
    return {
        "received_on": Fact(str(said or rows[0]["filed_on"]), filed, "received"),
        "withdrawn": Fact(back is not None, instant(back["at"]) if back else filed, "taken back"),
        "under": Fact(", ".join(taken["body"]["under"]), instant(taken["at"]), "taken in")
        if taken
        else Fact(None, source="no officer has taken it in yet"),
    }


def touches(entry: Entry, reader: Reader) -> Iterable[str]:
    """The request of which an entry changes facts without being a version of it."""
    if entry.kind in (TAKEN_IN.id, WITHDRAWN.id) and not entry.erased:
        yield str(entry.body["request"])
    elif entry.kind == ANNULLED and (entry.subject or "").startswith(f"{NOUN}:"):
        yield str(entry.subject)


FACTS = Facts(NOUN, facts_of, touches, keep)
