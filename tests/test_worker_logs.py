"""日志: what workers and dramatiq say is one JSON object a line, and an error is named by its code and its place."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
from dramatiq.brokers.stub import StubBroker

from workers.broker import JsonLines
from xiyuan_ledger.errors import FileError


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Where dramatiq logs to, as its command line sets it up."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    before, logging.root.handlers = logging.root.handlers, [handler]
    yield stream
    logging.root.handlers = before


def test_what_dramatiq_says_is_one_json_object_a_line_and_shows_no_words_of_an_error(log: io.StringIO) -> None:
    JsonLines().after_process_boot(StubBroker(middleware=[]))
    try:
        raise FileError("answer-refused", path="secret.csv", count=1, findings="row 2")
    except FileError:
        logging.getLogger("dramatiq.worker").exception("Failed to process message advance_chunk('R-1', 3)")
    (line,) = log.getvalue().splitlines()
    said = json.loads(line)
    assert (said["level"], said["event"]) == ("error", "Failed to process message advance_chunk('R-1', 3)")
    assert said["code"] == "answer-refused"
    assert said["where"].startswith("test_worker_logs.py:")
    assert "secret" not in line
