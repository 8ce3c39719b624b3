"""What follows: files become transfers, the difference only; money that comes and goes is booked; claims are decided.

What an entry comes to is decided here on tables of this room, and the ledger is asked for every transfer; what it does
not make did not happen (`booking`), and `weal account reconcile` holds both against each other (`books`).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from commonweal.kernel import accounts, notices, record
from commonweal.kernel.accounts import Transfer
from commonweal.kernel.instrument import Act, Entry, Row, Tables
from commonweal.kernel.values import LANGUAGES, BadInput, NotFound, stamp

from . import banking, booking, covering, deaths, heirs, hours, of_deaths, owing, receipts, redividing, settling, undue
from .booking import (
    BACK,
    FORWARD,
    Refused,
    bank_account,
    booked,
    other_account,
    owing_account,
    payable_account,
    payer_account,
    pooled,
    pot_account,
)
from .claims import decided
from .confiding import OF, PAYS
from .control import CONTROL, handed_on
from .due import Work, due, due_by_account
from .files import Line, digest_of, lines_of, secret_of
from .kinds import (
    ALIVE,
    BANK_ANSWER,
    BANK_ANSWER_TAKEN_BACK,
    BANK_FILE,
    BANK_FILE_NEVER_LEFT,
    BROUGHT_IN,
    CLAIM,
    CONFIRMATION_ENDED,
    CONFIRMED,
    CONTRIBUTIONS,
    DECIDED,
    DIED,
    DRAWN,
    ESTATE,
    FEE_MADE_GOOD,
    HEIR,
    ID,
    LIVES,
    MEMBER,
    MEMBER_NOUN,
    NOT_SERVED,
    PAID,
    PAYEE,
    PAYER,
    PAYER_NOUN,
    RECEIPT_TAKEN_BACK,
    RECOVERED,
    ROWS,
    STATEMENT,
    TAKEN_OUT,
    WITHDRAWAL_TAKEN_BACK,
    WORK_CONFIRMED,
)
from .programmes import Programme, law_on, month_number, newest
from .statements import in_lines, in_pots, number_of, payer_called, statement
from .summing import Summing
from .tables import (
    CONFIRMED as CONFIRMED_PAYER,
)
from .tables import (
    DRAW,
    FILE,
    HELD_BEFORE,
    HOLDER,
    MOVE,
    OWED,
    POSTED,
    SERVED,
    UNBOOKED,
    WORK,
    among,
    at_the_bank,
    before_endings,
    beyond_ending,
    counting,
    death_of,
    died_on,
    ended,
    holder,
    kept_of,
    leaves,
    meet,
    parts_of,
    people_of,
    pots_of,
    programme_for,
    receipt_of,
    shut,
    theirs,
    works,
)
from .vesting import months_of

HANDED_OVER = "registry.handed_over"
FROM_THE_START = "filed_for_another"
"""Why an account is handed over that was opened in another's name than whose it is."""
LETTER_CHARS_MAX = 1_900
CLAIM_FIGURES = (
    "hours", "hours_unpaid", "hours_own", "typical", "weekly", "weeks", "cents", "outcome", "paid_by",
)  # fmt: skip
EVERYBODYS = "benefits_member:*"
"""Whose pots together are told as one total."""


def follow(entry: Entry, tables: Tables) -> Iterable[Act]:
    """The acts that follow from an entry."""
    aside = list(CONTROL.put_aside(entry, tables))
    done = CONTROL.effective(entry, tables)
    if done is None or done.erased:
        return [*aside, *deaths.waits(entry, tables)]
    controlled = list(CONTROL.follow(done, tables))
    if (does := _FOLLOWS.get(done.kind)) is None:
        return controlled
    summing = Summing(tables)
    noting = covering.Noting(summing)
    acts = [*does(done, noting), *covering.evened(done, noting, summing)]
    return [*controlled, *acts, *booking.raised(done, summing)]


# ── files of contributions ──────────────────────────────────────────────────────────────────────────────────────────


class Posting(NamedTuple):
    """A file on its way to the ledger: the entry that it is, and the period of a programme that it is about."""

    entry: Entry
    programme: Programme
    period: str
    begins: date

    @property
    def key(self) -> dict[str, str]:
        return {"programme": self.programme.id, "period": self.period}


