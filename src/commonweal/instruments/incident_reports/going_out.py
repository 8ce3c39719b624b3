"""Pages of what is public: incidents to search, one page an incident, snapshots."""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from commonweal.kernel import registry
from commonweal.kernel.instrument import Chart, Column, Export, Filter, Listing, Page, Reading, Row, Text
from commonweal.kernel.values import BadInput, Busy, Fault, NotFound
from commonweal.methods.linking import Index

from .exporting import exports
from .incidents import INCIDENT
from .publication import OPEN, SNAPSHOT, of_incident, standing
from .scales import SCALES
from .suggestions import compared
from .withholding import REASONS
from .words import FIELDS

KEPT, FOUND_MAX, ALIKE_MAX, ALIKE_LEAST = "incident_reports.search", 500, 5, 0.15
UNCLASSIFIED = "unclassified"
PRINTED_MAX = 100
_PRINTED = Text(en="As published on {day}: {count} in all.", zh="截至 {day} 已公布内容，共 {count} 件。")
_REFERENCE = Text(en="Reference", zh="编号")
_VERSION = Text(en="Version {number}, {on}, entry {entry}.", zh="第{number}版，{on}，条目 {entry}。")
_KEPT = Text(en="kept back", zh="未予公布")
_TITLES = {
    "title": Text(en="Title", zh="标题"),
    "outcome": Text(en="Outcome", zh="结果"),
    "countries": Text(en="Countries", zh="国家或地区"),
}


