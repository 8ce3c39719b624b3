"""What is filed here of evaluators and jobs: who may evaluate for others, what waits to be evaluated, who drew it, and
what came of it.

Everybody may know that a job waits under a reference, until when, and how it ended; and who is accredited for what.
What is to be run on which model is for the office, for accredited evaluators and for whoever asked.
"""

from __future__ import annotations

from importlib.resources import files as files_of
from typing import Annotated, Literal, get_args

from pydantic import Field

from commonweal.kernel.instrument import PUBLIC, Filing, Index, Kind, Marking, Text
from commonweal.kernel.registry import Day, NotPast, Ref, SaidBy
from commonweal.kernel.values import read_toml

ID, PATH = "third_party_testing", "/third_party_testing"
JOB_NOUN, EVALUATOR_NOUN = "evaluation_job", "evaluator"
STEWARDS = ("officer", "authority")
EVALUATORS = ("auditor",)
ASKERS = ("developer", *STEWARDS)
OFFICE = "officer"
"""What the door says in `said_by` of an officer."""
Line = Annotated[str, Field(min_length=1, max_length=200)]
Words = Annotated[str, Field(min_length=1, max_length=4000)]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256 in hexadecimal")]
PublicKey = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9_-]{43}$",
        description="an Ed25519 public key in base64url, the `x` of its JWK (RFC 8037): `weal evaluations new-key`",
    ),
]
Signed = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9_-]{1,400}\.[A-Za-z0-9_-]{1,4000}\.[A-Za-z0-9_-]{86}$",
        description="a compact JWS (RFC 7515), as `weal evaluations return` makes it",
    ),
]
Count = Annotated[int, Field(ge=1, le=10_000_000)]

Format = Literal["inspect", "every_eval_ever", "lm_eval", "garak", "metr"]
Access = Literal["black_box", "grey_box", "white_box", "fine_tuning"]
State = Literal["open", "drawn", "returned", "accepted", "withdrawn"]
Standing = Literal["valid", "suspended", "revoked"]
Reason = Literal[
    "conflict_undeclared", "results_unsound", "content_released", "at_its_own_wish", "ordered", "cleared_up"
]
FORMATS, ACCESSES, REASONS = get_args(Format), get_args(Access), get_args(Reason)


class Evaluator(Filing):
    """Somebody who evaluates for others, with the key by which their results are known to be theirs."""

    name: Annotated[Line, PUBLIC]
    organisation: Annotated[str, PUBLIC, Ref("organisation")]
    key: Annotated[PublicKey, PUBLIC]
    statement: Words | None = None
    fictitious: Annotated[bool, PUBLIC] = False


class Accredited(Filing):
    """An evaluator may work with what access, until when, by which assessment; `cleared` also on dangerous content."""

    evaluator: Annotated[str, PUBLIC, Ref(EVALUATOR_NOUN)]
    access: Annotated[tuple[Access, ...], PUBLIC, Field(min_length=1, max_length=4)]
    cleared: Annotated[bool, PUBLIC] = False
    until: Annotated[Day, PUBLIC, NotPast()]
    citation: Annotated[Line, PUBLIC]


class StandingChanged(Filing):
    """An evaluator's accreditation is suspended, valid again, or over."""

    evaluator: Annotated[str, PUBLIC, Ref(EVALUATOR_NOUN)]
    state: Annotated[Standing, PUBLIC]
    reason_code: Annotated[Reason, PUBLIC]
    words: Words | None = None


class Conflict(Filing):
    """An evaluator has a conflict of interest with an organisation, and draws no job on a model of theirs. That it is
    over (`stands` false) an officer says."""

    evaluator: Annotated[str, PUBLIC, Ref(EVALUATOR_NOUN, owned=True)]
    organisation: Annotated[str, Marking.GREEN, Ref("organisation")]
    stands: Annotated[bool, Marking.GREEN] = True
    words: Words | None = None


class Job(Filing):
    """What is to be run on a model by somebody else: which task in which version, in which format its log is wanted,
    with what access, by when, under which conditions. `name` is a reference that gives nothing away.

    In an `enclave` the content is dangerous: only a cleared evaluator draws it, and only verdict and commitment leave.
    """

    name: Annotated[Line, PUBLIC]
    model: Annotated[str, Marking.GREEN, Ref("model")]
    task: Annotated[Line, Marking.GREEN]
    task_version: Annotated[Line, Marking.GREEN]
    format: Annotated[Format, PUBLIC]
    access: Annotated[Access, PUBLIC]
    due_on: Annotated[Day, PUBLIC, NotPast()]
    samples_least: Annotated[Count, Marking.GREEN] = 1
    conditions: Annotated[Words, Marking.GREEN]
    enclave: Annotated[bool, PUBLIC] = False
    fictitious: Annotated[bool, PUBLIC] = False
    said_by: Annotated[
        Literal["developer", "officer", "other"] | None, Marking.GREEN, SaidBy(own=(("model", "developer"),))
    ] = None


