"""What follows from an act about a request: its clocks are moved, the person is told by letter, its end is counted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from commonweal.kernel import notices, obligations, registry
from commonweal.kernel.instrument import Act, Entry, Reader, Row, Tables, Text
from commonweal.kernel.notices.templates import said_day
from commonweal.kernel.values import citing, subject_id

from .kinds import (
    ANSWER,
    ANSWERED,
    EXTENDED,
    GIVEN,
    OUTCOME,
    OUTCOME_NOUN,
    QUESTION,
    REASONS,
    REFUSED,
    TAKEN_IN,
    WITHDRAWN,
    InTime,
)
from .tables import ENDS, Standing, clocks, extension, standing
from .words import grounds

CLOCK = "duty.clock_sealed"
HANDED_OVER = "registry.handed_over"
IDENTITY_ASKED = "identity"
BY = "authority"
NO_LAW = Text(en="no law of access that is adopted here", zh="本机关未采用任何查阅法律")
GOOD_TIME = Text(
    en="The law sets no day; you will have our answer in good time.", zh="法律未规定具体日期；我们将及时答复。"
)
UNTIL = Text(en="You will have our answer by {day} ({law}).", zh="我们将于{day}或之前答复您（{law}）。")
NOTHING = Text(en="No document is enclosed.", zh="未附文件。")
FILE = Text(en="{name}, {size} bytes, SHA-256 {sha256}", zh="{name}，{size} 字节，SHA-256 {sha256}")


def follow(entry: Entry, tables: Tables) -> Iterable[Act]:
    """The acts that follow from an entry about a request."""
    if entry.erased:
        return
    if entry.kind == CLOCK:
        yield from _told_of_the_extension(entry, tables)
        return
    request = str(entry.body.get("request", ""))
    if entry.kind not in _FOLLOWS or (stands := standing(tables, request)) is None:
        return
    yield from _FOLLOWS[entry.kind](entry, stands, tables)
    if entry.kind in ENDS and stands.end is not None and stands.end["entry"] == entry.index:
        yield _ended(entry, stands, clocks(tables, request))


# ── clocks ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def moves(
    reader: Reader, request: str, decision: str, *, reason: str = "", basis: str = "", period: str | None = None
) -> list[dict[str, Any]]:
    """The decisions about its clocks that law allows now: bodies of `duty.clock_sealed`, one for each clock."""
    found = []
    for row in clocks(reader, request):
        rule = obligations.law_of(reader, row["sha256"]).rule(row["rule"], row["rule_version"])
        allowed = rule and (rule.extendable if decision == "extend" else rule.stoppable)
        fits = decision == "extend" or (decision == "resume") == (row["stopped_on"] is not None)
        if row["state"] not in obligations.OPEN or not allowed or not fits:
            continue
        body = {"rule": row["rule"], "about": request, "decision": decision, "decided_by": BY, "basis": basis}
        found.append({**body, **({"reason": reason} if reason else {}), **({"period": period} if period else {})})
    return found


def extensions(reader: Reader, request: str, body: Mapping[str, Any], basis: str = "unfiled") -> list[dict[str, Any]]:
    """What an extension does to its clocks."""
    n = int(body["months"])
    period = f"{n} month" if n == 1 else f"{n} months"
    return moves(reader, request, "extend", reason=str(body["reason"]), basis=basis, period=period)


def _moved(entry: Entry, bodies: Iterable[Mapping[str, Any]]) -> Iterator[Act]:
    for body in bodies:
        yield Act(CLOCK, dict(body), key=f"access:{entry.index}:{body['rule']}", causes=(entry.index,))


def _resumed(entry: Entry, stands: Standing, tables: Tables) -> Iterator[Act]:
    """The clocks go on once nothing that was asked about who they are is open."""
    if not any(one["body"].get("identity") for one in stands.asked):
        yield from _moved(entry, moves(tables, stands.request, "resume", basis=f"entry {entry.index}"))


# ── what follows from each ──────────────────────────────────────────────────────────────────────────────────────────


def _taken_in(entry: Entry, stands: Standing, tables: Tables) -> Iterator[Act]:
    yield from _resumed(entry, stands, tables)
    party = entry.body.get("party")
    if party and registry.filer(tables, stands.request) not in (None, party):
        body = {"to": party, "reason_code": "filed_for_another"}
        yield Act(HANDED_OVER, body, f"access:{entry.index}:to", stands.request, causes=(entry.index,))
    if sum(row["kind"] == TAKEN_IN.id for row in stands.steps) == 1:
        until = [_until(tables, row) for row in _running(clocks(tables, stands.request))]
        values = {"received": _received(tables, stands), "until": _joined(until, "\n") or GOOD_TIME}
        yield from _letter("received", entry.index, stands, values, tables)


def _question(entry: Entry, stands: Standing, tables: Tables) -> Iterator[Act]:
    if entry.body.get("identity"):
        bodies = moves(tables, stands.request, "stop", reason=IDENTITY_ASKED, basis=f"entry {entry.index}")
        yield from _moved(entry, bodies)
    yield from _letter("question", entry.index, stands, {"asked": str(entry.body["text"])}, tables)


def _extended(entry: Entry, stands: Standing, tables: Tables) -> Iterator[Act]:
    yield from _moved(entry, extensions(tables, stands.request, entry.body, f"entry {entry.index}"))


def _told_of_the_extension(entry: Entry, tables: Tables) -> Iterator[Act]:
    """The person is told once the clock has moved, so that the letter names the day that holds."""
    request = str(entry.body.get("about", ""))
    made = extension(tables, request)
    stands = standing(tables, request)
    if entry.body.get("decision") != "extend" or made is None or stands is None or made["entry"] not in entry.causes:
        return
    running = [row for row in clocks(tables, request) if row["rule"] == entry.body["rule"] and row["last_day"]]
    if running:
        said = made["body"]
        values = {
            "reason": REASONS[said["reason"]], "words": str(said["words"]), "last_day": str(running[0]["last_day"]),
        }  # fmt: skip
        yield from _letter("extended", made["entry"], stands, values, tables)


def _answered(entry: Entry, stands: Standing, tables: Tables) -> Iterator[Act]:
    body = entry.body
    files = [_of_file(one) for one in body.get("documents") or ()]
    words = str(body.get("words") or "")
    values = {"outcome": GIVEN[body["outcome"]], "words": words or "–", "files": _joined(files, "\n") or NOTHING}
    yield from _letter("answered", entry.index, stands, values, tables)


def _refused(entry: Entry, stands: Standing, tables: Tables) -> Iterator[Act]:
    ground = grounds()[entry.body["ground"]]
    clauses = citing(ground.cited(stands.under))
    title = Text(
        {name: f"{words} ({clauses[name]})" if clauses[name] else words for name, words in ground.title.items()}
    )
    values = {"ground": title, "words": str(entry.body["words"]), "complaint": str(entry.body["complaint"])}
    yield from _letter("refused", entry.index, stands, values, tables)


def _answer(entry: Entry, stands: Standing, tables: Tables) -> Iterator[Act]:
    yield from _resumed(entry, stands, tables)


def _taken_back(entry: Entry, stands: Standing, tables: Tables) -> Iterator[Act]:
    yield from ()


_FOLLOWS = {
    TAKEN_IN.id: _taken_in, QUESTION.id: _question, ANSWER.id: _answer, EXTENDED.id: _extended,
    ANSWERED.id: _answered, REFUSED.id: _refused, WITHDRAWN.id: _taken_back,
}  # fmt: skip


def _ended(entry: Entry, stands: Standing, rows: list[Row]) -> Act:
    """How it ended, for the totals: the first end that was recorded counts."""
    said = {ANSWERED.id: entry.body.get("outcome"), REFUSED.id: "refused", WITHDRAWN.id: "taken_back"}[entry.kind]
    body = {"name": stands.name, "outcome": said, "in_time": in_time(rows)}
    if stands.filed.get("fictitious"):
        body["fictitious"] = True
    subject = subject_id(OUTCOME_NOUN, stands.name)
    return Act(OUTCOME.id, body, f"access:outcome:{stands.request}", subject, causes=(entry.index,))


def in_time(rows: Iterable[Row]) -> InTime:
    """Whether every clock with a day was kept, or was so only by the day on which the authority says it was sent."""
    dated = [row for row in rows if row["state"] == "overdue" or (row["state"] == "met" and row["last_day"])]
    if any(row["state"] == "overdue" or row["late"] for row in dated):
        return "late"
    if any(row["stated"] for row in dated):
        return "stated"
    return "in_time" if dated else "no_day"


# ── letters ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _letter(name: str, basis: int, stands: Standing, values: Mapping[str, Any], tables: Tables) -> Iterator[Act]:
    """The letter about the act at entry `basis` to whoever asked, where there is somebody it can be addressed to."""
    to = address(stands)
    if not to and not stands.party:
        return
    said: Mapping[str, Any] = next((row["body"] for row in stands.steps if row["entry"] == basis), {})
    body = {
        "template": f"access_requests.{name}",
        "party": stands.party,
        "to": to,
        "values": {
            "name": stands.name,
            "law": _law(tables, stands),
            **{key: _plain(one) for key, one in values.items()},
        },
        "basis": basis,
        "deliver": list(said.get("deliver", ())),
    }
    yield Act(notices.WANTED.id, body, f"access:letter:{basis}", stands.request, causes=(basis,))


def address(stands: Standing) -> list[str]:
    """The lines that stand on a letter to whoever asked; none where no address was given."""
    lines = [str(stands.filed.get("person") or ""), *str(stands.filed.get("contact") or "").splitlines()]
    return [line.strip()[:200] for line in lines if line.strip()][:10]


def _law(tables: Reader, stands: Standing) -> Any:
    found = []
    for row in clocks(tables, stands.request):
        rule = obligations.law_of(tables, row["sha256"]).rule(row["rule"], row["rule_version"])
        if rule is not None and row["state"] not in ("not_owed", "unknown"):
            found.append(rule.citation)
    return dict(citing("; ".join(found))) if found else dict(NO_LAW)


def _running(rows: Iterable[Row]) -> list[Row]:
    return [row for row in rows if row["state"] in ("owed", "overdue") and row["last_day"]]


def _until(tables: Reader, row: Row) -> Text:
    rule = obligations.law_of(tables, row["sha256"]).rule(row["rule"], row["rule_version"])
    law = citing(rule.citation if rule is not None else row["rule"])
    day = date.fromisoformat(row["last_day"])
    return Text({name: words.format(day=said_day(day, name), law=law[name]) for name, words in UNTIL.items()})


def _received(tables: Reader, stands: Standing) -> str:
    """The day of receipt, where the law applies."""
    said = stands.filed.get("received_on")
    zones = [obligations.law_of(tables, row["sha256"]).time_zone for row in clocks(tables, stands.request)]
    filed = str(stands.first["filed_on"])
    return str(said or obligations.day_text(filed, zones[0] if zones else "UTC") or filed[:10])


def _of_file(one: Mapping[str, Any]) -> Text:
    told = {"name": one["name"], "size": one["size"], "sha256": one["sha256"]}
    return Text({name: words.format(**told) for name, words in FILE.items()})


def _joined(texts: Iterable[Text], by: str) -> Text | None:
    found = list(texts)
    return Text({name: by.join(one[name] for one in found)[:2000] for name in ("en", "zh")}) if found else None


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else value
