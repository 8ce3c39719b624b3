"""What reports teach together: how their number changes, what is reported with what, and near misses being watched.

Each figure has its uncertainty: trends are negative binomial rate ratios with profile intervals; pairs are ranked by
the lower end of a shrunk ratio (IC025). EB05 stands beside it where the table is large enough to tell how much ratios
differ; else observed over expected does, with its exact interval. Pairs are compared among incidents that were asked
the question (`asked`). None says what causes what. Incidents are counted, not reports of them. No report is opened for
it: the fields in `READ` are counted as the registry keeps them, and the log of reads has one line that says of how
many; names in which an officer has an interest are not for them.
"""

from __future__ import annotations

import calendar
import functools
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from importlib import resources
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from commonweal.kernel import registry
from commonweal.kernel.instrument import Chart, Page, Reader, Reading, Row, Text
from commonweal.kernel.values import NotFound, read_toml

from . import scales
from .concerning import ROLES, Names, Role, named
from .counting import counted_as
from .desk.conflicts import of_interest
from .desk.tables import DESK
from .incidents import INCIDENT
from .publication import standing
from .reports import REPORT, STEWARDS
from .surveillance import PARAMETERS as WATCH
from .watched import PATH, closing, watched

PAIRS_SHOWN, NAMES_MAX = 20, 200
PARAMETERS = "incident_reports.learning"
TOLD = ("harms", "misuses", "warnings")
FORM = "incident.toml"
ORGANISATIONS = ("organisation", "developer", "developer_named", "deployer_named")
READ = ("category", *TOLD, *ORGANISATIONS, "reporter", "models", "system_named")
"""What of a report is counted, as the registry keeps it: no report is opened for it."""
Told = Mapping[str, Any]
_WORDS: Mapping[str, Text] = {
    "month": Text(en="Month", zh="月份"),
    "category": Text(en="Category", zh="类别"),
    "incidents": Text(en="Incidents", zh="事件数"),
    "by_month": Text(en="Incidents by month", zh="每月事件数"),
    "rising": Text(en="More each month", zh="逐月增多"),
    "falling": Text(en="Fewer each month", zh="逐月减少"),
    "unclear": Text(en="No clear change", zh="无明显变化"),
    "unknown": Text(en="Too few to say", zh="数量过少，无法判断"),
}
WHY: Mapping[str, Text] = {
    "adopted": Text(
        en="That is when the authority first adopted how it watches what is reported.",
        zh="该日为本机关首次采纳监测方案之日。",
    ),
    "opened": Text(en="That is when the authority adopted its first rule.", zh="该日为本机关采纳首项规则之日。"),
    "window": Text(en="It goes no further back.", zh="不再往前回溯。"),
}
"""Why counting begins when it does: never with the first report, or what rises from nothing could not be seen."""


@dataclass(frozen=True, slots=True)
class Means:
    """What is counted and what is said, by the text in force (`rules/learning.toml`; one of its `version`)."""

    years_back: int
    months_least: int
    incidents_least: int
    pair_least: int
    cells_least: int
    version: str


Many = Annotated[int, Field(strict=True, ge=1, le=1_000_000)]


class Learning(registry.Head):
    """What is counted, how far back, and from how many on something is said."""

    years_back: Annotated[int, Field(strict=True, ge=1, le=100)]
    months_least: Many
    incidents_least: Many
    pair_least: Many
    cells_least: Many


def read(text: str) -> Learning:
    """What a text of learning says. Raises `RuleFault` naming every fault."""
    return registry.read_text(Learning, text, PARAMETERS)


def means(reader: Reader, at: datetime) -> Means:
    """The text in force at an instant; the one shipped where none was adopted, or where it lacks a number."""
    with suppress(NotFound, ValueError, TypeError, KeyError):
        row = registry.text_in_force(reader, PARAMETERS, at)
        return _means(registry.parsed(row["text"], row["media_type"]))
    return _shipped()


@functools.cache
def asked() -> Mapping[str, frozenset[str]]:
    """Of which categories the form asks for the harm, misuse or warning: of others that none is named says nothing."""
    path = resources.files(__package__).joinpath("forms", FORM)
    found = {}
    for page in read_toml(path.read_text("utf-8"), FORM)["page"]:
        when = page.get("when")
        for question in page.get("question", ()):
            if question["field"] in TOLD and isinstance(when, Mapping) and when["field"] == "category":
                found[question["field"]] = frozenset(when["is"])
    return found


@functools.cache
def _shipped() -> Means:
    path = resources.files(__package__).joinpath("rules", "learning.toml")
    return _means(read_toml(path.read_text("utf-8"), path.name))


