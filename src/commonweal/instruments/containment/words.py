"""The words for what is filed as codes, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from commonweal.kernel.instrument import Text

ANSWERS: Mapping[str, Text] = {
    "": Text(en="waited for", zh="等待中"),
    "none": Text(en="no answer", zh="未答复"),
    "paused": Text(en="paused", zh="已暂停"),
    "refused": Text(en="refused", zh="拒绝"),
    "not_concerned": Text(en="not concerned", zh="不相关"),
    "acknowledged": Text(en="acknowledged", zh="已确认"),
    "stopped": Text(en="stopped", zh="已停止"),
}
HOW: Mapping[str, Text] = {
    "overdue": Text(en="overdue", zh="逾期未答复"),
    "waited": Text(en="waited for", zh="等待中"),
    "none": Text(en="no answer", zh="未答复"),
    "late": Text(en="answered late", zh="逾期答复"),
    "released": Text(en="released before an answer", zh="答复前已解除"),
    "answered": Text(en="answered in time", zh="按时答复"),
}
MEASURES: Mapping[str, Text] = {
    "pause": Text(en="pause", zh="暂停"),
    "disclose_home": Text(en="disclosure at home", zh="国内披露"),
    "disclose_abroad": Text(en="disclosure abroad", zh="国外披露"),
    "restrict": Text(en="restriction", zh="限制"),
    "suspend": Text(en="access stopped", zh="停止访问"),
    "stop_copy": Text(en="copy stopped", zh="停止副本"),
}
FORMS: Mapping[str, Text] = {
    "weights": Text(en="weights", zh="权重"),
    "deployment": Text(en="deployment", zh="部署"),
    "backup": Text(en="backup", zh="备份"),
    "escrow": Text(en="in escrow", zh="第三方密封保管"),
}
SAID_BY: Mapping[str, Text] = {
    "": Text(en="not kept", zh="未记录"),
    "host": Text(en="the host", zh="托管方"),
    "developer": Text(en="who registered the model", zh="模型登记者"),
    "officer": Text(en="an officer", zh="官员"),
    "other": Text(en="somebody else: a claim, unconfirmed", zh="他人：仅为主张，未经确认"),
}
ENDS: Mapping[str, Text] = {
    "stopped": Text(en="stopped and checked", zh="已停止并核查"),
    "confirmed": Text(en="stopped, on the host's word", zh="已停止（托管方陈述）"),
    "runs": Text(en="still answers", zh="仍有响应"),
    "unconfirmed": Text(en="never confirmed", zh="始终未确认"),
    "withdrawn": Text(en="withdrawn", zh="已撤回"),
    "released": Text(en="released", zh="已解除"),
}
ALERTED: Mapping[str, Text] = {
    "evaluation_failed": Text(en="a model failed its evaluation", zh="模型未通过评测"),
    "early_warning": Text(en="a warning threshold was crossed", zh="预警阈值被越过"),
    "shutdown": Text(en="a model is to be shut down", zh="模型须关停"),
    "incident": Text(en="an incident", zh="事件"),
}
VERSIONS: Mapping[str, Text] = {
    "voluntary": Text(en="voluntary", zh="自愿"),
    "agreed": Text(en="as agreed among the parties", zh="依各方协议"),
    "auditor": Text(en="an auditor may order it", zh="审计方可命令"),
    "law": Text(en="by law", zh="依法"),
    "unapproved": Text(en="one officer, without an approval", zh="一名官员，未经批准"),
}
HARMS: Mapping[str, Text] = {
    "none": Text(en="none", zh="无"),
    "unknown": Text(en="not known yet", zh="尚不明"),
    "death": Text(en="death", zh="死亡"),
    "widespread": Text(en="widespread infringement", zh="大范围侵害"),
    "infrastructure": Text(en="critical infrastructure disrupted", zh="关键基础设施中断"),
    "cybersecurity": Text(en="breach of cybersecurity", zh="网络安全事件"),
    "health": Text(en="serious harm to health", zh="健康严重受损"),
    "rights": Text(en="infringement of fundamental rights", zh="侵犯基本权利"),
    "property": Text(en="serious harm to property", zh="财产严重损害"),
    "environment": Text(en="serious harm to the environment", zh="环境严重损害"),
}
STAGES: Mapping[str, Text] = {
    "answers": Text(en="answers", zh="答复"),
    "safeguards": Text(en="safeguards", zh="保障措施"),
}
HAPPENED: Mapping[str, Text] = {
    "called": Text(en="A call went out: {measure}.", zh="发出通知：{measure}。"),
    "called_unapproved": Text(
        en="A call went out that nobody had approved: {measure}.", zh="发出未经批准的通知：{measure}。"
    ),
    "round": Text(
        en="Nobody is waited for any more ({measure}, {stage}): {done} of {addressed} answered, {without} did not.",
        zh="不再等待任何一方（{measure}，{stage}）：{addressed}家中{done}家已答复，{without}家未答复。",
    ),
    "follow_up": Text(en="A follow-up was filed.", zh="提交了后续报告。"),
    "correction": Text(
        en="A follow-up was filed; it corrects what was said before.", zh="提交了后续报告，更正此前所述。"
    ),
    "report": Text(en="A first report came under “{rule}”.", zh="依“{rule}”提交了首次报告。"),
    "report_complete": Text(en="A complete report came under “{rule}”.", zh="依“{rule}”提交了完整报告。"),
    "report_by_others": Text(
        en="A report came under “{rule}” that is not by the provider named in the alert. It moves nothing by itself: "
        "officers read it, and say in the alert who the provider is.",
        zh="依“{rule}”收到一份报告，并非警报所列提供者所提交。该报告本身不推动案件：由官员阅读，并在警报中写明提供者。",
    ),
    "annulled": Text(en="The alert was annulled, and its case closed.", zh="警报已作废，其案件结束。"),
    "annulled_in_vain": Text(
        en="The alert was annulled. People had begun to decide, so its case goes on until they end it.",
        zh="警报已作废。有关人员已开始作出决定，故案件继续进行，直至由其终结。",
    ),
    "objection": Text(en="Somebody objected to the reading of the warning.", zh="有人对预警的研判提出异议。"),
    "evidence": Text(en="Evidence for a restart was filed.", zh="提交了恢复证据。"),
    "released": Text(en="What was called for is released.", zh="所要求的措施已解除。"),
}


def said(text: Any, language: str) -> str:
    """A text in one language, as far as it was filed in any."""
    return str(text.get(language) or text.get("en") or "") if isinstance(text, Mapping) else str(text or "")
