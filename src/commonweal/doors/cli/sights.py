"""`weal who-sees`: which role may read which field of a kind, and why. `weal reads`: who read what."""

from __future__ import annotations

from pathlib import Path

from cyclopts import App

from commonweal import sight
from commonweal.authority import Authority
from commonweal.kernel.disclosure import ROLES, anchors
from commonweal.kernel.disclosure.reads import NO_ENTRY
from commonweal.kernel.values import NotFound, instant, stamp

from .moments import Moment
from .out import as_json, out, table


def add_to(app: App) -> None:
    app.command(who_sees, name="who-sees")
    app.command(reads)
    app.command(reads_lost, name="reads-lost")


def reads(
    folder: Path, /, *, party: str = "", entry: tuple[int, ...] = (), since: Moment = "", until: Moment = "",
    limit: int = 1000, json: bool = False,
) -> None:  # fmt: skip
    """Who read what that is not public, the newest first: when, as what, with which key, what for.

    Args:
        folder: The authority's folder.
        party: Only what this party read.
        entry: Only of this entry; may be given more than once.
        since: From this instant or day on.
        until: Before this instant or day.
        limit: How many at most.
        json: Answer in JSON, for programs.
    """
    first, last = (stamp(instant(text)) if text else "" for text in (since, until))
    with Authority.open(folder) as authority:
        found = authority.reads.found(party=party, entries=entry or None, since=first, until=last, limit=limit)
    if json:
        as_json([{"number": line.number, **line.read.as_dict(), "link": line.link.hex()} for line in found])
        return
    rows = [
        (line.read.at, line.read.party, ", ".join(line.read.roles),
         "" if line.read.entry == NO_ENTRY else line.read.entry, ", ".join(line.read.fields),
         line.read.door, line.read.purpose)
        for line in found
    ]  # fmt: skip
    table("", ("when", "party", "as", "entry", "fields", "through", "what for"), rows)


def reads_lost(folder: Path, /, *, reason: str, check: bool = False) -> None:
    """Record, in public and for good, that lines of the log of reads are lost: after a disk failed, for example.

    Which lines, and from when to when, follows from what the record states once a day and from what is there now. Put
    back the best copy that there is first. What is said to be lost is no longer missed by `weal verify`, which tells
    of it instead.

    Args:
        folder: The authority's folder.
        reason: What happened and what was done about it; for officers only.
        check: Only say what would be recorded.
    """
    with Authority.open(folder) as authority:
        at = authority.store.size()
        act = anchors.loss(authority.reads, authority.store, authority.keys, reason)
        index = None if check else authority.turn(act, at)
    said = act.body
    lines = f"lines {said['first']} to {said['last']}, written from {said['since']} to {said['until']}"
    out(f"would be recorded: {lines}, are lost" if index is None else f"recorded by entry {index}: {lines}, are lost")


def who_sees(folder: Path, kind: str = "", /, *, json: bool = False) -> None:
    """Who may read what: every field of a kind by every role, as the policies decide. Without a kind, the policies.

    Args:
        folder: The authority's folder.
        kind: One kind, e.g. model_registration.model.
        json: Answer in JSON, for programs: each decision with the policies that made it.
    """
    with Authority.open(folder) as authority:
        known, policies = authority.kinds, authority.policies
        if kind and kind not in known:
            raise NotFound("kind", kind, f"there are: {', '.join(sorted(known))}")
        lines = sight.matrix(authority, known[kind]) if kind else []
    if json:
        as_json(
            [
                {"field": line.field, "marking": line.marking,
                 "roles": {role: {"sees": one.allowed, "why": list(one.why)} for role, one in line.decisions.items()}}
                for line in lines
            ]
            if kind else {name: dict(title) for name, title in policies.titles().items()}
        )  # fmt: skip
        return
    if kind:
        rows = [
            (line.field, line.marking, *("yes" if line.decisions[role].allowed else "-" for role in ROLES))
            for line in lines
        ]
        table(f"{kind}: {known[kind].title}", ("field", "marking", *ROLES), rows)
    used = {policy for line in lines for one in line.decisions.values() for policy in one.why}
    out("Because:" if kind else "The policies in force:")
    for name, title in policies.titles().items():
        if not kind or name in used:
            out(f"  {name}: {title}")
