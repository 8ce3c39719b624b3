"""What is wrong with an act of a package in force beyond its form: every fault, before anything is recorded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from commonweal.kernel import accounts, registry
from commonweal.kernel.control import hand_of
from commonweal.kernel.instrument import Act, Fault, Filer, Reader, Row, Text
from commonweal.kernel.record import day_of
from commonweal.kernel.thresholds import rule_of
from commonweal.kernel.values import shown

from . import (
    aiding,
    alive_then,
    banking,
    behalf,
    ceilings,
    correcting,
    crossings,
    deaths,
    delivering,
    holders,
    looking,
    owed,
    programmes,
    saying,
)
from .amounts import month_of
from .control import CONTROL, allowing, of_a_decision
from .conversation import FIELDS
from .kinds import (
    ANSWER,
    APPEAL,
    APPEAL_DECIDED,
    CHANGED,
    CLAIM,
    CLOSED,
    CORRECTED,
    CORRECTION,
    DECIDED,
    LIVES,
    NOT_TAKEN_BACK,
    OPENED,
    QUESTION,
    REVIEWED,
    RUN,
    SAMPLED,
    SPENT,
    STEPS,
    STEWARDS,
    WITHDRAWN,
    WRITTEN_DOWN,
)
from .packages import Written, by_exposure_alone
from .programmes import Programme, Standing

_STEPS = frozenset(kind.id for kind in STEPS)
_DECIDES = (DECIDED.id, APPEAL_DECIDED.id, CHANGED.id, NOT_TAKEN_BACK.id)


def check(act: Act, reader: Reader, filer: Filer) -> Iterable[Fault]:
    """The faults of an act of this instrument's kinds."""
    yield from CONTROL.check(act, reader, filer, _sound)
    yield from _sound(act, reader, filer)


def _sound(act: Act, reader: Reader, filer: Filer) -> Iterator[Fault]:
    """The same but for whose duties are kept apart."""
    if (waits := _not_open(act, reader)) is not None:
        yield waits
    else:
        yield from _of_its_kind(act, reader, filer)


def _of_its_kind(act: Act, reader: Reader, filer: Filer) -> Iterator[Fault]:
    if act.kind == OPENED.id:
        yield from _of_an_opening(act, reader, filer)
    elif act.kind == CLAIM.id:
        yield from _of_a_claim(act, reader, filer)
    elif act.kind in _STEPS:
        stands = programmes.standing(reader, str(act.body["claim"]))
        one = programmes.programme(reader, str(stands.body["programme"])) if stands else None
        if stands is not None and one is not None:
            yield from _of_a_step(act, stands, one, reader, filer)
    elif act.kind in banking.BANK.kinds:
        yield from banking.BANK.check(act, reader, at=filer.at, today=filer.today)
    elif act.kind in _OF_A_PROGRAMME:
        one = programmes.programme(reader, str(act.body["programme"]))
        if one is not None:
            yield from _OF_A_PROGRAMME[act.kind](act.body, one, reader, filer)


def _of_a_step(act: Act, stands: Standing, one: Programme, reader: Reader, filer: Filer) -> Iterator[Fault]:
    """What is wrong with something that is done about a claim."""
    kind, body = act.kind, act.body
    if kind in _OF_A_STEP:
        yield from _OF_A_STEP[kind](body, stands, one, filer)
    if kind in _DECIDES or (kind == CORRECTION.id and body.get("appeal") is not None):
        yield from of_a_decision(kind, body, stands, reader, filer)
        yield from _beside_what_waits(act, stands, reader, filer)
    if kind in (CHANGED.id, LIVES.id):
        yield from deaths.check(act, stands.died, reader, filer)
        if kind == CHANGED.id and body["what"] == "died" and set(filer.roles) & set(STEWARDS):
            yield from alive_then.check(body, stands, reader)
    elif kind == DECIDED.id:
        yield from _of_a_grant(body, stands, one, reader)
        yield from owed.of_a_grant(body, stands, one, reader)
    elif kind == WITHDRAWN.id:
        yield from behalf.of_a_withdrawal(stands, reader, filer)
    elif kind == APPEAL.id:
        yield from behalf.of_an_appeal(stands, reader, filer)
        yield from _in_time(body, stands, one, reader, filer)
    elif kind == WRITTEN_DOWN.id and body["what"] == "appeal":
        yield from _in_time(body, stands, one, reader, filer)
    elif kind == APPEAL_DECIDED.id:
        yield from correcting.of_an_appeal_decided(body, stands, one, reader, filer)
        yield from _of_what_it_changes(body, stands)


