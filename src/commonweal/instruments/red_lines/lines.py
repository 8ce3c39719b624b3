"""Red lines and the proxies that bear on them, as dated, cited texts that the authority adopts."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal, Protocol, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from commonweal.kernel import registry
from commonweal.kernel.instrument import Reader, Row, Text
from commonweal.kernel.values import BadInput, Fault, RuleFault, faults_of, read_toml, text
from commonweal.methods.line_decisions import Lines

PROXIES, CONSEQUENCES = "red_lines.proxies", "red_lines.consequences"
Model = TypeVar("Model", bound=BaseModel)
_STRICT = ConfigDict(defer_build=True, extra="forbid", frozen=True)


class Versioned(Protocol):
    """A text that a test keeps the version of that it began under."""

    @property
    def id(self) -> str: ...

    @property
    def version(self) -> str: ...


def _rate(written: str) -> str:
    if not 0 < Decimal(written) < 1:
        raise ValueError("a rate between 0 and 1, as a decimal in quotes")
    return written


Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Access = Literal["black_box", "grey_box", "white_box"]
LineId = Annotated[str, Field(pattern=r"^red_lines\.[a-z0-9_]+/[a-z0-9_]+$")]
Rate = Annotated[str, Field(pattern=r"^0\.[0-9]{1,6}$"), AfterValidator(_rate)]


class Said(BaseModel):
    """A text in both languages."""

    model_config = _STRICT
    en: Annotated[str, Field(min_length=1)]
    zh: Annotated[str, Field(min_length=1)]

    def text(self) -> Text:
        return text({"en": self.en, "zh": self.zh})


class Source(BaseModel):
    """Where it was published, and what of it was checked."""

    model_config = _STRICT
    citation: Annotated[str, Field(min_length=1)]
    url: str
    verified: Said


class Part(BaseModel):
    """A condition of a line, all of which have to hold, or one of the warnings before it."""

    model_config = _STRICT
    id: Name
    text: Said


class Safeguard(BaseModel):
    """What a developer's framework says has to be in place at a threshold, and where it says so."""

    model_config = _STRICT
    at: Annotated[str, Field(min_length=1)]
    text: Said
    citation: Annotated[str, Field(min_length=1)]


class RedLine(BaseModel):
    """One line. That of a developer has no conditions of its own; it says on which red lines it bears, and what the
    framework requires at it."""

    model_config = _STRICT
    id: Name
    citation: Annotated[str, Field(min_length=1)]
    title: Said
    text: Said
    condition: tuple[Part, ...] = ()
    warning: Annotated[tuple[Part, ...], Field(min_length=1)]
    bears_on: tuple[LineId, ...] = ()
    safeguard: tuple[Safeguard, ...] = ()


class LinesText(BaseModel):
    """A published set of lines, in force from a day on."""

    model_config = _STRICT
    id: Annotated[str, Field(pattern=r"^red_lines\.[a-z0-9_]+$")]
    version: str
    in_force_from: date
    title: Said
    text: Said
    source: Source
    line: Annotated[tuple[RedLine, ...], Field(min_length=1)]

    def named(self, line: RedLine) -> str:
        """A line by its whole id: `red_lines.idais/replication`."""
        return f"{self.id}/{line.id}"


class PublishedTest(BaseModel):
    """A test that a proxy is measured by: its `task` as the logs have it, where it was published, and how many `items`
    it has, where that is known: asked in other words these are no more."""

    model_config = _STRICT
    task: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\s/]+$")]
    citation: Annotated[str, Field(min_length=1)]
    url: str = ""
    items: Annotated[int | None, Field(ge=1, le=10_000_000)] = None


class Elicited(BaseModel):
    """How hard it has to be tried for an arm to show that a model is below: any arm may show danger.

    `access`: which count (none named: any); `tries_least` at an item; `fine_tuned`: the model is, for this; `apart`: an
    organisation runs it that does not develop the model.
    """

    model_config = _STRICT
    access: tuple[Access, ...] = ()
    tries_least: Annotated[int, Field(ge=1, le=10_000)] = 1
    fine_tuned: bool = False
    apart: bool = False


