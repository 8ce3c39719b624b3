"""Whether a test or a look may be filed: what it names is there, it is theirs, and nothing registered is undone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from commonweal.kernel import registry
from commonweal.kernel.instrument import Act, Fault, Filer, Reader, Row

from . import fitting, made_up, outcomes, screening
from .deciding import LOOKS, STANDING, countable, in_words, read_out, registered_arm
from .kinds import ANY_SCORE, LOOK, MITIGATION, STEWARDS, TEST
from .lines import PROXIES, Proxies, in_force, line_in_force, proxies_in_force, proxies_of_version
from .mitigating import HELD


def check(act: Act, reader: Reader, filer: Filer) -> Iterable[Fault]:
    """What is wrong with an act of these kinds beyond its form."""
    if act.kind == TEST.id:
        return _of_a_test(act, reader, filer)
    if act.kind == LOOK.id:
        return _of_a_look(act, reader, filer)
    return []


def _of_a_test(act: Act, reader: Reader, filer: Filer) -> Iterator[Fault]:
    body = act.body
    before = registry.subject(reader, act.subject) if act.subject else None
    stands = reader.get(STANDING, act.subject) if act.subject else None
    found = proxies_in_force(reader)
    rules = (proxies_of_version(reader, stands["version"]) if stands else None) or (found[0] if found else None)
    if rules is None:
        yield Fault("line", body["line"], f"a text {PROXIES} in force: no test can be held against nothing", "rule")
        return
    yield from _of_the_model(body, reader, filer)
    yield from _of_the_line(body, reader, rules)
    yield from _of_the_scores(body, before)
    yield from _of_the_clusters(body, before, rules)
    if before is None or before["erased"]:
        yield from _of_the_day(body, filer, rules)
    else:
        yield from _since(before["body"], body, filer)
        yield from _later(before["body"], body, str(act.subject), reader, rules)


def _of_the_model(body: Any, reader: Reader, filer: Filer) -> Iterator[Fault]:
    if not set(filer.roles) & set(STEWARDS) and registry.filer(reader, body["model"]) not in filer.speaks_for:
        want = "a model that you registered; of another's an officer registers a test"
        yield Fault("model", body["model"], want, "not_yours")


def _of_the_line(body: Any, reader: Reader, rules: Proxies) -> Iterator[Fault]:
    if line_in_force(reader, body["line"]) is None:
        known = ", ".join(found.named(one) for found, _ in in_force(reader) for one in found.line)
        yield Fault("line", body["line"], f"one of the lines in force: {known}", "unknown")
        return
    bearing = {one.id for one in rules.of_line(body["line"])}
    for place, arm in enumerate(body["arms"]):
        if arm["proxy"] not in bearing:
            known = ", ".join(sorted(bearing)) or "none: adopt a text with one"
            yield Fault(f"arms.{place}.proxy", arm["proxy"], f"a proxy that bears on this line: {known}", "unknown")


def _of_the_scores(body: Any, before: Row | None) -> Iterator[Fault]:
    """Which score counts is registered: that none was, is said of arms from before that was asked for alone."""
    known = {one["id"] for one in before["body"].get("arms", ())} if before is not None else set()
    for place, arm in enumerate(body["arms"]):
        if arm["score"] == ANY_SCORE and arm["id"] not in known:
            want = "the name of the score that counts, as the logs have it: which one is registered before results"
            yield Fault(f"arms.{place}.score", arm["score"], want, "registered")


def _of_the_clusters(body: Any, before: Row | None, rules: Proxies) -> Iterator[Fault]:
    """Of an arm whose items lie in clusters it is registered how many the largest of these may have, which is no more
    than the authority says of its measure."""
    known = {one["id"] for one in before["body"].get("arms", ())} if before is not None else set()
    for place, arm in enumerate(body["arms"]):
        if arm["id"] not in known:
            found = fitting.of_clusters(arm, rules.get(arm["proxy"]))
            yield from (replace(one, where=f"arms.{place}.{one.where}") for one in found)


def _of_the_day(body: Any, filer: Filer, rules: Proxies) -> Iterator[Fault]:
    day, last = _day(body["decide_by"]), filer.today + timedelta(days=rules.deadline_days_most)
    if not filer.today <= day <= last:
        want = f"a day from today up to {last}, {rules.deadline_days_most} days from now as {PROXIES} says"
        yield Fault("decide_by", str(day), want, "day")


def _since(before: Any, body: Any, filer: Filer) -> Iterator[Fault]:
    """Nothing that was registered is changed by a later version, and no day is set that is over already."""
    for name in ("model", "line", "stage"):
        if body[name] != before[name]:
            yield Fault(
                name, body[name], f"as registered: {before[name]}; register another test for another", "registered"
            )
    if (marked := made_up.is_marked(body)) != made_up.is_marked(before):
        want = "as registered: what is made up to try this is another test than what is not"
        yield Fault("fictitious", "yes" if marked else "no", want, "registered")
    day, registered = _day(body["decide_by"]), _day(before["decide_by"])
    if day > registered:
        want = f"{registered} or earlier: a day of decision is not put off once results may be known"
        yield Fault("decide_by", str(day), want, "registered")
    elif day < min(registered, filer.today):
        want = f"{registered} as registered, or a day from today, {filer.today}, up to that: none that is over already"
        yield Fault("decide_by", str(day), want, "day")
    now = {arm["id"]: (place, arm) for place, arm in enumerate(body["arms"])}
    for arm in before["arms"]:
        if arm["id"] not in now:
            want = f"the arm {arm['id']} as registered; what is done otherwise is an arm of its own"
            yield Fault("arms", "left out", want, "registered")
            continue
        place, same = now[arm["id"]]
        for name, registered, said in registry.diff(arm, same):
            want = f"{_as_filed(registered)}, as registered; what is done otherwise is an arm of its own"
            yield Fault(f"arms.{place}.{name}", _as_filed(said), want, "registered")


def _as_filed(value: Any) -> str:
    return "(absent)" if value is None else {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _later(before: Any, body: Any, test: str, reader: Reader, rules: Proxies) -> Iterator[Fault]:
    """Once there are results an arm is added only where the test's rules keep a part of their error for such."""
    seen = reader.select(LOOKS, {"test": test}, order=("entry",), limit=1)
    there = {arm["id"] for arm in before["arms"]}
    for place, arm in enumerate(body["arms"]):
        if seen and rules.error_later is None and arm["id"] not in there:
            want = (
                f"an arm registered before results: entry {seen[0]['entry']} told of some, and {PROXIES} "
                f"{rules.version} keeps no error_later for an arm that comes then. Register another test beside this "
                "one"
            )
            yield Fault(f"arms.{place}", arm["id"], want, "late")


