"""The pages as they are served: a real server in a thread, on a free port of this machine, and a reader that asks."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from xiyuan_ledger.intake.scenario import scenario_policies, tell_scenario
from xiyuan_ledger.ledger import Ledger

SCENARIO = Path(__file__).parents[1] / "scenarios" / "xiyuan-2012-2013"
SECONDS_MAX = 60.0


@dataclass(frozen=True)
class Served:
    """A ledger and where its pages are."""

    ledger: Ledger
    where: str
    url: str

    def reader(self, **more: Any) -> httpx.Client:
        """Someone who asks for pages, and follows no redirect."""
        told = {"timeout": SECONDS_MAX} | more
        return httpx.Client(base_url=self.where, trust_env=False, verify=False, **told)


@contextmanager
def running(made: Callable[[], uvicorn.Server]) -> Iterator[str]:
    """A server that runs in a thread until the end of the block; its address."""
    server = made()
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        if not thread.is_alive():
            raise RuntimeError("the server did not start")
        thread.join(0.01)
    (socket,) = server.servers[0].sockets
    try:
        yield f"http://127.0.0.1:{socket.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(SECONDS_MAX)
        assert not thread.is_alive()


def street_ledger(folder: Path) -> str:
    """The URL of a ledger that holds the street's story."""
    url = f"sqlite:///{folder / 'xiyuan.db'}"
    with Ledger.open(url, create=True, simulated=True, policies=scenario_policies(SCENARIO)) as ledger:
        tell_scenario(ledger, SCENARIO)
    return url


def text_of(page: httpx.Response) -> str:
    """What a page says, without its marks."""
    body = re.sub(r"<(head|script|style)\b.*?</\1>", " ", page.text, flags=re.DOTALL)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", body)))


def links_of(page: httpx.Response) -> list[str]:
    """Where a page leads to."""
    return [unescape(each) for each in re.findall(r'(?:href|action|src)="([^"]*)"', page.text)]
