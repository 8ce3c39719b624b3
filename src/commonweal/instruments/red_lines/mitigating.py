"""Mitigations: filed by the developer, verified by another organisation on evidence that is on record, and over on the
last day that was verified, or when that evidence is annulled or erased, says otherwise in a newer version, or that it
is made up, or is a run of which it is said no more that it is of the model. So it is with what a guarantee rests on,
down its sources.

A new version of a mitigation is another to be verified; what was found of the one before it keeps its last day, so
nobody puts off a lapse by filing it again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta, tzinfo
from typing import Any

from commonweal.kernel import registry
from commonweal.kernel.instrument import Act, Entry, Fault, Filer, Reader, Row, Table, Tables, Timed

from . import consequences, fitting, independence, made_up, outcomes
from .consequences import Requirement
from .deciding import ERASED, STANDING, TICK, day_over
from .fitting import ANNULLED, CONDITIONS
from .kinds import AS_SAID, AS_SHOWN, EVIDENCE, LAPSED, MITIGATION, STEWARDS, VERIFIED, VERIFIERS
from .lines import CONSEQUENCES, PROXIES, proxies_in_force

HELD = Table(
    "red_lines_mitigation",
    columns={
        "mitigation": "text", "test": "text", "entry": "integer", "verified": "integer", "until": "text",
        "of": "integer", "checked": "integer", "state": "text", "meets": "text", "method": "text", "rests_on": "json",
        "counts_by": "integer", "made_up": "integer",
    },
    key=("mitigation",),
)  # fmt: skip
"""Each mitigation: the entry of its newest version, the verification by which it is in place (0: none) with its last
day, `of` which version that is, the newest entry that found anything of it (`checked`), and how the newest version
stands (`words.VERIFIED_SO`). `meets`: which requirement it meets, empty for none; `method`, `rests_on` and the rule
`counts_by` which that holds: of the verification by which it is in place. `made_up`: it is, or its test is."""
TABLES = (HELD,)
GUARANTEE = "safety_cases.guarantee"
_SAYS_OTHERWISE = {
    "not_in_place": "evidence that it is in place: this says that it is not",
    "unclear": "evidence that it is in place: this says that it is unclear",
}


def follow(entry: Entry, tables: Tables) -> Iterable[Act]:
    """Keep what is filed, verified and lapsed; what rests on an entry that is gone lapses with it."""
    body = entry.body
    if entry.kind == MITIGATION.id:
        before = tables.get(HELD, str(entry.subject)) or _new(str(entry.subject))
        filed = {"test": str(body["test"]), "entry": entry.index, "meets": str(body.get("meets") or "")}
        filed["made_up"] = int(made_up.is_marked(body) or _is_of_made_up(tables, str(body["test"])))
        tables.put(HELD, {**before, **filed, "state": "unverified"})
    elif entry.kind == VERIFIED.id and (row := tables.get(HELD, str(body["mitigation"]))) is not None:
        tables.put(HELD, {**row, **_found(entry, row)})
    elif entry.kind == LAPSED.id and (row := tables.get(HELD, str(body["mitigation"]))) is not None:
        state = "lapsed" if row["state"] == "in_place" else row["state"]
        tables.put(HELD, {**row, **_NOTHING, "state": state})
    elif entry.kind in (ANNULLED, ERASED, CONDITIONS):
        return [_lapse(entry, row, "evidence_gone") for row in _groundless(entry, tables)]
    elif entry.kind in (EVIDENCE.id, outcomes.RUN, GUARANTEE):
        return [_lapse(entry, row, "evidence_gone") for row in _resting_on(entry, tables)]
    return []


_NOTHING = {"verified": 0, "until": "", "method": "", "rests_on": [], "counts_by": 0}


def _found(entry: Entry, row: Row) -> dict[str, Any]:
    """What a verification changes: how it stands, since when it was looked at, on what that rests, and its last day."""
    body = entry.body
    if not body["in_place"]:
        return {**_NOTHING, "of": 0, "checked": entry.index, "state": "not_in_place"}
    found = {
        "method": body["method"],
        "rests_on": list(body.get("rests_on", ())),
        "counts_by": body.get("counts_by", AS_SHOWN),
    }
    held = {"verified": entry.index, "until": str(body["holds_until"]), "of": row["entry"], "state": "in_place"}
    return {**found, **held, "checked": entry.index}


def _new(mitigation: str) -> Row:
    return {"mitigation": mitigation, **_NOTHING, "of": 0, "checked": 0, "meets": "", "made_up": 0}


def _groundless(entry: Entry, tables: Tables) -> Iterator[Row]:
    """The verified mitigations of which something that they rest on was annulled, erased, or is said no more to be a
    run of the model."""
    gone = int(entry.body["entry"]) if entry.kind == ANNULLED else None
    for row in tables.select(HELD, {"verified": (">", 0)}):
        grounds = _grounds(row, tables)
        erased = entry.kind == ERASED and any(not _stands(tables, one) for one in grounds)
        if gone in grounds or erased or _rests_on_another(row, grounds, tables):
            yield row


def _grounds(row: Row, reader: Reader) -> list[int]:
    """The entries on which a verification rests, with those below them where it lapses with these."""
    if row["counts_by"] < AS_SAID:
        return list(row["rests_on"])
    return [one for entry in row["rests_on"] for one in _down_from(reader, entry)]


def _down_from(reader: Reader, entry: int, *, newest: bool = False) -> list[int]:
    """An entry and, where it is a guarantee, its source, that of which it may rest on in turn: each as that entry
    filed it, or the `newest` version of it."""
    found, row = [entry], _version(reader, entry, newest)
    while row is not None and row["kind"] == GUARANTEE and row["body"] and int(row["body"]["source"]) not in found:
        found.append(int(row["body"]["source"]))
        row = _version(reader, found[-1], newest)
    return found


def _version(reader: Reader, entry: int, newest: bool) -> Row | None:
    """What an entry registered, or the `newest` version of that."""
    row = registry.version_at(reader, entry)
    return registry.subject(reader, row["subject"]) if newest and row is not None else row


def _rests_on_another(row: Row, grounds: Sequence[int], reader: Reader) -> bool:
    """Whether a verification rests on a run that is not said to be of the model, where it lapses with that."""
    if row["counts_by"] < AS_SAID or reader.get(STANDING, row["test"]) is None:
        return False
    found = (registry.version_at(reader, entry) for entry in grounds)
    return any(one and one["kind"] == outcomes.RUN and not _is_of_its_model(one, row["test"], reader) for one in found)


def _resting_on(entry: Entry, tables: Tables) -> Iterator[Row]:
    """The verified mitigations that rest on an earlier version of what now says something else, or is made up."""
    against = [row for row in tables.select(HELD, {"verified": (">", 0)}) if _speaks_against(entry, row, tables)]
    earlier = {one["entry"] for one in registry.versions(tables, str(entry.subject))} if against else set()
    for row in against:
        if earlier & set(_grounds(row, tables)):
            yield row


def _speaks_against(entry: Entry, row: Row, reader: Reader) -> bool:
    """Whether a new version of evidence, of a run, or of a guarantee no more shows a mitigation to be in place that
    rested on it."""
    is_evidence, body = entry.kind == EVIDENCE.id, entry.body
    if row["counts_by"] < AS_SHOWN:
        return is_evidence and bool(body["found"] != "in_place")
    if is_evidence and (body["found"] != "in_place" or body["mitigation"] != row["mitigation"]):
        return True
    chain = _down_from(reader, entry.index, newest=True) if entry.kind == GUARANTEE else [entry.index]
    said = [one for one in (_version(reader, index, newest=True) for index in chain[1:]) if one is not None]
    if said and said[-1]["kind"] == EVIDENCE.id:
        below = said[-1]["body"]
        if below["found"] != "in_place" or below["mitigation"] != row["mitigation"]:
            return True
    marked = [made_up.is_marked(body), *(made_up.is_marked(one["body"]) for one in said)]
    return not made_up.shows(any(marked), of=bool(row["made_up"]))


def _is_of_made_up(reader: Reader, test: str) -> bool:
    """Whether a test is made up."""
    stands = reader.get(STANDING, test)
    return stands is not None and bool(stands["made_up"])


def _stands(reader: Reader, entry: int) -> bool:
    """Whether an entry registered something, and was neither annulled nor erased."""
    row = registry.version_at(reader, entry)
    return row is not None and not row["erased"]


def due(now: datetime, reader: Reader) -> bool:
    """Whether the last day of a verified mitigation is over."""
    return bool(_over(reader, day_over(now)))


def _over(reader: Reader, today: str) -> list[Row]:
    return [row for row in reader.select(HELD, {"until": ("<", today)}) if row["verified"]]


def over(entry: Entry, tables: Tables, zone: tzinfo) -> Iterator[Act]:
    """Each verified mitigation whose last day is over lapses."""
    if entry.kind != TICK:
        return
    for row in _over(tables, day_over(entry.time)):
        yield _lapse(entry, row, "day_over")


def _lapse(entry: Entry, row: Row, reason: str) -> Act:
    body = {"test": row["test"], "mitigation": row["mitigation"], "held_until": row["until"], "reason": reason}
    key = f"{row['mitigation']}:{row['verified']}"
    return Act(LAPSED.id, body, key=key, subject=row["test"], causes=(entry.index,))


TIMED = Timed(due, over)


def check(act: Act, reader: Reader, filer: Filer) -> Iterator[Fault]:
    """What is wrong with a mitigation or a verification beyond its form."""
    if act.kind == MITIGATION.id:
        yield from _of_a_mitigation(act, reader, filer)
    elif act.kind == EVIDENCE.id:
        yield from _of_its_test(act.body, reader)
        yield from _of_whose_evidence(act.body, reader, filer)
    elif act.kind == VERIFIED.id:
        yield from _of_a_verification(act, reader, filer)


def _of_a_mitigation(act: Act, reader: Reader, filer: Filer) -> Iterator[Fault]:
    stands = reader.get(STANDING, str(act.body["test"]))
    if stands is None:
        return
    if not set(filer.roles) & set(STEWARDS) and registry.filer(reader, stands["model"]) not in filer.speaks_for:
        yield Fault("test", act.body["test"], "a test of a model that you registered", "not_yours")
    if (day := _day(act.body["holds_until"])) < filer.today:
        yield Fault("holds_until", str(day), f"today, {filer.today}, or later", "day")
    if not made_up.shows(made_up.is_marked(act.body), of=bool(stands["made_up"])):
        want = "no: what is made up shows nothing of a model whose test is not"
        yield Fault("fictitious", "yes", want, "made_up")
    yield from _of_what_it_meets(act, stands, reader)


def _of_what_it_meets(act: Act, stands: Row, reader: Reader) -> Iterator[Fault]:
    """The requirement that a mitigation meets is one of what follows, of its kind, and the same in each version; so is
    its test, for what was verified of it was verified there."""
    body, meets = act.body, str(act.body.get("meets") or "")
    before = reader.get(HELD, act.subject) if act.subject else None
    if before is not None and before["test"] != body["test"]:
        want = f"{before['test']}, as it was filed first: of another test it is another mitigation"
        yield Fault("test", body["test"], want, "registered")
    if before is not None and before["meets"] not in ("", meets):
        want = f"{before['meets']}, as it was filed first: what meets another requirement is another mitigation"
        yield Fault("meets", meets or "(absent)", want, "registered")
    if not meets:
        return
    text = consequences.of_test(reader, stands["follows"])
    known = {one.id: one for one in text.requirement} if text else {}
    if meets not in known:
        want = f"a requirement of {CONSEQUENCES} as the test began under: {', '.join(known) or 'none'}"
        yield Fault("meets", meets, want, "unknown")
    elif known[meets].what != body["what"]:
        yield Fault("what", body["what"], f"{known[meets].what}: of that kind is what {meets} requires", "other")


def _of_its_test(body: Any, reader: Reader) -> Iterator[Fault]:
    row = registry.subject(reader, str(body["mitigation"]))
    if row is not None and not row["erased"] and row["body"]["test"] != body["test"]:
        yield Fault("test", body["test"], f"the test that this mitigation is about: {row['body']['test']}", "other")


def _of_whose_evidence(body: Any, reader: Reader, filer: Filer) -> Iterator[Fault]:
    """Of developers the test's own alone file evidence: the word of one who competes with it shows nothing."""
    if not set(filer.roles) & set(VERIFIERS) and not independence.is_of_them(str(body["test"]), reader, filer):
        want = "a test of a model that your organisation develops; of another's an auditor or an officer files evidence"
        yield Fault("test", body["test"], want, "not_yours")


