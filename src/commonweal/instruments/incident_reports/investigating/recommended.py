"""Recommendations as everybody sees them, as their addressees answer them, as officers correct and withdraw them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from commonweal.kernel import registry
from commonweal.kernel.disclosure.attachments import named_in
from commonweal.kernel.instrument import (
    Act,
    Column,
    Deed,
    Filter,
    Kind,
    Listing,
    Page,
    Question,
    Reader,
    Reading,
    Row,
    Text,
    Waiting,
)
from commonweal.kernel.values import NotFound

from ..desk.doing import filled
from ..desk.queue import choices
from ..publication import CORRECTION, taken_out
from ..publishing.drafts import IN_SIGHT, WORDS_OF, identities, reports
from ..publishing.pages import CORRECTION as WHY_CORRECTED
from ..publishing.pages import CORRECTS, GONE, STATUS, STAYS, WITHDRAWN_FOR
from ..reports import STEWARDS
from ..review import RISKS, Warned, warnings
from ..telling import day_told, listed, put_in, reason_of, title_of, versions_told
from ..withholding import REASONS, hides
from . import teams
from .kinds import ANSWERED, ANSWERS, FINDINGS, RECOMMENDATION, WORDED
from .recommending import (
    OVER,
    SAYS,
    WAITS,
    WITHDRAWN,
    embargo_on,
    incident_of,
    overdue,
    proposed,
    recommendation,
    recommendations,
    said,
    versions_of,
)
from .words import FIELDS

PATH = "/recommendations"
TO_YOU = "/incident-reports/recommended-to-you"
WORDS: Mapping[str, Text] = {**dict(ANSWERS.items()), **dict(FINDINGS.items())}
STATES: Mapping[str, Text] = {
    "open": Text(en="open", zh="待答复"),
    "overdue": Text(en="overdue", zh="逾期"),
    "accepted": Text(en="accepted", zh="已接受"),
    "rejected": Text(en="rejected", zh="已拒绝"),
    "implemented": Text(en="implemented", zh="已落实"),
    "verified": Text(en="verified", zh="已核实"),
    "closed": Text(en="closed", zh="已结"),
    "withdrawn": Text(en="withdrawn", zh="已撤回"),
}
GOES_OUT = Text(
    en="{name}, to {addressee}, to be carried out by {day}: public at once for everybody, on its page and in the list "
    "of recommendations.",
    zh="{name}（受文者：{addressee}；期限：{day}）：立即向所有人公开，载于其页面和建议清单。",
)
TOLD = Text(
    en="Whoever speaks for {addressee} here finds it in their inbox and answers on its page; the answer is public too.",
    zh="在此代表{addressee}者将在收件箱中看到，并在其页面答复；答复同样公开。",
)
NOT_OUT = Text(en="Only officers of this authority read the background.", zh="背景仅本机关官员可读。")
WARNED = Text(en="What could give people away: {what}", zh="可能暴露他人身份的内容：{what}")
UNWARNED = Text(
    en="Nothing was found that could give people away. That is no finding that nothing is there.",
    zh="未发现可能暴露他人身份的内容；这并不表明没有此类内容。",
)
HIDES = Text(
    en="Of earlier versions these words are shown no more, on the page or in the record: {fields}. Copies made before "
    "cannot be called back.",
    zh="此前版本的下列内容在页面和记录中均不再显示：{fields}。此前制作的副本无法收回。",
)
ANSWER_OUT = Text(
    en="{organisation} answers {name}: {answer}. Public at once for everybody, with the day and the reasons.",
    zh="{organisation}对{name}的答复：{answer}。立即向所有人公开，载明日期与理由。",
)
NO_REASONS = Text(en="No reasons are given.", zh="未说明理由。")
WITH_REASONS = Text(en="Reasons, for everybody to read: {reasons}", zh="理由（公开）：{reasons}")
SEALED = Text(en="Only officers of {authority} read: {fields}.", zh="仅{authority}官员可读：{fields}。")
CLOSED = {"evidence": Text(en="what shows that it was done", zh="落实的证明"), "files": FIELDS["files"]}
EVERYBODY = Text(en="Everybody", zh="所有人")
FOR_YOU, GO_ON = (
    Text(en="A recommendation to your organisation waits for an answer", zh="有一项对贵组织的建议待答复"),
    Text(en="Your organisation has yet to say that it is carried out", zh="贵组织尚未说明已落实"),
)
VERIFY = Text(en="Said to be carried out: verify it", zh="受文者称已落实：待核实")
ANSWER_ASKS = (
    Question("answer", Text(en="Answer", zh="答复"), "one", choices=choices(ANSWERS), required=True),
    Question(
        "reasons", Text(en="Reasons (everybody reads them)", zh="理由（公开）"), "long_text",
        hint=Text(en="Needed where you reject it.", zh="拒绝时必填。"),
    ),
    Question(
        "evidence", Text(en="What shows that it was done (only officers read it)", zh="落实的证明（仅官员可读）"),
        "long_text",
    ),
    Question("files", FIELDS["files"], "files"),
)  # fmt: skip
_HIDE = Question(
    "hide", Text(en="The earlier words", zh="此前内容"), "one", required=True,
    choices=choices({
        "as_warned": Text(en="Hidden where they could give somebody away", zh="可能暴露他人身份者隐去"),
        IN_SIGHT: Text(en="Stay in sight", zh="仍公开可见"),
        **{code: one.title for code, one in REASONS.items() if one.hides},
    }),
    hint=Text(
        en="Of those that this version rewrites. Copies made before cannot be called back.",
        zh="指本版本改写的内容。此前制作的副本无法收回。",
    ),
)  # fmt: skip


# ── one recommendation ──────────────────────────────────────────────────────────────────────────────────────────────


def path_of(subject: str) -> str:
    """The public page of a recommendation."""
    return f"{PATH}/{subject.partition(':')[2]}"


def named(reader: Reader, subject: str) -> str:
    """What a subject of the register is called."""
    row = registry.subject(reader, subject)
    return str(row["name"]) if row is not None and row["name"] else subject


def told(reading: Reading, subject: str, versions: Sequence[Mapping[str, Any]], **answer: str) -> Mapping[str, Any]:
    """What the page of a recommendation says by these versions (`versions_of`), oldest first: the same for the page and
    for the preview of what is not recorded yet. An `answer` with its `reasons` stands below those on file."""
    now, language, tables = versions[-1], reading.language, reading.tables
    row, today = recommendation(tables, subject), reading.today.isoformat()
    state = WITHDRAWN if now["status"] == WITHDRAWN else str(row["state"]) if row is not None else "open"
    state = answer.get("answer") or state
    shown_as = "overdue" if overdue({"state": state, "due": now["due"]}, today) else state
    lines = [
        (one["at"], WORDS[one["what"]], reading.part(one["entry"], "reasons").get("reasons", ""), one["entry"])
        for one in said(tables, subject)
    ]
    if answer.get("answer"):
        lines.append((reading.now.isoformat(), WORDS[answer["answer"]], answer.get("reasons", ""), None))
    return {
        "name": now["name"],
        "text": (language == "zh" and now.get("text_zh")) or now["text"],
        "fictitious": bool(now.get("fictitious")),
        "gone": state == WITHDRAWN,
        "hidden": reason_of(now["withdrawn_for"]).in_(language) if hides(now.get("withdrawn_for")) else "",
        "addressee": now["addressee"],
        "due": now["due"],
        "investigation": now["investigation"],
        "state": shown_as,
        "state_words": STATES[shown_as],
        "said": lines,
        "versions": versions_told(versions, language, SAYS)[::-1],
    }


def _found(reading: Reading, query: Mapping[str, str]) -> tuple[str, list[dict[str, Any]]]:
    subject = f"{RECOMMENDATION.noun}:{query['recommendation']}"
    versions = versions_of(reading.tables, subject)
    if not versions:
        raise NotFound("recommendation", subject, "/incident_reports/recommendations lists those that there are")
    return subject, versions


def for_whom_you_speak(reading: Reading, organisation: str) -> bool:
    """Whether whoever is reading answers for an organisation: officers, who may have registered it, do not."""
    return not set(STEWARDS) & set(reading.roles) and reading.speaks_for(organisation)


def view(reading: Reading, query: Mapping[str, str]) -> Mapping[str, Any]:
    """One recommendation for everybody, and the form for an answer for whoever speaks for its addressee."""
    subject, versions = _found(reading, query)
    now, row = versions[-1], recommendation(reading.tables, subject)
    yours = for_whom_you_speak(reading, now["addressee"])
    embargo = embargo_on(reading.tables, now["investigation"], reading.today.isoformat())
    answer = query.get("answer", "")
    given = {"answer": answer, "reasons": query.get("reasons", "")} if yours and answer in ANSWERS else {}
    office = bool(set(STEWARDS) & set(reading.roles))
    return {
        "title": now["name"],
        "one": told(reading, subject, versions),
        "preview": told(reading, subject, versions, **given) if given else None,
        "yours": yours,
        "asks": ANSWER_ASKS if yours and row is not None and row["state"] not in OVER and not embargo else (),
        "embargo": embargo["until"] if embargo and yours else "",
        "signed_in": bool(reading.party),
        "action": path_of(subject),
        "to_you": TO_YOU,
        "investigation": f"/incident-reports/investigating/{now['investigation'].partition(':')[2]}" if office else "",
        "correct": f"{path_of(subject)}/correct" if office else "",
    }


def answer_deed(reading: Reading, given: Mapping[str, str]) -> Deed:
    """The answer of whoever speaks for the addressee, said in full before it is recorded. Raises `BadInput`."""
    subject, versions = _found(reading, given)
    now = versions[-1]
    files = named_in(given.get("files", ""), "files")
    body = {
        "recommendation": subject,
        "organisation": now["addressee"],
        **filled(given, "answer", "reasons", "evidence"),
    }
    act = Act(ANSWERED.id, {**body, **({"files": files} if files else {})}, key="")
    organisation = named(reading.tables, now["addressee"])
    answer = ANSWERS[body["answer"]] if body.get("answer") in ANSWERS else Text(en="–", zh="–")
    will = [put_in(ANSWER_OUT, organisation=organisation, name=now["name"], answer=answer)]
    will.append(put_in(WITH_REASONS, reasons=body["reasons"]) if body.get("reasons") else NO_REASONS)
    if closed := [(title, None) for name, title in CLOSED.items() if act.body.get(name)]:
        will.append(put_in(SEALED, authority=reading.authority, fields=listed(closed)))
    return Deed([act], path_of(subject), [*will, *warned_told(warnings({"summary": body.get("reasons", "")}))])


def warned_told(warned: Iterable[Warned]) -> list[Text]:
    """What could give somebody away, each thing once; that nothing was found where there is nothing."""
    found = dict.fromkeys((one.seen, one.risk) for one in warned)
    what = listed([(Text(en=f"“{seen}”", zh=f"“{seen}”"), RISKS[risk]) for seen, risk in found])
    return [put_in(WARNED, what=what) if found else UNWARNED]


def answer_attaches(query: Mapping[str, str]) -> Kind | None:
    """Of which kind the form of an answer takes attachments."""
    return ANSWERED


# ── saying, correcting and withdrawing ──────────────────────────────────────────────────────────────────────────────


def warned_of(reading: Reading, body: Mapping[str, Any]) -> list[Warned]:
    """What in a recommendation could give somebody away, held against all that its incident rests on."""
    incident = incident_of(reading.tables, str(body["investigation"]))
    texts = {"summary": body.get("text", ""), "summary_zh": body.get("text_zh", ""),
             "correction": body.get(CORRECTION, "")}  # fmt: skip
    return warnings(texts, reports(reading, incident), (), identities(reading, incident))


def will_go_out(reading: Reading, body: Mapping[str, Any]) -> list[Text]:
    """What becomes public with a recommendation, to whom, and what in it could give somebody away."""
    addressee = named(reading.tables, str(body.get("addressee", "")))
    said = [put_in(GOES_OUT, name=body.get("name", ""), addressee=addressee, day=day_told(body.get("due")))]
    said += [put_in(TOLD, addressee=addressee), *([NOT_OUT] if body.get("background") else [])]
    return [*said, *warned_told(warned_of(reading, body))]


def _earlier(versions: Sequence[Mapping[str, Any]], field: str, body: Mapping[str, Any]) -> list[str]:
    """What readers had of a field and still see, where it is something else than what they would now."""
    said = [one[field] for one in versions if one.get(field) and field not in taken_out(one, versions, WORDED)]
    return [words for words in dict.fromkeys(said) if words != body.get(field)]


def _hidden(
    reading: Reading, body: Mapping[str, Any], versions: Sequence[Mapping[str, Any]], how: str
) -> dict[str, str]:
    """Of which fields the earlier words go, and why: as was chosen, else where they could give somebody away and what
    takes their place does not do so too."""
    changed = {field: words for field in (*WORDED, CORRECTION) if (words := _earlier(versions, field, body))}
    if how == IN_SIGHT:
        return {}
    if how != "as_warned":
        return dict.fromkeys(changed, how)
    now = {(one.seen, one.risk) for one in warned_of(reading, body)}
    found = {}
    for field, words in changed.items():
        before = [
            one for each in words for one in warned_of(reading, {"investigation": body["investigation"], "text": each})
        ]
        if any(one.risk in WORDS_OF and (one.seen, one.risk) not in now for one in before):
            found[field] = "personal"
    return found


def _next(
    reading: Reading, subject: str, versions: Sequence[Mapping[str, Any]], given: Mapping[str, str]
) -> dict[str, Any]:
    """The body of the version that the answers come to."""
    row = registry.subject(reading.tables, subject)
    body = {name: value for name, value in (row["body"] if row else {}).items() if name not in _OF_A_VERSION}
    body |= {"status": given.get("status") or "published", **filled(given, CORRECTION)}
    if body["status"] == WITHDRAWN:
        why = filled(given, "withdrawn_for")  # what is withdrawn for a reason is not said once more
        return {**body, **why, **({"text": body["name"], "text_zh": ""} if why else {})}
    body |= {name: given.get(name, "").replace("\r\n", "\n").strip() for name in (*WORDED, "due")}
    hidden = _hidden(reading, body, versions, given.get("hide") or "as_warned")
    return {**body, **({"hidden": hidden} if hidden else {})}


_OF_A_VERSION = ("status", CORRECTION, "withdrawn_for", "hidden")


def correct_view(reading: Reading, query: Mapping[str, str]) -> Mapping[str, Any]:
    """The form that corrects or withdraws a recommendation, and what it comes to. Raises `NotFound`."""
    subject, versions = _found(reading, query)
    now, path = versions[-1], path_of(subject)
    body = _next(reading, subject, versions, query) if "key" in query else {}
    preview = told(reading, subject, proposed(reading.tables, subject, body, reading.now.isoformat())) if body else None
    asks = (
        STATUS,
        Question("text", title_of("text"), "long_text", required=True),
        Question("text_zh", title_of("text_zh"), "long_text"),
        Question("due", Text(en="By when", zh="期限"), "day", required=True),
        WHY_CORRECTED,
        _HIDE,
        WITHDRAWN_FOR,
    )
    return {
        "title": CORRECT.title.in_(reading.language),
        "name": now["name"],
        "lead": Text(
            en="Its team corrects a recommendation; anybody at the desk withdraws one. That there was a correction "
            "stays in sight.",
            zh="建议由其调查团队更正；受理台任何人员均可撤回。曾有更正一事始终可见。",
        ),
        "button": Text(en="Look at it", zh="查看"),
        "asks": asks,
        "begins": {
            "status": "published",
            "hide": "as_warned",
            **{name: now.get(name) or "" for name in (*WORDED, "due")},
        },
        "back": path,
        "action": f"{path}/correct",
        "recommendation": preview,
    }


def correct_deed(reading: Reading, given: Mapping[str, str]) -> Deed:
    """A corrected version, or the withdrawal, with what of the earlier words stays. Raises `NotFound`."""
    subject, versions = _found(reading, given)
    body = _next(reading, subject, versions, given)
    return Deed(
        [Act(RECOMMENDATION.id, body, key="", subject=subject)], path_of(subject), _will(reading, body, versions)
    )


def _will(reading: Reading, body: Mapping[str, Any], versions: Sequence[Mapping[str, Any]]) -> list[Text]:
    if body["status"] == WITHDRAWN:
        will = [put_in(GONE, name=body["name"], to=EVERYBODY)]
        every = [(title_of(field), reason_of(body["withdrawn_for"])) for field in WORDED] if _covers(body) else []
        will += [put_in(HIDES, fields=listed(every))] if every else []
    else:
        hidden = body.get("hidden", {})
        stays = [
            (title_of(one), None)
            for one in (*WORDED, CORRECTION)
            if one not in hidden and _earlier(versions, one, body)
        ]
        will = will_go_out(reading, body)
        will += (
            [put_in(HIDES, fields=listed([(title_of(one), reason_of(why)) for one, why in hidden.items()]))]
            if hidden
            else []
        )
        will += [put_in(STAYS, fields=listed(stays))] if stays else []
    return [*will, *([put_in(CORRECTS, fields=body[CORRECTION])] if body.get(CORRECTION) else [])]


def _covers(body: Mapping[str, Any]) -> bool:
    return hides(body.get("withdrawn_for"))


# ── what is addressed to somebody ───────────────────────────────────────────────────────────────────────────────────


def yours(reading: Reading) -> list[Row]:
    """The recommendations to an organisation for which whoever is reading speaks, those due first at the top."""
    rows = recommendations(reading.tables) if reading.party and not set(STEWARDS) & set(reading.roles) else []
    speaks = {one: for_whom_you_speak(reading, one) for one in {str(row["addressee"]) for row in rows}}
    return [row for row in rows if speaks[str(row["addressee"])]]


def waits(reading: Reading) -> list[Waiting]:
    """For the inbox: what an organisation has yet to answer or carry out; to who leads, what is said to be done."""
    asked = [Waiting(FOR_YOU if row["state"] == "open" else GO_ON, row["name"], path_of(row["recommendation"]))
             for row in yours(reading) if row["state"] in WAITS]  # fmt: skip
    done = recommendations(reading.tables, state="implemented") if reading.party else []
    led = [row for row in done if teams.role_of(reading.tables, row["investigation"], reading.party) == "lead"]
    return [*asked, *(Waiting(VERIFY, row["name"], path_of(row["recommendation"])) for row in led)]


def to_you_view(reading: Reading, query: Mapping[str, str]) -> Mapping[str, Any]:
    """What is addressed to the organisation for which whoever is signed in speaks."""
    return {"signed_in": bool(reading.party), "rows": [shown(reading, row) for row in yours(reading)]}


def shown(reading: Reading, row: Row) -> Row:
    """A recommendation as a line of a list: what it says, if that is still shown, and how it stands today."""
    body = reading.part(row["entry"], "text", "text_zh")
    text = (reading.language == "zh" and body.get("text_zh")) or body.get("text", "")
    state = "overdue" if overdue(row, reading.today.isoformat()) else row["state"]
    told = {"state": state, "state_words": STATES[state], "text": "" if state == WITHDRAWN else text}
    return {**row, **told, "href": path_of(row["recommendation"])}


def recommendation_rows(reading: Reading, query: Mapping[str, str]) -> Sequence[Row]:
    """Every recommendation, those due first at the top; one that is late is `overdue`."""
    rows = [shown(reading, row) for row in recommendations(reading.tables)]
    wanted = {name: query[name] for name in ("state", "addressee") if query.get(name)}
    return [
        {**{name: row[name] for name in ("href", "addressee", "text", "due", "state")}, "recommendation": row["name"]}
        for row in rows
        if all(row[name] == value for name, value in wanted.items())
    ]


def _states(reading: Reading) -> Sequence[tuple[str, str]]:
    return [(state, words.in_(reading.language)) for state, words in STATES.items()]


CORRECT = Page(
    "recommendation-correct", PATH + "/{recommendation}/correct",
    Text(en="Correct or withdraw a recommendation", zh="更正或撤回建议"), "desk_doing.html", correct_view,
    roles=STEWARDS, act=correct_deed, about=lambda parts: f"recommendation:{parts['recommendation']}",
)  # fmt: skip
PAGES = (
    Page("recommendation", PATH + "/{recommendation}", Text(en="Recommendation", zh="建议"), "recommendation.html",
         view, act=answer_deed, attaches=answer_attaches),
    CORRECT,
    Page("recommended-to-you", TO_YOU, Text(en="Recommended to you", zh="对您的建议"), "recommended_to_you.html",
         to_you_view),
)  # fmt: skip
LISTINGS = (
    Listing(
        "recommendations",
        Text(en="Recommendations after incidents", zh="事件后的建议"),
        (
            Column("recommendation", Text(en="Recommendation", zh="建议"), "link"),
            Column("addressee", Text(en="To", zh="受文者"), "link"),
            Column("text", Text(en="What should be done", zh="建议内容")),
            Column("due", Text(en="By", zh="期限"), "date"),
            Column("state", Text(en="State", zh="状态"), "state"),
        ),
        recommendation_rows,
        summary=Text(
            en="What was recommended so that an incident does not happen again, and what those addressed have done.",
            zh="为防止事件再次发生而提出的建议，以及受文者的落实情况。",
        ),
        filters=(
            Filter("state", Text(en="State", zh="状态"), _states),
            Filter("addressee", Text(en="To", zh="受文者")),
        ),
    ),
)
