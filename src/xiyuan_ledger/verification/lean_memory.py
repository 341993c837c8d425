"""Starting processes that give back what they free: an evaluator's memory is to last for any history."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

SETTINGS = {
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "MALLOC_MMAP_THRESHOLD_": "65536",
    "MALLOC_TRIM_THRESHOLD_": "131072",
}
"""Read by Arrow, whose own pool keeps what it once had, and by the C library of Linux, when a process begins."""


@contextmanager
def lean_memory() -> Iterator[None]:
    """A process that is started meanwhile keeps little of what it frees, unless the caller set these otherwise."""
    added = SETTINGS.keys() - os.environ.keys()
    os.environ.update({name: SETTINGS[name] for name in added})
    try:
        yield
    finally:
        for name in added:
            del os.environ[name]
