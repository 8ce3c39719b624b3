"""The queue: reports as they stand at the desk, filtered and sorted by the address, a page at a time."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from commonweal.kernel import obligations
from commonweal.kernel.instrument import Choice, Page, Reading, Row, Text, Waiting
from commonweal.kernel.values import BadInput, Fault, NotFound, instant, stamp

from ..deidentifying import in_language, read_words
from ..reports import STEWARDS
from ..scales import CATEGORIES, SEVERITIES
from .among import may_be_kept_out
from .conflicts import judging
from .kinds import URGENCIES
from .news import NEWS
from .news import told as told_news
from .staff import called, why_not
from .tables import DESK, PRESSING, STATES, assigned, has_seen, newest, triage, views, watching

PATH = "/incident-reports/desk"
ROWS = 25
SEEN = "seen-"
"""How what is picked in the queue begins: then comes the newest entry of the report that the queue showed."""
QUERY_CHARS_MAX, FOUND_MAX = 500, 500
STATE_WORDS: Mapping[str, Text] = {
    "new": Text(en="new", zh="新收"),
    "triaged": Text(en="triaged", zh="已分诊"),
    "assigned": Text(en="given to somebody", zh="已指派"),
    "waiting": Text(en="waits for the reporter", zh="待报告人答复"),
    "linked": Text(en="part of an incident", zh="已归入事件"),
    "closed": Text(en="closed", zh="已结"),
}
STATE_TONES = {"new": "due", "triaged": "planned", "assigned": "running", "waiting": "waiting", "linked": "done"}
ANY_OPEN, EVERY = "open", "all"
MINE, NOBODY, GONE = "me", "nobody", "gone"
FILED, IMPORTED = "filed", "imported"
SORTS: Mapping[str, tuple[Text, tuple[str, ...]]] = {
    "": (Text(en="Most pressing first", zh="最紧急者优先"), ("pressing", "danger", "grave", "received")),
    "clock": (Text(en="Next deadline first", zh="期限最近者优先"), ()),
    "oldest": (Text(en="Oldest first", zh="最早者优先"), ("received", "report")),
    "newest": (Text(en="Newest first", zh="最新者优先"), ("-received", "report")),
    "gravest": (Text(en="Gravest first", zh="最严重者优先"), ("grave", "pressing", "danger", "received")),
    "changed": (Text(en="Changed last first", zh="最近变动者优先"), ("-changed", "report")),
}
SHOWN = ("fictitious", "category", "severity", "imminent_risk_to_life")
"""What the queue shows of the reports themselves, beside a title without names."""
_RUNNING = ("owed", "overdue", "unknown")
_TICKS = {"state": ("in", _RUNNING)}
FLAGS: Mapping[str, Text] = {
    "breached": Text(en="What is forbidden was done", zh="实施了被禁止的行为"),
    "overdue": Text(en="A deadline has passed with nothing filed", zh="期限已过而未履行"),
}
"""States of a duty that an officer should see at once, the gravest first."""
PASSED, PASSED_WORDS = (
    "open",
    Text(en="It is open whether this was owed, and its day has passed", zh="是否应履行尚无定论，且期限已过"),
)
"""What is never overdue while a fact is missing, and shall not be forgotten for that."""
SECOND, SECOND_WORDS = (
    "second",
    Text(en="When it came waits for a second officer", zh="收到日期待第二名官员确认"),
)
"""What counts from when one officer wrote it down, until another confirms that it had come before."""
_ENDS = ("subject", "due", "due_if_owed", "sha256")


def choices(scale: Mapping[Any, Text]) -> tuple[Choice, ...]:
    """A scale as choices of a form."""
    return tuple(Choice(str(code), words) for code, words in scale.items())


FILTERS: tuple[tuple[str, Text, tuple[Choice, ...]], ...] = (
    (
        "state",
        Text(en="State", zh="状态"),
        (
            Choice("", Text(en="Open", zh="未结")),
            *choices({state: STATE_WORDS[state] for state in STATES}),
            Choice(EVERY, Text(en="All", zh="全部")),
        ),
    ),
    ("urgency", Text(en="Urgency", zh="紧急程度"), choices(URGENCIES)),
    ("category", Text(en="Category", zh="类别"), choices(CATEGORIES)),
    ("severity", Text(en="Severity", zh="严重程度"), choices(SEVERITIES)),
    (
        "lead",
        Text(en="Given to", zh="承办人"),
        (
            Choice(MINE, Text(en="Me", zh="我")),
            Choice(NOBODY, Text(en="Nobody", zh="无人")),
            Choice(GONE, Text(en="Somebody who is no longer here", zh="已不在任者")),
        ),
    ),
    (
        "claim",
        Text(en="Safe harbour", zh="安全港"),
        (
            Choice("asked", Text(en="Asked for, not answered", zh="已请求，待认定")),
            Choice("inconclusive", Text(en="Not decided yet", zh="尚未定论")),
            Choice("granted", Text(en="Granted", zh="已准予")),
            Choice("refused", Text(en="Refused", zh="未予适用")),
            Choice("waived", Text(en="Given up", zh="已放弃")),
        ),
    ),
    (
        "news",
        Text(en="News", zh="新情况"),
        (Choice("any", Text(en="Any that nobody looked at", zh="任何尚未阅知者")), *choices(NEWS)),
    ),
    (
        "flag",
        Text(en="Duties", zh="义务"),
        (
            Choice("any", Text(en="Any that was broken or missed", zh="任何违反或逾期者")),
            *choices({**FLAGS, PASSED: PASSED_WORDS, SECOND: SECOND_WORDS}),
        ),
    ),
    ("watched", Text(en="Watched", zh="关注"), (Choice(MINE, Text(en="By me", zh="由我关注")),)),
    (
        "source",
        Text(en="Source", zh="来源"),
        (
            Choice("", Text(en="Filed with this authority", zh="向本机关提交")),
            Choice(IMPORTED, Text(en="Imported from another database", zh="自其他数据库导入")),
            Choice(EVERY, Text(en="All", zh="全部")),
        ),
    ),
    ("sort", Text(en="Order", zh="排序"), tuple(Choice(code, words) for code, (words, _) in SORTS.items())),
)
NAMES = ("q", *(name for name, _, _ in FILTERS))


def queue_view(reading: Reading, query: Mapping[str, str]) -> Mapping[str, Any]:
    """The page of the queue that the address asks for. Raises `BadInput` for a filter or page that there is not."""
    asked = asked_in(query)
    of_source = {name: value for name, value in asked.items() if name == "source"}
    hidden = _left_out(reading, of_source)
    where, narrow = _without(hidden, reading, _where(reading, asked)), False
    if "q" in asked:
        where, narrow = _found(reading, where, asked.get("sort", ""))
    number, count, total = _page(query.get("page") or "1", reading.tables.count(DESK, where))
    rows = _rows(reading, where, asked.get("sort", ""), number)
    if "q" in asked:
        reading.searched(asked["q"], [row["entry"] for row in rows])
    owed = _by_report(reading, [row["report"] for row in rows])
    mine = {row["about"] for row in watching(reading.tables, watcher=reading.party)}
    written = obligations.waiting_for_a_second(reading.tables, *owed) if owed else []
    second = {row["subject"]: int(row["entry"]) for row in written}
    return {
        # what is asked for by filters would tell by being there how grave it is, and who has it
        "kept_out": [(one, f"{PATH}/{one.partition(':')[2]}") for one in ([] if asked else sorted(hidden))],
        "rows": [
            _shown(reading, row, owed[row["report"]], mine=row["report"] in mine, second=second.get(row["report"]))
            for row in rows
        ],
        "counts": [
            (
                state,
                STATE_WORDS[state],
                reading.tables.count(DESK, _without(hidden, reading, {**_where(reading, of_source), "state": state})),
                _address({**of_source, "state": state}),
            )
            for state in STATES
        ],
        "filters": [
            {
                "id": name,
                "title": title.in_(reading.language),
                "value": asked.get(name, ""),
                "choices": [(one.value, one.label.in_(reading.language)) for one in given],
            }
            for name, title, given in FILTERS
        ],
        "q": asked.get("q", ""),
        "found_max": FOUND_MAX if narrow else 0,
        "views": [(row["name"], f"{PATH}?{row['query']}") for row in views(reading.tables, reading.party)],
        "query": urlencode(asked),
        "path": PATH,
        "pager": {
            "number": number,
            "count": count,
            "total": total,
            "first": min((number - 1) * ROWS + 1, total),
            "last": min(number * ROWS, total),
            "before": _address({**asked, "page": str(number - 1)}) if number > 1 else "",
            "after": _address({**asked, "page": str(number + 1)}) if number < count else "",
        },
    }


def asked_in(query: Mapping[str, str]) -> dict[str, str]:
    """The filters that an address names, without those that are empty. Raises `BadInput` naming every wrong one."""
    faults = []
    for name, _, given in FILTERS:
        known = [one.value for one in given if one.value]
        value = query.get(name, "")
        if value and value not in known and not (name == "lead" and value.startswith("party:")):
            faults.append(Fault(name, value[:200], "one of: " + ", ".join(known), "unknown_name"))
    if len(query.get("q", "")) > QUERY_CHARS_MAX:
        faults.append(Fault("q", f"{len(query['q'])} characters", f"at most {QUERY_CHARS_MAX} characters", "too_long"))
    if faults:
        raise BadInput(faults, "address")
    return {name: query[name] for name in NAMES if query.get(name)}


def _where(reading: Reading, asked: Mapping[str, str]) -> dict[str, Any]:
    where: dict[str, Any] = {
        name: asked[name] for name in ("urgency", "category", "severity", "claim") if name in asked
    }
    state = asked.get("state", ANY_OPEN)
    if state == ANY_OPEN:
        where["state"] = ("!=", "closed")
    elif state != EVERY:
        where["state"] = state
    if "lead" in asked:
        where["lead"] = {MINE: reading.party, NOBODY: None}.get(asked["lead"], asked["lead"])
        if asked["lead"] == GONE:
            where["lead"] = ("in", _gone(reading))
    if asked.get("source") != EVERY:
        where["imported"] = int(asked.get("source") == IMPORTED)
    if "news" in asked:
        where["news"] = ("!=", None) if asked["news"] == "any" else ("contains", asked["news"])
    among = []
    if "watched" in asked:
        among.append({row["about"] for row in watching(reading.tables, watcher=reading.party)})
    if "flag" in asked:
        among.append(_flagged(reading, asked["flag"]))
    if among:
        where["report"] = ("in", sorted(set.intersection(*among)))
    if "q" in asked:
        where["words"] = ("contains", asked["q"])
    return where


def _flagged(reading: Reading, flag: str) -> set[str]:
    """The reports on which a duty stands in a state, or in any that is flagged, or waits for a second officer."""
    if flag == SECOND:
        return {row["subject"] for row in obligations.waiting_for_a_second(reading.tables)}
    states = list(FLAGS) if flag == "any" else [flag]
    where: dict[str, Any] = {"noun": "report", "state": ("in", states)}
    if flag == PASSED:
        where = {"noun": "report", "state": "unknown", "due_if_owed": ("<=", stamp(reading.now))}
    return {row["subject"] for row in reading.tables.select(obligations.DUTY, where, only=("subject",))}


def flags(reading: Reading, duties: Iterable[Row]) -> list[tuple[str, str]]:
    """Which duties of a report were broken or missed: by what its flag is called, the gravest first."""
    found = {row["state"] for row in duties}
    return [(code, words.in_(reading.language)) for code, words in FLAGS.items() if code in found]


def passed(reading: Reading, at: str | None, state: str) -> bool:
    """Whether it is open if a duty is owed that would end `at`, and that is over."""
    return state == "unknown" and bool(at) and str(at) <= stamp(reading.now)


def _left_out(reading: Reading, of_source: Mapping[str, str]) -> set[str]:
    """The reports of a source, open or closed, in which whoever looks has a conflict of interest."""
    perhaps = may_be_kept_out(reading)
    if not perhaps:
        return set()
    where = _where(reading, {**of_source, "state": EVERY})
    rows = reading.tables.select(DESK, where, only=("report",))
    return {row["report"] for row in rows if row["report"] in perhaps and reading.kept_out(row["report"])}


def _without(hidden: Collection[str], reading: Reading, where: dict[str, Any]) -> dict[str, Any]:
    """Where the reports are that are asked for, but for those that are left out.

    Before anything is counted, put in order or cut into pages: what is missing from a number, or from a place, would
    tell of the report that is missing.
    """
    if not hidden:
        return where
    reports = [row["report"] for row in reading.tables.select(DESK, where, only=("report",))]
    return {"report": ("in", [one for one in reports if one not in hidden])}


def _found(reading: Reading, where: Mapping[str, Any], sort: str) -> tuple[dict[str, Any], bool]:
    """Where the first `FOUND_MAX` reports are that are asked for in this order, and whether there are more."""
    rows = reading.tables.select(DESK, where, order=SORTS[sort][1], limit=FOUND_MAX + 1, only=("report",))
    return {"report": ("in", [row["report"] for row in rows[:FOUND_MAX]])}, len(rows) > FOUND_MAX


def _gone(reading: Reading) -> list[str]:
    """Who holds reports that are not closed, and no role any more."""
    rows = reading.tables.select(DESK, {"state": ("!=", "closed"), "lead": ("!=", None)}, only=("lead",))
    held = {row["lead"] for row in rows if row["lead"]}
    return sorted(one for one in held if why_not(reading.tables, one, reading.now))


def _page(raw: str, total: int) -> tuple[int, int, int]:
    if not (raw.isascii() and raw.isdigit() and len(raw) < 9 and int(raw) > 0):
        raise BadInput(Fault("page", raw[:200], "a page number from 1", "page"), "address")
    number, count = int(raw), max(1, -(-total // ROWS))
    if number > count:
        raise NotFound("page", number, f"the last one is {count}")
    return number, count, total


def _rows(reading: Reading, where: Mapping[str, Any], sort: str, number: int) -> list[Row]:
    reader, first = reading.tables, (number - 1) * ROWS
    if sort != "clock":
        return reader.select(DESK, where, order=SORTS[sort][1], limit=ROWS, offset=first)
    found = [row["report"] for row in reader.select(DESK, where, only=("report",))]
    ends = _first_of(reading, reader.select(obligations.DUTY, {"noun": "report", **_TICKS}, only=_ENDS))
    found.sort(key=lambda report: (_due(ends.get(report)), report))
    rows = {row["report"]: row for row in reader.select(DESK, {"report": ("in", found[first : first + ROWS])})}
    return [rows[report] for report in found[first : first + ROWS]]


def _due(row: Row | None) -> tuple[bool, str]:
    """What is this office's own comes first, and then by its end."""
    return (not row["ours"], str(row["at"])) if row else (True, "9999")


