"""Fictitious filings on which the demonstration shows what an authority may do with what it holds.

A laboratory that corrects itself, eighteen training runs with sealed details, one filed in error, and a filer who later
asks to be erased. Nothing here is about anybody real; the figures are chosen to make a small table of statistics.
"""

from __future__ import annotations

from collections.abc import Iterator

from commonweal.kernel.instrument import Act

from .kinds import ORGANISATION, TRAINING_RUN

FILER = "party:practice-laboratory"
LABORATORY = "organisation:practice-laboratory-fictitious"
LEAVING = "organisation:leaving-laboratory-fictitious"
SOURCE = "invented for the demonstration"
# Expected compute (FLOP), chips of the cluster, how many runs.
_RUNS: tuple[tuple[float, int, int], ...] = (
    (4e22, 512, 6),
    (4e22, 4096, 1),
    (2e24, 512, 3),
    (2e24, 4096, 5),
    (2e24, 16384, 2),
)


def leaving() -> Act:
    """The one who asks to be erased: a name for everyone, a contact that is sealed."""
    body = {"name": "Leaving Laboratory (fictitious)", "fictitious": True, "contact": "A person (fictitious)",
            "source": SOURCE}  # fmt: skip
    return Act(ORGANISATION.id, body, "practice:leaving", LEAVING)


def laboratory(*countries: str) -> Act:
    """The laboratory, in the countries it says it is in."""
    body = {"name": "Practice Laboratory (fictitious)", "countries": list(countries), "fictitious": True,
            "source": SOURCE}  # fmt: skip
    return Act(ORGANISATION.id, body, f"practice:laboratory-{'-'.join(countries)}", LABORATORY)


def runs() -> Iterator[Act]:
    """Its training runs. What chips they use, how many, and where, is not public. The last is filed in error."""
    number = 0
    for flop, chips, count in (*_RUNS, (2e24, 512, 1)):
        for _ in range(count):
            number += 1
            yield Act(TRAINING_RUN.id, _run(number, flop, chips), f"practice:run-{number}", run(number))


LAST = sum(count for _, _, count in _RUNS) + 1


def run(number: int) -> str:
    """The identifier of a run, from 1."""
    return f"training_run:practice-run-{number:02d}-fictitious"


def _run(number: int, flop: float, chips: int) -> dict[str, object]:
    return {
        "name": f"Practice Run {number:02d} (fictitious)",
        "organisation": LABORATORY,
        "status": "planned",
        "generates": ["text"],
        "starts_on": "2025-12-01",
        "expected_end_on": "2026-06-30",
        "expected_total_flop": flop,
        "to_be_placed_on_eu_market": False,
        "biological_sequence_share": 0.0,
        "hardware": {"name": "Example Accelerator (fictitious)", "chips": chips},
        "site": "Hall 4, Example Park (fictitious)",
        "source": SOURCE,
    }
