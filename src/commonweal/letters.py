"""Formal letters: written from templates that instruments declare, laid out as PDF, issued into the record."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from commonweal.authority import HOUSE, OPERATOR, Authority
from commonweal.kernel import notices
from commonweal.kernel.notices.templates import said_day
from commonweal.kernel.record import AUTHORITY, Act, Row
from commonweal.kernel.values import LANGUAGES, BadInput, Busy, Conflict, Fault, FaultCollector, NotFound, Text, digest
from commonweal.telemetry import warned

ROUND_S, ROUND_S_MAX = 2.0, 300.0
_TAGS = {"en": ("en", "GB"), "zh": ("zh", "CN")}
_REFERENCE, _DATE = Text(en="Reference: {}", zh="编号：{}"), Text(en="Date: {}", zh="日期：{}")
LEGAL, REMEDY = Text(en="Legal basis", zh="法律依据"), Text(en="What you can do", zh="您的权利与救济")
_CHECK = Text(en="How to check this letter", zh="如何核验本函")
_ENTRY = Text(
    en="This letter is entry {entry} of the public log {origin}.", zh="本函为公开日志 {origin} 的第 {entry} 号条目。"
)
_BASIS = Text(en="It rests on entry {basis}.", zh="本函依据第 {basis} 号条目。")
_PROOF = Text(
    en="The proof that the log holds it: {url}. The entry of its issue, which names the SHA-256 of this file, can be "
    "shown to you with its proof on request.",
    zh="日志收录本函的证明：{url}。签发条目载有本文件的 SHA-256 值，可应请求连同证明一并向您出示。",
)
_DRAFT, _NOT_SENT = (
    Text(en="Draft", zh="草稿"), Text(en="Draft: not sent, without a reference number", zh="草稿：尚未发出，无编号")
)  # fmt: skip
_NUMBERED_LATER = Text(en="(given when it is issued)", zh="（签发时编定）")
_LATER = "…"
_ASK = Text(
    en="The authority shows you the proof that the log holds it, and the entry of its issue, which names the SHA-256 "
    "of this file, on request.",
    zh="本机构可应请求向您出示日志收录本函的证明，以及载有本文件 SHA-256 值的签发条目。",
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A letter to be written: from which template, to whom (name and postal lines), with which values.

    `languages` in their order; `subject` is what it is about, `basis` the entry it rests on, `deliver` the targets that
    get it, `party` whoever it is addressed to here, and may read it by signing in or by return code. The same `key`
    twice writes one letter.
    """

    template: str
    to: Sequence[str]
    values: Mapping[str, str | Mapping[str, str]] = field(default_factory=dict)
    languages: Sequence[str] = LANGUAGES
    subject: str | None = None
    basis: int | None = None
    deliver: Sequence[str] = ()
    party: str = ""
    key: str = ""


def write(authority: Authority, wanted: Wanted) -> Row:
    """Write a letter into the record; its row, with its reference. Raises `BadInput` naming every fault, `NotFound`."""
    head = authority.letterhead
    template = head.template(wanted.template)
    settings, size = authority.settings, authority.store.size()
    faults = FaultCollector(wanted.template)
    if wanted.basis is not None and not 0 <= wanted.basis < size:
        faults.add("basis", wanted.basis, f"the number of an entry: 0 to {size - 1}", "reference")
    for target in wanted.deliver:
        if target not in settings.sending.outlets:
            known = ", ".join(sorted(settings.sending.outlets)) or "none is declared there yet"
            faults.add("deliver", target, f"a target declared in authority.toml: {known}", "target")
    today = authority.house().now.astimezone(settings.imprint.zone).date()
    asked = {name: getattr(wanted, name) for name in ("to", "values", "languages", "basis", "deliver", "party")}
    body: dict[str, Any] = {}
    try:
        body = notices.body_of(head, {**asked, "template": template.id}, today)
    except BadInput as error:
        faults.extend(error.faults)
    faults.done()
    _check_shown(authority, body)
    causes = () if wanted.basis is None else (wanted.basis,)
    key = f"letter:{wanted.key}" if wanted.key else f"letter:{size}:{digest(repr(body).encode())[:24]}"
    kind, caller = notices.WRITTEN, HOUSE
    if authority.notices.says_who_reported(wanted.subject):
        kind, caller, body = notices.TO_REPORTER, OPERATOR, {**asked, "template": template.id}
    index = authority.act(Act(kind.id, body, key, wanted.subject, causes), caller).index
    authority.follow()
    index = index if kind is notices.WRITTEN else _asked_in(authority, index)
    row = authority.reader.get(notices.LETTER, index)
    assert row is not None
    return row


