"""Each model's and run's compute figure by its organisation, kept as entries come, so that the largest is looked up.

A model in whose making nothing was trained is none that its organisation trained: it is left out.

Without it, every filing of an organisation would estimate all its other models again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from commonweal.kernel import registry
from commonweal.kernel.instrument import Entry, Interval, Reader, Row, Table, Tables
from commonweal.kernel.values import stamp

from .estimates import TEXTS, Parameters, adds_nothing, parameters
from .lineage import descendants

FIGURE = Table(
    "model_registration_figure",
    columns={"subject": "text", "organisation": "text", "point": "real", "filed_on": "text", "parameters": "text"},
    key=("subject",),
    indexes=(("organisation", "point", "subject"), ("organisation", "filed_on"), ("organisation", "parameters")),
)
NOUNS = ("model", "training_run")
FigureOf = Callable[[Reader, Row, Parameters], Interval | None]


@dataclass(frozen=True, slots=True)
class Largest:
    """The subject with the largest figure (None: there is none), and how many have no figure."""

    subject: str | None
    unknown: int


def keep(entry: Entry, tables: Tables, figure_of: FigureOf) -> None:
    """Bring the figures up to date that an entry changes: its subject's, and of those derived from it."""
    if entry.body.get("rule_id") in TEXTS and entry.subject is None:
        changed: Iterable[str] = [row["subject"] for noun in NOUNS for row in registry.subjects(tables, noun)]
    elif entry.subject is not None and entry.subject.partition(":")[0] in NOUNS:
        changed = [entry.subject, *descendants(tables, entry.subject)]
    else:
        return
    use = parameters(tables, entry.time)
    for subject in changed:
        _renew(subject, tables, use, figure_of)


def largest(reader: Reader, organisation: str, as_of: datetime, use: Parameters) -> Largest | None:
    """The largest figure of an organisation, in a few looks however many it has.

    None where what is kept does not answer: for an instant before the newest filing, or under other parameters.
    """
    its = {"organisation": organisation}
    others = [("filed_on", (">", stamp(as_of))), ("parameters", ("<", use.sha256)), ("parameters", (">", use.sha256))]
    if any(reader.select(FIGURE, {**its, name: want}, limit=1) for name, want in others):
        return None
    top = reader.select(FIGURE, {**its, "point": (">=", 0.0)}, order=("-point", "-subject"), limit=1)
    return Largest(top[0]["subject"] if top else None, reader.count(FIGURE, {**its, "point": None}))


def _renew(subject: str, tables: Tables, use: Parameters, figure_of: FigureOf) -> None:
    row = registry.subject(tables, subject)
    organisation = row["body"].get("organisation") if row else None
    if row is None or not isinstance(organisation, str) or adds_nothing(row["body"], use.lineage):
        tables.delete(FIGURE, subject)
        return
    figure = figure_of(tables, row, use)
    tables.put(
        FIGURE,
        {
            "subject": subject,
            "organisation": organisation,
            "point": figure.point if figure is not None else None,
            "filed_on": row["filed_on"],
            "parameters": use.sha256,
        },
    )
