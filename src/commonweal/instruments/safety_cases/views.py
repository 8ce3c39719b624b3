"""The pages: every case, one case drawn and told as an outline, its text to be edited, and what is said about it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from commonweal.kernel import registry
from commonweal.kernel.instrument import Act, Choice, Column, Deed, Listing, Page, Question, Reading, Row, Text
from commonweal.kernel.values import BadInput, Fault, NotFound

from .comparing import compared
from .dialogue import name_of
from .drawing import Look, drawn
from .filed import FiledCase, filed_case, stands, statements
from .formats import ltac, own, tea
from .kinds import CASE, NOUN, SAID
from .model import Case
from .outline import Line, outlined
from .standing import CaseStanding, Doubt, stale
from .words import ABOUT, AS, KINDS_OF_ELEMENT, STATES, VERDICTS, WHY

PATH = "/safety-cases"
READERS = ("developer", "observer", "auditor", "officer", "authority")
ZOOMS = ("50", "75", "100", "150")
Query = Mapping[str, str]


def rows(reading: Reading, query: Query) -> Sequence[Row]:
    """Every case, newest first: what is public of it."""
    found = sorted(registry.subjects(reading.tables, NOUN), key=lambda row: -int(row["entry"]))
    return [_row(reading, row) for row in found if not row["erased"]]


def _row(reading: Reading, row: Row) -> Row:
    body = reading.public(CASE.id, row["body"])
    return {
        "case": row["name"],
        "href": f"{PATH}/{row['subject'].partition(':')[2]}",
        "claim": body["claim"],
        "system": body.get("system_named") or body.get("system"),
        "setting": body["setting"],
        "version": row["version"],
        "review_by": body.get("review_by"),
    }


LISTING = Listing(
    "cases",
    Text(en="Safety cases", zh="安全案例"),
    (
        Column("case", Text(en="Case", zh="案例"), "link"),
        Column("claim", Text(en="What is claimed", zh="主张")),
        Column("system", Text(en="System", zh="系统")),
        Column("setting", Text(en="Setting", zh="环境")),
        Column("version", Text(en="Version", zh="版本"), "number"),
        Column("review_by", Text(en="To be reviewed by", zh="应复审日"), "date"),
    ),
    rows,
    summary=Text(
        en="For which systems a safety case was filed, and what it claims. The argument itself is not public.",
        zh="哪些系统提交了安全案例及其主张。论证本身不予公开。",
    ),
)


def _found(reading: Reading, slug: str) -> FiledCase:
    case = filed_case(reading.tables, f"{NOUN}:{slug}")
    if case is None:
        raise NotFound("safety case", slug, f"{PATH} lists those that there are")
    return case


def _opened(reading: Reading, case: FiledCase) -> bool:
    """Whether whoever reads may read the argument; that it was read is logged."""
    return "argument" in reading.opened(case.entry)


def case_view(reading: Reading, query: Query) -> Mapping[str, Any]:
    """One case: what is public, and for who may read it the argument with how it stands today. Raises `NotFound`."""
    case = _found(reading, query["case"])
    body = reading.public(CASE.id, case.body)
    plain = {"title": body["name"], "body": body, "path": f"{PATH}/{query['case']}", "list": PATH, "entry": case.entry}
    if not _opened(reading, case):
        return {**plain, "open": False}
    told = _said(reading, case)
    found = _for_reader(stands(reading.tables, case, reading.today), {one["entry"] for one in told})
    zoom, find = query.get("zoom", "100"), query.get("find", "").strip()[:200]
    if zoom not in ZOOMS:
        raise BadInput(Fault("zoom", zoom, f"one of {', '.join(ZOOMS)}", "choice"))
    tone, words = STATES[found.state]
    low, high = found.interval(found.top)
    return {
        **plain, "open": True, "tone": tone, "state": words.in_(reading.language), "low": f"{low:.2f}",
        "high": f"{high:.2f}", "top": found.top, "because": found.because, "zooms": ZOOMS, "zoom": zoom, "find": find,
        "drawing": _drawing(reading, found, find, int(zoom)),
        "lines": [_line(reading, found, line, find) for line in outlined(found.case)],
        "doubts": [_doubt(reading, one) for one in found.doubts],
        "cuts": found.cuts(limit=50, size_max=3),
        "stale": [one.why for one in stale(found, found.case, review_by=case.review_by, today=reading.today)],
        "said": told,
        "versions": _versions(reading, case),
        "text": ltac.write(case.argument).only.decode(),
        "elements": [element.id for element in found.case.elements],
    }  # fmt: skip


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
    return drawn(found.case, Look(found.case.title or found.top, said, status, hits, zoom=zoom / 100))


def _has(name: str, text: str | None, find: str) -> bool:
    return find.casefold() in f"{name} {text or ''}".casefold()


def _line(reading: Reading, found: CaseStanding, line: Line, find: str) -> dict[str, Any]:
    element, language = line.element, reading.language
    tone, words = STATES[found.found.status(element.id)]
    low, high = found.interval(element.id)
    return {
        "depth": min(line.depth, 12), "id": element.name or element.id, "text": element.text or "", "tone": tone,
        "state": words.in_(language), "kind": KINDS_OF_ELEMENT[element.kind].in_(language),
        "as_what": AS[line.as_what].in_(language), "again": line.again, "low": f"{low:.2f}", "high": f"{high:.2f}",
        "found": bool(find) and _has(element.id, element.text, find),
    }  # fmt: skip


def _doubt(reading: Reading, doubt: Doubt) -> dict[str, str]:
    words = WHY[doubt.reason.why] if doubt.reason else ABOUT[doubt.about]
    return {"element": doubt.element, "words": words.in_(reading.language), "detail": doubt.detail}


def _said(reading: Reading, case: FiledCase) -> list[dict[str, Any]]:
    """What was said about the case, as far as whoever reads may read it."""
    found = []
    for one in statements(reading.tables, case.subject):
        if "text" in reading.opened(one.entry):
            against = one.element or " → ".join(one.between or ()) or f"#{one.statement}"
            verdict = VERDICTS[one.verdict].in_(reading.language)
            found.append({"entry": one.entry, "against": against, "text": one.text, "verdict": verdict})
    return found


def _versions(reading: Reading, case: FiledCase) -> list[dict[str, Any]]:
    """Each version with what it changed in the argument, the newest first."""
    found = list[dict[str, Any]]()
    before: Case | None = None
    for row in registry.versions(reading.tables, case.subject):
        if row["erased"]:
            continue
        argument = Case.model_validate(row["body"]["argument"])
        changes = compared(before, argument) if before is not None else []
        told = [(one.how, one.name, [field for field, _, _ in one.fields]) for one in changes]
        found.append({"version": row["version"], "entry": row["entry"], "on": row["filed_on"], "changes": told})
        before = argument
    return found[::-1]


def file_view(reading: Reading, query: Query) -> Mapping[str, Any]:
    """The argument in our own JSON. Raises `NotFound`."""
    case = _found(reading, query["case"])
    if not _opened(reading, case):
        raise NotFound("argument", query["case"], "it is open to the authority and whoever filed it")
    found: dict[str, Any] = json.loads(own.write(case.argument).only)
    return found


def tea_view(reading: Reading, query: Query) -> Mapping[str, Any]:
    """The argument in TEA's JSON. Raises `NotFound`, and `BadInput` where TEA has no place for it."""
    case = _found(reading, query["case"])
    if not _opened(reading, case):
        raise NotFound("argument", query["case"], "it is open to the authority and whoever filed it")
    found: dict[str, Any] = json.loads(tea.write(case.argument).only)
    return found


