"""Letting an incident go out: what is said to whom, field by field, with what is kept back and why."""

from .pages import PAGES

__all__ = ["PAGES"]
