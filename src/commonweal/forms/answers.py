"""What people answer: as a form sends it, as it is kept in a draft, and as the value that the kind's schema takes.

An answer is kept raw, as it was typed, so that nothing is lost over a fault and both languages read the same draft.
`read_answer` makes the value of it, `raw_of` goes the other way for a filing that is amended.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ValidationError
from pydantic_core import to_json

from commonweal.kernel.disclosure import Kind, forbidden_character
from commonweal.kernel.instrument import Form, FormPage, Notice, Question, When

from .shapes import Shape, shape_of
from .zones import ZONES

Raw = Any
Answers = Mapping[str, Raw]
ITEMS_MAX = 100
_PARTS = {
    "day": ("year", "month", "day"),
    "instant": ("year", "month", "day", "time", "zone"),
    "moment": ("year", "month", "day", "time", "zone", "about"),
}
_TIME = re.compile(r"([01]?\d|2[0-3])[:：.]([0-5]\d)(?::([0-5]\d)(?:\.(\d{1,6}))?)?")
_EDTF = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?")
_DIGITS = str.maketrans("０１２３４５６７８９：．－，", "0123456789:.-,")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with the answer for the field `where`: `code` says what, `given` what a sentence about it needs.

    `part` names the part of the answer at fault: `year`, or `0.name` for a column of the first item.
    """

    where: str
    code: str
    given: Mapping[str, Any] = field(default_factory=dict)
    part: str = ""


class _Wrong(Exception):
    def __init__(self, code: str, part: str = "", **given: Any) -> None:
        self.code, self.part, self.given = code, part, given


# ── what is asked ───────────────────────────────────────────────────────────────────────────────────────────────────


def asked_pages(form: Form, answers: Answers, *, roles: Collection[str] | None = None) -> list[FormPage]:
    """The pages that earlier answers lead to, each with the questions that are asked on it.

    `roles` are those of whoever is signed in; None: nobody is.
    """
    found: list[FormPage] = []
    asked: set[str] = set()
    for page in form.pages:
        if not is_for(page, roles):
            continue
        questions = tuple(
            replace(one, required=one.required or _is_needed(one, answers, asked))
            for one in page.questions
            if is_asked((*page.when, *one.when), answers, asked)
        )
        if questions:
            found.append(replace(page, questions=questions))
            asked |= {question.field for question in questions}
    return found


def notices_of(form: Form, answers: Answers, *, roles: Collection[str] | None = None) -> list[Notice]:
    """What is said before a form is filed with these answers."""
    asked = {one.field for page in asked_pages(form, answers, roles=roles) for one in page.questions}
    return [
        one
        for one in form.notices
        if is_asked(one.when, answers, asked)
        and not _is_said(one.unless, answers, asked)
        and not (one.keyless and roles is None)
    ]


def _is_needed(question: Question, answers: Answers, asked: set[str]) -> bool:
    if not question.needed or _is_said(question.unless, answers, asked):
        return False
    return is_asked(question.needed, answers, asked)


def _is_said(name: str, answers: Answers, asked: set[str]) -> bool:
    return name in asked and answered(answers.get(name))


def is_for(page: FormPage, roles: Collection[str] | None) -> bool:
    """Whether a page is shown to somebody who holds these roles; None: to who files without a key."""
    if roles is None:
        return not (page.signed_in or page.roles)
    return not page.roles or not set(page.roles).isdisjoint(roles)


def is_asked(when: Iterable[When], answers: Answers, asked: set[str]) -> bool:
    """Whether earlier answers call for a question; an answer that is not asked for any more calls for none."""
    return all(one.field in asked and set(_chosen(answers.get(one.field))) & set(one.among) for one in when)


def _chosen(raw: Raw) -> Sequence[str]:
    return [raw] if isinstance(raw, str) else raw if isinstance(raw, list) else []


# ── from a form that was sent, to the draft ─────────────────────────────────────────────────────────────────────────


def raw_from(question: Question, sent: Mapping[str, Sequence[str]]) -> Raw:
    """The raw answer to a question in what a page sent: `q.field`, `q.field.part`, `q.field.0.column`."""
    return _raw(question, f"q.{question.field}", sent)


