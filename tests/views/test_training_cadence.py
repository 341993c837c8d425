"""培训频次: was each programme held often enough, and when was that known?"""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from tests.views.harness import Rows, Voiding, adopted, both, day, events, fact_id, policy_id, recorded
from xiyuan_ledger.aggregates.fact import Event
from xiyuan_ledger.aggregates.session import TrainingSessionHeld
from xiyuan_ledger.aggregates.training import Programme


def session(code: str, on: str, programme: Programme = "residents") -> TrainingSessionHeld:
    return TrainingSessionHeld(
        session=code,
        programme=programme,
        org="XY-COLLEGE",
        starts_at=datetime.combine(day(on), time(9)),
        minutes=120,
        occurred_on=day(on),
    )


def asked(
    recorded_events: list[Event], valid_on: str, *when: Any, programme: Programme = "residents", **more: Any
) -> Rows:
    rows = both("training_cadence", recorded_events, valid_on, *when, **more)
    return [row for row in rows if row["programme"] == programme]


def states(rows: Rows) -> list[tuple[str, int, str]]:
    return [(row["period"], row["held"], row["status"]) for row in rows]


def test_a_quarter_is_open_to_its_last_day_and_judged_the_day_after() -> None:
    ledger = events(session("S-1", "2012-09-30"))
    assert asked(ledger, "2012-09-30")[-1]["status"] == "open"
    assert asked(ledger, "2012-10-01")[0] == {
        "programme": "residents",
        "period": "2012-Q3",
        "required": 1,
        "held": 1,
        "late_held": 0,
        "shortfall": 0,
        "status": "met",
        "evidence": [policy_id("training-cadence"), fact_id(1)],
    }


def test_the_first_period_begins_with_the_policy_or_after_it_and_the_last_holds_the_day() -> None:
    rows = asked(events(), "2012-08-15", programme="project_implementers")
    assert states(rows) == [("2012-06", 0, "short"), ("2012-07", 0, "short"), ("2012-08", 0, "open")]
    later = events(adopted("training-cadence", 2, "2012-07-02", on="2012-06-15"))
    assert [row["period"] for row in asked(later, "2012-10-15", programme="project_implementers")] == [
        "2012-08",
        "2012-09",
        "2012-10",
    ]
    assert asked(events(), "2012-06-30") == []


def test_two_sessions_on_one_day_count_as_two() -> None:
    ledger = events(
        session("S-1", "2012-06-10", "continuing_education"), session("S-2", "2012-06-10", "continuing_education")
    )
    (row, _) = asked(ledger, "2012-07-01", programme="continuing_education")
    assert (row["required"], row["held"], row["shortfall"], row["status"]) == (2, 2, 0, "met")


def test_a_session_recorded_late_turns_short_into_met_as_known_later() -> None:
    ledger = events(session("S-0", "2012-06-05"), recorded(session("S-1", "2012-08-20"), "2012-10-01"))
    short = asked(ledger, "2012-10-01", "2012-09-30")[0]
    met = asked(ledger, "2012-10-01", "2012-10-01")[0]
    assert (short["held"], short["late_held"], short["shortfall"], short["status"]) == (0, 0, 1, "short")
    assert (met["held"], met["late_held"], met["shortfall"], met["status"]) == (1, 1, 0, "met")


def test_grace_days_delay_the_judgement_and_what_is_recorded_in_them_is_not_late() -> None:
    ledger = events(
        recorded(session("S-1", "2012-09-20"), "2012-10-10"),
        recorded(session("S-2", "2012-09-21"), "2012-10-11"),
        parameters={"training-cadence": {"grace_days": 10}},
    )
    assert [asked(ledger, on)[0]["status"] for on in ("2012-10-10", "2012-10-11")] == ["open", "met"]
    assert (asked(ledger, "2012-10-11")[0]["held"], asked(ledger, "2012-10-11")[0]["late_held"]) == (2, 1)


def test_a_voided_session_leaves_the_period_short_and_a_moved_one_counts_where_it_was_held() -> None:
    moved = session("S-2", "2012-10-05").model_copy(update={"corrects": fact_id(2), "reason": "was held in October"})
    ledger = events(
        session("S-1", "2012-09-10"),
        session("S-2", "2012-09-25"),
        moved,
        Voiding(event=fact_id(1), reason="not held", occurred_on=day("2012-11-01")),
    )
    assert states(asked(ledger, "2012-11-01")) == [("2012-Q3", 0, "short"), ("2012-Q4", 1, "open")]
    assert states(asked(ledger, "2012-11-01", "2012-10-31")) == [("2012-Q3", 1, "met"), ("2012-Q4", 1, "open")]


def test_two_implementers_sessions_comply_from_may_and_are_two_of_six_from_january() -> None:
    held = [session("S-1", "2013-05-14", "project_implementers"), session("S-2", "2013-06-18", "project_implementers")]
    from_may = events(adopted("training-cadence", 2, "2013-05-01"), *held)
    from_january = events(adopted("training-cadence", 2, "2013-01-01"), *held)
    may = asked(from_may, "2013-07-01", programme="project_implementers")
    january = asked(from_january, "2013-07-01", programme="project_implementers")
    assert states(may) == [("2013-05", 1, "met"), ("2013-06", 1, "met"), ("2013-07", 0, "open")]
    assert [row["status"] for row in january] == ["short"] * 4 + ["met"] * 2 + ["open"]
    assert january[0]["evidence"] == [fact_id(1)]


def test_five_quarterly_sessions_since_the_policy_took_effect() -> None:
    quarters = ["2012-07-10", "2012-10-10", "2013-01-10", "2013-04-10", "2013-07-10"]
    ledger = events(*(session(f"S-{number}", on) for number, on in enumerate(quarters)))
    assert [row["status"] for row in asked(ledger, "2013-09-30")] == ["met"] * 4 + ["open"]


def test_a_period_asked_for_leaves_out_the_others() -> None:
    ledger = events(session("S-1", "2012-09-10"))
    assert states(asked(ledger, "2013-06-30", from_="2012-10-01", to="2012-12-31")) == [("2012-Q4", 0, "short")]


def test_a_yearly_programme_is_judged_by_the_year() -> None:
    yearly = [{"programme": "pre_exam", "min_count": 2, "per": "year"}]
    ledger = events(session("S-1", "2013-04-06", "pre_exam"), parameters={"training-cadence": {"programmes": yearly}})
    assert states(both("training_cadence", ledger, "2014-01-01")) == [("2013", 1, "short"), ("2014", 0, "open")]


def test_before_the_policy_took_effect_nothing_is_asked() -> None:
    assert both("training_cadence", events(), "2012-05-31") == []
