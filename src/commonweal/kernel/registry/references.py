"""What a field says about another subject, and about time."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator

from commonweal.kernel.values import YEAR_MAX, YEAR_MIN, partial

CLAIMED = "other"
Mark = TypeVar("Mark")
Moment = TypeVar("Moment", bound=date)


def in_calendar(when: Moment) -> Moment:
    """A day or instant within the years that the house counts in. Raises `ValueError`."""
    if not YEAR_MIN <= when.year <= YEAR_MAX:
        raise ValueError(f"a year from {YEAR_MIN} to {YEAR_MAX}")
    return when


_ZONED = "an instant with its time zone, e.g. 2025-09-01T00:00:00Z"
_WRITTEN = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}.")


def _written(value: object) -> object:
    """An instant as it is written. Digits alone would be read as seconds since 1970: 20261104 is a day of 1970."""
    if not isinstance(value, str):
        if isinstance(value, datetime):
            return value
        raise ValueError(_ZONED)
    try:
        return datetime.fromisoformat(value.strip().upper() if _WRITTEN.match(value.strip()) else "")
    except ValueError:
        raise ValueError(_ZONED) from None


def _zoned(when: datetime) -> datetime:
    if when.tzinfo is None:
        raise ValueError(_ZONED)
    return in_calendar(when)


Day = Annotated[date, AfterValidator(in_calendar)]
Instant = Annotated[datetime, BeforeValidator(_written), AfterValidator(_zoned)]
"""An instant with its time zone, within these years: so there is one in every other zone."""

Occurred = Annotated[str, AfterValidator(partial)]
"""When something happened, as precisely as is known: `2026`, `2026-11`, a day or an instant; `~` for about then."""


@dataclass(frozen=True, slots=True)
class Ref:
    """Marks a field that holds the identifier of a subject of this noun, or of one of `others` (or a list of them).

    `owned`: only whoever filed that subject may name it here, or the authority; naming it binds its filer to something.
    `acyclic`: a subject may not name itself here, nor one that leads back to it through the fields marked so.
    `annulled`: also one of which no version is left: what takes something away goes on being possible about it.
    On a list of tables, `path` names the key of each of them that holds the identifier.
    """

    noun: str
    others: tuple[str, ...] = ()
    owned: bool = False
    acyclic: bool = False
    annulled: bool = False
    path: str = ""

    def ids_in(self, value: object) -> tuple[str, ...]:
        """The subject identifiers in such a field's value: none, one, or a list of them."""
        if not self.path:
            return _ids_in(value)
        parts = value if isinstance(value, (list, tuple)) else ()
        return _ids_in([part.get(self.path) for part in parts if isinstance(part, Mapping)])


@dataclass(frozen=True, slots=True)
class FiledFor:
    """Marks a field that names the party whose a new subject is, where that is not its filer. It is theirs at once."""


@dataclass(frozen=True, slots=True)
class SaidBy:
    """Marks a field that the door fills in, whatever was filed there: for whom the filer may speak.

    `own` gives a word for each field with a reference; the first one whose subject the caller filed is taken. `officer`
    stands for the authority and its officers, `CLAIMED` for anybody else: what began so may be amended, and by that
    confirmed, by those who may speak.
    """

    own: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class SpokeFor:
    """Marks a field that the door fills in, whatever was filed there: the bodies for which its filer speaks then. What
    follows from that is then said by the record alone."""


@dataclass(frozen=True, slots=True)
class RuleRef:
    """Marks a field that holds the id of a rule in an adopted law."""


@dataclass(frozen=True, slots=True)
class NotFuture:
    """Marks a date or instant that may not lie after the moment of filing.

    On a list of tables, `path` names the key of each of them that holds it. With `unless` (a field and values of it),
    the day may lie ahead where that field has one of these values: a run that is only planned starts later.
    """

    path: str = ""
    unless: tuple[str, tuple[str, ...]] | None = None

    def binds(self, body: Mapping[str, object]) -> bool:
        """Whether the mark holds for a filing with this body."""
        return self.unless is None or body.get(self.unless[0]) not in self.unless[1]


@dataclass(frozen=True, slots=True)
class NotPast:
    """Marks a day that may not lie before the day of filing (in UTC)."""


@dataclass(frozen=True, slots=True)
class StatedBy:
    """Marks what only a party itself may state, or the authority: who filed the subject that a field here names.

    The first of `fields` that holds one counts. Others cannot know it, e.g. when that party became aware of something.
    """

    fields: tuple[str, ...]

    def whose(self, body: Mapping[str, object]) -> str | None:
        """The subject whose filer may state it, in a filing with this body."""
        return next((str(body[name]) for name in self.fields if body.get(name)), None)


def fields_marked(schema: type[BaseModel], mark: type[Mark]) -> dict[str, Mark]:
    """The top-level fields that carry a mark, by name, in the schema's order."""
    return {
        name: item for name, info in schema.model_fields.items() for item in info.metadata if isinstance(item, mark)
    }


def speaks(schema: type[BaseModel], body: Mapping[str, object]) -> bool:
    """Whether the door says in a body that its filer may speak for what it is about; never without a `SaidBy`."""
    return any(body.get(name) not in (None, CLAIMED) for name in fields_marked(schema, SaidBy))


def _ids_in(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    if isinstance(value, (list, tuple)):
        return tuple(item for item in value if isinstance(item, str))
    return ()


def dates_in(name: str, value: object, path: str) -> Iterator[tuple[str, str]]:
    """The dates and instants that a field marked `NotFuture(path)` holds, each with the place where it stands."""
    if not path:
        if isinstance(value, str):
            yield name, value
        return
    for at, item in enumerate(value if isinstance(value, (list, tuple)) else ()):
        if isinstance(item, Mapping) and isinstance(item.get(path), str):
            yield f"{name}.{at}.{path}", item[path]
