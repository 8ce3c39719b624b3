"""What goes out of an incident, field by field: to everybody, to fellow authorities and auditors, to one named reader.

A publication says itself what is public: nothing of an incident's own record shows through it, so what was left out
is not there to be found. It is versioned under the incident's reference, so a correction leaves what it corrects in
sight. `withheld` names each field that was kept back, and why. Publishing before the end of an embargo is refused.

What was withdrawn, or kept back, for a reason that hides is shown of no earlier version either (`taken_out`), nor of
its entry in the record (`taken_back`), until a later version says the very same again. So it is with what was shared
with fellow authorities. A correction that only rewrites a field names it in `hidden` where the earlier words are to
go: they are shown no more, that there was a correction is.
"""

from __future__ import annotations

import copy
import math
import threading
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field, create_model

from commonweal.kernel import registry, retention
from commonweal.kernel.instrument import (
    PUBLIC,
    Act,
    Entry,
    Fault,
    Filer,
    Filing,
    Marking,
    Reader,
    Reading,
    Row,
    Table,
    Tables,
    TakenBack,
    TakesBack,
    Text,
)
from commonweal.kernel.registry import Day, NotFuture, NotPast, Ref
from commonweal.kernel.values import FIRST_ON_EARTH, digest, nearest, span, stamp

from .incidents import Incident
from .reports import SECOND, STEWARDS, Line, Said, Words, kind_of
from .tables import ANNULLED
from .withholding import REASONS, hides

Why = Literal["personal", "trade_secret", "security", "investigation", "court", "third_party"]
OPEN = (
    "category", "title", "title_zh", "summary", "summary_zh", "occurred", "occurred_until", "outcome", "harms",
    "severity", "reversibility", "affected_min", "affected_max", "deaths", "children_concerned", "warnings", "misuses",
    "sectors", "models", "systems_named", "developers_named", "deployers_named", "harmed_named", "countries",
    "variant_of", "external", "sources",
)  # fmt: skip
"""The fields of an incident that a publication may say."""
NOUN, CORRECTION = "publication", "correction"


def _said(name: str, marking: Marking, doc: str, **more: Any) -> type[Filing]:
    """A schema with the fields of an incident that may go out, each under one marking, and what is said of that."""
    fields: dict[str, Any] = {
        "name": (Annotated[Line, PUBLIC], ...),
        "incident": (Annotated[str, Ref("incident"), PUBLIC], ...),
        "status": (Annotated[Literal["published", "withdrawn"], PUBLIC], "published"),
        "published_on": (Annotated[Day, NotFuture(), PUBLIC], ...),
        "fictitious": (Annotated[bool, PUBLIC], False),
    }
    for field in OPEN:
        info = copy.copy(Incident.model_fields[field])
        info.metadata = [*(item for item in info.metadata if not isinstance(item, Marking)), marking]
        fields[field] = (info.annotation, info)
    fields["withheld"] = (Annotated[dict[str, Why], Field(max_length=len(OPEN)), marking], Field(default={}))
    fields["correction"] = (Annotated[Words, marking], "")
    fields["withdrawn_for"] = (Annotated[Why | None, marking], None)
    return create_model(name, __base__=Filing, __doc__=doc, **fields, **more)


def _hides(marking: Marking) -> tuple[Any, Any]:
    """By field for what reason the words that earlier versions said there are shown no more."""
    return Annotated[dict[str, Why], Field(max_length=len(OPEN) + 1), marking], Field(default={})


Publication = _said(
    "Publication",
    PUBLIC,
    "What everybody may read of an incident; each filing is a version.",
    hidden=_hides(PUBLIC),
)
Sharing = _said(
    "Sharing",
    Marking.GREEN,
    "What fellow authorities and auditors may read of an incident (TLP:GREEN); versioned.",
    hidden=_hides(Marking.GREEN),
)


