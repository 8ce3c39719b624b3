"""LTAC, the Lightweight Text Assurance Case format: an outline, one element a line, two blanks a level.

Source: Argevide, "Formatting rules for Lightweight Text Assurance Case (LTAC) format" 1.1.2 (2026-02-26, CC BY 4.0),
and its extension for verocase (D. Wheeler, github.com/david-a-wheeler/verocase, MIT): several packages parted by blank
lines, `^ID` and `^[Package] ID` for elements of another package, `{options}`, comments, `Relation`. A package is a
module here. `{needssupport}` is an element that is undeveloped, `{abstract}` one that is still to be filled in,
`{iscounter}` one that challenges its parent. Ours are `{public}`, what a package offers to others, and `{binds NAME}`
at the head of a package that is the contract between those that it names. Every other option is kept.

A line that still says what it said when it was read goes out as it was written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from commonweal.kernel.values import BadInput, Fault, shown

from ..model import Case, Element, said
from .written import Written, beside, lost, modelled, refused, texts

NAME, FILE, DEPTH_MAX = "ltac", "case.ltac", 400
_KINDS = {
    "Claim": "goal", "Strategy": "strategy", "Evidence": "solution", "Context": "context", "Assumption": "assumption",
    "Justification": "justification", "Relation": "strategy",
}  # fmt: skip
_WORDS = {
    "goal": "Claim", "counter_goal": "Claim", "strategy": "Strategy", "solution": "Evidence",
    "counter_solution": "Evidence", "context": "Context", "assumption": "Assumption", "justification": "Justification",
    "module": "Claim", "contract": "Claim",
}  # fmt: skip
_LINE = re.compile(
    r"(?P<bullet>[-*])[ \t]+(?P<word>\w+)(?:[ \t]+(?P<head>[^:]*?))?[ \t]*(?P<colon>:[ \t]*(?P<text>.*))?"
)
_CITED = re.compile(r"\^(?:\[(?P<package>[^\]]*)\][ \t]*)?(?P<id>[^:^]+)")
_OPTIONS = re.compile(r"(?P<rest>.*?)[ \t]*\{(?P<inside>[^{}]*)\}")
_REFERENCE = re.compile(r"(?P<rest>.*?)[ \t]*\((?P<inside>[^()]*)\)")
_NOT_IN_IDS = re.compile(r"[:^{}()]")
NEEDS, ABSTRACT, COUNTER, OFFERED, BINDS = "needssupport", "abstract", "iscounter", "public", "binds "


@dataclass(frozen=True)
class _Said:
    """What one line says."""

    word: str
    head: str
    text: str | None
    options: tuple[str, ...] = ()
    reference: str | None = None


def _parsed(line: str) -> _Said | None:
    """A line without its indentation; None where it is no line of an outline."""
    found = _LINE.fullmatch(line.rstrip())
    if found is None:
        return None
    if found["colon"] is None:
        return _Said(found["word"], (found["head"] or "").strip(), None)
    text, options, reference = found["text"], list[str](), None
    seen: set[str] = set()
    while True:
        if "{" not in seen and (tail := _OPTIONS.fullmatch(text)):
            options = [one.strip() for one in tail["inside"].split(",") if one.strip()]
            seen.add("{")
        elif "(" not in seen and (tail := _REFERENCE.fullmatch(text)):
            reference = tail["inside"] or None
            seen.add("(")
        else:
            break
        text = tail["rest"]
    return _Said(found["word"], (found["head"] or "").strip(), text, tuple(options), reference)


# ── reading ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def read(files: Mapping[str, bytes]) -> Case:
    """The case of one outline. Raises `BadInput` with every line that cannot be read, `TooLarge` above a limit."""
    found = texts(files)
    if len(found) != 1:
        raise BadInput(Fault("(whole)", f"{len(found)} files", "one file", "number"))
    ((name, text),) = found.items()
    reading = _Reading(name)
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        reading.line(number, line.removesuffix("\r"))
    reading.cite()
    if reading.faults or not reading.elements:
        none = [Fault("(whole)", shown(text[:80]), "at least one claim", "empty")]
        raise refused(reading.faults or none, name)
    crlf = len(lines) > 1 and all(line.endswith("\r") for line in lines[:-1])
    more = {"tree": reading.tree, "newline": "\r\n" if crlf else "\n"}
    return modelled({**reading.content(), "more": {NAME: more}}, name)


@dataclass
class _Reading:
    name: str
    faults: list[Fault] = field(default_factory=list)
    elements: list[dict[str, Any]] = field(default_factory=list)
    relations: list[dict[str, Any]] = field(default_factory=list)
    challenges: list[dict[str, Any]] = field(default_factory=list)
    modules: list[dict[str, Any]] = field(default_factory=list)
    tree: list[list[Any]] = field(default_factory=list)
    """The lines in order: depth, what it is ("element", "link", "cited", "text"), whose or which words."""
    known: dict[str, dict[str, Any]] = field(default_factory=dict)
    way: list[str] = field(default_factory=list)
    cited: list[tuple[int, int, _Said, str]] = field(default_factory=list)

    def content(self) -> dict[str, Any]:
        title = self.elements[0]["text"] or self.elements[0]["id"]
        parts = {"modules": self.modules, "elements": self.elements, "relations": self.relations}
        return {"title": title[:500], **parts, "challenges": self.challenges}

    def fault(self, number: int, seen: object, want: str, code: str = "form") -> None:
        self.faults.append(Fault(f"line {number}", shown(seen), want, code))

    def line(self, number: int, line: str) -> None:
        words = line.lstrip(" ")
        if not words or words.startswith("#") or words.startswith("```"):
            self.tree.append([0, "text", line])
            return
        depth, odd = divmod(len(line) - len(words), 2)
        found = _parsed(words)
        if found is None or (found.word not in _KINDS and found.word != "Link"):
            want = f"a dash and one of {', '.join([*_KINDS, 'Link'])}, an identifier, a colon and its text"
            self.fault(number, line, want)
        elif odd or depth > len(self.way) or depth > DEPTH_MAX:
            self.fault(number, line[:20], "two blanks for each level, and one level deeper at a time", "indentation")
        elif found.word == "Link":
            self._link(number, depth, found, words)
        elif found.head.startswith("^"):
            self._citation(number, depth, found, words)
        elif found.text is None:
            self.fault(number, line, "a colon between the identifier and the text")
        else:
            self._element(number, depth, found, words)

    def _element(self, number: int, depth: int, found: _Said, words: str) -> None:
        text = found.text or ""
        name = found.head or _NOT_IN_IDS.sub("", text).strip()[:200] or f"line {number}"
        if name in self.known:
            self.fault(number, name, "an identifier that is used once", "duplicate")
            return
        options = {one.lower() for one in found.options}
        kind = _KINDS[found.word]
        if COUNTER in options and kind in ("goal", "solution"):
            kind = f"counter_{kind}"
        if depth == 0:
            binds = [one[len(BINDS) :].strip() for one in found.options if one.lower().startswith(BINDS)]
            self.modules.append({"name": name, "binds": binds, "more": {}})
        module = self.modules[-1]["name"] if self.modules else ""
        kept: dict[str, Any] = {"line": words, "options": list(found.options)}
        kept |= {"word": found.word} if _WORDS[kind] != found.word else {}
        element = {
            "id": name,
            "kind": kind,
            "text": text,
            "reference": found.reference,
            "public": OFFERED in options,
            "undeveloped": NEEDS in options,
            "abstract": ABSTRACT in options,
            "module": module,
            "more": {NAME: kept},
        }
        self.known[name] = element
        self.elements.append(element)
        self.tree.append([depth, "element", name])
        self._under(depth, name, kind)
        self.way[depth:] = [name]

    def _link(self, number: int, depth: int, found: _Said, words: str) -> None:
        target = found.head
        if target not in self.known or depth == 0:
            self.fault(number, target, "a Link names an element above it in the outline", "dangling")
            return
        self.tree.append([depth, "link", target, words])
        self._under(depth, target, self.known[target]["kind"])
        self.way[depth:] = []

    def _citation(self, number: int, depth: int, found: _Said, words: str) -> None:
        """An element of another package: related at the end, when all of them are known."""
        name = _CITED.fullmatch(found.head)
        if name is None or depth == 0:
            self.fault(number, found.head, "^ and an identifier, under an element", "form")
            return
        self.tree.append([depth, "cited", name["id"].strip(), words])
        self.cited.append((len(self.relations), depth, found, self.way[depth - 1]))
        self.relations.append({"above": self.way[depth - 1], "below": name["id"].strip()})
        self.way[depth:] = []

    def _under(self, depth: int, name: str, kind: str) -> None:
        if depth == 0:
            return
        above = self.way[depth - 1]
        if kind.startswith("counter_"):
            self.challenges.append({"source": name, "target": above})
        else:
            contextual = kind in ("context", "assumption", "justification")
            as_what = "in_context_of" if contextual else "supported_by"
            self.relations.append({"above": above, "below": name, "kind": as_what})

    def cite(self) -> None:
        """An element that another package of the outline holds is meant itself; any other is an away element here."""
        for place, _, found, above in self.cited:
            relation, name = self.relations[place], _CITED.fullmatch(found.head)
            assert name is not None
            target = relation["below"]
            if target not in self.known:
                relation["below"] = away = f"^{target}"
                if away not in self.known:
                    cites = {"element": target, "module": name["package"]}
                    module = self.known[above]["module"]
                    kind = _KINDS[found.word]
                    self.known[away] = {"id": away, "kind": kind, "text": found.text, "cites": cites, "module": module}
                    self.elements.append(self.known[away])
            kind = self.known[relation["below"]]["kind"]
            if kind in ("context", "assumption", "justification"):
                relation["kind"] = "in_context_of"


# ── writing ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def write(case: Case) -> Written:
    """One outline. Raises `BadInput` for a case that rests on itself or goes deeper than an outline may."""
    writing = _Writing(case)
    newline = str(said(case.more, NAME).get("newline", "\n"))
    file = newline.join(writing.lines()).encode()
    return beside(Written({FILE: file}, tuple(writing.lost)), case, NAME, "LTAC")


def _names(case: Case) -> dict[str, str]:
    """What each element is called in an outline: its id without what an outline has a meaning for, each another."""
    found, taken = {one.id: one.id for one in case.elements if _is_name(one.id)}, set[str]()
    taken |= set(found)
    for element in case.elements:
        if element.id not in found:
            plain = " ".join(element.id.replace(":", ".").replace("^", "").split()) or "element"
            tries = (plain if not number else f"{plain}-{number + 1}" for number in range(len(case.elements) + 1))
            found[element.id] = next(name for name in tries if name not in taken)
            taken.add(found[element.id])
    return found


def _is_name(name: str) -> bool:
    return not set(name) & set(":^") and name == " ".join(name.split())


def _has_place(reference: str | None) -> bool:
    """Whether a reference may stand in parentheses at the end of a line."""
    return not set(reference or "") & set("()\n")


def _one_line(text: str | None) -> str:
    return " ".join((text or "").splitlines())


class _Writing:
    """Follows the outline that was read as far as it still is so, and puts what is new under what it belongs to."""

    def __init__(self, case: Case) -> None:
        self.case, self.known, self.lost = case, case.by_id(), list[Fault]()
        self.names = _names(case)
        self.under: dict[str, list[str]] = {}
        self.sources: set[str] = set()
        supporting = {one.below for one in case.relations}
        for challenge in case.challenges:
            if challenge.target is None:
                seen = " → ".join(challenge.between or ())
                self.lost.append(lost(f"{challenge.source} challenges a relation", seen, "LTAC"))
            elif self._is_counter(self.known[challenge.source], supporting):
                self.sources.add(challenge.source)
            else:
                self.lost.append(lost(f"{challenge.source} challenges", challenge.target, "LTAC"))
        for relation in case.relations:
            if relation.below in self.sources:
                self.lost.append(lost(f"element {relation.above}, {relation.kind}", relation.below, "LTAC"))
            else:
                self.under.setdefault(relation.above, []).append(relation.below)
        for challenge in case.challenges:
            if challenge.target is not None and challenge.source in self.sources:
                self.under.setdefault(challenge.target, []).append(challenge.source)
        self.supported = {one.above for one in case.relations if one.kind == "supported_by"}
        self.defined: set[str] = set()
        self.bound = {one.name: one.binds for one in case.modules}
        """What a package binds, which is called as its first element is."""

    def _is_counter(self, element: Element, supporting: set[str]) -> bool:
        """Whether an element is written as one that challenges what it stands under: a claim or evidence, wherever it
        stands, so that what supports as well does not challenge."""
        if element.kind.startswith("counter_"):
            return True
        return element.kind in ("goal", "solution") and element.id not in supporting

    def lines(self) -> list[str]:
        tree = said(self.case.more, NAME).get("tree")
        self._told()
        if isinstance(tree, list) and (kept := self._kept(tree)) is not None:
            return kept
        tops = [
            one for one in self.case.elements if one.id not in {name for rest in self.under.values() for name in rest}
        ]
        found: list[str] = []
        for top in tops:
            if top.cites is None:
                found += [*([""] if found else []), *self._outline(top.id)]
        left = [one.id for one in self.case.elements if one.id not in self.defined and one.cites is None]
        if left:
            want = "a case whose elements all stand under a top element"
            raise BadInput([Fault(f"element {name}", name, want, "circle") for name in left], "LTAC")
        return [*found, ""]

    def _kept(self, tree: list[Any]) -> list[str] | None:
        """The outline as it was read, while it still holds every element and relation and no others."""
        wanted = {(above, below) for above, names in self.under.items() for below in names}
        found, way, lines = set[tuple[str, str]](), list[str](), list[str]()
        for depth, what, name, *words in tree:
            if what == "text":
                lines.append(str(name))
                continue
            target = str(name) if str(name) in self.known else f"^{name}"
            if target not in self.known:
                return None
            if depth:
                found.add((way[depth - 1], target))
            way[depth:] = [target]
            self.defined.add(target)
            element = self.known[target]
            line = self._line(element) if what == "element" else self._again(element, str(words[0]))
            lines.append("  " * int(depth) + line)
        whole = found == wanted and self.defined == self.known.keys()
        self.defined = self.defined if whole else set()
        return lines if whole else None

    def _again(self, element: Element, line: str) -> str:
        """A line that names an element elsewhere, with its text as it is now where it had one."""
        found = _parsed(line)
        assert found is not None
        if not found.text or found.text == element.text:
            return line
        return f"- {found.word} {found.head}: {_one_line(element.text)}".rstrip()

    def _outline(self, top: str) -> Iterator[str]:
        stack = [(0, top)]
        while stack:
            depth, name = stack.pop()
            element = self.known[name]
            if depth > DEPTH_MAX:
                raise BadInput(
                    Fault(f"element {name}", f"{depth} deep", f"at most {DEPTH_MAX} levels", "circle"), "LTAC"
                )
            if element.cites is not None:
                place = f"[{element.cites.module}] " if element.cites.module else ""
                text = f": {_one_line(element.text)}" if element.text else ""
                yield (
                    "  " * depth
                    + f"- {_WORDS[element.kind]} ^{place}{element.cites.element or element.cites.case}{text}"
                )
            elif name in self.defined:
                yield "  " * depth + f"- Link {self.names[name]}"
            else:
                self.defined.add(name)
                yield "  " * depth + self._line(element)
                stack += [(depth + 1, below) for below in reversed(self.under.get(name, ()))]

    def _line(self, element: Element) -> str:
        kept = said(element.more, NAME)
        raw, now = kept.get("line"), self._says(element, kept)
        if isinstance(raw, str) and (found := _parsed(raw)) is not None:
            named = found.head or _NOT_IN_IDS.sub("", found.text or "").strip()[:200] or element.id
            then = _Said(found.word, named, found.text, tuple(one.lower() for one in found.options), found.reference)
            if then == _Said(now.word, now.head, now.text, tuple(one.lower() for one in now.options), now.reference):
                return raw
        options = f" {{{', '.join(now.options)}}}" if now.options else ""
        reference = f" ({now.reference})" if now.reference else ""
        text = now.text or ""
        guarded = " {}" if text.endswith("}") and not options else " ()" if text.endswith(")") and not reference else ""
        return f"- {now.word} {now.head}: {text}{options}{reference}{guarded}".rstrip()

    def _says(self, element: Element, kept: Mapping[str, Any]) -> _Said:
        counts = {NEEDS, ABSTRACT, OFFERED}
        counts |= {COUNTER} if element.kind.removeprefix("counter_") in ("goal", "solution") else set()
        given = [str(one) for one in kept.get("options", ()) if not str(one).lower().startswith(BINDS)]
        given += [f"{BINDS}{name}" for name in self.bound.get(element.id, ())]
        options = [one for one in given if one.lower() not in counts]
        derived = {NEEDS: self._needs(element), ABSTRACT: element.abstract, COUNTER: element.id in self.sources,
                   OFFERED: element.public}  # fmt: skip
        before = [one.lower() for one in given]
        order = [*before, *[one for one in derived if one not in before]]
        written = {one.lower(): one for one in options}
        found = [written.get(one, one) for one in order if one in written or derived.get(one)]
        name, reference = self.names[element.id], element.reference if _has_place(element.reference) else None
        return _Said(
            str(kept.get("word", _WORDS[element.kind])), name, _one_line(element.text), tuple(found), reference
        )

    def _needs(self, element: Element) -> bool:
        """Whether an element still needs support: what another module develops does not, in one outline of both."""
        return element.undeveloped and element.id not in self.supported

    def _told(self) -> None:
        for element in self.case.elements:
            where = f"element {element.id}"
            for name in ("name", "detail", "needs", "comments"):
                if value := getattr(element, name):
                    self.lost.append(lost(f"{where}, {name}", value, "LTAC"))
            if element.undeveloped and not self._needs(element):
                self.lost.append(lost(f"{where}, undeveloped", "developed by another module", "LTAC"))
            if self.names[element.id] != element.id and element.cites is None:
                self.lost.append(lost(f"{where}, id", element.id, "LTAC"))
            if element.kind.startswith("counter_") != (element.id in self.sources):
                self.lost.append(lost(f"{where}, kind", element.kind, "LTAC"))
            if element.kind in ("module", "contract"):
                self.lost.append(lost(f"{where}, kind", element.kind, "LTAC"))
            if element.cites is not None and element.id != f"^{element.cites.element}":
                self.lost.append(lost(f"{where}, cites", element.cites.model_dump(exclude_none=True), "LTAC"))
            if element.reference and (element.cites is not None or not _has_place(element.reference)):
                self.lost.append(lost(f"{where}, reference", element.reference, "LTAC"))
            if element.text and "\n" in element.text.strip("\n"):
                self.lost.append(lost(f"{where}, text", "several lines", "LTAC"))
        self._told_of_modules()
        if self.case.description:
            self.lost.append(lost("description", self.case.description, "LTAC"))

    def _told_of_modules(self) -> None:
        rest = {name for names in self.under.values() for name in names}
        packages = {one.name for one in self.case.modules}
        packages -= {one.id for one in self.case.elements if one.id not in rest and one.module == one.id}
        for name in sorted(packages):
            self.lost.append(lost("module", name, "LTAC"))
        for module in self.case.modules:
            odd = [name for name in module.binds if set(name) & set("{},") or name != name.strip()]
            if odd or (module.binds and module.name not in self.known):
                self.lost.append(lost(f"module {module.name}, binds", ", ".join(module.binds), "LTAC"))
