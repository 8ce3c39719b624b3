"""This authority as a witness for the logs of others."""

from __future__ import annotations

from commonweal.engines.opening import Engines
from commonweal.kernel.record import COSIGNATURE_V1, ML_DSA_44, Cosigner
from commonweal.kernel.record.witness import Witness, by_origin
from commonweal.settings import Settings


def witness_of(engines: Engines, settings: Settings) -> Witness | None:
    """This authority as a witness for others, under keys of its own, if its settings say that it is one."""
    wanted = settings.witness
    if wanted is None:
        return None
    kinds = (COSIGNATURE_V1, ML_DSA_44) if wanted.ml_dsa else (COSIGNATURE_V1,)
    cosigners = [Cosigner(wanted.name, seed, kind) for kind in kinds for seed in engines.keys.witness_seeds(kind)]
    return engines.witness(by_origin(wanted.logs), cosigners)
