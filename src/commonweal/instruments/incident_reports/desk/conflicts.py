"""Conflicts of interest: why somebody may not be given a report, an incident or an investigation.

Of an assignee it is known what they reported (what they wrote down for another is that other's), for which organisation
their registered key speaks, which organisations they registered, what they declare or declared when they were given
anything, and, where the record has them as a person, for which organisation they hold a post or held one within the
period of `rules/conflicts.toml`. Who exercises roles of another has that other's conflicts too.
Names are compared as identifiers are made of them: `Example Lab` and `organisation:example-lab` are one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from commonweal.kernel import obligations, persons, protocols, registry
from commonweal.kernel.instrument import Reader, Row, Text
from commonweal.kernel.values import NotFound, instant, period, slug, stamp

from ..tables import links, reported_by
from .tables import declared, recused

RULE = "incident_reports.conflicts"
REGISTERED = Text(en="registered it", zh="登记了它")
_NAMED = ("developer_named", "deployer_named")
_NAMED_OF_INCIDENTS = ("developers_named", "deployers_named")


@dataclass(frozen=True, slots=True)
class Conflict:
    """One thing that stands against it, as a sentence; `lasting` where nobody can set it aside."""

    told: Text = field(hash=False)
    lasting: bool = False

    @property
    def words(self) -> str:
        return self.told["en"]


def conflicts(
    reader: Reader, about: str, assignee: str, interests: Sequence[str], at: datetime, *,
    beside: Iterable[tuple[str, Text]] = (),
) -> list[Conflict]:  # fmt: skip
    """What stands against giving a report or incident to a party at an instant; none: nothing.

    `beside` are further organisations that are concerned, each with what it is in the matter.
    """
    concerned = [*_concerned(reader, about, _reports(reader, about)), *beside]
    found = _of_one(reader, about, assignee, _own(reader, assignee, interests, at), concerned)
    for lender, roles in _lenders(reader, assignee, at).items():
        theirs = _of_one(reader, about, lender, _own(reader, lender, (), at), concerned)
        for_whom = Text(
            en=f"{assignee} acts for {lender} (delegated: {', '.join(roles)}), and ",
            zh=f"{assignee}代{lender}行使职权（受托：{'、'.join(roles)}），而",
        )
        found += [Conflict(_joined(for_whom, one.told), one.lasting) for one in theirs]
    return list({one.words: one for one in found}.values())


def judging(
    reader: Reader, about: str, party: str, at: datetime, beside: Iterable[tuple[str, Text]] = ()
) -> list[Conflict]:
    """What stands against a party's judging a report or incident. What another set aside for it counts no more."""
    aside = declared(reader, about=about, party=party)[-1:]
    found = conflicts(reader, about, party, (), at, beside=beside)
    return [one for one in found if one.lasting] if aside and aside[0]["aside"] else found


def _joined(*parts: Text) -> Text:
    return Text(en="".join(one["en"] for one in parts), zh="".join(one["zh"] for one in parts))


def _of_one(
    reader: Reader, about: str, party: str, own: Mapping[str, Text], concerned: Iterable[tuple[str, Text]]
) -> list[Conflict]:
    found = []
    if recused(reader, about, party):
        told = Text(en=f"{party} has recused themselves from {about}", zh=f"{party}已就{about}回避")
        found.append(Conflict(told, True))
    for report in _reports(reader, about):
        if party in reported_by(reader, report):
            found.append(Conflict(Text(en=f"{party} filed {report}", zh=f"{party}提交了{report}"), True))
    for name, why in concerned:
        said = own.get(_key(name)) or (REGISTERED if registry.filer(reader, name) == party else None)
        if said:
            is_so = Text(en=f"{name} is {why['en']}, and {party} ", zh=f"{name}是{why['zh']}，{party}")
            found.append(Conflict(_joined(is_so, said)))
    return found


def _lenders(reader: Reader, assignee: str, at: datetime) -> dict[str, list[str]]:
    """The parties whose roles a party exercises at an instant, with these roles."""
    person = persons.person_of(reader, assignee)
    found: dict[str, list[str]] = {}
    for role, whose in (persons.standing(reader, person["person"], at).lent if person else {}).items():
        found.setdefault(str(persons.person(reader, whose)["party"]), []).append(role)
    return found


