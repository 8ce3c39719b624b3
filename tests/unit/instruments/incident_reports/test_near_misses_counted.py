"""Near misses are counted as incidents, and a signal stands until an officer closes it: page and rule say the same.

What comes in is counted at once; signals are recorded when the day is over (`over`).
"""

from __future__ import annotations

import tomllib
from dataclasses import replace
from typing import Any

import pytest

from commonweal.acceptance import Caller
from commonweal.adoption import adoption
from commonweal.authority import OPERATOR
from commonweal.instruments import RuleFile, discover, rule_file
from commonweal.instruments.incident_reports.desk.tables import standing
from commonweal.instruments.incident_reports.learning import view
from commonweal.instruments.incident_reports.reports import TECHNICAL
from commonweal.instruments.incident_reports.surveillance import (
    LINE,
    PARAMETERS,
    SERIES,
    SUBJECT,
    stand,
    watch_in_force,
)
from commonweal.kernel import thresholds
from commonweal.kernel.record import Act
from commonweal.kernel.values import BadInput, Conflict, RuleFault

from .conftest import Office

FOLDER = discover()["incident_reports"].folder / "rules"
RULE = "incident_reports.near_miss_cluster"
PROVIDER = Caller("party:provider", ("developer",))
NEAR = {"category": "near_miss", "reporter": "provider", "title": "t", "what_happened": "w"}
FOUR, FIVE = 2.496, 3.981
"""Half a near miss in 30 days from 1 January: 61/60 expected by 2 March. n - by hand: 61/60 - n + n ln(n / (61/60))."""


@pytest.fixture
def office(watching: Office) -> Office:
    return watching


def near_miss(office: Office, name: str, *warnings: str, caller: Caller | None = None, **more: Any) -> int:
    body = {"name": name, **NEAR, "what_happened": f"In {name}", "warnings": warnings or ("deception",), **more}
    receipt = office.authority.act(Act("incident_reports.report", body, ""), *([caller] if caller else []))
    office.authority.follow()
    return receipt.index


def five(office: Office, **more: Any) -> list[int]:
    return [near_miss(office, f"R {number}", **more) for number in range(5)]


def llr(office: Office) -> float:
    """What the near misses come to now, by what officers see."""
    now = office.clock.now()
    agreed = watch_in_force(office.authority.reader, now)
    assert agreed is not None
    return stand(office.authority.reader, agreed, "deception", now.date()).llr


def observed(office: Office, warning: str = "deception") -> float:
    return office.authority.reading().series(f"{SERIES}{{warning={warning}}}", SUBJECT)[-1][1]


def firing(office: Office) -> set[str]:
    """The kinds of warning of which the rule says that it fires."""
    rows = thresholds.states(office.authority.reader, RULE)
    return {row["subject"].partition("warning=")[2].rstrip("}") for row in rows if row["state"] == "firing"}


def signals(office: Office) -> dict[str, str]:
    """The kinds of warning of which the page says that they signal, with the day."""
    watched = view(office.reading(), {})["watched"]
    return {row["code"]: row["signal_on"] for row in watched["rows"] if row["signal_on"]}


def counts(office: Office, warning: str = "deception") -> int:
    watched = view(office.reading(), {})["watched"]
    return next(row["incidents"] for row in watched["rows"] if row["code"] == warning)


def adopt(office: Office, text: str) -> None:
    version = str(tomllib.loads(text)["version"])
    office.authority.adopt(RuleFile(PARAMETERS, "parameters", version, "application/toml", text))
    office.authority.follow()


def close(office: Office, **more: Any) -> int:
    (signal,) = view(office.reading(), {})["watched"]["open"]
    said = {"signal": signal["entry"], "finding": "explained", "reasons": "A call for reports brought them."}
    return office.file("signal_closed", **{**said, **more})


