"""Investigations: what is filed while an authority finds out why something happened, so that it does not happen again.

After Annex 13 to the Convention on International Civil Aviation: the sole objective is prevention, not blame. Only
recommendations and the answers to them are public; the recorder's content is opened by nothing but an authorisation.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationInfo, field_validator, model_validator

from commonweal.kernel.disclosure import Attached, Attachment
from commonweal.kernel.instrument import CLOSED, NARRATIVE, PERSONAL, PUBLIC, Filing, Index, Marking, Text
from commonweal.kernel.persons.kinds import HOLDERS
from commonweal.kernel.registry import Day, Instant, NotFuture, NotPast, Occurred, Ref

from ..desk.kinds import Party
from ..publication import Why
from ..reports import ITEMS_MAX, STEWARDS, TECHNICAL, Count, Line, Part, Said, Words, kind_of, unique

CUSTODY_MAX, TEAM_MAX = 200, 100
OPINION_TYPES = ("pdf", "txt", "csv", "png", "jpeg")
OPINION_BYTES_MAX, OPINION_FILES_MAX = 20 << 20, 5
"""What an expert may attach to an opinion: papers, figures and tables."""
WORDED = ("text", "text_zh")
"""What a recommendation says in words: the rest of what is public of it are its addressee and its day."""
Digest = Annotated[
    str, Field(pattern=r"^[0-9a-fA-F]{64}$", description="SHA-256 in hexadecimal"), AfterValidator(str.lower)
]
Of = Annotated[str, Ref("investigation"), PUBLIC]
Files = Annotated[tuple[Attachment, ...] | None, NARRATIVE, Attached()]
Opinions = Annotated[
    tuple[Attachment, ...] | None, NARRATIVE, Attached(OPINION_TYPES, OPINION_BYTES_MAX, OPINION_FILES_MAX)
]
Proofs = Annotated[tuple[str, ...], AfterValidator(unique), Field(max_length=ITEMS_MAX), Ref("evidence", ("segment",))]

Confidence = Literal["established", "likely", "possible", "disputed", "ruled_out"]
CONFIDENCES: Mapping[Confidence, Text] = {
    "established": Text(en="Established", zh="已确定"),
    "likely": Text(en="Likely", zh="很可能"),
    "possible": Text(en="Possible", zh="可能"),
    "disputed": Text(en="Disputed", zh="有争议"),
    "ruled_out": Text(en="Ruled out", zh="已排除"),
}
FactorKind = Literal["model", "safeguard", "deployment", "use", "organisation", "regulation", "environment"]
FACTORS: Mapping[FactorKind, Text] = {
    "model": Text(en="The model and how it was trained", zh="模型及其训练"),
    "safeguard": Text(en="A safeguard", zh="保障措施"),
    "deployment": Text(en="How it was built in and run", zh="集成与运行方式"),
    "use": Text(en="How it was used", zh="使用方式"),
    "organisation": Text(en="How an organisation worked", zh="组织运作"),
    "regulation": Text(en="Rules and oversight", zh="规则与监管"),
    "environment": Text(en="Circumstances", zh="环境"),
}
Form = Literal["document", "log", "dataset", "weights", "code", "recording", "statement", "object", "other"]
FORMS: Mapping[Form, Text] = {
    "document": Text(en="Document", zh="文件"),
    "log": Text(en="Log", zh="日志"),
    "dataset": Text(en="Data set", zh="数据集"),
    "weights": Text(en="Weights", zh="权重"),
    "code": Text(en="Source code", zh="源代码"),
    "recording": Text(en="Recording", zh="录音录像"),
    "statement": Text(en="Statement of a witness", zh="证人陈述"),
    "object": Text(en="A thing", zh="实物"),
    "other": Text(en="Other", zh="其他"),
}
Role = Literal["lead", "investigator", "expert", "adviser"]
ROLES: Mapping[Role, Text] = {
    "lead": Text(en="in charge", zh="负责人"),
    "investigator": Text(en="investigator", zh="调查员"),
    "expert": Text(en="expert", zh="专家"),
    "adviser": Text(en="adviser", zh="顾问"),
}
Answer = Literal["accepted", "rejected", "implemented"]
ANSWERS: Mapping[Answer, Text] = {
    "accepted": Text(en="Accepted", zh="接受"),
    "rejected": Text(en="Rejected", zh="拒绝"),
    "implemented": Text(en="Implemented", zh="已落实"),
}
Finding = Literal["adequate", "sent_back", "verified", "not_verified", "closed"]
FINDINGS: Mapping[Finding, Text] = {
    "adequate": Text(en="The answer will do", zh="答复充分"),
    "sent_back": Text(en="Sent back: to be answered anew", zh="退回：须重新答复"),
    "verified": Text(en="Verified: it was done and works", zh="经核实：已落实且有效"),
    "not_verified": Text(en="Not found to be done", zh="未能核实"),
    "closed": Text(en="Closed without being carried out", zh="未落实而结案"),
}


def _in_utc(when: datetime) -> datetime:
    return when.astimezone(UTC)


class Member(Part):
    """Somebody of the team, with the interests that they declare: organisations by name or as `organisation:…`.

    `despite` says why they are of it in spite of a conflict of interest.
    """

    party: Party
    role: Role = "investigator"
    interests: Annotated[tuple[Line, ...], Field(max_length=ITEMS_MAX)] = ()
    despite: Words = ""


class Investigation(Filing):
    """An inquiry into one incident, on a mandate and a legal basis. Each filing is a version; it ends with a report.

    `beside_because` says why it is opened while another into the same incident is; `reopened_because` why one that was
    closed goes on.
    """

    name: Annotated[Line, PUBLIC]
    incident: Annotated[str, Ref("incident"), PUBLIC]
    fictitious: Annotated[bool, PUBLIC] = False
    mandate: Said
    legal_basis: Annotated[Line, PUBLIC]
    team: Annotated[tuple[Member, ...], Field(min_length=1, max_length=TEAM_MAX)]
    closed_on: Annotated[Day | None, NotFuture(), PUBLIC] = None
    beside_because: Words = ""
    reopened_because: Words = ""

    @field_validator("team")
    @classmethod
    def _one_in_charge(cls, team: tuple[Member, ...]) -> tuple[Member, ...]:
        unique(tuple(member.party for member in team))
        if sum(member.role == "lead" for member in team) != 1:
            raise ValueError("one member in charge (role lead)")
        return team


class Handover(Part):
    """One link of the chain of custody: from whose hands into whose, when, and why."""

    at: Annotated[Instant, AfterValidator(_in_utc)]
    giver: Line
    taker: Line
    why: Line


class Evidence(Filing):
    """One piece of evidence, bound by its SHA-256 (of the bytes, or of a description that was sealed with the thing).

    `custody` holds every hand it went through, oldest first, from whoever collected it: a later version only adds to
    it, and never changes the digest. `held_at` is where it is. A version that was wrong is annulled.
    """

    name: Annotated[Line, PUBLIC]
    investigation: Of
    what: Line
    form: Form
    sha256: Digest
    collected_at: Annotated[Instant, AfterValidator(_in_utc), NotFuture()]
    collected_by: Line
    source: Line
    held_at: Line
    custody: Annotated[tuple[Handover, ...], Field(max_length=CUSTODY_MAX), NotFuture(path="at")] = ()
    files: Files = None
    notes: Words = ""

    @field_validator("custody")
    @classmethod
    def _unbroken(cls, custody: tuple[Handover, ...]) -> tuple[Handover, ...]:
        for number, (one, after) in enumerate(pairwise(custody), 1):
            if after.giver != one.taker:
                raise ValueError(f"handover {number} is given by who took it before ({one.taker})")
            if after.at < one.at:
                raise ValueError(f"handover {number} is not before the one before it")
        return custody


class RecorderSegment(Filing):
    """What a flight recorder kept of a system over a span of time: digests of what ran, of all that went in and out.

    The digests bind whoever preserves it; `content` and `files` are opened to nobody but by an authorisation in force.
    `inputs_sha256` and `outputs_sha256` are over the records in their order, as `method` says.
    """

    name: Annotated[Line, PUBLIC]
    model: Annotated[str | None, Ref("model")] = None
    system_named: Line | None = None
    organisation: Annotated[str | None, Ref("organisation", owned=True), PUBLIC] = None
    investigation: Annotated[str | None, Ref("investigation"), PUBLIC] = None
    begins: Annotated[Instant, AfterValidator(_in_utc), NotFuture()]
    ends: Annotated[Instant, AfterValidator(_in_utc), NotFuture()]
    records: Count
    weights_sha256: Digest
    inputs_sha256: Digest
    outputs_sha256: Digest
    settings_sha256: Digest | None = None
    method: Line
    held_at: Line
    content: Annotated[Words, CLOSED, Marking.RED] = ""
    files: Annotated[Files, CLOSED, Marking.RED] = None

    @field_validator("ends")
    @classmethod
    def _after_it_begins(cls, value: datetime, info: ValidationInfo) -> datetime:
        begins = info.data.get("begins")
        if begins is not None and value < begins:
            raise ValueError("not before begins")
        return value

    @model_validator(mode="after")
    def _of_something(self) -> RecorderSegment:
        if self.model is None and self.system_named is None:
            raise ValueError("model or system_named: what it recorded")
        return self


class Event(Filing):
    """Something on the timeline, as precisely as is known, with its evidence. `corrects` takes another's place."""

    investigation: Of
    occurred: Annotated[Occurred, NotFuture()]
    what: Said
    evidence: Proofs = ()
    confidence: Confidence = "likely"
    corrects: Index | None = None