def _of_a_verification(act: Act, reader: Reader, filer: Filer) -> Iterator[Fault]:
    body, row = act.body, registry.subject(reader, str(act.body["mitigation"]))
    if row is None or row["erased"]:
        return
    yield from _of_its_test(body, reader)
    if row["author"] in filer.speaks_for:
        yield Fault("mitigation", body["mitigation"], "one that somebody else filed: nobody verifies their own", "own")
    elif independence.is_of_them(str(body["test"]), reader, filer):
        want = "one for a model of another organisation than yours: its developer verifies nothing of it"
        yield Fault("mitigation", body["mitigation"], want, "own")
    asked = _asked(row, reader)
    day, last = _day(body["holds_until"]), _last(row, asked, filer, reader)
    if body["in_place"] and not filer.today <= day <= last:
        want = f"a day from {filer.today} up to {last}, by {PROXIES} and what was filed"
        yield Fault("holds_until", str(day), want, "day")
    if body["in_place"] and asked is not None and body["method"] not in asked.verified_by:
        want = f"a method by which {asked.id} is verified: {' or '.join(asked.verified_by)}"
        yield Fault("method", body["method"], want, "method")
    if not str(body.get("procedure") or "").strip():
        want = "what was read, tested or looked at, and how, as another could do it again"
        yield Fault("procedure", "(absent)", want, "missing")
    yield from _of_what_it_rests_on(body, row, reader, filer)


