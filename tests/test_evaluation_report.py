"""评估报告: an evaluation of one project of the scenario, from the commission to what is handed in."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from openpyxl import load_workbook
from pypdf import PdfReader

from tests.evaluated_street import E, home_care_evaluated
from xiyuan_ledger.errors import EvaluationError
from xiyuan_ledger.evaluation.engagement import Engagement
from xiyuan_ledger.evaluation.samples import differences
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.money import yuan
from xiyuan_ledger.projections.catalogue import definition
from xiyuan_ledger.projections.pin import Pin
from xiyuan_ledger.projections.wording import cell_text, heading
from xiyuan_ledger.reports.document import Picture
from xiyuan_ledger.reports.dossier import dossier
from xiyuan_ledger.reports.evaluation_report import evaluation_report
from xiyuan_ledger.reports.monthly_report import monthly_report
from xiyuan_ledger.reports.naming import INDICATORS, Tongue
from xiyuan_ledger.reports.public_notice import output_table, public_notice
from xiyuan_ledger.reports.written import markdown, written


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("evaluated")


@pytest.fixture(scope="module")
def evaluated(folder: Path) -> Iterator[tuple[Ledger, Pin]]:
    with home_care_evaluated(folder) as found:
        yield found


def test_the_sample_of_240_clients_is_148_and_comes_out_the_same_again(evaluated: tuple[Ledger, Pin]) -> None:
    ledger, _ = evaluated
    ((draw,),) = Engagement.read(ledger, E).draws()
    assert draw.size == 148
    assert differences(ledger, [draw]) == []


def test_every_score_that_the_ledger_gave_leads_to_events(evaluated: tuple[Ledger, Pin]) -> None:
    ledger, pin = evaluated
    document = evaluation_report(ledger, E, pin=pin)
    (events,) = document.sheets
    known = {row["event_id"] for row in ledger.view("journal", pin=pin).rows}
    assert {row[2] for row in events.rows} <= known
    scored = {r["indicator"] for r in ledger.view("scorecard", pin=pin).rows if r["state"] == "scored"}
    assert scored <= {row[0] for row in events.rows}


def test_the_figures_of_the_report_are_those_of_the_views_at_the_pin(evaluated: tuple[Ledger, Pin]) -> None:
    ledger, pin = evaluated
    tables = {table.caption: table.rows for table in evaluation_report(ledger, E, pin=pin).tables()}
    rows = ledger.view("scorecard", pin=pin).rows
    total = next(row for row in rows if row["indicator"] == "_total")
    assert tables["各维度得分"][-1][2] == yuan(total["score_centi"])
    assert [row[4] for row in tables["各指标得分"]] != []
    by_indicator = sorted(yuan(row["score_centi"]) for row in rows if row["indicator"] != "_total")
    assert sorted(row[4] for row in tables["各指标得分"]) == by_indicator
    at = {"known_at": pin.known_at, "valid_on": "2013-06-30", "where": {"project": "XY-P3"}}
    spent = [yuan(row["spent_fen"]) for row in ledger.view("budget_execution", **at).rows]  # type: ignore[arg-type]
    assert [row[3] for row in tables["预算执行"]] == spent


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_report_is_the_same_bytes_every_time_and_its_chinese_is_in_the_pdf(
    evaluated: tuple[Ledger, Pin], lang: Any
) -> None:
    ledger, pin = evaluated
    document = evaluation_report(ledger, E, pin=pin, lang=lang)
    for form in ("html", "pdf", "xlsx", "md"):
        assert written(document, form) == written(document, form), form  # type: ignore[arg-type]
    text = "".join(page.extract_text() for page in PdfReader(BytesIO(written(document, "pdf"))).pages)
    assert "居家养老服务" in text.replace("\n", "")
    assert "SIMULATED" in text
    sheets = load_workbook(BytesIO(written(document, "xlsx")))
    assert len(sheets.sheetnames) == len(document.tables()) + 1


ELSEWHERE = """
import sys
from hashlib import sha256
from datetime import date
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.projections.pin import Pin
from xiyuan_ledger.reports.evaluation_report import evaluation_report
from xiyuan_ledger.reports.written import written
with Ledger.open(sys.argv[1], journal=sys.argv[2]) as ledger:
    document = evaluation_report(ledger, sys.argv[3], pin=Pin(int(sys.argv[4]), date(2013, 7, 31)))
    for form in ("html", "pdf", "xlsx", "md"):
        print(sha256(written(document, form)).hexdigest())
