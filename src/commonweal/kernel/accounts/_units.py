"""Amounts as people write them, and as the ledger holds them: whole numbers of a unit's smallest part."""

from __future__ import annotations

import functools
import re
import tomllib
from importlib.resources import files
from typing import Any

from ._transfers import TOTAL_MAX

_AMOUNT = re.compile(r"(-?)(\d{1,16})(?:\.(\d{1,12}))?")


@functools.cache
def _table() -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath("units.toml").read_text("utf-8"))


def places(unit: str) -> int:
    """How many decimal places a unit has (ISO 4217 for money)."""
    rules = _table()["currencies" if unit.isupper() else "others"]
    return next((int(many) for many, names in rules.items() if many != "usual" and unit in names), int(rules["usual"]))


def written(amount: int, unit: str) -> str:
    """An amount in its unit: 1234 of EUR is `12.34`."""
    many = places(unit)
    digits = str(abs(amount)).rjust(many + 1, "0")
    sign = "-" if amount < 0 else ""
    return f"{sign}{digits[:-many]}.{digits[-many:]}" if many else sign + digits


def amount_of(text: str, unit: str) -> int:
    """The amount that a text says. Raises `ValueError` saying what would be right."""
    many = places(unit)
    found = _AMOUNT.fullmatch(text.strip())
    least = f"a number of {unit} such as {written(1250, unit)}, with a point and at most {many} decimal places"
    if found is None or len((found[3] or "").rstrip("0")) > many:
        raise ValueError(least if many else f"a whole number of {unit}")
    amount = int(found[2] + (found[3] or "")[:many].ljust(many, "0"))
    if amount > TOTAL_MAX:
        raise ValueError(f"at most {written(TOTAL_MAX, unit)} {unit}")
    return -amount if found[1] else amount
