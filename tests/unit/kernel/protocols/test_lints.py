"""Each lint with a playbook that has just that fault. docs/protocols.md lists the same codes and what they ask for."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Annotated, Any

import pytest

from commonweal.kernel.disclosure.kinds import PUBLIC, Filing, Kind
from commonweal.kernel.protocols import Approver, lint
from commonweal.kernel.protocols.lints import unexecutable
from commonweal.kernel.protocols.playbooks import EXTENSION
from commonweal.kernel.protocols.reading import read
from commonweal.kernel.values import Text
from plays import book, sid, step

DOCS = Path(__file__).parents[4] / "docs" / "protocols.md"
END = step("end")
START = step("start", "action.a")
ASK = {"n": 2, "of_roles": ["board"], "distinct_organisations": True, "signed": True}
WHY = {"statement": "The risk is grave.", "least_intrusive": "A warning was tried and ignored."}


def one(ext: dict[str, Any], then: str = "end", **more: Any) -> str:
    return book(START, step("action.a", then, ext, **more), END)


def approved(ext: dict[str, Any], approval: dict[str, Any], **more: Any) -> str:
    """An approval, and what it is for after it."""
    asks = step("action.a", "action.b", {"approval": approval, **more.pop("around", {})}, **more)
    other = (step("end.other"),) if more.get("on_failure") == "@end.other" else ()
    return book(START, asks, step("action.b", "end", ext), END, *other)


LATE = {"deadline": {"from_event": "step.entered", "duration": "P7D", "escalate_to": "@action.b"}}
CONDITION = {"condition": "__x__:value = 'y'", "on_true": "@end", "on_false": "@end.other"}
# name of the fault: (code, the playbook that has it and no other)
FAULTY: dict[str, tuple[str, str]] = {
    "dangling_step": ("dangling", one({}, "end.gone")),
    "unreachable_step": ("unreachable", book(START, step("action.a", "end"), step("action.lost", "end"), END)),
    "unbounded_loop": (
        "unbounded",
        book(START, step("action.a", "action.b"), step("action.b", "end", on_failure="@action.a"), END),
    ),
    "a_loop_that_runs_by_itself_for_too_long": (
        "too_long",
        book(
            START, step("action.a", "action.b", {"at_most": {"visits": 500, "then": "@end"}},
                        commands=[{"type": "record", "command": "noted"}]),
            step("action.b", "action.a", commands=[{"type": "record", "command": "noted again"}]), END,
        ),
    ),
    "a_notice_that_could_not_be_recorded": (
        "unwritable", one({}, commands=[{"type": "record", "command": "hidden \u202e marks"}]),
    ),
    "no_start_step": ("start", book(step("action.a", "end"), END, workflow_start="@action.a")),
    "no_way_on": ("no_exit", book(START, step("action.a", on_failure="@end"), END)),
    "undefined_variable_in_a_condition": (
        "variable",
        book(step("start", "if-condition"), step("if-condition", **CONDITION), END, step("end.other")),
    ),
    "undefined_variable_in_a_command": (
        "variable",
        one({}, commands=[{"type": "manual", "command": "call __number__:value"}]),
    ),
    "words_for_an_undeclared_variable": (
        "variable",
        book(START, step("action.a", "end"), END, playbook_extensions={EXTENSION: {"variables": {"__x__": {}}}}),
    ),
    "a_value_that_cannot_be": (
        "value",
        book(
            START, step("action.a", "if-condition", out_args=["__x__"]), step("if-condition", **CONDITION), END,
            step("end.other"), playbook_variables={"__x__": {"type": "bool"}},
        ),
    ),
    "a_decision_nobody_has_to_inform": (
        "fact",
        book(
            START, step("action.a", "if-condition", {"deadline": {**LATE["deadline"], "escalate_to": "@if-condition"}},
                        out_args=["__x__"]),
            step("if-condition", **CONDITION), END, step("end.other"),
            playbook_variables={"__x__": {"type": "string"}},
        ),
    ),
    "a_step_at_a_desk_that_may_wait_for_ever": ("endless", one({}, timeout=0)),
    "an_approval_that_may_wait_for_ever": ("endless", one({"approval": ASK}, timeout=0)),
    "a_filing_that_may_never_come": ("endless", one({"await_event": {"kind": "x.filed"}}, timeout=0)),
    "undefined_agent": ("agent", one({}, agent="@group.nobody")),
    "undefined_target": ("agent", one({}, targets=["@individual.nobody"])),
    "nobodys_desk": ("agent", one({}, agent="")),
    "a_command_for_a_machine": (
        "refused",
        book(START, step("action.a", "end", agent="@linux.host", commands=[{"type": "ssh", "command": "ls"}]), END,
             agent_definitions={"@linux.host": {"type": "linux", "name": "A host"}}),
    ),
    "a_playbook_inside": ("refused", book(step("start", "playbook-action"), step("playbook-action", "end"), END)),
    "a_notice_for_no_target": ("effect", one({}, commands=[{"type": "notify", "command": "told"}])),
    "a_target_without_a_notice": ("effect", one({"deliver": ["press-list"]})),
    "an_approval_in_no_role": ("nobody", one({"approval": {**ASK, "of_roles": []}})),
    "an_approval_not_said_to_be_signed": (
        "unsigned",
        one({"approval": {"n": 1, "of_roles": ["board"], "signed": True}}).replace('"1.1.0"', '"1.0.0"').replace(
            '"signed": true, ', ""),
    ),
    "an_approval_separate_from_what_nobody_is_known_to_do": (
        "separate",
        book(START, step("action.a", "action.b", {"await_event": {"kind": "x.filed"}}),
             step("action.b", "end", {"approval": {**ASK, "separate_from": ["@action.a"]}}), END),
    ),
    "an_approval_separate_from_a_step_that_another_can_stand_in_for": (
        "separate",
        book(
            START, step("action.a", "if-condition", {"deadline": {**LATE["deadline"], "escalate_to": "@if-condition"}},
                        out_args=["__x__"]),
            step("if-condition", ext={"deadline": {**LATE["deadline"], "escalate_to": "@end.other"}},
                 **{**CONDITION, "on_true": "@action.b"}),
            step("action.b", "end", {"approval": {**ASK, "separate_from": ["@action.a"]}}), END, step("end.other"),
            playbook_variables={"__x__": {"type": "string"}},
        ),
    ),
    "an_irreversible_step_without_a_gate": ("gate", one({"irreversible": True, "proportionality": WHY})),
    "an_irreversible_step_reached_when_an_approval_is_late": (
        "gate", approved({"irreversible": True, "proportionality": WHY}, ASK, around=LATE),
    ),
    "an_irreversible_step_reached_by_refusal": (
        "gate", approved({"irreversible": True, "proportionality": WHY}, ASK, on_failure="@action.b"),
    ),
    "an_irreversible_step_done_again_after_one_approval": (
        "gate",
        book(
            START, step("action.a", "action.b", {"approval": ASK}),
            step("action.b", "action.c", {"irreversible": True, "proportionality": WHY,
                                          "at_most": {"visits": 3, "then": "@end"}}),
            step("action.c", "action.b"), END,
        ),
    ),
    "a_restriction_without_proportionality": ("proportionality", one({"restrictive": True})),
    "irreversible_and_to_be_reversed": (
        "reversal",
        book(START, step("action.a", "end", {"approval": ASK, "irreversible": True, "proportionality": WHY,
                                              "reversal_step": "@action.undo"}), step("action.undo", "end"), END),
    ),
    "a_reversal_that_one_person_can_order": (
        "reversal",
        book(
            START, step("action.a", "action.b", {"reversal_step": "@action.undo"}),
            step("action.b", "action.c", {"approval": ASK}),
            step("action.c", "end", {"irreversible": True, "proportionality": WHY}), step("action.undo", "end"), END,
        ),
    ),
    "a_restriction_of_several_that_one_can_lift": (
        "reversal",
        book(START, step("action.a", "end", {"approval": ASK, "restrictive": True, "proportionality": WHY,
                                              "reversal_step": "@action.undo"}), step("action.undo", "end"), END),
    ),
    "a_deadline_without_escalation": (
        "no_escalation", one({"deadline": {"from_event": "step.entered", "duration": "P1D", "escalate_to": ""}}),
    ),
    "a_word_that_the_extension_has_not": ("unknown_field", one({"aproval": {}})),
    "a_wait_of_no_length": ("count", one({"deadline": {**LATE["deadline"], "escalate_to": "@end"}}, timeout=-1)),
    "an_extension_without_definition": (
        "extension", one({"legal_basis": "Art. 1"}).replace('"extension_definitions"', '"x_definitions"'),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTY)
def test_each_fault_is_found_and_nothing_else(name: str) -> None:
    code, text = FAULTY[name]
    assert {fault.code for fault in lint(read(text))} == {code}


def test_an_irreversible_step_behind_an_approval_on_every_way_is_let_through() -> None:
    marked = {"irreversible": True, "proportionality": WHY}
    assert lint(read(approved(marked, ASK, on_failure="@end.other"))) == [], "what refusal leads to is elsewhere"
    assert lint(read(one({**marked, "approval": ASK}))) == []
    branch = step("if-condition", condition="__x__:value = 'y'", on_true="@action.one", on_false="@action.two")
    both = book(
        step("start", "if-condition"), branch, step("action.one", "action.b", {"approval": ASK}),
        step("action.two", "action.b", {"approval": ASK}), step("action.b", "end", marked), END,
        playbook_variables={"__x__": {"type": "string", "external": True, "value": "n"}},
    )  # fmt: skip
    assert lint(read(both)) == []
    assert {fault.code for fault in lint(read(both.replace('"n": 2', '"m": 2', 1)))} >= {"unknown_field"}


FOREVER = {"irreversible": True, "proportionality": WHY}
ONCE = {**FOREVER, "at_most": {"visits": 1, "then": "@end"}}
THRICE = {"at_most": {"visits": 3, "then": "@end"}}
OTHER = step("action.other", "end.b")


def both(first: str, *more: dict[str, Any]) -> str:
    """Two branches that both run, one of them an approval or leading to one, and then what cannot be undone."""
    fork = step("parallel", "action.do", next_steps=[f"@{first}", "@action.other"])
    return book(step("start", "parallel"), fork, *more, OTHER, step("end.b"), step("action.do", "end", FOREVER), END)


def test_an_approval_in_one_of_the_branches_that_are_waited_for_is_a_gate() -> None:
    """CACAO 2.0, 4.5: what follows a parallel step follows once every branch has ended."""
    ask = step("action.ask", "end.b", {"approval": ASK})
    inner = step("parallel.inner", "end.b", next_steps=["@action.ask", "@action.third"])
    assert lint(read(both("action.ask", ask))) == []
    assert lint(read(both("parallel.inner", inner, ask, step("action.third", "end.b")))) == []
    late = step("action.ask", "end.b", {"approval": ASK, "deadline": {**LATE["deadline"], "escalate_to": "@end.b"}})
    refused = step("action.ask", "end.b", {"approval": ASK}, on_failure="@end.b")
    for way in (late, refused, step("action.ask", "end.b")):
        assert [fault.code for fault in lint(read(both("action.ask", way)))] == ["gate"]


def test_what_one_approval_lets_happen_happens_once() -> None:
    """Round a loop of steps, of a while step and past a join: the next time asks again, or never comes."""
    asks, agreed = step("start", "action.ask"), {"approval": ASK}
    facts = {"playbook_variables": {"__x__": {"type": "string", "external": True, "value": "y"}}}

    def loop(act: dict[str, Any], back: str) -> str:
        return book(asks, step("action.ask", "action.do", {**agreed, **THRICE}), step("action.do", "action.next", act),
                    step("action.next", f"action.{back}"), END)  # fmt: skip

    def rounds(*inside: dict[str, Any], first: str) -> str:
        turn = step("while-condition", "end", THRICE, condition="__x__:value = 'y'", on_true=f"@{first}")
        return book(asks, step("action.ask", "while-condition", agreed), turn, *inside, step("end.b"), END, **facts)

    def forked(first: str, *more: dict[str, Any]) -> str:
        fork = step("parallel", "action.next", next_steps=[f"@{first}", "@action.other"])
        return rounds(fork, do, OTHER, step("action.next", "end.b"), *more, first="parallel")

    do, again = step("action.do", "end.b", FOREVER), step("action.again", "action.do", agreed)
    once = [loop({**FOREVER, **THRICE}, "ask"), loop(ONCE, "do"), rounds(again, do, first="action.again"),
            forked("action.again", again)]  # fmt: skip
    often = [loop({**FOREVER, **THRICE}, "do"), rounds(do, first="action.do"), forked("action.do")]
    assert [lint(read(text)) for text in once] == [[], [], [], []]
    for text in often:
        assert [(fault.code, fault.where.partition(".")[2]) for fault in lint(read(text))] == [
            ("gate", f"{sid('action.do')}.irreversible")
        ]


def test_what_waits_again_after_a_deadline_has_not_been_done() -> None:
    remind = {"deadline": {**LATE["deadline"], "escalate_to": "@action.c"}, **THRICE}
    text = book(START, step("action.a", "action.b", {"approval": ASK}), step("action.b", "end", {**FOREVER, **remind}),
                step("action.c", "action.b", commands=[{"type": "record", "command": "reminded"}]), END)  # fmt: skip
    assert lint(read(text)) == []


def test_from_version_1_4_on_nobody_stands_in_for_what_an_approval_is_separate_from() -> None:
    _, text = FAULTY["an_approval_separate_from_a_step_that_another_can_stand_in_for"]
    assert lint(read(text.replace('"1.1.0"', '"1.4.0"'))) == []
    for apart, faulty in (["@if-condition"], True), (["@action.a", "@action.c"], False), (["@action.a"], True):
        again = book(
            START, step("action.a", "action.c", out_args=["__x__"]),
            step("action.c", "if-condition", out_args=["__x__"]),
            step("if-condition", **{**CONDITION, "on_true": "@action.b"}),
            step("action.b", "end", {"approval": {**ASK, "separate_from": apart}}), END, step("end.other"),
            playbook_variables={"__x__": {"type": "string"}},
        )  # fmt: skip
        assert [fault.code for fault in lint(read(again))] == ["separate"] * faulty
        assert lint(read(again.replace('"1.1.0"', '"1.4.0"'))) == []


@pytest.mark.parametrize("asks", [False, True])
def test_what_a_reversal_leads_to_has_a_gate_of_its_own(asks: bool) -> None:
    """The approval stands on the ordinary way only: who orders the reversal comes to the irreversible step without."""
    gate = {"approval": {**ASK, "n": 1}}
    first = step("action.a", "action.b", gate)
    act, undo = (
        step("action.b", "end", {"reversal_step": "@action.undo"}),
        step("action.undo", "action.c", gate if asks else {}),
    )
    last = step("action.c", "end", {"irreversible": True, "proportionality": WHY})
    found = lint(read(book(START, first, act, undo, last, END)))
    assert [(fault.code, fault.where) for fault in found] == (
        [] if asks else [("gate", f"workflow.{sid('action.c')}.irreversible")]
    )


def test_what_an_exception_leads_to_has_a_gate_of_its_own() -> None:
    last = step("action.c", "end", {"irreversible": True, "proportionality": WHY})
    text = book(START, step("action.a", "end", {"approval": ASK}), last, END, workflow_exception="@action.c")
    assert [fault.code for fault in lint(read(text))] == ["gate"]


def test_a_reversal_that_asks_for_as_many_as_approved_is_let_through() -> None:
    undo = step("action.undo", "end", {"approval": ASK})
    asks = step("action.b", "action.c", {"approval": ASK, "reversal_step": "@action.undo"})
    done = step("action.c", "end", {"irreversible": True, "proportionality": WHY})
    assert lint(read(book(START, step("action.a", "action.b"), asks, done, undo, END))) == []
    fewer = step("action.undo", "end", {"approval": {**ASK, "n": 1}})
    found = lint(read(book(START, step("action.a", "action.b"), asks, done, fewer, END)))
    assert [fault.code for fault in found] == ["reversal"]


@pytest.mark.parametrize(("gate", "faults"), [({"approval": ASK}, []), ({}, ["reversal"])])
def test_what_an_approved_step_restricts_is_lifted_by_as_many(gate: dict[str, object], faults: list[str]) -> None:
    """The step after the approval carries the mark and the way back: what the two approved is no less theirs."""
    asks = step("action.a", "action.b", {"approval": ASK})
    marked = {"restrictive": True, "proportionality": WHY, "reversal_step": "@action.undo"}
    text = book(START, asks, step("action.b", "end", marked), step("action.undo", "end", gate), END)
    assert [fault.code for fault in lint(read(text))] == faults


def test_a_decision_whose_fact_everybody_must_say_or_that_has_a_deadline_is_let_through() -> None:
    _, late = FAULTY["a_decision_nobody_has_to_inform"]
    said = {"playbook_variables": {"__x__": {"type": "string"}}}
    deadline = {"deadline": {**LATE["deadline"], "escalate_to": "@end.other"}}
    decision = step("if-condition", ext=deadline, **CONDITION)
    asks = {"deadline": {**LATE["deadline"], "escalate_to": "@if-condition"}}
    first = step("action.a", "if-condition", asks, out_args=["__x__"])
    assert lint(read(book(START, first, decision, END, step("end.other"), **said))) == []
    done = step(
        "action.a", "if-condition", {"deadline": {**LATE["deadline"], "escalate_to": "@end.other"}}, out_args=["__x__"]
    )
    assert lint(read(book(START, done, step("if-condition", **CONDITION), END, step("end.other"), **said))) == []
    begun = read(late.replace('{"type": "string"}', '{"type": "string", "value": "n"}'))
    assert [fault.code for fault in lint(begun)] == ["fact"], "what is to be said is forgotten before it is said"


def test_a_fact_that_is_asked_again_is_not_known_until_it_is_said_again() -> None:
    """The second step that is to say it forgets it on entry, and silence there leads on to the decision."""
    said = {"playbook_variables": {"__x__": {"type": "string"}}}
    over = {"deadline": {**LATE["deadline"], "escalate_to": "@end.other"}}
    late = {"deadline": {**LATE["deadline"], "escalate_to": "@if-condition"}}
    first = step("action.a", "action.b", over, out_args=["__x__"])
    again = step("action.b", "if-condition", late, out_args=["__x__"])
    text = book(START, first, again, step("if-condition", **CONDITION), END, step("end.other"), **said)
    assert [fault.code for fault in lint(read(text))] == ["fact"]


def people(*who: tuple[str, str, str]) -> list[Approver]:
    return [Approver(party, organisation, tuple(roles.split())) for party, organisation, roles in who]


@pytest.mark.parametrize(
    ("approvers", "separate", "fault"),
    [
        (people(("ana", "a", "board"), ("ben", "b", "board")), False, ""),
        (people(("ana", "a", "board"), ("ben", "a", "board")), False, "approval.n"),
        (people(("ana", "a", "board"), ("ben", "b", "officer")), False, "approval.n"),
        (people(("ana", "a", "board officer"), ("ben", "b", "board officer")), True, "approval.separate_from"),
        (people(("ana", "a", "board"), ("ben", "b", "board"), ("cho", "c", "officer")), True, ""),
        ([], False, "approval.n"),
    ],
)
def test_an_approval_that_those_there_cannot_give(approvers: list[Approver], separate: bool, fault: str) -> None:
    asks = {**ASK, "separate_from": ["@action.a"]} if separate else ASK
    text = book(START, step("action.a", "action.b"), step("action.b", "end", {"approval": asks}), END)
    found = lint(read(text), approvers=approvers)
    assert [item.where.partition(".")[2].partition(".")[2] for item in found] == ([fault] if fault else [])
    assert {item.code for item in found} <= {"nobody"}


ONE = {"n": 1, "of_roles": ["board"]}


@pytest.mark.parametrize(
    ("approvers", "first", "second", "fault"),
    [
        (people(("ana", "a", "board")), ONE, ONE, True),
        (people(("ana", "a", "board"), ("ben", "a", "board")), ONE, ONE, False),
        (people(("ana", "a", "board"), ("ben", "b", "board"), ("cho", "c", "board")), ASK, ONE, False),
        (people(("ana", "a", "board"), ("ben", "b", "board"), ("cho", "c", "board")), ASK, ASK, True),
        (people(*((name, name[0], "board") for name in ("ana", "ann", "ben", "bo"))), ASK, ASK, False),
        (people(("ana", "a", "board"), ("ben", "b", "officer")), ONE, {"n": 1, "of_roles": ["officer"]}, False),
    ],
)  # fmt: skip
def test_two_approvals_kept_apart_that_those_there_cannot_both_give(
    approvers: list[Approver], first: dict[str, Any], second: dict[str, Any], fault: bool
) -> None:
    apart = {"approval": {**second, "separate_from": ["@action.a"]}}
    text = book(START, step("action.a", "action.b", {"approval": first}), step("action.b", "end", apart), END)
    found = lint(read(text), approvers=approvers)
    assert [item.where.partition(".")[2].partition(".")[2] for item in found] == ["approval.separate_from"] * fault


def test_what_a_record_runs_is_not_held_against_rules_that_came_later() -> None:
    """A playbook that was adopted under the first version of the extension is run as it was then."""
    later = {"endless", "too_long", "unwritable", "unsigned", "gate", "proportionality", "reversal", "agent", "fact"}
    for code, text in FAULTY.values():
        if code in later:
            assert unexecutable(read(text)) == []


def test_the_page_on_playbooks_tells_each_fault_with_what_is_asked_for() -> None:
    """The table of docs/protocols.md, row by row: code, the playbook that has the fault, what the linter wants."""
    page = DOCS.read_text("utf-8")
    missing = [row for row in map(_row, FAULTY) if row not in page]
    assert missing == []


def _row(name: str) -> str:
    code, text = FAULTY[name]
    want = next(fault.want for fault in lint(read(text)) if fault.code == code)
    want = re.sub(r"[a-z]+(-[a-z]+)*--[0-9a-f-]{36}", "…", want)
    return f"| `{code}` | {name.replace('_', ' ')} | {want} |"


def test_the_extension_is_ours() -> None:
    assert EXTENSION in FAULTY["a_restriction_without_proportionality"][1]


@pytest.mark.parametrize(
    ("count", "n", "refusals", "fault"),
    [(2, 2, 2, "approval.refusals"), (3, 2, 2, ""), (3, 3, 2, "approval.refusals"), (2, 1, 2, ""), (2, 2, 1, "")],
)
@pytest.mark.parametrize("by_organisation", [True, False])
def test_refusals_that_would_leave_an_approval_neither_given_nor_failed(
    count: int, n: int, refusals: int, fault: str, by_organisation: bool
) -> None:
    """Of 2 people one refuses: 2 approvals cannot be reached any more, and 2 refusals need not come."""
    approvers = people(*((f"p{number}", f"o{number}", "board") for number in range(count)))
    asks = {**ASK, "n": n, "refusals": refusals, "distinct_organisations": by_organisation}
    found = lint(read(one({"approval": asks})), approvers=approvers)
    assert [item.where.partition(".")[2].partition(".")[2] for item in found] == ([fault] if fault else [])
    assert {item.code for item in found} <= {"nobody"}
    if fault:
        assert found[0].want.startswith(f"at most {count - n + 1}:")


@pytest.mark.parametrize(("count", "faulty"), [(3, True), (4, False)])
def test_refusals_are_reckoned_with_beside_whoever_did_the_work(count: int, faulty: bool) -> None:
    """Of four officers one does the work: three are left, so two can approve though one refuses."""
    approvers = people(*((f"p{number}", "o", "board officer") for number in range(count)))
    asks = {**ASK, "distinct_organisations": False, "refusals": 2, "separate_from": ["@action.a"]}
    text = book(START, step("action.a", "action.b"), step("action.b", "end", {"approval": asks}), END)
    assert [fault.code for fault in lint(read(text), approvers=approvers)] == ["nobody"] * faulty


@pytest.mark.parametrize(("count", "faulty"), [(5, True), (6, False)])
def test_refusals_are_reckoned_with_in_both_of_two_approvals_kept_apart(count: int, faulty: bool) -> None:
    """Each of the two is settled by three voices at most (two of two refusals, or two approvals and one refusal)."""
    approvers = people(*((f"p{number}", "o", "board") for number in range(count)))
    asks = {**ASK, "distinct_organisations": False, "refusals": 2}
    apart = {"approval": {**asks, "separate_from": ["@action.a"]}}
    text = book(START, step("action.a", "action.b", {"approval": asks}), step("action.b", "end", apart), END)
    assert [fault.code for fault in lint(read(text), approvers=approvers)] == ["nobody"] * faulty


# what is awaited


class Report(Filing):
    about: Annotated[str, PUBLIC]
    complete: Annotated[bool, PUBLIC] = False
    severity: Annotated[str | None, PUBLIC] = None


REPORT = Kind(id="x.report", schema=Report, title=Text(en="Report", zh="报告"), files=("officer",))


def awaiting(wait: dict[str, Any], **more: Any) -> str:
    variables = {"__x__": {"type": "string"}}
    decision = step("if-condition", ext=more, **CONDITION)
    first = step("action.a", "if-condition", {"await_event": wait})
    return book(START, first, decision, END, step("end.other"), playbook_variables=variables)


@pytest.mark.parametrize(
    ("wait", "field", "code"),
    [
        ({"kind": "x.report", "match": {"about": "$subject", "subject": "*"}, "sets": {"__x__": "complete"}}, "", ""),
        ({"kind": "x.reprot", "sets": {"__x__": "complete"}}, "kind", "await"),
        ({"kind": "x.report", "match": {"abuot": "$subject"}, "sets": {"__x__": "complete"}}, "match.abuot", "await"),
        ({"kind": "x.report", "sets": {"__x__": "completed"}}, "sets.__x__", "await"),
        ({"kind": "x.report", "sets": {"__x__": "severity"}}, "sets.__x__", "fact"),
    ],
)
def test_what_is_awaited_is_held_against_what_is_filed_there(wait: dict[str, Any], field: str, code: str) -> None:
    kinds = {REPORT.id: REPORT}
    found = lint(read(awaiting(wait)), kinds=kinds)
    want = [(code, f"workflow.{sid('action.a')}.await_event.{field}")] if code else []
    assert [(fault.code, fault.where) for fault in found] == want
    assert lint(read(awaiting(wait))) == [], "without an authority nothing is known of its kinds"
    if field == "kind":
        assert found[0].want.endswith("x.report")


def test_a_decision_with_a_deadline_may_go_by_a_field_that_may_be_left_out() -> None:
    wait = {"kind": "x.report", "sets": {"__x__": "severity"}}
    late = {"deadline": {**LATE["deadline"], "escalate_to": "@end.other"}}
    assert lint(read(awaiting(wait, **late)), kinds={REPORT.id: REPORT}) == []


def test_what_withdraws_a_case_is_held_against_it_too_and_ends_no_wait() -> None:
    withdrawn = {"withdrawn_by": [{"kind": "x.gone"}]}
    text = one({}, timeout=0).replace(
        '"extension_definitions"',
        f'"playbook_extensions": {json.dumps({EXTENSION: withdrawn})}, "extension_definitions"',
    )
    assert [(fault.code, fault.where) for fault in lint(read(text), kinds={REPORT.id: REPORT})] == [
        ("endless", f"workflow.{sid('action.a')}.deadline"),
        ("await", "playbook_extensions.withdrawn_by[0].kind"),
    ]
