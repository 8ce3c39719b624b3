"""Payments on their way to the bank: which go into which file, and what the bank said of each.

The ledger says what was paid to whom; a file carries it out. Each payment stands in one file, and in another only after
the bank rejected it, under an id of its own then. What went out is on record with the file's digest, so that the file
can be made again to the byte, and a bank's status report is held against it: payment by payment, all or nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from commonweal.kernel import accounts
from commonweal.kernel.accounts import Credit, Payer, bank_account
from commonweal.kernel.instrument import Act, Entry, Fault, Reader, Row, Table, Tables
from commonweal.kernel.values import BadInput, NotFound, digest, instant, stamp

from . import programmes
from .kinds import ANSWERED_MAX, BANK_ANSWER, BANK_FILE, FILE_PAYMENTS_MAX
from .programmes import PAYMENT, Programme, Standing

SENT = Table(
    "adaptive_safety_net_sent",
    columns={
        "id": "text", "message": "text", "claim": "text", "month": "text", "attempt": "integer", "state": "text",
        "reason": "text",
    },
    key=("id",),
    indexes=(("message",), ("claim",)),
)  # fmt: skip
"""Payments that went into a file: `state` is sent, waits, taken or rejected, as the bank said last."""
MESSAGE = Table(
    "adaptive_safety_net_message",
    columns={"message": "text", "programme": "text", "entry": "integer", "body": "json"},
    key=("message",),
    indexes=(("programme",),),
)
"""The files that were made, each by the id that the bank answers to."""
TABLES = (SENT, MESSAGE)
REJECTED, NAME_MAX = "rejected", 140


class Debtor(NamedTuple):
    """From which account the bank is to pay, as an officer writes it."""

    name: str
    account: str
    bic: str = ""


class Ready(NamedTuple):
    """What goes into the next file, by id with claim, month and amount; and the claims that have no name or account
    on file."""

    payments: Mapping[str, tuple[str, str, int]]
    without: Sequence[str]


def keep(entry: Entry, tables: Tables) -> None:
    """Lay out a file, or what the bank answered to one."""
    if entry.erased:
        return
    body = entry.body
    if entry.kind == BANK_FILE.id:
        told = {"message": body["file_id"], "programme": body["programme"], "entry": entry.index}
        tables.put(MESSAGE, {**told, "body": dict(body)})
        claims = {one.first: one.claim for one in programmes.claims(tables, str(body["programme"]))}
        for id in body["payment_ids"]:
            first, month, attempt = _parts(id)
            row = {"id": id, "message": body["file_id"], "month": month, "attempt": attempt}
            tables.put(SENT, {**row, "claim": claims.get(first, ""), "state": "sent", "reason": ""})
    elif entry.kind == BANK_ANSWER.id:
        said = {one["id"]: one for one in body["bank_said"]}
        for row in tables.select(SENT, {"message": body["file_id"]}):
            one = said.get(row["id"], {"state": "taken", "reason": ""})
            tables.put(SENT, {**row, "state": one["state"], "reason": one["reason"]})


def _parts(id: str) -> tuple[int, str, int]:
    """The first entry of the claim, the month, and which attempt it is: `net/c12/2026-06`, then `net/c12/2026-06/2`."""
    _, first, month, *more = id.split("/")
    return int(first.removeprefix("c")), month, int(more[0]) if more else 1


def _line(words: str, most: int) -> str:
    """Words as a bank takes them: in one line, and only what can be seen."""
    return "".join(sign for sign in " ".join(words.split()) if sign.isprintable()).strip()[:most].strip()


def _to(stands: Standing) -> tuple[str, str]:
    """To whom a claim is paid, and to which account; empty where nobody said."""
    return _line(str(stands.body.get("person") or ""), NAME_MAX), str(stands.body.get("paid_to") or "")


def ready(reader: Reader, one: Programme) -> Ready:
    """The payments of a programme that no file has yet, or that the bank rejected and that can go again."""
    runs = [row["entry"] for row in programmes.runs(reader, one.id)]
    claims = {stands.claim: stands for stands in programmes.claims(reader, one.id)}
    sent: dict[tuple[str, str], Row] = {}
    for row in reader.select(SENT, order=("attempt",)):
        sent[row["claim"], row["month"]] = row
    found, without = dict[str, tuple[str, str, int]](), list[str]()
    rows = reader.select(PAYMENT, {"run": ("in", runs)}, order=("month", "claim")) if runs else []
    for row in rows:
        before, stands = sent.get((row["claim"], row["month"])), claims.get(row["claim"])
        if stands is None or (before is not None and before["state"] != REJECTED) or len(found) >= FILE_PAYMENTS_MAX:
            continue
        if not all(_to(stands)):
            without.append(stands.name)
            continue
        id = f"net/c{stands.first}/{row['month']}" + (f"/{before['attempt'] + 1}" if before else "")
        found[id] = (row["claim"], row["month"], row["cents"])
    return Ready(found, list(dict.fromkeys(without)))


def file_act(reader: Reader, one: Programme, debtor: Debtor, *, on: date, made: datetime) -> Act:
    """The act by which the next file goes out. Raises `BadInput` where there is nothing to pay, or something wrong."""
    found = ready(reader, one)
    if not found.payments:
        named = ", ".join(found.without[:20]) or "none"
        want = f"a payment that no file has yet; without an account on file: {named}"
        raise BadInput(Fault("(whole)", "nothing to pay", want, "empty"), one.name)
    message = f"net-p{one.entry}-{len(reader.select(MESSAGE, {'programme': one.id})) + 1}"
    body: dict[str, Any] = {
        "programme": one.id, "file_id": message, "payments": len(found.payments),
        "on": on.isoformat(), "made_at": stamp(made),
        "cents": sum(cents for _, _, cents in found.payments.values()), "payment_ids": list(found.payments),
        "debtor": debtor.name, "debtor_account": debtor.account, "debtor_bic": debtor.bic,
    }  # fmt: skip
    body["sha256"] = digest(_written(reader, one, body))
    return Act(BANK_FILE.id, body, f"net:file:{message}")


def file_of(reader: Reader, message: str) -> bytes:
    """A file that was made, to the byte. Raises `NotFound`; `BadInput` where a claim says otherwise by now."""
    row = reader.get(MESSAGE, message)
    one = programmes.programme(reader, row["programme"]) if row else None
    if row is None or one is None:
        known = ", ".join(each["message"] for each in reader.select(MESSAGE)) or "none"
        raise NotFound("payment file", message, f"those that were made: {known}")
    data = _written(reader, one, row["body"])
    if digest(data) != row["body"]["sha256"]:
        want = "claims as they stood: a name or account of one was changed since, and the bank has the file as it was"
        raise BadInput(Fault("sha256", digest(data), want, "changed"), message)
    return data


def _written(reader: Reader, one: Programme, body: Mapping[str, Any]) -> bytes:
    claims = {stands.first: stands for stands in programmes.claims(reader, one.id)}
    credits = []
    for id in body["payment_ids"]:
        first, month, _ = _parts(id)
        stands = claims.get(first)
        paid = reader.get(PAYMENT, stands.claim, month) if stands else None
        if stands is None or paid is None:
            raise BadInput(Fault(id, "(absent)", "a payment on a claim that can be read", "reference"), one.name)
        name, account = _to(stands)
        words = _line(f"{one.name} {month} {stands.name}", NAME_MAX)
        credits.append(Credit(id, name, bank_account(account), paid["cents"], words))
    try:
        payer = Payer(str(body["debtor"]), bank_account(str(body["debtor_account"])), str(body.get("debtor_bic") or ""))
    except ValueError as error:
        raise BadInput(Fault("debtor_account", str(body["debtor_account"]), str(error), "account"), one.name) from error
    on, made = date.fromisoformat(str(body["on"])), instant(str(body["made_at"]))
    return accounts.credit_transfers(str(body["file_id"]), payer, credits, one.unit, on=on, made=made)


def answer_act(reader: Reader, data: bytes) -> Act:
    """The act by which a bank's status report is recorded. Raises `BadInput` for one that is not on a file of ours."""
    report = accounts.read_report(data)
    row = reader.get(MESSAGE, report.message)
    if row is None:
        raise BadInput(Fault("OrgnlMsgId", report.message, "a file that was made here", "reference"), "status report")
    answers = report.of(row["body"]["payment_ids"])
    named = {"taken": "bank_took", REJECTED: "bank_sent_back", "waits": "bank_open"}
    counts = {name: sum(one.state == state for one in answers) for state, name in named.items()}
    body = {
        "programme": row["programme"], "file_id": report.message, **counts, "sha256": digest(data),
        "bank_said": [
            {"id": one.id, "state": one.state, "reason": f"{one.code} {one.reason}".strip()[:ANSWERED_MAX]}
            for one in answers if one.state != "taken"
        ],
    }  # fmt: skip
    return Act(BANK_ANSWER.id, body, f"net:answer:{body['sha256'][:32]}")


