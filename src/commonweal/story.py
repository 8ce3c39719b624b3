"""Stories: what an instrument does, told as filings and observations with the entries that must follow.

One `story.toml` in an instrument's folder is a test, a step of the demo and a page of the documentation; an instrument
with more to tell has `story_….toml` beside it. It runs in a temporary authority under a replayed clock, so it needs
nothing but the file:

```toml
title   = { en = "A model crosses the line", zh = "…" }
summary = { en = "…", zh = "…" }
start   = "2025-07-01"                 # where the clock starts; `at` below never runs backwards

[[step]]
say  = { en = "A developer registers a model.", zh = "…" }      # optional: for readers
at   = "2025-08-04T09:00:00Z"          # first let time pass to here (optional)
file = "model_registration.model"      # one entry of this kind …
body = { name = "Example", … }         #   … with this body; in it `{ entry_of = "a.kind" }` is the newest such entry
subject = "model:example"              # optional, as in any filing
as   = "party:example"                 # optional filer; without it the authority files
key  = "…"                             # optional idempotency key
confirms = "…"                         # optional: `entry` in the body is the newest entry of this kind

[[step]]
observe = "bls"                        # the instrument's observation format (or `import = "epoch"`)
data = '''…the file as published…'''   # or: path = "story/file.csv" beside the story

[[step]]
done = "Check the notification"        # somebody reports the step of this (English) name done, in the newest open case
of   = "model:example"                 #   about this subject (optional), with `outcome` and `variables` (optional)

[[step]]
approve = "Accept the notification"    # somebody approves that step (`decision = "refuse"`: refuses it)
role = "officer"                       #   in this role, for the `organisation` that their key speaks for
organisation = "ministry"
signed = "ed25519-…"                   #   with the key that signed the request, where signatures are asked for

[[step]]
reverse = "alert:example"              # what the newest case about this subject has done is to be undone
reason = "a false alarm"

[[step]]
adopt = "rules/new_version.toml"       # put a rule text in force (a path beside the story, or `text = …`)

[[step]]
at = "2025-09-01"                      # a step with nothing else: time passes (in one leap; give several for several)

[[step.expect]]                        # after this step, of the entries so far (`[[expect]]`: at the end) …
entry   = "threshold.switched"         # … there are entries of this kind
subject = "state:us"                   #     about this subject (optional)
where   = { to = "on", "fields.a" = 1 }#     whose bodies say so (dotted paths; numbers to a relative 1e-9)
count   = 1                            #     exactly so many (without it: at least one)
source  = "statute's example"          #     why this is right: required

[[step]]
file = "model_registration.model"
body = { name = "" }
refused = ["name"]                     # this must be refused with faults at just these places, and nothing written
```

A step may also expect what a listing shows: `listing = "register"`, `query = {…}`, `row = { name = "Example", … }`.
"""

from __future__ import annotations

import functools
import math
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from commonweal import listing_files
from commonweal.acceptance import Caller
from commonweal.authority import OPERATOR, Authority
from commonweal.instruments import Installed, discover, rule_file
from commonweal.kernel import protocols
from commonweal.kernel.instrument import Instrument
from commonweal.kernel.record import Act
from commonweal.kernel.values import (
    LANGUAGES,
    BadInput,
    CommonwealError,
    FaultCollector,
    NotFound,
    ReplayClock,
    RuleFault,
    Text,
    instant,
    read_toml,
    shown,
    text,
    utf8,
)
from commonweal.settings import Settings

