"""`weal fsck`, `backup`, `restore`, `log export`: the folder examined, copied, put back, laid out for others."""

from __future__ import annotations

import shlex
import time
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from commonweal import keeping, upkeep
from commonweal.authority import Authority
from commonweal.examination import BACKUP, LOOK, REBUILD, RECOMPUTE
from commonweal.kernel.values import BadInput, Busy, Fault

from .out import WrongUse, as_json, bar, err, out

FOUND_SHOWN = 50
FOLLOW_S = 1.0
FOLLOW_S_MAX = 60.0
_HELPS = {
    RECOMPUTE: "can be computed again from leaves that verify: `weal fsck DIR --repair`",
    REBUILD: "is not what the entries give; balances are read from it: `weal rebuild DIR` lays it out anew",
    BACKUP: "cannot be derived from anything here: restore it from a copy (docs/backup.md)",
    LOOK: "loses nothing; look at it",
}


def add_to(app: App) -> None:
    for command in (fsck, backup, restore):
        app.command(command)
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

    Every leaf's digest from its payload, every tile from the leaves, every checkpoint, all that is kept besides, every
    row of the ledger from the entries, and the database files themselves. It can be interrupted and goes on where it
    was; the log may grow meanwhile.

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
        exporting = keeping.exporting(authority, target)
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


def backup(folder: Path, target: Path, /, *, keys: Path | None = None) -> None:
    """Copy an authority, which may be running: record, cosignatures, settings. Repeated, it copies what is new.

    Keys never go into a backup, since an old copy of them undoes every erasure after it. With --keys the present keys
    replace the copy at another place, and the log of reads the one beside them. Without any copy of the keys,
    everything sealed dies with the disk.

    Args:
        folder: The authority's folder.
        target: The folder that holds the backup; use one for one authority.
        keys: Where the one copy of the keys is kept: a folder or a .sqlite file outside the backup, on a medium of its
            own. It is replaced, never archived; where erasures must reach it, erase again after each of them.
    """
    with bar("Copying"):
        made = upkeep.backup(folder, target, keys=keys)
    out(f"{target} holds {made.size} entries ({made.size - made.before} new), root {made.root}.")
    if made.files_missing:
        err(f"{len(made.files_missing)} attachments are missing here or were altered, and are not in the backup: "
            "`weal fsck` names them and their entries. Keep any older backup that has them.")  # fmt: skip
    if made.reads_kept:
        err(f"The log of reads was not copied; {made.reads_kept}. `weal fsck` says what is wrong with it. Put the copy "
            "back, or move it away and keep it, before the next backup.")  # fmt: skip
    if made.keys:
        out(f"The keys are in {made.keys}, in place of any copy that was there.")
        err(
            "Keep no older copy of the keys: it could open what was erased. Whoever has it and the backup reads it all."
        )
    else:
        err("The keys were not copied. Without them a restored record can be checked, but not read and not continued.")
    err(f"{target} tells whoever holds it who filed what kind of entry about which subject and when, though not what "
        "they said: keep it on an encrypted medium (docs/backup.md).")  # fmt: skip
    with_keys = f" --keys {shlex.quote(str(made.keys))}" if made.keys else ""
    rehearsal = f"weal rehearse {shlex.quote(str(folder))} --backup {shlex.quote(str(target))}{with_keys}"
    err(f"Try it, now or at any later time: {rehearsal}")


def restore(
    copy: Path,
    folder: Path,
    /,
    *,
    keys: Path | None = None,
    export: str = "",
    vkey: str = "",
    nothing_after: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Put an authority back into an empty folder, and examine it. Exits 1 when it may not be written to, or is damaged.

    Writing on where more had been signed would fork the log. So it must be known how far the log had come: from its
    export, from its witnesses (which are asked), or from you.

    Args:
        copy: The folder of the backup.
        folder: A new folder for the authority.
        keys: The copy of the keys.
        export: Where the public log was laid out (a folder, file:///…, s3://…).
        vkey: The log's verifier key, for checking the export where there are no keys.
        nothing_after: You know that nothing was recorded after this backup.
    """
    place = upkeep.open_place(export) if export else None
    done = upkeep.restore(copy, folder, keys=keys, export=place, vkey=vkey, nothing_after=nothing_after)
    out(f"{folder} holds {done.size} entries; how far the log had come was told by {done.known}.")
    if done.lost:
        first, end = done.lost
        err(f"Entries {first} to {end - 1} were published and are not in the backup. Their public leaves are in "
            f"{folder / 'lost-leaves.jsonl'}; what was sealed in them is lost, unless its filer has it.")  # fmt: skip
    if not done.keys:
        err("There are no keys: nothing sealed can be read, and no checkpoint signed. Put the copy of keys.sqlite into "
            "the folder if one exists; if none does, see `weal key lost --help`.")  # fmt: skip
        return 1 if done.lost else 0
    if done.halted:
        trying = f"`weal rehearse DIR --backup {shlex.quote(str(copy))}`"
        err(f"NOTHING IS WRITTEN there: {done.halted}. Where the authority itself is still there, nothing is lost: go "
            f"on with that one, and try a copy of it with {trying}. Where it is gone, look for a newer copy. If there "
            "is none, this log has ended: found an authority with another origin, publish both, and ask for the lost "
            "filings again.")  # fmt: skip
        return 1
    with bar("Examining") as progress:
        found = upkeep.fsck(folder, progress)
    _told(found, str(folder), 1.0)
    return 0 if found.sound else 1
