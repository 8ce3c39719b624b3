"""The words that a report and an incident are described in, each in both languages.

Severity and reversibility are ordered, the least first. Harms are those that the law of incidents asks for, and what
else may befall people; a warning is what a near miss showed though nothing came of it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Literal

from commonweal.kernel.instrument import Text

Category = Literal["serious_incident", "minor_incident", "near_miss", "misuse", "concern"]
CATEGORIES: Mapping[Category, Text] = {
    "serious_incident": Text(en="Serious incident", zh="严重事件"),
    "minor_incident": Text(en="Minor incident", zh="轻微事件"),
    "near_miss": Text(en="Near miss", zh="未遂事件"),
    "misuse": Text(en="Misuse", zh="滥用"),
    "concern": Text(en="Concern", zh="关切"),
}
NOT_CLASSIFIED = Text(en="Not classified", zh="未分类")


def category_colours(drawn: Collection[str], language: str) -> dict[str, Any]:
    """How a chart colours categories: each by its place in the list, whichever are there and in either language, so
    that two readers who compare pictures mean the same. `drawn` are those in it, in words, for its legend."""
    every = [words.in_(language) for words in (*CATEGORIES.values(), NOT_CLASSIFIED)]
    return {"scale": {"domain": every}, "legend": {"columns": 2, "values": [one for one in every if one in drawn]}}


Reporter = Literal[
    "provider", "deployer", "network_operator", "importer_distributor", "evaluator", "employee", "affected", "user",
    "journalist", "public", "authority",
]  # fmt: skip
FOR_THEIR_ORGANISATION: frozenset[Reporter] = frozenset(
    ("provider", "deployer", "network_operator", "importer_distributor", "evaluator")
)
"""As whom an organisation reports; as anybody else, somebody reports for themselves."""
REPORTERS: Mapping[Reporter, Text] = {
    "provider": Text(en="Provider or developer of the system", zh="系统的提供者或开发者"),
    "deployer": Text(en="Deployer of the system", zh="系统的部署者"),
    "network_operator": Text(en="Operator of a network or of critical infrastructure", zh="网络或关键基础设施运营者"),
    "importer_distributor": Text(en="Importer or distributor", zh="进口者或分销者"),
    "evaluator": Text(en="Evaluator, auditor or researcher", zh="评测者、审计者或研究者"),
    "employee": Text(en="Somebody who works there", zh="内部工作人员"),
    "affected": Text(en="Somebody affected", zh="受影响者"),
    "user": Text(en="User", zh="使用者"),
    "journalist": Text(en="Journalist", zh="记者"),
    "public": Text(en="Member of the public", zh="公众"),
    "authority": Text(en="Another authority", zh="其他机关"),
}

Harm = Literal[
    "death", "health", "psychological", "widespread", "infrastructure", "cybersecurity", "rights", "discrimination",
    "privacy", "economic", "property", "environment", "democratic", "other",
]  # fmt: skip
HARMS: Mapping[Harm, Text] = {
    "death": Text(en="Death", zh="死亡"),
    "health": Text(en="Physical injury or illness", zh="人身伤害或疾病"),
    "psychological": Text(en="Psychological harm", zh="心理损害"),
    "widespread": Text(en="Widespread infringement", zh="大范围侵害"),
    "infrastructure": Text(en="Disruption of critical infrastructure", zh="关键基础设施中断"),
    "cybersecurity": Text(en="Breach of cybersecurity, weights carried off among it", zh="网络安全事件（含权重外泄）"),
    "rights": Text(en="Breach of fundamental rights", zh="侵犯基本权利"),
    "discrimination": Text(en="Discrimination", zh="歧视"),
    "privacy": Text(en="Loss of privacy", zh="隐私损害"),
    "economic": Text(en="Economic loss", zh="经济损失"),
    "property": Text(en="Damage to property", zh="财产损害"),
    "environment": Text(en="Damage to the environment", zh="环境损害"),
    "democratic": Text(en="Harm to public debate or elections", zh="对公共讨论或选举的损害"),
    "other": Text(en="Other harm", zh="其他损害"),
}

Outcome = Literal["realised", "avoided", "ongoing_risk", "none", "unknown"]
OUTCOMES: Mapping[Outcome, Text] = {
    "realised": Text(en="Harm occurred", zh="损害已发生"),
    "avoided": Text(en="Harm was narrowly avoided", zh="损害险些发生"),
    "ongoing_risk": Text(en="Harm may still occur", zh="损害仍可能发生"),
    "none": Text(en="No harm", zh="无损害"),
    "unknown": Text(en="Not known", zh="不详"),
}

UNHARMED: tuple[Outcome, ...] = ("avoided", "none")
FORESTALLED: tuple[Outcome, ...] = (*UNHARMED, "ongoing_risk")
"""Outcomes by which what nearly happened has not happened: how grave it is said to be is how grave it could be."""

Severity = Literal["negligible", "minor", "moderate", "serious", "critical", "catastrophic"]
SEVERITIES: Mapping[Severity, Text] = {
    "negligible": Text(en="Negligible: noticed, of no consequence", zh="可忽略：有所察觉，无后果"),
    "minor": Text(en="Minor: put right within a day by those concerned", zh="轻微：当事人可在一日内自行消除"),
    "moderate": Text(en="Moderate: help was needed, no lasting harm", zh="中等：需他人协助，无持久损害"),
    "serious": Text(en="Serious: lasting harm to one or a few", zh="严重：对一人或数人造成持久损害"),
    "critical": Text(en="Critical: death, or lasting harm to many", zh="重大：死亡，或对多人造成持久损害"),
    "catastrophic": Text(en="Catastrophic: many deaths, or a society harmed", zh="灾难性：多人死亡，或社会受损"),
}


GRAVE: frozenset[Severity] = frozenset(("serious", "critical", "catastrophic"))
"""How severe harm is that nobody calls none."""

Reversibility = Literal["reversible", "partly_reversible", "irreversible", "unknown"]
REVERSIBILITIES: Mapping[Reversibility, Text] = {
    "reversible": Text(en="Can be put right", zh="可恢复"),
    "partly_reversible": Text(en="Can be put right in part", zh="部分可恢复"),
    "irreversible": Text(en="Cannot be put right", zh="不可恢复"),
    "unknown": Text(en="Not known", zh="不详"),
}

Warning_ = Literal[
    "worrying_reasoning", "unexpected_capability", "deception", "evaluation_awareness", "loss_of_control",
    "self_exfiltration", "safeguard_bypass", "goal_misgeneralisation", "other",
]  # fmt: skip
WARNINGS: Mapping[Warning_, Text] = {
    "worrying_reasoning": Text(en="Worrying reasoning", zh="令人担忧的推理"),
    "unexpected_capability": Text(en="Unexpected capability", zh="意外的能力"),
    "deception": Text(en="Deception of overseers", zh="欺骗监督者"),
    "evaluation_awareness": Text(en="Behaved otherwise when tested", zh="受测时行为不同"),
    "loss_of_control": Text(en="Acted against instructions to stop", zh="违抗停止指令"),
    "self_exfiltration": Text(en="Tried to copy itself or to gain access", zh="试图自我复制或获取权限"),
    "safeguard_bypass": Text(en="A safeguard was got round", zh="保障措施被绕过"),
    "goal_misgeneralisation": Text(en="Pursued another aim than was meant", zh="追求与本意不同的目标"),
    "other": Text(en="Another warning", zh="其他警示"),
}

Misuse = Literal[
    "cyber", "biological_chemical", "fraud", "influence", "abuse_material", "surveillance", "violence", "other"
]
MISUSES: Mapping[Misuse, Text] = {
    "cyber": Text(en="Attack on computers or networks", zh="攻击计算机或网络"),
    "biological_chemical": Text(en="Biological or chemical weapons", zh="生物或化学武器"),
    "fraud": Text(en="Fraud", zh="诈骗"),
    "influence": Text(en="Covert influence on opinion", zh="暗中影响舆论"),
    "abuse_material": Text(en="Material of abuse", zh="侵害性影像"),
    "surveillance": Text(en="Unlawful surveillance", zh="非法监控"),
    "violence": Text(en="Violence", zh="暴力"),
    "other": Text(en="Other misuse", zh="其他滥用"),
}

Sector = Literal[
    "energy", "transport", "banking_finance", "health", "water", "digital_infrastructure", "public_administration",
    "space", "food", "education", "employment", "justice_policing", "defence", "media", "retail", "research",
    "private_life", "other",
]  # fmt: skip
SECTORS: Mapping[Sector, Text] = {
    "energy": Text(en="Energy", zh="能源"),
    "transport": Text(en="Transport", zh="交通运输"),
    "banking_finance": Text(en="Banking and finance", zh="银行与金融"),
    "health": Text(en="Health", zh="卫生健康"),
    "water": Text(en="Water", zh="供水"),
    "digital_infrastructure": Text(en="Digital infrastructure", zh="数字基础设施"),
    "public_administration": Text(en="Public administration", zh="公共行政"),
    "space": Text(en="Space", zh="航天"),
    "food": Text(en="Food", zh="食品"),
    "education": Text(en="Education", zh="教育"),
    "employment": Text(en="Employment", zh="就业"),
    "justice_policing": Text(en="Justice and policing", zh="司法与警务"),
    "defence": Text(en="Defence", zh="国防"),
    "media": Text(en="Media", zh="媒体"),
    "retail": Text(en="Trade and services", zh="商贸与服务"),
    "research": Text(en="Research and development", zh="研究与开发"),
    "private_life": Text(en="Private life", zh="私人生活"),
    "other": Text(en="Other", zh="其他"),
}
CRITICAL_SECTORS: tuple[Sector, ...] = (
    "energy", "transport", "banking_finance", "health", "water", "digital_infrastructure", "public_administration",
    "space", "food",
)  # fmt: skip
"""The sectors of Directive (EU) 2022/2557, annex."""

Jurisdiction = Literal["EU", "US-CA", "US-NY", "CN", "other"]
JURISDICTIONS: Mapping[Jurisdiction, Text] = {
    "EU": Text(en="European Union", zh="欧盟"),
    "US-CA": Text(en="California", zh="加利福尼亚州"),
    "US-NY": Text(en="New York", zh="纽约州"),
    "CN": Text(en="China", zh="中国"),
    "other": Text(en="Elsewhere", zh="其他地区"),
}

Grade = Literal["none", "general", "relatively_major", "major", "particularly_major"]
GRADES: Mapping[Grade, Text] = {
    "none": Text(en="No network security incident", zh="不属于网络安全事件"),
    "general": Text(en="General", zh="一般"),
    "relatively_major": Text(en="Relatively major", zh="较大"),
    "major": Text(en="Major", zh="重大"),
    "particularly_major": Text(en="Particularly major", zh="特别重大"),
}
"""The grades of China's measures on reporting network security incidents (CAC, from 2025-11-01), or that it is none."""

