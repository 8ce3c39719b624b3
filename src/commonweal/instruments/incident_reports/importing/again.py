"""What another database says anew: of what is here already, only what changed there, and nothing that the desk wrote.

`imported` of an incident holds, by field, a digest of what the source said when the field was last taken from it. A
field that says something else by now was changed here, and stays; what was imported before there were such digests
is held against its first version. A field of which a file says nothing (`silent`) is left as it is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from commonweal.kernel import registry
from commonweal.kernel.instrument import Act, Imported, Kind, Opened, Reader, Speaks
from commonweal.kernel.values import canonical, shown, subject_id

from ..incidents import INCIDENT
from ..reports import REPORT

KINDS: Mapping[str, Kind] = {kind.id: kind for kind in (INCIDENT, REPORT)}
DIGESTS, OWN = "imported", ("name",)
NAMED = "_named"
"""Fields that end so name parties and systems: by them incidents are searched, suggested and learned from."""
EMPTY: tuple[Any, ...] = (None, "", [], (), {})


def without_own(imported: Imported, origin: str) -> Imported:
    """What was read, without what this authority gave out itself: `external` says so, by the origin of its log.

    What it published is not what it has on file, and would else be taken for something that another says of it.
    """
    own = [any(str(name).startswith(f"{origin} ") for name in act.body.get("external", ())) for act in imported.acts]
    acts = tuple(act for act, ours in zip(imported.acts, own, strict=True) if not ours)
    places = tuple(place for place, ours in zip(imported.places, own, strict=True) if not ours)
    return replace(imported, acts=acts, places=places, there=imported.there + sum(own))


def settled(imported: Imported, reader: Reader, opened: Opened, speaks: Speaks) -> Imported:
    """What is to be filed of it as the record stands; what differs and stays as it is here is remarked on."""
    acts, places, remarks, there = list[Act](), list[str](), list(imported.remarks), imported.there
    for act, place in zip(imported.acts, imported.places, strict=True):
        kind = KINDS.get(act.kind)
        found = _against(act, kind, place, (reader, opened, imported.silent), remarks) if kind else act
        if found is None:
            there += 1
        else:
            acts.append(found)
            places.append(place)
    return replace(imported, acts=tuple(acts), places=tuple(places), remarks=tuple(remarks), there=there)


def _against(
    act: Act, kind: Kind, place: str, there: tuple[Reader, Opened, Sequence[str]], remarks: list[str]
) -> Act | None:
    """An act with what it changes of its subject; None where that says it already."""
    reader, opened, silent = there
    subject = subject_id(kind.noun, str(act.body["name"]))
    row = registry.subject(reader, subject)
    said = kind.schema.model_validate(act.body).model_dump(mode="json", exclude_unset=True)
    if row is None:
        return replace(act, body=_digested(act.body, said, kind, said))
    if row["erased"]:
        remarks.append(f"{place} ({subject}): left out: what was filed of it was erased here")
        return None
    now = dict(opened(row["entry"]))
    base = now.get(DIGESTS) or _first(opened(registry.versions(reader, subject)[0]["entry"]), said)
    taken = {}
    for name in [*said, *(name for name in base if name not in said)]:
        theirs, ours = said.get(name), now.get(name)
        if name in (*OWN, *silent) or _same(theirs, ours) or _digest(theirs) == base.get(name, _digest(None)):
            continue
        if _digest(ours) == base.get(name, _digest(None)):
            taken[name] = theirs
            if name.endswith(NAMED) and (gone := [one for one in ours or () if one not in (theirs or ())]):
                remarks.append(f"{place} ({subject}): {name}: the source no longer names {_told(gone)}")
        else:
            remarks.append(f"{place} ({subject}): kept: {name}: here {_told(ours)}; the source says {_told(theirs)}")
    if not taken:
        return None
    body = {name: value for name, value in {**now, **taken}.items() if value not in EMPTY}
    return replace(act, body=_digested(body, said, kind, taken, base), subject=subject, onto=row["entry"])


def _digested(
    body: Mapping[str, Any],
    said: Mapping[str, Any],
    kind: Kind,
    taken: Iterable[str],
    base: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    if DIGESTS not in kind.schema.model_fields:
        return dict(body)
    return {**body, DIGESTS: {**(base or {}), **{name: _digest(said.get(name)) for name in taken if name not in OWN}}}


def _first(first: Mapping[str, Any], said: Iterable[str]) -> dict[str, str]:
    """The digests of what the source says, as the first version said it: it was imported before digests were kept."""
    return {name: _digest(first.get(name)) for name in said if name not in OWN}


def _same(one: Any, other: Any) -> bool:
    return _digest(one) == _digest(other)


def _digest(value: Any) -> str:
    return hashlib.sha256(canonical(None if value in EMPTY else value)).hexdigest()[:16]


def _told(value: Any) -> str:
    return "nothing" if value in EMPTY else shown(value)
