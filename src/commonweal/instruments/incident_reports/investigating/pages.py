"""Investigations as the authority sees them, and all of one in one file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from commonweal.kernel import registry
from commonweal.kernel.instrument import Column, Deed, Kind, Page, Reading, Row, Text
from commonweal.kernel.values import NotFound, subject_id

from ..desk.queue import PATH as DESK
from ..desk.staff import called
from ..printing import PDF
from ..reports import STEWARDS
from . import opining
from .ahead import byline, in_parts, preview, will
from .forms import DOINGS, may, offered, opening, opening_act, pieces
from .kinds import CONFIDENCES, EVENT, EVIDENCE, FACTOR, FACTORS, FORMS, INVESTIGATION, ROLES, SEGMENT
from .printing import report_view
from .recommended import named, said_lines, shown
from .recommending import recommendations, said
from .tables import final_report, found_out
from .words import worded

PATH = "/incident-reports/investigating"
CONTENT = ("content", "files")
"""What evidence holds, which the page of an investigation does not show."""
URGENT = ("overdue", "implemented", "sent_back", "open", "accepted")
"""The states of recommendations in which something is still to be done, what presses most first."""
COLUMNS = (
    Column("name", Text(en="Recommendation", zh="建议"), "link"),
    Column("addressee", Text(en="To", zh="受文者"), "link"),
    Column("due", Text(en="By", zh="期限"), "date"),
    Column("until", Text(en="Next word by", zh="下一答复或认定期限"), "date"),
    Column("state", Text(en="State", zh="状态"), "state"),
    Column("changed", Text(en="Changed", zh="变更日"), "date"),
    Column("investigation", Text(en="Investigation", zh="调查")),
)


def list_view(reading: Reading, query: Mapping[str, str]) -> Mapping[str, Any]:
    """Every investigation, those that go on first, and every recommendation with its state, what presses most first."""
    every = (row for row in registry.subjects(reading.tables, "investigation") if not row["erased"])
    rows = [row for row in every if not reading.kept_out(row["subject"])]
    advice = [
        shown(reading, row) for row in recommendations(reading.tables) if not reading.kept_out(row["recommendation"])
    ]
    order = {state: place for place, state in enumerate(URGENT)}
    return {
        "rows": sorted(
            (
                {
                    "name": row["name"],
                    "href": _path(row["subject"]),
                    "incident": row["body"].get("incident"),
                    "since": registry.versions(reading.tables, row["subject"])[0]["filed_on"],
                    "closed_on": row["body"].get("closed_on"),
                }
                for row in rows
            ),
            key=lambda row: (row["closed_on"] is not None, row["since"]),
        ),
        "columns": COLUMNS,
        "advice": [
            {**one, "changed": one["changed"][:10], "investigation": named(reading.tables, one["investigation"])}
            for one in sorted(advice, key=lambda one: order.get(one["state"], len(order)))
        ],
        "open": f"{PATH}/open",
        "back": DESK,
    }


def _about(parts: Mapping[str, str]) -> str:
    return f"investigation:{parts['slug']}"


def _path(investigation: str) -> str:
    return f"{PATH}/{investigation.partition(':')[2]}"


def _found(reading: Reading, query: Mapping[str, str]) -> Row:
    row = registry.subject(reading.tables, f"investigation:{query['slug']}")
    if row is None:
        raise NotFound("investigation", f"investigation:{query['slug']}", f"{PATH} lists those that there are")
    return row


def investigation_view(reading: Reading, query: Mapping[str, str]) -> Mapping[str, Any]:
    """One investigation with all that belongs to it, opened for who is signed in. Raises `NotFound`."""
    row = _found(reading, query)
    subject, tables = row["subject"], reading.tables
    opened = _whole(INVESTIGATION, reading.opened(row["entry"]))
    report = final_report(tables, subject)
    return {
        "title": row["name"],
        "path": _path(subject),
        "body": opened,
        "team": [(called(reading, one["party"]), ROLES[one["role"]], one.get("interests", ()))
                 for one in opened["team"] or ()],
        "lead": _lead(reading, opened["team"] or ()),
        "yours": may(reading, subject, "event"),
        "events": [_with(reading, one) for one in found_out(tables, subject, "event")],
        "factors": [
            {**one, "kind": FACTORS[one["factor"]]}
            for one in (_with(reading, row) for row in found_out(tables, subject, "factor"))
        ],
        "pieces": [_piece(reading, one) for one in pieces(reading, subject)],
        "recommendations": [
            {
                **shown(reading, one),
                "said": said_lines(reading, one["recommendation"]),
            }
            for one in recommendations(tables, investigation=subject)
        ],
        "report": _report(reading, report) if report else None,
        "pdf": f"{_path(subject)}/report.pdf" if report and PDF.offered else "",
        "opinions": opining.shown(reading, subject),
        "doings": offered(reading, row),
    }  # fmt: skip


def _lead(reading: Reading, team: Sequence[Mapping[str, Any]]) -> str:
    """What who is in charge is called, of a team as whoever is reading may read it."""
    return next((called(reading, one["party"]) for one in team if one["role"] == "lead"), "")


def _whole(kind: Kind, opened: Mapping[str, Any]) -> dict[str, Any]:
    """A body with every field of its kind, None where it says nothing."""
    return {**dict.fromkeys(kind.schema.model_fields), **opened}


def _with(reading: Reading, row: Row) -> dict[str, Any]:
    opened = _whole(EVENT if row["what"] == "event" else FACTOR, reading.opened(row["entry"]))
    confidence = CONFIDENCES[opened["confidence"] or "likely"]
    return {**row, **opened, "confidence": confidence, "entry": row["entry"]}


def _report(reading: Reading, row: Row) -> dict[str, Any]:
    told = {"text": "", "text_zh": "", **reading.part(row["entry"], "text", "text_zh", "files")}
    signed = byline(reading, row["by"], row["team"])
    return {**row, **signed, **told, **in_parts(told), "files": _files(row["entry"], told)}


def _files(entry: int, told: Mapping[str, Any]) -> list[dict[str, str]]:
    """The files that came with an entry, and where each is had."""
    return [
        {"name": one["name"], "href": f"/record/{entry}/attachments/{one['sha256']}"} for one in told.get("files") or ()
    ]


def _piece(reading: Reading, row: Row) -> dict[str, Any]:
    """Evidence, or a recorder's segment: of its content a page says only whether the reader may open it."""
    recorder = row["subject"].startswith("segment:")
    fields = [name for name in (SEGMENT if recorder else EVIDENCE).schema.model_fields if name not in CONTENT]
    named = reading.part(row["entry"], *fields, *(() if recorder else ("files",)))
    told: dict[str, Any] = {**dict.fromkeys(fields), **named}
    opens = recorder and reading.opens(row["entry"], "content")
    about = {"subject": row["subject"], "entry": row["entry"], "recorder": recorder, "opens": opens}
    collected_by = worded(reading, "collected_by", told.get("collected_by"))
    words = {"form": FORMS.get(told.get("form", "")), "collected_by": collected_by}
    hands = [{**one, **{name: worded(reading, name, one[name]) for name in ("giver", "taker")}}
             for one in told.get("custody") or ()]  # fmt: skip
    return {**told, **about, **words, "custody": hands, "files": _files(row["entry"], told)}