def _asked(row: Row, reader: Reader) -> Requirement | None:
    """The requirement that a mitigation meets, as the text has it that its test began under."""
    stands = reader.get(STANDING, str(row["body"]["test"]))
    text = consequences.of_test(reader, stands["follows"]) if stands else None
    meets = row["body"].get("meets")
    return next((one for one in text.requirement if one.id == meets), None) if text else None


def _last(row: Row, asked: Requirement | None, filer: Filer, reader: Reader) -> date:
    """The last day for which a verification made today can hold."""
    rules = proxies_in_force(reader)
    days = [rules[0].verified_days_most] if rules else []
    days += [asked.verified_days_most] if asked else []
    return min(_day(row["body"]["holds_until"]), *(filer.today + timedelta(days=many) for many in days))


def _of_what_it_rests_on(body: Any, row: Row, reader: Reader, filer: Filer) -> Iterator[Fault]:
    """A verification rests on entries that stand, of something else than what is claimed, and of others than claim it
    where it is not by reading."""
    if not body.get("rests_on"):
        want = f"the entries that show it: evidence ({EVIDENCE.id}), a run of an evaluation, a guarantee"
        yield Fault("rests_on", "(none)", want, "missing")
        return
    own, theirs = {row["author"], *independence.developers(str(body["test"]), reader, filer.spoke)}, 0
    for place, entry in enumerate(body["rests_on"]):
        where, found = f"rests_on.{place}", registry.version_at(reader, int(entry))
        if found is None or found["erased"]:
            want = "an entry that registered something and stands: evidence, a run of an evaluation, a guarantee"
            yield Fault(where, str(entry), want, "reference")
            continue
        if found["subject"] == row["subject"]:
            yield Fault(where, str(entry), "something else than the mitigation: it shows nothing of itself", "own")
        else:
            yield from _of_a_ground(where, body, found, row, reader)
        theirs += bool(own & {found["author"], *found["body"].get("spoke_for", ()), *filer.spoke(found["author"], "")})
    if body["method"] != "documents" and theirs == len(body["rests_on"]):
        want = "an entry that others than its developer filed: by a test or an inspection somebody else finds it"
        yield Fault("rests_on", ", ".join(map(str, body["rests_on"])), want, "own")


