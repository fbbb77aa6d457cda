"""Daemons that a variant starts and that outlive its iterations, in the fallback probe."""

import contextlib
import os
import signal
import time

from tracker.measurement.probe.fallback_processes import (
    SERVICES,
    Service,
    descendants,
    kill_descendants,
    measured,
    memory_of,
    read_process,
    reap,
)
from tracker.measurement.probe.fallback_run import Json, RequestError, Run, Watch


def start(request: Json, watch: Watch) -> Json:
    """Run the steps; what stays alive belongs to the service."""
    name = request.get("name")
    if not isinstance(name, str) or not name:
        raise RequestError("name: must be a name")
    if name in SERVICES:
        raise RequestError(f"{name}: this service has been started already")
    run = Run(request, watch, for_service=True)
    answer = run.answer()
    if not run.succeeded():
        kill_descendants(None)
        return answer
    members = measured(descendants())
    service = SERVICES[name] = Service()
    service.members = {process.pid: process for process in members}
    return {**answer, "service": _state(service)}


def status(request: Json, _: Watch) -> Json:
    """Return what a service uses."""
    return _state(_refreshed(_known(request)))


def stop(request: Json, watch: Watch) -> Json:
    """Run the stopping steps, if any, and end what is left."""
    service = _refreshed(_known(request))
    before = _state(service)
    answer: Json = {}
    if request.get("steps"):
        answer = Run(request, watch, for_service=True).answer()
        kill_descendants(None)
    while _refreshed(service).members:
        for pid in service.members:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.001)
    del SERVICES[request["name"]]
    return {"before": before, **answer, **_state(service), "maxRssBytes": service.ended.max_rss}


def _known(request: Json) -> Service:
    service = SERVICES.get(str(request.get("name")))
    if service is None:
        raise RequestError(f"{request.get('name')}: no such service has been started")
    return service


def _refreshed(service: Service) -> Service:
    reap(None)
    measured(descendants())
    living = {pid: read_process(pid) for pid in service.members}
    service.members = {
        pid: process
        for pid, process in living.items()
        if process and process.started == service.members[pid].started
    }
    return service


def _state(service: Service) -> Json:
    return {
        "alive": sum(process.state != "Z" for process in service.members.values()),
        "cpuUs": service.cpu_us(),
        "rssBytes": sum(memory_of(pid).get("VmRSS", 0) for pid in service.members),
    }


OPERATIONS = {"serviceStart": start, "serviceStop": stop, "serviceStatus": status}