def _of_a_look(act: Act, reader: Reader, filer: Filer) -> Iterator[Fault]:
    body = act.body
    row = registry.subject(reader, body["test"])
    if row is None or row["erased"]:
        return
    arm = next((one for one in row["body"]["arms"] if one["id"] == body["arm"]), None)
    if arm is None:
        known = ", ".join(one["id"] for one in row["body"]["arms"])
        yield Fault("arm", body["arm"], f"an arm that was registered before its results: {known}", "unknown")
        return
    runs = registry.filer(reader, arm["run_by"])
    if not set(filer.roles) & set(STEWARDS) and runs not in filer.speaks_for:
        yield Fault("arm", body["arm"], f"an arm that your organisation runs: {arm['run_by']} runs it", "not_yours")
    seen = reader.select(LOOKS, {"test": body["test"], "arm": arm["id"]}, order=("entry",))
    if arm.get("looks") == "one" and seen:
        want = f"an arm with a look left: {arm['id']} was registered for one, and entry {seen[0]['entry']} was that"
        yield Fault("arm", body["arm"], want, "one_look")
        return
    yield from _of_the_outcomes(body, arm, seen, reader)
    run = registry.subject(reader, body["run"]) if body.get("run") else None
    if run is not None and not run["erased"]:
        yield from _of_its_run(body, run, reader, filer)
    elif run is None:
        yield from screening.check(body, reader)


