"""What may be released to whom: withheld fields of entries that are about a party or what is theirs, one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from commonweal.kernel import persons, registry, retention
from commonweal.kernel.disclosure import Audience, Kind, Ruling, concerning, sealed_key
from commonweal.kernel.disclosure.releasing import may_be_released, releases
from commonweal.kernel.instrument import Act, Check, Filer
from commonweal.kernel.record import Reader, RecordStore
from commonweal.kernel.values import Fault, shown

FILED, ABOUT, YOURS = "filed", "about", "yours"
"""Why an entry is told to a party: they filed it, it is about them, or about something that is theirs."""


def entries(reader: Reader, store: RecordStore, party: str) -> dict[int, str]:
    """The entries that are about a party, in order, each with why (`FILED`, `ABOUT`, `YOURS`)."""
    around = store.around(party)
    theirs = {subject for _, subject, author in around if subject and author == party}
    theirs = {subject for subject in theirs if registry.filer(reader, subject) == party}
    found = {index: YOURS for index, subject, _ in around if subject in theirs}
    for subject in registry.handed_to(reader, party):
        found |= dict.fromkeys(store.about(subject), YOURS)
    person = persons.person_of(reader, party)
    found |= dict.fromkeys(store.about(str(person["person"])) if person else (), ABOUT)
    found |= dict.fromkeys(concerning.entries_about(reader, party), ABOUT)
    found |= {index: FILED for index, _, author in around if author == party}
    return dict(sorted(found.items()))


def check(store: RecordStore, kinds: Mapping[str, Kind], ruling: Callable[[Kind, int], Ruling]) -> Check:
    """What is asked of a release, or of its end, beyond its form: the faults of each."""

    def faults(act: Act, reader: Reader, filer: Filer) -> Iterator[Fault]:
        body = act.body
        party, index, name = str(body["party"]), int(body["entry"]), str(body["field"])
        standing = {row["field"] for row in releases(reader, party, index)}
        if body.get("withdrawn"):
            if name not in standing:
                there = ", ".join(sorted(standing)) or "nothing"
                want = f"a field of entry {index} that is released to {party}: {there}"
                yield Fault("field", name, want, "not_released")
            return
        if party in filer.speaks_for:
            yield Fault("party", party, "somebody else: nobody releases to themselves", "oneself")
        why = entries(reader, store, party).get(index)
        if why is None:
            yield Fault("entry", shown(index), f"an entry that is among what is held about {party}", "not_theirs")
            return
        stored = store.entry(index)
        kind = kinds.get(stored.kind)
        if kind is None or name not in kind.schema.model_fields:
            known = ", ".join(kind.schema.model_fields) if kind else "none: its kind is not known here any more"
            yield Fault("field", name, f"a field of {stored.kind}: {known}", "unknown_field")
        elif retention.erased_by(reader, sealed_key(stored)):
            yield Fault("entry", shown(index), "an entry that was not shredded: nobody can read this one", "erased")
        elif name in standing:
            yield Fault("field", name, f"a field that is not released to {party} already", "released")
        elif name in (ruled := ruling(kind, index)).taken:
            yield Fault("field", name, "a field that was not taken back from everybody since", "taken_back")
        elif ruled.may_see(_by_themselves(reader, party, index, why), name):
            yield Fault("field", name, f"a field that is withheld: {party} reads this one as it is", "not_withheld")
        elif not may_be_released(ruled, name):
            want = f"a field that the policies let be released; {kind.marking(name)} of {stored.kind} is not"
            yield Fault("field", name, want, "forbidden")

    return faults


def _by_themselves(reader: Reader, party: str, index: int, why: str) -> Audience:
    """As whom a party reads an entry without any release."""
    concerned = ("concerned",) if concerning.concerns(reader, party, index) else ()
    return Audience.of(*(("filer",) if why == FILED else ()), *concerned)
