"""How far a payer's payments go: what was already taken out first, the rest to all people of a period alike.

Money leaves a person's pot as far as payers paid it, so each withdrawal is somebody's payment that is gone (`USED`),
whatever payers say afterwards. What a payer corrects away from somebody who took it out already is not there to be
taken out by another. It is a receivable from whoever took it (`owing.CORRECTED`), and until it comes back, or another
payer's payment bears it, that payer's payments reach less far. So does what was taken out on a payment that was taken
back (`unpaid`), which is owed alike. So what all people are told that they can take out is
never more than the fund's bank holds (`tests/laws/test_benefits_cover_laws.py`), and nobody is asked for anything
because a payer's other people were said to have earned more.

All that an entry touched is noted while it is followed (`Noting`) and evened once it is (`evened`), so that no way by
which money moves has to think of this.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from commonweal.kernel import accounts
from commonweal.kernel.instrument import Act, Entry, Reader, Row, Table, Tables
from commonweal.kernel.record import Relaying

from . import owing, undue
from .banking import BANK, GONE, entry_of
from .booking import booked, into_the_pool
from .programmes import Programme, in_force
from .settling import OUT
from .tables import (
    COVER,
    DEATH,
    GONE_FROM_POOL,
    MOVE,
    OWED,
    OWING,
    POOL,
    POSTED,
    SERVED,
    TWICE,
    UNPAID_OF,
    USED,
    USED_OF,
    covered,
    died_on,
    goes,
    parts_of,
    pots_of,
    reached,
    sum_of,
)

Pair = tuple[str, str]
"""An account and one of its pots; of a pool the account is empty."""
Parts = Mapping[str, int]
"""Cents by period."""


class Noting(Relaying):
    """Tables that note whose money they are told of: by programme the payers, and the pots of people.

    `posted` are pots of which only what payers say changed, `owing` those of which only a receivable did; `people` are
    accounts of which more or less may be vested. `undue` and `carried` are payments (by entry) of which something else
    is to come back, or that went out or came back.
    """

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self.payers, self.moved, self.posted, self.owing = (defaultdict[str, set[Any]](set) for _ in range(4))
        self.people, self.undue, self.carried = set[str](), set[int](), set[int]()

    def _now(self) -> Reader:
        return self._tables

    def put(self, table: Table, *rows: Row) -> None:
        self._note(table, rows)
        self._tables.put(table, *rows)

    def put_many(self, table: Table, rows: Iterable[Row]) -> None:
        rows = list(rows)
        self._note(table, rows)
        self._tables.put_many(table, rows)

    def put_columns(self, table: Table, columns: Mapping[str, Iterable[Any]]) -> None:
        self._tables.put_columns(table, columns)

    def add(self, table: Table, columns: Mapping[str, Iterable[Any]]) -> None:
        self._tables.add(table, columns)

    def delete(self, table: Table, *key: Any) -> None:
        if table.name in (DEATH.name, SERVED.name):
            self.people.add(key[0])
        self._tables.delete(table, *key)

    def _note(self, table: Table, rows: Iterable[Row]) -> None:
        into = {MOVE.name: self.moved, POSTED.name: self.posted, OWING.name: self.owing}.get(table.name)
        if table.name == OWING.name:
            self.undue |= {row["payment"] for row in rows}
        elif table.name == OUT.name:
            self.carried |= {row["move"] for row in rows}
        elif table.name == BANK.sent.name:
            self.carried |= {payment for row in rows if (payment := entry_of(row["payment"])) is not None}
        for row in rows:
            if table.name in (DEATH.name, SERVED.name):
                self.people.add(row["member"])
            elif table.name == POOL.name and not row["payer"]:
                self.moved[row["programme"]].add(("", ""))
            elif into is not None and row["member"]:
                into[row["programme"]].add((row["member"], row["pot"]))
            if into is not None and row.get("payer"):
                self.payers[row["programme"]].add(row["payer"])


def evened(entry: Entry, noted: Noting, tables: Tables) -> Iterator[Act]:
    """Set anew how far payments go after an entry, what was taken out and is not due, and what of that is put back."""
    answered = entry.kind == accounts.TRANSFERS.id  # what the ledger refused is not asked for again at once
    touched = noted.carried | (set() if answered else noted.undue | _waiting(tables, noted.people))
    for programme, _ in in_force(tables):
        payments = set(touched)
        moved = {_pair(programme, *pair) for pair in noted.moved[programme.id] | noted.owing[programme.id]}
        posted = {_pair(programme, *pair) for pair in noted.posted[programme.id]}
        took = _took(tables, programme, {member for member, _ in posted} | noted.people)
        pairs = moved | {pair for pair in took if pair in posted or pair[0] in noted.people}
        payers = noted.payers[programme.id]
        refused = noted.owing[programme.id] - noted.moved[programme.id] if answered else set[Pair]()
        while pairs or payers or payments:
            made = list[owing.Booking]()
            if pairs or payers:
                reach = Reach(tables, programme, pairs, payers)
                into_the_pool(entry, programme, reach.payers, tables)
                owe = {pair for pair in reach.pairs if pair[0]} - {_pair(programme, *pair) for pair in refused}
                made = list(_to_come_back(entry, programme, owe, tables))
            payments |= {owing.about(one.transfer)[1] for one in made}
            back = list(undue.taken_back(entry, programme, payments, tables))
            if not answered:
                back += undue.due_again(entry, programme, tables)
            yield from _booked(entry, programme, [*made, *back], tables)
            rows = [tables.get(MOVE, owing.about(one.transfer)[1]) for one in back]
            pairs = {_pair(programme, row["member"], row["pot"]) for row in rows if row is not None}
            payers, payments = set(), set()


def _booked(entry: Entry, programme: Programme, made: Sequence[owing.Booking], tables: Tables) -> Iterator[Act]:
    return booked(entry, programme, [one.transfer for one in made], [one.member for one in made], tables)


def _waiting(reader: Reader, people: Collection[str]) -> set[int]:
    """What was to be paid to those of these people who died."""
    dead = sorted(died_on(reader, people))
    about = {"what": ("in", GONE), "done": 1}
    return {row["entry"] for part in parts_of(dead) for row in reader.select(MOVE, {**about, "member": ("in", part)})}


def _pair(programme: Programme, member: str, pot: str) -> Pair:
    if programme.pays is not None and (not pot or programme.pots[pot].pooled):
        return "", programme.pays.pot
    return member, pot


def _took(reader: Reader, programme: Programme, members: Collection[str]) -> set[Pair]:
    """The pots of these accounts out of which payers' money was taken."""
    about, found = {"programme": programme.id}, set[Pair]()
    for part in parts_of(sorted(members)):
        rows = reader.select(USED, {**about, "member": ("in", part)}, only=("member", "pot"))
        found |= {(row["member"], row["pot"]) for row in rows}
    return found


