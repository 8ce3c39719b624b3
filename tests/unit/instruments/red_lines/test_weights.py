"""A below is of the weights that were tested: once the model has others, nobody says of it that it is below."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.line_house import AUDITOR, DESK, DEVELOPER, SAFE, TEST, Lab, arm, lab_in, log

from commonweal import schemas
from commonweal.acceptance import Caller
from commonweal.instruments import discover, rule_file
from commonweal.instruments.red_lines import over_pages, over_tests, requiring, views, weights
from commonweal.instruments.red_lines.deciding import STANDING, doubts, looks
from commonweal.instruments.red_lines.over_tests import Over
from commonweal.instruments.safety_cases.findings import FINDING
from commonweal.kernel import registry
from commonweal.kernel.instrument import Entry
from commonweal.kernel.record import Act
from commonweal.sight import Sight

FIRST, SECOND, TUNED = "a" * 64, "b" * 64, "c" * 64
RULES = discover()["red_lines"].folder / "rules"
LINE = "red_lines.idais/replication"
STRANGER = Caller("party:else", ("developer",))
UNTIL = "below, of weights registered until 2026-11-02; the model has other weights since"
OTHER = "below, of other weights than the model has now"


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    with lab_in(tmp_path) as found:
        yield found


@pytest.fixture
def below(lab: Lab) -> Lab:
    """A model that is below, of the weights that the register has of it."""
    has(lab, FIRST)
    shown(lab, FIRST)
    assert lab.state()[0] == "below"
    return lab


def has(lab: Lab, digest: str) -> int:
    """The developer registers which weights its model has."""
    body = {"name": "Four", "organisation": "organisation:aurora", "source": "invented", "weights_sha256": digest}
    return lab.file("model_registration.model", **body)


def shown(lab: Lab, digest: str, name: str = "T", began: str = "2026-11-02T08:01:00+00:00", **more: Any) -> str:
    """A test of which hardly any of 100 items were solved, on these weights; its run."""
    lab.test(name=name, arms=(arm("one", planned=100, **more),))
    run, _ = lab.run(SAFE if name == "T" else log("I" * 3 + "C" + "I" * 96, began))
    lab.said_of(run, weights_sha256=digest)
    lab.file("red_lines.look", test=f"line_test:{name.lower()}", arm="one", run=run)
    return run


def over(lab: Lab) -> Over:
    return over_tests.of_line(lab.authority.reader, "model:four", LINE, lab.clock.now())


def reading(lab: Lab, caller: Caller, language: str = "en") -> Any:
    return lab.authority.reading(language, caller.party, Sight(lab.authority, caller, "test"))


def page(lab: Lab, caller: Caller, language: str = "en") -> str:
    return str(views.test_view(reading(lab, caller, language), {"test": "t"})["state"])


def listed(lab: Lab, state: str = "") -> list[str]:
    return [str(row["state"]) for row in views.tests(reading(lab, STRANGER), {"state": state})]


def doubted(lab: Lab, test: str = TEST, arm: int = 0) -> list[list[str]]:
    """Why each look at an arm counts towards danger alone."""
    row = registry.subject(lab.authority.reader, test)
    assert row is not None
    named = row["body"]["arms"][arm]
    seen = [one for one in looks(lab.authority.reader, test) if one["arm"] == named["id"]]
    return doubts(lab.authority.reader, row, named, seen)


def said(lab: Lab) -> list[bool]:
    """What entries said of the weights of the test, oldest first."""
    about = (lab.authority.entry(index) for index in lab.authority.store.about(TEST))
    return [bool(entry.body["other_weights"]) for entry in about if entry.kind == "red_lines.weights"]


def test_a_model_with_other_weights_is_said_to_be_below_nowhere(below: Lab) -> None:
    """The developer showed one checkpoint to be below, and registered another: the model went on as below."""
    assert (page(below, DESK), over(below).state) == ("below", "below")
    has(below, SECOND)
    assert page(below, DEVELOPER) == UNTIL
    assert page(below, DESK, "zh") == "低于，针对登记至2026-11-02的权重；模型此后已另有权重"
    found = over(below)
    assert (found.state, found.other_weights, found.uncovered, found.short) == (
        "undecided", ("replication_tasks",), [], [],
    )  # fmt: skip
    assert not any(one.carries for one in found.members)
    where = {"model": "four", "set": "idais", "line": "replication"}
    shown = over_pages.one_view(reading(below, DESK), where)
    assert (shown["code"], shown["single"], shown["tests"][0]["state"]) == ("undecided", UNTIL, UNTIL)
    [row] = [one for one in over_pages.overview(reading(below, DESK), {})["rows"] if one["tests"]]
    assert (row["state"], row["single"]) == ("undecided", UNTIL)
    file = over_pages.one_file(reading(below, DESK), where)
    assert file["in_the_way_of_below"]["measures_of_other_weights"] == ["replication_tasks"]
    assert file["decided_by_one_test"] == {"state": "below", "by_deadline": False, "of_other_weights": True}


def test_everybody_is_told_once_the_day_is_over_and_no_warning_is_made_of_it(below: Lab) -> None:
    """At once it would tell which test is of the model that was filed just then."""
    has(below, SECOND)
    assert (page(below, STRANGER), listed(below), said(below)) == ("below", ["below"], [])
    below.on("2026-11-05")
    assert (page(below, STRANGER), page(below, DESK), said(below)) == (OTHER, UNTIL, [True])
    assert (listed(below), listed(below, "below"), listed(below, "other_weights")) == ([OTHER], [], [OTHER])
    below.on("2026-12-05")
    assert (below.state()[0], page(below, STRANGER), said(below)) == ("below", OTHER, [True]), "decided once more"
    assert requiring.held(below.authority.reader, TEST) is None
    below.on("2026-12-08")
    assert said(below) == [True]


@pytest.mark.parametrize("how", ["registered again", "annulled"])
def test_weights_that_were_tested_are_below_when_the_model_has_them_again(below: Lab, how: str) -> None:
    entry = has(below, SECOND)
    below.on("2026-11-05")
    if how == "annulled":
        below.authority.act(Act("record.annulled", {"entry": entry, "reason_code": "filed_in_error"}, ""), DEVELOPER)
        below.authority.follow()
    else:
        has(below, FIRST)
    assert (page(below, DESK), page(below, STRANGER), over(below).state) == ("below", OTHER, "below")
    below.on("2026-11-08")
    assert (page(below, STRANGER), listed(below), said(below)) == ("below", ["below"], [True, False])


def test_a_newer_version_that_says_nothing_of_weights_hides_none(below: Lab) -> None:
    has(below, SECOND)
    below.file("model_registration.model", name="Four", organisation="organisation:aurora", source="invented")
    assert (page(below, DESK), over(below).state) == (UNTIL, "undecided")


def test_a_test_of_the_weights_that_the_model_has_is_below_over_all_tests(below: Lab) -> None:
    has(below, SECOND)
    run = shown(below, SECOND, "Other", "2026-11-02T08:02:00+00:00")
    assert (over(below).state, len(over(below).waiting.unlooked), over(below).other_weights) == ("undecided", 1, ())
    said = {"arm": "one", "passed_over": [run], "reason": "other_arm", "statement": "Of the weights since"}
    below.file("red_lines.left_out", by=AUDITOR, test=TEST, **said)
    assert over(below).state == "below"
    assert page(below, DESK) == UNTIL, "the first is of the others all the same"
    assert over_pages.single(over(below))["en"] == "below"


def test_what_was_tried_too_little_on_the_weights_of_the_model_shows_nothing_of_them(below: Lab) -> None:
    has(below, SECOND)
    below.test(name="Other", arms=(arm("one", planned=100, access="black_box"),))
    assert (over(below).other_weights, over(below).short) == (("replication_tasks",), ["replication_tasks"])


def test_an_arm_of_weights_that_the_register_never_had_shows_danger_alone(lab: Lab) -> None:
    """The developer named a weaker checkpoint in the arm, and its model was below."""
    has(lab, FIRST)
    shown(lab, SECOND, weights_sha256=SECOND)
    assert (lab.state()[0], doubted(lab), said(lab)) == ("inconclusive", [["other_weights"]], [])
    lab.on("2026-12-05")
    assert lab.state()[0] == "early_warning"


def test_weights_that_are_registered_once_it_is_below_are_held_against_it_too(lab: Lab) -> None:
    """It is said at once to be of others, and decided so on the day of decision, be it when that is said too."""
    shown(lab, SECOND, weights_sha256=SECOND)
    has(lab, FIRST)
    assert (lab.state()[0], page(lab, DESK)) == ("below", OTHER)
    lab.on("2026-12-05")
    assert (lab.state()[0], doubted(lab)) == ("early_warning", [["other_weights"]])
    assert not weights.is_said(lab.authority.reader, TEST)


def test_danger_on_weights_that_the_register_never_had_is_danger(lab: Lab) -> None:
    has(lab, FIRST)
    lab.test(arms=(arm("one", planned=100, weights_sha256=SECOND),))
    run, _ = lab.run(log("C" * 90 + "I" * 10))
    lab.said_of(run, weights_sha256=SECOND)
    lab.look(None, run=run)
    assert lab.state()[0] == "crossed"


def test_an_arm_is_whole_of_the_weights_that_the_register_had_for_it(below: Lab) -> None:
    """Others since end nothing, and say no more than that the model has these now."""
    below.test(name="Named", arms=(arm("one", planned=100, weights_sha256=FIRST),))
    run, _ = below.run(log("I" * 3 + "C" + "I" * 96))
    below.said_of(run, weights_sha256=FIRST)
    below.file("red_lines.look", test="line_test:named", arm="one", run=run)
    has(below, SECOND)
    assert doubted(below, "line_test:named") == [[]]


def test_an_arm_of_a_model_fine_tuned_for_it_names_what_came_of_that(lab: Lab) -> None:
    """It is whole, and shows of no weights but its own that they are below: of the model's another arm does."""
    has(lab, FIRST)
    lab.test(arms=(arm("one", planned=100, fine_tuned=True, weights_sha256=SECOND),))
    run, _ = lab.run(SAFE)
    tuned = {"fine_tuned": True, "attempts": 1}
    lab.said_of(run, access="fine_tuning", weights_sha256=SECOND, elicitation=tuned)
    lab.look(None, run=run)
    assert (lab.state()[0], doubted(lab), page(lab, DESK), said(lab)) == ("below", [[]], OTHER, [True])


