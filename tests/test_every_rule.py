"""Every hard rule is refused by some test; so is whatever is wrong with a sheet."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from given import Given, given

from tests import error_codes
from tests.office_sheets import codes_of, lines_of, workbook_of
from tests.payouts import paid
from tests.test_entitlement import NEXT, RUN
from tests.tidy import ROOT
from xiyuan_ledger.aggregates.client import ClientRegistered, PersonalDataErased
from xiyuan_ledger.aggregates.world import ApprovedLine, World
from xiyuan_ledger.errors import FileError
from xiyuan_ledger.intake.expected import load_expected

SOURCE = ROOT / "src" / "xiyuan_ledger"
NOT_NAMED = {
    "log-key-kept": "met as `contradicts` by tests/test_witness.py, which voids a rotation",
    "extra-missing": "of an installation without the library that reads workbooks",
    "row-unfit": "a guard: no fact is known whose schema finds fault with a row but not with a cell of it",
}
"""Codes that no test names, and why."""


def _codes_of(folder: str) -> set[str]:
    trees = [ast.parse(path.read_text("utf-8")) for path in sorted((SOURCE / folder).glob("*.py"))]
    return {use.code for tree in trees for use in error_codes.uses(tree, error_codes.ERRORS)}


@pytest.mark.parametrize("folder", ["aggregates", "intake"])
def test_every_refusal_has_a_test_that_names_it(folder: str) -> None:
    said: set[str] = set()
    for path in {*(ROOT / "tests").rglob("*.py")} - {Path(__file__)}:
        said |= error_codes.texts(ast.parse(path.read_text("utf-8")))
    words = " ".join(said | error_codes.texts(ast.parse(Path(__file__).read_text("utf-8"))) - NOT_NAMED.keys())
    assert sorted(code for code in _codes_of(folder) - NOT_NAMED.keys() if code not in words) == []


class Lines:
    """Lines of runs as approved: ten thousand fen of ten thousand due, whoever asks."""

    def line(self, opened: Any, worker: str, month: str) -> ApprovedLine:
        return ApprovedLine(amount_fen=10_000, offset_fen=0, due_fen=10_000)

    def are(self, opened: Any, workers: Sequence[str], months: Sequence[str], fen: Sequence[int]) -> bool:
        return all(each == 10_000 for each in fen)

    def in_transit(self, opened: Any) -> int:
        return 0


def with_lines(*facts: Any) -> Given:
    """A ledger that knows the lines of its runs."""
    office = given(*facts)
    office.world = World(office.states, {}, Lines())
    return office


def test_no_second_run_pays_what_was_due_once() -> None:
    office = with_lines(*RUN, paid(), *NEXT)
    again = paid(run="R-2", on="2013-04-28", kind="arrears")
    office.when(again).refused("paid-above-due")


def test_an_erasure_stands() -> None:
    erased = PersonalDataErased(subject="C-1", basis="asked", approved_by="head-1", occurred_on="2013-07-01")
    known = ClientRegistered(client="C-1", sensitivity="normal", occurred_on="2013-06-01")
    given(known, erased).when_voided(2).refused("erasure-undone")


HIRED = "工作人员,用人单位,用工形式,入职日期"


@pytest.mark.parametrize(
    ("text", "name", "line", "code"),
    [
        (f"{HIRED}\nW-1,,street,2013-3-4\n", "入职.csv", 2, "cell-missing"),
        ("事实,工作人员,用人单位,用工形式,日期,岗位\n入职,W-1,XY,street,2013-3-4,P-1\n", "甲.csv", 2, "cell-unknown"),
        ("事实,工作人员,用人单位,日期\n入职,W-1,XY,2013-3-4\n", "甲.csv", 2, "row-field-missing"),
        ("事实,工作人员,天气\n入职,W-1,晴\n", "甲.csv", 1, "heading-unknown-anywhere"),
        ("工作人员,用人单为,用工形式,入职日期\nW-1,XY,street,2013-3-4\n", "入职.csv", 1, "heading-misspelt"),
        ("日期,级别\n2013-3-4,初级\n", "报名.csv", 1, "sheet-fact-ambiguous"),
    ],
)
def test_what_is_wrong_with_a_sheet_has_its_own_code(text: str, name: str, line: int, code: str) -> None:
    assert [(at, found) for at, found, _ in codes_of(lines_of(text, name))] == [(line, code)]


def test_a_sheet_that_breaks_off_is_told_where(tmp_path: Path) -> None:
    path = workbook_of(tmp_path / "入职.xlsx", {"入职": [HIRED.split(","), ["W-1", "XY", "街道聘用", "2013-3-4"]]})
    with ZipFile(path) as whole:
        parts = {name: whole.read(name) for name in whole.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    parts[sheet] = parts[sheet].replace(b"</sheetData>", b"<row><c></row>")
    with ZipFile(path, "w") as broken:
        for name, content in parts.items():
            broken.writestr(name, content)
    assert [code for _, code, _ in codes_of(lines_of(path.read_bytes(), path.name)) if code] == ["sheet-broken"]


def test_a_number_that_cannot_be_expected_names_its_field(tmp_path: Path) -> None:
    row = '[[number]]\nref = "N1"\nname = "x"\nview = "journal"\nbound = "~"\nvalue = 1\nconstant = 1\n'
    (tmp_path / "expected.toml").write_text(f"[pin]\nvalid_on = 2013-06-30\n{row}", "utf-8")
    with pytest.raises(FileError, match="expected-form") as refused:
        load_expected(tmp_path)
    assert refused.value.field == "bound"
