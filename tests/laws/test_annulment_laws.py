"""Filing something and annulling it leaves the projections as if it had not been filed, but for the marks and dates.

Filings may be silent about any fact: a duty that an earlier one began goes on through the silence, and goes on again
when the filing that ended it is annulled.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from commonweal.acceptance import Caller
from commonweal.authority import Act, Authority
from commonweal.kernel import indicators, registry
from commonweal.kernel.obligations.kinds import DUTY
from commonweal.kernel.values import ReplayClock, Text, instant
from commonweal.settings import Settings

SETTINGS = Settings(Text(en="Test", zh="测试"), "test.example/log", instant("2026-01-01T00:00:00Z"))
QUICK = (Phase.explicit, Phase.reuse, Phase.generate)  # an example takes a second: shrinking would take minutes
DEVELOPER = Caller("party:dev", ("developer",))
# What says when and by which entry, and not what stands.
HISTORY = {
    "entry", "changed_on", "filed_state", "filed_entry", "number", "cause", "issued_at", "expires_at", "at", "by",
}  # fmt: skip
MARKS = {
    "registry_mark", "registry_former", "authority_count", "authority_clock", "indicators_withdrawn",
    "obligations_judged", "obligations_change", "red_lines_annulled_run",
}  # fmt: skip
# Each change of a certificate is its history: the one that stands now is compared by what it says.
STORIES = {"credentials_change", "credentials_credential", "credentials_key"}

FIELDS: Mapping[str, st.SearchStrategy[Any]] = {
    "compute_flop": st.sampled_from([1e22, 9e24, 1.1e25, 3e25, 1e26, 5e26]),
    "placed_on_eu_market": st.booleans(),
    "generates": st.sampled_from([["text"], ["text", "code"], ["image"]]),
    "access": st.sampled_from(["open", "api", "unreleased"]),
    "publication_date": st.sampled_from(["2025-09-01", "2025-12-01"]),
}
MODEL = st.one_of(st.fixed_dictionaries(FIELDS), st.fixed_dictionaries({}, optional=FIELDS))
REVENUE = st.sampled_from([{"annual_revenue_usd": usd, "annual_revenue_year": 2025} for usd in (1e6, 6e8)])
ORGANISATION = st.builds(
    lambda countries, revenue: {"countries": countries, **revenue},
    st.sampled_from([["US"], ["FR"], ["US", "FR"]]),
    REVENUE,
)


def state(authority: Authority) -> dict[str, list[Any]]:
    """Every projection without its marks and dates, and what each live certificate says.

    A case that was opened stays open: people work on it, and its playbook says how it ends. What was sealed is sealed
    still: annulling erases nothing.
    """
    tables: dict[str, Any] = json.loads(authority.dump())
    found: dict[str, list[Any]] = {}
    for name, rows in tables.items():
        if name in MARKS | STORIES or name.startswith(("protocols_", "retention_")) or not isinstance(rows, list):
            continue
        found[name] = [
            {column: value for column, value in row.items() if column not in HISTORY} if isinstance(row, dict) else row
            for row in rows
        ]
    live = [row for row in tables["credentials_credential"] if row["state"] in ("valid", "suspended")]
    found["certificates"] = [{"subject": row["subject"], "claims": row["claims"]} for row in live]
    return found


def differing(before: dict[str, list[Any]], after: dict[str, list[Any]]) -> list[str]:
    """The rows that are gone, and those that are new."""
    gone = [f"- {name} {row}" for name, rows in before.items() for row in rows if row not in after.get(name, [])]
    return gone + [f"+ {name} {row}" for name, rows in after.items() for row in rows if row not in before.get(name, [])]


@pytest.fixture(scope="module")
def offices(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("offices")
    Authority.create(folder / "founded", SETTINGS, clock=ReplayClock(SETTINGS.created)).close()
    return folder


def model(body: Mapping[str, Any], key: str) -> Act:
    return Act("model_registration.model", {"name": "M", "organisation": "organisation:o", **body}, key=key)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), phases=QUICK)
@given(
    first=ORGANISATION, models=st.lists(MODEL, max_size=3), filed=st.one_of(MODEL, ORGANISATION), later=st.booleans()
)
def test_a_filing_that_is_annulled_leaves_what_would_be_without_it(
    offices: Path, first: dict[str, Any], models: list[dict[str, Any]], filed: dict[str, Any], later: bool
) -> None:
    folder = shutil.copytree(offices / "founded", offices / str(len(list(offices.iterdir()))))
    clock = ReplayClock(instant("2026-02-01T00:00:00Z"))
    with Authority.open(folder, clock=clock) as authority:
        authority.act(Act("model_registration.organisation", {"name": "O", **first}, key="o"), DEVELOPER)
        for number, body in enumerate(models):
            clock.set(instant(f"2026-02-0{number + 2}T00:00:00Z"))
            authority.act(model(body, str(number)), DEVELOPER)
        authority.follow()
        clock.set(instant("2026-03-01T00:00:00Z"))
        authority.tick()
        before = state(authority)
        of_organisation = "countries" in filed
        act = (
            Act("model_registration.organisation", {"name": "O", **filed}, key="x")
            if of_organisation
            else model(filed, "x")
        )
        index = authority.act(act, DEVELOPER).index
        if later:
            authority.follow()
        authority.act(Act("record.annulled", {"entry": index, "reason_code": "filed_in_error"}, key="a"), DEVELOPER)
        authority.follow()
        left = differing(before, state(authority))
        assert left == []
        assert [row["mark"] for row in registry.marks(authority.reader, index)] == ["annulled"]
        whole = authority.dump()
        authority.rebuild()
        assert authority.dump() == whole
        assert authority.faults() == []
        assert authority.verify() == []


BEGINS = {"compute_flop": 3e25, "placed_on_eu_market": True, "generates": ["text"], "access": "api",
          "publication_date": "2025-09-01"}  # fmt: skip
ENDS = {**BEGINS, "compute_flop": 1e22, "placed_on_eu_market": False, "access": "unreleased"}
LATER = {**BEGINS, "publication_date": "2025-12-01"}
SILENT: dict[str, Any] = {}
PARTLY = {"generates": ["text", "code"]}


@pytest.mark.parametrize(
    ("filings", "dropped"),
    [
        ([BEGINS, SILENT, ENDS], 2),
        ([BEGINS, ENDS, SILENT], 1),
        ([BEGINS, SILENT, ENDS, SILENT, ENDS], 2),
        ([BEGINS, SILENT, ENDS, BEGINS], 2),
        ([BEGINS, SILENT, LATER, PARTLY], 2),
        ([BEGINS, LATER, ENDS, SILENT], 1),
        ([ENDS, BEGINS, SILENT], 1),
        ([SILENT, BEGINS, SILENT, ENDS], 1),
        ([BEGINS, SILENT, ENDS, PARTLY, SILENT], 2),
    ],
)
def test_what_is_owed_is_what_the_other_filings_make_owed(
    offices: Path, filings: list[dict[str, Any]], dropped: int
) -> None:
    """The whole history again, once with a filing that is annulled at the end and once without it."""
    states = []
    for without in (False, True):
        folder = shutil.copytree(offices / "founded", offices / str(len(list(offices.iterdir()))))
        clock = ReplayClock(instant("2026-02-01T00:00:00Z"))
        with Authority.open(folder, clock=clock) as authority:
            act = Act("model_registration.organisation", {"name": "O", "countries": ["US"]}, key="o")
            authority.act(act, DEVELOPER)
            index = -1
            for number, body in enumerate(filings):
                clock.set(instant(f"2026-02-0{number + 2}T00:00:00Z"))
                if number != dropped or not without:
                    found = authority.act(model({**body, "name": "M"}, str(number)), DEVELOPER).index
                    index = found if number == dropped else index
            clock.set(instant("2026-03-01T00:00:00Z"))
            if not without:
                authority.act(
                    Act("record.annulled", {"entry": index, "reason_code": "filed_in_error"}, key="a"), DEVELOPER
                )
            authority.tick()
            authority.follow()
            states.append({
                (row["rule"], row["subject"]): (row["state"], row["started_on"], row["due"], row["party"])
                for row in authority.reader.select(DUTY)
            })  # fmt: skip
            whole = authority.dump()
            authority.rebuild()
            assert authority.dump() == whole
    assert states[0] == states[1]
    assert any(state in ("owed", "overdue", "met", "not_owed", "unknown") for state, *_ in states[1].values())


ROWS = st.lists(
    st.tuples(st.sampled_from(["area:one", "area:two"]), st.integers(1, 4), st.integers(0, 9)), min_size=1, max_size=5
)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), phases=QUICK)
@given(batches=st.lists(ROWS, min_size=1, max_size=4), data=st.data())
def test_an_annulled_batch_leaves_the_series_that_the_others_give(
    offices: Path, batches: list[list[tuple[str, int, int]]], data: Any
) -> None:
    """Whichever batches are annulled, in whatever order, the series say what the batches that are left say."""
    folder = offices / str(len(list(offices.iterdir())))
    clock = ReplayClock(instant("2026-02-01T00:00:00Z"))

    def said(authority: Authority) -> dict[str, Any]:
        return {name: indicators.series(authority.reader, "s.x", name) for name in ("area:one", "area:two")}

    with Authority.create(folder, SETTINGS, clock=clock, installed={}) as authority:
        placed = []
        for number, rows in enumerate(batches):
            clock.set(instant(f"2026-02-0{number + 2}T00:00:00Z"))
            values = {(subject, day): value for subject, day, value in rows}
            observed = [("s.x", subject, date(2026, 1, day), float(value)) for (subject, day), value in values.items()]
            act = indicators.batch_act(
                observed, series_set="s", citation="worked example", released_on=date(2026, 2, number + 2)
            )
            placed.append((authority.act(replace(act, key=f"b{number}")).index, observed))
        authority.follow()
        as_of = said(authority)
        dropped = data.draw(st.permutations(placed))[: data.draw(st.integers(1, len(placed)))]
        for number, (index, _) in enumerate(dropped):
            clock.set(instant(f"2026-03-0{number + 1}T00:00:00Z"))
            authority.act(Act("record.annulled", {"entry": index, "reason_code": "source_withdrawn"}, key=f"a{index}"))
            authority.follow()
        left: dict[tuple[str, str], float] = {}
        for index, observed in placed:
            if index not in [gone for gone, _ in dropped]:
                left |= {(subject, event.isoformat()): value for _, subject, event, value in observed}
        assert said(authority) == {
            name: sorted((event, value) for (subject, event), value in left.items() if subject == name)
            for name in ("area:one", "area:two")
        }
        february = date(2026, 2, 28)
        assert {name: indicators.series(authority.reader, "s.x", name, february) for name in as_of} == as_of, (
            "what was known then stays what was known then"
        )
        whole = authority.dump()
        authority.rebuild()
        assert authority.dump() == whole
