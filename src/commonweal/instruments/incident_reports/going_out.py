"""Pages of what is public: incidents to search, one page an incident, snapshots."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from commonweal.kernel.instrument import Chart, Column, Filter, Listing, Page, Reading, Row, Text
from commonweal.kernel.values import NotFound

from .exporting import EXPORTS
from .incidents import INCIDENT
from .printing import PDF
from .publication import erased, of_incident, standing, went_public
from .scales import NOT_CLASSIFIED, SCALES, category_colours
from .searching import UNCLASSIFIED, public, when_of
from .snapshots import as_taken, last_day, snapshot, snapshots
from .telling import by_reason, path_of, reason_of, scales_words, title_in, told
from .words import FIELDS

_REFERENCE = Text(en="Reference", zh="编号")
_SNAPSHOT = Text(en="Weekly snapshot", zh="每周快照")
_GONE = Text(en="{name} – taken out since: {why}", zh="{name}（已撤除：{why}）")


def rows(reading: Reading, query: Mapping[str, str]) -> Sequence[Row]:
    return [_row(one, reading.language) for one in public(reading, query)]


def _row(one: Mapping[str, Any], language: str) -> Row:
    def words(field: str) -> str | None:
        """In a list a scale's word is enough: what it means stands on the incident's page."""
        return re.split("[:：]", scales_words(field, one.get(field), language))[0] or None

    return {
        "incident": _named(one, language),
        "href": path_of(one["incident"]),
        "reference": one["name"],
        "occurred": when_of(one) or None,
        "category": words("category"),
        "severity": words("severity"),
        "harms": words("harms"),
        "sectors": words("sectors"),
        "developers": list(one.get("developers_named", ())) or None,  # names hold commas
        "deployers": list(one.get("deployers_named", ())) or None,
        "updated": one["updated"][:10],
        "version": one["version"],
    }


def _named(one: Mapping[str, Any], language: str) -> str:
    """What a row is called: of what was taken out of a snapshot its reference, and why."""
    if not one.get("gone"):
        return title_in(one, language)
    why = reason_of(one["taken_out"][0]["why"]).in_(language)
    return _GONE.in_(language).format(name=one["name"], why=why)


def charts(reading: Reading, query: Mapping[str, str]) -> Sequence[Chart]:
    """How many of the incidents shown happened in each year, by category."""
    counted: Counter[tuple[str, str]] = Counter()
    for one in public(reading, query):
        if when := when_of(one):
            counted[(when[:4], one.get("category", UNCLASSIFIED))] += 1
    if len({year for year, _ in counted}) < 2:
        return ()
    zh = reading.language == "zh"
    other = NOT_CLASSIFIED.in_(reading.language)
    cells = [
        (year, scales_words("category", code, reading.language) if code != UNCLASSIFIED else other, number)
        for (year, code), number in sorted(counted.items())
    ]
    names = ("年份", "类别", "件数") if zh else ("Year", "Category", "Incidents")
    values = [{"year": year, "category": category, "incidents": number} for year, category, number in cells]
    spec = {
        "data": {"values": values},
        "mark": "bar",
        "encoding": {
            "x": {"field": "year", "type": "ordinal", "title": names[0]},
            "y": {"field": "incidents", "type": "quantitative", "title": names[2], "axis": {"tickMinStep": 1}},
            "color": {
                "field": "category",
                "type": "nominal",
                "title": names[1],
                **category_colours({words for _, words, _ in cells}, reading.language),
            },
        },
    }
    title = "按发生年份的事件数" if zh else "Published incidents by the year in which they happened"
    note = (
        "只计已公布的事件；报告多少也取决于谁会报告。"
        if zh
        else "Only what is published is counted, and how much is reported depends on who reports."
    )
    return (Chart(title, spec, names, cells, note),)


def _choices(field: str, more: Sequence[tuple[str, Text]] = ()) -> Any:
    def of(reading: Reading) -> Sequence[tuple[str, str]]:
        known = [(str(code), words.in_(reading.language)) for code, words in SCALES[field].items()]
        return [*known, *((code, words.in_(reading.language)) for code, words in more)]

    return of


def _snapshots(reading: Reading) -> Sequence[tuple[str, str]]:
    return [(row["name"], row["name"]) for row in snapshots(reading.tables)]


def _years(reading: Reading) -> Sequence[tuple[str, str]]:
    found = sorted({when_of(one)[:4] for one in standing(reading) if when_of(one)}, reverse=True)
    return [(year, year) for year in found]


INCIDENTS = Listing(
    "incidents",
    Text(en="Published incidents", zh="已公布事件"),
    (
        Column("incident", Text(en="Incident", zh="事件"), "link"),
        Column("reference", Text(en="Reference", zh="编号")),
        Column("occurred", FIELDS["occurred"], "date"),
        Column("category", FIELDS["category"]),
        Column("severity", FIELDS["severity"]),
        Column("harms", FIELDS["harms"]),
        Column("sectors", FIELDS["sectors"]),
        Column("developers", Text(en="Developers", zh="开发者")),
        Column("deployers", Text(en="Deployers", zh="部署者")),
        Column("updated", Text(en="Updated", zh="更新日"), "date"),
        Column("version", Text(en="Version", zh="版本"), "number"),
    ),
    rows,
    summary=Text(
        en="What went wrong with AI, nearly did, or was misused, as far as it may be known. Each page says what was "
        "kept back and why; corrections stay visible.",
        zh="人工智能已发生、险些发生或被滥用的事件，在可公开范围内予以公布。各页说明保留了哪些内容及理由；更正始终可见。",
    ),
    filters=(
        Filter("q", Text(en="Words, in English or Chinese", zh="词语（中文或英文）")),
        Filter(
            "category",
            FIELDS["category"],
            _choices("category", [(UNCLASSIFIED, NOT_CLASSIFIED)]),
        ),
        Filter("severity", FIELDS["severity"], _choices("severity")),
        Filter("harms", FIELDS["harms"], _choices("harms")),
        Filter("sectors", FIELDS["sectors"], _choices("sectors")),
        Filter("reference", _REFERENCE),
        Filter("year", Text(en="Year", zh="年份"), _years, "[0-9]{4}"),
        Filter("since", Text(en="Updated since", zh="更新自")),
        Filter("snapshot", Text(en="As in the snapshot of the week", zh="按周快照"), _snapshots),
    ),
    charts=charts,
    exports=EXPORTS,
)


def snapshot_rows(reading: Reading, query: Mapping[str, str]) -> Sequence[Row]:
    """Every snapshot, newest first."""
    return [
        {
            "snapshot": row["name"],
            "href": f"{SNAPSHOT_PATH}/{row['name']}",
            "until": last_day(row["name"]),
            "count": row["body"]["count"],
            "sha256": row["body"]["sha256"],
            "entry": row["entry"],
        }
        for row in snapshots(reading.tables)
    ]


SNAPSHOT_PATH = "/incidents-snapshots"
SNAPSHOTS = Listing(
    "snapshots",
    Text(en="Weekly snapshots", zh="每周快照"),
    (
        Column("snapshot", Text(en="Week", zh="周"), "link"),
        Column("until", Text(en="Until the end of", zh="截至（当日止）"), "date"),
        Column("count", Text(en="Incidents", zh="事件数"), "number"),
        Column("entry", Text(en="Recorded by entry", zh="记录条目"), "number"),
        Column("sha256", Text(en="Digest (SHA-256)", zh="摘要（SHA-256）")),
    ),
    snapshot_rows,
    summary=Text(
        en="All that was public at the end of a week, to be cited. Its digest is in the record and stays the same; the "
        "page of a week says how to check it, and what was taken out since to protect somebody.",
        zh="每周末全部公开内容，可供引用。其摘要载于记录，保持不变；各周页面说明核验方法，以及此后为保护他人撤除的内容。",
    ),
)


def snapshot_view(reading: Reading, query: Mapping[str, str]) -> Mapping[str, Any]:
    """One week: how it is cited, what it holds, what was taken out of it since. Raises `NotFound`."""
    row = snapshot(reading.tables, query["week"])
    if row is None:
        raise NotFound("snapshot", query["week"], "/incident_reports/snapshots lists them")
    body, language, name = row["body"], reading.language, row["name"]
    said = as_taken(reading, row)
    listed = f"/incident_reports/{INCIDENTS.id}"
    return {
        "title": f"{_SNAPSHOT.in_(language)} {name}",
        "week": name,
        "until": last_day(name),
        "count": body["count"],
        "sha256": body["sha256"],
        "entry": row["entry"],
        "as_of": body.get("as_of"),
        "authority": reading.authority,
        "address": f"{reading.address}{SNAPSHOT_PATH}/{name}" if reading.address else "",
        "listed": f"{listed}?snapshot={name}",
        "file": f"{listed}.snapshot.json?snapshot={name}",
        "incidents": [(_named(one, language), path_of(one["incident"]), one["entry"]) for one in said],
        "taken": [
            {"name": one["name"], "whole": bool(one.get("gone")), "entry": each["entry"], "since": each["since"],
             "fields": fields, "why": reason_of(each["why"]).in_(language)}
            for one in said
            for each, fields in by_reason(one.get("taken_out", ()), language)
        ],
    }  # fmt: skip


def incident_view(reading: Reading, query: Mapping[str, str]) -> Mapping[str, Any]:
    """One incident as everybody may know it, with every version and what changed between them."""
    incident = f"{INCIDENT.noun}:{query['incident']}"
    versions = of_incident(reading.tables, incident)
    gone = erased(reading.tables, incident)
    if not versions and gone:
        return {"title": query["incident"], "one": None, "erased": gone, "pdf": ""}
    if not versions:
        raise NotFound("published incident", incident, "/incident_reports/incidents lists those that are published")
    page = told(reading, incident, versions)
    href = f"/incident_reports/{INCIDENTS.id}.pdf?{urlencode({'reference': page['reference']})}"
    return {
        "title": page["title"],
        "one": page,
        "erased": gone,
        "pdf": href if PDF.offered and not page["gone"] else "",
    }


PAGES = (
    Page(
        "incident",
        "/incidents/{incident}",
        Text(en="Incident", zh="事件"),
        "incident.html",
        incident_view,
        stands=went_public,
    ),
    Page(
        "incident-snapshot",
        SNAPSHOT_PATH + "/{week}",
        _SNAPSHOT,
        "snapshot.html",
        snapshot_view,
    ),
)
LISTINGS = (INCIDENTS, SNAPSHOTS)
