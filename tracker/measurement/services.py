"""What a variant's service used while one command ran."""

from tracker.measurement.executor import Measured
from tracker.measurement.probe.client import ProbeClient
from tracker.measurement.probe.protocol import ServiceState
from tracker.measurement.work_copy import WorkCopy
from tracker.models import ErrorType


def service_state(copy: WorkCopy, probe: ProbeClient) -> ServiceState | None:
    """Return what the service of a work copy has used so far, None where there is none."""
    return None if copy.service is None else probe.service_status(copy.service)


def with_service(
    measured: Measured, copy: WorkCopy, probe: ProbeClient, before: ServiceState | None
) -> Measured:
    """Return the measurement with what the service used since `before`.

    Its work may lag behind the command. A service that has ended makes the iteration a
    failed one: without it the variant is another.
    """
    after = service_state(copy, probe)
    if before is None or after is None:
        return measured
    used: dict[str, object] = {
        "service_cpu_us": after.cpu_us - before.cpu_us,
        "service_rss_bytes": after.rss_bytes,
    }
    if after.alive == 0 and measured.failure is None:
        used["failure"] = ErrorType.EXIT_CODE
        used["failure_reason"] = f"the service of variant {copy.variant.name} has ended"
    return measured.model_copy(update=used)