Passed = _said(
    "Passed",
    Marking.RED,
    """What one named reader may read of an incident until a day, and on what terms: nobody else but its filer.

    The authority names the recipient for this one entry (`disclosure.named`), which ends after the day `until`, or
    once a later one to the same reader withdraws: that one is for officers alone.
    Officers see to whom it went and why, and the public that something was passed on, and until when.
    """,
    recipient=(Annotated[str, Field(pattern=r"^party:[a-z0-9][a-z0-9_.\-]{0,80}$")], ...),
    until=(Annotated[Day, PUBLIC], ...),
    purpose=(Said, ...),
    terms=(Annotated[Words, Marking.RED], ""),
)


class Embargo(Filing):
    """Nothing of an incident is published before a day, and why; a later filing moves the day."""

    incident: Annotated[str, Ref("incident"), PUBLIC]
    until: Annotated[Day, NotPast(), PUBLIC]
    reasons: Said


PUBLISHED = kind_of(
    "publication", Publication, Text(en="Publication of an incident", zh="事件公布"), STEWARDS, NOUN, **SECOND
)
SHARES = kind_of(
    "sharing",
    Sharing,
    Text(en="Incident shared with authorities", zh="事件通报同行机关"),
    STEWARDS,
    "sharing",
    **SECOND,
)
EMBARGO = kind_of(
    "embargo",
    Embargo,
    Text(en="Embargo on an incident", zh="事件禁发"),
    STEWARDS,
    renewable=True,
    about_field="incident",
)
PASSED = kind_of(
    "passed",
    Passed,
    Text(en="Incident passed on to a named reader", zh="事件转告指名阅读者"),
    STEWARDS,
    renewable=True,
    about_field="incident",
    **SECOND,
)
KINDS = (PUBLISHED, SHARES, EMBARGO, PASSED)
OUT = (PUBLISHED.id, SHARES.id, PASSED.id)

EMBARGOES = Table(
    "incident_reports_embargo", columns={"incident": "text", "until": "text", "entry": "integer"}, key=("incident",)
)
PUBLICATIONS = Table(
    "incident_reports_publication",
    columns={
        "incident": "text", "entry": "integer", "at": "text", "body": "json", "leaf": "text", "annulled": "integer",
        "annulled_at": "text", "erased": "integer",
    },
    key=("incident", "entry"),
    indexes=(("entry",),),
)  # fmt: skip
"""Every filing of what is public with the SHA-256 of its leaf and the entry that annulled it, what was erased without
its words: snapshots of the past can be made again."""
SHARINGS = Table(
    "incident_reports_sharing",
    columns={
        "incident": "text", "entry": "integer", "at": "text", "body": "json", "annulled": "integer",
        "annulled_at": "text", "erased": "integer",
    },
    key=("incident", "entry"),
    indexes=(("entry",),),
)  # fmt: skip
"""Every filing of what is shared with fellow authorities, and the entry that annulled it."""
PASSINGS = Table(
    "incident_reports_passed",
    columns={
        "incident": "text", "entry": "integer", "at": "text", "by": "text", "recipient": "text", "until": "text",
        "fields": "json", "ended": "integer",
    },
    key=("entry",),
    indexes=(("incident",), ("recipient",)),
)  # fmt: skip
"""What was passed on to whom until when, and the entry that took it back: of what it says only the fields' names."""
TAKEN_BACK = Table("incident_reports_taken_back", columns={"entry": "integer", "fields": "json"}, key=("entry",))
"""By entry what a publication or sharing no longer says: of each field why, and which entry says so."""
TABLES = (EMBARGOES, PUBLICATIONS, SHARINGS, PASSINGS, TAKEN_BACK)
KEPT = {PUBLISHED.id: PUBLICATIONS, SHARES.id: SHARINGS}
"""Where the filings of a kind of which words can be taken back are laid out."""


