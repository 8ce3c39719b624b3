"""What the record says of packages in force, laid out: switches, claims and what was done about them, payments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from commonweal.kernel import accounts, registry
from commonweal.kernel.control import Reports
from commonweal.kernel.instrument import Entry, Reader, Row, Table, Tables
from commonweal.kernel.thresholds import THRESHOLD_SWITCHED, states
from commonweal.kernel.values import stamp

from . import sameness
from .kinds import (
    APPEAL_DECIDED,
    CHANGED,
    CLAIM,
    CLOSED,
    CORRECTED,
    CORRECTION,
    MARKS_KEPT,
    NOT_TAKEN_BACK,
    OPENED,
    PAID,
    RUN_DONE,
    STEPS,
    WITHDRAWN,
)
from .packages import SUFFIX

FIRING = "firing"
OBSERVATIONS = "observations.batch"
CROSSING = Table(
    "adaptive_safety_net_crossing",
    columns={
        "entry": "integer", "rule": "text", "subject": "text", "at": "text", "known": "text", "from_state": "text",
        "to_state": "text", "cause": "text", "scale": "real", "counterfactual": "integer",
    },
    key=("entry",),
    indexes=(("rule", "subject"),),
)  # fmt: skip
"""Every switch that was recorded, with the day on which it was (`known`) and the month that it is about (`at`)."""
CALLED = Table(
    "adaptive_safety_net_called",
    columns={"rule": "text", "subject": "text", "entry": "integer", "known": "text", "scale": "real"},
    key=("rule", "subject", "entry"),
)
"""Which part of the help the trigger of an adopted package called for, each time that figures changed it."""
PACKAGE = Table("adaptive_safety_net_package", columns={"rule": "text", "entry": "integer"}, key=("rule",))
"""The triggers of which a package was adopted."""
STEP = Table(
    "adaptive_safety_net_step",
    columns={
        "claim": "text",
        "entry": "integer",
        "at": "text",
        "on": "text",
        "kind": "text",
        "by": "text",
        "body": "json",
    },
    key=("claim", "entry"),
    indexes=(("entry",),),
)
OPEN = Table("adaptive_safety_net_open", columns={"programme": "text", "entry": "integer"}, key=("programme",))
"""Programmes that were opened, by the entry that asked for it: what waits for a second officer is none."""
CLOSING = Table(
    "adaptive_safety_net_closing", columns={"programme": "text", "entry": "integer", "on": "text"}, key=("programme",)
)
RUN_ROW = Table(
    "adaptive_safety_net_run",
    columns={
        "programme": "text", "entry": "integer", "month": "text", "day": "text", "paid": "integer", "cents": "integer",
        "largest": "integer", "second": "integer", "wanted": "integer", "refused": "integer", "state": "text",
        "told": "integer",
    },
    key=("programme", "entry"),
    indexes=(("entry",),),
)  # fmt: skip
"""A run of payments: how many it paid, what it paid in all and its two largest; `state` is paid, cut, refused or held.

`refused` counts the payments that the ledger did not take. Until the ledger has said so it is what is wanted. `told`
says whether its figures are told to everybody, null where its entry does not (`telling`)."""
PAYMENT = Table(
    "adaptive_safety_net_payment",
    columns={
        "claim": "text", "month": "text", "run": "integer", "day": "text", "cents": "integer",
        "overpaid": "integer", "steps": "json", "earlier": "json", "asked": "integer", "stopped": "text",
    },
    key=("claim", "month"),
    indexes=(("run",),),
)  # fmt: skip
"""What was paid on a claim with a month, of it for `earlier` ones, each with its steps (none of what was paid before
that was told). With `asked` the ledger was asked to, and has not answered yet. What is
`stopped` does not go out: it is `BACK` in the fund, or `HELD` where the ledger did not put it back."""
BACK, HELD = "back", "held"
STOPPED = Table(
    "adaptive_safety_net_stopped",
    columns={"transfer": "text", "fund": "text", "day": "text", "cents": "integer"},
    key=("transfer",),
    indexes=(("fund",),),
)
"""What the ledger put back in a fund of payments that were stopped, each with the day of the run that had paid it.

