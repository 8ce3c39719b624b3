"""What follows at a line: a hold is lifted once each mitigation that is required is verified on evidence, and comes
back when one lapses; those who have to know are told within their hours."""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.eval_logs import sample
from tests.line_house import AUDITOR, DESK, SAFE, SUITE, TEST, Lab, arm, lab_in, log, log_of, refused

from commonweal import schemas
from commonweal.acceptance import Caller
from commonweal.instruments import discover, rule_file
from commonweal.instruments.red_lines import mitigating, requiring, telling
from commonweal.instruments.red_lines.consequences import read_consequences
from commonweal.instruments.red_lines.deciding import doubts, looks
from commonweal.instruments.red_lines.kinds import LAPSED, MITIGATION, VERIFIED
from commonweal.instruments.red_lines.lines import read_proxies
from commonweal.instruments.red_lines.mitigating import HELD
from commonweal.instruments.red_lines.views import lines_file, overview
from commonweal.instruments.red_lines.views import test_view as view_of_a_test
from commonweal.kernel import protocols, registry
from commonweal.kernel.instrument import Entry
from commonweal.kernel.record import Act, NoteSigner
from commonweal.kernel.values import BadInput, RuleFault
from commonweal.sight import Sight

WARNING = " ".join("1" * 24 + "0" * 26)
LIFT = "action--92de44b1-aa51-4151-b056-241fc5c0079f"
RULES = discover()["red_lines"].folder / "rules"


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    with lab_in(tmp_path) as found:
        yield found


@pytest.fixture
def warned(lab: Lab) -> Lab:
    """A test before deployment that gave a warning, so that two mitigations are required."""
    lab.test(stage="before_deployment", decide_by="2027-01-10")
    lab.look(WARNING)
    assert lab.state()[0] == "early_warning"
    return lab


def asked(lab: Lab, test: str = TEST) -> dict[str, str]:
    """How each requirement stands today."""
    today = lab.clock.now().date().isoformat()
    return {one.requirement.id: one.state for one in requiring.of_test(lab.authority.reader, test, today)}


def voice(lab: Lab, name: str) -> list[str]:
    """What is wrong with a voice for lifting the hold, by its code."""
    case = requiring.held(lab.authority.reader, TEST)
    assert case is not None
    body = {"case": case["case"], "step": LIFT, "decision": "approve", "role": "auditor",
            "organisation": f"organisation:{name}"}  # fmt: skip
    caller = Caller(f"party:{name}", ("auditor",), f"organisation:{name}")
    with pytest.raises(BadInput) as caught:
        lab.authority.act(Act("approval.given", body, ""), caller)
    return [one.code for one in caught.value.faults]


def reading_of(lab: Lab, caller: Caller) -> Any:
    """What somebody reads who is signed in."""
    return lab.authority.reading("en", caller.party, Sight(lab.authority, caller, "test"))


def newest(lab: Lab, kind: str) -> dict[str, Any]:
    entry = lab.authority.store.newest(kind, TEST)
    assert entry is not None
    return dict(lab.authority.entry(entry.index).body)


def test_a_hold_is_not_lifted_before_each_required_mitigation_is_verified(warned: Lab) -> None:
    """One of two that are required is not enough: a voice for lifting is refused, and says in words what lacks."""
    assert asked(warned) == {"weights_secured": "none", "uses_kept_safe": "none"}
    assert newest(warned, "red_lines.required") | {"test": TEST} == {
        "test": TEST, "met": False, "missing": ["weights_secured", "uses_kept_safe"],
        "rules": "red_lines.consequences 2026-12-02",
    }  # fmt: skip
    warned.mitigated("Enclave", meets="weights_secured")
    assert asked(warned) == {"weights_secured": "in_place", "uses_kept_safe": "none"}
    assert "required" in voice(warned, "one")
    [lacking] = list(requiring.owing(TEST, warned.authority.reader, warned.clock.now()))
    assert "Whoever uses the model does not get what the line is about" in lacking.want
    warned.mitigated("Filter", meets="uses_kept_safe")
    assert newest(warned, "red_lines.required")["met"] is True
    assert "required" not in voice(warned, "one")


