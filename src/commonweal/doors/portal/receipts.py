"""Receipts as files, for whoever is told of the entry."""

from __future__ import annotations

from typing import Any

from starlette.responses import JSONResponse, Response

from .site import View


def as_file(view: View, index: int) -> Response:
    """The receipt of an entry, for whoever is told of it."""
    receipt = told(view, view.authority.receipt(index).as_dict())
    return JSONResponse(receipt, headers=saved(f"receipt-{index}.json"))


def told(view: View, receipt: dict[str, Any]) -> dict[str, Any]:
    """A receipt, with whom it is about where whoever looks may know that."""
    stored = view.authority.store.entry(receipt["index"])
    shown = view.subjects.shown(stored.subject) and view.sight.subject(stored) is not None
    return receipt if shown else {**receipt, "subject": None}


def saved(name: str) -> dict[str, str]:
    """The head of an answer that a browser keeps as a file of this name."""
    return {"Content-Disposition": f'attachment; filename="{name}"'}
