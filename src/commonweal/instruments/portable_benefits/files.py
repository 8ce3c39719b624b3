"""Payers' files: CSV of what they say of people's work in a period, every fault named by its row, in bounded memory.

A file is read once, as a stream: rows go to disk in sorted runs, the runs are merged, and what comes out is divided
into parts of some thousand rows, cut between members. Each part is an act of its own: it says all that there is of the
members between the part before and itself, so that a file is sent again from its beginning and posts what is missing.

What lies on disk while a file is read is encrypted under keys that this process alone has, in memory: what a killed
machine leaves on its disk tells nobody who worked for whom.

A row says: this member worked for this payer from one day to another, earned so much, for so many hours or jobs. A file
is about one payer, programme and period, and holds all of it: what an earlier file said and this one does not is taken
back. Rows are kept sorted, so that the same rows in another order are the same file.
"""

from __future__ import annotations

import csv
import hashlib
import heapq
import io
import os
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, suppress
from datetime import date
from itertools import chain
from typing import IO, NamedTuple

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from commonweal.kernel import accounts, record
from commonweal.kernel.instrument import Act, Division, FaultyFile, Imported
from commonweal.kernel.values import BadInput, Fault, FaultCollector, Text, shown, subject_id

from . import separating
from .kinds import CONTRIBUTIONS, MEMBER_NOUN, PAYER_NOUN, ROWS, ROWS_MAX
from .programmes import span_of

COLUMNS = ("programme", "payer", "period", "member", "from", "to", "currency", "earnings", "hours", "jobs", "label")
NEEDED = COLUMNS[:7]
BYTES_MAX, CELL_MAX, FAULTS_MAX = 256 << 20, 200, 50
CELLS = "RFC 4180: quotes in pairs, and no cell longer than 200 characters"
ROWS_A_PART, ROWS_A_RUN, PIECE_BYTES = 20_000, 50_000, 1 << 12
JOBS_MAX, CENTS_MAX = 10**7, 10**12
SALTED = b"salt\t"
DECIMAL_COMMA = "a point before the decimals and nothing between thousands, such as 2000.50: a comma can be either"
THOUSANDS = "nothing between thousands: a point before three digits can part them, where no amount has so many decimals"
_THOUSANDS = re.compile(r"-?[0-9]{1,3}(\.[0-9]{3})+")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_JOBS = re.compile(r"\d{1,7}", re.ASCII)
_NUMBER = re.compile(r"[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}")
_PROGRAMME = re.compile(r"portable_benefits\.[a-z][a-z0-9_]{0,30}")


class Line(NamedTuple):
    """One row: days as ISO texts, earnings in the smallest part of the currency, hours in hundredths.

    `row` is its place in the file, as a spreadsheet counts: 2 for the one below the heading. Where a cell cannot be
    read, it is empty or nought: such a row is judged by its other cells, and never filed.
    """

    member: str
    first: str
    last: str
    currency: str
    earnings: int
    hours: int
    jobs: int
    row: int


def read(data: bytes, name: str) -> Imported:
    """The acts that a payer's file makes. Raises `BadInput` naming every fault by its row, `TooLarge`."""
    return Imported(tuple(divided(io.BytesIO(data), name).acts()))


def divided(stream: IO[bytes], name: str) -> Division:
    """The same of a file that is read as it comes. Raises as `read` does, before the first act is made."""
    with _Runs() as runs:
        reader = _Reader(name, runs)
        _check_size(stream, name)
        reader.read(separating.lines(stream, name, ROWS_MAX))
        merged = _Scratch()  # lives as long as the division of it
        parts = list(_parts(reader, runs.merged(), merged))
    about = {column: value for column, (value, _) in reader.about.items() if column not in reader.unread}
    if reader.faults.count and "payer" in about:
        acts = lambda: _acts(about, parts, merged)  # noqa: E731
        raise FaultyFile(reader.faults.found, name, acts, reader.unread)
    reader.faults.done()
    return Division(len(parts), sum(one.rows for one in parts), lambda: _acts(about, parts, merged))


def _check_size(stream: IO[bytes], name: str) -> None:
    """A file that is too large is not begun."""
    size = stream.seek(0, io.SEEK_END)
    if size > BYTES_MAX:
        raise separating.too_large(name, size, BYTES_MAX, Text(en="bytes", zh="字节"))


