"""Exercises: the shipped one is held, killed and resumed, played by people, scored and filed; a case is replayed."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from commonweal import exercises
from commonweal.authority import Authority
from commonweal.exercises import holding as holding_module
from commonweal.exercises.definition import Delay
from commonweal.instruments import discover
from commonweal.kernel import obligations, protocols
from commonweal.kernel.protocols import envelopes, key_name
from commonweal.kernel.record import Act
from commonweal.kernel.values import (
    BadInput,
    CommonwealError,
    Conflict,
    Forbidden,
    ReplayClock,
    RuleFault,
    Text,
    instant,
)
from commonweal.settings import Settings

FILE = discover()["containment"].folder / "exercises" / "late_answers.toml"
TEXT = FILE.read_text("utf-8")
ORDER = "playbook.pause_by_a_developer"


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Iterator[exercises.Holding]:
    with exercises.begin(tmp_path_factory.mktemp("held") / "exercise", TEXT) as holding:
        holding.advance(holding.definition.ends)
        yield holding


@pytest.fixture(scope="module")
def report(held: exercises.Holding) -> dict[str, Any]:
    return exercises.review(held)


def test_the_exercise_is_marked_in_its_settings_and_first_entry(held: exercises.Holding) -> None:
    assert Settings.read(held.folder).exercise == "late_answers"
    assert held.authority.entry(0).body["exercise"] == "late_answers"


def test_two_developers_answer_late_and_the_case_ends_with_a_verified_restart(report: dict[str, Any]) -> None:
    """The medians of their delays, 30 and 54 hours, lie beyond the day that the playbook gives."""
    assert report["over"]
    assert not report["refused"]
    late = [item for item in report["timeline"] if item["what"] == "late"]
    assert [item["text"]["en"] for item in late] == ["Await the developer's answer"] * 3
    scores = {item["id"]: item["points"] for item in report["objectives"]}
    assert scores["answers_in_time"] == 6  # three of five visits ended late, Cygnus's twice: two fifths of 15
    assert scores["right_recipients"] == 15
    assert scores["two_voices"] == 10
    assert scores["resumed"] == 10
    assert report["points"] == pytest.approx(sum(scores.values()))


def test_the_longest_stretch_before_containment_is_named_and_the_stretches_add_up(report: dict[str, Any]) -> None:
    stretches = [item for item in report["milestones"] if item["until_contained"] and item["took"] is not None]
    assert report["dominant"] == max(stretches, key=lambda item: item["took"])["id"] == "paused"
    assert sum(item["took"] for item in stretches) == pytest.approx(report["contained_after_h"], abs=0.05)


def test_the_same_seed_gives_the_same_exercise_and_another_seed_another(tmp_path: Path, report: dict[str, Any]) -> None:
    found = []
    for seed in (7, 8):
        with exercises.begin(tmp_path / str(seed), TEXT, seed=seed) as holding:
            holding.advance(holding.definition.ends)
            found.append(exercises.review(holding))
    shared = ("timeline", "milestones", "objectives", "bars", "points")
    assert {name: found[0][name] for name in shared} == {name: report[name] for name in shared}
    assert found[1]["milestones"] != report["milestones"]


class Killed(BaseException):
    """Not to be caught by anything that handles errors."""


@pytest.mark.parametrize("after", [3, 9, 16])
def test_killed_in_the_middle_it_goes_on_to_the_same_end(
    tmp_path: Path, report: dict[str, Any], after: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = 0

    def told(at: datetime, what: str) -> None:
        nonlocal done
        done += 1
        if done == after:
            raise Killed

    with exercises.begin(tmp_path / "exercise", TEXT) as holding, pytest.raises(Killed):
        holding.advance(holding.definition.ends, told)
    with exercises.resume(tmp_path / "exercise") as holding:
        holding.advance(holding.definition.ends)
        found = exercises.review(holding)
    assert found["timeline"] == report["timeline"]
    assert found["points"] == report["points"]


def test_what_the_door_refuses_is_noted_and_not_tried_again(tmp_path: Path) -> None:
    wrong = TEXT.replace('id = "rumour"\nafter = "PT30H"', 'id = "rumour"\nafter = "PT30M"')  # before the alert
    with exercises.begin(tmp_path / "exercise", wrong) as holding:
        holding.advance(holding.definition.start + timedelta(hours=2))
        assert list(holding.refused) == ["inject:rumour"]
        size = holding.authority.store.size()
    with exercises.resume(tmp_path / "exercise") as holding:
        assert list(holding.refused) == ["inject:rumour"]
        assert holding.authority.store.size() == size


def test_a_player_is_left_alone_and_acts_by_hand(tmp_path: Path) -> None:
    with exercises.begin(tmp_path / "exercise", TEXT, players=["evaluators"]) as holding:
        holding.advance(holding.definition.start + timedelta(hours=20))
        assert not any(entry.author == "party:evaluator" for entry in holding.entries())
    with exercises.resume(tmp_path / "exercise") as holding:
        assert holding.now == holding.definition.start + timedelta(hours=20)
        holding.act("evaluators", "done", {"done": "Evaluate", "variables": {"__confirmed__": "true"}})
        asked = [item["name"]["en"] for row in protocols.cases(holding.authority.reader, state="open")
                 for item in protocols.who_must_act(holding.authority.reader, row["case"])]  # fmt: skip
        assert asked == ["Pause on failure: the model's own developer"]


def test_what_comes_next_is_a_deadline_where_everybody_waits_for_a_player(tmp_path: Path) -> None:
    """Not the end of the exercise: the playbook gives two days to confirm the result, from the alert on."""
    with exercises.begin(tmp_path / "exercise", TEXT, players=["evaluators"]) as holding:
        holding.advance(holding.definition.start + timedelta(hours=30))  # the last inject
        assert holding.todo() == []
        at = []
        while not at or at[-1] < instant("2026-09-09T09:00:00Z"):
            at.append(holding.upcoming())
            holding.advance(at[-1])
        assert at[-1] == instant("2026-09-09T09:00:00Z")
        assert all(later - earlier <= timedelta(days=1) for earlier, later in pairwise(at))
        assert holding.now < holding.definition.ends


def test_while_it_runs_nothing_is_said_to_have_ended(tmp_path: Path) -> None:
    with exercises.begin(tmp_path / "exercise", TEXT) as holding:
        holding.advance(holding.definition.start + timedelta(hours=2))
        said = {one["id"]: one["said"] for one in exercises.review(holding)["objectives"]}
    assert said["resumed"] == {"en": "not ended yet", "zh": "尚未结束"}
    assert said["contained_fast"] == {"en": "not reached yet", "zh": "尚未达到"}


def test_results_become_entries_and_duties_of_the_live_authority(tmp_path: Path, report: dict[str, Any]) -> None:
    settings = Settings(Text(en="Live", zh="实况"), "live.example/record", instant("2026-10-01"), replay=True)
    clock = ReplayClock(instant("2026-10-01T09:00:00Z"))
    with Authority.create(tmp_path / "live", settings, clock=clock) as live:
        indexes = exercises.file_results(live, report)
        assert exercises.file_results(live, report) == indexes  # filed again, it is the same
        duties = obligations.duties(live.reader, rule="containment.agreement.improvement")
        (owed,) = (row for row in duties if "duty" in row["subject"])
        assert (owed["party"], owed["state"]) == ("organisation:pausing-forum", "owed")
        assert owed["last_day"] == "2026-11-30"  # 1 October + 60 days
        subject = owed["subject"]
        clock.set(instant("2026-12-01T09:00:00Z"))
        live.tick()
        assert obligations.duties(live.reader, subject=subject)[0]["state"] == "overdue"
        live.act(Act("containment.improvement_done", {"improvement": subject, "evidence": "tested"}, ""))
        live.follow()
        done = obligations.duties(live.reader, subject=subject)[0]
        assert (done["state"], bool(done["late"])) == ("met", True)
        before = live.dump()
        live.rebuild()
        assert live.dump() == before


def test_only_what_is_over_is_filed_and_never_with_an_exercise(held: exercises.Holding, report: dict[str, Any]) -> None:
    with pytest.raises(Conflict, match="not over"):
        exercises.file_results(held.authority, {**report, "over": False})
    with pytest.raises(Conflict, match="live authority"):
        exercises.file_results(held.authority, report)


def test_the_report_reads_in_both_languages(report: dict[str, Any]) -> None:
    english, chinese = exercises.as_markdown(report), exercises.as_markdown(report, "zh")
    assert "# After-action report: Coordinated pausing with two developers who answer late" in english
    assert "# 演练后报告" in chinese
    assert english.count("\n| ") == chinese.count("\n| ")


@pytest.mark.parametrize("path", sorted(FILE.parent.glob("*.toml")), ids=lambda path: path.stem)
def test_what_ships_gives_its_reasons_in_both_languages(path: Path) -> None:
    for objective in exercises.read_definition(path.read_text("utf-8")).objectives:
        assert objective.source["en"] != objective.source["zh"], objective.id


def test_every_approval_of_an_exercise_is_signed_by_the_registered_key_of_its_actor(held: exercises.Holding) -> None:
    """As live: the record proves whose voice it was, and the same seed makes the same signatures."""
    entries = held.entries()
    registered = {
        key_name(b64decode(e.body["key"])): e.body["party"] for e in entries if e.kind == "approver.registered"
    }
    approvals = [entry for entry in entries if entry.kind == "approval.given"]
    assert approvals
    for entry in approvals:
        statement, signature, text = envelopes.opened(entry.body["envelope"])
        key = next(
            e.body["key"] for e in entries if e.kind == "approver.registered" and e.body["party"] == entry.author
        )
        assert envelopes.verifies(text, signature, key)
        assert registered[signature.name] == entry.author
        assert (statement["log"], statement["step"]) == ("exercise.invalid/late_answers", entry.body["step"])


def test_what_is_signed_twice_counts_twice_and_the_same_seed_signs_the_same(held: exercises.Holding) -> None:
    """A nonce counts once in a record: two decisions of one actor in the same words need two."""
    case = protocols.cases(held.authority.reader)[0]["case"]
    step = next(iter(protocols.case(held.authority.reader, case).playbook.steps))
    body = {"case": case, "step": step, "decision": "approve", "role": "officer", "organisation": "authority"}
    officer = held.definition.actors["officer"]

    def signed(key: str) -> Any:
        act = held.signing.signed(Act("approval.given", body, key), held.authority, officer)
        return envelopes.opened(act.body["envelope"])[0]["nonce"]

    assert signed("exercise:one") == signed("exercise:one")
    assert len({signed("exercise:one"), signed("exercise:two"), signed("")}) == 3


def standing(authority: Authority) -> list[str]:
    """The steps at which open cases stand, in English."""
    rows = protocols.cases(authority.reader, state="open")
    return [item["name"]["en"] for row in rows for item in protocols.who_must_act(authority.reader, row["case"])]


def test_an_approval_that_its_actor_did_not_sign_is_refused(tmp_path: Path) -> None:
    with exercises.begin(tmp_path / "exercise", TEXT, players=["coordinator"]) as holding:
        actors, authority = holding.definition.actors, holding.authority
        while not any("Agreed" in name for name in standing(authority)):
            holding.advance(holding.now + timedelta(hours=1))
        case, step = protocols.standing_at(authority.reader, "Agreed")
        body = {"case": case, "step": step, "decision": "approve", "role": "coordinator", "organisation": "forum"}
        plain = Act("approval.given", body, "")
        with pytest.raises(Forbidden, match="signature"):
            authority.act(plain, holding._caller("coordinator"))
        with pytest.raises(CommonwealError):
            authority.act(holding.signing.signed(plain, authority, actors["auditor"]), holding._caller("coordinator"))
        size = authority.store.size()
        authority.act(holding.signing.signed(plain, authority, actors["coordinator"]), holding._caller("coordinator"))
        assert authority.store.size() == size + 1


# ── the same playbook in three clocks ───────────────────────────────────────────────────────────────────────────────


class RunningClock:
    """A live clock: nobody in the authority sets it, it is simply later each time it is looked at from outside."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at


