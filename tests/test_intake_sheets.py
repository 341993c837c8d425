"""Sheets as offices keep them become facts, and every row that does not is answered with cell and reason."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from tests.office_sheets import codes_of, csv_of, entry_of, lines_of, lines_of_sheets, messy_folder, workbook_of
from tests.street_office import Office
from xiyuan_ledger.aggregates import FACTS
from xiyuan_ledger.intake.naming import facts_named
from xiyuan_ledger.recording.entries import fact_of

HEAD = "岗位,工作人员,上岗日期\n"
GOOD = {"post": "P-1", "worker": "W-1", "occurred_on": date(2013, 3, 4)}


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    """An empty folder."""
    return Office(tmp_path, monkeypatch)


def test_a_folder_of_messy_sheets_becomes_a_ledger(office: Office) -> None:
    files = messy_folder(office.folder)
    office.done("init")
    receipts = [json.loads(line) for line in office.done("record", *files, "--format", "jsonl").splitlines()]
    assert [(each["file"], each.get("sheet"), each["line"], each["status"]) for each in receipts] == [
        ("组织建档.csv", None, 4, "recorded"),
        ("组织建档.csv", None, 5, "recorded"),
        ("入职 2012.csv", None, 2, "recorded"),
        ("入职 2012.csv", None, 3, "recorded"),
        ("入职 2012.csv", None, 4, "recorded"),
        ("岗位台账.xlsx", "设岗", 5, "recorded"),
        ("岗位台账.xlsx", "设岗", 6, "recorded"),
        ("岗位台账.xlsx", "Sheet2", 2, "recorded"),
        ("岗位台账.xlsx", "Sheet2", 3, "recorded"),
        ("岗位台账.xlsx", "Sheet2", 4, "recorded"),
        ("入账.csv", None, 2, "recorded"),
        ("入账.csv", None, 3, "recorded"),
    ]
    received, hired = (office.rows("journal", "--type", name) for name in ("FundsReceived", "WorkerHired"))
    assert [row["fields"]["amount_fen"] for row in received] == [123_450, 8_000]
    assert {row["fields"]["worker"]: row["occurred_on"] for row in hired} == {
        "W-001": "2012-02-01",
        "W-002": "2012-03-01",
        "W-003": "2012-04-01",
    }
    again = [json.loads(line) for line in office.done("record", *files, "--format", "jsonl").splitlines()]
    assert {each["status"] for each in again} == {"duplicate"}


def test_the_same_roster_gives_the_same_facts_from_every_kind_of_file(tmp_path: Path) -> None:
    entries = [
        {"type": "PostFilled", "post": "P-1", "worker": f"工-{n}", "occurred_on": "2013-03-04"} for n in range(3)
    ]
    jsonl = "".join(json.dumps(entry, ensure_ascii=False) + "\n" for entry in entries)
    rows: list[list[Any]] = [
        ["岗位", "工作人员", "发生日期"],
        *([e["post"], e["worker"], e["occurred_on"]] for e in entries),
    ]
    text = csv_of(rows)
    wanted = [fact_of(line.entry).entry() for line in lines_of(jsonl, "x.jsonl") if line.entry is not None]
    assert len(wanted) == 3
    assert [entry_of(line) for line in lines_of(text, "上岗.csv")] == wanted
    assert [entry_of(line) for line in lines_of(text.encode("utf-8-sig"), "上岗.csv")] == wanted
    assert [entry_of(line) for line in lines_of(text.encode("gb18030"), "上岗.csv")] == wanted
    assert [entry_of(line) for line in lines_of_sheets(tmp_path / "x.xlsx", {"上岗": rows})] == wanted


@pytest.mark.parametrize(
    "written",
    [
        "2013-03-04",
        "2013-3-4",
        "2013/3/4",
        "2013.3.4",
        "2013年3月4日",
        "２０１３年３月４日",
        "２０１３／０３／０４",
        "20130304",
        "41337",
        " 2013-03-04 ",
        "2013-03-04 00:00:00",
    ],
)
def test_a_date_may_be_written_as_offices_write_it(written: str) -> None:
    assert [entry_of(line) for line in lines_of(f"{HEAD}P-1,W-1,{written}\n")] == [GOOD]


@pytest.mark.parametrize("written", ["2013-02-30", "13-3-4", "3月4日", "2013", "2013-03-04 14:30", "昨天", "1", "#N/A"])
def test_what_is_no_date_is_refused_with_its_cell(written: str) -> None:
    (line,) = lines_of(f"{HEAD}P-1,W-1,{written}\n")
    assert codes_of([line]) == [(2, "cell-invalid", "C")]
    assert line.error is not None
    assert "C 列“上岗日期”" in line.error.message("zh")
    assert written in line.error.message("zh")


@pytest.mark.parametrize(
    ("cell", "found"),
    [(datetime(2013, 3, 4), date(2013, 3, 4)), (date(2013, 3, 4), date(2013, 3, 4)), (41337, date(2013, 3, 4))],
)
def test_dates_of_excel_are_dates(tmp_path: Path, cell: Any, found: date) -> None:
    rows = [["post", "worker", "occurred_on"], ["P-1", "W-1", cell]]
    (line,) = lines_of_sheets(tmp_path / "x.xlsx", {"PostFilled": rows})
    assert entry_of(line)["occurred_on"] == found


@pytest.mark.parametrize(("cell", "code"), [(12, "12"), (12.0, "12"), ("007", "007"), ("Ｐ－１", "P-1")])
def test_a_code_that_excel_made_a_number_is_a_code(tmp_path: Path, cell: Any, code: str) -> None:
    rows = [["post", "worker", "occurred_on"], [cell, "W-1", "2013-03-04"]]
    (line,) = lines_of_sheets(tmp_path / "x.xlsx", {"PostFilled": rows})
    assert entry_of(line)["post"] == code


def test_a_code_written_as_a_formula_so_that_excel_keeps_its_zeros_is_a_code() -> None:
    (line,) = lines_of(f'{HEAD}="007",W-1,2013-03-04\n')
    assert entry_of(line)["post"] == "007"


@pytest.mark.parametrize("cell", [1.5, True, datetime(2013, 1, 2), 1234567890123456789, "-", "W 1", "#REF!"])
def test_a_code_that_excel_may_have_changed_is_refused(tmp_path: Path, cell: Any) -> None:
    rows = [["post", "worker", "occurred_on"], [cell, "W-1", "2013-03-04"]]
    (line,) = lines_of_sheets(tmp_path / "x.xlsx", {"PostFilled": rows})
    assert codes_of([line]) == [(2, "cell-invalid", "A")]


@pytest.mark.parametrize(
    ("heading", "cell", "fen"),
    [
        ("金额(元)", 1234.5, 123450),
        ("金额(元)", 19.99, 1999),
        ("金额(元)", 0.1 + 0.2, 30),
        ("金额（元）", "1,234.50", 123450),
        ("amount (yuan)", "80", 8000),
        ("金额(万元)", 1.2345, 1234500),
        ("金额", 123450, 123450),
        ("amount_fen", "１２３４５０", 123450),
        ("金额", "￥80", 8000),
        ("金额", "80.5元", 8050),
    ],
)
def test_an_amount_is_exact_in_the_unit_that_is_stated(tmp_path: Path, heading: str, cell: Any, fen: int) -> None:
    head = ["org", "channel", heading, "voucher", "payer", "occurred_on"]
    rows = [head, ["XY", "政府扶持", cell, "V-1", "区财政局", "2013-03-04"]]
    (line,) = lines_of_sheets(tmp_path / "x.xlsx", {"FundsReceived": rows})
    assert entry_of(line)["amount_fen"] == fen
    assert entry_of(line)["channel"] == "government"


@pytest.mark.parametrize(
    ("heading", "cell"),
    [
        ("金额", "12.50"),
        ("金额", 12.5),
        ("金额(元)", 1.005),
        ("金额(元)", "1,23"),
        ("金额(元)", "-5"),
        ("金额", "八十"),
    ],
)
def test_an_amount_that_is_no_whole_fen_is_refused(tmp_path: Path, heading: str, cell: Any) -> None:
    head = ["org", "channel", heading, "voucher", "payer", "occurred_on"]
    rows = [head, ["XY", "政府扶持", cell, "V-1", "区财政局", "2013-03-04"]]
    (line,) = lines_of_sheets(tmp_path / "x.xlsx", {"FundsReceived": rows})
    assert codes_of([line]) == [(2, "cell-invalid", "C")]


def test_lists_times_choices_and_yes_or_no_are_read_in_chinese() -> None:
    text = (
        "活动/培训,项目,种类,开始时间,分钟数(小时),工作人员,参加人,其他人数,日期\n"
        'S-1,XY-P1,小组,2013年3月4日 下午2:30,1.5,W-1；W-2、W-3,"C-1\nC-2",３,2013-3-4\n'
    )
    (line,) = lines_of(text, "SessionHeld.csv")
    found = entry_of(line)
    assert found["kind"] == "group"
    assert (found["starts_at"], found["minutes"]) == (datetime(2013, 3, 4, 14, 30), 90)
    assert (found["workers"], found["participants"], found["headcount"]) == (("W-1", "W-2", "W-3"), ("C-1", "C-2"), 3)
    (line,) = lines_of("服务对象,用途,是否同意,监护人代签,日期\nC-1,服务,是,否,2013-3-4\n", "知情同意.csv")
    assert (entry_of(line)["given"], entry_of(line)["by_guardian"]) == (True, False)


def test_structures_are_taken_as_json_too_and_the_error_says_what_each_part_holds() -> None:
    lines = '[{"category":"staff","channel":"government","amount_fen":100}]'
    budget = csv_of([["项目", "预算行", "日期"], ["P-1", lines, "2013-3-4"], ["P-2", "人员 100", "2013-3-4"]])
    good, bad = lines_of(budget, "预算.csv")
    assert entry_of(good)["lines"][0].amount_fen == 100
    assert bad.error is not None
    assert "每项依次写 类别 资金渠道 金额, 以空格分开, 各项以 ; 分开; 或 JSON; 资金渠道: 下列之一" in bad.error.message(
        "zh"
    )


def test_structures_are_written_as_an_office_writes_them() -> None:
    cells = ["P-1", "人员 政府扶持 1,234.50元；活动\u3000会费\u300080元", "2013-3-4"]
    (line,) = lines_of(csv_of([["项目", "预算行", "日期"], cells]), "预算.csv")
    assert [(each.category, each.channel, each.amount_fen) for each in entry_of(line)["lines"]] == [
        ("staff", "government", 123_450),
        ("activity", "member", 8_000),
    ]


def test_rows_of_totals_hold_no_entry_and_are_not_refused() -> None:
    text = "序号,工作人员,用人单位,用工形式,入职日期\n1,W-1,XY,street,2013-3-4\n小计：,,,1人,\n,,合计,1,\n"
    good, first, second = lines_of(text, "入职.csv")
    assert entry_of(good)["worker"] == "W-1"
    assert [(each.number, each.entry, each.error) for each in (first, second)] == [(3, None, None), (4, None, None)]


def test_a_column_of_the_offices_own_is_passed_over_where_its_heading_says_so() -> None:
    text = "工作人员,用人单位,用工形式,入职日期,备注{}\nW-1,XY,street,2013-3-4,新来\n"
    (read,) = lines_of(text.format("（不导入）"), "入职.csv")
    (refused,) = lines_of(text.format(""), "入职.csv")
    assert entry_of(read)["worker"] == "W-1"
    assert refused.error is not None
    assert refused.error.code == "heading-unknown"


def test_the_day_of_a_session_is_that_of_its_beginning_where_no_column_has_it() -> None:
    text = "活动,项目,种类,开始时间,分钟数,社工\nS-1,P,小组,2013年3月4日 14:30,90,W-1\n"
    (line,) = lines_of(text, "活动签到.csv")
    assert entry_of(line)["occurred_on"] == date(2013, 3, 4)


@pytest.mark.parametrize(
    ("heading", "cell", "minutes"), [("时长", "40分钟", 40), ("时长（小时）", "1.5", 90), ("分钟数", "1.5小时", 90)]
)
def test_a_duration_has_the_unit_of_its_cell_or_heading(heading: str, cell: str, minutes: int) -> None:
    text = f"服务日期,服务对象,项目,社工,服务方式,{heading}\n2013-3-4,C-1,P,W-1,走访,{cell}\n"
    (line,) = lines_of(text, "3月份服务记录.csv")
    assert (entry_of(line)["minutes"], entry_of(line)["method"]) == (minutes, "visit")


@pytest.mark.parametrize(
    ("file", "fact"),
    [
        ("2013年3月份活动签到", "SessionHeld"),
        ("岗位设置", "PostEstablished"),
        ("人员花名册", "WorkerHired"),
        ("服务对象登记", "ClientRegistered"),
        ("组织名册", "OrganizationRegistered"),
        ("通知", "EvaluationNoticed"),
    ],
)
def test_a_sheet_is_known_by_the_words_of_the_office(file: str, fact: str) -> None:
    assert [each.__name__ for each in facts_named(file)] == [fact]


def test_names_and_days_of_a_fact_are_called_as_an_office_calls_them() -> None:
    text = "项目编号,项目名称,购买方,立项日期\nP3,情暖夕阳,XY,2013年2月1日\n"
    (line,) = lines_of(text, "立项.csv")
    assert (entry_of(line)["name"], entry_of(line)["occurred_on"]) == ("情暖夕阳", date(2013, 2, 1))
    text = "组织编码,种类,组织名称,建档日期\nC1-S,社区社工服务站,第一站,2012年6月26日\n"
    (line,) = lines_of(text, "组织建档.csv")
    assert (entry_of(line)["kind"], entry_of(line)["occurred_on"]) == ("service_station", date(2012, 6, 26))


def test_all_bad_cells_of_a_row_are_named_at_once() -> None:
    good, bad = lines_of(
        "工作人员,用人单位,用工形式,入职日期\nW-1,XY,street,2013-3-4\nW 2,,临时工,2013-2-30\n", "入职.csv"
    )
    assert good.error is None
    assert codes_of([bad]) == [(3, "row-invalid", "A, B, C, D")]
    assert bad.error is not None
    assert bad.error.message("zh").startswith('有 4 处错误: A 列“工作人员”为 "W 2"')
    assert "B 列“用人单位”为空, WorkerHired 必须填写" in bad.error.message("zh")
    assert "街道聘用 (street)" in bad.error.message("zh")


def test_personal_cells_are_never_repeated() -> None:
    personal = '"{""name"": 10000000000, ""x"": 1}"'
    text = f"服务对象,敏感级别,个人信息,日期\nC-1,一般,{personal},2013-3-4\nC-2,一般,王小明,2013-3-4\n"
    for line in lines_of(text, "ClientRegistered.csv"):
        assert line.error is not None
        said = line.error.message("zh") + line.error.message("en") + str(line.error.values)
        assert "10000000000" not in said
        assert "王小明" not in said


def test_one_bad_row_of_ten_thousand_is_named(office: Office) -> None:
    rows: list[list[Any]] = [["post", "org", "title", "professional", "capacity", "日期"]]
    rows += [[f"P-{n}", "XY", "社工", "是", 1, "2012-03-04"] for n in range(10_000)]
    rows[7_000][4] = "两个"
    workbook_of(office.folder / "岗位.xlsx", {"设岗": rows})
    office.done("init")
    found = office.run("--lang", "zh", "record", "岗位.xlsx", "--format", "jsonl", "--dry-run")
    (bad,) = [each for line in found.stdout.splitlines() if (each := json.loads(line))["status"] == "refused"]
    assert {name: bad[name] for name in ("file", "sheet", "line", "column", "code")} == {
        "file": "岗位.xlsx", "sheet": "设岗", "line": 7_001, "column": "E", "code": "cell-invalid",
    }  # fmt: skip
    assert bad["message"] == 'E 列“capacity”为 "两个", 应为 整数'


def test_the_encoding_is_found_though_the_first_chinese_comes_late() -> None:
    rows = "".join(f"P-{n},W-{n},2013-03-04,\n" for n in range(60_000))
    text = "post,worker,date,reason\n".replace("date", "occurred_on") + rows + "P-1,W-1,2013-03-04,补录\n"
    for encoding in ("utf-8", "gb18030"):
        assert entry_of(lines_of(text.encode(encoding))[-1])["reason"] == "补录"


def test_a_row_in_another_encoding_is_refused_and_the_others_are_read() -> None:
    good = f"{HEAD}工-1,W-1,2013-03-04\n工-2,W-2,2013-03-04\n".encode()
    found = lines_of(good + "岗-3,王,2013-03-04\n".encode("gb18030") + b"P-4,W-4,2013-03-04\n")
    assert codes_of(found) == [(2, None, None), (3, None, None), (4, "text-encoding-wrong", None), (5, None, None)]


def test_a_quotation_mark_left_open_takes_no_other_row_with_it() -> None:
    rows = [f"P-{n},W-{n},2013-03-04" for n in range(200)]
    rows[5] = '"P-5,W-5,2013-03-04'
    found = lines_of(HEAD + "\n".join(rows) + "\n")
    assert [line.number for line in found if line.error] == [7]
    assert [line.error.code for line in found if line.error] == ["csv-broken"]
    assert len(found) == 200


@pytest.mark.parametrize(
    ("text", "code", "column"),
    [
        ("岗位,姓名,工作人员,日期\nP-1,王,W-1,2013-3-4\n", "heading-unknown", "B"),
        ("岗位,工作人员姓名,日期\nP-1,王,2013-3-4\n", "heading-unknown", "B"),
        ("岗位,工作人员,社工,日期\nP-1,W-1,W-1,2013-3-4\n", "heading-twice", "C"),
        ("岗位,日期\nP-1,2013-3-4\n", "heading-absent", None),
        ("甲,乙\n1,2\n", "headings-missing", None),
    ],
)
def test_headings_that_cannot_be_understood_refuse_the_sheet(text: str, code: str, column: str | None) -> None:
    (line,) = lines_of(text)
    assert codes_of([line]) == [(1, code, column)]


def test_a_sheet_that_does_not_say_its_fact_is_refused_unless_it_is_given() -> None:
    text = f"{HEAD}P-1,W-1,2013-3-4\n".replace("上岗日期", "日期")
    assert codes_of(lines_of(text, "名册.csv")) == [(1, "sheet-fact-unknown", None)]
    assert [entry_of(line) for line in lines_of(text, "名册.csv", FACTS["PostFilled"])] == [GOOD]
    assert [entry_of(line) for line in lines_of(text, "上岗-2013年.csv")] == [GOOD]


def test_a_title_that_two_facts_share_is_told_by_the_headings() -> None:
    text = "工作人员,级别,年度,考试日期,日期\nW-1,初级,2013,2013-6-15,2013-4-8\n"
    (line,) = lines_of(text, "报名.csv")
    assert type(line.entry).__name__ == "ExamRegistered"
    head = "事实,工作人员,级别,年度,考试日期,日期,班次,人员"
    mixed = f"{head}\n报名,W-1,初级,2013,2013-6-15,2013-4-8,,\n报名,,,,,2013-4-8,K-1,C-1\n登基,,,,,,,\n"
    first, second, third = lines_of(mixed, "台账.csv")
    assert [type(each.entry).__name__ for each in (first, second)] == ["ExamRegistered", "TrainingEnrolled"]
    assert codes_of([third]) == [(4, "row-type-unknown", "A")]


def test_a_formula_that_was_never_calculated_is_no_empty_cell(tmp_path: Path) -> None:
    rows = [["post", "worker", "occurred_on", "reason"], ["P-1", "W-1", "2013-03-04", '="补"&"录"']]
    (line,) = lines_of_sheets(tmp_path / "x.xlsx", {"PostFilled": rows})
    assert codes_of([line]) == [(2, "cell-invalid", "D")]


def test_a_cell_beside_the_headings_is_refused() -> None:
    assert codes_of(lines_of(f"{HEAD}P-1,W-1,2013-3-4,x\n")) == [(2, "cell-unheaded", "D")]
    assert codes_of(lines_of(f"{HEAD}P-1,W-1,2013-3-4,,,\n,,,\n")) == [(2, None, None)]


@pytest.mark.parametrize("content", [b"no workbook", b"PK\x03\x04 broken", b""])
def test_a_file_that_is_no_workbook_says_so(office: Office, content: bytes) -> None:
    office.done("init")
    found = office.run("record", office.write("上岗.xlsx", content))
    assert found.exit_code == 2
    assert "error[workbook-broken]" in found.stderr


def test_a_workbook_that_counts_from_1904_is_refused(office: Office) -> None:
    book = Workbook()
    book.epoch = CALENDAR_MAC_1904
    book.save(office.folder / "上岗.xlsx")
    office.done("init")
    assert "error[workbook-epoch]" in office.run("record", "上岗.xlsx").stderr


def test_utf_16_says_what_to_save_it_as(office: Office) -> None:
    office.done("init")
    found = office.run("record", office.write("上岗.csv", HEAD.encode("utf-16")))
    assert (found.exit_code, "error[csv-utf-sixteen]" in found.stderr) == (2, True)


def test_an_empty_file_has_no_lines(tmp_path: Path) -> None:
    assert lines_of("") == []
    assert lines_of("\ufeff\n\n,,\n") == []
    assert lines_of_sheets(tmp_path / "x.xlsx", {"Sheet1": []}) == []
