"""The loader of law texts: what is right is read exactly, and everything wrong is named at once with its line."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from commonweal.kernel.obligations import Group, check_adoption, read_law
from commonweal.kernel.values import Period, RuleFault, TooLarge
from commonweal.law import texts

GOOD = """
id = "xx.law"
version = "1"
title = { en = "A law", zh = "一部法律" }
jurisdiction = "XX"
authority = { en = "the office", zh = "机关" }
time_zone = "Europe/Brussels"
calendar = "calendar.plain"

[source]
citation = "Gazette 1"

[facts]
compute_flop = { en = "compute", zh = "计算量", public = true }
placed = { en = "placed", zh = "投放" }
placed_on = { en = "placed on", zh = "投放日", public = true }

[[rule]]
id = "xx.law.one"
title = { en = "One", zh = "一" }
text = { en = "Tell us.", zh = "告知。" }
column = { en = "One", zh = "一" }
citation = "Art. 1"
noun = "model"
duty = "notification"
owed_by = { en = "the provider", zh = "提供者" }
in_force = { from = 2025-08-02 }
period = "2 weeks"
met_by = "register.notification"
when = { all = [
    { fact = "compute_flop", op = ">", value = 1e25 },
    { any = [{ fact = "placed", op = "is", value = true }, { fact = "placed_on", op = "from", value = 2025-01-01 }] },
] }
transitional = { fact = "placed_on", before = 2025-08-02, due = 2027-08-02, citation = "Art. 9" }
"""


def faults(text: str) -> dict[str, str]:
    """Faults of a text by where, without its line."""
    with pytest.raises(RuleFault) as caught:
        read_law(text)
    return {fault.where.split(" (line")[0]: f"{fault.seen} → {fault.want}" for fault in caught.value.faults}


def test_reads_what_stands_there() -> None:
    law = read_law(GOOD)
    rule = law.rules[0]
    assert (law.id, law.jurisdiction, rule.nouns, rule.version) == ("xx.law", "XX", ("model",), "1")
    assert rule.starts == datetime(2025, 8, 1, 22, tzinfo=UTC)  # midnight in Brussels
    assert rule.period == Period(2, "weeks")
    assert rule.facts() == ("compute_flop", "placed", "placed_on")
    assert rule.owed_to == {"en": "the office", "zh": "机关"}
    assert rule.transitional is not None
    assert rule.transitional.due == date(2027, 8, 2)
    assert law.facts["compute_flop"].public
    assert not law.facts["placed"].public


def test_the_same_text_is_read_once() -> None:
    assert read_law(GOOD) is read_law(GOOD)


@pytest.mark.parametrize(
    ("old", "new", "where", "says"),
    [
        ('citation = "Art. 1"\n', "", "rule xx.law.one, citation", "(absent)"),
        ('citation = "Art. 1"', 'citation = "  "', "rule xx.law.one, citation", "article"),
        ("in_force = { from = 2025-08-02 }\n", "", "rule xx.law.one, in_force", "(absent)"),
        ("from = 2025-08-02", 'from = "2025-13-40"', "rule xx.law.one, in_force.from", "2025-13-40"),
        ("from = 2025-08-02", "from = 2025-08-02, until = 2025-08-02", "rule xx.law.one, in_force.until", "after"),
        ("2 weeks", "2 fortnights", "rule xx.law.one, period", "fortnights"),
        ('op = ">"', 'op = "=>"', "rule xx.law.one, when.all[0].op", "=>"),
        ('fact = "compute_flop"', 'fact = "ComputeFlop"', "rule xx.law.one, when.all[0].fact", "lower case"),
        ('fact = "compute_flop"', 'fact = "revenue"', "rule xx.law.one, when.all[0].fact", "[facts]"),
        ("value = 1e25", "value = inf", "rule xx.law.one, when.all[0].value", "finite"),
        ("value = 1e25", 'value = "a lot"', "rule xx.law.one, when.all[0].value", "number"),
        ("value = 1e25", "value = true", "rule xx.law.one, when.all[0].value", "number"),
        ('title = { en = "One", zh = "一" }', 'title = { en = "One" }', "rule xx.law.one, title.zh", "in zh"),
        ('text = { en = "Tell us.", zh = "告知。" }', 'text = "Tell us."', "rule xx.law.one, text", "{en, zh}"),
        ('duty = "notification"', 'duty = "notification"\nfee = 3', "rule xx.law.one, fee", "no such key"),
        ('id = "xx.law.one"', 'id = "yy.one"', "rule yy.one, id", "begins with xx.law."),
        ("Europe/Brussels", "Europe/Brüssel", "time_zone", "IANA"),
        ('jurisdiction = "XX"', 'jurisdiction = "Europe"', "jurisdiction", "EU or US-CA"),
        ("{ all = [\n", "{ every = [\n", "rule xx.law.one, when", "exactly one of all, any"),
        ("due = 2027-08-02", "due = 2024-08-02", "rule xx.law.one, transitional.due", "not before"),
        (
            'placed_on = { en = "placed on", zh = "投放日", public = true }',
            'placed_on = { en = "x", zh = "y" }',
            "rule xx.law.one, transitional.fact",
            "marked public",
        ),
        ('citation = "Gazette 1"', "", "source.citation", "(absent)"),
        ('noun = "model"', 'noun = ["model", "Run"]', "rule xx.law.one, noun", "Run"),
        ('jurisdiction = "XX"', 'jurisdiction = "XX"\nhappened = ["harm"]', "happened", "[facts]"),
    ],
)
def test_each_fault_says_where_what_was_seen_and_what_would_be_right(old: str, new: str, where: str, says: str) -> None:
    assert old in GOOD
    found = faults(GOOD.replace(old, new, 1))
    assert where in found
    assert says in found[where]


def test_all_faults_are_named_at_once_with_their_lines() -> None:
    text = GOOD.replace('citation = "Art. 1"\n', "").replace("2 weeks", "2 fortnights").replace(', zh = "一部法律"', "")
    with pytest.raises(RuleFault) as caught:
        read_law(text)
    lines = text.splitlines()
    assert len(caught.value.faults) == 3
    for fault in caught.value.faults:
        number = int(fault.where.split("(line ")[1].rstrip(")"))
        assert lines[number - 1].startswith(("title", "period", "[[rule]]"))


SECOND = GOOD[GOOD.index("[[rule]]") :]


def test_the_same_rule_twice_may_not_overlap() -> None:
    both = GOOD.replace("from = 2025-08-02 }", "from = 2025-08-02, until = 2027-01-01 }") + SECOND.replace(
        "from = 2025-08-02 }", "from = 2026-12-31 }"
    ).replace('duty = "', 'version = "2"\nduty = "')
    found = faults(both)
    assert (
        "2025-08-02 to 2027-01-01 (version 1) and 2026-12-31 to open (version 2)" in found["rule xx.law.one, in_force"]
    )


def test_an_open_end_overlaps_everything_later() -> None:
    later = SECOND.replace("from = 2025-08-02 }", "from = 2030-01-01 }").replace('duty = "', 'version = "2"\nduty = "')
    assert "do not overlap" in faults(GOOD + later)["rule xx.law.one, in_force"]


def test_spans_that_follow_each_other_are_read_and_need_versions_of_their_own() -> None:
    first = GOOD.replace("from = 2025-08-02 }", "from = 2025-08-02, until = 2027-01-01 }")
    later = SECOND.replace("from = 2025-08-02 }", "from = 2027-01-01 }")
    assert "of its own" in faults(first + later)["rule xx.law.one, version"]
    law = read_law(first + later.replace('duty = "', 'version = "2"\nduty = "'))
    at = datetime(2027, 1, 1, tzinfo=UTC)
    assert [rule.version for rule in law.in_force(at)] == ["2"]


@pytest.mark.parametrize("text", ["", "id = ", "rule = 3", "rule = [3]", "[[rule]]\nwhen = 4", "\x00", "when = [[[["])
def test_anything_at_all_is_a_fault_and_never_another_error(text: str) -> None:
    with pytest.raises(RuleFault):
        read_law(text)


def test_deep_and_big_texts_are_refused() -> None:
    deep = GOOD.replace("{ all = [\n", "{ all = [ " + "{ all = [ " * 8, 1).replace(
        "] }\ntransitional", "] } " * 8 + "] }\ntransitional"
    )
    assert any("nested at most" in fault for fault in faults(deep).values())
    with pytest.raises(RuleFault):
        read_law("a = " + "[" * 5000 + "]" * 5000)
    with pytest.raises(TooLarge):
        read_law("#" * 500_000)


def test_a_text_is_adopted_under_its_own_id() -> None:
    with pytest.raises(RuleFault, match="under which it is adopted"):
        check_adoption("xx.other", GOOD)
    assert check_adoption("xx.law", GOOD).version == "1"


@pytest.mark.parametrize("day", ["0001-01-01", "1899-12-31", "2201-01-01", "9999-12-31"])
def test_a_day_that_cannot_be_reckoned_with_is_a_fault_at_its_key(day: str) -> None:
    """Midnight of the year 1 in Brussels lies before all time: it was an overflow, and named no line."""
    found = faults(GOOD.replace("in_force = { from = 2025-08-02 }", f"in_force = {{ from = {day} }}"))
    assert found["rule xx.law.one, in_force.from"].endswith("a calendar day from 1900 to 2200, e.g. 2025-08-02")


def test_a_period_longer_than_a_century_is_a_fault() -> None:
    found = faults(GOOD.replace('period = "2 weeks"', 'period = "9000 years"'))
    assert "at most 100 years" in found["rule xx.law.one, period"]


DEFINED = """
[[definition]]
id = "large"
title = { en = "a large model", zh = "大型模型" }
citation = "Art. 2(1)"
in_force = { from = 2025-08-02 }
when = { all = [{ fact = "compute_flop", op = ">", value = 1e25 }] }

