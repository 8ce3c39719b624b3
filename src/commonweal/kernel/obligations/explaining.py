"""Why somebody owes this, and why by that day: a duty's reasons as sentences, in every language, in order.

First the rule with its clause; then each condition with what was on file; then what starts the clock, how the days were
counted, which were left out and why, and the end. Everything comes from the duty's row, the text that it goes by and
the calendar in force; of a row as the public has it nothing is told that is not in it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from commonweal.kernel.record.tables import Reader, Row
from commonweal.kernel.values import LANGUAGES, Text, citing

from .adoption import calendar_of, law_of
from .calendars import PLAIN, Calendar
from .checking import is_stated
from .clauses import THE_AUTHORITY
from .evaluation import EARLIER, day_text
from .kinds import BREACHED, ELSEWHERE, OFFICE, OPEN
from .laws import OF_NO_COUNTRY, Law, Rule
from .reasons import day_words, ends, explained, presumed_start

_WAITING = ("overdue", "owed", "unknown", "not_public")
_SENTENCES: Mapping[str, Text] = {
    "rule": Text(
        en="{law}, {citation}: {rule}. Owed by {by} to {to}.",
        zh="{law}，{citation}：{rule}。义务人：{by}；履行对象：{to}。",
    ),
    "condition": Text(
        en="{fact}: {op}{value} is asked for{seen}{since}: {truth}.",
        zh="{fact}：要求{op}“{value}”{seen}{since}：{truth}。",
    ),
    "defined": Text(
        en="{what} ({citation}): {truth}, by what follows.", zh="{what}（{citation}）：{truth}，依据如下。"
    ),
    "not_judged": Text(
        en="Nothing that is filed here shows that it is kept: it is not called met or overdue here, and is judged by "
        "whoever looks into the matter.",
        zh="本机关所受理的文件均不足以表明该义务是否得到遵守：此处不作“已履行”或“逾期”的认定，由查办该事项者判断。",
    ),
    "seen": Text(en="; on file is {seen}", zh="；在案为“{seen}”"),
    "since": Text(en=", known here since {day}", zh="，本机关自{day}知悉"),
    "missing": Text(
        en="Not known: {missing}. So it is open whether this is owed; the end is the one that would hold.",
        zh="尚不知：{missing}。因此是否须履行尚未确定；所示为届时适用的终点。",
    ),
    "awaits_fact": Text(en="Nothing is owed before this is stated: {what}.", zh="在说明以下事项之前无须履行：{what}。"),
    "awaits_earlier": Text(
        en="It asks for nothing of what was so before it applied, on {day}: {what}.",
        zh="本规定自{day}起适用，对此前已发生者不作要求：{what}。",
    ),
    "awaits_met": Text(en="Nothing is owed before this is met: {what}.", zh="在以下义务履行之前无须履行：{what}。"),
    "awaits_began": Text(en="Nothing is owed before this begins: {what}.", zh="在以下义务开始之前无须履行：{what}。"),
    "awaits_due": Text(en="Nothing is owed before this falls due: {what}.", zh="在以下义务到期之前无须履行：{what}。"),
    "from_known": Text(
        en="The clock runs from when all that is asked for was known here.", zh="期限自本机关知悉全部要件之时起算。"
    ),
    "from_in_force": Text(en="The clock runs from the rule's coming into force.", zh="期限自规则生效之时起算。"),
    "from_fact": Text(en="The clock runs from: {what}.", zh="期限起算点：{what}。"),
    "from_met": Text(en="The clock runs from when this was met: {what}.", zh="期限自以下义务履行之时起算：{what}。"),
    "from_began": Text(en="The clock runs from when this began: {what}.", zh="期限自以下义务开始之时起算：{what}。"),
    "from_due": Text(en="The clock runs from when this fell due: {what}.", zh="期限自以下义务到期之时起算：{what}。"),
    "calendar": Text(en="Counted by: {calendar} ({citation}).", zh="计算依据：{calendar}（{citation}）。"),
    "all_days": Text(
        en="Every day after it counts, weekends and holidays too; only a last day can move on.",
        zh="此后每日均计入，含周末和假日；仅最后一日可顺延。",
    ),
    "left_out": Text(en="Not counted in between: {days}.", zh="其间不计入：{days}。"),
    "worked": Text(en="Counted, since worked to make up for a holiday: {days}.", zh="因调休上班而计入：{days}。"),
    "hours_run": Text(
        en="Hours run through nights, weekends and holidays.", zh="小时连续计算，夜间、周末和假日均计入。"
    ),
    "full_hour": Text(
        en="The hour in which it happened is not counted: the period begins with the next.",
        zh="事件发生的当时小时不计入，自下一小时起算。",
    ),
    "met": Text(en="It was met on {day}: {how}.", zh="已于{day}履行：{how}。"),
    "overdue": Text(en="Nothing is on record that meets it.", zh="记录中无履行该义务的文件。"),
    "perhaps_in_confidence": Text(
        en="Its day has passed with nothing public that meets it. Whether it was done in confidence is told of nobody.",
        zh="期限已过，公开记录中无履行该义务的文件。是否已以保密方式履行，对任何人均不予公开。",
    ),
    "elsewhere": Text(
        en="It is owed to {to}, not to this authority: nothing that is filed here meets it. Whoever did it there can "
        "state so, with the day, a reference and what shows it.",
        zh="该义务应向{to}履行，而非本机关：向本机关提交的任何文件均不构成履行。已在彼处履行者可作出说明，并载明日期、编号及证明。",
    ),
    "stated_elsewhere": Text(
        en="It is owed to {to}. That it was done there is what whoever owes it states; nobody here has verified it.",
        zh="该义务应向{to}履行；已在彼处履行系义务人自行说明，本机关未予核实。",
    ),
    "breached": Text(en="So what is forbidden was done.", zh="因此，被禁止的行为已经发生。"),
    "claimed": Text(
        en="A later filing (entry {entry}) says that this is not owed, or runs from a later day. It stands until an "
        "officer accepts that.",
        zh="其后的申报（条目{entry}）称无须履行该义务，或其期限起算更晚。在主管人员认可之前，该义务维持原状。",
    ),
}
_TRUTHS: Mapping[str, Text] = {
    "yes": Text(en="it holds", zh="符合"),
    "no": Text(en="it does not hold", zh="不符合"),
    "unknown": Text(en="not known", zh="尚不知"),
    "not_public": Text(en="what is on file is not public", zh="在案内容未公开"),
}
_IN_TIME: Mapping[Any, Text] = {
    0: Text(en="in time", zh="按期"),
    1: Text(en="late", zh="逾期"),
    None: Text(
        en="whether in time is not said, as the start of the clock was not stated",
        zh="因期限起算点未说明，是否按期不作认定",
    ),
}
_OPS: Mapping[str, Text] = {
    ">": Text(en="more than ", zh="大于"),
    ">=": Text(en="at least ", zh="不小于"),
    "<": Text(en="less than ", zh="小于"),
    "<=": Text(en="at most ", zh="不大于"),
    "is": Text(en="", zh=""),
    "in": Text(en="one of ", zh="以下之一："),
    "has": Text(en="among others one of ", zh="包含以下之一："),
    "before": Text(en="a day before ", zh="早于"),
    "from": Text(en="a day not before ", zh="不早于"),
}
_FLAGS: Mapping[bool, Text] = {True: Text(en="yes", zh="是"), False: Text(en="no", zh="否")}
_WEEKENDS = Text(en="{n} weekend days", zh="{n}个周末日")
_WEEKEND_DAY = Text(en="1 weekend day", zh="1个周末日")
_ALL_DAYS = ("days_counted", "same_weekday", "same_date", "month_end")


def explanation(reader: Reader, row: Row) -> tuple[Text, ...]:
    """A duty's reasons as sentences, each in every language: for the row of `duties`, `duties_told` or `calendar`."""
    law = law_of(reader, row["sha256"])
    rule = law.rule(row["rule"], row["rule_version"])
    if rule is None:
        return ()
    calendar = calendar_of(reader, law.calendar)
    why = row["why"]
    found = [_rule(law, rule), *_conditions(why.get("conditions", {}), law)]
    if row["missing"]:
        found.append(_said("missing", missing=_list([_fact(law, name) for name in row["missing"]])))
    if why.get("awaits"):
        found.append(_awaited(str(why["awaits"]), law))
    found += _counted(row, law, rule, calendar)
    return (*found, *_outcome(row, law, rule, reader))