class _Scratch:
    """A file without a name, encrypted (AES-256-CTR) under a key of its own that is kept in memory only.

    Written once from its beginning; then read from anywhere. Nobody else writes it, so it is not authenticated.
    """

    def __init__(self) -> None:
        self._file, self._key = tempfile.TemporaryFile(), os.urandom(32)  # noqa: SIM115  # closed with this
        self._writing = self._cipher(0).encryptor()

    def _cipher(self, block: int) -> Cipher[modes.CTR]:
        """What enciphers from a block of sixteen bytes on."""
        return Cipher(algorithms.AES(self._key), modes.CTR(block.to_bytes(16, "big")))

    def write(self, data: bytes) -> int:
        return self._file.write(self._writing.update(data))

    def read(self, start: int, end: int) -> bytes:
        block, skip = divmod(start, 16)
        self._file.seek(start - skip)
        return self._cipher(block).decryptor().update(self._file.read(end - start + skip))[skip:]

    def lines(self) -> Iterator[bytes]:
        """Its lines from the beginning, read in pieces."""
        reading, left, at = self._cipher(0).decryptor(), b"", 0
        while self._file.seek(at) == at and (piece := self._file.read(PIECE_BYTES)):
            at += len(piece)
            *whole, left = (left + reading.update(piece)).split(b"\n")
            yield from whole

    def close(self) -> None:
        self._file.close()


class _Runs(ExitStack):
    """Rows sorted in bounded memory: runs of them on disk, merged in the end."""

    def __init__(self) -> None:
        super().__init__()
        self._files: list[_Scratch] = []
        self._lines: list[Line] = []
        self.count = 0

    def add(self, line: Line) -> None:
        self._lines.append(line)
        self.count += 1
        if len(self._lines) >= ROWS_A_RUN:
            file = self.enter_context(closing(_Scratch()))
            file.write(write(sorted(self._lines)))
            self._files.append(file)
            self._lines = []

    def merged(self) -> Iterator[Line]:
        return heapq.merge(*map(_lines_in, self._files), sorted(self._lines))


def _lines_in(file: _Scratch) -> Iterator[Line]:
    for raw in file.lines():
        member, first, last, currency, *numbers = raw.decode("ascii").split("\t")
        yield Line(member, first, last, currency, *map(int, numbers))


class _Part(NamedTuple):
    """Where a part lies in the merged rows, of which members it says all there is, and how many rows it has."""

    start: int
    end: int
    after: str
    up_to: str
    rows: int


def _parts(reader: _Reader, lines: Iterable[Line], merged: _Scratch) -> Iterator[_Part]:
    """The rows, written out in order and divided between members; overlaps of two rows become faults."""
    start = at = rows = 0
    after, before, longest = "", None, None
    for one in lines:
        if before is not None and one.member != before.member and rows >= ROWS_A_PART:
            yield _Part(start, at, after, before.member, rows)
            start, rows, after = at, 0, before.member
        if one.member and one.first and one.last:
            if longest is not None and one.member == longest.member and one.first <= longest.last:
                reader.overlaps(longest, one)
            if longest is None or (longest.member, longest.last) < (one.member, one.last):
                longest = one  # of this member's rows so far the one that ends last
        at += merged.write(write([one]))
        rows, before = rows + 1, one
    yield _Part(start, at, after, "", rows)


