"""Putting a rule text in force: chosen or pasted, shown with what it would change for whom, then signed."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from difflib import unified_diff
from typing import Any

from starlette.responses import RedirectResponse, Response

from commonweal import law
from commonweal.adoption import founding_texts
from commonweal.authority.adopting import BY_TWO, next_step, proposed
from commonweal.foreseeing import HOWS, Change, Foreseen, chosen, foreseen
from commonweal.instruments import RuleFile, rule_file
from commonweal.kernel import protocols, registry
from commonweal.kernel.instrument import Text, Waiting
from commonweal.kernel.record import Row
from commonweal.kernel.values import BadInput, Conflict, Fault, Forbidden, digest

from . import people
from .cells import N_
from .rules import ROOMS
from .site import NotForYou, View

PATH = "/texts/adopt"
ROLE = "authority"
ROWS_MAX, DIFF_LINES_MAX = 500, 400
PLAYBOOKS = N_(
    "A playbook is adopted by command, which looks whether its approvals can be given here: weal rule adopt."
)


def adopt_page(view: View) -> Response:
    """The texts that could be put in force, and a place for another. Raises `NotForYou`."""
    _admitted(view)
    return _page(view, {}, said=view.asked("said"), asked=view.asked("proposed"))


def taken(view: View, form: Mapping[str, str]) -> Response:
    """What was sent: shown with what it would change, or (once confirmed) put in force, or proposed to another.

    What is confirmed is the text that was shown, over the version that was in force then; anything else is shown again.
    """
    person = _admitted(view)
    people.check_form(form, person.cookie)
    if not person.files:
        raise Forbidden("this key may read, but not file")
    if "change" in form:
        return _page(view, form)
    try:
        file = _file(view, form)
        found = foreseen(view.authority, file)
    except (BadInput, Conflict) as error:
        return _page(view, form, fault=error)
    if "confirmed" not in form or form.get("seen") != _seen(view, file):
        return _page(view, form, found=found)
    receipt = view.authority.adopt(file, person.caller)
    view.site.recorded()
    said = "proposed" if receipt.kind == registry.RULE_PROPOSED.id else "said"
    return RedirectResponse(view.href(f"{PATH}?{said}={receipt.index}"), status_code=303)


def _admitted(view: View) -> people.Person:
    caller = view.sight.caller
    if caller is None or ROLE not in caller.roles:
        raise NotForYou((ROLE,))
    return view.required()


def _offered(view: View) -> dict[str, RuleFile]:
    """The texts of the package that are not in force here in these words, by id: playbooks left out."""
    shared = {name: rule_file(text) for name, text in law.texts().items()}
    own = {file.rule_id: file for file in founding_texts(view.authority.installed) if file.room != "protocols"}
    return {name: file for name, file in sorted({**shared, **own}.items()) if chosen(file, view.reader)}


def _file(view: View, form: Mapping[str, str]) -> RuleFile:
    """The text that was chosen or pasted, or that somebody proposed. Raises `BadInput`."""
    if asked := form.get("proposed", ""):
        return _proposed(view, asked)
    pasted, named = form.get("text", "").replace("\r\n", "\n").strip(), form.get("named", "")
    if bool(pasted) == bool(named):
        raise BadInput(
            Fault("text", "both" if named else "", "one of the texts here, or a text pasted", "choice"), "form"
        )
    if named:
        offered = _offered(view)
        if named not in offered:
            raise BadInput(
                Fault("named", named[:200], "one of the texts that are offered here", "unknown_name"), "form"
            )
        return offered[named]
    file = rule_file(pasted + "\n", ".json" if pasted.startswith("{") else ".toml")
    if file.room == "protocols":
        raise BadInput(Fault("text", file.rule_id, str(view.say(PLAYBOOKS)), "room"), "form")
    return file


def _proposed(view: View, asked: str) -> RuleFile:
    for row in proposed(view.authority):
        if str(row["entry"]) == asked:
            return RuleFile(row["rule_id"], row["room"], row["version"], row["media_type"], row["text"])
    raise BadInput(Fault("proposed", asked[:20], "a proposal that waits here", "unknown_name"), "form")


def _seen(view: View, file: RuleFile) -> str:
    """What is shown: the text, and what it would take the place of."""
    held = next((row["sha256"] for row in registry.texts(view.reader) if row["rule_id"] == file.rule_id), "")
    return digest(f"{held} {file.text}".encode())


def _page(
    view: View,
    given: Mapping[str, str],
    *,
    found: Foreseen | None = None,
    fault: BadInput | Conflict | None = None,
    said: str = "",
    asked: str = "",
) -> Response:
    faults = [(one.where, f"{one.seen} – {one.want}" if one.seen else one.want) for one in getattr(fault, "faults", ())]
    values: dict[str, Any] = {
        "title": view.say("Put a rule text in force"),
        "path": PATH,
        "given": {name: given.get(name, "") for name in ("named", "text", "proposed")},
        "offered": [
            (name, f"{name} {file.version} ({view.say(ROOMS.get(file.room, file.room))})")
            for name, file in _offered(view).items()
        ] if found is None else [],
        "faults": faults or ([("", str(fault))] if fault else []),
        "said": said if said.isdigit() else "",
        "asked": asked if asked.isdigit() else "",
        "proposals": [_waiting(view, row) for row in proposed(view.authority)] if found is None else [],
        "form_key": secrets.token_hex(12),
        "found": _told(view, found) if found else None,
        "seen": _seen(view, found.file) if found else "",
    }  # fmt: skip
    return view.page("portal/adopt.html", values, status=fault.status if fault else 200)


def _told(view: View, found: Foreseen) -> dict[str, Any]:
    file = found.file
    return {
        "rule_id": file.rule_id,
        "version": file.version,
        "room": view.say(ROOMS.get(file.room, file.room)),
        "held": found.held,
        "text": file.text if file.room in BY_TWO else "",
        "erases": file.room == "retention",
        **_by_two(view, file),
        "sha256": digest(file.text.encode()),
        "counts": [(view.cells.state(state), was, now) for state, (was, now) in found.counts.items()],
        "duties": [_row(view, one) for one in found.duties[:ROWS_MAX]],
        "states": [_row(view, one) for one in found.states[:ROWS_MAX]],
        "parties": len({one.party or one.subject for one in found.duties}),
        "numbers": {how: sum(one.how == how for one in (*found.duties, *found.states)) for how in HOWS},
        "left_out": max(0, len(found.duties) - ROWS_MAX) + max(0, len(found.states) - ROWS_MAX),
        "cases": [(_playbook(view, playbook), subject) for playbook, subject in found.cases[:ROWS_MAX]],
        "entries": list(found.entries.items()),
        "whole": found.whole,
        "problems": found.problems,
        "diff": _diff(found),
    }  # fmt: skip


def _by_two(view: View, file: RuleFile) -> dict[str, Any]:
    """What whoever looks at a text does by putting it in force, and who proposed it where that takes two."""
    step, row = next_step(view.authority, file, view.required().caller.party)
    return {"step": step, "proposal": _waiting(view, row) if row else None}


def _waiting(view: View, row: Row) -> dict[str, Any]:
    names = ("entry", "rule_id", "version", "proposed_on")
    return {"by": view.subjects.name(row["party"]), **{name: row[name] for name in names}}


def _playbook(view: View, rule_id: str) -> str:
    text = registry.text_in_force(view.reader, rule_id)["text"]
    return view.text(protocols.read_playbook(text).name)


def _row(view: View, one: Change) -> tuple[Any, ...]:
    """How, rule, about whom, owed by whom, before, after, last day."""
    states = [view.cells.state(state.partition(" ")[0]) if state else "–" for state in (one.before, one.after)]
    party = view.subjects.name(one.party) if ":" in one.party else one.party
    days = " → ".join(dict.fromkeys(day for day in (one.due_before, one.due_after) if day))
    return view.text(HOWS[one.how]), view.text(one.title), view.subjects.link(one.subject), party, *states, days


def _diff(found: Foreseen) -> list[tuple[str, str]]:
    """The lines that differ from the text in force, each with what became of it: gone, new, or same around these."""
    if not found.held_text:
        return []
    lines = list(unified_diff(found.held_text.splitlines(), found.file.text.splitlines(), n=1, lineterm=""))[2:]
    marks = {"-": "gone", "+": "new"}
    return [(marks.get(line[:1], "same"), line[1:] if line[:2] != "@@" else "…") for line in lines[:DIFF_LINES_MAX]]


def news(view: View) -> list[Waiting]:
    """For the inbox of an administrator: the texts that another one proposed and that wait for a second."""
    caller = view.required().caller
    rows = proposed(view.authority) if ROLE in caller.roles else []
    return [
        Waiting(PROPOSED, f"{row['rule_id']} {row['version']}", PATH) for row in rows if row["party"] != caller.party
    ]


PROPOSED = Text(
    en="Another administrator proposes a text: you would be the second",
    zh="另一名管理员提请规则文本生效，待您作为第二人确认",
)