It is laid out from the ledger: it stays when nobody can read any more whose payment it was."""
DOUBLED = Table(
    "adaptive_safety_net_doubled",
    columns={
        "payment": "text", "claim": "text", "programme": "text", "cents": "integer", "booked": "integer", "day": "text",
    },
    key=("payment",),
    indexes=(("claim",), ("programme",)),
)  # fmt: skip
"""Payments of which the bank settled more than one attempt: cents beyond the first, and how many the ledger was asked
to book (`doubled`); `day` is that on which it was known. Of one that was stopped, and is in the fund again, whatever
the bank settled is beyond that."""
FEE = Table("adaptive_safety_net_fee", columns={"id": "text", "cents": "integer"}, key=("id",))
"""What a bank kept of a payment that it gave back, as far as the ledger was asked to book it."""
CLAIMED = Table(
    "adaptive_safety_net_claimed",
    columns={"claim": "text", "programme": "text", "author": "text", "first": "integer", "filed_on": "text"},
    key=("claim",),
    indexes=(("programme", "author"), ("first",)),
)
"""Each claim with who filed it first, by which entry and when: what one claim asks of the others, none of them read."""
ASKED = Table(
    "adaptive_safety_net_asked",
    columns={
        "transfer": "text",
        "run": "integer",
        "whose": "text",
        "month": "text",
        "cents": "integer",
        "body": "json",
    },
    key=("transfer",),
    indexes=(("run",),),
)
"""Transfers that a run asked the ledger for, with what is recorded of each (`body`) if it makes it."""
UNPAID = Table(
    "adaptive_safety_net_refused",
    columns={
        "whose": "text", "month": "text", "programme": "text", "run": "integer", "cents": "integer", "outcome": "text",
    },
    key=("whose", "month"),
    indexes=(("programme",),),
)  # fmt: skip
"""What the ledger did not take, of a claim or an area, and why: still due, until a later run pays it."""
KEPT = Table(
    "adaptive_safety_net_kept",
    columns={"claim": "text", "programme": "text", "first": "integer", "paid": "json"},
    key=("claim",),
    indexes=(("first",),),
)
"""What is left of claims that were erased: which entry came first, and cents by month that the bank had."""
REPORTS = Reports(
    "adaptive_safety_net",
    "claim",
    lambda reader, claim: claim,
    lambda reader, claim: died(steps_of(reader, claim)) is not None,
)
"""Deaths that were reported and are not confirmed, and who says that they live."""
TABLES = (OPEN, KEPT, CROSSING, CALLED, PACKAGE, STEP, CLOSING, RUN_ROW, PAYMENT, ASKED, UNPAID, STOPPED, DOUBLED,
          FEE, CLAIMED, sameness.MARK, *REPORTS.tables)  # fmt: skip
_STEPS = frozenset(kind.id for kind in STEPS)


# ── what is laid out ────────────────────────────────────────────────────────────────────────────────────────────────


def keep(entry: Entry, tables: Tables) -> None:
    """Lay out what an entry says, before any fact of a claim is asked for."""
    if entry.erased:
        return
    sameness.keep(entry, tables)
    body = entry.body
    if entry.kind == CLAIM.id and tables.get(CLAIMED, entry.subject) is None:
        told = {"programme": body["programme"], "author": entry.author, "first": entry.index}
        tables.put(CLAIMED, {"claim": entry.subject, **told, "filed_on": stamp(entry.time)})
    elif entry.kind == CLAIM.id:
        _keep_again(entry, tables)
    if entry.kind == THRESHOLD_SWITCHED.id:
        taken = ("rule", "subject", "at", "from_state", "to_state", "cause", "scale")
        told = {name: body.get(name) for name in taken}
        known, not_law = entry.day.isoformat(), int(body.get("counterfactual", False))
        tables.put(CROSSING, {"entry": entry.index, "known": known, "counterfactual": not_law, **told})
    elif entry.kind == registry.RULE_ADOPTED.id and str(body["rule_id"]).endswith(SUFFIX):
        tables.put(PACKAGE, {"rule": str(body["rule_id"]).removesuffix(SUFFIX), "entry": entry.index})
    elif entry.kind == OBSERVATIONS:
        _keep_called(entry, tables)
    elif entry.kind in _STEPS:
        told = {"kind": entry.kind, "by": entry.author, "body": {**body, **_was(entry, tables)}}
        tables.put(STEP, {"claim": body["claim"], "entry": entry.index, **_when(entry), **told})
    elif entry.kind == PAID.id:
        put_payment(tables, body["claim"], body, entry.day)
    elif entry.kind == OPENED.id:
        tables.put(OPEN, {"programme": entry.subject, "entry": entry.says})
    elif entry.kind == MARKS_KEPT.id:
        tables.put(KEPT, {name: body[name] for name in ("claim", "programme", "first", "paid")})
    elif entry.kind == RUN_DONE.id:
        put_run(tables, body, entry.day)
    elif entry.kind == CLOSED.id and tables.get(CLOSING, body["programme"]) is None:
        on = entry.day.isoformat()
        tables.put(CLOSING, {"programme": body["programme"], "entry": entry.index, "on": on})


def _was(entry: Entry, tables: Tables) -> dict[str, Any]:
    """What a claim said of the facts that an act corrects, when it did."""
    facts = [name for name in CORRECTED if entry.body.get(name) is not None]
    if entry.kind not in (APPEAL_DECIDED.id, CORRECTION.id) or not facts:
        return {}
    row = registry.subject(tables, str(entry.body["claim"]))
    before = (row["body"] or {}) if row else {}
    return {"was": {name: before.get(name) for name in facts}}


def _when(entry: Entry) -> dict[str, str]:
    """When something was done: the instant, and the day that it counts for."""
    return {"at": stamp(entry.time), "on": entry.day.isoformat()}


def _keep_again(entry: Entry, tables: Tables) -> None:
    """A claim that was taken back is made again: from when, stands among what was done about it."""
    if withdrawn(steps_of(tables, str(entry.subject))):
        told = {"kind": entry.kind, "by": entry.author, "body": {}}
        tables.put(STEP, {"claim": entry.subject, "entry": entry.index, **_when(entry), **told})


def takings_back(steps: Iterable[Row]) -> list[Row]:
    """The acts by which a claim was taken back, without those that were found to be a mistake."""
    found = dict[int, Row]()
    for row in steps:
        if row["kind"] == WITHDRAWN.id:
            found[row["entry"]] = row
        elif row["kind"] == NOT_TAKEN_BACK.id:
            found.pop(row["body"]["withdrawal"], None)
        elif row["kind"] == APPEAL_DECIDED.id:
            for entry in row["body"].get("not_taken_back", ()):
                found.pop(entry, None)
    return list(found.values())


def withdrawn(steps: Sequence[Row]) -> Row | None:
    """By what a claim is taken back; None where it was not, or was made again since."""
    last = takings_back(steps)[-1:]
    again = any(row["kind"] == CLAIM.id and row["entry"] > last[0]["entry"] for row in steps) if last else False
    return last[0] if last and not again else None


def steps_of(reader: Reader, claim: str) -> list[Row]:
    """Every act about a claim, in order."""
    return reader.select(STEP, {"claim": claim}, order=("entry",))


def died(steps: Iterable[Row]) -> Row | None:
    """What says that whoever claims died, as it was said last; None where nothing does, or it was taken back."""
    told = [row for row in steps if row["kind"] == CHANGED.id and row["body"]["what"] in ("died", "alive")]
    return told[-1] if told and told[-1]["body"]["what"] == "died" else None


def death_reported(reader: Reader) -> set[str]:
    """The claims on which nothing is paid because a death was reported."""
    return {str(row["claim"]) for row in reader.select(REPORTS.reported, only=("claim",))}


def put_payment(tables: Tables, claim: str, body: Mapping[str, Any], day: date, *, asked: bool = False) -> None:
    """Lay out what was paid on a claim, or what the ledger is `asked` to pay; said again, it is the same."""
    unit = body["unit"]
    cents, over = (accounts.amount_of(body[name], unit) for name in ("amount", "overpaid"))
    steps, earlier = list(body["steps"]), body.get("earlier")
    told = {"run": body["run"], "day": day.isoformat(), "cents": cents, "overpaid": over, "steps": steps}
    told["earlier"] = None if earlier is None else list(earlier)
    tables.put(PAYMENT, {"claim": claim, "month": body["month"], **told, "asked": int(asked), "stopped": ""})
    if not asked:
        made_good(tables, claim)


def made_good(tables: Tables, whose: str) -> None:
    """A payment brings what was refused before with it: arrears come whole."""
    for row in tables.select(UNPAID, {"whose": whose}):
        tables.delete(UNPAID, row["whose"], row["month"])


def put_run(tables: Tables, body: Mapping[str, Any], day: date) -> None:
    """Lay out what a run came to; said again, it is the same."""
    taken = ("programme", "month", "state", "paid", "cents", "largest", "second", "wanted")
    told = {name: body[name] for name in taken}
    told["told"] = None if body.get("told") is None else int(body["told"])
    tables.put(RUN_ROW, {**told, "refused": body.get("refused", 0), "entry": body["run"], "day": day.isoformat()})


def _keep_called(entry: Entry, tables: Tables) -> None:
    for package in tables.select(PACKAGE):
        for row in states(tables, package["rule"]):
            if row["state"] != FIRING or row["scale"] is None:
                continue
            about = {"rule": package["rule"], "subject": row["subject"]}
            before = tables.select(CALLED, about, order=("-entry",), limit=1)
            if not before or before[0]["scale"] != row["scale"]:
                known = entry.day.isoformat()
                tables.put(CALLED, {**about, "entry": entry.index, "known": known, "scale": row["scale"]})
