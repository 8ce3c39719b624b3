"""People's names in texts that are about to go out: found by given names, titles and what stands beside them.

Given names are those that Faker lists for twenty languages and countries (MIT License), Chinese surnames those of its
`zh_CN`. A name whose given name is in none of the lists, or that stands alone, is missed; a brand or place that is
called like somebody is taken for one. `docs/incidents.md` says how often.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from importlib import import_module

from .cyrillic import cyrillic_names
from .roles import behind_roles, surnames, words

LOCALES = (
    "en", "en_IN", "en_KE", "en_PK", "de_DE", "fr_FR", "es_ES", "es_MX", "it_IT", "nl_NL", "pl_PL", "pt_BR", "sv_SE",
    "tr_TR", "ro_RO", "cs_CZ", "id_ID", "yo_NG", "tw_GH", "sw",
)  # fmt: skip
NAME_CHARS_MIN = 3
_TITLED = re.compile(
    r"\b(?:Mr|Mrs|Ms|Miss|Dr|Prof|Herr|Frau|Mme|Madame|Monsieur|Señora?|Signora?)\.?\s+[^\W\d_]\w+"
    r"|[\u4e00-\u9fff]{1,3}(?:先生|女士|小姐)"
)
_WORD = r"[A-ZÀ-ÖØ-Þ][^\W\d_]+(?:['’-][^\W\d_]+)*"
_PAIR = re.compile(
    rf"(?<![\w’'-])(?=({_WORD})[ \u00a0]+((?:[A-Z]\.[ ]*){{0,2}}"
    rf"(?:(?:de|da|dos|di|van|von|bin|al|el|der|den|la|le|ten|zu)[ ]){{0,2}}{_WORD}))"
)
_ALONE = re.compile(
    rf"(?<![\w’'-])({_WORD})(?=, (?:aged )?\d{{1,3}}(?:,| years)| \(\d{{1,3}}\)"
    r"| (?:was|said|says|told|died|fell|suffered|lost|who) )"
)


@functools.cache
def _given_names() -> frozenset[str]:
    found = set[str]()
    for locale in LOCALES:
        found |= set(import_module(f"faker.providers.person.{locale}").Provider.first_names)
    return frozenset(name for name in found if len(name) >= NAME_CHARS_MIN) - words("no_given_names")


@functools.cache
def _chinese() -> re.Pattern[str]:
    """A surname behind 某, a role before a name, or a name at the beginning before what somebody does or is."""
    known = "|".join(surnames())
    name, end = rf"(?:{known})[\u4e00-\u9fff]{{1,2}}?", "(?![\u4e00-\u9fff])|(?=[因在被与和向于说称的])"
    roles, after = ("|".join(sorted(words(one))) for one in ("roles_before", "stands_after"))
    return re.compile(
        rf"((?:{known})某[\u4e00-\u9fff]?)"
        rf"|(?:{roles})({name}(?:{end})|(?:{known})[\u4e00-\u9fff]{{2}})"
        rf"|(?<![\u4e00-\u9fff])({name})(?={after})"
    )


def names_in(text: str) -> list[str]:
    """What in a text looks like people's names, in their order, each once and at its longest."""
    found = list(dict.fromkeys(name for _, name in sorted(_names(text))))
    return [name for name in found if not any(name != other and name in other for other in found)]


def titled_in(text: str) -> list[str]:
    """The names before which a title stands, or behind which in Chinese, each once."""
    return list(dict.fromkeys(found[0] for found in _TITLED.finditer(text)))


def _names(text: str) -> Iterator[tuple[int, str]]:
    for found in _TITLED.finditer(text):
        yield found.start(), found[0]
    given = _given_names()
    for pair in _PAIR.finditer(text):
        last = pair[2].split()[-1].removesuffix("’s").removesuffix("'s")
        if pair[1].partition("-")[0] in given and last not in words("no_surnames") and not last.isupper():
            yield pair.start(), f"{pair[1]} {pair[2]}"
    for one in _ALONE.finditer(text):
        if one[1] in given:
            yield one.start(), one[1]
    yield from cyrillic_names(text)
    yield from behind_roles(text)
    if re.search("[\u4e00-\u9fff]", text):
        for name in _chinese().finditer(text):
            yield name.start(), name[1] or name[2] or name[3]
