"""What the page of an incident says, and what fields and codes are called: for page, preview, print and list alike."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from commonweal.kernel.instrument import Reading, Text
from commonweal.kernel.notices.templates import said_day
from commonweal.kernel.values import jurisdictions, partial_in

from .publication import OPEN, kept_from, standing, taken_out
from .scales import SCALES
from .searching import alike
from .withholding import REASONS, hides
from .words import FIELDS

_HEADING = re.compile(r"#{1,6}[ \t]+(\S.*)")
MOMENTS = ("occurred", "occurred_until", "resolved_on")
_KEPT = Text(en="kept back", zh="未予公布")
_ERASED = Text(en="it was erased from the record", zh="已从记录中删除")
_TITLES = {
    "title": Text(en="Title", zh="标题"),
    "outcome": Text(en="Outcome", zh="结果"),
    "countries": Text(en="Countries", zh="国家或地区"),
    "addressee": Text(en="To", zh="受文者"),
    "due": Text(en="By", zh="期限"),
    "text": Text(en="What should be done", zh="建议内容"),
    "text_zh": Text(en="The same in Chinese", zh="中文正文"),
}


def parted(text: str, title: str) -> list[tuple[str, Sequence[str]]]:
    """A text that people wrote in parts: a line such as `# Findings` is the title of what follows, which else stands
    under `title`. An empty line ends a paragraph."""
    parts: list[tuple[str, list[str]]] = [(title, [])]
    for block in re.split(r"\n[ \t]*\n", text.replace("\r\n", "\n")):
        lines: list[str] = []
        for line in block.split("\n"):
            if found := _HEADING.fullmatch(line.strip()):
                parts[-1][1].extend(filter(None, ["\n".join(lines).strip()]))
                parts.append((found[1], []))
                lines = []
            else:
                lines.append(line)
        parts[-1][1].extend(filter(None, ["\n".join(lines).strip()]))
    return [(name, said) for name, said in parts if said or name != title]


def title_in(one: Mapping[str, Any], language: str) -> str:
    """What an incident is called in a language: in English where nothing is said in Chinese."""
    return str((language == "zh" and one.get("title_zh")) or one["title"])


def path_of(incident: str) -> str:
    """The public page of an incident."""
    return f"/incidents/{incident.partition(':')[2]}"


def scales_words(field: str, value: Any, language: str) -> str:
    """Codes of a scale in words, days and countries too, parted as the language does it; anything else as it is."""
    return ("、" if language == "zh" else ", ").join(each_in_words(field, value, language))


def each_in_words(field: str, value: Any, language: str) -> list[str]:
    """Each of the things that a field says, in words."""
    if value in (None, "", (), []):
        return []
    items = value if isinstance(value, (list, tuple)) else [value]
    known = SCALES.get(field, {})
    if field in MOMENTS:
        return [partial_in(str(item), language) for item in items]
    if field == "countries":
        return [jurisdictions.named(str(item), language) for item in items]
    return [known[item].in_(language) if item in known else str(item) for item in items]


def told(
    reading: Reading, incident: str, versions: Sequence[Mapping[str, Any]], *, around: bool = True
) -> Mapping[str, Any]:
    """What the page of an incident says by these versions of what went out (`of_incident`), oldest first; its
    variants and what reads like it too, unless nobody asks what is `around` it."""
    now, language = versions[-1], reading.language
    gone = now["status"] == "withdrawn"
    return {
        "title": now["name"] if gone else title_in(now, language),
        "reference": now["name"],
        "gone": gone,
        "fictitious": bool(now.get("fictitious")),
        "summary": "" if gone else (language == "zh" and now.get("summary_zh")) or now.get("summary", ""),
        "in_english": not gone and language == "zh" and bool(now.get("summary")) and not now.get("summary_zh"),
        "facts": [] if gone else _facts(now, language),
        "models": [] if gone else now.get("models", []),
        "variant_of": "" if gone else now.get("variant_of", ""),
        "sources": [] if gone else now.get("sources", []),
        "withheld": [
            (title_of(field).in_(language), REASONS[why].title.in_(language))
            for field, why in now.get("withheld", {}).items()
        ],
        "hidden": REASONS[now["withdrawn_for"]].title.in_(language) if hides(now.get("withdrawn_for")) else "",
        "versions": versions_told(versions, language)[::-1],
        "alike": _named(alike(reading, now), language) if around and not gone else [],
        "variants": _named(_variants(reading, incident) if around else (), language),
        "entry": now["entry"],
    }


def _variants(reading: Reading, incident: str) -> list[Mapping[str, Any]]:
    return [one for one in standing(reading) if one.get("variant_of") == incident]


def _named(said: Iterable[Mapping[str, Any]], language: str) -> list[dict[str, str]]:
    return [{"title": title_in(one, language), "href": path_of(one["incident"])} for one in said]


def _facts(now: Mapping[str, Any], language: str) -> list[tuple[str, str]]:
    left_out = ("title", "title_zh", "summary", "summary_zh", "models", "variant_of", "sources")
    found = []
    for field in OPEN:
        if field in left_out or now.get(field) in (None, "", [], ()):
            continue
        value = now[field]
        if isinstance(value, bool):
            shown = {True: Text(en="Yes", zh="是"), False: Text(en="No", zh="否")}[value].in_(language)
        else:
            shown = scales_words(field, value, language)
        found.append((title_of(field).in_(language), shown))
    return found


def versions_told(
    versions: Sequence[Mapping[str, Any]], language: str, fields: Sequence[str] = OPEN
) -> list[dict[str, Any]]:
    """Every version with what changed in these fields of it. What was withdrawn, or kept back, for a reason that hides
    is not shown of earlier versions either (`taken_out`): that there was a change is."""
    every = hides(versions[-1].get("withdrawn_for"))
    hidden = [taken_out(one, versions, fields) for one in versions]
    found = []
    for number, one in enumerate(versions):
        changes: list[tuple[str, ...]] = []
        for field in fields if number and one["status"] == "published" and not every else ():
            old, new = versions[number - 1].get(field), one.get(field)
            kept = (field in hidden[number - 1], field in hidden[number] or field in kept_from(one, fields))
            if old != new:
                told = [
                    _KEPT.in_(language) if closed else scales_words(field, value, language) or "–"
                    for value, closed in zip((old, new), kept, strict=True)
                ]
                changes.append((title_of(field).in_(language), *told))
        found.append(
            {
                "version": one["version"],
                "on": one["updated"][:10],
                "entry": one["entry"],
                "withdrawn": one["status"] == "withdrawn",
                "correction": "" if "correction" in hidden[number] else one.get("correction", ""),
                "changes": changes,
                "hidden": [
                    (title_of(field).in_(language), reason_of(why).in_(language))
                    for field, why in one.get("hidden", {}).items()
                ],
            }
        )
    return found


def reason_of(why: str) -> Text:
    """Why something is not shown any more."""
    return REASONS[why].title if why in REASONS else _ERASED


def by_reason(taken: Sequence[Mapping[str, Any]], language: str) -> list[tuple[Mapping[str, Any], list[str]]]:
    """What was taken out of one incident, together where one filing took it out for one reason; the fields' titles."""
    found: dict[tuple[Any, Any], tuple[Mapping[str, Any], list[str]]] = {}
    for each in taken:
        found.setdefault((each["entry"], each["why"]), (each, []))[1].append(title_of(each["field"]).in_(language))
    return list(found.values())