def export_view(reading: Reading, query: Mapping[str, str]) -> Mapping[str, Any]:
    """Everything on file about one investigation, each entry with its index: what the reader may read of it."""
    row = _found(reading, query)
    subject, tables = row["subject"], reading.tables
    named = registry.referring(tables, subject, "investigation")
    entries = [one["entry"] for about in (subject, *named) for one in registry.versions(tables, about)]
    for what in ("event", "factor"):
        entries += [one["entry"] for one in found_out(tables, subject, what)]
    for one in recommendations(tables, investigation=subject):
        entries += [answer["entry"] for answer in said(tables, one["recommendation"])]
    entries += [row["entry"] for row in opining.opinions(tables, investigation=subject)]
    report = final_report(tables, subject)
    entries += [report["entry"]] if report else []
    return {
        "investigation": subject,
        "name": row["name"],
        "as_of": reading.now.isoformat(),
        "entries": [{"entry": index, "body": dict(reading.opened(index))} for index in sorted(set(entries))],
    }


def doing_view(reading: Reading, query: Mapping[str, str]) -> Mapping[str, Any]:
    """The form of one thing that can be done in an investigation. Raises `NotFound`."""
    row, doing = _found(reading, query), DOINGS.get(query["doing"])
    if doing is None:
        raise NotFound("page of an investigation", query["doing"], "one of: " + ", ".join(DOINGS))
    yours = may(reading, row["subject"], query["doing"])
    return {
        "title": doing.title.in_(reading.language),
        "name": row["name"],
        "lead": doing.lead,
        "button": doing.button,
        "asks": doing.asks(reading, row["subject"]) if yours else (),
        "not_yours": "" if yours else _lead(reading, reading.part(row["entry"], "team").get("team") or ()) or "–",
        "back": _path(row["subject"]),
        "action": f"{_path(row['subject'])}/{query['doing']}",
        **preview(reading, row["subject"], query["doing"], query),
    }


