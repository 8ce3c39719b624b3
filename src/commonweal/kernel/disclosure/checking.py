"""Checking a body against its kind's schema: every fault at once, each with the value seen."""

from __future__ import annotations

import copy
import functools
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from pydantic import BaseModel, ValidationError, create_model
from pydantic_core import InitErrorDetails, PydanticCustomError, to_json

from commonweal.kernel.values import Fault, FaultCollector, Sound, canonical, faults_of

from .kinds import Kind

TEXT_CHARS_MAX = 262_144
ITEMS_MAX = 10_000
DEPTH_MAX = 32
EXACT_INTEGER_MAX = 2**53 - 1
FAULTS_MAX = 200
# Controls (except tab and line ends), overrides of writing direction that make text read as what it is not, surrogates,
# and what Unicode says is no character (23.7).
_FORBIDDEN = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)


def validate(kind: Kind, body: Mapping[str, Any]) -> dict[str, Any]:
    """The body as it is recorded: JSON values (dates as ISO texts), defaults filled in, absent fields left out.

    Raises `BadInput` with every fault found: the schema's, and numbers that are not finite or not exact, texts with
    NUL, control or direction-override characters, and anything over a limit.
    """
    faults = FaultCollector(kind.id)
    cleaned = body if _sound(body, DEPTH_MAX) else _checked(body, "", faults, DEPTH_MAX)
    ours = tuple(fault.where for fault in faults.found)
    result: dict[str, Any] = {}
    try:
        filed = kind.schema.model_validate_json(to_json(cleaned), strict=True)  # "7" is no number, true is no 1.0
        result = filed.model_dump(mode="json", exclude_none=True)
    except ValidationError as error:
        faults.extend(fault for fault in faults_of(error)[:FAULTS_MAX] if not _under(fault.where, ours))
    if faults.count:
        faults.extend(_across(kind, cleaned, faults.found))
    faults.done()
    if not _sound(result, DEPTH_MAX):
        _checked(result, "", faults, DEPTH_MAX, exact=True)
        faults.done()
        canonical(result)
    return result


def sound(kind: Kind, body: Mapping[str, Any], faults: Iterable[Fault]) -> Sound:
    """The fields of a body in which no fault was found, as they would be recorded: see `validate`."""
    values, faulty = _one_by_one(kind.schema, body, faults)
    told: dict[str, Any] = {}
    for value in values.values():
        told |= value.model_dump(mode="json", exclude_none=True)
    return Sound(told, faulty)


def _across(kind: Kind, body: Any, faults: Sequence[Fault]) -> list[Fault]:
    """What a schema finds wrong between fields of which each is sound, though others are not.

    The schema library asks that only once no field is faulty, and a filer would hear of it in a second round.
    """
    decorators = kind.schema.__pydantic_decorators__.model_validators.values()
    checks = [one.cls_var_name for one in decorators if one.info.mode == "after"]
    if not checks or not isinstance(body, Mapping) or any(fault.where == "(whole)" for fault in faults):
        return []
    values, faulty = _one_by_one(kind.schema, body, faults)
    filed = kind.schema.model_construct(**{name: getattr(value, name) for name, value in values.items()})
    for name in faulty & set(filed.__dict__):
        del filed.__dict__[name]  # a check that asks for it says nothing
    found = []
    for check in checks:
        try:
            getattr(filed, check)()
        except AttributeError:
            continue
        except ValueError as error:
            wrong = PydanticCustomError("value_error", "{error}", {"error": str(error)})
            whole = InitErrorDetails(type=wrong, loc=(), input=dict(body))
            found += faults_of(ValidationError.from_exception_data(kind.id, [whole]))
    return found


def _one_by_one(
    schema: type[BaseModel], body: Mapping[str, Any], faults: Iterable[Fault]
) -> tuple[dict[str, BaseModel], set[str]]:  # fmt: skip
    """The fields without a fault, each in a model of its own, and the names of the others."""
    faulty = {re.split(r"[. (\[]", fault.where)[0] for fault in faults}
    found: dict[str, BaseModel] = {}
    for name, alone in _alone(schema).items():
        if name not in faulty:
            try:
                given = {name: body[name]} if name in body else {}
                found[name] = alone.model_validate_json(to_json(given), strict=True)
            except ValueError:
                faulty.add(name)
    return found, faulty


