"""For how long a payment that a bank made can still come back: data, with what says so."""

from __future__ import annotations

from datetime import date
from importlib.resources import files

from commonweal.kernel.values import add_months, read_toml

_NAME = "returns.toml"
_SAID = read_toml(files(__package__).joinpath(_NAME).read_text("utf-8"), _NAME)["within"]
LONGEST_MONTHS = max(int(one["months"]) for one in _SAID)
"""How many months after the day on which a bank was to pay."""


def final_from(paid_on: date) -> date:
    """The first day on which a payment of a day comes back no more."""
    return add_months(paid_on, LONGEST_MONTHS)