[[definition]]
id = "in_scope"
title = { en = "a large model on the market", zh = "已投放的大型模型" }
citation = "Art. 2(2)"
in_force = { from = 2025-08-02 }
when = { all = [{ is = "large" }, { fact = "placed", op = "is", value = true }] }

"""


def defined(definitions: str = DEFINED, name: str = "in_scope") -> str:
    head, rule = GOOD.split("[[rule]]")
    before, after = rule.split("when = {")[0], rule.split("] }\n")[-1]
    return f'{head}{definitions}[[rule]]{before}when = {{ all = [{{ is = "{name}" }}] }}\n{after}'


def test_a_definition_stands_once_in_the_signed_text_and_is_spelled_out_where_it_is_used() -> None:
    """A correction of it is made in one place, and who reads a rule still reads all that it asks for."""
    law = read_law(defined())
    (used,) = law.rules[0].when.parts
    assert isinstance(used, Group)
    assert (used.named, used.how) == ("in_scope", "all")
    assert law.rules[0].facts() == ("compute_flop", "placed", "placed_on")
    assert [(one.id, one.citation) for one in law.definitions] == [("large", "Art. 2(1)"), ("in_scope", "Art. 2(2)")]


def test_a_definition_is_in_force_as_long_as_the_rule_and_stands_above_what_uses_it() -> None:
    late = DEFINED.replace("from = 2025-08-02", "from = 2025-08-03")
    assert list(faults(defined(late))) == ["rule xx.law.one, when.all[0].is"]
    one, other = DEFINED.split("\n\n")[0:2]
    assert "definition in_scope, when.all[0].is" in faults(defined(f"{other}\n\n{one}\n\n"))
    assert list(faults(defined(name="huge"))) == ["rule xx.law.one, when.all[0].is"]
    assert list(faults(GOOD.replace("[[rule]]", f"{DEFINED}[[rule]]"))) == ["definition in_scope"]
    twice = DEFINED + DEFINED.split("\n\n", maxsplit=1)[0] + "\n\n"
    assert any(where.startswith("definition large") for where in faults(defined(twice)))


def test_definitions_of_definitions_do_not_grow_without_bound() -> None:
    """Each could use the one above it twenty times over."""
    more = [DEFINED.split("\n\n", maxsplit=1)[0]]
    for number, before in enumerate(["large", "n0", "n1"]):
        parts = ", ".join([f'{{ is = "{before}" }}'] * 20)
        more.append(
            f'[[definition]]\nid = "n{number}"\ntitle = {{ en = "n", zh = "n" }}\ncitation = "Art. 2"\n'
            f"in_force = {{ from = 2025-08-02 }}\nwhen = {{ any = [{parts}] }}"
        )
    found = faults(defined("\n\n".join(more) + "\n\n", "n2"))
    assert any("at most 500" in said for said in found.values())


def test_the_shipped_laws_say_once_what_a_serious_incident_is() -> None:
    for name, said in texts().items():
        assert said.count('value = ["serious", "critical", "catastrophic"]') <= 1, name
        assert said.count('fact = "what", op = "in", value = ["incident", "minor"') <= 1, name