class Reach:
    """How far payments of a programme go, set anew for these payers and for whoever took out of these pots.

    `payers` and `pairs` grow by those that it changes.
    """

    def __init__(self, tables: Tables, programme: Programme, pairs: set[Pair], payers: set[str]) -> None:
        self._tables, self._programme, self.pairs, self.payers = tables, programme, set(pairs), set(payers)
        for payer in sorted(payers):
            self._spread(payer, pairs)
        todo = pairs | self._beyond()
        while todo:
            changed = {pair: found for pair in sorted(todo) if (found := self._borne(*pair))}
            for payer in sorted(set().union(*changed.values())):
                self._spread(payer, changed)
                self.payers.add(payer)
            self.pairs |= set(changed)
            todo = self._beyond() if changed else set()

    def _beyond(self) -> set[Pair]:
        """Pots out of which more was taken than payers say, or paid, by now."""
        about = {"programme": self._programme.id}
        rows = self._tables.select(USED, {**about, "beyond": (">", 0)}, only=("member", "pot"))
        rows += self._tables.select(USED, {**about, "unpaid": (">", 0)}, only=("member", "pot"))
        return {(row["member"], row["pot"]) for row in rows}

    # ── whose payments what was taken out is ────────────────────────────────────────────────────────────────────────

    def _borne(self, member: str, pot: str) -> set[str]:
        """Set whose payments bear what is out of a pot; gives the payers of whom that changed."""
        about = {"programme": self._programme.id, "member": member, "pot": pot}
        before = {row["payer"]: row for row in self._tables.select(USED, about)}
        parts = self._posted(member, pot)
        used = {payer: int(row["cents"]) for payer, row in before.items()}
        posted = {payer: sum(each.values()) for payer, each in parts.items()}
        unpaid = {payer: int(row["unpaid"]) for payer, row in before.items()}
        reach = {
            payer: reached(parts[payer], self._covered(payer), used.get(payer, 0) - unpaid.get(payer, 0))
            for payer in sorted(parts)
        }
        short = self._out(member, pot) - sum(used.values())
        for payer in sorted(used):  # what came back was first what no payer says any more, or paid
            most = max(0, used[payer] - posted.get(payer, 0), unpaid.get(payer, 0))
            left = _less(used, payer, most, short)
            unpaid[payer], short = max(0, unpaid.get(payer, 0) - (left - short)), left
        for payer in sorted(used, reverse=True):
            short = _less(used, payer, used[payer], short)
        for payer, most in reach.items():
            if (part := min(short, most - used.get(payer, 0))) > 0:
                used[payer], short = used.get(payer, 0) + part, short - part
        if short > 0:
            first = min(reach or used or ("",))
            used[first] = used.get(first, 0) + short
        for payer in sorted(used):
            over = max(used[payer] - posted.get(payer, 0), unpaid.get(payer, 0))
            for other, most in reach.items():
                if (part := min(over, most - used.get(other, 0))) > 0:
                    used[other], used[payer], over = used.get(other, 0) + part, used[payer] - part, over - part
                    unpaid[payer] = max(0, unpaid.get(payer, 0) - part)
        beyond = {payer: max(0, cents - posted.get(payer, 0)) for payer, cents in used.items()}
        return set(self._kept(before, used, beyond, unpaid, about))

    def _kept(self, before: Mapping[str, Row], used: Parts, beyond: Parts, unpaid: Parts, about: Row) -> Iterator[str]:
        for payer, cents in used.items():
            was = before.get(payer)
            if was is not None and (was["cents"], was["beyond"]) == (cents, beyond[payer]):
                continue
            if cents:
                told = {"ahead": was["ahead"] if was else 0, "unpaid": min(cents, unpaid.get(payer, 0))}
                self._tables.put(USED, {**about, "payer": payer, "cents": cents, "beyond": beyond[payer], **told})
            elif was is not None:
                self._tables.delete(USED, *(was[name] for name in USED.key))
            yield payer

    def _out(self, member: str, pot: str) -> int:
        """Cents of payers' money that are out of a pot: taken out, less what came back and what was brought in."""
        about = {"programme": self._programme.id, "member": member}
        if not member:
            return max(0, sum_of(self._tables, self._programme.id, GONE_FROM_POOL))
        moves = self._tables.select(MOVE, {**about, "pot": pot, "done": 1, "what": ("in", ("taken_out", "brought_in"))})
        out = sum(int(row["cents"]) * (1 if row["what"] == "taken_out" else -1) for row in moves)
        rows = self._tables.select(OWING, {**about, "pot": pot}, only=("why", "back"))
        return max(0, out - sum(int(row["back"]) for row in rows if row["why"] != TWICE))

    def _posted(self, member: str, pot: str) -> dict[str, Parts]:
        """What payers say of a pot, by payer."""
        about = {"programme": self._programme.id}
        if not member:
            return _by(self._tables.select(OWED, {**about, "pot": pot}), "payer")
        rows = self._tables.select(POSTED, {**about, "member": member})  # by its key: a pot has everybody's rows
        return _by([row for row in rows if row["pot"] == pot], "payer")

    def _covered(self, payer: str) -> Mapping[str, Fraction]:
        return covered(self._tables, self._programme.id, payer)

    # ── how far a payer's payments go ───────────────────────────────────────────────────────────────────────────────

    def _spread(self, payer: str, pairs: Collection[Pair]) -> None:
        """Set what part of each period of a payer its payments cover, and who took more than that.

        Those who did not before and are not among these pots take more only where some part has become less.
        """
        about = {"programme": self._programme.id, "payer": payer}
        moves = self._tables.select(MOVE, {**about, "what": "paid", "done": 1}, only=("cents",))
        paid, owed = sum(row["cents"] for row in moves), dict[str, int]()
        out, unpaid = (sum_of(self._tables, self._programme.id, what + payer) for what in (USED_OF, UNPAID_OF))
        if out > paid or unpaid:
            self._not_paid(about, paid)
        for row in self._tables.select(OWED, about):
            owed[row["period"]] = owed.get(row["period"], 0) + row["cents"]
        before = self._covered(payer)
        rows = self._tables.select(USED, {**about, "ahead": 1})
        for part in parts_of(sorted({member for member, _ in pairs})):
            rows += self._tables.select(USED, {**about, "ahead": 0, "member": ("in", part)})
        now, ahead = self._solved(payer, paid, owed, rows)
        if any(now.get(period, 0) < share for period, share in before.items()):
            rows = self._tables.select(USED, about)
            now, ahead = self._solved(payer, paid, owed, rows)
        for row in rows:
            if row["ahead"] != (is_so := int((row["member"], row["pot"]) in ahead)):
                self._tables.put(USED, {**row, "ahead": is_so})
        for period, share in now.items():
            if before.get(period) != share:
                told = {**about, "period": period, "paid": share.numerator, "due": share.denominator}
                self._tables.put(COVER, told)

    def _not_paid(self, about: Row, paid: int) -> None:
        """Set what of what was taken out no payment bears, since a receipt was taken back: first of what the payer says
        no more, the rest of all alike. It stays with whom it was: who gave theirs back is not asked for others'."""
        rows = self._tables.select(USED, about, order=("member", "pot"))
        short = max(0, sum(row["cents"] for row in rows) - paid)
        said_no_more = min(short, sum(row["beyond"] for row in rows))
        was = [min(row["unpaid"], row["beyond"]) for row in rows]
        parts = zip(
            _evenly(said_no_more, was, [row["beyond"] for row in rows]),
            _evenly(
                short - said_no_more,
                [row["unpaid"] - part for row, part in zip(rows, was, strict=True)],
                [row["cents"] - row["beyond"] for row in rows],
            ),
            strict=True,
        )
        for row, unpaid in zip(rows, map(sum, parts), strict=True):
            if row["unpaid"] != unpaid:
                self._tables.put(USED, {**row, "unpaid": unpaid})
                self.pairs.add((row["member"], row["pot"]))

    def _solved(
        self, payer: str, paid: int, owed: Parts, rows: Collection[Row]
    ) -> tuple[dict[str, Fraction], set[Pair]]:
        """What part of each period is covered, and which of these took more than that comes to: they have what they
        took, and the rest is for the others."""
        parts = self._posted_to(payer, rows)
        ahead, left, rest = set[Pair](), paid, dict(owed)
        while True:
            now = level(left, rest)
            more = [row for row in rows if (row["member"], row["pot"]) not in ahead and _is_ahead(row, parts, now)]
            if not more:
                return now, ahead
            for row in more:
                pair = row["member"], row["pot"]
                ahead.add(pair)
                left -= _borne_of(row)
                for period, cents in parts.get(pair, {}).items():
                    rest[period] -= cents

    def _posted_to(self, payer: str, rows: Collection[Row]) -> dict[Pair, Parts]:
        about, found = {"programme": self._programme.id, "payer": payer}, dict[Pair, Parts]()
        for part in parts_of(sorted({row["member"] for row in rows if row["member"]})):
            posted = self._tables.select(POSTED, {**about, "member": ("in", part)})
            for member in {row["member"] for row in posted}:
                theirs = [row for row in posted if row["member"] == member]
                found |= {(member, pot): parts for pot, parts in _by(theirs, "pot").items()}
        for pot in {row["pot"] for row in rows if not row["member"]}:
            found["", pot] = _by(self._tables.select(OWED, {**about, "pot": pot}), "pot").get(pot, {})
        return found


