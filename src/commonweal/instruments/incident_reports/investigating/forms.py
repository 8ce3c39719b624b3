"""What an investigator can do: for each act its questions, and the acts that the answers come to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from commonweal.kernel import registry
from commonweal.kernel.disclosure.attachments import named_in
from commonweal.kernel.instrument import Act, Choice, Question, Reading, Row, Text
from commonweal.kernel.values import BadInput, Fault, nearest

from ..desk.doing import Doing, Given, filled, lines
from ..desk.forms import known, named
from ..desk.queue import choices
from ..desk.staff import first_named, staff
from ..publishing.drafts import IN_SIGHT
from ..tables import ANNULLED
from ..telling import put_in
from . import consulting, teams
from .kinds import (
    CONFIDENCES,
    EVENT,
    EVIDENCE,
    FACTOR,
    FACTORS,
    FINAL,
    FINDINGS,
    FORMS,
    FOUND,
    INVESTIGATION,
    RECOMMENDATION,
    ROLES,
)
from .recommended import HIDDEN_FOR, STATES
from .recommending import WITHDRAWN, recommendations
from .words import FIELDS

NAME = Question("name", Text(en="Reference", zh="编号"), "text", required=True,
                hint=Text(
                    en="Everybody sees it, so it gives nothing away.",
                    zh="公开可见，不得透露内容。",
                ))  # fmt: skip
WHAT = Question("what", Text(en="What happened", zh="事项"), "long_text", required=True)
CONFIDENCE = Question(
    "confidence", Text(en="How sure that is", zh="置信程度"), "one", choices=choices(CONFIDENCES), required=True
)
FILES = Question("files", FIELDS["files"], "files")
INSTANT = Text(
    en="An instant with its zone, e.g. 2026-12-01T08:10:00Z.", zh="含时区的时刻，例如 2026-12-01T08:10:00Z。"
)
TEAM = Text(
    en="One person a line: their name as it is shown here, their role (lead, investigator, expert or adviser), then "
    "the organisations in which they declare an interest, all apart by commas. One leads.",
    zh="每行一人，以逗号分隔：此处所示的姓名、角色（lead、investigator、expert 或 adviser）、"
    "申报有利益关系的组织。须有一名负责人（lead）。",
)
HERE = Text(en="Officers are: {names}.", zh="官员：{names}。")
NOW = Text(en="The team now: {team}.", zh="现任团队：{team}。")


def _team(reading: Reading, now: str = "") -> Question:
    """The question for a team, with who can be of it, and who is of it now."""
    who = [one.label.in_(reading.language) for one in staff(reading)]
    more = [(HERE, {"names": ", ".join(who)}), (NOW, {"team": now.replace("\n", "; ")})]
    told = [words for words, named in more if all(named.values())]
    named = {name: value for _, one in more for name, value in one.items()}
    hint = Text(
        {language: " ".join((TEAM[language], *(one[language].format(**named) for one in told))) for language in TEAM}
    )
    return Question("team", Text(en="Team", zh="团队"), "lines", hint=hint, required=True)


def _files(given: Given) -> list[dict[str, Any]]:
    return named_in(given.get("files", ""), "files")


def _attached(files: list[dict[str, Any]]) -> dict[str, Any]:
    return {"files": files} if files else {}


def opening(reading: Reading) -> Sequence[Question]:
    """What is asked of who opens an investigation."""
    mandate = Text(en="Mandate: what is to be found out", zh="授权范围：须查明的事项")
    beside = Text(
        en="Only where another investigation into the same incident is open.", zh="仅限同一事件另有未结调查者。"
    )
    return (
        NAME,
        Question("incident", Text(en="Incident", zh="事件"), "text", required=True,
                 choices=known(reading, "incident")),
        Question("mandate", mandate, "long_text", required=True),
        Question("legal_basis", Text(en="Provision of law", zh="法律依据"), "text", required=True),
        _team(reading),
        Question("beside_because", FIELDS["beside_because"], "long_text", hint=beside),
    )  # fmt: skip


def team_of(reading: Reading, text: str) -> list[dict[str, Any]]:
    """A team from its lines: `Mo Reau, lead, Organisation A`; whoever is meant stands there as shown, by name or party.

    Raises `BadInput` naming everybody who is not here, or may be one of several, and every role that there is not.
    """
    team, faults = [], []
    for number, line in enumerate(lines(text)):
        found, rest = first_named(reading, line)
        said = line.replace("，", ",").partition(",")[0].strip()
        if len(found) != 1 and (found or not said.startswith("party:")):
            faults.append(_nobody(reading, number, said, found))
        party = found[0].value if len(found) == 1 else said
        after = rest if found else line.replace("，", ",").partition(",")[2]
        role, *interests = (part.strip() for part in after.replace("，", ",").split(","))
        coded = _ROLES.get(role.casefold(), role) or "investigator"
        if coded not in ROLES:
            want = "one of: " + ", ".join(ROLES) + "; interests come after the role"
            faults.append(Fault(f"team.{number}.role", role[:200], want, "unknown_name"))
        team.append({"party": party, "role": coded, "interests": [one for one in interests if one]})
    if faults:
        raise BadInput(faults, "form")
    return team


def _nobody(reading: Reading, number: int, said: str, found: Sequence[Choice]) -> Fault:
    near = nearest(said, [one.label["en"] for one in found or staff(reading)]) or "–"
    if found:
        told = Text(en=f"Several people are called {said}: {near}", zh=f"有多人名为“{said}”：{near}")
    else:
        told = Text(en=f"Nobody here is called {said}. There are: {near}", zh=f"此处无人名为“{said}”。现有：{near}")
    return Fault(f"team.{number}.party", said[:200], f"somebody who is here: {near}", "unknown_name", told)


_ROLES = {words.casefold(): code for code, title in ROLES.items() for words in (code, *title.values())}


def team_lines(team: Sequence[Mapping[str, Any]]) -> str:
    """A team as its form shows it."""
    return "\n".join(", ".join([one["party"], one["role"], *one.get("interests", ())]) for one in team)


def opening_act(reading: Reading, given: Given) -> tuple[Act, list[Fault]]:
    """The investigation that was opened, and what is wrong with the names in it."""
    body: dict[str, Any] = filled(given, "name", "incident", "mandate", "legal_basis", "beside_because")
    faults: list[Fault] = []
    body["team"] = []
    try:
        body["team"] = team_of(reading, given.get("team", ""))
    except BadInput as error:
        faults += error.faults
    if "incident" in body:
        body["incident"] = named(reading, "incident", body["incident"])
    about = registry.subject(reading.tables, body.get("incident", ""))
    if about is not None and about["body"].get("fictitious"):
        body["fictitious"] = True
    return Act(INVESTIGATION.id, body, key=""), faults


def pieces(reading: Reading, investigation: str) -> list[Row]:
    """The evidence and recorder segments of an investigation, by name."""
    subjects = registry.referring(reading.tables, investigation, "investigation")
    rows = [registry.subject(reading.tables, one) for one in subjects if one.startswith(("evidence:", "segment:"))]
    return [row for row in rows if row is not None and not row["erased"]]


NO_PIECES = Text(en="None is registered here yet.", zh="本调查尚未登记证据。")


def _proofs(reading: Reading, investigation: str) -> Question:
    """The evidence of an investigation, to be chosen from by the references that the locker shows."""
    known = tuple(
        Choice(row["subject"], Text(en=row["name"], zh=row["name"])) for row in pieces(reading, investigation)
    )
    hint = None if known else NO_PIECES
    return Question("evidence", Text(en="Evidence", zh="证据"), "several", hint=hint, choices=known)


def _proven(reading: Reading, investigation: str, given: Given) -> list[str]:
    """The pieces that were chosen."""
    return [row["subject"] for row in pieces(reading, investigation) if given.get(f"evidence.{row['subject']}")]


def _current(reading: Reading, subject: str) -> dict[str, Any]:
    row = registry.subject(reading.tables, subject)
    return dict(row["body"]) if row is not None else {}


def _fictitious(reading: Reading, investigation: str) -> dict[str, Any]:
    return {"fictitious": True} if _current(reading, investigation).get("fictitious") else {}


def _event_asks(reading: Reading, about: str) -> Sequence[Question]:
    when = Text(
        en="2026, 2026-11, a day or an instant; ~ for about then.", zh="2026、2026-11、某日或某时刻；~ 表示大约。"
    )
    occurred = Question("occurred", Text(en="When", zh="时间"), "text", hint=when, required=True)
    return (occurred, WHAT, CONFIDENCE, _proofs(reading, about))


def _event_acts(reading: Reading, about: str, given: Given) -> Sequence[Act]:
    body = {**filled(given, "occurred", "what", "confidence"), "evidence": _proven(reading, about, given)}
    return (Act(EVENT.id, {"investigation": about, **body}, key="", subject=about),)


def _factor_asks(reading: Reading, about: str) -> Sequence[Question]:
    kind = Question("factor", Text(en="Kind of factor", zh="因素类别"), "one", choices=choices(FACTORS), required=True)
    what = Question("what", Text(en="What contributed, and how", zh="促成的因素及方式"), "long_text", required=True)
    return (kind, what, CONFIDENCE, _proofs(reading, about))


def _factor_acts(reading: Reading, about: str, given: Given) -> Sequence[Act]:
    body = {**filled(given, "factor", "what", "confidence"), "evidence": _proven(reading, about, given)}
    return (Act(FACTOR.id, {"investigation": about, **body}, key="", subject=about),)


def _evidence_asks(reading: Reading, about: str) -> Sequence[Question]:
    return (
        NAME,
        Question("what", Text(en="What it is", zh="内容"), "text", required=True),
        Question("form", Text(en="Form", zh="形式"), "one", choices=choices(FORMS), required=True),
        Question(
            "sha256", Text(en="Digest (SHA-256)", zh="摘要（SHA-256）"), "text",
            hint=Text(
                en="Of its bytes; of a thing, of its sealed description. Left empty: that of the one file below.",
                zh="其字节的摘要；实物则为其密封说明的摘要。留空则取下方唯一文件的摘要。",
            ),
        ),
        Question("collected_at", Text(en="Collected at", zh="收集时间"), "text", hint=INSTANT, required=True),
        Question("collected_by", Text(en="Collected by", zh="收集人"), "text", required=True),
        Question("source", Text(en="From whom", zh="来源"), "text", required=True),
        Question("held_at", Text(en="Where it is held", zh="存放处"), "text", required=True),
        FILES,
    )  # fmt: skip


_EVIDENCE = ("name", "what", "form", "sha256", "collected_at", "collected_by", "source", "held_at")


def _evidence_acts(reading: Reading, about: str, given: Given) -> Sequence[Act]:
    """A piece of evidence; where its one file came with it, that file's digest binds it."""
    body, files = filled(given, *_EVIDENCE), _files(given)
    if len(files) == 1:
        body.setdefault("sha256", files[0]["sha256"])
    return (Act(EVIDENCE.id, {"investigation": about, **body, **_attached(files)}, key=""),)


