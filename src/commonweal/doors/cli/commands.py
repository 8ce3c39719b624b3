"""Serving, looking at and checking an authority; the demo and the stories."""

from __future__ import annotations

import importlib
import os
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import App, Parameter
from cyclopts.validators import Number

from commonweal import listing_files
from commonweal.authority import Authority, open_keys
from commonweal.instruments import discover
from commonweal.kernel import thresholds
from commonweal.kernel.values import FaultCollector, Lasting, NotFound
from commonweal.settings import (
    PUBLIC_URL_VARIABLE,
    Settings,
    checked_database,
    checked_public_url,
)
from commonweal.telemetry import FORM_VARIABLE, server_logging

from . import checking
from .moments import Day
from .out import as_json, bar, err, out, table

SERVE_TARGET = "commonweal.serve:from_environment"
FOLDER_VARIABLE = "COMMONWEAL_FOLDER"


def add_to(app: App) -> None:
    for command in (serve, status, rebuild, export, story, demo):
        app.command(command, name=command.__name__.rstrip("_"))
    app.command(checking.verify)


def serve(
    folder: Path,
    /,
    *,
    host: str = "127.0.0.1",
    port: Annotated[int | None, Parameter(validator=Number(gte=1, lte=65535))] = None,
    public_url: str = "",
    log: Literal["json", "text", "off"] | None = None,
) -> None:
    """Serve the portal and the API of an authority until interrupted.

    Args:
        folder: The authority's folder.
        host: The address to listen on (127.0.0.1: only this machine reaches it).
        port: The port to listen on (that of a public_url that leads to this machine, else 8321).
        public_url: The address under which others know the service, e.g. https://register.example.gov: what signed
            requests must name. Else COMMONWEAL_PUBLIC_URL or public_url in authority.toml; with none of them, signed
            requests are taken only for this machine's own addresses and the host of the log's origin.
        log: A line for each request, act and effect on standard error, without content: json, text or off (text on
            a terminal, json elsewhere). docs/operation.md lists what a line holds.
    """
    settings = Settings.read(
        folder
    )  # a wrong folder or a broken instrument is answered here, not by a worker that will not start
    port = port or settings.port(public_url)
    discover()
    if settings.keys or (folder / "keys.sqlite").is_file():
        open_keys(folder).close()  # a passphrase is asked for here, where there is a terminal
    granian = importlib.import_module("granian")
    constants = importlib.import_module("granian.constants")
    _refuse_taken(host, port)
    os.environ[FOLDER_VARIABLE] = str(folder.resolve())
    if public_url:
        os.environ[PUBLIC_URL_VARIABLE] = checked_public_url(public_url)
    form = log or os.environ.get(FORM_VARIABLE, "") or ("text" if sys.stderr.isatty() else "json")
    os.environ[FORM_VARIABLE] = form
    out(f"Serving {folder} on http://{host}:{port} (Ctrl-C stops it).")
    granian.Granian(
        SERVE_TARGET,
        address=host,
        port=port,
        interface=constants.Interfaces.ASGI,
        factory=True,
        workers=1,
        websockets=False,
        log_access=False,
        log_dictconfig=server_logging(form),
        workers_kill_timeout=10,
    ).serve()


def _refuse_taken(host: str, port: int) -> None:
    """Say so when something else listens there already; the server itself would only log it and try for ever."""
    import socket

    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Lasting(f"cannot listen on {host}:{port}: {error.strerror}; choose another with --port") from error


