"""What is wrong with a filing beyond its form: every fault, named by its row where it is in a file."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date
from typing import Any, NamedTuple

from commonweal.kernel import accounts, registry
from commonweal.kernel.control import FOR_THEM, check_day
from commonweal.kernel.instrument import Act, Fault, Filer, Imported, Opened, Reader, Row, Speaks, Text
from commonweal.kernel.record import AUTHORITY, day_of
from commonweal.kernel.values import BadInput, Unsound

from . import alive_then, banking, deaths, heirs, owing, receipts, redividing, tables, undue
from .booking import told_due
from .claims import all_work, last_day, paid_before, weeks_left, weeks_of, work_in
from .control import CONTROL, asked_for
from .due import HUNDRED
from .files import Line, digest_of, lines_of, root_of, secret_of
from .kinds import (
    ALIVE,
    BROUGHT_IN,
    CLAIM,
    CONFIRMATION_ENDED,
    CONFIRMED,
    CONTRIBUTIONS,
    DIED,
    ESTATE,
    FEE_MADE_GOOD,
    HEIR,
    LIVES,
    MEMBER,
    NOT_SERVED,
    PAID,
    PAYEE,
    PAYER,
    RECEIPT_TAKEN_BACK,
    RECOVERED,
    ROWS,
    STEWARDS,
    TAKEN_OUT,
    WITHDRAWAL_TAKEN_BACK,
    WORK_CONFIRMED,
)
from .programmes import PUBLIC_PURSE, Programme, in_force, law_on, month_number, stopped
from .settling import OUT
from .tables import FILE, HOLDER, at_the_bank, died_on, holder, parts_of, pots_of, programme_for, reported
from .words import FIELDS

FAULTS_MAX, SECRET_BYTES_MIN, HOURS_A_DAY = 50, 16, 24
ACCOUNTS_MAX = 20
"""How many accounts one person has at most: what is due and paid to them is reckoned over all of these."""
A_NOUGHT = 10
"""By how much a sum is wrong that has a nought too many."""


def check(act: Act, reader: Reader, filer: Filer) -> Iterable[Fault]:
    """The faults of an act of this instrument's kinds."""
    yield from CONTROL.check(act, reader, filer, _holds)
    yield from _sound(act, reader, filer)


def _holds(act: Act, reader: Reader, filer: Filer) -> Iterator[Fault]:
    """The same of what a second officer confirms. Some of an account is held against it only then: whoever asks finds
    nothing by trying alone, and each try is on record."""
    yield from _sound(act, reader, filer)
    if (does := _AT_THE_SECOND.get(act.kind)) is not None:
        yield from does(act, reader, filer)


def _sound(act: Act, reader: Reader, filer: Filer) -> Iterator[Fault]:
    """The same but for whose duties are kept apart."""
    if (does := _CHECKS.get(act.kind)) is not None:
        yield from does(act, reader, filer)


def _programme(act: Act, reader: Reader, period: str = "", on: date | None = None) -> Programme | Fault:
    """The programme that an act names, as it stands for a period or is law on a day; else what is wrong with the
    name."""
    name = str(act.body["programme"])
    found = law_on(reader, name, on) if on else programme_for(reader, name, period)
    if found is not None and stopped(reader, name):
        want = (
            "a programme that stands by its newest text: until the authority adopts such a one, nothing of it is taken"
        )
        return Fault("programme", name, want, "stopped")
    if found is not None:
        return found[0]
    known = ", ".join(one.id for one, _ in in_force(reader)) or "none: the authority adopts one (`weal rule adopt`)"
    return Fault("programme", name, f"a programme in force here: {known}", "no_programme")


