"""`weal held` and `weal release`: what is held about somebody, answered for them by whoever runs the authority; a
withheld field opened to them."""

from __future__ import annotations

import json as _json
from pathlib import Path
from typing import Any

from cyclopts import App

from commonweal import held, listing_files
from commonweal.authority import OPERATOR, Authority
from commonweal.kernel.disclosure.releasing import RELEASED
from commonweal.kernel.record import Act
from commonweal.kernel.values import LANGUAGES, BadInput, Fault
from commonweal.sight import Sight

from .out import as_json, out

DOOR = "weal held"
WORDS = {
    "en": {
        "head": "What is held about {party}, as of {at}: {count} entries", "entry": "Entry {index}: {title} ({kind})",
        "at": "recorded", "purpose": "what for", "kept": "kept", "due": "; erased after {day}", "open": "open",
        "filed": "they filed it", "about": "it is about them, or for them", "yours": "about something they filed",
        "you": "from themselves", "authority": "from the authority", "another": "from somebody else",
        "erased": "shredded: its key was destroyed by entry {entry} on {at} ({legal_basis})",
        "lost": "its key was lost: nobody can read it any more", "withheld": "withheld: {names}: {why}",
        "released": "released to them: {field}, since {day} (entry {entry})",
        "releasable": "can be released to them: {names}", "hidden": "what there may be more",
        "until": "at least until {day}", "for_good": "for good",
        "no_event": "its time has not begun to run", "unscheduled": "as long as no schedule says until when",
        "read": "read on {day} as {roles}{for_}: {fields} – {why} ({times}×)", "for_": " for {organisation}",
        "keys": "Keys: {count}; sessions: {sessions}; what they read themselves: {reads} lines (all of it with --json)",
    },
    "zh": {
        "head": "截至 {at} 关于 {party} 的所存信息：共 {count} 条", "entry": "条目 {index}：{title}（{kind}）",
        "at": "记录日期", "purpose": "用途", "kept": "保存", "due": "；{day} 之后删除", "open": "可读",
        "filed": "由其提交", "about": "涉及其本人，或以其本人为对象", "yours": "涉及其提交的内容",
        "you": "来自其本人", "authority": "来自本机构", "another": "来自他人",
        "erased": "已销毁：其密钥于 {at} 由条目 {entry} 销毁（{legal_basis}）",
        "lost": "其密钥已丢失：任何人都无法再读取", "withheld": "未予显示：{names}：{why}",
        "released": "已向其开放：{field}，自 {day} 起（条目 {entry}）",
        "releasable": "可向其开放：{names}", "hidden": "可能存在的其他内容",
        "until": "至少至 {day}", "for_good": "永久",
        "no_event": "期限尚未起算", "unscheduled": "尚无保存期限表规定，暂予保存",
        "read": "{day} 以 {roles} 身份查阅{for_}：{fields} – {why}（{times} 次）", "for_": "（代表 {organisation}）",
        "keys": "密钥：{count}；会话：{sessions}；本人查阅：{reads} 行（全部内容见 --json）",
    },
}  # fmt: skip


def add_to(app: App) -> App:
    """`weal held`, to which requests add a group of their own, and `weal release`."""
    group = App(name="held", help_format="plaintext")
    group.default(held_)
    app.command(group)
    app.command(release)
    return group


def held_(folder: Path, party: str, /, *, reason: str, language: str = "en", json: bool = False) -> None:
    """What is held about a person or filer, what for, until when, to whom it was shown; what is withheld, and why.

    It is for the person: what others wrote of them stays closed, and so does what the authority itself may not read.
    That it was answered, and why, is written to the log of reads with each entry.

    Args:
        folder: The authority's folder.
        party: The party under which they act or filed, e.g. party:jane-doe, or their number (person:…).
        reason: Why it is answered, e.g. the date of their request.
        language: The language of the answer, en or zh.
        json: Answer in JSON, for programs.
    """
    if language not in LANGUAGES:
        raise BadInput(Fault("--language", language, f"one of: {', '.join(LANGUAGES)}", "choice"))
    with Authority.open(folder) as authority:
        authority.follow()
        seeing = Sight(authority, OPERATOR, DOOR, purpose=reason)
        answer = held.for_another(authority, party, seeing, most=authority.store.size())
        seeing.logged()
    if json:
        as_json(answer.as_dict())
        return
    _show(answer, language)


