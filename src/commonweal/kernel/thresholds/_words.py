"""What a rule says, in words (English and Chinese), and as formulas of metric temporal logic over the past.

`H[a,b] p` holds where p held throughout that long ago, `O[a,b] p` where it held once, `p S q` where p has held since q;
`G (p → F[0,d] q)` is for what must follow: after every p, a q within d.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from commonweal.kernel.disclosure.kinds import Kind
from commonweal.kernel.expressions.tree import Node, Quantity
from commonweal.kernel.expressions.words import Language, every, formula, number, span, words
from commonweal.kernel.values import Text

from ._machine import Dwell
from ._parts import Level, Response
from ._rules import ThresholdRule

SAME = {
    "subject": Text(en="about the same subject", zh="同一对象的"),
    "cause": Text(en="that names it as its cause", zh="以其为起因的"),
    "all": Text(en="about whatever subject", zh="任何对象的"),
}


def explained(rule: ThresholdRule, kinds: Mapping[str, Kind]) -> Text:
    """The rule in words, one sentence a line; `kinds` are those of the house, by id."""
    return Text(en="\n".join(_said(rule, kinds, "en")), zh="\n".join(_said(rule, kinds, "zh")))


def _said(rule: ThresholdRule, kinds: Mapping[str, Kind], language: Language) -> Iterator[str]:
    yield (
        f"{rule.id}, {rule.version}: {rule.title[language]}"
        if language == "en"
        else (f"{rule.id}，{rule.version}：{rule.title[language]}")
    )
    if rule.response:
        yield from _answering(rule.response, language)
    else:
        yield from _series(rule, language)
    yield from _then(rule, kinds, language)
    yield _pick(language, f"Source: {rule.citation}.", f"依据：{rule.citation}。")


def _pick(language: Language, english: str, chinese: str) -> str:
    return english if language == "en" else chinese


def _series(rule: ThresholdRule, language: Language) -> Iterator[str]:
    how_often = every(rule.grid, language)
    dims = ", ".join(rule.dims)
    about = {
        "all": _pick(
            language, f"over all subjects at once, shown as {rule.subject}", f"对所有对象合并判断，记为 {rule.subject}"
        ),
        "subject": _pick(language, "for each subject on its own", "对每个对象分别判断"),
    }[rule.by]
    if dims:
        about += _pick(language, f" and each {dims}", f"，并按 {dims} 区分")
    yield _pick(language, f"Judged {how_often}, {about}.", f"{how_often}判断一次，{about}。")
    for name, let in rule.lets.items():
        yield _pick(language, f"{name} is {_let(let.tree, 'en')}.", f"{name} 为{_let(let.tree, 'zh')}。")
    breached = words(rule.expr.tree, language)
    yield _pick(language, f"It is breached while {breached}.", f"满足以下条件时视为越限：{breached}。")
    yield from _acting(rule, language)
    yield from _dwelling(rule, language)
    yield from _missing(rule, language)
    yield from _levels(rule, language)


def _let(tree: Node, language: Language) -> str:
    """What a named quantity is (its own tree, which is known elsewhere by its name)."""
    return words(tree.of if isinstance(tree, Quantity) else tree, language)


def _acting(rule: ThresholdRule, language: Language) -> Iterator[str]:
    if rule.act_on == "lower":
        yield _pick(
            language,
            "It acts on lower bounds: it counts as breached only where no value within the bounds would not breach it.",
            "按下界行动：只有当区间内任何取值都越限时，才视为越限。",
        )
    if rule.act_on == "upper":
        yield _pick(
            language,
            "It acts on upper bounds: it counts as breached as soon as some value within the bounds would breach it.",
            "按上界行动：只要区间内某个取值越限，即视为越限。",
        )


def _dwelling(rule: ThresholdRule, language: Language) -> Iterator[str]:
    spans = {name: span(found, language) for name, found in rule.spans.items()}
    if rule.dwell.before_firing:
        yield _pick(
            language,
            f"It fires once it has been breached without a break for {spans['for']}; until then it is pending.",
            f"连续越限满{spans['for']}后触发，此前为待定。",
        )
    else:
        yield _pick(language, "It fires at once.", "越限即触发。")
    stops = words(rule.clear.tree, language) if rule.clear else _pick(language, "it is no longer breached", "不再越限")
    kept = f", and that for {spans['keep_firing_for']}" if rule.dwell.keep_firing else ""
    lasting = f"满{spans['keep_firing_for']}" if rule.dwell.keep_firing else ""
    yield _pick(language, f"It stops when {stops}{kept}.", f"以下条件成立{lasting}后解除：{stops}。")
    if rule.dwell.fire_at_least:
        least = spans["fire_at_least"]
        yield _pick(language, f"Once on, it stays on for at least {least}.", f"触发后至少持续{least}。")
    if rule.dwell.rest_at_least:
        least = spans["rest_at_least"]
        yield _pick(language, f"Once off, it stays off for at least {least}.", f"解除后至少间隔{least}。")


def _missing(rule: ThresholdRule, language: Language) -> Iterator[str]:
    gap = span(rule.max_gap, language)
    yield _pick(
        language,
        f"When nothing new has been heard for more than {gap}, its state is unknown, which is an alarm of its own; "
        "time alone never makes it fire, and if it was firing it stays so behind the silence.",
        f"超过{gap}没有新数据时，状态为未知并单独告警；单凭时间流逝不会触发，沉默前已触发的，沉默期间保持触发。",
    )
    means = {
        "unknown": ("makes its state unknown", "状态为未知"),
        "breach": ("counts as breached", "视为越限"),
        "ok": ("counts as not breached", "视为未越限"),
        "hold": ("leaves everything as it was, and its time does not count", "维持原状，且不计时"),
    }[rule.dwell.on_missing]
    yield _pick(
        language,
        f"A period that cannot be judged for want of figures {means[0]}.",
        f"某一期因缺少数据无法判断时，{means[1]}。",
    )
    if rule.lateness is not None:
        late = span(rule.spans["lateness"], language)
        yield _pick(
            language,
            f"What comes up to {late} late is judged where it belongs; what comes later is set aside and counted.",
            f"迟到不超过{late}的数据按其所属时期判断；更晚的不予采用，并予计数。",
        )


def _levels(rule: ThresholdRule, language: Language) -> Iterator[str]:
    for level in rule.levels:
        at, share = words(level.at.tree, language), number(100 * level.scale)
        way = ("falls to", "降至") if level.falling else ("reaches", "达到")
        yield _pick(
            language,
            f"Level {level.name}: from where {rule.value} {way[0]} {at}, {share} % of the response{_off(level, 'en')}.",
            f"级别 {level.name}：{rule.value} {way[1]} {at} 起，响应的 {share}%{_off(level, 'zh')}。",
        )
    if len(rule.levels) > 1:
        yield _pick(language, "Between two levels the share rises in proportion.", "两级之间按比例递增。")


def _off(level: Level, language: Language) -> str:
    if level.off is None:
        return ""
    compared = level.off.text.removeprefix("value ")
    return _pick(language, f", until it is {compared}", f"，直至 {compared}")


def _answering(response: Response, language: Language) -> Iterator[str]:
    same = SAME.get(response.same, Text(en=f"with the same {response.same}", zh=f"{response.same} 相同的"))
    limit = span(response.within, language)
    yield _pick(
        language,
        f"After every {response.after}, a {response.expect} {same['en']} must follow within {limit}.",
        f"每出现一次 {response.after}，须在{limit}内出现{same['zh']} {response.expect}。",
    )
    yield _pick(
        language,
        "Until it does it is pending; once the time has passed it fires, until the answer comes. What is never "
        "answered stays open and is shown so.",
        "在此之前为待定；逾期即触发，直至答复到来。始终未答复的，保持未结并如实显示。",
    )


_FILED = Text(en="When it fires about {}, the authority files {}.", zh="就{}触发时，主管机关提交{}。")
_NOT_FILED = Text(en="It names {} to be filed; nothing here does that.", zh="其中要求提交{}；此处没有任何机制执行。")
_NOT_KEPT = Text(en="It names {} to be kept away; nothing here does that.", zh="其中要求阻止{}；此处没有任何机制执行。")


def _then(rule: ThresholdRule, kinds: Mapping[str, Kind], language: Language) -> Iterator[str]:
    plan = rule.plan
    if plan.playbook:
        yield _pick(language, f"When it fires, the playbook {plan.playbook} runs.", f"触发时执行预案 {plan.playbook}。")
    elif rule.then:
        yield _pick(language, f"It is for: {rule.then}.", f"用途：{rule.then}。")
    caused = {name: kinds[name].by_rule for name in plan.causes if name in kinds}
    for name in plan.causes:
        about = caused.get(name)
        yield _FILED.in_(language).format(about[language], name) if about else _NOT_FILED.in_(language).format(name)
    for name in plan.suppresses:
        yield _NOT_KEPT.in_(language).format(name)
    if plan.silence:
        yield _pick(
            language, f"When it falls silent, the playbook {plan.silence} runs.", f"沉默时执行预案 {plan.silence}。"
        )


# ── metric temporal logic ───────────────────────────────────────────────────────────────────────────────────────────


def mtl(rule: ThresholdRule) -> str:
    """The rule as formulas, one a line: what its states are, over the past alone."""
    if rule.response:
        found = rule.response
        joined = "" if found.same == "all" else f"  (same {found.same})"
        return f"G ({found.after} → F[0,{found.within}] {found.expect}){joined}"
    return "\n".join(_formulas(rule))


def _formulas(rule: ThresholdRule) -> Iterator[str]:
    bound = {"point": "", "lower": "⌊⌋ ", "upper": "⌈⌉ "}[rule.act_on]
    for name, let in rule.lets.items():
        yield f"{name} := {formula(let.tree.of if isinstance(let.tree, Quantity) else let.tree)}"
    yield f"breached := {bound}{formula(rule.expr.tree)}"
    yield f"clear := {formula(rule.clear.tree) if rule.clear else '¬breached'}"
    yield f"known := ¬unknown(breached); heard := O[0,{rule.max_gap}] observed"
    yield from _states("", "breached", "clear ∧ ¬breached", rule.dwell, {k: str(v) for k, v in rule.spans.items()})
    yield "firing := ¬off S on"
    yield "pending := breached ∧ ¬firing ∧ heard"
    yield "unknown := ¬heard" + (" ∨ ¬known" if rule.dwell.on_missing == "unknown" else "")
    for level in rule.levels:
        spans = {
            "for": _periods(rule, level.dwell.before_firing),
            "keep_firing_for": _periods(rule, level.dwell.keep_firing),
        }
        reached = formula(level.on.tree)
        left = formula(level.off.tree) if level.off else f"¬({reached})"
        yield from _states(f"_{level.name}", f"({reached})", f"({left})", level.dwell, spans)
        yield f"level_{level.name} := firing ∧ (¬off_{level.name} S on_{level.name})"


def _states(suffix: str, breached: str, clear: str, dwell: Dwell, spans: dict[str, str]) -> Iterator[str]:
    on = f"H[0,{spans['for']}] {breached}" if dwell.before_firing else breached
    off = f"H[0,{spans['keep_firing_for']}] ({clear})" if dwell.keep_firing else clear
    rest = f" ∧ ¬O[0,{spans['rest_at_least']}) off{suffix}" if dwell.rest_at_least else ""
    least = f" ∧ ¬O[0,{spans['fire_at_least']}) on{suffix}" if dwell.fire_at_least else ""
    yield f"on{suffix} := {on}{rest}"
    yield f"off{suffix} := {off}{least}"


def _periods(rule: ThresholdRule, periods: int) -> str:
    return f"{periods * rule.grid.every.count}{rule.grid.every.unit}"
