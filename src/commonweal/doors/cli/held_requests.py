"""`weal held request`: people who ask what is held about them, from receipt to answer, with the clocks of law."""

from __future__ import annotations

import json as _json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter

from commonweal import held
from commonweal.authority import OPERATOR, Authority
from commonweal.instruments.access_requests import kinds, pages
from commonweal.kernel.record import Act
from commonweal.kernel.values import LANGUAGES, BadInput, Conflict, Fault, NotFound, slug, subject_id
from commonweal.sight import Sight

from .attachments import Attach, with_attached
from .held import DOOR
from .out import as_json, out, table

Many = Annotated[tuple[str, ...], Parameter(negative="")]
Output = Annotated[Path | None, Parameter(name=["--output", "-o"])]
NAMES = {"open": pages.OPEN, "ended": pages.OVER, "all": pages.ALL}


def group() -> App:
    """The commands as a group of `weal held`."""
    found = App(
        name="request",
        help="Requests for access to what is held: list, show, receive, take-in, ask, heard, extend, answer, refuse, "
        "withdraw. Each is an act on record; the time for the answer runs from receipt, as law says.",
        help_format="plaintext",
    )
    found.command(list_, name="list")
    for command in (show, receive, take_in, ask, heard, extend, answer, refuse, withdraw):
        found.command(command)
    return found


def list_(folder: Path, /, *, which: str = "open", json: bool = False) -> None:
    """Requests with the day by which each is to be answered: overdue first, then the soonest.

    Args:
        folder: The authority's folder.
        which: open, ended or all.
        json: Answer in JSON, for programs.
    """
    if which not in NAMES:
        raise BadInput(Fault("--which", which, f"one of: {', '.join(NAMES)}", "choice"))
    with _opened(folder) as authority:
        seeing = Sight(authority, OPERATOR, f"{DOOR} request list")
        rows = pages.listed(authority.reading("en", OPERATOR.party, seeing), NAMES[which])
        seeing.logged()
    if json:
        as_json(rows)
        return
    table(
        "", ("request", "state", "answer due by", "clock", "received"),
        [(row["name"], row["words"], _by(row), row["clock_state"] or "–", row["received_on"]) for row in rows],
    )  # fmt: skip


def _by(row: Mapping[str, Any]) -> str:
    if row["stopped_on"]:
        return f"stands since {row['stopped_on'][:10]}"
    return row["last_day"] or ("in good time" if row["clock_state"] else "–")


def show(folder: Path, request: str, /, *, language: str = "en") -> None:
    """One request: who asks, its clocks with their reasons, and what was done. That it was read stands in the log.

    Args:
        folder: The authority's folder.
        request: Its reference, e.g. AR-2026-17.
        language: en or zh.
    """
    if language not in LANGUAGES:
        raise BadInput(Fault("--language", language, f"one of: {', '.join(LANGUAGES)}", "choice"))
    with _opened(folder) as authority:
        seeing = Sight(authority, OPERATOR, f"{DOOR} request", purpose=f"Request {request}"[:200])
        told = pages.request_view(authority.reading(language, OPERATOR.party, seeing), {"slug": _slug(request)})
        seeing.logged()
    out(f"{told['title']}: {told['words'].in_(language)}")
    for name, value in told["facts"]:
        out(f"  {name}: {value}")
    for one in told["clocks"]:
        out(f"  {one['duty'].in_(language)}: {one['state']}{' ' + one['ends'][:10] if one['ends'] else ''}")
        for words in one["why"]:
            out(f"    {words.in_(language)}")
    for step in told["steps"]:
        out(f"  {step['at'][:10]} {step['kind']} (entry {step['entry']}, {step['who']})")
        for words in (*step["words"], *(f"{one['name']} {one['sha256']}" for one in step["files"])):
            out(f"    {words}")


