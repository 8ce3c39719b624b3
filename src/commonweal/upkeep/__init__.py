"""Keeping an authority's folder: examined and put right, copied and restored, laid out for others to host."""

from commonweal.engines.places import open_place

from .copies import Copied, Restored, backup, restore
from .fsck import Diagnosed, Diagnosis, fsck, fsck_export, repair
from .ledger import ledger_differences
from .recorded import Agreement, agreement, write_record
from .rehearsal import DIFFERENT, EQUAL, NOT_COMPARED, Rehearsed, rehearse
from .running import bulk_engine
from .upgrading import Plan, Upgraded, look, upgrade

__all__ = [
    "DIFFERENT",
    "EQUAL",
    "NOT_COMPARED",
    "Agreement",
    "Copied",
    "Diagnosed",
    "Diagnosis",
    "Plan",
    "Rehearsed",
    "Restored",
    "Upgraded",
    "agreement",
    "backup",
    "bulk_engine",
    "fsck",
    "fsck_export",
    "ledger_differences",
    "look",
    "open_place",
    "rehearse",
    "repair",
    "restore",
    "upgrade",
    "write_record",
]
