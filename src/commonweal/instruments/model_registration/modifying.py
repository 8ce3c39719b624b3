"""Whether a model is somebody else's, changed; how much was trained on it, and as what share of what it took to train.

Whoever modifies another's model may become the provider of the result (Commission guidelines C(2025) 5045, section
3.2). Whose a model is follows from the organisations on file, unless the filing itself says that it was made by, or
on behalf of, the original provider. Steps by the same modifier count together where the adopted text says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from commonweal.kernel import registry
from commonweal.kernel.instrument import Fact, Interval, Reader, Row
from commonweal.methods import compute
from commonweal.methods.compute import Estimate

from . import runs
from .estimates import ESTIMATED_FROM, Parameters, as_interval, assess, modification
from .filed import Traced, known_since, traced
from .lineage import FIELDS, parents

Found = Mapping[str, Fact]
NAMES = (
    "modifies_anothers_model", "continues_own_model", "own_model_compute_flop", "modification_flop",
    "original_compute_flop", "original_compute_known", "original_systemic_risk", "modification_share",
)  # fmt: skip
WHOSE = ("organisation", "for_original_provider")
RUN_FIELDS = ("base_model", "base_model_flop")
NOTHING = Interval(0.0, 0.0, 0.0)
_NO_LINEAGE = "no model is filed that it was made from"


@dataclass
class Line:
    """What one maker did, step by step, and what it started from.

    `steps` are the compute of each step (None where it is not on file); `originals` the models it started from: rows
    where they are registered, else names; `others` whether each of them is another's (None: not known).
    """

    steps: list[Estimate | None] = field(default_factory=list)
    originals: list[Row | str] = field(default_factory=list)
    others: list[bool | None] = field(default_factory=list)
    since: list[datetime] = field(default_factory=list)

    def trained(self) -> Interval | None:
        """What the steps trained together; None where any is not on file."""
        known = [item for item in self.steps if item is not None]
        if len(known) < len(self.steps):
            return None
        return as_interval(compute.summed(known)) if known else NOTHING

    def step(self, found: object, estimate: Estimate | None) -> None:
        """Count a step: one that trained nothing adds nothing; one that is not on file leaves the whole unknown."""
        if found is None:
            self.steps.append(None)
        elif estimate is not None:
            self.steps.append(estimate)


def line_of(row: Row, use: Parameters, reader: Reader) -> Line:
    """One maker's steps up to this model, and the models of others (or its own) that they start from."""
    found, passed = Line(), {row["subject"]}
    waiting = [row]
    while waiting:
        here = waiting.pop()
        changes = [item for item in parents(here["body"]) if use.lineage.of(item.relation).modifies]
        if not changes:
            continue
        done = modification(here["body"], use)
        found.step(done, done.estimate if done else None)
        for item in changes:
            above = registry.subject(reader, item.model) if item.model else None
            if above is None:
                found.originals.append(item.model or item.name)
                found.others.append(None)
                continue
            if above["subject"] in passed:
                continue
            passed.add(above["subject"])
            other = _another(row, above)
            modified = any(use.lineage.of(each.relation).modifies for each in parents(above["body"]))
            if other is False and modified and use.lineage.same_modifier:
                waiting.append(above)
            else:
                found.originals.append(above)
                found.others.append(other)
                found.since.append(known_since(reader, above, _figure_part))
    return found


def _figure_part(body: Mapping[str, Any]) -> Any:
    """What a model's own compute and its maker follow from."""
    return [body.get(name) for name in (*ESTIMATED_FROM, "organisation")]


def _another(row: Row, above: Row) -> bool | None:
    """Whether a model above is another organisation's; None where an organisation is not on file."""
    own, its = row["body"].get("organisation"), above["body"].get("organisation")
    return own != its if own and its else None


def modifying(row: Row, use: Parameters, reader: Reader) -> Found:
    """The facts about a model that modifies another's, each known since the filing that first said so."""
    line = line_of(row, use, reader)
    if not line.originals:
        return _original(_since(reader, row, FIELDS))
    known = _since(reader, row, (*FIELDS, *WHOSE))
    others = _others(row["body"], line)
    if others.value is not True:
        return _own(others, _originals_compute(line, use, reader), known)
    since = max([known, *line.since])
    trained, whole = line.trained(), _originals_compute(line, use, reader)
    past = traced(reader, row, lambda body: line_of({**row, "body": body}, use, reader).trained())
    return {
        **_anothers(since, others.source),
        **_of_original(whole, since),
        "original_systemic_risk": _systemic(line, whole, since),
        **_trained(trained, whole, since, past),
    }


def _since(reader: Reader, row: Row, names: Sequence[str]) -> datetime:
    """Since which filing these fields have said what they say."""
    return known_since(reader, row, lambda body: [body.get(name) for name in names])


def trained_on_top(row: Row, use: Parameters, reader: Reader) -> tuple[Interval | None, Interval | None]:
    """What its maker trained on top of what a model was made from, and as what share of that, whoever's it was."""
    line = line_of(row, use, reader)
    trained = line.trained() if line.originals else None
    whole = _originals_compute(line, use, reader) if trained is not None else None
    return trained, _share(trained, whole) if trained is not None else None


def _original(known: datetime) -> Found:
    return {
        **_none(_NO_LINEAGE),
        "modifies_anothers_model": Fact(False, known, _NO_LINEAGE),
        "continues_own_model": Fact(False, known, _NO_LINEAGE),
    }


