"""Measured series with provenance, vintage and uncertainty: an evaluation score, an unemployment rate, a drift value.

One batch of observations is one entry. Every value keeps its event time (what it is about: a day or an instant), its
knowledge time (when its source released it, or it was filed if that was later) and the entry it came in; a revision
adds a vintage and never overwrites one. A series may have dimensions, `laus.unemployed{age=16-24,sex=f}`, and has one
unit.
"""

from ._attempts import (
    ATTEMPTS,
    ATTEMPTS_MAX,
    SECRET_BYTES,
    Attempt,
    Attempts,
    by_item,
    item_keys,
    read_attempts,
    trait_by_item,
    write_attempts,
)
from ._attempts import (
    FIRST as FIRST_ATTEMPTS,
)
from ._attempts import (
    VERSION as ATTEMPTS_VERSION,
)
from ._batches import MADE_UP, OBSERVATIONS_BATCH, batch_act, observations_of
from ._columns import BLOB, Observation, event_of, event_text, order_of, read_columns, series_name, write_columns
from ._derived import check_adoption, derived_rules, other_units
from ._mapping import read_mapping, read_table, table_acts
from ._otlp import otlp_act, otlp_points
from ._queries import (
    ONE_VINTAGE,
    batches,
    catalogue,
    cited,
    dimensions,
    every_vintage,
    known_series,
    latest,
    latest_events,
    least_event,
    made_up_from,
    newest,
    pulled,
    report,
    resolved,
    restated,
    series,
    source_of,
    sources,
    unit_of,
    values,
    vintage_note,
    vintages,
)
from ._room import Indicators, check_filing, observed
from ._rules import read_derived
from ._sources import OtlpSource, PullSource, read_sources
from ._sourcing import SOURCE_APPOINTED
from ._tables import BATCH, OBSERVATION, TABLES
from ._unchanged import news
from ._words import explained

KINDS = (OBSERVATIONS_BATCH, SOURCE_APPOINTED)

__all__ = [
    "ATTEMPTS",
    "ATTEMPTS_MAX",
    "ATTEMPTS_VERSION",
    "BATCH",
    "BLOB",
    "FIRST_ATTEMPTS",
    "KINDS",
    "MADE_UP",
    "OBSERVATION",
    "OBSERVATIONS_BATCH",
    "ONE_VINTAGE",
    "SECRET_BYTES",
    "TABLES",
    "Attempt",
    "Attempts",
    "Indicators",
    "Observation",
    "OtlpSource",
    "PullSource",
    "batch_act",
    "batches",
    "by_item",
    "catalogue",
    "check_adoption",
    "check_filing",
    "cited",
    "derived_rules",
    "dimensions",
    "event_of",
    "event_text",
    "every_vintage",
    "explained",
    "item_keys",
    "known_series",
    "latest",
    "latest_events",
    "least_event",
    "made_up_from",
    "newest",
    "news",
    "observations_of",
    "observed",
    "order_of",
    "other_units",
    "otlp_act",
    "otlp_points",
    "pulled",
    "read_attempts",
    "read_columns",
    "read_derived",
    "read_mapping",
    "read_sources",
    "read_table",
    "report",
    "resolved",
    "restated",
    "series",
    "series_name",
    "source_of",
    "sources",
    "table_acts",
    "trait_by_item",
    "unit_of",
    "values",
    "vintage_note",
    "vintages",
    "write_attempts",
    "write_columns",
]
