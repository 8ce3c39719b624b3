"""What experts and advisers answer to what they were asked: their opinion, in confidence, to those who investigate.

They file it under their own account or key, on what they were asked to read (`consulting`), while that is open to them.
They correct it, or take it back, for as long as the investigation is open: what the final report rests on stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from commonweal.kernel import registry
from commonweal.kernel.disclosure.attachments import named_in
from commonweal.kernel.instrument import (
    Act,
    Choice,
    Deed,
    Entry,
    Fault,
    Filer,
    Kind,
    Page,
    Question,
    Reader,
    Reading,
    Row,
    Table,
    Tables,
    Text,
    Waiting,
)
from commonweal.kernel.values import NotFound, stamp

from ..desk.checking import one_person, refused
from ..desk.doing import filled
from ..desk.keeping_out import RECUSAL
from ..desk.staff import called
from ..telling import put_in
from . import consulting, teams
from .kinds import OPINION
from .words import FIELDS

PATH = consulting.PATH
OPINED = Table(
    "incident_reports_opined",
    columns={
        "entry": "integer", "consultation": "integer", "investigation": "text", "by": "text", "at": "text",
        "withdrawn": "integer", "corrects": "integer", "corrected": "integer",
    },
    key=("entry",),
    indexes=(("investigation",), ("consultation",)),
)  # fmt: skip
"""Opinions, none of their words; `corrected` is the entry that took the place of one, or took it back."""


# ── laying out ──────────────────────────────────────────────────────────────────────────────────────────────────────


def follow(entry: Entry, tables: Tables) -> None:
    """Lay out an opinion, and that it took another's place."""
    if entry.kind != OPINION.id:
        return
    body = entry.body
    about = {"consultation": body["consultation"], "investigation": body["investigation"], "by": entry.author}
    more = {"withdrawn": int(bool(body.get("withdrawn"))), "corrects": body.get("corrects"), "corrected": None}
    tables.put(OPINED, {"entry": entry.index, "at": stamp(entry.time), **about, **more})
    former = tables.get(OPINED, body["corrects"]) if body.get("corrects") is not None else None
    if former is not None:
        tables.put(OPINED, {**former, "corrected": entry.index})


# ── queries ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def opinions(reader: Reader, **where: Any) -> list[Row]:
    """Opinions of an investigation or on a consultation, oldest first."""
    return reader.select(OPINED, where, order=("entry",))


def stands(reader: Reader, consultation: int) -> Row | None:
    """The newest opinion on what somebody was asked, be it taken back or not; None before there is one."""
    rows = [row for row in opinions(reader, consultation=consultation) if row["corrected"] is None]
    return rows[-1] if rows else None


# ── checks ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def check(act: Act, reader: Reader, filer: Filer) -> Iterator[Fault]:
    """An opinion of somebody who was not asked, on what is closed, or beside one of theirs that stands."""
    if act.kind != OPINION.id:
        return
    body, about = act.body, registry.subject(reader, act.body["investigation"])
    closed = about["body"].get("closed_on") if about is not None and not about["erased"] else None
    if closed:
        told = Text(
            en=f"an investigation that is open; this one was closed on {closed}", zh=f"调查须未结；已于{closed}结束"
        )
        yield Fault("investigation", body["investigation"], told["en"], "closed", told)
    before = stands(reader, body["consultation"])
    mine = before is not None and not before["withdrawn"] and one_person(reader, filer.party, before["by"])
    if before is not None and mine and body.get("corrects") is None:
        want = f"the entry of your opinion that stands, {before['entry']}: this one takes its place"
        told = Text(en=want, zh=f"您现行意见的条目{before['entry']}：本意见将取代之")
        yield Fault("corrects", "", want, "missing", told)
    if body.get("corrects") is not None:
        yield from _of_a_correction(body, reader, filer)
    else:
        yield from _of_an_asked_one(body, reader, filer)


def _of_an_asked_one(body: Mapping[str, Any], reader: Reader, filer: Filer) -> Iterator[Fault]:
    """It is asked of whoever files, and open to them now. Who was asked is told to nobody else."""
    asked = consulting.asked_of(reader, body["consultation"])
    mine = asked is not None and asked["investigation"] == body["investigation"]
    if asked is None or not mine or not consulting.open_now(reader, asked, filer.party, filer.at, filer.spoke):
        want = Text(
            en="the entry by which you are asked to read, while it is open to you",
            zh="请您阅读的条目，且须在可阅读期内",
        )
        yield Fault("consultation", str(body["consultation"]), want["en"], "not_asked", want)


