"""`weal account check-sample`: an auditor's sample, checked where there is nothing else."""

from __future__ import annotations

import json
from pathlib import Path

from commonweal.instruments.portable_benefits import auditing
from commonweal.kernel.values import BadInput, Fault

from .filing import FILE_BYTES_MAX, read_bytes
from .out import out

SHOWN_MAX = 50


def check_sample(file: Path, /) -> None:
    """Check a sample of contributions by itself: that the lot draws these rows, that each proof holds, and that what is
    posted is what the programme's text makes of all rows of the person; refuses (1) and names whatever does not.

    Args:
        file: The sample as it was taken along (JSON).
    """
    try:
        sample = json.loads(read_bytes(str(file), FILE_BYTES_MAX))
        faults = list(auditing.checked(sample))
        counts = len(sample["sample"]), sum("row" in one for one in sample["sample"]), len(sample["population"])
        left = auditing.left(sample)
    except (ValueError, KeyError, TypeError) as error:
        raise BadInput(Fault(file.name, str(error)[:200], "a sample as /benefits/audit gives it", "sample")) from error
    if faults:
        raise BadInput(faults[:SHOWN_MAX], file.name)
    out(
        f"{counts[0]} rows drawn from {counts[2]} files, {counts[1]} with proofs: all hold, and what is posted follows."
    )
    out("Left to hold against the record:")
    for one in left[:SHOWN_MAX]:
        out(f"- {one}")
    if len(left) > SHOWN_MAX:
        out(f"- and {len(left) - SHOWN_MAX} more")
