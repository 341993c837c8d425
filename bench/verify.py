"""What proofs cost: `python -m bench.verify 10000 [100000 …]` prints ratios to floors measured in the same run.

- hashing and the canonical check of a bundle's events, in as many processes as `verify` takes (one for each core, from
  65,537 events on), beside bare hashlib over the same bytes in one thread: at least a quarter;
- the whole verification with every view, beside a cold rebuild of the journal with the same views: at most 4 times;
- peak memory of a verification, at each size, of the process that takes most and of all together: flat;
- a checkpoint after so many new events, and after ten times as many: it costs what is new, whatever went before;
- the size of an inclusion proof: 448 bytes at 10^4 events, 640 at 10^6.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import suppress
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any

from bench.street import imported, street
from xiyuan_ledger.journal.reading import Span, spans
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.merkle import HASH_BYTES
from xiyuan_ledger.verification.checkpoint import ORIGIN
from xiyuan_ledger.verification.claims import claims_of
from xiyuan_ledger.verification.columns import SPAN_POSITIONS
from xiyuan_ledger.verification.events import BundleEvents
from xiyuan_ledger.verification.files import BundleFiles
from xiyuan_ledger.verification.keys import new_key_file
from xiyuan_ledger.verification.reading import Submit, processes
from xiyuan_ledger.verification.span import check_bytes

NEW = 1_000
VERIFY = (
    "import sys; from xiyuan_ledger import verify; found = verify(sys.argv[1], sys.argv[2]);"
    "assert found.passed, found.to_json()"
)
SAMPLE_SECONDS = 0.05


def timed(work: Callable[[], Any], clock: Callable[[], float] = time.perf_counter) -> tuple[float, Any]:
    """Seconds, and what came of it."""
    begun = clock()
    found = work()
    return clock() - begun, found


def say(measured: str, facts: int, found: float, aim: str) -> None:
    """One line of the table."""
    print(f"{measured:<62} {facts:>9,} {found:>10.2f}  {aim}", flush=True)


def bare_hashing(entries: list[bytes]) -> bytes:
    """The floor: every event's bytes through hashlib, and nothing else."""
    found = b""
    for entry in entries:
        found = sha256(entry).digest()
    return found


def measure(folder: Path, facts: int) -> None:
    """Everything, at one size."""
    key = new_key_file(folder / "proofs" / "log.key", ORIGIN + "xiyuan")
    (folder / "policy.txt").write_text(f"log {key}\n")
    url = f"sqlite:///{folder / 'street.db'}"
    with Ledger.open(url, create=True, actor="bench", vault="", proofs=folder / "proofs") as ledger:
        facts_told = imported(street(facts + 11 * NEW))
        ledger.record_all(islice(facts_told, facts), atomic=False)
        ledger.checkpoint()
        measure_checkpoints(ledger, facts_told)
        size = ledger.head
        seconds, bundle = timed(lambda: ledger.bundle(folder / "bundle"))
        say("exporting a bundle, facts a second", size, size / seconds, "")
        longest = max(len(ledger.proofs.tree.inclusion(position, size)) for position in (1, size // 2, size))
        say("an inclusion proof, bytes", size, HASH_BYTES * longest, "448 at 10^4, 640 at 10^6")
    measure_bytes(bundle, size)
    measure_whole(folder, url, bundle, size)


def measure_checkpoints(ledger: Ledger, more: Iterator[Any]) -> None:
    """The processor time of a checkpoint after a few events more, and after ten times as many."""
    costs = []
    for new in (NEW, 10 * NEW):
        ledger.record_all(islice(more, new), atomic=False)
        begun = time.process_time()
        ledger.checkpoint()
        costs.append(time.process_time() - begun)
    say(f"a checkpoint after {NEW:,} new events, milliseconds", ledger.head, costs[0] * 1e3, "flat")
    say("the same after ten times as many, times that", ledger.head, costs[1] / costs[0], "<= 10")


def measure_bytes(bundle: Path, size: int) -> None:
    """Reading, hashing, canonical form, positions and times of the events, beside bare hashing in one thread."""
    events = BundleEvents(BundleFiles(bundle), "xiyuan", size)
    entries = [entry for _, entry in events.entries(0, size)]
    floor, _ = timed(lambda: bare_hashing(entries), time.process_time)
    stretches = list(spans(0, size, SPAN_POSITIONS))
    alone, faults = timed(lambda: [check_bytes(bundle, "xiyuan", size, span) for span in stretches], time.process_time)
    assert not any(faults)
    say("hashing and canonical check in 1 process, of bare hashlib", size, floor / alone, "")
    with processes(size) as submit:
        if submit is None:
            return
        count = os.cpu_count() or 1
        first = [submit(check_bytes, bundle, "xiyuan", size, Span(0, 1)) for _ in range(2 * count)]
        assert not any(each.result() for each in first), "the processes are there"
        seconds, faults = timed(lambda: [each.result() for each in asked(submit, bundle, size, stretches)])
    assert not any(faults)
    say(f"hashing and canonical check in {count} processes, of bare hashlib", size, floor / seconds, ">= 0.25")


def asked(submit: Submit, bundle: Path, size: int, stretches: list[Span]) -> list[Future[Any]]:
    """Every stretch handed to the processes."""
    return [submit(check_bytes, bundle, "xiyuan", size, span) for span in stretches]


def measure_whole(folder: Path, url: str, bundle: Path, size: int) -> None:
    """The whole verification in a process of its own, beside a cold rebuild with the same views."""

    def views() -> None:
        with Ledger.open(url, journal=folder / "colder", vault="", proofs=folder / "proofs") as ledger:
            for claim in claims_of((bundle / "reports" / "index.json").read_bytes()):
                ledger.view(claim.view, pin=None, known_at=size, valid_on=claim.pin.valid_on).to_json()

    floor, _ = timed(views)
    seconds, peaks = timed(lambda: verified([str(bundle), str(folder / "policy.txt")]))
    say("whole verification, times a cold rebuild with the views", size, seconds / floor, "<= 4")
    say("peak memory of a verification, its largest process, MB", size, peaks[0], "flat")
    say("the same, all its processes together, MB", size, peaks[1], "flat")


def verified(arguments: list[str]) -> tuple[float, float]:
    """Verify, and look at the memory meanwhile: the most that one process had, and all of them at one moment."""
    one, together = 0.0, 0.0
    with subprocess.Popen([sys.executable, "-c", VERIFY, *arguments]) as running:
        while running.poll() is None:
            held = [held_mb(process) for process in with_children(running.pid)]
            one, together = max(one, *held), max(together, sum(held))
            time.sleep(SAMPLE_SECONDS)
    assert running.returncode == 0, "the bundle is verified"
    return one, together


def with_children(process: int) -> list[int]:
    """A process, and what it started."""
    found = [process]
    for listed in Path(f"/proc/{process}/task").glob("*/children"):
        with suppress(OSError):
            found += [each for child in listed.read_text().split() for each in with_children(int(child))]
    return found


def held_mb(process: int) -> float:
    """What a process holds in memory now, as Linux counts it; nothing of one that is gone."""
    with suppress(OSError):
        for line in Path(f"/proc/{process}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1]) / 1024
    return 0.0


def main() -> None:
    """Measure at each size given."""
    print(f"{'measured':<62} {'facts':>9} {'found':>10}  aim")
    for facts in [int(text) for text in sys.argv[1:]] or [10_000]:
        with tempfile.TemporaryDirectory(prefix="xiyuan-bench-") as folder:
            measure(Path(folder), facts)


if __name__ == "__main__":
    main()
