"""Our own JSON: the model as it is. Its schema is published beside, as `case.schema.json`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from commonweal.kernel.values import BadInput, Fault, read_json

from ..model import Case
from .written import BYTES_MAX, Written, modelled, texts

NAME = "case.json"
SCHEMA = Path(__file__).with_name("case.schema.json")
DEPTH_MAX = 40


def read(files: Mapping[str, bytes]) -> Case:
    """The case of one file. Raises `BadInput` with every fault, `TooLarge` above a limit."""
    if len(texts(files)) != 1:
        raise BadInput(Fault("(whole)", f"{len(files)} files", "one file", "number"))
    ((name, data),) = files.items()
    content = read_json(data, bytes_max=BYTES_MAX, depth_max=DEPTH_MAX)
    if not isinstance(content, dict):
        raise BadInput(Fault("(whole)", type(content).__name__, "a JSON object", "form"), name)
    return modelled(content, name)


def write(case: Case) -> Written:
    """One file, fields at their default left out."""
    content = case.model_dump(mode="json", exclude_defaults=True)
    head = {"format": case.format, "version": case.version}
    return Written({NAME: (json.dumps({**head, **content}, ensure_ascii=False, indent=1) + "\n").encode()})


def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a case, made from the model."""
    found = Case.model_json_schema()
    identity = "urn:commonweal:schema:safety-case:1"
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": identity, **found}