def _take(entry: Entry, tables: Tables) -> Iterator[Act]:
    body, period = entry.body, str(entry.body["period"])
    found = programme_for(tables, str(body["programme"]), period, newest_text=bool(body.get("newest_text")))
    span = found[0].span(period) if found else None
    if found is None or span is None:
        return
    one = Posting(entry, found[0], period, span[0])
    payer = str(body["payer"])
    try:
        lines = list(lines_of(entry.blob(ROWS)))
    except (BadInput, NotFound):
        return
    transfers: list[Transfer] = []
    people: list[str] = []
    after, up_to = str(body.get("after") or ""), str(body.get("up_to") or "")
    members = _replaced(one, payer, lines, tables)
    for part in parts_of(members):
        for member, transfer in _differences(one, part, len(transfers), tables):
            people.append(member)
            transfers.append(transfer)
    own = payer_account(one.programme, payer)  # what the file changed of others' shares is not for this payer
    back = sum(each.amount for each in transfers if each.credit == own)
    posted = sum(each.amount for each in transfers if each.debit == own)
    for row in tables.select(FILE, {"payer": payer, **one.key, "replaced": 0}):
        if meet(row, after, up_to):
            tables.put(FILE, {**row, "replaced": entry.index})
    tables.put(FILE, {
        **one.key, "entry": entry.index, "payer": payer, "root": body["root"], "digest": digest_of(entry.blob(ROWS)),
        "secret": secret_of(entry.blob(ROWS)).hex(), "label": body.get("label") or "",
        "rows": len(lines), "filed_on": stamp(entry.time), "replaced": 0, "adopted": found[1]["adopted"],
        "version": found[1]["version"], "posted": posted, "back": back, "after": after, "up_to": up_to,
        "part": int(body.get("part") or 1), "parts": int(body.get("parts") or 1),
    })  # fmt: skip
    yield from booked(entry, one.programme, transfers, people, tables)
    yield from _claims_again(entry, members, tables)


def _claims_again(entry: Entry, members: Sequence[str], tables: Tables) -> Iterator[Act]:
    """What of claims that these people were paid is to come back, or is no more, by what payers say of them now: of
    their hours, in the programme of the pool, and of work in those weeks, in any."""
    accounts = sorted({*members, *(each for group in _persons(tables, members).values() for each in group)})
    about = {"what": "claim", "done": 1}
    rows = [
        row for part in parts_of(accounts)
        for row in tables.select(MOVE, {**about, "member": ("in", part)}, order=("entry",))
    ]  # fmt: skip
    for id, made in undue.claims(entry, rows, tables).items():
        programme = newest(tables, id)
        assert programme is not None, "it was there a moment ago"
        yield from booked(entry, programme[0], [one.transfer for one in made], [one.member for one in made], tables)


def _owed(one: Posting, more: Mapping[tuple[str, str], int], tables: Tables) -> None:
    """Lay out by how many cents more or less payers owe for pots of a period."""
    for (payer, pot), cents in more.items():
        key = (one.programme.id, payer, one.period, pot)
        row = tables.get(OWED, *key) or {**one.key, "payer": payer, "pot": pot, "cents": 0}
        tables.put(OWED, {**row, "cents": row["cents"] + cents})


def _replaced(one: Posting, payer: str, lines: Sequence[Line], tables: Tables) -> list[str]:
    """Put a file's rows in the place of those of the file before; gives the members of either, in order."""
    body = one.entry.body
    span = among(str(body.get("after") or ""), str(body.get("up_to") or ""))
    rows = tables.select(WORK, {**one.key, "payer": payer, **span})
    old = {(row["member"], row["first"]) for row in rows}
    _stays(one, payer, rows, lines, tables)
    for member, first in sorted(old - {(line.member, line.first) for line in lines}):
        tables.delete(WORK, one.programme.id, one.period, payer, member, first)
    tables.put_many(WORK, (
        {**one.key, "payer": payer, "member": line.member, "first": line.first, "last": line.last,
         "earnings": line.earnings, "hours": line.hours, "jobs": line.jobs, "entry": one.entry.index}
        for line in lines
    ))  # fmt: skip
    return sorted({member for member, _ in old} | {line.member for line in lines})


def _persons(tables: Tables, members: Sequence[str]) -> dict[str, list[str]]:
    """For each account of somebody who has several: all of these. What is due is a person's, not an account's."""
    people = sorted(set(people_of(tables, members).values()))
    several = defaultdict[str, list[str]](list)
    for part in parts_of(people):
        for row in tables.select(HOLDER, {"person": ("in", part), "noun": MEMBER_NOUN}, order=("subject",)):
            several[row["person"]].append(row["subject"])
    return {member: group for group in several.values() if len(group) > 1 for member in group}


