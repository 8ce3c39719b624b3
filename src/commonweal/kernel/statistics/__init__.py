"""Statistical releases: tables counted from filings that are not public, small cells hidden, each release an entry."""

from .declaration import Dimension, Statistic
from .room import ASKED, HIDDEN, KINDS, TABLES, Reads, Statistics, check_text, release, releases

__all__ = [
    "ASKED",
    "HIDDEN",
    "KINDS",
    "TABLES",
    "Dimension",
    "Reads",
    "Statistic",
    "Statistics",
    "check_text",
    "release",
    "releases",
]
