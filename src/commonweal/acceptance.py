"""What may be recorded: an act is held against its kind, against who files it, and against what the record says now."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from typing import Any

from commonweal import knowing, recusing, refusing, schemas
from commonweal.kernel import (
    accounts,
    authorisations,
    disclosure,
    indicators,
    obligations,
    persons,
    protocols,
    registry,
    retention,
)  # fmt: skip
from commonweal.kernel.authorisations import Authorisations, House
from commonweal.kernel.credentials import Credentials
from commonweal.kernel.disclosure import Kind
from commonweal.kernel.disclosure.reads import NO_ENTRY, REFUSAL, Read
from commonweal.kernel.instrument import Check, Filer, Recusal, Spoke, for_nobody
from commonweal.kernel.record import AUTHORITY, Act, CaughtUp, Days, Reader, RecordStore, SealedFile, Stored
from commonweal.kernel.statistics import ASKED, Statistics
from commonweal.kernel.values import (
    BadInput,
    CommonwealError,
    Conflict,
    Fault,
    FaultCollector,
    Forbidden,
    NotFound,
    Sound,
    Superseded,
    Unsound,
    is_subject,
    stamp,
    subject_id,
)  # fmt: skip
from commonweal.refusing import Blinded, Known, NotOfTheRole, Taken, taken_by_another, unregistered

AUTHORISED, PERSONAL = (frozenset(kind.id for kind in room.KINDS) for room in (authorisations, persons))
STEWARDS = frozenset(("authority", "officer"))
CAUSES_MAX, ORGANISATION = 32, "organisation:"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is acting, in which roles, and for which organisation (as the access key says; empty: for none).

    `signed` is the identifier of the key that signed the request, where it was signed (RFC 9421). `pen`: it is the
    house itself that acts, by its own code, and makes what no person files (`Kind.by_house`).
    """

    party: str
    roles: tuple[str, ...] = ()
    organisation: str = ""
    signed: str = ""
    pen: bool = False

    @property
    def bound_to(self) -> str | None:
        """The organisation one may speak for; None for the authority itself, which records whose voice it was."""
        return None if self.party == AUTHORITY and "authority" in self.roles else self.organisation


Attached = Callable[[Kind, Act, Caller, FaultCollector, Callable[[], bool]], Mapping[str, SealedFile]]


