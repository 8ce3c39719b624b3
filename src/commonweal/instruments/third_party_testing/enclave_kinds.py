"""What leaves an enclave: a verdict and a commitment. No field here takes words: codes, digests, counts and references.

Content never enters the record. That a named sample may be shown, to one other who is cleared, takes two officers.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal, get_args

from pydantic import Field

from commonweal.kernel.instrument import PUBLIC, Filing, Index, Marking, Text
from commonweal.kernel.registry import Ref

from .kinds import EVALUATOR_NOUN, EVALUATORS, JOB_NOUN, STEWARDS, Count, Digest, Line, Signed, kind

Verdict = Literal["shown", "not_shown", "inconclusive"]
VERDICTS = get_args(Verdict)
SampleId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.\-]{1,64}$")]


class EnclaveVerdict(Filing):
    """What a cleared evaluator says of a job in an enclave: whether the capability that was tested was shown, the root
    over the samples as runs commit to them, how many there are, and a signature under just that."""

    job: Annotated[str, PUBLIC, Ref(JOB_NOUN)]
    evaluator: Annotated[str, Marking.GREEN, Ref(EVALUATOR_NOUN)]
    verdict: Annotated[Verdict, Marking.GREEN]
    root: Annotated[Digest, PUBLIC]
    samples: Annotated[Count, PUBLIC]
    signed: Annotated[Signed, Marking.GREEN]


class SampleWanted(Filing):
    """One sample of an enclave's run is to be shown to one evaluator who is cleared: by which order, and to whom."""

    job: Annotated[str, PUBLIC, Ref(JOB_NOUN)]
    entry: Annotated[Index, PUBLIC]
    sample: SampleId
    epoch: Annotated[int, Field(ge=1, le=10**6)] = 1
    evaluator: Annotated[str, Ref(EVALUATOR_NOUN)]
    citation: Annotated[Line, PUBLIC]


VERDICT = replace(
    kind("verdict", EnclaveVerdict, Text(en="Verdict out of an enclave", zh="隔离环境结论"), EVALUATORS), keyed=True
)
SAMPLE_WANTED = kind(
    "sample_wanted", SampleWanted, Text(en="Sample of an enclave to be shown", zh="出示隔离环境样本"), STEWARDS,
    renewable=True,
)  # fmt: skip
KINDS = (VERDICT, SAMPLE_WANTED)
