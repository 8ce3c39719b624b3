"""Duties do not depend on how far the follower lags behind the filings, and following comes to an end.

What follows from a filing (a duty's change, a case, its steps) is recorded later than filings that are already there
but carries the older filing's time. Judging anything again as of that time would turn a duty back, and for ever.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal import law
from commonweal.instruments.model_registration import INSTRUMENT
from commonweal.kernel import obligations, registry
from commonweal.kernel.disclosure import validate
from commonweal.kernel.record import AUTHORITY, Act, Entry
from commonweal.kernel.values import digest, instant
from fakes import MemoryTables

KINDS = {kind.id: kind for kind in INSTRUMENT.kinds}
START = instant("2026-03-02T10:00:00Z")
AFTER_EACH = 3
"""Entries that follow from a changed duty here: the change itself, and a case opened and advanced about its subject."""


@dataclass
class Driver:
    """Files at once, follows when told; what follows from an entry is recorded with that entry's time."""

    entries: list[Entry] = field(default_factory=list)
    tables: MemoryTables = field(default_factory=MemoryTables)
    followed: int = 0
    keys: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._registry = registry.Registry(INSTRUMENT.kinds)
        self._obligations = obligations.Obligations(INSTRUMENT.facts)

    def file(self, kind: str, body: Mapping[str, Any], subject: str | None, at: datetime, author: str) -> None:
        self.entries.append(Entry(len(self.entries), kind, 1, at, author, subject, dict(body)))

    def follow(self, most: int = 400) -> None:
        while self.followed < len(self.entries) and most:
            entry = self.entries[self.followed]
            self._registry.follow(entry, self.tables)
            for act in self._obligations.follow(entry, self.tables):
                self._record(act, entry)
            self.followed, most = self.followed + 1, most - 1

    def _record(self, act: Act, cause: Entry) -> None:
        if act.key in self.keys:
            return
        self.keys.add(act.key)
        index = len(self.entries)
        self.entries.append(
            Entry(index, act.kind, 1, cause.time, AUTHORITY, act.subject, dict(act.body), act.key, act.causes)
        )
        for kind in ("case.opened", "case.advanced"):  # what the rooms above file about the same subject
            self.file(kind, {"about": act.subject}, act.subject, cause.time, AUTHORITY)

    def duties(self) -> list[tuple[Any, ...]]:
        """Every duty, the authority's and the public's row, without the indexes of entries, which lag."""
        columns = ("rule", "subject", "state", "due", "due_if_owed", "started_on", "met_on", "late", "why")
        return [
            tuple(row[name] for name in columns)
            for table in (obligations.DUTY, obligations.PUBLIC_DUTY)
            for row in self.tables.select(table)
        ]


def house() -> Driver:
    found = Driver()
    for rule_id, text in sorted(law.texts().items()):
        body = {
            "rule_id": rule_id, "room": "obligations", "version": "1", "media_type": "application/toml", "text": text,
            "sha256": digest(text.encode()),
        }  # fmt: skip
        found.file("rule.adopted", body, None, instant("2026-01-01"), AUTHORITY)
    organisation = validate(KINDS["model_registration.organisation"], {"name": "O"})
    found.file("model_registration.organisation", organisation, "organisation:o", START, "party:a")
    found.follow()
    return found


FILINGS = st.one_of(
    st.builds(
        lambda model, flop, market: (
            "model",
            f"model:{model}",
            {
                "name": model, "organisation": "organisation:o", "compute_flop": flop, "compute_confidence": "declared",
                "placed_on_eu_market": market, "generates": ["text"],
            },
        ),
        st.sampled_from(["m", "n"]), st.sampled_from([3e24, 3e25, 3e26]), st.sampled_from([True, False, None]),
    ),
    st.builds(
        lambda revenue: (
            "organisation",
            "organisation:o",
            {"name": "O", "annual_revenue_usd": revenue, "annual_revenue_year": 2025},
        ),
        st.sampled_from([1e8, 9e8]),
    ),
    st.just(("notification", "model:m", {"rule_id": "eu.ai_act.art52_1", "about": "model:m", "statement": "It is."})),
)  # fmt: skip


def told(filings: Sequence[Any], seconds: Sequence[int], chunks: Sequence[int]) -> Driver:
    """File everything `seconds` apart; after the nth filing follow `chunks[n]` entries, at last all of them."""
    found = house()
    at = START
    for (kind, subject, body), gap, most in zip(filings, seconds, chunks, strict=True):
        at += timedelta(seconds=gap)
        full = f"model_registration.{kind}"
        found.file(full, validate(KINDS[full], body), subject, at, "party:a")
        found.follow(most)
    found.follow()
    return found


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_lagging_behind_changes_no_duty_and_ends(data: st.DataObject) -> None:
    filings = data.draw(st.lists(FILINGS, min_size=2, max_size=6))
    each = st.lists(st.integers(-3, 20), min_size=len(filings), max_size=len(filings))
    lags = st.lists(st.integers(0, 6), min_size=len(filings), max_size=len(filings))
    seconds, chunks = data.draw(each), data.draw(lags)
    prompt, late = told(filings, seconds, [400] * len(filings)), told(filings, seconds, chunks)
    assert late.duties() == prompt.duties()
    assert late.followed == len(late.entries) == len(prompt.entries)
    rules = sum(len(found.rules) for found in obligations.adopted_laws(late.tables))
    touched = 3  # the models m and n, and their organisation
    assert len(late.entries) <= 20 + len(filings) * (1 + AFTER_EACH * rules * touched)


def test_two_filings_before_the_follower_comes_open_no_endless_cases() -> None:
    """Crossed, then corrected two seconds later, followed only then: owed, then not owed, then nothing more."""
    model = {"name": "m", "compute_confidence": "declared", "placed_on_eu_market": True, "generates": ["text"]}
    filings = [("model", "model:m", {**model, "compute_flop": flop}) for flop in (3e25, 3e24)]
    found = told(filings, [10, 2], [0, 0])
    changes = [entry.body for entry in found.entries if entry.kind == "duty.changed"]
    assert [body["state"] for body in changes if body["rule"] == "eu.ai_act.art52_1"] == ["owed", "not_owed"]
    assert found.followed == len(found.entries)
