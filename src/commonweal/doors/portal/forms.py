"""The forms by which people file, page by page, without scripts: start, questions, check your answers, receipt.

What is typed is kept as it was typed, also where it is wrong, in a draft that only this browser can open. Whoever is
signed in files as themselves; anybody else, where the kind lets them, as a party of its own that a return code names.
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from commonweal import dues
from commonweal.acceptance import Caller
from commonweal.attaching import Held
from commonweal.forms import (
    REPORTER,
    Problem,
    also_of,
    answered,
    asked_pages,
    body_of,
    new_code,
    notices_of,
    page_problems,
    party_of,
    raw_from,
)
from commonweal.kernel import persons
from commonweal.kernel.disclosure import Kind
from commonweal.kernel.instrument import Form, FormPage, Question
from commonweal.kernel.record import Act
from commonweal.kernel.values import BadInput, Conflict, Forbidden, NotFound, Superseded, stamp
from commonweal.pacing import Buckets, Common, RefusedOften, TooMany

from . import drafting, judging, keeping_on, meanwhile, owing, people, questions, receipts
from .drafting import Came, Content, Posted, Writing
from .languages import LANGUAGES
from .paces import take, take_common
from .questions import Wrong, change_rows
from .site import SignInFirst, View
from .telling import is_public, told_to_anyone

PATH = "/forms"
RETURN = "/return"
BYTES_MAX, FIELDS_MAX = 768 << 10, 1200
# A household stands behind one address: so many at once, then one a minute or two.
BEGUN_PER_S, BEGUN_BURST = 1 / 60, 20
FILED_PER_S, FILED_BURST = 1 / 120, 10
SAVED_PER_S, SAVED_BURST = 2, 120
ALL_FILED_PER_S, ALL_FILED_BURST = 1, 120
TRAP, SHOWN = "website", "shown"
ANONYMOUS_KEY = "form"
KEYLESS = "keyless"
Sent = Mapping[str, Sequence[str]]


async def read_sent(request: Request) -> dict[str, list[str]]:
    """What a page of a form sent, by name, in order. Raises `BadInput`, `TooLarge` and `Forbidden`."""
    found: dict[str, list[str]] = {}
    for name, value in await people.read_pairs(request, BYTES_MAX, FIELDS_MAX):
        found.setdefault(name, []).append(value)
    return found


def last(sent: Sent, name: str) -> str:
    """The last value that was sent under a name; "" for none."""
    return sent[name][-1] if sent.get(name) else ""


class Forms:
    """The forms of one authority, with the pace at which one address may begin, save and file."""

    def __init__(self) -> None:
        self._begun, self._saved, self._filed = Buckets("address"), Buckets("address"), Buckets("address")
        self._all_filed = Common("service")

    # ── before the first question ───────────────────────────────────────────────────────────────────────────────

    def overview(self, view: View) -> Response:
        """The forms that there are, and the way back with a code."""
        forms = [
            {"path": f"{PATH}/{form.id}", "title": view.text(form.title), "lead": _maybe(view, form.lead)}
            for form in view.authority.forms.values()
            if is_public(view, form) or _files(view, form)
        ]
        return view.page("portal/forms.html", {"title": view.say("Report or file"), "forms": forms})

    def start_page(self, view: View, fault: str = "", status: int = 200) -> Response:
        """What a form is for, what is good to have at hand, and the drafts that wait in this browser."""
        form, kind = form_of(view)
        check_may_file(view, form)
        values = {
            "title": view.text(form.title),
            "lead": _maybe(view, form.lead),
            "before": [view.text(item) for item in form.before],
            "path": f"{PATH}/{form.id}",
            "token": people.form_token(view.draft_cookie),
            "drafts": [{"path": one.path, "began": one.kept.began, "changed": one.kept.changed, "until": one.kept.until}
                       for one in drafting.all_of(view, form)],
            "keeps_days": form.keeps_days,
            "public": is_public(view, form),
            **told_to_anyone(view, form),
            "kind": kind.id,
            "many": view.person is not None,
            "fault": fault,
            "said": view.asked("said"),
        }  # fmt: skip
        return drafting.with_cookie(view, view.page("portal/form_start.html", values, status=status))

    def begin(self, view: View, sent: Sent) -> Response:
        """Begin a draft and show its first page."""
        form, _ = form_of(view)
        if last(sent, KEYLESS) and is_public(view, form):
            return _without_key(view, sent)
        check_may_file(view, form)
        _check_token(view, sent)
        take(view, self._begun, BEGUN_PER_S, BEGUN_BURST)
        try:
            writing = drafting.begun(view, form)
        except BadInput:
            words = view.say("This browser holds as many drafts as it may. Go on with one of them, or delete one.")
            return self.start_page(view, str(words), 422)
        return drafting.with_cookie(view, _to(view, f"{writing.path}/{form.pages[0].id}"), keeps=True)

    # ── questions ───────────────────────────────────────────────────────────────────────────────────────────────

    def resume(self, view: View) -> Response:
        """Go on with a draft: at its first page that is not answered as it must be, else at its last."""
        writing = writing_of(view)
        if writing is None:
            return _gone(view, {})
        if writing.content.filed is not None:
            return _to(view, f"{writing.path}/receipt")
        pages = _asked(writing)
        unfit = [page for page in pages if _problems(writing, page) or _so_far(writing, page)]
        return _to(view, f"{writing.path}/{unfit[0].id if unfit else 'check'}")

    def question_page(self, view: View) -> Response:
        """One page of questions."""
        writing = writing_of(view)
        if writing is None:
            return _gone(view, {})
        if writing.content.filed is not None:
            return _to(view, f"{writing.path}/receipt")
        page = page_of(writing)
        if page is None:
            return _to(view, writing.path)
        return _page_shown(writing, page, [], last_of(view, "back"), 200)

    def take_page(self, view: View, sent: Posted[Held]) -> Response:
        """Save what was typed, and go on; or search, add, remove, as the button says."""
        _check_token(view, sent)
        take(view, self._saved, SAVED_PER_S, SAVED_BURST)
        writing, came = writing_of(view), sent.came
        if writing is None or writing.content.filed is not None:
            return _gone(view, sent)
        page = page_of(writing)
        if page is None:
            return _to(view, writing.path)
        go, _, rest = last(sent, "go").partition(":")
        typed = int(at) if (at := last(sent, "at")).isascii() and at.isdigit() and len(at) < 16 else 0
        raws = {one.field: raw_from(one, sent) for one in page.questions if one.control != "files"}
        if go in ("add", "remove"):
            change_rows(raws, page.questions, go, rest)
        lists = {one.field for one in page.questions if one.control == "files"}
        wrong = questions.wrongs(view, writing.form, _file_problems(writing, came, rest if go == "add" else "", lists))

        def change(content: Content) -> None:
            if go != "autosave" or typed >= content.at.get(page.id, 0):
                content.answers |= raws
                content.at[page.id] = typed
            if came is not None and came.held is not None and came.held.attachment.sha256 not in content.files:
                content.add(came.field, came.held)
            name, _, sha256 = rest.partition(":")
            if go == "remove" and name in lists:
                content.take_out(name, sha256)

        writing.save(change)
        if go == "autosave":
            return JSONResponse({"saved": True}, headers={"Cache-Control": "no-store"})
        back = last(sent, "back")
        if wrong:
            return _page_shown(writing, page, wrong, back, 422)
        here = f"{writing.path}/{page.id}" + ("?back=check" if back == "check" else "")
        if go in ("add", "remove", "find"):
            name = rest.partition(":")[0].replace(".", "-")
            return drafting.with_cookie(view, _to(view, f"{here}#q-{name}"), keeps=True)
        if go == "language" and rest in LANGUAGES:
            onward = RedirectResponse(LANGUAGES[rest].address(here), status_code=303)
            return drafting.with_cookie(view, onward, keeps=True)
        problems = _problems(writing, page) or _so_far(writing, page)
        if problems:
            return _page_shown(writing, page, questions.wrongs(view, writing.form, problems), back, 422)
        after = f"{writing.path}/check" if back == "check" else _after(writing, page)
        return drafting.with_cookie(view, _to(view, after), keeps=True)

    def discard(self, view: View, sent: Sent) -> Response:
        """Delete a draft, or what is left of one that was filed."""
        _check_token(view, sent)
        form, _ = form_of(view)
        if (writing := writing_of(view)) is not None:
            view.authority.attachments.release(writing.content.held())
        view.authority.access.drop_draft(drafting.secret_of(view), view.request.path_params["draft"])
        return drafting.without_cookie(view, _to(view, f"{PATH}/{form.id}?said=deleted"))

    # ── check and file ──────────────────────────────────────────────────────────────────────────────────────────

    def check_page(self, view: View) -> Response:
        """Everything that was answered, each with a way to change it, and what still stands in the way."""
        writing = writing_of(view)
        if writing is None:
            return _gone(view, {})
        if writing.content.filed is not None:
            return _to(view, f"{writing.path}/receipt")
        caller = _caller(writing)
        body, _, problems = _body(writing)
        wrong = questions.wrongs(view, writing.form, problems)
        if not problems:
            wrong = self._refused(writing, body, caller)
        return self._check_shown(writing, wrong, 200)

    def file(self, view: View, sent: Sent) -> Response:
        """File what the draft says, once: a form sent twice is one act and leads to the same receipt."""
        _check_token(view, sent)
        writing = writing_of(view)
        if writing is None:
            return _gone(view, {})
        if writing.content.filed is not None:
            return _to(view, f"{writing.path}/receipt")
        if last(sent, TRAP).strip():
            words = view.say(
                "One field has to stay empty and was filled in, perhaps by your browser. Send this page again."
            )
            return self._check_shown(writing, [Wrong("", "", str(words), "send")], 422)
        if last(sent, SHOWN) not in ("", writing.content.says()):
            words = view.say("What is below was changed since this page was shown, perhaps in another tab. Look again.")
            return self._check_shown(writing, [Wrong("", "", str(words), "send")], 409)
        if not writing.content.code and _is_anonymous(writing):
            writing.save(_with_code)
        caller = _caller(writing)
        body, more, problems = _body(writing)
        if problems:
            return self._check_shown(writing, questions.wrongs(view, writing.form, problems), 422)
        if not more and meanwhile.says_nothing_new(writing, body, caller):
            words = view.say("Nothing was changed. Change what is to be changed, or leave this page.")
            return self._check_shown(writing, [Wrong("", "", str(words), "send")], 422)
        try:
            self._paced(view, caller)
        except TooMany as error:
            return self._wait_shown(writing, error)
        try:
            with view.authority.attachments.offered(writing.content.held(), caller.party):
                index = _filed(writing, body, more, caller)
        except (BadInput, Forbidden, Superseded, RefusedOften) as error:
            return self._check_shown(writing, questions.not_filed(writing.view, writing.form, error), error.status)
        view.site.recorded()
        told = {"entry": index, "at": stamp(view.reading.now), "reference": writing.content.reference,
                "code": writing.content.code, "subject": view.authority.store.entry(index).subject or "",
                "for": sorted(dues.speaking(caller, body))}  # fmt: skip

        def change(content: Content) -> None:
            content.answers, content.at, content.files, content.filed = {}, {}, {}, told

        with suppress(Conflict):  # it was deleted meanwhile; what was filed is filed
            writing.save(change, drafting.FILED_SHOWN)
        return drafting.with_cookie(view, _to(view, f"{writing.path}/receipt"))

    def _paced(self, view: View, caller: Caller) -> None:
        """Count what somebody files without a key, against where it comes from and in all. Raises `TooMany`."""
        if caller.roles == (REPORTER,):
            take_common(view, self._all_filed, ALL_FILED_PER_S, ALL_FILED_BURST, cost=0.0)
            take(view, self._filed, FILED_PER_S, FILED_BURST)
            take_common(view, self._all_filed, ALL_FILED_PER_S, ALL_FILED_BURST)

    def _wait_shown(self, writing: Writing, error: TooMany) -> Response:
        """That so much came from there lately, on the page of what was written, which is kept."""
        view = writing.view
        words = view.voice.words.count(
            "So many reports came from your network, or in all, that this one has to wait %(num)s second. It is kept "
            "here as it is: send this page again then, or come from elsewhere.",
            "So many reports came from your network, or in all, that this one has to wait %(num)s seconds. It is kept "
            "here as it is: send this page again then, or come from elsewhere.",
            error.wait_s,
        )
        response = self._check_shown(writing, [Wrong("", "", str(words), "send")], error.status)
        response.headers["Retry-After"] = str(error.wait_s)
        return response

    def go_on(self, view: View, sent: Sent) -> Response:
        """Let a draft of a new version go on from the newest one, with what was written in it kept."""
        _check_token(view, sent)
        writing = writing_of(view)
        if writing is None:
            return _gone(view, sent)
        if writing.content.filed is None and meanwhile.overtaken(writing):
            meanwhile.go_on(writing, _caller(writing))
        return drafting.with_cookie(view, _to(view, f"{writing.path}/check"), keeps=True)

    def keep(self, view: View, sent: Sent) -> Response:
        """Keep a field of the version before that is not asked, or leave it out: as the button says."""
        _check_token(view, sent)
        writing = writing_of(view)
        if writing is None:
            return _gone(view, sent)
        if writing.content.filed is None:
            turned = {one.field: how == "keep" for how in ("keep", "drop") for one in keeping_on.of(writing)
                      if one.field == last(sent, how)}  # fmt: skip
            writing.save(lambda content: content.keeps.update(turned))
        return drafting.with_cookie(view, _to(view, f"{writing.path}/check#kept"), keeps=True)

    def receipt_page(self, view: View) -> Response:
        """What was filed as what and when, and the return code of who filed without a key."""
        writing = writing_of(view)
        filed = writing.content.filed if writing else None
        if writing is None or filed is None:
            return _gone(view, {})
        form = writing.form
        receipt = view.authority.receipt(filed["entry"])
        values = {
            "title": view.say("It is filed"),
            **owing.by_filing(view, writing.form.kind, filed, functools.partial(_caller, writing)),
            "form": view.text(form.title),
            "filed": filed,
            "published": receipt.index < view.sight.size,
            "after": [view.text(item) for item in form.after],
            "amended": writing.content.amends is not None,
            "path": writing.path,
            "token": people.form_token(view.draft_cookie),
            "origin": view.authority.settings.origin,
            "address": view.authority.settings.address or str(view.request.base_url).rstrip("/"),
        }
        return drafting.with_cookie(view, view.page("portal/form_receipt.html", values))

    def receipt_file(self, view: View) -> Response:
        """The receipt as a file, for whoever filed: everybody else has it once the entry is published."""
        writing = writing_of(view)
        filed = writing.content.filed if writing else None
        if filed is None:
            raise NotFound("receipt", "here", "it is kept for half an hour, in the browser that filed")
        return receipts.as_file(view, filed["entry"])

    def _refused(self, writing: Writing, body: Mapping[str, Any], caller: Caller) -> list[Wrong]:
        """What the door would say of a body, were it filed now."""
        view = writing.view
        try:
            with view.authority.attachments.offered(writing.content.held(), caller.party):
                judging.check(view, _act(writing, body, caller), caller)
        except (BadInput, Forbidden, Conflict, RefusedOften) as error:
            return questions.not_filed(writing.view, writing.form, error)
        return []

    def _check_shown(self, writing: Writing, wrong: Sequence[Wrong], status: int) -> Response:
        view, answers = writing.view, writing.content.answers
        asked = _asked(writing)
        links = {
            question.field: f"{writing.path}/{page.id}?back=check#{questions.id_of(question.field)}"
            for page in asked
            for question in page.questions
        }
        pages = [
            {
                "title": view.text(page.title),
                "answers": [
                    {
                        "label": view.text(question.label),
                        "lines": questions.in_words(view, question, answers.get(question.field)),
                        "wrong": [one.words for one in wrong if one.field == question.field],
                        "link": links[question.field],
                    }
                    for question in page.questions
                    if question not in open_
                ],
                "open": [view.text(question.label) for question in open_],
                "link": f"{writing.path}/{page.id}?back=check",
            }
            for page in asked
            for open_ in [[one for one in page.questions if _is_open(one, answers, wrong)]]
        ]
        kind = view.authority.kinds[writing.form.kind]
        before = _before(writing, wrong)
        links |= {one["field"]: f"{writing.path}/check#kept" for one in before if one["field"] not in links}
        values = {
            "title": view.say("Check your answers"),
            "form": view.text(writing.form.title),
            "pages": pages,
            "summary_items": [
                (
                    view.href(links[one.field]) if one.field in links else f"#{'send' if one.field else one.at}",
                    _sentence(one),
                )
                for one in wrong
            ],
            "path": writing.path,
            "back": f"{writing.path}/{asked[-1].id}",
            "token": people.form_token(view.draft_cookie),
            "anonymous": _is_anonymous(writing),
            "overtaken": (overtaken := meanwhile.overtaken(writing)),
            "changes": meanwhile.changes(writing, _caller(writing)) if overtaken else [],
            "kept": [one for one in before if one["kept"]],
            "left_out": [one for one in before if not one["kept"]],
            "amends": meanwhile.called(view, (writing.content.amends or {}).get("subject", "")),
            "notices": _notices(writing),
            **told_to_anyone(view, writing.form),
            "kind": kind.id,
            "trap": TRAP,
            "shown": (SHOWN, writing.content.says()),
        }
        return drafting.with_cookie(view, view.page("portal/form_check.html", values, status=status))


# ── parts ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def last_of(view: View, name: str) -> str:
    return "check" if view.asked(name) == "check" else ""


def form_of(view: View) -> tuple[Form, Kind]:
    """The form that the address names, and what it files. Raises `NotFound`."""
    name = view.request.path_params["form"]
    form = view.authority.forms.get(name)
    if form is None:
        raise NotFound("form", name)
    return form, view.authority.kinds[form.kind]


def writing_of(view: View) -> Writing | None:
    """The draft that the address names, where it is this browser's."""
    form, _ = form_of(view)
    return drafting.opened(view, form, view.request.path_params["draft"])