def _stays(one: Posting, payer: str, before: Sequence[Row], lines: Sequence[Line], tables: Tables) -> None:
    """Months of service that counted go on counting though this file says otherwise: no payer takes them back."""
    today = one.entry.day
    was, now = defaultdict[str, set[int]](set), defaultdict[str, set[int]](set)
    counted = before_endings(tables, before)
    for row, work in zip(counted, works(counted), strict=True):
        was[row["member"]] |= months_of([work], today)
    for line in lines if was else ():
        first, last = date.fromisoformat(line.first), date.fromisoformat(line.last)
        work = Work(payer, first, last, line.earnings, line.hours, line.jobs)
        now[line.member] |= months_of([work], today)
    tables.put_many(SERVED, [
        {"member": member, "month": month, "payer": payer, "entry": one.entry.index}
        for member, months in sorted(was.items()) for month in sorted(months - now[member])
    ])  # fmt: skip


def _not_served(entry: Entry, tables: Tables) -> Iterator[Act]:
    """An officer found that there was no work: those months count no longer."""
    for month in entry.body["served_months"]:
        tables.delete(SERVED, str(entry.body["member"]), month_number(month))
    yield from ()


def _differences(one: Posting, members: Sequence[str], before: int, tables: Tables) -> Iterator[tuple[str, Transfer]]:
    """Post for these members what is due and was not posted, and take back what was posted and is not due; each
    transfer with its member.

    `before` is how many transfers the file made already.
    """
    persons = _persons(tables, members)
    members = sorted({*members, *(account for group in persons.values() for account in group)})
    where = {**one.key, "member": ("in", members)}
    for row in tables.select(UNBOOKED, where):
        tables.delete(UNBOOKED, *(row[name] for name in UNBOOKED.key))
    said: defaultdict[str, list[Row]] = defaultdict(list)
    for row in counting(tables, tables.select(WORK, where)):
        said[row["member"]].append(row)
    posted: defaultdict[str, dict[tuple[str, str], int]] = defaultdict(dict)
    for row in tables.select(POSTED, where):
        posted[row["member"]][row["payer"], row["pot"]] = row["cents"]
    changed: list[Row] = []
    owed = Counter[tuple[str, str]]()
    day = one.entry.day.toordinal()
    dues = {member: due(one.programme, one.begins, works(said[member])) for member in members if member not in persons}
    for group in {tuple(group) for group in persons.values()}:
        dues |= due_by_account(one.programme, one.begins, {each: works(said[each]) for each in group})
    for member in members:
        was, now = posted[member], dues[member]
        for payer, pot in sorted(was.keys() | now.keys()):
            cents = now.get((payer, pot), 0)
            more = cents - was.get((payer, pot), 0)
            if not more:
                continue
            told = {**one.key, "member": member, "payer": payer, "pot": pot, "cents": cents}
            changed.append({**told, "entry": one.entry.index})
            owed[payer, pot] += more
            sides = (payer_account(one.programme, payer), pot_account(one.programme, member, pot))
            debit, credit = sides if more > 0 else sides[::-1]
            code = (FORWARD if more > 0 else BACK) + one.period.lower()
            id = f"benefits.{one.entry.index}.{before + len(changed)}"
            if one.programme.pots[pot].pooled:
                id = f"{id}.{member.partition(':')[2]}"  # its account does not say whose contribution it is
            yield member, Transfer(id, debit, credit, abs(more), day, code=code)
    tables.put_many(POSTED, changed)
    _owed(one, owed, tables)


# ── a death ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _died(entry: Entry, tables: Tables) -> Iterator[Act]:
    """A death, or another day of one: what payers say of work beyond it is not due, and asked of them anew."""
    before, member = death_of(tables, str(entry.body["member"])), str(entry.body["member"])
    yield from deaths.died(entry, tables)
    accounts, on = shut(tables, member), str(entry.body["on"])
    yield from _said_anew(entry, accounts, min(on, before["on"]) if before else on, tables)
    yield from _asked(entry, accounts, on, tables)
    yield from deaths.letter("death_recorded", entry, member, tables)


