"""What an officer can do with a request: for each act its questions, and the acts that the answers come to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from commonweal.kernel.disclosure.attachments import named_in
from commonweal.kernel.instrument import Act, Choice, Kind, Question, Reading, Text

from .kinds import (
    ANSWER,
    ANSWERED,
    EXTENDED,
    GIVEN,
    HOWS,
    IDENTITIES,
    QUESTION,
    REASONS,
    REFUSED,
    REQUEST,
    SCOPES,
    TAKEN_IN,
    UNDER,
    WITHDRAWN,
)
from .tables import Standing
from .words import FIELDS, complaint, grounds

Given = Mapping[str, str]
Where = Mapping[str, tuple[str, ...]]
OF: Where = {"EU": ("eu_gdpr",), "CN": ("cn_pipl", "cn_gbt_35273")}
"""Under which laws a request stands as a rule, by where the authority acts."""


@dataclass(frozen=True)
class Doing:
    """One thing that can be done: what it is called, what it asks (with what stands there at first), what is filed."""

    title: Text
    lead: Text
    button: Text
    asks: Callable[[Reading, Standing | None], Sequence[Question]]
    acts: Callable[[Reading, Standing | None, Given], Sequence[Act]]
    begins: Callable[[Reading, Standing | None], Given] = lambda reading, stands: {}
    offered: Callable[[Standing], bool] = lambda stands: stands.end is None
    says: Callable[[Standing], Sequence[Text]] = lambda stands: ()


def choices(scale: Mapping[Any, Text]) -> tuple[Choice, ...]:
    """A scale as choices of a form."""
    return tuple(Choice(str(code), words) for code, words in scale.items())


def laws_here(reading: Reading) -> tuple[str, ...]:
    """The laws that a request stands under as a rule where this authority acts."""
    return tuple(law for place in reading.jurisdictions for law in OF.get(place, ()))


def filled(given: Given, *names: str) -> dict[str, Any]:
    """The named answers that are not empty, with plain line ends."""
    said = {name: given.get(name, "").replace("\r\n", "\n").strip() for name in names}
    return {name: value for name, value in said.items() if value}


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _delivered(given: Given) -> dict[str, Any]:
    targets = _lines(given.get("deliver", ""))
    return {"deliver": targets} if targets else {}


def _act(kind: Kind, stands: Standing | None, body: Mapping[str, Any]) -> Act:
    assert stands is not None
    return Act(kind.id, {"request": stands.request, **body}, key="", subject=stands.request)


def _whole(text: str) -> int | str:
    """A number that was written; what is none, as it was written, so that it is refused by name."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else text


# ── questions ───────────────────────────────────────────────────────────────────────────────────────────────────────

DELIVER = Question(
    "deliver", Text(en="Also sent to", zh="另行发送至"), "lines",
    hint=Text(
        en="The letter can be read here by whoever asked. Else one target of authority.toml a line, "
        "such as a printing house.",
        zh="请求人可在此阅读公函。另需发送的，每行一个 authority.toml 中声明的目标，例如印制部门。",
    ),
)  # fmt: skip
ON = Question(
    "on", Text(en="Sent on", zh="发出日"), "day",
    hint=Text(en="Only where it was sent before today.", zh="仅在今日之前已发出时填写。"),
)  # fmt: skip
BY = Question("received_by", FIELDS["came_by"], "one", choices=choices(HOWS), required=True)
PARTY = Question(
    "party", Text(en="Who they are here", zh="其在本机关的身份"), "text",
    hint=Text(
        en="Their party, such as party:jane-doe, where they have a key or filed something; else empty.",
        zh="如其持有密钥或曾提交，填写其身份标识，例如 party:jane-doe；否则留空。",
    ),
)  # fmt: skip