def _of_the_outcomes(body: Any, arm: Any, seen: Sequence[Row], reader: Reader) -> Iterator[Fault]:
    """Words tell no more than was planned, and grades only where the proxy counts these. What a run brings past that
    counts towards danger alone; words keep no run out, beside which they show nothing."""
    where, brings = ("outcomes", body["outcomes"]) if body.get("outcomes") else ("run", read_out(body, reader))
    _, proxy = registered_arm(reader, str(body["test"]), arm["id"])
    if where == "outcomes" and proxy is not None and not proxy.graded and outcomes.is_graded(brings):
        yield Fault(where, "shares", f"1, 0 or x of each sample: {proxy.id} counts what was solved", "graded")
    told, more = (sum(one.count(" ") + 1 for one in found) for found in ([row["outcomes"] for row in seen], [brings]))
    in_no_run = in_words(reader, arm, {"run": body.get("run"), "typed": body.get("outcomes")})
    if in_no_run and brings and told + more > arm["planned"]:
        want = f"at most {arm['planned'] - told} more: {arm['planned']} were planned and {told} told"
        yield Fault(where, f"{more} items", want, "too_many")


def _of_its_run(body: Any, row: Row, reader: Reader, filer: Filer) -> Iterator[Fault]:
    """A run that is named is theirs, has the log that is named, and was not looked at; what is told is in it."""
    run, log = str(body["run"]), row["body"].get("log_sha256")
    if not set(filer.roles) & set(STEWARDS) and registry.filer(reader, run) not in filer.speaks_for:
        yield Fault("run", run, "a run that you filed; another's is read out by an officer", "not_yours")
        return
    if body.get("log_sha256") and log and body["log_sha256"] != log:
        yield Fault("log_sha256", body["log_sha256"], f"the log of {run}, or nothing here", "other")
    yield from screening.check(body, reader)
    test = registry.subject(reader, body["test"])
    assert test is not None, "a reference, which is there"
    arm = next(one for one in test["body"]["arms"] if one["id"] == body["arm"])
    yield from fitting.fit(reader, test, arm, run).otherwise
    yield from _counted_once(body, arm, reader)
    yield from _as_told(body, arm, row, reader) if body.get("outcomes") else _to_be_read(body, arm, row, reader)


def _counted_once(body: Any, arm: Any, reader: Reader) -> Iterator[Fault]:
    """A run counts once for a test, and an item once for an arm: else it counts as many."""
    run = str(body["run"])
    for row in reader.select(LOOKS, {"test": body["test"], "run": run}, limit=1):
        want = f"a run that was not looked at yet: entry {row['entry']} brought it"
        if row["told_before"]:
            want = (
                f"a run that was not looked at yet: entry {row['entry']} brought it. Of this run {row['told_before']} "
                "items were told before; what it says of these is not counted, and somebody independent leaves it out"
            )
        yield Fault("run", run, want, "used")
        return
    known, by = countable(arm, run, reader), arm.get("clustered_by")
    if by and not outcomes.clusters(reader, run, by):
        return
    if known and not any(read_out({**body, "score": score}, reader) for score in known):
        want = (
            "a run with an item that this arm was not told of yet: all of these were in runs before. Somebody "
            "independent leaves this one out"
        )
        if by:
            want = (
                "a run with a cluster that this arm was not told of yet: items of all of these were in runs before. "
                "Somebody independent leaves this one out"
            )
        yield Fault("run", run, want, "repeated")


