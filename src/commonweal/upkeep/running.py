"""Which engine runs a rule over a record: shards in this process, or actors on a Ray cluster."""

from __future__ import annotations

from commonweal.engines.bulk import RayBulk
from commonweal.kernel.thresholds import Bulk, InProcess


def bulk_engine(ray: bool, address: str = "", processors: int = 2) -> Bulk:
    """The `bulk` port: in this process, or on Ray (at an address, or begun here with so many processors)."""
    return RayBulk(address, processors) if ray or address else InProcess()
