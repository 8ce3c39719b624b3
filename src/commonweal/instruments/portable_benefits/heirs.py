"""Who inherits: heirs come forward with what proves it, two others than who recorded the death divide the account.

Divided is what is free in each pot of the member's own when it is decided: vested, brought in, and not taken out. A pot
may vest wholly by death (`vests_on_death` in the programme's text). Of a pool nothing is inherited: it belongs to
nobody; but what it was to pay to whoever died, and did not, is divided. The parts add up to what was there, to the
cent; each leaves as money taken out for the reason `death`. Where there is something again (a payer's file comes later
for work before the death, the bank gives back what it had paid), it is divided by another decision.
"""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import Annotated, Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from commonweal.kernel import accounts, registry
from commonweal.kernel.disclosure.attachments import named_in
from commonweal.kernel.instrument import (
    Act,
    Choice,
    Deed,
    Entry,
    Fault,
    Filer,
    Question,
    Reader,
    Reading,
    Row,
    Table,
    Tables,
    Text,
)
from commonweal.kernel.record import day_of
from commonweal.kernel.values import BadInput, NotFound, stamp

from .kinds import ESTATE, HEIR, ID, MEMBER_NOUN, RELATIONS, TAKEN_OUT
from .programmes import DIVISION, PREFIX, Programme, in_force
from .tables import (
    DIED,
    MOVE,
    OWING,
    at_the_bank,
    death_of,
    goes,
    member_of,
    not_due,
    pool_of,
    pots_of,
    put_back,
    says_living,
    shut,
)

RULE, PATH = DIVISION, "/benefits/estates"
HEIRS = Table(
    "portable_benefits_heir",
    columns={
        "entry": "integer", "member": "text", "party": "text", "at": "text", "state": "text", "share": "text",
        "words": "text",
    },
    key=("entry",),
    indexes=(("member",), ("party",)),
)  # fmt: skip
"""Who came forward about which account: `state` is waits, heir or refused, with share and words of the newest
decision."""
PARTS = Table(
    "portable_benefits_part",
    columns={
        "estate": "integer", "claim": "integer", "programme": "text", "pot": "text", "member": "text",
        "cents": "integer",
    },
    key=("estate", "claim", "programme", "pot"),
    indexes=(("member",),),
)  # fmt: skip
"""What was decided to go to an heir (entries of decision and claim) and has not left its pot yet."""
TABLES = (HEIRS, PARTS)
_PERCENT = re.compile(r"\d{1,3}(\.\d{1,6})?|\d{1,4}/[1-9]\d{0,3}", re.ASCII)
STATES: Mapping[str, Text] = {
    "waits": Text(en="waits for a decision", zh="待决定"),
    "heir": Text(en="inherits", zh="继承"),
    "refused": Text(en="does not inherit", zh="不予继承"),
}


HEIR_WORD = "heir "


def named(claim: int) -> str:
    """To whom money goes, as the movement says it: by the entry of the heir's claim."""
    return f"{HEIR_WORD}{claim}"


def party_of(reader: Reader, member: str, to: str) -> str | None:
    """The party of an heir as a movement names them; None where no such claim on the account inherits."""
    rows = reader.select(HEIRS, {"member": member, "state": "heir"}, only=("entry", "party"))
    return next((str(row["party"]) for row in rows if named(row["entry"]) == to), None)


def decided(reader: Reader, member: str) -> bool:
    """Whether two officers decided who inherits an account of whoever has this one, and nobody took that back."""
    return bool(reader.count(HEIRS, {"member": ("in", shut(reader, member)), "state": "heir"}))


# ── what follows ────────────────────────────────────────────────────────────────────────────────────────────────────


def came(entry: Entry, tables: Tables) -> Iterator[Act]:
    """Somebody came forward."""
    told = {"entry": entry.index, "member": entry.body["member"], "party": entry.author, "at": stamp(entry.time)}
    tables.put(HEIRS, {**told, "state": "waits", "share": "", "words": ""})
    yield from ()


