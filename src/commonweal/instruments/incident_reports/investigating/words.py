"""What the fields of investigations are called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from commonweal.kernel.instrument import Reading, Text
from commonweal.kernel.values import instant, partial_in

from ..desk.staff import called
from ..telling import MOMENTS
from .kinds import CONFIDENCES, FACTORS, FORMS

SCALES: Mapping[str, Mapping[Any, Text]] = {"confidence": CONFIDENCES, "factor": FACTORS, "form": FORMS}
"""The fields of what an investigation takes in that hold codes, each with its scale."""
PEOPLE = ("collected_by", "giver", "taker")
INSTANTS = ("collected_at", "begins", "ends", "at")
FIELDS: Mapping[str, Text] = {
    "background": Text(en="Background, not public", zh="背景（不公开）"),
    "beside_because": Text(en="Why beside another that is open", zh="在另一调查未结时立案的理由"),
    "begins": Text(en="Begins", zh="起始"),
    "consultation": Text(en="What was asked, by its entry", zh="所依请求（条目）"),
    "collected_at": Text(en="Collected at", zh="收集时间"),
    "collected_by": Text(en="Collected by", zh="收集人"),
    "confidence": Text(en="Confidence", zh="置信程度"),
    "content": Text(en="Content", zh="内容"),
    "custody": Text(en="Chain of custody", zh="保管链"),
    "ends": Text(en="Ends", zh="终止"),
    "expert": Text(en="Expert or adviser", zh="专家或顾问"),
    "factor": Text(en="Kind of factor", zh="因素类别"),
    "files": Text(en="Files", zh="文件"),
    "finding": Text(en="Finding", zh="认定"),
    "held_at": Text(en="Held at", zh="存放处"),
    "inputs_sha256": Text(en="Digest of what went in (SHA-256)", zh="输入摘要（SHA-256）"),
    "investigation": Text(en="Investigation", zh="调查"),
    "mandate": Text(en="Mandate", zh="授权范围"),
    "method": Text(en="How the digests were made", zh="摘要生成方法"),
    "hides": Text(en="Why earlier words are shown no more", zh="此前内容不再显示的理由"),
    "opinion": Text(en="Opinion", zh="意见"),
    "outputs_sha256": Text(en="Digest of what came out (SHA-256)", zh="输出摘要（SHA-256）"),
    "recommendation": Text(en="Recommendation", zh="建议"),
    "records": Text(en="Records", zh="记录数"),
    "settings_sha256": Text(en="Digest of the settings (SHA-256)", zh="设置摘要（SHA-256）"),
    "team": Text(en="Team", zh="团队"),
    "told": Text(en="What the addressee is told", zh="告知受文者的内容"),
    "withdrawn_because": Text(en="Why it is taken back", zh="撤回理由"),
    "text_zh": Text(en="Text in Chinese", zh="中文正文"),
}


def worded(reading: Reading, field: str, value: Any) -> Any:
    """A field of what an investigation took in, for people: words for a code, a person's name for their party, an
    instant as one (a page tells it where the authority is); anything else as it is."""
    if not isinstance(value, str):
        return value
    if value in SCALES.get(field, {}):
        return SCALES[field][value].in_(reading.language)
    if field in PEOPLE and value.startswith("party:"):
        return called(reading, value)
    if field in (*INSTANTS, *MOMENTS) and "T" in value:
        return instant(value)
    return partial_in(value, reading.language) if field in MOMENTS else value