def _means(text: Mapping[str, Any]) -> Means:
    numbers = {field: int(text[field]) for field in Means.__slots__ if field != "version"}
    if low := [f"{field} is {number}" for field, number in numbers.items() if number < 1]:
        raise ValueError(f"of learning, each must be 1 or more: {', '.join(low)}")
    return Means(**numbers, version=str(text["version"]))


def view(reading: Reading, query: Mapping[str, str]) -> Mapping[str, Any]:
    """For officers: what the desk did not turn away, by the day on which each incident was first told of."""
    by = means(reading.tables, reading.now)
    since, why = counted_since(reading.tables, reading.now, by)
    found, taken_over = _told_here(reading, since.isoformat())
    kept_out = any(map(reading.kept_out, registry.newest(reading.tables, REPORT.noun)))
    watching = None if kept_out else watched(reading)
    told = {"watched": watching, "kept_out": kept_out, "taken_over": taken_over}
    return {**_learnt(reading, found, since, why, by), **told}


def public_view(reading: Reading, query: Mapping[str, str]) -> Mapping[str, Any]:
    """For everybody: what is published, by the day of its first publication.

    What was taken over from another database is left out, and said to be: it is published in a day, and was asked other
    questions, so that next to it every harm that is told here would look like more than chance.
    """
    by = means(reading.tables, reading.now)
    since, why = counted_since(reading.tables, reading.now, by)
    elsewhere = {row["subject"] for row in registry.subjects(reading.tables, INCIDENT.noun) if _taken_over(row)}
    recent = [one for one in standing(reading) if one["first_published"] >= since.isoformat()]
    found = [
        {**one, "on": one["first_published"], "about": list(named(reading.tables, one))}
        for one in recent
        if one["incident"] not in elsewhere
    ]
    return {**_learnt(reading, found, since, why, by), "taken_over": len(recent) - len(found)}


def _taken_over(row: Row) -> bool:
    """Whether an incident came from another database; before digests were kept, its name there tells."""
    return bool(row["body"].get("imported")) or row["name"] in (row["body"].get("external") or ())


def counted_since(reader: Reader, now: datetime, by: Means) -> tuple[date, str]:
    """From when on is counted, and why (`WHY`): since reports could come, at most some years of whole months."""
    window = date(now.year - by.years_back, now.month, 1)
    for rule, why in ((WATCH, "adopted"), ("", "opened")):
        if first := registry.adopted_first(reader, rule):
            began = date.fromisoformat(first["adopted_on"][:10])
            return (began, why) if began > window else (window, "window")
    return window, "window"


def _told_here(reading: Reading, since: str) -> tuple[list[Told], int]:
    """Each incident that was first told of since a day, with what its reports say together; and how many reports were
    taken over from another database since.

    Neither what was taken over from another database, which came here in a day and was asked other questions, nor what
    whoever looks keeps out of: by one more in a row it would say what a single report says.
    """
    elsewhere = {row["report"] for row in reading.tables.select(DESK, {"imported": 1}, only=("report",))}
    came = {report: at[:10] for report, at in registry.first_filed(reading.tables, REPORT.noun).items()}
    every = registry.newest(reading.tables, REPORT.noun)
    theirs = [one for one in every if not reading.kept_out(one)]
    newest = [one for one in theirs if one not in elsewhere]
    reports: dict[str, list[str]] = defaultdict(list)
    for report, incidents in counted_as(reading.tables, sorted(newest, key=lambda one: (came[one], one))).items():
        for incident in incidents:
            reports[incident].append(report)
    recent = [group for group in reports.values() if came[group[0]] >= since]
    read = _said(reading, {report for group in recent for report in group})
    told: list[Told] = [
        {**_together(reading.tables, [read.get(report, {}) for report in group]), "on": came[group[0]]}
        for group in recent
        if any(read.get(report) for report in group)
    ]
    return told, sum(one in elsewhere and came[one] >= since for one in theirs)


def _said(reading: Reading, reports: Collection[str]) -> dict[str, Told]:
    """What each of these reports says of what is counted, by its newest version; nothing where that was erased."""
    rows = registry.subjects(reading.tables, REPORT.noun, {"subject": ("in", sorted(reports))})
    theirs = of_interest(reading.tables, reading.party, reading.now, reading.spoke)
    said: dict[str, Told] = {row["subject"]: dict(_counted(row["body"], theirs)) for row in rows}
    reading.counted(REPORT.id, {row["entry"]: tuple(said[row["subject"]]) for row in rows if said[row["subject"]]})
    return said


def _counted(body: Told, theirs: Callable[[str], bool]) -> Iterator[tuple[str, Any]]:
    """What is counted of a report, without names in which whoever reads has an interest, nor systems of these."""
    of_theirs = any(theirs(str(body[name])) for name in ("developer", "developer_named") if body.get(name))
    for name in (name for name in READ if body.get(name)):
        if name == "models":
            yield name, [model for model in body[name] if not theirs(str(model))]
        elif name == "reporter":
            yield from [(name, body[name])] if body.get("organisation") else []
        elif not (of_theirs if name == "system_named" else name in ORGANISATIONS and theirs(str(body[name]))):
            yield name, body[name]


