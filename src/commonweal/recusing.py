"""Who keeps out of what, for a conflict of interest: one question, asked of whatever is read, filed or erased.

Which conflict it is an instrument knows (`Recusal`) and nobody is told; whoever runs the machine answers as the
authority, and is no officer who judges.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, tzinfo
from typing import Any

from commonweal.kernel import registry
from commonweal.kernel.instrument import Act, Check, Fault, Filer, Instrument, Reader, Recusal, Text, Unsettled
from commonweal.kernel.record import AUTHORITY
from commonweal.kernel.values import is_subject


def recusals(instruments: Iterable[Instrument]) -> list[Recusal]:
    """What each instrument says of who keeps out of its subjects."""
    return [item.recusal for item in instruments if item.recusal]


def kept_out(asked: Iterable[Recusal], subject: str, who: Filer, reader: Reader) -> frozenset[str]:
    """The roles of the authority that count for nothing towards a subject, for a conflict of interest in it."""
    noun, come = subject.partition(":")[0], set(who.roles)
    against = [one for one in asked if noun in one.nouns and come & set(one.roles)]
    held = [one for one in against if one.holds(subject, who.party, reader, who.at, who.spoke)]
    return frozenset(role for one in held for role in one.roles)


def matter(asked: Iterable[Recusal], subject: str, reader: Reader) -> list[str]:
    """A subject, and what it was given or made of: who keeps out of that keeps out of what follows from it too."""
    return [subject, *(case for one in asked for case in one.behind(subject, reader))]


def free(asked: Iterable[Recusal], who: Filer, reader: Reader) -> bool:
    """Whether nothing can stand against somebody in any subject."""
    return all(one.free(who.party, reader, who.at, who.spoke) for one in asked)


def refusal(asked: Sequence[Recusal], subjects: Iterable[str], filer: Filer, reader: Reader) -> Fault | None:
    """That who acts has a conflict of interest in one of some subjects, and not in which; None where in none."""
    if filer.party == AUTHORITY:
        return None
    for subject in sorted(set(subjects)):
        for one in asked:
            if kept_out([one], subject, filer, reader):
                row = registry.subject(reader, subject)
                told = Text(en=f"{filer.party} – {one.want['en']}", zh=f"{filer.party}——{one.want['zh']}")
                tells = (row["entry"],) if row else ()
                return Fault("(whole)", filer.party, one.want["en"], "conflict", told, tells=tells)
    return None


def of_an_erasure(asked: Sequence[Recusal], about: Callable[[str, str], Iterable[str]]) -> Check:
    """That who asks for an erasure has a conflict of interest in something that falls with it: `about` gives that, by
    holder and retention class."""

    def faults(act: Act, reader: Reader, filer: Filer) -> Iterable[Fault]:
        if fault := refusal(asked, about(act.body["holder"], act.body["retention_class"]), filer, reader):
            yield fault

    return faults


def unsettled(
    instruments: Iterable[Instrument], reader: Reader, zone: tzinfo, subjects: Iterable[str], at: datetime
) -> list[Unsettled]:  # fmt: skip
    """What of some subjects is still being handled, owed or on its way, as every instrument says: at an instant, by the
    clocks of the authority."""
    asked, here = [item.unsettled for item in instruments if item.unsettled], at.astimezone(zone)
    return [found for subject in subjects for one in asked for found in one(subject, reader, here)]


def named(value: Any) -> Iterator[str]:
    """Every subject that is named anywhere in a filing."""
    if isinstance(value, str):
        if is_subject(value):
            yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from named(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from named(item)
