"""What is laid out: accounts and payers, what payers said of work, what was posted for it, and what was taken out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any, NamedTuple

from commonweal.kernel.accounts import as_reference
from commonweal.kernel.control import Reports
from commonweal.kernel.instrument import Reader, Row, Table, Tables
from commonweal.kernel.values import BadInput, Fault, subject_id

from .due import Work
from .kinds import ID, MEMBER_NOUN, PAYER_NOUN
from .programmes import PUBLIC_PURSE, Programme, adopted_as, law_on, newest, span_of
from .vesting import Vesting, service

NAMES_AT_ONCE = 5_000
FILE = Table(
    "portable_benefits_file",
    columns={
        "entry": "integer", "payer": "text", "programme": "text", "period": "text", "root": "text", "label": "text",
        "digest": "text", "secret": "text",
        "rows": "integer", "filed_on": "text", "posted": "integer", "back": "integer", "replaced": "integer",
        "adopted": "integer", "version": "text", "after": "text", "up_to": "text", "part": "integer",
        "parts": "integer",
    },
    key=("entry",),
    indexes=(("payer", "programme", "period"), ("programme", "period")),
)  # fmt: skip
"""Payers' files: how many cents each posted to its payer and took back from it, the entry that replaced it (0: none),
and the entry that adopted the text which its period stands under."""
WORK = Table(
    "portable_benefits_work",
    columns={
        "programme": "text", "period": "text", "payer": "text", "member": "text", "first": "text", "last": "text",
        "earnings": "integer", "hours": "integer", "jobs": "integer", "entry": "integer",
    },
    key=("programme", "period", "payer", "member", "first"),
    indexes=(("programme", "period", "member"), ("member",)),
)  # fmt: skip
"""What stands of each row of the newest file of a payer and period."""
SERVED = Table(
    "portable_benefits_served",
    columns={"member": "text", "month": "integer", "payer": "text", "entry": "integer"},
    key=("member", "month"),
)
"""Months of service that counted and that the payer's later file (`entry`) does not bear out: they go on counting until
an officer says that there was no work (`portable_benefits.not_served`)."""
POSTED = Table(
    "portable_benefits_posted",
    columns={
        "programme": "text", "member": "text", "period": "text", "payer": "text", "pot": "text", "cents": "integer",
        "entry": "integer",
    },
    key=("programme", "member", "period", "payer", "pot"),
    indexes=(("programme", "period", "payer"), ("payer", "programme"), ("programme", "pot")),
)  # fmt: skip
"""What was posted for a person and period, by payer and pot; `entry` is the newest file that changed it."""
OWED = Table(
    "portable_benefits_owed",
    columns={"programme": "text", "payer": "text", "period": "text", "pot": "text", "cents": "integer"},
    key=("programme", "payer", "period", "pot"),
)
"""What all of `POSTED` comes to for a payer, period and pot: what payments are set against, oldest period first."""
COVER = Table(
    "portable_benefits_cover",
    columns={"programme": "text", "payer": "text", "period": "text", "paid": "integer", "due": "integer"},
    key=("programme", "payer", "period"),
)
"""What part of each period a payer's payments cover: `paid` of `due`. Who took more out has what they took."""
USED = Table(
    "portable_benefits_used",
    columns={
        "programme": "text", "payer": "text", "member": "text", "pot": "text", "cents": "integer",
        "beyond": "integer", "ahead": "integer", "unpaid": "integer",
    },
    key=("programme", "payer", "member", "pot"),
    indexes=(("programme", "member"), ("programme", "beyond"), ("programme", "unpaid")),
)  # fmt: skip
"""How many cents of a payer's payments are out of a pot (of a pool: `member` is empty). `beyond` is what of it the
payer's files do not say any more, `unpaid` what no payment bears since a receipt was taken back; `ahead` is 1 where
what is borne is more than the part that payments cover."""
MOVE = Table(
    "portable_benefits_move",
    columns={
        "entry": "integer", "programme": "text", "member": "text", "payer": "text", "pot": "text", "cents": "integer",
        "what": "text", "on": "text", "receipt": "text", "done": "integer", "body": "json",
    },
    key=("entry",),
    indexes=(("programme", "member"), ("programme", "what"), ("member",), ("payer",), ("receipt",)),
)  # fmt: skip
"""Money that came in or went out otherwise: `what` is `paid`, `taken_out`, `brought_in`, `claim`, `recovered` or
`made_good` (a bank's fee, by the office); `done` is 0 for what was refused when its turn came, by the rule or by the
ledger, whose reason is then `ledger` in `body`, and for a receipt that was `taken_back` by an entry. `receipt` is the
bank's reference of what came, as `receipt_of` reads it. `withheld` in `body` is what was kept of it, by receivable."""
UNBOOKED = Table(
    "portable_benefits_unbooked",
    columns={
        "programme": "text", "member": "text", "period": "text", "payer": "text", "pot": "text", "cents": "integer",
        "outcome": "text", "entry": "integer",
    },
    key=("programme", "member", "period", "payer", "pot"),
)  # fmt: skip
"""Contributions that are due (below zero: to be taken back) and that the ledger did not take, with its reason and the
entry of the file. The next file about that person and period asks again."""
COMES = ("paid", "brought_in", "recovered", "made_good")
"""What of the movements comes to the fund's bank."""
TWICE, DIED = "paid_twice", "died"
"""Why something is to come back: the bank paid it twice; somebody died before it arrived (`owing` has the others)."""


