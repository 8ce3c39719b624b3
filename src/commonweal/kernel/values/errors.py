"""The one error tree.

```
CommonwealError
├── BadInput          one or more faults in what was handed in; every fault is named at once
│   ├── TooLarge      refused before parsing: bytes, depth or count over a stated limit
│   └── RuleFault     a rule, law, playbook or instrument file that cannot be used as written
├── NotFound          nothing stands under that name
├── Conflict          what was asked for contradicts what the record already holds
│   ├── Stale         what an act was checked against, or sealed to, has changed meanwhile; nothing was written
│   ├── Superseded    what an act goes on from is no longer the newest version; nothing was written
│   └── Repeated      the same was filed a moment ago, and nobody said whether this is another; nothing was written
├── Forbidden         this party may not do or see this
├── Busy              try again later; nothing was written
│   └── Crowded       others ask for the same dear work at the same time; nothing was written
├── Lasting           what was asked of another stays refused until something is changed; nothing was written
└── RecordFault       the record does not verify: says which file, leaf, tile, payload or checkpoint
```

Every error states what was wrong, the value seen and what would be right.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date, datetime, time
from itertools import islice
from pathlib import PurePath
from typing import Any

from .patterns import plainly

SEEN_CHARS_MAX = 120
SEEN_BYTES_MAX, SEEN_ITEMS_MAX, SEEN_DEPTH_MAX = 16, 12, 3
INTEGER_BITS_MAX = 1_000


def shown(value: object) -> str:
    """A bounded, printable form of a value for an error message (never more than 120 characters).

    Text stands as it is; anything else as JSON or TOML would write it: `null`, `true`, `2025-08-02`, `[1, "a"]`.
    """
    text = str(value) if isinstance(value, (str, PurePath)) else _as_data(value, 0)
    text = "".join(ch if ch.isprintable() else "�" for ch in text[: SEEN_CHARS_MAX * 2])
    return text if len(text) <= SEEN_CHARS_MAX else text[: SEEN_CHARS_MAX - 1] + "…"


def quoted(text: str) -> str:
    """Text between quotation marks, as TOML's literal strings have it; what cannot be printed as JSON escapes it."""
    return "'" + "".join(ch if ch.isprintable() else json.dumps(ch)[1:-1] for ch in text) + "'"


def _as_data(value: object, depth: int) -> str:
    """A value as JSON writes it, or TOML what JSON lacks; long and deep ones are cut short."""
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, (str, PurePath)):
        return '"' + str(value)[: SEEN_CHARS_MAX * 2].replace('"', '\\"') + '"'
    if isinstance(value, int):
        return str(value) if value.bit_length() < INTEGER_BITS_MAX else "(a number of over 300 digits)"
    if isinstance(value, float):
        return str(float(value))
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, (bytes, bytearray, memoryview)):
        data = bytes(value[: SEEN_BYTES_MAX + 1])
        start = f": {data[:SEEN_BYTES_MAX].hex()}{'…' * (len(data) > SEEN_BYTES_MAX)}" if data else ""
        return f"({len(value)} bytes{start})"
    if isinstance(value, (Mapping, Sequence, Set)):
        return _all_as_data(value, depth)
    if is_dataclass(value) and not isinstance(value, type) and type(value).__str__ is object.__str__:
        return _all_as_data({item.name: getattr(value, item.name) for item in fields(value)}, depth)
    return f"(no plain value: {type(value).__name__})" if type(value).__str__ is object.__str__ else str(value)


