"""Pages: the lines with what bears on them and what follows at them, and one test as whoever is reading may see it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import numpy as np

from commonweal.kernel import registry
from commonweal.kernel.instrument import Column, Filter, Listing, Page, Reading, Row, Text
from commonweal.methods import line_decisions
from commonweal.methods.line_decisions import Arm

from . import (
    consequence_tables,
    consequences,
    deeds,
    eliciting,
    independence,
    mitigating,
    over_pages,
    plan_pages,
    requiring,
    unlooked,
    weights,
)
from .charts import Seen, arms_chart
from .deciding import STANDING, arm_of, day_over, doubts, looks
from .deeds import registered
from .lines import LinesText, Proxies, Proxy, RedLine, in_force, proxies_in_force, proxies_of_version, titled
from .outcomes import counted
from .words import (
    ACCESS,
    ANNULLED,
    BASES,
    DIRECTIONS,
    DOUBTS,
    KINDS_OF,
    KNOWN,
    LACKING,
    LOOKS_TAKEN,
    OTHER_WEIGHTS,
    SCREENS,
    STAGES,
    STATES,
    VERIFIED_SO,
    stands,
)

Query = Mapping[str, str]
_CLOSED: Mapping[str, Any] = {
    "model": "",
    "arms": [],
    "evidence": [],
    "rates": [],
    "chart_": None,
    "history": [],
    "unlooked": [],
    "later": "",
    "too_large": "",
    "times": "",
    "upside_down": "",
}
"""What a page of a test shows, to who may not read it, of what is not public."""

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
        other = weights.is_said(reading.tables, found["test"])
        if not told or (state and state != ("other_weights" if other else found["state"])):
            continue
        path = f"/record/{annulled['by']}" if annulled else f"/red_lines/tests/{found['test'].partition(':')[2]}"
        now = ANNULLED if annulled else stands(found["state"], bool(found["by_deadline"]), other_weights=other)
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
        "sets": [_set(reading, found, rules) for found, _ in _ordered(reading)],
        "rules": _rules(rules, reading.language),
        "tests": tests(reading, {}),
        "columns": COLUMNS,
        "registers": deeds.may_register(reading),
        "stands": bool(set(reading.roles) & set(over_pages.ROLES)),
        "follows": consequence_tables.of_text(consequences.in_force(reading.tables), reading.language),
    }


def lines_file(reading: Reading, query: Query) -> Mapping[str, Any]:
    """The texts in force as data: lines, the measures of each with their bounds, what follows. None: not adopted."""
    held, follows = proxies_in_force(reading.tables), consequences.in_force(reading.tables)
    return {
        "lines": [found.model_dump(mode="json") for found, _ in _ordered(reading)],
        "measures": held[0].model_dump(mode="json") if held else None,
        "consequences": follows.model_dump(mode="json") if follows else None,
    }


def _ordered(reading: Reading) -> list[tuple[LinesText, Row]]:
    """Sets of lines, those of all first and then developers' own."""
    return sorted(in_force(reading.tables), key=lambda one: (any(line.bears_on for line in one[0].line), one[0].id))


def _set(reading: Reading, found: LinesText, rules: Proxies | None) -> Mapping[str, Any]:
    language = reading.language
    return {
        "title": found.title.text().in_(language),
        "text": found.text.text().in_(language),
        "citation": found.source.citation,
        "url": found.source.url,
        "verified": found.source.verified.text().in_(language),
        "lines": [_line(reading, found, one, rules) for one in found.line],
    }


def _line(reading: Reading, found: LinesText, one: RedLine, rules: Proxies | None) -> Mapping[str, Any]:
    language = reading.language
    return {
        "title": one.title.text().in_(language),
        "text": one.text.text().in_(language),
        "citation": one.citation,
        "conditions": [part.text.text().in_(language) for part in one.condition],
        "warnings": [part.text.text().in_(language) for part in one.warning],
        "bears_on": [titled(reading.tables, bears, language) for bears in one.bears_on],
        "safeguards": [[part.at, part.text.text().in_(language), part.citation] for part in one.safeguard],
        "tests": sum(1 for _ in reading.tables.select(STANDING, {"line": found.named(one)})),
        "own": bool(one.bears_on),
        "proxies": [_proxy(proxy, language) for proxy in (rules.of_line(found.named(one)) if rules else [])],
    }


def _proxy(proxy: Proxy, language: str) -> Sequence[str]:
    said = (proxy.title, proxy.why, proxy.success)
    stop = Text(en="; ", zh="；").in_(language)
    return [
        *(one.text().in_(language) for one in said),
        stop.join((_tests_of(proxy, language), *(part.in_(language) for part in _largest(proxy)))),
        DIRECTIONS[proxy.direction].in_(language),
        proxy.warning,
        proxy.safe_at(),
        proxy.line_at,
        stop.join(part.in_(language) for part in _elicited(proxy)) or "–",
    ]