class Factor(Filing):
    """What contributed to it, how sure that is, and on what evidence: nothing is established without any."""

    investigation: Of
    factor: FactorKind
    what: Said
    confidence: Confidence
    evidence: Proofs = ()
    corrects: Index | None = None

    @model_validator(mode="after")
    def _on_evidence(self) -> Factor:
        if self.confidence in ("established", "ruled_out") and not self.evidence:
            raise ValueError("evidence: at least one piece for what is established or ruled out")
        return self


class Recommendation(Filing):
    """What should be done so that it does not happen again, by whom and by when: public from the day it is filed.

    What must stay sealed goes into `background`. Each filing is a version: `correction` says what a later one corrects,
    and why; `withdrawn_for` why one is withdrawn, `hidden` by field for what reason the words that earlier versions
    said there are shown no more. That there was a correction stays in sight.
    """

    name: Annotated[Line, PUBLIC]
    investigation: Of
    addressee: Annotated[str, Ref("organisation"), PUBLIC]
    text: Annotated[Said, PUBLIC]
    text_zh: Annotated[Words, PUBLIC] = ""
    due: Annotated[Day, PUBLIC]
    fictitious: Annotated[bool, PUBLIC] = False
    background: Words = ""
    status: Annotated[Literal["published", "withdrawn"], PUBLIC] = "published"
    correction: Annotated[Words, PUBLIC] = ""
    withdrawn_for: Annotated[Why | None, PUBLIC] = None
    hidden: Annotated[dict[str, Why], Field(default_factory=dict, max_length=len(WORDED) + 1), PUBLIC]


