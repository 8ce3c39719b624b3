"""What waits for the person who is signed in: steps to approve or refuse, and work at a desk; each can be done here.

Everything goes through `Authority.act` as the person's own caller. A phone signs an approval with the key that it made
(`sign.js` writes the text of `kernel.protocols.envelopes` and signs it); a session with a pasted key files it without a
signature, which counts only where the playbook allows that.
"""

from __future__ import annotations

import base64
import functools
import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any

from starlette.responses import RedirectResponse, Response

from commonweal import knowing
from commonweal.acceptance import Caller
from commonweal.kernel import persons, protocols
from commonweal.kernel.protocols.cases import Case, Standing
from commonweal.kernel.protocols.envelopes import envelope_by, envelope_of
from commonweal.kernel.protocols.kinds import APPROVAL, APPROVER_REGISTERED, STEP_DONE
from commonweal.kernel.protocols.passkeys import Assertion, encoded
from commonweal.kernel.protocols.playbooks import Step
from commonweal.kernel.record import Act, Row
from commonweal.kernel.values import (
    BadInput,
    CommonwealError,
    Conflict,
    Fault,
    Forbidden,
    NotFound,
    instant,
    stamp,
)
from commonweal.pacing import RefusedOften

from . import adopting, cases, judging, letters, owing, passkeys, people, refusing, staff
from .cells import N_
from .site import View
from .spans import time_left

PATH = "/inbox"
SHOWN_MAX = 100
STATEMENT_CHARS_MAX = 8000
FORM_KEY_CHARS_MAX = 40
TOLD_FOR = timedelta(days=30)
SAID = {
    "approve": N_("Your approval is recorded."),
    "refuse": N_("Your refusal is recorded."),
    "done": N_("The step is recorded as done."),
    "failed": N_("The step is recorded as not possible."),
    "late": N_("It came after the deadline and does not count. It is kept, and the page of the case says so."),
    "enrolled": N_("This device has a key of its own now. What waits for you stands here."),
    "registered": N_("This key is registered in the record: what you decide is signed with it."),
}


@dataclass(frozen=True, slots=True)
class Task:
    """One step of one case that waits for somebody, as one person sees it.

    `bar` says (a message id) why they cannot do it now, "" where they can; `over` that they have had their say.
    """

    case: Case
    row: Row
    step: Step
    standing: Standing
    asked: Mapping[str, Any]
    roles: tuple[str, ...]
    bar: str = ""
    over: bool = False

    @property
    def is_approval(self) -> bool:
        return self.step.extension.approval is not None

    @property
    def path(self) -> str:
        return f"{PATH}/{self.case.id.partition(':')[2]}/{self.step.id}"


# ── what waits ──────────────────────────────────────────────────────────────────────────────────────────────────────


def tasks(view: View, person: people.Person) -> list[Task]:
    """What waits for a person, what is due first at the top; at most `SHOWN_MAX`."""
    found = []
    rows = sorted(protocols.cases(view.reader, state="open"), key=lambda row: row["next_deadline"] or "9999")
    for row in rows:
        concerned = [one for one in row["steps"] if _concerns(one["waiting_for"], person)]
        if concerned:
            found += [task for one in concerned if (task := _task(view, person, row, one["step"]))]
        if len(found) >= SHOWN_MAX:
            break
    return sorted(found, key=lambda task: (task.over, task.asked["until"] or "9999"))


def _concerns(waiting: Mapping[str, Any], person: people.Person) -> bool:
    if waiting["kind"] == "approval":
        return bool(set(waiting["roles"]) & set(person.caller.roles))
    return waiting["kind"] in ("desk", "fact") and bool(set(STEP_DONE.files) & set(person.caller.roles))


def _task(view: View, person: people.Person, row: Row, step_id: str) -> Task | None:
    case = protocols.case(view.reader, row["case"])
    standing = case.at(step_id)
    if standing is None:
        return None
    step = case.playbook.steps[step_id]
    asked = next(one for one in protocols.who_must_act(view.reader, case.id) if one["step"] == step_id)
    spec = step.extension.approval
    roles = tuple(role for role in person.caller.roles if spec is None or role in spec.of_roles)
    bar, over = _bar(view, person, case, standing)
    return Task(case, row, step, standing, asked, roles, bar, over)


