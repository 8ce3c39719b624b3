"""Texts that somebody sends who means harm, or whose language is not what a page expects."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from commonweal.acceptance import Caller
from commonweal.authority import Authority
from commonweal.kernel.record import Act
from commonweal.kernel.values import Text
from commonweal.settings import Settings

REPORT = "incident_reports.report"
REFUSED = {
    "nul": "a\x00b",
    "control": "a\x1bb",
    "c1 control": "a\x85b",
    "override": "invoice\u202egnp.exe",
    "isolate": "a\u2066b",
    "surrogate": "a\ud800b",
    "noncharacter": "a\ufffeb",
}
"""Characters that no filing has (OWASP input validation; Trojan Source, CVE-2021-42574)."""

TAKEN = {
    "script": "<script>alert(1)</script>",
    "closed early": '"></title></textarea></script><svg onload=alert(1)>',
    "handler": "<img src=x onerror=alert(1)>",
    "attribute": "\" autofocus onfocus='alert(1)' x=\"",
    "address": "javascript:alert(document.cookie)",
    "data": "data:text/html,<script>alert(1)</script>",
    "template": "{{7*7}} {% include '/etc/passwd' %} ${7*7} #{7*7} %(x)s {0} %d",
    "markup": "]]><!--<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>&e;",
    "hyperlink": '=HYPERLINK("http://evil.example","x")',
    "command": "+cmd|' /C calc'!A0",
    "minus": "-2+3+cmd|' /C calc'!A0",
    "at": "@SUM(1+1)*cmd|' /C calc'!A0",
    "wide": "\uff1dHYPERLINK(1)",
    "spaces first": "  =1+1",
    "path": "../../../../etc/passwd",
    "drive": "C:\\Windows\\system32\\..\\x",
    "header": "A title\r\nBcc: everybody@example.org\r\n\r\nand a body",
    "inner tab": "A title\t=1+1\n=2+2",
    "long": "W" * 200,
    "zero width": "Ac\u200bme\u200d\u2060 \ufeffLabs",
    "right to left": "مختبر السلامة (القاهرة)",
    "hebrew": "שלום, 100% world!",
    "combining": "Z" + "\u0351" * 60,
    "separators": "a\u2028b\u2029c",
    "emoji": "👩‍🔬🏴󠁧󠁢󠁳󠁣󠁴󠁿",
    "quotes": "'; DROP TABLE reports; --",
}
"""Texts that say what they say, and must do nothing (OWASP: XSS, CSV injection, path traversal, header injection)."""

HARMLESS = "A quite harmless text"
ALL = {**TAKEN, "harmless": HARMLESS}
RUNS_AS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")


class Bones(HTMLParser):
    """A page without its words: its tags with the names of their attributes, and where its links lead."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, tuple[str, ...]]] = []
        self.addresses: list[str] = []
        self.words: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, tuple(sorted(name for name, _ in attrs))))
        self.addresses += [value or "" for name, value in attrs if name in ("href", "src", "action", "formaction")]

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def run(self) -> list[str]:
        """What of this page a browser would run, or follow to anywhere but a web address."""
        handlers = [f"{tag} {name}" for tag, names in self.tags for name in names if name.startswith("on")]
        schemes = [one for one in self.addresses if ":" in one.partition("/")[0] and not one.startswith(_WEB)]
        return handlers + schemes


_WEB = ("http://", "https://", "mailto:", "tel:")


def report(reference: str, text: str) -> dict[str, Any]:
    """A report that says a text wherever it may be said."""
    return {
        "name": reference, "category": "concern", "reporter": "public", "title": text, "what_happened": text,
        "system_named": text, "developer_named": text, "harmed_named": text, "exposure": text,
        "causes": [{"cause": text}],
    }  # fmt: skip


def slug(number: int) -> str:
    return f"h-{number}"


@contextmanager
def published(folder: Path) -> Iterator[Authority]:
    """An authority with each text in a report, linked to an incident that is published with it."""
    settings = Settings(Text(en="Office", zh="办公室"), "office.example/log", datetime(2026, 1, 1, tzinfo=UTC))
    with Authority.create(folder, settings) as made:
        officer = Caller("party:desk", ("officer",))
        reports = [Act(REPORT, report(slug(number), text), f"r{number}") for number, text in enumerate(ALL.values())]
        made.place_all(reports, Caller("party:provider", ("developer",)))
        incidents = [
            Act("incident_reports.incident", {"name": slug(number), "title": text, "summary": text}, f"i{number}")
            for number, text in enumerate(ALL.values())
        ]
        made.place_all(incidents, officer)
        made.follow()
        today = made.clock.now().date().isoformat()
        more = []
        for number, text in enumerate(ALL.values()):
            incident = f"incident:{slug(number)}"
            source = f"In print: {text}" if text.startswith(("javascript:", "data:")) else text
            named = {f"{who}_named": [text] for who in ("systems", "developers", "deployers", "harmed")}
            said = {
                "name": slug(number), "incident": incident, "published_on": today, "title": text, "title_zh": text,
                "summary": text, "summary_zh": text, **named, "external": [text], "sources": [source],
                "correction": text,
            }  # fmt: skip
            link = {"report": f"report:{slug(number)}", "incident": incident, "relation": "same"}
            question = {"report": f"report:{slug(number)}", "text": text}
            more += [
                Act("incident_reports.publication", said, f"p{number}"),
                Act("incident_reports.linked", link, f"l{number}"),
                Act("incident_reports.question", question, f"q{number}"),
            ]
        made.place_all(more, officer)
        made.follow()
        yield made
