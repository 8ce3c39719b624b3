"""Small playbooks for tests, written in code: `book(...)` gives the text of a CACAO 2.0 playbook."""

from __future__ import annotations

import json
import uuid
from typing import Any

from commonweal.kernel.protocols.playbooks import EXTENSION, EXTENSION_SCHEMA

AN_AGE_MS = 100 * 366 * 86_400_000
"""How long a step waits that a test gives no time: the longest that a playbook may say, so that it never matters."""
_SPACE = uuid.UUID("6f1a3c52-7f0e-4d0c-9d59-2b1c6f9b1a11")


def sid(name: str) -> str:
    """`sid("action.check")` → `action--<uuid>`: the same name always gives the same identifier."""
    kind, _, _ = name.partition(".")
    plain = uuid.uuid5(_SPACE, name).hex
    return f"{kind}--{uuid.UUID(plain[:12] + '4' + plain[13:])}"


def named(value: Any) -> Any:
    """Replace `@action.check` by its identifier, everywhere in a JSON value."""
    if isinstance(value, str):
        return sid(value[1:]) if value.startswith("@") else value
    if isinstance(value, dict):
        return {named(key): named(item) for key, item in value.items()}
    return [named(item) for item in value] if isinstance(value, list) else value


def step(name: str, then: str = "", ext: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """One step of a workflow. An action has a timeout, as the linter asks: `timeout=0` is none."""
    kind, _, word = name.partition(".")
    found: dict[str, Any] = {"type": kind, "name": word or kind, **more}
    if then:
        key = "on_success" if "on_failure" in more else "on_completion"
        found[key] = f"@{then}"
    if kind == "action":
        found = {"commands": [{"type": "manual", "command": f"do {word}"}], "agent": "@group.desk", **found}
        if not (ext or {}).get("deadline"):
            found = {"timeout": AN_AGE_MS, **found}
    if ext:
        if isinstance(ext.get("approval"), dict):  # who signs what is tested in test_envelopes.py
            ext = {**ext, "approval": {"signed": False, **ext["approval"]}}
        found["step_extensions"] = {EXTENSION: ext}
    return {f"@{name}": found}


def book(*steps: dict[str, Any], **more: Any) -> str:
    """A playbook whose workflow is `steps`; `@names` are turned into identifiers."""
    document = {
        "type": "playbook",
        "spec_version": "cacao-2.0",
        "id": "@playbook.test",
        "name": "Test",
        "created_by": "@identity.us",
        "created": "2026-01-01T00:00:00.000Z",
        "modified": "2026-01-02T00:00:00.000Z",
        "workflow_start": "@start",
        "workflow": {key: value for part in steps for key, value in part.items()},
        "agent_definitions": {"@group.desk": {"type": "group", "name": "The desk"}},
        "extension_definitions": {
            EXTENSION: {
                "type": "extension-definition",
                "name": "Commonweal",
                "created_by": "@identity.us",
                "schema": EXTENSION_SCHEMA,
                "version": "1.1.0",
            }
        },
        **more,
    }
    return json.dumps(named(document))


APPROVED = (
    step("start", "action.check"),
    step("action.check", "action.approve"),
    step(
        "action.approve",
        "action.tell",
        {"approval": {"n": 2, "of_roles": ["officer"], "distinct_organisations": True}},
        on_failure="@end.refused",
    ),
    step("action.tell", "end.done", commands=[{"type": "record", "command": "told"}]),
    step("end.done", ext={"outcome": "accepted"}),
    step("end.refused", ext={"outcome": "refused"}),
)

AWAITING = (
    step("start", "action.await"),
    step(
        "action.await",
        "end.met",
        {
            "await_event": {"kind": "x.filed", "match": {"duty": "$cause.duty"}},
            "deadline": {"from_event": "cause.due", "duration": "P0D", "escalate_to": "@action.chase"},
        },
    ),
    step("action.chase", "action.again"),
    step("action.again", "end.late", {"await_event": {"kind": "x.filed", "match": {"duty": "$cause.duty"}}}),
    step("end.met", ext={"outcome": "met"}),
    step("end.late", ext={"outcome": "late"}),
)