FILE = "story.toml"
ORIGIN = "story.invalid/record"
FILER_ROLES = ("developer", "observer")
_DOES = ("file", "observe", "import", "adopt", "done", "approve", "reverse")
_STEP = {
    *_DOES, "of", "role", "organisation", "signed", "decision", "outcome", "variables", "say", "at", "body", "subject",
    "as", "roles", "key", "data", "path", "text", "expect", "refused", "causes",
    "reason", "confirms",
}  # fmt: skip
_EXPECT = {"entry", "subject", "where", "count", "source", "listing", "query", "row", "say"}
_A_TEXT, _A_TABLE, _TABLES = "a text", "a table of names and values", "tables, each with names and values"
_BOTH = "a text, or one in each language: { en = …, zh = … }"
_FORMS: Mapping[str, str] = {
    **dict.fromkeys(("body", "variables", "where", "query", "row"), _A_TABLE),
    **dict.fromkeys(("roles", "refused"), "a list of texts"),
    **dict.fromkeys(("say", "title", "summary"), _BOTH),
    **dict.fromkeys(("step", "expect"), _TABLES),
    "causes": "a list of whole numbers: entries",
    "count": "a whole number from 0",
}
"""What may stand under a name in a story; a text where it is not listed."""
_FITS: Mapping[str, Callable[[Any], bool]] = {
    _A_TEXT: lambda value: isinstance(value, str),
    _A_TABLE: lambda value: isinstance(value, dict),
    _TABLES: lambda value: isinstance(value, list) and all(isinstance(one, dict) for one in value),
    _BOTH: lambda value: (
        isinstance(value, str)
        or (
            isinstance(value, dict)
            and set(value) == {*LANGUAGES}
            and all(isinstance(one, str) for one in value.values())
        )
    ),
    _FORMS["roles"]: lambda value: isinstance(value, list) and all(isinstance(one, str) for one in value),
    _FORMS["causes"]: lambda value: isinstance(value, list) and all(type(one) is int for one in value),
    _FORMS["count"]: lambda value: type(value) is int and value >= 0,
}


@dataclass(frozen=True)
class Expectation:
    """What must be so, and the source that says why."""

    source: str
    entry: str = ""
    subject: str = ""
    where: Mapping[str, Any] = field(default_factory=dict)
    count: int | None = None
    listing: str = ""
    query: Mapping[str, str] = field(default_factory=dict)
    row: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        if self.listing:
            under = f" with {_said(self.query)}" if self.query else ""
            many = "a row" if self.count is None else f"{self.count} rows" if self.count != 1 else "one row"
            return f"listing {self.listing}{under} has {many} saying {_said(self.row)}"
        about = f" about {self.subject}" if self.subject else ""
        also = f" with {_said(self.where)}" if self.where else ""
        many = "at least one" if self.count is None else str(self.count)
        return f"{many} × {self.entry}{about}{also}"


@dataclass(frozen=True)
class Step:
    """One thing that happens: `does` is one of `_DOES`, or empty when only time passes."""

    does: str
    what: str
    at: datetime | None
    say: Text | None
    given: Mapping[str, Any]
    expect: tuple[Expectation, ...]
    refused: tuple[str, ...] | None

    def __str__(self) -> str:
        if self.say:
            return str(self.say)
        return f"{self.does} {self.what}" if self.does else f"time passes to {self.at}"


@dataclass(frozen=True)
class Story:
    """A story as read: nothing has run yet."""

    title: Text
    summary: Text
    start: datetime
    steps: tuple[Step, ...]
    expect: tuple[Expectation, ...]


@dataclass(frozen=True)
class Checked:
    """An expectation held against what happened: empty `problem` when it came true."""

    step: int
    expectation: str
    source: str
    problem: str = ""


@dataclass(frozen=True)
class Outcome:
    """What became of a story: entries written by kind, and every expectation checked."""

    instrument: str
    story: Story
    entries: Mapping[str, int]
    checked: tuple[Checked, ...]

    @property
    def holds(self) -> bool:
        return not any(item.problem for item in self.checked)