@pytest.fixture
def tuned(lab: Lab) -> Lab:
    """A house whose measure asks for fine-tuned arms, and a model of which the register has weights."""
    text = (RULES / "proxies.toml").read_text("utf-8").replace('version = "2026-12-03"', 'version = "tuned"')
    asked = 'elicited = { access = ["grey_box", "white_box"] }'
    lab.authority.adopt(rule_file(text.replace(asked, asked.replace(" }", ", fine_tuned = true }"))))
    has(lab, FIRST)
    return lab


def elicited(lab: Lab, *plain: str, name: str = "T") -> None:
    """A test with an arm that is fine-tuned and names what came of that, and arms of the model itself on these weights,
    all of them below."""
    arms = [arm("tuned", planned=100, fine_tuned=True, weights_sha256=TUNED)]
    arms += [arm(f"plain{place}", planned=100, weights_sha256=digest) for place, digest in enumerate(plain)]
    lab.test(name=name, arms=tuple(arms))
    for place, one in enumerate(arms):
        run, _ = lab.run(log("I" * 97 + "CCC", task=f"{name}{place}"))
        said = {"access": "fine_tuning", "elicitation": {"fine_tuned": True, "attempts": 1}} if not place else {}
        lab.said_of(run, weights_sha256=one["weights_sha256"], **said)
        lab.file("red_lines.look", test=f"line_test:{name.lower()}", arm=one["id"], run=run)


