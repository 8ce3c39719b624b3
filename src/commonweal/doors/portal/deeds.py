"""Pages that instruments declare, and the forms on them: shown, checked, confirmed where that is asked for, recorded.

A letter that acts ask for is shown as it would leave, and asked for once whoever saw it says so: for what they saw.
Everything goes through `Authority.act_all` as the person's own caller. The same form sent twice is one act and gets the
same answer: a page's form carries a key that its acts are recorded under. A file comes with the form, one at a time,
waits as an upload of whoever sent it (`uploading`), and is named by the form from then on.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode, urlsplit

from starlette.responses import RedirectResponse, Response

from commonweal import page_files, recusing
from commonweal.attaching import Waiting
from commonweal.forms import Problem
from commonweal.kernel import registry
from commonweal.kernel.disclosure.attachments import Attached, attached_fields, named_in
from commonweal.kernel.disclosure.reads import REFUSAL
from commonweal.kernel.instrument import Act, Deed, Page
from commonweal.kernel.values import BadInput, Busy, CommonwealError, Conflict, Fault, Forbidden, NotFound
from commonweal.pacing import RefusedOften

from . import judging, letters, people, questions, refusing
from .cells import N_
from .drafting import Came
from .site import NotForYou, View

FORM_KEY_CHARS_MAX = 40
OWN = ("token", "key", "confirmed", "change", "letters_seen", "draft")
FILE = "file."
RECORDED = N_("It is recorded.")
WRITES = N_("A letter gets the next reference number, is laid out as PDF and kept; what was sent cannot be taken back.")
ALSO = {
    "whole": N_(
        "Also to %(name)s, by mail to %(addresses)s: the whole letter goes there, and every server on the way can read "
        "it. That is for what the public may read."
    ),
    "mail": N_("Also to %(name)s, by mail to %(addresses)s: only word that it waits, under which reference."),
    "folder": N_("Also to %(name)s: the whole letter as PDF, into a folder of this authority."),
    "webhook": N_("Also to %(name)s, at %(addresses)s: its reference and its SHA-256, and nothing else of it."),
}
"""What goes to a target beside the addressee, by its way."""
BESIDE = N_("Recorded with it: %(title)s")
CHANGED = N_("The letter is not what you saw any more: read it again. Nothing was recorded.")
_NAMED = re.compile(r"([a-z][a-z_]*): (.+)", re.DOTALL)
ROW, CELL = N_("row %(row)s"), N_("row %(row)s, %(column)s")
_ROW = re.compile(r"row (\d+)(?:, (.+))?", re.DOTALL)
_ACT = re.compile(r"act (\d+): (.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Wrong:
    """One fault of a form: the `field` it is in ("" for the whole), what it is about, and what is wrong, in words."""

    field: str
    about: str
    words: str


@dataclass(frozen=True, slots=True)
class Sent:
    """What a page's template is told of its form: `given` as it was sent, faults, and what is to be confirmed.

    `files` says by field which files came so far, and what more it takes (`questions.files_shown`).
    `letters` are those that would be written, `pages` how many each has as PDF (None where none can be laid out here),
    and `seen` by what it is known later that they are still these.
    """

    given: Mapping[str, str]
    token: str
    key: str
    wrong: Sequence[Wrong] = ()
    confirm: Sequence[str] = ()
    said: str = ""
    entry: str = ""
    files: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    letters: Sequence[Mapping[str, Any]] = ()
    pages: Sequence[int | None] = ()
    seen: str = ""
    changed: str = ""

    def going_on(self, given: Mapping[str, str]) -> Sent:
        """The same, with other answers: what was sent, as it goes on from what changed meanwhile."""
        return replace(self, given=given)

    def of(self, field: str) -> list[Wrong]:
        """The faults of one field."""
        return [one for one in self.wrong if one.field == field]


class Filled(dict[str, str]):
    """What a form sent, by name, and the file that came with it."""

    came: Came[Waiting] | None = None


def shown(view: View, page: Page) -> Response:
    """A page that an instrument declares: its view's values in its own template, or as a file. Raises `NotForYou`."""
    _admitted(view, page)
    if subject := _kept_out(view, page):
        return _only_what_is_left(view, page, subject)
    asked = {**view.request.query_params, **view.request.path_params}
    if page.path.endswith(page_files.ENDINGS):
        return _file(view, page, asked)
    return _page(view, page, asked, _sent(view, page, asked))


