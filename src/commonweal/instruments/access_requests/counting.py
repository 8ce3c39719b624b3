"""How requests ended, in totals: small counts are hidden, and each quarter is released once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from commonweal.kernel.instrument import Dimension, Statistic, Text

from .kinds import IN_TIME, OUTCOME_NOUN, OUTCOMES

RULE = "access_requests.statistics"


def dimensions(rule: Mapping[str, Any]) -> Sequence[Dimension]:
    """How it ended, and whether in time."""
    return (
        Dimension(
            "outcome", Text(en="How it ended", zh="结果"), {str(code): one for code, one in OUTCOMES.items()}, False
        ),
        Dimension(
            "in_time", Text(en="In time", zh="是否按期"), {str(code): one for code, one in IN_TIME.items()}, False
        ),
    )


def classes_of(body: Mapping[str, Any], rule: Mapping[str, Any]) -> Sequence[str]:
    """Where one request is counted."""
    return str(body["outcome"]), str(body["in_time"])


STATISTICS = (
    Statistic(
        id="access_requests.ended",
        title=Text(en="Requests for access to one's own data that ended", zh="已办结的查阅本人信息请求"),
        summary=Text(
            en="Requests that ended in a quarter, by how they ended and whether the answer was in time. "
            "Small counts are "
            "hidden.",
            zh="某季度办结的请求，按结果及是否按期统计。小数目予以隐去。",
        ),
        noun=OUTCOME_NOUN,
        rule=RULE,
        dimensions=dimensions,
        of=classes_of,
    ),
)
