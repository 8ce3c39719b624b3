"""Numbers letters as they stand in the record, and has those that were issued sent to their targets."""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from commonweal.kernel import obligations
from commonweal.kernel.record import Act, Entry, Reader, Row, Table, Tables
from commonweal.kernel.values import LANGUAGES, BadInput, Fault, NotFound, digest, instant, stamp

from . import told
from .kinds import ASKED, CONFIRMED, ISSUED, LAID_OUT, OF_REPORTER, STOPPED, TO_REPORTER, WANTED, WITHDRAWN, WRITTEN
from .plans import DUTY_CHANGED, DUTY_DUE, Planned, read_plan, values_of
from .writing import FILER, Letterhead, addressee, body_of, lines_for, who_filed

ROOM, ADOPTED, TICK = "notices", "rule.adopted", "clock.tick"
REQUESTED, COMMAND = "effect.requested", "letter"
OF_A_CASE = "case.letter"
"""By what a step of a case asks for a letter: `kernel.protocols` files it."""
_ABOUT_MAIL = (ASKED.id, OF_REPORTER.id, CONFIRMED.id, STOPPED.id, told.ERASED)
_NO_HEAD = Letterhead()
_OF_A_DUTY = ("rule", "rule_version", "law_sha256", "subject", "party", "state", "due", "last_day")
LETTER = Table(
    "notices_letter",
    columns={
        "entry": "integer",
        "reference": "text",
        "subject": "text",
        "basis": "integer",
        "dated": "text",
        "template": "text",
        "to": "json",
        "titles": "json",
        "deliver": "json",
        "party": "text",
        "until": "text",
        "case": "text",
        "withdrawn": "integer",
        "issued": "integer",
        "issued_at": "text",
        "sha256": "text",
        "bytes": "integer",
        "pages": "integer",
    },
    key=("entry",),
    indexes=(("reference",), ("party",), ("subject",), ("case",), ("issued",)),
)
COUNTED = Table(
    "notices_counted",
    columns={"prefix": "text", "year": "integer", "number": "integer"},
    key=("prefix", "year"),
)
SENT = Table("notices_sent", columns={"effect": "text", "letter": "integer"}, key=("effect",), indexes=(("letter",),))


PLAN = Table(
    "notices_plan",
    columns={"rule_id": "text", "number": "integer", "on": "text", "adopted": "integer", "sha256": "text"},
    key=("rule_id", "number"),
    indexes=(("on",),),
)
"""The letters that adopted texts say are written by themselves, by the kind of entry that asks for each."""
PLANNED = Table("notices_planned", columns={"sha256": "text", "text": "text"}, key=("sha256",))
REMINDER = Table(
    "notices_reminder",
    columns={
        "rule": "text", "subject": "text", "rule_id": "text", "number": "integer", "at": "text", "due": "text",
        "entry": "integer", "body": "json",
    },
    key=("rule", "subject", "rule_id", "number"),
    indexes=(("at",), ("rule_id",)),
)  # fmt: skip
"""Letters that are written some days before a duty is due, if it is owed then still."""
TABLES = (LETTER, COUNTED, SENT, PLAN, PLANNED, REMINDER, told.TOLD, told.OWN)


def no_digests(reader: Reader, party: str, since: str, now: datetime) -> Mapping[str, str]:
    """Says nothing to anybody."""
    return {}


