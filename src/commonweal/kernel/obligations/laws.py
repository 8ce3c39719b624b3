"""What a law text says once read: frozen dataclasses, and `read_law`, which names every fault in a text at once."""

from __future__ import annotations

import functools
import itertools
import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from typing import Any, Literal, get_args
from zoneinfo import ZoneInfo

from commonweal.kernel.values import FaultCollector, Period, RuleFault, Text, digest, shown
from commonweal.kernel.values.jurisdictions import MEMBER_STATES, UNION

from .clauses import (
    BY_AUTHORITY,
    FACT,
    THE_AUTHORITY,
    Allowance,
    Later,
    MetBy,
    Silence,
    Start,
    Timing,
    Transitional,
    Until,
    allowance_of,
    fact_of,
    later_of,
    met_by_of,
    relay_words,
    shown_start,
    silence_of,
    start_of,
    timing_of,
)
from .conditions import ActOn, Condition, Definition, Group, Op, definitions_in, facts_in
from .reading import DAY_WANT, ID, VERSION, Fields, Lines, is_noun, optional_words, toml, zone_name

WhenUnknown = Literal["cautious", "noted"]
Addressee = Literal["", "union", "member_state"]
OF_NO_COUNTRY, EVERYWHERE = "ZZ", "*"
OPS: tuple[str, ...] = get_args(Op)
NUMBER_OPS, DATE_OPS, LIST_OPS = (">", ">=", "<", "<="), ("before", "from"), ("in", "has")
_DEPTH_MAX, _PARTS_MAX, _RULES_MAX = 6, 32, 200
_DEFINITIONS_MAX, _CONDITIONS_MAX = 50, 500
_LEAF_KEYS = ("fact", "op", "value", "act_on")


@dataclass(frozen=True, slots=True)
class FactName:
    """What a fact is called for people; only a `public` fact's value may be shown in a public entry.

    One that is public of the nouns in `only` is confidential of every other subject, and so is whatever asks for it.
    """

    title: Text
    public: bool = False
    only: tuple[str, ...] | None = None

    def shown(self, noun: str) -> bool:
        """Whether its value may be shown of a subject of this noun."""
        return self.public or noun in (self.only or ())

    def confidential(self, noun: str) -> bool:
        """Whether nothing that asks for it is told of a subject of this noun."""
        return self.only is not None and noun not in self.only


@dataclass(frozen=True)
class Rule:
    """One duty in one period of its life. `starts` and `ends` (exclusive) are UTC instants of `in_force`'s days.

    A follow-up or relay of a rule is a rule of its own, with that as its `parent`: it is asked for while its parent is,
    by a clock of its own. One with `every` recurs `until` something ends it. One that `forbids` asks for nothing: where
    its conditions hold, it was broken. Of the nouns in `lasting` the debtor files what it owes by: what began stays,
    whatever a later filing says, until an officer accepts that it is not owed.
    """

    id: str
    version: str
    title: Text
    text: Text
    column: Text
    citation: str
    in_force_from: date
    in_force_until: date | None
    starts: datetime
    ends: datetime | None
    nouns: tuple[str, ...]
    duty: str
    owed_by: Text
    owed_to: Text
    party: str
    when: Group
    start: Start
    timing: Timing
    period: Period | None
    met_by: tuple[MetBy, ...]
    transitional: Transitional | None
    unknown: WhenUnknown
    note: Text | None
    public_outcome: bool = False
    stoppable: Allowance | None = None
    extendable: Allowance | None = None
    on_silence: Silence = ""
    by_authority: bool = False
    forbids: bool = False
    lasting: tuple[str, ...] = ()
    parent: str = ""
    role: Literal["", "follow_up", "relay"] = ""
    every: Period | None = None
    until: Until = field(default_factory=Until)

    def in_force(self, at: datetime) -> bool:
        return self.starts <= at and (self.ends is None or at < self.ends)

    def facts(self) -> tuple[str, ...]:
        """The facts that the rule asks for, in order of appearance."""
        return self._facts

    @functools.cached_property
    def _facts(self) -> tuple[str, ...]:
        extra = [self.start.fact, self.transitional.fact if self.transitional else "", self.party, self.until.fact]
        return tuple(dict.fromkeys([*facts_in(self.when), *(name for name in extra if name)]))