def _alive(entry: Entry, tables: Tables) -> Iterator[Act]:
    member = str(entry.body["member"])
    before, accounts = death_of(tables, member), shut(tables, member)
    yield from deaths.alive(entry, tables)
    if before:
        yield from _said_anew(entry, accounts, before["on"], tables)
        yield from _told_living(entry, accounts, tables)


def _said_anew(entry: Entry, members: Sequence[str], since: str, tables: Tables) -> Iterator[Act]:
    """Post anew the periods of which payers say work of these accounts after a day."""
    rows = tables.select(WORK, {"member": ("in", members), "last": (">", since)})
    made = 0
    for id, period in sorted({(row["programme"], row["period"]) for row in rows}):
        found = programme_for(tables, id, period)
        span = found[0].span(period) if found else None
        if found is None or span is None:
            continue
        moves = list(_differences(Posting(entry, found[0], period, span[0]), members, made, tables))
        made += len(moves)
        yield from booked(entry, found[0], [one for _, one in moves], [member for member, _ in moves], tables)
    yield from _claims_again(entry, members, tables)


def _asked(entry: Entry, members: Sequence[str], on: str, tables: Tables) -> Iterator[Act]:
    """Each payer whose rows reach beyond a death is asked by a letter to say them until then."""
    rows = tables.select(WORK, {"member": ("in", members), "last": (">", on)})
    for payer in sorted({row["payer"] for row in rows}):
        named = sorted({row["member"] for row in rows if row["payer"] == payer})
        values = {
            "accounts": ", ".join(number_of(tables, one) for one in named), "day": on,
            "periods": ", ".join(sorted({row["period"] for row in rows if row["payer"] == payer})),
        }  # fmt: skip
        body = {
            "template": f"{ID}.after_death", "party": holder(tables, payer), "to": [], "values": values,
            "basis": entry.says, "deliver": [],
        }  # fmt: skip
        yield Act(notices.WANTED.id, body, f"{ID}:asked:{entry.index}:{payer}", named[0], causes=(entry.index,))


def _told_living(entry: Entry, members: Sequence[str], tables: Tables) -> Iterator[Act]:
    """Each payer that said the work last of somebody who lives is asked by a letter for what no file could say of them
    while their death stood on record."""
    asked = defaultdict[str, list[tuple[str, str, list[str]]]](list)
    for member in members:
        for on, _, payer, periods in of_deaths.to_be_said_anew(tables, member):
            asked[payer].append((member, on, periods))
    for payer, found in sorted(asked.items()):
        values = {
            "accounts": ", ".join(sorted(number_of(tables, member) for member, _, _ in found)),
            "day": min(on for _, on, _ in found),
            "periods": ", ".join(sorted({period for _, _, periods in found for period in periods})),
        }  # fmt: skip
        body = {
            "template": f"{ID}.lives_after_all", "party": holder(tables, payer), "to": [], "values": values,
            "basis": entry.says, "deliver": [],
        }  # fmt: skip
        yield Act(notices.WANTED.id, body, f"{ID}:living:{entry.index}:{payer}", found[0][0], causes=(entry.index,))


# ── money that comes and goes ───────────────────────────────────────────────────────────────────────────────────────


def _moved(entry: Entry, what: str, tables: Tables) -> Iterator[Act]:
    """One transfer between a pot or payer and the bank."""
    body = entry.body
    found = newest(tables, str(body["programme"]))
    if found is None:
        return
    programme, cents = found[0], int(body["cents"])
    member, pot = str(body.get("member") or ""), str(body.get("pot") or "")
    payer = str(body.get("payer") or "")
    on = str(body.get("on") or entry.day.isoformat())
    done = what != "taken_out" or _can_go_out(entry, programme, member, pot, tables)
    told = {name: said for name, said in body.items() if name != "promised"}
    if what == "taken_out" and done and _is_theirs(body):
        told |= owing.kept(entry, programme, member, cents, tables)
    row = {
        "entry": entry.index, "programme": programme.id, "member": member, "payer": payer, "pot": pot, "cents": cents,
        "what": what, "on": on, "receipt": receipt_of(body), "done": int(done), "body": told,
    }  # fmt: skip
    tables.put(MOVE, row)
    if done and what == "taken_out":
        if pot in programme.pots and programme.pots[pot].pooled:  # an heir's part of what a pool was to pay
            pooled(entry, programme, tables, paid=cents, member=member)
        yield from _goes_out(entry, programme, row, tables)
    elif done:
        day = entry.day.toordinal()
        one = Transfer(
            f"benefits.{entry.index}.1", bank_account(programme), other_account(programme, row), cents, day, code=what
        )
        yield from booked(entry, programme, [one], [member], tables)