def status(folder: Path, /, *, json: bool = False) -> None:
    """What stands where: instruments, counts, open duties, threshold states, log size and root.

    Args:
        folder: The authority's folder.
        json: Answer in JSON, for programs.
    """
    with Authority.open(folder) as authority:
        found = authority.status()
        past = thresholds.past_figures(authority.reader, authority.clock.now())
    if json:
        as_json({**found, "past_figures": past})
        return
    out(f"{found['name']['en']} ({found['origin']}){', a replay' if found['replay'] else ''}")
    rows = [("now", found["now"]), ("instruments", ", ".join(found["instruments"]) or "none")]
    for name in ("subjects", "duties", "thresholds", "cases", "entries"):
        counted = [(f"{name}: {label}", value) for label, value in _flat(found[name]) if value or label == "open"]
        rows += counted or [(name, "none")]
    rows += _of_past(past)
    rows += [
        (f"FAULT: {'record' if fault['entry'] is None else 'entry ' + str(fault['entry'])}", fault["problem"])
        for fault in found["faults"]
    ]
    log = found["log"]
    rows += [("log: entries", log["size"]), ("log: root", log["root"]), ("log: verifier key", log["vkey"])]
    rows += _of_witnesses(found["witnesses"])
    if laid_out := found["export"]:
        rows.append(("log: exported", f"{laid_out['size']} to {laid_out['target']}, {laid_out['lag']} behind"))
        rows += [("EXPORT FAILS", laid_out["fault"])] if laid_out["fault"] else []
    table("", ("what", "value"), rows)


def _of_past(past: Sequence[Mapping[str, Any]]) -> list[tuple[str, Any]]:
    """Where states rest on figures about a time that is past, a line a rule: these say nothing about today."""
    rows: list[tuple[str, Any]] = []
    for rule in sorted({row["rule"] for row in past}):
        mine = [row for row in past if row["rule"] == rule]
        newest = max(mine, key=lambda row: row["event"])
        count = f"{len(mine)} subjects" if len(mine) > 1 else newest["subject"]
        told = f"{count}: newest figures about {newest['event']}, filed {newest['known']}; they say nothing about today"
        rows.append((f"thresholds: {rule}", told))
    return rows