def read_story(path: Path) -> Story:
    """Read a story file. Raises `RuleFault` naming every fault, `NotFound` where there is none."""
    if not path.is_file():
        raise NotFound("story", path, f"an instrument's story is the file {FILE} in its folder")
    faults = FaultCollector(str(path.name), RuleFault)
    data = read_toml(utf8(path.read_bytes(), path.name), path.name)
    for name in sorted(set(data) - {"title", "summary", "start", "step", "expect"}):
        faults.add(name, data[name], "title, summary, start, [[step]] or [[expect]]", "unknown")
    data = _formed(data, "", faults)
    steps = [_step(item, f"step {number}", faults) for number, item in enumerate(data.get("step", []), 1)]
    expect = _expectations(data.get("expect", []), "expect", faults)
    start = _instant(data.get("start"), "start", faults)
    if not any(step.expect or step.refused for step in steps) and not expect:
        faults.add("expect", "(absent)", "at least one expectation: a story that expects nothing shows nothing")
    faults.done()
    assert start is not None
    title = text(data.get("title", path.parent.name))
    return Story(title, text(data.get("summary", "")), start, tuple(steps), expect)


def files_of(installed: Installed) -> list[Path]:
    """The stories of an instrument: `story.toml` first, then each `story_….toml` beside it by name."""
    first = installed.folder / FILE
    return [*([first] if first.is_file() else []), *sorted(installed.folder.glob("story_*.toml"))]


def play(
    installed: Installed, *, everything: Mapping[str, Installed] | None = None, path: Path | None = None
) -> Outcome:
    """Run a story of an instrument (`path`; the first, without it) in a temporary authority that holds every one."""
    story = read_story(path or installed.folder / FILE)
    everything = {**(discover() if everything is None else everything), installed.instrument.id: installed}
    settings = Settings(Text(en="A story", zh="一则案例"), ORIGIN, story.start, replay=True)
    with tempfile.TemporaryDirectory(prefix="weal-story-") as folder:
        clock = ReplayClock(story.start)
        with Authority.create(Path(folder), settings, clock=clock, installed=everything) as authority:
            checked = list(tell(authority, clock, story, installed))
            return Outcome(installed.instrument.id, story, authority.status()["entries"], tuple(checked))


def tell(
    authority: Authority,
    clock: ReplayClock,
    story: Story,
    installed: Installed,
    heard: Callable[[Step], None] = lambda step: None,
) -> Iterable[Checked]:
    """Let a story happen in an authority, step by step, giving each expectation as it is checked."""
    for number, step in enumerate(story.steps, 1):
        heard(step)
        if step.at is not None:
            clock.set(step.at)
            authority.tick()
        before = authority.store.size()
        seen = _faults_of_step(authority, installed, step)
        wrote = authority.store.size() != before
        authority.follow()
        authority.tick()  # what a refusal tells is a read, which the record states with the day
        yield from _judged_refusal(step, number, seen, wrote=wrote)
        for expectation in step.expect:
            yield _judged(authority, installed.instrument, expectation, number)
    for expectation in story.expect:
        yield _judged(authority, installed.instrument, expectation, len(story.steps))


def _faults_of_step(authority: Authority, installed: Installed, step: Step) -> list[str] | None:
    """Do what a step says; where its faults lie if it was refused and was meant to be, None if it was done."""
    try:
        _do(authority, installed, step)
    except CommonwealError as error:
        if step.refused is None:
            raise
        return [fault.where for fault in error.faults] if isinstance(error, BadInput) else [error.code]
    return None


def _judged_refusal(step: Step, number: int, seen: list[str] | None, *, wrote: bool) -> Iterable[Checked]:
    if step.refused is None:
        return
    expectation = f"refused for {', '.join(step.refused)}"
    problem = ""
    if seen is None:
        problem = "it was accepted"
    elif sorted(seen) != sorted(step.refused):
        problem = f"it was refused for {', '.join(seen)}"
    elif wrote:
        problem = "something was written all the same"
    yield Checked(number, expectation, "bad input is refused whole", problem)