def _tests_of(proxy: Proxy, language: str) -> str:
    """The tests by which a measure is taken."""
    stop = Text(en="; ", zh="；").in_(language)
    return stop.join(f"{one.task} ({one.citation})" for one in proxy.test) or _own_test(proxy, language)


def _largest(proxy: Proxy) -> Iterator[Text]:
    """How many items an arm may register at most that a cluster has, where that is said."""
    if most := proxy.largest_cluster:
        yield Text(en=f"clusters of {most} items at most", zh=f"题组至多{most}题")


_OWN_TEST = Text(en="that which an arm registers; none is published for it", zh="测试臂所登记的测试；尚无公开测试")


def _own_test(proxy: Proxy, language: str) -> str:
    """That no published test counts, and what was looked at."""
    why, stop = proxy.none_published, Text(en=". ", zh="。")
    said = _OWN_TEST.in_(language)
    return f"{said}{stop.in_(language)}{why.text().in_(language)}" if why else said


def _elicited(proxy: Proxy) -> Iterator[Text]:
    """How hard it has to be tried before a model is said to be below."""
    asked = proxy.elicited
    if asked.access:
        words = [ACCESS[one] for one in asked.access]
        yield Text(en=" or ".join(one["en"] for one in words), zh="或".join(one["zh"] for one in words))
    if asked.tries_least > 1:
        yield Text(en=f"{asked.tries_least} tries or more", zh=f"每题至少尝试{asked.tries_least}次")
    if asked.fine_tuned:
        yield Text(en="the model fine-tuned for it", zh="模型为此经过微调")
    if asked.apart:
        yield Text(en="run by others than its developer", zh="由开发者以外的机构执行")


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
    opens = bool(rules) and reading.opens(row["entry"], "arms")
    of = weights.of_test(reading.tables, found) if opens else weights.Outlived()
    other = bool(of.measures) if opens else weights.is_said(reading.tables, subject)
    return {
        "title": row["name"],
        "line": titled(reading.tables, found["line"], language),
        "stage": STAGES[row["body"]["stage"]].in_(language),
        "decide_by": found["decide_by"],
        "state": stands(found["state"], bool(found["by_deadline"]), other_weights=other, until=of.until).in_(language),
        "decided": found["decided"],
        "decided_on": found["decided_on"] or None,
        "looks": len(looks(reading.tables, subject)),
        "version": found["version"],
        "error": rules.error if rules else "",
        "fictitious": row["body"].get("fictitious"),
        "entry": row["entry"],
        "case": _case(reading, subject),
        "asked": consequence_tables.asked(reading, requiring.of_test(reading.tables, subject, day_over(reading.now))),
        "told_": consequence_tables.told(reading, subject),
        "mitigations": [_mitigation(reading, one) for one in mitigating.of_test(reading.tables, subject)],
        "does": deeds.offered(reading, subject, query["test"]),
        **_CLOSED,
        **(_opened(reading, row, found, rules) if rules and opens else {}),
    }


def _case(reading: Reading, test: str) -> Mapping[str, Any] | None:
    """The hold on further training and deployment, where there is one: its case and whether it stands."""
    case = requiring.held(reading.tables, test)
    if case is None:
        return None
    path = f"/cases/{case['case'].partition(':')[2]}"
    return {"href": path, "lifted": requiring.lifted(case), "since": case["opened_at"]}


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
        ", ".join(str(entry) for entry in one["rests_on"]) or "–",
    ]


def _opened(reading: Reading, row: Row, found: Row, rules: Proxies) -> Mapping[str, Any]:
    """What is not public of a test, for who may read it: as its looks stand now, and what carried the decision."""
    language, body = reading.language, reading.part(row["entry"], "arms", "model")
    told = reading.part(found["decided"], "decided_by") if found["decided"] else {}
    planned = [one for one in body["arms"] if isinstance(one, Mapping)]
    looked = looks(reading.tables, row["subject"])
    standing = {one["id"]: arm_of(reading.tables, row, one, looked, rules) for one in planned}
    own = independence.on_record(row["subject"], reading.tables)
    lacks = {
        one["id"]: eliciting.lacking(one, proxy, own, reading.tables)
        for one in planned
        if (proxy := rules.get(one["proxy"])) is not None
    }
    carry = told.get("decided_by", ())
    found_of = [
        _evidence(one, standing[one["id"]], lacks.get(one["id"], ()), one["id"] in carry, language) for one in planned
    ]
    after = [one["id"] for one in planned if rules.error_later and standing[one["id"]].later]
    seen = list(_seen(standing))
    level = 1 - float(rules.error)
    upside_down = {one["id"] for one in planned if (proxy := rules.get(one["proxy"])) and proxy.direction == "below"}
    rates = [_rates(one, standing[one["id"]], rules, language) for one in planned if len(standing[one["id"]].values)]
    waits = unlooked.waiting(reading.tables, row, looked, rules)
    return {
        "unlooked": [[arm, *map(len, found)] for arm, found in waits.items()],
        "model": body.get("model", ""),
        "arms": [_arm(one, language) for one in planned],
        "evidence": found_of,
        "later": ", ".join(after),
        "rates": rates,
        "too_large": ", ".join(_too_large(standing, rules, language)),
        "times": rules.largest_times,
        "level": f"{100 * level:g}",
        "upside_down": ", ".join(sorted(upside_down)),
        "chart_": arms_chart(seen, language) if seen else None,
        "history": list(_history(reading, row, planned, looked)),
    }


