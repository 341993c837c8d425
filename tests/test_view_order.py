"""A view's rows stand in its order, also where there are so many that DuckDB hands them out in blocks."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.projections.catalogue import definition
from xiyuan_ledger.projections.engine import Question
from xiyuan_ledger.projections.pin import Settled

ROWS = 400_000
TRIES = 5
SQL = f"SELECT lpad(CAST((range * 7919) % {ROWS} AS VARCHAR), 6, '0') AS org FROM range({ROWS}) GROUP BY range"


def test_a_long_view_stands_in_its_order_every_time() -> None:
    register = definition("org_register")
    long = replace(register, columns=register.columns[:1], sort=("org",), sql=SQL)
    with Ledger.open("memory:", actor="clerk-1") as ledger:
        question = Question("xiyuan", Settled(1, date(2013, 6, 30)), ledger.journal.attach, {}, {})
        expected = [f"{n:06d}" for n in range(ROWS)]
        for _ in range(TRIES):
            assert question.compute(long, {})["org"].to_pylist() == expected
        question.close()
