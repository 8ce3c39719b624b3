"""What is public of incidents as one tagged PDF, each as its page says it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from commonweal.kernel.instrument import Export, Reading, Text, Wording
from commonweal.kernel.values import LANGUAGES, BadInput, Busy, Crowded, Fault

from .publication import of_incident
from .scales import SCALES
from .searching import public
from .snapshots import snapshot
from .telling import by_reason, path_of, reason_of, title_of, told
from .words import FIELDS

PRINTED_MAX, PRINTED_CHARS_MAX = 100, 400_000
"""Laid out in about a second, in some 200 MB."""
_TOO_MUCH = Text(
    en="at most {most} incidents and {chars} characters in one PDF: filter the list, e.g. by ?reference=, or take the "
    "JSON",
    zh="一份PDF最多含 {most} 件事件、{chars} 个字符：请筛选列表（如使用 ?reference=），或下载JSON",
)
_PRINTED = Text(en="As published on {day}: {count} in all.", zh="截至 {day} 已公布内容，共 {count} 件。")
_SNAPSHOT = Text(
    en="Snapshot of the week {week}, without what was taken out of it since: {count} in all.",
    zh="{week} 周快照（不含此后撤除内容），共 {count} 件。",
)
_DIGEST = Text(
    en="Its digest (SHA-256) in the record: {sha256}, entry {entry}.",
    zh="记录中的摘要（SHA-256）：{sha256}，条目 {entry}。",
)
_ONLY = Text(en="Only those with {filters}.", zh="仅含符合以下条件者：{filters}。")
_NEWEST = Text(en="As it stands now: {address}", zh="当前内容：{address}")
_REFERENCE = Text(en="Reference", zh="编号")
_VERSION = Text(en="Version {number}, {on}, entry {entry}.", zh="第{number}版，{on}，条目 {entry}。")
_VERSIONS = Text(en="Versions", zh="版本")
_WITHDRAWN = Text(en="Withdrawn.", zh="已撤回。")
_FICTITIOUS = Text(
    en="Made up to show how this works: nobody named here exists.", zh="为演示而虚构：此处所称之人均不存在。"
)
_TAKEN = Text(
    en="Taken out of this snapshot since {since} by entry {entry}: {fields} ({why}).",
    zh="自 {since} 起由条目 {entry} 自本快照撤除：{fields}（{why}）。",
)
_ERASED = Text(
    en="Taken out of this snapshot: {fields} ({why}, entry {entry}).",
    zh="自本快照撤除：{fields}（{why}，条目 {entry}）。",
)
_ALL = Text(en="all that was said", zh="全部内容")
_WHY = Text(en="{field} ({why})", zh="{field}（{why}）")
_TITLE = Text(en="Published incidents", zh="已公布事件")
_FILTERS = {
    "q": Text(en="Words", zh="词语"),
    "reference": _REFERENCE,
    "year": Text(en="Year", zh="年份"),
    "since": Text(en="Updated since", zh="更新自"),
}


def as_pdf(reading: Reading, query: Mapping[str, str]) -> bytes:
    """What is public under a query as one tagged PDF, each incident as its page says it.

    Raises `BadInput` for more than `PRINTED_MAX` incidents or `PRINTED_CHARS_MAX` characters, and where documents
    cannot be laid out here, saying how they could be; `Crowded` where too many wait for one.
    """
    said, language = public(reading, query), reading.language
    _check(len(said), 0)
    taken = bool(query.get("snapshot"))
    printed = [_printed(reading, one, taken) for one in said]
    _check(len(said), sum(len(line) for _, parts in printed for line in _run(parts)))
    single = len(printed) == 1
    parts = printed[0][1] if single else [("", []), *((title, _run(parts)) for title, parts in printed)]
    title = printed[0][0] if single else _TITLE.in_(language)
    reference = str(said[0]["name"]) if single else query.get("snapshot") or reading.today.isoformat()
    address = path_of(said[0]["incident"]) if single else "/incident_reports/incidents"
    head = _head(reading, query, len(printed))
    if reading.address:
        head.append(
            _NEWEST.in_(language).format(address=reading.address + ("/zh" if language == "zh" else "") + address)
        )
    try:
        return reading.typeset(reference, Wording(language, title, head, parts))
    except Crowded:
        raise
    except Busy as error:
        raise BadInput(Fault("pdf", "(not available)", str(error), "missing"), "pdf") from error


def _check(count: int, chars: int) -> None:
    """Raise `BadInput` for more than one PDF holds."""
    if count > PRINTED_MAX or chars > PRINTED_CHARS_MAX:
        most = {"most": PRINTED_MAX, "chars": f"{PRINTED_CHARS_MAX:,}"}
        want = {language: _TOO_MUCH.in_(language).format(**most) for language in LANGUAGES}
        seen = f"{count} incidents" + (f", {chars:,} characters" if chars else "")
        raise BadInput(Fault("(list)", seen, want["en"], "too_many", want), "pdf")


def _head(reading: Reading, query: Mapping[str, str], count: int) -> list[str]:
    """When, of which week and under which filters this is so."""
    language = reading.language
    row = snapshot(reading.tables, query.get("snapshot", ""))
    if row is None:
        head = [_PRINTED.in_(language).format(day=reading.today.isoformat(), count=count)]
    else:
        digest = _DIGEST.in_(language).format(sha256=row["body"]["sha256"], entry=row["entry"])
        head = [_SNAPSHOT.in_(language).format(week=row["name"], count=count), digest]
    colon = "：" if language == "zh" else ": "
    asked = [
        f"{(FIELDS.get(name) or _FILTERS[name]).in_(language)}{colon}{_choice(name, value, language)}"
        for name, value in query.items()
        if value and name != "snapshot"
    ]
    if asked:
        head.append(_ONLY.in_(language).format(filters=("；" if language == "zh" else "; ").join(asked)))
    return head


def _choice(name: str, value: str, language: str) -> str:
    known = SCALES.get(name, {})
    return known[value].in_(language).partition("：" if language == "zh" else ":")[0] if value in known else value


def _printed(reading: Reading, one: Mapping[str, Any], taken: bool) -> tuple[str, list[tuple[str, list[str]]]]:
    """The title of an incident, and what its page says in parts of paragraphs, the first of them without a title."""
    language, incident = reading.language, one["incident"]
    versions = [one] if taken else of_incident(reading.tables, incident)
    page = told(reading, incident, [{"status": "published", **each} for each in versions], around=False)
    colon, comma = ("：", "、") if language == "zh" else (": ", ", ")

    def why(field: str, reason: str) -> str:
        return _WHY.in_(language).format(field=field, why=reason)

    first = [*([_FICTITIOUS.in_(language)] if page["fictitious"] else ()), *filter(None, [page["summary"]])]
    first += [f"{_REFERENCE.in_(language)}{colon}{page['reference']}"]
    first += [f"{name}{colon}{value}" for name, value in page["facts"]]
    if page["models"]:
        first.append(f"{title_of('models').in_(language)}{colon}{comma.join(page['models'])}")
    for name in ("variant_of",) if page["variant_of"] else ():
        first.append(f"{title_of(name).in_(language)}{colon}{page[name].partition(':')[2]}")
    if page["withheld"]:
        held = comma.join(why(field, reason) for field, reason in page["withheld"])
        first.append(f"{title_of('withheld').in_(language)}{colon}{held}")
    first += _gone(one, language)
    parts = [("", first)]
    if page["sources"]:
        parts.append((title_of("sources").in_(language), list(page["sources"])))
    lines = []
    for version in page["versions"]:
        head = _VERSION.in_(language).format(number=version["version"], on=version["on"], entry=version["entry"])
        gone = [_WITHDRAWN.in_(language)] if version["withdrawn"] else []
        lines.append(" ".join(filter(None, (head, *gone, version["correction"]))))
        lines += [f"– {field}{colon}{before} → {after}" for field, before, after in version["changes"]]
    return page["title"], [*parts, (_VERSIONS.in_(language), lines)]


def _gone(one: Mapping[str, Any], language: str) -> list[str]:
    """What was taken out of a snapshot since, a line for each filing by which something went."""
    comma, lines = "、" if language == "zh" else ", ", []
    for each, fields in by_reason(one.get("taken_out", ()), language):
        what = _ALL.in_(language) if one.get("gone") else comma.join(fields)
        said = {"fields": what, "why": reason_of(each["why"]).in_(language), "entry": each["entry"]}
        lines.append((_TAKEN if each["since"] else _ERASED).in_(language).format(since=each["since"], **said))
    return lines


def _run(parts: list[tuple[str, list[str]]]) -> list[str]:
    """The parts one after another."""
    return [line for _, lines in parts for line in lines]


PDF = Export("pdf", Text(en="PDF", zh="PDF"), "application/pdf", as_pdf, needs="typst", dear=True)
