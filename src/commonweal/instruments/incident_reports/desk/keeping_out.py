"""Who keeps out of a case: what they are asked, and what they may still do about it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from commonweal.kernel.instrument import Reader, Recusal, Spoke, Text

from ..reports import STEWARDS
from .cases import CASES, FREE, LEADS, cases_behind
from .checking import DECIDES
from .conflicts import free, judging
from .grouping import OF_INCIDENTS
from .incidents import PATH as INCIDENTS
from .pages import DOINGS
from .queue import PATH as QUEUE


def _recused(subject: str, party: str, reader: Reader, at: datetime, spoke: Spoke) -> bool:
    cases, addressed = cases_behind([subject], reader)
    return any(judging(reader, case, party, at, spoke, beside=addressed) for case in cases)


def _ways(subject: str) -> Sequence[tuple[Text, str]]:
    """The forms of the desk by which whoever keeps out of a report or incident warns, notes, leaves or hands it on."""
    noun, _, slug = subject.partition(":")
    forms, path = {"report": (DOINGS, QUEUE), "incident": (OF_INCIDENTS, INCIDENTS)}.get(noun, ({}, ""))
    return [(forms[name].title, f"{path}/{slug}/{name}") for name in FREE if name in forms]


RECUSAL = Recusal((*CASES, *LEADS), STEWARDS, _recused, DECIDES, _ways, free=free)
"""Who has a conflict of interest in a report or incident that nobody set aside reads of it, and of what was found out
about it, what everybody reads."""
