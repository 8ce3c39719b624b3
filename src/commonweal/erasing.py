"""Erasing: recorded first, then done. A key is destroyed, and nothing of what was sealed to it is left in the tables.

The order is what makes it safe. An erasure is an entry, recorded only if the record still stands where holds and
schedules were looked at: an order to preserve that came first wins, whoever files it and in whichever process. Only
then is the key destroyed, and the tables are laid out again without it. A crash in between leaves an entry whose key
still stands; whoever follows that entry next, or opens the folder, finishes it. No key is destroyed without an entry.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from commonweal.acceptance import STEWARDS, Caller
from commonweal.kernel import retention
from commonweal.kernel.disclosure import Erased, KeyStore, open_entry, sealed_key
from commonweal.kernel.instrument import Unsettled
from commonweal.kernel.persons import ANONYMOUS
from commonweal.kernel.record import ERASURE, Act, Finding, Reader, RecordStore, Row, Stored
from commonweal.kernel.values import Busy, CommonwealError, Conflict, Forbidden, NotFound, RecordFault, Stale
from commonweal.recusing import named

ATTEMPTS = 50
WAITED_S, WAIT_S = 10.0, 0.1
# A witness's clock and this machine's may differ by so much before the record's own time is doubted.
CLOCKS_APART = timedelta(days=1)
SCHEDULE = "schedule"
PARTY = "party:"
NOBODY = Caller("")
READ_AT_ONCE = 256


@dataclass(frozen=True, slots=True)
class Plan:
    """What erasing one key would do: what falls with it, what stands in its way, on what bases it may be erased, and
    why it takes two officers, if it does."""

    row: Row
    holds: tuple[Row, ...]
    bases: Mapping[str, str]
    obstacle: str
    key: str
    basis: str
    why_two: str = ""

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        names = (
            "holder",
            "retention",
            "entries",
            "first",
            "last",
            "kinds",
            "state",
            "keep_until",
            "due_at",
            "phase",
        )
        return {
            **{name: self.row[name] for name in names},
            "automatic": bool(self.row["automatic"]),
            "holds": [row["hold"] for row in self.holds],
            "key": self.key,
            "bases": dict(self.bases),
            "obstacle": self.obstacle,
            "takes_two": bool(self.why_two),
            "why_two": self.why_two,
        }


LOOKED_THROUGH, ABOUT_KEEPING = 1000, "retention."


@dataclass(frozen=True, slots=True)
class Two:
    """What the second of two officers says who erase something together: which request, why, and who."""

    confirms: int | None
    reasons: str
    caller: Caller


@dataclass(frozen=True, slots=True)
class Ports:
    """What the authority lends: the way to follow, append, lay out anew; its clock, and the witnesses' time if any.

    `settle` forgets what opens the files of entries outside of them. `keeps_out` raises `BadInput` where somebody has a
    conflict of interest in one of some subjects, `unsettled` says what of them is still being handled, owed or on its
    way, `untold` whether the log does not tell of which kind an entry about a subject is.
    """

    follow: Callable[[], int]
    append: Callable[[Act, int], int]
    tick: Callable[[], object]
    rebuild: Callable[[int], None]
    cursor: Callable[[], int]
    cleared: Callable[[], int]
    emptied: Callable[[], bool]
    settle: Callable[[], None]
    witnessed: Callable[[], datetime | None]
    keeps_out: Callable[[Caller, Sequence[str]], None]
    unsettled: Callable[[Sequence[str], datetime], Sequence[Unsettled]]
    untold: Callable[[str, str | None], bool]


class Erasures:
    """The one way anything is erased."""

    def __init__(self, store: RecordStore, keys: KeyStore, reader: Reader, ports: Ports) -> None:
        self._store, self._keys, self._reader, self._ports = store, keys, reader, ports
        self._finishing = threading.Lock()

    # ── looking ─────────────────────────────────────────────────────────────────────────────────────────────────

    def plans(
        self, holder: str, retention_class: str = "", basis: str = retention.ENDED, *, caller: Caller = NOBODY
    ) -> list[Plan]:
        """What erasing a holder's keys would do (of one class, or of all), oldest first. Writes nothing.

        Raises `BadInput` where the caller has a conflict of interest in what they hold.
        """
        rows = retention.keys_of_holder(self._reader, holder, retention_class)
        for row in rows:
            self._ports.keeps_out(caller, self.about(row["holder"], row["retention"]))
        return [self._plan(row, basis, caller.party) for row in rows]

    def about(self, holder: str, retention_class: str) -> list[str]:
        """The subjects that what is sealed for a holder is about: the holder; of a party all that its own entries name,
        and of who filed without a key all that they filed, for such a party was made for that one filing."""
        if not holder.startswith(PARTY):
            return [holder]
        rows = retention.keys_of_holder(self._reader, holder, retention_class)
        sealed, found = {self._key_of(row["last"]) for row in rows}, set[str]()
        for index, subject, author in self._store.around(holder):
            if author == holder and subject is None:
                found |= self._named(index, sealed)
            elif author == holder and holder.startswith(ANONYMOUS):
                found.add(str(subject))
        return sorted(found)

    def naming(self, holder: str) -> list[tuple[int, str]]:
        """What others wrote about a subject that goes on naming it once its keys are gone, each entry with its kind.

        An act without a subject of its own, such as a link, is sealed to whoever filed it: it joins the subject to
        others, whose it is as well, and goes with the key of its filer. Each such entry since the subject came is
        opened for it. Of a party it is nothing: `about` gives what its own entries name.
        """
        size = self._store.size()
        begun = size if holder.startswith(PARTY) else min(self._store.about(holder), default=size)
        return [
            (stored.index, stored.kind)
            for start in range(begun, size, LOOKED_THROUGH)
            for stored in self._store.entries(start, start + LOOKED_THROUGH)
            if stored.subject is None and not stored.kind.startswith(ABOUT_KEEPING) and self._names(stored, holder)
        ]

    def _names(self, stored: Stored, holder: str) -> bool:
        with suppress(Erased):
            return holder in named(open_entry(stored, self._keys).fields)
        return False

    def _named(self, index: int, sealed: Collection[str]) -> set[str]:
        """The subjects that an entry names, if it is sealed to one of some keys."""
        stored = self._store.entry(index)
        if sealed_key(stored) not in sealed:
            return set()
        with suppress(Erased):
            return set(named(open_entry(stored, self._keys).fields))
        return set()

    def due(self) -> list[Plan]:
        """What has come to the end of its time, by the record's own time; held things among them, so named."""
        now = self.time()
        return [self._plan(row, retention.basis_at(row, now)) for row in retention.due(self._reader, now)]

    def time(self) -> datetime:
        """The time that minimums are judged by: the record's newest, and no later than its witnesses vouch for.

        A clock set forward says nothing until the record does, where everybody sees it; and where witnesses cosign,
        theirs must have come as far.
        """
        newest = self._store.newest()
        assert newest is not None, "a record is founded with entries"
        found = datetime.fromisoformat(newest.time)
        witnessed = self._ports.witnessed()
        return min(found, witnessed + CLOCKS_APART) if witnessed else found

    def _plan(self, row: Row, basis: str, party: str = "") -> Plan:
        why_two = ""
        try:
            found, _ = retention.refuse(self._reader, row, basis, self.time(), self._key_of)
            self._check_settled(row, found)
            obstacle, why_two = "", self._why_two(row, found, party)
        except CommonwealError as error:
            obstacle = str(error)
        known = {code: item.citation for code, (item, _) in retention.bases(self._reader, row["retention"]).items()}
        return Plan(
            row, tuple(retention.holding(self._reader, row, self._key_of)), known, obstacle, self._key_of(row["last"]),
            basis, why_two,
        )  # fmt: skip

    def _why_two(self, row: Row, basis: retention.Basis, party: str) -> str:
        at = self.time()
        open_ = self._ports.unsettled(self.about(row["holder"], row["retention"]), at)
        return retention.why_two(row, basis, party, at, unsettled=next((one.why for one in open_), ""))

    def _check_settled(self, row: Row, basis: retention.Basis) -> None:
        """Ask every instrument whether what a key seals is settled. What somebody holds of others is theirs to settle.

        Raises `UnderWay`.
        """
        if row["holder"].startswith(PARTY):
            return
        stops = ("always",) if basis.code == retention.ENDED else ("always", "for_a_cause")
        if found := [one.why for one in self._ports.unsettled([row["holder"]], self.time()) if one.stops in stops]:
            raise retention.UnderWay(f"{row['holder']} × {row['retention']} is not erased: it {'; it '.join(found)}")

    def _key_of(self, index: int) -> str:
        return sealed_key(self._store.entry(index))

    # ── erasing ─────────────────────────────────────────────────────────────────────────────────────────────────

    def erase(
        self, holder: str, retention_class: str, basis: str, caller: Caller, reference: str = "", *,
        confirms: int | None = None, reasons: str = "",
    ) -> int:  # fmt: skip
        """Erase everything sealed to a holder's key of a class, and give the entry that says so. Durable once given.

        What takes two (`retention.why_two`) goes by two: `confirms` is the entry by which another officer asked for it,
        `reasons` are the caller's.

        Raises `Forbidden` for anyone but the authority and its officers, and (`NeedsTwo`) where it takes two,
        `NotFound` where nothing is sealed so, `Held`, `TooEarly`, `UnderWay`, `Conflict` (erased already), `BadInput`
        (a basis no schedule names, a request that is none, a conflict of interest in it), in each case with nothing
        written; `Busy` where it is recorded, but a reader kept the last traces: they go at the next look.
        """
        if not STEWARDS & set(caller.roles):
            raise Forbidden(f"erasing is the authority's and its officers'; {caller.party} is neither")
        two = Two(confirms, reasons, caller)
        index = self._recorded(holder, retention_class, basis, caller.party, reference, two=two)
        self._finished(index)
        return index

    def automatic(self) -> list[int]:
        """Erase what is due where its schedules say that nobody need be asked, or an entry asked; gives the entries.

        Holds stand.
        """
        done = []
        for plan in self.due():
            row, asked = plan.row, plan.basis != retention.ENDED
            if (row["automatic"] or asked) and not plan.obstacle:
                by, reference = (row["asked_by"], f"entry:{row['asked_in']}") if asked else (SCHEDULE, "")
                with suppress(Conflict, NotFound):  # held or erased a moment ago
                    done.append(self._recorded(row["holder"], row["retention"], plan.basis, by, reference))
        if done:
            self._finished(done[-1])
        return done

    def _recorded(
        self, holder: str, retention_class: str, basis: str, approved_by: str, reference: str, *,
        two: Two | None = None,
    ) -> int:  # fmt: skip
        """Record an erasure, if nothing was recorded since what it is judged by. Nothing is destroyed yet."""
        ticked = False
        for _ in range(ATTEMPTS):
            self._ports.follow()
            at = self._ports.cursor()
            row = self._standing(holder, retention_class)
            if two:
                self._ports.keeps_out(two.caller, self.about(row["holder"], row["retention"]))
            try:
                found, text = retention.refuse(self._reader, row, basis, self.time(), self._key_of)
                self._check_settled(row, found)
            except retention.TooEarly:
                if ticked:
                    raise
                self._ports.tick()  # the record may stand behind the clock: let it say what time it is
                ticked = True
                continue
            key, more = self._key_of(row["last"]), {"reference": reference} if reference else {}
            body = {
                "key": key, "retention_class": row["retention"], "basis": basis, "legal_basis": found.citation,
                "schedule": text["rule_id"], "schedule_version": text["version"], **self._counted(row),
                "holder": row["holder"], "kept_until": row["keep_until"],
                "approved_by": approved_by, **more, **(self._by_two(row, found, two) if two else {}),
            }  # fmt: skip
            with suppress(Stale):
                return self._ports.append(Act(retention.ERASED.id, body, key=ERASURE + key), at)
        raise Busy("the record grew each time before this erasure could be recorded; try again")

    def _counted(self, row: Row) -> dict[str, Any]:
        """How many entries fall with a key, by kind: those of which the log tells the kind, and those done in
        confidence."""
        holder = None if row["holder"].startswith(PARTY) else row["holder"]
        quiet = {kind: many for kind, many in row["kinds"].items() if self._ports.untold(kind, holder)}
        told = {kind: many for kind, many in row["kinds"].items() if kind not in quiet}
        return {"entries": sum(told.values()), "kinds": told, **({"quiet": quiet} if quiet else {})}

    def _by_two(self, row: Row, basis: retention.Basis, two: Two) -> dict[str, Any]:
        """What an erasure says of the two officers who decided on it; nothing where one is enough."""
        party = two.caller.party
        why = self._why_two(row, basis, party)
        if not why:
            return {}
        asked = retention.confirmed(
            self._reader, row, basis.code, why=why, number=two.confirms, reasons=two.reasons, party=party,
            now=self.time(),
        )  # fmt: skip
        first = Caller(asked["by"], retention.OFFICE)  # a conflict may have come since they asked
        self._ports.keeps_out(first, self.about(row["holder"], row["retention"]))
        return {"asked_in": asked["entry"], "reasons": two.reasons.strip()}

    def _standing(self, holder: str, retention_class: str) -> Row:
        """The key that stands for a holder and class; where it was erased, the row that says so."""
        there = retention.keys_of_holder(self._reader, holder, retention_class, erased=True)
        standing = [row for row in there if row["phase"] != "erased"]
        if not there:
            held = {row["retention"] for row in retention.keys_of_holder(self._reader, holder)}
            hint = f"of {holder} there is: {', '.join(sorted(held))}" if held else "nothing is sealed under that name"
            raise NotFound("sealed entries", f"{holder} × {retention_class}", hint)
        return (standing or there)[-1]

    # ── finishing ───────────────────────────────────────────────────────────────────────────────────────────────

    def _finished(self, index: int) -> None:
        self._ports.follow()
        try:
            self.finish()
        except Busy as error:
            raise Busy(f"entry {index} records the erasure, and it is finished at the next look: {error}") from error

    def finish(self) -> int:
        """Do what erasures say that were followed and are not done yet; gives how many. Harmless to repeat."""
        if not self._finishing.acquire(blocking=False):  # finishing follows, and following finishes
            return 0
        try:
            waiting = retention.unfinished(self._reader, self._ports.cleared())
            return self._done(waiting) if waiting else 0
        finally:
            self._finishing.release()

    def look_again(self) -> int:
        """Like `finish`, over every erasure there ever was: a key that came back with an old copy goes again."""
        with self._finishing:
            every = retention.unfinished(self._reader, -1)
            back = [row for row in every if self._held(row)]
            behind = [row for row in every if row["entry"] > self._ports.cleared()]
            return self._done(every) if back or behind else 0

    def _held(self, row: Row) -> bool:
        key = bytes.fromhex(row["key"])
        return not self._keys.erased(key) or self._keys.holds(row["holder"], row["retention"], key)

    def _done(self, rows: list[Row]) -> int:
        self._ports.settle()
        for row in rows:
            self._keys.erase(row["holder"], row["retention"], bytes.fromhex(row["key"]))
        newest = max(row["entry"] for row in rows)
        self._ports.follow()
        self._patiently(lambda: self._ports.rebuild(newest))
        self._patiently(self._empty)
        return len(rows)

    def _empty(self) -> None:
        if not self._ports.emptied():
            raise Busy("a reader holds the tables as they were before")

    def _patiently(self, work: Callable[[], None]) -> None:
        """Do something that others may be in the way of, for a while. Raises `Busy` at last."""
        until = time.monotonic() + WAITED_S
        while True:
            try:
                return work()
            except Busy:
                if time.monotonic() > until:
                    raise
                time.sleep(WAIT_S)