def _raw(question: Question, name: str, sent: Mapping[str, Sequence[str]]) -> Raw:
    if question.control == "items":
        count = 0
        while count < ITEMS_MAX and any(f"{name}.{count}.{column.field}" in sent for column in question.columns):
            count += 1
        rows = [
            {column.field: _raw(column, f"{name}.{at}.{column.field}", sent) for column in question.columns}
            for at in range(count)
        ]
        return rows
    if question.control == "reference":
        chosen = [text for text in dict.fromkeys(sent.get(f"{name}.ids", ())) if text]
        return {"ids": chosen[:ITEMS_MAX], "search": _last(sent, f"{name}.search")}
    if question.control == "several":
        return list(dict.fromkeys(sent.get(name, ())))
    if parts := _PARTS.get(question.control):
        found = {part: _last(sent, f"{name}.{part}") for part in parts}
        return {part: text for part, text in found.items() if text}
    return _last(sent, name)


def _last(sent: Mapping[str, Sequence[str]], name: str) -> str:
    found = sent.get(name)
    return found[-1].replace("\r\n", "\n").strip() if found else ""


def answered(raw: Raw) -> bool:
    """Whether anything was answered at all."""
    if isinstance(raw, Mapping):
        return any(text for part, text in raw.items() if part not in ("search", "zone", "about"))
    if isinstance(raw, list):
        return any(answered(item) for item in raw)
    return bool(raw)


# ── from the draft to a value ───────────────────────────────────────────────────────────────────────────────────────


def read_answer(question: Question, raw: Raw, schema: type[BaseModel]) -> tuple[Any, list[Problem]]:
    """The value of an answer (None for none), held against the kind's schema, and what is wrong with it."""
    shape = shape_of(schema, question.field)
    assert shape is not None, "the form was held against this schema"
    if not answered(raw):
        return None, [Problem(question.field, "missing")] if question.required else []
    if found := _unseen(raw):
        return None, [Problem(question.field, "forbidden_character", {"character": found})]
    try:
        value = _value(question, raw, shape)
    except _Wrong as wrong:
        return None, [Problem(question.field, wrong.code, wrong.given, wrong.part)]
    return value, _refused(question.field, value, shape)


def body_of(
    form: Form, answers: Answers, schema: type[BaseModel], *, roles: Collection[str] | None = None
) -> tuple[dict[str, Any], list[Problem]]:
    """What the answers file, without the reference, and every problem. What is not asked is not filed."""
    body: dict[str, Any] = dict(form.fixed)
    problems: list[Problem] = []
    for page in asked_pages(form, answers, roles=roles):
        if not page.also:
            found, wrong = _page_body(page, answers, schema)
            problems += wrong
            for name, value in found:
                _put(body, name, value)
    return body, problems


def also_of(
    form: Form, answers: Answers, kinds: Mapping[str, Kind], *, roles: Collection[str] | None = None
) -> tuple[list[tuple[FormPage, dict[str, Any]]], list[Problem]]:
    """What is filed beside a form's own kind: a body for each page that asks for another kind and was answered."""
    bodies: list[tuple[FormPage, dict[str, Any]]] = []
    problems: list[Problem] = []
    for page in asked_pages(form, answers, roles=roles):
        if page.also:
            problems += page_problems(page, answers, kinds[page.also].schema)
            found, _ = _page_body(page, answers, kinds[page.also].schema)
            body: dict[str, Any] = {}
            for name, value in found:
                _put(body, name, value)
            if body:
                bodies.append((page, body))
    return bodies, problems


def page_problems(page: FormPage, answers: Answers, schema: type[BaseModel]) -> list[Problem]:
    """What is wrong with the answers of one page. One that asks for another kind may be left open as a whole."""
    if page.also and not any(answered(answers.get(question.field)) for question in page.questions):
        return []
    return _page_body(page, answers, schema)[1]


def _page_body(
    page: FormPage, answers: Answers, schema: type[BaseModel]
) -> tuple[list[tuple[str, Any]], list[Problem]]:
    values: list[tuple[str, Any]] = []
    problems: list[Problem] = []
    for question in page.questions:
        value, wrong = read_answer(question, answers.get(question.field), schema)
        problems += wrong
        if value is not None and not wrong:
            values.append((question.field, value))
    return values, problems


