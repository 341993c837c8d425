"""One fault against an office of its own, until the office has finished; and the table of what came of it."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from tests.chaos.audit import Found, audit
from tests.chaos.crew import Crew
from tests.chaos.entering import Entering
from tests.chaos.faults import Fault, Setting
from tests.chaos.local import Local
from tests.chaos.office import ChaosOffice, chaos_office
from tests.chaos.proxy import Proxy, proxied
from tests.chaos.servers import Servers
from xiyuan_ledger.errors import StoreError

CALM_SECONDS = 20
END_SECONDS_MAX = 600
WRONG_WAY = ("tests.chaos.wrong_way",)
COLUMNS = (
    "fault", "chunks", "struck", "kills", "paid twice", "not paid", "open", "bank differs", "lost", "replay differs",
    "again", "s",
)  # fmt: skip


class Came(NamedTuple):
    """What came of a fault. `struck` is how often it happened: a fault that never struck shows nothing."""

    fault: str
    chunks: int
    struck: int
    kills: int
    found: Found
    seconds: float

    @property
    def holds(self) -> bool:
        """All is as it must be, and the fault was there."""
        return self.found.holds and (self.struck > 0 or self.fault == "none")

    def cells(self) -> tuple[str, ...]:
        """Its line of the table."""
        found = self.found[1:-1]
        return (self.fault, *map(str, (self.chunks, self.struck, self.kills, *found, round(self.seconds))))


def table(rows: Sequence[Came]) -> str:
    """What came of every fault, one a line."""
    cells = [COLUMNS, *(row.cells() for row in rows)]
    widths = [max(len(row[at]) for row in cells) for at in range(len(COLUMNS))]
    return "\n".join(
        "  ".join(
            [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        )
        for row in cells
    )


def strike(fault: Fault, here: Servers, folder: Path, schema: str, seed: int, workers: int) -> Came:
    """One fault against PostgreSQL, Redis, dramatiq and the bank."""
    began = time.monotonic()
    here.redis_command("FLUSHALL")
    with (
        proxied(here.postgres.port, fault.postgres) as (postgres_port, postgres),
        proxied(here.redis.port, fault.redis) as (redis_port, redis),
        chaos_office(
            folder, here.postgres.url(schema), workers=workers, seed=seed, hangs=fault.hangs, bank=fault.bank
        ) as office,
    ):
        more = {"XIYUAN_LEDGER": here.postgres.url(schema, postgres_port)}
        if fault.failpoint:
            more["XIYUAN_FAILPOINT"] = f"{fault.failpoint}:{random.Random(seed).randint(1, 2)}"
        entering = Entering(more["XIYUAN_LEDGER"], folder / "journal-of-entries")
        url = f"redis://127.0.0.1:{redis_port}/0"
        crew = Crew(office, url, seed=seed, kill_every=fault.kill_every, **more)
        try:
            await_start(office)
            struck = fault.strike(Setting(office, crew, here))
            await_end(office, crew)
            if fault.then is not None:
                struck += fault.then(office)
                await_end(office, crew)
        finally:
            crew.close()
            entering.close()
        struck += crew.kills + _struck_outside(office, fault, postgres, redis)
        found = audit(office, entering.receipts)
        return Came(fault.name, office.chunks, struck, crew.kills, found, time.monotonic() - began)


def _struck_outside(office: ChaosOffice, fault: Fault, *proxies: Proxy | None) -> int:
    """Replies lost by proxies, replies and answers of the bank that were not as they should be."""
    lost = sum(proxy.lost for proxy in proxies if proxy is not None)
    asked = ["SELECT 1 FROM hang", "SELECT 1 FROM spoiled"]
    if fault.bank in ("twice", "late"):
        asked.append("SELECT DISTINCT number FROM file")
    return lost + sum(len(office.at_bank(each)) for each in asked)


def await_start(office: ChaosOffice) -> None:
    """Until the bank has its first file: before that there is nothing to disturb."""
    until = time.monotonic() + END_SECONDS_MAX
    while not office.at_bank("SELECT 1 FROM file LIMIT 1") and time.monotonic() < until:
        time.sleep(0.05)


def await_end(office: ChaosOffice, crew: Crew) -> None:
    """Until every run is closed; after a while nobody is killed any more, and a person lets go of what is set aside."""
    began = time.monotonic()
    while not office.is_closed() and time.monotonic() < began + END_SECONDS_MAX:
        if time.monotonic() > began + CALM_SECONDS:
            crew.spare()
            with suppress(StoreError):
                office.release()
        time.sleep(0.5)


def strike_local(local: Local, folder: Path, seed: int, workers: int) -> Came:
    """One fault against SQLite and workers without Redis."""
    began = time.monotonic()
    url = f"sqlite:///{folder}/xiyuan.db"
    with chaos_office(folder, url, workers=workers, seed=seed) as office:
        entering = Entering(url, folder / "journal-of-entries")
        try:
            struck, kills = local.strike(office)
        finally:
            entering.close()
        found = audit(office, entering.receipts)
        return Came(local.name, office.chunks, struck, kills, found, time.monotonic() - began)


def paid_twice_the_wrong_way(folder: Path, seed: int, workers: int) -> int:
    """What the audit finds of workers that call the bank and then record: nothing would mean that it cannot fail."""
    with chaos_office(folder, f"sqlite:///{folder}/xiyuan.db", workers=workers, seed=seed) as office:
        office.sweep(WRONG_WAY, XIYUAN_FAILPOINT="after-bank-call:2")
        office.release()
        office.sweep(WRONG_WAY)
        return audit(office).paid_twice
