"""Looks come in, and the rule that was registered decides: at once with each look, and by itself on the day of
decision.

What was found stands. A model whose warning or crossing was shown is not below again because another arm comes that
shows nothing: more arms only make it harder to find what is there. Below, and inconclusive, are replaced by what comes.

BELOW is said early only where nothing that is outstanding can undo it: what an arm was planned to bring and has not
brought counts as solved, and so does what of a run is not known (`fitting`). It is said of all evidence there is now,
and never stands against evidence that came later: another arm, or word that a run was another model's. The statistics
and their sources are in `commonweal.methods.line_decisions`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from itertools import accumulate
from typing import Any

import numpy as np

from commonweal.kernel import registry
from commonweal.kernel.instrument import Act, Entry, Reader, Row, Table, Tables, Timed
from commonweal.kernel.values.partial import LAST_ON_EARTH
from commonweal.methods import line_decisions
from commonweal.methods.line_decisions import Arm, State, Verdict

from . import fitting, outcomes, screening, unlooked
from .kinds import DECIDED, LEFT_OUT, LOOK, TEST
from .lines import PROXIES, Proxies, Proxy, proxies_in_force, proxies_of_version

TICK = "clock.tick"
STANDING = Table(
    "red_lines_standing",
    columns={
        "test": "text", "line": "text", "model": "text", "decide_by": "text", "version": "text", "state": "text",
        "by_deadline": "integer", "entry": "integer", "decided": "integer", "decided_on": "text", "looks": "integer",
        "evidence": "json", "decided_by": "json", "again": "text",
    },
    key=("test",),
)  # fmt: skip
"""Each test: under which version of the proxies it began, and what was decided by which entry (0: nothing yet). `again`
is the day once which is over it is decided anew, because of one of its runs something else was said; empty for none."""
LOOKS = Table(
    "red_lines_look",
    columns={
        "test": "text", "entry": "integer", "arm": "text", "on": "text", "outcomes": "text", "run": "text",
        "log": "text", "contamination": "text", "sandbagging": "text", "typed": "integer", "unchecked": "integer",
    },
    key=("test", "entry"),
    indexes=(("run",),),
)  # fmt: skip
"""What each look brought, in the order of the record."""
TABLES = (STANDING, LOOKS, outcomes.RUNS, fitting.SAID, unlooked.LEFT)
FINAL = (State.EARLY_WARNING.value, State.CROSSED.value)


def follow(entry: Entry, tables: Tables) -> Iterable[Act]:
    """Keep a test and its looks, and decide anew."""
    if entry.erased:
        return []
    if entry.kind == outcomes.RUN:
        outcomes.follow(entry, tables)
    elif entry.kind == TEST.id:
        _registered(entry, tables)
    elif entry.kind == LOOK.id:
        _looked(entry, tables)
        return _decide(entry, str(entry.body["test"]), tables, over=False)
    elif entry.kind == LEFT_OUT.id:
        unlooked.follow(entry, tables)
        return _decide(entry, str(entry.body["test"]), tables, over=False)
    elif entry.kind == DECIDED.id:
        _keep(entry, tables)
    elif run := fitting.follow(entry, tables):
        _decide_again(entry, run, tables)
    return []


def _decide_again(entry: Entry, run: str, tables: Tables) -> None:
    """Other words about a run count once their day is over: a decision at once would tell everybody which test it is
    for which somebody said something of which run."""
    day = entry.time.date().isoformat()
    said = tables.select(fitting.SAID, {"run": run}, only=("run", "entry", "model"))
    tests = {row["test"] for row in tables.select(LOOKS, {"run": run})}
    for model in {row["model"] for row in said if row["model"]}:  # of which it may be a run that nobody looked at
        tests |= {row["test"] for row in tables.select(STANDING, {"model": model, "state": State.BELOW.value})}
    for test in tests:
        if stands := tables.get(STANDING, test):
            tables.put(STANDING, {**stands, "again": day})


def _registered(entry: Entry, tables: Tables) -> None:
    """A test begins under the proxies of its first day, and keeps them."""
    body, stands = entry.body, tables.get(STANDING, str(entry.subject))
    found = proxies_in_force(tables)
    begun = stands or {
        "version": found[0].version if found else "",
        "state": "",
        "by_deadline": 0,
        "entry": entry.index,
        "decided": 0,
        "decided_on": "",
        "looks": 0,
        "evidence": [],
        "decided_by": [],
        "again": "",
    }
    tables.put(
        STANDING,
        {
            **begun,
            "test": str(entry.subject),
            "line": body["line"],
            "model": body["model"],
            "decide_by": str(body["decide_by"]),
        },
    )


def _looked(entry: Entry, tables: Tables) -> None:
    """A look brings what it tells, or what stands in the run that it names."""
    body = entry.body
    told = body.get("outcomes") or read_out(body, tables)
    if told:
        row = {
            "test": body["test"], "entry": entry.index, "arm": body["arm"], "on": entry.time.date().isoformat(),
            "outcomes": told, "run": body.get("run") or "", "log": body.get("log_sha256") or "",
            "contamination": body.get("contamination", "not_run"), "sandbagging": body.get("sandbagging", "not_run"),
            "typed": int(bool(body.get("outcomes"))), "unchecked": int(bool(body.get("unchecked"))),
        }  # fmt: skip
        tables.put(LOOKS, row)


def read_out(body: Any, reader: Reader) -> str:
    """What came of the run that a look names, as the proxy of its arm counts it; empty where nothing can be read."""
    proxy = proxy_of(reader, str(body["test"]), str(body["arm"]))
    if proxy is None or not body.get("run"):
        return ""
    looked = reader.select(LOOKS, {"test": str(body["test"]), "arm": str(body["arm"])}, only=("run",))
    before = [row["run"] for row in looked if row["run"]]
    return outcomes.of_run(reader, str(body["run"]), body.get("score"), proxy, before)


def proxy_of(reader: Reader, test: str, arm: str) -> Proxy | None:
    """The proxy of an arm, as the version of the proxies has it under which the test began."""
    row, stands = registry.subject(reader, test), reader.get(STANDING, test)
    rules = proxies_of_version(reader, stands["version"]) if stands else None
    if row is None or row["erased"] or rules is None:
        return None
    return next((rules.get(one["proxy"]) for one in row["body"]["arms"] if one["id"] == arm), None)


def _keep(entry: Entry, tables: Tables) -> None:
    body = entry.body
    stands = tables.get(STANDING, str(body["test"]))
    if stands is not None:
        decided = {
            "state": body["state"],
            "by_deadline": int(body["by_deadline"]),
            "decided": entry.index,
            "decided_on": entry.time.date().isoformat(),
            "looks": body["looks"],
            "evidence": list(body["evidence"]),
            "decided_by": list(body["decided_by"]),
        }
        tables.put(STANDING, {**stands, **decided})


def due(now: datetime, reader: Reader) -> bool:
    """Whether a day of decision is over and a test is not decided, or one is to be decided anew."""
    today = day_over(now)
    return bool(_overdue(reader, today) or _anew(reader, today))


def day_over(now: datetime) -> str:
    """The day before which every day is over wherever one is: who is due and what follows go by the same."""
    return (now.astimezone(UTC) - LAST_ON_EARTH).date().isoformat()


def _overdue(reader: Reader, today: str) -> list[Row]:
    rows = reader.select(STANDING, {"decide_by": ("<", today), "state": ("in", ["", State.INCONCLUSIVE.value])})
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
    anew = {row["test"]: row for row in _anew(tables, today)}
    for row in anew.values():
        tables.put(STANDING, {**row, "again": ""})
    for test in sorted(overdue | set(anew)):
        yield from _decide(entry, test, tables, over=test in overdue)


TIMED = Timed(due, over)


def _decide(entry: Entry, test: str, tables: Reader, *, over: bool) -> list[Act]:
    stands, row = tables.get(STANDING, test), registry.subject(tables, test)
    rules = proxies_of_version(tables, stands["version"]) if stands else None
    if stands is None or row is None or row["erased"] or rules is None:
        return []
    seen = looks(tables, test)
    verdict = verdict_of(tables, row, seen, rules, over=over)
    state = _standing(stands["state"], verdict.state)
    if state == stands["state"] and not over:
        return []
    found = _body(test, row["body"], rules, verdict, len(seen))
    body = {**found, "state": state, "by_deadline": verdict.by_deadline and state == verdict.state}
    return [Act(DECIDED.id, body, key=f"{test}:{entry.index}", subject=test, causes=(entry.index,))]


def _standing(before: str, now: State) -> str:
    """The more serious of what was found and what is, once something was found."""
    order = list(State)
    if before in FINAL and order.index(State(before)) > order.index(now):
        return before
    return now.value


def looks(reader: Reader, test: str) -> list[Row]:
    """The looks at a test, oldest first."""
    return list(reader.select(LOOKS, {"test": test}, order=("entry",)))


def verdict_of(reader: Reader, test: Row, seen: Sequence[Row], rules: Proxies, *, over: bool = False) -> Verdict:
    """What the registered rule says of a test as far as it came; `over`: its day of decision is over."""
    arms = [arm_of(reader, test, one, seen, rules) for one in test["body"]["arms"]]
    found = line_decisions.decide(arms, error=float(rules.error), deadline_passed=over)
    return unlooked.held(reader, test, seen, found, over=over)


def doubts(reader: Reader, test: Row, arm: Mapping[str, Any], seen: Sequence[Row]) -> list[list[str]]:
    """Of each look at an arm, why it counts towards danger alone: codes of `words.DOUBTS`, none where it counts whole.

    Of an arm of which runs are on record, what was only told may be of the very items that these hold.
    """
    read = any(row["run"] for row in seen)
    found = []
    for row in seen:
        codes = ["told"] if read and not row["run"] else []
        if row["run"]:
            fit = fitting.fit(reader, test, arm, row["run"])
            codes = [*fit.unknown, *(["otherwise"] if fit.otherwise else [])]
        found.append([] if row["unchecked"] else [*codes, *screening.suspected(reader, row)])
    return found


def arm_of(reader: Reader, test: Row, planned: Any, looked: Sequence[Row], rules: Proxies) -> Arm:
    """An arm as far as it came, by all the looks at its test."""
    seen = [row for row in looked if row["arm"] == planned["id"]]
    words = [row["outcomes"].split(" ") for row in seen]
    samples = [outcomes.values(word) for part in words for word in part]
    sizes = [len(one) for one in samples]
    unsure = [bool(why) for why, part in zip(doubts(reader, test, planned, seen), words, strict=True) for _ in part]
    proxy = rules.get(planned["proxy"])
    assert proxy is not None, "checked when the test was registered"
    return line_decisions.arm(
        np.asarray([one for item in samples for one in item], dtype=float),
        np.repeat(np.arange(len(samples)), sizes) if samples else np.zeros(0, dtype=int),
        proxy.lines(),
        looks=list(accumulate(len(part) for part in words)),
        doubted=np.repeat(np.asarray(unsure, dtype=bool), sizes) if samples else None,
        outstanding=max(0, planned["planned"] - len(samples)),
        single=planned.get("looks") == "one",
    )


def _body(test: str, body: Any, rules: Proxies, verdict: Verdict, count: int) -> dict[str, Any]:
    names = [one["id"] for one in body["arms"]]
    return {
        "test": test,
        "line": body["line"],
        "looks": count,
        "rules": f"{PROXIES} {rules.version}",
        "decided_by": [names[place] for place in verdict.decided_by],
        "evidence": [
            {"arm": name, **{field: _told(value) for field, value in one._asdict().items()}}
            for name, one in zip(names, verdict.evidence, strict=True)
        ],
    }


def _told(value: float) -> float | int | None:
    """A figure as the record keeps it: five digits, and nothing where there is none."""
    if isinstance(value, int):
        return value
    return float(f"{value:.5g}") if np.isfinite(value) else None
