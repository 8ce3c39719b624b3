"""A model's family for people: what it was made from, what was made from it, and where a decision hangs over it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from commonweal.kernel import registry
from commonweal.kernel.instrument import Chart, Column, Filter, Interval, Listing, Reader, Reading, Row, Text

from . import standing
from .charts import BLUE, INK, RED, SOFT
from .estimates import Parameters, parameters
from .lineage import Edge, ancestors, descendants, edges_of, family
from .modifying import modifying, trained_on_top
from .words import STATUS, say

NODES_DRAWN_MAX = 40
LABEL_PIXELS, LAYER_PIXELS = 210, 34


def name_of(reader: Reader, model: str) -> str:
    """What a model is called: its registered name, or the name under which somebody else's was given."""
    row = registry.subject(reader, model) if model.startswith("model:") else None
    return str(row["name"]) if row else model


def made_from(reading: Reading, derived_from: Sequence[Mapping[str, Any]]) -> str:
    """A filing's lineage in words: `fine-tuned from A; merged from B`."""
    rules = parameters(reading.tables, reading.now).lineage
    joint = "；" if reading.language == "zh" else "; "
    return joint.join(
        f"{rules.of(item['relation']).title.in_(reading.language)} "
        f"{name_of(reading.tables, item.get('model') or item.get('name') or '')}"
        for item in derived_from
    )


def suspended_above(reader: Reader, body: Mapping[str, Any]) -> list[dict[str, str]]:
    """The models above this one whose registration does not stand: what was decided of them may bear on it."""
    found = []
    for subject, row in ancestors(reader, body).items():
        status = standing.status(reader, subject)
        if row is not None and status != standing.REGISTERED:
            found.append({"subject": subject, "name": str(row["name"]), "status": status})
    return found


def lineage_view(reading: Reading, subject: str) -> dict[str, Any]:
    """What a model's page shows of its family: steps above and below with their words, and a picture of both."""
    steps = family(reading.tables, subject)
    return {
        "made_from": [_step(reading, edge, edge.parent) for edge in steps if edge.child == subject],
        "used_by": [_step(reading, edge, edge.child) for edge in steps if edge.parent == subject],
        "chart": family_chart(reading, steps, subject) if len(steps) > 1 else None,
    }


def _step(reading: Reading, edge: Edge, shown: str) -> dict[str, Any]:
    reader = reading.tables
    registered = shown.startswith("model:") and registry.subject(reader, shown) is not None
    return {
        "subject": shown if registered else "",
        "name": name_of(reader, shown),
        "relation": parameters(reader, reading.now).lineage.of(edge.relation).title.in_(reading.language),
        "status": standing.status(reader, shown) if registered else "",
    }


# ── the picture ─────────────────────────────────────────────────────────────────────────────────────────────────────


def layers(edges: Sequence[Edge]) -> dict[str, int]:
    """In which generation each model stands: one after the last of those it was made from (circles are cut)."""
    above: dict[str, list[str]] = {}
    for edge in edges:
        above.setdefault(edge.child, []).append(edge.parent)
        above.setdefault(edge.parent, [])
    found: dict[str, int] = {}

    def place(model: str, passed: frozenset[str]) -> int:
        if model not in found and model not in passed:
            found[model] = max((place(each, passed | {model}) + 1 for each in above[model]), default=0)
        return found.get(model, 0)

    for model in above:
        place(model, frozenset())
    return found


def _drawn(edges: Sequence[Edge], subject: str) -> list[Edge]:
    """The steps nearest to a model, as many as a picture can hold."""
    near, kept = {subject}, list[Edge]()
    grown = True
    while grown and len(near) < NODES_DRAWN_MAX:
        grown = False
        for edge in edges:
            if edge not in kept and (edge.child in near or edge.parent in near) and len(near) < NODES_DRAWN_MAX:
                kept.append(edge)
                near |= {edge.child, edge.parent}
                grown = True
    return kept


def positions(edges: Sequence[Edge]) -> dict[str, tuple[int, float]]:
    """Where each model stands in the picture: its generation, and its place there near those it was made from."""
    generation = layers(edges)
    above: dict[str, list[str]] = {}
    for edge in edges:
        above.setdefault(edge.child, []).append(edge.parent)
    found: dict[str, tuple[int, float]] = {}
    for layer in range(max(generation.values(), default=0) + 1):
        here = [model for model, its in generation.items() if its == layer]

        def wish(model: str) -> tuple[float, str]:
            places = [found[each][1] for each in above.get(model, ()) if each in found]
            return (sum(places) / len(places) if places else 0.0, model)

        for place, model in enumerate(sorted(here, key=wish)):
            found[model] = (layer, float(place))
    return found


