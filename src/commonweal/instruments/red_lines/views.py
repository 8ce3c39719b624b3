"""Pages: the lines with what bears on them, one test as whoever is reading may see it, and the designer of plans."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from commonweal.kernel import registry
from commonweal.kernel.instrument import Column, Filter, Listing, Page, Reading, Row, Text
from commonweal.kernel.values import BadInput, Fault, NotFound, shown
from commonweal.methods import looking_plans

from . import mitigating
from .charts import Seen, arms_chart, plan_chart
from .deciding import STANDING, looks
from .kinds import TEST
from .lines import LinesText, Proxies, Proxy, RedLine, in_force, proxies_in_force, proxies_of_version, titled
from .outcomes import counted
from .words import ACCESS, KINDS_OF, SCREENS, STAGES, STATES, stands

Query = Mapping[str, str]
ITEMS_MOST = 3_000
_CLOSED: Mapping[str, Any] = {"model": "", "arms": [], "chart_": None, "history": []}
"""What a page of a test shows, to who may not read it, of what is not public."""
_DESIGN = {"line": "0.2", "rate": "0.3", "error": "0.05", "power": "0.98", "every": "10", "most": "600"}

COLUMNS = (
    Column("test", Text(en="Test", zh="测试"), "link"),
    Column("line", Text(en="Red line", zh="红线")),
    Column("stage", Text(en="Stage", zh="阶段")),
    Column("looks", Text(en="Looks", zh="查看次数"), "number"),
    Column("decide_by", Text(en="Day of decision", zh="判定日"), "date"),
    Column("state", Text(en="Decided", zh="判定")),
    Column("decided_on", Text(en="Decided on", zh="判定日期"), "date"),
)


def tests(reading: Reading, query: Query) -> Sequence[Row]:
    """Every test that was registered, newest first, as everybody may read it."""
    return list(_tests(reading, query.get("state", "")))


def _tests(reading: Reading, state: str) -> Iterator[Row]:
    standing = {row["test"]: row for row in reading.tables.select(STANDING)}
    for row in sorted(registry.subjects(reading.tables, str(TEST.noun)), key=lambda one: -int(one["entry"])):
        found = standing.get(row["subject"])
        if row["erased"] or found is None or (state and found["state"] != state):
            continue
        yield {
            "test": row["name"],
            "href": f"/red_lines/tests/{row['subject'].partition(':')[2]}",
            "line": titled(reading.tables, found["line"], reading.language),
            "stage": STAGES[row["body"]["stage"]].in_(reading.language),
            "looks": found["looks"],
            "decide_by": found["decide_by"],
            "state": stands(found["state"], bool(found["by_deadline"])).in_(reading.language),
            "decided_on": found["decided_on"] or None,
        }


def overview(reading: Reading, query: Query) -> Mapping[str, Any]:
    """The lines in force, what comes before each, and the proxies that this authority holds against them."""
    held = proxies_in_force(reading.tables)
    rules = held[0] if held else None
    return {
        "sets": [_set(found, rules, reading.language) for found, _ in _ordered(reading)],
        "rules": _rules(rules, reading.language),
        "tests": tests(reading, {}),
        "columns": COLUMNS,
    }


def _ordered(reading: Reading) -> list[tuple[LinesText, Row]]:
    """Sets of lines, those of all first and then developers' own."""
    return sorted(in_force(reading.tables), key=lambda one: (any(line.bears_on for line in one[0].line), one[0].id))


def _set(found: LinesText, rules: Proxies | None, language: str) -> Mapping[str, Any]:
    return {
        "title": found.title.text().in_(language),
        "text": found.text.text().in_(language),
        "citation": found.source.citation,
        "url": found.source.url,
        "verified": found.source.verified.text().in_(language),
        "lines": [_line(found, one, rules, language) for one in found.line],
    }


def _line(found: LinesText, one: RedLine, rules: Proxies | None, language: str) -> Mapping[str, Any]:
    return {
        "title": one.title.text().in_(language),
        "text": one.text.text().in_(language),
        "citation": one.citation,
        "conditions": [part.text.text().in_(language) for part in one.condition],
        "warnings": [part.text.text().in_(language) for part in one.warning],
        "bears_on": list(one.bears_on),
        "proxies": [_proxy(proxy, language) for proxy in (rules.of_line(found.named(one)) if rules else [])],
    }


def _proxy(proxy: Proxy, language: str) -> Sequence[str]:
    said = (proxy.title, proxy.why, proxy.success)
    return [*(one.text().in_(language) for one in said), proxy.warning, proxy.buffer, proxy.line_at]


