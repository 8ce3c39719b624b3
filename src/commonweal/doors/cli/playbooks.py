"""`weal playbook`: playbooks as CACAO 2.0 files, checked, brought in and taken out unchanged."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter

from commonweal import playbooks
from commonweal.authority import Authority, all_kinds
from commonweal.instruments import discover, rule_file, rule_files
from commonweal.kernel import protocols, registry
from commonweal.kernel.disclosure import ROLES, Kind
from commonweal.kernel.values import Fault, NotFound, RuleFault, instant, quoted, shown, utf8

from .filing import read_bytes
from .moments import Moment
from .out import as_json, err, out, table, target

PLAYBOOK_BYTES_MAX = 400_000
_STEP = re.compile(r"workflow\.([^.]+)")


def add_to(app: App) -> None:
    group = App(name="playbook", help="Playbooks as CACAO 2.0 files: list, lint, import, export.",
                help_format="plaintext")  # fmt: skip
    group.command(list_, name="list")
    group.command(import_, name="import")
    group.command(lint)
    group.command(export)
    app.command(group)


def list_(folder: Path, /, *, json: bool = False) -> None:
    """The playbooks adopted, newest first of each, and whether they can be run.

    Args:
        folder: The authority's folder.
        json: Answer in JSON, for programs.
    """
    with Authority.open(folder) as authority:
        found = protocols.playbooks(authority.reader)
    if json:
        as_json(found)
        return
    rows = [
        (row["playbook"], row["version"], row["cacao_id"], row["adopted"], len(row["faults"]) or "") for row in found
    ]
    table("", ("playbook", "version", "CACAO id", "entry", "faults"), rows)


def lint(first: Path, second: Annotated[Path | None, Parameter(show=True)] = None, /) -> None:
    """Name every fault of a playbook. Writes nothing.

    Args:
        first: The playbook (.json); or an authority's folder, followed by the file: then approvals are held against
            those who can give them there, and what is awaited against what is filed there.
        second: The file, when a folder came first.
    """
    text = _text(second or first)
    people = kinds = None
    if second is not None:
        with Authority.open(first) as authority:
            people, kinds = _people(authority), authority.kinds
    playbook = _read(text, people, kinds)
    if people is None:
        _not_held(playbook)
    waits = sum(1 for step in playbook.steps.values() if step.extension.approval)
    out(f"{playbook.id} ({playbook.name['en']}): {len(playbook.steps)} steps, {waits} approvals, no fault.")


def import_(folder: Path, source: Path, /, *, anyway: bool = False) -> None:
    """Put a CACAO 2.0 playbook in force, kept byte for byte, and print the receipt. Open cases keep theirs.

    Args:
        folder: The authority's folder.
        source: The playbook (.json).
        anyway: Also where those who can approve here could not give its approvals: they will be registered later.
    """
    text = _text(source)
    with Authority.open(folder) as authority:
        check_approvable(authority, text, anyway=anyway)
        receipt = authority.adopt(rule_file(text, ".json"))
        authority.follow()
    as_json(receipt.as_dict())


def export(
    folder: Path,
    playbook: str,
    /,
    *,
    as_of: Moment = "",
    output: Annotated[Path | None, Parameter(name=["--output", "-o"])] = None,
) -> None:
    """Give a playbook out as it was adopted, byte for byte.

    Args:
        folder: The authority's folder.
        playbook: Its id here, with or without `playbook.` before it, or its CACAO id (playbook--…).
        as_of: As it was in force at this instant or date.
        output: The file to write; without it, it is printed.
    """
    with Authority.open(folder) as authority:
        name = _adopted_as(authority, playbook)
        text = registry.text_in_force(authority.reader, name, instant(as_of) if as_of else None)["text"]
    if output is None:
        out(text.rstrip("\n"))
        return
    with target(output) as put:
        put(text)


def _adopted_as(authority: Authority, playbook: str) -> str:
    rows = protocols.playbooks(authority.reader)
    names = [
        row["playbook"]
        for row in rows
        if playbook in (row["playbook"], row["playbook"].partition(".")[2], row["cacao_id"])
    ]
    if not names:
        raise NotFound("playbook", playbook, "`weal playbook list DIR` shows them")
    return str(names[0])


def check_approvable(authority: Authority, text: str, *, anyway: bool = False) -> None:
    """Hold a playbook's approvals against those who can give them here. Raises `RuleFault` naming every fault.

    With `anyway`, what nobody could approve is only told; every other fault is still refused.
    """
    try:
        _read(text, _people(authority), authority.kinds)
    except RuleFault as error:
        hint = "register approvers first (`weal approver register`, `weal key invite`), or say --anyway"
        lacking = [fault for fault in error.faults if fault.code == "nobody"]
        if not anyway or len(lacking) < len(error.faults):
            told = [
                replace(fault, want=f"{fault.want}: {hint}") if fault in lacking else fault for fault in error.faults
            ]
            raise RuleFault(told, error.about) from error
        protocols.read_playbook(text)
        for fault in lacking:
            err(f"note: nobody could approve yet: {fault}")


def _read(text: str, people: list[protocols.Approver] | None, kinds: Mapping[str, Kind] | None) -> protocols.Playbook:
    """A playbook that may be adopted. Raises `RuleFault`, whose faults name each step as people call it too."""
    try:
        return protocols.read_playbook(text, people, kinds)
    except RuleFault as error:
        document = json.loads(text)
        steps = document.get("workflow") if isinstance(document, dict) else None
        raise RuleFault([_with_name(fault, steps) for fault in error.faults], error.about) from error


def _with_name(fault: Fault, steps: Any) -> Fault:
    found = _STEP.match(fault.where)
    step = steps.get(found[1]) if found and isinstance(steps, dict) else None
    name = step.get("name") if isinstance(step, dict) else None
    return replace(fault, where=f"{fault.where} ({quoted(shown(name))})") if isinstance(name, str) and name else fault


def _not_held(playbook: protocols.Playbook) -> None:
    """Say what a playbook without an authority was not held against, and which roles and kinds nothing here knows."""
    awaited = {wait.kind for wait in playbook.awaited()}
    filed = {kind.id for kind in all_kinds(item.instrument for item in discover().values())}
    if unknown := sorted(awaited - filed):
        err(f"note: no instrument files {', '.join(unknown)}: it is awaited and never comes, unless an authority has "
            "an instrument of its own for it")  # fmt: skip
    approvals = (step.extension.approval for step in playbook.steps.values())
    asked = sorted({role for approval in approvals if approval for role in approval.of_roles})
    if not asked:
        return
    err(f"note: not held against an authority: whether anybody there can approve as {', '.join(asked)} was not looked "
        "at; `weal playbook lint DIR FILE` does")  # fmt: skip
    if strange := [role for role in asked if role not in _known_roles()]:
        err(f"note: no instrument, policy or shipped playbook knows the role {', '.join(strange)}: nobody can approve "
            "unless an approver's key is registered in it")  # fmt: skip


def _known_roles() -> set[str]:
    """The roles of the house, those in which kinds are filed, and those that shipped playbooks ask for."""
    installed = discover()
    filing = {role for kind in all_kinds(item.instrument for item in installed.values()) for role in kind.files}
    shipped = [*playbooks.texts().values()]
    shipped += [file.text for item in installed.values() for file in rule_files(item) if file.room == "protocols"]
    approvals = [step.extension.approval for text in shipped for step in protocols.read_playbook(text).steps.values()]
    return {*ROLES, *filing, *(role for approval in approvals if approval for role in approval.of_roles)}


def _people(authority: Authority) -> list[protocols.Approver]:
    """Those who can approve here: with a key in the record, or with an access key that is good."""
    keys = protocols.approvers(authority.reader)
    people = [protocols.Approver(row["party"], row["organisation"], tuple(row["roles"])) for row in keys]
    issued = [key for key in authority.access.issued() if key.revoked is None]
    return people + [protocols.Approver(key.party, key.organisation, key.roles) for key in issued]


def _text(path: Path) -> str:
    return utf8(read_bytes(str(path), PLAYBOOK_BYTES_MAX), path.name)