def _unseen(raw: Raw) -> str:
    """The first character in an answer that no filing may have, "" for none."""
    if isinstance(raw, str):
        return forbidden_character(raw)
    items = raw.values() if isinstance(raw, Mapping) else raw if isinstance(raw, list) else ()
    return next((found for item in items if (found := _unseen(item))), "")


def _put(body: dict[str, Any], path: str, value: Any) -> None:
    *tables, name = path.split(".")
    for table in tables:
        body = body.setdefault(table, {})
    body[name] = value


def _refused(name: str, value: Any, shape: Shape) -> list[Problem]:
    """What the schema says of a value."""
    if shape.adapter is None:
        return []
    try:
        shape.adapter.validate_json(to_json(value), strict=True)
    except ValidationError as error:
        return [
            Problem(name, str(item["type"]), {**item.get("ctx", {}), "words": item["msg"]}, _part(item["loc"]))
            for item in error.errors(include_url=False, include_input=False)[:20]
        ]
    return []


def _part(loc: Sequence[int | str]) -> str:
    return ".".join(str(part) for part in loc)


def _value(question: Question, raw: Raw, shape: Shape) -> Any:
    return _READ[question.control](question, raw, shape)


def _text(question: Question, raw: Raw, shape: Shape) -> Any:
    return raw


def _lines(question: Question, raw: Raw, shape: Shape) -> Any:
    return [line.strip() for line in raw.split("\n") if line.strip()]


def _one(question: Question, raw: Raw, shape: Shape) -> Any:
    if raw not in {choice.value for choice in question.choices}:
        raise _Wrong("choice")
    return shape.choices[raw]


def _several(question: Question, raw: Raw, shape: Shape) -> Any:
    assert shape.of is not None
    return [_one(question, item, shape.of) for item in raw]


def _yes_no(question: Question, raw: Raw, shape: Shape) -> Any:
    if raw not in ("yes", "no", "unknown") or (raw == "unknown" and question.required):
        raise _Wrong("choice")
    return {"yes": True, "no": False}.get(raw)


def _number(question: Question, raw: Raw, shape: Shape) -> Any:
    text = re.sub(r"[\s_]|,(?=\d{3}(?!\d))", "", raw.translate(_DIGITS))
    if not _NUMBER.fullmatch(text) or len(text) > 40:
        raise _Wrong("whole" if shape.form == "whole" else "number")
    number = float(text)
    if shape.form == "whole":
        if not math.isfinite(number) or number != int(number):
            raise _Wrong("whole")
        return int(text) if re.fullmatch(r"[+-]?\d+", text) else int(number)
    return number


def _reference(question: Question, raw: Raw, shape: Shape) -> Any:
    return raw["ids"] if shape.of is not None else raw["ids"][-1]


def _day(question: Question, raw: Raw, shape: Shape) -> Any:
    return _date(raw).isoformat()


def _instant(question: Question, raw: Raw, shape: Shape) -> Any:
    if not raw.get("time"):
        if not question.day_enough:
            raise _Wrong("time", "time")
        raw = {**raw, "time": "0:00"}
    return _moment_at(_date(raw), raw)


def _moment(question: Question, raw: Raw, shape: Shape) -> Any:
    about = "~" if raw.get("about") else ""
    if raw.get("time"):
        return _moment_at(_date(raw), raw) + about
    year = _whole(raw, "year", "year")
    if not 1900 <= year <= 2200:
        raise _Wrong("year", "year")
    if not raw.get("month"):
        if raw.get("day"):
            raise _Wrong("month", "month")
        return f"{year:04}{about}"
    month = _whole(raw, "month", "month")
    if not 1 <= month <= 12:
        raise _Wrong("month", "month")
    if not raw.get("day"):
        return f"{year:04}-{month:02}{about}"
    return _date(raw).isoformat() + about


def _items(question: Question, raw: Raw, shape: Shape) -> Any:
    assert shape.of is not None
    found = []
    for at, row in enumerate(raw):
        if not answered(list(row.values())):
            continue
        item = {}
        for column in question.columns:
            value = row.get(column.field, "")
            try:
                if answered(value):
                    item[column.field] = _value(column, value, shape.of.columns[column.field])
                elif column.required:
                    raise _Wrong("missing")
            except _Wrong as wrong:
                raise _Wrong(wrong.code, f"{at}.{column.field}", **wrong.given) from None
        found.append({name: value for name, value in item.items() if value is not None})
    return found