def _files(view: View, form: Form) -> bool:
    person = view.person
    return person is not None and person.files and bool(
        set(person.caller.roles) & set(view.authority.kinds[form.kind].files)
    )  # fmt: skip


def check_may_file(view: View, form: Form) -> None:
    """Raises `SignInFirst` or `Forbidden` for who may not use a form."""
    if _files(view, form) or (view.person is None and is_public(view, form)):
        return
    if view.person is None:
        raise SignInFirst(view.path)
    roles = ", ".join(view.authority.kinds[form.kind].files)
    raise Forbidden(f"this form is for the roles {roles}; sign out to file without a key, where that is possible")


def _without_key(view: View, sent: Sent) -> Response:
    """Show the form to whoever is signed in as to anybody, until they say that they go on with their key."""
    view.lay_key_aside()
    _check_token(view, sent)
    response = _to(view, view.path)
    people.set_cookie(response, people.KEYLESS_COOKIE, "1", view.secure, None)
    return response


def _check_token(view: View, sent: Sent) -> None:
    people.check_form({"token": last(sent, "token")}, view.draft_cookie)


def _asked(writing: Writing) -> list[FormPage]:
    return asked_pages(writing.form, writing.content.answers, roles=writing.view.roles)


def page_of(writing: Writing) -> FormPage | None:
    """The page that the address names, where the answers lead to it."""
    return next((one for one in _asked(writing) if one.id == writing.view.request.path_params["page"]), None)


