"""Parts of a rule that say when its clock starts, what satisfies it, who may move it, and what comes after it.

Each part is a frozen dataclass with the function that reads it from a rule text; `laws` puts them together.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal, get_args

from commonweal.kernel.values import Period, Text, period, shown
from commonweal.kernel.values.periods import PERIOD_WANT

from .reading import Fields

Event = Literal["known", "fact", "in_force", "began", "due", "met"]
Timing = Literal["period", "none", "at_once"]
Silence = Literal["", "deemed_approved", "deemed_refused"]
Holds = Literal["", "holds", "open"]
HOLDS: Holds = "holds"
MAY_HOLD: Holds = "open"
OF_DUTIES = ("began", "due", "met")
FACT = r"[a-z][a-z0-9_]{1,47}"
FACT_WANT = "a fact's name in lower case with underscores, e.g. compute_flop, that stands in [facts]"
KIND = r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*"
CODE = r"[a-z][a-z0-9_]{0,47}"
DONE = "duty.done"
DONE_SEALED = "duty.done_sealed"
STATED = "duty.stated"
THE_AUTHORITY = "authority"
CONDITIONS = "conditions"
FOLLOW_UPS_MAX, RELAYS_MAX, TIMES_MAX, MET_BY_MAX, STARTS_MAX = 16, 16, 100, 8, 8
_MET_BY_WANT = (
    "the kind of entry that satisfies the duty, e.g. model_registration.notification; {kind, rule, subject, on, party, "
    "where, holds}; or a list of these of which any does"
)


@dataclass(frozen=True, slots=True)
class Transitional:
    """Subjects for which `fact` gives a date before `before` have until the end of the day `due`."""

    fact: str
    before: date
    due: date
    citation: str


@dataclass(frozen=True, slots=True)
class Start:
    """What starts the clock.

    All conditions known to hold, the date that a fact gives, or the rule's own start; or what happens to another duty
    of the same law about the same subject (`rule`): its clock began, fell due, or it was met. Of several (`also`) the
    first to do so starts it. With `not_earlier` nothing is owed of what a fact dates before the rule's own start.
    """

    event: Event = "known"
    fact: str = ""
    rule: str = ""
    also: tuple[str, ...] = ()
    not_earlier: bool = False

    @property
    def rules(self) -> tuple[str, ...]:
        """The duties of which any starts the clock."""
        return (self.rule, *self.also) if self.rule else ()


@dataclass(frozen=True, slots=True)
class MetBy:
    """A kind of entry that satisfies the duty.

    Its body names the rule in field `rule` ("": it need name none) and the subject in field `subject` (else the
    entry's own subject is meant); `on` names the field that dates it (else the entry's time does), and `received`
    the one in which whoever wrote down what came by letter or by word of mouth says when it came: that was its
    receipt. `party` names the field that says for whom it was filed: then only the debtor's own filing satisfies
    the duty, as far as the debtor is known. `where` has fields with the values of which each must have one. With
    `holds` it counts only once what is on file makes the duty owed: a filing that told of nothing of the kind is no
    report of it. With `holds = "open"` it counts also while that is not known yet, if it states what starts the clock:
    a first report may be incomplete, and one that denies what came later is no report of that.
    """

    kind: str
    rule: str = "rule"
    subject: str = ""
    on: str = ""
    party: str = ""
    where: tuple[tuple[str, tuple[str, ...]], ...] = ()
    holds: Holds = ""
    received: str = ""

    def takes(self, kind: str, body: Mapping[str, Any], rule_id: str) -> bool:
        """Whether an entry of that kind, with that body, is one that satisfies the rule of that id."""
        named = not self.rule or body.get(self.rule) == rule_id
        fits = kind == self.kind or (kind == DONE_SEALED and self.kind == DONE)
        return fits and named and all(_said(body.get(name)) & {*values} for name, values in self.where)


def _said(value: Any) -> set[str]:
    """What a field of a filing says: its text, or each text of its list."""
    return {item for item in (value if isinstance(value, list | tuple) else (value,)) if isinstance(item, str)}


BY_AUTHORITY = (MetBy(DONE, "rule", "about", "on"),)
"""What satisfies a duty of the authority where its text says nothing else."""
BY_STATEMENT = MetBy(STATED, "rule", "about", "on")
"""What satisfies a duty that is owed to somebody else than this authority: that its debtor states when and how."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """Who may stop or extend a clock, for which reasons (code → words), how long, how often and by which clause.

    `max` bounds each stop, and all extensions together; None leaves it open. `times` is 0 where any number will do;
    `each` has the reasons that may be given only so often. Extensions that are `whole` are one period with the rule's,
    counted from its start: three months, not one month and then two.
    """

    by: tuple[str, ...]
    reasons: Mapping[str, Text]
    max: Period | None = None
    times: int = 0
    citation: str = ""
    each: Mapping[str, int] = field(default_factory=dict)
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Until:
    """What ends a duty that recurs: the day a fact gives, another duty met, or a period from the clock's start.

    With `conditions` it lasts as long as the conditions of its rule hold, and the rule itself is in force.
    """

    fact: str = ""
    rule: str = ""
    period: Period | None = None
    conditions: bool = False


@dataclass(frozen=True, slots=True)
class Later:
    """A duty that comes after another: a follow-up of the same debtor, or the authority's to pass something on."""

    id: str
    role: Literal["follow_up", "relay"]
    citation: str
    start: Start
    timing: Timing
    period: Period | None
    met_by: tuple[MetBy, ...]
    title: Text | None = None
    text: Text | None = None
    duty: str = ""
    owed_to: Text | None = None
    every: Period | None = None
    until: Until = field(default_factory=Until)


