"""Requests for access: somebody asks what is held about them, and has an answer within the time that law sets."""

from commonweal.kernel.instrument import Instrument, Text

from . import checking, conversation, counting, following, kinds, pages, tables
from .facts import FACTS
from .words import FIELDS

__all__ = ["INSTRUMENT"]

INSTRUMENT = Instrument(
    id="access_requests",
    title=Text(en="Requests for access to one's own data", zh="查阅本人信息的请求"),
    summary=Text(
        en="Anybody may ask what is held about them. The request is received, taken in, answered or "
        "refused, each an act with "
        "the clock that law sets the authority; who asks is told to nobody else.",
        zh="任何人均可请求查阅所存的本人信息。请求的收到、受理、答复或拒绝均记录在案，"
        "并依法律为机关设定的期限办理；请求人身份不告知他人。",
    ),
    kinds=kinds.KINDS,
    tables=tables.TABLES,
    law=tables.LAWS,
    reads=(tables.ANNULLED, following.CLOCK),
    follow=following.follow,
    check=checking.check,
    facts=(FACTS,),
    pages=pages.PAGES,
    statistics=counting.STATISTICS,
    fields=FIELDS,
    threads=conversation.THREADS,
)
