"""The facts that rules ask for about a model, a training run or an organisation, as they stood at an instant.

A fact that is not on file is unknown, with the reason in its `source`; nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from commonweal.kernel import registry
from commonweal.kernel.instrument import Entry, Fact, Facts, Interval, Reader, Row, Tables
from commonweal.kernel.values import instant

from . import notices, runs
from .estimates import ESTIMATED_FROM, Parameters, adds_nothing, as_interval, assess, parameters
from .filed import Traced, filing, known_since, traced
from .largest import Largest, keep, largest
from .lineage import REFERENCES, descendants
from .lines import lines
from .modifying import modifying, run_modifying

OFFERED = ("open", "open_non_commercial", "open_restricted", "api", "hosted")
Found = Mapping[str, Fact]


@dataclass(frozen=True)
class FactsOf(Facts):
    """Facts that also say whose facts an entry changes besides its own subject's, and what they keep of each entry."""

    touches: Callable[[Entry, Reader], Iterable[str]] = lambda entry, reader: ()
    keeps: Callable[[Entry, Tables], None] = lambda entry, tables: None


def _of_field(
    reader: Reader, row: Row, field: str, unknown: str, show: Callable[[Any], Any] = lambda value: value
) -> Fact:
    value = row["body"].get(field)
    if value is None:
        return Fact(None, source=unknown)
    return Fact(show(value), known_since(reader, row, lambda body: body.get(field)), f"filed as {field}")


def model_facts(subject: str, reader: Reader, as_of: datetime) -> Found:
    """Facts about a model by name."""
    row = filing(reader, subject, as_of)
    if row is None:
        return {}
    use = parameters(reader, as_of)
    deployment = _deployment(reader, row)
    day = deployment["deployed_on"].value
    event = ("deployment", int(day[:4]) if isinstance(day, str) else None)
    organisation = _organisation(reader, row, as_of, event)
    return {
        "compute_flop": _model_compute(reader, row, use),
        **modifying(row, use, reader),
        **_of_places(reader, row),
        **notices.facts(subject, reader, as_of),
        "placed_on_eu_market": _of_field(
            reader, row, "placed_on_eu_market", "not filed whether it is placed on the EU market"
        ),
        "placed_on_eu_market_on": _of_field(reader, row, "placed_on_eu_market_on", "not filed since when"),
        "generates": _of_field(reader, row, "generates", "not filed what it generates", ",".join),
        "biological_sequence_share": _of_field(
            reader, row, "biological_sequence_share", "not filed how much of its data is biological sequences"
        ),
        "publication_date": _of_field(reader, row, "publication_date", "no publication date is filed"),
        "open_weights": _of_field(reader, row, "open_weights", "not filed whether its weights are open"),
        **deployment,
        **organisation,
    }


def _of_places(reader: Reader, row: Row) -> Found:
    """Where a model is offered and no longer is, as far as a regime asks, and what happened to its filing there.

    What only its filer can tell (a change, an end) has not happened as far as the record knows until it is filed.
    """
    found = {name: _of_field(reader, row, name, unknown) for name, unknown in _PLACES.items()}
    for name, day in (
        ("china_filing_changed", "china_filing_changed_on"),
        ("china_service_ended", "china_service_ended_on"),
    ):
        found[name] = Fact(found[day].value is not None, found[day].known_on, found[day].source)
    return found


_PLACES = {
    "withdrawn_from_eu_market_on": "no withdrawal from the EU market is on file",
    "in_new_york": "not filed whether it is developed, deployed or operated in New York",
    "provided_in_china": "not filed whether a service with it is provided to the public in mainland China",
    "provided_in_china_on": "not filed since when it is provided in mainland China",
    "china_public_opinion": "not filed whether the service can shape public opinion or mobilise society",
    "china_filing_changed_on": "no change of what was filed in China is on file",
    "china_service_ended_on": "no end of the service in China is on file",
}


def _model_compute(reader: Reader, row: Row, use: Parameters) -> Fact:
    found = assess(row["body"], use, reader)
    if found.interval is None:
        return Fact(None, source="no method of estimation applies to what is filed")
    used = ", ".join(method.id for method in found.methods if method.estimate is not None)
    agreement = found.combined.agreement if found.combined else ""
    history = traced(reader, row, lambda body: assess(body, use, reader).interval)
    return Traced(found.interval, known_since(reader, row, _compute_part), f"methods: {used}; {agreement}", history)


def _compute_part(body: Mapping[str, Any]) -> Any:
    return [body.get(name) for name in ESTIMATED_FROM]