def fact_of(fields: Fields, key: str, facts: Mapping[str, Any], default: Any = None) -> str:
    """A fact's name that the law declares; "" after a fault."""
    name = fields.string(key, FACT_WANT) if default is None else fields.string(key, FACT_WANT, default)
    if name and name not in facts:
        fields.fault(key, name, FACT_WANT, "fact")
    return name


def timing_of(fields: Fields, default: Any = None) -> tuple[Timing, Period | None]:
    """How long the clock runs, or that it has no end, or ends with the day that starts it."""
    want = f'{PERIOD_WANT}; or "none" (no date), or "at_once" (the day that starts the clock)'
    required = default is None
    value = fields.take("period", (str, dict), want) if required else fields.take("period", (str, dict), want, default)
    if value in ("none", "", None):
        return "none", None
    if value == "at_once":
        return "at_once", None
    return "period", fields.parsed("period", value, period, want)


def start_of(fields: Fields, facts: Mapping[str, Any], parent: str = "") -> Start:
    """What starts the clock. A duty that comes after another (`parent`) starts, unless it says so, when that is met."""
    usual = "met" if parent else "known"
    want = 'a table {event = "known" | "fact" | "in_force" | "began" | "due" | "met", fact, of (one or several)}'
    table = fields.table("start", want, {"event": usual})
    if table is None:
        return Start()
    event = table.choice("event", get_args(Event))
    fact = fact_of(table, "fact", facts) if event == "fact" else ""
    rules = _rules_of(table, parent) if event in OF_DUTIES else ("",)
    not_earlier = event == "fact" and table.flag("not_earlier", False)
    table.end()
    return Start(event, fact, rules[0], rules[1:], not_earlier)  # type: ignore[arg-type]


def _rules_of(table: Fields, parent: str) -> tuple[str, ...]:
    """The duties that start a clock, each by its full id: one, or each of a list."""
    several = table.data.get("of")
    if not isinstance(several, list):
        return (full_id(table, "of", parent),)
    want = f"from 2 to {STARTS_MAX} ids of duties, each once"
    given = table.take("of", list, want) or [""]
    texts = [item for item in given if isinstance(item, str) and item]
    if not 2 <= len(given) <= STARTS_MAX or len({*texts}) < len(given):
        table.fault("of", several, want)
    return tuple(f"{parent}.{name}" if parent and "." not in name else name for name in texts[:STARTS_MAX]) or ("",)