def clocks(reader: Reader, rows: Iterable[Row]) -> list[dict[str, Any]]:
    """What is owed, as a page tells it: what has a date and is open first, the soonest before all.

    Rows as `duties` has them give `rule`, `about`, `duty` (its title), `law` (its title), `citation`, `party`,
    `authority` (the one that owes it) and `to` (to whom), both in the law's words, `state` (met late apart), `ends`
    (the last day, or the instant of a clock that ends within a day; None without a date), `missing` facts by title, and
    the reasons in `why`; `stated`: its debtor may say now that it was done elsewhere; `claimed`: a later filing says
    that it is not owed, and nobody accepted that. What is not owed, or lapsed, is left out.
    """
    told = [_clock(reader, row) for row in rows if row["state"] not in ("not_owed", "lapsed")]
    return sorted(told, key=lambda one: (one["state"] not in _WAITING, one["at"] or "9999", one["rule"]))


def _clock(reader: Reader, row: Row) -> dict[str, Any]:
    law = law_of(reader, row["sha256"])
    rule = law.rule(row["rule"], row["rule_version"])
    at = row["due"] or row["due_if_owed"]
    return {
        "rule": row["rule"],
        "about": row["subject"],
        "duty": rule.title if rule else Text(en=row["duty"], zh=row["duty"]),
        "law": law.title,
        "citation": rule.citation if rule else "",
        "party": row["party"],
        "to": rule.owed_to if rule else None,
        "authority": law.authority if row["party"] == THE_AUTHORITY else None,
        "state": "met_late" if row["state"] == "met" and row["late"] else row["state"],
        "at": at,
        "ends": ends(row, law),
        "missing": [_fact(law, name) for name in row["missing"]],
        "why": explanation(reader, row),
        "stated": row["state"] in (*OPEN, ELSEWHERE) and is_stated(row, reader),
        "claimed": "claimed" in row["why"],
    }