def _is_theirs(body: Mapping[str, Any]) -> bool:
    """Whether what is taken out is the holder's, also where they move it to another scheme: of that is kept what they
    owe. What moved elsewhere before it was so (no `said_by`) stands as it was done."""
    return not body.get("to") or (body["reason"] != "death" and bool(body.get("said_by")))


def _can_go_out(entry: Entry, programme: Programme, member: str, pot: str, tables: Tables) -> bool:
    """Whether money leaves a pot by an entry, as it stands when its turn comes: of the dead to heirs only."""
    if entry.body["reason"] == "death":
        return heirs.takes(entry, tables)
    if died_on(tables, [member]):
        return False
    held = pots_of(tables, programme, member, entry.day)[pot]
    free = held.free_as_promised if entry.body.get("promised") else held.free
    return bool(entry.body["cents"] <= min(free, at_the_bank(tables, programme.id)))


def _goes_out(entry: Entry, programme: Programme, row: Row, tables: Tables) -> Iterator[Act]:
    """What leaves a pot: to be paid, but for what is kept; all of it or nothing."""
    pot, day = pot_account(programme, row["member"], row["pot"]), entry.day.toordinal()
    parts = [(payable_account(programme), leaves(row), row["what"])]
    for member, cents in owing.to_whom(tables, kept_of(row)).items():
        parts.append((owing_account(programme, member), cents, "withheld"))
    found = [
        Transfer(f"benefits.{entry.index}.{at}", pot, into, cents, day, linked=at < len(parts), code=code)
        for at, (into, cents, code) in enumerate(parts, 1)
        if cents
    ]
    found[-1] = found[-1]._replace(linked=False)
    yield from booked(entry, programme, found, [str(row["member"])] * len(found), tables)


def _paid(entry: Entry, tables: Tables) -> Iterator[Act]:
    return _moved(entry, PAYS, tables)


def _taken_out(entry: Entry, tables: Tables) -> Iterator[Act]:
    return _moved(entry, "taken_out", tables)


def _made_good(entry: Entry, tables: Tables) -> Iterator[Act]:
    return _moved(entry, "made_good", tables)


def _brought_in(entry: Entry, tables: Tables) -> Iterator[Act]:
    return _moved(entry, "brought_in", tables)


def _claim(entry: Entry, tables: Tables) -> Iterator[Act]:
    """A claim is decided by the rule; one for which there is something to pay, once the ledger took that."""
    id, begins, weeks = str(entry.body["programme"]), date.fromisoformat(entry.body["begins"]), int(entry.body["weeks"])
    by_law = not entry.body.get("newest_text")
    found = law_on(tables, id, begins) if by_law else newest(tables, id)
    if found is None or found[0].pays is None:
        return
    programme, member = found[0], str(entry.body["member"])
    backwards, twice = (bool(entry.body.get(name)) for name in ("backwards", "rounded_twice"))
    figures = decided(tables, programme, member, begins, weeks, backwards=backwards, twice=twice)
    pot = found[0].pays.pot
    paid = figures["outcome"] == "paid"
    kept = owing.kept(entry, programme, member, figures["cents"], tables) if paid else {}
    row = {
        "entry": entry.index, "programme": programme.id, "member": member, "payer": "", "pot": pot,
        "cents": figures["cents"], "what": "claim", "on": entry.body["begins"], "receipt": "",
        "done": int(paid), "body": {**figures, **kept, **({"adopted": found[1]["adopted"]} if by_law else {})},
    }  # fmt: skip
    tables.put(MOVE, row)
    if not paid:
        yield _decision(entry.index, programme.id, member, figures)
        return
    pooled(entry, programme, tables, paid=figures["cents"], member=member)
    yield from _goes_out(entry, programme, row, tables)


def _decision(claim: int, programme: str, member: str, figures: Mapping[str, Any], *more: int) -> Act:
    told = {name: figures[name] for name in CLAIM_FIGURES if name in figures}
    body = {"claim": claim, "programme": programme, **told}
    return Act(DECIDED.id, body, f"{ID}/claim/{claim}", member, causes=(claim, *more))


