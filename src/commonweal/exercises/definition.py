"""An exercise as written down: a TOML file with its actors, injects, the outside world's rules, and how it is scored.

```toml
id       = "late_answers"                     # names the exercise and its folder's log
title    = { en = "…", zh = "…" }
summary  = { en = "…", zh = "…" }
playbook = "playbook.coordinated_pausing"     # what is exercised
start    = "2026-09-07T08:00:00Z"             # where its clock starts
length   = "P40D"                             # it ends then at the latest
seed     = 7                                  # of the drawn delays, unless another is given

[[actor]]                                     # a role that people may play, or that is simulated
id   = "borealis"
name = { en = "Borealis (fictitious)", zh = "…" }
party = "party:borealis"
roles = ["developer"]                         # as a key of theirs would have them
organisation = ""                             # whom that key speaks for (approvals)
delay   = { median = "PT20H", spread = 1.6 }  # how long it takes: log-normal by median and geometric standard
silence = 0.05                                #   deviation; or "PT4H" (always), or { least, most } (even); or never

[[inject]]                                    # what the controller puts in, whatever has happened until then
id    = "alert"
after = "PT1H"
say   = { en = "…", zh = "…" }
by    = "aurora"
file  = "containment.alert"                   # and body, subject; or done / approve a step, as in a story
body  = { … }

[[rule]]                                      # the outside world: when that comes, this actor acts, after its delay
id   = "borealis_answers"
when = { entry = "containment.order", where = { addressee = "organisation:borealis" } }   # or { step = "Evaluate" }
by   = "borealis"
file = "containment.pause_acknowledged"
body = { order = "$subject", alert = "$alert", … }   # $subject, $entry, and $field of what came
refuses = { chance = 0.1, body = { … } }      # does this instead, so often (optional)

[[milestone]]                                 # how the time is divided: each ends what the one before began
id = "paused"
title = { en = "Everyone paused", zh = "…" }
at = { entry = "containment.round_complete", where = { stage = "answers" } }  # or { inject }, { step, is }
contained = true                              # the danger is contained here: time to containment ends (one of them)

[[objective]]
id = "fast"
title = { en = "…", zh = "…" }
points = 10
source = { en = "why these figures", zh = "…" } # or one text for readers of either language
measure = "time"                              # from one point to another: all points up to `full`, none after `none`
from = { inject = "alert" }
to   = { entry = "containment.call" }
full = "PT8H"
none = "PT24H"
# measure = "deadline": step (share of its visits that ended before the deadline)
# measure = "quorum":   step, n (voices of distinct organisations for it)
# measure = "recipients": entry, where, field, expected (right ones less wrong ones)
# measure = "outcome":  expected (how the case of the exercised playbook ended)

[[improvement]]                               # proposed where the objective's points fall short, or a delay dominated
id = "rota"
objective = "fast"                            # or milestone = "paused"
title = { en = "…", zh = "…" }
measure = { en = "…", zh = "…" }              # what is to be done
owner = "organisation:the-authority"
due_after = "P60D"
```
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from commonweal.kernel.protocols.durations import Duration, duration
from commonweal.kernel.values import (
    LANGUAGES,
    BadInput,
    FaultCollector,
    RuleFault,
    Text,
    digest,
    instant,
    read_toml,
)

TEXT_BYTES_MAX, ITEMS_MAX = 400_000, 500
DOES = ("file", "done", "approve")
MEASURES = ("time", "deadline", "quorum", "recipients", "outcome")
SPREAD_MAX, DRAWN_MAX = 20.0, timedelta(days=3660)
SEED_MAX = 2**53
_ACT = ("file", "done", "approve", "body", "subject", "of", "variables", "outcome", "role", "organisation", "decision")
Given = Mapping[str, Any]


@dataclass(frozen=True)
class Delay:
    """How long somebody takes. `draw` is a function of its key alone: the same key, the same delay."""

    form: Literal["fixed", "even", "log_normal"]
    first: timedelta
    second: timedelta = timedelta()
    spread: float = 1.0

    def draw(self, key: str) -> timedelta:
        """Whole seconds, never negative, at most ten years."""
        if self.form == "fixed":
            return self.first
        chance = random.Random(key)
        if self.form == "even":
            seconds = chance.uniform(self.first.total_seconds(), self.second.total_seconds())
        else:
            seconds = self.first.total_seconds() * math.exp(chance.gauss(0, 1) * math.log(self.spread))
        return min(timedelta(seconds=round(seconds)), DRAWN_MAX)


@dataclass(frozen=True)
class Actor:
    """A role in the exercise. A `player` is played by people: the simulation leaves it alone."""

    id: str
    name: Text
    party: str
    roles: tuple[str, ...]
    organisation: str
    delay: Delay
    silence: float
    player: bool = False


@dataclass(frozen=True)
class Point:
    """An instant looked for in the record: an inject, an entry, or what happened at a step."""

    inject: str = ""
    entry: str = ""
    where: Given = field(default_factory=dict)
    step: str = ""
    happened: str = "completed"


@dataclass(frozen=True)
class Inject:
    """What the controller puts in at an instant of the timeline."""

    id: str
    after: Duration
    say: Text
    by: str
    does: str
    given: Given


@dataclass(frozen=True)
class Rule:
    """When something comes, an actor does something after a delay; `refuses` is what it does instead, so often."""

    id: str
    when: Point
    by: str
    does: str
    given: Given
    delay: Delay
    silence: float
    refusal: float = 0.0
    refused: Given = field(default_factory=dict)


@dataclass(frozen=True)
class Milestone:
    """One end of a stretch of time; where `contained`, the danger is."""

    id: str
    title: Text
    at: Point
    contained: bool = False


@dataclass(frozen=True)
class Objective:
    """What is scored, with the most points it may give and why the figures are what they are."""

    id: str
    title: Text
    measure: str
    points: float
    source: Text
    given: Given
    start: Point | None = None
    end: Point | None = None
    full: timedelta = timedelta()
    none: timedelta = timedelta()


@dataclass(frozen=True)
class Improvement:
    """What is proposed when an objective falls short or a milestone took longest."""

    id: str
    title: Text
    measure: Text
    owner: str
    due_after: Duration
    objective: str = ""
    milestone: str = ""


@dataclass(frozen=True)
class Definition:
    """An exercise as read; `sha256` is of its text."""

    id: str
    text: str = field(repr=False)
    sha256: str
    title: Text
    summary: Text
    playbook: str
    start: datetime
    length: Duration
    seed: int
    actors: Mapping[str, Actor]
    injects: tuple[Inject, ...]
    rules: tuple[Rule, ...]
    milestones: tuple[Milestone, ...]
    objectives: tuple[Objective, ...]
    improvements: tuple[Improvement, ...]

    @property
    def ends(self) -> datetime:
        return self.length.after(self.start)


def read_definition(text: str) -> Definition:
    """Read an exercise. Raises `RuleFault` naming every fault with what was seen and what would be right."""
    faults = FaultCollector("exercise", RuleFault)
    data = read_toml(text, "exercise") if len(text.encode("utf-8", "replace")) <= TEXT_BYTES_MAX else {}
    if not data:
        faults.add("(whole)", f"{len(text)} characters", f"an exercise of at most {TEXT_BYTES_MAX} bytes", "too_large")
    faults.done()
    reader = _Reader(data, faults)
    found = reader.definition(text)
    faults.done()
    return found


class _Reader:
    """Reads one file, collecting faults instead of stopping at the first."""

    def __init__(self, data: Given, faults: FaultCollector) -> None:
        self.data, self.faults = data, faults

    def definition(self, text: str) -> Definition:
        top = ("id", "title", "summary", "playbook", "start", "length", "seed", "actor", "inject", "rule", "milestone",
               "objective", "improvement")  # fmt: skip
        self.known(self.data, top, "")
        actors = {actor.id: actor for actor in (self.actor(*item) for item in self.tables("actor"))}
        if not actors:
            self.faults.add("actor", "(absent)", "at least one [[actor]]: somebody who acts")
        injects = tuple(self.inject(item, where, actors) for item, where in self.tables("inject"))
        rules = tuple(self.rule(item, where, actors) for item, where in self.tables("rule"))
        names = {inject.id for inject in injects}
        milestones = tuple(self.milestone(item, where, names) for item, where in self.tables("milestone"))
        objectives = tuple(self.objective(item, where, names) for item, where in self.tables("objective"))
        improvements = tuple(self.improvement(*item) for item in self.tables("improvement"))
        self.together(injects, rules, milestones, objectives, improvements)
        seed = self.data.get("seed", 1)
        if not isinstance(seed, int) or isinstance(seed, bool) or not 0 <= seed < SEED_MAX:
            self.faults.add("seed", seed, "a whole number from 0")
            seed = 1
        return Definition(
            id=self.word(self.data, "id", ""), text=text, sha256=digest(text.encode()),
            title=self.both(self.data, "title", ""), summary=self.both(self.data, "summary", ""),
            playbook=self.string(self.data, "playbook", ""), start=self.start(),
            length=self.span(self.data, "length", ""), seed=seed, actors=actors, injects=injects, rules=rules,
            milestones=milestones, objectives=objectives, improvements=improvements,
        )  # fmt: skip

    def together(
        self,
        injects: Sequence[Inject],
        rules: Sequence[Rule],
        milestones: Sequence[Milestone],
        objectives: Sequence[Objective],
        improvements: Sequence[Improvement],
    ) -> None:
        """What only the whole file shows: names used once, one end of containment, improvements of what is there."""
        groups = {"inject": injects, "rule": rules, "milestone": milestones, "objective": objectives}
        for name, group in {**groups, "improvement": improvements}.items():
            ids = [item.id for item in group]  # type: ignore[attr-defined]
            for twice in sorted({one for one in ids if ids.count(one) > 1}):
                self.faults.add(f"{name}.id", twice, "each id once", "duplicate")
        if sum(milestone.contained for milestone in milestones) != (1 if milestones else 0):
            self.faults.add(
                "milestone.contained", "(none or several)", "true at just one milestone: there it is contained"
            )
        for number, item in enumerate(improvements, 1):
            known = {"objective": {one.id for one in objectives}, "milestone": {one.id for one in milestones}}
            for name, there in known.items():
                if getattr(item, name) and getattr(item, name) not in there:
                    self.faults.add(
                        f"improvement {number}.{name}", getattr(item, name), f"one of: {', '.join(sorted(there))}"
                    )

    # values

    def known(self, item: Given, names: Sequence[str], where: str) -> None:
        for name in sorted(set(item) - set(names)):
            self.faults.add(_at(where, name), item[name], f"one of {', '.join(sorted(names))}", "unknown")

    def tables(self, name: str) -> list[tuple[Given, str]]:
        found = self.data.get(name, [])
        if not isinstance(found, list) or not all(isinstance(item, dict) for item in found) or len(found) > ITEMS_MAX:
            self.faults.add(name, found, f"at most {ITEMS_MAX} [[{name}]] tables")
            return []
        return [(item, f"{name} {number}") for number, item in enumerate(found, 1)]

    def string(self, item: Given, name: str, where: str, default: str | None = None) -> str:
        value = item.get(name, default)
        if isinstance(value, str) and (value or default is not None):
            return value
        self.faults.add(_at(where, name), value if name in item else "(absent)", "a text")
        return ""

    def source(self, item: Given, where: str) -> Text:
        found = item.get("source")
        return (
            Text(dict.fromkeys(LANGUAGES, found))
            if found and isinstance(found, str)
            else self.both(item, "source", where)
        )

    def word(self, item: Given, name: str, where: str) -> str:
        value = self.string(item, name, where)
        if value and not value.replace("_", "").isalnum():
            self.faults.add(_at(where, name), value, "a word of letters, digits and underscores")
        return value

    def both(self, item: Given, name: str, where: str, default: Text | None = None) -> Text:
        value = item.get(name)
        if value is None and default is not None:
            return default
        if (
            isinstance(value, dict)
            and set(value) == set(LANGUAGES)
            and all(isinstance(one, str) and one for one in value.values())
        ):
            return Text(value)
        self.faults.add(_at(where, name), value if name in item else "(absent)", "a text in both languages: {en, zh}")
        return Text(en="", zh="")

    def span(self, item: Given, name: str, where: str) -> Duration:
        try:
            return duration(item.get(name, "(absent)"))
        except BadInput as error:
            self.faults.add(_at(where, name), item.get(name, "(absent)"), error.faults[0].want)
            return duration("P0D")

    def length(self, item: Given, name: str, where: str) -> timedelta:
        return _length(self.span(item, name, where))

    def share(self, item: Given, name: str, where: str, default: float) -> float:
        value = item.get(name, default)
        if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= 1:
            return float(value)
        self.faults.add(_at(where, name), value, "a chance from 0 to 1")
        return default

    def start(self) -> datetime:
        value = self.data.get("start")
        try:
            return instant(value if isinstance(value, str) else value.isoformat())  # type: ignore[union-attr]
        except (BadInput, AttributeError):
            self.faults.add("start", value, "an instant with a time zone, e.g. 2026-09-07T08:00:00Z")
            return instant("2000-01-01")

    def delay(self, item: Given, where: str, default: Delay) -> Delay:
        value = item.get("delay")
        if value is None:
            return default
        place = _at(where, "delay")
        if isinstance(value, str):
            return Delay("fixed", self.length(item, "delay", where))
        if isinstance(value, dict) and set(value) == {"least", "most"}:
            return Delay("even", self.length(value, "least", place), self.length(value, "most", place))
        if isinstance(value, dict) and set(value) == {"median", "spread"}:
            spread = value["spread"]
            if not isinstance(spread, (int, float)) or isinstance(spread, bool) or not 1 <= spread <= SPREAD_MAX:
                self.faults.add(f"{place}.spread", spread, f"a geometric standard deviation from 1 to {SPREAD_MAX:g}")
                spread = 1.0
            return Delay("log_normal", self.length(value, "median", place), spread=float(spread))
        self.faults.add(
            place, value, 'a duration, { median = "PT6H", spread = 2.0 } or { least = "PT1H", most = "PT9H" }'
        )
        return default

    # tables

    def actor(self, item: Given, where: str) -> Actor:
        self.known(item, ("id", "name", "party", "roles", "organisation", "delay", "silence", "player"), where)
        roles = item.get("roles", [])
        if not isinstance(roles, list) or not roles or not all(isinstance(role, str) for role in roles):
            self.faults.add(f"{where}.roles", roles, "at least one role, as a key has them")
            roles = []
        return Actor(
            id=self.word(item, "id", where), name=self.both(item, "name", where),
            party=self.string(item, "party", where), roles=tuple(roles),
            organisation=self.string(item, "organisation", where, ""),
            delay=self.delay(item, where, Delay("fixed", timedelta())),
            silence=self.share(item, "silence", where, 0.0), player=item.get("player") is True,
        )  # fmt: skip

    def act(self, item: Given, where: str) -> tuple[str, Given]:
        does = [name for name in DOES if name in item]
        if len(does) != 1:
            self.faults.add(where, ", ".join(does) or "(nothing)", f"one of {', '.join(DOES)}")
            return "file", {}
        self.string(item, does[0], where)
        return does[0], {name: item[name] for name in _ACT if name in item}

    def by(self, item: Given, where: str, actors: Mapping[str, Actor]) -> str:
        value = self.string(item, "by", where)
        if value and value not in actors:
            self.faults.add(f"{where}.by", value, f"one of the actors: {', '.join(actors) or 'none'}")
        return value

    def inject(self, item: Given, where: str, actors: Mapping[str, Actor]) -> Inject:
        self.known(item, ("id", "after", "say", "by", *_ACT), where)
        does, given = self.act(item, where)
        say = self.both(item, "say", where, Text(en="", zh=""))
        return Inject(
            self.word(item, "id", where),
            self.span(item, "after", where),
            say,
            self.by(item, where, actors),
            does,
            given,
        )

    def rule(self, item: Given, where: str, actors: Mapping[str, Actor]) -> Rule:
        self.known(item, ("id", "when", "by", "delay", "silence", "refuses", *_ACT), where)
        by = self.by(item, where, actors)
        actor = actors.get(by)
        does, given = self.act(item, where)
        refuses = item.get("refuses", {})
        if not isinstance(refuses, dict) or (refuses and not {"chance"} <= set(refuses) <= {"chance", *_ACT}):
            self.faults.add(f"{where}.refuses", refuses, "{ chance = 0.1, body = {…} }")
            refuses = {}
        return Rule(
            id=self.word(item, "id", where), when=self.point(item, "when", where, set()), by=by, does=does, given=given,
            delay=self.delay(item, where, actor.delay if actor else Delay("fixed", timedelta())),
            silence=self.share(item, "silence", where, actor.silence if actor else 0.0),
            refusal=self.share(refuses, "chance", f"{where}.refuses", 0.0),
            refused={**given, **{name: refuses[name] for name in _ACT if name in refuses}},
        )  # fmt: skip

    def point(self, item: Given, name: str, where: str, injects: set[str]) -> Point:
        value, place = item.get(name), _at(where, name)
        if not isinstance(value, dict) or len({"inject", "entry", "step"} & set(value)) != 1:
            self.faults.add(place, value, "{ entry = …, where = {…} }, { step = … } or { inject = … }")
            return Point()
        self.known(value, ("inject", "entry", "where", "step", "is"), place)
        if "inject" in value and value["inject"] not in list(injects):
            self.faults.add(
                f"{place}.inject", value["inject"], f"one of the injects: {', '.join(sorted(injects)) or 'none'}"
            )
        happened = value.get("is", "completed" if name != "when" else "entered")
        if happened not in ("entered", "completed", "escalated"):
            self.faults.add(f"{place}.is", happened, "entered, completed or escalated")
        within = value.get("where", {})
        if not isinstance(within, dict):
            self.faults.add(f"{place}.where", within, "a table of names and values")
            within = {}
        return Point(
            str(value.get("inject", "")), str(value.get("entry", "")), dict(within),
            str(value.get("step", "")), str(happened),
        )  # fmt: skip

    def milestone(self, item: Given, where: str, injects: set[str]) -> Milestone:
        self.known(item, ("id", "title", "at", "contained"), where)
        return Milestone(
            self.word(item, "id", where), self.both(item, "title", where), self.point(item, "at", where, injects),
            item.get("contained") is True,
        )  # fmt: skip

    def objective(self, item: Given, where: str, injects: set[str]) -> Objective:
        measure = self.string(item, "measure", where)
        needs = {
            "time": ("from", "to", "full", "none"), "deadline": ("step",), "quorum": ("step", "n"),
            "recipients": ("entry", "field", "expected"), "outcome": ("expected",),
        }  # fmt: skip
        if measure not in needs:
            self.faults.add(f"{where}.measure", measure, f"one of {', '.join(MEASURES)}")
        wanted = needs.get(measure, ())
        self.known(item, ("id", "title", "measure", "points", "source", "where", *wanted), where)
        for name in wanted:
            if name not in item:
                self.faults.add(f"{where}.{name}", "(absent)", f"what {measure} is measured by", "missing")
        points = item.get("points", 0)
        if not isinstance(points, (int, float)) or isinstance(points, bool) or not 0 < points <= 1000:
            self.faults.add(f"{where}.points", points, "points above 0, at most 1000")
            points = 1
        timed = measure == "time" and set(wanted) <= set(item)
        full = self.length(item, "full", where) if timed else timedelta()
        none = self.length(item, "none", where) if timed else timedelta()
        if timed and none <= full:
            self.faults.add(f"{where}.none", item["none"], "longer than `full`")
        return Objective(
            id=self.word(item, "id", where), title=self.both(item, "title", where), measure=measure,
            points=float(points), source=self.source(item, where),
            given={name: item[name] for name in (*wanted, "where") if name in item},
            start=self.point(item, "from", where, injects) if timed else None,
            end=self.point(item, "to", where, injects) if timed else None, full=full, none=none,
        )  # fmt: skip

    def improvement(self, item: Given, where: str) -> Improvement:
        self.known(item, ("id", "title", "measure", "owner", "due_after", "objective", "milestone"), where)
        if ("objective" in item) == ("milestone" in item):
            self.faults.add(where, sorted(item), "objective or milestone: what it is proposed for")
        return Improvement(
            self.word(item, "id", where), self.both(item, "title", where), self.both(item, "measure", where),
            self.string(item, "owner", where), self.span(item, "due_after", where),
            self.string(item, "objective", where, ""), self.string(item, "milestone", where, ""),
        )  # fmt: skip


def _length(span: Duration) -> timedelta:
    """A duration's length, months counted from a fixed day: only used for delays and scores, never for deadlines."""
    begin = datetime(2001, 1, 1)
    return span.after(begin) - begin


def _at(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name
