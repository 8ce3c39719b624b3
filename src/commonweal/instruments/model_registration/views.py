"""The pages of a model, an organisation and a training run: pure functions of what is on file, public fields only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date
from typing import Any

from commonweal.kernel import obligations, registry
from commonweal.kernel.instrument import Chart, Interval, Page, Reading, Row, Text
from commonweal.kernel.values import BadInput, Fault, NotFound, instant, shown
from commonweal.methods import compute

from . import charts, notices, runs, standing
from .certificate import certificate, kind_of
from .estimates import METHODS, Assessment, Method, as_interval, assess, parameters
from .facts import FACTS
from .family import lineage_view, made_from, suspended_above
from .lines import Line, lines
from .listings import address, countries, model_rows
from .transition import either_day, missing
from .words import code, codes, field, say

Values = Mapping[str, Any]
Triple = tuple[str, Any, str]
_FLOPS = (
    "compute_flop",
    "expected_total_flop",
    "base_model_flop",
    "modification_flop",
    "synthetic_data_flop",
    "parameters",
    "parameters_active",
    "training_tokens",
)
_DATES = (
    "publication_date", "placed_on_eu_market_on", "starts_on", "expected_end_on", "ended_on", "provided_in_china_on",
    "china_filing_changed_on", "china_service_ended_on", "withdrawn_from_eu_market_on",
)  # fmt: skip
_CODES = ("access", "architecture", "compute_confidence", "modification_confidence", "sector")
_CODE_LISTS = ("domains", "generates")
_LINKS = ("source", "website", "organisation", "base_model", "model")


def _row(reading: Reading, subject: str) -> Row:
    row = registry.subject(reading.tables, subject)
    if row is None:
        raise NotFound("registered subject", subject, "the lists under /model_registration hold them all")
    return row


# ── values of fields ────────────────────────────────────────────────────────────────────────────────────────────────


def shown_field(reading: Reading, name: str, value: Any) -> Triple:
    """A field's label, its value for people and the form it is shown in."""
    label = field(reading, name)
    if name in _FLOPS:
        return label, value, "flop" if name.endswith("flop") else "number"
    if name in _DATES:
        return label, value, "date"
    if name in _CODES:
        return label, code(reading, str(value)), "text"
    if name in _CODE_LISTS:
        return label, codes(reading, value), "text"
    if name == "countries":
        return label, countries(value, reading.language), "text"
    if name == "hardware":
        return label, _hardware(value), "text"
    if name == "readings":
        return label, len(value), "number"
    if name == "derived_from":
        return label, made_from(reading, value), "text"
    if name == "developed_with":
        names = [row["name"] for row in (registry.subject(reading.tables, each) for each in value) if row]
        return label, ", ".join(names), "text"
    return label, value, "link" if name in _LINKS else "boolean" if isinstance(value, bool) else "text"


def _hardware(value: Mapping[str, Any]) -> str:
    parts = [f"{value['chips']:,.0f} × {value['name']}" if value.get("chips") else str(value["name"])]
    parts += [f"{value['hours']:,.0f} h"] if value.get("hours") else []
    parts += [f"{100 * value['utilisation']:.0f} %"] if value.get("utilisation") else []
    return ", ".join([*parts, *([value["number_format"]] if value.get("number_format") else [])])


def _fields(reading: Reading, row: Row, leave: Sequence[str] = ("name",)) -> list[Triple]:
    body = reading.public(kind_of(row["subject"]).id, row["body"])
    return [shown_field(reading, name, value) for name, value in body.items() if name not in leave and value != []]


# ── compute ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _methods(
    reading: Reading, methods: Sequence[Method], names: Mapping[str, Text] | None = None
) -> list[dict[str, Any]]:
    return [
        {
            "name": (names or METHODS)[item.id].in_(reading.language),
            "low": item.estimate.low if item.estimate else None,
            "point": item.estimate.point if item.estimate else None,
            "high": item.estimate.high if item.estimate else None,
            "basis": text.in_(reading.language) if (text := item.basis or item.why_not) else "",
        }
        for item in methods
    ]


