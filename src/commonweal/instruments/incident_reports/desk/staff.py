"""Who can be given work here: persons who hold a role of the desk today, as forms offer and checks know them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from commonweal.kernel import persons
from commonweal.kernel.instrument import Choice, Reader, Reading, Text

from ..reports import STEWARDS


def why_not(reader: Reader, party: str, at: datetime) -> str:
    """Why a party cannot be given work at an instant; "" where they can.

    A role that somebody lends for a time is not theirs meanwhile; one that they exercise for another is.
    """
    person = persons.person_of(reader, party)
    if person is not None and set(STEWARDS) & set(persons.standing(reader, person["person"], at).roles):
        return ""
    return persons.why_not(reader, party, at)


def staff(reading: Reading) -> tuple[Choice, ...]:
    """Everybody who can be given work now, by name, each with the party under which they act."""
    return tuple(sorted(_staff(reading), key=lambda one: one.label["en"]))


def _staff(reading: Reading) -> Iterator[Choice]:
    for row in persons.persons(reading.tables):
        if not why_not(reading.tables, row["party"], reading.now):
            told = reading.opened(row["named"]) if row["named"] is not None else {}
            name = f"{told.get('name') or row['party'].removeprefix('party:')} ({row['party']})"
            yield Choice(row["party"], Text(en=name, zh=name))
