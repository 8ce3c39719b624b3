"""Measured series with provenance, vintage and uncertainty: an evaluation score, an unemployment rate, a drift value.

One batch of observations is one entry. Every value keeps its event time (what it is about), its knowledge time (when
its source released it, or it was filed if that was later) and the entry it came in; a revision adds a vintage and never
overwrites one.
"""

from ._batches import (
    OBSERVATIONS_BATCH,
    Observation,
    batch_act,
    check_filing,
    observations_of,
    read_columns,
    write_columns,
)
from ._room import BATCH, OBSERVATION, TABLES, Indicators, batches, latest, newest, observed, restated, series, vintages

KINDS = (OBSERVATIONS_BATCH,)

__all__ = [
    "BATCH",
    "KINDS",
    "OBSERVATION",
    "OBSERVATIONS_BATCH",
    "TABLES",
    "Indicators",
    "Observation",
    "batch_act",
    "batches",
    "check_filing",
    "latest",
    "newest",
    "observations_of",
    "observed",
    "read_columns",
    "restated",
    "series",
    "vintages",
    "write_columns",
]
