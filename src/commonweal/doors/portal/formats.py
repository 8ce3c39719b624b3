"""How values are shown to people: numbers, dates and quantities in the reader's language."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Any

from babel import Locale
from babel.dates import format_date, format_time
from babel.numbers import format_decimal
from markupsafe import Markup

from commonweal.kernel.values import partial_in

LOCALES = {"en": Locale.parse("en_GB"), "zh": Locale.parse("zh_Hans_CN")}
NOTHING = "–"
EXACT_LEAST, EXACT_MOST = 1e-6, 1e13
"""Below and from these on an exact number is shown as a power of ten."""
_TYPED_POWER = re.compile(r"\b10\^(-?[0-9]{1,3})\b")
_TYPED_FIGURE = re.compile(r"(?<![\w.])[0-9](\.[0-9]+)?e\+[0-9]{2}\b")
_SUPERSCRIPT = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


class Formats:
    """Formatting for one language; times of day in one time zone. Everything takes `None` and gives a dash."""

    def __init__(self, language: str, zone: tzinfo = UTC) -> None:
        self.language, self.zone = language, zone
        self.locale = LOCALES[language]

    def number(self, value: Any, digits: int = 2) -> str:
        """A number with group separators and at most `digits` decimals; text passes through."""
        if value is None or value == "":
            return NOTHING
        if isinstance(value, bool) or not isinstance(value, int | float):
            return str(value)
        if not math.isfinite(value):
            return str(value)
        if value and (abs(value) >= EXACT_MOST or abs(value) < 10**-digits / 10):
            return plain_power(value)
        return str(format_decimal(value, format="#,##0." + "#" * digits, locale=self.locale))

    def exact(self, value: float) -> str:
        """A number with every digit that was filed: a lower bound of 0.999 that is told as 1 says more."""
        if not math.isfinite(value):
            return str(value)
        filed = Decimal(repr(value)).normalize()
        if value == 0 or EXACT_LEAST <= abs(value) < EXACT_MOST:
            return self.number(value, max(0, -int(filed.as_tuple().exponent)))
        digits, exponent = f"{filed:e}".split("e")
        return _times_ten(digits, int(exponent))

    def percent(self, value: Any, digits: int = 1) -> str:
        """A share (0.07) as a percentage (7 %)."""
        if value is None:
            return NOTHING
        shown = self.number(float(value) * 100, digits)
        return f"{shown}%" if self.language == "zh" else f"{shown} %"

    def flop(self, value: Any, unit: bool = True) -> Markup | str:
        """An amount of compute: 1.2 × 10²⁵ FLOP. A range of two numbers shows both ends."""
        if value is None or value == "":
            return NOTHING
        if isinstance(value, list | tuple) and len(value) == 2:
            low, high = (self.flop(end, unit=False) for end in value)
            return Markup("{} – {}").format(low, high) + (Markup(" FLOP") if unit else Markup(""))
        if isinstance(value, Mapping):
            return self.flop(value.get("point"), unit)
        try:
            return power(float(value)) + (Markup("\u00a0FLOP") if unit else Markup(""))
        except (TypeError, ValueError):
            return str(value)

    def date(self, value: Any, form: str = "long") -> str:
        """A day, month or year in words, `~` for about then; text that is no date passes through."""
        if value is None or value == "":
            return NOTHING
        if isinstance(value, str):
            return self._coarse_date(value, form)
        return str(format_date(value, format=form, locale=self.locale))

    def when(self, value: Any) -> str:
        """An instant: the day, and the time where there is one, with how far its zone is from UTC.

        An instant at 00:00 UTC, written in UTC, stands for a day of the record, whose days are those of UTC.
        """
        if isinstance(value, str) and "T" in value:
            try:
                value = datetime.fromisoformat(value)
            except ValueError:
                return str(value)
        if isinstance(value, datetime):
            if not value.utcoffset() and (value.hour, value.minute, value.second) == (0, 0, 0):
                return self.date(value.date())
            value = value.astimezone(self.zone)
            clock = format_time(value, format="HH:mm", locale=self.locale)
            return f"{self.date(value.date())} {clock} {offset(value)}"
        return self.date(value)

    def version(self, value: str) -> str:
        """A version as its text names it; one that is an instant, as a date."""
        return self.when(value) if "T" in value else value

    def _coarse_date(self, value: str, form: str) -> str:
        if value.endswith("~"):
            return partial_in(value, self.language)
        try:
            if len(value) == 4 and value.isdigit():
                return f"{value}年" if self.language == "zh" else value
            if len(value) == 7:
                month = date.fromisoformat(value + "-01")
                pattern = "y年M月" if self.language == "zh" else "MMMM y"
                return str(format_date(month, format=pattern, locale=self.locale))
            return str(format_date(date.fromisoformat(value[:10]), format=form, locale=self.locale))
        except ValueError:
            return value


def offset(value: datetime) -> str:
    """How far a time's zone is from UTC: `UTC`, `UTC+2`, `UTC−3:30`. Abbreviations such as CST mean several zones."""
    minutes = round((value.utcoffset() or timedelta()).total_seconds() / 60)
    if not minutes:
        return "UTC"
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'+' if minutes > 0 else '−'}{hours}" + (f":{rest:02}" if rest else "")


def mantissa_and_exponent(value: float) -> tuple[str, int]:
    """`1.2e25` → `("1.2", 25)`: at most three significant digits, no trailing zeros."""
    if value == 0:
        return "0", 0
    shown, exponent = f"{value:.2e}".split("e")
    return shown.rstrip("0").rstrip("."), int(exponent)


def power(value: float) -> Markup:
    """A number as a power of ten, for HTML; small ones are written out."""
    if value == 0 or 0.01 <= abs(value) < 1e6:
        return Markup("{}").format(f"{value:,.6g}")
    digits, exponent = mantissa_and_exponent(value)
    if digits in ("1", "-1"):
        return Markup("{}10<sup>{}</sup>").format("-" if digits == "-1" else "", exponent)
    return Markup("{}\u00a0×\u00a010<sup>{}</sup>").format(digits, exponent)


def raised(text: str) -> str:
    """Powers of ten that are typed, as people write them: `10^25` → `10²⁵`, `1.5e+25` → `1.5 × 10²⁵`."""
    text = _TYPED_POWER.sub(lambda found: "10" + found[1].translate(_SUPERSCRIPT), text)
    return _TYPED_FIGURE.sub(lambda found: plain_power(float(found[0])), text)


def plain_power(value: float) -> str:
    """A number as a power of ten in plain text: `1.2 × 10²⁵`."""
    return _times_ten(*mantissa_and_exponent(value))


def _times_ten(digits: str, exponent: int) -> str:
    raised = str(exponent).translate(_SUPERSCRIPT)
    return f"10{raised}" if digits == "1" else f"{digits} × 10{raised}"