def _custody_asks(reading: Reading, about: str) -> Sequence[Question]:
    rows = [row for row in pieces(reading, about) if row["subject"].startswith("evidence:")]
    which = tuple(Choice(row["subject"], Text(en=row["name"], zh=row["name"])) for row in rows)
    return (
        Question("piece", Text(en="Evidence", zh="证据"), "one", choices=which, required=True),
        Question("at", Text(en="When", zh="时间"), "text", hint=INSTANT, required=True),
        Question("giver", Text(en="From whose hands", zh="移交人"), "text", required=True),
        Question("taker", Text(en="Into whose hands", zh="接收人"), "text", required=True),
        Question("because", Text(en="Why", zh="原因"), "text", required=True),
        Question("held_at", Text(en="Where it is held now", zh="现存放处"), "text", required=True),
    )


def _custody_acts(reading: Reading, about: str, given: Given) -> Sequence[Act]:
    """A new version of a piece of evidence, which one more hand has."""
    row = _piece(reading, about, given)
    piece = row["subject"]
    body = {**_current(reading, piece), **reading.part(row["entry"], "files")}  # no table has what files are called
    handover = filled(given, "at", "giver", "taker")
    handover["why"] = given.get("because", "").strip()
    custody = [*body.get("custody", ()), handover]
    return (Act(EVIDENCE.id, {**body, **filled(given, "held_at"), "custody": custody}, key="", subject=piece),)


