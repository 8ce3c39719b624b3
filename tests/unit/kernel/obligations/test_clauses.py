"""What comes after a duty and what may move its clock, as a law text says it: read exactly, every fault named."""

from __future__ import annotations

from dataclasses import replace

import pytest

from commonweal.kernel.obligations import read_law
from commonweal.kernel.obligations.clauses import BY_AUTHORITY, MetBy, Start, Until
from commonweal.kernel.values import Period, RuleFault

LAW = """
id = "xx.law"
version = "1"
title = { en = "A law", zh = "一部法律" }
jurisdiction = "XX"
authority = { en = "the office", zh = "机关" }
time_zone = "UTC"
calendar = "calendar.plain"

[source]
citation = "Gazette 1"

[facts]
serious = { en = "serious", zh = "严重", public = true }
resolved_on = { en = "resolved on", zh = "解决日", public = true }

[[rule]]
id = "xx.law.report"
title = { en = "Report", zh = "报告" }
text = { en = "Tell us.", zh = "告知。" }
column = { en = "Report", zh = "报告" }
citation = "Art. 1"
noun = "model"
duty = "report"
owed_by = { en = "the provider", zh = "提供者" }
in_force = { from = 2025-01-01 }
period = "2 days"
met_by = { kind = "register.report", subject = "about" }
when = { all = [{ fact = "serious", op = "is", value = true }] }
relay = [
    { id = "national", to = { en = "the centre", zh = "中心" }, within = "30 minutes", citation = "Art. 4" },
    { to = { en = "the council", zh = "理事会" }, within = "1 hour", after = "national", citation = "Art. 4" },
]

[rule.stoppable]
by = ["authority", "officer"]
reasons = { information_requested = { en = "information was asked for", zh = "已要求补充资料" } }
max = "30 days"
times = 1
citation = "Art. 5"

[rule.extendable]
by = ["authority"]
reasons = { complex = { en = "it is complex", zh = "情况复杂" } }
max = "10 working_days"
citation = "Art. 6"

[[rule.follow_up]]
id = "update"
title = { en = "Update", zh = "更新" }
citation = "Art. 2"
every = "4 weeks"
until = { of = "final" }

[[rule.follow_up]]
id = "final"
title = { en = "Final report", zh = "最终报告" }
citation = "Art. 3"
start = { event = "fact", fact = "resolved_on" }
period = "60 days"
owed_to = { en = "the court", zh = "法院" }

[[rule]]
id = "xx.law.decide"
title = { en = "Decide", zh = "决定" }
text = { en = "The office decides.", zh = "机关作出决定。" }
column = { en = "Decision", zh = "决定" }
citation = "Art. 7"
noun = "model"
duty = "decision"
owed_by = { en = "the office", zh = "机关" }
party = "authority"
in_force = { from = 2025-01-01 }
start = { event = "met", of = "xx.law.report" }
period = "10 working_days"
on_silence = "deemed_approved"
when = { all = [{ fact = "serious", op = "is", value = true }] }
"""


def faults(text: str) -> dict[str, str]:
    with pytest.raises(RuleFault) as caught:
        read_law(text)
    return {fault.where.split(" (line")[0]: f"{fault.seen} → {fault.want}" for fault in caught.value.faults}


def test_what_comes_after_a_duty_is_a_rule_of_its_own() -> None:
    rules = {rule.id.removeprefix("xx.law."): rule for rule in read_law(LAW).rules}
    assert list(rules) == ["report", "report.update", "report.final", "report.national", "report.relay_2", "decide"]
    report, update, final = rules["report"], rules["report.update"], rules["report.final"]
    assert (update.parent, update.role, update.when) == ("xx.law.report", "follow_up", report.when)
    assert (update.every, update.until) == (Period(4, "weeks"), Until(rule="xx.law.report.final"))
    assert update.start == Start("met", rule="xx.law.report")
    assert (final.start, final.period, str(final.owed_to)) == (
        Start("fact", "resolved_on"),
        Period(60, "days"),
        "the court",
    )
    assert final.met_by == (MetBy("register.report", "rule", "about"),)
    assert not final.stoppable


def test_a_follow_up_may_last_while_the_conditions_hold() -> None:
    rules = {rule.id: rule for rule in read_law(LAW.replace('{ of = "final" }', '"conditions"')).rules}
    assert rules["xx.law.report.update"].until == Until(conditions=True)


