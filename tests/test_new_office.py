"""A clerk who has only Excel and reads only Chinese: a folder of messy sheets becomes a ledger and a monthly report."""

from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import load_workbook

from tests.messy_month import messy_month
from tests.street_office import Office

STATION = "C1-站"
ASKED = ("view", "station_monthly_report", "--month", "2013-03", "--valid-on", "2013-03-31")


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    """A folder with a new ledger, in Chinese."""
    office = Office(tmp_path, monkeypatch)
    monkeypatch.setenv("XIYUAN_LANG", "zh")
    office.done("init")
    return office


def test_a_month_of_messy_sheets_becomes_the_stations_monthly_report(office: Office) -> None:
    *files, services, sessions = messy_month(office.folder)
    office.done("record", *files)

    refused = office.run("record", services, "--marked", "错误.xlsx")
    assert refused.exit_code == 1
    assert "服务 2013年3月.csv:5:B  拒收" in refused.stdout
    assert 'B 列“服务日期”为 "3月6日", 应为 存在的日期' in refused.stdout
    assert "服务 2013年3月.csv: 合计行、备注行和重复的标题行不是条目, 已略过 1 行: 第 8 行" in refused.stderr
    assert "已登记 4 条, 重复 0 条, 拒收 1 条" in refused.stderr

    book = load_workbook(office.folder / "错误.xlsx")
    (cell,) = (cell for row in book.worksheets[0] for cell in row if cell.value == "3月6日")
    cell.value = "2013年3月6日"
    book.save(office.folder / "错误.xlsx")
    office.done("record", "错误.xlsx")
    office.done("record", sessions)

    told = office.done(*ASKED)
    rows = [line.split() for line in told.splitlines() if STATION in line]
    assert [row[3:10] for row in rows] == [
        ["合计", "4", "2", "4", "20", "5:35", "2"],
        ["活动", "0", "1", "2", "2", "2:00", "1"],
        ["电话", "1", "0", "1", "1", "0:15", "1"],
        ["咨询", "1", "0", "1", "1", "0:30", "1"],
        ["小组", "0", "1", "3", "14", "1:30", "2"],
        ["探访", "2", "0", "2", "2", "1:20", "1"],
    ]


def test_importing_the_folder_twice_records_nothing_more(office: Office) -> None:
    files = messy_month(office.folder)
    office.run("record", *files)
    again = office.run("record", *files)
    assert "已登记 0 条, 重复 32 条, 拒收 1 条" in again.stderr


def test_the_report_is_handed_in_as_a_workbook_in_chinese(office: Office) -> None:
    office.run("record", *messy_month(office.folder))
    office.done(*ASKED, "--format", "xlsx", "--out", "月报.xlsx")
    sheet = load_workbook(office.folder / "月报.xlsx")["数据"]
    texts = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=1, max_row=5)]
    assert texts[0][0] == "社工站月报"
    assert texts[3][:5] == ["月份", "站点", "社区", "服务类型", "服务次数"]
    assert texts[4][1:5] == [STATION, "C1", "合计", 3]