def _all_as_data(value: Mapping[Any, Any] | Sequence[Any] | Set[Any], depth: int) -> str:
    left, right = "{}" if isinstance(value, Mapping) else "[]"
    if depth >= SEEN_DEPTH_MAX and value:
        return f"{left}…{right}"
    some = list(islice(value.items() if isinstance(value, Mapping) else value, SEEN_ITEMS_MAX))
    if isinstance(value, Mapping):
        inside = [f"{_as_data(str(key), depth)}: {_as_data(item, depth + 1)}" for key, item in some]
    else:
        inside = [_as_data(item, depth + 1) for item in some]
    return left + ", ".join(inside + ["…"] * (len(value) > len(some))) + right


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with an input.

    `where` is a path such as `compute.reported_flop` or `row 17, column Parameters`; `seen` the value as
    handed in (bounded); `want` what would be right, in words; `code` a stable machine name. `told`, where it is given,
    says seen and want in each language, for who reads a page. `tells` are the entries of which it lets something be
    known that is not for everyone: that it was told stands in the log of reads before the fault leaves.
    """

    where: str
    seen: str
    want: str
    code: str = "invalid"
    told: Mapping[str, str] | None = field(default=None, compare=False)
    tells: tuple[int, ...] = field(default=(), compare=False)

    def __str__(self) -> str:
        return f"{self.where}: saw {quoted(self.seen)}; {self.want}"

    def as_dict(self) -> dict[str, str]:
        return {"where": self.where, "seen": self.seen, "want": self.want, "code": self.code}


class CommonwealError(Exception):
    """Root of every error that this package raises on purpose. `status` is the HTTP status a door answers with.

    `among` has, where several things were handed in at once, which of them was refused, each by its place.
    """

    status = 500
    code = "error"
    title = "Something went wrong"
    among: Sequence[Fault] = ()


class BadInput(CommonwealError):
    """Every fault of one input, answered once."""

    status = 422
    code = "bad-input"
    title = "The input has faults"

    def __init__(self, faults: Iterable[Fault] | Fault, about: str = "input") -> None:
        self.faults: tuple[Fault, ...] = (faults,) if isinstance(faults, Fault) else tuple(faults)
        self.about = about
        count = len(self.faults)
        head = f"{about}: {count} fault{'s' if count != 1 else ''}"
        super().__init__("\n".join([head, *(f"  - {fault}" for fault in self.faults)]))


class TooLarge(BadInput):
    """Refused before it was parsed: bytes, depth or count over a stated limit."""

    status = 413
    code = "too-large"
    title = "The input is over a size limit"


class RuleFault(BadInput):
    """A rule, law, playbook or instrument file that cannot be used as written."""

    status = 422
    code = "rule-fault"
    title = "The rule file cannot be used as written"


class NotFound(CommonwealError):
    """Nothing stands under that name; `hint` says what to do."""

    status = 404
    code = "not-found"
    title = "Nothing stands under that name"

    def __init__(self, what: str, key: object, hint: str = "") -> None:
        self.what, self.key = what, key
        super().__init__(f"no {what} {quoted(shown(key))}" + (f"; {hint}" if hint else ""))


class Conflict(CommonwealError):
    """What was asked for contradicts what the record already holds."""

    status = 409
    code = "conflict"
    title = "This contradicts what the record holds"


class Stale(Conflict):
    """What an act was checked against, or sealed to, has changed meanwhile; nothing was written. Check again."""

    code = "stale"
    title = "The record has changed meanwhile; nothing was written"


class Superseded(Conflict):
    """The version that an act goes on from is no longer the newest: it would overwrite what came since, unseen."""

    code = "superseded"
    title = "There is a newer version; nothing was written"


class Repeated(Conflict):
    """The same was filed a moment ago, and it is not known whether another is meant or the first is tried again."""

    code = "repeated"
    title = "The same was filed a moment ago; nothing was written"


class Forbidden(CommonwealError):
    """This party may not do or see this; `where` names the field of a filing that it is about, "" for all of it."""

    status = 403
    code = "forbidden"
    title = "Not permitted"

    def __init__(self, detail: str, where: str = "") -> None:
        self.where = where
        super().__init__(detail)


class Busy(CommonwealError):
    """Try again later; nothing was written."""

    status = 503
    code = "busy"
    title = "Try again later; nothing was written"


class Crowded(Busy):
    """Others ask for the same dear work at the same time: come again in `wait_s` seconds; nothing was written."""

    code = "crowded"

    def __init__(self, what: str, wait_s: float) -> None:
        self.wait_s = max(1, math.ceil(wait_s))
        super().__init__(f"others wait for {what} too; try again in {self.wait_s} s. Nothing was written")


class Lasting(CommonwealError):
    """What was asked of another stays refused until something is changed, which it says; nothing was written."""

    status = 502
    code = "lasting"
    title = "This stays so until something is changed; nothing was written"


class RecordFault(CommonwealError):
    """The record does not verify. `where` names the tile, leaf, payload or checkpoint."""

    status = 500
    code = "record-fault"
    title = "The record does not verify"

    def __init__(self, where: str, problem: str) -> None:
        self.where, self.problem = where, problem
        super().__init__(f"{where}: {problem}")


class FaultCollector:
    """Collects faults while an input is read, so that one answer names them all.

    >>> faults = FaultCollector("filing")
    >>> faults.add("compute_flop", "-3", "a positive number of FLOP")
    >>> faults.count
    1
    """

    def __init__(self, about: str, error: type[BadInput] = BadInput) -> None:
        self.about, self.error = about, error
        self._faults: list[Fault] = []

    @property
    def count(self) -> int:
        return len(self._faults)

    @property
    def found(self) -> tuple[Fault, ...]:
        """The faults collected so far."""
        return tuple(self._faults)

    def add(self, where: str, seen: object, want: str, code: str = "invalid") -> None:
        self._faults.append(Fault(where, shown(seen), want, code))

    def extend(self, faults: Iterable[Fault]) -> None:
        self._faults.extend(faults)

    def done(self) -> None:
        """Raise every fault collected, or return if there were none."""
        if self._faults:
            raise self.error(self._faults, self.about)


_ALTERNATIVE = re.compile(r"(?:dict|list|tuple|set|literal|nullable|function-[a-z]+)\[.*\]|\[key\]|constrained-[a-z]+")
"""What pydantic puts into a place to say which of several types was tried: no name of anything that was sent."""


def faults_of(error: Any, prefix: str = "") -> list[Fault]:
    """The faults of a `pydantic.ValidationError`, in its order, with the value seen.

    Of a list with enough items it is not said that it is too short because some of them are faulty.
    """
    found, items = [], error.errors(include_url=False)
    within = {item["loc"][:depth] for item in items for depth in range(len(item["loc"]))}
    for item in items:
        if item["type"] == "too_short" and item["loc"] in within and len(item["input"]) >= item["ctx"]["min_length"]:
            continue
        where = ".".join(part for part in map(str, item["loc"]) if not _ALTERNATIVE.fullmatch(part)) or "(whole)"
        seen = "(absent)" if item["type"] == "missing" else shown(item.get("input"))
        found.append(Fault(prefix + where, seen, _want(item), item["type"]))
    return found


_DAY, _INSTANT = "a calendar day, e.g. 2025-08-02", "an instant with its time zone, e.g. 2025-09-01T00:00:00Z"
_WANTS = {
    "missing": "this field must be given",
    "extra_forbidden": "no such field here; leave it out",
    "tuple_type": "a list",
    "list_type": "a list",
    "set_type": "a list",
    "frozen_set_type": "a list",
    "iterable_type": "a list",
    "string_type": "text",
    "string_unicode": "text whose characters are whole: no half of a surrogate pair",
    "invalid_key": "a name that is text",
    "none_required": "null",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a finite number",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "int_parsing_size": "a whole number of fewer digits",
    "decimal_type": "a number",
    "decimal_parsing": "a number",
    "dict_type": "a JSON object",
    "mapping_type": "a JSON object",
    "dataclass_type": "a JSON object",
    "is_instance_of": "another kind of value",
    "model_type": "a JSON object",
    "model_attributes_type": "a JSON object",
    "date_type": _DAY,
    "date_parsing": _DAY,
    "date_from_datetime_parsing": _DAY,
    "bytes_type": "text",
    "date_from_datetime_inexact": _DAY,
    "datetime_type": _INSTANT,
    "datetime_parsing": _INSTANT,
    "datetime_from_date_parsing": _INSTANT,
    "datetime_object_invalid": _INSTANT,
    "timezone_aware": _INSTANT,
    "greater_than": "a number above {gt:g}",
    "greater_than_equal": "a number of at least {ge:g}",
    "less_than": "a number below {lt:g}",
    "less_than_equal": "a number of at most {le:g}",
    "string_too_short": "text of at least {min_length} characters",
    "string_too_short of 1": "text: it must not be empty",
    "string_too_long": "text of at most {max_length} characters",
    "string_too_long of 1": "a single character",
    "too_short": "at least {min_length} items",
    "too_short of 1": "at least one item",
    "too_long": "at most {max_length} items",
    "too_long of 1": "at most one item",
    "literal_error": "one of: {expected}",
    "enum": "one of: {expected}",
    "value_error": "{error}",
}


def _want(item: Mapping[str, Any]) -> str:
    """What would be right, in the words of the house; the schema library's own where it finds something else."""
    given, code = item.get("ctx", {}), str(item["type"])
    if "pattern" in given:
        return plainly(str(given["pattern"]))
    one = f"{code} of 1" if 1 in (given.get("min_length"), given.get("max_length")) else code
    try:
        return _WANTS.get(one, _WANTS[code]).format(**given)
    except (KeyError, ValueError):
        return str(item["msg"])