def _deployment(reader: Reader, row: Row) -> Found:
    """Offered to third parties when weights, an interface or a service are open to them, from publication on."""
    access = row["body"].get("access")
    known = known_since(reader, row, lambda body: body.get("access"))
    if access is None:
        missing = "not filed whether third parties can use it"
        return {"deployed": Fact(None, source=missing), "deployed_on": Fact(None, source=missing)}
    offered = access in OFFERED
    day = row["body"].get("publication_date") if offered else None
    return {
        "deployed": Fact(offered, known, f"filed as access: {access}"),
        "deployed_on": Fact(day, known, "its publication date") if day else Fact(None, source="no date is filed"),
    }


def _organisation(reader: Reader, row: Row, as_of: datetime, event: tuple[str, int | None]) -> Found:
    """The facts that a subject takes from its organisation; its revenue is that of the year before the `event`'s."""
    subject = row["body"].get("organisation")
    if not subject:
        missing = "no organisation is filed"
        names = (
            "organisation",
            "annual_revenue_usd",
            "developer_in_us",
            "developer_in_new_york",
            "signed_safety_chapter",
        )
        return {name: Fact(None, source=missing) for name in names}
    known = known_since(reader, row, lambda body: body.get("organisation"))
    its = filing(reader, subject, as_of)
    return {"organisation": Fact(subject, known, "filed as organisation"), **_of_organisation(reader, its, event)}


def _of_organisation(reader: Reader, row: Row | None, event: tuple[str, int | None]) -> Found:
    body = row["body"] if row else {}
    countries = body.get("countries")
    in_us = Fact(None, source="no country is filed for the developer")
    if row and countries:
        known = known_since(reader, row, lambda item: item.get("countries"))
        in_us = Fact("US" in countries, known, f"countries filed: {', '.join(countries)}")
    return {
        "annual_revenue_usd": _revenue(reader, row, event),
        "developer_in_us": in_us,
        "developer_in_new_york": _said(reader, row, "in_new_york", "not filed whether it acts in New York"),
        "signed_safety_chapter": _said(
            reader, row, "signed_eu_safety_chapter", "not filed whether it signed the safety and security chapter"
        ),
    }


def _said(reader: Reader, row: Row | None, field: str, unknown: str) -> Fact:
    return _of_field(reader, row, field, unknown) if row is not None else Fact(None, source=unknown)


def _revenue(reader: Reader, row: Row | None, event: tuple[str, int | None]) -> Fact:
    """The gross revenue of the calendar year before that of an event, and of no other (Cal. B&P § 22757.11).

    The newest version that states that year answers, also when later ones state other years: only another figure for
    the same year corrects it.
    """
    what, year = event
    if year is None:
        return Fact(None, source=f"the day of {what}, before whose year the revenue counts, is not filed")
    versions = registry.versions(reader, row["subject"]) if row is not None else []
    stated = [item for item in versions if row and item["version"] <= row["version"]]
    found = [item for item in stated if item["body"].get("annual_revenue_year") == year - 1]
    if found:
        value = found[-1]["body"].get("annual_revenue_usd")
        since = found[-1]["filed_on"]
        for item in reversed(found):
            if item["body"].get("annual_revenue_usd") != value:
                break
            since = item["filed_on"]
        return Fact(float(value), instant(since), f"annual report of {year - 1}")
    body = row["body"] if row else {}
    if body.get("annual_revenue_usd") is None:
        return Fact(None, source="no annual revenue is filed")
    filed = body.get("annual_revenue_year")
    seen = f"is of {filed}" if filed else "is filed without its year"
    return Fact(None, source=f"the revenue on file {seen}; that of {year - 1} is asked for")


def run_facts(subject: str, reader: Reader, as_of: datetime) -> Found:
    """Facts about a training run by name.

    Its compute is the total that it will end with; its model comes on the market when the run ends at the earliest.
    """
    row = filing(reader, subject, as_of)
    if row is None:
        return {}
    use = parameters(reader, as_of)
    return {
        "compute_flop": _run_compute(reader, row, use),
        **run_modifying(row, use, reader),
        **notices.facts(subject, reader, as_of),
        "placed_on_eu_market": _of_field(
            reader, row, "to_be_placed_on_eu_market", "not filed whether its model is to be placed on the EU market"
        ),
        "placed_on_eu_market_on": _of_field(reader, row, "expected_end_on", "no expected end of the run is filed"),
        "generates": _of_field(reader, row, "generates", "not filed what its model will generate", ",".join),
        "biological_sequence_share": _of_field(
            reader, row, "biological_sequence_share", "not filed how much of its data is biological sequences"
        ),
        "deployed": Fact(False, instant(row["filed_on"]), "a run is not offered to anybody"),
        "deployed_on": Fact(None, source="a run is not offered to anybody"),
        **_organisation(reader, row, as_of, ("asking", as_of.year)),
    }


