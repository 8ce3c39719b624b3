"""Recommendations by version: what stands of each, what is shown no more, and what is asked of whoever says, answers or
verifies one.

A recommendation goes out as a publication does: under no embargo, a correction in sight beside what it corrects, and
with a way back for words that give somebody away (`publication.taken_out`).
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from typing import Any

from commonweal.kernel import obligations, registry
from commonweal.kernel.instrument import Act, Entry, Fault, Filer, Reader, Row, Table, Tables, TakesBack, Text
from commonweal.kernel.values import instant, period, stamp

from ..publication import TAKEN_BACK, each_said, embargo_of, hiding_faults, said_of, taken_back, taken_out
from ..tables import ANNULLED
from ..withholding import REASONS, hides
from .kinds import ANSWERED, ANSWERS, FOUND, RECOMMENDATION, WORDED

SAYS = (*WORDED, "addressee", "due")
"""What of a recommendation is public and can be corrected."""
RECOMMENDED = Table(
    "incident_reports_recommended",
    columns={
        "recommendation": "text", "name": "text", "investigation": "text", "addressee": "text", "due": "text",
        "state": "text", "entry": "integer", "changed": "text", "clock": "text", "began": "text", "until": "text",
    },
    key=("recommendation",),
    indexes=(("investigation",), ("addressee",), ("state",)),
)  # fmt: skip
"""`state`: open, accepted, rejected, implemented (so its addressee), sent_back, verified, closed or withdrawn (so the
authority). `clock` is what runs (`CLOCKS`), since it `began`, through the day `until`; None where nothing does."""
SAID = Table(
    "incident_reports_recommendation_said",
    columns={
        "recommendation": "text", "entry": "integer", "at": "text", "what": "text", "place": "integer",
        "corrected": "integer",
    },
    key=("recommendation", "entry"),
)  # fmt: skip
"""Answers and findings. An answer that corrects another has that one's `place` in their order; `corrected` is the entry
by which one was."""
RULE = "incident_reports.recommendations"
ANSWER, ASSESS = "answer", "assess"
CLOCKS: Mapping[str, str] = {ANSWER: "answer_within", ASSESS: "assess_within"}
"""Who is awaited, the addressee or the authority, and which parameter of the adopted text says for how long."""
SENT_BACK = "sent_back"
WITHDRAWN = "withdrawn"
OVER = ("verified", "closed", WITHDRAWN)
WAITS = ("open", SENT_BACK, "accepted")
"""The states in which it is for its addressee to say what becomes of it."""
_MOVING = (RECOMMENDATION.id, ANSWERED.id, FOUND.id)
ANSWER_WORDS = ("reasons", "correction")
TAKES_BACK = {
    RECOMMENDATION.id: TakesBack(taken_back, by=(RECOMMENDATION.id, ANNULLED), tables=(TAKEN_BACK,)),
    ANSWERED.id: TakesBack(taken_back, by=(ANSWERED.id, FOUND.id), tables=(TAKEN_BACK,)),
}


# ── laying out ──────────────────────────────────────────────────────────────────────────────────────────────────────


def follow(entry: Entry, tables: Tables) -> None:
    """Lay out what an entry that is not erased says of a recommendation."""
    if entry.kind in (ANSWERED.id, FOUND.id):
        body, subject = entry.body, entry.body["recommendation"]
        former = tables.get(SAID, subject, body["corrects"]) if body.get("corrects") is not None else None
        about = {"recommendation": subject, "entry": entry.index, "at": stamp(entry.time), "corrected": None}
        place = former["place"] if former is not None else entry.index
        if body.get("hides"):
            _hide(tables, subject, body["hides"], entry.index)
        if former is not None:
            tables.put(SAID, {**former, "corrected": entry.index})
        tables.put(SAID, {**about, "place": place, "what": body.get("answer") or body["finding"]})


def _hide(tables: Tables, recommendation: str, why: str, by: int) -> None:
    """The words of the answer that stands, and of those whose place it took, are shown no more."""
    now = newest_answer(tables, recommendation)
    for row in said(tables, recommendation):
        if now is not None and row["place"] == now["place"]:
            fields = {field: [why, by] for field in ANSWER_WORDS}
            tables.put(TAKEN_BACK, {"entry": row["entry"], "fields": fields})


def settle(entry: Entry, tables: Tables) -> None:
    """Lay out anew where a recommendation has come to, after any entry that moves it, erased or not."""
    moved = entry.body.get("recommendation") if entry.kind in (ANSWERED.id, FOUND.id) else entry.subject
    if entry.kind not in (*_MOVING, ANNULLED) or not str(moved or "").startswith(f"{RECOMMENDATION.noun}:"):
        return
    recommendation = str(moved)
    _take_back(tables, recommendation)
    newest = registry.subject(tables, recommendation)
    if newest is None:
        tables.delete(RECOMMENDED, recommendation)
        return
    body = newest["body"]
    row = {name: body.get(name) for name in ("investigation", "addressee", "due")}
    state = WITHDRAWN if body.get("status") == WITHDRAWN else _state(said(tables, recommendation))
    row |= {"recommendation": recommendation, "name": newest["name"], "state": state}
    row |= _clock(tables, recommendation, state)
    tables.put(RECOMMENDED, {**row, "entry": newest["entry"], "changed": stamp(entry.time)})


def _state(rows: list[Row]) -> str:
    """Where a recommendation has come to: what was not found done is accepted still, and an answer that will do stands
    as it was given."""
    state = "open"
    for row in _standing(rows):
        if row["what"] != "adequate":
            state = "accepted" if row["what"] == "not_verified" else row["what"]
    return state


def _standing(rows: list[Row]) -> list[Row]:
    """What was said and not corrected, each answer in the place of what it corrects."""
    return sorted((row for row in rows if row["corrected"] is None), key=lambda row: (row["place"], row["entry"]))


def _clock(tables: Tables, recommendation: str, state: str) -> Row:
    """What runs on a recommendation now, through which day; one that runs already goes by the text it began under."""
    rows, clock, began = _standing(said(tables, recommendation)), None, None
    if state in ("open", SENT_BACK):
        first = versions_of(tables, recommendation)[:1]
        began = rows[-1]["at"] if rows else next((one["first_published"] for one in first), None)
        clock = ANSWER if began else None
    elif state not in OVER and rows[-1]["what"] in ANSWERS:
        clock, began = ASSESS, rows[-1]["at"]
    before = tables.get(RECOMMENDED, recommendation)
    if before is not None and (before["clock"], before["began"]) == (clock, began):
        return {name: before[name] for name in ("clock", "began", "until")}
    return {"clock": clock, "began": began, "until": _until(tables, clock, began)}


class Times(registry.Head):
    """How long each clock of a recommendation runs."""

    answer_within: str
    assess_within: str


@functools.lru_cache(maxsize=8)
def read(text: str) -> Times:
    """What a text of recommendations says. Raises `BadInput` naming every fault."""
    found = registry.read_text(Times, text, RULE)
    for name in CLOCKS.values():
        period(str(getattr(found, name)), name)
    return found


def _until(reader: Reader, clock: str | None, began: str | None) -> str | None:
    """The last day of a clock by the text in force; None where none says how long it takes, or nothing runs."""
    if clock is None or began is None:
        return None
    found = registry.newest_read(reader, RULE, read)
    if found is None:
        return None
    within = period(str(getattr(found[0], CLOCKS[clock])), CLOCKS[clock])
    at = instant(began) if "T" in began else instant(f"{began}T00:00:00Z")
    return obligations.due_after(obligations.PLAIN, "UTC", at, within).last_day.isoformat()


def _take_back(tables: Tables, recommendation: str) -> None:
    """Lay out anew what each version says no longer, also one that was annulled: its entry is still there to read."""
    standing = versions_of(tables, recommendation)
    filed = [*registry.versions(tables, recommendation), *registry.annulled_of(tables, recommendation)]
    for row in filed:
        gone = taken_out(said_of([_row(row)]), standing, WORDED) if row["body"] else {}
        if gone:
            fields = {field: [one["why"], one["entry"]] for field, one in gone.items()}
            tables.put(TAKEN_BACK, {"entry": row["entry"], "fields": fields})
        else:
            tables.delete(TAKEN_BACK, row["entry"])


# ── queries ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def versions_of(reader: Reader, recommendation: str) -> list[dict[str, Any]]:
    """What was and is recommended, by version, oldest first: the last one stands, be it withdrawn or not."""
    return each_said([_row(row) for row in registry.versions(reader, recommendation) if not row["erased"]])


def proposed(reader: Reader, recommendation: str, body: Mapping[str, Any], at: str) -> list[dict[str, Any]]:
    """What would be public if a body were filed now, by version: `entry` of the last one is None."""
    rows = [_row(row) for row in registry.versions(reader, recommendation) if not row["erased"]]
    return each_said([*rows, {"entry": None, "at": at, "body": {"status": "published", **body}}])


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    at = row.get("filed_on") or row.get("on")
    return {"entry": row["entry"], "at": at, "body": {"status": "published", **row["body"]}}


def recommendation(reader: Reader, subject: str) -> Row | None:
    """One recommendation with where it has come to."""
    return reader.get(RECOMMENDED, subject)


def recommendations(reader: Reader, **where: str) -> list[Row]:
    """Recommendations by investigation, addressee or state, those due first at the top."""
    return reader.select(RECOMMENDED, where, order=("due", "recommendation"))


def said(reader: Reader, recommendation: str) -> list[Row]:
    """What its addressee answered and the authority found, oldest first."""
    return reader.select(SAID, {"recommendation": recommendation}, order=("entry",))


def newest_answer(reader: Reader, recommendation: str) -> Row | None:
    """The answer that stands of its addressee; None before there is any."""
    rows = [row for row in _standing(said(reader, recommendation)) if row["what"] in ANSWERS]
    return rows[-1] if rows else None


def overdue(row: Row, today: str) -> bool:
    """Whether a recommendation is late on a day: nobody has said by its last day that it is done, or why not."""
    return row["state"] in WAITS and bool(row["due"]) and row["due"] < today


def incident_of(reader: Reader, investigation: str) -> str:
    """Into which incident an investigation is; "" where there is none, or it was erased."""
    row = registry.subject(reader, investigation)
    return str(row["body"].get("incident") or "") if row is not None and not row["erased"] else ""


def embargo_on(reader: Reader, investigation: str, today: str) -> Row | None:
    """The embargo under which nothing more is said of what an investigation is about, on a day; None where none is."""
    embargo = embargo_of(reader, incident_of(reader, investigation))
    return embargo if embargo is not None and embargo["until"] > today else None


# ── checks ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def check(act: Act, reader: Reader, filer: Filer) -> Iterator[Fault]:
    """A day that is over, an embargo, a correction that says nothing of itself, an answer by another than is asked, a
    finding on what nobody says is done."""
    if act.kind == RECOMMENDATION.id:
        yield from _of_a_day(act, reader, filer)
        yield from _of_a_version(act, reader)
        if act.body.get("status") != WITHDRAWN:
            yield from _of_an_embargo(act.body["investigation"], "investigation", reader, filer)
    elif act.kind == ANSWERED.id:
        yield from _of_an_answer(act.body, reader, filer)
    elif act.kind == FOUND.id:
        yield from _of_a_finding(act.body, reader, filer)


def _of_a_day(act: Act, reader: Reader, filer: Filer) -> Iterator[Fault]:
    """A day to come: only one that was set earlier, while it was to come, may have passed."""
    due, before = act.body["due"], versions_of(reader, act.subject or "")
    if due < filer.today.isoformat() and all(one["due"] != due for one in before[-1:]):
        yield Fault("due", due, f"a day that is not over, from {filer.today.isoformat()}", "past")


def _of_a_version(act: Act, reader: Reader) -> Iterator[Fault]:
    """A later version that says something else in public says why; only what was said is withdrawn."""
    body, before = act.body, versions_of(reader, act.subject or "")
    withdrawn = body.get("status") == WITHDRAWN
    if withdrawn and not before:
        told = Text(en="Nothing was recommended yet that could be withdrawn", zh="尚无可撤回的建议")
        yield Fault("status", WITHDRAWN, "a recommendation that is on file", "reference", told)
    if body.get("withdrawn_for") and not withdrawn:
        yield Fault("withdrawn_for", str(body["withdrawn_for"]), 'only with the status "withdrawn"', "contradiction")
    if before and not body.get("correction") and any(_differs(body, before[-1], field) for field in (*SAYS, "status")):
        want = f"what is corrected, and why: entry {before[-1]['entry']} was read before"
        yield Fault("correction", "", want, "missing")
    yield from hiding_faults(body, before, WORDED)


def _differs(body: Mapping[str, Any], before: Mapping[str, Any], field: str) -> bool:
    unsaid = "published" if field == "status" else ""
    return (body.get(field) or unsaid) != (before.get(field) or unsaid)


def _of_an_embargo(investigation: str, field: str, reader: Reader, filer: Filer) -> Iterator[Fault]:
    """A recommendation and what is answered are public at once, and so say of an incident what nothing may say before
    its embargo ends."""
    embargo = embargo_on(reader, investigation, filer.today.isoformat())
    if embargo is not None:
        want = (
            f"an incident of which something may be public now: entry {embargo['entry']} set an embargo until "
            f"{embargo['until']}. Move the embargo first"
        )
        told = Text(
            en=want, zh=f"须为现可公开的事件：条目{embargo['entry']}设有禁发，至{embargo['until']}止。请先变更禁发日期"
        )
        if field == "recommendation":  # to whom it is addressed moves no embargo
            told = Text(
                en=f"The incident is under embargo until {embargo['until']}: an answer, which is public, comes after",
                zh=f"该事件禁发至{embargo['until']}：答复将公开，须在此后提交",
            )
        yield Fault(field, investigation, want, "embargo", told)


def _of_an_answer(body: Mapping[str, Any], reader: Reader, filer: Filer) -> Iterator[Fault]:
    row = recommendation(reader, body["recommendation"])
    if row is None:
        return
    if row["addressee"] != body["organisation"]:
        yield Fault("organisation", body["organisation"], f"its addressee, {row['addressee']}", "addressee")
    yield from _of_a_correction(body, reader)
    if row["state"] in OVER and not _same_again(body, reader):
        yield Fault("recommendation", body["recommendation"], f"one that is not {row['state']} already", "over")
    elif row["state"] != WITHDRAWN:
        yield from _of_an_embargo(str(row["investigation"]), "recommendation", reader, filer)


def _same_again(body: Mapping[str, Any], reader: Reader) -> bool:
    """Whether an answer says in other words what the one said that it corrects."""
    now = newest_answer(reader, body["recommendation"])
    return now is not None and (now["entry"], now["what"]) == (body.get("corrects"), body["answer"])


def _of_a_correction(body: Mapping[str, Any], reader: Reader) -> Iterator[Fault]:
    """Only the answer that stands is corrected, with what was wrong; once it was found upon, in its words alone."""
    rows, corrects = _standing(said(reader, body["recommendation"])), body.get("corrects")
    now = newest_answer(reader, body["recommendation"])
    if corrects is None:
        for field in ("correction", "hides"):
            if body.get(field):
                told = Text(en="only with the answer that it corrects (corrects)", zh="仅限更正此前答复时填写")
                yield Fault(field, str(body[field]), told["en"], "contradiction", told)
        return
    if now is None or now["entry"] != corrects:
        want = f"the entry of the answer that stands: {now['entry']}" if now is not None else "no answer is on file yet"
        told = Text(en=want, zh=f"现行答复的条目：{now['entry']}" if now is not None else "尚无答复")
        yield Fault("corrects", str(corrects), want, "reference", told)
    elif rows[-1]["entry"] != corrects and now["what"] != body["answer"]:
        want = f"{now['what']}: entry {rows[-1]['entry']} was found upon it; answer anew to say something else"
        told = Text(en=want, zh=f"须为原答复：条目{rows[-1]['entry']}已据其作出认定；如有变化，请另行答复")
        yield Fault("answer", body["answer"], want, "found_upon", told)
    if not body.get("correction"):
        told = Text(en="what was wrong with the answer that this one corrects", zh="须说明被更正的答复有何错误")
        yield Fault("correction", "", told["en"], "missing", told)
    yield from _of_hiding(body)


def _of_hiding(body: Mapping[str, Any]) -> Iterator[Fault]:
    if body.get("hides") and not hides(body["hides"]):
        able = ", ".join(code for code in REASONS if hides(code))
        yield Fault("hides", body["hides"], f"a reason for which earlier words are hidden: {able}", "unknown_name")


ANSWERED_IN: Mapping[str, tuple[str, ...]] = {
    "adequate": ("accepted", "rejected"),
    SENT_BACK: ("accepted", "rejected", "implemented", "verified", "closed"),
}
"""By finding on an answer, the states in which there is one to be found upon."""


def _of_a_finding(body: Mapping[str, Any], reader: Reader, filer: Filer) -> Iterator[Fault]:
    row, finding = recommendation(reader, body["recommendation"]), body["finding"]
    if row is None:
        return
    if row["state"] == WITHDRAWN:
        yield Fault("recommendation", body["recommendation"], f"one that is not {row['state']} already", "over")
    elif finding in ("verified", "not_verified") and row["state"] != "implemented":
        want = f"closed, or a recommendation that its addressee says is implemented (it is {row['state']})"
        yield Fault("finding", finding, want, "not_implemented")
    elif finding in ANSWERED_IN and (
        row["state"] not in ANSWERED_IN[finding] or newest_answer(reader, body["recommendation"]) is None
    ):
        want = f"one that its addressee answered (it is {row['state']})"
        yield Fault("finding", finding, want, "not_answered", Text(en=want, zh="须为受文者已答复的建议"))
    if finding == SENT_BACK and not body.get("told"):
        told = Text(en="why it is sent back, for its addressee to read", zh="须说明退回理由，供受文者阅读")
        yield Fault("told", "", told["en"], "missing", told)
    if body.get("hides") and finding != SENT_BACK:
        told = Text(en="only with an answer that is sent back", zh="仅限退回答复时填写")
        yield Fault("hides", body["hides"], told["en"], "contradiction", told)
    yield from _of_hiding(body)
    if body.get("told") and row["state"] != WITHDRAWN:
        yield from _of_an_embargo(str(row["investigation"]), "told", reader, filer)
