"""DBOS as the outbox: one workflow for each run of an effect, with durable pauses between attempts.

What is kept is JSON (its default is pickle); the version of these workflows is pinned, so that an upgrade of the
package finds what an earlier one left. DBOS is one to a process, and one process sends for a folder at a time.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import socket
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from dbos import DBOS, DBOSClient, DBOSConfig, Serializer, SetWorkflowID, WorkflowHandle

from commonweal.kernel.protocols.effects import Outcome
from commonweal.kernel.protocols.outlets import Sending
from commonweal.kernel.values import BadInput, Busy, Fault, digest, stamp

from .carrying import Carrier

NAME, VERSION = "commonweal-outbox", "effects-1"
PAUSE_S_MAX = 3600.0
LEFT_ALONE_MS = 3_600_000  # a run that another host has not touched for an hour is taken over
_carriers: list[tuple[Carrier, Sending]] = []


class JsonSerializer(Serializer):
    """JSON; an error is kept as its words."""

    def serialize(self, data: Any) -> str:
        return json.dumps(data, default=lambda value: {"error": f"{type(value).__name__}: {value}"})

    def deserialize(self, serialized_data: str) -> Any:
        return json.loads(serialized_data)

    def name(self) -> str:
        return "commonweal_json"


@DBOS.step()
def _attempt(effect: str, number: int, taken: Sequence[str] = ()) -> dict[str, Any]:
    """One attempt; it is made again where the process died before it was noted, under the same idempotency key."""
    carrier, _ = _carriers[-1]
    return {**asdict(carrier.attempt(effect, taken)), "at": stamp(datetime.now(UTC))}


@DBOS.workflow()
def _deliver(effect: str, attempts: int, pause_s: float) -> dict[str, Any]:
    """Attempt until it is delivered or refused, at most so many times; the pauses double, and outlive the process."""
    tried: dict[str, Any] = {}
    for number in range(1, attempts + 1):
        tried = {**_attempt(effect, number, tried.get("taken", ())), "attempts": number}
        if not tried["again"] or tried["delivered"] or number == attempts:
            break
        DBOS.sleep(max(tried.get("pause_s", 0.0), min(PAUSE_S_MAX, pause_s * 2 ** (number - 1))))
    return tried


class DbosOutbox:
    """The `Outbox` of one folder. Raises `Busy` where another process has it."""

    def __init__(self, folder: Path, sending: Sending, carrier: Carrier) -> None:
        self._sending = sending
        url = _url(folder, sending)
        self._lock = _locked(folder)
        log = _log_of(carrier.origin)
        self._runs, self._name = _runs_of(carrier.origin, sending), f"outbox-{socket.gethostname()}-{log}"
        name, version = NAME, VERSION
        if sending.database:
            # Authorities that share a database are told apart: none takes up, or takes for its own, what another began.
            # So are folders of one authority, also where one was copied whole. Runs of before that was so are left.
            name, version = f"{NAME}-{log}", f"{VERSION}-{log}"
            self._name += f"-{_own_id(folder)}-{digest(str(folder.resolve()).encode())[:8]}"
        config: DBOSConfig = {
            "name": name,
            "system_database_url": url,
            "application_version": version,
            "executor_id": self._name,
            "serializer": JsonSerializer(),
            "log_level": "ERROR",
            "enable_otlp": False,
            "notification_listener_polling_interval_sec": 0.2,
        }
        _carriers.append((carrier, sending))
        try:
            DBOS(config=config)
            DBOS.launch()
        except BaseException:
            self.close()
            raise
        if not sending.database:
            os.chmod(folder / "effects.sqlite", 0o600)

    def hand(self, effect: str, run: str) -> None:
        """Begin a run, unless it was begun; one that another host left lying is taken over."""
        run = f"{self._runs}/{run}"
        status = DBOS.get_workflow_status(run)
        if status is None:
            with SetWorkflowID(run):
                DBOS.start_workflow(_deliver, effect, self._sending.attempts, self._sending.pause_s)
        elif status.status in ("PENDING", "ENQUEUED") and self._left(status):
            DBOS.resume_workflow(run)

    def _left(self, status: Any) -> bool:
        now = datetime.now(UTC).timestamp() * 1000
        mine = status.executor_id == self._name
        return not mine and now - (status.updated_at or 0) > LEFT_ALONE_MS

    def outcome(self, run: str) -> Outcome | None:
        """What became of a run; None while it is under way, or was never begun here."""
        run = f"{self._runs}/{run}"
        status = DBOS.get_workflow_status(run)
        if status is None or status.status in ("PENDING", "ENQUEUED", "DELAYED"):
            return None
        if status.status != "SUCCESS":
            return Outcome(False, self._sending.attempts, stamp(datetime.now(UTC)), f"the outbox: {status.status}")
        handle: WorkflowHandle[Any] = DBOS.retrieve_workflow(run)
        found: Mapping[str, Any] = handle.get_result()
        names = ("delivered", "attempts", "at", "status", "response_sha256")
        return Outcome(**{name: found[name] for name in names}, taken=tuple(found.get("taken", ())))

    def attempts(self, run: str) -> int:
        """How often a run that is under way was tried."""
        return len(_attempts(DBOS.list_workflow_steps(f"{self._runs}/{run}")))

    def close(self) -> None:
        """Let go of the database; a run that is under way goes on the next time."""
        DBOS.destroy()
        with suppress(IndexError):
            _carriers.pop()
        self._lock.close()


def attempted(folder: Path, sending: Sending, origin: str, runs: Sequence[str]) -> dict[str, tuple[int, str]]:
    """Of runs how often each was tried, and what came of its last attempt; those that were not tried are left out.

    It is asked beside the process that sends, and writes nothing.
    """
    client = DBOSClient(system_database_url=_url(folder, sending), serializer=JsonSerializer())
    try:
        found = {run: _attempts(client.list_workflow_steps(f"{_runs_of(origin, sending)}/{run}")) for run in runs}
    finally:
        client.destroy()
    return {
        run: (len(steps), str((steps[-1]["output"] or {}).get("status", ""))) for run, steps in found.items() if steps
    }


def _attempts(steps: Sequence[Any]) -> list[Any]:
    """The steps of a run that were attempts to send; the others are its pauses."""
    return [one for one in steps if not one["function_name"].startswith("DBOS.")]


def _url(folder: Path, sending: Sending) -> str:
    return _database(sending.database) or f"sqlite:///{(folder / 'effects.sqlite').resolve()}"


def _log_of(origin: str) -> str:
    return digest(origin.encode())[:12]


def _runs_of(origin: str, sending: Sending) -> str:
    """What the names of an authority's runs begin with."""
    return _log_of(origin) + (":2" if sending.database else "")


def _database(url: str) -> str:
    """The URL with each `${VARIABLE}` put in from the environment. Raises `BadInput` where one is not set."""
    found = os.path.expandvars(url)
    if "${" in found:
        raise BadInput(Fault("effects.database", url, "set this environment variable"), "settings")
    return found


def _own_id(folder: Path) -> str:
    """What is drawn for a folder once and kept in it, beside its lock; no backup holds it."""
    path = folder / "effects.id"
    with suppress(FileNotFoundError):
        if found := path.read_text("ascii", "replace").strip():
            return found
    drawn = secrets.token_hex(8)
    written = path.with_suffix(".new")
    written.write_text(f"{drawn}\n", "ascii")
    os.replace(written, path)
    return drawn


def _locked(folder: Path) -> IO[bytes]:
    """The folder's lock, for as long as the file is open: the system lets go of it when a process ends, however."""
    file = (folder / "effects.lock").open("wb")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.close()
        raise Busy(f"another process sends for {folder}; `weal effects list DIR` shows how far it is") from error
    return file
