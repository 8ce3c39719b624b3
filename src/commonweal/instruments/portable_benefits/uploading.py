"""A payer's file on its page: every fault of it at once, what it comes to before it is recorded, and that it stands.

What other payers say of the same people is in no figure here: a file is checked before it is recorded, so whoever may
send one could try hours until they know what somebody else pays.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, NamedTuple

from commonweal.kernel.disclosure.attachments import named_in
from commonweal.kernel.instrument import (
    Act,
    Attached,
    Attachment,
    Deed,
    FaultyFile,
    Filing,
    Kind,
    Reader,
    Reading,
    Row,
    Text,
)
from commonweal.kernel.values import BadInput, Fault

from .checking import fresh, same
from .control import handed_on_by
from .doing import PAYERS
from .due import Work, due
from .files import lines_of, read
from .kinds import ID, ROWS
from .programmes import Programme
from .spanning import in_a_file
from .statements import hours, money, number_of
from .tables import FILE, WORK, programme_for, works

CSV_BYTES_MAX, NUMBERS_SHOWN, DUE_ROWS_MAX = 25 << 20, 20, 20_000
"""How large a file is, how many accounts are named, and up to how many rows it is worked out what is due by them."""


class Upload(Filing):
    """What the form of a payer's file takes: the file itself is read, and its rows are filed."""

    file: Annotated[tuple[Attachment, ...] | None, Attached(types=("csv",), bytes_max=CSV_BYTES_MAX, count_max=1)] = (
        None
    )


UPLOAD = Kind(f"{ID}.upload", Upload, Text(en="File of contributions", zh="缴费文件"))


def payer_deed(reading: Reading, given: Mapping[str, str]) -> Deed:
    """The file that was sent, to be filed once it is confirmed. Raises `BadInput` naming every fault by row."""
    named = named_in(given.get("file", ""), "file")
    if not named:
        raise BadInput(Fault("file", "", "a file: choose one and press “Add this file”", "no_file"), ID)
    try:
        sent = read(reading.sent(str(named[0]["sha256"])), str(named[0]["name"])).acts
    except FaultyFile as error:
        return Deed(tuple(error.acts()), PAYERS, faults=error.faults, said=error.rows_say)
    said = _said(sent)
    leave = in_a_file((one for works in said.values() for one in works), reading.tables)
    told = [_in_all(sent[0].body, said, reading.tables)]
    if not reading.speaks_for(str(sent[0].body["payer"])):
        return Deed(sent, PAYERS, [*told, *leave])  # nothing that stands is looked at
    acts = fresh(sent, reading.tables)
    told += _beside_before(sent[0].body, said, reading)
    return Deed(acts, PAYERS, [*told, *leave], stands=_stands(sent, reading.tables))


def _stands(sent: Sequence[Act], reader: Reader) -> Text:
    """As which entries a file stands."""
    entries = _listed(str(row["entry"]) for act in sent for row in same(act, reader) if not row["replaced"])
    return Text(
        en=f"This file stands already, as entry {entries}: nothing more needs to be done.",
        zh=f"此文件已登记（条目 {entries}），无需再做任何操作。",
    )


Said = Mapping[str, Sequence[Work]]
"""What a payer says of each account."""


def _said(sent: Sequence[Act]) -> Said:
    found: defaultdict[str, list[Row]] = defaultdict(list)
    for act in sent:
        for one in lines_of(act.blobs[ROWS]):
            found[one.member].append({**one._asdict(), "payer": act.body["payer"]})
    return {member: works(rows) for member, rows in found.items()}


def _in_all(body: Mapping[str, Any], said: Said, reader: Reader) -> Text:
    """What a file says in all, so that a clerk sees that it is the one that was meant."""
    every = [one for works in said.values() for one in works]
    found = programme_for(reader, str(body["programme"]), str(body["period"]))
    earned = money(sum(one.earnings for one in every), found[0]) if found else ""
    worked, jobs = hours(sum(one.hours for one in every)), sum(one.jobs for one in every)
    return Text(
        en=f"{body['period']} under {body['programme']}. Accounts: {len(said)}; rows: {len(every)}; earnings in all: "
        f"{earned}; hours: {worked}; jobs: {jobs}.",
        zh=f"{body['programme']} 方案 {body['period']} 期：账户 {len(said)} 个，共 {len(every)} 行，收入合计 {earned}，"
        f"工时 {worked}，单数 {jobs}。",
    )


