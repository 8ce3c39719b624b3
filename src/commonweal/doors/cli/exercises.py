"""`weal exercise`: playbooks tried under a clock of their own."""

from __future__ import annotations

import json as json_module
import shutil
import tempfile
from pathlib import Path
from typing import Any, Literal

from cyclopts import App

from commonweal import exercises
from commonweal.authority import Authority
from commonweal.exercises.definition import Given
from commonweal.instruments import containment, discover
from commonweal.kernel import protocols
from commonweal.kernel.protocols.durations import duration
from commonweal.kernel.values import BadInput, Fault, NotFound, instant, read_json, shown, stamp

from .cases import replay
from .drawing import check_plot, draw
from .filing import read_bytes
from .moments import Length, Moment
from .out import out, table

DEFINITION_BYTES_MAX, BODY_BYTES_MAX = 400_000, 1_000_000
Language = Literal["en", "zh"]


def add_to(app: App) -> None:
    group = App(name="exercise", help="Try a playbook under a clock of its own.",
                help_format="plaintext")  # fmt: skip
    for command in (run, begin, step, play, inject, report, file, replay):
        group.command(command)
    group.command(list_, name="list")
    app.command(group)


def list_() -> None:
    """The exercises that come with the instruments."""
    rows = []
    for path in _shipped():
        found = exercises.read_definition(path.read_text("utf-8"))
        rows.append((found.id, found.playbook, found.title["en"]))
    table("", ("exercise", "playbook", "title"), rows)


def run(
    definition: str,
    /,
    *,
    seed: int | None = None,
    folder: Path | None = None,
    plot: Path | None = None,
    language: Language = "en",
    json: bool = False,
) -> None:
    """Hold an exercise from beginning to end with everybody simulated, and print its report.

    Args:
        definition: The exercise's file, or the name of one that comes with the instruments (`weal exercise list`).
        seed: Of the drawn delays; without it, the definition's. The same seed gives the same exercise.
        folder: Where to keep the exercise's authority; without it, nothing is kept. An exercise that is there goes on.
        plot: Draw the timeline into this file (.svg or .png).
        language: The language of the report: en or zh.
        json: Answer in JSON, for programs.
    """
    check_plot(plot)
    text = _definition(definition)
    exercises.read_definition(text)
    kept = folder or Path(tempfile.mkdtemp(prefix="weal-exercise-")) / "exercise"
    try:
        there = (kept / "exercise.json").is_file()
        opened = exercises.resume(kept, text=text, seed=seed) if there else exercises.begin(kept, text, seed=seed)
        with opened as holding:
            holding.advance(holding.definition.ends)
            found = exercises.review(holding)
    finally:
        if folder is None:
            shutil.rmtree(kept.parent, ignore_errors=True)
    _told(found, language, json, plot)


def begin(definition: str, folder: Path, /, *, seed: int | None = None, players: tuple[str, ...] = ()) -> None:
    """Begin an exercise that people play: an authority of its own in a folder, marked as an exercise.

    Args:
        definition: The exercise's file, or the name of one that comes with the instruments.
        folder: An empty or new folder.
        seed: Of the drawn delays; without it, the definition's.
        players: The actors that people play; may be given more than once. The others are simulated.
    """
    with exercises.begin(folder, _definition(definition), seed=seed, players=players) as holding:
        holding.advance(holding.definition.start)
        out(f"Begun: {holding.definition.title['en']}, seed {holding.seed}, in {folder}.")
        _where(holding)
    out(f"Next: `weal exercise step {folder} --by PT6H`; `weal serve {folder}` shows it in the browser.")


def step(folder: Path, /, *, by: Length = "", until: Moment = "") -> None:
    """Let time pass in an exercise, with all that the simulated world does on the way.

    Args:
        folder: The exercise's folder.
        by: How far, e.g. PT6H or P2D. Without it and `--until`, to the next thing that happens, a day at most.
        until: To this instant.
    """
    with exercises.resume(folder) as holding:
        goal = instant(until) if until else duration(by).after(holding.now) if by else holding.upcoming()
        holding.advance(goal, lambda at, what: out(f"  {stamp(at)}  {what}"))
        _where(holding)