def _opened(act: Act, reader: Reader, filer: Filer) -> Iterator[Fault]:
    theirs = tables.opened_for(reader, str(act.body.get("party") or filer.party))
    if len(theirs) >= ACCOUNTS_MAX and str(act.subject) not in theirs:
        want = f"at most {ACCOUNTS_MAX} accounts of one person; an officer who opens one for somebody says for whom"
        yield Fault("name", str(act.body["name"]), want, "too_many")
    if not (party := act.body.get("party")):
        if tables.death_of_party(reader, filer.party):
            want = "the living: your death is on record; if that is a mistake, an officer of the fund says so"
            yield Fault("name", str(act.body["name"]), want, "died")
        return
    if not set(STEWARDS) & set(filer.roles):
        want = "nothing: an account belongs to whoever opens it, and an officer says whose it is otherwise"
        yield Fault("party", str(party), want, "by_themselves")
    opened = registry.versions(reader, str(act.subject))[:1]
    if opened and (opened[0]["author"] != filer.party or (opened[0]["body"] or {}).get("party") != party):
        want = "nothing: the account is open, and is handed over by two officers"  # whose it is, is not told
        yield Fault("party", str(party), want, "handed_over")


def _registers(act: Act, reader: Reader, filer: Filer) -> Iterator[Fault]:
    if act.subject == PUBLIC_PURSE and not set(STEWARDS) & set(filer.roles):
        want = "another number: this one is the public purse's, which an officer registers"
        yield Fault("name", str(act.body["name"]), want, "taken")


def _confirms(act: Act, reader: Reader, filer: Filer) -> Iterator[Fault]:
    payer = str(act.body["payer"])
    if holder(reader, payer) == filer.party == AUTHORITY:  # whoever else registered it is a party to it (`control`)
        want = f"somebody else than {filer.party}, who registered it"
        yield Fault("payer", payer.partition(":")[2], want, "same_person")
    if tables.is_confirmed(reader, payer) or payer == PUBLIC_PURSE:
        yield Fault("payer", payer.partition(":")[2], "a payer that waits to be confirmed", "duplicate")


def _confirms_no_more(act: Act, reader: Reader, filer: Filer) -> Iterator[Fault]:
    payer = str(act.body["payer"])
    if not tables.is_confirmed(reader, payer):
        seen, want = payer.partition(":")[2], "a payer that is confirmed"
        told = Text(en=f"{seen} – {want}", zh=f"{seen}——须为已核实的缴费方")
        yield Fault("payer", seen, want, "reference", told)


def _hands_over(act: Act, reader: Reader, filer: Filer) -> Iterator[Fault]:
    """A payer that is confirmed no more would get rid of that, and the public purse is nobody's."""
    payer = str(act.body["about"])
    if payer == PUBLIC_PURSE or tables.why_ended(reader, payer):
        seen = payer.partition(":")[2]
        want = "an account or a payer that was not found to be another: who comes after it registers a payer"
        told = Text(en=f"{seen} – {want}", zh=f"{seen}——须为账户，或未被撤销核实的缴费方：继任者请另行登记")
        yield Fault("about", seen, want, "reference", told)


# ── files ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _of_a_file(act: Act, reader: Reader, filer: Filer) -> Iterator[Fault]:
    body, payer = act.body, str(act.body["payer"])
    confirmed = tables.is_confirmed(reader, payer) or _before_it_ended(act, reader)
    if not confirmed:  # whoever has a key registers: it is told nothing of what is here
        want = "a payer that an officer of the fund confirmed: yours waits for that"
        yield Fault("payer", payer.partition(":")[2], want, "not_confirmed")
    speaks = filer.party == AUTHORITY or holder(reader, payer) in filer.speaks_for
    office = bool(set(STEWARDS) & set(filer.roles))
    whose = None if office or filer.party == AUTHORITY else payer if speaks else ""
    of, period = _Of(None, None, reader if confirmed else None, filer.today, whose), _sound_of(body, "period")
    if _sound_of(body, "programme"):
        found = _programme(act, reader, period)
        if isinstance(found, Fault):
            yield found
        else:
            of = of._replace(programme=found)
    if period and of.programme:
        span = of.programme.span(period)
        if span is None or span[1] < of.programme.in_force_from:
            want = f"a {of.programme.period} from {of.programme.period_of(of.programme.in_force_from)} on"
            yield Fault("period", period, want, "period")
        else:
            of = of._replace(span=span)
            if span[0] > filer.today:
                yield Fault("period", period, "a period that has begun", "future")
    if set(act.blobs) != {ROWS}:
        yield Fault("(payload)", ", ".join(sorted(act.blobs)) or "(absent)", f"one payload named {ROWS}", "missing")
        return
    try:
        lines = list(lines_of(act.blobs[ROWS], filed=True))
    except BadInput as error:
        yield from error.faults
        return
    yield from _of_a_payload(act, lines)
    if of.span and _sound_of(body, "said_by") == FOR_THEM:
        yield from _for_the_payer(body, reader)
    if confirmed and of.span and speaks:
        yield from _stale(act, reader)  # nobody else finds out by trying what a payer said
    yield from _first_of(of.faults(lines))


