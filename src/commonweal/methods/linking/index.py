"""Which of the reports held tell of the same as a new one: the five best, each with why, and a chance that it is new.

A report has a title, a text, names (parties, systems) and perhaps the days on which it happened. Candidates are
gathered by BM25 (S. Robertson and H. Zaragoza, Foundations and Trends in IR 3, 2009), rarest term first until a bound
on the work is reached. They are ranked by a sum of three agreements: the cosine of TF-IDF over all terms (G. Salton
and C. Buckley, Information Processing & Management 24, 1988), the same over names alone, and how near the days are.
A word that no report has is read as the held word most like it, by the Dice coefficient of their trigrams.
Everything is computed from whole numbers when it is asked, so neither the order of adding nor what was taken out shows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from heapq import heappop, heappush

import numpy as np

from .chances import LEAD_TO, Chances, logistic, signs
from .postings import COUNT_MAX, Postings, Real, Whole, grown
from .terms import terms, trigrams

TITLE_CHARS_MAX = 1_000
TEXT_CHARS_MAX = 20_000
NAME_CHARS_MAX = 200
NAMES_MAX = 50
TERMS_MAX = 2_000  # different ones of one report
REPORTS_MAX = 1_000_000
VOCABULARY_MAX = 2_000_000
PAIRS_MAX = 100_000_000
BEST = 5
CANDIDATES_MAX = 100
POSTINGS_MAX = 100_000
UNKNOWN_MAX = 16
ALIKE_MIN = 0.5
ALIKE_CHARS_MIN = 4
SATURATION = 2.0
NEAR_DAYS = 30.0
DECIMALS = 9


@dataclass(frozen=True)
class Report:
    """What is compared. Texts are read up to the bounds above; days are numbers, the first and the last possible."""

    title: str = ""
    text: str = ""
    names: tuple[str, ...] = ()
    days: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        if self.days is not None and self.days[0] > self.days[1]:
            raise ValueError(f"the first day comes before the last; saw {self.days}")


@dataclass(frozen=True)
class Part:
    """One reason: `words` or `names` with a term as the new report writes it, or `days`; weights sum to the score."""

    agreement: str
    term: str
    weight: float


@dataclass(frozen=True)
class Suggestion:
    """A held report and how well it agrees, from 0 to 1; reasons by weight, the greatest first."""

    key: str
    score: float
    why: tuple[Part, ...]


@dataclass(frozen=True)
class Answer:
    """The best first. `signs` is what the chance was computed from; `among` says how many reports were held, and the
    chance holds from `HOLDS_FROM` on."""

    suggestions: tuple[Suggestion, ...]
    chance_new: float
    among: int
    signs: Real = field(repr=False, compare=False)


@dataclass(frozen=True)
class Weights:
    """What each agreement counts for; together 1."""

    words: float
    names: float
    days: float

    @classmethod
    def of(cls, words: float, names: float, days: float) -> Weights:
        """From any three numbers that are not negative."""
        total = words + names + days
        return cls(words / total, names / total, days / total)

    @classmethod
    def fitted(cls, agreements: Real, linked: Real, counts: Real) -> Weights:
        """From pairs of reports: agreements (n, 3), whether the two tell of the same, and how much each pair counts."""
        return cls.of(*(float(each) for each in logistic(agreements, linked, (0, 1, 2), counts)[1:]))


WEIGHTS = Weights(0.85, 0.07, 0.08)
CHANCES = Chances(-3.4, 11.0, 11.6, -1.5, -0.3)


class Index:
    """Reports by key, at most `reports_max`; about a kilobyte for a report of a hundred words. One thread at a time."""

    def __init__(self, weights: Weights = WEIGHTS, chances: Chances = CHANCES, reports_max: int = REPORTS_MAX) -> None:
        self.weights, self.chances, self.reports_max = weights, chances, min(reports_max, REPORTS_MAX)
        self._words, self._names, self._spellings = Postings(), Postings(), Postings()
        self._slots: dict[str, int] = {}
        self._keys: list[str] = []
        self._free: list[int] = []
        self._days = (np.zeros(16, dtype=np.int64), np.zeros(16, dtype=np.int64), np.zeros(16, dtype=np.int64))

    def __len__(self) -> int:
        return len(self._slots)

    def __contains__(self, key: str) -> bool:
        return key in self._slots

    def add(self, key: str, report: Report) -> None:
        """Hold a report; `ValueError`, and nothing held, where the key is held already or the index is full."""
        words, names = _terms(report)
        self._refuse(key, words)
        if self._free:
            slot = heappop(self._free)
            self._keys[slot] = key
        else:
            slot = len(self._keys)
            self._keys.append(key)
        self._slots[key] = slot
        for number, term in self._words.put(slot, words.counts):
            self._spellings.put(number, Counter(trigrams(term)) if _can_be_misspelt(term) else {})
        self._names.put(slot, names.counts)
        self._days = tuple(grown(each, slot) for each in self._days)  # type: ignore[assignment]
        first, last = report.days or (0, 0)
        for each, value in zip(self._days, (first, last, report.days is not None), strict=True):
            each[slot] = value

    def remove(self, key: str) -> None:
        """Hold a report no longer; `KeyError` where it is not held."""
        slot = self._slots.pop(key)
        for number in self._words.take(slot):
            self._spellings.take(number)
        self._names.take(slot)
        self._keys[slot] = ""
        heappush(self._free, slot)

    def suggest(self, report: Report, *, best: int = BEST, share_new: float = 0.5) -> Answer:
        """The best reports that share a term, and the chance that this one is new where `share_new` of all are."""
        words, names = (self._respelt(each) for each in _terms(report))
        slots = self._gathered(words)
        agreed = [
            (self.weights.words, _Shared.of(self._words, words, slots)),
            (self.weights.names, _Shared.of(self._names, names, slots)),
        ]
        days = self.weights.days * self._near(slots, report.days)
        scores = np.round(sum((weight * shared.cosines for weight, shared in agreed), days), DECIMALS)
        order = sorted(range(len(slots)), key=lambda at: (-scores[at], self._keys[slots[at]]))[: max(best, LEAD_TO)]
        seen = signs(scores[order], bool(names.counts), report.days is not None)
        return Answer(
            tuple(self._explained(at, slots, scores, agreed, days) for at in order[:best]),
            float(self.chances.new(seen[None], share_new)[0]),
            len(self),
            seen,
        )

    def ranked(self, report: Report) -> list[str]:
        """Every held report that shares a term with this one, the best first: for who searches and counts what is
        there. `suggest` looks at the likeliest alone."""
        words, names = (self._respelt(each) for each in _terms(report))
        slots = self._gathered(words, every=True)
        cosines = [_Shared.of(self._words, words, slots).cosines, _Shared.of(self._names, names, slots).cosines]
        scores = np.round(self.weights.words * cosines[0] + self.weights.names * cosines[1], DECIMALS)
        return [
            self._keys[slots[at]]
            for at in sorted(range(len(slots)), key=lambda at: (-scores[at], self._keys[slots[at]]))
        ]

    def agreements(self, report: Report, keys: Iterable[str]) -> Real:
        """The three agreements, (n, 3), with reports that are held: what weights are fitted on."""
        words, names = (self._respelt(each) for each in _terms(report))
        slots = np.array([self._slots[key] for key in keys], dtype=np.int64)
        cosines = [_Shared.of(self._words, words, slots).cosines, _Shared.of(self._names, names, slots).cosines]
        return np.column_stack([*cosines, self._near(slots, report.days)])

    def _refuse(self, key: str, words: _Terms) -> None:
        if key in self._slots:
            raise ValueError(f"{key} is held already; take it out first")
        unheard = sum(term not in self._words.ids for term in words.counts)
        for what, many, most in (
            ("reports", len(self._slots) + 1, self.reports_max),
            ("different terms", len(self._words.ids) + unheard, VOCABULARY_MAX),
            ("terms of reports", self._words.pairs + len(words.counts), PAIRS_MAX),
        ):
            if many > most:
                raise ValueError(f"at most {most} {what} are held; with {key} it would be {many}")

    def _explained(
        self, at: int, slots: Whole, scores: Real, agreed: list[tuple[float, _Shared]], days: Real
    ) -> Suggestion:
        parts = [
            Part(name, term, weight * part)
            for name, (weight, shared) in zip(("words", "names"), agreed, strict=True)
            for term, part in shared.parts(at)
        ]
        parts += [Part("days", "", float(days[at]))] if days[at] else []
        parts.sort(key=lambda part: (-part.weight, part.agreement, part.term))
        return Suggestion(self._keys[slots[at]], float(scores[at]), tuple(parts))

    def _gathered(self, words: _Terms, every: bool = False) -> Whole:
        """The slots of the candidates: all that share a term where these are few or `every` one is wanted, else the
        best by BM25."""
        scores = np.zeros(len(self._keys))
        mean = self._words.total / max(1, len(self._slots))
        work = 0
        for many, term in sorted((many, term) for term in words.counts if (many := self._words.many(term))):
            if work and work + many > POSTINGS_MAX and not every:
                break
            work += many
            slots, counts = self._words.slots(term)
            rarity = inverse_frequency(len(self._slots), np.array(many))
            scores[slots] += rarity * counts / (counts + SATURATION * self._words.lengths[slots] / mean)
        found = np.flatnonzero(scores)
        if every or len(found) <= CANDIDATES_MAX:
            return found
        least = np.partition(scores[found], -CANDIDATES_MAX)[-CANDIDATES_MAX]
        found = found[scores[found] >= least]
        return np.array(sorted(found, key=lambda slot: (-scores[slot], self._keys[slot]))[:CANDIDATES_MAX])

    def _near(self, slots: Whole, days: tuple[int, int] | None) -> Real:
        """1 where two spans of days touch, falling by e with each 30 days between them; 0 where one is not known."""
        if days is None:
            return np.zeros(len(slots))
        first, last, known = (each[slots] for each in self._days)
        apart = np.maximum(0, np.maximum(first - days[1], days[0] - last))
        return np.asarray(np.exp(-apart / NEAR_DAYS) * known)

    def _respelt(self, asked: _Terms) -> _Terms:
        """The same terms, unknown words among them (the first 16 by spelling) read as the held word most like each."""
        unknown = sorted(term for term in asked.counts if not self._words.many(term) and _can_be_misspelt(term))
        told = {term: like for term in unknown[:UNKNOWN_MAX] if (like := self._likest(term)) is not None}
        counts: Counter[str] = Counter()
        for term, count in asked.counts.items():
            counts[told.get(term, term)] += count
        written = {told.get(term, term): how for term, how in reversed(asked.written.items())}
        return _Terms(counts, written)

    def _likest(self, word: str) -> str | None:
        runs = Counter(trigrams(word))
        shared = np.zeros(len(self._words.terms))
        for run, count in runs.items():
            if self._spellings.many(run):
                numbers, counts = self._spellings.slots(run)
                shared[numbers] += np.minimum(counts, count)
        found = np.flatnonzero(shared)
        if not len(found):
            return None
        alike = 2 * shared[found] / (self._spellings.lengths[found] + runs.total())
        most = alike.max()
        return min(self._words.terms[number] for number in found[alike == most]) if most >= ALIKE_MIN else None


def inverse_frequency(documents: int, holding: Whole) -> Real:
    """How much a term tells: the logarithm in BM25, never below zero (Robertson and Zaragoza, 3.3 with 1 added)."""
    return np.asarray(np.log1p((documents - holding + 0.5) / (holding + 0.5)))


@dataclass(frozen=True)
class _Terms:
    """Terms with counts, and each as it is first written."""

    counts: Counter[str]
    written: dict[str, str]

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, str]]) -> _Terms:
        counts: Counter[str] = Counter()
        written: dict[str, str] = {}
        for term, how in pairs:
            if term in written or len(written) < TERMS_MAX:
                counts[term] += 1
                written.setdefault(term, how)
        return cls(counts, written)


@dataclass(frozen=True)
class _Shared:
    """The cosines of one bag of terms with candidates, and what each shared term adds to each of them."""

    cosines: Real
    added: Real
    at: Whole
    term: Whole
    written: tuple[str, ...]

    @classmethod
    def of(cls, held: Postings, asked: _Terms, slots: Whole) -> _Shared:
        known = sorted(term for term in asked.counts if held.many(term))
        many, counts = (np.array(each, dtype=np.int64) for each in _columns(held, asked, known))
        documents = held.documents
        mine = _weighed(counts, inverse_frequency(documents, many))
        mine /= np.sqrt((mine**2).sum()) or 1.0
        full = np.flatnonzero(held.lengths[slots])
        numbers, counts, many, starts = held.held(slots[full])
        theirs = _weighed(counts, inverse_frequency(documents, many))
        at = np.repeat(full, np.diff(np.append(starts, len(numbers))))
        if len(full):
            theirs /= np.sqrt(np.add.reduceat(theirs**2, starts))[np.searchsorted(full, at)]
        place = np.full(len(held.terms) + 1, -1)
        place[[held.ids[term] for term in known]] = np.arange(len(known))
        shared = np.flatnonzero(place[numbers] >= 0)
        term = place[numbers[shared]]
        added = theirs[shared] * mine[term]
        cosines = np.bincount(at[shared], weights=added, minlength=len(slots)).astype(np.float64)
        return cls(cosines, added, at[shared], term, tuple(asked.written[each] for each in known))

    def parts(self, at: int) -> list[tuple[str, float]]:
        """What each term that is shared with one candidate adds to its cosine."""
        mine = np.flatnonzero(self.at == at)
        return [(self.written[self.term[each]], float(self.added[each])) for each in mine]


def _columns(held: Postings, asked: _Terms, known: list[str]) -> tuple[list[int], list[int]]:
    return [held.many(term) for term in known], [min(asked.counts[term], COUNT_MAX) for term in known]


def _weighed(counts: Whole, rarities: Real) -> Real:
    return np.asarray((1 + np.log(np.maximum(counts, 1))) * rarities)


def _terms(report: Report) -> tuple[_Terms, _Terms]:
    """All terms of a report, and those of its names."""
    named = [pair for name in report.names[:NAMES_MAX] for pair in terms(name, NAME_CHARS_MAX)]
    told = [*terms(report.title, TITLE_CHARS_MAX), *terms(report.text, TEXT_CHARS_MAX)]
    return _Terms.of([*named, *told]), _Terms.of(named)


def _can_be_misspelt(term: str) -> bool:
    return len(term) >= ALIKE_CHARS_MIN and term.isascii() and term.isalpha()