def test_the_case_waits_for_all_that_is_required_and_not_for_the_first(warned: Lab) -> None:
    case = requiring.held(warned.authority.reader, TEST)
    assert case is not None
    for _ in ("at home", "abroad"):
        warned.file("case.step_done", by=DESK, case=case["case"], step=case_at(warned))
    waits = case_at(warned)
    warned.mitigated("Enclave", meets="weights_secured")
    assert case_at(warned) == waits, "one of two is verified"
    warned.mitigated("Filter", meets="uses_kept_safe")
    assert case_at(warned) == LIFT


def case_at(lab: Lab) -> str:
    """The step at which the hold's case stands."""
    row = requiring.held(lab.authority.reader, TEST)
    assert row is not None
    [standing] = protocols.case(lab.authority.reader, row["case"]).standing
    return standing.step


def step_done(lab: Lab) -> None:
    """The desk reports done what the hold's case stands at."""
    case = requiring.held(lab.authority.reader, TEST)
    assert case is not None
    lab.file("case.step_done", by=DESK, case=case["case"], step=case_at(lab))


def speaks_for_lifting(lab: Lab, name: str) -> None:
    """The signed voice of somebody independent for lifting the hold."""
    seed = hashlib.sha256(name.encode()).digest()
    key = NoteSigner("expert", seed).verifier.public
    signer = NoteSigner(protocols.key_name(key), seed)
    stands_for = {"role": "auditor", "organisation": f"organisation:{name}"}
    by = Caller(f"party:{name}", ("auditor",), stands_for["organisation"])
    lab.file("approver.registered", by=by, party=by.party, key=b64encode(key).decode(), roles=["auditor"],
             organisation=by.organisation)  # fmt: skip
    held = requiring.held(lab.authority.reader, TEST)
    assert held is not None
    case = protocols.case(lab.authority.reader, held["case"])
    body = {"case": case.id, "step": LIFT, "decision": "approve", "statement": "Read and tried", **stands_for}
    text = protocols.approval_text("house.invalid/record", case, body, lab.clock.now())
    lab.file("approval.given", by=by, **body, envelope=protocols.signed_by(text, signer))


def test_voices_about_a_warning_do_not_lift_the_hold_of_a_crossing(lab: Lab) -> None:
    """Two of three spoke when a warning was all there was; once the line was crossed a third alone lifted the hold."""
    lab.test(stage="training", decide_by="2027-01-10", arms=(arm("one", planned=400),))
    lab.look(WARNING)
    lab.mitigated("Enclave", meets="weights_secured")
    for _ in ("at home", "abroad"):
        step_done(lab)
    speaks_for_lifting(lab, "one")
    speaks_for_lifting(lab, "two")
    before = requiring.held(lab.authority.reader, TEST)
    lab.look(" ".join("1" * 200))
    assert lab.state()[0] == "crossed"
    now = requiring.held(lab.authority.reader, TEST)
    assert before is not None
    assert now is not None
    assert (now["case"] == before["case"], now["state"]) == (False, "open"), "it is told anew, and begins anew"
    lab.mitigated("Board", meets="answerable", method="inspection")
    assert set(asked(lab).values()) == {"in_place"}
    for _ in ("at home", "abroad"):
        step_done(lab)
    speaks_for_lifting(lab, "three")
    assert not requiring.lifted(requiring.held(lab.authority.reader, TEST))
    for name in ("four", "five"):
        speaks_for_lifting(lab, name)
    assert requiring.lifted(requiring.held(lab.authority.reader, TEST))


