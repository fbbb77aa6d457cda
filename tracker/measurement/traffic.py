"""Network traffic of commands that have interfaces of their own."""

import re

from tracker.measurement.executor import Measured
from tracker.models import Value


class Traffic(Value):
    """Bytes that went over the network interfaces so far, the loopback's left out."""

    rx_bytes: int
    tx_bytes: int


def no_traffic_known() -> Traffic | None:
    """Return None: on a machine all programs share the interfaces."""
    return None


def traffic_of(text: str) -> Traffic:
    """Return what `/proc/net/dev` says of all interfaces but the loopback."""
    lines = re.findall(r"^\s*([^\s:|]+):\s*(\d.*)$", text, re.MULTILINE)
    counts = [[int(number) for number in rest.split()] for name, rest in lines if name != "lo"]
    return Traffic(
        rx_bytes=sum(numbers[0] for numbers in counts),
        tx_bytes=sum(numbers[8] for numbers in counts),
    )


def with_traffic(measured: Measured, before: Traffic | None, after: Traffic | None) -> Measured:
    """Return a measurement with the traffic between two readings, where it is known."""
    if before is None or after is None:
        return measured
    grown = {
        "rx_bytes": after.rx_bytes - before.rx_bytes,
        "tx_bytes": after.tx_bytes - before.tx_bytes,
    }
    return measured.model_copy(update=grown)
