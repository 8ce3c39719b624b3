"""What the fields of claims, waivers and strips are called."""

from __future__ import annotations

from collections.abc import Mapping

from commonweal.kernel.instrument import Text

FIELDS: Mapping[str, Text] = {
    "findings": Text(en="Findings, term by term", zh="逐条认定"),
    "how": Text(en="What becomes of the identity strip", zh="身份条的处理"),
    "terms_version": Text(en="Version of the terms", zh="条款版本"),
    "towards": Text(en="To whom it may be told", zh="可告知的对象"),
    "waives": Text(en="What is given up", zh="放弃事项"),
}