def _before_it_ended(act: Act, reader: Reader) -> bool:
    """Whether an officer enters for a payer that is confirmed no more what it says of work before that."""
    since = tables.ended(reader).get(str(act.body["payer"]))
    if since is None or _sound_of(act.body, "said_by") != FOR_THEM:
        return False
    try:
        return all(one.last < since for one in lines_of(act.blobs.get(ROWS, b""), filed=True))
    except BadInput:
        return False


def _sound_of(body: Mapping[str, Any], name: str) -> str:
    """What a body says in a field; empty where what it says is faulty."""
    with suppress(Unsound):
        return str(body.get(name) or "")
    return ""


def _of_a_payload(act: Act, lines: Sequence[Line]) -> Iterator[Fault]:
    """Whether the rows in the payload are those of which the body speaks."""
    body = act.body
    if len(lines) != body["rows"] or root_of(act.blobs[ROWS]) != body["root"]:
        want = "as many rows as are in the payload, proven by the same tree"
        yield Fault("root", str(body["root"]), want, "mismatch")
    if len(secret_of(act.blobs[ROWS])) < SECRET_BYTES_MIN:
        want = f"rows after a line with a random secret of {SECRET_BYTES_MIN} bytes or more, for their salts"
        yield Fault("(payload)", ROWS, want, "salt")
    after, up_to = str(body.get("after") or ""), str(body.get("up_to") or "")
    if any(one.member and (one.member <= after or (up_to and one.member > up_to)) for one in lines):
        yield Fault("up_to", up_to or "(end)", f"rows of members after {after or 'none'} and up to it", "part")


def _for_the_payer(body: Mapping[str, Any], reader: Reader) -> Iterator[Fault]:
    """What an officer enters for a payer is one part, which a second officer looks at; what the payer itself sends
    meanwhile goes before."""
    if body.get("parts", 1) != 1:
        seen, want = str(body["parts"]), "one part: a file as large as this the payer sends itself"
        told = Text(en=f"{seen} – {want}", zh=f"{seen}——仅限一个部分：如此大的文件由缴费方自行提交")
        yield Fault("parts", seen, want, "too_many", told)
    asked = asked_for(reader, body)
    about = {name: body[name] for name in ("payer", "programme", "period")}
    if asked is not None:
        for row in reader.select(FILE, {**about, "replaced": 0, "entry": (">", asked)}, limit=1):
            seen, want = str(body["period"]), f"no file of the payer's own: it sent entry {row['entry']} since"
            told = Text(en=f"{seen} – {want}", zh=f"{seen}——缴费方此后已自行提交文件（条目 {row['entry']}）")
            yield Fault("period", seen, want, "replaced", told)


def _stale(act: Act, reader: Reader) -> Iterator[Fault]:
    """A file that was replaced is not brought back by an old message that comes late: who means it says so."""
    for row in same(act, reader):
        if not row["replaced"]:
            want = f"other rows, or another label: this file stands as entry {row['entry']}"
            yield Fault("label", row["label"] or "(empty)", want, "stands")
            return
        if row["replaced"]:
            want = f"another label: this file was replaced by entry {row['replaced']}, and is not taken back unasked"
            yield Fault("label", row["label"] or "(empty)", want, "replaced")
            return


