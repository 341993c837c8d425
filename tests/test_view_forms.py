"""Every view in every form: for people in words of either language, for machines in codes, with the same rows."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import polars
import pyarrow.parquet as pq
import pytest
from openpyxl import load_workbook

from xiyuan_ledger.aggregates.organization import OrganizationRegistered
from xiyuan_ledger.cli.sheet import Sheet
from xiyuan_ledger.errors import Language
from xiyuan_ledger.intake.scenario import scenario_policies, tell_scenario
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.projections.catalogue import Definition, definitions
from xiyuan_ledger.projections.view import View
from xiyuan_ledger.projections.vocabulary import word

SCENARIO = Path(__file__).parents[1] / "scenarios" / "xiyuan-2012-2013"
ROWS_MAX = 200
VIEWS = [view for view in definitions().values() if not view.required]
BOTH: tuple[Language, ...] = ("zh", "en")
HEAD_ROWS = 3


@pytest.fixture(scope="module")
def ledger() -> Iterator[Ledger]:
    with Ledger.open("memory:", simulated=True, policies=scenario_policies(SCENARIO)) as found:
        tell_scenario(found, SCENARIO)
        yield found


def _asked(ledger: Ledger, view: Definition) -> View:
    """The view at the day of the report; of long ones a month."""
    whole = view.name in ("journal", "timeliness", "membership", "volunteer_hours", "fund_statement", "evidence_index")
    period = {"month": "2013-06"} if whole and view.period else {}
    return ledger.view(view.name, valid_on="2013-06-30", **period)


def _name(view: Definition) -> str:
    return view.name


@pytest.mark.parametrize("view", VIEWS, ids=_name)
def test_machine_forms_hold_the_same_rows(ledger: Ledger, view: Definition, tmp_path: Path) -> None:
    found = _asked(ledger, view)
    assert len(json.loads(found.to_json())["rows"]) == len(found)
    assert len(found.to_jsonl().splitlines()) == len(found)
    rows = list(csv.reader(io.StringIO(found.to_csv())))
    assert rows[0][: len(found.columns)] == found.columns
    assert len(rows) == len(found) + 1
    Sheet.of_view(found, "zh").write_parquet(tmp_path / "view.parquet")
    assert pq.read_table(tmp_path / "view.parquet").num_rows == len(found)


@pytest.mark.parametrize("view", VIEWS, ids=_name)
def test_frames_keep_money_and_minutes_whole_dates_dates_and_evidence_lists(ledger: Ledger, view: Definition) -> None:
    found = _asked(ledger, view)
    arrow, frame, pandas_frame = found.to_arrow(), found.to_polars(), found.to_pandas()
    assert frame.columns == list(pandas_frame.columns) == arrow.column_names == found.columns
    assert len(frame) == len(pandas_frame) == arrow.num_rows == len(found)
    assert not [name for name, kind in frame.schema.items() if kind.is_float()]
    assert not [name for name, kind in pandas_frame.dtypes.items() if kind.kind == "f"]
    for column in view.columns:
        kind = frame.schema[column.name]
        if column.name.endswith(("_fen", "_minutes", "_centi")) and not kind.is_nested():
            assert (kind, str(pandas_frame[column.name].dtype)) == (polars.Int64, "Int64"), column.name
        if column.type == "date":
            assert kind == polars.Date, column.name
        if column.name == "evidence":
            assert kind == polars.List(polars.String)


@pytest.mark.parametrize("lang", BOTH)
@pytest.mark.parametrize("view", VIEWS, ids=_name)
def test_forms_for_people_show_titles_and_words(
    ledger: Ledger, view: Definition, lang: Language, tmp_path: Path
) -> None:
    found = _asked(ledger, view)
    sheet = Sheet.of_view(found, lang)
    assert view.title[lang] in sheet.to_table(lang)
    lines = sheet.to_markdown(lang).splitlines()
    assert len([line for line in lines if line.startswith("| ")]) == len(found) + 2
    if len(found) <= ROWS_MAX:
        sheet.write_workbook(tmp_path / "view.xlsx", lang)
        cells = list(load_workbook(tmp_path / "view.xlsx").worksheets[0].iter_rows(min_row=HEAD_ROWS + 2))
        shown = [cell.value for row in cells for cell in row]
        for column in view.columns:
            if column.values is not None and column.type == "text":
                codes = {row[column.name] for row in found.rows if row[column.name] is not None}
                assert {word(column.values, code, lang) for code in codes} <= set(shown), column.name


def test_rows_come_in_the_order_of_the_view_however_many_they_are() -> None:
    """DuckDB hands over 2,048 at a time: they must not change places."""
    codes = [f"ORG-{number:05d}" for number in range(6_000)]
    with Ledger.open("memory:", actor="clerk-1") as ledger:
        entry = {"kind": "cso", "name": "一家机构", "occurred_on": "2012-01-01"}
        ledger.record_all([OrganizationRegistered.model_validate(entry | {"org": code}) for code in reversed(codes)])
        for _ in range(10):
            assert ledger.view("org_register").without_evidence().column("org").to_pylist() == codes


@pytest.mark.parametrize("view", VIEWS, ids=_name)
def test_whoever_goes_through_a_view_gets_its_rows_without_holding_them_all(ledger: Ledger, view: Definition) -> None:
    found = _asked(ledger, view)
    one_by_one = list(found)
    assert "rows" not in vars(found)
    assert one_by_one == found.rows == list(found)