def clocks(reading: Reading, duties: Iterable[Row]) -> dict[str, Row]:
    """By report the clock among these duties that ends first, of those that are `ours` where there are any
    (`concerns_office`).

    `at` is its end, with `state`, `rule`, and how many `more` run beside it. One that may not run counts too.
    """
    return _first_of(reading, (row for row in duties if row["state"] in _RUNNING))


def _by_report(reading: Reading, reports: Collection[str]) -> dict[str, list[Row]]:
    """The duties of each of these reports."""
    found: dict[str, list[Row]] = {report: [] for report in reports}
    for row in reading.duties(*reports):
        found[row["subject"]].append(row)
    return found


def _first_of(reading: Reading, duties: Iterable[Row]) -> dict[str, Row]:
    laws: dict[str, bool] = {}
    found: dict[str, Row] = {}
    for row in duties:
        at, text = row["due"] or row["due_if_owed"], row["sha256"]
        if not at:
            continue
        if text not in laws:
            law = obligations.law_of(reading.tables, text)
            laws[text] = obligations.concerns_office(law, reading.jurisdictions)
        one = {**row, "at": at, "ours": laws[text]}
        before = found.get(row["subject"])
        first = one if before is None or _due(one) < _due(before) else before
        found[row["subject"]] = {**first, "more": before["more"] + 1 if before else 0}
    return found


