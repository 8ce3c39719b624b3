"""On what evidence may rest that is filed here: proofs that are checked as they come, guarantees in figures; their
forms, and what the page of a case tells of them beside the element that is bound to one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel

from commonweal.kernel import registry
from commonweal.kernel.disclosure.attachments import named_in
from commonweal.kernel.instrument import (
    Act,
    Attached,
    Attachment,
    Deed,
    Fault,
    Kind,
    Page,
    Question,
    Reading,
    Text,
)
from commonweal.kernel.values import BadInput

from . import guarantees
from .deeds import Typed
from .kinds import GUARANTEE, PROOF, SPEAKERS
from .proofs import BYTES_MAX, RESULT, proved, result
from .reading import PATH, Query, plain

PROVE, GUARANTEED = f"{PATH.replace('-', '_')}/prove", f"{PATH.replace('-', '_')}/guarantee"
NAME = Question(
    "name", Text(en="Name", zh="名称"), "text", required=True,
    hint=Text(en="Everybody sees the name, and nothing else of it.", zh="名称予以公开，其余内容不公开。"),
)  # fmt: skip

# ── proofs ──────────────────────────────────────────────────────────────────────────────────────────────────────────

PROVE_LEAD = Text(
    en="A formula as DIMACS CNF, and a proof in LRAT (text) that it has no model. Each step is checked here before "
    "anything is recorded. That the formula says what it is meant to show is not proved by that: reviewers judge it.",
    zh="公式为 DIMACS CNF 格式，证明为 LRAT 文本格式，用以证明该公式无模型。载入记录之前，在此逐步核验。"
    "公式是否表达其所要说明的内容，不因此得到证明，由评审人判断。",
)


class Upload(BaseModel):
    """What is sent along with the form: a formula and its proof, in whichever order."""

    files: Annotated[tuple[Attachment, ...] | None, Attached(types=("txt",), bytes_max=BYTES_MAX, count_max=2)] = None


UPLOAD = Kind("safety_cases.proof_upload", Upload, Text(en="Files of a proof", zh="证明文件"))
FILES = Question(
    "files", Text(en="The formula and its proof", zh="公式及其证明"), "files", required=True,
    hint=Text(en="Both as .txt: add one, then the other. The formula has the line that begins with p cnf.",
              zh="均为 .txt 文件：先添加一个，再添加另一个。含有以 p cnf 开头之行的为公式。"),
)  # fmt: skip
HEAD = re.compile(rb"^\s*p\s+cnf\s", re.MULTILINE)


def prove_view(reading: Reading, query: Query) -> Mapping[str, Any]:
    """A proof, to be filed."""
    shows = Question("shows", Text(en="What it is meant to show", zh="意在说明的内容"), "long_text", required=True)
    return _form(reading, PROVE_LEAD, (NAME, shows, FILES), PROVE)


def prove_act(reading: Reading, given: Query) -> Deed:
    """The proof with what the check found. Raises `BadInput` with the first step that does not follow."""
    body: dict[str, Any] = {"name": plain(given, "name"), "shows": plain(given, "shows")}
    named = named_in(given.get("files", ""), "files")
    sent = [reading.sent(str(one["sha256"])) for one in named]
    formulas = [HEAD.search(data) is not None for data in sent]
    found, said = list[Fault](), {"formula", "proof", *RESULT}
    if sorted(formulas) != [False, True]:
        seen = f"{len(sent)} files, {sum(formulas)} with a line that begins with p cnf"
        found = [Fault("files", seen, "a formula, which has such a line, and its proof, which has none", "number")]
    else:
        at = formulas.index(True)
        body |= {"formula": [named[at]], "proof": [named[1 - at]]}
        try:
            body |= result(proved(sent[at], sent[1 - at]))
        except BadInput as error:
            found = [Fault("files", f"{one.where}: {one.seen}", one.want, one.code) for one in error.faults]
            said |= {one.where for one in error.faults}
    filled = {name: value for name, value in body.items() if value}
    return Deed([Act(PROOF.id, filled, key="", subject=None)], PATH, faults=found, said=said if found else ())


# ── guarantees ──────────────────────────────────────────────────────────────────────────────────────────────────────

GUARANTEE_LEAD = Text(
    en="A quantity that lies within bounds with a confidence, by a method, as an entry of the record shows it. "
    "Evidence that is bound to it has its interval from here.",
    zh="某一数量以一定置信度处于界限之内，注明方法及所依据的记录条目。绑定于此的证据，其区间取自此处。",
)


def guarantee_view(reading: Reading, query: Query) -> Mapping[str, Any]:
    """A guarantee, to be filed."""
    asks = (
        NAME,
        Question("quantity", Text(en="What is bounded", zh="受限数量"), "text", required=True),
        Question("unit", Text(en="Unit", zh="单位"), "text"),
        Question("at_least", Text(en="It is at least", zh="不低于"), "text"),
        Question("at_most", Text(en="It is at most", zh="不高于"), "text"),
        Question("confidence", Text(en="Confidence, from 0 to 1", zh="置信度（0 至 1）"), "text", required=True),
        Question("by_method", Text(en="Method, with its source", zh="方法及其出处"), "text", required=True),
        Question(
            "source", Text(en="Entry of the record that shows it", zh="所依据的记录条目"), "number", required=True
        ),
        Question("statement", Text(en="What else is to be said", zh="补充说明"), "long_text"),
    )
    return _form(reading, GUARANTEE_LEAD, asks, GUARANTEED)


def guarantee_act(reading: Reading, given: Query) -> Deed:
    """The guarantee as it was typed. Raises `BadInput` with every number that is none."""
    typed = Typed(given)
    body: dict[str, Any] = {name: plain(given, name) for name in ("name", "quantity", "unit", "by_method", "statement")}
    body |= {name: typed.number(name) for name in ("at_least", "at_most", "confidence")}
    body["source"] = typed.whole("source")
    filled = {name: value for name, value in body.items() if value not in (None, "")}
    return typed.done(Deed([Act(GUARANTEE.id, filled, key="", subject=None)], PATH))


def _form(reading: Reading, lead: Text, asks: tuple[Question, ...], action: str) -> dict[str, Any]:
    filled: dict[str, Any] = {"asks": asks, "begins": {}}
    return {"about": "", "lead": lead.in_(reading.language), **filled, "back": PATH, "action": action}


PAGES = (
    Page("safety_case_prove", PROVE, Text(en="File a proof", zh="提交证明"), "deed.html", prove_view, roles=SPEAKERS,
         act=prove_act, attaches=lambda given: UPLOAD),
    Page("safety_case_guarantee", GUARANTEED, Text(en="File a guarantee in figures", zh="提交量化保证"), "deed.html",
         guarantee_view, roles=SPEAKERS, act=guarantee_act),
)  # fmt: skip

# ── told beside what is bound to one ────────────────────────────────────────────────────────────────────────────────

CHECKED = Text(
    en="Machine-checked (LRAT): the formula of SHA-256 {formula} ({clauses} clauses) has no model, in {steps} steps "
    "from {used} of its clauses. Not proved: that the formula says “{shows}”.",
    zh="经机器核验（LRAT）：SHA-256 为 {formula} 的公式（{clauses} 个子句）无模型，"
    "由其中 {used} 个子句经 {steps} 步推出。未予证明：该公式即表达“{shows}”。",
)
BOUNDED = Text(
    en="{quantity}: {bounds} with confidence {confidence}, by {by_method}, as entry {source} shows it.",
    zh="{quantity}：{bounds}，置信度 {confidence}，方法：{by_method}，依据条目 {source}。",
)


UNHELD = Text(
    en=" Entry {source} has no figure of that name: the bounds were held against none.",
    zh="条目 {source} 没有同名数字，界限未与任何数字核对。",
)


def told(reading: Reading, entry: int) -> str:
    """What a case's page says of the proof or guarantee that an entry is, as far as whoever reads may read it; empty of
    anything else."""
    row = registry.version_at(reading.tables, entry)
    if row is None or row["kind"] not in (PROOF.id, GUARANTEE.id):
        return ""
    body = reading.opened(entry)
    if row["kind"] == PROOF.id:
        return _checked(reading, body) if "formula" in body else ""
    return _bounded(reading, body) if "quantity" in body else ""


def _checked(reading: Reading, body: Mapping[str, Any]) -> str:
    counts = {name: body.get(name) for name in ("clauses", "steps", "used")}
    said = {"formula": body["formula"][0]["sha256"], "shows": " ".join(body["shows"].split())[:200], **counts}
    return CHECKED.in_(reading.language).format_map(said)


def _bounded(reading: Reading, body: Mapping[str, Any]) -> str:
    ends = [
        f"{sign} {body[name]:g}" for sign, name in (("≥", "at_least"), ("≤", "at_most")) if body.get(name) is not None
    ]
    bounds = ", ".join(ends) + (f" {body['unit']}" if body.get("unit") else "")
    said = {name: body[name] for name in ("quantity", "confidence", "by_method", "source")}
    words = BOUNDED.in_(reading.language).format_map({**said, "bounds": bounds})
    return words + (UNHELD.in_(reading.language).format_map(said) if _unheld(reading, body) else "")


def _unheld(reading: Reading, body: Mapping[str, Any]) -> bool:
    """Whether a guarantee's source, as far as whoever reads may read it, says no figure of what is bounded."""
    source = int(body["source"])
    row = registry.version_at(reading.tables, source)
    if row is None or row["erased"]:
        return False
    seen = reading.opened(source)
    return set(seen) >= set(row["body"]) and guarantees.said_of(row, body["quantity"]) is None
