"""What is wrong with a case as an argument: every fault named at once, each by the element or relation it is in.

The checks that gsn2x makes have its numbers in the comments (V04, C03 …: gsn2x documentation, "Checks").
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from commonweal.kernel.values import BadInput, Fault, shown
from commonweal.methods.arguments import circles

from .model import CONTEXTUAL, Case, Challenge, Element, Relation
from .modules import Modular

FAULTS_MAX, WAY_MAX = 200, 50
_MAY_SUPPORT = {
    "goal": ("goal", "strategy", "solution", "module", "contract"),
    "strategy": ("goal", "strategy", "solution", "module", "contract"),
    "justification": ("goal", "strategy", "solution"),
    "counter_goal": ("goal", "strategy", "solution", "counter_goal", "counter_solution"),
    "counter_solution": (),
    "module": ("goal", "module", "contract"),
    "contract": ("goal", "module"),
    "solution": (),
    "context": (),
    "assumption": (),
}


def faults_in(case: Case) -> list[Fault]:
    """Every fault of a case, in order: names, relations, challenges, circles, what is cited, contracts."""
    return [
        *_names(case),
        *_relations(case),
        *_challenges(case),
        *_circles(case),
        *_development(case),
        *_cited(case),
        *Modular(case).faults(),
    ]


def checked(case: Case, about: str = "safety case") -> Case:
    """The case itself. Raises `BadInput` with every fault (of over 200 the first ones, and how many more)."""
    found = faults_in(case)
    if found:
        more = len(found) - FAULTS_MAX
        rest = [Fault("(whole)", f"{more} more faults", "mend these first", "more")] if more > 0 else []
        raise BadInput([*found[:FAULTS_MAX], *rest], about)
    return case


def _names(case: Case) -> Iterator[Fault]:
    if not case.elements:
        yield Fault("elements", "none", "at least one element", "empty")
    for what, want, counted in (
        ("element", "each element has a name of its own", Counter(one.id for one in case.elements)),  # C07
        ("module", "each module has a name of its own", Counter(one.name for one in case.modules)),  # C06
    ):
        for name, times in counted.items():
            if times > 1:
                yield Fault(f"{what} {name}", f"{times} times", want, "duplicate")
    known = {module.name for module in case.modules} | {""}
    for element in case.elements:
        if element.module not in known:
            yield Fault(f"element {element.id}, module", shown(element.module), "a module of this case", "unknown_name")


def _relations(case: Case) -> Iterator[Fault]:
    known, seen = case.by_id(), set()
    for relation in case.relations:
        place = f"{relation.above} → {relation.below}"
        if relation.above == relation.below:
            yield Fault(place, relation.above, "an element does not rest on itself", "circle")  # V06
        if (relation.above, relation.below, relation.kind) in seen:
            yield Fault(place, relation.kind, "each relation once", "duplicate")  # V05
        seen.add((relation.above, relation.below, relation.kind))
        for end in dict.fromkeys((relation.above, relation.below)):
            if end not in known:
                yield Fault(place, end, _there(end), "dangling")  # C03, C11
        if relation.above in known and relation.below in known:
            yield from _sensible(known[relation.above], known[relation.below], relation)
    names = {module.name for module in case.modules}
    for relation in case.relations:
        if relation.stated_in is not None and relation.stated_in not in names:
            place = f"{relation.above} → {relation.below}, stated_in"
            yield Fault(place, shown(relation.stated_in), "a module of this case", "unknown_name")


def _there(name: str) -> str:
    if "," in name:
        return "an element of this case (several names go into a list)"
    return "an element of this case"


def _sensible(above: Element, below: Element, relation: Relation) -> Iterator[Fault]:  # V04
    place = f"{relation.above} → {relation.below}"
    if relation.kind == "in_context_of":
        if below.kind not in CONTEXTUAL:
            want = "a context, an assumption or a justification where an element is in context of one"
            yield Fault(place, below.kind, want, "relation")
        elif above.kind in CONTEXTUAL and below.kind != "context":
            yield Fault(place, f"{above.kind} in context of {below.kind}", "at most a context there", "relation")
    elif below.kind not in _MAY_SUPPORT[above.kind]:
        allowed = ", ".join(_MAY_SUPPORT[above.kind]) or "nothing"
        yield Fault(place, below.kind, f"a {above.kind} is supported by: {allowed}", "relation")


def _challenges(case: Case) -> Iterator[Fault]:
    known = case.by_id()
    tied = {(relation.above, relation.below) for relation in case.relations}
    tied |= {(one.source, one.target) for one in case.challenges if one.target}
    tied |= {(below, above) for above, below in tied}
    for challenge in case.challenges:
        place = f"{challenge.source} challenges {_target(challenge)}"
        if (challenge.target is None) == (challenge.between is None):
            yield Fault(place, "both or neither", "either an element or a relation is challenged", "challenge")
            continue
        ends = (challenge.source, *(challenge.between or (challenge.target or "",)))
        absent = [end for end in dict.fromkeys(ends) if end not in known]
        for end in absent:
            yield Fault(place, end, "an element of this case", "dangling")  # C12, C14
        if challenge.source == challenge.target:
            yield Fault(place, challenge.source, "no element challenges itself", "challenge")  # C13
        if not absent and challenge.between and challenge.between not in tied:
            yield Fault(
                place, " → ".join(challenge.between), "a relation or challenge of this case", "challenge"
            )  # C16


def _target(challenge: Challenge) -> str:
    return challenge.target or " → ".join(challenge.between or ("nothing",))


def _circles(case: Case) -> Iterator[Fault]:  # C04
    names = list(case.by_id())
    place = {name: number for number, name in enumerate(names)}
    edges = [(place[one.above], place[one.below]) for one in case.relations if {one.above, one.below} <= place.keys()]
    modular = Modular(case)
    for element in case.elements:
        if element.cites is not None:
            edges += [(place[element.id], place[one]) for one in modular.stands_for(element)]
    for circle in circles(len(names), edges):
        if len(circle) > 1:
            shown_of = [*circle, circle[0]] if len(circle) < WAY_MAX else [*circle[:WAY_MAX], circle[0]]
            parts = [names[one] for one in shown_of]
            way = " → ".join(parts if len(circle) < WAY_MAX else [*parts[:-1], "…", parts[-1]])
            yield Fault(f"element {names[circle[0]]}", way, "an argument does not rest on itself", "circle")


def _development(case: Case) -> Iterator[Fault]:
    known, legs = case.by_id(), Counter(one.above for one in case.relations if one.kind == "supported_by")
    for relation in case.relations:
        above = known.get(relation.above)
        if above and above.undeveloped and relation.kind == "supported_by" and relation.stated_in is None:  # V03
            place = f"element {above.id}, undeveloped"
            yield Fault(place, f"supported by {relation.below}", "what is undeveloped has no support yet", "relation")
        if above and relation.stated_in is not None and not above.undeveloped:  # C10
            place = f"{relation.above} → {relation.below}, stated_in {relation.stated_in}"
            yield Fault(place, "developed already", "another module develops what is left undeveloped", "relation")
    for element in case.elements:
        if element.needs is not None and element.needs > legs[element.id]:
            want = f"at most {legs[element.id]}, which is how many support it"
            yield Fault(f"element {element.id}, needs", str(element.needs), want, "range")


def _cited(case: Case) -> Iterator[Fault]:
    known, modules = case.by_id(), {module.name for module in case.modules}
    for element in case.elements:
        cited = element.cites
        if cited is None or cited.case is not None:
            continue
        place = f"element {element.id}, cites"
        target = known.get(cited.element or "")
        if cited.module is not None and cited.module not in modules:
            yield Fault(place, shown(cited.module), "a module of this case, or another case by its name", "away")
        elif cited.element is not None and (target is None or target is element):
            yield Fault(place, cited.element, "an element of this case elsewhere, or another case by its name", "away")
        elif cited.element is None and cited.module is None:
            yield Fault(place, "nothing", "an element, a module or a case", "away")
        elif target is not None and cited.module not in (None, target.module):
            yield Fault(place, f"{cited.element} of {cited.module}", f"it is in module {target.module!r}", "away")