def _interval_chart(reading: Reading, found: Assessment, drawn: Sequence[Line]) -> Chart | None:
    if found.interval is None:
        return None
    rows = [
        (METHODS[item.id].in_(reading.language), as_interval(item.estimate)) for item in found.methods if item.estimate
    ]
    rows.append((say(reading, "combined"), found.interval))
    return charts.against_lines(reading, rows, drawn, found.bound_flop)


def _chances(
    reading: Reading, together: compute.Combined | None, bound: float | None, drawn: Sequence[Line]
) -> list[Row]:
    """For each line of law: where it lies, when it holds, and how probable it is that the compute is above it.

    Where methods contradict each other or the bound, one of their inputs is wrong: then no probability is given where
    the line lies within what they span together.
    """
    return [
        {
            "rule": line.title.in_(reading.language),
            "href": f"/regimes/{line.rule_id}",
            "law": line.law.in_(reading.language),
            "flop": line.flop,
            "since": line.since.isoformat(),
            "until": line.until.isoformat() if line.until else say(reading, "today"),
            "chance": _chance(reading, together, line.flop, bound),
        }
        for line in drawn
    ]


def _chance(reading: Reading, together: compute.Combined | None, flop: float, bound: float | None) -> str | None:
    """A probability in words no finer than what the estimate can carry."""
    if together is None:
        return None
    estimate = together.estimate
    if together.agreement in ("disagree", "impossible"):
        low = estimate.low if bound is None else min(estimate.low, bound)
        if low <= flop <= estimate.high:
            return say(reading, "inconclusive")
        bound = None  # what contradicts it is not cut by it
    found = compute.probability_above(estimate, flop, bound)
    return "< 0.1 %" if found < 0.001 else "> 99.9 %" if found > 0.999 else f"{100 * found:.1f} %"


# ── duties ──────────────────────────────────────────────────────────────────────────────────────────────────────────


_URGENCY = {"overdue": -4, "owed": -3, "not_public": -2, "unknown": -1, "met": 1, "lapsed": 2, "not_owed": 3}


def _duties(reading: Reading, subject: str) -> list[dict[str, Any]]:
    """What is recorded of each duty: state, date, why, and what is not on file. What is open comes first."""
    reader, found = reading.tables, []
    for row in sorted(obligations.duties(reader, subject=subject), key=lambda row: _URGENCY.get(row["state"], 0)):
        law = obligations.law_of(reader, row["sha256"])
        rule = law.rule(row["rule"], row["rule_version"])
        if rule is not None:
            found.append(_duty(reading, row, law, rule))
    return found


def _duty(reading: Reading, row: Row, law: obligations.Law, rule: obligations.Rule) -> dict[str, Any]:
    language = reading.language
    return {
        "rule": rule.id,
        "title": rule.title.in_(language),
        "law": law.title.in_(language),
        "citation": rule.citation,
        "owed_by": rule.owed_by.in_(language),
        "owed_to": rule.owed_to.in_(language),
        "state": "met_late" if row["late"] else row["state"],
        "due": row["last_day"] if row["due"] else None,
        "due_if_owed": row["last_day"] if row["due_if_owed"] and not row["due"] else None,
        "met_on": row["met_on"],
        "received_on": row["received_on"],
        "met_entry": row["met_entry"],
        "either": either_day(reading, row, law, rule),
        "missing": [_fact_title(law, name, language) for name in missing(row, rule)]
        if row["state"] in ("unknown", "not_public")
        else [],
        "conditions": _conditions(row["why"].get("conditions", {}), law, language),
        "steps": [said.in_(language) for said in obligations.explained(row["why"].get("steps", ()))],
        "straddles": bool(row["why"].get("straddles")),
        "entry": row["filed_entry"],
    }


def _fact_title(law: obligations.Law, name: str, language: str) -> str:
    return law.facts[name].title.in_(language) if name in law.facts else name


def _conditions(part: Mapping[str, Any], law: obligations.Law, language: str) -> list[dict[str, Any]]:
    """The conditions of a duty one by one, with what was seen; a fact that is not public shows only its outcome."""
    if "fact" in part:
        seen = part.get("seen")
        asked = part["value"]
        return [
            {
                "fact": _fact_title(law, part["fact"], language),
                "op": _OPS[part["op"]].in_(language),
                "value": asked,
                "form": "flop"
                if isinstance(asked, int | float) and not isinstance(asked, bool) and asked >= 1e15
                else "text",
                "seen": [seen["low"], seen["high"]] if isinstance(seen, Mapping) else seen,
                "truth": part.get("truth", "not_public"),
            }
        ]
    return [
        item for name in ("all", "any") for inner in part.get(name, ()) for item in _conditions(inner, law, language)
    ]


