"""`weal evaluations`: others' logs looked at, taken in by the thousand, compared, and single samples shown and checked.

Only `import`, and `show-sample` where somebody is shown one, write to a record.
"""

from __future__ import annotations

import base64
import json as json_
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import App, Parameter
from pydantic import ValidationError

from commonweal import listing_files
from commonweal.authority import Authority
from commonweal.instruments.evaluations import (
    clocks,
    committing,
    following,
    formats,
    horizons,
    pages,
    payload,
    rereading,
    scores,
    taking_in,
)
from commonweal.instruments.evaluations.kinds import NOUN, SHOWN, Conditions
from commonweal.instruments.evaluations.recomputing import Recomputed, recomputed
from commonweal.kernel import registry
from commonweal.kernel.record import Act, NoteVerifier, Policy
from commonweal.kernel.values import BadInput, Fault, NotFound, read_json, read_toml, subject_id
from commonweal.kernel.values.errors import faults_of
from commonweal.methods.paired import LEVEL, paired

from . import evaluation_jobs
from .filing import FILE_BYTES_MAX, As, Roles, caller_of, read_bytes
from .out import as_json, bar, out, table, target

FOLLOW_EVERY, DIFFERING_SHOWN, NOTED_MAX, REPLICATES_MAX = 50, 40, 5, 100_000
Quick = Annotated[bool, Parameter(negative="")]


def add_to(app: App) -> None:
    group = App(name="evaluations", help="Evaluations: logs looked at, taken in and compared; single samples shown.")
    group.command(look)
    group.command(import_, name="import")
    group.command(time_horizon, name="horizon")
    group.command(compare)
    group.command(show_sample)
    group.command(check_sample)
    evaluation_jobs.add_to(group)
    app.command(group)


def _paths(source: Path) -> list[Path]:
    """The logs that a path means. Raises `NotFound`."""
    if source.is_dir():
        found = list(formats.logs_in(source))
        if not found:
            raise NotFound("log of an evaluation in", str(source), formats.FORMATS)
        return found
    if not source.is_file():
        raise NotFound("file", str(source))
    return [source]


# ── looking ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def look(source: Path, /, *, quick: Quick = False, json: bool = False) -> None:
    """Read logs, work their numbers out again and say where these differ; nothing is recorded. A log that says that it
    is of a time still to come is refused (1), once all were read.

    Args:
        source: A log, or a folder of them.
        quick: Of Inspect's zips read what they say of their samples, and not the samples themselves.
        json: Answer in JSON, for programs.
    """
    rows: list[dict[str, Any]] = []
    faults: list[Fault] = []
    paths = _paths(source)
    with bar("Reading") as done:
        for number, path in enumerate(paths, 1):
            try:
                logs = list(formats.read(path, how=formats.SUMMED_UP if quick else formats.UNHASHED))
            except BadInput as error:
                faults += _of_file(path, source, *error.faults)
            else:
                rows += [_looked(_called(path, source), log) for log in logs]
                faults += _of_file(path, source, *(one for log in logs for one in _still_to_come(log)))
            done(number, len(paths), path.name)
    if json:
        as_json([{**row, "differing": [_plain(one) for one in row["differing"]]} for row in rows])
    else:
        _show(rows)
    if faults:
        raise BadInput(faults, str(source))


def _looked(file: str, log: formats.Log) -> dict[str, Any]:
    found, words = recomputed(log), payload.has_words(log.format)
    kept = payload.Kept([payload.attempt_of(one, words) for one in log.samples], b"")
    return {
        "file": file, "format": log.format, "task": log.task, "model": log.model, "status": log.status,
        "samples": len(log.samples), "verdicts": dict(Counter(one.verdict for one in found)),
        "differing": [_number(one) for one in found if one.verdict == "differs"],
        **kept.counts(), "repeats": kept.repeats(), "unscored": scores.unscored(log.samples),
        "unread": [one._asdict() for one in scores.unread(log.samples, words)],
    }  # fmt: skip


def _still_to_come(log: formats.Log) -> Iterator[Fault]:
    """Each time that a log names and that is still to come: it would be refused where it is taken in."""
    named = {"began": log.began, "completed": log.completed}
    return clocks.faults(named, datetime.now(UTC), clocks.shipped())


def _number(one: Recomputed) -> dict[str, Any]:
    return {"name": one.reported.name, "reported": one.reported.value, "recomputed": one.value, "n": one.n}


