"""What strangers may not read out of a public duty: when exactly somebody filed, and what is on file in confidence."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pytest

from commonweal.kernel.instrument import Fact
from commonweal.kernel.obligations import DUTY_CHANGED, Obligations, duties
from commonweal.kernel.obligations.publication import to_the_second
from commonweal.kernel.record.tables import Reader
from commonweal.kernel.values import Interval, instant
from duty_house import CLAUSES, COUNCIL, NATIONAL, REPORT, A, FiledFacts, House
from fakes import MemoryTables

SECOND = "10:17:43Z"
HOURS = CLAUSES.replace('period = "10 days"', 'period = "24 hours"')
# A calendar that counts hours as they are, from the second of the event, as US law does.
EXACT = """
id = "calendar.exact"
version = "1"
title = { en = "Exact", zh = "精确" }
citation = "Gazette 2"

[counting]
next_full_hour = false
"""


HEAD, _, _ = CLAUSES.replace("resolved_on = {", 'sealed = { en = "sealed", zh = "密封" }\nresolved_on = {').partition(
    "[[rule]]"
)
EITHER = '{ any = [{ fact = "serious", op = "is", value = true }, { fact = "sealed", op = "is", value = true }] }'


def rule(name: str, event: str, of: str = "") -> str:
    """A rule about a model that a sealed fact may decide: 24 hours from an event."""
    start = f'{{ event = "{event}", of = "{of}" }}' if of else f'{{ event = "{event}" }}'
    return f"""