def _schema(writing: Writing, page: FormPage) -> type[BaseModel]:
    return writing.view.authority.kinds[page.also or writing.form.kind].schema


def _problems(writing: Writing, page: FormPage) -> list[Problem]:
    return page_problems(page, writing.content.answers, _schema(writing, page))


def _so_far(writing: Writing, page: FormPage) -> list[Problem]:
    """What the door says of the answers up to a page, whatever comes after: across fields, and against the record.

    Whoever was told that often goes on, and is told on the last page.
    """
    found = _wrong_so_far(writing, page)
    return found if found and judging.may_be_told(writing.view, _caller(writing)) else []


def _wrong_so_far(writing: Writing, page: FormPage) -> list[Problem]:
    view, form = writing.view, writing.form
    asked = {question.field for question in page.questions}
    if page.also or not any(answered(writing.content.answers.get(name)) for name in asked):
        return []
    until = replace(form, pages=form.pages[: [one.id for one in form.pages].index(page.id) + 1])
    body, caller = _body_so_far(writing, until), _caller(writing)
    try:
        with view.authority.attachments.offered(writing.content.held(), caller.party):
            view.authority.check(_act(writing, body, caller), caller)
    except BadInput as error:
        known = {question.field for question in until.questions()}
        found = questions.from_faults(until, error.faults)
        return [one for one in found if one.where in known and one.code != "missing"]
    except (Forbidden, Conflict) as error:
        where = error.where if isinstance(error, Forbidden) else ""
        return [Problem(where, "not_yours")] if where in asked else []
    return []