def _bar(view: View, person: people.Person, case: Case, standing: Standing) -> tuple[str, bool]:
    """Why a person cannot do a step now (a message id), and whether they have had their say about it."""
    spec = case.playbook.steps[standing.step].extension.approval
    if not person.files:
        return N_("Your key may read, but not file: whoever issued it can issue another."), False
    if case.stopped_at is not None:
        return N_("The case is stopped; it waits until it is resumed."), False
    if spec is None:
        return "", False
    if any(one.by == person.caller.party for one in standing.approvals):
        return N_("You have decided about this; it counts once."), True
    if not person.caller.organisation:
        return N_("Your key speaks for no organisation, so it approves nothing: ask for one that does."), False
    organisations = {one.organisation for one in standing.approvals}
    if spec.distinct_organisations and person.caller.organisation in organisations:
        return N_("Somebody of your organisation has decided about this; another organisation is needed."), True
    if any(step in spec.separate_from and by == person.caller.party for step, by in case.done_by):
        return N_("You did an earlier step of this case, so another person decides about this one."), False
    if spec.signed and signing_passkeys(view, person):
        return "", False
    if spec.signed and not person.signs:
        return N_(
            "This step counts only with a signature. Sign in with a device that has made a key of its own."
        ), False
    if spec.signed and not registered(view, person):
        return N_("The key of this device is not registered in the record yet, so its signature does not count."), False
    return "", False


BY_DEVICE = N_("What you decide is signed with the key of this device.")
BY_PASSKEY = N_("What you approve or refuse is signed with your passkey.")
UNSIGNED = N_("What you decide is filed without a signature of yours.")


def how_signed(view: View, person: people.Person) -> str:
    """What whoever is signed in is told of how their decisions are signed; "" for who decides nothing, and where their
    device's key could be registered first."""
    if not may_register(view, person.caller):
        return ""
    if registered(view, person):
        return str(view.say(BY_DEVICE))
    if signing_passkeys(view, person):
        return str(view.say(BY_PASSKEY))
    return "" if person.signs else str(view.say(UNSIGNED))


def may_register(view: View, caller: Caller) -> bool:
    """Whether the record takes a key of somebody as one that signs approvals: for a body, in a role that approves."""
    kinds = view.authority.kinds
    return bool(caller.organisation) and knowing.may_file(caller.roles, kinds[APPROVER_REGISTERED.id], kinds)


def registered(view: View, person: people.Person) -> bool:
    """Whether the record knows a person's key as one that signs approvals, now."""
    return any(row["key_id"] == person.keyid for row in _approving(view, person))


def signing_passkeys(view: View, person: people.Person) -> list[Any]:
    """The passkeys of a person that the record knows as ones that sign approvals, now."""
    known = {row["key_id"] for row in _approving(view, person)}
    return [one for one in view.authority.access.passkeys(person.caller.party) if one.id in known]


def _approving(view: View, person: people.Person) -> list[Row]:
    now = stamp(view.reading.now)
    rows = protocols.approvers(view.reader, party=person.caller.party)
    return [row for row in rows if not (row["until"] and row["until"] <= now)]


# ── pages ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def inbox_page(view: View) -> Response:
    """What waits, what is due first at the top."""
    person = view.required()
    shown = [_shown(view, task) for task in tasks(view, person)]
    said, reading = view.asked("said"), view.reading_here()
    waiting = [item.waits for item in view.authority.instruments.values()]
    return view.page(
        "portal/inbox.html",
        {
            "title": view.say("Inbox"),
            "roles": staff.offices(view, person.caller.roles),
            "speaks_for": view.office(person.caller.organisation) if person.caller.organisation else "",
            "tasks": [one for one in shown if not one["over"]],
            "news": [*adopting.news(view), *(line for waits in waiting if waits for line in waits(reading))],
            "owed": owing.lines(view),
            "decided": [one for one in shown if one["over"]],
            "said": view.say(SAID[said]) if said in SAID else "",
            "said_how": "warning" if said == "late" else "success",
            "entry": view.asked("entry") if view.asked("entry").isdigit() else "",
            "recovered": _recovered(view, person),
            "signed": how_signed(view, person),
            "unregistered": person.signs and may_register(view, person.caller) and not registered(view, person),
        },
    )


