"""A proxy for one server that can lose a reply after the request was carried out: the fault that mocks never have."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress

PIECE = 65_536


class Proxy:
    """Passes bytes on. While `loses` says so of a request, the request goes through and its reply does not."""

    def __init__(self, port: int, loses: Callable[[bytes], bool]):
        self._target = port
        self._loses = loses
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
                if self._loses(piece):
                    losing.set()
                far.sendall(piece)
        _end(near, far)

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
