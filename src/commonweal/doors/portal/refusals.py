"""The sentences with which rooms and mechanisms refuse, known again by their fixed words and told in another language.

A refusal is raised where it is found, as an English sentence with values in it. Each such sentence stands as a message
in a `refusals.po` beside the pages of the portal or of a mechanism, with places for its values.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from babel.messages.pofile import read_po

from commonweal.kernel.values import Text

DOMAIN = "refusals"
TRIED_CHARS_MAX = 5_000
_PLACE = re.compile(r"%\((\w+)\)s")
_CODES = re.compile(r"'?[\w.:/-]+'?(?:, '?[\w.:/-]+'?)*(?: or '?[\w.:/-]+'?)+")
_OR = {"zh": "或"}


@dataclass(frozen=True, slots=True)
class _Sentence:
    """One sentence that is known: how it is recognised, and what it is in the other language."""

    known: re.Pattern[str]
    told: str


class Refusals:
    """The sentences of some catalogues, and others that stand in no catalogue (`texts`), in one language."""

    def __init__(self, language: str, folders: Sequence[Path], texts: Iterable[Text] = ()) -> None:
        self._language = language
        pairs = [pair for folder in folders for pair in _pairs(folder, language)]
        pairs += [(one["en"], one.in_(language).replace("%", "%%")) for one in texts]
        pairs.sort(key=lambda pair: -len(_PLACE.sub("", pair[0])))  # the one that says most is tried first
        self._sentences = [_Sentence(_pattern(message), told) for message, told in pairs]

    def told(self, words: str) -> str | None:
        """A sentence in this language; None where no catalogue knows it."""
        for one in self._sentences if len(words) <= TRIED_CHARS_MAX else ():
            if found := one.known.fullmatch(words):
                return one.told % {name: self._value(value) for name, value in found.groupdict().items()}
        return None

    def _value(self, words: str) -> str:
        """What stands in a place: another sentence, codes one after another, or something that somebody wrote."""
        if (told := self.told(words)) is not None:
            return told
        last = _OR.get(self._language)
        return words.replace(" or ", last) if last and _CODES.fullmatch(words) else words


def _pattern(message: str) -> re.Pattern[str]:
    """What a sentence looks like, with whatever stands in its places."""
    pieces = _PLACE.split(message)
    return re.compile(
        "".join(f"(?P<{piece}>.*?)" if number % 2 else re.escape(piece) for number, piece in enumerate(pieces)),
        re.DOTALL,
    )


def _pairs(folder: Path, language: str) -> Sequence[tuple[str, str]]:
    path = folder / language / "LC_MESSAGES" / f"{DOMAIN}.po"
    return _read(path, path.stat().st_mtime_ns) if path.is_file() else ()


@functools.lru_cache(maxsize=64)
def _read(path: Path, changed_ns: int) -> Sequence[tuple[str, str]]:
    """The sentences of one catalogue, each read once while it is unchanged."""
    with path.open("rb") as file:
        return [(str(one.id), str(one.string)) for one in read_po(file) if one.id and one.string]
