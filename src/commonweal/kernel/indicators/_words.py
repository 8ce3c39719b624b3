"""What a derived series is, in words (English and Chinese), one sentence a line."""

from __future__ import annotations

from collections.abc import Iterator

from commonweal.kernel.expressions.tree import Node, Quantity
from commonweal.kernel.expressions.words import Language, every, series_words, words
from commonweal.kernel.values import Text

from ._rules import DerivedRule


def explained(rule: DerivedRule) -> Text:
    """A derived series in words: what it is, how often and about whom it is made, from what, and on what ground."""
    return Text(en="\n".join(_english(rule)), zh="\n".join(_chinese(rule)))


def _english(rule: DerivedRule) -> Iterator[str]:
    title = f": {rule.title['en']}" if rule.title["en"] else ""
    unit = f", in {rule.unit}," if rule.unit not in ("", "1") else ""
    yield f"{rule.series}{unit} is derived by {rule.id}, {rule.version}{title}."
    about = {"all": f"over all subjects at once, as {rule.subject}", "subject": "for each subject on its own"}[rule.by]
    dims = f" and each {', '.join(rule.dims)}" if rule.dims else ""
    yield f"It is computed {every(rule.grid, 'en')}, {about}{dims}."
    for name, let in rule.lets.items():
        yield f"{name} is {_let(let.tree, 'en')}."
    yield f"It is {words(rule.expr.tree, 'en')}."
    for name, subject in rule.about.items():
        yield f"{series_words(name, 'en')} is read about {subject}, whoever it is computed for."
    yield f"Source: {rule.citation}."


def _chinese(rule: DerivedRule) -> Iterator[str]:
    title = f"：{rule.title['zh']}" if rule.title["zh"] else ""
    unit = f"（单位：{rule.unit}）" if rule.unit not in ("", "1") else ""
    yield f"{rule.series}{unit}由 {rule.id}（{rule.version}）推导{title}。"
    about = {"all": f"对所有对象合并计算，记为 {rule.subject}", "subject": "对每个对象分别计算"}[rule.by]
    dims = f"，并按 {', '.join(rule.dims)} 区分" if rule.dims else ""
    yield f"{every(rule.grid, 'zh')}计算一次，{about}{dims}。"
    for name, let in rule.lets.items():
        yield f"{name} 为{_let(let.tree, 'zh')}。"
    yield f"其值为{words(rule.expr.tree, 'zh')}。"
    for name, subject in rule.about.items():
        yield f"无论为谁计算，{series_words(name, 'zh')} 都取关于 {subject} 的数值。"
    yield f"依据：{rule.citation}。"


def _let(tree: Node, language: Language) -> str:
    return words(tree.of if isinstance(tree, Quantity) else tree, language)