@dataclass(frozen=True)
class Law:
    """One law text. `digest` is the SHA-256 of the text; `calendar` the id of the calendar that it counts with.

    `addressee` says to which authority a law of the European Union has things told: a body of the Union, or that of a
    Member State; "" leaves it at the jurisdiction. `happened` names the facts that say what happened, and not what the
    system is or whom the law binds: only of these may somebody become aware later than of the incident. A text that
    does not say which (None) is taken to mean all.
    """

    id: str
    version: str
    digest: str
    title: Text
    jurisdiction: str
    authority: Text
    time_zone: str
    calendar: str
    citation: str
    url: str
    verified: Text | None
    note: Text | None
    facts: Mapping[str, FactName]
    rules: tuple[Rule, ...]
    addressee: Addressee = ""
    definitions: tuple[Definition, ...] = ()
    happened: tuple[str, ...] | None = None

    def tells(self, fact: str) -> bool:
        """Whether a fact says what happened."""
        return self.happened is None or fact in self.happened

    def rule(self, rule_id: str, version: str) -> Rule | None:
        """The rule of that id and version in this text."""
        return self._by_version.get((rule_id, version))

    @functools.cached_property
    def _by_version(self) -> Mapping[tuple[str, str], Rule]:
        return {(rule.id, rule.version): rule for rule in reversed(self.rules)}

    def in_force(self, at: datetime) -> tuple[Rule, ...]:
        return tuple(rule for rule in self.rules if rule.in_force(at))

    def kept_in(self, jurisdictions: Collection[str], zone: str) -> Law:
        """This law as the authority counts its days that has things told to it: by the clocks of where it is.

        So with what the Union has told to an authority of a Member State (`addressee`): its holidays are those of the
        State where the act is done (Regulation (EEC, Euratom) No 1182/71, Art. 2(1)), and the last hour of a day
        (Art. 3(2)(b)) ends there and not in Brussels. A calendar text says the holidays, and `zone` the clocks. So too
        with a scheme of no country's (`ZZ`), which is the authority's own: whoever reports to it reads its days by its
        clocks. Any other law, and an authority that does not say where it is, keeps the law's own.
        """
        if not self.moves or zone in ("", self.time_zone):
            return self
        if self.jurisdiction != OF_NO_COUNTRY and not MEMBER_STATES & {*jurisdictions}:
            return self
        if zone not in self._moved:
            self._moved[zone] = _moved(self, zone)
        return self._moved[zone]

    @property
    def moves(self) -> bool:
        """Whether its days are those of the authority that has things told to it, where that says where it is."""
        return self.addressee == "member_state" or self.jurisdiction == OF_NO_COUNTRY

    @functools.cached_property
    def _moved(self) -> dict[str, Law]:
        return {}

    def addresses(self, jurisdictions: Collection[str]) -> bool:
        """Whether an authority that acts in `jurisdictions` is the one to which this law has things told.

        A scheme of no jurisdiction's (`ZZ`) is that of whoever adopted it; `EVERYWHERE` takes every law that is
        adopted for its own, and who names nothing is told nothing by law. Who names a Member State is an authority of
        that State and no body of the Union; who names the Union alone is taken for either.
        """
        if self.jurisdiction == OF_NO_COUNTRY or EVERYWHERE in jurisdictions:
            return True
        national = bool(MEMBER_STATES & {*jurisdictions})
        if self.jurisdiction != UNION:
            return self.jurisdiction in jurisdictions
        if self.addressee == "union":
            return UNION in jurisdictions and not national
        return UNION in jurisdictions or national


def first_instant(day: date, zone: str) -> datetime:
    """When a day begins in a time zone, in UTC."""
    return datetime.combine(day, time.min, ZoneInfo(zone)).astimezone(UTC)


def _moved(law: Law, zone: str) -> Law:
    """A law whose days begin and end in another time zone, those of its coming into force too."""
    rules = (
        replace(
            rule,
            starts=first_instant(rule.in_force_from, zone),
            ends=first_instant(rule.in_force_until, zone) if rule.in_force_until else None,
        )
        for rule in law.rules
    )
    return replace(law, time_zone=zone, rules=tuple(rules))


