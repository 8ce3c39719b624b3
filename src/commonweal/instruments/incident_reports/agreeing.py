"""How far annotators agree, for officers: by question of one taxonomy at a time, with counts and an interval.

Of each classification the annotator and the codes are read, through the log of reads, and only those of the taxonomy
that is shown.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from commonweal.kernel.instrument import Chart, Page, Reading, Row, Text
from commonweal.kernel.values import NotFound
from commonweal.methods.agreement import DISAGREED_LEAST, UNITS_LEAST, Agreed, agreed, masi, ordinal

from .reports import STEWARDS
from .tables import classified, classified_by
from .taxonomies import Question, Taxonomy, taxonomies

PATH = "/incident-reports/agreement"
RELIABLE, TENTATIVE = 0.8, 0.667
"""What its author asks for: at least .800 to rely on, .667 for tentative conclusions (Krippendorff 2018, ch. 12)."""
_WORDS: Mapping[str, Text] = {
    "question": Text(en="Question", zh="问题"),
    "alpha": Text(en="Alpha", zh="α 系数"),
    "low": Text(en="95 % interval from", zh="95% 区间自"),
    "high": Text(en="to", zh="至"),
    "units": Text(en="Incidents judged by two or more", zh="两人以上标注的事件"),
    "judgements": Text(en="Judgements", zh="标注数"),
    "compared": Text(en="Compared as", zh="比较方式"),
    "sets": Text(en="Sets of codes", zh="代码集合"),
    "ordered": Text(en="Ordered codes", zh="有序代码"),
    "chart": Text(en="Agreement by question, with 95 % intervals", zh="各问题的一致程度及 95% 区间"),
    "note": Text(
        en="The lines stand at .667 and .800. Questions on which too few judged, or no code differs, are not drawn.",
        zh="竖线位于 0.667 与 0.800。标注者过少或代码无差异的问题不予绘制。",
    ),
}


def view(reading: Reading, query: Mapping[str, str]) -> Mapping[str, Any]:
    """The taxonomy that the address names, or the first by which somebody classified: who did, how many incidents, and
    how far they agree. Raises `NotFound` for one by which nobody did."""
    known = taxonomies()
    there = [name for name in classified_by(reading.tables) if name in known]
    asked = query.get("taxonomy") or next(iter(there), "")
    if asked and asked not in there:
        raise NotFound(
            "taxonomy by which somebody classified", asked[:60], "there are: " + (", ".join(there) or "none")
        )
    return {
        "one": _told(reading, known[asked]) if asked else None,
        "others": [(known[name].title, f"{PATH}?taxonomy={name}") for name in there if name != asked],
        "reliable": RELIABLE,
        "tentative": TENTATIVE,
        "least": UNITS_LEAST,
        "differ": DISAGREED_LEAST,
    }


def _told(reading: Reading, taxonomy: Taxonomy) -> dict[str, Any]:
    language = reading.language
    rows = [
        {"incident": row["incident"], **told}
        for row in classified(reading.tables, taxonomy.id)
        if "codes" in (told := reading.part(row["entry"], "annotator", "codes"))
    ]
    found = [(question, _agreed(rows, question)) for question in taxonomy.questions.values()]
    columns = ("question", "alpha", "low", "high", "units", "judgements", "compared")
    return {
        "title": taxonomy.title,
        "citation": taxonomy.citation,
        "version": taxonomy.version,
        "annotators": sorted({row["annotator"] for row in rows}),
        "incidents": len({row["incident"] for row in rows}),
        "columns": [_WORDS[name].in_(language) for name in columns],
        "rows": [
            (*_row(asked.title.in_(language), one), _WORDS["ordered" if asked.ordered else "sets"].in_(language))
            for asked, one in found
        ],
        "chart_": _chart(language, [(asked.title.in_(language), one) for asked, one in found if one.alpha is not None]),
    }


def _agreed(rows: Sequence[Row], asked: Question) -> Agreed:
    """How far annotators agree on a question: by sets of codes, or by their order where the taxonomy says one."""
    judged: dict[str, dict[str, Sequence[str]]] = defaultdict(dict)
    for row in rows:
        if codes := row["codes"].get(asked.id):
            judged[row["incident"]][row["annotator"]] = codes
    return agreed(judged.values(), ordinal(asked.ordered) if asked.ordered else masi)


def _row(title: str, one: Agreed) -> tuple[Any, ...]:
    low, high = one.interval or (None, None)
    rounded = (None if value is None else round(value, 3) for value in (one.alpha, low, high))
    return (title, *rounded, one.units, one.judgements)


def _chart(language: str, found: Sequence[tuple[str, Agreed]]) -> Chart | None:
    if not found:
        return None
    words = {name: text.in_(language) for name, text in _WORDS.items()}
    cells = [_row(title, one)[:4] for title, one in found]
    values = [dict(zip(("question", "alpha", "low", "high"), row, strict=True)) for row in cells]
    y = {"field": "question", "type": "nominal", "title": None, "sort": "-x"}
    scale = {"domain": [min(0.0, *(row["low"] if row["low"] is not None else row["alpha"] for row in values)), 1]}
    x = {"field": "alpha", "type": "quantitative", "title": words["alpha"], "scale": scale}
    spec = {
        "layer": [
            {
                "data": {"values": [{"at": TENTATIVE}, {"at": RELIABLE}]},
                "mark": {"type": "rule", "strokeDash": [4, 4]},
                "encoding": {"x": {"field": "at", "type": "quantitative", "scale": scale}},
            },
            {
                "data": {"values": [row for row in values if row["low"] is not None]},
                "mark": {"type": "rule", "strokeWidth": 2},
                "encoding": {
                    "y": y,
                    "x": {"field": "low", "type": "quantitative", "title": words["alpha"], "scale": scale},
                    "x2": {"field": "high"},
                },
            },
            {"data": {"values": values}, "mark": {"type": "point", "filled": True, "size": 60},
             "encoding": {"y": y, "x": x}},
        ]
    }  # fmt: skip
    names = [words[name] for name in ("question", "alpha", "low", "high")]
    return Chart(words["chart"], spec, names, cells, words["note"])


PAGE = Page(
    "annotators-agree",
    PATH,
    Text(en="How far annotators agree", zh="标注者的一致程度"),
    "agreement.html",
    view,
    roles=STEWARDS,
)
