"""The words for what is filed as codes, in both languages."""

from __future__ import annotations

from collections.abc import Mapping

from commonweal.kernel.instrument import Text

FIELDS: Mapping[str, Text] = {
    "arm": Text(en="Arm", zh="测试臂"),
    "counts_by": Text(en="By which rule it counts", zh="计入所依规则"),
    "score": Text(en="Score of the run that is read", zh="所采用的评分"),
    "arms": Text(en="Arms: proxies and ways of elicitation", zh="测试臂：代理指标与引导方式"),
    "by_deadline": Text(en="Only because the day of decision is over", zh="仅因判定日已过"),
    "contamination": Text(en="Screen for contamination", zh="数据污染筛查"),
    "decide_by": Text(en="Day of decision", zh="判定日"),
    "held_until": Text(en="Held until", zh="有效至"),
    "holds_until": Text(en="Holds until", zh="有效期至"),
    "in_place": Text(en="In place", zh="是否到位"),
    "line": Text(en="Red line", zh="红线"),
    "digests_sha256": Text(en="What came of it (SHA-256)", zh="所得材料（SHA-256）"),
    "found": Text(en="What it shows", zh="证明内容"),
    "look": Text(en="Look", zh="查看"),
    "told_before": Text(en="Items of the run that were told before", zh="该运行中此前已告知的题目"),
    "past": Text(en="Items past what was planned", zh="超出计划的题目"),
    "looks": Text(en="Looks", zh="查看次数"),
    "meets": Text(en="Requirement that it meets", zh="所满足的要求"),
    "met": Text(en="All of it is verified", zh="是否全部经核实"),
    "method": Text(en="How it was verified", zh="核实方式"),
    "mitigation": Text(en="Mitigation", zh="缓解措施"),
    "outcomes": Text(en="Outcomes since the last look", zh="自上次查看以来的结果"),
    "passed_over": Text(en="Runs left out", zh="不予采用的运行"),
    "procedure": Text(en="What was read, tested or looked at, and how", zh="核实内容与方法"),
    "other_weights": Text(en="Of other weights than the model has", zh="是否并非针对模型现有权重"),
    "whom": Text(en="Recipient", zh="接收方"),
    "rests_on": Text(en="What it rests on (entries)", zh="所依证据（条目）"),
    "rules": Text(en="Rule of decision", zh="判定规则"),
    "sandbagging": Text(en="Screen for sandbagging", zh="故意低表现筛查"),
    "spoke_for": Text(en="Organisations for which whoever filed it spoke", zh="提交者当时代表的组织"),
    "test": Text(en="Test", zh="测试"),
}
KINDS_OF: Mapping[str, Text] = {
    "security": Text(en="security of weights and systems", zh="权重与系统安全"),
    "deployment": Text(en="safeguards at deployment", zh="部署保障"),
    "training": Text(en="change by training", zh="训练改进"),
    "organisation": Text(en="organisation and incentives", zh="组织与激励"),
}
STATES: Mapping[str, Text] = {
    "": Text(en="no result yet", zh="尚无结果"),
    "below": Text(en="below", zh="低于"),
    "inconclusive": Text(en="inconclusive", zh="无定论"),
    "early_warning": Text(en="early warning", zh="早期预警"),
    "crossed": Text(en="crossed", zh="越线"),
}
OVER_STATES: Mapping[str, Text] = {
    "not_tested": Text(en="not tested", zh="未测试"),
    "below": Text(en="below the early warning", zh="低于早期预警"),
    "undecided": Text(en="undecided", zh="未定"),
    "early_warning": Text(en="early warning", zh="早期预警"),
    "crossed": Text(en="at the line", zh="达到红线"),
}
"""How a model stands at a line over all its tests."""
BY_DEADLINE = Text(en="early warning: not clear by the day of decision", zh="早期预警：至判定日仍无定论")
OTHER_WEIGHTS = Text(en="below, of other weights than the model has now", zh="低于，但并非针对模型现有权重")
"""How a test stands that is below, of weights that its model has no more, or never had."""
STAGES: Mapping[str, Text] = {
    "training": Text(en="during training", zh="训练期间"),
    "before_deployment": Text(en="before deployment", zh="部署之前"),
    "deployed": Text(en="deployed", zh="已部署"),
}
ACCESS: Mapping[str, Text] = {
    "black_box": Text(en="black box", zh="黑盒"),
    "grey_box": Text(en="grey box", zh="灰盒"),
    "white_box": Text(en="white box", zh="白盒"),
}
SCREENS: Mapping[str, Text] = {
    "not_run": Text(en="not run", zh="未进行"),
    "nothing_found": Text(en="run, nothing found", zh="已进行，未发现"),
    "suspected": Text(en="run, suspected", zh="已进行，有疑似"),
}

