"""Laws of what is one matter: what is owed follows from what was filed and from which are one now, however that came
about; and nobody owes less, or is in time, by what another filed."""

from __future__ import annotations

import copy
import functools
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from clock_cases import SAME, TEXTS, Papers
from commonweal.kernel.obligations import BEGUN, Obligations
from commonweal.kernel.obligations.kinds import DUTY, PUBLIC_DUTY
from commonweal.kernel.obligations.matter import BOOKED
from commonweal.kernel.record.tables import Row
from commonweal.kernel.values import instant, stamp
from duty_house import FACT, House

START = instant("2026-11-02T09:00:00Z")
LAWS = ("calendar.eu_1182_71", "calendar.eu_member_states", "eu.ai_act_incidents", "eu.gpai_code_incidents")
LAB, OTHER = "organisation:lab", "organisation:other"
WHOSE = {"report:a": LAB, "report:b": LAB, "report:c": OTHER, "alert:d": LAB}
PAIRS = [("report:a", "report:b"), ("report:b", "report:c"), ("report:a", "report:c"), ("alert:d", "report:a"),
         ("alert:d", "report:b")]  # fmt: skip
MEASURES, DEATH = "eu.ai_act_incidents.measures", "eu.gpai_code_incidents.death"
ANSWER = "containment.incident_report"
SAID = {
    "what": "incident", "jurisdictions": "EU", "equivalent_reporting": False, "systemic_risk_model": True,
    "signed_safety_chapter": True,
}  # fmt: skip

harms = st.sampled_from(["death", "rights", "health", "death, health"])
subjects = st.sampled_from(list(WHOSE))


def filed_on(subject: st.SearchStrategy[str]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {"subject": subject, "harm": harms, "aware": st.integers(-20, 0), "serious": st.booleans()},
        optional={"high_risk_system": st.sampled_from([True, False]), "resolved": st.integers(-3, 0)},
    )


done = st.fixed_dictionaries({"does": st.sampled_from([MEASURES, DEATH, ANSWER]), "on": subjects})
linked = st.fixed_dictionaries({"link": st.sampled_from(PAIRS), "stands": st.booleans()})
hours = st.integers(1, 150)
first = st.permutations(list(WHOSE)).flatmap(
    lambda names: st.tuples(*(st.tuples(hours, filed_on(st.just(name))) for name in names))
)
later = st.lists(st.tuples(hours, st.one_of(filed_on(subjects), done, linked, linked)), max_size=7)
steps = st.builds(lambda one, other: [*one, *other], first, later)
"""Each is filed, then versions, acts and links follow: `(hours since the one before, what)`."""


class Office(House):
    """Reports of two providers and an alert; `links` are which of them are one."""

    def __init__(self) -> None:
        super().__init__()
        self.room = Obligations([Papers("report"), Papers("alert")])
        self.links: set[tuple[str, str]] = set()
        for name in LAWS:
            self.adopt(name, "2001-01-01T00:00:00Z", TEXTS[name])

    def copy(self) -> Office:
        found = copy.copy(self)
        found.entries, found.acts, found.links = [*self.entries], [*self.acts], set(self.links)
        found.tables = copy.deepcopy(self.tables)
        return found

    def says(self, at: str, said: dict[str, Any]) -> None:
        subject, day = said["subject"], instant(at) + timedelta(days=said["aware"])
        facts = {**SAID, "harm": said["harm"], "developer": WHOSE[subject], "aware_at": stamp(day)}
        facts |= {"high_risk_system": said["high_risk_system"]} if "high_risk_system" in said else {}
        facts |= (
            {"resolved_on": stamp(instant(at) + timedelta(days=said["resolved"]))[:10]} if "resolved" in said else {}
        )
        for name, value in facts.items():
            row = self.tables.get(FACT, subject, name)
            if row is None or row["value"] != value:
                self.tables.put(FACT, {"subject": subject, "name": name, "value": value, "on": at})
        noun = subject.partition(":")[0]
        category = "serious_incident" if said["serious"] else "minor_incident"
        body = {"reporter": "provider", "organisation": WHOSE[subject], "category": category, **facts}
        self.file({"report": "incident_reports.report", "alert": "containment.alert"}[noun], at, subject, **body)

    def are_one(self, at: str, pairs: Iterable[tuple[str, str]]) -> None:
        """An entry by which exactly these are one; it moves what that joins or parts."""
        moved = {one for pair in self.links ^ set(pairs) for one in pair}
        self.links = set(pairs)
        for one in WHOSE:
            near = sorted({other for pair in self.links if one in pair for other in pair} - {one})
            self.tables.put(FACT, {"subject": one, "name": SAME, "value": near, "on": at})
        self.file("incident_reports.triage", at, None, touches=sorted(moved))


