"""What is filed about safety cases: versions, what others say against them or for them, how that was weighed, who is
asked to review, what is remarked, that a quorum of experts approved one version, and two things on which a case may
rest: proofs that are checked here, and guarantees in figures.

Public is that there is a case, for which system and setting, what it claims in one line, by when it is to be looked
at again, and since when it stands, is open or is defeated (why: README); of proofs and guarantees, the name. The
argument, its evidence and what is said about it stay with the authority and whoever filed it: they tell where a system
is weak.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from commonweal.kernel.instrument import PUBLIC, Attached, Attachment, Filing, Index, Kind, Text
from commonweal.kernel.registry import Day, Ref, SaidBy

from . import guarantees
from .evidence import Binding
from .model import Case, Id
from .proofs import BYTES_MAX
from .standing import Dependence

NOUN = "safety_case"
BINDINGS_MAX = 5_000
Party = Annotated[str, Field(pattern=r"^party:[a-z0-9][a-z0-9:_.\-]{0,95}$")]
Line = Annotated[str, Field(min_length=1, max_length=200)]
Words = Annotated[str, Field(max_length=20_000)]
Some = Annotated[str, Field(min_length=1, max_length=20_000)]
STEWARDS = ("officer", "authority")
AUTHORS = ("developer", *STEWARDS)
WEIGHERS = ("observer", "auditor", *STEWARDS)
SPEAKERS = ("developer", "observer", "auditor", *STEWARDS)
Judged = Literal["admitted", "turned_away"]
Counted = Annotated[int | None, Field(ge=0)]
File = Attached(types=("txt",), bytes_max=BYTES_MAX, count_max=1)


class CaseVersion(Filing):
    """A version of a case. `name` is what it is called, `claim` what it claims, as told in public.

    It is about a registered model, or about a system that is only `system_named` so far. `said_by`, which is filled in
    here, is for whom its filer speaks: for who develops that model, for the authority, or for no other. `bindings` say
    what elements rest on outside the argument, `dependence` how what an element rests on hangs together, for elements
    where somebody states that; `template` which of the templates it began with.
    """

    name: Annotated[Line, PUBLIC]
    system: Annotated[str | None, Ref("model"), PUBLIC] = None
    system_named: Annotated[Line | None, PUBLIC] = None
    setting: Annotated[Line, PUBLIC]
    claim: Annotated[Line, PUBLIC]
    review_by: Annotated[Day | None, PUBLIC] = None
    argument: Case
    bindings: Annotated[tuple[Binding, ...], Field(max_length=BINDINGS_MAX)] = ()
    dependence: dict[Id, Dependence] = Field(default_factory=dict)
    template: Annotated[Line | None, PUBLIC] = None
    statement: Words = ""
    documents: Annotated[tuple[Attachment, ...] | None, Attached()] = None
    fictitious: Annotated[bool, PUBLIC] = False
    said_by: Annotated[Literal["developer", "officer", "other"] | None, PUBLIC, SaidBy((("system", "developer"),))] = (
        None
    )

    @model_validator(mode="after")
    def _about_something(self) -> CaseVersion:
        if self.system is None and self.system_named is None:
            raise ValueError("system: a registered model, or in system_named what the system is called")
        return self


class Said(Filing):
    """A challenge to a case, or an answer to one: against an element, a relation of two, or an earlier statement."""

    case: Annotated[str, Ref(NOUN), PUBLIC]
    element: Id | None = None
    between: tuple[Id, Id] | None = None
    statement: Index | None = None
    text: Some
    evidence: Binding | None = None
    documents: Annotated[tuple[Attachment, ...] | None, Attached()] = None

    @model_validator(mode="after")
    def _against_one_thing(self) -> Said:
        if sum(one is not None for one in (self.element, self.between, self.statement)) != 1:
            raise ValueError("element: one of element, between and statement says what it is said against")
        return self


class WeighedUp(Filing):
    """What the authority, or who was asked to review the case, made of a statement, with reasons."""

    case: Annotated[str, Ref(NOUN), PUBLIC]
    statement: Index
    verdict: Judged
    reasons: Some


class Assigned(Filing):
    """Somebody is asked to review a case, or one element of it, until a day: until then its argument is open to them.

    `withdrawn`: they are asked no more, and it is closed to them from now on.
    """

    case: Annotated[str, Ref(NOUN), PUBLIC]
    reviewer: Party
    element: Id | None = None
    until: Day
    text: Words = ""
    withdrawn: bool = False


class Remarked(Filing):
    """A comment on a case or an element that challenges nothing. `review`: the assignment that it is the answer to."""

    case: Annotated[str, Ref(NOUN), PUBLIC]
    element: Id | None = None
    review: Index | None = None
    text: Some


class Approved(Filing):
    """A quorum of organisations approved one version (its entry), by the authorisation of this digest, used once.

    It is of that text on that day: whatever changes in the case or in what it rests on makes it stale.
    """

    case: Annotated[str, Ref(NOUN), PUBLIC]
    version: Annotated[Index, PUBLIC]
    request_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$"), PUBLIC]
    approved_by: Annotated[tuple[Line, ...], Field(min_length=1, max_length=100), PUBLIC]


class Turned(Filing):
    """A case stands otherwise than before, by what it rests on and what was said about it: it stands, is open, or is
    defeated. `version`: the entry of its newest version. `through`: through which elements it was defeated, from the
    first cause; they tell where the argument is weak."""

    case: Annotated[str, Ref(NOUN), PUBLIC]
    state: Annotated[Literal["stands", "open", "defeated"], PUBLIC]
    version: Annotated[Index, PUBLIC]
    through: Annotated[tuple[Id, ...], Field(max_length=100)] = ()


class ProofFiled(Filing):
    """A formula (DIMACS CNF) that was proven, by a proof in LRAT that was checked here as it came, to have no model.

    `shows`: what that is meant to show. That the formula says so is not proven, and is for who reviews the argument.
    `clauses` of the formula, `steps` of the proof, how many clauses it `used`: as the check counted.
    """

    name: Annotated[Line, PUBLIC]
    shows: Some
    formula: Annotated[tuple[Attachment, ...], Field(min_length=1), File]
    proof: Annotated[tuple[Attachment, ...], Field(min_length=1), File]
    clauses: Counted = None
    steps: Counted = None
    used: Counted = None
    fictitious: Annotated[bool, PUBLIC] = False


class Guarantee(Filing):
    """A quantity lies within bounds with a confidence, by a method, as the entry `source` shows it: of a test, a run of
    an evaluation, a proof.

    `confidence` is how likely the bounds hold, at least, as whoever files this states it by that method. What is bound
    to it has the interval from `confidence` to 1, and no other.
    """

    name: Annotated[Line, PUBLIC]
    quantity: Line
    unit: Annotated[str, Field(max_length=80)] = ""
    at_least: float | None = None
    at_most: float | None = None
    confidence: Annotated[float, Field(ge=0, le=1)]
    by_method: Line
    source: Index
    statement: Words = ""
    fictitious: Annotated[bool, PUBLIC] = False

    @model_validator(mode="after")
    def _bounded(self) -> Guarantee:
        if self.at_least is None and self.at_most is None:
            raise ValueError("at_most: say at least or at most how much the quantity is")
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise ValueError("at_most: not below what it is at least")
        return self


def _by_whoever(body: dict[str, Any]) -> dict[str, Any]:
    """A version from before it was asked for whom its filer speaks: that stays open."""
    return {**body, "said_by": None}


CASE = Kind(
    "safety_cases.case",
    CaseVersion,
    Text(en="Safety case", zh="安全案例"),
    version=2,
    noun=NOUN,
    files=AUTHORS,
    upcasters={1: _by_whoever},
)
SAID = Kind("safety_cases.said", Said, Text(en="Statement about a safety case", zh="对安全案例的陈述"), files=SPEAKERS)
WEIGHED = Kind(
    "safety_cases.weighed",
    WeighedUp,
    Text(en="Statement weighed", zh="陈述已评议"),
    files=WEIGHERS,
)
ASSIGNED = Kind(
    "safety_cases.assigned",
    Assigned,
    Text(en="Review of a safety case asked for", zh="请求评审安全案例"),
    files=STEWARDS,
)
REMARKED = Kind(
    "safety_cases.remarked", Remarked, Text(en="Comment on a safety case", zh="安全案例评论"), files=SPEAKERS
)
APPROVED = Kind(
    "safety_cases.approved", Approved, Text(en="Safety case approved", zh="安全案例获得批准"), files=STEWARDS
)
TURNED = Kind(
    "safety_cases.turned",
    Turned,
    Text(en="A safety case stands otherwise", zh="安全案例状态变更"),
    files=(),
    time_class="hour",
    about_field="case",
)
PROOF = Kind(
    "safety_cases.proof",
    ProofFiled,
    Text(en="Machine-checked proof", zh="机器核验的证明"),
    noun="proof",
    files=SPEAKERS,
)
GUARANTEE = Kind(
    guarantees.KIND, Guarantee, Text(en="Guarantee in figures", zh="量化保证"), noun="guarantee",
    files=SPEAKERS,
)  # fmt: skip
KINDS = (CASE, SAID, WEIGHED, ASSIGNED, REMARKED, APPROVED, TURNED, PROOF, GUARANTEE)