def full_id(table: Fields, key: str, parent: str) -> str:
    """The id of the duty that a clause names: a rule of the same law, or a sibling by its short id, else the parent."""
    want = "the id of a rule of this law, or of a follow-up or relay of the same rule"
    named = table.string(key, want, parent) if parent else table.string(key, want)
    return f"{parent}.{named}" if parent and named and "." not in named else named


def met_by_of(fields: Fields, default: tuple[MetBy, ...] = ()) -> tuple[MetBy, ...]:
    """The kinds of entry of which any satisfies the duty."""
    value = fields.take("met_by", (str, dict, list), _MET_BY_WANT, None)
    if value is None:
        return default
    if not isinstance(value, list):
        return (_one_met_by(fields, "met_by", value, default),)
    if not 1 <= len(value) <= MET_BY_MAX:
        fields.fault("met_by", f"{len(value)} kinds", f"from 1 to {MET_BY_MAX}: {_MET_BY_WANT}")
    found = [_one_met_by(fields, f"met_by[{number}]", item, default) for number, item in enumerate(value[:MET_BY_MAX])]
    if len({*found}) < len(found):
        fields.fault("met_by", ", ".join(one.kind for one in found), "each only once", "duplicate")
    return tuple(found)


def _one_met_by(fields: Fields, path: str, value: Any, default: tuple[MetBy, ...]) -> MetBy:
    if not isinstance(value, str | Mapping):
        fields.fault(path, value, _MET_BY_WANT, "type")
        return MetBy("")
    table = fields.inner({"kind": value} if isinstance(value, str) else value, path)
    kind = table.string("kind", _MET_BY_WANT, pattern=KIND)
    usual = next((one for one in default if one.kind == kind), MetBy(kind))
    named = {key: _field(table, key, getattr(usual, key)) for key in _NAMING}
    found = MetBy(
        kind,
        **named,
        where=_where(table) if "where" in table.data else usual.where,
        holds=_holds(table, usual.holds),
    )
    table.end()
    return found


def _holds(table: Fields, usual: Holds) -> Holds:
    value = table.take("holds", (bool, str), f'true, or "{MAY_HOLD}"', None)
    if value is True or value == MAY_HOLD:
        return HOLDS if value is True else MAY_HOLD
    if value not in (None, False):
        table.fault("holds", value, f'true, or "{MAY_HOLD}"')
    return "" if value is False else usual


_NAMING = ("rule", "subject", "on", "received", "party")
"""What of a clause that meets a duty names a field of the filing."""


def _field(table: Fields, key: str, usual: str) -> str:
    """A field's name; "" says that there is none, also where the rule that a follow-up stands under names one."""
    if table.data.get(key) == "":
        return str(table.take(key, str, ""))
    return table.string(key, 'a field\'s name, or "" for none', usual, FACT)


def _where(table: Fields) -> tuple[tuple[str, tuple[str, ...]], ...]:
    want = 'the fields of the filing that decide whether it counts, e.g. {stage = ["initial", "final"]}'
    inner = table.table("where", want)
    if inner is None:
        return ()
    found = []
    for name, value in inner.data.items():
        values = value if isinstance(value, list) else [value]
        if not re.fullmatch(FACT, name):
            inner.fault(name, name, "a field's name")
        elif not values or not all(isinstance(item, str) and item.strip() for item in values):
            inner.fault(name, value, "a text, or a list of texts of which it has one")
        else:
            found.append((name, tuple(dict.fromkeys(values))))
    return tuple(found)


UNBOUNDED = "none"
"""The longest that all extensions may be together, of a law that sets no bound."""


