"""Before something goes out: what would be public beside what is on file, and what in it could give people away.

These are warnings for the person who decides, not findings: each names where it looked and why it stopped there.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from commonweal.kernel.instrument import Text

from .identifying import ACCOUNT, ADDRESS, CONTACT, FULL_NAME, HANDLE
from .people import names_in, titled_in

Risk = Literal[
    "contact",
    "number",
    "copied",
    "one_person",
    "exact_day",
    "reporter_named",
    "web_of_facts",
    "kept_back",
    "person",
    "identity",
    "dated_back",
]
RISKS: Mapping[Risk, Text] = {
    "contact": Text(en="looks like an address or a telephone number", zh="疑似地址或电话号码"),
    "number": Text(en="looks like an account, card or identity number", zh="疑似账户、卡或证件号码"),
    "copied": Text(
        en="is copied word for word from a confidential report: its reporter can be recognised by it",
        zh="逐字摘自保密报告：可能据此认出报告人",
    ),
    "one_person": Text(
        en="is about one person, so whatever else is said is about that person", zh="仅涉及一人，其余所述均指向该人"
    ),
    "exact_day": Text(
        en="gives the day of something that few were affected by, or nobody says how many: a month may do",
        zh="精确到日，且受影响者少或人数未述：可考虑仅写月份",
    ),
    "reporter_named": Text(en="names the organisation that reported it", zh="提及了报告机构"),
    "person": Text(en="looks like a person's name", zh="疑似个人姓名"),
    "identity": Text(
        en="names who reported it, or how they are reached, as their identity strip says (the comparison is logged)",
        zh="含有身份条所载的报告人姓名或联系方式（比对已记入日志）",
    ),
    "kept_back": Text(
        en="is kept back in a field of its own, and stands in these words all the same",
        zh="已在单独字段中保留，却仍出现于此",
    ),
    "dated_back": Text(
        en="is before the day on which it goes out here: whoever cites it cites that day",
        zh="早于在此公布之日：引用者将以该日为准",
    ),
    "web_of_facts": Text(
        en="taken together (day, sector, country, few affected) may point to someone",
        zh="合并来看（日期、行业、国家、受影响者少）可能指向特定人",
    ),
}
HURT = frozenset(("death", "health", "psychological"))
COPIED_WORDS, FEW, HIDDEN_CHARS_MIN = 8, 10, 2
_WORD = re.compile(r"\w+")
COPIED = ("title", "what_happened", "exposure", "measures_taken", "text")
CONFIDENTIAL = ("title", "what_happened", "exposure", "measures_taken", "causes", "safeguards", "organisation")
"""What of the reports that a publication rests on is held against it; `text` is of an answer."""
_PARTS = {"causes": "cause", "safeguards": "safeguard"}
TEXTS = ("title", "title_zh", "summary", "summary_zh", "correction")
NAMES = ("systems_named", "developers_named", "deployers_named", "harmed_named", "external", "sources")


@dataclass(frozen=True, slots=True)
class Warned:
    """One warning: the field, what was seen there, and which risk it is."""

    field: str
    seen: str
    risk: Risk


def warnings(
    proposed: Mapping[str, Any],
    reports: Iterable[Mapping[str, Any]] = (),
    kept_back: Iterable[str] = (),
    strips: Iterable[Mapping[str, Any]] = (),
    reporters: Iterable[str] = (),
) -> list[Warned]:
    """What in a proposed publication could give somebody away.

    `reports` are the confidential ones it rests on, and what their reporters answered (`text`); `kept_back` the names
    and words on file that it does not say; `strips` who reported, `reporters` by which names the organisations that
    reported are known. What of a strip was seen is not repeated.
    """
    copied, leaked = [*_copies(proposed, list(reports)), *_reporters(proposed, reporters)], _leaks(proposed, kept_back)
    named = [Warned(one.field, "–", "identity") for one in _leaks(proposed, _identifying(strips))]
    return [*_patterns(proposed), *copied, *leaked, *dict.fromkeys(named), *_few(proposed)]


def _identifying(strips: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """What of identity strips names somebody: their name, and of how they are reached each address or number."""
    for strip in strips:
        if strip.get("person"):
            yield str(strip["person"])
        contact = str(strip.get("contact") or "")
        yield from (found[0] for found in (*CONTACT.finditer(contact), *HANDLE.finditer(contact)))


def _texts(proposed: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for field in TEXTS:
        if proposed.get(field):
            yield field, str(proposed[field])
    for field in NAMES:
        for item in proposed.get(field) or ():
            yield field, str(item)


def _patterns(proposed: Mapping[str, Any]) -> Iterator[Warned]:
    for field, text in _texts(proposed):
        for name in _people(field, text):
            yield Warned(field, name, "person")
        taken: list[tuple[int, int]] = []
        for found in ACCOUNT.finditer(text):
            taken.append(found.span())
            yield Warned(field, found[0], "number")
        if field != "sources":
            for found in (*ADDRESS.finditer(text), *HANDLE.finditer(text)):
                taken.append(found.span())
                yield Warned(field, found[0], "contact")
        for found in CONTACT.finditer(text):
            inside = any(begin <= found.start() < end for begin, end in taken)
            if not inside and field != "sources" and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", found[0]):
                yield Warned(field, found[0], "contact")


def _people(field: str, text: str) -> list[str]:
    """Names of people. Who developed or deployed something is called like one more often than is one: there, and in
    what names the systems, a name counts only where it has a title."""
    if field in ("external", "sources"):
        return []
    whole = FULL_NAME.search(text) if field == "harmed_named" else None
    named = titled_in(text) if field in NAMES and field != "harmed_named" else names_in(text)
    return named or ([whole[0]] if whole else [])


def _copies(proposed: Mapping[str, Any], reports: list[Mapping[str, Any]]) -> Iterator[Warned]:
    """Runs of words that stand in a report too: each field once, by its first run."""
    held: set[tuple[str, ...]] = set()
    for report in reports:
        parts = [part[name] for field, name in _PARTS.items() for part in report.get(field) or ()]
        for text in (*(report.get(field) or "" for field in COPIED), *parts):
            held |= set(_runs(str(text)))
    for field, text in _texts(proposed):
        run = next((run for run in _runs(text) if run in held), None)
        if run is not None:
            yield Warned(field, " ".join(run), "copied")


def _reporters(proposed: Mapping[str, Any], names: Iterable[str]) -> Iterator[Warned]:
    """Where an organisation that reported is named: whatever accents and small or large letters it is written with, as
    whole words, or anywhere in Chinese."""
    known = {name: _folded(name) for name in names}
    for field, text in _texts(proposed):
        words = _folded(text)
        for name, folded in sorted(known.items()):
            chinese = any("\u4e00" <= char <= "\u9fff" for char in folded)
            if folded and (folded in words if chinese else f" {folded} " in f" {words} "):
                yield Warned(field, name, "reporter_named")


def _folded(text: str) -> str:
    """Words in small letters without accents, a blank between each two."""
    letters = (one for one in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(one))
    return " ".join(_WORD.findall("".join(letters)))


def _leaks(proposed: Mapping[str, Any], kept_back: Iterable[str]) -> Iterator[Warned]:
    """What was kept back by one field and is said by another: whole words, or any characters in Chinese."""
    for hidden in dict.fromkeys(word.strip() for word in kept_back):
        if len(hidden) < HIDDEN_CHARS_MIN:
            continue
        edge = "" if re.search("[\u4e00-\u9fff]", hidden) else r"\b"
        seen = re.compile(edge + re.escape(hidden) + edge, re.IGNORECASE)
        for field, text in _texts(proposed):
            if found := seen.search(text):
                yield Warned(field, found[0], "kept_back")


def _runs(text: str) -> Iterator[tuple[str, ...]]:
    words = _WORD.findall(text.casefold())
    if any("\u4e00" <= char <= "\u9fff" for char in text):  # Chinese is not parted by blanks: runs of characters
        words = list("".join(words))
    for at in range(len(words) - COPIED_WORDS + 1):
        yield tuple(words[at : at + COPIED_WORDS])


def _few(proposed: Mapping[str, Any]) -> Iterator[Warned]:
    """What few were affected by, as far as it is said: of whoever died, those; where nobody says how many at most, as
    many as there were at least. Where people were hurt and nobody says how many, they may be few."""
    most_said = "affected_max" if proposed.get("affected_max") is not None else "affected_min"
    counted = {field: proposed.get(field) for field in (most_said, "deaths")}
    few = {field: most for field, most in counted.items() if isinstance(most, int) and 0 < most <= FEW}
    uncounted = all(most is None for most in counted.values()) and bool(HURT & set(proposed.get("harms") or ()))
    if not few and not uncounted:
        return
    for field, most in few.items():
        if most == 1:
            yield Warned(field, "1", "one_person")
    exact = len(str(proposed.get("occurred") or "").rstrip("~")) >= len("2026-11-28")
    if exact:
        yield Warned("occurred", str(proposed["occurred"]), "exact_day")
    if exact and proposed.get("sectors") and proposed.get("countries"):
        yield Warned("countries", ", ".join(map(str, proposed["countries"])), "web_of_facts")