def _do(authority: Authority, installed: Installed, step: Step) -> None:
    caller = _caller(step.given)
    if step.does == "file":
        given = step.given
        causes = tuple(given.get("causes", ()))
        body = _entered(authority, body_of(step)) | _confirmed(authority, given)
        act = Act(step.what, body, given.get("key", ""), given.get("subject"), causes)
        authority.act(act, caller)
    elif step.does in {"observe", "import"}:
        data, name = _data(installed, step.given)
        found = _reader(installed.instrument, step)(data, name)
        for item in installed.instrument.importers if step.does == "import" else ():
            if item.format == step.what:
                found = item.theirs(found, authority.settings.origin)
                found = item.settled(
                    found, authority.reader, lambda index: authority.entry(index).body, lambda subject: True
                )
        if found.acts:
            authority.act_all(found.acts, caller)
    elif step.does in {"done", "approve"}:
        authority.act(at_step(authority, step.does, step.what, step.given), caller)
    elif step.does == "reverse":
        authority.act(_reversal(authority, step.what, step.given), caller)
    elif step.does == "adopt":
        there = step.given.get("text") or _beside(installed, step.what).read_text("utf-8")
        authority.adopt(rule_file(there, Path(step.what).suffix or ".toml"))


def at_step(authority: Authority, does: str, name: str, given: Mapping[str, Any]) -> Act:
    """The act of somebody who reports a step done, or approves it: the step is found by its English name.

    Raises `NotFound` where no open case (about `of`) stands at such a step.
    """
    case, step = protocols.standing_at(authority.reader, name, given.get("of"))
    if does == "done":
        said = {key: given[key] for key in ("outcome", "variables") if key in given}
        return Act("case.step_done", {"case": case, "step": step, **said}, given.get("key", ""))
    said = {"decision": given.get("decision", "approve"), "role": given.get("role", "officer")}
    body = {"case": case, "step": step, **said, "organisation": given.get("organisation", "authority")}
    return Act("approval.given", body, given.get("key", ""))


def _reversal(authority: Authority, subject: str, given: Mapping[str, Any]) -> Act:
    found = protocols.cases(authority.reader, subject=subject, limit=1)
    if not found:
        raise NotFound("case about", subject, "no case was opened about it")
    return Act("case.reversed", {"case": found[0]["case"], "reason": given.get("reason", "")}, given.get("key", ""))


def _confirmed(authority: Authority, given: Mapping[str, Any]) -> dict[str, Any]:
    """What a step adds that confirms the newest entry of a kind. Raises `NotFound`."""
    if "confirms" not in given:
        return {}
    return {"entry": _newest(authority, given["confirms"])}


def _newest(authority: Authority, kind: str) -> int:
    """The newest entry of a kind. Raises `NotFound`."""
    newest = authority.store.newest_of([kind], 0)
    if kind not in newest:
        raise NotFound("entry of the kind", kind, "a step before this one files it")
    return newest[kind]


def _entered(authority: Authority, value: Any) -> Any:
    """A body with the number of the newest entry of a kind for each `{ entry_of = kind }`. Raises `NotFound`."""
    if isinstance(value, list):
        return [_entered(authority, one) for one in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"entry_of"}:
        return _newest(authority, value["entry_of"])
    return {name: _entered(authority, one) for name, one in value.items()}


def body_of(step: Step) -> dict[str, Any]:
    """The body that a step files, with TOML's dates as JSON has them."""
    body: dict[str, Any] = listing_files.plain(step.given.get("body", {}))
    return body


def _caller(given: Mapping[str, Any]) -> Caller:
    return (
        Caller(
            given["as"], tuple(given.get("roles", FILER_ROLES)), given.get("organisation", ""), given.get("signed", "")
        )
        if "as" in given
        else OPERATOR
    )


def _reader(instrument: Instrument, step: Step) -> Callable[[bytes, str], Any]:
    readers = (
        {item.format: item.read for item in instrument.importers} if step.does == "import" else instrument.observes
    )
    if step.what not in readers:
        raise NotFound(f"{step.does} format of {instrument.id}", step.what, f"it has: {', '.join(readers) or 'none'}")
    return readers[step.what]


