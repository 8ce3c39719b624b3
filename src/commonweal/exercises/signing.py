"""Actors of an exercise sign their approvals as people do: each who speaks for an organisation has a registered key.

The keys follow from the definition, the seed and the actor, so that the same seed gives the same record; whoever knows
these can make them, so they prove nothing outside the exercise.
"""

from __future__ import annotations

from base64 import b64encode, urlsafe_b64encode
from dataclasses import dataclass, replace
from hashlib import sha256

from commonweal.authority import OPERATOR, Authority
from commonweal.kernel import protocols
from commonweal.kernel.record import Act, NoteSigner

from .definition import Actor, Definition

REGISTERED, GIVEN = "approver.registered", "approval.given"
NONCE_BYTES = 18


@dataclass(frozen=True)
class Signing:
    """The keys of one exercise."""

    definition: Definition
    seed: int

    def signer(self, actor: Actor) -> NoteSigner:
        """The Ed25519 key with which an actor signs."""
        secret = self._digest(actor, "key")
        return NoteSigner(protocols.key_name(NoteSigner("key", secret).verifier.public), secret)

    def enrol(self, authority: Authority) -> None:
        """Register the key of every actor who speaks for an organisation, where that was not done yet."""
        known = {row["key_id"] for row in protocols.approvers(authority.reader, standing=False)}
        for actor in self.definition.actors.values():
            signer = self.signer(actor)
            if not actor.organisation or signer.name in known:
                continue
            body = {
                "party": actor.party,
                "key": b64encode(signer.verifier.public).decode(),
                "roles": list(actor.roles),
                "organisation": actor.organisation,
            }
            authority.act(Act(REGISTERED, body, f"exercise:approver:{actor.id}:{signer.name}"), OPERATOR)
        authority.follow()

    def signed(self, act: Act, authority: Authority, actor: Actor) -> Act:
        """An approval with its envelope, signed by the actor's key now; other acts as they are. Raises `BadInput`."""
        if act.kind != GIVEN or not actor.organisation:
            return act
        case = protocols.case(authority.reader, act.body["case"])
        drawn = self._digest(actor, f"{act.key or authority.store.size()}:{case.id}:{act.body['step']}")[:NONCE_BYTES]
        nonce = urlsafe_b64encode(drawn).decode()
        text = protocols.approval_text(authority.settings.origin, case, act.body, authority.clock.now(), nonce=nonce)
        return replace(act, body={**act.body, "envelope": protocols.signed_by(text, self.signer(actor))})

    def _digest(self, actor: Actor, what: str) -> bytes:
        return sha256(
            f"weal/exercise/{self.definition.id}/{self.seed}/{actor.id}/{actor.party}/{what}".encode()
        ).digest()
