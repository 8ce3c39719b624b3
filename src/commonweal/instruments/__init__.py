"""The mechanisms: one folder each, found by place.

A folder here, a folder named in `COMMONWEAL_INSTRUMENTS` (separated like `PATH`), or a package's entry point
in the group `commonweal.instruments` is an instrument when its `__init__` holds `INSTRUMENT`. Built-in ones come
through the same door as strangers'. One that cannot be loaded stops the start: a mechanism missing without a
word is worse.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType

from commonweal.kernel.disclosure import PolicyText, house_texts
from commonweal.kernel.instrument import Instrument
from commonweal.kernel.values import FaultCollector, RuleFault, read_json, read_toml

GROUP = "commonweal.instruments"
VARIABLE = "COMMONWEAL_INSTRUMENTS"
LEGAL_CALENDAR = "calendar."
ROOM_PREFIXES = (
    "rule",
    "clock",
    "authority",
    "disclosure",
    "observations",
    "threshold",
    "duty",
    "case",
    "record",
    "registry",
    "accounts",
    "approval",
    "credential",
    "retention",
    "statistics",
)


@dataclass(frozen=True)
class Installed:
    """An instrument and the folder its rules, playbooks, pages and messages are read from."""

    instrument: Instrument
    folder: Path


@dataclass(frozen=True, slots=True)
class RuleFile:
    """A rule text shipped with an instrument, ready to be adopted."""

    rule_id: str
    room: str
    version: str
    media_type: str
    text: str


def discover(extra: Sequence[Path] = ()) -> dict[str, Installed]:
    """Every instrument by id, built-in ones first, each group in order of name.

    Raises `RuleFault` naming each folder that cannot be loaded and why.
    """
    faults = FaultCollector("instruments", RuleFault)
    found: dict[str, Installed] = {}
    for name, folder, load in _candidates(extra):
        try:
            instrument = load().INSTRUMENT
        except Exception as error:
            faults.add(name, f"{type(error).__name__}: {error}", "a folder whose __init__ defines INSTRUMENT", "broken")
            continue
        if not isinstance(instrument, Instrument):
            faults.add(name, instrument, "INSTRUMENT must be a commonweal.kernel.instrument.Instrument", "broken")
        elif instrument.id in found:
            faults.add(name, instrument.id, "an instrument id may be used once", "duplicate")
        else:
            found[instrument.id] = Installed(instrument, folder)
    for problem in _clashes([item.instrument for item in found.values()]):
        faults.add(*problem)
    faults.done()
    return found


def rule_files(installed: Installed) -> list[RuleFile]:
    """The rule, parameter and playbook texts in an instrument's folder, in order of file name.

    A file with `expr` is a threshold rule (with `series` beside it, a derived series), one with `[[rule]]` tables is
    law for obligations (as is a legal
    calendar, by its id), one with `[[signer]]` tables and a quorum says who authorises, one with `[[schedule]]` tables
    how long things are kept, one with `[[letter]]` tables which letters are written by themselves, a playbook is CACAO
    JSON;
    anything else holds parameters. Raises `RuleFault` for a file that cannot be read or has no id or version.
    """
    faults = FaultCollector(f"rules of {installed.instrument.id}", RuleFault)
    files: list[RuleFile] = []
    for path in sorted([*installed.folder.glob("rules/*.toml"), *installed.folder.glob("playbooks/*.json")]):
        try:
            files.append(rule_file(path.read_text("utf-8"), path.suffix))
        except (RuleFault, UnicodeDecodeError) as error:
            faults.add(path.name, error, "a readable rule text with id and version")
    faults.done()
    return files


def policy_texts(installed: Iterable[Installed]) -> list[PolicyText]:
    """The policies of who sees what: the house's own, then each instrument's `policies/*.cedar`, which only forbid.

    Raises `RuleFault` for a file that cannot be read.
    """
    faults = FaultCollector("policies", RuleFault)
    texts = house_texts()
    for item in installed:
        name = item.instrument.id
        for path in sorted(item.folder.glob("policies/*.cedar")):
            try:
                texts.append(PolicyText(f"{name}/policies/{path.name}", path.read_text("utf-8"), name))
            except (OSError, UnicodeDecodeError) as error:
                faults.add(str(path), error, "a readable text in UTF-8")
    faults.done()
    return texts


@functools.lru_cache(maxsize=1024)
def rule_file(text: str, suffix: str = ".toml") -> RuleFile:
    """Name the id, version and room of a rule text. Raises `RuleFault` when it does not say."""
    faults = FaultCollector("rule text", RuleFault)
    data = read_json(text.encode()) if suffix == ".json" else read_toml(text, "rule text")
    if not isinstance(data, Mapping):
        data = {}
    rule_id = data.get("id")
    version = data.get("version", data.get("modified"))
    if not isinstance(rule_id, str) or not rule_id:
        faults.add("id", rule_id, "a rule id such as eu.ai_act", "missing")
    if not isinstance(version, str) or not version:
        faults.add("version", version, 'a version in quotes such as "2024-07-12"', "missing")
    faults.done()
    if suffix == ".json":
        return RuleFile(_playbook_id(str(rule_id), data), "protocols", str(version), "application/json", text)
    legal = "rule" in data or str(rule_id).startswith(LEGAL_CALENDAR)
    room = "thresholds" if "expr" in data or "after" in data else "obligations" if legal else "parameters"
    if "signer" in data and "quorum" in data:
        room = "authorisations"
    room = "retention" if "schedule" in data else room
    room = "notices" if "letter" in data else room
    room = "indicators" if "expr" in data and isinstance(data.get("series"), str) else room
    return RuleFile(str(rule_id), room, str(version), "application/toml", text)


def _playbook_id(cacao_id: str, data: Mapping[str, object]) -> str:
    """CACAO ids are `playbook--<uuid>`; rules are adopted under a readable id of the form `playbook.<name>`."""
    name = str(data.get("name", cacao_id)).lower()
    return "playbook." + "_".join(name.replace("-", " ").split())


def _candidates(extra: Sequence[Path]) -> Iterator[tuple[str, Path, _Load]]:
    here = Path(__file__).parent
    for folder in sorted(path.parent for path in here.glob("*/__init__.py")):
        yield folder.name, folder, _Load(f"{__name__}.{folder.name}")
    named = [Path(item) for item in os.environ.get(VARIABLE, "").split(os.pathsep) if item]
    for folder in [*named, *extra]:
        yield str(folder), folder, _Load(f"commonweal_instrument_{folder.name}", folder)
    for point in _points(tuple(sys.path)):
        spec = importlib.util.find_spec(point.module)
        place = Path(spec.origin).parent if spec and spec.origin else Path()
        yield point.name, place, _Load(point.module)


@functools.lru_cache(maxsize=8)
def _points(_path: tuple[str, ...]) -> tuple[EntryPoint, ...]:
    """The entry points of what is installed along this path, in order of name: a hundred files are read for them."""
    return tuple(sorted(entry_points(group=GROUP), key=lambda point: point.name))


@dataclass(frozen=True)
class _Load:
    """Imports an instrument's package, by name or from a folder anywhere."""

    module: str
    folder: Path | None = None

    def __call__(self) -> ModuleType:
        if self.folder is None:
            return importlib.import_module(self.module)
        init = self.folder / "__init__.py"
        spec = importlib.util.spec_from_file_location(self.module, init, submodule_search_locations=[str(self.folder)])
        if spec is None or spec.loader is None or not init.is_file():
            raise FileNotFoundError(f"{init} is not there")
        module = importlib.util.module_from_spec(spec)
        sys.modules[self.module] = module
        spec.loader.exec_module(module)
        return module