def _plain(one: Mapping[str, Any]) -> dict[str, Any]:
    """A number as JSON has it, which knows no NaN and nothing infinite: null, and in `…_text` what it is."""
    beyond = {
        name: f"{value:g}" for name, value in one.items() if isinstance(value, float) and not math.isfinite(value)
    }
    return {**one, **dict.fromkeys(beyond), **{f"{name}_text": text for name, text in beyond.items()}}


def _show(rows: Sequence[Mapping[str, Any]]) -> None:
    names = ("file", "format", "task", "model", "status", "samples")
    cells = [[*(row[name] for name in names), ", ".join(f"{n} {verdict}" for verdict, n in row["verdicts"].items())]
             for row in rows]  # fmt: skip
    table("Logs", (*names, "numbers"), cells)
    differing = [(row["file"], one["name"], f"{one['reported']:g}", f"{one['recomputed']:g}",
                  f"{one['reported'] - one['recomputed']:g}") for row in rows for one in row["differing"]]  # fmt: skip
    if differing:
        heads = ("file", "number", "reported", "from the samples", "difference")
        table("Numbers that differ", heads, differing[:DIFFERING_SHOWN])
    notes = [(row["file"], note) for row in rows for note in _notes(row)]
    if notes:
        table("To know before these are counted", ("file", "what"), notes[:DIFFERING_SHOWN])


def _notes(row: Mapping[str, Any]) -> Iterator[str]:
    """What of a log's samples counts for nothing, or not by itself, in sentences."""
    for name, words in (
        ("errors", "ended in an error"),
        ("invalidated", "were invalidated afterwards: they count for nothing"),
        ("edited", "have a score that a person edited"),
    ):
        if row[name]:
            yield f"{row[name]} of {row['samples']} samples {words}"
    for score, many in list(row["unscored"].items())[:NOTED_MAX]:
        yield f"{many} of {row['samples']} samples have no score under {score} (NaN, or nothing): they count as missing"
    for one in row["unread"][:NOTED_MAX]:
        yield f"{one['samples']} samples say {one['said']!r} under {one['score']}, which no rule has a number for"
    for first, *again in row["repeats"][:NOTED_MAX]:
        yield f"item {first} is given again as {', '.join(again[:NOTED_MAX])}: it counts as one item"


# ── time horizons ───────────────────────────────────────────────────────────────────────────────────────────────────


def time_horizon(
    source: Path,
    /,
    *,
    released: Path | None = None,
    line: float = 0.0,
    score: Literal["score_binarized", "score_cont"] = "score_binarized",
    weighting: Literal["invsqrt_task_weight", "equal_task_weight"] = "invsqrt_task_weight",
    replicates: int = 1000,
    seed: int = 1,
    json: bool = False,
) -> None:
    """How long tasks are, in people's time, at which each agent of METR's runs succeeds; and when a line is reached.

    Intervals hold 95 of 100 replicates of a bootstrap over families, tasks and runs. Nothing is recorded.

    Args:
        source: The runs (runs.jsonl).
        released: When each agent was released (TOML: "Agent" = 2026-01-31); then a trend is fitted through these.
        line: A horizon in minutes; with `--released`, when it is reached.
        score: By which score.
        weighting: How runs are weighted, worked out anew: each task alike, or less in a large family of tasks.
        replicates: Of the bootstrap.
        seed: Of the bootstrap; the same gives the same intervals.
        json: Answer in JSON, for programs.
    """
    if not 10 <= replicates <= REPLICATES_MAX:
        raise BadInput(Fault("--replicates", str(replicates), f"10 to {REPLICATES_MAX}"), "horizon")
    if line and (released is None or not 0 < line < math.inf):
        raise BadInput(Fault("--line", f"{line:g}", "minutes above 0, with --released beside"), "horizon")
    found = horizons.of_logs(formats.read(source), score, weighting, replicates, seed)
    days = _released(released) if released else {}
    trend = horizons.trend_of(found, days, line or 1.0, seed) if days else None
    if json:
        as_json({"agents": [one.as_dict() for one in found], "trend": trend and horizons.plain(trend, line)})
        return
    heads = ("agent", "runs", "tasks", "p50, minutes", "95 % interval", "p80, minutes", "95 % interval", "no horizon")
    table("Time horizons", heads, [one.cells() for one in found])
    for words in horizons.in_words(trend, line) if trend else ():
        out(words)


