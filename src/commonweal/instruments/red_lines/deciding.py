"""Looks come in, and the rule that was registered decides: at once with each look and each arm that is added, and by
itself on the day of decision.

What was found stands. A model whose warning or crossing was shown is not below again because another arm comes that
shows nothing: more arms only make it harder to find what is there. Below, and inconclusive, are replaced by what comes.
An arm that is registered once results are on record shows what it shows at a bound of its own, and takes nothing from
those before it (`later`).

BELOW is said early only where nothing that is outstanding can undo it: what an arm was planned to bring and has not
brought counts as solved, and so does what of a run is not known (`fitting`). A cluster of items that has not come does
so at the largest that was registered; of arms from before that was asked for, at the largest that came, which what
comes may undo. It is said of all evidence there is now, and never stands against what came later: another arm, word
that a run was another model's, a run that was annulled. On the day of decision it is said once more, or no more.

Words may tell of the items that a run brings later, and no one can know which. So once a run of an arm was read, its
runs alone count towards danger (`is_beside`): what words told before had its looks, and of items that the run brings
too both are one e-process, in which each item counts once. Towards safety words count as solved, as they did. The
statistics and their sources are in `commonweal.methods.line_decisions`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from itertools import accumulate
from typing import Any

import numpy as np

from commonweal.kernel import registry
from commonweal.kernel.instrument import Act, Entry, Reader, Row, Table, Tables
from commonweal.kernel.values import stamp
from commonweal.kernel.values.partial import LAST_ON_EARTH
from commonweal.methods import line_decisions
from commonweal.methods.line_decisions import Arm, State, Verdict

from . import consequences, eliciting, fitting, made_up, making, outcomes, screening, unlooked
from .kinds import ANY_SCORE, BROUGHT, DECIDED, IN_PART, KEPT_APART, LEFT_OUT, LOOK, ONCE_SAID, TAKEN, TEST, UNSAID
from .lines import PROXIES, Proxies, Proxy, proxies_in_force, proxies_of_version

OUTCOMES = "outcomes"
"""The payload of what a look brought."""
TICK, ERASED = "clock.tick", "retention.erased"
STANDING = Table(
    "red_lines_standing",
    columns={
        "test": "text", "line": "text", "model": "text", "decide_by": "text", "version": "text", "follows": "text",
        "state": "text", "by_deadline": "integer", "entry": "integer", "decided": "integer", "decided_on": "text",
        "since": "integer", "since_at": "text", "looks": "integer", "evidence": "json", "decided_by": "json",
        "again": "text", "closed": "integer", "closed_below": "integer", "made_up": "integer",
    },
    key=("test",),
)  # fmt: skip
"""Each test: under which version of the proxies it began, and of what follows, and what was decided by which entry (0:
nothing yet), and by which that was first since when it stands without a break (`since`, and when, `since_at`). `again`
is the day once which is over it is decided anew, because of one of its runs something else was said, or something was
erased; empty for none. `closed`: it was decided since its day of decision is over, or there is nothing to decide;
`closed_below`: as below."""
LOOKS = Table(
    "red_lines_look",
    columns={
        "test": "text", "entry": "integer", "arm": "text", "on": "text", "outcomes": "text", "run": "text",
        "log": "text", "contamination": "text", "sandbagging": "text", "typed": "integer", "counts_by": "integer",
        "told_before": "integer", "past": "integer",
    },
    key=("test", "entry"),
    indexes=(("run",),),
)  # fmt: skip
"""What each look brought, in the order of the record, how many items of its run it did not, since they were told
before, and how many of what it brought go past what was planned."""
TABLES = (
    STANDING, LOOKS, *outcomes.TABLES, fitting.SAID, fitting.ANNULLED_RUNS, *unlooked.TABLES
)  # fmt: skip
FINAL = (State.EARLY_WARNING.value, State.CROSSED.value)
OPEN = ("", State.BELOW.value, State.INCONCLUSIVE.value)


def follow(entry: Entry, tables: Tables) -> Iterable[Act]:
    """Keep a test and its looks, and decide anew."""
    if entry.erased:
        return []
    if entry.kind == outcomes.RUN:
        outcomes.follow(entry, tables)
        _decide_again(entry, _below(unlooked.made(entry, tables), tables), tables)
    elif entry.kind == TEST.id:
        return _registered(entry, tables)
    elif entry.kind == LOOK.id:
        return [*_looked(entry, tables), *_decide(entry, str(entry.body["test"]), tables)]
    elif entry.kind == BROUGHT.id:
        _brought(entry, tables)
    elif entry.kind == LEFT_OUT.id:
        unlooked.follow(entry, tables)
        return _decide(entry, str(entry.body["test"]), tables)
    elif entry.kind == DECIDED.id:
        _keep(entry, tables)
    elif entry.kind == ERASED:
        _decide_again(entry, tables.select(STANDING, {"state": ("in", OPEN)}), tables)
    elif run := fitting.follow(entry, tables):
        _decide_again(entry, _looked_at(run, tables), tables)
    return []


def _decide_again(entry: Entry, tests: Iterable[Row], tables: Tables) -> None:
    """What is said of a run counts once its day is over: a decision at once would tell everybody which test it is for
    which somebody said something of which run. So does an erasure, which may have been of any of them."""
    for stands in tests:
        tables.put(STANDING, {**stands, "again": entry.time.date().isoformat()})


def _looked_at(run: str, reader: Reader) -> Iterator[Row]:
    """The tests that looked at a run, as they stand, those that are below without having looked at it, and those that
    are open and looked at one that is alike."""
    tests = {row["test"] for row in reader.select(LOOKS, {"run": run})}
    said = reader.select(fitting.SAID, {"run": run}, only=("run", "entry", "model"))
    for model in {row["model"] for row in said if row["model"]}:
        tests |= {row["test"] for row in reader.select(STANDING, {"model": model, "state": State.BELOW.value})}
    tests |= {row["test"] for row in _of(unlooked.tests_alike(reader, run), reader) if row["state"] in OPEN}
    yield from _of(tests, reader)


def _below(tests: Iterable[str], reader: Reader) -> list[Row]:
    """Those of these tests that are below now."""
    return [row for row in _of(tests, reader) if row["state"] == State.BELOW]


def _of(tests: Iterable[str], reader: Reader) -> Iterator[Row]:
    yield from (row for row in (reader.get(STANDING, test) for test in tests) if row)


def _registered(entry: Entry, tables: Tables) -> Iterable[Act]:
    """A test begins under the proxies of its first day, and keeps them. What was decided of it is decided anew with the
    arms that it has now: below is of every arm, and of one that brought nothing nobody knows."""
    outcomes.registered(entry, tables)
    body, stands = entry.body, tables.get(STANDING, str(entry.subject))
    found = proxies_in_force(tables)
    begun = stands or {
        "version": found[0].version if found else "",
        "follows": follows.version if (follows := consequences.in_force(tables)) else "",
        "state": "",
        "by_deadline": 0,
        "entry": entry.index,
        "decided": 0,
        "decided_on": "",
        "since": 0,
        "since_at": "",
        "looks": 0,
        "evidence": [],
        "decided_by": [],
        "again": "",
        "closed": 0,
        "closed_below": 0,
    }
    tables.put(
        STANDING,
        {
            **begun,
            "test": str(entry.subject),
            "line": body["line"],
            "model": body["model"],
            "decide_by": str(body["decide_by"]),
            "made_up": int(made_up.is_marked(body)),
        },
    )
    return _decide(entry, str(entry.subject), tables) if begun["state"] else []


def _looked(entry: Entry, tables: Tables) -> Iterator[Act]:
    """A look brings what it tells, or what stands in the run that it names; of the latter the house says what that is,
    so that it is known where the run is erased."""
    body = entry.body
    told = body.get("outcomes") or read_out(body, tables)
    if told or body.get("counts_by", IN_PART) >= IN_PART:
        row = {
            "test": body["test"], "entry": entry.index, "arm": body["arm"], "on": entry.time.date().isoformat(),
            "outcomes": told, "run": body.get("run") or "", "log": body.get("log_sha256") or "",
            "contamination": body.get("contamination", "not_run"), "sandbagging": body.get("sandbagging", "not_run"),
            "typed": int(bool(body.get("outcomes"))), "counts_by": body.get("counts_by", IN_PART),
            "told_before": _told_before(body, tables),
        }  # fmt: skip
        row["past"] = _past(row, tables)
        tables.put(LOOKS, row)
        arm, _ = registered_arm(tables, row["test"], row["arm"])
        if arm and row["run"] and row["counts_by"] >= UNSAID:
            unlooked.looked(row["test"], arm, row["run"], tables)
        if told and not row["typed"] and row["counts_by"] >= IN_PART:
            said = {"test": row["test"], "look": entry.index, "told_before": row["told_before"], "past": row["past"]}
            key = f"{row['test']}:{entry.index}/brought"
            yield Act(BROUGHT.id, said, key, row["test"], (entry.index,), {OUTCOMES: told.encode()})


def _brought(entry: Entry, tables: Tables) -> None:
    """A look brought what the house said, whatever is left of its run."""
    body = entry.body
    if row := tables.get(LOOKS, str(body["test"]), body["look"]):
        told = entry.blob(OUTCOMES).decode()
        tables.put(LOOKS, {**row, "outcomes": told, "told_before": body["told_before"], "past": body["past"]})


def read_out(body: Any, reader: Reader) -> str:
    """What came of the run that a look names, as its arm and the proxy of it count; empty where nothing can be read."""
    arm, proxy = registered_arm(reader, str(body["test"]), str(body["arm"]))
    if proxy is None or not body.get("run"):
        return ""
    before, by, rule = _read_before(body, reader), arm.get("clustered_by"), body.get("counts_by", IN_PART)
    if rule < IN_PART and _score(body, arm) not in (None, *outcomes.scores(reader, str(body["run"]), before=True)):
        return ""
    whole = rule < UNSAID
    return outcomes.of_run(reader, str(body["run"]), _score(body, arm), proxy, before, trait=by, whole=whole)


def _told_before(body: Any, reader: Reader) -> int:
    """How many items of the run that a look names it does not bring, since they were told before."""
    arm, run = registered_arm(reader, str(body["test"]), str(body["arm"]))[0], str(body.get("run") or "")
    if not arm or not run:
        return 0
    before, by, score = _read_before(body, reader), arm.get("clustered_by"), _score(body, arm)
    under = [score] if score else countable(arm, run, reader)
    return max((outcomes.told_before(reader, run, one, before, trait=by) for one in under), default=0)


def _past(look: Row, reader: Reader) -> int:
    """How many items of what a look brings go past what was planned of its arm; of looks from before that was taken
    none do."""
    arm, _ = registered_arm(reader, str(look["test"]), str(look["arm"]))
    if not arm or look["counts_by"] < IN_PART:
        return 0
    seen = [*(row for row in looks(reader, str(look["test"])) if row["arm"] == look["arm"]), look]
    brought = [row["outcomes"].count(" ") + 1 for row in seen]
    apart = is_beside(reader, arm, seen)
    told = sum(many for many, beside in zip(brought, apart, strict=True) if not beside)
    return 0 if apart[-1] else min(brought[-1], max(0, told - int(arm["planned"])))


def _read_before(body: Any, reader: Reader) -> list[str]:
    """The runs that were read for the arm of a look before it."""
    looked = reader.select(LOOKS, {"test": str(body["test"]), "arm": str(body["arm"])}, only=("run",))
    return [row["run"] for row in looked if row["run"]]


def _score(body: Any, arm: Mapping[str, Any]) -> str | None:
    """Under which score the run of a look is read."""
    score: str | None = body.get("score") if arm["score"] == ANY_SCORE else arm["score"]
    return score


def registered_arm(reader: Reader, test: str, arm: str) -> tuple[Mapping[str, Any], Proxy | None]:
    """An arm as it was registered, and its proxy as the version of the proxies has it under which the test began."""
    row, stands = registry.subject(reader, test), reader.get(STANDING, test)
    rules = proxies_of_version(reader, stands["version"]) if stands else None
    arms = () if row is None or row["erased"] or rules is None else row["body"]["arms"]
    return next(((one, rules.get(one["proxy"])) for one in arms if rules and one["id"] == arm), ({}, None))


def countable(arm: Mapping[str, Any], run: str, reader: Reader, *, before: bool = False) -> list[str]:
    """The scores of a run of which one counts for an arm: the one that it registered, any where it registered none;
    `before`: for looks from before that one was laid out whatever its place."""
    return [one for one in outcomes.scores(reader, run, before=before) if arm["score"] in (ANY_SCORE, one)]


def _keep(entry: Entry, tables: Tables) -> None:
    body = entry.body
    stands = tables.get(STANDING, str(body["test"]))
    if stands is not None:
        begins = {"since": entry.index, "since_at": stamp(entry.time)} if body["state"] != stands["state"] else {}
        decided = {
            **begins,
            "state": body["state"],
            "by_deadline": int(body["by_deadline"]),
            "decided": entry.index,
            "decided_on": entry.time.date().isoformat(),
            "looks": body["looks"],
            "evidence": list(body["evidence"]),
            "decided_by": list(body["decided_by"]),
            "closed": int(over := _is_over(stands, entry.time)),
            "closed_below": int(stands["closed_below"] or (over and body["state"] == State.BELOW)),
        }
        tables.put(STANDING, {**stands, **decided})


def due(now: datetime, reader: Reader) -> bool:
    """Whether a day of decision is over and a test is not decided, or one is to be decided anew."""
    today = day_over(now)
    return bool(_overdue(reader, today) or _anew(reader, today))


def day_over(now: datetime) -> str:
    """The day before which every day is over wherever one is: who is due and what follows go by the same."""
    return (now.astimezone(UTC) - LAST_ON_EARTH).date().isoformat()


def _is_over(stands: Row, now: datetime) -> bool:
    """Whether the day of decision of a test is over."""
    return bool(stands["decide_by"] < day_over(now))


def _overdue(reader: Reader, today: str) -> list[Row]:
    rows = reader.select(STANDING, {"decide_by": ("<", today), "state": ("in", OPEN), "closed": 0})
    return [row for row in rows if row["version"]]


def _anew(reader: Reader, today: str) -> list[Row]:
    return [row for row in reader.select(STANDING, {"again": ("<", today)}) if row["again"]]


def over(entry: Entry, tables: Tables, zone: tzinfo) -> Iterator[Act]:
    """When the day of decision is over: what is not clear becomes a warning, and says so. When a day is over on which
    something else was said of a run: what follows from the looks at it now."""
    if entry.kind != TICK:
        return
    today = day_over(entry.time)
    overdue = {row["test"] for row in _overdue(tables, today)}
    for test in sorted(overdue | {row["test"] for row in _anew(tables, today)}):
        acts = _decide(entry, test, tables)
        gone = test in overdue and not acts
        if stands := tables.get(STANDING, test):
            tables.put(STANDING, {**stands, "again": "", "closed": int(gone or stands["closed"])})
        yield from acts


def _decide(entry: Entry, test: str, tables: Reader) -> list[Act]:
    """What the rule says of a test now, where that is something else, or its day of decision is over since, or evidence
    shows a warning that was one only by that day."""
    stands, row = tables.get(STANDING, test), registry.subject(tables, test)
    rules = proxies_of_version(tables, stands["version"]) if stands else None
    if stands is None or row is None or row["erased"] or rules is None:
        return []
    seen, ended = looks(tables, test), _is_over(stands, entry.time)
    verdict = verdict_of(tables, row, seen, rules, over=ended)
    state = _standing(stands["state"], verdict.state)
    if stands["by_deadline"] and stands["closed_below"] and verdict.state is State.BELOW and _in_part(seen):
        state = verdict.state.value  # only a run that waited stood in its way, and it waits no more
    closes = ended and not stands["closed"] and stands["state"] not in FINAL
    shown = stands["by_deadline"] and state == verdict.state and not verdict.by_deadline and _in_part(seen)
    if state == stands["state"] and not closes and not shown:
        return []
    found = _body(row, rules, verdict, seen, later(tables, row, seen))
    body = {**found, "state": state, "by_deadline": verdict.by_deadline and state == verdict.state}
    return [Act(DECIDED.id, body, key=f"{test}:{entry.index}", subject=test, causes=(entry.index,))]


def _in_part(seen: Iterable[Row]) -> bool:
    """Whether one of these looks counts by the newest rule."""
    return any(row["counts_by"] >= IN_PART for row in seen)


def _standing(before: str, now: State) -> str:
    """The more serious of what was found and what is, once something was found."""
    order = list(State)
    if before in FINAL and order.index(State(before)) > order.index(now):
        return before
    return now.value


def looks(reader: Reader, test: str) -> list[Row]:
    """The looks at a test, oldest first; not one of which nothing is known any more."""
    return [row for row in reader.select(LOOKS, {"test": test}, order=("entry",)) if row["outcomes"]]


def verdict_of(reader: Reader, test: Row, seen: Sequence[Row], rules: Proxies, *, over: bool = False) -> Verdict:
    """What the registered rule says of a test as far as it came; `over`: its day of decision is over."""
    arms = [arm_of(reader, test, one, seen, rules) for one in test["body"]["arms"]]
    reserve = float(rules.error_later or 0)
    found = line_decisions.decide(arms, error=float(rules.error), reserve=reserve, deadline_passed=over)
    found = unlooked.held(reader, test, seen, rules, found, over=over)
    return eliciting.held(reader, test, rules, found, over=over)


def later(reader: Reader, test: Row, seen: Sequence[Row]) -> list[str]:
    """The arms of a test that were registered once a result was on record, in that order.

    A result is on record from the look that brought it on, or from when its run was filed; a run of a look that was
    never held against what was registered counts from the look.
    """
    if not seen:
        return []
    first = first_result(reader, seen)
    named = [one["id"] for one in test["body"]["arms"]]
    since = {arm: int(fitting.version_of(reader, test, arm)["entry"]) for arm in named}
    return sorted((arm for arm in named if since[arm] > first), key=since.__getitem__)


def first_result(reader: Reader, seen: Sequence[Row]) -> int:
    """By which entry a result was on record first, of looks of which there is at least one."""
    return min(min(int(row["entry"]), _filed(reader, row)) for row in seen)


def _filed(reader: Reader, look: Row) -> int:
    """By which entry the run of a look was filed; the look itself where it has none that was held against anything."""
    runs = registry.versions(reader, look["run"]) if look["run"] and look["counts_by"] != TAKEN else []
    return int(runs[0]["entry"]) if runs else int(look["entry"])


def doubts(reader: Reader, test: Row, arm: Mapping[str, Any], seen: Sequence[Row]) -> list[list[str]]:
    """Of each look at an arm, why it counts towards danger alone: codes of `words.DOUBTS`, none if it counts whole."""
    read = any(row["run"] for row in seen)
    apart = is_beside(reader, arm, seen)
    more = _brings_more(reader, test, arm, seen)
    return [
        ["beside"]
        if beside
        else [
            *_doubts(reader, test, arm, row, read),
            *(["more_items"] if row["run"] in more else []),
            *(["larger"] if _brings_larger(arm, row) else []),
        ]
        for row, beside in zip(seen, apart, strict=True)
    ]


def _brings_larger(arm: Mapping[str, Any], look: Row) -> bool:
    """Whether a look brought a cluster of more items than was registered that the largest may have; of what goes past
    what was planned nobody asks that, for safety is asked of none of it."""
    most, brought = fitting.largest(arm), look["outcomes"].split(" ")
    planned = brought[: len(brought) - look["past"]]
    return bool(most) and any(len(outcomes.values(word)) > most for word in planned)


def in_words(reader: Reader, arm: Mapping[str, Any], look: Row) -> bool:
    """Whether what a look brought stands in no run on record, or in one out of which it cannot be read."""
    before = look.get("counts_by", IN_PART) < IN_PART
    return not look["run"] or bool(look["typed"] and not countable(arm, look["run"], reader, before=before))


def is_beside(reader: Reader, arm: Mapping[str, Any], seen: Sequence[Row]) -> list[bool]:
    """Of each look at an arm, whether it is in words beside a run: then it counts against below alone.

    Not where all the looks are from before that was so, nor of one that counts as it was taken.
    """
    words = [in_words(reader, arm, row) for row in seen]
    read = max((row["counts_by"] for row, told in zip(seen, words, strict=True) if not told), default=None)
    return [
        told and read is not None and row["counts_by"] != TAKEN and max(read, row["counts_by"]) >= ONCE_SAID
        for row, told in zip(seen, words, strict=True)
    ]


def _doubts(reader: Reader, test: Row, arm: Mapping[str, Any], look: Row, read: bool) -> list[str]:
    """Why a look counts towards danger alone. What stands in no run on record is somebody's word: who has a log that
    says otherwise keeps it back. `read`: of the arm a run is on record; beside one, words told nothing before either.
    """
    run, rule = look["run"], look["counts_by"]
    if run and fitting.is_gone(reader, run):
        return ["gone"]
    if rule == TAKEN:
        return []
    codes = ["told"] if in_words(reader, arm, look) and (rule >= KEPT_APART or (read and not run)) else []
    if run:
        fit = fitting.fit(reader, test, arm, run, anew=rule >= KEPT_APART, weighed=rule >= UNSAID)
        codes += [*fit.unknown, *(["otherwise"] if fit.otherwise else [])]
        codes += [] if rule < KEPT_APART or _of_a_test_that_counts(reader, test, arm, run) else ["task"]
        codes += making.doubts(reader, run) if rule >= UNSAID else []
        codes += _since_in_part(reader, test, arm, run) if rule >= IN_PART else []
    return [*codes, *(screening.suspected(reader, look) if rule >= KEPT_APART else [])]


def _since_in_part(reader: Reader, test: Row, arm: Mapping[str, Any], run: str) -> Iterator[str]:
    """What speaks against a run by the newest rule: it began too late, or is a part of its test that somebody may have
    chosen."""
    if _is_late(reader, test, run):
        yield "late"
    if making.is_part(reader, run) and not unlooked.is_no_choice(reader, test["subject"], arm["id"], run):
        yield "part_of_test"


def _is_late(reader: Reader, test: Row, run: str) -> bool:
    """Whether a run began after each day of decision, and so is none of the test."""
    row = registry.subject(reader, run)
    return row is not None and fitting.is_late(reader, test, row["body"])


def _brings_more(reader: Reader, test: Row, arm: Mapping[str, Any], seen: Sequence[Row]) -> Collection[str]:
    """The runs of an arm, where these bring more items than the test has of which they are."""
    runs = [row["run"] for row in seen if row["run"] and row["counts_by"] >= UNSAID]
    _, proxy = registered_arm(reader, test["subject"], arm["id"])
    return runs if proxy and eliciting.brings_more(reader, test, proxy, runs, arm["score"]) else ()


def _of_a_test_that_counts(reader: Reader, test: Row, arm: Mapping[str, Any], run: str) -> bool:
    _, proxy = registered_arm(reader, test["subject"], arm["id"])
    return proxy is None or eliciting.takes(reader, test, proxy, run)


def arm_of(reader: Reader, test: Row, planned: Any, looked: Sequence[Row], rules: Proxies) -> Arm:
    """An arm as far as it came, by all the looks at its test. What words told beside a run is as if it had not come:
    none of it shows danger, and all of it counts as solved where safety is to be shown. One look that brings more than
    was planned decides by its e-value: how much came was not registered."""
    came = [row for row in looked if row["arm"] == planned["id"]]
    apart = is_beside(reader, planned, came)
    seen = [row for row, beside in zip(came, apart, strict=True) if not beside]
    aside = sum(row["outcomes"].count(" ") + 1 for row, beside in zip(came, apart, strict=True) if beside)
    words = [row["outcomes"].split(" ") for row in seen]
    proxy, after = rules.get(planned["proxy"]), later(reader, test, looked)
    assert proxy is not None, "checked when the test was registered"
    samples = [proxy.dangerous(outcomes.values(word)) for part in words for word in part]
    sizes = [len(one) for one in samples]
    sized = bool(planned.get("clustered_by")) and any(row["counts_by"] >= UNSAID for row in came)
    past = sum(row["past"] for row in seen)
    unsure = [bool(why) for why, part in zip(doubts(reader, test, planned, seen), words, strict=True) for _ in part]
    return line_decisions.arm(
        np.asarray([one for item in samples for one in item], dtype=float),
        np.repeat(np.arange(len(samples)), sizes) if samples else np.zeros(0, dtype=int),
        proxy.lines(),
        looks=list(accumulate(len(part) for part in words)),
        doubted=np.repeat(np.asarray(unsure, dtype=bool), sizes) if samples else None,
        outstanding=max(planned["planned"] - len(samples), aside),
        single=planned.get("looks") == "one" and not past,
        later=after.index(planned["id"]) + 1 if planned["id"] in after else 0,
        sized=sized,
        largest=fitting.largest(planned) if sized else 0,
        past=past,
    )


def _body(row: Row, rules: Proxies, verdict: Verdict, seen: Sequence[Row], came: Sequence[str]) -> dict[str, Any]:
    body = row["body"]
    names = [one["id"] for one in body["arms"]]
    marked = {name: {"registered_later": True} for name in came if rules.error_later}
    told = [
        {"arm": name, **{field: _told(value) for field, value in one._asdict().items()}, **marked.get(name, {})}
        for name, one in zip(names, verdict.evidence, strict=True)
    ]
    return {
        "test": row["subject"],
        "line": body["line"],
        "looks": len(seen),
        "rules": f"{PROXIES} {rules.version}",
        "decided_by": [names[place] for place in verdict.decided_by],
        "evidence": told,
    }


def _told(value: float) -> float | int | None:
    """A figure as the record keeps it: five digits, and nothing where there is none."""
    if isinstance(value, int):
        return value
    return float(f"{value:.5g}") if np.isfinite(value) else None
