"""GSN in YAML as gsn2x reads it: one file a module, elements by their id, the dialectic extension included.

Source: gsn2x (github.com/jonasthewolf/gsn2x, MIT), documentation of its syntax, modular extension and dialectic
extension. An element's id says its kind (`G1`, `S-Hazards`, `Sn4`, `CG2`), or `nodeType` does. What belongs to drawing
(`classes`, `horizontalIndex`, layers …) and what authors marked by hand (`defeated`) is kept and written out again;
what is defeated is computed here, not read. Ours, which gsn2x passes over: `public` of an element, and of a module the
`binds` of a contract.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from commonweal.kernel.values import BadInput, Fault, read_yaml, shown

from ..model import Case, Challenge, Element, Module, Relation, said
from .written import Written, beside, lost, modelled, refused, texts

NAME, ENDS = "gsn2x", ".gsn.yaml"
_PREFIXES = (
    ("CG", "counter_goal"), ("CSn", "counter_solution"), ("G", "goal"), ("Sn", "solution"), ("S", "strategy"),
    ("C", "context"), ("A", "assumption"), ("J", "justification"),
)  # fmt: skip
_TYPES = {
    "Goal": "goal", "Strategy": "strategy", "Solution": "solution", "Context": "context", "Assumption": "assumption",
    "Justification": "justification", "CounterGoal": "counter_goal", "CounterSolution": "counter_solution",
}  # fmt: skip
_NODE_TYPES = {kind: name for name, kind in _TYPES.items()}
_RELATIONS = (("supportedBy", "supported_by"), ("inContextOf", "in_context_of"))
_ARROW = " -> "


def kind_of(name: str) -> str | None:
    """The kind that an id says by how it begins."""
    return next((kind for prefix, kind in _PREFIXES if name.startswith(prefix)), None)


# ── reading ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def read(files: Mapping[str, bytes]) -> Case:
    """The case of a set of files, one a module. Raises `BadInput` with every fault, `TooLarge` above a limit."""
    reading = _Reading()
    for file, text in texts(files).items():
        document = read_yaml(text, file, core=True)
        if isinstance(document, Mapping):
            reading.module(file, document)
        else:
            reading.fault(file, "(whole)", type(document).__name__, "elements by their id")
    if reading.faults:
        raise refused(reading.faults, NAME)
    title = reading.modules[0]["brief"] or reading.modules[0]["name"] if len(reading.modules) == 1 else ""
    return modelled({"title": title, **reading.content()}, NAME)


def uses(file: str, data: bytes) -> list[str]:
    """The files that a module's head says it uses, by their names beside it; none where it says nothing that can be
    read. Raises `BadInput` for what is no YAML."""
    document = read_yaml(texts({file: data})[file], file, core=True)
    head = document.get("module") if isinstance(document, Mapping) else None
    named = head.get("uses") if isinstance(head, Mapping) else None
    return [one for one in named if isinstance(one, str)] if isinstance(named, list | tuple) else []


class _Reading:
    """What was read so far."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.modules: list[dict[str, Any]] = []
        self.places: dict[str, str] = {}
        """Of each element the file in which it stands."""
        self.elements: list[dict[str, Any]] = []
        self.relations: list[dict[str, Any]] = []
        self.challenges: list[dict[str, Any]] = []

    def content(self) -> dict[str, Any]:
        return {
            "modules": self.modules,
            "elements": self.elements,
            "relations": self.relations,
            "challenges": self.challenges,
        }

    def fault(self, file: str, place: str, seen: object, want: str, code: str = "form") -> None:
        self.faults.append(Fault(f"{file}, {place}", shown(seen), want, code))

    def module(self, file: str, document: Mapping[Any, Any]) -> None:
        header = document.get("module")
        stem = PurePosixPath(file).name.removesuffix(".yaml").removesuffix(".gsn")
        module: dict[str, Any] = {"name": stem, "brief": None, "file": file, "more": {}}
        if isinstance(header, Mapping):
            rest = {key: value for key, value in header.items() if key not in ("name", "brief", "binds")}
            module = {"name": header.get("name"), "brief": header.get("brief"), "file": file, "more": {NAME: rest}}
            module["binds"] = self._names(file, "module, binds", header.get("binds", ()))
            self._developed(file, header, str(module["name"]))
        elif "module" in document:
            self.fault(file, "module", header, "a name, and what else is said of the module")
        else:
            module["more"] = {NAME: None}
        self.modules.append(module)
        for name, body in document.items():
            if name == "module":
                continue
            if not isinstance(name, str):
                self.fault(file, "(whole)", name, "an id that is text")
            elif not isinstance(body, Mapping) or not all(isinstance(key, str) for key in body):
                self.fault(file, name, body, "an element: its attributes by name")
            else:
                self._element(file, name, body, str(module["name"]))

    def _developed(self, file: str, header: Mapping[Any, Any], module: str) -> None:
        """Elements of other modules that this one develops are supported by what it names."""
        for extension in header.get("extends") or ():
            develops = extension.get("develops") if isinstance(extension, Mapping) else None
            if not isinstance(develops, Mapping):
                self.fault(
                    file, "module, extends", extension, "a module and which of its elements are developed by which"
                )
                continue
            for above, names in develops.items():
                for below in self._names(file, f"module, extends, {above}", names):
                    self.relations.append({"above": str(above), "below": below, "stated_in": module})

    def _element(self, file: str, name: str, body: Mapping[str, Any], module: str) -> None:
        if (other := self.places.setdefault(name, file)) != file:
            want = "an id of its own: a folder is one case, so a file that is another version or case is left out of it"
            self.fault(file, name, f"stands in {other} too", want, "duplicate")  # C07
            return
        kind = _TYPES.get(str(body.get("nodeType"))) if "nodeType" in body else kind_of(name)
        if kind is None:
            want = f"an id that begins with {', '.join(prefix for prefix, _ in _PREFIXES)}, or a nodeType"
            self.fault(file, name, body.get("nodeType", name), want, "unknown_name")  # V01
            return
        kept = {key: value for key, value in body.items() if key not in _READ}
        written = {key: _how(body[key]) for key in ("supportedBy", "inContextOf", "challenges") if key in body}
        kept |= {"written": odd} if (odd := {key: how for key, how in written.items() if how}) else {}
        element: dict[str, Any] = {"id": name, "kind": kind, "module": module, "more": {NAME: kept} if kept else {}}
        for key, field, wanted in (
            ("text", "text", str),
            ("url", "reference", str),
            ("undeveloped", "undeveloped", bool),
            ("public", "public", bool),
        ):
            if key in body:
                if not isinstance(body[key], wanted):
                    self.fault(
                        file, f"{name}, {key}", body[key], "text, in quotes" if wanted is str else "true or false"
                    )
                elif body[key] is False:
                    kept[key] = False
                    element["more"] = {NAME: kept}
                else:
                    element[field] = body[key]
        self.elements.append(element)
        for key, as_what in _RELATIONS:
            for below in self._names(file, f"{name}, {key}", body.get(key, ())):
                self.relations.append({"above": name, "below": below, "kind": as_what})
        for target in self._names(file, f"{name}, challenges", body.get("challenges", ())):
            ends = tuple(part.strip() for part in target.split(_ARROW.strip()))
            on = {"target": target} if len(ends) == 1 else {"between": ends}
            self.challenges.append({"source": name, **on})

    def _names(self, file: str, place: str, value: Any) -> list[str]:
        found = [value] if isinstance(value, str) else list(value) if isinstance(value, (list, tuple)) else None
        if found is None or not all(isinstance(one, str) for one in found):
            self.fault(file, place, value, "an id or a list of ids")
            return []
        return found