def test_a_relay_is_owed_by_whoever_receives() -> None:
    rules = {rule.id.removeprefix("xx.law."): rule for rule in read_law(LAW).rules}
    first, second = rules["report.national"], rules["report.relay_2"]
    assert (first.by_authority, str(first.owed_by), str(first.owed_to)) == (True, "the office", "the centre")
    assert (first.start, second.start) == (Start("met", rule="xx.law.report"), Start("met", rule=first.id))
    assert (first.period, first.met_by) == (Period(30, "minutes"), BY_AUTHORITY)
    assert str(first.title) == "Pass on: Report"


def test_who_may_move_a_clock_and_what_silence_says() -> None:
    rules = {rule.id.removeprefix("xx.law."): rule for rule in read_law(LAW).rules}
    stop, extend, decide = rules["report"].stoppable, rules["report"].extendable, rules["decide"]
    assert stop is not None
    assert extend is not None
    assert (stop.by, stop.max, stop.times, list(stop.reasons)) == (
        ("authority", "officer"), Period(30, "days"), 1, ["information_requested"],
    )  # fmt: skip
    assert stop.each == {}
    once = read_law(LAW.replace('zh = "已要求补充资料" }', 'zh = "已要求补充资料", times = 1 }')).rules[0].stoppable
    assert once is not None
    assert (once.each, once.reasons) == ({"information_requested": 1}, stop.reasons)
    assert (extend.max, extend.times) == (Period(10, "working_days"), 0)
    unbounded = read_law(LAW.replace('max = "10 working_days"', 'max = "none"')).rules[0].extendable
    assert unbounded == replace(extend, max=None), "a law that says that there may be more time, and not how much"
    assert (decide.by_authority, decide.party, decide.on_silence, decide.met_by) == (
        True, "", "deemed_approved", BY_AUTHORITY,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "where", "says"),
    [
        # A follow-up that never ends, in each way of writing one.
        ('until = { of = "final" }\n', "", "report, follow_up[0].until", "no duty goes on for ever"),
        ('until = { of = "final" }', "until = {}", "report, follow_up[0].until", "exactly one of"),
        ('until = { of = "final" }', 'until = { of = "update" }', "report.update, start", "waits for itself"),
        ('until = { of = "final" }', 'until = { of = "none" }', "report.update, start", "a rule of this law"),
        ('every = "4 weeks"\n', "", "report, follow_up[0].period", "either period (once) or every"),
        ('id = "final"', 'id = "update"', "report, follow_up", "an id of its own"),
        ('fact = "resolved_on" }\nperiod', 'fact = "unheard_of" }\nperiod', "report, follow_up[1].start.fact",
         "a fact's name"),
        # Who may move the clock is said with the reasons that the law allows.
        ('reasons = { complex = { en = "it is complex", zh = "情况复杂" } }', "reasons = {}",
         "report, extendable.reasons", "the reasons that the law allows"),
        ('max = "10 working_days"\n', "", "report, extendable.max", "how long all extensions"),
        ('max = "10 working_days"\n', 'max = "10 working_days"\nwhole = true\n', "report, extendable.whole",
         "they are one period"),
        ('zh = "情况复杂" } }', 'zh = "情况复杂", times = 101 } }', "report, extendable.reasons.complex.times",
         "a whole number from 0 to 100"),
        ('by = ["authority"]', 'by = "authority"', "report, extendable.by", "roles that may decide"),
        ('period = "2 days"', 'period = "none"', "report, stoppable", "its clock has no end"),
        ("serious\", zh = \"严重\", public = true", "serious\", zh = \"严重\"", "report, stoppable",
         "who stops it is public"),
        # Silence, starts, relays.
        ('party = "authority"\n', "", "decide, on_silence", "only the silence of the authority"),
        ('"deemed_approved"', '"deemed_fine"', "decide, on_silence", "deemed_refused"),
        ('of = "xx.law.report" }', 'of = "xx.law.decide" }', "decide, start", "waits for itself"),
        ('of = "xx.law.report" }', 'of = "yy.law.x" }', "decide, start", "a rule of this law"),
        ('within = "1 hour"', 'within = "soon"', "report, relay[1].within", "a whole number and a unit"),
    ],
)  # fmt: skip
def test_every_fault_is_named(old: str, new: str, where: str, says: str) -> None:
    assert LAW.count(old) >= 1
    found = faults(LAW.replace(old, new, 1))
    assert says in found[f"rule xx.law.{where}"]
