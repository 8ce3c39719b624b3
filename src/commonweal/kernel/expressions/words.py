"""An expression in words (English and Chinese), and as a formula of metric temporal logic over the past."""

from __future__ import annotations

from typing import Literal

from .grid import Duration, Grid, duration
from .names import ANY, name_parts
from .tree import (
    Apply,
    Binary,
    Choice,
    Compare,
    Node,
    Number,
    Over,
    Quantity,
    Series,
    Since,
    Total,
    Truth,
    Unary,
    Window,
    children,
)

Language = Literal["en", "zh"]

_UNITS = {
    "s": ("second", "秒"),
    "m": ("minute", "分钟"),
    "h": ("hour", "小时"),
    "d": ("day", "天"),
    "w": ("week", "周"),
    "mo": ("month", "个月"),
    "y": ("year", "年"),
}
_EN = {
    ">": "{0} is above {1}",
    ">=": "{0} is at least {1}",
    "<": "{0} is below {1}",
    "<=": "{0} is at most {1}",
    "==": "{0} equals {1}",
    "!=": "{0} differs from {1}",
    "and": "{0} and {1}",
    "or": "{0} or {1}",
    "least": "the smaller of {0} and {1}",
    "greatest": "the greater of {0} and {1}",
    "not": "it is not so that {0}",
    "mean": "the mean of {0} over {1}",
    "sum": "the sum of {0} over {1}",
    "min": "the lowest of {0} over {1}",
    "max": "the highest of {0} over {1}",
    "lag": "{0} {1} earlier",
    "last": "the newest known {0} of the last {1}",
    "rate": "the change of {0} a period over {1}",
    "always": "throughout the last {1}, {0}",
    "once": "at some time in the last {1}, {0}",
    "count": "the number of periods in the last {1} in which {0}",
    "since": "{0} ever since {1}, within the last {2}",
    "abs": "the size of {0}",
    "round": "{0} rounded to {1}",
    "known": "{0} is known",
    "choice": "{1} if {0}, otherwise {2}",
    "total": "the sum of {0} over all subjects",
    "members": "the sum of {0} over all subjects (at least {1} of them known)",
    "over": "the sum over every {1} of {0}",
    "true": "always",
    "false": "never",
}
_ZH = {
    ">": "{0}高于{1}",
    ">=": "{0}不低于{1}",
    "<": "{0}低于{1}",
    "<=": "{0}不高于{1}",
    "==": "{0}等于{1}",
    "!=": "{0}不等于{1}",
    "and": "{0}且{1}",
    "or": "{0}或{1}",
    "least": "{0}与{1}中的较小者",
    "greatest": "{0}与{1}中的较大者",
    "not": "并非{0}",
    "mean": "{0}在{1}内的均值",
    "sum": "{0}在{1}内的合计",
    "min": "{0}在{1}内的最低值",
    "max": "{0}在{1}内的最高值",
    "lag": "{1}前的{0}",
    "last": "最近{1}内已知的最新{0}",
    "rate": "{0}在{1}内每期的平均变化",
    "always": "最近{1}内一直{0}",
    "once": "最近{1}内曾经{0}",
    "count": "最近{1}内{0}的期数",
    "since": "自{1}以来一直{0}（在最近{2}内）",
    "abs": "{0}的绝对值",
    "round": "{0}（取{1}）",
    "known": "{0}已知",
    "choice": "若{0}则为{1}，否则为{2}",
    "total": "{0}在所有对象上的合计",
    "members": "{0}在所有对象上的合计（至少{1}个已知）",
    "over": "{0}按{1}的合计",
    "true": "恒为真",
    "false": "恒为假",
}
_PHRASES = {"en": _EN, "zh": _ZH}
_SIGNS = {"*": "×", "/": "÷", "-": "−", "+": "+"}
_LOGIC = {"and": "∧", "or": "∨", "not": "¬", ">=": "≥", "<=": "≤", "!=": "≠", "==": "="}
_PAST = {"always": "H", "once": "O"}


def span(found: Duration | str, language: Language) -> str:
    """A duration in words: `3 months`, `3个月`."""
    read = duration(found) if isinstance(found, str) else found
    if read is None:
        return str(found)
    english, chinese = _UNITS[read.unit]
    if language == "zh":
        return f"{read.count}{chinese}"
    return f"{read.count} {english}{'' if read.count == 1 else 's'}"


def every(grid: Grid, language: Language) -> str:
    """How often a grid comes round: `every month`, `每月`."""
    english, chinese = _UNITS[grid.every.unit]
    if grid.every.count == 1:
        return f"every {english}" if language == "en" else f"每{chinese.removeprefix('个')}"
    return f"every {span(grid.every, 'en')}" if language == "en" else f"每{span(grid.every, 'zh')}"


