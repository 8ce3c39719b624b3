"""Pages of packages in force: a programme as everyone sees it, the desk's claims, and one claim for whose it is."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from itertools import groupby
from typing import Any

from commonweal.kernel import accounts, indicators, obligations, registry
from commonweal.kernel.control import Hand, called
from commonweal.kernel.disclosure.reads import WHOSE
from commonweal.kernel.expressions import frame
from commonweal.kernel.instrument import Act, Choice, Deed, Page, Question, Reader, Reading, Row, Text
from commonweal.kernel.thresholds import replay, rule_of
from commonweal.kernel.values import NotFound

from . import aiding, banking, control, correcting, counting, delivering, holders, looking, owed, programmes, saying
from .amounts import month_of, percent
from .asks import (
    DEATH,
    DEATH_ASKS,
    DEATHS,
    MISTAKEN,
    ORDER,
    RIGHT_IF_ALLOWED,
    RIGHT_IF_CORRECTED,
    beside,
    corrections,
    without,
)
from .clauses import clause
from .conversation import (
    CHANGES,
    GOOD_CAUSE,
    amount_line,
    at_the_bank,
    clocks,
    conditions,
    corrected_lines,
    earlier_line,
    for_them,
    held_lines,
    lacks,
    listed,
    may_appeal,
    month_words,
    overpaid,
    same,
    settled,
)
from .following import told
from .kinds import (
    APPEAL,
    APPEAL_DECIDED,
    CHANGED,
    CLAIM_NOUN,
    CORRECTED,
    CORRECTION,
    DECIDED,
    FILERS,
    MONTH,
    NOT_TAKEN_BACK,
    PROGRAMME_NOUN,
    QUESTION,
    RUN,
    STEWARDS,
)
from .laus import area_name
from .programmes import PAYMENT, UNPAID, Programme, Standing
from .words import day, said

PATH, PROGRAMMES, CLAIMS = "/safety-net", "/safety-net/programmes", "/safety-net/claims"
SPAN = Text(en="{first} to {last}", zh="{first}至{last}")
STATES: Mapping[str, tuple[str, Text]] = {
    "waits": ("due", Text(en="waits for a decision", zh="待决定")),
    "eligible": ("done", Text(en="granted", zh="已准予")),
    "not_eligible": ("refused", Text(en="not granted", zh="未准予")),
    "withdrawn": ("done", Text(en="taken back", zh="已撤回")),
}
REVISED = Text(
    en="The figures were revised since. By what is known now the trigger would not have come on in {month}: the value "
    "would be {value}. Nothing is undone by that: what was decided on the figures of the day stands.",
    zh="数据其后经修订。按现有数据，{month}不会触发：数值应为 {value}。"
    "不因此撤销任何事项：依当日数据作出的决定仍然有效。",
)
WORDS = Question(
    "words", Text(en="Why, in words", zh="理由说明"), "long_text", required=True,
    hint=Text(en="Whoever claims reads it.", zh="申领人将读到此内容。"),
)  # fmt: skip


# ── a programme, in public ──────────────────────────────────────────────────────────────────────────────────────────


def programme_view(reading: Reading, query: Mapping[str, str]) -> Mapping[str, Any]:
    """A programme as everyone sees it. Raises `NotFound`."""
    one = _programme(reading.tables, query["slug"])
    came_on = programmes.crossing_of(reading.tables, one)
    revision = revised(reading.tables, one)
    through = month_of(reading.today)
    called = programmes.shares(reading.tables, one, through)
    today = reading.today.isoformat()
    state = counting.state_of(one, today)
    files_until = one.files_until.isoformat() if one.files_until else ""
    return {
        "title": one.name, "fictitious": bool(one.body.get("fictitious")), "entry": one.entry,
        "state": counting.STATES[state].in_(reading.language), "tone": "running" if state == "open" else "done",
        "claimable": one.text.aid is None and (state == "open" or today <= files_until), "files_until": files_until,
        "aid": _aid(reading, one),
        "package": one.text.title.text(), "text": one.text.text.text(), "citation": one.text.citation,
        "url": one.text.url, "version": one.text.version,
        "area": area_name(one.area, reading.language), "opens_on": one.opens_on.isoformat(),
        "closes_on": one.closes_on.isoformat() if one.closes_on else "", "reasons": one.body["reasons"],
        "budget": f"{accounts.written(one.budget, one.unit)} {one.unit}",
        "crossing": came_on["entry"],
        "renewal": one.text.expiry.renewal.text() if one.text.expiry else None,
        "revised": _revised(revision).in_(reading.language) if revision else "",
        "shares": _spans(called, reading.language),
        "columns": [column.title.in_(reading.language) for column in counting.PAYMENTS.columns[1:]],  # type: ignore[index]
        "delivery_columns": [column.title.in_(reading.language) for column in delivering.SHOWN],
        "delivery": [delivering.cells(row) for row in delivering.rows_of(reading.tables, one)],
        "series": [(name, f"/series/{name}?subject={one.id}") for name in delivering.told_of(reading.tables, one)],
        "runs": [
            [row["month"], row["day"], row["recipients"], _once(row), row["unit"], row["state"]]
            for row in reversed(counting.runs(reading, one))
        ],
    }  # fmt: skip


def _once(row: Mapping[str, object]) -> object:
    """The amount of a run; why it is not told stands beside it already."""
    return "–" if row["amount"] == row["recipients"] else row["amount"]


def _spans(called: Mapping[date, Fraction], language: str) -> list[tuple[str, str]]:
    """How much of the help was on, from month to month for as long as it stayed the same, in percent."""
    found = []
    for part, months in groupby(called.items(), key=lambda one: one[1]):
        first, *more = [month_words(month).in_(language) for month, _ in months]
        span = SPAN.in_(language).format(first=first, last=more[-1]) if more else first
        found.append((span, f"{float(part * 100):.1f}"))
    return found


def _aid(reading: Reading, one: Programme) -> dict[str, Any]:
    """What an area says it spent, for a package that pays its government; empty for one that pays people."""
    if one.text.aid is None:
        return {}
    rows = [
        [row["month"], _money(one, row["cents"]), row["source"], row["entry"]]
        for row in aiding.spending(reading.tables, one)
    ]
    return {"part": percent(Fraction(one.text.aid.part)), "matches": one.text.aid.matches.text(), "rows": rows}


def revised(reader: Reader, one: Programme) -> Row | None:
    """The month of the crossing judged on the figures as they are now, where the trigger would not come on by it.

    None where it still would: `event`, `state` and `value` say what it would be.
    """
    row = programmes.crossing_of(reader, one)
    rule = rule_of(reader, row["rule"])
    rows = [
        (item["series"], item["subject"], date.fromisoformat(item["event"]), item["value"])
        for item in indicators.newest(reader, rule.series)
        if item["event"] <= row["at"] and (rule.by == "all" or item["subject"] == row["subject"])
    ]
    judged = replay(rule, frame(rows, rule.grid)).judged.get(row["subject"], ())
    found = next((item for item in judged if item.event == row["at"]), None)
    return found._asdict() if found is not None and found.state != programmes.FIRING else None


def _revised(row: Row) -> Text:
    month = date.fromisoformat(row["event"])
    return said(REVISED, month=month_words(month), value="–" if row["value"] is None else f"{row['value']:.2f}")


def _programme(reader: Reader, slug: str) -> Programme:
    one = programmes.programme(reader, f"{PROGRAMME_NOUN}:{slug}")
    if one is None:
        raise NotFound("programme", slug, f"{PROGRAMMES} lists those that there are")
    return one


def overview(reading: Reading, query: Mapping[str, str]) -> Mapping[str, Any]:
    """Every programme, with where its page is."""
    titles = {one.text.rule: one.text.title.text().in_(reading.language)
              for one in programmes.programmes(reading.tables)}  # fmt: skip
    rows = [{**row, "package": titles[row["package"]]} for row in counting.PROGRAMMES.rows(reading, {})]
    return {"rows": rows, "columns": counting.PROGRAMMES.columns, "claims": CLAIMS}


# ── the desk ────────────────────────────────────────────────────────────────────────────────────────────────────────


def desk_view(reading: Reading, query: Mapping[str, str]) -> Mapping[str, Any]:
    """Claims, those that wait first, with what waits: a decision, or one on an appeal."""
    rows, doubted = [], _of_claims(banking.BANK.doubted(reading.tables))
    still = {
        claim: codes
        for one in programmes.programmes(reading.tables) if one.text.aid is None
        for claim, codes in banking.standing_still(reading.tables, one).items()
    }  # fmt: skip
    held = {row["whose"] for row in reading.tables.select(UNPAID)}
    twice = Counter[str]()
    for row in reading.tables.select(programmes.DOUBLED, only=("claim", "cents")):
        twice[row["claim"]] += row["cents"]
    units = {one.id: one.unit for one in programmes.programmes(reading.tables)} if twice else {}
    for stands in programmes.claims(reading.tables):
        asked = stands.appeal is not None
        tone, words = STATES[stands.stage]
        rows.append({
            "name": stands.name, "href": f"{CLAIMS}/{stands.claim.partition(':')[2]}",
            "filed_on": stands.began.isoformat(),
            "tone": tone, "words": words.in_(reading.language), "appeal": asked,
            "still": [banking.STILL[code].in_(reading.language) for code in still.get(stands.claim, ())],
            "doubted": f"c{stands.first}" in doubted,
            "twice": _twice(twice[stands.claim], units.get(str(stands.body["programme"]), "")),
            "held": stands.claim in held, "decide": asked or stands.undecided,
            "first": (not asked, not stands.undecided, stands.first),
        })  # fmt: skip
    return {
        "rows": sorted(rows, key=lambda row: row["first"]), "programmes": programmes.programmes(reading.tables),
        "waiting": control.CONTROL.lines(reading),
    }  # fmt: skip


def _twice(cents: int, unit: str) -> str:
    return f"{accounts.written(cents, unit)} {unit}" if cents and unit else ""


def _of_claims(payments: Iterable[str]) -> set[str]:
    """Which claims payments are of, as their ids at the bank say it: `c12` of `net/c12/2026-06`."""
    return {one.split("/")[1] for one in payments}


def pay_view(reading: Reading, query: Mapping[str, str]) -> Mapping[str, Any]:
    """The form by which a month is paid. Raises `NotFound`."""
    one = _programme(reading.tables, query["slug"])
    month, left = programmes.newest_month(one, reading.today), programmes.left(reading.tables, one, reading.today)
    first = {"programme": one.id, "month": month.isoformat()[:7]}
    return {
        "title": PAY.title.in_(reading.language), "name": one.name, "back": f"{PROGRAMMES}/{query['slug']}",
        "action": f"{PROGRAMMES}/{query['slug']}/pay", "left": _money(one, left),
        "due": _due_now(reading, one, month),
        "sample": f"{PROGRAMMES}/{query['slug']}/sample",
        "held": reading.tables.count(UNPAID, {"programme": one.id}), "bar": control.CONTROL.bar(reading, RUN.id, first),
        "asks": (
            Question("month", Text(en="Through which month", zh="截至月份"), "text", required=True,
                     hint=Text(en="Such as 2026-05. What is still due for months before comes with it.",
                               zh="例如 2026-05。此前各月应付未付的一并发放。")),
            Question("cut_alike", Text(en="If the money does not reach", zh="预算不足时"), "one", required=True,
                     choices=(Choice("no", Text(en="pay nobody", zh="不发放")),
                              Choice("yes", Text(en="pay everybody the same part", zh="人人按同一比例发放")))),
        ),
        "begins": {"month": month.isoformat()[:7], "cut_alike": "no"},
    }  # fmt: skip


def pay_deed(reading: Reading, given: Mapping[str, str]) -> Deed:
    """A run of payments, told before it is recorded: to how many, and how much."""
    one = _programme(reading.tables, given["slug"])
    month, words = given.get("month", "").strip(), list[Text]()
    body = {"programme": one.id, "month": month, "cut_alike": given.get("cut_alike") == "yes"}
    if re.fullmatch(MONTH, month):
        words = [_due_through(reading, one, date.fromisoformat(f"{month}-01"))]
    return Deed((Act(RUN.id, body, ""),), f"{PROGRAMMES}/{given['slug']}", words)


def _due_now(reading: Reading, one: Programme, month: date) -> str:
    """What is due through the newest month that can be paid, before anybody asks for it; empty before there is one."""
    if month < month_of(one.opens_on):
        return ""
    words = said(THROUGH, month=month_words(month), due=_due_through(reading, one, month))
    return words.in_(reading.language)


def _due_through(reading: Reading, one: Programme, month: date) -> Text:
    if one.text.aid is not None:
        amount = _money(one, aiding.owed(reading.tables, one, month).cents)
        return said(OWED, area=area_name(one.area, reading.language), amount=amount)
    made = owed.payments(reading.tables, one, month)
    total = _money(one, sum(item.cents for _, item in made.values()))
    return said(DUE, people=str(len(made)), amount=total)


THROUGH = Text(en="Through {month}. {due}", zh="截至{month}：{due}")
OWED = Text(en="{area} is owed {amount}.", zh="应向{area}发放 {amount}。")
DUE = Text(
    en="Claims on which something is due: {people}; in all {amount}.", zh="应发放的申领 {people} 项，共 {amount}。"
)


def _money(one: Programme, cents: int) -> str:
    return f"{accounts.written(cents, one.unit)} {one.unit}"


# ── one claim ───────────────────────────────────────────────────────────────────────────────────────────────────────


def claim_view(reading: Reading, query: Mapping[str, str]) -> Mapping[str, Any]:
    """A claim for whoever filed it and for officers: what was decided and why, and how each amount came about.

    Raises `NotFound`, for everybody else too.
    """
    stands, one = _claim(reading, query["slug"])
    told_by_filer = reading.part(stands.entry, *_SHOWN)
    tone, words = STATES[stands.stage]
    found = programmes.assessment(one, stands)
    decided, language = stands.decision, reading.language
    month = programmes.newest_month(one, reading.today)
    due = owed.overpaid(reading.tables, one, stands, month)
    rows = clocks(reading.tables, stands.claim)
    made = programmes.paid(reading.tables, {"claim": stands.claim, "asked": 0})
    booked = sum(row["cents"] for row in made)
    settled_ = sum(row["cents"] for row in made if settled(reading.tables, stands, row))
    return {
        "title": stands.name, "fictitious": bool(told_by_filer.get("fictitious", stands.body.get("fictitious"))),
        "path": f"{CLAIMS}/{query['slug']}", "programme": one.name, "desk": bool(set(STEWARDS) & set(reading.roles)),
        "programme_href": f"{PROGRAMMES}/{one.id.partition(':')[2]}", "tone": tone, "words": words.in_(language),
        "facts": [
            (label.in_(language), value)
            for label, value in (*_facts(one, told_by_filer, language), *_whose(reading, stands))
        ],
        "conditions": [line.in_(language) for line in conditions(told(found))],
        "missing": listed(found.missing).in_(language) if found.missing else "",
        "reasons": list(_reasons(reading, one, stands)),
        "appeal_until": may_appeal(
            reading.tables, one, decided, programmes.appeal_until(reading.tables, one, stands)
        ).in_(language) if decided and stands.appeal is None else "",
        "clocks": obligations.clocks(reading.tables, rows),
        "payments": [
            {
                **_payment(reading, one, stands, row),
                "bank": at_the_bank(reading.tables, stands, row, one.unit).in_(language),
            }
            for row in reading.tables.select(PAYMENT, {"claim": stands.claim, "asked": 0}, order=("-month",))
        ],
        "columns": [text.in_(language) for text in (STEP, RESULT, CLAUSE)],
        "paid": _money(one, settled_), "on_its_way": _money(one, max(booked - settled_, 0)),
        "overpaid": overpaid(one, due, month, owed.not_final(one, stands)).in_(language) if due else "",
        "claim": stands.claim, "lacks": [line.in_(language) for line in lacks(reading.tables, stands.claim)],
        "held": [line.in_(language) for line in held_lines(reading.tables, one, stands.claim)],
        "appeal": APPEAL_ASKS if _appeals(reading, stands) else (), "waits": _decision_waits(reading, stands),
    }  # fmt: skip


STEP, RESULT, CLAUSE = (
    Text(en="Step", zh="步骤"), Text(en="Result", zh="结果"), Text(en="Rule", zh="依据"),
)  # fmt: skip
_SHOWN = ("person", "area", "born_on", "lost_on", "earned", "currency", "jobs", "paid_to", "weekly_benefit",
          "exhausted_on")  # fmt: skip


def _payment(reading: Reading, one: Programme, stands: Standing, row: Row) -> dict[str, Any]:
    month, language = date.fromisoformat(f"{row['month']}-01"), reading.language
    words = amount_line(reading.tables, stands, row, one.unit)
    run = registry.says(reading.tables, row["run"])
    parts = [
        {"words": earlier_line(part, one.unit).in_(language), "steps": _steps(one, part["steps"], language)}
        for part in row["earlier"] or ()
    ]
    told = {"words": words.in_(language), "steps": _steps(one, row["steps"], language), "earlier": parts}
    return {**told, "run": run, "month": month_words(month).in_(language)}


def _steps(one: Programme, steps: Sequence[Mapping[str, Any]], language: str) -> list[tuple[str, str, str]]:
    return [
        (Text(step["words"]).in_(language), _money(one, step["cents"]), clause(step["clause"]).in_(language))
        for step in steps
    ]


def _facts(one: Programme, body: Mapping[str, Any], language: str) -> Iterator[tuple[Text, str]]:
    unit = str(body.get("currency", one.unit))
    if body.get("person"):
        yield Text(en="Name", zh="姓名"), str(body["person"])
    if body.get("area"):
        yield Text(en="Area", zh="地区"), area_name(str(body["area"]), language)
    for name, label in (
        ("born_on", Text(en="Born on", zh="出生日期")),
        ("lost_on", Text(en="Work lost on", zh="失业日")),
        ("exhausted_on", Text(en="Regular benefits used up on", zh="常规失业金用尽日")),
    ):
        if body.get(name):
            yield label, day(date.fromisoformat(str(body[name]))).in_(language)
    if body.get("earned"):
        yield Text(en="Pay of a month before", zh="此前月薪"), f"{body['earned']} {unit}"
    if body.get("weekly_benefit"):
        yield Text(en="Benefit of a week before", zh="此前每周失业金"), f"{body['weekly_benefit']} {unit}"
    if body.get("paid_to"):
        yield Text(en="Paid to the account", zh="收款账户"), f"… {str(body['paid_to'])[-4:]}"
    for job in body.get("jobs") or ():
        began = day(date.fromisoformat(job["began"])).in_(language)
        ended = f" – {day(date.fromisoformat(job['ended'])).in_(language)}" if job.get("ended") else ""
        hours = said(HOURS, hours=str(job["weekly_hours"])).in_(language) if job.get("weekly_hours") is not None else ""
        firm = f" · {saying.AT_THE_FIRM[job['same_firm']].in_(language)}" if job.get("same_firm") else ""
        yield Text(en="New work", zh="新工作"), f"{began}{ended} · {job['monthly']} {unit}{hours}{firm}"


def _whose(reading: Reading, stands: Standing) -> Iterator[tuple[Text, str]]:
    """Whose the claim is, for the office; and who else, a colleague or one of the office, wrote what it says now."""
    whose = registry.filer(reading.tables, stands.claim) or ""
    row = registry.subject(reading.tables, stands.claim)
    author = str(row["author"]) if row else whose
    were = holders.whose(reading.tables, stands.claim)
    if set(STEWARDS) & set(reading.roles):
        reading.told(stands.first, WHOSE)
        yield Text(en="Whose claim it is", zh="申领人"), called(reading.tables, whose)
        if (of := holders.person(reading.tables, stands.claim)) != whose:
            yield Text(en="Of whose life and work it is", zh="所涉本人"), called(reading.tables, of)
    if author not in were:
        reading.told(stands.entry, WHOSE)
        yield Text(en="Written down for them by", zh="代为填写者"), called(reading.tables, author)


HOURS = Text(en=" · {hours} hours a week", zh=" · 每周 {hours} 小时")


def _reasons(reading: Reading, one: Programme, stands: Standing) -> Iterator[dict[str, Any]]:
    """What was said about it, opened: by whom it was decided or appealed, in which words, and which facts were
    corrected from what to what."""
    for row in stands.steps:
        opened = reading.opened(row["entry"])
        words = [str(opened[name]) for name in ("words", "text", "reasons") if opened.get(name)]
        if row["kind"] == CHANGED.id and opened.get("what"):
            on = day(date.fromisoformat(str(opened["on"])))
            words.insert(0, said(CHANGES[opened["what"]], day=on).in_(reading.language))
        if row["kind"] in (DECIDED.id, APPEAL_DECIDED.id) and opened.get("outcome"):
            words.insert(0, OUTCOMES[str(opened["outcome"])].in_(reading.language))
        if any(opened.get(name) is not None for name in CORRECTED):
            words += [line.in_(reading.language) for line in corrected_lines(stands, row, one.unit)]
        entry = registry.says(reading.tables, row["entry"])
        by = for_them(reading.tables, stands, row)
        if by:
            reading.told(row["entry"], WHOSE)
        yield {"kind": row["kind"], "at": row["at"], "entry": entry, "words": words, "by": by}


OUTCOMES: Mapping[str, Text] = {
    "eligible": Text(en="Granted.", zh="准予。"),
    "not_eligible": Text(en="Not granted.", zh="不予批准。"),
    "allowed": Text(en="The appeal is allowed.", zh="申诉成立。"),
    "upheld": Text(en="The decision stands.", zh="维持原决定。"),
}


def _claim(reading: Reading, slug: str) -> tuple[Standing, Programme]:
    stands = programmes.standing(reading.tables, f"{CLAIM_NOUN}:{slug}")
    one = programmes.programme(reading.tables, str(stands.body["programme"])) if stands else None
    if stands is None or one is None or not reading.opens(stands.entry, "area") or _was_theirs(reading, stands.claim):
        raise NotFound("claim", slug, "your own page lists what you filed")
    return stands, one


def _was_theirs(reading: Reading, claim: str) -> bool:
    """Whether a claim was that of whoever is reading, and is another's by now: what they filed they find in the record,
    and what comes of it since is not theirs to read."""
    handed = registry.handed_over(reading.tables, claim)
    former = handed is not None and reading.party in handed["before"]
    return former and not reading.speaks_for(claim) and not set(STEWARDS) & set(reading.roles)


APPEAL_ASKS = (
    Question("words", Text(en="What is wrong, in your words", zh="有何不当（请自行说明）"), "long_text", required=True),
    GOOD_CAUSE,
)


def claim_deed(reading: Reading, given: Mapping[str, str]) -> Deed:
    """The appeal of whoever claims. Raises `NotFound`."""
    stands, _ = _claim(reading, given["slug"])
    body = {"claim": stands.claim, **{name: given.get(name, "") for name in ("words", "good_cause")}}
    return Deed((Act(APPEAL.id, body, "", stands.claim),), f"{CLAIMS}/{given['slug']}")


def _appeals(reading: Reading, stands: Standing) -> bool:
    theirs = registry.filer(reading.tables, stands.claim) == reading.party
    return theirs and stands.decision is not None and stands.appeal is None


def decide_view(reading: Reading, query: Mapping[str, str]) -> Mapping[str, Any]:
    """What an officer decides: the appeal that waits, else the claim. Raises `NotFound`."""
    stands, one = _claim(reading, query["slug"])
    back = f"{CLAIMS}/{query['slug']}"
    told_: dict[str, Any] = {
        "handed": HANDED.in_(reading.language) if holders.inherited(reading.tables, stands.claim) else "",
        "name": stands.name, "back": back, "action": f"{back}/decide", "desk": CLAIMS,
        "looks": list(_looks(reading, one, stands)), "bar": control.bar(reading, stands),
        "interest": f"{control.PATH}/interest/{query['slug']}", "waits": _decision_waits(reading, stands),
    }  # fmt: skip
    if stands.appeal is not None:
        barred = bool(told_["bar"] or told_["waits"])
        decides = () if barred else (Choice("upheld", OUTCOMES["upheld"]), Choice("allowed", OUTCOMES["allowed"]))
        about = {"claim": stands.claim, "what": "died"}
        dies = () if control.CONTROL.bar(reading, CHANGED.id, about) else (DEATH, *((MISTAKEN,) if stands.died else ()))
        label = Text(en="What is to be done", zh="处理") if barred else Text(en="Decision on the appeal", zh="裁决")
        outcome = Question("outcome", label, "one", required=True, choices=(*decides, *dies))
        lead = Text(en="Who took the decision does not decide the appeal.", zh="作出原决定者不得裁决申诉。")
        said_ = str(reading.part(stands.appeal["entry"], "words").get("words", ""))
        return {
            **told_,
            "title": DECIDE_APPEAL.in_(reading.language),
            "lead": lead,
            "said": said_,
            "asks": (
                *((outcome, WORDS) if outcome.choices else ()),
                *(DEATH_ASKS if dies else ()),
                *(() if barred else (*corrections(RIGHT_IF_ALLOWED), *beside(stands), *_mistaken(stands), ORDER)),
            ),
        }
    corrects = stands.state == "eligible"
    grant = Choice("grant", Text(en="Grant it", zh="准予"))
    what = Question(
        "what", Text(en="What is to be done", zh="处理"), "one", required=True,
        choices=(*((grant,) if programmes.answer(one, stands) == "eligible" else ()),
                 Choice("ask", Text(en="Ask for what is missing", zh="询问缺少的内容")),
                 Choice("refuse", Text(en="Do not grant it", zh="不予批准")),
                 *((Choice("correct", Text(en="Correct facts (a second officer confirms it)",
                                           zh="更正事实（须第二人确认）")),) if corrects else ()),
                 DEATH, *((MISTAKEN,) if stands.died else ()),
                 *(Choice(f"stands-{row['entry']}", said(BACK_BY_MISTAKE, day=_on(row)))
                   for row in programmes.takings_back(stands.steps))),
    )  # fmt: skip
    if told_["bar"]:
        what = replace(what, choices=tuple(choice for choice in what.choices if choice.value == "ask"))
    lead = Text(
        en="What fits is granted by itself, unless something asks for a look. A person alone says no, and says why.",
        zh="符合条件者自动准予，须经审查者除外；仅可由人决定不予批准，并说明理由。",
    )
    return {**told_, "title": DECIDE_CLAIM.in_(reading.language), "lead": lead, "said": "",
            "asks": (what, WORDS, *_same(reading, one, stands), *DEATH_ASKS,
                     *((*corrections(RIGHT_IF_CORRECTED), *beside(stands)) if corrects else ()))}  # fmt: skip


def _decision_waits(reading: Reading, stands: Standing) -> dict[str, str] | None:
    """That a decision on the appeal waits for a second officer, and for the office where."""
    row = control.allowing(reading.tables, stands, Hand(reading.party, reading.now, reading.spoke))
    if row is None:
        return None
    office = bool(set(STEWARDS) & set(reading.roles))
    return {
        "words": DECISION_WAITS.in_(reading.language), "href": f"{control.PATH}/{row['entry']}" if office else "",
    }  # fmt: skip


HANDED = Text(
    en="The claim passed by succession: whoever holds it now is not the person whose work was lost.",
    zh="本申领已由继承移转：现申领人并非失去工作的本人。",
)
DECISION_WAITS = Text(
    en="A decision on the appeal waits for a second officer, who confirms it or puts it aside. Until then nothing else "
       "is decided on it.",
    zh="对申诉的一项裁决正待第二名官员确认或搁置；在此之前不另作裁决。",
)  # fmt: skip
BACK_BY_MISTAKE = Text(
    en="It was taken back on {day} by mistake: it stands, and no month is lost",
    zh="{day}的撤回有误：申领有效，各月均不受影响",
)


def _on(row: Row) -> Text:
    return day(date.fromisoformat(row["on"]))


def _mistaken(stands: Standing) -> Iterator[Question]:
    """Whether a taking back was a mistake, asked of whoever decides an appeal."""
    if back := programmes.takings_back(stands.steps):
        yield Question(
            "not_taken_back", Text(en="Was the claim taken back by mistake?", zh="此前的撤回是否有误？"), "one",
            choices=tuple(Choice(str(row["entry"]), said(BACK_BY_MISTAKE, day=_on(row))) for row in back),
        )  # fmt: skip


def _same(reading: Reading, one: Programme, stands: Standing) -> Iterator[Question]:
    """Which claims to the same benefit are of the same person, asked of whoever grants."""
    if alike := sorted(owed.of_the_same_benefit(reading.tables, one, stands.claim)):
        names = registry.names(reading.tables, CLAIM_NOUN)
        yield Question(
            "same_as", Text(en="If it is granted: of the same person as", zh="如予准予：与下列申领系同一人"), "one",
            choices=(
                Choice("none", Text(en="none of the other claims to this benefit",
                                    zh="非同一给付任何其他申领的申领人")),
                *(Choice(claim, same(names.get(claim, claim))) for claim in alike),
            ),
            hint=Text(en="What is due there is not due here once more.", zh="该处应付的，此处不再应付。"),
        )  # fmt: skip


def _looks(reading: Reading, one: Programme, stands: Standing) -> Iterator[dict[str, Any]]:
    """Why a person looks at a claim, with the claims that may be of the same person and where each stands."""
    for look in looking.looks(reading.tables, one, stands):
        others = [other for claim in look.claims if (other := programmes.standing(reading.tables, claim))]
        claims = [
            (other.name, f"{CLAIMS}/{other.claim.partition(':')[2]}", STATES[other.stage][1].in_(reading.language))
            for other in others
        ]
        yield {"words": look.words.in_(reading.language), "claims": claims}


DECIDE_APPEAL, DECIDE_CLAIM = Text(en="Decide the appeal", zh="裁决申诉"), Text(en="Decide the claim", zh="决定申领")


def decide_deed(reading: Reading, given: Mapping[str, str]) -> Deed:
    """What the officer's form comes to. Raises `NotFound`."""
    stands, one = _claim(reading, given["slug"])
    act = _act(stands, one, given, reading.today)
    ordered = act.body.get("citation")
    if (
        act.kind == APPEAL_DECIDED.id
        and not ordered
        and (facts := correcting.facts_in(act.body))
        and act.body["outcome"] == "allowed"
    ):
        sound = not list(correcting.of_facts(act.body, stands, one, reading.today))
        if sound and correcting.takes_two(reading.tables, one, stands, facts, reading.today):
            act = _correction(stands, facts, given.get("words", ""))
    return Deed((act,), f"{CLAIMS}/{given['slug']}")


