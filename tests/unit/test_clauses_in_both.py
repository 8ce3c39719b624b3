"""Whoever claims in Chinese reads in Chinese by which clause they are paid or refused."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from commonweal.instruments import adaptive_safety_net
from commonweal.instruments.adaptive_safety_net.clauses import clause
from commonweal.instruments.adaptive_safety_net.conversation import conditions
from commonweal.kernel.values import read_toml

HERE = Path(adaptive_safety_net.__file__).parent


def _clauses(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, one in value.items():
            if name.startswith("clause") and isinstance(one, str):
                yield one
            else:
                yield from _clauses(one)
    elif isinstance(value, list):
        for one in value:
            yield from _clauses(one)


def _shipped() -> set[str]:
    found = set[str]()
    for path in [*HERE.glob("packages/*/package.toml"), *HERE.glob("designs/*.toml")]:
        found |= set(_clauses(read_toml(path.read_text("utf-8"), path.name)))
    return found


def test_every_clause_of_a_shipped_text_is_said_in_chinese():
    told = {
        row["en"]: row["zh"] for row in read_toml((HERE / "clauses.toml").read_text("utf-8"), "clauses.toml")["said"]
    }
    assert not _shipped() - set(told), (
        "clauses.toml has a row for each; rows of older texts stay, for programmes that are open on them"
    )
    words = {en: zh for en, zh in told.items() if ": " in en or en.startswith(("This package", "Ours"))}
    assert len(words) > 40
    assert not [en for en, zh in words.items() if not any("\u4e00" <= sign <= "\u9fff" for sign in zh)]


def test_a_condition_is_read_with_its_clause_in_the_readers_language():
    title = {"en": "The death", "zh": "死亡"}
    (line,) = conditions([{"title": title, "clause": "This package, text: a payment to the living", "holds": True}])
    assert line["en"].endswith("(This package, text: a payment to the living)")
    assert line["zh"].endswith("（本方案文本：仅向在世者支付）")


def test_a_clause_of_an_offices_own_text_is_shown_as_it_is():
    assert clause("Our act, section 3").in_("zh") == "Our act, section 3"