def same(act: Act, reader: Reader) -> list[Row]:
    """The files, or parts of one, on record that say what an act says."""
    names = ("payer", "programme", "period", "label", "after", "up_to")
    about = {name: act.body.get(name) or "" for name in names}
    return reader.select(FILE, {**about, "digest": digest_of(act.blobs[ROWS])})


def fresh(acts: Sequence[Act], reader: Reader) -> list[Act]:
    """The parts of a payer's file that do not stand on record as they are said again."""
    return [act for act in acts if all(row["replaced"] for row in same(act, reader))]


def settled(imported: Imported, reader: Reader, opened: Opened, speaks: Speaks) -> Imported:
    """A payer's file without what stands of it already, for whoever speaks for that payer."""
    acts = [act for act in imported.acts if not speaks(str(act.body["payer"])) or fresh([act], reader)]
    return replace(imported, acts=tuple(acts), there=len(imported.acts) - len(acts))


class _Of(NamedTuple):
    """What the rows of a file are held against: a programme and the days of a period, as far as the file says these,
    and the accounts, of which a payer that nobody confirmed is told nothing: whoever has a key registers one.

    Of an account whose person died only a `payer` whose rows about it stand is told until when it takes contributions
    (None: the office, which is told all); to any other it is a number that is not open here. Else whoever pays would
    find by trying who of all accounts died, and when.
    """

    programme: Programme | None
    span: tuple[date, date] | None
    accounts: Reader | None
    today: date
    payer: str | None

    def faults(self, lines: Sequence[Line]) -> Iterator[Fault]:
        members = sorted({one.member for one in lines if one.member})
        there, died = set(members), dict[str, str]()
        if self.accounts is not None:
            found = (self.accounts.select(HOLDER, {"subject": ("in", part)}) for part in parts_of(members))
            there, died = {row["subject"] for rows in found for row in rows}, died_on(self.accounts, members)
            there -= died.keys() - self._paid_into(self.accounts, sorted(died))
        for one in sorted(lines, key=lambda line: line.row):
            yield from self._of_a_member(one, there, died)
            yield from self._of_days(one)
            if not one.currency or (self.programme and one.currency != self.programme.currency):
                want = f"{self.programme.currency if self.programme else 'USD'}, the currency of the programme"
                yield Fault(f"row {one.row}, currency", one.currency or "(empty)", want, "currency")

    def _paid_into(self, reader: Reader, members: Sequence[str]) -> Collection[str]:
        """Those of these accounts about which rows of the payer stand; all for the office."""
        if self.payer is None:
            return members
        rows = reader.select(tables.WORK, {"payer": self.payer, "member": ("in", members)}, only=("member",))
        return {row["member"] for row in rows}

    def _of_a_member(self, one: Line, there: Collection[str], died: Mapping[str, str]) -> Iterator[Fault]:
        if one.member not in there:
            seen, want = one.member.partition(":")[2] or "(empty)", "the number of an account that is open here"
            yield Fault(f"row {one.row}, member", seen, want, "unknown_member")
        elif one.member in died and one.last > died[one.member]:
            want = (
                "an earlier day: of work beyond it this account takes no contributions; ask the fund which days to send"
            )
            yield Fault(f"row {one.row}, to", one.last, want, "not_taken")

    def _of_days(self, one: Line) -> Iterator[Fault]:
        for column, day in (("from", one.first), ("to", one.last)):
            if not day:
                yield Fault(f"row {one.row}, {column}", "(empty)", "a day such as 2026-03-31", "day")
        first, last = (day.isoformat() for day in self.span or (date.min, date.max))
        if any(day and not first <= day <= last for day in (one.first, one.last)):
            yield Fault(f"row {one.row}, from", f"{one.first} to {one.last}", f"days from {first} to {last}", "period")
        elif one.last > self.today.isoformat():
            yield Fault(f"row {one.row}, to", one.last, f"work that was done: until {self.today}", "future")
        begins, ends = (date.fromisoformat(day) for day in (one.first or first, one.last or last))
        there_are = (max(0, (ends - begins).days) + 1) * HOURS_A_DAY
        if one.hours > there_are * HUNDRED:
            seen, want = accounts.written(one.hours, "hour"), f"at most {there_are}: so many hours these days have"
            yield Fault(f"row {one.row}, hours", seen, want, "hours")