def _reports(reader: Reader, about: str) -> list[str]:
    if about.startswith("report:"):
        return [about]
    return [row["report"] for row in links(reader, incident=about)]


def _own(reader: Reader, party: str, interests: Sequence[str], at: datetime) -> dict[str, Text]:
    """The organisations of a party, as keys, each with how it is known."""
    told = {_key(name): Text(en="declares an interest in it", zh="申报与其有利益关系") for name in interests}
    before = {
        _key(name): Text(
            en=f"declared an interest in it on {row['at'][:10]} (entry {row['entry']})",
            zh=f"于{row['at'][:10]}申报与其有利益关系（条目{row['entry']}）",
        )
        for row in _declared(reader, party)
        for name in row["interests"]
    }
    keys = {_key(row["organisation"]): Text(en="has a key that speaks for it", zh="持有可代表其发言的密钥") for row in
            protocols.approvers(reader, party=party) if row["organisation"]}  # fmt: skip
    return {**before, **told, **keys, **_posts(reader, party, at)}


def _declared(reader: Reader, party: str) -> list[Row]:
    """What a party declared that stands: another's newer record of it for the same case replaces what was there."""
    standing: dict[str, list[Row]] = {}
    for row in declared(reader, party=party):
        if row["interests"]:
            before = standing.get(row["about"], []) if row["by"] == party else []
            standing[row["about"]] = [*before, row]
    return [row for rows in standing.values() for row in rows]


def _posts(reader: Reader, party: str, at: datetime) -> dict[str, Text]:
    """The organisations for which a person holds a post, or held one until lately."""
    person = persons.person_of(reader, party)
    found: dict[str, Text] = {}
    for row in persons.history(reader, person["person"])["posts"] if person else ():
        if row["since"] > stamp(at) or row["since"] == row["until"]:
            continue
        since, until = row["since"][:10], (row["until"] or "")[:10]
        if row["until"] is None or row["until"] > stamp(at):
            held = Text(en=f"holds a post there since {since}", zh=f"自{since}起在该处任职")
            found[_key(row["organisation"])] = held
        elif (ended := _lately(reader, row["until"], at)) and _key(row["organisation"]) not in found:
            held = Text(
                en=f"held a post there until {until} ({ended['en']})", zh=f"在该处任职至{until}（{ended['zh']}）"
            )
            found[_key(row["organisation"])] = held
    return found


def _lately(reader: Reader, until: str, at: datetime) -> Text | None:
    """How long a former employer counts, with the clause that says so, where a post that ended still does."""
    try:
        row = registry.text_in_force(reader, RULE)
    except NotFound:
        return None
    text = registry.parsed(row["text"], row["media_type"])
    counted = period(str(text["former_employer"]))
    if obligations.due_after(obligations.PLAIN, "UTC", instant(until), counted).at <= at:
        return None
    return Text(
        en=f"a former employer counts for {text['former_employer']}: {text['citation']}",
        zh=f"前雇主计入期限：{text['former_employer']}；{text['citation']}",
    )


def _concerned(reader: Reader, about: str, reports: Iterable[str]) -> Iterator[tuple[str, Text]]:
    """The organisations concerned, by identifier or by name, each with what it is in the matter."""
    for subject in dict.fromkeys([*reports, about]):
        row = registry.subject(reader, subject)
        if row is None or row["erased"]:
            continue
        body = row["body"]
        if body.get("organisation"):
            yield body["organisation"], Text(en=f"the organisation that reported {subject}", zh=f"报告{subject}的组织")
        if body.get("developer"):
            yield body["developer"], Text(en=f"the developer named in {subject}", zh=f"{subject}所列开发者")
        for model in body.get("models", ()):
            yield from _developer(reader, model)
        named = [body[name] for name in _NAMED if body.get(name)]
        named += [one for name in _NAMED_OF_INCIDENTS for one in body.get(name, ())]
        for name in named:
            yield name, Text(en=f"named in {subject}", zh=f"{subject}所提及者")


def _developer(reader: Reader, model: str) -> Iterator[tuple[str, Text]]:
    row: Row | None = registry.subject(reader, model)
    if row is not None and row["body"].get("organisation"):
        yield row["body"]["organisation"], Text(en=f"the developer of {model}", zh=f"{model}的开发者")


def _key(name: str) -> str:
    return slug(name.removeprefix("organisation:"))
