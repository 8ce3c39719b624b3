"""The console of an exercise: its clock, what was put in and what is to come, scores so far; a controller moves it on.

Only an authority whose settings say that it is an exercise has this page. What is still to come, and the buttons, are
for controllers (people signed in with the role of the authority or of an officer, and no player): players who look at
the page see the clock and what happened.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Mapping
from typing import Any

from starlette.responses import RedirectResponse, Response

from commonweal import exercises
from commonweal.exercises import Holding
from commonweal.exercises.world import Planned
from commonweal.kernel import protocols
from commonweal.kernel.protocols.durations import duration
from commonweal.kernel.values import BadInput, Busy, CommonwealError, Fault, Forbidden, NotFound, read_json

from . import cases, people
from .cells import N_
from .site import Site, View
from .spans import duration_words, span_words

PATH = "/exercise"
CONTROLLERS = frozenset(("authority", "officer"))
STEPS = {"PT1H": "1h", "PT6H": "6h", "P1D": "1d", "P7D": "7d"}
DOES = {"done": N_("Step done: %(step)s"), "approve": N_("Approval: %(step)s")}
TO_COME_MAX, HAPPENED_MAX, WAITING_MAX = 30, 40, 50
BODY_BYTES_MAX = 32 << 10
WAIT_S = 15.0
SAID = {
    "stepped": N_("The clock was moved on."),
    "injected": N_("It was put in."),
    "over": N_("The exercise is over: nothing more is to come."),
}


class Console:
    """The exercise of the authority that is served. One thing is done in it at a time."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._lock = threading.Lock()

    # ── the page ────────────────────────────────────────────────────────────────────────────────────────────────

    def page(self, view: View, fault: str = "", status: int = 200) -> Response:
        """The console. Raises `NotFound` where the authority is no exercise."""
        holding = self._holding()
        controls = _controls(view, holding)
        report = exercises.review(holding)
        said = view.asked("said")
        values = {
            "title": view.text(holding.definition.title),
            "summary": view.text(holding.definition.summary),
            "started": holding.definition.start,
            "now": holding.now,
            "ends": holding.definition.ends,
            "passed": span_words(view.voice, holding.now - holding.definition.start),
            "over": holding.over,
            "report": report,
            "objectives": [_objective(view, one) for one in report["objectives"]],
            "milestones": [_milestone(view, one) for one in report["milestones"]],
            "happened": [_happened(view, one) for one in report["timeline"]][-HAPPENED_MAX:][::-1],
            "refused": list(report["refused"].values()),
            "injects": _injects(view, holding) if controls else [],
            "to_come": _to_come(view, holding) if controls else [],
            "actors": [(one.id, view.text(one.name), one.player) for one in holding.definition.actors.values()],
            "kinds": _kinds(view, holding) if controls else [],
            "controls": controls,
            "steps": [(step, duration_words(view.voice.words, words)) for step, words in STEPS.items()],
            "players": [view.text(one.name) for one in holding.definition.actors.values() if one.player],
            "waiting": _waiting(view),
            "upcoming": holding.upcoming() if controls and not holding.over else None,
            "improvements": [_improvement(view, one) for one in report["improvements"]] if holding.over else [],
            "folder": holding.folder.name if controls else "",
            "form_key": secrets.token_hex(12),
            "said": view.say(SAID[said]) if said in SAID else "",
            "fault": fault,
        }
        return view.page("portal/exercise.html", values, status=status)

    # ── what a controller does ──────────────────────────────────────────────────────────────────────────────────

    def step(self, view: View, form: Mapping[str, str]) -> Response:
        """Move the clock on: by a length, or to the next thing that happens. A page sent twice moves it once."""

        def moved(holding: Holding) -> str:
            if form.get("from") != holding.now.isoformat():
                return "stepped"  # somebody moved it meanwhile, or the form was sent twice
            by = form.get("by", "")
            if by and by not in STEPS:
                raise BadInput(Fault("by", by, f"one of {', '.join(STEPS)}, or nothing", "choice"), "form")
            holding.advance(duration(by).after(holding.now) if by else holding.upcoming())
            return "over" if holding.over else "stepped"

        return self._done(view, form, moved)

    def inject(self, view: View, form: Mapping[str, str]) -> Response:
        """Put something in that is not on the timeline."""

        def put(holding: Holding) -> str:
            body = read_json(form.get("body", "").encode() or b"{}", bytes_max=BODY_BYTES_MAX)
            if not isinstance(body, dict):
                raise BadInput(Fault("body", "(another value)", "a JSON object"), "form")
            given = {"file": form.get("kind", ""), "body": body}
            holding.act(form.get("actor", ""), "file", given, key=f"controller:{form.get('key', '')[:40]}")
            return "injected"

        return self._done(view, form, put)

    def _done(self, view: View, form: Mapping[str, str], work: Callable[[Holding], str]) -> Response:
        person = view.required()
        people.check_form(form, person.cookie)
        holding = self._holding()
        if not _controls(view, holding):
            raise Forbidden("the controller does this: somebody who is no player, as officer or authority")
        if not self._lock.acquire(timeout=WAIT_S):
            raise Busy("the exercise is being moved on; try again in a moment")
        try:
            said = work(holding)
        except CommonwealError as error:
            if error.status >= 500:
                raise
            faults = getattr(error, "faults", ())
            words = "; ".join(f"{one.where}: {one.seen} – {one.want}" for one in faults) or str(error)
            return self.page(view, view.say("It was not done: %(faults)s", faults=words), error.status)
        finally:
            self._lock.release()
        self._site.recorded()
        return RedirectResponse(view.href(f"{PATH}?said={said}"), status_code=303)

    def _holding(self) -> Holding:
        authority = self._site.authority
        if not authority.settings.exercise:
            raise NotFound("exercise", "here", "this authority is none; `weal exercise begin` begins one in a folder")
        return exercises.over(authority)


