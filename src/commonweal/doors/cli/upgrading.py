"""`weal upgrade`: what this release does to a folder that an earlier one wrote, said first and then done."""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from commonweal import upkeep
from commonweal.kernel.values import Fault

from .out import WrongUse, as_json, bar, err, out

NAMED_MAX = 12
Flag = Annotated[bool, Parameter(negative="")]


def add_to(app: App) -> None:
    app.command(upgrade)


def upgrade(
    folder: Path,
    /,
    *,
    check: Flag = False,
    backup: Path | None = None,
    keys: Path | None = None,
    backed_up: Flag = False,
    json: Flag = False,
) -> int:
    """Bring a folder up to this release of the software, after saying what will change; stop its service first.

    No entry is changed and no rule text put in force. Interrupted or killed, the next run finishes it. Exits with 1 if
    something of the record could not be followed afterwards (`weal status` names it).

    Args:
        folder: The authority's folder.
        check: Only look: from which release it is, and what an upgrade would do. Changes nothing.
        backup: Copy the folder there first, as `weal backup` does.
        keys: With --backup, where the one copy of the keys is kept.
        backed_up: You have a backup: make none.
        json: Answer in JSON, for programs.
    """
    if check:
        plan = upkeep.look(folder)
        if json:
            as_json(plan.as_dict())
        else:
            _planned(folder, plan)
        return 0
    if keys is not None and backup is None:
        raise WrongUse(
            Fault("--keys", str(keys), "--backup PLACE with it: it is the keys' part of that copy"), "upgrade"
        )
    begun = time.monotonic()
    with bar("Upgrading") as done:
        made = upkeep.upgrade(folder, to=backup, keys=keys, backed_up=backed_up, progress=done)
    if json:
        as_json({"plan": made.plan.as_dict(), "entries": made.entries, "recorded": made.recorded,
                 "texts": [asdict(text) for text in made.texts], "faults": made.faults})  # fmt: skip
        return 1 if made.faults else 0
    _planned(folder, made.plan, done=True)
    if made.copied:
        out(f"The backup in {backup} holds {made.copied.size} entries{', without the keys' if not keys else ''}.")
    if made.plan.needed:
        out(
            f"Done in {time.monotonic() - begun:.1f} s: {made.entries} entries, {made.recorded} of them recorded by it."
        )
    _texts(made)
    if made.faults:
        err(f"{made.faults} entries could not be followed, or another fault was found: `weal status {folder}`.")
    return 1 if made.faults else 0


def _planned(folder: Path, plan: upkeep.Plan, *, done: bool = False) -> None:
    if not plan.needed:
        out(f"{folder} is of release {plan.to}: nothing is to be done.")
        return
    out(f"{folder} is of release {plan.release}; this is {plan.to}.")
    if plan.interrupted:
        out(
            "An upgrade was interrupted; this finishes it."
            if done
            else "An upgrade was interrupted; run it to finish it."
        )
    for label, names in (("new tables", plan.new), ("tables no longer kept", plan.gone),
                         ("tables in another form", plan.changed), ("added to the stores", plan.stores)):  # fmt: skip
        if names:
            more = f" and {len(names) - NAMED_MAX} more" if len(names) > NAMED_MAX else ""
            out(f"  {label}: {', '.join(names[:NAMED_MAX])}{more}")
    if plan.anew:
        out(f"  every table is laid out again from the {plan.entries} entries of the record")
    for item in plan.older:
        out(f"  {item.entries} entries of {item.kind} are of version {item.version} and read as {item.now}")
    for one in plan.otherwise:
        if one.held:
            out(f"  tables hold no more of {one.kind}: {', '.join(one.held)}")
    if plan.anew is None:
        out("  its tables are in a database; what changes there shows when it is done. Stop all that serve it.")
    out("  no entry is changed, and no rule text is put in force")


def _texts(made: upkeep.Upgraded) -> None:
    """Rule texts that came with this release and are not those in force: for people to decide on."""
    for text in made.texts:
        stands = f"version {text.in_force} stays in force" if text.in_force else "none of its versions was adopted"
        out(f"  {text.rule}: {stands}; this release brings {text.here}")
    if made.texts:
        out("Whoever wants one of these in force adopts it by a signed act: `weal rule --help`.")
