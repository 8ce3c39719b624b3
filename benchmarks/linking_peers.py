"""What else finds similar texts: SQLite's FTS5 with its bm25, TF-IDF as scikit-learn computes it, and both by rank."""

from __future__ import annotations

import re
import sqlite3
from array import array
from collections import Counter
from collections.abc import Iterable
from contextlib import closing

import numpy as np

from commonweal.methods.linking import Report

DEPTH = 100
RANK_CONSTANT = 60
NOBODY: frozenset[str] = frozenset()
Found = list[tuple[str, float]]


def as_text(report: Report) -> str:
    """What a peer without fields is given of a report: title, text and names one after the other."""
    return " ".join([report.title, report.text, *report.names])


class Fts5:
    """A table in memory, English stems (porter); a query is any of its words, as bm25 ranks them."""

    def __init__(self) -> None:
        self.connection = sqlite3.connect(":memory:")
        self.connection.execute(
            "CREATE VIRTUAL TABLE report USING fts5(key UNINDEXED, body, tokenize='porter unicode61')"
        )

    def add(self, reports: Iterable[tuple[str, Report]]) -> None:
        with self.connection:
            rows = ((key, as_text(report)) for key, report in reports)
            self.connection.executemany("INSERT INTO report VALUES (?, ?)", rows)

    def best(self, report: Report, without: frozenset[str] = NOBODY, depth: int = DEPTH) -> Found:
        words = dict.fromkeys(re.findall(r"\w+", as_text(report).lower()))
        asked = "SELECT key, -rank FROM report WHERE report MATCH ? ORDER BY rank LIMIT ?"
        with closing(self.connection.execute(asked, [" OR ".join(f'"{word}"' for word in words), depth])) as rows:
            return [(key, score) for key, score in rows if key not in without]


class TfIdf:
    """The cosine of scikit-learn's TfidfVectorizer as it comes (words of two signs or more, smooth, l2), in NumPy."""

    def __init__(self, reports: Iterable[tuple[str, Report]]) -> None:
        self.keys: list[str] = []
        postings: dict[str, tuple[array[int], array[int]]] = {}
        for place, (key, report) in enumerate(reports):
            self.keys.append(key)
            for term, count in self._counted(report).items():
                places, counts = postings.setdefault(term, (array("i"), array("i")))
                places.append(place)
                counts.append(count)
        many = len(self.keys)
        squares = np.zeros(many)
        self.postings = {}
        for term, (places, counts) in postings.items():
            rarity = np.log((1 + many) / (1 + len(places))) + 1
            at, weights = np.array(places), np.array(counts) * rarity
            squares[at] += weights**2
            self.postings[term] = (at, weights, rarity)
        self.norms = np.sqrt(np.maximum(squares, 1e-12))

    def best(self, report: Report, without: frozenset[str] = NOBODY, depth: int = DEPTH) -> Found:
        asked = {term: count for term, count in self._counted(report).items() if term in self.postings}
        scores, square = np.zeros(len(self.keys)), 0.0
        for term, count in asked.items():
            at, weights, rarity = self.postings[term]
            scores[at] += count * rarity * weights
            square += (count * rarity) ** 2
        scores /= self.norms * max(square, 1e-12) ** 0.5
        top = np.argpartition(scores, -min(depth, len(scores)))[-depth:]
        ranked = [(self.keys[place], float(scores[place])) for place in top[np.argsort(-scores[top], kind="stable")]]
        return [(key, score) for key, score in ranked if key not in without]

    def _counted(self, report: Report) -> Counter[str]:
        return Counter(re.findall(r"\b\w\w+\b", as_text(report).lower()))


class ByRank:
    """Reciprocal rank fusion of others (G. Cormack and others, SIGIR 2009, k = 60)."""

    def __init__(self, *peers: Fts5 | TfIdf) -> None:
        self.peers = peers

    def best(self, report: Report, without: frozenset[str] = NOBODY) -> Found:
        scores: dict[str, float] = {}
        for peer in self.peers:
            for rank, (key, _) in enumerate(peer.best(report, without), 1):
                scores[key] = scores.get(key, 0.0) + 1 / (RANK_CONSTANT + rank)
        return sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))