class Notices:
    """Follows letters. A number is given in the order of the record, so a rebuild gives the same; none is left out.

    Letters are written under `head`: those that an officer, a step of a case or an adopted text asks for. `made` gives
    what a digest says. `reported` are the nouns of what is reported: a letter about one of these that names whom it is
    addressed to says who reported.
    """

    def __init__(
        self, head: Letterhead = _NO_HEAD, made: told.Digests = no_digests, reported: Collection[str] = ()
    ) -> None:
        self._head, self._made, self._reported = head, made, frozenset(reported)

    def follow(self, entry: Entry, tables: Tables) -> list[Act]:
        if entry.kind == WRITTEN.id:
            self._number(entry, tables)
        if entry.erased:
            return []
        if entry.kind == ISSUED.id:
            return self._issued(entry, tables)
        if entry.kind == WITHDRAWN.id:
            self._withdrawn(entry, tables)
        if entry.kind in (WANTED.id, TO_REPORTER.id, OF_A_CASE):
            return self._asked(entry, tables)
        if entry.kind in _ABOUT_MAIL:
            return told.follow(entry, tables, self._head.zone)
        if entry.kind == ADOPTED:
            self._adopt(entry, tables)
        quiet = self._in_confidence(entry, tables)
        if entry.kind == TICK:
            reminded = self._reminders(entry, tables)
            return [*quiet, *reminded, *told.digests(entry, tables, self._made, self._head.zone)]
        plans = tables.select(PLAN, {"on": entry.kind})
        acts = [act for row in plans for act in self._by_plan(entry, entry.body, row, tables)]
        if entry.kind == DUTY_CHANGED:
            _note_due(entry.body, entry.index, tables)
        return [*acts, *quiet]

    def due(self, now: datetime, tables: Reader) -> bool:
        """Whether a digest, or a letter before a duty is due, is to be written at or before `now`."""
        return told.due(now, tables) or tables.count(REMINDER, {"at": ("<=", stamp(now))}) > 0

    def due_in_public(self, now: datetime, tables: Reader) -> bool:
        """Never: who is written to, and when, is for nobody else."""
        return False

    def undeclared(self, targets: Iterable[str]) -> Iterator[Fault]:
        """Targets of a letter that `authority.toml` does not declare: nothing can be sent to them."""
        for target in sorted(set(targets) - {*self._head.targets}):
            known = ", ".join(sorted(self._head.targets)) or "none is declared there yet"
            yield Fault("deliver", target, f"a target declared in authority.toml: {known}", "target")

    def check(self, act: Act, reader: Reader, filer: object) -> Iterator[Fault]:
        """What is wrong with a letter that an officer asks for, beyond its form: every value, or its addressee."""
        asked = dict(act.body)
        if not asked["to"] and not asked["party"]:
            yield Fault("to", "", "the addressee: a party, or lines with name and address", "addressee")
        if asked["to"] and act.kind == WANTED.id and self.says_who_reported(act.subject):
            want = f"nothing: a letter to who reported that names them is asked for as {TO_REPORTER.id}"
            yield Fault("to", asked["to"], want, "addressee")
        if act.kind == TO_REPORTER.id and not self.says_who_reported(act.subject):
            want = f"a report: of anything else a letter is asked for as {WANTED.id}"
            yield Fault("subject", act.subject or "(absent)", want, "addressee")
        yield from self.undeclared(asked["deliver"])
        try:
            body_of(self._head, {**asked, "to": asked["to"] or ["-"]}, date(2000, 1, 1))
        except BadInput as error:
            yield from error.faults
        except NotFound as error:
            yield Fault("template", asked["template"], str(error), "unknown_name")

    def check_withdrawn(self, act: Act, reader: Reader, filer: object) -> Iterator[Fault]:
        """What is wrong with the withdrawal of a letter: none waits under that number to be issued."""
        row = reader.get(LETTER, act.body["letter"])
        if row is None or row["issued"] is not None or row["withdrawn"] is not None:
            yield Fault("letter", str(act.body["letter"]), "the entry of a letter that is not issued yet", "reference")

    def says_who_reported(self, subject: str | None) -> bool:
        """Whether name and address on a letter about a subject say who reported it."""
        return str(subject or "").partition(":")[0] in self._reported

    def drafted(self, asked: Mapping[str, Any], subject: str | None, now: datetime, reader: Reader) -> dict[str, Any]:
        """What would be written of a letter asked for, before it is: as `letter.written` says it. Raises `BadInput`,
        `NotFound`.
        """
        languages = asked.get("languages") or list(LANGUAGES)
        party, lines = asked.get("party", ""), list(asked.get("to") or ())
        if lines == [FILER]:
            party, lines = addressee(reader, FILER, subject, languages)
        elif party and not lines:
            lines = lines_for(reader, party, subject, languages)
        return body_of(
            self._head, {**asked, "to": lines, "party": party, "languages": languages},
            now.astimezone(self._head.zone).date(),
        )  # fmt: skip

    # ── written ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _asked(self, entry: Entry, tables: Tables) -> list[Act]:
        """The letter that an officer or a step of a case asks for."""
        basis = entry.body.get("basis")
        asked = {**entry.body, "basis": entry.index if basis is None else basis}
        if entry.kind == TO_REPORTER.id:
            asked["to"] = who_filed(tables, entry.subject, entry.body["languages"])
        return [self._act(entry, asked, entry.subject, f"letter:{entry.index}", tables)]

    def _act(self, entry: Entry, asked: Mapping[str, Any], subject: str | None, key: str, tables: Tables) -> Act:
        try:
            body = self.drafted(asked, subject, entry.time, tables)
        except (BadInput, NotFound) as error:
            raise ValueError(self._cannot(asked, error)) from error
        return Act(WRITTEN.id, {**body, "wanted": entry.index}, key, subject, (entry.index,))

    def _cannot(self, asked: Mapping[str, Any], error: Exception) -> str:
        """Why a letter is not written, for who runs this; anybody may read it, so it quotes nothing that was asked."""
        template = self._head.templates.get(asked["template"])
        known = {"to", *(f"values.{name}" for name in (template.values if template else ()))}
        wrong = sorted(known & {one.where for one in error.faults}) if isinstance(error, BadInput) else ["template"]
        return f"the letter that this entry asks for cannot be written; wrong: {', '.join(wrong) or 'what it asks'}"

    def _in_confidence(self, entry: Entry, tables: Tables) -> list[Act]:
        """The letters that changes of duties ask for of which the public is told nothing: they came with this entry."""
        acts: list[Act] = []
        for change in obligations.sealed_changes(tables, entry=entry.index):
            for row in tables.select(PLAN, {"on": DUTY_CHANGED}):
                acts += self._by_plan(entry, change["body"], row, tables)
            _note_due(change["body"], entry.index, tables)
        return acts

    def _by_plan(self, entry: Entry, body: Mapping[str, Any], row: Row, tables: Tables) -> list[Act]:
        plan = _plan_of(row, tables)
        if not plan.fits(body) or (plan.on == DUTY_CHANGED and body["state"] == body["before"]):
            return []
        return self._planned(entry, (entry.index, body), row, tables)

    def _planned(self, entry: Entry, said: tuple[int, Mapping[str, Any]], row: Row, tables: Tables) -> list[Act]:
        """A letter by a plan, from what an entry `said`: this one or, at a tick, an earlier one.

        Of a duty told in confidence the leaf names neither what the letter is about nor the entry that it follows from.
        """
        plan, (basis, body) = _plan_of(row, tables), said
        subject = body.get("subject") if plan.on in (DUTY_CHANGED, DUTY_DUE) else entry.subject
        day = entry.time.astimezone(self._head.zone).date().isoformat()
        try:
            party, lines = addressee(tables, plan.to, subject, plan.languages, str(body.get("party") or ""))
        except BadInput as error:
            raise ValueError(self._cannot({"template": plan.template}, error)) from error
        asked = {
            "template": plan.template, "party": party, "to": lines, "languages": plan.languages,
            "deliver": plan.deliver, "basis": basis,
            "values": values_of(plan, body, subject, day, tables),
        }  # fmt: skip
        own = f"{plan.template}:{subject}" if plan.once else f"{row['number']}:{subject}:{basis}"
        if plan.on in (DUTY_CHANGED, DUTY_DUE) and obligations.in_confidence(tables, body):
            own = own if plan.once else f"{own}:{body['rule']}"  # one entry may change several
            act = self._act(entry, asked, subject, f"letter:{row['rule_id']}:{own}", tables)
            return [replace(act, body={**act.body, "basis": None, "wanted": None}, subject=None, causes=())]
        return [self._act(entry, asked, subject, f"letter:{row['rule_id']}:{own}", tables)]

    # ── plans ───────────────────────────────────────────────────────────────────────────────────────────────────

    @staticmethod
    def _adopt(entry: Entry, tables: Tables) -> None:
        """Put a text in force in place of its earlier version; of duties owed already it reminds too."""
        if entry.body.get("room") != ROOM:
            return
        rule_id, text = str(entry.body["rule_id"]), str(entry.body["text"])
        for table in (PLAN, REMINDER):
            for row in tables.select(table, {"rule_id": rule_id}):
                tables.delete(table, *(row[name] for name in table.key))
        sha256 = digest(text.encode())
        tables.put(PLANNED, {"sha256": sha256, "text": text})
        for number, plan in enumerate(read_plan(text)):
            row = {"rule_id": rule_id, "number": number, "on": plan.on, "adopted": entry.index, "sha256": sha256}
            tables.put(PLAN, row)

        owed = [{**one, "law_sha256": one["sha256"]} for one in obligations.duties(tables, states=("owed",))]
        every = obligations.duties(tables, states=("owed",), private=True)
        quiet = [{**one, "law_sha256": one["sha256"]} for one in every]
        for duty in (*owed, *(one for one in quiet if obligations.in_confidence(tables, one))):
            _note_due(duty, duty["filed_entry"] or entry.index, tables)

    def _reminders(self, tick: Entry, tables: Tables) -> list[Act]:
        """The letters that a day before a duty is due asks for; none for one that is past."""
        acts = []
        for row in tables.select(REMINDER, {"at": ("<=", stamp(tick.time))}, order=REMINDER.key):
            tables.delete(REMINDER, *(row[name] for name in REMINDER.key))
            planned = tables.get(PLAN, row["rule_id"], row["number"])
            if planned is not None and row["due"] > stamp(tick.time):
                acts += self._planned(tick, (row["entry"], row["body"]), planned, tables)
        return acts

    # ── numbered and sent ───────────────────────────────────────────────────────────────────────────────────────

    def _number(self, entry: Entry, tables: Tables) -> None:
        """Of a letter that was erased the number stays taken: prefix and year are public."""
        body = entry.body
        if "prefix" not in body:
            return
        before = tables.get(COUNTED, body["prefix"], body["year"])
        number = (before["number"] if before else 0) + 1
        tables.put(COUNTED, {"prefix": body["prefix"], "year": body["year"], "number": number})
        wordings = body.get("wordings", ())
        row = {
            "entry": entry.index,
            "reference": f"{body['prefix']}-{body['year']}-{number}",
            "subject": entry.subject,
            "basis": body.get("basis"),
            "dated": body.get("dated"),
            "template": body.get("template", ""),
            "to": body.get("to", []),
            "titles": {one["language"]: one["title"] for one in wordings},
            "deliver": body.get("deliver", []),
            "party": body.get("party", ""),
            "until": body.get("until"),
            "case": body.get("case", ""),
        }
        tables.put(
            LETTER, {**row, "withdrawn": None, "issued": None, "issued_at": None, "sha256": "", "bytes": 0, "pages": 0}
        )

    def _withdrawn(self, entry: Entry, tables: Tables) -> None:
        """A letter that was issued stands: it may have left already."""
        row = tables.get(LETTER, entry.body["letter"])
        if row is not None and row["issued"] is None:
            tables.put(LETTER, {**row, "withdrawn": entry.index})

    def _issued(self, entry: Entry, tables: Tables) -> list[Act]:
        """The first PDF of a letter counts; it goes out as an effect for each target."""
        body = entry.body
        row = tables.get(LETTER, body["letter"])
        if row is None or row["issued"] is not None or row["withdrawn"] is not None:
            return []
        found = {name: body[name] for name in ("sha256", "bytes", "pages")}
        tables.put(LETTER, {**row, "issued": entry.index, "issued_at": stamp(entry.time), **found})
        acts = []
        for target in row["deliver"]:
            effect = "effect:" + digest(f"letter\n{row['entry']}\n{target}".encode())[:40]
            tables.put(SENT, {"effect": effect, "letter": row["entry"]})
            said = {"effect": effect, "case": "", "step": "", "subject": "", "target": target,
                    "command": COMMAND, "text": row["titles"]}  # fmt: skip
            acts.append(Act(REQUESTED, said, f"{REQUESTED}:{effect}", entry.subject, (entry.index,)))
        if told.takes_letters(tables, row["party"]):
            mailed = told.effect(tables, entry, row["party"], told.LETTER)
            tables.put(SENT, {"effect": mailed.body["effect"], "letter": row["entry"]})
            acts.append(mailed)
        return acts