def _data(installed: Installed, given: Mapping[str, Any]) -> tuple[bytes, str]:
    if "data" in given:
        return str(given["data"]).encode(), "story"
    path = _beside(installed, str(given.get("path", "")))
    return path.read_bytes(), path.name


def _beside(installed: Installed, name: str) -> Path:
    path = installed.folder / name
    if not name or not path.is_file():
        raise NotFound("file of the story", name, f"it must lie in {installed.folder.name}/")
    return path


def _judged(authority: Authority, instrument: Instrument, wanted: Expectation, step: int) -> Checked:
    problem = _listing_problem(authority, instrument, wanted) if wanted.listing else _entries_problem(authority, wanted)
    return Checked(step, str(wanted), wanted.source, problem)


def _entries_problem(authority: Authority, wanted: Expectation) -> str:
    alike = [authority.entry(item.index) for item in authority.store.entries(0, authority.store.size())
             if item.kind == wanted.entry and (not wanted.subject or item.subject == wanted.subject)]  # fmt: skip
    found = [entry for entry in alike if _says(entry.body, wanted.where)]
    if (wanted.count is None and found) or wanted.count == len(found):
        return ""
    nearest = f"; the last of {len(alike)} such entries says {shown(dict(alike[-1].body))}" if alike else ""
    return f"{len(found)} found{nearest}"


def _listing_problem(authority: Authority, instrument: Instrument, wanted: Expectation) -> str:
    listing = listing_files.find_listing({instrument.id: instrument}, instrument.id, wanted.listing)
    rows = listing_files.rows_of(listing, authority.reading(), wanted.query)
    plain = [{key: listing_files.plain(value) for key, value in row.items()} for row in rows]
    found = [row for row in plain if _says(row, wanted.row)]
    if found if wanted.count is None else wanted.count == len(found):
        return ""
    return f"{len(found)} of {len(plain)} rows say so" + (f"; the last says {shown(plain[-1])}" if plain else "")


def _says(body: Mapping[str, Any], where: Mapping[str, Any]) -> bool:
    return all(_equal(_at(body, path), value) for path, value in where.items())


def _at(body: Any, path: str) -> Any:
    """The value at a dotted path; a key that itself holds dots is tried whole first."""
    if isinstance(body, Mapping) and path in body:
        return body[path]
    head, _, rest = path.partition(".")
    if isinstance(body, Mapping):
        return _at(body[head], rest) if head in body and rest else None
    if isinstance(body, (list, tuple)) and head.isdigit() and int(head) < len(body):
        return _at(body[int(head)], rest) if rest else body[int(head)]
    return None


def _equal(seen: Any, wanted: Any) -> bool:
    numbers = (int, float)
    if isinstance(seen, numbers) and isinstance(wanted, numbers) and not isinstance(seen, bool):
        return math.isclose(seen, wanted, rel_tol=1e-9)
    if isinstance(wanted, Mapping):
        return isinstance(seen, Mapping) and _says(seen, wanted)
    return bool(seen == wanted)


def _formed(item: Mapping[str, Any], where: str, faults: FaultCollector) -> dict[str, Any]:
    """A table without the values that are not what their names ask for; each of those is a fault."""
    good = {}
    for name, value in item.items():
        form = _FORMS.get(name, _A_TEXT)
        if name in ("at", "start") or _FITS[form](value):
            good[name] = value
        else:
            faults.add(f"{where}.{name}".lstrip("."), value, form, "type")
    return good


