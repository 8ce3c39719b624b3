"""What is filed here: a test of a model against a red line, registered before its results; looks at results; decisions;
mitigations, their verification and their end.

What everybody may know is that a test of a line was registered, by when it is decided, how many arms it has, and what
was decided. Which model it is about, who runs it how, and results are not marked, so they stay with the authority and
whoever filed them. `name` is a reference that gives nothing away.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from commonweal.kernel.disclosure import HOUSE_SAYS, Index
from commonweal.kernel.instrument import PUBLIC, Filing, Kind, Text
from commonweal.kernel.registry import Day, Ref, SpokeFor

ID = "red_lines"
ARMS_MAX, OUTCOMES_MAX, RUNS_MAX = 40, 200_000, 1000
STEWARDS = ("officer", "authority")
FILERS = ("developer", *STEWARDS)
VERIFIERS = ("auditor", *STEWARDS)
Line = Annotated[str, Field(min_length=1, max_length=200)]
Words = Annotated[str, Field(max_length=20_000)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256 in hexadecimal")]
_GRADE = r"(?:0\.[0-9]{1,6}|[01]|x)"
_TOLD = rf"(?:[01x]+|{_GRADE}(?:,{_GRADE})*)"
Outcomes = Annotated[
    str,
    Field(
        min_length=1,
        max_length=OUTCOMES_MAX,
        pattern=rf"^{_TOLD}( {_TOLD})*$",
        description="1 solved, 0 failed, x missing; samples of one item or cluster together, a space between clusters; "
        "of a proxy that is graded shares from 0 to 1, with commas between samples of one item: 0.25,1,x 0.5",
    ),
]
Screen = Literal["not_run", "nothing_found", "suspected"]
Method = Literal["documents", "test", "inspection"]
Stage = Literal["training", "before_deployment", "deployed"]
ANY_SCORE = "*"
"""What an arm from before a score was registered says of it: whoever looks names one."""
TAKEN, FITTED, KEPT_APART, ONCE_SAID, UNSAID, IN_PART = 1, 2, 3, 4, 5, 6
"""By which rule a look counts: as it was taken; held against what was registered; and what nobody can check, and what
stands in no run on record, towards danger alone; with what was once on record of runs, whoever filed it takes it
back or says otherwise, words beside a run towards no danger; and with runs of which nobody said of which model they
are, where filer, model and test are as of one that was looked at, clusters of several items by how many these are,
attempts that ended in an error missing, and what speaks against a run's making (`making`), or ran on other weights than
the register has of the model, towards danger alone; and with runs of which items were told before passed over in part,
runs of no arm that reach the early warning passed over too, what began after each day of decision towards danger alone,
runs out of which the score registered cannot be read passed over, what goes past what was planned and what is a part of
a data set towards danger alone, and what was read out of a run as the house said it then."""
AS_FOUND, AS_SAID, AS_SHOWN = 1, 2, 3
"""By which rule a verification holds: whatever is said later of the runs on which it rests, or becomes of that on which
a guarantee does; while each of these stands, and each run is said to be of the model, also down the sources of a
guarantee; and while none of it is said to be made up where the mitigation is not, or is evidence that is said to be
about another, and for a test that is not made up only where the mitigation is not."""
AS_NAMED, AS_EVER = 1, 2
"""By which rule a test is held: by whose the model is in its newest version, its own stage, and whatever weights an arm
names; and by whose it is in any version, the furthest stage at which the model is tested at the line, and the weights
that the register had."""


def _distinct(arms: tuple[Arm, ...]) -> tuple[Arm, ...]:
    if len({one.id for one in arms}) != len(arms):
        raise ValueError("give each arm an id of its own")
    return arms


class Arm(BaseModel):
    """One proxy under one way of elicitation: who runs it with what access to which weights, and how far it goes.

    `score` is the one of a run's scores that counts, by the name that its log has for it. `clustered_by` is what its
    samples say of their item by which items lie in clusters (a text that several questions are about, a family of
    tasks), which count by how many these are; absent, each item stands for itself. `largest_cluster` is how many items
    the largest of these may have: each counts in shares of that, and one that has not come counts as so large; once one
    comes that is larger, danger goes by the largest that came. Of arms from before that was asked for it is absent.
    `task` is the test, as the logs call it; absent, any of the proxy's.
    `planned` is how many items, or clusters where these are registered, there will be; what of these has not come
    counts as solved where it is to be shown that the model is below.
    `looks`: any number of them, or one alone, at all that was planned: then the exact test of one look decides, which
    needs fewer items, and no second look is taken.
    """

    model_config = ConfigDict(
        defer_build=True, extra="forbid", allow_inf_nan=False, frozen=True, str_strip_whitespace=True
    )
    id: Name
    proxy: Name
    score: Line
    task: Line | None = None
    clustered_by: Line | None = None
    largest_cluster: Annotated[int | None, Field(ge=1, le=OUTCOMES_MAX)] = None
    run_by: str
    access: Literal["black_box", "grey_box", "white_box"]
    weights_sha256: Digest | None = None
    elicitation: Line
    fine_tuned: bool = False
    tries: Annotated[int, Field(ge=1, le=10_000)] = 1
    budget: Line | None = None
    planned: Annotated[int, Field(ge=1, le=OUTCOMES_MAX)]
    looks: Literal["any", "one"] = "any"


class LineTest(Filing):
    """A test of one model against one red line, registered before its results.

    Later versions may add arms, for somebody may elicit more than anybody thought of; once results are on record they
    count at a bound of their own. None that was registered is taken out or changed, and the day of decision is neither
    put off nor moved to one that is over. `counts_by` is the rule by which a test is held, of each arm that of the
    version by which it was registered.
    """

    name: Annotated[Line, PUBLIC]
    line: Annotated[str, PUBLIC]
    model: Annotated[str, Ref("model")]
    stage: Annotated[Stage, PUBLIC]
    decide_by: Annotated[Day, PUBLIC]
    arms: Annotated[
        tuple[Arm, ...],
        Field(min_length=1, max_length=ARMS_MAX),
        AfterValidator(_distinct),
        Ref("organisation", path="run_by"),
    ]
    statement: Words = ""
    fictitious: Annotated[bool, PUBLIC] = False
    counts_by: Annotated[Literal[1, 2], HOUSE_SAYS] = 2


class Look(Filing):
    """What came of one arm since the last look at it, in the order in which it came. Each look counts as one.

    `run` is the run of an evaluation on record whose samples these are, where there is one; its log is then the log.
    Without `outcomes` these are read out of that run, as its samples are committed to, under the score that the arm
    registered (of an arm from before that was asked for, under `score`). A run is held against the arm as it was
    registered (`fitting`); what stands in no run on record counts towards danger alone. `counts_by` is the rule by
    which a look counts, for one from before these counts as it was taken.
    `contamination` and `sandbagging` say which screens ran on it: a screen that did not run found nothing because it
    did not run.
    """

    test: Annotated[str, Ref("line_test"), PUBLIC]
    arm: Name
    outcomes: Outcomes | None = None
    run: Annotated[str | None, Ref("evaluation")] = None
    score: Line | None = None
    log_sha256: Digest | None = None
    contamination: Screen = "not_run"
    sandbagging: Screen = "not_run"
    statement: Words = ""
    counts_by: Annotated[Literal[1, 2, 3, 4, 5, 6], HOUSE_SAYS] = 6

    @model_validator(mode="after")
    def _of_something(self) -> Look:
        if self.outcomes is None and self.run is None:
            raise ValueError("outcomes: what came, or in run the run on record out of which it is read")
        if self.outcomes is not None and self.score is not None:
            raise ValueError("score: leave it out where outcomes are told; it says which score of a run to read")
        return self


class Brought(Filing):
    """What a look brought that read it out of a run, as the house read it (its payload `outcomes`): so it counts on,
    towards danger, where the run is erased later. `told_before` of the items of the run it did not bring, since they
    were told before; `past` of those that it brought go past what was planned."""

    test: Annotated[str, Ref("line_test"), PUBLIC]
    look: Annotated[Index, PUBLIC]
    told_before: Annotated[int, Field(ge=0)] = 0
    past: Annotated[int, Field(ge=0)] = 0


class Decided(Filing):
    """What the rule that was registered says of a test, from this entry on.

    `by_deadline`: it counts as a warning only because the day of decision is over and it was not clear. `evidence` is
    that of each arm: p-values at any stopping time, and the rates with what is missing at its worst.
    """

    test: Annotated[str, Ref("line_test"), PUBLIC]
    line: Annotated[str, PUBLIC]
    state: Annotated[Literal["below", "inconclusive", "early_warning", "crossed"], PUBLIC]
    by_deadline: Annotated[bool, PUBLIC]
    looks: Annotated[int, PUBLIC]
    rules: Annotated[str, PUBLIC]
    decided_by: tuple[Name, ...] = ()
    evidence: tuple[dict[str, Any], ...] = ()


class OfWeights(Filing):
    """Whether a test that is below is so of other weights than its model has by now; said anew when that changes."""

    test: Annotated[str, Ref("line_test"), PUBLIC]
    line: Annotated[str, PUBLIC]
    other_weights: Annotated[bool, PUBLIC]


class Mitigation(Filing):
    """What a developer put in place against the danger that a test warned of, with what shows it, and until when it
    holds. `meets` is the requirement of `red_lines.consequences` that it meets; absent, none.

    A later version is another mitigation to be verified; until it is, the last day of what was verified stands.
    """

    name: Annotated[Line, PUBLIC]
    test: Annotated[str, Ref("line_test"), PUBLIC]
    what: Annotated[Literal["security", "deployment", "training", "organisation"], PUBLIC]
    meets: Annotated[Name | None, PUBLIC] = None
    holds_until: Annotated[Day, PUBLIC]
    evidence_sha256: Annotated[tuple[Digest, ...], Field(min_length=1, max_length=50)]
    statement: Words = ""
    fictitious: Annotated[bool, PUBLIC] = False


class Evidence(Filing):
    """What shows that a mitigation is in place, or that it is not: what was done, by which method, and the digests of
    what came of it. A verification rests on entries such as this. `spoke_for`, which is filled in here, are the
    organisations for which its filer speaks; of evidence from before that none."""

    name: Annotated[Line, PUBLIC]
    test: Annotated[str, Ref("line_test"), PUBLIC]
    mitigation: Annotated[str, Ref("line_mitigation"), PUBLIC]
    method: Annotated[Method, PUBLIC]
    procedure: Line
    found: Annotated[Literal["in_place", "not_in_place", "unclear"], PUBLIC]
    digests_sha256: Annotated[tuple[Digest, ...], Field(min_length=1, max_length=50)]
    statement: Words = ""
    fictitious: Annotated[bool, PUBLIC] = False
    spoke_for: Annotated[tuple[str, ...], SpokeFor()] = ()


class Verified(Filing):
    """Whether a mitigation is in place, as somebody found who did not file it: by reading, testing or looking there.

    `procedure` is what was read, tested or looked at, and how, as another could do it again; `rests_on` are the entries
    that show it (evidence, a run of an evaluation, a guarantee that rests on either). What was found holds through
    `holds_until`, and as long as each of these stands, and each run is said to be of the model (`counts_by`). Of one
    from before that was asked both are empty, and it holds through its last day.
    """

    test: Annotated[str, Ref("line_test"), PUBLIC]
    mitigation: Annotated[str, Ref("line_mitigation"), PUBLIC]
    method: Annotated[Method, PUBLIC]
    procedure: Annotated[str, Field(max_length=200)] = ""
    rests_on: Annotated[tuple[Annotated[int, Field(ge=0)], ...], Field(max_length=50), PUBLIC] = ()
    in_place: Annotated[bool, PUBLIC]
    holds_until: Annotated[Day, PUBLIC]
    statement: Words = ""
    counts_by: Annotated[Literal[1, 2, 3], HOUSE_SAYS] = 3


class Lapsed(Filing):
    """What stood on a verified mitigation stands no more: its last day is over, or what it rests on was annulled or
    erased, says otherwise by now, is said to be made up, or is a run that is said no more to be of the model."""

    test: Annotated[str, Ref("line_test"), PUBLIC]
    mitigation: Annotated[str, Ref("line_mitigation"), PUBLIC]
    held_until: Annotated[Day, PUBLIC]
    reason: Annotated[Literal["day_over", "evidence_gone"], PUBLIC] = "day_over"


class Required(Filing):
    """Whether what is required at a line is verified now, of a test that gave a warning or found a crossing: `missing`
    are the requirements of `rules` that are not. Said anew with whatever is verified or lapses."""

    test: Annotated[str, Ref("line_test"), PUBLIC]
    met: Annotated[bool, PUBLIC]
    missing: Annotated[tuple[Name, ...], PUBLIC] = ()
    rules: Annotated[str, PUBLIC] = ""


class Told(Filing):
    """That a recipient of `red_lines.consequences` (`whom`) was told what was decided, and what shows that."""

    test: Annotated[str, Ref("line_test"), PUBLIC]
    state: Annotated[Literal["early_warning", "crossed"], PUBLIC]
    whom: Annotated[Name, PUBLIC]
    statement: Annotated[str, Field(min_length=1, max_length=20_000)]


class LeftOut(Filing):
    """Runs on record of which nobody looks at all, or at what of them was told before or goes past what was planned,
    and why, as somebody says who neither develops the model, nor runs the arm, nor filed the runs: below is said of an
    arm once nothing was passed over.

    With the reason `no_choice` no run is left out: it says of runs that bring a part of their data set that nobody
    chose which. `withdrawn`: what was said so of these runs is taken back, and they are as if it had never been said.
    """

    test: Annotated[str, Ref("line_test"), PUBLIC]
    arm: Name
    passed_over: Annotated[tuple[str, ...], Field(min_length=1, max_length=RUNS_MAX), Ref("evaluation", annulled=True)]
    reason: Literal["other_arm", "other_task", "broke_off", "faulty", "repeated", "no_choice"] | None = None
    withdrawn: bool = False
    statement: Annotated[str, Field(min_length=1, max_length=20_000)]

    @model_validator(mode="after")
    def _for_a_reason(self) -> LeftOut:
        if self.reason is None and not self.withdrawn:
            raise ValueError("reason: why they are left out; none where that is taken back")
        if self.reason is not None and self.withdrawn:
            raise ValueError("reason: nothing where what was said is taken back; the statement says why")
        return self


def _any_looks(body: dict[str, Any]) -> dict[str, Any]:
    """A test from before an arm could be registered for one look: each may be looked at as often as one likes."""
    return {**body, "arms": [{"looks": "any", **one} for one in body["arms"]]}


def _any_score(body: dict[str, Any]) -> dict[str, Any]:
    """A test from before an arm registered which score counts: whoever looks names it."""
    return {**body, "arms": [{"score": ANY_SCORE, **one} for one in body["arms"]]}


def _as_it_is(body: dict[str, Any]) -> dict[str, Any]:
    """What was filed before something else could be said beside it says none of that."""
    return body


def _unchecked(body: dict[str, Any]) -> dict[str, Any]:
    """A look from before its run was held against what was registered."""
    return {**body, "unchecked": True}


def _by_rule(body: dict[str, Any]) -> dict[str, Any]:
    """A look from before what stands in no run on record counted towards danger alone."""
    told = {name: value for name, value in body.items() if name != "unchecked"}
    return {**told, "counts_by": TAKEN if body.get("unchecked") else FITTED}


def _as_said_last(body: dict[str, Any]) -> dict[str, Any]:
    """A look from before what its filer took back of a run counted on."""
    return {"counts_by": KEPT_APART, **body}


def _as_said(body: dict[str, Any]) -> dict[str, Any]:
    """A look from before runs of which nothing is said counted as passed over."""
    return {"counts_by": ONCE_SAID, **body}


def _as_a_whole(body: dict[str, Any]) -> dict[str, Any]:
    """A look from before one stood for no more of its run than it brought."""
    return {"counts_by": UNSAID, **body}


def _as_named(body: dict[str, Any]) -> dict[str, Any]:
    """A test from before all that was ever said of its model counted."""
    return {"counts_by": AS_NAMED, **body}


def _as_found(body: dict[str, Any]) -> dict[str, Any]:
    """A verification from before it lapsed with what is said of the runs on which it rests."""
    return {"counts_by": AS_FOUND, **body}


def _as_of_its_model(body: dict[str, Any]) -> dict[str, Any]:
    """A verification from before what is made up showed nothing of what is not."""
    return {"counts_by": AS_SAID, **body}


TEST = Kind(
    f"{ID}.test",
    LineTest,
    Text(en="Test against a red line", zh="红线测试"),
    version=5,
    upcasters={1: _any_looks, 2: _any_score, 3: _as_it_is, 4: _as_named},
    noun="line_test",
    files=FILERS,
    time_class="hour",
)
LOOK = Kind(
    f"{ID}.look",
    Look,
    Text(en="Look at results", zh="结果查看"),
    version=6,
    upcasters={1: _unchecked, 2: _by_rule, 3: _as_said_last, 4: _as_said, 5: _as_a_whole},
    files=FILERS,
    time_class="hour",
    about_field="test",
    renewable=True,
)
BROUGHT = Kind(
    f"{ID}.brought",
    Brought,
    Text(en="What a look brought", zh="查看所得结果"),
    files=(),
    time_class="hour",
    about_field="test",
    causes_public="That it follows from a look says that somebody looked, as the look itself does.",
)
DECIDED = Kind(
    f"{ID}.decided",
    Decided,
    Text(en="Decision about a red line", zh="红线判定"),
    files=(),
    time_class="hour",
    about_field="test",
    causes_public="That a decision follows from a look says no more than its own public fields do.",
)
WEIGHTS = Kind(
    f"{ID}.weights",
    OfWeights,
    Text(en="Of which weights a model is below", zh="“低于”判定所针对的权重"),
    files=(),
    time_class="hour",
    about_field="test",
)
MITIGATION = Kind(
    f"{ID}.mitigation",
    Mitigation,
    Text(en="Mitigation", zh="缓解措施"),
    version=2,
    upcasters={1: _as_it_is},
    noun="line_mitigation",
    files=FILERS,
    time_class="hour",
)
EVIDENCE = Kind(
    f"{ID}.evidence",
    Evidence,
    Text(en="Evidence about a mitigation", zh="缓解措施证据"),
    version=2,
    upcasters={1: _as_it_is},
    noun="line_evidence",
    files=("developer", *VERIFIERS),
    time_class="hour",
)
VERIFIED = Kind(
    f"{ID}.verified",
    Verified,
    Text(en="Verification of a mitigation", zh="缓解措施核实"),
    version=4,
    upcasters={1: _as_it_is, 2: _as_found, 3: _as_of_its_model},
    files=VERIFIERS,
    time_class="hour",
    about_field="mitigation",
    renewable=True,
)
LEFT_OUT = Kind(
    f"{ID}.left_out",
    LeftOut,
    Text(en="Runs left out of a test", zh="不予采用的运行"),
    version=3,
    upcasters={1: _as_it_is, 2: _as_it_is},
    files=VERIFIERS,
    time_class="hour",
    about_field="test",
    renewable=True,
)
LAPSED = Kind(
    f"{ID}.lapsed",
    Lapsed,
    Text(en="A mitigation lapsed", zh="缓解措施失效"),
    version=2,
    upcasters={1: _as_it_is},
    files=(),
    time_class="hour",
    about_field="test",
)
REQUIRED = Kind(
    f"{ID}.required",
    Required,
    Text(en="What is required at a line, as it stands", zh="红线必要措施现状"),
    files=(),
    time_class="hour",
    about_field="test",
)
TOLD = Kind(
    f"{ID}.told",
    Told,
    Text(en="A recipient was told", zh="接收方已获告知"),
    files=STEWARDS,
    time_class="hour",
    about_field="test",
    renewable=True,
)
KINDS = (TEST, LOOK, BROUGHT, LEFT_OUT, DECIDED, WEIGHTS, MITIGATION, EVIDENCE, VERIFIED, LAPSED, REQUIRED, TOLD)
