"""What a rule text would change is what it does change once it is adopted, and looking at it leaves nothing behind."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from commonweal import law
from commonweal.acceptance import Caller
from commonweal.authority import Authority
from commonweal.doors.cli import main
from commonweal.foreseeing import foreseen
from commonweal.instruments import RuleFile, rule_file
from commonweal.kernel import obligations, thresholds
from commonweal.kernel.indicators import batch_act
from commonweal.kernel.record import Act
from commonweal.kernel.values import Conflict, ReplayClock, RuleFault, Text, instant
from commonweal.settings import Settings

LAB, START = Caller("party:lab", ("developer",)), instant("2026-10-01T08:00:00Z")
NOTIFY, LARGE = "eu.ai_act.art52_1", "model:large"
RULE = """
format = 2
id = "test.rule"
version = "1"
citation = "made for a test"
every = "1d"
max_gap = "30d"
expr = "eval.score >= 0.5"
then = "safe_shutdown"
title = { en = "Test", zh = "测试" }
text = { en = "Test.", zh = "测试。" }
in_force = { from = 2000-01-01 }
"""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    """A model of 3e25 FLOP on the EU market, one of 2e24, and a score that was measured."""
    settings = Settings(Text(en="Test", zh="测试"), "test.example/record", START, replay=True)
    folder = tmp_path_factory.mktemp("foreseeing") / "a"
    with Authority.create(folder, settings, clock=ReplayClock(START)) as found:
        found.act(Act("model_registration.organisation", {"name": "Lab"}, ""), LAB)
        market = {
            "placed_on_eu_market": True,
            "placed_on_eu_market_on": "2026-03-01",
            "organisation": "organisation:lab",
        }
        for name, flop in (("Large", 3e25), ("Small", 2e24)):
            body = {
                "name": name,
                "compute_flop": flop,
                "compute_confidence": "confident",
                "generates": ["text"],
                **market,
            }
            found.act(Act("model_registration.model", body, ""), LAB)
        rows = [("eval.score", LARGE, date(2026, 9, 30), 0.9)]
        found.act(batch_act(rows, series_set="eval", citation="a test", released_on=date(2026, 10, 1)))
        found.follow()
        yield found


def raised(line: str) -> RuleFile:
    """The AI Act's text with another line for systemic risk."""
    text = law.texts()["eu.ai_act"]
    return rule_file(text.replace("1e25", line).replace('version = "', 'version = "x', 1))


def ended() -> RuleFile:
    """The AI Act's text with a first rule that has ended: what was owed by it ends with it."""
    text = law.texts()["eu.ai_act"]
    shut = text.replace("in_force = { from = 2025-08-02 }", "in_force = { from = 2025-08-02, until = 2026-09-01 }", 1)
    return rule_file(shut.replace('version = "', 'version = "x', 1))


def stands(house: Authority) -> dict[tuple[str, str], str]:
    rows = obligations.duties(house.reader, private=True)
    return {(row["rule"], row["subject"]): row["state"] for row in rows if row["state"] not in ("not_owed", "lapsed")}


def test_duties_that_would_end_are_named_and_nothing_is_recorded(house: Authority) -> None:
    size, dump = house.store.size(), house.dump()
    assert stands(house)[NOTIFY, LARGE] in ("owed", "overdue")
    found = foreseen(house, ended())
    (change,) = [one for one in found.duties if one.rule == NOTIFY]
    assert (change.how, change.subject, change.after in ("not_owed", "lapsed", "")) == ("ends", LARGE, True)
    assert change.title["zh"]
    assert found.held == obligations.read_law(law.texts()["eu.ai_act"]).version
    assert (found.whole, list(found.problems)) == (True, [])
    assert (house.store.size(), house.dump()) == (size, dump)


def test_a_duty_that_began_keeps_its_words_and_that_is_foreseen_too(house: Authority) -> None:
    """`docs/duties.md`: another line in a new text moves nothing that is owed already."""
    assert not [one for one in foreseen(house, raised("1e26")).duties if one.subject == LARGE]


def test_duties_that_would_begin_are_named(house: Authority) -> None:
    begins = {
        one.subject for one in foreseen(house, raised("1e24")).duties if one.rule == NOTIFY and one.how == "begins"
    }
    assert begins == {"model:small"}


def test_a_threshold_is_judged_on_the_figures_that_there_are(house: Authority) -> None:
    found = foreseen(house, rule_file(RULE))
    (state,) = found.states
    assert (state.rule, state.subject, state.after) == ("test.rule", LARGE, "firing")
    assert found.held == ""
    assert found.cases == [("playbook.safe_shutdown", LARGE)]
    calm = foreseen(house, rule_file(RULE.replace("0.5", "0.95")))
    assert ([one.after for one in calm.states], calm.cases) == (["ok"], [])


def test_a_text_that_cannot_be_adopted_and_one_that_is_in_force_are_refused(house: Authority) -> None:
    with pytest.raises(RuleFault):
        foreseen(house, rule_file(RULE.replace("eval.score", "eval..score")))
    with pytest.raises(Conflict):
        foreseen(house, rule_file(law.texts()["eu.ai_act"]))


def test_the_command_says_the_same_and_adopts_only_without_preview(
    house: Authority, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, folder = tmp_path / "rule.toml", str(house.folder)
    path.write_text(ended().text, "utf-8")
    size = house.store.size()
    assert main(["rule", "adopt", folder, str(path), "--preview", "--json"]) == 0
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert {(one["how"], one["rule"], one["subject"]) for one in told["duties"]} >= {("ends", NOTIFY, LARGE)}
    assert main(["rule", "adopt", folder, str(path), "--preview"]) == 0
    words = capsys.readouterr().out
    assert "Nothing was recorded" in words
    assert NOTIFY in words
    assert main(["rule", "adopt", folder, str(path), "--json"]) != 0
    assert "--preview" in capsys.readouterr().err
    assert house.store.size() == size


def test_what_was_foreseen_is_what_happens(house: Authority) -> None:
    """Last, since it changes the house: the adoption itself, which no preview computed."""
    file = ended()
    found, before, size = foreseen(house, file), stands(house), house.store.size()
    house.adopt(file)
    house.follow()
    after = stands(house)
    moved = {key for key in {*before, *after} if before.get(key) != after.get(key)}
    assert moved <= {(one.rule, one.subject) for one in found.duties}
    assert {(one.rule, one.subject) for one in found.duties if one.how != "changes"} <= moved
    kinds = [entry.kind for entry in house.store.entries(size + 1, house.store.size())]
    assert {kind: kinds.count(kind) for kind in kinds} == found.entries
    score = foreseen(house, rule_file(RULE))
    house.adopt(rule_file(RULE))
    house.follow()
    states = {(row["rule"], row["subject"], row["state"]) for row in thresholds.states(house.reader, "test.rule")}
    assert states == {(one.rule, one.subject, one.after) for one in score.states}
