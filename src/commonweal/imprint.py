"""What an authority says of itself in `authority.toml`, beside its name: where it acts, when it is, how to reach it.

```toml
jurisdictions = ["EU", "FR"]            # as law texts name them: ISO 3166 codes, and EU
time_zone = "Europe/Paris"              # times of day are shown in it; without it, in UTC
languages = ["en", "zh"]                # what the portal offers; the first is what a visitor is shown first
retention = "ministry.retention"        # the adopted text that says how long things are kept
administrators = ["party:jane-doe"]     # who was given the first keys

[contact]
address = ["Office for AI", "1 Example Street", "75001 Paris"]   # or a table { en = […], zh = […] }
email = "office@register.example.gov"
phone = "+33 1 23 45 67 89"
```
"""

from __future__ import annotations

import difflib
import json
import re
import zoneinfo
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from commonweal.kernel.values import LANGUAGES, FaultCollector
from commonweal.kernel.values.jurisdictions import is_jurisdiction, near

UTC_NAME = "UTC"
LINES_MAX, LINE_MAX, ADMINISTRATORS_MAX = 8, 120, 20
_CLOSE = 0.75
PARTY = re.compile(r"party:[a-z0-9][a-z0-9:_.\-]{0,95}")
RULE_ID = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)*")
_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@([A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,63}")
_PHONE = re.compile(r"\+[0-9][0-9 ()/.\-]{4,24}")
WANTS: Mapping[str, str] = {
    "jurisdictions": "codes of ISO 3166 as law texts name them, each once, e.g. EU, FR or US-CA",
    "time_zone": "a time zone's name, e.g. Europe/Brussels or Asia/Shanghai",
    "languages": f"the languages of the portal, the first one first, each once, of {', '.join(LANGUAGES)}",
    "retention": "the id of an adopted retention text, e.g. ministry.retention",
    "administrators": f"at most {ADMINISTRATORS_MAX} identifiers like party:jane-doe, each once",
    "contact.address": f"at most {LINES_MAX} lines of at most {LINE_MAX} characters, or such lines for each language",
    "contact.email": "an e-mail address, e.g. office@register.example.gov",
    "contact.phone": "a number with its country's code, e.g. +32 2 555 01 00",
}
"""What each field may be, in words: shown where it is something else."""


@dataclass(frozen=True, slots=True)
class Imprint:
    """The fields above. `address` holds the postal lines by language; nothing of it need be known."""

    jurisdictions: tuple[str, ...] = ()
    time_zone: str = UTC_NAME
    languages: tuple[str, ...] = tuple(LANGUAGES)
    retention: str = ""
    administrators: tuple[str, ...] = ()
    address: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    email: str = ""
    phone: str = ""

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.time_zone)

    def lines(self, language: str) -> tuple[str, ...]:
        """The postal lines in a language, else in the first there are; none where none are known."""
        return self.address.get(language) or next(iter(self.address.values()), ())

    def head(self) -> str:
        """The lines of TOML that stand above the tables: what differs from what holds without it."""
        plain = Imprint()
        found = [
            f"{name} = {_quoted_all(value) if isinstance(value, tuple) else _quoted(value)}\n"
            for name in ("jurisdictions", "time_zone", "languages", "retention", "administrators")
            if (value := getattr(self, name)) != getattr(plain, name)
        ]
        return "".join(found)

    def table(self) -> str:
        """The table `[contact]`, or nothing."""
        parts = [f"{name} = {_quoted(value)}\n" for name in ("email", "phone") if (value := getattr(self, name))]
        texts = list(self.address.values())
        if texts and len(texts) == len(LANGUAGES) and len(set(texts)) == 1:
            parts.insert(0, f"address = {_quoted_all(texts[0])}\n")
        elif texts:
            lines = ", ".join(f"{language} = {_quoted_all(lines)}" for language, lines in self.address.items())
            parts.insert(0, f"address = {{ {lines} }}\n")
        return "\n[contact]\n" + "".join(parts) if parts else ""


