"""Shared playbooks as data: CACAO 2.0 files, complete and in two languages, that instruments name in their declaration.

The files are only offered here, as shared law is. A playbook is in force for an authority once it is adopted in its
record, under the id `playbook.<name in small letters>`. `coordinated_pausing.json` is offered as `coordinated_pausing`.

| offered as | what it runs |
|---|---|
| `coordinated_pausing`, `pause_by_a_developer` | a failed evaluation, and each developer who is called on to pause |
| `early_warning_disclosure`, `disclosure_to_a_recipient` | a crossed warning threshold, and each who is told of it |
| `safe_shutdown`, `stop_of_a_copy` | a model that must stop, and each of its registered copies |
| `serious_incident_handling` | an incident from the first alert to the last recommendation |
"""

from __future__ import annotations

from importlib.resources import files

__all__ = ["texts"]

_SUFFIX = ".json"


def texts() -> dict[str, str]:
    """Every shared playbook, as JSON text, by its file's name."""
    found = (item for item in files(__name__).iterdir() if item.name.endswith(_SUFFIX))
    return {
        item.name.removesuffix(_SUFFIX): item.read_text("utf-8") for item in sorted(found, key=lambda item: item.name)
    }
