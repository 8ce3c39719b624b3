"""Containment: alerts, calls on developers and hosts to act, and the exercises in which that is tried beforehand."""

from commonweal.kernel.instrument import Entry, Instrument, Reader, Response, Text

from .alerting import SWITCHED
from .calls import ANNULLED, MODEL, TABLES, check, follow
from .charts import timeline_spec
from .kinds import ALERT, KINDS, ORDER
from .standing import FACTS
from .views import LISTINGS, PAGES

__all__ = ["INSTRUMENT", "timeline_spec"]

_BY_ALERT = {
    "evaluation_failed": "playbook.coordinated_pausing",
    "early_warning": "playbook.early_warning_disclosure",
    "shutdown": "playbook.safe_shutdown",
    "incident": "playbook.serious_incident_handling",
}
_BY_MEASURE = {
    "pause": "playbook.pause_by_a_developer",
    "restrict": "playbook.pause_by_a_developer",
    "disclose_home": "playbook.disclosure_to_a_recipient",
    "disclose_abroad": "playbook.disclosure_to_a_recipient",
    "suspend": "playbook.stop_of_a_copy",
    "stop_copy": "playbook.stop_of_a_copy",
}


def _alert_of(what: str) -> Response:
    def match(entry: Entry, reader: Reader) -> str | None:
        return entry.subject if entry.body.get("what") == what else None

    return Response(ALERT.id, _BY_ALERT[what], match)


def _order_to(playbook: str) -> Response:
    def match(entry: Entry, reader: Reader) -> str | None:
        return entry.subject if _BY_MEASURE.get(entry.body["measure"]) == playbook else None

    return Response(ORDER.id, playbook, match)


INSTRUMENT = Instrument(
    id="containment",
    title=Text(en="Containment", zh="遏制"),
    summary=Text(
        en="What is done when a model proves dangerous: agreed beforehand, tried in exercises, run by one engine.",
        zh="模型被证明危险时的应对：事先商定、经演练检验、由同一引擎执行。",
    ),
    kinds=KINDS,
    tables=TABLES,
    law=(
        "calendar.eu_1182_71",
        "calendar.eu_member_states",
        "eu.ai_act_incidents",
        "eu.gpai_code_incidents",
        "us_ca.sb53_incidents",
        "us_ny.raise_incidents",
        "cn.cybersecurity_incidents",
    ),
    playbooks=(
        "coordinated_pausing",
        "pause_by_a_developer",
        "early_warning_disclosure",
        "disclosure_to_a_recipient",
        "safe_shutdown",
        "stop_of_a_copy",
        "serious_incident_handling",
    ),
    reads=("case.opened", "case.advanced", MODEL, SWITCHED, ANNULLED),
    follow=follow,
    check=check,
    facts=FACTS,
    listings=LISTINGS,
    pages=PAGES,
    responses=(*map(_alert_of, _BY_ALERT), *map(_order_to, dict.fromkeys(_BY_MEASURE.values()))),
)
