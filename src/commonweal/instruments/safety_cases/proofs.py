"""A machine-checked proof as evidence: a formula and a proof that it has no model, checked here and not believed.

What the formula means stays an argument: that its clauses say what the claim says is for a strategy and its reviewers.
What is proven is that they contradict one another, and which of them it takes.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from commonweal.kernel.values import BadInput, Fault, TooLarge, utf8
from commonweal.methods.refutations import Unproven, read_cnf, refuted

FORMATS = {"lrat": "DIMACS CNF with a proof in LRAT (text)"}
BYTES_MAX = 64 << 20


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof that was checked: digests of what was checked, how many clauses, steps, and which clauses were needed."""

    format: str
    formula_sha256: str
    proof_sha256: str
    clauses: int
    steps: int
    used: tuple[int, ...]


def proved(formula: bytes, proof: bytes) -> Proof:
    """Check a proof. Raises `BadInput` that names the first step that does not follow, `TooLarge` above a limit."""
    for name, data in (("formula", formula), ("proof", proof)):
        if len(data) > BYTES_MAX:
            raise TooLarge(Fault(name, f"{len(data)} bytes", f"at most {BYTES_MAX} bytes", "too_large"), "proof")
    try:
        clauses = read_cnf(utf8(formula, "formula", BadInput))
        found = refuted(clauses, utf8(proof, "proof", BadInput))
    except Unproven as error:
        where = f"proof, line {error.line}" if error.line else "formula"
        raise BadInput(Fault(where, error.why, "a proof whose every step follows", "unproven"), "proof") from error
    digests = (hashlib.sha256(formula).hexdigest(), hashlib.sha256(proof).hexdigest())
    return Proof("lrat", *digests, len(clauses), found.steps, found.used)
