"""A provision has the same place in both languages, and half a translation is none."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.kernel.values import cited, citing, is_cited_in

LAW = Path(str(files("commonweal.law")))


@pytest.mark.parametrize(
    ("citation", "chinese"),
    [
        (
            "Regulation (EU) 2024/1689, Art. 73(2), (5), (9), (10) with Art. 3(49)(a), (c), (d)",
            "《（欧盟）2024/1689 号条例》第73条第2款、第5款、第9款、第10款，结合第3条第49项(a)目、(c)目、(d)目",
        ),
        (
            "Regulation (EU) 2024/1689, Art. 51(1)(a) and (2), Art. 52(1); applies under Art. 113(b)",
            "《（欧盟）2024/1689 号条例》第51条第1款(a)项和第2款、第52条第1款；适用依第113条(b)项",
        ),
        (
            "Code of Practice, Safety and Security Chapter, Measure 9.3(4)",
            "《通用人工智能行为准则》安全与安保章节措施9.3第4项",
        ),
        (
            "N.Y. Gen. Bus. Law §§ 1420 (frontier model), 1421(3), 1425",
            "《纽约州一般商业法》第1420条（前沿模型）、第1421条(3)、第1425条",
        ),
        ("Provisions on Algorithm Recommendation, Art. 24(1)", "《互联网信息服务算法推荐管理规定》第二十四条第一款"),
        (
            "Civil Code of the People's Republic of China, Arts. 201 to 204",
            "《中华人民共和国民法典》第二百零一条至第二百零四条",
        ),
        ("Terms of this authority, 1; AC 00-46F", "本机构条款第1条；美国联邦航空管理局咨询通告 00-46F"),
    ],
)
def test_a_provision_is_cited_as_chinese_legal_writing_does(citation: str, chinese: str) -> None:
    """An article of definitions is divided into points, another into paragraphs; China counts its articles in words."""
    assert cited(citation, "zh") == chinese


@pytest.mark.parametrize(
    "citation",
    [
        "C. Sahm, Direct Stimulus Payments to Individuals, in: Recession Ready, Brookings 2019, ch. 3",
        "Regulation (EU) 2024/1689, Art. 73(2), as amended by something that nobody entered here",
        "An Act of this country, s. 4(1)",
        "",
    ],
)
def test_what_is_not_known_whole_stays_as_it_was_written(citation: str) -> None:
    """Half of a citation in another language names a provision that nobody finds."""
    assert cited(citation, "zh") == citation


def _citations(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "citation" and isinstance(inner, str):
                yield inner
            else:
                yield from _citations(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _citations(inner)


def test_all_law_that_comes_with_the_software_is_cited_in_both_languages() -> None:
    """A page in Chinese cites law in Chinese: whoever adds a law adds what its act is called there."""
    known = {one for path in LAW.rglob("*.toml") for one in _citations(tomllib.loads(path.read_text("utf-8")))}
    assert len(known) > 80
    assert sorted(one for one in known if not is_cited_in(one, "zh")) == []


@given(st.text(max_size=300) | st.from_regex(r"(Art\. [0-9(), a-z]{0,40}|; | and | with ){0,20}", fullmatch=True))
def test_any_citation_that_an_authority_writes_is_shown(citation: str) -> None:
    """An authority's own texts cite as they like: it is shown in some form, and English is never touched."""
    assert citing(citation)["en"] == citation
    assert bool(cited(citation, "zh")) == bool(citation)
