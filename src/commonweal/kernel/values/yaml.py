"""Reading YAML that others wrote: nothing is built but plain values, no alias is followed, no name stands twice."""

from __future__ import annotations

import re
from typing import Any

from .errors import BadInput, Fault, TooLarge

CHARACTERS_MAX = 16 << 20
LEVELS_MAX = 100
_TRUTH = "tag:yaml.org,2002:bool"
_MOMENT = "tag:yaml.org,2002:timestamp"
_TRUE_OR_FALSE = re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$")


def read_yaml(text: str, about: str, *, core: bool = False) -> Any:
    """The one document of a YAML text, as plain values.

    `core`: by the core schema of YAML 1.2, as most programs outside Python read it: only `true` and `false` are truth
    values, and a day stays text. Raises `BadInput` with the place of what cannot be read or goes deeper than
    `LEVELS_MAX`, `TooLarge` above `CHARACTERS_MAX`, and a `BadInput` that says how to install it where PyYAML is not
    there.
    """
    if len(text) > CHARACTERS_MAX:
        raise TooLarge(Fault("(whole)", f"{len(text)} characters", f"at most {CHARACTERS_MAX}", "too_large"), about)
    try:
        import yaml  # type: ignore[import-untyped, unused-ignore]
    except ImportError:
        want = "PyYAML, which reads this file: pip install 'commonweal[yaml]'"
        raise BadInput(Fault("(library)", "not installed", want, "extra"), about) from None
    try:
        return yaml.load(text, _core(yaml) if core else _plain(yaml))
    except BadInput as error:
        raise BadInput(error.faults, about) from None
    except (yaml.YAMLError, ValueError) as error:
        where = _place(getattr(error, "problem_mark", None))
        seen = " ".join(str(getattr(error, "problem", None) or error).split())[:200]
        raise BadInput(Fault(where, seen, "a YAML document without aliases", "yaml"), about) from error


def _place(mark: Any) -> str:
    return f"line {mark.line + 1}, column {mark.column + 1}" if mark else "(whole)"


def _plain(yaml: Any) -> Any:
    class Plain(yaml.SafeLoader):  # type: ignore[misc, unused-ignore]
        """No aliases: a few lines of them can stand for billions of items. No name twice: one of them would be lost.
        No deeper than what is nested by hand, long before the language's own stack ends."""

        levels = 0

        def compose_node(self, parent: Any, index: Any) -> Any:
            if self.check_event(yaml.events.AliasEvent):
                event = self.peek_event()
                raise yaml.composer.ComposerError(None, None, "an alias (*name), not read here", event.start_mark)
            self.levels += 1
            if self.levels > LEVELS_MAX:
                where = _place(self.peek_event().start_mark)
                raise BadInput(Fault(where, str(self.levels), f"at most {LEVELS_MAX} levels", "too_deep"))
            node = super().compose_node(parent, index)
            self.levels -= 1
            return node

        def construct_mapping(self, node: Any, deep: bool = False) -> Any:
            seen: set[Any] = set()
            for key, _ in node.value:
                name = (key.tag, key.value) if isinstance(key, yaml.ScalarNode) else key
                if name in seen:
                    raise yaml.constructor.ConstructorError(None, None, f"{key.value!r} a second time", key.start_mark)
                seen.add(name)
            return super().construct_mapping(node, deep)

    return Plain


def _core(yaml: Any) -> Any:
    class Core(_plain(yaml)):  # type: ignore[misc, unused-ignore]
        """Texts that only YAML 1.1 takes for truth values or moments stay texts."""

    Core.yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in pairs if tag not in (_TRUTH, _MOMENT)]
        for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    Core.add_implicit_resolver(_TRUTH, _TRUE_OR_FALSE, list("tTfF"))
    return Core