def check(act: Act, one: Programme, reader: Reader) -> Iterator[Fault]:
    """A file holds payments that are to be made, and no other; an answer is on a file, about payments in it."""
    body = act.body
    if act.kind == BANK_ANSWER.id:
        row = reader.get(MESSAGE, str(body["file_id"]))
        if row is None or row["programme"] != one.id:
            yield Fault("file_id", str(body["file_id"]), f"a file that was made of {one.name}", "reference")
        elif unknown := {str(each["id"]) for each in body["bank_said"]} - set(row["body"]["payment_ids"]):
            yield Fault("bank_said", min(unknown), f"a payment of {body['message']}", "reference")
        return
    found, ids = ready(reader, one).payments, body["payment_ids"]
    if strange := [id for id in ids if id not in found]:
        want = "a payment that no file has yet, on a claim with an account"
        yield Fault("payment_ids", strange[0], want, "reference")
    elif body["cents"] != sum(found[id][2] for id in ids) or body["payments"] != len(ids):
        yield Fault("cents", str(body["cents"]), "the sum and the number of the payments in it", "mismatch")
    if reader.get(MESSAGE, str(body["file_id"])) is not None:
        yield Fault("file_id", str(body["file_id"]), "an id that no file has", "taken")


def newest(reader: Reader, claim: str, month: str) -> Row | None:
    """What became of a payment at the bank last; None where no file has it."""
    rows = reader.select(SENT, {"claim": claim, "month": month}, order=("-attempt",), limit=1)
    return rows[0] if rows else None


def returned(reader: Reader) -> set[str]:
    """The claims of which a payment came back from the bank and did not go out again."""
    last: dict[tuple[str, str], Row] = {}
    for row in reader.select(SENT, order=("attempt",)):
        last[row["claim"], row["month"]] = row
    return {claim for (claim, _), row in last.items() if row["state"] == REJECTED}