def _correction(stands: Standing, facts: Mapping[str, Any], words: str) -> Act:
    """What is asked of a second officer: facts as they are right, by which an appeal that waits is allowed."""
    body = {"claim": stands.claim, "facts": stands.entry, "words": words, **facts}
    if stands.appeal is not None:
        body["appeal"] = stands.appeal["entry"]
    return Act(CORRECTION.id, body, "", stands.claim)


def _act(stands: Standing, one: Programme, given: Mapping[str, str], today: date) -> Act:
    about: dict[str, Any] = {"claim": stands.claim}
    words = given.get("words", "")
    right: dict[str, Any] = {name: given[name].strip() for name in CORRECTED if given.get(name, "").strip()}
    right |= {"jobs": without(stands, given["beside"])} if given.get("beside") else {}
    if stands.appeal is not None and given.get("outcome") not in DEATHS:
        body: dict[str, Any] = {**about, "outcome": given.get("outcome", ""), "words": words, **right}
        if (back := given.get("not_taken_back", "")).isdigit():
            body["not_taken_back"] = [int(back)]
        if order := given.get("citation", "").strip():
            body["citation"] = order
        return Act(APPEAL_DECIDED.id, body, "", stands.claim)
    if given.get("what") == "ask":
        return Act(QUESTION.id, {**about, "text": words}, "", stands.claim)
    if given.get("what") == "correct":
        return _correction(stands, right, words)
    if (what := given.get("what") or given.get("outcome", "")) in DEATHS:
        on = given.get("on", "") if what == "died" else today.isoformat()
        known: dict[str, Any] = {"known_by": given.get("known_by") or "report"} if what == "died" else {}
        known |= {"against_record": True} if what == "died" and given.get("against_record") == "yes" else {}
        return Act(CHANGED.id, {**about, "what": what, "on": on, "words": words, **known}, "", stands.claim)
    does, _, entry = what.partition("-")
    if does == "stands" and entry.isdigit():
        return Act(NOT_TAKEN_BACK.id, {**about, "withdrawal": int(entry), "words": words}, "", stands.claim)
    decided: dict[str, Any] = {**about, "outcome": "not_eligible", "facts": stands.entry, "words": words}
    if given.get("what") == "grant":
        decided |= {"outcome": "eligible", "conditions": told(programmes.assessment(one, stands))}
        if of := given.get("same_as", ""):
            decided["same_as"] = [] if of == "none" else [of]
    return Act(DECIDED.id, decided, "", stands.claim)


