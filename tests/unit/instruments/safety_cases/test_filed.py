"""Versions, statements and verdicts as they are filed become one argument; each wrong act is told every fault."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import pytest
from pydantic import ValidationError

from case_office import TODAY
from commonweal.instruments.safety_cases import INSTRUMENT, acts, filed, reviewing
from commonweal.instruments.safety_cases.formats import ltac
from commonweal.instruments.safety_cases.kinds import ASSIGNED, CASE, GUARANTEE, KINDS, PROOF, REMARKED, SAID, WEIGHED
from commonweal.kernel import registry
from commonweal.kernel.disclosure import validate
from commonweal.kernel.instrument import Act, Fault, Filer, Filing, Kind, Text
from commonweal.kernel.record import Entry
from commonweal.kernel.values import instant
from fakes import MemoryTables

AT = instant("2026-11-30T00:00:00Z")
OUTLINE = "- Claim Top: Safe\n  - Claim A: a\n    - Evidence E: log\n"
SUBJECT = "safety_case:release-2"


class Log(Filing):
    name: str
    log_sha256: str = ""
    fictitious: bool = False


LOG = Kind("evaluations.log", Log, Text(en="Log", zh="日志"), noun="log")
SHA256 = 64 * "a"


class Desk:
    """Files acts of these kinds and follows them at once; entry 1 is the log on which the case rests."""

    def __init__(self) -> None:
        self.tables, self.registry, self.index = MemoryTables(), registry.Registry((*KINDS, LOG)), 0
        self.log("party:lab")

    def log(self, by: str, name: str = "a", *, erased: bool = False, made_up: bool = False) -> int:
        """A version of a log, by whom."""
        self.index += 1
        body = {} if erased else {"name": name, "log_sha256": SHA256, "fictitious": made_up}
        self.registry.follow(Entry(self.index, LOG.id, 1, AT, by, f"log:{name}", body, erased=erased), self.tables)
        return self.index

    def file(self, kind: Kind, by: str, **body: Any) -> int:
        self.index += 1
        subject = SUBJECT if kind is CASE else "guarantee:leaks" if kind is GUARANTEE else None
        entry = Entry(self.index, kind.id, 1, AT, by, subject, validate(kind, body))
        self.registry.follow(entry, self.tables)
        filed.follow(entry, self.tables)
        reviewing.follow(entry, self.tables)
        return self.index

    def faults(self, kind: Kind, by: str, roles: Sequence[str] = (), **body: Any) -> list[Fault]:
        act = Act(kind.id, validate(kind, body), key="", subject=SUBJECT if kind is CASE else None)
        return list(acts.check(act, self.tables, Filer(by, AT, (by,), roles)))

    def state(self) -> str:
        case = filed.filed_case(self.tables, SUBJECT)
        assert case is not None
        return filed.stands(self.tables, case, TODAY).state


def version(outline: str = OUTLINE, **more: Any) -> dict[str, Any]:
    argument = ltac.read({"case.ltac": outline.encode()}).model_dump(mode="json", exclude_defaults=True)
    plain = {"name": "Release 2", "system_named": "M", "setting": "Hosted", "claim": "It is safe enough hosted"}
    return {**plain, "argument": argument, "bindings": [{"element": "E", "entry": 1}], **more}


@pytest.fixture
def desk() -> Desk:
    made = Desk()
    made.file(CASE, "party:lab", **version())
    return made


def test_what_is_filed_about_a_case_moves_it_as_it_is_weighed(desk: Desk) -> None:
    assert desk.state() == "stands"
    doubt = desk.file(SAID, "party:critic", case=SUBJECT, element="A", text="Another scaffold succeeds")
    assert desk.state() == "open"
    desk.file(WEIGHED, "party:officer", case=SUBJECT, statement=doubt, verdict="admitted", reasons="Shown to us")
    assert desk.state() == "defeated"
    answer = desk.file(SAID, "party:lab", case=SUBJECT, statement=doubt, text="It had the answers")
    desk.file(WEIGHED, "party:officer", case=SUBJECT, statement=answer, verdict="admitted", reasons="Seen in the log")
    assert desk.state() == "stands"
    desk.file(WEIGHED, "party:officer", case=SUBJECT, statement=answer, verdict="turned_away", reasons="On second look")
    assert desk.state() == "defeated", "the newest verdict counts"


def moved(**more: Any) -> dict[str, Any]:
    """A version in which the evidence has another id, and its own names something idle."""
    outline = (
        OUTLINE.replace("Evidence E:", "Evidence F:") + "- Strategy Notes: what we had\n  - Evidence E: old notes\n"
    )
    return version(outline, bindings=[{"element": "F", "entry": 1}], **more)


def test_a_newer_version_that_gives_the_name_of_the_challenged_part_to_another_is_challenged_whole(desk: Desk) -> None:
    """The author alone dropped what was admitted, by a name that now stands where nothing rests on it."""
    doubt = desk.file(SAID, "party:critic", case=SUBJECT, element="E", text="It was contaminated")
    desk.file(WEIGHED, "party:officer", case=SUBJECT, statement=doubt, verdict="admitted", reasons="yes")
    assert desk.state() == "defeated"
    desk.file(CASE, "party:lab", **moved())
    assert desk.state() == "defeated"
    answer = desk.file(SAID, "party:lab", case=SUBJECT, statement=doubt, text="It was run again")
    desk.file(WEIGHED, "party:other", case=SUBJECT, statement=answer, verdict="admitted", reasons="Seen")
    assert desk.state() == "stands", "an answer that is admitted answers it wherever it stands"


def test_what_was_admitted_is_turned_away_by_who_admitted_it_and_nobody_else(desk: Desk) -> None:
    """One officer undid what another found, and the case stood with a challenge that nobody had answered."""
    doubt = desk.file(SAID, "party:critic", case=SUBJECT, element="A", text="no")
    about = {"case": SUBJECT, "statement": doubt, "reasons": "yes"}
    desk.file(ASSIGNED, "party:officer", case=SUBJECT, reviewer="party:auditor", until="2026-12-30")
    office = ("party:officer", ("officer",))
    assert desk.faults(WEIGHED, *office, verdict="turned_away", **about) == []
    desk.file(WEIGHED, "party:auditor", verdict="admitted", **about)
    (fault,) = desk.faults(WEIGHED, *office, verdict="turned_away", **about)
    assert (fault.where, fault.code) == ("verdict", "admitted")
    assert "party:auditor" in fault.want
    assert desk.faults(WEIGHED, *office, verdict="admitted", **about) == []
    assert desk.faults(WEIGHED, "party:auditor", verdict="turned_away", **about) == []
    desk.file(WEIGHED, "party:auditor", verdict="turned_away", **about)
    case = filed.filed_case(desk.tables, SUBJECT)
    assert case is not None
    found = filed.stands(desk.tables, case, TODAY)
    assert (found.state, [one.about for one in found.doubts][:1]) == ("stands", ["challenge_turned_away"])


def test_a_newer_version_without_the_challenged_part_is_challenged_until_somebody_else_finds_that_met(
    desk: Desk,
) -> None:
    doubt = desk.file(SAID, "party:critic", case=SUBJECT, element="A", text="no")
    desk.file(WEIGHED, "party:officer", case=SUBJECT, statement=doubt, verdict="admitted", reasons="yes")
    desk.file(CASE, "party:lab", **version("- Claim Top: Safe\n  - Claim B: b\n    - Evidence E: log\n"))
    assert desk.state() == "defeated"
    desk.file(WEIGHED, "party:officer", case=SUBJECT, statement=doubt, verdict="turned_away", reasons="It rests on B.")
    assert desk.state() == "stands"


def test_evidence_that_rests_on_nothing_leaves_open_what_rests_on_it(desk: Desk) -> None:
    """A reviewer's evidence was bound to no entry and no condition, and its case stood."""
    desk.file(CASE, "party:lab", **version(bindings=[{"element": "E", "expires": "2027-01-01"}]))
    assert desk.state() == "open"