def receipt_of(body: Mapping[str, Any]) -> str:
    """A bank's reference as receipts are told apart by it: letters and digits alone, without regard to case or to how
    they are parted; empty where none is said.

    One reference is one receipt of the fund's bank, whatever programme, day, payer, account or pot is said of it.
    """
    return as_reference(str(body.get("reference") or ""))


OWING = Table(
    "portable_benefits_owing",
    columns={
        "payment": "integer", "why": "text", "programme": "text", "member": "text", "to": "text", "pot": "text",
        "cents": "integer", "back": "integer", "returned": "integer", "entry": "integer",
    },
    key=("payment", "why"),
    indexes=(("programme", "member"), ("member",)),
)  # fmt: skip
"""By the entry of the payment and why: cents that are to come back, and that came. `to` is whoever got it, as the
movement says. `returned` is what of `back` never left or the bank sent back (of what it paid twice: what it sent
back): that is put back where it came from."""
POOL = Table(
    "portable_benefits_pool",
    columns={
        "programme": "text", "entry": "integer", "payer": "text", "day": "text", "came": "integer", "paid": "integer",
        "member": "text",
    },
    key=("programme", "entry", "payer"),
    indexes=(("programme", "payer"),),
)  # fmt: skip
"""What moved in a pool: cents that a payer's payments came to cover (or cover no more), or that were paid to a member;
on which day. What payers owe is not in it."""
REGAINED = Table(
    "portable_benefits_regained",
    columns={
        "programme": "text", "payment": "integer", "entry": "integer", "paid_on": "text", "day": "text",
        "member": "text", "cents": "integer",
    },
    key=("programme", "payment", "entry"),
)  # fmt: skip
"""What of a payment from a pool was put back or came back to it, by which entry and on which day (below zero: that it
did not), and on which day it had been paid."""
BANKED, IN_POOL, GONE_FROM_POOL = "bank", "pool", "pool_out"
USED_OF, UNPAID_OF = "used of ", "unpaid of "
SUM = Table(
    "portable_benefits_sum",
    columns={"programme": "text", "what": "text", "cents": "integer"},
    key=("programme", "what"),
)
"""Sums that are kept of a programme: what is at its bank (less all that was decided to leave it), what is in its pool,
what was paid out of that and did not come back; and by payer what is out of its payments (`used of …`), and what of
that no payment bears."""
OPENED = Table("portable_benefits_opened", columns={"account": "text", "entry": "integer"}, key=("account",))
"""Accounts of the ledger that were asked for."""
HOLDER = Table(
    "portable_benefits_holder",
    columns={"subject": "text", "noun": "text", "party": "text", "person": "text", "for_another": "integer"},
    key=("subject",),
    indexes=(("party", "noun"), ("person", "noun"), ("for_another",)),
)
"""Who holds an account or payer (`party`: reads it, is written to, acts for it): whoever registered it, whom an officer
registered it for, or whom it was handed to. An account's `person` is whom it was opened for, whoever holds it: work,
service, what is due and owed, and a death are theirs. `for_another` is 1 where somebody else holds it for them."""
HELD_BEFORE = Table(
    "portable_benefits_held_before",
    columns={"subject": "text", "noun": "text", "party": "text", "until": "integer"},
    key=("subject", "party"),
    indexes=(("noun", "until"),),
)
"""Who held an account or payer, or whose it was, and until which day (ordinal)."""
DEATH = Table(
    "portable_benefits_death",
    columns={
        "member": "text", "person": "text", "on": "text", "entry": "integer", "by": "text", "recorded": "text",
    },
    key=("member",),
    indexes=(("person",),),
)  # fmt: skip
"""Accounts whose `person` died, on which day, and who recorded it on which. A death is the person's: it shuts
what they open or are handed later too, and an account stays shut whoever holds it afterwards."""
REPORTS = Reports(
    ID, "member", lambda reader, member: person_of(reader, member),  # noqa: PLW0108 - it is defined below
    lambda reader, member: death_of(reader, member) is not None,
)  # fmt: skip
"""Deaths of account holders that were reported and are not confirmed, and who says that they live."""
MISTAKEN = Table(
    "portable_benefits_death_mistaken",
    columns={
        "member": "text",
        "programme": "text",
        "payer": "text",
        "on": "text",
        "until": "text",
        "alive": "integer",
    },
    key=("member", "programme", "payer"),
)
"""Who said the work of somebody last as their death was recorded; and where it was by mistake, until which day it stood
and which entry took it back (0 while it stands)."""
RECORDED = Table(
    "portable_benefits_death_recorded",
    columns={"person": "text", "by": "text", "entry": "integer"},
    key=("person", "by"),
)
"""Who ever recorded somebody's death, or confirmed that: none of them divides what was theirs, whatever was said."""
DRAW = Table(
    "portable_benefits_draw",
    columns={"entry": "integer", "lot": "text", "words": "text", "many": "integer", "on": "text"},
    key=("entry",),
)
"""What auditors drew: the lot that follows from the entry, their words, and how many rows."""
CONFIRMED = Table(
    "portable_benefits_confirmed",
    columns={
        "payer": "text", "entry": "integer", "by": "text", "ended": "text", "since": "text", "ended_by": "integer",
    },
    key=("payer",),
)  # fmt: skip
"""Payers of which an officer found that they are who they say they are; `ended` is why they are confirmed no more, by
which entry (`ended_by`), and `since` the day from which on what they said of work does not count (empty: none)."""
TABLES = (
    CONFIRMED, DRAW, FILE, WORK, SERVED, POSTED, UNBOOKED, OWED, COVER, USED, MOVE, OWING, POOL, REGAINED, SUM, OPENED,
    HOLDER, HELD_BEFORE, DEATH, *REPORTS.tables, MISTAKEN, RECORDED,
)  # fmt: skip


