"""Red lines: what no AI system should be able to do, tested by rules that were registered before results came."""

from commonweal.kernel.instrument import Instrument, Text

from . import checking, deciding, kinds, views
from .words import FIELDS

__all__ = ["INSTRUMENT"]

INSTRUMENT = Instrument(
    id=kinds.ID,
    title=Text(en="Red lines", zh="红线"),
    summary=Text(
        en="Lines that no AI system should cross, early warnings before them, and tests whose rule of decision is "
        "registered before any result.",
        zh="任何人工智能系统均不应越过的红线、其前的早期预警，以及在取得结果之前登记判定规则的测试。",
    ),
    kinds=kinds.KINDS,
    tables=deciding.TABLES,
    follow=deciding.follow,
    check=checking.check,
    timed=(deciding.TIMED,),
    pages=views.PAGES,
    listings=views.LISTINGS,
    fields=FIELDS,
)