def divided(entry: Entry, tables: Tables) -> Iterator[Act]:
    """An account is divided: each heir's part of each pot leaves as money taken out."""
    member = str(entry.body["member"])
    shares = {int(one["claim"]): Fraction(one["share"]) for one in entry.body["shares"]}
    for row in tables.select(HEIRS, {"member": member}):
        if row["entry"] in shares or row["entry"] in entry.body["refused"]:
            state = "heir" if row["entry"] in shares else "refused"
            share = str(shares.get(row["entry"], ""))
            tables.put(HEIRS, {**row, "state": state, "share": share, "words": str(entry.body["words"])})
    for (programme, pot), cents_ in _free(tables, member, entry.day, promised=bool(entry.body.get("promised"))).items():
        for claim, cents in zip(shares, accounts.apportioned(cents_, list(shares.values())), strict=True):
            if cents:
                told = {"programme": programme, "pot": pot, "member": member, "cents": cents}
                tables.put(PARTS, {**told, "estate": entry.index, "claim": claim})
                key = f"{ID}/estate/{entry.index}/{claim}/{programme.removeprefix(PREFIX)}/{pot}"
                body = {**told, "reason": "death", "to": named(claim)}
                yield Act(TAKEN_OUT.id, body, key, member, causes=(entry.index,))


def _free(reader: Reader, member: str, on: date, *, promised: bool = False) -> dict[tuple[str, str], int]:
    """What is free in each pot (by programme and pot) of an account, and was not given to heirs already; `promised` as
    it was reckoned before."""
    given = Counter[tuple[str, str]]()
    for row in reader.select(PARTS, {"member": member}):
        given[row["programme"], row["pot"]] += row["cents"]
    return {
        (programme.id, pot): free
        for programme, _ in in_force(reader)
        for pot, cents in _of_a_programme(reader, programme, member, on, promised).items()
        if (free := cents - given[programme.id, pot]) > 0
    }


def _of_a_programme(reader: Reader, programme: Programme, member: str, on: date, promised: bool) -> Mapping[str, int]:
    """What is free in each pot, and of a pool what was due to whoever died and did not reach them."""
    pots = pots_of(reader, programme, member, on)
    found = {pot: held.free_as_promised if promised else held.free for pot, held in pots.items()}
    if programme.pays is None:
        return found
    about = {"programme": programme.id, "member": member, "pot": programme.pays.pot}
    waits = sum(row["returned"] for row in reader.select(OWING, {**about, "why": DIED}))
    moves = reader.select(MOVE, {**about, "what": "taken_out", "done": 1})
    return {**found, programme.pays.pot: waits - sum(row["cents"] - not_due(reader, row) for row in moves)}


def takes(entry: Entry, tables: Tables) -> bool:
    """Whether a withdrawal is a part of an estate that was decided: all parts of one leave, or none.

    What was free when it was divided leaves whatever came in between: else one heir had theirs and another had not.
    """
    for estate in entry.causes[:1]:
        claim = str(entry.body.get("to") or "").removeprefix(HEIR_WORD)
        key = (estate, int(claim) if claim.isdigit() else -1, entry.body["programme"], entry.body["pot"])
        row = tables.get(PARTS, *key)
        tables.delete(PARTS, *key)
        return row is not None and (row["member"], row["cents"]) == (entry.body["member"], entry.body["cents"])
    return False


def lives(tables: Tables, members: Sequence[str], words: str) -> None:
    """The holder of these accounts lives: nobody inherits, and what was decided and has not left stays."""
    for row in tables.select(HEIRS, {"member": ("in", members)}):
        tables.put(HEIRS, {**row, "state": "refused", "words": words})
    for row in tables.select(PARTS, {"member": ("in", members)}):
        tables.delete(PARTS, *(row[name] for name in PARTS.key))


# ── what is wrong ───────────────────────────────────────────────────────────────────────────────────────────────────


def again(act: Act, reader: Reader, filer: Filer) -> Iterator[Fault]:
    """One claim at a time of the same heir: nobody keeps an account from being divided by filing on and on."""
    for row in reader.select(HEIRS, {"member": str(act.body["member"]), "state": "waits"}):
        if row["party"] in filer.speaks_for:
            want = f"one claim at a time: entry {row['entry']} waits"
            yield Fault("member", str(act.body["member"]), want, "duplicate")


