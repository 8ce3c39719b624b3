"""What putting a rule text in force would change, and for whom, before it is signed.

The text is run on the record as it stands by the very rooms that will follow its adoption, in a transaction that is
undone: which duties begin, end or move, which thresholds stand otherwise, which playbooks start, what would be filed.
What time brings about later is not foreseen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from commonweal.adoption import adoption, check_rule
from commonweal.authority import Authority
from commonweal.instruments import RuleFile
from commonweal.kernel import obligations, protocols, registry, thresholds
from commonweal.kernel.record import Reader, Row
from commonweal.kernel.values import Conflict, Text, digest

ACTS_MAX = 20_000
"""So many acts are followed at most; where more would follow it is said that the preview is not whole."""
IDLE = (None, "not_owed", "lapsed")
How = Literal["begins", "ends", "changes"]
HOWS: Mapping[How, Text] = {
    "begins": Text(en="begins", zh="产生"),
    "ends": Text(en="ends", zh="终止"),
    "changes": Text(en="changes", zh="变更"),
}


@dataclass(frozen=True, slots=True)
class Change:
    """A duty or a threshold's state about a subject, before and after: states, last days (of duties) or levels.

    `title` is that of the rule, `party` who owes the duty.
    """

    how: How
    rule: str
    title: Text
    subject: str
    party: str
    before: str
    after: str
    due_before: str
    due_after: str


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What the adoption of a text would change. `held` is the version in force until then, "" for none.

    `counts` has, by state, how many duties stood so and would; `cases` the playbooks that would start with the subject
    of each; `entries` how many of each kind would follow. It is `whole` unless too much would follow to be followed.
    """

    file: RuleFile
    held: str
    held_text: str
    duties: Sequence[Change]
    counts: Mapping[str, tuple[int, int]]
    states: Sequence[Change]
    cases: Sequence[tuple[str, str]]
    entries: Mapping[str, int]
    whole: bool
    problems: Sequence[str]

    def as_dict(self) -> dict[str, Any]:
        """The same for programs."""
        return {
            "rule_id": self.file.rule_id,
            "room": self.file.room,
            "version": self.file.version,
            "in_force": self.held,
            "sha256": digest(self.file.text.encode()),
            "duties": [_plain(one) for one in self.duties],
            "duty_states": {state: {"before": was, "after": now} for state, (was, now) in self.counts.items()},
            "thresholds": [_plain(one) for one in self.states],
            "cases": [{"playbook": playbook, "subject": subject} for playbook, subject in self.cases],
            "entries": dict(self.entries),
            "whole": self.whole,
            "problems": list(self.problems),
        }


@dataclass(frozen=True, slots=True)
class _Stands:
    """How things stand in the tables at one moment."""

    duties: Mapping[tuple[str, str], Row]
    states: Mapping[tuple[str, str], Row]
    cases: Mapping[str, Row]
    titles: Mapping[str, Text]


def foreseen(authority: Authority, file: RuleFile) -> Foreseen:
    """What the adoption of a text would change here. Raises `RuleFault` for a text that cannot be adopted, `Conflict`
    for the very text that is in force."""
    authority.follow()
    check_rule(file, authority.reader, authority.kinds, instruments=authority.instruments.values())
    held = next((row for row in registry.texts(authority.reader) if row["rule_id"] == file.rule_id), None)
    if held is not None and held["sha256"] == digest(file.text.encode()):
        raise Conflict(f"{file.rule_id} {file.version} is in force already, in these words")
    tried = authority.tried(adoption(file, "foreseen"), _look, ACTS_MAX)
    was, now = tried.before, tried.after
    titles = {**was.titles, **now.titles}
    before, after = (Counter(row["state"] for row in one.duties.values()) for one in (was, now))
    return Foreseen(
        file=file,
        held=held["version"] if held else "",
        held_text=held["text"] if held else "",
        duties=[_duty(key, was.duties.get(key), now.duties.get(key), titles) for key in _moved(was.duties, now.duties)],
        counts={state: (before[state], after[state]) for state in sorted({*before, *after}) if state not in IDLE},
        states=[_change(key, was.states.get(key), now.states.get(key)) for key in _moved(was.states, now.states)],
        cases=[(row["playbook"], row["subject"] or "") for case, row in now.cases.items() if case not in was.cases],
        entries=dict(sorted(Counter(act.kind for act in tried.acts).items())),
        whole=tried.whole,
        problems=tried.problems,
    )  # fmt: skip


def chosen(file: RuleFile, reader: Reader) -> bool:
    """Whether a text differs from what is in force."""
    held = {row["rule_id"]: row["sha256"] for row in registry.texts(reader)}
    return held.get(file.rule_id) != digest(file.text.encode())


def _look(reader: Reader) -> _Stands:
    columns = ("rule", "subject", "rule_version", "party", "state", "due", "due_if_owed", "last_day")
    duties = obligations.duties(reader, private=True, only=columns)
    titles: dict[str, Text] = {}
    for row in registry.texts(reader, "obligations"):
        if not row["rule_id"].startswith("calendar."):
            titles |= {rule.id: rule.title for rule in obligations.read_law(row["text"]).rules}
    return _Stands(
        {(row["rule"], row["subject"]): row for row in duties},
        {(row["rule"], row["subject"]): row for row in thresholds.states(reader)},
        {row["case"]: row for row in protocols.cases(reader)},
        titles,
    )


def _moved(was: Mapping[tuple[str, str], Row], now: Mapping[tuple[str, str], Row]) -> Iterable[tuple[str, str]]:
    """What stands otherwise, in order of rule and subject."""
    return [key for key in sorted({*was, *now}) if _shown(was.get(key)) != _shown(now.get(key))]


def _shown(row: Row | None) -> tuple[Any, ...] | None:
    """What of a row counts: of what is idle, that it is."""
    if row is None or row["state"] in IDLE:
        return None
    return row["state"], row.get("due") or row.get("due_if_owed"), row.get("party"), row.get("level")


def _duty(key: tuple[str, str], was: Row | None, now: Row | None, titles: Mapping[str, Text]) -> Change:
    change = _change(key, was, now)
    row = now or was or {}
    title = titles.get(key[0], Text(en=key[0], zh=key[0]))
    days = [str((one or {}).get("last_day") or "") for one in (was, now)]
    return replace(change, title=title, party=row.get("party") or "", due_before=days[0], due_after=days[1])


def _change(key: tuple[str, str], was: Row | None, now: Row | None) -> Change:
    how: How = "begins" if _shown(was) is None else "ends" if _shown(now) is None else "changes"
    states = [_with_level(one) for one in (was, now)]
    return Change(how, key[0], Text(en=key[0], zh=key[0]), key[1], "", states[0], states[1], "", "")


def _with_level(row: Row | None) -> str:
    if row is None:
        return ""
    return f"{row['state']} ({row['level']})" if row.get("level") else str(row["state"])


def _plain(one: Change) -> dict[str, str]:
    return {
        "how": one.how, "rule": one.rule, "subject": one.subject, "party": one.party, "before": one.before,
        "after": one.after, "due_before": one.due_before, "due_after": one.due_after,
    }  # fmt: skip
