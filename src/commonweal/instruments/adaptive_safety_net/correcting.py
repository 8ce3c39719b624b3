"""Facts of a claim that were found to be otherwise: by whom they are corrected, and until when that holds.

An appeal that is allowed carries the right facts by one officer, as long as they stay within the limits of the text and
raise what is due, and what they can still bring, by no more than a share (`corrections.toml`); of several such appeals
that is asked of all together, since two decided on the facts last, or they were claimed. What goes beyond takes two
(`CORRECTION`), and by the same act two officers put a slip right where nobody appealed. An appeal decides facts and not
the text: whom that refuses is paid by the order of a court alone, which two officers enter with its citation. A
correction holds whatever is claimed again, until whoever claims says of that fact something else than they did before
it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from fractions import Fraction
from importlib.resources import files
from typing import Any

from commonweal.kernel import accounts, registry
from commonweal.kernel.instrument import Act, Entry, Fault, Filer, Reader, Row, Text
from commonweal.kernel.record import AUTHORITY
from commonweal.kernel.values import add_months, read_toml, shown

from . import programmes, saying
from .amounts import dues, month_of, percent
from .control import CONTROL
from .kinds import APPEAL_DECIDED, CORRECTED, CORRECTION
from .programmes import Programme, Standing
from .terms import beyond

_SAID = read_toml(files(__package__).joinpath("corrections.toml").read_text("utf-8"), "corrections.toml")
SHARE = Fraction(_SAID["share"])
TWO = Text(
    {name: words.format(kind=CORRECTION.id, percent=percent(SHARE)) for name, words in Text(_SAID["two"]).items()}
)


def facts_in(body: Mapping[str, Any]) -> dict[str, Any]:
    """The facts that an act corrects."""
    return {name: body[name] for name in CORRECTED if body.get(name) is not None}


def takes_two(reader: Reader, one: Programme, stands: Standing, facts: Mapping[str, Any], today: date) -> bool:
    """Whether corrected facts go beyond a limit of the text that the claim did not, or raise by more than the share
    what is due through this month, or what the text can still bring by them: with all that officers corrected one by
    one before."""
    terms = one.text.claims
    assert terms is not None, "a programme is opened on a text with terms"
    before, after = _without_one(reader, stands), replace(stands, body={**stands.body, **facts})
    now, then = ({limit.fact for limit in beyond(terms, of.facts_under(one))} for of in (before, after))
    if then - now:
        return True
    through = max(month_of(today), month_of(one.opens_on))
    brings = max(_last_due(one, of, through) for of in (before, after))
    return _raises(reader, one, (before, after), through) or _raises(reader, one, (before, after), brings)


def _without_one(reader: Reader, stands: Standing) -> Standing:
    """A claim by its facts as two decided on them last, or as they were claimed: without what one officer corrected
    since."""
    row = registry.subject(reader, stands.claim)
    claimed = (row["body"] or {}) if row else {}
    last = max((each["entry"] for each in stands.steps if _is_by_two(reader, stands, each)), default=-1)
    steps = [each for each in stands.steps if each["entry"] <= last]
    return replace(stands, body={**claimed, **programmes.corrected(steps, claimed)})


def _is_by_two(reader: Reader, stands: Standing, step: Row) -> bool:
    """Whether two decided on the facts of a claim by a step; the house decides an appeal as they confirmed it."""
    if step["kind"] != APPEAL_DECIDED.id:
        return bool(step["kind"] == CORRECTION.id)
    by_house = step["by"] == AUTHORITY and any(
        each["kind"] == CORRECTION.id and each["body"].get("appeal") is not None and each["entry"] < step["entry"]
        and facts_in(each["body"]) == facts_in(step["body"]) for each in stands.steps
    )  # fmt: skip
    return by_house or bool(CONTROL.hands(reader, step["entry"]))


def _last_due(one: Programme, stands: Standing, month: date) -> date:
    """The month by which a claim has brought all that the text gives, as if nothing was drawn of it by a month; of
    help without an end the month after: every other is as that one."""
    terms, pays = one.text.claims, one.text.pays
    assert terms is not None, "a programme is opened on a text with terms"
    many = pays.months if pays.how == "enrols" else terms.weeks_at_most or 1  # no month has less than a week
    begins = max(stands.begins(one), stands.worker(one.text).exhausted_on or one.opens_on)
    return add_months(max(month, month_of(begins)), many)


def _raises(reader: Reader, one: Programme, both: tuple[Standing, Standing], through: date) -> bool:
    """Whether the second brings more than the first through a month by more than the share: as much of the help as is
    called for now; all of it where by that neither would bring anything, for it can be called for yet."""
    called = programmes.shares(reader, one, through)
    was, will = (_brings(one, stands, through, called) for stands in both)
    if not was and not will:
        was, will = (_brings(one, stands, through, dict.fromkeys(called, Fraction(1))) for stands in both)
    return will > was * (1 + SHARE)


def _brings(one: Programme, stands: Standing, through: date, called: Mapping[date, Fraction]) -> int:
    return sum(due.cents for due in dues(one.text, stands.worker(one.text), stands.begins(one), through, called))


def of_facts(body: Mapping[str, Any], stands: Standing, one: Programme, today: date) -> Iterator[Fault]:
    """That a corrected amount is none of the programme's unit, or what is corrected is nothing that a claim may say."""
    jobs = body.get("jobs") or ()
    amounts = [(name, body[name]) for name in ("earned", "weekly_benefit") if body.get(name) is not None]
    amounts += [(f"jobs.{number}.monthly", job["monthly"]) for number, job in enumerate(jobs)]
    for name, told in amounts:
        try:
            sound = accounts.amount_of(str(told), one.unit) >= 0
        except ValueError:
            sound = False
        if not sound:
            yield Fault(name, shown(told), f"an amount of {one.unit}, such as 4200.00", "amount")
    yield from saying.of_ends(jobs, today)
    yield from saying.of_facts({**stands.body, **facts_in(body)}, stands)


