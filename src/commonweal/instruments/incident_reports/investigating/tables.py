"""What is laid out of investigations: timeline and factors that stand, recommendations and what became of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from commonweal.kernel import persons, registry
from commonweal.kernel.instrument import Act, Entry, Fault, Filer, Reader, Row, Table, Tables, Text
from commonweal.kernel.values import instant, shown, span, stamp

from .. import tables as filed
from ..desk.checking import against
from ..desk.staff import why_not
from ..desk.tables import declare
from ..reports import STEWARDS
from . import recommending, teams
from .kinds import EVENT, EVIDENCE, FACTOR, FINAL, INVESTIGATION, RECOMMENDATION, SEGMENT

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
REPORTED = Table(
    "incident_reports_final_report",
    columns={"investigation": "text", "entry": "integer", "at": "text", "by": "text", "team": "json"},
    key=("investigation",),
)
"""The final report that stands, who filed it, and the team as it was then."""
TABLES = (FOUND_OUT, recommending.RECOMMENDED, recommending.SAID, REPORTED)
_PLAIN = {"event": EVENT.id, "factor": FACTOR.id}
_GROWING = (EVENT.id, FACTOR.id, EVIDENCE.id, RECOMMENDATION.id)
"""What an investigation takes in while it is open; evidence on file changes hands, and is amended, afterwards too."""
_RECORDED = (
    "model", "system_named", "begins", "ends", "records", "weights_sha256", "inputs_sha256", "outputs_sha256",
    "settings_sha256", "method",
)  # fmt: skip
"""What a recorder's segment was bound to when it was first filed."""


def follow(entry: Entry, tables: Tables) -> None:
    """Lay out what an entry says of an investigation or a recommendation."""
    if not entry.erased:
        if entry.kind == INVESTIGATION.id:
            for member in entry.body["team"]:
                declare(entry, entry.body["incident"], member["party"], member, tables)
        elif entry.kind in _PLAIN.values():
            _found_out(entry, tables)
        elif entry.kind == FINAL.id:
            about = {"investigation": entry.body["investigation"], "entry": entry.index, "at": stamp(entry.time)}
            team = teams.members(tables, about["investigation"])
            tables.put(REPORTED, {**about, "by": entry.author, "team": [list(one) for one in team]})
        elif entry.kind == filed.ANNULLED:
            _annulled(int(entry.body["entry"]), tables)
        recommending.follow(entry, tables)
    recommending.settle(entry, tables)


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


def _annulled(index: int, tables: Tables) -> None:
    """An event or factor that was annulled is none, and what it took the place of stands again."""
    for row in tables.select(FOUND_OUT, {"entry": index}):
        tables.delete(FOUND_OUT, row["investigation"], index)
    for former in tables.select(FOUND_OUT, {"corrected": index}):
        tables.put(FOUND_OUT, {**former, "corrected": None})


# ── checks ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def check(act: Act, reader: Reader, filer: Filer) -> Iterator[Fault]:
    """A conflict of interest in the team, a digest or a hand that was changed, a day that is over, an answer by another
    than is asked, what comes once an investigation is closed."""
    yield from teams.check(act, reader, filer)
    if act.kind in _GROWING:
        yield from _of_a_closed_one(act, reader)
    if act.kind == INVESTIGATION.id:
        yield from _of_an_investigation(act, reader)
        yield from _of_a_team(act, reader, filer)
    elif act.kind == EVIDENCE.id:
        yield from _of_evidence(act, reader)
    elif act.kind == SEGMENT.id:
        yield from _of_a_segment(act, reader)
    elif act.kind in _PLAIN.values():
        yield from _of_what_was_found(act, reader)
    yield from recommending.check(act, reader, filer)


def _before(act: Act, reader: Reader) -> Mapping[str, Any] | None:
    """What the subject of an act says now; None where it is not on file, or was erased."""
    row = registry.subject(reader, act.subject or "")
    return row["body"] if row is not None and not row["erased"] else None


def _of_an_investigation(act: Act, reader: Reader) -> Iterator[Fault]:
    body, before = act.body, _before(act, reader)
    closed = before.get("closed_on") if before is not None else None
    if closed and not body.get("closed_on") and not body.get("reopened_because"):
        want = f"why it is opened again: it was closed on {closed}"
        yield Fault("reopened_because", "", want, "missing")
    ended = body.get("closed_on")
    if ended and ended != closed and (first := filed.before_record(str(ended), act.subject or "", reader)):
        told = Text(
            en=f"a day not before the investigation was opened here ({first})",
            zh=f"不早于该调查在此立案之日（{first}）的日期",
        )
        yield Fault("closed_on", str(ended), told["en"], "before_record", told)
    if before and before["incident"] != body["incident"]:
        told = Text(
            en=f"{before['incident']}, into which it is; another incident is another investigation",
            zh=f"须为原事件{before['incident']}；另一事件须另行立案调查",
        )
        yield Fault("incident", body["incident"], told["en"], "changed", told)
    if body.get("closed_on") or body.get("beside_because") or (before and before["incident"] == body["incident"]):
        return
    for other in under_way(reader, body["incident"]):
        if other != act.subject:
            want = (
                f"an incident that nobody investigates ({other} is open), or in beside_because why this goes beside it"
            )
            yield Fault("incident", body["incident"], want, "open_already")


