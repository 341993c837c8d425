"""Places at which the chaos tests may end the process. Unless one is armed, nothing happens there.

`XIYUAN_FAILPOINT=after-bank-call` ends the process at that place; `after-bank-call:3` the third time it comes there.
"""

from __future__ import annotations

import os
import signal
from collections import Counter

ARMED = "XIYUAN_FAILPOINT"
NAMES = (
    "before-intent",
    "after-intent",
    "before-bank-call",
    "after-bank-call",
    "before-settlement",
    "after-settlement",
)
_passed: Counter[str] = Counter()


def failpoint(name: str) -> None:
    """End the process here, without a word, if this place is armed."""
    armed = os.environ.get(ARMED)
    if armed is None:
        return
    wanted, _, nth = armed.partition(":")
    if wanted == name:
        _passed[name] += 1
        if _passed[name] == int(nth or 1):
            os.kill(os.getpid(), signal.SIGKILL)
