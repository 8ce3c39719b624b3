"""`weal witness`: the witnesses of a log, and this authority as a witness for others."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter

from commonweal.authority import Authority
from commonweal.kernel.values import NotFound

from .out import as_json, err, out, table


def add_to(app: App) -> None:
    group = App(
        name="witness",
        help="Witnesses: how they stand, ask them now, change the key of this one.",
        help_format="plaintext",
    )
    group.command(list_, name="list")
    group.command(ask)
    group.command(rotate)
    app.command(group)


def list_(folder: Path, /, *, json: bool = False) -> int:
    """How this log stands with its witnesses, and which logs it witnesses itself, under which keys.

    Exits 1 when there is an alarm or nothing may be written.

    Args:
        folder: The authority's folder.
        json: Answer in JSON, for programs.
    """
    with Authority.open(folder) as authority:
        return _shown(authority, json)


def ask(folder: Path, /, *, json: bool = False) -> int:
    """Ask every witness of this log for its cosignature now (`weal serve` does so by itself), whenever a batch is due.

    Args:
        folder: The authority's folder.
        json: Answer in JSON, for programs.
    """
    with Authority.open(folder) as authority:
        if not authority.witnesses.wanted:
            err("This log has no witnesses: policy.txt is missing, or its quorum is none.")
        authority.witnesses.release(authority.store.size() - 1)
        authority.witnesses.ask(everyone=True)
        return _shown(authority, json)


def rotate(folder: Path, /, *, end: Annotated[bool, Parameter(negative="")] = False) -> None:
    """Change the key that this authority cosigns with as a witness for others: both sign until `--end`.

    Say the new key to the logs that it witnesses; end the old one when their policies name the new. Start a server of
    this folder again after each of the two steps.

    Args:
        folder: The authority's folder.
        end: Cosign with the new key alone from now on, and destroy the old one.
    """
    with Authority.open(folder) as authority:
        if authority.witness is None:
            raise NotFound(
                "witness settings", folder, "this authority is a witness for nobody ([witness] in authority.toml)"
            )
        if not end:
            authority.keys.begin_witness_key()
        elif not authority.keys.end_witness_key({item.verifier.kind for item in authority.witness.cosigners}):
            err("There is one key only: nothing was ended.")
    with Authority.open(folder) as authority:
        for key in authority.witness.cosigners if authority.witness else ():
            out(key.vkey)


def _shown(authority: Authority, json: bool) -> int:
    status = authority.witnesses.status()
    bad = 1 if status["halted"] or status["alarms"] else 0
    own = _serving(authority)
    if json:
        as_json({**status, "serves": own})
        return bad
    if authority.witnesses.wanted:
        out(f"Published: {status['published']} entries (quorum {status['quorum']}); {status['waiting']} are waiting.")
        rows = [(item.name, item.state, item.size, item.lag, item.cosigned, item.alarm, item.detail)
                for item in authority.witnesses.lines()]  # fmt: skip
        table("", ("witness", "state", "cosigned", "lag", "on", "alarm", "what it said"), rows)
    else:
        out("This log asks no witness.")
        out(_published(status))
    for key in own["keys"] if own else ():
        out(f"Serves as a witness under {key}")
    for line in own["logs"] if own else ():
        out(f"  {line['origin']}: {line['size']} entries cosigned {line['cosigned'] or '(never)'}")
    if status["halted"]:
        err(f"NOTHING IS WRITTEN: {status['halted']}")
    return bad


def _published(status: Mapping[str, Any]) -> str:
    if not (every := status["published_every"]):
        return "Every checkpoint is published as it is signed."
    return f"Published: {status['published']} entries, every {every} minutes; {status['waiting']} are waiting."


def _serving(authority: Authority) -> dict[str, Any] | None:
    witness = authority.witness
    if witness is None:
        return None
    logs = [item.as_dict() for item in authority.witnessed_logs()]
    return {"keys": [cosigner.vkey for cosigner in witness.cosigners], "logs": logs}