def family_chart(reading: Reading, edges: Sequence[Edge], subject: str) -> Chart:
    """Generations from left to right, a line for each step; what is suspended or withdrawn stands out."""
    reader, drawn = reading.tables, _drawn(edges, subject)
    rules = parameters(reader, reading.now).lineage
    where = positions(drawn)
    nodes = [
        {"x": x, "y": y, "name": name_of(reader, model), "look": _look(reader, model, subject)}
        for model, (x, y) in where.items()
    ]
    lines = [
        {
            "x": where[edge.parent][0],
            "y": where[edge.parent][1],
            "x2": where[edge.child][0],
            "y2": where[edge.child][1],
            "middle": (where[edge.parent][0] + where[edge.child][0]) / 2,
            "height": (where[edge.parent][1] + where[edge.child][1]) / 2,
            "relation": rules.of(edge.relation).title.in_(reading.language),
        }
        for edge in drawn
    ]
    table = [
        (
            name_of(reader, edge.child),
            rules.of(edge.relation).title.in_(reading.language),
            name_of(reader, edge.parent),
            STATUS[standing.status(reader, edge.parent)].in_(reading.language) if edge.registered else "–",
        )
        for edge in edges
    ]
    heads = (say(reading, "model"), say(reading, "relation"), say(reading, "made_from"), say(reading, "state"))
    note = say(reading, "family_note")
    if len(drawn) < len(edges):
        note = f"{note} {say(reading, 'family_cut')}"
    return Chart(say(reading, "family_title"), _spec(nodes, lines), heads, table, note)


def _look(reader: Reader, model: str, subject: str) -> str:
    if not model.startswith("model:") or registry.subject(reader, model) is None:
        return "named"
    if standing.status(reader, model) != standing.REGISTERED:
        return "stopped"
    return "this" if model == subject else "other"