class Drawn(Filing):
    """An evaluator takes a job on: it is theirs until the last day of the lease, which follows from the terms."""

    job: Annotated[str, PUBLIC, Ref(JOB_NOUN)]
    evaluator: Annotated[str, Marking.GREEN, Ref(EVALUATOR_NOUN)]


class Lapsed(Filing):
    """The last day of a lease is over and nothing came: the job waits again for whoever draws it."""

    job: Annotated[str, PUBLIC, Ref(JOB_NOUN)]
    drawn: Annotated[Index, Marking.GREEN]
    until: Annotated[Day, PUBLIC]


class GivenBack(Filing):
    """Whoever drew a job gives it back before the lease is over: it waits again for others, and what is left of credits
    that were granted for it goes back into the pool."""

    job: Annotated[str, PUBLIC, Ref(JOB_NOUN)]
    evaluator: Annotated[str, Marking.GREEN, Ref(EVALUATOR_NOUN)]
    reasons: Annotated[Words, Marking.GREEN]


class Returned(Filing):
    """The result of a job: a run on record, with a signature of the evaluator's own key that binds it to the job, and
    to the root over the run's samples."""

    job: Annotated[str, PUBLIC, Ref(JOB_NOUN)]
    evaluator: Annotated[str, Marking.GREEN, Ref(EVALUATOR_NOUN)]
    run: Annotated[str, Marking.GREEN, Ref("evaluation")]
    signed: Annotated[Signed, Marking.GREEN]


class Judged(Filing):
    """Whoever asked accepts a result, or refuses it and says why: then the job waits again."""

    job: Annotated[str, PUBLIC, Ref(JOB_NOUN)]
    entry: Annotated[Index, Marking.GREEN]
    accepted: Annotated[bool, PUBLIC]
    reasons: Annotated[Words, Marking.GREEN]


class Withdrawn(Filing):
    """Whoever asked takes a job back that nobody has drawn."""

    job: Annotated[str, PUBLIC, Ref(JOB_NOUN)]
    reasons: Annotated[Words, Marking.GREEN]


_RIGHTED = read_toml(files_of(__package__).joinpath("righting.toml").read_text("utf-8"), "righting.toml")


def kind(
    name: str, schema: type[Filing], title: Text, files: tuple[str, ...], about: str = "job", *, renewable: bool = False
) -> Kind:
    """A kind about a subject of this mechanism (`about` empty: of none), with how its mistake is put right."""
    righted = Text(_RIGHTED[name])
    return Kind(f"{ID}.{name}", schema, title, files=files, about_field=about, renewable=renewable, righted=righted)


EVALUATOR = Kind(f"{ID}.evaluator", Evaluator, Text(en="Evaluator", zh="评测方"), noun=EVALUATOR_NOUN, files=EVALUATORS)
ACCREDITED = kind(
    "accredited", Accredited, Text(en="Accreditation of an evaluator", zh="评测方认可"), STEWARDS, "evaluator",
    renewable=True,
)  # fmt: skip
STANDING = kind(
    "standing", StandingChanged, Text(en="Standing of an evaluator", zh="评测方资格状态"), STEWARDS, "evaluator",
    renewable=True,
)  # fmt: skip
CONFLICT = kind(
    "conflict", Conflict, Text(en="Conflict of interest declared", zh="利益冲突申报"), (*EVALUATORS, *STEWARDS),
    "evaluator", renewable=True,
)  # fmt: skip
JOB = Kind(f"{ID}.job", Job, Text(en="Job for evaluators", zh="评测任务"), noun=JOB_NOUN, files=ASKERS)
DRAWN = kind("drawn", Drawn, Text(en="Job drawn", zh="领取评测任务"), EVALUATORS, renewable=True)
LAPSED = kind("lapsed", Lapsed, Text(en="Lease of a job lapsed", zh="任务领取期满失效"), ())
GIVEN_BACK = kind("given_back", GivenBack, Text(en="Job given back", zh="退回所领任务"), EVALUATORS, renewable=True)
RETURNED = kind("returned", Returned, Text(en="Result of a job", zh="评测任务结果"), EVALUATORS, renewable=True)
JUDGED = kind("judged", Judged, Text(en="Result accepted or refused", zh="结果的接受或拒绝"), ASKERS)
WITHDRAWN = kind("withdrawn", Withdrawn, Text(en="Job taken back", zh="撤回评测任务"), ASKERS)
KINDS = (EVALUATOR, ACCREDITED, STANDING, CONFLICT, JOB, DRAWN, LAPSED, GIVEN_BACK, RETURNED, JUDGED, WITHDRAWN)