@dataclass(frozen=True, slots=True)
class Span:
    """When one version of a rule is in force."""

    id: str
    version: str
    since: date
    until: date | None

    def __str__(self) -> str:
        return f"{self.since} to {self.until or 'open'} (version {self.version})"


@functools.lru_cache(maxsize=256)
def read_law(text: str) -> Law:
    """Read a law text in the format of this package. Raises `RuleFault` naming every fault, with its line."""
    data = toml(text, "law")
    faults = FaultCollector(f"law {shown(data.get('id', '(without id)'))}", RuleFault)
    lines = Lines(text)
    top = Fields(data, faults, lines)
    law = _defined(top, lines, _head(top, digest(text.encode())))
    spans: list[Span] = []
    lasting = _lasting(top)
    found = [rule for fields in _tables(top, lines) for rule in _rule(fields, law, spans)]
    rules = [replace(rule, lasting=lasting) for rule in found]
    top.end()
    _no_overlap(top, spans)
    _one_after_another(top, rules)
    if faults.count == 0:
        _public_of_something(top, law, rules)
        _all_used(top, law, rules)
    faults.done()
    return replace(law, rules=tuple(rules))


def _head(top: Fields, text_digest: str) -> Law:
    source = top.table("source", "a table {citation, url}") or top.inner({}, "source")
    zone = top.string("time_zone", "an IANA time zone, e.g. Europe/Brussels")
    law = Law(
        id=top.string("id", "an identifier such as eu.ai_act", pattern=ID),
        version=top.string("version", "a version such as 2026-01", pattern=VERSION),
        digest=text_digest,
        title=top.words("title", "the law's name"),
        jurisdiction=top.string(
            "jurisdiction", "a jurisdiction, e.g. EU or US-CA", pattern=r"[A-Z]{2}(-[A-Z0-9]{1,3})?"
        ),
        authority=top.words("authority", "the authority that duties are owed to"),
        time_zone=(top.parsed("time_zone", zone, zone_name, "an IANA time zone, e.g. Europe/Brussels") if zone else "")
        or "UTC",
        calendar=top.string("calendar", "the id of a calendar text, e.g. calendar.eu_1182_71", pattern=ID),
        citation=source.string("citation", "the law's official citation") if "source" in top.data else "",
        url=source.string("url", "an https address", default="", pattern=r"https://\S+"),
        verified=optional_words(source, "verified", "what the text was checked against"),
        note=optional_words(top, "note", "a note"),
        facts=_fact_names(top),
        rules=(),
        addressee=top.choice("addressee", get_args(Addressee), ""),  # type: ignore[arg-type]
    )
    source.end()
    return replace(law, happened=_happened(top, law))


def _fact_names(top: Fields) -> dict[str, FactName]:
    table = top.table("facts", "a table of the facts that the rules ask for: name = {en, zh, public}")
    found: dict[str, FactName] = {}
    for name, value in (table.data if table else {}).items():
        assert table is not None
        if not re.fullmatch(FACT, name):
            table.fault(name, name, "a fact's name in lower case with underscores, e.g. compute_flop")
        if not isinstance(value, Mapping):
            table.fault(name, value, "a table {en, zh, public}", "type")
            continue
        words = {key: item for key, item in value.items() if key != "public"}
        inner = Fields({name: words}, table.faults, table.lines, path=table.path)
        public = value.get("public", False)
        only = tuple(public) if isinstance(public, list) and all(is_noun(noun) for noun in public) else None
        if not isinstance(public, bool) and only is None:
            want = (
                'true, false, or the nouns of which it is public, e.g. ["alert"]; [] keeps all that asks for it secret'
            )
            table.fault(f"{name}.public", public, want, "type")
        found[name] = FactName(inner.words(name, "what the fact is called"), public is True, only)
    return found


def _lasting(top: Fields) -> tuple[str, ...]:
    want = 'the nouns of which the debtor files what it owes by, e.g. ["report"]'
    given = top.take("lasting", list, want, [])
    if not all(is_noun(noun) for noun in given):
        top.fault("lasting", given, want)
    return tuple(noun for noun in given if isinstance(noun, str))


def _happened(top: Fields, law: Law) -> tuple[str, ...] | None:
    want = 'the facts that say what happened, each of which stands in [facts], e.g. ["harm"]; [] where none does'
    given = top.take("happened", list, want, None)
    if given is not None and not all(isinstance(name, str) and name in law.facts for name in given):
        top.fault("happened", given, want, "reference")
    return None if given is None else tuple(name for name in given if isinstance(name, str))


