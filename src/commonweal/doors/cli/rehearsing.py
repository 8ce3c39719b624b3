"""`weal rehearse`: whether a copy would bring the authority back, tried and not hoped."""

from __future__ import annotations

from pathlib import Path

from cyclopts import App

from commonweal import upkeep

from .out import as_json, bar, err, out

FINDINGS_SHOWN = 20
NO_COPY_OF_KEYS = (
    "It was tried with the keys that the authority has now. They are in no backup: a lost disk takes them along, "
    "unless `weal backup … --keys PLACE` copied them."
)


def add_to(app: App) -> None:
    app.command(rehearse)


def rehearse(folder: Path, /, *, backup: Path | None = None, keys: Path | None = None, json: bool = False) -> int:
    """Restore a copy of an authority beside it, examine it, compare it, throw it away. Exits 1 if it would not do.

    The authority may be running. Meanwhile DIR.rehearsing holds a second copy of the keys, for its owner's eyes only.

    Args:
        folder: The authority's folder.
        backup: The copy to restore, as `weal backup` made it; without it, one is made for this.
        keys: With --backup, the copy of the keys; without it, the present keys of the authority are tried with it.
        json: Answer in JSON, for programs.
    """
    with bar("Examining the restored copy") as done:
        found = upkeep.rehearse(folder, copy=backup, keys=keys, progress=done)
    if json:
        as_json(found.as_dict())
        return 0 if found.holds else 1
    made = f"made in {found.backup_s:.1f} s, " if found.backup_s is not None else ""
    out(f"The copy holds {found.size} of {found.live_size} entries: {made}{_size(found.copy_bytes)}, and its keys "
        f"{_size(found.keys_bytes)}.")  # fmt: skip
    out(f"Restored in {found.restore_s:.1f} s, examined in {found.examine_s:.1f} s.")
    say = out if found.holds else err
    say(f"  tree      {'the same as that of the authority' if found.same_tree else 'NOT that of the authority'}, "
        f"root {found.root}")  # fmt: skip
    say(
        f"  payloads  {len(found.findings)} findings"
        if found.findings
        else "  payloads  each opens and is what was filed"
    )
    for finding in found.findings[:FINDINGS_SHOWN]:
        say(f"            {finding}")
    words = {upkeep.EQUAL: "laid out again, equal to those of the authority",
             upkeep.DIFFERENT: "laid out again, and NOT those of the authority",
             upkeep.NOT_COMPARED: "laid out again; not compared: the authority has gone on"}  # fmt: skip
    say(f"  tables    {words[found.tables]}")
    if found.wrote_on:
        err("  writing   went on below what had been signed: THAT WOULD FORK THE LOG")
    elif found.refused is not None:
        say("  writing   refused once it knew that more had been signed, as it must")
    else:
        say("  writing   not tried: nothing was recorded after this copy")
    if found.own_keys:
        err(NO_COPY_OF_KEYS)
    say("This copy would bring the authority back." if found.holds else "This copy would NOT bring the authority back.")
    return 0 if found.holds else 1


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 1e5 else f"{count / 1e3:.1f} kB"