# ── switching on ────────────────────────────────────────────────────────────────────────────────────────────────────


def _not_open(act: Act, reader: Reader) -> Fault | None:
    """That something is of a programme whose opening waits for a second officer, or was put aside."""
    named = str(act.body.get("programme") or "")
    if (
        act.kind == OPENED.id
        or not named
        or programmes.opened(reader, named)
        or registry.subject(reader, named) is None
    ):
        return None
    return Fault("programme", named, "a programme that is open: a second officer confirms that first", "not_open")


def _of_an_opening(act: Act, reader: Reader, filer: Filer) -> Iterator[Fault]:
    body = act.body
    if act.subject and programmes.opened(reader, act.subject):
        want = "a name that no programme has: one that is open is never changed; close it, and open another"
        yield Fault("name", str(body["name"]), want, "taken")
    package, opens = str(body["package"]), date.fromisoformat(str(body["opens_on"]))
    if not registry.texts_of(reader, package):
        want = "the package of a text that was adopted (weal safety-net adopt)"
        yield Fault("package", package, want, "not_adopted")
        return
    text = programmes.adopted(reader, package, opens) or programmes.adopted(reader, package)
    if text is None or text.unit is None:
        want = "a package whose text says in [claims] who may claim, or in [aid] what a government is paid"
        yield Fault("package", package, want, "no_terms")
        return
    if text.version != body["version"]:
        seen, want = str(body["version"]), f"the version that is law on {opens}: {text.version}"
        told = Text(en=f"{seen} – {want}", zh=f"{seen}——须为 {opens} 生效的版本：{text.version}")
        yield Fault("version", seen, want, "other_text", told)
    yield from _of_its_crossing(body, text, reader, filer.today)
    yield from _of_its_days(body, text)
    yield from _of_its_budget(body, text, reader)


def _of_its_crossing(body: Mapping[str, Any], text: Written, reader: Reader, today: date) -> Iterator[Fault]:
    area, seen = str(body["area"]), str(body["crossed"])
    row = programmes.crossing(reader, text.rule, area, seen)
    if row is None:
        yield _of_the_month(seen, crossings.why_none(reader, text, area, seen, today), "no_crossing")
        return
    if row["counterfactual"]:
        yield _of_the_month(seen, crossings.why_not_law(reader, text, row, today), "not_law")
    if by_exposure_alone(rule_of(reader, text.rule)):
        want = "a trigger that needs something that happened: exposure alone switches nothing on"
        yield Fault("crossed", seen, want, "exposure_alone")
    off = programmes.went_off(reader, row)
    if off is not None:
        want = f"a trigger that is still on: it was not any more from entry {off['entry']} of {off['known']} on"
        yield Fault("crossed", seen, want, "over")
    for other in programmes.programmes(reader):
        if crossings.rests_on(other, text.id, area, seen):
            want = f"a crossing that opened nothing yet: {other.name} rests on it. {text.expiry.renewal.en}" if (
                text.expiry) else f"a crossing that opened nothing yet: {other.name} rests on it"  # fmt: skip
            yield Fault("crossed", seen, want, "renewal")
        if crossings.same_benefit(other, text, area):
            want = f"a state in which no other trigger of {text.benefit} is open: close {other.name} first"
            yield Fault("package", text.id, want, "same_benefit")
    first = date.fromisoformat(row["known"]) + timedelta(days=text.begins.days)
    if date.fromisoformat(str(body["opens_on"])) < first:
        want = f"{first.isoformat()} or later: {text.begins.after} after the crossing was known"
        yield Fault("opens_on", str(body["opens_on"]), want, "too_early")


def _of_the_month(seen: str, why: Text, code: str) -> Fault:
    return Fault("crossed", seen, why["en"], code, Text(en=f"{seen} – {why['en']}", zh=f"{seen}——{why['zh']}"))