def _shown(reading: Reading, row: Row, duties: Sequence[Row], *, mine: bool, second: int | None) -> Mapping[str, Any]:
    clock = clocks(reading, duties).get(row["report"])
    told, language = reading.part(row["entry"], *SHOWN), reading.language
    words = read_words(reading, row["report"])
    _note_desk(reading, row)
    slug = row["report"].partition(":")[2]
    return {
        "slug": slug,
        "seen": SEEN + str(newest(reading.tables, row["report"])),
        "name": row["name"],
        "href": f"{PATH}/{slug}",
        "title": in_language(words.get("title", ""), language),
        "words": words.get("state", ""),
        "fictitious": told.get("fictitious", False),
        "state": STATE_TONES.get(row["state"], row["state"]),
        "state_words": STATE_WORDS[row["state"]].in_(language),
        "urgency": _word(URGENCIES, row["urgency"], language),
        "first": row["pressing"] <= PRESSING.index("immediate"),
        "danger": bool(told.get("imminent_risk_to_life")),
        "category": _word(CATEGORIES, told.get("category"), language),
        "severity": _word(SEVERITIES, told.get("severity"), language).partition(":")[0].partition("：")[0],
        "lead": called(reading, row["lead"]) if row["lead"] else "",
        "lead_gone": bool(row["lead"]) and bool(why_not(reading.tables, row["lead"], reading.now)),
        "lead_against": bool(row["lead"])
        and bool(judging(reading.tables, row["report"], row["lead"], reading.now, reading.spoke)),
        "clock": clock and obligations.ends(clock, obligations.law_of(reading.tables, clock["sha256"])),
        "clock_state": clock["state"] if clock else "",
        "clock_of": _duty(reading, clock) if clock else "",
        "clock_whose": _whose(reading, clock) if clock else ("", ""),
        "clock_ours": bool(clock and clock["ours"]),
        "clocks_more": clock["more"] if clock else 0,
        "days": _days(reading.now, row["received"]),
        "asked_days": _days(reading.now, row["asked"]) if row["asked"] else None,
        "watched": mine,
        "news": told_news(row, language),
        "flags": [
            *flags(reading, duties),
            *_open_past(reading, duties),
            *_waits_for_a_second(reading, second),
        ],
    }


