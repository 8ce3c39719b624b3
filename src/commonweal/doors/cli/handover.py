"""`weal handover`: a log is closed, and another goes on from it."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

from cyclopts import App

from commonweal import handover
from commonweal.authority import Authority

from .out import as_json, err, out, table, target


def add_to(app: App) -> None:
    group = App(name="handover", help="Hand a log over: close it, accept a closed one.", help_format="plaintext")
    group.command(close)
    group.command(accept)
    group.command(list_, name="list")
    app.command(group)


def close(folder: Path, /, *, successor: str = "", vkey: str = "", url: str = "", statement: Path | None = None) -> int:
    """Close a log for good: its last entry says so and names its successor. Nothing is written to it afterwards.

    Erase what is due first: a closed log can record no erasure. Safe to repeat; exits 1 while the last checkpoint
    still waits for witnesses.

    Args:
        folder: The authority's folder.
        successor: The origin of the log that goes on; without it, none does.
        vkey: A verifier key of that log (`weal key signing NEWDIR`): whoever does not hold it cannot take over.
        url: Where people find the successor.
        statement: Write here what proves the keys and the end of this log, for a successor who has only its files.
    """
    with target(statement) if statement else nullcontext() as put, Authority.open(folder) as authority:
        due = authority.erasures.due() if authority.store.keyring().closed is None else []
        if due:
            err(f"{len(due)} erasures are due and were not done: `weal erase` can no longer record them here.")
        found = handover.close_log(authority, successor, vkey, url)
        if put is not None:
            put(handover.statement(authority).decode())
    on = f" It goes on as {successor}." if successor else ""
    out(f"The log is closed at {found.size} entries, root {found.root}.{on}")
    if not found.done:
        err(f"Its witnesses cosigned {found.published} of {found.size} entries. Repeat this, or let it be served.")
        return 1
    return 0


def accept(folder: Path, /, *, predecessor: str, vkey: str = "", proof: Path | None = None, url: str = "") -> None:
    """Go on from a log that was closed in favour of this one: an entry says so, its public log is kept here.

    The sealed payloads stay where they are: keep the old folder with its keys; `weal serve` shows it as ever.

    Args:
        folder: The folder of the authority that goes on.
        predecessor: The folder of the old authority, or where its public log lies (a folder, file:///…, s3://…).
        vkey: For a public log: one of the old log's verifier keys, known from elsewhere.
        proof: For a public log: the file that `weal handover close --statement` wrote, unless it lies there.
        url: Where people find the old log.
    """
    with Authority.open(folder) as authority:
        index = handover.accept(authority, predecessor, vkey=vkey, proof=proof, url=url)
        said = next(item for item in handover.handed(authority)["predecessors"] if item["entry"] == index)
    out(f"Entry {index}: this log goes on from {said['predecessor']}, closed at {said['size']} entries.")


def list_(folder: Path, /, *, json: bool = False) -> None:
    """Which logs this one goes on from, and where it goes on itself.

    Args:
        folder: The authority's folder.
        json: Answer in JSON, for programs.
    """
    with Authority.open(folder) as authority:
        found = handover.handed(authority)
    if json:
        as_json(found)
        return
    rows = [(item["predecessor"], item["size"], item["root"], item["entry"], "yes" if item["archive"] else "no")
            for item in found["predecessors"]]  # fmt: skip
    table("", ("goes on from", "entries", "root", "entry", "archive here"), rows)
    if found["closed"]:
        out(f"Closed at {found['closed']['size']} entries; goes on as {found['closed']['successor'] or '(nothing)'}.")
    else:
        out("This log is open.")
