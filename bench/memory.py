"""A process of its own, so that its peak memory is that of the rebuild: prints megabytes."""

from __future__ import annotations

import resource
import sys

from xiyuan_ledger import Ledger
from xiyuan_ledger.projections.catalogue import definitions


def main() -> None:
    url, journal = sys.argv[1:]
    with Ledger.open(url, journal=journal) as ledger:
        for name in definitions():
            ledger.view(name, valid_on="2026-06-30", **({"subject": "W-001"} if name == "history" else {}))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(peak / (1024 * 1024 if sys.platform == "darwin" else 1024))


if __name__ == "__main__":
    main()