def read_imprint(data: Mapping[str, Any], faults: FaultCollector) -> Imprint:
    """The imprint in what `authority.toml` holds; every fault of it is added to `faults`."""
    contact = data.get("contact", {})
    if not isinstance(contact, Mapping):
        faults.add("contact", contact, "a table with address, email and phone")
        contact = {}
    for key in contact.keys() - {"address", "email", "phone"}:
        faults.add(f"contact.{key}", contact[key], "one of address, email, phone")
    languages = _several("languages", data.get("languages", list(LANGUAGES)), LANGUAGES.__contains__, faults)
    if not languages and data.get("languages") == []:
        faults.add("languages", [], WANTS["languages"])
    return Imprint(
        jurisdictions=_several("jurisdictions", data.get("jurisdictions", []), is_jurisdiction, faults, near=near),
        time_zone=_one("time_zone", data.get("time_zone", UTC_NAME), _is_zone, faults) or UTC_NAME,
        languages=languages or tuple(LANGUAGES),
        retention=_one("retention", data.get("retention", ""), _matches(RULE_ID), faults),
        administrators=_several(
            "administrators", data.get("administrators", []), _matches(PARTY), faults, ADMINISTRATORS_MAX
        ),
        address=_address(contact.get("address", []), faults),
        email=_one("contact.email", contact.get("email", ""), _matches(_EMAIL), faults),
        phone=_one("contact.phone", contact.get("phone", ""), _matches(_PHONE), faults),
    )


def mistyped(data: Mapping[str, Any], known: Iterable[str], faults: FaultCollector) -> None:
    """Name the keys that nothing reads and that stand near one that is read: what was meant would not hold."""
    names = [*known, "jurisdictions", "time_zone", "languages", "retention", "administrators", "contact"]
    for key in data:
        near = difflib.get_close_matches(key, names, 1, _CLOSE)
        if key not in names and near:
            faults.add(key, data[key], f"the key is {near[0]}", "unknown")


def _matches(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    return lambda text: bool(pattern.fullmatch(text))


def _is_zone(name: str) -> bool:
    """A name of the IANA database. Fixed offsets (Etc/…) pass; the machine's own zone and files of odd names do not."""
    if not re.fullmatch(r"UTC|[A-Z][A-Za-z0-9_+\-]*(/[A-Za-z0-9_+\-]+){1,2}", name):
        return False
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _one(where: str, value: Any, good: Callable[[str], bool], faults: FaultCollector) -> str:
    if value == "":
        return ""
    if not (isinstance(value, str) and good(value)):
        faults.add(where, value, WANTS[where])
        return ""
    return value


def _several(
    where: str,
    value: Any,
    good: Callable[[str], bool],
    faults: FaultCollector,
    most: int = 40,
    *,
    near: Callable[[str], Sequence[str]] = lambda text: (),
) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) > most:
        faults.add(where, value, WANTS[where])
        return ()
    for number, item in enumerate(value):
        if not (isinstance(item, str) and good(item)):
            meant = " or ".join(near(item)) if isinstance(item, str) else ""
            faults.add(f"{where}[{number}]", item, WANTS[where] + (f"; perhaps {meant}" if meant else ""))
        elif item in value[:number]:
            faults.add(f"{where}[{number}]", item, WANTS[where])
    return tuple(item for item in value if isinstance(item, str))


def _address(value: Any, faults: FaultCollector) -> dict[str, tuple[str, ...]]:
    if value in ([], {}):
        return {}
    if isinstance(value, list):
        lines = _lines("contact.address", value, faults)
        return dict.fromkeys(LANGUAGES, lines) if lines else {}
    if not (isinstance(value, Mapping) and value.keys() <= set(LANGUAGES)):
        faults.add("contact.address", value, WANTS["contact.address"])
        return {}
    found = {language: _lines(f"contact.address.{language}", lines, faults) for language, lines in value.items()}
    return {language: lines for language, lines in found.items() if lines}


def _lines(where: str, value: Any, faults: FaultCollector) -> tuple[str, ...]:
    good = isinstance(value, list) and 0 < len(value) <= LINES_MAX and all(map(_is_line, value))
    if not good:
        faults.add(where, value, WANTS["contact.address"])
        return ()
    return tuple(value)


def _is_line(line: Any) -> bool:
    return isinstance(line, str) and bool(line.strip()) and len(line) <= LINE_MAX and line.isprintable()


def _quoted(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _quoted_all(values: Sequence[str]) -> str:
    return f"[{', '.join(map(_quoted, values))}]"
