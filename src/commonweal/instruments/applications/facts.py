"""What rules ask of an application, as it stood at an instant."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from commonweal.kernel import registry
from commonweal.kernel.instrument import Fact, Facts, Reader, Row
from commonweal.kernel.values import instant, stamp

from .kinds import APPLICATION

_FILED = ("under", "received_on", "registered_on", "confirmatory_on", "appealed_on", "tacit_approval")
_WHETHER = {"confirmatory": "confirmatory_on", "appealed": "appealed_on"}


def facts_of(subject: str, reader: Reader, as_of: datetime) -> Mapping[str, Fact]:
    """Facts about an application by name. What the applicant asked next has not happened until it is on file."""
    rows = [row for row in registry.versions(reader, subject) if row["filed_on"] <= stamp(as_of)]
    if not rows:
        return {}
    found = {name: _filed(rows, name) for name in _FILED}
    for name, day in _WHETHER.items():
        since = found[day].known_on or instant(rows[0]["filed_on"])
        found[name] = Fact(found[day].value is not None, since, found[day].source)
    return found


def _filed(rows: list[Row], field: str) -> Fact:
    """What the newest version says in a field, known since the first of the versions in a row that say so."""
    value = rows[-1]["body"].get(field)
    if value is None:
        return Fact(None, source=f"{field} is not filed")
    since = rows[-1]["filed_on"]
    for row in reversed(rows):
        if row["body"].get(field) != value:
            break
        since = row["filed_on"]
    return Fact(value, instant(since), f"filed as {field}")


FACTS = Facts(APPLICATION.noun, facts_of)