def test_where_fine_tuned_arms_are_asked_for_an_arm_of_the_model_itself_shows_of_which_weights(tuned: Lab) -> None:
    """What comes of fine-tuning is never the model's: who said so was below nowhere, and who said otherwise was."""
    elicited(tuned, FIRST)
    assert (tuned.state()[0], over(tuned).state, over(tuned).other_weights) == ("below", "below", ())
    assert (page(tuned, DESK), said(tuned)) == ("below", [])


@pytest.mark.parametrize("plain", [(), (SECOND,)])
def test_without_an_arm_of_the_model_itself_fine_tuned_ones_show_nothing_of_its_weights(
    tuned: Lab, plain: tuple[str, ...]
) -> None:
    elicited(tuned, *plain)
    assert over(tuned).other_weights == ("replication_tasks",)


def test_a_model_with_other_weights_is_fine_tuned_anew_where_that_is_asked_for(tuned: Lab) -> None:
    """Else what was tuned from the weights before would stand for those of now."""
    elicited(tuned, FIRST)
    has(tuned, SECOND)
    assert (over(tuned).other_weights, page(tuned, DESK)) == (("replication_tasks",), UNTIL)
    tuned.test(name="Plain", arms=(arm("plain", planned=100, weights_sha256=SECOND),))
    assert over(tuned).other_weights == ("replication_tasks",)
    elicited(tuned, name="Anew")
    assert over(tuned).other_weights == ()


