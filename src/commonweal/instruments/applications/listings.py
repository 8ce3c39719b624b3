"""The public list of applications: under which law, and where the authority's own clock stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from commonweal.kernel import obligations, registry
from commonweal.kernel.instrument import Column, Listing, Reading, Row, Text

from .kinds import APPLICATION, UNDER


def rows(reading: Reading, query: Mapping[str, str]) -> Sequence[Row]:
    """Every application, newest first, with the duty whose clock began last."""
    found = sorted(registry.subjects(reading.tables, APPLICATION.noun), key=lambda row: -int(row["entry"]))
    return [_row(reading, row) for row in found if not row["erased"]]


def _row(reading: Reading, row: Row) -> Row:
    body = reading.public(APPLICATION.id, row["body"])
    begun = [duty for duty in obligations.duties(reading.tables, subject=row["subject"]) if duty["started_on"]]
    duty = max(begun, key=lambda duty: str(duty["started_on"]), default=None)
    return {
        "application": row["name"],
        "href": f"/subjects/{row['subject']}",
        "under": UNDER[body["under"]].in_(reading.language),
        "received_on": body["received_on"],
        "duty": _title(reading, duty) if duty else None,
        "last_day": duty["last_day"] if duty else None,
        "stopped_on": duty["stopped_on"] if duty else None,
        "state": duty["state"] if duty else None,
    }


def _title(reading: Reading, duty: Row) -> str:
    rule = obligations.law_of(reading.tables, duty["sha256"]).rule(duty["rule"], duty["rule_version"])
    return rule.title.in_(reading.language) if rule is not None else str(duty["rule"])


LISTING = Listing(
    "applications",
    Text(en="Applications", zh="申请"),
    (
        Column("application", Text(en="Application", zh="申请"), "link"),
        Column("under", Text(en="Under", zh="依据")),
        Column("received_on", Text(en="Received on", zh="收到日"), "date"),
        Column("duty", Text(en="What the authority owes", zh="机关的义务")),
        Column("last_day", Text(en="Last day", zh="最后一日"), "date"),
        Column("stopped_on", Text(en="Clock stands since", zh="期限中止自"), "date"),
        Column("state", Text(en="State", zh="状态"), "state"),
    ),
    rows,
    summary=Text(
        en="What the authority itself was asked for, and by when it has to answer. Who asked for what is not public.",
        zh="向机关自身提出的申请及其答复期限。申请人与申请内容不予公开。",
    ),
)
