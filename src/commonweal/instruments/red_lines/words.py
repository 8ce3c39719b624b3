"""The words for what is filed as codes, in both languages."""

from __future__ import annotations

from collections.abc import Mapping

from commonweal.kernel.instrument import Text

FIELDS: Mapping[str, Text] = {
    "arm": Text(en="Arm", zh="测试臂"),
    "score": Text(en="Score of the run that is read", zh="所采用的评分"),
    "arms": Text(en="Arms: proxies and ways of elicitation", zh="测试臂：代理指标与引导方式"),
    "by_deadline": Text(en="Only because the day of decision is over", zh="仅因判定日已过"),
    "contamination": Text(en="Screen for contamination", zh="数据污染筛查"),
    "decide_by": Text(en="Day of decision", zh="判定日"),
    "held_until": Text(en="Held until", zh="有效至"),
    "holds_until": Text(en="Holds until", zh="有效期至"),
    "in_place": Text(en="In place", zh="是否到位"),
    "line": Text(en="Red line", zh="红线"),
    "looks": Text(en="Looks", zh="查看次数"),
    "method": Text(en="How it was verified", zh="核实方式"),
    "mitigation": Text(en="Mitigation", zh="缓解措施"),
    "outcomes": Text(en="Outcomes since the last look", zh="自上次查看以来的结果"),
    "rules": Text(en="Rule of decision", zh="判定规则"),
    "sandbagging": Text(en="Screen for sandbagging", zh="故意低表现筛查"),
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
BY_DEADLINE = Text(en="early warning: not clear by the day of decision", zh="早期预警：至判定日仍无定论")
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


def stands(state: str, by_deadline: bool) -> Text:
    """What is decided, in words that say where only the day made it so."""
    return BY_DEADLINE if by_deadline else STATES[state]
