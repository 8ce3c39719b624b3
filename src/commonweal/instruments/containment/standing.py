"""Who was called on to do what, and how far that is: this instrument's own tables, and what rules ask of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from commonweal.kernel import protocols, registry
from commonweal.kernel.instrument import Act, Entry, Fact, Facts, Reader, Row, Table, Tables
from commonweal.kernel.values import instant, stamp

from .kinds import (
    ALERT,
    CALL,
    COPY,
    DONE,
    EVIDENCE,
    FOLLOWED,
    IMPROVEMENT,
    OBJECTED,
    ORDER,
    PAUSED,
    RELEASE,
    REPORT,
    REPORTED,
    ROUND,
    SAFE,
    STOPPED,
    TAKEN_BACK,
    TOLD,
)
from .rights import right_of

ORDERS = Table(
    "containment_order",
    columns={
        "order": "text",
        "alert": "text",
        "about": "text",
        "measure": "text",
        "addressee": "text",
        "version": "text",
        "copy_of": "text",
        "ordered_at": "text",
        "entry": "integer",
        "answer": "text",
        "answered_at": "text",
        "answer_entry": "integer",
        "safeguards_at": "text",
        "outcome": "text",
        "released_at": "text",
    },
    key=("order",),
    indexes=(("alert", "measure"),),
)
ROUNDS = Table(
    "containment_round",
    columns={"alert": "text", "measure": "text", "stage": "text", "addressed": "integer", "entry": "integer"},
    key=("alert", "measure", "stage", "addressed"),
)
ALERTS = Table("containment_alert", columns={"alert": "text", "outcome": "text", "at": "text"}, key=("alert",))
HAPPENED = Table(
    "containment_happened",
    columns={"alert": "text", "entry": "integer", "at": "text", "what": "text", "said": "json"},
    key=("alert", "entry"),
)
"""What followed from an alert, as everybody may know it."""
REPORTS = Table(
    "containment_report", columns={"alert": "text", "entry": "integer", "organisation": "text"}, key=("alert", "entry")
)
OPENED, ADVANCED = "case.opened", "case.advanced"
_ANSWERS: Mapping[str, str] = {PAUSED.id: "", TOLD.id: "acknowledged", STOPPED.id: "stopped"}
_RELEASES = (
    "resumed", "lifted", "restored", "not_confirmed", "not_ordered", "closed", "closed_unapproved", "minor",
    "no_incident",
)  # fmt: skip
_ENDED = {  # the steps of serious-incident handling at which its measure is over though the case goes on
    "action--3f6b1a72-9c8d-4d27-a5e4-8b0d2f7c6e16": "ended",
    "action--7c9b9d54-1f0a-4a86-9d0e-5f3f0f6b8a13": "not_taken",
}
NO_INCIDENT = "no_incident"
_UNSAID = (("harm", "unknown"), ("jurisdictions", ""))


def keep(entry: Entry, tables: Tables) -> None:
    """Lay out what an entry says of an order. Called before obligations ask, so that their facts are of this entry."""
    body = entry.body
    if entry.erased:
        return
    if entry.kind == REPORT.id:
        who = {"alert": body["alert"], "entry": entry.index, "organisation": body["organisation"]}
        tables.put(REPORTS, who)
    if (what := _happening(entry, tables)) is not None:
        tables.put(HAPPENED, {"alert": body["alert"], "entry": entry.index, "at": stamp(entry.time), **what})
    if entry.kind == ORDER.id and entry.subject:
        named = ("alert", "about", "measure", "addressee", "version")
        row = {name: body[name] for name in named} | {"copy_of": body.get("copy_of") or ""}
        blank = {"answer": "", "answered_at": None, "answer_entry": None, "safeguards_at": None, "outcome": ""}
        blank["released_at"] = None
        at = {"order": entry.subject, "ordered_at": stamp(entry.time), "entry": entry.index}
        tables.put(ORDERS, {**row, **blank, **at})
    elif entry.kind == RELEASE.id:
        for row in tables.select(ORDERS, {"alert": entry.body["alert"], "released_at": None}):
            tables.put(ORDERS, {**row, "released_at": stamp(entry.time)})
    elif (found := order_of(entry, tables)) is not None:
        tables.put(ORDERS, {**found, **_said(entry, found)})
    for alert in _cases_of(entry):
        outcome = entry.body["outcome"] if entry.body["state"] != "open" else ""
        tables.put(ALERTS, {"alert": alert, "outcome": outcome, "at": stamp(entry.time)})


def _cases_of(entry: Entry) -> list[str]:
    """The alert whose own case an entry opens or moves, if it does."""
    subject = str(entry.body.get("subject")) if entry.kind in (OPENED, ADVANCED) else ""
    return [subject] if subject.startswith(f"{ALERT.noun}:") else []


def _happening(entry: Entry, tables: Reader) -> Row | None:
    body = entry.body
    if entry.kind == CALL.id:
        right = right_of(tables, body["alert"], body["measure"])
        what = "called" if right.approved or right.under is None else "called_unapproved"
        return {"what": what, "said": {"measure": body["measure"]}}
    if entry.kind == ROUND.id:
        told = ("measure", "stage", "addressed", "done", "without")
        return {"what": "round", "said": {name: body[name] for name in told}}
    if entry.kind == FOLLOWED.id:
        return {"what": "correction" if body["corrects"] else "follow_up", "said": {}}
    if entry.kind == REPORT.id:
        theirs = body["organisation"] == provider(tables, body["alert"])
        what = "report_by_others" if not theirs else "report_complete" if body["complete"] else "report"
        return {"what": what, "said": {"rule": body["rule"]}}
    if entry.kind == TAKEN_BACK.id:
        return {"what": "annulled" if body["closes"] else "annulled_in_vain", "said": {}}
    plain = {EVIDENCE.id: "evidence", OBJECTED.id: "objection", RELEASE.id: "released"}.get(entry.kind)
    return {"what": plain, "said": {}} if plain else None


def provider(reader: Reader, alert: str) -> str:
    """The provider or developer that an alert names now; "" for none."""
    row = registry.subject(reader, alert)
    return str(row["body"].get("developer") or "") if row is not None else ""


def reported(entry: Entry, tables: Reader) -> Iterator[Act]:
    """What the provider named has reported: when it reports, or when an alert comes to name who had reported."""
    alert = str(entry.body["alert"] if entry.kind == REPORT.id else entry.subject or "")
    named = provider(tables, alert)
    for row in tables.select(REPORTS, {"alert": alert, "organisation": named}) if named else ():
        body = {"alert": alert, "organisation": named, "report": row["entry"]}
        causes = tuple(dict.fromkeys((row["entry"], entry.index)))
        yield Act(REPORTED.id, body, key=f"reported:{row['entry']}", subject=alert, causes=causes)


def taken_back(entry: Entry, tables: Reader) -> Iterator[Act]:
    """That an alert was annulled, and whether that closes its case.

    It does while nobody has decided anything in it, or where others than who gave it annulled it; never what was
    approved, nor under a playbook from before that was asked.
    """
    alert, annulled = entry.subject or "", entry.body["entry"]
    if entry.body.get("kind") != ALERT.id or registry.subject(tables, alert) is not None:
        return
    cases = protocols.cases(tables, subject=alert, state="open")
    if not cases:
        return
    given_by = {row["author"] for row in registry.marks(tables, annulled, "annulled")}
    done = [item for row in cases for item in protocols.timeline(tables, row["case"]) if _decided(item)]
    approved = any(item.get("outcome") == "approved" for item in done)
    closes = _ends_so(tables, cases) and (not done or (entry.author not in given_by and not approved))
    body = {"alert": alert, "annulled": annulled, "closes": closes}
    yield Act(TAKEN_BACK.id, body, key=f"annulled:{entry.index}", subject=alert, causes=(entry.index,))


def _ends_so(tables: Reader, cases: Iterable[Row]) -> bool:
    """Whether the playbooks that cases began under end them with their alert."""
    books = [protocols.case(tables, row["case"]).playbook for row in cases]
    return all(any(wait.kind == TAKEN_BACK.id for wait in book.withdrawn_by) for book in books)


def _decided(item: Mapping[str, Any]) -> bool:
    """Whether people did this: a step that they did or approved, a voice, a hand-over, a stop."""
    by_people = item["what"] == "completed" and item.get("outcome") in ("done", "failed", "approved", "refused")
    return item["what"] in ("approval", "handed_over", "stopped") or (by_people and item.get("entry") is not None)


def happenings(reader: Reader, alert: str) -> list[Row]:
    """What followed from an alert, oldest first: rows of `HAPPENED`."""
    return reader.select(HAPPENED, {"alert": alert})


def order_of(entry: Entry, tables: Reader) -> Row | None:
    """The order that an entry is about, if it comes from the one it was addressed to, or is of its case."""
    if entry.kind in (OPENED, ADVANCED):
        return tables.get(ORDERS, entry.body.get("subject") or "")
    if entry.kind not in (*_ANSWERS, SAFE.id) or not entry.body.get("order"):
        return None
    row = tables.get(ORDERS, entry.body["order"])
    return row if row is not None and row["addressee"] == entry.body["organisation"] else None


def _said(entry: Entry, row: Row) -> Row:
    if entry.kind == SAFE.id:
        return {"safeguards_at": row["safeguards_at"] or stamp(entry.time)}
    if entry.kind in _ANSWERS:
        answer = _ANSWERS[entry.kind] or entry.body["answer"]
        return {"answer": answer, "answered_at": stamp(entry.time), "answer_entry": entry.index}
    return {"outcome": entry.body["outcome"] if entry.body["state"] != "open" else ""}


def copies(reader: Reader, model: str) -> list[Row]:
    """The registered copies of a model and of every model that was made from it, in order of subject."""
    descent = derived(reader, model)
    rows = registry.subjects(reader, COPY.noun)
    return sorted((row for row in rows if row["body"].get("model") in descent), key=lambda row: str(row["subject"]))


def is_claim(copy: Row) -> bool:
    """Whether a registered copy is no more than what somebody says who neither holds, made nor supervises it."""
    return str(copy["body"].get("said_by")) == registry.CLAIMED


def derived(reader: Reader, model: str) -> list[str]:
    """A model and every registered model that names it, or one made from it, as what it was made from; each once."""
    found = {model: None}
    waiting = [model]
    while waiting:
        made = [
            one for one in registry.referring(reader, waiting.pop()) if one.startswith("model:") and one not in found
        ]
        found.update(dict.fromkeys(made))
        waiting += made
    return list(found)


def round_of(reader: Reader, alert: str, measure: str) -> list[Row]:
    """The orders that stand: the newest for each copy, or to each addressee, that no release has ended."""
    rows = reader.select(ORDERS, {"alert": alert, "measure": measure, "released_at": None}, order=("entry",))
    return list({row["copy_of"] or row["addressee"]: row for row in rows}.values())


def rounds(entry: Entry, alert: str, measure: str, tables: Tables, *, again: bool = False) -> Iterator[Act]:
    """A stage of a round is complete when nobody in it is waited for any more.

    Said once for each size of the round, and once more where somebody was called on anew since (or with `again`); of
    nobody, when a release has ended every order, only with `again`.
    """
    round_ = {"alert": alert, "measure": measure}
    rows = round_of(tables, alert, measure)
    newest = max((row["entry"] for row in rows), default=-1)
    waited = [one for one in rows if not one["answer"] and not one["outcome"]]
    stages: dict[str, tuple[list[Row], list[Row]]] = {"answers": (waited, [one for one in rows if one["answer"]])}
    if measure == "pause" and not waited:
        paused = [one for one in rows if one["answer"] == "paused"]
        missing = [one for one in paused if not one["safeguards_at"] and not one["outcome"]]
        stages["safeguards"] = (missing, [one for one in paused if one["safeguards_at"]])
    for stage, (missing, done) in stages.items():
        said = tables.get(ROUNDS, alert, measure, stage, len(rows))
        over = said is not None and said["entry"] > newest
        if missing or ((over or not rows) and not again):
            continue
        tables.put(ROUNDS, {**round_, "stage": stage, "addressed": len(rows), "entry": entry.index})
        counted = {"addressed": len(rows), "done": len(done), "without": len(rows) - len(done)}
        key = f"round:{alert}:{measure}:{stage}:{len(rows)}" + (f":{entry.index}" if said is not None else "")
        yield Act(ROUND.id, {**round_, "stage": stage, **counted}, key=key, subject=alert, causes=(entry.index,))


def released(entry: Entry) -> Iterator[Act]:
    """A release when the case about an alert ends so, or its measure does while the case goes on."""
    for alert in _cases_of(entry):
        body = entry.body
        ended = [item["step"] for item in body["items"] if item["what"] == "completed" and item["step"] in _ENDED]
        found = [(f":{step}", _ENDED[step]) for step in ended]
        if body["state"] in ("closed", "reversed") and body["outcome"] in _RELEASES:
            found.append(("", body["outcome"]))
        for key, why in found:
            release = {"alert": alert, "why": why}
            yield Act(RELEASE.id, release, key=f"release:{body['case']}{key}", subject=alert, causes=(entry.index,))


# ── what rules ask ──────────────────────────────────────────────────────────────────────────────────────────────────


def orders(reader: Reader, **where: Any) -> list[Row]:
    """Rows of orders in the order in which they were given."""
    return reader.select(ORDERS, where, order=("entry",))


def _order_facts(subject: str, reader: Reader, as_of: datetime) -> Mapping[str, Fact]:
    row = reader.get(ORDERS, subject)
    if row is None or row["ordered_at"] > stamp(as_of):
        return {}
    since = instant(row["ordered_at"])
    found = {name: Fact(row[name], since, "order") for name in ("measure", "addressee", "version")}
    recalled = row["released_at"] if row["released_at"] and row["released_at"] <= stamp(as_of) else None
    unanswered = recalled is not None and (row["answered_at"] is None or row["answered_at"] > recalled)
    found["recalled"] = Fact(unanswered, instant(recalled) if recalled else since, "release" if recalled else "order")
    answered = row["answered_at"] and row["answered_at"] <= stamp(as_of)
    found["answer"] = (
        Fact(row["answer"], instant(row["answered_at"]), "answer") if answered else Fact("none", since, "no answer")
    )
    return found


def _alert_facts(subject: str, reader: Reader, as_of: datetime) -> Mapping[str, Fact]:
    """What an alert says. A harm not known yet and jurisdictions not named are no facts: their duties stay open.

    What triage found to be no incident is none, and nobody owes a report of it.
    """
    found = dict(_filed_facts(subject, reader, as_of))
    judged = reader.get(ALERTS, subject)
    if judged is not None and judged["outcome"] == NO_INCIDENT and judged["at"] <= stamp(as_of):
        found["what"] = Fact(NO_INCIDENT, instant(judged["at"]), "triage")
    if "developer" in found:
        found["organisation"] = found["developer"]  # who runs the network, of whom China's measures ask
    if "aware_at" in found:
        found["operator_aware_at"] = found["aware_at"]
    return {name: fact for name, fact in found.items() if (name, fact.value) not in _UNSAID}


def _filed_facts(subject: str, reader: Reader, as_of: datetime) -> Mapping[str, Fact]:
    row = registry.subject(reader, subject)
    if row is None or row["filed_on"] > stamp(as_of):
        return {}
    since = instant(row["filed_on"])
    return {name: Fact(_flat(value), since, "as filed") for name, value in row["body"].items() if value is not None}


def _flat(value: Any) -> bool | float | str | None:
    return (
        ", ".join(map(str, value))
        if isinstance(value, (list, tuple))
        else value
        if not isinstance(value, dict)
        else None
    )


def _touches(entry: Entry, reader: Reader) -> Iterable[str]:
    if entry.kind == RELEASE.id and not entry.erased:
        return [str(row["order"]) for row in orders(reader, alert=entry.body["alert"])]
    row = order_of(entry, reader)
    return [str(row["order"])] if row is not None and entry.kind not in (OPENED, ADVANCED) else []


FACTS = (
    Facts(ORDER.noun, _order_facts, touches=_touches, keeps=keep),
    Facts(ALERT.noun, _alert_facts, touches=lambda entry, reader: _cases_of(entry)),
    Facts(IMPROVEMENT.noun, _filed_facts),
)
ANSWERED_BY = (PAUSED.id, SAFE.id, TOLD.id, STOPPED.id, DONE.id)
