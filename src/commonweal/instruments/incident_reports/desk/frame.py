"""A report's or an incident's fields in words: codes by their scales, tables as sentences, nothing that is empty."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from commonweal.kernel.instrument import Text
from commonweal.kernel.values import instant, partial_in

from ..scales import SCALES
from ..telling import MOMENTS

LIKELIHOODS: Mapping[str, Text] = {
    "possible": Text(en="possible", zh="可能"),
    "likely": Text(en="likely", zh="很可能"),
    "established": Text(en="established", zh="已确定"),
    "ruled_out": Text(en="ruled out", zh="已排除"),
}
HELD: Mapping[str, Text] = {
    "held": Text(en="held", zh="有效"),
    "partly": Text(en="held in part", zh="部分有效"),
    "failed": Text(en="failed", zh="失效"),
    "bypassed": Text(en="got round", zh="被绕过"),
    "absent": Text(en="was not there", zh="缺失"),
    "unknown": Text(en="not known", zh="不详"),
}
YES_NO = {True: Text(en="yes", zh="是"), False: Text(en="no", zh="否")}
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z")
SHOWN_APART = ("name", "title", "what_happened", "fictitious", "attachments", "imported")
"""Fields that a page shows in places of their own."""


def framed(body: Mapping[str, Any], language: str) -> list[tuple[str, Any]]:
    """The fields of a body that say something, each with its value as `said`."""
    found = [(name, said(name, value, language)) for name, value in body.items() if name not in SHOWN_APART]
    return [(name, value) for name, value in found if value not in ("", None, [])]


def said(field: str, value: Any, language: str) -> Any:
    """A field's value for people: words for a code, an instant as one (a page tells it where the authority is);
    identifiers, days and texts as they are."""
    if value is None or value in ("", [], ()):
        return ""
    if isinstance(value, bool):
        return YES_NO[value].in_(language)
    if isinstance(value, list | tuple):
        return [said(field, one, language) for one in value]
    if isinstance(value, Mapping):
        return _part(value, language)
    if isinstance(value, str) and _INSTANT.fullmatch(value):
        return instant(value)
    if field in MOMENTS:
        return partial_in(str(value), language)
    scale = SCALES.get(field, {})
    return scale[value].in_(language) if value in scale else value


def _part(part: Mapping[str, Any], language: str) -> str:
    """A hypothesis or a safeguard: what it is, and how far it is so; a file: its name."""
    what = str(part.get("cause") or part.get("safeguard") or part.get("name") or "")
    how = LIKELIHOODS.get(part.get("likelihood", "")) or HELD.get(part.get("worked", ""))
    return f"{what} ({how.in_(language)})" if how else what
