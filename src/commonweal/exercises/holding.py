"""Holding an exercise: an authority of its own in a folder, its clock moved on to whatever happens next.

The folder holds the definition, and `exercise.json`: the seed, which actors people play, where the clock stands, and
what was refused. Everything else is in the record. Killed anywhere, it goes on where the record ends.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from commonweal import listing_files
from commonweal.acceptance import Caller
from commonweal.authority import Authority
from commonweal.instruments import Installed
from commonweal.kernel import obligations, protocols
from commonweal.kernel.record import Act, Entry
from commonweal.kernel.values import (
    BadInput,
    CommonwealError,
    Conflict,
    Fault,
    NotFound,
    ReplayClock,
    Text,
    instant,
    stamp,
)
from commonweal.settings import Settings
from commonweal.story import at_step

from .definition import SEED_MAX, Definition, Given, read_definition
from .signing import Signing
from .world import Planned, filled, planned

DEFINITION_FILE, STATE_FILE = "exercise.toml", "exercise.json"
ORIGIN = "exercise.invalid"
GRID = timedelta(days=1)
STEPS_MAX = 100_000
Told = Callable[[datetime, str], None]


@dataclass
class Holding:
    """An exercise that is open. Close it, or use it as a context."""

    definition: Definition
    authority: Authority
    clock: ReplayClock
    folder: Path
    seed: int
    refused: dict[str, str] = field(default_factory=dict)
    _entries: list[Entry] = field(default_factory=list)
    _names: dict[str, Mapping[str, str]] = field(default_factory=dict)

    def __enter__(self) -> Holding:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        self.authority.close()

    @property
    def signing(self) -> Signing:
        """The keys with which the actors sign."""
        return Signing(self.definition, self.seed)

    @property
    def now(self) -> datetime:
        return self.clock.now()

    @property
    def over(self) -> bool:
        """Whether the exercise has ended: its time is up, or the exercised case is closed and nothing is to come."""
        if self.now >= self.definition.ends:
            return True
        done = self._case_closed()
        return done and not self.todo()

    def entries(self) -> Sequence[Entry]:
        """Every entry so far, opened."""
        self.authority.follow()
        for index in range(len(self._entries), self.authority.store.size()):
            self._entries.append(self.authority.entry(index))
        return self._entries

    def step_names(self, case: str) -> Mapping[str, str]:
        """The English name of each step of a case's playbook."""
        if case not in self._names:
            steps = protocols.case(self.authority.reader, case).playbook.steps.values()
            self._names[case] = {step.id: step.name["en"] for step in steps}
        return self._names[case]

    def todo(self) -> list[Planned]:
        """What is planned and neither done nor refused, in order of time; never before now."""
        entries = self.entries()
        done = {entry.key for entry in entries}
        return [
            replace(item, at=max(item.at, self.now))
            for item in planned(self.definition, self.seed, entries, self.step_names)
            if _key(item.key) not in done and item.key not in self.refused
        ]

    def upcoming(self) -> datetime:
        """When something happens next, as things stand: what is planned, a deadline, or a day later at most."""
        return min([self.definition.ends, self._next_timer(), *(item.at for item in self.todo()[:1])])

    def advance(self, until: datetime, told: Told = lambda at, what: None) -> None:
        """Let time pass to `until` (at most the end), doing what is planned and what falls due on the way."""
        until = min(until, self.definition.ends)
        for _ in range(STEPS_MAX):
            todo = self.todo()
            if not todo and self._case_closed():
                break
            item = todo[0] if todo else None
            timer = self._next_timer()
            at = min(item.at if item else until, timer)
            if at > until or (at == until and not (item and item.at <= until)):
                break
            self.clock.set(at)
            size = self.authority.store.size()
            self.authority.tick(at)
            if self.authority.store.size() == size and item is not None and item.at <= at:
                self._do(item, told)
        else:
            raise Conflict(f"the exercise took more than {STEPS_MAX} steps: one of its rules sets itself off")
        if not self._case_closed() or self.todo():
            self.clock.set(until)
            self.authority.tick(until)
        self._save()

    def act(self, actor: str, does: str, given: Given, key: str = "") -> int:
        """One act of an actor now, by people or by the controller; gives its entry. Raises what a door would."""
        if actor not in self.definition.actors:
            names = ", ".join(self.definition.actors)
            raise NotFound("actor of the exercise", actor, f"it has: {names}")
        index = self.authority.act(self._act(actor, does, given, {}, key), self._caller(actor)).index
        self.authority.follow()
        self._save()
        return index

    def _do(self, item: Planned, told: Told) -> None:
        try:
            act = self._act(item.by, item.does, item.given, item.bound, _key(item.key))
            if item.cause is not None:
                act = replace(act, causes=(item.cause,))
            self.authority.act(act, self._caller(item.by))
            told(self.now, f"{self.definition.actors[item.by].name}: {item.given[item.does]}")
        except CommonwealError as error:
            self.refused[item.key] = f"{stamp(self.now)} {error.title}: {str(error).splitlines()[0]}"[:300]
            self._save()
            told(self.now, f"{self.definition.actors[item.by].name}: {item.given[item.does]} was refused")
        self.authority.follow()

    def _act(self, actor: str, does: str, given: Given, bound: Mapping[str, Any], key: str) -> Act:
        said = filled(listing_files.plain(dict(given)), bound)
        if does != "file":
            of = said.get("of") or (bound.get("subject") if bound.get("case") else None)
            act = at_step(self.authority, does, str(given[does]), {**said, "of": of, "key": key})
            return self.signing.signed(act, self.authority, self.definition.actors[actor])
        return Act(str(said["file"]), said.get("body") or {}, key, said.get("subject"))

    def _caller(self, actor: str) -> Caller:
        found = self.definition.actors[actor]
        return Caller(found.party, found.roles, found.organisation)

    def _case_closed(self) -> bool:
        cases = protocols.cases(self.authority.reader)
        exercised = [row for row in cases if row["playbook"] == self.definition.playbook]
        return bool(exercised) and not any(row["state"] == "open" for row in cases)

    def _next_timer(self) -> datetime:
        """When time alone may change something next: a deadline, a duty, or the next day."""
        now, reader = self.now, self.authority.reader
        deadlines = [row["next_deadline"] for row in protocols.cases(reader, state="open")]
        deadlines += [row["due"] for row in obligations.duties(reader, states=("owed",), private=True)]
        later = [at for at in map(instant, filter(None, deadlines)) if at > now]
        return min([now + GRID, *later])

    def _save(self) -> None:
        players = sorted(actor.id for actor in self.definition.actors.values() if actor.player)
        state = {"seed": self.seed, "players": players, "now": stamp(self.now), "refused": self.refused}
        draft = self.folder / (STATE_FILE + ".new")
        with draft.open("w", encoding="utf-8") as file:
            json.dump(state, file, ensure_ascii=False, indent=1, sort_keys=True)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.folder / STATE_FILE)


