"""Every instrument's story comes true, in a temporary authority and under a replayed clock."""

from __future__ import annotations

from pathlib import Path

import pytest

from commonweal.authority import Authority
from commonweal.instruments import Installed, discover
from commonweal.kernel.values import ReplayClock, RuleFault
from commonweal.settings import Settings
from commonweal.story import FILE, ORIGIN, files_of, play, read_story, tell

INSTALLED = discover()
STORIES = [(name, path.name) for name, installed in INSTALLED.items() for path in files_of(installed)]


def test_every_instrument_tells_a_story() -> None:
    assert {name for name, file in STORIES if file == FILE} == set(INSTALLED)


@pytest.mark.parametrize(("name", "file"), STORIES)
def test_the_story_comes_true(name: str, file: str) -> None:
    outcome = play(INSTALLED[name], path=INSTALLED[name].folder / file)
    wrong = [item for item in outcome.checked if item.problem]
    assert not wrong, "\n".join(f"step {item.step}: {item.expectation}: {item.problem}" for item in wrong)
    assert outcome.checked


@pytest.mark.parametrize(("name", "file"), STORIES)
def test_the_story_is_told_in_both_languages(name: str, file: str) -> None:
    story = read_story(INSTALLED[name].folder / file)
    texts = [story.title, story.summary, *(step.say for step in story.steps if step.say)]
    for text in texts:
        assert text["en"].strip()
        assert text["zh"].strip()
        assert text["en"] != text["zh"]


def test_what_a_story_left_is_rebuilt_from_its_record_alone(tmp_path: Path) -> None:
    """Lineages, notifications that start other duties and follow-ups are projections like all others."""
    installed = INSTALLED["model_registration"]
    story = read_story(installed.folder / "story_regimes.toml")
    clock = ReplayClock(story.start)
    with Authority.create(tmp_path, Settings(story.title, ORIGIN, story.start, replay=True), clock=clock) as authority:
        assert not [item.problem for item in tell(authority, clock, story, installed) if item.problem]
        before = authority.dump()
        authority.rebuild()
        assert authority.dump() == before


BAD = """
title = { en = "Bad", zh = "坏" }
start = "yesterday"
colour = "red"

[[step]]
file = "a.b"
observe = "c"

[[step]]
say = "nothing happens"

[[step]]
at = "2026-01-01"
[[step.expect]]
entry = "a.b"
"""


def test_a_story_with_faults_names_them_all(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(BAD, "utf-8")
    with pytest.raises(RuleFault) as caught:
        read_story(tmp_path / FILE)
    assert [fault.where for fault in caught.value.faults] == [
        "colour",
        "step 1",
        "step 2",
        "step 3.expect 1.source",
        "start",
    ]


def test_a_story_that_does_not_come_true_says_where(tmp_path: Path) -> None:
    name, installed = next(iter(INSTALLED.items()))
    (tmp_path / FILE).write_text(
        'title = "T"\nstart = "2026-01-01"\n[[step]]\nat = "2026-01-02"\n'
        '[[step.expect]]\nentry = "authority.opened"\ncount = 2\nsource = "wrong on purpose"\n',
        "utf-8",
    )
    outcome = play(Installed(installed.instrument, tmp_path), everything={name: installed})
    assert not outcome.holds
    assert outcome.checked[0].step == 1
    assert "1 found" in outcome.checked[0].problem
