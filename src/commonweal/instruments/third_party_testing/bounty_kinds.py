"""What is filed of bounties: a call with its criteria and prize, sealed submissions, reviews, and what was decided.

A submission is a commitment until the closing day is over, so that nobody reads it before, the office included. Then
its author reveals it, and n of the m reviewers who were named beforehand, no party to it, hold it against the criteria.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from commonweal.kernel.instrument import PUBLIC, Filing, Kind, Marking, Text
from commonweal.kernel.registry import Day, NotPast, Ref

from .credit_kinds import Amount, Unit
from .kinds import EVALUATOR_NOUN, EVALUATORS, ID, STEWARDS, Digest, Line, Words, kind

TEXT_MAX = 20_000
BOUNTY_NOUN, SUBMISSION_NOUN = "testing_bounty", "bounty_submission"
REVIEWERS = ("observer", *EVALUATORS, *STEWARDS)
Party = Annotated[str, Field(pattern=r"^party:[a-z0-9][a-z0-9:_.\-]{0,95}$")]


class Bounty(Filing):
    """A call for new evaluations of a capability: what they must do, what the first that does it gets, and until when.

    `needed` of the `reviewers` must find that a submission meets every criterion.
    """

    name: Annotated[Line, PUBLIC]
    capability: Annotated[Words, PUBLIC]
    criteria: Annotated[tuple[Line, ...], PUBLIC, Field(min_length=1, max_length=10)]
    unit: Annotated[Unit, PUBLIC]
    prize: Annotated[Amount, PUBLIC]
    closes_on: Annotated[Day, PUBLIC, NotPast()]
    reviewers: Annotated[tuple[Party, ...], Marking.AMBER, Field(min_length=1, max_length=20)]
    needed: Annotated[int, PUBLIC, Field(ge=1, le=20)]
    fictitious: Annotated[bool, PUBLIC] = False

    @model_validator(mode="after")
    def _of_the_reviewers(self) -> Bounty:
        if len(set(self.reviewers)) != len(self.reviewers):
            raise ValueError("reviewers: name each once")
        if self.needed > len(self.reviewers):
            raise ValueError(f"needed: at most {len(self.reviewers)}, for so many reviewers are named")
        return self


class Submission(Filing):
    """Something is submitted, sealed: the SHA-256 over its text with a nonce, the bounty and the evaluator."""

    name: Annotated[Line, PUBLIC]
    bounty: Annotated[str, PUBLIC, Ref(BOUNTY_NOUN)]
    evaluator: Annotated[str, Marking.GREEN, Ref(EVALUATOR_NOUN)]
    commitment: Annotated[Digest, PUBLIC]


class Revealed(Filing):
    """The closing day is over, and a submission is opened: its text and its nonce give what was committed to."""

    submission: Annotated[str, PUBLIC, Ref(SUBMISSION_NOUN)]
    text: Annotated[str, Marking.GREEN, Field(min_length=1, max_length=TEXT_MAX)]
    nonce: Annotated[Digest, Marking.GREEN]


class BountyReviewed(Filing):
    """A reviewer holds a submission against the criteria, one after another, and says why."""

    submission: Annotated[str, PUBLIC, Ref(SUBMISSION_NOUN)]
    meets: Annotated[tuple[bool, ...], Marking.GREEN, Field(min_length=1, max_length=10)]
    reasons: Annotated[Words, Marking.GREEN]


class BountyDecided(Filing):
    """What came of a bounty: the earliest submission that enough reviewers found to meet every criterion gets the
    prize; where there is none, the prize goes back into the pool."""

    bounty: Annotated[str, PUBLIC, Ref(BOUNTY_NOUN)]
    outcome: Annotated[Literal["awarded", "nobody"], PUBLIC]
    submission: Annotated[str | None, PUBLIC, Ref(SUBMISSION_NOUN)] = None
    unit: Annotated[Unit, PUBLIC]
    prize: Annotated[Amount, PUBLIC]


BOUNTY = Kind(
    f"{ID}.bounty", Bounty, Text(en="Bounty for evaluations", zh="评测悬赏"), noun=BOUNTY_NOUN, files=STEWARDS
)
SUBMISSION = Kind(
    f"{ID}.submission", Submission, Text(en="Submission to a bounty", zh="悬赏投稿"), noun=SUBMISSION_NOUN,
    files=EVALUATORS,
)  # fmt: skip
REVEALED = kind("revealed", Revealed, Text(en="Submission opened", zh="投稿启封"), EVALUATORS, "submission")
REVIEWED = kind("reviewed", BountyReviewed, Text(en="Submission reviewed", zh="投稿评审"), REVIEWERS, "submission")
BOUNTY_DECIDED = kind("bounty_decided", BountyDecided, Text(en="Bounty decided", zh="悬赏决定"), (), "bounty")
KINDS = (BOUNTY, SUBMISSION, REVEALED, REVIEWED, BOUNTY_DECIDED)
