"""Every fault of a body is named at once, with the value seen; what passes is ready to be recorded."""

from __future__ import annotations

import math
from datetime import date, datetime
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from commonweal.kernel.disclosure import PUBLIC, Filing, Kind, validate
from commonweal.kernel.disclosure.checking import ITEMS_MAX, TEXT_CHARS_MAX
from commonweal.kernel.values import BadInput, Text, canonical, read_json


class Loose(BaseModel):
    """A nested model that forgot to refuse what is not finite."""

    value: Any = None
    note: str | None = None


class Run(Filing):
    name: Annotated[str, PUBLIC]
    started: date | None = None
    noted: datetime | None = None
    flop: Annotated[float, Field(gt=0)] | None = None
    gpus: int | None = None
    tags: tuple[str, ...] = ()
    inner: Loose | None = None


KIND = Kind(id="model_registration.run", schema=Run, title=Text(en="Run", zh="训练"))


def faults(**body: Any) -> dict[str, str]:
    with pytest.raises(BadInput) as caught:
        validate(KIND, body)
    return {fault.where: fault.code for fault in caught.value.faults}


def test_what_passes_is_json_with_absent_fields_left_out() -> None:
    body = validate(KIND, {"name": " a ", "started": "2026-11-22", "noted": "2026-11-22T09:30:00Z", "flop": 10**25})
    assert body == {
        "name": "a", "started": "2026-11-22", "noted": "2026-11-22T09:30:00Z", "flop": 1e25, "tags": []
    }  # fmt: skip
    assert isinstance(body["flop"], float)
    assert read_json(canonical(body)) == body


def test_every_fault_is_named_at_once() -> None:
    found = faults(started="2026-02-30", flop=-3, gpus="many", tags=["ok", "nul\x00"], colour="red")
    assert set(found) == {"name", "started", "flop", "gpus", "tags.1", "colour"}


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 10**400, 10**5000], ids=lambda value: "number")
def test_numbers_must_be_finite(value: float) -> None:
    """10^5000 cannot even be printed by Python; it must be refused, not crash the door."""
    assert faults(name="a", flop=value) == {"flop": "not_finite"}
    assert faults(name="a", gpus=value) == {"gpus": "not_finite"}
    assert faults(name="a", inner={"value": [value]}) == {"inner.value.0": "not_finite"}


def test_a_whole_number_must_be_exact_in_json() -> None:
    assert faults(name="a", gpus=2**53) == {"gpus": "not_exact"}
    assert validate(KIND, {"name": "a", "gpus": 2**53 - 1})["gpus"] == 2**53 - 1


@pytest.mark.parametrize(
    "text", ["nul\x00", "bell\x07", "\x1b[31m", "\x7f", "abc\u202ecba", "\u2066x", "\ud800", "\ufffe", "\ufdd0"]
)
def test_texts_that_deceive_the_reader_are_refused_visibly(text: str) -> None:
    with pytest.raises(BadInput) as caught:
        validate(KIND, {"name": text})
    fault = caught.value.faults[0]
    assert fault.where == "name"
    assert fault.seen.isascii()
    assert "U+" in fault.want


@pytest.mark.parametrize(
    "text", ["línea\nnueva\ttab", "模型 一号", "עברית", "\u200fmark", "e\u0301", "\U0001f469\u200d\U0001f52c"]
)
def test_texts_of_the_world_pass(text: str) -> None:
    assert validate(KIND, {"name": text})["name"] == text


def test_names_of_fields_are_checked_too() -> None:
    assert "inner.va\x00lue (name)" in faults(name="a", inner={"va\x00lue": 1})


def test_sizes_are_limited_before_the_schema_sees_them() -> None:
    deep: Any = 1
    for _ in range(1_000):
        deep = [deep]
    assert faults(name="a", tags=["x"] * (ITEMS_MAX + 1)) == {"tags": "too_large"}
    assert faults(name="x" * (TEXT_CHARS_MAX + 1)) == {"name": "too_long"}
    assert set(faults(name="a", inner={"value": deep}).values()) == {"too_large"}


def test_a_million_faults_are_answered_with_some_of_them() -> None:
    assert len(faults(name="a", tags=["\x00"] * ITEMS_MAX)) <= 401


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(max_size=3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=10,
)


@given(st.dictionaries(st.sampled_from([*Run.model_fields, "other"]), JUNK, max_size=8))
def test_whatever_comes_is_either_refused_or_can_be_recorded(body: dict[str, Any]) -> None:
    try:
        recorded = validate(KIND, body)
    except BadInput:
        return
    assert validate(KIND, recorded) == recorded
    assert read_json(canonical(recorded)) == recorded