def check(act: Act, reader: Reader, filer: Filer, *, more: bool = False) -> Iterator[Fault]:
    """The faults of a decision that divides an account; `more` says that there is something beside what is free."""
    body, member = act.body, str(act.body["member"])
    died = death_of(reader, member)
    if died is None:
        yield Fault("member", member, "an account whose person's death is on record", "alive")
        return
    if says := says_living(reader, member):
        want = (
            f"an answer first to the person, who says since {says['day']} that they live: the death is taken back, or "
            "recorded anew by what proves it"
        )
        zh = f"{member}——本人自 {says['day']} 起声明在世：请先更正该登记，或依证明文件重新登记"
        yield Fault("member", member, want, "living", Text(en=f"{member} – {want}", zh=zh), tells=(says["entry"],))
    yield from _waited(date.fromisoformat(died["recorded"]), reader, filer)
    there = {row["entry"]: row for row in reader.select(HEIRS, {"member": member})}
    shared, refused = [int(one["claim"]) for one in body["shares"]], list(body["refused"])
    for claim in (*shared, *refused):
        if claim not in there:
            want = f"the entry of an heir's claim on this account: {_list(there)}"
            yield Fault("shares", str(claim), want, "reference")
        elif [*shared, *refused].count(claim) > 1:
            yield Fault("shares", str(claim), "each claim once, as an heir's or refused", "duplicate")
    if left := [claim for claim, row in there.items() if row["state"] == "waits" and claim not in (*shared, *refused)]:
        yield Fault("shares", _list(left), "every claim that waits, with a share or refused", "missing")
    if not more and not _free(reader, member, day_of(reader, filer.at)):
        yield from _nothing(there, body["shares"])
    if short := _short(reader, member, day_of(reader, filer.at)):
        want = f"money at the fund's bank for all that is free in the account: nothing is divided before ({short})"
        yield Fault("member", member, want, "short")
    whole = sum((Fraction(one["share"]) for one in body["shares"]), Fraction(0))
    if whole != 1:
        yield Fault("shares", f"{float(whole):g} in all", "parts that come to 1 together", "whole")


def _nothing(there: Mapping[int, Row], shares: Sequence[Mapping[str, Any]]) -> Iterator[Fault]:
    """Of an account of which all was divided nobody is told another share: who came since is answered, and no more."""
    stood = {claim: Fraction(row["share"]) for claim, row in there.items() if row["state"] == "heir"}
    said = {int(one["claim"]): Fraction(one["share"]) for one in shares}
    came = [claim for claim, row in there.items() if row["state"] == "waits"]
    if stood and (said != stood or not came):
        want = (
            "something left to divide: all of it was divided, so shares stay, and who came forward since is refused; "
            "what is not at the bank yet is divided anew where the decision says so (anew)"
        )
        told = Text(en=f"{_list(said)} – {want}.",
                    zh=f"{_list(said)}——须有可分割的余额：已全部分割，份额不变，其后提出者不予继承；"
                       "尚未送交银行的款项，可在决定中注明（anew）重新分割。")  # fmt: skip
        yield Fault("shares", _list(said), want, "nothing", told)


def _short(reader: Reader, member: str, on: date) -> str:
    """The programmes whose bank does not hold all that is free in an account, named; empty where there is none.

    Divided with what there is, the heir who comes last would have less, and a later decision would divide that anew.
    """
    sums, pools = Counter[str](), Counter[str]()
    there = {programme.id: programme for programme, _ in in_force(reader)}
    for (programme, pot), cents in _free(reader, member, on).items():
        sums[programme] += cents
        pools[programme] += cents if there[programme].pots[pot].pooled else 0
    short = {one for one, cents in sums.items() if cents > at_the_bank(reader, one)}
    short |= {one for one, cents in pools.items() if cents and cents > pool_of(reader, there[one])}
    return ", ".join(sorted(short))