def _spec(nodes: Sequence[Mapping[str, Any]], lines: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    deepest = max(int(node["x"]) for node in nodes)
    tallest = max(float(node["y"]) for node in nodes)
    x = {"type": "quantitative", "axis": None, "scale": {"domain": [-0.05, deepest + 0.95], "nice": False}}
    y = {"type": "quantitative", "axis": None, "scale": {"domain": [tallest + 0.5, -0.5], "nice": False}}
    look = {
        "field": "look",
        "type": "nominal",
        "scale": {"domain": ["this", "other", "named", "stopped"], "range": [INK, BLUE, SOFT, RED]},
        "legend": None,
    }
    return {
        "height": int((tallest + 1) * LAYER_PIXELS),
        "layer": [
            {
                "data": {"values": lines},
                "mark": {"type": "rule", "color": SOFT, "opacity": 0.7},
                "encoding": {
                    "x": {**x, "field": "x"},
                    "y": {**y, "field": "y"},
                    "x2": {"field": "x2"},
                    "y2": {"field": "y2"},
                },
            },
            {
                "data": {"values": nodes},
                "mark": {"type": "point", "filled": True, "size": 90, "opacity": 1},
                "encoding": {"x": {**x, "field": "x"}, "y": {**y, "field": "y"}, "color": look},
            },
            *(
                {
                    "data": {"values": nodes},
                    "mark": {"type": "text", "align": "left", "dx": 8, "dy": -7, "fontSize": 12, "limit": LABEL_PIXELS}
                    | extra,
                    "encoding": {
                        "x": {**x, "field": "x"},
                        "y": {**y, "field": "y"},
                        "text": {"field": "name"},
                        **colour,
                    },
                }
                for extra, colour in (
                    ({"color": "#fffefb", "stroke": "#fffefb", "strokeWidth": 3, "strokeJoin": "round"}, {}),
                    ({}, {"color": look}),
                )
            ),
        ],
    }


# ── the list ────────────────────────────────────────────────────────────────────────────────────────────────────────


def lineage_rows(reading: Reading, query: Mapping[str, str]) -> list[Row]:
    """One row a step from one model to another: how, what was trained on top, and whether what is above stands.

    `from` keeps what descends from one model, however far: every registered copy of it, for whoever must stop them all.
    """
    reader = reading.tables
    use = parameters(reader, reading.now)
    text, asked = query.get("q", "").casefold(), query.get("relation", "")
    below = set(descendants(reader, query["from"])) if query.get("from") else None
    found: list[Row] = []
    for row in registry.subjects(reader, "model"):
        if below is not None and row["subject"] not in below:
            continue
        steps = edges_of(row["subject"], row["body"])
        if steps:
            another = modifying(row, use, reader)["modifies_anothers_model"].value
            figures = trained_on_top(row, use, reader)
            found += [_line(reading, row, edge, use) | _figures(another, *figures) for edge in steps]
    return [
        row
        for row in found
        if text in f"{row['name']} {row['made_from']}".casefold()
        and asked in ("", row["relation_code"])
        and (not query.get("status") or query["status"] == row["status_above"])
    ]


def _line(reading: Reading, row: Row, edge: Edge, use: Parameters) -> Row:
    reader = reading.tables
    stopped = [item["status"] for item in suspended_above(reader, row["body"])]
    return {
        "href": f"/models/{row['subject'].partition(':')[2]}",
        "subject": row["subject"],
        "name": row["name"],
        "relation": use.lineage.of(edge.relation).title.in_(reading.language),
        "relation_code": edge.relation,
        "made_from": name_of(reader, edge.parent),
        "status_above": stopped[0] if stopped else standing.REGISTERED,
    }


def _figures(another: object, trained: Interval | None, share: Interval | None) -> Row:
    return {
        "anothers": another,
        "modification_flop_low": trained.low if trained else None,
        "modification_flop_point": trained.point if trained else None,
        "modification_flop_high": trained.high if trained else None,
        "share": _percent(share),
    }


def _percent(share: Interval | None) -> str | None:
    """A share with its interval in words no finer than the figures."""
    if share is None:
        return None
    if share.high == 0:
        return "0 %"
    return f"{100 * share.point:.3g} % ({100 * share.low:.2g}–{100 * share.high:.2g} %)"


def _with_descendants(reading: Reading) -> Sequence[tuple[str, str]]:
    """The registered models that others were made from, by name."""
    reader = reading.tables
    above = {
        edge.parent
        for row in registry.subjects(reader, "model")
        for edge in edges_of(row["subject"], row["body"])
        if edge.registered
    }
    return sorted(((each, name_of(reader, each)) for each in above), key=lambda pair: pair[1])


def _relations(reading: Reading) -> Sequence[tuple[str, str]]:
    rules = parameters(reading.tables, reading.now).lineage
    return [(item.id, item.title.in_(reading.language)) for item in rules.relations.values()]


LINEAGE = Listing(
    id="lineage",
    title=Text(en="Lineage of models", zh="模型谱系"),
    summary=Text(
        en="Every step by which one model was made from another, what was trained on top (90 % interval), what share "
        "that is of what it was made from, and whether the registration of every model above stands.",
        zh="一个模型由另一模型制成的每一步骤、其上的训练量（90% 区间）及其占来源模型训练量的比例，"
        "以及所有上游模型的登记是否有效。",
    ),
    columns=(
        Column("name", Text(en="Model", zh="模型")),
        Column("relation", Text(en="How", zh="方式")),
        Column("made_from", Text(en="Made from", zh="来源模型")),
        Column("anothers", Text(en="Another's model", zh="他方模型"), "boolean"),
        Column("modification_flop_low", Text(en="Trained on top, low", zh="其上训练量下限"), "flop"),
        Column("modification_flop_point", Text(en="Trained on top, central", zh="其上训练量中心值"), "flop"),
        Column("modification_flop_high", Text(en="Trained on top, high", zh="其上训练量上限"), "flop"),
        Column("share", Text(en="Share of what it was made from", zh="占来源模型训练量的比例")),
        Column("status_above", Text(en="Status of those above", zh="上游模型状态"), "state"),
    ),
    rows=lineage_rows,
    filters=(
        Filter("q", Text(en="Name contains", zh="名称包含")),
        Filter("from", Text(en="Descends from", zh="源自"), _with_descendants),
        Filter("relation", Text(en="How", zh="方式"), _relations),
        Filter(
            "status",
            Text(en="Status of those above", zh="上游模型状态"),
            lambda reading: [(status, text.in_(reading.language)) for status, text in STATUS.items()],
        ),
    ),
)