def _check_shown(authority: Authority, body: Mapping[str, Any]) -> None:
    """Raise `BadInput` for what no font here shows, before a number is taken; where nothing is laid out here, nothing
    is known of it."""
    with suppress(Busy):
        draft(authority, body)


def withdraw(authority: Authority, reference: str, reasons: str) -> int:
    """Put on record that a letter which waits will not be issued; the entry. Raises `NotFound`, `Conflict`."""
    row = notices.letter(authority.reader, reference)
    if row["issued"] is not None:
        raise Conflict(f"{row['reference']} was issued as entry {row['issued']}: what has left is not taken back")
    body = {"letter": row["entry"], "reasons": reasons}
    kind = notices.WITHDRAWN.id
    index = authority.act(Act(kind, body, f"{kind}:{row['entry']}", row["subject"], (row["entry"],))).index
    authority.follow()
    return index


def _asked_in(authority: Authority, wanted: int) -> int:
    """The entry of the letter that was asked for in another: what follows from that is recorded under its number."""
    found = authority.store.placed(AUTHORITY, f"letter:{wanted}")
    assert found is not None, "it follows at once"
    return found[0].index


def waiting(authority: Authority) -> list[Row]:
    """The letters that were written and are still to be laid out, oldest first."""
    return [row for row in notices.letters(authority.reader, issued=None, withdrawn=None) if row["to"]]


def issue(authority: Authority) -> list[Row]:
    """Lay out every letter that waits, and file its PDF; gives those that were issued.

    One that cannot be laid out does not keep the others. Raises `Busy` where nothing can be laid out here, and
    `BadInput` that names each which could not be, by its reference.
    """
    done, stuck = lay_out(authority, waiting(authority))
    if stuck:
        raise BadInput(stuck, "letters")
    return done


def lay_out(authority: Authority, rows: Sequence[Row]) -> tuple[list[Row], list[Fault]]:
    """Lay letters out and file their PDF: those that were issued, and for each that could not be, why, by its
    reference. Raises `Busy` where nothing can be laid out here.
    """
    done, stuck = [], []
    for row in rows:
        try:
            done.append(_issued(authority, row))
        except BadInput as error:
            stuck += [Fault(str(row["reference"]), one.seen, one.want, one.code) for one in error.faults]
        except Busy:
            raise
        except Exception as error:
            stuck.append(Fault(str(row["reference"]), type(error).__name__, str(error)[:200] or "a letter"))
    return done, stuck


def _issued(authority: Authority, row: Row) -> Row:
    """Lay one letter out and file its PDF; its row as it stands then."""
    laid = authority.typeset(content(authority, row))
    sealed = _addressee(authority, authority.entry(row["entry"]).body) is not None
    body = {
        "letter": row["entry"],
        "reference": row["reference"],
        "sha256": digest(laid.pdf),
        "bytes": len(laid.pdf),
        "pages": laid.pages,
        "made_with": laid.made_with,
    }
    about, pdf = (row["subject"], (row["entry"],)), {notices.PDF: laid.pdf}
    issue = Act(notices.ISSUED.id, body, f"{notices.ISSUED.id}:{row['entry']}", *about, blobs={} if sealed else pdf)
    apart = Act(notices.LAID_OUT.id, {"letter": row["entry"]}, notices.laid_out(row["entry"]), *about, blobs=pdf)
    with suppress(Conflict):  # another process issued it meanwhile, with other fonts: that one stands
        authority.act_all([apart, issue] if sealed else [issue], HOUSE)
    authority.follow()
    return notices.letter(authority.reader, row["reference"])


class Clerk:
    """The thread that lays letters out while the service runs, whether or not anything is sent from here.

    A letter that cannot be laid out is named in the log, by its number and with a reason that quotes nothing of it, and
    left to `weal letter make`, or to the next start.
    """

    def __init__(self, authority: Authority) -> None:
        self._authority, self._left = authority, set[int]()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="clerk", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()

    def round(self) -> None:
        """Lay out what waits. Raises `Busy` where nothing can be laid out here."""
        for row in waiting(self._authority):
            if row["entry"] in self._left or self._ended.is_set():
                continue
            try:
                _issued(self._authority, row)
            except Busy:
                raise
            except Exception as error:
                self._left.add(row["entry"])
                warned("letter", reference=row["reference"], entry=row["entry"], waits=why(error))

    def _run(self) -> None:
        pause = 0.0
        while not self._ended.wait(pause):
            try:
                self.round()
                pause = ROUND_S
            except Exception as error:
                pause = min(ROUND_S_MAX, max(ROUND_S, pause * 2))
                warned("letters", waiting=len(waiting(self._authority)), waits=why(error))


