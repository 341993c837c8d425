"""`make bench`: ratios measured side by side in one run, against bare drivers and against the plain way.

Arguments: sizes in facts (default 100000 1000000), `--stores sqlite postgres`, `--memory` for the memory of 3,000,000.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from statistics import median

import duckdb

from bench import plain_way
from bench.asked import AIMED_VIEWS, ALL_VIEWS, VALID_ON, ask
from bench.bare import BarePostgres, BareSQLite, chunks, select_postgres, select_sqlite, timed
from bench.street import imported, street
from tests.servers import postgres
from xiyuan_ledger import Ledger
from xiyuan_ledger.ledger import RECORD_ROWS
from xiyuan_ledger.store import Row, open_store

SINGLES = 6_000
BLOCK = 500
ROOT = Path(__file__).resolve().parent.parent


def say(what: str, facts: int, store: str, ratio: float, aim: str) -> None:
    """One line of the table."""
    print(f"{what:<58} {store:<9} {facts:>9,}  {ratio:>6.2f}  {aim}", flush=True)


class Place:
    """A fresh ledger in a store, and the floor beside it."""

    def __init__(self, store: str, folder: Path, postgres_url: str):
        self.store = store
        self.folder = folder
        self.postgres_url = postgres_url
        self.url = f"sqlite:///{folder}/ledger.db" if store == "sqlite" else f"{postgres_url}?schema={folder.name}"
        self.journal = folder / "journal"
        self.bare = BareSQLite(folder) if store == "sqlite" else BarePostgres(postgres_url)

    def open(self, *, create: bool = False) -> Ledger:
        return Ledger.open(self.url, actor="bench", create=create, journal=self.journal)

    def select(self) -> int:
        """The bare SELECT of the ledger's rows."""
        if self.store == "sqlite":
            return select_sqlite(self.folder / "ledger.db")
        return select_postgres(self.postgres_url, self.folder.name)

    def rows(self, after: int) -> list[Row]:
        store = open_store(self.url, create=None)
        try:
            return store.after(after, RECORD_ROWS)
        finally:
            store.close()

    def plain_environment(self) -> dict[str, str]:
        if self.store == "sqlite":
            path = str(self.folder / "plain.db")
            return {"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": path}
        url = self.postgres_url.removeprefix("postgresql://")
        user, _, rest = url.partition("@")
        address, _, name = rest.partition("/")
        host, _, port = address.partition(":")
        return {
            "PERSISTENCE_MODULE": "eventsourcing.postgres",
            "POSTGRES_DBNAME": name,
            "POSTGRES_HOST": host,
            "POSTGRES_PORT": port,
            "POSTGRES_USER": user,
            "POSTGRES_PASSWORD": "-",
            "POSTGRES_SCHEMA": self.folder.name,
        }


def bare_rows(rows: list[Row]) -> list[tuple[str, int, str, bytes, int]]:
    return [(row.stream, row.version, row.topic, row.state, row.position) for row in rows]


def measure_bulk(place: Place, facts: int) -> None:
    """Recording in bulk, every rule on, and the same bytes bare, chunk by chunk in turn."""
    ours = bare = 0.0
    with place.open(create=True) as ledger:
        for chunk in chunks(imported(street(facts)), RECORD_ROWS):  # type: ignore[arg-type, type-var]
            head = ledger.head
            ours += timed(lambda: ledger.record_all(chunk, atomic=False))  # noqa: B023
            rows = bare_rows(place.rows(head))
            assert len(rows) == len(chunk), "a fact of the street was refused"
            bare += timed(lambda: place.bare.insert_bulk(rows))  # noqa: B023
    aim = ">= 0.40 of INSERT by 1,000" if place.store == "sqlite" else ">= 0.25 of COPY"
    say("bulk recording, of bare speed", facts, place.store, bare / ours, aim)


def measure_singles(place: Place, facts: int) -> None:
    """Recording one by one, durable, and a bare INSERT and commit, block by block in turn."""
    more = list(islice(street(facts + SINGLES), facts, None))
    ratios = []
    with place.open() as ledger:
        for block in chunks(more, BLOCK):  # type: ignore[arg-type, type-var]
            head = ledger.head
            ours = timed(lambda: [ledger.record(fact) for fact in block])  # type: ignore[arg-type]  # noqa: B023
            rows = bare_rows(place.rows(head))
            bare = timed(lambda: place.bare.insert_singles(rows))  # noqa: B023
            ratios.append(bare / ours)
    aim = ">= 0.60 of INSERT+commit" if place.store == "sqlite" else ">= 0.50 of INSERT+commit"
    say("one by one, durable, of bare speed", facts, place.store, median(ratios), aim)