def _received(reading: Reading, stands: Standing | None) -> Sequence[Question]:
    return (
        Question("name", Text(en="Reference", zh="编号"), "text", required=True,
                 hint=Text(en="Everybody sees it, so it gives nothing away, such as AR-2026-17.",
                           zh="公开可见，不得透露内容，例如 AR-2026-17。")),
        Question("came_by", FIELDS["came_by"], "one", choices=choices(HOWS), required=True),
        Question("received_on", Text(en="Received on", zh="收到日"), "day", required=True,
                 hint=Text(en="The time for the answer runs from this day.", zh="答复期限自该日起算。")),
        Question("person", Text(en="Who asks", zh="请求人"), "text"),
        Question("contact", Text(en="Their address", zh="其地址"), "lines",
                 hint=Text(en="One line each, as they stand on an envelope.", zh="每行一项，如信封所示。")),
        PARTY,
        Question("scope", Text(en="What is asked for", zh="请求范围"), "one", choices=choices(SCOPES), required=True),
        Question("words", Text(en="What they ask for, in their words", zh="请求内容（原话）"), "long_text"),
        Question("found_by", FIELDS["found_by"], "long_text"),
        Question("documents", Text(en="What came in", zh="来件"), "files"),
    )  # fmt: skip


def _receive(reading: Reading, stands: Standing | None, given: Given) -> Sequence[Act]:
    names = ("name", "came_by", "received_on", "person", "contact", "party", "scope", "words", "found_by")
    body = filled(given, *names)
    if files := named_in(given.get("documents", ""), "documents"):
        body["documents"] = files
    return (Act(REQUEST.id, body, key=""),)


def _takes_in(reading: Reading, stands: Standing | None) -> Sequence[Question]:
    under = Text(
        en="The clocks run from the day of receipt. A recommended standard is chosen by who follows it.",
        zh="期限自收到之日起算。推荐性标准由采用者选择。",
    )
    return (
        Question("under", Text(en="Under which law", zh="依据的法律"), "several",
                 choices=choices(UNDER), hint=under, required=True),
        Question("identity", Text(en="How it is known who asks", zh="身份如何确认"), "one",
                 choices=choices(IDENTITIES), required=True),
        PARTY,
        Question("note", Text(en="Note for the office", zh="内部备注"), "long_text"),
        DELIVER,
    )  # fmt: skip


def _taken_before(reading: Reading, stands: Standing | None) -> Given:
    if stands is None:
        return {}
    if stands.taken:
        body = stands.taken["body"]
        return {"under": " ".join(body["under"]), "identity": body["identity"], "party": body.get("party") or ""}
    by_code = stands.by_themselves and stands.party.startswith("party:reporter-")
    who = "code" if by_code else "key" if stands.by_themselves else ""
    return {"under": " ".join(laws_here(reading)), "identity": who, "party": stands.filed.get("party") or ""}


def _take_in(reading: Reading, stands: Standing | None, given: Given) -> Sequence[Act]:
    under = [code for code in UNDER if f"under.{code}" in given]
    body = {"under": under, **filled(given, "identity", "party", "note"), **_delivered(given)}
    return (_act(TAKEN_IN, stands, body),)


def _ask(reading: Reading, stands: Standing | None, given: Given) -> Sequence[Act]:
    body = {**filled(given, "text"), "identity": given.get("identity") == "yes", **_delivered(given)}
    return (_act(QUESTION, stands, body),)


def _wrote(reading: Reading, stands: Standing | None, given: Given) -> Sequence[Act]:
    return (_act(ANSWER, stands, filled(given, "text", "received_by")),)


def _took_back(reading: Reading, stands: Standing | None, given: Given) -> Sequence[Act]:
    return (_act(WITHDRAWN, stands, filled(given, "reasons", "received_by")),)


def _extend(reading: Reading, stands: Standing | None, given: Given) -> Sequence[Act]:
    body = {**filled(given, "reason", "words"), "months": _whole(given.get("months", "")), **_delivered(given)}
    return (_act(EXTENDED, stands, body),)


