"""A machine-checked proof as evidence: a formula and a proof that it has no model, checked here and not believed.

What the formula means stays an argument: that its clauses say what the claim says is for a strategy and its reviewers.
What is proven is that they contradict one another, and which of them it takes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from commonweal.kernel import registry
from commonweal.kernel.instrument import Filer, Reader
from commonweal.kernel.values import BadInput, Fault, NotFound, TooLarge, utf8
from commonweal.methods.refutations import Unproven, read_cnf, refuted

FORMATS = {"lrat": "DIMACS CNF with a proof in LRAT (text)"}
BYTES_MAX, VISITS_MAX = 8 << 20, 5_000_000
"""Of formula and proof each; and how many literals the check may look at: a few seconds. What takes more is for a
checker beside the record, whose result is evidence like any other."""


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
        found = refuted(clauses, utf8(proof, "proof", BadInput), visits_max=VISITS_MAX)
    except Unproven as error:
        where = f"proof, line {error.line}" if error.line else "formula"
        raise BadInput(Fault(where, error.why, "a proof whose every step follows", "unproven"), "proof") from error
    digests = (hashlib.sha256(formula).hexdigest(), hashlib.sha256(proof).hexdigest())
    return Proof("lrat", *digests, len(clauses), found.steps, found.used)


def faults_of(body: Mapping[str, Any], subject: str | None, reader: Reader, filer: Filer) -> Iterator[Fault]:
    """What is wrong with a proof as it is filed: it is checked again here, whatever its filer says came of it.

    The files of the version before were checked when that came.
    """
    files = {part: body[part][0]["sha256"] for part in ("formula", "proof")}
    before = registry.subject(reader, subject) if subject else None
    if before is not None and _says(before["body"], files):
        found = {name: before["body"].get(name) for name in RESULT}
    else:
        try:
            found = result(proved(*(filer.sent(sha256) for sha256 in files.values())))
        except NotFound:
            return  # that there is no such upload is said of the field
        except BadInput as error:
            yield from error.faults
            return
    for name in RESULT:
        if body.get(name) != found[name]:
            yield Fault(name, str(body.get(name)), f"{found[name]}, as the check counts", "differs")


def _says(body: Mapping[str, Any], files: Mapping[str, str]) -> bool:
    return all(body.get(part) and body[part][0]["sha256"] == sha256 for part, sha256 in files.items())


RESULT = ("clauses", "steps", "used")


def result(found: Proof) -> dict[str, int]:
    """What a check found, as a proof's entry says it."""
    return {"clauses": found.clauses, "steps": found.steps, "used": len(found.used)}
