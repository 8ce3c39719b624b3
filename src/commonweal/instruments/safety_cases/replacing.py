"""A new version of a case from files, or from a text in a form of others: what changes is shown before it is filed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from commonweal.kernel.instrument import Act, Choice, Deed, Question, Reading, Text
from commonweal.kernel.values import BadInput, Fault

from . import beginning
from .comparing import Change, compared
from .editing import carried
from .filed import FiledCase
from .formats import FORMATS
from .kinds import CASE
from .model import Case
from .reading import PATH, Query, form, found, open_case, plain
from .words import CHANGES, PARTS, WHATS

REPLACE = ("replace", Text(en="File a new version from a file", zh="以文件提交新版本"))
LEAD = Text(
    en="What changes is shown before anything is recorded. What elements are bound to stays, as far as they are still "
    "there.",
    zh="载入记录之前，先显示有何变化。元素的绑定在该元素仍存在时保留。",
)
LINES_MAX, SHOWN_MAX = 100, 160
FIELDS = ("setting", "claim", "review_by")


def replace_view(reading: Reading, query: Query) -> Mapping[str, Any]:
    """A new version, to be sent; what is public of the case is filled in as it is. Raises `NotFound`."""
    case = open_case(reading, query["case"])
    asks = (
        Question("form", Text(en="The form it is in", zh="格式"), "one", required=True,
                 choices=tuple(Choice(name, words) for name, words in beginning.NAMES.items())),
        beginning.FILES,
        Question("argument", Text(en="The argument, unless a file", zh="论证（以文件提交时留空）"), "long_text"),
        Question("setting", Text(en="Setting", zh="环境"), "text", required=True),
        Question("claim", Text(en="What is claimed", zh="主张"), "text",
                 hint=Text(en="Everybody sees it, as the setting. Left empty, it is what the argument's top "
                              "claim says.",
                           zh="主张与环境均予公开。留空则取论证的顶层主张。")),
        Question("review_by", Text(en="To be reviewed by", zh="应复审日"), "day"),
    )  # fmt: skip
    begins = {name: str(case.body.get(name) or "") for name in FIELDS}
    return form(case, f"{query['case']}/{REPLACE[0]}", LEAD.in_(reading.language), asks, begins)


def replace_act(reading: Reading, given: Query) -> Deed:
    """The new version, once what it changes was seen. Raises `BadInput` with everything that cannot be read."""
    case = found(reading, given["case"])
    argument = _argument(reading, given)
    body = {**carried(case.body, argument), **{name: plain(given, name) for name in FIELDS}}
    body |= beginning.claimed(body["claim"], argument)
    changes = list(_changes(case, argument, body))
    if not changes:
        words = Text(en="The newest version says this already.", zh="最新版本内容与此相同。")
        return Deed([], f"{PATH}/{given['case']}", stands=words)
    filled = {name: value for name, value in body.items() if value not in (None, "")}
    act = Act(CASE.id, filled, key="", subject=case.subject)
    return Deed([act], f"{PATH}/{given['case']}", confirm=_shortened(changes))


def _argument(reading: Reading, given: Query) -> Case:
    name = plain(given, "form")
    if name not in FORMATS:
        raise BadInput(Fault("form", name or "nothing", "the form of what is sent or pasted", "choice"))
    sent = beginning.read_files(name, beginning.sent(reading, given))
    return sent or beginning.read_text(name, given.get("argument", ""))


def _changes(case: FiledCase, argument: Case, body: Mapping[str, Any]) -> Iterator[Text]:
    """What is told of the difference: of the argument, of what is public, of what is bound no more."""
    yield from map(told, compared(case.argument, argument))
    for name, words in (("setting", Text(en="Setting", zh="环境")), ("claim", Text(en="What is claimed", zh="主张")),
                        ("review_by", Text(en="To be reviewed by", zh="应复审日"))):  # fmt: skip
        then, now = str(case.body.get(name) or "–"), str(body.get(name) or "–")
        if then != now:
            yield Text(en=f"{words['en']}: {then} → {now}", zh=f"{words['zh']}：{then} → {now}")
    known = argument.by_id()
    for one in case.bindings:
        if one.element not in known:
            entry = "–" if one.entry is None else str(one.entry)
            yield Text(
                en=f"{one.element} was bound to entry {entry}, and is bound no more",
                zh=f"{one.element} 原绑定于条目 {entry}，不再绑定",
            )


def _shortened(changes: list[Text]) -> list[Text]:
    more = len(changes) - LINES_MAX
    rest = [Text(en=f"And {more} more.", zh=f"另有 {more} 项。")] if more > 0 else []
    return [*changes[:LINES_MAX], *rest]


def told(change: Change) -> Text:
    """A difference in words: what came, went or says otherwise, and what it said."""
    lines = {}
    for language, colon, end in (("en", ": ", "; "), ("zh", "：", "；")):
        head = f"{WHATS[change.what][language]} {change.name}{colon}{CHANGES[change.how][language]}"
        parts = [f"{PARTS[part][language]} “{_cut(then)}” → “{_cut(now)}”" for part, then, now in change.fields]
        lines[language] = end.join([head, *parts])
    return Text(lines)


def _cut(words: str) -> str:
    words = " ".join(words.split())
    return words if len(words) <= SHOWN_MAX else f"{words[:SHOWN_MAX]}…"