def _of_a_correction(body: Mapping[str, Any], reader: Reader, filer: Filer) -> Iterator[Fault]:
    """Only one's own that stands is corrected or taken back; whom a conflict keeps out takes it back alone."""
    former = reader.get(OPINED, body["corrects"])
    same = former is not None and all(former[name] == body[name] for name in ("consultation", "investigation"))
    mine = former is not None and same and one_person(reader, filer.party, former["by"])
    if former is None or not mine or former["corrected"] is not None or former["withdrawn"]:
        want = Text(en="the entry of an opinion of yours that stands", zh="您本人现行意见的条目")
        yield Fault("corrects", str(body["corrects"]), want["en"], "reference", want)
    elif not body.get("withdrawn") and RECUSAL.holds(
        str(body["investigation"]), filer.party, reader, filer.at, filer.spoke
    ):
        yield refused("(whole)", filer.party, RECUSAL.want, ())


# ── the page of who is asked ────────────────────────────────────────────────────────────────────────────────────────

GOES_TO = Text(
    en="Goes to the officers who may read {name}, with your name and the time. It is not public.",
    zh="送交可阅读{name}的官员，载明您的姓名和时间，不公开。",
)
TAKES_PLACE = Text(
    en="It takes the place of entry {entry}; officers still see what that said.",
    zh="取代条目{entry}；官员仍可见原内容。",
)
TAKEN_BACK = Text(
    en="Your opinion, entry {entry}, counts no longer. Officers still see that it was given, and what it said.",
    zh="您的意见（条目{entry}）不再有效；官员仍可见其曾提交及其内容。",
)
WHAT = Question(
    "what", Text(en="What you do", zh="操作"), "one", required=True,
    choices=(
        Choice("correct", Text(en="Correct it: the words below take its place", zh="更正：以下内容取代原意见")),
        Choice("withdraw", Text(en="Take it back", zh="撤回")),
    ),
)  # fmt: skip
WHY = Question("correction", Text(en="What was wrong, or why you take it back", zh="有误之处或撤回理由"), "long_text")
WORDS = Question("opinion", Text(en="Your opinion", zh="您的意见"), "long_text")
FILES = Question("files", FIELDS["files"], "files")


def _found(reading: Reading, query: Mapping[str, str]) -> tuple[int, str, Row | None]:
    """What is asked of whoever reads, of which investigation, and their opinion that stands. Raises `NotFound`."""
    said = query["consultation"]
    number = int(said) if said.isascii() and said.isdigit() and len(said) < 16 else -1
    tables, asked = reading.tables, consulting.asked_of(reading.tables, number)
    before = stands(tables, number)
    own = before if before is not None and reading.party and one_person(tables, reading.party, before["by"]) else None
    is_open = bool(
        reading.party and asked and consulting.open_now(tables, asked, reading.party, reading.now, reading.spoke)
    )
    if asked is not None and is_open:
        return number, str(asked["investigation"]), own
    if own is not None and not own["withdrawn"]:
        return number, str(own["investigation"]), own
    raise NotFound("page of an expert", said[:40], f"{PATH} lists what you are asked to read")


def view(reading: Reading, query: Mapping[str, str]) -> Mapping[str, Any]:
    """The form in which somebody who was asked gives an opinion, corrects it or takes it back. Raises `NotFound`."""
    number, about, own = _found(reading, query)
    again = own is not None and not own["withdrawn"]
    return {
        "title": (AGAIN if again else GIVE).in_(reading.language),
        "investigation": consulting.named(reading.tables, about),
        "question": reading.part(number, "question").get("question", ""),
        "own": told(reading, own) if own is not None else None,
        "asks": (WHAT, WORDS, FILES, WHY) if again else (WORDS, FILES),
        "begins": {"what": "correct", "opinion": reading.part(own["entry"], "opinion").get("opinion", "")}
        if own is not None and again else {},
        "back": PATH,
        "action": f"{PATH}/{number}",
    }  # fmt: skip


def told(reading: Reading, row: Row) -> Mapping[str, Any]:
    """An opinion as whoever gave it, or investigates, reads it: of one that takes another back, why."""
    asked = ("consultation", "correction") if row["withdrawn"] else ("consultation", "opinion", "files", "correction")
    said = reading.part(row["entry"], *asked)
    files = [
        {"name": one["name"], "href": f"/record/{row['entry']}/attachments/{one['sha256']}"}
        for one in said.get("files") or ()
    ]
    return {
        **{name: row[name] for name in ("entry", "at", "by", "withdrawn", "corrects", "consultation")},
        **{name: said.get(name, "") for name in ("opinion", "correction")},
        "files": files,
    }


