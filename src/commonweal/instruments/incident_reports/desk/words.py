"""What the fields of the desk are called."""

from __future__ import annotations

from collections.abc import Mapping

from commonweal.kernel.instrument import Text

FIELDS: Mapping[str, Text] = {
    "assignee": Text(en="Given to", zh="承办人"),
    "despite": Text(en="In spite of a conflict of interest", zh="虽有利益冲突仍予指派"),
    "duplicate_of": Text(en="Repeats", zh="重复于"),
    "interests": Text(en="Interests declared", zh="申报的利益关系"),
    "keeper": Text(en="Kept by", zh="保存人"),
    "no_alert_because": Text(en="Why nobody is warned", zh="不发出警报的理由"),
    "part": Text(en="Leads or supports", zh="主办或协办"),
    "query": Text(en="Query", zh="查询条件"),
    "seen": Text(en="Newest entry seen", zh="所见最新条目"),
    "urgency": Text(en="Urgency", zh="紧急程度"),
    "watcher": Text(en="Who watches", zh="关注人"),
    "watches": Text(en="Watches", zh="是否关注"),
}
