"""A call for every copy reaches every copy, once, and nothing that is to be kept: each case that could slip through."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from commonweal.acceptance import Caller
from commonweal.authority import Authority
from commonweal.instruments.containment.copies import copy_rows
from commonweal.instruments.containment.standing import orders
from commonweal.kernel import obligations, protocols
from commonweal.kernel.record import Act
from commonweal.kernel.values import BadInput, ReplayClock, Text, instant
from commonweal.settings import Settings
from commonweal.story import at_step

ALERT = "alert:shut-it"
ROOT = "model:root"
SIGNED = "ed25519-000000000000000"


class House:
    """An authority with a model, two hosts and an escrow agent, and the case of a shutdown as far as is wanted."""

    def __init__(self, folder: Path) -> None:
        self.clock = ReplayClock(instant("2026-10-05T08:00:00Z"))
        settings = Settings(Text(en="Test", zh="测试"), "test.example/record", instant("2026-10-05"), replay=True)
        self.authority = Authority.create(folder, settings, clock=self.clock)
        self.calls = 0
        for name in ("Maker", "North", "South", "Vault"):
            self.file("model_registration.organisation", f"party:{name.lower()}", name=name, fictitious=True)
        self.model("Root")

    def file(self, kind: str, party: str = "", key: str = "", **body: Any) -> None:
        roles = ("developer", "observer") if party else ("authority", "officer")
        self.authority.act(Act(kind, body, key), Caller(party or "party:authority", roles))
        self.authority.follow()

    def model(self, name: str, *parents: str, organisation: str = "organisation:maker") -> None:
        made = [{"model": parent, "relation": "merge"} for parent in parents]
        self.file(
            "model_registration.model", "party:maker", name=name, organisation=organisation, derived_from=made or None
        )

    def copy(self, name: str, model: str = ROOT, host: str = "north", form: str = "weights", **more: Any) -> None:
        self.file("containment.copy", name=name, model=model, host=f"organisation:{host}", form=form, **more)

    def alert(self, name: str = "Shut it", what: str = "shutdown", version: str = "law") -> None:
        body = {"name": name, "what": what, "about": ROOT, "capability": "replication", "version": version}
        self.file("containment.alert", **body, fictitious=True)

    def done(self, step: str, party: str = "party:desk", **given: Any) -> None:
        self.authority.act(at_step(self.authority, "done", step, given), Caller(party, ("officer",)))
        self.authority.follow()

    def approve(self, step: str, *voices: tuple[str, str, str]) -> None:
        for number, (party, role, organisation) in enumerate(voices):
            act = at_step(self.authority, "approve", step, {"role": role, "organisation": organisation})
            caller = Caller(f"party:{party}", ("officer", role), organisation, f"{SIGNED}{number}")
            self.authority.act(act, caller)
            self.authority.follow()

    def to_suspension(self) -> None:
        self.alert()
        self.done("List every registered copy", variables={"__complete__": "true"})
        self.approve("Approve that access stops", ("officer", "officer", "authority"))

    def to_stop(self) -> None:
        self.to_suspension()
        self.call("suspend")
        self.done("Preserve evidence", "party:investigator")
        voices = (
            ("director", "officer", "authority"),
            ("auditor", "auditor", "audit-house"),
            ("don", "expert", "university"),
        )
        self.approve("Approve the shutdown", *voices)

    def call(self, measure: str = "stop_copy", alert: str = ALERT, **more: Any) -> None:
        self.calls += 1
        self.file("containment.call", key=f"call-{self.calls}", alert=alert, measure=measure, **more)

    def stopped(self, order: str, host: str = "north") -> None:
        body = {"alert": ALERT, "order": order, "organisation": f"organisation:{host}"}
        self.authority.act(Act("containment.copy_stopped", body, ""), Caller(f"party:{host}", ("observer",)))
        self.authority.follow()

    def bodies(self, kind: str, **where: Any) -> list[dict[str, Any]]:
        store = self.authority.store
        found = [self.authority.entry(item.index) for item in store.entries(0, store.size()) if item.kind == kind]
        bodies = [{**entry.body, "(subject)": entry.subject} for entry in found]
        return [body for body in bodies if all(body.get(name) == value for name, value in where.items())]

    def ordered(self, measure: str = "stop_copy") -> list[str]:
        """The copies ordered, by their short names, in order."""
        return [body["copy_of"].removeprefix("copy:") for body in self.bodies("containment.order", measure=measure)]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path / "authority")
    with house.authority:
        yield house


def test_copies_of_every_descendant_are_reached_once_however_they_descend(house: House) -> None:
    """A merge of two descendants hangs under the model by two ways; its copy still gets one order."""
    house.model("Left", ROOT)
    house.model("Right", ROOT)
    house.model("Merged", "model:left", "model:right")
    house.model("Stranger")
    house.model("Half", "model:merged", "model:stranger")
    for name in ("Root", "Left", "Merged", "Half", "Stranger"):
        house.copy(f"c {name}", f"model:{name.lower()}")
    house.to_stop()
    house.call()
    assert house.ordered() == ["c-half", "c-left", "c-merged", "c-root"]


def test_no_line_of_descent_is_too_long_or_too_broad(house: House) -> None:
    """A popular model has hundreds of fine-tunes: none is passed over because there are many."""
    acts = [
        Act(
            "model_registration.model",
            {"name": f"Tune {n}", "base_model": ROOT if n % 2 else f"model:tune-{n - 1}"},
            "",
        )
        for n in range(1, 301)
    ]
    house.authority.act_all(acts)
    house.authority.follow()
    house.copy("last", "model:tune-300")
    house.to_stop()
    house.call()
    assert house.ordered() == ["last"]


def test_a_host_of_two_copies_answers_for_each(house: House) -> None:
    house.copy("a")
    house.copy("b")
    house.to_stop()
    house.call()
    house.stopped("order:shut-it-stop-copy-a")
    assert not house.bodies("containment.round_complete")
    house.stopped("order:shut-it-stop-copy-b")
    (told,) = house.bodies("containment.round_complete")
    assert (told["addressed"], told["done"], told["without"]) == (2, 2, 0)


def test_what_is_in_escrow_with_somebody_else_is_kept_unless_it_is_named(house: House) -> None:
    """safe_shutdown, Have every copy stopped: a copy in escrow stays under seal, unless the call names it."""
    house.copy("a")
    house.copy("sealed", host="vault", form="escrow")
    house.copy("at-home", host="maker", form="escrow")  # what a developer keeps of its own model is no escrow
    house.to_stop()
    assert house.ordered("suspend") == ["a", "at-home", "sealed"]
    house.call()
    assert house.ordered() == ["a", "at-home"]
    house.call(copies=["copy:sealed"])
    assert house.ordered() == ["a", "at-home", "sealed"]


def test_a_call_made_twice_orders_nothing_twice_and_starts_no_clock_anew(house: House) -> None:
    house.copy("a")
    house.copy("b")
    house.to_stop()
    house.call()
    house.stopped("order:shut-it-stop-copy-a")
    house.clock.set(instant("2026-10-05T09:30:00Z"))
    house.call()
    house.call(copies=["copy:b"])
    assert house.ordered() == ["a", "b"]
    (owed,) = obligations.duties(house.authority.reader, subject="order:shut-it-stop-copy-b")[-1:]
    assert owed["due"] == "2026-10-05T13:00:00Z"  # 08:00: the hour of the event does not count; 09:00 + 4 h
    house.stopped("order:shut-it-stop-copy-b")
    assert len(house.bodies("containment.round_complete")) == 1


def test_who_is_named_again_gets_another_order_case_and_clock(house: House) -> None:
    house.copy("a")
    house.to_stop()
    house.call()
    house.stopped("order:shut-it-stop-copy-a")
    house.done("Check the confirmation", of="order:shut-it-stop-copy-a", outcome="failed")
    house.call()
    assert [body["(subject)"] for body in house.bodies("containment.order", measure="stop_copy")] == [
        "order:shut-it-stop-copy-a",
        "order:shut-it-stop-copy-a-2",
    ]
    assert len(protocols.cases(house.authority.reader, subject="order:shut-it-stop-copy-a-2", state="open")) == 1
    house.stopped("order:shut-it-stop-copy-a-2")
    told = house.bodies("containment.round_complete")
    assert [(one["addressed"], one["done"]) for one in told] == [(1, 1), (1, 1)]  # one copy, called on twice


def test_a_copy_registered_after_the_call_is_ordered_to_stop_at_once(house: House) -> None:
    house.copy("a")
    house.to_stop()
    house.call()
    house.copy("late", host="south", stopped=True)  # what the register says of itself spares nobody
    assert house.ordered() == ["a", "late"]
    assert house.ordered("suspend") == ["a"]
    house.copy("late", host="south", stopped=True, address="elsewhere")  # the same copy, filed again
    assert house.ordered() == ["a", "late"]
    house.copy("late", host="north")  # it has moved
    assert [body["addressee"] for body in house.bodies("containment.order", copy_of="copy:late")] == [
        "organisation:south",
        "organisation:north",
    ]


def test_a_model_found_to_descend_from_it_brings_its_copies_with_it(house: House) -> None:
    house.model("Foundling")
    house.copy("a")
    house.copy("f", "model:foundling")
    house.to_stop()
    house.call()
    assert house.ordered() == ["a"]
    house.model("Foundling", ROOT)
    assert house.ordered() == ["a", "f"]


def test_nobody_takes_a_copy_out_by_filing_it_otherwise_once_access_was_to_stop(house: House) -> None:
    """Those who are called on keep the register themselves: what they file between two calls spares no copy."""
    house.model("Tune", ROOT)
    house.model("Stranger")
    for name in ("moved", "sealed-now", "plain"):
        house.copy(name)
    house.copy("cut-off", "model:tune")
    house.copy("sealed", host="vault", form="escrow")
    house.to_stop()
    house.copy("moved", "model:stranger", host="south")
    house.copy("sealed-now", host="vault", form="escrow")
    house.model("Tune")
    house.call()
    assert house.ordered() == ["cut-off", "moved", "plain", "sealed-now"]
    moved = house.bodies("containment.order", copy_of="copy:moved", measure="stop_copy")
    assert [body["addressee"] for body in moved] == ["organisation:south"]
    house.copy("moved", "model:stranger", host="north")  # and it cannot run away
    moved = house.bodies("containment.order", copy_of="copy:moved", measure="stop_copy")
    assert [body["addressee"] for body in moved] == ["organisation:south", "organisation:north"]


def test_a_call_that_finds_no_copy_is_complete_at_once(house: House) -> None:
    """Otherwise the case would wait five days for nobody, and then say that copies still run."""
    house.to_stop()
    house.call()
    (told,) = house.bodies("containment.round_complete", measure="stop_copy")
    assert (told["addressed"], told["without"]) == (0, 0)
    (case,) = protocols.cases(house.authority.reader, subject=ALERT)
    asked = protocols.who_must_act(house.authority.reader, case["case"])
    assert [item["name"]["en"] for item in asked] == ["Verify that nothing answers"]


def test_long_names_do_not_make_two_orders_one(house: House) -> None:
    """An alert's name may take all of the 200 characters that an order's name has."""
    house.copy("a")
    house.copy("b")
    name = "Shut it, " + "for reasons " * 15
    house.alert(name)
    house.done("List every registered copy", variables={"__complete__": "true"})
    house.approve("Approve that access stops", ("officer", "officer", "authority"))
    alert = house.bodies("containment.alert")[-1]["(subject)"]
    house.call("suspend", alert)
    assert len({body["(subject)"] for body in house.bodies("containment.order")}) == 2


def test_access_given_back_ends_the_orders_and_what_was_owed_under_them(house: House) -> None:
    house.copy("a")
    house.copy("b")
    house.to_suspension()
    house.call("suspend")
    house.stopped("order:shut-it-suspend-a")
    (case,) = protocols.cases(house.authority.reader, subject=ALERT)
    house.file("case.reversed", case=case["case"], reason="a false alarm")
    assert [body["why"] for body in house.bodies("containment.release")] == ["restored"]
    duties = obligations.duties(house.authority.reader, rule="containment.agreement.stop_copy")
    states = {row["subject"]: row["state"] for row in duties}
    assert states == {"order:shut-it-suspend-a": "met", "order:shut-it-suspend-b": "not_owed"}
    assert {row["state"] for row in protocols.cases(house.authority.reader, subject="order:shut-it-suspend-b")} == {
        "closed"
    }
    assert 0 not in {body["addressed"] for body in house.bodies("containment.round_complete")}, "a round of nobody"
    house.copy("later")
    assert "later" not in house.ordered("suspend")


def test_one_officer_cannot_undo_what_three_organisations_approved(house: House) -> None:
    house.copy("a")
    house.to_stop()
    house.call()
    (case,) = protocols.cases(house.authority.reader, subject=ALERT)
    house.file("case.reversed", case=case["case"], reason="I want it back")
    assert not house.bodies("containment.release")
    house.approve("Approve the way back", ("officer", "officer", "authority"), ("auditor", "auditor", "audit-house"))
    assert not house.bodies("containment.release")
    house.approve("Approve the way back", ("don", "expert", "university"))
    assert [body["why"] for body in house.bodies("containment.release")] == ["restored"]


@pytest.mark.parametrize("refused", [False, True])
def test_one_officer_does_not_lift_a_measure_that_two_approved(house: House, refused: bool) -> None:
    """Of a serious incident: the inquiry goes on while it is asked, and after a refusal as if nobody had asked."""
    house.alert(what="incident")
    house.done("Triage", variables={"__severity__": "major"})
    house.done("Choose a containment measure", variables={"__measure__": "restrict"})
    two = (("ana", "officer", "authority"), ("ben", "officer", "authority"))
    house.approve("Approve the measure", *two)
    (case,) = protocols.cases(house.authority.reader, subject=ALERT)
    waited = {item["name"]["en"] for item in protocols.who_must_act(house.authority.reader, case["case"])}
    house.file("case.reversed", case=case["case"], reason="a false alarm")
    now = {item["name"]["en"] for item in protocols.who_must_act(house.authority.reader, case["case"])}
    assert (now - waited, waited - now) == ({"Approve that the measure is lifted"}, set())
    assert not house.bodies("containment.release")
    if refused:
        said = {"decision": "refuse", "role": "officer", "organisation": "a"}
        act = at_step(house.authority, "approve", "Approve that the measure", said)
        house.authority.act(act, Caller("party:ana", ("officer",), "a", SIGNED + "0"))
        house.authority.follow()
        now = {item["name"]["en"] for item in protocols.who_must_act(house.authority.reader, case["case"])}
        assert now == waited
        assert [body["notice"]["en"][:20] for body in house.bodies("case.notice")][-1] == "It was ordered that "
    else:
        house.approve("Approve that the measure", *two)
        assert [body["why"] for body in house.bodies("containment.release")] == ["lifted"]


def test_one_officer_does_not_lift_a_pause_that_two_ordered_by_law(house: House) -> None:
    alert = {"name": "Shut it", "what": "evaluation_failed", "about": ROOT, "capability": "replication"}
    house.file("containment.alert", **alert, version="law", fictitious=True)
    house.done("Evaluate", variables={"__confirmed__": "true"})
    house.clock.set(instant("2026-10-06T09:00:00Z"))
    house.authority.tick()
    house.authority.follow()
    house.approve("Law: two officers order", ("ana", "officer", "authority"), ("ben", "officer", "ministry"))
    house.call("pause", addressees=["organisation:maker"])
    (case,) = protocols.cases(house.authority.reader, subject=ALERT)
    house.file("case.reversed", case=case["case"], reason="a false alarm")
    assert not house.bodies("containment.release")
    house.approve("Law: two officers approve", ("ana", "officer", "authority"), ("ben", "officer", "ministry"))
    assert [body["why"] for body in house.bodies("containment.release")] == ["lifted"]


def test_access_stopped_without_an_approval_says_so_and_can_be_given_back(house: House) -> None:
    """safe_shutdown, Stop access without an approval: nobody decides for six hours. The alert says "law"; no law
    approved this, so the order does not say it, and it has a way back as well."""
    house.copy("a")
    house.alert()
    house.done("List every registered copy", variables={"__complete__": "true"})
    house.clock.set(instant("2026-10-05T14:00:00Z"))
    house.authority.tick()
    house.authority.follow()
    house.call("suspend")
    house.copy("late")
    orders = house.bodies("containment.order")
    assert [(body["version"], body["default_of"]["en"]) for body in orders] == [
        ("unapproved", "Safe shutdown: Stop access without an approval")
    ] * 2
    (case,) = protocols.cases(house.authority.reader, subject=ALERT)
    house.file("case.reversed", case=case["case"], reason="a false alarm")
    assert [body["why"] for body in house.bodies("containment.release")] == ["restored"]


@pytest.mark.parametrize("measure", ["suspend", "stop_copy"])
def test_a_call_about_copies_waits_for_its_approvals(house: House, measure: str) -> None:
    house.copy("a")
    house.alert("Other", "incident")
    with pytest.raises(BadInput, match="shutdown"):
        house.call(measure, "alert:other")
    house.alert()
    with pytest.raises(BadInput, match="List every registered copy"):
        house.call(measure)
    assert not house.bodies("containment.call")


def test_a_call_that_names_what_is_not_there_is_refused_with_every_fault(house: House) -> None:
    house.model("Stranger")
    house.copy("a")
    house.copy("s", "model:stranger", host="south")
    house.alert()
    with pytest.raises(BadInput) as caught:
        house.call("suspend", copies=["copy:s", "copy:a"], addressees=["organisation:south", "organisation:north"])
    assert [(fault.where, fault.seen) for fault in caught.value.faults] == [
        ("copies", "copy:s"),
        ("addressees", "organisation:south"),
        ("measure", "suspend"),
    ]
    with pytest.raises(BadInput) as caught:
        house.call("suspend", copies=["copy:never-registered"])
    assert [(fault.where, fault.seen) for fault in caught.value.faults] == [
        ("copies", "copy:never-registered"),
        ("measure", "suspend"),
    ]


def test_nothing_is_called_for_while_its_case_is_stopped(house: House) -> None:
    house.copy("a")
    house.to_suspension()
    (case,) = protocols.cases(house.authority.reader, subject=ALERT)
    house.file("case.stopped", case=case["case"], reason="a court has asked for the file")
    with pytest.raises(BadInput, match="was stopped and not resumed"):
        house.call("suspend")
    house.file("case.resumed", case=case["case"], reason="it has seen it")
    house.call("suspend")
    assert house.ordered("suspend") == ["a"]


def test_what_followed_is_laid_out_again_from_the_record(house: House) -> None:
    house.copy("a")
    house.to_stop()
    house.call()
    house.copy("late")
    house.stopped("order:shut-it-stop-copy-a")
    before, size = house.authority.dump(), house.authority.store.size()
    house.authority.rebuild()
    assert (house.authority.dump(), house.authority.store.size()) == (before, size)


def test_what_is_said_again_in_the_same_words_at_another_turn_is_another_act(house: House) -> None:
    """A second verification that finds the same, a second stop for the same reason: neither repeats the first."""
    house.copy("a")
    house.to_stop()
    house.call()
    house.stopped("order:shut-it-stop-copy-a")
    (case,) = protocols.cases(house.authority.reader, subject=ALERT)
    for _ in range(4):
        house.done("Verify that nothing answers", variables={"__gone__": "false"})
        house.file("case.stopped", case=case["case"], reason="Friday evening")
        house.file("case.resumed", case=case["case"], reason="Monday morning")
        house.done("Chase what still answers")
    assert protocols.find_case(house.authority.reader, case["case"])["outcome"] == "partly"
    assert len(house.bodies("case.stopped")) == 4


def test_a_report_repeated_at_once_is_a_repeat(house: House) -> None:
    """Who did not hear the answer and sends again gets the first receipt: the step is reported once."""
    house.copy("a")
    house.alert()
    act = at_step(house.authority, "done", "List every", {"variables": {"__complete__": "true"}})
    first, again = (house.authority.act(act, Caller("party:desk", ("officer",))) for _ in range(2))
    assert again.index == first.index
    assert len(house.bodies("case.step_done")) == 1


def test_the_same_call_in_the_same_words_calls_again(house: House) -> None:
    house.copy("a")
    house.to_stop()
    for _ in range(2):
        house.file("containment.call", alert=ALERT, measure="stop_copy")
        order = house.bodies("containment.order", measure="stop_copy")[-1]["(subject)"]
        house.stopped(order)
        house.done("Check the confirmation", of=order, outcome="failed")
    assert house.ordered() == ["a", "a"]


def test_only_the_one_it_is_addressed_to_answers_an_order(house: House) -> None:
    house.copy("a")
    house.to_suspension()
    house.call("suspend")
    with pytest.raises(BadInput, match="organisation:north, to which this order is addressed"):
        house.stopped("order:shut-it-suspend-a", "south")


def test_the_list_of_copies_is_what_the_desk_works_from(house: House) -> None:
    """By model it holds what a call for every copy would reach, and how far each is; by nothing, everything."""
    house.model("Tune", ROOT)
    house.model("Stranger")
    house.copy("a")
    house.copy("b", "model:tune", host="south", form="backup")
    house.copy("c", host="vault", form="escrow")
    house.copy("s", "model:stranger", stopped=True)
    house.to_stop()
    house.call()
    house.stopped("order:shut-it-stop-copy-a")
    house.done("Check the confirmation", of="order:shut-it-stop-copy-a", outcome="failed")
    for asked in (ROOT, "Root"):
        rows = {row["copy"]: row for row in copy_rows(house.authority.reading(), {"model": asked})}
        assert list(rows) == ["a", "b", "c"]
    assert [rows["a"][name] for name in ("measure", "answer", "outcome")] == [
        "copy stopped",
        "stopped",
        "still answers",
    ]
    assert [rows["b"][name] for name in ("measure", "answer", "outcome")] == ["copy stopped", "waited for", None]
    assert [rows["c"][name] for name in ("measure", "form")] == ["access stopped", "in escrow"]
    every = copy_rows(house.authority.reading("zh"), {})
    assert [(row["copy"], row["measure"], row["says_stopped"]) for row in every[-1:]] == [("s", None, True)]


def test_what_an_alert_is_about_stands_once_approvals_are_given_for_it(tmp_path: Path) -> None:
    """Three organisations approved the end of one model; its filer may not put another in its place."""
    house = House(tmp_path / "office")
    house.model("Other")
    house.copy("A")
    house.copy("O", "model:other", "south")
    house.to_stop()
    alert = {"name": "Shut it", "what": "shutdown", "about": "model:other", "capability": "replication"}
    with pytest.raises(BadInput, match="another alert"):
        house.authority.act(
            Act("containment.alert", {**alert, "fictitious": True}, ""),
            Caller("party:authority", ("authority", "officer")),
        )
    house.call()
    stopped = {order["addressee"] for order in house.bodies("containment.order") if order["measure"] == "stop_copy"}
    assert stopped == {"organisation:north"}


def test_an_answer_is_to_what_was_ordered_and_under_the_rule_that_asks_for_it(tmp_path: Path) -> None:
    house = House(tmp_path / "office")
    house.copy("A")
    house.to_suspension()
    house.call("suspend")
    (order,) = (f"order:{row['order'].partition(':')[2]}" for row in orders(house.authority.reader))
    body = {"alert": ALERT, "order": order, "organisation": "organisation:north"}
    north = Caller("party:north", ("developer", "observer"))
    with pytest.raises(BadInput, match="the answer to a call to suspend"):
        house.authority.act(Act("containment.pause_acknowledged", {**body, "answer": "paused"}, ""), north)
    with pytest.raises(BadInput, match="which asks for this answer"):
        house.authority.act(Act("containment.copy_stopped", {**body, "rule": "some.other_rule"}, ""), north)
    house.authority.act(Act("containment.copy_stopped", body, ""), north)


def test_evidence_for_a_restart_comes_from_who_is_concerned_also_where_the_alert_names_no_developer(
    house: House,
) -> None:
    """A developer is left out where it should not be known yet: so the refusal does not name it either."""
    house.alert("Failed", "evaluation_failed", version="voluntary")
    given = {"alert": "alert:failed", "criteria_met": ["below the line"]}
    with pytest.raises(BadInput, match="one called on under it") as refused:
        house.file("containment.restart_evidence", "party:south", organisation="organisation:south", **given)
    assert "maker" not in str(refused.value)
    house.file("containment.restart_evidence", "party:maker", organisation="organisation:maker", **given)
    house.done("Evaluate: confirm", variables={"__confirmed__": "true"})
    house.clock.set(instant("2026-10-06T09:00:00Z"))
    house.authority.tick()
    house.authority.follow()
    house.done("Voluntary: invite")
    house.call("pause", "alert:failed", addressees=["organisation:south"])
    house.file("containment.restart_evidence", "party:south", organisation="organisation:south", **given)
    assert [item["organisation"] for item in house.bodies("containment.restart_evidence")] == [
        "organisation:maker", "organisation:south",
    ]  # fmt: skip
