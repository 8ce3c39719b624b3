"""How whoever filed something comes back to it: what is asked of them, what they answer, and what was done about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from commonweal.kernel.record.tables import Reader
from commonweal.kernel.values import Text

from .asking import Question


@dataclass(frozen=True, slots=True)
class Talk:
    """One line of the conversation about a filing: `what` is question, answer or withdrawal, `entry` where it stands.

    `answered` is, of a question, the entry of its newest answer. Another `what` is something that was decided or done
    about it, told in `lines`; after `stands` what was withdrawn counts again. An answer or a withdrawal that somebody
    else wrote down as the words of who filed it is `by` that party, and `taken` says how they took it; `corrects` and
    `corrected` name what was put right by what. With `own` it is about who filed it themselves: no colleague is told.
    """

    what: str
    entry: int
    at: str
    text: str
    answered: int | None = None
    lines: tuple[Text, ...] = ()
    by: str = ""
    taken: Text | None = None
    corrects: int | None = None
    corrected: int | None = None
    own: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """What else whoever filed a subject can file about it there, while it is `offered`.

    Its body is `fixed` with the answers to `asks` (of the controls text, long_text, lines and one), and names the
    subject in the thread's `about`. `id` is the last part of its address. With `own` it is about who filed it
    themselves: no colleague is offered it.
    """

    id: str
    kind: str
    title: Text
    lead: Text
    button: Text
    asks: tuple[Question, ...] = ()
    fixed: Mapping[str, Any] = field(default_factory=dict)
    offered: Callable[[Reader, str], bool] = lambda reader, subject: True
    own: bool = False


@dataclass(frozen=True, slots=True)
class Thread:
    """How whoever filed a subject of a noun comes back to it: asked by `question`, they file `answer` and `withdrawal`.

    These are kinds whose bodies name the subject in `about`; an answer has `text` and may name the entry of a
    `question`, or in `corrects` that of an answer that another wrote down for them; a withdrawal has `reasons`.
    `talk(reader, subject)` gives the conversation, oldest first; `replies` are what else can be done there, and
    `apart(reader, subject)` the entries that were filed beside it and apart from it; `lacks(reader, subject)` says what
    of theirs waits for what they alone can say, and where they say it.
    """

    noun: str
    question: str
    answer: str
    withdrawal: str
    about: str
    talk: Callable[[Reader, str], Sequence[Talk]]
    replies: tuple[Reply, ...] = ()
    apart: Callable[[Reader, str], Sequence[int]] = lambda reader, subject: ()
    lacks: Callable[[Reader, str], Sequence[Text]] = lambda reader, subject: ()
