"""Incidents and not papers: what several reports of one thing are counted as.

Reports that the desk linked to an incident as telling of it are that incident; a report triaged as a duplicate is what
it repeats; a variant is an incident of its own. What the desk turned away is nothing, nor is what repeats it.

Where it matters that one person can send many papers, two things more are asked: what an officer looked over, and
which reports say the same in the same words. What an officer linked is what the link says, whatever its words.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from commonweal.kernel.instrument import Reader
from commonweal.methods.linking import alike

from .deidentifying import told_in_words
from .desk.repeated import TRIAGED
from .tables import LINKS

TURNED_AWAY = ("reject", "not_ai")


def repeating(reader: Reader, reports: Iterable[str]) -> set[str]:
    """These reports, those that they repeat, and those that repeat any of them."""
    found: set[str] = set()
    new = set(reports)
    while new:
        found |= new
        among = ("in", sorted(new))
        decided = {"decision": "duplicate"}
        rows = reader.select(TRIAGED, {**decided, "report": among}, only=("report", "duplicate_of"))
        rows += reader.select(TRIAGED, {**decided, "duplicate_of": among}, only=("report", "duplicate_of"))
        new = {one for row in rows for one in (row["report"], row["duplicate_of"])} - found
    return found


def counted_as(reader: Reader, reports: Iterable[str]) -> dict[str, frozenset[str]]:
    """By report the incidents that it tells of (`incident:…`, else the first report of the same, `report:…`).

    None for a report that the desk turned away.
    """
    wanted = list(reports)
    among = ("in", sorted(repeating(reader, wanted)))
    triaged = {row["report"]: row for row in reader.select(TRIAGED, {"report": among})}
    repeats = {
        report: str(row["duplicate_of"]) for report, row in triaged.items() if row["decision"] == "duplicate"
    }  # fmt: skip
    told: dict[str, set[str]] = defaultdict(set)
    for link in reader.select(LINKS, {"report": among, "relation": "same"}, only=("report", "incident")):
        told[_first(link["report"], repeats)].add(link["incident"])

    def of(report: str) -> frozenset[str]:
        first = _first(report, repeats)
        away = first in triaged and triaged[first]["decision"] in TURNED_AWAY
        return frozenset() if away else frozenset(told.get(first) or (first,))

    return {report: of(report) for report in wanted}


def _first(report: str, repeats: Mapping[str, str]) -> str:
    """What a report repeats in the end; where reports are said to repeat each other in a ring, one of these."""
    seen = [report]
    while seen[-1] in repeats:
        if repeats[seen[-1]] in seen:
            return min(seen[seen.index(repeats[seen[-1]]) :])
        seen.append(repeats[seen[-1]])
    return seen[-1]


def looked_over(reader: Reader, reports: Iterable[str]) -> dict[str, int]:
    """By report that an officer decided to handle, the newest entry of it that they had before them then."""
    handled = {"report": ("in", sorted(set(reports))), "decision": "handle"}
    return {row["report"]: int(row["seen"]) for row in reader.select(TRIAGED, handled, only=("report", "seen"))}


def without_copies(
    reader: Reader, told: Mapping[str, frozenset[str]], resemblance: float
) -> dict[str, frozenset[str]]:  # fmt: skip
    """What reports are counted as, those that say the same in nearly the same words (`alike`) as the incidents of any.

    What an officer linked to an incident, found a variant of one or to repeat another is what they found it to be.
    """
    rows = reader.select(LINKS, {"report": ("in", sorted(told))}, only=("report",))
    linked = {row["report"] for row in rows} | {one for one, as_ in told.items() if not as_ or len(as_) > 1}
    repeats = {one: next(iter(as_)) for one, as_ in told.items() if one not in linked and as_ != {one}}
    first = alike(told_in_words(reader, told.keys() - repeats), resemblance)
    known: dict[str, set[str]] = defaultdict(set)
    for report in linked & first.keys():
        known[first[report]] |= told[report]

    def of(report: str) -> frozenset[str]:
        told_of = repeats.get(report, report)
        if told_of in linked or told_of not in first:
            return told[report]
        return frozenset(known.get(first[told_of]) or (first[told_of],))

    return {report: of(report) for report in told}