DOUBTS: Mapping[str, Text] = {
    "told": Text(en="told, and in no run on record", zh="仅为告知，未见于任何记录在案的运行"),
    "beside": Text(en="told, and a run of the arm is on record", zh="仅为告知，而该测试臂已有运行记录在案"),
    "task": Text(en="its test is none that the measure names", zh="其测试并非该指标所列测试"),
    "more_items": Text(en="its runs bring more items than the test has", zh="其运行所含题目多于该测试的题目"),
    "larger": Text(
        en="a cluster of it has more items than was registered of the largest",
        zh="其中有题组的题目多于所登记的最大题组",
    ),
    "gone": Text(en="its run was annulled or erased", zh="其运行已作废或删除"),
    "date": Text(en="whether it was made since the arm was registered", zh="是否在测试臂登记之后执行"),
    "model": Text(en="of which model it is", zh="所用模型"),
    "weights": Text(en="of which weights it is", zh="所用权重"),
    "other_weights": Text(
        en="it ran on other weights than the register had of the model", zh="其所用权重并非登记册所载该模型的权重"
    ),
    "access": Text(en="with which access it ran", zh="访问权限"),
    "fine_tuned": Text(en="whether the model was fine-tuned", zh="模型是否经过微调"),
    "tries": Text(en="how many tries an item had", zh="每题尝试次数"),
    "attempts": Text(
        en="its samples hold fewer attempts at an item than tries were registered",
        zh="其样本中每题尝试次数少于登记次数",
    ),
    "clusters": Text(
        en="its items lie in clusters otherwise than was registered, or that is not said",
        zh="其题目的聚类与登记不同，或未予说明",
    ),
    "contamination": Text(en="signs of contamination are on record", zh="已有数据污染迹象记录在案"),
    "sandbagging": Text(en="signs of sandbagging are on record", zh="已有故意低表现迹象记录在案"),
    "edited": Text(en="a person edited scores of it afterwards", zh="其评分事后经人工修改"),
    "differs": Text(en="its log reports other numbers than its samples come to", zh="其日志所报数字与样本不符"),
    "broke_off": Text(en="it did not come to its end", zh="运行未正常结束"),
    "part_of_test": Text(
        en="its log says that it leaves out items of its data set", zh="其日志表明未包含数据集的全部题目"
    ),
    "late": Text(en="it began after each day of decision", zh="在各判定日之后开始执行"),
    "otherwise": Text(en="its conditions say now that it is another run", zh="其执行条件现表明并非所登记的运行"),
}
"""Why a look counts towards danger alone: what nobody knows of its run, or what speaks against it."""
KNOWN = frozenset({"told", "gone", "task", "attempts", "clusters", "contamination", "otherwise", "sandbagging"}) | {
    "edited",
    "differs",
    "broke_off",
    "larger",
    "more_items",
    "other_weights",
    "late",
    "part_of_test",
}
"""Those of these that say what is known, and not what nobody knows."""
LEFT_OUT_FOR: Mapping[str, Text] = {
    "other_arm": Text(en="it is of another arm", zh="属于其他测试臂"),
    "other_task": Text(en="it is of another test", zh="属于其他测试"),
    "broke_off": Text(en="it broke off", zh="运行中断"),
    "faulty": Text(en="something was wrong with it", zh="运行有误"),
    "repeated": Text(en="it repeats another run", zh="与另一次运行重复"),
    "no_choice": Text(
        en="nobody chose which part of its data set it brings", zh="其所含题目系数据集的一部分，但非人为挑选"
    ),
}
"""Why runs are left out; the last says of a part of a test why it counts whole."""
LACKING: Mapping[str, Text] = {
    "access": Text(en="other access than is asked for", zh="访问权限不符合要求"),
    "tries": Text(en="fewer tries than are asked for", zh="尝试次数少于要求"),
    "fine_tuned": Text(en="the model is not fine-tuned for it", zh="模型未为此微调"),
    "apart": Text(en="its developer runs it", zh="由模型开发者自行执行"),
}
"""What an arm lacks of what its measure asks for before a model is said to be below."""
BASES: Mapping[str, Text] = {
    "exact": Text(en="exact, one look (Clopper–Pearson)", zh="精确区间，单次查看（Clopper–Pearson）"),
    "clustered": Text(en="clustered, one look (Korn–Graubard)", zh="聚类区间，单次查看（Korn–Graubard）"),
    "any_look": Text(en="at any number of looks", zh="任意次数查看均有效"),
}
LOOKS_TAKEN: Mapping[str, Text] = {
    "any": Text(en="any number", zh="不限次数"),
    "one": Text(en="one, at all that was planned", zh="一次，于全部计划题目完成后"),
}
FOUND: Mapping[str, Text] = {
    "in_place": Text(en="it is in place", zh="措施已到位"),
    "not_in_place": Text(en="it is not in place", zh="措施未到位"),
    "unclear": Text(en="that is unclear", zh="尚不明确"),
}
VERIFIED_SO: Mapping[str, Text] = {
    "unverified": Text(en="not verified", zh="未经核实"),
    "in_place": Text(en="in place", zh="已到位"),
    "not_in_place": Text(en="found not in place", zh="经核实未到位"),
    "lapsed": Text(en="lapsed", zh="已失效"),
}
WHERE: Mapping[str, Text] = {
    "home": Text(en="at home", zh="国内"),
    "abroad": Text(en="abroad", zh="国外"),
}
DIRECTIONS: Mapping[str, Text] = {
    "above": Text(en="more is dangerous", zh="越高越危险"),
    "below": Text(en="less is dangerous", zh="越低越危险"),
}
METHODS: Mapping[str, Text] = {
    "documents": Text(en="by documents", zh="查阅文件"),
    "test": Text(en="by a test", zh="测试"),
    "inspection": Text(en="by inspection there", zh="现场检查"),
}
ANNULLED = Text(en="annulled before any look", zh="查看前已作废")


def stands(state: str, by_deadline: bool, *, other_weights: bool = False, until: str = "") -> Text:
    """What is decided, in words that say where only the day made it so, and where the model has other weights by now
    than those that are below; `until`: the day until which these were registered."""
    if until:
        return Text(
            en=f"below, of weights registered until {until}; the model has other weights since",
            zh=f"低于，针对登记至{until}的权重；模型此后已另有权重",
        )
    if other_weights:
        return OTHER_WEIGHTS
    return BY_DEADLINE if by_deadline else STATES[state]


def over_state(state: str, made_up: bool) -> Text:
    """How a model stands over all its tests, in words; over those that are made up these say so."""
    found = OVER_STATES[state]
    return Text(en=f"{found['en']} (made up)", zh=f"{found['zh']}（虚构）") if made_up else found
