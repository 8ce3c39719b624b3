"""What the record says about persons: all of them, one with its history, and the turn of an act."""

from __future__ import annotations

from typing import Any

from commonweal.kernel.record.tables import Reader, Row
from commonweal.kernel.values import NotFound

from .kinds import DELEGATION, PERSON, POST


def persons(reader: Reader) -> list[Row]:
    """Every person, those who joined first foremost, with `party` and `name`, which are not public."""
    return reader.select(PERSON, order=("joined", "person"))


def posts(reader: Reader) -> list[Row]:
    """Every post that anybody ever held."""
    return reader.select(POST)


def person(reader: Reader, named: str) -> Row:
    """A person by `person:…` or by the party under which they act. Raises `NotFound`."""
    found = reader.get(PERSON, named)
    if found is None:
        rows = reader.select(PERSON, {"party": named}, limit=1)
        found = rows[0] if rows else None
    if found is None:
        raise NotFound("person", named, "`weal person list` shows them")
    return found


def by_number(reader: Reader, number: str) -> Row | None:
    """A person by `person:…`; None where the record names none."""
    return reader.get(PERSON, number)


def history(reader: Reader, person_id: str) -> dict[str, list[Row]]:
    """Everything a person ever held: `posts`, and delegations `lent` by them and `exercised` for others, in order."""
    return {
        "posts": reader.select(POST, {"person": person_id}, order=("since", "entry")),
        "lent": reader.select(DELEGATION, {"person": person_id}, order=("since", "entry")),
        "exercised": reader.select(DELEGATION, {"to": person_id}, order=("since", "entry")),
    }


def lender(reader: Reader, delegation: int) -> str:
    """Whose roles an entry delegates. Raises `NotFound`."""
    row = reader.get(DELEGATION, delegation)
    if row is None:
        raise NotFound("delegation", delegation, "`weal person show` gives the entries of a person's delegations")
    return str(row["person"])


def turn(reader: Reader, person_id: Any) -> int | None:
    """The newest entry about a person: the same words after another one are another act. None for nobody known."""
    row = reader.get(PERSON, str(person_id))
    return row["changed"] if row else None
