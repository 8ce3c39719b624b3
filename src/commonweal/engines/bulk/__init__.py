"""The `bulk` port on a cluster: Ray, where the extra `cluster` is installed."""

from .ray import HOW, RayBulk

__all__ = ["HOW", "RayBulk"]
