"""What a report may tell of: five incidents and reports, ranked, each with why, and the chance that it is of neither.

Nothing is linked here: an officer reads the suggestions and decides. Of reports the words without names are compared
(`deidentifying`), of what was turned away too: a copy of it may come again. What is compared is held in memory by each
process, kept up with the tables when somebody asks. The chance was fitted on incidents reported in English to the AI
Incident Database, and begins with the share of reports that an adopted text takes to be new
(`rules/suggestions.toml`). Of reports unlike those it is a guide; among a few incidents it is not stated.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import resources
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from commonweal.kernel import registry
from commonweal.kernel.instrument import Page, Reader, Reading, Row, Text
from commonweal.kernel.values import NotFound, read_toml, span
from commonweal.methods.linking import HOLDS_FROM, Answer, Index, Report, Suggestion

from .concerning import FIELDS, Names, named
from .deidentifying import how_many, in_language, laid_out_after, read_words, without_placeholders, working
from .incidents import INCIDENT
from .reports import REPORT
from .tables import links

KEPT, KEPT_REPORTS = "incident_reports.suggestions", "incident_reports.suggested_reports"
RULE = "incident_reports.suggestions"
BEST = 5
WHY_MAX, WHY_LEAST, ONE_BY_ONE_MAX = 8, 0.01, 300
BY_ONE_WORD = 0.9
"""From which share of an agreement on a single word is said to carry it."""
HELD_MAX = 10_000
WORDS = ("title", "what_happened", "system_named", "developer_named", "deployer_named", "harmed_named")
CODES = ("organisation", "reporter", "developer", "models", "occurred", "occurred_until")
"""What of a report is compared beside its words."""
COMPARED = (
    "title", "title_zh", "what_happened", "summary", "summary_zh", "harmed_named", "organisation", *FIELDS, "occurred",
    "occurred_until",
)  # fmt: skip
"""What is compared, of which a page shows the words that two have in common."""


def compared(names: Names, body: Mapping[str, Any]) -> Report:
    """What of a report or an incident is compared with others."""
    text = " ".join(str(body.get(field) or "") for field in ("what_happened", "summary", "summary_zh"))
    title = " ".join(str(body.get(field) or "") for field in ("title", "title_zh"))
    return Report(title.strip(), text.strip(), _names(names, body), _days(body))


def _names(names: Names, body: Mapping[str, Any]) -> tuple[str, ...]:
    """Whom and what it is about, each once whatever its spellings, and who was harmed."""
    harmed = body.get("harmed_named") or ()
    about = {(names.key(role, said), names.bare(role, said)) for role, said in named(names.reader, body)}
    bare = dict(sorted(about, reverse=True))
    return tuple(dict.fromkeys([*bare.values(), *([harmed] if isinstance(harmed, str) else harmed)]))


def _days(body: Mapping[str, Any]) -> tuple[int, int] | None:
    spans = []
    for field in ("occurred", "occurred_until"):
        with suppress(ValueError):  # what cannot be placed in time is not compared by time
            spans.append(span(str(body.get(field) or "")))
    if not spans:
        return None
    first, last = min(begin for begin, _ in spans), max(end for _, end in spans)
    return first.toordinal(), max(first.toordinal(), last.toordinal() - 1)


def _words(row: Mapping[str, Any]) -> dict[str, Any]:
    """What of a report is compared: the words that the desk works on, and its codes, which the registry has."""
    return {name: without_placeholders(str(row[name])) for name in WORDS if row[name]}


@dataclass(frozen=True, slots=True)
class Means:
    """By what chances are stated, as the text in force has it (`rules/suggestions.toml`): the share of reports that are
    taken to be new, and what tells English: `everyday` words, one in `one_in` of them at least, from `words_least`."""

    share_new: float
    everyday: frozenset[str]
    words_least: int
    one_in: int


class English(BaseModel):
    """What tells English: some everyday words, how many of them, and in how long a text at least."""

    model_config = ConfigDict(defer_build=True, extra="forbid", frozen=True)
    everyday: list[Annotated[str, Field(min_length=1)]]
    words_least: Annotated[int, Field(strict=True, ge=1, le=100_000)]
    one_in: Annotated[int, Field(strict=True, ge=1, le=100_000)]


class Chances(registry.Head):
    """By what chances suggestions are stated."""

    share_new: Annotated[float, Field(strict=True, gt=0, lt=1)] | None = None
    english: English | None = None


def read(text: str) -> Chances:
    """What a text of suggestions says. Raises `RuleFault` naming every fault."""
    return registry.read_text(Chances, text, RULE)


def means(reader: Reader) -> Means:
    """The text in force; what was shipped where none was adopted, or for what it does not state."""
    with suppress(NotFound, ValueError, TypeError, KeyError):
        row = registry.text_in_force(reader, RULE)
        return _means({**_file(), **registry.parsed(row["text"], row["media_type"])})
    return _shipped()


@functools.cache
def _shipped() -> Means:
    return _means(_file())


@functools.cache
def _file() -> Mapping[str, Any]:
    path = resources.files(__package__).joinpath("rules", "suggestions.toml")
    return read_toml(path.read_text("utf-8"), path.name)


def _means(text: Mapping[str, Any]) -> Means:
    share, english = float(text["share_new"]), text["english"]
    if not 0 < share < 1:
        raise ValueError(f"share_new lies between 0 and 1; saw {share}")
    return Means(
        share, frozenset(map(str, english["everyday"])), int(english["words_least"]), max(1, int(english["one_in"]))
    )


class HeldReports:
    """The reports of one authority as they are compared; safe to ask from any thread.

    A report is taken in anew when its words were laid out anew, so that to keep up costs what is new and no more; the
    `HELD_MAX` that were laid out last are compared.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._index = Index()
        self._held: dict[str, Report] = {}
        self._seen = -1

    def suggest(self, reading: Reading, report: str) -> Answer:
        """The reports that read like one on file, which is none of them itself, among those that whoever asks may
        read: of any other the chance, the numbers and what makes a word rare would tell too."""
        with self._lock:
            self._keep_up(reading.tables)
            own = self._held.get(report, Report())
            out = {one for one in self._held if one == report or reading.kept_out(one)}
            with without(self._index, {one: self._held[one] for one in out}):
                return self._index.suggest(own, best=BEST, share_new=means(reading.tables).share_new)

    def _keep_up(self, reader: Reader) -> None:
        self._take(reader, laid_out_after(reader, self._seen, HELD_MAX))
        if min(HELD_MAX, how_many(reader)) != len(
            self._held
        ):  # something was erased: the tables are laid out without it
            self._index, self._held, self._seen = Index(), {}, -1
            self._take(reader, laid_out_after(reader, -1, HELD_MAX))

    def _drop(self, report: str) -> None:
        if self._held.pop(report, None) is not None:
            self._index.remove(report)

    def _take(self, reader: Reader, rows: list[Row]) -> None:
        few = {row["report"] for row in rows} if len(rows) < ONE_BY_ONE_MAX else None
        where = {} if few is None else {"subject": ("in", sorted(few))}
        bodies = {row["subject"]: row["body"] for row in registry.subjects(reader, REPORT.noun, where)} if rows else {}
        names = Names(reader)
        for row in rows:
            self._seen = max(self._seen, row["laid"])
            self._drop(row["report"])
            if row["state"] != "gone":
                codes = {name: bodies.get(row["report"], {}).get(name) for name in CODES}
                self._held[row["report"]] = compared(names, {**codes, **_words(row)})
                self._index.add(row["report"], self._held[row["report"]])
        for oldest in list(self._held)[: max(0, len(self._held) - HELD_MAX)]:
            self._drop(oldest)