def _of_its_days(body: Mapping[str, Any], text: Written) -> Iterator[Fault]:
    opens, closes = date.fromisoformat(str(body["opens_on"])), body.get("closes_on")
    law = text.in_force
    if not law.holds(opens):
        until = f" to {law.until.isoformat()}" if law.until else ""
        yield Fault("opens_on", opens.isoformat(), f"a day on which it is law: from {law.start}{until}", "not_law")
    last = ceilings.last_enrolment(text, opens)
    if last is not None and (closes is None or date.fromisoformat(str(closes)) > last):
        want = f"{last.isoformat()} at the latest: the text lets it last no longer, and it is not renewed in silence"
        yield Fault("closes_on", str(closes or "(absent)"), want, "expiry")


def _of_its_budget(body: Mapping[str, Any], text: Written, reader: Reader) -> Iterator[Fault]:
    unit = str(body["unit"])
    if unit != text.unit:
        yield Fault("unit", unit, f"{text.unit}, in which the package pays", "currency")
        return
    asked = accounts.amount_of(str(body["budget"]), unit)
    if asked == 0:
        yield Fault("budget", str(body["budget"]), "more than nothing", "empty")
    if text.budget is None:
        return
    left, (first, last) = ceilings.left_to_open(body, text, reader)
    if asked > left:
        years = f"the year {first}" if first == last else f"the years {first} to {last}"
        want = f"at most {accounts.written(max(left, 0), unit)} {unit}: what the text leaves for {years}"
        yield Fault("budget", str(body["budget"]), want, "ceiling")


# ── claims ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _of_a_claim(act: Act, reader: Reader, filer: Filer) -> Iterator[Fault]:
    body = act.body
    one = programmes.programme(reader, str(body["programme"]))
    if one is None:
        return
    if one.text.claims is None:
        want = f"a package that pays people: {one.name} pays {one.area}"
        yield Fault("programme", one.id, want, "no_terms")
        return
    if body.get("currency", one.unit) != one.unit:
        want = f"{one.unit}, in which {one.name} pays: give what it was worth in it when it was paid"
        yield Fault("currency", str(body["currency"]), want, "currency")
    yield from saying.of_ends(body.get("jobs") or (), filer.today)
    stands = programmes.standing(reader, act.subject) if act.subject else None
    yield from saying.of_facts({**body, **programmes.corrected(stands.steps, body)} if stands else body, stands)
    before = registry.subject(reader, act.subject) if act.subject else None
    if before is not None and before["body"].get("programme") not in (None, body["programme"]):
        yield Fault("programme", str(body["programme"]), f"{before['body']['programme']}, as before", "other_programme")
    if before is not None and act.subject is not None:
        yield from behalf.of_a_version(body, act.subject, reader, filer)
        if holders.is_first_since(reader, act.subject, before):
            yield from _of_what_is_left_out(body, before)
    if before is None and not set(filer.roles) & set(STEWARDS):
        for other in programmes.theirs(reader, one.id, filer.speaks_for):
            want = f"one claim of a person under a programme: file {other.name} again with what has changed"
            yield Fault("programme", one.id, want, "duplicate")


TOLD = ("person", "area", "born_on", "lost_on", "earned", "weekly_benefit", "exhausted_on", "working", "jobs")
LEFT_OUT = Text(
    en="what the claim says of it, as it stands or as it is right: it is yours since, and what you leave out would be "
    "lost",
    zh="须写明申领中原有的内容（照旧或更正）：申领现归您所有，遗漏的内容将会丢失",
)


def _of_what_is_left_out(body: Mapping[str, Any], before: Row) -> Iterator[Fault]:
    """What whoever has a claim since leaves out of what is known: they read it, and say it as it is. Where the money
    goes is theirs to say or not."""
    for name in TOLD if not before["erased"] else ():
        if before["body"].get(name) and not body.get(name):
            yield Fault(name, "", LEFT_OUT["en"], "missing", LEFT_OUT)


def _of_a_decision(body: Mapping[str, Any], stands: Standing, one: Programme, filer: Filer) -> Iterator[Fault]:
    if body["facts"] != stands.entry:
        want = f"{stands.entry}, the newest version of the claim"
        yield Fault("facts", shown(body["facts"]), want, "other_facts")
    found = programmes.assessment(one, stands)
    if body["outcome"] == "eligible" and found.answer != "eligible":
        failed = [item.condition.title.en for item in found.findings if not item.holds]
        missing = f"; not known: {', '.join(found.missing)}" if found.missing else ""
        want = f"what the text allows: {'; '.join(failed)}{missing}"
        yield Fault("outcome", "eligible", want, "text")
    if body["outcome"] == "not_eligible" and not body.get("words"):
        yield Fault("words", "", "why, in words that whoever claims can answer", "missing")


