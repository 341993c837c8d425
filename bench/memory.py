"""A process of its own, so that its peak memory is that of the rebuild: prints megabytes."""

from __future__ import annotations

import resource
import sys
from pathlib import Path

from bench.asked import AIMED_VIEWS, ALL_VIEWS, ask
from xiyuan_ledger import Ledger


def main() -> None:
    url, journal, which = sys.argv[1:]
    with Ledger.open(url, journal=journal) as ledger:
        ask(ledger, AIMED_VIEWS if which == "aimed" else ALL_VIEWS)
    print(peak_mb())


def peak_mb() -> float:
    """The most memory that this process had. Linux counts in `ru_maxrss` what the process that started it had."""
    status = Path("/proc/self/status")
    if status.exists():
        (peak,) = (line.split()[1] for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(peak) / 1024
    peak_bytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak_bytes / (1024 * 1024 if sys.platform == "darwin" else 1024)


if __name__ == "__main__":
    main()
