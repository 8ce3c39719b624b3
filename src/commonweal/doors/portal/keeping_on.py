"""What a new version keeps of the one before: what was filed some other way than by the pages that its form asks now.

A filing that came over the API, from a file or by import may say what no page leads its filer to. It stays said. What
an earlier answer led to, and the answers now do not, is left out. Either is told before it is filed, and turned over.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from commonweal.forms import asked_pages, raw_of
from commonweal.kernel import registry
from commonweal.kernel.instrument import Form, Question
from commonweal.sight import as_filed

from . import questions
from .drafting import Writing
from .site import View


@dataclass(frozen=True)
class Before:
    """A field of the version before that is not asked now: whether the new version keeps it, and what it says."""

    field: str
    value: Any
    kept: bool


def of(writing: Writing) -> list[Before]:
    """Every field of the newest version that the pages of a draft do not ask, in the order of that version."""
    amends = writing.content.amends
    row = registry.subject(writing.view.reader, amends["subject"]) if amends is not None else None
    if row is None:
        return []
    body = as_filed(writing.view.authority, row)["body"]
    form, turned = writing.form, writing.content.keeps
    asks = _asked(writing, writing.content.answers)
    asked_then = _asked(writing, {one.field: raw_of(one, body) for one in _own(form)})
    ours = {*asks, *form.fixed, form.reference}
    return [
        Before(path, value, turned.get(path, path not in asked_then))
        for path, value in _leaves(body, {question.field for question in _own(form)})
        if path not in ours and not _says_nothing(writing, path, value)
    ]


def onto(writing: Writing, body: dict[str, Any]) -> dict[str, Any]:
    """A body with what it keeps of the version before."""
    merged: dict[str, Any] = {}
    for one in of(writing):
        if one.kept:
            _put_over(merged, _under(one.field, one.value))
    _put_over(merged, body)
    return merged


def told(writing: Writing, theirs: Mapping[str, Any], wrong: Mapping[str, Sequence[str]]) -> list[dict[str, Any]]:
    """Each of these fields for a page: what it is called, what it says as far as `theirs`, the version whose words the
    filer may read, says the same, and what is wrong with it by field."""
    view, asked = writing.view, {question.field: question for question in _own(writing.form)}
    found = []
    for one in of(writing):
        question, read = asked.get(one.field), dict(_leaves(theirs, set(asked))).get(one.field) == one.value
        label = view.text(question.label) if question else view.site.field_title(one.field, view.language.code)
        lines = _lines(view, question, one.value) if read else []
        found.append(
            {"field": one.field, "label": label, "kept": one.kept, "lines": lines, "wrong": wrong.get(one.field, ())}
        )
    return found


def _own(form: Form) -> list[Question]:
    """The questions about a form's own kind."""
    return [question for page in form.pages if not page.also for question in page.questions]


def _asked(writing: Writing, answers: Mapping[str, Any]) -> set[str]:
    pages = asked_pages(writing.form, answers, roles=writing.view.roles)
    return {question.field for page in pages if not page.also for question in page.questions}


def _says_nothing(writing: Writing, path: str, value: Any) -> bool:
    """Whether a field says what it says wherever it is left out."""
    named = writing.view.authority.kinds[writing.form.kind].schema.model_fields.get(path)
    return named is not None and not named.is_required() and named.get_default(call_default_factory=True) == value


def _leaves(body: Mapping[str, Any], whole: set[str], under: str = "") -> Iterator[tuple[str, Any]]:
    """The values of a body by path, tables opened but for those that a question asks for as a `whole`."""
    for name, value in body.items():
        path = under + name
        if isinstance(value, Mapping) and value and path not in whole:
            yield from _leaves(value, whole, path + ".")
        elif value not in (None, "", [], {}):
            yield path, value


def _lines(view: View, question: Question | None, value: Any) -> list[str]:
    if question is not None:
        return questions.in_words(view, question, raw_of(question, _under(question.field, value)))
    if isinstance(value, bool):
        return [str(view.say("yes") if value else view.say("no"))]
    if isinstance(value, str):
        return [view.subjects.name(value) if registry.subject(view.reader, value) else value]
    if isinstance(value, list | tuple):
        return [line for item in value for line in _lines(view, None, item)]
    return [json.dumps(value, ensure_ascii=False)]


def _put_over(body: dict[str, Any], more: Mapping[str, Any]) -> None:
    """Put what `more` says over what a body says, table by table."""
    for name, value in more.items():
        inner = body.get(name)
        if isinstance(inner, dict) and isinstance(value, Mapping):
            _put_over(inner, value)
        else:
            body[name] = dict(value) if isinstance(value, Mapping) else value


def _under(path: str, value: Any) -> dict[str, Any]:
    """A body that says nothing but one value."""
    first, _, rest = path.partition(".")
    return {first: _under(rest, value) if rest else value}