def _recovered(view: View, person: people.Person) -> Mapping[str, Any] | None:
    """The recovery by which somebody was let in anew, as long as they are told of it."""
    row = persons.last_recovered(view.reader, person.caller.party)
    if row is None or view.reading.now >= instant(row["confirmed_at"]) + TOLD_FOR:
        return None
    return {**row, **{name: _called(view, row[name]) for name in ("asked_by", "confirmed_by")}}


def _called(view: View, number: str) -> str:
    """Somebody's name where whoever looks may read it, else their number: who was let in anew judges by names whether
    it was right."""
    there = persons.by_number(view.reader, number)
    return staff.name(view, there) if there is not None else number


def task_page(view: View, fault: str = "", given: Mapping[str, str] | None = None, status: int = 200) -> Response:
    """One step, with everything that is to be known before it is decided, and the form that decides it."""
    person = view.required()
    task = _asked_for(view, person)
    if task is None:
        return _meanwhile(view, fault, status)
    known = {} if given is None else given
    about = {
        "log": view.authority.settings.origin,
        "case": task.case.id,
        "playbook": task.case.playbook.sha256,
        "step": task.step.id,
        "organisation": person.caller.organisation,
    }
    device = person.signs and registered(view, person)
    held = signing_passkeys(view, person) if task.is_approval and not device else []
    unsigned = bool(task.is_approval and not task.bar and not device and not held)
    return view.page(
        "portal/task.html",
        {
            "title": view.text(task.step.name),
            "task": _shown(view, task),
            "fired": cases.fired(view, task.row),
            "timeline": (happened := cases.what_happened(view, task.case.id, 8)),
            "sealed": any(item["said"] for item in happened),
            "signed_about": json.dumps(about),
            "keyid": person.keyid if device else "",
            "passkeys": json.dumps(_options(held)) if held else "",
            "unsigned": unsigned,
            "passed": protocols.missed(task.case, task.step.id, view.reading.now),
            "now": stamp(view.reading.now),
            "form_key": known.get("key") or secrets.token_hex(12),
            "given": known,
            "variables": _variables(view, task),
            "letter": letters.drafted(view, task.case, task.step),
            "fault": fault,
            "statement_max": STATEMENT_CHARS_MAX,
        },
        status=status,
    )


def _meanwhile(view: View, fault: str, status: int) -> Response:
    """The page of a step that waits no more: somebody else decided it, or its deadline passed."""
    case = protocols.find_case(view.reader, _case_id(view))
    values = {
        "title": view.say("This no longer waits"),
        "case": cases.case_path(case["case"]),
        "state": case["state"],
        "fault": fault,
    }
    return view.page("portal/meanwhile.html", values, status=status)


def _shown(view: View, task: Task) -> dict[str, Any]:
    asked, spec = task.asked, task.step.extension.approval
    until = asked["until"]
    return {
        "path": task.path,
        "case": cases.case_path(task.case.id),
        "playbook": view.text(task.case.playbook.name),
        "about": task.case.subject,
        "part": task.row["about"].removeprefix(task.case.subject),
        "name": view.text(task.step.name),
        "description": view.text(task.step.description),
        "instruction": view.text(asked["instruction"]),
        "legal_basis": view.text(asked["legal_basis"]),
        "proportionality": [
            view.text(words) for words in (asked.get("proportionality") or {}).values() if view.text(words)
        ],
        "until": until,
        "left": time_left(view.voice, view.reading.now, instant(until)) if until else "",
        "is_approval": task.is_approval,
        "needed": spec.n if spec else None,
        "given": asked.get("given"),
        "who": [view.office(role) for role in spec.of_roles] if spec else [],
        "distinct": bool(spec and spec.distinct_organisations),
        "voices": [
            {
                "decision": one.decision,
                "role": view.office(one.role),
                "organisation": view.office(one.organisation),
                "entry": one.index,
                "proof": one.proof,
            }
            for one in task.standing.approvals
        ],
        "roles": [(role, view.office(role)) for role in task.roles],
        "bar": view.say(task.bar) if task.bar else "",
        "over": task.over,
        "cause": task.case.cause.index,
    }