@contextmanager
def without(index: Index, some: Mapping[str, Report]) -> Iterator[None]:
    """Around what is asked of an index as if it did not hold some reports."""
    for key in some:
        index.remove(key)
    try:
        yield
    finally:
        for key, report in some.items():
            index.add(key, report)


class Held:
    """The incidents of one authority as they are compared; safe to ask from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._index = Index()
        self._held: dict[str, tuple[int, bool]] = {}
        self._compared: dict[str, Report] = {}

    def suggest(self, reading: Reading, report: Report, but: Collection[str]) -> Answer:
        """The incidents that read like a report, but for some."""
        with self._lock:
            self._keep_up(reading.tables)
            out = self._compared.keys() & set(but)
            with without(self._index, {one: self._compared[one] for one in out}):
                return self._index.suggest(report, best=BEST, share_new=means(reading.tables).share_new)

    def _keep_up(self, reader: Reader) -> None:
        """Take in what was filed since, and take out what was filed anew, erased or annulled."""
        there = registry.newest(reader, INCIDENT.noun)
        for subject in [one for one, at in self._held.items() if there.get(one) != at]:
            self._drop(subject)
        missing = there.keys() - self._held.keys()
        where = {"subject": ("in", sorted(missing))} if len(missing) < ONE_BY_ONE_MAX else {}
        names = Names(reader)
        for row in registry.subjects(reader, INCIDENT.noun, where) if missing else ():
            if row["subject"] in missing:
                self._take(names, row)

    def _take(self, names: Names, row: Row) -> None:
        self._held[row["subject"]] = (row["entry"], bool(row["erased"]))
        if not row["erased"]:
            self._compared[row["subject"]] = compared(names, row["body"])
            self._index.add(row["subject"], self._compared[row["subject"]])

    def _drop(self, subject: str) -> None:
        self._held.pop(subject, None)
        if self._compared.pop(subject, None) is not None:
            self._index.remove(subject)


@dataclass(frozen=True)
class Suggested:
    """What a desk is shown of one report: how likely it is new, which cannot be said among few, and of which incidents,
    `among` how many, and which `reports`, `beside` how many, it may be. `copies` are those of them in its very words.
    """

    chance_new: float | None
    incidents: tuple[Suggestion, ...]
    among: int
    reports: tuple[Suggestion, ...] = ()
    beside: int = 0
    copies: tuple[str, ...] = ()

    @property
    def best(self) -> tuple[Suggestion, ...]:
        """The five likeliest of both, copies first."""
        both = [*self.reports, *self.incidents]
        return tuple(sorted(both, key=lambda one: (one.key not in self.copies, -one.score, one.key))[:BEST])


def suggested(reading: Reading, report: str) -> Suggested:
    """The likeliest incidents that a report is not linked to yet, and the likeliest reports. Raises `NotFound`.

    It is new where neither an incident nor a report tells of the same: the lesser chance of the two counts.
    """
    found, chances = _of_incidents(reading, report, kept_from(reading))
    answer = reading.kept(KEPT_REPORTS, HeldReports).suggest(reading, report)
    reports = tuple(one for one in answer.suggestions if _may_read(reading, one.key))
    copies = tuple(one.key for one in reports if _says(reading, one.key) == _says(reading, report) != "")
    chances += [answer.chance_new] if answer.among >= HOLDS_FROM else []
    new = 0.0 if copies else min(chances, default=None)
    return Suggested(new, found.incidents, found.among, reports, answer.among, copies)


def of_incidents(reading: Reading, report: str, hidden: Collection[str]) -> Suggested:
    """The five likeliest incidents for a report that is not linked to them yet, and no reports, as if there were none
    of the `hidden` (`kept_from`). Raises `NotFound`."""
    return _of_incidents(reading, report, hidden)[0]


def kept_from(reading: Reading) -> set[str]:
    """The incidents that whoever reads keeps out of: of these the chance and the numbers would tell too."""
    return {one for one in registry.newest(reading.tables, INCIDENT.noun) if reading.kept_out(one)}


def _of_incidents(reading: Reading, report: str, hidden: Collection[str]) -> tuple[Suggested, list[float]]:
    row, words = registry.subject(reading.tables, report), working(reading.tables, report)
    if row is None or row["erased"] or words is None:
        raise NotFound("report", report)
    linked = {one["incident"] for one in links(reading.tables, report=report)}
    asked = compared(Names(reading.tables), {**row["body"], **_words(words)})
    answer = reading.kept(KEPT, Held).suggest(reading, asked, linked | set(hidden))
    chances = [answer.chance_new] if answer.among >= HOLDS_FROM else []
    return Suggested(chances[0] if chances else None, answer.suggestions, answer.among), chances


def _may_read(reading: Reading, report: str) -> bool:
    """Whether whoever asks may read a report; those that they keep out of were left out already."""
    row = registry.subject(reading.tables, report)
    return row is not None and reading.opens(int(row["entry"]), "title")


def _says(reading: Reading, report: str) -> str:
    row = working(reading.tables, report)
    return " ".join(str(row["what_happened"]).casefold().split()) if row is not None else ""


def in_english(reader: Reader, body: Mapping[str, Any]) -> bool:
    """Whether what a report tells is English: most letters are Latin, and of more than a few words some are such as
    every English text has, by the text in force (`means`).

    The chance was fitted on reports in English alone: of other languages there were no pairs to measure it on, and
    their everyday words count there as rare ones.
    """
    told = " ".join(str(body.get(name, "")) for name in ("title", "what_happened"))
    letters = [one for one in told if one.isalpha()]
    words, by = told.casefold().split(), means(reader)
    everyday = sum(word.strip(".,;:!?") in by.everyday for word in words)
    english = len(words) < by.words_least or everyday * by.one_in >= len(words)
    return 2 * sum(one.isascii() for one in letters) >= len(letters) and english


def alike(reading: Reading, body: Mapping[str, Any]) -> tuple[Suggestion, ...]:
    """The incidents that read most like a body, best first; one that is on file is among them itself."""
    asked = compared(Names(reading.tables), body)
    return reading.kept(KEPT, Held).suggest(reading, asked, kept_from(reading)).suggestions


def view(reading: Reading, query: Mapping[str, str]) -> Mapping[str, Any]:
    """The suggestions for one report, for whoever may read it."""
    report = f"{REPORT.noun}:{query['report']}"
    found = suggested(reading, report)
    row, words = registry.subject(reading.tables, report), read_words(reading, report)
    body = reading.part(int(row["entry"]), "name", *COMPARED) if row else {}
    return {
        "title": in_language(words.get("title", ""), reading.language) or report,
        "report": report,
        "name": body.get("name", ""),
        "chance_new": found.chance_new if in_english(reading.tables, body) else None,
        "share_new": means(reading.tables).share_new,
        "among": found.among,
        "holds_from": HOLDS_FROM,
        "beside": found.beside,
        "copies": found.copies,
        "found": [_shown(reading, one) for one in found.best],
        "linked": [
            {"incident": one["incident"], "relation": one["relation"], "entry": one["entry"]}
            for one in links(reading.tables, report=report)
        ],
    }


def _shown(reading: Reading, one: Suggestion) -> dict[str, Any]:
    row = registry.subject(reading.tables, one.key)
    body = reading.part(int(row["entry"]), *(COMPARED if one.why else ("title", "occurred"))) if row else {}
    title, noun = body.get("title", ""), one.key.partition(":")[0]
    if noun == REPORT.noun:
        title = in_language(str(read_words(reading, one.key).get("title", "")), reading.language)
    return {
        "subject": one.key,
        "report": noun == REPORT.noun,
        "part_of": [link["incident"] for link in links(reading.tables, report=one.key)] if noun == REPORT.noun else [],
        "title": title,
        "occurred": body.get("occurred", ""),
        "score": one.score,
        "by_one_word": any(
            part.agreement not in ("names", "days") and part.weight >= BY_ONE_WORD * one.score > 0 for part in one.why
        ),
        "why": [
            (part.agreement, part.term, part.weight / one.score)
            for part in one.why[:WHY_MAX]
            if part.weight >= WHY_LEAST * one.score > 0
        ],
    }


PAGE = Page(
    "incident-suggestions",
    "/incident-reports/suggestions/{report}",
    Text(en="What a report may tell of", zh="报告可能所指的事件或报告"),
    "suggestions.html",
    view,
    roles=("officer", "authority"),
    about=lambda parts: f"{REPORT.noun}:{parts['report']}",
)