def _answered(entry: Entry, tables: Tables) -> Iterator[Act]:
    """The ledger has answered: what it refused is taken back, and claims that waited for it are decided."""
    if entry.body["of"] != OF:
        return
    found = booking.refused(entry, tables)
    booking.not_posted([one for one in found if one.transfer.code.startswith((FORWARD, BACK))], tables)
    for one in found:
        if not one.transfer.code.startswith((FORWARD, BACK)):
            _undone(entry, one, tables)
    for row in (row for cause in entry.causes[:1] if (row := tables.get(MOVE, cause))):
        if row["what"] == "claim":
            figures = row["body"]
            if not row["done"]:
                figures = {**figures, "outcome": "not_booked", "cents": 0, "weeks": 0}
                tables.put(MOVE, {**row, "body": figures})
            yield _decision(row["entry"], row["programme"], row["member"], figures, entry.index)


def _undone(entry: Entry, one: Refused, tables: Tables) -> None:
    """Take back what the ledger did not make of anything else than a file."""
    code = one.transfer.code
    if code in settling.CODES:
        settling.not_done(one, tables)
    elif code in (owing.OWED, owing.LESS):
        booking.untold(tables, one.transfer, owing.not_owed(one.transfer, tables))
    elif receipts.is_of_one(one.transfer):
        receipts.not_taken_back(entry, one.transfer, tables)
    elif code in undue.CODES:
        undue.not_moved(entry, one.transfer, tables)
    else:
        booking.not_moved(one, tables)


def _statement(entry: Entry, tables: Tables) -> Iterator[Act]:
    """The statement leaves as a letter to whose account it is."""
    member = str(entry.body["member"])
    told = {name: statement(tables, member, entry.day, name) for name in LANGUAGES}
    values = {
        "account": told["en"]["account"], "service": str(told["en"]["months_of_service"]), "day": told["en"]["on"],
        "pots": {name: _cut(in_pots(one)) for name, one in told.items()},
        "contributions": {name: _cut(in_lines(one)) for name, one in told.items()},
    }  # fmt: skip
    body = {
        "template": f"{ID}.statement", "party": holder(tables, member), "to": [], "values": values,
        "basis": entry.index, "deliver": [],
    }  # fmt: skip
    yield Act(notices.WANTED.id, body, f"benefits:statement:{entry.index}", member, causes=(entry.index,))


def _cut(lines: Sequence[str]) -> str:
    """Lines of a letter, as many as fit in one of its values."""
    kept: list[str] = []
    for line in lines:
        if sum(map(len, kept)) + len(kept) + len(line) > LETTER_CHARS_MAX:
            return "\n".join([*kept, "…"])
        kept.append(line)
    return "\n".join(kept) or "–"


# ── who is whom ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _registered(entry: Entry, tables: Tables) -> Iterator[Act]:
    subject = str(entry.subject)
    if tables.get(HOLDER, subject) is None:
        party = str(entry.body.get("party") or entry.author)
        about = {"subject": subject, "noun": subject.partition(":")[0]}
        tables.put(HOLDER, {**about, "party": party, "person": party, "for_another": 0})
    yield from ()


def _confirmed(entry: Entry, tables: Tables) -> Iterator[Act]:
    payer = str(entry.body["payer"])
    before = ended(tables).get(payer, "")
    told = {"payer": payer, "entry": entry.index, "by": entry.author}
    tables.put(CONFIRMED_PAYER, {**told, "ended": "", "since": "", "ended_by": 0})
    if before:
        yield from _payer_anew(entry, payer, before, tables)


def _confirmed_no_more(entry: Entry, tables: Tables) -> Iterator[Act]:
    """What a payer's files say from a day on counts no more, and it is told."""
    payer, since = str(entry.body["payer"]), str(entry.body.get("since") or "")
    row = tables.get(CONFIRMED_PAYER, payer)
    if row is None:
        return
    told = {"ended": str(entry.body["words"]), "since": since, "ended_by": entry.index}
    tables.put(CONFIRMED_PAYER, {**row, **told})
    if since:
        yield from _payer_anew(entry, payer, since, tables)
        yield from _told_ended(entry, payer, since, tables)


