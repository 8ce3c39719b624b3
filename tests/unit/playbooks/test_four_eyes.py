"""What a shipped playbook keeps apart is done by different people, in whatever order they try it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from commonweal.kernel.protocols import read_playbook
from commonweal.kernel.protocols.cases import Case, Cause, Standing, on_desk, settable, waiting_for
from commonweal.kernel.protocols.events import ApprovalGiven, DeadlinePassed, EventArrived, StepCompleted, StepDone
from commonweal.kernel.protocols.folding import advance, open_case
from commonweal.kernel.protocols.playbooks import Approval, Playbook, Step
from commonweal.playbooks import texts

TEXTS = texts()
T0 = datetime(2026, 1, 1, tzinfo=UTC)
APART = [
    ("early_warning_disclosure", "Confirm that it is not credible"),
    ("early_warning_disclosure", "Decide on the objection"),
    ("early_warning_disclosure", "Approve who is told what"),
    ("early_warning_disclosure", "Approve the second list"),
    ("early_warning_disclosure", "Approve disclosure abroad"),
    ("early_warning_disclosure", "Approve disclosure abroad with the follow-up"),
    ("early_warning_disclosure", "Decide again what the public is told"),
    ("coordinated_pausing", "Agreed: the coordinator calls the pause"),
    ("coordinated_pausing", "Auditor: the common auditor calls the pause"),
    ("coordinated_pausing", "Law: two officers order the pause"),
    ("coordinated_pausing", "Approve the restart"),
    ("safe_shutdown", "Approve the shutdown of every copy"),
    ("serious_incident_handling", "Approve the measure"),
    ("serious_incident_handling", "Approve the closure"),
]
"""Every approval that a shipped playbook keeps apart from an earlier step."""


def named(playbook: Playbook, name: str) -> Step:
    return next(step for step in playbook.steps.values() if step.name["en"] == name)


def asked(step: Step) -> Approval:
    assert step.extension.approval is not None
    return step.extension.approval


class Play:
    """A case that people move by what the record could hold, whether or not the door would let it in."""

    def __init__(self, playbook: Playbook, facts: Mapping[str, str]) -> None:
        self.now, self.index = T0, 1
        self.did: set[tuple[str, str]] = set()  # (step, who): who reported or decided it, or stated a fact that is its
        self.case = open_case(playbook, "alert:a", Cause(1, "containment.alert", facts), T0, "case:a")

    def report(self, step: str, who: str, values: Mapping[str, str], outcome: str = "done") -> None:
        standing = self.case.at(step)
        if standing is not None and on_desk(self.case, standing):
            whose = (name for name, other in self.case.playbook.steps.items() if set(other.out_args) & values.keys())
            self.did |= {(name, who) for name in (step, *whose)}
        self._take(StepDone(self.index + 1, step, who, "failed" if outcome == "failed" else "done", values))

    def speak(self, step: str, who: str, decision: str = "approve") -> None:
        """`who` speaks for an organisation of their own, in a role that is asked for, with a signature."""
        role = asked(self.case.playbook.steps[step]).of_roles[0]
        said = "approve" if decision == "approve" else "refuse"
        before = self.case
        self._take(ApprovalGiven(self.index + 1, step, who, f"org-{who}", role, said, "", "request", f"key-{who}"))
        for item in self.case.timeline[len(before.timeline) :]:
            if isinstance(item, StepCompleted) and item.step == step and item.index == self.index:
                standing = before.at(step)
                assert standing is not None
                self.decided(step, {who, *(one.by for one in standing.approvals)}, item.outcome)

    def decided(self, step: str, voices: set[str], outcome: str) -> None:
        spec = asked(self.case.playbook.steps[step])
        kept_apart = {who for name, who in self.did if name in spec.separate_from}
        assert not voices & kept_apart, (self.case.playbook.steps[step].name["en"], voices, kept_apart)
        assert outcome != "approved" or len(voices) >= spec.n
        self.did |= {(step, who) for who in voices}

    def arrive(self, one: Standing) -> None:
        wait = self.case.playbook.steps[one.step].extension.await_event
        assert wait is not None
        fields = {name: self._meant(want) for name, want in wait.match if name != "subject"}
        self._take(EventArrived(self.index + 1, wait.kind, "other:b", fields))

    def _meant(self, want: str) -> str:
        if want.startswith("$cause."):
            return self.case.cause.facts.get(want.removeprefix("$cause.")) or "?"
        return {"$subject": "alert:a", "$case": "case:a"}.get(want, want)

    def wait(self) -> None:
        if (until := self.case.next_deadline()) is not None:
            self.now = max(self.now, until)
            self._take(DeadlinePassed(self.index + 1))

    def _take(self, event: StepDone | ApprovalGiven | EventArrived | DeadlinePassed) -> None:
        self.index += 1
        self.now += timedelta(minutes=1)
        self.case, _ = advance(self.case, event, self.now)


def values(case: Case, step: str, dice: Random) -> dict[str, str]:
    """What somebody reports at a step: each of its facts, or not, with a value that a decision knows."""
    given = {}
    for name in sorted(settable(case, step)):
        known = {value for one in case.playbook.steps.values() if one.switch == name for value, _ in one.cases}
        if dice.random() < 0.7:
            given[name] = dice.choice(sorted({"true", "false", *(known - {"default"})}))
    return given


def moved(play: Play, dice: Random, people: tuple[str, ...]) -> None:
    """One move, in any step that the case stands at, by anybody."""
    one, who = dice.choice(play.case.standing), dice.choice(people)
    kind = waiting_for(play.case, one)["kind"]
    if dice.random() < 0.1:
        play.wait()
    elif kind == "approval":
        play.speak(one.step, who, "approve" if dice.random() < 0.7 else "refuse")
    elif kind == "event":
        play.arrive(one)
    else:
        play.report(one.step, who, values(play.case, one.step, dice), "failed" if dice.random() < 0.1 else "done")


def test_the_list_of_what_is_kept_apart_is_whole() -> None:
    found = {
        (name, step.name["en"])
        for name, text in TEXTS.items() for step in read_playbook(text).steps.values()
        if step.extension.approval and step.extension.approval.separate_from
    }  # fmt: skip
    assert found == set(APART)


@pytest.mark.parametrize("name", sorted({name for name, _ in APART}))
def test_in_whatever_order_people_act_nobody_approves_what_they_did_or_found(name: str) -> None:
    """Three hundred cases moved at random by four people, reports without their facts among the moves."""
    playbook, came_to = read_playbook(TEXTS[name]), set()
    for seed in range(300):
        dice = Random(seed)
        version = dice.choice(["voluntary", "agreed", "auditor", "law"])
        play = Play(playbook, {"version": version, "developer": "organisation:maker"})
        for _ in range(80):
            if play.case.state != "open" or not play.case.standing:
                break
            came_to |= {one.step for one in play.case.standing}
            moved(play, dice, ("ana", "ben", "cem", "dan"))
    missing = {step for book, step in APART if book == name and named(playbook, step).id not in came_to}
    assert missing == set(), "every such approval was asked for in some of them"


def test_one_reports_without_an_answer_and_another_answers_and_approves() -> None:
    """The evading order of two: the door refuses the report today; a record may hold one all the same."""
    playbook = read_playbook(TEXTS["early_warning_disclosure"])
    play = Play(playbook, {})
    play.report(named(playbook, "Read the warning").id, "yin", {})
    play.report(named(playbook, "Is the warning credible?").id, "xia", {"__credible__": "false"})
    confirm = named(playbook, "Confirm that it is not credible").id
    for who in ("xia", "yin"):
        play.speak(confirm, who)
        assert [one.step for one in play.case.standing] == [confirm], f"{who} has read it already"
    play.speak(confirm, "zoe")
    assert [one.step for one in play.case.standing] == [named(playbook, "Await an objection").id]


RESTART = "Approve the restart"


def verified() -> tuple[Play, Playbook]:
    """A pause whose restart criteria `xia` has verified, by saying so where it is decided; `yin` reported the step."""
    playbook = read_playbook(TEXTS["coordinated_pausing"])
    play = Play(playbook, {"version": "voluntary", "developer": "organisation:maker"})
    dice = Random(1)
    play.report(named(playbook, "Evaluate: confirm the result").id, "ana", {"__confirmed__": "true"})
    while (check := play.case.at(named(playbook, "Verify the criteria").id)) is None:
        one = play.case.standing[0]
        if waiting_for(play.case, one)["kind"] == "event":
            play.arrive(one)
        else:
            play.report(one.step, "ana", values(play.case, one.step, dice))
    play.report(check.step, "yin", {})
    play.report(named(playbook, "Are the restart criteria met?").id, "xia", {"__met__": "true"})
    return play, playbook


def test_who_verified_approves_no_restart_and_one_alone_is_not_two() -> None:
    play, playbook = verified()
    restart = named(playbook, RESTART).id
    for who in ("xia", "yin", "zoe", "zoe"):
        play.speak(restart, who)
        assert [one.step for one in play.case.standing] == [restart]
    play.speak(restart, "ana")
    assert play.case.outcome == "resumed"


def test_who_listed_or_preserved_approves_no_shutdown_and_two_are_not_three() -> None:
    playbook = read_playbook(TEXTS["safe_shutdown"])
    play = Play(playbook, {})
    play.report(named(playbook, "List every registered copy").id, "yin", {})
    play.report(named(playbook, "Is the list complete?").id, "xia", {"__complete__": "true"})
    play.speak(named(playbook, "Approve that access stops").id, "dan")
    play.arrive(play.case.standing[0])
    play.report(named(playbook, "Preserve evidence and the way back").id, "pia", {})
    shutdown = named(playbook, "Approve the shutdown of every copy").id
    for who in ("xia", "yin", "pia", "ana", "ben", "ana"):
        play.speak(shutdown, who)
        assert [one.step for one in play.case.standing] == [shutdown]
    play.speak(shutdown, "cem")
    assert [one.step for one in play.case.standing] == [named(playbook, "Have every copy stopped").id]
