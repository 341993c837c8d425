"""`python -m bench.intake`: what reading sheets costs beside recording the same entries from memory.

Arguments: rows of CSV (default 1000000), rows of the workbook (default 100000). Ratios are of the time by the clock,
and behind it of the processor's time, which other work on the machine does not change.
"""

from __future__ import annotations

import argparse
import csv
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from openpyxl import load_workbook
from xlsxwriter import Workbook

from xiyuan_ledger import Ledger

CLIENTS = 2_000
COLUMNS = ("client", "project", "worker", "method", "minutes", "occurred_on")
HEADINGS = ("服务对象", "项目", "工作人员", "服务方式", "分钟数", "发生日期")
METHODS = {"visit": "探访", "call": "电话", "case": "个案"}
BEGINS = date(2012, 1, 2)
SOURCE = Path(__file__).resolve().parent.parent / "src"
TENTH = 10


class Spent(NamedTuple):
    """Seconds by the clock, and of the processor."""

    clock: float
    processor: float


class Watch:
    """Measures from its making on, in this process and in those that it waited for."""

    def __init__(self) -> None:
        self._begun = self._now()

    @staticmethod
    def _now() -> Spent:
        times = os.times()
        return Spent(time.perf_counter(), sum(times[:4]))

    def spent(self) -> Spent:
        """So much since it was made."""
        now = self._now()
        return Spent(now.clock - self._begun.clock, now.processor - self._begun.processor)


def founding() -> list[dict[str, Any]]:
    """What has to be there before clients are served."""
    contract = {"implementer": "XY-CSO", "from": "2012-01-02", "to": "2020-12-31", "amount_fen": 100, "duties": []}
    contract |= {"channel": "government", "targets": [{"indicator": "clients", "quantity": 1}]}
    contract |= {"instalments": [{"due_on": "2012-02-01", "amount_fen": 100, "condition": "none"}]}
    found: list[dict[str, Any]] = [
        {"type": "OrganizationRegistered", "org": "XY", "kind": "street", "name": "西苑街道"},
        {"type": "OrganizationRegistered", "org": "XY-CSO", "kind": "cso", "name": "夕阳红协会"},
        {"type": "WorkerHired", "worker": "W-1", "employer": "XY-CSO", "employment": "agency"},
        {"type": "ProjectApproved", "project": "XY-P1", "name": "夕阳红", "purchaser": "XY"},
        {"type": "ProjectContracted", "project": "XY-P1", **contract},
        {"type": "ProjectStarted", "project": "XY-P1"},
    ]
    for n in range(CLIENTS):
        found.append({"type": "ClientRegistered", "client": f"C-{n:04d}", "sensitivity": "normal"})
        found.append({"type": "ClientEnrolled", "client": f"C-{n:04d}", "project": "XY-P1", "category": "elderly"})
    return [entry | {"occurred_on": BEGINS.isoformat()} for entry in found]


def services(rows: int) -> Iterator[tuple[str, str, str, str, int, str]]:
    """So many services, no two alike, in the order of their days."""
    methods = tuple(METHODS)
    for n in range(rows):
        day = BEGINS + timedelta(days=n // CLIENTS)
        yield f"C-{n % CLIENTS:04d}", "XY-P1", "W-1", methods[n % 3], 30 + n % 60, day.isoformat()


def new_ledger(folder: Path) -> str:
    """A fresh ledger with what has to be there."""
    url = f"sqlite:///{folder / 'xiyuan.db'}"
    with Ledger.open(url, actor="bench", create=True) as ledger:
        ledger.record_all(founding())
    return url


def from_memory(folder: Path, rows: int) -> Spent:
    """What recording the entries takes when they lie in memory."""
    entries = [{"type": "ClientServed", **dict(zip(COLUMNS, row, strict=True))} for row in services(rows)]
    with Ledger.open(new_ledger(folder), actor="bench") as ledger:
        watch = Watch()
        receipts = ledger.record_all(entries, atomic=False)
        took = watch.spent()
    assert {receipt.status for receipt in receipts} == {"recorded"}
    return took


def from_file(folder: Path, file: Path) -> Spent:
    """What `xiyuan record` takes for a file, its start and its receipts included."""
    url = new_ledger(folder)
    command = [sys.executable, "-m", "xiyuan_ledger.cli", "record", str(file), "--format", "jsonl", "--ledger", url]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("XIYUAN_")}
    watch = Watch()
    with (folder / "receipts.jsonl").open("wb") as out:
        subprocess.run([*command, "--actor", "bench"], check=True, stdout=out, env=kept | {"PYTHONPATH": str(SOURCE)})
    return watch.spent()


