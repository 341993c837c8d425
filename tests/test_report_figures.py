"""同一版本点同一数字: every table and chart of a report, read back from its files, is what `xiyuan view` says."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from io import BytesIO
from typing import Any, Literal

import pytest
from click.testing import CliRunner
from openpyxl import load_workbook

from tests import charts_told
from tests.evaluated_street import E, home_care_evaluated
from xiyuan_ledger.cli.commands import xiyuan
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.projections.pin import Pin
from xiyuan_ledger.projections.vocabulary import vocabularies
from xiyuan_ledger.reports.document import Document
from xiyuan_ledger.reports.dossier import dossier
from xiyuan_ledger.reports.evaluation_report import evaluation_report
from xiyuan_ledger.reports.monthly_report import monthly_report
from xiyuan_ledger.reports.naming import DIMENSIONS
from xiyuan_ledger.reports.public_notice import public_notice
from xiyuan_ledger.reports.written import html, markdown, workbook

Row = dict[str, Any]
Lang = Literal["zh", "en"]
BOTH_AT_ONCE = [
    {
        "type": "SessionHeld",
        "project": "XY-P3",
        "session": f"P3-J{hour}",
        "kind": "lecture",
        "starts_at": f"2013-06-29T{hour}:00",
        "minutes": 90,
        "workers": ["W-122"],
        "headcount": 30,
        "occurred_on": "2013-06-29",
    }
    for hour in (10, 11)
]
"""Two sessions of the home-care project that one worker held at the same time."""
MADE = {
    "evaluation": {
        *("评分主体权重", "自评材料", "样本: 流水", "替换记录", "各维度得分", "各指标得分", "回避声明"),
        *("评估记录的录入人", "问题清单", "异议与答复", "各指标的依据事件", "全部依据事件", "流水: 样本单位 148 个"),
    },
    "dossier": {"材料清单", "分期款", "支出明细"},
    "monthly": set(),
    "notice": {"产出 (少于 5 人的, 以及可据以推算的, 不列明)"},
}
"""Tables that are no view's rows: test_evaluation_report compares what stands in them with the facts."""
PERIOD = ("--from", "2012-07-01", "--to", "2013-06-30")
OVER_PERIOD = ("project_outputs", "fund_statement", "conflicts", "timeliness", "attendance")
REPORTS: list[tuple[str, str]] = [
    ("evaluation", E),
    *(("dossier", f"XY-P{number}") for number in range(1, 7)),
    *(("monthly", month) for month in ("2013-03", "2013-06")),
    ("notice", E),
]
IN_BOTH = [("evaluation", E), ("dossier", "XY-P3"), ("monthly", "2013-06"), ("notice", E)]
TOLD: list[tuple[str, str, Lang]] = [
    *((kind, subject, "zh") for kind, subject in REPORTS),
    *((kind, subject, "en") for kind, subject in IN_BOTH),
]
FORMS: dict[str, Callable[..., Document]] = {
    "evaluation": evaluation_report,
    "dossier": dossier,
    "monthly": monthly_report,
    "notice": public_notice,
}


@dataclass
class Sheet:
    """A table as it stands in a workbook: its caption, the view that it names, its titles and its cells."""

    caption: str
    view: str
    titles: list[str]
    cells: list[list[str]]