@functools.cache
def _alone(schema: type[BaseModel]) -> Mapping[str, type[BaseModel]]:
    """For each field of a schema a model that has no other."""
    fields = {name: (info.annotation, copy.copy(info)) for name, info in schema.model_fields.items()}
    return {
        name: create_model(schema.__name__, __config__=schema.model_config, **{name: field})  # type: ignore[call-overload]
        for name, field in fields.items()
    }


def _sound(value: Any, depth: int) -> bool:
    """Whether `_checked` would find nothing in a value made of JSON's own types, and RFC 8785 has a form for it.

    Nearly every body is sound, and this takes a tenth of the time; what is not is looked at by `_checked`, which says
    where and why.
    """
    form = type(value)
    if form is str:
        return _sound_text(value)
    if form is float:
        return math.isfinite(value)
    if form is int:
        return bool(-EXACT_INTEGER_MAX <= value <= EXACT_INTEGER_MAX)
    if form is dict or form is list:
        if depth == 0 or len(value) > ITEMS_MAX:
            return False
        if form is dict:
            for name in value:
                if type(name) is not str or not _sound_text(name):
                    return False
            value = value.values()
        return all(_sound_text(item) if type(item) is str else _sound(item, depth - 1) for item in value)
    return value is None or form is bool


def _sound_text(text: str) -> bool:
    return len(text) <= TEXT_CHARS_MAX and (text.isprintable() or not _FORBIDDEN.search(text))


def forbidden_character(text: str) -> str:
    """The first character of a text that no filing may have, as `U+202E`; "" for none."""
    found = _FORBIDDEN.search(text)
    return f"U+{ord(found.group()):04X}" if found else ""


def _under(where: str, named: tuple[str, ...]) -> bool:
    """Whether a place was named already, itself or what holds it (a union's faults lie one level down)."""
    return any(where == name or where.startswith(name + ".") for name in named)


def _checked(value: Any, where: str, faults: FaultCollector, depth: int, exact: bool = False) -> Any:
    """Check one value and what is in it; gives a copy in which what cannot be handled safely is replaced."""
    if faults.count >= FAULTS_MAX:
        return None
    if isinstance(value, str):
        return _checked_text(value, where, faults)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _checked_number(value, where, faults, exact)
    if isinstance(value, Mapping | list | tuple):
        if depth == 0 or len(value) > ITEMS_MAX:
            seen = f"{len(value)} items" if depth else "deeper nesting"
            want = f"at most {ITEMS_MAX} items and {DEPTH_MAX} levels"
            faults.add(where or "(whole)", seen, want, "too_large")
            return None
        if isinstance(value, Mapping):
            return {
                _checked_text(str(name), f"{_path(where, name)} (name)", faults): _checked(
                    item, _path(where, name), faults, depth - 1, exact
                )
                for name, item in value.items()
            }
        return [_checked(item, _path(where, at), faults, depth - 1, exact) for at, item in enumerate(value)]
    if value is None or isinstance(value, bool | date):
        return value
    faults.add(where or "(whole)", value, "a JSON value", "not_json")
    return None


def _path(where: str, part: object) -> str:
    return f"{where}.{part}" if where else str(part)


def _checked_text(value: str, where: str, faults: FaultCollector) -> str:
    if len(value) > TEXT_CHARS_MAX:
        faults.add(where, f"{len(value)} characters", f"at most {TEXT_CHARS_MAX} characters", "too_long")
        return ""
    if found := _FORBIDDEN.search(value):
        near = value[max(0, found.start() - 20) : found.end() + 20]
        seen = "".join(ch if ch.isprintable() else f"[U+{ord(ch):04X}]" for ch in near)  # a good character stays itself
        want = f"text without the character U+{ord(found.group()):04X} (position {found.start()})"
        faults.add(where, seen, want, "forbidden_character")
        return ""
    return value


def _checked_number(value: int | float, where: str, faults: FaultCollector, exact: bool) -> int | float | None:
    if isinstance(value, int):
        if value.bit_length() > 1023:
            faults.add(where, f"an integer of {value.bit_length()} bits", "a finite number", "not_finite")
            return None
        if exact and abs(value) > EXACT_INTEGER_MAX:
            faults.add(where, value, "a whole number below 2^53 (or a decimal number)", "not_exact")
        return value
    if not math.isfinite(value):
        faults.add(where, value, "a finite number", "not_finite")
        return None
    return value