# ── what counts ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("by", ["duplicate", "chain", "linked", "both"])
def test_several_reports_of_one_incident_count_once(office: Office, by: str) -> None:
    """Four papers about one thing, and one about another, are two near misses: 61/60 - 2 + 2 ln(2 / (61/60))."""
    near_miss(office, "R 0")
    near_miss(office, "R 9")
    office.file("incident", name="I 1", title="t")
    if by in ("linked", "both"):
        office.file("linked", report="report:r-0", incident="incident:i-1", relation="same")
    for number in range(1, 4):
        near_miss(office, f"R {number}")
        repeated = {"chain": f"report:r-{number - 1}", "duplicate": "report:r-0", "both": "report:r-0"}.get(by)
        if repeated and not (by == "both" and number == 2):
            said = {"urgency": "routine", "decision": "duplicate", "duplicate_of": repeated}
            office.file("triage", report=f"report:r-{number}", **said)
        else:
            office.file("linked", report=f"report:r-{number}", incident="incident:i-1", relation="same")
    assert counts(office) == 2
    assert llr(office) == pytest.approx(0.370, abs=1e-3)
    office.over()
    assert (firing(office), signals(office)) == (set(), {})


def test_a_variant_is_an_incident_of_its_own(office: Office) -> None:
    office.file("incident", name="I 1", title="t")
    for number in range(4):
        near_miss(office, f"R {number}")
        office.file("linked", report=f"report:r-{number}", incident="incident:i-1", relation="variant")
    assert counts(office) == 4
    office.file("unlinked", report="report:r-0", incident="incident:i-1", reasons="Something else")
    assert counts(office) == 4


@pytest.mark.parametrize("decision", ["reject", "not_ai"])
def test_what_the_desk_turned_away_counts_no_more_nor_what_repeats_it(office: Office, decision: str) -> None:
    for number in range(4):
        near_miss(office, f"R {number}")
    repeats = {"urgency": "routine", "decision": "duplicate", "duplicate_of": "report:r-0"}
    office.file("triage", report="report:r-1", **repeats)
    office.file("triage", report="report:r-0", urgency="routine", decision=decision, reasons="No")
    assert counts(office) == 2
    office.file("triage", report="report:r-0", urgency="routine", decision="handle")
    assert counts(office) == 3
    assert llr(office) == pytest.approx(61 / 60 - 3 + 3 * 1.082078, abs=1e-4)  # ln(3 / (61/60)) = 1.082078


def test_an_incident_counts_from_the_first_report_of_it(office: Office) -> None:
    """A late report of what was told in an earlier period brings that period back, and none of this one."""
    near_miss(office, "R 0")
    office.file("incident", name="I 1", title="t")
    office.file("linked", report="report:r-0", incident="incident:i-1", relation="same")
    office.at("2027-10-01T09:00:00Z")  # 600 days after 1 January 2026 is 24 August 2027
    near_miss(office, "R 1")
    assert counts(office) == 1
    office.file("linked", report="report:r-1", incident="incident:i-1", relation="same")
    assert counts(office) == 0


# ── what takes a near miss back ─────────────────────────────────────────────────────────────────────────────────────


def test_who_is_watched_cannot_silence_a_warning(office: Office) -> None:
    """Taken back, or filed anew as something else, by whoever filed it, who cannot annul it: it counts."""
    filed = five(office, caller=PROVIDER)
    office.over()
    assert firing(office) == set(signals(office)) == {"deception"}
    act = office.authority.act
    act(Act("incident_reports.withdrawal", {"report": "report:r-0"}, ""), PROVIDER)
    act(Act("incident_reports.report", {"name": "R 1", **NEAR, "category": "concern"}, ""), PROVIDER)
    with pytest.raises(BadInput, match="not unsaid"):
        act(Act("record.annulled", {"entry": filed[2], "reason_code": "filed_in_error"}, ""), PROVIDER)
    office.authority.follow()
    near_miss(office, "R 3", "other", caller=PROVIDER)
    office.over()
    assert firing(office) == set(signals(office)) == {"deception"}
    assert counts(office) == 5


