"""What methods on counts take: checks of arguments, each of which says what it saw."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .series import Floats


def whole(values: ArrayLike, name: str) -> Floats:
    """Counts as an array of their shape. Raises `ValueError` for what is below 0, broken, infinite or NaN."""
    found = np.asarray(values, dtype=np.float64)
    wrong = found[~(np.isfinite(found) & (found >= 0) & (found == np.floor(found)))]
    if wrong.size:
        raise ValueError(f"{name} must be whole numbers from 0, saw {wrong.flat[0]:g}")
    return found


def amounts(values: ArrayLike, name: str) -> Floats:
    """Quantities as an array of their shape. Raises `ValueError` for what is below 0, infinite or NaN."""
    found = np.asarray(values, dtype=np.float64)
    wrong = found[~(np.isfinite(found) & (found >= 0))]
    if wrong.size:
        raise ValueError(f"{name} must be finite numbers, not below 0; saw {wrong.flat[0]:g}")
    return found


def tail(level: float) -> float:
    """What a central interval of this level (between 0 and 1) leaves on either side. Raises `ValueError` for others."""
    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1, saw {level}")
    return (1 - level) / 2
