"""Payments on their way to a bank: which go into which file, and what the bank said of each.

The ledger says what was paid to whom; a file carries it out. Each payment stands in one file, and in another only after
the bank rejected it, under an id of its own then. What went out is on record with the file's digest, so that the file
can be made again to the byte, and a bank's status report is held against it: payment by payment, all or nothing.
What a bank took is final: money that comes back after that is a receipt of its own, for a person.

An instrument declares a `Bank`: the kinds by which a file and an answer are recorded, and what is to be paid. Both
kinds' bodies hold the fields that `file_body` and `answer_body` give.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import Field
from typing_extensions import TypedDict

from commonweal.kernel.record.entries import Act, Entry
from commonweal.kernel.record.tables import Column, Reader, Row, Table, Tables
from commonweal.kernel.values import BadInput, Fault, NotFound, digest, instant, stamp

from ._bank import Credit, Payer, bank_account, credit_transfers, read_report

FILE_PAYMENTS_MAX, ANSWERED_MAX, PAYEE_MAX = 10_000, 200, 140
REJECTED, TAKEN, HELD = "rejected", "taken", "held"
GOES_AGAIN = (REJECTED, HELD)
FINALITY: Mapping[str, int] = {"sent": 0, "waits": 1, HELD: 2, REJECTED: 2, TAKEN: 3}
"""How final what a bank said of a payment is. What is more final stands, so reports come to the same in whatever order
they arrive, one that names only some payments changes no other, and what a bank took never goes out again."""
COUNTS = {TAKEN: "bank_took", REJECTED: "bank_sent_back", "waits": "bank_open"}
PaymentId = Annotated[str, Field(pattern=r"^[a-z]{2,4}/[a-z0-9/\-]{1,30}$")]
"""A payment by its id; each further attempt has `/2`, `/3` behind it."""
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class BankSaid(TypedDict):
    """What the bank said of a payment that it did not take."""

    id: PaymentId
    state: Literal["rejected", "waits"]
    reason: Annotated[str, Field(max_length=ANSWERED_MAX)]


class Debtor(NamedTuple):
    """From which account the bank is to pay, as an officer writes it."""

    name: str
    account: str
    bic: str = ""


class Outgoing(NamedTuple):
    """What is to be paid: by its id, to whom and to which account (empty where nobody said), the amount in the smallest
    part of its unit, and words for whoever gets it. `whose` is called where there is no account. What is `stopped` goes
    out no more, though it may stand in a file that was made."""

    id: str
    name: str
    account: str
    amount: int
    words: str
    whose: str
    stopped: bool = False


class Paying(NamedTuple):
    """What pays, such as a programme: its subject, what it is called, its unit, and how ids of its files begin."""

    id: str
    name: str
    unit: str
    prefix: str


class Ready(NamedTuple):
    """What goes into the next file, by the id under which it goes; and whoever has no name or account on file."""

    payments: Mapping[str, Outgoing]
    without: Sequence[str]


@dataclass(frozen=True)
class Bank:
    """How an instrument's payments reach a bank. `file_kind` and `answer_kind` name the kinds that record it.

    `paying(reader, id)` is what pays, None where there is none of that id; `known(reader)` are those that there are;
    `payments(reader, paying)` is all that was ever paid by it, in order.
    """

    name: str
    file_kind: str
    answer_kind: str
    paying: Callable[[Reader, str], Paying | None]
    known: Callable[[Reader], Iterable[str]]
    payments: Callable[[Reader, Paying], Iterable[Outgoing]]
    sent: Table = field(init=False)
    files: Table = field(init=False)

    def __post_init__(self) -> None:
        columns: dict[str, Column] = dict.fromkeys(("id", "message", "payment", "state", "reason"), "text")
        columns["attempt"] = "integer"
        sent = Table(f"{self.name}_sent", columns, ("id",), (("message",), ("payment",)))
        of: dict[str, Column] = {"message": "text", "programme": "text", "entry": "integer", "body": "json"}
        files = Table(f"{self.name}_message", of, ("message",), (("programme",),))
        object.__setattr__(self, "sent", sent)
        object.__setattr__(self, "files", files)

    @property
    def tables(self) -> tuple[Table, ...]:
        """The files that were made, by the id that the bank answers to; and each payment in one, with what the bank
        said last: sent, waits, taken or rejected; or that it is held, since the ledger reserved nothing for it."""
        return self.sent, self.files

    # ── what is laid out ────────────────────────────────────────────────────────────────────────────────────────────

    def keep(self, entry: Entry, tables: Tables) -> None:
        """Lay out a file, or what the bank answered to one."""
        if entry.erased:
            return
        body = entry.body
        if entry.kind == self.file_kind:
            told = {"message": body["file_id"], "programme": body["programme"], "entry": entry.index}
            tables.put(self.files, {**told, "body": dict(body)})
            paying = self.paying(tables, str(body["programme"]))
            known = {one.id for one in self.payments(tables, paying)} if paying else set()
            for id in body["payment_ids"]:
                payment, attempt = _parts(id, known)
                row = {"id": id, "message": body["file_id"], "payment": payment, "attempt": attempt}
                tables.put(self.sent, {**row, "state": "sent", "reason": ""})
        elif entry.kind == self.answer_kind:
            said = {one["id"]: one for one in body["bank_said"]}
            for row in tables.select(self.sent, {"message": body["file_id"]}):
                one = said.get(row["id"], {"state": TAKEN, "reason": ""})
                if FINALITY[one["state"]] > FINALITY[row["state"]]:
                    tables.put(self.sent, {**row, "state": one["state"], "reason": one["reason"]})

    def newest(self, reader: Reader, payment: str) -> Row | None:
        """What became of a payment at the bank: that it was taken, by whichever attempt, else how the last attempt
        stands; None where no file has it."""
        rows = reader.select(self.sent, {"payment": payment}, order=("attempt",))
        return _last(rows).get(payment)

    def returned(self, reader: Reader) -> set[str]:
        """The payments that came back from the bank and did not go out again."""
        last = _last(reader.select(self.sent, order=("attempt",)))
        return {payment for payment, row in last.items() if row["state"] == REJECTED}

    def hold(self, tables: Tables, id: str, reason: str) -> None:
        """A payment of a file does not go out: the ledger did not reserve it. It can go in another."""
        row = tables.get(self.sent, id)
        if row is not None and FINALITY[row["state"]] < FINALITY[HELD]:
            tables.put(self.sent, {**row, "state": HELD, "reason": reason})

    # ── out ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    def ready(self, reader: Reader, paying: Paying) -> Ready:
        """The payments that no file has yet, or that came back or were held and can go again."""
        sent = _last(reader.select(self.sent, order=("attempt",)))
        found, without = dict[str, Outgoing](), list[str]()
        for one in self.payments(reader, paying):
            before = sent.get(one.id)
            if (before is not None and before["state"] not in GOES_AGAIN) or len(found) >= FILE_PAYMENTS_MAX:
                continue
            if one.stopped:
                continue
            if not (one.name and one.account):
                without.append(one.whose)
                continue
            found[f"{one.id}/{before['attempt'] + 1}" if before else one.id] = one
        return Ready(found, list(dict.fromkeys(without)))

    def file_act(self, reader: Reader, paying: Paying, debtor: Debtor, *, on: date, made: datetime) -> Act:
        """The act by which the next file goes out. Raises `BadInput` where there is nothing to pay, or it is wrong."""
        found = self.ready(reader, paying)
        if not found.payments:
            named = ", ".join(found.without[:20]) or "none"
            want = f"a payment that no file has yet; without an account on file: {named}"
            raise BadInput(Fault("(whole)", "nothing to pay", want, "empty"), paying.name)
        message = f"{paying.prefix}-{reader.count(self.files, {'programme': paying.id}) + 1}"
        body: dict[str, Any] = {
            "programme": paying.id, "file_id": message, "payments": len(found.payments),
            "on": on.isoformat(), "made_at": stamp(made),
            "cents": sum(one.amount for one in found.payments.values()), "payment_ids": list(found.payments),
            "debtor": debtor.name, "debtor_account": debtor.account, "debtor_bic": debtor.bic,
        }  # fmt: skip
        body["sha256"] = digest(_written(paying, body, found.payments))
        return Act(self.file_kind, body, f"{paying.prefix.partition('-')[0]}:file:{message}")

    def file_of(self, reader: Reader, message: str) -> bytes:
        """A file that was made, to the byte. Raises `NotFound`; `BadInput` where a payment is held or has changed."""
        row = reader.get(self.files, message)
        paying = self.paying(reader, row["programme"]) if row else None
        if row is None or paying is None:
            known = ", ".join(each["message"] for each in reader.select(self.files)) or "none"
            raise NotFound("payment file", message, f"those that were made: {known}")
        if held := reader.select(self.sent, {"message": message, "state": HELD}, limit=1):
            want = f"payments that the ledger reserved: {held[0]['reason']}. Make another file"
            raise BadInput(Fault(held[0]["id"], HELD, want, HELD), message)
        every = {one.id: one for one in self.payments(reader, paying)}
        of = {id: every.get(_parts(id, every)[0]) for id in row["body"]["payment_ids"]}
        if lost := [id for id, one in of.items() if one is None or not one.account]:
            raise BadInput(Fault(lost[0], "(absent)", "a payment that can be read, with its account", "reference"),
                           paying.name)  # fmt: skip
        data = _written(paying, row["body"], {id: one for id, one in of.items() if one})
        if digest(data) != row["body"]["sha256"]:
            want = "payments as they stood: a name or account was changed since, and the bank has the file as it was"
            raise BadInput(Fault("sha256", digest(data), want, "changed"), message)
        return data

    # ── and back ────────────────────────────────────────────────────────────────────────────────────────────────────

    def answer_act(self, reader: Reader, data: bytes) -> Act:
        """The act by which a bank's status report is recorded. Raises `BadInput` for one on no file of these."""
        report = read_report(data)
        row = reader.get(self.files, report.message)
        if row is None:
            want = "a file that was made here"
            raise BadInput(Fault("OrgnlMsgId", report.message, want, "reference"), "status report")
        answers = report.of(row["body"]["payment_ids"])
        counts = {name: sum(one.state == state for one in answers) for state, name in COUNTS.items()}
        body = {
            "programme": row["programme"], "file_id": report.message, **counts, "sha256": digest(data),
            "bank_said": [
                {"id": one.id, "state": one.state, "reason": f"{one.code} {one.reason}".strip()[:ANSWERED_MAX]}
                for one in answers if one.state != TAKEN
            ],
        }  # fmt: skip
        return Act(self.answer_kind, body, f"bank:answer:{body['sha256'][:32]}")

    def check(self, act: Act, reader: Reader) -> Iterator[Fault]:
        """A file holds payments that are to be made, and no other; an answer is on a file, about payments in it."""
        body, paying = act.body, self.paying(reader, str(act.body["programme"]))
        if paying is None:
            return
        if act.kind == self.answer_kind:
            row = reader.get(self.files, str(body["file_id"]))
            if row is None or row["programme"] != paying.id:
                yield Fault("file_id", str(body["file_id"]), f"a file that was made of {paying.name}", "reference")
            elif unknown := {str(each["id"]) for each in body["bank_said"]} - set(row["body"]["payment_ids"]):
                yield Fault("bank_said", min(unknown), f"a payment of {body['file_id']}", "reference")
            return
        found, ids = self.ready(reader, paying).payments, body["payment_ids"]
        if strange := [id for id in ids if id not in found]:
            want = "a payment that no file has yet, with an account to which it goes"
            yield Fault("payment_ids", strange[0], want, "reference")
        elif body["cents"] != sum(found[id].amount for id in ids) or body["payments"] != len(ids):
            yield Fault("cents", str(body["cents"]), "the sum and the number of the payments in it", "mismatch")
        if reader.get(self.files, str(body["file_id"])) is not None:
            yield Fault("file_id", str(body["file_id"]), "an id that no file has", "taken")