def erase_again(record: RecordStore, keys: KeyStore) -> int:
    """Destroy every held key whose erasure is recorded, and give how many there were.

    For keys that came back with an old copy: nothing sealed to them is read before.
    """
    done = 0
    for start in range(0, record.size(), READ_AT_ONCE):
        for stored in record.entries(start, start + READ_AT_ONCE):
            if stored.kind != retention.ERASED.id:
                continue
            with suppress(RecordFault, Erased):
                fields = open_entry(stored, keys).fields
                name = str(fields["holder"]), str(fields["retention_class"]), bytes.fromhex(str(fields["key"]))
                if keys.holds(*name) or not keys.erased(name[2]):
                    done += keys.erase(*name)
    return done


def check_erasures(record: RecordStore, keys: KeyStore) -> list[Finding]:
    """Each recorded erasure has its destroyed key, each destroyed key its record, and nothing was sealed to it after.

    Entries that do not read are passed over: they are findings of the record itself.
    """
    said: dict[str, int] = {}
    findings: list[Finding] = []
    for start in range(0, record.size(), READ_AT_ONCE):
        for stored in record.entries(start, start + READ_AT_ONCE):
            with suppress(RecordFault, Erased):
                if (key := sealed_key(stored)) in said:
                    problem = f"is sealed to the key {key}, which entry {said[key]} had erased before"
                    findings.append(Finding(f"entry {stored.index}", problem))
                if stored.kind == retention.ERASED.id:
                    fields = open_entry(stored, keys).fields
                    said[str(fields["key"])] = stored.index
                    findings += _not_done(stored.index, fields, keys)
    unsaid = [key for key in map(bytes.hex, keys.erased_ids()) if key not in said]
    return findings + [Finding(f"key {key}", "was destroyed, but no entry of the record says so") for key in unsaid]


def _not_done(index: int, fields: Mapping[str, Any], keys: KeyStore) -> list[Finding]:
    """What is not done of a recorded erasure; opening the authority does it."""
    key = bytes.fromhex(str(fields["key"]))
    if keys.holds(str(fields["holder"]), str(fields["retention_class"]), key):
        return [Finding(f"entry {index}", f"erased the key {key.hex()}, but it is still held")]
    if not keys.erased(key):
        return [Finding(f"entry {index}", f"erased the key {key.hex()}, but the keys do not say that it is gone")]
    return []
