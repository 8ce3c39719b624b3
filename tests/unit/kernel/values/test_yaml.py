"""YAML from outside is read as plain values and within bounds."""

from __future__ import annotations

import pytest

from commonweal.kernel.values import BadInput, TooLarge, read_yaml
from commonweal.kernel.values import yaml as reader


def test_the_core_schema_keeps_days_and_words_as_text() -> None:
    text = "day: 2026-01-01\nword: yes\ntruth: true\nnumber: 3\n"
    assert read_yaml(text, "x", core=True) == {"day": "2026-01-01", "word": "yes", "truth": True, "number": 3}
    assert read_yaml(text, "x")["word"] is True


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("a: &a 1\nb: *a\n", "line 2, column 4"),
        ("a: 1\na: 2\n", "line 2, column 1"),
        ("a: [1\n", "line 2, column 1"),
        ("!!python/object:os.system {}\n", "line 1, column 1"),
    ],
)
def test_aliases_names_given_twice_and_what_builds_objects_are_refused_by_their_place(text: str, where: str) -> None:
    with pytest.raises(BadInput) as caught:
        read_yaml(text, "file.yaml")
    assert caught.value.faults[0].code == "yaml"
    assert caught.value.faults[0].where == where


@pytest.mark.parametrize("text", ["[" * 5000, "{" * 101, "\n".join(" " * n + f"a{n}:" for n in range(200))])
def test_what_is_nested_too_deep_is_refused_by_its_place_and_not_in_the_words_of_the_language(text: str) -> None:
    with pytest.raises(BadInput) as caught:
        read_yaml(text, "file.yaml", core=True)
    (fault,) = caught.value.faults
    assert (fault.code, fault.seen, fault.want) == ("too_deep", "101", "at most 100 levels")
    assert fault.where.startswith("line ")
    assert read_yaml("[" * 100 + "]" * 100, "file.yaml") is not None


def test_what_is_too_long_is_refused_before_it_is_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "CHARACTERS_MAX", 10)
    with pytest.raises(TooLarge):
        read_yaml("a: " + "x" * 10, "file.yaml")
