"""What is laid out of investigations: timeline and factors that stand, recommendations and what became of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from commonweal.kernel import registry
from commonweal.kernel.instrument import Act, Entry, Fault, Filer, Reader, Row, Table, Tables
from commonweal.kernel.values import shown, span, stamp

from .. import tables as filed
from ..desk.checking import against
from .kinds import ANSWERED, EVENT, EVIDENCE, FACTOR, FINAL, FOUND, INVESTIGATION, RECOMMENDATION

FOUND_OUT = Table(
    "incident_reports_found_out",
    columns={
        "investigation": "text", "entry": "integer", "what": "text", "at": "text", "by": "text", "occurred": "text",
        "begins": "text", "corrected": "integer",
    },
    key=("investigation", "entry"),
)  # fmt: skip
"""Events and factors (`what`) in their order; `begins` is the instant before which an event did not happen, `corrected`
the entry that took its place."""
RECOMMENDED = Table(
    "incident_reports_recommended",
    columns={
        "recommendation": "text", "name": "text", "investigation": "text", "addressee": "text", "due": "text",
        "state": "text", "entry": "integer", "changed": "text",
    },
    key=("recommendation",),
    indexes=(("investigation",), ("addressee",), ("state",)),
)  # fmt: skip
"""`state`: open, accepted, rejected, implemented (so its addressee), verified or closed (so the authority)."""
SAID = Table(
    "incident_reports_recommendation_said",
    columns={"recommendation": "text", "entry": "integer", "at": "text", "what": "text"},
    key=("recommendation", "entry"),
)
"""Answers and findings in their order."""
REPORTED = Table(
    "incident_reports_final_report",
    columns={"investigation": "text", "entry": "integer", "at": "text"},
    key=("investigation",),
)
TABLES = (FOUND_OUT, RECOMMENDED, SAID, REPORTED)
OVER = ("verified", "closed")
_MOVING = (RECOMMENDATION.id, ANSWERED.id, FOUND.id)
_PLAIN = {"event": EVENT.id, "factor": FACTOR.id}


def follow(entry: Entry, tables: Tables) -> None:
    """Lay out what an entry says of an investigation or a recommendation."""
    if not entry.erased:
        if entry.kind in _PLAIN.values():
            _found_out(entry, tables)
        elif entry.kind in (ANSWERED.id, FOUND.id):
            what = entry.body.get("answer") or entry.body["finding"]
            about = {"recommendation": entry.body["recommendation"], "entry": entry.index, "at": stamp(entry.time)}
            tables.put(SAID, {**about, "what": what})
        elif entry.kind == FINAL.id:
            about = {"investigation": entry.body["investigation"], "entry": entry.index, "at": stamp(entry.time)}
            tables.put(REPORTED, about)
    moved = entry.body.get("recommendation") if entry.kind in (ANSWERED.id, FOUND.id) else entry.subject
    if entry.kind in (*_MOVING, filed.ANNULLED) and (moved or "").startswith("recommendation:"):
        _settle(str(moved), entry, tables)


def _found_out(entry: Entry, tables: Tables) -> None:
    body, occurred = entry.body, entry.body.get("occurred")
    row = {
        "investigation": body["investigation"],
        "entry": entry.index,
        "what": "event" if entry.kind == EVENT.id else "factor",
        "at": stamp(entry.time),
        "by": entry.author,
        "occurred": occurred,
        "begins": stamp(span(occurred)[0]) if occurred else None,
        "corrected": None,
    }
    tables.put(FOUND_OUT, row)
    corrects = body.get("corrects")
    former = tables.get(FOUND_OUT, body["investigation"], corrects) if corrects is not None else None
    if former is not None:
        tables.put(FOUND_OUT, {**former, "corrected": entry.index})


def _settle(recommendation: str, entry: Entry, tables: Tables) -> None:
    newest = registry.subject(tables, recommendation)
    if newest is None:
        tables.delete(RECOMMENDED, recommendation)
        return
    body = newest["body"]
    row = {
        "recommendation": recommendation,
        "name": newest["name"],
        "investigation": body.get("investigation"),
        "addressee": body.get("addressee"),
        "due": body.get("due"),
        "state": _state(said(tables, recommendation)),
        "entry": newest["entry"],
        "changed": stamp(entry.time),
    }
    tables.put(RECOMMENDED, row)


def _state(rows: Iterable[Row]) -> str:
    """Where a recommendation has come to: what was not found done is accepted still."""
    state = "open"
    for row in rows:
        state = "accepted" if row["what"] == "not_verified" else row["what"]
    return state


# ── checks ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def check(act: Act, reader: Reader, filer: Filer) -> Iterator[Fault]:
    """A conflict of interest in the team, a digest or a hand that was changed, an answer by another than is asked."""
    body = act.body
    if act.kind == INVESTIGATION.id:
        for number, member in enumerate(body["team"]):
            named = (member["party"], tuple(member.get("interests", ())), member.get("despite", ""))
            yield from against(reader, body["incident"], *named, filer=filer, field=f"team.{number}.party")
    elif act.kind == EVIDENCE.id:
        yield from _of_evidence(act, reader)
    elif act.kind in _PLAIN.values():
        yield from _of_what_was_found(act, reader)
    elif act.kind == ANSWERED.id:
        yield from _of_an_answer(body, reader)
    elif act.kind == FOUND.id:
        yield from _of_a_finding(body, reader)


def _of_evidence(act: Act, reader: Reader) -> Iterator[Fault]:
    former = registry.subject(reader, act.subject or "")
    if former is None or former["erased"]:
        return
    before, body = former["body"], act.body
    if body["sha256"] != before["sha256"]:
        want = f"the digest it was bound to, {before['sha256']}; other bytes are other evidence"
        yield Fault("sha256", body["sha256"], want, "changed")
    known = list(before.get("custody", ()))
    if list(body.get("custody", ()))[: len(known)] != known:
        yield Fault("custody", f"{len(body.get('custody', ()))} handovers", "those on file, then new ones", "changed")


def _of_what_was_found(act: Act, reader: Reader) -> Iterator[Fault]:
    body, corrects = act.body, act.body.get("corrects")
    row = reader.get(FOUND_OUT, body["investigation"], corrects) if corrects is not None else None
    if corrects is not None and (row is None or _PLAIN[row["what"]] != act.kind or row["corrected"] is not None):
        want = f"the entry of one of {body['investigation']} that stands"
        yield Fault("corrects", shown(corrects), want, "reference")
    for number, proof in enumerate(body.get("evidence", ())):
        about = registry.subject(reader, proof)
        if about is not None and about["body"].get("investigation") not in (None, body["investigation"]):
            yield Fault(f"evidence.{number}", proof, f"evidence of {body['investigation']}", "reference")


def _of_an_answer(body: Mapping[str, Any], reader: Reader) -> Iterator[Fault]:
    row = recommendation(reader, body["recommendation"])
    if row is None:
        return
    if row["addressee"] != body["organisation"]:
        yield Fault("organisation", body["organisation"], f"its addressee, {row['addressee']}", "addressee")
    if row["state"] in OVER:
        yield Fault("recommendation", body["recommendation"], f"one that is not {row['state']} already", "over")


def _of_a_finding(body: Mapping[str, Any], reader: Reader) -> Iterator[Fault]:
    row = recommendation(reader, body["recommendation"])
    if row is not None and body["finding"] != "closed" and row["state"] != "implemented":
        want = f"closed, or a recommendation that its addressee says is implemented (it is {row['state']})"
        yield Fault("finding", body["finding"], want, "not_implemented")


# ── queries ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def found_out(reader: Reader, investigation: str, what: str) -> list[Row]:
    """The events (in the order in which they happened) or factors (as filed) that stand."""
    where = {"investigation": investigation, "what": what, "corrected": None}
    return reader.select(FOUND_OUT, where, order=("begins", "entry") if what == "event" else ("entry",))


def recommendation(reader: Reader, subject: str) -> Row | None:
    """One recommendation with where it has come to."""
    return reader.get(RECOMMENDED, subject)


def recommendations(reader: Reader, **where: str) -> list[Row]:
    """Recommendations by investigation, addressee or state, those due first at the top."""
    return reader.select(RECOMMENDED, where, order=("due", "recommendation"))


def said(reader: Reader, recommendation: str) -> list[Row]:
    """What its addressee answered and the authority found, oldest first."""
    return reader.select(SAID, {"recommendation": recommendation}, order=("entry",))


def overdue(row: Row, today: str) -> bool:
    """Whether a recommendation is late on a day: nobody has said by its last day that it is done, or why not."""
    return row["state"] in ("open", "accepted") and bool(row["due"]) and row["due"] < today


def final_report(reader: Reader, investigation: str) -> Row | None:
    """The final report that stands, if there is one."""
    return reader.get(REPORTED, investigation)
