"""The table of the report: no element without facts, a view and a test; no name in it that is not there."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from docs.making.report import NUMBER_TEST, SCENARIO, Element, elements, numbers, numbers_of
from tests.tidy import ROOT
from xiyuan_ledger.aggregates import FACTS
from xiyuan_ledger.intake.scenario import scenario_policies, tell_scenario
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.policies import SCHEMAS
from xiyuan_ledger.projections.catalogue import definitions

NAMED = [f"N{n}" for n in range(1, 34)]
ROWS = ["1.1", "1.2", "1.3", "1.4", "1.5", "1.6", "4.4"]


def _title(element: Element) -> str:
    return f"{element.place} {element.en}"


@cache
def _tests_of(file: str) -> set[str]:
    tree = ast.parse((ROOT / file).read_text("utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("element", elements(), ids=_title)
def test_an_element_names_facts_rules_views_and_tests_that_there_are(element: Element) -> None:
    assert element.facts
    assert element.views
    assert set(element.facts) <= FACTS.keys()
    assert set(element.rules) <= SCHEMAS.keys()
    assert set(element.views) <= definitions().keys()
    for test in element.tests:
        file, _, name = test.partition("::")
        assert name in _tests_of(file), test


@pytest.mark.parametrize("element", elements(), ids=_title)
def test_an_element_has_a_number_from_one_of_its_views_or_a_test_of_its_own(element: Element) -> None:
    assert numbers_of(element) or element.tests
    without = [ref for ref in element.numbers if ref not in {each.ref for each in numbers_of(element)}]
    assert without == []


def test_every_number_of_the_report_and_every_row_of_the_inventory_is_there() -> None:
    places = [element.place for element in elements()]
    assert [place.removeprefix("1.0 ") for place in places if place.startswith("1.0 ")] == NAMED
    assert [row for row in ROWS if not any(place.startswith(row) for place in places)] == []
    assert [f"F{n}" for n in range(1, 7)] == [place[4:] for place in places if place.startswith("1.6 F")]


def test_every_number_of_the_scenario_that_the_report_names_belongs_to_an_element() -> None:
    shown = {(each.ref, each.name) for element in elements() for each in numbers_of(element)}
    assert [(n.ref, n.name) for n in numbers() if n.ref[0] in "NF" and (n.ref, n.name) not in shown] == []


def test_the_numbers_are_read_from_the_views_by_a_test() -> None:
    file, _, name = NUMBER_TEST.partition("::")
    assert name in _tests_of(file)
    assert re.search(rf"def {name}\(number: Expected", (ROOT / file).read_text("utf-8"))


@pytest.fixture(scope="module")
def told() -> Ledger:
    ledger = Ledger.open("memory:", simulated=True, policies=scenario_policies(Path(SCENARIO)))
    tell_scenario(ledger, Path(SCENARIO))
    return ledger


def test_three_times_twenty_one_are_three_sets_of_people(told: Ledger) -> None:
    met = told.view("exam_deadlines", valid_on="2013-06-30", where={"status": "met"}).rows
    certified = {row["worker"] for row in met if row["employer"] != "XY-AGENCY"}
    enrolled = {e.fact.client for e in told.events(types=["ClientEnrolled"]) if e.fact.project == "XY-P2"}  # type: ignore[attr-defined]
    assert (len(certified), len(enrolled)) == (21, 21)
    assert certified & enrolled == set()
