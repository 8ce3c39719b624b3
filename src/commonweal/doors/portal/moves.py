"""What an officer does with a case as a whole: hands a step over, stops it, lets it go on, undoes what it did.

Two forms, without scripts: the first asks why, the second says what will happen before anything is recorded. A case
that went on between the two is shown again instead of being moved otherwise than was read.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from starlette.responses import RedirectResponse, Response

from commonweal.kernel import protocols
from commonweal.kernel.protocols.cases import Case, desks_of, reversals
from commonweal.kernel.protocols.foresight import Deadline, Foreseen
from commonweal.kernel.protocols.kinds import HANDED_OVER, RESUMED, REVERSED, STOPPED
from commonweal.kernel.protocols.playbooks import Step
from commonweal.kernel.record import Act
from commonweal.kernel.values import BadInput, CommonwealError, Conflict, Fault, Forbidden, NotFound, stamp
from commonweal.pacing import RefusedOften

from . import judging, people, refusing
from .cells import N_
from .site import View
from .spans import span_words

PATH = "/cases/{case}/{move}"
REASON_CHARS_MAX = 8000
FORM_KEY_CHARS_MAX = 40
ENTRY_DIGITS_MAX = 16


@dataclass(frozen=True, slots=True)
class Move:
    """One way to move a case: its kind of entry and, as message ids, what it is called, does, and why it cannot be."""

    kind: str
    title: str
    about: str
    recorded: str
    bar: str


MOVES = {
    "hand-over": Move(
        HANDED_OVER.id,
        N_("Hand a step over"),
        N_("Another desk does it from now on; its deadlines run on."),
        N_("It is recorded: the step is handed over."),
        N_("Nothing in this case lies on a desk now, so there is nothing to hand over."),
    ),
    "stop": Move(
        STOPPED.id,
        N_("Stop the case"),
        N_("Nothing more is done in it and no deadline passes until it is resumed; what arrives meanwhile is kept."),
        N_("It is recorded: the case is stopped."),
        N_("This case is stopped already, or it has ended."),
    ),
    "resume": Move(
        RESUMED.id,
        N_("Let the case go on"),
        N_("It goes on where it stood."),
        N_("It is recorded: the case goes on."),
        N_("This case is not stopped."),
    ),
    "reverse": Move(
        REVERSED.id,
        N_("Undo what the case did"),
        N_(
            "The steps that undo what was done are run, newest first; whatever else waits in it is dropped. What "
            "several approved is undone only once as many have approved that."
        ),
        N_("It is recorded: what the case did is to be undone."),
        N_("There is nothing to undo in this case: no step undoes what it did, or it was run already."),
    ),
}


# ── on the page of the case ─────────────────────────────────────────────────────────────────────────────────────────


def offered(view: View, case: Case) -> list[dict[str, str]]:
    """The moves that the case can take now, for somebody who may file them; nothing for others."""
    person = view.person
    if person is None or not person.files:
        return []
    now = protocols.moves_now(case)
    return [
        {"path": _path(case.id, name), "title": str(view.say(move.title)), "about": str(view.say(move.about))}
        for name, move in MOVES.items()
        if move.kind in now and _may(view, person, move)
    ]


def said(view: View) -> dict[str, Any] | None:
    """What was recorded a moment ago, and as which entry, for the case's page that follows it."""
    move, entry = MOVES.get(view.asked("said")), view.asked("entry")
    known = entry.isascii() and entry.isdigit() and len(entry) < ENTRY_DIGITS_MAX
    return {"words": str(view.say(move.recorded)), "entry": int(entry) if known else None} if move else None


def _path(case_id: str, name: str = "") -> str:
    return f"/cases/{case_id.partition(':')[2]}" + (f"/{name}" if name else "")


def _may(view: View, person: people.Person, move: Move) -> bool:
    return bool(set(view.authority.kinds[move.kind].files) & set(person.caller.roles))


# ── the two forms ───────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks for which move of which case."""

    view: View
    person: people.Person
    name: str
    case: Case

    @property
    def move(self) -> Move:
        return MOVES[self.name]


def move_page(view: View) -> Response:
    """The form that asks why, and to whom. Raises `Forbidden` for who may not, `NotFound` for no such case or move."""
    return _form(_asked_for(view), {})


def taken(view: View, form: Mapping[str, str]) -> Response:
    """What was sent: asked about again, shown with what will happen, or (once confirmed) recorded.

    The same form sent twice is one act and gets the same answer.
    """
    asked = _asked_for(view)
    people.check_form(form, asked.person.cookie)
    if "change" in form:
        return _form(asked, form)
    if not form.get("reason", "").strip():
        return _form(asked, form, str(view.say("Say why: without a reason nothing is recorded.")), 422)
    act, caller = _act(asked, form), asked.person.caller
    if "confirmed" not in form:
        return _preview(asked, form, act)
    if view.authority.store.placed(caller.party, act.key) is None and form.get("seen") != str(asked.case.seen):
        words = view.say("The case went on meanwhile, and nothing was recorded. Read again what will happen now.")
        return _preview(asked, form, act, str(words))
    try:
        receipt = judging.act(view, act, caller)
    except (BadInput, Conflict, Forbidden, RefusedOften) as error:
        view.authority.follow()
        return _refused(asked, form, error)
    view.site.recorded()
    onward = f"{_path(asked.case.id)}?said={asked.name}&entry={receipt.index}"
    return RedirectResponse(view.href(onward), status_code=303)