def deed(reading: Reading, given: Mapping[str, str]) -> Deed:
    """The opinion, its correction, or that it is taken back; said in full before it is recorded. Raises `NotFound`."""
    number, about, own = _found(reading, given)
    again = own is not None and not own["withdrawn"]
    body: dict[str, Any] = {"investigation": about, "consultation": number}
    name = consulting.named(reading.tables, about)
    if own is not None and again and given.get("what") == "withdraw":
        body |= {"corrects": own["entry"], "withdrawn": True, **filled(given, "correction")}
        will = [put_in(TAKEN_BACK, entry=own["entry"])]
    else:
        files = named_in(given.get("files", ""), "files")
        body |= {**filled(given, "opinion"), **({"files": files} if files else {})}
        will = [put_in(GOES_TO, name=name)]
        if own is not None and again:
            body |= {"corrects": own["entry"], **filled(given, "correction")}
            will.append(put_in(TAKES_PLACE, entry=own["entry"]))
    return Deed([Act(OPINION.id, body, key="")], PATH, will)


def attaches(query: Mapping[str, str]) -> Kind | None:
    """Of which kind the form of an opinion takes attachments."""
    return OPINION


def given_by(reading: Reading) -> list[Mapping[str, Any]]:
    """The opinions of whoever is reading that stand on what is no longer open to them, oldest first."""
    rows = reading.tables.select(OPINED, {"corrected": None, "withdrawn": 0}, order=("entry",)) if reading.party else []
    open_to = set(consulting.asked(reading))
    mine = [row for row in rows if row["consultation"] not in open_to
            and one_person(reading.tables, reading.party, row["by"])]  # fmt: skip
    return [
        {**told(reading, row), "investigation": consulting.named(reading.tables, row["investigation"]),
         "href": f"{PATH}/{row['consultation']}"}
        for row in mine
    ]  # fmt: skip


def asked_view(reading: Reading, query: Mapping[str, str]) -> Mapping[str, Any]:
    """All that whoever is signed in is asked to read, opened for them, with what they answered."""
    found = consulting.view(reading)
    for one in found["asked"]:
        own = stands(reading.tables, one["act"])
        mine = own is not None and one_person(reading.tables, reading.party, own["by"])
        one |= {"own": told(reading, own) if own is not None and mine else None, "href": f"{PATH}/{one['act']}"}
    return {**found, "given": given_by(reading)}


# ── as those who investigate see it ─────────────────────────────────────────────────────────────────────────────────


def shown(reading: Reading, investigation: str) -> list[Mapping[str, Any]]:
    """What experts were asked in an investigation and what each answered, the newest last: every version, by name."""
    tables = reading.tables
    given = opinions(tables, investigation=investigation)
    numbers = dict.fromkeys(
        [*(row["act"] for row in consulting.consultations(tables, investigation)),
         *(row["consultation"] for row in given)]
    )  # fmt: skip
    found: list[Mapping[str, Any]] = []
    for number in sorted(numbers):
        asked: Mapping[str, Any] = {}
        with suppress(NotFound):
            asked = reading.part(number, "question", "expert", "until")
        rows = [told(reading, row) for row in given if row["consultation"] == number]
        found.append({**asked, "who": called(reading, str(asked.get("expert") or "")), "entry": number, "said": rows,
                      "open": consulting.asked_of(tables, number) is not None})  # fmt: skip
    return found


CAME_IN = Text(en="An expert answered in an investigation that you lead", zh="您负责的调查收到专家意见")


def waits(reading: Reading) -> list[Waiting]:
    """For the inbox of who leads: that an opinion came, until what was asked has ended or is taken back."""
    tables, found = reading.tables, dict[str, None]()
    for row in tables.select(OPINED, {"corrected": None, "withdrawn": 0}, order=("entry",)) if reading.party else ():
        about, asked = str(row["investigation"]), consulting.asked_of(tables, row["consultation"])
        leads = teams.role_of(tables, about, reading.party) == "lead"
        if leads and asked is not None and asked["until"] >= reading.today.isoformat():
            found[about] = None
    path = "/incident-reports/investigating"
    return [
        Waiting(CAME_IN, consulting.named(tables, one), f"{path}/{one.partition(':')[2]}#opinions") for one in found
    ]


GIVE = Text(en="Give your opinion", zh="提交意见")
AGAIN = Text(en="Correct your opinion or take it back", zh="更正或撤回意见")
PAGES = (
    Page("investigation-asked", PATH, Text(en="Asked to read", zh="请您阅读"), "asked_to_read.html", asked_view),
    Page("investigation-opinion", PATH + "/{consultation}", GIVE, "opinion.html", view, act=deed, attaches=attaches),
)  # fmt: skip
