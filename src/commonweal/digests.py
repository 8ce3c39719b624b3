"""What a digest says: what is new for somebody, what is due soon and what is overdue, counted; nothing that is sealed.

It is sent only where something happened since the last: something came, or what was owed came near or fell overdue.

Mail can be read on its way, so there stand numbers, and of letters their references. What is counted follows from the
record at that moment: letters to the party, what it is asked about what it filed, what is owed by it, by organisations
that it registered and by the one it works for, also in confidence, and, of a person who holds a role here, the steps of
cases that wait for that role.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from commonweal.kernel import notices, obligations, persons, protocols
from commonweal.kernel.instrument import Thread
from commonweal.kernel.record import Reader, Row
from commonweal.kernel.registry.subjects import SUBJECT
from commonweal.kernel.values import LANGUAGES, Text, instant, stamp

SOON = timedelta(days=7)
REFERENCES_MAX = 10
DESKS = frozenset(("officer", "authority"))
_ORGANISATION = "organisation:"
_NEW, _SOON, _OVERDUE, _WAITS = "new", "soon", "overdue", "waits"
_HEADS = {
    _NEW: Text(en="New for you", zh="新增事项"),
    _WAITS: Text(en="Waiting for you", zh="待您处理"),
    _SOON: Text(en="Due within 7 days", zh="7日内到期"),
    _OVERDUE: Text(en="Overdue", zh="已逾期"),
}
_FIRST = Text(
    en="Digest: {new} new, {soon} due soon, {overdue} overdue", zh="摘要：新增 {new}，即将到期 {soon}，逾期 {overdue}"
)
_LETTERS = Text(en="Letters to you", zh="致您的公函")
_QUESTIONS = Text(en="Questions about what you filed", zh="就您所提交内容的提问")
_STEPS = Text(en="Steps of cases", zh="案件步骤")
_DUTIES = Text(en="Duties", zh="义务")
_FAILED = Text(en="Notices that could not be delivered", zh="未能送达的通知")
_LINE = Text(en="- {what}: {count}{named}", zh="- {what}：{count}{named}")
_NAMED = Text(en=" ({names})", zh="（{names}）")


@dataclass(slots=True)
class Counts:
    """What is counted under each heading: each thing with its number and, where it has them, references.

    `fresh` is whether any of it came, came near or fell overdue `since` the last digest.
    """

    since: str
    now: datetime
    fresh: bool = False
    of: dict[str, dict[Text, list[str]]] = field(default_factory=dict)

    def add(self, head: str, what: Text, name: str = "") -> None:
        self.fresh = self.fresh or head == _NEW
        self.of.setdefault(head, {}).setdefault(what, []).append(name)

    def by_date(self, due: str | None, what: Text) -> None:
        """Count what has a date as overdue or due soon, where it is."""
        if due and due <= stamp(self.now + SOON):
            overdue = due <= stamp(self.now)
            began = due if overdue else stamp(instant(due) - SOON)
            self.add(_OVERDUE if overdue else _SOON, what)
            self.fresh = self.fresh or began > self.since

    def total(self, head: str) -> int:
        return sum(map(len, self.of.get(head, {}).values()))


@dataclass(frozen=True)
class Digests:
    """Counts for whoever asked. `threads` are how those who filed are asked about it."""

    threads: Sequence[Thread] = ()

    def made(self, reader: Reader, party: str, since: str, now: datetime) -> Mapping[str, str]:
        """The digest of a party in each language, of what came after `since`; empty where nothing did."""
        counts = Counts(since, now)
        self._count(reader, party, counts)
        return {one: _words(counts, one) for one in LANGUAGES} if counts.fresh else {}

    def _count(self, reader: Reader, party: str, counts: Counts) -> None:
        since, now = counts.since, counts.now
        for row in notices.letters(reader, party=party):
            if row["issued_at"] and row["issued_at"] >= since:
                counts.add(_NEW, _LETTERS, row["reference"])
        mine = [row["subject"] for row in reader.select(SUBJECT, {"author": party}, only=("subject",))]
        for asked_at in self._questions(reader, mine):
            counts.add(_NEW if asked_at >= since else _WAITS, _QUESTIONS)
        person = persons.person_of(reader, party)
        stands = persons.standing(reader, person["person"], now) if person else persons.Standing("")
        roles = frozenset(stands.roles)
        for waiting in _waiting(reader, roles):
            counts.add(_NEW if waiting["entered_at"] >= since else _WAITS, _STEPS)
            counts.by_date(waiting["deadline"], _STEPS)
        own = {party, *(one for one in (stands.organisation, *mine) if one.startswith(_ORGANISATION))}
        for due in _dues(reader, own | ({obligations.THE_AUTHORITY} if roles & DESKS else set()), frozenset(mine)):
            counts.by_date(due, _DUTIES)
        if roles & DESKS:
            for failed in protocols.effects(reader, state="failed"):
                if notices.still_wanted(reader, failed):
                    counts.add(_NEW if failed["changed_at"] >= since else _WAITS, _FAILED)

    def _questions(self, reader: Reader, mine: Sequence[str]) -> Iterator[str]:
        """When each question was asked about what somebody filed that has no answer."""
        for thread in self.threads:
            for subject in (one for one in mine if one.partition(":")[0] == thread.noun):
                talk = thread.talk(reader, subject)
                if not any(one.what == "withdrawal" for one in talk):
                    yield from (one.at for one in talk if one.what == "question" and one.answered is None)


def _dues(reader: Reader, own: Collection[str], filed: Collection[str]) -> list[str | None]:
    """When what is owed is due: by these parties, whoever else is told of it, and by anybody about what was filed.

    Of what others owe no more is counted than anybody may see, for a number can give away a duty too.
    """
    states, only = ("owed", "overdue"), ("rule", "subject", "party", "due")
    public = obligations.duties(reader, states=states, only=only) if filed else ()
    rows = [row for row in public if row["subject"] in filed]
    for party in own:
        rows += obligations.duties(reader, party=party, states=states, private=True, only=only)
    return list({(row["rule"], row["subject"]): row["due"] for row in rows}.values())


def _waiting(reader: Reader, roles: frozenset[str]) -> Iterator[Row]:
    """The steps of open cases that wait for somebody in these roles, each once."""
    for case in protocols.cases(reader, state="open") if roles else ():
        for step in case["steps"]:
            waits = step["waiting_for"]
            asked = frozenset(waits["roles"]) if waits["kind"] == "approval" else DESKS
            if waits["kind"] in ("approval", "desk", "fact") and asked & roles:
                yield step


def _words(counts: Counts, language: str) -> str:
    """The digest in one language: a line that says how many, then each heading with its lines."""
    said = [_FIRST[language].format(**{head: counts.total(head) for head in (_NEW, _SOON, _OVERDUE)})]
    for head, title in _HEADS.items():
        if head in counts.of:
            lines = [_line(what, names, language) for what, names in counts.of[head].items()]
            said.append("\n".join([title[language], *lines]))
    return "\n\n".join(said)


def _line(what: Text, names: Sequence[str], language: str) -> str:
    shown = [name for name in names if name][:REFERENCES_MAX]
    more = len(names) - len(shown) if shown else 0
    joined = ("、" if language == "zh" else ", ").join([*shown, *(["…"] if more else [])])
    named = _NAMED[language].format(names=joined) if shown else ""
    return _LINE[language].format(what=what[language], count=len(names), named=named)
