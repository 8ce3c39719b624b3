"""Pairs of texts about the same incident by different people, taken from a snapshot of the AI Incident Database.

Known are the database's incidents: title, description, names of who is said to be concerned, day. A query is what
CSET's annotators wrote of the same incident from its news reports: in CSETv0 the full description, in CSETv1 the notes
and the description of the system taken together; with the names and the date that they entered. Sentences that share
six words in a row with the incident's own title or description are left out, for some annotators copied: what has
fewer than eight words left is no query. To these come the duplicates whose both reports are in the snapshot. How far
an annotator's names and date are his own, and not the editor's, cannot be told from the data: hence figures without.
"""

from __future__ import annotations

import calendar
import csv
import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from pathlib import Path

from commonweal.methods.linking import Report

SNAPSHOT = Path(__file__).parents[2] / "shared" / "data" / "aiid"
RUN, WORDS_MIN, FOLDS = 6, 8, 5
PARTIES = ("Alleged deployer of AI system", "Alleged developer of AI system",
           "Alleged harmed or nearly harmed parties")  # fmt: skip
NOTES = (
    "AI Tangible Harm Level Notes", "Notes (special interest intangible harm)",
    "Notes (AI special interest intangible harm)", "Notes (Environmental and Temporal Characteristics)",
    "Notes ( Tangible Harm Quantities Information)", "AI System Description", "Notes (Information about AI System)",
    "Notes (AI Functionality and Techniques)",
)  # fmt: skip
SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
LABEL = re.compile(r"^\s*(?:(?:Annotator \d:?|\d\.\d\s*-)\s*)+")


@dataclass(frozen=True)
class Query:
    """A report, the keys of those that tell of the same, and the keys that must not be looked at (itself)."""

    source: str
    report: Report
    same: frozenset[str]
    withheld: frozenset[str] = frozenset()

    @property
    def incident(self) -> str:
        """One number for all queries about the same."""
        return min(self.same | self.withheld, key=int)

    @property
    def fold(self) -> int:
        """Every query about the same incident is in the same of five parts."""
        return int.from_bytes(sha256(self.incident.encode()).digest()[:8]) % FOLDS


def incidents(folder: Path = SNAPSHOT) -> dict[str, Report]:
    """What is known, by number."""
    return {
        row["incident_id"]: Report(
            row["title"], row["description"], _names(*(row[column] for column in PARTIES)), days(row["date"])
        )
        for row in _rows(folder / "incidents.csv")
    }


def queries(known: dict[str, Report], folder: Path = SNAPSHOT) -> list[Query]:
    """What others wrote about known incidents."""
    pairs = [
        (row["duplicate_incident_number"], row["true_incident_number"]) for row in _rows(folder / "duplicates.csv")
    ]
    twins = [pair for pair in pairs if pair[0] in known and pair[1] in known]
    found = [Query("duplicate", known[one], frozenset({other}), frozenset({one})) for one, other in twins]
    same = {key: {key} for key in known}
    for one, other in twins:
        same[one].add(other)
        same[other].add(one)
    for source, key, text, names, when in (*_first(folder), *_second(folder)):
        own = f"{known[key].title} . {known[key].text}"
        kept = " ".join(_not_copied(text, own))
        if len(_words(kept)) >= WORDS_MIN:
            found.append(Query(source, Report("", kept, names, days(when)), frozenset(same[key])))
    return found


def forms(report: Report) -> list[Report]:
    """A report as it is, without its days, without its names, and as a text alone."""
    bare = replace(report, names=())
    return [report, replace(report, days=None), bare, replace(bare, days=None)]


def made_up(known: dict[str, Report], many: int, seed: int = 1367) -> Iterator[tuple[str, Report]]:
    """Reports that tell of nothing: as many words as a real one has, each drawn by chance from those of four real ones.

    Names are those of one real report, the day is any in twelve years. No word is new, so each is in more reports than
    it would be in as many real ones: that costs time, and brings more that looks alike.
    """
    dice = random.Random(seed)
    reports = list(known.values())
    texts = [_words(f"{report.title} {report.text}") for report in reports]
    for number in range(many):
        pool = [word for text in dice.sample(texts, 4) for word in text]
        day = dice.randrange(date(2014, 1, 1).toordinal(), date(2026, 1, 1).toordinal())
        text = " ".join(dice.choices(pool, k=len(dice.choice(texts))))
        yield f"made up {number}", Report("", text, dice.choice(reports).names, (day, day))


def days(when: str) -> tuple[int, int] | None:
    """The first and the last day that a date may mean: a day, a month or a year; None where it is none."""
    if not re.fullmatch(r"\d{4}(-\d\d){0,2}", when):
        return None
    year, month, day = [int(part) for part in when.split("-")] + [0] * (2 - when.count("-"))
    try:
        first = date(year, month or 1, day or 1)
        last_month = month or 12
        last = date(year, last_month, day or calendar.monthrange(year, last_month)[1])
    except ValueError:
        return None
    return first.toordinal(), last.toordinal()


def _first(folder: Path) -> Iterator[tuple[str, str, str, tuple[str, ...], str]]:
    for row in _rows(folder / "classifications_CSETv0.csv"):
        names = _names(row["Named Entities"], row["Technology Purveyor"], row["System Developer"])
        yield "CSETv0", row["Incident ID"], row["Full Description"], names, row["Beginning Date"][:10]


def _second(folder: Path) -> Iterator[tuple[str, str, str, tuple[str, ...], str]]:
    for row in _rows(folder / "classifications_CSETv1.csv"):
        parts = [row[f"Date of Incident {part}"].strip().zfill(2) for part in ("Year", "Month", "Day")]
        when = "-".join(parts[: parts.index("00")] if "00" in parts else parts)
        yield "CSETv1", row["Incident ID"], "\n".join(row[note] for note in NOTES), _names(row["Entities"]), when


def _not_copied(text: str, own: str) -> Iterator[str]:
    known, whole = set(_runs(own)), " ".join(_words(own))
    for sentence in SENTENCE.split(text):
        said = LABEL.sub("", sentence)
        words = _words(said)
        if words and not known.intersection(_runs(said)) and not (len(words) < RUN and " ".join(words) in whole):
            yield said


def _runs(text: str) -> Iterator[tuple[str, ...]]:
    words = _words(text)
    return (tuple(words[at : at + RUN]) for at in range(len(words) - RUN + 1))


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def _names(*columns: str) -> tuple[str, ...]:
    """Names from JSON lists of hyphenated ids, or from a list with commas."""
    found = (
        name.replace("-", " ").strip().lower()
        for column in columns
        for name in (json.loads(column) if column.startswith("[") else column.split(","))
    )
    return tuple(dict.fromkeys(name for name in found if name))


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
