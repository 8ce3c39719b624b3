"""The text of a letter as data: read with every fault named, and filled in with values of their types."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from commonweal.kernel.values import (
    LANGUAGES,
    YEAR_MAX,
    YEAR_MIN,
    FaultCollector,
    RuleFault,
    Text,
    digest,
    read_toml,
)

TYPES: Mapping[str, str] = {
    "text": "text of 1 to 2000 printable characters",
    "day": "a day such as 2026-11-28",
    "number": "a number such as 1200 or 12.5",
    "entry": "the number of an entry",
}
_KEYS = frozenset(("id", "version", "title", "legal_basis", "remedy", "values", "paragraph"))
_ID = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")
_PLACE = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_NUMBER = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,9})?")
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December")  # fmt: skip
TEXT_CHARS_MAX = 2000


@dataclass(frozen=True, slots=True)
class Value:
    """What is to be put in: its type, what people call it, and what stands there where none is given (None: one must be
    given)."""

    type: str
    title: Text
    otherwise: Text | None = None


@dataclass(frozen=True, slots=True)
class Template:
    """The text of letters of one kind. `sha256` is of the file."""

    id: str
    version: str
    sha256: str
    title: Text
    legal_basis: Text
    remedy: Text
    values: Mapping[str, Value]
    paragraphs: tuple[Text, ...]

    def fill(self, given: Mapping[str, str | Mapping[str, str]], language: str) -> dict[str, Any]:
        """What the letter says in one language: `title`, `paragraphs`, `legal_basis`, `remedy`.

        Values are put in as text, whatever they hold; one may be given for each language. Raises `BadInput` naming
        every value that is missing, unknown or not of its type.
        """
        faults = FaultCollector(self.id)
        said: dict[str, str] = {}
        for name in given.keys() - self.values.keys():
            faults.add(
                f"values.{name}", given[name], f"one of {', '.join(self.values) or 'no values'}", "unknown_field"
            )
        for name, value in self.values.items():
            found = given.get(name)
            told = found.get(language) if isinstance(found, Mapping) else found
            if found is None and value.otherwise is not None:
                said[name] = value.otherwise[language]
                continue
            shown = None if told is None else _said(value.type, told, language)
            if shown is None:
                faults.add(f"values.{name}", found, f"{TYPES[value.type]}: {value.title}", "value")
            said[name] = shown or ""
        faults.done()

        def put(text: Text) -> str:
            return _PLACE.sub(lambda place: said[place[1]], text[language])

        return {
            "title": put(self.title),
            "paragraphs": [put(text) for text in self.paragraphs],
            "legal_basis": put(self.legal_basis),
            "remedy": put(self.remedy),
        }


def said_day(day: date, language: str) -> str:
    """A day as a letter writes it."""
    return (
        f"{day.year}年{day.month}月{day.day}日"
        if language == "zh"
        else f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
    )


def _said_when(found: str, language: str) -> str | None:
    """A day, and of what ends within one the hour there, as a letter writes them: `13 January 2027, 00:30
    (UTC-05:00)`; None where it is neither."""
    try:
        day = date.fromisoformat(found[:10])
        at = datetime.fromisoformat(found) if "T" in found else None
    except ValueError:
        return None
    if not YEAR_MIN <= day.year <= YEAR_MAX or (at is None and len(found) > 10) or (at and at.tzinfo is None):
        return None
    words = said_day(day, language)
    if at is None:
        return words
    zone = f"UTC{at.isoformat()[-6:]}" if at.utcoffset() else "UTC"
    return f"{words}{at:%H:%M}（{zone}）" if language == "zh" else f"{words}, {at:%H:%M} ({zone})"


def _said(type_: str, found: str, language: str) -> str | None:
    """A value as a letter writes it; None where it is not of its type."""
    if type_ == "day":
        return _said_when(found, language)
    if type_ == "number":
        return found if _NUMBER.fullmatch(found) else None
    if type_ == "entry":
        return found if found.isascii() and found.isdigit() and len(found) < 16 else None
    clean = found.strip()
    printable = all(ch.isprintable() or ch == "\n" for ch in clean)
    return clean if 0 < len(clean) <= TEXT_CHARS_MAX and printable else None


@functools.lru_cache(maxsize=256)
def read_template(text: str, where: str = "letter") -> Template:
    """Read a template. Raises `RuleFault` naming every fault. One that was read before in this process is the same."""
    data = read_toml(text, where)
    faults = FaultCollector(where, RuleFault)
    for key in data.keys() - _KEYS:
        faults.add(key, data[key], f"one of {', '.join(sorted(_KEYS))}", "unknown_field")
    id_, version = data.get("id"), data.get("version")
    if not (isinstance(id_, str) and _ID.fullmatch(id_)):
        faults.add("id", id_, "an id such as applications.received", "id")
    if not (isinstance(version, str) and 0 < len(version) <= 40):
        faults.add("version", version, 'a version in quotes such as "2026-11"', "missing")
    values = _values(data.get("values", {}), faults)
    texts = {name: _text(name, data.get(name), values, faults) for name in ("title", "legal_basis", "remedy")}
    listed = data.get("paragraph")
    if not (isinstance(listed, list) and listed):
        faults.add("paragraph", listed, "one or more tables [[paragraph]] with en and zh", "missing")
        listed = []
    paragraphs = tuple(_text(f"paragraph[{n}]", one, values, faults) for n, one in enumerate(listed))
    faults.done()
    return Template(str(id_), str(version), digest(text.encode()), **texts, values=values, paragraphs=paragraphs)


def _values(data: Any, faults: FaultCollector) -> dict[str, Value]:
    if not isinstance(data, Mapping):
        faults.add("values", data, "tables [values.NAME] with type and title")
        return {}
    found = {}
    for name, item in data.items():
        type_ = item.get("type") if isinstance(item, Mapping) else None
        if not (isinstance(type_, str) and type_ in TYPES) or not _PLACE.fullmatch("{" + name + "}"):
            faults.add(f"values.{name}", item, f"a short name, with type (one of {', '.join(TYPES)}) and title")
            continue
        texts = [_text(f"values.{name}.{key}", item[key], {}, faults) for key in ("title", "otherwise") if key in item]
        if "title" not in item:
            faults.add(f"values.{name}.title", None, f"a table with the languages {', '.join(LANGUAGES)}", "missing")
            continue
        found[name] = Value(type_, *texts)
    return found


def _text(where: str, data: Any, values: Mapping[str, Value], faults: FaultCollector) -> Text:
    """A text in every language that puts in only what is declared, the same in each."""
    if not (isinstance(data, Mapping) and all(isinstance(data.get(one), str) and data[one] for one in LANGUAGES)):
        faults.add(where, data, f"a table with the languages {', '.join(LANGUAGES)}", "missing")
        return Text(dict.fromkeys(LANGUAGES, ""))
    found = {one: set(_PLACE.findall(data[one])) for one in LANGUAGES}
    for language, names in found.items():
        for name in sorted(names - values.keys()):
            faults.add(f"{where}.{language}", "{" + name + "}", "a value declared under [values]", "variable")
        if set("{}") & set(_PLACE.sub("", data[language])):
            faults.add(f"{where}.{language}", data[language], "no braces but around the name of a value", "variable")
    if len({frozenset(names) for names in found.values()}) > 1:
        faults.add(where, sorted(set.union(*found.values())), "the same values in each language", "variable")
    return Text({one: data[one] for one in LANGUAGES})
