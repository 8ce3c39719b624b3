"""What an exercise comes to is filed with the live authority: that it was held, and each improvement as a duty."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from commonweal.acceptance import Caller
from commonweal.authority import OPERATOR, Authority
from commonweal.kernel.protocols.durations import duration
from commonweal.kernel.record import Act
from commonweal.kernel.values import Conflict, digest, subject_id

HELD, IMPROVEMENT = "containment.exercise_held", "containment.improvement"


def file_results(authority: Authority, report: Mapping[str, Any], caller: Caller = OPERATOR) -> list[int]:
    """File an exercise's report and improvement plan; gives the entries. Filing the same again changes nothing.

    Due dates count from the day of filing. Raises `Conflict` for the report of an exercise that is not over, or where
    this authority is itself an exercise.
    """
    if not report["over"]:
        raise Conflict("the exercise is not over; `weal exercise step` goes on with it")
    if authority.settings.exercise:
        raise Conflict("results are filed with the live authority; this one is an exercise")
    now = authority.reading().now
    name = f"{report['exercise']} {report['log']['root'][:8]}"
    exercise = subject_id("exercise", name)
    acts = [_held(report, name, now, exercise), *_improvements(report, name, now, exercise)]
    indexes = [index for index, _ in authority.place_all(acts, caller)]
    authority.follow()
    authority.tick()
    return indexes


def _held(report: Mapping[str, Any], name: str, now: datetime, exercise: str) -> Act:
    log = report["log"]
    body = {
        "name": name,
        "title": report["title"],
        "playbook": report["playbook"],
        "definition_sha256": report["definition_sha256"],
        "seed": report["seed"],
        "held_on": now.date().isoformat(),
        "origin": log["origin"],
        "log_size": log["size"],
        "log_root": log["root"],
        "points": report["points"],
        "points_max": report["points_max"],
        "report": dict(report),
    }
    return Act(HELD, body, f"exercise:{log['root'][:32]}:{digest(repr(report['objectives']).encode())[:8]}", exercise)


def _improvements(report: Mapping[str, Any], name: str, now: datetime, exercise: str) -> list[Act]:
    acts = []
    for item in report["improvements"]:
        own = f"{name} {item['id']}"
        body = {
            "name": own,
            "title": item["title"],
            "measure": item["measure"],
            "owner": item["owner"],
            "due": duration(item["due_after"]).after(now).date().isoformat(),
            "exercise": exercise,
        }
        acts.append(
            Act(
                IMPROVEMENT,
                body,
                f"improvement:{report['log']['root'][:32]}:{item['id']}",
                subject_id("improvement", own),
            )
        )
    return acts