def number(found: float) -> str:
    """A number as people write it: `6.5`, `10`, `1e25`."""
    return f"{found:.12g}".replace("e+", "e")


def series_words(name: str, language: Language) -> str:
    """A series with its dimensions: `laus.unemployed (sex: f)`; one that is summed over is left out."""
    base, pairs = name_parts(name)
    inside = ", ".join(f"{name}: {value}" for name, value in pairs if value != ANY)
    brackets = "（{}）" if language == "zh" else " ({})"
    return base + (brackets.format(inside) if inside else "")


def words(node: Node, language: Language) -> str:
    """What an expression says, in a sentence part."""
    phrase = _PHRASES[language]
    match node:
        case Number():
            return f"{number(node.value)} {node.unit}".rstrip()
        case Truth():
            return phrase["true" if node.value else "false"]
        case Series():
            return series_words(node.name, language)
        case Quantity():
            return node.name
        case Unary() if node.op == "-":
            return f"−{_within(node.of, language)}"
        case Binary() if node.op in _SIGNS:
            return f"{_within(node.left, language)} {_SIGNS[node.op]} {_within(node.right, language)}"
        case Binary() if node.op in ("and", "or"):
            return phrase[node.op].format(_within(node.left, language, node), _within(node.right, language, node))
        case _:
            key, parts = _phrased(node, language)
            return phrase[key].format(*(part if isinstance(part, str) else _within(part, language) for part in parts))


def _phrased(node: Node, language: Language) -> tuple[str, tuple[str | Node, ...]]:
    """The phrase for a node, and what goes into it."""
    match node:
        case Unary():
            return node.op, (node.of,)
        case Binary() | Compare():
            return node.op, (words(node.left, language), words(node.right, language))
        case Choice():
            return "choice", (node.condition, node.then, node.otherwise)
        case Window():
            return node.op, (node.of, span(node.span, language))
        case Since():
            return "since", (node.hold, node.start, span(node.span, language))
        case Apply():
            decimals = f"{node.places} decimal{'' if node.places == 1 else 's'}"
            return node.op, (node.of, decimals if language == "en" else f"{node.places}位小数")
        case Total():
            return ("members", (node.of, str(node.members))) if node.members else ("total", (node.of,))
        case Over():
            return "over", (node.of, node.dimension)
        case _:
            raise TypeError(f"no phrase for {type(node).__name__}")


def _within(node: Node, language: Language, around: Binary | None = None) -> str:
    """A part of a larger expression, in brackets where it would be misread without."""
    said = words(node, language)
    if around is not None:
        loose = isinstance(node, Choice) or (
            isinstance(node, Binary) and node.op in ("and", "or") and node.op != around.op
        )
    else:
        loose = isinstance(node, Choice | Binary)
    return (f"（{said}）" if language == "zh" else f"({said})") if loose else said


def formula(node: Node) -> str:
    """The same as a formula: `H[0,3mo)` is *throughout the last three months*, `O` *once in*, `S` *since*."""
    match node:
        case Number():
            return f"{number(node.value)} {node.unit}".rstrip()
        case Truth():
            return "⊤" if node.value else "⊥"
        case Series() | Quantity():
            return node.name
        case Unary():
            return f"{_LOGIC.get(node.op, '−')}{_tight(node.of)}"
        case Binary() | Compare() if node.op not in ("least", "greatest"):
            sign = _LOGIC.get(node.op) or _SIGNS.get(node.op) or node.op
            return f"{_tight(node.left)} {sign} {_tight(node.right)}"
        case Since():
            return f"{_tight(node.hold)} S[0,{node.span}) {_tight(node.start)}"
        case Window() if node.op in _PAST:
            return f"{_PAST[node.op]}[0,{node.span}) {_tight(node.of)}"
        case _:
            return _applied(node)


def _applied(node: Node) -> str:
    """A function and what it is applied to."""
    inside = ", ".join(formula(child) for child in children(node))
    match node:
        case Window():
            return f"{node.op}[{node.span}]({inside})"
        case Apply():
            return f"{node.op}({inside}{f', {node.places}' if node.op == 'round' else ''})"
        case Choice():
            return f"({formula(node.condition)} ? {formula(node.then)} : {formula(node.otherwise)})"
        case Over():
            return f"Σ_{node.dimension}({inside})"
        case Total():
            return f"Σ({inside})"
        case _:
            return f"{getattr(node, 'op', '')}({inside})"


def _tight(node: Node) -> str:
    found = formula(node)
    return f"({found})" if isinstance(node, Binary | Compare | Choice | Since) and not _plain(node) else found


def _plain(node: Node) -> bool:
    return isinstance(node, Binary) and node.op in ("least", "greatest")
