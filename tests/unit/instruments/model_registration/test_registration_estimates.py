"""Which methods apply to a filing, and that the figures behind them are the cited ones."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from commonweal.instruments.model_registration.estimates import PARAMETERS_ID, assess, parameters, shipped

DENSE = {"name": "D", "parameters": 7e10, "architecture": "dense", "training_tokens": 1.4e12}


def applied(body, reader=None):
    return {m.id: m.estimate for m in assess(body, shipped(), reader).methods if m.estimate is not None}


def test_a_dense_model_by_operations():
    """source: worked: 6 × 70e9 × 1.4e12 = 5.88e23 (Chinchilla)."""
    assert applied(DENSE)["operations"].point == pytest.approx(5.88e23)


def test_a_sparse_model_counts_only_its_active_parameters():
    """source: worked: 6 × 37e9 × 14.8e12 = 3.29e24 (DeepSeek-V3 states 37B of 671B active)."""
    body = {
        "name": "S",
        "parameters": 6.71e11,
        "parameters_active": 3.7e10,
        "architecture": "sparse",
        "training_tokens": 1.48e13,
    }
    assert applied(body)["operations"].point == pytest.approx(3.29e24, rel=0.01)


def test_a_sparse_model_without_active_parameters_is_not_counted():
    """Counting all parameters would overstate it tenfold and more."""
    found = assess({**DENSE, "architecture": "sparse"}, shipped())
    assert found.combined is None
    reason = next(m.why_not for m in found.methods if m.id == "operations")
    assert "active" in reason["en"]


def test_passes_over_the_data_count():
    assert applied({**DENSE, "epochs": 4})["operations"].point == pytest.approx(4 * 5.88e23)
    assert applied({**DENSE, "epochs": 0.6})["operations"].point == pytest.approx(5.88e23)


def test_an_unstated_architecture_is_less_certain():
    unstated = {name: value for name, value in DENSE.items() if name != "architecture"}
    assert applied(unstated)["operations"].sigma_log > applied(DENSE)["operations"].sigma_log


def test_hardware_hours_and_their_bound():
    """source: worked: 1000 × 100 h × 3600 × 312e12 = 1.123e23 at utilisation 1; × 0.4 = 4.49e22."""
    hardware = {"name": "NVIDIA A100", "chips": 1000, "hours": 100, "utilisation": 0.4, "number_format": "BF16"}
    found = assess({"name": "H", "hardware": hardware}, shipped())
    assert found.bound_flop == pytest.approx(1.1232e23)
    assert found.combined.estimate.point == pytest.approx(4.4928e22)
    assert found.combined.estimate.high <= found.bound_flop


def test_the_bound_allows_for_eight_bit_arithmetic_unless_the_format_is_filed():
    hardware = {"name": "NVIDIA H100 SXM5 80GB", "chips": 1, "hours": 1}
    free = assess({"name": "H", "hardware": hardware}, shipped()).bound_flop
    filed = assess({"name": "H", "hardware": {**hardware, "number_format": "BF16"}}, shipped()).bound_flop
    assert free == pytest.approx(2 * filed, rel=0.01)


def test_a_chip_nobody_knows_gives_no_figure():
    found = assess({"name": "H", "hardware": {"name": "Abacus", "chips": 1, "hours": 1}}, shipped())
    assert found.bound_flop is None
    assert found.combined is None


def test_understated_hours_do_not_lower_the_estimate():
    hardware = {"name": "NVIDIA A100", "chips": 10, "hours": 1, "number_format": "BF16"}
    found = assess(
        {"name": "X", "compute_flop": 3e25, "compute_confidence": "confident", "hardware": hardware}, shipped()
    )
    assert found.combined.agreement == "impossible"
    assert found.combined.estimate.point == 3e25


def test_a_derived_model_counts_its_base_and_a_circle_ends(house):
    house.file("model", "model:base", "2024-01-01", **DENSE)
    house.file(
        "model",
        "model:child",
        "2024-02-01",
        name="C",
        base_model="model:base",
        parameters=7e10,
        architecture="dense",
        training_tokens=1e11,
    )
    child = applied(
        {
            "name": "C",
            "base_model": "model:base",
            **{k: v for k, v in DENSE.items() if k != "name"},
            "training_tokens": 1e11,
        },
        house.tables,
    )
    assert set(child) == {"lineage"}
    assert child["lineage"].low <= 5.88e23 <= child["lineage"].high
    circle = {"name": "A", "base_model": "model:circle", **{k: v for k, v in DENSE.items() if k != "name"}}
    house.file("model", "model:circle", "2024-03-01", **circle)
    assert "lineage" not in applied(circle, house.tables)


def test_without_a_base_on_file_the_lineage_is_not_guessed():
    found = assess({**DENSE, "base_model_name": "Somebody's model"}, shipped())
    assert found.combined is None


def test_an_adopted_text_counts_instead_of_the_shipped_one(house):
    from pathlib import Path

    import commonweal.instruments.model_registration.estimates as module

    text = (Path(module.__file__).parent / "rules" / "compute.toml").read_text("utf-8")
    house.adopt(PARAMETERS_ID, text.replace("factor = 3.0", "factor = 2.0"), "2024-01-01", "parameters", "other")
    assert parameters(house.tables).factor("confident") == 2.0
    assert shipped().factor("confident") == 3.0


def test_the_confidence_classes_are_epochs():
    """source: Epoch AI, AI models documentation, "Estimating confidence": ±3x, ±10x, ±31x as 90 % intervals."""
    assert [shipped().factor(name) for name in ("confident", "likely", "speculative")] == [3.0, 10.0, 31.0]


def test_every_figure_has_its_citation():
    data = shipped().data
    assert all(item["citation"] and item["url"] for item in data["confidence"])
    assert all(data[name]["citation"] and data[name]["url"] for name in ("operations", "utilisation", "metering"))
    assert all(item["url"].startswith("https://") for item in data["hardware"])
    assert set(data["title"]) == set(data["text"]) == {"en", "zh"}


def test_the_utilisation_range_is_what_was_measured(shared_data):
    with (shared_data / "epoch/notable_ai_models_2026-01-26.csv").open(encoding="utf-8-sig", newline="") as file:
        seen = [float(r["Hardware utilization (MFU)"]) for r in csv.DictReader(file) if r["Hardware utilization (MFU)"]]
    table = shipped().data["utilisation"]
    assert len(seen) == 33
    assert np.quantile(seen, [0.05, 0.5, 0.95]) == pytest.approx([table["low"], table["point"], table["high"]])


def test_hardware_peaks_are_those_of_the_data_sheets(shared_data):
    with (shared_data / "epoch/ml_hardware.csv").open(encoding="utf-8-sig", newline="") as file:
        sheets = {row["Hardware name"]: row for row in csv.DictReader(file)}
    compared = 0
    for item in shipped().data["hardware"]:
        for name in (item["name"], *item.get("aliases", ())):
            peak = sheets.get(name, {}).get("Tensor-FP16/BF16 performance (FLOP/s)")
            if peak:
                assert float(peak) == pytest.approx(item["peak_flop_s"], rel=0.01), name
                compared += 1
    assert compared >= 25
