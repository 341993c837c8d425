"""The page of the report: every element of it, with its facts, rules and views, and the tests that show its number."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from docs.making.markdown import code, page, table
from xiyuan_ledger.intake.expected import Expected, load_expected

DOCS = Path(__file__).resolve().parents[1]
SCENARIO = DOCS.parent / "scenarios" / "xiyuan-2012-2013"
NUMBER_TEST = "tests/test_scenario.py::test_a_view_gives_the_number_of_the_report"
"""The test that reads every number of `expected.toml` from its view."""
ABOUT = f"""
报告的每个要素: 用哪些事实登记、按哪些制度判断、在哪些视图中看到, 由哪个测试给出它的数字。每个要素都有测试。
Every element of the work report: the facts that write it down, the rules that judge it, the views that show it, and the
test that shows its number. Numbers come from `expected.toml` of the scenario, each read from its view by
`{NUMBER_TEST}`; a line of the table may name further tests.
"""


@dataclass(frozen=True)
class Element:
    """One element of the report."""

    place: str
    zh: str
    en: str
    facts: tuple[str, ...]
    rules: tuple[str, ...]
    views: tuple[str, ...]
    numbers: tuple[str, ...]
    tests: tuple[str, ...]


@cache
def elements() -> tuple[Element, ...]:
    """Every element, in the order of the inventory."""
    read = tomllib.loads((DOCS / "report.toml").read_text("utf-8"))["element"]
    return tuple(
        Element(**{name: tuple(value) if isinstance(value, list) else value for name, value in each.items()})
        for each in read
    )


@cache
def numbers() -> tuple[Expected, ...]:
    """Every number of the scenario."""
    return tuple(load_expected(SCENARIO))


def numbers_of(element: Element) -> list[Expected]:
    """The numbers of the report that belong to an element: those of its refs that its views give."""
    return [each for each in numbers() if each.ref in element.numbers and each.view in element.views]


def report_page() -> str:
    """The table."""
    headings = ("", "报告的要素", "element", "facts", "rules", "views", "numbers", "further tests")
    return page("报告对照 The report", ABOUT, table(headings, (_row(each) for each in elements())))


def _row(element: Element) -> tuple[str, ...]:
    shown = "<br>".join(f"{each.name}: {each.bound} {each.value} ({each.constant})" for each in numbers_of(element))
    links = [
        " ".join(f"[{name}]({file}.md)" for name in names)
        for names, file in ((element.facts, "facts"), (element.rules, "policies"), (element.views, "views"))
    ]
    tests = "<br>".join(code(each.removeprefix("tests/")) for each in element.tests)
    return (element.place, element.zh, element.en, *links, shown, tests)
