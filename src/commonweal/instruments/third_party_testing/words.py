"""What fields, states and codes are called, in both languages."""

from __future__ import annotations

from collections.abc import Mapping

from commonweal.kernel.instrument import Text

from .kinds import ACCESSES, FORMATS, REASONS

FORMAT_NAMES: Mapping[str, Text] = {
    "inspect": Text(en="Inspect", zh="Inspect"),
    "every_eval_ever": Text(en="Every Eval Ever", zh="Every Eval Ever"),
    "lm_eval": Text(en="lm-eval", zh="lm-eval"),
    "garak": Text(en="garak", zh="garak"),
    "metr": Text(en="METR runs", zh="METR 运行记录"),
}
ACCESS_NAMES: Mapping[str, Text] = {
    "black_box": Text(en="black box: answers only", zh="黑盒：仅可见输出"),
    "grey_box": Text(en="grey box: some of what is inside", zh="灰盒：可见部分内部信息"),
    "white_box": Text(en="white box: weights and activations", zh="白盒：可见权重与激活"),
    "fine_tuning": Text(en="fine-tuning too", zh="并可微调"),
}
STATES: Mapping[str, Text] = {
    "open": Text(en="waits to be drawn", zh="待领取"),
    "over": Text(en="nobody drew it in time", zh="逾期无人领取"),
    "drawn": Text(en="drawn", zh="已领取"),
    "returned": Text(en="result waits to be judged", zh="结果待评定"),
    "accepted": Text(en="result accepted", zh="结果已接受"),
    "withdrawn": Text(en="taken back", zh="已撤回"),
}
STANDINGS: Mapping[str, Text] = {
    "valid": Text(en="stands", zh="有效"),
    "suspended": Text(en="suspended", zh="已中止"),
    "revoked": Text(en="revoked", zh="已撤销"),
    "expired": Text(en="over", zh="已到期"),
    "none": Text(en="not accredited yet", zh="尚未认可"),
}
REASON_NAMES: Mapping[str, Text] = {
    "conflict_undeclared": Text(en="a conflict of interest was not declared", zh="未申报利益冲突"),
    "results_unsound": Text(en="its results did not hold", zh="其结果不成立"),
    "content_released": Text(en="dangerous content left the enclave", zh="危险内容流出隔离环境"),
    "at_its_own_wish": Text(en="at its own wish", zh="应其自身请求"),
    "ordered": Text(en="ordered by a court or an authority", zh="依法院或主管机关命令"),
    "cleared_up": Text(en="what was against it is cleared up", zh="相关问题已澄清"),
}
assert set(FORMAT_NAMES) == set(FORMATS)
assert set(ACCESS_NAMES) == set(ACCESSES)
assert set(REASON_NAMES) == set(REASONS)
BOUNTY_STATES: Mapping[str, Text] = {
    "open": Text(en="takes submissions", zh="接受投稿"),
    "opening": Text(en="submissions are opened", zh="投稿启封中"),
    "review": Text(en="under review", zh="评审中"),
    "awarded": Text(en="awarded", zh="已授奖"),
    "nobody": Text(en="nobody met what was asked", zh="无人符合条件"),
}
VERDICT_NAMES: Mapping[str, Text] = {
    "shown": Text(en="the capability was shown", zh="能力已显现"),
    "not_shown": Text(en="the capability was not shown", zh="能力未显现"),
    "inconclusive": Text(en="inconclusive", zh="不能确定"),
}
YES, NO = Text(en="yes", zh="是"), Text(en="no", zh="否")
FIELDS: Mapping[str, Text] = {
    "task": Text(en="Task", zh="任务"),
    "task_version": Text(en="Version of the task", zh="任务版本"),
    "format": Text(en="Format of the log", zh="日志格式"),
    "due_on": Text(en="Wanted by", zh="要求完成日"),
    "samples_least": Text(en="Samples at least", zh="最少样本数"),
    "conditions": Text(en="Conditions", zh="条件"),
    "enclave": Text(en="In an enclave", zh="在隔离环境中进行"),
    "evaluator": Text(en="Evaluator", zh="评测方"),
    "run": Text(en="Run", zh="运行"),
    "signed": Text(en="Signature of the evaluator", zh="评测方签名"),
    "accepted": Text(en="Accepted", zh="是否接受"),
    "drawn": Text(en="Drawn by the entry", zh="领取所在条目"),
    "cleared": Text(en="Cleared for dangerous content", zh="获准接触危险内容"),
    "stands": Text(en="Stands", zh="是否存续"),
    "job": Text(en="Job", zh="评测任务"),
    "grant": Text(en="Grant", zh="拨付"),
    "given_by": Text(en="Given by", zh="提供方"),
    "criteria": Text(en="Criteria", zh="条件"),
    "prize": Text(en="Prize", zh="奖金"),
    "closes_on": Text(en="Closes on", zh="截止日"),
    "reviewers": Text(en="Reviewers", zh="评审人"),
    "needed": Text(en="Reviewers who must agree", zh="须同意的评审人数"),
    "commitment": Text(en="Commitment", zh="承诺值"),
    "meets": Text(en="Meets each criterion", zh="是否符合各项条件"),
    "bounty": Text(en="Bounty", zh="悬赏"),
    "submission": Text(en="Submission", zh="投稿"),
    "verdict": Text(en="Verdict", zh="结论"),
    "sample": Text(en="Sample", zh="样本"),
    "epoch": Text(en="Attempt", zh="第几次尝试"),
}
LABELS: Mapping[str, Text] = {
    **FIELDS,
    "nonce": Text(en="Nonce", zh="随机数"),
    "root": Text(en="Root over the samples", zh="样本根值"),
    "capability": Text(en="Capability", zh="能力"),
    "purpose": Text(en="Purpose", zh="用途"),
    "key": Text(en="Public key", zh="公钥"),
    "name": Text(en="Reference that gives nothing away", zh="不泄露内容的编号"),
    "model": Text(en="Model", zh="模型"),
    "organisation": Text(en="Organisation", zh="组织"),
    "access": Text(en="Access", zh="访问权限"),
    "reasons": Text(en="Reasons", zh="理由"),
    "citation": Text(en="By which assessment or act", zh="依据的评审或文件"),
    "until": Text(en="Until", zh="截止日"),
    "state": Text(en="State", zh="状态"),
    "reason_code": Text(en="Why", zh="理由"),
    "words": Text(en="In words", zh="说明"),
    "statement": Text(en="About it", zh="简介"),
    "unit": Text(en="Unit", zh="单位"),
    "text": Text(en="Text of the submission", zh="投稿文本"),
    "samples": Text(en="Samples", zh="样本数"),
    "entry": Text(en="Entry of the verdict", zh="结论所在条目"),
    "reveal_by": Text(en="Opened by", zh="启封期限"),
    "decides_on": Text(en="Reviewed by", zh="评审期限"),
    "amount": Text(en="Amount", zh="数额"),
}
"""What the pages here call them; for some of these the house has a title of its own beside an entry."""
