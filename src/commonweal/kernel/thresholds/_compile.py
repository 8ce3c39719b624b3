"""A rule's expressions as the text of one small function, and that function set into the stream kernel.

The tree of an expression is written out as straight code over one key's ring of values, in the very order in which
the columns of `expressions.points` compute, so that the results are bit for bit the same. The text is compiled by numba
where that is installed (the extra `bulk`) and kept in the user's cache directory; without it, the same text runs as
plain Python for one event at a time, and whole batches go through NumPy (`methods.keyed_columns`).
"""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import inspect
import os
import stat
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

import numpy as np

from commonweal.kernel.expressions import tree as t
from commonweal.kernel.values import BadInput, Fault, FaultCollector, RuleFault
from commonweal.methods import dwelling, keyed_bounds, keyed_columns, keyed_stream
from commonweal.methods.keyed_stream import NEVER

from ._levels import OPPOSITE
from ._rules import ActOn, ThresholdRule
from ._writer import Writer

How = Literal["numba", "plain"]
HOW = "pip install 'commonweal[bulk]' brings numba; without it, leave the choice of engine open"
SCALARS = ("nearest", "rounded", "divided", "both", "either", "least", "greatest", "held", "while_firing", "while_idle",
           "step", "shared", "stand")  # fmt: skip
INLINED = ("rung", "judge", "climb", "heard", "clean", "edge")
BOUNDS = tuple(name for name, made in vars(keyed_bounds).items() if inspect.isfunction(made) and name not in SCALARS)
_SIGNATURE = "def judge(values, ring, period, mask, series):"
FROM_ADOPTION_ON = (
    "a rule with expr: what must follow what is judged entry by entry from the adoption of the rule on "
    "(`weal rule adopt`), over no history"
)
_CLIMB = "def climb(memory, values, place, ring, period, mask, series, waited, shown, base, law):"
_MARK = "# --- the rule's own "
_SHARED = """
from numba import njit as _njit

_scalar = _njit(nogil=True, error_model="numpy", forceinline=True, no_cpython_wrapper=True, no_cfunc_wrapper=True)
"""
_JIT = """
from numba import njit as _njit

_inlined = _njit(nogil=True, error_model="numpy", inline="always")
{wrapped}
receive = _njit(nogil=True, error_model="numpy", cache={cached})(receive)
receive_one = _njit(nogil=True, error_model="numpy", cache={cached})(receive_one)
"""


def numba_is_here() -> bool:
    """Whether numba can be imported, without importing it."""
    loaded = sys.modules.get("numba", ...)
    return importlib.util.find_spec("numba") is not None if loaded is ... else loaded is not None


def columns_of(rule: ThresholdRule) -> tuple[str, ...]:
    """The series that a rule reads, in the order of the kernel's columns."""
    return tuple(sorted(rule.series))


def kernel_text(rule: ThresholdRule) -> str:
    """The source of the stream kernel with the rule's own `judge` in it.

    Raises `RuleFault` where the rule cannot be judged key by key (see `check_by_key`).
    """
    check_by_key(rule)
    shared = _shared_text(bounded=rule.act_on != "point")
    return "\n\n".join([*shared, _MARK + "expressions ---\n" + judge_text(rule), climb_text(rule)])


def _shared_text(*, bounded: bool) -> list[str]:
    """The sources of what every rule's kernel has: of numbers, and of their bounds."""
    lines = inspect.getsource(keyed_bounds).splitlines(keepends=True) if bounded else []
    own = "".join(line for line in lines if not line.startswith(("from ", "import ")))
    return [inspect.getsource(keyed_stream), *([own] if bounded else [])]


def check_by_key(rule: ThresholdRule) -> None:
    """Refuse, with every reason at once, a rule whose state about one key needs more than that key's own values."""
    faults = FaultCollector(f"rule {rule.id} over a stream", RuleFault)
    want = "about each subject's own series; `weal backtest` judges this rule"
    summed = any(isinstance(node, t.Total | t.Over) for part in rule.parts for node in t.walk(part.tree))
    if rule.by == "all" or summed:
        faults.add("expr", rule.expr.text, f"{want} (sum_by and sum_over look at several at once)", "not_by_key")
    if rule.response is not None:
        faults.add("after", str(rule.response.after), FROM_ADOPTION_ON, "not_by_key")
    faults.done()


def judge_text(rule: ThresholdRule) -> str:
    """The source of `judge` alone."""
    writer = Writer(columns_of(rule), bounded=rule.act_on != "point")
    away: ActOn = OPPOSITE[rule.act_on]
    breached = writer.side(rule.expr, rule.act_on)
    clear = writer.side(rule.clear, away) if rule.clear else writer.made(f"1.0 - {breached}")
    return "\n".join([_SIGNATURE, *writer.lines, f"    return {breached}, {clear}", ""])


