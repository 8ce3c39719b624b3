"""`weal account bank-file` and `bank-answer`: payments of any instrument, on their way to a bank and back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from commonweal.authority import Authority
from commonweal.kernel.accounts import Bank, Debtor, read_report
from commonweal.kernel.values import NotFound

from .filing import FILE_BYTES_MAX, read_bytes
from .moments import Day
from .out import err, out, target


def bank_file(
    folder: Path, programme: str, file: Path, /, *, debtor: str = "", account: str = "", bic: str = "", on: Day = "",
    again: str = "",
) -> None:  # fmt: skip
    """Payments that no bank file has yet, as ISO 20022 pain.001.001.09: asked for here, confirmed by a second officer,
    then written (`--again`). It is recorded which went out.

    Args:
        folder: The authority's folder.
        programme: What pays, e.g. programme:wi-mi-2026 or portable_benefits.several_payers.
        file: Where to write the file. It holds names and accounts: keep it as safe as those.
        debtor: Who pays.
        account: From which account: an IBAN, or routing and account number (021000021/12345).
        bic: The BIC of its bank, where an IBAN is used and the bank asks for it.
        on: The day on which the bank is to pay; without it, today.
        again: Write a file that was confirmed, by its id; also once more, to the byte.
    """
    with Authority.open(folder) as authority:
        authority.follow()
        reader, left, message = authority.reader, list[str](), again
        bank = _bank_of(authority, programme)
        if not again:
            paying = bank.paying(reader, programme)
            assert paying is not None, "else it would be no bank's"
            now = authority.clock.now()
            day = date.fromisoformat(on) if on else now.date()
            left = list(bank.ready(reader, paying).without)
            act = bank.file_act(reader, paying, Debtor(debtor, account, bic), on=day, made=now)
            message = str(act.body["file_id"])
            receipt = authority.act(act)
            authority.follow()
            out(f"{message}: {act.body['payments']} payments, entry {receipt.index}.")
            if left:
                err(f"Not in it, for want of an account on file: {', '.join(left[:50])}.")
            if reader.get(bank.files, message) is None:
                err(f"Nothing is written yet: a second officer confirms entry {receipt.index}, on the page of what "
                    f"waits for them. Then write it with --again {message}.")  # fmt: skip
                return
        data = bank.file_of(reader, message)
        with target(file, secret=True) as write:
            write(data.decode())
    out(f"Written to {file}, {len(data)} bytes.")


def bank_answer(folder: Path, file: Path, /) -> None:
    """Record a bank's status report (ISO 20022 pain.002) on a file of payments, held against what went out.

    Args:
        folder: The authority's folder.
        file: The report as the bank sent it.
    """
    data = read_bytes(str(file), FILE_BYTES_MAX)
    message = read_report(data).message
    with Authority.open(folder) as authority:
        authority.follow()
        banks = list(_banks(authority))
        bank = next((one for one in banks if authority.reader.get(one.files, message)), None)
        if bank is None:
            raise NotFound("payment file", message, "the report is on no file that was made here")
        act = bank.answer_act(authority.reader, data)
        receipt = authority.act(act)
        authority.follow()
    told = act.body
    counts = f"{told['bank_took']} taken, {told['bank_sent_back']} sent back, {told['bank_open']} open"
    out(f"{told['file_id']}: {counts}, entry {receipt.index}.")
    for one in told["bank_said"]:
        out(f"  {one['id']}: {one['state']} {one['reason']}")


def _banks(authority: Authority) -> Iterator[Bank]:
    return (item.bank for item in authority.instruments.values() if item.bank)


def _bank_of(authority: Authority, programme: str) -> Bank:
    """The bank of what pays. Raises `NotFound` naming all that does."""
    banks = list(_banks(authority))
    found = next((one for one in banks if one.paying(authority.reader, programme)), None)
    if found is None:
        known = ", ".join(id for one in banks for id in one.known(authority.reader)) or "none"
        raise NotFound("programme", programme, f"those that there are: {known}")
    return found
