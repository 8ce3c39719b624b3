"""Whether a run on record is one of an arm as it was registered: made since, of that model and weights, so elicited.

A run that is known to be another refuses the look that names it, each difference by itself. What nobody can know (its
log has no date, nobody said of which model it was) refuses nothing, since a danger must not be kept out for want of
paper: the run then counts where danger is to be shown, and not where safety is (`line_decisions.Arm.doubted`). Both are
asked anew at each decision, for conditions are filed later, or otherwise; a run that was annulled or erased since
(`is_gone`) shows danger alone. Whether a run that nobody looked at was ever one of an arm (`was_one`) is asked of all
that was on record of it: what whoever filed it takes back, or says otherwise later, is still known.

A log says itself when its run began; that is held against when the arm was registered, and so is when it was filed. How
many tries an item had is held against what is said of the run, and against the attempts that its samples are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from commonweal.kernel import registry
from commonweal.kernel.instrument import Entry, Fault, Reader, Row, Table, Tables
from commonweal.kernel.record import AUTHORITY
from commonweal.kernel.values import instant, shown
from commonweal.kernel.values.partial import anywhere, roughly

from . import made_up, outcomes
from .kinds import ANY_SCORE, AS_EVER
from .lines import Proxy

CONDITIONS, MODEL, ANNULLED = "evaluations.conditions", "model_registration.model", "record.annulled"
SAID = Table(
    "red_lines_conditions",
    columns={
        "run": "text",
        "entry": "integer",
        "said": "json",
        "model": "text",
        "author": "text",
        "taken_back": "text",
    },
    key=("run", "entry"),
    indexes=(("entry",), ("model",)),
)
"""What was said of the conditions of a run, by which entry; of what was not taken back the newest counts."""
ANNULLED_RUNS = Table(
    "red_lines_annulled_run", columns={"run": "text", "entry": "integer", "by": "text"}, key=("run", "entry")
)
"""Which entries of a run, or versions of a model, were annulled, and by whom."""
BY_FILER, BY_AUTHORITY = "filer", "authority"
"""Who took something back: whoever had filed it, or the authority, which alone annuls what another filed."""


class Fit(NamedTuple):
    """What of a run is known to be otherwise than registered, and what nobody knows: codes of `words.DOUBTS`."""

    otherwise: tuple[Fault, ...]
    unknown: tuple[str, ...]


def follow(entry: Entry, tables: Tables) -> str:
    """Keep what is said of a run, and what is taken back of that or of the run; of which run, empty where of none."""
    if entry.kind == CONDITIONS:
        run = str(entry.body["evaluation"])
        said = dict(entry.body)
        kept = {"run": run, "entry": entry.index, "said": said, "author": entry.author, "taken_back": ""}
        tables.put(SAID, {**kept, "model": str(said.get("model") or "")})
        return run
    if entry.kind == ANNULLED and entry.body.get("kind") == CONDITIONS:
        for row in tables.select(SAID, {"entry": entry.body["entry"]}):
            tables.put(SAID, {**row, "taken_back": _by(entry, row["author"])})
            return str(row["run"])
    if entry.kind == ANNULLED and entry.body.get("kind") in (outcomes.RUN, MODEL):
        run, marks = str(entry.subject), registry.marks(tables, entry.body["entry"], "annulled")
        by = _by(entry, marks[-1]["author"] if marks else entry.author)
        tables.put(ANNULLED_RUNS, {"run": run, "entry": entry.body["entry"], "by": by})
        return run if entry.body["kind"] == outcomes.RUN else ""
    return ""


def _by(annulment: Entry, author: str) -> str:
    """By whom something is annulled of which this is the author."""
    return BY_FILER if annulment.author == author != AUTHORITY else BY_AUTHORITY


def said_of(reader: Reader, run: str) -> Mapping[str, Any]:
    """What was said last of the conditions of a run; nothing where that was taken back."""
    rows = reader.select(SAID, {"run": run, "taken_back": ""}, order=("-entry",), limit=1) if run else []
    return rows[0]["said"] if rows else {}


def once_said_of(reader: Reader, run: str) -> list[Mapping[str, Any]]:
    """All that was ever said of the conditions of a run, but for what the authority took back of what another said."""
    rows = reader.select(SAID, {"run": run, "taken_back": ("in", ("", BY_FILER))}, order=("entry",)) if run else []
    return [row["said"] for row in rows]


def is_gone(reader: Reader, run: str) -> bool:
    """Whether a run was annulled or erased: who would look at it now could not."""
    row = registry.subject(reader, run)
    return row is None or bool(row["erased"])


def fit(reader: Reader, test: Row, arm: Mapping[str, Any], run: str, *, anew: bool = True, weighed: bool = True) -> Fit:
    """How a run on record fits an arm of a test; without `anew`, by what was asked before its samples were, and without
    `weighed` before its weights were held against the register."""
    row = registry.subject(reader, run)
    body = row["body"] if row is not None and not row["erased"] else {}
    found = [*_of_time(reader, test, arm, registry.versions(reader, run))]
    found += _of_conditions(test, arm, said_of(reader, run))
    found += _of_registered_weights(reader, test, arm, said_of(reader, run)) if weighed else ()
    of_it = (*_of_its_making(test, body), *_of_its_task(arm, body), *_of_its_samples(reader, arm, run))
    found += of_it if anew else ()
    otherwise = tuple(one for one in found if isinstance(one, Fault))
    return Fit(otherwise, tuple(one for one in found if isinstance(one, str)))


def was_one(reader: Reader, test: Row, arm: Mapping[str, Any], run: str, *, before: bool = False) -> bool:
    """Whether a run ever was one of an arm, by a version of it that was on record and something that was said of it.

    One that has, or may have, the score of the arm and out of which that cannot be read is one all the same; not
    `before`, for looks from before that was asked. What the authority annulled is left aside. Of a version that was
    erased nothing is known that speaks against it, nor of a run of which nobody said of which model it is.
    """
    filed = once_filed(reader, run)
    first = min((row["entry"] for row in filed), default=-1)
    if first < version_of(reader, test, arm["id"])["entry"]:
        return False
    known = outcomes.scores(reader, run, before=before)
    unread = (not known and _is_erased(filed)) or (not before and outcomes.is_unread(reader, run, arm["score"]))
    if not unread and arm["score"] not in (*known, *([ANY_SCORE] if known else ())):
        return False
    versions = any(_may_be_one(reader, test, arm, row) for row in filed)
    of_conditions = (_of_conditions(test, arm, said) for said in _once_said(reader, run))
    return versions and any(not any(isinstance(one, Fault) for one in found) for found in of_conditions)


def was_of_the_model(reader: Reader, test: Row, run: str) -> list[Row]:
    """The versions that were on record of a run that was of the model of a test, by something that was said of it:
    however it was elicited, on whichever weights, and whenever it was filed; none that was made up, where the test is
    not, nor one that began after each day of decision. What the authority annulled is left aside."""
    if not any(one.get("model") in (None, test["body"]["model"]) for one in _once_said(reader, run)):
        return []
    bodies = ((row, {} if row.get("erased") else row["body"] or {}) for row in once_filed(reader, run))
    return [
        row
        for row, body in bodies
        if not is_late(reader, test, body) and not any(True for _ in _of_its_making(test, body))
    ]


def once_filed(reader: Reader, subject: str) -> list[Row]:
    """The versions that were on record of a run or a model, but for those that the authority annulled."""
    withdrawn = {row["entry"]: row["by"] for row in reader.select(ANNULLED_RUNS, {"run": subject})}
    annulled = [row for row in registry.annulled_of(reader, subject) if withdrawn.get(row["entry"]) == BY_FILER]
    return [*annulled, *registry.versions(reader, subject)]


def _once_said(reader: Reader, run: str) -> list[Mapping[str, Any]]:
    """All that was said of a run that names its model; where nobody named it, what else was said, or nothing at all."""
    said = once_said_of(reader, run)
    return [one for one in said if one.get("model")] or said or [{}]


def is_unsaid(reader: Reader, run: str) -> bool:
    """Whether nobody ever said of which registered model a run is."""
    return not any(one.get("model") for one in once_said_of(reader, run))


def _is_erased(filed: Sequence[Row]) -> bool:
    return any(row.get("erased") for row in filed)


def _may_be_one(reader: Reader, test: Row, arm: Mapping[str, Any], version: Row) -> bool:
    """Whether nothing that a version of a run says of it speaks against its being one of an arm."""
    body = {} if version.get("erased") else version["body"] or {}
    found = (*_of_time(reader, test, arm, [version]), *_of_its_making(test, body), *_of_its_task(arm, body))
    return not is_late(reader, test, body) and not any(isinstance(one, Fault) for one in found)


def _of_time(reader: Reader, test: Row, arm: Mapping[str, Any], filed: Sequence[Row]) -> Iterator[Fault | str]:
    first = version_of(reader, test, arm["id"])
    want = f"a run made after the arm was registered, by entry {first['entry']}"
    if not filed or _is_erased(filed[:1]):
        yield "date"
        return
    began = str(filed[-1]["body"].get("began") or "")
    span, registered = roughly(began), instant(first["filed_on"])
    if filed[0]["entry"] < first["entry"]:
        yield Fault("run", f"filed by entry {filed[0]['entry']}", want, "before")
    elif span is not None and span[1] <= registered:
        yield Fault("run", f"begun on {shown(began)}", want, "before")
    elif span is None or span[0] < registered:
        yield "date"


def version_of(reader: Reader, test: Row, arm: str) -> Row:
    """The version of a test by which an arm was registered; one that was erased says nothing of its arms."""
    versions = registry.versions(reader, test["subject"])
    return next((row for row in versions if any(one["id"] == arm for one in row["body"].get("arms", ()))), test)


def counts_by(reader: Reader, test: str) -> int:
    """By which rule a test is held: that of its first version."""
    versions = registry.versions(reader, test)
    return int(versions[0]["body"].get("counts_by", AS_EVER)) if versions else AS_EVER


def is_late(reader: Reader, test: Row, run: Mapping[str, Any]) -> bool:
    """Whether a run began after each day of decision that was ever registered for a test: none is taken out of it by a
    day that is moved. A version that was erased says no day, so nothing is too late for it."""
    began, versions = str(run.get("began") or ""), registry.versions(reader, test["subject"])
    days = [one["body"].get("decide_by") for one in versions or [test]]
    return all(day and began_after(began, str(day)) for day in days)


def began_after(began: str, day: str) -> bool:
    """Whether a run is known to have begun when a day was over wherever one is."""
    span, ended = roughly(began), anywhere(day)
    return span is not None and ended is not None and span[0] >= ended[1]


def _of_conditions(test: Row, arm: Mapping[str, Any], said: Mapping[str, Any]) -> Iterator[Fault | str]:
    elicited, model = said.get("elicitation") or {}, test["body"]["model"]
    weights, fine_tuned = arm.get("weights_sha256"), bool(arm.get("fine_tuned"))
    yield from _same("model", said.get("model"), model, f"a run of {model}, of which the test is")
    if weights:
        want = f"a run of the weights that the arm registered: {weights}"
        yield from _same("weights", said.get("weights_sha256"), weights, want)
    if not (fine_tuned and said.get("access") == "fine_tuning"):
        want = f"a run with the access that the arm registered: {arm['access']}"
        yield from _same("access", said.get("access"), arm["access"], want)
    want = "a run of the model not fine-tuned, as the arm registered"
    if fine_tuned:
        want = "a run of the model fine-tuned, as the arm registered"
    yield from _same("fine_tuned", elicited.get("fine_tuned"), fine_tuned, want)
    want = f"a run of so many tries at an item as the arm registered: {arm.get('tries', 1)}"
    yield from _same("tries", elicited.get("attempts"), arm.get("tries", 1), want)


def held_against(reader: Reader, test: Row, arm: Mapping[str, Any]) -> str:
    """The weights against which an arm is held, empty for none: those that it registered, else those that the register
    had of the model when the arm was registered, or, where it had none yet, the first that it had since. A version that
    was annulled counts on, so that nobody makes a run fit by registering the weights on which it ran."""
    model = test["body"]["model"]
    filed = sorted(
        [*registry.versions(reader, model), *registry.annulled_of(reader, model)], key=lambda row: row["entry"]
    )
    known = [
        (row["entry"], row["body"]["weights_sha256"]) for row in filed if (row["body"] or {}).get("weights_sha256")
    ]
    if arm.get("weights_sha256") or not known:
        return str(arm.get("weights_sha256") or "")
    arm_since = version_of(reader, test, arm["id"])["entry"]
    before = [weights for entry, weights in known if entry < arm_since]
    return str(before[-1] if before else known[0][1])


def _of_registered_weights(reader: Reader, test: Row, arm: Mapping[str, Any], said: Mapping[str, Any]) -> Iterator[str]:
    """Other weights than the register had may hide a danger and show one: those on which a run was made or, where an
    arm registered some, these. Of a model that was fine-tuned for it an arm may register what came of that."""
    registered = arm.get("weights_sha256")
    asked = held_against(reader, test, {**arm, "weights_sha256": None})
    if registered:
        held = version_of(reader, test, arm["id"])["body"].get("counts_by", AS_EVER) >= AS_EVER
        if held and not arm.get("fine_tuned") and asked not in ("", registered):
            yield "other_weights"
    elif asked and not said.get("weights_sha256"):
        yield "weights"
    elif asked and said["weights_sha256"] != asked:
        yield "other_weights"


def _of_its_making(test: Row, body: Mapping[str, Any]) -> Iterator[Fault | str]:
    """A run that was made up to try this shows nothing of a model."""
    if not made_up.shows(made_up.is_marked(body), of=made_up.is_marked(test["body"])):
        want = "a run that was not made up, for a test that was not; of a test that is fictitious it is one"
        yield Fault("run", "marked as made up", want, "made_up")


def _of_its_task(arm: Mapping[str, Any], body: Mapping[str, Any]) -> Iterator[Fault | str]:
    """A run is of the test that the arm registered, by any part of its task's name."""
    task, said = arm.get("task"), str(body.get("task") or "")
    if task and said and task not in (said, *said.split("/")):
        yield Fault("run", f"task: {said}", f"a run of the test that the arm registered: {task}", "otherwise")