def climb_text(rule: ThresholdRule) -> str:
    """The source of `climb`, which moves the machines of a rule's levels; none for a rule without."""
    if not rule.levels:
        return ""
    writer = Writer(columns_of(rule), bounded=rule.act_on != "point")
    side, away = rule.act_on, OPPOSITE[rule.act_on]
    value = writer.side(rule.lets[rule.value], away if rule.levels[0].falling else side)
    at = [writer.put(level.at.tree, "period") for level in rule.levels]
    held = []
    for number, level in enumerate(rule.levels):
        on = writer.side(level.on, side)
        off = writer.side(level.off, away) if level.off else writer.made(f"1.0 - {on}")
        where = f"place + {keyed_columns.LEVEL + dwelling.FIELDS * number}"
        held.append(writer.made(f"rung(memory, {where}, period, waited, {on}, {off}, {number}, law)"))
    writer.say("if shown == UNKNOWN:")
    writer.say("    return False")
    top, share = writer.made("NO_LEVEL"), writer.made("0")
    for number, on in enumerate(held):
        writer.say(f"if base == FIRING and {on}:")
        writer.say(f"    {top} = {number}")
        own = "OWN_SHARE"
        if number + 1 < len(held):
            scales = f"{rule.levels[number].scale!r}, {rule.levels[number + 1].scale!r}"
            own = f"shared({value}, {at[number]}, {at[number + 1]}, {scales})"
        writer.say(f"    {share} = {own}")
    return "\n".join([_CLIMB, *writer.lines, f"    return stand(memory, place, {top}, {share})", ""])


@dataclass(frozen=True, slots=True)
class Kernel:
    """The two ways into a rule's kernel (see `methods.keyed_stream`)."""

    receive: Callable[..., tuple[int, int]]
    receive_one: Callable[..., int]

    def single(self, *held: Any) -> Callable[..., int]:
        """`receive_one` compiled for just what it is given here, so that no call looks again at what each thing is."""
        self.receive_one(0, NEVER, 0, 0.0, 0, *_copied(held))
        compiled: Any = self.receive_one
        found: Callable[..., int] = compiled.overloads[compiled.signatures[0]].entry_point
        return found


@functools.lru_cache(maxsize=64)
def kernel(text: str, how: How) -> Kernel:
    """A kernel from its text. The first call of a compiled one takes a second or two, or less from the cache."""
    if how == "plain":
        module = ModuleType("commonweal_rule")
        exec(compile(text, "<rule>", "exec", dont_inherit=True), module.__dict__)
        return Kernel(module.receive, _one_by_one(module.receive))
    if not numba_is_here():
        raise BadInput(Fault("numba", "(not installed)", HOW, "missing_extra"), "run")
    module = _compiled(text)
    return Kernel(module.receive, module.receive_one)


def _copied(held: tuple[Any, ...]) -> tuple[Any, ...]:
    """A first key's worth of the same kinds of arrays, for a call that is not to count."""
    return tuple(np.resize(array, max(len(array), 64)) for array in held)


def _one_by_one(receive: Callable[..., tuple[int, int]]) -> Callable[..., int]:
    """`receive_one` over lists, whose slices are copies."""

    def receive_one(  # noqa: PLR0917 - as the compiled one
        key: int, period: int, column: int, value: float, place: int, box: Any, observed: Any, aside: Any, *held: Any
    ) -> int:
        aside[0] = 0
        _, made = receive(0, (key,), (period,), (column,), (value,), (place,), aside, *held)
        return -1 if aside[0] else made

    return receive_one


def _compiled(text: str) -> ModuleType:
    folder = cache_folder()
    scalars = ", ".join(name for name in (*SCALARS, *BOUNDS) if f"\ndef {name}(" in text)
    wrapped = [f"from {__name__}_scalars import {scalars}", *(f"{name} = _inlined({name})" for name in INLINED)]
    _scalars()
    whole = text + _JIT.format(wrapped="\n".join(wrapped), cached=folder is not None)
    name = f"rule_{hashlib.sha256(whole.encode()).hexdigest()[:24]}"
    if folder is not None:
        return _from_cache(folder, name, whole)
    module = ModuleType(name)
    exec(compile(whole, f"<{name}>", "exec", dont_inherit=True), module.__dict__)
    return module


@functools.cache
def _scalars() -> None:
    """Have what all rules share compiled once in a process, where their kernels import it: it is half of each.

    Its text stays in every kernel's, so that one that was kept is made anew when it changes.
    """
    wrapped = "\n".join(f"{name} = _scalar({name})" for name in (*SCALARS, *BOUNDS))
    whole = "\n\n".join([*_shared_text(bounded=True), _SHARED + wrapped])
    module = ModuleType(f"{__name__}_scalars")
    exec(compile(whole, f"<{module.__name__}>", "exec", dont_inherit=True), module.__dict__)
    sys.modules[module.__name__] = module


def cache_folder() -> Path | None:
    """Where compiled rules are kept between runs; None where there is no folder of ours that nobody else may write.

    `COMMONWEAL_CACHE` names another place. What lies there is loaded as code, hence the care.
    """
    base = os.environ.get("COMMONWEAL_CACHE") or os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    folder = Path(base) / "commonweal" / f"rules-{sys.implementation.cache_tag}"
    with suppress(OSError, RuntimeError):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        held = folder.stat()
        ours = not hasattr(os, "getuid") or held.st_uid == os.getuid()
        if ours and not held.st_mode & (stat.S_IWGRP | stat.S_IWOTH) and os.access(folder, os.W_OK):
            return folder
    return None


def _from_cache(folder: Path, name: str, whole: str) -> ModuleType:
    """The module of a kernel, written to the cache unless it is there already, word for word."""
    path = folder / f"{name}.py"
    if not path.is_file() or path.read_text("utf-8") != whole:
        part = folder / f".{name}.{os.getpid()}"
        part.write_text(whole, "utf-8")
        part.replace(path)
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # where numba looks for what it kept
    spec.loader.exec_module(module)
    return module
