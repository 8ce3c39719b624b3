"""People's names in Cyrillic letters: by the Russian and Ukrainian given names that Faker lists (MIT License), in any
case of either language, by patronymics, and by initials beside a surname.

`docs/incidents.md` says how many of ten are found.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from importlib import import_module

LOCALES = ("ru_RU", "uk_UA")
NAME_CHARS_MIN, WHOLE_NAME_WORDS = 3, 3
_WORD = r"[А-ЯЁІЇЄҐ][а-яёіїєґ’'-]+"
_RUN = re.compile(rf"(?<!\w){_WORD}(?:[ \u00a0]{_WORD}){{1,2}}")
_INITIAL = r"[А-ЯЁІЇЄҐ]\.[ \u00a0]?"
_INITIALS = re.compile(rf"(?<!\w)(?:{_WORD}[ \u00a0](?:{_INITIAL}){{1,2}}|(?:{_INITIAL}){{1,2}}{_WORD})")
_PATRONYMIC = re.compile(r"(?:[оеєі]вич|[оеєії]вн|ич|иничн)(?:[а-яіїє]{0,3})$")
_ENDING = re.compile(r"(?:ами|ями|ого|ему|ому|ой|ей|ом|ем|ым|им|ою|ею|ові|еві|[аяуюеиыоьйії])$")


def cyrillic_names(text: str) -> Iterator[tuple[int, str]]:
    """What in a text looks like people's names in Cyrillic letters, each with where it begins."""
    for initials in _INITIALS.finditer(text):
        yield initials.start(), initials[0].strip()
    for run in _RUN.finditer(text):
        if any(_is_given(one) or _PATRONYMIC.search(one) for one in run[0].split()):
            yield run.start(), _without_what_begins(run[0])


@functools.cache
def _stems() -> frozenset[str]:
    found = set[str]()
    for locale in LOCALES:
        found |= set(import_module(f"faker.providers.person.{locale}").Provider.first_names)
    return frozenset(_stem(name) for name in found if len(name) >= NAME_CHARS_MIN)


def _stem(word: str) -> str:
    """A name without the ending of its case."""
    return _ENDING.sub("", word.casefold())


def _is_given(word: str) -> bool:
    return _stem(word) in _stems()


def _without_what_begins(run: str) -> str:
    """A run of three words without the first, where that only begins a sentence: a name would follow its given name."""
    words = run.split()
    begins = len(words) == WHOLE_NAME_WORDS and _is_given(words[1]) and not _PATRONYMIC.search(words[2])
    return run.partition(words[0])[2].strip() if begins and not _is_given(words[0]) else run
