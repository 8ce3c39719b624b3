"""Amounts as people write them, and as the ledger holds them: whole numbers of a unit's smallest part."""

from __future__ import annotations

import functools
import re
import tomllib
from decimal import Context, Decimal
from importlib.resources import files
from typing import Any

from ._transfers import TOTAL_MAX

_AMOUNT = re.compile(r"(-?)(\d{1,40}(?:\.\d{1,40})?(?:[eE]\+?\d{1,2})?)", re.ASCII)
"""Digits of ASCII alone: what an entry says is what every clerk and program reads in it."""
_SCALE = re.compile(r".+\.e(-?\d{1,2})", re.ASCII)
_EXACT = Context(prec=200)


@functools.cache
def _table() -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath("units.toml").read_text("utf-8"))


def places(unit: str) -> int:
    """How many decimal places a unit has (ISO 4217 for money); below nought where it is counted in powers of ten.

    A unit's name may carry its scale, which thereby is the same for ever: `gpu_hour.e-3` is counted in thousandths,
    `flop.e15` in 10^15 FLOP.
    """
    if scale := _SCALE.fullmatch(unit):
        return -int(scale[1])
    rules = _table()["currencies" if unit.isupper() else "others"]
    return next((int(many) for many, names in rules.items() if many != "usual" and unit in names), int(rules["usual"]))


def written(amount: int, unit: str) -> str:
    """An amount in its unit: 1234 of EUR is `12.34`, 3 of `flop.e15` is `3000000000000000`."""
    many = places(unit)
    sign, digits = "-" if amount < 0 else "", str(abs(amount))
    if many <= 0:
        return sign + digits + "0" * (-many if amount else 0)
    digits = digits.rjust(many + 1, "0")
    return f"{sign}{digits[:-many]}.{digits[-many:]}"


def amount_of(text: str, unit: str) -> int:
    """The amount that a text says, also as `2.5e21` where the unit counts in powers of ten.

    Raises `ValueError` saying what would be right.
    """
    many = places(unit)
    found = _AMOUNT.fullmatch(text.strip())
    if found is None or ("e" in found[2].lower() and many >= 0):
        raise ValueError(_right(many, unit))
    amount = Decimal(found[2]).scaleb(many, _EXACT)
    if amount > TOTAL_MAX:
        raise ValueError(f"at most {written(TOTAL_MAX, unit)} {unit}")
    if amount != int(amount):
        raise ValueError(_right(many, unit))
    return -int(amount) if found[1] else int(amount)


def _right(many: int, unit: str) -> str:
    if many > 0:
        return f"a number of {unit} such as {written(1250, unit)}, with a point and at most {many} decimal places"
    return f"a whole number of {unit}" if many == 0 else f"a whole multiple of 10^{-many} {unit}"
