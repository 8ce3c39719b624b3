"""What a release of the software does to a folder that an earlier one wrote: looked at first, then done, resumably.

An upgrade lays tables out anew where their form has changed, adds what the stores lack, follows the record again and
notes the release. It changes no entry and puts no rule text in force: only a signed act does that. Each step is one
that opening a folder takes anyway, whole or not at all, so whoever comes after a kill goes on from there; the note
`upgrading_to` keeps an earlier release out meanwhile.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from commonweal import __version__
from commonweal.adoption import founding_texts
from commonweal.authority import Authority
from commonweal.authority.declared import all_kinds, all_tables
from commonweal.engines.sqlite import SqliteAccess, SqliteCosignatures, SqliteKeys, SqliteRecord, SqliteTables
from commonweal.engines.sqlite.looking import columns_of, layout_of, looked_up, open_elsewhere, schema_of
from commonweal.engines.sqlite.reads import FILE as READS
from commonweal.following import COUNT, Otherwise, laid_out_otherwise
from commonweal.instruments import Installed, discover
from commonweal.kernel import registry
from commonweal.kernel.disclosure import Kind
from commonweal.kernel.values import BadInput, Busy, Fault, RecordFault, digest
from commonweal.releases import note_release, noted, refuse_later
from commonweal.settings import Settings

from .copies import KEYS, RECORD, WITNESSED, Copied, backup

TABLES = "projections.sqlite"
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Older:
    """Entries of a kind that stand in an earlier version of it and are read through the present one."""

    kind: str
    version: int
    now: int
    entries: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What an upgrade would do to a folder. `tables` is None where a database holds them: seen only when it is done."""

    release: str
    to: str
    interrupted: bool
    entries: int | None
    anew: bool | None
    new: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    stores: tuple[str, ...] = ()
    older: tuple[Older, ...] = ()
    otherwise: tuple[Otherwise, ...] = ()

    @property
    def needed(self) -> bool:
        """Whether anything is to be done, be it only to note the release."""
        found = self.stores or self.older or self.otherwise
        return self.interrupted or self.release != self.to or self.anew is not False or bool(found)

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "needed": self.needed}


@dataclass(frozen=True, slots=True)
class Text:
    """A rule text of this release whose words are not those in force; `in_force` is "" where none were adopted."""

    rule: str
    in_force: str
    here: str


@dataclass(frozen=True, slots=True)
class Upgraded:
    """What an upgrade did."""

    plan: Plan
    copied: Copied | None
    entries: int
    recorded: int
    texts: tuple[Text, ...]
    faults: int


def look(folder: Path, *, installed: Mapping[str, Installed] | None = None) -> Plan:
    """What an upgrade of this folder would do; changes nothing.

    Raises `NotFound` where there is no authority, `Lasting` where a later release wrote in the folder.
    """
    settings, installed = Settings.read(folder), discover() if installed is None else installed
    refuse_later(folder)
    note = noted(folder)
    common = (note.told, __version__, bool(note.upgrading_to))
    if settings.database:
        return Plan(*common, None, None)
    for name in (RECORD, KEYS):
        if not (folder / name).is_file() and not (name == KEYS and settings.keys):
            raise RecordFault(name, f"is missing in {folder}; restore it from a copy (docs/backup.md)")
    with tempfile.TemporaryDirectory(prefix="weal-upgrade-") as place:
        fresh = _fresh(Path(place), installed)
        stores = _lacking(folder, fresh)
        new, gone, changed = _tables(folder / TABLES, fresh / TABLES)
        anew = not (folder / TABLES).is_file() or layout_of(folder / TABLES) != layout_of(fresh / TABLES)
    entries = looked_up(folder / RECORD, "SELECT count(*) FROM entry")[0][0]
    older, otherwise = _older(folder / TABLES, installed), _otherwise(folder / TABLES, installed)
    return Plan(*common, int(entries), anew or bool(otherwise), new, gone, changed, stores, older, otherwise)


def upgrade(
    folder: Path,
    *,
    to: Path | None = None,
    keys: Path | None = None,
    backed_up: bool = False,
    progress: Progress | None = None,
    installed: Mapping[str, Installed] | None = None,
) -> Upgraded:
    """Bring a folder up to this release. Killed at any moment, the next run finishes it.

    A backup is made first, `to` a folder (its keys to `keys`), unless the caller has one (`backed_up`). Raises `Busy`
    where a process has the folder open, `BadInput` where neither is given, and as `look`.
    """
    installed = discover() if installed is None else installed
    check_unused(folder)
    plan = look(folder, installed=installed)
    if not plan.needed:
        return Upgraded(plan, None, plan.entries or 0, 0, (), 0)
    if to is None and not backed_up:
        want = "a place for a copy to be made first (with --keys PLACE for its keys), or --backed-up where you have one"
        raise BadInput(Fault("--backup", "(absent)", want), "upgrade")
    copied = backup(folder, to, keys=keys) if to is not None else None
    note_release(folder, upgrading=True)
    before = plan.entries

    def first(authority: Authority) -> None:
        _asked_and_followed(authority, progress)

    with Authority.open(folder, installed=installed, first=first) as authority:
        size, faults = authority.store.size(), len(authority.faults())
        texts = _differing(authority, installed)
    return Upgraded(plan, copied, size, size - before if before is not None else 0, texts, faults)


