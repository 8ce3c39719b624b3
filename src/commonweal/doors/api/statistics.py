"""Statistical releases for programs: which there are, and one table as JSON or CSV."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from commonweal import listing_files
from commonweal.authority import Authority
from commonweal.kernel import statistics
from commonweal.kernel.instrument import Column
from commonweal.kernel.statistics import reading
from commonweal.kernel.values import Text

from .operations import Answer, Asked, Operation, Param, json_answer

_TABLE: dict[str, Any] = {"type": "object"}


class Released:
    """What was released; all of it is public."""

    def __init__(self, authority: Authority) -> None:
        self._authority = authority

    def operations(self) -> list[Operation]:
        form = Param("format", "json (the default) or csv", {"type": "string", "enum": ["json", "csv"]})
        return [
            Operation("statistics", "GET", "/api/v1/statistics", "Statistical releases, newest first", self._all,
                      "statistics", (), (Answer("Which there are", _TABLE),)),
            Operation("statistical_release", "GET", "/api/v1/statistics/{statistic}/{period}",
                      "One released table; a hidden cell is c", self._one, "statistics",
                      (Param("statistic", "The statistic", place="path"),
                       Param("period", "The quarter, e.g. 2026-Q1", place="path"), form),
                      (Answer("The table", _TABLE, ("application/json", "text/csv")),)),
        ]  # fmt: skip

    def _all(self, asked: Asked) -> Response:
        names = ("statistic", "period", "entry")
        rows = statistics.releases(self._authority.reader)
        found = [{**{name: row[name] for name in names}, "title": row["body"]["title"]} for row in rows]
        return json_answer({"count": len(found), "releases": found})

    def _one(self, asked: Asked) -> Response:
        row = statistics.release(self._authority.reader, asked.values["statistic"], asked.values["period"])
        if asked.values["format"] == "csv":
            return Response(as_csv(row["body"]), media_type="text/csv; charset=utf-8")
        return json_answer({"entry": row["entry"], **row["body"], "lines": list(reading.lines(row["body"]))})


def as_csv(body: Any) -> str:
    """One line a cell."""
    names = [*(axis["id"] for axis in body["dimensions"]), "count"]
    return listing_files.as_csv([Column(name, Text(en=name, zh=name)) for name in names], list(reading.lines(body)))
