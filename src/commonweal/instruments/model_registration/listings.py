"""The public lists: models with their compute and a column a rule, organisations, training runs, the duty calendar."""

from __future__ import annotations

import functools
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any

from babel import Locale

from commonweal.kernel import obligations, registry
from commonweal.kernel.instrument import Chart, Column, Filter, Listing, Reader, Reading, Row, Text
from commonweal.kernel.values import BadInput, Fault, shown

from . import charts, runs, standing
from .estimates import Assessment, Parameters, assess, parameters
from .lines import Line, lines
from .transition import either_day
from .transition import missing as missing_for
from .words import CODES, STATUS

NOUNS = ("model", "training_run", "organisation")
STATES = obligations.STATES
States = Mapping[tuple[str, str], str]


def address(subject: str) -> str:
    """The language-free address of a registered subject's page."""
    noun, _, slug = subject.partition(":")
    return f"/{noun}s/{slug}"


def rules(reading: Reading, noun: str = "model") -> list[tuple[obligations.Law, obligations.Rule]]:
    """Every adopted rule about a noun, in force or not; with a model's, those that bind its developer as such.

    What follows a duty has no column of its own: it stands on the pages and in the calendar.
    """
    found = obligations.columns(reading.tables, noun)
    own = {rule.id for _, rule in found}
    of_developer = obligations.columns(reading.tables, "organisation") if noun == "model" else []
    every = [*found, *((law, rule) for law, rule in of_developer if rule.id not in own)]
    return [(law, rule) for law, rule in every if not rule.parent]


# ── models ──────────────────────────────────────────────────────────────────────────────────────────────────────────

MODEL_COLUMNS = (
    Column("name", Text(en="Model", zh="模型")),
    Column("organisation", Text(en="Organisation", zh="组织")),
    Column("publication_date", Text(en="Published", zh="公布日期"), "date"),
    Column("compute_flop_published", Text(en="Published (FLOP)", zh="公布值（FLOP）"), "flop"),
    Column("compute_flop_low", Text(en="Low", zh="下限"), "flop"),
    Column("compute_flop_point", Text(en="Central", zh="中心值"), "flop"),
    Column("compute_flop_high", Text(en="High", zh="上限"), "flop"),
    Column("status", Text(en="Status", zh="状态"), "state"),
)


def model_columns(reading: Reading) -> Sequence[Column]:
    """The columns of the register, then one for each adopted rule."""
    return (*MODEL_COLUMNS, *(Column(rule.id, rule.column, "state") for _, rule in rules(reading)))


def model_rows(reading: Reading, query: Mapping[str, str]) -> list[Row]:
    """One row a model that the query selects, newest publication first."""
    found = _all_models(reading)
    asked = {rule.id for _, rule in rules(reading)}
    chosen = [row for row in found if _chosen(row, query, asked)]
    chosen.sort(key=lambda row: str(row["name"]))
    chosen.sort(key=lambda row: str(row["publication_date"] or ""), reverse=True)
    return chosen


def _all_models(reading: Reading) -> list[Row]:
    reader = reading.tables
    use, decided = parameters(reader, reading.now), standing.statuses(reader)
    organisations = {row["subject"]: row for row in registry.subjects(reader, "organisation")}
    owed, asked = _states(reader, "model"), rules(reading)
    of_developer = _states(reader, "organisation")
    return [
        _model_row(row, assess(row["body"], use, reader), organisations)
        | {"status": decided.get(row["subject"], standing.REGISTERED)}
        | {rule.id: _state(reading, rule, row, owed, of_developer) for _, rule in asked}
        for row in registry.subjects(reader, "model")
    ]


def _state(reading: Reading, rule: obligations.Rule, row: Row, owed: States, of_developer: States) -> str | None:
    """What a rule asks of a model, or of its developer where it is developers that the rule speaks of."""
    if "model" in rule.nouns:
        found = owed.get((row["subject"], rule.id))
    else:
        found = of_developer.get((row["body"].get("organisation", ""), rule.id))
    return found or (None if rule.in_force(reading.now) else "not_in_force")