def _told(authority: Authority, case: str) -> list[tuple[str, Any, Any]]:
    return [
        (item["at"], item["what"], (item["name"] or {}).get("en"))
        for item in protocols.timeline(authority.reader, case)
    ]


def test_the_same_playbook_live_in_an_exercise_and_replayed_gives_one_timeline(
    tmp_path: Path, held: exercises.Holding
) -> None:
    """What was filed in the exercise is filed again, live, at the same instants; and the case is replayed from both.

    What was signed for the log of the exercise is signed anew for the live one.
    """
    settings = Settings(Text(en="Live", zh="实况"), "live.example/record", held.definition.start)
    clock = RunningClock(held.definition.start)
    with Authority.create(tmp_path / "live", settings, clock=clock) as live:
        held.signing.enrol(live)
        for entry in list(held.entries()):
            clock.at = entry.time
            live.tick()
            if entry.author not in {actor.party for actor in held.definition.actors.values()}:
                continue
            actor = next(one for one in held.definition.actors.values() if one.party == entry.author)
            body = {name: value for name, value in entry.body.items() if name != "envelope"}
            live.act(held.signing.signed(Act(entry.kind, body, entry.key), live, actor), held._caller(actor.id))
            live.follow()
        cases = [row["case"] for row in protocols.cases(held.authority.reader)]
        assert [row["case"] for row in protocols.cases(live.reader)] == cases
        for case in cases:
            exercised = _told(held.authority, case)
            assert _told(live, case) == exercised
            for authority in (live, held.authority):
                replayed = exercises.replay_case(authority, case)
                assert replayed.differences == ()
                assert sum(len(move.items) for move in replayed.moves) == len(exercised)


