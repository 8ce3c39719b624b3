"""Keeping an authority's folder: examined and put right, copied and restored, laid out for others to host."""

from commonweal.engines.places import open_place

from .fsck import Diagnosed, Diagnosis, fsck, fsck_export, repair

__all__ = ["Diagnosed", "Diagnosis", "fsck", "fsck_export", "open_place", "repair"]
