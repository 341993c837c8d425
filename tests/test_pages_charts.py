"""同一版本点同一数字: what the charts of the pages say is worked out of what the command line says at the same pin."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner

from tests import charts_told
from tests.charts_told import Lang, Row
from tests.pages_served import Served
from xiyuan_ledger.cli.commands import xiyuan

PIN = {"valid_on": "2013-06-30", "known_at": "19000"}
TITLES = {
    "money": ("各渠道资金 (元)", "Money by channel (yuan)"),
    "lags": ("记录及时性: 各月按时记录的占比", "Timeliness: share of each month recorded in time"),
    "weeks": ("每周参加人次", "Person-times by week"),
    "places": ("4+1 岗位到位情况", "The 4+1 standard, community by community"),
    "funnel": ("职业水平考试漏斗", "The level examination as a funnel"),
}
VIEWS = {
    "money": "fund_statement",
    "lags": "timeliness",
    "weeks": "attendance",
    "places": "four_plus_one",
    "funnel": "exam_funnel",
}
DRAWN = [
    ("/", ("money", "lags", "places", "funnel"), {}),
    ("/money", ("money",), {}),
    ("/audit", ("lags",), {}),
    *((f"/projects/XY-P{number}", ("weeks", "lags"), {"project": f"XY-P{number}"}) for number in (3, 6)),
]


def asked(served: Served, view: str, **where: str) -> list[Row]:
    """The rows that the command line gives of a view at the pin."""
    at = ["--valid-on", PIN["valid_on"], "--known-at", PIN["known_at"]]
    chosen = [word for name, value in where.items() for word in ("--where", f"{name}={value}")]
    words = ["view", view, *at, *chosen, "--format", "json", "--ledger", served.url]
    answer = CliRunner().invoke(xiyuan, words, catch_exceptions=False)
    assert answer.exit_code == 0, answer.output
    found: list[Row] = json.loads(answer.stdout)["rows"]
    return found


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(("path", "charts", "where"), DRAWN, ids=lambda word: word if isinstance(word, str) else "")
def test_every_number_in_a_chart_of_a_page_is_worked_out_of_the_command_lines_rows(
    path: str, charts: tuple[str, ...], where: dict[str, str], lang: Lang, served: Served
) -> None:
    names = {row["org"]: row["name"] for row in asked(served, "org_register")}
    told: dict[str, Callable[[list[Row]], Any]] = {
        "money": lambda rows: charts_told.money_told(rows, lang),
        "lags": lambda rows: charts_told.lags_told(rows, lang),
        "weeks": lambda rows: charts_told.weeks_told(rows, lang),
        "places": lambda rows: charts_told.places_told(rows, names, lang),
        "funnel": lambda rows: charts_told.funnel_told(rows, lang),
    }
    wanted = {TITLES[each][lang == "en"]: told[each](asked(served, VIEWS[each], **where)) for each in charts}
    assert all(wanted.values())
    with served.reader() as reader:
        page = reader.get(path, params={**PIN, "lang": lang})
    assert charts_told.drawn(page.text) == wanted
