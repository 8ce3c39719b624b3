"""Why a field is kept back when the rest goes out, and what is proposed to be kept back: data in `reasons.toml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources

from commonweal.kernel.instrument import Text
from commonweal.kernel.values import read_toml, text

__all__ = ["FIRST", "REASONS", "Reason", "hides"]


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason for keeping something back, the law that it rests on, and whether what earlier versions said of it is
    hidden too (`hides`)."""

    title: Text
    citation: str
    hides: bool


_DATA = read_toml(resources.files(__package__).joinpath("reasons.toml").read_text(encoding="utf-8"), "reasons.toml")
REASONS: Mapping[str, Reason] = {
    one["id"]: Reason(text(one["title"]), one["citation"], one["hides"]) for one in _DATA["reason"]
}
FIRST: Mapping[str, str] = _DATA["first"]
"""By field, the reason for which a first publication is proposed to keep it back."""


def hides(why: str | None) -> bool:
    """Whether a reason hides what earlier versions said too."""
    return why in REASONS and REASONS[str(why)].hides
