"""Policies are read strictly, every fault at once; and the one in the documentation can be adopted."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from commonweal.adoption import check_rule
from commonweal.instruments import rule_file
from commonweal.kernel import authorisations
from commonweal.kernel.authorisations.policies import read_policy
from commonweal.kernel.values import BadInput, RuleFault
from envelopes import ORGANISATIONS, policy_text, signer

GUIDE = Path(__file__).resolve().parents[4] / "docs" / "opening-sealed-fields.md"
RULE = "authorisation.break_glass"


def faults(text: str) -> dict[str, str]:
    with pytest.raises(RuleFault) as error:
        authorisations.check_policy(RULE, text)
    return {fault.where: fault.code for fault in error.value.faults}


def test_a_good_policy_is_known_by_its_signers_and_quorum() -> None:
    file = rule_file(policy_text())
    assert file.room == "authorisations"
    check_rule(file)


def test_the_policy_in_the_guide_can_be_adopted() -> None:
    """With real keys in place of the dots, and the organisations that it leaves out."""
    (text,) = re.findall(r"```toml\n(.*?)```", GUIDE.read_text("utf-8"), re.S)
    text = text.replace("court.example/duty-judge+…", signer("court").vkey)
    for name in ORGANISATIONS[1:]:
        text += f"""
[[signer]]
organisation = "{name}"
title = {{ en = "The {name}", zh = "机构" }}
keys = [{{ vkey = "{signer(name).vkey}", from = 2026-01-01 }}]
"""
    check_rule(rule_file(text))


def test_every_fault_of_a_policy_is_named_at_once() -> None:
    text = policy_text().replace('zh = "开启密封内容"', 'zh = ""').replace("days_max = 30", "days_max = 0")
    text = text.replace('url = "https://law.example/7"', 'url = "law"') + 'remark = "no such key"\n'
    assert set(faults(text)) == {"title.zh", "days_max", "source.url", "signer.2.remark"}


@pytest.mark.parametrize(
    ("quorum", "where"),
    [
        ("quorum none", "quorum"),
        ("group g 2 court press\nquorum g", "quorum line 1"),
        ("group g 4 court ministry ombudsman\nquorum g", "quorum line 1"),
        ("group g any court\ngroup h any court\nquorum h", "quorum line 2"),
        (f"witness w {signer('court').vkey}\nquorum w", "quorum line 1"),
        ("group g any court", "quorum (whole)"),
    ],
)
def test_a_quorum_that_approves_nothing_or_counts_twice_is_refused(quorum: str, where: str) -> None:
    assert where in faults(policy_text(quorum=quorum))


@pytest.mark.parametrize(
    "quorum",
    [
        "quorum court",
        "group one any court ministry ombudsman\nquorum one",
        "group a all court ministry\ngroup b any a ombudsman\nquorum b",
    ],
)
def test_what_one_organisation_alone_would_open_is_not_adopted(quorum: str) -> None:
    """Whoever adopted a quorum of one, and signed as it, opened every sealed field. Another action may take one."""
    lax = policy_text(quorum=quorum)
    assert faults(lax) == {"quorum": "alone"}
    with pytest.raises(RuleFault, match="no fewer than 2 organisations"):
        check_rule(rule_file(lax))
    assert read_policy(lax).quorum.least() == 1, "adopted before, it is still read"
    authorisations.check_policy(RULE, lax.replace('action = "disclose"', 'action = "pause"'))


def test_keys_are_of_the_right_form_and_their_times_in_a_zone() -> None:
    bad = '{ vkey = "court+00000000+AAAA", from = 2026-01-01T00:00:00 }'
    assert faults(policy_text(keys={"court": bad})) == {
        "signer.0.keys.0.from": "zone", "signer.0.keys.0.vkey": "key"
    }  # fmt: skip


def test_a_request_shows_its_signer_no_line_that_is_not_its_own() -> None:
    """A purpose with a line break could look like another expiry to whoever reads before signing."""
    body = {"purpose": "Find out\nGood until 2099", "requester": "party:auditor"}
    with pytest.raises(BadInput) as error:
        authorisations.request_text(body)
    found = {fault.where: fault for fault in error.value.faults}
    assert found["purpose"].want == "printable text on one line"
    assert {"action", "log", "leaves", "basis", "expires", "nonce", "policy"} <= set(found)