def level(paid: int, owed: Parts) -> dict[str, Fraction]:
    """What part of each period a payer's payments cover: the oldest first, the people of a period alike."""
    found, left = dict[str, Fraction](), max(0, paid)
    for period in sorted(owed):
        cents = owed[period]
        found[period] = Fraction(min(left, cents), cents) if cents > 0 else Fraction(0)
        left = max(0, left - cents)
    return found


def _evenly(whole: int, was: Sequence[int], most: Sequence[int]) -> list[int]:
    """Parts that add up to a whole, at most so much each: as they were, and more or less of all alike."""
    now = [min(part, cap) for part, cap in zip(was, most, strict=True)]
    more = whole - sum(now)
    room = [cap - part for part, cap in zip(now, most, strict=True)] if more > 0 else now
    if not more or not sum(room):
        return now
    parts, sign = accounts.apportioned(abs(more), room), 1 if more > 0 else -1
    return [part + sign * each for part, each in zip(now, parts, strict=True)]


def _borne_of(row: Row) -> int:
    """Cents of what was taken out that payments of the payer bear."""
    return int(row["cents"] - row["unpaid"])


def _is_ahead(row: Row, parts: Mapping[Pair, Parts], now: Mapping[str, Fraction]) -> bool:
    theirs = parts.get((row["member"], row["pot"]), {})
    return bool(_borne_of(row) > sum(cents * now.get(period, 0) for period, cents in theirs.items()))


