"""What the desk works on: each report's words without names, as the machine proposes them or an analyst found them.

What people told stands in the sealed entries alone. Where who reported has had their identity strip destroyed, nobody
can look for what it said any more: then nothing of the report's words is laid out until an analyst has looked it over.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

from commonweal.kernel import registry
from commonweal.kernel.instrument import (
    Act,
    Entry,
    Fault,
    Filer,
    Opened,
    Reader,
    Reading,
    Row,
    Table,
    Tables,
    Text,
    Working,
)
from commonweal.kernel.values import shown, stamp

from ..harbour.tables import strips
from ..reports import IDENTITY, REPORT
from .kinds import DEIDENTIFIED
from .masking import Masked, Strip, masked, without_placeholders

ANNULLED = "record.annulled"
State = Literal["proposed", "looked_over", "withheld", "gone"]
THERE: tuple[State, ...] = ("proposed", "looked_over", "withheld")
TEXTS = ("title", "what_happened", "harmed_named")
NAMED = ("system_named", "developer_named", "deployer_named", "source")
WORKING = Table(
    "incident_reports_working",
    columns={
        "report": "text", "version": "integer", "state": "text", "title": "text", "what_happened": "text",
        "harmed_named": "text", "system_named": "text", "developer_named": "text", "deployer_named": "text",
        "source": "text", "spans": "json", "sourced": "integer", "entry": "integer", "by": "text", "at": "text",
        "laid": "integer",
    },
    key=("report",),
    indexes=(("laid",), ("state", "report")),
)  # fmt: skip
"""The words of each report's newest version (`version`) without names; `spans` are where in the original the machine
replaced something, as `[field, begin, end]`; `sourced` is 1 where it says from which database it was taken. `entry`,
`by` and `at` are of who looked it over, null before. In the `state` withheld there are no words, and gone is what
was annulled or erased. `laid` is the entry by which they were laid out last."""
LOOKED = Table(
    "incident_reports_looked_over",
    columns={"report": "text", "version": "integer", "entry": "integer", "by": "text", "at": "text"},
    key=("report", "version"),
)
UNKNOWN = Table("incident_reports_strip_unknown", columns={"report": "text", "entry": "integer"}, key=("report",))
"""The newest identity strip of a report that was destroyed: what it said is not known to whoever lays this out."""
TABLES = (WORKING, LOOKED, UNKNOWN)


def follow(entry: Entry, tables: Tables, opened: Opened) -> None:
    """Lay out anew the words of the report that an entry touches."""
    report = str(entry.subject or entry.body.get("report") or "")
    if not report.startswith(f"{REPORT.noun}:"):
        return
    own = {}
    if entry.kind == IDENTITY.id and entry.erased:
        tables.put(UNKNOWN, {"report": report, "entry": entry.index})
    elif not entry.erased:
        own = {entry.index: entry.body}
        if entry.kind == DEIDENTIFIED.id:
            row = {"report": report, "version": entry.body["version"], "entry": entry.index}
            tables.put(LOOKED, {**row, "by": entry.author, "at": stamp(entry.time)})
    given = [row["entry"] for row in strips(tables, report) if row["what"] == "filed"]
    given += [entry.index] if entry.kind == IDENTITY.id and not entry.erased else []
    _lay_out(report, entry.index, given, tables, lambda index: own[index] if index in own else opened(index))


WORKED = Working((REPORT.id, IDENTITY.id, DEIDENTIFIED.id, ANNULLED), follow)


def _lay_out(report: str, entry: int, given: list[int], tables: Tables, opened: Opened) -> None:
    newest = registry.subject(tables, report)
    if newest is None or newest["erased"]:
        nothing: Row = {**dict.fromkeys(WORKING.columns), **dict.fromkeys((*TEXTS, *NAMED), "")}
        gone: Row = {"report": report, "version": entry, "state": "gone", "spans": [], "sourced": 0, "laid": entry}
        tables.put(WORKING, {**nothing, **gone})
        return
    body = opened(newest["entry"])
    unknown = tables.get(UNKNOWN, report)
    looked = tables.get(LOOKED, report, newest["entry"])
    proposed = _proposal(body, given, opened)
    texts: Mapping[str, str] = proposed.texts
    state: State = "proposed"
    since = max([*given, unknown["entry"] if unknown else -1], default=-1)
    if looked is not None and looked["entry"] > since:
        state, texts = "looked_over", {**texts, **_found_right(opened(looked["entry"]))}
    elif unknown is not None:
        state, texts = "withheld", {}
    row: Row = {name: texts.get(name) or "" for name in (*TEXTS, *NAMED)}
    row |= {
        "report": report,
        "version": newest["entry"],
        "state": state,
        "sourced": int(bool(body.get("source"))),
        "laid": entry,
    }
    row |= {"spans": [list(one) for one in proposed.spans] if state != "withheld" else []}
    by = looked if looked is not None and state == "looked_over" else {}
    tables.put(WORKING, {**row, **{name: by.get(name) for name in ("entry", "by", "at")}})


def _proposal(body: Mapping[str, Any], given: Iterable[int], opened: Opened) -> Masked:
    said = [opened(index) for index in given]
    known = [Strip(str(one.get("person") or ""), str(one.get("contact") or "")) for one in said]
    return masked({name: str(body[name]) for name in (*TEXTS, *NAMED) if body.get(name)}, known)


def _found_right(body: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(body.get(name) or "") for name in TEXTS}


def check(act: Act, reader: Reader, filer: Filer) -> Iterator[Fault]:
    """What was looked over is the newest version: the words of an older one are replaced already."""
    if act.kind != DEIDENTIFIED.id:
        return
    newest = registry.subject(reader, act.body["report"])
    if newest is not None and act.body["version"] != newest["entry"]:
        want = f"{newest['entry']}, the newest version of {act.body['report']}: look that over"
        told = Text(
            en=f"{act.body['report']}: there is a newer version by now, in entry {newest['entry']}; look that over",
            zh=f"{act.body['report']}：已有更新的版本（条目 {newest['entry']}），请核对该版本",
        )
        yield Fault("version", shown(act.body["version"]), want, "stale", told)


# ── queries ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def working(reader: Reader, report: str) -> Row | None:
    """The words of a report that the desk works on; None where there is no such report. To be compared: a page reads
    them by `read_words`."""
    row = reader.get(WORKING, report)
    return row if row is not None and row["state"] != "gone" else None


def read_words(reading: Reading, report: str) -> Mapping[str, Any]:
    """The words of a report for a page that shows them: for who may read what they were made from, which is logged."""
    row, newest = working(reading.tables, report), registry.subject(reading.tables, report)
    if row is None or newest is None or not reading.opens(int(newest["entry"]), "title"):
        return {}
    reading.told(int(newest["entry"]), "title")
    return row


def laid_out_after(reader: Reader, entry: int, most: int) -> list[Row]:
    """What was laid out last after an entry, so many reports at most, in that order; after -1 without what is gone."""
    only = ("report", "state", "laid", *TEXTS, *NAMED)
    where = {"laid": (">", entry)} if entry >= 0 else {"state": ("in", THERE)}
    return reader.select(WORKING, where, order=("-laid", "report"), limit=most, only=only)[::-1]


def how_many(reader: Reader) -> int:
    """How many reports there are."""
    return reader.count(WORKING, {"state": ("in", THERE)})


def told_in_words(reader: Reader, reports: Iterable[str]) -> dict[str, str]:
    """The title of each report and what it says happened, without names; of none whose words may not be laid out."""
    where = {"report": ("in", sorted(set(reports))), "state": ("in", THERE)}
    rows = reader.select(WORKING, where, only=("report", "title", "what_happened"))
    said = {row["report"]: without_placeholders(f"{row['title']}\n{row['what_happened']}") for row in rows}
    return {report: words for report, words in said.items() if words.strip()}


def searched(row: Mapping[str, Any] | None) -> list[str]:
    """The words of a report that the queue is searched by."""
    return [row[name] for name in ("title", "what_happened", *NAMED) if row[name]] if row else []
