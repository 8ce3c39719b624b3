"""An authority for benchmarks, and the filings it gets: models with twelve fields each, of two hundred developers."""

from __future__ import annotations

from datetime import UTC, datetime
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

from commonweal.acceptance import Caller
from commonweal.authority import Authority
from commonweal.kernel.instrument import Act
from commonweal.kernel.values import Text
from commonweal.settings import Settings

ORGANISATIONS = 200
PARTY = "party:benchmark"
DEVELOPER = Caller(PARTY, ("developer",))
MODEL = "model_registration.model"
FIELDS = 12


def founded(folder: Path) -> Authority:
    """An authority just founded, with the developers that the filings refer to. The load may say whence it comes."""
    settings = Settings(
        Text(en="Benchmark", zh="基准测试"),
        "benchmark.example/record",
        datetime(2025, 1, 1, tzinfo=UTC),
        trusted_proxies=(IPv4Network("127.0.0.1/32"),),
    )
    authority = Authority.create(folder, settings)
    acts = [
        Act("model_registration.organisation", {"name": f"Developer {number}"}, f"developer-{number}")
        for number in range(ORGANISATIONS)
    ]
    authority.place_all(acts, DEVELOPER)
    authority.follow()
    return authority


def body(number: int, name: str = "Model") -> dict[str, Any]:
    """A filing with twelve fields."""
    return {
        "name": f"{name} {number}",
        "organisation": f"organisation:developer-{number % ORGANISATIONS}",
        "publication_date": "2024-05-01",
        "domains": ["language"],
        "generates": ["text"],
        "parameters": 7e10 + number,
        "training_tokens": 1.5e13,
        "epochs": 1.0,
        "compute_flop": 6.3e24,
        "compute_confidence": "confident",
        "placed_on_eu_market": True,
        "source": "https://developer.example/model-card",
    }


def act(number: int, name: str = "Model") -> Act:
    """A model's filing under a key of its own."""
    return Act(MODEL, body(number, name), f"{name}-{number}")


def amended(number: int, version: int, name: str = "Model") -> Act:
    """A new version of a model that is registered."""
    return Act(MODEL, {**body(number, name), "training_tokens": 1.5e13 + version}, f"{name}-{number}-{version}")
