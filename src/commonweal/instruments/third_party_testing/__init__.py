"""Third-party testing: evaluations that somebody wants and somebody else runs, who is accredited and no party to it."""

from collections.abc import Iterable

from commonweal.kernel.instrument import Act, Entry, Fault, Filer, Instrument, OwnText, Reader, Tables, Text

from . import jobs, kinds, standing, terms, views
from .words import FIELDS

__all__ = ["INSTRUMENT"]


def _follow(entry: Entry, tables: Tables) -> Iterable[Act]:
    if entry.erased:
        return
    jobs.follow(entry, tables)
    yield from standing.follow(entry, tables)


def _check(act: Act, reader: Reader, filer: Filer) -> Iterable[Fault]:
    yield from standing.check(act, reader, filer)
    yield from jobs.check(act, reader, filer)


INSTRUMENT = Instrument(
    id=kinds.ID,
    title=Text(en="Third-party testing", zh="第三方测试"),
    summary=Text(
        en="Evaluations that are wanted, drawn by accredited evaluators who are no party to them, and returned with "
        "their own signature.",
        zh="待开展的评测由与其无利害关系的获认可评测方领取，并附其自身签名提交结果。",
    ),
    kinds=kinds.KINDS,
    tables=(*standing.TABLES, *jobs.TABLES),
    follow=_follow,
    check=_check,
    timed=(jobs.TIMED,),
    opened_to=jobs.opened_to,
    credentials=(standing.CREDENTIAL,),
    listings=views.LISTINGS,
    pages=views.PAGES,
    fields=FIELDS,
    texts=(OwnText(terms.RULE, terms.read_terms),),
)