def _arm(one: Mapping[str, Any], language: str) -> Sequence[Any]:
    """An arm as it was registered."""
    return [
        one["id"],
        one["proxy"],
        one.get("task") or "–",
        one["score"],
        _clusters(one).in_(language),
        one["run_by"],
        ACCESS[one["access"]].in_(language),
        one["elicitation"],
        one["tries"],
        LOOKS_TAKEN[one["looks"]].in_(language),
    ]


def _clusters(one: Mapping[str, Any]) -> Text:
    """By what an arm's items lie together, and how many at most."""
    by, most = one.get("clustered_by") or "–", one.get("largest_cluster")
    return Text(en=f"{by}, {most} items at most", zh=f"{by}，至多{most}题") if most else Text(en=by, zh=by)


def _too_large(standing: Mapping[str, Arm], rules: Proxies, language: str) -> Iterator[str]:
    """The arms of which all that was planned came, and the largest cluster that was registered is too large beside the
    largest that came, as the text says."""
    for name, arm in standing.items():
        came = int(np.max(np.bincount(arm.clusters), initial=0))
        whole = arm.largest and came and not arm.outstanding
        if whole and rules.largest_times and arm.largest > Decimal(rules.largest_times) * came:
            said = Text(en=f"{name} ({arm.largest} registered, {came} came)",
                        zh=f"{name}（登记{arm.largest}，实际最大{came}）")  # fmt: skip
            yield said.in_(language)


def _evidence(
    one: Mapping[str, Any], arm: Arm, lacks: Sequence[str], carries: bool, language: str
) -> Sequence[Any]:  # fmt: skip
    """What came of an arm, and what it lacks for below."""
    found = line_decisions.evidence(arm)
    return [
        one["id"],
        f"{found.clusters} / {one['planned']}",
        found.missing,
        *(f"{share:.2g}" if found.clusters else "–" for share in (found.crossed, found.warned, found.below)),
        Text(en=", ", zh="、").in_(language).join(LACKING[code].in_(language) for code in lacks) or "–",
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
        _counts(why, one, reading.language),
        SCREENS[told.get("contamination") or "not_run"].in_(reading.language),
        SCREENS[told.get("sandbagging") or "not_run"].in_(reading.language),
    ]


def _source(one: Row) -> Text:
    """Who says what came: the run on record, or whoever looked."""
    if not one["typed"]:
        return Text(en="read out of the run", zh="读自运行")
    return Text(en="told, beside the run", zh="告知，附运行") if one["run"] else Text(en="told", zh="告知")


def _counts(why: Sequence[str], look: Row, language: str) -> str:
    """What a look counts for, how many items of its run it left out, since they were told before, and how many go past
    what was planned."""
    told_before, past = look["told_before"], look["past"]
    left = Text(en=f"; of this run {told_before} items were told before, and what it says of these is not counted",
                zh=f"；该运行中有 {told_before} 道题目此前已告知，其所述不予计入")  # fmt: skip
    beyond = Text(en=f"; {past} of its items go past what was planned, and count towards danger alone",
                  zh=f"；其中 {past} 道题目超出计划，仅计入危险方向")  # fmt: skip
    more = (said.in_(language) for said, many in ((left, told_before), (beyond, past)) if many)
    return _counts_for(why, language) + "".join(more)


def _counts_for(why: Sequence[str], language: str) -> str:
    """What a look counts for: whole, or towards danger alone, since something of it is not known."""
    if not why:
        return Text(en="whole", zh="全部计入").in_(language)
    unknown = Text(en="towards danger alone; not known: ", zh="仅计入危险方向；未知：")
    if "beside" in why:
        lead = Text(en="against below alone: ", zh="仅用于否定“低于”：")
        return lead.in_(language) + DOUBTS["beside"].in_(language)
    against = Text(en="towards danger alone: ", zh="仅计入危险方向：")
    lead = against if KNOWN & set(why) else unknown
    stop = Text(en=", ", zh="、")
    return lead.in_(language) + stop.in_(language).join(DOUBTS[code].in_(language) for code in why)


def _states(reading: Reading) -> Sequence[tuple[str, str]]:
    said = {**STATES, "other_weights": OTHER_WEIGHTS}
    return [(state, words.in_(reading.language)) for state, words in said.items() if state]


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
    Page("red_line_texts", "/red_lines/lines.json", Text(en="Red lines (JSON)", zh="红线（JSON）"), "", lines_file),
    *plan_pages.PAGES,
    *over_pages.PAGES,
    *deeds.PAGES,
    Page("red_line_test", "/red_lines/tests/{test}", Text(en="Test", zh="测试"), "test.html", test_view),
)
