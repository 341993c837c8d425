"""Who enters a fact, and when: dates ahead, the clock, simulated time, closed months."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from tests.ledgers import at, recorded_after_policies, refusal_of, with_
from tests.views.staff import hired
from xiyuan_ledger.aggregates.contract import PositionsPurchased
from xiyuan_ledger.aggregates.control import PeriodClosed, PeriodReopened
from xiyuan_ledger.calendar import today
from xiyuan_ledger.ledger import Ledger

NOON = datetime(2013, 1, 1, 4, tzinfo=UTC)


def test_somebody_has_to_enter_it(store_url: str, tmp_path: Path) -> None:
    with Ledger.open(store_url, create=True, journal=tmp_path) as ledger:
        refusal = refusal_of(ledger, hired("W-1", "2013-01-01"))
        assert (refusal.code, refusal.field) == ("actor-missing", "actor")
        assert ledger.record(with_(hired("W-1", "2013-01-01"), actor="clerk-8")).status == "recorded"
        assert recorded_after_policies(ledger)[0].actor == "clerk-8"


def test_a_happening_is_not_dated_ahead(ledger: Ledger) -> None:
    tomorrow = (today() + timedelta(days=1)).isoformat()
    refusal = refusal_of(ledger, hired("W-1", tomorrow))
    assert (refusal.code, refusal.field) == ("occurred-ahead", "occurred_on")
    assert ledger.record(hired("W-1", today().isoformat())).status == "recorded"


def test_what_starts_something_may_lie_ahead(ledger: Ledger) -> None:
    ahead = today() + timedelta(days=400)
    bought = PositionsPurchased(
        contract="C-1", occurred_on=ahead, org="XY", agency="AG", quantity=1, price_fen=1, from_=ahead, to=ahead
    )
    assert ledger.record(bought).status == "recorded"


def test_a_day_begins_in_shanghai(simulated: Ledger) -> None:
    # 16:00 in London is midnight in Shanghai.
    before = at(hired("W-1", "2013-01-02"), datetime(2013, 1, 1, 15, 59, 59, tzinfo=UTC))
    assert refusal_of(simulated, before).code == "occurred-ahead"
    assert simulated.record(at(hired("W-1", "2013-01-02"), datetime(2013, 1, 1, 16, tzinfo=UTC))).status == "recorded"


def test_a_real_ledger_tells_the_time_itself(ledger: Ledger) -> None:
    refusal = refusal_of(ledger, at(hired("W-1", "2013-01-01"), NOON))
    assert (refusal.code, refusal.field) == ("recorded-at-given", "recorded_at")
    before = datetime.now(UTC)
    ledger.record(hired("W-1", "2013-01-01"))
    assert before <= recorded_after_policies(ledger)[0].recorded_at <= datetime.now(UTC)


def test_a_simulated_ledger_takes_the_time_from_its_entries(simulated: Ledger) -> None:
    simulated.record(at(hired("W-1", "2013-01-01"), NOON))
    simulated.record(at(hired("W-2", "2013-01-01"), NOON))
    back = refusal_of(simulated, at(hired("W-3", "2013-01-01"), NOON - timedelta(microseconds=1)))
    assert (back.code, back.field) == ("recorded-at-back", "recorded_at")
    assert [event.recorded_at for event in recorded_after_policies(simulated)] == [NOON, NOON]


def test_a_refused_entry_does_not_move_the_clock(simulated: Ledger) -> None:
    late = NOON + timedelta(days=300)
    batch = [
        at(hired("W-1", "2013-01-01"), NOON),
        at(hired("W-1", "2013-01-02"), late),
        at(hired("W-2", "2014-01-01"), late),
        at(hired("W-3", "2013-01-01"), NOON + timedelta(days=1)),
    ]
    receipts = simulated.record_all(batch, atomic=False)
    assert [receipt.status for receipt in receipts] == ["recorded", "refused", "refused", "recorded"]


def test_the_time_of_recording_never_goes_back(simulated: Ledger) -> None:
    ahead = datetime(2999, 1, 1, tzinfo=UTC)
    simulated.record(at(hired("W-1", "2013-01-01"), ahead))
    simulated.record(hired("W-2", "2013-01-01"))
    assert [event.recorded_at for event in recorded_after_policies(simulated)] == [ahead, ahead]


def test_a_closed_month_takes_late_entries_with_a_reason_only(ledger: Ledger) -> None:
    closed = PeriodClosed(month="2013-06", approved_by="chief-1", occurred_on=date(2013, 7, 5))
    ledger.record(closed)
    refusal = refusal_of(ledger, hired("W-1", "2013-06-30"))
    assert (refusal.code, refusal.field) == ("period-closed", "reason")
    assert ledger.record(hired("W-1", "2013-07-01")).status == "recorded"
    assert ledger.record(with_(hired("W-2", "2013-06-30"), reason="form lost")).status == "recorded"
    ledger.record(PeriodReopened(month="2013-06", approved_by="chief-1", occurred_on=date(2013, 7, 6)))
    assert ledger.record(hired("W-3", "2013-06-30")).status == "recorded"


def test_a_batch_knows_the_month_that_it_closes(ledger: Ledger) -> None:
    closed = PeriodClosed(month="2013-06", approved_by="chief-1", occurred_on=date(2013, 7, 5))
    batch = [hired("W-1", "2013-06-29"), closed, hired("W-2", "2013-06-30")]
    assert [receipt.status for receipt in ledger.record_all(batch, atomic=False)] == ["recorded", "recorded", "refused"]
