"""The page from which an incident goes out: decided field by field, seen as its readers will see it, then recorded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from commonweal.kernel import registry
from commonweal.kernel.instrument import Act, Deed, Page, Question, Reading, Row, Text
from commonweal.kernel.values import BadInput, Fault, NotFound

from ..desk.cases import about_incident
from ..desk.doing import filled
from ..desk.incidents import passed_on
from ..desk.queue import choices
from ..desk.staff import recipient_of
from ..incidents import INCIDENT
from ..publication import EMBARGO, OPEN, PASSED, SHARES, embargo_of, passings, proposed
from ..reports import STEWARDS
from ..review import RISKS
from ..telling import day_told, listed, path_of, put_in, scales_words, title_of, told
from ..withholding import REASONS, hides
from .differences import spans
from .drafts import (
    AS_WARNED,
    HIDE,
    IN_SIGHT,
    KEEP,
    LONG,
    RECIPIENTS,
    SEEN,
    WORDED,
    Draft,
    control_of,
    drafted,
    fields_in,
)

PATH = "/incident-reports/publish"
FOR_YOU = "/incident-reports/for-you"
LISTED = ("title", "name", "status", "published_on")
KEEPS = Text(en="Goes out", zh="公布")
STATUSES: Mapping[str, Text] = {
    "published": Text(en="This takes the place of what was said", zh="取代此前内容"),
    "withdrawn": Text(
        en="What was said is withdrawn; that and why stays in sight", zh="撤回此前内容；撤回及理由仍公开可见"
    ),
}
STATUS = Question("status", Text(en="What this does", zh="本次处理"), "one", choices=choices(STATUSES), required=True)
WITHDRAWN_FOR = Question(
    "withdrawn_for", Text(en="Withdrawn for", zh="撤回理由"), "one",
    choices=choices({code: one.title for code, one in REASONS.items()}),
    hint=Text(
        en="Only when it is withdrawn. Where the reason is one that hides, what was said is no longer shown, on the "
        "page or in the record; the entries stay, and copies made before cannot be called back.",
        zh="仅限撤回时填写。理由属于须隐去者的，此前内容在页面和记录中均不再显示；条目仍予保留，此前制作的副本无法收回。",
    ),
)  # fmt: skip
CORRECTION = Question(
    "correction", Text(en="What is corrected, and why", zh="更正内容及理由"), "long_text", required=True,
    hint=Text(
        en="It stands beside the earlier version, which stays in sight but for what is hidden of it. Do not repeat "
        "here what is to go: “a person’s name was taken out” is enough.",
        zh="与此前版本并列；此前版本除隐去部分外仍可见。请勿在此重复须删去的内容，写明“删去一处个人姓名”即可。",
    ),
)  # fmt: skip
DAY = Question("published_on", Text(en="Dated", zh="日期"), "day", required=True)
READER = (
    Question(
        "recipient", Text(en="Who may read it", zh="何人可读"), "text", required=True,
        hint=Text(
            en="As they sign in here, e.g. party:ministry-x. Who cannot sign in cannot read it.",
            zh="登录所用名称，例如 party:ministry-x。无法登录者无法阅读。",
        ),
    ),
    Question("until", Text(en="Until the end of", zh="可读至（当日止）"), "day", required=True),
    Question(
        "purpose", Text(en="What for", zh="目的"), "long_text", required=True,
        hint=Text(en="For the record: officers read it, the recipient does not.", zh="存档用：官员可读，接收方不可。"),
    ),
    Question(
        "terms", Text(en="On what terms", zh="使用条件"), "long_text",
        hint=Text(en="The recipient reads it above the page.", zh="接收方在页面上方可见。"),
    ),
)  # fmt: skip
HOLD = (
    Question("until", Text(en="Nothing goes out before", zh="在此日之前不公布"), "day", required=True),
    Question("reasons", Text(en="Reasons", zh="理由"), "long_text", required=True),
)
TO = Text(en="{name}: {version} for {to}, dated {day}.", zh="{name}：{version}，对象为{to}，日期 {day}。")
FIRST_TIME, AGAIN = Text(en="first version", zh="首个版本"), Text(en="version {number}", zh="第{number}版")
GONE = Text(en="{name}: what was said to {to} is withdrawn.", zh="{name}：撤回此前对{to}公布的内容。")
SAYS = Text(en="Goes out: {fields}.", zh="公布：{fields}。")
HOLDS = Text(en="Kept back: {fields}.", zh="保留：{fields}。")
HOLDS_NONE = Text(en="Nothing on file is kept back.", zh="存档内容未作保留。")
STANDING = Text(en="Warnings that stand: {fields}.", zh="仍存在的提示：{fields}。")
CORRECTS = Text(en="Reason in sight: {fields}", zh="公开的理由：{fields}")
HIDES = Text(
    en="Of earlier versions these words are shown no more, on the page, in snapshots or in the record: {fields}. "
    "Copies made before cannot be called back.",
    zh="此前版本的下列内容在页面、快照和记录中均不再显示：{fields}。此前制作的副本无法收回。",
)
STAYS = Text(
    en="Of earlier versions these words stay in sight under “Versions”: {fields}.",
    zh="此前版本的下列内容仍可在“版本”中看到：{fields}。",
)
TO_WHOM = Text(en="It goes to {who}, until the end of {until}.", zh="转告对象：{who}；可读至 {until}（当日止）。")
TERMS = Text(
    en="TLP:RED: nobody else may read it. Terms, shown above the page: {terms}",
    zh="TLP:RED：他人不得阅读。使用条件（显示于页面上方）：{terms}",
)
NO_TERMS = Text(
    en="TLP:RED: nobody else may read it. No further terms are set.", zh="TLP:RED：他人不得阅读。未设其他使用条件。"
)
PURPOSE = Text(
    en="What for (officers read it, the recipient does not): {purpose}", zh="目的（官员可读，接收方不可）：{purpose}"
)
ONE_LANGUAGE = Text(en="Readers of Chinese get the English words.", zh="中文读者将看到英文内容。")


def publish_view(reading: Reading, query: Mapping[str, str]) -> Mapping[str, Any]:
    """The form for one recipient, with what it comes to so far. Raises `NotFound`."""
    row, to = _found(reading, query), _to(query)
    incident, language = row["subject"], reading.language
    draft = drafted(reading, row, to, query)
    warned = draft.warned(reading, incident)
    embargo = embargo_of(reading.tables, incident)
    today = reading.today.isoformat()
    path = f"{PATH}/{query['incident']}"
    return {
        "heading": draft.file.get("title") or row["name"],
        "name": row["name"],
        "incident": incident,
        "page": path_of(incident) if draft.said and to == "public" else "",
        "desk": f"/incident-reports/incidents/{query['incident']}",
        "tabs": [(code, one.title, f"{path}?to={code}", code == to) for code, one in RECIPIENTS.items()],
        "to": to,
        "lead": RECIPIENTS[to].lead,
        "action": f"{path}?to={to}",
        "seen": draft.state,
        "embargo": embargo["until"] if embargo and embargo["until"] > today and to == "public" else "",
        "rows": [_row(draft, field, warned, query, language) for field in draft.fields],
        "correction_title": title_of(CORRECTION.field),
        "hide_correction": _hide(draft, CORRECTION.field, query, language),
        "reasons": [(code, one.title, one.citation) for code, one in REASONS.items()],
        "more_warned": _words(one for one in warned if one.field not in draft.fields) if warned else [],
        "about": [(one.field, title_of(one.field), one.seen, RISKS[one.risk]) for one in warned],
        "asks": _asks(draft),
        "day": str(draft.body["published_on"]),
        "hold": HOLD if to == "public" else (),
        "preview": _preview(reading, incident, draft) if SEEN in query else None,
        "passed": [
            {**passed_on(reading, one), "titles": [title_of(field) for field in one["fields"]]}
            for one in passings(reading.tables, incident=incident)
        ] if to == "reader" else [],
        "address": FOR_YOU if to != "public" else "",
    }  # fmt: skip


def _found(reading: Reading, query: Mapping[str, str]) -> Row:
    incident = f"{INCIDENT.noun}:{query['incident']}"
    row = registry.subject(reading.tables, incident)
    if row is None or row["erased"]:
        raise NotFound("incident", incident)
    return row


def _to(query: Mapping[str, str]) -> str:
    to = query.get("to") or "public"
    if to not in RECIPIENTS:
        raise BadInput(Fault("to", to[:200], "one of: " + ", ".join(RECIPIENTS), "unknown_name"), "query")
    return to


def _asks(draft: Draft) -> Sequence[Question]:
    return (
        *(READER if draft.to == "reader" else ()),
        *((STATUS, WITHDRAWN_FOR, CORRECTION) if draft.versions else ()),
        DAY,
    )


def _words(warned: Iterable[Any]) -> list[tuple[str, Text]]:
    return [(one.seen, RISKS[one.risk]) for one in warned]


def _hide(draft: Draft, field: str, query: Mapping[str, str], language: str) -> Mapping[str, Any] | None:
    """What readers had of a field before and would see on under "Versions", and what becomes of it; None where there
    is nothing."""
    earlier = draft.earlier(field)
    if not earlier or draft.body.get("status") == "withdrawn":
        return None
    why = draft.body.get("hidden", {}).get(field)
    return {
        "name": HIDE + field,
        "chosen": query.get(HIDE + field, AS_WARNED),
        "words": [scales_words(field, value, language) for value in earlier],
        "why": _reason(why) if why else None,
        "choices": [
            (AS_WARNED, Text(en="Hidden where it is warned of", zh="有提示者隐去")),
            (IN_SIGHT, Text(en="Stays in sight", zh="仍公开可见")),
            *((code, one.title) for code, one in REASONS.items() if one.hides),
        ],
    }


def _row(draft: Draft, field: str, warned: Sequence[Any], query: Mapping[str, str], language: str) -> dict[str, Any]:
    """One field: what is on file, what was said last, how it would read, and what that could give away."""
    control, why = control_of(field), draft.fields[field]
    file = scales_words(field, draft.file.get(field), language)
    words = field in (*WORDED, *LONG)
    text, typed = str(draft.file.get(field) or ""), draft.typed[field].replace("\r\n", "\n").strip()
    return {
        "field": field,
        "keep": KEEP + field if field != "title" and file else "",
        "title": title_of(field),
        "control": control,
        "hide": _hide(draft, field, query, language),
        "file": "" if words and typed == text else file,
        "said": scales_words(field, draft.said.get(field), language),
        "typed": typed,
        "why": why,
        "spans": spans(text, typed) if words and not why and text and typed != text else [],
        "warned": _words(one for one in warned if one.field == field),
        "note": ONE_LANGUAGE if field in ("title_zh", "summary_zh") and (why or not typed) else "",
    }


def _preview(reading: Reading, incident: str, draft: Draft) -> Mapping[str, Any] | None:
    """The page that the recipient gets, made by the same function; None where it could not be one."""
    if not draft.body.get("title") or set(draft.body["withheld"].values()) - set(REASONS):
        return None
    now = reading.now.isoformat()
    if draft.to == "public":
        return told(reading, incident, proposed(reading.tables, incident, draft.body, now))
    version = {name: value for name, value in draft.body.items() if value not in (None, "", [], {})}
    marks = {"entry": None, "version": draft.versions + 1, "first_published": now[:10], "updated": now}
    return told(reading, incident, [{"status": "published", **version, **marks}])


def publish_deed(reading: Reading, given: Mapping[str, str]) -> Deed:
    """What goes out, or an embargo. Raises `BadInput` naming what is missing or changed meanwhile, and `NotFound`."""
    row, to = _found(reading, given), _to(given)
    incident, path = row["subject"], f"{PATH}/{given['incident']}?to={to}"
    if given.get("what") == "embargo":
        hold = Act(EMBARGO.id, {"incident": incident, **filled(given, "until", "reasons")}, key="", subject=incident)
        return Deed([hold], path)
    draft = drafted(reading, row, to, given)
    faults = []
    if given.get(SEEN) != draft.state:
        want = "the form as it is now: the incident or what is said of it has changed; look at it again and go on"
        faults.append(Fault("(whole)", "", want, "changed"))
    if draft.versions and not draft.body.get("correction"):
        faults.append(Fault("correction", "", "what is corrected, and why: readers saw an earlier version", "missing"))
    if faults:
        raise BadInput(faults, "form")
    kind = RECIPIENTS[to].kind.id
    act = Act(kind, draft.body, key="", subject=incident if kind == PASSED.id else None)
    return Deed([act], path, _will(reading, row, draft))


def _will(reading: Reading, row: Row, draft: Draft) -> Sequence[Text]:
    """What will be recorded, sentence by sentence."""
    body, to = draft.body, RECIPIENTS[draft.to].title
    if body.get("status") == "withdrawn":
        said = [put_in(GONE, name=row["name"], to=to)]
    else:
        version = put_in(AGAIN, number=draft.versions + 1) if draft.versions else FIRST_TIME
        said = [put_in(TO, name=row["name"], version=version, to=to, day=day_told(body["published_on"]))]
        said += _passes(reading, body) if draft.to == "reader" else []
        said.append(put_in(SAYS, fields=listed([(title_of(field), None) for field in fields_in(body)])))
        held = [(title_of(field), _reason(why)) for field, why in body["withheld"].items()]
        said.append(put_in(HOLDS, fields=listed(held)) if held else HOLDS_NONE)
        hidden = body.get("hidden", {})
        if hidden:
            said.append(
                put_in(HIDES, fields=listed([(title_of(field), _reason(why)) for field, why in hidden.items()]))
            )
        stays = [field for field in (*OPEN, CORRECTION.field) if field not in hidden and _stays(draft, field)]
        if stays:
            said.append(put_in(STAYS, fields=listed([(title_of(field), None) for field in stays])))
        warned = draft.warned(reading, row["subject"])
        if warned:
            said.append(put_in(STANDING, fields=listed([(title_of(one.field), RISKS[one.risk]) for one in warned])))
    if body.get("correction"):
        said.append(put_in(CORRECTS, fields=body["correction"]))
    return said


def _stays(draft: Draft, field: str) -> bool:
    """Whether what readers had of a field before stays in sight although they get something else now."""
    return bool(draft.earlier(field)) and not hides(draft.body["withheld"].get(field))


def _passes(reading: Reading, body: Mapping[str, Any]) -> Sequence[Text]:
    """Who the one reader is, until when, what for and on what terms: what cannot be mended once it went."""
    terms = put_in(TERMS, terms=body["terms"]) if body.get("terms") else NO_TERMS
    who = recipient_of(reading, str(body.get("recipient", "")))
    return [
        put_in(TO_WHOM, who=who, until=day_told(body.get("until"))),
        put_in(PURPOSE, purpose=body.get("purpose", "")),
        terms,
    ]


def _reason(code: str) -> Text:
    return REASONS[code].title if code in REASONS else Text(en=code, zh=code)


PUBLISH = Page(
    "incident-publish", PATH + "/{incident}", Text(en="Let it go out", zh="对外公布"), "publish.html", publish_view,
    roles=STEWARDS, act=publish_deed, about=about_incident,
)  # fmt: skip


# ── for whom it went out ────────────────────────────────────────────────────────────────────────────────────────────


def for_you_view(reading: Reading, query: Mapping[str, str]) -> Mapping[str, Any]:
    """What was shared with whoever is signed in, or passed on to them alone: what they may open, newest first."""
    tables, found = reading.tables, []
    if reading.party:
        for row in registry.subjects(tables, SHARES.noun):
            found.append((int(row["entry"]), ""))
        found += [(int(row["entry"]), row["until"]) for row in passings(tables, recipient=reading.party, ended=None)]
    opened = [(entry, until, reading.part(entry, *LISTED)) for entry, until in sorted(found, reverse=True)]
    return {
        "signed_in": bool(reading.party),
        "rows": [
            {"title": body["title"], "href": f"{FOR_YOU}/{entry}", "reference": body["name"], "until": until,
             "on": str(body["published_on"])}
            for entry, until, body in opened
            if body.get("title") and body.get("status") != "withdrawn"
        ],
    }  # fmt: skip


def shared_view(reading: Reading, query: Mapping[str, str]) -> Mapping[str, Any]:
    """One of these, as whoever is signed in may read it. Raises `NotFound`, also where they may not."""
    index = int(query["entry"]) if query["entry"].isascii() and query["entry"].isdigit() else -1
    tables = reading.tables
    mine = passings(tables, recipient=reading.party, ended=None)
    passed = next((row for row in mine if row["entry"] == index), None)
    shared = any(int(row["entry"]) == index for row in registry.subjects(tables, SHARES.noun))
    body = reading.opened(index) if passed or shared else {}
    if not body.get("title"):
        raise NotFound("incident that was passed on to you", query["entry"], f"{FOR_YOU} lists those that were")
    said = {name: value for name, value in body.items() if value not in (None, "", [], {}, ())}
    marks = {"entry": index, "version": 1, "updated": str(body["published_on"])}
    page = told(reading, str(body["incident"]), [{"status": "published", **said, **marks}])
    until = passed["until"] if passed else ""
    return {"title": page["title"], "terms": body.get("terms", ""), "until": until, "back": FOR_YOU, "one": page}


PAGES = (
    PUBLISH,
    Page("incident-for-you", FOR_YOU, Text(en="Passed on to you", zh="转告您的事件"), "for_you.html", for_you_view),
    Page(
        "incident-shared",
        FOR_YOU + "/{entry}",
        Text(en="Passed on to you", zh="转告您的事件"),
        "shared.html",
        shared_view,
    ),
)
