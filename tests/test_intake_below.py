"""What stands below, beside and behind a sheet's rows: notes, a second table, misspelt headings, hidden sheets."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.office_sheets import codes_of, entry_of, lines_of, workbook_of
from tests.street_office import Office

HEAD = "岗位,工作人员,上岗日期\n"


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    """An empty folder."""
    return Office(tmp_path, monkeypatch)


@pytest.mark.parametrize(
    "below", ["备注：以上为三月份,,,", "制表人：李,,审核人: 王,", "工作人员,用人单位,用工形式,入职日期"]
)
def test_notes_below_a_sheet_and_its_headings_once_more_hold_no_entry(below: str) -> None:
    text = f"工作人员,用人单位,用工形式,入职日期\nW-1,XY,street,2013-3-4\n{below}\nW-2,XY,street,2013-3-4\n"
    first, aside, second = lines_of(text, "入职.csv")
    assert (aside.number, aside.entry, aside.error) == (3, None, None)
    assert [entry_of(line)["worker"] for line in (first, second)] == ["W-1", "W-2"]


def test_a_second_table_on_a_sheet_is_told_where_it_begins_and_none_of_it_is_read() -> None:
    text = f"{HEAD}P-1,W-1,2013-3-4\n\n工作人员,用人单位,用工形式,入职日期\nW-2,XY,street,2013-3-4\n"
    good, again = lines_of(text)
    assert entry_of(good)["worker"] == "W-1"
    assert codes_of([again]) == [(4, "headings-again", None)]


def test_every_heading_that_names_nothing_is_told_and_what_it_may_mean() -> None:
    (line,) = lines_of("工作人员,用人单为,用工型式,入职日其,联系电话\nW-1,XY,street,2013-3-4,1\n", "入职.csv")
    assert line.row is not None
    assert [fault.error.values.get("near") for fault in line.row.faults] == [
        "employer",
        "employment",
        "occurred_on",
        None,
    ]
    assert line.row.letters(None) == "B, C, D, E"


def test_a_hidden_sheet_is_not_read_and_that_is_said(office: Office) -> None:
    rows = [["工作人员", "用人单位", "用工形式", "入职日期"], ["W-1", "XY", "街道聘用", "2013-3-4"]]
    workbook_of(office.folder / "入职.xlsx", {"入职": rows, "旧表": rows, "空表": [[]]}, hidden=("旧表", "空表"))
    office.done("init")
    answer = office.run("record", "入职.xlsx", "--lang", "zh")
    assert "工作表“旧表”是隐藏的, 未读取" in answer.stderr
    assert "空表" not in answer.stderr
    assert "已登记 1 条, 重复 0 条, 拒收 0 条" in answer.stderr
