"""Codes of jurisdictions: where an authority acts, and under whose law something is owed.

ISO 3166-1 alpha-2 as of 2025 (249 codes), the European Union's EU (exceptionally reserved there) and Kosovo's XK (as
the European Union writes it), each also with a subdivision (ISO 3166-2: US-CA). Of the United States, whose states have
laws of their own in `law/`, the subdivisions are known by name; of others any of the right form is taken.
"""

from __future__ import annotations

import difflib
import functools
import re

from babel import Locale

from .texts import LANGUAGES

COUNTRIES = frozenset(
    [
        "AD",
        "AE",
        "AF",
        "AG",
        "AI",
        "AL",
        "AM",
        "AO",
        "AQ",
        "AR",
        "AS",
        "AT",
        "AU",
        "AW",
        "AX",
        "AZ",
        "BA",
        "BB",
        "BD",
        "BE",
        "BF",
        "BG",
        "BH",
        "BI",
        "BJ",
        "BL",
        "BM",
        "BN",
        "BO",
        "BQ",
        "BR",
        "BS",
        "BT",
        "BV",
        "BW",
        "BY",
        "BZ",
        "CA",
        "CC",
        "CD",
        "CF",
        "CG",
        "CH",
        "CI",
        "CK",
        "CL",
        "CM",
        "CN",
        "CO",
        "CR",
        "CU",
        "CV",
        "CW",
        "CX",
        "CY",
        "CZ",
        "DE",
        "DJ",
        "DK",
        "DM",
        "DO",
        "DZ",
        "EC",
        "EE",
        "EG",
        "EH",
        "ER",
        "ES",
        "ET",
        "FI",
        "FJ",
        "FK",
        "FM",
        "FO",
        "FR",
        "GA",
        "GB",
        "GD",
        "GE",
        "GF",
        "GG",
        "GH",
        "GI",
        "GL",
        "GM",
        "GN",
        "GP",
        "GQ",
        "GR",
        "GS",
        "GT",
        "GU",
        "GW",
        "GY",
        "HK",
        "HM",
        "HN",
        "HR",
        "HT",
        "HU",
        "ID",
        "IE",
        "IL",
        "IM",
        "IN",
        "IO",
        "IQ",
        "IR",
        "IS",
        "IT",
        "JE",
        "JM",
        "JO",
        "JP",
        "KE",
        "KG",
        "KH",
        "KI",
        "KM",
        "KN",
        "KP",
        "KR",
        "KW",
        "KY",
        "KZ",
        "LA",
        "LB",
        "LC",
        "LI",
        "LK",
        "LR",
        "LS",
        "LT",
        "LU",
        "LV",
        "LY",
        "MA",
        "MC",
        "MD",
        "ME",
        "MF",
        "MG",
        "MH",
        "MK",
        "ML",
        "MM",
        "MN",
        "MO",
        "MP",
        "MQ",
        "MR",
        "MS",
        "MT",
        "MU",
        "MV",
        "MW",
        "MX",
        "MY",
        "MZ",
        "NA",
        "NC",
        "NE",
        "NF",
        "NG",
        "NI",
        "NL",
        "NO",
        "NP",
        "NR",
        "NU",
        "NZ",
        "OM",
        "PA",
        "PE",
        "PF",
        "PG",
        "PH",
        "PK",
        "PL",
        "PM",
        "PN",
        "PR",
        "PS",
        "PT",
        "PW",
        "PY",
        "QA",
        "RE",
        "RO",
        "RS",
        "RU",
        "RW",
        "SA",
        "SB",
        "SC",
        "SD",
        "SE",
        "SG",
        "SH",
        "SI",
        "SJ",
        "SK",
        "SL",
        "SM",
        "SN",
        "SO",
        "SR",
        "SS",
        "ST",
        "SV",
        "SX",
        "SY",
        "SZ",
        "TC",
        "TD",
        "TF",
        "TG",
        "TH",
        "TJ",
        "TK",
        "TL",
        "TM",
        "TN",
        "TO",
        "TR",
        "TT",
        "TV",
        "TW",
        "TZ",
        "UA",
        "UG",
        "UM",
        "US",
        "UY",
        "UZ",
        "VA",
        "VC",
        "VE",
        "VG",
        "VI",
        "VN",
        "VU",
        "WF",
        "WS",
        "YE",
        "YT",
        "ZA",
        "ZM",
        "ZW",
    ]
)
ALSO = frozenset(("EU", "XK"))
STATES = frozenset(
    [
        "AL",
        "AK",
        "AZ",
        "AR",
        "CA",
        "CO",
        "CT",
        "DE",
        "FL",
        "GA",
        "HI",
        "ID",
        "IL",
        "IN",
        "IA",
        "KS",
        "KY",
        "LA",
        "ME",
        "MD",
        "MA",
        "MI",
        "MN",
        "MS",
        "MO",
        "MT",
        "NE",
        "NV",
        "NH",
        "NJ",
        "NM",
        "NY",
        "NC",
        "ND",
        "OH",
        "OK",
        "OR",
        "PA",
        "RI",
        "SC",
        "SD",
        "TN",
        "TX",
        "UT",
        "VT",
        "VA",
        "WA",
        "WV",
        "WI",
        "WY",
        "DC",
        "AS",
        "GU",
        "MP",
        "PR",
        "UM",
        "VI",
    ]
)
"""Of the United States, as ISO 3166-2 has them: states, the district and outlying areas."""
_FORM = re.compile(r"([A-Z]{2})(?:-([A-Z0-9]{1,3}))?")
_ELSEWHERE = {"UK": "GB", "EL": "GR", "USA": "US", "PRC": "CN", "CALIFORNIA": "US-CA", "NEW YORK": "US-NY"}
"""What is written elsewhere, or commonly, in place of a code: EL and UK by the European Union."""
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


@functools.cache
def _names() -> dict[str, str]:
    """The names of countries in the languages of the house (CLDR), without capitals, each with its code."""
    return {
        name.casefold(): code
        for language in LANGUAGES
        for code, name in Locale(language).territories.items()
        if code in COUNTRIES | ALSO
    }
