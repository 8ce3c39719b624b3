"""What whoever files by a program or command should know at once about a filing that was taken."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from commonweal.kernel.disclosure import Kind
from commonweal.schemas import references

FOR_WHOM = "organisation"
"""The field by which a filing says for which organisation it is made."""


def cautions(kind: Kind, body: Mapping[str, Any], speaks_for: str) -> list[str]:
    """Sentences about a filing by somebody who acts for `speaks_for`; none where there is nothing to say."""
    asks = references(kind.schema).get(FOR_WHOM)
    if asks is None or not asks.owned or body.get(FOR_WHOM) or not speaks_for.startswith(f"{asks.noun}:"):
        return []
    return [
        f"{FOR_WHOM} was left out: this counts as filed by you and not by {speaks_for}, and meets no duty of theirs; "
        f"file it again with {FOR_WHOM}: {speaks_for} if it is theirs"
    ]