def _tables(top: Fields, lines: Lines) -> list[Fields]:
    given = top.take("rule", list, "at least one [[rule]]")
    if given is None:
        return []
    if not 1 <= len(given) <= _RULES_MAX:
        top.fault("rule", f"{len(given)} rules", f"from 1 to {_RULES_MAX} rules")
    return _each(top, lines, "rule", given[:_RULES_MAX])


def _each(top: Fields, lines: Lines, key: str, given: Sequence[Any]) -> list[Fields]:
    """The tables that stand under one key."""
    found = []
    for number, item in enumerate(given):
        if not isinstance(item, Mapping):
            top.fault(f"{key}[{number}]", item, f"a [[{key}]] table", "type")
            continue
        label = f"{key} {shown(item.get('id', number + 1))}"
        found.append(Fields(item, top.faults, lines, place=(key, number), label=label))
    return found


def _defined(top: Fields, lines: Lines, law: Law) -> Law:
    """A law with its definitions. One may use those that stand above it, so none leads back to itself."""
    given = top.take("definition", list, f"a list of [[definition]] tables, at most {_DEFINITIONS_MAX}", [])
    if len(given) > _DEFINITIONS_MAX:
        top.fault("definition", f"{len(given)} definitions", f"at most {_DEFINITIONS_MAX}")
    spans: list[Span] = []
    for fields in _each(top, lines, "definition", given[:_DEFINITIONS_MAX]):
        since, until = _in_force(fields)
        name = fields.string("id", "a short name such as serious_incident", pattern=FACT)
        found = Definition(
            id=name,
            title=fields.words("title", "what is defined"),
            citation=fields.string("citation", "the article that defines it, e.g. Art. 3(49)"),
            since=since or date.min,
            until=until,
            when=_when(fields, _in_force_with(law, since, until)),
        )
        fields.end()
        if name and since is not None:
            spans.append(Span(name, f"from {since}", since, until))
            law = replace(law, definitions=(*law.definitions, found))
    _no_overlap(top, spans, "definition")
    return law


def _in_force_with(law: Law, since: date | None, until: date | None) -> Law:
    """A law with those of its definitions alone that are in force throughout a span."""
    return replace(law, definitions=tuple(one for one in law.definitions if since and one.covers(since, until)))


def _all_used(top: Fields, law: Law, rules: Sequence[Rule]) -> None:
    """A definition that nothing uses decides nothing: whoever wrote it meant another."""
    said = [*(rule.when for rule in rules), *(one.when for one in law.definitions)]
    used = {name for when in said for name in definitions_in(when)}
    for one in law.definitions:
        if one.id not in used:
            top.fault(f"definition {one.id}", one.id, "a definition that a rule uses", "reference")


def _rule(fields: Fields, law: Law, spans: list[Span]) -> list[Rule]:
    """A rule and what comes after it; nothing after a fault."""
    before = fields.faults.count
    rule_id = fields.string("id", f"an identifier that begins with {law.id}.", pattern=ID)
    if rule_id and not rule_id.startswith(f"{law.id}."):
        fields.fault("id", rule_id, f"an identifier that begins with {law.id}.")
    since, until = _in_force(fields)
    timing, length = timing_of(fields)
    by_authority = fields.data.get("party") == THE_AUTHORITY
    title = fields.words("title", "the rule's name")
    values: dict[str, Any] = {
        "id": rule_id,
        "version": fields.string("version", "a version", default=law.version, pattern=VERSION),
        "title": title,
        "text": fields.words("text", "what the rule says, in words of your own"),
        "column": fields.words("column", "the heading of the register's column"),
        "citation": fields.string("citation", "the article or section that says so, e.g. Art. 52(1)"),
        "in_force_from": since,
        "in_force_until": until,
        "nouns": _nouns(fields),
        "duty": fields.string("duty", "a short code such as notification", pattern=FACT),
        "owed_by": fields.words("owed_by", "who owes it"),
        "owed_to": fields.words("owed_to", "to whom it is owed", dict(law.authority)),
        "party": "" if by_authority and fields.take("party", str, "") else fact_of(fields, "party", law.facts, ""),
        "when": _when(fields, _in_force_with(law, since, until)),
        "start": start_of(fields, law.facts),
        "timing": timing,
        "period": length,
        "met_by": met_by_of(fields, BY_AUTHORITY if by_authority else ()),
        "transitional": _transitional(fields, law),
        "unknown": fields.choice("unknown", get_args(WhenUnknown), "cautious"),
        "note": optional_words(fields, "note", "a note"),
        "public_outcome": fields.flag("public_outcome", False),
        "stoppable": allowance_of(fields, "stoppable"),
        "extendable": allowance_of(fields, "extendable"),
        "on_silence": silence_of(fields),
        "by_authority": by_authority,
        "forbids": fields.flag("forbids", False),
    }
    later = later_of(fields, law.facts, rule_id, values["met_by"])
    fields.end()
    _movable(fields, law, values)
    _dated_in_public(fields, law, values)
    if rule_id and since is not None:
        spans.append(Span(rule_id, str(values["version"]), since, until))
    if fields.faults.count > before or since is None:
        return []
    ends = first_instant(until, law.time_zone) if until else None
    rule = Rule(**values, starts=first_instant(since, law.time_zone), ends=ends)
    return [rule, *(_after(rule, item, law) for item in later)]