class _Reader:
    """Reads one file: what it is about, and its rows, which go into runs."""

    def __init__(self, name: str, runs: _Runs) -> None:
        self.name, self.faults = name, FaultCollector(name)
        self.about: dict[str, tuple[str, int]] = {}
        self.unread = set[str]()
        """Of what the file is about, what cannot be read."""
        self._runs, self._separator = runs, ","

    def read(self, text: Iterable[str]) -> None:
        """Read all rows. Raises `BadInput` where there is no heading."""
        lines = iter(text)
        first = next(lines, "")
        self._separator = separating.separator(first, COLUMNS)
        rows = csv.reader(chain((first,), lines), strict=True, delimiter=self._separator)
        try:
            heading = [cell.strip() for cell in next(rows, [])]
            self._check_heading(heading)
            for number, cells in ((at, row) for at, row in enumerate(rows, 2) if any(map(str.strip, row))):
                if max(map(len, cells)) > CELL_MAX:  # not by the module's own limit, which holds for all who read CSV
                    self._fault(number, "", f"a cell of {max(map(len, cells))} characters", CELLS, "csv")
                elif len(cells) != len(heading):
                    self._fault(number, "", f"{len(cells)} cells", f"{len(heading)} cells, as the heading has")
                else:
                    self._row(number, dict(zip(heading, map(str.strip, cells), strict=True)))
                if self.faults.count >= FAULTS_MAX:
                    self.faults.add("(further rows)", f"from row {number + 1}", "mend these first", "more")
                    break
        except csv.Error as error:
            self.faults.add(
                f"line {rows.line_num}",
                shown(str(error)),
                CELLS,
                "csv",
            )
        if not self._runs.count and not self.faults.count:
            self.faults.add("(whole)", "no rows", "at least one row under the heading", "empty")
        if not self._runs.count:
            self.faults.done()

    def _check_heading(self, heading: Sequence[str]) -> None:
        for column in NEEDED:
            if column not in heading:
                self.faults.add("heading", shown(", ".join(heading)), f"a column {column}", "heading")
        for column in dict.fromkeys(heading):
            if column not in COLUMNS or heading.count(column) > 1:
                self.faults.add("heading", column, f"each of these once: {', '.join(COLUMNS)}", "heading")
        self.faults.done()

    def _fault(self, number: int, column: str, seen: object, want: str, code: str = "cell") -> None:
        self.faults.add(f"row {number}, {column}" if column else f"row {number}", seen or "(empty)", want, code)

    def _row(self, number: int, row: Mapping[str, str]) -> None:
        self._is_of_the_file(number, row)
        member = row["member"]
        if not _NUMBER.fullmatch(member) or len(member) > 40:
            self._fault(number, "member", member, "the number of an account, such as PB-7KQ2M9XD", "member")
            member = ""
        first, last = self._day(number, row, "from"), self._day(number, row, "to")
        if first and last and first > last:
            self._fault(number, "to", last, f"a day not before {first}", "order")
            last = ""
        currency = row["currency"]
        if not _CURRENCY.fullmatch(currency):
            self._fault(number, "currency", currency, "a currency such as USD", "currency")
            currency = ""
        earnings = self._amount(number, row, "earnings", currency or "USD")
        hours = self._amount(number, row, "hours", "hour")
        jobs = row.get("jobs", "") or "0"
        if not _JOBS.fullmatch(jobs):
            self._fault(number, "jobs", jobs, "a whole number of jobs, not below zero", "jobs")
            jobs = "0"
        subject = subject_id(MEMBER_NOUN, member) if member else ""
        self._runs.add(Line(subject, first, last, currency, earnings, hours, int(jobs), number))

    def _is_of_the_file(self, number: int, row: Mapping[str, str]) -> None:
        """A file is about one programme, payer and period; what the first row says is what it is about."""
        tests: Mapping[str, tuple[Callable[[str], object], str]] = {
            "programme": (_PROGRAMME.fullmatch, "a programme such as portable_benefits.several_payers"),
            "payer": (_NUMBER.fullmatch, "the number of a payer"),
            "period": (span_of, "a quarter such as 2026-Q1, or a month such as 2026-03"),
            "label": (
                lambda text: len(text) <= 40 and text.isprintable(),
                "at most 40 characters, all of them printable",
            ),
        }
        for column, (can_be, want) in tests.items():
            value = row.get(column, "")
            said, at = self.about.setdefault(column, (value, number))
            if at == number and not can_be(value):
                self._fault(number, column, value, want, column)
                self.unread.add(column)
            elif value != said:
                self._fault(
                    number,
                    column,
                    value,
                    f"{said or '(empty)'}, as row {at} says: a file is about one {column}",
                    column,
                )

    def _day(self, number: int, row: Mapping[str, str], column: str) -> str:
        """A day as it is kept and sorted by: nothing but `2026-03-31`, though more can be read as a day."""
        value, want = row[column], "a day such as 2026-03-31"
        with suppress(ValueError):
            if _DAY.fullmatch(value):
                want = "a day that the calendar has"
                return date.fromisoformat(value).isoformat()
        self._fault(number, column, value, want, "day")
        return ""

    def _amount(self, number: int, row: Mapping[str, str], column: str, unit: str) -> int:
        value = row.get(column, "") or "0"
        if "," in value:
            self._fault(number, column, value, DECIMAL_COMMA, "decimal_comma")
            return 0
        parted = _THOUSANDS.fullmatch(value) is not None
        if parted and self._separator != ",":
            self._fault(number, column, value, THOUSANDS, "thousands")
            return 0
        try:
            amount = accounts.amount_of(value, unit)
        except ValueError as error:
            self._fault(number, column, value, str(error), "amount")
            return 0
        if parted and accounts.places(unit) < len("000"):  # `2.000` reads as 2.00
            self._fault(number, column, value, THOUSANDS, "thousands")
            return 0
        if amount < 0 or amount > CENTS_MAX:
            self._fault(
                number, column, value, f"not below zero, and at most {accounts.written(CENTS_MAX, unit)}", "amount"
            )
            return 0
        return amount

    def overlaps(self, before: Line, one: Line) -> None:
        """A payer says once of each day what somebody did for it. Raises `BadInput` once there are many such faults."""
        want = f"a day after {before.last}: row {before.row} is about this member until then"
        self._fault(one.row, "from", one.first, want, "overlap")
        if self.faults.count >= FAULTS_MAX:
            self.faults.done()


