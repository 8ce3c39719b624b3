"""Lengths of time are said in the words of each language, in a unit of which there are at least two."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import cast

import pytest

from commonweal.doors.portal.languages import Words, translations
from commonweal.doors.portal.site import HERE, Voice
from commonweal.doors.portal.spans import span_words

SAID = [
    (timedelta(seconds=40), "40 seconds", "40秒"),
    (timedelta(minutes=1), "1 minute", "1分钟"),
    (timedelta(hours=26), "26 hours", "26小时"),
    (timedelta(days=13), "13 days", "13天"),
    (timedelta(days=153), "5 months", "5个月"),
    (timedelta(days=1000), "2 years", "2年"),
]


@pytest.mark.parametrize(("span", "english", "chinese"), SAID)
def test_a_span_in_both_languages(span: timedelta, english: str, chinese: str) -> None:
    said = [span_words(cast(Voice, SimpleNamespace(words=words(code))), span) for code in ("en", "zh")]
    assert [said[0], said[1].replace(" ", "")] == [english, chinese]


def words(language: str) -> Words:
    return Words(translations(language, (HERE / "messages", "portal")))