def _first_of(faults: Iterable[Fault]) -> Iterator[Fault]:
    """The first fifty, and that there are more."""
    for number, fault in enumerate(faults):
        if number == FAULTS_MAX:
            yield Fault("(further rows)", f"from {fault.where}", "mend these first", "more")
            return
        yield fault


# ── money ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _of_money(act: Act, reader: Reader, filer: Filer) -> Iterator[Fault]:
    today = day_of(reader, filer.at)  # the ledger's
    programme = _programme(act, reader, on=today)
    if isinstance(programme, Fault):
        yield programme
        return
    body = act.body
    if act.kind == BROUGHT_IN.id and today < programme.in_force_from:
        yield _before_it_is_law("programme", today, programme)
    if act.kind in (PAID.id, BROUGHT_IN.id, FEE_MADE_GOOD.id):
        yield from _once(act, reader)
    if act.kind == FEE_MADE_GOOD.id:
        yield from _more_than_kept(act, programme, reader)
        return
    if act.kind == PAID.id:
        yield from _more_than_owed(act, programme, reader)
        return
    pot, closed = programme.pots.get(str(body["pot"])), programme.closed if act.kind == BROUGHT_IN.id else ()
    if pot is None or pot.pooled or pot.id in closed:
        own = ", ".join(one.id for one in programme.pot if not one.pooled and one.id not in closed)
        yield Fault("pot", str(body["pot"]), f"a pot of the member's own: {own}", "pot")
    elif act.kind == TAKEN_OUT.id:
        if body["reason"] not in pot.takes_out:
            want = f"a reason for which this pot is paid: {', '.join(pot.takes_out) or 'none'}"
            yield Fault("reason", str(body["reason"]), want, "reason")
        yield from _of_another_place(str(body.get("to") or ""), str(body["reason"]))
        yield from _held(reader, str(body["member"]))
        if body["reason"] == "death" or died_on(reader, [str(body["member"])]):
            yield _of_the_dead(str(body["reason"]))
        if _reads_it(act, reader, filer):
            yield from _more_than_free(act, programme, reader, today)


def _reads_it(act: Act, reader: Reader, filer: Filer) -> bool:
    """Whether a filing about an account is held against what is in it before it is recorded: only where its holder
    files it. Whoever else enters it for them does not read that, nor learn it by being refused: it is decided by the
    same rule when it takes effect, and the holder's statement says what came of it."""
    return holder(reader, str(act.body["member"])) in filer.speaks_for


def _more_than_free(act: Act, programme: Programme, reader: Reader, today: date) -> Iterator[Fault]:
    held = pots_of(reader, programme, str(act.body["member"]), today)[str(act.body["pot"])]
    free = min(held.free, max(0, at_the_bank(reader, programme.id)))
    if act.body["cents"] > free:
        seen, most = (accounts.written(each, programme.currency) for each in (int(act.body["cents"]), free))
        want = f"at most {most} {programme.currency}: what is vested and was received from payers"
        yield Fault("cents", seen, want, "too_much")


def _held(reader: Reader, member: str) -> Iterator[Fault]:
    """That payments are held while a death that was reported waits to be confirmed, and while nobody alive holds the
    account for its person."""
    if row := reported(reader, member):
        want = (
            f"once it is answered: on {row['day']} the death of the person of this account was reported, and payments "
            "are held until it is confirmed or put aside; whoever lives says so here (/benefits/do/lives)"
        )
        zh = (
            f"{member}——{row['day']}有人报告账户归属人身故，确认或搁置前暂停付款；"
            "如您在世，请声明（/benefits/do/lives）"
        )
        yield Fault("member", member, want, "reported", Text(en=f"{member} – {want}", zh=zh), tells=(row["entry"],))
    if tables.held_for_another(reader, member) and tables.death_of_party(reader, holder(reader, member)):
        want = "an account that somebody alive holds: who held it for its person died, and two officers hand it on"
        told = Text(en=f"{member} – {want}", zh=f"{member}——代为持有者已身故：须先由两名官员变更持有人")
        yield Fault("member", member, want, "holder_died", told)