def receive(
    folder: Path,
    request: str,
    /,
    *,
    how: str,
    on: str = "",
    person: str = "",
    address: Many = (),
    party: str = "",
    scope: str = "everything",
    words: str = "",
    found_by: str = "",
    attach: Attach = (),
    fictitious: bool = False,
) -> None:
    """Register a request that came in other than by the form. Prints by when it is to be answered.

    Args:
        folder: The authority's folder.
        request: A reference that gives nothing away, e.g. AR-2026-17: everybody sees it.
        how: letter, email, in_person or telephone.
        on: The day on which it came in, from which the time runs; without it, today.
        person: Who asks.
        address: A line of their address; may be given more than once.
        party: Who they are here, e.g. party:jane-doe, where they have a key or filed something.
        scope: everything, or part.
        words: What they ask for, in their words.
        found_by: What helps to find it.
        attach: A file that came in.
        fictitious: It is made up, to try things out.
    """
    body = {
        "name": request, "came_by": how, "received_on": on, "person": person, "contact": "\n".join(address),
        "party": party, "scope": scope, "words": words, "found_by": found_by, "fictitious": fictitious,
    }  # fmt: skip
    with _opened(folder) as authority:
        given = with_attached(authority, kinds.REQUEST.id, _filled(body), attach, OPERATOR.party)
        receipt = authority.act(Act(kinds.REQUEST.id, given, ""), OPERATOR)
        _done(authority, receipt.index, request)


def take_in(
    folder: Path, request: str, /, *, under: Many, identity: str, party: str = "", note: str = "", deliver: Many = ()
) -> None:
    """Say under which law a request stands, whose data it is about, and how it is known who asks.

    Args:
        folder: The authority's folder.
        request: Its reference.
        under: eu_gdpr, eu_eudpr, cn_pipl or cn_gbt_35273; may be given more than once.
        identity: key, code, document, known, representative or not_confirmed.
        party: Who they are here, where an officer registered the request and they have a key.
        note: For the office.
        deliver: A target of authority.toml that gets the letter; may be given more than once.
    """
    _step(
        folder,
        request,
        kinds.TAKEN_IN.id,
        under=list(under),
        identity=identity,
        party=party,
        note=note,
        deliver=list(deliver),
    )


def ask(folder: Path, request: str, /, *, text: str, identity: bool = False, deliver: Many = ()) -> None:
    """Ask whoever asked; by letter, and on their own page.

    Args:
        folder: The authority's folder.
        request: Its reference.
        text: What is asked.
        identity: It is about who they are: the clock stands, where law allows that, until they have answered.
        deliver: A target of authority.toml that gets the letter; may be given more than once.
    """
    _step(folder, request, kinds.QUESTION.id, text=text, identity=identity, deliver=list(deliver))


def heard(folder: Path, request: str, /, *, text: str, by: str) -> None:
    """Write down what whoever asked answered, other than here.

    Args:
        folder: The authority's folder.
        request: Its reference.
        text: What they said.
        by: letter, email, in_person or telephone.
    """
    _step(folder, request, kinds.ANSWER.id, text=text, received_by=by)


def extend(folder: Path, request: str, /, *, months: int, reason: str, words: str, deliver: Many = ()) -> None:
    """Extend the time for the answer, within what law allows. Whoever asked is told why, and until when.

    Args:
        folder: The authority's folder.
        request: Its reference.
        months: 1 or 2 further months.
        reason: complexity or number (of requests).
        words: The reason in words, which they read.
        deliver: A target of authority.toml that gets the letter; may be given more than once.
    """
    _step(folder, request, kinds.EXTENDED.id, months=months, reason=reason, words=words, deliver=list(deliver))


