"""A view's rows stand in its order, also where there are so many that DuckDB hands them out in blocks."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from xiyuan_ledger.intake.scenario import scenario_policies, tell_scenario
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.projections import engine
from xiyuan_ledger.projections.catalogue import Definition, definition, definitions
from xiyuan_ledger.projections.engine import Question
from xiyuan_ledger.projections.parts import in_parts
from xiyuan_ledger.projections.pin import Settled

SCENARIO = Path(__file__).parents[1] / "scenarios" / "xiyuan-2012-2013"
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


def _parts_of(question: Question, view: Definition) -> list[dict[str, Any]]:
    return [row for part in in_parts(question, view, question.ids()) for row in part.to_pylist()]


def test_a_question_that_fills_its_memory_goes_on_with_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """The scenario's views one after another, under a limit that only few of them fit into together."""
    views = [each for each in definitions().values() if not each.required]
    arguments = dict.fromkeys(name for view in views for name in view.arguments)
    with Ledger.open("memory:", create=True, simulated=True, policies=scenario_policies(SCENARIO)) as ledger:
        tell_scenario(ledger, SCENARIO)
        pin = Settled(ledger.head, date(2013, 7, 31))
        answers = []
        for limit in (1024, 12):
            monkeypatch.setattr(engine, "LEAN_MB", limit)
            with closing(Question(ledger.name, pin, ledger.journal.attach, arguments, {}, lean=True)) as question:
                answers.append({view.name: _parts_of(question, view) for view in views})
        assert answers[0] == answers[1]
