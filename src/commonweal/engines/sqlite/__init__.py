"""The default engine: SQLite files in the authority's folder, no server to install."""

from ._files import integrity
from .access import SqliteAccess
from .copies import attached_in, copy_database, grow_record, note_as_signed
from .files import FolderFiles
from .keys import SqliteKeys
from .reads import SqliteReads
from .record import SqliteRecord
from .tables import SqliteTables
from .witness import SqliteCosignatures, SqliteWitness

__all__ = [
    "FolderFiles",
    "SqliteAccess",
    "SqliteCosignatures",
    "SqliteKeys",
    "SqliteReads",
    "SqliteRecord",
    "SqliteTables",
    "SqliteWitness",
    "attached_in",
    "copy_database",
    "grow_record",
    "integrity",
    "note_as_signed",
]