def _of_witnesses(found: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """What a log with witnesses has to say of them; one without says nothing."""
    rows: list[tuple[str, Any]] = []
    if found["witnesses"]:
        rows.append(("log: published", f"{found['published']}, {found['waiting']} waiting for witnesses"))
    rows += [(f"ALARM: {item['alarm']}", f"{item['witness']}: {item['detail']}") for item in found["alarms"]]
    return rows + ([("NOTHING IS WRITTEN", found["halted"])] if found["halted"] else [])


def _flat(counts: Any, prefix: str = "") -> list[tuple[str, Any]]:
    if not isinstance(counts, Mapping):
        return [(prefix or "all", counts)]
    rows: list[tuple[str, Any]] = []
    for name, value in counts.items():
        rows += _flat(value, f"{prefix} {name}".strip())
    return rows


def rebuild(folder: Path, /) -> None:
    """Drop every projection and lay it out again from the record.

    Args:
        folder: The authority's folder.
    """
    with Authority.open(folder) as authority:
        before = authority.dump()
        with bar("Rebuilding") as done:
            authority.rebuild(done)
        size = authority.store.size()
        same = authority.dump() == before
    out(f"Rebuilt every projection from {size} entries.")
    if not same:
        err("The projections differ from those that were there: the software or the instruments have changed since.")


def export(
    folder: Path,
    instrument: str,
    listing: str = "",
    /,
    *,
    format: str = "csv",
    output: Annotated[Path | None, Parameter(name=["--output", "-o"])] = None,
    where: Annotated[tuple[str, ...], Parameter(name=["--where", "-w"], negative="")] = (),
    language: Literal["en", "zh"] = "en",
) -> None:
    """Write a listing (the register, a calendar) as CSV or JSON, or in another form that it has.

    Args:
        folder: The authority's folder.
        instrument: The instrument, e.g. model_registration.
        listing: Which of its listings; without it, its first.
        format: csv (the default), json, or another form of that listing (its page links them all).
        output: The file to write; without it, standard output.
        where: A filter, as NAME=VALUE; may be given more than once.
        language: In which language, where the form has words of the house: en or zh.
    """
    query = _query(where)
    with Authority.open(folder) as authority:
        found = listing_files.find_listing(authority.instruments, instrument, listing)
        reading = authority.reading(language)
        rows = listing_files.rows_of(found, reading, query)
        made = listing_files.made(found, format, reading, query)
    for item in found.exports:
        if item.suffix == format and item.lacks:
            lacking = "; ".join(one.in_(language) for one in item.lacks)
            err(f"{item.title.in_(language)} has no place for: {lacking}.")
    if output is None:
        import sys

        sys.stdout.buffer.write(made)
        sys.stdout.buffer.flush()
        return
    draft = output.with_name(output.name + ".new")
    draft.write_bytes(made)
    draft.replace(output)
    err(f"{len(rows)} rows of {instrument}/{found.id} in {output}.")


def _query(where: tuple[str, ...]) -> dict[str, str]:
    faults = FaultCollector("--where")
    for item in where:
        if "=" not in item:
            faults.add("--where", item, "NAME=VALUE, e.g. organisation=openai")
    faults.done()
    return {name: value for name, _, value in (item.partition("=") for item in where)}


def story(instrument: str = "", /) -> int:
    """Run the story of an instrument (or of every one) in a temporary authority and say how it came out.

    Args:
        instrument: Whose story; without it, every instrument's.
    """
    from commonweal import story as stories

    installed = discover()
    if instrument and instrument not in installed:
        raise NotFound("instrument", instrument, f"there are: {', '.join(installed) or 'none'}")
    names = [instrument] if instrument else list(installed)
    chosen = [(name, path) for name in names for path in stories.files_of(installed[name])]
    holds = True
    for name, path in chosen:
        outcome = stories.play(installed[name], path=path)
        holds = holds and outcome.holds
        _told(outcome)
    if not chosen:
        out("No instrument has a story.")
    return 0 if holds else 1


def _told(outcome: Any) -> None:
    out(f"{outcome.instrument}: {outcome.story.title}")
    for number, step in enumerate(outcome.story.steps, 1):
        out(f"  {number}. {step}")
        for item in outcome.checked:
            if item.step == number:
                out(f"     {'ok   ' if not item.problem else 'WRONG'} {item.expectation}")
                if item.problem:
                    out(f"           {item.problem}\n           source of the expectation: {item.source}")
    out(f"  {sum(outcome.entries.values())} entries written, {len(outcome.checked)} expectations, "
        f"{'all came true' if outcome.holds else 'NOT all came true'}.\n")  # fmt: skip


def demo(
    folder: Path = Path("demo"), /, *, to: Day = "", bank: str = "", database: str = ""
) -> None:  # fmt: skip
    """Found an authority on real figures, let fifty years happen, and say in plain words what did.

    Args:
        folder: Where to put it. Safe to repeat: what is there is continued.
        to: Let time go on to this day in one that is there, with figures that are made up: help is open then, to claim.
        bank: Print what a bank that does not exist says of a file of payments, by the file's id: all of it is settled.
        database: Keep its data in this PostgreSQL database, as `weal open --database` does.
    """
    shown = importlib.import_module("commonweal.demo")
    if to or bank:
        with Authority.open(folder) as authority:
            if to:
                shown.go_on(authority, date.fromisoformat(to))
            _tell(shown.told_of_now(authority)) if to else out(shown.settled(authority, bank))
        return
    begun = time.monotonic()
    with bar("Fifty years") as done:
        shown.run(folder, done, database=checked_database(database) if database else "")
    with Authority.open(folder) as authority:
        shown.exercised(authority)
        out(f"{authority.settings.name} in {folder}, replayed in {time.monotonic() - begun:.0f} s.\n")
        _tell(shown.told(authority))
    out("\nLook at it as somebody: paste the key that the line prints on the page /sign-in.")
    for one in shown.people():
        out(f"  weal key issue {folder} {one.party} --role {one.role}    # {one.what}")
    out(f"\nTry help that is on:      weal demo {folder} --to 2026-03-02")
    out(f"Check the record yourself:  weal verify {folder}")


def _tell(lines: Iterable[str]) -> None:
    for line in lines:
        out(line)
