"""Who sees what: for each kind of entry, every field by every role, from the same decisions that open it."""

from __future__ import annotations

from collections.abc import Mapping

from markupsafe import Markup
from starlette.responses import Response

from commonweal import sight
from commonweal.kernel.disclosure import ROLES, Decision, Marking
from commonweal.kernel.values import NotFound

from .site import View

PATH = "/who-sees"
OPEN, CLOSED = "✓", "–"


def overview(view: View) -> Response:
    """The policies in force, and the kinds to choose from with how many fields of each marking."""
    authority = view.authority
    rows = []
    for kind in authority.kinds.values():
        marks = [kind.marking(name) for name in kind.schema.model_fields]
        rows.append(
            {"href": view.href(f"{PATH}/{kind.id}"), "title": view.text(kind.title), "kind": kind.id,
             "counts": [marks.count(mark) for mark in Marking]}
        )  # fmt: skip
    return view.page(
        "portal/sights.html",
        {"title": view.say("Who sees what"), "kinds": rows, "markings": list(Marking), "policies": _policies(view)},
    )


def kind_page(view: View) -> Response:
    """Every field of one kind by every role. A cell names the policies that decided."""
    kind = view.authority.kinds.get(view.request.path_params["kind"])
    if kind is None:
        raise NotFound("kind", view.request.path_params["kind"])
    lines = sight.matrix(view.authority, kind)
    decided = {policy for line in lines for one in line.decisions.values() for policy in one.why}
    policies = [item for item in _policies(view) if item[0] in decided]
    numbers = {name: number for number, (name, _) in enumerate(policies, 1)}
    return view.page(
        "portal/sight.html",
        {
            "title": f"{view.say('Who sees what')}{view.say(': ')}{view.text(kind.title)}",
            "kind": kind.id,
            "columns": [view.say("Field"), view.say("Marking"), *(view.text(title) for title in ROLES.values())],
            "rows": [
                (title_of(line.field, view), line.marking, *(_cell(line.decisions[role], numbers) for role in ROLES))
                for line in lines
            ],
            "policies": [(str(numbers[name]), says, name) for name, says in policies],
        },
    )  # fmt: skip


def title_of(field: str, view: View) -> Markup:
    """A field in words, with its name as programs see it."""
    return Markup("{}<br><code>{}</code>").format(view.site.field_title(field, view.language.code), field)


def _cell(decision: Decision, numbers: Mapping[str, int]) -> str:
    """Open or closed, with the numbers of the policies that decided."""
    why = ", ".join(str(numbers[name]) for name in decision.why)
    return f"{OPEN if decision.allowed else CLOSED} {why}".strip()


def _policies(view: View) -> list[tuple[str, str]]:
    return [(name, view.text(title)) for name, title in view.authority.policies.titles().items()]
