"""What the house itself declares: the kinds and tables of its rooms, and the two kinds of an authority as such."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Annotated, Any

from commonweal import recusing
from commonweal.following import TABLES as FOLLOWING_TABLES
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
from commonweal.kernel.disclosure import (
    PUBLIC,
    Filing,
    Kind,
    TakesBack,
    anchors,
    concerning,
    naming,
    releasing,
    untold,
)
from commonweal.kernel.instrument import Check, Fault, Filer, Instrument, Recusal, Timed, Working
from commonweal.kernel.record import Act, Entry, Reader, Table, Tables
from commonweal.kernel.values import LANGUAGES, NotFound, Text

_ROOMS = (
    naming, concerning, releasing, persons, registry, credentials, authorisations, obligations, indicators, accounts,
    thresholds, statistics, protocols, retention, notices,
)  # fmt: skip


class Opened(Filing):
    """The first entry of a record: whose it is; where it is only an exercise, of which; by whose clocks its days count
    where that is not UTC (`record.days`)."""

    name: Annotated[str, PUBLIC]
    origin: Annotated[str, PUBLIC]
    replay: Annotated[bool, PUBLIC]
    software: Annotated[str, PUBLIC]
    exercise: Annotated[str | None, PUBLIC] = None
    time_zone: Annotated[str | None, PUBLIC] = None


class Tick(Filing):
    """Time has passed: something falls due by it, or a batch of the log is over. Where the authority is elsewhere than
    the record says, it says by whose clocks its days count from now on.

    When, to the second, is not public: what falls due an hour after a confidential filing would tell when that was.
    """

    at: Annotated[str, registry.NotFuture()]
    time_zone: Annotated[str | None, PUBLIC] = None


@dataclass(frozen=True)
class InTime:
    """A room for what time alone makes happen in an instrument, where the authority is."""

    timed: Timed
    zone: tzinfo

    def due(self, now: datetime, tables: Reader) -> bool:
        return self.timed.due(now, tables)

    def follow(self, entry: Entry, tables: Tables) -> Iterable[Act]:
        return self.timed.follow(entry, tables, self.zone)


@dataclass(frozen=True)
class Worked:
    """A room for what an instrument lays out in place of what people told in their own words. It is given entries
    whole."""

    working: Working
    opened: Callable[[int], Mapping[str, Any]]

    def follow(self, entry: Entry, tables: Tables) -> Iterable[Act]:
        if entry.kind in self.working.kinds:
            self.working.follow(entry, tables, self.opened)
        return ()


OPENED = Kind(id="authority.opened", schema=Opened, title=Text(en="Record opened", zh="记录开启"), files=(), version=2,
              upcasters={1: dict})  # fmt: skip
TICK = Kind(id="clock.tick", schema=Tick, title=Text(en="Time passed", zh="时间推进"), files=(), by_house=True,
            version=2, upcasters={1: dict})  # fmt: skip


def all_kinds(instruments: Iterable[Instrument]) -> list[Kind]:
    """Every kind of entry: the house's own and those of some instruments."""
    own = [
        OPENED,
        TICK,
        *disclosure.succession.KINDS,
        *anchors.KINDS,
        *untold.KINDS,
        *(kind for room in _ROOMS for kind in room.KINDS),
    ]
    return [*own, *(kind for instrument in instruments for kind in instrument.all_kinds())]


def all_tables(instruments: Iterable[Instrument]) -> list[Table]:
    """Every table that is laid out from the record: the house's own and those of some instruments."""
    own = [*FOLLOWING_TABLES, *(table for room in _ROOMS for table in room.TABLES)]
    return [*own, *(table for instrument in instruments for table in instrument.tables)]


def all_taken_back(instruments: Iterable[Instrument]) -> dict[str, TakesBack]:
    """What takes fields of entries back, by the kind of the entry: of each instrument's own kinds."""
    return {
        kind.id: item.takes_back[kind.id]
        for item in instruments
        for kind in item.all_kinds()
        if kind.id in item.takes_back
    }


@dataclass(frozen=True, slots=True)
class Confidences:
    """What the house records of single people for instruments that say that the office reads totals only."""

    ledgers: tuple[accounts.Confided, ...]
    nouns: frozenset[str]

    @classmethod
    def of(cls, instruments: Iterable[Instrument]) -> Confidences:
        found = list(instruments)
        return cls(
            tuple(item.accounts for item in found if item.accounts),
            frozenset(noun for item in found for noun in item.letters_about),
        )

    def concern(self, kind: Kind) -> bool:
        """Whether entries of a kind can be among these."""
        return bool(self.ledgers and kind.id in _LEDGER) or bool(self.nouns and kind.id in _LETTERS)

    def holds(self, kind: Kind, subject: str | None, public: Callable[[str], object]) -> bool:
        """Whether an entry is one of these; `public(field)` gives a field of it that is for everyone."""
        if self.ledgers and kind.id in _LEDGER:
            of = public("of")
            return any(of == one.of for one in self.ledgers)
        return bool(self.nouns) and kind.id in _LETTERS and str(subject or "").partition(":")[0] in self.nouns


_LEDGER = frozenset((accounts.OPENED.id, accounts.BOUNDED.id, accounts.CLOSED.id, accounts.TRANSFERS.id))
_LETTERS = frozenset((notices.WANTED.id, notices.WRITTEN.id, notices.ISSUED.id))


def all_marking(instruments: Iterable[Instrument]) -> dict[str, Check]:
    """What asks more of an annulment or a hand-over, by the kind of what it is about: the instruments whose it is."""
    return {kind.id: item.check_marked for item in instruments for kind in item.kinds if item.check_marked}


