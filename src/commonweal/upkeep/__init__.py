"""Keeping an authority's folder: examined and put right, copied and restored, laid out for others to host."""

from commonweal.engines.places import open_place

from .copies import Copied, Restored, backup, restore
from .fsck import Diagnosed, Diagnosis, fsck, fsck_export, repair
from .recorded import Agreement, agreement, write_record
from .running import bulk_engine
from .upgrading import Plan, Upgraded, look, upgrade

__all__ = [
    "Agreement",
    "Copied",
    "Diagnosed",
    "Diagnosis",
    "Plan",
    "Restored",
    "Upgraded",
    "agreement",
    "backup",
    "bulk_engine",
    "fsck",
    "fsck_export",
    "look",
    "open_place",
    "repair",
    "restore",
    "upgrade",
    "write_record",
]