def test_nor_keep_it_from_coming(office: Office) -> None:
    for number in range(4):
        near_miss(office, f"R {number}", caller=PROVIDER)
        withdrawal = Act("incident_reports.withdrawal", {"report": f"report:r-{number}"}, "")
        office.authority.act(withdrawal, PROVIDER)
    near_miss(office, "R 4", caller=PROVIDER)
    office.over()
    assert firing(office) == set(signals(office)) == {"deception"}


def test_an_annulment_by_the_authority_undoes_a_signal_that_stood_on_what_was_annulled(office: Office) -> None:
    filed = five(office, caller=PROVIDER)
    office.over()
    order = {"entry": filed[0], "reason_code": "ordered", "citation": "Order 7 of the court"}
    office.authority.act(Act("record.annulled", order, ""))
    office.authority.follow()
    office.over()
    assert firing(office) == set(signals(office)) == set()
    assert observed(office) == 0
    near_miss(office, "R 6", caller=PROVIDER)
    office.over()
    assert firing(office) == set(signals(office)) == {"deception"}, "the test went on: its alpha was not spent"


def test_nobody_annuls_what_was_observed_of_a_signal(office: Office) -> None:
    """It followed from the signal: a rule that fires stops firing when the signal is closed, and in no other way."""
    five(office)
    office.over()
    entries = map(office.authority.entry, range(office.authority.store.size()))
    (batch,) = (one for one in entries if one.kind == "observations.batch")
    with pytest.raises(Conflict, match=rf"it followed from entry {batch.causes[0]}"):
        office.annul(batch.index)
    assert firing(office) == {"deception"}


# ── a signal stands ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_signal_stands_with_its_day_until_an_officer_closes_it(office: Office) -> None:
    """The test ends when the bound is first crossed; that the expected number goes on growing undoes nothing."""
    five(office)
    office.over()
    office.file("incident", name="I 1", title="t")
    office.at("2026-06-15T09:00:00Z")
    for number in range(4):
        office.file("linked", report=f"report:r-{number}", incident="incident:i-1", relation="same")
    near_miss(office, "R 7", "other")
    office.over()
    assert counts(office) == 2
    assert firing(office) == {"deception"}
    assert signals(office) == {"deception": "2026-03-02"}
    assert llr(office) == observed(office) == pytest.approx(FIVE, abs=1e-3)
    office.at("2027-12-01T09:00:00Z")
    near_miss(office, "R 8", "other")
    office.over()
    assert firing(office) == set(signals(office)) == {"deception"}, "nor does the plan's end"


def test_after_it_is_closed_a_new_period_begins(office: Office) -> None:
    five(office)
    office.over()
    close(office)
    assert firing(office) == set(signals(office)) == set()
    assert (counts(office), llr(office), observed(office)) == (0, 0, 0)
    near_miss(office, "R 5")
    assert counts(office) == 1, "filed on the same day, after it was closed"
    office.at("2026-05-01T09:00:00Z")  # 60 days with the first: 1 expected; 4 have 1 - 4 + 4 ln 4 = 2.55, 5 have 4.05
    for number in range(6, 9):
        near_miss(office, f"R {number}")
    near_miss(office, "R 9")
    office.over()
    assert signals(office) == {"deception": "2026-05-01"}
    assert firing(office) == {"deception"}


def test_only_a_signal_that_stands_is_closed_and_with_reasons(office: Office) -> None:
    report = five(office)[0]
    office.over()
    (signal,) = view(office.reading(), {})["watched"]["open"]
    with pytest.raises(BadInput, match=rf"signal.*{report}.*{signal['entry']} \(deception\)"):
        office.file("signal_closed", signal=report, finding="explained", reasons="So")
    with pytest.raises(BadInput, match="reasons"):
        office.file("signal_closed", signal=signal["entry"], finding="explained")
    with pytest.raises(BadInput, match=r"finding.*annulled"):
        close(office, finding="annulled")
    close(office)
    with pytest.raises(BadInput, match="no signal stands"):
        office.file("signal_closed", signal=signal["entry"], finding="explained", reasons="Again")