def parts_of(names: Sequence[str]) -> Iterable[Sequence[str]]:
    """Names, as many as are looked up at once."""
    return (names[at : at + NAMES_AT_ONCE] for at in range(0, len(names), NAMES_AT_ONCE))


def among(after: str, up_to: str) -> dict[str, Any]:
    """Where members follow on one up to another, included; both empty for all.

    A number of an account goes on with no sign that sorts before `!`, so that this comes right after the account.
    """
    if not after and not up_to:
        return {}
    return {"member": ("between", (f"{after}!" if after else "", f"{up_to}!" if up_to else "~"))}


def meet(row: Row, after: str, up_to: str) -> bool:
    """Whether a file's part is about members that lie between these."""
    return (not up_to or row["after"] < up_to) and (not row["up_to"] or after < row["up_to"])


def works(rows: Iterable[Row]) -> list[Work]:
    """Rows of `WORK` as what payers said."""
    return [
        Work(
            row["payer"], date.fromisoformat(row["first"]), date.fromisoformat(row["last"]), row["earnings"],
            row["hours"], row["jobs"],
        )
        for row in rows
    ]  # fmt: skip


def work_of(reader: Reader, members: Sequence[str], programme: str = "") -> list[Work]:
    """Everything that counts of what payers say of the work of whoever has these accounts, in one programme or in
    whichever."""
    about = {"member": ("in", members), **({"programme": programme} if programme else {})}
    return works(counting(reader, reader.select(WORK, about)))


