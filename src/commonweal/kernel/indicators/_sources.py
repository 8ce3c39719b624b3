"""Where values come from by themselves, as adopted data: files that are fetched, and metrics that are sent (OTLP).

```toml
id = "sources.labour"
version = "1"

[[pull]]                              # fetched by `weal pull` and, while it serves, on schedule
id = "bls.laus"
address = "https://download.bls.gov/pub/time.series/la/la.data.3.AllStatesS"
every = "1d"
format = "adaptive_safety_net/laus"   # what an instrument reads; or "table", with the keys of a mapping beside it
citation = "U.S. Bureau of Labor Statistics"

[[otlp]]                              # POST /v1/metrics with a key of this party
id = "lab.telemetry"
party = "party:example-lab"
citation = "Example Lab, service telemetry"
subject_attribute = "service.name"    # whom a point is about, with subject_prefix before it; or subject, one for all
subject_prefix = "deployment:"
temporality = "cumulative"            # or "delta": what sums and histograms must be
[otlp.metrics]                        # metric = our series; of a histogram, its count and sum under …_count and …_sum
"gen_ai.client.token.usage" = "telemetry.tokens"
[otlp.dims]                           # dimension = attribute of the point, else of its resource
model = "gen_ai.request.model"
```
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from commonweal.kernel.expressions import Duration, duration
from commonweal.kernel.values import FaultCollector, RuleFault, is_subject, read_toml

from ._columns import series_name
from ._mapping import SET_ID, TEXTS, TableMapping, mapping_of

ADDRESS = re.compile(r"^(https://|http://(127\.0\.0\.1|localhost|\[::1\])[:/])[!-~]{3,480}$")
TABLE = "table"
EVERY_S_MIN = 60
PULL_KEYS = ("address", "every", "format")
OTLP_TEXTS = ("id", "party", "citation", "url", "subject", "subject_attribute", "subject_prefix", "temporality")
TEMPORALITIES = ("cumulative", "delta")


@dataclass(frozen=True)
class PullSource:
    """A file that is fetched every so often, read by `mapping` or, as `format` says (`id/format`), by an instrument."""

    id: str
    address: str
    every_s: int
    format: str
    mapping: TableMapping | None


@dataclass(frozen=True)
class OtlpSource:
    """What becomes of the metrics that a party sends."""

    id: str
    party: str
    citation: str
    url: str = ""
    subject: str = ""
    subject_attribute: str = ""
    subject_prefix: str = ""
    temporality: str = "cumulative"
    metrics: Mapping[str, str] = field(default_factory=dict)
    dims: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Sources:
    """The sources that one text names."""

    pulls: tuple[PullSource, ...] = ()
    otlps: tuple[OtlpSource, ...] = ()


@functools.lru_cache(maxsize=64)
def read_sources(text: str) -> Sources:
    """The sources in a text of parameters; none where it names none. Raises `RuleFault` naming every fault."""
    data = read_toml(text, "sources")
    if "pull" not in data and "otlp" not in data:
        return Sources()
    faults = FaultCollector(f"sources {data.get('id', '')}", RuleFault)
    pulls, otlps = (_tables(data, name, faults) for name in ("pull", "otlp"))
    read_pulls = [_pull(item, f"pull[{at}]", faults) for at, item in enumerate(pulls)]
    read_otlps = [_otlp(item, f"otlp[{at}]", faults) for at, item in enumerate(otlps)]
    found = Sources(tuple(one for one in read_pulls if one), tuple(one for one in read_otlps if one))
    names = [one.id for one in found.pulls] + [one.id for one in found.otlps]
    for name in sorted({name for name in names if names.count(name) > 1}):
        faults.add("id", name, "each source once", "duplicate")
    faults.done()
    return found


def _tables(data: Mapping[str, Any], name: str, faults: FaultCollector) -> list[dict[str, Any]]:
    found = data.get(name, [])
    if not (isinstance(found, list) and all(isinstance(item, dict) for item in found)):
        faults.add(name, found, f"tables written as [[{name}]]", "type")
        return []
    return found


def _pull(item: dict[str, Any], where: str, faults: FaultCollector) -> PullSource | None:
    before = faults.count
    address, form = item.get("address"), item.get("format", TABLE)
    if not (isinstance(address, str) and ADDRESS.match(address)):
        faults.add(f"{where}.address", address, "an https address (http only to this machine itself)", "address")
    every = duration(item.get("every"))
    seconds = every.seconds if isinstance(every, Duration) else None
    if not seconds or seconds < EVERY_S_MIN:
        faults.add(
            f"{where}.every", item.get("every", "(absent)"), "a duration of a minute or more: 15m, 6h, 1d", "duration"
        )
    if not (isinstance(form, str) and (form == TABLE or re.match(r"^[a-z0-9_]+/[a-z0-9_.\-]+$", form))):
        faults.add(f"{where}.format", form, 'table, or what an instrument reads: "adaptive_safety_net/laus"', "format")
    mapping = None
    if form == TABLE:
        own = FaultCollector(where, RuleFault)
        try:
            mapping = mapping_of({key: value for key, value in item.items() if key not in PULL_KEYS}, own)
        except RuleFault as error:
            for fault in error.faults:
                faults.add(f"{where}.{fault.where}", fault.seen, fault.want, fault.code)
    elif not SET_ID.match(str(item.get("id", ""))):
        faults.add(f"{where}.id", item.get("id", "(absent)"), "the source's name, like bls.laus", "name")
    for key in sorted(set(item) - {*PULL_KEYS, *TEXTS}) if form != TABLE else ():
        faults.add(f"{where}.{key}", key, f"a known key: {', '.join((*PULL_KEYS, *TEXTS))}", "unknown_key")
    if faults.count > before:
        return None
    return PullSource(str(item["id"]), str(address), seconds or 0, str(form), mapping)


def _otlp(item: dict[str, Any], where: str, faults: FaultCollector) -> OtlpSource | None:
    before = faults.count
    for key in sorted(set(item) - {*OTLP_TEXTS, "metrics", "dims"}):
        faults.add(f"{where}.{key}", key, f"a known key: {', '.join((*OTLP_TEXTS, 'metrics', 'dims'))}", "unknown_key")
    texts = {key: item.get(key, "") for key in OTLP_TEXTS if key in item}
    for key, text in texts.items():
        if not isinstance(text, str):
            faults.add(f"{where}.{key}", text, "a text", "type")
    if not SET_ID.match(str(texts.get("id", ""))):
        faults.add(f"{where}.id", texts.get("id", "(absent)"), "the source's name, like lab.telemetry", "name")
    if not is_subject(str(texts.get("party", ""))):
        faults.add(f"{where}.party", texts.get("party", "(absent)"), "a party like party:example-lab", "name")
    if len(str(texts.get("citation", ""))) < 3:
        faults.add(f"{where}.citation", texts.get("citation", "(absent)"), "where the values come from", "missing")
    if bool(texts.get("subject")) == bool(texts.get("subject_attribute")):
        faults.add(f"{where}.subject", texts.get("subject", "(absent)"), "subject or subject_attribute, one of the two")
    if texts.get("temporality", "cumulative") not in TEMPORALITIES:
        faults.add(f"{where}.temporality", texts["temporality"], "cumulative or delta", "choice")
    maps = _otlp_maps(item, where, faults)
    if faults.count > before:
        return None
    return OtlpSource(**texts, metrics=maps["metrics"], dims=maps["dims"])


def _otlp_maps(item: dict[str, Any], where: str, faults: FaultCollector) -> dict[str, dict[str, str]]:
    maps: dict[str, dict[str, str]] = {}
    for name in ("metrics", "dims"):
        found = item.get(name, {})
        if not (isinstance(found, dict) and all(isinstance(value, str) for value in found.values())):
            faults.add(f"{where}.{name}", found, "a table of texts", "type")
            continue
        maps[name] = found
    for metric, series in maps.get("metrics", {}).items():
        if series_name(series) is None or "{" in series:
            faults.add(f"{where}.metrics.{metric}", series, "a series like telemetry.tokens", "name")
    if not maps.get("metrics"):
        faults.add(f"{where}.metrics", "(absent)", "at least one metric and its series", "missing")
    return maps