def test_what_was_said_about_a_case_is_no_element_that_its_author_writes(desk: Desk) -> None:
    argument = {"elements": [{"id": "Top", "kind": "goal"}, {"id": "said/7", "kind": "counter_goal"}]}
    assert "reserved" in {one.code for one in desk.faults(CASE, "party:lab", **version(argument=argument))}


def test_evidence_that_is_a_subject_of_the_register_counts_as_long_as_it_is_the_newest(desk: Desk) -> None:
    bindings = [{"element": "E", "entry": desk.index, "subject": SUBJECT}]
    desk.file(CASE, "party:lab", **version(bindings=bindings))
    assert desk.state() == "open", "the entry it names is no longer the newest version: nothing supports it now"


def grounds(desk: Desk, by: str = "party:lab", **binding: Any) -> list[tuple[str, str]]:
    found = desk.faults(CASE, by, **version(bindings=[{"element": "E", **binding}]))
    return [(one.where.removeprefix("bindings, E, "), one.code) for one in found]


def test_evidence_is_an_entry_that_is_there_and_is_what_it_is_said_to_be(desk: Desk) -> None:
    """A case stood on entry 999, on a clock's tick, on itself and on a file that nobody had filed."""
    statement = desk.file(SAID, "party:critic", case=SUBJECT, element="A", text="no")
    case = desk.file(CASE, "party:lab", **version())
    for entry in (999, 0, statement):
        assert grounds(desk, entry=entry) == [("entry", "reference")]
    assert grounds(desk, entry=case) == [("entry", "own")]
    assert grounds(desk, entry=desk.log("party:lab", "b", erased=True)) == [("entry", "erased")]
    assert grounds(desk, entry=1, subject="log:b") == [("subject", "subject")]
    assert grounds(desk, entry=1, sha256=64 * "b") == [("sha256", "digest")]
    assert grounds(desk, sha256=SHA256, subject="log:a") == [("subject", "reference"), ("sha256", "reference")]
    assert grounds(desk, entry=1, subject="log:a", sha256=SHA256) == []
    assert grounds(desk, "party:critic", entry=1, sha256=SHA256) == [("sha256", "digest")], (
        "nobody asks whose a file is"
    )
    evidence = {"element": "x", "entry": 999}
    told = desk.faults(SAID, "party:critic", case=SUBJECT, element="A", text="no", evidence=evidence)
    assert [(one.where, one.code) for one in told] == [("evidence, entry", "reference")]


