"""How a payer's table is written: its encoding, what parts its cells, and how many rows it has.

Programs that pay people write CSV in several ways. Read is what can be told from the beginning without doubt: UTF-8,
or UTF-16 by its mark or by the noughts between its letters; cells parted by commas, semicolons or tabs, whichever of
them gives the names of columns. A first line `sep=;`, by which spreadsheets are told what parts the cells, is no
heading: it is passed over, as they do. Whatever else is answered with one fault that says how to save the file.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import IO

from commonweal.kernel.values import BadInput, Fault, Text, TooLarge, shown

LINE_CHARS_MAX, PIECE_BYTES = 1 << 16, 1 << 20
SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs"}
WORKBOOK = b"PK\x03\x04"
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
SAVE_AS = "text in UTF-8: spreadsheets save it as CSV UTF-8"
TOLD = "sep="
NOTHING = "".join(SEPARATORS) + " \r\n\ufeff"


ONE_FILE = Text(
    en="A payer's period is one file: another one takes its place and takes back what it said, under whatever label, "
    "so it cannot be sent in pieces. Write one row for each account, with all of its work in the period. If that is "
    "still too large, register another payer for some of the people, and send theirs under its number",
    zh="缴费方的一个期间只能是一个文件：再次提交的文件（无论标签为何）会取代前一文件并冲回其内容，因此不能分批提交。"
    "请每个账户只写一行，合并其在该期间的全部工作；如仍超限，请为其中部分人员另行登记缴费方，并以其号码提交。",
)


def too_large(name: str, many: int, most: int, unit: Text) -> TooLarge:
    """That a table has more rows or bytes than are read, and what can be done about it."""
    want = f"at most {most} {unit['en']}. {ONE_FILE['en']}"
    zh = f"{many} {unit['zh']}——最多 {most} {unit['zh']}。{ONE_FILE['zh']}"
    told = Text(en=f"{many} {unit['en']} – {want}.", zh=zh)
    return TooLarge(Fault(name, f"{many} {unit['en']}", want, "too_large", told), name)


def lines(stream: IO[bytes], name: str, rows_max: int) -> Iterator[str]:
    """The lines of a table, in pieces where one is too long to be one; all are counted before the first is given.

    Raises `TooLarge` where more than the heading and `rows_max` rows say something, and `BadInput` for what is no text.
    """
    coded = _encoding(stream, name)
    many = _line_ends(stream)
    if many > rows_max:  # only then is it looked at which of them say something
        many = sum(1 for line in _decoded(stream, coded, name) if line.strip(NOTHING))
    if many > rows_max + 1:
        raise too_large(name, many - 1, rows_max, Text(en="rows", zh="行"))
    decoded = _decoded(stream, coded, name)
    yield from (line for at, line in enumerate(decoded) if at or not _tells(line))


def _tells(line: str) -> bool:
    """Whether a first line says what parts the cells, and nothing else."""
    said = line.rstrip("\r\n").strip('"')
    return said.lower().startswith(TOLD) and len(said) <= len(TOLD) + 1


def _line_ends(stream: IO[bytes]) -> int:
    stream.seek(0)
    ends = [(piece.count(b"\n"), piece.count(b"\r")) for piece in iter(lambda: stream.read(PIECE_BYTES), b"")]
    return max(map(sum, zip(*ends, strict=True)), default=0)


def _encoding(stream: IO[bytes], name: str) -> str:
    """What the first bytes say: a table begins with a letter of ASCII, or with a mark of its encoding."""
    stream.seek(0)
    head = stream.read(4)
    if head == WORKBOOK:
        want = "a table as CSV: a workbook (.xlsx, .ods) is saved as CSV UTF-8 first"
        raise BadInput(Fault(name, "a workbook, or another archive", want, "workbook"), name)
    if head.startswith(UTF_16):
        return "utf-16"
    if len(head) > 1 and head.count(0) == len(head) // 2:
        return "utf-16-be" if head[0] == 0 else "utf-16-le"
    return "utf-8-sig"


def _decoded(stream: IO[bytes], coded: str, name: str) -> Iterator[str]:
    stream.seek(0)
    text = io.TextIOWrapper(stream, coded, newline="")
    try:
        while line := text.readline(LINE_CHARS_MAX):
            yield line
    except UnicodeDecodeError as error:
        text.detach()
        raise BadInput(_not_text(stream, coded, name, error), name) from error
    text.detach()  # what is left to the stream's owner to close


def _not_text(stream: IO[bytes], coded: str, name: str, error: UnicodeDecodeError) -> Fault:
    """The first bytes that are no text, by their line where lines can be told."""
    stream.seek(0)
    for number, line in enumerate(iter(lambda: stream.readline(LINE_CHARS_MAX), b""), 1):
        try:
            line.decode(coded)
        except UnicodeDecodeError as found:
            if coded == "utf-8-sig":
                return Fault(f"line {number}", f"byte 0x{line[found.start]:02x}", SAVE_AS, "encoding")
            break
    return Fault(name, f"byte 0x{error.object[error.start]:02x}", SAVE_AS, "encoding")


def separator(heading: str, columns: Sequence[str]) -> str:
    """What parts the cells of a heading: that which gives at least two names of columns.

    Raises `BadInput` with one fault where none does, or more than one.
    """
    found = [one for one in SEPARATORS if len(_known(heading, one, columns)) > 1]
    if len(found) == 1:
        return found[0]
    where, seen = "heading", shown(heading.strip())
    names = ", ".join(columns)
    if found:
        kinds = " and ".join(SEPARATORS[one] for one in found)
        raise BadInput(
            Fault(where, f"{kinds}: {seen}", f"cells parted by one sign throughout: {names}", "separator"), where
        )
    want = f"the names of columns, parted by commas, semicolons or tabs: {names}"
    raise BadInput(Fault(where, seen or "(empty)", want, "heading"), where)


def _known(heading: str, sign: str, columns: Sequence[str]) -> set[str]:
    return {cell.strip(' "\r\n') for cell in heading.split(sign)} & set(columns)
