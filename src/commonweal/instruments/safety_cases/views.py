"""The pages: every case, one case drawn and told as an outline with all that was said of it, its text to be edited."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from commonweal.kernel import authorisations, registry
from commonweal.kernel.instrument import Act, Column, Deed, Listing, Page, Question, Reader, Reading, Row, Text
from commonweal.kernel.values import BadInput, Fault

from . import approving, asking, beginning, deeds, replacing, reviewing, warrants, watching, whose
from .comparing import compared
from .dialogue import name_of
from .drawing import Look, drawn
from .editing import carried, edited
from .filed import FiledCase, is_argued, stands
from .formats import ltac, own, tea
from .kinds import AUTHORS, CASE, NOUN, SPEAKERS, STEWARDS, WEIGHERS
from .model import CONTEXTUAL, EVIDENCE, Case, Element
from .outline import Line, outlined
from .reading import PATH, READERS, Query, found, is_open, open_case, said
from .standing import CaseStanding, Doubt, Failing, Stale, stale
from .weighing import STANDS
from .words import (
    ABOUT,
    APPROVED_BY,
    APPROVED_BY_NOBODY,
    APPROVED_ONCE,
    AS,
    COMPUTED,
    IF_ASSUMED,
    IN_THESE_WORDS,
    KINDS_OF_ELEMENT,
    NOT_IN_THESE,
    STALE,
    STATES,
    TAKEN,
    WHY,
)

ZOOMS = ("50", "75", "100", "150")
BOUND = (*EVIDENCE, *CONTEXTUAL)


def rows(reading: Reading, query: Query) -> Sequence[Row]:
    """Every case, newest first: what is public of it."""
    return [_row(reading, row) for row in _filed(reading)]


def _filed(reading: Reading) -> list[Row]:
    found = sorted(registry.subjects(reading.tables, NOUN), key=lambda row: -int(row["entry"]))
    return [row for row in found if not row["erased"]]


def _row(reading: Reading, row: Row) -> Row:
    body = reading.public(CASE.id, row["body"])
    seen = watching.seen(reading.tables, row["subject"])
    case = FiledCase(row["subject"], int(row["entry"]), frozenset(), row["body"])
    return {
        "case": row["name"],
        "href": f"{PATH}/{row['subject'].partition(':')[2]}",
        "claim": body["claim"],
        "argued": _argued(reading, int(row["entry"])),
        "whose": whose.told(reading, row),
        "system": body.get("system_named") or body.get("system"),
        "setting": body["setting"],
        "version": row["version"],
        "state": STATES[seen][1].in_(reading.language),
        "approved": _approved(reading, approving.approvals(reading.tables, case, reading.today)),
        "review_by": body.get("review_by"),
    }


LISTING = Listing(
    "cases",
    Text(en="Safety cases", zh="安全案例"),
    (
        Column("case", Text(en="Case", zh="案例"), "link"),
        Column("state", Text(en="It stands?", zh="是否成立")),
        Column("approved", Text(en="Approval", zh="批准")),
        Column("claim", Text(en="What is claimed", zh="主张")),
        Column("argued", Text(en="Whose words that is", zh="主张的出处")),
        Column("system", Text(en="System", zh="系统")),
        Column("whose", Text(en="Whose case it is", zh="案例归属"), "link"),
        Column("setting", Text(en="Setting", zh="环境")),
        Column("version", Text(en="Version", zh="版本"), "number"),
        Column("review_by", Text(en="To be reviewed by", zh="应复审日"), "date"),
    ),
    rows,
    summary=Text(
        en="For which systems a safety case was filed, by whom, what it claims, and whether it stands by what it rests "
        "on, which is computed from what was filed. The argument itself is not public.",
        zh="哪些系统提交了安全案例、由何方提交、其主张，以及依其依据是否成立（系依所提交的内容计算得出）。论证本身不予公开。",
    ),
)


def list_view(reading: Reading, query: Query) -> Mapping[str, Any]:
    """The same with what whoever is signed in may file."""
    roles = {*reading.roles}
    offers = [
        (page.path, page.title.in_(reading.language)) for page in (BEGIN, *warrants.PAGES) if roles & {*page.roles}
    ]
    return {"rows": rows(reading, query), "columns": LISTING.columns, "offers": offers}


def case_view(reading: Reading, query: Query) -> Mapping[str, Any]:
    """One case: what is public, and for who may read it the argument with how it stands today. Raises `NotFound`."""
    case = found(reading, query["case"])
    body = reading.public(CASE.id, case.body)
    called, approvals = _names(case.argument), approving.approvals(reading.tables, case, reading.today)
    plain = {
        "title": body["name"], "body": body, "path": f"{PATH}/{query['case']}", "entry": case.entry,
        "turned": _turned(reading, case), "alarm": _alarm(reading, case),
        "list": PATH if {*READERS} & {*reading.roles} else f"/safety_cases/{LISTING.id}",
        "approvals": [_approval(reading, one, called) for one in approvals],
        "whose": whose.told(reading, registry.versions(reading.tables, case.subject)[-1]),
        "beside": [COMPUTED.in_(reading.language), _approved(reading, approvals), _argued(reading, case.entry)],
    }  # fmt: skip
    if not is_open(reading, case):
        return {**plain, "open": False}
    told = said(reading, case)
    now = _for_reader(stands(reading.tables, case, reading.today), {one["entry"] for one in told})
    zoom, find = query.get("zoom", "100"), query.get("find", "").strip()[:200]
    if zoom not in ZOOMS:
        raise BadInput(Fault("zoom", zoom, f"one of {', '.join(ZOOMS)}", "choice"))
    tone, words = STATES[now.state]
    names = _names(now.case)
    return {
        **plain, "open": True, "tone": tone, "state": words.in_(reading.language), "given": _interval(now.whole()),
        "anyway": _interval(now.whole(given=False)), "assumed": _assumed(now),
        "tops": _tops(reading, now), "because": _called(now.because, names),
        "zooms": ZOOMS, "zoom": zoom, "find": find,
        "drawing": _drawing(reading, now, find, int(zoom)),
        "lines": [_line(reading, now, line, find) for line in outlined(now.case)],
        "doubts": [_doubt(reading, one, names) for one in now.doubts],
        "cuts": _cuts(now.cuts(limit=50, size_max=3), names),
        "stale": [_why(reading, one, names) for one in _unfit(now, case, reading)],
        "said": told, "reviews": _reviews(reading, case), "remarks": _remarks(reading, case),
        "requests": [_request(reading, row) for row in approving.requests(reading.tables, case)],
        "versions": _versions(reading, case), "files": beginning.written(case.argument),
        "may": _may(reading),
        "forms": [(end, title.in_(reading.language)) for end, title in
                  (EDIT, replacing.REPLACE, *((one[0], one[1]) for one in FORMS))],
    }  # fmt: skip


def _argued(reading: Reading, entry: int) -> str:
    """Whose words the public claim of a version is."""
    return (IN_THESE_WORDS if is_argued(reading.tables, entry) else NOT_IN_THESE).in_(reading.language)


def _approved(reading: Reading, approvals: Sequence[approving.Approval]) -> str:
    """Who approved a case as it is, in a sentence."""
    names = dict.fromkeys(name for one in approvals if not one.why for name in one.by)
    if names:
        comma = "、" if reading.language == "zh" else ", "
        return APPROVED_BY.in_(reading.language).format(names=comma.join(names))
    return (APPROVED_ONCE if approvals else APPROVED_BY_NOBODY).in_(reading.language)


def _interval(bounds: tuple[float, float]) -> str:
    return f"[{bounds[0]:.2f}, {bounds[1]:.2f}]"


def _assumed(now: CaseStanding) -> list[dict[str, Any]]:
    """What is merely assumed under what is claimed: where it stands in the outline, and what it says."""
    known = now.case.by_id()
    return [{"place": now.found.place[one], "id": known[one].name or one, "text": known[one].text or ""}
            for one in now.assumed]  # fmt: skip


def _bounds_of(reading: Reading, now: CaseStanding, element: Element) -> str:
    """The interval of an element as its line tells it: what was stated and not measured is told as that, and what
    changes without the assumptions under it as given these."""
    bound = now.bound.get(element.id)
    if element.kind in CONTEXTUAL and now.found.status(element.id) == STANDS and (bound is None or bound.lower is None):
        word = "watched" if bound is not None and bound.conditions else element.kind
        return TAKEN[word].in_(reading.language)
    given, anyway = _interval(now.interval(element.id)), _interval(now.interval(element.id, given=False))
    return given if given == anyway else IF_ASSUMED.in_(reading.language).format(given=given, anyway=anyway)


def _tops(reading: Reading, now: CaseStanding) -> list[dict[str, str]]:
    """Each thing that the case claims, with how that stands."""
    known, found = now.case.by_id(), []
    for top in now.tops:
        tone, words = STATES[now.found.status(top)]
        told = {"id": known[top].name or top, "text": known[top].text or "", "tone": tone}
        bounds = _bounds_of(reading, now, known[top])
        found.append({**told, "state": words.in_(reading.language), "bounds": bounds})
    return found


def _turned(reading: Reading, case: FiledCase) -> Mapping[str, Any]:
    """How the record last said that a case stands, since which day, and by which entry: everybody reads that."""
    row = watching.turned(reading.tables, case.subject)
    tone, words = STATES[watching.seen(reading.tables, case.subject)]
    told: dict[str, Any] = {"tone": tone, "state": words.in_(reading.language), "entry": None}
    if row is not None and row["entry"] and row["said"] == row["state"]:
        told |= {"entry": row["entry"], "since": reading.day_of(row["since"])}
    return told


def _alarm(reading: Reading, case: FiledCase) -> Mapping[str, Any] | None:
    """What its fall opened: where it is told step by step, and whether it is over."""
    found = watching.alarm(reading.tables, case.subject)
    if found is None:
        return None
    return {"href": f"/cases/{found['case'].partition(':')[2]}", "open": found["state"] == "open"}


def _may(reading: Reading) -> frozenset[str]:
    """Which forms about a case whoever reads may send."""
    roles = set(reading.roles)
    ends = {end: who for end, _, _, _, who in FORMS} | dict.fromkeys((EDIT[0], replacing.REPLACE[0]), AUTHORS)
    if not asking.says_who(reading):
        del ends["ask"]
    return frozenset(end for end, who in ends.items() if roles & set(who))


def _unfit(now: CaseStanding, case: FiledCase, reading: Reading) -> list[Stale]:
    """Everything for which the version as it is would not be approved today."""
    return stale(now, now.case, review_by=case.review_by, today=reading.today)


def _why(reading: Reading, one: Stale, names: Mapping[str, str]) -> str:
    detail = ", ".join(_called(one.detail.split(", "), names))
    return f"{STALE[one.why].in_(reading.language)} ({detail})"


def _names(case: Case) -> Mapping[str, str]:
    return {one.id: one.name or one.id for one in case.elements}


def _called(ids: Iterable[str], names: Mapping[str, str]) -> list[str]:
    """What elements are called where they are shown: their names, which are not their ids in every format."""
    return [names.get(one, one) for one in ids]


def _cuts(failing: Failing, names: Mapping[str, str]) -> Failing:
    sets = tuple(tuple(_called(one, names)) for one in failing.sets)
    return replace(failing, sets=sets, shared=tuple(_called(failing.shared, names)))


def _approval(reading: Reading, one: approving.Approval, names: Mapping[str, str]) -> dict[str, Any]:
    """An approval as everybody reads it: by whom and whether it still counts. Why not is for who reads the argument."""
    return {
        "entry": one.entry,
        "version": one.version,
        "by": one.by,
        "why": [_why(reading, why, names) for why in one.why],
    }


def _request(reading: Reading, row: Row) -> dict[str, Any]:
    by = approving.approved_by(reading.tables, row)
    state = "granted" if approving.quorum_stands(reading.tables, row) else "requested"
    over = authorisations.expired(row["body"], reading.now)
    return {
        "id": row["id"][:16],
        "text": authorisations.request_text(row["body"]),
        "by": by,
        "good": not over and state == "granted",
        "over": over,
        "until": row["expires"],
    }


def _reviews(reading: Reading, case: FiledCase) -> list[dict[str, Any]]:
    """Who was asked for a review until when, as far as whoever reads may know."""
    told = []
    for row in reviewing.reviews(reading.tables, case.subject):
        body = reading.opened(row["entry"])
        if "reviewer" in body:
            state = "withdrawn" if row["withdrawn"] is not None else "done" if row["answered"] is not None else "open"
            told.append({"entry": row["entry"], "reviewer": body["reviewer"], "element": body.get("element"),
                         "until": row["until"], "state": state, "text": body.get("text", "")})  # fmt: skip
    return told


def _remarks(reading: Reading, case: FiledCase) -> list[dict[str, Any]]:
    """What was remarked, as far as whoever reads may read it."""
    bodies = ((row["entry"], reading.opened(row["entry"])) for row in reviewing.remarks(reading.tables, case.subject))
    return [{"entry": entry, "element": body.get("element"), "review": body.get("review"), "text": body["text"]}
            for entry, body in bodies if "text" in body]  # fmt: skip


def _for_reader(found: CaseStanding, open_to_them: set[int]) -> CaseStanding:
    """The same standing without the words of statements that whoever reads may not read: that they count, they see."""
    names = {name_of(entry) for entry in open_to_them}
    hidden = [one.model_copy(update={"text": None}) if one.id.startswith("said/") and one.id not in names else one
              for one in found.case.elements]  # fmt: skip
    case = found.case.model_copy(update={"elements": tuple(hidden)})
    return replace(found, found=replace(found.found, case=case))


def _drawing(reading: Reading, found: CaseStanding, find: str, zoom: int) -> str:
    status = {element.id: found.found.status(element.id) for element in found.case.elements}
    said = {code: words.in_(reading.language) for code, (_, words) in STATES.items()}
    hits = [element.id for element in found.case.elements if find and _has(element.id, element.text, find)]
    place = {element.id: number for number, element in enumerate(found.case.elements)}
    look = Look(
        found.case.title or found.tops[0], said, status, hits, lambda name: f"#e-{place[name]}", zoom=zoom / 100
    )
    return drawn(found.case, look)


def _has(name: str, text: str | None, find: str) -> bool:
    return find.casefold() in f"{name} {text or ''}".casefold()


def _line(reading: Reading, found: CaseStanding, line: Line, find: str) -> dict[str, Any]:
    element, language = line.element, reading.language
    tone, words = STATES[found.found.status(element.id)]
    bound = found.bound.get(element.id)
    rests = bound.entry if bound is not None and element.kind in BOUND else None
    return {
        "rests": rests, "warrant": warrants.told(reading, rests) if rests is not None and not line.again else "",
        "place": found.found.place[element.id], "key": element.id,
        "binds": element.kind in BOUND and not element.id.startswith("said/"),
        "depth": min(line.depth, 12), "id": element.name or element.id, "text": element.text or "", "tone": tone,
        "state": words.in_(language), "kind": KINDS_OF_ELEMENT[element.kind].in_(language),
        "as_what": AS[line.as_what].in_(language), "again": line.again,
        "bounds": _bounds_of(reading, found, element),
        "found": bool(find) and _has(element.id, element.text, find),
    }  # fmt: skip


def _doubt(reading: Reading, doubt: Doubt, names: Mapping[str, str]) -> dict[str, str]:
    words = WHY[doubt.reason.why] if doubt.reason else ABOUT[doubt.about]
    element, detail = (" → ".join(_called(said.split(" → "), names)) for said in (doubt.element, doubt.detail))
    return {"element": element, "words": words.in_(reading.language), "detail": detail}


def _versions(reading: Reading, case: FiledCase) -> list[dict[str, Any]]:
    """Each version with what it changed in the argument, the newest first."""
    found = list[dict[str, Any]]()
    before: Case | None = None
    for row in registry.versions(reading.tables, case.subject):
        if row["erased"]:
            continue
        argument = Case.model_validate(row["body"]["argument"])
        changes = compared(before, argument) if before is not None else []
        told = [replacing.told(one).in_(reading.language) for one in changes[: replacing.LINES_MAX]]
        more = len(changes) - len(told)
        found.append({"version": row["version"], "entry": row["entry"], "on": row["filed_on"], "changes": told,
                      "more": more})  # fmt: skip
        before = argument
    return found[::-1]


def file_view(reading: Reading, query: Query) -> Mapping[str, Any]:
    """The argument in our own JSON. Raises `NotFound`."""
    found: dict[str, Any] = json.loads(own.write(open_case(reading, query["case"]).argument).only)
    return found


def tea_view(reading: Reading, query: Query) -> Mapping[str, Any]:
    """The argument in TEA's JSON. Raises `NotFound`, and `BadInput` where TEA has no place for it."""
    found: dict[str, Any] = json.loads(tea.write(open_case(reading, query["case"]).argument).only)
    return found


