"""The forms: a test is registered, an arm is added, a look is told, a mitigation filed and verified, and containment is
asked for a coordinated pause or the shutdown of all copies.

Who may send which is said by the kind; whether it is theirs, by `checking` and `mitigating`. Choices are what is on the
register: what is not there is refused, with what there is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from pydantic import ValidationError

from commonweal.kernel import registry
from commonweal.kernel.instrument import Act, Choice, Deed, Fault, Page, Question, Reading, Row, Text
from commonweal.kernel.values import NotFound, faults_of, shown, slug

from . import consequences, fitting, mitigating, telling, unlooked
from .deciding import FINAL, STANDING, looks
from .kinds import (
    ANY_SCORE,
    EVIDENCE,
    FILERS,
    LEFT_OUT,
    LOOK,
    MITIGATION,
    STEWARDS,
    TEST,
    TOLD,
    VERIFIED,
    VERIFIERS,
    Arm,
)
from .lines import in_force, proxies_in_force, proxies_of_version, titled
from .words import ACCESS, FOUND, KINDS_OF, LEFT_OUT_FOR, LOOKS_TAKEN, METHODS, SCREENS, STAGES

Query = Mapping[str, str]
PATH = "/red_lines"
ALERT = "containment.alert"
OFFERED_MAX = 200
LINE_MAX = 200


class Form(NamedTuple):
    """A form about a test: the end of its address, who sends it, what it asks and what it files.

    It is for who may read the test's model and arms, and for whoever reads in a role to which it is `open_to`.
    """

    end: str
    title: Text
    lead: Text
    roles: tuple[str, ...]
    asks: Callable[[Reading, Row], Sequence[Question]]
    files: Callable[[Reading, Row, Query], Deed]
    open_to: tuple[str, ...] = ()

    def is_open(self, reading: Reading, test: Row | None) -> bool:
        """Whether whoever reads may send it about a test."""
        opens = test is not None and reading.opens(test["entry"], "arms")
        return opens or bool(set(reading.roles) & set(self.open_to))


def registered(reader: Any, named: str) -> tuple[Row, Row]:
    """A test by the last part of its address, and how it stands. Raises `NotFound`, which says if it was annulled."""
    subject = f"{TEST.noun}:{named}"
    row, found = registry.subject(reader, subject), reader.get(STANDING, subject)
    if row is None or row["erased"] or found is None:
        gone = registry.annulled_of(reader, subject)
        hint = "/red_lines lists those that were registered"
        if gone and row is None:
            by = gone[-1]["by"]
            hint = f"it was annulled before any look, as entry {by} says; /red_lines lists those that were registered"
        raise NotFound("test against a red line", subject, hint)
    return row, found


def may_register(reading: Reading) -> bool:
    """Whether whoever reads may register a test."""
    return bool(set(reading.roles) & set(FILERS))


def offered(reading: Reading, subject: str, named: str) -> list[tuple[str, str]]:
    """The forms about a test that whoever reads may send: address and title."""
    row = registry.subject(reading.tables, subject)
    return [
        (f"{PATH}/tests/{named}/{one.end}", one.title.in_(reading.language))
        for one in FORMS
        if set(reading.roles) & set(one.roles) and one.is_open(reading, row)
    ]


def plain(given: Query, *names: str) -> dict[str, str]:
    """What was typed into fields, without what fingers put around it, and without those left empty."""
    typed = {name: given.get(name, "").replace("\r\n", "\n").strip() for name in names}
    return {name: words for name, words in typed.items() if words}


def _choices(words: Mapping[str, Text]) -> tuple[Choice, ...]:
    return tuple(Choice(code, said) for code, said in words.items())


def _subjects(reading: Reading, noun: str, *, own: bool = False) -> tuple[Choice, ...]:
    """Registered subjects of a noun to choose among; with `own` those that whoever reads speaks for, unless an office
    acts for all."""
    rows = registry.subjects(reading.tables, noun)
    theirs = [
        row for row in rows if not own or set(reading.roles) & set(STEWARDS) or reading.speaks_for(row["subject"])
    ]
    return tuple(Choice(row["subject"], Text(en=row["name"], zh=row["name"])) for row in theirs[:OFFERED_MAX])


STATEMENT = Question("statement", Text(en="Statement", zh="说明"), "long_text")
_YES_OR_NO: Mapping[str, bool] = {"true": True, "false": False}
YES_NO = (Choice("true", Text(en="Yes", zh="是")), Choice("false", Text(en="No", zh="否")))

# ── registering ─────────────────────────────────────────────────────────────────────────────────────────────────────

REGISTER = Text(
    en="It is registered before its results. Afterwards arms may be added; none is changed or left out, and the day of "
    "decision is not put off. Which model it is about is not public.",
    zh="须在取得结果之前登记。此后可增设测试臂，但不得更改或删去已登记的测试臂，判定日亦不得推迟。所涉模型不予公开。",
)
ARM_FIELDS = (
    "id", "proxy", "score", "run_by", "access", "elicitation", "fine_tuned", "tries", "planned", "task",
    "clustered_by", "largest_cluster", "looks", "weights_sha256", "budget",
)  # fmt: skip


def _of_an_arm(reading: Reading, line: str = "") -> tuple[Question, ...]:
    found = proxies_in_force(reading.tables)
    bearing = [one for one in (found[0].proxy if found else ()) if not line or one.line == line]
    proxies = tuple(Choice(one.id, one.title.text()) for one in bearing)
    return (
        Question("id", Text(en="Name of the arm", zh="测试臂名称"), "text", required=True,
                 hint=Text(en="Small letters, digits and underscores: own_scaffold",
                           zh="小写字母、数字与下划线，例如 own_scaffold")),
        Question("proxy", Text(en="Proxy", zh="代理指标"), "one", choices=proxies, required=True),
        Question("score", Text(en="Score that counts", zh="计入的评分"), "text", required=True,
                 hint=Text(en="By its name in the logs: match, exact_match. No other is read out of a run.",
                           zh="日志中的评分名称，例如 match、exact_match。运行中的其他评分不予读取。")),
        Question("run_by", Text(en="Run by (registered organisation)", zh="执行机构（已登记）"), "text", required=True,
                 choices=_subjects(reading, "organisation")),
        Question("access", Text(en="Access", zh="访问权限"), "one", choices=_choices(ACCESS), required=True),
        Question("elicitation", Text(en="Elicitation", zh="引导方式"), "text", required=True,
                 hint=Text(en="Scaffold, tools, prompts: as another could do it again",
                           zh="框架、工具与提示：须足以重复")),
        Question("fine_tuned", Text(en="The model is fine-tuned for it", zh="模型为此经过微调"), "one",
                 choices=YES_NO, required=True),
        Question("tries", Text(en="Tries at an item", zh="每题尝试次数"), "number", required=True),
        Question("planned", Text(en="Items planned, or clusters", zh="计划题目数或题组数"), "number", required=True,
                 hint=Text(en="What of these has not come counts as solved where below is to be shown.",
                           zh="其中尚未完成者，在须证明“低于”时计为成功。")),
        Question("task", Text(en="Test, as the logs call it", zh="测试（日志中的任务名）"), "text",
                 hint=Text(en="Absent: any that the measure names. A run of another is refused.",
                           zh="留空则为该指标所列任一测试；其他测试的运行不予接受。")),
        Question("clustered_by", Text(en="What items lie together by", zh="题目聚类依据"), "text",
                 hint=Text(en="A name in the logs, where several items share a text or a family: task_family. Clusters "
                              "are then planned, and each counts by how many items it has.",
                           zh="多题同属一段材料或一类任务时，填写日志中的字段名，例如 task_family。"
                              "此时计划的是题组数，每一题组按其题目数计入。")),
        Question("largest_cluster", Text(en="Items that the largest cluster may have", zh="最大题组的题目数"), "number",
                 hint=Text(en="Wanted where items lie together. What has not come counts as so large where below is to "
                              "be shown, and a cluster that turns out larger keeps below from being shown. Registered "
                              "too large, it makes danger hard to show, and the page of the test says so.",
                           zh="题目聚类时必填。在须证明“低于”时，尚未完成的题组均按此题目数计；"
                              "实际题组超出此数的，不能证明“低于”。登记过大会使危险难以证明，测试页面会予以注明。")),
        Question("looks", Text(en="Looks", zh="查看次数"), "one", choices=_choices(LOOKS_TAKEN), required=True),
        Question("weights_sha256", Text(en="Weights (SHA-256)", zh="权重（SHA-256）"), "text"),
        Question("budget", Text(en="Budget", zh="预算"), "text"),
    )  # fmt: skip


def _arm(reading: Reading, given: Query) -> tuple[list[dict[str, Any]], list[Fault]]:
    """The arm that was typed, or what is wrong with it, field by field."""
    typed = plain(given, *ARM_FIELDS)
    faults = list(fitting.of_clusters(typed))
    try:
        arm = Arm.model_validate(typed).model_dump(mode="json", exclude_none=True)
    except ValidationError as error:
        faults += faults_of(error)
    else:
        if not faults:
            return [arm], []
    run_by = typed.get("run_by", "")
    if run_by and registry.subject(reading.tables, run_by) is None:
        faults.append(Fault("run_by", shown(run_by), "the identifier of a registered subject", "reference"))
    return [], faults


def register_view(reading: Reading, query: Query) -> Mapping[str, Any]:
    """A test with its first arm, to be registered."""
    language = reading.language
    bearing = {one.line for one in found[0].proxy} if (found := proxies_in_force(reading.tables)) else set()
    lines = [text.named(line) for text, _ in in_force(reading.tables) for line in text.line]
    names = [(one, titled(reading.tables, one, language)) for one in lines if one in bearing]
    choices = tuple(Choice(one, Text(en=name, zh=name)) for one, name in names)
    asks = (
        Question("name", Text(en="Reference, which everybody sees", zh="编号（公开）"), "text", required=True),
        Question("line", Text(en="Red line", zh="红线"), "one", choices=choices, required=True),
        Question("model", Text(en="Model (registered)", zh="模型（已登记）"), "text", required=True,
                 choices=_subjects(reading, "model", own=True)),
        Question("stage", Text(en="Stage", zh="阶段"), "one", choices=_choices(STAGES), required=True),
        Question("decide_by", Text(en="Day of decision", zh="判定日"), "day", required=True,
                 hint=Text(en="What is not clear by then is an early warning.", zh="届时仍无定论的，计为早期预警。")),
        STATEMENT,
    )  # fmt: skip
    return {
        "about": "", "lead": REGISTER.in_(language), "asks": (*asks, *_of_an_arm(reading)), "arm": ARM_FIELDS,
        "begins": {"tries": "1", "looks": "any", "fine_tuned": "false"}, "back": PATH, "action": f"{PATH}/register",
    }  # fmt: skip


def register_act(reading: Reading, given: Query) -> Deed:
    """The test with its first arm."""
    body: dict[str, Any] = plain(given, "name", "line", "model", "stage", "decide_by", "statement")
    arms, faults = _arm(reading, given)
    onward = f"{PATH}/tests/{slug(body['name'])}" if body.get("name") else PATH
    act = Act(TEST.id, {**body, "arms": arms}, key="")
    return Deed([act], onward, faults=faults, said=("arms",) if faults else ())


# ── about a test ────────────────────────────────────────────────────────────────────────────────────────────────────


def _about(row: Row, kind: str, body: Mapping[str, Any], subject: str | None = None) -> Deed:
    whole = {"test": row["subject"], **body}
    return Deed([Act(kind, whole, key="", subject=subject)], f"{PATH}/tests/{row['subject'].partition(':')[2]}")


def _add_asks(reading: Reading, row: Row) -> Sequence[Question]:
    return _of_an_arm(reading, row["body"]["line"])


def _add(reading: Reading, row: Row, given: Query) -> Deed:
    """The test as it stands, with one more arm."""
    arms, faults = _arm(reading, given)
    kept = {name: value for name, value in row["body"].items() if name not in TEST.said_by_house()}
    body = {**kept, "arms": [*row["body"]["arms"], *arms]}
    act = Act(TEST.id, body, key="", subject=row["subject"], onto=row["entry"])
    said = ("arms",) if faults else ()
    return Deed([act], f"{PATH}/tests/{row['subject'].partition(':')[2]}", faults=faults, said=said)


_SCORE = (
    Question("score", Text(en="Score of the run that is read", zh="所采用的评分"), "text",
             hint=Text(en="Only of an arm that registered none, where the run has several.",
                       zh="仅在测试臂未登记评分且该运行有多个评分时填写。")),
)  # fmt: skip


def _look_asks(reading: Reading, row: Row) -> Sequence[Question]:
    arms = tuple(Choice(one["id"], Text(en=one["id"], zh=one["id"])) for one in row["body"]["arms"])
    screens = _choices(SCREENS)
    return (
        Question("arm", Text(en="Arm", zh="测试臂"), "one", choices=arms, required=True),
        Question("run", Text(en="Run on record", zh="记录在案的运行"), "text",
                 choices=_subjects(reading, "evaluation", own=True),
                 hint=Text(en="Its outcomes are read out of it. It is held against what the arm registered.",
                           zh="结果从中读取，并与测试臂的登记内容核对。")),
        *(_SCORE if any(one["score"] == ANY_SCORE for one in row["body"]["arms"]) else ()),
        Question("outcomes", Text(en="Outcomes, where no run is on record", zh="结果（无运行记录时填写）"), "long_text",
                 hint=Text(en="1 solved, 0 failed, x missing; a blank between items, tries at one item together: "
                              "10 0 1x. What stands in no run on record counts towards danger alone.",
                           zh="1 成功，0 失败，x 缺失；各题以空格分隔，同题多次尝试连写：10 0 1x。"
                              "未见于记录在案运行的结果仅计入危险方向。")),
        Question("contamination", Text(en="Screen for contamination", zh="数据污染筛查"), "one", choices=screens,
                 required=True),
        Question("sandbagging", Text(en="Screen for sandbagging", zh="故意低表现筛查"), "one", choices=screens,
                 required=True),
        STATEMENT,
    )  # fmt: skip


def _look(reading: Reading, row: Row, given: Query) -> Deed:
    body = plain(given, "arm", "run", "score", "outcomes", "contamination", "sandbagging", "statement")
    if "outcomes" in body:
        body["outcomes"] = " ".join(body["outcomes"].split())
    return _about(row, LOOK.id, body)


def _passed_over(reading: Reading, row: Row) -> Mapping[str, list[str]]:
    """Of each arm of a test because of which runs below is not said, which."""
    stands, reader = reading.tables.get(STANDING, row["subject"]), reading.tables
    rules = proxies_of_version(reader, stands["version"]) if stands else None
    seen = looks(reader, row["subject"])
    waits = unlooked.waiting(reader, row, seen, rules) if rules else {}
    found = {arm: list(dict.fromkeys(one.runs())) for arm, one in waits.items()}
    for run in {run for runs in found.values() for run in runs}:
        if there := registry.subject(reader, run):
            reading.told(int(there["entry"]), "task", "model_named")
    return found


def _left_out_asks(reading: Reading, row: Row) -> Sequence[Question]:
    arms = tuple(Choice(one["id"], Text(en=one["id"], zh=one["id"])) for one in row["body"]["arms"])
    return (
        Question("arm", Text(en="Arm", zh="测试臂"), "one", choices=arms, required=True),
        Question("passed_over", Text(en="Runs left out, one a line", zh="不予采用的运行（每行一项）"),
                 "lines", required=True,
                 hint=Text(en="By what they are called on record: evaluation:run-…. Of a run that was looked at, what "
                              "of it was told before, or goes past what was planned, is left out.",
                           zh="其记录标识，例如 evaluation:run-…。已查看的运行，不予采用的是其中此前已告知或超出计划的"
                              "部分。")),
        Question("reason", Text(en="Why they are left out", zh="不予采用的原因"), "one", choices=_choices(LEFT_OUT_FOR),
                 hint=Text(en="Nothing where what was said of them is taken back. That nobody chose the part of a data "
                              "set leaves none out: it counts whole then.",
                           zh="撤回先前说明时不填。说明数据集的一部分并非人为挑选者，不排除该运行，而使其全部计入。")),
        Question("withdrawn", Text(en="Take back what was said of them", zh="撤回先前说明"), "one", choices=YES_NO),
        Question("statement", Text(en="What shows that", zh="具体依据"), "long_text", required=True),
    )  # fmt: skip


def _left_out(reading: Reading, row: Row, given: Query) -> Deed:
    body: dict[str, Any] = plain(given, "arm", "reason", "withdrawn", "statement")
    if body.get("withdrawn") in _YES_OR_NO:
        body["withdrawn"] = _YES_OR_NO[body["withdrawn"]]
    return _about(row, LEFT_OUT.id, body | {"passed_over": given.get("passed_over", "").split()})


def _mitigation_asks(reading: Reading, row: Row) -> Sequence[Question]:
    stands = reading.tables.get(STANDING, row["subject"])
    text = consequences.of_test(reading.tables, stands["follows"]) if stands else None
    known = tuple(Choice(one.id, one.title.text()) for one in (text.requirement if text else ()))
    meets = Question("meets", Text(en="Requirement that it meets", zh="所满足的要求"), "one", choices=known)
    return (
        Question("name", Text(en="Name, which everybody sees", zh="名称（公开）"), "text", required=True,
                 hint=Text(en="The name of one that is filed makes a new version of that.",
                           zh="填写已提交措施的名称，即形成其新版本。")),
        Question("what", Text(en="Kind", zh="类别"), "one", choices=_choices(KINDS_OF), required=True),
        *((meets,) if known else ()),
        Question("holds_until", Text(en="Holds until", zh="有效期至"), "day", required=True),
        Question("evidence_sha256", Text(en="Evidence (SHA-256, one a line)", zh="证据（SHA-256，每行一项）"), "lines",
                 required=True),
        STATEMENT,
    )  # fmt: skip


def _mitigation(reading: Reading, row: Row, given: Query) -> Deed:
    body: dict[str, Any] = plain(given, "name", "what", "meets", "holds_until", "statement")
    return _about(row, MITIGATION.id, body | {"evidence_sha256": given.get("evidence_sha256", "").split()})


def _of_a_mitigation(reading: Reading, row: Row) -> tuple[Question, ...]:
    filed = (registry.subject(reading.tables, one["mitigation"]) for one in
             mitigating.of_test(reading.tables, row["subject"]))  # fmt: skip
    choices = tuple(Choice(one["subject"], Text(en=one["name"], zh=one["name"])) for one in filed if one)
    return (
        Question("mitigation", Text(en="Mitigation", zh="缓解措施"), "one", choices=choices, required=True),
        Question("method", Text(en="How it was verified", zh="核实方式"), "one", choices=_choices(METHODS),
                 required=True),
        Question("procedure", Text(en="What was read, tested or looked at, and how", zh="核实内容与方法"), "text",
                 required=True, hint=Text(en="As another could do it again", zh="须足以重复")),
    )  # fmt: skip


def _evidence_asks(reading: Reading, row: Row) -> Sequence[Question]:
    return (
        Question("name", Text(en="Name, which everybody sees", zh="名称（公开）"), "text", required=True),
        *_of_a_mitigation(reading, row),
        Question("found", Text(en="What it shows", zh="证明内容"), "one", choices=_choices(FOUND), required=True),
        Question("digests_sha256", Text(en="What came of it (SHA-256, one a line)", zh="所得材料（SHA-256，每行一项）"),
                 "lines", required=True),
        STATEMENT,
    )  # fmt: skip


def _evidence(reading: Reading, row: Row, given: Query) -> Deed:
    body: dict[str, Any] = plain(given, "name", "mitigation", "method", "procedure", "found", "statement")
    return _about(row, EVIDENCE.id, body | {"digests_sha256": given.get("digests_sha256", "").split()})


def _verify_asks(reading: Reading, row: Row) -> Sequence[Question]:
    return (
        *_of_a_mitigation(reading, row),
        Question("rests_on",
                 Text(en="What it rests on (numbers of entries, one a line)", zh="所依证据（条目编号，每行一项）"),
                 "lines", required=True,
                 hint=Text(en="Evidence that was filed, a run of an evaluation, a guarantee",
                           zh="已提交的证据、评测运行或量化保证")),
        Question("in_place", Text(en="In place", zh="是否到位"), "one", choices=YES_NO, required=True),
        Question("holds_until", Text(en="Holds until", zh="有效期至"), "day", required=True),
        STATEMENT,
    )  # fmt: skip


def _verify(reading: Reading, row: Row, given: Query) -> Deed:
    names = ("mitigation", "method", "procedure", "in_place", "holds_until", "statement")
    body: dict[str, Any] = plain(given, *names)
    if body.get("in_place") in _YES_OR_NO:
        body["in_place"] = _YES_OR_NO[body["in_place"]]
    rests_on = [int(one) if one.isdecimal() else one for one in given.get("rests_on", "").split()]
    return _about(row, VERIFIED.id, body | {"rests_on": rests_on})


def _told_asks(reading: Reading, row: Row) -> Sequence[Question]:
    waiting = [one.recipient for one in telling.of_test(reading.tables, row["subject"], reading.now) if not one.entry]
    choices = tuple(Choice(one.id, one.title.text()) for one in waiting)
    return (
        Question("whom", Text(en="Recipient", zh="接收方"), "one", choices=choices, required=True),
        Question("statement", Text(en="How and when it was told, and what shows that", zh="告知方式、时间与证明"),
                 "long_text", required=True),
    )  # fmt: skip


def _told(reading: Reading, row: Row, given: Query) -> Deed:
    stands = reading.tables.get(STANDING, row["subject"])
    state = {"state": stands["state"]} if stands and stands["state"] in FINAL else {}
    return _about(row, TOLD.id, {**state, **plain(given, "whom", "statement")})


ASKED: Mapping[str, Text] = {
    "evaluation_failed": Text(en="a coordinated pause of developers", zh="开发者协同暂停"),
    "shutdown": Text(en="the shutdown of all registered copies", zh="关停全部已登记副本"),
}


def _contain_asks(reading: Reading, row: Row) -> Sequence[Question]:
    return (
        Question("what", Text(en="What is asked for", zh="请求事项"), "one", choices=_choices(ASKED), required=True),
        Question("name", Text(en="Reference, which everybody sees", zh="编号（公开）"), "text", required=True),
        Question("restart_criteria", Text(en="What restart takes (one a line)", zh="重启条件（每行一项）"), "lines"),
        Question("statement", Text(en="Grounds", zh="理由"), "long_text", required=True),
    )  # fmt: skip


def _contain(reading: Reading, row: Row, given: Query) -> Deed:
    """An alert of containment about the model, which opens the playbook of what is asked for."""
    body: dict[str, Any] = plain(given, "what", "name", "statement")
    criteria = [one.strip() for one in given.get("restart_criteria", "").splitlines() if one.strip()]
    faults = (
        [] if body.get("what") in ASKED else [Fault("what", shown(body.get("what", "")), " or ".join(ASKED), "choice")]
    )
    stands = reading.tables.get(STANDING, row["subject"])
    body |= {
        "about": row["body"]["model"],
        "capability": titled(reading.tables, row["body"]["line"], "en")[:LINE_MAX],
        "evaluation": row["name"][:LINE_MAX],
        "result": str(stands["state"] or "no result yet") if stands else "no result yet",
        "restart_criteria": criteria,
        **({"fictitious": True} if row["body"].get("fictitious") else {}),
    }
    onward = f"{PATH}/tests/{row['subject'].partition(':')[2]}"
    return Deed([Act(ALERT, body, key="")], onward, faults=faults, said=("what",))


FORMS = (
    Form("look", Text(en="Tell what came", zh="提交结果"),
         Text(en="Each look counts as one. What follows is decided at once by the rule that was registered.",
              zh="每次查看均计一次，并即时按已登记的规则判定。"), FILERS, _look_asks, _look),
    Form("arm", Text(en="Add an arm", zh="增设测试臂"),
         Text(en="It is registered before its results. What of it has not come counts as solved where below is to be "
                 "shown.",
              zh="须在取得其结果之前登记。其中尚未完成者，在须证明“低于”时计为成功。"), FILERS, _add_asks, _add),
    Form("left-out", Text(en="Leave runs out", zh="不予采用某些运行"),
         Text(en="Below is said once none of the runs was passed over, none looked at in part, since items of it were "
                 "told before, none goes past what was planned, and in none of no arm the share of dangerous items "
                 "reaches the early warning, or cannot be read. Who neither develops the model, nor runs the arm, nor "
                 "filed the runs may leave these out, and says why, and take that back; those that wait stand here.",
              zh="各次运行均无遗漏，无一因部分题目此前已告知而仅部分计入，无一超出计划，且无不属任何测试臂而危险题目比例达到"
                 "早期预警或无从读取者，方可判定为低于。既非模型开发者、亦非该测试臂执行机构或运行提交方者，可说明理由而"
                 "不予采用，亦可撤回；待处理者列于此处。"),
         VERIFIERS, _left_out_asks, _left_out),
    Form("mitigation", Text(en="File a mitigation", zh="提交缓解措施"),
         Text(en="Somebody who did not file it verifies it. A new version is not verified: until it is, the last "
                 "day of what was verified before stands.",
              zh="由非提交方核实。新版本视为未经核实；在核实之前，原核实的有效期仍然适用。"),
         FILERS, _mitigation_asks, _mitigation),
    Form("evidence", Text(en="File evidence about a mitigation", zh="提交缓解措施证据"),
         Text(en="What was done to see whether it is in place, and what came of that. A verification cites its entry.",
              zh="为查明措施是否到位所做的工作及所得结果。核实时引述其条目。"),
         ("developer", *VERIFIERS), _evidence_asks, _evidence, VERIFIERS),
    Form("verify", Text(en="Verify a mitigation", zh="核实缓解措施"),
         Text(en="Nobody verifies what they filed themselves, and it rests on entries that show it. When its last day "
                 "is over, what it rests on is annulled, or it is found not in place, the hold comes back.",
              zh="任何人不得核实自己提交的措施，且须引述证据条目。有效期届满、所依证据作废或经核实未到位的，暂缓恢复。"),
         VERIFIERS, _verify_asks, _verify, VERIFIERS),
    Form("told", Text(en="Say that a recipient was told", zh="登记已告知接收方"),
         Text(en="Of the newest decision: who is told, by when and by which clause stands on the page of the test.",
              zh="针对最新判定：接收方、时限与依据见测试页面。"),
         STEWARDS, _told_asks, _told, STEWARDS),
    Form("contain", Text(en="Ask for a pause or a shutdown", zh="请求暂停或关停"),
         Text(en="This gives an alert about the model; containment's playbook opens, with its own approvals. Everybody "
                 "sees the reference, the line and what restart takes; not the model, nor the grounds.",
              zh="提交即就该模型发出警报，并启动遏制预案及其审批程序。编号、红线与重启条件公开；模型与理由不公开。"),
         FILERS, _contain_asks, _contain),
)  # fmt: skip
"""The forms about a test, in the order in which they are offered."""


def _found(reading: Reading, form: Form, query: Query) -> Row:
    """The test that a form is about, where whoever reads may send it. Raises `NotFound`."""
    row, _ = registered(reading.tables, query["test"])
    if not form.is_open(reading, row):
        raise NotFound("arms", row["subject"], "they are open to the authority and whoever registered the test")
    return row


def _view(form: Form, reading: Reading, query: Query) -> Mapping[str, Any]:
    """A form about a test. Raises `NotFound`."""
    row = _found(reading, form, query)
    path = f"{PATH}/tests/{query['test']}"
    return {
        "about": row["name"], "lead": form.lead.in_(reading.language), "asks": tuple(form.asks(reading, row)),
        "arm": ARM_FIELDS if form.end == "arm" else (),
        "begins": dict(_begins(reading, form, row)), "back": path, "action": f"{path}/{form.end}",
    }  # fmt: skip


def _begins(reading: Reading, form: Form, row: Row) -> Iterator[tuple[str, str]]:
    """What a form says before anything is typed."""
    if form.end == "arm":
        yield from {"tries": "1", "looks": "any", "fine_tuned": "false"}.items()
    elif form.end == "look":
        yield from {"contamination": "not_run", "sandbagging": "not_run"}.items()
    elif form.end == "left-out":
        yield "withdrawn", "false"
        for arm, runs in list(_passed_over(reading, row).items())[:1]:
            yield from {"arm": arm, "passed_over": "\n".join(runs)}.items()
    elif form.end == "verify" and (filed := mitigating.of_test(reading.tables, row["subject"])):
        newest = registry.subject(reading.tables, filed[-1]["mitigation"])
        if newest is not None and not newest["erased"]:
            yield "mitigation", newest["subject"]
            yield "holds_until", str(newest["body"]["holds_until"])


def _act(form: Form, reading: Reading, given: Query) -> Deed:
    """What a form files. Raises `NotFound`, `BadInput`."""
    return form.files(reading, _found(reading, form, given), given)


def _subject(parts: Query) -> str:
    return f"{TEST.noun}:{parts['test']}"


PAGES = (
    Page(
        "red_line_register", f"{PATH}/register", Text(en="Register a test", zh="登记测试"), "deed.html",
        register_view, roles=FILERS, act=register_act,
    ),
    *(
        Page(
            f"red_line_{one.end}", f"{PATH}/tests/{{test}}/{one.end}", one.title, "deed.html", partial(_view, one),
            roles=one.roles, act=partial(_act, one), about=_subject,
        )
        for one in FORMS
    ),
)  # fmt: skip