def test_what_a_version_before_said_already_is_not_refused_again_and_the_state_tells_it(desk: Desk) -> None:
    """An erasure would else keep anybody from mending another part of the case."""
    bindings = [{"element": "E", "entry": 999}]
    desk.file(CASE, "party:lab", **version(bindings=bindings))
    assert desk.state() == "open", "it was filed before that was looked at"
    assert grounds(desk, entry=999) == []


def test_what_is_made_up_shows_nothing_for_a_case_that_is_not(desk: Desk) -> None:
    """A case about a real model stood on a test that was registered to practise, below by a run that was made up."""
    entry = desk.log("party:lab", "practice", made_up=True)
    refused = [("entry", "made_up")]
    assert grounds(desk, entry=entry) == refused
    below = {"entry": 1, "conditions": [{"subject": "log:practice", "found": ["below"]}]}
    assert grounds(desk, **below) == [("conditions", "made_up")]
    figure = guarantee(desk, source=entry)
    resting = desk.file(GUARANTEE, "party:lab", **figure)
    assert grounds(desk, entry=resting) == refused
    said = {"case": SUBJECT, "element": "A", "text": "No", "evidence": {"element": "X", "entry": entry}}
    (fault,) = (one for one in desk.faults(SAID, "party:lab", **said) if one.code == "made_up")
    assert (fault.where, fault.seen) == ("evidence, entry", f"{entry}, marked as made up")
    bound = [{"element": "E", "entry": entry}]
    assert not desk.faults(CASE, "party:lab", **version(bindings=bound, fictitious=True)), "among made-up things it may"


def test_a_case_that_was_made_up_becomes_none_that_is_not(desk: Desk) -> None:
    """With what it rested on, and what statements brought while it was made up, it stood for a real model."""
    bound = [{"element": "E", "entry": desk.log("party:lab", "practice", made_up=True)}]
    desk.file(CASE, "party:lab", **version(bindings=bound, fictitious=True))
    for given in (bound, []):
        (fault,) = desk.faults(CASE, "party:lab", **version(bindings=given))
        assert (fault.where, fault.seen, fault.code) == ("fictitious", "no", "registered")


