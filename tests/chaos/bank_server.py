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
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

HEADINGS = ("客户流水号", "金额(元)", "处理结果", "银行流水号", "失败原因")
PAID, REJECTED, RETURNED, IN_HAND = "成功", "失败", "退票", "处理中"
REJECTED_SHARE = 0.05
SPOILED_ASKS = (2, 4, 7)
"""A worker looks twice whether there is an answer: once, twice, or so often that a person has to let go."""
TABLES = (
    "CREATE TABLE IF NOT EXISTS file (number TEXT, digest TEXT)",
    "CREATE TABLE IF NOT EXISTS payment"
    " (reference TEXT, number TEXT, account TEXT, fen INTEGER, state TEXT, bank_ref TEXT)",
    "CREATE TABLE IF NOT EXISTS spoiled (digest TEXT PRIMARY KEY)",
    "CREATE TABLE IF NOT EXISTS hang (number TEXT)",
)
Row = tuple[str, int, str, str]


class Till:
    """What the bank knows: every file that was handed in, and every payment that it made."""

    def __init__(self, path: Path):
        self._kept = sqlite3.connect(path, isolation_level=None, timeout=60)
        self._kept.execute("PRAGMA journal_mode=WAL")
        for table in TABLES:
            self._kept.execute(table)

    def take(self, number: str, content: bytes) -> None:
        """Take a file and pay every line of it."""
        rejects = random.Random(number)
        lines = list(csv.reader(io.StringIO(content.decode("gbk"))))[1:-1]
        self._kept.execute("BEGIN IMMEDIATE")
        self._kept.execute("INSERT INTO file VALUES (?, ?)", (number, sha256(content).hexdigest()))
        for _, reference, account, _, _, yuan, _ in lines:
            before = self._kept.execute("SELECT count(*) FROM payment WHERE reference = ?", (reference,)).fetchone()[0]
            state = REJECTED if rejects.random() < REJECTED_SHARE else PAID
            row = (reference, number, account.strip(), fen_of(yuan), state, f"B{reference[:20]}-{before + 1}")
            self._kept.execute("INSERT INTO payment VALUES (?, ?, ?, ?, ?, ?)", row)
        self._kept.execute("COMMIT")

    def has(self, number: str) -> bool:
        """Whether a file with this number was handed in."""
        return self._kept.execute("SELECT 1 FROM file WHERE number = ?", (number,)).fetchone() is not None

    def rows(self, number: str) -> list[Row]:
        """What became of the lines of a file: reference, fen, state, the bank's own reference."""
        select = "SELECT reference, fen, min(state), min(bank_ref) FROM payment WHERE number = ? GROUP BY reference"
        return self._kept.execute(f"{select} ORDER BY min(rowid)", (number,)).fetchall()

    def hung(self, number: str) -> None:
        """A reply was not given."""
        self._kept.execute("INSERT INTO hang VALUES (?)", (number,))

    def spoiled(self, content: str) -> str:
        """An answer that must not be taken, written down."""
        digest = sha256(content.encode("gbk")).hexdigest()
        self._kept.execute("INSERT OR IGNORE INTO spoiled VALUES (?)", (digest,))
        return content


def fen_of(yuan: str) -> int:
    """1234.50 → 123450."""
    return int(yuan.strip().replace(".", ""))


def yuan_of(fen: int) -> str:
    """123450 → 1234.50."""
    return f"{fen // 100}.{fen % 100:02d}"


def sheet(rows: Sequence[Row]) -> str:
    """An answer as the bank sends it."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(HEADINGS)
    writer.writerows([reference, yuan_of(fen), state, bank_ref, ""] for reference, fen, state, bank_ref in rows)
    paid = [fen for _, fen, state, _ in rows if state == PAID]
    sums = [yuan_of(sum(fen for _, fen, _, _ in rows)), str(len(paid)), yuan_of(sum(paid))]
    writer.writerow(["合计", str(len(rows)), *sums])
    return text.getvalue()


def truncated(rows: Sequence[Row]) -> str:
    """Cut off in the middle."""
    return sheet(rows)[: len(sheet(rows)) * 2 // 3]


def altered(rows: Sequence[Row]) -> str:
    """One amount is another, and the sums are made to fit."""
    (reference, fen, state, bank_ref), *others = rows
    return sheet([(reference, fen + 1, state, bank_ref), *others])


def of_another(rows: Sequence[Row]) -> str:
    """One line belongs to no file of ours."""
    return sheet([*rows[:-1], ("f" * 32, *rows[-1][1:])])


SPOILERS: tuple[Callable[[Sequence[Row]], str], ...] = (truncated, altered, of_another)


class Teller:
    """Who is asked at the bank. `how` is what is wrong with it: see `answers`."""

    def __init__(self, till: Till, seed: int, latency: float, hangs: int, how: str):
        self._till = till
        self._chance = random.Random(seed)
        self._latency = latency
        self._hangs = hangs
        self._how = how
        self._asked: Counter[str] = Counter()
        self._taken = seed

    def reply(self, request: dict[str, Any]) -> dict[str, Any] | None:
        """What is replied; nothing where the bank has done what was asked, and does not say so."""
        number = request["number"]
        if request["ask"] == "inquire":
            return {"standing": "accepted" if self._till.has(number) else "absent"}
        if request["ask"] == "answers":
            rows = self._till.rows(number)
            return {"answers": self.answers(number, rows) if rows else []}
        time.sleep(self._chance.random() * self._latency)
        self._till.take(number, bytes.fromhex(request["content"]))
        time.sleep(self._chance.random() * self._latency)
        self._taken += 1
        if self._hangs and self._taken % self._hangs == 0:
            self._till.hung(number)
            return None
        return {"reference": f"F-{number[:8]}"}

    def answers(self, number: str, rows: Sequence[Row]) -> list[str]:
        """As they are; or `twice`, also in other bytes; or `late`, at first in hand; or `spoiled`, at first wrong."""
        self._asked[number] += 1
        chance = random.Random(number)
        if self._how == "twice":
            return [sheet(rows), sheet(rows), sheet(rows) + "\r\n"]
        first = self._asked[number] <= chance.choice(SPOILED_ASKS)
        if self._how == "late" and first:
            return [sheet([(reference, fen, IN_HAND, bank_ref) for reference, fen, _, bank_ref in rows])]
        if self._how == "spoiled" and first:
            return [self._till.spoiled(chance.choice(SPOILERS)(rows))]
        return [sheet(rows)]


def serve(path: Path, seed: int, latency: float, hangs: int, how: str) -> None:
    """Answer for ever; says its port first. Of so many files one gets no reply in time, after the bank has taken it."""
    teller = Teller(Till(path), seed, latency, hangs, how)
    waiting = []
    with socket.create_server(("127.0.0.1", 0), backlog=256) as server:
        print(server.getsockname()[1], flush=True)
        while True:
            caller, _ = server.accept()
            with suppress(OSError, ValueError):
                caller.settimeout(5)
                reply = teller.reply(json.loads(caller.makefile("rb").readline()))
                if reply is None:
                    waiting.append(caller)
                    continue
                caller.sendall(json.dumps(reply).encode() + b"\n")
            caller.close()


if __name__ == "__main__":
    serve(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4]), sys.argv[5])