def _beside_before(body: Mapping[str, Any], said: Said, reading: Reading) -> list[Text]:
    """How a file differs from what stands of its period, whom it says no more, and what is due by it alone."""
    reader = reading.tables
    about = {name: body[name] for name in ("payer", "programme", "period")}
    files = reader.select(FILE, {**about, "replaced": 0}, order=("entry",))
    if any(row["entry"] <= handed_on_by(reader, str(body["payer"])) for row in files):
        return [_formers(_listed(str(row["entry"]) for row in files))]
    before = _before(about, reader)
    told = [_differs(said, before, _listed(str(row["entry"]) for row in files))] if files else [_FIRST]
    if gone := sorted(before.keys() - said.keys()):
        told.append(_gone(gone, len(before), reader))
    found = programme_for(reader, str(body["programme"]), str(body["period"]))
    if found is not None and sum(map(len, (*said.values(), *before.values()))) <= DUE_ROWS_MAX:
        told.append(_due(_Alone(found[0], str(body["payer"]), str(body["period"])), said, before))
    return told


def _formers(entries: str) -> Text:
    """What is told of a file of who held the payer before: nobody reads who is in it by sending another."""
    return Text(
        en=f"It replaces what the former holder of this payer filed for this period (entry {entries}): whoever is not "
        "in it is taken out. Only the difference is posted.",
        zh=f"将替换该缴费方原持有人就该期提交的内容（条目 {entries}）：未列入者将被移除，仅入账差额。",
    )


def _before(about: Mapping[str, Any], reader: Reader) -> Said:
    found: defaultdict[str, list[Row]] = defaultdict(list)
    for row in reader.select(WORK, about):
        found[row["member"]].append(row)
    return {member: works(rows) for member, rows in found.items()}


_FIRST = Text(en="Nothing was filed for this period before.", zh="此前未就该期提交任何文件。")


def _differs(said: Said, before: Said, entries: str) -> Text:
    new = len(said.keys() - before.keys())
    other = sum(sorted(said[one]) != sorted(before[one]) for one in said.keys() & before.keys())
    alike, gone = len(said) - new - other, len(before.keys() - said.keys())
    return Text(
        en=f"It replaces what you filed for this period before (entry {entries}); only the difference is posted. "
        f"Accounts with other rows than before: {other}; as before: {alike}; new: {new}; in it no more: {gone}.",
        zh=f"将替换您此前就该期提交的内容（条目 {entries}），仅入账差额。内容有变的账户：{other}；"
        f"未变：{alike}；新增：{new}；不再列入：{gone}。",
    )


def _gone(gone: Sequence[str], of: int, reader: Reader) -> Text:
    numbers = ", ".join(number_of(reader, one) for one in gone[:NUMBERS_SHOWN])
    more = len(gone) - NUMBERS_SHOWN
    return Text(
        en=f"Look at this: {len(gone)} of {of} accounts are in it no more, and what was due for them for this period "
        f"is taken back: {numbers}" + (f", and {more} more." if more > 0 else "."),
        zh=f"请注意：{of} 个账户中有 {len(gone)} 个不再列入，就其本期应缴的款项将冲回：{numbers}"
        + (f"，另有 {more} 个。" if more > 0 else "。"),
    )


class _Alone(NamedTuple):
    """A payer by itself, in a period of a programme."""

    programme: Programme
    payer: str
    period: str

    def owes(self, said: Said) -> int:
        """What it owes by its own rows: cents."""
        span = self.programme.span(self.period)
        every = (due(self.programme, span[0], rows) for rows in said.values()) if span else ()
        return sum(cents for parts in every for (payer, _), cents in parts.items() if payer == self.payer)


def _due(alone: _Alone, said: Said, before: Said) -> Text:
    now, then = (money(alone.owes(rows), alone.programme) for rows in (said, before))
    return Text(
        en=f"Due from you for the period by these rows alone: {now}; by those that stand: {then}. What others file for "
        "the same people can change your share.",
        zh=f"仅就这些内容，您本期应缴 {now}；依现有内容为 {then}。其他缴费方就同一人员的申报可能影响您的份额。",
    )


def _listed(entries: Iterable[str]) -> str:
    return ", ".join(sorted(set(entries), key=int))