def test_a_case_can_be_said_to_be_made_up_with_all_it_rests_on(desk: Desk) -> None:
    bound = [{"element": "E", "entry": desk.log("party:lab")}]
    desk.file(CASE, "party:lab", **version(bindings=bound))
    desk.log("party:lab")
    assert not desk.faults(CASE, "party:lab", **version(bindings=bound, fictitious=True))


def test_a_guarantee_whose_source_was_made_up_as_is_said_now_is_no_ground_either(desk: Desk) -> None:
    resting = desk.file(GUARANTEE, "party:lab", **guarantee(desk, source=desk.log("party:lab", "trial")))
    assert grounds(desk, entry=resting) == []
    desk.log("party:lab", "trial", made_up=True)
    assert grounds(desk, entry=resting) == [("entry", "made_up")]


def test_a_case_that_rested_on_what_is_made_up_before_that_was_refused_stands_as_it_did(desk: Desk) -> None:
    desk.file(CASE, "party:lab", **version(bindings=[{"element": "E", "entry": desk.log("party:lab", made_up=True)}]))
    assert desk.state() == "stands"
    entry = desk.index - 1
    assert not desk.faults(CASE, "party:lab", **version(bindings=[{"element": "E", "entry": entry}], statement="Anew"))


def guarantee(desk: Desk, **more: Any) -> dict[str, Any]:
    plain = {"name": "Leaks", "quantity": "Leaks a day", "at_most": 0.01, "confidence": 0.95, "source": 1}
    return {**plain, "by_method": "Exact interval (Clopper and Pearson 1934)", **more}


def test_a_guarantee_in_figures_says_how_likely_it_holds_and_nobody_else_beside_it(desk: Desk) -> None:
    """A figure typed beside the entry that it came from could say another."""
    assert [one.where for one in desk.faults(GUARANTEE, "party:lab", **guarantee(desk, source=999))] == ["source"]
    assert desk.faults(GUARANTEE, "party:lab", **guarantee(desk)) == []
    with pytest.raises(ValidationError):
        GUARANTEE.schema.model_validate(guarantee(desk, at_most=None))
    entry = desk.file(GUARANTEE, "party:lab", **guarantee(desk))
    figures = {"lower": 0.99, "upper": 1.0, "stated_by": "lab"}
    assert grounds(desk, entry=entry, **figures) == [("lower", "contradicts")]
    assert grounds(desk, entry=entry, **(figures | {"lower": 0.95})) == []
    desk.file(CASE, "party:lab", **version(bindings=[{"element": "E", "entry": entry}]))
    case = filed.filed_case(desk.tables, SUBJECT)
    assert case is not None
    now = filed.stands(desk.tables, case, TODAY)
    assert (now.state, now.interval("Top")) == ("stands", (0.95, 1.0))


def test_a_guarantee_does_not_say_otherwise_than_its_source(desk: Desk) -> None:
    """A run of which 0.3 follows from the samples shows no bound of 0.2; nor is anybody surer than who they rest on."""
    results = [{"name": "match.accuracy", "reported": 0.1, "recomputed": 0.3}, {"name": "std", "reported": 0.5}]
    body = {"name": "b", "samples": 200, "results": results}
    desk.index += 1
    desk.registry.follow(Entry(desk.index, LOG.id, 1, AT, "party:lab", "log:b", body), desk.tables)
    run = desk.index

    def told(by: str = "party:lab", **more: Any) -> list[tuple[str, str]]:
        given = guarantee(desk, **{"source": run, "quantity": "Match.accuracy", **more})
        return [(one.where, one.code) for one in desk.faults(GUARANTEE, by, **given)]

    assert told(at_most=0.3) == told(at_most=None, at_least=0.3) == []
    assert told(at_most=0.2) == [("at_most", "contradicts")]
    assert told(at_most=0.9, at_least=0.4) == [("at_least", "contradicts")]
    assert told(quantity="std", at_most=0.4) == [("at_most", "contradicts")], "nothing follows, so what is reported"
    assert told(quantity="samples", at_least=300, at_most=None) == [("at_least", "contradicts")]
    first = desk.file(GUARANTEE, "party:lab", **guarantee(desk, at_most=0.4))
    assert told(source=first, quantity="leaks a day", at_most=0.4) == []
    assert told(source=first, quantity="leaks a day", at_most=0.3) == [("at_most", "contradicts")]
    assert told(source=first, quantity="leaks a day", at_least=0.1, at_most=None) == [("at_least", "contradicts")]
    surer = told(source=first, quantity="leaks a day", at_most=0.5, confidence=0.99, unit="a week")
    assert surer == [("confidence", "contradicts"), ("unit", "contradicts")]