def _after(writing: Writing, page: FormPage) -> str:
    pages = [one.id for one in _asked(writing)]
    at = pages.index(page.id) + 1
    return f"{writing.path}/{pages[at] if at < len(pages) else 'check'}"


def _file_problems(writing: Writing, came: Came[Held] | None, adds: str, lists: Collection[str]) -> list[Problem]:
    """What is wrong with the file that came with a page, or that none came where one is to be added."""
    if came is None:
        return [Problem(adds, "no_file")] if adds in lists else []
    if came.held is not None and came.held.attachment.sha256 in writing.content.files:
        writing.view.authority.attachments.release([came.held])
        return [Problem(came.field, "repeated")]
    return [questions.file_problem(came.field, came.fault)] if came.fault is not None else []


def _page_shown(writing: Writing, page: FormPage, wrong: Sequence[Wrong], back: str, status: int) -> Response:
    view, schema = writing.view, _schema(writing, page)
    pages = [one.id for one in _asked(writing)]
    at = pages.index(page.id)
    before = f"{writing.path}/{pages[at - 1]}" if at else f"{PATH}/{writing.form.id}"
    answers = writing.content.answers
    values = {
        "title": view.text(page.title),
        "form": view.text(writing.form.title),
        "lead": _maybe(view, page.lead),
        "asked": [
            questions.shown(
                view, replace(one, required=one.required and not page.also), answers.get(one.field), schema, wrong
            )
            for one in page.questions
        ],
        "summary_items": [(_place(writing, page, one), _sentence(one)) for one in wrong],
        "path": f"{writing.path}/{page.id}",
        "draft": writing.path,
        "back": "check" if back == "check" else "",
        "before": f"{writing.path}/check" if back == "check" else before,
        "token": people.form_token(view.draft_cookie),
        "other_languages": [(code, one.name, one.tag) for code, one in LANGUAGES.items() if code != view.language.code],
        "keeps_days": writing.form.keeps_days,
        "multipart": any(one.control == "files" for one in page.questions),
        "notices": [one for one in _notices(writing) if one["keyless"]],
    }
    return drafting.with_cookie(view, view.page("portal/form_page.html", values, status=status))


