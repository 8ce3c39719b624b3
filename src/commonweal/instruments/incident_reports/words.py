"""What the fields of reports and incidents are called."""

from __future__ import annotations

from collections.abc import Mapping

from commonweal.kernel.instrument import Text

FIELDS: Mapping[str, Text] = {
    "affected_max": Text(en="At most so many persons affected", zh="受影响人数上限"),
    "affected_min": Text(en="At least so many persons affected", zh="受影响人数下限"),
    "annotator": Text(en="Annotator", zh="标注者"),
    "attachments": Text(en="Attachments", zh="附件"),
    "as_of": Text(en="After entry", zh="截至条目"),
    "category": Text(en="Category", zh="类别"),
    "causes": Text(en="What may have caused it", zh="可能原因"),
    "central_organ": Text(
        en="The operator is a central organ, or directly under one (China)",
        zh="属于中央和国家机关各部门及其直属单位（中国）",
    ),
    "children_concerned": Text(en="Children or young people concerned", zh="涉及未成年人"),
    "closed_on": Text(en="Closed on", zh="结案日"),
    "cn_grade": Text(en="Grade of the network security incident (China)", zh="网络安全事件等级（中国）"),
    "codes": Text(en="Codes", zh="代码"),
    "correction": Text(en="What was corrected", zh="更正说明"),
    "count": Text(en="How many", zh="数量"),
    "critical_infrastructure_operator": Text(
        en="Operates critical information infrastructure", zh="运营关键信息基础设施"
    ),
    "deaths": Text(en="Deaths", zh="死亡人数"),
    "deployer_named": Text(en="Deployer, as named", zh="部署者（报告所称）"),
    "deployers_named": Text(en="Deployers, as named", zh="部署者（报告所称）"),
    "developer_named": Text(en="Developer, as named", zh="开发者（报告所称）"),
    "developers_named": Text(en="Developers, as named", zh="开发者（报告所称）"),
    "equivalent_reporting": Text(
        en="Other Union law asks for equivalent reports, or a medical device",
        zh="其他欧盟法律要求同等报告，或涉及医疗器械",
    ),
    "evidence_preserved": Text(en="Evidence is preserved", zh="证据已保全"),
    "exposure": Text(en="Who is exposed, and how much", zh="暴露范围与程度"),
    "external": Text(en="In other databases", zh="其他数据库中的编号"),
    "harmed_named": Text(en="Who was harmed, as named", zh="受害者（报告所称）"),
    "harms": Text(en="Harms", zh="损害类型"),
    "incident": Text(en="Incident", zh="事件"),
    "may_be_named_to": Text(en="May be named to", zh="可告知其身份的对象"),
    "measures_taken": Text(en="What has been done about it", zh="已采取的措施"),
    "misuses": Text(en="Kinds of misuse", zh="滥用类型"),
    "models": Text(en="Registered models", zh="已登记模型"),
    "notes": Text(en="Notes", zh="备注"),
    "occurred": Text(en="When it happened", zh="发生时间"),
    "occurred_until": Text(en="Until when", zh="持续至"),
    "published_on": Text(en="Published on", zh="公布日"),
    "question": Text(en="Question", zh="问题"),
    "relation": Text(en="Relation", zh="关系"),
    "reporter": Text(en="Who reports", zh="报告人身份类别"),
    "reversibility": Text(en="Reversibility", zh="可恢复性"),
    "safe_harbour": Text(en="Safe harbour asked for", zh="请求适用安全港"),
    "sectors": Text(en="Sectors", zh="行业"),
    "severity": Text(en="Severity", zh="严重程度"),
    "sources": Text(en="Sources", zh="来源"),
    "source_url": Text(en="Address of the source", zh="来源网址"),
    "suggested": Text(en="Chance that was shown", zh="所示概率"),
    "summary": Text(en="Summary", zh="摘要"),
    "summary_zh": Text(en="Summary in Chinese", zh="中文摘要"),
    "system_altered": Text(en="The system was altered since", zh="系统此后已被改动"),
    "system_named": Text(en="System, as named", zh="系统（报告所称）"),
    "systems_named": Text(en="Systems, as named", zh="系统（报告所称）"),
    "taxonomy": Text(en="Taxonomy", zh="分类法"),
    "title_zh": Text(en="Title in Chinese", zh="中文标题"),
    "variant_of": Text(en="A variant of", zh="何事件的变体"),
    "warnings": Text(en="Warnings", zh="警示"),
    "what_happened": Text(en="What happened", zh="事情经过"),
    "withheld": Text(en="Kept back", zh="未予公布"),
}
