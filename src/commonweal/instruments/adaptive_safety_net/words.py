"""Words that views need in both languages (templates have catalogues; views have these)."""

from __future__ import annotations

from datetime import date

from babel.dates import format_date

from commonweal.kernel.instrument import Reading, Text

WORDS = {
    "on": Text(en="on", zh="触发"),
    "off": Text(en="off", zh="未触发"),
    "pending": Text(en="pending", zh="待定"),
    "unknown": Text(en="not known", zh="未知"),
    "partly": Text(en="{told}, {unknown} not known", zh="{told}，{unknown} 未知"),
    "state": Text(en="State of the trigger", zh="触发状态"),
    "area": Text(en="Area", zh="地区"),
    "from": Text(en="On from", zh="触发起"),
    "until": Text(en="Off from", zh="结束于"),
    "months": Text(en="Months", zh="月数"),
    "peak": Text(en="Widest gap", zh="最大缺口"),
    "month": Text(en="Month", zh="月份"),
    "gap": Text(en="Gap, percentage points", zh="缺口（个百分点）"),
    "rate": Text(en="Rate over three months, %", zh="三个月失业率（%）"),
    "line": Text(en="line", zh="界线"),
    "states": Text(en="States", zh="州数"),
    "met": Text(en="criterion met", zh="满足条件"),
    "look_back": Text(en="off only for the look-back", zh="仅因回溯比较而未触发"),
    "look_back_unknown": Text(en="look-back not known", zh="回溯比较未知"),
    "strip_title": Text(en="Fifty years of the total-rate trigger, state by state", zh="各州总失业率触发状态五十年"),
    "strip_note": Text(
        en="Before {since} the criterion was not law; its replay up to there is counterfactual.",
        zh="{since}以前该条件尚非法律，此前的重放属于反事实。",
    ),
    "gap_title": Text(en="The national gap and its line", zh="全国缺口与界线"),
    "gap_note": Text(
        en="Shaded: the gap stands at or above the line. Rates from unrounded sums of the states. "
        "The drawing ends at {limit} points; the spring of 2020 went beyond (see the table).",
        zh="阴影：缺口达到或超过界线。失业率取各州未舍入合计数之比。"
        "图上限为 {limit} 个百分点，2020 年春超出此范围（见表）。",
    ),
    "share_title": Text(en="States at {line} percent and above", zh="失业率不低于 {line}% 的州"),
    "share_note": Text(
        en="How many states reach the rate, and how many of them the look-back alone keeps off.",
        zh="达到该失业率的州数，以及其中仅因回溯比较而未触发的州数。",
    ),
    "area_note": Text(en="Shaded: the trigger is on.", zh="阴影：触发。"),
    "rate_kind": Text(en="Rates", zh="失业率"),
    "year": Text(en="Year", zh="年份"),
    "state_months": Text(en="State-months at {line} % or above", zh="失业率不低于 {line}% 的州月数"),
    "observation": Text(en="new figures", zh="新数据"),
    "revision": Text(en="revised figures", zh="修订数据"),
    "silence": Text(en="silence", zh="无数据"),
    "adoption": Text(en="rule put in force", zh="规则生效"),
    "still": Text(en="(still on)", zh="（仍触发）"),
    "unrounded": Text(en="unrounded", zh="未舍入"),
    "nation": Text(en="the nation", zh="全国"),
    "rates_title": Text(en="Unemployment over three months, by state", zh="各州三个月失业率"),
    "rates_note": Text(
        en="Dashed: {line} percent, the line of the trigger for extended benefits.",
        zh="虚线：{line}%，即延长失业保险金的触发界线。",
    ),
    "as_written": Text(en="As written", zh="原设计"),
    "as_changed": Text(en="As changed", zh="更改后"),
    "no_design": Text(
        en="There is no design called {design}: what stands below is “{shown}”.",
        zh="没有名为 {design} 的设计：以下所示为“{shown}”。",
    ),
    "no_parameter": Text(
        en="This design has no number {parameter}. Choose one from the list.",
        zh="本设计没有 {parameter} 这一数值。请从列表中选择。",
    ),
    "no_value": Text(
        en="{value} cannot be used for “{parameter}”. Give {wanted}. It is now {now}.",
        zh="{value} 不能用于“{parameter}”。请给出{wanted}。现值为 {now}。",
    ),
    "w_package": Text(en="Package", zh="方案"),
    "w_version": Text(en="Version", zh="版本"),
    "w_cost_all": Text(en="Whole design: cost, billions (low – high)", zh="整套设计：费用（十亿美元，低 – 高）"),
    "w_cost_own": Text(en="Of it what is varied", zh="其中所变方案"),
    "w_people": Text(en="People paid, most in a month", zh="单月领取人数最多"),
    "w_person_months": Text(en="Person-months paid, millions (low – high)", zh="给付人月（百万，低 – 高）"),
    "w_activations": Text(en="Times on", zh="触发次数"),
    "w_cost_range": Text(en="Cost, billions (low – high)", zh="费用（十亿美元，低 – 高）"),
    "w_at_most": Text(en="At most, billions", zh="上限（十亿美元）"),
    "w_months_on": Text(en="Months on", zh="触发月数"),
    "w_months_unknown": Text(en="Months not known", zh="未知月数"),
    "w_false_starts": Text(en="False starts", zh="误启动"),
    "w_missed_months": Text(en="Missed months", zh="遗漏月份"),
    "w_reached": Text(en="Recessions reached", zh="触及的衰退"),
    "w_delay_months": Text(en="Delay, months", zh="延迟（月）"),
    "w_steepest_fall": Text(en="Steepest fall a month", zh="单月最大降幅"),
    "w_expired": Text(en="Times it expired", zh="到期次数"),
    "rounded": Text(en="rounded to one decimal", zh="舍入到一位小数"),
}
SHOWN = {"firing": "on", "ok": "off", "pending": "pending", "unknown": "unknown"}


def month_name(reading: Reading, day: str | None) -> str:
    """The month that begins on a day, in words; that it is still on where there is none."""
    if not day:
        return word(reading, "still")
    pattern, locale = ("y年M月", "zh_Hans_CN") if reading.language == "zh" else ("MMMM y", "en_GB")
    return str(format_date(date.fromisoformat(day), format=pattern, locale=locale))


def word(reading: Reading, name: str) -> str:
    """One of the words in the reader's language."""
    return WORDS[name].in_(reading.language)


def day(on: date) -> Text:
    """A day in words."""
    return Text(en=format_date(on, "d MMMM y", "en_GB"), zh=format_date(on, "y年M月d日", "zh_Hans_CN"))


def said(words: Text, **values: Text | str) -> Text:
    """A sentence with its values, each in the sentence's language where it has one."""
    return Text(
        {
            language: sentence.format(
                **{name: one if isinstance(one, str) else one[language] for name, one in values.items()}
            )
            for language, sentence in words.items()
        }
    )