def _payer_anew(entry: Entry, payer: str, since: str, tables: Tables) -> Iterator[Act]:
    """Post anew what a payer says of work that reaches to a day or beyond."""
    made, people = 0, set[str]()
    for id, period, rows in list(beyond_ending(tables, payer, since)):
        found = programme_for(tables, id, period)
        span = found[0].span(period) if found else None
        if found is None or span is None:
            continue
        members = sorted({row["member"] for row in rows})
        people |= set(members)
        moves = list[tuple[str, Transfer]]()
        for part in parts_of(members):
            moves += _differences(Posting(entry, found[0], period, span[0]), part, made + len(moves), tables)
        made += len(moves)
        yield from booked(entry, found[0], [one for _, one in moves], [member for member, _ in moves], tables)
    yield from _claims_again(entry, sorted(people), tables)


def _told_ended(entry: Entry, payer: str, since: str, tables: Tables) -> Iterator[Act]:
    """A letter to a payer that is confirmed no more."""
    party = holder(tables, payer)
    if party in ("", record.AUTHORITY):
        return
    periods = sorted({period for _, period, _ in beyond_ending(tables, payer, since)})
    values = {"payer": payer_called(tables, payer, "en"), "day": since, "periods": ", ".join(periods) or "–"}
    body = {
        "template": f"{ID}.confirmation_ended", "party": party, "to": [], "values": values, "basis": entry.says,
        "deliver": [],
    }  # fmt: skip
    yield Act(notices.WANTED.id, body, f"{ID}:ended:{entry.index}", payer, causes=(entry.index,))


def _work_confirmed(entry: Entry, tables: Tables) -> Iterator[Act]:
    hours.confirmed(entry, tables)
    yield from _claims_again(entry, [str(entry.body["member"])], tables)


def _drawn(entry: Entry, tables: Tables) -> Iterator[Act]:
    told = {"words": entry.body["words"], "many": entry.body["rows"], "on": stamp(entry.time)}
    tables.put(DRAW, {"entry": entry.index, "lot": record.lot_of(entry), **told})
    yield from ()


def _handed_over(entry: Entry, tables: Tables) -> Iterator[Act]:
    """Another holds it. An account is the same person's as before, unless it was somebody else's from the start: then
    what is due of either is posted anew."""
    row, to = tables.get(HOLDER, str(entry.subject)), str(entry.body["to"])
    if row is not None:
        before = theirs(tables, str(entry.subject))
        handed_on(tables, str(entry.subject), str(row["party"]), entry.index)
        about = {"subject": row["subject"], "noun": row["noun"], "until": entry.day.toordinal()}
        for party in sorted({row["party"], row["person"]}):
            tables.put(HELD_BEFORE, {**about, "party": party})
        passes = entry.body.get("person_too") or entry.body["reason_code"] == FROM_THE_START
        person = to if passes or row["noun"] == PAYER_NOUN else str(row["person"])
        tables.put(HOLDER, {**row, "party": to, "person": person, "for_another": int(person != to)})
        if row["noun"] == PAYER_NOUN:  # who holds it now is somebody whom nobody confirmed
            tables.delete(CONFIRMED_PAYER, str(entry.subject))
        elif person != row["person"] and not entry.body.get("person_too"):
            yield from _said_anew(entry, sorted({*before, *theirs(tables, str(entry.subject))}), "", tables)


_FOLLOWS: Mapping[str, Callable[[Entry, Tables], Iterator[Act]]] = {
    MEMBER.id: _registered, PAYER.id: _registered, HANDED_OVER: _handed_over, CONTRIBUTIONS.id: _take,
    DIED.id: _died, ALIVE.id: _alive, LIVES.id: deaths.lives, NOT_SERVED.id: _not_served,
    CONFIRMED.id: _confirmed, PAID.id: _paid, TAKEN_OUT.id: _taken_out, BROUGHT_IN.id: _brought_in, CLAIM.id: _claim,
    STATEMENT.id: _statement, accounts.TRANSFERS.id: _answered, HEIR.id: heirs.came, ESTATE.id: redividing.divided,
    PAYEE.id: banking.keep, BANK_FILE.id: settling.sent, BANK_ANSWER.id: settling.said,
    BANK_FILE_NEVER_LEFT.id: settling.said, BANK_ANSWER_TAKEN_BACK.id: settling.said, RECOVERED.id: owing.recovered,
    RECEIPT_TAKEN_BACK.id: receipts.taken_back, FEE_MADE_GOOD.id: _made_good,
    DRAWN.id: _drawn, CONFIRMATION_ENDED.id: _confirmed_no_more, WORK_CONFIRMED.id: _work_confirmed,
    WITHDRAWAL_TAKEN_BACK.id: undue.withdrawn,
}  # fmt: skip