OVERVIEW = Page("programmes", PROGRAMMES, Text(en="Packages in force", zh="生效中的方案"), "programmes.html", overview)
PROGRAMME = Page(
    "programme",
    PROGRAMMES + "/{slug}",
    Text(en="Package in force", zh="生效中的方案"),
    "programme.html",
    programme_view,
)
PAY = Page(
    "pay", PROGRAMMES + "/{slug}/pay", Text(en="Pay a month", zh="按月发放"), "pay.html", pay_view, roles=STEWARDS,
    act=pay_deed,
)  # fmt: skip
SAMPLING = Page(
    "support_sampling", PROGRAMMES + "/{slug}/sample", Text(en="Look over a sample", zh="抽查发放"), "sample.html",
    delivering.sampling_view, roles=("auditor", *STEWARDS), act=delivering.sampling_deed,
)  # fmt: skip
SAMPLE = Page(
    "support_sample", PROGRAMMES + "/{slug}/sample.json", Text(en="Sample of payments", zh="发放抽样"), "",
    delivering.sample_view, roles=("auditor", *STEWARDS),
)  # fmt: skip
DESK = Page("support_claims", CLAIMS, Text(en="Claims", zh="申领"), "claims.html", desk_view, menu=True, roles=STEWARDS)
CLAIM = Page(
    "support_claim", CLAIMS + "/{slug}", Text(en="Claim", zh="申领"), "claim.html", claim_view, roles=FILERS,
    act=claim_deed,
)  # fmt: skip
DECIDE = Page(
    "support_decide", CLAIMS + "/{slug}/decide", DECIDE_CLAIM, "decide.html", decide_view, roles=STEWARDS,
    act=decide_deed,
)  # fmt: skip
PAGES: Sequence[Page] = (OVERVIEW, PROGRAMME, PAY, SAMPLING, SAMPLE, DESK, CLAIM, DECIDE)
