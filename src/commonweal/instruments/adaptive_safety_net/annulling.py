"""What it takes to annul a claim: that nothing was decided or paid on it, and that whose it is, or who wrote that
version, says so. What was paid stays in every reckoning."""

from __future__ import annotations

from collections.abc import Iterator

from commonweal.kernel import registry
from commonweal.kernel.instrument import Act, Fault, Filer, Reader, Text

from . import programmes
from .kinds import CLAIM, WITHDRAWN, WRITTEN_DOWN
from .programmes import PAYMENT

ANNULLED = "record.annulled"


def check_marked(act: Act, reader: Reader, filer: Filer) -> Iterator[Fault]:
    """No version of a claim is annulled once somebody decided or paid on it: months that were paid would be due again,
    and an older version would stand under a decision that was not about it."""
    if act.kind != ANNULLED or act.body["kind"] != CLAIM.id:
        return
    stands = programmes.standing(reader, act.subject or "")
    if stands is None:
        return
    if stands.decision is not None or reader.select(PAYMENT, {"claim": stands.claim}, limit=1):
        want = (
            f"a claim on which nothing was decided or paid: take {stands.name} back (“{WITHDRAWN.title['en']}”), "
            "or file it again with what is right"
        )
        yield Fault("entry", str(act.body["entry"]), want, "decided")
    elif not _theirs(act, stands.claim, reader, filer):
        want = (
            "whoever claims, or who wrote that version: what they asked an officer for is "
            f"“{WRITTEN_DOWN.title['en']}”, which a second officer confirms"
        )
        zh = (
            "仅可由申领人或该版本的提交者作废；申领人委托官员办理的，"
            f"须以“{WRITTEN_DOWN.title['zh']}”提出并经第二人确认"
        )
        told = Text(en=f"{stands.name} – {want}.", zh=f"{stands.name}——{zh}。")
        yield Fault("entry", str(act.body["entry"]), want, "not_yours", told)


def _theirs(act: Act, claim: str, reader: Reader, filer: Filer) -> bool:
    """Whether somebody annuls of a claim what is theirs: it, or a version that they wrote of it."""
    wrote = {row["author"] for row in registry.versions(reader, claim) if row["entry"] == act.body["entry"]}
    return bool({registry.filer(reader, claim), *wrote} & set(filer.speaks_for))