def check_unused(folder: Path) -> None:
    """Raise `Busy` where a process has the folder's record or keys open, as a service has."""
    used = open_elsewhere([folder / name for name in (RECORD, KEYS, READS, TABLES)])
    if used:
        raise Busy(
            f"{folder} is in use: a process has {used[0].name} open. Stop the service first (Ctrl-C, or `systemctl "
            "stop`), and wait for other commands to end; nothing was changed"
        )


def _asked_and_followed(authority: Authority, progress: Progress | None) -> None:
    """Before anything is signed, the witnesses are asked, as by a service: one of them may know of more."""
    if authority.witnesses.wanted and authority.store.size():
        authority.witnesses.ask(everyone=True)
    if not authority.witnesses.halted and not authority.keys.pending():
        authority.follow(progress)


def _fresh(place: Path, installed: Mapping[str, Installed]) -> Path:
    """The files that this release would make, empty, to compare with."""
    for store in (SqliteKeys(place / KEYS), SqliteAccess(place / KEYS), SqliteRecord(place),
                  SqliteCosignatures(place / WITNESSED)):  # fmt: skip
        store.close()
    tables = SqliteTables(place / TABLES)
    tables.declare(all_tables([item.instrument for item in installed.values()]))
    tables.close()
    return place


def _lacking(folder: Path, fresh: Path) -> tuple[str, ...]:
    """What the folder's stores lack of what this release keeps: a file, a table of one, a column of that."""
    found = []
    for name in (RECORD, KEYS, WITNESSED):
        if not (folder / name).is_file():
            found.append(name)
            continue
        there, wanted = columns_of(folder / name), columns_of(fresh / name)
        found += [f"{name}: {table}" for table in sorted(wanted.keys() - there.keys())]
        found += [
            f"{name}: {table}.{column}"
            for table in sorted(wanted.keys() & there.keys())
            for column in sorted(wanted[table] - there[table])
        ]
    return tuple(found)


def _tables(path: Path, fresh: Path) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """The names of tables that are new, gone and different; none of each where there are no tables yet."""
    if not path.is_file():
        return (), (), ()
    wanted, there = schema_of(fresh), schema_of(path)
    changed = (name for name in wanted.keys() & there.keys() if wanted[name] != there[name])
    return (
        tuple(sorted(wanted.keys() - there.keys())),
        tuple(sorted(there.keys() - wanted.keys())),
        tuple(sorted(changed)),
    )


def _older(path: Path, installed: Mapping[str, Installed]) -> tuple[Older, ...]:
    """What the tables hold as an earlier version of its kind had it, as far as they say."""
    if not path.is_file() or not {"kind", "entries", "version"} <= columns_of(path).get(COUNT.name, frozenset()):
        return ()
    now = {kind.id: kind.version for kind in _kinds(installed)}
    rows = looked_up(path, f'SELECT kind, version, entries FROM "{COUNT.name}" ORDER BY kind')
    return tuple(Older(kind, version, now[kind], many) for kind, version, many in rows if version < now.get(kind, 0))


def _otherwise(path: Path, installed: Mapping[str, Installed]) -> tuple[Otherwise, ...]:
    """The kinds of which the tables hold other fields than this release lays out; none where they do not say."""
    if not path.is_file() or not {"kind", "withheld"} <= columns_of(path).get(COUNT.name, frozenset()):
        return ()
    rows = looked_up(path, f'SELECT kind, withheld FROM "{COUNT.name}" ORDER BY kind')
    counts = ({"kind": kind, "withheld": json.loads(withheld or "[]")} for kind, withheld in rows)
    return laid_out_otherwise(counts, {kind.id: kind for kind in _kinds(installed)})


def _kinds(installed: Mapping[str, Installed]) -> list[Kind]:
    return all_kinds(item.instrument for item in installed.values())


def _differing(authority: Authority, installed: Mapping[str, Installed]) -> tuple[Text, ...]:
    """The texts that this release ships with other words than those in force, or that were never adopted."""
    held = {row["rule_id"]: row for row in registry.texts(authority.reader)}
    found = []
    for text in founding_texts(installed):
        row = held.get(text.rule_id)
        if row is None or row["sha256"] != digest(text.text.encode()):
            found.append(Text(text.rule_id, row["version"] if row else "", text.version))
    return tuple(found)
