"""What may be meant by a name that nothing bears."""

from __future__ import annotations

import difflib
from collections.abc import Collection

NAMED_MAX, CLOSE = 12, 0.6


def nearest(said: str, known: Collection[str]) -> str:
    """Names that are known, the nearest to what was said first, at most twelve, on one line; "…" where there are more.

    >>> nearest("mariam", ["moreau", "miriam"])
    'miriam, moreau'
    """
    names = {one.casefold(): one for one in sorted(known)}
    close = [names[one] for one in difflib.get_close_matches(said[:200].casefold(), names, NAMED_MAX, CLOSE)]
    shown = list(dict.fromkeys([*close, *sorted(known)]))[:NAMED_MAX]
    return ", ".join(shown) + (", …" if len(known) > len(shown) else "")
