"""A certificate says what the policies let everyone read, whatever the marking of a field would."""

from __future__ import annotations

from pathlib import Path

from attested import Office
from commonweal.instruments.model_registration import certificate
from commonweal.kernel.disclosure import Policies, PolicyText, house_texts
from commonweal.kernel.record import Act

NOT_SAID = """
@id("model_registration.compute_closed")
@title("Compute is not shown")
@title_zh("计算量不公开")
forbid (principal, action, resource == Field::"model_registration.model.compute_flop");
"""


def test_a_field_that_a_policy_closes_stands_in_no_certificate(tmp_path: Path) -> None:
    office = Office.found(tmp_path / "office")
    house = office.authority
    closed = Policies([*house_texts(), PolicyText("own.cedar", NOT_SAID, "model_registration")], house.kinds.values())
    office.file("model", name="M", organisation="organisation:lab", compute_flop=2e24)
    assert certificate(house.reading(), "model:m")["facts"]["compute_flop"] == 2e24
    house.policies = closed
    house.credentials._public = closed.public_part
    assert "compute_flop" not in certificate(house.reading(), "model:m")["facts"]
    body = {"credential": "model_registration.certificate", "about": "model:m"}
    house.act(Act("credential.requested", body, "anew", "model:m"))
    house.follow()
    store = house.store
    issued = [i for i in range(store.size()) if store.entry(i).kind == "model_registration.certificate_issued"]
    assert len(issued) == 2
    assert [house.entry(index).body.get("compute_flop") for index in issued] == [2e24, None]
    house.close()
