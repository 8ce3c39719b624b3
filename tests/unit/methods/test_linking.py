"""Linking: terms of two languages, agreements worked by hand, bounds, hostile texts, and the chance of being new."""

from __future__ import annotations

from math import exp, log, sqrt

import numpy as np
import pytest

from commonweal.methods.linking import Chances, Index, Report, Weights, brier, calibration_error, index, signs
from commonweal.methods.linking.chances import logistic
from commonweal.methods.linking.postings import Postings
from commonweal.methods.linking.terms import stem, terms

CHINESE = {
    "撞车": Report(
        "自动驾驶出租车撞上路边护栏", "一辆自动驾驶出租车在雨夜转弯时撞上护栏，车内两名乘客受轻伤。", ("远行科技",)
    ),
    "换脸": Report(
        "诈骗者用换脸视频冒充企业高管", "财务人员在视频会议中被换脸影像欺骗，向陌生账户转出巨款。", ("某银行",)
    ),
    "招聘": Report("简历筛选系统歧视女性", "招聘软件给女性求职者的简历打分偏低，公司随后停用该系统。", ("人才网",)),
    "误诊": Report("影像诊断模型漏诊肺结节", "医院发现诊断模型在旧设备拍摄的胸片上漏掉早期肺结节。", ("第三医院",)),
    "封号": Report("审核算法误封账号", "内容审核算法把历史教学影片当成暴力内容，教师的账号被封。", ()),
    "停电": Report("调度模型误判导致停电", "电网调度模型在热浪中低估负荷，三个街区停电四小时。", ("南城电网",)),
}
ENGLISH = {
    "bus": Report(
        "Shuttle bus hits lorry", "A driverless shuttle collided with a lorry on its first day.", ("keolis",)
    ),
    "spray": Report(
        "Robot bursts can", "A warehouse robot punctured a can of bear spray; workers fell ill.", ("amazon",)
    ),
    "tax": Report("Families accused", "An algorithm wrongly accused families of fraud with benefits.", ("tax office",)),
}


def holding(reports: dict[str, Report], **options: object) -> Index:
    held = Index(**options)  # type: ignore[arg-type]
    for key, report in reports.items():
        held.add(key, report)
    return held


def keys(held: Index, report: Report) -> list[str]:
    return [each.key for each in held.suggest(report).suggestions]


def of(text: str) -> list[str]:
    return [term for term, _ in terms(text, 1000)]


# ── terms ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_forms_of_an_english_word_have_one_stem() -> None:
    for forms in ("collide collided", "accident accidents", "company companies", "injure injured injuring", "bus bus"):
        assert len({stem(word) for word in forms.split()}) == 1, forms
    for short in ("gas", "glass", "virus", "4s", "née"):
        assert stem(short) == short


def test_words_that_only_hold_a_sentence_together_are_no_terms() -> None:
    """Two people who tell of themselves agree in "my" and "was", which says nothing of what happened to them."""
    assert [term for term, _ in terms("My phone was taken from me, and again my bank's app", 100)] == [
        stem("phone"), stem("taken"), stem("bank"), stem("app"),
    ]  # fmt: skip
    answer = holding({"mine": Report(text="my family and I"), "phone": Report(text="a phone case")}).suggest(
        Report(text="what was done to me and my phone")
    )
    assert [(found.key, [part.term for part in found.why]) for found in answer.suggestions] == [("phone", ["phone"])]


def test_a_small_number_alone_is_nothing_that_two_reports_have_in_common() -> None:
    """Day 2 and 2 November were seventeen percent of agreement; a year, a flight or a type of aircraft is told of."""
    assert of("On day 2, 12 of them; in 2023, flight 737 and 3m") == ["day", "2023", "flight", "737", "3m"]


def test_chinese_is_read_in_pairs_of_neighbours_beside_words_and_numbers() -> None:
    assert of("特斯拉Model 737撞车") == ["特斯", "斯拉", "model", "737", "撞车"]
    assert of("车") == ["车"]


def test_width_accents_apostrophes_and_grouped_digits_make_no_difference() -> None:
    assert of("Ｔｅｓｌａ’s Müller 1,391") == of("tesla muller 1391")
    assert of("한국어") == ["한국어"]


@pytest.mark.parametrize("hidden", ["\u202e", "\u2066", "\u200b", "\u200d", "\ufeff", "\u00ad"])
def test_marks_that_cannot_be_seen_neither_part_nor_change_a_word(hidden: str) -> None:
    assert of(f"dri{hidden}verless") == of("driverless")


def test_controls_part_words_and_half_a_character_is_nothing() -> None:
    assert of("one\x00two\x1bsix\ud800") == ["one", "two", "six"]


def test_no_term_is_long_and_no_text_is_read_beyond_its_bound() -> None:
    [(term, _)] = terms("x1" * 500, 1000)
    assert len(term) == 40
    assert of("word " * 10_000) == ["word"] * 200
    assert sum(1 for _ in terms("\ufdfa" * 1000, 1000)) <= 1000  # one sign that NFKC writes as eighteen