def _waits_for_a_second(reading: Reading, written: int | None) -> list[tuple[str, str]]:
    """That an officer wrote down in an entry that something had come before, which nobody has confirmed."""
    if written is None:
        return []
    reading.told(written, "received_at")
    return [("waiting", SECOND_WORDS.in_(reading.language))]


def _open_past(reading: Reading, duties: Iterable[Row]) -> list[tuple[str, str]]:
    found = any(passed(reading, row["due_if_owed"], row["state"]) for row in duties)
    return [("unknown", PASSED_WORDS.in_(reading.language))] if found else []


def _note_desk(reading: Reading, row: Row) -> None:
    """Note that the page tells how pressing a report is and who has it: what officers said of it is sealed too."""
    triaged = triage(reading.tables, row["report"])
    if triaged is not None:
        reading.told(triaged["entry"], "urgency", "decision")
    for one in assigned(reading.tables, about=row["report"], part="lead"):
        reading.told(one["entry"], "assignee", "part")


def _duty(reading: Reading, clock: Row) -> str:
    rule = obligations.law_of(reading.tables, clock["sha256"]).rule(clock["rule"], clock["rule_version"])
    return rule.title.in_(reading.language) if rule else str(clock["rule"])


def _whose(reading: Reading, clock: Row) -> tuple[str, str]:
    """The authority that owes it, where one does; else to whom it is owed: in the words of the law."""
    law = obligations.law_of(reading.tables, clock["sha256"])
    rule = law.rule(clock["rule"], clock["rule_version"])
    if clock["party"] == obligations.THE_AUTHORITY:
        return law.authority.in_(reading.language), ""
    return "", rule.owed_to.in_(reading.language) if rule else ""


