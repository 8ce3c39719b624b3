"""The shared playbooks as shipped: each can be run, read in two languages, and opened by anybody's CACAO software."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from commonweal.adoption import founding_texts
from commonweal.authority import all_kinds
from commonweal.instruments import Installed, discover, rule_file, rule_files
from commonweal.kernel.instrument import Instrument, Text
from commonweal.kernel.protocols import EXTENSION, lint, read_playbook
from commonweal.kernel.protocols.playbooks import Step
from commonweal.kernel.protocols.reading import read
from commonweal.kernel.protocols.safeguards import safeguards
from commonweal.kernel.values import BadInput
from commonweal.playbooks import texts

TEXTS = texts()
ROLES = ("officer", "authority", "auditor", "coordinator", "liaison", "expert")
NAMES = [
    "coordinated_pausing",
    "disclosure_to_a_recipient",
    "early_warning_disclosure",
    "pause_by_a_developer",
    "safe_shutdown",
    "serious_incident_handling",
    "stop_of_a_copy",
]


def step(playbook: str, name: str) -> Step:
    return next(step for step in read_playbook(TEXTS[playbook]).steps.values() if step.name["en"].startswith(name))


def test_they_are_offered_under_the_names_of_their_files() -> None:
    assert list(TEXTS) == NAMES
    adopted = {rule_file(text, ".json").rule_id for text in TEXTS.values()}
    assert adopted == {f"playbook.{name}" for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_each_can_be_executed_by_people_who_can_exist(name: str) -> None:
    playbook = read_playbook(TEXTS[name])
    assert lint(playbook, roles=ROLES) == []
    assert safeguards(playbook) == []


def test_each_awaits_what_is_filed_here_and_none_waits_without_end() -> None:
    """With those that instruments bring along: every kind and field they await is one of the house's."""
    installed = discover()
    kinds = {kind.id: kind for kind in all_kinds(item.instrument for item in installed.values())}
    shipped = dict(TEXTS)
    for item in installed.values():
        shipped.update({file.rule_id: file.text for file in rule_files(item) if file.room == "protocols"})
    assert "playbook.model_notification" in shipped
    found = {name: lint(read(text), kinds=kinds) for name, text in shipped.items()}
    assert {name: faults for name, faults in found.items() if faults} == {}


@pytest.mark.parametrize("name", NAMES)
def test_each_is_valid_under_the_published_cacao_schema(name: str, shared_data: Path) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    referencing = pytest.importorskip("referencing")
    folder = shared_data / "cacao" / "schemas"
    documents = [json.loads(path.read_text("utf-8")) for path in sorted(folder.rglob("*.json"))]
    resources = [(item["$id"], referencing.Resource.from_contents(item)) for item in documents]
    schema = json.loads((folder / "playbook.json").read_text("utf-8"))
    registry = referencing.Registry().with_resources(resources)
    validator = jsonschema.Draft7Validator(schema, registry=registry)
    assert [error.message for error in validator.iter_errors(json.loads(TEXTS[name]))] == []


@pytest.mark.parametrize("name", NAMES)
def test_everything_people_read_is_in_both_languages(name: str) -> None:
    playbook = read_playbook(TEXTS[name])
    words: list[Mapping[str, str]] = [playbook.name, playbook.description, *playbook.agents.values()]
    for item in playbook.steps.values():
        words += [item.name, item.description, *(command.text for command in item.commands)]
        weighed = item.extension.proportionality
        words += [text for text in (item.extension.legal_basis,) if text]
        words += [weighed.statement, weighed.least_intrusive] if weighed else []
    for text in words:
        assert not text["en"] or any("\u4e00" <= sign <= "\u9fff" for sign in text["zh"]), text


def test_identifiers_are_unique_over_all_playbooks_and_of_version_4() -> None:
    documents = [json.loads(text) for text in TEXTS.values()]
    named = [name for item in documents for name in (item["id"], *item["workflow"])]
    plain = [name.split("--")[1] for name in [*named, EXTENSION]]
    assert len(set(plain)) == len(plain)
    assert {uuid[14] for uuid in plain} == {"4"}


def test_every_listed_activity_stands_at_a_step() -> None:
    """CACAO 2.0, 3.1: each listed activity must be reflected in a workflow step."""
    for text in TEXTS.values():
        document = json.loads(text)
        used = {
            command.get("playbook_activity") for item in document["workflow"].values()
            for command in item.get("commands", ())
        }  # fmt: skip
        assert set(document["playbook_activities"]) <= used, document["name"]


def test_pausing_has_five_steps_and_four_versions_of_who_may_order_it() -> None:
    """Alaga and Schuett 2023, sections 3 and 4."""
    playbook = read_playbook(TEXTS["coordinated_pausing"])
    bases = [item.extension.legal_basis["en"] for item in playbook.steps.values() if item.extension.legal_basis]
    assert sum("step" in basis for basis in bases) == 5
    versions = dict(step("coordinated_pausing", "Who may order").cases)
    assert set(versions) - {"default"} == {"voluntary", "agreed", "auditor", "law"}
    orders = {version: playbook.steps[target].extension for version, target in versions.items()}
    assert orders["voluntary"].approval is None  # nobody may order it
    assert orders["agreed"].approval is not None
    assert orders["auditor"].approval is not None
    assert orders["auditor"].approval.of_roles == ("auditor",)
    assert orders["law"].approval is not None
    assert (orders["law"].approval.n, orders["law"].approval.distinct_organisations) == (2, True)
    assert all(order.legal_basis and order.proportionality for order in orders.values())
    assert all(
        order.restrictive == (version != "voluntary") for version, order in orders.items() if version != "default"
    )


def test_a_shutdown_stops_access_first_and_needs_three_organisations_for_what_cannot_be_undone() -> None:
    gate = step("safe_shutdown", "Approve the shutdown").extension.approval
    assert gate is not None
    assert (gate.n, gate.distinct_organisations) == (3, True)
    assert step("safe_shutdown", "Approve that access stops").extension.reversal_step
    assert step("safe_shutdown", "Have every copy stopped").extension.irreversible


def test_a_playbook_that_nobody_offers_stops_the_founding(tmp_path: Path) -> None:
    nothing = Text(en="Nothing", zh="无")
    instrument = Instrument(id="nothing", title=nothing, summary=nothing, playbooks=("no_such_playbook",))
    with pytest.raises(BadInput, match="no_such_playbook"):
        founding_texts({"nothing": Installed(instrument, tmp_path)})
