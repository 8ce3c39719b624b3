"""`weal red-lines`: tests planned before they begin, and how models stand at the lines over all their tests.

Neither writes to a record.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter

from commonweal.authority import OPERATOR, Authority
from commonweal.instruments.red_lines import over_pages
from commonweal.instruments.red_lines.planning import Design, designed
from commonweal.instruments.red_lines.words import over_state
from commonweal.sight import Sight

from .out import as_json, out, table

Given = Annotated[str, Parameter(negative="")]


def add_to(app: App) -> None:
    group = App(name="red-lines", help="Red lines: tests planned, and how models stand at the lines.")
    group.command(plan)
    group.command(standing)
    app.command(group)


def plan(
    *,
    line: Given = "",
    rate: Given = "",
    below: Given = "",
    safe: Given = "",
    arms: Given = "",
    error: Given = "",
    later: Given = "",
    power: Given = "",
    every: Given = "",
    most: Given = "",
    json: bool = False,
) -> None:
    """How many items show that a line is passed, and how many show that a model is below. Nothing is recorded.

    Args:
        line: The rate that is not to be passed.
        rate: The true rate at which a crossing is to be found.
        below: Under which rate a model is shown to be below: the warning less the buffer.
        safe: The true rate of a model that is below.
        arms: How many arms are registered together.
        error: The chance of error, over all looks together.
        later: What of that is kept for arms that are registered once there are results: a crossing is shown without it.
        power: The chance with which each is to be found.
        every: A look after every so many items.
        most: How many items at most.
        json: Answer in JSON, for programs.
    """
    given = {"line": line, "rate": rate, "below": below, "safe": safe, "arms": arms, "error": error, "later": later,
             "power": power, "every": every, "most": most}  # fmt: skip
    found = designed(given)
    if json:
        as_json(_told(found))
        return
    asked = found.asked
    rows = [
        (f"crossed, at a true rate of {asked['rate']}", found.needed, found.past.stopped[-1], found.held.stopped[-1]),
        *((f"below, at a true rate of {asked['safe']}, {how}", one.needed, one.shown[-1], max(one.wrong))
          for how, one in (("any looks", found.any_looks), ("one look", found.one_look))),
    ]  # fmt: skip
    heads = ("what is shown", "items needed", f"chance with {asked['most']}", "wrongly, at the threshold")
    cells = [(what, many or "more", f"{chance:.1%}", f"{wrong:.1%}") for what, many, chance, wrong in rows]
    table("Plan of a test", heads, cells)


def _told(found: Design) -> Mapping[str, Any]:
    """A plan as data: what was asked, what each side needs, and the chances by each look."""
    below = {"any_looks": found.any_looks, "one_look": found.one_look}
    return {
        "asked": dict(found.asked),
        "looks": list(found.past.looks),
        "crossed": {"needed": found.needed, "shown": found.past.stopped.tolist(), "wrong": found.held.stopped.tolist(),
                    "items_expected": found.past.items_expected},
        "below": {name: {"needed": one.needed, "shown": one.shown.tolist(), "wrong": one.wrong.tolist()}
                  for name, one in below.items()},
    }  # fmt: skip


def standing(folder: Path, model: str = "", /, *, json: bool = False) -> None:
    """How models stand at the lines over all their tests, at one chance of error. That it was read is logged.

    Args:
        folder: The authority's folder.
        model: A registered model (model:name); without it, all.
        json: Answer in JSON, with the evidence of each arm.
    """
    with Authority.open(folder) as authority:
        authority.follow()
        seeing = Sight(authority, OPERATOR, "weal red-lines standing")
        found = over_pages.readable(authority.reading("en", OPERATOR.party, seeing))
        seeing.logged()
    rows = [one for one in found if model in ("", one.model)]
    if json:
        as_json({"standing": [over_pages.told(one) for one in rows]})
        return
    if not rows:
        out("No test of such a model is on record.")
        return
    heads = ("model", "line", "over all tests", "tests", "gravest of one test", "hold", "required, not verified")
    cells = [
        (one.model, one.line, over_state(one.state, one.made_up)["en"], len(one.tests),
         over_pages.single(one)["en"] if one.tests else "–",
         "stands" if one.held else "–", ", ".join(each.requirement.id for each in one.asked if not each.met) or "–")
        for one in rows
    ]  # fmt: skip
    table("Models at the lines", heads, cells)
