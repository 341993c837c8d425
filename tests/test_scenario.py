"""The street's story of 2012-2013: it is recorded without a refusal, and the views give every number of the report."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from xiyuan_ledger.errors import FileError
from xiyuan_ledger.intake.expected import Expected, Value, load_expected, observed
from xiyuan_ledger.intake.scenario import scenario_entries, scenario_policies, tell_scenario
from xiyuan_ledger.ledger import Ledger

SCENARIOS = Path(__file__).parents[1] / "scenarios"
FOLDER = SCENARIOS / "xiyuan-2012-2013"
NUMBERS = load_expected(FOLDER)
AS_OF = date(2013, 6, 30)


@pytest.fixture(scope="module")
def entries() -> list[dict[str, Any]]:
    return list(scenario_entries(FOLDER))


@pytest.fixture(scope="module")
def ledger() -> Iterator[Ledger]:
    with Ledger.open("memory:", simulated=True, policies=scenario_policies(FOLDER)) as found:
        receipts = tell_scenario(found, FOLDER)
        assert Counter(receipt.status for receipt in receipts) == {"recorded": len(receipts)}
        yield found


@pytest.fixture(scope="module")
def answers(ledger: Ledger) -> dict[str, Value | None]:
    return {_title(number): value for number, value in observed(ledger, NUMBERS)}


def _title(number: Expected) -> str:
    return f"{number.ref}: {number.name}"


@pytest.mark.parametrize("known_at", [19_000, 18_999, 18_998, 18_997])
def test_a_long_view_comes_in_its_order_at_every_pin(ledger: Ledger, known_at: int) -> None:
    positions = [row["position"] for row in ledger.view("journal", known_at=known_at).rows]
    assert len(positions) > 18_000
    assert positions == sorted(positions)


@pytest.mark.parametrize("number", NUMBERS, ids=_title)
def test_a_view_gives_the_number_of_the_report(number: Expected, answers: dict[str, Value | None]) -> None:
    found = answers[_title(number)]
    assert found == number.constant
    assert number.within_bound(found)


def test_no_two_numbers_have_the_same_title() -> None:
    assert len({_title(number) for number in NUMBERS}) == len(NUMBERS)


def test_a_second_telling_records_nothing(ledger: Ledger) -> None:
    head = ledger.head
    assert {receipt.status for receipt in tell_scenario(ledger, FOLDER)} == {"duplicate"}
    assert ledger.head == head


def test_the_files_are_written_again_byte_for_byte(tmp_path: Path) -> None:
    subprocess.run([sys.executable, str(SCENARIOS / "make_scenario.py"), str(tmp_path)], check=True)
    again = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    assert again == {file.name: file.read_bytes() for file in FOLDER.glob("*.jsonl")}


def test_entries_come_in_the_order_in_which_they_were_written_down(entries: list[dict[str, Any]]) -> None:
    written_at = [entry["recorded_at"] for entry in entries]
    assert written_at == sorted(written_at)


def test_what_happened_by_the_day_of_the_report_was_written_down_by_then(entries: list[dict[str, Any]]) -> None:
    late = [e for e in entries if e["occurred_on"] <= AS_OF.isoformat() and e["recorded_at"][:10] > AS_OF.isoformat()]
    assert late == []


def test_most_services_are_written_down_within_a_week(entries: list[dict[str, Any]]) -> None:
    lags = [_lag(entry) for entry in entries if entry["type"] in ("ClientServed", "SessionHeld")]
    prompt = sum(lag <= 7 for lag in lags)
    assert 0.9 < prompt / len(lags) < 1


def _lag(entry: dict[str, Any]) -> int:
    return (date.fromisoformat(entry["recorded_at"][:10]) - date.fromisoformat(entry["occurred_on"])).days


def test_up_to_the_report_no_worker_is_in_two_places_and_afterwards_one_is(entries: list[dict[str, Any]]) -> None:
    times: dict[str, list[tuple[datetime, datetime]]] = {}
    for entry in entries:
        for worker in entry["workers"] if entry["type"] == "SessionHeld" else [entry.get("worker")]:
            if "starts_at" in entry and worker is not None:
                start = datetime.fromisoformat(entry["starts_at"])
                times.setdefault(worker, []).append((start, start + timedelta(minutes=entry["minutes"])))
    pairs = [(worker, a, b) for worker, spans in times.items() for a, b in _neighbours(spans) if b[0] < a[1]]
    assert [(worker, later[0].date()) for worker, _, later in pairs] == [("W-122", date(2013, 7, 20))]


def _neighbours(
    spans: list[tuple[datetime, datetime]],
) -> Iterator[tuple[tuple[datetime, datetime], tuple[datetime, datetime]]]:
    ordered = sorted(spans)
    return pairwise(ordered)


def test_up_to_the_report_no_list_is_handed_in_twice_and_afterwards_one_is(entries: list[dict[str, Any]]) -> None:
    lists = Counter(
        (entry["project"], tuple(sorted(entry["participants"])))
        for entry in entries
        if entry["type"] == "SessionHeld" and len(entry.get("participants", ())) >= 5
    )
    assert [(project, len(people)) for (project, people), count in lists.items() if count > 1] == [("XY-P3", 12)]


def test_pre_exam_classes_meet_on_weekends_from_march_to_june(entries: list[dict[str, Any]]) -> None:
    days = [
        date.fromisoformat(e["occurred_on"]) for e in entries if e.get("programme") == "pre_exam" and "session" in e
    ]
    assert {day.month for day in days} <= {3, 4, 5, 6}
    assert {day.weekday() for day in days} == {5, 6}


def test_there_are_no_personal_data(entries: list[dict[str, Any]]) -> None:
    assert not any("personal" in entry for entry in entries)


def test_a_folder_without_entry_files_tells_nothing(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="scenario-missing"):
        list(scenario_entries(tmp_path))


def test_a_key_that_nobody_entered_is_refused(ledger: Ledger, tmp_path: Path) -> None:
    entry = {"type": "RecordVoided", "occurred_on": "2014-02-01", "event": "key:nobody"}
    (tmp_path / "01.jsonl").write_text(json.dumps(entry | {"recorded_at": "2014-02-01T09:00:00+08:00"}))
    with pytest.raises(FileError, match=r"scenario-key-unknown.*nobody"):
        tell_scenario(ledger, tmp_path)
