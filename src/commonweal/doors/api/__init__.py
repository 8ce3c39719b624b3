"""The HTTP API: filing and checking for programs, under `/api/v1`; the transparency log under `/log`."""

from .app import app
from .limits import Limits

__all__ = ["Limits", "app"]
