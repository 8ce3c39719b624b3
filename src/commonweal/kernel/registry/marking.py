"""Before an annulment, a correction or a hand-over is recorded: who may say so, and what it takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from commonweal.kernel.disclosure.commitments import read_leaf
from commonweal.kernel.disclosure.kinds import Kind
from commonweal.kernel.record.entries import AUTHORITY, Act, Stored
from commonweal.kernel.record.tables import Reader
from commonweal.kernel.values import Conflict, FaultCollector, Forbidden, is_subject

from .marks import ANNULLED, CORRECTED, HANDED_OVER, MARKING, STEWARDS, former, marks
from .subjects import filer, referring, subject, versions

OBSERVATIONS = "observations.batch"


def complete(act: Act, stored: Stored | None, later: Stored | None = None) -> Act:
    """An annulment or correction with what the record knows of the entry it names: subject, kind and cause."""
    if act.kind not in MARKING or stored is None:
        return act
    causes = tuple(dict.fromkeys((*act.causes, *(item.index for item in (stored, later) if item))))
    return replace(act, subject=stored.subject, body={**act.body, "kind": stored.kind}, causes=causes)


def named(act: Act) -> tuple[int | None, int | None]:
    """The entries that an annulment or correction names: the wrong one, and the one that puts it right."""
    if act.kind not in MARKING:
        return None, None
    found = [act.body.get(name) for name in ("entry", "by")]
    wrong, by = (item if isinstance(item, int) else None for item in found)
    return wrong, by


def marked_kind(act: Act, kinds: Mapping[str, Kind]) -> str:
    """The kind of what an annulment annuls, or of the subjects of which a hand-over gives one; "" for other acts."""
    if act.kind == ANNULLED.id:
        return str(act.body.get("kind"))
    noun = (act.subject or "").partition(":")[0] if act.kind == HANDED_OVER.id else ""
    return next((kind.id for kind in kinds.values() if noun and kind.noun == noun), "")


def check_mark(
    act: Act,
    party: str,
    roles: Sequence[str],
    reader: Reader,
    *,
    marked: tuple[Stored | None, Stored | None],
    kinds: Mapping[str, Kind],
) -> None:
    """Hold an annulment, correction or hand-over against the record. Raises `BadInput`, `Forbidden`, `Conflict`."""
    if act.kind == HANDED_OVER.id:
        _check_hand_over(act, reader)
    if act.kind not in MARKING:
        return
    stored, later = marked
    faults = FaultCollector(act.kind)
    if stored is None:
        faults.add("entry", act.body["entry"], "the index of an entry in the record", "reference")
    if stored and act.kind == CORRECTED.id:
        right = later and (later.kind, later.subject) == (stored.kind, stored.subject) and later.index > stored.index
        if not right:
            want = f"a later entry of the kind {stored.kind} about the same subject; file that first"
            faults.add("by", act.body["by"], want, "reference")
    faults.done()
    assert stored is not None
    steward = bool(set(STEWARDS) & set(roles))
    if not steward and stored.author != party:
        raise Forbidden(f"entry {stored.index} was filed by another party; only that party or the authority may say so")
    if steward and stored.author not in (party, AUTHORITY) and not act.body.get("citation"):
        want = "the legal basis on which another party's entry is marked, e.g. an order or a statute"
        faults.add("citation", "(absent)", want, "missing")
        faults.done()
    if act.kind == ANNULLED.id:
        _check_annulment(stored, kinds.get(stored.kind), reader)


def _check_annulment(stored: Stored, kind: Kind | None, reader: Reader) -> None:
    if earlier := marks(reader, stored.index, "annulled"):
        raise Conflict(f"entry {stored.index} was annulled by entry {earlier[0]['by']} already")
    if kind is None or not (kind.noun or kind.annullable or kind.id == OBSERVATIONS):
        raise Conflict(f"entry {stored.index} ({stored.kind}) cannot be annulled: {_instead(stored.kind, kind)}")
    if kind.id == OBSERVATIONS and (refs := read_leaf(stored.leaf)["refs"]):
        raise Conflict(f"entry {stored.index} ({stored.kind}) cannot be annulled: {_followed(refs)}")
    if not kind.noun or stored.subject is None:
        return
    there = versions(reader, stored.subject)
    if [row["entry"] for row in there] == [stored.index] and (others := referring(reader, stored.subject)):
        raise Conflict(
            f"entry {stored.index} is the only filing of {stored.subject}, to which others refer: "
            f"{', '.join(others[:5])}{' …' if len(others) > 5 else ''}. Amend or annul those first"
        )


def _followed(refs: Sequence[int]) -> str:
    return f"it followed from entry {refs[0]}; annul what it follows from, and it follows again"


def _instead(kind: str, known: Kind | None) -> str:
    """What to do where there is no undoing: what others relied on is changed by a new act, not taken back."""
    if known is not None and known.undone_by:
        return f"it is taken back by {known.undone_by}, an act of its own"
    if known is not None and known.righted is not None:
        return known.righted["en"]
    if kind == "rule.adopted":
        return "adopt another text; what was judged under this one stands"
    if kind in MARKING:
        return "file what was annulled again"
    if kind.startswith(("case.", "approval.")):
        return "a case went on from it; its playbook says how a decision is reversed"
    if kind.startswith(("duty.", "threshold.", "credential.", "clock.", "model_registration.certificate")):
        return "it followed from other entries; annul what it follows from, and it follows again"
    return "what was decided or declared by it stands; file a new one that says otherwise"


def _check_hand_over(act: Act, reader: Reader) -> None:
    faults = FaultCollector(act.kind)
    named = act.subject or ""
    gone = former(reader, named) if is_subject(named) else None
    if not is_subject(named) or (subject(reader, named) is None and gone is None):
        faults.add("subject", act.subject, "the identifier of a registered subject", "reference")
    elif (gone["party"] if gone else filer(reader, named)) == act.body["to"]:
        faults.add("to", act.body["to"], f"another party than {act.body['to']}, whose it is already", "owner")
    faults.done()
