"""Incidents as officers make them: of a report, written anew, put together with reports or taken apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from commonweal.kernel import registry
from commonweal.kernel.instrument import Act, Choice, Fault, Question, Reading, Text
from commonweal.kernel.values import BadInput, subject_id

from .. import scales
from ..incidents import INCIDENT, LINKED, UNLINKED
from ..tables import links
from ..words import FIELDS
from .doing import Doing, Given, filled, lines
from .forms import DOINGS, REASONS, known
from .queue import choices
from .tables import DESK

REPORTS_MAX = 200
ONTO = "onto"
NEWER = Text(
    en="Somebody filed a newer version after this form was opened. What changed is below; what you had not touched now "
    "says what that version says, your own words stay. Look it through and record it.",
    zh="在您打开此表单之后，已有更新的版本提交。变动如下；您未改动之处现为新版本的内容，您自己的文字保留。请核对后再记录。",
)
MEANWHILE_EN = {
    "own": "it now says “{now}”; your own words stand here",
    "taken": "it now says “{now}”",
    "nothing": "nothing",
}
MEANWHILE_ZH = {"own": "现为“{now}”；此处保留您自己的文字", "taken": "现为“{now}”", "nothing": "（空）"}
YES_NO = {"true": Text(en="Yes", zh="是"), "false": Text(en="No", zh="否")}
NAME = Question(
    "name", Text(en="Reference", zh="编号"), "text", required=True,
    hint=Text(en="Everybody sees it, so it gives nothing away.", zh="公开可见，不得透露内容。"),
)  # fmt: skip
MOMENT = Text(
    en="As far as it is known: 2026, 2026-11, 2026-11-28; ~ for about then.",
    zh="已知到何种程度即写到何种程度：2026、2026-11、2026-11-28；~ 表示大约。",
)
ONE_A_LINE = Text(en="One a line.", zh="每行一项。")


def _lines(field: str, hint: Text = ONE_A_LINE) -> Question:
    return Question(field, FIELDS[field], "lines", hint=hint)


def _of_scale(field: str, scale: Mapping[Any, Text], *, several: bool = False) -> Question:
    return Question(field, FIELDS[field], "several" if several else "one", choices=choices(scale))


FRAME: tuple[Question, ...] = (
    Question("title", Text(en="Title", zh="标题"), "text", required=True),
    Question("title_zh", FIELDS["title_zh"], "text"),
    Question("summary", FIELDS["summary"], "long_text"),
    Question("summary_zh", FIELDS["summary_zh"], "long_text"),
    _of_scale("category", scales.CATEGORIES),
    Question("occurred", FIELDS["occurred"], "text", hint=MOMENT),
    Question("occurred_until", FIELDS["occurred_until"], "text", hint=MOMENT),
    Question("outcome", Text(en="Outcome", zh="结果"), "one", choices=choices(scales.OUTCOMES)),
    _of_scale("severity", scales.SEVERITIES),
    _of_scale("reversibility", scales.REVERSIBILITIES),
    _of_scale("harms", scales.HARMS, several=True),
    Question("affected_min", FIELDS["affected_min"], "number"),
    Question("affected_max", FIELDS["affected_max"], "number"),
    Question("deaths", FIELDS["deaths"], "number"),
    Question("children_concerned", FIELDS["children_concerned"], "one", choices=choices(YES_NO)),
    _of_scale("warnings", scales.WARNINGS, several=True),
    _of_scale("misuses", scales.MISUSES, several=True),
    _of_scale("sectors", scales.SECTORS, several=True),
    _lines("models", Text(en="Registered models, one a line: model:…", zh="已登记模型，每行一个：model:…")),
    _lines("systems_named"),
    _lines("developers_named"),
    _lines("deployers_named"),
    _lines("harmed_named"),
    Question("countries", Text(en="Countries", zh="国家或地区"), "lines", hint=ONE_A_LINE),
    _lines("external"),
    _lines("sources"),
)
CLOSED = Question(
    "closed_on", FIELDS["closed_on"], "day",
    hint=Text(en="A closed incident closes the reports linked to it.", zh="事件结案后，关联的报告随之结案。"),
)  # fmt: skip
_ONE_OF_REPORT = {"system_named": "systems_named", "developer_named": "developers_named",
                  "deployer_named": "deployers_named", "harmed_named": "harmed_named"}  # fmt: skip


def _variant(reading: Reading, incident: str) -> Question:
    among = tuple(one for one in known(reading, INCIDENT.noun) if one.value != incident)
    hint = Text(en="The same failure, elsewhere or again: incident:…", zh="同一失效，异时异地：incident:…")
    return Question("variant_of", FIELDS["variant_of"], "text", hint=hint, choices=among)


def typed(body: Mapping[str, Any], questions: Sequence[Question]) -> dict[str, str]:
    """A body as the form shows it: items one a line, codes parted by blanks."""
    found: dict[str, str] = {}
    for question in questions:
        value = body.get(question.field)
        if value not in (None, "", [], ()):
            parted = " " if question.control == "several" else "\n"
            text = parted.join(value) if isinstance(value, list | tuple) else str(value)
            found[question.field] = text.lower() if isinstance(value, bool) else text
    return found


def answered(given: Given, questions: Sequence[Question]) -> dict[str, Any]:
    """The body that the answers come to; what is no number stays as it was typed, for the kind to refuse by name."""
    body: dict[str, Any] = {}
    for question in questions:
        name = question.field
        if question.control == "several":
            body[name] = [choice.value for choice in question.choices if given.get(f"{name}.{choice.value}")]
        elif question.control == "lines":
            body[name] = lines(given.get(name, ""))
        else:
            value: Any = filled(given, name).get(name)
            if question.control == "number" and value is not None and value.isascii() and value.isdigit():
                value = int(value[:20])
            body[name] = value == "true" if question.field == "children_concerned" and value in YES_NO else value
    return {name: value for name, value in body.items() if value not in (None, "", [])}


# ── of a report ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _made_asks(reading: Reading, report: str) -> Sequence[Question]:
    relation = Question("relation", Text(en="Relation", zh="关系"), "one", choices=choices(scales.RELATIONS),
                        required=True)  # fmt: skip
    return (NAME, *FRAME, _variant(reading, ""), relation)


def _made_begins(reading: Reading, report: str) -> Given:
    """What the report says in the same fields; its own words stay in the report."""
    row = registry.subject(reading.tables, report)
    asked = (*(question.field for question in FRAME), *_ONE_OF_REPORT)
    told = dict(reading.part(row["entry"], *asked)) if row else {}
    told |= {to: [told[name]] for name, to in _ONE_OF_REPORT.items() if told.get(name)}
    return {**typed(told, FRAME), "relation": "same"}


def _made_acts(reading: Reading, report: str, given: Given) -> Sequence[Act]:
    """The incident, and in it that the report tells of it."""
    row = registry.subject(reading.tables, report)
    body = {**filled(given, "name"), **answered(given, (*FRAME, _variant(reading, "")))}
    if row is not None and row["body"].get("fictitious"):
        body["fictitious"] = True
    named = subject_id(INCIDENT.noun, given.get("name", "").strip() or "-")
    body |= {"made_of": report, **filled(given, "relation")}
    return (Act(INCIDENT.id, body, key="", subject=named),)


MADE = Doing(
    Text(en="Make an incident of it", zh="据此建立事件"),
    Text(
        en="The authority's own account of what happened; further reports are linked to it. Nothing of it is public "
        "until it is let out.",
        zh="本机关对所发生之事的记载，其他报告可与之关联。在公布之前，其内容均不公开。",
    ),
    Text(en="Make it", zh="建立"), _made_asks, _made_acts, _made_begins,
)  # fmt: skip


# ── of an incident ──────────────────────────────────────────────────────────────────────────────────────────────────


def _changed_asks(reading: Reading, incident: str) -> Sequence[Question]:
    return (*FRAME, _variant(reading, incident), CLOSED)


def _changed_begins(reading: Reading, incident: str) -> Given:
    row, asks = registry.subject(reading.tables, incident), _changed_asks(reading, incident)
    if row is None:
        return {}
    return {**typed(reading.part(row["entry"], *(one.field for one in asks)), asks), ONTO: str(row["entry"])}


def _meanwhile(reading: Reading, incident: str, given: Given) -> tuple[Given, Sequence[Fault]]:
    """The answers where a newer version stands than the form began from: what the officer left as it was becomes what
    it is now, their own words stay; and field by field what changed."""
    row, asks = registry.subject(reading.tables, incident), _changed_asks(reading, incident)
    entries = {str(one["entry"]) for one in registry.versions(reading.tables, incident)}
    entries |= {str(one["entry"]) for one in registry.annulled_of(reading.tables, incident)}
    if row is None or given.get(ONTO) == str(row["entry"]) or given.get(ONTO) not in entries:
        return given, ()
    names = [question.field for question in asks]
    was, now = (typed(reading.part(entry, *names), asks) for entry in (int(given[ONTO]), row["entry"]))
    went_on, faults = {**given, ONTO: str(row["entry"])}, []
    for question in asks:
        name = question.field
        mine = typed(answered(given, [question]), [question]).get(name, "")
        before, after = was.get(name, ""), now.get(name, "")
        if before == after:
            continue
        if mine == before:
            went_on = _with_answer(went_on, question, after)
        faults.append(_changed(question, after, own=mine not in (before, after)))
    return went_on, faults


def _with_answer(given: Given, question: Question, answer: str) -> dict[str, str]:
    """The answers with another one to a question."""
    name = question.field
    left = {key: value for key, value in given.items() if key != name and not key.startswith(f"{name}.")}
    if question.control != "several":
        return {**left, name: answer}
    return {**left, f"{name}.asked": "1", **{f"{name}.{code}": "1" for code in answer.split()}}


def _changed(question: Question, now: str, *, own: bool) -> Fault:
    words = {choice.value: choice.label for choice in question.choices}
    parts = now.split() if question.control == "several" else [now]
    told = {
        code: shape["own" if own else "taken"].format(
            now=joined.join(words[one][code] if one in words else one for one in parts) or shape["nothing"]
        )
        for code, joined, shape in (("en", ", ", MEANWHILE_EN), ("zh", "、", MEANWHILE_ZH))
    }
    return Fault(question.field, "", told["en"], "superseded", Text(told))


def _changed_acts(reading: Reading, incident: str, given: Given) -> Sequence[Act]:
    """A new version: what was asked as it was answered, what was not asked as it stood. Raises `BadInput` where a
    newer one stands than the form began from, field by field."""
    row, asks = registry.subject(reading.tables, incident), _changed_asks(reading, incident)
    if row is None or not given.get(ONTO, "").isascii() or not given.get(ONTO, "").isdigit():
        raise BadInput(Fault(ONTO, given.get(ONTO, ""), "the entry from which the form began", "form"), "form")
    if given[ONTO] != str(row["entry"]):
        raise BadInput(
            [Fault("(whole)", "", NEWER["en"], "superseded", NEWER), *_meanwhile(reading, incident, given)[1]], "form"
        )
    stood = dict(reading.opened(row["entry"]))
    kept = {name: value for name, value in stood.items() if name not in {question.field for question in asks}}
    body = {**kept, **answered(given, asks)}
    return (Act(INCIDENT.id, body, key="", subject=incident, onto=int(given[ONTO][:16])),)


def _reports(reading: Reading, incident: str) -> tuple[Choice, ...]:
    """Reports that are not linked to an incident yet, the newest first."""
    linked = {row["report"] for row in links(reading.tables, incident=incident)}
    rows = reading.tables.select(DESK, {"state": ("!=", "closed")}, order=("-received",), limit=REPORTS_MAX)
    return tuple(
        Choice(row["report"], Text(en=row["name"], zh=row["name"])) for row in rows if row["report"] not in linked
    )


def _link_asks(reading: Reading, incident: str) -> Sequence[Question]:
    hint = Text(en="e.g. report:r-2026-0001", zh="例如 report:r-2026-0001")
    which = Question("report", Text(en="Report", zh="报告"), "text", required=True, hint=hint,
                     choices=_reports(reading, incident))  # fmt: skip
    relation = Question("relation", FIELDS["relation"], "one", choices=choices(scales.RELATIONS), required=True)
    return (which, relation, REASONS)


def _link_acts(reading: Reading, incident: str, given: Given) -> Sequence[Act]:
    return (Act(LINKED.id, {"incident": incident, **filled(given, "report", "relation", "reasons")}, key=""),)


def _unlink_asks(reading: Reading, incident: str) -> Sequence[Question]:
    named = [(row["report"], registry.subject(reading.tables, row["report"]))
             for row in links(reading.tables, incident=incident)]  # fmt: skip
    which = tuple(Choice(one, Text(en=row["name"], zh=row["name"])) for one, row in named if row)
    return (
        Question("report", Text(en="Report", zh="报告"), "one", choices=which, required=True),
        Question("reasons", Text(en="Reasons", zh="理由"), "long_text", required=True),
    )


def _unlink_acts(reading: Reading, incident: str, given: Given) -> Sequence[Act]:
    return (Act(UNLINKED.id, {"incident": incident, **filled(given, "report", "reasons")}, key=""),)


OF_INCIDENTS: Mapping[str, Doing] = {
    "change": Doing(
        Text(en="Write it anew", zh="更新记载"),
        Text(en="A new version: the earlier ones stay on file.", zh="形成新版本，此前各版仍存档。"),
        Text(en="Record it", zh="记录"), _changed_asks, _changed_acts, _changed_begins,
        meanwhile=_meanwhile,
    ),
    "link": Doing(
        Text(en="Link a report", zh="关联报告"), Text(en="Each link can be undone.", zh="每项关联均可撤销。"),
        Text(en="Link", zh="关联"), _link_asks, _link_acts,
    ),
    "unlink": Doing(
        Text(en="Undo a link", zh="撤销关联"),
        Text(en="The report stands for itself again.", zh="报告恢复独立。"),
        Text(en="Undo", zh="撤销"), _unlink_asks, _unlink_acts,
    ),
    **{name: DOINGS[name] for name in ("alert", "assign", "release", "note", "watch")},
}  # fmt: skip