def _delivered(check: Check, letters: notices.Notices) -> Check:
    """A check of acts that a letter follows, which also asks whether it can be sent where they say (`deliver`)."""

    def faults(act: Act, reader: Reader, filer: Filer) -> Iterable[Fault]:
        yield from letters.undeclared(act.body.get("deliver") or ())
        yield from check(act, reader, filer)

    return faults


def all_checks(
    instruments: Collection[Instrument], letters: notices.Notices, kinds: Mapping[str, Kind],
    more: Mapping[str, Check], falls_with: Callable[[str, str], Iterable[str]],
) -> dict[str, Check]:  # fmt: skip
    """What asks more of an act than its form, by kind: the instruments, the room that writes letters, and `more`.

    `falls_with` gives what an erasure is about, by holder and retention class (`Erasures.about`).
    """
    own = {kind.id: item.check for item in instruments for kind in item.kinds if item.check}
    own |= {
        kind.id: _delivered(check, letters)
        for item in instruments
        for kind in item.kinds
        if (check := item.check) and "deliver" in kind.schema.model_fields
    }
    for kind in (notices.WANTED, notices.TO_REPORTER):
        own[kind.id] = lambda act, reader, filer: letters.check(act, reader, filer.party)
    own[accounts.TRANSFERS.id] = _by_hand([item for item in instruments if item.books])
    own[notices.WITHDRAWN.id] = letters.check_withdrawn
    own[naming.NAMED.id] = lambda act, reader, filer: naming.check(act, filer.party)
    own[protocols.APPROVAL.id] = _voices(instruments)
    own[retention.ERASURE_ASKED.id] = recusing.of_an_erasure(recusing.recusals(instruments), falls_with)
    return _recused({**own, **more}, kinds, instruments)


def _by_hand(instruments: Collection[Instrument]) -> Check:
    """A check of transfers that somebody files: accounts of an instrument move by its own acts."""

    def faults(act: Act, reader: Reader, filer: Filer) -> Iterable[Fault]:
        for item in instruments:
            astray = accounts.moved_by_hand(reader, act, item.books) if item.books else []
            if astray and item.books:
                seen = ", ".join(astray[:NAMED_MAX]) + (" …" if len(astray) > NAMED_MAX else "")
                told = {name: item.title[name] for name in LANGUAGES}
                words = {
                    name: NOT_BY_HAND[name].format(seen=seen, title=told[name], kinds=", ".join(item.books.instead))
                    for name in LANGUAGES
                }
                yield Fault("(payload)", seen, words["en"], "by_hand", Text(words))

    return faults


def _voices(instruments: Iterable[Instrument]) -> Check:
    """That nobody approves anything in a case that is their own matter, nor before what has to be there is, as the
    response says by which it was opened."""
    responses = {one.playbook: one for item in instruments for one in item.responses}

    def faults(act: Act, reader: Reader, filer: Filer) -> Iterable[Fault]:
        body = act.body
        try:
            row = protocols.find_case(reader, str(body["case"]))
        except NotFound:
            return  # said where the case is asked for what it allows
        asked = responses.get(row["playbook"])
        if asked is None:
            return
        whose = {str(body["organisation"])}
        if not body.get("envelope"):  # by which another speaks than who brings it
            whose |= {filer.party, *filer.speaks_for, *filer.spoke(filer.party, "")}
        if whose & set(asked.apart(str(row["subject"]), reader, filer.spoke)):
            want = "somebody of an organisation whose own matter this is not"
            yield Fault("organisation", str(body["organisation"]), want, "own")
        if body["decision"] == "approve":
            yield from asked.owing(str(row["subject"]), reader, filer.at)

    return faults


NAMED_MAX = 5
NOT_BY_HAND = Text(
    en="{seen} – accounts that no instrument moves: these are of “{title}”, which moves them by acts of its own "
    "({kinds}). By hand goes only what brings an account to what its books say (weal account reconcile).",
    zh="{seen}——须为不由任何业务模块支配的账户：上列账户属于“{title}”，由其自身的条目记账（{kinds}）。"
    "手工转账仅限使账户与其账册相符（weal account reconcile）。",
)


def _recused(
    checks: Mapping[str, Check], kinds: Mapping[str, Kind], instruments: Iterable[Instrument]
) -> dict[str, Check]:
    """Checks by kind; one who may not read what is about a subject files nothing about it by a kind of another room.

    An instrument asks that of its own kinds itself: only it knows which of them are free.
    """
    found = dict(checks)
    for item in instruments:
        if item.recusal:
            own = {kind.id for kind in item.all_kinds()}
            own |= {retention.ERASURE_ASKED.id}  # asks of all that falls with it
            asked = [one for one in kinds.values() if one.id not in own and set(one.files) & set(item.recusal.roles)]
            found |= {
                one.id: _unrecused(found.get(one.id), item.recusal, of_a_duty=one in obligations.KINDS) for one in asked
            }
    return found


def _unrecused(check: Check | None, recusal: Recusal, *, of_a_duty: bool) -> Check:
    def faults(act: Act, reader: Reader, filer: Filer) -> Iterable[Fault]:
        yield from check(act, reader, filer) if check else ()
        about = {*recusing.named(act.body), *([act.subject] if act.subject else ())}
        about |= {case for one in about if of_a_duty for case in recusal.behind(one, reader)}
        cases = [one for one in about if one.partition(":")[0] in recusal.nouns]
        others = [one for one in cases if registry.filer(reader, one) not in filer.speaks_for]
        if fault := recusing.refusal([recusal], others, filer, reader):
            yield fault

    return faults