def _model_row(row: Row, found: Assessment, organisations: Mapping[str, Row]) -> Row:
    body, interval = row["body"], found.interval
    named = [
        organisations[each]
        for each in (body.get("organisation"), *body.get("developed_with", ()))
        if each in organisations
    ]
    return {
        "href": address(row["subject"]),
        "subject": row["subject"],
        "name": row["name"],
        "organisation": ", ".join(item["name"] for item in named),
        "publication_date": body.get("publication_date"),
        "compute_flop_published": body.get("compute_flop"),
        "compute_flop_low": interval.low if interval else None,
        "compute_flop_point": interval.point if interval else None,
        "compute_flop_high": interval.high if interval else None,
        "confidence": body.get("compute_confidence"),
        "organisations": [item["subject"] for item in named],
        "countries": sorted({code for item in named for code in item["body"].get("countries", ())}),
    }


def _states(reader: Reader, noun: str) -> dict[tuple[str, str], str]:
    found = obligations.duties(reader, only=("subject", "rule", "state", "noun"))
    return {(row["subject"], row["rule"]): row["state"] for row in found if row["noun"] == noun}


def _chosen(row: Row, query: Mapping[str, str], asked: Collection[str]) -> bool:
    text, least = query.get("q", "").casefold(), _number(query, "min_compute")
    regime, state = query.get("regime", ""), query.get("state", "")
    states = [row.get(regime)] if regime else [value for name, value in row.items() if name in asked]
    return (
        (not text or text in f"{row['name']} {row['organisation']}".casefold())
        and (not query.get("organisation") or query["organisation"] in row["organisations"])
        and (not query.get("country") or query["country"] in row["countries"])
        and (not query.get("status") or query["status"] == row["status"])
        and (not state or state in states)
        and (least is None or (row["compute_flop_point"] or 0.0) >= least)
    )


def _number(query: Mapping[str, str], name: str) -> float | None:
    """A number in a query. Raises `BadInput`."""
    text = query.get(name, "")
    try:
        value = float(text) if text else None
    except ValueError:
        value = float("nan")
    if value is not None and not 0 <= value < float("inf"):
        raise BadInput(Fault(name, shown(text), "a number of FLOP, e.g. 1e25"), "filter")
    return value


def _organisation_choices(reading: Reading) -> list[tuple[str, str]]:
    return [(row["subject"], row["name"]) for row in registry.subjects(reading.tables, "organisation")]


def _country_choices(reading: Reading) -> list[tuple[str, str]]:
    found = {
        code for row in registry.subjects(reading.tables, "organisation") for code in row["body"].get("countries", ())
    }
    return sorted(((code, country(code, reading.language)) for code in found), key=lambda pair: pair[1])


@functools.cache
def _locale(language: str) -> Locale:
    return Locale.parse("zh_Hans" if language == "zh" else "en")


def country(code: str, language: str) -> str:
    """A country's name in the reader's language."""
    return str(_locale(language).territories.get(code, code))


def countries(codes: Sequence[str], language: str) -> str:
    joint = "、" if language == "zh" else ", "
    return joint.join(country(code, language) for code in codes)


def _rule_choices(reading: Reading) -> list[tuple[str, str]]:
    return [(rule.id, rule.column.in_(reading.language)) for _, rule in rules(reading)]


def _state_choices(reading: Reading) -> list[tuple[str, str]]:
    return [(state, text.in_(reading.language)) for state, text in STATES.items()]


def _status_choices(reading: Reading) -> list[tuple[str, str]]:
    return [(status, text.in_(reading.language)) for status, text in STATUS.items()]


def model_charts(reading: Reading, query: Mapping[str, str]) -> Sequence[Chart]:
    """Compute by date of publication, with intervals, against the lines of the laws adopted."""
    return [charts.scatter(reading, model_rows(reading, query), lines(reading.tables))]


MODELS = Listing(
    id="models",
    title=Text(en="Register of models", zh="模型登记册"),
    summary=Text(
        en="Every registered model with its training compute (90 % interval of all methods together) and what each "
        "adopted rule asks of it, rules no longer in force included.",
        zh="所有已登记模型及其训练计算量（各方法合并的 90% 区间），以及各条已采纳规则（含已失效的）对其的要求。",
    ),
    columns=model_columns,
    rows=model_rows,
    filters=(
        Filter("q", Text(en="Name contains", zh="名称包含")),
        Filter("organisation", Text(en="Organisation", zh="组织"), _organisation_choices),
        Filter("country", Text(en="Country", zh="国家或地区"), _country_choices),
        Filter("status", Text(en="Status", zh="状态"), _status_choices),
        Filter("regime", Text(en="Rule", zh="规则"), _rule_choices),
        Filter("state", Text(en="State under the rule", zh="规则下的状态"), _state_choices),
        Filter("min_compute", Text(en="At least (FLOP)", zh="不低于（FLOP）")),
    ),
    charts=model_charts,
)


