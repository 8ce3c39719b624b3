"""Filings that meet duties: which rules an entry answers, about which subject, for whom and as of when."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from commonweal.kernel.record.entries import Entry
from commonweal.kernel.record.tables import Reader, Row, Tables
from commonweal.kernel.values import is_subject, stamp

from .adoption import law_of
from .clauses import BY_STATEMENT, MetBy
from .evaluation import noun_of, when_of
from .kinds import ANSWER, RECEIPT_CONFIRMED, SPAN
from .laws import EVERYWHERE, Law, Rule

_TOLD = ("sha256", "rule", "version")


def following(law: Law, rule: Rule, row: Row, start: datetime | None, answers: list[Row]) -> list[Row]:
    """The filings of these that came after what a follow-up waits for: a final report comes once it is resolved.

    Of a day its beginning counts, here or in UTC, by which days are filed. What met the duty (`row`) before goes on
    to do so.
    """
    if not rule.parent or rule.start.event != "fact" or start is None:
        return answers
    day = start.astimezone(ZoneInfo(law.time_zone)).date()
    since = stamp(min(start, datetime.combine(day, time.min, UTC)))
    return [one for one in answers if one["on"] >= since or one["entry"] == row["met_entry"]]


class Answers:
    """Notes which filings meet which duties. Of each adopted text it is remembered what needs to name no rule.

    What is owed to another authority than that which acts in `jurisdictions` is met by nothing that is filed here, but
    by its debtor's statement that it was done there: `duty.stated`, or a filing that gives the day for itself.
    """

    def __init__(self, jurisdictions: Sequence[str] = (EVERYWHERE,)) -> None:
        self._jurisdictions = tuple(jurisdictions)
        self._unnamed: dict[str, frozenset[str]] = {}
        self._laws: dict[str, Law] = {}

    def note(self, entry: Entry, tables: Tables) -> list[str]:
        """Keep a filing that meets duties; gives the subjects it is about."""
        found: dict[tuple[str, str], Row] = {}
        for law, rule, clause in self._answered(entry, tables):
            subject = str(entry.body.get(clause.subject) or entry.subject or "")
            before = found.get((rule.id, subject))  # by another version's words
            filed, taken = stamp(entry.time), bool(entry.body.get(clause.received))
            came = answered_on(entry, _dating(entry, clause), law.time_zone)
            found[rule.id, subject] = {
                "rule": rule.id,
                "subject": subject,
                "on": filed if taken else came,
                "filed": filed,
                "taken": int(taken),
                "came": came,
                "by": entry.author,
                "confirmed": None,
                "entry": entry.index,
                "party": entry.body.get(clause.party) or (before["party"] if before else ""),
                "holds": clause.holds,
            }
        tables.put_many(ANSWER, found.values())
        return list(dict.fromkeys(subject for _, subject in found))

    def _answered(self, entry: Entry, tables: Reader) -> Iterator[tuple[Law, Rule, MetBy]]:
        """The rules, of every text that was adopted, that an entry meets, each with the clause by which it does."""
        for sha256, rule_id, version in dict.fromkeys(self._spans(entry, tables)):
            law = self._laws[sha256] = self._laws.get(sha256) or law_of(tables, sha256)
            rule = law.rule(rule_id, version)
            for clause in self._clauses(law, rule) if rule is not None else ():
                if (
                    rule is not None
                    and clause.takes(entry.kind, entry.body, rule_id)
                    and self._counts(law, rule, clause, entry)
                ):
                    yield law, rule, clause
                    break

    def _clauses(self, law: Law, rule: Rule) -> tuple[MetBy, ...]:
        here = rule.by_authority or not rule.met_by or law.addresses(self._jurisdictions)
        return rule.met_by if here else (*rule.met_by, BY_STATEMENT)

    def _counts(self, law: Law, rule: Rule, clause: MetBy, entry: Entry) -> bool:
        """Whether this authority is the one to be told, or the filing states the day on which it was done."""
        here = rule.by_authority or law.addresses(self._jurisdictions)
        return here or bool(clause.on and entry.body.get(clause.on))

    def _spans(self, entry: Entry, tables: Reader) -> Iterator[tuple[str, str, str]]:
        """`(text, rule, version)` that an entry names, and those about what it is about which it need not name."""
        texts = [value for value in entry.body.values() if isinstance(value, str) and len(value) <= 160]
        named = [text for text in texts if "." in text]
        nouns = sorted({noun_of(text) for text in (entry.subject or "", *texts) if is_subject(text)})
        for span in tables.select(SPAN, {"rule": ("in", named)}, only=_TOLD) if named else ():
            yield span["sha256"], span["rule"], span["version"]
        for span in tables.select(SPAN, {"noun": ("in", nouns)}, only=_TOLD) if nouns else ():
            if entry.kind in self._kinds(span["sha256"], tables):
                yield span["sha256"], span["rule"], span["version"]

    def _kinds(self, sha256: str, tables: Reader) -> frozenset[str]:
        """The kinds that meet duties of a text and need name none of its rules."""
        if sha256 not in self._unnamed:
            clauses = [one for rule in law_of(tables, sha256).rules for one in rule.met_by]
            self._unnamed[sha256] = frozenset(one.kind for one in clauses if not one.rule)
        return self._unnamed[sha256]


def note_confirmed(entry: Entry, tables: Tables) -> list[str]:
    """Keep that a second officer confirmed when something had come; gives the subjects that it is about."""
    if entry.kind != RECEIPT_CONFIRMED.id:
        return []
    rows = [row for row in tables.select(ANSWER, {"entry": entry.body["entry"]}) if row["taken"]]
    tables.put_many(ANSWER, [{**row, "on": row["came"], "confirmed": entry.index} for row in rows])
    return list(dict.fromkeys(row["subject"] for row in rows))


def forget_confirmed(index: int, tables: Tables) -> list[str]:
    """What was confirmed by an entry that is annulled counts from when it was written down again."""
    rows = tables.select(ANSWER, {"confirmed": index})
    tables.put_many(ANSWER, [{**row, "on": row["filed"], "confirmed": None} for row in rows])
    return [row["subject"] for row in rows]


def _dating(entry: Entry, clause: MetBy) -> str:
    """The field that dates a filing: when it came, where somebody wrote it down, before what it says of itself."""
    return clause.received if entry.body.get(clause.received) else clause.on


def answered_on(entry: Entry, name: str, zone: str) -> str:
    """The day that the filing states for itself, where the law applies, if not later than its entry; else that time."""
    stated = when_of(entry.body.get(name), zone) if name else None
    return stamp(min(stated or entry.time, entry.time).astimezone(UTC))
