"""Alerts that a threshold gives: a rule that names `containment.alert` among what it causes files one when it fires.

The rule's labels say the rest: `what` (without it, an early warning), `capability` (without it, the rule's title) and
`version` (who may order; without it, voluntary). An alert is about a registered model; of anything else a rule is shown
on the board and gives none.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

from commonweal.kernel import registry, thresholds
from commonweal.kernel.instrument import Act, Entry, Reader
from commonweal.kernel.values import subject_id

from .kinds import ALERT, Version, What

SWITCHED = "threshold.switched"
LINE_MAX = 200


def warned(entry: Entry, reader: Reader) -> Iterator[Act]:
    """The alert that follows a switch, if its rule asks for one and it has just begun to fire."""
    body = entry.body
    if entry.kind != SWITCHED or body["to_state"] != "firing" or body.get("counterfactual"):
        return
    rule = thresholds.rule_of(reader, body["rule"])
    model = body["subject"].partition("{")[0]
    if ALERT.id not in rule.plan.causes or not _begins(entry, reader):
        return
    if not model.startswith("model:") or registry.subject(reader, model) is None:
        return
    name = f"Threshold {rule.id}, entry {entry.index}"[:LINE_MAX]
    alert = {
        "name": name,
        "what": _among(get_args(What), rule.labels.get("what"), "early_warning"),
        "about": model,
        "capability": str(rule.labels.get("capability") or rule.title["en"])[:LINE_MAX],
        "version": _among(get_args(Version), rule.labels.get("version"), "voluntary"),
        "evaluation": f"{rule.title['en']} ({rule.citation})"[:LINE_MAX],
        "result": _result(body, rule.line)[:LINE_MAX],
        "statement": f"Given by the rule {rule.id}, version {rule.version}; switched by entry {entry.index}.",
    }
    yield Act(ALERT.id, alert, key=f"warned:{entry.index}", subject=subject_id(ALERT.noun, name), causes=(entry.index,))


def _begins(entry: Entry, reader: Reader) -> bool:
    """Whether it was not firing before: what comes back as firing from behind silence gives no second alert."""
    body = entry.body
    earlier = [
        row for row in thresholds.switches(reader, body["rule"], body["subject"]) if row["entry"] < _cause(entry)
    ]
    for row in reversed(earlier):
        if row["to_state"] in ("ok", "firing"):
            return bool(row["to_state"] == "ok")
    return True


def _cause(entry: Entry) -> int:
    return entry.causes[0] if entry.causes else entry.index


def _among(known: tuple[str, ...], said: Any, otherwise: str) -> str:
    return said if said in known else otherwise


def _result(body: Any, line: str) -> str:
    held = body["quantities"].get(line) if line else None
    value = "no value" if body["value"] is None else f"{body['value']:g}"
    return f"{value} at {body['at']}" + (f"; line {held:g}" if held is not None else "")
