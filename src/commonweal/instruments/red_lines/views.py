"""Pages: the lines with what bears on them, one test as whoever is reading may see it, and the designer of plans."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from commonweal.kernel import registry
from commonweal.kernel.instrument import Column, Filter, Listing, Page, Reading, Row, Text
from commonweal.kernel.values import BadInput, Fault, shown
from commonweal.methods import line_decisions, looking_plans
from commonweal.methods.line_decisions import Arm

from . import deeds, mitigating, unlooked
from .charts import Seen, arms_chart, plan_chart
from .deciding import STANDING, arm_of, doubts, looks
from .deeds import registered
from .lines import LinesText, Proxies, Proxy, RedLine, in_force, proxies_in_force, proxies_of_version, titled
from .outcomes import counted
from .words import (
    ACCESS,
    ANNULLED,
    BASES,
    DOUBTS,
    KINDS_OF,
    KNOWN,
    LOOKS_TAKEN,
    SCREENS,
    STAGES,
    STATES,
    VERIFIED_SO,
    stands,
)

Query = Mapping[str, str]
ITEMS_MOST = 3_000
_CLOSED: Mapping[str, Any] = {
    "model": "",
    "arms": [],
    "rates": [],
    "chart_": None,
    "history": [],
    "unlooked": [],
    "later": "",
}
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
    for found in sorted(reading.tables.select(STANDING), key=lambda one: -int(one["entry"])):
        row = registry.subject(reading.tables, found["test"])
        annulled = row is None and next(iter(registry.annulled_of(reading.tables, found["test"])[::-1]), None)
        told = (annulled["body"] if annulled else row["body"] if row is not None and not row["erased"] else None) or {}
        if not told or (state and found["state"] != state):
            continue
        path = f"/record/{annulled['by']}" if annulled else f"/red_lines/tests/{found['test'].partition(':')[2]}"
        now = ANNULLED if annulled else stands(found["state"], bool(found["by_deadline"]))
        yield {
            "test": told["name"],
            "href": path,
            "line": titled(reading.tables, found["line"], reading.language),
            "stage": STAGES[told["stage"]].in_(reading.language),
            "looks": len(looks(reading.tables, found["test"])),
            "decide_by": found["decide_by"],
            "state": now.in_(reading.language),
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
        "registers": deeds.may_register(reading),
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
    row, found = registered(reading.tables, query["test"])
    language, subject = reading.language, row["subject"]
    rules = proxies_of_version(reading.tables, found["version"])
    return {
        "title": row["name"],
        "line": titled(reading.tables, found["line"], language),
        "stage": STAGES[row["body"]["stage"]].in_(language),
        "decide_by": found["decide_by"],
        "state": stands(found["state"], bool(found["by_deadline"])).in_(language),
        "decided": found["decided"],
        "decided_on": found["decided_on"] or None,
        "looks": len(looks(reading.tables, subject)),
        "version": found["version"],
        "error": rules.error if rules else "",
        "fictitious": row["body"].get("fictitious"),
        "entry": row["entry"],
        "case": _case(reading, subject),
        "mitigations": [_mitigation(reading, one) for one in mitigating.of_test(reading.tables, subject)],
        "does": deeds.offered(reading, subject, query["test"]),
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
    """A mitigation as it stands. While a new version is not verified, the last day is that of the one before it."""
    row = registry.subject(reading.tables, one["mitigation"])
    erased = row is None or row["erased"]
    return [
        "–" if row is None or erased else row["name"],
        "–" if row is None or erased else KINDS_OF[row["body"]["what"]].in_(reading.language),
        VERIFIED_SO[one["state"]].in_(reading.language),
        one["until"] or None,
        one["checked"] or None,
    ]


def _opened(reading: Reading, row: Row, found: Row, rules: Proxies) -> Mapping[str, Any]:
    """What is not public of a test, for who may read it: as its looks stand now, and what carried the decision."""
    language, body = reading.language, reading.part(row["entry"], "arms", "model")
    told = reading.part(found["decided"], "decided_by") if found["decided"] else {}
    planned = [one for one in body["arms"] if isinstance(one, Mapping)]
    looked = looks(reading.tables, row["subject"])
    standing = {one["id"]: arm_of(reading.tables, row, one, looked, rules) for one in planned}
    arms = [_arm(one, standing[one["id"]], one["id"] in told.get("decided_by", ()), language) for one in planned]
    after = [one["id"] for one in planned if rules.error_later and standing[one["id"]].later]
    seen = list(_seen(standing))
    level = 1 - float(rules.error)
    rates = [_rates(one, standing[one["id"]], rules, language) for one in planned if len(standing[one["id"]].values)]
    passed = [(one["id"], len(unlooked.of_arm(reading.tables, row, one, looked))) for one in planned]
    return {
        "unlooked": [one for one in passed if one[1]],
        "model": body.get("model", ""),
        "arms": arms,
        "later": ", ".join(after),
        "rates": rates,
        "level": f"{100 * level:g}",
        "chart_": arms_chart(seen, language) if seen else None,
        "history": list(_history(reading, row, planned, looked)),
    }


def _arm(one: Mapping[str, Any], arm: Arm, carries: bool, language: str) -> Sequence[Any]:
    found = line_decisions.evidence(arm)
    return [
        one["id"],
        one["proxy"],
        one["score"],
        one.get("clustered_by") or "–",
        one["run_by"],
        ACCESS[one["access"]].in_(language),
        one["elicitation"],
        one["tries"],
        LOOKS_TAKEN[one["looks"]].in_(language),
        f"{found.clusters} / {one['planned']}",
        found.missing,
        *(f"{share:.2g}" if found.clusters else "–" for share in (found.crossed, found.warned, found.below)),
        "✓" if carries else "",
    ]


def _rates(one: Mapping[str, Any], arm: Arm, rules: Proxies, language: str) -> Sequence[Any]:
    """An arm's rate between its limits, and for what these hold."""
    found = line_decisions.between(arm, level=1 - float(rules.error))
    assert found is not None, "something came"
    rate = line_decisions.evidence(arm).rate_least
    worth = f"{found.worth:.4g}" if found.worth is not None else "–"
    return [
        one["id"],
        f"{rate:.3f}",
        f"{found.lower:.3f}",
        f"{found.upper:.3f}",
        BASES[found.basis].in_(language),
        worth,
    ]


