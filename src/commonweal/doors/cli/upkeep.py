"""`weal fsck` and `weal log`: the record examined to the ground, and laid out for others to host."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from commonweal import upkeep
from commonweal.authority import Authority
from commonweal.examination import BACKUP, LOOK, RECOMPUTE
from commonweal.kernel.values import BadInput, Busy, Fault

from .out import WrongUse, as_json, bar, err, out

FOUND_SHOWN = 50
FOLLOW_S = 1.0
FOLLOW_S_MAX = 60.0
_HELPS = {
    RECOMPUTE: "can be computed again from leaves that verify: `weal fsck DIR --repair`",
    BACKUP: "cannot be derived from anything here: restore it from a copy (docs/backup.md)",
    LOOK: "loses nothing; look at it",
}


def add_to(app: App) -> None:
    app.command(fsck)
    group = App(name="log", help="The public log: lay it out for others to host.", help_format="plaintext")
    group.command(export)
    app.command(group)


def fsck(
    folder: Path | None = None,
    /,
    *,
    export: str = "",
    vkey: str = "",
    repair: bool = False,
    again: bool = False,
    jobs: int = 0,
    json: bool = False,
) -> int:
    """Derive everything again that can be derived, and name what is wrong, with what helps. Exits 1 if something is.

    Every leaf's digest from its payload, every tile from the leaves, every checkpoint, all that is kept besides, and
    the database files themselves. It can be interrupted and goes on where it was; the log may grow meanwhile.

    Args:
        folder: The authority's folder.
        export: Instead, a log laid out as files (a folder, file:///…, s3://…), checked without the authority.
        vkey: With --export, the log's verifier key, as the authority publishes it.
        repair: Write again what follows from leaves that verify: tiles, kept roots, counts. Never leaves or payloads.
        again: Begin anew, also where an earlier run was interrupted.
        jobs: How many processes open payloads (as many as there are processors, on large records).
        json: Answer in JSON, for programs.
    """
    begun = time.monotonic()
    with bar("Examining") as done:
        if export:
            if not vkey or folder is not None:
                want = "the verifier key that the authority publishes, and no folder of an authority"
                raise WrongUse(Fault("--vkey", vkey or "(absent)", want), "fsck --export")
            found = upkeep.fsck_export(upkeep.open_place(export), vkey, done)
        elif folder is None:
            raise WrongUse(Fault("DIR", "(absent)", "an authority's folder, or --export TARGET --vkey KEY"), "fsck")
        else:
            found = upkeep.fsck(folder, done, again=again, jobs=jobs)
    if repair and folder is not None and any(item.remedy == RECOMPUTE for item in found.found):
        found = _repaired(folder, found)
    if json:
        as_json({"size": found.size, "root": found.root, "vkey": found.vkey, "sound": found.sound,
                 "found": [item.as_dict() for item in found.found]})  # fmt: skip
    else:
        _told(found, str(export or folder), time.monotonic() - begun)
    return 0 if found.sound else 1


def _repaired(folder: Path, found: upkeep.Diagnosis) -> upkeep.Diagnosis:
    if not upkeep.repair(folder, found):
        err("Nothing was repaired: the leaves do not give the root that is signed. Restore record.sqlite from a copy.")
        return found
    err(f"Repaired what follows from the leaves ({sum(item.remedy == RECOMPUTE for item in found.found)} findings).")
    with bar("Examining again") as done:
        return upkeep.fsck(folder, done, again=True)


def _told(found: upkeep.Diagnosis, where: str, seconds: float) -> None:
    for remedy, helps in _HELPS.items():
        items = [item.finding for item in found.found if item.remedy == remedy]
        if items:
            err(f"{len(items)} finding{'s' if len(items) > 1 else ''}; this {helps}.")
        for item in items[:FOUND_SHOWN]:
            err(f"  {item.where}: {item.problem}")
        if len(items) > FOUND_SHOWN:
            err(f"  … and {len(items) - FOUND_SHOWN} more")
    read = found.size - found.resumed
    pace = f"{read} entries in {seconds:.1f} s ({read / max(seconds, 1e-9):.0f}/s)"
    begun = f", {found.resumed} of an interrupted run before" if found.resumed else ""
    if found.sound:
        out(f"{where} is sound: {found.size} entries, root {found.root}, signed by {found.vkey}.")
    out(f"Read {pace}{begun}.")


def export(
    folder: Path,
    target: str = "",
    /,
    *,
    follow: bool = False,
    whole: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Lay out the public log (checkpoint, tiles, entry bundles) for others to host. Safe to stop and to repeat.

    Only what is published leaves: no payload, and no entry that still waits for its witnesses.

    Args:
        folder: The authority's folder.
        target: A folder, file:///a/folder, or s3://bucket/prefix; without it, `export` in authority.toml.
        follow: Go on whenever more is published, until interrupted (`weal serve` does so by the setting).
        whole: Compare every file that should be there, and write those that are gone.
    """
    with Authority.open(folder) as authority:
        if not target and not authority.settings.export:
            want = "a folder or s3://bucket/prefix, or `export` in authority.toml"
            raise BadInput(Fault("target", "(absent)", want), "log export")
        exporting = authority.exporting(target)
        if not follow:
            authority.witnesses.published()  # says so, where nothing is published yet
        pause = FOLLOW_S
        while True:
            try:
                with bar("Exporting") as done:
                    shipped = exporting.round(whole=whole, progress=done)
                if shipped is not None:
                    out(f"{exporting.place} holds {shipped.size} entries: {shipped.written} files written, "
                        f"{shipped.there} there already, {shipped.removed} replaced ones removed.")  # fmt: skip
                pause = FOLLOW_S
            except Busy as error:
                if not follow:
                    raise
                pause = min(FOLLOW_S_MAX, pause * 2)
                err(f"{error} (again in {pause:.0f} s)")
            if not follow:
                return
            time.sleep(pause)
