"""A bank: a process with a database of its own. It pays whatever it is handed, as often as it is handed in.

One request is one connection, answered in the order of connecting, so that who asks after a call that broke off is
answered after that call. It does not look whether it has a number already: paying twice is for the sender to avoid.
"""

from __future__ import annotations

import csv
import io
import json
import random
import socket
import sqlite3
import sys
import time
from pathlib import Path
from typing import Any

HEADINGS = ("客户流水号", "金额(元)", "处理结果", "银行流水号", "失败原因")
HANG_SECONDS = 3


class Till:
    """What the bank knows: every file that was handed in, and every payment that it made."""

    def __init__(self, path: Path):
        self._kept = sqlite3.connect(path, isolation_level=None)
        self._kept.execute("PRAGMA journal_mode=WAL")
        self._kept.execute("CREATE TABLE IF NOT EXISTS file (number TEXT, content BLOB)")
        self._kept.execute("CREATE TABLE IF NOT EXISTS payment (reference TEXT, number TEXT, yuan TEXT, state TEXT)")

    def take(self, number: str, content: bytes, rejects: random.Random) -> None:
        """Take a file and pay every line of it."""
        lines = list(csv.reader(io.StringIO(content.decode("gbk"))))[1:-1]
        rows = [(line[1], number, line[5], "失败" if rejects.random() < REJECTED else "成功") for line in lines]
        self._kept.execute("BEGIN")
        self._kept.execute("INSERT INTO file VALUES (?, ?)", (number, content))
        self._kept.executemany("INSERT INTO payment VALUES (?, ?, ?, ?)", rows)
        self._kept.execute("COMMIT")

    def has(self, number: str) -> bool:
        """Whether a file with this number was handed in."""
        return self._kept.execute("SELECT 1 FROM file WHERE number = ?", (number,)).fetchone() is not None

    def answer(self, number: str) -> str:
        """The answer to a file, as a sheet; empty before it was handed in."""
        select = "SELECT reference, min(yuan), min(state), min(rowid) FROM payment WHERE number = ? GROUP BY reference"
        rows = self._kept.execute(f"{select} ORDER BY min(rowid)", (number,)).fetchall()
        if not rows:
            return ""
        text = io.StringIO(newline="")
        sheet = csv.writer(text)
        sheet.writerow(HEADINGS)
        sheet.writerows([reference, yuan, state, f"B{row}", ""] for reference, yuan, state, row in rows)
        paid = [yuan for _, yuan, state, _ in rows if state == "成功"]
        sums = [_sum(yuan for _, yuan, _, _ in rows), str(len(paid)), _sum(paid)]
        sheet.writerow(["合计", str(len(rows)), *sums])
        return text.getvalue()


REJECTED = 0.05


def _sum(amounts: Any) -> str:
    fen = sum(int(each.replace(".", "")) for each in amounts)
    return f"{fen // 100}.{fen % 100:02d}"


def serve(path: Path, seed: int, latency: float, hangs: float) -> None:
    """Answer for ever; says its port first. So many of its replies come too late, after it has taken the file."""
    till, chance = Till(path), random.Random(seed)
    with socket.create_server(("127.0.0.1", 0), backlog=256) as server:
        print(server.getsockname()[1], flush=True)
        while True:
            caller, _ = server.accept()
            with caller:
                try:
                    _answer(caller, till, chance, latency, hangs)
                except (OSError, ValueError):
                    continue


def _answer(caller: socket.socket, till: Till, chance: random.Random, latency: float, hangs: float) -> None:
    caller.settimeout(5)
    request = json.loads(caller.makefile("rb").readline())
    number = request["number"]
    if request["ask"] == "submit":
        time.sleep(chance.random() * latency)
        till.take(number, bytes.fromhex(request["content"]), random.Random(number))
        time.sleep(chance.random() * latency)
        if chance.random() < hangs:
            return  # The reply is lost, the money is not.
        reply: dict[str, Any] = {"reference": f"F-{number[:8]}"}
    elif request["ask"] == "inquire":
        reply = {"standing": "accepted" if till.has(number) else "absent"}
    else:
        reply = {"answer": till.answer(number)}
    caller.sendall(json.dumps(reply).encode() + b"\n")


if __name__ == "__main__":
    serve(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), float(sys.argv[4]))