class Wait(NamedTuple):
    """How many days from the entry of a death heirs can come forward, as the office chose; and the entry by which it
    did."""

    days: int
    entry: int


class Terms(BaseModel):
    """How many days from the entry of a death heirs can come forward."""

    model_config = ConfigDict(defer_build=True, extra="forbid", frozen=True, strict=True)
    wait_days: Annotated[int, Field(ge=0, le=36_525)]


class Estates(registry.Head):
    """The terms of dividing the account of somebody who died."""

    estates: Terms


@functools.lru_cache(maxsize=8)
def read_estates(text: str) -> Estates:
    """The terms that a text holds. Raises `RuleFault` naming every fault."""
    return registry.read_text(Estates, text, RULE)


def chosen(reader: Reader, on: date) -> Wait | None:
    """What the office chose for a day; None where nothing on it is in force then: no account is divided."""
    found = registry.newest_read(reader, RULE, read_estates, law_on=on)
    return Wait(found[0].estates.wait_days, int(found[1]["adopted"])) if found else None


def _waited(recorded: date, reader: Reader, filer: Filer) -> Iterator[Fault]:
    today = day_of(reader, filer.at)
    wait = chosen(reader, today)
    if wait is None:
        yield Fault("member", RULE, "a rule in force on dividing accounts: the authority adopts one", "no_rule")
        return
    days = wait.days
    first = recorded + timedelta(days=days)
    if today < first:
        want = f"{first.isoformat()} or later: others who inherit can come forward for {days} days from its entry on"
        yield Fault("member", today.isoformat(), want, "too_early")


def _list(claims: Iterable[int]) -> str:
    return ", ".join(map(str, sorted(claims))) or "none"


# ── the heir ────────────────────────────────────────────────────────────────────────────────────────────────────────


def asks(reading: Reading) -> tuple[Question, ...]:
    """The questions of whoever comes forward."""
    relations = tuple(Choice(value, words) for value, words in RELATIONS.items())
    return (
        Question("member", Text(en="Number of the account", zh="账户号码"), "text", required=True,
                 hint=Text(en="It stands on statements, such as PB-7KQ2M9XD.", zh="载于对账单，例如 PB-7KQ2M9XD。")),
        Question("person", Text(en="Your name", zh="您的姓名"), "text", required=True),
        Question("relationship", Text(en="Who you are to whoever died", zh="与身故者的关系"), "one", choices=relations,
                 required=True),
        Question("words", Text(en="What you inherit by, and what proves it", zh="继承依据与证明"), "long_text",
                 required=True,
                 hint=Text(en="Such as a will, the law of a place, a certificate of inheritance with its number.",
                           zh="例如遗嘱、某地法律、继承权证明书及其编号。")),
        Question("evidence", Text(en="What proves it (files)", zh="证明文件"), "files"),
    )  # fmt: skip


def acts(reading: Reading, given: Mapping[str, str]) -> list[Act]:
    """What the answers come to."""
    body: dict[str, Any] = {name: given.get(name, "").strip() for name in ("person", "relationship", "words")}
    member = member_of(reading.tables, given.get("member", ""))
    files = named_in(given.get("evidence", ""), "evidence")
    return [Act(HEIR.id, {**body, "member": member, **({"evidence": files} if files else {})}, key="")]


def claims_of(reading: Reading) -> list[Row]:
    """The claims of whoever is reading that inherit."""
    about = {"party": reading.party, "state": "heir"}
    return reading.tables.select(HEIRS, about, order=("entry",)) if reading.party else []


def mine(reading: Reading) -> list[list[str]]:
    """The claims of whoever is reading, a row each: account, day, where it stands, share, and what it came to."""
    language, reader = reading.language, reading.tables
    rows = reader.select(HEIRS, {"party": reading.party}, order=("-entry",)) if reading.party else []
    return [
        [
            registry.names(reader, MEMBER_NOUN).get(row["member"], ""), day_of(reader, row["at"]).isoformat(),
            STATES[row["state"]].in_(language), row["share"] or "–",
            _came_to(reader, row, language) or "–", row["words"],
        ]
        for row in rows
    ]  # fmt: skip


