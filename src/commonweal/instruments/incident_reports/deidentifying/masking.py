"""Taking out of texts who is named in them, and how they are reached: each person by a placeholder of their own.

What is replaced: what `people.names_in` finds, with the parts of each name wherever they stand; what the identity strip
of who reported holds, with its parts; addresses, numbers, accounts and handles. The same person is the same placeholder
in all texts of a report. It is a proposal: `docs/incident-desk.md` says how often a name is missed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ..identifying import ACCOUNT, ADDRESS, CONTACT, FULL_NAME, HANDLE
from ..people import names_in, titled_in

PERSON, REACHED, NUMBER = "person", "address", "number"
PLACED = re.compile(rf"\[({PERSON}|{REACHED}|{NUMBER}) \d+\]")
IN_CHINESE = {PERSON: "人员", REACHED: "联系方式", NUMBER: "号码"}
PART_CHARS_MIN, SMALL_CHARS_MIN, CYRILLIC_STEM_MIN = 3, 5, 4
NAMED_BY_TITLE = ("system_named", "developer_named", "deployer_named")
"""Systems and firms are called like people more often than they are people: here a name needs a title to count."""
ONE_NAME = ("harmed_named",)
_CHINESE = re.compile("[\u4e00-\u9fff]")
_CYRILLIC = re.compile("[А-Яа-яЁёІіЇїЄєҐґ]")
_TITLES = frozenset(
    ("mr", "mrs", "ms", "miss", "dr", "prof", "herr", "frau", "mme", "madame", "monsieur", "señor", "señora", "signora")
)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}(?!\d)")
_PARTING = re.compile(r"[\s,;/·]+")


@dataclass(frozen=True, slots=True)
class Masked:
    """Texts by field with placeholders in them, and where in the original each stands: `(field, begin, end)`."""

    texts: Mapping[str, str]
    spans: tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True)
class Strip:
    """What an identity strip says, as it is looked for in texts."""

    person: str = ""
    contact: str = ""


def masked(texts: Mapping[str, str], strips: Iterable[Strip] = ()) -> Masked:
    """The texts without whom they name."""
    strips = list(strips)
    people = [one.person for one in strips if one.person]
    for one in strips:
        people += names_in(one.contact)
    for field, text in texts.items():
        people += _named(field, text)
    known = _people(people)
    reached = _reached(strips)
    numbers: dict[tuple[str, str], str] = {}
    found, spans = {}, list[tuple[str, int, int]]()
    for field, text in texts.items():
        cut, at = [], 0
        for begin, end, kind, who in _apart(sorted(_seen(text, known, reached)), text):
            mark = numbers.setdefault((kind, who), f"[{kind} {sum(one == kind for one, _ in numbers) + 1}]")
            cut += [text[at:begin], mark]
            spans.append((field, begin, end))
            at = end
        found[field] = "".join([*cut, text[at:]])
    return Masked(found, tuple(spans))


def in_language(text: str, language: str) -> str:
    """A text with its placeholders in the words of a language."""
    if not language.startswith("zh"):
        return text
    return PLACED.sub(lambda one: one[0].replace(one[1], IN_CHINESE[one[1]]).replace(" ", ""), text)


def without_placeholders(text: str) -> str:
    """A text as it is compared with others: that somebody is named says nothing of what happened."""
    return PLACED.sub(" ", text)


def _named(field: str, text: str) -> list[str]:
    if field in NAMED_BY_TITLE:
        return titled_in(text)
    whole = FULL_NAME.search(text) if field in ONE_NAME else None
    return [*names_in(text), *([whole[0]] if whole else [])]


_BEGINS = re.compile(r"(?:\(\?<!\\w\))?(?:\(\?i:)?([A-Za-z])")
"""The plain letter that a way of writing a name begins with, in `_whole` and `_ways`."""
_CASES = {"k": "kK\u212a", "s": "sS\u017f"}
"""Signs that a letter is taken for where large and small count alike, beyond its own two."""


@dataclass(frozen=True, slots=True)
class _Known:
    """How each person is written (`who` by what is found), and what finds them."""

    who: Mapping[str, str]
    stems: Mapping[str, str]
    pattern: re.Pattern[str] | None


def _people(names: Iterable[str]) -> _Known:
    who: dict[str, str] = {}
    stems: dict[str, str] = {}
    ways: set[str] = set()
    for name in dict.fromkeys(one.strip() for one in names if one.strip()):
        first = next((who[_key(part)] for part in (name, *_parts(name)) if _key(part) in who), _key(name))
        who.setdefault(_key(name), first)
        ways.add(_whole(name))
        for part in _parts(name):
            who.setdefault(_key(part), first)
            ways |= set(_ways(part))
            if _CYRILLIC.search(part) and len(stem := _cyrillic_stem(part)) >= CYRILLIC_STEM_MIN:
                stems.setdefault(_key(stem), first)
                ways.add(rf"(?<!\w)[{stem[0].upper()}{stem[0].lower()}]{re.escape(stem[1:])}\w{{0,4}}")
    return _Known(who, stems, re.compile(_any_of(ways)) if ways else None)


def _any_of(ways: Iterable[str]) -> str:
    """The longest of these ways that fits. They are grouped by the letter that each begins with, so that at a place of
    a text only those are tried that can begin there: thousands of names would take the square of its length."""
    groups: dict[str, list[str]] = {}
    for way in sorted(ways, key=lambda way: (-len(way), way)):
        begins = _BEGINS.match(way)
        groups.setdefault(begins[1].lower() if begins else "", []).append(way)
    return "|".join(
        (f"(?=[{_CASES.get(letter, letter + letter.upper())}])" if letter else "") + f"(?:{'|'.join(of_it)})"
        for letter, of_it in groups.items()
    )


def _key(name: str) -> str:
    return " ".join(_PARTING.split(name.casefold()))


def _whole(name: str) -> str:
    """A whole name, however large its letters are and whatever parts its words."""
    inner = r"[\s,·]*".join(f"(?i:{re.escape(part)})" for part in _PARTING.split(name) if part)
    return inner if _CHINESE.search(name) else rf"(?<!\w){inner}(?!\w)"


def _parts(name: str) -> list[str]:
    """What of a name may stand alone: its words but titles and initials; in Chinese the name without its surname."""
    if _CHINESE.search(name):
        plain = re.sub("(?:先生|女士|小姐)$", "", name)
        return [plain[1:]] if len(plain) > 2 and "·" not in plain and "某" not in plain else []
    parts = [one.strip(".’'\"()") for one in _PARTING.split(name)]
    return [
        one for one in parts
        if len(one) >= PART_CHARS_MIN and one[0].isupper() and one.casefold() not in _TITLES
    ]  # fmt: skip


def _ways(part: str) -> Iterator[str]:
    """How a part of a name is written alone: as a name, in capitals, and in small letters where that is no short word
    of everyday use."""
    if _CHINESE.search(part):
        yield re.escape(part)
        return
    written = {part, part.upper(), part.capitalize(), *([part.lower()] if len(part) >= SMALL_CHARS_MIN else [])}
    yield from (rf"(?<!\w){re.escape(one)}(?!\w)" for one in written)


def _cyrillic_stem(part: str) -> str:
    return re.sub("[аяуюеиыоьйії]+$", "", part)


def _reached(strips: Iterable[Strip]) -> re.Pattern[str] | None:
    """What of how somebody is reached no pattern knows: whole lines, and words that are a name and a number in one."""
    told = set[str]()
    for one in strips:
        for line in one.contact.splitlines():
            words = [word.strip(".,;:()<>") for word in line.split()]
            told |= {word for word in words if len(word) >= SMALL_CHARS_MIN and re.search(r"[\d@_]", word)}
            told |= {line.strip()} if len(line.strip()) >= SMALL_CHARS_MIN else set()
    ways = [re.escape(one) for one in sorted(told, key=lambda one: (-len(one), one))]
    return re.compile(rf"(?i)(?<!\w)(?:{'|'.join(ways)})(?!\w)") if ways else None


_Seen = tuple[int, int, str, str]


def _seen(text: str, known: _Known, reached: re.Pattern[str] | None) -> Iterator[_Seen]:
    """Where somebody is named or reached in a text, and who."""
    for pattern, kind in ((ACCOUNT, NUMBER), (ADDRESS, REACHED), (CONTACT, REACHED), (HANDLE, REACHED)):
        for one in pattern.finditer(text):
            if not _DAY.match(one[0]):
                yield one.start(), one.end(), kind, one[0].casefold()
    for one in reached.finditer(text) if reached else ():
        yield one.start(), one.end(), REACHED, one[0].casefold()
    for one in known.pattern.finditer(text) if known.pattern else ():
        yield one.start(), one.end(), PERSON, _who(one[0], known)


def _who(seen: str, known: _Known) -> str:
    key = _key(seen)
    if key in known.who:
        return known.who[key]
    stem = next((one for one in known.stems if key.startswith(one)), "")
    return known.stems.get(stem, key)


def _apart(seen: Iterable[_Seen], text: str) -> Iterator[_Seen]:
    """What was seen, none over another: what begins first counts for what overlaps, the same twice in a row is one."""
    last: _Seen | None = None
    for one in seen:
        if last is not None and (one[0] < last[1] or (one[2:] == last[2:] and text[last[1] : one[0]].isspace())):
            last = (last[0], max(last[1], one[1]), last[2], last[3])
            continue
        if last is not None:
            yield last
        last = one
    if last is not None:
        yield last
