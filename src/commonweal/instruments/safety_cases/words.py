"""The words for what is filed and found as codes, in both languages."""

from __future__ import annotations

from collections.abc import Mapping

from commonweal.kernel.instrument import Text

FIELDS: Mapping[str, Text] = {
    "at_least": Text(en="At least", zh="不低于"),
    "at_most": Text(en="At most", zh="不高于"),
    "by_method": Text(en="Method", zh="方法"),
    "clauses": Text(en="Clauses of the formula", zh="公式的子句数"),
    "formula": Text(en="Formula", zh="公式"),
    "proof": Text(en="Proof", zh="证明"),
    "quantity": Text(en="What is bounded", zh="受限数量"),
    "shows": Text(en="What it is meant to show", zh="意在说明的内容"),
    "used": Text(en="Clauses used", zh="所用子句数"),
    "argument": Text(en="Argument", zh="论证"),
    "between": Text(en="Relation between two elements", zh="两个元素之间的关系"),
    "bindings": Text(en="What elements rest on", zh="元素的依据"),
    "claim": Text(en="What is claimed", zh="主张"),
    "dependence": Text(en="How doubts hang together", zh="疑问之间的依赖"),
    "element": Text(en="Element", zh="元素"),
    "review_by": Text(en="To be reviewed by", zh="应复审日"),
    "review": Text(en="Review asked for", zh="评审委派"),
    "reviewer": Text(en="Reviewer", zh="评审人"),
    "setting": Text(en="Setting", zh="环境"),
    "system": Text(en="System (registered model)", zh="系统（已登记模型）"),
    "verdict": Text(en="Verdict", zh="评议结论"),
}
STATES: Mapping[str, tuple[str, Text]] = {
    "stands": ("done", Text(en="stands", zh="成立")),
    "open": ("waiting", Text(en="open", zh="未决")),
    "defeated": ("overdue", Text(en="defeated", zh="被击破")),
}
KINDS_OF_ELEMENT: Mapping[str, Text] = {
    "goal": Text(en="claim", zh="主张"),
    "strategy": Text(en="strategy", zh="策略"),
    "solution": Text(en="evidence", zh="证据"),
    "context": Text(en="context", zh="背景"),
    "assumption": Text(en="assumption", zh="假设"),
    "justification": Text(en="justification", zh="理由"),
    "counter_goal": Text(en="challenge", zh="质疑"),
    "counter_solution": Text(en="counter-evidence", zh="反面证据"),
    "module": Text(en="module", zh="模块"),
    "contract": Text(en="contract", zh="合约"),
}
TAKEN: Mapping[str, Text] = {
    "assumption": Text(en="if this holds: nobody watches or measured it", zh="假如成立：无人监测，亦无人度量"),
    "context": Text(en="as stated", zh="如所陈述"),
    "justification": Text(en="as stated", zh="如所陈述"),
    "watched": Text(en="watched; nobody measured it", zh="受监测；无人度量"),
}
"""How what is taken as given is told in place of an interval, by its kind; what is bound to conditions is `watched`."""
IF_ASSUMED = Text(
    en="{given} if what is assumed below it holds, else {anyway}", zh="下方假设成立时 {given}，否则 {anyway}"
)
AS: Mapping[str, Text] = {
    "top": Text(en="claimed", zh="主张"),
    "supported_by": Text(en="supported by", zh="由其支持"),
    "in_context_of": Text(en="in the context of", zh="背景"),
    "challenged_by": Text(en="challenged by", zh="受其质疑"),
}
IN_THESE_WORDS = Text(en="The argument claims this, in these words.", zh="论证所主张者即为此，措辞相同。")
NOT_IN_THESE = Text(
    en="These are words of whoever filed it; what the argument claims is not public.",
    zh="此为提交者自述；论证所主张的内容不予公开。",
)
COMPUTED = Text(en="The state is computed from what was filed.", zh="状态系依所提交的内容计算得出。")
APPROVED_BY = Text(en="Approved by {names}.", zh="已获{names}批准。")
APPROVED_ONCE = Text(en="What was approved is stale.", zh="已作出的批准均已过时。")
APPROVED_BY_NOBODY = Text(en="Nobody has approved it.", zh="无人批准。")
VERDICTS: Mapping[str, Text] = {
    "unweighed": Text(en="not weighed yet", zh="尚未评议"),
    "admitted": Text(en="admitted", zh="已采纳"),
    "turned_away": Text(en="turned away", zh="未采纳"),
}
ABOUT: Mapping[str, Text] = {
    "challenge_stands": Text(en="a challenge stands", zh="质疑成立"),
    "challenge_open": Text(en="a challenge is open", zh="质疑未决"),
    "challenge_answered": Text(en="a challenge was answered", zh="质疑已有回应"),
    "challenge_turned_away": Text(en="a challenge was turned away", zh="质疑未获采纳"),
    "undeveloped": Text(en="nothing supports it yet", zh="尚无支持"),
    "unbound": Text(en="evidence that is no entry of the record", zh="证据未载入记录"),
    "unwatched": Text(en="an assumption that nobody watches", zh="无人监测的假设"),
    "no_bounds": Text(en="nobody said how likely it holds", zh="无人说明其成立的可能性"),
    "unagreed": Text(en="no contract between modules is about it", zh="模块之间没有涉及它的合约"),
    "not_independent": Text(en="stated to be independent, and is not", zh="声称独立而实非独立"),
}
WHY: Mapping[str, Text] = {
    "not_yet": Text(en="counts only from", zh="自此日起方可计入"),
    "expired": Text(en="expired on", zh="已失效于"),
    "expires_soon": Text(en="expires on", zh="将失效于"),
    "gone": Text(en="its entry no longer counts", zh="其条目不再有效"),
    "erased": Text(en="its entry was erased", zh="其条目已被删除"),
    "absent": Text(en="its entry was not in the record", zh="记录中并无其条目"),
    "state": Text(en="a rule says otherwise", zh="规则结果与之相反"),
    "pending": Text(en="a rule is about to fire", zh="规则即将触发"),
    "bound": Text(en="a measure is outside its bound", zh="测量值超出界限"),
    "unsure": Text(en="a measure is not surely within its bound", zh="测量值未必在界限之内"),
    "finding": Text(en="what was found of it says otherwise", zh="对其的认定与之相反"),
    "undecided": Text(en="it is not decided", zh="尚未判定"),
    "old": Text(en="the newest measure is too old", zh="最新测量值过旧"),
    "unknown": Text(en="nothing is known of it", zh="无从知晓"),
}
STALE: Mapping[str, Text] = {
    "review_due": Text(en="it was to be reviewed by", zh="已到应复审日"),
    "defeated": Text(en="the case was defeated, beginning with", zh="案例已被击破，起于"),
    "undecided": Text(en="the case is open", zh="案例未决"),
    "evidence": Text(en="what it rests on changed", zh="依据已有变化"),
    "changed": Text(en="it was changed, or something was said about it", zh="案例已修改，或有新的陈述"),
}
CHANGES: Mapping[str, Text] = {
    "added": Text(en="added", zh="新增"),
    "removed": Text(en="removed", zh="删除"),
    "changed": Text(en="changed", zh="修改"),
}
WHATS: Mapping[str, Text] = {
    "element": Text(en="element", zh="元素"),
    "relation": Text(en="relation", zh="关系"),
    "challenge": Text(en="challenge", zh="质疑"),
}
PARTS: Mapping[str, Text] = {
    "kind": Text(en="kind", zh="类型"),
    "text": Text(en="what it says", zh="内容"),
    "name": Text(en="name", zh="名称"),
    "detail": Text(en="details", zh="细节"),
    "module": Text(en="module", zh="模块"),
    "cites": Text(en="what it stands for elsewhere", zh="所引用的其他元素"),
    "public": Text(en="whether others may cite it", zh="是否供他处引用"),
    "undeveloped": Text(en="whether it is undeveloped", zh="是否尚未展开"),
    "abstract": Text(en="whether it is still to be filled in", zh="是否有待填写"),
    "needs": Text(en="how many supports it needs", zh="所需支持的数量"),
    "reference": Text(en="what it refers to", zh="参考来源"),
}
