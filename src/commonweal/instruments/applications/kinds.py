"""What is filed here: an application to the authority, as the authority registers it.

Who applies and for what is not public; that there is an application, under which law, and what became of its clock is.
Only the authority files it: the day from which its own time counts is not for others to set.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from commonweal.kernel.instrument import PUBLIC, Attached, Attachment, Filing, Kind, Text
from commonweal.kernel.registry import Day, NotFuture

Line = Annotated[str, Field(min_length=1, max_length=200)]
Words = Annotated[str, Field(max_length=20_000)]
Under = Literal["eu_documents", "eu_testing_plan", "us_foia", "cn_information"]
UNDER: dict[Under, Text] = {
    "eu_documents": Text(en="EU: access to documents", zh="欧盟：查阅文件"),
    "eu_testing_plan": Text(en="EU: real-world testing plan", zh="欧盟：真实世界测试计划"),
    "us_foia": Text(en="US: Freedom of Information Act", zh="美国：信息自由法"),
    "cn_information": Text(en="China: government information", zh="中国：政府信息公开"),
}
_ONLY: dict[str, Under] = {
    "registered_on": "eu_documents",
    "confirmatory_on": "eu_documents",
    "appealed_on": "us_foia",
    "tacit_approval": "eu_testing_plan",
}


class Application(Filing):
    """An application to the authority. `name` is a reference that gives nothing away, such as a file number.

    `received_on` is when it came to whoever decides it, `registered_on` when it was registered where law counts from
    that; `confirmatory_on` and `appealed_on` the same of what the applicant asked next. `tacit_approval` says whether
    national law knows it. `documents` are what the applicant sent with it.
    """

    name: Annotated[Line, PUBLIC]
    under: Annotated[Under, PUBLIC]
    received_on: Annotated[Day, NotFuture(), PUBLIC]
    registered_on: Annotated[Day | None, NotFuture(), PUBLIC] = None
    confirmatory_on: Annotated[Day | None, NotFuture(), PUBLIC] = None
    appealed_on: Annotated[Day | None, NotFuture(), PUBLIC] = None
    tacit_approval: Annotated[bool | None, PUBLIC] = None
    applicant: Line | None = None
    request: Words = ""
    documents: Annotated[tuple[Attachment, ...] | None, Attached()] = None
    fictitious: Annotated[bool, PUBLIC] = False

    @field_validator(*_ONLY)
    @classmethod
    def _only_there(cls, value: date | bool | None, info: ValidationInfo) -> date | bool | None:
        under = _ONLY[str(info.field_name)]
        if value is not None and info.data.get("under", under) != under:
            raise ValueError(f"only with under = {under}")
        return value

    @field_validator("registered_on", "confirmatory_on", "appealed_on")
    @classmethod
    def _after_receipt(cls, value: date | None, info: ValidationInfo) -> date | None:
        received = info.data.get("received_on")
        if value is not None and received is not None and value < received:
            raise ValueError(f"a day not before received_on ({received.isoformat()})")
        return value


APPLICATION = Kind(
    id="applications.application",
    schema=Application,
    title=Text(en="Application", zh="申请"),
    noun="application",
    files=("authority", "officer"),
)