def _of_a_ground(where: str, body: Any, found: Row, row: Row, reader: Reader) -> Iterator[Fault]:
    """An entry shows something of a mitigation where it is evidence about that, or a run of the model, or where it is a
    guarantee and what it rests on is."""
    last = registry.version_at(reader, _down_from(reader, found["entry"])[-1])
    below = last if last is not None and not last["erased"] else found
    now = _version(reader, _down_from(reader, found["entry"], newest=True)[-1], newest=True) or found
    shows = _shows(below, row, reader) and _shows(now, row, reader)
    if found["kind"] == GUARANTEE and not shows:
        want = "a guarantee that rests on evidence about this mitigation, or on a run of the model of its test"
        yield Fault(where, f"{found['entry']}: {below['kind']}", want, "other")
    elif found["kind"] == EVIDENCE.id and not shows:
        yield Fault(where, str(found["entry"]), f"evidence about this mitigation: {row['subject']}", "other")
    elif not shows:
        want = f"evidence ({EVIDENCE.id}), a run of the model of the test, or a guarantee that rests on either"
        yield Fault(where, f"{found['entry']}: {found['kind']}", want, "kind")
    elif _rests_on_made_up(found, row, reader):
        want = "evidence or a run that was not made up, for a mitigation that was not"
        yield Fault(where, str(found["entry"]), want, "made_up")
    elif body["in_place"] and (says := _SAYS_OTHERWISE.get(below["body"].get("found", ""))):
        yield Fault(where, str(found["entry"]), says, "contradicts")
    elif body["in_place"] and now["body"].get("found", "in_place") != "in_place":
        want = f"evidence that it is in place: since entry {now['entry']} this says otherwise"
        yield Fault(where, str(found["entry"]), want, "contradicts")