def test_nobody_rests_a_guarantee_on_an_entry_that_they_may_not_read(desk: Desk) -> None:
    """A stranger's bounds were held against nothing: at least 0.999 of a run of which 0.185 follows was on record."""
    desk.index += 1
    body = {"name": "b", "results": [{"name": "accuracy", "reported": 0.185, "recomputed": 0.185}]}
    desk.registry.follow(Entry(desk.index, LOG.id, 1, AT, "party:lab", "log:b", body), desk.tables)

    def told(by: str, roles: Sequence[str] = (), **bounds: float) -> list[Fault]:
        given = guarantee(desk, source=desk.index, quantity="accuracy", **bounds)
        return desk.faults(GUARANTEE, by, roles, **given)

    wrong, right = {"at_least": 0.999, "at_most": 1.0}, {"at_most": 0.2}
    refused = [told("party:stranger", ["auditor"], **one) for one in (wrong, right)]
    assert [[(one.where, one.code) for one in found] for found in refused] == [[("source", "reader")]] * 2
    assert refused[0] == refused[1], "whether the bounds are right is not told by trying"
    assert "0.185" not in refused[0][0].want
    for by, roles in (("party:lab", ()), ("party:officer", ("officer",))):
        assert [one.where for one in told(by, roles, **wrong)] == ["at_least"]
        assert told(by, roles, **right) == []


FORMULA, REFUTATION = b"p cnf 2 3\n1 0 -1 2\n0 -2 0\n", b"4 0 1 2 3 0\n"


def test_a_proof_is_checked_as_it_is_filed_and_not_believed(desk: Desk) -> None:
    """The first step that does not follow is told; so is a count that is not the check's; of what was checked, once."""
    sent = {hashlib.sha256(one).hexdigest(): one for one in (FORMULA, REFUTATION, b"4 0 1 2 0\n")}

    def file(data: bytes) -> list[dict[str, Any]]:
        name, kind = hashlib.sha256(data).hexdigest(), "text/plain"
        return [{"sha256": name, "name": "a.txt", "media_type": kind, "size": len(data)}]

    def faults(proof: bytes, **counts: int) -> list[tuple[str, str]]:
        body = {"name": "P", "shows": "No state is forbidden", "formula": file(FORMULA), "proof": file(proof), **counts}
        act = Act(PROOF.id, validate(PROOF, body), key="", subject="proof:p")
        found = acts.check(act, desk.tables, Filer("party:lab", AT, ("party:lab",), sent=sent.__getitem__))
        return [(one.where, one.code) for one in found]

    right = {"clauses": 3, "steps": 1, "used": 3}
    assert faults(REFUTATION, **right) == []
    assert faults(REFUTATION, **(right | {"used": 2})) == [("used", "differs")]
    assert faults(b"4 0 1 2 0\n", **right) == [("proof, line 1", "unproven")]
    body = {"name": "P", "shows": "x", "formula": file(FORMULA), "proof": file(REFUTATION), **right}
    desk.registry.follow(Entry(9, PROOF.id, 1, AT, "party:lab", "proof:p", validate(PROOF, body)), desk.tables)
    sent.clear()
    assert faults(REFUTATION, **right) == [], "its files were checked with the version before"