def _answer(reading: Reading, stands: Standing | None, given: Given) -> Sequence[Act]:
    body = {**filled(given, "outcome", "words", "on"), **_delivered(given)}
    if files := named_in(given.get("documents", ""), "documents"):
        body["documents"] = files
    if releases := [_whole(one) for one in given.get("releases", "").replace(",", " ").split()]:
        body["releases"] = releases
    return (_act(ANSWERED, stands, body),)


def _refuse(reading: Reading, stands: Standing | None, given: Given) -> Sequence[Act]:
    return (_act(REFUSED, stands, {**filled(given, "ground", "words", "complaint", "on"), **_delivered(given)}),)


def _how_to_complain(reading: Reading, stands: Standing | None) -> Given:
    words = complaint(stands.under) if stands else None
    return {"complaint": f"{words['en']}\n\n{words['zh']}".strip()} if words else {}


def _grounds(reading: Reading, stands: Standing | None) -> tuple[Choice, ...]:
    """The grounds that the law of a request knows, each with its clause."""
    under = stands.under if stands else ()
    found = []
    for code, one in grounds().items():
        if cited := one.cited(under):
            found.append(Choice(code, Text({name: f"{words} ({cited})" for name, words in one.title.items()})))
    return tuple(found)


def _taken(stands: Standing) -> bool:
    return stands.end is None and stands.taken is not None


def _letter_follows(stands: Standing) -> Sequence[Text]:
    return (
        Text(
            en=f"What you wrote is recorded about {stands.name}, and whoever asked is told by letter.",
            zh=f"所填内容将就 {stands.name} 记录在案，并以公函告知请求人。",
        ),
    )