def _recommend_asks(reading: Reading, about: str) -> Sequence[Question]:
    return (
        NAME,
        Question(
            "addressee", Text(en="To which organisation", zh="受文组织"), "text", required=True,
            choices=known(reading, "organisation"),
        ),
        Question("text", Text(
            en="What should be done (everybody reads it)",
            zh="建议内容（公开）",
        ), "long_text", required=True),
        Question("text_zh", Text(en="The same in Chinese", zh="中文正文"), "long_text"),
        Question("due", Text(en="By when", zh="期限"), "day", required=True),
        Question("background", Text(en="Background, not public", zh="背景（不公开）"), "long_text"),
    )  # fmt: skip


def _recommend_acts(reading: Reading, about: str, given: Given) -> Sequence[Act]:
    body = filled(given, "name", "addressee", "text", "text_zh", "due", "background")
    if "addressee" in body:
        body["addressee"] = named(reading, "organisation", body["addressee"])
    return (Act(RECOMMENDATION.id, {"investigation": about, **body, **_fictitious(reading, about)}, key=""),)


def _verify_asks(reading: Reading, about: str) -> Sequence[Question]:
    rows = [row for row in recommendations(reading.tables, investigation=about) if row["state"] != WITHDRAWN]
    which = tuple(
        Choice(row["recommendation"], put_in(NAMED, name=row["name"], state=STATES[row["state"]])) for row in rows
    )
    told = Text(en="What the addressee is told (everybody reads it)", zh="告知受文者的内容（公开）")
    return (
        Question("recommendation", Text(en="Recommendation", zh="建议"), "one", choices=which, required=True),
        Question("finding", Text(en="Finding", zh="认定"), "one", choices=choices(FINDINGS), required=True),
        Question("reasons", Text(en="Reasons", zh="理由"), "long_text", required=True),
        Question("told", told, "long_text", hint=Text(en="Needed where you send an answer back.", zh="退回时必填。")),
        Question(
            "hides",
            Text(en="The words of an answer that is sent back", zh="被退回答复的内容"),
            "one",
            choices=HIDDEN_FOR,
        ),
    )


