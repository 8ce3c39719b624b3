"""What is filed about safety cases: versions of a case, what others say against it or for it, how that was weighed.

Public is that there is a case, for which system and setting, what it claims in one line and by when it is to be looked
at again. The argument, its evidence and what is said about it stay with the authority and whoever filed it: they tell
where a system is weak.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from commonweal.kernel.instrument import PUBLIC, Attached, Attachment, Filing, Index, Kind, Text
from commonweal.kernel.registry import Day, Ref

from .evidence import Binding
from .model import Case, Id
from .standing import Dependence

NOUN = "safety_case"
BINDINGS_MAX = 5_000
Line = Annotated[str, Field(min_length=1, max_length=200)]
Words = Annotated[str, Field(max_length=20_000)]
Some = Annotated[str, Field(min_length=1, max_length=20_000)]
STEWARDS = ("officer", "authority")
SPEAKERS = ("developer", "observer", "auditor", *STEWARDS)
Judged = Literal["admitted", "turned_away"]


class CaseVersion(Filing):
    """A version of a case. `name` is what it is called, `claim` what it claims, as told in public.

    It is about a registered model, or about a system that is only `system_named` so far. `bindings` say what elements
    rest on outside the argument, `dependence` how what an element rests on hangs together, for elements where somebody
    states that; `template` which of the templates it began with.
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
    """What somebody who may weigh it made of a statement, with reasons."""

    case: Annotated[str, Ref(NOUN), PUBLIC]
    statement: Index
    verdict: Judged
    reasons: Some


CASE = Kind(
    "safety_cases.case", CaseVersion, Text(en="Safety case", zh="安全案例"), noun=NOUN, files=("developer", *STEWARDS)
)
SAID = Kind("safety_cases.said", Said, Text(en="Statement about a safety case", zh="对安全案例的陈述"), files=SPEAKERS)
WEIGHED = Kind(
    "safety_cases.weighed",
    WeighedUp,
    Text(en="Statement weighed", zh="陈述已评议"),
    files=("observer", "auditor", *STEWARDS),
)
KINDS = (CASE, SAID, WEIGHED)