def _controls(view: View, holding: Holding) -> bool:
    person = view.person
    if person is None or not person.files or not CONTROLLERS & set(person.caller.roles):
        return False
    return person.caller.party not in {one.party for one in holding.definition.actors.values() if one.player}


def _objective(view: View, one: Mapping[str, Any]) -> dict[str, Any]:
    return {**one, "title": view.text(one["title"]), "said": view.text(one["said"])}


def _milestone(view: View, one: Mapping[str, Any]) -> list[Any]:
    return [view.text(one["title"]), one["at"], one["took"], "done" if one["at"] else "awaiting"]


def _happened(view: View, one: Mapping[str, Any]) -> dict[str, Any]:
    by = view.text(one["by"]) if one["by"] else ""
    return {**one, "words": view.text(one["text"]), "by": by, "late": one["what"] == "late"}


def _injects(view: View, holding: Holding) -> list[list[Any]]:
    """The timeline of what the controller puts in: when, what, and whether it was done."""
    done = {entry.key: entry for entry in holding.entries()}
    rows = []
    for inject in holding.definition.injects:
        entry = done.get(f"exercise:inject:{inject.id}")
        at = inject.after.after(holding.definition.start)
        key = f"inject:{inject.id}"
        state = "done" if entry else "refused" if key in holding.refused else "awaiting"
        link = {"href": f"/record/{entry.index}", "text": str(entry.index)} if entry else None
        rows.append([at, view.text(inject.say), view.text(holding.definition.actors[inject.by].name), state, link])
    return rows


def _to_come(view: View, holding: Holding) -> list[list[Any]]:
    """What the simulated world will do next, as things stand."""
    return [
        [item.at, view.text(holding.definition.actors[item.by].name), _does(view, item)]
        for item in holding.todo()[:TO_COME_MAX]
    ]


def _does(view: View, item: Planned) -> str:
    """What is planned, in words: what is filed by its title, a step by the name that it has in its playbook."""
    named = str(item.given.get(item.does, ""))
    if item.does == "file":
        kind = view.authority.kinds.get(named)
        return kind.title.in_(view.language.code) if kind else named
    case = str(item.bound.get("case") or "")
    steps = protocols.case(view.reader, case).playbook.steps.values() if case else ()
    found = next((view.text(step.name) for step in steps if step.name["en"].startswith(named)), named)
    return str(view.say(DOES[item.does], step=found))


def _waiting(view: View) -> list[list[Any]]:
    """For each open case the steps at which it stands: about what, which step, who must act, and by when."""
    return [
        [row["subject"], {"href": cases.case_path(row["case"]), "text": view.text(asked["name"])},
         cases.who(view, asked), asked["until"]]
        for row in protocols.cases(view.reader, state="open")
        for asked in protocols.who_must_act(view.reader, row["case"])
    ][:WAITING_MAX]  # fmt: skip


def _improvement(view: View, one: Mapping[str, Any]) -> list[Any]:
    return [view.text(one["title"]), view.text(one["measure"]), one["owner"]]


def _kinds(view: View, holding: Holding) -> list[tuple[str, str]]:
    """The kinds that some actor of the exercise may file, by title."""
    roles = {role for actor in holding.definition.actors.values() for role in actor.roles}
    kinds = [kind for kind in view.authority.kinds.values() if roles & set(kind.files)]
    return sorted(((kind.id, kind.title.in_(view.language.code)) for kind in kinds), key=lambda item: item[1])