def _asked_for(view: View) -> Asked:
    person, name = view.required(), view.request.path_params["move"]
    if name not in MOVES:
        raise NotFound("page of a case", name, "one of: " + ", ".join(MOVES))
    case = protocols.case(view.reader, f"case:{view.request.path_params['case']}")
    if not _may(view, person, MOVES[name]):
        raise Forbidden("cases are moved by officers of the authority; your key is for other roles")
    if not person.files:
        raise Forbidden("this key may read, but not file")
    return Asked(view, person, name, case)


def _act(asked: Asked, form: Mapping[str, str]) -> Act:
    key = form.get("key", "")
    if not key or len(key) > FORM_KEY_CHARS_MAX or not key.isalnum():
        raise BadInput(Fault("key", key, "the key that the form came with", "form"), "form")
    body = {"case": asked.case.id, "reason": form["reason"].replace("\r\n", "\n").strip()}
    if asked.name == "hand-over":
        body |= {"to": form.get("to", "").strip(), "step": form.get("step", "")}
    return Act(asked.move.kind, body, key=f"portal:{key}", subject=asked.case.subject)


def _form(asked: Asked, given: Mapping[str, str], fault: str = "", status: int = 200) -> Response:
    view, case = asked.view, asked.case
    possible = asked.move.kind in protocols.moves_now(case)
    desks = desks_of(case) if asked.name == "hand-over" and possible else []
    values = {
        "desks": [(step, view.text(case.playbook.steps[step].name)) for step in desks],
        "known": sorted(view.authority.bodies()) if desks else [],
        "bar": "" if possible else view.say(asked.move.bar),
        "fault": fault,
        "preview": None,
    }
    return _page(asked, given, values, status if possible else 409)


def _preview(asked: Asked, form: Mapping[str, str], act: Act, note: str = "") -> Response:
    """What will happen, before it is recorded; what the door would refuse is said instead."""
    try:
        judging.check(asked.view, act, asked.person.caller)
    except (BadInput, Conflict, Forbidden, RefusedOften) as error:
        return _refused(asked, form, error)
    found = protocols.foreseen(asked.view.reader, act.kind, act.body, asked.view.reading.now)
    values = {"bar": "", "fault": note, "desks": [], "known": [], "preview": _told(asked, found)}
    return _page(asked, form, values, 409 if note else 200)


def _refused(asked: Asked, form: Mapping[str, str], error: CommonwealError) -> Response:
    faults = refusing.all_told(asked.view, error)
    words = asked.view.say("It was not recorded: %(faults)s", faults=faults)
    now = replace(asked, case=protocols.case(asked.view.reader, asked.case.id))
    return _form(now, form, str(words), error.status)


def _page(asked: Asked, given: Mapping[str, str], values: Mapping[str, Any], status: int) -> Response:
    view, case = asked.view, asked.case
    told = {
        "title": view.say(asked.move.title),
        "lead": view.say(asked.move.about),
        "playbook": view.text(case.playbook.name),
        "about": case.subject,
        "case": _path(case.id),
        "path": _path(case.id, asked.name),
        "move": asked.name,
        "given": given,
        "form_key": given.get("key") or secrets.token_hex(12),
        "seen": case.seen,
        "reason_max": REASON_CHARS_MAX,
        **values,
    }
    return view.page("portal/move.html", told, status=status)


# ── what will happen ────────────────────────────────────────────────────────────────────────────────────────────────


def _told(asked: Asked, found: Foreseen) -> dict[str, Any]:
    """What the second form says: what follows at once, what becomes of deadlines, which steps undo what was done."""
    view, undoing, steps = asked.view, asked.name == "reverse", found.before.playbook.steps

    def named(step: str) -> str:
        return view.text(steps[step].name)

    happens = [view.text(item["text"]) for item in found.happens]
    told = {"happens": happens, "undoes": [], "dropped": [], "by": [], "asks": None}
    if undoing:
        asking = found.after.asking
        entered = [one for one in found.after.standing if one not in found.before.standing]
        return {
            **told,
            "undoes": [
                (named(step), view.text(steps[step].description), _who_approves(view, steps[step]))
                for step in reversals(found.before)
            ],
            "dropped": [named(one.step) for one in found.before.standing],
            "by": [(named(one.step), stamp(one.deadline)) for one in entered if one.deadline],
            "asks": (named(asking.step), _who_approves(view, steps[asking.step])) if asking else None,
            "deadlines": [],
        }
    rows = [[named(one.step), stamp(one.before), str(_becomes(asked, one))] for one in found.deadlines]
    return {**told, "deadlines": rows}


def _who_approves(view: View, step: Step) -> str:
    """Whose approval a step asks for, "" for none."""
    spec = step.extension.approval
    if spec is None:
        return ""
    named = ", ".join(view.office(role) for role in spec.of_roles)
    words = str(view.say("approval by %(needed)s of: %(roles)s", needed=spec.n, roles=named))
    apart = view.say("of different organisations") if spec.distinct_organisations else ""
    return f"{words} ({apart})" if apart else words


def _becomes(asked: Asked, one: Deadline) -> str:
    """What becomes of a deadline by a move, in words."""
    view = asked.view
    if asked.name == "hand-over":
        return view.say("it stays as it is")
    if asked.name == "stop":
        if one.moves:
            return view.say("later by as long as the case is stopped")
        return view.say("it stays: a fact of the law sets it, and it may pass meanwhile")
    if one.after is None:
        return view.say("it has passed: what the playbook says for that begins at once")
    if one.moves:
        later = span_words(view.voice, one.after - one.before)
        return view.say("%(when)s, later by %(span)s", when=view.voice.formats.when(stamp(one.after)), span=later)
    return view.say("it stays: a fact of the law sets it")
