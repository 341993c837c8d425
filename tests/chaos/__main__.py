"""`make chaos`: every fault once, by seed, and the table of what came of it; ends with 1 where not all are zeros."""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.chaos.faults import FAULTS
from tests.chaos.local import LOCAL
from tests.chaos.servers import servers
from tests.chaos.striking import Came, strike, strike_local, table

LINES_LOCAL = 4
"""What works without Redis works alone, and has fewer lines."""


def main() -> int:
    """Run the faults that are named, or all of them."""
    parser = argparse.ArgumentParser(prog="make chaos")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--workers", type=int, default=40, help="workers of the street, each with four months to pay")
    parser.add_argument("faults", nargs="*", help="parts of names; all where none is given")
    told = parser.parse_args()
    print(f"seed {told.seed}", flush=True)
    rows: list[Came] = []
    with tempfile.TemporaryDirectory(prefix="xiyuan-chaos-") as folder:
        for row in _rows(Path(folder), told.seed, told.workers, told.faults):
            rows.append(row)
            print(table(rows[-1:]).splitlines()[1], flush=True)
    impossible = [local.name for local in LOCAL if not local.is_possible and _is_wanted(local.name, told.faults)]
    print(f"\nseed {told.seed}\n{table(rows)}")
    for name in impossible:
        print(f"not run, because of a program that is missing: {name}")
    return 0 if all(row.holds for row in rows) and not impossible else 1


def _rows(folder: Path, seed: int, workers: int, wanted: Sequence[str]) -> Iterator[Came]:
    chosen = [(number, fault) for number, fault in enumerate(FAULTS) if _is_wanted(fault.name, wanted)]
    if chosen:
        with servers() as here:
            for number, fault in chosen:
                yield strike(fault, here, folder / str(number), f"ledger_{number}", seed * 100 + number, workers)
    for number, local in enumerate(LOCAL, start=len(FAULTS)):
        if _is_wanted(local.name, wanted) and local.is_possible:
            yield strike_local(local, folder / str(number), seed * 100 + number, max(1, workers // LINES_LOCAL))


def _is_wanted(name: str, wanted: Sequence[str]) -> bool:
    return not wanted or any(part in name for part in wanted)


if __name__ == "__main__":
    sys.exit(main())
