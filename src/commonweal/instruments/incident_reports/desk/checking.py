"""What is wrong with what an officer files at the desk, beyond its form."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from commonweal.kernel.instrument import Act, Fault, Reader

from ..harbour.kinds import DECISION
from ..tables import links
from .conflicts import conflicts
from .kinds import ASSIGNMENT, RELEASE, TRIAGE
from .tables import assigned, escalations


def check(act: Act, reader: Reader, party: str) -> Iterable[Fault]:
    """A conflict of interest by name, a warning that was not given, an assignment that is not there."""
    body = act.body
    if act.kind == ASSIGNMENT.id:
        for conflict in conflicts(reader, body["about"], body["assignee"], body.get("interests", ())):
            yield Fault(
                "assignee", body["assignee"], f"somebody without a conflict of interest: {conflict}", "conflict"
            )
    elif act.kind == DECISION.id:
        for conflict in conflicts(reader, body["report"], party):
            want = f"an officer without a conflict of interest decides: {conflict}"
            yield Fault("(whole)", party, want, "conflict")
    elif act.kind == RELEASE.id and body["why"] != "recused":
        if not any(row["assignee"] == body["assignee"] for row in assigned(reader, about=body["about"])):
            yield Fault("assignee", body["assignee"], f"somebody to whom {body['about']} is assigned", "reference")
    elif act.kind == TRIAGE.id:
        yield from _of_triage(body, reader)


def _of_triage(body: Mapping[str, Any], reader: Reader) -> Iterator[Fault]:
    report = body["report"]
    if body.get("duplicate_of") == report:
        yield Fault("duplicate_of", report, "another report than the one that repeats it", "circle")
    told = [report, *(row["incident"] for row in links(reader, report=report))]
    alerted = any(escalations(reader, about) for about in told)
    if body["urgency"] == "immediate" and not alerted and not body.get("no_alert_because"):
        want = (
            f"alert first: give an alert and file incident_reports.escalation about {report}, or say here why nobody "
            "is warned"
        )
        yield Fault("no_alert_because", "", want, "alert_first")
