"""Which reports and alerts are one matter: those that what officers say, as it stands, holds together."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from commonweal.instruments.incident_reports.matters import keep, reports_behind, whole
from commonweal.kernel.record.entries import Entry
from fakes import MemoryTables

REPORTS, INCIDENTS = [f"report:{name}" for name in "abc"], ["incident:i", "incident:j"]
ALERT = "alert:x"
reports, incidents = st.sampled_from(REPORTS), st.sampled_from(INCIDENTS)
relations = st.sampled_from(["same", "variant", "related"])
said = st.lists(
    st.one_of(
        st.tuples(st.just("linked"), reports, incidents, relations),
        st.tuples(st.just("incident"), reports, incidents, relations),
        st.tuples(st.just("unlinked"), reports, incidents, st.none()),
        st.tuples(st.just("triage"), reports, reports, st.sampled_from(["duplicate", "handle"])),
        st.tuples(st.just("escalation"), st.sampled_from([*REPORTS, *INCIDENTS]), st.just(ALERT), st.none()),
        st.tuples(st.just("annulled"), st.integers(0, 11), st.none(), st.none()),
    ),
    max_size=12,
)


def entry_of(index: int, what: str, one: Any, other: Any, how: Any) -> Entry:
    bodies: dict[str, dict[str, Any]] = {
        "linked": {"report": one, "incident": other, "relation": how},
        "incident": {"made_of": one, "relation": how},
        "unlinked": {"report": one, "incident": other},
        "triage": {"report": one, "decision": how} | ({"duplicate_of": other} if how == "duplicate" else {}),
        "escalation": {"about": one, "alert": other},
        "annulled": {"entry": one},
    }
    kind = "record.annulled" if what == "annulled" else f"incident_reports.{what}"
    subject = other if what == "incident" else None
    return Entry(index, kind, 1, datetime(2026, 12, 1, tzinfo=UTC), "party:x", subject, bodies[what])


def standing(moves: list[tuple[Any, ...]]) -> set[frozenset[str]]:
    """The pairs that are one, as what was said stands in the end."""
    pairs: dict[int, frozenset[str]] = {}
    repeats: dict[int, str] = {}
    for index, (what, one, other, how) in enumerate(moves):
        if what == "annulled":
            pairs.pop(one, None)
        elif what == "triage":
            pairs = {at: pair for at, pair in pairs.items() if repeats.get(at) != one}
            repeats[index] = one
            pairs |= {index: frozenset((one, other))} if how == "duplicate" else {}
        elif what == "escalation" or how == "same":
            pairs[index] = frozenset((one, other))
        else:
            pairs = {at: pair for at, pair in pairs.items() if pair != {one, other}}
    return set(pairs.values())


@given(said)
def test_what_is_one_matter_is_what_is_said_now(moves: list[tuple[Any, ...]]) -> None:
    """Of an incident that is said twice to be made of a report, taking back one leaves the other."""
    tables = MemoryTables()
    for index, move in enumerate(moves):
        keep(entry_of(index, *move), tables)
    pairs = standing(moves)
    for subject in (*REPORTS, ALERT):
        near = {subject}
        for _ in range(8):
            near |= {one for pair in pairs if pair & near for one in pair}
        assert whole(subject, tables) == sorted(one for one in near - {subject} if one not in INCIDENTS)
    assert set(reports_behind(ALERT, tables)) <= set(whole(ALERT, tables))
