"""Whether a below is of the weights that its model has now.

A test stands as it was decided: that its model has other weights since is no warning. But of these nobody has shown
that they are below. So a below whose measures were taken of other weights than the register has of the model now is
told as that, bars below over all tests until each measure was taken anew, and is filed (`red_lines.weights`) for what
rests on it elsewhere. Weights that were tested are so again when they are registered once more.

An arm is held against the weights that it registered, or that the register had for it (`fitting.held_against`); the
model has those that its newest version tells that stands and tells any. Where a measure asks for fine-tuned arms, what
came of that is never what the model has: so an arm of the model itself, tried as hard but for that, shows of which
weights it is, and a fine-tuned one is of those from which it was tuned. An entry at once would tell everybody which
test is of the model that was filed just then: it waits until the day is over, and for what is decided then.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, tzinfo
from itertools import takewhile
from typing import Any, NamedTuple

from commonweal.kernel import registry
from commonweal.kernel.instrument import Act, Entry, Reader, Row, Table, Tables, Timed
from commonweal.methods.line_decisions import State

from . import deciding, eliciting, fitting, independence
from .deciding import ERASED, STANDING, TICK, day_over
from .fitting import ANNULLED, MODEL
from .kinds import DECIDED, WEIGHTS
from .lines import Proxies, Proxy, proxies_of_version

BELOWS = Table("red_lines_below", columns={"test": "text", "other_weights": "integer", "again": "text"}, key=("test",))
"""Each test that is below: whether an entry says that this is of other weights, and after which day that is asked anew;
empty for none."""
TABLES = (BELOWS,)
Planned = tuple[Row, Mapping[str, Any], Proxies]
"""An arm, with its test and the proxies under which that began."""


class Outlived(NamedTuple):
    """The measures that were taken of other weights than the model has, and until which day these were registered last;
    empty where they never were."""

    measures: tuple[str, ...] = ()
    until: str = ""


def outlived(reader: Reader, planned: Iterable[Planned]) -> Outlived:
    """The measures of these arms of one model of which no arm that is tried as hard as is asked for is of its weights;
    none where the register has no weights of it. Where fine-tuned arms are asked for, one of them is of the weights
    that the register had of the model for it too, and one arm is of the model itself, fine-tuned or not."""
    hard, itself = dict[str, set[str]](), dict[str, set[str]]()
    model = ""
    for test, arm, rules in planned:
        proxy, own = rules.get(arm["proxy"]), independence.on_record(test["subject"], reader)
        lacks = eliciting.lacking(arm, proxy, own, reader) if proxy is not None else []
        if proxy is None or set(lacks) - {"fine_tuned"}:
            continue
        model, of = test["body"]["model"], fitting.held_against(reader, test, arm)
        itself.setdefault(proxy.id, set()).add(of)
        if not lacks:
            hard.setdefault(proxy.id, set()).update({of, _tuned_from(reader, test, arm, proxy) or of})
    versions = [row for row in registry.versions(reader, model) if (row["body"] or {}).get("weights_sha256")]
    if not versions:
        return Outlived()
    has = versions[-1]["body"]["weights_sha256"]
    found = [measure for measure, of in hard.items() if has not in of & itself[measure]]
    others = set[str]().union(*(hard[measure] | itself[measure] for measure in found)) - {has}
    since = list(takewhile(lambda row: row["body"]["weights_sha256"] not in others, reversed(versions)))
    return Outlived(tuple(found), since[-1]["filed_on"][:10] if len(since) < len(versions) else "")


def _tuned_from(reader: Reader, test: Row, arm: Mapping[str, Any], proxy: Proxy) -> str:
    """The weights that the register had of the model from which an arm was fine-tuned, as its measure asks; of others
    none."""
    asked = proxy.elicited.fine_tuned
    return fitting.held_against(reader, test, {**arm, "weights_sha256": None}) if asked else ""


def of_test(reader: Reader, found: Row) -> Outlived:
    """The measures of a test that is below which were taken of other weights than its model has; of another none."""
    row, rules = registry.subject(reader, found["test"]), proxies_of_version(reader, found["version"])
    if found["state"] != State.BELOW or row is None or row["erased"] or rules is None:
        return Outlived()
    return outlived(reader, [(row, arm, rules) for arm in row["body"]["arms"]])


def is_said(reader: Reader, test: str) -> bool:
    """Whether an entry says of a test that its below is of other weights."""
    row = reader.get(BELOWS, test)
    return bool(row and row["other_weights"])


def follow(entry: Entry, tables: Tables) -> Iterator[Act]:
    """Keep what is said of each test that is below; of a decision it is said with that, of what is registered later."""
    if entry.kind == DECIDED.id:
        yield from _decided(entry, tables)
    elif entry.kind == WEIGHTS.id:
        said = {"other_weights": int(entry.body["other_weights"]), "again": ""}
        if tables.get(BELOWS, str(entry.body["test"])) is not None:  # else it was decided otherwise on the same day
            tables.put(BELOWS, {"test": str(entry.body["test"]), **said})
    elif entry.kind == ERASED or MODEL in (entry.kind, entry.body.get("kind") if entry.kind == ANNULLED else ""):
        of = {} if entry.kind == ERASED else {"model": str(entry.subject)}
        for row in tables.select(STANDING, {**of, "state": State.BELOW.value}):
            if (kept := tables.get(BELOWS, row["test"])) is not None:
                tables.put(BELOWS, {**kept, "again": entry.time.date().isoformat()})


def _decided(entry: Entry, tables: Tables) -> Iterator[Act]:
    test = str(entry.body["test"])
    if entry.body["state"] != State.BELOW:
        tables.delete(BELOWS, test)
        return
    said = int(is_said(tables, test))
    tables.put(BELOWS, {"test": test, "other_weights": said, "again": entry.time.date().isoformat()})
    yield from _says(entry, test, tables)


def _says(entry: Entry, test: str, tables: Tables) -> Iterator[Act]:
    """Whether a below is of the weights that its model has, where that is otherwise than was said."""
    said, found, row = tables.get(BELOWS, test), tables.get(STANDING, test), registry.subject(tables, test)
    if said is None or found is None or row is None or row["erased"]:
        tables.delete(BELOWS, test)
        return
    other = bool(of_test(tables, found).measures)
    if other != bool(said["other_weights"]):
        body = {"test": test, "line": found["line"], "other_weights": other}
        yield Act(WEIGHTS.id, body, key=f"weights:{test}:{entry.index}", subject=test, causes=(entry.index,))
    elif said["again"]:
        tables.put(BELOWS, {**said, "again": ""})


def due(now: datetime, reader: Reader) -> bool:
    """Whether something is to be decided, or a day is over on which the register had something else of the model of a
    test that is below."""
    return deciding.due(now, reader) or bool(_anew(reader, day_over(now)))


def _anew(reader: Reader, today: str) -> list[Row]:
    return [row for row in reader.select(BELOWS, {"again": ("<", today)}) if row["again"]]


def over(entry: Entry, tables: Tables, zone: tzinfo) -> Iterator[Act]:
    """What is decided then, and what is said of each of these that is left as it was: of one that is decided it is said
    with that, and of none that is below no more. Where tables are laid out anew nothing is filed, so it waits for an
    entry."""
    decided = list(deciding.over(entry, tables, zone))
    yield from decided
    if entry.kind == TICK:
        tests = {act.body["test"] for act in decided}
        for row in _anew(tables, day_over(entry.time)):
            if row["test"] not in tests:
                yield from _says(entry, row["test"], tables)


TIMED = Timed(due, over)
