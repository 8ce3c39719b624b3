"""The page about rules names every key and word there is, and its examples are read as they stand."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from commonweal.kernel.expressions.language import FUNCTIONS
from commonweal.kernel.thresholds import explained, mtl, read_rule
from commonweal.kernel.thresholds._parts import LEVEL_KEYS, SAME, THEN_KEYS
from commonweal.kernel.thresholds._rules import KEYS, TABLE_KEYS

PAGE = (Path(__file__).parents[4] / "docs" / "rules.md").read_text("utf-8")


def blocks(kind: str) -> list[str]:
    return [found.strip() for found in re.findall(rf"```{kind}\n(.*?)```", PAGE, re.S)]


@pytest.mark.parametrize("name", sorted({*KEYS, *TABLE_KEYS, *FUNCTIONS, *LEVEL_KEYS, *THEN_KEYS, *SAME}))
def test_the_page_names_it(name: str) -> None:
    assert re.search(rf"`[^`]*\b{name}\b[^`]*`", PAGE)


def test_its_examples_are_rules_and_say_what_the_page_says_they_say() -> None:
    series, follow_up = (read_rule(text) for text in blocks("toml"))
    assert [explained(series, {})["en"]] == blocks("words")
    assert [mtl(series)] == blocks("mtl")
    assert mtl(follow_up).split("  (")[0] in PAGE