def _of_its_samples(reader: Reader, arm: Mapping[str, Any], run: str) -> Iterator[Fault | str]:
    """As many attempts at each item as tries were registered, and items that lie in the clusters registered, or in none
    that its log speaks of."""
    if outcomes.fewest_attempts(reader, run) < arm.get("tries", 1):
        yield "attempts"
    row, by = registry.subject(reader, run), arm.get("clustered_by")
    others = row["body"].get("clustered_by") if row is not None and not by else ()
    if others or (by and not outcomes.clusters(reader, run, by)):
        yield "clusters"


def of_clusters(arm: Mapping[str, Any], proxy: Proxy | None = None) -> Iterator[Fault]:
    """What is wrong with how an arm that is newly registered says of which clusters its items are, by itself and by
    what the authority says of its measure."""
    by, largest = arm.get("clustered_by"), arm.get("largest_cluster")
    if by and largest is None:
        want = f"how many items at most lie together by {by}: by that each counts, so it is registered before results"
        yield Fault("largest_cluster", "(absent)", want, "registered")
    elif largest is not None and not by:
        want = "nothing where each item stands for itself; else say too what items lie together by"
        yield Fault("largest_cluster", shown(str(largest)), want, "registered")
    elif largest and proxy and proxy.largest_cluster and int(largest) > proxy.largest_cluster:
        want = (
            f"at most {proxy.largest_cluster}, as the text of this measure says of its clusters: one that is "
            "registered too large makes danger hard to show"
        )
        yield Fault("largest_cluster", shown(str(largest)), want, "too_many")


def largest(arm: Mapping[str, Any]) -> int:
    """How many samples the largest cluster of an arm may have, as was registered: so many items, each with its tries; 0
    where that was not asked."""
    return int(arm.get("largest_cluster") or 0) * int(arm.get("tries", 1))


def _same(code: str, said: Any, registered: Any, want: str) -> Iterator[Fault | str]:
    if said is None:
        yield code
    elif said != registered:
        told = {True: "yes", False: "no"}[said] if isinstance(said, bool) else str(said)
        yield Fault("run", f"{code}: {told}", want, "otherwise")