# ── editing ──────────────────────────────────────────────────────────────────────────────────────────────

TEXT = Question(
    "outline", Text(en="The argument as an outline (LTAC)", zh="论证大纲（LTAC）"), "long_text",
    hint=Text(
        en="One element a line, two blanks a level: a dash, Claim, Strategy, Evidence, Context, Assumption or "
        "Justification, an identifier, a colon and what it says.",
        zh="每行一个元素，每层缩进两个空格：短横线、类型（Claim、Strategy、Evidence、Context、Assumption 或 "
        "Justification）、标识符、冒号和内容。",
    ),
)  # fmt: skip


def edit_view(reading: Reading, query: Query) -> Mapping[str, Any]:
    """The outline of a case, to be changed. Raises `NotFound`."""
    case = open_case(reading, query["case"])
    text = ltac.write(case.argument).only.decode()
    path = f"{PATH}/{query['case']}"
    return {
        "title": case.body["name"],
        "ask_for": TEXT,
        "begins": text,
        "back": path,
        "action": f"{path}/edit",
        "list": PATH,
    }


def edit_act(reading: Reading, given: Query) -> Deed:
    """A new version with the outline as it was typed. Raises `BadInput` with every line that cannot be read."""
    case = found(reading, given["case"])
    try:
        argument = edited(case.argument, given.get("outline", "").replace("\r\n", "\n"))
    except BadInput as error:
        raise BadInput(
            [Fault("outline", f"{one.where}: {one.seen}", one.want, one.code) for one in error.faults]
        ) from error
    body = carried(case.body, argument)
    return Deed([Act(CASE.id, body, key="", subject=case.subject)], f"{PATH}/{given['case']}")


