"""Codes of jurisdictions: where an authority acts, and under whose law something is owed.

The codes are data with date and source (`jurisdictions.toml`): countries, the European Union, and each also with a
subdivision (ISO 3166-2: US-CA). Of the United States, whose states have laws of their own in `law/`, the subdivisions
are known by name; of others any of the right form is taken.
"""

from __future__ import annotations

import difflib
import functools
import re
from collections.abc import Mapping
from importlib import resources

from babel import Locale

from .texts import LANGUAGES
from .toml import read_toml

_DATA = read_toml(resources.files(__package__).joinpath("jurisdictions.toml").read_text("utf-8"), "jurisdictions.toml")
COUNTRIES, ALSO, STATES = (frozenset(_DATA[name]) for name in ("countries", "also", "states"))
UNION = "EU"
MEMBER_STATES = frozenset(_DATA["member_states"])
_ELSEWHERE: Mapping[str, str] = _DATA["elsewhere"]
_FORM = re.compile(r"([A-Z]{2})(?:-([A-Z0-9]{1,3}))?")
_NEAR_MAX, _CLOSE = 3, 0.6


def is_jurisdiction(code: str) -> bool:
    """Whether a text is the code of a jurisdiction: `EU`, `FR`, `US-CA`."""
    found = _FORM.fullmatch(code)
    if found is None or found[1] not in COUNTRIES | ALSO:
        return False
    return found[2] is None or found[1] != "US" or found[2] in STATES


def near(text: str) -> tuple[str, ...]:
    """Codes that may be meant by a text that is none: the best first, three at most, each once.

    >>> near("Germany"), near("fr"), near("UK")
    (('DE',), ('FR',), ('GB',))
    """
    wanted = text.strip().upper().replace("_", "-")
    if is_jurisdiction(wanted):
        return (wanted,)
    if wanted in _ELSEWHERE:
        return (_ELSEWHERE[wanted],)
    if found := _FORM.fullmatch(wanted):
        return _near_codes(found[1], found[2])
    names, named = _names(), text.strip().casefold()
    close = [named] if named in names else difflib.get_close_matches(named, names, _NEAR_MAX, _CLOSE)
    return tuple(dict.fromkeys(names[name] for name in close))


def _near_codes(country: str, part: str | None) -> tuple[str, ...]:
    if part is not None and country == "US":
        return tuple(f"US-{one}" for one in sorted(STATES) if one[:1] == part[:1])[:_NEAR_MAX]
    if part is not None:
        country, part = _ELSEWHERE.get(country, country), f"-{part}"
        return (f"{country}{part}",) if country in COUNTRIES else ()
    if country[::-1] in COUNTRIES:
        return (country[::-1],)
    return ()


def named(code: str, language: str) -> str:
    """What a language calls a jurisdiction, with its code, a part of a country by the country: `France (FR)`,
    `United States (US-CA)`. What has no name there stays as it is."""
    country = code.partition("-")[0]
    found = Locale(language).territories.get(country) if is_jurisdiction(code) else None
    return f"{found} ({code})" if found and language != "zh" else f"{found}（{code}）" if found else code


@functools.cache
def _names() -> dict[str, str]:
    """The names of countries in the languages of the house (CLDR), without capitals, each with its code."""
    return {
        name.casefold(): code
        for language in LANGUAGES
        for code, name in Locale(language).territories.items()
        if code in COUNTRIES | ALSO
    }
