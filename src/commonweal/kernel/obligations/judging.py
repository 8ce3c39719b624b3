"""One entry's judgement of duties: what each rule asks of a subject now, the row that says so, the act of a change."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from commonweal.kernel.record.entries import Act, Entry
from commonweal.kernel.record.tables import Row, Table, Tables
from commonweal.kernel.values import instant, stamp

from .adoption import adopted_calendars, law_of
from .answering import following
from .calendars import PLAIN, Calendar, due_after
from .clauses import HOLDS, MAY_HOLD, Holds
from .clocks import Decision, clocked, rounds
from .evaluation import (
    EARLIER,
    FactLike,
    Finding,
    as_accepted,
    day_text,
    evaluate_rule,
    left_open,
    noun_of,
    said_of,
    when_of,
)
from .kinds import (
    ANSWER,
    BEGUN,
    BREACHED,
    DECISION,
    DEEMED,
    DUTY,
    ELSEWHERE,
    OPEN,
    OWN,
    PAST,
    PUBLIC_DUTY,
    SEALED_CHANGE,
    SPAN,
    SUBJECT,
    UNDECIDED,
)
from .laws import EVERYWHERE, Law, Rule
from .matter import alike, booked, granted, lead, may_stand, on_clock, owing, stands
from .past import ANNULLED, remember
from .publication import (
    concealed,
    in_days,
    may_be_done_in_confidence,
    outcome_is_public,
    public_facts,
    public_finding,
    published,
    said_by_nobody,
    says_nobody,
    unpublished,
)
from .reasons import claimed_earlier, presumed_start, stated, taken_down
from .rows import act_of, at_of, base_of, covers, decisions_on, has_begun, is_over, row_of, to_file


class Round:
    """One entry's evaluation as of an instant: what is in force then is looked up once.

    `jurisdictions` are those in which the authority acts: what is owed to another is neither met nor overdue here.
    `matter` gives the other subjects that are one matter with one, `known` the facts about any.
    """

    def __init__(
        self,
        entry: Entry,
        now: datetime,
        tables: Tables,
        jurisdictions: Sequence[str] = (EVERYWHERE,),
        *,
        matter: Callable[[str], Sequence[str]] = lambda subject: (),
        known: Callable[[str], Mapping[str, FactLike]] = lambda subject: {},
    ) -> None:
        self._entry, self._now, self._tables = entry, now, tables
        self._matter, self._known = matter, known
        self._is_apart = functools.cache(self._apart)
        self._owing = functools.cache(functools.partial(owing, tables))
        self._jurisdictions = tuple(jurisdictions)
        self._calendars = adopted_calendars(tables)
        self._spans: dict[str, list[Row]] = {}
        self._in_force: dict[str, dict[str, tuple[Law, Rule]]] = {}
        self._laws: dict[str, Law] = {}
        self._filed: dict[str, Mapping[str, Sequence[Row]]] = {}

    def in_force(self, noun: str) -> dict[str, tuple[Law, Rule]]:
        """The rules about a noun in force now, by id."""
        if noun not in self._in_force:
            self._spans[noun] = self._tables.select(SPAN, {"noun": noun, "phase": ("!=", "superseded")})
            spans = [span for span in self._spans[noun] if covers(span, stamp(self._now))]
            self._in_force[noun] = {
                span["rule"]: self._words(span["sha256"], span["rule"], span["version"]) for span in spans
            }
        return self._in_force[noun]

    def ordered(self, rule_ids: Iterable[str], noun: str) -> list[str]:
        """Rules so that what a clock starts with is judged before it."""
        words = self.in_force(noun)

        def depth(rule_id: str, most: int = 8) -> int:
            rule = words[rule_id][1] if rule_id in words else None
            before = [name for name in (*rule.start.rules, rule.until.rule) if name] if rule is not None else []
            return 1 + max(depth(name, most - 1) for name in before) if before and most else 0

        return sorted(rule_ids, key=lambda rule_id: (depth(rule_id), rule_id.count("."), rule_id))

    def _words(self, sha256: str, rule_id: str, version: str) -> tuple[Law, Rule]:
        if sha256 not in self._laws:
            self._laws[sha256] = law_of(self._tables, sha256)
        law = self._laws[sha256]
        rule = law.rule(rule_id, version)
        assert rule is not None, f"{rule_id} {version} is not in the text {sha256} that it was read from"
        return law, rule

    def _apart(self, subject: str) -> bool:
        """Whether a subject's own rows are kept apart: it is, or was, one matter with others."""
        return bool(self._matter(subject)) or self._tables.count(OWN, {"subject": subject}) > 0

    def _row(self, rule_id: str, subject: str) -> Row | None:
        """A duty as a subject's own filings have it."""
        kept = self._tables.get(OWN, rule_id, subject) if self._is_apart(subject) else None
        return kept or self._tables.get(DUTY, rule_id, subject)

    def own(self, rule_id: str, subject: str, known: Mapping[str, FactLike], before: Row | None) -> Row | None:
        """What a rule asks of a subject by its own filings alone, laid out; None where it asks nothing.

        Of what is one matter with others it is kept apart (`OWN`), so that whatever they come to be together can be
        undone.
        """
        apart = self._is_apart(subject)
        before = (self._tables.get(OWN, rule_id, subject) if apart else None) or before
        row = self._next(rule_id, subject, known, before, public=False) or before
        if row is None:
            return None
        if before is None or not alike(row, before):
            remember(DUTY, before, row, self._entry, self._tables)
            if before is None or before["state"] != row["state"]:
                row = {**row, "changed_on": stamp(self._now), "entry": self._entry.index}
        if apart:
            self._tables.put(OWN, row)
        return row

    def evaluate(
        self, own: Row, known: Mapping[str, FactLike], before: Row | None, shown: Row | None
    ) -> list[Act]:  # fmt: skip
        """One rule for one subject, for the authority and for the public; only what is public is recorded.

        Where the outcome is public both are the same. Otherwise the public's is judged by public facts alone, from its
        own row before, so nothing in it, neither words nor dates, depends on what is not public. So it is too with what
        may be done in confidence about another subject: of nobody is then said that they are overdue, whether or not
        anything was done. What the authority owes it can do in public, and is overdue with until it does.
        """
        rule_id, subject = own["rule"], own["subject"]
        words, noun = self._words(own["sha256"], rule_id, own["rule_version"]), noun_of(subject)
        row = booked(self._together(*words, own), before)
        if concealed(*words, noun):
            self._change_in_confidence(before, row)
            if shown is not None:
                self._tables.delete(PUBLIC_DUTY, rule_id, subject)
            return []
        apart = may_be_done_in_confidence(*words, noun) or bool(self._matter(subject))
        if outcome_is_public(*words, noun) and not apart:
            changed, acts = self._change(DUTY, before, row, record=True)
            if changed is None and self._entry.kind == ANNULLED:  # what was taken back may be all that changed
                changed = before
            if changed is not None:
                self._tables.put(PUBLIC_DUTY, published(changed, words[0]))
            return acts
        kept, _ = self._change(DUTY, before, row, record=False)
        seen = self._next(rule_id, subject, known, shown, public=True)
        if says_nobody(*words, noun):
            if kept is not None and kept["state"] == "overdue" and (before is None or before["state"] != "overdue"):
                self._lay_out(kept, before["state"] if before else "not_owed")
            seen = said_by_nobody(seen) if seen is not None and seen["state"] == "overdue" else seen
        return self._change(PUBLIC_DUTY, shown, seen, record=True)[1] if seen is not None else []

    def _together(self, law: Law, rule: Rule, own: Row) -> Row:
        """What a rule asks of a subject, with what else is one matter with it: its debtor owes it once on all of that.

        By the clock that began first, moved by what was decided on any, and met by what was filed first on any. What
        the authority owes another debtor's report on the matter keeps its own clock: it is done by what was done on
        any since it began, not by what somebody did who had not heard of it.
        """
        one_set, others = self._one_set(rule, own)
        dated = [one for one in one_set if stands(one)]
        if len(one_set) + len(others) < 2 or not (stands(own) or (dated and self._followed(rule, own))):
            return own
        if rule.every is not None and (own["missing"] or own["state"] == ELSEWHERE):
            return own
        first = lead(dated, rule)
        row, start = on_clock(own, first, rule), _began(first)
        found = [answer for one in one_set for answer in self._filed_on(law, rule, one, start)]
        if others and start is not None:
            began = str(day_text(stamp(start), law.time_zone))
            done = [answer for one in others for answer in self._filed_on(law, rule, one, start)]
            found += [answer for answer in done if str(day_text(answer["on"], law.time_zone)) >= began]
        found.sort(key=lambda answer: (answer["on"], answer["entry"]))
        if rule.every is not None and start is not None:
            over = [self._over(rule, one["subject"], law, start, self._known(one["subject"])) for one in dated]
            ends = min((at for at in over if at is not None), default=None)
            return row | self._recurring(row, law, rule, start, (found, ends))
        decided = [one for other in one_set for one in decisions_on(self._tables, rule.id, other["subject"])]
        return self._ending(row, law, rule, start, (found, granted(decided)))

    def _one_set(self, rule: Rule, own: Row) -> tuple[list[Row], list[Row]]:
        """The rows of a duty that its debtor owes once with one, that one first; and those on others' reports, which
        only the authority's has."""
        subjects = self._matter(own["subject"]) if own["party"] and may_stand(own) else ()
        rows = [self._row(rule.id, subject) for subject in subjects if self._owing(subject)]
        kin = [one for one in rows if one is not None and one["party"] == own["party"] and may_stand(one)]
        once = [one for one in kin if self._for_one(rule, own["subject"], one["subject"])]
        return [own, *once], [one for one in kin if one not in once]

    def _for_one(self, rule: Rule, one: str, other: str) -> bool:
        """Whether a debtor owes the same on two subjects; of the authority, whether it was told by the same debtor."""
        return not rule.by_authority or not self._told_by(rule, one).isdisjoint(self._told_by(rule, other))

    def _told_by(self, rule: Rule, subject: str) -> set[str]:
        """Whose filings on a subject are what the authority's duty follows."""
        found: set[str] = set()
        for name in rule.start.rules if rule.start.event == "met" else ():
            row = self._row(name, subject)
            if row is not None and row["party"] and self._stands(row):
                before = self._words(row["sha256"], name, row["rule_version"])[1]
                found |= self._told_by(before, subject) if before.by_authority else {row["party"]}
        return found

    def _followed(self, rule: Rule, own: Row) -> bool:
        """Whether what a duty follows was met, on its subject or what is one matter with it."""
        rows = [self._tables.get(DUTY, name, own["subject"]) for name in rule.start.rules]
        return any(row is not None and row["met_on"] for row in rows)

    def _next(
        self, rule_id: str, subject: str, known: Mapping[str, FactLike], before: Row | None, *, public: bool
    ) -> Row | None:
        """The row as it is to be, None where there is nothing to write.

        A duty that has begun goes by the words it began under, any other by today's.
        """
        if before is not None and before["state"] in DEEMED and self._entry.kind != ANNULLED:
            return None  # what was deemed stands, whatever is filed later
        words = self.in_force(noun_of(subject)).get(rule_id)
        begun = before if before is not None and has_begun(before) else None
        if begun is not None and public:
            begun = unpublished(begun)
        if begun is not None:
            words = self._words(begun["sha256"], rule_id, begun["rule_version"])
            if self._ended(words[1], subject):
                return self._lapsed(before) if before is not None else None
        if words is None or self._anothers(*words):
            return self._lapsed(before) if before is not None else None
        seen = public_facts(*words, known, noun_of(subject)) if public else known
        seen = {name: fact for name, fact in seen.items() if fact.value is not None}
        accepted = self._accepted(words[1], subject)
        seen = as_accepted(words[1], seen, accepted)
        presumed = begun is not None and bool(presumed_start(begun, words[1]))
        named = begun is not None and not begun["party"] and words[1].party in seen
        asked = (words[1].party, words[1].start.fact)
        unsaid = {name: fact for name, fact in known.items() if name in asked and left_open(fact)}
        began = None if accepted or (presumed and named) else _began(begun)  # who is named now was not presumed aware
        view = PUBLIC_DUTY if public else DUTY
        judge = functools.partial(
            evaluate_rule, *words, {**seen, **unsaid}, self._now, subject=subject, began=began, presumed=presumed,
            carried=begun is not None, calendars=self._calendars,
        )  # fmt: skip
        finding = judge(happened=self._happened(words[1], subject, view))
        if finding.held is not None and words[1].by_authority and words[1].start.event == "met":
            finding = judge(happened=self._happened(words[1], subject, view, finding.held))
        if begun is not None and begun["party"] and not finding.party and noun_of(subject) in words[1].lasting:
            finding = replace(finding, party=begun["party"])  # who says later that they are no provider was one
        if begun is not None and finding.state == "unknown" and all(name not in seen for name in finding.missing):
            row = self._still(begun, *words, seen)
        elif begun is not None and self._claimed(begun, finding):
            row = self._claim(begun, finding, seen)
        else:
            row = self._written(public_finding(finding) if public else finding, before, seen)
            row = self._moved_later(row, begun, finding, seen)
        return published(row, words[0]) if public else row

    def _anothers(self, law: Law, rule: Rule) -> bool:
        """Whether this is what another authority owes on what it is told: nothing of that can be known here."""
        return rule.by_authority and bool(rule.start.rules) and not law.addresses(self._jurisdictions)

    def _claimed(self, begun: Row, finding: Finding) -> bool:
        """Whether a later filing says that what has begun is not owed, and no officer has accepted that yet."""
        rule = finding.rule
        if noun_of(finding.subject) not in rule.lasting or finding.state != "not_owed":
            return False
        if finding.awaits and not finding.awaits.startswith(EARLIER):
            return False
        since = begun["why"].get("claimed", self._entry.index)
        lifted = {"rule": rule.id, "subject": finding.subject, "decision": "lift", "entry": (">", since)}
        return not self._tables.select(DECISION, lifted)

    def _claim(self, begun: Row, finding: Finding, known: Mapping[str, FactLike]) -> Row:
        """What has begun, as it stands, with the entry since which it is claimed not to be owed."""
        row = self._still(begun, finding.law, finding.rule, known)
        return {**row, "why": {**row["why"], "claimed": begun["why"].get("claimed", self._entry.index)}}

    def _accepted(self, rule: Rule, subject: str) -> str:
        """When an officer last accepted what a later filing says against a duty; "" where none has."""
        if noun_of(subject) not in rule.lasting:
            return ""
        lifted = {"rule": rule.id, "subject": subject, "decision": "lift"}
        return max((str(row["on"]) for row in self._tables.select(DECISION, lifted)), default="")

    def _moved_later(self, row: Row, begun: Row | None, finding: Finding, known: Mapping[str, FactLike]) -> Row:
        """A row that says so where the newest filing would have its clock start later than it did: that is a claim."""
        said = said_of(known.get(finding.rule.start.fact))
        if len(said) < 2 or noun_of(finding.subject) not in finding.rule.lasting:
            return row
        newest = when_of(said[-1][1], finding.law.time_zone)
        if newest is None or finding.started_on is None or newest <= finding.started_on:
            return row
        since = (begun["why"] if begun is not None else {}).get("claimed", self._entry.index)
        return {**row, "why": {**row["why"], "claimed": since}}

    def _happened(
        self, rule: Rule, subject: str, view: Table, told: datetime | None = None
    ) -> dict[tuple[str, str], datetime]:
        """When what starts a rule's clock happened to another duty about the subject, if it did.

        What was filed before what it told then made this rule ask anything (`told`) starts it only then: nobody is late
        for what they could not know.
        """
        found = {other: self._happened_to(other, rule.start.event, subject, view, told) for other in rule.start.rules}
        return {(rule.start.event, other): at for other, at in found.items() if at is not None}

    def _happened_to(
        self, other: str, event: str, subject: str, view: Table, told: datetime | None = None
    ) -> datetime | None:
        if event == "met":
            row = self._row(other, subject)
            if row is None or not self._stands(row) or other not in self._filed_about(subject):
                return None
            answers = self._answers(other, subject, row)
            if not answers:
                return None
            on = answers[0]["on"]
            if told is None:
                return instant(on)
            telling = [instant(one["on"]) for one in answers if one["filed"] >= stamp(told)]
            return min(telling, default=max(told, instant(on)))
        row = self._tables.get(view, other, subject) if view is PUBLIC_DUTY else self._row(other, subject)
        if row is None or row["state"] not in BEGUN:
            return None
        due = row.get("ends") or row["due"]
        return _began(row) if event == "began" else instant(due) if due else None

    def _stands(self, row: Row) -> bool:
        """Whether a duty is or may be somebody's who is known: of what nobody owes, nothing follows."""
        rule = self._words(row["sha256"], row["rule"], row["rule_version"])[1]
        return row["state"] not in ("not_owed", "lapsed") and not (rule.party and rule.party in row["missing"])

    def _answers(
        self, rule_id: str, subject: str, duty: Row | None, limit: int = -1, order: Sequence[str] = ("on", "entry")
    ) -> list[Row]:
        """The filings that meet a duty; where it asks for its debtor's own, those of the debtor if that is known.

        Those that must tell of what is owed count from when what is on file made it owed, or left it open; one that
        met it before goes on to do so.
        """
        party, met = (duty["party"], duty["met_entry"]) if duty else ("", None)
        why = duty["why"] if duty else {}
        told = [at for at in (why.get("held"), why.get("open")) if at]
        since = {HOLDS: why.get("held"), MAY_HOLD: min(told, default=None)}
        rows = [row for row in self._filed_about(subject).get(rule_id, ()) if not party or row["party"] in ("", party)]
        found = [row for row in rows if not row["holds"] or row["entry"] == met or _since(row, since)]
        found.sort(key=lambda row: tuple(row[name] for name in order))
        return found if limit < 0 else found[:limit]

    def _filed_about(self, subject: str) -> Mapping[str, Sequence[Row]]:
        """By rule the filings that meet duties about a subject: noted before anything is judged, so looked up once."""
        if subject not in self._filed:
            found: dict[str, list[Row]] = {}
            for row in self._tables.select(ANSWER, {"subject": subject}):
                found.setdefault(row["rule"], []).append(row)
            self._filed[subject] = found
        return self._filed[subject]

    def _still(self, begun: Row, law: Law, rule: Rule, known: Mapping[str, FactLike]) -> Row:
        """A duty that has begun, while facts that once decided it are not known for today: it goes on as it was.

        It ends by a fact that says otherwise; silence, or a new year without its figure, is no such fact.
        """
        if begun["state"] in ("met", BREACHED):
            return begun
        start = _began(begun)
        row = {**begun, "state": "owed"}
        if rule.every is not None and start is not None:
            return row | self._recurring(row, law, rule, start, self._rounds_of(row, law, rule, start, known))
        return self._ending(row, law, rule, start)

    def _ended(self, rule: Rule, subject: str) -> bool:
        """Whether a rule is over for what began under it.

        By the text adopted last, if that knows the rule as ended; a rule that it no longer has, or only from a later
        day, ends as its own words say.
        """
        now = stamp(self._now)
        noun = noun_of(subject)
        if rule.id in self.in_force(noun):
            return False
        if any(span["rule"] == rule.id and is_over(span, now) for span in self._spans[noun]):
            return True
        return rule.ends is not None and stamp(rule.ends) <= now

    def gone(self, rows: Sequence[Row], shown: Sequence[Row]) -> list[Act]:
        """The only filing of a subject was annulled: nothing is asked of it any more, and the record says so."""
        acts = []
        for row in shown:
            if row["filed_state"] not in ("", "not_owed", "lapsed"):
                law = self._words(row["sha256"], row["rule"], row["rule_version"])[0]
                ended = published({**row, "state": "lapsed", "watch": None}, law)
                acts.append(act_of(ended, row["filed_state"], self._entry))
        for table, found in ((DUTY, rows), (OWN, rows), (PUBLIC_DUTY, shown)):
            for row in found:
                self._tables.delete(table, row["rule"], row["subject"])
        for row in self._tables.select(PAST, {"subject": self._entry.subject}):
            self._tables.delete(PAST, row["duties"], row["rule"], row["subject"], row["entry"])
        self._tables.delete(SUBJECT, self._entry.subject)
        return acts

    def _lapsed(self, row: Row) -> Row | None:
        """A rule is no longer in force: what it still asked for is not asked for any more."""
        return {**row, "state": "lapsed", "watch": None} if row["state"] in (*OPEN, *UNDECIDED) else None

    def _written(self, finding: Finding, before: Row | None, known: Mapping[str, FactLike]) -> Row:
        row = row_of(finding, before)
        if finding.rule.lasting and before is not None and before["state"] == "met":
            row["met_entry"] = before["met_entry"]
        if finding.state not in ("owed", *UNDECIDED):
            return row
        if finding.rule.forbids:
            return {**row, **({"state": BREACHED} if finding.state == "owed" else {})}
        if finding.rule.every is not None and not self._told_here(finding.law, finding.rule):
            return {**row, "due": None, **({"state": ELSEWHERE} if finding.state == "owed" else {})}
        if finding.rule.every is not None:
            law, rule, start = finding.law, finding.rule, finding.started_on
            if start is None or finding.state != "owed":
                return row
            return row | self._recurring(row, law, rule, start, self._rounds_of(row, law, rule, start, known))
        return self._ending(row, finding.law, finding.rule, finding.started_on)

    def _ending(
        self, row: Row, law: Law, rule: Rule, start: datetime | None,
        filed: tuple[Sequence[Row], Sequence[Decision]] | None = None,
    ) -> Row:  # fmt: skip
        """The row of a duty with one end: met by what was `filed`, moved by what was decided, or awaited; by what was
        on its own subject, if nothing else is said."""
        if filed is None:
            answers = self._filed_on(law, rule, row, _began(row))
            filed = answers, decisions_on(self._tables, rule.id, row["subject"])
        row = self._moved(row, law, rule, start, filed[1])
        due = instant(row["due"]) if row["due"] else None
        met = self._met(law, rule, row, due, filed[0])
        if met or row["state"] != "owed" or self._told_here(law, rule):
            chased = None if presumed_start(row, rule) else due  # a date that nobody stated is nobody's to be late by
            return row | (met or self._awaited(rule, chased, row["clock"]))
        return {**row, "state": ELSEWHERE}

    def _told_here(self, law: Law, rule: Rule) -> bool:
        """Whether what a rule asks for is owed by or to this authority, or can be met by nothing that is filed."""
        return rule.by_authority or not rule.met_by or law.addresses(self._jurisdictions)

    def _moved(self, row: Row, law: Law, rule: Rule, start: datetime | None, decisions: Sequence[Decision]) -> Row:
        """The end of a clock after the decisions about it."""
        if rule.stoppable is None and rule.extendable is None:
            return row
        base = base_of(row)
        if base is None or start is None or not (decisions or row["clock"]):
            return row
        found = clocked(base, start, decisions, words=(law, rule), calendar=self._calendar(law), now=self._now)
        column = "due" if row["state"] == "owed" else "due_if_owed"
        clock = {
            "base": {"at": stamp(base.at), "last_day": base.last_day.isoformat(), "steps": [*map(dict, base.steps)]},
            "column": column,
            "goes_on": stamp(found.goes_on) if found.goes_on is not None else None,
            "stops": found.stops,
            "extensions": found.extensions,
            "refused": [[decision.entry, wrong] for decision, wrong in found.refused],
        }
        return {
            **row,
            column: at_of(found.due),
            "last_day": found.due.last_day.isoformat() if found.due is not None else None,
            "stopped_on": stamp(found.stopped_on) if found.stopped_on is not None else None,
            "clock": clock,
            "why": {**row["why"], "steps": [dict(step) for step in found.steps]},
        }

    def _rounds_of(
        self, row: Row, law: Law, rule: Rule, start: datetime, known: Mapping[str, FactLike]
    ) -> tuple[list[Row], datetime | None]:
        """What was filed on a duty that recurs, and when it ends, as far as that is known."""
        return self._answers(rule.id, row["subject"], row), self._over(rule, row["subject"], law, start, known)

    def _recurring(
        self, row: Row, law: Law, rule: Rule, start: datetime, filed: tuple[Sequence[Row], datetime | None]
    ) -> Row:
        """The parts of a row that say where a duty stands that recurs: by what was `filed` on it, and when it ends."""
        assert rule.every is not None
        calendar, (answers, over) = self._calendar(law), filed
        counted = over if over is not None and over <= self._now else None
        found = rounds(
            start,
            rule.every,
            [(instant(row["on"]), instant(_receipt(row))) for row in answers],
            counted,
            zone=law.time_zone,
            calendar=calendar,
        )
        last, received = [stamp(at) for at in found.last] if found.last else [None, None]
        told: Row = {
            "rounds": {
                "met": found.met,
                "late": found.late,
                "stated": found.stated,
                "missed": found.missed,
                "ended": counted is not None,
                "kept": [dict(item) for item in found.kept],
            },
            "met_on": last,
            "received_on": received if received != last else None,
            "met_entry": next(
                (one["entry"] for one in answers[::-1] if one["subject"] == row["subject"] and last), None
            ),
            "late": int(found.late > 0) if last else None,
        }
        if found.due is None:
            state = "met" if found.met else "lapsed"
            return {**told, "state": state, "due": None, "last_day": None, "watch": None}
        again: list[dict[str, Any]] = []
        if last:
            again = [{"code": "again", "day": day_text(last, law.time_zone)}, *stated(last, told["received_on"], law)]
        return {
            **told,
            "due": stamp(found.due.at),
            "last_day": found.due.last_day.isoformat(),
            "why": {**row["why"], "steps": [*again, *map(dict, found.due.steps)]},
            **self._awaited(rule, found.due.at, None, over),
        }

    def _over(
        self, rule: Rule, subject: str, law: Law, start: datetime, known: Mapping[str, FactLike]
    ) -> datetime | None:
        """When what recurs ends, as far as that is known."""
        until = rule.until
        if until.fact:
            at = when_of(known[until.fact].value, law.time_zone) if until.fact in known else None
            return at.astimezone(UTC) if at is not None else None
        if until.rule:
            answers = self._answers(until.rule, subject, self._row(until.rule, subject), limit=1)
            return instant(answers[0]["on"]) if answers else None
        if until.period is not None:
            return due_after(self._calendar(law), law.time_zone, start, until.period).at
        return None

    def _calendar(self, law: Law) -> Calendar:
        return self._calendars.get(law.calendar, PLAIN)

    def _filed_on(self, law: Law, rule: Rule, row: Row, start: datetime | None) -> list[Row]:
        """The filings that meet a duty whose clock began at `start`, by when."""
        return following(law, rule, row, start, self._answers(rule.id, row["subject"], row))

    def _met(self, law: Law, rule: Rule, row: Row, due: datetime | None, answers: Sequence[Row]) -> Row:
        """What the first of these filings makes of a duty. What silence has answered none meets.

        Whether it came in time is not said where the start of the clock was presumed. A day that the debtor states
        counts where the rule says so; when that was first received is told beside it. What came late, and need not
        name the rule, leaves open what was: whether it was late at all is not known before the facts are. While it is
        left open who the debtor is, nothing is theirs.
        """
        if rule.party in row["missing"]:
            return {}
        for answer in answers[:1]:
            own = answer["subject"] == row["subject"]
            if rule.on_silence and due is not None and answer["filed"] >= stamp(due):
                return {}
            late = due is not None and answer["on"] >= stamp(due)
            if row["state"] in UNDECIDED and _perhaps_late(answer, row, rule):
                return {}
            said = None if due is not None and presumed_start(row, rule) else int(late)
            first = min(answers, key=lambda one: (one["filed"], one["entry"]))
            came = min(_receipt(answer), first["filed"])
            received = came if answer["on"] < came else None
            written = answer["filed"] if answer["taken"] and answer["on"] < answer["filed"] else None
            end = stamp(due) if due is not None else row["due_if_owed"]  # by word alone it is also while a fact is open
            unshown = bool(end and received is not None and received >= end)
            written_late = bool(end and written is not None and written >= end)
            told = [
                *([] if own else [{"code": "done_once" if rule.by_authority else "joined"}]),
                *stated(answer["on"], received, law),
                *taken_down(answer["on"], written, law),
                *claimed_earlier(law, answers, answer["on"]),
            ]
            return {
                "state": "met",
                "met_on": answer["on"],
                "met_entry": answer["entry"] if own else None,
                "received_on": received,
                "late": said,
                "stated": int(said == 0 and (unshown or written_late)),
                "watch": None,
                "why": {**row["why"], "steps": [*told, *row["why"]["steps"]]},
            }
        return {}

    def _awaited(self, rule: Rule, due: datetime | None, clock: Row | None, over: datetime | None = None) -> Row:
        """Whether it is overdue, or what silence says, and when time alone changes something next."""
        due = due if rule.met_by else None
        goes_on = instant(clock["goes_on"]) if clock and clock["goes_on"] else None
        ahead = [at for at in (due, rule.ends, goes_on, over) if at is not None and at > self._now]
        passed = due is not None and self._now >= due
        if passed and rule.on_silence:
            return {"state": rule.on_silence, "watch": None}
        return {**({"state": "overdue"} if passed else {}), "watch": stamp(min(ahead)) if ahead else None}

    def _change(self, table: Table, before: Row | None, row: Row, *, record: bool) -> tuple[Row | None, list[Act]]:
        """Write a row that differs, and give it; an act for a change that somebody may have to act on."""
        if before is not None and alike(row, before):
            return None, []
        if table is PUBLIC_DUTY:  # of the authority's own row what its own filings made of it was remembered
            remember(table, before, row, self._entry, self._tables)
        files = record and to_file(before, row)
        if files or before is None or before["state"] != row["state"]:
            now = stamp(self._now)
            zone = self._words(row["sha256"], row["rule"], row["rule_version"])[0].time_zone
            day = day_text(now, zone) if table is PUBLIC_DUTY else now
            row = {**row, "changed_on": day, "entry": self._entry.index}
        acts = []
        if files:
            law = self._words(row["sha256"], row["rule"], row["rule_version"])[0]
            acts = [act_of(published(row, law), row["filed_state"] or "not_owed", self._entry)]
            row = {**row, "filed_state": row["state"], "filed_entry": None}
        self._tables.put(table, row)
        return row, acts

    def _change_in_confidence(self, before: Row | None, row: Row) -> None:
        """Write a row of which the public is told nothing, and lay out what somebody may have to act on."""
        kept, _ = self._change(DUTY, before, row, record=False)
        if kept is None or not to_file(before, kept):
            return
        self._lay_out(kept, kept["filed_state"] or "not_owed")
        self._tables.put(DUTY, {**kept, "filed_state": kept["state"]})

    def _lay_out(self, kept: Row, state_before: str) -> None:
        """Lay out a change that somebody may have to act on, and of which the public is told nothing."""
        law = self._words(kept["sha256"], kept["rule"], kept["rule_version"])[0]
        body = act_of(in_days(kept, law), state_before, self._entry).body
        named = {name: kept[name] for name in ("rule", "subject", "party", "state")}
        on = day_text(stamp(self._now), law.time_zone)
        self._tables.put(SEALED_CHANGE, {"entry": self._entry.index, "on": on, **named, "body": body})


def _since(answer: Row, since: Mapping[Holds, str | None]) -> bool:
    """Whether a filing came when what it must tell of was on file with it."""
    at = since[answer["holds"]]
    return bool(at and answer["filed"] >= at)


def _receipt(answer: Row) -> str:
    """When a filing was received: what somebody wrote down, when it came; anything else, when it was filed."""
    return str(answer["on"] if answer["taken"] else answer["filed"])


def _began(row: Row | None) -> datetime | None:
    """Since when a duty that has begun runs, to the second also where the public sees the day."""
    at = (row.get("began") or row["started_on"]) if row is not None else None
    return instant(at) if at else None


def _perhaps_late(answer: Row, row: Row, rule: Rule) -> bool:
    """Whether what need not name the rule came too late for a duty of which it is not known whether it is owed."""
    end = row["due_if_owed"]
    return bool(end and answer["on"] >= end and any(not one.rule for one in rule.met_by))