def of_an_appeal_decided(
    body: Mapping[str, Any], stands: Standing, one: Programme, reader: Reader, filer: Filer
) -> Iterator[Fault]:  # fmt: skip
    """What is wrong with the facts that a decision on an appeal corrects."""
    facts = facts_in(body)
    if body["outcome"] != "allowed":
        for name in (*facts, *(("citation",) if body.get("citation") else ())):
            yield Fault(name, shown(body[name]), "nothing: an appeal that is not allowed corrects no fact", "upheld")
        return
    if wrong := list(of_facts(body, stands, one, filer.today)):
        yield from wrong
    if wrong or body.get("citation"):  # what is ordered two officers enter
        return
    if facts or stands.state != "eligible":
        yield from _refused_by_the_text("outcome", facts, stands, one)
    if facts and not _by_two(stands, facts, filer) and takes_two(reader, one, stands, facts, filer.today):
        name = next(iter(facts))
        seen = shown(facts[name])
        yield Fault(name, seen, TWO["en"], "two", Text(en=f"{seen} – {TWO['en']}.", zh=f"{seen}——{TWO['zh']}。"))


def _refused_by_the_text(
    where: str, facts: Mapping[str, Any], stands: Standing, one: Programme
) -> Iterator[Fault]:  # fmt: skip
    """That the text refuses a claim, with facts as they are right."""
    found = programmes.assessment(one, replace(stands, body={**stands.body, **facts}))
    if found.answer != "eligible":
        failed = [each.condition.title for each in found.findings if not each.holds]
        en, zh = "; ".join(each.en for each in failed), "；".join(each.zh for each in failed)
        want = f"what the text allows, or the order of a court by its citation, which a second officer confirms: {en}"
        told = Text(en=f"{want}.", zh=f"须符合文本，或载明法院命令的依据（citation）并经第二人确认：{zh}。")
        yield Fault(where, shown(facts) if facts else "allowed", want, "text", told)


def _by_two(stands: Standing, facts: Mapping[str, Any], filer: Filer) -> bool:
    """Whether the house decides the appeal that waits as two officers confirmed it."""
    row = stands.newest(CORRECTION.id)
    appeal = stands.appeal
    return (
        filer.party == AUTHORITY and row is not None and appeal is not None
        and row["body"].get("appeal") == appeal["entry"] and facts_in(row["body"]) == dict(facts)
    )  # fmt: skip


def of_a_correction(body: Mapping[str, Any], stands: Standing, one: Programme, filer: Filer) -> Iterator[Fault]:
    """What is wrong with a correction by two: of which version it is, what it says, and whether the text allows it."""
    if body["facts"] != stands.entry:
        yield Fault("facts", shown(body["facts"]), f"{stands.entry}, the newest version of the claim", "other_facts")
    waits = stands.appeal["entry"] if stands.appeal is not None else None
    if body.get("appeal") != waits:
        want = "no appeal: none waits" if waits is None else f"{waits}, the appeal that waits: it is allowed by this"
        yield Fault("appeal", shown(body.get("appeal")), want, "reference")
    facts = facts_in(body)
    if all(stands.body.get(name) == value for name, value in facts.items()):
        yield Fault("(whole)", shown(facts), f"a fact that is otherwise than on file: {', '.join(CORRECTED)}", "same")
        return
    if wrong := list(of_facts(body, stands, one, filer.today)):
        yield from wrong
    elif waits is None and stands.state != "eligible":
        yield Fault(
            "claim", stands.claim, f"a claim that was granted: {stands.name} is decided on first", "not_decided"
        )
    else:
        yield from _refused_by_the_text("(whole)", facts, stands, one)


def follow(entry: Entry) -> Iterator[Act]:
    """The appeal that two officers allow with the facts as they are right."""
    if entry.kind != CORRECTION.id or entry.body.get("appeal") is None:
        return
    claim = str(entry.body["claim"])
    body = {"claim": claim, "outcome": "allowed", "words": entry.body["words"], **facts_in(entry.body)}
    yield Act(APPEAL_DECIDED.id, body, f"net:corrected:{entry.index}", claim, causes=(entry.index,))
