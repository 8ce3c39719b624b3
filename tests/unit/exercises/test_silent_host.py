"""The exercise of a safe shutdown: what its story promises comes about, whatever the draws."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from commonweal import exercises
from commonweal.exercises.words import as_markdown
from commonweal.instruments import discover
from commonweal.instruments.containment import timeline_spec
from commonweal.kernel import obligations

TEXT = (discover()["containment"].folder / "exercises" / "silent_host.toml").read_text("utf-8")
SILENT = "organisation:southrack-fictitious"
REGISTERED = {"copy:helix-one-weights", "copy:helix-one-service", "copy:chat-service", "copy:chat-backup"}
SEALED, FOUND = "copy:helix-one-sealed", "copy:chat-mirror"


@pytest.fixture(scope="module", params=[3, 6])
def held(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[exercises.Holding]:
    folder = tmp_path_factory.mktemp("held") / "exercise"
    with exercises.begin(folder, TEXT, seed=request.param) as holding:
        holding.advance(holding.definition.ends)
        yield holding


@pytest.fixture(scope="module")
def report(held: exercises.Holding) -> dict[str, Any]:
    return exercises.review(held)


def ordered(held: exercises.Holding, measure: str) -> set[str]:
    orders = (entry.body for entry in held.entries() if entry.kind == "containment.order")
    return {body["copy_of"] for body in orders if body["measure"] == measure}


def test_every_copy_is_ordered_to_stop_and_the_sealed_one_only_to_be_kept(held: exercises.Holding) -> None:
    """The register of the scenario: four copies and one under seal; the mirror comes on it on the third day."""
    assert ordered(held, "suspend") - {FOUND} == REGISTERED | {SEALED}
    assert ordered(held, "stop_copy") == REGISTERED | {FOUND}


def test_the_silent_host_is_reminded_reported_to_its_provider_and_stays_in_default(
    held: exercises.Holding, report: dict[str, Any]
) -> None:
    answers = [entry.body for entry in held.entries() if entry.kind == "containment.copy_stopped"]
    assert SILENT not in {body["organisation"] for body in answers}
    duties = obligations.duties(held.authority.reader, rule="containment.agreement.stop_copy")
    assert {row["state"] for row in duties if row["party"] == SILENT} == {"overdue"}
    waits = {item["step"]["en"]: item for item in report["waits"]}
    asked = waits["Ask the provider of compute to cut it off"]["visits"]
    assert waits["Await the host's confirmation"]["late"] >= 3 * asked  # three reminders before each


def test_three_organisations_decide_and_it_is_verified(report: dict[str, Any]) -> None:
    scores = {item["id"]: item["points"] for item in report["objectives"]}
    assert report["points_max"] == 100
    assert (scores["voices"], scores["every_copy"], scores["shut_down"]) == (15, 20, 10)
    assert scores["hosts_in_time"] < 5  # its host never answers: the plan has something to say
    assert "host_contracts" in {item["id"] for item in report["improvements"]}
    assert report["over"]


def test_the_chart_shows_every_wait_to_the_end(report: dict[str, Any]) -> None:
    """Many copies make many waits; one that is left out of the picture is not there for who reads it."""
    drawn = timeline_spec(report, "en")["layer"][0]["data"]["values"]
    assert len(drawn) == len(report["bars"]) > 40
    assert max(bar["to"] for bar in drawn) == max(bar["to"] for bar in report["bars"])


def test_the_report_says_who_decided_how_and_which_copy_an_answer_is_about(report: dict[str, Any]) -> None:
    """What whoever directs the exercise asks first: how they decided, which copy is stopped, who never answers."""
    said = [item["text"]["en"] for item in report["timeline"]]
    assert said.count("Approves: Approve the shutdown of every copy") == 3
    assert "Copy stopped: Exercise alert 2, stop copy, chat-mirror" in said
    (end,) = (item["said"] for item in report["objectives"] if item["id"] == "shut_down")
    assert end == {"en": "ended as: Shut down", "zh": "结果：已关停"}
    for language, words in (("en", "never answers |"), ("zh", "从不答复 |")):
        (row,) = (line for line in as_markdown(report, language).splitlines() if line.endswith(words))
        assert row.startswith("| Southrack")
