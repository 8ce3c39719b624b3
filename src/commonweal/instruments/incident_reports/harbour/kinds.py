"""What is filed about a claim to the safe harbour and about the identity strip: decision, waiver, strip given back.

After NASA's Aviation Safety Reporting System: the part of a report that says who reported (the identity strip) goes
back to the reporter, or is shredded, once the report is understood; who may be punished for it is told so by published
terms. All of it is for officers and for whoever reported: the public log does not tell that there is a decision.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, model_validator

from commonweal.kernel.instrument import NARRATIVE, Filing, Text
from commonweal.kernel.registry import Ref

from ..reports import FILERS, ITEMS_MAX, STEWARDS, TECHNICAL, Line, Part, Said, Words, kind_of

Met = Literal["met", "not_met", "open"]
METS: Mapping[Met, Text] = {
    "met": Text(en="Met", zh="符合"),
    "not_met": Text(en="Not met", zh="不符合"),
    "open": Text(en="Not known yet", zh="尚不明确"),
}
Outcome = Literal["granted", "refused", "inconclusive"]
OUTCOMES: Mapping[Outcome, Text] = {
    "granted": Text(en="The safe harbour is granted", zh="准予适用安全港"),
    "refused": Text(en="The safe harbour is refused", zh="不予适用安全港"),
    "inconclusive": Text(en="The safe harbour is not decided yet", zh="安全港尚未定论"),
}
Waived = Literal["claim", "confidence"]
WAIVED: Mapping[Waived, Text] = {
    "claim": Text(en="The claim to the safe harbour is given up", zh="放弃适用安全港的请求"),
    "confidence": Text(en="Who reported may be told to those named", zh="可向所列对象告知报告人身份"),
}
How = Literal["returned", "shredded"]
HOWS: Mapping[How, Text] = {
    "returned": Text(en="Give it back: they have thirty days to take it", zh="退还：报告人可在三十日内取回"),
    "shredded": Text(en="Shred it: nobody need be called back", zh="销毁：无需回访"),
}
Taken = Literal["taken", "shred"]
TAKEN: Mapping[Taken, Text] = {
    "taken": Text(en="I have taken it: destroy it with you", zh="我已取回：请在贵处销毁"),
    "shred": Text(en="Destroy it: I do not want to be called back", zh="请销毁：我不需要回访"),
}
About = Annotated[str, Ref("report")]
Kept = Annotated[str, Ref("report", annulled=True)]
Own = Annotated[str, Ref("report", owned=True, annulled=True)]
"""Whoever reported gives up what they may, and who they are is destroyed, also once the report itself was annulled."""


class Finding(Part):
    """One term, whether it is met, and why."""

    term: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,47}$")]
    finding: Met
    reasons: Said


def outcome_of(findings: tuple[Finding, ...]) -> Outcome:
    """What findings come to: granted where every term is met, refused where one is not, inconclusive else."""
    found = {one.finding for one in findings}
    return "refused" if "not_met" in found else "inconclusive" if "open" in found else "granted"


class Decision(Filing):
    """An officer answers a claim to the safe harbour, term by term; a later decision replaces it.

    `terms_version` is that of the published terms in force when the report was first filed.
    """

    report: About
    terms_version: Line
    findings: Annotated[tuple[Finding, ...], Field(min_length=1, max_length=ITEMS_MAX)]
    outcome: Outcome

    @model_validator(mode="after")
    def _follows(self) -> Decision:
        if self.outcome != (come := outcome_of(self.findings)):
            raise ValueError(f"outcome: {come}, as the findings say (granted only where every term is met)")
        return self


class Waiver(Filing):
    """Whoever reported gives up the claim, or the confidence that they report in, towards those whom they name."""

    report: Own
    waives: Waived
    towards: Annotated[tuple[Line, ...], NARRATIVE, Field(max_length=ITEMS_MAX)] = ()
    reasons: Words = ""

    @model_validator(mode="after")
    def _towards_whom(self) -> Waiver:
        if (self.waives == "confidence") != bool(self.towards):
            raise ValueError("towards: to whom it may be told who reported, and only where confidence is waived")
        return self


class Strip(Filing):
    """An officer says what becomes of the identity strip. Destroying it is an entry of its own that follows by rule."""

    report: Kept
    how: How
    reasons: Words = ""


class StripTaken(Filing):
    """Whoever reported has taken their strip back, or has it shredded."""

    report: Own
    how: Taken


DECISION = kind_of(
    "harbour_decision", Decision, Text(en="Decision on the safe harbour", zh="安全港认定"), STEWARDS,
    retention=TECHNICAL, renewable=True, about_field="report",
)  # fmt: skip
WAIVER = kind_of(
    "harbour_waiver", Waiver, Text(en="Waiver by the reporter", zh="报告人声明放弃"), FILERS, retention=TECHNICAL,
    renewable=True, about_field="report",
)  # fmt: skip
STRIP = kind_of(
    "strip", Strip, Text(en="Identity strip given back or shredded", zh="身份条退还或销毁"), STEWARDS,
    retention=TECHNICAL, about_field="report",
)  # fmt: skip
TAKEN_BACK = kind_of(
    "strip_taken", StripTaken, Text(en="Identity strip taken back", zh="身份条取回"), FILERS, retention=TECHNICAL,
    about_field="report",
)  # fmt: skip
KINDS = (DECISION, WAIVER, STRIP, TAKEN_BACK)