def counting(reader: Reader, rows: Sequence[Row]) -> list[Row]:
    """Rows of `WORK` without those that reach beyond a death: what of these is due nobody knows until the payer says
    how much was before it, nor what a payer that is confirmed no more says from that day on."""
    rows = before_endings(reader, rows)
    died = died_on(reader, {row["member"] for row in rows})
    return [row for row in rows if row["last"] <= died.get(row["member"], row["last"])]


def ended(reader: Reader) -> dict[str, str]:
    """The payers that are confirmed no more, with the day from which on what they said of work does not count."""
    rows = reader.select(CONFIRMED, {"since": (">", "")}, only=("payer", "since"))
    return {str(row["payer"]): str(row["since"]) for row in rows}


def ended_by(reader: Reader, payer: str) -> int:
    """The entry by which a payer is confirmed no more; 0 where it is, or never was."""
    row = reader.get(CONFIRMED, payer)
    return int(row["ended_by"]) if row else 0


def before_endings(reader: Reader, rows: Sequence[Row]) -> list[Row]:
    """Rows of `WORK` without those of payers that are confirmed no more, from that day on."""
    since = ended(reader)
    return [row for row in rows if row["payer"] not in since or row["last"] < since[row["payer"]]]


def beyond_ending(reader: Reader, payer: str, since: str) -> Iterator[tuple[str, str, list[Row]]]:
    """What the files of a payer say of work that reaches to a day or beyond: programme, period and rows of `WORK`."""
    files = reader.select(FILE, {"payer": payer, "replaced": 0}, only=("programme", "period"))
    for programme, period in sorted({(row["programme"], row["period"]) for row in files}):
        about = {"programme": programme, "period": period, "payer": payer, "last": (">=", since)}
        if rows := reader.select(WORK, about, order=("member", "first")):
            yield programme, period, rows


def beyond_deaths(reader: Reader, about: Row) -> list[tuple[Row, str]]:
    """The rows of `WORK` that reach beyond a death, each with its day."""
    dead = reader.select(DEATH, {}, only=("member", "person"))
    persons = {row["person"] for row in dead}
    members = sorted({row["member"] for row in dead}.union(*(opened_for(reader, one) for one in persons)))
    died, found = died_on(reader, members), list[tuple[Row, str]]()
    for part in parts_of(members):
        rows = reader.select(WORK, {**about, "member": ("in", part)}, order=("period", "member", "first"))
        found += [(row, died[row["member"]]) for row in rows if row["last"] > died[row["member"]]]
    return found


def theirs(reader: Reader, member: str) -> list[str]:
    """All accounts of the person whose account this is: what is asked of a person is asked of all of them."""
    return sorted({member, *opened_for(reader, people_of(reader, [member])[member])})


def opened_for(reader: Reader, person: str) -> list[str]:
    """The accounts of a person, whoever holds them."""
    return [row["subject"] for row in reader.select(HOLDER, {"person": person, "noun": MEMBER_NOUN})]


def people_of(reader: Reader, members: Sequence[str]) -> dict[str, str]:
    """The person of each account, whoever holds it; the account itself where nobody is known."""
    found = {member: member for member in members}
    for part in parts_of(sorted(found)):
        rows = reader.select(HOLDER, {"subject": ("in", part)}, only=("subject", "person"))
        found |= {row["subject"]: row["person"] for row in rows}
    return found


