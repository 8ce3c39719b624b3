"""A released table laid out for readers: one line a cell, or rows and columns."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from commonweal.kernel.values import Text

TOTAL = "total"
TOTAL_TITLE = Text(en="Total", zh="合计")


def lines(body: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """One line a cell: the category's id by dimension (`total` where it is a total), and `count`, a number or `c`."""
    names = [axis["id"] for axis in body["dimensions"]]
    places = [[*(item["id"] for item in axis["categories"]), TOTAL] for axis in body["dimensions"]]
    for place, count in zip(itertools.product(*places), body["cells"], strict=True):
        yield {**dict(zip(names, place, strict=True)), "count": count}


def grid(body: Mapping[str, Any], language: str) -> tuple[list[str], list[list[Any]]]:
    """Headings and rows: the last dimension goes across (all others down), with titles in one language."""
    down, across = body["dimensions"][:-1], body["dimensions"][-1]
    heads = [*(_said(axis["title"], language) for axis in down), *_titles(across, language)]
    width = len(across["categories"]) + 1
    cells = body["cells"]
    places = itertools.product(*(_titles(axis, language) for axis in down))
    return heads, [[*place, *cells[at * width : (at + 1) * width]] for at, place in enumerate(places)]


def inner(body: Mapping[str, Any], language: str) -> Iterator[dict[str, Any]]:
    """The published counts without totals, for a chart: titles by dimension id, and `count`."""
    titles = {
        axis["id"]: {item["id"]: _said(item["title"], language) for item in axis["categories"]}
        for axis in body["dimensions"]
    }
    for line in lines(body):
        if isinstance(line["count"], int) and TOTAL not in line.values():
            yield {name: titles[name][line[name]] for name in titles} | {"count": line["count"]}


def _titles(axis: Mapping[str, Any], language: str) -> Sequence[str]:
    return [_said(item["title"], language) for item in (*axis["categories"], {"title": TOTAL_TITLE})]


def _said(title: Mapping[str, str], language: str) -> str:
    return str(title.get(language) or title["en"])