def views(place: Place, names: Iterable[str], *, written: bool = False) -> None:
    """Views, each once, the journal made first if it is not there."""
    with place.open() as ledger:
        ask(ledger, names, written=written)


def measure_rebuild(place: Place, facts: int) -> None:
    """A deleted journal and views, against a bare SELECT of the same rows and against the plain way."""
    app = plain_way.application(place.plain_environment())
    with place.open() as ledger:
        plain_way.fill(app, ledger.events())
    seconds, ratios = [], []
    for _ in range(3):
        bare = timed(place.select)
        seconds.append(rebuilt(place, AIMED_VIEWS))
        ratios.append(seconds[-1] / bare)
    say("cold rebuild and the 22 views, times a bare SELECT", facts, place.store, median(ratios), "<= 2.0")
    plain = timed(lambda: plain_way.rebuild(app))
    aim = ">= 5" if place.store == "sqlite" else ">= 10"
    say("cold rebuild and the 22 views, times faster than plain", facts, place.store, plain / median(seconds), aim)
    written = rebuilt(place, AIMED_VIEWS, written=True)
    say("the same with every id written out, times a SELECT", facts, place.store, written / bare, "")
    every = rebuilt(place, ALL_VIEWS)
    say(f"cold rebuild and all {len(ALL_VIEWS)} views, times a SELECT", facts, place.store, every / bare, "")
    app.close()


def rebuilt(place: Place, names: Iterable[str], *, written: bool = False) -> float:
    """Seconds that a deleted journal and views take."""
    shutil.rmtree(place.journal, ignore_errors=True)
    return timed(lambda: views(place, names, written=written))


def measure_warm(place: Place, facts: int) -> None:
    """A view at a pin with the journal there, against a bare scan of the columns that it reads."""
    files = f"{place.journal}/**/fact=client_served/*.parquet"
    sessions = f"{place.journal}/**/fact=session_held/*.parquet"
    scan = (
        "SELECT max(event_id), max(worker), max(project), max(occurred_on), max(recorded_on) "
        f"FROM read_parquet('{files}'); "
        "SELECT max(event_id), max(project), max(occurred_on), max(recorded_on), max(len(workers)) "
        f"FROM read_parquet('{sessions}')"
    )
    with place.open() as ledger:
        ledger.view("timeliness", valid_on=VALID_ON)
        ratios = []
        for _ in range(5):
            ours = timed(lambda: ledger.view("timeliness", valid_on=VALID_ON))
            with duckdb.connect(":memory:") as con:
                bare = timed(lambda: [con.execute(part).fetchall() for part in scan.split("; ")])
            ratios.append(ours / bare)
    say("a warm view at a pin (timeliness), times a bare scan", facts, place.store, median(ratios), "<= 3.0")


def measure_memory(place: Place, facts: int) -> None:
    """Peak memory of a process that rebuilds the journal and views."""
    for which, what, aim in (("aimed", "the 22 views", "< 600"), ("all", f"all {len(ALL_VIEWS)} views", "")):
        shutil.rmtree(place.journal, ignore_errors=True)
        argv = [sys.executable, "-m", "bench.memory", place.url, str(place.journal), which]
        found = subprocess.run(argv, cwd=ROOT, check=True, capture_output=True, text=True)
        say(f"peak memory of the rebuild and {what}, MB", facts, place.store, float(found.stdout), aim)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, default=[100_000, 1_000_000])
    parser.add_argument("--stores", nargs="+", default=["sqlite", "postgres"])
    parser.add_argument("--memory", action="store_true", help="also the memory of 3,000,000 facts, on SQLite")
    chosen = parser.parse_args()
    print(f"{'measured':<58} {'store':<9} {'facts':>9}  {'ratio':>6}  aim")
    with ExitStack() as stack:
        url = stack.enter_context(postgres()) if "postgres" in chosen.stores else ""
        for store in chosen.stores:
            for facts in chosen.sizes:
                folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=f"bench_{facts}_")))
                place = Place(store, folder, url)
                for measure in (measure_bulk, measure_singles, measure_rebuild, measure_warm, measure_memory):
                    measure(place, facts)
                place.bare.close()
        if chosen.memory:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench_memory_")))
            place = Place("sqlite", folder, url)
            measure_bulk(place, 3_000_000)
            measure_memory(place, 3_000_000)


if __name__ == "__main__":
    main()