def follow(entry: Entry, tables: Tables) -> Iterable[Act]:
    """Keep embargoes, what was published and what was passed on to whom."""
    if entry.kind in KEPT:
        row = {"incident": _incident(entry), "entry": entry.index, "at": stamp(entry.time), "body": dict(entry.body)}
        row |= {"annulled": None, "annulled_at": None, "erased": int(entry.erased)}
        if entry.kind == PUBLISHED.id:
            row["leaf"] = digest(entry.leaf)
        tables.put(KEPT[entry.kind], row)
        _take_back(tables, KEPT[entry.kind], str(row["incident"]))
    elif entry.erased:
        return
    elif entry.kind == ANNULLED:
        for table in KEPT.values():
            for row in tables.select(table, {"entry": entry.body["entry"]}):
                tables.put(table, {**row, "annulled": entry.index, "annulled_at": stamp(entry.time)})
                _take_back(tables, table, str(row["incident"]))
    elif entry.kind == EMBARGO.id:
        row = {"incident": entry.body["incident"], "until": str(entry.body["until"]), "entry": entry.index}
        tables.put(EMBARGOES, row)
    elif entry.kind == PASSED.id:
        yield from _passed(entry, tables)


def _incident(entry: Entry) -> str:
    """Of which incident a publication or sharing is; of one erased its own subject, named alike, still says so."""
    return str(entry.body.get("incident") or f"incident:{str(entry.subject).partition(':')[2]}")


def _take_back(tables: Tables, table: Table, incident: str) -> None:
    """Lay out anew what the entries of a table about an incident say no longer: what is shown of no version of it, and
    what was corrected before it was withdrawn."""
    versions = each_said(list(_versions(tables, None, table, incident=incident)))
    for row in tables.select(table, {"incident": incident}):
        fields = {field: [one["why"], one["entry"]] for field, one in taken_out(said_of([row]), versions).items()}
        if fields:
            tables.put(TAKEN_BACK, {"entry": row["entry"], "fields": fields})
        else:
            tables.delete(TAKEN_BACK, row["entry"])


def _passed(entry: Entry, tables: Tables) -> Iterable[Act]:
    """Note who may read it, and name them for it: this entry alone, until the day it says. One that withdraws is for
    nobody to read; it ends that they read what was passed on to them of the incident before."""
    body = entry.body
    about = {"incident": body["incident"], "recipient": body["recipient"]}
    named = {"party": body["recipient"], "until": str(body["until"])}
    named["reason"] = f"incident_reports.passed: {body['purpose']}"[:2000]
    if body.get("status") == "withdrawn":
        for one in passings(tables, **about, ended=None):
            tables.put(PASSINGS, {**one, "ended": entry.index})
            ended = {**named, "about": f"entry:{one['entry']}", "withdrawn": True}
            yield Act("disclosure.named", ended, key=f"passed:{one['entry']}:ended:{entry.index}")
        return
    row = {**about, "entry": entry.index, "at": stamp(entry.time), "by": entry.author, "until": str(body["until"])}
    fields = [field for field in OPEN if body.get(field) not in (None, "", [], ())]
    tables.put(PASSINGS, {**row, "fields": fields, "ended": None})
    yield Act("disclosure.named", {**named, "about": f"entry:{entry.index}"}, key=f"passed:{entry.index}")


