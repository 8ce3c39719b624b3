"""How models stand at the lines over all their tests: everything that whoever is reading may see, and one of them.

Which model a test is about, and what came of it, is open to the authority and whoever registered it. Where somebody may
not read all tests of a model at a line, nothing is said of them together. Tests that are made up stand apart, and say
so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from commonweal.kernel import registry
from commonweal.kernel.instrument import Column, Page, Reading, Row, Text
from commonweal.kernel.values import NotFound

from . import consequence_tables, over_tests, weights
from .deciding import STANDING
from .kinds import FILERS, VERIFIERS
from .lines import in_force, proxies_in_force, titled
from .over_tests import Over
from .words import LACKING, STAGES, over_state, stands

Query = Mapping[str, str]
PATH = "/red_lines/standing"
ROLES = tuple(dict.fromkeys((*FILERS, *VERIFIERS)))
COLUMNS = (
    Column("model", Text(en="Model", zh="模型"), "link"),
    Column("line", Text(en="Red line", zh="红线")),
    Column("state", Text(en="Over all tests", zh="全部测试合并")),
    Column("tests", Text(en="Tests", zh="测试数"), "number"),
    Column("error", Text(en="Chance of error", zh="错误概率")),
    Column("single", Text(en="Gravest that one test decided", zh="单项测试最严重判定")),
    Column("hold", Text(en="Hold", zh="暂缓")),
    Column("missing", Text(en="Required, not verified", zh="必要但未经核实")),
    Column("expires", Text(en="First that lapses", zh="最早失效"), "date"),
)
TEST_COLUMNS = (
    Column("test", Text(en="Test", zh="测试"), "link"),
    Column("stage", Text(en="Stage", zh="阶段")),
    Column("state", Text(en="Decided", zh="判定")),
    Column("decided_on", Text(en="Decided on", zh="判定日期"), "date"),
)


def overview(reading: Reading, query: Query) -> Mapping[str, Any]:
    """Every model at every line, as far as whoever reads may see."""
    found = list(_all(reading))
    closed = len(found) - sum(one is not None for one in found)
    return {
        "columns": COLUMNS,
        "rows": [_row(reading, one) for one in found if one is not None],
        "closed": closed,
    }


def overview_file(reading: Reading, query: Query) -> Mapping[str, Any]:
    """The same as a file, with the evidence of each arm."""
    return {"standing": [told(one) for one in readable(reading)]}


def readable(reading: Reading) -> list[Over]:
    """Every model at every line that whoever reads may see whole."""
    return [one for one in _all(reading) if one is not None]


def _all(reading: Reading) -> Iterator[Over | None]:
    """Models at lines: all with a measure, and those with a test; None where not all tests are open to who reads."""
    rules = proxies_in_force(reading.tables)
    lines = list(dict.fromkeys(one.line for one in rules[0].proxy)) if rules else []
    rows = list(reading.tables.select(STANDING, order=("entry",)))
    for model in sorted({row["model"] for row in rows}):
        theirs = [row for row in rows if row["model"] == model]
        if not any(_open(reading, row) for row in theirs):
            continue
        for line in dict.fromkeys((*lines, *(row["line"] for row in theirs))):
            at = [row for row in theirs if row["line"] == line]
            for made_up in (False, True):
                tests = [row for row in at if row["made_up"] == made_up]
                if tests or (line in lines and not made_up):
                    yield _one(reading, model, line, tests, made_up)


def _one(reading: Reading, model: str, line: str, tests: Sequence[Row], made_up: bool) -> Over | None:
    if not all(_open(reading, row) for row in tests):
        return None
    found = over_tests.of_line(reading.tables, model, line, reading.now, made_up=made_up)
    for row in found.tests:
        reading.told(row["entry"], "arms", "model")
    return found


def _open(reading: Reading, stands: Row) -> bool:
    row = registry.subject(reading.tables, stands["test"])
    return row is None or bool(row["erased"]) or reading.opens(row["entry"], "arms")


def _row(reading: Reading, one: Over) -> Mapping[str, Any]:
    language, stop = reading.language, Text(en="; ", zh="；").in_(reading.language)
    missing = [item.requirement.title.text().in_(language) for item in one.asked if not item.met]
    return {
        "model": _name(reading, one.model),
        "href": address(one.model, one.line, made_up=one.made_up),
        "line": titled(reading.tables, one.line, language),
        "state": over_state(one.state, one.made_up).in_(language),
        "tests": len(one.tests),
        "error": f"{one.error:g}" if one.tests else "",
        "single": _single(one, language),
        "hold": Text(en="stands", zh="有效").in_(language) if one.held else "",
        "missing": stop.join(missing),
        "expires": min((item.until for item in one.asked if item.until), default="") or None,
    }


def _single(one: Over, language: str) -> str:
    return single(one).in_(language) if one.tests else ""


def single(one: Over) -> Text:
    """The gravest that one test decided, in words."""
    other = bool(one.outlived.measures)
    return stands(one.single, one.by_deadline, other_weights=other, until=one.outlived.until)


def _name(reading: Reading, model: str) -> str:
    row = registry.subject(reading.tables, model)
    return str(row["name"]) if row is not None and not row["erased"] else model


def address(model: str, line: str, ending: str = "", *, made_up: bool = False) -> str:
    """Where it is told how a model stands at a line, over the tests that are made up or over the others."""
    which = "?made_up=1" if made_up else ""
    return f"{PATH}/{model.partition(':')[2]}/{line.removeprefix('red_lines.')}{ending}{which}"


def one_view(reading: Reading, query: Query) -> Mapping[str, Any]:
    """A model at a line: the state over all tests, from which arms with what error, what is missing, who is told."""
    found, language = _asked(reading, query), reading.language
    rules = proxies_in_force(reading.tables)
    titles = {one.id: one.title.text().in_(language) for one in (rules[0].proxy if rules else ())}
    grave = next((one for one in found.tests if _state(reading, one) == found.single), None)
    return {
        "title": f"{_name(reading, found.model)}: {titled(reading.tables, found.line, language)}",
        "model": found.model,
        "fictitious": found.made_up,
        "state": over_state(found.state, found.made_up).in_(language),
        "code": found.state,
        "error": f"{found.error:g}",
        "reserve": f"{found.reserve:g}" if found.reserve else "",
        "single": _single(found, language),
        "held": found.held,
        "uncovered": [titles.get(one, one) for one in found.uncovered],
        "short": [titles.get(one, one) for one in found.short],
        "passed_over": len(found.waiting.unlooked),
        "in_part": len(found.waiting.in_part),
        "of_no_arm": len(found.waiting.of_no_arm),
        "other_weights": [titles.get(one, one) for one in found.other_weights],
        "past": len(found.waiting.past),
        "arms": [_member(one, language) for one in found.members],
        "tests": [_test(reading, one) for one in found.tests],
        "asked": consequence_tables.asked(reading, found.asked),
        "test_columns": TEST_COLUMNS,
        "told_": consequence_tables.told(reading, grave["subject"]) if grave else [],
        "file": address(found.model, found.line, ".json", made_up=found.made_up),
    }


def _state(reading: Reading, test: Row) -> str:
    row = reading.tables.get(STANDING, test["subject"])
    return str(row["state"]) if row else ""


def one_file(reading: Reading, query: Query) -> Mapping[str, Any]:
    """The same as a file."""
    return told(_asked(reading, query))


def _asked(reading: Reading, query: Query) -> Over:
    """What a page is about. Raises `NotFound` where there is no such model or line, or not all of it is open."""
    model, line = f"model:{query['model']}", f"red_lines.{query['set']}/{query['line']}"
    named = {text.named(one) for text, _ in in_force(reading.tables) for one in text.line}
    made_up = query.get("made_up") == "1"
    tests = list(reading.tables.select(STANDING, over_tests.family(model, line, made_up)))
    found = _one(reading, model, line, tests, made_up) if tests or (line in named and not made_up) else None
    known = registry.subject(reading.tables, model) is not None
    theirs = any(_open(reading, row) for row in reading.tables.select(STANDING, {"model": model}))
    if found is None or not known or not theirs:
        raise NotFound("standing of", f"{model} at {line}", f"{PATH} lists those that are open to you")
    return found


def _member(one: over_tests.Member, language: str) -> Sequence[Any]:
    found, stop = one.evidence, Text(en=", ", zh="、").in_(language)
    together = Text(en="with the others", zh="合并校正").in_(language)
    return [
        one.test["name"],
        one.arm["id"],
        one.arm["proxy"],
        f"{found.clusters} / {one.arm['planned']}",
        *(f"{share:.2g}" if found.clusters else "–" for share in (found.crossed, found.warned, found.below)),
        together if one.bound is None else f"{one.bound:.2g}",
        stop.join(LACKING[code].in_(language) for code in one.lacking) or "–",
        "✓" if one.carries else "",
    ]


def _test(reading: Reading, row: Row) -> Mapping[str, Any]:
    found = reading.tables.get(STANDING, row["subject"])
    assert found is not None, "it is registered"
    now = weights.of_test(reading.tables, found)
    state = stands(found["state"], bool(found["by_deadline"]), other_weights=bool(now.measures), until=now.until)
    return {
        "test": row["name"],
        "href": f"/red_lines/tests/{row['subject'].partition(':')[2]}",
        "stage": STAGES[row["body"]["stage"]].in_(reading.language),
        "state": state.in_(reading.language),
        "decided_on": found["decided_on"] or None,
    }


def told(one: Over) -> Mapping[str, Any]:
    """A model at a line as a file has it: codes, identifiers and figures."""
    return {
        "model": one.model, "line": one.line, "fictitious": one.made_up, "state": one.state,
        "error": one.error, "error_later": one.reserve,
        "decided_by_one_test": {
            "state": one.single, "by_deadline": one.by_deadline, "of_other_weights": bool(one.outlived.measures),
        },
        "held": one.held,
        "in_the_way_of_below": {
            "measures_without_an_arm": list(one.uncovered), "measures_not_tried_enough": list(one.short),
            "runs_not_looked_at": len(one.waiting.unlooked), "runs_looked_at_in_part": len(one.waiting.in_part),
            "runs_of_no_arm": len(one.waiting.of_no_arm), "runs_past_what_was_planned": len(one.waiting.past),
            "measures_of_other_weights": list(one.other_weights),
        },
        "arms": [
            {"test": each.test["subject"], "arm": each.arm["id"], "measure": each.arm["proxy"],
             "items": each.evidence.clusters, "planned": each.arm["planned"], "missing": each.evidence.missing,
             "p_crossed": each.evidence.crossed, "p_warned": each.evidence.warned, "p_below": each.evidence.below,
             "bound": each.bound, "lacking": list(each.lacking), "carries": each.carries}
            for each in one.members
        ],
        "required": [
            {"id": each.requirement.id, "state": each.state, "mitigation": each.mitigation, "until": each.until,
             "verified_by_entry": each.verified or None}
            for each in one.asked
        ],
    }  # fmt: skip


_WHERE = PATH + "/{model}/{set}/{line}"
PAGES = (
    Page("red_line_standing", PATH, Text(en="Models at the lines", zh="各模型红线现状"), "standing.html", overview,
         roles=ROLES),
    Page("red_line_standing_file", f"{PATH}.json", Text(en="Models at the lines (JSON)", zh="各模型红线现状（JSON）"),
         "", overview_file, roles=ROLES),
    Page("red_line_over_file", f"{_WHERE}.json", Text(en="A model at a line (JSON)", zh="模型红线现状（JSON）"), "",
         one_file, roles=ROLES),
    Page("red_line_over", _WHERE, Text(en="A model at a line", zh="模型红线现状"), "over.html", one_view, roles=ROLES),
)  # fmt: skip
