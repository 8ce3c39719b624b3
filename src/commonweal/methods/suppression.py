"""Cell suppression in tables of counts: which cells to hide so that nobody can work out a small one.

A table has one to three axes; the last index of each is its total. Primary cells are those that a rule finds sensitive.
Secondary cells are hidden with them, because a published total gives a single gap away. What an attacker can know is a
linear programme over the published cells, and every answer here is audited with it.

Source: A. Hundepool and others, Statistical Disclosure Control (Wiley, 2012), chapter 4: threshold, p% and dominance
rules (4.2), secondary suppression and the attacker's programme (4.4); the exact model is that of J. P. Kelly,
B. L. Golden and A. A. Assad, Networks 22 (1992); the heuristic adds one cheapest flow for each sensitive cell.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import highspy
import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]
Values = NDArray[np.float64]
Mask = NDArray[np.bool_]
AXES_MAX = 3
CELLS_MAX = 2000
NEAR = 1e-6


# ── tables and rules ────────────────────────────────────────────────────────────────────────────────────────────────


def with_margins(inner: Counts) -> Counts:
    """A table with a total at the end of every axis: shape (m, n) becomes (m + 1, n + 1)."""
    table = np.asarray(inner, dtype=np.int64)
    if not 1 <= table.ndim <= AXES_MAX or min(table.shape) < 1 or (table < 0).any():
        raise ValueError(f"a table of counts, not negative, with 1 to {AXES_MAX} axes; saw shape {table.shape}")
    for axis in range(table.ndim):
        table = np.concatenate([table, table.sum(axis=axis, keepdims=True)], axis=axis)
    if table.size > CELLS_MAX:
        raise ValueError(f"at most {CELLS_MAX} cells with the totals; saw {table.size}")
    return table


def below_threshold(table: Counts, k: int) -> Mask:
    """Cells with at least one and fewer than `k` contributors (threshold rule; Hundepool and others, 4.2.1)."""
    return np.asarray((table > 0) & (table < k))


def p_percent(total: Values, largest: Values, second: Values, p: float) -> Mask:
    """Cells whose second largest contributor can estimate the largest to within `p` per cent (4.2.2).

    Sensitive where what remains without the two is below p/100 of the largest.
    """
    return np.asarray((largest > 0) & (total - largest - second < p / 100 * largest))


def stands_out(total: float, largest: float, second: float, p: float) -> bool:
    """The same of one sum."""
    of_all, first, other = np.array([[total], [largest], [second]], dtype=np.float64)
    return bool(p_percent(of_all, first, other, p)[0])


def may_tell(parts: Iterable[float], *, threshold: int, p: float, trifle: float) -> bool:
    """Whether a sum may be told, by what each contributor's part of it is: enough people, of whom none stands out.

    Nobody hides behind a trifle: who moved less than `trifle` per cent of what each moved on average is not counted
    among the `threshold` (4.2.1). Signs do not matter: money that was taken back moved as well.
    """
    sizes = np.sort(np.abs(np.fromiter(parts, dtype=np.float64)))
    sizes = sizes[sizes > 0]
    if sizes.size == 0 or int((sizes >= trifle / 100 * sizes.mean()).sum()) < threshold:
        return False
    return not stands_out(sizes.sum(), sizes[-1], sizes[-2] if sizes.size > 1 else 0, p)


def dominated(total: Values, largest: Values, share_pct: float) -> Mask:
    """Cells of which the sum of the largest contributors given is more than a share (dominance rule, 4.2.2)."""
    return np.asarray((total > 0) & (largest > share_pct / 100 * total))


def known_cells(shape: tuple[int, ...], public: tuple[bool, ...]) -> Mask:
    """Cells that everybody knows beforehand: totals over every axis that is not public."""
    known = np.zeros(shape, dtype=bool)
    known[tuple(slice(None) if open_ else -1 for open_ in public)] = True
    return known


def known_group(table: Counts, public: tuple[bool, ...]) -> Counts:
    """For each cell the size of the group, known to everybody, that it is part of: no cell can be larger."""
    at = tuple(slice(None) if open_ else slice(-1, None) for open_ in public)
    return np.broadcast_to(table[at], table.shape).astype(np.int64)


def whole_group(table: Counts, group: Counts, rest_min: int) -> Mask:
    """Cells outside which fewer than `rest_min` of a known group remain: publishing one tells of each member (5.2)."""
    return np.asarray((table > 0) & (table <= group) & (group - table < rest_min))


# ── what an attacker can know ───────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Problem:
    """A table, its sensitive cells, and how far an attacker's interval must reach beyond their true values.

    `known` cells cannot be hidden; `low` and `high` is what anybody knows of each cell beforehand (bounds); `down` and
    `up` are the distances to reach, cut to those bounds. All arrays have the table's shape.
    """

    table: Counts
    primary: Mask
    known: Mask
    low: Counts
    high: Counts
    down: Counts
    up: Counts

    @classmethod
    def of(
        cls, table: Counts, primary: Mask, *, reach: int, known: Mask | None = None, high: Counts | None = None,
        low: Counts | None = None,
    ) -> Problem:  # fmt: skip
        """A problem with the same distance `reach` both ways (in counts)."""
        known = np.zeros(table.shape, dtype=bool) if known is None else known
        most = np.full(table.shape, int(table.max(initial=0)) * 2 + reach, dtype=np.int64)
        high = most if high is None else np.minimum(high, most)
        low = np.zeros_like(table) if low is None else low
        primary = primary & ~known
        down = np.where(primary, np.minimum(reach, table - low), 0)
        return cls(table, primary, known, low, high, down, np.where(primary, np.minimum(reach, high - table), 0))

    @property
    def whole(self) -> bool:
        """Whether whole numbers tell an attacker more than the linear programme: only from three axes on."""
        return self.table.ndim > 2


def relations(shape: tuple[int, ...]) -> Iterator[list[tuple[int, int]]]:
    """Each sum in a table as (flat index, sign): the parts of a line with +1, its total with -1."""
    index = np.arange(int(np.prod(shape))).reshape(shape)
    for axis in range(len(shape)):
        for line in np.moveaxis(index, axis, -1).reshape(-1, shape[axis]):
            yield [(int(cell), 1) for cell in line[:-1]] + [(int(line[-1]), -1)]


class Attacker:
    """Who knows every published cell, every sum, and the bounds of `problem`."""

    def __init__(self, problem: Problem, hidden: Mask) -> None:
        self._cells = [int(cell) for cell in np.flatnonzero(hidden)]
        self._column = {cell: number for number, cell in enumerate(self._cells)}
        self._solver = solver = _solver()
        low, high, table = (array.ravel() for array in (problem.low, problem.high, problem.table))
        for number, cell in enumerate(self._cells):
            solver.addVar(float(low[cell]), float(high[cell]))
            if problem.whole:
                solver.changeColIntegrality(number, highspy.HighsVarType.kInteger)
        for relation in relations(problem.table.shape):
            inside = [(self._column[cell], sign) for cell, sign in relation if cell in self._column]
            if inside:
                rest = -sum(sign * int(table[cell]) for cell, sign in relation if cell not in self._column)
                _row(solver, rest, inside)

    def bounds(self, cell: int) -> tuple[float, float]:
        """The least and the most that a hidden cell (flat index) can be."""
        return self._extreme(cell, 1.0), self._extreme(cell, -1.0)

    def _extreme(self, cell: int, sign: float) -> float:
        self._solver.changeColCost(self._column[cell], sign)
        self._solver.run()
        value = self._solver.getSolution().col_value[self._column[cell]]
        assert self._solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
        self._solver.changeColCost(self._column[cell], 0.0)
        return float(value)


def attack(problem: Problem, hidden: Mask) -> tuple[Values, Values]:
    """What an attacker can know: the least and the most of each cell (a published cell is both)."""
    low, high = problem.table.astype(float), problem.table.astype(float)
    attacker = Attacker(problem, hidden)
    for cell in np.flatnonzero(hidden):
        low.flat[cell], high.flat[cell] = attacker.bounds(int(cell))
    return low, high


def unprotected(problem: Problem, hidden: Mask) -> list[int]:
    """Sensitive cells (flat indices) that are published, or that an attacker bounds within the distances."""
    exposed = [int(cell) for cell in np.flatnonzero(problem.primary & ~hidden)]
    attacker = Attacker(problem, hidden)
    for cell in np.flatnonzero(problem.primary & hidden):
        low, high = attacker.bounds(int(cell))
        true, down, up = (array.flat[cell] for array in (problem.table, problem.down, problem.up))
        if low > true - down + NEAR or high < true + up - NEAR:
            exposed.append(int(cell))
    return exposed


# ── which cells to hide ─────────────────────────────────────────────────────────────────────────────────────────────


def suppress(problem: Problem) -> Mask:
    """The cells to hide: the sensitive ones and others with them, none of them idle.

    For each sensitive cell that is not protected yet, and each direction, the cheapest change of the table that keeps
    all sums is hidden along with it; then cells that turned out not to be needed are published again, largest first.
    A cell that stays hidden beside the sensitive ones can therefore not be recomputed either: one that could would not
    have been needed. Raises `ValueError` where the bounds leave no protection at all.
    """
    hidden = problem.primary.copy()
    order = sorted(np.flatnonzero(problem.primary), key=lambda cell: (-int(problem.table.flat[cell]), int(cell)))
    for cell in order:
        for way, distance in ((1, problem.up), (-1, problem.down)):
            if distance.flat[cell] and not _reaches(problem, hidden, int(cell), way):
                hidden |= cheapest_change(problem, hidden, int(cell), way * int(distance.flat[cell]))
    assert not unprotected(problem, hidden)
    spare = sorted(np.flatnonzero(hidden & ~problem.primary), key=lambda cell: (-int(problem.table.flat[cell]), cell))
    for cell in spare:
        hidden.flat[cell] = False
        if unprotected(problem, hidden):
            hidden.flat[cell] = True
    return hidden


def suppress_fewest(problem: Problem) -> Mask:
    """The fewest cells that protect, by the exact model (for small tables: one block of variables a direction)."""
    solver = _solver()
    size = problem.table.size
    for number in range(size):
        least, most = float(problem.primary.flat[number]), float(not problem.known.flat[number])
        solver.addVar(least, most)
        solver.changeColCost(number, 1.0)
        solver.changeColIntegrality(number, highspy.HighsVarType.kInteger)
    for cell in np.flatnonzero(problem.primary):
        for distance in (int(problem.up.flat[cell]), -int(problem.down.flat[cell])):
            if distance:
                _add_change(solver, problem, int(cell), distance)
    solver.run()
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        raise ValueError("no choice of cells protects: the bounds that are known beforehand are too narrow")
    chosen = np.array(solver.getSolution().col_value[:size]) > 0.5
    return np.asarray(chosen.reshape(problem.table.shape))


def _add_change(solver: highspy.Highs, problem: Problem, cell: int, change: int) -> None:
    """Another table with the same sums in which `cell` differs by `change`, and hidden cells only differ."""
    start = solver.getNumCol()
    for other in range(problem.table.size):
        least = float(problem.low.flat[other] - problem.table.flat[other])
        most = float(problem.high.flat[other] - problem.table.flat[other])
        fixed = other == cell
        solver.addVar(float(change) if fixed else least, float(change) if fixed else most)
        if problem.whole:
            solver.changeColIntegrality(start + other, highspy.HighsVarType.kInteger)
        if not fixed:
            solver.addRow(-highspy.kHighsInf, 0.0, 2, [start + other, other], [1.0, -most])
            solver.addRow(0.0, highspy.kHighsInf, 2, [start + other, other], [1.0, -least])
    for relation in relations(problem.table.shape):
        _row(solver, 0, [(start + item, sign) for item, sign in relation])


def _reaches(problem: Problem, hidden: Mask, cell: int, way: int) -> bool:
    low, high = Attacker(problem, hidden).bounds(cell)
    if way > 0:
        return bool(high >= problem.table.flat[cell] + problem.up.flat[cell] - NEAR)
    return bool(low <= problem.table.flat[cell] - problem.down.flat[cell] + NEAR)


def cheapest_change(problem: Problem, hidden: Mask, cell: int, change: int, prices: Values | None = None) -> Mask:
    """The cells of the cheapest change of a table in which `cell` differs by `change` and every sum holds.

    Hidden ones are free, others cost a little more the more they tell, times their price (flat; 1 unless given).
    Raises `ValueError` where there is none within the bounds.
    """
    solver, table, size = _solver(), problem.table, problem.table.size
    heaviest = float(np.log1p(table.max(initial=1)))
    for other in range(size):
        free = hidden.flat[other] or other == cell
        cost = 0.0 if free else 1.0 + float(np.log1p(table.flat[other])) / heaviest
        cost *= 1.0 if prices is None else float(prices[other])
        up = float(problem.high.flat[other] - table.flat[other])
        down = float(table.flat[other] - problem.low.flat[other])
        if problem.known.flat[other]:
            up = down = 0.0
        if other == cell:
            up, down = float(max(change, 0)), float(max(-change, 0))
        for way, most in enumerate((up, down)):
            solver.addVar(most if other == cell else 0.0, most)
            solver.changeColCost(2 * other + way, cost)
            if problem.whole:
                solver.changeColIntegrality(2 * other + way, highspy.HighsVarType.kInteger)
    for relation in relations(table.shape):
        _row(solver, 0, [(2 * other + way, sign * (1 - 2 * way)) for other, sign in relation for way in (0, 1)])
    solver.run()
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        raise ValueError("no choice of cells protects: the bounds that are known beforehand are too narrow")
    moved = np.array(solver.getSolution().col_value).reshape(size, 2)
    return np.asarray((np.abs(moved[:, 0] - moved[:, 1]) > NEAR).reshape(table.shape))


def _solver() -> highspy.Highs:
    found = highspy.Highs()  # type: ignore[no-untyped-call, unused-ignore]
    for name, value in (("output_flag", False), ("threads", 1), ("random_seed", 0), ("mip_rel_gap", 0.0)):
        found.setOptionValue(name, value)
    return found


def _row(solver: highspy.Highs, value: int, terms: list[tuple[int, int]]) -> None:
    columns, signs = [column for column, _ in terms], [float(sign) for _, sign in terms]
    solver.addRow(float(value), float(value), len(terms), columns, signs)
