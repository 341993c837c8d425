"""An SQL text in steps: what is defined once and read more than once is made before the rest."""

from __future__ import annotations

import duckdb
import pytest

from xiyuan_ledger.projections.catalogue import base_relations, definitions
from xiyuan_ledger.projections.engine import bare
from xiyuan_ledger.projections.steps import in_steps

TEXT = """WITH few AS (
    SELECT range AS n FROM range(10) WHERE '(' <> ')'
),
even AS (
    SELECT n FROM few WHERE n % 2 = 0
),
twice AS (
    SELECT n FROM even UNION ALL SELECT n FROM even
)
SELECT SUM(n) FROM twice"""


def answered(sql: str) -> list[tuple[object, ...]]:
    """What a text answers when its steps are taken one after another."""
    steps = in_steps(sql)
    with duckdb.connect() as con:
        for name, body in steps.first:
            con.execute(f"CREATE TEMP TABLE {name} AS {body}")
        return con.execute(f"{steps.defined} {steps.rest}").fetchall()


def test_what_is_read_twice_is_a_step_and_what_is_read_once_stands_where_it_is_read() -> None:
    steps = in_steps(TEXT)
    assert [name for name, _ in steps.first] == ["even"]
    assert "few AS (" in steps.first[0][1]
    assert answered(TEXT) == [(40,)]


def test_what_holds_lists_is_no_step_since_the_rest_may_need_none_of_them() -> None:
    listed = TEXT.replace("SELECT n FROM few WHERE n % 2 = 0", "SELECT n, array_agg(n) AS l FROM few GROUP BY n")
    assert in_steps(listed).first == ()
    assert answered(listed) == [(90,)]


@pytest.mark.parametrize(
    "sql", ["SELECT 1", "WITH RECURSIVE n(i) AS (SELECT 1 UNION SELECT i + 1 FROM n WHERE i < 3) SELECT MAX(i) FROM n"]
)
def test_a_text_that_defines_nothing_or_is_recursive_is_left_whole(sql: str) -> None:
    assert in_steps(sql).first == ()
    assert in_steps(sql).rest == sql


def test_every_views_text_can_be_taken_in_steps_and_nothing_of_it_is_lost() -> None:
    for sql in [*(view.sql for view in definitions().values()), *base_relations().values()]:
        steps = in_steps(bare(sql))
        assert steps.rest.lstrip().startswith(("SELECT", "WITH RECURSIVE"))
        for name, _ in steps.first:
            assert f" {name} AS (" in f" {bare(sql)}".replace("\n", " ")
            assert f" {name} AS (" not in steps.defined


def test_what_says_by_what_its_proof_knows_its_rows_has_a_relation_of_that_name() -> None:
    proven = [view for view in definitions().values() if view.proof]
    assert {view.name for view in proven} >= {"coverage", "project_outputs", "station_monthly_report", "timeliness"}
    for view in proven:
        assert "\nproof AS (" in view.sql, view.name
        assert set(view.proof) <= {column.name for column in view.columns}, view.name
