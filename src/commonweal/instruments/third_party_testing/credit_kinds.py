"""What is filed of pooled credits: what came into the pool, what was granted to whom out of it, and what was used.

Credits are of compute or of a developer's API, in a unit of the terms in force. That something came into the pool,
or is granted, takes two officers who are no party to it.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from commonweal.kernel.instrument import PUBLIC, Filing, Kind, Marking, Text
from commonweal.kernel.registry import Day, NotPast, Ref

from .kinds import EVALUATOR_NOUN, EVALUATORS, ID, JOB_NOUN, STEWARDS, Line, Words, kind

GRANT_NOUN = "testing_grant"
Unit = Annotated[str, Field(pattern=r"^(?:[A-Z]{3}|[a-z][a-z0-9_.\-]{0,22}[a-z0-9])$")]
Amount = Annotated[str, Field(pattern=r"^[0-9]{1,15}(\.[0-9]{1,6})?$", description="as people write it: 1200.50")]


class Given(Filing):
    """Credits came into the pool: how many of which unit, from whom, by which agreement."""

    unit: Annotated[Unit, PUBLIC]
    amount: Annotated[Amount, PUBLIC]
    given_by: Annotated[Line, PUBLIC]
    citation: Annotated[Line, PUBLIC]


class Granted(Filing):
    """An evaluator may use so much out of the pool until a day, for a purpose or a job."""

    name: Annotated[Line, PUBLIC]
    evaluator: Annotated[str, PUBLIC, Ref(EVALUATOR_NOUN)]
    unit: Annotated[Unit, PUBLIC]
    amount: Annotated[Amount, PUBLIC]
    until: Annotated[Day, PUBLIC, NotPast()]
    job: Annotated[str | None, Marking.GREEN, Ref(JOB_NOUN)] = None
    purpose: Annotated[Words, Marking.GREEN]


class Used(Filing):
    """An evaluator used so much of a grant, and says for what."""

    grant: Annotated[str, PUBLIC, Ref(GRANT_NOUN)]
    amount: Annotated[Amount, PUBLIC]
    words: Annotated[Words, Marking.GREEN]


class GrantEnded(Filing):
    """The last day of a grant is over, or the job for which it was made was given back: what is left of it goes back
    into the pool."""

    grant: Annotated[str, PUBLIC, Ref(GRANT_NOUN)]
    unit: Annotated[Unit, PUBLIC]
    returned: Annotated[Amount, PUBLIC]


GIVEN = kind("given", Given, Text(en="Credits given to the pool", zh="额度注入池"), STEWARDS, "", renewable=True)
GRANTED = Kind(f"{ID}.granted", Granted, Text(en="Grant of credits", zh="额度拨付"), noun=GRANT_NOUN, files=STEWARDS)
USED = kind("used", Used, Text(en="Credits used", zh="额度使用"), EVALUATORS, "grant", renewable=True)
GRANT_ENDED = kind("grant_ended", GrantEnded, Text(en="Grant over", zh="拨付到期"), (), "grant")
KINDS = (GIVEN, GRANTED, USED, GRANT_ENDED)