def write_csv(path: Path, rows: int) -> None:
    """The services as CSV, in Chinese."""
    with path.open("w", encoding="gb18030", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(HEADINGS)
        writer.writerows((*row[:3], METHODS[row[3]], *row[4:]) for row in services(rows))


def write_xlsx(path: Path, rows: int) -> None:
    """The services as a workbook, with dates of Excel."""
    book = Workbook(str(path), {"constant_memory": True})
    sheet, form = book.add_worksheet("服务"), book.add_format({"num_format": "yyyy-mm-dd"})
    sheet.write_row(0, 0, HEADINGS)
    for number, row in enumerate(services(rows), start=1):
        sheet.write_row(number, 0, (*row[:3], METHODS[row[3]], row[4]))
        sheet.write_datetime(number, 5, date.fromisoformat(row[5]), form)
    book.close()


def bare_read(path: Path) -> Spent:
    """What the library which reads workbooks takes for the sheet alone."""
    watch = Watch()
    book = load_workbook(path, read_only=True, data_only=True)
    count = sum(1 for _ in book["服务"].iter_rows(values_only=True))
    assert count > 1
    return watch.spent()


def peak_mib() -> int:
    """The most memory that any of the imports so far took."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024


def fresh(folder: Path, name: str) -> Path:
    """An empty folder of that name."""
    made = folder / name
    made.mkdir()
    return made


def measure_csv(folder: Path, rows: int) -> None:
    """Speed beside recording from memory, and memory beside that of a tenth."""
    tenth, whole = folder / "tenth" / "ClientServed.csv", folder / "whole" / "ClientServed.csv"
    for path, count in ((tenth, rows // TENTH), (whole, rows)):
        path.parent.mkdir()
        write_csv(path, count)
    from_file(fresh(folder, "a"), tenth)
    small = peak_mib()
    took = from_file(fresh(folder, "b"), whole)
    large = peak_mib()
    memory = from_memory(fresh(folder, "c"), rows)
    print(f"CSV   {rows:>9,} rows  {rows / took.clock:>8,.0f}/s  from memory {rows / memory.clock:>8,.0f}/s")
    by_clock, by_processor = (ours / file for ours, file in zip(memory, took, strict=True))
    print(f"      speed beside recording from memory  {by_clock:.2f}  ({by_processor:.2f})  aim >= 0.50")
    grown = (large - small) * 1024 * 1024 / (rows - rows // TENTH)
    print(f"      peak memory {large} MiB, of a tenth {small} MiB  {grown:,.0f} bytes a row more  aim: flat")


def measure_xlsx(folder: Path, rows: int) -> None:
    """Time beside the bare read of the sheet and the recording."""
    path = folder / "ClientServed.xlsx"
    write_xlsx(path, rows)
    bare = bare_read(path)
    memory = from_memory(fresh(folder, "d"), rows)
    took = from_file(fresh(folder, "e"), path)
    print(
        f"XLSX  {rows:>9,} rows  {rows / took.clock:>8,.0f}/s  "
        f"bare read {bare.clock:.1f} s, from memory {memory.clock:.1f} s"
    )
    by_clock, by_processor = (file / (sheet + ours) for file, sheet, ours in zip(took, bare, memory, strict=True))
    print(f"      time beside both together  {by_clock:.2f}  ({by_processor:.2f})  aim <= 2.00")


def main() -> None:
    """Measure both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", type=int, nargs="*", default=[1_000_000, 100_000])
    csv_rows, *rest = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as name:
        measure_csv(Path(name), csv_rows)
        measure_xlsx(Path(name), rest[0] if rest else csv_rows // TENTH)


if __name__ == "__main__":
    main()