def _word(scale: Mapping[Any, Text], code: str | None, language: str) -> str:
    return scale[code].in_(language) if code in scale else ""


def _days(now: datetime, since: str) -> int:
    return max(timedelta(0), now - instant(since)).days


def _address(query: Mapping[str, str]) -> str:
    told = {name: value for name, value in query.items() if value and (name, value) != ("page", "1")}
    return PATH + (f"?{urlencode(told)}" if told else "")


ASKED = Text(en="The desk asks you something about", zh="受理台就此向您提问")
CAME_IN = Text(en="Something came in on a report", zh="报告有新情况")
CONFIRM = Text(en="A colleague wrote down when it came: confirm the day", zh="同事录入了收到日期，请予确认")


def waits(reading: Reading) -> list[Waiting]:
    """For the inbox of whoever has or watches reports: on which something came in that they have not looked at (what
    did, its page says); and for every officer: where a colleague wrote down that something had come before."""
    tables, mine = reading.tables, reading.party
    had = [*assigned(tables, assignee=mine), *watching(tables, watcher=mine)] if mine else []
    where = {"report": ("in", sorted({row["about"] for row in had})), "news": ("!=", None)}
    told = [row for row in tables.select(DESK, where, order=("pressing", "report")) if not has_seen(tables, row, mine)]
    open_ = [row for row in told if not reading.kept_out(row["report"])]
    theirs = [Waiting(ASKED, row["name"], f"/return/{row['report']}") for row in _asked_of(reading)]
    return [*theirs, *(Waiting(CAME_IN, row["name"], f"{PATH}/{row['report'].partition(':')[2]}") for row in open_),
            *_seconds(reading)]  # fmt: skip


def _seconds(reading: Reading) -> list[Waiting]:
    """What counts from when a colleague wrote it down, until whoever is reading confirms that it had come before."""
    if not set(STEWARDS) & set(reading.roles):
        return []
    rows = [row for row in obligations.waiting_for_a_second(reading.tables) if row["by"] != reading.party]
    about = [one for one in dict.fromkeys(row["subject"] for row in rows) if not reading.kept_out(one)]
    found = reading.tables.select(DESK, {"report": ("in", about)}, order=("pressing", "report"))
    return [Waiting(CONFIRM, row["name"], f"{PATH}/{row['report'].partition(':')[2]}/came_then") for row in found]


def _asked_of(reading: Reading) -> list[Row]:
    """The reports of whoever is reading, or of their organisation, on which a question waits for their answer."""
    if not reading.party:
        return []
    rows = reading.tables.select(DESK, {"question": ("!=", None)}, order=("asked", "report"))
    return [row for row in rows if reading.speaks_for(row["report"])]


QUEUE = Page("desk", PATH, Text(en="Desk", zh="受理台"), "desk.html", queue_view, menu=True, roles=STEWARDS)
