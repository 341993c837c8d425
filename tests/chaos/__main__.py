"""`make chaos`: every fault once, by seed, and the table of what came of it; ends with 1 where not all are zeros."""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from tests.chaos.crew import Crew
from tests.chaos.faults import FAULTS, Fault, Setting
from tests.chaos.local import LOCAL
from tests.chaos.office import ChaosOffice, Found, chaos_office
from tests.chaos.servers import COMMIT, ENQUEUE, FETCH, Servers, proxied, servers
from xiyuan_ledger.errors import StoreError

END_SECONDS_MAX = 150
LOST_EVERY = 7
HEADINGS = ("fault", "chunks", "kills", "paid twice", "not paid", "open", "differs", "seconds")


class Came(NamedTuple):
    """What came of a fault."""

    fault: str
    chunks: int
    kills: int
    found: Found
    seconds: int

    @property
    def holds(self) -> bool:
        """Nothing twice, nothing lost, books and bank the same, everything finished."""
        found = self.found
        return (found.paid_twice, found.not_paid, found.open, found.differs) == (0, 0, 0, 0)


def strike(fault: Fault, here: Servers, folder: Path, number: int, seed: int, workers: int) -> Came:
    """One fault against an office of its own."""
    began = time.monotonic()
    here.redis_command("FLUSHALL")
    chance = random.Random(seed * 1_000 + number)
    lost_of_redis = ENQUEUE if fault.loses_enqueue else FETCH if fault.loses_fetch else None
    schema = f"ledger_{number}"
    with (
        proxied(here.postgres.port, COMMIT if fault.loses_commit else None, LOST_EVERY) as pg,
        proxied(here.redis.port, lost_of_redis, LOST_EVERY) as redis,
        chaos_office(
            folder / str(number),
            here.postgres.url(schema),
            workers=workers,
            seed=seed + number,
            hangs=fault.hangs,
        ) as office,
    ):
        more = {"XIYUAN_LEDGER": here.postgres.url(schema, pg)}
        if fault.failpoint:
            more["XIYUAN_FAILPOINT"] = f"{fault.failpoint}:{chance.randint(1, 3)}"
        url = f"redis://127.0.0.1:{redis}/0"
        crew = Crew(office, url, seed=seed + number, kill_every=fault.kill_every, **more)
        try:
            fault.strike(Setting(office, crew, here))
            _wait(office, crew)
        finally:
            crew.close()
        return Came(fault.name, office.chunks, crew.kills, office.found(), round(time.monotonic() - began))


def _wait(office: ChaosOffice, crew: Crew) -> None:
    """Until the run is closed; half-way nobody is killed any more, and a person lets go of what was set aside."""
    half = time.monotonic() + END_SECONDS_MAX / 2
    until = time.monotonic() + END_SECONDS_MAX
    while time.monotonic() < until and not office.is_closed():
        if time.monotonic() > half:
            crew.spare()
            with suppress(StoreError):
                office.release()
        time.sleep(0.5)


def table(rows: list[Came]) -> str:
    """What came of every fault, one a line."""
    cells = [HEADINGS]
    cells += [
        (
            row.fault, str(row.chunks), str(row.kills), str(row.found.paid_twice), str(row.found.not_paid),
            str(row.found.open), str(row.found.differs), str(row.seconds),
        )
        for row in rows
    ]  # fmt: skip
    widths = [max(len(row[at]) for row in cells) for at in range(len(HEADINGS))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in cells)


def main() -> int:
    """Run the faults that are named, or all of them."""
    parser = argparse.ArgumentParser(prog="make chaos")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--workers", type=int, default=40)
    parser.add_argument("faults", nargs="*", help="parts of names; all where none is given")
    told = parser.parse_args()
    print(f"seed {told.seed}", flush=True)
    rows: list[Came] = []
    with tempfile.TemporaryDirectory(prefix="xiyuan-chaos-") as folder, servers() as here:
        for number, fault in enumerate(FAULTS):
            if told.faults and not any(part in fault.name for part in told.faults):
                continue
            rows.append(strike(fault, here, Path(folder), number, told.seed, told.workers))
            print(table(rows[-1:]).splitlines()[1], flush=True)
        for number, local in enumerate(LOCAL, start=len(FAULTS)):
            if told.faults and not any(part in local.name for part in told.faults):
                continue
            began = time.monotonic()
            office_folder = Path(folder) / str(number)
            url = f"sqlite:///{office_folder}/xiyuan.db"
            with chaos_office(office_folder, url, workers=told.workers // 4, seed=told.seed) as office:
                kills = local.strike(office)
                rows.append(Came(local.name, office.chunks, kills, office.found(), round(time.monotonic() - began)))
            print(table(rows[-1:]).splitlines()[1], flush=True)
    print(f"\nseed {told.seed}\n{table(rows)}")
    return 0 if all(row.holds for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