def taken(view: View, form: Filled, page: Page) -> Response:
    """What was sent: shown again with what is wrong with it or what it will do, or recorded."""
    person = sender(view, form, page)
    if subject := _kept_out(view, page):
        return _only_what_is_left(view, page, subject)
    given, problems = _with_files(form, attaching(view, page))
    asked = {**view.request.query_params, **given, **view.request.path_params}
    sent = _sent(view, page, given)
    if problems:
        seen = [Wrong(one.where, "", questions.words(view, one)) for one in problems]
        return _page(view, page, asked, replace(sent, wrong=seen), 422)
    if "change" in form:
        return _page(view, page, asked, sent)
    acts: Sequence[Act] = ()
    try:
        deed = _keyed(_deed(view, page, asked), form.get("key", ""))
        acts = deed.acts
        _faultless(view, deed)
        if deed.stands is not None and not acts:
            return _page(view, page, asked, replace(_sent(view, page, {}), said=view.text(deed.stands)))
        written = _written(view, acts)
        if "draft" in form and written:
            return letters.draft(view, _chosen(written, form["draft"]))
        agreed = "confirmed" in form and form.get("letters_seen", "") == letters.seen(written)
        if (deed.confirm or written) and not agreed:
            _checked(view, acts)
            ahead = _ahead(view, deed, written, sent)
            changed = str(view.say(CHANGED)) if "confirmed" in form else ""
            return _page(view, page, asked, replace(ahead, changed=changed))
        receipts = judging.act_all(view, acts, person.caller)
    except (BadInput, Conflict, Forbidden, NotFound, RefusedOften) as error:
        return _page(view, page, asked, sent, error.status, refused=(error, acts))
    view.site.recorded()
    path, _, query = deed.onward.partition("?")
    told = urlencode({"said": "recorded", "entry": receipts[-1].index})
    return RedirectResponse(view.href(path) + "?" + "&".join(filter(None, (query, told))), status_code=303)


def sender(view: View, form: Mapping[str, str], page: Page) -> people.Person:
    """Who sends a page's form. Raises `NotForYou`, `SignInFirst` and `Forbidden`."""
    _admitted(view, page)
    person = view.required()
    people.check_form(form, person.cookie)
    if not person.files:
        raise Forbidden("this key may read, but not file")
    return person


def attaching(view: View, page: Page) -> Mapping[str, Attached]:
    """The fields for which a page's form takes files, each with its mark."""
    kind = page.attaches(view.request.path_params) if page.attaches else None
    return attached_fields(kind.schema) if kind else {}


def _with_files(form: Filled, marks: Mapping[str, Attached]) -> tuple[dict[str, str], list[Problem]]:
    """What was sent, with the file that came or without the one that is taken out, and what is wrong with that.

    Raises `BadInput` where the form names files as no page of ours does.
    """
    there = {name: named_in(form.get(name, ""), name) for name in marks}
    went, _, rest = form.get("change", "").partition(":")
    name, _, sha256 = rest.partition(":")
    problems, came = [], form.came
    if came is None:
        problems = [Problem(name, "no_file")] if went == "add" and name in marks else []
    elif came.held is None:
        problems = [questions.file_problem(came.field, came.fault, marks[came.field].types)] if came.fault else []
    else:
        item = came.held.attachment.model_dump()
        known = any(one["sha256"] == item["sha256"] for items in there.values() for one in items)
        problems = [Problem(came.field, "repeated")] if known else []
        there[came.field] += [] if known else [item]
    if went == "remove" and name in marks:
        there[name] = [one for one in there[name] if one["sha256"] != sha256]
    named = {name: json.dumps(items, ensure_ascii=False) if items else "" for name, items in there.items()}
    return {**form, **named}, problems


def _admitted(view: View, page: Page) -> None:
    if not view.admits(page):
        raise NotForYou(page.roles)


def _kept_out(view: View, page: Page) -> str:
    """The subject that a page is of, where whoever is looking keeps out of it; "" where they do not, or need not."""
    parts = view.request.path_params
    subject = page.about(parts) if page.about is not None and not page.free(parts) else ""
    return subject if subject and view.sight.kept_out(subject) else ""