def test_every_fault_of_a_version_is_told_at_once(desk: Desk) -> None:
    """A circle, an away goal to nowhere, bindings of what is not there."""
    argument = {
        "elements": [
            {"id": "G1", "kind": "goal"},
            {"id": "G2", "kind": "goal", "cites": {"module": "Nowhere", "element": "G9"}},
            {"id": "C1", "kind": "context"},
        ],
        "relations": [
            {"above": "G1", "below": "C1", "kind": "in_context_of"},
            {"above": "G1", "below": "G2"},
            {"above": "G2", "below": "G1"},
        ],
    }
    bindings = [{"element": "Sn9"}, {"element": "G1"}, {"element": "C1"}, {"element": "C1"}]
    body = version(argument=argument, bindings=bindings, dependence={"G7": "independent"})
    assert [(fault.where, fault.code) for fault in desk.faults(CASE, "party:lab", **body)] == [
        ("argument, element G1", "circle"),
        ("argument, element G2, cites", "away"),
        ("bindings, element", "dangling"),
        ("bindings, element", "kind"),
        ("bindings, element", "duplicate"),
        ("dependence", "dangling"),
    ]


def test_a_case_claims_something(desk: Desk) -> None:
    """A single piece of evidence stood in public under the words "Safe"."""
    argument = {"elements": [{"id": "Sn1", "kind": "solution", "text": "Log"}]}
    bindings = [{"element": "Sn1", "entry": 1}]
    found = desk.faults(CASE, "party:lab", **version(argument=argument, bindings=bindings))
    assert [(one.where, one.code) for one in found] == [("argument", "no_claim")]
    desk.file(CASE, "party:lab", **version(argument=argument, bindings=bindings))
    assert desk.state() == "stands", "one from before stays as it was"


@pytest.mark.parametrize(
    ("claim", "argued"),
    [
        ("Safe", True),
        ("  safe\n.", True),
        ("SAFE。", True),
        ("Safe enough", False),
        ("It poses no severe risk of any kind", False),
        ("a", False),
    ],
)
def test_what_is_claimed_in_public_is_held_against_what_the_argument_claims(
    desk: Desk, claim: str, argued: bool
) -> None:
    entry = desk.file(CASE, "party:lab", **version(claim=claim))
    assert filed.is_argued(desk.tables, entry) == argued


def test_no_review_is_promised_for_a_day_that_is_over(desk: Desk) -> None:
    """A case to be reviewed by 2020 was taken in 2026."""

    def told(day: str | None) -> list[tuple[str, str]]:
        found = desk.faults(CASE, "party:lab", **version(review_by=day))
        return [(one.where, one.code) for one in found]

    for day in ("2020-01-01", "2026-11-29"):
        assert told(day) == [("review_by", "past")]
    assert told("2026-11-30") == told("2027-01-01") == told(None) == []
    desk.file(CASE, "party:lab", **version(review_by="2026-11-29"))
    assert told("2026-11-29") == [], "a later version keeps the day that it had"
    assert told("2026-11-28") == [("review_by", "past")]


def test_a_statement_is_about_something_that_is_there_and_weighed_by_somebody_else(desk: Desk) -> None:
    doubt = desk.file(SAID, "party:critic", case=SUBJECT, element="A", text="no")
    for against in ({"element": "Z"}, {"between": ["Top", "E"]}, {"statement": 999}):
        assert len(desk.faults(SAID, "party:officer", ("officer",), case=SUBJECT, text="no", **against)) == 1
    for against in ({"element": "E"}, {"between": ["E", "A"]}, {"statement": doubt}):
        assert desk.faults(SAID, "party:officer", ("officer",), case=SUBJECT, text="no", **against) == []
    weigh: dict[str, Any] = {"case": SUBJECT, "verdict": "admitted", "reasons": "r"}
    office = ("officer",)

    def codes(by: str, statement: int, roles: Sequence[str] = ()) -> list[str]:
        return [one.code for one in desk.faults(WEIGHED, by, roles, statement=statement, **weigh)]

    assert codes("party:critic", doubt, office) == ["own"]
    assert codes("party:lab", doubt) == ["author"]
    assert codes("party:officer", 999, office) == ["reference"]
    assert codes("party:officer", doubt, office) == []


