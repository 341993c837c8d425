"""The pages against the bare queries behind them, and fifty readers at once: `python -m bench.pages FACTS`.

Both sides ask at pins that nobody asked before, with a warm journal: a page costs its views, its rows and its words.
The ratio is one of CPU time, which a busy machine does not change.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, ClassVar

import httpx

from bench.asked import VALID_ON
from bench.memory import peak_mb
from bench.run import say
from bench.street import street
from tests.pages_served import Served, running
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.projections.pin import Settled
from xiyuan_ledger.projections.view import View
from xiyuan_ledger.web import serving
from xiyuan_ledger.web.desk import Desk

PAGES = (
    "/",
    "/compliance",
    "/money",
    "/projects",
    "/audit",
    "/views/exam_deadlines",
    "/views/fund_statement",
    "/views/timeliness",
    "/views/journal?from=2024-03-01&to=2024-03-31",
    "/views/journal",
    "/views/journal?sort=-occurred_on&has.stream=W-0&page=9",
    "/views/journal/evidence",
    "/subjects/W-001",
)
READERS = 50
ROUNDS = 3
PAGE_AIM = "at most 3.0"
PATIENCE_SECONDS = 1_800.0
Question = tuple[str, Settled, tuple[tuple[str, Any], ...]]


class Watched(Desk):
    """A desk that remembers what it was asked."""

    asked: ClassVar[list[Question]] = []

    def view(self, name: str, pin: Settled, arguments: Mapping[str, Any]) -> View:
        """The same, remembered."""
        Watched.asked.append((name, pin, tuple(sorted(arguments.items()))))
        return super().view(name, pin, arguments)


def seconds(work: Callable[[], object]) -> float:
    """How long work takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def cpu_seconds(work: Callable[[], object]) -> float:
    """How much CPU time this process spends on work, in all its threads."""
    start = time.process_time()
    work()
    return time.process_time() - start


def measure_page(reader: httpx.Client, ledger: Ledger, path: str, facts: int) -> None:
    """A page at a fresh pin, and the views that it asked at another fresh pin."""
    rounds = [_round(reader, ledger, path, ledger.head - 10 * nth - PAGES.index(path) - 1) for nth in range(ROUNDS)]
    print(f"  {path}: {median(page for page, _ in rounds):.2f} s of CPU")
    say(f"page {path.partition('?')[0]}", facts, "sqlite", median(page / bare for page, bare in rounds), PAGE_AIM)


def _round(reader: httpx.Client, ledger: Ledger, path: str, known_at: int) -> tuple[float, float]:
    """How long the page took at a pin, and its views at another."""
    Watched.asked.clear()
    page = cpu_seconds(lambda: _read(reader, _pinned(path, known_at)))
    questions = dict.fromkeys(each for each in Watched.asked if each[1].known_at == known_at)
    return page, cpu_seconds(lambda: _ask(ledger, questions, known_at - 5_000))


def _pinned(path: str, known_at: int) -> str:
    return f"{path}{'&' if '?' in path else '?'}valid_on={VALID_ON}&known_at={known_at}"


def _read(reader: httpx.Client, path: str) -> bytes:
    page = reader.get(path)
    assert page.status_code == 200, (path, page.status_code)
    return page.content


def _ask(ledger: Ledger, questions: Mapping[Question, None], known_at: int) -> None:
    """The same views at another pin: what a page cannot do without."""
    for name, pin, arguments in questions:
        period = {"from_": pin.from_on, "to": pin.to_on}
        ledger.view(name, known_at=known_at, valid_on=pin.valid_on, **period, **dict(arguments))


def measure_readers(served: Served) -> None:
    """Fifty readers who ask for every page at once, at two pins."""
    head = served.ledger.head

    def read(nth: int) -> list[float]:
        with served.reader(timeout=PATIENCE_SECONDS) as reader:
            first = nth % len(PAGES)
            asked = [_pinned(path, head - 1_000 - nth % 2) for path in (*PAGES[first:], *PAGES[:first])]
            return [seconds(partial(_read, reader, each)) for each in asked]

    start = time.perf_counter()
    with ThreadPoolExecutor(READERS) as readers:
        taken = sorted(each for found in readers.map(read, range(READERS)) for each in found)
    spent = time.perf_counter() - start
    print(
        f"  {READERS} readers, {len(taken)} pages, no error: {spent:.1f} s in all, "
        f"median {median(taken):.2f} s, 95 % within {taken[len(taken) * 95 // 100]:.2f} s, "
        f"{peak_mb():,.0f} MB at most"
    )


def main(facts: int) -> None:
    """Record the street, warm the journal, and measure."""
    serving.Desk = Watched  # type: ignore[misc]  # what the pages ask is what the other side asks
    with tempfile.TemporaryDirectory(prefix="xiyuan-pages-") as folder:
        url = f"sqlite:///{Path(folder) / 'xiyuan.db'}"
        with Ledger.open(url, create=True, actor="bench", simulated=True) as ledger:
            ledger.record_all(street(facts), atomic=False)
            ledger.journal.seal()
            ledger.view("journal", month="2024-03", valid_on=VALID_ON)
            with running(lambda: serving.server(ledger, host="127.0.0.1", port=0)) as where:
                served = Served(ledger, where, url)
                with served.reader(timeout=PATIENCE_SECONDS) as reader:
                    for path in PAGES:
                        measure_page(reader, ledger, path, facts)
                measure_readers(served)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