# ── organisations ───────────────────────────────────────────────────────────────────────────────────────────────────


def organisation_rows(reading: Reading, query: Mapping[str, str]) -> list[Row]:
    """One row an organisation with how many models and runs it has on file."""
    text = query.get("q", "").casefold()
    reader = reading.tables
    models: dict[str, int] = {}
    largest: dict[str, float] = {}
    use = parameters(reader, reading.now)
    for row in registry.subjects(reader, "model"):
        found = assess(row["body"], use, reader).interval
        for each in (row["body"].get("organisation"), *row["body"].get("developed_with", ())):
            models[each] = models.get(each, 0) + 1
            largest[each] = max(largest.get(each, 0.0), found.point if found else 0.0)
    return [
        {
            "href": address(row["subject"]),
            "subject": row["subject"],
            "name": row["name"],
            "country": countries(row["body"].get("countries", ()), reading.language),
            "sector": CODES[row["body"]["sector"]].in_(reading.language)
            if row["body"].get("sector") in CODES
            else None,
            "models": models.get(row["subject"], 0),
            "largest_compute_flop": largest.get(row["subject"]) or None,
        }
        for row in registry.subjects(reader, "organisation")
        if text in row["name"].casefold()
        and (not query.get("country") or query["country"] in row["body"].get("countries", ()))
    ]


ORGANISATIONS = Listing(
    id="organisations",
    title=Text(en="Organisations", zh="组织"),
    summary=Text(en="Who has models or training runs on file.", zh="有模型或训练任务在册的组织。"),
    columns=(
        Column("name", Text(en="Organisation", zh="组织")),
        Column("country", Text(en="Country", zh="国家或地区")),
        Column("sector", Text(en="Sector", zh="部门")),
        Column("models", Text(en="Models", zh="模型数"), "number"),
        Column("largest_compute_flop", Text(en="Largest training (FLOP)", zh="最大训练量（FLOP）"), "flop"),
    ),
    rows=organisation_rows,
    filters=(
        Filter("q", Text(en="Name contains", zh="名称包含")),
        Filter("country", Text(en="Country", zh="国家或地区"), _country_choices),
    ),
)


# ── training runs ───────────────────────────────────────────────────────────────────────────────────────────────────


def _next_line(body: Mapping[str, Any], drawn: Sequence[Line], use: Parameters) -> Row:
    """The lowest line of law that a run is forecast to pass within its plan, and when."""
    for line in drawn:
        found = runs.forecast(body, line.flop, use)
        if found is not None and found.state == "forecast" and found.within_plan:
            days = {name: getattr(found, name).date().isoformat() for name in ("earliest", "point", "latest")}
            return {"line_flop": line.flop, **{f"crosses_{name}": day for name, day in days.items()}}
    return dict.fromkeys(("line_flop", "crosses_earliest", "crosses_point", "crosses_latest"))


def run_rows(reading: Reading, query: Mapping[str, str]) -> list[Row]:
    """One row a training run with what it will have done in all, and which line it is forecast to pass next."""
    reader = reading.tables
    drawn = lines(reader, noun="training_run")
    use, owed = parameters(reader, reading.now), _states(reader, "training_run")
    found = []
    for row in registry.subjects(reader, "training_run"):
        body = row["body"]
        whole = runs.total(body, use).combined
        owner = registry.subject(reader, body["organisation"])
        read = body.get("readings") or [{"flop_so_far": None}]
        found.append(
            {
                "href": address(row["subject"]),
                "subject": row["subject"],
                "name": row["name"],
                "organisation": owner["name"] if owner else body["organisation"],
                "phase": body["status"],
                "starts_on": body.get("starts_on"),
                "expected_end_on": body.get("expected_end_on") or body.get("ended_on"),
                "flop_so_far": read[-1]["flop_so_far"],
                "total_flop_low": whole.estimate.low if whole else None,
                "total_flop_point": whole.estimate.point if whole else None,
                "total_flop_high": whole.estimate.high if whole else None,
                **_next_line(body, drawn, use),
                **{rule.id: owed.get((row["subject"], rule.id)) for _, rule in rules(reading, "training_run")},
            }
        )
    return [row for row in found if not query.get("phase") or row["phase"] == query["phase"]]


