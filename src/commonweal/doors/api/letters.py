"""Letters through the API: which there are for the caller, and each as the PDF that was issued."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from commonweal.authority import Authority
from commonweal.kernel import notices
from commonweal.kernel.record import Row

from .operations import PURPOSE, Answer, Asked, Operation, Param, json_answer

_REFERENCE = Param(
    "reference", "The letter\u2019s reference number", {"type": "string", "minLength": 3, "maxLength": 60}, "path",
    "AIO-2026-1",
)  # fmt: skip
_SHOWN = ("reference", "dated", "until", "subject", "case", "basis", "entry", "issued", "issued_at", "sha256", "bytes")


class Letters:
    """For whoever a letter is addressed to, and whose role reads it; others are told that there is none."""

    def __init__(self, authority: Authority) -> None:
        self._authority = authority

    def operations(self) -> list[Operation]:
        return [
            Operation(
                "letters", "GET", "/api/v1/letters", "The letters that you may read, oldest first", self._list,
                "record", (PURPOSE,), (Answer("Letters", {"type": "object"}),), scope="read",
            ),
            Operation(
                "letter", "GET", "/api/v1/letters/{reference}", "A letter as PDF, byte for byte as it was issued",
                self._give, "record", (_REFERENCE, PURPOSE), (Answer("The letter", media=("application/pdf",)),),
                scope="read",
            ),
        ]  # fmt: skip

    def _list(self, asked: Asked) -> Response:
        rows = [row for row in notices.letters(self._authority.reader) if asked.sight.may_read(row)]
        for row in rows:
            asked.sight.lists(row)
        return json_answer({"letters": [_shown(row) for row in rows]})

    def _give(self, asked: Asked) -> Response:
        row, pdf = asked.sight.letter(asked.values["reference"])
        name = {"Content-Disposition": f'attachment; filename="{row["reference"]}.pdf"', "Cache-Control": "no-store"}
        return Response(pdf, media_type="application/pdf", headers=name)


def _shown(row: Row) -> dict[str, Any]:
    return {name: row[name] for name in _SHOWN} | {"titles": row["titles"], "to": row["to"]}
