"""What is filed here: a person's request for what is held about them, and everything that becomes of it.

All of it is sealed to the request's own key, so it is shredded as one; the record shows that there is a request under a
reference that gives nothing away, and on which day something of which kind was filed about it. Under which law it
stands, who asks, whether the answer was late: that is for officers and for whoever asks.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from commonweal.kernel.instrument import (
    PERSONAL,
    PUBLIC,
    TO_OWNER,
    Attached,
    Attachment,
    Filing,
    Index,
    Kind,
    Marking,
    Text,
)
from commonweal.kernel.registry import Day, NotFuture, Ref, StatedBy

NOUN, OUTCOME_NOUN = "access_request", "access_outcome"
STEWARDS = ("officer", "authority")
FILERS = ("reporter", "developer", "observer", "auditor", "peer", *STEWARDS)
RETENTION = "access_requests"
FILES_MAX, ENTRIES_MAX, MONTHS_MAX = 10, 500, 2
Line = Annotated[str, Field(min_length=1, max_length=200)]


def _on_paper(text: str) -> str:
    """A text that a letter can hold. Raises `ValueError`."""
    found = next((letter for letter in text if not (letter.isprintable() or letter == "\n")), None)
    if found is not None:
        raise ValueError(f"characters that a letter can show, and line ends: not U+{ord(found):04X}")
    return text


Words = Annotated[str, Field(max_length=2000), AfterValidator(_on_paper)]
Said = Annotated[str, Field(min_length=1, max_length=2000), AfterValidator(_on_paper)]
Party = Annotated[str, Field(pattern=r"^party:[a-z0-9][a-z0-9:_.\-]{0,95}$")]
Target = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.\-]{0,60}$")]
Targets = Annotated[tuple[Target, ...], Field(max_length=20)]
About = Annotated[str, Ref(NOUN), PUBLIC]
Own = Annotated[str, Ref(NOUN, owned=True), PUBLIC]

How = Literal["letter", "email", "in_person", "telephone"]
HOWS: Mapping[How, Text] = {
    "letter": Text(en="By letter", zh="信函"),
    "email": Text(en="By e-mail", zh="电子邮件"),
    "in_person": Text(en="In person", zh="当面"),
    "telephone": Text(en="By telephone", zh="电话"),
}
Scope = Literal["everything", "part"]
SCOPES: Mapping[Scope, Text] = {
    "everything": Text(en="Everything that is held about them", zh="所存的全部本人信息"),
    "part": Text(en="What they describe", zh="其所述的部分"),
}
Under = Literal["eu_gdpr", "eu_eudpr", "cn_pipl", "cn_gbt_35273"]
UNDER: Mapping[Under, Text] = {
    "eu_gdpr": Text(en="General Data Protection Regulation (EU) 2016/679", zh="欧盟《通用数据保护条例》第2016/679号"),
    "eu_eudpr": Text(en="Regulation (EU) 2018/1725 (the Union's institutions)", zh="第2018/1725号条例（欧盟机构）"),
    "cn_pipl": Text(en="Personal Information Protection Law of China", zh="中华人民共和国个人信息保护法"),
    "cn_gbt_35273": Text(en="GB/T 35273-2020 (recommended standard)", zh="GB/T 35273-2020（推荐性标准）"),
}
Identity = Literal["key", "code", "document", "known", "representative", "not_confirmed"]
IDENTITIES: Mapping[Identity, Text] = {
    "key": Text(en="They signed in here", zh="本人已在此登录"),
    "code": Text(en="They hold the return code of what they filed", zh="持有其所提交内容的回访码"),
    "document": Text(en="A document was seen, and not kept", zh="已查验证件，未予留存"),
    "known": Text(en="They are known to the officer", zh="工作人员认识本人"),
    "representative": Text(en="Somebody acts for them and showed that they may", zh="代理人已出示授权"),
    "not_confirmed": Text(en="It is not clear yet who they are", zh="身份尚未确认"),
}
Reason = Literal["complexity", "number"]
REASONS: Mapping[Reason, Text] = {
    "complexity": Text(en="The request is complex", zh="请求复杂"),
    "number": Text(en="The number of requests", zh="请求数量"),
}
Given = Literal["given", "partly", "nothing_held"]
GIVEN: Mapping[Given, Text] = {
    "given": Text(en="Access is given", zh="提供查阅"),
    "partly": Text(en="Access is given in part", zh="部分提供查阅"),
    "nothing_held": Text(en="Nothing is held about them", zh="未存有其信息"),
}
Ground = Literal["manifestly_unfounded", "excessive", "rights_of_others", "not_identified", "restricted_by_law"]
Outcome = Literal["given", "partly", "nothing_held", "refused", "taken_back"]
OUTCOMES: Mapping[Outcome, Text] = {
    "given": GIVEN["given"],
    "partly": GIVEN["partly"],
    "nothing_held": GIVEN["nothing_held"],
    "refused": Text(en="Refused", zh="拒绝"),
    "taken_back": Text(en="Taken back", zh="已撤回"),
}
InTime = Literal["in_time", "stated", "late", "no_day"]
IN_TIME: Mapping[InTime, Text] = {
    "in_time": Text(en="In time", zh="期限内"),
    "stated": Text(
        en="In time by the authority's own statement of when it was sent", zh="依机关自述的发出日期为期限内"
    ),
    "late": Text(en="Late", zh="逾期"),
    "no_day": Text(en="No day is set, or none passed unanswered", zh="未设期限，或撤回时未逾期"),
}


class AccessRequest(Filing):
    """A person asks what is held about them. `name` is a reference that gives nothing away.

    How it came in, on which day (`received_on`) and about whose data (`party`, where they are known here) an officer
    says who registers it; by the form here none of that is said. `person` and `contact` are who asks and the lines of
    their address.
    """

    name: Annotated[Line, PUBLIC]
    fictitious: Annotated[bool, PUBLIC] = False
    came_by: Annotated[How | None, StatedBy(("party",)), PERSONAL] = None
    received_on: Annotated[Day | None, NotFuture(), StatedBy(("party",)), PERSONAL] = None
    party: Annotated[Party | None, StatedBy(("party",)), PERSONAL] = None
    person: Annotated[Line | None, PERSONAL] = None
    contact: Annotated[Words, PERSONAL] = ""
    scope: Annotated[Scope, PERSONAL] = "everything"
    words: Annotated[Words, PERSONAL] = ""
    found_by: Annotated[Words, PERSONAL] = ""
    documents: Annotated[tuple[Attachment, ...] | None, Attached(count_max=FILES_MAX), PERSONAL] = None

    @field_validator("words")
    @classmethod
    def _of_a_part(cls, value: str, info: ValidationInfo) -> str:
        if info.data.get("scope") == "part" and not value:
            raise ValueError("what of it is asked for, where it is not everything")
        return value


class TakenIn(Filing):
    """An officer takes a request in: under which law it stands, whose data it is about, how it is known who asks.

    A later one replaces it. Until there is one, its clocks run as if it stood under each law. After the first a letter
    says that it was received; `deliver` names targets that get it.
    """

    request: About
    under: Annotated[tuple[Under, ...], Field(min_length=1, max_length=len(UNDER))]
    identity: Identity
    party: Annotated[Party | None, PERSONAL] = None
    note: Words = ""
    deliver: Targets = ()


class Question(Filing):
    """The authority asks whoever asked: for what confirms who they are (`identity`: the clock stands where law allows
    that), or what they mean. `deliver` names targets that get the letter about it."""

    request: About
    text: Annotated[Said, TO_OWNER]
    identity: Annotated[bool, TO_OWNER] = False
    deliver: Targets = ()


class Answer(Filing):
    """Whoever asked answers, or adds something. An officer who writes down what came says how it came in
    (`received_by`)."""

    request: Own
    question: Annotated[Index | None, PUBLIC] = None
    text: Annotated[Said, TO_OWNER]
    received_by: Annotated[How | None, TO_OWNER] = None


class Withdrawal(Filing):
    """Whoever asked takes the request back. `received_by` as in an answer."""

    request: Own
    reasons: Annotated[Words, TO_OWNER] = ""
    received_by: Annotated[How | None, TO_OWNER] = None


class Extended(Filing):
    """The time for the answer is extended; the person is told why and until when by a letter that follows."""

    request: About
    months: Annotated[int, Field(ge=1, le=MONTHS_MAX), TO_OWNER]
    reason: Annotated[Reason, TO_OWNER]
    words: Annotated[Said, TO_OWNER]
    deliver: Targets = ()


class Answered(Filing):
    """The request is answered. `documents` are what the person gets, each bound by its SHA-256; `releases` the entries
    by which withheld fields were opened to them; `on` the day on which it was sent, where that is earlier."""

    request: About
    outcome: Annotated[Given, TO_OWNER]
    words: Annotated[Words, TO_OWNER] = ""
    documents: Annotated[tuple[Attachment, ...] | None, Attached(count_max=FILES_MAX), TO_OWNER] = None
    releases: Annotated[tuple[Index, ...], Field(max_length=ENTRIES_MAX), TO_OWNER] = ()
    on: Annotated[Day | None, NotFuture(), TO_OWNER] = None
    deliver: Targets = ()

    @field_validator("words")
    @classmethod
    def _says_why(cls, value: str, info: ValidationInfo) -> str:
        if info.data.get("outcome") == "partly" and not value:
            raise ValueError("what is kept back, and why")
        return value


class Refused(Filing):
    """The request is refused: on which ground, why in words, and how the person can complain."""

    request: About
    ground: Annotated[Ground, TO_OWNER]
    words: Annotated[Said, TO_OWNER]
    complaint: Annotated[Said, TO_OWNER]
    on: Annotated[Day | None, NotFuture(), TO_OWNER] = None
    deliver: Targets = ()


class Outcomes(Filing):
    """How a request ended, for the totals: nothing of who asked. The authority files it when it does, once for each."""

    name: Annotated[Line, PUBLIC]
    fictitious: Annotated[bool, PUBLIC] = False
    outcome: Annotated[Outcome, Marking.AMBER_STRICT]
    in_time: Annotated[InTime, Marking.AMBER_STRICT]


def _kind(name: str, schema: type[Filing], title: Text, files: tuple[str, ...], **more: Any) -> Kind:
    about = {} if "noun" in more else {"about_field": "request", "annullable": True, "renewable": True}
    return Kind(f"access_requests.{name}", schema, title, files=files, **{"retention": RETENTION, **about, **more})


REQUEST = _kind(
    NOUN, AccessRequest, Text(en="Request for access to one's own data", zh="查阅本人信息的请求"), FILERS, noun=NOUN
)
TAKEN_IN = _kind("taken_in", TakenIn, Text(en="Request taken in", zh="请求已受理"), STEWARDS)
QUESTION = _kind("question", Question, Text(en="Question to whoever asked", zh="向请求人提问"), STEWARDS)
ANSWER = _kind("answer", Answer, Text(en="Answer of whoever asked", zh="请求人答复"), FILERS)
WITHDRAWN = _kind("withdrawn", Withdrawal, Text(en="Request taken back", zh="请求撤回"), FILERS)
EXTENDED = _kind("extended", Extended, Text(en="Time for the answer extended", zh="答复期限延长"), STEWARDS)
ANSWERED = _kind("answered", Answered, Text(en="Request answered", zh="请求已答复"), STEWARDS)
REFUSED = _kind("refused", Refused, Text(en="Request refused", zh="请求被拒绝"), STEWARDS)
OUTCOME = _kind(
    OUTCOME_NOUN, Outcomes, Text(en="How a request ended", zh="请求的结果"), (), noun=OUTCOME_NOUN,
    retention="permanent", by_house=True,
)  # fmt: skip
STEPS = (TAKEN_IN, QUESTION, ANSWER, WITHDRAWN, EXTENDED, ANSWERED, REFUSED)
KINDS = (REQUEST, *STEPS, OUTCOME)
