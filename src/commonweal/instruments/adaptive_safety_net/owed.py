"""What is due on a claim, and what a run would pay.

Weeks (or months) that somebody is due under one programme of a benefit, by whichever trigger or crossing that was
opened, are not due under another, and what is due under both is bounded as one. Whether two claims are of one person
nobody knows but who looks at them: whoever grants a claim that is like others to the same benefit, under the same
programme too, says which of these are of the same person (`same_as`). It holds over the chain: whoever is the same as
one is the same as all. Which of such claims has what, `one_person` says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from commonweal.kernel.instrument import Fault, Reader, Row, Text
from commonweal.kernel.values import add_months, shown

from . import one_person, programmes, sameness
from .amounts import Drawn, Due, Worker, dues, in_all, month_of, months_from
from .kinds import APPEAL_DECIDED, CORRECTION, DECIDED
from .programmes import Programme, Standing
from .setting_off import NotFinal, Paid, Payment, netted, payment, taken
from .tables import KEPT, death_reported, withdrawn
from .words import day, said

BY_FIRST, AS_ONE = 1, 2
"""By which rule it is counted. By that from before, of the claims of one person that which was filed first has what
both would have, the other counts earlier months of it alone, a death ends no day where something ended the months
before, and months that are paid together are netted; by that of now they are bounded as one in whatever order
(`one_person`), it does, and each month is settled by itself (`setting_off`)."""

APPEAL_WAITS = Text(
    en="Nothing of it is taken off while an appeal waits for a decision.", zh="申诉尚待裁决，在此之前不予扣除。"
)
DAYS_RAN = Text(
    en="Nothing of it is taken off a month that was over before {day}, the last day to appeal what was decided or "
    "corrected last.",
    zh="对最近一次决定或更正的申诉期限至{day}；在该日之前已结束的月份不予扣除。",
)
APPEAL_WAITED = Text(
    en="Nothing of it is taken off a month that was over before {day}, when the appeal was decided.",
    zh="申诉于{day}裁决；在该日之前已结束的月份不予扣除。",
)


def due(
    reader: Reader, one: Programme, stands: Standing, through: date, called: Mapping[date, Fraction], *,
    rule: int = AS_ONE,
) -> list[Due]:  # fmt: skip
    """What is due on a claim through a month, without what is due under another programme of the same benefit; nothing
    where it was found not to be eligible."""
    if stands.state != "eligible":
        return []
    if rule == BY_FIRST:
        worker = stands.worker(one.text)
        worker = replace(worker, died=worker.died if worker.ended_for == "died" else None)
        worker = replace(worker, drawn=_drawn(reader, one, stands, through))
    elif others := of_the_person(reader, one, stands):
        there = {stands.claim: (stands, one), **others}
        return one_person.together(_shares(reader, there, stands.weekly, through), through)[stands.first]
    else:
        worker = _worker(reader, one, stands)
    return dues(one.text, worker, stands.begins(one), through, called)


def _worker(reader: Reader, one: Programme, stands: Standing) -> Worker:
    """What amounts ask of a claim; one that was taken back before any of a single payment was paid brings none."""
    worker, back = stands.worker(one.text), withdrawn(stands.steps)
    assert one.text.claims is not None
    if one.text.pays.how != "at_start" or back is None or one.text.claims.withdrawn.does != "ends":
        return worker
    if any(row["run"] < back["entry"] for row in programmes.paid(reader, {"claim": stands.claim})):
        return worker
    return replace(worker, ends=add_months(month_of(stands.begins(one)), -1), ended_for="withdrawn")


def overpaid(reader: Reader, one: Programme, stands: Standing, through: date, *, rule: int = AS_ONE) -> int:
    """By how much more was paid on a claim than is due through a month, by what is known now; by the rule of now what
    a run for that month would leave of it."""
    if stands.state == "waits":
        return 0
    found = due(reader, one, stands, through, programmes.shares(reader, one, month_of(through)), rule=rule)
    if rule == BY_FIRST:
        return max(programmes.paid_before(reader, stands.claim) - sum(line.cents for line in found), 0)
    assert one.text.claims is not None
    before = paid_on(reader, stands.claim)
    return payment(one.text.claims, found, before, most=in_all(one.text), waits=not_final(one, stands)).overpaid


def not_final(one: Programme, stands: Standing) -> NotFinal | None:
    """Against which months nothing is set off since what was decided or corrected last was not final before they were
    over: its days to appeal ran, or an appeal waits (then against none). None where the text does not ask it."""
    terms = one.text.claims
    assert terms is not None
    last = stands.newest(DECIDED.id, APPEAL_DECIDED.id, CORRECTION.id)
    if not terms.overpaid.once_final or last is None:
        return None
    if stands.appeal is not None:
        return NotFinal(date.max, APPEAL_WAITS)
    on, words = date.fromisoformat(last["on"]), APPEAL_WAITED
    if last["kind"] != APPEAL_DECIDED.id:
        on, words = on + timedelta(days=terms.appeals.within_days), DAYS_RAN
    return NotFinal(month_of(on), said(words, day=day(on)))


def paid_on(reader: Reader, claim: str) -> list[Paid]:
    """What was paid on a claim and not stopped, in the order of its months, and what the bank paid twice."""
    return [*map(paid, programmes.paid(reader, {"claim": claim})), *twice(reader, {"claim": claim}).get(claim, ())]


def twice(reader: Reader, where: Mapping[str, Any]) -> dict[str, list[Paid]]:
    """What the bank paid twice, by claim."""
    found = dict[str, list[Paid]]()
    for row in reader.select(programmes.DOUBLED, where, only=("payment", "claim", "cents"), order=("payment",)):
        month = date.fromisoformat(f"{row['payment'].rpartition('/')[2]}-01")
        found.setdefault(row["claim"], []).append(Paid(month, row["cents"], {}))
    return found


def paid(row: Row) -> Paid:
    """A payment as it is held against what is due."""
    earlier = row["earlier"]
    told = None if earlier is None else {date.fromisoformat(f"{at['month']}-01"): at["cents"] for at in earlier}
    parts = [*(earlier or ()), row]
    off = {date.fromisoformat(f"{at['month']}-01"): taken(at["steps"]) for at in parts}
    return Paid(date.fromisoformat(f"{row['month']}-01"), row["cents"], told, off)


def payments(reader: Reader, one: Programme, month: date, *, rule: int = AS_ONE) -> dict[str, tuple[Standing, Payment]]:
    """What a run for a month would pay on each claim that was not paid for that month, in the order of their filing.

    Claims that wait for a decision, and those of whoever somebody reported dead, are left out: what is due on them
    comes with the first run after it.
    """
    called = programmes.shares(reader, one, month)
    told = month.isoformat()[:7]
    runs = [row["entry"] for row in programmes.runs(reader, one.id)]
    about, asked = {"run": ("in", runs)}, ("claim", "month", "cents", "stopped", "steps", "earlier")
    done, before = set[str](), twice(reader, {"programme": one.id})
    for row in reader.select(programmes.PAYMENT, about, only=asked, order=("month",)) if runs else ():
        if row["stopped"] != programmes.BACK:
            before.setdefault(row["claim"], []).append(paid(row))
        if row["month"] == told:
            done.add(row["claim"])
    found, held = {}, death_reported(reader)
    for stands in programmes.claims(reader, one.id):
        if stands.claim in done or stands.claim in held or stands.state != "eligible":
            continue
        lines = due(reader, one, stands, month, called, rule=rule)
        made = _made(one, stands, lines, month, before.get(stands.claim, ()), rule=rule)
        if made.cents > 0:
            found[stands.claim] = (stands, made)
    return found


def _made(
    one: Programme, stands: Standing, lines: list[Due], month: date, before: Iterable[Paid], *, rule: int
) -> Payment:  # fmt: skip
    """What a run for a month pays of what is due through it, of which so much was paid before."""
    terms = one.text.claims
    assert terms is not None
    if not lines or lines[-1].month != month:  # it is the last line, also where nothing is due for it
        lines = [*lines, Due(month, 0, ())]
    if rule == AS_ONE:
        return payment(terms, lines, before, most=in_all(one.text), waits=not_final(one, stands))
    return netted(terms, lines, sum(each.cents for each in before))


def to_pay(
    reader: Reader, one: Programme, stands: Standing, month: date, before: Iterable[Paid], *, rule: int = AS_ONE
) -> Payment:  # fmt: skip
    """What a run for a month would pay on a claim on which so much was paid before."""
    lines = due(reader, one, stands, month, programmes.shares(reader, one, month), rule=rule)
    return _made(one, stands, lines, month, before, rule=rule)


# ── by other claims to the same benefit ─────


def of_the_same_benefit(reader: Reader, one: Programme, claim: str) -> dict[str, Programme]:
    """The claims that may be of the same person, under this or another programme of the same benefit: what this one is
    like, and what was said to be of one person with any of these."""
    there = _alike(reader, one, claim)
    said = {each: _said_of(reader, each) for each in there}
    like = {match.claim for match in sameness.matches(reader, claim)} & there.keys()
    found = like | _joined(like, {each: named for each, named in said.items() if each != claim})
    return {each: there[each] for each in found if each != claim}


def _alike(reader: Reader, one: Programme, claim: str) -> dict[str, Programme]:
    """A claim with all that it is like, or that those are like, under the same benefit: whoever was ever said to be of
    one person is among these."""
    found, new = {claim: one}, [claim]
    there = dict[str, Programme]()
    while new:
        for match in sameness.matches(reader, new.pop()):
            if match.claim in found:
                continue
            there = there or {each.id: each for each in programmes.programmes(reader)}
            other = there.get(_programme(reader, match.claim))
            if other is not None and other.text.gives == one.text.gives:
                found[match.claim] = other
                new.append(match.claim)
    return found


def _joined(some: Iterable[str], said: Mapping[str, set[str]]) -> set[str]:
    """Which claims are of one person with some, by what was said of any of them, from either side."""
    found, new = set(some), list(some)
    while new:
        here = new.pop()
        for claim in said:
            if claim not in found and (claim in said.get(here, ()) or here in said[claim]):
                found.add(claim)
                new.append(claim)
    return found


def _said_of(reader: Reader, claim: str) -> set[str]:
    stands = programmes.standing(reader, claim)
    return _said(stands) if stands else set()


def _programme(reader: Reader, claim: str) -> str:
    stands, kept = programmes.standing(reader, claim), reader.get(KEPT, claim)
    return str(stands.body["programme"]) if stands else str(kept["programme"]) if kept else ""


def of_a_grant(body: Mapping[str, Any], stands: Standing, one: Programme, reader: Reader) -> Iterator[Fault]:
    """That whoever grants does not say which claims of the same benefit are of the same person, or names others.

    Where the house grants again nothing was asked, and what was said stands."""
    if body["outcome"] != "eligible" or not body.get("words"):
        return
    alike = sorted(of_the_same_benefit(reader, one, stands.claim))
    same = body.get("same_as")
    if same is not None and not alike and not _of_one_benefit(reader, one):
        want = "left out: no other programme gives the benefit of this one"
        yield Fault("same_as", shown(same), want, "no_benefit")
    elif alike and same is None:
        want = f"which of these is of the same person, or none of them (an empty list): {', '.join(alike)}"
        yield Fault("same_as", "(absent)", want, "missing")
    elif wrong := sorted(set(same or ()) - set(alike)):
        want = f"claims of the same benefit that this one is like, or that are theirs: {', '.join(alike) or 'none'}"
        yield Fault("same_as", shown(wrong), want, "reference")


def _of_one_benefit(reader: Reader, one: Programme) -> bool:
    """Whether a benefit is given by several triggers, or was opened more than once."""
    there = programmes.programmes(reader)
    return one.text.benefit is not None or any(
        other.id != one.id and other.text.gives == one.text.gives for other in there
    )


def of_the_person(
    reader: Reader, one: Programme, stands: Standing
) -> dict[str, tuple[Standing | None, Programme]]:  # fmt: skip
    """The other claims of the same benefit of whoever claims by this one, with the programme of each: those that were
    said to be of one person with it, or with another of them. Of one that is erased there is no standing."""
    there = _alike(reader, one, stands.claim)
    if len(there) == 1:
        return {}
    found = {claim: programmes.standing(reader, claim) for claim in there}
    theirs = _joined([stands.claim], {claim: _said(each) if each else set() for claim, each in found.items()})
    return {claim: (found[claim], there[claim]) for claim in there if claim in theirs and claim != stands.claim}


def _shares(
    reader: Reader, claims: Mapping[str, tuple[Standing | None, Programme]], weekly: int | None, through: date
) -> Iterator[one_person.Share]:
    """The claims of one person as they are held against each other. `weekly` is what a week of an erased one counts."""
    there = [stands for stands, _ in claims.values() if stands is not None]
    for claim, (stands, one) in claims.items():
        if stands is None:
            yield _share_of_erased(reader, claim, one, weekly)
            continue
        rows = programmes.paid(reader, {"claim": claim})
        paid = [one_person.Paid(row["run"], date.fromisoformat(f"{row['month']}-01"), row["cents"]) for row in rows]
        last = max([month_of(through), *(each.month for each in paid)])
        grant = stands.granted_first
        since = max(grant["entry"] if grant else 0, _said_since(stands, there))
        yield one_person.Share(
            stands.first, one.text, _worker(reader, one, stands), stands.begins(one),
            programmes.shares(reader, one, last), stands.state == "eligible", since, paid,
        )  # fmt: skip


def _share_of_erased(reader: Reader, claim: str, one: Programme, weekly: int | None) -> one_person.Share:
    """What the bank had on a claim that is erased, by month; weeks at the weekly amount of one that is not."""
    row = reader.get(KEPT, claim)
    kept = {date.fromisoformat(f"{month}-01"): cents for month, cents in row["paid"].items()} if row else {}
    worker = Worker(None, (), weekly=weekly)
    share = one_person.Share(row["first"] if row else 0, one.text, worker, one.opens_on, {}, False, 0, kept=kept)
    share.sizes = {month: -(-cents // (weekly or 1)) if share.weekly else cents for month, cents in kept.items()}
    return share


def _said_since(stands: Standing, there: Iterable[Standing]) -> int:
    """The entry by which a claim was first said to be of one person with another of some."""
    others = {one.claim for one in there}
    steps = [(one.claim, row) for one in there for row in _granted(one) if row["body"].get("same_as")]
    said = [
        row["entry"] for claim, row in steps
        if (claim == stands.claim and others & set(row["body"]["same_as"])) or stands.claim in row["body"]["same_as"]
    ]  # fmt: skip
    return min(said, default=0)


def _granted(stands: Standing) -> list[Row]:
    return [row for row in stands.steps if row["kind"] == DECIDED.id and row["body"]["outcome"] == "eligible"]


def _said(stands: Standing) -> set[str]:
    """The claims of which it was said, when it was granted last, that they are of the same person."""
    told = [row["body"]["same_as"] for row in _granted(stands) if row["body"].get("same_as") is not None]
    return set(told[-1]) if told else set()


# ── by the rule from before ─────


def _drawn(reader: Reader, one: Programme, stands: Standing, through: date) -> dict[date, Drawn]:
    """As of each month: how many weeks (months, where the benefit is none by the week) of it, and of those until then,
    and how many cents, the same person is due, or was paid, under another programme, by claims that were filed first.
    """
    found, sums = dict[date, int](), dict[date, int]()
    for claim, other in of_the_same_benefit(reader, one, stands.claim).items():
        there = programmes.standing(reader, claim)
        if other.id == one.id:
            continue
        if claim not in _said(stands) and (there is None or stands.claim not in _said(there)):
            continue
        if there is None:
            lines = _kept(reader, claim, stands)
        elif there.first < stands.first:
            due_there = _lines(reader, other, there, through)
            lines = {line.month: (line.weeks or int(line.cents > 0), line.cents) for line in due_there}
        else:
            continue
        for month, (many, cents) in lines.items():
            found[month], sums[month] = found.get(month, 0) + many, sums.get(month, 0) + cents
    return {
        month: Drawn(
            found.get(month, 0),
            sum(many for at, many in found.items() if at <= month),
            sum(cents for at, cents in sums.items() if at <= month),
        )
        for month in (months_from(min(found), month_of(through)) if found else ())
    }


def _lines(reader: Reader, other: Programme, there: Standing, through: date) -> list[Due]:
    """What is due under the other; of a claim that does not stand, as much of it as was paid."""
    called, last = programmes.shares(reader, other, through), month_of(through)
    if there.state == "eligible":
        return due(reader, other, there, last, called, rule=BY_FIRST)
    left, found = programmes.paid_before(reader, there.claim), list[Due]()
    for line in dues(other.text, there.worker(other.text), there.begins(other), last, called):
        if left > 0:
            found.append(line)
        left -= line.cents
    return found


def _kept(reader: Reader, claim: str, stands: Standing) -> dict[date, tuple[int, int]]:
    """Of a claim that is erased: weeks by what the bank had for each month, at this one's weekly amount, and that."""
    row, weekly = reader.get(KEPT, claim), stands.weekly
    paid = row["paid"] if row else {}
    return {
        date.fromisoformat(f"{month}-01"): (-(-cents // weekly) if weekly else 1, cents)
        for month, cents in sorted(paid.items())
    }
