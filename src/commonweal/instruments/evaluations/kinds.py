"""What is filed here: a run of an evaluation as its log tells it, and under which conditions it ran.

That there is a run, of how many samples, and the root that commits to each of them is public; so is whether what was
reported could be worked out again. Which model it was, of what task, with which result and elicited how stays with the
authority and whoever filed it: a cleared evaluator releases a commitment and, where it is released, a verdict.

What is not said is not known. A list of screens that is empty says that none ran, and never that none found anything.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

from commonweal.kernel import indicators
from commonweal.kernel.instrument import PUBLIC, Filing, Kind, Marking, Text
from commonweal.kernel.registry import Day, NotFuture, Ref, SpokeFor

ID = "evaluations"
NOUN = "evaluation"
SAMPLES = indicators.ATTEMPTS
"""The name of the payload in which the samples of a run lie (`payload.py`)."""
RESULTS_MAX, SCREENS_MAX, SAMPLES_MAX, NAMED_MAX = 2_000, 20, indicators.ATTEMPTS_MAX, 50
UNSAID = "(not said)"
"""What stands where a log says nothing."""
Line = Annotated[str, Field(min_length=1, max_length=200)]
Words = Annotated[str, Field(min_length=1, max_length=4000)]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Whole = Annotated[int, Field(ge=0, le=SAMPLES_MAX)]

Format = Literal["inspect", "every_eval_ever", "lm_eval", "garak", "metr"]
Status = Literal["success", "error", "cancelled", "started"]
Relation = Literal["first_party", "third_party", "authority", "joint"]
Access = Literal["black_box", "grey_box", "white_box", "fine_tuning"]
Verdict = Literal["same", "rounded", "by_chance", "differs", "beyond"]
Found = Literal["signs", "no_signs", "inconclusive"]
FORMATS, VERDICTS = get_args(Format), get_args(Verdict)


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, frozen=True, str_strip_whitespace=True)


class Result(_Part):
    """A number as the log reports it (`reported`) and as it follows from the samples (`recomputed`), over `n` of them.

    `reported` is absent where it is no finite number. `beyond` says that none follows, for the reason in `why`. For the
    `main` ones the score of each sample is kept, so that runs can be compared by it.
    """

    name: Line
    score: Line
    metric: Line
    reported: float | None = None
    recomputed: float | None = None
    verdict: Verdict
    n: Whole = 0
    why: Annotated[str, Field(max_length=400)] = ""


class Unread(_Part):
    """What so many samples say under a score that no rule of their tool has a number for: it counts as nothing."""

    score: Line
    said: Line
    samples: Whole


class Repeat(_Part):
    """An item that is given again under other ids, each of them named up to a bound: it counts as one item."""

    item: Line
    again: Annotated[tuple[Line, ...], Field(min_length=1, max_length=SCREENS_MAX)]


class Elicitation(_Part):
    """How hard it was tried to have the model show what it can. What is not said is not known."""

    scaffold: Line | None = None
    fine_tuned: bool | None = None
    attempts: Annotated[int, Field(ge=1, le=10**6)] | None = None
    tokens: Annotated[int, Field(ge=0, le=10**15)] | None = None
    usd: Annotated[float, Field(ge=0, le=1e12)] | None = None
    person_hours: Annotated[float, Field(ge=0, le=1e7)] | None = None
    words: Words | None = None


class Screen(_Part):
    """A screen that ran, by which method, and what it found. `no_signs` says that this method saw none."""

    method: Line
    found: Found
    words: Words | None = None
    ran_on: Annotated[Day, NotFuture()] | None = None


Screens = Annotated[tuple[Screen, ...], Field(max_length=SCREENS_MAX)]


class ShownSample(_Part):
    """Which sample: by its id, and which attempt at it."""

    id: Line
    epoch: Annotated[int, Field(ge=0, le=10**6)] = 1


class Run(Filing):
    """A run of an evaluation, as its log tells it. `name` is a reference that gives nothing away.

    `model_named` is what the log calls the model. `began` and `completed` are when it says that it was, in its words.
    `root` commits to each sample, of which there are `samples`, at
    `items` items; of these attempts ended in an error, were invalidated afterwards, or had a score edited by a person.
    By `commitment` 1 the root binds what each sample says, by 2 also what is counted of it: scores, target, epoch and
    what was invalidated, by 3 also by what its item lies together with others. `clustered_by` is that by which the
    log's own numbers take items together. `data_set` is how many items its data set has, as it says, each with so many
    `tries_planned`; `part_taken`: it says that a part of these was taken, by a bound or by their ids. Of the items
    `repeated` are another one again under another id. `spoke_for`, which is filled in here, are the organisations for
    which its filer speaks; of runs from before that none.
    """

    name: Annotated[Line, PUBLIC]
    format: Annotated[Format, PUBLIC]
    samples: Annotated[Whole, PUBLIC]
    root: Annotated[Digest, PUBLIC]
    commitment: Annotated[Literal[1, 2, 3], PUBLIC]
    same: Annotated[Whole, PUBLIC] = 0
    differs: Annotated[Whole, PUBLIC] = 0
    beyond: Annotated[Whole, PUBLIC] = 0
    fictitious: Annotated[bool, PUBLIC] = False
    log_sha256: Annotated[Digest, Marking.AMBER]
    written_by: Line
    run_id: Line
    task: Annotated[str, Field(min_length=1, max_length=2000)]
    status: Status
    began: Annotated[str, Field(max_length=60)] = ""
    completed: Annotated[str, Field(max_length=60)] = ""
    items: Whole = 0
    errors: Whole = 0
    invalidated: Whole = 0
    edited: Whole = 0
    repeated: Whole = 0
    clustered_by: Annotated[tuple[Line, ...], Field(max_length=SCREENS_MAX)] = ()
    data_set: Whole | None = None
    tries_planned: Annotated[int, Field(ge=1, le=SAMPLES_MAX)] = 1
    part_taken: bool = False
    repeats: Annotated[tuple[Repeat, ...], Field(max_length=NAMED_MAX)] = ()
    unread: Annotated[tuple[Unread, ...], Field(max_length=NAMED_MAX)] = ()
    results: Annotated[tuple[Result, ...], Field(max_length=RESULTS_MAX)] = ()
    model_named: Line
    spoke_for: Annotated[tuple[str, ...], SpokeFor()] = ()

    @model_validator(mode="after")
    def _counts_are_of_the_results(self) -> Run:
        counted = {"same": 0, "differs": 0, "beyond": 0}
        for one in self.results:
            counted[tally(one.verdict)] += 1
        for name, count in counted.items():
            if getattr(self, name) != count:
                raise ValueError(f"{name} must be {count}, as the results count")
        return self


class Conditions(Filing):
    """Under which conditions a run was made, which no log says: by whom, on what, how hard, and which screens ran.

    `model` is the registered model that it was, `weights_sha256` the digest of the weights that ran. A later filing
    replaces what an earlier one said.
    """

    evaluation: Annotated[str, PUBLIC, Ref(NOUN, owned=True)]
    model: Annotated[str | None, Ref("model")] = None
    weights_sha256: Digest | None = None
    run_by: Line | None = None
    on_behalf_of: Line | None = None
    relation: Relation | None = None
    access: Access | None = None
    elicitation: Elicitation | None = None
    contamination_screens: Screens = ()
    sandbagging_screens: Screens = ()


class Shown(Filing):
    """Samples of a run were shown to somebody, each with what proves that it is one: to whom, and on which basis.

    `citation` says by what that was ordered or agreed, `document_sha256` is the digest of that document. What the
    samples say is in the log that whoever showed them brought, and not in the record.
    """

    evaluation: Annotated[str, PUBLIC, Ref(NOUN)]
    citation: Annotated[Line, PUBLIC]
    document_sha256: Annotated[Digest, PUBLIC]
    shown: Annotated[Whole, PUBLIC]
    to: Line
    samples: Annotated[tuple[ShownSample, ...], Field(min_length=1, max_length=1000)]

    @model_validator(mode="after")
    def _counted(self) -> Shown:
        if self.shown != len(self.samples):
            raise ValueError(f"shown must be {len(self.samples)}, as the samples count")
        return self


def tally(verdict: str) -> str:
    """Under which of the three public counts a verdict falls: what may be chance or rounding is the same."""
    return verdict if verdict in ("differs", "beyond") else "same"


def _from_first(body: dict[str, Any]) -> dict[str, Any]:
    """A run of the first version: its root binds ids, epochs and texts alone."""
    return {**body, "commitment": 1}


def _from_second(body: dict[str, Any]) -> dict[str, Any]:
    """A run of the second version: nothing is kept of by what its items lie together."""
    return {**body, "clustered_by": []}


def _from_third(body: dict[str, Any]) -> dict[str, Any]:
    """A run of the third version: nothing is kept of when it ended."""
    return {**body, "completed": ""}


def _from_fourth(body: dict[str, Any]) -> dict[str, Any]:
    """A run of the fourth version: nothing is kept of for whom its filer spoke, nor of how large its data set is."""
    return {**body, "spoke_for": [], "part_taken": False}


FILERS = ("authority", "officer", "observer", "developer", "auditor")
RUN = Kind(
    id="evaluations.run",
    schema=Run,
    title=Text(en="Run of an evaluation", zh="评测运行"),
    noun=NOUN,
    files=FILERS,
    version=5,
    upcasters={1: _from_first, 2: _from_second, 3: _from_third, 4: _from_fourth},
)
CONDITIONS = Kind(
    id="evaluations.conditions",
    schema=Conditions,
    title=Text(en="Conditions of a run", zh="评测运行条件"),
    files=FILERS,
    about_field="evaluation",
    annullable=True,
)
SHOWN = Kind(
    id="evaluations.shown",
    schema=Shown,
    title=Text(en="Samples of a run shown", zh="评测样本已披露"),
    files=("authority", "officer"),
    about_field="evaluation",
)
KINDS = (RUN, CONDITIONS, SHOWN)
