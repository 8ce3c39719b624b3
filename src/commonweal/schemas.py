"""What a kind's schema says of its fields, beyond their form: what they refer to, who may state them, which days they
take."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from commonweal.kernel import registry
from commonweal.kernel.disclosure import Kind
from commonweal.kernel.instrument import Check, Filer
from commonweal.kernel.record import Act, Reader
from commonweal.kernel.values import Fault, FaultCollector, Unsound, anywhere, stamp, subject_id


def subject_of(kind: Kind, act: Act, body: Mapping[str, Any]) -> str | None:
    """What an act is about: what it says, what its name makes of its noun, or the subject that its field names."""
    if act.subject is None and kind.noun:
        return subject_id(kind.noun, str(body.get(kind.name_field, "")))
    return act.subject or body.get(kind.about_field) or None


def as_far_as_sound(check: Check, act: Act, reader: Reader, filer: Filer) -> Iterator[Fault]:
    """What a check finds, until it asks for a field of which a fault is named already."""
    with suppress(Unsound):
        yield from check(act, reader, filer)


def check_house_says(kind: Kind, body: Mapping[str, Any], faults: FaultCollector, *, pen: bool) -> None:
    """What the house alone says of what it made itself, nobody states but with its pen."""
    for name in () if pen else sorted(kind.said_by_house()):
        default = kind.schema.model_fields[name].default
        if body.get(name, default) != default:
            faults.add(name, body[name], "nothing: the authority itself states it, of what it does", "by_house")


def check_dates(kind: Kind, body: Mapping[str, Any], now: datetime, faults: FaultCollector) -> None:
    """Add a fault for each day or instant of a body that lies where its field takes none: ahead, or behind.

    `now` is in the zone of the authority, by whose day a day is over.
    """
    for name, mark in _not_future(kind.schema).items():
        if not mark.binds(body):
            continue
        for where, value in registry.dates_in(name, body.get(name), mark.path):
            try:
                if _is_after(value, now):
                    faults.add(where, value, f"not after the moment of filing ({stamp(now)})", "future")
            except ValueError:
                faults.add(where, value, "a day or an instant, e.g. 2025-09-01T00:00:00Z", "date")
    for name in _not_past(kind.schema):
        day = body.get(name)
        if isinstance(day, str) and day < now.date().isoformat():
            faults.add(name, day, f"not before the day of filing ({now.date().isoformat()})", "past")


def dated_wrong(kind: Kind, body: Mapping[str, Any], now: datetime, bad: Collection[str]) -> list[Fault]:
    """Of dates in which a fault is named already (`bad`), which lie besides ahead of today, or behind it."""
    faults = FaultCollector(kind.id)
    with suppress(TypeError, ValueError, AttributeError):  # a value too odd to be looked at is named already
        check_dates(kind, body, now, faults)
    return [fault for fault in faults.found if fault.where in bad and fault.code in ("future", "past")]


def _is_after(value: str, now: datetime) -> bool:
    """Whether a day, an instant (in any zone) or what is known of one lies after `now`, in a valid body.

    A day lies ahead while it has begun nowhere on earth: in Shanghai it is today eight hours before it is in UTC.
    """
    return anywhere(value)[0] > now


def check_circles(
    kind: Kind, act: Act, reader: Reader, follow: Callable[[], object], faults: FaultCollector
) -> None:  # fmt: skip
    """No subject descends from itself. Only one that is registered already can be led back to."""
    fields = {name: ref for name, ref in references(kind.schema).items() if ref.acyclic}
    subject = act.subject
    if not kind.noun or subject is None or not any(act.body.get(name) for name in fields):
        return
    if registry.subject(reader, subject) is not None:
        follow()
    for name, ref in fields.items():
        for target in ref.ids_in(act.body.get(name)):
            if registry.leads_to(reader, target, tuple(fields), subject):
                want = f"another {kind.noun} than {subject}, and none that leads back to it"
                faults.add(name, target, want, "circle")


@functools.cache
def said_by(schema: Any) -> dict[str, registry.SaidBy]:
    """The fields that say whose voice a filing is."""
    return registry.fields_marked(schema, registry.SaidBy)


def spoke_for(schema: Any, bodies: Callable[[], Iterable[str]]) -> dict[str, list[str]]:
    """The fields that say for which bodies a filer speaks, with these, which are looked up where there is one."""
    return {name: sorted(set(bodies()) - {""}) for name in _spoke_for(schema)}


@functools.cache
def _spoke_for(schema: Any) -> tuple[str, ...]:
    return tuple(registry.fields_marked(schema, registry.SpokeFor))


@functools.cache
def references(schema: Any) -> dict[str, registry.Ref]:
    """The fields that hold identifiers of subjects."""
    return registry.fields_marked(schema, registry.Ref)


def of_another_sort(kind: Kind, body: Mapping[str, Any]) -> set[str]:
    """The fields of a body that refer to a subject of a sort to which they do not refer."""
    return {
        name
        for name, ref in references(kind.schema).items()
        for target in ref.ids_in(body.get(name))
        if target.partition(":")[0] not in (ref.noun, *ref.others)
    }


@functools.cache
def rule_references(schema: Any) -> tuple[str, ...]:
    """The fields that hold the identifier of a rule."""
    return tuple(registry.fields_marked(schema, registry.RuleRef))


@functools.cache
def stated_by(schema: Any) -> dict[str, registry.StatedBy]:
    """The fields that only some parties may state."""
    return registry.fields_marked(schema, registry.StatedBy)


@functools.cache
def _not_past(schema: Any) -> dict[str, registry.NotPast]:
    return registry.fields_marked(schema, registry.NotPast)


@functools.cache
def _not_future(schema: Any) -> dict[str, registry.NotFuture]:
    return registry.fields_marked(schema, registry.NotFuture)