def _variables(view: View, task: Task) -> list[dict[str, Any]]:
    """The variables that a desk gives with its step: `id`, `name`, and the `values` (with words) to choose from."""
    if task.is_approval:
        return []
    found = []
    for name in task.asked.get("variables") or task.step.out_args:
        told = task.case.playbook.declared[name]
        yes_no = (("true", view.say("yes")), ("false", view.say("no"))) if told.type == "bool" else ()
        values = [(value, view.text(words)) for value, words in told.values.items()] or list(yes_no)
        found.append({"id": name, "name": view.text(told.name), "values": values})
    return found


def _case_id(view: View) -> str:
    return f"case:{view.request.path_params['case']}"


def _asked_for(view: View, person: people.Person) -> Task | None:
    """The step that the address names, as it waits for this person; None where it waits no more. Raises `Forbidden`."""
    row = protocols.find_case(view.reader, _case_id(view))
    step_id = view.request.path_params["step"]
    if step_id not in protocols.case(view.reader, row["case"]).playbook.steps:
        raise NotFound("step of this case", step_id)
    standing = next((one for one in row["steps"] if one["step"] == step_id), None)
    if row["state"] != "open" or standing is None:
        return None
    if not _concerns(standing["waiting_for"], person):
        raise Forbidden("this step waits for others: see who must act next on the page of the case")
    return _task(view, person, row, step_id)


# ── forms ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def decide(view: View, form: Mapping[str, str]) -> Response:
    """Record what a person decided or did. The same form sent twice is one act and gets the same answer."""
    person = view.required()
    people.check_form(form, person.cookie)
    if not person.files:
        raise Forbidden("this key may read, but not file")
    case = protocols.find_case(view.reader, _case_id(view))
    step = view.request.path_params["step"]
    try:
        act = _act(view, person, case, step, form)
        receipt = judging.act(view, act, person.caller)
    except (BadInput, Conflict, Forbidden, RefusedOften) as error:
        view.authority.follow()
        return _refused(view, person, error, form)
    view.site.recorded()
    view.authority.follow()
    late = protocols.not_counted(view.reader, case["case"], receipt.index)
    said = "late" if late is not None else form.get("decision") or form.get("outcome") or "done"
    return RedirectResponse(view.href(f"{PATH}?said={said}&entry={receipt.index}"), status_code=303)


def _act(view: View, person: people.Person, case: Row, step: str, form: Mapping[str, str]) -> Act:
    key = form.get("key", "")
    if not key or len(key) > FORM_KEY_CHARS_MAX or not key.isalnum():
        raise BadInput(Fault("key", key, "the key that the form came with", "form"), "form")
    said = form.get("statement", "").replace("\r\n", "\n").strip()
    if "outcome" in form:
        variables = {
            name.removeprefix("var."): value.strip() for name, value in form.items() if name.startswith("var.")
        }
        body: dict[str, Any] = {
            "case": case["case"],
            "step": step,
            "outcome": form["outcome"],
            "variables": {name: value for name, value in variables.items() if value},
            "note": said,
        }
        return Act(STEP_DONE.id, body, key=f"portal:{key}", subject=case["subject"])
    body = {
        "case": case["case"],
        "step": step,
        "decision": form.get("decision", ""),
        "role": form.get("role", ""),
        "organisation": person.caller.organisation,
        "statement": said,
    }
    if form.get("assertion"):
        body["envelope"] = _by_passkey(view, person, form)
    elif form.get("signature"):
        body["envelope"] = _envelope(view, person, form)
    return Act(APPROVAL.id, body, key=f"portal:{key}", subject=case["subject"])