def _by(rows: Iterable[Row], name: str) -> dict[str, Parts]:
    """Cents of rows by what one column says, and by period."""
    found = defaultdict[str, dict[str, int]](dict)
    for row in rows:
        found[row[name]][row["period"]] = found[row[name]].get(row["period"], 0) + row["cents"]
    return dict(found)


def _less(used: dict[str, int], payer: str, most: int, short: int) -> int:
    """Take from what a payer's payments bear what is too much of it in all (`short` below 0), at most so much."""
    part = min(-short, most) if short < 0 else 0
    used[payer] -= part
    return short + part


# ── what is to come back ────────────────────────────────────────────────────────────────────────────────────────────


def _to_come_back(entry: Entry, programme: Programme, pairs: Iterable[Pair], tables: Tables) -> Iterator[owing.Booking]:
    """What of withdrawals is to come back, since less of it was due than was taken out."""
    pots = defaultdict[str, list[str]](list)
    for member, pot in sorted(pairs):
        pots[member].append(pot)
    for member, theirs in pots.items():
        held = pots_of(tables, programme, member, entry.day)
        for pot in theirs:
            about = {"programme": programme.id, "member": member, "pot": pot}
            rows = tables.select(MOVE, {**about, "what": "taken_out", "done": 1}, order=("-entry",))
            owed = tables.select(OWING, about)
            corrected = {row["payment"]: row for row in owed if row["why"] == owing.CORRECTED}
            otherwise = defaultdict[int, int](int)
            for row in owed:
                otherwise[row["payment"]] += row["cents"] if row["why"] not in (owing.CORRECTED, TWICE) else 0
            one = held[pot]
            taken = one.taken_out + sum(row["cents"] for row in corrected.values())
            due = one.brought_in + min(one.promised, one.received)
            left = taken - due - sum(row["back"] for row in corrected.values())
            caps = {row["entry"]: max(0, row["cents"] - otherwise[row["entry"]]) for row in rows}
            for row, want in _divided(tables, max(0, left), rows, caps, corrected):
                yield from owing.owes(entry, row, owing.CORRECTED, want, tables)