NAMED = Text(en="{name} ({state})", zh="{name}（{state}）")


def _verify_acts(reading: Reading, about: str, given: Given) -> Sequence[Act]:
    body = filled(given, "recommendation", "finding", "reasons", "told")
    body |= {"hides": given["hides"]} if given.get("hides") not in (None, "", IN_SIGHT) else {}
    return (Act(FOUND.id, body, key="", subject=body.get("recommendation")),)


def _team_asks(reading: Reading, about: str) -> Sequence[Question]:
    return (_team(reading, team_lines(_current(reading, about).get("team", ()))),)


def _team_acts(reading: Reading, about: str, given: Given) -> Sequence[Act]:
    body = {**_current(reading, about), "team": team_of(reading, given.get("team", ""))}
    return (Act(INVESTIGATION.id, body, key="", subject=about),)


def _report_asks(reading: Reading, about: str) -> Sequence[Question]:
    return (
        Question("text", Text(en="Report", zh="报告正文"), "long_text", required=True),
        Question("text_zh", Text(en="The same in Chinese", zh="中文正文"), "long_text"),
        FILES,
    )


def _report_acts(reading: Reading, about: str, given: Given) -> Sequence[Act]:
    """The final report, and that the investigation is closed: both or neither."""
    said = {**filled(given, "text", "text_zh"), **_attached(_files(given))}
    report = Act(FINAL.id, {"investigation": about, **said}, key="", subject=about)
    closed = {**_current(reading, about), "closed_on": reading.today.isoformat()}
    closed.pop("reopened_because", None)
    return (report, Act(INVESTIGATION.id, closed, key="", subject=about))


