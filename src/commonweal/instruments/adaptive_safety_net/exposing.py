"""How exposed an area's work is: its employment by occupation times what raters said of each occupation, as a range.

An exposure says which tasks could be sped up, never that work was lost: no package may come on by it alone. The range
has three parts, told apart: what counts as exposed (only tasks done faster at once, or also those that need further
tools), who rated (people or a model), and employment that has no score.
"""

from __future__ import annotations

import csv
import io
import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from commonweal.kernel.values import BadInput, Fault, FaultCollector, TooLarge, shown

BYTES_MAX, FAULTS_MAX = 256 << 20, 50
CODE = "O*NET-SOC Code"
RATERS = ("human", "dv")
STRICT, CENTRAL, WIDE = "alpha", "beta", "gamma"
EMPLOYMENT = ("AREA", "AREA_TITLE", "OCC_CODE", "O_GROUP", "I_GROUP", "TOT_EMP", "EMP_PRSE")
SCORES = (CODE, *(f"{rater}_rating_{kind}" for rater in RATERS for kind in (STRICT, CENTRAL, WIDE)))
Scores = Mapping[str, Mapping[str, float]]


def read_scores(data: bytes, name: str) -> Scores:
    """Scores by occupation of six digits, the plain mean of its parts. Raises `BadInput` naming every fault by row."""
    faults = FaultCollector(name)
    found: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for number, row in _rows(data, name, SCORES, faults):
        for column in SCORES[1:]:
            score = _number(row[column])
            if score is None or not 0 <= score <= 1:
                faults.add(f"row {number}, {column}", shown(row[column]), "a score from 0 to 1", "range")
            else:
                found[row[CODE][:7]][column].append(score)
    faults.done()
    return {code: {column: sum(each) / len(each) for column, each in by.items()} for code, by in found.items()}


def of_areas(employment: bytes, name: str, scores: Scores) -> list[dict[str, Any]]:
    """A row an area of a table of occupational employment (OEWS): exposure as `central` within `low` and `high`.

    `low` is the stricter reading and rater, `high` the wider; `low_with_unscored` and `high_with_unscored` count
    employment without a score as not exposed and as wholly exposed. `sampling_error` is that of the central value from
    the table's own relative standard errors of employment. Raises `BadInput` naming every fault by row.
    """
    faults = FaultCollector(name)
    areas: dict[str, list[tuple[str, float, float]]] = defaultdict(list)
    titles: dict[str, str] = {}
    hidden: dict[str, int] = defaultdict(int)
    for number, row in _rows(employment, name, EMPLOYMENT, faults):
        if row["O_GROUP"] != "detailed" or row["I_GROUP"] != "cross-industry":
            continue
        titles[row["AREA"]] = row["AREA_TITLE"]
        count = _number(row["TOT_EMP"])
        if row["TOT_EMP"].strip() == "**":
            hidden[row["AREA"]] += 1
        elif count is None or count < 0:
            faults.add(f"row {number}, TOT_EMP", shown(row["TOT_EMP"]), "persons, or ** where withheld", "number")
        else:
            relative = _number(row["EMP_PRSE"]) or 0.0
            areas[row["AREA"]].append((row["OCC_CODE"], count, count * relative / 100))
    if not areas and not faults.count:
        faults.add("(whole)", "no rows", "detailed occupations across industries (O_GROUP, I_GROUP)", "empty")
    faults.done()
    return [_of_area(area, titles[area], rows, scores, hidden[area]) for area, rows in sorted(areas.items())]


def _of_area(
    area: str, title: str, rows: Sequence[tuple[str, float, float]], scores: Scores, hidden: int
) -> dict[str, Any]:
    whole = sum(count for _, count, _ in rows)
    scored = [(scores[code], count, error) for code, count, error in rows if code in scores]
    persons = sum(count for _, count, _ in scored)
    covered = persons / whole if whole else 0.0

    def mean(column: str) -> float:
        return sum(by[column] * count for by, count, _ in scored) / persons if persons else math.nan

    if not persons:
        return {"area": area, "title": title, "persons": whole, "covered": 0.0, "withheld": hidden, "central": None}
    by_reading = {kind: [mean(f"{rater}_rating_{kind}") for rater in RATERS] for kind in (STRICT, CENTRAL, WIDE)}
    central, low, high = by_reading[CENTRAL][0], min(by_reading[STRICT]), max(by_reading[WIDE])
    spread = sum(((by[f"human_rating_{CENTRAL}"] - central) * error) ** 2 for by, _, error in scored)
    return {
        "area": area,
        "title": title,
        "persons": whole,
        "covered": round(covered, 4),
        "withheld": hidden,
        "central": round(central, 4),
        "low": round(low, 4),
        "high": round(high, 4),
        "raters": [round(min(by_reading[CENTRAL]), 4), round(max(by_reading[CENTRAL]), 4)],
        "low_with_unscored": round(low * covered, 4),
        "high_with_unscored": round(high * covered + 1 - covered, 4),
        "sampling_error": round(math.sqrt(spread) / persons, 5),
    }


def _rows(
    data: bytes, name: str, wanted: Sequence[str], faults: FaultCollector
) -> Iterator[tuple[int, Mapping[str, str]]]:
    if len(data) > BYTES_MAX:
        raise TooLarge(Fault(name, f"{len(data)} bytes", f"at most {BYTES_MAX} bytes", "too_large"))
    try:
        rows = csv.DictReader(io.StringIO(data.decode("utf-8-sig")))
        heading = tuple(rows.fieldnames or ())
    except UnicodeDecodeError as error:
        raise BadInput(
            Fault(name, f"byte 0x{data[error.start]:02x}", "must be UTF-8 text", "encoding"), name
        ) from error
    for column in wanted:
        if column not in heading:
            faults.add("line 1", shown(", ".join(heading)), f"a column {column}", "heading")
    faults.done()
    for number, row in enumerate(rows, 2):
        if any(row.get(column) is None for column in wanted):
            faults.add(f"row {number}", f"{len(row)} cells", f"{len(heading)} cells", "columns")
        else:
            yield number, row
        if faults.count >= FAULTS_MAX:
            faults.add("(further rows)", f"from row {number + 1}", "mend these first", "more")
            return


def _number(text: str) -> float | None:
    try:
        found = float(text.replace(",", ""))
    except ValueError:
        return None
    return found if math.isfinite(found) else None