def _own(others: Fact, whole: Interval | None, known: datetime) -> Found:
    """It goes on from a model of the same provider (or nobody knows whose): one model's life, not a new model."""
    since = others.known_on or known
    return {
        **_none("it is not filed that it modifies another's model"),
        "modifies_anothers_model": others,
        "continues_own_model": Fact(True if others.value is False else None, since, others.source),
        "own_model_compute_flop": _fact(
            whole, since, "the model that it goes on from", "no figure for what it goes on from"
        ),
    }


def _anothers(since: datetime, source: str) -> Found:
    none = Fact(None, source="it is another's model that it goes on from")
    return {
        "modifies_anothers_model": Fact(True, since, source),
        "continues_own_model": Fact(False, since, source),
        "own_model_compute_flop": none,
    }


def _none(why: str) -> dict[str, Fact]:
    return {name: Fact(None, source=why) for name in NAMES}


def _others(body: Mapping[str, Any], line: Line) -> Fact:
    said = body.get("for_original_provider")
    if said is not None:
        return Fact(not said, source=f"filed as for_original_provider: {str(said).lower()}")
    if any(line.others):
        return Fact(True, source="made from a model of another organisation")
    if all(item is False for item in line.others):
        return Fact(False, max(line.since, default=None), "made from models of the same organisation")
    return Fact(None, source="not on file whose model it was made from")


def _originals_compute(line: Line, use: Parameters, reader: Reader) -> Interval | None:
    """The training compute of what was modified, together; None where any has no figure."""
    found = []
    for item in line.originals:
        together = assess(item["body"], use, reader).combined if not isinstance(item, str) else None
        if together is None:
            return None
        found.append(together.estimate)
    return as_interval(compute.summed(found)) if found else None


def _fact(value: Interval | None, since: datetime, source: str, missing: str) -> Fact:
    return Fact(value, since, source) if value is not None else Fact(None, source=missing)


def _of_original(whole: Interval | None, since: datetime) -> Found:
    return {
        "original_compute_flop": _fact(whole, since, "what it was made from", "no figure for what it was made from"),
        "original_compute_known": Fact(whole is not None, since, "whether a figure is on file or can be worked out"),
    }


def _systemic(line: Line, whole: Interval | None, since: datetime) -> Fact:
    """Whether what was modified is classified as having systemic risk, apart from the presumption by compute."""
    rows = [item for item in line.originals if not isinstance(item, str)]
    said = [row["body"].get("systemic_risk") for row in rows]
    if any(said):
        return Fact(True, since, "filed as systemic_risk of what it was made from")
    if whole is not None or (rows and all(item is False for item in said) and len(rows) == len(line.originals)):
        return Fact(False, since, "no classification is filed beyond what its compute says")
    return Fact(None, source="neither compute nor classification of what it was made from is filed")


def _trained(
    trained: Interval | None,
    whole: Interval | None,
    since: datetime,
    past: tuple[tuple[datetime, Interval | None], ...],
) -> Found:
    """What was trained on top, and its share: each with what it was in earlier filings, so that its clock stands."""
    missing = "not filed what was trained on top"
    if trained is None:
        return {name: Fact(None, source=missing) for name in ("modification_flop", "modification_share")}
    share = _share(trained, whole)
    shares = tuple((max(at, since), _share(each, whole) if each else None) for at, each in past)
    no_share = Fact(None, source="what it was made from has no figure")
    return {
        "modification_flop": Traced(trained, since, "what was trained on top", past),
        "modification_share": no_share
        if share is None
        else Traced(share, since, "trained on top, over the original", shares),
    }


def _share(trained: Interval, whole: Interval | None) -> Interval | None:
    if whole is None:
        return None
    if trained.high == 0:
        return NOTHING
    over, under = (Estimate(item.low, item.point, item.high) for item in (trained, whole))
    return as_interval(compute.ratio(over, under))


# ── training runs ───────────────────────────────────────────────────────────────────────────────────────────────────


def run_modifying(row: Row, use: Parameters, reader: Reader) -> Found:
    """The same facts about a run that goes on from a model: what it trains itself, over that model's compute."""
    body = row["body"]
    base = registry.subject(reader, body["base_model"]) if body.get("base_model") else None
    if base is None and body.get("base_model_flop") is None:
        return _original(_since(reader, row, RUN_FIELDS))
    since = _since(reader, row, (*RUN_FIELDS, *WHOSE))
    others, whole = _run_others(row, base, since), _run_original(body, base, use, reader)
    if others.value is not True:
        return _own(others, whole, since)
    line = Line(originals=[base] if base else [])
    past = traced(reader, row, lambda body: _run_trains(body, use))
    return {
        **_anothers(since, others.source),
        **_of_original(whole, since),
        "original_systemic_risk": _systemic(line, whole, since),
        **_trained(_run_trains(body, use), whole, since, past),
    }


def _run_trains(body: Mapping[str, Any], use: Parameters) -> Interval | None:
    """What a run trains itself, without what it goes on from."""
    own = runs.total({**body, "base_model_flop": None}, use).combined
    return as_interval(own.estimate) if own else None


def _run_others(row: Row, base: Row | None, since: datetime) -> Fact:
    said = row["body"].get("for_original_provider")
    if said is not None:
        return Fact(not said, since, f"filed as for_original_provider: {str(said).lower()}")
    other = _another(row, base) if base else None
    if other is None:
        return Fact(None, source="not filed whose model it goes on from")
    return Fact(other, since, "by the organisations of the run and of its base model")


def _run_original(body: Mapping[str, Any], base: Row | None, use: Parameters, reader: Reader) -> Interval | None:
    if body.get("base_model_flop") is not None:
        flop = float(body["base_model_flop"])
        return Interval(flop, flop, flop)
    together = assess(base["body"], use, reader).combined if base else None
    return as_interval(together.estimate) if together else None
