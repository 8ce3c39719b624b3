"""Views of the queue that somebody keeps under a name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

from commonweal.kernel.instrument import Act, Deed, Page, Question, Reading, Text
from commonweal.kernel.values import BadInput, Fault

from ..reports import STEWARDS
from .kinds import VIEW
from .queue import NAMES, PATH, asked_in
from .tables import views

NAME = Question("name", Text(en="Name", zh="名称"), "text", required=True)


def keep_view(reading: Reading, query: Mapping[str, str]) -> Mapping[str, Any]:
    """The form that keeps the filters of the address, and the views that are kept."""
    asked = {name: query[name] for name in NAMES if query.get(name)}
    return {
        "ask_name": NAME,
        "query": query.get("query") or urlencode(asked),
        "kept": [(row["name"], f"{PATH}?{row['query']}") for row in views(reading.tables, reading.party)],
        "back": PATH,
        "action": f"{PATH}/views",
    }


def keep_deed(reading: Reading, given: Mapping[str, str]) -> Deed:
    """A view is kept or, with `remove`, no longer kept. Raises `BadInput` for filters that there are not."""
    name = given.get("name", "").strip()
    body = {"keeper": reading.party, "name": name}
    if given.get("remove"):
        if not any(row["name"] == name for row in views(reading.tables, reading.party)):
            raise BadInput(Fault("name", name[:200], "the name of a view that you keep", "unknown_name"), "form")
        return Deed([Act(VIEW.id, body, key="")], f"{PATH}/views")
    query = urlencode(asked_in(dict(parse_qsl(given.get("query", "")[:2000]))))
    if not query:
        raise BadInput(Fault("query", "", "at least one filter: filter the queue first", "missing"), "form")
    return Deed([Act(VIEW.id, {**body, "query": query}, key="")], f"{PATH}?{query}")


KEEP = Page(
    "desk_views", f"{PATH}/views", Text(en="My views of the queue", zh="我的队列视图"), "desk_views.html", keep_view,
    roles=STEWARDS, act=keep_deed,
)  # fmt: skip
