"""Red lines: what no AI system should be able to do, tested by rules that were registered before results came."""

from collections.abc import Iterable
from functools import partial

from commonweal.kernel.instrument import Act, Entry, Fault, Filer, Instrument, OwnText, Reader, Tables, Text

from . import (
    checking,
    consequences,
    deciding,
    fitting,
    kinds,
    lines,
    mitigating,
    outcomes,
    requiring,
    telling,
    unlooked,
    views,
    weights,
)
from .words import FIELDS

__all__ = ["INSTRUMENT"]


def _follow(entry: Entry, tables: Tables) -> Iterable[Act]:
    if entry.erased:
        return
    yield from deciding.follow(entry, tables)
    yield from weights.follow(entry, tables)
    yield from mitigating.follow(entry, tables)
    yield from requiring.follow(entry, tables)
    telling.follow(entry, tables)


def _check(act: Act, reader: Reader, filer: Filer) -> Iterable[Fault]:
    yield from checking.check(act, reader, filer)
    yield from mitigating.check(act, reader, filer)
    yield from unlooked.check(act, reader, filer)
    yield from telling.check(act, reader, filer)


INSTRUMENT = Instrument(
    id=kinds.ID,
    title=Text(en="Red lines", zh="红线"),
    summary=Text(
        en="Lines that no AI system should cross, early warnings before them, and tests whose rule of decision is "
        "registered before any result.",
        zh="任何人工智能系统均不应越过的红线、其前的早期预警，以及在取得结果之前登记判定规则的测试。",
    ),
    kinds=kinds.KINDS,
    reads=(outcomes.RUN, fitting.CONDITIONS, fitting.MODEL, mitigating.GUARANTEE),
    tables=(*deciding.TABLES, *weights.TABLES, *telling.TABLES, *mitigating.TABLES),
    follow=_follow,
    check=_check,
    check_marked=checking.check_marked,
    timed=(weights.TIMED, mitigating.TIMED),
    responses=requiring.RESPONSES,
    pages=views.PAGES,
    listings=views.LISTINGS,
    fields=FIELDS,
    texts=(
        OwnText("red_lines.*", lines.read_lines),
        OwnText(lines.PROXIES, lines.read_proxies, partial(lines.beside, lines.read_proxies)),
        OwnText(
            lines.CONSEQUENCES, consequences.read_consequences, partial(lines.beside, consequences.read_consequences)
        ),
    ),
)
