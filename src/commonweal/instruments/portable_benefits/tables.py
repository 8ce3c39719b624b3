"""What is laid out: accounts and payers, what payers said of work, what was posted for it, and what was taken out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple

from commonweal.kernel import registry
from commonweal.kernel.instrument import Reader, Row, Table

from .due import Work
from .programmes import Programme, newest, read_programme
from .vesting import service, vested

NAMES_AT_ONCE = 5_000
FILE = Table(
    "portable_benefits_file",
    columns={
        "entry": "integer", "payer": "text", "programme": "text", "period": "text", "root": "text", "label": "text",
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
MOVE = Table(
    "portable_benefits_move",
    columns={
        "entry": "integer", "programme": "text", "member": "text", "payer": "text", "pot": "text", "cents": "integer",
        "what": "text", "on": "text", "done": "integer", "body": "json",
    },
    key=("entry",),
    indexes=(("programme", "member"), ("programme", "what"), ("member",), ("payer",)),
)  # fmt: skip
"""Money that came in or went out otherwise: `what` is `paid`, `taken_out`, `brought_in` or `claim`; `done` is 0 for
what was refused when its turn came."""
POOL = Table(
    "portable_benefits_pool",
    columns={
        "programme": "text", "entry": "integer", "day": "text", "came": "integer", "paid": "integer", "member": "text",
    },
    key=("programme", "entry"),
)  # fmt: skip
"""What moved in a pool: cents that came in by a file (or went back), or were paid to a member; on which day."""
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
    columns={"member": "text", "on": "text", "entry": "integer", "by": "text"},
    key=("member",),
)
"""Who died on which day, and who recorded it."""
TABLES = (FILE, WORK, POSTED, MOVE, POOL, OPENED, HOLDER, DEATH)


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


def work_of(reader: Reader, member: str, programme: str = "") -> list[Work]:
    """Everything that payers say of a person's work, in one programme or in whichever."""
    return works(reader.select(WORK, {"member": member, **({"programme": programme} if programme else {})}))


def programme_for(reader: Reader, programme: str, period: str) -> tuple[Programme, Row] | None:
    """A programme as it stands for a period, and the row of that text: the one in force when the period's first file
    came, else the newest. None where none is adopted."""
    first = reader.select(FILE, {"programme": programme, "period": period}, order=("entry",), limit=1)
    if first:
        rows = registry.texts_of_version(reader, programme, first[0]["version"])
        row = next(row for row in rows if row["adopted"] == first[0]["adopted"])
        return read_programme(row["text"]), row
    return newest(reader, programme)


class Held(NamedTuple):
    """One pot of a person: cents paid in by payers, what of that is theirs, brought in, taken out, and what is free."""

    paid_in: int
    vested: int
    brought_in: int
    taken_out: int

    @property
    def balance(self) -> int:
        return self.paid_in + self.brought_in - self.taken_out

    @property
    def free(self) -> int:
        """What can be taken out now: never more than is there, and nothing where more was taken than is owed."""
        return max(0, self.vested + self.brought_in - self.taken_out)


def pots_of(reader: Reader, programme: Programme, member: str, on: date) -> dict[str, Held]:
    """A person's own pots of a programme, as they stand on a day."""
    paid_in: dict[str, int] = {}
    for row in reader.select(POSTED, {"programme": programme.id, "member": member}, only=("pot", "cents")):
        paid_in[row["pot"]] = paid_in.get(row["pot"], 0) + row["cents"]
    moved: dict[tuple[str, str], int] = {}
    for row in reader.select(MOVE, {"programme": programme.id, "member": member}):
        if row["done"]:
            key = (row["pot"], row["what"])
            moved[key] = moved.get(key, 0) + row["cents"]
    months, died = service(work_of(reader, member), on), bool(died_on(reader, [member]))
    found = {}
    for pot in programme.pot:
        if not pot.pooled:
            came = paid_in.get(pot.id, 0)
            theirs = came if died and pot.vests_on_death else vested(pot, came, months)
            found[pot.id] = Held(
                came, theirs, moved.get((pot.id, "brought_in"), 0), moved.get((pot.id, "taken_out"), 0)
            )
    return found


def pool_of(reader: Reader, programme: Programme, on: date | None = None) -> int:
    """Cents in the pool of a programme, now or at the end of a day."""
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


def holder(reader: Reader, subject: str) -> str:
    """Whose an account or payer is; empty where there is none."""
    row = reader.get(HOLDER, subject)
    return str(row["party"]) if row else ""
