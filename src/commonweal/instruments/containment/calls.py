"""Whom a call goes to: the orders that it makes, which of them are made again, and what may be called for when.

A call about copies that names neither addressees nor copies is for every registered copy, and stands until it is
released: a copy registered meanwhile, or found to be of a model that descends from this one, gets its order at once.
What the register says of itself (`stopped`) spares nobody: a host confirms, and it is checked. Nor does a filing that
comes after the first call take a copy out of the next one: another model, another line of descent, or a seal.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from commonweal.kernel import protocols, registry
from commonweal.kernel.instrument import Act, Entry, Filer, Reader, Row, Table, Tables
from commonweal.kernel.values import Fault, shown, subject_id

from .alerting import SWITCHED, warned
from .kinds import (
    ALERT,
    CALL,
    COPY,
    DISCLOSURES,
    DONE,
    EVIDENCE,
    KINDS,
    OF_COPIES,
    ORDER,
    PAUSED,
    RELEASE,
    REPORT,
    SAFE,
    STOPPED,
    TOLD,
)
from .rights import Right, awaiting, right_in, right_of
from .standing import (
    ALERTS,
    HAPPENED,
    ORDERS,
    REPORTS,
    ROUNDS,
    copies,
    derived,
    is_claim,
    order_of,
    orders,
    released,
    reported,
    rounds,
    taken_back,
)

CALLS = Table(
    "containment_call",
    columns={
        "alert": "text",
        "measure": "text",
        "about": "text",
        "version": "text",
        "name": "text",
        "entry": "integer",
        "default_of": "json",
    },
    key=("alert", "measure"),
)
CALLED = Table(
    "containment_called",
    columns={"alert": "text", "measure": "text", "copy": "text", "host": "text", "form": "text"},
    key=("alert", "measure", "copy", "host"),
)
TABLES = (ORDERS, ROUNDS, HAPPENED, ALERTS, REPORTS, CALLS, CALLED)
ANNULLED = "record.annulled"
MODEL = "model_registration.model"
SEALED, SEALED_FROM = "escrow", "stop_copy"
ENDED_WELL = ("", "stopped", "confirmed")
ALERT_CHARS_MAX = 80
BINDING = ("pause", "restrict")
IRREVOCABLE = (*OF_COPIES, *DISCLOSURES)
BY_DEFAULT = ("pause", "disclose_home", "suspend")
"""What a playbook may have called for when nobody decides in time: it says so, and each order says that it was so."""
ANSWERS: Mapping[str, tuple[str, ...]] = {
    PAUSED.id: BINDING, SAFE.id: BINDING, TOLD.id: DISCLOSURES, STOPPED.id: OF_COPIES,
}  # fmt: skip
"""Which measures each answer is an answer to."""
OF_THE_DEVELOPER = (EVIDENCE.id,)
AIM = ("about", "what", "version", "developer")


def follow(entry: Entry, tables: Tables) -> Iterable[Act]:
    """The alert that a threshold gives, or that was annulled; the orders that a call makes; a round that is complete; a
    report by the provider; a release."""
    if entry.erased:
        return []
    if entry.kind == ANNULLED:
        return taken_back(entry, tables)
    if entry.kind in (ALERT.id, REPORT.id):
        return reported(entry, tables)
    if entry.kind == SWITCHED:
        return warned(entry, tables)
    if entry.kind == CALL.id:
        return _called(entry, tables)
    if entry.kind in (COPY.id, MODEL):
        return [act for call in tables.select(CALLS, order=CALLS.key) for act in _since(entry, call, tables)]
    if entry.kind == RELEASE.id:
        for table in (CALLS, CALLED):
            for row in tables.select(table, {"alert": entry.body["alert"]}):
                tables.delete(table, *(row[name] for name in table.key))
        return []
    acts = list(released(entry))
    if (order := order_of(entry, tables)) is not None:
        acts += rounds(entry, order["alert"], order["measure"], tables)
    return acts


def _called(entry: Entry, tables: Tables) -> list[Act]:
    body = entry.body
    alert = registry.subject(tables, body["alert"])
    if alert is None:
        return []
    right = right_of(tables, body["alert"], body["measure"])
    call = {
        "alert": body["alert"],
        "measure": body["measure"],
        "about": alert["body"].get("about") or "",
        "version": _version(alert, body["measure"], right),
        "default_of": right.under,
        "name": alert["name"],
        "entry": entry.index,
    }
    chosen, hosts = set(body.get("copies") or ()), set(body.get("addressees") or ())
    found = _addressed(body, chosen, hosts, call, tables)
    if body["measure"] in OF_COPIES and not chosen and not hosts:
        tables.put(CALLS, call)
        tables.put_many(CALLED, [_mark(call, host, copy, tables) for host, copy in found])
    due = [one for one in found if _is_due(call, *one, tables, named=bool(chosen))]
    acts = [_order(call, one, entry, f"{number}", tables) for number, one in enumerate(due, 1)]
    return acts or list(rounds(entry, body["alert"], body["measure"], tables, again=True))


def _version(alert: Row, measure: str, right: Right) -> str:
    """By what right a call is made: what nobody approved is not what the alert says, and a pause is an invitation."""
    if right.approved:
        return str(alert["body"].get("version") or "voluntary")
    return "voluntary" if measure == "pause" else "unapproved"


def _addressed(
    body: Mapping[str, Any], chosen: set[str], hosts: set[str], call: Row, tables: Reader
) -> list[tuple[str, str]]:
    """Whom a call goes to, as (organisation, copy): every registered copy where it is about copies and names none."""
    if body["measure"] not in OF_COPIES:
        return [(addressee, "") for addressee in body["addressees"]]
    found = _of_copies(call, chosen, tables)
    return [(host, copy) for host, copy in found if not hosts or host in hosts]


def _of_copies(call: Row, chosen: set[str], tables: Reader) -> list[tuple[str, str]]:
    """The copies of a model and of what was made from it, as (host, copy): those of today and those called on before.

    A copy that is only claimed is not among them unless the officer who calls names it.

    A copy in escrow stays under seal when all others are stopped, unless it is named: then that is what was wanted.
    Escrow is with somebody else, from before the first call: what a developer keeps of its own models is not under
    seal, and what is declared to be once access was to stop is not taken for it.
    """
    known = [row for row in copies(tables, call["about"]) if not is_claim(row) or row["subject"] in chosen]
    found = {str(row["subject"]): str(row["body"]["host"]) for row in known}
    called = {row["copy"]: row for row in tables.select(CALLED, {"alert": call["alert"]}, order=CALLED.key)}
    for copy, row in called.items():
        now = registry.subject(tables, copy)
        found.setdefault(copy, str(now["body"].get("host") or row["host"]) if now is not None else row["host"])
    if chosen:
        found = {copy: host for copy, host in found.items() if copy in chosen}
    elif call["measure"] == SEALED_FROM:
        developers = _developers(call["about"], tables)
        forms = {copy: (_form(copy, tables), called.get(copy, {}).get("form", SEALED)) for copy in found}
        found = {copy: host for copy, host in found.items() if forms[copy] != (SEALED, SEALED) or host in developers}
    return [(host, copy) for copy, host in sorted(found.items())]


def _form(copy: str, tables: Reader) -> str:
    row = registry.subject(tables, copy)
    return str(row["body"].get("form") or "") if row is not None else ""


def _developers(model: str, tables: Reader) -> set[str]:
    found = [registry.subject(tables, one) for one in derived(tables, model)]
    return {row["body"].get("organisation") or "" for row in found if row is not None}


def _is_due(call: Row, addressee: str, copy: str, tables: Reader, *, named: bool) -> bool:
    """Whether an order is to be made: not while an earlier one is waited for, whose clock runs on.

    A call for every copy passes over those that have stopped; one that names a copy means it.
    """
    where = {name: call[name] for name in ("alert", "measure")} | {"addressee": addressee, "copy_of": copy}
    earlier = orders(tables, **where, released_at=None)[-1:]
    if not earlier:
        return True
    answered, outcome = earlier[0]["answer"], earlier[0]["outcome"]
    if not answered and not outcome:
        return False
    return named or not copy or outcome not in ENDED_WELL


def _order(call: Row, to: tuple[str, str], entry: Entry, number: str, tables: Reader) -> Act:
    """One order. Who is called on again gets another order, with a case and a clock of its own."""
    addressee, copy = to
    short = (copy or addressee).partition(":")[2]
    where = {"alert": call["alert"], "measure": call["measure"]} | (
        {"copy_of": copy} if copy else {"addressee": addressee}
    )
    times = len(orders(tables, **where)) + 1
    again = f", {times}" if times > 1 else ""
    name = f"{call['name'][:ALERT_CHARS_MAX]}, {call['measure'].replace('_', ' ')}, {short}{again}"
    body = {
        "name": name,
        "alert": call["alert"],
        "about": call["about"],
        "measure": call["measure"],
        "addressee": addressee,
        "version": call["version"],
        "default_of": call["default_of"],
        "copy_of": copy or None,
        "call": call["entry"],
    }
    causes = tuple(dict.fromkeys((call["entry"], entry.index)))
    key = f"order:{call['entry']}:{number}"
    return Act(ORDER.id, body, key=key, subject=subject_id(ORDER.noun, name), causes=causes)


def _since(entry: Entry, call: Row, tables: Tables) -> Iterator[Act]:
    """The orders for copies that have come on the register, or under this model, while a call for every copy stands.

    What is to be stopped need not be suspended first.
    """
    models = derived(tables, call["about"])
    called = tables.select(CALLED, {"alert": call["alert"], "copy": entry.subject or ""}, limit=1)
    if not called and (entry.body.get("model") if entry.kind == COPY.id else entry.subject) not in models:
        return
    stopping = tables.get(CALLS, call["alert"], SEALED_FROM) if call["measure"] != SEALED_FROM else None
    stopped = _of_copies(stopping, set(), tables) if stopping is not None else []
    for host, copy in _of_copies(call, set(), tables):
        mark = _mark(call, host, copy, tables)
        if (host, copy) in stopped or tables.get(CALLED, *(mark[name] for name in CALLED.key)) is not None:
            continue
        tables.put(CALLED, mark)
        yield _order(call, (host, copy), entry, f"{copy}:{entry.index}", tables)


def _mark(call: Row, host: str, copy: str, tables: Reader) -> Row:
    """That a copy was called on, with the form it had when that was done first."""
    before = tables.select(CALLED, {"alert": call["alert"], "copy": copy}, order=CALLED.key, limit=1)
    form = before[0]["form"] if before else _form(copy, tables)
    return {"alert": call["alert"], "measure": call["measure"], "copy": copy, "host": host, "form": form}


# ── at the door ─────────────────────────────────────────────────────────────────────────────────────────────────────


def check(act: Act, reader: Reader, filer: Filer) -> Iterator[Fault]:
    """What is wrong with an answer to an order of others, or with a call: whom it names in vain, or that it comes
    before its turn.

    The playbook's approvals stand before the step that awaits the call; a call that came earlier would bind, tell or
    stop whom nobody has approved to bind, tell or stop.
    """
    if act.kind == ALERT.id:
        yield from _aimed_anew(act, reader)
    if act.kind == COPY.id:
        yield from _unconfirmed(act, reader)
    if act.kind in ANSWERS:
        yield from _not_theirs(act.body, reader)
        yield from _other_answer(act, reader)
    if act.kind in OF_THE_DEVELOPER:
        yield from _not_the_developer(act.body, reader)
    if act.kind == DONE.id:
        yield from _not_their_item(act.body, reader)
    if act.kind != CALL.id:
        return
    alert = registry.subject(reader, act.body["alert"])
    if alert is not None and act.body["measure"] in OF_COPIES:
        called = reader.select(CALLED, {"alert": alert["subject"]})
        yield from _in_vain(act.body, copies(reader, alert["body"].get("about") or ""), called)
    yield from _too_early(act.body["measure"], act.body["alert"], reader)


def _aimed_anew(act: Act, reader: Reader) -> Iterator[Fault]:
    """What an alert is about, and who may order what, stands once a case was opened: approvals were given for that."""
    row = registry.subject(reader, act.subject or subject_id(ALERT.noun, str(act.body.get("name") or "")))
    if row is None or not protocols.cases(reader, subject=row["subject"], limit=1):
        return
    for field in AIM:
        was, now = row["body"].get(field), act.body.get(field, ALERT.schema.model_fields[field].default)
        if was is not None and was != now:
            want = (
                f"{shown(str(was))}, as when the case of this alert was opened; another alert takes another reference"
            )
            yield Fault(field, "" if now is None else shown(str(now)), want, "reference")


def _unconfirmed(act: Act, reader: Reader) -> Iterator[Fault]:
    """What host, developer or officer have said of a copy is not undone by who may speak for none of them."""
    row = registry.subject(reader, act.subject or "")
    if row is not None and act.body.get("said_by") == registry.CLAIMED and not is_claim(row):
        where = next((name for name in ("host", "model") if row["body"].get(name) != act.body.get(name)), "name")
        want = "as its host, the model's developer or an officer confirmed it: only they change it now"
        yield Fault(where, shown(str(act.body.get(where))), want, "reference")


def _other_answer(act: Act, reader: Reader) -> Iterator[Fault]:
    """An answer is to what was ordered, under the rule that asks for it."""
    order = reader.get(ORDERS, act.body.get("order") or "")
    if order is not None and order["measure"] not in ANSWERS[act.kind]:
        want = (
            f"the answer to a call to {order['measure'].replace('_', ' ')}; this one answers {_said(ANSWERS[act.kind])}"
        )
        yield Fault("order", shown(act.body["order"]), want, "reference")
    rule = next(kind for kind in KINDS if kind.id == act.kind).schema.model_fields["rule"].default
    if act.body.get("rule", rule) != rule:
        yield Fault("rule", shown(str(act.body["rule"])), f"{rule}, which asks for this answer", "reference")


def _said(measures: tuple[str, ...]) -> str:
    return " or ".join(measure.replace("_", " ") for measure in measures)


def _not_the_developer(body: Mapping[str, Any], reader: Reader) -> Iterator[Fault]:
    """Evidence for a restart comes from the developer that the alert names.

    Where it names none, from the one that registered what it is about, or from one that was called on under it: who has
    nothing to do with it would have the case verify, and at last give up, for nothing.
    """
    row = registry.subject(reader, body.get("alert") or "")
    if row is None:
        return
    developer, want = (
        row["body"].get("developer"),
        "the developer of what the alert is about, or one called on under it",
    )
    if developer:
        theirs, want = {developer}, f"{developer}, the developer named"
    else:
        about = registry.subject(reader, row["body"].get("about") or "")
        theirs = {about["subject"], about["body"].get("organisation")} if about is not None else set()
        theirs |= {order["addressee"] for order in orders(reader, alert=row["subject"])}
    if body.get("organisation") not in theirs:
        yield Fault("organisation", shown(str(body.get("organisation"))), want, "reference")


def _not_theirs(body: Mapping[str, Any], reader: Reader) -> Iterator[Fault]:
    order = reader.get(ORDERS, body.get("order") or "")
    if order is None:
        return
    if order["addressee"] != body["organisation"]:
        want = f"{order['addressee']}, to which this order is addressed"
        yield Fault("organisation", shown(body["organisation"]), want, "reference")
    if order["alert"] != body["alert"]:
        yield Fault("alert", shown(body["alert"]), f"{order['alert']}, under which this order was given", "reference")


def _not_their_item(body: Mapping[str, Any], reader: Reader) -> Iterator[Fault]:
    row = registry.subject(reader, body.get("improvement") or "")
    owner = str(row["body"].get("owner") or "") if row is not None else ""
    if registry.subject(reader, owner) is not None and body.get("organisation") != owner:
        yield Fault(
            "organisation",
            shown(str(body.get("organisation") or "(absent)")),
            f"{owner}, who owns this item",
            "reference",
        )


def _in_vain(body: Mapping[str, Any], rows: list[Row], called: list[Row]) -> Iterator[Fault]:
    known = {
        "copies": {row["subject"] for row in rows} | {row["copy"] for row in called},
        "addressees": {row["body"]["host"] for row in rows if not is_claim(row)} | {row["host"] for row in called},
    }
    wants = {
        "copies": "registered copies of the model, or of one made from it",
        "addressees": "hosts of such copies: register the copy first, or name one that is only claimed",
    }
    for field, names in known.items():
        if wrong := sorted(set(body.get(field) or ()) - names):
            yield Fault(field, shown(", ".join(wrong)), wants[field], "reference")


def _too_early(measure: str, alert: str, reader: Reader) -> Iterator[Fault]:
    """A case lets a call through once it came to a step that awaits it; after its end, if that was done.

    Where none awaits it, as for a restriction, an approval must have been given in the case.
    """
    rows = protocols.cases(reader, subject=alert, limit=1)
    cases = [protocols.case(reader, row["case"]) for row in rows]
    come = [case for case in cases if _has_come(case, measure, reader)]
    for case in come:
        right = right_in(case, measure, reader)
        if not right.approved and measure not in BY_DEFAULT:
            here = f"{case.id} came here without, by {str(right.under)!r}" if right.under else f"{case.id} had none"
            yield Fault("measure", measure, f"one that was approved: {here}", "not_approved")
    if come:
        return
    if not cases:
        yield Fault("measure", measure, f"what a case about {shown(alert)} asks for; there is none", "not_asked")
    for case in cases:
        here = "; ".join(case.playbook.steps[one.step].name["en"] for one in case.standing)
        stands = f"stands at {here!r}" if here else f"is {case.state}"
        stands = "was stopped and not resumed" if case.stopped_at is not None else stands
        gates = [repr(case.playbook.steps[step].name["en"]) for step in awaiting(case, measure)]
        gate = " or ".join(gates) or "an approval"
        if not gates and measure in IRREVOCABLE:
            asks = "early_warning" if measure in DISCLOSURES else "shutdown"
            want = f"what {case.id} asks for; an alert with what = {asks} opens one that asks for this"
        else:
            want = f"one that its turn has come for, {gate}: {case.id} {stands}"
        yield Fault("measure", measure, want, "not_asked")


def _has_come(case: protocols.Case, measure: str, reader: Reader) -> bool:
    undoing = case.reversing and case.asking is None
    if undoing or case.stopped_at is not None or case.state == "reversed":
        return False
    gates = awaiting(case, measure)
    if not gates:
        return right_in(case, measure, reader).approved and measure not in IRREVOCABLE
    if case.state == "open":
        return any(case.visits.get(step, 0) > 0 for step in gates)
    happened = protocols.timeline(reader, case.id)
    return any(one["what"] == "completed" and one.get("step") in gates for one in happened)
