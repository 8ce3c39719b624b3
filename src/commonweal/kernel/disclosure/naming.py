"""Naming a reader: the act that lets one party read the fields marked TLP:RED about one subject, until a day.

That somebody was named, and until when, is public; who it is stays with the authority's officers. What for and why is
marked TLP:RED itself, because an identifier may hold the very name that is protected.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from commonweal.kernel.record.entries import Act, Entry
from commonweal.kernel.record.tables import Reader, Table, Tables
from commonweal.kernel.values import Fault, Text

from .kinds import PERSONAL, PUBLIC, Filing, Kind, Marking


class Named(Filing):
    """Names a party as a reader of what is about a subject (or of one entry, `entry:17`); `withdrawn` ends it."""

    party: Annotated[str, PERSONAL, Field(pattern=r"^party:[a-z0-9][a-z0-9_.\-]{0,80}$")]
    about: Annotated[str, Marking.RED, Field(pattern=r"^[a-z][a-z0-9_]{0,39}:[a-z0-9][a-z0-9_.\-]{0,99}$")]
    until: Annotated[date, PUBLIC]
    reason: Annotated[str, Marking.RED, Field(min_length=1, max_length=2000)]
    withdrawn: Annotated[bool, PUBLIC] = False


NAMED = Kind(
    id="disclosure.named",
    schema=Named,
    title=Text(en="Reader named", zh="指名阅读者"),
    files=("authority",),
    tells=dict.fromkeys(
        ("until", "withdrawn"),
        "that somebody was named to read what is closed, and until when, is for everybody to see",
    ),
)
KINDS: tuple[Kind, ...] = (NAMED,)
READERS = Table(
    "disclosure_named",
    columns={"party": "text", "about": "text", "until": "text", "entry": "integer"},
    key=("party", "about"),
)
TABLES: tuple[Table, ...] = (READERS,)


class Naming:
    """Follows who is named for what. The last act about a party and a subject counts."""

    def follow(self, entry: Entry, tables: Tables) -> list[Act]:
        if entry.kind == NAMED.id and entry.body:
            party, about, until = (str(entry.body[name]) for name in ("party", "about", "until"))
            until = "" if entry.body.get("withdrawn") else until
            tables.put(READERS, {"party": party, "about": about, "until": until, "entry": entry.index})
        return []

    def due(self, now: datetime, tables: Reader) -> bool:
        return False


def check(act: Act, party: str) -> Iterator[Fault]:
    """A party names nobody but others: what is closed is opened to no one by their own act."""
    if act.body["party"] == party and not act.body.get("withdrawn"):
        want = "somebody else than whoever files this: nobody opens to themselves what is closed"
        told = Text(en=want, zh="须为提交者以外的人：任何人不得向自己开放封存内容")
        yield Fault("party", str(act.body["party"]), want, "oneself", told)


def is_named(reader: Reader, party: str, about: str, now: datetime) -> bool:
    """Whether a party is named for a subject (or `entry:<index>`) on the day of `now` (UTC); `until` is the last."""
    row = reader.get(READERS, party, about)
    return row is not None and str(row["until"]) >= now.date().isoformat()