def answer(
    folder: Path,
    request: str,
    /,
    *,
    outcome: str,
    words: str = "",
    attach: Attach = (),
    release: Annotated[tuple[int, ...], Parameter(negative="")] = (),
    on: str = "",
    deliver: Many = (),
    output: Output = None,
) -> None:
    """Answer a request. What is held about them is put into a file that goes with the answer, bound by its digest.

    Args:
        folder: The authority's folder.
        request: Its reference.
        outcome: given, partly or nothing_held.
        words: What is kept back and why; they read it.
        attach: A further file that they get; may be given more than once.
        release: The entry by which a withheld field was released to them (weal release); may be given more than once.
        on: The day on which it was sent, where that was before today.
        deliver: A target of authority.toml that gets the letter; may be given more than once.
        output: Where the file of what is held is written, to send it; it is not there yet.
    """
    said = {"outcome": outcome, "words": words, "on": on, "releases": list(release), "deliver": list(deliver)}
    with _opened(folder) as authority:
        body = with_attached(authority, kinds.ANSWERED.id, _filled(said), attach, OPERATOR.party)
        stands = pages.found(authority.reading(), _slug(request))
        if outcome != "nothing_held" and stands.party:
            data = _held(authority, stands.party, stands.name)
            pieces = iter((data,))
            waiting = authority.attachments.attach(pieces, f"{slug(stands.name)}-held.json", OPERATOR.party)
            body["documents"] = [waiting.attachment.model_dump(), *body.get("documents", ())]
            _write(output, data)
        elif output is not None:
            want = "no file, where nothing is held or it is not known whose data it is about"
            raise BadInput(Fault("--output", str(output), want, "output"))
        receipt = authority.act(
            Act(kinds.ANSWERED.id, {"request": stands.request, **body}, "", stands.request), OPERATOR
        )
        _done(authority, receipt.index, request)
    for one in body.get("documents", ()):
        out(f"{one['name']}: SHA-256 {one['sha256']}")


def refuse(
    folder: Path, request: str, /, *, ground: str, words: str, complaint: str, on: str = "", deliver: Many = ()
) -> None:
    """Refuse a request on a ground that its law knows. Whoever asked is told which, why, and how to complain.

    Args:
        folder: The authority's folder.
        request: Its reference.
        ground: manifestly_unfounded, excessive, rights_of_others, not_identified or restricted_by_law.
        words: Why, in words.
        complaint: How they can complain, and to whom.
        on: The day on which it was sent, where that was before today.
        deliver: A target of authority.toml that gets the letter; may be given more than once.
    """
    said = {"ground": ground, "words": words, "complaint": complaint, "on": on, "deliver": list(deliver)}
    _step(folder, request, kinds.REFUSED.id, **said)


def withdraw(folder: Path, request: str, /, *, by: str, reasons: str = "") -> None:
    """Write down that whoever asked took the request back, other than here.

    Args:
        folder: The authority's folder.
        request: Its reference.
        by: letter, email, in_person or telephone.
        reasons: What they said.
    """
    _step(folder, request, kinds.WITHDRAWN.id, received_by=by, reasons=reasons)


# ── parts ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def _opened(folder: Path) -> Iterator[Authority]:
    with Authority.open(folder) as authority:
        if kinds.REQUEST.id not in authority.kinds:
            raise NotFound("instrument", "access_requests", "this authority runs without it")
        authority.follow()
        yield authority


def _slug(request: str) -> str:
    return subject_id(kinds.NOUN, request.removeprefix(f"{kinds.NOUN}:")).partition(":")[2]


def _filled(body: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if value not in ("", [], False)}


def _step(folder: Path, request: str, kind: str, **body: Any) -> None:
    with _opened(folder) as authority:
        stands = pages.found(authority.reading(), _slug(request))
        said = {"request": stands.request, **_filled(body)}
        receipt = authority.act(Act(kind, said, "", stands.request), OPERATOR)
        _done(authority, receipt.index, request)


def _done(authority: Authority, index: int, request: str) -> None:
    """What was recorded, and where the request stands now."""
    authority.follow()
    seeing = Sight(authority, OPERATOR, f"{DOOR} request")
    row = pages.line_of(authority.reading("en", OPERATOR.party, seeing), f"{kinds.NOUN}:{_slug(request)}")
    seeing.logged()
    by = f", answer due by {_by(row)}" if row["clock_state"] else ""
    out(f"entry {index}: {row['name']} is {row['words']}{by}")


def _held(authority: Authority, party: str, name: str) -> bytes:
    """What is held about them, as a file; that it was made stands in the log of reads."""
    seeing = Sight(authority, OPERATOR, DOOR, purpose=f"Request {name}"[:200])
    found = held.for_another(authority, party, seeing, most=authority.store.size())
    seeing.logged()
    return _json.dumps(found.as_dict(), ensure_ascii=False, indent=1, allow_nan=False).encode()


def _write(output: Path | None, data: bytes) -> None:
    """The file, for its owner alone."""
    if output is None:
        return
    try:
        descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise Conflict(f"{output} is there already; choose another name") from error
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
