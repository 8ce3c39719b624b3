"""What is made up to try this (`fictitious`) shows nothing of what is not, and asks nothing of it. Of what is made up
too it shows what anything else does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def is_marked(body: Mapping[str, Any]) -> bool:
    """Whether what was filed is marked as made up."""
    return bool(body.get("fictitious"))


def shows(made_up: bool, of: bool) -> bool:
    """Whether something that is `made_up`, or is not, may show anything `of` what is, or is not."""
    return of or not made_up