def _of_a_grant(body: Mapping[str, Any], stands: Standing, one: Programme, reader: Reader) -> Iterator[Fault]:
    if body["outcome"] == "eligible" and not body.get("words") and looking.looks(reader, one, stands):
        yield Fault("words", "", "why it is granted although something asked for a look", "missing")


def _of_an_appeal(body: Mapping[str, Any], stands: Standing, one: Programme, filer: Filer) -> Iterator[Fault]:
    if stands.decision is None:
        want = f"a claim that was decided: {stands.name} waits; say there what is missing"
        yield Fault("claim", stands.claim, want, "not_decided")
    if stands.appeal is not None:
        yield Fault("claim", stands.claim, f"one appeal at a time: entry {stands.appeal['entry']} waits", "duplicate")


def _of_an_appeal_decided(body: Mapping[str, Any], stands: Standing, one: Programme, filer: Filer) -> Iterator[Fault]:
    if stands.appeal is None:
        yield Fault("claim", stands.claim, "a claim with an appeal that waits for a decision", "no_appeal")


def _beside_what_waits(act: Act, stands: Standing, reader: Reader, filer: Filer) -> Iterator[Fault]:
    """That an appeal is decided otherwise while a decision on it waits for a second officer."""
    row = allowing(reader, stands, hand_of(filer))
    if row is None or act.kind not in (CORRECTION.id, APPEAL_DECIDED.id):
        return
    if (row["kind"], row["body"]) != (act.kind, act.body):  # what is confirmed is asked for once more
        want = f"one decision at a time: entry {row['entry']} waits to be confirmed or put aside"
        yield Fault("claim", stands.claim, want, "waits")


def _in_time(
    body: Mapping[str, Any], stands: Standing, one: Programme, reader: Reader, filer: Filer
) -> Iterator[Fault]:  # fmt: skip
    until = programmes.appeal_until(reader, one, stands)
    if filer.today > until and not body.get("good_cause"):
        yield Fault("good_cause", "", f"why the appeal comes after {until.isoformat()}, its last day", "late")


def _of_what_it_changes(body: Mapping[str, Any], stands: Standing) -> Iterator[Fault]:
    """That an appeal is allowed and nothing follows from it: whoever appealed would read that they were right, and be
    paid as before."""
    back = {row["entry"] for row in programmes.takings_back(stands.steps)}
    undone = set(body.get("not_taken_back", ()))
    if body["outcome"] != "allowed":
        if undone:
            want = "nothing: an appeal that is not allowed changes nothing"
            yield Fault("not_taken_back", shown(sorted(undone)), want, "upheld")
        return
    for entry in sorted(undone - back):
        yield Fault("not_taken_back", shown(entry), _taken_back_by(stands), "reference")
    corrects = any(body.get(name) not in (None, stands.body.get(name)) for name in CORRECTED)
    if stands.state == "eligible" and not corrects and not undone:
        also = f", or which taking back was a mistake: {_taken_back_by(stands)}" if back else ""
        facts = ", ".join(FIELDS[name]["en"].lower() for name in CORRECTED)
        want = f"what follows from it, for it was granted: which facts are right ({facts}){also}"
        yield Fault("outcome", "allowed", want, "nothing")


def _taken_back_by(stands: Standing) -> str:
    back = [str(row["entry"]) for row in programmes.takings_back(stands.steps)]
    return f"the entry by which {stands.name} was taken back: {', '.join(back) or 'none'}"


def _of_not_taken_back(body: Mapping[str, Any], stands: Standing, one: Programme, filer: Filer) -> Iterator[Fault]:
    if all(row["entry"] != body["withdrawal"] for row in programmes.takings_back(stands.steps)):
        yield Fault("withdrawal", shown(body["withdrawal"]), _taken_back_by(stands), "reference")


def _of_an_answer(body: Mapping[str, Any], stands: Standing, one: Programme, filer: Filer) -> Iterator[Fault]:
    asked = body.get("question")
    if asked is not None and all(row["entry"] != asked or row["kind"] != QUESTION.id for row in stands.steps):
        yield Fault("question", shown(asked), f"the entry of a question about {stands.name}", "reference")


