"""A report is handed to a body outside: it concerns this authority itself, or belongs to another, or nobody here may
judge it. Whoever reported reads to whom and why only where the officer who refers it decides so: a provider that
reports of itself is not warned of a prosecutor by its own report. The public log does not tell that there was a report
to refer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from commonweal.kernel.instrument import TO_OWNER, Entry, Filing, Reader, Row, Table, Tables, Talk, Text
from commonweal.kernel.registry import Ref
from commonweal.kernel.values import stamp

from .reports import STEWARDS, TECHNICAL, Line, Words, kind_of

Because = Literal["about_itself", "all_conflicted", "not_ours"]
BECAUSES: Mapping[Because, Text] = {
    "about_itself": Text(en="It concerns this authority itself", zh="涉及本机关自身"),
    "all_conflicted": Text(en="Every officer here has a conflict of interest in it", zh="本机关全体官员均有利益冲突"),
    "not_ours": Text(en="It belongs to another authority", zh="属其他机关管辖"),
}


class Referral(Filing):
    """A report was handed to a body outside, such as a peer authority or an ombudsman; a later one stands beside it.

    `referred_to` names the body in words, `reference` is what it is known by there. Who reported is no part of what is
    handed over; with `told_to_reporter` they are told of it, and may go there themselves.
    """

    report: Annotated[str, Ref("report")]
    referred_to: Annotated[Line, TO_OWNER]
    referred_because: Annotated[Because, TO_OWNER]
    legal_basis: Annotated[Line | None, TO_OWNER] = None
    reference: Annotated[Line | None, TO_OWNER] = None
    reasons: Words = ""
    told_to_reporter: bool = False


def _withheld(body: Mapping[str, Any]) -> bool:
    """Whether they are not told; of what was filed before that was asked, whoever reported was told."""
    return not body.get("told_to_reporter", True)


REFERRAL = kind_of(
    "referral", Referral, Text(en="Referred to a body outside", zh="移送外部机构"), STEWARDS, retention=TECHNICAL,
    renewable=True, about_field="report", withheld=_withheld,
)  # fmt: skip
REFERRED = Table(
    "incident_reports_referred",
    columns={
        "report": "text", "entry": "integer", "at": "text", "by": "text", "to": "text", "because": "text",
        "legal_basis": "text", "reference": "text", "told": "integer",
    },
    key=("report", "entry"),
)  # fmt: skip
FIELDS: Mapping[str, Text] = {
    "referred_to": Text(en="Referred to", zh="移送至"),
    "referred_because": Text(en="Why it is referred", zh="移送原因"),
    "told_to_reporter": Text(en="Whether whoever reported is told", zh="是否告知报告人"),
}
TOLD = Text(
    en="Your report was referred to {to}: {why}. Who you are was not handed over; you may go there yourself.",
    zh="您的报告已移送至{to}：{why}。您的身份未予移交；您可自行向其反映。",
)
CITED = Text(en="It rests on {basis}.", zh="依据：{basis}。")
KNOWN = Text(en="There it is known by {reference}.", zh="对方编号：{reference}。")


def follow(entry: Entry, tables: Tables) -> None:
    """Lay out a referral."""
    if entry.kind == REFERRAL.id and not entry.erased:
        body = entry.body
        said = {"to": body["referred_to"], "because": body["referred_because"]}
        said |= {name: body.get(name) for name in ("legal_basis", "reference")}
        said["told"] = int(not _withheld(body))
        filed = {"report": body["report"], "entry": entry.index, "at": stamp(entry.time), "by": entry.author}
        tables.put(REFERRED, {**filed, **said})


def referrals(reader: Reader, report: str) -> list[Row]:
    """To whom a report was handed, oldest first."""
    return reader.select(REFERRED, {"report": report}, order=("entry",))


def talk(reader: Reader, report: str) -> Iterator[Talk]:
    """What whoever reported is told of it."""
    for row in referrals(reader, report):
        if not row["told"]:
            continue
        why = BECAUSES[row["because"]]
        lines = [Text({one: TOLD[one].format(to=row["to"], why=_inside(why[one], one)) for one in TOLD})]
        for words, name in ((CITED, "legal_basis"), (KNOWN, "reference")):
            if row[name]:
                said = {"basis" if name == "legal_basis" else name: row[name]}
                lines.append(Text({one: words[one].format(**said) for one in words}))
        yield Talk("referral", row["entry"], row["at"], "", lines=tuple(lines))


def _inside(words: str, language: str) -> str:
    """Words as they stand within a sentence."""
    return words[:1].lower() + words[1:] if language == "en" else words
