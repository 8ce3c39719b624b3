"""The demonstration's fictitious run: planned below a line, enlarged while running, notified in time, approved.

Nothing here is about a real developer. The figures are chosen so that the arithmetic can be followed: see `story.toml`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from commonweal.kernel import protocols
from commonweal.kernel.instrument import Act, Reader
from commonweal.kernel.values import NotFound, instant

from .kinds import NOTIFICATION, ORGANISATION, TRAINING_RUN

LABORATORY = "organisation:example-frontier-laboratory"
RUN = "training_run:example-frontier-laboratory-run-one"
RULE = "eu.ai_act.art52_1"
PLAYBOOK = "playbook.model_notification"
# Who: party, roles, and the organisation for which they approve. Whoever checks a notification may not accept it too.
DEVELOPER = ("party:example-frontier-laboratory", ("developer",), "")
DESK = ("party:officer-one", ("officer",), "authority")
OFFICER = ("party:officer-two", ("officer",), "authority")
Who = tuple[str, tuple[str, ...], str]
Filed = Act | Callable[[Reader], Act]

STARTS_ON = date(2025, 5, 1)
# Cumulative FLOP as metered: 1.2e24 a month until August, then nearly twice that with a second hall.
METER: tuple[tuple[str, float], ...] = (
    ("2025-06-01T00:00:00Z", 1.2e24),
    ("2025-07-01T00:00:00Z", 2.4e24),
    ("2025-08-01T00:00:00Z", 3.6e24),
    ("2025-09-01T00:00:00Z", 5.6e24),
    ("2025-09-14T00:00:00Z", 6.5e24),
    ("2025-10-01T00:00:00Z", 7.8e24),
    ("2025-11-01T00:00:00Z", 1.01e25),
    ("2025-12-01T00:00:00Z", 1.24e25),
    ("2026-01-10T00:00:00Z", 1.52e25),
)
FIRST_PLAN: Mapping[str, Any] = {"expected_total_flop": 8.0e24, "expected_end_on": "2025-11-20"}
SECOND_PLAN: Mapping[str, Any] = {"expected_total_flop": 1.5e25, "expected_end_on": "2026-01-10"}


def crossing_story() -> Iterator[tuple[datetime, Who, Filed]]:
    """What happens, in order of time: when, who acts (see `Who`), and the act.

    An act that names a case is a function of the reader, since a case's identifier holds the entry that opened it.
    """
    yield _at(2025, 3, 3), DEVELOPER, _act(ORGANISATION.id, LABORATORY, _laboratory(), "organisation")
    yield _at(2025, 3, 10), DEVELOPER, _run("planned", FIRST_PLAN, 0)
    for count in range(1, 5):
        yield _after(METER[count - 1][0]), DEVELOPER, _run("running", FIRST_PLAN, count)
    yield _at(2025, 9, 15), DEVELOPER, _run("running", SECOND_PLAN, 5)
    yield _at(2025, 9, 24), DEVELOPER, _act(NOTIFICATION.id, RUN, _notification(), "notification")
    yield _at(2025, 9, 25), DESK, _checked
    yield _at(2025, 9, 26), OFFICER, _approval
    for count in range(6, 9):
        yield _after(METER[count - 1][0]), DEVELOPER, _run("running", SECOND_PLAN, count)
    yield _at(2026, 1, 12), DEVELOPER, _run("finished", {"expected_total_flop": 1.5e25, "ended_on": "2026-01-10"}, 9)


def _at(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, 9, tzinfo=UTC)


def _after(reading: str) -> datetime:
    """A reading is filed on the morning after it was taken."""
    return instant(reading) + timedelta(days=1, hours=9)


def _act(kind: str, subject: str, body: Mapping[str, Any], key: str) -> Act:
    return Act(kind, dict(body), key=f"crossing:{key}", subject=subject)


def _laboratory() -> dict[str, Any]:
    return {
        "name": "Example Frontier Laboratory (fictitious)",
        "countries": ["IE"],
        "sector": "industry",
        "fictitious": True,
        "annual_revenue_usd": 640_000_000.0,
        "annual_revenue_year": 2024,
        "source": "invented for the demonstration",
    }


def _run(status: str, plan: Mapping[str, Any], count: int) -> Act:
    body: dict[str, Any] = {
        "name": "Run One (fictitious)",
        "organisation": LABORATORY,
        "status": status,
        "model_name": "Example Model One (fictitious)",
        "generates": ["text", "code", "image"],
        "starts_on": STARTS_ON.isoformat(),
        "to_be_placed_on_eu_market": True,
        "biological_sequence_share": 0.0,
        "source": "invented for the demonstration",
        **plan,
    }
    body["readings"] = [{"at": at, "flop_so_far": flop} for at, flop in METER[:count]]
    return _act(TRAINING_RUN.id, RUN, body, f"run-{status}-{count}-{plan['expected_total_flop']:.1e}")


def _notification() -> dict[str, Any]:
    return {
        "rule_id": RULE,
        "about": RUN,
        "organisation": LABORATORY,
        "statement": "The run was enlarged. Its cumulative training compute is now expected to pass 10^25 FLOP in "
        "November 2025. (A fictitious statement.)",
        "contests_presumption": False,
    }


def _case(reader: Reader) -> protocols.Case:
    """The case about the run, open or (when the story is told again) closed. Raises `NotFound`."""
    rows = protocols.cases(reader, subject=RUN, playbook=PLAYBOOK)
    if not rows:
        raise NotFound(
            "case", RUN, f"none was opened under {PLAYBOOK}: was the duty owed, and is the playbook adopted?"
        )
    return protocols.case(reader, rows[-1]["case"])


def _after_notice(case: protocols.Case) -> Iterator[Any]:
    """The playbook's steps in the order taken when all goes well, from the first on which it awaits an entry."""
    steps = case.playbook.steps
    step = next(step for step in steps.values() if step.extension.await_event is not None)
    for _ in steps:
        if not step.next:
            return
        step = steps[step.next]
        yield step


def _checked(reader: Reader) -> Act:
    """The desk's report that the notification is complete."""
    case = _case(reader)
    desk = next(
        step
        for step in _after_notice(case)
        if step.extension.approval is None and any(command.type == "manual" for command in step.commands)
    )
    body = {"case": case.id, "step": desk.id, "outcome": "done", "note": "Nothing is missing. (Fictitious.)"}
    return Act("case.step_done", body, key="crossing:checked", subject=RUN)


def _approval(reader: Reader) -> Act:
    """Another officer's approval."""
    case = _case(reader)
    step = next(step for step in _after_notice(case) if step.extension.approval is not None)
    body = {
        "case": case.id,
        "step": step.id,
        "decision": "approve",
        "role": "officer",
        "organisation": "authority",
        "statement": "The notification is accepted. (Fictitious.)",
    }
    return Act("approval.given", body, key="crossing:approval", subject=RUN)
