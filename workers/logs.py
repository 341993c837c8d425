"""Structured logs: one JSON object a line, with run, chunk, position and code; never a name, an account, an amount."""

from __future__ import annotations

import json
import logging
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from xiyuan_ledger import LedgerError

FIELDS = ("run", "chunk", "position", "code", "tried", "left", "aside", "progress")
EXIT_USAGE = 2
_logger = logging.getLogger("xiyuan.workers")


class _AsJson(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        said = {"at": at, "level": record.levelname.lower(), "event": record.getMessage()}
        told = {name: getattr(record, name) for name in FIELDS if getattr(record, name, None) is not None}
        return json.dumps(said | _raised(record) | told, ensure_ascii=False)


def _raised(record: logging.LogRecord) -> dict[str, str]:
    """What went wrong, by its code and its place: the words of an error may be long, and are said where it is read."""
    error = record.exc_info[1] if record.exc_info else None
    if error is None:
        return {}
    frame = traceback.extract_tb(error.__traceback__)[-1:]
    place = {"where": f"{Path(frame[0].filename).name}:{frame[0].lineno}"} if frame else {}
    return {"code": getattr(error, "code", type(error).__name__)} | place


def set_up() -> None:
    """Send what workers say to stderr, once a process."""
    if not _logger.handlers:
        stream = logging.StreamHandler(sys.stderr)
        stream.setFormatter(_AsJson())
        _logger.addHandler(stream)
        _logger.setLevel(logging.INFO)
        _logger.propagate = False


def make_json_lines() -> None:
    """What others log in this process, dramatiq above all, is one JSON object a line as well."""
    for handler in logging.root.handlers:
        handler.setFormatter(_AsJson())


def say(event: str, *, level: Literal["info", "warning", "error"] = "info", **told: str | int | None) -> None:
    """One line of the log. What is not in `FIELDS` has no place in it."""
    assert told.keys() <= set(FIELDS)
    set_up()
    _logger.log(logging.getLevelNamesMapping()[level.upper()], event, extra=told)


@contextmanager
def silence() -> Iterator[None]:
    """Nothing is logged meanwhile, by dramatiq neither: whoever waits is told in words what became of it."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)


@contextmanager
def ending_in_words() -> Iterator[None]:
    """What a process was told wrong ends it with words and code 2, not with a traceback."""
    try:
        yield
    except LedgerError as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(EXIT_USAGE) from None
