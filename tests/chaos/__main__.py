"""`make chaos`: every fault once, by seed, and the table of what came of it; ends with 1 where not all are zeros."""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from subprocess import SubprocessError

from tests.chaos.faults import FAULTS
from tests.chaos.local import LOCAL
from tests.chaos.servers import servers
from tests.chaos.striking import Came, paid_twice_the_wrong_way, strike, strike_local, table
from xiyuan_ledger.errors import LedgerError

LESS = 4
"""What works without Redis works alone, and has fewer lines."""


def main() -> int:
    """Run the faults that are named, or all of them."""
    parser = argparse.ArgumentParser(prog="make chaos")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--workers", type=int, default=20, help="workers of the street, each with four months to pay")
    parser.add_argument("faults", nargs="*", help="parts of names; all where none is given")
    told = parser.parse_args()
    print(f"seed {told.seed}", flush=True)
    rows: list[Came] = []
    broken: list[str] = []
    with tempfile.TemporaryDirectory(prefix="xiyuan-chaos-") as folder:
        for name, struck in _strikes(Path(folder), told.seed, told.workers, told.faults):
            try:
                rows.append(struck())
                print(table(rows[-1:]).splitlines()[1], flush=True)
            except (AssertionError, OSError, LedgerError, SubprocessError):
                traceback.print_exc()
                broken.append(f"broke off: {name}")
        found_out = paid_twice_the_wrong_way(Path(folder) / "wrong", told.seed, max(1, told.workers // LESS))
    broken += [f"not run, {each.needs} is missing: {each.name}" for each in LOCAL if not each.is_possible]
    broken += [f"does not hold: {row.fault}" for row in rows if not row.holds]
    control = f"control: of workers that call the bank and then record, {found_out} lines are found to be paid twice"
    print("\n".join([f"\nseed {told.seed}", table(rows), control, *broken]))
    return 0 if found_out and not broken else 1


def _strikes(folder: Path, seed: int, workers: int, wanted: Sequence[str]) -> Iterator[tuple[str, Callable[[], Came]]]:
    """Every fault that is wanted, with what strikes it."""
    chosen = [(number, fault) for number, fault in enumerate(FAULTS) if _is_wanted(fault.name, wanted)]
    if chosen:
        with servers() as here:
            for number, fault in chosen:
                place = folder / str(number)
                yield fault.name, partial(strike, fault, here, place, f"ledger_{number}", seed * 100 + number, workers)
    for number, local in enumerate(LOCAL, start=len(FAULTS)):
        if _is_wanted(local.name, wanted) and local.is_possible:
            place = folder / str(number)
            yield local.name, partial(strike_local, local, place, seed * 100 + number, max(1, workers // LESS))


def _is_wanted(name: str, wanted: Sequence[str]) -> bool:
    return not wanted or any(part in name for part in wanted)


if __name__ == "__main__":
    sys.exit(main())
