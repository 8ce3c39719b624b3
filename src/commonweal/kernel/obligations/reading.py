"""Reading a rule text: fields are taken out of TOML tables one by one, every fault is kept with its line."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from commonweal.kernel.values import (
    LANGUAGES,
    YEAR_MAX,
    YEAR_MIN,
    BadInput,
    Fault,
    FaultCollector,
    Text,
    TooLarge,
    read_toml,
)

TEXT_BYTES_MAX = 400_000
DAY_WANT = f"a calendar day from {YEAR_MIN} to {YEAR_MAX}, e.g. 2025-08-02"
ID = r"[a-z][a-z0-9_]*(\.[a-z0-9_]+){1,5}"
VERSION = r"[A-Za-z0-9][A-Za-z0-9_.\-]{0,39}"
NOUN = r"[a-z][a-z_]{1,31}"
T = TypeVar("T")
_ABSENT: Any = object()
_HEADER = re.compile(r"^\s*\[\[?\s*([A-Za-z0-9_.\-]+)\s*\]\]?")


def toml(text: str, about: str) -> dict[str, Any]:
    """Parse TOML within a size limit. Raises `TooLarge` or `RuleFault` with the line."""
    if len(text.encode("utf-8", "replace")) > TEXT_BYTES_MAX:
        want = f"at most {TEXT_BYTES_MAX} bytes"
        raise TooLarge(Fault("(whole)", f"{len(text)} characters", want, "too_large"), about)
    return read_toml(text, about)


class Lines:
    """Finds the line of a key; `[[rule]]` tables are counted, so `of("rule", 2, "citation")` looks in the third."""

    def __init__(self, text: str) -> None:
        self._lines = text.splitlines()

    def of(self, table: str, number: int, key: str) -> int:
        """Line of `key` in the `number`-th `[[table]]` (`""`: at the top), of the table itself, or 0."""
        start = self._start(table, number)
        if start < 0:
            return 0
        header = f"{table}.{key}" if table else key
        pattern = re.compile(rf"^\s*{re.escape(key)}\s*[.=]")
        for offset, line in enumerate(self._lines[start:]):
            found = _HEADER.match(line)
            if found and found[1] == header:
                return start + offset + 1
            if found and offset and table and not found[1].startswith(f"{table}."):
                break
            if pattern.search(line) and not (found and offset):
                return start + offset + 1
        return start + 1 if table else 0

    def _start(self, table: str, number: int) -> int:
        seen = -1 if table else number
        for index, line in enumerate(self._lines if table else ()):
            found = _HEADER.match(line)
            seen += bool(found and found[1] == table and line.lstrip().startswith("[["))
            if found and seen == number:
                return index
        return -1 if table else 0


class Fields:
    """One TOML table being read: each method takes a key, and `end` reports the keys that nobody took.

    `place` is the table that lines are looked up in, `label` names it for people (`rule eu.ai_act.art52`), `path` is
    the key under which an inner table stands. Faults of one text go to one collector.
    """

    def __init__(
        self,
        data: Mapping[str, Any],
        faults: FaultCollector,
        lines: Lines,
        *,
        place: tuple[str, int] = ("", 0),
        label: str = "",
        path: str = "",
    ) -> None:
        self.data, self.faults, self.lines = data, faults, lines
        self.place, self.label, self.path = place, label, path
        self._taken: set[str] = set()

    def fault(self, key: str, seen: object, want: str, code: str = "invalid") -> None:
        """Keep one fault at a key of this table."""
        full = ".".join(part for part in (self.path, key) if part)
        line = self.lines.of(*self.place, re.split(r"[.\[]", full)[0])
        where = f"{self.label}, {full}" if self.label else full
        self.faults.add(
            f"{where} (line {line})" if line else where, "(absent)" if seen is _ABSENT else seen, want, code
        )

    def take(self, key: str, kinds: type | tuple[type, ...], want: str, default: Any = _ABSENT) -> Any:
        """The value of a key, checked for its type; a required key that is missing is a fault and gives None."""
        self._taken.add(key)
        value = self.data.get(key, _ABSENT)
        if value is _ABSENT:
            if default is _ABSENT:
                self.fault(key, _ABSENT, want, "missing")
                return None
            return default
        allowed = kinds if isinstance(kinds, tuple) else (kinds,)
        if not isinstance(value, allowed) or (isinstance(value, bool) and bool not in allowed):
            self.fault(key, value, want, "type")
            return None if default is _ABSENT else default
        return value

    def string(self, key: str, want: str, default: Any = _ABSENT, pattern: str = ".*") -> str:
        """A text that is not blank and matches `pattern`; "" after a fault."""
        value = self.take(key, str, want, default)
        if not isinstance(value, str):
            return ""
        if key in self.data and not (value.strip() and re.fullmatch(pattern, value, re.DOTALL)):
            self.fault(key, value, want, "invalid" if value.strip() else "missing")
        return value

    def flag(self, key: str, default: bool) -> bool:
        return bool(self.take(key, bool, "true or false", default))

    def whole(self, key: str, default: int, most: int) -> int:
        """A whole number from 0 to `most`."""
        value: int = self.take(key, int, f"a whole number from 0 to {most}", default)
        if not 0 <= value <= most:
            self.fault(key, value, f"a whole number from 0 to {most}")
        return value

    def choice(self, key: str, choices: Sequence[str], default: Any = _ABSENT) -> str:
        """One of a few words; the first after a fault."""
        want = f"one of: {', '.join(choices)}"
        value = self.take(key, str, want, default)
        if value in choices:
            return str(value)
        if isinstance(value, str):
            self.fault(key, value, want, "choice")
        return choices[0]

    def words(self, key: str, want: str, default: Any = _ABSENT) -> Text:
        """A text in every language of the house: `{en = "…", zh = "…"}`."""
        value = self.take(key, dict, f"{want}: {{en, zh}}", default)
        if not isinstance(value, Mapping):
            return Text(en="", zh="")
        for language in LANGUAGES:
            if not isinstance(value.get(language), str) or not value[language].strip():
                self.fault(f"{key}.{language}", value.get(language, _ABSENT), f"{want}, in {language}", "missing")
        for extra in sorted(set(value) - set(LANGUAGES)):
            self.fault(f"{key}.{extra}", value[extra], f"only the languages {', '.join(LANGUAGES)}", "unknown_key")
        return Text({language: str(value.get(language, "")) for language in LANGUAGES})

    def day(self, key: str, want: str = DAY_WANT, default: Any = _ABSENT) -> date | None:
        """A calendar day: a TOML date or ISO text, within the years that are reckoned with; None after a fault."""
        value = self.take(key, (date, str), want, default)
        if isinstance(value, str):
            value = self.parsed(key, value, date.fromisoformat, want)
        if not isinstance(value, date):
            return None
        if isinstance(value, datetime) or not YEAR_MIN <= value.year <= YEAR_MAX:
            self.fault(key, value, want, "date")
            return None
        return value

    def table(self, key: str, want: str, default: Any = _ABSENT) -> Fields | None:
        """A table under a key, to be read in the same way; call its `end` when done."""
        value = self.take(key, dict, want, default)
        return self.inner(value, key) if isinstance(value, Mapping) else None

    def inner(self, value: Mapping[str, Any], path: str) -> Fields:
        """A table inside this one, standing under `path`."""
        full = f"{self.path}.{path}" if self.path else path
        return Fields(value, self.faults, self.lines, place=self.place, label=self.label, path=full)

    def parsed(self, key: str, value: Any, read: Callable[[Any], T], want: str) -> T | None:
        """`read(value)`, or a fault and None when it refuses."""
        try:
            return read(value)
        except (ValueError, KeyError, OSError, BadInput):
            self.fault(key, value, want)
            return None

    def end(self) -> None:
        """Report every key that was not taken."""
        for key in sorted(set(self.data) - self._taken):
            known = ", ".join(sorted(self._taken))
            self.fault(key, self.data[key], f"no such key here; known: {known}", "unknown_key")


def zone_name(name: str) -> str:
    """An IANA time zone name. Raises `ValueError`, `KeyError` or `OSError` for anything else."""
    return ZoneInfo(name).key


def optional_words(fields: Fields, key: str, want: str) -> Text | None:
    """Words in every language, None where the key is absent."""
    return fields.words(key, want) if key in fields.data else fields.take(key, dict, want, None)


def is_noun(value: object) -> bool:
    """Whether a value is the name of a kind of subject."""
    return isinstance(value, str) and re.fullmatch(NOUN, value) is not None