def doing_attaches(query: Mapping[str, str]) -> Kind | None:
    """Of which kind the form of one thing that can be done takes attachments."""
    doing = DOINGS.get(query["doing"])
    return doing.attaches if doing else None


def doing_deed(reading: Reading, given: Mapping[str, str]) -> Deed:
    """What the answers come to. Raises `NotFound` and `BadInput`."""
    row, doing = _found(reading, given), DOINGS.get(given["doing"])
    if doing is None:
        raise NotFound("page of an investigation", given["doing"], "one of: " + ", ".join(DOINGS))
    acts = doing.acts(reading, row["subject"], given)
    return Deed(acts, _path(row["subject"]), will(reading, row["subject"], acts))


def open_view(reading: Reading, query: Mapping[str, str]) -> Mapping[str, Any]:
    """The form that opens an investigation into an incident."""
    return {
        "title": OPEN.title.in_(reading.language),
        "name": Text(en="Investigations", zh="调查").in_(reading.language),
        "lead": Text(
            en="Its sole objective is that it does not happen again. Nobody of the team may have a part in the matter.",
            zh="调查的唯一目的是防止再次发生。团队成员不得与其有关。",
        ),
        "button": Text(en="Open it", zh="立案"),
        "asks": opening(reading),
        "back": PATH,
        "action": f"{PATH}/open",
    }


def open_deed(reading: Reading, given: Mapping[str, str]) -> Deed:
    """The investigation that was opened. Raises `BadInput`."""
    act, faults = opening_act(reading, given)
    path = _path(subject_id("investigation", str(act.body.get("name", "")) or "-"))
    return Deed([act], path, faults=faults)


OPEN = Page(
    "investigation_open", f"{PATH}/open", Text(en="Open an investigation", zh="启动调查"), "desk_doing.html", open_view,
    roles=STEWARDS, act=open_deed,
)  # fmt: skip
PAGES = (
    Page("investigation_list", PATH, Text(en="Investigations", zh="调查"), "investigations.html", list_view,
         roles=STEWARDS),
    OPEN,
    Page("investigation_file", PATH + "/{slug}.json", Text(en="Investigation as one file", zh="调查全案文件"), "",
         export_view, roles=STEWARDS, about=_about),
    Page("investigation_report", PATH + "/{slug}/report.pdf", Text(en="Final report as PDF", zh="最终报告PDF"), "",
         report_view, roles=STEWARDS, about=_about),
    Page("investigation_one", PATH + "/{slug}", Text(en="Investigation", zh="调查"), "investigation.html",
         investigation_view, roles=STEWARDS, about=_about),
    Page("investigation_doing", PATH + "/{slug}/{doing}", Text(en="In an investigation", zh="调查操作"),
         "desk_doing.html", doing_view, roles=STEWARDS, act=doing_deed, attaches=doing_attaches, about=_about),
)  # fmt: skip
