"""Releasing a field: the act by which an officer opens one withheld field of one entry to one party.

What may be released at all is decided by the policies (role `released`), not by whoever releases. Whom it was released
to, of which entry and field, is told to that party; why is for the office, because it may speak of others. The public
record says only that something was released, or that a release was withdrawn.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from commonweal.kernel.record.entries import Act, Entry
from commonweal.kernel.record.tables import Reader, Row, Table, Tables
from commonweal.kernel.values import Text

from .deciding import Audience
from .kinds import PERSONAL, PUBLIC, Filing, Index, Kind
from .ruling import Ruling

OFFICE = ("officer", "authority")


class Released(Filing):
    """Opens one field of one entry to a party; `withdrawn` closes it again from then on."""

    party: Annotated[str, PERSONAL, Field(pattern=r"^party:[a-z0-9][a-z0-9:_.\-]{0,95}$")]
    entry: Annotated[Index, PERSONAL]
    field: Annotated[str, PERSONAL, Field(pattern=r"^[a-z][a-z0-9_]{0,79}$")]
    reason: Annotated[str, Field(min_length=1, max_length=2000)]
    withdrawn: Annotated[bool, PUBLIC] = False


RELEASED = Kind(
    id="disclosure.released",
    schema=Released,
    title=Text(en="Withheld field released", zh="向本人开放未予显示的字段"),
    files=OFFICE,
    renewable=True,
)
KINDS: tuple[Kind, ...] = (RELEASED,)
RELEASES = Table(
    "disclosure_released",
    columns={
        "party": "text",
        "entry": "integer",
        "field": "text",
        "act": "integer",
        "at": "text",
        "in_force": "integer",
    },
    key=("party", "entry", "field"),
)
TABLES: tuple[Table, ...] = (RELEASES,)


class Releasing:
    """Follows what is released to whom. The last act about a party, an entry and a field counts."""

    def follow(self, entry: Entry, tables: Tables) -> list[Act]:
        if entry.kind == RELEASED.id and entry.body:
            row: Row = {name: entry.body[name] for name in ("party", "entry", "field")}
            force = int(not entry.body.get("withdrawn"))
            tables.put(RELEASES, row | {"act": entry.index, "at": entry.time, "in_force": force})
        return []

    def due(self, now: datetime, tables: Reader) -> bool:
        return False


def releases(reader: Reader, party: str, entry: int) -> list[Row]:
    """What of an entry is released to a party: `field`, `act` (the entry that released it) and `at`, by field."""
    return reader.select(RELEASES, {"party": party, "entry": entry, "in_force": 1}, order=("field",))


def of_act(reader: Reader, party: str, act: int) -> Row | None:
    """What an entry released to a party, where it stands."""
    return next(iter(reader.select(RELEASES, {"party": party, "act": act, "in_force": 1})), None)


def may_be_released(ruling: Ruling, field: str) -> bool:
    """Whether a field may be released: policies open it to `released` and to the office, and it was not taken back."""
    opened = Audience.of("released", released=(field,))
    return field not in ruling.taken and ruling.may_see(opened, field) and ruling.may_see(Audience.of(*OFFICE), field)