# ── editing and saying ──────────────────────────────────────────────────────────────────────────────────────────────

TEXT = Question(
    "outline", Text(en="The argument as an outline (LTAC)", zh="论证大纲（LTAC）"), "long_text",
    hint=Text(
        en="One element a line, two blanks a level: a dash, Claim, Strategy, Evidence, Context, Assumption or "
        "Justification, an identifier, a colon and what it says.",
        zh="每行一个元素，每层缩进两个空格：短横线、类型（Claim、Strategy、Evidence、Context、Assumption 或 "
        "Justification）、标识符、冒号和内容。",
    ),
)  # fmt: skip
WORDS = Question("text", Text(en="What you say", zh="陈述内容"), "long_text")


def edit_view(reading: Reading, query: Query) -> Mapping[str, Any]:
    """The outline of a case, to be changed. Raises `NotFound`."""
    case = _found(reading, query["case"])
    if not _opened(reading, case):
        raise NotFound("argument", query["case"], "it is open to the authority and whoever filed it")
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
    case = _found(reading, given["case"])
    try:
        typed = given.get("outline", "").replace("\r\n", "\n").encode()
        argument = ltac.read({"outline": typed})
    except BadInput as error:
        raise BadInput(
            [Fault("outline", one.seen, f"{one.where}: {one.want}", one.code) for one in error.faults]
        ) from error
    body = dict(case.body) | {"argument": argument.model_dump(mode="json", exclude_defaults=True)}
    known = set(argument.by_id())
    body["bindings"] = [one for one in body.get("bindings", ()) if one["element"] in known]
    body["dependence"] = {name: how for name, how in (body.get("dependence") or {}).items() if name in known}
    return Deed([Act(CASE.id, body, key="", subject=case.subject)], f"{PATH}/{given['case']}")


