"""PostgreSQL by URL: record, projections, access and cosignatures of one authority for several API processes.

Needs the extra `commonweal[postgres]` (SQLAlchemy Core and psycopg). Who writes the log, and who follows it, is elected
by the server for each transaction: whoever holds the advisory lock is the one sequencer (or the one follower), and the
next in line takes over the moment that its transaction, connection or process ends.
"""

from ._database import Database
from .access import PostgresAccess
from .keys import PostgresKeys
from .reads import PostgresReads
from .record import PostgresRecord
from .tables import PostgresTables
from .witness import PostgresCosignatures, PostgresWitness

__all__ = [
    "Database",
    "PostgresAccess",
    "PostgresCosignatures",
    "PostgresKeys",
    "PostgresReads",
    "PostgresRecord",
    "PostgresTables",
    "PostgresWitness",
]