WORDS_TOLD = Text(en="Whoever asked reads it.", zh="请求人将读到此内容。")
RECEIVE = Doing(
    Text(en="Register a request that came in", zh="登记收到的请求"),
    Text(
        en="Somebody asked by letter, by mail, in person or by telephone. The time for the answer runs "
        "from the day on which "
        "that came in, not from today.",
        zh="有人以信函、电子邮件、当面或电话提出请求。答复期限自收到之日起算，而非自今日起算。",
    ),
    Text(en="Register it", zh="登记"), _received, _receive,
    begins=lambda reading, stands: {"received_on": reading.today.isoformat(), "scope": "everything"},
)  # fmt: skip
DOINGS: Mapping[str, Doing] = {
    "take-in": Doing(
        Text(en="Take it in", zh="受理"),
        Text(
            en="Say under which law it stands, whose data it is about, and how it is known who asks. "
            "The first time a letter says "
            "that it was received, and by when the answer comes.",
            zh="说明请求的法律依据、所涉何人信息以及身份如何确认。首次受理时将以公函告知已收到及答复期限。",
        ),
        Text(en="Take it in", zh="受理"), _takes_in, _take_in, begins=_taken_before,
    ),
    "ask": Doing(
        Text(en="Ask whoever asked", zh="向请求人询问"),
        Text(
            en="Ask for no more than it takes. While you ask who they are the clock stands, where law "
            "allows that, until they "
            "have answered.",
            zh="仅询问所必需的内容。核实身份期间，法律允许时期限暂停计算，直至其答复。",
        ),
        Text(en="Ask", zh="询问"),
        lambda reading, stands: (
            Question("text", Text(en="What is asked", zh="询问的内容"), "long_text", required=True, hint=WORDS_TOLD),
            Question("identity", Text(en="Is it about who they are?", zh="是否为核实身份？"), "one", required=True,
                     choices=(Choice("yes", Text(en="Yes: the clock stands", zh="是：期限暂停")),
                              Choice("no", Text(en="No", zh="否")))),
            DELIVER,
        ),
        _ask, says=_letter_follows,
    ),
    "answered-you": Doing(
        Text(en="Write down what they answered", zh="记录请求人的答复"),
        Text(
            en="For what came by letter, by mail, in person or by telephone.",
            zh="适用于以信函、电子邮件、当面或电话作出的答复。",
        ),
        Text(en="Write it down", zh="记录"),
        lambda reading, stands: (
            Question("text", Text(en="What they said", zh="答复内容"), "long_text", required=True), BY,
        ),
        _wrote, offered=lambda stands: bool(stands.asked),
    ),
    "extend": Doing(
        Text(en="Extend the time", zh="延长期限"),
        Text(
            en="Only within the first month, once, and for a reason that the law knows. Whoever asked "
            "is told why, and until "
            "when.",
            zh="仅限首月内、一次，且须有法定理由。将告知请求人理由及新的期限。",
        ),
        Text(en="Extend it", zh="延长"),
        lambda reading, stands: (
            Question("months", FIELDS["months"], "number", required=True,
                     hint=Text(en="1 or 2 further months.", zh="再延长1或2个月。")),
            Question("reason", Text(en="Reason", zh="法定理由"), "one", choices=choices(REASONS), required=True),
            Question("words", Text(en="The reason in words", zh="理由说明"), "long_text", required=True,
                     hint=WORDS_TOLD),
            DELIVER,
        ),
        _extend, offered=_taken, says=_letter_follows,
    ),
    "answer": Doing(
        Text(en="Answer it", zh="答复"),
        Text(
            en="Attach what they get: the file of what is held about them, and copies. Its digest "
            "stands in the letter.",
            zh="附上提供给请求人的内容：所存信息文件及副本。其摘要载于公函。",
        ),
        Text(en="Answer it", zh="答复"),
        lambda reading, stands: (
            Question("outcome", Text(en="The answer", zh="答复结果"), "one", choices=choices(GIVEN), required=True),
            Question("words", FIELDS["words"], "long_text",
                     hint=Text(en="What is kept back and why, where not all is given. Whoever asked reads it.",
                               zh="未全部提供的，说明保留的内容及理由。请求人将读到此内容。")),
            Question("documents", Text(en="What they get", zh="提供的文件"), "files"),
            Question("releases", FIELDS["releases"], "text",
                     hint=Text(en="Numbers of entries, apart by blanks.", zh="条目编号，以空格分隔。")),
            ON, DELIVER,
        ),
        _answer, offered=_taken, says=_letter_follows,
    ),
    "refuse": Doing(
        Text(en="Refuse it", zh="拒绝"),
        Text(
            en="Only on a ground that the law of the request knows. Whoever asked is told which, why, "
            "and how they can complain.",
            zh="仅限请求所依据法律规定的理由。将告知请求人理由、说明及申诉途径。",
        ),
        Text(en="Refuse it", zh="拒绝"),
        lambda reading, stands: (
            Question("ground", FIELDS["ground"], "one", choices=_grounds(reading, stands), required=True),
            Question("words", Text(en="Why, in words", zh="理由说明"), "long_text", required=True, hint=WORDS_TOLD),
            Question("complaint", FIELDS["complaint"], "long_text", required=True, hint=WORDS_TOLD),
            ON, DELIVER,
        ),
        _refuse, begins=_how_to_complain, offered=_taken, says=_letter_follows,
    ),
    "taken-back": Doing(
        Text(en="Write down that it was taken back", zh="记录请求已撤回"),
        Text(en="Whoever asked said so, other than here. Nothing is owed on it from then on.",
             zh="请求人以其他方式表示撤回。自此不再负有答复义务。"),
        Text(en="Write it down", zh="记录"),
        lambda reading, stands: (Question("reasons", Text(en="What they said", zh="其说明"), "long_text"), BY),
        _took_back, says=lambda stands: (
            Text(en=f"{stands.name} has ended: nothing can be done about it afterwards.",
                 zh=f"{stands.name} 即告终结：此后不能再办理。"),
        ),
    ),
}  # fmt: skip