def _after(rule: Rule, item: Later, law: Law) -> Rule:
    """A follow-up or relay as the rule that it is: under the conditions of its parent, with its own clock."""
    relay = item.role == "relay"
    to = item.owed_to or rule.owed_to
    title, text = relay_words(rule.title, to, item.period) if relay else (item.title or rule.title, item.text)
    return replace(
        rule,
        id=f"{rule.id}.{item.id}",
        title=title,
        text=text or title,
        column=title,
        citation=item.citation,
        duty=item.duty,
        owed_by=law.authority if relay else rule.owed_by,
        owed_to=to,
        party="" if relay else rule.party,
        by_authority=relay or rule.by_authority,
        start=item.start,
        timing=item.timing,
        period=item.period,
        met_by=item.met_by,
        transitional=None,
        stoppable=None,
        extendable=None,
        on_silence="",
        forbids=False,
        parent=rule.id,
        role=item.role,
        every=item.every,
        until=item.until,
    )


def _movable(fields: Fields, law: Law, values: Mapping[str, Any]) -> None:
    """What may move a clock, or be deemed at its end, needs a clock that ends; and a decision on it is public.

    Of nouns of which the rule is told to nobody, decisions are sealed (`duty.clock_sealed`).
    """
    dated = values["timing"] == "period"
    if values["forbids"] and (values["timing"] != "none" or values["met_by"] or values["by_authority"]):
        want = 'period = "none", no met_by and a debtor: what forbids has no date, and nothing that is filed mends it'
        fields.fault("forbids", True, want, "dates")
    for key in ("stoppable", "extendable", "on_silence"):
        if values[key] and not dated:
            fields.fault(
                key, fields.data.get("period", "(absent)"), "a rule with a period: its clock has no end", "dates"
            )
    extendable = values["extendable"]
    if extendable and extendable.whole and dated and not _one_unit(values["period"], extendable.max):
        want = "a period and a max that are counted alike, in days, weeks, months or years: they are one period"
        fields.fault("extendable.whole", True, want, "dates")
    if values["on_silence"] and not values["by_authority"]:
        want = f'party = "{THE_AUTHORITY}": only the silence of the authority can be deemed to say something'
        fields.fault("on_silence", fields.data.get("party", "(absent)"), want, "silence")
    names = [*facts_in(values["when"])]
    facts = [(name, law.facts[name]) for name in names if name in law.facts]
    told = [noun for noun in values["nouns"] if not any(fact.confidential(noun) for _, fact in facts)]
    private = [name for name, fact in facts if not all(fact.shown(noun) for noun in told)]
    if private and not values["public_outcome"] and (values["stoppable"] or values["extendable"]):
        want = f"public_outcome = true, or only public facts in when (not {', '.join(private)}): who stops it is public"
        fields.fault("stoppable" if values["stoppable"] else "extendable", "(given)", want, "public")


def _one_unit(of: Period | None, most: Period | None) -> bool:
    """Whether a period and what it may be extended by can be counted as one period in calendar days or more."""
    return of is None or most is None or (of.unit == most.unit and of.unit in ("days", "weeks", "months", "years"))