class RecommendationAnswer(Filing):
    """The addressee accepts or rejects a recommendation, or says that it is carried out. A rejection gives reasons.

    `corrects` is the entry of the answer given last, whose place this one takes; `correction` says what was wrong with
    it, and `hides` for what reason its words are shown no more. That there was a correction stays in sight.
    """

    recommendation: Annotated[str, Ref("recommendation"), PUBLIC]
    organisation: Annotated[str, Ref("organisation", owned=True), PUBLIC]
    answer: Annotated[Answer, PUBLIC]
    reasons: Annotated[Words, PUBLIC] = ""
    evidence: Words = ""
    files: Files = None
    corrects: Annotated[Index | None, PUBLIC] = None
    correction: Annotated[Words, PUBLIC] = ""
    hides: Annotated[Why | None, PUBLIC] = None

    @model_validator(mode="after")
    def _rejects_with_reasons(self) -> RecommendationAnswer:
        if self.answer == "rejected" and not self.reasons:
            raise ValueError("reasons: why it is rejected")
        return self


class RecommendationFinding(Filing):
    """The authority finds that an answer will do, sends it back, or finds that a recommendation was carried out, or was
    not, or closes it. `told` is what everybody reads of the reasons, the addressee above all: what is sent back says
    there why. `hides` is for what reason the words of the answer that is sent back are shown no more.
    """

    recommendation: Annotated[str, Ref("recommendation"), PUBLIC]
    finding: Annotated[Finding, PUBLIC]
    reasons: Said
    told: Annotated[Words, PUBLIC] = ""
    hides: Annotated[Why | None, PUBLIC] = None


class FinalReport(Filing):
    """What the investigation found. It may be filed anew: the newest stands."""

    investigation: Of
    text: Said
    text_zh: Words = ""
    files: Files = None


