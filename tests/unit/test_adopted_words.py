"""What a version of a rule says is said once: a reader who cites the version must find the words it was cited for."""

from __future__ import annotations

from pathlib import Path

import pytest

from commonweal.authority import Authority
from commonweal.instruments import rule_file
from commonweal.kernel.values import ReplayClock, RuleFault, Text, instant
from commonweal.settings import Settings

SETTINGS = Settings(Text(en="Test", zh="测试"), "words.example/log", instant("2019-01-01T00:00:00Z"), replay=True)
WORDS = (
    'every = "1mo"\nin_force = { from = 2000-01-01 }\ncitation = "a test"\n'
    'title = { en = "a", zh = "甲" }\ntext = { en = "a", zh = "甲" }\n'
)
THRESHOLD = (
    'id = "x.rule"\nversion = "1"\nexpr = "rate >= 5"\nvalue = "rate"\nmax_gap = "3mo"\n'
    f'{WORDS}[let]\nrate = "mean(x.rate, 2mo)"\n'
)
DERIVED = f'id = "x.rule"\nversion = "1"\nseries = "x.made"\nexpr = "x.rate * 5"\n{WORDS}'


@pytest.mark.parametrize(("text", "room"), [(THRESHOLD, "thresholds"), (DERIVED, "indicators")])
def test_other_words_need_another_version(text: str, room: str, tmp_path: Path) -> None:
    assert rule_file(text).room == room
    other = text.replace(" 5", " 6")
    clock = ReplayClock(instant("2020-01-01T00:00:00Z"))
    with Authority.create(tmp_path / "a", SETTINGS, clock=clock) as authority:
        first = authority.adopt(rule_file(text)).index
        with pytest.raises(RuleFault, match=r"a new version: 1 was adopted on 2020-01-01.* with other words"):
            authority.adopt(rule_file(other))
        assert authority.adopt(rule_file(text)).index == first
        second = authority.adopt(rule_file(other.replace('version = "1"', 'version = "2"'))).index
        assert authority.adopt(rule_file(text)).index > second, "the older words may come back under their version"