def _rules(rules: Proxies | None, language: str) -> Mapping[str, Any] | None:
    if rules is None:
        return None
    return {
        "text": rules.text.text().in_(language),
        "error": rules.error,
        "days": rules.deadline_days_most,
        "citation": rules.source.citation,
        "url": rules.source.url,
        "verified": rules.source.verified.text().in_(language),
        "version": rules.version,
    }


def test_view(reading: Reading, query: Query) -> Mapping[str, Any]:
    """One test: for everybody what was decided by when; for who may read it also arms, looks and evidence."""
    subject = f"{TEST.noun}:{query['test']}"
    row, found = registry.subject(reading.tables, subject), reading.tables.get(STANDING, subject)
    if row is None or row["erased"] or found is None:
        raise NotFound("test against a red line", subject, "/red_lines lists those that were registered")
    language = reading.language
    rules = proxies_of_version(reading.tables, found["version"])
    return {
        "title": row["name"],
        "line": titled(reading.tables, found["line"], language),
        "stage": STAGES[row["body"]["stage"]].in_(language),
        "decide_by": found["decide_by"],
        "state": stands(found["state"], bool(found["by_deadline"])).in_(language),
        "decided": found["decided"],
        "decided_on": found["decided_on"] or None,
        "looks": found["looks"],
        "version": found["version"],
        "error": rules.error if rules else "",
        "fictitious": row["body"].get("fictitious"),
        "entry": row["entry"],
        "case": _case(reading, subject),
        "mitigations": [_mitigation(reading, one) for one in mitigating.of_test(reading.tables, subject)],
        **_CLOSED,
        **(_opened(reading, row, found, rules) if rules and reading.opens(row["entry"], "arms") else {}),
    }


def _case(reading: Reading, test: str) -> Mapping[str, Any] | None:
    """The hold on further training and deployment, where there is one: its case and whether it stands."""
    case = mitigating.held(reading.tables, test)
    if case is None:
        return None
    lifted = case["state"] != "open" and case["outcome"] == "lifted"
    return {"href": f"/cases/{case['case'].partition(':')[2]}", "lifted": lifted, "since": case["opened_at"]}


def _mitigation(reading: Reading, one: Row) -> Sequence[Any]:
    row = registry.subject(reading.tables, one["mitigation"])
    erased = row is None or row["erased"]
    return [
        "–" if row is None or erased else row["name"],
        "–" if row is None or erased else KINDS_OF[row["body"]["what"]].in_(reading.language),
        one["until"] or None,
        one["verified"] or None,
    ]


def _opened(reading: Reading, row: Row, found: Row, rules: Proxies) -> Mapping[str, Any]:
    """What is not public of a test, for who may read it."""
    language, body = reading.language, reading.part(row["entry"], "arms", "model")
    told = reading.part(found["decided"], "evidence", "decided_by") if found["decided"] else {}
    evidence = {one["arm"]: one for one in told.get("evidence", ()) if isinstance(one, Mapping)}
    carried = set(told.get("decided_by", ()))
    planned = [one for one in body["arms"] if isinstance(one, Mapping)]
    arms = [_arm(one, evidence.get(one["id"]), one["id"] in carried, language) for one in planned]
    seen = list(_seen(planned, evidence, rules))
    return {
        "model": body.get("model", ""),
        "arms": arms,
        "chart_": arms_chart(seen, language) if seen else None,
        "history": [_look(one, reading) for one in looks(reading.tables, row["subject"])],
    }


def _arm(one: Mapping[str, Any], found: Mapping[str, Any] | None, carries: bool, language: str) -> Sequence[Any]:
    shares = [None if found is None else found[name] for name in ("crossed", "warned", "below")]
    return [
        one["id"],
        one["proxy"],
        one["run_by"],
        ACCESS[one["access"]].in_(language),
        one["elicitation"],
        one["tries"],
        f"{found['clusters'] if found else 0} / {one['planned']}",
        found["missing"] if found else 0,
        *(f"{share:.2g}" if share is not None else "–" for share in shares),
        "✓" if carries else "",
    ]


def _seen(arms: Sequence[Mapping[str, Any]], evidence: Mapping[str, Any], rules: Proxies) -> Iterator[Seen]:
    for one in arms:
        found, proxy = evidence.get(one["id"]), rules.get(one["proxy"])
        if proxy is not None and found is not None and found["rate_least"] is not None:
            held = proxy.lines()
            yield Seen(
                one["id"], found["rate_least"], found["rate_most"], held.warning - held.buffer, held.warning, held.line
            )