def why(error: Exception) -> str:
    """Why a letter waits, without a word of what stands in it."""
    if isinstance(error, BadInput):
        return "no font here shows a character in it; `weal letter make` names it, `weal letter withdraw` takes it back"
    return str(error) if isinstance(error, Busy) else type(error).__name__


def pdf(authority: Authority, reference: str) -> bytes:
    """The PDF of a letter, byte for byte as it was issued. Raises `NotFound`, `Conflict` where it is not issued yet."""
    row = notices.letter(authority.reader, reference)
    if row["withdrawn"] is not None:
        raise NotFound("letter", row["reference"], f"it was withdrawn by entry {row['withdrawn']}")
    if row["issued"] is None:
        if why_not := authority.why_nothing_is_laid_out():
            raise Conflict(f"{row['reference']} is written and not issued yet: {why_not}")
        raise Conflict(
            f"{row['reference']} is written and not issued yet; `weal serve` and `weal letter make DIR` lay it out"
        )
    return laid_out(authority, row)


def laid_out(authority: Authority, row: Row) -> bytes:
    """The PDF of a letter that was issued. Raises `NotFound` where it said who reported, and went with what did."""
    found = authority.pdf_of(row)
    if found is None:
        raise NotFound("letter", row["reference"], "its PDF said who reported, and was destroyed with what did")
    return found


def _addressee(authority: Authority, body: Mapping[str, Any]) -> list[str] | None:
    """Name and address of who reported, where a letter (as `letter.written` says it) was asked for with them and they
    are not destroyed; else None.
    """
    if body.get("wanted") is None:
        return None
    asked = authority.entry(body["wanted"])
    return list(asked.body["to"]) if asked.kind == notices.TO_REPORTER.id and not asked.erased else None


def draft(authority: Authority, body: Mapping[str, Any]) -> tuple[bytes, int]:
    """The PDF of a letter as it would leave, marked as a draft, without a number; and its pages. Nothing is recorded.

    `body` is what `letter.written` would say of it (`Notices.drafted`). Raises `Busy` where nothing can be laid out
    here, `BadInput` for what no font here shows.
    """
    basis = _LATER if body["basis"] is None else body["basis"]
    laid = authority.typeset(_content(authority, body, {"reference": "", "entry": _LATER, "basis": basis}))
    return laid.pdf, laid.pages


def content(authority: Authority, row: Row) -> dict[str, Any]:
    """What the layout is given: a letter as it stands in its entry, with its reference and how to check it."""
    body = authority.entry(row["entry"]).body
    return _content(authority, {**body, "to": _addressee(authority, body) or body["to"]}, row)


def _content(authority: Authority, body: Mapping[str, Any], row: Row) -> dict[str, Any]:
    """A letter without a `reference` is a draft, and says so on each page."""
    dated = date.fromisoformat(str(body["dated"]))
    settings = authority.settings
    wordings = []
    for one in body["wordings"]:
        language = one["language"]
        lang, region = _TAGS[language]
        check = [_ENTRY[language].format(entry=row["entry"], origin=settings.origin)]
        check += [_BASIS[language].format(basis=row["basis"])] if row["basis"] is not None else []
        url = f"{settings.address}/record/{row['entry']}"
        check.append(_PROOF[language].format(url=url) if settings.address else _ASK[language])
        parts = [
            (LEGAL, [one["legal_basis"]]),
            (REMEDY, [one["remedy"]]),
            (_CHECK, ["".join(check) if language == "zh" else " ".join(check)]),
        ]
        wordings.append(
            {
                "lang": lang,
                "region": region,
                "office": one["office"],
                "head": [
                    _REFERENCE[language].format(row["reference"] or _NUMBERED_LATER[language]),
                    _DATE[language].format(said_day(dated, language)),
                ],
                "title": one["title"],
                "paragraphs": one["paragraphs"],
                "parts": [{"title": title[language], "paragraphs": said} for title, said in parts],
            }
        )
    laid = {"day": [dated.year, dated.month, dated.day], "to": list(body["to"]), "wordings": wordings}
    if row["reference"]:
        return {"reference": row["reference"], **laid}
    mark, said = (" · ".join(text[one["language"]] for one in body["wordings"]) for text in (_DRAFT, _NOT_SENT))
    return {"reference": mark, "draft": said, **laid}