def say_view(reading: Reading, query: Query) -> Mapping[str, Any]:
    """A challenge or an answer, to be written. Raises `NotFound`."""
    case = _found(reading, query["case"])
    if not _opened(reading, case):
        raise NotFound("argument", query["case"], "it is open to the authority and whoever filed it")
    choices = [Choice(element.id, Text(en=_named(element.id, element.text), zh=_named(element.id, element.text)))
               for element in case.argument.elements]  # fmt: skip
    for one in _said(reading, case):
        words = _named(f"#{one['entry']}", one["text"])
        choices.append(Choice(f"#{one['entry']}", Text(en=words, zh=words)))
    against = Question("against", Text(en="Against what", zh="针对"), "one", choices=tuple(choices))
    path = f"{PATH}/{query['case']}"
    return {"title": case.body["name"], "asks": (against, WORDS), "back": path, "action": f"{path}/say", "list": PATH}


def _named(name: str, text: str | None) -> str:
    return f"{name}: {(text or '')[:80]}"


def say_act(reading: Reading, given: Query) -> Deed:
    """What was written, said against what was chosen."""
    case = _found(reading, given["case"])
    against = given.get("against", "")
    number = against.removeprefix("#")
    on: dict[str, Any] = {"element": against}
    if against.startswith("#") and number.isdigit():
        on = {"statement": int(number)}
    body = {"case": case.subject, **on, "text": given.get("text", "").replace("\r\n", "\n").strip()}
    return Deed([Act(SAID.id, body, key="", subject=case.subject)], f"{PATH}/{given['case']}")


def _subject(parts: Query) -> str:
    return f"{NOUN}:{parts['case']}"


_AT = f"{PATH}/{{case}}"


def _page(name: str, end: str, title: Text, template: str, *does: Any) -> Page:
    """A page of one case: its view, and its act where it takes a form."""
    view, act = (*does, None)[:2]
    return Page(name, _AT + end, title, template, view, roles=READERS, act=act, about=_subject)


PAGES = (
    _page("safety_case", "", Text(en="Safety case", zh="安全案例"), "case.html", case_view),
    _page("safety_case_file", "/case.json", Text(en="Argument", zh="论证"), "", file_view),
    _page("safety_case_tea", "/tea.json", Text(en="Argument (TEA)", zh="论证（TEA）"), "", tea_view),
    _page("safety_case_edit", "/edit", Text(en="Change the argument", zh="修改论证"), "edit.html", edit_view, edit_act),
    _page("safety_case_say", "/say", Text(en="Challenge or answer", zh="质疑或回应"), "say.html", say_view, say_act),
)