def _note_due(duty: Mapping[str, Any], entry: int, tables: Tables) -> None:
    """When to remind of a duty, by the entry that says how it stands; never of one that is not owed or has no date."""
    for row in tables.select(PLAN, {"on": DUTY_DUE}):
        plan = _plan_of(row, tables)
        named = {"rule": duty["rule"], "subject": duty["subject"], "rule_id": row["rule_id"], "number": row["number"]}
        if duty["state"] == "owed" and duty.get("due") and plan.fits(duty):
            at = instant(duty["due"]) - timedelta(days=plan.days_before)
            body = {name: duty.get(name) for name in _OF_A_DUTY}
            tables.put(REMINDER, {**named, "at": stamp(at), "due": duty["due"], "entry": entry, "body": body})
        else:
            tables.delete(REMINDER, *(named[name] for name in REMINDER.key))


def _plan_of(row: Row, tables: Reader) -> Planned:
    text = tables.get(PLANNED, row["sha256"])
    assert text is not None, "put with the plan"
    return _read(str(text["text"]))[row["number"]]


@functools.lru_cache(maxsize=64)
def _read(text: str) -> tuple[Planned, ...]:
    return read_plan(text)


def letters(reader: Reader, **where: str | None) -> list[Row]:
    """Every letter, oldest first; `issued` is the entry of its PDF, None while there is none.

    `where` narrows them by `subject`, `party`, `case` or `reference`, or to those with `issued=None`.
    """
    return reader.select(LETTER, where or None, order=("entry",))


def addressed(reader: Reader, party: str, index: int) -> bool:
    """Whether an entry is a letter to a party, or the issue of one."""
    row = reader.get(LETTER, index) or next(iter(reader.select(LETTER, {"issued": index}, limit=1)), None)
    return row is not None and bool(party) and row["party"] == party


def laid_out(entry: int) -> str:
    """The key under which the PDF of a letter (by its entry) is recorded where that says who reported."""
    return f"{LAID_OUT.id}:{entry}"


def sent(reader: Reader, entry: int) -> list[str]:
    """The effects by which a letter (by its entry) goes out."""
    return [row["effect"] for row in reader.select(SENT, {"letter": entry}, order=("effect",))]


def letter(reader: Reader, reference: str) -> Row:
    """One letter by its reference number. Raises `NotFound`."""
    found = reader.select(LETTER, {"reference": reference.strip().upper()}, limit=1)
    if not found:
        raise NotFound("letter", reference, "`weal letter list DIR` lists them")
    return found[0]


def enclosed(reader: Reader, effect: str) -> Row | None:
    """The letter that goes out with an effect, or None."""
    row = reader.get(SENT, effect)
    return reader.get(LETTER, row["letter"]) if row else None
