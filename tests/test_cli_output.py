"""What the command line prints: tables that people read, and forms that machines read, from the same rows."""

from __future__ import annotations

import csv
import io
import json
import os
from datetime import datetime
from pathlib import Path

import pytest
from openpyxl import load_workbook

from tests.street_office import ENTRIES, Office, text_of
from xiyuan_ledger.cli.cells import aligned, shortened, width
from xiyuan_ledger.cli.sheet import Sheet, column
from xiyuan_ledger.projections.wording import printable

RECEIVED = "XY-STREET,government,5000,District finance office,V-77,2012-07-20"
ASKED = ("view", "fund_statement", "--valid-on", "2012-12-31", "--year", "2012")


@pytest.fixture
def street(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    """A simulated ledger with the street's money of July."""
    office = Office(tmp_path, monkeypatch)
    office.done("init", "--simulated")
    told = [dict(entry, recorded_at=f"{entry['occurred_on']}T10:00:00+08:00") for entry in ENTRIES]
    office.done("record", office.write("street.jsonl", told))
    return office


def test_a_table_says_title_and_pin_and_shows_yuan(street: Office) -> None:
    lines = street.done(*ASKED).splitlines()
    assert lines[0] == "Fund statement"
    assert lines[1].startswith("ledger xiyuan · known at 25 · valid on 2012-12-31 · from 2012-01-01 · to 2012-12-31")
    assert lines[1].endswith("SIMULATED")
    assert "Closing (yuan)" in lines[3]
    assert "1,234.56" in lines[5]
    assert lines[7] == "1 row"


def test_a_chinese_table_stands_in_columns(street: Office) -> None:
    lines = street.done(*ASKED, "--lang", "zh").splitlines()
    assert "模拟数据 SIMULATED" in lines[1]
    assert "（元）" in lines[3]
    assert lines[-2] == "共 1 行"
    assert width(lines[3]) == width(lines[4]) == width(lines[5])


def test_evidence_is_counted_in_a_table_and_listed_when_asked_for(street: Office) -> None:
    event = street.rows(*ASKED)[0]["evidence"][0]
    assert event not in street.done(*ASKED)
    assert event in street.done(*ASKED, "--evidence")


def test_empty_columns_are_left_out_of_a_table_and_named(street: Office) -> None:
    table = street.done(*ASKED)
    assert "Project" not in table.splitlines()[3]
    assert table.splitlines()[-1] == "columns that are empty: Project"


def test_json_is_one_object_with_pin_columns_and_rows(street: Office) -> None:
    found = json.loads(street.done(*ASKED, "--format", "json"))
    assert found["view"] == "fund_statement"
    assert found["pin"]["known_at"] == 25
    assert found["rows"][0]["closing_fen"] == 123456
    assert [each["name"] for each in found["columns"]] == list(found["rows"][0])
    assert found["title"] == {"zh": "收支", "en": "Fund statement"}
    assert all(set(each["title"]) == set(each["about"]) == {"zh", "en"} for each in found["columns"])
    assert json.loads(street.done(*ASKED, "--format", "json", "--lang", "zh")) == found


def test_rows_of_a_simulated_ledger_say_so_in_forms_without_a_head(street: Office) -> None:
    (row,) = street.rows(*ASKED)
    assert list(row)[-1] == "simulated"
    said = street.run(*ASKED, "--format", "jsonl").stderr
    assert said.startswith("ledger xiyuan · known at 25")
    assert "SIMULATED" in said
    street.write("two.json", '{"years": 2}')
    supposed = ("view", "exam_deadlines", "--valid-on", "2013-06-30", "--policy", "exam-deadline=@two.json")
    (told, _) = csv.DictReader(io.StringIO(street.done(*supposed, "--format", "csv")))
    assert list(told.items())[-2:] == [("simulated", "SIMULATED"), ("what_if", "exam-deadline")]


def test_csv_has_machine_values_and_a_byte_order_mark_only_in_files(street: Office) -> None:
    printed = street.done(*ASKED, "--format", "csv")
    (row,) = csv.DictReader(io.StringIO(printed))
    assert row["closing_fen"] == "123456"
    street.done(*ASKED, "--format", "csv", "--out", "funds.csv")
    assert Path("funds.csv").read_bytes() == b"\xef\xbb\xbf" + printed.encode()


def test_markdown_is_a_table_with_right_aligned_numbers(street: Office) -> None:
    lines = street.done(*ASKED, "--format", "md").splitlines()
    assert lines[0] == "**Fund statement**"
    assert lines[5].startswith("| --- | --- |")
    assert "---:" in lines[5]
    assert "1,234.56" in lines[6]


def test_a_workbook_has_yuan_dates_and_the_sql(street: Office) -> None:
    street.done(*ASKED, "--format", "xlsx", "--out", "funds.xlsx", "--lang", "zh")
    book = load_workbook("funds.xlsx")
    rows, origin = book.worksheets
    assert (rows.title, origin.title) == ("数据", "版本与口径")
    headings = [cell.value for cell in rows[4]]
    closing = rows.cell(5, headings.index("期末余额（元）") + 1 if "期末余额（元）" in headings else _closing(headings))
    assert closing.value == 1234.56
    assert closing.number_format == "#,##0.00"
    assert rows.freeze_panes == "A5"
    assert rows.auto_filter.ref is not None
    texts = [str(cell.value) for row in origin.iter_rows() for cell in row if cell.value]
    assert "25" in texts
    assert any("SELECT" in text.upper() for text in texts)


def _closing(headings: list[object]) -> int:
    return next(at for at, heading in enumerate(headings, start=1) if "期末" in str(heading))


def test_a_workbook_has_dates_and_shanghai_time_as_excel_has_them(street: Office) -> None:
    street.done("journal", "--type", "FundsReceived", "--format", "xlsx", "--out", "journal.xlsx")
    rows = load_workbook("journal.xlsx").worksheets[0]
    found = {heading.value: cell.value for heading, cell in zip(rows[4], rows[5], strict=True)}
    assert found["Occurred on"] == datetime(2012, 7, 2)
    assert found["Recorded at (Shanghai)"] == datetime(2012, 7, 2, 10)


def test_a_workbook_is_the_same_bytes_each_time(street: Office) -> None:
    street.done(*ASKED, "--format", "xlsx", "--out", "a.xlsx")
    street.done(*ASKED, "--format", "xlsx", "--out", "b.xlsx")
    assert Path("a.xlsx").read_bytes() == Path("b.xlsx").read_bytes()


def test_a_text_that_looks_like_a_formula_stays_text(street: Office) -> None:
    evil = dict(ENTRIES[3], payer='=HYPERLINK("x")', voucher="V-2", recorded_at="2012-08-01T10:00:00+08:00")
    street.done("record", "-", stdin=text_of([evil]))
    street.done("journal", "--format", "xlsx", "--out", "journal.xlsx")
    cells = [cell for row in load_workbook("journal.xlsx").worksheets[0].iter_rows() for cell in row]
    assert [cell for cell in cells if cell.data_type == "f"] == []


@pytest.mark.parametrize("form", ["json", "jsonl", "csv", "md", "xlsx", "table"])
def test_receipts_are_written_in_every_form(street: Office, form: str) -> None:
    street.done("record", "street.jsonl", "--format", form, "--out", f"receipts.{form}")
    content = Path(f"receipts.{form}").read_bytes()
    if form == "xlsx":
        assert load_workbook("receipts.xlsx").worksheets[0].cell(4, 3).value == "duplicate"
    else:
        assert content.decode().count("duplicate") == 4
    if form == "json":
        assert [each["line"] for each in json.loads(content)] == [1, 2, 3, 4]


def test_what_was_there_stays_when_writing_fails(street: Office) -> None:
    Path("funds.csv").write_text("former")
    assert street.run("view", "no_such_view", "--format", "csv", "--out", "funds.csv").exit_code == 2
    assert Path("funds.csv").read_text() == "former"
    assert [path.name for path in street.folder.iterdir() if path.name.startswith(".funds")] == []


def test_a_pipe_is_written_to_and_stays_a_pipe(street: Office) -> None:
    os.mkfifo("pipe")
    reader = os.open("pipe", os.O_RDONLY | os.O_NONBLOCK)
    street.done("views", "--format", "csv", "--out", "pipe")
    assert os.read(reader, 100).startswith(b"\xef\xbb\xbfname,title")
    os.close(reader)
    assert Path("pipe").is_fifo()


def test_colour_is_for_terminals_only(street: Office) -> None:
    assert "\x1b" not in street.done(*ASKED)
    assert "\x1b" not in street.done(*ASKED, env={"NO_COLOR": "1"})


def test_text_that_would_steer_the_terminal_does_not_reach_it() -> None:
    assert printable("a\x1b[31mb\nc\u202ed") == "a\ufffd[31mb c\ufffdd"


def test_width_counts_chinese_twice_and_combining_marks_not_at_all() -> None:
    assert [width(text) for text in ("abc", "西苑", "e\u0301", "（元）")] == [3, 4, 1, 6]


def test_text_is_cut_to_places_not_characters() -> None:
    assert shortened("西苑街道社工", 7) == "西苑街…"
    assert shortened("西苑街道", 8) == "西苑街道"


def test_columns_stand_under_each_other() -> None:
    assert aligned(["名称", "元"], [["西苑", "1.00"], ["ab", "12.00"]], [False, True]) == [
        "名称     元",
        "────  ─────",
        "西苑   1.00",
        "ab    12.00",
    ]


def test_lists_of_a_sheet_that_is_no_view_are_joined_in_csv_too() -> None:
    columns = (column("indicator", "指标", "Indicator"), column("evidence", "证据", "Evidence", "list"))
    rows = [{"indicator": "A1", "evidence": ["e-1", "e-2"]}, {"indicator": "A2", "evidence": []}]
    assert Sheet("scores", "Scores", columns, rows).to_csv() == "indicator,evidence\nA1,e-1;e-2\nA2,\n"


def test_a_column_of_amounts_that_names_no_unit_is_said_to_be_read_as_fen(street: Office, tmp_path: Path) -> None:
    for heading, is_said in (("金额", True), ("金额(元)", False), ("金额(分)", False), ("amount_fen", False)):
        sheet = tmp_path / "received.csv"
        sheet.write_text(f"org,channel,{heading},payer,voucher,occurred_on\n{RECEIVED}\n", "utf-8")
        told = street.run("record", str(sheet), "--fact", "FundsReceived", "--dry-run")
        assert ("names no unit" in told.stderr) is is_said, heading
