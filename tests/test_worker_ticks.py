"""What falls due by the calendar is done once, however often and by however many it is looked after."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import time_machine

from tests.chaos.office import ChaosOffice, chaos_office
from tests.chaos.street import career, founding
from workers.office import Office, open_office
from workers.ticks import tick
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.payouts.hand import Hand
from xiyuan_ledger.payouts.opening import reject
from xiyuan_ledger.verification.checkpoint import ORIGIN
from xiyuan_ledger.verification.keys import new_key_file

RUNS = {"XIYUAN_RUNS": "post-subsidy exam-reimbursement", "XIYUAN_RUN_DAY": "31"}
DEADLINE_SECONDS = 60


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """A street with one worker who is due a subsidy from September 2013 on, and a key for its log."""
    url = f"sqlite:///{tmp_path}/xiyuan.db"
    with time_machine.travel("2013-12-29T08:00:00+08:00"), Ledger.open(url, create=True, actor="clerk-1") as ledger:
        ledger.record_all([*founding(), *career("W-1")])
        new_key_file(ledger.proofs.key_file(), ORIGIN + ledger.name)
    found = open_office({"XIYUAN_LEDGER": url, "XIYUAN_BANK": str(tmp_path / "bank")})
    yield found
    found.ledger.close()


def at(office: Office, instant: str) -> None:
    """The calendar is looked at, three times."""
    with time_machine.travel(f"{instant}+08:00"):
        for _ in range(3):
            tick(office, RUNS)


def opened(office: Office) -> list[tuple[str, str]]:
    """By run, its state."""
    return [(row["run"], row["status"]) for row in office.ledger.view("payout_runs").rows]


def sizes(office: Office) -> list[int]:
    """How many events each checkpoint kept is of."""
    return sorted(int(path.stem) for path in office.ledger.proofs.folder.rglob("*.checkpoint"))


def test_a_months_run_is_opened_on_its_day_or_later_and_once(office: Office) -> None:
    at(office, "2013-12-30T23:59:00")
    assert opened(office) == []
    at(office, "2013-12-31T00:01:00")
    assert opened(office) == [("post-subsidy-2013-12-1", "open")]
    # The last day of a month that is shorter.
    at(office, "2014-02-28T09:00:00")
    assert opened(office) == [("post-subsidy-2013-12-1", "open"), ("post-subsidy-2014-02-1", "open")]


def test_what_a_person_rejected_is_not_opened_again_by_the_calendar(office: Office) -> None:
    at(office, "2013-12-31T09:00:00")
    with time_machine.travel("2013-12-31T10:00:00+08:00"):
        reject(office.ledger, "post-subsidy-2013-12-1", "wait for the annual check", Hand("chief-1"))
    at(office, "2013-12-31T11:00:00")
    assert opened(office) == [("post-subsidy-2013-12-1", "rejected")]


def test_a_checkpoint_is_signed_once_a_night_where_something_was_recorded(office: Office) -> None:
    at(office, "2013-12-29T09:00:00")
    first = office.ledger.head
    assert sizes(office) == [first]
    with time_machine.travel("2013-12-29T15:00:00+08:00"):
        office.ledger.record_all(career("W-2"))
    # What is kept bears the time of this machine's files, which is after that night.
    at(office, "2013-12-29T23:00:00")
    assert sizes(office) == [first]
    at(office, "2099-01-15T02:00:01")
    assert sizes(office) == [first, office.ledger.head]
    at(office, "2099-01-16T03:00:00")
    assert sizes(office) == [first, office.ledger.head]


def test_a_checkpoint_is_signed_when_a_period_was_closed_without_waiting_for_the_night(office: Office) -> None:
    at(office, "2013-12-29T09:00:00")
    first = office.ledger.head
    with time_machine.travel("2013-12-29T15:00:00+08:00"):
        closed = {"type": "PeriodClosed", "month": "2013-11", "approved_by": "chief-1", "occurred_on": "2013-12-29"}
        office.ledger.record(closed)
    at(office, "2013-12-29T15:01:00")
    assert sizes(office) == [first, first + 1]
    with time_machine.travel("2013-12-29T15:02:00+08:00"):
        office.ledger.record_all(career("W-2"))
    at(office, "2013-12-29T15:03:00")
    assert sizes(office) == [first, first + 1]


def test_without_a_key_nothing_is_signed_and_runs_are_opened_all_the_same(office: Office) -> None:
    office.ledger.proofs.key_file().unlink()
    at(office, "2013-12-31T09:00:00")
    assert sizes(office) == []
    assert len(opened(office)) == 1


def _at_once(office: ChaosOffice, count: int, **more: str) -> list[int]:
    """So many schedulers started at the same moment; their exit codes."""
    command = [sys.executable, "-m", "workers.ticks"]
    environment = office.environment(**more)
    with (office.folder / "workers.log").open("ab") as log:
        started = [
            subprocess.Popen(command, cwd=office.folder, env=environment, stdout=log, stderr=log) for _ in range(count)
        ]
    return [each.wait(DEADLINE_SECONDS) for each in started]


def test_schedulers_at_once_open_one_run_and_sign_one_history(tmp_path: Path) -> None:
    with chaos_office(tmp_path, f"sqlite:///{tmp_path}/xiyuan.db", workers=2) as office:
        with Ledger.open(office.url, actor="clerk-1") as ledger:
            reject(ledger, office.run, "opened by the calendar from now on", Hand("chief-1"))
            new_key_file(ledger.proofs.key_file(), ORIGIN + ledger.name)
            head = ledger.head
        told = {"XIYUAN_RUNS": "post-subsidy", "XIYUAN_RUN_DAY": "1", "XIYUAN_ACTOR": "clerk-9"}
        assert _at_once(office, 4, **told) == [0, 0, 0, 0]
        with Ledger.open(office.url, journal=tmp_path / "journal-of-audit") as ledger:
            new = Counter(event.type for event in ledger.events(after=head))
            kept = [int(path.stem) for path in ledger.proofs.folder.rglob("*.checkpoint")]
            assert ledger.proofs.latest().text
        assert new == {"PayoutRunOpened": 1}
        assert set(kept) <= {head, head + 1}
        assert {each["event"] for each in office.said()} <= {"run-opened", "checkpoint"}