def _of_a_withdrawal(body: Mapping[str, Any], stands: Standing, one: Programme, filer: Filer) -> Iterator[Fault]:
    before = stands.newest(WITHDRAWN.id)
    if before is not None and stands.withdrawn:
        yield Fault(
            "claim", stands.claim, f"a claim that stands: it was taken back with entry {before['entry']}", "over"
        )


def _of_what_is_written_down(
    body: Mapping[str, Any], stands: Standing, one: Programme, filer: Filer
) -> Iterator[Fault]:  # fmt: skip
    if body["facts"] != stands.entry:
        yield Fault("facts", shown(body["facts"]), f"{stands.entry}, the newest version of the claim", "other_facts")
    if body["what"] != "account":
        told = _of_a_withdrawal if body["what"] == "withdrawn" else _of_an_appeal
        yield from told(body, stands, one, filer)
        return
    if body["paid_to"] == stands.body.get("paid_to"):
        yield Fault("paid_to", shown(body["paid_to"]), "another account than the one on file", "same")
    if body.get("person") != stands.body.get("person"):
        want = f"{shown(stands.body.get('person'))}, the name on the claim"
        yield Fault("person", shown(body.get("person")), want, "mismatch")


_OF_A_STEP = {
    DECIDED.id: _of_a_decision, APPEAL.id: _of_an_appeal,
    APPEAL_DECIDED.id: _of_an_appeal_decided, ANSWER.id: _of_an_answer, WITHDRAWN.id: _of_a_withdrawal,
    WRITTEN_DOWN.id: _of_what_is_written_down, NOT_TAKEN_BACK.id: _of_not_taken_back,
    CORRECTION.id: correcting.of_a_correction,
}  # fmt: skip


# ── payments ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _of_a_run(body: Mapping[str, Any], one: Programme, reader: Reader, filer: Filer) -> Iterator[Fault]:
    month = date.fromisoformat(f"{body['month']}-01")
    first, last_ = month_of(one.opens_on), programmes.newest_month(one, filer.today)
    if not first <= month <= last_:
        over = "" if one.text.pays.how == "at_start" else " (the newest that is over)"
        want = f"a month from {first.isoformat()[:7]}, when it opened, to {last_.isoformat()[:7]}{over}"
        yield Fault("month", str(body["month"]), want, "month")
        return
    last = max((row["month"] for row in programmes.runs(reader, one.id)), default="")
    if str(body["month"]) < last:
        want = f"{last} or later: what is still due for months before comes with it"
        yield Fault("month", str(body["month"]), want, "order")
        return
    left = programmes.left(reader, one, day_of(reader, filer.at))
    wanted = (
        sum(made.cents for _, made in owed.payments(reader, one, month).values())
        if one.text.aid is None
        else aiding.owed(reader, one, month).cents
    )
    if wanted > max(left, 0) and not body.get("cut_alike"):
        told = (accounts.written(cents, one.unit) for cents in (max(left, 0), wanted))
        want = "no more than the {} that are left of the budget; {} are due. Or say that all are cut alike"
        yield Fault("month", str(body["month"]), want.format(*told), "budget")


def _of_a_closing(body: Mapping[str, Any], one: Programme, reader: Reader, filer: Filer) -> Iterator[Fault]:
    if one.closed:
        yield Fault("programme", one.id, f"a programme that is open: it was closed on {one.closed}", "closed")


def _of_spending(body: Mapping[str, Any], one: Programme, reader: Reader, filer: Filer) -> Iterator[Fault]:
    yield from aiding.check(body, one, filer.today)


def _of_a_review(body: Mapping[str, Any], one: Programme, reader: Reader, filer: Filer) -> Iterator[Fault]:
    yield from delivering.check(body, one, reader, filer)


def _of_a_sample(body: Mapping[str, Any], one: Programme, reader: Reader, filer: Filer) -> Iterator[Fault]:
    yield from delivering.check_sample(body, one, reader)


_OF_A_PROGRAMME = {
    RUN.id: _of_a_run, CLOSED.id: _of_a_closing, REVIEWED.id: _of_a_review, SPENT.id: _of_spending,
    SAMPLED.id: _of_a_sample,
}  # fmt: skip
