"""What leaves the house because of a case: an intent as an entry, and the evidence of what became of it as another.

A step's commands that are to leave (`deliver`) give one `effect.requested` for each command and target. An outbox
outside the kernel carries it out, at least once, under the effect's identifier as its idempotency key, and files
`effect.delivered` or `effect.failed`. The record alone says what is still to be done: an outbox that is lost is rebuilt
from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Protocol

from pydantic import Field

from commonweal.kernel.disclosure.kinds import HOUSE_SAYS, PUBLIC, Filing, Kind
from commonweal.kernel.record.entries import Act, Entry
from commonweal.kernel.record.tables import Reader, Row, Table, Tables
from commonweal.kernel.values import Conflict, FaultCollector, NotFound, Text, digest, stamp

from .cases import Case
from .events import EffectWanted, Intent

WANTED, DELIVERED, FAILED = "wanted", "delivered", "failed"
BY_HAND = "by hand"
EffectId = Annotated[str, Field(pattern=r"^effect:[0-9a-f]{40}$")]
CaseId = Annotated[str, Field(pattern=r"^(case:[a-z0-9][a-z0-9.\-]{0,95})?$")]
Target = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.\-]{0,60}$")]
Attempts = Annotated[int, Field(ge=0, le=10_000)]
EFFECT = Table(
    "protocols_effect",
    columns={
        "effect": "text",
        "case": "text",
        "step": "text",
        "subject": "text",
        "target": "text",
        "command": "text",
        "text": "json",
        "requested": "integer",
        "requested_at": "text",
        "state": "text",
        "changed_at": "text",
        "evidence": "integer",
        "attempts": "integer",
        "status": "text",
    },
    key=("effect",),
    indexes=(("state",), ("case",)),
)


class EffectRequested(Filing):
    """A command of a step is to leave the house for a target that the authority declares. `text` is what it says.

    A letter goes out without a case, and says nothing of its subject here.
    """

    effect: Annotated[EffectId, PUBLIC]
    case: Annotated[CaseId, PUBLIC]
    step: Annotated[str, Field(max_length=120), PUBLIC]
    subject: Annotated[str, PUBLIC]
    target: Annotated[Target, PUBLIC]
    command: Annotated[str, Field(min_length=1, max_length=80), PUBLIC]
    text: dict[str, Annotated[str, Field(max_length=20_000)]]


class EffectDelivered(Filing):
    """An effect has left: how often it was tried, what the other side answered (status, and the digest of its answer).

    `by_hand`: somebody did it and says so here, instead of the outbox, with a `note` of how. That is all that anybody
    but the outbox can say.
    """

    effect: Annotated[EffectId, PUBLIC]
    case: Annotated[CaseId, PUBLIC]
    target: Annotated[Target, PUBLIC]
    attempts: Annotated[Attempts, PUBLIC, HOUSE_SAYS] = 1
    at: Annotated[str, Field(max_length=40), PUBLIC]
    status: Annotated[str, Field(max_length=200), HOUSE_SAYS] = ""
    response_sha256: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$"), PUBLIC, HOUSE_SAYS] = ""
    by_hand: Annotated[bool, PUBLIC] = False
    note: Annotated[str, Field(max_length=8000)] = ""


class EffectFailed(Filing):
    """An effect could not be carried out after every attempt; whoever answers for it may have it tried again.

    `taken` marks the mail addresses that have it nevertheless: they do not get it again. `returned`: the mail was taken
    at first, and came back.
    """

    effect: Annotated[EffectId, PUBLIC]
    case: Annotated[CaseId, PUBLIC]
    target: Annotated[Target, PUBLIC]
    attempts: Annotated[Attempts, PUBLIC]
    at: Annotated[str, Field(max_length=40), PUBLIC]
    problem: Annotated[str, Field(max_length=500)]
    taken: list[Annotated[str, Field(max_length=80)]] = Field(default=[], max_length=1000)
    returned: Annotated[bool, PUBLIC] = False


REQUESTED_KIND = Kind(
    id="effect.requested", schema=EffectRequested, title=Text(en="To be sent out", zh="待对外发送"), files=()
)
DELIVERED_KIND = Kind(
    id="effect.delivered",
    schema=EffectDelivered,
    title=Text(en="Sent out", zh="已对外发送"),
    files=("officer", "authority"),
    by_house=True,
)
FAILED_KIND = Kind(
    id="effect.failed",
    schema=EffectFailed,
    title=Text(en="Could not be sent out", zh="对外发送失败"),
    files=(),
    by_house=True,
)
KINDS = (REQUESTED_KIND, DELIVERED_KIND, FAILED_KIND)


def effect_id(case: str, wanted: EffectWanted) -> str:
    """By what an effect is called: the same for the same command of the same visit, whoever works it out."""
    parts = (case, wanted.step, str(wanted.visit), str(wanted.command), wanted.target)
    return f"effect:{digest(chr(10).join(parts).encode())[:40]}"


def requests(cause: int, case: Case, intents: Iterable[Intent]) -> Iterator[Act]:
    """The acts by which intents to send something out are recorded, each once; `cause` is the entry behind them."""
    for intent in intents:
        if isinstance(intent, EffectWanted):
            command = case.playbook.steps[intent.step].commands[intent.command]
            effect = effect_id(case.id, intent)
            body = {
                "effect": effect,
                "case": case.id,
                "step": intent.step,
                "subject": case.subject,
                "target": intent.target,
                "command": command.type,
                "text": dict(command.text),
            }
            key = f"{REQUESTED_KIND.id}:{effect}"
            yield Act(REQUESTED_KIND.id, body, key=key, subject=case.subject, causes=(cause,))


def follow(entry: Entry, tables: Tables) -> None:
    """Note what is to be sent out, and what became of it. Evidence after the first delivery changes nothing, but that
    it came back."""
    body = entry.body
    if entry.kind == REQUESTED_KIND.id:
        names = ("effect", "case", "step", "subject", "target", "command", "text")
        said = {"requested": entry.index, "requested_at": stamp(entry.time), **_outcome(WANTED, entry, None, 0, "")}
        tables.put(EFFECT, {**{name: body[name] for name in names}, **said})
        return
    row = tables.get(EFFECT, body["effect"])
    if row is None or (row["state"] == DELIVERED and not _came_back(row, body)):
        return
    state = DELIVERED if entry.kind == DELIVERED_KIND.id else FAILED
    status = BY_HAND if body.get("by_hand") else str(body.get("status", body.get("problem", "")))
    tables.put(EFFECT, {**row, **_outcome(state, entry, entry.index, body.get("attempts", 1), status)})


def _came_back(row: Row, body: Mapping[str, Any]) -> bool:
    return bool(body.get("returned")) and row["status"] != BY_HAND


def _outcome(state: str, entry: Entry, evidence: int | None, attempts: int, status: str) -> dict[str, Any]:
    return {
        "state": state,
        "changed_at": stamp(entry.time),
        "evidence": evidence,
        "attempts": attempts,
        "status": status,
    }


def effects(reader: Reader, *, case: str | None = None, state: str | None = None) -> list[Row]:
    """What was to be sent out, oldest first, with what became of it: `state` is wanted, delivered or failed."""
    where = {name: value for name, value in (("case", case), ("state", state)) if value is not None}
    return reader.select(EFFECT, where, order=("requested",))


def beginning(reader: Reader, start: str) -> Row:
    """The effect whose name begins so. Raises `NotFound`."""
    found = reader.select(EFFECT, {"effect": (">=", start)}, order=("effect",), limit=1)
    if not found or not found[0]["effect"].startswith(start):
        raise NotFound("effect", f"{start}…", "`weal effects list DIR` lists them")
    return found[0]


def effect(reader: Reader, effect: str) -> Row:
    """One effect. Raises `NotFound`."""
    row = reader.get(EFFECT, effect)
    if row is None:
        raise NotFound("effect", effect, "`weal effects DIR` lists them")
    return row


def check_evidence(reader: Reader, body: Mapping[str, Any], *, by_house: bool) -> None:
    """Refuse evidence about nothing, about what was delivered already, and of the outbox where it is not the house's.

    Raises `BadInput`, `NotFound` and `Conflict`.
    """
    if not by_house:
        _check_by_hand(body)
    row = effect(reader, body["effect"])
    if body.get("returned") and row["state"] == WANTED:
        raise Conflict(f"{row['effect']} was not sent yet: nothing of it can have come back")
    if row["state"] == DELIVERED and not _came_back(row, body):
        raise Conflict(f"{row['effect']} was delivered: entry {row['evidence']} says so")
    for name in ("case", "target"):
        if body[name] != row[name]:
            raise Conflict(f"{row['effect']} is of {name} {row[name]}, not of {body[name]}")


def _check_by_hand(body: Mapping[str, Any]) -> None:
    faults = FaultCollector(DELIVERED_KIND.id)
    if not body.get("by_hand"):
        faults.add("by_hand", body.get("by_hand"), "true: what the outbox sends, it says itself", "by_house")
    if not str(body.get("note", "")).strip():
        faults.add("note", "(absent)", "who sent it, how and to whom", "missing")
    faults.done()


# ── the outbox, as the kernel needs it ──────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an effect that an outbox was given; `taken` marks the addresses that have it."""

    delivered: bool
    attempts: int
    at: str
    status: str
    response_sha256: str = ""
    taken: tuple[str, ...] = ()


class Outbox(Protocol):
    """Carries effects out, each at least once and under its own identifier. What it forgets, the record still knows."""

    def hand(self, effect: str, run: str) -> None:
        """Take an effect; the same `run` twice is taken once. A new `run` tries one again that had failed."""

    def outcome(self, run: str) -> Outcome | None:
        """What became of a run; None while it is not known."""

    def attempts(self, run: str) -> int:
        """How often a run that is under way was tried; 0 where that is not known."""

    def close(self) -> None: ...