@dataclass(frozen=True)
class Street:
    """The scenario with its home care evaluated, and what the command line says of it."""

    ledger: Ledger
    pin: Pin
    url: str

    @cache  # noqa: B019  # one street in this module, asked for the same again and again
    def document(self, kind: str, subject: str, lang: Lang) -> Document:
        """A report at the pin."""
        return FORMS[kind](self.ledger, subject, pin=self.pin, lang=lang)

    @cache  # noqa: B019
    def asked(self, view: str, *more: str) -> dict[str, Any]:
        """What the command line says of a view."""
        words = ["view", view, "--format", "json", "--ledger", self.url, *more]
        answer = CliRunner().invoke(xiyuan, words, catch_exceptions=False)
        assert answer.exit_code == 0, answer.output
        found: dict[str, Any] = json.loads(answer.stdout)
        return found

    def concluded(self) -> dict[str, Any]:
        """The pin that the evaluation was concluded at."""
        (row,) = self.asked("journal", "--where", "type=EvaluationConcluded")["rows"]
        found: dict[str, Any] = row["fields"]["pin"]
        return found

    def looked(self, kind: str, subject: str, view: str) -> list[str]:
        """How the command line is asked for what a report tells of a view."""
        at = ["--known-at", str(self.pin.known_at), "--valid-on", "2013-07-31"]
        if kind == "monthly":
            return [*at[:2], "--month", subject]
        if kind == "dossier" or view in ("policy_register", "scorecard"):
            return at
        then = self.concluded()
        words = ["--known-at", str(then["position"]), "--valid-on", then["valid_on"]]
        return [*words, *PERIOD] if view in OVER_PERIOD else words

    def rows(self, kind: str, subject: str, view: str) -> list[Row]:
        """The rows of a view that a report's charts and tables may tell, all projects'."""
        found: list[Row] = self.asked(view, *self.looked(kind, subject, view))["rows"]
        return found


MONTH_CHARTS: dict[Lang, tuple[str, str, str]] = {
    "zh": ("各站服务", "4+1 岗位到位情况", "职业水平考试漏斗"),
    "en": ("Stations", "The 4+1 standard, community by community", "The level examination as a funnel"),
}


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    folder = tmp_path_factory.mktemp("figures")
    with home_care_evaluated(folder, BOTH_AT_ONCE) as (ledger, pin):
        yield Street(ledger, pin, f"sqlite:///{folder}/x.db")


def sheets(document: Document) -> list[Sheet]:
    """Every table of a document as its workbook holds it."""
    found = []
    for sheet in load_workbook(BytesIO(workbook(document))).worksheets[1:]:
        rows = [["" if cell is None else str(cell) for cell in row] for row in sheet.iter_rows(values_only=True)]
        end = next(place for place, row in enumerate(rows[2:], start=2) if not any(row))
        named = [row[0].split()[-1] for row in rows[end:] if row[0].startswith(("视图 ", "view "))]
        found.append(Sheet(rows[0][0], "".join(named), rows[1], rows[2:end]))
    return found


def number(text: str) -> Decimal:
    return Decimal(text.replace(",", ""))


def meant(kind: str, text: str) -> Any:
    """What a cell says, as the view would: fen, hundredths, minutes, a number, yes or no."""
    if text == "":
        return None
    if kind in ("fen", "centi"):
        return int(number(text) * 100)
    if kind == "minutes":
        hours, _, rest = text.partition(":")
        return int(hours) * 60 + int(rest)
    if kind in ("count", "days", "year"):
        return int(number(text))
    if kind == "flag":
        return {"是": True, "yes": True, "否": False, "no": False}[text]
    return text


def words_of(lang: str, names: dict[str, str]) -> Callable[[Any], set[str]]:
    """All that a code may be called in a language: itself, its words, the name of the organisation."""
    called: dict[str, set[str]] = {}
    for table in vocabularies().values():
        for code, words in table.items():
            called.setdefault(code, set()).add(words[lang])  # type: ignore[index]

    def told(value: Any) -> set[str]:
        if isinstance(value, list):
            return {", ".join(map(str, value))}
        return {str(value), *called.get(str(value), ()), *({names[value]} if value in names else ())}

    return told


