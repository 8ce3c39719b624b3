"""A batch of transfers as Parquet bytes, and checked either way."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from commonweal.kernel.values import BadInput, Fault, FaultCollector, TooLarge, column_kind, shown

from ._batch import NEVER, Batch
from ._transfers import AMOUNT_MAX, How, Transfer

BLOB = "columns"
ROWS_MAX = 1_000_000
BYTES_MAX = 64 << 20
FAULTS_MAX = 50
ACCOUNT_NAME = r"[a-z][a-z0-9_]*(?:\.[a-z0-9_]+){0,7}"
TRANSFER_ID = r"[A-Za-z0-9][A-Za-z0-9_.:/-]{0,63}"
CODE = r"[a-z][a-z0-9_.-]{0,40}"
REQUIRED = {"id": pl.String, "debit": pl.String, "credit": pl.String, "amount": pl.Int64, "day": pl.Date}
OPTIONAL = {"how": pl.String, "pending": pl.String, "expires": pl.Date, "linked": pl.Boolean, "code": pl.String}
_ABSENT: dict[str, Any] = {"how": "post", "pending": "", "expires": None, "linked": False, "code": ""}
_HOW = {how.name.lower(): how for how in How}
_EPOCH = date(1970, 1, 1).toordinal()
_NAMES = {
    "id": (TRANSFER_ID, "1 to 64 letters, digits and _ . : / -"),
    "debit": (ACCOUNT_NAME, "the name of an account such as benefits.fund"),
    "credit": (ACCOUNT_NAME, "the name of an account such as benefits.member.7f3a"),
}


def write_columns(transfers: Iterable[Transfer]) -> bytes:
    """Parquet bytes of transfers in their order (optional columns only where one is used). Raises `BadInput`."""
    rows = list(transfers)
    told: dict[str, list[Any]] = {
        "id": [one.id for one in rows],
        "debit": [one.debit for one in rows],
        "credit": [one.credit for one in rows],
        "amount": [one.amount for one in rows],
        "day": [date.fromordinal(one.day) for one in rows],
        "how": [one.how.name.lower() for one in rows],
        "pending": [one.pending for one in rows],
        "expires": [date.fromordinal(one.expires) if one.expires else None for one in rows],
        "linked": [one.linked for one in rows],
        "code": [one.code for one in rows],
    }
    used = [name for name in told if name in REQUIRED or any(value != _ABSENT[name] for value in told[name])]
    schema = {name: {**REQUIRED, **OPTIONAL}[name] for name in used}
    out = io.BytesIO()
    pl.DataFrame({name: told[name] for name in used}, schema=schema).write_parquet(
        out, compression="zstd", statistics=False
    )
    return out.getvalue()


def read_columns(data: bytes) -> Batch:
    """The transfers in Parquet bytes, in their order.

    Raises `TooLarge` above 64 MiB or a million rows (no more is ever unpacked), and `BadInput` naming wrong columns and
    types, names that cannot be, amounts of nothing or less, and rows that settle nothing.
    """
    if len(data) > BYTES_MAX:
        raise TooLarge(Fault(BLOB, f"{len(data)} bytes", f"at most {BYTES_MAX} bytes", "too_large"))
    frame = _whole(_frame(data))
    _check(frame)
    sides = pl.concat([frame["debit"], frame["credit"]]).unique(maintain_order=True)
    codes = frame["code"].unique(maintain_order=True)
    place = pl.DataFrame({"name": sides, "place": np.arange(len(sides))})
    pending = frame["pending"]
    return Batch(
        ids=frame["id"].to_list(), accounts=tuple(sides), codes=tuple(codes),
        debit=_place(frame["debit"], place), credit=_place(frame["credit"], place),
        amount=frame["amount"].to_numpy().astype(np.int64), day=_ordinals(frame["day"]),
        how=frame["how"].replace_strict(_HOW, return_dtype=pl.Int64).to_numpy(),
        expires=_ordinals(frame["expires"]), linked=frame["linked"].to_numpy().astype(bool),
        code=_place(frame["code"], pl.DataFrame({"name": codes, "place": np.arange(len(codes))})),
        pending={at: pending[at] for at in (pending != "").arg_true().to_list()},
    )  # fmt: skip


def _place(column: pl.Series, places: pl.DataFrame) -> Any:
    found = column.to_frame("name").join(places, on="name", how="left", maintain_order="left")
    return found["place"].to_numpy().astype(np.int64)


def _ordinals(days: pl.Series) -> Any:
    numbers = days.cast(pl.Int32).cast(pl.Int64) + _EPOCH
    return numbers.fill_null(NEVER).to_numpy().astype(np.int64)


def _frame(data: bytes) -> pl.DataFrame:
    try:
        lazy = pl.scan_parquet(io.BytesIO(data))
        schema = dict(lazy.collect_schema())
    except (pl.exceptions.PolarsError, OSError, ValueError) as error:
        raise BadInput(Fault(BLOB, shown(data[:16]), "must be a Parquet file", "parquet")) from error
    faults = FaultCollector("transfers")
    for name, want in {**REQUIRED, **OPTIONAL}.items():
        seen = schema.pop(name, None)
        if seen != want and (seen is not None or name in REQUIRED):
            told = column_kind(seen) if seen is not None else "(absent)"
            faults.add(f"column {name}", told, f"a column of {column_kind(want)}", "dtype")
    for name, seen in schema.items():
        want_one = f"one of {', '.join((*REQUIRED, *OPTIONAL))}"
        faults.add(f"column {shown(name)}", column_kind(seen), want_one, "unknown_column")
    faults.done()
    try:
        frame = lazy.head(ROWS_MAX + 1).collect()
    except (pl.exceptions.PolarsError, OSError, ValueError) as error:
        raise BadInput(Fault(BLOB, "(pages)", "must be readable: it is damaged or cut short", "parquet")) from error
    if len(frame) > ROWS_MAX:
        raise TooLarge(Fault(BLOB, f"over {ROWS_MAX} rows", f"at most {ROWS_MAX} rows", "too_large"))
    return frame


def _whole(frame: pl.DataFrame) -> pl.DataFrame:
    """All columns, what is absent filled in."""
    absent = [pl.lit(value, OPTIONAL[name]).alias(name) for name, value in _ABSENT.items() if name not in frame.columns]
    frame = frame.with_columns(absent)
    return frame.with_columns(pl.col(name).fill_null(value) for name, value in _ABSENT.items() if value is not None)


def _check(frame: pl.DataFrame) -> None:
    """Name every fault of every row (the first fifty)."""
    faults = FaultCollector("transfers")
    if not len(frame):
        faults.add("rows", 0, "at least one transfer", "empty")
    moves = pl.col("how").is_in(["settle", "void"])
    wrong: Sequence[tuple[str, pl.Expr, str]] = (
        *((name, ~pl.col(name).str.contains(f"^(?:{form})$"), want) for name, (form, want) in _NAMES.items()),
        ("amount", ~pl.col("amount").is_between(1, AMOUNT_MAX) & (pl.col("how") != "void"),
         f"a whole number of the unit's smallest part, 1 to {AMOUNT_MAX}"),
        ("amount", (pl.col("amount") != 0) & (pl.col("how") == "void"), "0 where a reservation is voided"),
        ("day", ~pl.col("day").is_between(date(1900, 1, 1), date(2200, 12, 31)), "a day from 1900 to 2200"),
        ("how", ~pl.col("how").is_in(list(_HOW)), f"one of {', '.join(_HOW)}"),
        ("pending", moves & ~pl.col("pending").str.contains(f"^(?:{TRANSFER_ID})$"), "the id of what was reserved"),
        ("pending", ~moves & (pl.col("pending") != ""), "nothing: only settle and void name what was reserved"),
        ("expires", (pl.col("how") != "pend") & pl.col("expires").is_not_null(), "nothing: only what is reserved ends"),
        ("code", ~pl.col("code").str.contains(f"^(?:{CODE})?$"), "at most 41 lower-case letters, digits and _ . -"),
    )  # fmt: skip
    masks = frame.select(test.fill_null(True).alias(str(at)) for at, (_, test, _) in enumerate(wrong))
    found = sorted(
        (row, at) for at in range(len(wrong)) for row in masks[str(at)].arg_true().head(FAULTS_MAX + 1).to_list()
    )
    for row, at in found[:FAULTS_MAX]:
        name, _, want = wrong[at]
        faults.add(f"row {row + 1}, {name}", frame[name][row], want, name)
    if len(found) > FAULTS_MAX:
        faults.add("(further rows)", "more faults", "mend these first", "more")
    faults.done()


def is_account(name: str) -> bool:
    """Whether a text can be the name of an account."""
    return len(name) <= 120 and re.fullmatch(ACCOUNT_NAME, name) is not None
