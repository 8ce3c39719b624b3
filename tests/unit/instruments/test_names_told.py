"""What the economic instruments refuse with names fields and kinds as people see them, not as programs do."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import commonweal

INSTRUMENTS = Path(commonweal.__file__).parent / "instruments"
NAME = re.compile(r"[a-z0-9]+(?:_[a-z0-9]+)+|\b[a-z_]+\.[a-z]+_[a-z_]+")
SENTENCE = re.compile(r"[A-Za-z]+,? [a-z]+")
TEXTS = {"programmes.py", "packages.py", "terms.py", "drafted.py", "trying.py"}
"""What reads rule texts and packages: whoever writes one writes these names, and is told them."""
EXAMPLES = {"a programme such as portable_benefits.several_payers"}
"""What stands in a cell of a payer's file."""


def refusals(path: Path) -> Iterator[ast.expr]:
    """The sentences with which a module refuses: what stands in its faults and is raised, or was named before."""
    for function in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(function, ast.FunctionDef):
            for node in ast.walk(function):
                if isinstance(node, ast.Call) and ast.unparse(node.func) in ("Fault", "ValueError", "Unsettled"):
                    yield from node.args
                elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in ("want", "also"):
                    yield node.value


def told(sentence: ast.expr) -> Iterator[str]:
    """Its words, with what stands in its places as code."""
    for node in ast.walk(sentence):
        if isinstance(node, ast.JoinedStr):
            yield "".join(
                str(one.value) if isinstance(one, ast.Constant) else "{" + ast.unparse(one).strip("f'{}") + "}"
                for one in node.values
            )
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


@pytest.mark.parametrize("instrument", ["portable_benefits", "adaptive_safety_net"])
def test_no_refusal_names_a_kind_or_field_as_a_program_does(instrument: str) -> None:
    """“Say more_than_owed with it” says nothing to whoever looks at a form."""
    found = [
        (path.name, words)
        for path in sorted((INSTRUMENTS / instrument).glob("*.py"))
        if path.name not in TEXTS
        for sentence in refusals(path)
        for words in told(sentence)
        if SENTENCE.search(words) and words not in EXAMPLES
        if NAME.search(re.sub(r"\{.*?\}", "", words)) or re.search(r"\{[A-Z_]+\.id\}", words)
    ]
    assert found == []