def knowers_of(reader: Reader, members: Sequence[str]) -> dict[str, str]:
    """The person of each account as totals count people."""
    one = as_one_person(reader)
    return {member: one(person) for member, person in people_of(reader, members).items()}


def as_one_person(reader: Reader, since: int | None = None) -> Callable[[str], str]:
    """How totals count people: whoever holds an account for somebody knows of both, so that the two are counted as one,
    by the name that sorts first; from a day (`since`, ordinal) on also whoever held it on that day or later."""
    first = dict[str, str]()

    def one(party: str) -> str:
        while party in first:
            party = first[party]
        return party

    now = reader.select(HOLDER, {"for_another": 1, "noun": MEMBER_NOUN}, only=("party", "person"))
    pairs = [(row["party"], row["person"]) for row in now]
    if since is not None:
        held = reader.select(HELD_BEFORE, {"noun": MEMBER_NOUN, "until": (">=", since)}, only=("subject", "party"))
        people = people_of(reader, [row["subject"] for row in held])
        pairs += [(row["party"], people[row["subject"]]) for row in held]
    for pair in pairs:
        low, high = sorted(map(one, pair))
        if low != high:
            first[high] = low
    return one


def holders_of(reader: Reader, payer: str, since: int) -> set[str]:
    """Who holds a payer, or held it on a day (ordinal) or later; the payer itself where nobody is known."""
    held = reader.select(HELD_BEFORE, {"subject": payer, "until": (">=", since)}, only=("party",))
    return {holder(reader, payer) or payer, *(str(row["party"]) for row in held)}


def served(reader: Reader, member: str, on: date) -> int:
    """A person's months of service up to a day, or to their death, by all their accounts: what counted stays."""
    accounts = theirs(reader, member)
    until = min([on, *map(date.fromisoformat, died_on(reader, [member]).values())])
    last = until.year * 12 + until.month
    stays = [row["month"] for row in reader.select(SERVED, {"member": ("in", accounts)}, only=("month",))]
    said = works(before_endings(reader, reader.select(WORK, {"member": ("in", accounts)})))
    return service(said, until, (month for month in stays if month <= last))


def programme_for(
    reader: Reader, programme: str, period: str, *, newest_text: bool = False
) -> tuple[Programme, Row] | None:
    """A programme as it stands for a period, and the row of that text: the one under which the period's first file
    came, else the one that is law on its first day; the newest for what is no period, and with `newest_text`, as it was
    before. None where none is adopted."""
    first = reader.select(FILE, {"programme": programme, "period": period}, order=("entry",), limit=1)
    if first:
        return adopted_as(reader, programme, first[0]["adopted"])
    span = None if newest_text else span_of(period)
    return law_on(reader, programme, span[0]) if span else newest(reader, programme)


class Withheld(NamedTuple):
    """What of a payment is kept for a receivable, by the payment and the reason of that."""

    payment: int
    why: str
    cents: int


def came_back(tables: Tables, payment: int, why: str, cents: int, returned: int = 0) -> None:
    """Lay out that so much came back (below zero: that it did not)."""
    row = tables.get(OWING, payment, why)
    if row is not None:
        tables.put(OWING, {**row, "back": row["back"] + cents, "returned": row["returned"] + returned})


def kept_of(row: Row) -> list[Withheld]:
    """What a movement says was kept of it."""
    return [Withheld(*one) for one in row["body"].get("withheld") or ()]


def leaves(row: Row) -> int:
    """Cents of a movement that leave the fund: without what was kept of it."""
    return int(row["cents"]) - sum(one.cents for one in kept_of(row))


def not_due(reader: Reader, row: Row) -> int:
    """Cents of a movement that are known not to be due to whoever gets it: what is to come back or was put back."""
    rows = reader.select(OWING, {"payment": row["entry"]})
    return sum(int(one["cents"]) for one in rows if one["why"] != TWICE)


def put_back(reader: Reader, row: Row) -> int:
    """Cents of a movement that did not go out, or came back from the bank, and stand where they came from again."""
    rows = reader.select(OWING, {"payment": row["entry"]})
    return sum(int(one["returned"]) for one in rows if one["why"] != TWICE)