class Consultation(Filing):
    """What an expert or adviser of the team is asked to read, and what about, until a day; `withdrawn` takes it back.

    `entries` are events, factors and evidence of the investigation. The mandate and the question are open to them too.
    `withdrawn_because` says why it is taken back, where that is to be kept.
    """

    investigation: Of
    expert: Annotated[Party, PERSONAL]
    entries: Annotated[tuple[Index, ...], AfterValidator(unique), Field(min_length=1, max_length=ITEMS_MAX)]
    question: Said
    until: Annotated[Day, NotPast()]
    withdrawn: bool = False
    withdrawn_because: Words = ""


class Opinion(Filing):
    """What an expert or adviser answers to what they were asked (`consultation`, its entry), for those who investigate.

    `corrects` is the entry of the one that they gave last, whose place this one takes, `correction` says what was
    wrong; `withdrawn` takes it back, and says nothing more than why.
    """

    investigation: Of
    consultation: Index
    opinion: Words = ""
    files: Opinions = None
    corrects: Index | None = None
    correction: Words = ""
    withdrawn: bool = False

    @model_validator(mode="after")
    def _says_something(self) -> Opinion:
        if not self.withdrawn and not self.opinion:
            raise ValueError("opinion: what you found, in words; files go beside it")
        if self.withdrawn and (self.opinion or self.files):
            raise ValueError("withdrawn: only why it is taken back (correction), and nothing else")
        if (self.withdrawn or self.corrects is not None) and not self.correction:
            raise ValueError("correction: what was wrong, or why it is taken back")
        if self.withdrawn and self.corrects is None:
            raise ValueError("corrects: the entry of the opinion that is taken back")
        return self


_ADDRESSED = ("developer", "observer", "auditor", "peer", *STEWARDS)
INVESTIGATION = kind_of(
    "investigation", Investigation, Text(en="Investigation", zh="调查"), STEWARDS, "investigation", retention=TECHNICAL
)
EVIDENCE = kind_of(
    "evidence", Evidence, Text(en="Piece of evidence", zh="证据"), STEWARDS, "evidence", retention=TECHNICAL
)
SEGMENT = kind_of(
    "recorder_segment", RecorderSegment, Text(en="Segment of a flight recorder", zh="运行记录仪片段"),
    ("developer", "auditor", *STEWARDS), "segment", retention=TECHNICAL,
)  # fmt: skip
EVENT = kind_of(
    "event", Event, Text(en="Event on the timeline", zh="时间线事项"), STEWARDS, retention=TECHNICAL, renewable=True,
    annullable=True, about_field="investigation",
)  # fmt: skip
FACTOR = kind_of(
    "factor", Factor, Text(en="Contributing factor", zh="促成因素"), STEWARDS, retention=TECHNICAL, renewable=True,
    annullable=True, about_field="investigation",
)  # fmt: skip
RECOMMENDATION = kind_of(
    "recommendation", Recommendation, Text(en="Recommendation", zh="建议"), STEWARDS, "recommendation",
    retention=TECHNICAL,
)  # fmt: skip
ANSWERED = kind_of(
    "recommendation_answer", RecommendationAnswer, Text(en="Answer to a recommendation", zh="对建议的答复"), _ADDRESSED,
    retention=TECHNICAL, renewable=True,
)  # fmt: skip
FOUND = kind_of(
    "recommendation_finding", RecommendationFinding, Text(en="Finding on a recommendation", zh="对建议落实的认定"),
    STEWARDS, retention=TECHNICAL, renewable=True, about_field="recommendation",
)  # fmt: skip
FINAL = kind_of(
    "final_report", FinalReport, Text(en="Final report of an investigation", zh="调查最终报告"), STEWARDS,
    retention=TECHNICAL, about_field="investigation",
)  # fmt: skip
CONSULTED = kind_of(
    "consultation", Consultation, Text(en="Expert asked to read", zh="请专家阅读"), STEWARDS, retention=TECHNICAL,
    renewable=True, about_field="investigation",
)  # fmt: skip
OPINION = kind_of(
    "opinion", Opinion, Text(en="Opinion of an expert", zh="专家意见"), HOLDERS, retention=TECHNICAL, renewable=True,
    confidential=True, about_field="investigation",
)  # fmt: skip
KINDS = (INVESTIGATION, EVIDENCE, SEGMENT, EVENT, FACTOR, RECOMMENDATION, ANSWERED, FOUND, FINAL, CONSULTED, OPINION)
