"""Nobody is bound, or freed, by what another party files: each notifies and registers for itself only."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from commonweal.authority import Authority
from commonweal.imprint import Imprint
from commonweal.kernel import obligations
from commonweal.kernel.values import Text, instant
from commonweal.settings import Settings

from .conftest import OPEN, Client, app
from .test_api_filings import assert_problem

FILINGS = "/api/v1/filings/model_registration."
MODEL = {
    "name": "M1",
    "organisation": "organisation:owner",
    "compute_flop": 3e25,
    "compute_confidence": "declared",
    "placed_on_eu_market": True,
    "placed_on_eu_market_on": "2026-02-01",
    "generates": ["text"],
}
NOTIFICATION = {"rule_id": "eu.ai_act.art52_1", "about": "model:m1", "statement": "Notified."}


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Authority]:
    settings = Settings(
        Text(en="Test", zh="测试"),
        "test.example/log",
        instant("2026-03-01T00:00:00Z"),
        imprint=Imprint(jurisdictions=("EU",)),
    )
    with Authority.create(tmp_path / "office", settings) as made:
        yield made


def party(registry: Authority, name: str, role: str = "developer") -> Client:
    return Client(app(registry, limits=OPEN)).with_key(registry.access.issue_key(name, (role,), rate_per_s=1e5))


@pytest.fixture
def owner(registry: Authority) -> Client:
    client = party(registry, "party:owner")
    for noun, body in (("organisation", {"name": "Owner"}), ("model", MODEL)):
        assert client.post(FILINGS + noun, json=body).status_code == 201
    return client


def state(registry: Authority) -> str:
    registry.follow()
    (duty,) = obligations.duties(registry.reader, subject="model:m1", rule="eu.ai_act.art52_1")
    return str(duty["state"])


def refused(client: Client, noun: str, body: dict[str, Any], field: str, target: str, **more: Any) -> None:
    problem = assert_problem(client.post(FILINGS + noun, json=body, **more), 403)
    assert str(problem["detail"]).startswith(f"{field}: {target} was filed by another party. Name one that")


def test_only_the_filer_or_an_officer_meets_a_duty(registry: Authority, owner: Client) -> None:
    other = party(registry, "party:other")
    before = state(registry)
    size = registry.store.size()
    refused(other, "notification", NOTIFICATION, "about", "model:m1")
    assert (state(registry), registry.store.size()) == (before, size)
    assert owner.post(FILINGS + "notification", json=NOTIFICATION).status_code == 201
    assert state(registry) == "met" != before


def test_nobody_files_models_or_runs_for_anothers_organisation(registry: Authority, owner: Client) -> None:
    """Or a stranger could make somebody owe notifications about models that are not theirs."""
    other, size = party(registry, "party:other"), registry.store.size()
    refused(other, "model", {**MODEL, "name": "Fake"}, "organisation", "organisation:owner")
    run = {"name": "Run", "organisation": "organisation:owner", "status": "planned"}
    refused(other, "training_run", run, "organisation", "organisation:owner")
    assert registry.store.size() == size
    assert party(registry, "party:desk", "officer").post(FILINGS + "training_run", json=run).status_code == 201


def test_an_officers_correction_leaves_the_subject_to_its_filer(registry: Authority, owner: Client) -> None:
    officer = party(registry, "party:desk", "officer")
    assert officer.post(FILINGS + "model", json={**MODEL, "source": "corrected"}).status_code == 201
    assert owner.post(FILINGS + "notification", json=NOTIFICATION).status_code == 201
    assert owner.post(FILINGS + "model", json={**MODEL, "source": "as corrected"}).status_code == 201


def test_one_batch_gives_no_way_around(registry: Authority, owner: Client) -> None:
    """What a batch files itself may be named in it; that a batch merely names a subject makes it nobody's."""
    other = party(registry, "party:other")
    own = [
        {"kind": "model_registration.organisation", "body": {"name": "Other"}},
        {"kind": "model_registration.model", "body": {"name": "M2", "organisation": "organisation:other"}},
    ]

    def sent(*more: dict[str, Any]) -> int:
        return other.post("/api/v1/batches", json={"acts": [*own, *more]}).status_code

    def notified(about: str, **more: str) -> dict[str, Any]:
        return {"kind": "model_registration.notification", "body": {**NOTIFICATION, "about": about}, **more}

    size = registry.store.size()
    assert sent(notified("model:m2", subject="model:m1"), notified("model:m1")) == 403
    assert sent(notified("model:m2", subject="model:none-yet"), notified("model:none-yet")) == 422
    assert registry.store.size() == size
    assert sent(notified("model:m2")) == 201


def test_what_the_tables_do_not_show_yet_is_somebodys_already(registry: Authority, owner: Client) -> None:
    """The same when the follower lags behind what was filed."""
    lagging = Client(app(registry, limits=OPEN, wake=lambda: None))
    keys = {name: registry.access.issue_key(name, ("developer",), rate_per_s=1e5) for name in ("party:a", "party:b")}
    first, second = (lagging.with_key(keys[name]) for name in keys)
    assert first.post(FILINGS + "organisation", json={"name": "Fresh"}).status_code == 201
    refused(second, "model", {"name": "N", "organisation": "organisation:fresh"}, "organisation", "organisation:fresh")
