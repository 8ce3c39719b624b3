"""What it takes to annul a claim: that nothing was decided or paid on it. What was paid stays in every reckoning."""

from __future__ import annotations

from collections.abc import Iterator

from commonweal.kernel.instrument import Act, Fault, Filer, Reader

from . import programmes
from .kinds import CLAIM
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
            f"a claim on which nothing was decided or paid: take {stands.name} back (adaptive_safety_net.withdrawn), "
            "or file it again with what is right"
        )
        yield Fault("entry", str(act.body["entry"]), want, "decided")
