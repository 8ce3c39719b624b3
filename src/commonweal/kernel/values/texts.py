"""Texts in the languages of the house: English and Simplified Chinese."""

from __future__ import annotations

from collections.abc import Mapping

LANGUAGES = ("en", "zh")


class Text(dict[str, str]):
    """One text in every language: `Text(en="Model", zh="模型")`. `str()` gives English."""

    def __str__(self) -> str:
        return self["en"]

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(tuple(sorted(self.items())))

    def in_(self, language: str) -> str:
        return self.get(language) or self["en"]


def text(value: Mapping[str, str] | str) -> Text:
    """A `Text` from a TOML table `{en, zh}`, or from a plain string used in both languages."""
    return Text(en=value, zh=value) if isinstance(value, str) else Text(value)
