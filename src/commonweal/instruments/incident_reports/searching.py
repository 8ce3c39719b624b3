"""What is public of incidents under a query: searched in both languages, filtered, now or as a snapshot has it."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any

from commonweal.kernel.instrument import Reading
from commonweal.methods.linking import Index

from .publication import standing
from .snapshots import as_taken, snapshot
from .suggestions import compared

KEPT, FOUND_MAX, ALIKE_MAX, ALIKE_LEAST = "incident_reports.search", 500, 5, 0.15
UNCLASSIFIED = "unclassified"
Said = Mapping[str, Any]


class Search:
    """What is public, by its words in both languages; kept up with the publications when somebody asks."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: dict[str, int] = {}
        self._index = Index()

    def ranked(self, said: Sequence[Mapping[str, Any]], words: str, least: float = 0.0) -> list[str]:
        """The incidents that share a word and agree at least so far (from 0 to 1), best first."""
        with self._lock:
            there = {one["incident"]: one for one in said}
            for incident, entry in list(self._held.items()):
                if incident not in there or there[incident]["entry"] != entry:
                    self._index.remove(incident)
                    del self._held[incident]
            for incident, one in there.items():
                if incident not in self._held:
                    self._index.add(incident, compared(one))
                    self._held[incident] = one["entry"]
            asked = compared({"title": words, "systems_named": [words]})
            found = self._index.suggest(asked, best=FOUND_MAX).suggestions
            return [one.key for one in found if one.score >= least]


def public(reading: Reading, query: Mapping[str, str]) -> list[dict[str, Any]]:
    """What is public under a query: searched by relevance, else the newest incident first.

    Of a snapshot it is what was public then, without what was taken out of it since (`snapshots.as_taken`).
    """
    taken = snapshot(reading.tables, query.get("snapshot", ""))
    everything = as_taken(reading.tables, taken) if taken else standing(reading.tables)
    said = [one for one in everything if _meets(one, query)]
    if query.get("q"):
        search = Search() if taken else reading.kept(KEPT, Search)
        places = {incident: at for at, incident in enumerate(search.ranked(everything, query["q"]))}
        found = [one for one in said if one["incident"] in places]
        return sorted(found, key=lambda one: places[one["incident"]])
    return sorted(said, key=lambda one: (when_of(one), one["incident"]), reverse=True)


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
    said = standing(reading.tables)
    words = f"{now['title']} {now.get('summary', '')}"
    there = {one["incident"]: one for one in said}
    ranked = reading.kept(KEPT, Search).ranked(said, words, ALIKE_LEAST)
    return [there[key] for key in ranked if key != now["incident"]][:ALIKE_MAX]