def test_what_was_annulled_after_it_was_closed_changes_nothing(office: Office) -> None:
    filed = five(office)
    office.over()
    closed = close(office)
    office.annul(filed[0])
    office.over()
    (told,) = view(office.reading(), {})["watched"]["closed"]
    assert (told["entry"], told["finding"]) == (closed, "explained")


def test_what_is_erased_takes_no_signal_with_it(office: Office) -> None:
    """What was told is gone then; that there was a signal, and that it was closed, is on record."""
    five(office)
    office.over()
    for number in range(4):
        office.authority.keys.erase(f"report:r-{number}", TECHNICAL)
    office.authority.rebuild()
    assert counts(office) == 1
    assert firing(office) == set(signals(office)) == {"deception"}
    assert observed(office) == pytest.approx(FIVE, abs=1e-3)
    close(office)
    assert firing(office) == set(signals(office)) == set()


# ── page and rule ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_page_and_rule_say_the_same_after_every_act(office: Office) -> None:
    def same() -> None:
        office.over()
        assert firing(office) == set(signals(office))

    for number in range(12):
        near_miss(office, f"R {number}", *(("deception",), ("other", "deception"), ("loss_of_control",))[number % 3])
        same()
    assert firing(office) == {"deception"}
    office.file("triage", report="report:r-0", urgency="routine", decision="reject", reasons="No")
    same()
    office.at("2026-11-28T09:00:00Z")
    same()
    close(office)
    same()


def test_a_plan_that_asks_for_several_events_does_not_signal_with_fewer(office: Office) -> None:
    """M = 6: five would be enough for the ratio, and are not for the plan. T = 10, M = 6: 2.690586 (Sequential 2.x)."""
    text = (FOLDER / "surveillance.toml").read_text("utf-8").replace("events_min = 4", "events_min = 6")
    adopt(office, text.replace('version = "', 'version = "six-'))
    five(office)
    office.over()
    assert (firing(office), signals(office)) == (set(), {})
    near_miss(office, "R 5")
    office.over()
    assert firing(office) == set(signals(office)) == {"deception"}
    line = office.authority.reading().series(f"{LINE}{{warning=deception}}", SUBJECT)[-1][1]
    assert line == pytest.approx(2.690586, abs=5e-7)


def test_the_line_of_the_rule_is_what_the_plan_in_force_gives(office: Office) -> None:
    """Kulldorff and others 2011, table 1: T = 10, M = 1, alpha = .05 gives 3.467952."""
    five(office)
    office.over()
    line = office.authority.reading().series(f"{LINE}{{warning=deception}}", SUBJECT)[-1][1]
    assert f"{line:.6f}" == "3.467952"
    rule = tomllib.loads((FOLDER / "near_miss_cluster.toml").read_text("utf-8"))
    assert rule["let"]["line"] == LINE


@pytest.mark.parametrize(
    ("was", "now"), [("limit = 10.0", 'limit = "many"'), ("alpha = 0.05", "alpha = 5"), ("since = 2026-01-01\n", "")]
)
def test_a_text_that_is_no_plan_is_as_if_there_were_none(office: Office, was: str, now: str) -> None:
    """None is put in force. One that an earlier release took stops no report at the desk, and the page says that
    nothing is watched."""
    text = (
        (FOLDER / "surveillance.toml").read_text("utf-8").replace(was, now).replace('version = "', 'version = "none-')
    )
    with pytest.raises(RuleFault):
        adopt(office, text)
    office.authority.act(adoption(rule_file(text), "old"), replace(OPERATOR, pen=True))
    office.authority.follow()
    near_miss(office, "R 0")
    assert view(office.reading(), {})["watched"] is None
    assert standing(office.authority.reader, "report:r-0") is not None
