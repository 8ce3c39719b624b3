"""`weal letter`: formal letters, written from templates, laid out as PDF and issued into the record."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from commonweal import letters, sending
from commonweal.authority import Authority
from commonweal.kernel import notices
from commonweal.kernel.record import Row
from commonweal.kernel.values import LANGUAGES, BadInput, CommonwealError, Fault, NotFound

from .out import as_json, err, out, table

Many = Annotated[tuple[str, ...], Parameter(negative="")]


def add_to(app: App) -> None:
    group = App(
        name="letter",
        help="Formal letters with a reference number, as PDF: templates, write, make, withdraw, list, save, bounce.",
        help_format="plaintext",
    )
    group.command(templates)
    group.command(write)
    group.command(make)
    group.command(withdraw)
    group.command(list_, name="list")
    group.command(save)
    group.command(bounce)
    app.command(group)


def templates(folder: Path, /) -> None:
    """The templates that there are, and what each asks for.

    Args:
        folder: The authority's folder.
    """
    with Authority.open(folder) as authority:
        found = authority.letterhead.templates
    rows = [
        (one.id, one.version, one.title["en"], ", ".join(f"{name} ({item.type})" for name, item in one.values.items()))
        for one in found.values()
    ]
    table("", ("template", "version", "title", "values"), rows)


def write(
    folder: Path,
    template: str,
    /,
    *,
    to: Many,
    value: Many = (),
    language: Many = LANGUAGES,
    subject: str = "",
    basis: int | None = None,
    deliver: Many = (),
    party: str = "",
    key: str = "",
) -> None:
    """Write a letter into the record, where it gets its number, and lay it out where that can be done here.

    Args:
        folder: The authority's folder.
        template: The template, as `weal letter templates` names it.
        to: A line of the addressee's name and postal address; once for each line.
        value: NAME=VALUE, once for each value that the template asks for; NAME.en=VALUE and NAME.zh=VALUE where it is
            not the same in both languages.
        language: en or zh; given twice, both, in this order (as it is without it).
        subject: What it is about, such as organisation:example. It is sealed under the key of that subject.
        basis: The number of the entry on which it rests.
        party: Whoever it is addressed to here; they may read it by signing in or by return code.
        deliver: A target of authority.toml that gets it; may be given more than once.
        key: Your own key for this letter: given again, no second letter is written.
    """
    wanted = letters.Wanted(
        template, to, _values(value), language, subject or None, basis, deliver, party, key
    )  # fmt: skip
    with Authority.open(folder) as authority:
        row = letters.write(authority, wanted)
        out(f"{row['reference']}: written as entry {row['entry']}.")
        if row["issued"] is None:
            (row,), _ = letters.lay_out(authority, [row])
        out(_issued(row))
        _warn(authority)


def make(folder: Path, /) -> None:
    """Lay out and issue every letter that was written and not issued yet. `weal serve` does so by itself.

    Args:
        folder: The authority's folder.
    """
    with Authority.open(folder) as authority:
        done, stuck = letters.lay_out(authority, letters.waiting(authority))
    for row in done:
        out(_issued(row))
    if stuck:
        raise BadInput(stuck, "letters that cannot be laid out; `weal letter withdraw` takes one back")
    if not done:
        out("Every letter is issued.")


def withdraw(folder: Path, reference: str, /, *, why: str) -> None:
    """Put on record that a letter which was written and not issued will not be issued. It keeps its number.

    Args:
        folder: The authority's folder.
        reference: The letter's reference number.
        why: The reasons, in confidence.
    """
    with Authority.open(folder) as authority:
        entry = letters.withdraw(authority, reference, why)
    out(f"{reference.strip().upper()}: withdrawn by entry {entry}.")


def list_(folder: Path, /, *, subject: str = "", json: bool = False) -> None:
    """Every letter, oldest first.

    Args:
        folder: The authority's folder.
        subject: Only about this subject.
        json: Answer in JSON, for programs.
    """
    with Authority.open(folder) as authority:
        found = notices.letters(authority.reader, **({"subject": subject} if subject else {}))
    if json:
        as_json(found)
        return
    rows = [
        (row["reference"], row["dated"], row["titles"].get("en") or row["titles"].get("zh", ""),
         _state(row), row["entry"], row["sha256"][:16])
        for row in found
    ]  # fmt: skip
    table("", ("reference", "dated", "title", "state", "entry", "sha256"), rows)


def save(folder: Path, reference: str, /, *, output: Annotated[Path, Parameter(alias="-o")]) -> None:
    """Save the PDF of a letter, byte for byte as it was issued.

    Args:
        folder: The authority's folder.
        reference: The letter's reference number.
        output: The file to write; a letter may hold what is not public.
    """
    with Authority.open(folder) as authority:
        data = letters.pdf(authority, reference)
    if not output.parent.is_dir():
        raise NotFound("folder", output.parent, "make it first")
    output.write_bytes(data)
    out(f"{output}: {len(data)} bytes.")


def bounce(folder: Path, mail: Path, /) -> None:
    """Put on record that mail which was taken came back, from delivery status notices (RFC 3464).

    Of a Maildir what is new is read; a notice that was dealt with is moved to those seen, and every other mail stays.

    Args:
        folder: The authority's folder.
        mail: A file that holds one such notice, or a Maildir.
    """
    with Authority.open(folder) as authority:
        if not mail.is_dir():
            out(_told(authority, sending.came_back(authority, sending.notice_in(mail))))
            return
        if not all((mail / part).is_dir() for part in ("new", "cur")):
            raise NotFound("Maildir", mail, "a folder with new and cur in it")
        for path in sorted((mail / "new").iterdir()):
            try:
                found = sending.came_back(authority, sending.notice_in(path))
            except CommonwealError as error:
                err(f"{path.name}: left where it is: {error}")
                continue
            out(f"{path.name}: {_told(authority, found)}")
            path.rename(mail / "cur" / f"{path.name.partition(':')[0]}:2,S")


def _told(authority: Authority, found: sending.CameBack) -> str:
    letter = notices.enclosed(authority.reader, found.effect)
    what = f"{letter['reference'] if letter else found.effect} to {found.target}"
    if found.entry is not None:
        return f"{what} came back: {found.said.words}; recorded as entry {found.entry}."
    if found.said.action == "failed":
        return f"{what} came back: {found.said.words}; that is on record already."
    return f"{what}: {found.said.action or 'no word'}, {found.said.words}; nothing is recorded of that."


def _values(given: tuple[str, ...]) -> dict[str, str | dict[str, str]]:
    """`NAME=VALUE` in every language, `NAME.zh=VALUE` in one."""
    faults = [Fault("value", one, "NAME=VALUE") for one in given if "=" not in one]
    if faults:
        raise BadInput(faults, "letter")
    values: dict[str, str | dict[str, str]] = {}
    for place, _, value in (one.partition("=") for one in given):
        name, _, language = place.strip().partition(".")
        before = values.get(name)
        values[name] = {**(before if isinstance(before, dict) else {}), language: value} if language else value
    return values


def _warn(authority: Authority) -> None:
    """Name the letters that still wait: they are others than the one that was written now."""
    waits = [str(row["reference"]) for row in letters.waiting(authority)]
    if waits:
        err(f"Warning: not issued: {', '.join(waits)}. `weal letter make` says why, `weal letter withdraw` ends it.")


def _state(row: Row) -> str:
    if row["withdrawn"] is not None:
        return "withdrawn"
    return "written" if row["issued"] is None else f"issued, {_pages(row)}"


def _issued(row: Row) -> str:
    return f"{row['reference']}: issued as entry {row['issued']}, {_pages(row)}, SHA-256 {row['sha256']}."


def _pages(row: Row) -> str:
    return f"{row['pages']} page" + ("s" if row["pages"] != 1 else "")
