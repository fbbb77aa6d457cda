"""A time series of the measured tree in the fallback probe."""

from typing import Any

from tracker.measurement.probe.fallback_processes import (
    descendants,
    io_of,
    measured,
    memory_of,
)

Json = dict[str, Any]
MOST_SAMPLES = 4096
IO_NAMES = {
    "readOps": "syscr",
    "writeOps": "syscw",
    "readBytes": "rchar",
    "writeBytes": "wchar",
    "deviceReadBytes": "read_bytes",
    "deviceWriteBytes": "write_bytes",
}


class Series:
    """A time series of the measured tree."""

    def __init__(self, interval_ms: int, start_ns: int) -> None:
        self.interval, self.start = interval_ms * 1_000_000, start_ns
        self.next = start_ns + self.interval
        self.samples: list[Json] = []
        self.peak: int | None = None

    def take(self, now: int) -> None:
        """Add one sample."""
        tree = measured(descendants())
        memory = [memory_of(process.pid) for process in tree]
        traffic = [io_of(process.pid) for process in tree]
        anonymous, shared = (
            sum(one.get(name, 0) for one in memory) for name in ("RssAnon", "RssShmem")
        )
        sample: Json = {
            "tMs": (now - self.start) / 1e6,
            "cpuMs": sum(process.cpu_us for process in tree) / 1e3,
            "rssBytes": sum(one.get("VmRSS", 0) for one in memory),
            "vmsBytes": sum(one.get("VmSize", 0) for one in memory),
            "rssAnonBytes": anonymous,
            "rssFileBytes": sum(one.get("RssFile", 0) for one in memory),
            "rssShmemBytes": shared,
        }
        for name in ("readOps", "writeOps", "readBytes", "writeBytes"):
            sample[name] = sum(one.get(IO_NAMES[name], 0) for one in traffic)
        self._keep_rising(sample)
        self.peak = max(self.peak or 0, anonymous + shared)
        self.samples.append(sample)
        if len(self.samples) == MOST_SAMPLES:
            self.samples = self.samples[1::2]
            self.interval *= 2
        self.next += self.interval * (1 + (now - self.next) // self.interval)

    def _keep_rising(self, sample: Json) -> None:
        """Keep what a process did that ended unseen."""
        if self.samples:
            for name in ("cpuMs", "readOps", "writeOps", "readBytes", "writeBytes"):
                sample[name] = max(sample[name], self.samples[-1][name])