def check(act: Act, reader: Reader, filer: Filer) -> Iterable[Fault]:
    """A publication has its incident's own reference, comes after any embargo, and does not say what it withholds.

    Days are those of the place where the authority is: there an embargo ends as its day begins.
    """
    body = act.body
    if act.kind == EMBARGO.id:
        said = of_incident(reader, str(body["incident"]))
        if said and said[-1]["status"] == "published":
            want = f"an incident that is not public: entry {said[-1]['entry']} says it; withdraw that first"
            yield Fault("incident", str(body["incident"]), want, "published")
    if act.kind not in OUT:
        return
    yield from _of_the_reader(body, reader, filer) if act.kind == PASSED.id else ()
    yield from _of_a_version(act, reader)
    if body.get("hidden"):
        before = _versions(reader, None, KEPT[act.kind], incident=str(body["incident"]))
        yield from hiding_faults(body, [row["body"] for row in before])
    yield from _of_who_investigated(act, reader, filer)
    incident = registry.subject(reader, str(body["incident"]))
    if incident is not None and body["name"] != incident["name"]:
        yield Fault("name", str(body["name"]), f"the incident's own reference, {incident['name']}", "reference")
    yield from _of_its_day(body, incident["body"].get("occurred") if incident is not None else None)
    for field in body.get("withheld") or {}:
        if field not in OPEN:
            yield Fault(f"withheld.{field}", field, "a field of a publication: " + ", ".join(OPEN), "unknown_name")
        elif body.get(field) not in (None, "", [], ()):
            yield Fault(f"withheld.{field}", field, "a field that is withheld is not said", "contradiction")
    embargo = reader.get(EMBARGOES, body["incident"]) if act.kind == PUBLISHED.id else None
    today = filer.today.isoformat()
    if str(body["published_on"]) > today:
        yield Fault("published_on", str(body["published_on"]), f"not after the day that it is here ({today})", "future")
    day = min(str(body["published_on"]), today)
    if embargo is not None and body["status"] == "published" and day < embargo["until"]:
        want = f"a day from {embargo['until']} on: entry {embargo['entry']} set an embargo"
        yield Fault("published_on", str(body["published_on"]), want, "embargo")


def _of_the_reader(body: Mapping[str, Any], reader: Reader, filer: Filer) -> Iterable[Fault]:
    """It is passed on to somebody who can sign in here; only what was passed on to a reader is taken back from them."""
    incident, recipient = str(body["incident"]), str(body["recipient"])
    if str(body["until"]) < str(body["published_on"]):
        yield Fault("until", str(body["until"]), f"not before published_on ({body['published_on']})", "order")
    if body["status"] != "withdrawn":
        if recipient not in (known := filer.known()):
            near = nearest(recipient, known) or "-"
            told = Text(
                en=f"{recipient} cannot sign in here. Who can: {near}", zh=f"{recipient} 无法在此登录。可登录者：{near}"
            )
            yield Fault("recipient", recipient, f"a party that can sign in here: {near}", "unknown_name", told)
    elif not passings(reader, incident=incident, recipient=recipient, ended=None):
        want = f"a party to whom something of {incident} was passed on that was not withdrawn"
        told = Text(en=f"{recipient} – {want}", zh=f"{recipient}——未曾就{incident}向其转告内容，或所转告内容均已撤回")
        yield Fault("recipient", recipient, want, "reference", told)


def _of_its_day(body: Mapping[str, Any], happened: str | None) -> Iterable[Fault]:
    """Nothing was published before it happened: everybody cites the day as that of the publication. Of a month or year
    the beginning counts; of what happened about then nothing is said."""
    if not happened or happened.endswith("~"):
        return
    first = (span(happened)[0] - FIRST_ON_EARTH).date().isoformat()
    if str(body["published_on"]) < first:
        want = f"a day not before it happened ({happened}); most often today"
        told = Text(en=want, zh=f"不早于事件发生时间（{happened}）的日期，通常为今日")
        yield Fault("published_on", str(body["published_on"]), want, "before", told)


def _of_who_investigated(act: Act, reader: Reader, filer: Filer) -> Iterable[Fault]:
    """Where the office asks for it, nobody lets out what they found out themselves: another reads it first.

    What is out is withdrawn by anybody at the desk, so that nobody is harmed while another is looked for.
    """
    incident = str(act.body["incident"])
    if filer.investigators_publish or act.body["status"] == "withdrawn":
        return
    for inquiry in registry.referring(reader, incident, "incident"):
        rows = registry.versions(reader, inquiry) if inquiry.startswith("investigation:") else []
        if any(member["party"] == filer.party for row in rows for member in row["body"].get("team", ())):
            told = _investigated(filer.party, inquiry)
            yield Fault("incident", incident, told["en"], "investigated", told=told)
            return