def _clashes(instruments: Iterable[Instrument]) -> Iterator[tuple[str, object, str, str]]:
    """Names that two instruments both claim, kinds outside their instrument's name, and reads of nothing."""
    instruments = list(instruments)
    owner: dict[tuple[str, str], str] = {}
    for instrument in instruments:
        claims = [("kind", kind.id) for kind in instrument.all_kinds()]
        claims += [("table", table.name) for table in instrument.tables]
        claims += [("page", page.path) for page in instrument.pages]
        for claim in claims:
            if claim in owner:
                yield instrument.id, claim[1], f"a {claim[0]} that {owner[claim]} does not have already", "duplicate"
            owner[claim] = instrument.id
        for kind in instrument.all_kinds():
            if not kind.id.startswith(instrument.id + "."):
                yield instrument.id, kind.id, f"a kind id that begins with {instrument.id}.", "name"
        for kind_id in sorted(set(instrument.takes_back) - {kind.id for kind in instrument.all_kinds()}):
            yield instrument.id, kind_id, "takes_back must name a kind of its own", "missing"
    kinds = {kind.id for instrument in instruments for kind in instrument.kinds}
    for instrument in instruments:
        for kind_id in instrument.reads:
            if kind_id.split(".")[0] not in ROOM_PREFIXES and kind_id not in kinds:
                yield instrument.id, kind_id, "reads must name a kind that an instrument files", "missing"
