"""Example bodies for the API's description: what the instruments' stories file, or else what a schema allows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from commonweal.authority import Authority
from commonweal.kernel.values import CommonwealError
from commonweal.story import FILE, body_of, read_story


def examples_of(authority: Authority) -> dict[str, Any]:
    """An example body by kind."""
    found: dict[str, Any] = {}
    for installed in authority.installed.values():
        try:
            story = read_story(installed.folder / FILE)
        except CommonwealError:
            continue  # `weal story` and the tests say what is wrong with it; here it is only an example less
        for step in story.steps:
            if step.does == "file" and step.refused is None:
                found.setdefault(step.what, body_of(step))
    for kind in authority.kinds.values():
        found.setdefault(kind.id, sample(kind.schema.model_json_schema()))
    return found


def sample(schema: Mapping[str, Any], root: Mapping[str, Any] | None = None) -> Any:
    """A value in the form of a JSON schema: its required fields, with an example or the plainest value of each."""
    root = root or schema
    if "$ref" in schema:
        return sample(root["$defs"][schema["$ref"].rsplit("/", 1)[-1]], root)
    for key in ("const", "default"):
        if schema.get(key) is not None:
            return schema[key]
    if chosen := schema.get("examples") or schema.get("enum"):
        return chosen[0]
    if options := schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf"):
        return sample(options[0], root)
    return _plainest(schema, root)


def _plainest(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Any:
    kind = schema.get("type")
    if kind == "object":
        properties = schema.get("properties", {})
        return {name: sample(properties[name], root) for name in schema.get("required", []) if name in properties}
    if kind == "array":
        return [sample(schema["items"], root)] if schema.get("minItems") and "items" in schema else []
    if kind in {"integer", "number"}:
        return schema.get("minimum", schema.get("exclusiveMinimum", 0) + 1 if "exclusiveMinimum" in schema else 1)
    formats = {"date": "2026-01-31", "date-time": "2026-01-31T12:00:00Z", "uri": "https://example.org/"}
    texts = {"string": formats.get(schema.get("format", ""), "example"), "boolean": True, "null": None}
    return texts.get(kind or "", {})
