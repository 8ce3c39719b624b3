"""A claim that a person refused is granted by nobody but a person, whatever is filed anew."""

from __future__ import annotations

from pathlib import Path

from net_house import WORKER, Net

CLAIM = "support_claim:c-1"


def test_a_refused_claim_that_is_filed_again_waits_for_a_person(tmp_path: Path) -> None:
    """Else one cent more undoes what an officer found out about a fraud."""
    net = Net.found(tmp_path / "office")
    with net.authority:
        net.opened()
        net.at("2026-05-11T09:00:00Z")
        net.claim(WORKER)
        assert net.standing().state == "eligible"
        facts = net.standing().entry
        net.file("decided", claim=CLAIM, outcome="not_eligible", facts=facts, words="This person never worked there.")
        net.claim(WORKER, earned="4200.01")
        assert net.standing().state == "waits"
        net.run("2026-06")
        assert not any(net.paid().values())
        facts = net.standing().entry
        net.file("decided", claim=CLAIM, outcome="eligible", facts=facts, words="The employer was wrong.")
        assert net.standing().state == "eligible"
