"""Cases to begin with: arguments that others have published the shape of, in our own words, with their sources.

Each is an outline (`formats.ltac`) in English and one in Chinese, of the same elements. What is marked abstract is to
be filled in; nothing of it stands before that.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path

from commonweal.kernel.values import NotFound, Text

from ..formats import ltac
from ..model import Case

__all__ = ["TEMPLATES", "sources", "template"]

TEMPLATES: Mapping[str, Text] = {
    "cyber_inability": Text(en="Inability: offensive cyber capabilities", zh="无能力论证：网络攻击能力"),
    "control": Text(en="Control: measures that hold against the model itself", zh="控制论证：对抗模型自身的措施"),
    "organisation": Text(en="Organisation: incentives and accountability", zh="组织论证：激励机制与问责"),
}
_MARKS = {"en": "Source: ", "zh": "来源："}


@functools.lru_cache(maxsize=8)
def template(name: str, language: str) -> Case:
    """A template in one language. Raises `NotFound`."""
    return ltac.read({f"{name}.ltac": _text(name, language).encode()})


def sources(name: str, language: str) -> str:
    """What a template follows, as it is cited in it. Raises `NotFound`."""
    mark = f"# {_MARKS[language]}"
    return next(line.removeprefix(mark) for line in _text(name, language).splitlines() if line.startswith(mark))


def _text(name: str, language: str) -> str:
    if name not in TEMPLATES or language not in _MARKS:
        raise NotFound("template", name, f"there are: {', '.join(TEMPLATES)}")
    return Path(__file__).with_name(f"{name}.{language}.ltac").read_text("utf-8")
