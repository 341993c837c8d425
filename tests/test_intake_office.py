"""Sheets at the command line: marked copies, templates, Parquet, progress, and an import that was killed half-way."""

from __future__ import annotations

import io
import json
import signal
import sys
import tracemalloc
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from openpyxl import load_workbook

from tests.office_sheets import csv_of, entry_of, lines_of, workbook_of
from tests.street_office import ENTRIES, Office, started, text_of
from xiyuan_ledger.aggregates import FACTS
from xiyuan_ledger.intake.headings import named_by
from xiyuan_ledger.intake.kinds import fields_of
from xiyuan_ledger.intake.reading import read_entries
from xiyuan_ledger.intake.template import columns_of, heading_of, template_csv, write_template
from xiyuan_ledger.intake.words import field_words, value_words
from xiyuan_ledger.ledger import Ledger

ROWS = 6_000
POLICIES = 21
HIRED = "工作人员,用人单位,用工形式,入职日期\n"


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    """A folder with a new ledger that has the street."""
    office = Office(tmp_path, monkeypatch)
    office.done("init")
    office.done("record", office.write("street.jsonl", ENTRIES[:1]))
    return office


@pytest.mark.parametrize("name", sorted(FACTS))
def test_every_field_and_value_of_a_fact_has_chinese_words_that_name_it_alone(name: str) -> None:
    for field in fields_of(FACTS[name]).values():
        word = field_words()[field.name]["zh"]
        for heading in (field.name, word, heading_of(field), f"{word}*", field.name.replace("_", " ").title()):
            named = named_by(heading, FACTS[name])
            assert named is not None, heading
            assert named.field == field.name, heading
        words = [word for value in field.kind.choices for word in value_words(field.name)[value]]
        assert len(words) == len(set(words)), field.name


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("kind", {"志愿服务大队": "volunteer_brigade", "志愿服务站": "volunteer_station", "社区教育学院": "college"}),
        ("method", {"社区": "community", "走访": "visit", "居家养老": "home_care"}),
        ("programme", {"项目实施人员": "project_implementers", "社区社会组织负责人": "cso_leaders"}),
        ("condition", {"中期": "midterm", "期末": "final"}),
    ],
)
def test_values_have_the_words_of_the_streets_own_report_beside_their_titles(field: str, words: dict[str, str]) -> None:
    assert words.items() <= {word: value for value, found in value_words(field).items() for word in found}.items()


@pytest.mark.parametrize("name", sorted(FACTS))
def test_the_example_of_a_template_can_be_recorded(name: str, tmp_path: Path) -> None:
    fact = FACTS[name]
    (from_csv,) = lines_of(template_csv(fact), f"{name}.csv")
    write_template(fact, tmp_path / "template.xlsx")
    (from_workbook,) = lines_of((tmp_path / "template.xlsx").read_bytes(), "template.xlsx")
    assert entry_of(from_csv) == entry_of(from_workbook)
    assert type(from_csv.entry) is fact


def test_a_template_has_headings_in_both_languages_drop_downs_and_meanings(office: Office) -> None:
    office.done("template", "入职", "--out", "入职.xlsx")
    book = load_workbook(office.folder / "入职.xlsx")
    assert book.sheetnames == ["WorkerHired", "说明", "选项"]
    sheet = book["WorkerHired"]
    headings = [cell.value for cell in sheet[1]]
    assert headings[:4] == ["工作人员 worker", "发生日期 occurred_on", "用人单位 employer", "用工形式 employment"]
    assert [cell.value for cell in sheet[2]][3] == "街道聘用"
    (validation,) = sheet.data_validations.dataValidation
    assert validation.formula1 == "'选项'!$D$1:$D$4"
    assert [row[0].value for row in book["选项"]["D1:D4"]] == ["街道聘用", "社区聘用", "购买岗位", "机构聘用"]
    assert book["说明"]["A6"].value == "worker"
    assert len(columns_of(FACTS["WorkerHired"])) == len(headings)