def withdrawal(reader: Reader, body: Mapping[str, Any]) -> Row | None:
    """The movement by which an account took out of a programme what a filing (`body`) takes back; None for another."""
    row = reader.get(MOVE, int(body["payment"]))
    about = {"what": "taken_out", "programme": body["programme"], "member": body["member"]}
    return row if row is not None and all(row[name] == said for name, said in about.items()) else None


def goes(reader: Reader, row: Row) -> int:
    """Cents of a movement that go to the bank: what leaves the fund, without what is known not to be due.

    What was not due and was paid back meanwhile is due, should the bank send back the payment itself.
    """
    rows = reader.select(OWING, {"payment": row["entry"]})
    undue = sum(one["cents"] - one["back"] + one["returned"] for one in rows if one["why"] != TWICE)
    return max(0, leaves(row) - int(undue))


class Held(NamedTuple):
    """One pot of a person, in cents: what files of payers came to, what of that payments cover, what of these payments
    has vested, what vests of all that payers say (`promised`), brought in, taken out (without what was not due to
    whoever got it), and what of that did not come back yet.

    What was taken out of a payer's payments had vested: it still has where these reach less far by now.
    """

    paid_in: int
    received: int
    vested: int
    promised: int
    brought_in: int
    taken_out: int
    owing: int = 0

    @property
    def balance(self) -> int:
        return self.paid_in + self.brought_in - self.taken_out

    @property
    def free(self) -> int:
        """What can be taken out now: what has vested of what the fund received, and has."""
        return self._left(self.vested)

    @property
    def free_as_promised(self) -> int:
        """The same as it was reckoned before: what vests of all that payers say, as far as anything was received."""
        return self._left(min(self.promised, self.received))

    def _left(self, vested: int) -> int:
        return max(0, vested + self.brought_in - self.taken_out - self.owing)


def pots_of(reader: Reader, programme: Programme, member: str, on: date) -> dict[str, Held]:
    """A person's own pots of a programme, as they stand on a day. What a payer paid for a period vests by the text
    under which that stands: what another payer says, and did not pay, takes no part in it."""
    paid_in, parts = dict[str, int](), dict[tuple[str, str], dict[str, int]]()
    texts, under = dict[str, str](), dict[str, Programme]()
    for row in reader.select(POSTED, {"programme": programme.id, "member": member}):
        pot = row["pot"]
        paid_in[pot] = paid_in.get(pot, 0) + row["cents"]
        parts.setdefault((pot, row["payer"]), {})[row["period"]] = row["cents"]
        if row["period"] not in texts:
            stands = programme_for(reader, programme.id, row["period"])
            texts[row["period"]] = stands[0].version if stands else programme.version
            under.setdefault(texts[row["period"]], stands[0] if stands else programme)
    received, borne, beyond = _received(reader, programme, member, parts)
    moved = dict[tuple[str, str], int]()
    for row in reader.select(MOVE, {"programme": programme.id, "member": member}):
        if row["done"]:
            key = (row["pot"], row["what"])
            moved[key] = moved.get(key, 0) + row["cents"]
    for row in reader.select(OWING, {"programme": programme.id, "member": member}):
        if row["why"] != TWICE:  # the pot has again what was not due, and it can leave once it is back
            for what, cents in (("taken_out", -row["cents"]), ("owing", row["cents"] - row["back"])):
                moved[row["pot"], what] = moved.get((row["pot"], what), 0) + cents
    months, died = served(reader, member, on), bool(died_on(reader, [member]))
    found = {}
    for pot in programme.pot:
        if not pot.pooled:
            payers = [payer for each, payer in parts if each == pot.id]
            came = [received[pot.id, one] for one in payers]
            vests = Vesting(pot, under, texts, months, died)
            promised, theirs = vests.of([parts[pot.id, one] for one in payers]), vests.of(came)
            for one in payers:
                if beyond[pot.id, one]:  # it left rightly, and payments reach less far by now
                    theirs += sum(received[pot.id, one].values()) - vests.of([received[pot.id, one]])
            theirs = max(theirs, sum(borne[pot.id, one] for one in payers))
            told = (moved.get((pot.id, what), 0) for what in ("brought_in", "taken_out", "owing"))
            came_in = sum(sum(one.values()) for one in came)
            found[pot.id] = Held(paid_in.get(pot.id, 0), came_in, min(promised, theirs), promised, *told)
    return found