TO_COME_BACK = Text(en="{came}, of which {back} are to come back", zh="{came}，其中 {back} 应退还")


def _came_to(reader: Reader, row: Row, language: str) -> str:
    sums: dict[str, int] = {}
    named_ = {programme.id: programme.currency for programme, _ in in_force(reader)}
    for move in reader.select(MOVE, {"member": row["member"], "done": 1}):
        if move["body"].get("to") == named(row["entry"]) and move["what"] == "taken_out":
            unit = named_.get(move["programme"], "")
            sums[unit] = sums.get(unit, 0) + move["cents"] - put_back(reader, move)
    owed: dict[str, int] = {}
    for one in reader.select(OWING, {"member": row["member"], "to": named(row["entry"])}):
        unit = named_.get(one["programme"], "")
        owed[unit] = owed.get(unit, 0) + one["cents"] - one["back"]
    came, back = (
        ", ".join(f"{accounts.written(cents, unit)} {unit}" for unit, cents in each.items() if unit and cents)
        for each in (sums, owed)
    )
    return TO_COME_BACK.in_(language).format(came=came, back=back) if back else came


# ── the officer ─────────────────────────────────────────────────────────────────────────────────────────────────────


def waiting(reader: Reader, on: date) -> list[tuple[str, str, int]]:
    """Accounts about which somebody came forward and was not answered, and those that were divided and hold something
    again: number, address, how many wait."""
    many: dict[str, int] = {}
    for row in reader.select(HEIRS, {"state": "waits"}):
        many[row["member"]] = many.get(row["member"], 0) + 1
    for member in sorted({row["member"] for row in reader.select(HEIRS, {"state": "heir"})} - set(many)):
        if death_of(reader, member) and _free(reader, member, on):
            many[member] = 0
    numbers = registry.names(reader, MEMBER_NOUN)
    return [(numbers.get(one, one), f"{PATH}/{one.partition(':')[2]}", count) for one, count in sorted(many.items())]


def view(reading: Reading, query: Mapping[str, str]) -> Mapping[str, Any]:
    """Who came forward about an account, what each says, and the form that divides it. Raises `NotFound`."""
    member, rows = _rows(reading.tables, query["slug"])
    died = death_of(reading.tables, member)
    claims = [_told(reading, row) for row in rows]
    return {
        "number": registry.names(reading.tables, MEMBER_NOUN).get(member, member), "claims": claims,
        "died": died["on"] if died else "", "wait": chosen(reading.tables, reading.today),
        "action": f"{PATH}/{query['slug']}",
        "short": bool(died and _short(reading.tables, member, reading.today)),
        "asks": (
            *(Question(f"share-{row['entry']}", _label(row["entry"], told["person"]), "text",
                       hint=Text(en="In percent, such as 50 or 33.33; 0 if they do not inherit.",
                                 zh="百分比，例如 50 或 33.33；不继承者填 0。"), required=True)
              for row, told in zip(rows, claims, strict=True)),
            Question("words", Text(en="By which law, and why", zh="依据的法律与理由"), "long_text", required=True,
                     hint=Text(en="Parts must come to 100 together.", zh="各份额合计须为 100。")),
        ),
    }  # fmt: skip


def says(reading: Reading, row: Row) -> list[tuple[Text, str]]:
    """What a second officer confirms of a decision: who gets which part of how much, and by which law."""
    body, reader = row["body"], reading.tables
    reading.told(row["entry"], "member", "shares", "refused", "words")
    member, shares = str(body["member"]), {int(one["claim"]): str(one["share"]) for one in body["shares"]}
    units, free = {one.id: one.currency for one, _ in in_force(reader)}, Counter[str]()
    for (programme, _), cents in _free(reader, member, reading.today).items():
        free[units[programme]] += cents
    sums = ", ".join(f"{accounts.written(cents, unit)} {unit}" for unit, cents in free.items())
    return [
        (Text(en="Account", zh="账户"), registry.names(reader, MEMBER_NOUN).get(member, member)),
        (Text(en="What is free in it now", zh="现可提取"), sums or "–"),
        *_anew(reader, body, units),
        *(_part(reading, one, shares.get(one["entry"], ""))
          for one in reader.select(HEIRS, {"member": member}, order=("entry",))
          if one["entry"] in shares or one["entry"] in body["refused"]),
        (Text(en="By which law, and why", zh="依据的法律与理由"), str(body["words"])),
    ]  # fmt: skip


