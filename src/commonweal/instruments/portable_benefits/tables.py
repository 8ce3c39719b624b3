"""What is laid out: accounts and payers, what payers said of work, what was posted for it, and what was taken out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from fractions import Fraction
from typing import Any, NamedTuple

from commonweal.kernel import registry
from commonweal.kernel.instrument import Reader, Row, Table, Tables

from .due import Work
from .kinds import MEMBER_NOUN, PAYER_NOUN
from .programmes import PUBLIC_PURSE, Programme, newest, read_programme
from .vesting import service, vested

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
MOVE = Table(
    "portable_benefits_move",
    columns={
        "entry": "integer", "programme": "text", "member": "text", "payer": "text", "pot": "text", "cents": "integer",
        "what": "text", "on": "text", "done": "integer", "body": "json",
    },
    key=("entry",),
    indexes=(("programme", "member"), ("programme", "what"), ("member",), ("payer",)),
)  # fmt: skip
"""Money that came in or went out otherwise: `what` is `paid`, `taken_out`, `brought_in`, `claim` or `recovered`; `done`
is 0 for what was refused when its turn came, by the rule or by the ledger, whose reason is then `ledger` in `body`, and
for what was `stopped` on its way. `withheld` in `body` is what was kept of it, by receivable."""
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
COMES = ("paid", "brought_in", "recovered")
"""What of the movements comes to the fund's bank."""
TWICE = "paid_twice"
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
movement says. `returned` is what of `back` the bank sent back: it never left or, paid twice, came."""
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
OPENED = Table("portable_benefits_opened", columns={"account": "text", "entry": "integer"}, key=("account",))
"""Accounts of the ledger that were asked for."""
HOLDER = Table(
    "portable_benefits_holder",
    columns={"subject": "text", "noun": "text", "party": "text"},
    key=("subject",),
    indexes=(("party", "noun"),),
)
"""Whose an account or payer is: whoever registered it, whom an officer registered it for, or whom it was handed to."""
DEATH = Table(
    "portable_benefits_death",
    columns={"member": "text", "on": "text", "entry": "integer", "by": "text", "recorded": "text"},
    key=("member",),
)
"""Who died on which day, and who recorded it on which."""
DRAW = Table(
    "portable_benefits_draw",
    columns={"entry": "integer", "lot": "text", "words": "text", "many": "integer", "on": "text"},
    key=("entry",),
)
"""What auditors drew: the lot that follows from the entry, their words, and how many rows."""
CONFIRMED = Table(
    "portable_benefits_confirmed", columns={"payer": "text", "entry": "integer", "by": "text"}, key=("payer",)
)
"""Payers of which an officer found that they are who they say they are."""
TABLES = (CONFIRMED, DRAW, FILE, WORK, SERVED, POSTED, UNBOOKED, OWED, MOVE, OWING, POOL, OPENED, HOLDER, DEATH)


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
    """Everything that payers say of the work of whoever has these accounts, in one programme or in whichever."""
    about = {"member": ("in", members), **({"programme": programme} if programme else {})}
    return works(reader.select(WORK, about))


def theirs(reader: Reader, member: str) -> list[str]:
    """All accounts of the person whose account this is: what is asked of a person is asked of all of them."""
    party = holder(reader, member)
    return sorted({member, *owned(reader, MEMBER_NOUN, party)}) if party else [member]


def people_of(reader: Reader, members: Sequence[str]) -> dict[str, str]:
    """The person behind each account: whose it is, or the account itself where nobody is known."""
    found = {member: member for member in members}
    for part in parts_of(sorted(found)):
        rows = reader.select(HOLDER, {"subject": ("in", part)}, only=("subject", "party"))
        found |= {row["subject"]: row["party"] for row in rows}
    return found


def served(reader: Reader, member: str, on: date) -> int:
    """A person's months of service up to a day, by all their accounts: what counted stays."""
    last, accounts = on.year * 12 + on.month, theirs(reader, member)
    stays = [row["month"] for row in reader.select(SERVED, {"member": ("in", accounts)}, only=("month",))]
    return service(work_of(reader, accounts), on, (month for month in stays if month <= last))


def programme_for(reader: Reader, programme: str, period: str) -> tuple[Programme, Row] | None:
    """A programme as it stands for a period, and the row of that text: the one in force when the period's first file
    came, else the newest. None where none is adopted."""
    first = reader.select(FILE, {"programme": programme, "period": period}, order=("entry",), limit=1)
    if first:
        rows = registry.texts_of_version(reader, programme, first[0]["version"])
        row = next(row for row in rows if row["adopted"] == first[0]["adopted"])
        return read_programme(row["text"]), row
    return newest(reader, programme)


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


class Held(NamedTuple):
    """One pot of a person, in cents: what files of payers came to, what of that payments cover, what has vested,
    brought in, taken out, and what is free."""

    paid_in: int
    received: int
    vested: int
    brought_in: int
    taken_out: int

    @property
    def balance(self) -> int:
        return self.paid_in + self.brought_in - self.taken_out

    @property
    def free(self) -> int:
        """What can be taken out now: what has vested, as far as the fund received it."""
        return max(0, min(self.vested, self.received) + self.brought_in - self.taken_out)