def _only_what_is_left(view: View, page: Page, subject: str) -> Response:
    """That somebody has a conflict of interest in what a page is of, and what they may do about it all the same.

    Nothing that its view gives is asked for: what no view makes no page can forget to close. That it is said stands in
    the log of reads.
    """
    row = registry.subject(view.reader, subject)
    if row is not None:
        view.sight.follows(row["entry"], REFUSAL)
    if page.path.endswith(page_files.ENDINGS):
        raise Forbidden("whoever has a conflict of interest in it is given nothing of it")
    asked = recusing.recusals(view.authority.instruments.values())
    noun = subject.partition(":")[0]
    ways = [way for one in asked if noun in one.nouns for way in one.ways(subject)]
    name = row["name"] if row is not None else subject
    told = {"title": view.text(page.title), "name": name, "ways": ways, "sent": _sent(view, page, {})}
    return view.page("portal/kept_out.html", told, status=403)


def _file(view: View, page: Page, asked: Mapping[str, str]) -> Response:
    name = view.path.rpartition("/")[2]
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    if page.roles:
        headers["Cache-Control"] = "private, no-store"
    body = page_files.made(page, view.reading_here(), asked)
    return Response(body, media_type=page_files.TYPES[f".{name.rpartition('.')[2]}"], headers=headers)


def _page(
    view: View, page: Page, asked: Mapping[str, str], sent: Sent, status: int = 200, *,
    refused: tuple[CommonwealError, Sequence[Act]] | None = None,
) -> Response:  # fmt: skip
    """The page as it stands, with what was sent; what was `refused` is told under the names that its boxes have."""
    values = {"title": view.text(page.title), **page.view(view.reading_here(), asked)}
    if refused is not None:
        boxes = {one.field: view.text(one.label) for one in values.get("asks", ())}
        sent = replace(sent, wrong=wrong(view, *refused, boxes=boxes))
    return view.page(page.template, {**values, "sent": sent}, status=status)


def _sent(view: View, page: Page, given: Mapping[str, str]) -> Sent:
    token = people.form_token(view.person.cookie) if view.person else ""
    own = {name: value for name, value in given.items() if name not in OWN}
    said = str(view.say(RECORDED)) if view.asked("said") == "recorded" else ""
    entry = view.asked("entry")
    files = {
        name: questions.files_shown(view, named_in(given.get(name, ""), name), mark)
        for name, mark in attaching(view, page).items()
    }
    return Sent(
        own, token, given.get("key") or secrets.token_hex(12), said=said, entry=entry if entry.isdigit() else "",
        files=files,
    )  # fmt: skip


def _deed(view: View, page: Page, asked: Mapping[str, str]) -> Deed:
    assert page.act is not None
    return page.act(view.reading_here(), {name: value for name, value in asked.items() if name not in OWN})


def _keyed(deed: Deed, key: str) -> Deed:
    if not key or len(key) > FORM_KEY_CHARS_MAX or not key.isalnum():
        raise BadInput(Fault("key", key, "the key that the form came with", "form"), "form")
    return replace(deed, acts=[replace(act, key=f"portal:{key}:{number}") for number, act in enumerate(deed.acts)])


def _written(view: View, acts: Sequence[Act]) -> list[dict[str, Any]]:
    """The letters that acts ask for, as they would be written. Raises `BadInput` naming every fault, `Forbidden`."""
    if all(act.kind not in letters.ASKS for act in acts):
        return []
    _checked(view, acts)
    return letters.asked_for(view, acts)


def _chosen(written: Sequence[Mapping[str, Any]], said: str) -> Mapping[str, Any]:
    if said not in {str(number) for number in range(len(written))}:
        raise BadInput(Fault("draft", said, f"the number of a letter: 0 to {len(written) - 1}", "form"), "form")
    return written[int(said)]


def _ahead(view: View, deed: Deed, written: Sequence[Mapping[str, Any]], sent: Sent) -> Sent:
    """What will be recorded, to be confirmed. Raises `BadInput` where a letter cannot be laid out as it is."""
    said, pages = [view.text(one) for one in deed.confirm], list[int | None]()
    for body in written:
        try:
            pages.append(letters.pages(view, body))
        except Busy:
            pages.append(None)
        said.append(str(view.say(WRITES)))
        said += [_also(view, name) for name in body["deliver"]]
    beside = [act for act in deed.acts if act.kind not in letters.ASKS] if written else []
    said += [str(view.say(BESIDE, title=view.text(view.authority.kinds[act.kind].title))) for act in beside]
    return replace(
        sent, confirm=said, letters=[*map(letters.in_words, written)], pages=pages, seen=letters.seen(written)
    )


