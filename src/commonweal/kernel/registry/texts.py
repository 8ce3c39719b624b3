"""Rule texts in force: a signed act puts a text in force, an upgrade of the package never does."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, ValidationInfo, field_validator

from commonweal.kernel.disclosure.kinds import PUBLIC, Filing, Kind
from commonweal.kernel.record.entries import Entry
from commonweal.kernel.record.tables import Reader, Row, Table, Tables
from commonweal.kernel.values import BadInput, NotFound, RuleFault, Text, digest, faults_of, read_json, read_toml, stamp

RULE_TEXT_CHARS_MAX = 400_000
Read = TypeVar("Read")
Model = TypeVar("Model", bound=BaseModel)
Day = Annotated[date, Field(ge=date(1900, 1, 1), le=date(2199, 12, 31))]


class RuleAdopted(Filing):
    """Puts one rule text in force."""

    rule_id: Annotated[str, PUBLIC, Field(pattern=r"^[a-z][a-z0-9_.\-]{1,80}$")]
    room: Annotated[
        Literal[
            "obligations",
            "indicators",
            "thresholds",
            "protocols",
            "parameters",
            "authorisations",
            "retention",
            "notices",
        ],
        PUBLIC,
    ]
    version: Annotated[str, PUBLIC, Field(min_length=1, max_length=40)]
    media_type: Annotated[Literal["application/toml", "application/json"], PUBLIC]
    text: Annotated[
        str, PUBLIC, StringConstraints(strip_whitespace=False, min_length=1, max_length=RULE_TEXT_CHARS_MAX)
    ]
    sha256: Annotated[str, PUBLIC, Field(pattern=r"^[0-9a-f]{64}$")]

    @field_validator("sha256")
    @classmethod
    def _of_the_text(cls, value: str, info: ValidationInfo) -> str:
        """The digest is of the text byte for byte, so that whoever holds the file can compare it."""
        text = info.data.get("text")
        if text is not None and value != (found := digest(text.encode())):
            raise ValueError(f"the SHA-256 of the text, which is {found}")
        return value


RULE_ADOPTED = Kind(
    id="rule.adopted",
    schema=RuleAdopted,
    title=Text(en="Rule text adopted", zh="规则文本生效"),
    files=(),
    by_house=True,
)
"""Filed by nobody as it is: an administrator adopts a text that was read and whose effects were shown first."""


class RuleProposed(RuleAdopted):
    """Asks another administrator to put exactly this text in force, where that takes two; until then nothing is."""

    room: Annotated[Literal["authorisations"], PUBLIC]


RULE_PROPOSED = Kind(
    id="rule.proposed",
    schema=RuleProposed,
    title=Text(en="Rule text proposed", zh="规则文本提请生效"),
    files=(),
    by_house=True,
)

PROPOSED = Table(
    "registry_text_proposed",
    columns={
        "rule_id": "text",
        "party": "text",
        "entry": "integer",
        "version": "text",
        "room": "text",
        "media_type": "text",
        "text": "text",
        "sha256": "text",
        "proposed_on": "text",
    },
    key=("rule_id", "party"),
)
TEXT = Table(
    "registry_text",
    columns={
        "rule_id": "text",
        "adopted": "integer",
        "version": "text",
        "room": "text",
        "media_type": "text",
        "text": "text",
        "sha256": "text",
        "adopted_on": "text",
    },
    key=("rule_id", "adopted"),
    indexes=(("room",),),
)


def follow_text(entry: Entry, tables: Tables) -> None:
    """Keep the adopted text (`adopted` is the index of its entry), or what a party proposes instead of before."""
    if entry.kind == RULE_ADOPTED.id:
        tables.put(TEXT, {**dict(entry.body), "adopted": entry.index, "adopted_on": stamp(entry.time)})
    elif entry.kind == RULE_PROPOSED.id:
        who = {"party": entry.author, "entry": entry.index, "proposed_on": stamp(entry.time)}
        tables.put(PROPOSED, {**dict(entry.body), **who})


def texts(reader: Reader, room: str = "") -> list[Row]:
    """The newest adopted text of every rule (of one room), in order of rule id."""
    newest = {row["rule_id"]: row for row in reader.select(TEXT, {"room": room} if room else None)}
    return [newest[rule_id] for rule_id in sorted(newest)]


def proposals(reader: Reader, rule_id: str = "") -> list[Row]:
    """What each party proposed last (of one rule), oldest first: until another text of the rule is adopted."""
    rows = reader.select(PROPOSED, {"rule_id": rule_id} if rule_id else None, order=("entry",))
    adopted = {row["rule_id"]: row["adopted"] for row in texts(reader)}
    return [row for row in rows if row["entry"] > adopted.get(row["rule_id"], -1)]


def adopted_first(reader: Reader, rule_id: str = "") -> Row | None:
    """The first text ever adopted of a rule, or of any; None where there is none."""
    where = {"rule_id": rule_id} if rule_id else None
    return next(iter(reader.select(TEXT, where, order=("adopted",), limit=1)), None)


def every_text(reader: Reader, room: str) -> list[Row]:
    """Every text ever adopted of a room, in order of rule id, the first one of each first."""
    return reader.select(TEXT, {"room": room}, order=("rule_id", "adopted"))


class Words(BaseModel):
    """A text in both languages."""

    model_config = ConfigDict(defer_build=True, extra="forbid", frozen=True)
    en: Annotated[str, Field(min_length=1)]
    zh: Annotated[str, Field(min_length=1)]


class Head(BaseModel):
    """What a text of parameters says of itself; its instrument adds what it says beyond that."""

    model_config = ConfigDict(defer_build=True, extra="forbid", frozen=True)
    id: str
    version: str
    in_force_from: Day | None = None
    citation: str = ""
    url: str = ""
    title: Words | None = None
    text: Words | None = None


def read_text(model: type[Model], text: str, about: str) -> Model:
    """What a TOML text says, as a model has it. Raises `RuleFault` naming every fault."""
    data = read_toml(text, about)
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise RuleFault(faults_of(error), str(data.get("id", about))) from error


def newest_read(
    reader: Reader,
    rule_id: str,
    read: Callable[[str], Read],
    as_of: datetime | None = None,
    *,
    law_on: date | None = None,
) -> tuple[Read, Row] | None:
    """What the newest text of a rule says that can be read, of those adopted at or before an instant, and its row.

    No text is adopted unread; one on an old record that was, and cannot be read, leaves the one before it in force.
    With `law_on`, it is the one that came in force last by that day, of several the newest (`Head`).
    """
    found: tuple[Read, Row] | None = None
    latest = date.min
    for row in reversed(texts_of(reader, rule_id)):
        if as_of is None or row["adopted_on"] <= stamp(as_of):
            with suppress(BadInput):
                one = read(row["text"])
                if law_on is None:
                    return one, row
                since = (one.in_force_from if isinstance(one, Head) else None) or date.min
                if since <= law_on and (found is None or since > latest):
                    found, latest = (one, row), since
    return found


def read_or_shipped(
    reader: Reader, rule_id: str, read: Callable[[str], Read], shipped: Path, as_of: datetime | None = None
) -> Read:
    """What the text of a rule says that `newest_read` finds; what the one says that is shipped, where it finds none."""
    found = newest_read(reader, rule_id, read, as_of)
    return found[0] if found else read(_shipped(shipped))


@functools.cache
def _shipped(path: Path) -> str:
    return path.read_text("utf-8")


def texts_of(reader: Reader, rule_id: str) -> list[Row]:
    """Every text ever adopted of a rule, the first one first."""
    return reader.select(TEXT, {"rule_id": rule_id}, order=("adopted",))


def texts_of_version(reader: Reader, rule_id: str, version: str) -> list[Row]:
    """Every text adopted under that version of a rule, the first one first."""
    return reader.select(TEXT, {"rule_id": rule_id, "version": version}, order=("adopted",))


def text_before(reader: Reader, rule_id: str, entry: int) -> Row | None:
    """The text of a rule that was in force when an entry came, whatever is now; None where none was."""
    found = reader.select(TEXT, {"rule_id": rule_id, "adopted": ("<", entry)}, order=("-adopted",), limit=1)
    return found[0] if found else None


def text_in_force(reader: Reader, rule_id: str, as_of: datetime | None = None) -> Row:
    """The text of a rule adopted last at or before an instant. Raises `NotFound`."""
    where: dict[str, Any] = {"rule_id": rule_id}
    if as_of is not None:
        where["adopted_on"] = ("<=", stamp(as_of))
    found = reader.select(TEXT, where, order=("-adopted",), limit=1)
    if not found:
        raise NotFound("adopted rule", rule_id, "`weal rule list DIR` lists the rules in force")
    return found[0]


def text_at(reader: Reader, entry: int) -> Row | None:
    """The text of a rule that an entry put in force; None for one that put none in force."""
    return next(iter(reader.select(TEXT, {"adopted": entry}, limit=1)), None)


@functools.lru_cache(maxsize=512)
def parsed(text: str, media_type: str) -> dict[str, Any]:
    """The adopted text as data. Do not change what it returns: it is cached by text."""
    if media_type == "application/json":
        found: dict[str, Any] = read_json(text.encode())
        return found
    return tomllib.loads(text)
