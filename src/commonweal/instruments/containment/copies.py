"""The register of copies: each with its model and host, and how far the newest order about it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from commonweal.kernel import registry
from commonweal.kernel.instrument import Column, Filter, Listing, Reading, Row, Text

from .kinds import COPY
from .standing import copies, orders
from .words import ANSWERS, ENDS, FORMS, MEASURES, SAID_BY


def copy_rows(reading: Reading, query: Mapping[str, str]) -> Sequence[Row]:
    """Every registered copy by name; with `model`, those of this model and of every model that was made from it."""
    tables, language = reading.tables, reading.language
    wanted = query.get("model", "").strip()
    found = copies(tables, _model(reading, wanted)) if wanted else registry.subjects(tables, COPY.noun)
    newest = {row["copy_of"]: row for row in orders(tables) if row["copy_of"]}
    return [
        {
            "copy": row["name"],
            "model": row["body"]["model"],
            "host": row["body"]["host"],
            "form": FORMS[row["body"]["form"]].in_(language),
            "said_by": SAID_BY[row["body"].get("said_by") or ""].in_(language),
            "says_stopped": bool(row["body"].get("stopped")),
            **_called(newest.get(row["subject"]), language),
        }
        for row in sorted(found, key=lambda row: (row["name"], row["subject"]))
        if not row["erased"]
    ]


def _model(reading: Reading, wanted: str) -> str:
    """A model by its identifier or its name."""
    if wanted.startswith("model:"):
        return wanted
    named = registry.subjects(reading.tables, "model", {"name": wanted})
    return str(named[0]["subject"]) if named else wanted


def _called(order: Row | None, language: str) -> Row:
    if order is None:
        return {"measure": None, "answer": None, "outcome": None}
    outcome = "released" if order["released_at"] else order["outcome"]
    outcome = "unconfirmed" if outcome == "runs" and not order["answer"] else outcome
    return {
        "measure": MEASURES[order["measure"]].in_(language),
        "answer": ANSWERS[order["answer"] or ("none" if order["outcome"] else "")].in_(language),
        "outcome": ENDS[outcome].in_(language) if outcome in ENDS else outcome or None,
    }


LISTING = Listing(
    "copies",
    Text(en="Copies of models", zh="模型副本"),
    (
        Column("copy", Text(en="Copy", zh="副本")),
        Column("model", Text(en="Model", zh="模型"), "link"),
        Column("host", Text(en="Host", zh="托管方"), "link"),
        Column("form", Text(en="Form", zh="形式")),
        Column("said_by", Text(en="Who says so", zh="陈述者")),
        Column("says_stopped", Text(en="Stopped, its filer says", zh="提交者称已停止"), "boolean"),
        Column("measure", Text(en="Called for", zh="所要求者")),
        Column("answer", Text(en="Answer", zh="答复")),
        Column("outcome", Text(en="Found", zh="核查结果")),
    ),
    copy_rows,
    Text(
        en="Each copy with the newest order about it. Under a model stand also the copies of what was made from it. "
        "A call for every copy passes over what is only claimed, until host, developer or officer confirm it.",
        zh="每一已登记副本及有关它的最新命令。按模型筛选时，亦列出其衍生模型的副本。仅为主张的副本，经托管方、开发者或官员确认前，不列入对所有副本的通知。",
    ),
    (Filter("model", Text(en="Model, and what was made from it", zh="模型及其衍生模型")),),
)
