"""The after-action report as a page of Markdown, in English or Chinese."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_WORDS: Mapping[str, tuple[str, str]] = {
    "colon": (": ", "："),
    "report": ("After-action report", "演练后报告"),
    "held": ("Exercise under a simulated clock from {0} to {1}; seed {2}.", "模拟时钟下的演练，{0} 至 {1}；种子 {2}。"),
    "log": ("Its record: {0}, {1} entries, root `{2}`.", "其记录：{0}，{1} 条，根 `{2}`。"),
    "score": ("Score", "得分"),
    "points": ("{0} of {1} points", "{0} 分（满分 {1}）"),
    "objective": ("Objective", "目标"),
    "measured": ("Measured", "测得"),
    "why": ("Why this measure", "标准依据"),
    "time": ("Where the time went", "时间去向"),
    "contained": ("Contained {0} h after the first milestone.", "自首个节点起 {0} 小时得到遏制。"),
    "open": ("It was not contained before the exercise ended.", "演练结束前未得到遏制。"),
    "dominant": ("The longest stretch on the way: **{0}** ({1} h).", "途中最长的一段：**{0}**（{1} 小时）。"),
    "milestone": ("Milestone", "节点"),
    "at": ("Hours", "小时"),
    "took": ("Took", "用时"),
    "waits": ("Longest waits", "最长等待"),
    "step": ("Step", "步骤"),
    "visits": ("Visits", "次数"),
    "late": ("Late", "逾期"),
    "plan": ("Improvement plan", "改进计划"),
    "owner": ("Owner", "负责方"),
    "due": ("Due after", "期限"),
    "none": ("Nothing is proposed: every objective was reached.", "无改进事项：各目标均已达到。"),
    "timeline": ("Timeline", "时间线"),
    "who": ("Who", "何人"),
    "what": ("What", "何事"),
    "deadline": ("deadline passed", "期限已过"),
    "assumed": ("Assumed delays", "假定的延迟"),
    "assumed_note": ("Delays are the author's assumptions; they predict nobody.", "延迟为作者假定，不预测任何人。"),
    "people": ("played by people", "由人扮演"),
    "never": ("never answers", "从不答复"),
    "silent": ("{0}; {1} of the time no answer at all", "{0}；{1} 的情形下完全不答复"),
}


def as_markdown(report: Mapping[str, Any], language: str = "en") -> str:
    """The report for people. `language` is en or zh."""
    return "\n".join(_Page(report, language).lines()) + "\n"


class _Page:
    def __init__(self, report: Mapping[str, Any], language: str) -> None:
        self.report, self.language = report, language

    def say(self, word: str, *values: object) -> str:
        return _WORDS[word][self.language == "zh"].format(*values)

    def text(self, value: Mapping[str, str] | None) -> str:
        return "" if value is None else value.get(self.language) or value["en"]

    def lines(self) -> Iterator[str]:
        report = self.report
        yield f"# {self.say('report')}{self.say('colon')}{self.text(report['title'])}"
        yield from (
            "",
            self.text(report["summary"]),
            "",
            self.say("held", report["started"], report["ended"], report["seed"]),
        )
        log = report["log"]
        yield from (self.say("log", log["origin"], log["size"], log["root"]), "")
        yield from self.scores()
        yield from self.times()
        yield from self.plan()
        yield from self.assumed()
        yield from self.happened()

    def scores(self) -> Iterator[str]:
        points, most = _number(self.report["points"]), _number(self.report["points_max"])
        yield f"## {self.say('score')}{self.say('colon')}{self.say('points', points, most)}"
        rows = [
            (
                self.text(one["title"]), f"{_number(one['points'])} / {_number(one['points_max'])}",
                self.text(one["said"]), self.text(one["source"]),
            )
            for one in self.report["objectives"]
        ]  # fmt: skip
        yield from _table((self.say("objective"), self.say("score"), self.say("measured"), self.say("why")), rows)

    def times(self) -> Iterator[str]:
        report = self.report
        yield f"## {self.say('time')}"
        yield ""
        after = report["contained_after_h"]
        yield self.say("open") if after is None else self.say("contained", _number(after))
        longest = next((one for one in report["milestones"] if one["id"] == report["dominant"]), None)
        if longest:
            yield self.say("dominant", self.text(longest["title"]), _number(longest["took"]))
        rows = [(self.text(one["title"]), _number(one["hours"]), _number(one["took"])) for one in report["milestones"]]
        yield from _table((self.say("milestone"), self.say("at"), self.say("took")), rows)
        yield f"### {self.say('waits')}"
        waits = [
            (self.text(one["step"]), _number(one["hours"]), one["visits"], one["late"]) for one in report["waits"][:10]
        ]
        yield from _table((self.say("step"), self.say("at"), self.say("visits"), self.say("late")), waits)

    def plan(self) -> Iterator[str]:
        yield f"## {self.say('plan')}"
        if not self.report["improvements"]:
            yield from ("", self.say("none"), "")
            return
        rows = [
            (f"**{self.text(one['title'])}** {self.text(one['measure'])}", one["owner"], one["due_after"])
            for one in self.report["improvements"]
        ]
        yield from _table((self.say("what"), self.say("owner"), self.say("due")), rows)

    def assumed(self) -> Iterator[str]:
        yield f"## {self.say('assumed')}"
        rows = [
            (self.text(one["name"]), self.say("people") if one["player"] else self.delay(one))
            for one in self.report["actors"]
        ]
        yield from _table((self.say("who"), self.say("took")), rows)
        yield self.say("assumed_note")
        yield ""

    def delay(self, actor: Mapping[str, Any]) -> str:
        silence = actor.get("silence", 0)
        if silence == 1:
            return self.say("never")
        return self.say("silent", actor["delay"], f"{silence:.0%}") if silence else str(actor["delay"])

    def happened(self) -> Iterator[str]:
        yield f"## {self.say('timeline')}"
        rows = [
            (
                _number(one["hours"]), self.text(one["by"]),
                self.text(one["text"])
                + (f"{self.say('colon')}{self.say('deadline')}" if one["what"] == "late" else ""),
            )
            for one in self.report["timeline"]
        ]  # fmt: skip
        yield from _table((self.say("at"), self.say("who"), self.say("what")), rows)


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}".removesuffix(".0")


def _table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> Iterator[str]:
    yield ""
    yield "| " + " | ".join(heads) + " |"
    yield "|" + "---|" * len(heads)
    for row in rows:
        yield "| " + " | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in row) + " |"
    yield ""