def test_when_a_verification_is_over_what_is_required_is_not_met_and_the_hold_comes_back(
    warned: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    warned.mitigated("Enclave", meets="weights_secured", until="2026-11-20")
    warned.mitigated("Filter", meets="uses_kept_safe", until="2026-12-20")
    assert "required" not in voice(warned, "one")
    warned.on("2026-11-22")
    assert asked(warned)["weights_secured"] == "lapsed"
    assert newest(warned, "red_lines.lapsed")["reason"] == "day_over"
    assert newest(warned, "red_lines.required")["missing"] == ["weights_secured"]
    assert "required" in voice(warned, "one")
    [opens] = [one for one in requiring.RESPONSES if one.on == "red_lines.required"]
    monkeypatch.setattr(requiring, "held", lambda reader, test: {"state": "closed", "outcome": "lifted"})
    entry = warned.authority.store.newest("red_lines.required", TEST)
    assert entry is not None
    assert opens.match(warned.authority.entry(entry.index), warned.authority.reader) == TEST


def test_what_a_verification_rests_on_is_named_and_when_that_is_annulled_it_lapses(warned: Lab) -> None:
    body = {"name": "Enclave", "test": TEST, "what": "security", "evidence_sha256": ["0" * 64]}
    filed = warned.file("red_lines.mitigation", **body, meets="weights_secured", holds_until="2027-06-01")
    enclave = "line_mitigation:enclave"

    def wrong(**more: Any) -> list[tuple[str, str]]:
        return [(one.where, one.code) for one in refused(lambda: warned.verify(enclave, **more))]

    nothing = {"test": TEST, "mitigation": enclave, "method": "test", "in_place": True, "holds_until": "2026-12-20"}
    bare = refused(lambda: warned.file("red_lines.verified", by=AUDITOR, **nothing))
    assert [(one.where, one.code) for one in bare] == [("procedure", "missing"), ("rests_on", "missing")]
    assert wrong(rests_on=[99_999]) == [("rests_on.0", "reference")]
    assert ("rests_on.0", "own") in wrong(rests_on=[filed]), "it shows nothing of itself"
    theirs = warned.evidence(enclave, by=Caller("party:aurora", ("developer",)))
    assert wrong(rests_on=[theirs]) == [("rests_on", "own")], "a test by its developer alone"
    against = warned.evidence(enclave, found="not_in_place")
    bakery = warned.file("model_registration.organisation", by=Caller("party:z", ("developer",)), name="B", source="x")
    assert wrong(rests_on=[bakery]) == [("rests_on.0", "kind")], "of what shows nothing of a mitigation"
    run, _ = warned.run(log("CI", task="of nobody's"), AUDITOR)
    [of_run] = [int(one["entry"]) for one in registry.versions(warned.authority.reader, run)]
    assert wrong(rests_on=[of_run]) == [("rests_on.0", "kind")], "a run of which nobody said that it is of the model"
    warned.file("evaluations.conditions", by=AUDITOR, evaluation=run, model="model:four")
    warned.verify(enclave, rests_on=[of_run])
    assert wrong(rests_on=[against]) == [("rests_on.0", "contradicts")]
    assert wrong(method="documents") == [("method", "method")], "by which this requirement is not verified"
    assert wrong(until="2027-05-30") == [("holds_until", "day")], "for longer than the text lets it hold"
    entry = warned.evidence(enclave)
    warned.verify(enclave, rests_on=[entry])
    row = warned.authority.reader.get(HELD, enclave)
    assert row is not None
    assert (row["rests_on"], row["method"], row["until"]) == ([entry], "test", "2026-12-20")
    said = {"entry": entry, "reason_code": "filed_in_error", "citation": "Order 1"}
    warned.authority.act(Act("record.annulled", said, ""), AUDITOR)
    warned.authority.follow()
    assert newest(warned, "red_lines.lapsed")["reason"] == "evidence_gone"
    assert asked(warned)["weights_secured"] == "lapsed"


@pytest.mark.parametrize("found", ["not_in_place", "unclear"])
def test_evidence_that_says_otherwise_by_now_shows_nothing_any_more(warned: Lab, found: str) -> None:
    """An auditor looked again and found the enclave open: the hold could be lifted all the same."""
    warned.mitigated("Enclave", meets="weights_secured", until="2026-11-20")
    row = warned.authority.reader.get(HELD, "line_mitigation:enclave")
    assert row is not None
    said = registry.version_at(warned.authority.reader, row["rests_on"][0])
    assert said is not None
    again = Act("red_lines.evidence", {**said["body"], "found": found}, "", subject=said["subject"], onto=said["entry"])
    warned.authority.act(again, AUDITOR)
    warned.authority.follow()
    assert newest(warned, "red_lines.lapsed")["reason"] == "evidence_gone"
    assert asked(warned)["weights_secured"] == "lapsed"


@pytest.mark.parametrize(("found", "says"), [("not_in_place", "that it is not"), ("unclear", "that it is unclear")])
def test_a_mitigation_is_not_in_place_on_evidence_that_does_not_say_so(warned: Lab, found: str, says: str) -> None:
    """A hold could be lifted on evidence that left it open; a newer version that says as much ends a verification."""
    body = {"name": "M", "test": TEST, "what": "security", "evidence_sha256": ["0" * 64], "holds_until": "2027-06-01"}
    warned.file("red_lines.mitigation", **body)
    shown, entry = (warned.evidence("line_mitigation:m", found=one) for one in ("in_place", found))
    [fault] = refused(lambda: warned.verify("line_mitigation:m", rests_on=[shown, entry]))
    assert (fault.where, fault.code) == ("rests_on.1", "contradicts")
    assert (fault.seen, fault.want) == (str(entry), f"evidence that it is in place: this says {says}")
    warned.verify("line_mitigation:m", rests_on=[shown, entry], in_place=False)


def rests_on_a_run(lab: Lab, **more: Any) -> tuple[str, int]:
    """A mitigation that is in place by a run of the model, and by which entry its conditions were said."""
    body = {"name": "M", "test": TEST, "what": "security", "evidence_sha256": ["0" * 64], "holds_until": "2027-06-01"}
    lab.file("red_lines.mitigation", **body, meets="weights_secured")
    run, _ = lab.run(log("CI"), AUDITOR)
    said = lab.file("evaluations.conditions", by=AUDITOR, evaluation=run, model="model:four")
    [of_run] = [int(one["entry"]) for one in registry.versions(lab.authority.reader, run)]
    lab.verify("line_mitigation:m", rests_on=[lab.evidence("line_mitigation:m"), of_run], **more)
    assert asked(lab)["weights_secured"] == "in_place"
    return run, said


@pytest.mark.parametrize("how", ["another", "unsaid", "taken_back"])
def test_a_verification_ends_with_the_word_that_its_run_is_of_the_model(warned: Lab, how: str) -> None:
    """It stood on a run of the model, which was said to be another's a day later."""
    run, said = rests_on_a_run(warned)
    other, _ = warned.run(log("CII"), AUDITOR)
    warned.file("evaluations.conditions", by=AUDITOR, evaluation=other)
    warned.file("evaluations.conditions", by=AUDITOR, evaluation=run, model="model:four", access="grey_box")
    assert asked(warned)["weights_secured"] == "in_place", "what else is said of runs ends nothing"
    if how == "another":
        name = {"name": "Other", "organisation": "organisation:aurora", "source": "invented"}
        warned.file("model_registration.model", **name)
        warned.file("evaluations.conditions", by=AUDITOR, evaluation=run, model="model:other")
    elif how == "unsaid":
        warned.file("evaluations.conditions", by=AUDITOR, evaluation=run, access="grey_box")
    else:
        annul = {"reason_code": "filed_in_error", "citation": "Order 1"}
        warned.authority.act(Act("record.annulled", {"entry": said, **annul}, ""), AUDITOR)
        warned.authority.follow()
        assert asked(warned)["weights_secured"] == "in_place", "it is said once more"
        newer = warned.authority.store.newest("evaluations.conditions", run)
        assert newer is not None
        warned.authority.act(Act("record.annulled", {"entry": newer.index, **annul}, ""), AUDITOR)
        warned.authority.follow()
    assert newest(warned, "red_lines.lapsed")["reason"] == "evidence_gone"
    assert asked(warned)["weights_secured"] == "lapsed"


def test_a_verification_from_before_holds_whatever_is_said_of_its_run(
    warned: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it did: what was filed under the second version of the kind is read, and followed, so."""
    found = mitigating._found

    def as_before(entry: Entry, row: Any) -> dict[str, Any]:
        body = {name: value for name, value in entry.body.items() if name != "counts_by"}
        return found(replace(entry, body=VERIFIED.upcasters[2](body)), row)

    monkeypatch.setattr(mitigating, "_found", as_before)
    run, _ = rests_on_a_run(warned)
    warned.file("evaluations.conditions", by=AUDITOR, evaluation=run)
    assert asked(warned)["weights_secured"] == "in_place"


def test_a_mitigation_meets_a_requirement_of_its_kind_and_the_same_one_in_each_version(warned: Lab) -> None:
    body = {"name": "Enclave", "test": TEST, "evidence_sha256": ["0" * 64], "holds_until": "2027-06-01"}

    def wrong(**more: Any) -> list[tuple[str, str]]:
        return [(one.where, one.code) for one in refused(lambda: warned.file("red_lines.mitigation", **body, **more))]

    assert wrong(what="security", meets="nothing_known") == [("meets", "unknown")]
    assert wrong(what="training", meets="weights_secured") == [("what", "other")]
    warned.file("red_lines.mitigation", **body, what="security", meets="weights_secured")
    assert wrong(what="deployment", meets="uses_kept_safe") == [("meets", "registered")]


def test_recipients_are_told_within_their_hours_of_the_decision_and_overdue_is_seen(warned: Lab) -> None:
    def stands() -> dict[str, tuple[str, bool, bool]]:
        found = telling.of_test(warned.authority.reader, TEST, warned.clock.now())
        return {one.recipient.id: (one.by[:16], bool(one.entry), one.late) for one in found}

    assert stands()["body_of_the_line"] == ("2026-11-03T08:00", False, False)
    assert stands()["authorities_abroad"] == ("2026-11-05T08:00", False, False)
    assert "government" not in stands(), "who can order a shutdown is told of a crossing"
    said = {"test": TEST, "statement": "By telephone, at nine"}

    def wrong(**more: Any) -> list[str]:
        return [one.where for one in refused(lambda: warned.file("red_lines.told", by=DESK, **said, **more))]

    assert wrong(state="crossed", whom="developer") == ["state"]
    assert wrong(state="early_warning", whom="government") == ["whom"]
    warned.file("red_lines.told", by=DESK, **said, state="early_warning", whom="developer")
    assert wrong(state="early_warning", whom="developer") == ["whom"], "once"
    warned.on("2026-11-04")
    assert stands()["developer"][1:] == (True, False)
    assert stands()["body_of_the_line"][1:] == (False, True)
    shown = view_of_a_test(warned.authority.reading(), {"test": "t"})
    assert [(row[0], row[3]) for row in shown["told_"]][:2] == [
        ("The developer of the model", "told"), ("The body at home whose task the line is", "overdue"),
    ]  # fmt: skip


def test_what_was_filed_before_is_read_as_it_was() -> None:
    """A verification from before evidence was asked for, a mitigation that met nothing, a lapse without a reason."""
    for kind, body in (
        (VERIFIED, {"test": TEST, "mitigation": "line_mitigation:m", "method": "test", "in_place": True,
                    "holds_until": "2026-12-20"}),
        (MITIGATION, {"name": "M", "test": TEST, "what": "security", "holds_until": "2026-12-20",
                      "evidence_sha256": ["0" * 64]}),
        (LAPSED, {"test": TEST, "mitigation": "line_mitigation:m", "held_until": "2026-12-20"}),
    ):  # fmt: skip
        read = kind.upcasters[1](dict(body))
        assert read == body
        assert kind.schema.model_validate(read)


def test_runs_of_a_test_that_the_measure_does_not_name_count_towards_danger_alone(lab: Lab) -> None:
    """What an arm registered as its test is asked for; else any that the measure names counts whole, and no other."""
    lab.test(arms=(arm("one", planned=400), arm("named", planned=100, task="end_to_end")))
    run, _ = lab.run(SAFE)
    lab.said_of(run)
    assert [(one.where, one.code) for one in refused(lambda: lab.look(None, "named", run=run))] == [
        ("run", "otherwise")
    ]
    lab.look(None, run=run)
    other, _ = lab.run(log_of([sample(n, "I") for n in range(100, 200)], task="x", suite="easier_tasks"))
    lab.said_of(other)
    lab.look(None, run=other)
    test = registry.subject(lab.authority.reader, TEST)
    assert test is not None
    assert doubts(lab.authority.reader, test, test["body"]["arms"][0], looks(lab.authority.reader, TEST)) == [
        [],
        ["task"],
    ]
    measures = lines_file(lab.authority.reading(), {})["measures"]
    assert [one["task"] for one in measures["proxy"][0]["test"]] == [SUITE]


@pytest.mark.parametrize("registers", ["developer", "another"])
def test_whom_a_developer_registered_is_not_apart_from_it(lab: Lab, registers: str) -> None:
    """A second organisation of its own ran the arm: below was said of a measure that asks for somebody else."""
    text = (RULES / "proxies.toml").read_text("utf-8").replace('version = "2026-12-03"', 'version = "apart"')
    asked = 'elicited = { access = ["grey_box", "white_box"] }'
    assert asked in text
    lab.authority.adopt(rule_file(text.replace(asked, asked.replace(" }", ", apart = true }"))))
    who = Caller("party:indep" if registers == "another" else "party:aurora", ("developer",))
    lab.file("model_registration.organisation", by=who, name="Indep Lab", source="invented")
    lab.test(arms=(arm("one", planned=100, run_by="organisation:indep-lab"),))
    run, _ = lab.run(SAFE, who)
    lab.said_of(run, by=who)
    lab.look(None, run=run, by=who)
    lab.on("2026-12-20")
    assert (lab.state()[0] == "below") == (registers == "another")


@pytest.mark.parametrize(("access", "state"), [("black_box", "inconclusive"), ("grey_box", "below")])
def test_below_is_said_where_it_was_tried_as_hard_as_the_measure_asks(lab: Lab, access: str, state: str) -> None:
    lab.test(arms=(arm("one", planned=100, access=access),))
    run, _ = lab.run(SAFE)
    lab.said_of(run, access=access)
    lab.look(None, run=run)
    assert lab.state()[0] == state


def test_a_measure_of_which_few_successes_are_dangerous_is_held_the_other_way_round(lab: Lab) -> None:
    """Attacks that were stopped: where 4 of 60 are, the share that is not is past a line of one half."""
    text = (RULES / "proxies.toml").read_text("utf-8").replace('version = "2026-12-03"', 'version = "falling"')
    falling = text.replace(
        'direction = "above"\nwarning = "0.2"\nline_at = "0.5"', 'direction = "below"\nwarning = "0.8"\nline_at = "0.5"'
    )
    proxy = read_proxies(falling).proxy[0]
    assert (proxy.safe_at(), [round(one, 6) for one in proxy.lines()]) == ("0.85", [0.2, 0.5, 0.05])
    for wrong in ('line_at = "0.9"', 'line_at = "0.5"\nbuffer = "0.3"'):
        with pytest.raises(RuleFault):
            read_proxies(falling.replace('line_at = "0.5"', wrong, 1))
    lab.authority.adopt(rule_file(falling))
    lab.test()
    lab.look(" ".join("1" * 4 + "0" * 56))
    assert lab.state()[0] == "crossed"


def test_a_text_of_consequences_that_names_one_twice_is_refused() -> None:
    text = (RULES / "consequences.toml").read_text("utf-8")
    assert read_consequences(text).required("red_lines.idais/weapons", "early_warning", "training")
    with pytest.raises(RuleFault):
        read_consequences(text.replace('id = "answerable"', 'id = "weights_secured"'))


def test_the_clause_by_which_somebody_is_told_is_cited_in_each_language() -> None:
    """A page in Chinese cited each clause in English; a text that cites it once stays as it is."""
    written = (RULES / "consequences.toml").read_text("utf-8")
    text = read_consequences(written)
    for one in (*text.requirement, *text.recipient):
        assert re.search(r"[\u4e00-\u9fff]", one.cited("zh")), one.id
        assert not re.search(r"[\u4e00-\u9fff]", one.cited("en")), one.id
    once = read_consequences(re.sub(r'citation = \{ en = ("[^"]*")[^}]*\}', r"citation = \1", written))
    assert {one.cited("zh") == one.cited("en") for one in once.recipient} == {True}


def test_the_page_says_of_a_developers_threshold_that_no_test_on_record_measures_it(lab: Lab) -> None:
    shown = overview(lab.authority.reading(), {})
    lines = {line["title"]: line for one in shown["sets"] for line in one["lines"]}
    theirs = lines["CBRN weapons"]
    assert (theirs["proxies"], theirs["tests"], theirs["own"]) == ([], 0, True)
    assert theirs["safeguards"]
    assert theirs["bears_on"] == ["Help with weapons of mass destruction"]
    assert all(line["proxies"] for line in lines.values() if not line["own"])
    [range_takeover] = lines["Cyberattacks"]["proxies"]
    assert "none is published" in range_takeover[3]
    assert "MHBench" in range_takeover[3]
    assert shown["follows"]["requirements"][0][0] == "Weights are kept from theft"


def test_the_forms_file_evidence_a_verification_on_it_and_who_was_told(warned: Lab) -> None:
    """What is typed into a form is what is filed: entries one a line, and the state that was decided last."""
    pages = {page.id: page for page in warned.authority.instruments["red_lines"].pages}
    body = {"name": "Enclave", "test": TEST, "what": "security", "evidence_sha256": ["0" * 64]}
    warned.file("red_lines.mitigation", **body, meets="weights_secured", holds_until="2027-06-01")
    about = {"test": "t", "mitigation": "line_mitigation:enclave", "method": "test", "procedure": "Tried to read it"}

    def sent(form: str, by: Caller, **given: str) -> int:
        page, reading = pages[f"red_line_{form}"], reading_of(warned, by)
        assert page.view(reading, {"test": "t"})["asks"]
        assert page.act is not None
        [act] = page.act(reading, {"test": "t", **given}).acts
        return warned.file(act.kind, by=by, **act.body)

    shown = sent("evidence", AUDITOR, **about, name="Report", found="in_place", digests_sha256="1" * 64)
    sent("verify", AUDITOR, **about, rests_on=f"{shown}\n", in_place="true", holds_until="2026-12-20")
    assert asked(warned)["weights_secured"] == "in_place"
    sent("told", DESK, whom="developer", statement="By letter")
    told = {one.recipient.id: one.entry for one in telling.of_test(warned.authority.reader, TEST, warned.clock.now())}
    assert told["developer"] > shown


def guaranteed(lab: Lab, source: int, quantity: str = "rate of tries that got through") -> int:
    """A guarantee that rests on an entry."""
    body = {"quantity": quantity, "at_most": 0.01, "confidence": 0.99, "by_method": "Wilson", "source": source}
    return lab.file("safety_cases.guarantee", by=DESK, name=f"Bound {source} {quantity}", **body)


def filed(lab: Lab, name: str = "M") -> str:
    """A mitigation that nobody verified yet."""
    body = {"name": name, "test": TEST, "what": "security", "evidence_sha256": ["0" * 64], "holds_until": "2027-06-01"}
    lab.file("red_lines.mitigation", **body, meets="weights_secured")
    return f"line_mitigation:{name.lower()}"


def test_a_guarantee_shows_a_mitigation_where_what_it_rests_on_is_about_that(warned: Lab) -> None:
    """One that bread rises, or one about another mitigation, shows nothing; nor does one that rests on such a one."""
    mitigation, other = filed(warned), filed(warned, "Other")

    def wrong(entry: int) -> list[tuple[str, str]]:
        found = refused(lambda: warned.verify(mitigation, rests_on=[entry]))
        return [(one.where, one.code) for one in found]

    model = registry.subject(warned.authority.reader, "model:four")
    assert model is not None
    bread = guaranteed(warned, model["entry"], "height of bread")
    elsewhere = guaranteed(warned, warned.evidence(other))
    for entry in (bread, guaranteed(warned, bread), elsewhere, guaranteed(warned, elsewhere)):
        assert wrong(entry) == [("rests_on.0", "other")]
    unclear = guaranteed(warned, warned.evidence(mitigation, found="unclear"))
    assert wrong(unclear) == [("rests_on.0", "contradicts")]
    warned.verify(mitigation, rests_on=[guaranteed(warned, guaranteed(warned, warned.evidence(mitigation)))])
    assert asked(warned)["weights_secured"] == "in_place"


@pytest.mark.parametrize("how", ["annulled", "unclear", "another"])
@pytest.mark.parametrize("before", [False, True])
def test_a_mitigation_lapses_with_what_a_guarantee_rests_on(
    warned: Lab, monkeypatch: pytest.MonkeyPatch, how: str, before: bool
) -> None:
    """And one that was verified before that was asked holds as it did."""
    if before:
        found = mitigating._found
        monkeypatch.setattr(mitigating, "_found", lambda entry, row: {**found(entry, row), "counts_by": 1})
    mitigation = filed(warned)
    name = f"Report {warned.authority.store.size()}"
    shown = warned.evidence(mitigation)
    run, _ = warned.run(log("CI"), AUDITOR)
    warned.file("evaluations.conditions", by=AUDITOR, evaluation=run, model="model:four")
    [of_run] = [int(one["entry"]) for one in registry.versions(warned.authority.reader, run)]
    bounds = [guaranteed(warned, guaranteed(warned, shown)), guaranteed(warned, of_run)]
    warned.verify(mitigation, rests_on=bounds)
    assert asked(warned)["weights_secured"] == "in_place"
    if how == "annulled":
        annul = {"entry": shown, "reason_code": "filed_in_error", "citation": "Order 1"}
        warned.authority.act(Act("record.annulled", annul, ""), AUDITOR)
        warned.authority.follow()
    elif how == "unclear":
        warned.evidence(mitigation, name=name, found="unclear")
    else:
        warned.file("evaluations.conditions", by=AUDITOR, evaluation=run, access="grey_box")
    assert asked(warned)["weights_secured"] == ("in_place" if before else "lapsed")


@pytest.mark.parametrize(
    ("stage", "more", "added"),
    [
        ("deployed", {}, ["uses_kept_safe"]),
        ("deployed", {"fictitious": True}, []),
        ("deployed", {"line": "red_lines.idais/power"}, []),
        ("training", {}, []),
    ],
)
def test_what_is_required_is_what_the_furthest_stage_of_the_model_asks(
    lab: Lab, stage: str, more: dict[str, Any], added: list[str]
) -> None:
    """A model that is deployed, and was tested as in training too, is not released by what is enough in training."""
    lab.test(decide_by="2027-01-10")
    lab.look(WARNING)
    assert list(asked(lab)) == ["weights_secured"]
    proxy = {"proxy": "oversight_evasion"} if more.get("line") else {}
    lab.test(name="Later", stage=stage, arms=(arm("one", **proxy),), **more)
    assert list(asked(lab)) == ["weights_secured", *added]
    lab.mitigated("Enclave", meets="weights_secured")
    assert ("required" in voice(lab, "one")) == bool(added)


def test_of_a_test_from_before_its_own_stage_is_asked(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schemas, "check_house_says", lambda *given, **named: None)
    lab.test(decide_by="2027-01-10", counts_by=1)
    lab.look(WARNING)
    lab.test(name="Later", stage="deployed")
    assert list(asked(lab)) == ["weights_secured"]
    lab.test(decide_by="2027-01-10", arms=(arm("one"), arm("two")))
    assert list(asked(lab)) == ["weights_secured"], "by the rule of its first version"