def _one_after_another(top: Fields, rules: Sequence[Rule]) -> None:
    """A duty that starts with, or ends by, another names one of this law, and none leads back to itself."""
    by_id = {rule.id: rule for rule in rules}
    leads = {
        rule.id: [name for name in (*rule.start.rules, rule.until.rule, rule.parent) if name] for rule in by_id.values()
    }
    for rule in by_id.values():
        for name in (*rule.start.rules, rule.until.rule):
            if name and name not in by_id:
                top.fault(f"rule {rule.id}, start", name, "the id of a rule of this law", "reference")
            elif name and not set(rule.nouns) & set(by_id[name].nouns):
                top.fault(f"rule {rule.id}, start", name, f"a rule about the same noun: {rule.nouns[0]}", "reference")
        for other in [by_id[name] for name in rule.start.rules if rule.start.event == "met" and name in by_id]:
            if not other.met_by:
                top.fault(f"rule {rule.id}, start", shown_start(rule.start), f"{other.id} with met_by", "reference")
        if _leads_back(rule.id, leads):
            top.fault(f"rule {rule.id}, start", shown_start(rule.start), "no duty that waits for itself", "circle")


def _public_of_something(top: Fields, law: Law, rules: Sequence[Rule]) -> None:
    nouns = {noun for rule in rules for noun in rule.nouns}
    for name, fact in law.facts.items():
        for noun in [noun for noun in fact.only or () if noun not in nouns]:
            top.fault(f"facts.{name}.public", noun, f"what a rule is about: {', '.join(sorted(nouns))}", "reference")


def _leads_back(rule_id: str, leads: Mapping[str, Sequence[str]]) -> bool:
    seen: set[str] = set()
    ahead = list(leads[rule_id])
    while ahead:
        name = ahead.pop()
        if name == rule_id:
            return True
        if name not in seen:
            seen.add(name)
            ahead += leads.get(name, ())
    return False


def _dated_in_public(fields: Fields, law: Law, values: Mapping[str, Any]) -> None:
    """Whose duty it is and when it falls due are always shown, so no private fact may tell them."""
    clause = values["transitional"]
    for key, name in (
        ("party", values["party"]), ("start.fact", values["start"].fact), ("transitional.fact", clause and clause.fact)
    ):  # fmt: skip
        if name in law.facts and not law.facts[name].public and law.facts[name].only is None:
            fields.fault(key, name, "a fact marked public: the debtor and the dates are shown", "public")


def _nouns(fields: Fields) -> tuple[str, ...]:
    want = 'what the rule is about, e.g. "model" or ["model", "training_run"]'
    value = fields.take("noun", (str, list), want)
    given = [value] if isinstance(value, str) else value or []
    wrong = [noun for noun in given if not is_noun(noun)]
    if value is not None and (wrong or not given):
        fields.fault("noun", value, want)
    return tuple(dict.fromkeys(noun for noun in given if isinstance(noun, str)))


def _in_force(fields: Fields) -> tuple[date | None, date | None]:
    table = fields.table("in_force", "a table {from, until}: the first day in force and the first day no longer so")
    if table is None:
        return None, None
    since, until = table.day("from"), table.day("until", DAY_WANT, None)
    table.end()
    if since and until and since >= until:
        table.fault("until", until, f"a day after {since}, the day it comes into force", "dates")
    return since, until


def _transitional(fields: Fields, law: Law) -> Transitional | None:
    table = fields.table("transitional", "a table {fact, before, due, citation}", None)
    if table is None:
        return None
    fact, before, due = fact_of(table, "fact", law.facts), table.day("before"), table.day("due")
    citation = table.string("citation", "the article that says so, e.g. Art. 111(3)")
    table.end()
    if before and due and due < before:
        table.fault("due", due, f"a day not before {before}", "dates")
    return Transitional(fact, before, due, citation) if before and due else None


def _when(fields: Fields, law: Law) -> Group:
    want = 'conditions such as {all = [{fact = "compute_flop", op = ">", value = 1e25}]}'
    table = fields.table("when", want)
    found = _group(table, law, 1) if table is not None else Group("all", ())
    if (conditions := len(facts_in(found))) > _CONDITIONS_MAX:
        fields.fault("when", f"{conditions} conditions", f"at most {_CONDITIONS_MAX}, definitions spelled out")
        return Group("all", ())
    return found


