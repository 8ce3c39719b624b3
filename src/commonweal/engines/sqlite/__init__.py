"""The default engine: SQLite files in the authority's folder, no server to install."""

from ._files import integrity
from .access import SqliteAccess
from .keys import SqliteKeys
from .record import SqliteRecord
from .tables import SqliteTables
from .witness import SqliteCosignatures, SqliteWitness

__all__ = [
    "SqliteAccess",
    "SqliteCosignatures",
    "SqliteKeys",
    "SqliteRecord",
    "SqliteTables",
    "SqliteWitness",
    "integrity",
]