def _as_told(body: Any, arm: Any, row: Row, reader: Reader) -> Iterator[Fault]:
    """What is told beside a run says what the run says, where that can be read; else no more than it can hold."""
    run = str(body["run"])
    told = ((score, read_out({**body, "score": score}, reader)) for score in countable(arm, run, reader))
    read = [(score, found) for score, found in told if found]
    if read and not any(outcomes.alike(body["outcomes"], found) for _, found in read):
        has = "; ".join(f"{score} {outcomes.summed(found)}" for score, found in read)
        want = f"what {run} has: {has}. Leave outcomes out, and they are read out of it"
        yield Fault("outcomes", outcomes.summed(body["outcomes"]), want, "contradicts")
        return
    _, many, _, _ = outcomes.counted(body["outcomes"])
    if row["body"].get("samples", many) < many:
        want = f"at most {row['body']['samples']} samples: so many has {run}"
        yield Fault("outcomes", f"{many} samples", want, "too_many")


def _to_be_read(body: Any, arm: Any, row: Row, reader: Reader) -> Iterator[Fault]:
    """A run is read out under the score that was registered, by clusters that it says, where it is kept which of its
    attempts count."""
    yield from _of_the_score(body, arm, reader)
    by = arm.get("clustered_by")
    if by and not outcomes.clusters(reader, str(body["run"]), by):
        want = f"a run of which each sample says {by}, by which the arm registered its clusters"
        yield Fault("run", str(body["run"]), want, "clusters")
    if not outcomes.says_what_was_invalidated(row["body"]):
        want = "a run of which it is kept which attempts were invalidated; of this one it is known how many alone"
        yield Fault("run", str(body["run"]), want, "invalidated")


def _of_the_score(body: Any, arm: Any, reader: Reader) -> Iterator[Fault]:
    """The score under which a run is read: that of the arm; of an arm from before that, one that the run has."""
    run, said = str(body["run"]), body.get("score")
    known = outcomes.scores(reader, run)
    have = ", ".join(known) or "none that is a number"
    if arm["score"] != ANY_SCORE:
        if said not in (None, arm["score"]):
            yield Fault(
                "score", said, f"{arm['score']}, as the arm registered before its results, or nothing", "otherwise"
            )
        if arm["score"] not in known:
            want = f"a run with the score that the arm registered, {arm['score']}: it has {have}"
            if outcomes.is_unread(reader, run, arm["score"]):
                want = (
                    f"a run out of which the score that the arm registered, {arm['score']}, can be read: here it has "
                    "no number, or there is too much of it. It waits until somebody independent leaves it out"
                )
            yield Fault("run", run, want, "otherwise")
    elif said not in (known if len(known) != 1 else (*known, None)):
        yield Fault("score", str(said or "(absent)"), f"a score of {run}: {have}", "unknown")


def check_marked(act: Act, reader: Reader, filer: Filer) -> Iterator[Fault]:
    """What was registered before its results is not taken back once somebody looked at these, by nobody; before that
    by the authority alone, which says so in public. What was verified of a mitigation is not annulled with it."""
    kind, entry, subject = str(act.body.get("kind")), str(act.body.get("entry")), act.subject or ""
    if act.kind != fitting.ANNULLED:
        return
    if kind == TEST.id and (seen := reader.select(LOOKS, {"test": subject}, limit=1)):
        want = (
            f"a test at which nobody looked: entry {seen[0]['entry']} did, and what it was registered for stands. "
            "Register another test beside it"
        )
        yield Fault("entry", entry, want, "looked_at")
    elif kind == TEST.id and not set(filer.roles) & set(STEWARDS):
        want = "an entry that the authority annuls: whoever registered a test does not take it back, even before a look"
        yield Fault("entry", entry, want, "registered")
    elif kind == MITIGATION.id and (row := reader.get(HELD, subject)) and row["checked"]:
        want = f"a mitigation of which nothing was found yet: entry {row['checked']} did, and its last day stands"
        yield Fault("entry", entry, want, "verified")


def _day(told: Any) -> date:
    return told if isinstance(told, date) else date.fromisoformat(str(told))
