"""Of all reports at once those in which somebody may have a conflict of interest: of these alone each is asked about.

A list leaves out what its reader keeps out of before it counts anything, so every report is looked at for every view.
What reports name, and who wrote them, is kept between views by their versions; whoever is reading, what organisations
are called and for whom people speak is looked up anew. Whatever could stand against somebody (`conflicts`) is found
here; whether it does, only there.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from commonweal.kernel import persons, protocols, registry
from commonweal.kernel.instrument import Reader, Reading, Row, Spoke

from ..concerning import Names, developer, organisations
from ..reports import REPORT
from .conflicts import employers, free, interests_of, lenders
from .tables import recusals

NAME = "incident_reports.said"
Marks = tuple[tuple[int, bool], ...]


@dataclass(frozen=True, slots=True)
class Said:
    """What the versions of a report (`marks`) name, and who `wrote` them, unless it was for somebody else."""

    marks: Marks
    names: frozenset[str]
    models: frozenset[str]
    wrote: frozenset[str]

    @classmethod
    def of(cls, marks: Marks, rows: Iterable[Row], reader: Reader) -> Said:
        rows = list(rows)
        bodies = [row["body"] for row in rows if not row["erased"]]
        names = {name for body in bodies for name in organisations(reader, {**body, "models": ()})}
        models = {model for body in bodies for model in body.get("models") or ()}
        wrote = {str(row["author"]) for row in rows if not row["body"].get("received_by")}
        return cls(marks, frozenset(names), frozenset(models), frozenset(wrote))


class Kept:
    """What reports say, by report, read again where a version came, was erased or was annulled."""

    def __init__(self) -> None:
        self._lock, self._said = threading.Lock(), dict[str, Said]()

    def of_all(self, reader: Reader) -> Mapping[str, Said]:
        marks = registry.marks_of_versions(reader, REPORT.id)
        with self._lock:
            said = self._said
            new = [one for one, those in marks.items() if (known := said.get(one)) is None or known.marks != those]
            read = registry.versions_of(reader, new)
            found = {one: Said.of(marks[one], read.get(one, ()), reader) for one in new}
            self._said = {one: found.get(one) or said[one] for one in marks}
            return self._said


def may_be_kept_out(reading: Reading) -> Collection[str]:
    """The reports in which whoever is reading may have a conflict of interest: none is missing, some may have none."""
    reader, at, spoke = reading.tables, reading.now, reading.spoke
    if not reading.party or free(reading.party, reader, at, spoke):
        return ()
    whose = {reading.party, *lenders(reader, reading.party, at)}
    own = {key for one in whose for key in interests_of(reader, one, (), at, spoke)}
    names, parties = Names(reader), _Parties(reader, at, spoke)
    said = reading.kept(NAME, Kept).of_all(reader)

    @functools.cache
    def names_own(name: str) -> bool:
        return not names.keys(name).isdisjoint(own) or (":" in name and registry.filer(reader, name) in whose)

    @functools.cache
    def is_of_own(model: str) -> bool:
        return bool(found := developer(reader, model)) and names_own(found)

    @functools.cache
    def speaks_for_own(party: str) -> bool:
        return party in whose or any(map(names_own, parties.speak_for(party)))

    handed = registry.owners(reader, REPORT.noun)
    left = {row["about"] for one in whose for row in recusals(reader, one)}
    return {
        report
        for report, one in said.items()
        if report in left
        or any(map(names_own, one.names))
        or any(map(is_of_own, one.models))
        or any(map(speaks_for_own, {*one.wrote, *handed.get(report, ())}))
    }


class _Parties:
    """For whom parties speak, each asked at most once, and nothing of those of whom nothing can be known."""

    def __init__(self, reader: Reader, at: datetime, spoke: Spoke) -> None:
        self._reader, self._at, self._spoke = reader, at, spoke
        self._known = {row["party"] for row in protocols.approvers(reader)}
        self._known |= {row["party"] for row in persons.persons(reader)}

    def speak_for(self, party: str) -> Iterable[str]:
        if party.startswith(persons.ANONYMOUS) and party not in self._known:
            return ()  # it stands for a return code: no access key is given to it
        return employers(self._reader, party, self._at, self._spoke, since="")
