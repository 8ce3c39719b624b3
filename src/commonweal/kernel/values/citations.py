"""Citations of law in the languages of the house.

A rule carries its citation as lawyers write it in English (`Regulation (EU) 2024/1689, Art. 73(2) with Art. 3(49)(a)`).
In Chinese the same provision has another name, which follows from the parts: the act's (`citations.toml`), and its
article, paragraph and point. A citation of which one part is not known stays as it was written, whole: half a
translation would name a provision that nobody finds.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

from babel.dates import get_month_names

from .texts import LANGUAGES, Text
from .toml import read_toml

_HAN, _PLACES = "零一二三四五六七八九", ("", "十", "百", "千")
_ITEM = r"\d[\d.]*(?:[A-Za-z]\b|-[A-Za-z]\b)?"
_GROUPS = re.compile(r"\((\w+)\)")
_PROVISION = re.compile(rf"(?P<item>{_ITEM})?(?P<groups>(?:\(\w{{1,5}}\))*)(?P<letter> [a-z]\))?")
_BARE = re.compile(r",? (?=\d[\d.]*\b(?! [A-Z]))")
_BETWEEN = re.compile(r", and |, | and | to ")
_KEYWORDS = re.compile(
    r"(?P<comma>, )? ?"
    r"(?P<word>Articles?|Arts?\.|art\.|§§|§|s\b|Measures?|Commitment|recitals?|points?|clause|section|paragraph)\s*"
)
_JOINS: Mapping[str, str] = {"; ": "；", " with ": "，结合", ", ": "，", " and ": "和", " under ": "，依据"}
_UNITS: Mapping[str, tuple[str, str]] = {
    "Measure": ("措施", ""),
    "Commitment": ("承诺", ""),
    "recital": ("序言第", "段"),
    "point": ("第", "点"),
    "section": ("第", "节"),
    "paragraph": ("第", "段"),
    "art.": ("第", "章"),
}
_DAYS = re.compile(
    r" ?\(?(?:of )?(?P<day>\d{1,2}) (?P<month>[A-Z][a-z]+) (?P<year>\d{4})\)?|"
    r" of (?P<d>\d{1,2})\.(?P<m>\d{1,2})\.(?P<y>\d{4})"
)
_KEPT = re.compile(r" \(((?:OJ L|L\. \d|Cal\. Stats\.|\d+ FR|\d+ Stat\.)[^()]*)\)")


@dataclass(frozen=True, slots=True)
class _Act:
    zh: str
    numerals: str = "arabic"
    groups: str = "named"
    unit: str = "条"
    points: frozenset[str] = frozenset()


@dataclass(slots=True)
class _Read:
    """A citation while it is read: where, in which act and article, and what it is in Chinese so far."""

    text: str
    at: int = 0
    act: _Act = field(default_factory=lambda: _Act(""))
    article: str = ""
    unit: str = ""
    said: list[str] = field(default_factory=list)

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.match(self.text, self.at)
        if found is None or found.end() == self.at:
            return None
        self.at = found.end()
        return found


def cited(citation: str, language: str) -> str:
    """A citation in a language; as it was written, where a part of it has no name there.

    >>> cited("Regulation (EU) 2024/1689, Art. 73(2) with Art. 3(49)(a)", "zh")
    '《（欧盟）2024/1689 号条例》第73条第2款，结合第3条第49项(a)目'
    >>> cited("Measures of 11.9.2025, Art. 4(3)", "zh")
    '《国家网络安全事件报告管理办法》第四条第三项'
    >>> cited("C. Sahm, Direct Stimulus Payments to Individuals", "zh")
    'C. Sahm, Direct Stimulus Payments to Individuals'
    """
    return (_chinese(citation) or citation) if language == LANGUAGES[1] else citation


def citing(citation: str) -> Text:
    """A citation as a text in every language."""
    return Text({language: cited(citation, language) for language in LANGUAGES})


def is_cited_in(citation: str, language: str) -> bool:
    """Whether a citation has a form of its own in a language; where not, its words are English."""
    return language == LANGUAGES[0] or _chinese(citation) is not None


@functools.lru_cache(maxsize=4096)
def _chinese(citation: str) -> str | None:
    read, steps = _Read(citation), (_act, _words, _keyword, _more, _day, _kept, _join)
    while read.at < len(read.text):
        if not any(step(read) for step in steps):
            return None
    return "".join(read.said)


def _act(read: _Read) -> bool:
    """The name of an act. Its provisions may follow without a word for what they are: `20 CFR 650.4(b)`."""
    found = read.take(_names())
    if found is None:
        return False
    read.act = _acts()[found[0]]
    read.article, read.unit = "", ""
    read.said.append(read.act.zh)
    here = read.at
    if read.take(_BARE) and not _provision(read):
        read.at = here
    return True


def _words(read: _Read) -> bool:
    words = _data()["words"]
    found = read.take(_alternatives(tuple(words)))
    if found is not None:
        read.said.append(words[found[0]])
    return found is not None


def _keyword(read: _Read) -> bool:
    here = read.at
    found = read.take(_KEYWORDS)
    if found is None:
        return False
    word = found["word"].removesuffix("s")
    read.unit = word if word in _UNITS else ""
    said = len(read.said)
    if found["comma"] and read.article:
        read.said.append("、")
    if _provision(read):
        return True
    read.at = here
    del read.said[said:]
    return False


def _more(read: _Read) -> bool:
    """One provision more of the kind that came before: `73(2), (5), (9)`, `155 to 161`, `12(2) and 14(2)`."""
    here = read.at
    between = read.take(_BETWEEN) if read.article else None
    if between is None:
        return False
    read.said.append({" to ": "至", " and ": "和", ", and ": "和"}.get(between[0], "、"))
    if _provision(read):
        return True
    read.at = here
    read.said.pop()
    return False


def _provision(read: _Read) -> bool:
    found = read.take(_PROVISION)
    if found is None:
        return False
    item, groups = found["item"], _GROUPS.findall(found["groups"] or "")
    if item is not None:
        read.article = item.rstrip(".")
        read.said.append(_numbered(read))
    if found["letter"]:
        read.said.append(found["letter"].strip())
    if read.act.groups == "as_written":
        read.said.append(found["groups"] or "")
    else:
        read.said.extend(_group(read, n, one) for n, one in enumerate(groups))
    return True


def _numbered(read: _Read) -> str:
    before, after = _UNITS.get(read.unit, ("第", read.act.unit))
    return f"{before}{_number(read, read.article)}{after}"


def _number(read: _Read, written: str) -> str:
    return (
        _han(written) if read.act.numerals == "han" and written.isdigit() and len(written) <= len(_PLACES) else written
    )


def _group(read: _Read, place: int, group: str) -> str:
    """A subdivision: a number first is a paragraph, or a point of an article of definitions; a letter is a point."""
    under_point = read.article in read.act.points or read.unit in _UNITS
    if place == 0 and group.isdigit():
        return f"第{_number(read, group)}{'项' if under_point else '款'}"
    return f"({group}){'目' if under_point else '项'}"


def _day(read: _Read) -> bool:
    found = read.take(_DAYS)
    if found is None:
        return False
    if found["month"]:
        if found["month"] not in _months():
            return False
        said = f"{found['year']}年{_months()[found['month']]}月{found['day']}日"
    else:
        said = f"{found['y']}年{int(found['m'])}月{int(found['d'])}日"
    read.said.append(said if read.said and read.said[-1].endswith("于") else f"（{said}）")
    return True


def _kept(read: _Read) -> bool:
    found = read.take(_KEPT)
    if found is not None:
        read.said.append(f"（{found[1]}）")
    return found is not None


def _join(read: _Read) -> bool:
    for words, said in _JOINS.items():
        if read.text.startswith(words, read.at) and read.at + len(words) < len(read.text):
            read.at += len(words)
            read.said.append(said)
            return True
    return False


def _han(digits: str) -> str:
    """A number below ten thousand in Chinese words, as provisions are counted: 24 is 二十四, 201 is 二百零一."""
    said = ""
    for digit, place in zip(digits, _PLACES[len(digits) - 1 :: -1], strict=True):
        if digit != "0":
            said += _HAN[int(digit)] + place
        elif not said.endswith(_HAN[0]):
            said += _HAN[0]
    said = said.rstrip(_HAN[0])
    return said.removeprefix("一") if said.startswith("一十") else said


@functools.cache
def _months() -> Mapping[str, int]:
    return {name: n for n, name in get_month_names("wide", locale=LANGUAGES[0]).items()}


@functools.cache
def _data() -> Mapping[str, Any]:
    return read_toml(resources.files(__package__).joinpath("citations.toml").read_text("utf-8"), "citations.toml")


@functools.cache
def _acts() -> Mapping[str, _Act]:
    return {
        name: _Act(
            one["zh"],
            one.get("numerals", "arabic"),
            one.get("groups", "named"),
            one.get("unit", "条"),
            frozenset(one.get("points", ())),
        )
        for one in _data()["act"]
        for name in one["cited"]
    }


def _names() -> re.Pattern[str]:
    return _alternatives(tuple(_acts()))


@functools.cache
def _alternatives(of: tuple[str, ...]) -> re.Pattern[str]:
    """Any of these texts, the longest first."""
    return re.compile("|".join(re.escape(one) for one in sorted(of, key=len, reverse=True)))