def title_of(reader: Reader, rule_id: str, body: Mapping[str, Any]) -> Text:
    """What a duty is called in the words by which it changed: for the body of a change."""
    rule = law_of(reader, str(body["law_sha256"])).rule(rule_id, str(body["rule_version"]))
    return rule.title if rule else Text(en=rule_id, zh=rule_id)


def concerns_office(law: Law, jurisdictions: Collection[str]) -> bool:
    """Whether what a law asks for is owed by or to an office that acts in `jurisdictions`, as far as can be told.

    A scheme of no jurisdiction's (`ZZ`) is that of whoever adopted it. An office that does not say where it acts has
    all of them.
    """
    return not jurisdictions or law.jurisdiction in (*jurisdictions, OF_NO_COUNTRY)


def _stated_elsewhere(row: Row, law: Law, rule: Rule, reader: Reader) -> bool:
    """Whether what another authority is owed is met: then by what its debtor states, and nothing else."""
    office = reader.get(OFFICE, 1)
    anothers = office is not None and not law.addresses(office["jurisdictions"])
    return anothers and row["state"] == "met" and not rule.by_authority


def _said(sentence: str, /, **values: Text | str) -> Text:
    words = {
        language: {name: value[language] if isinstance(value, Mapping) else value for name, value in values.items()}
        for language in LANGUAGES
    }
    return Text({language: _SENTENCES[sentence][language].format(**words[language]) for language in LANGUAGES})


def _list(items: list[Text]) -> Text:
    return Text(
        {
            language: ("；" if language == "zh" else "; ").join(item[language] for item in items)
            for language in LANGUAGES
        }
    )


def _fact(law: Law, name: str) -> Text:
    return law.facts[name].title if name in law.facts else Text(en=name, zh=name)


def _title(law: Law, rule_id: str) -> Text:
    return next((rule.title for rule in law.rules if rule.id == rule_id), Text(en=rule_id, zh=rule_id))


def _titles(law: Law, rule_ids: Iterable[str]) -> Text:
    """Duties of which any will do."""
    titles = [_title(law, rule_id) for rule_id in rule_ids]
    return Text(
        {
            language: ("；或" if language == "zh" else "; or ").join(title[language] for title in titles)
            for language in LANGUAGES
        }
    )


def _rule(law: Law, rule: Rule) -> Text:
    return _said(
        "rule", law=law.title, citation=citing(rule.citation), rule=rule.title, by=rule.owed_by, to=rule.owed_to
    )


# ── conditions ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _conditions(part: Mapping[str, Any], law: Law, within: str = "") -> Iterator[Text]:
    """The conditions one by one; of several of which any will do, those that hold where some do. What the law defines
    is named before what it comes to, but not what that is defined by in turn (`within`)."""
    if "is" in part and not within:
        yield from _definition(part, law)
        within = str(part["is"])
    if "fact" in part:
        yield _condition(part, law)
    for item in part.get("all", ()):
        yield from _conditions(item, law, within)
    either = part.get("any", ())
    held = [item for item in either if item.get("truth") == "yes"]
    for item in held or either:
        yield from _conditions(item, law, within)


def _definition(part: Mapping[str, Any], law: Law) -> Iterator[Text]:
    """What a law calls so, and whether it is."""
    one = next((one for one in law.definitions if one.id == part["is"]), None)
    if one is not None:
        what = Text({**one.title, "en": one.title["en"][:1].upper() + one.title["en"][1:]})
        yield _said(
            "defined", what=what, citation=citing(one.citation), truth=_TRUTHS[str(part.get("truth", "not_public"))]
        )