# ── agreements ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_words_agree_by_the_cosine_of_tf_idf_as_worked_by_hand() -> None:
    """Two reports share one of two words: ln(1 + 0.5 / 2.5) for the shared one, ln(1 + 1.5 / 1.5) for the others."""
    held = holding({"one": Report(text="alpha beta"), "two": Report(text="alpha gamma")})
    first, second = held.suggest(Report(text="alpha beta")).suggestions
    shared, own = log(1.2), log(2)
    assert (first.key, second.key) == ("one", "two")
    assert first.score == pytest.approx(0.85, abs=1e-9)
    assert second.score == pytest.approx(0.85 * shared**2 / (shared**2 + own**2), abs=1e-9)


def test_a_word_said_three_times_counts_one_and_the_logarithm_of_three() -> None:
    held = holding({"one": Report(text="alpha alpha alpha beta")})
    [found] = held.suggest(Report(text="beta")).suggestions
    assert found.score == pytest.approx(0.85 / sqrt(1 + (1 + log(3)) ** 2), abs=1e-9)


def test_a_copy_agrees_wholly_however_often_it_repeats_a_word() -> None:
    report = Report(text="signal " * 700 + "relay")
    best, *_ = holding({**ENGLISH, "copy": report}).suggest(report).suggestions
    assert (best.key, best.score) == ("copy", pytest.approx(0.85))


def test_days_agree_by_how_far_their_spans_are_apart() -> None:
    held = holding({"one": Report(text="alpha", days=(100, 110))})
    for asked, near in (((105, 105), 1.0), ((140, 150), exp(-1)), ((1, 40), exp(-2)), (None, 0.0)):
        [found] = held.suggest(Report(text="alpha", days=asked)).suggestions
        assert found.score == pytest.approx(0.85 + 0.08 * near, abs=1e-9)


def test_a_copy_with_names_and_days_agrees_wholly_and_says_why() -> None:
    report = Report("Shuttle bus hits lorry", "A driverless shuttle collided.", ("Keolis",), (10, 12))
    best, *_ = holding({**ENGLISH, "copy": report}).suggest(report).suggestions
    assert (best.key, best.score) == ("copy", 1.0)
    assert {part.agreement for part in best.why} == {"words", "names", "days"}
    assert "driverless" in {part.term for part in best.why}, "a reason is written as the report writes it"


def test_a_misspelt_name_is_read_as_the_one_that_is_held_and_told_as_it_was_written() -> None:
    held = holding(ENGLISH)
    best = held.suggest(Report(text="amzaon workers fell", names=("amazzon",))).suggestions[0]
    assert best.key == "spray"
    assert ("names", "amazzon") in {(part.agreement, part.term) for part in best.why}
    assert held.suggest(Report(text="zyxwvut")).suggestions == ()


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("雨天晚上，一辆无人出租车转弯撞到护栏，乘客受伤。", "撞车"),
        ("有人用AI换脸冒充高管开视频会议，骗走公司巨款。", "换脸"),
        ("公司的招聘软件给女性打分更低，已被停用。", "招聘"),
        ("胸片上的早期肺结节没有被模型发现。", "误诊"),
        ("老师上传历史影片后账号被算法封禁。", "封号"),
        ("热浪期间电网的模型低估用电负荷，造成停电。", "停电"),
    ],
)
def test_the_same_event_in_other_chinese_words_ranks_first(asked: str, meant: str) -> None:
    assert keys(holding(CHINESE | ENGLISH), Report(text=asked))[0] == meant


def test_the_rarest_terms_are_looked_up_first_when_work_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "POSTINGS_MAX", 3)
    many = {f"report {number}": Report(text=f"common usual word{number}") for number in range(50)}
    assert keys(holding(many), Report(text="common usual word7")) == ["report 7"]


def test_more_candidates_than_the_bound_are_cut_by_score_and_then_by_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "CANDIDATES_MAX", 10)
    many = {f"report {number:02}": Report(text="the same text") for number in reversed(range(40))}
    assert keys(holding(many), Report(text="the same text")) == [f"report {number:02}" for number in range(5)]


def test_a_search_leaves_none_out_that_shares_a_term(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "POSTINGS_MAX", 3)
    many = {f"report {number:03}": Report(text=f"common usual word{number}") for number in range(150)}
    found = holding(many | ENGLISH).ranked(Report(text="usual word7"))
    assert (found[0], sorted(found)) == ("report 007", sorted(many))


# ── bounds ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_empty_index_and_an_empty_report_suggest_nothing_and_are_told_as_new() -> None:
    for held, report in ((Index(), ENGLISH["bus"]), (holding(ENGLISH), Report()), (Index(), Report())):
        answer = held.suggest(report)
        assert answer.suggestions == ()
        assert answer.chance_new > 0.9
    assert keys(holding({"empty": Report(), "bus": ENGLISH["bus"]}), ENGLISH["bus"]) == ["bus"]


def test_one_report_alone_is_found_again() -> None:
    assert keys(holding({"bus": ENGLISH["bus"]}), ENGLISH["bus"]) == ["bus"]