_OPS = {
    ">": Text(en=">", zh=">"),
    ">=": Text(en="≥", zh="≥"),
    "<": Text(en="<", zh="<"),
    "<=": Text(en="≤", zh="≤"),
    "is": Text(en="is", zh="为"),
    "in": Text(en="is one of", zh="属于"),
    "has": Text(en="includes one of", zh="包含其一"),
    "before": Text(en="before", zh="早于"),
    "from": Text(en="on or after", zh="不早于"),
}


def _as_of(reading: Reading, query: Mapping[str, str]) -> date | None:
    """The day that the reader asks about. Raises `BadInput`."""
    text = query.get("as_of", "")
    try:
        return instant(text).date() if text else None
    except BadInput as error:
        raise BadInput(Fault("as_of", shown(text), error.faults[0].want), "question") from None


def _asked_then(reading: Reading, subject: str, day: date | None) -> list[dict[str, Any]]:
    """What every adopted law asked of a subject by the end of a day, worked out afresh from what was on file then."""
    if day is None:
        return []
    return [
        {
            "title": item.rule.title.in_(reading.language),
            "law": item.law.title.in_(reading.language),
            "state": item.state,
            "due": item.due.last_day.isoformat() if item.due else None,
            "missing": ", ".join(_fact_title(item.law, name, reading.language) for name in item.missing),
        }
        for item in obligations.standing(reading.tables, FACTS, subject, day)
    ]


# ── versions, lineage, certificate ──────────────────────────────────────────────────────────────────────────────────


def _versions(reading: Reading, subject: str) -> list[dict[str, Any]]:
    """Every version, newest first, with what changed in its public fields."""
    kind, found = kind_of(subject), []
    before: Mapping[str, Any] = {}
    for row in registry.versions(reading.tables, subject):
        now = reading.public(kind.id, row["body"])
        top = {name.partition(".")[0]: None for name, _, _ in registry.diff(before, now)} if before else {}
        changes = [_change(reading, name, before.get(name), now.get(name)) for name in top]
        found.append(
            {"version": row["version"], "filed_on": row["filed_on"][:10], "entry": row["entry"], "changes": changes}
        )
        before = now
    return found[::-1]


def _change(reading: Reading, name: str, old: Any, new: Any) -> dict[str, Any]:
    label, shown_old, form = (
        shown_field(reading, name, old) if old is not None else (field(reading, name), None, "text")
    )
    _, shown_new, form_new = shown_field(reading, name, new) if new is not None else ("", None, form)
    return {"label": label, "old": shown_old, "new": shown_new, "form": form if old is not None else form_new}


def _common(reading: Reading, query: Mapping[str, str], row: Row) -> dict[str, Any]:
    subject, day = row["subject"], _as_of(reading, query)
    return {
        "title": row["name"],
        "subject": subject,
        "duties": _duties(reading, subject),
        "as_of": day.isoformat() if day else "",
        "asked_then": _asked_then(reading, subject, day),
        "versions": _versions(reading, subject),
        "status": standing.status(reading.tables, subject),
        "decisions": standing.decisions(reading.tables, subject),
        "notified": notices.notified(reading.tables, subject),
        "certificate": certificate(reading, subject),
    }


# ── pages ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def model_view(reading: Reading, query: Mapping[str, str]) -> Values:
    """A model: its compute against every line and date, its duties, versions, lineage and certificate."""
    row = _row(reading, f"model:{query['model']}")
    use = parameters(reading.tables, reading.now)
    found = assess(row["body"], use, reading.tables)
    drawn = lines(reading.tables)
    together = found.combined
    return {
        **_common(reading, query, row),
        "fields": _fields(reading, row),
        "interval": found.interval,
        "published": found.published_flop,
        "agreement": say(reading, together.agreement) if together else say(reading, "no_figure"),
        "contested": bool(together and together.agreement in ("disagree", "impossible")),
        "apart": together.apart if together else None,
        "bound": found.bound_flop,
        "methods": _methods(reading, found.methods),
        "method_source": f"{use.data['id']} {use.version}",
        "interval_chart": _interval_chart(reading, found, drawn),
        "chances": _chances(reading, together, found.bound_flop, drawn),
        "lineage": lineage_view(reading, row["subject"]),
        "stopped_above": suspended_above(reading.tables, row["body"]),
    }