"""


def test_another_process_writes_the_same_files(evaluated: tuple[Ledger, Pin], folder: Path, tmp_path: Path) -> None:
    ledger, pin = evaluated
    asked = [sys.executable, "-c", ELSEWHERE, f"sqlite:///{folder}/x.db", str(tmp_path), E, str(pin.known_at)]
    done = subprocess.run(asked, capture_output=True, text=True, check=True)
    document = evaluation_report(ledger, E, pin=pin)
    here = [sha256(written(document, form)).hexdigest() for form in ("html", "pdf", "xlsx", "md")]
    assert done.stdout.split() == here


def test_dossier_month_and_notice_say_what_they_are_and_where_from(evaluated: tuple[Ledger, Pin]) -> None:
    ledger, pin = evaluated
    files = markdown(dossier(ledger, "XY-P3", pin=pin))
    assert "| 支出凭证 | 35 | 0 | 仅有记录 |" in files
    month = markdown(monthly_report(ledger, "2013-06", pin=pin))
    assert month.startswith("# 社工站月报")
    notice = markdown(public_notice(ledger, E, pin=pin))
    assert "不合格" in notice
    for text in (files, month, notice):
        assert f"截至序号: {pin.known_at}" in text
        assert "scorecard@1" in text
    with pytest.raises(EvaluationError, match="notice-too-early"):
        public_notice(ledger, E, pin=Pin(known_at=pin.known_at, valid_on=date(2013, 7, 30)))
    with pytest.raises(EvaluationError, match="project-not-found"):
        dossier(ledger, "XY-P9", pin=pin)


def test_small_numbers_of_people_and_what_would_tell_them_are_withheld() -> None:
    counted = {"clients": 30, "members": 3, "volunteers": 8, "sessions": 2}
    rows = [
        {"indicator": name, "quantity": n, "target": 2 * n, "completion_centi": 5000} for name, n in counted.items()
    ]
    sight = SimpleNamespace(policy=lambda _: SimpleNamespace(small_cell=5), of_project=lambda *_, **__: rows)
    table = output_table(SimpleNamespace(say=Tongue("en"), sight=sight))  # type: ignore[arg-type]
    assert [row[1] for row in table.rows] == ["30", "withheld", "withheld", "2"]
    assert [row[3] for row in table.rows] == ["50.00 %", "", "", "50.00 %"]


VIEWS: dict[str, tuple[str, tuple[str, ...], bool]] = {
    "项目产出": ("project_outputs", ("indicator", "quantity", "target", "completion_centi"), True),
    "预算执行": (
        "budget_execution",
        ("category", "channel", "approved_fen", "spent_fen", "left_fen", "executed_centi", "overrun"),
        False,
    ),
    "收支": (
        "fund_statement",
        ("org", "channel", "opening_fen", "received_fen", "spent_fen", "transferred_in_fen", "closing_fen"),
        True,
    ),
}
PERIOD = {"from_": "2012-07-01", "to": "2013-06-30"}


def as_told(view: str, rows: list[dict[str, Any]], columns: tuple[str, ...]) -> list[list[str]]:
    """Rows of a view as the command line tells them."""
    defined = {column.name: column for column in definition(view).columns}
    return [[cell_text(defined[name], row[name], "zh") for name in columns] for row in rows]


def test_every_figure_of_the_evaluation_report_is_a_views_at_the_pin(evaluated: tuple[Ledger, Pin]) -> None:
    ledger, pin = evaluated
    document = evaluation_report(ledger, E, pin=pin)
    tables = {table.caption: table for table in document.tables()}
    looked: dict[str, Any] = {"known_at": pin.known_at, "valid_on": "2013-06-30"}
    for caption, (view, columns, over_period) in VIEWS.items():
        rows = ledger.view(view, **looked, **(PERIOD if over_period else {}), where={"project": "XY-P3"}).rows
        assert rows, caption
        assert [list(row) for row in tables[caption].rows] == as_told(view, rows, columns), caption
    card = ledger.view("scorecard", pin=pin, where={"evaluation": E}).rows
    scores = {row["indicator"]: row for row in card}
    total = scores.pop("_total")
    told = {row[0].partition(" ")[2]: row for row in tables["各指标得分"].rows}
    assert len(told) == len(scores)
    for code, row in scores.items():
        name, *_ = INDICATORS[code]
        assert (told[name][2], told[name][4]) == (yuan(row["weight_centi"]), yuan(row["score_centi"])), code
    sums: dict[str, int] = {}
    for row in scores.values():
        sums[row["dimension"]] = sums.get(row["dimension"], 0) + row["score_centi"]
    *dimensions, last = tables["各维度得分"].rows
    assert [row[2] for row in dimensions] == [yuan(score) for score in sums.values()]
    assert list(last[1:]) == ["100.00", yuan(total["score_centi"])]
    assert dict(document.cover)["总分"] == f"{yuan(total['score_centi'])} / 100.00"
    summary, picture = document.sections[0].blocks
    assert f"得 {yuan(total['score_centi'])} 分" in str(summary)
    assert isinstance(picture, Picture)
    weeks = ledger.view("attendance", **looked, **PERIOD, where={"project": "XY-P3"}).rows
    drawn = "".join(block.svg for part in document.sections for block in part.blocks if isinstance(block, Picture))
    for week in weeks:
        assert f"{week['week']} " in drawn
    counted = [table.rows for caption, table in tables.items() if caption.endswith("样本单位 148 个")]
    assert [cell for row in counted[0] for cell in row if cell] == list(Engagement.read(ledger, E).draws()[0][0].drawn)


def test_every_figure_of_the_dossier_is_a_views_at_the_pin(evaluated: tuple[Ledger, Pin]) -> None:
    ledger, pin = evaluated
    tables = {table.caption: table for table in dossier(ledger, "XY-P3", pin=pin).tables()}
    own: dict[str, Any] = {"pin": pin, "where": {"project": "XY-P3"}}
    facts = ledger.view("journal", pin=pin, subject="XY-P3").rows
    (contract,) = [row for row in facts if row["type"] == "ProjectContracted"]
    due = [yuan(each["amount_fen"]) for each in contract["fields"]["instalments"]]
    assert [row[1] for row in tables["分期款"].rows] == due
    spent = [row for row in facts if row["type"] == "ExpenseRecorded"]
    assert [row[3] for row in tables["支出明细"].rows] == [yuan(row["fields"]["amount_fen"]) for row in spent]
    counts = {row[0]: row[1] for row in tables["材料清单"].rows} if "材料清单" in tables else {}
    assert counts["支出凭证"] == str(len(spent))
    assert counts["服务对象与退出"] == str(sum(row["type"] == "ClientEnrolled" for row in facts))
    shown = {
        "project_outputs": ("indicator", "quantity", "target", "completion_centi"),
        "coverage": ("eligible", "registered", "served", "coverage_centi"),
        "budget_execution": ("category", "channel", "approved_fen", "spent_fen", "left_fen", "executed_centi"),
        "timeliness": (
            *("worker", "month", "facts", "median_days", "p90_days"),
            *("within_1_centi", "later_centi", "after_notice_centi"),
        ),
    }
    for view, columns in shown.items():
        rows = ledger.view(view, **own).rows
        assert [list(row) for row in tables[definition(view).title["zh"]].rows] == as_told(view, rows, columns), view


def test_a_dossier_lists_the_findings_that_facts_of_the_project_are_evidence_of(evaluated: tuple[Ledger, Pin]) -> None:
    """The planted ones of the story: two sessions of the project with the same list, and a worker in two places."""
    ledger, pin = evaluated
    (table,) = [each for each in dossier(ledger, "XY-P3", pin=pin).tables() if each.caption == "冲突"]
    assert {row[0] for row in table.rows} == {"名单相同", "工作人员同时在两处"}


def test_every_figure_of_the_month_and_of_the_notice_is_a_views_at_the_pin(evaluated: tuple[Ledger, Pin]) -> None:
    ledger, pin = evaluated
    whole, parts = monthly_report(ledger, "2013-06", pin=pin).tables()
    rows = ledger.view("station_monthly_report", pin=pin, month="2013-06").rows
    for table, wanted in ((whole, True), (parts, False)):
        told = [row for row in rows if (row["service_type"] == "_all") == wanted]
        titles = list(table.titles)
        for name in ("people", "person_times", "sessions", "minutes", "workers"):
            place = titles.index(
                heading(next(c for c in definition("station_monthly_report").columns if c.name == name), "zh")
            )
            assert [[row[place]] for row in table.rows] == as_told("station_monthly_report", told, (name,)), name
    notice = public_notice(ledger, E, pin=pin)
    total = next(row for row in ledger.view("scorecard", pin=pin).rows if row["indicator"] == "_total")
    assert dict(notice.cover)["总分"] == yuan(total["score_centi"])
    (output,) = notice.tables()
    looked: dict[str, Any] = {"known_at": pin.known_at, "valid_on": "2013-06-30", **PERIOD}
    rows = ledger.view("project_outputs", **looked, where={"project": "XY-P3"}).rows
    assert [row[1] for row in output.rows] == [f"{row['quantity']:,}" for row in rows]
