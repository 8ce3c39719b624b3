"""`weal case`: which cases there are, one told in words, and one replayed from the record."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from cyclopts import App

from commonweal import exercises
from commonweal.authority import Authority
from commonweal.exercises.replaying import Replayed
from commonweal.kernel import protocols
from commonweal.kernel.values import NotFound, instant, stamp

from .moments import Moment
from .out import as_json, err, out, table

Language = Literal["en", "zh"]
SHOWN_MAX = 200
_WAITS = {
    "approval": "approval by {roles}: {given} of {needed} given",
    "desk": "work by {agent}",
    "event": "a filing: {event}",
    "fact": "a fact: {variables}",
    "delay": "the time that the playbook lets pass",
    "stopped": "being resumed",
}


def add_to(app: App) -> None:
    words = "Cases: which there are and who must act, one in words, one replayed from the record."
    group = App(name="case", help=words, help_format="plaintext")
    group.command(list_, name="list")
    group.command(show)
    group.command(replay)
    app.command(group)


def list_(
    folder: Path, /, *, open: bool = False, subject: str = "", language: Language = "en", json: bool = False
) -> None:
    """The cases, newest first: what, about whom, where each stands, who must act next and by when.

    Args:
        folder: The authority's folder.
        open: Only those that are open.
        subject: Only those about this subject, e.g. model:gpt-4.
        language: The language of names: en or zh.
        json: Answer in JSON, for programs.
    """
    with Authority.open(folder) as authority:
        authority.follow()
        reader = authority.reader
        rows = protocols.cases(reader, subject=subject or None, state="open" if open else None)
        found = [_told(authority, row) for row in rows]
    if json:
        as_json(found)
        return
    for item in found[:SHOWN_MAX]:
        stands = f"{item['state']}: {item['outcome']}" if item["outcome"] else item["state"]
        out(item["case"])
        out(f"  {item['name'][language]}, about {item['subject']}; opened on {item['opened_at'][:10]}; {stands}")
        if item["stuck"]:
            out(f"  {_stuck(item['stuck'])}")
        for one in item["must_act"]:
            by = f"by {one['until']}" if one["until"] else "no day"
            out(f"  {one['name'][language]}: waits for {one['waits_for']}, {by}")
    if not found:
        out("There are no such cases.")
    if len(found) > SHOWN_MAX:
        err(f"{SHOWN_MAX} of {len(found)} are shown; narrow them, or ask for --json.")


def show(folder: Path, case: str, /, *, language: Language = "en", json: bool = False) -> None:
    """One case in words: what happened and when, where it stands, who must act next and by when.

    Args:
        folder: The authority's folder.
        case: The case, with or without `case:` before it; its beginning will do.
        language: en or zh.
        json: Answer in JSON, for programs.
    """
    with Authority.open(folder) as authority:
        authority.follow()
        name = case_named(authority, case)
        found = _told(authority, protocols.find_case(authority.reader, name))
        happened = protocols.timeline(authority.reader, name)
    if json:
        as_json({**found, "timeline": happened})
        return
    out(f"{found['case']}: {found['name'][language]}, about {found['subject']}")
    out(f"Opened on {found['opened_at']} because of entry {found['cause']}; {found['outcome'] or found['state']}.\n")
    if found["stuck"]:
        out(_stuck(found["stuck"]) + "\n")
    table("What happened", ("at", "what"), [(item["at"], item["text"][language]) for item in happened])
    if found["must_act"]:
        rows = [(one["name"][language], one["waits_for"], one["until"] or "no day") for one in found["must_act"]]
        table("Who must act next", ("step", "waits for", "by"), rows)
        for one in found["must_act"]:
            if one["instruction"][language]:
                out(f"{one['name'][language]}: {one['instruction'][language]}")
    elif found["state"] == "open":
        out("Nobody must act now.")
    else:
        out(f"The case is over: {found['state']}.")


def replay(folder: Path, case: str, /, *, until: Moment = "", json: bool = False) -> int:
    """Replay a case from the record alone: its states over time, and whether the record says the same.

    Args:
        folder: The authority's folder, live or exercise.
        case: The case, with or without `case:` before it; its beginning will do.
        until: Only up to this instant.
        json: Answer in JSON, for programs.
    """
    with Authority.open(folder) as authority:
        name = case_named(authority, case)
        found = exercises.replay_case(authority, name, instant(until) if until else None)
    if json:
        as_json(_plain(found))
    else:
        rows = [
            (stamp(one.at), one.entry, one.kind, one.outcome or one.state, "; ".join(one.steps)) for one in found.moves
        ]
        table(name, ("at", "entry", "because of", "state", "stands at"), rows)
        for item in found.differences:
            out(f"DIFFERS: {item}")
        if not found.differences:
            out("The record says the same.")
    return 1 if found.differences else 0


def case_named(authority: Authority, named: str) -> str:
    """The case of this name, with or without `case:`, or the only one that begins so. Raises `NotFound`."""
    wanted = named if named.startswith("case:") else f"case:{named}"
    names = [row["case"] for row in protocols.cases(authority.reader) if row["case"].startswith(wanted)]
    if len(names) > 1 and wanted not in names:
        raise NotFound("single case", named, f"several begin so: {', '.join(names[:5])}")
    return str(names[0]) if len(names) == 1 else str(protocols.find_case(authority.reader, wanted)["case"])


def _told(authority: Authority, row: Mapping[str, Any]) -> dict[str, Any]:
    """A case as a list tells it: `must_act` has a step, what it waits for in words, and until when."""
    reader = authority.reader
    asked = protocols.who_must_act(reader, row["case"]) if row["state"] == "open" else []
    return {
        "case": row["case"],
        "playbook": row["playbook"],
        "version": row["version"],
        "name": dict(protocols.case(reader, row["case"]).playbook.name),
        "subject": row["subject"],
        "state": row["state"],
        "outcome": row["outcome"],
        "cause": row["cause"],
        "opened_at": row["opened_at"],
        "stuck": next(iter(protocols.stuck(reader, row["case"])), None),
        "must_act": [
            {
                "step": one["step"],
                "name": dict(one["name"]),
                "kind": one["kind"],
                "waits_for": _waits_for(one),
                "until": one["until"],
                "instruction": dict(one["instruction"]),
            }
            for one in asked
        ],
    }


def _stuck(row: Mapping[str, Any]) -> str:
    return f"It could not move on at entry {row['entry']} and is tried again each day: {row['problem']}"


def _waits_for(one: Mapping[str, Any]) -> str:
    return _WAITS[one["kind"]].format(
        roles=" or ".join(one.get("roles", ())),
        given=one.get("given", 0),
        needed=one.get("needed", ""),
        agent=one.get("handed_to") or one["agent"]["en"],
        event=one.get("event", ""),
        variables=", ".join(name.strip("_") for name in one.get("variables", ())),
    )


def _plain(found: Replayed) -> dict[str, Any]:
    moves = [
        {**vars_of, "at": stamp(one.at)}
        for one in found.moves
        for vars_of in [{name: getattr(one, name) for name in ("entry", "kind", "state", "outcome", "steps", "items")}]
    ]
    return {"case": found.case, "moves": moves, "differences": list(found.differences)}