def allowance_of(fields: Fields, key: str) -> Allowance | None:
    """Who may stop, or extend, the clock."""
    table = fields.table(key, "a table {by, reasons, max, times, citation}", None)
    if table is None:
        return None
    want = 'roles that may decide it, e.g. ["authority", "officer"]'
    by = table.take("by", list, want) or []
    if "by" in table.data and (not by or not all(isinstance(role, str) and re.fullmatch(CODE, role) for role in by)):
        table.fault("by", by, want)
    reasons, each = _reasons(table)
    most = table.take("max", (str, dict), PERIOD_WANT, None)
    most = None if most == UNBOUNDED else most
    found = Allowance(
        by=tuple(role for role in by if isinstance(role, str)),
        reasons=reasons,
        max=table.parsed("max", most, period, PERIOD_WANT) if most is not None else None,
        times=table.whole("times", 0, TIMES_MAX),
        citation=table.string("citation", "the article that allows it"),
        each=each,
        whole=table.flag("whole", False) if key == "extendable" else False,
    )
    table.end()
    if key == "extendable" and found.max is None and "max" not in table.data:
        table.fault(
            "max", "(absent)", f'how long all extensions may be together: {PERIOD_WANT}, or "{UNBOUNDED}"', "missing"
        )
    return found


def _reasons(table: Fields) -> tuple[dict[str, Text], dict[str, int]]:
    """The reasons in words, and how often those may be given that may be only so often."""
    want = "the reasons that the law allows: code = {en, zh, times}"
    inner = table.table("reasons", want)
    if inner is None:
        return {}, {}
    if not inner.data:
        inner.fault("", "(none)", want, "missing")
    words, each = {}, {}
    for code, value in inner.data.items():
        if not re.fullmatch(CODE, code):
            inner.fault(code, code, "a reason's code in lower case with underscores, e.g. information_requested")
        if isinstance(value, Mapping) and "times" in value:
            each[code] = inner.inner(value, code).whole("times", 0, TIMES_MAX)
            inner.data = {**inner.data, code: {name: item for name, item in value.items() if name != "times"}}
        words[code] = inner.words(code, "the reason")
    return words, each


def silence_of(fields: Fields) -> Silence:
    """What is deemed where the authority says nothing by the date."""
    return fields.choice("on_silence", get_args(Silence), "") if "on_silence" in fields.data else ""  # type: ignore[return-value]


def later_of(fields: Fields, facts: Mapping[str, Any], parent: str, met_by: tuple[MetBy, ...]) -> list[Later]:
    """The follow-ups and relays of a rule, in the order of the text."""
    found = [_follow_up(table, facts, parent, met_by) for table in _inner_tables(fields, "follow_up", FOLLOW_UPS_MAX)]
    tables = _inner_tables(fields, "relay", RELAYS_MAX)
    found += [_relay(table, parent, f"relay_{number + 1}") for number, table in enumerate(tables)]
    names = [later.id for later in found]
    for name in sorted({name for name in names if names.count(name) > 1}):
        fields.fault("follow_up", name, "an id of its own for each follow-up and relay", "id")
    return found


def _inner_tables(fields: Fields, key: str, most: int) -> list[Fields]:
    given = fields.take(key, list, f"a list of tables, at most {most}", [])
    if len(given) > most:
        fields.fault(key, f"{len(given)} entries", f"at most {most}")
    found = []
    for number, item in enumerate(given[:most]):
        if isinstance(item, Mapping):
            found.append(fields.inner(item, f"{key}[{number}]"))
        else:
            fields.fault(f"{key}[{number}]", item, "a table", "type")
    return found


