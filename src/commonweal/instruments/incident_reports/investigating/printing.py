"""The final report of an investigation as a document: what an authority hands on of it, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from commonweal.kernel import registry
from commonweal.kernel.instrument import Reading, Row, Text, Wording
from commonweal.kernel.notices.templates import said_day
from commonweal.kernel.record import AUTHORITY
from commonweal.kernel.values import LANGUAGES, NotFound

from ..telling import day_told, parted
from .ahead import byline
from .recommended import STATES, named, shown
from .recommending import recommendations
from .tables import final_report

_TITLE = Text(en="Final report of the investigation {name}", zh="调查最终报告（{name}）")
_REFERENCE = Text(en="Reference: {}", zh="编号：{}")
_DATE = Text(en="Date: {}", zh="日期：{}")
_CLOSED = Text(
    en="Not public. It is passed on as {authority} decides, to nobody else.",
    zh="不公开。仅可按{authority}的决定转交，不得另行传播。",
)
_FICTITIOUS = Text(
    en="Made up to show how this works: nobody named here exists.", zh="为演示而虚构：此处所称之人均不存在。"
)
_BY = Text(en="Author: {author} ({role})", zh="作者：{author}（{role}）")
_MEMBER = Text(en="{who} ({role})", zh="{who}（{role}）")
_TEAM = Text(en="Team: {team}", zh="团队：{team}")
_INCIDENT = Text(en="Incident: {incident}", zh="事件：{incident}")
_BASIS = Text(en="Legal basis: {basis}", zh="法律依据：{basis}")
_REPORT = Text(en="Report", zh="报告正文")
_OTHER = Text(en="There is no text in English; it stands as it was written.", zh="无中文正文，以下为原文。")
_ADVICE = Text(en="Recommendations", zh="建议")
_ONE = Text(en="{name}, to {addressee}, by {due} ({state})", zh="{name}，致{addressee}，期限{due}（{state}）")
_CHECK = Text(en="How to check this report", zh="如何核验本报告")
_ENTRY = Text(
    en="The report is entry {entry} of the public log {origin}, which shows that it was filed and when; what it says "
    "can be shown to you with its proof on request.",
    zh="本报告为公开日志 {origin} 的第 {entry} 号条目，日志证明其提交及时间；其内容可应请求连同证明一并向您出示。",
)


def report_view(reading: Reading, query: Mapping[str, str]) -> Mapping[str, Any]:
    """The final report that stands as a document, in the reader's language first. Raises `NotFound`."""
    subject = f"investigation:{query['slug']}"
    row, report = registry.subject(reading.tables, subject), final_report(reading.tables, subject)
    if row is None or report is None:
        raise NotFound("final report", subject, "an investigation has one once it is closed with it")
    languages = sorted(LANGUAGES, key=lambda language: language != reading.language)
    said = {
        "name": row["name"],
        "entry": report["entry"],
        "dated": date.fromisoformat(report["at"][:10]),
        "body": reading.part(row["entry"], "incident", "legal_basis", "fictitious"),
        "told": reading.part(report["entry"], "text", "text_zh"),
        "by": byline(reading, report["by"], report["team"]),
        "by_authority": report["by"] == AUTHORITY,
        "advice": [shown(reading, one) for one in recommendations(reading.tables, investigation=subject)],
    }
    wordings = [_worded(reading, said, language) for language in languages]
    return {"reference": _reference(said), "wordings": wordings}


def _reference(said: Mapping[str, Any]) -> str:
    """The investigation's own, and the entry of the report: a report that was filed anew has another."""
    return f"{said['name']}/{said['entry']}"


def _worded(reading: Reading, said: Mapping[str, Any], language: str) -> Wording:
    def put(text: Text, **words: Any) -> str:
        return text.in_(language).format(**words)

    comma, body, told = "、" if language == "zh" else ", ", said["body"], said["told"]
    team = comma.join(put(_MEMBER, who=who, role=role.in_(language)) for who, role in said["by"]["team"])
    author = reading.authority_in(language) if said["by_authority"] else said["by"]["author"]
    head = [
        _REFERENCE.in_(language).format(_reference(said)),
        _DATE.in_(language).format(said_day(said["dated"], language)),
        put(_CLOSED, authority=reading.authority_in(language)),
    ]
    first = [_FICTITIOUS.in_(language)] if body.get("fictitious") else []
    first += [put(_BY, author=author, role=said["by"]["role"].in_(language)), put(_TEAM, team=team)]
    first += [put(_INCIDENT, incident=named(reading.tables, body["incident"]))] if body.get("incident") else []
    first += [put(_BASIS, basis=body["legal_basis"])] if body.get("legal_basis") else []
    own = told.get("text_zh") if language == "zh" else told.get("text")
    first += [] if own else [_OTHER.in_(language)]
    parts = [("", first), *parted(own or told.get("text") or told.get("text_zh") or "", _REPORT.in_(language))]
    lines = [line for one in said["advice"] for line in _advised(reading, one, language)]
    parts += [(_ADVICE.in_(language), lines)] if lines else []
    parts.append((_CHECK.in_(language), [put(_ENTRY, entry=said["entry"], origin=reading.origin)]))
    return Wording(language, put(_TITLE, name=said["name"]), head, parts)


def _advised(reading: Reading, one: Row, language: str) -> list[str]:
    """A recommendation: to whom, by when and how it stands; and what it says, where that is still shown (`shown`)."""
    body = reading.part(one["entry"], "text", "text_zh") if one["text"] else {}
    text = (language == "zh" and body.get("text_zh")) or body.get("text") or ""
    told = {"name": one["name"], "addressee": named(reading.tables, one["addressee"])}
    told |= {"due": day_told(one["due"]).in_(language), "state": STATES[one["state"]].in_(language)}
    return [_ONE.in_(language).format(**told), *([text] if text else [])]