def title_of(field: str) -> Text:
    """What a field of a publication is called."""
    if field in FIELDS:
        return FIELDS[field]
    return _TITLES.get(field) or Text(en=field.replace("_", " "), zh=field)


def day_told(said: Any) -> Text:
    """A day as people write it; what is none, and is refused further on, as it was typed."""
    try:
        day = date.fromisoformat(str(said or ""))
    except ValueError:
        return Text(en=str(said or "–"), zh=str(said or "–"))
    return Text(en=said_day(day, "en"), zh=said_day(day, "zh"))


def put_in(sentence: Text, **words: Any) -> Text:
    """A sentence with words put in: texts in its own language, anything else as it is."""
    return Text(
        {
            language: words_in.format(
                **{name: one[language] if isinstance(one, Mapping) else one for name, one in words.items()}
            )
            for language, words_in in sentence.items()
        }
    )


def listed(pairs: Sequence[tuple[Text, Text | None]]) -> Text:
    """Titles with what is said of each, one after another."""
    told = {
        language: dict.fromkeys(
            shape.format(title=title[language], why=why[language]) if why else title[language] for title, why in pairs
        )
        for language, shape in (("en", "{title} ({why})"), ("zh", "{title}（{why}）"))
    }
    return Text(en="; ".join(told["en"]), zh="；".join(told["zh"]))
