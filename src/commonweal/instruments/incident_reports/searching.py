"""What is public of incidents under a query: searched in both languages, filtered, now or as a snapshot has it."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping, Sequence
from typing import Any

from commonweal.kernel.instrument import Reading
from commonweal.methods.linking import Index

from .concerning import Names
from .publication import standing
from .snapshots import SNAPSHOTS_KEPT, as_taken, snapshot
from .suggestions import compared

KEPT_TAKEN = "incident_reports.search_of_snapshots"
KEPT, ALIKE_MAX, ALIKE_LEAST = "incident_reports.search", 5, 0.15
UNCLASSIFIED = "unclassified"
Said = Mapping[str, Any]
_CHARACTER = re.compile("[\u3400-\u9fff]")


class Search:
    """What is public, by its words in both languages; kept up with the publications when somebody asks."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: dict[str, tuple[Any, ...]] = {}
        self._index = Index()

    def ranked(self, names: Names, said: Sequence[Said], words: str) -> list[str]:
        """Every incident that shares a word, best first: people count what they find, and cite it."""
        with self._lock:
            self._keep_up(names, said)
            return self._index.ranked(compared(names, {"title": words, "systems_named": [words]}))

    def alike(self, names: Names, said: Sequence[Said], words: str) -> list[str]:
        """The likeliest incidents that agree at least `ALIKE_LEAST` (from 0 to 1), best first."""
        with self._lock:
            self._keep_up(names, said)
            asked = compared(names, {"title": words, "systems_named": [words]})
            found = self._index.suggest(asked, best=ALIKE_MAX + 1).suggestions
            return [one.key for one in found if one.score >= ALIKE_LEAST]

    def _keep_up(self, names: Names, said: Sequence[Said]) -> None:
        there = {one["incident"]: one for one in said}
        for incident, state in list(self._held.items()):
            if incident not in there or _state(there[incident]) != state:
                self._index.remove(incident)
                del self._held[incident]
        for incident, one in there.items():
            if incident not in self._held:
                self._index.add(incident, compared(names, one))
                self._held[incident] = _state(one)


def _state(one: Said) -> tuple[Any, ...]:
    """What changes with the words by which something is found: another filing, or what was taken out of this one."""
    return one["entry"], *((each["field"], each["entry"]) for each in one.get("taken_out", ()))


class Searches:
    """The searches of the snapshots asked for last: a snapshot stays as it is, but for what is taken out of it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: dict[str, Search] = {}

    def of(self, snapshot: str) -> Search:
        with self._lock:
            found = self._held.pop(snapshot, None) or Search()
            while len(self._held) >= SNAPSHOTS_KEPT:
                del self._held[next(iter(self._held))]
            self._held[snapshot] = found
            return found


def public(reading: Reading, query: Mapping[str, str]) -> list[Said]:
    """What is public under a query: searched by relevance, else the newest incident first.

    Of a snapshot it is what was public then, without what was taken out of it since (`snapshots.as_taken`).
    """
    taken = snapshot(reading.tables, query.get("snapshot", ""))
    everything = as_taken(reading, taken) if taken else standing(reading)
    said = [one for one in everything if _meets(one, query)]
    if query.get("q"):
        search = reading.kept(KEPT_TAKEN, Searches).of(taken["subject"]) if taken else reading.kept(KEPT, Search)
        by_name = [one["incident"] for one in everything if _is_called(one, query["q"].strip())]
        found = dict.fromkeys([*by_name, *search.ranked(Names(reading.tables), everything, query["q"])])
        there = {one["incident"]: one for one in said}
        return [there[incident] for incident in found if incident in there]
    return sorted(said, key=lambda one: (when_of(one), one["incident"]), reverse=True)


def _is_called(one: Said, asked: str) -> bool:
    """Whether an incident has what is asked for as its reference, here or in another database (`AIID 721`), or a single
    Chinese character in its title or summary: words are of two and more."""
    if asked.casefold() in (name.casefold() for name in (one["name"], *one.get("external", ()))):
        return True
    if not _CHARACTER.fullmatch(asked):
        return False
    return any(asked in str(one.get(field) or "") for field in ("title", "title_zh", "summary", "summary_zh"))


def _meets(one: Said, query: Mapping[str, str]) -> bool:
    for name in ("category", "severity"):
        if query.get(name) and one.get(name, UNCLASSIFIED) != query[name]:
            return False
    for name in ("harms", "sectors"):
        if query.get(name) and query[name] not in one.get(name, ()):
            return False
    if query.get("reference") and one["name"] != query["reference"]:
        return False
    if query.get("year") and when_of(one)[:4] != query["year"]:
        return False
    since = query.get("since")
    return not since or one["updated"][:10] >= since


def when_of(one: Said) -> str:
    """When an incident happened, as far as it is said."""
    return str(one.get("occurred") or "")


def alike(reading: Reading, now: Said) -> Sequence[Said]:
    """Other published incidents that read most like this one, at most `ALIKE_MAX`."""
    said = standing(reading)
    words = f"{now['title']} {now.get('summary', '')}"
    there = {one["incident"]: one for one in said}
    ranked = reading.kept(KEPT, Search).alike(Names(reading.tables), said, words)
    return [there[key] for key in ranked if key != now["incident"]][:ALIKE_MAX]
