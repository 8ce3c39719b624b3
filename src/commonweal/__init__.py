"""Commonweal: the back office of AI policy, as running software."""

__version__ = "0.1.0"
