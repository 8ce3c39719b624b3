"""A refusal tells nobody a fact of a person that they may not read: two records that differ in such facts alone refuse
alike.

A refused filing is on no record and costs nothing, so whoever is refused by a balance reads it to the cent by asking
again and again. Held over every kind of both instruments that pay people, over everybody who may file it, and over
ladders of amounts, days and entries: not over the words of the refusal, but over what a reader makes of all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.net_house import WORKER, Net
from tests.unit.instruments.portable_benefits.conftest import (
    AUDITOR,
    CITY,
    DRIVER,
    LEAVE,
    MEMBER,
    SECOND,
    SEVERAL,
    THIRD,
    Fund,
    opened,
    table,
)

from commonweal.acceptance import Caller
from commonweal.authority import Authority
from commonweal.instruments.portable_benefits import files, statements
from commonweal.instruments.portable_benefits.kinds import CONTRIBUTIONS
from commonweal.instruments.portable_benefits.statements import statement
from commonweal.kernel.disclosure.reads import REFUSAL
from commonweal.kernel.record import Act
from commonweal.kernel.values import BadInput, CommonwealError

STRANGER = Caller("party:nobody", ("developer", "observer", "reporter", "peer"))
BENEFITS, OF_NET, OFFICE = "portable_benefits.", "adaptive_safety_net.", ("officer", "authority")
CENTS = (1, 10_00, 50_00, 75_00, 120_00, 200_00, 300_00, 325_00, 400_00, 600_00, 10**9)
DAYS = ("2025-01-06", "2025-03-03", "2026-02-02", "2026-02-16", "2026-05-04")
TWO = "benefits_member:pb-2"
ENTRIES = tuple(range(30, 54, 2))
ROWS = files.read(table("PB-1,2025-01-01,2025-03-31,USD,3000,100,0", payer="SWIFT"), "f.csv").acts[0]


# ── portable_benefits ───────────────────────────────────────────────────────────────────────────────────────────────


def of_one(fund: Fund) -> None:
    lived(
        fund,
        earned="3000",
        left=("01-01", "02-28"),
        brought=50_00,
        out=10_00,
        holder="party:ruth",
        claimed="2026-02-02",
    )


def of_another(fund: Fund) -> None:
    lived(
        fund,
        earned="6000",
        left=("02-01", "03-28"),
        brought=90_00,
        out=25_00,
        holder="party:rosa",
        claimed="2026-02-16",
    )


def lived(
    fund: Fund, *, earned: str, left: tuple[str, str], brought: int, out: int, holder: str, claimed: str
) -> None:  # fmt: skip
    """What happened to two people, in as many entries whatever it was. Of the second more work was said than there
    was, of the first there was work in weeks of leave that were paid."""
    fund.file("member", name="PB-2", party=holder)
    for first, last in (("01-01", "03-28"), left):
        days = f"2025-{first},2025-{last},USD"
        one, two = f"PB-1,{days},{earned},900,0", f"PB-2,{days},900000,900,0"
        for programme in (SEVERAL, LEAVE):
            fund.send(table(one, two, programme=programme))
    fund.send(table(f"PB-2,2025-01-01,2025-03-31,USD,{earned},0,0", payer="CITY"), CITY)
    for programme in (SEVERAL, LEAVE):
        told = {"on": "2025-04-01", "reference": f"T-{programme}"}
        fund.two("paid", programme=programme, payer="benefits_payer:swift", cents=900_000_00, **told)
    of = {"programme": SEVERAL, "member": MEMBER, "pot": "health"}
    fund.two("brought_in", **of, cents=brought, scheme="before", on="2025-04-01", reference=f"R-{brought}")
    fund.at("2026-06-01T09:00:00Z")
    fund.file("payee", DRIVER, member=MEMBER, person="A member (fictitious)", paid_to="GB29NWBK60161331926819")
    fund.file("claim", DRIVER, programme=LEAVE, member=MEMBER, begins=claimed, weeks=2)
    fund.file("taken_out", DRIVER, **of, cents=out, reason="health")
    fund.goes_out()
    fund.file("taken_out", DRIVER, **of, cents=out // 5, reason="health")
    fund.goes_out(LEAVE)
    row = f"PB-1,{claimed},{claimed},USD,0.01,0.01,0"
    fund.send(table(row, programme=LEAVE, period="2026-Q1"))


BODIES: Mapping[str, Mapping[str, Sequence[Any]]] = {
    "member": {"name": ["PB-2"], "party": ["party:ruth", "party:rosa", "party:fund"]},
    "payer": {"name": ["SWIFT", "NEW"], "called": ["w"], "sort": ["employer"]},
    "confirmed": {"payer": ["benefits_payer:swift"]},
    "confirmation_ended": {"payer": ["benefits_payer:swift"], "words": ["w"]},
    "contributions": {**{name: [value] for name, value in ROWS.body.items()}, "payer": ["benefits_payer:swift"]},
    "paid": {"programme": [SEVERAL], "payer": ["benefits_payer:city"], "cents": CENTS, "on": ["2026-05-01"]},
    "taken_out": {"programme": [SEVERAL], "member": [MEMBER, TWO], "pot": ["health", "retirement"], "cents": CENTS,
                  "reason": ["health", "retirement"]},
    "payee": {"member": [MEMBER, TWO], "to": ["", "heir 12"], "person": ["w"],
              "paid_to": ["GB29NWBK60161331926819", "DE89370400440532013000"]},
    "brought_in": {"programme": [SEVERAL], "member": [MEMBER], "pot": ["health"], "cents": CENTS, "scheme": ["w"],
                   "reference": ["X-1"], "on": ["2026-05-01"]},
    "died": {"member": [MEMBER, TWO], "on": ["2026-05-01"], "known_by": ["report", "register"]},
    "alive": {"member": [MEMBER, TWO], "words": ["w"]},
    "lives": {"member": [MEMBER, TWO], "words": ["w"]},
    "not_served": {"member": [MEMBER, TWO], "served_months": [["2025-01"], ["2025-03"], ["2025-12"]], "words": ["w"]},
    "recovered": {"programme": [LEAVE, SEVERAL], "member": [MEMBER], "payment": (39, *ENTRIES), "cents": CENTS,
                  "on": ["2026-05-01"], "reference": ["X-1"]},
    "work_confirmed": {"programme": [LEAVE, SEVERAL], "member": [MEMBER, TWO], "period": ["2025-Q1", "2025-Q2"],
                       "payer": ["benefits_payer:swift", "benefits_payer:city"], "cents": CENTS,
                       "hours_confirmed": [1, 900_00, 10**7], "words": ["w"]},
    "withdrawal_taken_back": {"programme": [SEVERAL], "member": [MEMBER], "payment": (*range(30, 54), 39)},
    "bank_answer_taken_back": {"programme": [SEVERAL], "file_id": ["pb-several-payers-1"], "said": ENTRIES,
                               "payment_ids": [[f"pb/e{entry}"] for entry in range(40, 60)], "words": ["w"]},
    "receipt_taken_back": {"programme": [SEVERAL], "receipt": ENTRIES, "words": ["w"]},
    "fee_made_good": {"programme": [SEVERAL], "cents": CENTS, "on": ["2026-05-01"]},
    "heir": {"member": [MEMBER, TWO], "person": ["w"], "relationship": ["child"], "words": ["w"]},
    "estate": {"member": [MEMBER], "shares": [[{"claim": 12, "share": "1"}]], "words": ["w"]},
    "claim": {"programme": [LEAVE], "member": [MEMBER, TWO], "begins": DAYS, "weeks": [1, 2, 12, 40]},
    "statement": {"member": [MEMBER, TWO]},
    "drawn": {"words": ["w"], "rows": [3]},
    "bank_file": {"programme": [SEVERAL], "file_id": ["pb-several-payers-2"],
                  "payments": [1], "on": ["2026-06-02"], "made_at": ["2026-06-01T08:00:00Z"], "cents": [1, 10_00],
                  "payment_ids": [[f"pb/e{entry}"] for entry in range(40, 60)], "debtor": ["Fund"],
                  "debtor_account": ["DE89370400440532013000"], "sha256": ["0" * 64]},
    "bank_answer": {"programme": [SEVERAL], "file_id": ["pb-several-payers-1"], "bank_took": [0],
                    "bank_sent_back": [0], "bank_open": [1], "sha256": ["0" * 64]},
    "bank_file_never_left": {"programme": [SEVERAL], "file_id": ["pb-several-payers-1"], "words": ["w"]},
    "seconded": {"entry": ENTRIES},
    "set_aside": {"entry": ENTRIES, "words": ["w"]},
    "interest": {"about": [MEMBER, TWO]},
    "hand_over": {"about": [MEMBER, TWO], "to": ["party:ruth", "party:rosa", "party:driver"],
                  "reason_code": ["succession"]},
}  # fmt: skip
"""What of each kind is tried: every value of each field, with the first of the others."""
SOUND = "sound"


def test_nobody_learns_by_refusals_what_an_account_holds_or_whose_it_is(tmp_path: Path) -> None:
    first, second = (dict(at_the_fund(tmp_path / name, world)) for name, world in (("a", of_one), ("b", of_another)))
    assert differing(first, second) == []


def at_the_fund(folder: Path, world: Callable[[Fund], None]) -> Iterator[tuple[str, str]]:
    with opened(folder) as fund:
        world(fund)
        kinds = [one for one in fund.authority.kinds.values() if one.id.startswith(BENEFITS) and one.files]
        assert {one.id.removeprefix(BENEFITS) for one in kinds} == set(BODIES), "of each kind it is said what is tried"
        for kind in kinds:
            for caller in (STRANGER, AUDITOR, THIRD, *((CITY,) if kind.id == CONTRIBUTIONS.id else ())):
                roles = tuple(one for one in caller.roles if one in kind.files)
                if roles:
                    who = Caller(caller.party, roles, caller.organisation)
                    yield from tried(fund.authority, kind.id, BODIES[kind.id.removeprefix(BENEFITS)], who)


def test_what_must_be_told_of_a_payment_stands_in_the_log_of_reads(tmp_path: Path) -> None:
    """That less is open of a payment than came back must be told; whose it is reads who had it told to them."""
    with opened(tmp_path / "fund") as fund:
        of_one(fund)
        body = {name: options[0] for name, options in BODIES["recovered"].items()} | {"cents": 10**9}
        asked = fund.file("recovered", THIRD, **body)
        with pytest.raises(BadInput) as refused:
            fund.file("seconded", SECOND, entry=asked)
        (fault,) = refused.value.faults
        assert (fault.where, fault.want) == ("entry", "at most what is open of it")
        (read,) = (one.read for one in fund.authority.reads.lines(1) if REFUSAL in one.read.fields)
        assert (read.party, read.entry) == (SECOND.party, 39)


def test_what_an_officer_enters_for_a_member_is_decided_by_the_same_rule_and_their_statement_says_so(
    tmp_path: Path,
) -> None:
    with opened(tmp_path / "fund") as fund:
        of_one(fund)
        of = {"programme": SEVERAL, "member": MEMBER, "pot": "health", "reason": "health"}
        before = fund.held("benefits.several_payers.bank")
        fund.two("taken_out", **of, cents=10**7)
        fund.two("claim", programme=LEAVE, member=MEMBER, begins="2026-02-02", weeks=1)
        assert fund.held("benefits.several_payers.bank") == before
        told = statement(fund.reader, MEMBER, fund.clock.now().date(), "en")["programmes"]
        assert [one["said"] for part in told for one in part["moves"] if statements.NOT_FREE["en"] in one["said"]]
        with pytest.raises(BadInput, match="at most"):
            fund.file("taken_out", DRIVER, **of, cents=10**7)


def tried(
    authority: Authority, kind: str, values: Mapping[str, Sequence[Any]], caller: Caller
) -> Iterator[tuple[str, str]]:  # fmt: skip
    """What is answered to each way to file a kind, sound in itself and with a field that it has not, by what was
    asked."""
    blobs = ROWS.blobs if kind == CONTRIBUTIONS.id else {}
    plain = {name: options[0] for name, options in values.items()}
    bodies = [{**plain, name: value} for name, options in values.items() for value in options]
    for body in (*bodies, {**plain, **{name: options[-1] for name, options in values.items()}}):
        for told in (body, {**body, "of_no_kind": 7}):
            yield f"{caller.party} {kind} {told}", answered(authority, Act(kind, told, "", blobs=blobs), caller)


def answered(authority: Authority, act: Act, caller: Caller) -> str:
    """What is told but for what stands in the log of reads before it leaves: whose it is reads there who asked."""
    try:
        authority.check(act, caller)
    except BadInput as error:
        told = [(one.where, one.seen, one.want, one.code, one.told) for one in error.faults if not one.tells]
        return str(told or SOUND)
    except CommonwealError as error:
        return str(error)
    return SOUND


def differing(first: Mapping[str, str], second: Mapping[str, str]) -> list[tuple[str, str, str]]:
    assert first.keys() == second.keys()
    assert {SOUND} < set(first.values())
    return [(asked, first[asked], second[asked]) for asked in first if first[asked] != second[asked]]


# ── adaptive_safety_net ─────────────────────────────────────────────────────────────────────────────────────────────

NAME, OPEN = "support_claim:c-1", "programme:wi-mi-2026"
CLAIMED: Mapping[str, Sequence[Any]] = {
    "name": ["C-1", "C-2"], "programme": [OPEN], "person": ["Sam (fictitious)", "Kim (fictitious)"],
    "area": ["area:us-mi"], "earned": ["4200.00", "5100.00"], "currency": ["USD"], "lost_on": ["2026-02-16"],
    "paid_to": ["GB29NWBK60161331926819", "DE89370400440532013000"],
}  # fmt: skip
WHATEVER: Mapping[str, Sequence[Any]] = {
    "claim": [NAME], "what": ["died", "alive", "moved"], "on": ["2026-05-01"], "words": ["w"], "reasons": ["w"],
    "text": ["w"], "question": ENTRIES,
}  # fmt: skip


def test_nobody_learns_by_refusals_what_somebody_claimed_or_what_became_of_it(tmp_path: Path) -> None:
    """Officers read claims; whoever else files learns nothing of one that is not theirs."""
    first, second = (
        dict(at_the_ministry(tmp_path / name, *told))
        for name, told in (("a", ("4200.00", "GB29NWBK60161331926819")), ("b", ("5100.00", "DE89370400440532013000")))
    )
    assert differing(first, second) == []


def at_the_ministry(folder: Path, earned: str, account: str) -> Iterator[tuple[str, str]]:
    net = Net.found(folder)
    with net.authority as authority:
        net.opened()
        net.month("2026-03")
        net.at("2026-05-04T12:00:00Z")
        net.claim(earned=earned, paid_to=account)
        net.run("2026-05")
        if earned == "4200.00":
            net.file("appeal", WORKER, claim=NAME, words="w")
        else:
            net.file("withdrawn", WORKER, claim=NAME)
        net.at("2026-06-02T12:00:00Z")
        for kind in authority.kinds.values():
            if not kind.id.startswith(OF_NET) or not set(kind.files) - set(OFFICE):
                continue
            of = CLAIMED if kind.noun else WHATEVER
            there = {name: options for name, options in of.items() if name in kind.schema.model_fields}
            for caller in (Caller(STRANGER.party, (role,)) for role in kind.files if role not in OFFICE):
                yield from tried(authority, kind.id, there, caller)
