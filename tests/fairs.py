"""A kind with a field of every shape that a form can ask for, and a form over it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from commonweal.kernel.instrument import PUBLIC, Filing, Kind, Text
from commonweal.kernel.registry import Day, Instant, NotFuture, Ref


class Stall(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    goods: Annotated[str, Field(min_length=1, max_length=80)]
    metres: Annotated[float, Field(gt=0)] | None = None


class Harm(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    degree: Literal["slight", "grave"]
    people: Annotated[int, Field(ge=0)] | None = None


class Fair(Filing):
    """A street fair, and what went wrong at it."""

    name: Annotated[str, PUBLIC, Field(min_length=1, max_length=80)]
    sort: Literal["market", "circus"]
    what: Annotated[str, Field(min_length=1, max_length=400)]
    animals: Annotated[tuple[Literal["horse", "lion", "dog"], ...], Field(max_length=3)] = ()
    insured: bool | None = None
    opened_on: Annotated[Day | None, NotFuture()] = None
    known_at: Annotated[Instant | None, NotFuture()] = None
    occurred: Annotated[str, Field(max_length=40)] | None = None
    visitors: Annotated[int, Field(ge=0)] | None = None
    model: Annotated[str | None, Ref("fair")] = None
    languages: Annotated[tuple[Annotated[str, Field(max_length=20)], ...], Field(max_length=5)] = ()
    stalls: Annotated[tuple[Stall, ...], Field(max_length=50)] = ()
    harm: Harm | None = None
    ends: date | None = None
    fictitious: bool = False


class Owner(Filing):
    """Whose a fair is: kept apart."""

    fair: Annotated[str, Ref("fair", owned=True)]
    contact: Annotated[str, Field(min_length=1, max_length=80)]
    note: str = ""


FAIR = Kind("fairs.fair", Fair, Text(en="Fair", zh="集市"), noun="fair", files=("officer", "reporter"))
OWNER = Kind("fairs.owner", Owner, Text(en="Owner", zh="业主"), files=FAIR.files)
KINDS = {FAIR.id: FAIR, OWNER.id: OWNER}
FORM = """
id = "fair"
kind = "fairs.fair"
title = { en = "Report a fair", zh = "报告集市" }
lead = { en = "It takes five minutes.", zh = "约需五分钟。" }
before = [{ en = "The date", zh = "日期" }]
after = [{ en = "We read it within two days.", zh = "我们将在两天内阅读。" }]
keeps_days = 7
reference = "name"
prefix = "F-"
[fixed]
fictitious = true

[[page]]
id = "sort"
title = { en = "What sort of fair it was", zh = "集市类型" }
[[page.question]]
field = "sort"
label = { en = "Which sort was it?", zh = "是哪一类？" }
control = "one"
choice = [
  { value = "market", label = { en = "A market", zh = "市场" }, hint = { en = "with stalls", zh = "有摊位" } },
  { value = "circus", label = { en = "A circus", zh = "马戏团" } },
]

[[page]]
id = "what"
title = { en = "What happened", zh = "发生了什么" }
[[page.question]]
field = "what"
label = { en = "What happened?", zh = "发生了什么？" }
control = "long_text"
hint = { en = "In your own words.", zh = "用您自己的话说。" }
[[page.question]]
field = "occurred"
label = { en = "When?", zh = "何时？" }
control = "moment"
[[page.question]]
field = "insured"
label = { en = "Was it insured?", zh = "是否投保？" }
control = "yes_no"

[[page]]
id = "animals"
title = { en = "Animals", zh = "动物" }
when = { field = "sort", is = ["circus"] }
[[page.question]]
field = "animals"
label = { en = "Which animals?", zh = "哪些动物？" }
control = "several"
choice = [
  { value = "horse", label = { en = "Horses", zh = "马" } },
  { value = "lion", label = { en = "Lions", zh = "狮子" } },
]
[[page.question]]
field = "harm.degree"
label = { en = "How bad was it?", zh = "有多严重？" }
control = "one"
required = true
choice = [
  { value = "slight", label = { en = "Slight", zh = "轻微" } },
  { value = "grave", label = { en = "Grave", zh = "严重" } },
]

[[page]]
id = "more"
title = { en = "More", zh = "更多" }
[[page.question]]
field = "opened_on"
label = { en = "When did it open?", zh = "何时开放？" }
control = "day"
[[page.question]]
field = "known_at"
label = { en = "When did you learn of it?", zh = "何时得知？" }
control = "instant"
[[page.question]]
field = "visitors"
label = { en = "How many came?", zh = "有多少人？" }
control = "number"
unit = { en = "people", zh = "人" }
[[page.question]]
field = "model"
label = { en = "Which fair before it?", zh = "之前的集市？" }
control = "reference"
[[page.question]]
field = "languages"
label = { en = "Languages", zh = "语言" }
control = "lines"
[[page.question]]
field = "stalls"
label = { en = "Stalls", zh = "摊位" }
control = "items"
[[page.question.column]]
field = "goods"
label = { en = "Goods", zh = "货物" }
control = "text"
[[page.question.column]]
field = "metres"
label = { en = "Length", zh = "长度" }
control = "number"
unit = { en = "m", zh = "米" }
"""