def _investigated(party: str, inquiry: str) -> Mapping[str, str]:
    """That who investigates does not publish here."""
    return {
        "en": f"another officer publishes this: {party} is or was of the team of {inquiry}, and who "
        "investigates does not publish here (authority.toml, people.investigators_publish)",
        "zh": f"须由另一名官员公布：{party}现为或曾为{inquiry}的调查组成员，本机构规定调查者不得公布"
        "（authority.toml，people.investigators_publish）",
    }


def _of_a_version(act: Act, reader: Reader) -> Iterable[Fault]:
    """A later version says what is corrected and why; only one that withdraws says for what reason."""
    body = act.body
    if act.kind == PUBLISHED.id:
        earlier = [one["entry"] for one in of_incident(reader, str(body["incident"]))]
    else:
        shared = registry.subject(reader, f"{SHARES.noun}:{str(body['incident']).partition(':')[2]}")
        earlier = [shared["entry"]] if shared is not None and act.kind == SHARES.id else []
    if earlier and not body.get("correction"):
        want = f"what is corrected, and why: entry {earlier[-1]} was read before"
        yield Fault("correction", "", want, "missing")
    if body.get("withdrawn_for") and body["status"] != "withdrawn":
        yield Fault("withdrawn_for", str(body["withdrawn_for"]), 'only with the status "withdrawn"', "contradiction")


def hiding_faults(
    body: Mapping[str, Any], before: Sequence[Mapping[str, Any]], fields: Sequence[str] = OPEN
) -> Iterable[Fault]:
    """Only what an earlier version said, in other words than this one, is hidden by it, and for a reason that hides."""
    for field, why in (body.get("hidden") or {}).items():
        path, other = f"hidden.{field}", [one.get(field) for one in before]
        if field not in (*fields, CORRECTION):
            yield Fault(path, field, "a field of a publication: " + ", ".join(fields), "unknown_name")
        elif not hides(why):
            able = ", ".join(code for code in REASONS if hides(code))
            yield Fault(path, why, f"a reason for which earlier words are hidden too: {able}", "unknown_name")
        elif all(value in (None, "", [], ()) or value == body.get(field) for value in other):
            told = Text(
                en="no earlier version says anything else there, so nothing of it can be hidden",
                zh="此前各版本在此处并无不同内容，无可隐去",
            )
            yield Fault(path, field, told["en"], "contradiction", told)


# ── queries ─────────────────────────────────────────────────────────────────────────────────────────────────────────


