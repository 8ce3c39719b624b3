from __future__ import annotations

import json
from pathlib import Path

import pytest

from commonweal.kernel.protocols.lints import lint, load
from commonweal.kernel.protocols.playbooks import EXTENSION
from commonweal.kernel.protocols.reading import read
from commonweal.kernel.values import BadInput, RuleFault
from plays import APPROVED, AWAITING, book, named, sid, step

CYCLE = (
    step("start", "action.a"),
    step("action.a", "action.b"),
    step("action.b", "end", on_failure="@action.a"),
    step("end"),
)


def codes(text: str) -> list[str]:
    return [fault.code for fault in lint(read(text))]


def only(text: str) -> tuple[str, str]:
    """The one fault of a playbook, as (code, where)."""
    faults = lint(read(text))
    assert len(faults) == 1, [str(fault) for fault in faults]
    return faults[0].code, faults[0].where


def with_ext(ext: dict[str, object], **more: object) -> str:
    return book(step("start", "action.a"), step("action.a", "end", ext, **more), step("end"))


def test_good_playbooks_have_no_faults() -> None:
    assert lint(read(book(*APPROVED))) == []
    assert lint(read(book(*AWAITING))) == []


def test_unknown_content_comes_back_unchanged() -> None:
    # what we do not execute may matter to the next reader
    text = book(*APPROVED, x_own={"nested": [1, 2.5, None]}, signatures=[{"type": "jss"}])
    assert read(text).to_json() == json.loads(text)


def test_the_document_given_out_is_the_callers_own() -> None:
    playbook = read(book(*APPROVED))
    playbook.to_json()["workflow"].clear()
    assert playbook.to_json()["workflow"]


def test_texts_are_bilingual_where_the_extension_says_so() -> None:
    text = book(
        step("start", "action.a"),
        step("action.a", "end", {"texts": {"zh": {"name": "核对", "commands": ["请核对"]}}}),
        step("end"),
    )
    action = load(text).steps[sid("action.a")]
    assert (action.name["en"], action.name["zh"]) == ("a", "核对")
    assert action.commands[0].text == {"en": "do a", "zh": "请核对"}
    assert load(text).steps[sid("end")].name["zh"] == "end"


def test_a_playbook_is_pinned_by_the_digest_of_its_text() -> None:
    one, two = book(*APPROVED), book(*APPROVED, name="Another")
    assert read(one) == read(one)
    assert read(one) != read(two)


@pytest.mark.parametrize("text", ["[]", "7", '{"type": "bundle"}'])
def test_what_is_no_playbook_is_refused(text: str) -> None:
    with pytest.raises(RuleFault, match="playbook"):
        read(text)


def test_deep_json_is_refused_before_it_is_read() -> None:
    with pytest.raises(BadInput):
        read("[" * 1000 + "]" * 1000)


def test_every_fault_is_named_at_once() -> None:
    text = book(
        step("start", "action.a"),
        step("action.a", "action.gone", {"approval": {"n": 0, "of_roles": [], "typo": 1}}, timeout=-5),
        step("action.lost", "end"),
        step("end"),
        spec_version="cacao-1.0",
    )
    with pytest.raises(RuleFault) as caught:
        load(text)
    found = {fault.code for fault in caught.value.faults}
    assert {"dangling", "nobody", "count", "unknown_field", "invalid"} <= found


def test_dangling_steps_are_named() -> None:
    text = book(step("start", "action.a"), step("action.a", "end.gone"), step("end"))
    assert only(text) == ("dangling", f"workflow.{sid('action.a')}.on_completion")


def test_unreachable_steps_are_named() -> None:
    text = book(step("start", "action.a"), step("action.a", "end"), step("action.lost", "end"), step("end"))
    assert only(text) == ("unreachable", f"workflow.{sid('action.lost')}.type")


def test_a_playbook_needs_a_start_and_an_end() -> None:
    text = book(step("action.a", "action.a"), workflow_start="@action.a")
    assert {"start", "end"} <= set(codes(text))


@pytest.mark.parametrize("workflow", [None, [], "steps", {"x": 3}])
def test_a_workflow_of_the_wrong_shape_is_a_fault_not_a_crash(workflow: object) -> None:
    assert lint(read(book(*APPROVED, workflow=workflow)))


