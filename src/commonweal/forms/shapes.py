"""What a field of a kind's schema takes, as a form must know it: text, a choice, a day, a table of columns.

It is read from the JSON Schema that pydantic makes of the field, so that the form and the door agree.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, get_args

from pydantic import BaseModel, ConfigDict, PydanticUserError, TypeAdapter
from pydantic.fields import FieldInfo

from commonweal.kernel.disclosure.attachments import Attached, attached_fields
from commonweal.kernel.registry import Ref

_FORMATS = {"date": "day", "date-time": "instant"}
_TYPES = {"string": "text", "boolean": "boolean", "number": "number", "integer": "whole", "object": "table"}


@dataclass(frozen=True)
class Shape:
    """What one field takes.

    `form` is text, choice, day, instant, boolean, number, whole, table, files (which `attached` marks), or list (of
    texts, choices or tables, which `of` describes). `choices` maps what a form sends to the value; `columns` are the
    fields of a table. `adapter` validates one value as the schema does (fields of a schema only).
    """

    form: str
    required: bool = False
    choices: Mapping[str, Any] = field(default_factory=dict)
    chars_max: int | None = None
    items_max: int | None = None
    of: Shape | None = None
    columns: Mapping[str, Shape] = field(default_factory=dict)
    ref: Ref | None = None
    attached: Attached | None = None
    adapter: TypeAdapter[Any] | None = field(default=None, compare=False)


@functools.cache
def shape_of(schema: type[BaseModel], path: str) -> Shape | None:
    """What a field takes; `a.b` is the field `b` of the table `a`. None where there is no such field, or none that a
    form can ask for.
    """
    name, _, rest = path.partition(".")
    info = schema.model_fields.get(name)
    if info is None:
        return None
    if rest:
        inner = _model_in(info.annotation)
        return shape_of(inner, rest) if inner is not None else None
    adapter = _adapter(info)
    if mark := attached_fields(schema).get(name):
        return Shape("files", required=info.is_required(), attached=mark, adapter=adapter)
    described = adapter.json_schema()
    found = _shape(described, described.get("$defs", {}))
    if found is None:
        return None
    ref = next((item for item in info.metadata if isinstance(item, Ref)), None)
    return Shape(**{**vars(found), "required": info.is_required(), "ref": ref, "adapter": adapter})


def _adapter(info: FieldInfo) -> TypeAdapter[Any]:
    """The field's own type with all its marks; texts are stripped, as in a whole filing."""
    kind = info.rebuild_annotation()
    try:
        return TypeAdapter(kind, config=ConfigDict(str_strip_whitespace=True, allow_inf_nan=False))
    except PydanticUserError:  # a model brings a configuration of its own
        return TypeAdapter(kind)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The model that a field holds: `Model`, `Model | None`, or either of these with marks."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for one in get_args(annotation) if (found := _model_in(one)) is not None), None)


def _shape(node: Mapping[str, Any], defs: Mapping[str, Any]) -> Shape | None:
    node = _resolved(node, defs)
    values = [node["const"]] if "const" in node else node.get("enum")
    if values:
        return Shape("choice", choices={str(value): value for value in values})
    kind = node.get("type")
    if kind == "array":
        inner = _shape(node.get("items", {}), defs)
        return Shape("list", of=inner, items_max=node.get("maxItems")) if inner is not None else None
    if kind not in _TYPES:
        return None
    if kind == "object":
        required = node.get("required", ())
        columns = {name: _shape(item, defs) for name, item in node.get("properties", {}).items()}
        known = {
            name: Shape(**{**vars(one), "required": name in required})
            for name, one in columns.items()
            if one is not None
        }
        return Shape("table", columns=known)
    form = _FORMATS.get(node.get("format", ""), _TYPES[kind])
    return Shape(form, chars_max=node.get("maxLength"))


def _resolved(node: Mapping[str, Any], defs: Mapping[str, Any]) -> Mapping[str, Any]:
    """A node without references, and without the choice of being null."""
    while True:
        if "$ref" in node:
            node = defs[str(node["$ref"]).rpartition("/")[2]]
        elif "anyOf" in node and len(some := [one for one in node["anyOf"] if one.get("type") != "null"]) == 1:
            node = some[0]
        elif "allOf" in node and len(node["allOf"]) == 1:
            node = node["allOf"][0]
        else:
            return node