def _received(
    reader: Reader, programme: Programme, member: str, parts: Mapping[tuple[str, str], Mapping[str, int]]
) -> tuple[dict[tuple[str, str], dict[str, int]], dict[tuple[str, str], int], dict[tuple[str, str], bool]]:
    """Cents that payments cover, of parts by pot, payer and period; what of these was taken out, by pot and payer; and
    whether that is more than payments reach."""
    covers, found = dict[str, Mapping[str, Fraction]](), dict[tuple[str, str], dict[str, int]]()
    borne, beyond = dict[tuple[str, str], int](), dict[tuple[str, str], bool]()
    rows = reader.select(USED, {"programme": programme.id, "member": member})
    used = {(row["pot"], row["payer"]): row["cents"] - row["unpaid"] for row in rows}
    for (pot, payer), periods in parts.items():
        if payer not in covers:
            covers[payer] = covered(reader, programme.id, payer)
        out = used.get((pot, payer), 0)
        found[pot, payer] = reached_by_period(periods, covers[payer], out)
        borne[pot, payer] = min(out, sum(periods.values()))
        beyond[pot, payer] = out > sum(int(cents * covers[payer].get(period, 0)) for period, cents in periods.items())
    return found, borne, beyond


def reached(parts: Mapping[str, int], covers: Mapping[str, Fraction], used: int) -> int:
    """Cents of a pot's parts by period that a payer's payments cover: no less than was taken out, no more than there
    is."""
    alike = sum(int(cents * covers.get(period, 0)) for period, cents in parts.items())
    return min(sum(parts.values()), max(used, alike))


def reached_by_period(parts: Mapping[str, int], covers: Mapping[str, Fraction], used: int) -> dict[str, int]:
    """The same by period: what was taken out beyond what payments cover is of the oldest."""
    found = {period: int(cents * covers.get(period, 0)) for period, cents in parts.items()}
    more = reached(parts, covers, used) - sum(found.values())
    for period in sorted(parts) if more else ():
        part = min(more, parts[period] - found[period])
        found[period], more = found[period] + part, more - part
    return found


def covered(reader: Reader, programme: str, payer: str) -> dict[str, Fraction]:
    """What part of each period of a payer its payments cover, as `covering` set it."""
    rows = reader.select(COVER, {"programme": programme, "payer": payer})
    return {row["period"]: Fraction(row["paid"], row["due"]) for row in rows}


def pool_received(reader: Reader, programme: Programme, payer: str) -> int:
    """Cents of a payer's payments that are in the programme's pool, or were paid out of it."""
    if programme.pays is None:
        return 0
    pot = programme.pays.pot
    rows = reader.select(OWED, {"programme": programme.id, "payer": payer, "pot": pot})
    used = reader.get(USED, programme.id, payer, "", pot)
    parts = {row["period"]: row["cents"] for row in rows}
    return reached(parts, covered(reader, programme.id, payer), used["cents"] - used["unpaid"] if used else 0)


def sum_of(reader: Reader, programme: str, what: str) -> int:
    """A sum that is kept of a programme, as `summing` kept it."""
    row = reader.get(SUM, programme, what)
    return int(row["cents"]) if row else 0


def at_the_bank(reader: Reader, programme: str) -> int:
    """Cents at the fund's bank for a programme: what came there, less all that was decided to leave it or left it."""
    return sum_of(reader, programme, BANKED)


def pool_of(reader: Reader, programme: Programme, on: date | None = None) -> int:
    """Cents that the fund received for the pool of a programme and did not pay out, now or at the end of a day."""
    if on is None:
        return sum_of(reader, programme.id, IN_POOL)
    about = {"programme": programme.id, "day": ("<=", on.isoformat())}
    return sum(row["came"] - row["paid"] for row in reader.select(POOL, about, only=("came", "paid")))