def test_a_hostile_flood_of_text_is_read_up_to_its_bound_and_no_further() -> None:
    flood = "\u202e\x00" + " ".join(f"flood{number}" for number in range(1_000_000))
    held = holding({**ENGLISH, "flood": Report(flood, flood, (flood,) * 1000)})
    assert keys(held, Report(text="flood1 flood2"))[0] == "flood"
    assert keys(held, Report(text="flood999999 flood555555")) == keys(held, Report(text="flood9999999")), "not read"
    held.remove("flood")
    assert keys(held, ENGLISH["tax"])[0] == "tax"


def test_marks_piled_on_one_letter_change_nothing() -> None:
    assert of("a" + "\u0315\u0300" * 400 + "b") == ["ab"]


def test_a_full_index_a_key_held_already_and_days_in_disorder_are_refused() -> None:
    held = holding(ENGLISH, reports_max=3)
    with pytest.raises(ValueError, match="at most 3 reports are held; with more it would be 4"):
        held.add("more", Report())
    with pytest.raises(ValueError, match="bus is held already"):
        held.add("bus", Report())
    with pytest.raises(KeyError):
        held.remove("more")
    with pytest.raises(ValueError, match=r"saw \(2, 1\)"):
        Report(days=(2, 1))
    assert len(held) == 3
    assert "bus" in held


@pytest.mark.parametrize(
    ("bound", "most", "what"), [("VOCABULARY_MAX", 4, "different terms"), ("PAIRS_MAX", 5, "terms")]
)
def test_what_would_grow_past_a_bound_of_memory_is_refused_whole(
    monkeypatch: pytest.MonkeyPatch, bound: str, most: int, what: str
) -> None:
    monkeypatch.setattr(index, bound, most)
    held = holding({"one": Report(text="alpha beta gamma")})
    with pytest.raises(ValueError, match=f"at most {most} {what}"):
        held.add("two", Report(text="alpha delta omega"))
    assert len(held) == 1
    assert held.suggest(Report(text="delta omega")).suggestions == ()
    held.add("two", Report(text="alpha delta"))


def test_what_is_taken_out_gives_its_room_to_what_comes_in() -> None:
    held = Postings()
    for number in range(100):
        held.put(0, {f"own {number}": 1, "all": 300})
        held.take(0)
    assert len(held.terms) == 2
    assert (held.documents, held.total, held.pairs, held.ids) == (0, 0, 0, {})


# ── chances ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_signs_are_the_best_score_and_its_lead_over_the_third_to_the_eighth() -> None:
    given = signs(np.array([0.9, 0.5, 0.4, 0.2]), names=True, days=False)
    assert given == pytest.approx([0.9, 0.9 - 0.6 / 6, 1, 0])


def test_the_constant_alone_is_the_logarithm_of_the_odds() -> None:
    assert logistic(np.zeros((4, 0)), np.array([1.0, 1, 1, 0])) == pytest.approx([log(3)])


def test_a_coefficient_that_may_not_be_negative_is_zero_where_it_would_be() -> None:
    dice = np.random.default_rng(5)
    x = dice.normal(size=(400, 2))
    y = (dice.random(400) < 1 / (1 + np.exp(2 * x[:, 0] - x[:, 1]))).astype(float)
    free, barred = logistic(x, y), logistic(x, y, not_below_zero=(0,))
    assert free[1] < -1 < 0.5 < barred[2]
    assert barred[1] == 0
    chance = 1 / (1 + np.exp(-(free[0] + x @ free[1:])))
    assert (y - chance).sum() == pytest.approx(0, abs=1e-6), "chances come true on the whole (likelihood equation)"


def test_one_outcome_alone_cannot_be_fitted() -> None:
    with pytest.raises(ValueError, match="all outcomes the same"):
        logistic(np.zeros((3, 0)), np.ones(3))


def test_a_chance_follows_the_share_of_new_reports() -> None:
    """Bayes: at the odds where one in two is new, a share of nine in ten multiplies the odds of new by nine."""
    chances, given = Chances(0.0, 1.0, 1.0, 0.0, 0.0), np.zeros((1, 4))
    assert chances.new(given) == pytest.approx([0.5])
    assert chances.new(given, share_new=0.9) == pytest.approx([0.9])
    with pytest.raises(ValueError, match="saw 1"):
        chances.new(given, share_new=1.0)


def test_scores_of_chances_as_worked_by_hand() -> None:
    chances, outcomes = np.array([0.1, 0.1, 0.8, 0.8]), np.array([0.0, 1, 1, 1])
    assert brier(chances, outcomes) == pytest.approx((0.01 + 0.81 + 0.04 + 0.04) / 4)
    assert calibration_error(chances, outcomes) == pytest.approx((0.8 + 0.4) / 4)


def test_weights_fitted_on_pairs_are_shares_and_ignore_what_does_not_tell() -> None:
    dice = np.random.default_rng(7)
    agreements = dice.random((500, 3))
    linked = (agreements[:, 0] + 0.2 * agreements[:, 1] > 0.7).astype(float)
    found = Weights.fitted(agreements, linked, np.ones(500))
    assert found.words + found.names + found.days == pytest.approx(1)
    assert found.words > found.names > found.days
