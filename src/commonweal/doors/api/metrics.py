"""Figures for whoever watches the service, in the text format that Prometheus and OpenTelemetry collectors read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from ipaddress import ip_address

from starlette.requests import Request
from starlette.responses import Response

from commonweal import __version__
from commonweal.acceptance import STEWARDS
from commonweal.authority import Authority
from commonweal.following import counts_told
from commonweal.health import health
from commonweal.kernel import obligations, protocols
from commonweal.kernel.values import Forbidden
from commonweal.log_export import exported
from commonweal.telemetry import BUCKETS_S, Figures

from .operations import Answer, Asked, Operation

MEDIA = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """How the service answers, how far its work has come, how the log stands, and with each of its witnesses."""

    def __init__(self, authority: Authority, figures: Figures | None = None) -> None:
        self._authority, self._figures = authority, figures or Figures()

    def operations(self) -> list[Operation]:
        answer = Answer("Figures, one a line", media=("text/plain",))
        title = "Figures of the service, its work, the log and its witnesses, for monitoring"
        return [Operation("metrics", "GET", "/api/v1/metrics", title, self._metrics, "service", answers=(answer,))]

    def _metrics(self, asked: Asked) -> Response:
        """For a collector on this machine, and for the authority's own keys. Raises `Unauthorized` and `Forbidden`.

        How often entries come and pages are asked for, from minute to minute, is nobody else's: it says when somebody
        files.
        """
        if not _is_here(asked.request) and not STEWARDS & set(asked.asking.needs("read").roles):
            raise Forbidden("figures are for a collector on the machine itself, and for keys of the authority's office")
        return Response("".join(f"{line}\n" for line in self._lines()), headers={"Content-Type": MEDIA})

    def _lines(self) -> Iterator[str]:
        yield from _gauge("build_info", "The release of the software", {__version__: 1}, "version")
        yield from self._requests()
        yield from self._work()
        yield from self._log()

    def _requests(self) -> Iterator[str]:
        """A histogram of durations: the bounds are upper ones, in seconds, and each bucket holds those before it."""
        name = "commonweal_request_duration_seconds"
        yield f"# HELP {name} How long requests took, by method, route and class of status"
        yield f"# TYPE {name} histogram"
        for (method, route, status), counts, seconds in self._figures.rows():
            labels = f'method="{method}",route="{_escaped(route)}",status="{status}"'
            so_far = 0
            for bound, count in zip((*map(str, BUCKETS_S), "+Inf"), counts, strict=True):
                so_far += count
                yield f'{name}_bucket{{{labels},le="{bound}"}} {so_far}'
            yield f"{name}_sum{{{labels}}} {seconds:.6f}"
            yield f"{name}_count{{{labels}}} {so_far}"

    def _work(self) -> Iterator[str]:
        reader, found = self._authority.reader, health(self._authority)
        yield from _gauge("entries", "Entries on record that were followed, by kind as the log tells it",
                          counts_told(reader), "kind")  # fmt: skip
        duties = obligations.counts(reader)
        yield from _gauge("duties", "Duties, by state; `open` counts all that are owed now", duties, "state")
        yield from _gauge("cases", "Cases, by state", protocols.counts(reader), "state")
        yield from _gauge("effects", "What cases send out of the house, by how far it is",
                          Counter(row["state"] for row in protocols.effects(reader)), "state")  # fmt: skip
        yield from _gauge("follower_lag_entries", "Entries that the tables have yet to follow", {"": found.lag_entries})
        yield from _gauge("follower_behind_seconds", "Age of the oldest of these", {"": round(found.behind_s, 3)})
        yield from _gauge("faults", "Entries that could not be followed, and other faults that people must look at",
                          {"": len(self._authority.faults())})  # fmt: skip
        yield from _gauge("disk_free_bytes", "Room left where the folder is", {"": found.free_bytes})
        yield from _gauge("ready", "1 while each thing that must hold for work does", found.checks, "check")

    def _log(self) -> Iterator[str]:
        witnesses = self._authority.witnesses
        status = witnesses.status()
        size = status["published"] + status["waiting"]
        yield from _gauge("log_entries", "Entries accepted and signed by the log", {"": size})
        yield from _gauge("log_published_entries", "Entries under the published checkpoint", {"": status["published"]})
        yield from _gauge("log_halted", "1 when nothing is written, because the record was rolled back or forked",
                          {"": int(bool(status["halted"]))})  # fmt: skip
        if laid_out := exported(self._authority.folder, status["published"]):
            yield from _gauge("export_lag_entries", "Published entries not yet laid out for others to host",
                              {"": laid_out["lag"]})  # fmt: skip
            yield from _gauge("export_fault", "1 while the last attempt to lay out the public log failed",
                              {"": int(bool(laid_out["fault"]))})  # fmt: skip
        lines = witnesses.lines()
        yield from _gauge("witness_lag_entries", "Entries that a witness has yet to cosign",
                          {line.name: line.lag for line in lines})  # fmt: skip
        yield from _gauge("witness_alarm", "1 while there is an alarm about a witness or by it",
                          {line.name: int(bool(line.alarm)) for line in lines})  # fmt: skip


def _is_here(request: Request) -> bool:
    """Whether a request comes from this machine and was passed on by nobody."""
    peer = request.client.host if request.client else ""
    passed_on = any(name in request.headers for name in ("forwarded", "x-forwarded-for", "x-real-ip", "via"))
    try:
        return ip_address(peer).is_loopback and not passed_on
    except ValueError:
        return False


def _gauge(name: str, text: str, values: Mapping[str, int | float], label: str = "witness") -> Iterator[str]:
    yield f"# HELP commonweal_{name} {text}"
    yield f"# TYPE commonweal_{name} gauge"
    for item, value in values.items():
        labelled = f'{{{label}="{_escaped(item)}"}}' if item else ""
        yield f"commonweal_{name}{labelled} {int(value) if isinstance(value, bool) else value}"


def _escaped(text: str) -> str:
    clean = text.encode("utf-8", "replace").decode()
    return clean.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