EDIT = ("edit", Text(en="Change the argument", zh="修改论证"))
FORMS = (
    ("say", Text(en="Challenge or answer", zh="质疑或回应"), deeds.say_view, deeds.say_act, SPEAKERS),
    ("weigh", Text(en="Weigh what was said", zh="评议陈述"), deeds.weigh_view, deeds.weigh_act, WEIGHERS),
    ("remark", Text(en="Comment", zh="评论"), deeds.remark_view, deeds.remark_act, SPEAKERS),
    ("bind", Text(en="Bind evidence", zh="绑定证据"), deeds.bind_view, deeds.bind_act, AUTHORS),
    ("assign", Text(en="Ask for a review", zh="请求评审"), deeds.assign_view, deeds.assign_act, STEWARDS),
    ("ask", Text(en="Ask for approval", zh="申请批准"), asking.ask_view, asking.ask_act, STEWARDS),
    ("hand-in", Text(en="Hand in signatures", zh="提交签名"), asking.hand_in_view, asking.hand_in_act, STEWARDS),
    ("approve", Text(en="Record an approval", zh="记录批准"), deeds.approve_view, deeds.approve_act, STEWARDS),
)
"""The forms about a case: the end of the address, what it is called, its view and act, who may send it."""


def _subject(parts: Query) -> str:
    return f"{NOUN}:{parts['case']}"