@functools.cache
def founded() -> Office:
    return Office()


def played(moves: Sequence[tuple[int, dict[str, Any]]], *, only: Iterable[tuple[str, str]] | None = None) -> Office:
    """What was filed, hour by hour; with the links as they were made and undone, or with these `only`, made at the end.

    An entry that links nothing stands in the place of each link.
    """
    office, at = founded().copy(), START
    for hours, move in moves:
        at += timedelta(hours=hours)
        now = stamp(at)
        office.tick(now)
        if "harm" in move:
            office.says(now, move)
        elif "link" in move:
            links = office.links | {move["link"]} if move["stands"] else office.links - {move["link"]}
            office.are_one(now, links if only is None else ())
        elif move["does"] == MEASURES:
            office.file("duty.done", now, None, rule=MEASURES, about=move["on"])
        elif move["does"] == ANSWER:
            office.file(ANSWER, now, None, alert="alert:d", organisation=LAB, rule="eu.ai_act_incidents.death")
        else:
            office.file("duty.clock", now, None, about=move["on"], decided_by="authority", basis="Order", rule=DEATH,
                        decision="extend", reason="exceptional", period="10 days")  # fmt: skip
    office.are_one(stamp(at + timedelta(hours=1)), office.links if only is None else only)
    office.tick(stamp(at + timedelta(days=40)))
    return office


def owed(office: Office) -> list[Row]:
    """Every duty, with the entries that it names by what they are: how many came before them is no part of it."""
    return [_told(office, row) for row in office.tables.select(DUTY)]


def _told(office: Office, row: Row) -> Row:
    def named(index: int | None) -> Any:
        entry = office.entries[index] if index is not None else None
        return entry and (entry.kind, entry.subject, stamp(entry.time))

    found = {name: value for name, value in row.items() if name not in BOOKED}
    found |= {"met_entry": named(row["met_entry"]), "why": {**row["why"], "claimed": named(row["why"].get("claimed"))}}
    refused = [[named(index), wrong] for index, wrong in (row["clock"] or {}).get("refused", ())]
    return {**found, "clock": row["clock"] and {**row["clock"], "refused": refused}}


@settings(max_examples=20)
@given(steps)
def test_what_is_owed_follows_from_which_are_one_now(moves: list[tuple[int, dict[str, Any]]]) -> None:
    """However links were made and undone before: as if these had been made at the end, and no others ever."""
    office = played(moves)
    assert owed(office) == owed(played(moves, only=office.links))


@settings(max_examples=8)
@given(steps)
def test_what_another_reported_changes_nothing_of_what_a_debtor_owes(moves: list[tuple[int, dict[str, Any]]]) -> None:
    """Neither is anything met by it, nor late, nor gone: whichever others' are one with theirs."""
    together, alone = played(moves, only=[("report:b", "report:c")]), played(moves, only=())
    theirs = [[row for row in owed(office) if row["party"] != "authority"] for office in (together, alone)]
    assert theirs[0] == theirs[1]


@settings(max_examples=8)
@given(steps)
def test_of_one_set_all_say_the_same_and_nobody_who_was_late_is_in_time_by_a_later_paper(
    moves: list[tuple[int, dict[str, Any]]],
) -> None:
    together, alone = played(moves, only=[PAIRS[0]]), played(moves, only=())
    for rule in {row["rule"] for row in owed(together) if row["party"] == LAB and not row["rounds"]}:
        rows = [together.tables.get(DUTY, rule, subject) for subject in PAIRS[0]]
        own = [row for row in (alone.tables.get(DUTY, rule, subject) for subject in PAIRS[0]) if row is not None]
        begun = [row for row in rows if row is not None and row["state"] in BEGUN and not row["missing"]]
        assert len({(row["state"], row["due"], row["met_on"], row["late"]) for row in begun}) < 2
        for row in begun:
            ends = [one["due"] or one["due_if_owed"] for one in own if one["started_on"]]
            assert row["due"] in ends
            if row["met_on"]:
                assert row["late"] == int(bool(row["due"]) and row["met_on"] >= row["due"])
                assert all(row["met_on"] <= one["met_on"] for one in own if one["met_on"])


@settings(max_examples=8)
@given(steps)
def test_what_is_public_of_an_alert_is_the_same_whichever_reports_are_one_with_it(
    moves: list[tuple[int, dict[str, Any]]],
) -> None:
    seen = []
    for pairs in (PAIRS, ()):
        rows = played(moves, only=pairs).tables.select(PUBLIC_DUTY)
        assert {row["noun"] for row in rows} <= {"alert"}
        seen.append([{name: value for name, value in row.items() if name not in BOOKED} for row in rows])
    assert seen[0] == seen[1]
