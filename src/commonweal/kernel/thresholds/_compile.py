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
import math
import os
import stat
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

import numpy as np

from commonweal.kernel.expressions import tree as t
from commonweal.kernel.values import BadInput, Fault, FaultCollector, RuleFault
from commonweal.methods import keyed_stream
from commonweal.methods.keyed_stream import NEVER

from ._rules import ThresholdRule

How = Literal["numba", "plain"]
HOW = "pip install 'commonweal[bulk]' brings numba; without it, leave the choice of engine open"
SCALARS = ("nearest", "rounded", "divided", "both", "either", "least", "greatest", "held", "while_firing", "while_idle",
           "step")  # fmt: skip
INLINED = ("judge", "heard", "clean", "edge")
_SIGNATURE = "def judge(values, ring, period, mask, series):"
_MARK = "# --- the rule's own "
_JIT = """
from numba import njit as _njit

_scalar = _njit(nogil=True, error_model="numpy", forceinline=True)
_inlined = _njit(nogil=True, error_model="numpy", inline="always")
{wrapped}
receive = _njit(nogil=True, error_model="numpy", cache={cached})(receive)
receive_one = _njit(nogil=True, error_model="numpy", cache={cached})(receive_one)
"""
_COMPARE = {
    ">": "{} > 0.0",
    ">=": "{} >= 0.0",
    "<": "{} < 0.0",
    "<=": "{} <= 0.0",
    "==": "{} == 0.0",
    "!=": "{} != 0.0",
}


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
    return inspect.getsource(keyed_stream) + "\n\n" + _MARK + "expressions ---\n" + judge_text(rule)


def check_by_key(rule: ThresholdRule) -> None:
    """Refuse, with every reason at once, a rule whose state about one key needs more than that key's own values."""
    faults = FaultCollector(f"rule {rule.id} over a stream", RuleFault)
    want = "about each subject's own series; `weal backtest` judges this rule"
    summed = any(isinstance(node, t.Total | t.Over) for part in rule.parts for node in t.walk(part.tree))
    if rule.by == "all" or summed:
        faults.add("expr", rule.expr.text, f"{want} (sum_by and sum_over look at several at once)", "not_by_key")
    if rule.act_on != "point":
        faults.add("act_on", rule.act_on, f'"point", {want}', "not_by_key")
    if rule.response is not None:
        faults.add("after", rule.id, "a rule with expr: what must follow what is read from entries", "not_by_key")
    faults.done()


def judge_text(rule: ThresholdRule) -> str:
    """The source of `judge` alone."""
    writer = _Writer(columns_of(rule))
    breached = writer.put(rule.expr.tree, "period")
    clear = writer.put(rule.clear.tree, "period") if rule.clear else writer.made(f"1.0 - {breached}")
    return "\n".join([_SIGNATURE, *writer.lines, f"    return {breached}, {clear}", ""])


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
        key: int, period: int, column: int, value: float, place: int, box: Any, observed: Any, *held: Any
    ) -> int:
        aside = [0]
        _, made = receive(0, (key,), (period,), (column,), (value,), (place,), aside, *held)
        return -1 if aside[0] else made

    return receive_one


def _compiled(text: str) -> ModuleType:
    folder = cache_folder()
    wrapped = [f"{name} = _scalar({name})" for name in SCALARS] + [f"{name} = _inlined({name})" for name in INLINED]
    whole = text + _JIT.format(wrapped="\n".join(wrapped), cached=folder is not None)
    name = f"rule_{hashlib.sha256(whole.encode()).hexdigest()[:24]}"
    if folder is not None:
        return _from_cache(folder, name, whole)
    module = ModuleType(name)
    exec(compile(whole, f"<{name}>", "exec", dont_inherit=True), module.__dict__)
    return module


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