[[rule]]
id = "xx.law.{name}"
title = {{ en = "{name}", zh = "报告" }}
text = {{ en = "Tell us.", zh = "告知。" }}
column = {{ en = "{name}", zh = "报告" }}
citation = "Art. 1"
noun = "model"
duty = "report"
owed_by = {{ en = "the provider", zh = "提供者" }}
in_force = {{ from = 2025-01-01 }}
start = {start}
period = "24 hours"
met_by = {{ kind = "register.report", subject = "about" }}
when = {EITHER}
"""


def house(text: str, calendar: str = "calendar.exact") -> House:
    found = House()
    found.adopt("calendar.exact", "2025-01-01", EXACT, version="1")
    found.adopt("xx.law", "2025-01-01", text.replace("calendar.plain", calendar), version="1")
    return found


def public(found: House, rule: str = REPORT) -> dict[str, Any]:
    return duties(found.tables, subject=A, rule=rule)[0]


def private(found: House, rule: str = REPORT) -> dict[str, Any]:
    return duties(found.tables, subject=A, rule=rule, private=True)[0]


def told(found: House) -> str:
    """Everything that strangers get of duties: the rows as shown, and the bodies of what is recorded."""
    hidden = ("began", "ends", "clock", "watch")
    rows = [{name: row[name] for name in row if name not in hidden} for row in duties(found.tables)]
    return json.dumps([rows, [entry.body for entry in found.entries if entry.kind == DUTY_CHANGED.id]], default=str)


def rebuilt(found: House) -> None:
    again = MemoryTables()
    for entry in found.entries:
        found.step(entry, again)
    assert found.dump(again) == found.dump()


# ── when somebody filed ─────────────────────────────────────────────────────────────────────────────────────────────


def test_a_clock_in_hours_does_not_tell_the_second_of_the_filing_that_starts_it() -> None:
    """Filed on 1 June at 10:17:43: 24 hours end at 10:17:43 on the 2nd, which strangers are told as 10:00."""
    found = house(HOURS)
    found.file("register.model", f"2026-06-01T{SECOND}", A, serious=True)
    assert private(found)["due"] == f"2026-06-02T{SECOND}"
    assert public(found)["due"] == "2026-06-02T10:00:00Z"
    steps = public(found)["why"]["steps"]
    assert [step["code"] for step in steps] == ["event", "hours_counted", "to_the_hour", "ends_hour"]
    assert (steps[1]["from"], steps[1]["to"]) == ("2026-06-01T10:00:00Z", "2026-06-02T10:00:00Z")
    assert ":17:43" not in told(found)
    assert to_the_second(public(found))["due"] == f"2026-06-02T{SECOND}"


def test_what_counts_is_the_second_all_the_same() -> None:
    """It is overdue when it is, not at the hour that is shown; and a report in between is late."""
    found = house(HOURS)
    found.file("register.model", f"2026-06-01T{SECOND}", A, serious=True)
    assert found.tick("2026-06-02T10:17:42Z") == []
    assert [body["state"] for body in found.tick("2026-06-02T10:17:43Z")] == ["overdue"]
    found.file("register.report", "2026-06-02T10:30:00Z", rule=REPORT, about=A)
    assert (public(found)["state"], public(found)["late"], public(found)["met_on"]) == ("met", 1, "2026-06-02")
    assert ":17:43" not in told(found)
    assert ":30:00" not in told(found)
    rebuilt(found)


def test_nor_does_a_chain_of_half_hours_or_a_stop_or_a_round() -> None:
    """What starts when another is met, goes on after a stop, or recurs by the hour, starts with a filing too."""
    found = house(HOURS.replace('every = "4 weeks"', 'every = "6 hours"'))
    found.file("register.model", f"2026-06-01T{SECOND}", A, serious=True)
    clock = {"rule": REPORT, "about": A, "decided_by": "authority", "basis": "Order 1"}
    found.file("duty.clock", "2026-06-01T12:05:06Z", decision="stop", reason="information_requested", **clock)
    found.file("duty.clock", "2026-06-01T13:07:09Z", decision="resume", **clock)
    assert private(found)["due"] == "2026-06-02T11:19:46Z"  # 10:17:43 and the 1:02:03 that it stood
    assert public(found)["due"] == "2026-06-02T11:00:00Z"
    found.file("register.report", "2026-06-01T14:08:10Z", rule=REPORT, about=A)
    assert (private(found, NATIONAL)["due"], public(found, NATIONAL)["due"]) == (
        "2026-06-01T14:38:10Z", "2026-06-01T14:00:00Z",
    )  # fmt: skip
    update = f"{REPORT}.update"
    assert (private(found, update)["due"], public(found, update)["due"]) == (
        "2026-06-01T20:08:10Z", "2026-06-01T20:00:00Z",
    )  # fmt: skip
    found.file("duty.done", "2026-06-01T14:40:12Z", rule=NATIONAL, about=A)
    assert (private(found, COUNCIL)["due"], public(found, COUNCIL)["due"]) == (
        "2026-06-01T15:40:12Z", "2026-06-01T15:00:00Z",
    )  # fmt: skip
    found.file("register.report", "2026-06-01T16:09:11Z", rule=update, about=A)
    assert public(found, update)["rounds"]["kept"][0]["due"] == "2026-06-01T20:00:00Z"
    seconds = (":17:43", ":05:06", ":07:09", ":19:46", ":08:10", ":38:10", ":09:11", ":40:12")
    assert [second for second in seconds if second in told(found)] == []
    rebuilt(found)


def test_a_clock_that_goes_on_unseen_keeps_its_second() -> None:
    """A sealed fact may decide, so the public's duty is judged by itself; once nothing is known it goes on as it was.

    So does the clock that starts when it falls due: at that second, not at the hour that is shown.
    """
    found = house(f"{HEAD}{rule('report', 'known')}{rule('after', 'due', 'xx.law.report')}")
    found.file("register.model", f"2026-06-01T{SECOND}", A, serious=True)
    assert public(found)["due"] == "2026-06-02T10:00:00Z"
    found.file("register.model", "2026-06-01T20:00:00Z", A, serious=None)
    assert (public(found)["state"], public(found)["due"]) == ("owed", "2026-06-02T10:00:00Z")
    assert to_the_second(public(found))["due"] == f"2026-06-02T{SECOND}"
    found.file("register.model", "2026-06-01T21:00:00Z", A, serious=True)
    assert to_the_second(public(found, "xx.law.after"))["due"] == f"2026-06-03T{SECOND}"
    assert found.tick("2026-06-02T10:17:42Z") == []
    assert [body["state"] for body in found.tick(f"2026-06-02T{SECOND}")] == ["overdue"]
    assert ":17:43" not in told(found)
    rebuilt(found)


def test_an_instant_that_is_stated_in_public_stays_as_it_is() -> None:
    """Whoever says since when it is known says it to everybody: the clock is told as it runs, until a stop moves it."""
    found = house(HOURS.replace("resolved_on", "aware_at").replace(
        'in_force = { from = 2025-01-01 }\nperiod = "24 hours"',
        'in_force = { from = 2025-01-01 }\nstart = { event = "fact", fact = "aware_at" }\nperiod = "24 hours"',
    ))  # fmt: skip
    found.file("register.model", f"2026-06-01T{SECOND}", A, serious=True)
    assert public(found)["due"] == "2026-06-02T10:00:00Z", "nobody stated it: presumed from the filing"
    assert ":17:43" not in told(found)
    found.file("register.model", "2026-06-01T12:00:00Z", A, serious=True, aware_at="2026-06-01T08:15:30Z")
    assert public(found)["due"] == private(found)["due"] == "2026-06-02T08:15:30Z"
    clock = {"rule": REPORT, "about": A, "decided_by": "authority", "basis": "Order 1"}
    found.file("duty.clock", "2026-06-01T13:00:00Z", decision="stop", reason="information_requested", **clock)
    found.file("duty.clock", "2026-06-01T14:01:02Z", decision="resume", **clock)
    assert (private(found)["due"], public(found)["due"]) == ("2026-06-02T09:16:32Z", "2026-06-02T09:00:00Z")
    rebuilt(found)


def test_a_round_by_the_hour_is_told_to_the_hour_whatever_began_it() -> None:
    """The first starts with what was stated, the next with a filing."""
    text = HOURS.replace("resolved_on", "aware_at").replace(
        'every = "4 weeks"\nuntil = { of = "final" }',
        'start = { event = "fact", fact = "aware_at" }\nevery = "6 hours"\nuntil = { period = "9 days" }',
    )
    found, update = house(text), f"{REPORT}.update"
    found.file("register.model", f"2026-06-01T{SECOND}", A, serious=True, aware_at="2026-06-01T08:15:30Z")
    found.file("register.report", "2026-06-01T12:13:14Z", rule=update, about=A)
    assert (private(found, update)["due"], public(found, update)["due"]) == (
        "2026-06-01T18:13:14Z", "2026-06-01T18:00:00Z",
    )  # fmt: skip
    rebuilt(found)


def test_full_hours_and_days_are_told_as_they_are() -> None:
    """Reg. 1182/71 counts from the next full hour, and days end at midnight: there is nothing to hide."""
    for text, calendar in ((HOURS, "calendar.plain"), (CLAUSES, "calendar.exact")):
        found = house(text.replace('time_zone = "UTC"', 'time_zone = "Asia/Kolkata"'), calendar)
        found.file("register.model", f"2026-06-01T{SECOND}", A, serious=True)
        assert public(found)["due"] == private(found)["due"]
        assert "to_the_hour" not in [step["code"] for step in public(found)["why"]["steps"]]


# ── what is on file in confidence ───────────────────────────────────────────────────────────────────────────────────

FACTS = """revenue = { en = "revenue", zh = "收入" }
flop = { en = "compute", zh = "计算量", public = true }
resolved_on = {"""
SEALED = CLAUSES.replace("resolved_on = {", FACTS).replace(
    'when = { all = [{ fact = "serious", op = "is", value = true }] }\nrelay',
    """public_outcome = true
when = { all = [
    { any = [{ fact = "serious", op = "is", value = true }, { fact = "flop", op = ">", value = 1e25 }] },
    { any = [{ fact = "revenue", op = ">", value = 5e8 }, { fact = "flop", op = ">", value = 1e25 }] },
    { fact = "flop", op = ">", value = 1e24, act_on = "high" },
] }
relay""",
)  # fmt: skip


def sealed(revenue: Interval, flop: Interval) -> House:
    def known(subject: str, reader: Reader, as_of: datetime) -> Mapping[str, Fact]:
        on = instant("2026-06-01T09:00:00Z")
        return {"serious": Fact(True, on), "revenue": Fact(revenue, on), "flop": Fact(flop, on)}

    found = House()
    found.room = Obligations([FiledFacts(of=known)])
    found.adopt("xx.law", "2025-01-01", SEALED, version="1")
    found.file("register.model", "2026-06-01T09:00:00Z", A, serious=True)
    return found


def test_a_group_tells_nothing_where_it_holds_a_fact_that_is_not_public() -> None:
    """Beside a public condition that does not hold, `any` being true would say that the sealed one does."""
    found = sealed(Interval(6e8, 6e8, 6e8), Interval(2e24, 2e24, 2e24))
    row = public(found)
    assert (row["state"], private(found)["why"]["conditions"]["all"][1]["truth"]) == ("owed", "yes")
    conditions = row["why"]["conditions"]
    open_, closed, alone = conditions["all"]
    assert (open_["truth"], alone["truth"]) == ("yes", "yes"), "groups of public facts are told whole"
    assert "truth" not in closed, "this one would tell of the revenue"
    assert "truth" not in conditions, "and so would all of them together"
    hidden, shown = closed["any"]
    assert hidden == {"fact": "revenue", "op": ">", "value": 5e8, "act_on": "point"}
    assert (shown["truth"], shown["seen"]["point"], shown["known_on"]) == ("no", 2e24, "2026-06-01")
    recorded = [entry.body["why"]["conditions"] for entry in found.entries if entry.body.get("rule") == REPORT]
    assert recorded == [conditions]


@pytest.mark.parametrize(
    ("revenue", "own"), [(Interval(4e8, 6e8, 7e8), ["revenue", "flop"]), (Interval(6e8, 6e8, 6e8), ["flop"])]
)
def test_whose_interval_holds_the_line_is_told_of_public_facts_only(revenue: Interval, own: list[str]) -> None:
    """That a sealed figure lies on both sides of a line tells where it lies."""
    found = sealed(revenue, Interval(8e23, 2e24, 3e24))
    assert private(found)["why"]["straddles"] == own
    assert public(found)["why"]["straddles"] == ["flop"]