def test_who_weighs_what_was_said_reads_it_and_the_argument(desk: Desk) -> None:
    """An auditor to whom neither was open turned a case from standing to defeated, three times."""
    doubt = desk.file(SAID, "party:critic", case=SUBJECT, element="A", text="no")
    weigh: dict[str, Any] = {"case": SUBJECT, "verdict": "admitted", "reasons": "r"}

    def told(**more: Any) -> list[str]:
        found = desk.faults(WEIGHED, "party:auditor", ("auditor",), **weigh, **more)
        return [one.code for one in found]

    assert told(statement=doubt) == told(statement=999) == ["reader"], "nor do they learn what was said by trying"
    desk.file(ASSIGNED, "party:officer", case=SUBJECT, reviewer="party:auditor", until="2026-11-30")
    assert told(statement=doubt) == []
    assert told(statement=999) == ["reference"]
    desk.file(ASSIGNED, "party:officer", case=SUBJECT, reviewer="party:auditor", until="2026-11-30", withdrawn=True)
    assert told(statement=doubt) == ["reader"]


def test_nobody_weighs_what_their_organisation_said_or_filed(desk: Desk) -> None:
    doubt = desk.file(SAID, "party:critic", case=SUBJECT, element="A", text="no")
    bodies = {"party:critic": {"organisation:critics"}, "party:lab": {"organisation:lab"}}
    verdict = {"case": SUBJECT, "statement": doubt, "verdict": "admitted", "reasons": "r"}
    act = Act(WEIGHED.id, validate(WEIGHED, verdict), key="")

    def codes(body: str) -> list[str]:
        spoke = {**bodies, "party:one": {body}}
        filer = Filer("party:one", AT, ("party:one",), ("officer",), spoke=lambda party, since: spoke.get(party, ()))
        return [one.code for one in acts.check(act, desk.tables, filer)]

    assert [codes(f"organisation:{one}") for one in ("critics", "lab", "other")] == [["own"], ["author"], []]
    assert codes("authority") == [], "people of one office are not for one another"


@pytest.mark.parametrize("kind", [SAID, REMARKED])
def test_who_may_not_read_a_case_learns_no_name_in_it_by_trying(desk: Desk, kind: Kind) -> None:
    """A stranger was refused for each name that is none, so that every other one was one."""

    def answered(by: str, **about: Any) -> list[str]:
        roles = {"party:officer": ["officer"], "party:stranger": ["auditor"]}.get(by, [])
        return [one.code for one in desk.faults(kind, by, roles, case=SUBJECT, text="no", **about)]

    names = [{"element": "A"}, {"element": "Z"}]
    ties = [{"between": ["Top", "A"]}, {"between": ["Top", "Z"]}] if kind is SAID else []
    assert [answered("party:stranger", **one) for one in (*names, *ties)] == [[]] * (len(names) + len(ties))
    for reader in ("party:lab", "party:officer"):
        assert [answered(reader, **one) for one in names] == [[], ["dangling"]]
    desk.file(ASSIGNED, "party:officer", case=SUBJECT, reviewer="party:stranger", until="2026-12-30")
    assert [answered("party:stranger", **one) for one in names] == [[], ["dangling"]], "asked to review, it is open"


def test_what_is_said_of_a_name_that_is_none_counts_against_all_that_is_claimed(desk: Desk) -> None:
    assert desk.state() == "stands"
    desk.file(SAID, "party:stranger", case=SUBJECT, element="Z", text="no")
    assert desk.state() == "open"


@pytest.mark.parametrize("against", [{}, {"element": "A", "statement": 3}])
def test_a_statement_is_said_against_one_thing(against: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        SAID.schema.model_validate({"case": SUBJECT, "text": "no", **against})


def test_a_case_says_of_which_system_it_is() -> None:
    with pytest.raises(ValidationError):
        CASE.schema.model_validate(version(system_named=None))


def test_of_what_was_erased_nothing_is_laid_out_and_the_record_is_followed_on(desk: Desk) -> None:
    """An erased entry stands in the log with an empty body: tables that are laid out anew come by it."""
    for number, kind in enumerate(KINDS[1:], 50):
        entry = Entry(number, kind.id, 1, AT, "party:critic", None, {}, erased=True)
        assert list(INSTRUMENT.follow(entry, desk.tables)) == []  # type: ignore[misc]
    assert filed.statements(desk.tables, SUBJECT) == []
    assert desk.state() == "stands"
