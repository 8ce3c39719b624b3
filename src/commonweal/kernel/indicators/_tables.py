"""The tables of the indicators."""

from __future__ import annotations

from commonweal.kernel.record.tables import Table

OBSERVATION = Table(
    "indicators_observation",
    columns={
        "series": "text",
        "subject": "text",
        "event": "text",
        "entry": "integer",
        "released": "text",
        "sequence": "integer",
        "known": "text",
        "filed": "text",
        "value": "real",
        "low": "real",
        "high": "real",
        "source_ref": "text",
    },
    key=("series", "subject", "event", "entry"),
    indexes=(("entry",), ("series", "event")),
)
"""Every vintage of every value, filed and derived: `known` is the day since when, `filed` the instant of the entry."""

BATCH = Table(
    "indicators_batch",
    columns={
        "entry": "integer",
        "author": "text",
        "series_set": "text",
        "event_from": "text",
        "event_to": "text",
        "rows": "integer",
        "released_on": "text",
        "vintage": "text",
        "citation": "text",
        "url": "text",
        "remark": "text",
        "refused": "text",
    },
    key=("entry",),
    indexes=(("series_set", "event_to"),),
)

SERIES = Table(
    "indicators_series",
    columns={
        "series": "text",
        "subject": "text",
        "base": "text",
        "first": "text",
        "last": "text",
        "events": "integer",
        "revised": "integer",
        "vintage": "text",
        "rule": "text",
        "source": "text",
        "entry": "integer",
    },
    key=("series", "subject"),
    indexes=(("base",),),
)
"""What there is: a row a series and subject, with how many events have a value and how often one was said again.

`source` is the party whose values these are: whoever filed the first that are not annulled.
"""

APPOINTED = Table(
    "indicators_appointed", columns={"series": "text", "party": "text", "entry": "integer"}, key=("series", "party")
)
"""From whom values of a series are taken, where the authority appointed somebody."""

UNIT = Table("indicators_unit", columns={"base": "text", "unit": "text", "entry": "integer"}, key=("base",))
UNIT_SAID = Table(
    "indicators_unit_said", columns={"base": "text", "entry": "integer", "unit": "text"}, key=("base", "entry")
)
"""Which batch said which unit of a series; the first that is not annulled gives `UNIT`."""
PULL = Table(
    "indicators_pull",
    columns={
        "source": "text",
        "entry": "integer",
        "url": "text",
        "etag": "text",
        "last_modified": "text",
        "sha256": "text",
    },
    key=("source",),
)
"""What each server said when it was last asked and had something new."""

RULE = Table(
    "indicators_rule",
    columns={
        "rule": "text",
        "adopted": "integer",
        "adopted_on": "text",
        "version": "text",
        "series": "text",
        "text": "text",
        "fault": "text",
    },
    key=("rule", "adopted"),
)
WITHDRAWN = Table("indicators_withdrawn", columns={"entry": "integer", "by": "integer"}, key=("entry",))
TABLES = (OBSERVATION, BATCH, SERIES, APPOINTED, UNIT, UNIT_SAID, PULL, RULE, WITHDRAWN)
VINTAGE_ORDER = ("released", "sequence", "entry")
"""Of several values of one event, the last in this order counts."""
