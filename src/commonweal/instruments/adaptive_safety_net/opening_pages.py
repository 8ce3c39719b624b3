"""Crossings that are open to a decision, for everybody; and the form by which an officer takes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from commonweal.kernel import accounts
from commonweal.kernel.instrument import Act, Choice, Column, Deed, Listing, Page, Question, Reading, Row, Text
from commonweal.kernel.values import NotFound

from . import ceilings, crossings
from .conversation import month_words
from .crossings import Open
from .kinds import OPENED, STEWARDS
from .laus import area_name
from .packages import Written
from .words import day, said

PATH, WAITING = "/safety-net/crossings", "/safety-net/claims"
FIGURES: Mapping[bool, Text] = {
    False: Text(en="on", zh="启动中"),
    True: Text(en="no figures say that it is still on: until they do, nobody new comes under it",
               zh="尚无数据显示仍在启动中：在此之前不接受新的申领人"),
}  # fmt: skip
OPENS = Text(
    en="{name} is opened for {area}: {package}, version {version}, from {opens} to {closes}, with {budget} in the "
    "fund, once a second officer has confirmed it.",
    zh="将为{area}启动{name}：{package}（版本 {version}），自{opens}至{closes}，基金 {budget}；"
    "经第二名官员确认后生效。",
)
NO_END = Text(en="no last day", zh="无截止日")
LAST = Text(
    en="The text lets it last no longer than {day}, if it opens then.", zh="如按上述日期启动，文本规定最迟至{day}。"
)
MOST = Text(
    en="At most {amount} {unit}, by what the text leaves for the years in which it pays.",
    zh="按文本对各发放年度的余额，至多 {amount} {unit}。",
)
AMOUNT = Text(en="In {unit}, such as 100000.00.", zh="以{unit}计，例如 100000.00。")


def _listed(reading: Reading, query: Mapping[str, str]) -> list[Row]:
    decides = bool(set(STEWARDS) & set(reading.roles))
    return [
        {
            "crossing": _name(one).in_(reading.language),
            "href": f"{PATH}/{one.slug}" if decides else f"/record/{one.entry}",
            "package": one.text.title.text().in_(reading.language), "known": one.known.isoformat(),
            "opens_from": one.opens_from.isoformat(), "figures": FIGURES[one.silent].in_(reading.language),
        }
        for one in crossings.open_to_a_decision(reading.tables, reading.today)
    ]  # fmt: skip


def _name(one: Open) -> Text:
    area = Text(en=area_name(one.area, "en"), zh=area_name(one.area, "zh"))
    return said(CROSSED, area=area, month=month_words(date.fromisoformat(f"{one.month}-01")))


CROSSED = Text(en="{area}, {month}", zh="{area}，{month}")
LISTING = Listing(
    "crossings",
    Text(en="Crossings open to a decision", zh="可供决定的触发"),
    (
        Column("crossing", Text(en="Where, with the figures of which month", zh="地区与数据月份"), "link"),
        Column("package", Text(en="Package", zh="方案")), Column("known", Text(en="Known on", zh="得知日"), "date"),
        Column("opens_from", Text(en="Can open from", zh="最早启动日"), "date"),
        Column("figures", Text(en="Trigger now", zh="目前触发状态")),
    ),
    _listed,
    summary=Text(
        en="An adopted package came on there, is not off since, and nobody opened anything for it yet.",
        zh="已采用的方案在该地触发，其后未结束，且尚未据此启动任何项目。",
    ),
)  # fmt: skip


def overview(reading: Reading, query: Mapping[str, str]) -> Mapping[str, Any]:
    """Every crossing that is open to a decision, and the packages of which there is none."""
    found = crossings.open_to_a_decision(reading.tables, reading.today)
    there = {one.text.id for one in found}
    texts = crossings.texts(reading.tables, reading.today)
    return {
        "rows": _listed(reading, query), "columns": LISTING.columns, "adopted": bool(texts),
        "decides": bool(set(STEWARDS) & set(reading.roles)),
        "texts": [_law(reading, text) for text in texts.values()],
        "nowhere": [text.title.text().in_(reading.language) for id, text in texts.items() if id not in there],
    }  # fmt: skip


def _law(reading: Reading, text: Written) -> list[str]:
    """A package, the version of its text that is law today, and those that are adopted for later."""
    today = text.version if text.in_force.holds(reading.today) else "–"
    return [text.title.text().in_(reading.language), today, _ahead(reading, text.id).in_(reading.language) or "–"]


def _ahead(reading: Reading, package: str) -> Text:
    """Which versions of a text are adopted for later, and from when; empty for none."""
    found = [said(AHEAD, version=one.version, day=day(one.in_force.start))
             for one in crossings.ahead(reading.tables, package, reading.today)]  # fmt: skip
    return Text(en=", ".join(one["en"] for one in found), zh="、".join(one["zh"] for one in found))


AHEAD = Text(en="{version} from {day} on", zh="{version}（自{day}起）")


def open_view(reading: Reading, query: Mapping[str, str]) -> Mapping[str, Any]:
    """The form by which a package is switched on. Raises `NotFound` for a crossing that is not open to a decision."""
    one, language = _crossing(reading, query), reading.language
    opens = max(reading.today, one.opens_from)
    last = ceilings.last_enrolment(one.text, opens)
    most = _most(reading, one, opens, last)
    return {
        "title": OPEN.title.in_(language), "name": _name(one).in_(language), "back": PATH,
        "action": f"{PATH}/{one.slug}", "package": one.text.title.text(), "text": one.text.text.text(),
        "version": one.text.version, "ahead": _ahead(reading, one.text.id).in_(language),
        "crossing": one.entry, "known": one.known.isoformat(),
        "silent": FIGURES[True].in_(language) if one.silent else "", "opens_from": one.opens_from.isoformat(),
        "asks": tuple(_asks(one, most, last)),
        "begins": {
            "name": _begins_name(one), "opens_on": opens.isoformat(), "closes_on": last.isoformat() if last else "",
            "fictitious": "no",
        },
    }  # fmt: skip


def _most(reading: Reading, one: Open, opens: date, last: date | None) -> str:
    """What the text leaves at most; empty where it sets no ceiling."""
    if one.text.budget is None:
        return ""
    days = {"opens_on": opens.isoformat(), "closes_on": last.isoformat() if last else None}
    left, _ = ceilings.left_to_open({"package": one.text.id, **days}, one.text, reading.tables)
    return accounts.written(max(left, 0), str(one.text.unit))


def _asks(one: Open, most: str, last: date | None) -> Iterator[Question]:
    unit = str(one.text.unit)
    yield Question("name", Text(en="Its name", zh="名称"), "text", required=True)
    yield Question("opens_on", Text(en="Opens on", zh="启动日"), "day", required=True)
    yield Question(
        "closes_on", Text(en="Last day to come under it", zh="最后受理日"), "day", required=last is not None,
        hint=said(LAST, day=day(last)) if last else None,
    )  # fmt: skip
    yield Question(
        "budget", Text(en="Budget", zh="预算"), "text", required=True,
        hint=said(MOST, amount=most, unit=unit) if most else said(AMOUNT, unit=unit),
    )  # fmt: skip
    yield Question("reasons", Text(en="Why", zh="理由"), "long_text", required=True,
                   hint=Text(en="Everybody reads it.", zh="公众均可阅读。"))  # fmt: skip
    yield Question(
        "fictitious", Text(en="Is it made up, to practise?", zh="是否为演练而虚构？"), "one", required=True,
        choices=(Choice("no", Text(en="No", zh="否")), Choice("yes", Text(en="Yes", zh="是"))),
    )  # fmt: skip


def _begins_name(one: Open) -> str:
    """A name that says which package, where and when: `WI-MI-2026-02`."""
    letters = "".join(part[0] for part in one.text.rule.rpartition(".")[2].split("_"))
    return f"{letters}-{one.area.rpartition('-')[2].removeprefix('area:')}-{one.month}".upper()


def open_deed(reading: Reading, given: Mapping[str, str]) -> Deed:
    """The decision, told before it is recorded. Raises `NotFound`."""
    one = _crossing(reading, given)
    text = _text_of(reading, one, given)
    told = {name: given.get(name, "").strip() for name in ("name", "opens_on", "closes_on", "budget", "reasons")}
    body = {
        **told, "closes_on": told["closes_on"] or None, "package": text.id, "version": text.version,
        "area": one.area, "crossed": one.month, "unit": text.unit, "fictitious": given.get("fictitious") == "yes",
    }  # fmt: skip
    return Deed((Act(OPENED.id, body, ""),), WAITING, _opens(one, text, told))


def _text_of(reading: Reading, one: Open, given: Mapping[str, str]) -> Written:
    """The text that is law on the day on which it is to open; the one of the crossing for what is no such day."""
    try:
        opens = date.fromisoformat(given.get("opens_on", "").strip())
    except ValueError:
        return one.text
    return crossings.text_on(reading.tables, one.text.id, opens) or one.text


def _opens(one: Open, text: Written, told: Mapping[str, str]) -> Sequence[Text]:
    try:
        opens, closes = (date.fromisoformat(told[name]) if told[name] else None for name in ("opens_on", "closes_on"))
    except ValueError:
        return ()
    if opens is None:
        return ()
    area = Text(en=area_name(one.area, "en"), zh=area_name(one.area, "zh"))
    return [said(
        OPENS, name=told["name"], area=area, package=text.title.text(), version=text.version, opens=day(opens),
        closes=day(closes) if closes else NO_END, budget=f"{told['budget']} {text.unit}",
    )]  # fmt: skip


def _crossing(reading: Reading, query: Mapping[str, str]) -> Open:
    slug = f"{query['rule']}/{query['area']}/{query['month']}"
    found = next((one for one in crossings.open_to_a_decision(reading.tables, reading.today) if one.slug == slug), None)
    if found is None:
        raise NotFound("crossing that is open to a decision", slug, f"{PATH} lists those that are")
    return found


OVERVIEW = Page("crossings", PATH, LISTING.title, "crossings.html", overview)
OPEN = Page(
    "open", PATH + "/{rule}/{area}/{month}", Text(en="Switch a package on", zh="启动方案"), "open.html", open_view,
    roles=STEWARDS, act=open_deed,
)  # fmt: skip
PAGES: Sequence[Page] = (OVERVIEW, OPEN)
LISTINGS = (LISTING,)
