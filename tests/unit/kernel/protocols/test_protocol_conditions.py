from __future__ import annotations

import pytest

from commonweal.kernel.protocols.conditions import condition
from commonweal.kernel.values import BadInput

VALUES = {"__a__": "x", "__b__": "y", "__none__": None}


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("__a__:value = 'x'", True),
        ("__a__:value == 'y'", False),
        ("__a__:value != 'y'", True),
        ("__a__:value IN ('w', 'x')", True),
        ("NOT __a__:value = 'x'", False),
        ("__a__:value = 'x' AND __b__:value = 'z'", False),
        ("__a__:value = 'q' OR __b__:value = 'y'", True),
        # AND binds closer than OR; parentheses change that
        ("__a__:value = 'x' OR __b__:value = 'y' AND __b__:value = 'z'", True),
        ("(__a__:value = 'x' OR __b__:value = 'y') AND __b__:value = 'z'", False),
        # what is not known stays unknown, unless the rest decides
        ("__none__:value = 'x'", None),
        ("__none__:value != 'x'", None),
        ("NOT __none__:value = 'x'", None),
        ("__none__:value = 'x' AND __a__:value = 'q'", False),
        ("__none__:value = 'x' OR __a__:value = 'x'", True),
        ("__none__:value = 'x' AND __a__:value = 'x'", None),
    ],
)
def test_conditions_answer_true_false_or_unknown(text: str, answer: bool | None) -> None:
    assert condition(text).holds(VALUES) is answer


def test_a_condition_names_its_variables_once_each_in_order() -> None:
    assert condition("__b__:value = '1' AND (__a__:value = '2' OR __b__:value = '3')").variables() == ("__b__", "__a__")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "__a__ = 'x'",
        "__a__:value = x",
        "__a__:value = 'x' AND",
        "__a__:value = 'x' __b__:value = 'y'",
        "(__a__:value = 'x'",
        "__a__:value IN ()",
        "__import__('os')",
        "NOT " * 5000 + "__a__:value = 'x'",
        "NOT " * 30 + "__a__:value = 'x'",
        7,
    ],
)
def test_anything_else_is_refused(text: object) -> None:
    with pytest.raises(BadInput) as caught:
        condition(text)  # type: ignore[arg-type]
    assert caught.value.faults[0].code == "condition"