def _of_the_dead(reason: str) -> Fault:
    """That nobody takes out what goes to heirs."""
    want = (
        "a reason of the living: an account whose person's death is on record is divided among heirs; "
        "if that was recorded by mistake, the fund takes it back"
    )
    zh = f"{reason}——须为生前事由：已登记归属人身故的账户由继承人分得；登记有误的，由基金更正"
    return Fault("reason", reason, want, "reason", Text(en=f"{reason} – {want}", zh=zh))


def _of_another_place(to: str, reason: str) -> Iterator[Fault]:
    """Only what moves to another scheme goes elsewhere than to the holder; to heirs it goes by a decision on an estate,
    which the house carries out."""
    moves = reason == "moved_to_another_scheme"
    if moves and not to:
        yield Fault("to", "(empty)", "the scheme to which the money moves", "missing")
    elif to.casefold().startswith(heirs.HEIR_WORD) or (to and not moves):
        want = "a scheme to which money moves, and nothing where it moves to none: what is taken out goes to the holder"
        told = Text(en=f"{to} – {want}", zh=f"{to}——仅转出至其他计划时填写该计划；其余提取款项归账户持有人")
        yield Fault("to", to, want, "elsewhere", told)


def _more_than_owed(act: Act, programme: Programme, reader: Reader) -> Iterator[Fault]:
    """A sum ten times what a payer is told to owe, or ever paid, is asked about: a nought too many is not seen
    otherwise. What of its dues is not told is not looked at: of a payer with few people officers do not read that,
    and would find by trying how many digits it has. Of whom nothing is known nothing is asked."""
    payer = str(act.body["payer"])
    about = {"programme": programme.id, "payer": payer, "what": "paid", "done": 1}
    paid = [row["cents"] for row in reader.select(tables.MOVE, about, only=("cents",))]
    known = max(told_due(reader, programme, payer).cents - sum(paid), *paid, 0)
    if known and act.body["cents"] >= A_NOUGHT * known and not act.body.get("more_than_owed"):
        seen = f"{accounts.written(int(act.body['cents']), programme.currency)} {programme.currency}"
        more = FIELDS["more_than_owed"]["en"].lower()
        want = (
            f"about what the payer owes as far as that is told, or paid before, or else that it is {more}: look at the "
            "sum and the payer"
        )
        told = Text(
            en=f"{seen} – {want}",
            zh=f"{seen}——远超该缴费方可公布的应付金额及以往付款；请核对金额与缴费方，确属如此须注明",
        )
        yield Fault("cents", seen, want, "more_than_owed", told)


def _more_than_kept(act: Act, programme: Programme, reader: Reader) -> Iterator[Fault]:
    """Of what the bank kept, no more is made good than is open: the office's own cost, and nobody's account."""
    about = {"programme": programme.id}
    kept = sum(row["fee"] for row in reader.select(OUT, about, only=("fee",)))
    there = reader.select(tables.MOVE, {**about, "what": "made_good", "done": 1}, only=("cents",))
    left = kept - sum(row["cents"] for row in there)
    if act.body["cents"] > left:
        seen, most = (accounts.written(each, programme.currency) for each in (int(act.body["cents"]), left))
        want = f"at most {most} {programme.currency}, which the bank kept and nobody made good"
        told = Text(en=f"{seen} – {want}", zh=f"{seen}——最多 {most} {programme.currency}，即银行扣留而尚未补足的金额")
        yield Fault("cents", seen, want, "too_much", told)


def _of_a_receipt(act: Act, reader: Reader, filer: Filer) -> Iterator[Fault]:
    programme = _programme(act, reader)
    if isinstance(programme, Fault):
        yield programme
    else:
        yield from receipts.check(programme, int(act.body["receipt"]), str(act.body.get("payer") or ""), reader)


