"""Taxonomies as data: each a text with its questions and codes, several at once."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

from commonweal.kernel.instrument import Fault, Text
from commonweal.kernel.values import read_toml, text


@dataclass(frozen=True, slots=True)
class Question:
    """One question of a taxonomy: what it asks, and its codes; `ordered` are those that have an order, least first."""

    id: str
    title: Text
    codes: Mapping[str, Text]
    ordered: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """A taxonomy of incidents, with where it comes from."""

    id: str
    version: str
    title: Text
    citation: str
    url: str
    questions: Mapping[str, Question]


@functools.cache
def taxonomies() -> Mapping[str, Taxonomy]:
    """Every taxonomy that ships here, by id."""
    files = sorted(
        (item for item in resources.files(__package__).iterdir() if item.name.endswith(".toml")),
        key=lambda item: item.name,
    )
    found = [_read(item.read_text(encoding="utf-8"), item.name) for item in files]
    return {taxonomy.id: taxonomy for taxonomy in found}


def _read(words: str, name: str) -> Taxonomy:
    data = read_toml(words, name)
    questions = {one["id"]: _question(one) for one in data["question"]}
    return Taxonomy(data["id"], data["version"], text(data["title"]), data["citation"], data["url"], questions)


def _question(one: Mapping[str, Any]) -> Question:
    codes = {str(code): text(said) for code, said in one["codes"].items()}
    ordered = tuple(one.get("ordered", ()))
    if not codes.keys() >= set(ordered):
        raise ValueError(f"{one['id']}: ordered has {sorted(set(ordered) - codes.keys())}, which are no codes")
    return Question(one["id"], text(one["title"]), codes, ordered)


def faults_of(taxonomy: str, codes: Mapping[str, Sequence[str]]) -> Iterable[Fault]:
    """What is wrong with a classification: a taxonomy, question or code that there is not."""
    known = taxonomies().get(taxonomy)
    if known is None:
        yield Fault("taxonomy", taxonomy, "one of: " + ", ".join(taxonomies()), "unknown_name")
        return
    for question, given in codes.items():
        asked = known.questions.get(question)
        if asked is None:
            yield Fault(f"codes.{question}", question, "one of: " + ", ".join(known.questions), "unknown_name")
            continue
        for code in given:
            if code not in asked.codes:
                yield Fault(f"codes.{question}", code, "one of: " + ", ".join(asked.codes), "unknown_name")
