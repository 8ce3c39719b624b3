"""What an officer can do with a report: for each act its questions, and the acts that the answers come to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from commonweal.kernel import registry
from commonweal.kernel.disclosure.attachments import named_in
from commonweal.kernel.instrument import Act, Choice, Question, Reading, Text
from commonweal.kernel.values import BadInput, Fault, subject_id

from ..facts import DEBTORS
from ..incidents import LINKED, UNLINKED
from ..referring import BECAUSES, REFERRAL
from ..reports import ANSWER, QUESTION
from ..scales import RELATIONS, TAKEN
from ..tables import links, thread
from .doing import Doing, Given, filled, lines
from .harbour import DOINGS as HARBOUR
from .kinds import (
    ASSIGNMENT,
    DECISIONS,
    ESCALATION,
    LOOKED,
    NOTE,
    PARTS,
    RELEASE,
    TRIAGE,
    URGENCIES,
    WATCH,
    WHYS,
)
from .letters import LETTERS, letter_acts, letter_asks
from .lifting import LIFTING
from .queue import choices
from .staff import party_of, who
from .tables import assigned, newest, standing, watching

ALERT = "containment.alert"
SUGGESTED_MAX = 200


def _act(kind: str, subject: str, body: Mapping[str, Any]) -> Act:
    return Act(kind, body, key="", subject=subject)


def known(reading: Reading, noun: str) -> tuple[Choice, ...]:
    """Registered subjects of a noun, to choose from: the first by name."""
    rows = registry.subjects(reading.tables, noun)[:SUGGESTED_MAX]
    return tuple(Choice(row["subject"], Text(en=row["name"], zh=row["name"])) for row in rows)


def named(reading: Reading, noun: str, said: str) -> str:
    """The registered subject that a name stands for, or an identifier without its noun; else what was said."""
    said = said.strip()
    if not said or said.startswith(f"{noun}:"):
        return said
    called, there = said.casefold(), registry.names(reading.tables, noun)
    found = [subject for subject, name in there.items() if called in (name.casefold(), subject.partition(":")[2])]
    return found[0] if len(found) == 1 else said


REASONS = Question("reasons", Text(en="Reasons", zh="理由"), "long_text")
WHY_SO = Question(
    "reasons", Text(en="Reasons for the decision", zh="决定的理由"), "long_text",
    hint=Text(
        en="Needed where it is not handled, and where life or health is said to be at risk now and it may wait.",
        zh="不受理时必填；报告称目前有人生命或健康面临危险而可以等待时，亦须填写。",
    ),
)  # fmt: skip
URGENCY = Question("urgency", Text(en="How urgent", zh="紧急程度"), "one", choices=choices(URGENCIES), required=True)
DECISION = Question("decision", Text(en="Decision", zh="决定"), "one", choices=choices(DECISIONS), required=True)
NO_ALERT = Question(
    "no_alert_because", Text(en="Why nobody is warned", zh="不发出警报的理由"), "long_text",
    hint=Text(
        en="Needed with “At once” as long as no alert was given about it. Otherwise leave it empty.",
        zh="选择“立即”而尚未就此发出警报时必填；其他情形请留空。",
    ),
)  # fmt: skip
FILES = Question("attachments", Text(en="Files", zh="文件"), "files")
PART = Question("part", Text(en="Leads or supports", zh="主办或协办"), "one", choices=choices(PARTS), required=True)
INTERESTS = Question(
    "interests", Text(en="Interests that they declare", zh="其申报的利益关系"), "lines",
    hint=Text(
        en="One organisation a line: for which they work or lately worked, or in which they hold interests. It is held "
        "against the reporter, the developer and the deployer.",
        zh="每行一个组织：现任职或近期曾任职、或持有利益者。将与报告人、开发者和部署者比对。",
    ),
)  # fmt: skip
DESPITE = Question(
    "despite", Text(en="Why in spite of a conflict of interest", zh="虽有利益冲突仍予指派的理由"), "long_text",
    hint=Text(
        en="Only where there is one, by another officer than the one it is given to, who has none themselves.",
        zh="仅限存在冲突时，由承办人以外且自身无冲突的官员填写。",
    ),
)  # fmt: skip


# ── triage, assignment ──────────────────────────────────────────────────────────────────────────────────────────────


def assign_asks(reading: Reading, about: str = "") -> Sequence[Question]:
    """What is asked of who gives a report or incident to somebody."""
    return (who(reading), PART, INTERESTS, REASONS, DESPITE)


def triage_asks(reading: Reading, report: str = "") -> Sequence[Question]:
    """What is asked of who triages a report, or several."""
    repeats = Question(
        "duplicate_of", Text(en="Which report it repeats", zh="重复于哪份报告"), "text",
        hint=Text(en="e.g. report:r-2026-0001", zh="例如 report:r-2026-0001"), choices=known(reading, "report"),
    )  # fmt: skip
    return (URGENCY, NO_ALERT, DECISION, repeats, WHY_SO)


def triage_acts(reading: Reading, report: str, given: Given) -> Sequence[Act]:
    """The triage that was answered."""
    body = {"report": report, **filled(given, "urgency", "decision", "duplicate_of", "no_alert_because", "reasons")}
    if "duplicate_of" in body:
        body["duplicate_of"] = named(reading, "report", body["duplicate_of"])
    if (seen := given.get("onto", "")).isascii() and seen.isdigit():
        body["seen"] = int(seen[:15])
    return (_act(TRIAGE.id, report, body),)


def _triage_begins(reading: Reading, report: str) -> Given:
    """What was seen when the form was shown: the newest entry of the report, or of the decision that stands on it."""
    return {"onto": str(newest(reading.tables, report))}


def _holder_of(reading: Reading, said: str) -> str:
    """The party of an officer by name, or as it was said where it is one. Raises `BadInput`."""
    party = party_of(reading, said)
    if not party.startswith("party:"):
        want = "an officer of this authority, by name as the box offers it"
        told = Text(en=f"{said[:200]} – {want}", zh=f"{said[:200]}——请填写本机关官员的姓名，如选项所列")
        raise BadInput(Fault("assignee", said[:200], want, "unknown_name", told), "form")
    return party


def assign_acts(reading: Reading, about: str, given: Given) -> Sequence[Act]:
    """The assignment that was answered."""
    body = {"about": about, **filled(given, "assignee", "part", "reasons", "despite")}
    if "assignee" in body:
        body["assignee"] = _holder_of(reading, body["assignee"])
    return (_act(ASSIGNMENT.id, about, {**body, "interests": lines(given.get("interests", ""))}),)


def _release_asks(reading: Reading, about: str) -> Sequence[Question]:
    mine = reading.kept_out(about)  # then who else has it is not told
    held = [] if mine else [row["assignee"] for row in assigned(reading.tables, about=about)]
    who = tuple(Choice(one, Text(en=one, zh=one)) for one in dict.fromkeys([*held, reading.party]))
    return (
        Question("assignee", Text(en="Who", zh="何人"), "one", choices=who, required=True),
        Question("why", Text(en="Why", zh="原因"), "one", choices=choices(WHYS), required=True),
        REASONS,
    )


def _release_acts(reading: Reading, about: str, given: Given) -> Sequence[Act]:
    return (_act(RELEASE.id, about, {"about": about, **filled(given, "assignee", "why", "reasons")}),)


# ── the conversation, notes, watching ───────────────────────────────────────────────────────────────────────────────


def _text_asks(label: Text, *more: Question) -> Callable[[Reading, str], Sequence[Question]]:
    return lambda reading, about: (Question("text", label, "long_text", required=True), *more)


def _with_files(given: Given) -> dict[str, Any]:
    """The files that came with a form, where any did."""
    files = named_in(given.get(FILES.field, ""), FILES.field)
    return {FILES.field: files} if files else {}


def _ask_acts(reading: Reading, report: str, given: Given) -> Sequence[Act]:
    return (_act(QUESTION.id, report, {"report": report, **filled(given, "text"), **_with_files(given)}),)


def _answer_asks(reading: Reading, report: str) -> Sequence[Question]:
    asked = [row for row in thread(reading.tables, report) if row["what"] == "question"]
    said = {row["entry"]: str(reading.part(row["entry"], "text").get("text", ""))[:80] for row in asked}
    which = tuple(Choice(str(entry), Text(en=text, zh=text)) for entry, text in said.items())
    return (
        Question("question", Text(en="Which question it answers", zh="回答哪一问题"), "one", choices=which),
        Question(
            "received_by", Text(en="How it was taken", zh="记录方式"), "one", choices=choices(TAKEN), required=True
        ),
        Question("text", Text(en="What they said", zh="答复内容"), "long_text", required=True),
        FILES,
    )


def _answer_acts(reading: Reading, report: str, given: Given) -> Sequence[Act]:
    body: dict[str, Any] = {"report": report, **filled(given, "question", "received_by", "text"), **_with_files(given)}
    if str(body.get("question", "")).isdecimal():
        body["question"] = int(body["question"][:20])
    return (_act(ANSWER.id, report, body),)


def _note_acts(reading: Reading, about: str, given: Given) -> Sequence[Act]:
    return (_act(NOTE.id, about, {"about": about, **filled(given, "text")}),)


def _watch_acts(reading: Reading, about: str, given: Given) -> Sequence[Act]:
    """Turns watching over: who watches no longer does, who does not begins."""
    watches = not any(row["about"] == about for row in watching(reading.tables, watcher=reading.party))
    return (Act(WATCH.id, {"about": about, "watcher": reading.party, "watches": watches}, key=""),)


# ── links to incidents ──────────────────────────────────────────────────────────────────────────────────────────────


def _link_asks(reading: Reading, report: str) -> Sequence[Question]:
    return (
        Question(
            "incident", Text(en="Incident", zh="事件"), "text", required=True, choices=known(reading, "incident"),
            hint=Text(en="e.g. incident:i-2026-001", zh="例如 incident:i-2026-001"),
        ),
        Question("relation", Text(en="Relation", zh="关系"), "one", choices=choices(RELATIONS), required=True),
        REASONS,
    )  # fmt: skip


def _link_acts(reading: Reading, report: str, given: Given) -> Sequence[Act]:
    body = {"report": report, **filled(given, "incident", "relation", "reasons")}
    body["incident"] = named(reading, "incident", body.get("incident", ""))
    return (Act(LINKED.id, body, key=""),)


def _unlink_asks(reading: Reading, report: str) -> Sequence[Question]:
    linked = [row["incident"] for row in links(reading.tables, report=report)]
    named = {one: registry.subject(reading.tables, one) for one in linked}
    which = tuple(Choice(one, Text(en=row["name"], zh=row["name"])) for one, row in named.items() if row)
    return (
        Question("incident", Text(en="Incident", zh="事件"), "one", choices=which, required=True),
        Question("reasons", Text(en="Reasons", zh="理由"), "long_text", required=True),
    )


def _unlink_acts(reading: Reading, report: str, given: Given) -> Sequence[Act]:
    return (Act(UNLINKED.id, {"report": report, **filled(given, "incident", "reasons")}, key=""),)


# ── escalation ──────────────────────────────────────────────────────────────────────────────────────────────────────

ALERTED: Mapping[str, Text] = {
    "incident": Text(en="An incident: it is handled, reported on and investigated", zh="事件：处置、报告并调查"),
    "early_warning": Text(en="A warning: those who must know are told", zh="预警：告知须知悉者"),
    "shutdown": Text(en="A model is to be shut down", zh="模型须关停"),
    "evaluation_failed": Text(en="A model failed its evaluation: developers pause", zh="模型未通过评测：开发者暂停"),
}


def _alert_asks(reading: Reading, about: str) -> Sequence[Question]:
    row = registry.subject(reading.tables, about)
    models = tuple(reading.part(row["entry"], "models").get("models", ())) if row else ()
    which = tuple(Choice(one, Text(en=one, zh=one)) for one in models) or known(reading, "model")
    words = _system_of(reading, about)
    hint = Text(
        en="Where no model is registered" + (f"; left empty, as it is named here: {words}." if words else "."),
        zh="未登记模型时填写" + (f"；留空则采用此处名称：{words}。" if words else "。"),
    )
    return (
        Question(
            "name", Text(en="Reference", zh="编号"), "text", required=True,
            hint=Text(en="Everybody sees it, so it gives nothing away.", zh="公开可见，不得透露内容。"),
        ),
        Question("what", Text(en="What is asked for", zh="警报事项"), "one", choices=choices(ALERTED), required=True),
        Question("about", Text(en="Which registered model", zh="涉及的已登记模型"), "text", choices=which),
        Question("system_named", Text(en="Or which system, in words", zh="或以文字说明系统"), "text", hint=hint),
        Question("developer", Text(en="Its developer", zh="其开发者"), "text", choices=known(reading, "organisation"),
                 hint=Text(en="Everybody sees it: leave it out where it should not be known yet.",
                           zh="公开可见：尚不宜公开者请留空。")),
        Question(
            "capability", Text(en="What of it is dangerous, in a few words", zh="危险所在（简述）"), "text",
            required=True, hint=Text(en="Everybody sees it.", zh="公开可见。"),
        ),
        Question("statement", Text(en="What those who act should know", zh="应对者须知"), "long_text"),
        REASONS,
    )  # fmt: skip


def _alert_begins(reading: Reading, about: str) -> Given:
    """The model that a report or incident names, where it is one: whoever warns at once need not look for it."""
    row = registry.subject(reading.tables, about)
    models = list(reading.part(row["entry"], "models").get("models") or ()) if row else []
    return {"about": str(models[0])} if len(models) == 1 else {}


def _system_of(reading: Reading, about: str) -> str:
    """What a report or incident calls the system that it tells of, in words; "" where it calls it nothing."""
    row = registry.subject(reading.tables, about)
    opened = reading.part(row["entry"], "system_named", "systems_named") if row else {}
    return str(opened.get("system_named") or next(iter(opened.get("systems_named") or ()), ""))


def _alert_acts(reading: Reading, about: str, given: Given) -> Sequence[Act]:
    """An alert, and that it was given about this: both or neither."""
    row = registry.subject(reading.tables, about)
    fictitious = bool(row and row["body"].get("fictitious"))
    said = filled(given, "name", "what", "about", "system_named", "developer", "capability", "statement")
    if "about" not in said and "system_named" not in said and (words := _system_of(reading, about)):
        said["system_named"] = words
    said |= {
        field: named(reading, noun, said[field])
        for field, noun in (("about", "model"), ("developer", "organisation")) if field in said
    }  # fmt: skip
    alert = {**said, "fictitious": fictitious}
    alerted = subject_id("alert", given.get("name", "").strip() or "-")
    told = {"about": about, "alert": alerted, **filled(given, "reasons")}
    # without a subject: the log would join the alert to the report in confidence behind it
    return (Act(ALERT, alert, key="", subject=alerted), Act(ESCALATION.id, told, key=""))


def _looked_acts(reading: Reading, report: str, given: Given) -> Sequence[Act]:
    """What the page showed was looked at; where it said nothing, nothing was."""
    seen = given.get("onto", "")
    return (Act(LOOKED.id, {"about": report, "seen": int(seen[:15]) if seen.isascii() and seen.isdigit() else 0}, ""),)


def _looked_begins(reading: Reading, report: str) -> Given:
    row = standing(reading.tables, report) or {}
    return {"onto": str(row.get("news_entry") or row.get("entry") or 0)}


def _refer_asks(reading: Reading, report: str) -> Sequence[Question]:
    return (
        Question(
            "referred_to", Text(en="To which body", zh="移送至何机构"), "text", required=True,
            hint=Text(
                en="For example a peer authority, an ombudsman, a court of audit, the supervisor of data protection.",
                zh="例如同行机关、监察专员、审计机关、数据保护监督机构。",
            ),
        ),
        Question("referred_because", Text(en="Why", zh="移送原因"), "one", choices=choices(BECAUSES), required=True),
        Question("legal_basis", Text(en="Provision of law", zh="法律依据"), "text"),
        Question("reference", Text(en="Its reference there", zh="对方的编号"), "text"),
        Question(
            "told_to_reporter", Text(en="Is whoever reported told?", zh="是否告知报告人？"), "one", required=True,
            choices=(Choice("yes", Text(en="Yes", zh="是")), Choice("no", Text(en="No", zh="否"))),
            hint=Text(
                en="Then they read to whom it went and why. Not where it may warn somebody of what is looked into.",
                zh="告知后，报告人可阅移送对象及原因。如告知可能使被调查者察觉，请选“否”。",
            ),
        ),
        REASONS,
    )  # fmt: skip


def _refer_begins(reading: Reading, report: str) -> Given:
    """Told, unless the report is what an organisation says of itself."""
    row = registry.subject(reading.tables, report)
    return {"told_to_reporter": "no" if row and row["body"].get("reporter") in DEBTORS else "yes"}


def _refer_acts(reading: Reading, report: str, given: Given) -> Sequence[Act]:
    said = filled(given, "referred_to", "referred_because", "legal_basis", "reference", "reasons")
    told = given.get("told_to_reporter") == "yes"
    return (_act(REFERRAL.id, report, {"report": report, "told_to_reporter": told, **said}),)


def _nothing(reading: Reading, about: str) -> Sequence[Question]:
    return ()


DOINGS: Mapping[str, Doing] = {
    "alert": Doing(
        Text(en="Warn first: give an alert", zh="先示警：发出警报"),
        Text(
            en="If somebody may still be harmed, others are warned before anything is classified. The alert opens the "
            "playbook that was agreed beforehand.",
            zh="若仍可能有人受害，应在分类之前先行示警。警报将启动事先商定的预案。",
        ),
        Text(en="Give the alert", zh="发出警报"), _alert_asks, _alert_acts, _alert_begins,
    ),
    "triage": Doing(
        Text(en="Triage", zh="分诊"),
        Text(en="The first decision about the report; a later one replaces it.", zh="对报告的首次决定；后者取代前者。"),
        Text(en="Record it", zh="记录"), triage_asks, triage_acts, _triage_begins,
    ),
    "assign": Doing(
        Text(en="Give it to somebody", zh="指派"),
        Text(
            en="Refused where they have a conflict of interest; which, is not told, and each refusal is logged. A "
            "new lead takes over from the former.",
            zh="如有利益冲突将被拒绝，不说明具体冲突，且每次拒绝均记入查阅日志。新的主办人取代原主办人。",
        ),
        Text(en="Give it", zh="指派"), assign_asks, assign_acts,
    ),
    "release": Doing(
        Text(en="End an assignment, or recuse", zh="终止指派或回避"),
        Text(
            en="Who recused themselves is not given it again, and need not have had it.",
            zh="回避者不再获指派；未获指派者亦可事先回避。",
        ),
        Text(en="Record it", zh="记录"), _release_asks, _release_acts,
    ),
    "ask": Doing(
        Text(en="Ask the reporter", zh="询问报告人"),
        Text(
            en="The reporter reads it with their return code or key; the report waits until it is answered.",
            zh="报告人凭回访码或密钥阅读；答复前报告处于等待状态。",
        ),
        Text(en="Ask", zh="提问"), _text_asks(Text(en="Question", zh="问题"), FILES), _ask_acts, attaches=QUESTION,
    ),
    "answer": Doing(
        Text(en="Write down an answer that you took", zh="记录您收到的答复"),
        Text(
            en="What whoever reported told you by telephone, in person or by letter. It is recorded as yours, not as "
            "theirs.",
            zh="报告人通过电话、当面或信函告知您的内容。以您的名义记录，而非以报告人名义。",
        ),
        Text(en="Record it", zh="记录"), _answer_asks, _answer_acts, attaches=ANSWER,
    ),
    **HARBOUR,
    **LIFTING,
    **{
        name: Doing(
            title, lead, Text(en="Write the letter", zh="拟定公函"), letter_asks(name), letter_acts(name)
        )
        for name, (title, lead) in LETTERS.items()
    },
    "note": Doing(
        Text(en="Note", zh="备注"),
        Text(en="For officers; the reporter does not see it.", zh="仅供官员阅读，报告人不可见。"),
        Text(en="Keep it", zh="保存"), _text_asks(Text(en="Note", zh="备注")), _note_acts,
    ),
    "link": Doing(
        Text(en="Link to an incident", zh="关联至事件"),
        Text(en="Each link can be undone.", zh="每项关联均可撤销。"),
        Text(en="Link", zh="关联"), _link_asks, _link_acts,
    ),
    "unlink": Doing(
        Text(en="Undo a link", zh="撤销关联"),
        Text(en="The report stands for itself again.", zh="报告恢复独立。"),
        Text(en="Undo", zh="撤销"), _unlink_asks, _unlink_acts,
    ),
    "refer": Doing(
        Text(en="Refer it to a body outside", zh="移送外部机构"),
        Text(
            en="It was handed there, and is closed here until somebody triages it again or it becomes graver. You "
            "say whether whoever reported reads to whom it went and why; your reasons they do not read, and who they "
            "are is not handed over with it.",
            zh="报告已移交该机构，在本机关即行结案，直至再次分诊或情况加重。报告人可否阅知移送对象及原因由您决定，您的理由报告人不可见；"
            "其身份不随之移交。",
        ),
        Text(en="Record it", zh="记录"), _refer_asks, _refer_acts, _refer_begins,
    ),
    "looked": Doing(
        Text(en="Looked at what came in", zh="已阅新情况"),
        Text(
            en="The mark in the queue goes once whoever has the report has looked.",
            zh="承办人阅知后，队列中的标记即消除。",
        ),
        Text(en="I have looked at it", zh="已阅"), _nothing, _looked_acts, _looked_begins,
    ),
    "watch": Doing(
        Text(en="Watch, or no longer", zh="关注或取消关注"),
        Text(en="What you watch can be filtered for in the queue.", zh="所关注者可在队列中筛选。"),
        Text(en="Turn it over", zh="切换"), _nothing, _watch_acts,
    ),
}  # fmt: skip