def _notices(writing: Writing) -> list[dict[str, Any]]:
    """What is said before a draft is filed; what offers to go on without a key only where that can be done."""
    view, new = writing.view, writing.content.amends is None and is_public(writing.view, writing.form)
    found = notices_of(writing.form, writing.content.answers, roles=view.roles)
    return [{"text": view.text(one.text), "keyless": one.keyless} for one in found if new or not one.keyless]


def _place(writing: Writing, page: FormPage, one: Wrong) -> str:
    """Where to put right what is wrong: on this page, or on the earlier one that asks for it."""
    other = next((item for item in _asked(writing) if any(asks.field == one.field for asks in item.questions)), page)
    path = "" if other.id == page.id else writing.view.href(f"{writing.path}/{other.id}")
    return f"{path}#{one.at}"


def _sentence(one: Wrong) -> str:
    """What is wrong with which question; a question in words needs no colon after it."""
    between = " " if one.label.endswith(("?", "？")) else ": "
    return f"{one.label}{between}{one.words}" if one.label else one.words


def _before(writing: Writing, wrong: Sequence[Wrong]) -> list[dict[str, Any]]:
    """What the version before says and no page asks, and whether it is kept."""
    if writing.content.amends is None:
        return []
    rows = meanwhile.own_versions(writing.view, _caller(writing), writing.content.amends["subject"])
    said = {one.field: [each.words for each in wrong if each.field == one.field] for one in wrong}
    return keeping_on.told(writing, rows[-1]["body"] if rows else {}, said)


