"""Why a person looks at a claim that fits before it is granted: no name, the hand of another, another claim that may be
of the same person, a refusal before, a past that was told otherwise after it was paid, a figure that the package leaves
to a person."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from commonweal.kernel.instrument import Reader, Text

from . import behalf, programmes, sameness
from .amounts import dues
from .kinds import APPEAL_DECIDED, DECIDED
from .programmes import Programme, Standing
from .tables import KEPT
from .terms import beyond


class Look(NamedTuple):
    """Why a person looks at a claim that fits: in words, and the claims that may be of the same person."""

    words: Text
    claims: tuple[str, ...] = ()


REFUSED = Text(en="A person refused this claim before.", zh="此申领曾由工作人员予以拒绝。")
RAISED = Text(
    en="Months were paid on it, and by what was changed since more would be due for them.",
    zh="已按此申领发放若干月份，而依其后变更的内容，这些月份的应付额将增加。",
)
ANOTHER = Text(
    en="Somebody else than whoever claims wrote down what it says now.", zh="现有内容由申领人以外的人代为填写。"
)
NOBODY = Text(en="No name is on file.", zh="未提供姓名。")
ALIKE: Mapping[str, Text] = {
    "account": Text(en="Another claim has the same account.", zh="另有申领使用同一账户。"),
    "person": Text(en="Another claim has the same name, and no other day of birth.",
                   zh="另有申领姓名相同，且出生日期并无不同。"),
}  # fmt: skip
GONE: Mapping[str, Text] = {
    "account": Text(en="An erased claim had the same account. Paid on it were: {months}.",
                    zh="一项已删除的申领使用同一账户。已按其发放的月份：{months}。"),
    "person": Text(en="An erased claim had the same name, and no other day of birth. Paid on it were: {months}.",
                   zh="一项已删除的申领姓名相同，且出生日期并无不同。已按其发放的月份：{months}。"),
}  # fmt: skip


def _refused_by_somebody(stands: Standing) -> bool:
    """Whether a person had the last word, and it was no: facts that are filed anew are then no reason by themselves.

    An appeal that is not allowed leaves what was decided, also where that was a grant and it was about an amount.
    """
    last = ""
    for row in stands.steps:
        if row["kind"] == APPEAL_DECIDED.id and row["body"]["outcome"] == "allowed":
            last = "eligible"
        elif row["kind"] == DECIDED.id and row["body"].get("words"):
            last = str(row["body"]["outcome"])
    return last == "not_eligible"


def _raised(reader: Reader, one: Programme, stands: Standing) -> bool:
    """Whether more would be due for months that were paid than by the facts on which it was granted last: what is said
    of the past once it was paid is for a person to hold against the facts."""
    before, paid = programmes.granted(reader, stands), programmes.paid(reader, {"claim": stands.claim})
    if before is None or before.entry == stands.entry or not paid:
        return False
    through = date.fromisoformat(f"{paid[-1]['month']}-01")
    called = programmes.shares(reader, one, through)
    now, then = (
        sum(due.cents for due in dues(one.text, of.worker(one.text), of.begins(one), through, called))
        for of in (stands, before)
    )
    return now > then


def _gone(what: str, paid: Mapping[str, int]) -> Text:
    months = ", ".join(sorted(paid)) or "–"
    return Text({language: words.format(months=months) for language, words in GONE[what].items()})


def looks(reader: Reader, one: Programme, stands: Standing) -> list[Look]:
    """Why a person is to look at a claim before it is granted; none where every condition alone decides.

    Claims that an officer could see when granting it do not ask for another look.
    """
    assert one.text.claims is not None, "a programme is opened on a text with terms"
    found = [] if sameness.named(stands.body) else [Look(NOBODY)]
    found += [Look(ANOTHER)] if behalf.of_another(reader, stands) else []
    found += [Look(REFUSED)] if _refused_by_somebody(stands) else []
    found += [Look(RAISED)] if _raised(reader, one, stands) else []
    granted = [row["entry"] for row in stands.steps if row["kind"] == DECIDED.id and row["body"].get("words")
               and row["body"]["outcome"] == "eligible"]  # fmt: skip
    same = [each for each in sameness.matches(reader, stands.claim) if not granted or each.since > granted[-1]]
    for what, words in ALIKE.items():
        gone = {each.claim: row for each in same if each.what == what and (row := reader.get(KEPT, each.claim))}
        if alike := tuple(each.claim for each in same if each.what == what and each.claim not in gone):
            found.append(Look(words, alike))
        found += [Look(_gone(what, row["paid"])) for row in gone.values()]
    return [*found, *(Look(limit.title.text()) for limit in beyond(one.text.claims, stands.facts_under(one)))]