def begin(
    folder: Path,
    text: str,
    *,
    seed: int | None = None,
    players: Collection[str] = (),
    installed: Mapping[str, Installed] | None = None,
) -> Holding:
    """Found an exercise in an empty or new folder. Raises `RuleFault` for a definition with faults, `Conflict`.

    `players` are the actors that people play, besides those that the definition names.
    """
    definition = with_players(read_definition(text), players)
    if seed is not None and not 0 <= seed < SEED_MAX:
        raise BadInput(Fault("seed", str(seed), f"a whole number from 0 to {SEED_MAX - 1}", "range"), "exercise")
    if folder.exists() and any(folder.iterdir()):
        raise Conflict(f"{folder} is not empty; an exercise has a folder of its own")
    title = definition.title
    settings = Settings(
        Text(en=f"Exercise: {title['en']}", zh=f"演练：{title['zh']}"),
        f"{ORIGIN}/{definition.id}", definition.start, replay=True, exercise=definition.id,
    )  # fmt: skip
    clock = ReplayClock(definition.start)
    authority = Authority.create(folder, settings, clock=clock, installed=installed)
    (folder / DEFINITION_FILE).write_text(definition.text, "utf-8")
    holding = Holding(definition, authority, clock, folder, definition.seed if seed is None else seed)
    holding.signing.enrol(authority)
    holding._save()
    return holding


def resume(
    folder: Path, *, text: str = "", seed: int | None = None, installed: Mapping[str, Installed] | None = None
) -> Holding:
    """Open an exercise that was begun. Raises `NotFound` where there is none.

    With a `text` or a `seed` it must be the exercise that was begun with these: raises `Conflict` for another.
    """
    definition, kept = _begun(folder)
    if text and read_definition(text).text != definition.text:
        raise Conflict(f"{folder} holds the exercise {definition.id} by another text; take a folder of its own")
    if seed is not None and seed != kept["seed"]:
        raise Conflict(f"{folder} holds this exercise under seed {kept['seed']}, not {seed}; take a folder of its own")
    clock = ReplayClock(definition.start)
    authority = Authority.open(folder, clock=clock, installed=installed)
    holding = _held(authority, clock, definition, kept)
    holding.signing.enrol(authority)
    return holding


def over(authority: Authority) -> Holding:
    """The exercise of an authority that is open already (it is served, say). Do not close it: whoever opened it does.

    Raises `NotFound` where the authority is no exercise.
    """
    definition, kept = _begun(authority.folder)
    assert isinstance(authority.clock, ReplayClock), "an exercise is a replay"
    return _held(authority, authority.clock, definition, kept)


def _begun(folder: Path) -> tuple[Definition, Given]:
    """The definition that lies in an exercise's folder, and what was kept of how it stood."""
    path, state = folder / DEFINITION_FILE, folder / STATE_FILE
    if not path.is_file() or not state.is_file():
        raise NotFound("exercise in folder", folder, "`weal exercise begin FILE DIR` begins one")
    try:
        found = json.loads(state.read_text("utf-8"))
        kept = {"seed": int(found["seed"]), "refused": dict(found["refused"]), "now": instant(str(found["now"]))}
        players = list(found["players"])
    except (ValueError, KeyError, TypeError) as error:
        raise BadInput(
            Fault(STATE_FILE, "(cannot be read)", "the file that `weal exercise` wrote"), str(folder)
        ) from error
    return with_players(read_definition(path.read_text("utf-8")), players), kept


def _held(authority: Authority, clock: ReplayClock, definition: Definition, kept: Given) -> Holding:
    newest = authority.store.newest()
    clock.set(max(kept["now"], datetime.fromisoformat(newest.time)) if newest else kept["now"])
    return Holding(definition, authority, clock, authority.folder, kept["seed"], kept["refused"])


def with_players(definition: Definition, players: Collection[str]) -> Definition:
    """The definition with these actors played by people. Raises `NotFound` for one that it does not have."""
    for name in players:
        if name not in definition.actors:
            raise NotFound("actor of the exercise", name, f"it has: {', '.join(definition.actors)}")
    actors = {key: replace(one, player=one.player or key in players) for key, one in definition.actors.items()}
    return replace(definition, actors=actors)


def _key(key: str) -> str:
    return f"exercise:{key}"
