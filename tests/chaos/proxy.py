"""A proxy for one server that can lose a request, or the reply to one that was carried out: what mocks never do."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import NamedTuple

PIECE = 65_536


class Losing(NamedTuple):
    """What is lost: of requests that hold all of `some`, every so often the reply; or the request itself."""

    some: tuple[bytes, ...]
    every: int
    request: bool = False


class Proxy:
    """Passes bytes on, but for what is lost; the connection ends with it."""

    def __init__(self, port: int, losing: Losing):
        self._target = port
        self._losing = losing
        self._seen = 0
        self._lock = threading.Lock()
        self.lost = 0
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._server.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._server.accept()
                far = socket.create_connection(("127.0.0.1", self._target))
                losing = threading.Event()
                threading.Thread(target=self._requests, args=(near, far, losing), daemon=True).start()
                threading.Thread(target=self._replies, args=(far, near, losing), daemon=True).start()

    def _requests(self, near: socket.socket, far: socket.socket, losing: threading.Event) -> None:
        with suppress(OSError):
            while piece := near.recv(PIECE):
                if self._is_to_lose(piece):
                    if self._losing.request:
                        self.lost += 1
                        break
                    losing.set()
                far.sendall(piece)
        _end(near, far)

    def _is_to_lose(self, piece: bytes) -> bool:
        if not all(each in piece for each in self._losing.some):
            return False
        with self._lock:
            self._seen += 1
            return self._seen % self._losing.every == 0

    def _replies(self, far: socket.socket, near: socket.socket, losing: threading.Event) -> None:
        with suppress(OSError):
            while piece := far.recv(PIECE):
                if losing.is_set():
                    self.lost += 1
                    break
                near.sendall(piece)
        _end(near, far)


def _end(*sockets: socket.socket) -> None:
    for each in sockets:
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
        each.close()


@contextmanager
def proxied(port: int, losing: Losing | None) -> Iterator[tuple[int, Proxy | None]]:
    """The port to use: the server's own, or that of a proxy which loses something."""
    if losing is None:
        yield port, None
        return
    proxy = Proxy(port, losing)
    try:
        yield proxy.port, proxy
    finally:
        proxy.close()