def concerned(kind: str, subject: str, street: Street, nth: int) -> dict[str, Callable[[Row], bool]]:
    """Which rows of a view a report tells; of the others, those of its project."""
    if kind == "monthly":
        return {"station_monthly_report": lambda row: (row["service_type"] == "_all") == (nth == 0)}
    project = "XY-P3" if kind == "evaluation" else subject
    rows = street.rows(kind, subject, "timeliness")
    workers = {row["worker"] for row in rows if row["project"] == project and row["worker"]}
    facts = [row for row in street.rows(kind, subject, "journal") if row["fields"].get("project") == project]
    own = {row["event_id"] for row in facts}
    people = {project}
    if kind == "evaluation":
        people |= workers | {row["fields"]["client"] for row in facts if row["type"] == "ClientEnrolled"}
    rests = ("scorecard", "sampling", "record-timeliness", "service-cadence", "privacy")
    return {
        "certificates": lambda row: row["worker"] in workers,
        "continuing_education": lambda row: row["worker"] in workers,
        "conflicts": lambda row: bool(own & set(row["evidence"]) or people & set(row["subjects"])),
        "policy_register": lambda row: row["in_force"] and (nth > 0 or row["policy"] in rests),
    }


def told_rows(street: Street, kind: str, subject: str, view: str, nth: int) -> tuple[list[Row], dict[str, Any]]:
    """The rows that the nth table of a view tells, and the view's columns by name."""
    answer = street.asked(view, *street.looked(kind, subject, view))
    project = "XY-P3" if kind == "evaluation" else subject
    wanted = concerned(kind, subject, street, nth).get(view, lambda row: row["project"] == project)
    return [row for row in answer["rows"] if wanted(row)], {each["name"]: each for each in answer["columns"]}


@pytest.mark.parametrize(("kind", "subject", "lang"), TOLD, ids=lambda word: word)
def test_a_table_of_a_report_is_the_view_that_it_names_cell_for_cell(
    street: Street, kind: str, subject: str, lang: Lang
) -> None:
    names = {row["org"]: row["name"] for row in street.asked("org_register")["rows"]}
    told = words_of(lang, names if kind == "monthly" else {})
    seen: list[str] = []
    for sheet in (each for each in sheets(street.document(kind, subject, lang)) if each.view):
        rows, defined = told_rows(street, kind, subject, sheet.view, seen.count(sheet.view))
        seen.append(sheet.view)
        assert len(sheet.cells) == len(rows), sheet.caption
        columns = {each["title"][lang]: each for each in defined.values()}
        for place, title in enumerate(sheet.titles):
            column = columns[re.sub(r"（.*）$| \(.*\)$", "", title) if title not in columns else title]
            for cells, row in zip(sheet.cells, rows, strict=True):
                said, value = meant(column["type"], cells[place]), row[column["name"]]
                same = said in told(value) if isinstance(said, str) else said == value
                assert same, (sheet.caption, title, said, value)


@pytest.mark.parametrize(("kind", "subject"), REPORTS, ids=lambda word: word)
def test_every_table_names_its_view_or_is_known_to_be_made_of_facts(street: Street, kind: str, subject: str) -> None:
    assert {each.caption for each in sheets(street.document(kind, subject, "zh")) if not each.view} <= MADE[kind]


def test_the_tables_that_are_compared_are_not_all_empty(street: Street) -> None:
    full = {
        each.view
        for kind, subject in REPORTS
        for each in sheets(street.document(kind, subject, "zh"))
        if each.view and each.cells
    }
    assert full == {
        *("project_outputs", "budget_execution", "fund_statement", "conflicts", "policy_register", "coverage"),
        *("certificates", "continuing_education", "caseload", "outcomes", "timeliness", "station_monthly_report"),
    }