def _of_a_team(act: Act, reader: Reader, filer: Filer) -> Iterator[Fault]:
    """Nobody of a team has a conflict of interest, and each holds a role that fits today.

    Whoever was of it until it is closed is named there still, also where their role has ended meanwhile.
    """
    body, before = act.body, _before(act, reader) or {}
    was = {one["party"]: one.get("role") for one in before.get("team", ())} if body.get("closed_on") else {}
    for number, member in enumerate(body["team"]):
        party, role, field = member["party"], member.get("role", "investigator"), f"team.{number}.party"
        named = (party, tuple(member.get("interests", ())), member.get("despite", ""))
        against_it = list(against(reader, body["incident"], *named, filer=filer, field=field))
        yield from against_it
        if not against_it and was.get(party) != role:
            yield from _no_role(reader, party, role, filer, field)


def _no_role(reader: Reader, party: str, role: str, filer: Filer, field: str) -> Iterator[Fault]:
    """Who finds out is of the staff; who advises may be anybody who holds a role of the record."""
    if role in teams.FIND_OUT:
        why = why_not(reader, party, filer.at)
        want = f"a person of this authority who holds the role {' or '.join(STEWARDS)} today: {why}"
    else:
        person = persons.person_of(reader, party)
        holds = person is not None and persons.standing(reader, person["person"], filer.at).roles
        why = "" if holds else persons.why_not(reader, party, filer.at)
        want = f"a person on record who holds a role today: {why}"
    if why:
        yield Fault(field, party, want, "no_staff")


def _of_a_closed_one(act: Act, reader: Reader) -> Iterator[Fault]:
    row = registry.subject(reader, act.body["investigation"])
    closed = row["body"].get("closed_on") if row is not None and not row["erased"] else None
    before = _before(act, reader)
    if closed and (before is None or before.get("investigation") != act.body["investigation"]):
        want = f"an investigation that is open; this one was closed on {closed}: open it again first, and say why"
        yield Fault("investigation", act.body["investigation"], want, "closed")


def _of_evidence(act: Act, reader: Reader) -> Iterator[Fault]:
    before, body = _before(act, reader), act.body
    custody = list(body.get("custody", ()))
    if custody and custody[0]["giver"] != body["collected_by"]:
        want = f"{body['collected_by']}, who collected it"
        yield Fault("custody.0.giver", custody[0]["giver"], want, "broken")
    if custody and instant(custody[0]["at"]) < instant(body["collected_at"]):
        yield Fault("custody.0.at", custody[0]["at"], f"not before it was collected ({body['collected_at']})", "broken")
    files = list(body.get("files") or ())
    same = before is not None and files == list(before.get("files") or ())
    if len(files) == 1 and not same and body["form"] != "object" and body["sha256"] != files[0]["sha256"]:
        want = f"the digest of its file {files[0]['name']}, {files[0]['sha256']}; of something else file it apart"
        told = Text(en=want, zh=f"其文件 {files[0]['name']} 的摘要 {files[0]['sha256']}；其他内容请另行登记")
        yield Fault("sha256", body["sha256"], want, "other_bytes", told)
    if before is None:
        return
    if body["sha256"] != before["sha256"]:
        want = f"the digest it was bound to, {before['sha256']}; other bytes are other evidence"
        yield Fault("sha256", body["sha256"], want, "changed")
    for name in ("collected_by", "collected_at"):
        if body[name] != before[name]:
            want = f"{before[name]}, as it was first recorded; where that is wrong, annul the entry and file it anew"
            yield Fault(name, body[name], want, "changed")
    known = list(before.get("custody", ()))
    if custody[: len(known)] != known:
        want = "those on file, then new ones; a wrong one goes by annulling the entry that brought it"
        yield Fault("custody", f"{len(custody)} handovers", want, "changed")


def _of_a_segment(act: Act, reader: Reader) -> Iterator[Fault]:
    before, body = _before(act, reader) or {}, act.body
    for name in _RECORDED:
        if before.get(name) is not None and body.get(name) != before[name]:
            want = f"{before[name]}, to which it was bound; another recording is another segment"
            yield Fault(name, shown(str(body.get(name))), want, "changed")


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


# ── queries ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def under_way(reader: Reader, incident: str) -> list[str]:
    """The investigations into an incident that are open."""
    subjects = registry.referring(reader, incident, "incident")
    rows = [registry.subject(reader, one) for one in subjects if one.startswith(f"{INVESTIGATION.noun}:")]
    return [row["subject"] for row in rows if row and not row["erased"] and not row["body"].get("closed_on")]


def in_which(kind: str, entry: int, subject: str, reader: Reader) -> str:
    """Which investigation took in an entry of a kind, about a subject; "" where none did."""
    if kind in _PLAIN.values():
        rows = reader.select(FOUND_OUT, {"entry": entry}, only=("investigation",))
        return str(rows[0]["investigation"]) if rows else ""
    if kind == INVESTIGATION.id:
        return subject
    row = registry.subject(reader, subject) if kind in (EVIDENCE.id, RECOMMENDATION.id) else None
    return str(row["body"].get("investigation", "")) if row is not None else ""


def found_out(reader: Reader, investigation: str, what: str) -> list[Row]:
    """The events (in the order in which they happened) or factors (as filed) that stand."""
    where = {"investigation": investigation, "what": what, "corrected": None}
    return reader.select(FOUND_OUT, where, order=("begins", "entry") if what == "event" else ("entry",))


def final_report(reader: Reader, investigation: str) -> Row | None:
    """The final report that stands, if there is one."""
    return reader.get(REPORTED, investigation)
