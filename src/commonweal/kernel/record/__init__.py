"""The append-only signed record: every act is an entry, every entry a leaf of a C2SP tlog-tiles log.

Pure: trees, tiles, notes, checkpoints and proofs are computed here; engines store them.
"""

from .check import Finding, Passed, check_log, examine_log
from .checkpoint import Checkpoint, open_checkpoint
from .cosignature import COSIGNATURE_V1, ML_DSA_44, has_ml_dsa
from .entries import AUTHORITY, ERASURE, Act, Draft, Entry, KeptRecord, Outdated, Placed, RecordStore, Stored
from .keyring import Keyring, LogKey, Turn
from .merkle import (
    EMPTY_ROOT,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root_at,
    root_of,
    verify_consistency,
    verify_inclusion,
)
from .notes import Cosigner, Note, NoteSigner, NoteVerifier, SigningKey, open_note, sign_note
from .policy import Policy, PolicyWitness, Quorum
from .proof import TlogProof
from .sequence import Growth, LogState, grow
from .tables import Column, Reader, Row, Table, Tables, TablesStore, Where
from .tiles import (
    ENTRIES,
    LEAF_BYTES_MAX,
    TILE_WIDTH,
    TileHashes,
    TileName,
    bundles_of,
    decode_bundle,
    encode_bundle,
    parse_tile_path,
    tile_path,
    tile_width,
    tiles_of,
)

__all__ = [
    "AUTHORITY",
    "COSIGNATURE_V1",
    "EMPTY_ROOT",
    "ENTRIES",
    "ERASURE",
    "LEAF_BYTES_MAX",
    "ML_DSA_44",
    "TILE_WIDTH",
    "Act",
    "Checkpoint",
    "Column",
    "Cosigner",
    "Draft",
    "Entry",
    "Finding",
    "Growth",
    "KeptRecord",
    "Keyring",
    "LogKey",
    "LogState",
    "Note",
    "NoteSigner",
    "NoteVerifier",
    "Outdated",
    "Passed",
    "Placed",
    "Policy",
    "PolicyWitness",
    "Quorum",
    "Reader",
    "RecordStore",
    "Row",
    "SigningKey",
    "Stored",
    "Table",
    "Tables",
    "TablesStore",
    "TileHashes",
    "TileName",
    "TlogProof",
    "Turn",
    "Where",
    "bundles_of",
    "check_log",
    "consistency_proof",
    "decode_bundle",
    "encode_bundle",
    "examine_log",
    "grow",
    "has_ml_dsa",
    "inclusion_proof",
    "leaf_hash",
    "node_hash",
    "open_checkpoint",
    "open_note",
    "parse_tile_path",
    "root_at",
    "root_of",
    "sign_note",
    "tile_path",
    "tile_width",
    "tiles_of",
    "verify_consistency",
    "verify_inclusion",
]