def _group(table: Fields, law: Law, depth: int) -> Group:
    given = [how for how in ("all", "any") if how in table.data]
    if len(given) != 1 or len(table.data) != 1 or depth > _DEPTH_MAX:
        seen = ", ".join(sorted(table.data)) or "(nothing)"
        table.fault("", seen, f"exactly one of all, any, nested at most {_DEPTH_MAX} deep", "conditions")
        return Group("all", ())
    how: Literal["all", "any"] = "all" if given[0] == "all" else "any"
    parts = table.take(how, list, "a list of conditions") or []
    if not 1 <= len(parts) <= _PARTS_MAX:
        table.fault(how, f"{len(parts)} conditions", f"from 1 to {_PARTS_MAX} conditions", "conditions")
    read = [_part(table, f"{how}[{number}]", part, law, depth) for number, part in enumerate(parts[:_PARTS_MAX])]
    return Group(how, tuple(part for part in read if part is not None))


def _part(table: Fields, path: str, value: Any, law: Law, depth: int) -> Condition | Group | None:
    if not isinstance(value, Mapping):
        table.fault(path, value, "a table {fact, op, value} or {all} or {any}", "type")
        return None
    inner = table.inner(value, path)
    if "is" in value:
        return _is(inner, law)
    return _condition(inner, law) if set(value) & set(_LEAF_KEYS) else _group(inner, law, depth + 1)


def _is(table: Fields, law: Law) -> Group | None:
    """What a definition says, where it is in force as long as what uses it."""
    known = {one.id: one for one in law.definitions}
    want = "a [[definition]] that stands above and is in force as long"
    name = table.string("is", f"{want}: {', '.join(known) or 'there is none'}", pattern=FACT)
    table.end()
    if name and name not in known:
        table.fault("is", name, f"{want}: {', '.join(known) or 'there is none'}", "reference")
    return replace(known[name].when, named=name) if name in known else None


def _condition(table: Fields, law: Law) -> Condition:
    op = table.choice("op", OPS)
    fact = fact_of(table, "fact", law.facts)
    value = _value(table, op)
    act_on = table.choice("act_on", get_args(ActOn), "point")
    if "act_on" in table.data and op not in NUMBER_OPS:
        table.fault("act_on", act_on, f"only with {' '.join(NUMBER_OPS)}", "conditions")
    table.end()
    return Condition(fact, op, value, act_on)  # type: ignore[arg-type]


def _value(table: Fields, op: str) -> Any:
    if op in NUMBER_OPS:
        value = table.take("value", (int, float), "a finite number, e.g. 1e25")
        if value is not None and not math.isfinite(value):
            table.fault("value", value, "a finite number, e.g. 1e25")
        return float(value) if value is not None else None
    if op in DATE_OPS:
        return table.day("value")
    if op in LIST_OPS:
        value = table.take("value", list, "a list of texts")
        return _texts(table, value) if value is not None else None
    return table.take("value", (bool, str, int, float), "true, false, a text or a number")


def _texts(table: Fields, value: Sequence[Any]) -> tuple[str, ...]:
    if not value or not all(isinstance(item, str) and item.strip() for item in value):
        table.fault("value", value, "a list of texts, at least one")
    return tuple(item for item in value if isinstance(item, str))


def _no_overlap(top: Fields, spans: Sequence[Span], what: str = "rule") -> None:
    """The same rule may appear for several spans of its life, each with its own version, never two at a time; so may
    a definition."""
    by_id: dict[str, list[Span]] = {}
    for span in spans:
        by_id.setdefault(span.id, []).append(span)
    for rule_id, group in by_id.items():
        group.sort(key=lambda span: span.since)
        if len({span.version for span in group}) < len(group):
            seen = ", ".join(span.version for span in group)
            top.fault(f"{what} {rule_id}, version", seen, "a version of its own for each span", "version")
        for earlier, later in itertools.pairwise(group):
            if earlier.until is None or later.since < earlier.until:
                want = "dates in force that do not overlap: end the earlier one on the day the later one begins"
                top.fault(f"{what} {rule_id}, in_force", f"{earlier} and {later}", want, "overlap")
