"""Who was called on to do what, and how far that is: this instrument's own table, and the acts that follow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from commonweal.kernel import registry
from commonweal.kernel.instrument import Act, Entry, Fact, Facts, Reader, Row, Table, Tables
from commonweal.kernel.values import instant, stamp, subject_id

from .kinds import (
    ALERT,
    CALL,
    COPY,
    DONE,
    IMPROVEMENT,
    OF_COPIES,
    ORDER,
    PAUSED,
    RELEASE,
    ROUND,
    SAFE,
    STOPPED,
    TOLD,
)

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
    },
    key=("order",),
    indexes=(("alert", "measure"),),
)
ROUNDS = Table(
    "containment_round",
    columns={"alert": "text", "measure": "text", "stage": "text", "addressed": "integer", "entry": "integer"},
    key=("alert", "measure", "stage", "addressed"),
)
TABLES = (ORDERS, ROUNDS)
OPENED, ADVANCED = "case.opened", "case.advanced"
_ANSWERS: Mapping[str, str] = {PAUSED.id: "", TOLD.id: "acknowledged", STOPPED.id: "stopped"}
_RELEASES = ("resumed", "lifted", "restored", "not_confirmed", "not_ordered")
DESCENT_MAX = 200
_UNSAID = (("harm", "unknown"), ("jurisdictions", ""))


def keep(entry: Entry, tables: Tables) -> None:
    """Lay out what an entry says of an order. Called before obligations ask, so that their facts are of this entry."""
    body = entry.body
    if entry.erased:
        return
    if entry.kind == ORDER.id and entry.subject:
        named = ("alert", "about", "measure", "addressee", "version")
        row = {name: body[name] for name in named} | {"copy_of": body.get("copy_of") or ""}
        blank = {"answer": "", "answered_at": None, "answer_entry": None, "safeguards_at": None, "outcome": ""}
        at = {"order": entry.subject, "ordered_at": stamp(entry.time), "entry": entry.index}
        tables.put(ORDERS, {**row, **blank, **at})
    elif (found := _order_of(entry, tables)) is not None:
        tables.put(ORDERS, {**found, **_said(entry, found)})


def _order_of(entry: Entry, tables: Reader) -> Row | None:
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


def follow(entry: Entry, tables: Tables) -> Iterable[Act]:
    """The orders that a call makes; a round that is complete; the release when the case about an alert ends so."""
    if entry.erased:
        return []
    if entry.kind == CALL.id:
        return list(_orders(entry, tables))
    acts = list(_released(entry))
    if (row := _order_of(entry, tables)) is not None:
        acts += _rounds(entry, row, tables)
    return acts


def _orders(entry: Entry, tables: Reader) -> Iterator[Act]:
    body = entry.body
    alert = registry.subject(tables, body["alert"])
    if alert is None:
        return
    for number, (addressee, copy) in enumerate(_addressed(body, alert["body"]["about"], tables), 1):
        short = (copy or addressee).partition(":")[2]
        name = f"{alert['name']}, {body['measure'].replace('_', ' ')}, {short}"[:200]  # called again, it is renewed
        order = {
            "name": name,
            "alert": body["alert"],
            "about": alert["body"]["about"],
            "measure": body["measure"],
            "addressee": addressee,
            "version": alert["body"].get("version") or "voluntary",
            "copy_of": copy or None,
            "call": entry.index,
        }
        key = f"order:{entry.index}:{number}"
        yield Act(ORDER.id, order, key=key, subject=subject_id("order", name), causes=(entry.index,))


def _addressed(body: Mapping[str, Any], model: str, tables: Reader) -> list[tuple[str, str]]:
    """Whom a call goes to, as (organisation, copy): every registered copy where it is about copies and names none."""
    if body["measure"] not in OF_COPIES:
        return [(addressee, "") for addressee in body["addressees"]]
    chosen = set(body.get("copies") or ())
    rows = [row for row in copies(tables, model) if not chosen or row["subject"] in chosen]
    found = [(str(row["body"]["host"]), str(row["subject"])) for row in rows]
    hosts = set(body.get("addressees") or ())
    return [(host, copy) for host, copy in found if not hosts or host in hosts]


def copies(reader: Reader, model: str) -> list[Row]:
    """The registered copies of a model and of every model that was made from it, in order of subject."""
    descent = derived(reader, model)
    rows = registry.subjects(reader, COPY.noun)
    return sorted((row for row in rows if row["body"].get("model") in descent), key=lambda row: str(row["subject"]))


def derived(reader: Reader, model: str) -> list[str]:
    """A model and every registered model that names it, or one made from it, as what it was made from."""
    found = [model]
    for one in found:
        if len(found) > DESCENT_MAX:
            break
        made = (subject for subject in registry.referring(reader, one) if subject.startswith("model:"))
        found += [item for item in dict.fromkeys(made) if item not in found]
    return found


def _rounds(entry: Entry, row: Row, tables: Tables) -> Iterator[Act]:
    """A stage of a round is complete when nobody in it is waited for any more; said once for each size of the round."""
    round_ = {"alert": row["alert"], "measure": row["measure"]}
    rows = tables.select(ORDERS, round_, order=("order",))
    waited = [one for one in rows if not one["answer"] and not one["outcome"]]
    stages: dict[str, tuple[list[Row], list[Row]]] = {"answers": (waited, [one for one in rows if one["answer"]])}
    if row["measure"] == "pause" and not waited:
        paused = [one for one in rows if one["answer"] == "paused"]
        missing = [one for one in paused if not one["safeguards_at"] and not one["outcome"]]
        stages["safeguards"] = (missing, [one for one in paused if one["safeguards_at"]])
    for stage, (missing, done) in stages.items():
        if missing or tables.get(ROUNDS, row["alert"], row["measure"], stage, len(rows)) is not None:
            continue
        tables.put(ROUNDS, {**round_, "stage": stage, "addressed": len(rows), "entry": entry.index})
        counted = {"addressed": len(rows), "done": len(done), "without": len(rows) - len(done)}
        key = f"round:{row['alert']}:{row['measure']}:{stage}:{len(rows)}"
        body = {**round_, "stage": stage, **counted}
        yield Act(ROUND.id, body, key=key, subject=row["alert"], causes=(entry.index,))


def _released(entry: Entry) -> Iterator[Act]:
    body = entry.body
    if entry.kind not in (OPENED, ADVANCED) or not str(body.get("subject")).startswith(f"{ALERT.noun}:"):
        return
    if body["state"] in ("closed", "reversed") and body["outcome"] in _RELEASES:
        release = {"alert": body["subject"], "why": body["outcome"]}
        yield Act(RELEASE.id, release, key=f"release:{body['case']}", subject=body["subject"], causes=(entry.index,))


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
    answered = row["answered_at"] and row["answered_at"] <= stamp(as_of)
    found["answer"] = (
        Fact(row["answer"], instant(row["answered_at"]), "answer") if answered else Fact("none", since, "no answer")
    )
    return found


def _alert_facts(subject: str, reader: Reader, as_of: datetime) -> Mapping[str, Fact]:
    """What an alert says. A harm not known yet and jurisdictions not named are no facts: their duties stay open."""
    found = dict(_filed_facts(subject, reader, as_of))
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
    row = _order_of(entry, reader)
    return [str(row["order"])] if row is not None and entry.kind not in (OPENED, ADVANCED) else []


FACTS = (
    Facts(ORDER.noun, _order_facts, touches=_touches, keeps=keep),
    Facts(ALERT.noun, _alert_facts),
    Facts(IMPROVEMENT.noun, _filed_facts),
)
ANSWERED_BY = (PAUSED.id, SAFE.id, TOLD.id, STOPPED.id, DONE.id)
