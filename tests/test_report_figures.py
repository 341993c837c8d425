"""同一版本点同一数字: every table of a report, read back from its files, is what `xiyuan view` says at the pin."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from openpyxl import load_workbook

from tests.evaluated_street import E, home_care_evaluated
from xiyuan_ledger.cli.commands import xiyuan
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.projections.pin import Pin
from xiyuan_ledger.projections.vocabulary import vocabularies
from xiyuan_ledger.reports.document import Document
from xiyuan_ledger.reports.dossier import dossier
from xiyuan_ledger.reports.evaluation_report import evaluation_report
from xiyuan_ledger.reports.monthly_report import monthly_report
from xiyuan_ledger.reports.public_notice import public_notice
from xiyuan_ledger.reports.written import markdown, workbook

Row = dict[str, Any]
BOTH_AT_ONCE = [
    {
        **{"type": "SessionHeld", "project": "XY-P3", "kind": "lecture", "minutes": 90, "workers": ["W-122"]},
        **{"session": f"P3-J{hour}", "occurred_on": "2013-06-29", "starts_at": f"2013-06-29T{hour}:00"},
        **{"headcount": 30},
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
REPORTS: list[tuple[str, str]] = [
    ("evaluation", E),
    *(("dossier", f"XY-P{number}") for number in range(1, 7)),
    *(("monthly", month) for month in ("2013-03", "2013-06")),
    ("notice", E),
]


@dataclass
class Sheet:
    """A table as it stands in a workbook: its caption, the view that it names, its titles and its cells."""

    caption: str
    view: str
    titles: list[str]
    cells: list[list[str]]


@dataclass
class Street:
    """The scenario with its home care evaluated, and what the command line says of it."""

    ledger: Ledger
    pin: Pin
    url: str

    def document(self, kind: str, subject: str, lang: Any = "zh") -> Document:
        made: dict[str, Callable[..., Document]] = {
            **{"evaluation": evaluation_report, "dossier": dossier},
            **{"monthly": monthly_report, "notice": public_notice},
        }
        return made[kind](self.ledger, subject, pin=self.pin, lang=lang)

    def asked(self, view: str, *more: str) -> dict[str, Any]:
        words = ["view", view, "--format", "json", "--ledger", self.url, *more]
        answer = CliRunner().invoke(xiyuan, words, catch_exceptions=False)
        assert answer.exit_code == 0, answer.output
        found: dict[str, Any] = json.loads(answer.stdout)
        return found

    def looked(self, kind: str, subject: str, view: str) -> list[str]:
        """How the command line is asked for what a report tells of a view."""
        concluded = kind == "evaluation" and view != "policy_register"
        (row,) = self.asked("journal", "--known-at", str(self.pin.known_at), "--where", "type=EvaluationConcluded")[
            "rows"
        ]
        at = row["fields"]["pin"] if concluded else {"position": self.pin.known_at, "valid_on": "2013-07-31"}
        words = ["--known-at", str(at["position"]), "--valid-on", at["valid_on"]]
        if kind == "monthly":
            return [*words[:2], "--month", subject]
        over = concluded and view in ("project_outputs", "fund_statement", "conflicts", "timeliness", "attendance")
        return [*words, *PERIOD] if over else words


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
    project = "XY-P3" if kind == "evaluation" else subject
    at = street.looked(kind, subject, "timeliness")
    if kind == "monthly":
        return {"station_monthly_report": lambda row: (row["service_type"] == "_all") == (nth == 0)}
    workers = {r["worker"] for r in street.asked("timeliness", *at)["rows"] if r["project"] == project and r["worker"]}
    until = ["--known-at", at[1], "--valid-on", at[3]]
    facts = [r for r in street.asked("journal", *until)["rows"] if r["fields"].get("project") == project]
    own = {row["event_id"] for row in facts}
    people = {row["fields"]["client"] for row in facts if row["type"] == "ClientEnrolled"} | workers | {project}
    rests = ("scorecard", "sampling", "record-timeliness", "service-cadence", "privacy")
    return {
        "certificates": lambda row: row["worker"] in workers,
        "continuing_education": lambda row: row["worker"] in workers,
        "conflicts": lambda row: (
            bool(own & set(row["evidence"])) or (kind == "evaluation" and bool(people & set(row["subjects"])))
        ),
        "policy_register": lambda row: row["in_force"] and (nth > 0 or row["policy"] in rests),
    }


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(("kind", "subject"), REPORTS, ids=lambda word: word)
def test_a_table_of_a_report_is_the_view_that_it_names_cell_for_cell(
    street: Street, kind: str, subject: str, lang: str
) -> None:
    found = sheets(street.document(kind, subject, lang))
    names = {row["org"]: row["name"] for row in street.asked("org_register")["rows"]}
    told = words_of(lang, names if kind == "monthly" else {})
    seen: list[str] = []
    for sheet in (each for each in found if each.view):
        answer = street.asked(sheet.view, *street.looked(kind, subject, sheet.view))
        project = "XY-P3" if kind == "evaluation" else subject
        chosen = concerned(kind, subject, street, seen.count(sheet.view))
        wanted = chosen.get(sheet.view, lambda row: row["project"] == project)
        seen.append(sheet.view)
        rows = [row for row in answer["rows"] if wanted(row)]
        assert len(sheet.cells) == len(rows), sheet.caption
        columns = {each["title"][lang]: each for each in answer["columns"]}
        for place, title in enumerate(sheet.titles):
            column = columns[re.sub(r"（.*）$| \(.*\)$", "", title) if title not in columns else title]
            for cells, row in zip(sheet.cells, rows, strict=True):
                said, value = meant(column["type"], cells[place]), row[column["name"]]
                same = said in told(value) if isinstance(said, str) else said == value
                assert same, (sheet.caption, title, said, value)


@pytest.mark.parametrize(("kind", "subject"), REPORTS, ids=lambda word: word)
def test_every_table_names_its_view_or_is_known_to_be_made_of_facts(street: Street, kind: str, subject: str) -> None:
    assert {each.caption for each in sheets(street.document(kind, subject)) if not each.view} <= MADE[kind]


def test_the_tables_that_are_compared_are_not_all_empty(street: Street) -> None:
    full = {
        each.view
        for kind, subject in REPORTS
        for each in sheets(street.document(kind, subject))
        if each.view and each.cells
    }
    assert full == {
        *("project_outputs", "budget_execution", "fund_statement", "conflicts", "policy_register", "coverage"),
        *("certificates", "continuing_education", "caseload", "outcomes", "timeliness", "station_monthly_report"),
    }


@pytest.mark.parametrize(("kind", "subject"), REPORTS, ids=lambda word: word)
def test_markdown_and_workbook_hold_the_same_tables(street: Street, kind: str, subject: str) -> None:
    document = street.document(kind, subject)
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