def _released(path: Path) -> dict[str, date]:
    told = read_toml(read_bytes(str(path), FILE_BYTES_MAX).decode("utf-8", "replace"), path.name)
    today, want = datetime.now(UTC).date(), "a day, such as 2026-01-31"
    faults = [Fault(name, str(day), want) for name, day in told.items() if type(day) is not date]
    faults += [
        Fault(name, str(day), f"a day that came already: today is {today}", "future")
        for name, day in told.items()
        if type(day) is date and day > today
    ]
    if faults:
        raise BadInput(faults, path.name)
    return dict(told)


# ── taking in ───────────────────────────────────────────────────────────────────────────────────────────────────────


def import_(
    folder: Path,
    source: Path,
    /,
    *,
    conditions: Path | None = None,
    fictitious: Annotated[bool, Parameter(negative="")] = False,
    party: As = "",
    role: Roles = (),
) -> None:
    """Take in a log, or a folder of thousands: each run with its numbers worked out again and its samples committed to.

    What is on record already is passed over, so that a folder is taken up again where it was left. A log with faults is
    not recorded; the others are, and all its faults are named at the end. Of each log it is said which run it is: a run
    is called by the first twelve digits of its log's SHA-256 (of results with samples beside them: of the lines that
    sha256sum writes of these files in order of name, so that other samples are another run).

    Args:
        folder: The authority's folder.
        source: A log, or a folder of them.
        conditions: Who ran them, on which weights, how hard it was tried and which screens ran (TOML or JSON).
        fictitious: They are made up, to try this.
        party: Who files; without it, the authority itself.
        role: In which role; may be given more than once.
    """
    said = _conditions(conditions) if conditions else {}
    paths, faults, counts, runs = _paths(source), list[Fault](), Counter[str](), list[tuple[str, ...]]()
    with Authority.open(folder) as authority, bar("Taking in") as done:
        authority.follow()
        caller, seen = caller_of(authority, party, role), set[str]()
        for number, path in enumerate(paths, 1):
            digest = taking_in.digest_of_log(path)
            if digest in seen or taking_in.is_there(authority.reader, digest):
                counts["there"] += 1
                runs += [(_called(path, source), run, "there already") for run in _there(authority, digest)]
            else:
                try:
                    acts = taking_in.acts_of(formats.read(path), digest, said, fictitious)
                    authority.place_all(acts, caller)
                    counts += _counted(acts)
                    named = ("name", "task", "model_named", "began")
                    runs += [(_called(path, source), *(act.body[name] for name in named)) for act in acts if act.blobs]
                except BadInput as error:
                    faults += _of_file(path, source, *error.faults)
                    counts["refused"] += 1
            seen.add(digest)
            if number % FOLLOW_EVERY == 0:
                authority.follow()
            done(number, len(paths), path.name)
        authority.follow()
    for file, run, *told in runs:
        out(f"{file}: {run} ({', '.join(filter(None, told))})")
    out(f"Recorded {counts['runs']} runs of {counts['samples']} samples; {counts['there']} logs were there already.")
    if counts["differs"]:
        out(f"{counts['differs']} reported numbers do not follow from the samples: `weal evaluations look` names them.")
    if faults:
        raise BadInput(faults, f"{counts['refused']} of {len(paths)} logs")


def _there(authority: Authority, digest: str) -> list[str]:
    """What the runs of a log are called that are on record, or were recorded a moment ago."""
    rows = [registry.subject(authority.reader, one["run"]) for one in following.of_log(authority.reader, digest)]
    return [str(row["name"]) for row in rows if row] or [taking_in.name_of(digest)]


def _counted(acts: Iterable[Act]) -> Counter[str]:
    runs = [act.body for act in acts if act.blobs]
    return Counter(
        runs=len(runs), samples=sum(one["samples"] for one in runs), differs=sum(one["differs"] for one in runs)
    )


def _called(path: Path, source: Path) -> str:
    """What a file is called among those of a source: by the folders within it too, for one tool names all alike."""
    return path.relative_to(source).as_posix() if path != source else path.name


def _of_file(path: Path, source: Path, *faults: Fault) -> list[Fault]:
    """The faults of a file, each with what the file is called."""
    name = _called(path, source)
    return [
        Fault(name if one.where == path.name else f"{name}, {one.where}", one.seen, one.want, one.code)
        for one in faults
    ]


