"""A small instrument for the doors' tests: books of a library, and how many were lent.

It is found by its folder alone, as a third party's would be.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field

from commonweal.kernel.instrument import (
    PUBLIC,
    Act,
    Column,
    Filing,
    Filter,
    Imported,
    Importer,
    Instrument,
    Kind,
    Listing,
    Marking,
    Page,
    Reading,
    Text,
)
from commonweal.kernel.registry import NotFuture, Ref, subject, subjects
from commonweal.kernel.values import BadInput, Fault, NotFound


class Shelf(Filing):
    """Where books stand."""

    name: Annotated[str, PUBLIC, Field(min_length=1, max_length=80)]


class Book(Filing):
    """A book on a shelf."""

    name: Annotated[str, PUBLIC, Field(min_length=1, max_length=80)]
    shelf: Annotated[str | None, PUBLIC, Ref("shelf")] = None
    pages: Annotated[int | None, PUBLIC, Field(gt=0)] = None
    weight_kg: Annotated[float | None, PUBLIC, Field(gt=0)] = None
    bought_on: Annotated[date | None, PUBLIC, NotFuture()] = None
    condition: Annotated[Literal["new", "worn"] | None, PUBLIC] = None
    price_paid: Annotated[float | None, Marking.AMBER, Field(ge=0)] = None


class Reader(Filing):
    """A person who borrows; nothing about a person is public."""

    name: Annotated[str, Field(min_length=1, max_length=80)]


SHELF = Kind("lending.shelf", Shelf, Text(en="Shelf", zh="书架"), noun="shelf")
BOOK = Kind("lending.book", Book, Text(en="Book", zh="图书"), noun="book")
READER = Kind("lending.reader", Reader, Text(en="Reader", zh="读者"), noun="reader")


def _rows(reading: Reading, query: Mapping[str, str]) -> list[dict[str, Any]]:
    found = []
    for row in subjects(reading.tables, "book"):
        body = row["body"]
        if query.get("condition") in {None, body.get("condition")}:
            found.append({"id": row["subject"], "name": body["name"], "pages": body.get("pages")})
    return found


def _page(reading: Reading, query: Mapping[str, str]) -> Mapping[str, Any]:
    row = subject(reading.tables, query["id"])
    if row is None:
        raise NotFound("book", query["id"])
    return {"book": row["body"]}


def _read_csv(data: bytes, name: str) -> Imported:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        seen = f"byte 0x{data[error.start]:02x} at position {error.start}"
        raise BadInput(Fault(name, seen, "must be UTF-8 text", "encoding"), "books") from error
    acts = [
        Act(BOOK.id, {"name": row["name"], "pages": int(row["pages"])}, key=f"csv:{row['name']}")
        for row in csv.DictReader(io.StringIO(text))
    ]
    return Imported(acts, ["one remark"])


INSTRUMENT = Instrument(
    id="lending",
    title=Text(en="Lending", zh="借阅"),
    summary=Text(en="Books and who may borrow them.", zh="图书与借阅。"),
    kinds=(SHELF, BOOK, READER),
    listings=(
        Listing(
            id="books",
            title=Text(en="Books", zh="图书"),
            columns=(
                Column("id", Text(en="Book", zh="编号")),
                Column("name", Text(en="Name", zh="书名")),
                Column("pages", Text(en="Pages", zh="页数"), "number"),
            ),
            rows=_rows,
            filters=(Filter("condition", Text(en="Condition", zh="状况")),),
        ),
    ),
    pages=(
        Page(
            "lending", "/lending", Text(en="Lending", zh="借阅"), "lending.html", lambda reading, query: {}, menu=True
        ),
        Page("book", "/lending/{id}", Text(en="Book", zh="图书"), "book.html", _page),
    ),
    importers=(Importer("csv", Text(en="Books as CSV", zh="图书CSV"), _read_csv),),
    observes={"csv": _read_csv},
    downloads={"csv": "http://127.0.0.1:9/books.csv"},
)