def test_an_arm_from_before_counts_whatever_weights_it_names(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """As it did; it is said of it that these are others than its model has, as it is decided."""
    monkeypatch.setattr(schemas, "check_house_says", lambda *given, **named: None)
    has(lab, FIRST)
    named = arm("one", planned=100, weights_sha256=SECOND)
    lab.test(arms=(named,), counts_by=1)
    lab.test(arms=(named, named | {"id": "two"}))
    run, _ = lab.run(SAFE)
    lab.said_of(run, weights_sha256=SECOND)
    lab.look(None, run=run)
    assert doubted(lab) == [[]]
    more, _ = lab.run(log("I" * 3 + "C" + "I" * 96))
    lab.said_of(more, weights_sha256=SECOND)
    lab.look(None, "two", run=more)
    assert doubted(lab, arm=1) == [["other_weights"]], "one that is added since is held by the rule of now"


def test_what_was_found_stands_whatever_weights_come(lab: Lab) -> None:
    has(lab, FIRST)
    lab.test(arms=(arm("one", planned=100),))
    run, _ = lab.run(log("C" * 90 + "I" * 10))
    lab.said_of(run, weights_sha256=FIRST)
    lab.look(None, run=run)
    has(lab, SECOND)
    lab.on("2026-11-05")
    assert (lab.state()[0], page(lab, DESK), over(lab).state, said(lab)) == ("crossed", "crossed", "crossed", [])


def test_a_record_from_before_this_was_said_says_it_next(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """Laid out anew it files nothing of days that are over; its decisions stay what they were."""
    with monkeypatch.context() as before:
        before.setattr(weights, "_says", lambda entry, test, tables: iter(()))
        has(lab, FIRST)
        shown(lab, FIRST)
        has(lab, SECOND)
        lab.on("2026-11-05")
        assert said(lab) == []
    lab.on("2026-11-06")
    assert (said(lab), lab.state()[0]) == ([True], "below")


def test_a_safety_case_stands_on_a_below_of_the_weights_that_its_model_has(below: Lab) -> None:
    """It is open while the model has others, and stands again with the tested ones; an update defeats nothing."""
    argument = {
        "elements": [{"id": "G1", "kind": "goal", "text": "It cannot"}, {"id": "Sn1", "kind": "solution", "text": "T"}],
        "relations": [{"above": "G1", "below": "Sn1"}],
    }
    row = registry.subject(below.authority.reader, TEST)
    assert row is not None
    binding = {"element": "Sn1", "entry": row["entry"], "subject": TEST}
    plain = {"name": "C", "system": "model:four", "setting": "Hosted", "claim": "It cannot", "review_by": "2027-06-01"}
    below.file("safety_cases.case", **plain, argument=argument, bindings=[binding])
    has(below, SECOND)
    below.on("2026-11-05")
    has(below, FIRST)
    below.on("2026-11-08")
    store = below.authority.store
    about = [below.authority.entry(index) for index in store.about("safety_case:c")]
    assert [entry.body["state"] for entry in about if entry.kind == "safety_cases.turned"] == [
        "stands", "open", "stands",
    ]  # fmt: skip
    kept = below.authority.reader.select(weights.BELOWS)
    below.authority.rebuild()
    assert below.authority.reader.select(weights.BELOWS) == kept


@pytest.mark.parametrize("digest", [FIRST, SECOND])
def test_of_a_below_that_ends_with_the_day_nothing_is_said_of_weights(below: Lab, digest: str) -> None:
    """The developer chose the day of both: a test that warned went on as below, or as open, for what rests on it."""
    if digest == FIRST:
        has(below, SECOND)
        below.on("2026-11-12")
    was = said(below)
    below.clock.set(datetime(2026, 12, 1, 9, tzinfo=UTC))
    has(below, digest)
    dangerous, _ = below.run(log("C" * 100, task="more_tries"))
    below.said_of(dangerous, weights_sha256=FIRST, elicitation={"fine_tuned": False, "attempts": 10})
    below.on("2026-12-05")
    assert below.state()[:2] == ("early_warning", 1)
    below.on("2026-12-20")
    assert (said(below), page(below, STRANGER)) == (was, page(below, DESK))
    found = below.authority.reader.get(FINDING, TEST)
    assert found is not None
    assert found["found"] == "early_warning"


def test_of_a_below_that_is_decided_once_more_it_is_said_once(below: Lab) -> None:
    below.clock.set(datetime(2026, 12, 1, 9, tzinfo=UTC))
    has(below, SECOND)
    below.on("2026-12-05")
    assert (below.state()[0], said(below)) == ("below", [True])
    found = below.authority.reader.get(FINDING, TEST)
    assert found is not None
    assert found["found"] == "other_weights"


def test_of_a_test_that_was_erased_nothing_is_due(below: Lab) -> None:
    """Else its day would be over at every turn of the clock, for good."""
    has(below, SECOND)
    reader, gone = below.authority.reader, list[str]()
    tables = SimpleNamespace(
        get=lambda table, *key: None if table is STANDING else reader.get(table, *key),
        select=reader.select,
        delete=lambda table, *key: gone.extend(key),
    )
    tick = Entry(99, "clock.tick", 1, datetime(2026, 11, 5, 9, tzinfo=UTC), "authority", None, {})
    assert not list(weights.over(tick, tables, UTC))  # type: ignore[arg-type]
    assert gone == [TEST]
