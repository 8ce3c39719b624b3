"""Incident reports: one front door for serious incidents, minor ones, misuse, near misses and concerns of anybody."""

from commonweal.kernel.instrument import Instrument, Text

from . import incidents, reports
from .facts import FACTS
from .importing import IMPORTERS
from .suggestions import PAGE as SUGGESTIONS
from .tables import ANNULLED, TABLES, THREADS, check, follow
from .words import FIELDS

__all__ = ["INSTRUMENT"]

INSTRUMENT = Instrument(
    id="incident_reports",
    title=Text(en="Incident reports", zh="事件报告"),
    summary=Text(
        en="One front door for what went wrong with AI, what nearly did, and what worries people: reports are kept in "
        "confidence, put together into incidents, and published as far as each may be.",
        zh="人工智能已发生、险些发生或令人担忧之事的统一受理入口：报告保密保存，归并为事件，并在允许范围内公布。",
    ),
    kinds=(*reports.KINDS, *incidents.KINDS),
    tables=TABLES,
    reads=(ANNULLED,),
    follow=follow,
    check=check,
    facts=(FACTS,),
    fields=FIELDS,
    importers=IMPORTERS,
    pages=(SUGGESTIONS,),
    threads=THREADS,
)
