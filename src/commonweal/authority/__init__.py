"""The composition root: kernel, one set of engines, and the instruments in force.

`Authority.act` is the one way anything is written. After commit one durable cursor follows the entries in order;
rooms and instruments update their tables and give the acts that follow, which are recorded before the cursor moves.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from commonweal import recusing, releasing
from commonweal.acceptance import Acceptance, Caller
from commonweal.adoption import founding_texts
from commonweal.attaching import Attachments
from commonweal.batches import AT_ONCE, Batches
from commonweal.digests import Digests
from commonweal.engines.effects import attempted, open_outbox
from commonweal.engines.effects.mailing import Office
from commonweal.engines.helper import Helper
from commonweal.engines.http import HttpWitnesses
from commonweal.engines.opening import open_engines
from commonweal.engines.places import open_place
from commonweal.engines.typesetting import TURNS, Laid, check_ready, typeset
from commonweal.engines.typesetting import ready as can_typeset
from commonweal.erasing import Erasures, Ports, check_erasures
from commonweal.examination import check_record
from commonweal.following import CLOCK, COUNT, Following, Otherwise, Progress, Seen, Tried, laid_out_otherwise, outdated
from commonweal.forms import read_forms
from commonweal.instruments import Installed, RuleFile, discover, policy_texts
from commonweal.kernel import (
    accounts,
    authorisations,
    credentials,
    disclosure,
    indicators,
    notices,
    obligations,
    persons,
    protocols,
    registry,
    retention,
    statistics,
    thresholds,
)
from commonweal.kernel.disclosure import Audience, Kind, Ruling, anchors, concerning, naming
from commonweal.kernel.disclosure.reads import ReadLog
from commonweal.kernel.disclosure.releasing import RELEASED, Releasing
from commonweal.kernel.instrument import Instrument
from commonweal.kernel.protocols.effects import Outbox
from commonweal.kernel.protocols.kinds import APPROVER_WITHDRAWN
from commonweal.kernel.record import (
    AUTHORITY,
    Act,
    Entry,
    Finding,
    Reader,
    Row,
    Tables,
    TileHashes,
    TlogProof,
    inclusion_proof,
)
from commonweal.kernel.record.exported import Place as LogPlace
from commonweal.kernel.record.keyring import LogClosed
from commonweal.kernel.values import (
    Busy,
    Clock,
    Conflict,
    NotFound,
    RecordFault,
    ReplayClock,
    SystemClock,
    coarsened,
    stamp,
)
from commonweal.letterheads import letterhead
from commonweal.pacing import Refused
from commonweal.releases import note_release, refuse_later, written_by_this
from commonweal.settings import Settings, founded_settings
from commonweal.together import Recording
from commonweal.turning import end_changes
from commonweal.witnessing import Receipt, WitnessedLog, Witnesses, checkpoint_of, witnessed_logs
from commonweal.writing import Writing

from .adopting import adopt
from .callers import HOUSE, OPERATOR
from .condition import Counted, faults_of, public_status_of, status_of
from .declared import (
    Confidences,
    InTime,
    Worked,
    all_checks,
    all_kinds,
    all_marking,
    all_tables,
    all_taken_back,
)
from .founding import founding_acts
from .opening import Opened
from .outgoing import MailLinks, pdf_of, taken_out, to_send
from .reading import HouseReading, InPublic, Seeing
from .ruled import ruling_of
from .taking_back import TakenBackFirst, TakingBack
from .ticking import ticked, time_is_due
from .unopened import Examined, begin_keys_anew, examine, open_keys, place_of, signed_tree
from .witness import witness_of

__all__ = [
    "EVERYONE",
    "HOUSE",
    "OPERATOR",
    "Act",
    "Authority",
    "Caller",
    "Examined",
    "HouseReading",
    "all_kinds",
    "begin_keys_anew",
    "examine",
    "open_keys",
]

EVERYONE = Audience.of()


_HELPER = Helper()  # one for all authorities of this process


Judged = tuple[tuple[str, ...], str] | None


class Authority:
    """An authority opened from its folder. Make one with `create`, come back with `open`."""

    def __init__(self, folder: Path, settings: Settings, clock: Clock, installed: Mapping[str, Installed]) -> None:
        self.folder, self.settings, self.clock, self.installed = folder, settings, clock, installed
        self.instruments: Mapping[str, Instrument] = {name: item.instrument for name, item in installed.items()}
        self.kinds: Mapping[str, Kind] = {kind.id: kind for kind in all_kinds(self.instruments.values())}
        self.untold = disclosure.Untold(self.kinds)
        self.forms = read_forms([(name, item.folder) for name, item in installed.items()], self.kinds)
        self.policies = disclosure.Policies(policy_texts(installed.values()), self.kinds.values())
        self._engines = engines = open_engines(place_of(folder, settings), settings.origin, _HELPER.pairs)
        self.keys, self.access, self.store = engines.keys, engines.access, engines.record
        self.reads: ReadLog = engines.reads
        self.mail_links = MailLinks(settings.name, settings.address, functools.partial(self.keys.seed, "mail-links"))
        self.refused, self._kept, self._keeping = Refused(), dict[str, Any](), threading.Lock()
        followers = self._compose()
        self._check_keys_are_newest()
        self._proving: TileHashes | None = None
        self.counted, self._http = Counted(self.store), HttpWitnesses()
        self.witnesses = Witnesses(
            self.store, engines.cosignatures, self.store.keyring, settings.policy, self._http,
            remembered=functools.partial(signed_tree, self.keys),
            batches=Batches(AT_ONCE if settings.replay else settings.published_every, lambda: clock.now().timestamp()),
        )  # fmt: skip
        self.witness, self._tables = witness_of(engines, settings), engines.tables
        self._tables.declare(all_tables(self.instruments.values()))
        self.reader: Reader = self._tables.reader()
        self._taking_back = TakingBack(
            all_taken_back(self.instruments.values()), self.store, self._tables.cursor, self.follow
        )
        self.confidences = Confidences.of(self.instruments.values())
        requests = disclosure.Requests(functools.partial(self.keys.seed, "request-digests"))
        self.attachments = Attachments(self.store, self.keys, self._now)
        self.opened = Opened(self.instruments.values(), self.reader, self._now, self.access.spoke_for)
        self._acceptance = judges = Acceptance(
            self.kinds, self.reader, self.store, self._now, self.follow, self.credentials, self.authorisations,
            self.statistics, self.witnesses.vouch_for, requests,
            all_checks(self.instruments.values(), self.notices, self.kinds,
                       {RELEASED.id: releasing.check(self.store, self.kinds, self.ruling)},
                       lambda *holder: self.erasures.about(*holder)),  # noqa: PLW0108 – it comes below
            all_marking(self.instruments.values()), self.attachments.named,
            settings.people.exclusive, self.access.organisation_of, settings.imprint.administrators, self.reads.append,
            settings.people.investigators_publish, self.access.issued, self.access.spoke_for,
            recusing.recusals(self.instruments.values()), lambda: self.public_size, self.opened.to,
            zone=settings.imprint.zone, sent=self.attachments.sent,
        )  # fmt: skip
        self.house, self.theirs, self.bodies = judges.house, judges.theirs, judges.bodies
        self.filed_for, self.speaks_for = judges.filed_for, judges.speaks_for
        self.access.judged_by(self._standing, self._let_in_by_two)
        self._writing = Writing(
            self.store, self.keys, self.kinds, settings.origin,
            check_writing=self.witnesses.check_writing, wrap=_HELPER.wrap, requests=requests,
            moved=functools.partial(registry.moved, self.reader), shared=self.speaks_for,
        )  # fmt: skip
        self._following = Following(
            self.store, self.keys, self.kinds, self._tables, followers, record=self._react, taken=self._writing.taken,
            goes_on=self._goes_on, whole=self._whole, mark=disclosure.Marks(lambda: self.keys.seed("marks")).of,
        )  # fmt: skip
        self._recording = Recording(
            self._acceptance, self._writing, self._following, followed=self._tables.cursor, settle=self._settle_files
        )
        self.erasures = Erasures(self.store, self.keys, self.reader, self._lent())

    @property
    def public_size(self) -> int:
        """How many entries of the record everyone may know of (`Witnesses.size`)."""
        return self.witnesses.size

    @property
    def followed(self) -> int:
        """How many entries the tables have followed."""
        return self._tables.cursor()

    @property
    def vkey(self) -> str:
        """The verifier key that the log is signed with now."""
        return self.store.keyring().current

    # ── making, opening, closing ────────────────────────────────────────────────────────────────────────────────

    @classmethod
    def create(
        cls,
        folder: Path,
        settings: Settings,
        *,
        clock: Clock | None = None,
        installed: Mapping[str, Installed] | None = None,
    ) -> Authority:
        """Found an authority in a folder that holds none: settings, keys, record, rule texts put in force.

        Safe to repeat after a crash: what is there already is kept. Raises `Conflict` when the folder belongs to an
        authority with another origin.
        """
        installed = discover() if installed is None else installed
        texts = founding_texts(installed)
        refuse_later(folder)
        with founded_settings(folder, settings) as kept:
            return cls._ready(folder, kept, clock, installed, texts)

    @classmethod
    def open(
        cls,
        folder: Path,
        *,
        clock: Clock | None = None,
        installed: Mapping[str, Installed] | None = None,
        first: Callable[[Authority], None] | None = None,
        most: int | None = None,
    ) -> Authority:
        """Open a folder, do `first` before anything is signed, and catch up; by about `most` entries, if that is given.

        Raises `NotFound` where there is none, `Lasting` where a later release wrote in it.
        """
        settings, installed = Settings.read(folder), discover() if installed is None else installed
        refuse_later(folder)
        return cls._ready(folder, settings, clock, installed, None, first=first, most=most)

    @classmethod
    def _ready(
        cls,
        folder: Path,
        settings: Settings,
        clock: Clock | None,
        installed: Mapping[str, Installed],
        texts: Sequence[RuleFile] | None,
        *,
        first: Callable[[Authority], None] | None = None,
        most: int | None = None,
    ) -> Authority:
        resumed = ReplayClock(settings.created) if settings.replay and clock is None else None
        authority = cls(folder, settings, clock or resumed or SystemClock(), installed)
        if first:
            first(authority)
        if authority.store.size() == 0 and not authority.witnesses.halted:
            authority._found(founding_texts(installed) if texts is None else texts)
        if not authority.witnesses.halted:  # a record that was rolled back is opened for reading
            with suppress(Conflict):  # another process was faster; its key is in force
                authority.change_key()
            stale = outdated(authority.reader, settings.place, authority.kinds, ours=written_by_this(folder))
            if stale and not authority.keys.lost_before():
                authority.rebuild()
            authority.follow(most=most)
            authority.erasures.look_again()
        if resumed and (latest := authority._latest()):
            resumed.set(datetime.fromisoformat(latest))  # a replay goes on from where it has come to
        note_release(folder)
        return authority

    def laid_out_otherwise(self) -> tuple[Otherwise, ...]:
        """The kinds of which tables hold fields that they shall not hold, until they are laid out anew."""
        return laid_out_otherwise(self.reader.select(COUNT), self.kinds)

    def _found(self, texts: Sequence[RuleFile]) -> None:
        """The founding acts, in one transaction: a record is founded whole or not at all."""
        founding = [(act, OPERATOR) for act in founding_acts(self.settings, texts)]
        self._writing.append(founding, self.settings.created)

    def close(self) -> None:
        if self.witness:
            self.witness.close()
        self._http.close()
        self._engines.close()

    def __enter__(self) -> Authority:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    # ── writing ─────────────────────────────────────────────────────────────────────────────────────────────────

    def act(self, act: Act, caller: Caller = OPERATOR) -> Receipt:
        """Record one act durably and return its receipt.

        The same caller and key give the first receipt again. Raises `BadInput` naming every fault, `Forbidden`,
        `Conflict` (same key, other content) and `Busy`; in each case nothing was written.
        """
        return self.act_all([act], caller)[0]

    def act_all(self, acts: Sequence[Act], caller: Caller = OPERATOR) -> list[Receipt]:
        """Record several acts in one transaction, all or none. Later acts may refer to subjects of earlier ones."""
        placed = self.place_all(acts, caller)
        return [self.receipt(index, again=again) for index, again in placed]

    def place_all(self, acts: Sequence[Act], caller: Caller = OPERATOR) -> list[tuple[int, bool]]:
        """Like `act_all`, but gives only each act's index and whether it was there already (for bulk work)."""
        return self._recording.place_all(acts, caller)

    def check(self, act: Act, caller: Caller = OPERATOR, also: Iterable[str] = ()) -> Act:
        """The act as it would be recorded, where `also` is about to exist; nothing is written (`Recording.tried`)."""
        return self._recording.tried(act, caller, set(also))

    def adopt(self, file: RuleFile, caller: Caller = OPERATOR) -> Receipt:
        """Put a rule text in force, after its room has read it without a fault (`RuleFault` otherwise).

        The text that is in force already gives the receipt of its adoption again; one that takes two administrators
        that of the first one's proposal. Raises `Forbidden` for whoever is none. No other way leads there: the house
        files it, with its own pen (`adopting`).
        """
        self.follow()
        return adopt(self, file, caller, self._acceptance.as_they_stand(caller))

    def tried(self, act: Act, look: Callable[[Reader], Seen], most: int) -> Tried[Seen]:
        """What would follow if the authority recorded an act now, by running it on the tables as they stand; nothing is
        recorded and nothing stays (`Following.tried`)."""
        self.follow()
        return self._following.tried(act, self._now(), look, most)

    def place_each(self, acts: Sequence[tuple[Act, Caller]]) -> list[tuple[int, bool] | Exception]:
        """Record acts of several callers in one transaction, each on its own: one that is refused stops no other.

        Gives, for each, its index and whether it was there already, or the error with which it was refused.
        """
        return self._recording.place_each(acts)

    def _settle_files(self, acts: Iterable[tuple[Act, Caller]]) -> None:
        """What opens the files that were just recorded is in their entries now, and nowhere else."""
        with suppress(Busy):  # the next sweep, or the next erasure, does it
            for act, caller in acts:
                if act.attached:
                    self.attachments.settle_used(caller.party, act.attached)

    def _react(self, acts: Sequence[Act], time: datetime) -> None:
        """Record what followed from entries, as recorded first; from the last entry of a log nothing follows."""
        with suppress(LogClosed):
            self._writing.append([(act, OPERATOR) for act in acts], time, recorded_stands=True)

    def turn(self, act: Act, at: int | None = None) -> int:
        """Record an act about the log itself, which no door takes; gives its index. `at` as in `Writing.append`."""
        index = self._writing.append([(act, OPERATOR)], self._now(), at)[0][0]
        self.witnesses.release(index)  # by which key a log is signed is for everyone to know at once
        return index

    def revoke_key(self, key_id: str, caller: Caller = OPERATOR, reason: str = "") -> Receipt | None:
        """End a caller's key now, and withdraw it as an approver's where it is one; the receipt of that, or None.

        One that approved by signed requests is an approver's, whether it was registered as one or not. Repeated where a
        crash came in between, it does what is left. Raises `NotFound`.
        """
        missing: NotFound | None = None
        try:
            self.access.revoke(key_id)
        except NotFound as error:
            missing = error
        self.follow()  # what it signed until it ended is known now
        if not protocols.approves(self.reader, key_id):
            if missing is not None:
                raise missing
            return None
        body = {"key_id": key_id, "reason": reason}
        receipt = self.act(Act(APPROVER_WITHDRAWN.id, body, key=f"revoked:{key_id}"), caller)
        self.follow()
        return receipt

    def roles_known(self) -> list[str]:
        """Every role that a person can hold here, in order."""
        return sorted(self._acceptance.roles_known())

    def _standing(self, party: str, roles: Sequence[str], organisation: str, made: str) -> Judged:
        """Which roles of a caller's key count now, and for which organisation: a person's are what the record says."""
        when = self._now()
        return persons.counts(self.reader, party, roles, organisation, when=when, made=made, carries=True)

    def _let_in_by_two(self, party: str, had_key: bool) -> bool:
        return persons.let_in_by_two(self.reader, party, self._now(), had_key=had_key)

    def change_key(self) -> int | None:
        """Record the change of a key that `keys` has begun (`turning.end_changes`); its index, or None."""
        return end_changes(self.keys, self.store.keyring, self.turn)

    def _check_keys_are_newest(self) -> None:
        """Raise `RecordFault` where the record is signed with a key that is not held: an old copy was put back."""
        try:
            self.keys.signer_of(self.settings.origin, self.vkey)
        except RecordFault:
            begun = self.keys.pending()
            if begun is None or begun["old_key"] != self.vkey:
                self._engines.close()
                raise

    # ── following ───────────────────────────────────────────────────────────────────────────────────────────────

    def follow(
        self, progress: Progress | None = None, *, most: int | None = None, within_s: float | None = None
    ) -> int:
        """Bring tables and reactions up to the end of the record, or on by about `most` entries, or `within_s`.

        Gives the number of entries followed here, and raises `Busy` (`Following.follow`).
        """
        done = self._following.follow(progress, most=most, within_s=within_s)
        if done:
            self.erasures.finish()
        return done

    def share_tables(self) -> None:
        """Others follow beside this, or wait for what is followed: hold the tables for a moment at a time only."""
        self._following.share()

    def _lent(self) -> Ports:
        """What erasing needs of this authority."""
        return Ports(
            follow=self._following.follow,
            append=lambda act, at: self._writing.append([(act, OPERATOR)], self._now(), at)[0][0],
            tick=self._tick, rebuild=self._laid_out, settle=self.attachments.settle, witnessed=self._witnessed_time,
            cursor=self._tables.cursor, cleared=self._tables.cleared, emptied=self._tables.emptied,
            keeps_out=functools.partial(self._acceptance.keeps_out, retention.ERASED.id),
            unsettled=functools.partial(
                recusing.unsettled, self.instruments.values(), self.reader, self.settings.imprint.zone
            ),
            untold=self.untold.closes,
        )  # fmt: skip

    def _laid_out(self, cleared: int, progress: Progress | None = None) -> None:
        self.witnesses.check_writing()
        self._writing.forget()
        self._following.rebuild(progress, cleared)
        taken_out(self.reader, self.settings.sending.outlets, self.pdf_of)

    def _witnessed_time(self) -> datetime | None:
        at = self.witnesses.status()["published_at"] if self.witnesses.wanted else ""
        return datetime.fromisoformat(at) if at else None

    def rebuild(self, progress: Progress | None = None) -> None:
        """Lay every projection out again from the record, in place of the old ones, at once or not at all.

        Records nothing: entries whose reactions are not recorded yet are left to be followed. Raises `Conflict` where
        the record is not the one that was signed: then these tables may be all that is left of it.
        """
        if lost := self.keys.lost_before():
            raise Conflict(f"the keys of entries before {lost} were lost: these tables are all that is left of them")
        self._laid_out(self._tables.cleared(), progress)

    def tick(self, now: datetime | None = None) -> int:
        """Let what time alone makes happen, happen. Time before the latest entry is ignored: clocks run forward."""
        now = now or self._now()
        self.follow()
        if self.store.keyring().closed is not None:
            return 0
        done = 0
        if stamp(now) >= self._latest() and time_is_due(
            self._rooms, now, self.reader, self.witnesses.batches, self.settings.imprint.time_zone
        ):
            self._tick(now)
            done = self.follow()
        self.erasures.automatic()  # also of what was held when it fell due
        if not self.witnesses.halted:  # a record that was rolled back does not know all the files that are named
            if stamp(now) >= self._latest() and (act := anchors.day_due(self.reads, self.store, self.keys, now)):
                self._writing.append([(act, OPERATOR)], now, recorded_stands=True)
                done += self.follow()
            self.attachments.sweep_hourly()
            with suppress(Busy):  # the next time does it
                self.access.sweep_visits()
        return done

    def _tick(self, now: datetime | None = None) -> None:
        """Record what time it is."""
        now = now or self._now()
        self._writing.append([(ticked(now, self.reader, self.settings.imprint.time_zone), HOUSE)], now)

    def _latest(self) -> str:
        row = self.reader.get(CLOCK, 1)
        return str(row["latest"]) if row else ""

    def _now(self) -> datetime:
        """Under a replay, now is where the replay has come to, also where another process moved it on."""
        now = max(self.clock.now(), self.settings.created)
        latest = self._latest() if self.settings.replay else ""
        return max(now, datetime.fromisoformat(latest)) if latest else now

    def protocols_room(self) -> protocols.Protocols:
        """A room that runs cases as this authority does: they are opened by what instruments and rules declare."""
        declared = [one for item in self.instruments.values() for one in item.responses]
        return protocols.Protocols([*declared, thresholds.Runs()], self.settings.origin, self.untold.noun)

    def _compose(self) -> list[Callable[[Entry, Tables], Iterable[Act]]]:
        """The rooms in the order of the house, then the instruments: what each follows, the next may read."""
        declared = list(self.instruments.values())
        issued = [one for item in declared for one in item.credentials]
        self.credentials = credentials.Credentials(
            issued, self.public_part, issuer=self.settings.issuer, jwk=self.keys.issuer_key().jwk
        )
        self.authorisations = authorisations.Authorisations(self.settings.origin, credentials.in_good_standing)
        self.statistics = statistics.Statistics([item for one in declared for item in one.statistics])
        self.letterhead = letterhead(self.settings, self.installed)
        reported = [noun for item in declared for noun in item.reported]
        self.notices = notices.Notices(self.letterhead, self._digests(), reported)
        self._rooms: list[Any] = [
            naming.Naming(),
            concerning.Concerning(self.kinds.values()),
            Releasing(),
            persons.Persons(),
            registry.Registry(self.kinds.values()),
            self.credentials,
            self.authorisations,
            obligations.Obligations([one for item in declared for one in item.facts], *self.settings.place),
            indicators.Indicators(),
            accounts.Accounts(),
            thresholds.Thresholds(),
            self.statistics,
            self.protocols_room(),
            retention.Retention(),
            self.notices,
            *(InTime(one, self.settings.imprint.zone) for item in declared for one in item.timed),
        ]
        working = [Worked(one.working, self._body) for one in declared if one.working]
        self._whole = {one.follow for one in working}
        self._goes_on = {room.follow: room.go_on for room in self._rooms if hasattr(room, "go_on")}
        instruments = [item.follow for item in declared if item.follow]
        return [room.follow for room in (*self._rooms, *working)] + instruments

    def _body(self, index: int) -> Mapping[str, Any]:
        """What an entry says, to what lays out what no table holds."""
        return self._following.body(index)

    # ── reading ─────────────────────────────────────────────────────────────────────────────────────────────────

    def reading(self, language: str = "en", party: str = "", seeing: Seeing | None = None) -> HouseReading:
        """A reading for views: as everyone, or as a party for whom a door opens entries (and logs that it did)."""
        now = self._now()
        seeing = seeing or InPublic(self.presentation, lambda: self.public_size)
        tables = TakenBackFirst(self.reader, self._taking_back)
        sent = self.attachments.sent
        return HouseReading(
            tables, now, language, self.settings, self.public_part, seeing, self._keep, sent, self.receipt,
            party, self.access.spoke_for,
        )  # fmt: skip

    def _digests(self) -> Callable[..., Mapping[str, str]]:
        return Digests([one for item in self.instruments.values() for one in item.threads]).made

    def _keep(self, name: str, make: Callable[[], Any]) -> Any:
        with self._keeping:
            if name not in self._kept:
                self._kept[name] = make()
            return self._kept[name]

    def entry(self, index: int) -> Entry:
        """An entry with its private body (empty once it is erased). Raises `NotFound`."""
        return self._following.unseal(self.store.entry(index))

    def pdf_of(self, letter: Row) -> bytes | None:
        """The PDF of a letter (a row of `notices.letters`) that was issued; None once it is destroyed."""
        return pdf_of(self.entry, self.store, letter)

    def says_who_reported(self, letter: Row) -> bool:
        """Whether a letter (a row of `notices.letters`) names who reported: its PDF was sealed apart with the strip."""
        return self.store.placed(AUTHORITY, notices.laid_out(letter["entry"])) is not None

    def presentation(self, index: int, audience: Audience = EVERYONE) -> disclosure.Presentation:
        """The fields of an entry that an audience may see, each with the disclosure that proves it."""
        stored = self.store.entry(index)
        return disclosure.disclose(stored, self.keys, self.ruling(self.kinds[stored.kind], index), audience)

    def ruling(self, kind: Kind, index: int) -> Ruling:
        """What decides who may read which field of an entry, with what was taken back of it since.

        From the moment that something which takes words back is recorded until it is followed, all that can be counts
        as taken back. Of an entry in confidence nothing is public but what its kind `tells` (`Untold`).
        """
        return ruling_of(self, self._taking_back.ruling(kind, self.policies, self.reader, index), index)

    def public_part(self, kind_id: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """What everyone may read of a body, whichever entry it is from; nothing where that can be taken back."""
        return {} if kind_id in self._taking_back else self.policies.public_part(kind_id, body)

    def receipt(self, index: int, *, again: bool = False) -> Receipt:
        """The receipt of an entry: witnessed, if a published checkpoint covers it. Raises `NotFound`.

        Before the entry is published, it tells how far the log has come: it is for whoever filed it, and for officers.
        """
        stored = self.store.entry(index)
        witnessed = self.witnesses.covering(index)
        note = witnessed or self.witnesses.holding(index) or self.store.checkpoint()
        size = checkpoint_of(note).size
        proof = TlogProof(index, tuple(inclusion_proof(index, size, self.hashes(size))), note)
        name = disclosure.public_kind(stored)
        kind = self.kinds.get(name)
        return Receipt(
            index=index,
            kind=name,
            subject=stored.subject,
            origin=self.settings.origin,
            accepted_on=coarsened(datetime.fromisoformat(stored.time), kind.time_class if kind else "day"),
            leaf=stored.leaf,
            proof=proof.text(),
            vkey=self.store.keyring().key_of(note),
            again=again,
            grade="witnessed" if witnessed else "accepted",
        )

    def hashes(self, size: int) -> TileHashes:
        """Hashes of the tree at one size, kept while the log stands at that size: many receipts share a commit."""
        if self._proving is None or self._proving.size != size:
            self._proving = self._proving.at(size) if self._proving else TileHashes(self.store.tile, size)
        return self._proving

    def outbox(self) -> Outbox:
        """What carries effects out of the house. Raises `Busy` where that is not installed, or is running elsewhere."""
        office = Office(self.settings.origin, self.settings.name, self.settings.address)
        content = functools.partial(to_send, self.reader, self.entry, self.pdf_of, self.mail_links)
        return open_outbox(self.folder, self.settings.sending, office, self.keys.issuer_key(), content)

    def attempted(self, runs: Sequence[str]) -> dict[str, tuple[int, str]]:
        """Of runs of effects how often each was tried, and what came of its last attempt, as far as that is known."""
        return attempted(self.folder, self.settings.sending, self.settings.origin, runs)

    @property
    def lays_out(self) -> bool:
        """Whether letters can be laid out as PDF in this process."""
        return can_typeset()

    def why_nothing_is_laid_out(self) -> str:
        """Why letters cannot be laid out as PDF here, and what to do about it; empty where they can."""
        try:
            check_ready()
        except Busy as error:
            return str(error)
        return ""

    def typeset(self, letter: Mapping[str, Any]) -> Laid:
        """A letter as PDF. Raises `Busy` where that cannot be made here, `BadInput` for what no font here shows."""
        with TURNS.one():
            return typeset(letter)

    def verify(self, progress: Progress | None = None) -> list[Finding]:
        """Every way in which the record does not verify (empty: it does). Reads all of it."""
        found = check_record(self.store, self.keys, self.store.keyring(), self.settings.origin, progress)
        return [*found, *check_erasures(self.store, self.keys), *anchors.check_reads(self.reads, self.store, self.keys)]

    def place(self, target: str = "") -> LogPlace:
        """Where the public log is laid out: a `target` as in the settings, or theirs. Raises `BadInput`."""
        return open_place(target or self.settings.export)

    def witnessed_logs(self) -> list[WitnessedLog]:
        """The logs for which this authority is a witness, and what it last cosigned for each."""
        return witnessed_logs(self.witness.origins, self.witness.seen()) if self.witness else []

    @contextmanager
    def followed_state(self) -> Iterator[tuple[Reader, int]]:
        """One state of the tables, and how many entries it follows from."""
        while True:
            before = self._tables.cursor()
            with self._tables.snapshot() as reader:
                if self._tables.cursor() == before:
                    yield reader, before
                    return

    def dump(self) -> bytes:
        """Every projection in one canonical form: equal before and after a rebuild."""
        return self._tables.dump()

    def faults(self) -> list[dict[str, Any]]:
        """What is wrong here, for people who run this: a record that may not be written to, entries not followed."""
        return faults_of(self)

    def status(self, *, public: bool = False) -> dict[str, Any]:
        """What stands where, ready for JSON: instruments, counts, open duties, threshold states, log size and root.

        `public`: what of it everyone may know, which is all of it where entries are not published in batches.
        """
        told = public_status_of if public and self.witnesses.batched else status_of
        return {**told(self), "now": stamp(self._now())}