class Proxy(BaseModel):
    """A measure whose rate of success stands for what a line is about: why, what counts, and its three rates.

    A score of a run on record counts as solved from `solved_from` on. Where the proxy is `graded` the score itself
    counts, from 0 to 1, and the rates are of its mean. `direction` says where the danger lies: `above` its rates, or
    `below` them (of attacks that were stopped, few are dangerous). Where `test` names some, runs of others count
    towards danger alone; where it names none, `none_published` says what was looked at and why it is none. `elicited`
    says how hard it has to be tried before below is said. `largest_cluster` is how many items an arm may register at
    most that a cluster has, absent where that is not known: who registers too many makes danger hard to show.
    """

    model_config = _STRICT
    id: Name
    line: LineId
    title: Said
    why: Said
    success: Said
    warning: Rate
    line_at: Rate
    buffer: Annotated[str, Field(pattern=r"^0(\.[0-9]{1,6})?$")]
    graded: bool = False
    solved_from: Annotated[str, Field(pattern=r"^(0\.[0-9]{1,6}|1)$")] = "1"
    direction: Literal["above", "below"] = "above"
    test: tuple[PublishedTest, ...] = ()
    none_published: Said | None = None
    elicited: Elicited = Elicited()
    largest_cluster: Annotated[int | None, Field(ge=1, le=10_000_000)] = None

    @model_validator(mode="after")
    def _in_order(self) -> Proxy:
        if self.test and self.none_published:
            raise ValueError("none_published: where no test is named, what was looked at and is none")
        if self.direction == "below":
            return self._in_falling_order()
        if Decimal(self.buffer) >= Decimal(self.warning):
            raise ValueError("buffer: less than the warning, or nothing could be shown to be below it")
        if Decimal(self.warning) > Decimal(self.line_at):
            raise ValueError("warning: at most line_at, for a warning comes before the line")
        return self

    def _in_falling_order(self) -> Proxy:
        if Decimal(self.warning) + Decimal(self.buffer) >= 1:
            raise ValueError("buffer: less than what the warning leaves up to 1, or nothing could be shown to be safe")
        if Decimal(self.warning) < Decimal(self.line_at):
            raise ValueError("warning: at least line_at, for where few are dangerous a warning comes above the line")
        return self

    def lines(self) -> Lines:
        """What the share that is dangerous is held against: of successes, or of failures where few successes are."""
        held = (Decimal(self.warning), Decimal(self.line_at))
        warning, line = held if self.direction == "above" else (1 - held[0], 1 - held[1])
        return Lines(float(warning), float(line), float(self.buffer))

    def dangerous(self, values: Iterable[float]) -> list[float]:
        """How much of a danger each sample shows: what was solved, or what was failed where few successes are."""
        return [one if self.direction == "above" else 1 - one for one in values]

    def safe_at(self) -> str:
        """The rate under which a model is shown to be below (above which, where few successes are dangerous)."""
        buffer = Decimal(self.buffer)
        return str(Decimal(self.warning) + (buffer if self.direction == "below" else -buffer))

    def takes(self, task: str) -> bool:
        """Whether a run of a task counts whole: one of its tests, by any part of its name; any where it names none."""
        named = {one.task for one in self.test}
        return not named or bool(named & set(task.split("/")))


class Proxies(BaseModel):
    """Which tests this authority holds against which lines, and the rules of decision.

    Of the `error` so much is kept for arms that are registered once results are on record (`error_later`). A text that
    keeps nothing for them admits none. `largest_times`: the page of a test says of an arm that its largest cluster is
    registered too large where that is more than so many times the largest that came; absent, of none.
    """

    model_config = _STRICT
    id: str
    version: str
    in_force_from: date
    error: Rate
    error_later: Rate | None = None
    deadline_days_most: Annotated[int, Field(ge=1, le=3650)]
    verified_days_most: Annotated[int, Field(ge=1, le=3650)]
    largest_times: Annotated[str, Field(pattern=r"^[1-9][0-9]{0,3}(\.[0-9]{1,3})?$")] | None = None
    title: Said
    text: Said
    source: Source
    proxy: Annotated[tuple[Proxy, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _a_part(self) -> Proxies:
        if self.error_later is not None and Decimal(self.error_later) >= Decimal(self.error):
            raise ValueError("error_later: less than error, of which it is a part")
        return self

    def of_line(self, line: str) -> list[Proxy]:
        return [one for one in self.proxy if one.line == line]

    def get(self, proxy: str) -> Proxy | None:
        return next((one for one in self.proxy if one.id == proxy), None)


@functools.lru_cache(maxsize=64)
def read_lines(written: str) -> LinesText:
    """The lines that a text holds. Raises `RuleFault` naming every fault."""
    return read_as(LinesText, written, "red lines")


@functools.lru_cache(maxsize=64)
def read_proxies(written: str) -> Proxies:
    """The proxies that a text holds. Raises `RuleFault` naming every fault."""
    return read_as(Proxies, written, "proxies of red lines")


def read_as(model: type[Model], written: str, what: str) -> Model:
    """A text as its model has it. Raises `RuleFault` naming every fault."""
    data = read_toml(written, what)
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise RuleFault(faults_of(error), str(data.get("id", what))) from error


def in_force(reader: Reader) -> Iterator[tuple[LinesText, Row]]:
    """The sets of lines that are adopted, each with the row of its newest text that can be read."""
    for row in registry.texts(reader, "parameters"):
        rule_id = str(row["rule_id"])
        of_lines = rule_id.startswith("red_lines.") and rule_id not in (PROXIES, CONSEQUENCES)
        if of_lines and (found := registry.newest_read(reader, rule_id, read_lines)):
            yield found


def line_in_force(reader: Reader, line: str) -> tuple[LinesText, RedLine] | None:
    """A line by its whole id; None where no text in force has it."""
    for found, _ in in_force(reader):
        for one in found.line:
            if found.named(one) == line:
                return found, one
    return None


def proxies_in_force(reader: Reader) -> tuple[Proxies, Row] | None:
    """The newest text of proxies that can be read, with its row; None where none is adopted."""
    return registry.newest_read(reader, PROXIES, read_proxies)


def beside(read: Callable[[str], Versioned], text: str, reader: Reader) -> Iterator[Fault]:
    """What of a text is wrong beside those adopted: tests run under a version, so its words stay."""
    found = read(text)
    for row in registry.texts_of_version(reader, found.id, found.version):
        if row["text"] != text:
            want = f"a new version: {found.version} was adopted on {row['adopted_on']} with other words"
            yield Fault("version", found.version, want, "version")
            return


def of_version(reader: Reader, rule_id: str, version: str, read: Callable[[str], Model]) -> Model | None:
    """The text that a test began under; None under none."""
    for row in reversed(registry.texts_of_version(reader, rule_id, version)) if version else ():
        with suppress(BadInput):
            return read(row["text"])
    return None


def proxies_of_version(reader: Reader, version: str) -> Proxies | None:
    """The text of proxies that a test began under."""
    return of_version(reader, PROXIES, version, read_proxies)


def titled(reader: Reader, line: str, language: str) -> str:
    """What a line is called; its id where no text in force has it."""
    found = line_in_force(reader, line)
    return found[1].title.text().in_(language) if found else line