def _is_there(reader: Reader, subject: str) -> bool:
    row = registry.subject(reader, subject)
    return row is not None and not row["erased"]


_AT = f"{PATH}/{{case}}"


def _page(name: str, end: str, title: Text, template: str, *does: Any, roles: tuple[str, ...] = READERS) -> Page:
    """A page of one case: its view, and its act where it takes a form."""
    view, act = (*does, None)[:2]
    return Page(name, _AT + end, title, template, view, roles=roles, act=act, about=_subject)


BEGIN = Page(
    "safety_case_begin", "/safety_cases/begin", Text(en="Begin a safety case", zh="新建安全案例"), "deed.html",
    beginning.begin_view, roles=AUTHORS, act=beginning.begin_act, attaches=lambda given: beginning.UPLOAD,
)  # fmt: skip
PAGES = (
    BEGIN,
    Page(
        "safety_cases", PATH, Text(en="Safety cases", zh="安全案例"), "cases.html", list_view, roles=READERS, menu=True,
    ),
    Page("safety_case", _AT, Text(en="Safety case", zh="安全案例"), "case.html", case_view, about=_subject,
         stands=_is_there),
    _page("safety_case_file", "/case.json", Text(en="Argument", zh="论证"), "", file_view),
    _page("safety_case_tea", "/tea.json", Text(en="Argument (TEA)", zh="论证（TEA）"), "", tea_view),
    _page("safety_case_edit", "/edit", EDIT[1], "edit.html", edit_view, edit_act,
          roles=AUTHORS),
    Page(
        "safety_case_replace", f"{_AT}/{replacing.REPLACE[0]}", replacing.REPLACE[1], "deed.html",
        replacing.replace_view, roles=AUTHORS, act=replacing.replace_act, about=_subject,
        attaches=lambda given: beginning.UPLOAD,
    ),
    *(_page(f"safety_case_{end}", f"/{end}", title, "deed.html", view, act, roles=who)
      for end, title, view, act, who in FORMS),
    *warrants.PAGES,
)  # fmt: skip