def test_one_room_runs_a_case_in_all_three_clocks(held: exercises.Holding, monkeypatch: pytest.MonkeyPatch) -> None:
    """No second engine: live, exercise and replay go through `Protocols.follow`."""
    rooms = [room for room in held.authority._rooms if isinstance(room, protocols.Protocols)]
    assert [type(room).follow for room in rooms] == [protocols.Protocols.follow]
    followed: list[int] = []
    follow = protocols.Protocols.follow

    def watched(self: protocols.Protocols, entry: Any, tables: Any) -> Any:
        followed.append(entry.index)
        return follow(self, entry, tables)

    monkeypatch.setattr(protocols.Protocols, "follow", watched)
    exercises.replay_case(held.authority, protocols.cases(held.authority.reader)[0]["case"])
    assert followed == list(range(held.authority.store.size()))


def test_a_replay_stops_where_it_is_told_to(held: exercises.Holding) -> None:
    case = protocols.cases(held.authority.reader, playbook="playbook.coordinated_pausing")[0]["case"]
    found = exercises.replay_case(held.authority, case, instant("2026-09-07T16:00:00Z"))
    assert found.moves[-1].steps == ("Pause on failure: the model's own developer",)
    assert found.moves[-1].state == "open"


# ── bad input ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_definition_with_faults_names_them_all() -> None:
    wrong = (
        TEXT.replace('by = "cygnus"\nfile', 'by = "nobody"\nfile', 1)
        .replace("spread = 1.2", "spread = 0.5")
        .replace("contained = true\n", "")
        .replace('measure = "quorum"', 'measure = "applause"')
        .replace('length = "P60D"', 'length = "two months or so"')
        .replace('from = { inject = "alert" }', 'from = { inject = "bell" }')
    )
    with pytest.raises(RuleFault) as caught:
        exercises.read_definition(wrong)
    places = [fault.where for fault in caught.value.faults]
    for place in ("inject 3.by", "actor 2.delay.spread", "milestone.contained", "objective 5.measure", "length",
                  "objective 1.from.inject"):  # fmt: skip
        assert place in places, places