def _envelope(view: View, person: people.Person, form: Mapping[str, str]) -> str:
    found = view.authority.access.public_key(person.keyid)
    if found is None:
        raise Forbidden("the key you signed in with signs nothing")
    try:
        signature = base64.b64decode(form["signature"], validate=True)
    except ValueError as error:
        raise BadInput(Fault("signature", form["signature"][:20], "an Ed25519 signature in base64"), "form") from error
    return envelope_of(form.get("signed_text", "").replace("\r\n", "\n"), found[0], signature)


def _options(held: Sequence[Any]) -> dict[str, Any]:
    """What the browser is asked for to sign with one of these passkeys; the challenge is the text's digest."""
    allowed = [{"type": "public-key", "id": encoded(one.credential)} for one in held]
    return {"rpId": held[0].rp_id, "allowCredentials": allowed, "userVerification": "required"}


def _by_passkey(view: View, person: people.Person, form: Mapping[str, str]) -> str:
    """The envelope of a text that a passkey signed by having its digest as the challenge. Its counter goes on."""
    named = form.get("passkey", "")
    held = next((one for one in signing_passkeys(view, person) if encoded(one.credential) == named), None)
    if held is None:
        raise Forbidden("this passkey is not one of yours that signs approvals")
    text, assertion = form.get("signed_text", "").replace("\r\n", "\n"), Assertion.read(form["assertion"])
    envelope = envelope_by(text, held.passkey, assertion)
    if view.authority.store.placed(person.caller.party, f"portal:{form['key']}") is None:  # sent twice, it is one act
        passkeys.used(view, held, assertion, sha256(text.encode()).digest())
    return envelope


def _refused(view: View, person: people.Person, error: CommonwealError, form: Mapping[str, str]) -> Response:
    """The step's page again with one clear answer: by what stands now, else by what the refusal says."""
    task = _asked_for(view, person)
    if task is None:
        return task_page(view, str(view.say("It was decided meanwhile; nothing was recorded of this form.")), form, 409)
    if task.bar:
        return task_page(view, str(view.say(task.bar)), form, error.status)
    faults = refusing.all_told(view, error)
    return task_page(view, view.say("It was not recorded: %(faults)s", faults=faults), form, error.status)


# ── keys that sign ──────────────────────────────────────────────────────────────────────────────────────────────────


def register(view: View, form: Mapping[str, str]) -> Response:
    """Put this device's key into the record as one that signs approvals."""
    person = view.required()
    people.check_form(form, person.cookie)
    register_key(view, person.keyid, person.caller)
    return RedirectResponse(view.href(f"{PATH}?said=registered"), status_code=303)


def register_key(view: View, keyid: str, caller: Caller) -> None:
    """Record a device's key as one that signs approvals for its holder. Raises what recording does."""
    found = view.authority.access.public_key(keyid)
    if found is None or not may_register(view, caller):
        raise Forbidden(
            "a key signs approvals where it was made on a device, in a role that approves, for an organisation"
        )
    until = next((key.expires for key in view.authority.access.issued() if key.id == keyid), None)
    body = {
        "party": caller.party,
        "key": base64.b64encode(found[0]).decode(),
        "roles": sorted(caller.roles),
        "organisation": caller.organisation,
        "until": until,
    }
    judging.act(view, Act(APPROVER_REGISTERED.id, body, key=f"portal:{keyid}"), caller)
    view.site.recorded()


def withdraw(view: View, form: Mapping[str, str]) -> Response:
    """Give a device's key up: it signs nothing any more and opens no session."""
    person = view.required()
    people.check_form(form, person.cookie)
    view.authority.revoke_key(person.keyid, person.caller)
    view.site.recorded()
    return RedirectResponse(view.href("/"), status_code=303)


def paths() -> Iterator[tuple[str, Any, Any]]:
    """`(path, page, form)` of everything here; None where there is none of one."""
    yield PATH, inbox_page, None
    yield f"{PATH}/key", None, register
    yield f"{PATH}/key/withdraw", None, withdraw
    yield PATH + "/{case}/{step}", functools.partial(task_page), decide
