"""The metrics of `dramatiq workers`: dramatiq's own of its messages, and ours, counted by all processes of a master.

dramatiq reads where they count together when this is imported: `workers.broker` says it before.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from dramatiq import Broker
from dramatiq.middleware.prometheus import DB_PATH, Prometheus

from workers.metrics import begin_counting, serve_workers


class WorkerMetrics(Prometheus):
    """dramatiq's metrics, but for its door: it would listen on every address of the machine."""

    @property
    def forks(self) -> list[Callable[[], int]]:
        """The process that is asked."""
        return [serve_workers]

    def after_process_boot(self, broker: Broker) -> None:
        """Count, and no longer what workers that were killed had under way."""
        super().after_process_boot(broker)  # type: ignore[no-untyped-call]  # theirs has no types
        begin_counting()
        _forget_the_dead(Path(DB_PATH))


def _forget_the_dead(folder: Path) -> None:
    from prometheus_client.multiprocess import mark_process_dead

    for pid in {int(path.stem.rpartition("_")[2]) for path in folder.glob("gauge_live*.db")}:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            with suppress(FileNotFoundError):  # Another worker that starts does the same.
                mark_process_dead(pid, str(folder))  # type: ignore[no-untyped-call]  # theirs has no types
        except PermissionError:
            continue
