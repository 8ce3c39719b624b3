"""Keeping an authority's folder: examined and put right, copied and restored, laid out for others to host."""

from .fsck import Diagnosed, Diagnosis, fsck, fsck_export, repair

__all__ = ["Diagnosed", "Diagnosis", "fsck", "fsck_export", "repair"]
