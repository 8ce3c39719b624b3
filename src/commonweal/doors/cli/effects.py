"""`weal effects`: what cases send out of the house."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter

from commonweal import sending
from commonweal.authority import Authority
from commonweal.kernel import protocols

from .out import as_json, err, out, table

Many = Annotated[tuple[str, ...], Parameter(negative="")]


def add_to(app: App) -> None:
    group = App(name="effects", help="What cases send out of the house: list, send, done.", help_format="plaintext")
    group.command(list_, name="list")
    group.command(send)
    group.command(done)
    app.command(group)


def list_(folder: Path, /, *, case: str = "", json: bool = False) -> None:
    """What was to be sent out, oldest first, and what became of it.

    Args:
        folder: The authority's folder.
        case: Only of this case.
        json: Answer in JSON, for programs.
    """
    with Authority.open(folder) as authority:
        tried = sending.attempted(authority)
        found = [_with(row, tried) for row in protocols.effects(authority.reader, case=case or None)]
        cannot = sending.unable(authority)
        undeclared = sorted({said.row["target"] for said in sending.waiting(authority) if not said.declared})
    if json:
        as_json([{name: value for name, value in row.items() if name != "text"} for row in found])
        return
    rows = [
        (row["effect"], row["target"], row["state"], row["requested_at"], row["attempts"], row["status"], row["case"])
        for row in found
    ]
    table("", ("effect", "target", "state", "wanted since", "attempts", "status", "case"), rows)
    for words in cannot:
        err(f"{words[0].upper()}{words[1:]}.")
    for target in undeclared:
        err(f"{target} is not declared in authority.toml: what is for it waits. See docs/protocols.md.")


def _with(row: Mapping[str, Any], tried: Mapping[str, tuple[int, str]]) -> dict[str, Any]:
    """An effect with what is known of its attempts while it is still tried; afterwards the record says it."""
    attempts, status = tried.get(row["effect"], (row["attempts"], row["status"]))
    return {**row, "attempts": attempts, "status": status}


def send(folder: Path, /, *, again: Many = (), seconds: float = 60.0) -> int:
    """Send what is to be sent, and file what became of it. `weal serve` does so by itself.

    Args:
        folder: The authority's folder.
        again: An effect that failed and is to be tried again; may be given more than once.
        seconds: For how long to wait for answers (60); what is under way then goes on the next time.
    """
    with Authority.open(folder) as authority:
        sender = sending.Sender(authority)
        try:
            left = sender.send(seconds, again)
        finally:
            sender.close()
        rows = protocols.effects(authority.reader)
    count = {state: sum(row["state"] == state for row in rows) for state in ("delivered", "failed", "wanted")}
    out(", ".join(f"{number} {state}" for state, number in count.items()) + f"; {left} under way.")
    return 1 if left or count["failed"] else 0


def done(folder: Path, effect: str, /, *, note: str) -> None:
    """Say that somebody sent it by hand, and how.

    Args:
        folder: The authority's folder.
        effect: The effect, as `weal effects list` shows it.
        note: Who sent it, how and to whom. It stays sealed.
    """
    with Authority.open(folder) as authority:
        receipt = sending.done_by_hand(authority, effect, note)
        authority.follow()
    as_json(receipt.as_dict())