def test_a_loop_without_a_bound_is_a_fault() -> None:
    assert set(codes(book(*CYCLE))) == {"unbounded"}


def test_a_loop_with_a_bound_that_leads_out_is_none() -> None:
    bounded = step("action.a", "action.b", {"at_most": {"visits": 3, "then": "@end"}})
    assert codes(book(*CYCLE, bounded)) == []


def test_a_bound_that_leads_back_into_the_loop_is_none() -> None:
    bounded = step("action.a", "action.b", {"at_most": {"visits": 3, "then": "@action.b"}})
    assert "unbounded" in codes(book(*CYCLE, bounded))


def test_an_escalation_that_leads_back_is_a_loop_too() -> None:
    back = {"deadline": {"from_event": "step.entered", "duration": "P1D", "escalate_to": "@action.a"}}
    text = book(step("start", "action.a"), step("action.a", "action.b"), step("action.b", "end", back), step("end"))
    assert "unbounded" in codes(text)


def test_a_while_step_without_a_bound_is_refused() -> None:
    loop = {"condition": "__x__:value = 'y'", "on_true": "@action.a"}
    variables = {"__x__": {"type": "string", "value": "y"}}
    steps = [step("start", "while-condition"), step("action.a", "end.loop"), step("end"), step("end.loop")]
    unbounded = book(step("while-condition", "end", **loop), *steps, playbook_variables=variables)
    assert only(unbounded)[0] == "unbounded"
    bound = {"at_most": {"visits": 3, "then": "@end"}}
    assert codes(book(step("while-condition", "end", bound, **loop), *steps, playbook_variables=variables)) == []


def test_branches_that_both_run_may_not_share_steps() -> None:
    text = book(
        step("start", "parallel"),
        step("parallel", "end", next_steps=["@action.a", "@action.b"]),
        step("action.a", "action.c"),
        step("action.b", "action.c"),
        step("action.c", "end.branch"),
        step("end.branch"),
        step("end"),
    )
    assert only(text)[0] == "shared"


def test_an_exception_step_stands_apart_from_the_ordinary_way() -> None:
    text = book(
        step("start", "action.a"),
        step("action.a", "action.b"),
        step("action.b", "end"),
        step("end"),
        workflow_exception="@action.a",
    )
    assert only(text) == ("shared", "workflow_exception")


@pytest.mark.parametrize(
    "approval",
    [
        {"n": 1, "of_roles": []},
        {"n": 1, "of_roles": [""]},
        {"n": 1, "of_roles": ["officer"], "separate_from": ["@action.a"]},
    ],
)
def test_an_approval_that_nobody_can_give_is_a_fault(approval: dict[str, object]) -> None:
    assert only(with_ext({"approval": approval}))[0] == "nobody"


def test_an_approval_by_a_role_that_nobody_holds_is_a_fault_where_roles_are_known() -> None:
    playbook = read(with_ext({"approval": {"n": 1, "of_roles": ["oracle"]}}))
    assert [fault.code for fault in lint(playbook, roles=["officer"])] == ["nobody"]
    assert lint(playbook) == []


@pytest.mark.parametrize(
    ("deadline", "code"),
    [
        ({"from_event": "cause.due", "duration": "P1D"}, "no_escalation"),
        ({"from_event": "cause.due", "duration": "P1D", "escalate_to": "@action.a"}, "no_escalation"),
        ({"from_event": "someday", "duration": "P1D", "escalate_to": "@end"}, "deadline"),
        ({"from_event": "cause.", "duration": "P1D", "escalate_to": "@end"}, "deadline"),
        ({"from_event": "cause.due", "duration": "soon", "escalate_to": "@end"}, "duration"),
    ],
)
def test_deadlines_need_an_origin_a_length_and_an_escalation(deadline: dict[str, object], code: str) -> None:
    assert code in codes(with_ext({"deadline": deadline}))