def charts_of(street: Street, kind: str, subject: str, lang: Lang) -> dict[str, str]:
    """What the charts of a report have to say, from the command line's rows."""
    if kind == "monthly":
        names = {row["org"]: row["name"] for row in street.asked("org_register")["rows"]}
        month = street.asked("station_monthly_report", *street.looked(kind, subject, "station_monthly_report"))
        last = {"2013-03": "2013-03-31", "2013-06": "2013-06-30"}[subject]
        at = ("--known-at", str(street.pin.known_at), "--valid-on", last)
        posts, exams = (street.asked(view, *at)["rows"] for view in ("four_plus_one", "exam_funnel"))
        told = (
            charts_told.stations_told(month["rows"], names, lang),
            charts_told.places_told(posts, names, lang),
            charts_told.funnel_told(exams, lang),
        )
        return dict(zip(MONTH_CHARTS[lang], told, strict=True))

    def own(view: str) -> list[Row]:
        project = "XY-P3" if kind == "evaluation" else subject
        return [row for row in street.rows(kind, subject, view) if row["project"] == project]

    categories = {code: words[lang] for code, words in vocabularies()["category"].items()}
    zh = {
        "记录及时性: 各月按时记录的占比": charts_told.lags_told(own("timeliness"), lang),
        "每周参加人次": charts_told.weeks_told(own("attendance"), lang),
        "预算与支出 (元)": charts_told.budget_told(own("budget_execution"), categories, lang),
    }
    if kind == "evaluation":
        zh["各维度得分率"] = charts_told.dimensions_told(own("scorecard"), DIMENSIONS, lang)
    english = {
        "记录及时性: 各月按时记录的占比": "Timeliness: share of each month recorded in time",
        "每周参加人次": "Person-times by week",
        "预算与支出 (元)": "Budget and spending (yuan)",
        "各维度得分率": "How far each dimension came",
    }
    return {title if lang == "zh" else english[title]: told for title, told in zh.items()}


@pytest.mark.parametrize(
    ("kind", "subject", "lang"), [each for each in TOLD if each[0] != "notice"], ids=lambda word: word
)
def test_every_number_in_a_chart_of_a_report_is_worked_out_of_the_command_lines_rows(
    street: Street, kind: str, subject: str, lang: Lang
) -> None:
    wanted = {title: told for title, told in charts_of(street, kind, subject, lang).items() if told}
    assert charts_told.drawn(html(street.document(kind, subject, lang))) == wanted
    assert kind == "dossier" or all(re.search(r"\d", told) for told in wanted.values())


def test_scores_and_the_public_output_are_what_the_command_line_says(street: Street) -> None:
    card = {row["indicator"]: row for row in street.rows("evaluation", E, "scorecard")}
    total = card.pop("_total")
    found = {each.caption: each.cells for each in sheets(street.document("evaluation", E, "zh"))}
    scored = sorted((number(row[2]), number(row[4])) for row in found["各指标得分"])
    hundred = Decimal(100)
    assert scored == sorted((row["weight_centi"] / hundred, row["score_centi"] / hundred) for row in card.values())
    assert number(found["各维度得分"][-1][2]) == total["score_centi"] / hundred
    notice = street.document("notice", E, "zh")
    assert number(dict(notice.cover)["总分"]) == total["score_centi"] / hundred
    (output,) = sheets(notice)
    outputs = [row for row in street.rows("notice", E, "project_outputs") if row["project"] == "XY-P3"]
    assert [number(cells[1]) for cells in output.cells] == [row["quantity"] for row in outputs]


@pytest.mark.parametrize(("kind", "subject"), REPORTS, ids=lambda word: word)
def test_markdown_and_workbook_hold_the_same_tables(street: Street, kind: str, subject: str) -> None:
    document = street.document(kind, subject, "zh")
    written = [line for line in markdown(document).splitlines() if line.startswith("| ")]
    lines = iter([re.split(r" (?<!\\)\| ", line[2:-2]) for line in written])
    for sheet in sheets(document)[: len(document.tables()) - len(document.sheets)]:
        if not sheet.cells:
            continue
        assert next(lines) == sheet.titles, sheet.caption
        numbers = {place for place, rule in enumerate(next(lines)) if rule == "---:"}
        for cells in sheet.cells:
            for place, (told, held) in enumerate(zip(next(lines), cells, strict=True)):
                plain = told.replace("\\|", "|").replace("&lt;", "<")
                same = plain == " ".join(held.split())
                assert same or (place in numbers and number(plain) == number(held)), (sheet.caption, plain, held)
    assert next(lines, None) is None