def _seen(standing: Mapping[str, Arm]) -> Iterator[Seen]:
    for name, arm in standing.items():
        found, held = line_decisions.evidence(arm), arm.lines
        if found.clusters:
            yield Seen(name, found.rate_least, found.rate_most, held.warning - held.buffer, held.warning, held.line)


def _history(
    reading: Reading, row: Row, arms: Sequence[Mapping[str, Any]], looked: Sequence[Row]
) -> Iterator[Sequence[Any]]:
    """Each look, with where its outcomes are from and what they count for, in the order of the record."""
    why = dict[int, list[str]]()
    for arm in arms:
        seen = [one for one in looked if one["arm"] == arm["id"]]
        found = doubts(reading.tables, row, arm, seen)
        why |= {one["entry"]: codes for one, codes in zip(seen, found, strict=True)}
    yield from (_look(one, why.get(one["entry"], []), reading) for one in looked)


def _look(one: Row, why: Sequence[str], reading: Reading) -> Sequence[Any]:
    told = reading.part(one["entry"], "arm", "outcomes", "run", "log_sha256", "contamination", "sandbagging")
    items, _, solved, missing = counted(one["outcomes"])
    return [
        one["entry"],
        one["on"],
        told.get("arm"),
        items,
        f"{solved:.4g}",
        missing,
        _source(one).in_(reading.language),
        told.get("run") or (told.get("log_sha256") or "–")[:12],
        _counts(why, reading.language),
        SCREENS[told.get("contamination") or "not_run"].in_(reading.language),
        SCREENS[told.get("sandbagging") or "not_run"].in_(reading.language),
    ]


def _source(one: Row) -> Text:
    """Who says what came: the run on record, or whoever looked."""
    if not one["typed"]:
        return Text(en="read out of the run", zh="读自运行")
    return Text(en="told, beside the run", zh="告知，附运行") if one["run"] else Text(en="told", zh="告知")


def _counts(why: Sequence[str], language: str) -> str:
    """What a look counts for: whole, or towards danger alone, since something of it is not known."""
    if not why:
        return Text(en="whole", zh="全部计入").in_(language)
    unknown = Text(en="towards danger alone; not known: ", zh="仅计入危险方向；未知：")
    against = Text(en="towards danger alone: ", zh="仅计入危险方向：")
    lead = against if KNOWN & set(why) else unknown
    stop = Text(en=", ", zh="、")
    return lead.in_(language) + stop.in_(language).join(DOUBTS[code].in_(language) for code in why)


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
    *deeds.PAGES,
    Page("red_line_test", "/red_lines/tests/{test}", Text(en="Test", zh="测试"), "test.html", test_view),
)