def _reopen_asks(reading: Reading, about: str) -> Sequence[Question]:
    return (
        Question(
            "reopened_because", Text(en="Why it is opened again", zh="重新启动的理由"), "long_text", required=True
        ),
    )


def _reopen_acts(reading: Reading, about: str, given: Given) -> Sequence[Act]:
    body = {**_current(reading, about), **filled(given, "reopened_because")}
    body.pop("closed_on", None)
    return (Act(INVESTIGATION.id, body, key="", subject=about),)


ANNULLED_BECAUSE: Mapping[str, Text] = {
    "filed_in_error": Text(en="It was filed in error", zh="误报"),
    "wrong_subject": Text(en="It is about something else", zh="对象有误"),
    "duplicate": Text(en="It is there twice", zh="重复"),
    "source_withdrawn": Text(en="Its source took it back", zh="来源已撤回"),
    "ordered": Text(en="An order asks for it", zh="依命令"),
}


def _annul_asks(reading: Reading, about: str) -> Sequence[Question]:
    which = tuple(Choice(row["subject"], Text(en=row["name"], zh=row["name"])) for row in pieces(reading, about))
    law = Text(en="Needed where somebody else filed it.", zh="条目由他人提交时必填。")
    return (
        Question("piece", Text(en="Of which piece", zh="哪一件"), "one", choices=which, required=True),
        Question("reason_code", Text(en="Why", zh="原因"), "one", choices=choices(ANNULLED_BECAUSE), required=True),
        Question("remark", Text(en="What was wrong", zh="有误之处"), "long_text", required=True),
        Question("citation", Text(en="Provision of law", zh="法律依据"), "text", hint=law),
    )


def _annul_acts(reading: Reading, about: str, given: Given) -> Sequence[Act]:
    """The newest entry about a piece of evidence counts no longer: what stood before it stands again."""
    row = _piece(reading, about, given)
    body = {"entry": row["entry"], **filled(given, "reason_code", "remark", "citation")}
    return (Act(ANNULLED, body, key=""),)


def _piece(reading: Reading, about: str, given: Given) -> Row:
    """The piece that was chosen. Raises `BadInput`."""
    found = [row for row in pieces(reading, about) if row["subject"] == given.get("piece", "")]
    if not found:
        raise BadInput(Fault("piece", given.get("piece", "")[:200], f"evidence of {about}", "reference"), "form")
    return found[0]