def _acts(about: Mapping[str, str], parts: Sequence[_Part], merged: _Scratch) -> Iterator[Act]:
    """An act for each part, made when its turn comes."""
    for number, part in enumerate(parts, 1):
        data = salted(merged.read(part.start, part.end))
        body = {
            **about, "payer": subject_id(PAYER_NOUN, about["payer"]), "rows": part.rows, "root": root_of(data),
            "after": part.after, "up_to": part.up_to,
            **({"part": number, "parts": len(parts)} if len(parts) > 1 else {}),
        }  # fmt: skip
        yield Act(
            CONTRIBUTIONS.id, {name: value for name, value in body.items() if value != ""}, key="", blobs={ROWS: data}
        )


# ── how rows lie in the payload ─────────────────────────────────────────────────────────────────────────────────────


def write(lines: Iterable[Line]) -> bytes:
    """Rows as they are kept: one a line, in order, cells parted by tabs; the last one says where each stood."""
    return "".join("\t".join(map(str, one)) + "\n" for one in lines).encode()


def lines_of(data: bytes, *, filed: bool = False) -> Iterator[Line]:
    """The rows of a payload. Raises `BadInput` where it is not what `write` and `salted` make.

    In one that is `filed` now, days are written as they sort, and a cell may be empty: whoever asks says what is wrong
    with that. In old ones days may stand otherwise (`2025-W01-3`).
    """
    try:
        for line in io.TextIOWrapper(io.BytesIO(_parted(data)[1]), "ascii", newline="\n"):
            member, first, last, currency, *numbers = line[:-1].split("\t")
            earnings, hours, jobs, row = map(int, numbers)
            days = [day for day in (first, last) if day or not filed]
            if filed and not all(map(_DAY.fullmatch, days)):
                raise ValueError(line)
            read = [date.fromisoformat(day) for day in days]
            if read != sorted(read) or min(earnings, hours, jobs, row) < 0:
                raise ValueError(line)
            yield Line(member, first, last, currency, earnings, hours, jobs, row)
    except (ValueError, TypeError) as error:
        raise BadInput(
            Fault("(payload)", ROWS, "rows as a payer's file makes them", "rows"), CONTRIBUTIONS.id
        ) from error


def salted(rows: bytes, secret: bytes = b"") -> bytes:
    """Rows after a line with the secret from which their salts are made: a random one where none is given."""
    return SALTED + (secret or os.urandom(32)).hex().encode() + b"\n" + rows


def secret_of(data: bytes) -> bytes:
    """The secret of a payload; empty where it has none, as files had before there was one."""
    return _parted(data)[0]


def _parted(data: bytes) -> tuple[bytes, bytes]:
    """The secret of a payload, and its rows. Raises `ValueError`."""
    if not data.startswith(SALTED):
        return b"", data
    first, _, rows = data.partition(b"\n")
    return bytes.fromhex(first.removeprefix(SALTED).decode("ascii")), rows


def _rows_of(data: bytes) -> tuple[bytes, list[bytes]]:
    """The secret, and each row without where it stood in the file: that says nothing."""
    secret, rows = _parted(data)
    return secret, [row.rpartition(b"\t")[0] for row in rows.splitlines()]


def digest_of(data: bytes) -> str:
    """By what the same rows sent again are recognised. It can be guessed from, so it stands in no entry."""
    return hashlib.sha256(b"\n".join(_rows_of(data)[1])).hexdigest()


def leaves(data: bytes) -> list[bytes]:
    """What the Merkle tree of a file is made of: each row after its salt, made from the secret of the payload."""
    secret, rows = _rows_of(data)
    return record.salted(rows, secret or bytes.fromhex(digest_of(data)))


def root_of(data: bytes) -> str:
    """The Merkle root (RFC 6962) of the rows, in hexadecimal."""
    return record.rows_root(leaves(data)).hex()