class _Writer:
    """Writes a tree as statements; `put` gives the name that holds a node's value in a period."""

    def __init__(self, columns: Sequence[str]) -> None:
        self.columns = columns
        self.lines: list[str] = []
        self.known: dict[tuple[int, str], str] = {}
        self.names = 0
        self.depth = 1

    def say(self, line: str) -> None:
        self.lines.append("    " * self.depth + line)

    def made(self, value: str) -> str:
        """A new name for a value."""
        self.names += 1
        self.say(f"v{self.names} = {value}")
        return f"v{self.names}"

    def put(self, node: t.Node, at: str) -> str:
        """The name of a node's value in the period that `at` names; what is the same is computed once."""
        key = (id(node.of), at) if isinstance(node, t.Quantity) else (id(node), at)
        if key not in self.known:
            self.known[key] = self.put(node.of, at) if isinstance(node, t.Quantity) else self._written(node, at)
        return self.known[key]

    def _written(self, node: t.Node, at: str) -> str:
        match node:
            case t.Number() | t.Truth():
                return f'float("{float(node.value)!r}")' if math.isinf(node.value) else repr(float(node.value))
            case t.Series():
                column = self.columns.index(node.name)
                return self.made(f"values[ring + ({at} & mask) * series + {column}]")
            case t.Unary():
                inner = self.put(node.of, at)
                return self.made(f"-{inner}" if node.op == "-" else f"1.0 - {inner}")
            case t.Binary():
                return self.made(_binary(node.op, self.put(node.left, at), self.put(node.right, at)))
            case t.Compare():
                difference = self.made(f"nearest({self.put(node.left, at)} - {self.put(node.right, at)}, 1e9)")
                return self.made(
                    f"NAN if {difference} != {difference} else (1.0 if {difference} {node.op} 0.0 else 0.0)"
                )
            case t.Choice():
                condition, then, otherwise = (self.put(child, at) for child in t.children(node))
                return self.made(
                    f"NAN if {condition} != {condition} else ({then} if {condition} == 1.0 else {otherwise})"
                )
            case t.Apply():
                return self._applied(node, self.put(node.of, at))
            case t.Window():
                return self._window(node, at)
            case t.Since():
                return self._since(node, at)
            case _:
                raise TypeError(f"{type(node).__name__} is not judged key by key")

    def _applied(self, node: t.Apply, inner: str) -> str:
        if node.op == "known":
            return self.made(f"0.0 if {inner} != {inner} else 1.0")
        return self.made(f"abs({inner})" if node.op == "abs" else f"rounded({inner}, {10.0**node.places!r})")

    def _window(self, node: t.Window, at: str) -> str:
        if node.op in ("lag", "rate"):
            before = self.put(node.of, self.made(f"{at} - {node.periods}"))
            return before if node.op == "lag" else self.made(f"({self.put(node.of, at)} - {before}) / {node.periods}.0")
        start, fold = _FOLDS[node.op]
        folded = self.made(start)

        def line(past: str) -> str:
            return f"{folded} = {fold.format(folded, self.put(node.of, past))}"

        self._looped(node.periods, at, line, newest_first=node.op == "last")
        return self.made(f"{folded} / {node.periods}.0") if node.op == "mean" else folded

    def _since(self, node: t.Since, at: str) -> str:
        folded = self.made("0.0")

        def line(past: str) -> str:
            return f"{folded} = either({self.put(node.start, past)}, both({self.put(node.hold, past)}, {folded}))"

        self._looped(node.periods, at, line)
        return folded

    def _looped(self, periods: int, at: str, line: Callable[[str], str], newest_first: bool = False) -> None:
        """A loop over the periods of a window."""
        back = self.made("0")
        self.say(f"for {back} in range({periods if newest_first else f'{periods - 1}, -1, -1'}):")
        self.depth += 1
        self.say(line(self.made(f"{at} - {back}")))
        self.depth -= 1


_FOLDS = {
    "mean": ("0.0", "{} + {}"),
    "sum": ("0.0", "{} + {}"),
    "count": ("0.0", "{} + {}"),
    "min": ('float("inf")', "least({}, {})"),
    "max": ('-float("inf")', "greatest({}, {})"),
    "last": ("NAN", "{1} if {0} != {0} else {0}"),
    "always": ("1.0", "both({}, {})"),
    "once": ("0.0", "either({}, {})"),
}


def _binary(op: str, left: str, right: str) -> str:
    words = {"/": "divided", "and": "both", "or": "either", "least": "least", "greatest": "greatest"}
    return f"{words[op]}({left}, {right})" if op in words else f"{left} {op} {right}"