def run_columns(reading: Reading) -> Sequence[Column]:
    """The columns of the list of runs, then one for each adopted rule."""
    return (
        Column("name", Text(en="Training run", zh="训练任务")),
        Column("organisation", Text(en="Organisation", zh="组织")),
        Column("phase", Text(en="Phase", zh="阶段"), "state"),
        Column("starts_on", Text(en="Starts", zh="开始"), "date"),
        Column("expected_end_on", Text(en="Ends", zh="结束"), "date"),
        Column("flop_so_far", Text(en="Metered so far (FLOP)", zh="已计量（FLOP）"), "flop"),
        Column("total_flop_low", Text(en="Total, low", zh="总量下限"), "flop"),
        Column("total_flop_point", Text(en="Total, central", zh="总量中心值"), "flop"),
        Column("total_flop_high", Text(en="Total, high", zh="总量上限"), "flop"),
        Column("line_flop", Text(en="Next line (FLOP)", zh="下一条界线（FLOP）"), "flop"),
        Column("crosses_earliest", Text(en="Passes it, earliest", zh="最早越线"), "date"),
        Column("crosses_point", Text(en="Passes it, forecast", zh="预测越线"), "date"),
        Column("crosses_latest", Text(en="Passes it, latest", zh="最晚越线"), "date"),
        *(Column(rule.id, rule.column, "state") for _, rule in rules(reading, "training_run")),
    )


PHASES = {
    "planned": Text(en="planned", zh="计划中"),
    "running": Text(en="running", zh="进行中"),
    "finished": Text(en="finished", zh="已结束"),
    "abandoned": Text(en="abandoned", zh="已放弃"),
}

RUNS = Listing(
    id="training_runs",
    title=Text(en="Training runs", zh="训练任务"),
    summary=Text(
        en="Planned, running and finished training, with what each will have done in all.",
        zh="计划中、进行中和已结束的训练，及其预计总计算量。",
    ),
    columns=run_columns,
    rows=run_rows,
    filters=(
        Filter(
            "phase",
            Text(en="Phase", zh="阶段"),
            lambda reading: [(phase, text.in_(reading.language)) for phase, text in PHASES.items()],
        ),
    ),
)


# ── the calendar of duties ──────────────────────────────────────────────────────────────────────────────────────────

AHEAD = timedelta(days=3650)


def calendar_rows(reading: Reading, query: Mapping[str, str]) -> list[Row]:
    """Dated duties about what is registered here, soonest first: open ones, and unknown ones as if they were owed."""
    reader = reading.tables
    since = reading.now - AHEAD
    found = []
    for row in obligations.calendar(reader, since, reading.now + AHEAD):
        if row["noun"] not in NOUNS or (query.get("state") and row["state"] != query["state"]):
            continue
        about, law = registry.subject(reader, row["subject"]), obligations.law_of(reader, row["sha256"])
        rule = law.rule(row["rule"], row["rule_version"])
        names = missing_for(row, rule) if rule else row["missing"]
        missing = [obligations.fact_title(reader, name).in_(reading.language) for name in names]
        found.append(
            {
                "due": row["last_day"],
                "either": (either_day(reading, row, law, rule) if rule else "") or None,
                "href": address(row["subject"]),
                "about": about["name"] if about else row["subject"],
                "organisation": row["party"],
                "rule": rule.title.in_(reading.language) if rule else row["rule"],
                "state": row["state"],
                "missing": ("；" if reading.language == "zh" else "; ").join(missing),
            }
        )
    return found


CALENDAR = Listing(
    id="calendar",
    title=Text(en="Calendar of duties", zh="义务日历"),
    summary=Text(
        en="What falls due when. A duty that depends on a fact not on file stands with the date it would have.",
        zh="各项义务的到期日。取决于未备案事实的义务，按其成立时的到期日列出。",
    ),
    columns=(
        Column("due", Text(en="Last day", zh="最后期限"), "date"),
        Column("about", Text(en="About", zh="事项")),
        Column("organisation", Text(en="Owed by", zh="义务人"), "link"),
        Column("rule", Text(en="Duty", zh="义务")),
        Column("state", Text(en="State", zh="状态"), "state"),
        Column("either", Text(en="What the day depends on", zh="期限取决于")),
        Column("missing", Text(en="Not on file", zh="未备案的事实")),
    ),
    rows=calendar_rows,
    filters=(Filter("state", Text(en="State", zh="状态"), _state_choices),),
)

LISTINGS = (MODELS, ORGANISATIONS, RUNS, CALENDAR)
