"""Names behind a title or a role ("Supervisor Zhang San", 主管张三) and, in Chinese, before one (王经理).

No list of given names is needed here, so it finds who is in none. What stands behind a role and is an everyday English
word (Faker's word list), or belongs to a product or an office, is no name; a name that is such a word too is missed.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from commonweal.kernel.values import read_toml

SURNAMES = 200
"""So many of the commonest Chinese surnames count: those after them are words of everyday use more often."""
_NAME = r"(?:O['’]|Mc|Mac|D['’])?[A-ZÀ-ÖØ-Þ][^\W\d_]+(?:['’-][A-ZÀ-ÖØ-Þ][^\W\d_]+)*"
_NAMES = rf"({_NAME}(?:[ \u00a0](?:[A-Z]\.[ ])?{_NAME}){{0,2}})(?!['’-]?\w)"
_ENDINGS = re.compile(r"(?:ing|ed|er|s|al|ion)$")


@functools.cache
def words(name: str) -> frozenset[str]:
    """A list of `words.toml`."""
    text = (Path(__file__).parent / "words.toml").read_text("utf-8")
    return frozenset(str(read_toml(text, "words beside names")[name]).split())


@functools.cache
def surnames() -> tuple[str, ...]:
    """The commonest Chinese surnames, the longest first."""
    known = list(import_module("faker.providers.person.zh_CN").Provider.last_names)[:SURNAMES]
    return tuple(sorted(known, key=len, reverse=True))


def behind_roles(text: str) -> Iterator[tuple[int, str]]:
    """Where a name stands beside a title or a role, each with it."""
    for found in _english().finditer(text):
        title, named = found["title"], found[3].split()
        if title is not None or not any(map(_is_a_word, named)):
            yield found.start(), found[0]
    for found in _chinese().finditer(text):
        yield found.start(), found["name"] or found["called"]


def _is_a_word(one: str) -> bool:
    plain = one.casefold().removesuffix("'s").removesuffix("’s")
    known = _everyday()
    return plain in known or _ENDINGS.sub("", plain) in known or one.isupper()


@functools.cache
def _everyday() -> frozenset[str]:
    listed = import_module("faker.providers.lorem.en_US").Provider.word_list
    more = words("behind_roles_no_names") | words("no_surnames") | words("no_given_names")
    return frozenset(word.casefold() for word in (*listed, *more))


@functools.cache
def _english() -> re.Pattern[str]:
    titles = "|".join(sorted(words("titles")))
    roles = "|".join(sorted(words("roles")))
    return re.compile(rf"\b(?:(?P<title>{titles})\.?|(?P<role>(?i:{roles})))[ \u00a0]{_NAMES}")


@functools.cache
def _chinese() -> re.Pattern[str]:
    able = "|".join(name for name in surnames() if name not in words("surnames_that_are_words"))
    roles = "|".join(sorted(words("roles_zh"), key=len, reverse=True))
    after = "|".join(sorted(words("after_names_zh"), key=len, reverse=True))
    called = "|".join(sorted(words("called_zh"), key=len, reverse=True))
    end = rf"(?![\u4e00-\u9fff])|(?={after})"
    return re.compile(
        rf"(?:{roles})(?P<name>(?:{able})[\u4e00-\u9fff]{{1,2}}?(?:{end}))"
        rf"|(?P<called>(?:{able})(?:{called}|工(?![程作厂人业地资会具艺商伤])|总(?![经体共是部监计])))"
    )