def _follow_up(table: Fields, facts: Mapping[str, Any], parent: str, met_by: tuple[MetBy, ...]) -> Later:
    name = table.string("id", "a short code such as update or final", pattern=CODE)
    every = table.take("every", (str, dict), PERIOD_WANT, None)
    timing, length = timing_of(table, "none")
    found = Later(
        id=name,
        role="follow_up",
        citation=table.string("citation", "the article that asks for it"),
        start=start_of(table, facts, parent),
        timing=timing,
        period=length,
        met_by=met_by_of(table, met_by),
        title=table.words("title", "the follow-up's name"),
        text=table.words("text", "what is asked", {"en": "-", "zh": "-"}) if "text" in table.data else None,
        duty=table.string("duty", "a short code such as interim_report", name or "follow_up", FACT),
        owed_to=table.words("owed_to", "to whom it is owed") if "owed_to" in table.data else None,
        every=table.parsed("every", every, period, PERIOD_WANT) if every is not None else None,
        until=_until(table, facts, parent),
    )
    table.end()
    _ends(table, found, timing)
    return found


def _ends(table: Fields, found: Later, timing: Timing) -> None:
    """A follow-up has either one date or a rhythm with an end."""
    if ("every" in table.data) == ("period" in table.data):
        seen = "both" if "every" in table.data else "neither"
        table.fault("period", seen, "either period (once) or every (again and again, until …)", "dates")
    if found.every is not None and "until" not in table.data:
        want = (
            f'what ends it: {{fact}}, {{of = the duty whose filing ends it}}, {{period}} or "{CONDITIONS}", while the '
            "rule's conditions hold: no duty goes on for ever"
        )
        table.fault("until", "(absent)", want, "endless")
    if found.every is None and "until" in table.data:
        table.fault("until", found.until, "only together with every", "dates")
    if not found.met_by:
        table.fault("met_by", "(absent)", "the kind of entry that satisfies it, as the rule itself has none", "missing")
    if timing == "none" and "period" in table.data:
        table.fault(
            "period", table.data["period"], "a period: a follow-up without a date is a rule of its own", "dates"
        )


def _until(table: Fields, facts: Mapping[str, Any], parent: str) -> Until:
    if table.data.get("until") == CONDITIONS and table.take("until", str, ""):
        return Until(conditions=True)
    inner = table.table("until", f'a table {{fact}}, {{of}} or {{period}}, or "{CONDITIONS}"', None)
    if inner is None:
        return Until()
    if len(inner.data) != 1:
        inner.fault("", ", ".join(sorted(inner.data)) or "(nothing)", "exactly one of fact, of, period", "dates")
    fact = fact_of(inner, "fact", facts) if "fact" in inner.data else ""
    rule = full_id(inner, "of", parent) if "of" in inner.data else ""
    length = inner.parsed("period", inner.data["period"], period, PERIOD_WANT) if "period" in inner.data else None
    inner.take("period", (str, dict), PERIOD_WANT, None)
    inner.end()
    return Until(fact, rule, length)


def _relay(table: Fields, parent: str, usual: str) -> Later:
    within = table.take("within", (str, dict), PERIOD_WANT)
    after = full_id(table, "after", parent)
    found = Later(
        id=table.string("id", "a short code such as national", usual, CODE),
        role="relay",
        citation=table.string("citation", "the article that asks for it"),
        start=Start("met", rule=after),
        timing="period",
        period=table.parsed("within", within, period, PERIOD_WANT) if within is not None else None,
        met_by=met_by_of(table, BY_AUTHORITY),
        duty="relay",
        owed_to=table.words("to", "to whom it is passed on"),
    )
    table.end()
    return found


def relay_words(title: Text, to: Text, within: Period | None) -> tuple[Text, Text]:
    """Title and text of the duty to pass something on."""
    length = within.text() if within is not None else Text(en="-", zh="-")
    return (
        Text(en=f"Pass on: {title['en']}", zh=f"转送：{title['zh']}"),
        Text(
            en=f"Whoever receives it passes it on within {length['en']} to: {to['en']}.",
            zh=f"收到后须在{length['zh']}内转送：{to['zh']}。",
        ),
    )


def shown_start(start: Start) -> str:
    """A start in a few words, for a fault."""
    return shown(f"{start.event} {', '.join(start.rules) or start.fact}".strip())