def _once(act: Act, reader: Reader) -> Iterator[Fault]:
    """One reference of the bank is one receipt; without one, as much of the same day is taken for the same."""
    body, receipt = act.body, tables.receipt_of(act.body)
    about: dict[str, Any] = {"receipt": receipt, "done": 1}
    if not receipt:
        about["programme"] = str(body["programme"])
        about |= {name: str(body.get(name) or "") for name in ("payer", "member", "pot", "on") if name in body}
        about |= {"cents": body["cents"], "what": ("in", tables.COMES)}
    for row in reader.select(tables.MOVE, about, order=("entry",)):
        if receipt or row["body"].get("payment") == body.get("payment"):
            entry = row["entry"]
            want = (
                f"another reference than that of entry {entry}: one of the bank's is one receipt, and of one that came "
                "for several it says which part"
            )
            tells = (int(entry),) if row["member"] else ()
            yield Fault("reference", str(body.get("reference") or "(empty)"), want, "duplicate", tells=tells)
            return


def _of_a_claim(act: Act, reader: Reader, filer: Filer) -> Iterator[Fault]:
    begins = date.fromisoformat(act.body["begins"])
    programme = _programme(act, reader, on=begins)
    if isinstance(programme, Fault):
        yield programme
    elif begins < programme.in_force_from:
        yield _before_it_is_law("begins", begins, programme)
    elif programme.pays is None:
        yield Fault("programme", programme.id, "a programme with a pool that pays", "no_pool")
    else:
        yield from _of_weeks(programme, act, reader, filer)


def _before_it_is_law(where: str, day: date, programme: Programme) -> Fault:
    """That a programme was adopted ahead, and is no law on a day."""
    since = programme.in_force_from
    want = f"{since} or later: from that day on the programme is law"
    return Fault(
        where, str(day), want, "not_law", Text(en=f"{day} – {want}", zh=f"{day}——须为 {since} 或之后：方案自该日起生效")
    )


def _of_weeks(programme: Programme, act: Act, reader: Reader, filer: Filer) -> Iterator[Fault]:
    """Weeks are claimed once they are over, each once, none with work in it, and no more than are left."""
    member, begins, weeks = str(act.body["member"]), date.fromisoformat(act.body["begins"]), int(act.body["weeks"])
    last = last_day(begins, weeks)
    if last >= filer.today:
        yield Fault("weeks", f"{begins} to {last}", f"weeks that are over before {filer.today}", "ahead")
    yield from _held(reader, member)
    if died_on(reader, [member]):
        yield Fault("member", member, "an account whose person did not die: nothing is paid out of it", "died")
    if _reads_it(act, reader, filer):
        yield from _of_weeks_before(programme, member, begins, weeks, reader)


def _of_weeks_before(programme: Programme, member: str, begins: date, weeks: int, reader: Reader) -> Iterator[Fault]:
    assert programme.pays is not None
    left = weeks_left(reader, programme, member, begins, weeks)
    if row := paid_before(reader, programme, member, begins, weeks):
        first = date.fromisoformat(row["on"])
        until = last_day(first, row["body"]["weeks"])
        want = f"weeks that were not paid before: entry {row['entry']} paid those from {first} to {until}"
        yield Fault("begins", begins.isoformat(), want, "paid_before")
    if 0 < left < weeks:  # where none is left the claim is decided so, and stands on the statement
        yield Fault("weeks", str(weeks), f"at most {left}: so many would be paid for a claim from that day", "too_many")
    if one := work_in(all_work(reader, member), weeks_of(begins, weeks), programme.pays.row_days_at_most):
        want = f"weeks without work: a payer says that there was work from {one.first} to {one.last}"
        yield Fault("begins", begins.isoformat(), want, "worked")


def _of_a_recovery(act: Act, reader: Reader, filer: Filer) -> Iterator[Fault]:
    programme = _programme(act, reader)
    if isinstance(programme, Fault):
        yield programme
    else:
        yield from _once(act, reader)


