"""What an analyst files who looked over the machine's proposal of a report without names."""

from __future__ import annotations

from typing import Annotated

from commonweal.kernel.instrument import Filing, Index, Text
from commonweal.kernel.registry import Ref

from ..reports import STEWARDS, TECHNICAL, Line, Said, kind_of


class Deidentified(Filing):
    """A version of a report in words that name nobody, as an analyst found them right: the desk works on these.

    `version` is the entry of the version that was looked over. A later one replaces it.
    """

    report: Annotated[str, Ref("report")]
    version: Index
    title: Line
    what_happened: Said
    harmed_named: Line | None = None


DEIDENTIFIED = kind_of(
    "deidentified", Deidentified, Text(en="Looked over: a report without names", zh="已核对：去标识化报告"), STEWARDS,
    retention=TECHNICAL, renewable=True, about_field="report",
)  # fmt: skip