def test_a_template_on_stdout_is_csv_or_the_bytes_of_a_workbook(office: Office) -> None:
    assert office.done("template", "WorkerHired").startswith("工作人员 worker,发生日期 occurred_on,")
    found = office.run("template", "WorkerHired", "--xlsx")
    assert load_workbook(io.BytesIO(found.stdout_bytes)).sheetnames[0] == "WorkerHired"
    for word, code in (("报名", "fact-ambiguous"), ("登基", "fact-unknown")):
        refused = office.run("template", word)
        assert (refused.exit_code, f"error[{code}]" in refused.stderr) == (2, True)


def test_what_can_be_recorded_is_listed_by_the_words_that_an_office_uses(office: Office) -> None:
    rows = {row["name"]: row for row in office.rows("facts")}
    assert set(rows) == set(FACTS)
    assert rows["PostFilled"] == {"name": "PostFilled", "title": "上岗", "also": "上岗登记", "kind": "post"}
    shown = office.done("--lang", "zh", "facts")
    assert [line.split() for line in shown.splitlines() if line.startswith("ClientServed ")] == [
        ["ClientServed", "服务", "服务记录、服务登记", "服务对象"]
    ]


def test_a_contract_is_read_by_the_words_that_offices_write_over_their_columns(office: Office) -> None:
    head = "项目编码,承接单位,开始日期,结束日期,合同金额(元),资金来源,分期款,指标,职责,签约日期"
    row = 'P-1,XY-S1,2013/3/1,2014/2/28,"120,000.00",政府扶持,2013年3月15日 120000元 无,服务人数 240,无,2013/2/20'
    found = office.run("record", office.write("项目合同.csv", f"{head}\n{row}\n"), "--dry-run", "--format", "jsonl")
    assert [json.loads(line)["code"] for line in found.stdout.splitlines()] == ["project-unknown"]  # All else is read.


def test_a_fact_that_is_not_there_is_answered_with_those_it_may_be(office: Office) -> None:
    refused = office.run("--lang", "zh", "template", "会员加入")
    assert (refused.exit_code, refused.stderr.splitlines()[-1]) == (
        2,
        "提示: 可能是 入会 MemberJoined, 退会 MemberLeft; 用 `xiyuan facts` 查看全部名称",
    )


def test_refused_rows_are_marked_and_recorded_once_they_are_corrected(office: Office) -> None:
    bad = f"{HIRED}W-1,XY,street,2012-2-1\nW 2,XY,临时工,2012-2-30\nW-1,XY,street,2012-3-1\n"
    found = office.run("--lang", "zh", "record", office.write("入职.csv", bad), "--marked", "bad.xlsx")
    assert found.exit_code == 1
    assert "拒收的 2 行已写入 bad.xlsx" in found.stderr
    book = load_workbook(office.folder / "bad.xlsx")
    sheet = book["入职"]
    assert [cell.value for cell in sheet[1]] == ["工作人员", "用人单位", "用工形式", "入职日期", "行号", "拒收原因"]
    assert [cell.value for cell in sheet[2]][:5] == ["W 2", "XY", "临时工", "2012-2-30", 3]
    marked = [cell.coordinate for row in sheet.iter_rows() for cell in row if cell.comment is not None]
    assert marked == ["A2", "C2", "D2", "B3"]
    assert sheet["C2"].fill.fgColor.rgb == "FFFFC7CE"
    assert "街道聘用" in sheet["C2"].comment.text
    for place, value in {"A2": "W-2", "C2": "街道聘用", "D2": "2012-2-29", "A3": "W-3"}.items():
        sheet[place] = value
    book.save(office.folder / "good.xlsx")
    receipts = [json.loads(line) for line in office.done("record", "good.xlsx", "--format", "jsonl").splitlines()]
    assert [(each["sheet"], each["line"], each["status"]) for each in receipts] == [
        ("入职", 2, "recorded"),
        ("入职", 3, "recorded"),
    ]


