"""`weal playbook`: playbooks as CACAO 2.0 files, checked, brought in and taken out unchanged."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from commonweal.authority import Authority
from commonweal.instruments import rule_file
from commonweal.kernel import protocols, registry
from commonweal.kernel.values import NotFound, instant, utf8

from .filing import read_bytes
from .out import as_json, out, table, target

PLAYBOOK_BYTES_MAX = 400_000


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
            those who can give them there.
        second: The file, when a folder came first.
    """
    text = _text(second or first)
    people = None
    if second is not None:
        with Authority.open(first) as authority:
            people = _people(authority)
    playbook = protocols.read_playbook(text, people)
    waits = sum(1 for step in playbook.steps.values() if step.extension.approval)
    out(f"{playbook.id} ({playbook.name['en']}): {len(playbook.steps)} steps, {waits} approvals, no fault.")


def import_(folder: Path, source: Path, /) -> None:
    """Put a CACAO 2.0 playbook in force, kept byte for byte, and print the receipt. Open cases keep theirs.

    Args:
        folder: The authority's folder.
        source: The playbook (.json).
    """
    found = rule_file(_text(source), ".json")
    with Authority.open(folder) as authority:
        receipt = authority.adopt(found)
        authority.follow()
    as_json(receipt.as_dict())


def export(
    folder: Path,
    playbook: str,
    /,
    *,
    as_of: str = "",
    output: Annotated[Path | None, Parameter(name=["--output", "-o"])] = None,
) -> None:
    """Give a playbook out as it was adopted, byte for byte.

    Args:
        folder: The authority's folder.
        playbook: Its id here (playbook.…) or its CACAO id (playbook--…).
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
    names = [row["playbook"] for row in rows if playbook in (row["playbook"], row["cacao_id"])]
    if not names:
        raise NotFound("playbook", playbook, "`weal playbook list DIR` shows them")
    return str(names[0])


def _people(authority: Authority) -> list[protocols.Approver]:
    """Those who can approve here: with a key in the record, or with an access key that is good."""
    keys = protocols.approvers(authority.reader)
    people = [protocols.Approver(row["party"], row["organisation"], tuple(row["roles"])) for row in keys]
    issued = [key for key in authority.access.issued() if key.revoked is None]
    return people + [protocols.Approver(key.party, key.organisation, key.roles) for key in issued]


def _text(path: Path) -> str:
    return utf8(read_bytes(str(path), PLAYBOOK_BYTES_MAX), path.name)