def _together(reader: Reader, bodies: Sequence[Told]) -> dict[str, Any]:
    """What several reports of one incident say: the category of the first, and everything that any of them names."""
    found: dict[str, Any] = {"category": next((body["category"] for body in bodies if body.get("category")), None)}
    for field in TOLD:
        found[field] = list(dict.fromkeys(one for body in bodies for one in body.get(field) or ()))
    return {**found, "about": [one for body in bodies for one in named(reader, body)]}


def _learnt(reading: Reading, found: Sequence[Told], since: date, why: str, by: Means) -> dict[str, Any]:
    months, days = _months(since, reading.now.date())
    counts: dict[Any, np.ndarray[Any, Any]] = {
        category: np.array(
            [sum(one["on"][:7] == month for one in found if one.get("category") == category) for month in months]
        )
        for category in (*scales.CATEGORIES, None)
        if any(one.get("category") == category for one in found)
    }
    pairs = _pairs(found, Names(reading.tables), reading.language, by)
    return {
        "total": len(found),
        "since": since.isoformat(),
        "why": WHY[why],
        "chart_": _by_month(reading, months, counts) if len(months) > 1 and counts else None,
        "trends": [
            (
                _category(category, reading.language),
                sum(one.get("category") == category for one in found),
                int(number.sum()),
                *_trend(number, days, reading.language, by),
            )
            for category, number in counts.items()
        ],
        "months": len(months),
        "pairs": pairs,
        "by": by,
    }


def _months(since: date, today: date) -> tuple[list[str], list[int]]:
    """The months from a day until the last one that is over, and how many days of each are counted."""
    months, days = [], []
    year, month = since.year, since.month
    while (year, month) < (today.year, today.month):
        there = calendar.monthrange(year, month)[1]
        months.append(f"{year}-{month:02d}")
        days.append(there - since.day + 1 if (year, month) == (since.year, since.month) else there)
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return months, days


def _trend(
    counts: np.ndarray[Any, Any], days: Sequence[int], language: str, by: Means
) -> tuple[str, float | None, float | None, float | None]:
    """In words, the rate ratio a month, and its 95 % interval; None where too little is known to say."""
    from commonweal.methods.trends import negative_binomial_trend

    if len(counts) < by.months_least or counts.sum() < by.incidents_least:
        return _WORDS["unknown"].in_(language), None, None, None
    found = negative_binomial_trend(counts, np.array(days, dtype=float), np.arange(len(counts), dtype=float))
    word = "rising" if found.low > 1 else "falling" if found.high < 1 else "unclear"
    ratio, low, high = (end if math.isfinite(end) else None for end in (found.ratio, found.low, found.high))
    return _WORDS[word].in_(language), ratio, low, high


def _category(category: Any, language: str) -> str:
    return (scales.CATEGORIES[category] if category else scales.NOT_CLASSIFIED).in_(language)


