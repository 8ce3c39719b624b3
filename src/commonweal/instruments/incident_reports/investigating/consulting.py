"""What experts and advisers of a team, who may be of no office, are asked to read: these entries, until a day.

Nothing else of the investigation is opened to them, and of these what the policies let an officer release
(`released`): what a flight recorder holds stays closed. It ends with the day, when they leave the team, or when it is
taken back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from commonweal.kernel import registry
from commonweal.kernel.instrument import (
    Act,
    Choice,
    Entry,
    Fault,
    Filer,
    Question,
    Reader,
    Reading,
    Row,
    Spoke,
    Table,
    Tables,
    Text,
    Waiting,
)
from commonweal.kernel.values import BadInput, stamp

from ..desk.checking import one_person
from ..desk.doing import filled
from ..desk.keeping_out import RECUSAL
from ..desk.staff import called
from ..telling import day_told, listed, put_in
from . import teams
from .kinds import CONSULTED, EVENT, EVIDENCE, FACTOR, SEGMENT
from .tables import found_out
from .words import FIELDS, worded

PATH = "/incident-reports/asked-to-read"
MANDATE = ("mandate", "legal_basis")
QUESTION = ("investigation", "expert", "entries", "question", "until", "withdrawn")
"""What an expert reads of the act that asks them."""
ADVISE = ("expert", "adviser")
CHARS_MAX = 90
"""How much of an event or factor is shown where one is chosen."""
OPENED = Table(
    "incident_reports_opened_to_expert",
    columns={
        "entry": "integer", "expert": "text", "investigation": "text", "act": "integer", "until": "text",
        "fields": "json",
    },
    key=("entry", "expert", "act"),
    indexes=(("investigation",), ("act",)),
)  # fmt: skip
"""By entry, expert and act that asked them, the fields that it opens to them, and until the end of which day."""


# ── laying out ──────────────────────────────────────────────────────────────────────────────────────────────────────


def follow(entry: Entry, tables: Tables) -> None:
    """Keep what is opened to whom: what was asked, the mandate, and the entries that were named."""
    if entry.kind != CONSULTED.id:
        return
    body, investigation = entry.body, str(entry.body["investigation"])
    if body.get("withdrawn"):
        _close(tables, investigation, body["expert"], body["entries"])
        return
    row = {"expert": body["expert"], "investigation": investigation, "act": entry.index, "until": str(body["until"])}
    there = {entry.index: list(QUESTION)}
    about = registry.subject(tables, investigation)
    there |= {int(about["entry"]): list(MANDATE)} if about is not None else {}
    known = taken_in(tables, investigation)
    there |= {index: list(known[index]) for index in body["entries"] if index in known}
    for index, fields in there.items():
        tables.put(OPENED, {**row, "entry": index, "fields": fields})


def _close(tables: Tables, investigation: str, expert: str, entries: Sequence[int]) -> None:
    """Take back these entries, and the question and mandate of an act of which nothing is left to read."""
    mine = {"investigation": investigation, "expert": expert}
    touched = {row["act"] for index in entries for row in tables.select(OPENED, {**mine, "entry": index})}
    for act in touched:
        rows = tables.select(OPENED, {**mine, "act": act})
        left = [row for row in rows if row["entry"] not in entries and row["entry"] != act
                and list(row["fields"]) != list(MANDATE)]  # fmt: skip
        for row in rows:
            if not left or row["entry"] in entries:
                tables.delete(OPENED, row["entry"], expert, act)


def taken_in(reader: Reader, investigation: str) -> dict[int, tuple[str, ...]]:
    """The entries that an investigation took in, each with the fields of its kind."""
    found = {int(row["entry"]): _fields(kind) for what, kind in (("event", EVENT), ("factor", FACTOR))
             for row in found_out(reader, investigation, what)}  # fmt: skip
    for subject in registry.referring(reader, investigation, "investigation"):
        kind = {"evidence": EVIDENCE, "segment": SEGMENT}.get(subject.partition(":")[0])
        rows = registry.versions(reader, subject) if kind is not None else []
        found |= {int(row["entry"]): _fields(kind) for row in rows if kind is not None and not row["erased"]}
    return found


def _fields(kind: Any) -> tuple[str, ...]:
    return tuple(kind.schema.model_fields)


def opened_to(reader: Reader, party: str, index: int, now: datetime, spoke: Spoke) -> Sequence[str]:
    """The fields of an entry that are opened to a party as an expert, at an instant."""
    for row in reader.select(OPENED, {"entry": index}):
        if open_now(reader, row, party, now, spoke):
            return list(row["fields"])
    return ()


def open_now(reader: Reader, row: Row, party: str, now: datetime, spoke: Spoke) -> bool:
    """Whether something that was opened to an expert is open to a party at an instant."""
    about = str(row["investigation"])
    return (
        one_person(reader, party, row["expert"])
        and row["until"] >= stamp(now)[:10]
        and teams.role_of(reader, about, party) in ADVISE
        and not RECUSAL.holds(about, party, reader, now, spoke)
    )


def asked_of(reader: Reader, act: int) -> Row | None:
    """What an act asks of whom until when; None where it asks nothing, or was taken back."""
    rows = reader.select(OPENED, {"act": act, "entry": act})
    return rows[0] if rows else None


def consultations(reader: Reader, investigation: str) -> list[Row]:
    """What experts are asked to read in an investigation and nobody took back, oldest first: an act each."""
    rows = reader.select(OPENED, {"investigation": investigation}, order=("act",))
    return [row for row in rows if row["entry"] == row["act"]]


# ── checks ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def check(act: Act, reader: Reader, filer: Filer) -> Iterator[Fault]:
    """Somebody who does not advise in it, an entry that it did not take in."""
    if act.kind != CONSULTED.id:
        return
    body, investigation = act.body, str(act.body["investigation"])
    if teams.role_of(reader, investigation, body["expert"]) not in ADVISE and not body.get("withdrawn"):
        told = Text(en="An expert or adviser of its team is asked to read", zh="须为该调查团队的专家或顾问")
        yield Fault("expert", body["expert"], "an expert or adviser of the team", "not_of_the_team", told)
    known = taken_in(reader, investigation)
    for number, index in enumerate(body["entries"]):
        if index not in known:
            want = f"an event, factor or piece of evidence of {investigation}"
            yield Fault(
                f"entries.{number}", str(index), want, "reference", Text(en=want, zh="须为该调查的事项、因素或证据")
            )


# ── the form of who investigates ────────────────────────────────────────────────────────────────────────────────────

WILL = Text(en="{name} may read this until the end of {until}, and nothing else of the investigation: {what}.",
            zh="{name}在{until}（当日止）前可阅读下列内容，不得阅读调查的其他内容：{what}。")  # fmt: skip
MORE = Text(
    en="They also read the mandate and what you ask. Each look is logged. What a recorder holds stays closed.",
    zh="其亦可阅读授权范围和您的问题。每次阅读均记入日志。记录仪内容保持密封。",
)


def asks(reading: Reading, about: str) -> Sequence[Question]:
    """Who is asked, what they are to read, and what about."""
    experts = tuple(
        Choice(party, Text(en=called(reading, party), zh=called(reading, party)))
        for party, role in teams.members(reading.tables, about) if role in ADVISE
    )  # fmt: skip
    none = Text(en="Nobody advises in it yet: change the team first.", zh="尚无专家或顾问：请先变更团队。")
    return (
        Question("expert", Text(en="Expert or adviser", zh="专家或顾问"), "one", choices=experts, required=True,
                 hint=None if experts else none),
        Question("entries", Text(en="What they are to read", zh="可阅读的内容"), "several",
                 choices=tuple(_choices(reading, about))),
        Question("question", Text(en="What you ask them", zh="所问问题"), "long_text", required=True),
        Question("until", Text(en="Until the end of", zh="可读至（当日止）"), "day", required=True),
    )  # fmt: skip


def _choices(reading: Reading, about: str) -> Iterator[Choice]:
    tables = reading.tables
    for what in ("event", "factor"):
        for row in found_out(tables, about, what):
            yield _choice(int(row["entry"]), reading.part(row["entry"], "what").get("what", ""))
    for subject in registry.referring(tables, about, "investigation"):
        piece = registry.subject(tables, subject) if subject.startswith(("evidence:", "segment:")) else None
        if piece is not None and not piece["erased"]:
            yield _choice(int(piece["entry"]), str(piece["name"]))


def _choice(entry: int, words: Any) -> Choice:
    short = str(words) if len(str(words)) <= CHARS_MAX else f"{str(words)[:CHARS_MAX]}…"
    return Choice(str(entry), Text(en=short or str(entry), zh=short or str(entry)))


def acts(reading: Reading, about: str, given: Mapping[str, str]) -> Sequence[Act]:
    """What is opened to whom."""
    chosen = [int(one.value) for one in _choices(reading, about) if given.get(f"entries.{one.value}")]
    body = {"investigation": about, **filled(given, "expert", "question", "until"), "entries": chosen}
    return (Act(CONSULTED.id, body, key="", subject=about),)


WHICH = Text(en="Which", zh="哪一项")
OF_WHOM = Text(en="{name}, until {until}: {question}", zh="{name}，至{until}：{question}")
NO_MORE = Text(
    en="{name} reads no more of the investigation than everybody: {what}. What they have read they know, and what they "
    "answered stays.",
    zh="{name}不得再阅读下列内容：{what}。其已读内容无法收回，已提交的意见保留。",
)


def back_asks(reading: Reading, about: str) -> Sequence[Question]:
    """Which of what experts are asked to read is taken back, and why."""
    rows = consultations(reading.tables, about)
    none = Text(en="Nobody is asked to read anything.", zh="目前未请任何人阅读。")
    return (
        Question("consultation", WHICH, "one", choices=tuple(_taken(reading, row) for row in rows), required=True,
                 hint=None if rows else none),
        Question("withdrawn_because", Text(en="Why", zh="理由"), "long_text", required=True),
    )  # fmt: skip


def _taken(reading: Reading, row: Row) -> Choice:
    question = str(reading.part(row["act"], "question").get("question", ""))
    short = question if len(question) <= CHARS_MAX else f"{question[:CHARS_MAX]}…"
    who = called(reading, row["expert"])
    return Choice(str(row["act"]), put_in(OF_WHOM, name=who, until=day_told(row["until"]), question=short))


def back_acts(reading: Reading, about: str, given: Mapping[str, str]) -> Sequence[Act]:
    """That what an expert is asked to read is taken back, all of it. Raises `BadInput` where it is not of these."""
    said = given.get("consultation", "")
    if not any(str(row["act"]) == said for row in consultations(reading.tables, about)):
        told = Text(en="one of those that experts are asked now", zh="须为目前请专家阅读的一项")
        raise BadInput(Fault("consultation", said[:200], told["en"], "reference", told), "form")
    asked_for = reading.part(int(said), "expert", "entries", "question", "until")
    body = {name: value for name, value in asked_for.items() if value}
    body |= {"investigation": about, "until": max(str(body["until"]), reading.today.isoformat()), "withdrawn": True}
    return (Act(CONSULTED.id, {**body, **filled(given, "withdrawn_because")}, key="", subject=about),)


def will(reading: Reading, act: Act) -> list[Text]:
    """Who will read what, until when; or who reads it no more."""
    names = {int(one.value): one.label for one in _choices(reading, str(act.body["investigation"]))}
    what = listed([(names[index], None) for index in act.body["entries"] if index in names])
    who = called(reading, str(act.body.get("expert", "")))
    if act.body.get("withdrawn"):
        return [put_in(NO_MORE, name=who, what=what)]
    return [put_in(WILL, name=who, until=day_told(act.body.get("until")), what=what), MORE]


# ── the page of who is asked ────────────────────────────────────────────────────────────────────────────────────────

ASKED = Text(en="You are asked to read in an investigation", zh="请您阅读一项调查的内容")
HEADED: Mapping[str, Text] = {"mandate": FIELDS["mandate"], "factor": FACTOR.title, "occurred": EVENT.title}
"""What stands above a piece that bears no name, by a field that only such a piece has."""
PUBLIC_FIELDS = ("name", "investigation", "fictitious")


def asked(reading: Reading) -> dict[int, list[Row]]:
    """What is open to whoever is reading now, by the act that opened it, the newest first."""
    found: dict[int, list[Row]] = {}
    for row in reading.tables.select(OPENED, order=("act", "entry")) if reading.party else ():
        if open_now(reading.tables, row, reading.party, reading.now, reading.spoke):
            found.setdefault(int(row["act"]), []).append(row)
    return dict(sorted(found.items(), reverse=True))


def waits(reading: Reading) -> list[Waiting]:
    """For the inbox of who advises: in which investigation something is theirs to read."""
    about = dict.fromkeys(str(rows[0]["investigation"]) for rows in asked(reading).values())
    return [Waiting(ASKED, named(reading.tables, one), PATH) for one in about]


def named(reader: Reader, subject: str) -> str:
    row = registry.subject(reader, subject)
    return str(row["name"]) if row is not None else subject


def view(reading: Reading) -> dict[str, Any]:
    """All that whoever is signed in is asked to read, opened for them."""
    return {
        "signed_in": bool(reading.party),
        "asked": [
            {
                "act": act,
                "investigation": named(reading.tables, str(rows[0]["investigation"])),
                "question": reading.part(act, "question").get("question", ""),
                "until": rows[0]["until"],
                "pieces": [_piece(reading, row) for row in rows if row["entry"] != act],
            }
            for act, rows in asked(reading).items()
        ],
    }


def _piece(reading: Reading, row: Row) -> Mapping[str, Any]:
    entry = int(row["entry"])
    told = reading.part(entry, *row["fields"])
    files = [
        {"name": one["name"], "href": f"/record/{entry}/attachments/{one['sha256']}"} for one in told.get("files") or ()
    ]
    plain = {
        name: worded(reading, name, value)
        for name, value in told.items() if name not in ("files", *PUBLIC_FIELDS) and value not in ("", None, [], ())
    }  # fmt: skip
    hands = [
        f"{worded(reading, 'giver', one['giver'])} → {worded(reading, 'taker', one['taker'])}"
        for one in plain.pop("custody", None) or ()
    ]
    more = {"custody": "; ".join(hands)} if hands else {}
    what = next((words for field, words in HEADED.items() if field in row["fields"]), None)
    return {"entry": entry, "name": told.get("name", ""), "what": what, "facts": {**plain, **more}, "files": files}