def test_nothing_is_marked_where_nothing_was_refused(office: Office) -> None:
    office.done("record", office.write("入职.csv", f"{HIRED}W-1,XY,street,2012-2-1\n"), "--marked", "bad.xlsx")
    assert not (office.folder / "bad.xlsx").exists()


def test_headings_at_fault_are_marked_too(office: Office) -> None:
    text = "工作人员,姓名,用人单位,用工形式,入职日期\nW-1,王小明,XY,street,2012-2-1\n"
    assert office.run("record", office.write("入职.csv", text), "--marked", "bad.xlsx").exit_code == 1
    sheet = load_workbook(office.folder / "bad.xlsx")["入职"]
    assert sheet["B1"].comment is not None
    assert "王小明" not in [cell.value for row in sheet.iter_rows() for cell in row]


def test_a_sheet_is_all_or_nothing_with_atomic_and_the_fact_may_be_given(office: Office) -> None:
    rows: list[list[Any]] = [["worker", "employer", "employment", "occurred_on"], ["W-1", "XY", "street", "2012-02-01"]]
    workbook_of(office.folder / "roster.xlsx", {"Sheet1": rows})
    assert "sheet-fact-unknown" in office.run("record", "roster.xlsx").output
    assert "recorded" in office.done("record", "roster.xlsx", "--fact", "入职", "--atomic")
    office.write("more.csv", csv_of([*rows[:1], ["W-2", "XY", "street", "2012-02-01"], ["W-3", "", "", ""]]))
    refused = office.run("record", "more.csv", "--fact", "WorkerHired", "--atomic")
    assert (refused.exit_code, "none of the 2 lines was recorded" in refused.stderr) == (1, True)


def test_views_and_receipts_are_written_as_parquet(office: Office) -> None:
    office.done("view", "org_register", "--format", "parquet", "--out", "orgs.parquet")
    table = pq.read_table(office.folder / "orgs.parquet")
    assert table.column("org").to_pylist() == ["XY"]
    notes = json.loads(table.schema.metadata[b"xiyuan"])
    assert (notes["view"], notes["pin"]["ledger"]) == ("org_register", "xiyuan")
    office.done("record", "street.jsonl", "--format", "parquet", "--out", "receipts.parquet")
    assert pq.read_table(office.folder / "receipts.parquet").column("status").to_pylist() == ["duplicate"]


def roster(rows: int) -> str:
    """So many workers as an office lists them."""
    return HIRED + "".join(f"W-{n},XY,街道聘用,2012年3月{n % 28 + 1}日\n" for n in range(rows))


@pytest.mark.skipif(sys.platform == "win32", reason="signals are those of Unix")
def test_an_import_that_was_killed_goes_on_where_it_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    office = Office(tmp_path, monkeypatch)
    office.done("init")
    office.done("record", office.write("street.jsonl", text_of(ENTRIES[:1])))
    office.write("入职.csv", roster(ROWS).encode("gb18030"))
    process = started("record", "入职.csv", "--format", "jsonl", folder=tmp_path)
    assert process.stdout is not None
    assert process.stdout.readline()
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=60)
    with Ledger.open(f"sqlite:///{tmp_path / 'xiyuan.db'}") as ledger:
        kept = ledger.head - POLICIES - 1
        assert 0 < kept < ROWS
        assert kept % 1_000 == 0
    found = office.run("record", "入职.csv", "--format", "csv")
    assert found.exit_code == 0
    assert f"recorded {ROWS - kept:,}".replace(",", "") + f", duplicate {kept}, refused 0" in found.stderr


def test_a_large_sheet_is_read_in_flat_memory() -> None:
    peaks = []
    for rows in (10_000, 30_000):
        content = roster(rows).encode()
        tracemalloc.start()
        assert sum(1 for line in read_entries(io.BytesIO(content), "入职.csv", ".csv") if line.entry) == rows
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 1_000_000