class Search:
    """What is public, by its words in both languages; kept up with the publications when somebody asks."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: dict[str, int] = {}
        self._index = Index()

    def ranked(self, said: Sequence[Mapping[str, Any]], words: str, least: float = 0.0) -> list[str]:
        """The incidents that share a word and agree at least so far (from 0 to 1), best first."""
        with self._lock:
            there = {one["incident"]: one for one in said}
            for incident, entry in list(self._held.items()):
                if incident not in there or there[incident]["entry"] != entry:
                    self._index.remove(incident)
                    del self._held[incident]
            for incident, one in there.items():
                if incident not in self._held:
                    self._index.add(incident, compared(one))
                    self._held[incident] = one["entry"]
            asked = compared({"title": words, "systems_named": [words]})
            found = self._index.suggest(asked, best=FOUND_MAX).suggestions
            return [one.key for one in found if one.score >= least]


def public(reading: Reading, query: Mapping[str, str]) -> list[dict[str, Any]]:
    """What is public under a query: searched by relevance, else the newest incident first."""
    snapshot = query.get("snapshot")
    as_of = None
    if snapshot:
        row = registry.subject(reading.tables, f"snapshot:{snapshot.lower()}")
        as_of = int(row["body"]["as_of"]) if row else None
    said = [one for one in standing(reading.tables, as_of) if _meets(one, query)]
    if query.get("q"):
        search = Search() if snapshot else reading.kept(KEPT, Search)
        everything = said if snapshot else standing(reading.tables)
        places = {incident: at for at, incident in enumerate(search.ranked(everything, query["q"]))}
        found = [one for one in said if one["incident"] in places]
        return sorted(found, key=lambda one: places[one["incident"]])
    return sorted(said, key=lambda one: (_when(one), one["incident"]), reverse=True)


def _meets(one: Mapping[str, Any], query: Mapping[str, str]) -> bool:
    for name in ("category", "severity"):
        if query.get(name) and one.get(name, UNCLASSIFIED) != query[name]:
            return False
    for name in ("harms", "sectors"):
        if query.get(name) and query[name] not in one.get(name, ()):
            return False
    if query.get("reference") and one["name"] != query["reference"]:
        return False
    if query.get("year") and _when(one)[:4] != query["year"]:
        return False
    since = query.get("since")
    return not since or one["updated"][:10] >= since


def _when(one: Mapping[str, Any]) -> str:
    return str(one.get("occurred") or "")


def _title(one: Mapping[str, Any], language: str) -> str:
    return str((language == "zh" and one.get("title_zh")) or one["title"])


def as_pdf(reading: Reading, query: Mapping[str, str]) -> bytes:
    """What is public under a query as one tagged PDF, each incident as its page says it. Raises `BadInput` for more
    than `PRINTED_MAX`, and where documents cannot be laid out here, saying how they could be."""
    said, language = public(reading, query), reading.language
    if len(said) > PRINTED_MAX:
        want = f"at most {PRINTED_MAX} in one PDF: filter the list, e.g. by ?reference="
        raise BadInput(Fault("(list)", f"{len(said)} incidents", want, "too_many"), "pdf")
    pages = [told(reading, one["incident"], of_incident(reading.tables, one["incident"])) for one in said]
    head = [_PRINTED.in_(language).format(day=reading.now.date().isoformat(), count=len(pages))]
    title = pages[0]["title"] if len(pages) == 1 else INCIDENTS.title.in_(language)
    reference = pages[0]["reference"] if len(pages) == 1 else "incident_reports"
    try:
        return reading.typeset(reference, title, head, [(one["title"], _printed(one, language)) for one in pages])
    except Busy as error:
        raise BadInput(Fault("pdf", "(not available)", str(error), "missing"), "pdf") from error


def _printed(one: Mapping[str, Any], language: str) -> list[str]:
    """The page of an incident as paragraphs."""
    colon, comma = ("：", "、") if language == "zh" else (": ", ", ")
    lines = [*([one["summary"]] if one["summary"] else []), f"{_REFERENCE.in_(language)}{colon}{one['reference']}"]
    lines += [f"{name}{colon}{value}" for name, value in one["facts"]]
    if one["models"]:
        lines.append(f"{title_of('models').in_(language)}{colon}{comma.join(one['models'])}")
    if one["variant_of"]:
        lines.append(f"{title_of('variant_of').in_(language)}{colon}{one['variant_of']}")
    lines += [f"{title_of('withheld').in_(language)}{colon}{field} ({why})" for field, why in one["withheld"]]
    if one["sources"]:
        lines.append(f"{title_of('sources').in_(language)}{colon}{comma.join(one['sources'])}")
    for version in one["versions"]:
        changes = [f"{field}{colon}{before} → {after}" for field, before, after in version["changes"]]
        head = _VERSION.in_(language).format(number=version["version"], on=version["on"], entry=version["entry"])
        lines.append(" ".join(filter(None, (head, version["correction"], *changes))))
    return lines


def path_of(incident: str) -> str:
    """The public page of an incident."""
    return f"/incidents/{incident.partition(':')[2]}"


def rows(reading: Reading, query: Mapping[str, str]) -> Sequence[Row]:
    return [_row(one, reading.language) for one in public(reading, query)]


def _row(one: Mapping[str, Any], language: str) -> Row:
    def words(field: str) -> str | None:
        """In a list a scale's word is enough: what it means stands on the incident's page."""
        return re.split("[:：]", scales_words(field, one.get(field), language))[0] or None

    return {
        "incident": _title(one, language),
        "href": path_of(one["incident"]),
        "reference": one["name"],
        "occurred": _when(one) or None,
        "category": words("category"),
        "severity": words("severity"),
        "harms": words("harms"),
        "sectors": words("sectors"),
        "developers": ", ".join(one.get("developers_named", ())) or None,
        "deployers": ", ".join(one.get("deployers_named", ())) or None,
        "updated": one["updated"][:10],
        "version": one["version"],
    }


def scales_words(field: str, value: Any, language: str) -> str:
    """Codes of a scale in words, parted as the language does it; anything else as it is."""
    if value in (None, "", (), []):
        return ""
    items = value if isinstance(value, (list, tuple)) else [value]
    known = SCALES.get(field, {})
    told = [known[item].in_(language) if item in known else str(item) for item in items]
    return ("、" if language == "zh" else ", ").join(told)


def charts(reading: Reading, query: Mapping[str, str]) -> Sequence[Chart]:
    """How many of the incidents shown happened in each year, by category."""
    counted: Counter[tuple[str, str]] = Counter()
    for one in public(reading, query):
        if when := _when(one):
            counted[(when[:4], one.get("category", UNCLASSIFIED))] += 1
    if len({year for year, _ in counted}) < 2:
        return ()
    zh = reading.language == "zh"
    other = "未分类" if zh else "Not classified"
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
            "color": {"field": "category", "type": "nominal", "title": names[1]},
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
    return [(row["name"], row["name"]) for row in registry.subjects(reading.tables, SNAPSHOT.noun)]


def _years(reading: Reading) -> Sequence[tuple[str, str]]:
    found = sorted({_when(one)[:4] for one in standing(reading.tables) if _when(one)}, reverse=True)
    return [(year, year) for year in found]


INCIDENTS = Listing(
    "incidents",
    Text(en="Published incidents", zh="已公布事件"),
    (
        Column("incident", Text(en="Incident", zh="事件"), "link"),
        Column("reference", Text(en="Reference", zh="编号")),
        Column("occurred", FIELDS["occurred"]),
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
            _choices("category", [(UNCLASSIFIED, Text(en="Not classified", zh="未分类"))]),
        ),
        Filter("severity", FIELDS["severity"], _choices("severity")),
        Filter("harms", FIELDS["harms"], _choices("harms")),
        Filter("sectors", FIELDS["sectors"], _choices("sectors")),
        Filter("reference", _REFERENCE),
        Filter("year", Text(en="Year", zh="年份"), _years),
        Filter("since", Text(en="Updated since", zh="更新自")),
        Filter("snapshot", Text(en="As in the snapshot of the week", zh="按周快照"), _snapshots),
    ),
    charts=charts,
    exports=(*exports(public), Export("pdf", Text(en="PDF", zh="PDF"), "application/pdf", as_pdf)),
)


def snapshot_rows(reading: Reading, query: Mapping[str, str]) -> Sequence[Row]:
    """Every snapshot, newest first."""
    found = registry.subjects(reading.tables, SNAPSHOT.noun)
    return [
        {
            "snapshot": row["name"],
            "href": f"/incident_reports/incidents?snapshot={row['name']}",
            "count": row["body"]["count"],
            "sha256": row["body"]["sha256"],
            "as_of": row["body"]["as_of"],
            "entry": row["entry"],
            "cite": f"{row['name']}, sha256:{row['body']['sha256'][:16]}",
        }
        for row in sorted(found, key=lambda row: str(row["name"]), reverse=True)
    ]


SNAPSHOTS = Listing(
    "snapshots",
    Text(en="Weekly snapshots", zh="每周快照"),
    (
        Column("snapshot", Text(en="Week", zh="周"), "link"),
        Column("count", Text(en="Incidents", zh="事件数"), "number"),
        Column("as_of", Text(en="After entry", zh="截至条目"), "number"),
        Column("entry", Text(en="Recorded by entry", zh="记录条目"), "number"),
        Column("sha256", Text(en="Digest (SHA-256)", zh="摘要（SHA-256）")),
    ),
    snapshot_rows,
    summary=Text(
        en="All that was public at the end of a week, to be cited. Its digest is in the record: the canonical JSON "
        "(`.snapshot.json` of the list of incidents under that snapshot) must have it.",
        zh="每周末全部公开内容，可供引用。其摘要载于记录：该快照下事件列表的规范 JSON（`.snapshot.json`）须与之相符。",
    ),
)


def incident_view(reading: Reading, query: Mapping[str, str]) -> Mapping[str, Any]:
    """One incident as everybody may know it, with every version and what changed between them."""
    incident = f"{INCIDENT.noun}:{query['incident']}"
    versions = of_incident(reading.tables, incident)
    if not versions:
        raise NotFound("published incident", incident, "/incident_reports/incidents lists those that are published")
    page = told(reading, incident, versions)
    href = f"/incident_reports/{INCIDENTS.id}.pdf?{urlencode({'reference': page['reference']})}"
    return {"title": page["title"], "one": page, "pdf": "" if page["gone"] else href}


def told(reading: Reading, incident: str, versions: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """What the page of an incident says by these versions of what went out (`of_incident`), oldest first."""
    now, language = versions[-1], reading.language
    gone = now["status"] == "withdrawn"
    return {
        "title": now["name"] if gone else _title(now, language),
        "reference": now["name"],
        "gone": gone,
        "fictitious": bool(now.get("fictitious")),
        "summary": "" if gone else (language == "zh" and now.get("summary_zh")) or now.get("summary", ""),
        "facts": [] if gone else _facts(now, language),
        "models": [] if gone else now.get("models", []),
        "variant_of": "" if gone else now.get("variant_of", ""),
        "sources": [] if gone else now.get("sources", []),
        "withheld": [
            (title_of(field).in_(language), REASONS[why].title.in_(language))
            for field, why in now.get("withheld", {}).items()
        ],
        "hidden": REASONS[now["withdrawn_for"]].title.in_(language) if _hides(now.get("withdrawn_for")) else "",
        "versions": _versions(versions, language)[::-1],
        "alike": [] if gone else _alike(reading, now),
        "variants": [
            {"incident": one["incident"], "title": _title(one, language), "href": path_of(one["incident"])}
            for one in standing(reading.tables)
            if one.get("variant_of") == incident
        ],
        "entry": now["entry"],
    }


def _facts(now: Mapping[str, Any], language: str) -> list[tuple[str, str]]:
    left_out = ("title", "title_zh", "summary", "summary_zh", "models", "variant_of", "sources")
    found = []
    for field in OPEN:
        if field in left_out or now.get(field) in (None, "", [], (), "unknown"):
            continue
        value = now[field]
        if isinstance(value, bool):
            shown = {True: Text(en="Yes", zh="是"), False: Text(en="No", zh="否")}[value].in_(language)
        else:
            shown = scales_words(field, value, language)
        found.append((title_of(field).in_(language), shown))
    return found


def _versions(versions: Sequence[Mapping[str, Any]], language: str) -> list[dict[str, Any]]:
    """Every version with what changed in it. What was withdrawn, or is kept back now, for a reason that hides is not
    shown of earlier versions either: that there was a change is."""
    now = versions[-1]
    every = _hides(now.get("withdrawn_for"))
    hidden = {field for field, why in now.get("withheld", {}).items() if every or _hides(why)}
    found = []
    for before, one in zip([None, *versions], versions, strict=False):
        changes: list[tuple[str, ...]] = []
        for field in OPEN if before is not None and one["status"] == "published" and not every else ():
            old, new = before.get(field), one.get(field)  # type: ignore[union-attr]
            if old != new and field in hidden:
                changes.append((title_of(field).in_(language), _KEPT.in_(language), _KEPT.in_(language)))
            elif old != new:
                told = [scales_words(field, value, language) or "–" for value in (old, new)]
                changes.append((title_of(field).in_(language), *told))
        found.append(
            {
                "version": one["version"],
                "on": one["updated"][:10],
                "entry": one["entry"],
                "withdrawn": one["status"] == "withdrawn",
                "correction": "" if every and one is not now else one.get("correction", ""),
                "changes": changes,
            }
        )
    return found


def _hides(why: str | None) -> bool:
    return why in REASONS and REASONS[str(why)].hides


def _alike(reading: Reading, now: Mapping[str, Any]) -> list[dict[str, str]]:
    """Other published incidents that read most like this one."""
    said = standing(reading.tables)
    words = f"{now['title']} {now.get('summary', '')}"
    there = {one["incident"]: one for one in said}
    ranked = reading.kept(KEPT, Search).ranked(said, words, ALIKE_LEAST)
    close = [key for key in ranked if key != now["incident"]][:ALIKE_MAX]
    return [{"title": _title(there[key], reading.language), "href": path_of(key)} for key in close]


def title_of(field: str) -> Text:
    """What a field of a publication is called."""
    if field in FIELDS:
        return FIELDS[field]
    return _TITLES.get(field) or Text(en=field.replace("_", " "), zh=field)


PAGES = (Page("incident", "/incidents/{incident}", Text(en="Incident", zh="事件"), "incident.html", incident_view),)
LISTINGS = (INCIDENTS, SNAPSHOTS)