RECORD = Text(en="Record it", zh="记录")
DOINGS: Mapping[str, Doing] = {
    "event": Doing(
        Text(en="Event on the timeline", zh="时间线事项"),
        Text(
            en="As precisely as is known, and no more.",
            zh="已知多精确即写多精确。",
        ),
        RECORD,
        _event_asks,
        _event_acts,
    ),
    "factor": Doing(
        Text(en="Contributing factor", zh="促成因素"),
        Text(en="What is established or ruled out rests on evidence.", zh="认定或排除均须有证据。"),
        RECORD,
        _factor_asks,
        _factor_acts,
    ),
    "evidence": Doing(
        Text(en="Evidence", zh="登记证据"),
        Text(
            en="Its digest binds it: other bytes are other evidence.",
            zh="以摘要固定：字节不同即为另一证据。",
        ),
        RECORD,
        _evidence_asks,
        _evidence_acts,
        attaches=EVIDENCE,
    ),
    "custody": Doing(
        Text(en="Evidence changes hands", zh="证据移交"),
        Text(en="Each handover is given by who took it before.", zh="每次移交须由前一接收人作出。"),
        RECORD,
        _custody_asks,
        _custody_acts,
    ),
    "annul": Doing(
        Text(en="Take back what was recorded wrongly of evidence", zh="撤回证据的错误记载"),
        Text(
            en="The newest entry about it counts no longer, a handover or the whole piece: what stood before stands "
            "again. Both entries stay on record.",
            zh="该件最新条目（移交或整件登记）不再有效，此前记载恢复；两条目均留存于记录。",
        ),
        Text(en="Take it back", zh="撤回"),
        _annul_asks,
        _annul_acts,
    ),
    "recommend": Doing(
        Text(en="Recommend", zh="提出建议"),
        Text(en="Public from now on, with its addressee and its day.", zh="自此公开，载明受文者与期限。"),
        Text(en="Recommend it", zh="提出"),
        _recommend_asks,
        _recommend_acts,
    ),
    "verify": Doing(
        Text(en="Answer, verify or close a recommendation", zh="认定答复、核实建议或结案"),
        Text(
            en="Say whether an answer will do, or send it back with a reason. Only what its addressee says is "
            "implemented can be verified.",
            zh="认定答复是否充分，或附理由退回。仅受文者称已落实者方可核实。",
        ),
        RECORD,
        _verify_asks,
        _verify_acts,
    ),
    "team": Doing(
        Text(en="Change the team", zh="变更团队"),
        Text(en="The whole team as it is from now on.", zh="填写此后的完整团队。"),
        RECORD,
        _team_asks,
        _team_acts,
    ),
    "consult": Doing(
        Text(en="Ask an expert to read", zh="请专家阅读"),
        Text(
            en="Who advises in the team, and may be of no office, reads what you choose here, until a day.",
            zh="团队中的专家或顾问（可非本机关人员）限期阅读您在此选定的内容。",
        ),
        RECORD,
        consulting.asks,
        consulting.acts,
    ),
    "unconsult": Doing(
        Text(en="Take back what an expert is asked to read", zh="撤回专家阅读请求"),
        Text(
            en="It ends at once, all that one act opened to them. What they answered stays on file.",
            zh="该次请求开放的全部内容立即停止阅读；已提交的意见保留。",
        ),
        Text(en="Take it back", zh="撤回"),
        consulting.back_asks,
        consulting.back_acts,
    ),
    "report": Doing(
        Text(en="Final report", zh="最终报告"),
        Text(
            en="It closes the investigation; recommendations are followed on.",
            zh="提交即结束调查；建议继续跟踪。",
        ),
        RECORD,
        _report_asks,
        _report_acts,
        attaches=FINAL,
    ),
    "reopen": Doing(
        Text(en="Open it again", zh="重新启动"),
        Text(
            en="What comes up after the final report goes on file only in an investigation that is open.",
            zh="最终报告之后出现的事项，须在调查重新启动后方可记载。",
        ),
        Text(en="Open it again", zh="重新启动"),
        _reopen_asks,
        _reopen_acts,
    ),
}
WHILE_OPEN = ("event", "factor", "evidence", "recommend", "team", "report")
ANYBODY = ("verify",)
"""What is an act of the office, and not of the team alone."""
PUTS_RIGHT = ("team",)
"""What the role of the authority does too, so that an investigation goes on whose team is gone."""


def offered(reading: Reading, about: Row) -> list[tuple[str, Text]]:
    """What whoever is reading can do in an investigation as it stands, each with its title."""
    closed = bool(about["body"].get("closed_on"))
    return [
        (name, doing.title)
        for name, doing in DOINGS.items()
        if not (closed and name in WHILE_OPEN) and (closed or name != "reopen") and may(reading, about["subject"], name)
    ]


def may(reading: Reading, investigation: str, doing: str) -> bool:
    """Whether something in an investigation is for whoever is reading to do."""
    if doing in ANYBODY or (doing in PUTS_RIGHT and "authority" in reading.roles):
        return True
    return teams.finds_out(reading.tables, investigation, reading.party)
