"""The one way by which a rule text comes in force: read by its room first, recorded under the name of who adopts it.

Who may open sealed fields, and when what is sealed is destroyed, is no one person's to say: such a text one
administrator proposes, and another adopts. The operator, who has the folder and its keys, does it alone at the office's
own command line.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from commonweal import knowing
from commonweal.acceptance import Caller
from commonweal.adoption import adoption, check_rule, proposing
from commonweal.instruments import RuleFile
from commonweal.kernel import registry
from commonweal.kernel.record import AUTHORITY, Row
from commonweal.kernel.values import Forbidden, NotFound, digest
from commonweal.refusing import NotOfTheRole
from commonweal.witnessing import Receipt

if TYPE_CHECKING:
    from . import Authority

ROLE = "authority"
BY_TWO = frozenset({"authorisations", "retention"})
Step = Literal["adopts", "proposes", "waits"]


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
        file, authority.reader, authority.kinds, authority.letterhead.templates, authority.instruments.values()
    )  # fmt: skip
    after = f"after-{held['adopted']}" if held else ""
    step, proposal = next_step(authority, file, caller.party)
    if step == "waits" and proposal is not None:
        raise Forbidden(
            f"{caller.party} proposed this text (entry {proposal['entry']}): another administrator puts it in force at "
            "/texts/adopt, where it waits, or whoever runs the office by `weal rule adopt`"
        )
    if step == "proposes":
        earlier = [row["entry"] for row in registry.proposals(authority.reader, file.rule_id)]
        act = proposing(file, f"{after}:{max(earlier, default='')}")
    else:
        act = adoption(file, after, proposal=proposal["entry"] if proposal else None)
    return authority.act(act, replace(caller, pen=True))


def next_step(authority: Authority, file: RuleFile, party: str) -> tuple[Step, Row | None]:
    """What a party who adopts a text does by that, and the proposal by which it is so.

    They put it in force; or propose it, where that takes two; or, having proposed it, can only wait for another.
    """
    if file.room not in BY_TWO or party == AUTHORITY:
        return "adopts", None
    sha256 = digest(file.text.encode())
    same = [row for row in proposed(authority) if (row["rule_id"], row["sha256"]) == (file.rule_id, sha256)]
    for row in same:
        if row["party"] != party:
            return "adopts", row
    return ("waits", same[0]) if same else ("proposes", None)


def proposed(authority: Authority) -> list[Row]:
    """The proposals that wait for another administrator, oldest first: of those who are still administrators."""
    keys, now = authority.access.issued(), authority.house().now
    rows = registry.proposals(authority.reader)
    return [row for row in rows if knowing.administers(authority.reader, keys, row["party"], now)]
