"""What the law of incidents asks of a report, as it stood at an instant.

A law asks for what its own text names: harm, what the model did, a grade. The category is what a report calls itself,
and decides only where a law or a scheme asks for that.

Only what an organisation reports for itself makes it owe something: a provider of whom somebody else reports learns
nothing of it here, and its clocks run from what it knew itself, never from what a deployer knew; where a provider
does not say which it is, that is what is missing. Of anybody else's report, an evaluator's or an importer's too, no
more is known here than that it is a concern, unless they ask for the safe harbour. When the authority learns of an
incident from others, an officer gives an alert, and the duties are that alert's.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from commonweal.kernel import registry
from commonweal.kernel.instrument import Fact, Facts, Reader, Row
from commonweal.kernel.values import instant, stamp

from .reports import REPORT, of_an_organisation
from .scales import FORESTALLED, GRAVE, UNHARMED

LEGAL = (
    "high_risk_system", "high_risk_annex", "equivalent_reporting", "frontier_model", "systemic_risk_model", "elicited",
    "signed_safety_chapter", "critical_infrastructure_operator", "central_organ", "provider_reached",
)  # fmt: skip
"""What the law asks of a system and of who reports, beside what happened: so it was all along."""
FILED = (
    "reporter", "resolved_on", "severity", "outcome", "imminent_risk_to_life", "weights_breached", "control_lost",
    "catastrophic_harm", "developer_deceived", "catastrophic_risk_raised", "cn_grade", "system_altered", "safe_harbour",
    *LEGAL,
)  # fmt: skip
LISTED = {"harm": "harms", "jurisdictions": "jurisdictions"}
SHOWN = {"control_lost": "loss_of_control", "developer_deceived": "deception"}
"""What a model did that the law asks for, and the warning in which a report may have said so already."""
DEBTORS = {
    "provider": (("developer", "organisation"), ("aware_at", "operator_aware_at")),
    "deployer": (("deployer", "organisation"), ("deployer_aware_at", "operator_aware_at")),
    "network_operator": (("organisation",), ("operator_aware_at",)),
}
"""By what it reports as, the facts that name the organisation, and those that say since when that one knew."""
REVERSED = {"reversible": False, "partly_reversible": True, "irreversible": True}
VOLUNTARY = ("minor_incident", "near_miss", "misuse")
_WHAT = {"serious_incident": "incident", "minor_incident": "minor", "near_miss": "near_miss", "misuse": "misuse",
         "concern": "concern"}  # fmt: skip


def facts_of(subject: str, reader: Reader, as_of: datetime) -> Mapping[str, Fact]:
    """Facts about a report by name, each known since the first version in a row that says the same.

    What is left open (no harm named, no jurisdiction) is no fact, so what depends on it stays unknown.
    """
    rows = [row for row in registry.versions(reader, subject) if row["filed_on"] <= stamp(as_of) and not row["erased"]]
    if not rows:
        return {}
    body, first = rows[-1]["body"], instant(rows[0]["filed_on"])
    roles = _roles(rows)
    if not roles:
        return _of_the_scheme(rows) or {"what": Fact("others_concern", first, "reported by others")}
    found = {name: _since(rows, name) for name in FILED if body.get(name) is not None}
    found |= {fact: _since(rows, name) for fact, name in LISTED.items() if body.get(name)}
    what = _since(rows, "category")
    history = tuple((at, _WHAT[str(value)]) for at, value in what.history)
    found["what"] = Fact(_WHAT[str(what.value)], what.known_on, what.source, history)
    found |= _conduct(rows, found) | _harm(rows)
    found |= _unbreached(found)
    found |= _conduct_since(rows, roles)
    found["developer"] = Fact(None, first, "left open")
    for role, versions in roles.items():
        found |= _of_the_role(role, versions, rows)
    return found


def _roles(rows: list[Row]) -> dict[str, list[Row]]:
    """As what a report was made by one whom law binds, each with the versions that say so, the newest role last.

    To have reported as the provider, or for an organisation, is said once: who later calls themselves something else
    ends nothing by it. An officer puts a slip of the pen right, and annuls the version that holds it.
    """
    found: dict[str, list[Row]] = {}
    for row in rows:
        body = row["body"]
        role = body["reporter"]
        if role in DEBTORS and (of_an_organisation(body) or role == "provider"):
            found[role] = [*found.pop(role, []), row]
    return found


def _of_the_role(role: str, versions: list[Row], rows: list[Row]) -> dict[str, Fact]:
    """Who owes what somebody who reports in a role owes, and since when they knew."""
    debtor, aware = DEBTORS[role]
    found = dict.fromkeys((*debtor, *aware), Fact(None, instant(versions[0]["filed_on"]), "left open"))
    if knew := _first_aware(_of_the_debtor(versions, rows)):
        found |= dict.fromkeys((*aware, "reporter_aware_at"), knew)
    if not of_an_organisation(versions[-1]["body"]):
        return found | _in_their_own_name(rows)
    return found | dict.fromkeys(debtor, _since(versions, "organisation"))


def _conduct_since(rows: list[Row], roles: Mapping[str, list[Row]]) -> dict[str, Fact]:
    """Whether a deployer reports, whether what was disrupted cannot be put right, and whether the system was altered
    before this authority was told of it."""
    since = roles["deployer"][0] if "deployer" in roles else rows[0]
    found = {"deployer_reports": Fact("deployer" in roles, instant(since["filed_on"]), "filed as reporter")}
    lasting = _since(rows, "reversibility")
    if lasting.value in REVERSED:
        found["irreversible"] = Fact(REVERSED[str(lasting.value)], lasting.known_on, lasting.source)
    return found | _altered(rows)


def _altered(rows: list[Row]) -> dict[str, Fact]:
    """Whether the system was altered before this authority was told of that step.

    The authority is told by the version that first says so, where it came later than another telling that who reports
    names. To have altered it is admitted once, as to have known; when is the earliest that any version says. A first
    version that says that it was altered says by that alone that it was before, unless it says that it told of that.
    """
    said = [row for row in rows if row["body"].get("system_altered")]
    if not said:
        never = [row for row in rows if row["body"].get("system_altered") is False]
        source = "filed as system_altered"
        return {"altered_before_told": Fact(False, instant(never[0]["filed_on"]), source)} if never else {}
    first = said[0]
    told = [instant(row["body"]["alteration_told_at"]) for row in said if row["body"].get("alteration_told_at")]
    when = [row for row in said if row["body"].get("altered_at")]
    if when:
        came = instant(first["body"].get("received_at") or first["filed_on"])
        altered = min(instant(row["body"]["altered_at"]) for row in when)
        before = altered < min([came, *told])
        return {"altered_before_told": Fact(before, instant(when[0]["filed_on"]), "filed as altered_at")}
    if first is rows[0] and not told:
        return {"altered_before_told": Fact(True, instant(first["filed_on"]), "filed as system_altered")}
    return {}


def _of_the_scheme(rows: list[Row]) -> dict[str, Fact]:
    """What the safe harbour asks for of whom no law of incidents binds, who then owes it in their own name.

    Only of what no law of incidents asks for: of a serious incident it stays a concern, and where it happened asks for
    no law, for those bind organisations.
    """
    own = _in_their_own_name(rows)
    if not own:
        return {}
    found = {name: _since(rows, name) for name in ("safe_harbour",) if rows[-1]["body"].get(name)}
    found |= {"reporter_aware_at": knew} if (knew := _first_aware(rows)) else {}
    what = _since(rows, "category")
    bound = Fact("none", instant(rows[0]["filed_on"]), "whom it binds does not report")
    return {**found, **own, "what": Fact(_WHAT[str(what.value)], what.known_on, what.source), "jurisdictions": bound}


def _in_their_own_name(rows: list[Row]) -> dict[str, Fact]:
    """Who files what the safe harbour is for and asks for it: their organisation, where it reports, or they."""
    body = rows[-1]["body"]
    if body["category"] not in VOLUNTARY or not body.get("safe_harbour"):
        return {}
    if of_an_organisation(body):
        return {"organisation": _since(rows, "organisation")}
    return {"organisation": Fact(rows[0]["author"], instant(rows[0]["filed_on"]), "filed by them")}


def _conduct(rows: list[Row], found: Mapping[str, Fact]) -> dict[str, Fact]:
    """What the model did, from the warnings that were ticked. One that was not ticked may have been left open.

    Of what a report both ticks and denies neither is known.
    """
    ticked, since = rows[-1]["body"].get("warnings") or (), _since(rows, "warnings").known_on
    told = [fact for fact, warning in SHOWN.items() if warning in ticked]
    said = {fact: found[fact].value if fact in found else True for fact in told}
    return {fact: Fact(value or None, since, "filed as warnings") for fact, value in said.items()}


def _harm(rows: list[Row]) -> dict[str, Fact]:
    """Which harm came of it: the dead are counted, and a near miss, or what is said to have done no harm, had none.

    The name that a report gives itself does not undo what it says happened: where somebody was affected, the harm is
    the one that it names, or is left open; so it is where it says that the harm was grave, and not that it was avoided.
    """
    body = rows[-1]["body"]
    if body.get("deaths"):
        harms = _since(rows, "harms")
        named = tuple(body.get("harms") or ())
        if "death" in named:
            return {}
        counted = _since(rows, "deaths").known_on
        return {"harm": Fact(_flat(("death", *named)), counted, "filed as deaths", _dead(rows, harms.history))}
    if body.get("affected_min"):
        return {}
    contradicted = body.get("severity") in GRAVE
    if body["category"] == "near_miss":
        said = "none" if body.get("outcome") in FORESTALLED or not contradicted else None
        return {"harm": Fact(said, _since(rows, "category").known_on, "filed as category")}
    if not body.get("harms") and body.get("outcome") in UNHARMED and not contradicted:
        return {"harm": Fact("none", _since(rows, "outcome").known_on, "filed as outcome")}
    return {}


def _unbreached(found: Mapping[str, Fact]) -> dict[str, Fact]:
    """Where no harm came of it, no weights were breached either, unless that is said: it is a harm, and its own."""
    harm = found.get("harm")
    if harm is None or harm.value != "none" or "weights_breached" in found:
        return {}
    return {"weights_breached": Fact(False, harm.known_on, harm.source)}


def _dead(rows: list[Row], named: tuple[tuple[datetime, Any], ...]) -> tuple[tuple[datetime, Any], ...]:
    """What each version says of the harm, the dead among it."""
    return tuple(
        (at, ", ".join(filter(None, ("death", harms))) if row["body"].get("deaths") else harms)
        for row, (at, harms) in zip(rows, named, strict=True)
    )


def _of_the_debtor(versions: list[Row], rows: list[Row]) -> list[Row]:
    """The versions made in a role, and what the same organisation says of itself in any other: it has one knowledge."""
    whose = {row["body"]["organisation"] for row in versions if of_an_organisation(row["body"])}
    own = {row["entry"] for row in versions}
    return [
        row for row in rows
        if row["entry"] in own or (of_an_organisation(row["body"]) and row["body"]["organisation"] in whose)
    ]  # fmt: skip


def _first_aware(rows: list[Row]) -> Fact | None:
    """When who reports became aware: the earliest that any standing version says; None where none does.

    To have known is admitted once. Who later names a later instant, leaves it out, or says that it happened later,
    moves no deadline by it, unless an officer accepts that.
    """
    said = tuple(
        (instant(row["filed_on"]), str(row["body"]["aware_at"])) for row in rows if row["body"].get("aware_at")
    )
    if not said:
        return None
    at, value = min(said, key=lambda one: instant(one[1]))
    history = tuple((at, min((one for _, one in said[: n + 1]), key=instant)) for n, (at, _) in enumerate(said))
    return Fact(value, at, "filed as aware_at", history, said)


def _since(rows: list[Row], field: str) -> Fact:
    value, since = rows[-1]["body"].get(field), rows[-1]["filed_on"]
    for row in reversed(rows):
        if row["body"].get(field) != value:
            break
        since = row["filed_on"]
    history = tuple((instant(row["filed_on"]), _flat(row["body"].get(field))) for row in rows)
    return Fact(_flat(value), instant(since), f"filed as {field}", history)


def _flat(value: Any) -> Any:
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else value


FACTS = Facts(REPORT.noun, facts_of)