def _last(rows: Iterable[Row]) -> dict[str, Row]:
    """How each payment stands by its attempts in their order: one that was taken by any of them was made."""
    found = dict[str, Row]()
    for row in rows:
        if (before := found.get(row["payment"])) is None or before["state"] != TAKEN:
            found[row["payment"]] = row
    return found


def _parts(id: str, known: Container[str]) -> tuple[str, int]:
    """A payment's own id, and which attempt it is: `net/c12/2026-06`, then `net/c12/2026-06/2`."""
    if id in known:
        return id, 1
    payment, _, attempt = id.rpartition("/")
    return (payment, int(attempt)) if payment in known and attempt.isdigit() else (id, 1)


def bank_line(words: str, most: int = PAYEE_MAX) -> str:
    """Words as a bank takes them: in one line, and only what can be seen."""
    return "".join(sign for sign in " ".join(words.split()) if sign.isprintable()).strip()[:most].strip()


def _written(paying: Paying, body: Mapping[str, Any], payments: Mapping[str, Outgoing]) -> bytes:
    credits = [
        Credit(id, bank_line(one.name), bank_account(one.account), one.amount, bank_line(one.words))
        for id, one in payments.items()
    ]
    try:
        payer = Payer(str(body["debtor"]), bank_account(str(body["debtor_account"])), str(body.get("debtor_bic") or ""))
    except ValueError as error:
        told = str(body["debtor_account"])
        raise BadInput(Fault("debtor_account", told, str(error), "account"), paying.name) from error
    on, made = date.fromisoformat(str(body["on"])), instant(str(body["made_at"]))
    return credit_transfers(str(body["file_id"]), payer, credits, paying.unit, on=on, made=made)