def _is_open(question: Question, answers: Mapping[str, Any], wrong: Sequence[Wrong]) -> bool:
    """Whether a question was left open, as it may be."""
    return not answered(answers.get(question.field)) and all(one.field != question.field for one in wrong)


def _gone(view: View, sent: Sent) -> Response:
    """A draft that is not here: it ran out, was deleted or filed, or is another browser's. What was typed is shown."""
    form, _ = form_of(view)
    typed = [text for name, texts in sent.items() if name.startswith("q.") for text in texts if text.strip()]
    values = {"title": view.say("This draft is not here"), "path": f"{PATH}/{form.id}", "typed": typed[:200]}
    return drafting.with_cookie(view, view.page("portal/form_gone.html", values, status=410))


def _to(view: View, path: str) -> RedirectResponse:
    return RedirectResponse(view.href(path), status_code=303)


def _maybe(view: View, text: Any) -> str:
    return view.text(text) if text else ""


# ── filing ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _with_code(content: Content) -> None:
    content.code = content.code or new_code()


def _is_anonymous(writing: Writing) -> bool:
    return writing.content.amends is None and writing.view.person is None


def _caller(writing: Writing) -> Caller:
    """As whom a draft is filed. Raises `SignInFirst` and `Forbidden`."""
    view, amends = writing.view, writing.content.amends
    if amends is not None:
        if view.person is not None and view.person.caller.party == amends["party"]:
            return view.person.caller
        if view.visitor == amends["party"]:
            return Caller(amends["party"], (REPORTER,))
        raise SignInFirst(view.path, RETURN)
    check_may_file(view, writing.form)
    if view.person is not None:
        return view.person.caller
    return Caller(party_of(writing.content.code) if writing.content.code else persons.ANONYMOUS, (REPORTER,))


