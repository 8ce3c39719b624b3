"""What payers' rows do to weeks of leave that lie in them, in words to the payer, also before a file is sent.

A row says that there was work from one day to another, not on which of them: a quarter's row is no proof against a week
of leave in it. Which rows are stands in the programme's text (`row_days_at_most`); `claims` asks it. Of a longer row
the payer is asked for shorter ones. It is asked of all its people alike: who of them claimed leave, and when, is not
for a payer to read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import NamedTuple

from commonweal.kernel.instrument import Reader, Text

from .claims import span_days
from .due import Work
from .programmes import Programme, in_force
from .tables import FILE, WORK, works

ROWS_MAX = 20_000
"""Of how many rows that stand those are counted that are longer than asked for."""


class Limit(NamedTuple):
    """A programme that pays leave, and up to how many days a row spans that disproves a week of it."""

    programme: Programme
    days: int


def limits(reader: Reader, day: date) -> list[Limit]:
    """The programmes whose text, as it is law on a day, says which rows disprove a week of leave."""
    return [
        Limit(one, one.pays.row_days_at_most)
        for one, _ in in_force(reader, day) if one.pays is not None and one.pays.row_days_at_most is not None
    ]  # fmt: skip


Said = tuple[str, Work]
"""A row with the period of its file."""


def _by_limit(said: Iterable[Said], reader: Reader) -> Iterator[tuple[Limit, list[Said]]]:
    """Rows with work by the programmes that pay leave, each by the text that is law on its first day."""
    found, known = dict[tuple[str, int], tuple[Limit, list[Said]]](), dict[date, list[Limit]]()
    for one in said:
        first = one[1].first
        if one[1].any:
            if first not in known:
                known[first] = limits(reader, first)
            for limit in known[first]:
                found.setdefault((limit.programme.id, limit.days), (limit, []))[1].append(one)
    yield from found.values()


RULE = Text(
    en="{programme}: by a row of at most {days} days a week of leave is not paid, or to be paid back, of which a day "
    "lies in it. A longer row, such as one for a whole quarter, does nothing to leave: it does not say in which weeks "
    "there was work. Where somebody was away for whole weeks, end a row before these weeks and begin another after "
    "them; where they worked in between, give rows of single weeks.",
    zh="{programme}：跨度不超过 {days} 天的行，凡有一天落入休假周的，该周不予给付，已付的须退还。"
    "更长的行（例如整季度一行）对休假不产生影响，因其未载明哪些周有工作。"
    "有人整周离岗的，请在离岗前结束一行、离岗后另起一行；其间有工作的，请按周分行。",
)
LONG = Text(
    en="Rows that span more than {days} days: {rows}. They count against nobody's leave ({programme}). If somebody in "
    "them was away for whole weeks, part their rows around these weeks.",
    zh="跨度超过 {days} 天的行：{rows} 行。此类行不影响任何人的休假给付（{programme}）。"
    "其中如有人整周离岗，请将其行在离岗周前后分开。",
)
SHORT = Text(
    en="Rows of at most {days} days: {rows}. A week of leave ({programme}) of which a day lies in such a row is not "
    "paid, or is to be paid back.",
    zh="跨度不超过 {days} 天的行：{rows} 行。休假周（{programme}）有一天落入此类行的，不予给付，已付的须退还。",
)
ASKED = Text(
    en="Please look at your files for {periods}: rows in them span more than {days} days ({rows} in all). Where "
    "somebody was away for whole weeks, send the period again with their rows parted around these weeks. Such rows "
    "say nothing of anybody's leave ({programme}).",
    zh="请核对您就 {periods} 提交的文件：其中部分行跨度超过 {days} 天（共 {rows} 行）。"
    "有人整周离岗的，请将其行在离岗周前后分开后重新提交该期。此类行不说明任何人的休假情况（{programme}）。",
)


def rules(reader: Reader, today: date) -> Iterator[Text]:
    """What a row does to leave, for each programme that pays it, by its text as it is law today."""
    for one, days in limits(reader, today):
        yield _told(RULE, one, days=days)


def in_a_file(said: Iterable[Work], reader: Reader) -> Iterator[Text]:
    """What the rows of a file that is about to be sent do to leave, for each programme that pays it."""
    for (one, days), rows in _by_limit((("", row) for row in said), reader):
        longer = sum(span_days(each) > days for _, each in rows)
        if longer:
            yield _told(LONG, one, days=days, rows=longer)
        if len(rows) > longer:
            yield _told(SHORT, one, days=days, rows=len(rows) - longer)


def asked(reader: Reader, payer: str, programme: Programme, since: int) -> Iterator[Text]:
    """What a payer is asked about rows that stand by a programme and are longer than tells weeks apart, but of what a
    former holder filed (up to an entry); of very large files no more than what `rules` say."""
    about = {"payer": payer, "programme": programme.id}
    files = reader.select(FILE, {**about, "replaced": 0, "entry": (">", since)}, only=("rows",))
    if sum(row["rows"] for row in files) > ROWS_MAX:
        return
    rows = reader.select(WORK, {**about, "entry": (">", since)})
    said = ((row["period"], one) for row, one in zip(rows, works(rows), strict=True))
    for (one, days), theirs in _by_limit(said, reader):
        longer = [period for period, each in theirs if span_days(each) > days]
        if longer:
            yield _told(ASKED, one, days=days, rows=len(longer), periods=", ".join(sorted(set(longer))))


def _told(words: Text, programme: Programme, **values: object) -> Text:
    titles = programme.title.text()
    return Text({
        language: said.format(**{**values, "programme": titles[language]}) for language, said in words.items()
    })  # fmt: skip
