"""An office at its command line: a folder with entry files, and `xiyuan` run in it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from xiyuan_ledger.cli.commands import xiyuan

SOURCE = Path(__file__).resolve().parents[1] / "src"
ENTRIES: list[dict[str, Any]] = [
    {"type": "OrganizationRegistered", "org": "XY", "kind": "street", "name": "西苑街道", "occurred_on": "2012-01-01"},
    {"type": "WorkerHired", "worker": "W-1", "employer": "XY", "employment": "street", "occurred_on": "2012-02-01"},
    {"type": "WorkerHired", "worker": "W-2", "employer": "XY", "employment": "street", "occurred_on": "2012-03-01"},
    {
        "type": "FundsReceived",
        "org": "XY",
        "channel": "government",
        "amount_fen": 123456,
        "payer": "区财政局",
        "voucher": "V-1",
        "occurred_on": "2012-07-02",
    },
]


def text_of(entries: list[dict[str, Any]]) -> str:
    """Entries as JSON Lines."""
    return "".join(json.dumps(entry, ensure_ascii=False) + "\n" for entry in entries)


class Office:
    """A folder, and the command run in it."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.chdir(folder)
        for name in list(os.environ):
            if name.startswith(("XIYUAN_", "LC_")) and name != "XIYUAN_REQUIRE_SERVERS":
                monkeypatch.delenv(name)
        monkeypatch.setenv("LANG", "en_US.UTF-8")
        monkeypatch.setenv("XIYUAN_ACTOR", "clerk-1")
        self.folder = folder

    def run(self, *arguments: str, stdin: bytes | str | None = None, env: Mapping[str, str] | None = None) -> Result:
        """Run a command in this process."""
        return CliRunner().invoke(xiyuan, arguments, input=stdin, env=env)

    def done(self, *arguments: str, **more: Any) -> str:
        """Run a command that ends with 0; what it printed."""
        found = self.run(*arguments, **more)
        assert found.exit_code == 0, found.output
        return found.stdout

    def rows(self, *arguments: str) -> list[dict[str, Any]]:
        """What a command prints as JSON Lines."""
        return [json.loads(line) for line in self.done(*arguments, "--format", "jsonl").splitlines()]

    def write(self, name: str, entries: list[dict[str, Any]] | str | bytes) -> str:
        """Write a file of entries, and give its name."""
        content = text_of(entries) if isinstance(entries, list) else entries
        (self.folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        return name


def started(
    *arguments: str, folder: Path, stdin: int = subprocess.DEVNULL, stdout: int = subprocess.PIPE, **env: str
) -> subprocess.Popen[bytes]:
    """`xiyuan` as a process of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("XIYUAN_", "LC_", "PYTEST"))}
    kept |= {
        "PYTHONPATH": str(SOURCE),
        "LANG": "en_US.UTF-8",
        "XIYUAN_ACTOR": "clerk-1",
        "PYTHONIOENCODING": "utf-8",
    } | env
    command = [sys.executable, "-m", "xiyuan_ledger.cli", *arguments]
    return subprocess.Popen(command, cwd=folder, env=kept, stdin=stdin, stdout=stdout, stderr=subprocess.PIPE)
