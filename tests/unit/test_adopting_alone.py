"""A rule text comes in force by one way, which reads it: nobody files `rule.adopted` past that, whatever their role."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from commonweal import law
from commonweal.acceptance import Caller
from commonweal.adoption import adoption
from commonweal.authority import OPERATOR, Authority
from commonweal.instruments import rule_file
from commonweal.kernel import registry
from commonweal.kernel.values import BadInput, Forbidden, ReplayClock, Text, instant
from commonweal.settings import Settings

START = instant("2026-10-01T08:00:00Z")
JANE = Caller("party:jane", ("authority", "officer"))
DAYS = rule_file(law.texts()["calendar.eu_member_states"])


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    settings = Settings(Text(en="Test", zh="测试"), "test.example/record", START, replay=True)
    folder: Path = tmp_path_factory.mktemp("alone") / "a"
    with Authority.create(folder, settings, clock=ReplayClock(START), installed={}) as found:
        yield found


@pytest.mark.parametrize("caller", [JANE, OPERATOR])
def test_a_text_is_not_filed_past_its_reader(authority: Authority, caller: Caller) -> None:
    """One POST with an administrator's key alone put a policy or a retention text in force, unread and unforeseen."""
    size = authority.store.size()
    with pytest.raises(Forbidden, match="weal rule adopt"):
        authority.act(adoption(DAYS, "mine"), caller)
    (refused,) = authority.place_each([(adoption(DAYS, "mine"), caller)])
    assert isinstance(refused, Forbidden)
    assert authority.store.size() == size


def test_it_is_adopted_by_an_administrator_alone_and_under_their_name(authority: Authority) -> None:
    size = authority.store.size()
    for nobody in (Caller("party:lab", ("developer",)), Caller("party:sam", ("officer",)), Caller("party:x")):
        with pytest.raises(Forbidden, match=r"rule\.adopted is filed by authority"):
            authority.adopt(DAYS, nobody)
    with pytest.raises(BadInput):
        authority.adopt(replace(DAYS, text="nonsense = 1\n"), JANE)
    assert authority.store.size() == size
    receipt = authority.adopt(DAYS, JANE)
    authority.follow()
    assert authority.store.entry(receipt.index).author == JANE.party
    assert registry.text_in_force(authority.reader, DAYS.rule_id)["adopted"] == receipt.index
    assert authority.adopt(DAYS, JANE).again
    assert authority.faults() == []