@pytest.mark.parametrize(
    ("ext", "code"),
    [
        ({"aproval": {"n": 1, "of_roles": ["x"]}}, "unknown_field"),
        ({"approval": {"n": 1, "of_roles": ["x"]}, "await_event": {"kind": "a.b"}}, "two_waits"),
        ({"await_event": {"match": {}}}, "await"),
        ({"await_event": {"kind": "a.b", "match": {"x": "$nobody"}}}, "await"),
        ({"await_event": {"kind": "a.b", "sets": {"__undeclared__": "x"}}}, "variable"),
        ({"outcome": "x"}, "outcome"),
        ({"legal_basis": {"en": "only English"}}, "invalid"),
        ({"approval": "yes"}, "invalid"),
        ({"reversal_step": "action--gone"}, "dangling"),
    ],
)
def test_slips_in_the_extension_are_named(ext: dict[str, object], code: str) -> None:
    assert code in codes(with_ext(ext))


def test_the_extension_must_be_defined_where_it_is_used() -> None:
    ext = {"approval": {"n": 1, "of_roles": ["officer"]}}
    text = book(step("start", "action.a"), step("action.a", "end", ext), step("end"), extension_definitions={})
    assert only(text) == ("extension", "extension_definitions")


MACHINE = {"@linux.host": {"type": "linux", "name": "A host"}, "@group.desk": {"type": "group", "name": "The desk"}}


def test_a_command_for_a_machine_is_refused_where_no_people_and_no_target_get_it() -> None:
    bash = [{"type": "bash", "command": "rm -rf /"}]
    text = book(
        step("start", "action.a"), step("action.a", "end", commands=bash, agent="@linux.host"), step("end"),
        agent_definitions=MACHINE,
    )  # fmt: skip
    assert only(text) == ("refused", f"workflow.{sid('action.a')}.commands[0].type")
    assert codes(with_ext({"deliver": ["host-desk"]}, commands=bash, agent="@linux.host", **{})) == ["agent"]
    assert codes(with_ext({"outcome": ""}, commands=bash)) == [], "it is put before the people at the desk"


def test_playbooks_inside_playbooks_are_refused() -> None:
    text = book(step("start", "playbook-action"), step("playbook-action", "end"), step("end"))
    assert only(text)[0] == "refused"


def test_a_condition_on_a_variable_that_nothing_sets_is_a_fault() -> None:
    # the case would wait for ever
    branch = step("if-condition", condition="__x__:value = 'y'", on_true="@action.a", on_false="@end")
    steps = [step("start", "if-condition"), branch, step("action.a", "end"), step("end")]
    assert only(book(*steps))[0] == "variable"
    assert only(book(*steps, playbook_variables={"__x__": {"type": "string"}}))[0] == "variable"
    outside = {"type": "string", "external": True}
    assert codes(book(*steps, playbook_variables={"__x__": outside})) == ["fact"], "what opens the case may not say it"
    assert codes(book(*steps, playbook_variables={"__x__": {**outside, "value": "n"}})) == []


# other people's examples


def examples(shared_data: Path) -> list[Path]:
    return sorted((shared_data / "cacao" / "examples").glob("*.json"))


def test_published_examples_are_read_and_given_back_unchanged(shared_data: Path) -> None:
    found = examples(shared_data)
    assert len(found) == 13
    for path in found:
        text = path.read_text("utf-8")
        assert read(text).to_json() == json.loads(text), path.name


def test_published_examples_that_cannot_be_run_here_say_why(shared_data: Path) -> None:
    # none of them may be executed: they call machines; the broken ones are found to be broken
    want = {
        "missing_step_playbook.json": "dangling",
        "infinite_playbook.json": "unbounded",
        "playbook.json": "start",
        "http-playbook.json": "refused",
        "parallels_playbook.json": "start",
        "openc2-playbook.json": "refused",
        "powershell-playbook.json": "refused",
        "ssh-playbook.json": "refused",
        "fin-playbook.json": "refused",
        "invalid_playbook.json": "start",
        "invalid_email_playbook.json": "start",
    }
    folder = shared_data / "cacao" / "examples"
    found = {name: codes((folder / name).read_text("utf-8")) for name in want}
    assert {name: want[name] in found[name] for name in want} == dict.fromkeys(want, True), found


def test_the_example_for_people_runs_as_it_is(shared_data: Path) -> None:
    text = (shared_data / "cacao" / "examples" / "manual-playbook.json").read_text("utf-8")
    playbook = load(text)
    assert [step.timeout_s for step in playbook.steps.values() if step.timeout_s] == [100]


def test_our_extension_is_named_by_a_uuid_of_version_4() -> None:
    assert EXTENSION.split("--")[1][14] == "4"
    assert named("@action.a") == sid("action.a")
