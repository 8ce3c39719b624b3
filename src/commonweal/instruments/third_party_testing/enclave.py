"""Enclaves: only verdict and commitment leave; a sample is shown to somebody cleared, once two officers agree.

The evaluator keeps log and salts where they are. What is filed is held against all ways in which something else could
come along: a payload, another subject, a signature that says more. The key of the filing is the house's own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from commonweal.kernel.instrument import Act, Entry, Fault, Filer, Reader, Table, Tables

from . import jobs, signing, standing
from .enclave_kinds import SAMPLE_WANTED, VERDICT
from .jobs import JOBS, RESULTS
from .kinds import ID

ALLOWED = Table(
    f"{ID}_sample_allowed",
    {"entry": "integer", "verdict": "integer", "sample": "text", "epoch": "integer", "evaluator": "text"},
    ("entry",), (("verdict",),),
)  # fmt: skip
"""Which sample of which verdict may be shown to whom, as two officers said."""
TABLES = (ALLOWED,)


def follow(entry: Entry, tables: Tables) -> None:
    """A verdict is the result of its job; what two officers allowed is kept."""
    body = entry.body
    if entry.kind == VERDICT.id and (row := tables.get(JOBS, str(body["job"]))) is not None:
        jobs.came(entry, row, str(body["root"]), tables)
    elif entry.kind == SAMPLE_WANTED.id:
        told = {"sample": str(body["sample"]), "epoch": int(body.get("epoch", 1)), "evaluator": str(body["evaluator"])}
        tables.put(ALLOWED, {"entry": entry.index, "verdict": int(body["entry"]), **told})


def check(act: Act, reader: Reader, filer: Filer) -> Iterator[Fault]:
    """What is wrong with what should leave an enclave, or be shown out of one."""
    if act.kind == SAMPLE_WANTED.id:
        yield from _of_a_sample(act, reader, filer)
        return
    row = reader.get(JOBS, str(act.body["job"])) if act.kind == VERDICT.id else None
    if row is None:
        return
    yield from _nothing_else(act)
    if not row["enclave"]:
        yield Fault("job", str(row["job"]), "a job in an enclave: of others the run is returned", "no_enclave")
        return
    yield from jobs.held(act.body, row, reader, filer)
    may = standing.accreditation(reader, str(act.body["evaluator"]), filer.today)
    if may is not None and not may.cleared:
        want = "an evaluator that is cleared: its content is dangerous"
        yield Fault("evaluator", str(act.body["evaluator"]), want, "not_cleared")
    for earlier in reader.select(RESULTS, {"run": str(act.body["root"])}, limit=1):
        want = f"a commitment that is no result yet: entry {earlier['entry']} brought it"
        yield Fault("root", str(act.body["root"]), want, "used")
    yield from jobs.signed_faults(act.body, reader, bound_of(act.body))


def bound_of(body: Mapping[str, Any]) -> signing.Bound:
    """What is signed of a verdict: all of it, and nothing else."""
    told = {name: str(body[name]) for name in ("job", "evaluator", "verdict", "root")}
    return {**told, "samples": int(body["samples"])}


def _nothing_else(act: Act) -> Iterator[Fault]:
    """That nothing comes along with a verdict; what it was is told to nobody."""
    if act.blobs:
        yield Fault("(payload)", "(withheld)", "no payload: only verdict and commitment leave an enclave", "enclave")
    if act.subject not in (None, "", act.body["job"]):
        yield Fault("subject", "(withheld)", "the job, or nothing: it is about the job", "enclave")


def _of_a_sample(act: Act, reader: Reader, filer: Filer) -> Iterator[Fault]:
    row, to = reader.get(RESULTS, int(act.body["entry"])), str(act.body["evaluator"])
    job = reader.get(JOBS, row["job"]) if row else None
    if row is None or job is None or not job["enclave"] or row["job"] != act.body["job"]:
        yield Fault(
            "entry", str(act.body["entry"]), "the entry of a verdict on this job out of an enclave", "reference"
        )
        return
    may = standing.accreditation(reader, to, filer.today)
    if may is None or not may.cleared:
        yield Fault("evaluator", to, "an evaluator whose accreditation stands and who is cleared", "not_cleared")
    if to == row["evaluator"]:
        yield Fault("evaluator", to, "another evaluator than the one who has it", "own")


def allowed(reader: Reader, verdict: int, sample: str, epoch: int, evaluator: str) -> bool:
    """Whether two officers said that a sample of a verdict may be shown to an evaluator."""
    of = {"verdict": verdict, "sample": sample, "epoch": epoch, "evaluator": evaluator}
    return bool(reader.count(ALLOWED, of))
