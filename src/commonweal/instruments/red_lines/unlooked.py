"""Runs on record that an arm could have been told of, and was not: who chooses among runs chooses what comes out.

That of several runs the lowest is looked at, no correction for looks pays for. So below is said of an arm only once
each run on record that is one of it, by all that is known, was looked at, or was left out for a reason that somebody
independent states (`red_lines.left_out`). A run that began after each day of decision that was registered is none of
the test. One that was once of the arm is so still where whoever filed it annuls it, or says otherwise of it later; the
authority alone takes it away. Of an arm whose looks were all taken before that was kept, a run is what is said of it
now.

Nor does silence take a run away. One of which nobody ever said of which model it is counts as passed over where its log
says what that of a run says at which somebody looked for the arm: it calls the model the same, and is of a test by
which the arm is measured; and where whoever filed that run, runs the arm or develops the model filed it, or somebody
who spoke for one of these as they filed it, as the record has it of each run (`spoke_for`). That ends once its
conditions are said, and it is another; or once it is left out.

Nor does a look at a part of a run stand for the whole of it. Items that an arm was told of before are no new evidence,
and so are left out; but a rerun may say otherwise of them, and of a cluster that was told before a run may bring items
that nobody was told of. So a run of which anything was left out is passed over in part (`in_part`), until somebody
independent leaves that out.

Nor does it help to say that a run was elicited otherwise than any arm. One of the same model and measure that is of no
arm (`of_no_arm`), by its conditions or since it was filed before all of them, and in which the share of dangerous items
reaches the early warning of the measure, keeps below from being said until it was looked at for an arm of that measure,
or left out. Who tries first and registers afterwards would choose among runs too. Nor does it help to make a run
unreadable: where the score that was registered is in words, or there is more than is laid out, it is passed over. And
what a look brought past what was planned (`past`) waits for somebody independent as well. All this is asked of looks
from since that is so.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from commonweal.kernel import registry
from commonweal.kernel.instrument import Act, Entry, Fault, Filer, Reader, Row, Table, Tables
from commonweal.methods.line_decisions import State, Verdict

from . import fitting, independence, outcomes
from .kinds import ANY_SCORE, IN_PART, LEFT_OUT, ONCE_SAID, UNSAID
from .lines import Proxies, Proxy

LEFT = Table(
    "red_lines_left_out",
    columns={"test": "text", "arm": "text", "run": "text", "entry": "integer", "reason": "text"},
    key=("test", "arm", "run"),
)
"""Which runs an arm is not told of, by which entry and for which reason."""
MADE = Table(
    "red_lines_run_made",
    columns={"run": "text", "entry": "integer", "filer": "text", "named": "text", "task": "text", "spoke_for": "json"},
    key=("run",),
    indexes=(("named",),),
)
"""By whom each run was filed, for whom these spoke then, what its log calls the model, and its test."""
ALIKE = Table(
    "red_lines_alike", columns={"filer": "text", "named": "text", "test": "text"}, key=("filer", "named", "test")
)
"""The tests that looked at a run of a model so called, by whom another may be filed that is alike."""
UNCHOSEN = Table(
    "red_lines_unchosen",
    columns={"test": "text", "arm": "text", "run": "text", "entry": "integer"},
    key=("test", "arm", "run"),
)
"""Of which runs of an arm nobody chose which part of their data set they bring, as which entry says."""
TABLES = (LEFT, MADE, ALIKE, UNCHOSEN)
NO_CHOICE = "no_choice"
ROUNDING = 1e-9
"""By how much a share may fall short of a threshold as computed, and reach it."""


class Waiting(NamedTuple):
    """The runs on record because of which below is not said: at which nobody looked, of which a look left out what was
    told before, that are of no arm but reach the early warning, and that go past what was planned."""

    unlooked: Sequence[str]
    in_part: Sequence[str]
    of_no_arm: Sequence[str]
    past: Sequence[str]

    def runs(self) -> list[str]:
        """All of them."""
        return [run for each in self for run in each]


def follow(entry: Entry, tables: Tables) -> None:
    """Keep which runs are left out, and why, and of which nobody chose a part, until that is taken back."""
    body = entry.body
    for run in body["passed_over"]:
        row = {"test": str(body["test"]), "arm": body["arm"], "run": run, "entry": entry.index}
        if body.get("withdrawn"):
            for table in (LEFT, UNCHOSEN):
                tables.delete(table, row["test"], row["arm"], run)
        elif body["reason"] == NO_CHOICE:
            tables.put(UNCHOSEN, row)
        else:
            tables.put(LEFT, {**row, "reason": body["reason"]})


def is_no_choice(reader: Reader, test: str, arm: str, run: str) -> bool:
    """Whether somebody independent says of a part of a data set that nobody chose it."""
    return reader.get(UNCHOSEN, test, arm, run) is not None


def made(entry: Entry, tables: Tables) -> Iterator[str]:
    """Keep by whom a run was filed and what its log calls the model; the tests that looked at one that is alike."""
    body = entry.body
    said = {"named": str(body["model_named"]), "task": str(body["task"]), "spoke_for": list(body["spoke_for"])}
    tables.put(MADE, {"run": str(entry.subject), "entry": entry.index, "filer": entry.author, **said})
    yield from tests_alike(tables, str(entry.subject))


def looked(test: str, arm: Mapping[str, Any], run: str, tables: Tables) -> None:
    """Keep that a test looked at a run of a model so called, for one of its arms."""
    if row := tables.get(MADE, run):
        for filer in {*_filers(row), *_parties(tables, test, arm)}:
            tables.put(ALIKE, {"filer": filer, "named": row["named"], "test": test})


def _parties(reader: Reader, test: str, arm: Mapping[str, Any]) -> set[str]:
    """Who runs an arm, and who develops the model of its test."""
    runs_it = (arm["run_by"], registry.filer(reader, arm["run_by"]))
    return {one for one in (*runs_it, *independence.on_record(test, reader)) if one}


def _filers(made: Row) -> set[str]:
    """Who filed a run, and for whom these spoke then."""
    return {made["filer"], *made["spoke_for"]}


def tests_alike(reader: Reader, run: str) -> list[str]:
    """The tests that looked at a run that is alike to this one."""
    row = reader.get(MADE, run)
    alike = {"filer": ("in", sorted(_filers(row))), "named": row["named"]} if row else {}
    return list(dict.fromkeys(one["test"] for one in reader.select(ALIKE, alike))) if row else []


def of_arm(reader: Reader, test: Row, arm: Mapping[str, Any], seen: Sequence[Row], rules: Proxies) -> list[str]:
    """The runs on record of an arm that were neither looked at for it nor left out, in the order of what is said; after
    them those of which nobody said of which model they are."""
    looked = _looked_at(reader, [arm], seen) | _left_out(reader, test, [arm])
    rule = max((row["counts_by"] for row in seen if row["arm"] == arm["id"]), default=0)
    lasting, proxy = rule >= ONCE_SAID, rules.get(arm["proxy"])
    is_one = partial(fitting.was_one, before=rule < IN_PART) if lasting else _is_one
    found = [*_of_model(reader, test, lasting), *_unsaid(reader, test, arm, seen, proxy)]
    named = [run for run in found if run not in looked and is_one(reader, test, arm, run)]
    tasks = _tasks(reader, [arm], seen)
    return [
        run
        for run in named
        if not outcomes.is_unread(reader, run, arm["score"])
        or (proxy and any(_measures(proxy, tasks, row) for row in fitting.was_of_the_model(reader, test, run)))
    ]


def in_part(reader: Reader, test: Row, arm: Mapping[str, Any], seen: Sequence[Row], of: str) -> list[str]:
    """The runs that were looked at for an arm `of` which items were told before (`told_before`), or go past what was
    planned (`past`), where nobody left these out."""
    named = [row["run"] for row in seen if row["arm"] == arm["id"] and row["counts_by"] >= IN_PART and row[of]]
    left = _left_out(reader, test, [arm])
    return [run for run in named if run not in left and fitting.was_one(reader, test, arm, run)]


def of_no_arm(reader: Reader, test: Row, proxy: Proxy, seen: Sequence[Row], rules: Proxies) -> list[str]:
    """The runs of a measure in which the share of dangerous items reaches its early warning, that are of none of its
    arms and were neither looked at for one nor left out."""
    arms = [one for one in test["body"]["arms"] if one["proxy"] == proxy.id]
    if not any(row["counts_by"] >= IN_PART for row in seen):
        return []
    looked, tasks = _looked_at(reader, arms, seen), _tasks(reader, arms, seen)
    unsaid = (run for one in arms for run in _unsaid(reader, test, one, seen, rules.get(proxy.id)))
    found = dict.fromkeys((*_of_model(reader, test, lasting=True), *unsaid))
    done = looked | _left_out(reader, test, arms)
    return [
        run
        for run in found
        if run not in done
        and not any(fitting.was_one(reader, test, one, run) for one in arms)
        and any(_measures(proxy, tasks, row) for row in fitting.was_of_the_model(reader, test, run))
        and _warns(reader, run, proxy, {one["score"] for one in arms})
    ]


def _looked_at(reader: Reader, arms: Sequence[Mapping[str, Any]], seen: Sequence[Row]) -> set[str]:
    """The runs that were looked at for these arms; words beside a run out of which nothing can be read are no look at
    it, since that is asked."""
    under = {one["id"]: one["score"] for one in arms}
    return {
        row["run"]
        for row in seen
        if row["arm"] in under
        and row["run"]
        and not (
            row["typed"] and row["counts_by"] >= IN_PART and outcomes.is_unread(reader, row["run"], under[row["arm"]])
        )
    }


def _tasks(reader: Reader, arms: Sequence[Mapping[str, Any]], seen: Sequence[Row]) -> set[str]:
    """The tests that these arms registered, or that were looked at for them."""
    ids = {one["id"] for one in arms}
    known = (reader.get(MADE, row["run"]) for row in seen if row["arm"] in ids and row["run"])
    return {row["task"] for row in known if row} | {one["task"] for one in arms if one.get("task")}


def _measures(proxy: Proxy, tasks: Collection[str], version: Row) -> bool:
    """Whether a version of a run is of a test by which a measure is taken: one that the measure names, or else one that
    its arms registered or that was looked at for them."""
    task = "" if version.get("erased") else str((version["body"] or {}).get("task") or "")
    return bool({task, *task.split("/")} & set(tasks)) or bool(proxy.test and proxy.takes(task))


def _warns(reader: Reader, run: str, proxy: Proxy, registered: Collection[str]) -> bool:
    """Whether the share of dangerous items of a run reaches the early warning of a measure, under a score that is
    registered, or under any where it has none of these; it may, where one that is registered cannot be read."""
    if any(outcomes.is_unread(reader, run, one) for one in registered):
        return True
    known = outcomes.scores(reader, run)
    under = [one for one in known if one in registered] or known
    shares = (outcomes.danger(reader, run, one, proxy) for one in under)
    return any(one is not None and one >= proxy.lines().warning - ROUNDING for one in shares)


def _left_out(reader: Reader, test: Row, arms: Sequence[Mapping[str, Any]]) -> set[str]:
    """The runs that were left out of any of these arms."""
    named = {"test": test["subject"], "arm": ("in", [one["id"] for one in arms])}
    return {row["run"] for row in reader.select(LEFT, named, only=("test", "arm", "run"))}


def waiting(reader: Reader, test: Row, seen: Sequence[Row], rules: Proxies) -> dict[str, Waiting]:
    """Of each arm of a test because of which runs below is not said, in the order of the arms; those of no arm stand at
    the first arm of their measure. Arms without such runs are left out."""
    return {arm: one for arm, one in _waiting(reader, test, seen, rules) if one.runs()}


def together(found: Iterable[Waiting]) -> Waiting:
    """Those of several arms."""
    each = list(found)
    return Waiting(*([run for one in each for run in one[place]] for place in range(len(Waiting._fields))))


def _waiting(reader: Reader, test: Row, seen: Sequence[Row], rules: Proxies) -> Iterator[tuple[str, Waiting]]:
    measured = set[str]()
    for arm in test["body"]["arms"]:
        proxy = rules.get(arm["proxy"]) if arm["proxy"] not in measured else None
        measured.add(arm["proxy"])
        none = of_no_arm(reader, test, proxy, seen, rules) if proxy else []
        told, past = (in_part(reader, test, arm, seen, of) for of in ("told_before", "past"))
        yield arm["id"], Waiting(of_arm(reader, test, arm, seen, rules), told, none, past)


def _unsaid(reader: Reader, test: Row, arm: Mapping[str, Any], seen: Sequence[Row], proxy: Proxy | None) -> list[str]:
    """The runs of which nobody said of which model they are, alike to one that was looked at for an arm."""
    named = [row["run"] for row in seen if row["arm"] == arm["id"] and row["run"] and row["counts_by"] >= UNSAID]
    known = [row for row in (reader.get(MADE, run) for run in named) if row]
    tasks, parties = {row["task"] for row in known}, _parties(reader, test["subject"], arm)
    filers = parties.union(*map(_filers, known))
    found = dict[str, None]()
    for model in dict.fromkeys(row["named"] for row in known):
        for row in reader.select(MADE, {"named": model}, order=("entry",)):
            measures = row["task"] in tasks or bool(proxy and proxy.test and proxy.takes(row["task"]))
            if measures and filers & _filers(row) and fitting.is_unsaid(reader, row["run"]):
                found[row["run"]] = None
    return list(found)


def _of_model(reader: Reader, test: Row, lasting: bool) -> list[str]:
    """The runs of which it was said that they are of the model of a test; where that is `lasting`, also taken back by
    whoever filed them."""
    standing = {} if lasting else {"taken_back": ""}
    rows = reader.select(fitting.SAID, {"model": test["body"]["model"], **standing}, order=("entry",))
    return [run for run in dict.fromkeys(row["run"] for row in rows) if not fitting.is_unsaid(reader, run)]


def _is_one(reader: Reader, test: Row, arm: Mapping[str, Any], run: str) -> bool:
    """Whether a run is one of an arm by what stands on record of it now."""
    row = registry.subject(reader, run)
    known = outcomes.scores(reader, run)
    if row is None or row["erased"] or not known or arm["score"] not in (*known, ANY_SCORE):
        return False
    if fitting.fit(reader, test, arm, run).otherwise:
        return False
    return not fitting.is_late(reader, test, row["body"])


def held(reader: Reader, test: Row, seen: Sequence[Row], rules: Proxies, found: Verdict, *, over: bool) -> Verdict:
    """A verdict, with below held back while of some arm a run was not looked at, or not whole, or one is of no arm."""
    if found.state is not State.BELOW or not any(one.runs() for _, one in _waiting(reader, test, seen, rules)):
        return found
    state = State.EARLY_WARNING if over else State.INCONCLUSIVE
    return found._replace(state=state, by_deadline=over, decided_by=())


def check(act: Act, reader: Reader, filer: Filer) -> Iterator[Fault]:
    """What is wrong with leaving runs out of a test: it is of an arm there is, and nobody leaves out their own."""
    if act.kind != LEFT_OUT.id:
        return
    body = act.body
    row = registry.subject(reader, str(body["test"]))
    if row is None or row["erased"]:
        return
    arm = next((one for one in row["body"]["arms"] if one["id"] == body["arm"]), None)
    if arm is None:
        known = ", ".join(one["id"] for one in row["body"]["arms"])
        yield Fault("arm", body["arm"], f"an arm of the test: {known}", "unknown")
        return
    for place, run in enumerate(body["passed_over"]):
        yield from _of_a_run_left_out(body, place, str(run), reader, filer)
    theirs = _voices(filer)
    runs_it = {arm["run_by"], registry.filer(reader, arm["run_by"])}
    if theirs & runs_it or independence.is_of_them(row["subject"], reader, filer):
        want = "an arm of a model that another develops, and that another runs: nobody leaves out their own runs"
        yield Fault("arm", body["arm"], want, "own")


def _voices(filer: Filer) -> set[str]:
    """Who files, and whom they speak or spoke for."""
    return {filer.party, filer.organisation, *filer.speaks_for, *filer.spoke(filer.party, "")} - {""}


def _of_a_run_left_out(body: Mapping[str, Any], place: int, run: str, reader: Reader, filer: Filer) -> Iterator[Fault]:
    """Nobody says of a run that they filed, or a colleague, that it is left out, or that this is taken back, which is
    said of one of which something stands."""
    row, where = reader.get(MADE, run), f"passed_over.{place}"
    filers = {one for one in (row["filer"] if row else "", registry.filer(reader, run)) if one}
    if _voices(filer) & filers.union(*(filer.spoke(one, "") for one in filers)):
        yield Fault(where, run, "a run that others filed: nobody leaves out their own runs", "own")
    named = (str(body["test"]), body["arm"], run)
    if body.get("withdrawn") and not any(reader.get(table, *named) for table in (LEFT, UNCHOSEN)):
        want = f"a run that was left out of {body['arm']}: nothing is to be taken back of this one"
        yield Fault(where, run, want, "unknown")