def _by_month(reading: Reading, months: Sequence[str], counts: Mapping[Any, Any]) -> Chart:
    language = reading.language
    cells = [
        (month, _category(category, language), int(number[at]))
        for category, number in counts.items()
        for at, month in enumerate(months)
    ]
    names = tuple(_WORDS[word].in_(language) for word in ("month", "category", "incidents"))
    top = int(sum(counts.values()).max())
    whole = {"values": list(range(0, top + 1, 1 + top // 6)), "format": "d"}
    drawn = [{"month": f"{month}-01", "category": words, "incidents": number} for month, words, number in cells]
    spec = {
        "data": {"values": drawn},
        "mark": "bar",
        "encoding": {
            "x": {"field": "month", "timeUnit": "utcyearmonth", "type": "temporal", "title": names[0]},
            "y": {"field": "incidents", "type": "quantitative", "title": names[2], "axis": whole},
            "color": {
                "field": "category",
                "type": "nominal",
                "title": names[1],
                **scales.category_colours({words for _, words, _ in cells}, language),
            },
        },
    }
    return Chart(_WORDS["by_month"].in_(language), spec, names, cells)


# ── what is reported with what ──────────────────────────────────────────────────────────────────────────────────────


def _about(one: Told, names: Names) -> dict[tuple[Role, str], str]:
    """Who or what an incident is about, each once whatever its spellings: by role and key, what was said."""
    return {(role, names.key(role, said)): said for role, said in one["about"]}


def _called(about: Sequence[Mapping[tuple[Role, str], str]], names: Names) -> dict[tuple[Role, str], str]:
    """What each is called: as the register has it, else as most write it."""
    spelt: dict[tuple[Role, str], Counter[tuple[bool, str]]] = defaultdict(Counter)
    for one in about:
        for who, said in one.items():
            called = names.called(said)
            spelt[who][(called != said, called)] += 1
    return {
        who: min(counted, key=lambda each: (not each[0], -counted[each], each[1]))[1] for who, counted in spelt.items()
    }


def _told(one: Told) -> Iterable[tuple[str, str]]:
    for field in TOLD:
        for code in one.get(field) or ():
            yield field, str(code)


@dataclass(frozen=True)
class Pairs:
    """Pairs of whom or what and of a harm, misuse or warning, the highest IC025 first: at most `PAIRS_SHOWN`.

    A row is (name, role, words, observed, expected, more, IC025, …): `more` where IC025 is above 0; last EB05 where it
    is `held` by the table, else the ratio of observed and expected with its lower and upper end. Of `compared` pairs
    `told` were named by an incident.
    """

    rows: Sequence[tuple[Any, ...]] = ()
    compared: int = 0
    told: int = 0
    held: bool = False


def _pairs(found: Sequence[Told], names: Names, language: str, by: Means) -> Pairs:
    """Pairs that at least `pair_least` incidents name, each held against the incidents that were asked the question.

    One that is developer here and deployer there is two. The prior of EB05 is fitted where at least `cells_least` pairs
    are named by an incident: pairs that nobody named tell little of how much ratios differ.
    """
    from commonweal.methods.disproportionality import information_component, observed_ratio

    about = [_about(one, names) for one in found]
    called = _called(about, names)
    number_of = Counter(who for one in about for who in one)
    rows = [who for who, number in number_of.most_common(NAMES_MAX) if number >= by.pair_least]
    told = Counter(told for one in found for told in _told(one))
    columns = [one for one, number in told.items() if number >= by.pair_least]
    both = Counter((who, told) for whom, one in zip(about, found, strict=True) for who in whom for told in _told(one))
    by_field = {field: _among([_was_asked(one, field) for one in found], about) for field in TOLD}
    cells = [
        (who, column, both[who, column], whom[who] * told[column] / asked_in_all)
        for column in columns
        for whom, asked_in_all in [by_field[column[0]]]
        for who in rows
        if whom[who]
    ]
    if not cells:
        return Pairs()
    observed, expected = (np.array([cell[at] for cell in cells], dtype=float) for at in (2, 3))
    component, low = information_component(observed, expected), _eb05(observed, expected, by)
    ratio = observed_ratio(observed, expected)
    lines = [
        (
            called[who],
            ROLES[who[0]].in_(language),
            _words(*column, language),
            int(observed[at]),
            float(expected[at]),
            bool(component.low[at] > 0),
            float(component.low[at]),
            *((float(low[at]),) if low is not None else (float(part[at]) for part in ratio)),
        )
        for at, (who, column, _, _) in enumerate(cells)
        if observed[at] >= by.pair_least
    ]
    shown = sorted(lines, key=lambda line: (-line[6], line[0]))[:PAIRS_SHOWN]
    return Pairs(shown, len(cells), int((observed > 0).sum()), low is not None)


def _was_asked(one: Told, field: str) -> bool:
    return bool(one.get(field)) or one.get("category") in asked()[field]


def _among(
    asked_of: Sequence[bool], about: Sequence[Mapping[tuple[Role, str], str]]
) -> tuple[Counter[tuple[Role, str]], int]:  # fmt: skip
    """Of the incidents that were asked: how many are about whom, and how many there are."""
    return Counter(who for was, one in zip(asked_of, about, strict=True) if was for who in one), sum(asked_of)


def _eb05(
    observed: np.ndarray[Any, Any], expected: np.ndarray[Any, Any], by: Means
) -> np.ndarray[Any, Any] | None:  # fmt: skip
    """EB05 of each pair; None where the table does not tell how much ratios differ."""
    from commonweal.methods.disproportionality import fit_prior, shrunk_ratio

    if (observed > 0).sum() < by.cells_least:
        return None
    with suppress(ValueError, ArithmeticError):
        return shrunk_ratio(observed, expected, fit_prior(observed, expected).prior).low
    return None


def _words(field: str, code: str, language: str) -> str:
    known = scales.SCALES[field]
    return known[code].in_(language) if code in known else code


PAGES = (
    Page(
        "incident-learning",
        PATH,
        Text(en="What reports teach", zh="报告的启示"),
        "learning.html",
        view,
        roles=STEWARDS,
        act=closing,
    ),
    Page(
        "incident-trends",
        "/incidents-trends",
        Text(en="Trends of published incidents", zh="已公布事件趋势"),
        "learning.html",
        public_view,
    ),
)
