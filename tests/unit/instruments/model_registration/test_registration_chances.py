"""How probable it is that a model stands above a line, where the methods do not agree."""

from __future__ import annotations

from commonweal.instruments.model_registration import INSTRUMENT

PAGES = {page.id: page for page in INSTRUMENT.pages}


def test_methods_that_contradict_the_bound_give_no_confident_probability(house):
    """A declared figure far above what the hardware filed can have done: one of the two is wrong."""
    house.adopt_laws()
    hardware = {"name": "NVIDIA H100", "chips": 100, "hours": 100, "number_format": "BF16"}
    declared = {"compute_flop": 9e25, "compute_confidence": "declared"}
    house.file("model", "model:odd", "2025-05-01", name="Odd", **declared, hardware=hardware)
    view = PAGES["model"].view(house, {"model": "odd"})
    chances = {item["flop"]: item["chance"] for item in view["chances"]}
    assert view["contested"]
    assert chances[1e25].startswith("inconclusive")
    assert chances[1e26].startswith("inconclusive")


def test_methods_that_agree_give_a_probability(house):
    house.adopt_laws()
    declared = {"compute_flop": 9e25, "compute_confidence": "declared"}
    house.file("model", "model:even", "2025-05-01", name="Even", **declared)
    view = PAGES["model"].view(house, {"model": "even"})
    chances = {item["flop"]: item["chance"] for item in view["chances"]}
    assert chances[1e25] == "> 99.9 %"
    assert chances[1e26].endswith("%")