@dataclass(frozen=True)
class Acceptance:
    """The checks before anything is recorded. `now` is the clock; `follow` brings the tables up to the record.

    `organisation_of` says for which body a party's keys spoke at an instant ("" for none). `checks` are the
    instruments' own, by kind, and `marking` those of an annulment or a hand-over, by the kind of what is annulled or
    handed over. `attached` finds the files that an act names, adding the faults of each: also those of the version
    before, where it is the caller's to go on from. Of each group of roles in `exclusive` a person holds one at most.
    `first` are the first administrators. `log_reads` writes down what faults tell (`Fault.tells`) before they leave.
    `investigators_publish` is told to the instruments' checks (`Filer`). `keys` are those that were ever issued,
    `recusals` say who keeps out of what. `told` says of how many entries everybody is told: what is in confidence
    and came later is, in every refusal, as if it were not there (`refusing`), but for whom `shown_to` opens the entry.
    `sent` gives what a party uploaded, by its SHA-256, to checks that read it.
    """

    kinds: Mapping[str, Kind]
    reader: Reader
    store: RecordStore
    now: Callable[[], datetime]
    follow: Callable[[], int]
    credentials: Credentials
    authorisations: Authorisations
    statistics: Statistics
    published: Callable[[int], bool]
    requests: disclosure.Requests
    checks: Mapping[str, Check]
    marking: Mapping[str, Check]
    attached: Attached = lambda kind, act, caller, faults, goes_on: {}
    exclusive: Sequence[Sequence[str]] = persons.EXCLUSIVE
    organisation_of: Callable[[str, datetime], str] = lambda party, at: ""
    first: Collection[str] = ()
    log_reads: Callable[[Sequence[Read]], None] = lambda reads: None
    investigators_publish: bool = True
    keys: Callable[[], Collection[knowing.Holder]] = tuple
    spoke: Spoke = for_nobody
    recusals: Sequence[Recusal] = ()
    told: Callable[[], int] | None = None
    shown_to: Callable[[str, int], bool] = lambda party, index: False
    filers: dict[str, str] | None = None
    callers: dict[Caller, Caller] | None = None
    looks: Callable[[], int] | None = None
    zone: tzinfo = UTC
    sent: Callable[[str, str], bytes] | None = None

    def for_many(self, reader: Reader, follow: Callable[[], int], look: Callable[[], int]) -> Acceptance:
        """The same checks for acts that come together: who first filed a subject is looked up once for all of them.

        Whether a subject is registered, and whose it is, holds for good once it holds. What a caller may do is looked
        up once too: acts that come together come at one moment. `reader` sees of them what came before, once `follow`
        or `look` was called; what `look` comes before must still hold when the act is recorded (`Together`).
        """
        return replace(self, reader=reader, follow=follow, looks=look, filers={}, callers={})

    def _now_here(self) -> datetime:
        """Now by the clocks of the authority, whose day it is that is over or begins."""
        return self.now().astimezone(self.zone)

    def look(self) -> int:
        """Bring the tables up to the record before a check on whose answer an act depends."""
        return (self.looks or self.follow)()

    def check(self, act: Act, caller: Caller, also: set[str]) -> Act:
        """The act as it would be recorded: body normalised, subject and key filled in.

        `also` names subjects that are about to exist. Raises `BadInput` with every fault, `Forbidden`, `Conflict` or
        `NotFound`; nothing is written. `Taken` is raised where nothing is wrong but what the caller may not know of.
        """
        kind = self.kinds.get(act.kind)
        if kind is None:
            raise BadInput(Fault("kind", act.kind, "one of: " + ", ".join(sorted(self.kinds)), "unknown_kind"))
        knowing.check_filed(kind, pen=caller.pen)
        caller = self.as_they_stand(caller)
        if not caller.pen and not knowing.may_file(caller.roles, kind, self.kinds):
            raise NotOfTheRole(kind.id, kind.files, caller.party, caller.roles)
        self._known.size(caller)  # a batch that is due is closed before anything is added
        try:
            found = self._judge(kind, act, caller, also)
        except CommonwealError:
            sound = self._as_of_nothing(kind, act, caller, also)
            if sound is None:
                raise
            raise Taken(sound) from None
        self._as_of_nothing(kind, act, caller, also, there=True)
        return found

    def _as_of_nothing(
        self, kind: Kind, act: Act, caller: Caller, also: set[str], *, there: bool = False
    ) -> Act | None:
        """An act as it would be recorded if what its caller may not know of were not there.

        None where it names nothing such; with `there`, only what is there counts. Raises as `check` does.
        """
        if self._known.wholly(caller):
            return None
        if kind.confides and not act.subject:
            act = replace(act, subject=schemas.subject_of(kind, act, act.body))

        def knows(one: str) -> bool:
            told = one in also or not self._known.confides(one) or (there and not self.store.about(one))
            return told or self._known.subject(one, caller) or self._was_theirs(one, caller)

        size = self.store.size()
        blinded = Blinded.of(
            act,
            kind,
            knows=knows,
            knows_entry=lambda index: (there and index >= size) or self._known.entry(index, caller),
            free=lambda one: one not in also and not self.store.about(one),
        )
        if not blinded.names:
            return None
        try:
            return blinded.as_given(self._judge(kind, blinded.act, caller, also))
        except CommonwealError as error:
            raise blinded.told(error) from None

    def _judge(self, kind: Kind, act: Act, caller: Caller, also: set[str]) -> Act:
        """The act as it would be recorded, held against what the record says, whoever may know of that."""
        try:
            body = disclosure.validate(kind, act.body)
        except BadInput as error:
            raise self._with_more_faults(kind, act, also, error, caller) from error
        body |= {name: self._said_by(mark, body, caller, also) for name, mark in schemas.said_by(kind.schema).items()}
        body |= schemas.spoke_for(
            kind.schema, lambda: {caller.organisation, *self.spoke(caller.party, stamp(self.now()))}
        )
        subject = self.authorisations.subject(kind.id, body) or schemas.subject_of(kind, act, body)
        act = protocols.complete_filing(replace(act, body=body, subject=subject), caller.signed)
        if protocols.is_move(act.kind):
            self.follow()  # the steps of a case that was opened a moment ago can be named
            act = protocols.with_step(act, self.reader)
        marked = self._marked(act, caller)
        act = registry.complete(act, *marked)
        act = act if act.key and not kind.keyed else replace(act, key=self._content_key(act, caller))
        if act.kind == ASKED.id:
            self.follow()  # asked again, it gets the seed that it got before
            act = self.statistics.complete(act, self.reader)
        try:
            attached = self._check_state(kind, act, caller, also)
            self._check_onto(act)
            if act.kind in registry.MARKS:
                self.look()  # what was marked or handed over a moment ago counts
                wrong = marked[0]
                corrects = wrong is not None and act.kind == registry.CORRECTED.id
                party = wrong.author if wrong and corrects and self.filed_for(caller, wrong) else caller.party
                registry.check_mark(act, party, caller.roles, self.reader, marked=marked, kinds=self.kinds)
            act = replace(act, attached=attached) if attached else act
        except CommonwealError:
            if not self._recorded(act, caller):
                raise
        return act

    def would_file(self, act: Act) -> set[str]:
        """The subject of which an act would be a version, whatever is faulty in it."""
        kind = self.kinds.get(act.kind)
        name = act.body.get(kind.name_field) if kind is not None and kind.noun else None
        return {act.subject or subject_id(kind.noun, name)} if kind is not None and isinstance(name, str) else set()

    def speaks_for(self, caller: Caller, subject: str) -> bool:
        """Whether a caller files for the registered organisation for which a subject is filed: its owner acted for it.

        What somebody filed for themselves is theirs alone, whatever organisation they act for (`Kind.shared`).
        For the organisation itself its people speak whoever registered it, as an authority does for those that it
        keeps. People of the authority, and of bodies that approve, act in their own roles and not for one another.
        """
        if not caller.organisation.startswith(ORGANISATION):
            return False
        owner = registry.filer(self.reader, subject)
        if owner in (None, caller.party) or subject == caller.organisation:
            return owner is not None
        if not self._is_shared(subject):
            return False
        held = registry.handed_over(self.reader, subject)
        since = held["entry"] if held else registry.versions(self.reader, subject)[0]["entry"]
        return self._acted_with(caller, str(owner), since)

    def _is_shared(self, subject: str) -> bool:
        """Whether each version of a subject is its filer's organisation's; one that was annulled was said too."""
        rows = [*registry.versions(self.reader, subject), *registry.annulled_of(self.reader, subject)]
        return all(
            kind.shared(row["body"])
            for row in rows
            if row["body"] and (kind := self.kinds.get(row["kind"])) is not None
        )

    def _acted_with(self, caller: Caller, party: str, entry: int) -> bool:
        """Whether a party acted for a caller's organisation when an entry came; of what is still to come, not."""
        if entry >= self.store.size():
            return False
        when = datetime.fromisoformat(self.store.entry(entry).time)
        person = persons.person_of(self.reader, party)
        if person is None:
            return self.organisation_of(party, when) == caller.organisation
        post = persons.post_at(self.reader, person["person"], stamp(when))
        return post is not None and post["organisation"] == caller.organisation

    def filed_for(self, caller: Caller, stored: Stored) -> bool:
        """Whether a colleague of a caller filed an entry about a subject of their organisation."""
        subject = stored.subject
        if subject is None or stored.author == caller.party:
            return False
        return self.speaks_for(caller, subject) and self._acted_with(caller, stored.author, stored.index)

    def theirs(self, subject: str, caller: Caller) -> bool:
        """Whether a subject is a caller's to file about: their own, or their organisation's."""
        return self._filer(subject) == caller.party or self.speaks_for(caller, subject)

    def _check_onto(self, act: Act) -> None:
        """Raises `Superseded` where an act was written from another version than the one that stands."""
        if act.onto is None:
            return
        self.look()  # another version may have come a moment ago
        row = registry.subject(self.reader, act.subject or "")
        if row is None or row["entry"] != act.onto:
            newest = f"entry {row['entry']} is" if row else "nothing is"
            raise Superseded(
                f"{newest} the newest version of {act.subject or 'this'}, and this goes on from entry {act.onto}. "
                "Nothing was recorded: look at what changed, and go on from the newest"
            )

    def _goes_on(self, kind: Kind, act: Act, caller: Caller) -> bool:
        """Whether an act goes on from the newest one of its kind about its subject, whoever filed that."""
        last = self.store.newest(act.kind, act.subject) if act.subject else None
        if last is None or last.author == caller.party or STEWARDS & set(caller.roles):
            return last is not None
        return bool(kind.noun) and self.theirs(str(act.subject), caller)

    def _marked(self, act: Act, caller: Caller) -> tuple[Stored | None, Stored | None]:
        """The entries that an annulment or correction names, where there are such that the caller may know of."""
        wrong, right = (
            self.store.entry(at) if at is not None and self._known.entry(at, caller) else None
            for at in registry.named(act)
        )
        return wrong, right

    def _with_more_faults(self, kind: Kind, act: Act, also: set[str], error: BadInput, caller: Caller) -> BadInput:
        """The faults of a body's shape, with those that its sound fields show against the record: all at once."""
        bad = {fault.where for fault in error.faults}
        sound = {name: value for name, value in act.body.items() if name not in bad}
        faults = FaultCollector(kind.id)
        with suppress(TypeError, ValueError, AttributeError):  # a value too odd to be looked at is named already
            self._check_references(kind, sound, also, faults, caller)
            schemas.check_dates(kind, sound, self._now_here(), faults)
            self._check_rules(kind, sound, faults)
            schemas.check_house_says(kind, sound, faults, pen=caller.pen)
            for name, index in zip(("entry", "by"), registry.named(act), strict=True):
                if index is not None and not self._known.entry(index, caller):
                    faults.add(name, index, "the index of an entry in the record", "reference")
        with suppress(Unsound, Conflict, Forbidden, NotFound, TypeError, ValueError, AttributeError, LookupError):
            part = disclosure.sound(kind, act.body, error.faults)
            subject = None if kind.noun and kind.name_field in bad else schemas.subject_of(kind, act, part)
            rest = replace(act, body=part, subject=subject)
            self._check_as_its_instrument_asks(rest, caller, also, faults)
            try:
                if kind.id in PERSONAL:  # a room that knows how to judge a body in part
                    self._check_room_of_it(kind, rest, caller, also)
            except BadInput as found:
                faults.extend(found.faults)
        more = [fault for fault in faults.found if fault.where not in bad]
        return type(error)(
            [*error.faults, *more, *schemas.dated_wrong(kind, act.body, self._now_here(), bad)], error.about
        )

    def _content_key(self, act: Act, caller: Caller) -> str:
        """The key of an act that came without one.

        Saying again what was said last about a subject is a repeat and gets the first receipt; going back to what was
        said before that is a new act. So is doing again what a case asks for again.
        """
        request = self.requests.of(act)
        if protocols.is_move(act.kind):
            self.follow()  # a step that was entered again a moment ago asks anew
            turn = protocols.turn(self.reader, act.kind, act.body)
            return f"content:{request}" + (f":{turn}" if turn else "")
        last = self.store.newest(act.kind, act.subject) if act.subject and not self.kinds[act.kind].renewable else None
        if act.kind in PERSONAL:
            self.follow()
            newest = persons.turn(self.reader, act.subject)
            if newest is not None and (last is None or last.index != newest):
                return f"content:{request}:{newest}"
        if last and last.author == caller.party and self.requests.same(last.request, act):
            self.follow()  # what was annulled, a moment ago too, is filed again and is no repeat
            if not registry.marks(self.reader, last.index, "annulled"):
                return last.key
        return f"content:{request}:{last.index}" if last else f"content:{request}" + self._since(act)

    def _since(self, act: Act) -> str:
        """What has happened since makes an act new, though it says what an earlier one said.

        A hold was lifted and is placed again; a call is made once more, which calls on nobody who is still waited for.
        """
        if self.kinds[act.kind].renewable:
            return f":{self.store.size()}"
        if act.kind != retention.HOLD_PLACED.id:
            return ""
        self.follow()
        lifted = [row["lifted"] for row in retention.holds(self.reader, lifted=True) if row["lifted"] is not None]
        return f":{max(lifted)}" if lifted else ""

    def _recorded(self, act: Act, caller: Caller) -> bool:
        """Whether this very act was recorded before: then what holds now says nothing about it any more."""
        earlier = self.store.placed(caller.party, act.key)
        return earlier is not None and self.requests.same(earlier[1], act)

    def _check_state(self, kind: Kind, act: Act, caller: Caller, also: set[str]) -> Mapping[str, SealedFile]:
        """Hold an act against what the record says now; gives the files that it names."""
        faults = FaultCollector(act.kind)
        self._check_name(kind, act, faults)
        if why := self._taken(kind, act, caller):
            raise Forbidden(why)
        self._check_references(kind, act.body, also, faults, caller)
        schemas.check_circles(kind, act, self.reader, self.follow, faults)
        self._check_rules(kind, act.body, faults)
        schemas.check_house_says(kind, act.body, faults, pen=caller.pen)
        schemas.check_dates(kind, act.body, self._now_here(), faults)
        self._check_causes(act, faults, caller)
        with suppress(Forbidden):  # said below, where nothing else is wrong
            self._check_as_its_instrument_asks(act, caller, also, faults)
        attached = self.attached(kind, act, caller, faults, lambda: self._goes_on(kind, act, caller))
        self._check_as_rooms_ask(kind, act, caller, also, faults)
        return attached

    def _check_as_rooms_ask(self, kind: Kind, act: Act, caller: Caller, also: set[str], faults: FaultCollector) -> None:
        """Ask each room what is wrong with an act, and raise what it and `faults` say together.

        What may not be done at all is said where nothing else is wrong. Where something is, a room that stumbles over
        that says nothing.
        """
        refused: list[BadInput] = []
        for ask in (self._check_ownership, self._check_stated_by, self._check_room_of_it, self._check_steps):
            try:
                ask(kind, act, caller, also)
            except BadInput as error:
                refused.append(error)
            except (CommonwealError, AttributeError, LookupError, TypeError, ValueError):
                if not faults.count and not refused:
                    raise
        if len(refused) == 1 and not faults.count:
            raise refused[0]
        for one in refused:
            said = {fault.where for fault in faults.found}
            faults.extend(fault for fault in one.faults if fault.where not in said)
        faults.done()

    def _check_room_of_it(self, kind: Kind, act: Act, caller: Caller, also: set[str]) -> None:
        """What the room to which a kind belongs finds wrong."""
        stranger = not STEWARDS & set(caller.roles)
        if act.kind == indicators.OBSERVATIONS_BATCH.id and stranger:
            self.follow()  # whose a series is, or who was appointed, may have been said a moment ago
        indicators.check_filing(act, self.now(), self.reader, caller.party if stranger else None)
        accounts.check_statement(act)
        now = self.house().now if act.kind == accounts.PERIOD.id else self.now()
        accounts.check_filing(act, now.astimezone(self.zone), Days.of(self.reader).zone(now))
        if act.kind.startswith("duty."):
            self.look()  # a clock that was stopped a moment ago stands
            obligations.check_filing(
                act, caller.roles, self.reader, self.house().now,
                lambda one: one == caller.party or self.theirs(one, caller),
            )  # fmt: skip
        if act.kind.startswith("credential."):
            self.look()  # what was issued or decided a moment ago counts
            self.credentials.check_filing(act, caller.party, caller.roles, self.reader)
        if act.kind in AUTHORISED:
            self.look()
            self.authorisations.check_filing(act, caller.party, caller.roles, self.reader, self.house())
        if act.kind.startswith("retention."):
            self.look()
            retention.check_filing(act, self.reader, self.kinds, self.store.size())
            if act.kind == retention.ERASURE_ASKED.id:
                retention.check_asked(act.body, caller.party, self.reader, self.house().now)
        if act.kind.startswith("statistics."):
            self.look()
            self.statistics.check_filing(act, self.house().now, self.reader)
        if act.kind in PERSONAL:
            self.look()
            persons.check_filing(
                act, caller.party, caller.roles, self.reader, now=self.house().now, known=self.roles_known,
                exclusive=self.exclusive, filed=self._has_filed,
            )  # fmt: skip

    def _check_steps(self, kind: Kind, act: Act, caller: Caller, also: set[str]) -> None:
        """What a case to which an act belongs asks of it."""
        if act.kind.startswith(("approval.", "approver.", "case.")):
            self.look()  # what was approved or withdrawn a moment ago counts
        protocols.check_filing(
            self.reader, act.kind, act.body, caller.party, caller.roles, organisation=caller.bound_to,
            log=self.authorisations.log, now=self.house().now, desks=self.bodies, by_house=caller.pen,
        )  # fmt: skip

    def _has_filed(self, party: str) -> bool:
        """Whether a party filed anything; one of the first administrators, who file before they are recorded, may."""
        return party not in self.first and any(author == party for _, _, author in self.store.around(party))

    def as_they_stand(self, caller: Caller) -> Caller:
        """A person acts in the roles that they hold now, whatever a key said. Raises `Forbidden` where that is none."""
        if self.callers is not None and caller in self.callers:
            return self.callers[caller]
        found = self._judged(caller)
        if self.callers is not None:
            self.callers[caller] = found
        return found

    def _judged(self, caller: Caller) -> Caller:
        if caller.party == AUTHORITY or persons.person_of(self.reader, caller.party) is None:
            return caller
        self.follow()  # they may have left a moment ago
        now = self.house().now
        found = persons.counts(self.reader, caller.party, caller.roles, caller.organisation, when=now)
        if found is None:
            why = persons.why_not(self.reader, caller.party, now)
            raise Forbidden(f"{caller.party} may not act as {', '.join(caller.roles) or '-'} now: {why}")
        return replace(caller, roles=found[0], organisation=found[1])

    def roles_known(self) -> set[str]:
        """Every role that a person can hold: those that some kind is filed in, that read, or that a playbook asks."""
        filing = {role for kind in self.kinds.values() for role in kind.files}
        asked = protocols.roles_asked(self.reader)
        return (filing | set(disclosure.ROLES) | asked) - disclosure.GIVEN_BY_THE_HOUSE

    def parties(self) -> set[str]:
        """Every party that can sign in now."""
        self.look()
        return knowing.parties(self.reader, self.keys(), self.house().now)

    def bodies(self) -> set[str]:
        """Every body that speaks, works or approves here, or is on the register."""
        return knowing.bodies(self.reader, self.keys(), self.house().now)

    def _check_as_its_instrument_asks(self, act: Act, caller: Caller, also: set[str], faults: FaultCollector) -> None:
        """Ask the instrument's own check too; what is faulty already is said once. Raises `Forbidden` instead, before
        anything that stands is looked at, for whoever may not file this about a subject at all."""
        if self._taken(self.kinds[act.kind], act, caller):
            raise Forbidden(taken_by_another(act))
        with suppress(BadInput):
            self._check_ownership(self.kinds[act.kind], act, caller, also)
        if check := self.marking.get(registry.marked_kind(act, self.kinds)) or self.checks.get(act.kind):
            if not isinstance(act.body, Sound) and (odd := schemas.of_another_sort(self.kinds[act.kind], act.body)):
                act = replace(act, body=Sound(act.body, odd))  # what hangs on it is not guessed at
            owner = registry.filer(self.reader, act.subject) if act.subject else None
            theirs = {caller.party, *([owner] if owner and self.speaks_for(caller, act.subject or "") else [])}
            publish, at, said = self.investigators_publish, self.now(), {fault.where for fault in faults.found}
            filer = Filer(
                caller.party, at, theirs, caller.roles, publish, self.parties, self.spoke, self.zone,
                organisation=caller.organisation,
            )  # fmt: skip
            if self.sent is not None:
                filer = replace(filer, sent=functools.partial(self.sent, caller.party))
            new = act.subject if act.subject and act.subject not in also and not self.store.about(act.subject) else None
            reader = CaughtUp(self.reader, self.look, new)  # where it looks, what came a moment ago counts
            found = [one for one in schemas.as_far_as_sound(check, act, reader, filer) if one.where not in said]
            if (telling := [one for one in found if one.tells]) and not self._recorded(act, caller):
                self._log_told(act, caller, telling)
            faults.extend(found)

    def keeps_out(self, kind: str, caller: Caller, subjects: Iterable[str]) -> None:
        """Raise `BadInput` where who does something about some subjects has a conflict of interest in one of them."""
        filer = Filer(caller.party, self.now(), {caller.party}, caller.roles, spoke=self.spoke)
        if fault := recusing.refusal(self.recusals, subjects, filer, self.reader):
            self._log_told(Act(kind, {}, key=""), caller, [fault])
            raise BadInput(fault, kind)

    def log_taken(self, error: Taken, caller: Caller) -> None:
        """Write down that a refusal told somebody of a subject that is not published. Raises `Busy`."""
        named = error.act.subject or ""
        first = [*registry.versions(self.reader, named)[:1], registry.former(self.reader, named)]
        tells = tuple(int(row["entry"]) for row in first if row is not None)
        self._log_told(error.act, caller, [Fault("subject", str(error.act.subject), str(error), tells=tells)])

    def _log_told(self, act: Act, caller: Caller, faults: Iterable[Fault]) -> None:
        """Write down of which entries a refusal tells something, and for whom it was asked. Raises `Busy`."""
        at, size, door = stamp(self.now()), self.store.size(), f"refused {act.kind}"
        self.log_reads(
            [
                Read(at, caller.party, tuple(sorted(caller.roles)), caller.signed, caller.organisation,
                     entry if entry < size else NO_ENTRY, (REFUSAL,), door, f"{fault.where}: {fault.seen}")
                for fault in faults
                for entry in fault.tells
            ]
        )  # fmt: skip

    def house(self) -> House:
        """What is told of the record to a room that checks a filing. A clock set back does not bring back the past."""
        newest = self.store.newest()
        now = max(self.now(), datetime.fromisoformat(newest.time)) if newest else self.now()
        return House(now, self.store.entry, self.store.size(), self.kinds, self.published)

    def _check_name(self, kind: Kind, act: Act, faults: FaultCollector) -> None:
        subject = act.subject
        if subject is None:
            return
        if not is_subject(subject) or (kind.noun and not subject.startswith(kind.noun + ":")):
            faults.add("subject", subject, f"an identifier like {kind.noun or 'model'}:example-1", "subject")

    def _taken(self, kind: Kind, act: Act, caller: Caller) -> str:
        """Why a caller may not file about a subject that is another party's, or was; empty where they may."""
        subject = act.subject
        if subject is None or not kind.noun or STEWARDS & set(caller.roles):
            return ""
        filer = self._first_filer(subject)
        if filer == caller.party or (filer is None and not self.store.about(subject)):
            return ""
        self.follow()  # it may have been handed over, or annulled, a moment ago
        if gone := registry.former(self.reader, subject):
            told = gone["entry"] if self._known.entry(gone["entry"], caller) else None
            return "" if self._was_ours(gone, caller) else taken_by_another(act, told)
        free = registry.filer(self.reader, subject) in (None, caller.party) or self._takes_up(kind, act)
        return "" if free or self.speaks_for(caller, subject) else taken_by_another(act)

    def _was_ours(self, gone: Mapping[str, Any], caller: Caller) -> bool:
        """Whether a caller may file anew what was annulled: what was done about it is still whose it was."""
        ours = caller.organisation.startswith(ORGANISATION) and self._is_shared(gone["subject"])
        return gone["party"] == caller.party or (ours and self._acted_with(caller, gone["party"], gone["since"]))

    def _takes_up(self, kind: Kind, act: Act) -> bool:
        """Whether somebody who may speak for a subject amends what began as the claim of another."""
        if not registry.speaks(kind.schema, act.body):
            return False
        first = registry.versions(self.reader, act.subject or "")[0]["body"]
        return any(first.get(name) == registry.CLAIMED for name in schemas.said_by(kind.schema))

    def _check_references(
        self, kind: Kind, body: Mapping[str, Any], also: set[str], faults: FaultCollector, caller: Caller
    ) -> None:
        for name, ref in schemas.references(kind.schema).items():
            nouns = (ref.noun, *ref.others)
            for target in ref.ids_in(body.get(name)):
                noun = target.partition(":")[0]
                if noun not in nouns:
                    want = f"the identifier of a registered {' or '.join(nouns)}, e.g. {ref.noun}:…"
                    faults.extend([unregistered(name, target, want, self._named(ref.noun, caller))])
                elif ref.annulled and self._was_theirs(target, caller):
                    continue
                elif target not in also and not self._known.subject(target, caller):
                    want = f"a registered {noun}; file it first"
                    faults.extend([unregistered(name, target, want, self._named(noun, caller))])

    def _named(self, noun: str, caller: Caller) -> Mapping[str, str]:
        """What there is of a noun, as officers are told on pages; nothing for others."""
        return registry.names(self.reader, noun) if STEWARDS & set(caller.roles) else {}

    def _check_ownership(self, kind: Kind, act: Act, caller: Caller, also: set[str]) -> None:
        """Refuse to bind another party: a field marked `owned` names what the caller filed, and so does the subject."""
        owned = {name: ref for name, ref in schemas.references(kind.schema).items() if ref.owned}
        if not owned or STEWARDS & set(caller.roles):
            return
        named = [(name, target) for name, ref in owned.items() for target in ref.ids_in(act.body.get(name))]
        if not kind.noun and act.subject is not None and act.subject.partition(":")[0] in self._nouns:
            named.append(("subject", act.subject))
        for name, target in named:
            begun_here = target in also and not self.store.about(target)
            filer = self._first_filer(target) if begun_here else self._filer(target)
            if filer is None and any(ref.annulled for ref in owned.values()) and self._was_theirs(target, caller):
                continue
            if filer is None and target not in also:
                want = f"a registered {target.partition(':')[0]}; file it first"
                raise BadInput(Fault(name, target, want, "reference"), kind.id)
            if filer not in (None, caller.party) and not self.speaks_for(caller, target):
                raise refusing.NotTheirs(name, target, caller.party)

    def _said_by(self, mark: registry.SaidBy, body: Mapping[str, Any], caller: Caller, also: set[str]) -> str:
        """For whom the caller speaks. What is filed together is filed by one."""
        for field, word in mark.own:
            target = body.get(field)
            if target and (target in also or self.theirs(target, caller)):
                return word
        return "officer" if STEWARDS & set(caller.roles) else registry.CLAIMED

    def _check_stated_by(self, kind: Kind, act: Act, caller: Caller, also: set[str]) -> None:
        """Refuse what is said of another party that only that party, or the authority, can say."""
        for name, mark in () if STEWARDS & set(caller.roles) else schemas.stated_by(kind.schema).items():
            whose = mark.whose(act.body)
            if act.body.get(name) is None or (whose is not None and whose in also):
                continue
            if whose is None or not self.theirs(whose, caller):
                raise refusing.NotTheirsToState(name, whose or " or ".join(mark.fields))

    @functools.cached_property
    def _known(self) -> Known[Caller]:
        return Known(self.kinds, self.reader, self.store, self.told, self.shown_to, self.theirs, self._registered)

    @functools.cached_property
    def _nouns(self) -> frozenset[str]:
        return frozenset(kind.noun for kind in self.kinds.values() if kind.noun)

    def _filer(self, subject: str) -> str | None:
        """Whose a subject is. One that the tables do not know yet may stand in the record already."""
        if (filer := self._first_filer(subject)) is None:
            self.follow()
            filer = self._first_filer(subject)
        return filer

    def _first_filer(self, subject: str) -> str | None:
        if self.filers is None:
            return registry.filer(self.reader, subject)
        if subject not in self.filers and (found := registry.filer(self.reader, subject)) is not None:
            self.filers[subject] = found
        return self.filers.get(subject)

    def _check_rules(self, kind: Kind, body: Mapping[str, Any], faults: FaultCollector) -> None:
        for name in schemas.rule_references(kind.schema):
            if not obligations.is_rule(self.reader, str(body.get(name, ""))):
                want = "the id of a rule in an adopted law; `weal rule show DIR LAW` prints a law with its rules"
                faults.add(name, body.get(name), want, "unknown_rule")

    def _was_theirs(self, target: str, caller: Caller) -> bool:
        """Whether no version is left of a subject, of which a caller filed one that was annulled, or is an officer."""
        if self._registered(target):
            return False
        said = {row["author"] for row in registry.annulled_of(self.reader, target)}
        return caller.party in said or bool(said and (caller.party == AUTHORITY or STEWARDS & set(caller.roles)))

    def _registered(self, target: str) -> bool:
        return self._filer(target) is not None

    def _check_causes(self, act: Act, faults: FaultCollector, caller: Caller) -> None:
        """What an act is said to follow from was recorded before it, and its author may know of it."""
        if not act.causes:
            return
        if len(act.causes) > CAUSES_MAX:
            faults.add("causes", f"{len(act.causes)} causes", f"at most {CAUSES_MAX} causes", "causes")
            return
        for cause in act.causes:
            if not self._known.entry(cause, caller):
                want = f"the index of an entry in the record: 0 to {self._known.size(caller) - 1}"
                faults.add("causes", cause, want, "causes")
