"""What the rooms hold: duties, thresholds, cases. All of it is public: state entries carry no names.

Only the instants of clocks in hours are told to the second to some, and duties that rest on confidential facts to them
alone (see `kernel.obligations.publication`); that they were told stands in the log of reads.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from starlette.responses import Response

from commonweal import dues
from commonweal.authority import Authority
from commonweal.kernel import obligations, protocols, thresholds
from commonweal.kernel.values import Busy, NotFound, as_subject, instant, stamp

from .operations import PURPOSE, Answer, Asked, Operation, Param, json_answer

_SUBJECT = Param("subject", "Only about this subject", {"type": "string", "maxLength": 130})
_RULE = Param("rule", "Only of this rule")
_JURISDICTION = Param(
    "jurisdiction", "Only under the law of this jurisdiction, e.g. EU", {"type": "string", "maxLength": 8}
)
_LIMIT = Param("limit", "How many at most", {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100})
_OFFSET = Param("offset", "How many to pass over", {"type": "integer", "minimum": 0, "maximum": 10**9, "default": 0})
_DUTY = ("rule", "rule_version", "law", "subject", "duty", "party", "state", "missing", "started_on", "due",
         "due_if_owed", "last_day", "stopped_on", "met_on", "received_on", "late", "stated", "rounds",
         "parent", "why", "changed_on", "entry")  # fmt: skip
_ON_TIME = ("party", "in_time", "stated", "late", "missed", "overdue", "open", "deemed", "days_before", "dated")
_CHANGE = ("entry", "on", "rule", "subject", "party", "state", "before", "last_day", "jurisdiction")
_CASE = ("case", "playbook", "version", "subject", "state", "outcome", "waiting_for", "next_deadline", "opened_at",
         "changed_at", "cause")  # fmt: skip
_SWITCH = ("rule", "rule_version", "subject", "at", "from_state", "to_state", "cause", "value", "quantities",
           "counterfactual", "entry", "filed")  # fmt: skip


class Rooms:
    """Duties, thresholds and cases, as they stand."""

    def __init__(self, authority: Authority) -> None:
        self._authority = authority

    def operations(self) -> list[Operation]:
        states = Param("state", "Only in this state", {"type": "string", "enum": sorted(obligations.STATES)})
        case_state = Param("state", "Only in this state",
                           {"type": "string", "enum": ["open", "closed", "failed", "reversed"]})  # fmt: skip
        rule = Param("rule", "The rule, e.g. labour.sahm", place="path")
        case = Param("case", "The case", {"type": "string", "maxLength": 110}, "path")
        return [
            self._get("duties", "/api/v1/duties", "Who owes what by when", self._duties,
                      _SUBJECT, _RULE, Param("law", "Only of this law"), Param("party", "Only of this party"), states,
                      _LIMIT, _OFFSET, PURPOSE),
            self._get("duties_on_time", "/api/v1/duties/on-time", "Who kept their dates, by party", self._on_time,
                      _RULE, Param("law", "Only of this law"), _JURISDICTION, _LIMIT, _OFFSET),
            self._get("duty_changes", "/api/v1/duties/changes", "Changes of duties, newest first", self._changes,
                      _SUBJECT, _RULE, Param("party", "Only of this party"),
                      _JURISDICTION, _LIMIT),
            self._get("thresholds", "/api/v1/thresholds", "Threshold rules and how many subjects are in which state",
                      self._thresholds),
            self._get("threshold", "/api/v1/thresholds/{rule}", "The present state of each subject of a rule",
                      self._threshold, rule, _LIMIT, _OFFSET),
            self._get("switches", "/api/v1/thresholds/{rule}/switches", "When a rule switched on and off",
                      self._switches, rule, _SUBJECT, _LIMIT, _OFFSET),
            self._get("cases", "/api/v1/cases", "Cases, newest first", self._cases, _SUBJECT,
                      Param("playbook", "Only of this playbook"), case_state, _LIMIT, _OFFSET),
            self._get("case", "/api/v1/cases/{case}", "A case: what happened, and who must act by when", self._case,
                      case, Param("as_of", "As it stood at this instant: state, steps and what had happened")),
        ]  # fmt: skip

    @staticmethod
    def _get(
        id: str, path: str, title: str, handler: Callable[[Asked], Response], *params: Param
    ) -> Operation:  # every address of this module has the same form
        return Operation(id, "GET", path, title, handler, "rules", params, (Answer(title, {"type": "object"}),))

    def _duties(self, asked: Asked) -> Response:
        values = asked.values
        where = {name: values[name] for name in ("subject", "rule", "law", "party")}
        if where["subject"] is not None:
            where["subject"] = as_subject(where["subject"])
            if asked.asking.may_read:
                dues.catch_up(self._authority)
        followed = self._authority.followed
        states = (values["state"],) if values["state"] else ()
        rows = obligations.duties_told(
            self._authority.reader, lambda party: _own(asked, party), keeps_out=asked.sight.kept_out_behind,
            **where, states=states,
        )  # fmt: skip
        asked.sight.owed(_of_page(rows, values))
        return json_answer(
            {
                "followed": self._followed(asked, followed, where["subject"], rows),
                **_page("duties", rows, _DUTY, values),
            }
        )

    def _followed(self, asked: Asked, followed: int, subject: str | None, rows: Sequence[Mapping[str, Any]]) -> int:
        """How many entries an answer goes by, of those that the caller is told of.

        Raises `NotFound` for a subject that they know nothing of, and `Busy` while it may be among what is not
        followed yet: who files and asks at once reads nothing that is not so.
        """
        authority, sight = self._authority, asked.sight
        row = sight.newest(subject) if subject is not None else None
        if subject is not None and not rows and (row is None or not sight.named(subject)):
            if followed < (authority.store.size() if asked.asking.may_read else sight.size):
                raise Busy("what was recorded last is not worked out yet; ask again in a moment")
            raise NotFound("subject", subject, f"its reference stands in its receipt{sight.later}")
        own = row["entry"] + 1 if row is not None and row["entry"] < followed else 0
        return max(min(followed, sight.size), own)

    def _on_time(self, asked: Asked) -> Response:
        where = {name: asked.values[name] or "" for name in ("rule", "law", "jurisdiction")}
        found = obligations.on_time(self._authority.reader, self._authority.reading().now, **where)
        return json_answer(_page("parties", found, _ON_TIME, asked.values))

    def _changes(self, asked: Asked) -> Response:
        where = {name: asked.values[name] or "" for name in ("subject", "rule", "party", "jurisdiction")}
        found = obligations.changes(self._authority.reader, limit=asked.values["limit"], **where)
        return json_answer({"changes": [{name: row[name] for name in _CHANGE} for row in found]})

    def _thresholds(self, asked: Asked) -> Response:
        return json_answer({"thresholds": thresholds.board(self._authority.reader)})

    def _threshold(self, asked: Asked) -> Response:
        reader, rule = self._authority.reader, asked.values["rule"]
        found = thresholds.rule_of(reader, rule)
        head = {"rule": found.id, "version": found.version, "title": found.title, "citation": found.citation}
        names = ("subject", "state", "since", "event", "known", "value", "quantities")
        return json_answer({**head, **_page("states", thresholds.states(reader, rule), names, asked.values)})

    def _switches(self, asked: Asked) -> Response:
        reader, rule = self._authority.reader, asked.values["rule"]
        thresholds.rule_of(reader, rule)
        rows = thresholds.switches(reader, rule, asked.values["subject"] or "")
        return json_answer(_page("switches", rows, _SWITCH, asked.values))

    def _cases(self, asked: Asked) -> Response:
        where = {name: asked.values[name] for name in ("subject", "playbook", "state")}
        rows = protocols.cases(self._authority.reader, **where)
        return json_answer(_page("cases", rows, _CASE, asked.values))

    def _case(self, asked: Asked) -> Response:
        reader, case_id = self._authority.reader, asked.values["case"]
        row = protocols.find_case(reader, case_id)
        if asked.values["as_of"]:
            return self._case_as_of(row, instant(asked.values["as_of"]))
        head = {name: row[name] for name in _CASE}
        return json_answer({**head, "timeline": protocols.timeline(reader, case_id),
                            "who_must_act": protocols.who_must_act(reader, case_id)})  # fmt: skip

    def _case_as_of(self, row: Mapping[str, Any], when: datetime) -> Response:
        """A case as it stood: the same fold over what had been recorded by then."""
        reader = self._authority.reader
        found = protocols.case_at(reader, row["case"], when)
        steps = [
            {
                "step": one.step,
                "entered_at": stamp(one.entered_at),
                "deadline": stamp(one.deadline) if one.deadline else None,
            }
            for one in found.standing
        ]
        head = {name: row[name] for name in ("case", "playbook", "version", "subject", "opened_at", "cause")}
        return json_answer({**head, "as_of": stamp(when), "state": found.state, "outcome": found.outcome,
                            "steps": steps, "timeline": protocols.timeline(reader, row["case"], when)})  # fmt: skip


def _own(asked: Asked, party: str) -> bool:
    """Whether a duty is the caller's own, or every duty is its business.

    Then instants are told to the second, and what is told in confidence. One whose debtor is not known is nobody's own.
    """
    if not asked.asking.may_read:
        return False
    caller = asked.asking.caller
    own = bool(party) and party in (caller.party, caller.organisation)
    return own or bool({"officer", "authority"} & set(caller.roles))


def _page(
    name: str, rows: Sequence[Mapping[str, Any]], columns: Sequence[str], values: Mapping[str, Any]
) -> dict[str, Any]:
    """One page of rows, with only the columns that are for everybody."""
    page = _of_page(rows, values)
    return {"count": len(rows), name: [{column: row[column] for column in columns} for row in page]}


def _of_page(rows: Sequence[Mapping[str, Any]], values: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    return rows[values["offset"] : values["offset"] + values["limit"]]