def release(
    folder: Path, party: str, entry: int, field: str, /, *, reason: str, withdraw: bool = False, key: str = ""
) -> None:
    """Release one withheld field of an entry to the person or filer whom it concerns. Prints the receipt.

    From then on they read it in what is held about them and on the page of the entry. What the policies keep for others
    cannot be released: what is for named persons, goes no further than the office, or says who reported.

    Args:
        folder: The authority's folder.
        party: The party under which they act or filed, e.g. party:jane-doe.
        entry: The number of the entry, one of those that weal held lists.
        field: The field, as weal held names it among what is withheld.
        reason: Why it can be released, or is withdrawn; sealed, for the office.
        withdraw: Withdraw the release: they read it no more from then on.
        key: The same key gives the same receipt again; without it each release is one of its own.
    """
    body = {"party": party, "entry": entry, "field": field, "reason": reason, "withdrawn": withdraw}
    with Authority.open(folder) as authority:
        receipt = authority.act(Act(RELEASED.id, body, key=key), OPERATOR)
        authority.follow()
    done = "withdrawn from" if withdraw else "released to"
    out(f"entry {receipt.index}: {field} of entry {entry} is {done} {party}")


def _show(answer: held.Answer, language: str) -> None:
    words = WORDS[language]
    out(words["head"].format(party=answer.party, at=answer.made_at, count=answer.count))
    for item in answer.items:
        out()
        out(words["entry"].format(index=item.index, title=item.title.in_(language), kind=item.kind))
        for line in _lines(item, words, language):
            out(f"  {line}")
    out()
    if answer.keys is not None:
        counts = {"count": len(answer.keys), "sessions": len(answer.sessions or ()), "reads": len(answer.reads or ())}
        out(words["keys"].format(**counts))
    for said in held.words().values():
        out(f"{said.text.in_(language)} ({said.source})")


def _lines(item: held.Item, words: dict[str, str], language: str) -> list[str]:
    kept, gone = item.kept, item.erased
    until = words["until"].format(day=kept.until[:10]) if kept.state == "until" and kept.until else words[kept.state]
    due = words["due"].format(day=kept.due[:10]) if kept.due else ""
    found = [
        f"{words['at']}: {item.at[:10]}, {words[item.source]}; {words[item.why]}",
        f"{words['purpose']}: {item.purpose.in_(language)}",
        f"{words['kept']}: {until}{due}" + (f" ({kept.source})" if kept.source else ""),
    ]
    if item.state != "open":
        told = {"entry": gone["entry"], "at": gone["at"][:10], "legal_basis": gone["legal_basis"]} if gone else {}
        return [*found, words["erased"].format(**told) if told else words["lost"]]
    found += [words["released"].format(field=one.field, day=one.day, entry=one.act) for one in item.released]
    found += [f"{name} = {_plain(value)}" for name, value in listing_files.plain(item.fields).items()]
    reasons: dict[str, list[str]] = {}
    for name, why in item.withheld:
        reasons.setdefault(why, []).append(name or words["hidden"])
    for why, names in reasons.items():
        said = held.reasons()[why].text.in_(language)
        found.append(words["withheld"].format(names=", ".join(names), why=said))
    if item.releasable:
        found.append(words["releasable"].format(names=", ".join(item.releasable)))
    return found + [_read(one, words, language) for one in item.shown_to]


def _read(one: held.ReadBy, words: dict[str, str], language: str) -> str:
    whom = words["for_"].format(organisation=one.organisation) if one.organisation else ""
    why = held.read_for()[one.purpose].in_(language)
    return words["read"].format(
        day=one.day, roles=", ".join(one.roles), for_=whom, fields=", ".join(one.fields), why=why, times=one.times
    )


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else _json.dumps(value, ensure_ascii=False)