def _also(view: View, name: str) -> str:
    """What goes where to a target, and who can read it on the way."""
    outlet = view.authority.settings.sending.outlets[name]
    way = "whole" if outlet.way == "mail" and outlet.whole else outlet.way
    return str(view.say(ALSO[way], name=name, addresses=str(view.say(", ")).join(map(_host_of, outlet.addresses))))


def _host_of(address: str) -> str:
    """A mail address as it is; of the address of a webhook its host alone, for the rest may be a secret."""
    return urlsplit(address).hostname or address if "://" in address else address


def _checked(view: View, acts: Sequence[Act]) -> None:
    """Hold acts against the record as if they were filed. Raises `BadInput` naming every fault of each, `Forbidden`."""
    faults: list[Fault] = []
    caller, new = view.required().caller, set[str]()
    for number, act in enumerate(acts):
        try:
            new.add(judging.check(view, act, caller, new).subject or "")
        except BadInput as error:
            faults += [replace(fault, where=f"act {number}: {fault.where}") for fault in error.faults]
    if faults:
        raise BadInput(faults, f"{len(acts)} acts")


def _faultless(view: View, deed: Deed) -> None:
    """Raise what is wrong with what was typed, and what else is with the acts that came of it, once for each field."""
    if not deed.faults:
        return
    said = {*deed.said, *(fault.where.partition(".")[0] for fault in deed.faults)}
    more: Sequence[Fault] = ()
    try:
        _checked(view, deed.acts)
    except BadInput as error:
        more = error.faults
    rest = [fault for fault in more if _ACT.sub(r"\2", fault.where).partition(".")[0] not in said]
    raise BadInput(sorted([*deed.faults, *rest], key=_row_of), "form")


def _row_of(fault: Fault) -> int:
    """The row of a file that a fault is in; 0 where it is in none."""
    row = _ROW.fullmatch(_ACT.sub(r"\2", fault.where))
    return int(row[1]) if row else 0


def wrong(
    view: View, error: CommonwealError, acts: Sequence[Act] = (), boxes: Mapping[str, str] | None = None
) -> list[Wrong]:  # fmt: skip
    """A refusal, field by field, as a page shows it; of several acts each fault says which one it is about.

    A field is called as the box is into which it was written, where `boxes` has one, else as everywhere.
    """
    if not isinstance(error, BadInput):
        return [Wrong("", "", refusing.error_told(view, error))]
    together = {act.subject for act in acts}
    follows = [fault for fault in error.faults if fault.code == "reference" and fault.seen in together]
    told = [fault for fault in error.faults if fault not in follows] or follows
    return [_fault(view, fault, acts, boxes or {}) for fault in told]


def _fault(view: View, fault: Fault, acts: Sequence[Act], boxes: Mapping[str, str]) -> Wrong:
    found = _ACT.fullmatch(fault.where)
    where = found[2] if found else fault.where
    act = acts[int(found[1])] if found and len(acts) > 1 else None
    words = refusing.fault_told(view, fault)
    if row := _ROW.fullmatch(where):
        place = view.say(CELL if row[2] else ROW, row=row[1], column=row[2])
        return Wrong("", "", view.say("%(field)s: %(fault)s", field=place, fault=words))
    whole = _NAMED.fullmatch(fault.want) if where.startswith("(") and not fault.told else None
    if whole:  # what is wrong with all of it often begins with the field that it is about
        where, words = whole[1], refusing.told(view, fault.want)
        words = re.sub(f"^{whole[1]}[:：]\\s*", "", words)
    field = "" if where.startswith("(") else where.partition(".")[0]
    title = boxes.get(field) or view.site.field_title(field, view.language.code) if field else ""
    about = act.subject if act and act.subject and registry.subject(view.reader, act.subject) else ""
    return Wrong(field, about, view.say("%(field)s: %(fault)s", field=title, fault=words) if title else words)