def _conditions(path: Path) -> dict[str, Any]:
    """What a file says of the conditions of a run, checked once for all logs. Raises `BadInput` naming every fault."""
    data = read_bytes(str(path), FILE_BYTES_MAX)
    told = read_json(data) if path.suffix == ".json" else read_toml(data.decode("utf-8", "replace"), path.name)
    if not isinstance(told, Mapping):
        raise BadInput(Fault(path.name, type(told).__name__, "a table of conditions"), path.name)
    said: dict[str, Any] = listing_files.plain(dict(told))
    try:
        Conditions.model_validate({**said, "evaluation": f"{NOUN}:x"})
    except ValidationError as error:
        raise BadInput(faults_of(error), path.name) from error
    return said


# ── comparing, and single samples ───────────────────────────────────────────────────────────────────────────────────


def _kept(authority: Authority, run: str) -> tuple[dict[str, Any], payload.Kept]:
    """A run by its name or reference, with its samples. Raises `NotFound`."""
    subject = run if run.startswith(f"{NOUN}:") else subject_id(NOUN, run)
    row = registry.subject(authority.reader, subject)
    if row is None or row["erased"]:
        raise NotFound("run of an evaluation", run, "`weal export DIR evaluations runs` lists those that there are")
    return row, following.opened_samples(authority.entry(int(row["entry"])).blob)


def compare(folder: Path, first: str, second: str, /, *, score: str = "", json: bool = False) -> None:
    """Compare two runs item by item: the difference over items that both were given, with its interval.

    Args:
        folder: The authority's folder.
        first: A run, by its name.
        second: Another run.
        score: By which score; without it, the first that both have.
        json: Answer in JSON, for programs.
    """
    with Authority.open(folder) as authority:
        authority.follow()
        (row, one), (other, two) = _kept(authority, first), _kept(authority, second)
    names = [name for name in _scores(one) if name in _scores(two)]
    if not names or (score and score not in names):
        want = f"one of: {', '.join(names)}" if names else "a score that both have: there is none"
        raise BadInput(Fault("score", score or "(absent)", want), "compare")
    score = score or names[0]
    sides = (following.side_of(kept, score, run["body"]["task"]) for run, kept in ((row, one), (other, two)))
    pairs = following.paired(*sides)
    if not len(pairs.first):
        raise BadInput(Fault("items", "none in common", "two runs that were given some of the same items"), "compare")
    found = paired(pairs.first, pairs.second)
    told = {name: None if value != value else value for name, value in found._asdict().items()}  # noqa: PLR0124  # NaN
    told |= {"level": LEVEL, "score": score, "first_alone": pairs.alone[0], "second_alone": pairs.alone[1]}
    if json:
        as_json(told)
        return
    cells = [("Score", score), *pages.figures(found, "en"), ("Left out, of the first alone", pairs.alone[0]),
             ("Left out, of the second alone", pairs.alone[1])]  # fmt: skip
    table(f"{row['name']} → {other['name']}", ("what is compared", "value"), cells)


def _scores(kept: payload.Kept) -> list[str]:
    return list(dict.fromkeys(name for sample in kept.samples for name in sample.scores))