DIVIDED_ANEW = Text(
    en="What was divided before, is here still and is divided anew", zh="此前已分割、尚在本处而重新分割的款项"
)


def _anew(reader: Reader, body: Mapping[str, Any], units: Mapping[str, str]) -> Iterator[tuple[Text, str]]:
    """What of an earlier decision is divided anew with it, where anything is."""
    rows = [row for payment in body.get("anew") or () if (row := reader.get(MOVE, int(payment))) is not None]
    sums = Counter[str]()
    for row in rows:
        sums[units[row["programme"]]] += goes(reader, row)
    if rows:
        told = ", ".join(f"{accounts.written(cents, unit)} {unit}" for unit, cents in sums.items())
        yield DIVIDED_ANEW, told


def _part(reading: Reading, row: Row, share: str) -> tuple[Text, str]:
    """Whoever came forward, and their part; empty for none."""
    one = _told(reading, row)
    said = share or STATES["refused"].in_(reading.language)
    return _label(row["entry"], one["person"]), f"{said} ({one['relation'] or '–'})"


def _label(entry: int, person: str) -> Text:
    return Text(en=f"Share of {person or entry}", zh=f"{person or entry} 的份额")


def _told(reading: Reading, row: Row) -> dict[str, Any]:
    body = reading.part(row["entry"], "person", "relationship", "words", "evidence")
    relation = RELATIONS.get(str(body.get("relationship")))
    return {
        "entry": row["entry"], "at": day_of(reading.tables, row["at"]).isoformat(),
        "person": str(body.get("person") or ""),
        "relation": relation.in_(reading.language) if relation else "", "words": str(body.get("words") or ""),
        "files": [str(one["name"]) for one in body.get("evidence") or ()],
        "state": STATES[row["state"]].in_(reading.language), "share": row["share"],
    }  # fmt: skip


def _rows(reader: Reader, slug: str) -> tuple[str, list[Row]]:
    member = f"{MEMBER_NOUN}:{slug}"
    rows = reader.select(HEIRS, {"member": member}, order=("entry",))
    if not rows:
        raise NotFound("estate", slug, "/benefits/fund lists the accounts about which somebody came forward")
    return member, rows


def deed(reading: Reading, given: Mapping[str, str]) -> Deed:
    """The decision that divides an account. Raises `NotFound`, `BadInput`."""
    member, rows = _rows(reading.tables, given["slug"])
    shares, refused = list[dict[str, Any]](), list[int]()
    for row in rows:
        told = given.get(f"share-{row['entry']}", "").strip()
        share = _share(told, f"share-{row['entry']}")
        if share:
            shares.append({"claim": row["entry"], "share": share})
        else:
            refused.append(row["entry"])
    body = {"member": member, "shares": shares, "refused": refused, "words": given.get("words", "")}
    said = Text(
        en=f"{len(shares)} inherit, {len(refused)} do not. A second officer confirms it: then what is free in the "
        "account is paid to them at once.",
        zh=f"{len(shares)} 人继承，{len(refused)} 人不继承。经第二人确认后，账户可提取金额即时支付。",
    )
    return Deed((Act(ESTATE.id, body, "", member),), f"{PATH}/{given['slug']}", [said])


def _share(percent: str, field: str) -> str:
    """A share as the decision writes it (`1/3` is `0.333333`), empty for none. Raises `BadInput`."""
    if not _PERCENT.fullmatch(percent):
        raise BadInput(Fault(field, percent, "a number of percent, such as 50, 33.33 or 100/3", "number"), ID)
    found = Fraction(percent) / 100
    return str(found) if found else ""
