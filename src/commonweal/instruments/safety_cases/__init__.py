"""Safety cases: structured arguments that a system is safe in a setting, weighed by what the record says."""

from collections.abc import Iterable

from commonweal.kernel.instrument import Act, Entry, Instrument, OwnText, Tables, Text

from . import approving, filed, reviewing, terms, watching
from .acts import check
from .kinds import KINDS
from .views import LISTING, PAGES
from .words import FIELDS

__all__ = ["INSTRUMENT"]


def follow(entry: Entry, tables: Tables) -> Iterable[Act]:
    """Each part lays out what it keeps, of what was erased nothing; then what rests on it is judged anew."""
    if entry.erased:
        return ()
    for part in (filed, reviewing, approving):
        part.follow(entry, tables)
    return watching.follow(entry, tables)


INSTRUMENT = Instrument(
    id="safety_cases",
    title=Text(en="Safety cases", zh="安全案例"),
    summary=Text(
        en="Arguments that a system is safe in a setting, over evidence in the record: what fails defeats all "
        "above it, and whoever doubts is answered.",
        zh="关于系统在特定环境中安全的论证，以记录中的证据为依据：依据一旦失效，其上各层随之被击破；提出疑问者得到回应。",
    ),
    kinds=KINDS,
    tables=(*filed.TABLES, reviewing.REVIEW, reviewing.REMARK, approving.APPROVAL, *watching.TABLES),
    reads=watching.READS,
    follow=follow,
    check=check,
    timed=(watching.TIMED,),
    responses=watching.RESPONSES,
    waits=reviewing.waits,
    opened_to=reviewing.opened_to,
    listings=(LISTING,),
    pages=PAGES,
    fields=FIELDS,
    texts=(OwnText(terms.RULE, terms.read),),
)