_READ = {"text", "url", "undeveloped", "public", "supportedBy", "inContextOf", "challenges"}


def _how(value: Any) -> str | None:
    """How a list was written, where it was not one of several or one."""
    return "alone" if isinstance(value, str) else "empty" if value == [] else None


# ── writing ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def write(case: Case) -> Written:
    """One file a module; elements of no module in a file of their own. Raises `BadInput` for an id that means something
    else there, and where PyYAML is not there."""
    odd = [one.id for one in case.elements if one.id == "module" or _ARROW.strip() in one.id]
    if odd:
        want = f'an id other than "module", without "{_ARROW.strip()}": in such a file it is the head, or a tie'
        raise BadInput([Fault(f"element {name}", name, want, "lost") for name in odd], NAME)
    writing = _Writing(case)
    files = dict(writing.files())
    return beside(Written(files, tuple(writing.lost)), case, NAME, NAME)


class _Writing:
    def __init__(self, case: Case) -> None:
        self.case, self.lost = case, list[Fault]()
        self.below = case.below()
        self.challenges: dict[str, list[Challenge]] = {}
        for challenge in case.challenges:
            self.challenges.setdefault(challenge.source, []).append(challenge)
        self.cited = {one.id: one.cites.element for one in case.elements if one.cites and one.cites.element}

    def files(self) -> Iterator[tuple[str, bytes]]:
        homes: dict[str, list[Element]] = {module.name: [] for module in self.case.modules}
        for element in self.case.elements:
            homes.setdefault(element.module, []).append(element)
        modules = {module.name: module for module in self.case.modules}
        if "" in homes and "" not in modules:
            modules[""] = Module(name="", file=f"case{ENDS}", more={NAME: None})
        if self.case.description:
            self.lost.append(lost("description", self.case.description, NAME))
        dump = _dumper()
        for name, elements in homes.items():
            document = {**self._header(modules[name]), **dict(map(self._element, filter(self._own, elements)))}
            yield modules[name].file or f"{name}{ENDS}", dump(document)

    def _own(self, element: Element) -> bool:
        """An away element is written where it is at home, and named by its id elsewhere."""
        if element.cites is None:
            return True
        if element.id not in self.cited or self.below.get(element.id):
            self.lost.append(lost(f"element {element.id}, cites", element.cites.model_dump(exclude_none=True), NAME))
        return element.id not in self.cited

    def _header(self, module: Module) -> dict[str, Any]:
        if NAME in module.more and module.more[NAME] is None:
            return {}
        rest = said(module.more, NAME)
        developed = [one for one in self.case.relations if one.stated_in == module.name]
        if _pairs(rest.get("extends")) != [(one.above, one.below) for one in developed]:
            rest |= {"extends": list(self._extends(developed))}
        brief = {"brief": module.brief} if module.brief is not None else {}
        binds = {"binds": list(module.binds)} if module.binds else {}
        return {"module": {"name": module.name, **brief, **binds, **rest}}

    def _extends(self, developed: list[Relation]) -> Iterator[dict[str, Any]]:
        known = self.case.by_id()
        by_module: dict[str, dict[str, list[str]]] = {}
        for relation in developed:
            home = known[relation.above].module if relation.above in known else ""
            by_module.setdefault(home, {}).setdefault(relation.above, []).append(relation.below)
        for home, develops in by_module.items():
            yield {"module": home, "develops": develops}

    def _element(self, element: Element) -> tuple[str, dict[str, Any]]:
        kept = said(element.more, NAME)
        written = kept.pop("written", None)
        how: Mapping[str, Any] = written if isinstance(written, dict) else {}
        body: dict[str, Any] = {} if element.text is None else {"text": element.text}
        for key, as_what in _RELATIONS:
            stated = [one for one in self.below.get(element.id, ()) if one.kind == as_what and one.stated_in is None]
            body |= _listed(key, [self.cited.get(one.below, one.below) for one in stated], how)
        on = [one.target or _ARROW.join(one.between or ()) for one in self.challenges.get(element.id, ())]
        body |= _listed("challenges", on, how)
        body |= {"undeveloped": True} if element.undeveloped else {}
        body |= {"public": True} if element.public else {}
        body |= {"url": element.reference} if element.reference is not None else {}
        if "nodeType" not in kept and kind_of(element.id) != element.kind:
            body["nodeType"] = self._node_type(element)
        self._told(element)
        return element.id, {**kept, **body} if body.keys() & kept.keys() else {**body, **kept}

    def _node_type(self, element: Element) -> str:
        if element.kind not in _NODE_TYPES:
            self.lost.append(lost(f"element {element.id}, kind", element.kind, NAME))
        return _NODE_TYPES.get(element.kind, "Goal")

    def _told(self, element: Element) -> None:
        for field in ("name", "detail", "needs", "abstract", "comments"):
            if value := getattr(element, field):
                self.lost.append(lost(f"element {element.id}, {field}", value, NAME))