RUN_METHODS = {
    "declared": Text(en="Plan", zh="计划"),
    "hardware": Text(en="Meter", zh="计量"),
}


def run_view(reading: Reading, query: Mapping[str, str]) -> Values:
    """A training run: metered progress, the total it will end with, and when it crosses each line."""
    row = _row(reading, f"training_run:{query['training_run']}")
    use, drawn = parameters(reading.tables, reading.now), lines(reading.tables, noun="training_run")
    found = runs.total(row["body"], use)
    whole = as_interval(found.combined.estimate) if found.combined else None
    crossings = [(line, when) for line in drawn if (when := runs.forecast(row["body"], line.flop, use)) is not None]
    return {
        **_common(reading, query, row),
        "fields": _fields(reading, row, ("name", "readings")),
        "total": whole,
        "agreement": say(reading, found.combined.agreement) if found.combined else say(reading, "no_figure"),
        "methods": _methods(reading, found.methods, RUN_METHODS),
        "chances": _chances(reading, found.combined, None, drawn),
        "crossings": [_crossing(reading, row["subject"], line, when) for line, when in crossings],
        "progress_chart": _progress_chart(reading, row["body"], drawn, found, crossings),
    }


def _crossing(reading: Reading, subject: str, line: Line, when: runs.Forecast) -> dict[str, Any]:
    known = runs.known_to_cross(reading.tables, subject, line.flop)
    return {
        "rule": line.title.in_(reading.language),
        "flop": line.flop,
        "state": when.state,
        "word": say(reading, when.state),
        "earliest": when.earliest.date().isoformat(),
        "point": when.point.date().isoformat(),
        "latest": when.latest.date().isoformat(),
        "within_plan": when.within_plan,
        "known": known.astimezone(UTC).date().isoformat() if known else None,
    }


def _progress_chart(
    reading: Reading,
    body: Mapping[str, Any],
    drawn: Sequence[Line],
    found: runs.Total,
    crossings: Sequence[tuple[Line, runs.Forecast]],
) -> Chart | None:
    if not body.get("readings"):
        return None
    metered = next((item.estimate for item in found.methods if item.id == "hardware" and item.estimate), None)
    end: tuple[str, Interval] | None = None
    if metered is not None and body.get("expected_end_on") and body["status"] == "running":
        end = (body["expected_end_on"], as_interval(metered))
    return charts.progress(reading, body, drawn, end, crossings)


def organisation_view(reading: Reading, query: Mapping[str, str]) -> Values:
    """An organisation: its models, its runs and what it owes."""
    row = _row(reading, f"organisation:{query['organisation']}")
    subject = row["subject"]
    models = [item for item in model_rows(reading, {}) if subject in item["organisations"]]
    own_runs = [
        {"subject": each, "address": address(each)}
        for each in registry.referring(reading.tables, subject, "organisation")
        if each.startswith("training_run:")
    ]
    return {
        **_common(reading, query, row),
        "fields": _fields(reading, row),
        "models": [
            (item["subject"], item["publication_date"], item["compute_flop_point"], item["status"]) for item in models
        ],
        "runs": own_runs,
        "owed": [item for item in obligations.duties(reading.tables, party=subject) if item["subject"] != subject],
        "models_chart": charts.scatter(reading, models, lines(reading.tables)),
    }


PAGES = (
    Page("model", "/models/{model}", Text(en="Model", zh="模型"), "model.html", model_view),
    Page("training_run", "/training_runs/{training_run}", Text(en="Training run", zh="训练任务"), "run.html", run_view),
    Page(
        "organisation",
        "/organisations/{organisation}",
        Text(en="Organisation", zh="组织"),
        "organisation.html",
        organisation_view,
    ),
)
