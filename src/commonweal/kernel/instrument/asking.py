"""How a mechanism asks people for what they file: forms, their pages and questions, and what is said before filing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from commonweal.kernel.values import Text

Control = Literal[
    "text", "long_text", "lines", "one", "several", "yes_no", "day", "instant", "moment", "number", "reference",
    "items", "files",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class When:
    """Shows a question or page only where an earlier question was answered with one of these (`yes`, `no` for a
    boolean, the choice's value else)."""

    field: str
    among: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer to choose: a value that the kind's schema has, and what it means."""

    value: str
    label: Text
    hint: Text | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """One question of a form, bound to a field of the kind's schema (`harm.degree` for one within a table).

    `moment` asks when something happened as far as it is known and writes it so (`2026`, `2026-11`, a day, an instant,
    `~` for about then); `reference` finds a registered subject by name; `items` asks for several of the same, each with
    `columns`. `required` follows from the schema, or from the form where it asks for more: by `needed` where earlier
    answers call for it, `unless` another question is answered. With `day_enough` an instant may be answered by a day:
    its beginning counts, so that what runs from it ends too early, never too late.
    """

    field: str
    label: Text
    control: Control
    hint: Text | None = None
    choices: tuple[Choice, ...] = ()
    when: tuple[When, ...] = ()
    required: bool = False
    unit: Text | None = None
    unit_one: Text | None = None
    columns: tuple[Question, ...] = ()
    needed: tuple[When, ...] = ()
    unless: str = ""
    day_enough: bool = False


@dataclass(frozen=True, slots=True)
class Offer:
    """A registered subject in plain words, as a form offers it to whoever does not know its name.

    A search finds it by any part of its words, in either language; with `now` it is there before anybody searched.
    """

    subject: str
    words: Text
    now: bool


@dataclass(frozen=True, slots=True)
class Notice:
    """What a form says before it is filed, where the answers call for it `when`, `unless` a question is answered.

    One that is `keyless` is for people who are signed in, and offers to go on without their key.
    """

    text: Text
    when: tuple[When, ...] = ()
    unless: str = ""
    keyless: bool = False


@dataclass(frozen=True, slots=True)
class FormPage:
    """One page of a form: one question, or a few that belong together. `id` is the last part of its address.

    With `signed_in` it is shown only to people who are signed in, not to who files without a key; with `roles` to those
    of them who hold one of these. With `also` it asks for another kind, filed together with the form's own where
    anything of it was answered, and apart from it: its field `about` names what was filed. Where nothing was, one of
    the kind `otherwise` is filed, if there is one: so nobody sees by the log that somebody said something there.
    """

    id: str
    title: Text
    questions: tuple[Question, ...]
    lead: Text | None = None
    when: tuple[When, ...] = ()
    signed_in: bool = False
    also: str = ""
    about: str = ""
    otherwise: str = ""
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Form:
    """A form by which people file one kind, from an instrument's `forms/*.toml` (`docs/forms.md` gives the format).

    Anybody may use it without a key where the kind is filed by the role `reporter`. `before` says what is good to have
    at hand, `after` what happens next, in the receipt; `keeps_days` how long a draft is kept after its last change;
    `fixed` holds what every filing by this form says; `reference` the field that gets a reference made for it, which
    begins with `prefix`; `notices` what is said before it is filed, by what was answered.
    """

    id: str
    title: Text
    kind: str
    pages: tuple[FormPage, ...]
    instrument: str = ""
    lead: Text | None = None
    before: tuple[Text, ...] = ()
    after: tuple[Text, ...] = ()
    keeps_days: int = 14
    fixed: Mapping[str, Any] = field(default_factory=dict)
    reference: str = ""
    prefix: str = ""
    notices: tuple[Notice, ...] = ()

    def questions(self) -> Iterable[Question]:
        """Every question, in the order it is asked."""
        return (question for page in self.pages for question in page.questions)
