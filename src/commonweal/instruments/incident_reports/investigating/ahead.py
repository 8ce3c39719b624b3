"""What is said before something goes from an investigation: what will be public, to whom, and how it will read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from commonweal.kernel import registry
from commonweal.kernel.instrument import Act, Reading, Text
from commonweal.kernel.record import AUTHORITY
from commonweal.kernel.values import subject_id

from ..desk.doing import filled
from ..desk.forms import named
from ..desk.staff import called
from ..telling import day_told, listed, parted, put_in
from . import consulting, teams
from .kinds import CONSULTED, FINAL, FOUND, RECOMMENDATION
from .recommended import finding_will, told, will_go_out
from .recommending import proposed

CLOSES = Text(
    en="{name} is closed on {day}: everybody sees that, beside its reference, its provision of law and its incident.",
    zh="{name}于{day}结束：该事项与其编号、法律依据和所涉事件一并公开。",
)
INSIDE = Text(
    en="Nothing of the report is public: only officers of {authority} read its text and its files.",
    zh="报告不公开：正文与文件仅{authority}官员可读。",
)
SIGNED = Text(
    en="It names as its author {author}. The team as it stands: {team}.", zh="载明作者：{author}。现任团队：{team}。"
)
OPEN_ADVICE = Text(
    en="Its recommendations are followed on; anything else goes on file only once it is opened again.",
    zh="建议继续跟踪；其他事项须在调查重新启动后方可记载。",
)


def will(reading: Reading, investigation: str, acts: Sequence[Act]) -> list[Text]:
    """What becomes of these acts, sentence by sentence; nothing of those that go to nobody outside."""
    said: list[Text] = []
    for act in acts:
        if act.kind == RECOMMENDATION.id:
            said += will_go_out(reading, act.body)
        elif act.kind == FOUND.id and act.body.get("told"):
            said += finding_will(reading, act.body)
        elif act.kind == FINAL.id:
            said += _will_close(reading, investigation)
        elif act.kind == CONSULTED.id:
            said += consulting.will(reading, act)
    return said


def _will_close(reading: Reading, investigation: str) -> list[Text]:
    row = registry.subject(reading.tables, investigation)
    about = byline(reading, reading.party, teams.members(reading.tables, investigation))
    author, *team = ((Text(en=who, zh=who), role) for who, role in ((about["author"], about["role"]), *about["team"]))
    return [
        put_in(CLOSES, name=row["name"] if row else investigation, day=day_told(reading.today.isoformat())),
        put_in(INSIDE, authority=reading.authority),
        put_in(SIGNED, author=listed([author]), team=listed(team)),
        OPEN_ADVICE,
    ]


FOR_THE_AUTHORITY = Text(en="for the authority", zh="代表本机关")


def byline(reading: Reading, author: str, team: Sequence[Sequence[str]]) -> Mapping[str, Any]:
    """Who signs a report, as what of the team, and who else is of it: by name, where the record knows it."""
    role = teams.role_in(reading.tables, team, author)
    return {
        "author": reading.authority if author == AUTHORITY else called(reading, author),
        "role": teams.called(role) if role else FOR_THE_AUTHORITY,
        "team": [(called(reading, party), teams.called(role)) for party, role in team],
    }


def in_parts(told: Mapping[str, Any]) -> Mapping[str, Any]:
    """The texts of a report parted under the titles that stand in them (`# Findings`)."""
    return {"parts": parted(told.get("text") or "", ""), "parts_zh": parted(told.get("text_zh") or "", "")}


def preview(reading: Reading, investigation: str, doing: str, given: Mapping[str, str]) -> Mapping[str, Any]:
    """How a recommendation or a final report that was typed would read, by the name under which its template knows it;
    nothing where it could not be one."""
    tables = reading.tables
    if doing == "report" and filled(given, "text"):
        body = {"text_zh": "", **filled(given, "text", "text_zh")}
        return {
            "report": {**body, **in_parts(body), **byline(reading, reading.party, teams.members(tables, investigation))}
        }
    body = filled(given, "name", "addressee", "text", "text_zh", "due")
    if doing != "recommend" or not {"name", "addressee", "text", "due"} <= set(body):
        return {}
    body["addressee"] = named(reading, "organisation", body["addressee"])
    subject = subject_id(RECOMMENDATION.noun, body["name"])
    versions = proposed(tables, subject, {**body, "investigation": investigation}, reading.now.isoformat())
    return {"recommendation": told(reading, subject, versions)}