def test_what_is_no_exercise_is_refused(tmp_path: Path) -> None:
    for text in ("", "[[", 'id = "x"'):
        with pytest.raises(RuleFault):
            exercises.read_definition(text)
    (tmp_path / "something").write_text("here", "utf-8")
    with pytest.raises(Conflict, match="not empty"):
        exercises.begin(tmp_path, TEXT)


def test_a_folder_goes_on_with_what_was_begun_in_it_and_nothing_else(tmp_path: Path) -> None:
    exercises.begin(tmp_path / "exercise", TEXT, seed=3).close()
    exercises.resume(tmp_path / "exercise", text=TEXT, seed=3).close()
    with pytest.raises(Conflict, match="under seed 3, not 4"):
        exercises.resume(tmp_path / "exercise", text=TEXT, seed=4)
    with pytest.raises(Conflict, match="by another text"):
        exercises.resume(tmp_path / "exercise", text=TEXT.replace("seed = 7", "seed = 8"))
    with pytest.raises(BadInput, match="a whole number from 0"):
        exercises.begin(tmp_path / "other", TEXT, seed=-1)
    assert not (tmp_path / "other").exists(), "nothing half begun"


def test_a_state_file_that_was_damaged_is_refused(tmp_path: Path) -> None:
    with exercises.begin(tmp_path / "exercise", TEXT):
        pass
    (tmp_path / "exercise" / holding_module.STATE_FILE).write_text(json.dumps({"seed": "x"}), "utf-8")
    with pytest.raises(BadInput):
        exercises.resume(tmp_path / "exercise")


def test_delays_depend_on_their_key_alone() -> None:
    delay = Delay("log_normal", timedelta(hours=6), spread=2.0)
    assert delay.draw("a") == delay.draw("a") != delay.draw("b")
    assert Delay("fixed", timedelta(hours=4)).draw("a") == timedelta(hours=4)
    even = Delay("even", timedelta(hours=1), timedelta(hours=2))
    assert all(timedelta(hours=1) <= even.draw(str(n)) <= timedelta(hours=2) for n in range(50))
    drawn = sorted(delay.draw(str(number)) for number in range(401))
    assert timedelta(hours=5) < drawn[200] < timedelta(hours=7)  # the median is what it says


def test_the_page_of_an_exercise_shows_scores_delays_and_the_plan(tmp_path: Path, report: dict[str, Any]) -> None:
    pages = {page.id: page for page in discover()["containment"].instrument.pages}
    settings = Settings(Text(en="Live", zh="实况"), "live.example/record", instant("2026-10-01"), replay=True)
    with Authority.create(tmp_path / "live", settings, clock=ReplayClock(instant("2026-10-01T09:00:00Z"))) as live:
        exercises.file_results(live, report)
        listed = pages["exercise"].view(live.reading(), {})
        assert [row["open"] for row in listed["exercises"]] == [3]
        name = listed["exercises"][0]["href"].rpartition("/")[2]
        shown = pages["exercise_held"].view(live.reading("zh"), {"exercise": name})
        assert shown["dominant"] == "所有被通知者已答复"
        assert {item[4] for item in shown["items"]} == {"owed"}