def _step(item: Mapping[str, Any], where: str, faults: FaultCollector) -> Step:
    for name in sorted(set(item) - _STEP):
        faults.add(f"{where}.{name}", item[name], f"one of {', '.join(sorted(_STEP))}", "unknown")
    item = _formed({name: value for name, value in item.items() if name in _STEP}, where, faults)
    does = [name for name in _DOES if name in item]
    if len(does) > 1:
        faults.add(where, ", ".join(does), f"one thing a step: {', '.join(_DOES)}")
    if not does and "at" not in item:
        faults.add(where, item, f"something that happens: {', '.join(_DOES)}, or at (time passes)")
    at = _instant(item["at"], f"{where}.at", faults) if "at" in item else None
    refused = tuple(item["refused"]) if "refused" in item else None
    expect = _expectations(item.get("expect", []), f"{where}.expect", faults)
    name = does[0] if does else ""
    say = text(item["say"]) if "say" in item else None
    return Step(name, str(item[name]) if name else "", at, say, item, expect, refused)


def _expectations(items: Sequence[Mapping[str, Any]], where: str, faults: FaultCollector) -> tuple[Expectation, ...]:
    found = []
    for number, table in enumerate(items, 1):
        place = f"{where} {number}"
        for name in sorted(set(table) - _EXPECT):
            faults.add(f"{place}.{name}", table[name], f"one of {', '.join(sorted(_EXPECT))}", "unknown")
        item = _formed({name: value for name, value in table.items() if name in _EXPECT}, place, faults)
        if ("entry" in item) == ("listing" in item):
            faults.add(place, item, "entry or listing: what is expected")
        if not str(item.get("source", "")).strip():
            faults.add(f"{place}.source", "(absent)", "why this is right: an official figure, a statute, arithmetic")
        found.append(
            Expectation(**{key: item[key] for key in item if key != "say"} | {"source": str(item.get("source", ""))})
        )
    return tuple(found)


def _instant(value: Any, where: str, faults: FaultCollector) -> datetime | None:
    try:
        return instant(value if isinstance(value, str) else value.isoformat())
    except (BadInput, AttributeError):
        faults.add(where, value, "a date or an instant with a time zone, e.g. 2025-08-04T09:00:00Z")
        return None


def _said(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{key} = {shown(value)}" for key, value in values.items())


def examples_of(authority: Authority) -> dict[str, Any]:
    """An example body by kind."""
    found: dict[str, Any] = {}
    for installed in authority.installed.values():
        try:
            story = read_story(installed.folder / FILE)
        except CommonwealError:
            continue  # `weal story` says what is wrong with it; here it is only an example less
        for step in story.steps:
            if step.does == "file" and step.refused is None:
                found.setdefault(step.what, body_of(step))
    for kind in authority.kinds.values():
        if kind.id not in found:
            found[kind.id] = _sample_of(kind.schema)
    return found


@functools.lru_cache(maxsize=1024)
def _sample_of(schema: type[BaseModel]) -> Any:
    return sample(schema.model_json_schema())


def sample(schema: Mapping[str, Any], root: Mapping[str, Any] | None = None) -> Any:
    """A value in the form of a JSON schema: its required fields, with an example or the plainest value of each."""
    root = root or schema
    if "$ref" in schema:
        return sample(root["$defs"][schema["$ref"].rsplit("/", 1)[-1]], root)
    for key in ("const", "default"):
        if schema.get(key) is not None:
            return schema[key]
    if chosen := schema.get("examples") or schema.get("enum"):
        return chosen[0]
    if options := schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf"):
        return sample(options[0], root)
    return _plainest(schema, root)


def _plainest(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Any:
    kind = schema.get("type")
    if kind == "object":
        properties = schema.get("properties", {})
        return {name: sample(properties[name], root) for name in schema.get("required", []) if name in properties}
    if kind == "array":
        return [sample(schema["items"], root)] if schema.get("minItems") and "items" in schema else []
    if kind in {"integer", "number"}:
        return schema.get("minimum", schema.get("exclusiveMinimum", 0) + 1 if "exclusiveMinimum" in schema else 1)
    formats = {"date": "2026-01-31", "date-time": "2026-01-31T12:00:00Z", "uri": "https://example.org/"}
    texts = {"string": formats.get(schema.get("format", ""), "example"), "boolean": True, "null": None}
    return texts.get(kind or "", {})
