"""A process of its own, so that its peak memory is that of the rebuild: prints megabytes."""

from __future__ import annotations

import resource
import sys

from bench.asked import AIMED_VIEWS, ALL_VIEWS, ask
from xiyuan_ledger import Ledger


def main() -> None:
    url, journal, which = sys.argv[1:]
    with Ledger.open(url, journal=journal) as ledger:
        ask(ledger, AIMED_VIEWS if which == "aimed" else ALL_VIEWS)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(peak / (1024 * 1024 if sys.platform == "darwin" else 1024))


if __name__ == "__main__":
    main()
