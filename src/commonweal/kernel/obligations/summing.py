"""What somebody owes on one thing as a sentence, for letters: each duty with its clause, its state and its last day."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from commonweal.kernel.record.tables import Reader
from commonweal.kernel.values import LANGUAGES, Text, citing

from .explaining import clocks
from .queries import duties_told
from .reasons import STATES, end_words

CHARS_MAX = 1_500
"""Of the sentence, in each language: a letter's value holds no more than 2,000, and says how many duties are left."""
_DUTY = Text(en="{duty} ({citation}): {state}", zh="{duty}（{citation}）：{state}")
_BY = Text(en="{said} (last day: {day})", zh="{said}（最后一日：{day}）")
_MORE = Text(en="and {n} more", zh="另有{n}项")
_BETWEEN = {"en": "; ", "zh": "；"}


def owed_in_words(reader: Reader, subject: str, own: Collection[str]) -> Text | None:
    """What these parties owe on a subject, or have met, soonest first; None where there is nothing to tell.

    It holds what is told to them alone: whoever writes it down writes to them.
    """
    rows = duties_told(reader, own.__contains__, subject=subject)
    found = [_said(one) for one in clocks(reader, [row for row in rows if row["party"] in own])]
    return Text({language: _joined(found, language) for language in LANGUAGES}) if found else None


def _said(clock: Mapping[str, Any]) -> Text:
    state = STATES["met" if clock["state"] == "met_late" else clock["state"]]
    citation, ends = citing(clock["citation"]), clock["ends"]
    said = {
        language: _DUTY[language].format(
            duty=clock["duty"][language], citation=citation[language], state=state[language]
        )
        for language in LANGUAGES
    }
    if ends:
        day = end_words(ends)
        said = {one: _BY[one].format(said=said[one], day=day[one]) for one in LANGUAGES}
    return Text(said)


def _joined(found: Collection[Text], language: str) -> str:
    """As many as fit, and how many more there are."""
    told: list[str] = []
    for number, one in enumerate(found):
        if sum(map(len, told)) + len(one[language]) > CHARS_MAX:
            told.append(_MORE[language].format(n=len(found) - number))
            break
        told.append(one[language])
    return _BETWEEN[language].join(told)