def _look(one: Row, reading: Reading) -> Sequence[Any]:
    told = reading.part(one["entry"], "arm", "outcomes", "run", "log_sha256", "contamination", "sandbagging")
    items, _, solved, missing = counted(one["outcomes"])
    return [
        one["entry"],
        one["on"],
        told.get("arm"),
        items,
        f"{solved:.4g}",
        missing,
        SCREENS[told.get("contamination") or "not_run"].in_(reading.language),
        SCREENS[told.get("sandbagging") or "not_run"].in_(reading.language),
        told.get("run") or (told.get("log_sha256") or "–")[:12],
    ]


def design(reading: Reading, query: Query) -> dict[str, Any]:
    """How many items a plan needs and what it does by each look. Raises `BadInput` naming every field that is wrong."""
    asked = {name: query.get(name, "").strip() or default for name, default in _DESIGN.items()}
    faults = list(_design_faults(asked))
    if faults:
        raise BadInput(faults, "plan of looks")
    line, rate, error, power = (float(asked[name]) for name in ("line", "rate", "error", "power"))
    every, most = int(asked["every"]), int(asked["most"])
    when = range(every, most + 1, every)
    at_rate, at_line = (looking_plans.plan(when, line, true, error=error) for true in (rate, line))
    reached = [look for look, chance in zip(at_rate.looks, at_rate.stopped, strict=True) if chance >= power]
    return {
        "asked": asked,
        "file": f"/red_lines/design.json?{urlencode(asked)}",
        "needed": reached[0] if reached else None,
        "power": f"{100 * float(at_rate.stopped[-1]):.1f}",
        "alarm": f"{100 * float(at_line.stopped[-1]):.1f}",
        "expected": f"{at_rate.items_expected:.0f}",
        "most": most,
        "chart_": plan_chart(at_rate, at_line, rate, line, reading.language),
    }


def design_file(reading: Reading, query: Query) -> Mapping[str, Any]:
    """The plan as a file: what was asked, and the chances by each look."""
    found = design(reading, query)
    chart = found.pop("chart_")
    del found["file"]
    return {**found, "columns": list(chart.columns), "looks": [list(row) for row in chart.rows]}


def _design_faults(asked: Mapping[str, str]) -> Iterator[Fault]:
    for name in ("line", "rate", "error", "power"):
        if _number(asked[name]) is None:
            yield Fault(name, shown(asked[name]), "a rate between 0 and 1, such as 0.2", "rate")
    line, rate = _number(asked["line"]), _number(asked["rate"])
    if line is not None and rate is not None and rate <= line:
        yield Fault("rate", asked["rate"], f"more than the line, {asked['line']}: what the test is to find", "rate")
    whole = {name: _whole(asked[name]) for name in ("every", "most")}
    for name, value in whole.items():
        if value is None:
            yield Fault(name, shown(asked[name]), f"a whole number from 1 to {ITEMS_MOST}", "number")
    if whole["every"] and whole["most"] and whole["every"] > whole["most"]:
        yield Fault("every", asked["every"], f"at most {asked['most']}, the number of items", "number")


def _number(text: str) -> float | None:
    plain = text.replace(".", "", 1)
    value = float(text) if plain.isascii() and plain.isdigit() and len(text) <= 12 else 0.0
    return value if 0 < value < 1 else None


def _whole(text: str) -> int | None:
    value = int(text) if text.isascii() and text.isdigit() and len(text) <= 6 else 0
    return value if 1 <= value <= ITEMS_MOST else None


def _states(reading: Reading) -> Sequence[tuple[str, str]]:
    return [(state, said.in_(reading.language)) for state, said in STATES.items() if state]


LISTINGS = (
    Listing(
        "red_line_tests",
        Text(en="Tests against red lines", zh="红线测试"),
        COLUMNS,
        tests,
        filters=(Filter("state", Text(en="Decided", zh="判定"), _states),),
    ),
)
PAGES = (
    Page("red_lines", "/red_lines", Text(en="Red lines", zh="红线"), "lines.html", overview, menu=True),
    Page("red_line_design", "/red_lines/design", Text(en="Plan of looks", zh="查看计划"), "design.html", design),
    Page(
        "red_line_plan",
        "/red_lines/design.json",
        Text(en="Plan of looks (JSON)", zh="查看计划（JSON）"),
        "",
        design_file,
    ),
    Page("red_line_test", "/red_lines/tests/{test}", Text(en="Test", zh="测试"), "test.html", test_view),
)