def _pairs(extends: Any) -> list[tuple[str, str]]:
    """Which element is developed by which, of a list of extensions as it was read."""
    found: list[tuple[str, str]] = []
    for extension in extends or ():
        for above, names in extension.get("develops", {}).items():
            found += [(str(above), below) for below in ([names] if isinstance(names, str) else names)]
    return found


def _listed(key: str, names: list[str], how: Mapping[str, Any]) -> dict[str, Any]:
    if len(names) == 1 and how.get(key) == "alone":
        return {key: names[0]}
    return {key: names} if names or how.get(key) == "empty" else {}


def _dumper() -> Callable[[Any], bytes]:
    try:
        import yaml  # type: ignore[import-untyped, unused-ignore]
    except ImportError:
        want = "PyYAML, which writes this file: pip install 'commonweal[yaml]'"
        raise BadInput(Fault("(library)", "not installed", want, "extra"), NAME) from None

    class Lines(yaml.SafeDumper):  # type: ignore[misc, unused-ignore]
        """Texts of several lines as people write them, and no aliases."""

        def ignore_aliases(self, data: Any) -> bool:
            return True

        def represent_str(self, data: str) -> Any:
            style = "|" if "\n" in data else None
            return self.represent_scalar("tag:yaml.org,2002:str", data, style=style)

    Lines.add_representer(str, Lines.represent_str)

    def dump(document: Any) -> bytes:
        text = yaml.dump(document, Dumper=Lines, sort_keys=False, allow_unicode=True, width=100)
        return str(text).encode()

    return dump
