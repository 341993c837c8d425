"""A folder of sheets as an office keeps them: titles above headings, merged cells, full-width digits, blank rows."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from xiyuan_ledger.intake.lines import Line
from xiyuan_ledger.intake.reading import kind_of_file, read_entries

ORGANISATIONS = """西苑街道组织名册,,,,
制表日期: 2013.7.1,,,,
序号,组织编码,种类,名称,发生日期
1,XY,街道,西苑街道,2012年1月1日
2,XY-S1,社会组织,夕阳红协会,２０１２．１．２
,,,,
,,,,
"""
HIRED = """工作人员,用人单位,用工形式,入职日期
Ｗ－００１,XY,街道聘用,2012/2/1
W-002,XY,社区聘用,2012-3-1
W-003,XY,street,41000
"""
MONEY = """组织,资金渠道,金额（元）,凭证,付款方,入账日期
XY,政府扶持,"1,234.50",V-1,区财政局,2012年7月2日
XY,会费,￥８０,V-2,会员,20120703
"""


def csv_of(rows: list[list[Any]]) -> str:
    """Rows as CSV text."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    return out.getvalue()


def workbook_of(
    path: Path,
    sheets: dict[str, list[list[Any]]],
    merged: dict[str, list[str]] | None = None,
    hidden: Sequence[str] = (),
) -> Path:
    """A workbook with these sheets, cells merged where it is said, some sheets hidden."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
        for area in (merged or {}).get(title, []):
            sheet.merge_cells(area)
        sheet.sheet_state = "hidden" if title in hidden else "visible"
    book.save(path)
    return path


def messy_folder(folder: Path) -> list[str]:
    """Files of four kinds and encodings; their names, in the order in which they build on each other."""
    (folder / "组织建档.csv").write_bytes(ORGANISATIONS.encode("utf-8-sig"))
    (folder / "入职 2012.csv").write_bytes(HIRED.encode("gb18030"))
    (folder / "入账.csv").write_bytes(MONEY.encode())
    posts: list[list[Any]] = [
        ["西苑街道岗位设置一览表"],
        [],
        ["岗位", "组织", "岗位信息", None, None, "发生日期"],
        [None, None, "岗位名称", "专业岗位", "名额", None],
        ["P-1", "XY-S1", "社工", "是", "2", datetime(2012, 4, 1)],
        [2, "XY-S1", "主任", False, 1.0, 41000],
        [None, " ", None, None, None, None],
    ]
    filled: list[list[Any]] = [
        ["事实", "岗位", "工作人员 worker", "日期"],
        ["上岗", "P-1", "W-001", datetime(2012, 4, 2)],
        ["PostFilled", "2", "W-002 ", "2012年4月3日"],
        ["离岗", "P-1", "W-001", "2012/12/31"],
    ]
    merged = {"设岗": ["A1:F1", "A3:A4", "B3:B4", "C3:E3", "F3:F4"]}
    workbook_of(folder / "岗位台账.xlsx", {"设岗": posts, "Sheet2": filled, "空表": []}, merged)
    return ["组织建档.csv", "入职 2012.csv", "岗位台账.xlsx", "入账.csv"]


def lines_of(content: bytes | str, name: str = "PostFilled.csv", fact: Any = None) -> list[Line]:
    """What a file of this content holds."""
    raw = content.encode() if isinstance(content, str) else content
    return list(read_entries(io.BytesIO(raw), name, kind_of_file(name), fact))


def lines_of_sheets(path: Path, sheets: dict[str, list[list[Any]]], fact: Any = None) -> list[Line]:
    """What a workbook with these sheets holds."""
    return lines_of(workbook_of(path, sheets).read_bytes(), path.name, fact)


def entry_of(line: Line) -> dict[str, Any]:
    """What the office wrote down in a line that is none of those refused."""
    assert line.error is None, line.error
    assert line.entry is not None
    assert not isinstance(line.entry, dict)
    return line.entry.entry()


def codes_of(lines: list[Line]) -> list[tuple[int, str | None, str | None]]:
    """Number, code and columns of each line."""
    return [
        (each.number, each.error and each.error.code, each.row and each.row.letters(each.error and each.error.field))
        for each in lines
    ]
