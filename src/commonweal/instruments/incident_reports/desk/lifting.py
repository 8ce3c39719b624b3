"""What an officer accepts or orders about a report that others wait for: that a duty is not owed, when something came
that a colleague wrote down, that it is preserved, and that it need be preserved no longer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from commonweal.kernel import obligations, retention
from commonweal.kernel.instrument import Act, Choice, Question, Reading, Row, Text
from commonweal.kernel.values import BadInput, Fault, partial_in

from .doing import Doing, Given, filled
from .staff import called

ORDERED: Mapping[str, Text] = {
    "court_order": Text(en="A court’s order", zh="法院命令"),
    "authority_order": Text(en="An order of this or another authority", zh="本机关或其他机关的命令"),
    "litigation": Text(en="Litigation", zh="诉讼"),
    "investigation": Text(en="An investigation", zh="调查"),
    "audit": Text(en="An audit", zh="审计"),
}
ROLES: Mapping[str, Text] = {
    "officer": Text(en="Officer", zh="官员"),
    "authority": Text(en="The authority itself", zh="机关本身"),
}
ORDER = (
    Question(
        "basis", Text(en="What orders it", zh="依据"), "one", required=True,
        choices=tuple(Choice(code, words) for code, words in ORDERED.items()),
        hint=Text(en="Everybody sees this, and not which report it is about.", zh="公开可见，但不显示所涉报告。"),
    ),
    Question(
        "legal_basis", Text(en="The provision", zh="法律条款"), "text",
        hint=Text(en="Everybody sees this too: no names.", zh="同样公开可见，不得写姓名。"),
    ),
    Question("ordered_by", Text(en="Who ordered it", zh="命令机关"), "text", required=True),
    Question("reference", Text(en="Its number there", zh="命令编号"), "text"),
)  # fmt: skip
CAME = Text(en="entry {entry}: {when}, as {by} wrote down", zh="条目{entry}：{when}（{by}录入）")
HELD = Text(en="entry {entry}: {basis}", zh="条目{entry}：{basis}")


def claimed(reading: Reading, report: str) -> list[Row]:
    """The duties on a report of which a later filing says that they are not owed, which nobody has accepted."""
    return [row for row in reading.duties(report, whose=True) if "claimed" in row["why"]]


def alone(reading: Reading, report: str) -> list[Row]:
    """What one officer wrote down on a report as having come before, and nobody else has confirmed."""
    return obligations.waiting_for_a_second(reading.tables, report)


def _came_asks(reading: Reading, report: str) -> Sequence[Question]:
    which = []
    for row in alone(reading, report):
        reading.told(row["entry"], "received_at")
        said = {"entry": row["entry"], "by": called(reading, row["by"])}
        came = {code: CAME[code].format(**said, when=partial_in(str(row["came"]), code)) for code in CAME}
        which.append(Choice(str(row["entry"]), Text(came)))
    return (
        Question("entry", Text(en="What came then", zh="所涉条目"), "one", choices=tuple(which), required=True),
        Question(
            "basis", Text(en="What shows it", zh="证明材料"), "text", required=True,
            hint=Text(en="For example the register of calls, or a postmark.", zh="例如通话登记或邮戳。"),
        ),
    )  # fmt: skip


def _came_begins(reading: Reading, report: str) -> Given:
    """What came then, where only one thing waits."""
    rows = alone(reading, report)
    return {"entry": str(rows[0]["entry"])} if len(rows) == 1 else {}


def _came_acts(reading: Reading, report: str, given: Given) -> Sequence[Act]:
    entry = given.get("entry", "")
    said = {"about": report, "entry": int(entry) if entry.isdecimal() else entry, **filled(given, "basis")}
    return (Act(obligations.RECEIPT_CONFIRMED.id, said, key=""),)


def held(reading: Reading, report: str) -> list[Row]:
    """The orders by which a report itself is preserved."""
    return [row for row in retention.holds(reading.tables) if (row["scope"], row["about"]) == ("subject", report)]


def _lift_asks(reading: Reading, report: str) -> Sequence[Question]:
    which = tuple(
        Choice(one["rule"], one["duty"]) for one in obligations.clocks(reading.tables, claimed(reading, report))
    )
    roles = tuple(Choice(code, words) for code, words in ROLES.items())
    return (
        Question("rule", Text(en="What is not owed", zh="无须履行的义务"), "one", choices=which, required=True),
        Question(
            "basis", Text(en="What this rests on", zh="认定依据"), "text", required=True,
            hint=Text(en="For example a finding, with its date.", zh="例如某项认定及其日期。"),
        ),
        Question("decided_by", Text(en="In which role", zh="以何身份决定"), "one", choices=roles, required=True),
        Question("remark", Text(en="Remark", zh="说明"), "long_text"),
    )  # fmt: skip


def _lift_acts(reading: Reading, report: str, given: Given) -> Sequence[Act]:
    said = filled(given, "rule", "basis", "decided_by", "remark")
    return (Act(obligations.CLOCK_SEALED.id, {"about": report, "decision": "lift", **said}, key=""),)


def _ordered(given: Given) -> dict[str, Any]:
    return filled(given, "basis", "legal_basis", "ordered_by", "reference")


def _preserve_acts(reading: Reading, report: str, given: Given) -> Sequence[Act]:
    return (Act(retention.HOLD_PLACED.id, {"scope": "subject", "about": report, **_ordered(given)}, key=""),)


def _release_asks(reading: Reading, report: str) -> Sequence[Question]:
    which = []
    for row in held(reading, report):
        reading.told(row["hold"], "about")
        words = ORDERED[row["basis"]]
        named = {language: HELD[language].format(entry=row["hold"], basis=words[language]) for language in HELD}
        which.append(Choice(str(row["hold"]), Text(named)))
    return (
        Question("hold", Text(en="Which order it ends", zh="终止哪项保全"), "one", choices=tuple(which), required=True),
        *ORDER,
    )


def _release_acts(reading: Reading, report: str, given: Given) -> Sequence[Act]:
    stand = {str(row["hold"]) for row in held(reading, report)}
    if given.get("hold", "") not in stand:
        want = "an order by which this report is preserved"
        told = Text(en=want, zh="保全本报告的一项命令")
        raise BadInput(Fault("hold", given.get("hold", "")[:40], want, "reference", told), retention.HOLD_LIFTED.id)
    return (Act(retention.HOLD_LIFTED.id, {"hold": int(given["hold"]), **_ordered(given)}, key=""),)


LIFTING: Mapping[str, Doing] = {
    "not_owed": Doing(
        Text(en="Accept that it is not owed", zh="认可无须履行"),
        Text(
            en="A later version says that this was never owed. Until somebody here accepts that, it stands, in time or "
            "late.",
            zh="后续版本称该义务自始无须履行。在本机关认可之前，该义务（无论按期或逾期）维持原状。",
        ),
        Text(en="Accept it", zh="认可"), _lift_asks, _lift_acts, lambda reading, report: {"decided_by": "officer"},
    ),
    "came_then": Doing(
        Text(en="Confirm when it came", zh="确认收到日期"),
        Text(
            en="A colleague wrote down that this had come before, not through a form. Until somebody else confirms the "
            "day it counts from when it was written down. Who wrote it down cannot confirm it.",
            zh="一名同事录入称本件此前已收到（非经表单提交）。在另一人确认该日期之前，自录入之时起算。录入者本人不得确认。",
        ),
        Text(en="Confirm it", zh="确认"), _came_asks, _came_acts, _came_begins,
    ),
    "preserve": Doing(
        Text(en="Preserve it: nothing of it may be erased", zh="保全：不得删除"),
        Text(
            en="Everything about this report stays until the order is lifted, also what its reporter asks to have "
            "destroyed.",
            zh="在解除之前，与本报告有关的一切均予保留，报告人请求销毁者亦同。",
        ),
        Text(en="Preserve it", zh="保全"), lambda reading, report: ORDER, _preserve_acts,
    ),
    "preserved_no_more": Doing(
        Text(en="Lift the order to preserve it", zh="解除保全"),
        Text(
            en="What it kept is kept or erased by its schedule again.",
            zh="解除后按保留期限表继续保存或删除。",
        ),
        Text(en="Lift it", zh="解除"), _release_asks, _release_acts,
    ),
}  # fmt: skip