More = Sequence[tuple[FormPage, dict[str, Any]]]


def _body(writing: Writing) -> tuple[dict[str, Any], More, list[Problem]]:
    """What a draft files, what it files beside that, and what is wrong with either."""
    view, form, answers = writing.view, writing.form, writing.content.answers
    kinds = view.authority.kinds
    body, problems = body_of(form, answers, kinds[form.kind].schema, roles=view.roles)
    more, wrong = also_of(form, answers, kinds, roles=view.roles)
    return _amending(writing, body), more, [*problems, *wrong]


def _body_so_far(writing: Writing, until: Form) -> dict[str, Any]:
    """What a draft would file, had its form no more pages."""
    view = writing.view
    schema = view.authority.kinds[until.kind].schema
    body, _ = body_of(until, writing.content.answers, schema, roles=view.roles)
    return _amending(writing, body)


def _amending(writing: Writing, body: dict[str, Any]) -> dict[str, Any]:
    """A body with its reference and, where it is a new version, with what it keeps of the one before."""
    body = keeping_on.onto(writing, body)
    if writing.form.reference:
        body[writing.form.reference] = writing.content.reference
    return body


def _act(writing: Writing, body: Mapping[str, Any], caller: Caller) -> Act:
    """The act of a draft. A party of its own files once, under a key by which its holder finds it again."""
    first = caller.roles == (REPORTER,) and writing.content.amends is None
    amends = writing.content.amends or {}
    onto = int(amends["entry"]) if "entry" in amends else None
    key = ANONYMOUS_KEY if first else f"form:{writing.kept.id}"
    return Act(writing.form.kind, body, key, amends.get("subject"), onto=onto)


def _filed(writing: Writing, body: Mapping[str, Any], more: More, caller: Caller) -> int:
    """Record it, with what is filed beside it, or find where it was recorded.

    Sent again after a change, it stands as it was sent first.
    """
    act, view = _act(writing, body, caller), writing.view
    beside_it = more or any(page.otherwise for page in writing.form.pages)
    subject = judging.check(view, act, caller).subject if beside_it else None
    said = {page.id: (page.also, found) for page, found in more}
    unsaid: dict[str, tuple[str, dict[str, Any]]] = {
        page.id: (page.otherwise, {}) for page in writing.form.pages if page.otherwise
    }
    about = {page.id: page.about for page in writing.form.pages}
    beside = [
        Act(kind, {**found, about[page]: subject}, f"{act.key}:{page}")
        for page, (kind, found) in (unsaid | said).items()
    ]
    try:
        return judging.act_all(view, [act, *beside], caller)[0].index
    except Conflict:
        earlier = view.authority.store.placed(caller.party, act.key)
        if earlier is None:
            raise
        return earlier[0].index