def _condition(part: Mapping[str, Any], law: Law) -> Text:
    nothing = Text(en="", zh="")
    known = day_text(part.get("known_on"), law.time_zone)
    truth = str(part.get("truth", "not_public"))
    name = _fact(law, part["fact"])
    return _said(
        "condition",
        fact=Text({**name, "en": name["en"][:1].upper() + name["en"][1:]}),
        op=_OPS[part["op"]],
        value=_value(part["value"]),
        seen=_said("seen", seen=_value(part["seen"])) if "seen" in part else nothing,
        since=_said("since", day=day_words(known)) if known and truth in ("yes", "no") else nothing,
        truth=_TRUTHS[truth],
    )


def _value(value: Any) -> Text:
    if isinstance(value, bool):
        return _FLAGS[value]
    if isinstance(value, Mapping):
        words = f"{value['point']:g} ({value['low']:g}–{value['high']:g})"
    elif isinstance(value, list):
        words = ", ".join(map(str, value))
    else:
        words = f"{value:g}" if isinstance(value, float) else str(value)
    return Text(dict.fromkeys(LANGUAGES, words))


# ── the clock ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _awaited(awaits: str, law: Law) -> Text:
    event, _, what = awaits.partition(" ")
    if event == EARLIER:
        fact, day = what.split()
        return _said("awaits_earlier", what=_fact(law, fact), day=day)
    return _said(f"awaits_{event}", what=_fact(law, what) if event == "fact" else _titles(law, what.split()))


def _counted(row: Row, law: Law, rule: Rule, calendar: Calendar) -> Iterator[Text]:
    steps = row["why"].get("steps", ())
    codes = {step["code"] for step in steps}
    if row["started_on"] and "again" not in codes and not presumed_start(row, rule):
        yield _started(law, rule)
    event: date | None = None
    for step, said in zip(steps, explained(steps), strict=True):
        yield said
        if step["code"] == "event":
            event = date.fromisoformat(step["day"])
            if step.get("calendar") == calendar.id != PLAIN.id:
                yield _said("calendar", calendar=calendar.title, citation=citing(calendar.citation))
        elif step["code"] in _ALL_DAYS and not (step["unit"] == "days" and step["n"] == 1):
            yield _said("all_days")
        elif step["code"] == "working_days_counted" and event is not None:
            yield from _left_out(calendar, event, step)
        elif step["code"] == "hours_counted" and not calendar.hours_roll:
            yield _said("hours_run")
            if calendar.next_full_hour:
                yield _said("full_hour")


def _started(law: Law, rule: Rule) -> Text:
    start = rule.start
    what = _fact(law, start.fact) if start.fact else _titles(law, start.rules)
    return _said(f"from_{start.event}", what=what)


def _left_out(calendar: Calendar, event: date, step: Mapping[str, Any]) -> Iterator[Text]:
    """The days that a period in working days leaves out, where the calendar in force has as many as were counted."""
    last = date.fromisoformat(step["last"])
    span = [event + timedelta(days=n) for n in range(1, (last - event).days + 1)]
    closed = {day: calendar.closed(day) for day in span if calendar.closed(day)}
    if len(span) - len(closed) != step["n"]:
        return
    named = {day: why for day, why in closed.items() if why in calendar.names}
    weekend = len(closed) - len(named)
    weekends = _WEEKEND_DAY if weekend == 1 else _WEEKENDS
    left = [Text({language: weekends[language].format(n=weekend) for language in LANGUAGES})] if weekend else []
    left += [_named(calendar.name(why), day) for day, why in named.items()]
    if left:
        yield _said("left_out", days=_list(left))
    if worked := [day_words(day.isoformat()) for day in span if day in calendar.open_days]:
        yield _said("worked", days=_list(worked))


def _named(name: Text, day: date) -> Text:
    on = day_words(day.isoformat())
    return Text(en=f"{name['en']} ({on['en']})", zh=f"{name['zh']}（{on['zh']}）")


def _outcome(row: Row, law: Law, rule: Rule, reader: Reader) -> Iterator[Text]:
    if row["state"] in ("overdue", BREACHED):
        yield _said(row["state"])
    if row["state"] == "not_public" and not row["missing"]:
        yield _said("perhaps_in_confidence")
    if not rule.met_by and not rule.forbids and row["state"] in ("owed", "unknown"):
        yield _said("not_judged")
    if row["state"] == ELSEWHERE or _stated_elsewhere(row, law, rule, reader):
        yield _said(ELSEWHERE if row["state"] == ELSEWHERE else "stated_elsewhere", to=rule.owed_to)
    if "claimed" in row["why"]:
        yield _said("claimed", entry=str(row["why"]["claimed"]))
    met = day_text(row["met_on"], law.time_zone)
    if row["state"] == "met" and met and not row["rounds"]:
        late = None if row["late"] is None else int(row["late"])
        yield _said("met", day=day_words(met), how=_IN_TIME[late])