def pots_of(reader: Reader, programme: Programme, member: str, on: date) -> dict[str, Held]:
    """A person's own pots of a programme, as they stand on a day. What was paid in vests by the text under which its
    period stands."""
    paid_in, received = dict[str, int](), dict[str, int]()
    covers: dict[str, dict[str, Fraction]] = {}
    texts, under = dict[str, str](), dict[str, tuple[Programme, dict[str, int]]]()
    for row in reader.select(POSTED, {"programme": programme.id, "member": member}):
        pot, payer = row["pot"], row["payer"]
        if payer not in covers:
            covers[payer] = covered(reader, programme.id, payer)
        paid_in[pot] = paid_in.get(pot, 0) + row["cents"]
        if row["period"] not in texts:
            stands = programme_for(reader, programme.id, row["period"])
            texts[row["period"]] = stands[0].version if stands else programme.version
            under.setdefault(texts[row["period"]], (stands[0] if stands else programme, {}))
        each = under[texts[row["period"]]][1]
        each[pot] = each.get(pot, 0) + row["cents"]
        received[pot] = received.get(pot, 0) + int(row["cents"] * covers[payer].get(row["period"], 0))
    moved: dict[tuple[str, str], int] = {}
    for row in reader.select(MOVE, {"programme": programme.id, "member": member}):
        if row["done"]:
            key = (row["pot"], row["what"])
            moved[key] = moved.get(key, 0) + row["cents"]
    for row in reader.select(OWING, {"programme": programme.id, "member": member}):
        if row["why"] != TWICE:  # the pot has again what was not due to whoever got it
            key = (row["pot"], "taken_out")
            moved[key] = moved.get(key, 0) - row["cents"]
    months, died = served(reader, member, on), bool(died_on(reader, [member]))
    found = {}
    for pot in programme.pot:
        if not pot.pooled:
            came = paid_in.get(pot.id, 0)
            theirs = 0
            for text, cents in under.values():
                one = text.pots.get(pot.id, pot)
                part = cents.get(pot.id, 0)
                theirs += part if died and one.vests_on_death else vested(one, part, months)
            brought, taken = (moved.get((pot.id, what), 0) for what in ("brought_in", "taken_out"))
            found[pot.id] = Held(came, received.get(pot.id, 0), theirs, brought, taken)
    return found


def covered(reader: Reader, programme: str, payer: str) -> dict[str, Fraction]:
    """What part of each period of a payer its payments cover: the oldest first, the people of a period alike."""
    about = {"programme": programme, "payer": payer}
    left = sum(row["cents"] for row in reader.select(MOVE, {**about, "what": "paid", "done": 1}, only=("cents",)))
    owed: dict[str, int] = {}
    for row in reader.select(OWED, about, order=("period",)):
        owed[row["period"]] = owed.get(row["period"], 0) + row["cents"]
    found = {}
    for period, cents in owed.items():
        found[period] = Fraction(min(left, cents), cents) if cents > 0 else Fraction(0)
        left = max(0, left - cents)
    return found


def pool_received(reader: Reader, programme: Programme, payer: str) -> int:
    """Cents of a payer's payments that are in the programme's pool."""
    if programme.pays is None:
        return 0
    covers = covered(reader, programme.id, payer)
    rows = reader.select(OWED, {"programme": programme.id, "payer": payer, "pot": programme.pays.pot})
    return sum(int(row["cents"] * covers[row["period"]]) for row in rows)


def at_the_bank(reader: Reader, programme: str) -> int:
    """Cents at the fund's bank for a programme: what came there, less all that was decided to leave it or left it."""
    rows = reader.select(MOVE, {"programme": programme, "done": 1})
    came: int = sum(row["cents"] if row["what"] in COMES else -leaves(row) for row in rows)
    owing = reader.select(OWING, {"programme": programme})
    came += sum(row["returned"] - (row["cents"] if row["why"] == TWICE else 0) for row in owing)
    return came


def pool_of(reader: Reader, programme: Programme, on: date | None = None) -> int:
    """Cents that the fund received for the pool of a programme and did not pay out, now or at the end of a day."""
    about = {"programme": programme.id, **({"day": ("<=", on.isoformat())} if on else {})}
    return sum(row["came"] - row["paid"] for row in reader.select(POOL, about, only=("came", "paid")))


def died_on(reader: Reader, members: Iterable[str]) -> dict[str, str]:
    """The days on which members died, of those who did."""
    found: dict[str, str] = {}
    for part in parts_of(sorted(set(members))):
        found |= {row["member"]: row["on"] for row in reader.select(DEATH, {"member": ("in", part)})}
    return found


def owned(reader: Reader, noun: str, party: str) -> list[str]:
    """The accounts or payers of a party, by number."""
    rows = reader.select(HOLDER, {"party": party, "noun": noun}) if party else []
    return [row["subject"] for row in rows]


def unconfirmed(reader: Reader) -> list[str]:
    """The payers that no officer has confirmed yet: of theirs no file posts anything."""
    rows = reader.select(HOLDER, {"noun": PAYER_NOUN}, order=("subject",))
    known = {row["payer"] for row in reader.select(CONFIRMED, {})}
    return [row["subject"] for row in rows if row["subject"] not in known | {PUBLIC_PURSE}]


def holder(reader: Reader, subject: str) -> str:
    """Whose an account or payer is; empty where there is none."""
    row = reader.get(HOLDER, subject)
    return str(row["party"]) if row else ""
