"""The one way by which a rule text comes in force: read by its room first, recorded under the name of who adopts it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from commonweal.acceptance import Caller
from commonweal.adoption import adoption, check_rule, potential_of
from commonweal.instruments import RuleFile
from commonweal.kernel import registry
from commonweal.kernel.values import NotFound, digest
from commonweal.refusing import NotOfTheRole
from commonweal.witnessing import Receipt

if TYPE_CHECKING:
    from . import Authority

ROLE = "authority"


def adopt(authority: Authority, file: RuleFile, caller: Caller, standing: Caller) -> Receipt:
    """`Authority.adopt`. `standing` is the caller in the roles that they hold now, which are not always their key's.

    The house writes the entry with its own pen, once the text was read without a fault: no door takes one unread.
    """
    if ROLE not in standing.roles:
        raise NotOfTheRole(registry.RULE_ADOPTED.id, (ROLE,), caller.party, standing.roles)
    held = None
    with suppress(NotFound):
        held = registry.text_in_force(authority.reader, file.rule_id)
    if held and held["sha256"] == digest(file.text.encode()):
        return authority.receipt(held["adopted"], again=True)
    check_rule(
        file, authority.reader, authority.kinds, authority.letterhead.templates,
        potential_of(authority.instruments.values()),
    )  # fmt: skip
    return authority.act(adoption(file, f"after-{held['adopted']}" if held else ""), replace(caller, pen=True))