def _divided(
    reader: Reader, left: int, rows: Sequence[Row], caps: Mapping[int, int], owed: Mapping[int, Row]
) -> Iterator[tuple[Row, int]]:
    """What of each withdrawal (the newest first) is not due, at most so much of each: `left` beyond what came back, of
    all heirs alike, then of the others.

    Of these what is here gives back first, as far as it is more than was `owed` before: that goes to whoever has had
    too much.
    """
    inherited = [row["entry"] for row in rows if undue.is_heirs(row)]
    back = {payment: int(row["back"]) for payment, row in owed.items()}
    found = alike(left, {entry: caps[entry] for entry in inherited}, back)
    left -= sum(found[entry] - back.get(entry, 0) for entry in inherited)
    own = [row for row in rows if row["entry"] not in found]
    here = [row for row in own if undue.is_here(reader, row)]
    fresh = left - sum(owing.open_of(owed[row["entry"]]) for row in own if row["entry"] in owed)
    for row in own:
        found[row["entry"]] = back.get(row["entry"], 0)
    for row in here:
        part = min(max(0, fresh), goes(reader, row), caps[row["entry"]] - found[row["entry"]])
        found[row["entry"]], fresh, left = found[row["entry"]] + part, fresh - part, left - part
    for row in [*(row for row in own if row not in here), *here]:
        part = min(left, caps[row["entry"]] - found[row["entry"]])
        found[row["entry"]], left = found[row["entry"]] + part, left - part
    yield from ((row, found[row["entry"]]) for row in rows)


def alike(left: int, caps: Mapping[int, int], back: Mapping[int, int]) -> dict[int, int]:
    """How so much that is beyond what came `back` lies on all alike, by their caps: no less on any than came back."""
    found = {each: back.get(each, 0) for each in caps}
    whole, rest = left + sum(found.values()), list(caps)
    while rest:
        weights = [caps[each] for each in rest]
        parts = dict(zip(rest, accounts.apportioned(min(whole, sum(weights)), weights), strict=True))
        if not (over := [each for each in rest if found[each] > parts[each]]):
            return found | parts
        whole -= sum(found[each] for each in over)
        rest = [each for each in rest if each not in over]
    return found
