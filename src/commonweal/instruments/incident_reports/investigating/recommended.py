"""Recommendations as everybody sees them, as their addressees answer them, as officers correct and withdraw them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from commonweal.kernel import registry
from commonweal.kernel.disclosure.attachments import named_in
from commonweal.kernel.instrument import (
    Act,
    Choice,
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
from ..publication import CORRECTION, taken_back, taken_out
from ..publishing.drafts import IN_SIGHT, WORDS_OF, identities, reporters, reports
from ..publishing.pages import CORRECTION as WHY_CORRECTED
from ..publishing.pages import CORRECTS, GONE, STATUS, STAYS, WITHDRAWN_FOR
from ..reports import STEWARDS
from ..review import RISKS, Warned, warnings
from ..telling import day_told, listed, put_in, reason_of, title_of, versions_told
from ..withholding import REASONS, hides
from . import teams
from .kinds import ANSWERED, ANSWERS, FINDINGS, RECOMMENDATION, WORDED
from .recommending import (
    ANSWER,
    ASSESS,
    OVER,
    SAYS,
    WAITS,
    WITHDRAWN,
    embargo_on,
    incident_of,
    newest_answer,
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
    "sent_back": Text(en="sent back", zh="已退回"),
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
FOR_YOU: Mapping[str, Text] = {
    "open": Text(en="A recommendation to your organisation waits for an answer", zh="有一项对贵组织的建议待答复"),
    "sent_back": Text(en="An answer of your organisation was sent back", zh="贵组织的答复已被退回"),
    "accepted": Text(en="Your organisation has yet to say that it is carried out", zh="贵组织尚未说明已落实"),
}
ANSWERED_YOU = Text(en="A recommendation was answered: say whether that will do", zh="建议已获答复：待认定是否充分")
UNTIL = Text(en="{what}, by {day}", zh="{what}（截至{day}）")
LATE = Text(en="{what}; it was due by {day}", zh="{what}（已于{day}到期）")
CLOCK: Mapping[str, Text] = {
    ANSWER: Text(en="Answer of the addressee", zh="受文者答复"),
    ASSESS: Text(en="Word of the authority on the answer", zh="本机关对答复的认定"),
}
TAKES_PLACE = Text(
    en="It takes the place of the answer in entry {entry}, and says why: {why}",
    zh="取代条目{entry}的答复，并载明理由：{why}",
)
ITS_WORDS_GO = Text(
    en="The words of that answer are shown no more, on the page or in the record: it {why}. Copies made before cannot "
    "be called back.",
    zh="该答复的内容在页面和记录中均不再显示：{why}。此前制作的副本无法收回。",
)
VERIFY = Text(en="Said to be carried out: verify it", zh="受文者称已落实：待核实")
HIDDEN_FOR = (
    Choice(IN_SIGHT, Text(en="Stay in sight", zh="仍公开可见")),
    *(Choice(code, one.title) for code, one in REASONS.items() if one.hides),
)
"""What becomes of the words of an answer that is corrected or sent back."""
HOW = Question(
    "how", Text(en="What you do", zh="操作"), "one", required=True,
    choices=(
        Choice("anew", Text(en="Answer anew: what was said before stays", zh="再次答复：此前答复保留")),
        Choice("correct", Text(en="Correct what was said last: this takes its place", zh="更正最近一次答复：取代之")),
    ),
)  # fmt: skip
CORRECTION_ASKS = (
    Question(
        "correction", Text(en="What was wrong (everybody reads it)", zh="有误之处（公开）"), "long_text",
        hint=Text(en="Needed where you correct.", zh="更正时必填。"),
    ),
    Question(
        "hides", Text(en="The words of the answer that you correct", zh="被更正答复的内容"), "one", choices=HIDDEN_FOR
    ),
)  # fmt: skip
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
    lines = said_lines(reading, subject)
    if answer.get("answer"):
        if answer.get("corrects"):
            why = answer.get("hides", "")
            lines = [
                _corrected(one, why, language) if str(one["entry"]) == answer["corrects"] else one for one in lines
            ]
        more = {name: answer.get(name, "") for name in ("reasons", "correction")}
        lines.append({**_LINE, **more, "at": reading.now.isoformat(), "words": WORDS[answer["answer"]], "entry": None})
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
        "clock": None if answer or row is None or state == WITHDRAWN else clock_told(row, today),
        "versions": versions_told(versions, language, SAYS)[::-1],
    }


_LINE: Mapping[str, Any] = {"reasons": "", "told": "", "correction": "", "corrected": None, "hidden": ""}


def said_lines(reading: Reading, subject: str) -> list[dict[str, Any]]:
    """Answers and findings in their order, with what whoever reads may read; of what is shown no more, why."""
    found = []
    for one in said(reading.tables, subject):
        gone = taken_back(reading.tables, one["entry"])
        words = {} if gone else reading.part(one["entry"], *_said_fields(one["what"]))
        hidden = next((item.why.in_(reading.language) for item in gone.values()), "")
        line = {name: one[name] for name in ("at", "entry", "corrected")}
        found.append({**_LINE, **line, **words, "words": WORDS[one["what"]], "hidden": hidden})
    return found


def _said_fields(what: str) -> tuple[str, ...]:
    return ("reasons", "correction") if what in ANSWERS else ("reasons", "told")


def _corrected(line: Mapping[str, Any], why: str, language: str) -> dict[str, Any]:
    """A line as it will be once the answer is corrected, and its words hidden for a reason."""
    if not hides(why):
        return {**line, "corrected": -1}
    return {**line, "corrected": -1, "hidden": reason_of(why).in_(language), "reasons": "", "correction": ""}


def clock_told(row: Row, today: str) -> Mapping[str, Any] | None:
    """Who is awaited on a recommendation, through which day, and whether that is over; None where nothing runs."""
    if not row["clock"] or not row["until"]:
        return None
    return {"what": CLOCK[row["clock"]], "until": row["until"], "late": row["until"] < today}


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
    before = newest_answer(reading.tables, subject)
    answer = query.get("answer", "")
    given = _typed(query, before) if yours and answer in ANSWERS else {}
    over = row is None or row["state"] in OVER
    asks = _answer_asks(over, before is not None)
    office = bool(set(STEWARDS) & set(reading.roles))
    return {
        "title": now["name"],
        "one": told(reading, subject, versions),
        "preview": told(reading, subject, versions, **given) if given else None,
        "yours": yours,
        "asks": asks if yours and not embargo else (),
        "over": over,
        "begins": _answer_begins(reading, before) if yours else {},
        "embargo": embargo["until"] if embargo and yours else "",
        "signed_in": bool(reading.party),
        "action": path_of(subject),
        "to_you": TO_YOU,
        "investigation": f"/incident-reports/investigating/{now['investigation'].partition(':')[2]}" if office else "",
        "correct": f"{path_of(subject)}/correct" if office else "",
    }


def _answer_asks(over: bool, answered: bool) -> Sequence[Question]:
    """What is asked of the addressee: once a recommendation is over, only in what words they answered it."""
    if not answered:
        return () if over else ANSWER_ASKS
    how = replace(HOW, choices=HOW.choices[1:]) if over else HOW
    return (how, *ANSWER_ASKS, *CORRECTION_ASKS)


def _answer_begins(reading: Reading, before: Row | None) -> Mapping[str, str]:
    """What stands in the form of an answer at first: what was said last."""
    if before is None:
        return {}
    words = {} if taken_back(reading.tables, before["entry"]) else reading.part(before["entry"], "reasons", "evidence")
    return {"hides": IN_SIGHT, "answer": before["what"], **{name: str(value) for name, value in words.items()}}


def _typed(given: Mapping[str, str], before: Row | None) -> dict[str, str]:
    """An answer as its form came, with what it corrects where it does."""
    found = {name: given.get(name, "") for name in ("answer", "reasons")}
    if before is None or given.get("how") != "correct":
        return found
    return {**found, "corrects": str(before["entry"]), "correction": given.get("correction", ""),
            "hides": given.get("hides", "")}  # fmt: skip


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
    before = newest_answer(reading.tables, subject)
    corrects = before if before is not None and given.get("how") == "correct" else None
    if corrects is not None:
        body |= {"corrects": corrects["entry"], **filled(given, "correction")}
        body |= {"hides": given["hides"]} if given.get("hides") not in (None, "", IN_SIGHT) else {}
    act = Act(ANSWERED.id, {**body, **({"files": files} if files else {})}, key="")
    organisation = named(reading.tables, now["addressee"])
    answer = ANSWERS[body["answer"]] if body.get("answer") in ANSWERS else Text(en="–", zh="–")
    will = [put_in(ANSWER_OUT, organisation=organisation, name=now["name"], answer=answer)]
    will.append(put_in(WITH_REASONS, reasons=body["reasons"]) if body.get("reasons") else NO_REASONS)
    if corrects is not None:
        will.append(put_in(TAKES_PLACE, entry=corrects["entry"], why=body.get("correction", "–")))
        will += [put_in(ITS_WORDS_GO, why=reason_of(body["hides"]))] if body.get("hides") in REASONS else []
    if closed := [(title, None) for name, title in CLOSED.items() if act.body.get(name)]:
        will.append(put_in(SEALED, authority=reading.authority, fields=listed(closed)))
    return Deed(
        [act],
        path_of(subject),
        [*will, *warned_told(warnings({"summary": body.get("reasons", ""), "correction": body.get("correction", "")}))],
    )


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
    strips, named = identities(reading, incident), reporters(reading, incident)
    return warnings(texts, reports(reading, incident), (), strips, named)


def will_go_out(reading: Reading, body: Mapping[str, Any]) -> list[Text]:
    """What becomes public with a recommendation, to whom, and what in it could give somebody away."""
    addressee = named(reading.tables, str(body.get("addressee", "")))
    said = [put_in(GOES_OUT, name=body.get("name", ""), addressee=addressee, day=day_told(body.get("due")))]
    said += [put_in(TOLD, addressee=addressee), *([NOT_OUT] if body.get("background") else [])]
    return [*said, *warned_told(warned_of(reading, body))]


FINDS = Text(
    en="{authority} on {name}: {finding}. Everybody reads this, with the day: {told}",
    zh="{authority}对{name}的认定：{finding}。以下内容连同日期公开：{told}",
)


def finding_will(reading: Reading, body: Mapping[str, Any]) -> list[Text]:
    """What becomes public of a finding that tells the addressee something, and what in it could give people away."""
    row = recommendation(reading.tables, str(body.get("recommendation", "")))
    finding = next((words for code, words in FINDINGS.items() if code == body.get("finding")), Text(en="–", zh="–"))
    will = [put_in(FINDS, authority=reading.authority, name=row["name"] if row else "–", finding=finding,
                   told=body["told"])]  # fmt: skip
    will += [put_in(ITS_WORDS_GO, why=reason_of(body["hides"]))] if body.get("hides") in REASONS else []
    about = {"investigation": row["investigation"], "text": body["told"]} if row else {}
    return [*will, *(warned_told(warned_of(reading, about)) if about else [])]


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
    today = reading.today.isoformat()
    asked = [Waiting(_by(FOR_YOU[row["state"]], row, today), row["name"], path_of(row["recommendation"]))
             for row in yours(reading) if row["state"] in WAITS]  # fmt: skip
    rows = recommendations(reading.tables, clock=ASSESS) if reading.party else []
    led = [row for row in rows if teams.role_of(reading.tables, row["investigation"], reading.party) == "lead"]
    return [*asked, *(Waiting(_by(VERIFY if row["state"] == "implemented" else ANSWERED_YOU, row, today), row["name"],
                              path_of(row["recommendation"])) for row in led)]  # fmt: skip


def _by(what: Text, row: Row, today: str) -> Text:
    """What is awaited, and by when."""
    clock = clock_told(row, today)
    return put_in(LATE if clock["late"] else UNTIL, what=what, day=day_told(clock["until"])) if clock else what


def to_you_view(reading: Reading, query: Mapping[str, str]) -> Mapping[str, Any]:
    """What is addressed to the organisation for which whoever is signed in speaks."""
    return {"signed_in": bool(reading.party), "rows": [shown(reading, row) for row in yours(reading)]}


def shown(reading: Reading, row: Row) -> Row:
    """A recommendation as a line of a list: what it says, if that is still shown, and how it stands today."""
    body = reading.part(row["entry"], "text", "text_zh")
    text = (reading.language == "zh" and body.get("text_zh")) or body.get("text", "")
    state = "overdue" if overdue(row, reading.today.isoformat()) else row["state"]
    told = {"state": state, "state_words": STATES[state], "text": "" if state == WITHDRAWN else text,
            "clock_told": clock_told(row, reading.today.isoformat())}  # fmt: skip
    return {**row, **told, "href": path_of(row["recommendation"])}


def recommendation_rows(reading: Reading, query: Mapping[str, str]) -> Sequence[Row]:
    """Every recommendation, those due first at the top; one that is late is `overdue`."""
    rows = [shown(reading, row) for row in recommendations(reading.tables)]
    wanted = {name: query[name] for name in ("state", "addressee") if query.get(name)}
    return [
        {
            **{name: row[name] for name in ("href", "addressee", "text", "due", "until", "state")},
            "recommendation": row["name"],
        }
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
            Column("until", Text(en="Next word by", zh="下一答复或认定期限"), "date"),
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