def _run_compute(reader: Reader, row: Row, use: Parameters) -> Fact:
    found = runs.total(row["body"], use)
    if found.combined is None:
        return Fact(None, source="neither an expected total nor enough meter readings are filed")
    used = ", ".join(str(method.basis) for method in found.methods if method.estimate is not None)
    history = traced(reader, row, lambda body: _whole(body, use))
    return Traced(as_interval(found.combined.estimate), instant(row["filed_on"]), used, history)


def _whole(body: Mapping[str, Any], use: Parameters) -> Interval | None:
    together = runs.total(body, use).combined
    return as_interval(together.estimate) if together is not None else None


def organisation_facts(subject: str, reader: Reader, as_of: datetime) -> Found:
    """Facts about an organisation by name."""
    row = filing(reader, subject, as_of)
    if row is None:
        return {}
    return {
        "organisation": Fact(subject, instant(row["filed_on"]), "itself"),
        "largest_compute_flop": _largest(reader, subject, as_of),
        **notices.facts(subject, reader, as_of),
        **_of_organisation(reader, row, ("asking", as_of.year)),
    }


def _largest(reader: Reader, subject: str, as_of: datetime) -> Fact:
    """The largest training of an organisation's models and runs.

    Where some have no figure, the largest known one is the answer only if it is above every line that a law draws for
    this fact; below that, an unknown one might be larger, so nothing is known.
    """
    use = parameters(reader, as_of)
    found = largest(reader, subject, as_of, use) or _largest_of_all(reader, subject, as_of, use)
    row = filing(reader, found.subject, as_of) if found.subject is not None else None
    its = _compute_of(reader, row, use) if row is not None else None
    if row is None or its is None or not isinstance(its.value, Interval):
        return Fact(None, source="none of its models or runs has a compute figure")
    highest = max((line.flop for line in lines(reader, "largest_compute_flop", "organisation")), default=0.0)
    if found.unknown and its.value.point <= highest:
        return Fact(None, source=f"{found.unknown} of its models or runs have no compute figure")
    return Traced(its.value, its.known_on, row["subject"], its.history if isinstance(its, Traced) else ())


def _largest_of_all(reader: Reader, subject: str, as_of: datetime, use: Parameters) -> Largest:
    """The same by looking at every model and run: for an instant in the past, or parameters just come into force."""
    found: list[tuple[float, str]] = []
    unknown = 0
    for other in registry.referring(reader, subject, "organisation"):
        row = filing(reader, other, as_of)
        if row is not None and adds_nothing(row["body"], use.lineage):
            continue  # what was trained in making it was nothing
        figure = _figure(reader, row, use) if row is not None else None
        if figure is not None:
            found.append((figure.point, other))
        elif row is not None:
            unknown += 1
    return Largest(max(found)[1] if found else None, unknown)


def _figure(reader: Reader, row: Row, use: Parameters) -> Interval | None:
    is_run = row["subject"].startswith("training_run:")
    return _whole(row["body"], use) if is_run else assess(row["body"], use, reader).interval


def _compute_of(reader: Reader, row: Row, use: Parameters) -> Fact:
    is_run = row["subject"].startswith("training_run:")
    return _run_compute(reader, row, use) if is_run else _model_compute(reader, row, use)


def _touched(noun: str) -> Callable[[Entry, Reader], Iterable[str]]:
    """Which subjects of a noun an entry about another subject changes the facts of."""

    def touches(entry: Entry, reader: Reader) -> Iterable[str]:
        entry = registry.as_filed(entry, reader)
        if entry.subject is None or not entry.kind.startswith("model_registration."):
            return ()
        if told := notices.touched(entry, reader):
            return tuple(item for item in told if item.startswith(f"{noun}:"))
        if entry.subject.startswith("organisation:"):
            found = registry.referring(reader, entry.subject, "organisation")
        elif entry.subject.startswith("model:"):
            found = [*descendants(reader, entry.subject), *_going_on(reader, entry.subject), *_owner(entry)]
        else:
            found = list(_owner(entry))
        return tuple(item for item in found if item.startswith(f"{noun}:"))

    return touches


def _going_on(reader: Reader, subject: str) -> list[str]:
    """The training runs that go on from a model, or make it."""
    return [
        other
        for name in (*REFERENCES, "model")
        for other in registry.referring(reader, subject, name)
        if other.startswith("training_run:")
    ]


def _owner(entry: Entry) -> Iterable[str]:
    owner = entry.body.get("organisation")
    return (owner,) if isinstance(owner, str) else ()


def _keep(entry: Entry, tables: Tables) -> None:
    """What is kept of each entry before facts are asked for."""
    notices.keep(entry, tables)
    keep(entry, tables, _figure)


FACTS = (
    FactsOf("model", model_facts, _touched("model")),
    FactsOf("training_run", run_facts, _touched("training_run")),
    FactsOf(
        "organisation",
        organisation_facts,
        _touched("organisation"),
        keeps=_keep,
    ),
)