def _of_what_is_open(act: Act, reader: Reader, filer: Filer) -> Iterator[Fault]:
    """What comes back is of a payment that was too much, and no more than is open of it. How much that is, is not told;
    and that a second officer was told so much stands in the log of reads."""
    programme, body = _programme(act, reader), act.body
    if isinstance(programme, Fault):
        return
    about = {"payment": int(body["payment"]), "member": str(body["member"]), "programme": programme.id}
    rows = reader.select(tables.OWING, about)
    tells = (int(body["payment"]),)
    if not rows:
        want = "the entry of a payment of this account and programme of which something is to come back"
        yield Fault("payment", str(body["payment"]), want, "reference", tells=tells)
    elif int(body["cents"]) > sum(map(owing.open_of, rows)):
        seen = accounts.written(int(body["cents"]), programme.currency)
        yield Fault("cents", seen, "at most what is open of it", "too_much", tells=tells)


def _of_service(act: Act, reader: Reader, filer: Filer) -> Iterator[Fault]:
    """Nobody says it of what they said themselves as a payer. Only months count no more that the payer's newest file
    does not bear out; which these are, is not told: whoever finds it does not read somebody's months of work."""
    rows = reader.select(tables.SERVED, {"member": str(act.body["member"])})
    there = {row["month"]: row["payer"] for row in rows}
    for month in act.body["served_months"]:
        if holder(reader, there.get(month_number(month), "")) in filer.speaks_for:
            yield Fault("served_months", month, "somebody else than the payer that said so", "own")


def _of_work(act: Act, reader: Reader, filer: Filer) -> Iterator[Fault]:
    """What the payer says of it is not told, nor whether it says anything: no more than that counts (`hours`)."""
    programme = _programme(act, reader, str(act.body["period"]))
    if isinstance(programme, Fault):
        yield programme


def _taken_back(act: Act, reader: Reader, filer: Filer) -> Iterator[Fault]:
    if _reads_it(act, reader, filer):
        yield from undue.check(act, reader, filer)


def _is_a_withdrawal(act: Act, reader: Reader, filer: Filer) -> Iterator[Fault]:
    if not _reads_it(act, reader, filer):
        yield from (replace(one, tells=(int(act.body["payment"]),)) for one in undue.check(act, reader, filer))


def _of_a_death(act: Act, reader: Reader, filer: Filer) -> Iterator[Fault]:
    yield from check_day(act.body, alive_then.on_record(reader, str(act.body["member"])))


_CHECKS: Mapping[str, Callable[[Act, Reader, Filer], Iterable[Fault]]] = {
    CONTROL.hand_over.id: _hands_over,
    MEMBER.id: _opened, PAYER.id: _registers, CONFIRMED.id: _confirms, CONTRIBUTIONS.id: _of_a_file, PAID.id: _of_money,
    TAKEN_OUT.id: _of_money, BROUGHT_IN.id: _of_money, CLAIM.id: _of_a_claim,
    ESTATE.id: redividing.check, HEIR.id: heirs.again, ALIVE.id: deaths.check, LIVES.id: deaths.check_lives,
    DIED.id: _of_a_death,
    NOT_SERVED.id: _of_service,
    RECOVERED.id: _of_a_recovery, RECEIPT_TAKEN_BACK.id: _of_a_receipt,
    FEE_MADE_GOOD.id: _of_money, CONFIRMATION_ENDED.id: _confirms_no_more, WORK_CONFIRMED.id: _of_work,
    WITHDRAWAL_TAKEN_BACK.id: _taken_back,
    **dict.fromkeys((PAYEE.id, *banking.BANK.kinds), banking.check),
}  # fmt: skip
_AT_THE_SECOND: Mapping[str, Callable[[Act, Reader, Filer], Iterable[Fault]]] = {
    RECOVERED.id: _of_what_is_open, WITHDRAWAL_TAKEN_BACK.id: _is_a_withdrawal,
}  # fmt: skip
"""What is held against an account only as a second officer confirms it."""