_READ: Mapping[str, Callable[[Question, Raw, Shape], Any]] = {
    "text": _text, "long_text": _text, "lines": _lines, "one": _one, "several": _several, "yes_no": _yes_no,
    "number": _number, "reference": _reference, "day": _day, "instant": _instant, "moment": _moment, "items": _items,
    "files": _text,
}  # fmt: skip


def _whole(raw: Mapping[str, str], part: str, code: str) -> int:
    text = raw.get(part, "").translate(_DIGITS)
    if not (text.isascii() and text.isdigit() and len(text) <= 4):
        raise _Wrong(code, part)
    return int(text)


def _date(raw: Mapping[str, str]) -> date:
    year, month, day = (_whole(raw, part, part) for part in ("year", "month", "day"))
    if not 1900 <= year <= 2200:
        raise _Wrong("year", "year")
    if not 1 <= month <= 12:
        raise _Wrong("month", "month")
    try:
        return date(year, month, day)
    except ValueError:
        raise _Wrong("day", "day") from None


def _moment_at(day: date, raw: Mapping[str, str]) -> str:
    """An instant with the offset that its zone had then. A time that a clock skipped is none."""
    found = _TIME.fullmatch(raw["time"].translate(_DIGITS))
    if found is None:
        raise _Wrong("time", "time")
    zone = raw.get("zone", "")
    if zone not in ZONES:
        raise _Wrong("zone", "zone")
    here = ZoneInfo(zone)
    seconds, fraction = int(found[3] or 0), int((found[4] or "").ljust(6, "0"))
    when = datetime(day.year, day.month, day.day, int(found[1]), int(found[2]), seconds, fraction, tzinfo=here)
    if when.astimezone(ZoneInfo("UTC")).astimezone(here).replace(tzinfo=None) != when.replace(tzinfo=None):
        raise _Wrong("gap", "time")
    return when.isoformat()


# ── from a value to the draft ───────────────────────────────────────────────────────────────────────────────────────


def raw_of(question: Question, body: Mapping[str, Any]) -> Raw:
    """The raw answer that would have given what a body holds; "" where it holds nothing."""
    value: Any = body
    for name in question.field.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return _typed(question, value)


def _typed(question: Question, value: Any) -> Raw:
    if value is None:
        return ""
    match question.control:
        case "yes_no":
            return "yes" if value else "no"
        case "several":
            return [str(item) for item in value]
        case "files":
            return [dict(item) for item in value]
        case "lines":
            return "\n".join(value)
        case "reference":
            return {"ids": [value] if isinstance(value, str) else list(value)}
        case "items":
            return [
                {column.field: _typed(column, item.get(column.field)) for column in question.columns} for item in value
            ]
        case "day" | "instant" | "moment":
            return _parts(str(value))
        case _:
            return f"{value:g}" if isinstance(value, float) and value == float(f"{value:g}") else str(value)


def _parts(text: str) -> dict[str, str]:
    about = {"about": "yes"} if text.endswith("~") else {}
    text = text.removesuffix("~")
    if found := _EDTF.fullmatch(text):
        named = zip(("year", "month", "day"), found.groups(), strict=True)
        return {part: value.lstrip("0") for part, value in named if value} | about
    when = datetime.fromisoformat(text)
    zone = _zone_of(when)
    if zone == "UTC":
        when = when.astimezone(ZoneInfo("UTC"))
    fraction = f".{when.microsecond:06}".rstrip("0") if when.microsecond else ""
    time = when.strftime("%H:%M:%S") + fraction if fraction else when.strftime("%H:%M:%S").removesuffix(":00")
    return {
        "year": str(when.year), "month": str(when.month), "day": str(when.day), "time": time, "zone": zone, **about,
    }  # fmt: skip


def _zone_of(when: datetime) -> str:
    """A zone in which the clock stood so then; which one was meant is not in the value, so UTC where none fits."""
    offset = when.utcoffset() or timedelta()
    naive = when.replace(tzinfo=None)
    return next((zone for zone in ZONES if naive.replace(tzinfo=ZoneInfo(zone)).utcoffset() == offset), "UTC")