def _rests_on_made_up(found: Row, mitigation: Row, reader: Reader) -> bool:
    """Whether an entry, or anything on which it rests, is made up as it was filed or as it stands now, where a
    mitigation is not, of which it then shows nothing."""
    held = reader.get(HELD, mitigation["subject"])
    said = [
        _version(reader, index, newest)
        for newest in (False, True)
        for index in _down_from(reader, found["entry"], newest=newest)
    ]
    marked = any(made_up.is_marked(one["body"]) for one in said if one is not None)
    return not made_up.shows(marked, of=held is not None and bool(held["made_up"]))


def _shows(found: Row, mitigation: Row, reader: Reader) -> bool:
    """Whether an entry is evidence about a mitigation, or a run of the model of its test; not where it was erased."""
    if found["erased"]:
        return False
    if found["kind"] == outcomes.RUN:
        return _is_of_its_model(found, str(mitigation["body"]["test"]), reader)
    return found["kind"] == EVIDENCE.id and bool(found["body"]["mitigation"] == mitigation["subject"])


def _is_of_its_model(run: Row, test: str, reader: Reader) -> bool:
    """Whether a run is said to be of the model of a test."""
    stands = reader.get(STANDING, test)
    return stands is not None and fitting.said_of(reader, run["subject"]).get("model") == stands["model"]


def of_tests(reader: Reader, tests: Collection[str]) -> list[Row]:
    """The mitigations filed against the dangers of tests, oldest first."""
    return list(reader.select(HELD, {"test": ("in", tuple(tests))}, order=("entry",)))


def counting(reader: Reader, tests: Collection[str], of: bool) -> list[Row]:
    """Those that show anything `of` a test that is made up, or is not, oldest first; one that was verified before that
    was asked shows what it did."""
    return [
        row
        for row in of_tests(reader, tests)
        if made_up.shows(bool(row["made_up"]), of) or (row["verified"] and row["counts_by"] < AS_SHOWN)
    ]


def of_test(reader: Reader, test: str) -> list[Row]:
    """The mitigations filed against the danger of a test, oldest first."""
    return of_tests(reader, (test,))


def _day(told: Any) -> date:
    return told if isinstance(told, date) else date.fromisoformat(str(told))
