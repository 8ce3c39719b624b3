"""Nobody is shown a regular expression, an escaped letter or an instant as a program writes it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

import commonweal
from commonweal.authority.declared import all_kinds
from commonweal.doors.portal.refusals import Refusals
from commonweal.instruments import discover
from commonweal.kernel import persons
from commonweal.kernel.disclosure.checking import validate
from commonweal.kernel.values import BadInput, faults_of
from commonweal.kernel.values.patterns import OTHERWISE, plainly

SIGNS_OF_A_PATTERN = re.compile(r"[\^$\\{}]|\[[a-z0-9]|\.\*|\(\?|\]\+")
CATALOGUES = [Path(commonweal.__file__).parent / "doors" / "portal" / "messages"]


def patterns(schema: Any) -> Iterator[str]:
    """Every pattern in a JSON Schema."""
    if isinstance(schema, dict):
        if isinstance(schema.get("pattern"), str):
            yield schema["pattern"]
        for part in schema.values():
            yield from patterns(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from patterns(part)


def test_every_form_of_a_text_is_told_in_plain_words_in_both_languages() -> None:
    kinds = all_kinds([one.instrument for one in discover().values()])
    found = {pattern for kind in kinds for pattern in patterns(kind.schema.model_json_schema())}
    chinese = Refusals("zh", CATALOGUES)
    assert len(found) > 40
    for pattern in sorted(found):
        words = plainly(pattern)
        assert words != OTHERWISE, f"{pattern}: say in kernel/values/patterns.py what it looks like"
        assert not SIGNS_OF_A_PATTERN.search(words), (pattern, words)
        told = chinese.told(words)
        assert told, f"{words}: put it into refusals.po"
        assert re.search("[\u4e00-\u9fff]", told), told


def test_a_pattern_of_a_stranger_is_told_in_general_words() -> None:
    """A mechanism of somebody else may have patterns that the house knows nothing of."""

    class Strange(BaseModel):
        name: str

    assert plainly(r"^(?i:ab|cd)\W{3}$") == OTHERWISE
    with pytest.raises(ValidationError) as caught:
        Strange.model_validate({"name": 3})
    assert [one.want for one in faults_of(caught.value)] == ["text"]


def test_only_the_bad_character_of_a_name_is_shown_by_its_number() -> None:
    with pytest.raises(BadInput) as caught:
        validate(persons.NOTED, {"person": "person:1", "name": "王小明\u202egpj"})
    assert [one.seen for one in caught.value.faults] == ["王小明[U+202E]gpj"]