def show_sample(
    folder: Path,
    run: str,
    log: Path,
    sample: str,
    output: Path,
    /,
    *,
    epoch: int = 1,
    to: str = "",
    citation: str = "",
    document: Path | None = None,
    party: As = "",
    role: Roles = (),
) -> None:
    """Write one sample of a run into a file, with all that proves that it is one, and nothing of the others.

    With `--to` it is recorded that it was shown, to whom and on which basis.

    Args:
        folder: The authority's folder.
        run: The run, by its name.
        log: The log that was taken in (of results with samples beside them, the file of samples).
        sample: The sample's id.
        output: The file that is written (JSON); `weal evaluations check-sample` checks it anywhere.
        epoch: Which attempt at it.
        to: Whom it is shown to, for example a court.
        citation: By what that was ordered or agreed. It becomes public.
        document: That document itself; only its SHA-256 is recorded.
        party: Who shows it; without it, the authority itself.
        role: In which role: officer, which is meant without it, or authority.
    """
    if bool(to) != bool(citation and document):
        want = "--to, --citation and --document together: what was shown to whom, on which basis"
        raise BadInput(Fault("--to", to or "(absent)", want), "show-sample")
    with Authority.open(folder) as authority:
        authority.follow()
        row, kept = _kept(authority, run)
        places = [n for n, one in enumerate(kept.samples) if (one.item, one.epoch) == (sample, epoch)]
        if not places:
            raise NotFound("sample", f"{sample}, epoch {epoch}", f"{row['name']} has {len(kept.samples)} others")
        text = formats.text_of(log, bytes.fromhex(kept.samples[places[0]].sha256))
        told = {"log": authority.settings.origin, "entry": row["entry"], "run": row["name"]}
        told["format"] = row["body"]["format"]
        told |= committing.shown(kept.tree(), places[0], text) | {"on_record": _on_record(authority, row["entry"])}
        said = list(rereading.held_against(committing.check_shown(told, told["root"]), text, told["format"]))
        with target(output) as write:
            if to and document:
                digest = taking_in.digest_of(document)
                who = caller_of(authority, party, role or (("officer",) if party else ()))
                body = {"evaluation": row["subject"], "citation": citation, "document_sha256": digest, "shown": 1,
                        "to": to, "samples": [{"id": sample, "epoch": epoch}]}  # fmt: skip
                told["shown"] = authority.act(Act(SHOWN.id, body, ""), who).index
            write(json_.dumps(told, ensure_ascii=False, indent=1) + "\n")
    out(f"Wrote {output}: {sample}, epoch {epoch}, under the root that entry {row['entry']} commits to.")
    for words in said:
        out(words)
    if to:
        out(f"That it was shown is recorded as entry {told['shown']}.")


def _on_record(authority: Authority, entry: int) -> dict[str, Any]:
    """What proves an entry's public fields to whoever knows the log's key: its leaf, its place, its disclosures."""
    receipt, public = authority.receipt(entry), authority.presentation(entry)
    leaf = base64.b64encode(receipt.leaf).decode()
    return {"leaf": leaf, "proof": receipt.proof, "disclosures": list(public.disclosures)}


def check_sample(file: Path, /, *, root: str = "", vkey: str = "", policy: Path | None = None) -> None:
    """Check a sample that was shown by itself, offline: that it is one of the run with that root; refuses (1) where it
    is not.

    Args:
        file: The sample as it was shown (JSON).
        root: The root as the record has it.
        vkey: The log's verifier key, as the authority publishes it: then the root is proved to stand in that log.
        policy: A policy file (c2sp.org/tlog-policy), with the key: witnesses must have cosigned the log by its quorum.
    """
    found = read_json(read_bytes(str(file), FILE_BYTES_MAX), bytes_max=FILE_BYTES_MAX)
    if not isinstance(found, Mapping):
        raise BadInput(Fault(file.name, type(found).__name__, "a sample as show-sample writes it"), file.name)
    if policy and not vkey:
        raise BadInput(Fault("--vkey", "(absent)", "the log's verifier key beside --policy"), "check-sample")
    public: Mapping[str, Any] = {}
    cosigned: Mapping[str, int] = {}
    if vkey:
        asked = Policy.parse(read_bytes(str(policy), FILE_BYTES_MAX), str(policy)) if policy else None
        public, cosigned = committing.check_on_record(found, NoteVerifier.from_vkey(vkey), asked)
    on_record = str(public.get("root", ""))
    told = root or on_record or str(found.get("root", ""))
    if on_record and told != on_record:
        raise BadInput(Fault("--root", told, f"{on_record}, as the log proves", "mismatch"), "check-sample")
    if root and found.get("root", root) != root:
        want = f"{root}, as it was given: the file says another"
        raise BadInput(Fault("root", str(found["root"]), want, "mismatch"), file.name)
    proven = committing.check_shown(found, told)
    sample = proven.sample
    many = f"{found['rows']}" if on_record else f"{found['rows']}, as the file says,"
    out(f"Sample {sample.item}, epoch {sample.epoch}, is one of {many} under the root {told}.")
    for words in rereading.held_against(
        proven, found["text"].encode(), str(public.get("format") or found.get("format"))
    ):
        out(words)
    if on_record:
        out(f"Proved: entry {found['entry']} of the log {found.get('log')}, signed with the key given, has this root.")
    for name in cosigned:
        out(f"  witnessed by {name}")
    if not root and not on_record:
        out(f"Left to hold against the record: that entry {found.get('entry')} of {found.get('log')} has this root.")