class Standing:
    """What every incident's newest filing says, kept between requests: the words are read again of those alone whose
    filings are others than before, be it that one came, was annulled or was erased."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._said: dict[str, tuple[list[tuple[Any, ...]], Mapping[str, Any] | None]] = {}

    def now(self, reader: Reader) -> list[Mapping[str, Any]]:
        """What it says of each, withdrawn or not, in the order of the incidents."""
        with self._lock:
            states: dict[str, list[tuple[Any, ...]]] = {}
            for one in state(reader):
                states.setdefault(one[0], []).append(one)
            before = self._said
            self._said = {}
            for incident, now in sorted(states.items()):
                kept = before.get(incident)
                self._said[incident] = kept if kept and kept[0] == now else (now, _newest(reader, incident))
            return [said for _, said in self._said.values() if said is not None]


_KEPT, _STATE = "incident_reports.standing", ("incident", "entry", "annulled", "erased")


def state(reader: Reader) -> list[tuple[Any, ...]]:
    """Of every filing of what is public its incident, its entry, what annulled it and whether it was erased: where that
    is as it was, so is all that is public. No words are read for it."""
    rows = reader.select(PUBLICATIONS, order=("incident", "entry"), only=_STATE)
    return [tuple(row[name] for name in _STATE) for row in rows]


def _newest(reader: Reader, incident: str) -> dict[str, Any] | None:
    rows = list(_versions(reader, None, incident=incident))
    return said_of(rows) if rows else None


def standing(reading: Reading) -> list[Mapping[str, Any]]:
    """What is public of every incident, in the order of the incidents.

    Each is the body as it was filed, with `entry` and `version` of the filing, `first_published` (a day) and `updated`.
    """
    found = reading.kept(_KEPT, Standing).now(reading.tables)
    return [one for one in found if one["status"] == "published"]


def withdrawn(reading: Reading) -> list[Mapping[str, Any]]:
    """What was public of incidents and was withdrawn, in the order of the incidents: the version that says so."""
    found = reading.kept(_KEPT, Standing).now(reading.tables)
    return [one for one in found if one["status"] == "withdrawn"]


def vanished(reader: Reader) -> list[Row]:
    """Of every incident of which all publications were annulled: the last one, without its words."""
    rows = reader.select(PUBLICATIONS, order=("incident", "entry"), only=("incident", "entry", "annulled_at", "erased"))
    by_incident: dict[str, list[Row]] = {}
    for row in rows:
        by_incident.setdefault(row["incident"], []).append(row)
    return [
        max(each, key=lambda row: str(row["annulled_at"]))
        for each in by_incident.values()
        if all(row["annulled_at"] for row in each)
    ]


def erased(reader: Reader, incident: str) -> list[int]:
    """The entries that said something of an incident in public and were erased, oldest first."""
    rows = reader.select(PUBLICATIONS, {"incident": incident, "erased": 1}, order=("entry",), only=("entry",))
    return [int(row["entry"]) for row in rows]


def erasures(reader: Reader) -> list[tuple[str, str]]:
    """Every incident of which all that was public was erased and nothing published since, each with the instant."""
    when: dict[str, str] = {}
    for row in retention.erasures(reader):
        noun, _, name = str(row["holder"]).partition(":")
        if noun == NOUN:
            when.setdefault(f"incident:{name}", row["at"])
    return [(one, at) for one, at in when.items() if erased(reader, one) and not of_incident(reader, one)]


def filings(reader: Reader) -> list[Row]:
    """Everything that was ever published and not erased since, oldest first, also what was annulled."""
    return reader.select(PUBLICATIONS, {"erased": 0}, order=("entry",))


def standing_rows(reader: Reader, as_of: int | None = None) -> list[Row]:
    """The filing that stands of every incident that is public (after an entry)."""
    last = (rows[-1] for rows in _by_incident(reader, as_of).values())
    return [row for row in last if row["body"]["status"] == "published"]


def _by_incident(reader: Reader, as_of: int | None) -> dict[str, list[Row]]:
    by_incident: dict[str, list[Row]] = {}
    for row in _versions(reader, as_of):
        by_incident.setdefault(row["incident"], []).append(row)
    return dict(sorted(by_incident.items()))


def of_incident(reader: Reader, incident: str) -> list[dict[str, Any]]:
    """What was and is public of one incident, by version, oldest first: the last one stands, be it withdrawn or not."""
    return each_said(list(_versions(reader, None, incident=incident)))


def went_public(reader: Reader, incident: str) -> bool:
    """Whether anything was published of an incident, be it withdrawn since or not: then it has a page."""
    return any(True for _ in _versions(reader, None, incident=incident))


def each_said(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """What each of the filings about an incident says (`said_of`), oldest first."""
    return [said_of(rows[: number + 1]) for number in range(len(rows))]


def _versions(reader: Reader, as_of: int | None, table: Table = PUBLICATIONS, **where: Any) -> Iterable[Row]:
    """The filings that stood after an entry: those annulled by then are none, nor are those erased."""
    if as_of is not None:
        where["entry"] = ("<=", as_of)
    for row in reader.select(table, {**where, "erased": 0}, order=("incident", "entry")):
        if row["annulled"] is None or (as_of is not None and row["annulled"] > as_of):
            yield row


def proposed(reader: Reader, incident: str, body: Mapping[str, Any], at: str) -> list[dict[str, Any]]:
    """What would be public of an incident if a body were filed now, by version: `entry` of the last one is None."""
    rows = [
        *_versions(reader, None, incident=incident),
        {"entry": None, "at": at, "body": {"status": "published", **body}},
    ]
    return each_said(rows)


def passings(reader: Reader, **where: str | None) -> list[Row]:
    """What was passed on, oldest first: `passings(reader, incident="incident:…")`, `passings(reader, recipient=…)`;
    with `ended=None` what was not taken back."""
    return reader.select(PASSINGS, where, order=("entry",))


def said_of(rows: Sequence[Row]) -> dict[str, Any]:
    """What the last of the filings about an incident says, with its marks (`standing`)."""
    last = rows[-1]
    said = {name: value for name, value in last["body"].items() if value not in (None, "", [], {})}
    marks = {"entry": last["entry"], "version": len(rows), "first_published": rows[0]["at"][:10], "updated": last["at"]}
    return said | marks


def kept_from(now: Mapping[str, Any], fields: Sequence[str] = OPEN) -> dict[str, str]:
    """What a version, while it is the newest, keeps from being shown of earlier ones: each field, and why."""
    if hides(now.get("withdrawn_for")):
        return dict.fromkeys(fields, str(now["withdrawn_for"]))
    return {field: why for field, why in now.get("withheld", {}).items() if hides(why)}


def taken_out(
    said: Mapping[str, Any], versions: Sequence[Mapping[str, Any]], fields: Sequence[str] = OPEN
) -> dict[str, dict[str, Any]]:
    """What one version says that is shown no more: by field `why`, and `since` when (a day) by which `entry`.

    `fields` are those in which such versions speak in public.
    `versions` are those that stand (`of_incident`), oldest first. What one of them, no older than `said`, kept back for
    a reason that hides stays hidden whatever is published after it, until one says the very same of it again.
    """
    since = [one for one in versions if _place(one) >= _place(said)]
    found: dict[str, dict[str, Any]] = {}
    for field in (*fields, CORRECTION) if since else ():
        if said.get(field) in (None, "", [], ()):
            continue
        keeping = [number for number, one in enumerate(since) if field in _hidden_by(one, said, fields)]
        if not keeping or any(one.get(field) == said[field] for one in since[keeping[-1] + 1 :]):
            continue
        last = first = keeping[-1]
        while first - 1 in keeping:
            first -= 1
        by = since[first]
        found[field] = {
            "why": _hidden_by(since[last], said, fields)[field],
            "since": by["updated"][:10],
            "entry": by["entry"],
        }
    return found


def _hidden_by(one: Mapping[str, Any], said: Mapping[str, Any], fields: Sequence[str]) -> dict[str, str]:
    """What a version keeps from being shown of one no newer; of an older one also what that corrected, and why."""
    kept = kept_from(one, fields)
    if _place(one) > _place(said):
        rewritten = one.get("hidden", {}).items()
        kept |= {field: why for field, why in rewritten if hides(why) and one.get(field) != said.get(field)}
        if hides(one.get("withdrawn_for")):
            kept[CORRECTION] = str(one["withdrawn_for"])
    return kept


def _place(one: Mapping[str, Any]) -> float:
    """Where a version stands among those of its incident: one that is not filed yet comes last."""
    return math.inf if one["entry"] is None else one["entry"]


def taken_back(reader: Reader, index: int) -> dict[str, TakenBack]:
    """What the entry of a publication or sharing says no longer to those whom it was for."""
    row = reader.get(TAKEN_BACK, index)
    return {field: TakenBack(REASONS[why].title, entry) for field, (why, entry) in row["fields"].items()} if row else {}


TAKES_BACK = {
    kind: TakesBack(taken_back, by=(kind, ANNULLED), tables=(table, TAKEN_BACK)) for kind, table in KEPT.items()
}


def embargo_of(reader: Reader, incident: str) -> Row | None:
    """The embargo on an incident, where there is one."""
    return reader.get(EMBARGOES, incident)