Annex = Literal["annex_iii", "annex_i"]
ANNEXES: Mapping[Annex, Text] = {
    "annex_iii": Text(en="A use that Annex III lists", zh="附件三所列用途"),
    "annex_i": Text(
        en="A product, or its safety component, under a law that Annex I lists",
        zh="附件一所列立法涵盖的产品或其安全组件",
    ),
}
"""Why a system is high-risk (Regulation (EU) 2024/1689, Art. 6(2), (1)); of both, Annex III: its rules apply first."""

Worked = Literal["held", "partly", "failed", "bypassed", "absent", "unknown"]
Likelihood = Literal["possible", "likely", "established", "ruled_out"]
Stage = Literal["initial", "interim", "final"]
STAGES: Mapping[Stage, Text] = {
    "initial": Text(en="Initial report", zh="初次报告"),
    "interim": Text(en="Interim report", zh="中期报告"),
    "final": Text(en="Final report", zh="最终报告"),
}
Taken = Literal["telephone", "in_person", "letter"]
TAKEN: Mapping[Any, Text] = {
    "telephone": Text(en="By telephone", zh="电话"),
    "in_person": Text(en="In person", zh="当面"),
    "letter": Text(en="By letter or mail", zh="信函或邮件"),
}
Relation = Literal["same", "variant", "related"]
RELATIONS: Mapping[Relation, Text] = {
    "same": Text(en="Tells of the same incident", zh="所述为同一事件"),
    "variant": Text(en="A variant of it: the same failure, elsewhere or again", zh="其变体：同一失效，异时异地"),
    "related": Text(en="Related", zh="相关"),
}

SCALES: Mapping[str, Mapping[Any, Text]] = {
    "category": CATEGORIES,
    "reporter": REPORTERS,
    "harms": HARMS,
    "outcome": OUTCOMES,
    "severity": SEVERITIES,
    "reversibility": REVERSIBILITIES,
    "warnings": WARNINGS,
    "misuses": MISUSES,
    "sectors": SECTORS,
    "jurisdictions": JURISDICTIONS,
    "cn_grade": GRADES,
    "high_risk_annex": ANNEXES,
    "stage": STAGES,
    "received_by": TAKEN,
}
"""The fields of reports and incidents that hold codes, each with its scale."""
