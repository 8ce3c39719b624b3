"""What the fields are called, on which grounds a request can be refused, and how its asker can complain."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from commonweal.kernel.instrument import Text
from commonweal.kernel.values import read_toml, text

FIELDS: Mapping[str, Text] = {
    "complaint": Text(en="How to complain", zh="申诉途径"),
    "found_by": Text(en="What helps to find it", zh="有助于查找的线索"),
    "ground": Text(en="Ground of the refusal", zh="拒绝理由"),
    "came_by": Text(en="How it came in", zh="提出方式"),
    "identity": Text(en="Who asks", zh="请求人身份"),
    "in_time": Text(en="In time", zh="是否按期"),
    "months": Text(en="Months", zh="月数"),
    "releases": Text(en="Releases of withheld fields (entries)", zh="开放字段的条目"),
    "words": Text(en="In words", zh="说明"),
}


@dataclass(frozen=True, slots=True)
class Ground:
    """A ground of refusal in words, with its clause by the law that a request stands under."""

    title: Text
    citation: Mapping[str, str]

    def cited(self, under: Iterable[str]) -> str:
        """The clauses of those laws that know the ground; empty where none does."""
        return "; ".join(self.citation[law] for law in under if law in self.citation)


@functools.cache
def _data() -> Mapping[str, Any]:
    return read_toml((Path(__file__).parent / "grounds.toml").read_text("utf-8"), "grounds of refusal")


@functools.cache
def grounds() -> Mapping[str, Ground]:
    """The grounds by code."""
    return {
        code: Ground(text({"en": item["en"], "zh": item["zh"]}), item["citation"])
        for code, item in _data()["ground"].items()
    }


def complaint(under: Iterable[str]) -> Text:
    """How whoever asked can complain, by the laws that the request stands under."""
    known = [_data()["complaint"][law] for law in under if law in _data()["complaint"]]
    return Text(en=" ".join(one["en"] for one in known), zh="".join(one["zh"] for one in known))
