"""The two that act for the authority as such: whoever runs it, in every role of its own, and the house itself."""

from __future__ import annotations

from dataclasses import replace

from commonweal.acceptance import Caller
from commonweal.kernel.record import AUTHORITY

OPERATOR = Caller(AUTHORITY, ("authority", "officer", "developer", "observer"))
HOUSE = replace(OPERATOR, pen=True)
"""The house's own pen, for what its code makes (`Kind.by_house`): nothing that a person asks for is filed with it."""
