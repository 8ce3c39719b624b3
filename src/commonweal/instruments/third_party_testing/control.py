"""Whose duties are kept apart where credits move: what comes into the pool, and what is granted out of it, takes
two officers who are no party to it; who has an evaluator of their own, or an interest in one, keeps out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from commonweal.kernel import registry
from commonweal.kernel.control import Apart, Control, Two, hand_of
from commonweal.kernel.instrument import PUBLIC, Fault, Filer, Money, Reader, Reading, Row, Text
from commonweal.kernel.registry import Ref

from . import standing
from .bounty_kinds import BOUNTY, BOUNTY_DECIDED, REVEALED, REVIEWED, SUBMISSION
from .credit_kinds import GIVEN, GRANT_ENDED, GRANTED, USED
from .enclave_kinds import SAMPLE_WANTED, VERDICT
from .kinds import EVALUATOR_NOUN, ID, KINDS, PATH
from .words import LABELS


def _own(reader: Reader, party: str) -> set[str]:
    found = {str(row["subject"]) for row in registry.theirs(reader, [party])}
    return {one for one in found if one.startswith(f"{EVALUATOR_NOUN}:")}


def _parties(reader: Reader, evaluator: str) -> set[str]:
    filed = {str(row["author"]) for row in registry.versions(reader, evaluator)}
    return {*filed, str(registry.filer(reader, evaluator) or "")} - {""}


def _said(reading: Reading, row: Row, *names: str) -> list[tuple[Text, str]]:
    """Fields of what waits, each with what it is called."""
    reading.told(row["entry"], *names)
    body = row["body"]
    return [(LABELS[name], str(body[name])) for name in names if body.get(name) is not None]


def _says_given(reading: Reading, row: Row) -> list[tuple[Text, str]]:
    return _said(reading, row, "amount", "unit", "given_by", "citation")


def _says_granted(reading: Reading, row: Row) -> list[tuple[Text, str]]:
    return _said(reading, row, "evaluator", "amount", "unit", "until", "job", "purpose")


def _says_sample(reading: Reading, row: Row) -> list[tuple[Text, str]]:
    return _said(reading, row, "entry", "sample", "epoch", "evaluator", "citation")


def _says_bounty(reading: Reading, row: Row) -> list[tuple[Text, str]]:
    listed = [(LABELS[name], "; ".join(row["body"][name])) for name in ("criteria", "reviewers")]
    reading.told(row["entry"], "criteria", "reviewers")
    return [*_said(reading, row, "name", "capability", "prize", "unit", "closes_on", "needed"), *listed]


def _tells(reader: Reader, evaluator: str) -> Mapping[str, Any]:
    return {"evaluator": registry.names(reader, EVALUATOR_NOUN).get(evaluator, evaluator)}


_OTHERS: Mapping[str, Money] = {
    **dict.fromkeys((one.id for one in KINDS), "none"),
    USED.id: "owner",
    **dict.fromkeys((GRANT_ENDED.id, BOUNTY_DECIDED.id), "house"),
    **dict.fromkeys((SUBMISSION.id, REVEALED.id, REVIEWED.id, VERDICT.id), "none"),
}
CONTROL = Control(
    ID,
    f"{PATH}/second",
    EVALUATOR_NOUN,
    Annotated[str, PUBLIC, Ref(EVALUATOR_NOUN)],
    Apart(_own, _parties),
    {
        GIVEN.id: Two(lambda reader, body: (), _says_given),
        GRANTED.id: Two(
            lambda reader, body: (str(body["evaluator"]),), _says_granted, one_of=lambda body: str(body["name"])
        ),
        SAMPLE_WANTED.id: Two(lambda reader, body: (str(body["evaluator"]),), _says_sample),
        BOUNTY.id: Two(
            lambda reader, body: (),
            _says_bounty,
            lambda reader, body: body["reviewers"],
            one_of=lambda body: str(body["name"]),
        ),
    },
    f"{ID}.handed_over",
    _tells,
    others=_OTHERS,
)
VOUCHED = Text(
    en="who accredited an evaluator does not judge what it brings", zh="认可评测方的人员不得评判其所提交的内容"
)


def impartial(where: str, evaluator: str, reader: Reader, filer: Filer) -> Iterator[Fault]:
    """That nobody judges what is brought by an evaluator of theirs, or that they accredited, or act for."""
    before = standing.accredited_by(reader, evaluator)
    found = CONTROL.keeps_apart(where, evaluator, reader, hand_of(filer), before, why=VOUCHED)
    if found is not None:
        yield found
