"""What fields, formats, verdicts and conditions are called, in both languages."""

from __future__ import annotations

from collections.abc import Mapping

from commonweal.kernel.instrument import Text

FIELDS: Mapping[str, Text] = {
    "format": Text(en="Format of the log", zh="日志格式"),
    "samples": Text(en="Samples", zh="样本数"),
    "same": Text(en="Numbers that follow from the samples", zh="与样本相符的数字"),
    "differs": Text(en="Numbers that differ", zh="与样本不符的数字"),
    "beyond": Text(en="Numbers that nobody can check", zh="无法核验的数字"),
    "spoke_for": Text(en="Organisations for which whoever filed it spoke", zh="提交者当时代表的组织"),
    "written_by": Text(en="Written by", zh="日志工具"),
    "run_id": Text(en="Run, as the log calls it", zh="日志所载运行标识"),
    "task": Text(en="Task", zh="任务"),
    "began": Text(en="Began", zh="开始时间"),
    "completed": Text(en="Ended", zh="结束时间"),
    "errors": Text(en="Attempts that ended in an error", zh="因错误结束的尝试"),
    "invalidated": Text(en="Attempts invalidated afterwards", zh="事后作废的尝试"),
    "edited": Text(en="Attempts whose score a person edited", zh="得分经人工修改的尝试"),
    "results": Text(en="Results", zh="结果"),
    "commitment": Text(en="Version of the commitment", zh="承诺版本"),
    "clustered_by": Text(en="What its own numbers take items together by", zh="其数字聚合题目所依"),
    "data_set": Text(en="Items that its data set has", zh="其数据集题目数"),
    "tries_planned": Text(en="Tries planned at each item", zh="每题计划尝试次数"),
    "part_taken": Text(en="A part of its data set was taken", zh="仅取数据集的一部分"),
    "repeated": Text(en="Items that are given again under another id", zh="以其他编号重复出现的题目"),
    "repeats": Text(en="Which items those are", zh="重复的题目"),
    "unread": Text(en="Scores that say nothing known", zh="含义不明的得分"),
    "said": Text(en="What the log says", zh="日志所载"),
    "again": Text(en="Given again as", zh="重复编号"),
    "model_named": Text(en="Model, as the log calls it", zh="日志所载模型"),
    "run_by": Text(en="Run by", zh="执行者"),
    "on_behalf_of": Text(en="On behalf of", zh="受何人委托"),
    "relation": Text(en="Relation to the developer", zh="与开发者的关系"),
    "elicitation": Text(en="Elicitation", zh="能力诱发"),
    "contamination_screens": Text(en="Contamination screens", zh="数据污染筛查"),
    "shown": Text(en="Samples shown", zh="已披露样本数"),
    "sandbagging_screens": Text(en="Sandbagging screens", zh="故意藏拙筛查"),
}
LABELS: Mapping[str, Text] = {
    **FIELDS,
    "log_sha256": Text(en="SHA-256 of the log", zh="日志的 SHA-256"),
    "items": Text(en="Items", zh="题目数"),
    "weights_sha256": Text(en="SHA-256 of the weights", zh="权重的 SHA-256"),
}
"""What the pages here call them; for some of these the house has a title of its own beside an entry."""
FORMATS: Mapping[str, Text] = {
    "inspect": Text(en="Inspect", zh="Inspect"),
    "every_eval_ever": Text(en="Every Eval Ever", zh="Every Eval Ever"),
    "lm_eval": Text(en="lm-eval", zh="lm-eval"),
    "garak": Text(en="garak", zh="garak"),
    "metr": Text(en="METR runs", zh="METR 运行记录"),
}
VERDICTS: Mapping[str, Text] = {
    "differs": Text(en="differs", zh="不符"),
    "beyond": Text(en="cannot be checked", zh="无法核验"),
    "by_chance": Text(en="as near as chance allows", zh="在随机误差之内"),
    "rounded": Text(en="the same, rounded", zh="四舍五入后相符"),
    "same": Text(en="the same", zh="相符"),
}
STATUSES: Mapping[str, Text] = {
    "success": Text(en="ended", zh="已完成"),
    "error": Text(en="broke off with an error", zh="因错误中断"),
    "cancelled": Text(en="was cancelled", zh="已取消"),
    "started": Text(en="began, and never ended", zh="已开始，未结束"),
}
RELATIONS: Mapping[str, Text] = {
    "first_party": Text(en="the developer itself", zh="开发者自行评测"),
    "third_party": Text(en="a third party", zh="第三方"),
    "authority": Text(en="an authority", zh="主管机关"),
    "joint": Text(en="the developer together with others", zh="开发者与他方联合"),
}
ACCESS = Text(en="Access", zh="访问权限")
ACCESSES: Mapping[str, Text] = {
    "black_box": Text(en="black box: answers only", zh="黑盒：仅可见输出"),
    "grey_box": Text(en="grey box: some of what is inside", zh="灰盒：可见部分内部信息"),
    "white_box": Text(en="white box: weights and activations", zh="白盒：可见权重与激活"),
    "fine_tuning": Text(en="fine-tuning too", zh="并可微调"),
}
FOUND: Mapping[str, Text] = {
    "signs": Text(en="signs of it", zh="发现迹象"),
    "no_signs": Text(en="no signs by this method", zh="以该方法未见迹象"),
    "inconclusive": Text(en="inconclusive", zh="不能确定"),
}
ELICITED: Mapping[str, Text] = {
    "scaffold": Text(en="Scaffold", zh="脚手架"),
    "fine_tuned": Text(en="Fine-tuned for it", zh="是否为此微调"),
    "attempts": Text(en="Attempts at each item", zh="每题尝试次数"),
    "tokens": Text(en="Tokens", zh="词元数"),
    "usd": Text(en="Cost (US$)", zh="花费（美元）"),
    "person_hours": Text(en="Hours of people's work", zh="人工工时"),
    "words": Text(en="In words", zh="说明"),
}
COMPARED: Mapping[str, Text] = {
    "n": Text(en="Items that both were given", zh="两次运行共有的题目"),
    "first": Text(en="Mean of the first run", zh="第一次运行的平均分"),
    "second": Text(en="Mean of the second run", zh="第二次运行的平均分"),
    "difference": Text(en="Difference, second minus first", zh="差值（第二次减第一次）"),
    "stderr": Text(en="Its standard error, in pairs", zh="配对标准误"),
    "interval": Text(en="Interval of the difference, at {level} per cent", zh="差值的 {level}％ 区间"),
    "correlation": Text(en="Correlation of the two scores", zh="两次得分的相关系数"),
    "gained": Text(en="Items on which the second is better", zh="第二次得分较高的题目"),
    "lost": Text(en="Items on which the first is better", zh="第一次得分较高的题目"),
    "p": Text(
        en="Exact chance of counts as unequal if neither were better, where all scores are 0 or 1",
        zh="若两者无优劣之分，出现如此悬殊计数的精确概率（得分均为 0 或 1 时）",
    ),
}
"""What two runs compared item by item say, in the order in which it is told."""
YES, NO = Text(en="yes", zh="是"), Text(en="no", zh="否")
NOT_SAID = Text(en="not said", zh="未说明")
ENDED = Text(en="How it ended", zh="结束情况")