def died_on(reader: Reader, members: Iterable[str]) -> dict[str, str]:
    """The days on which the people of these accounts died, of those who did."""
    people = people_of(reader, sorted(set(members)))
    by_person, found = dict[str, str](), dict[str, str]()
    for part in parts_of(sorted(set(people.values()))):
        by_person |= {row["person"]: row["on"] for row in reader.select(DEATH, {"person": ("in", part)})}
    for part in parts_of(sorted(people)):
        found |= {row["member"]: row["on"] for row in reader.select(DEATH, {"member": ("in", part)})}
    return {**{one: by_person[person] for one, person in people.items() if person in by_person}, **found}


def death_of(reader: Reader, member: str) -> Row | None:
    """What is on record of the death of an account's person; None where nothing is."""
    return reader.get(DEATH, member) or death_of_party(reader, people_of(reader, [member])[member])


def death_of_party(reader: Reader, person: str) -> Row | None:
    """What is on record of somebody's death; None where nothing is."""
    rows = reader.select(DEATH, {"person": person}, order=("entry",), limit=1)
    return rows[0] if rows else None


def person_of(reader: Reader, member: str) -> str:
    """Of whom a death on record shuts an account, whoever's it is since; where none does, whose it is."""
    died = reader.get(DEATH, member)
    return str(died["person"]) if died else people_of(reader, [member])[member]


def shut(reader: Reader, member: str) -> list[str]:
    """All accounts that the death of an account's person shuts: those that are theirs, and that were. To whom one of
    them was handed on since is alive, and keeps what they had before."""
    row = death_of(reader, member)
    if row is None:
        return theirs(reader, member)
    were = reader.select(DEATH, {"person": row["person"]}, only=("member",))
    return sorted({member, *opened_for(reader, row["person"]), *(one["member"] for one in were)})


reported, says_living = REPORTS.waits, REPORTS.says_living


def recorders(reader: Reader, member: str) -> set[str]:
    """Who ever recorded the death of an account's person, and who confirmed it."""
    return {str(row["by"]) for row in reader.select(RECORDED, {"person": person_of(reader, member)}, only=("by",))}


def owned(reader: Reader, noun: str, party: str) -> list[str]:
    """The accounts or payers that a party holds, by number."""
    rows = reader.select(HOLDER, {"party": party, "noun": noun}) if party else []
    return [row["subject"] for row in rows]


def unconfirmed(reader: Reader) -> list[str]:
    """The payers that no officer has confirmed yet: of theirs no file posts anything."""
    rows = reader.select(HOLDER, {"noun": PAYER_NOUN}, order=("subject",))
    known = {row["payer"] for row in reader.select(CONFIRMED, {"ended": ""})}
    return [row["subject"] for row in rows if row["subject"] not in known | {PUBLIC_PURSE}]


def is_confirmed(reader: Reader, payer: str) -> bool:
    """Whether a payer is who it says it is, as an officer found and nobody took back."""
    row = reader.get(CONFIRMED, payer)
    return row is not None and not row["ended"]


def why_ended(reader: Reader, payer: str) -> str:
    """Why a payer is confirmed no more; empty where it is, or never was."""
    row = reader.get(CONFIRMED, payer)
    return str(row["ended"]) if row else ""


def holder(reader: Reader, subject: str) -> str:
    """Who holds an account or payer; empty where there is none."""
    row = reader.get(HOLDER, subject)
    return str(row["party"]) if row else ""


def held_for_another(reader: Reader, member: str) -> bool:
    """Whether somebody holds an account that is another's."""
    row = reader.get(HOLDER, member)
    return row is not None and bool(row["for_another"])


def member_of(reader: Reader, number: str) -> str:
    """The account of a number, in whatever case it is written. Raises `BadInput` where there is none."""
    found = subject_id(MEMBER_NOUN, number.strip())
    if not holder(reader, found):
        want = "the number of an account that there is, as statements write it"
        raise BadInput(Fault("member", number, want, "reference"), ID)
    return found
