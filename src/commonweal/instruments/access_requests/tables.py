"""What is laid out of requests: every act about one in order, and where it stands by these and by its clocks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from commonweal.kernel import obligations, registry
from commonweal.kernel.instrument import Entry, Reader, Row, Table, Tables
from commonweal.kernel.values import stamp

from .kinds import ANSWER, ANSWERED, EXTENDED, NOUN, QUESTION, REFUSED, STEPS, TAKEN_IN, WITHDRAWN

ANNULLED = "record.annulled"
LAWS = ("eu.gdpr_access", "eu.eudpr_access", "cn.pipl_access", "cn.gbt_35273")
STEP = Table(
    "access_requests_step",
    columns={"request": "text", "entry": "integer", "at": "text", "kind": "text", "by": "text", "body": "json"},
    key=("request", "entry"),
    indexes=(("entry",), ("kind", "request")),
)
"""Every act about a request that was not annulled, `body` as it was filed."""
TABLES = (STEP,)
ENDS = (ANSWERED.id, REFUSED.id, WITHDRAWN.id)
_STEPS = frozenset(kind.id for kind in STEPS)
State = Literal["new", "waiting", "open", "answered", "refused", "taken_back"]
OVER: Mapping[str, State] = {ANSWERED.id: "answered", REFUSED.id: "refused", WITHDRAWN.id: "taken_back"}


@dataclass(frozen=True)
class Standing:
    """Where a request stands. `filed` is its newest version, `first` the entry of its first and `by` who filed it.

    `party` is whose data it is about, as far as that is known; `taken` the newest act that took it in, `asked` the
    questions that wait for an answer, `end` the act that ended it.
    """

    request: str
    name: str
    filed: Mapping[str, Any]
    first: Row
    steps: tuple[Row, ...]

    def newest(self, kind: str) -> Row | None:
        return next((row for row in reversed(self.steps) if row["kind"] == kind), None)

    @property
    def taken(self) -> Row | None:
        return self.newest(TAKEN_IN.id)

    @property
    def under(self) -> tuple[str, ...]:
        return tuple(self.taken["body"]["under"]) if self.taken else ()

    @property
    def by_themselves(self) -> bool:
        return not self.filed.get("came_by")

    @property
    def party(self) -> str:
        taken = self.taken["body"].get("party") if self.taken else None
        return str(taken or self.filed.get("party") or (self.first["author"] if self.by_themselves else ""))

    @property
    def received_on(self) -> str:
        return str(self.filed.get("received_on") or self.first["filed_on"][:10])

    @property
    def asked(self) -> tuple[Row, ...]:
        return waiting(self.steps)

    @property
    def end(self) -> Row | None:
        return next((row for row in self.steps if row["kind"] in ENDS), None)

    @property
    def state(self) -> State:
        if self.end is not None:
            return OVER[self.end["kind"]]
        if self.asked:
            return "waiting"
        return "open" if self.taken else "new"


def waiting(steps: tuple[Row, ...]) -> tuple[Row, ...]:
    """The questions that nobody answered: an answer that names none answers all before it.

    Those about who asks are answered, too, when an officer says afterwards that this is clear.
    """
    found: dict[int, Row] = {}
    for row in steps:
        body = row["body"]
        if row["kind"] == QUESTION.id:
            found[row["entry"]] = row
        elif row["kind"] == ANSWER.id and body.get("question") is not None:
            found.pop(body["question"], None)
        elif row["kind"] == ANSWER.id:
            found.clear()
        elif row["kind"] == TAKEN_IN.id and body["identity"] != "not_confirmed":
            found = {entry: one for entry, one in found.items() if not one["body"].get("identity")}
    return tuple(found.values())


def keep(entry: Entry, tables: Tables) -> None:
    """Lay out what an entry says, before any fact of a request is asked for."""
    if entry.erased:
        return
    if entry.kind == ANNULLED:
        for row in tables.select(STEP, {"entry": int(entry.body["entry"])}):
            tables.delete(STEP, row["request"], row["entry"])
    elif entry.kind in _STEPS:
        told = {"kind": entry.kind, "by": entry.author, "body": dict(entry.body)}
        tables.put(STEP, {"request": entry.body["request"], "entry": entry.index, "at": stamp(entry.time), **told})


# ── queries ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def steps(reader: Reader, request: str) -> tuple[Row, ...]:
    """The acts about a request, oldest first."""
    return tuple(reader.select(STEP, {"request": request}, order=("entry",)))


def standing(reader: Reader, request: str) -> Standing | None:
    """Where a request stands; None where there is none, or nobody can read it any more."""
    row = registry.subject(reader, request)
    return _standing(reader, row, steps(reader, request)) if row is not None and not row["erased"] else None


def _standing(reader: Reader, row: Row, about: tuple[Row, ...]) -> Standing | None:
    versions = [one for one in registry.versions(reader, row["subject"]) if not one["erased"]]
    return Standing(row["subject"], row["name"], row["body"], versions[0], about) if versions else None


def every(reader: Reader) -> list[Standing]:
    """Every request that can still be read, by name."""
    about: dict[str, list[Row]] = {}
    for row in reader.select(STEP, order=("request", "entry")):
        about.setdefault(row["request"], []).append(row)
    rows = [row for row in registry.subjects(reader, NOUN) if not row["erased"]]
    found = (_standing(reader, row, tuple(about.get(row["subject"], ()))) for row in rows)
    return [one for one in found if one is not None]


def clocks(reader: Reader, request: str) -> list[Row]:
    """The duties of the authority to answer a request, the authority's own rows."""
    return [row for row in obligations.duties(reader, subject=request, private=True) if row["law"] in LAWS]


def extension(reader: Reader, request: str) -> Row | None:
    """The newest act that extended the time of a request."""
    return next((row for row in reversed(steps(reader, request)) if row["kind"] == EXTENDED.id), None)