def play(
    folder: Path,
    actor: str,
    /,
    *,
    done: str = "",
    approve: str = "",
    refuse: str = "",
    role: str = "officer",
    kind: str = "",
    body: Path | None = None,
    variables: tuple[str, ...] = (),
) -> None:
    """Act in an exercise as one of its actors, at the exercise's present instant.

    Args:
        folder: The exercise's folder.
        actor: Who acts, by the actor's name in the definition.
        done: Report the step of this (English) name done.
        approve: Approve the step of this name.
        refuse: Refuse the step of this name.
        role: In which role it is approved or refused (officer).
        kind: File an entry of this kind, with the body in `--body`.
        body: A JSON file.
        variables: What a step found out, as NAME=VALUE; may be given more than once.
    """
    with exercises.resume(folder) as holding:
        does, given = _act(holding, actor, (("done", done), ("approve", approve or refuse), ("file", kind)), body)
        if refuse:
            given = {**given, "decision": "refuse"}
        if does == "approve":
            given = {**given, "role": role, "organisation": holding.definition.actors[actor].organisation}
        if variables:
            pairs = (item.partition("=") for item in variables)
            given = {**given, "variables": {f"__{name.strip('_')}__": value for name, _, value in pairs}}
        index = holding.act(actor, does, given)
        out(f"Recorded as entry {index}, at {stamp(holding.now)}.")
        _where(holding)


def inject(folder: Path, kind: str, body: Path, /, *, actor: str) -> None:
    """Put something in that is not on the timeline: an entry of this kind, by one of the actors, now.

    Args:
        folder: The exercise's folder.
        kind: The kind of entry, e.g. containment.alert.
        body: A JSON file.
        actor: By whom.
    """
    with exercises.resume(folder) as holding:
        index = holding.act(actor, "file", {"file": kind, "body": _body(body)})
        out(f"Injected as entry {index}, at {stamp(holding.now)}.")


def report(folder: Path, /, *, plot: Path | None = None, language: Language = "en", json: bool = False) -> None:
    """The after-action report of an exercise: scores, where the time went, the improvement plan.

    Args:
        folder: The exercise's folder.
        plot: Draw the timeline into this file (.svg or .png).
        language: en or zh.
        json: Answer in JSON, for programs.
    """
    check_plot(plot)
    with exercises.resume(folder) as holding:
        found = exercises.review(holding)
    _told(found, language, json, plot)


def file(live: Path, folder: Path, /) -> None:
    """File an exercise's report and improvement plan with the live authority; each improvement becomes a duty.

    Args:
        live: The live authority's folder.
        folder: The exercise's folder.
    """
    with exercises.resume(folder) as holding:
        found = exercises.review(holding)
    with Authority.open(live) as authority:
        indexes = exercises.file_results(authority, found)
    many = len(indexes) - 1
    out(f"Filed as entry {indexes[0]}, with {many} improvement{'s' if many != 1 else ''}, each a duty of its owner.")


# ── helpers ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _shipped() -> list[Path]:
    return sorted(path for one in discover().values() for path in one.folder.glob("exercises/*.toml"))


def _definition(named: str) -> str:
    path = Path(named)
    if not path.suffix:
        by_id = {one.stem: one for one in _shipped()}
        if named not in by_id and not path.is_file():
            raise NotFound("exercise", named, f"a file, or one of: {', '.join(by_id) or 'none'}")
        path = by_id.get(named, path)
    return read_bytes(str(path), DEFINITION_BYTES_MAX).decode("utf-8", "replace")


def _body(path: Path) -> dict[str, Any]:
    found = read_json(read_bytes(str(path), BODY_BYTES_MAX))
    if not isinstance(found, dict):
        raise BadInput(Fault(path.name, shown(found), "a JSON object: the body of the entry"), "body")
    return found


def _act(
    holding: exercises.Holding, actor: str, asked: tuple[tuple[str, str], ...], body: Path | None
) -> tuple[str, Given]:
    """What an actor is to do, from the options that were given: just one of them."""
    chosen = [(does, name) for does, name in asked if name]
    if len(chosen) != 1 or (chosen[0][0] == "file" and body is None):
        want = "one of --done STEP, --approve STEP, --refuse STEP, or --kind KIND with --body FILE"
        raise BadInput(Fault("play", ", ".join(does for does, _ in chosen) or "(nothing)", want), "exercise")
    if actor not in holding.definition.actors:
        raise NotFound("actor of the exercise", actor, f"it has: {', '.join(holding.definition.actors)}")
    does, name = chosen[0]
    return does, {does: name, **({"body": _body(body)} if body else {})}


def _where(holding: exercises.Holding) -> None:
    out(f"It is {stamp(holding.now)} in the exercise{'; it is over' if holding.over else ''}.")
    reader = holding.authority.reader
    rows = [
        (row["subject"], asked["name"]["en"], asked["kind"], asked["until"] or "")
        for row in protocols.cases(reader, state="open")
        for asked in protocols.who_must_act(reader, row["case"])
    ]
    if rows:
        table("Who must act next", ("about", "step", "waits for", "by"), rows)


def _told(found: dict[str, Any], language: str, json: bool, plot: Path | None) -> None:
    if plot is not None:
        draw(containment.timeline_spec(found, language), plot)
    if json:
        out(json_module.dumps(found, ensure_ascii=False, indent=2))
        return
    out(exercises.as_markdown(found, language))
