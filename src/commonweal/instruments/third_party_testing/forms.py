"""The forms of this mechanism: what each asks, and the one way by which answers become an act."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from commonweal.kernel import registry
from commonweal.kernel.instrument import Act, Choice, Column, Control, Deed, Kind, Page, Question, Reading, Text
from commonweal.kernel.values import NotFound

from .kinds import PATH
from .words import LABELS, NO, YES

Query = Mapping[str, str]
Named = Mapping[str, Text]
CHOICES_MAX = 500
YES_NO = (Choice("true", YES), Choice("false", NO))


@dataclass(frozen=True)
class FormOf:
    """A form by which one kind is filed. `place` is its address below `PATH`; where it is about a subject, its last
    part but one names it, and `about` the field and the noun. `asks(reading, subject)` gives the questions, `says` what
    the page says before them, `given(reading, subject)` what the act says beside the answers, and
    `made(reading, subject, answered)` what it makes of them."""

    id: str
    place: str
    kind: Kind
    title: Text
    lead: Text
    roles: tuple[str, ...]
    asks: Callable[[Reading, str], Sequence[Question]]
    about: tuple[str, str] = ("", "")
    given: Callable[[Reading, str], Mapping[str, Any]] = lambda reading, subject: {}
    says: Callable[[Reading, str], Sequence[str]] = lambda reading, subject: ()
    made: Callable[[Reading, str, Mapping[str, Any]], Mapping[str, Any]] = lambda reading, subject, answered: {}

    @property
    def page(self) -> Page:
        """The page that asks, for the roles that may file it."""
        return Page(
            f"third_party_{self.id}", f"{PATH}/{self.place}", self.title, "form.html", self.view, roles=self.roles,
            act=self.deed,
        )  # fmt: skip

    def _subject(self, reading: Reading, query: Query) -> str:
        """The subject that the address names; empty where the form is about none. Raises `NotFound`."""
        field, noun = self.about
        if not field:
            return ""
        subject = f"{noun}:{query[field]}"
        row = registry.subject(reading.tables, subject)
        if row is None or row["erased"]:
            raise NotFound(noun, query[field], f"{PATH} lists what there is")
        return subject

    def _back(self, query: Query) -> str:
        """The page that the form was reached from: its address without the last part."""
        whole = self.place.format(**{self.about[0]: query[self.about[0]]}) if self.about[0] else self.place
        return f"{PATH}/{whole.rpartition('/')[0]}".rstrip("/")

    def view(self, reading: Reading, query: Query) -> Mapping[str, Any]:
        """What the template takes. Raises `NotFound`."""
        subject = self._subject(reading, query)
        row = registry.subject(reading.tables, subject) if subject else None
        back = self._back(query)
        return {
            "title": self.title.in_(reading.language), "lead": self.lead.in_(reading.language),
            "about": row["name"] if row else "", "asks": tuple(self.asks(reading, subject)), "back": back,
            "texts": self.says(reading, subject), "action": f"{back}/{self.place.rpartition('/')[2]}",
        }  # fmt: skip

    def deed(self, reading: Reading, given: Query) -> Deed:
        """What was answered, as an act. Raises `NotFound`."""
        subject = self._subject(reading, given)
        asks = self.asks(reading, subject)
        body = {question.field: value for question in asks if (value := _answer(question, given)) is not None}
        about = {self.about[0]: subject} if subject else {}
        whole = {**body, **about, **self.given(reading, subject), **self.made(reading, subject, body)}
        return Deed([Act(self.kind.id, whole, "", subject or None)], self._back(given))


def _answer(question: Question, given: Query) -> Any:
    """An answer as a body has it; None where there is none. What is no number is left for the schema to tell of."""
    name = question.field
    if question.control == "several":
        return [one.value for one in question.choices if f"{name}.{one.value}" in given]
    told = given.get(name, "").replace("\r\n", "\n").strip()
    if not told:
        return None
    if question.choices and {one.value for one in question.choices} == {"true", "false"}:
        return told == "true"
    if question.control == "number" and told.isascii() and told.isdigit() and len(told) <= 12:
        return int(told)
    if question.control == "lines":
        return [line.strip() for line in told.splitlines() if line.strip()]
    return told


def facts_of(columns: Sequence[Column], row: Mapping[str, Any], language: str) -> Mapping[str, Any]:
    """What a row of a list says, for a page of one thing: `facts`, and apart from them `days`, to be written out."""
    told = [(one.form == "date", one.title.in_(language), row[one.id]) for one in columns]
    return {
        "facts": [(label, value) for is_day, label, value in told if not is_day],
        "days": [(label, value) for is_day, label, value in told if is_day and value],
    }


def ask(
    name: str, control: str = "text", choices: Sequence[Choice] = (), *, needed: bool = True,
    label: Text | None = None, hint: Text | None = None,
) -> Question:  # fmt: skip
    """A question about a field, called as the pages here call it."""
    return Question(
        name, label or LABELS[name], cast("Control", control), hint=hint, choices=tuple(choices), required=needed
    )


def chosen(names: Named) -> tuple[Choice, ...]:
    """Codes to choose among, by what they are called."""
    return tuple(Choice(code, words) for code, words in names.items())


def known(reading: Reading, noun: str) -> tuple[Choice, ...]:
    """The registered subjects of a noun, to choose among or to type."""
    rows = registry.subjects(reading.tables, noun)[:CHOICES_MAX]
    return tuple(same(str(row["subject"]), str(row["name"])) for row in rows if not row["erased"])


def mine(reading: Reading, noun: str) -> tuple[Choice, ...]:
    """Those of a noun that whoever is reading registered."""
    rows = registry.theirs(reading.tables, [reading.party])
    found = {str(row["subject"]) for row in rows}
    return tuple(one for one in known(reading, noun) if one.value in found)


def same(value: str, words: str) -> Choice:
    """A choice whose words are somebody's own, in whichever language they are."""
    return Choice(value, Text(en=words, zh=words))
