"""Incubation and the culture register: how organisations are helped, and what they bring on stage."""

from __future__ import annotations

from tests.views.harness import Rows, Voiding, both, day, events, fact_id, recorded
from xiyuan_ledger.aggregates.fact import Event
from xiyuan_ledger.aggregates.organization import (
    CulturalStarSelected,
    IncubationSupportProvided,
    MemberJoined,
    MemberLeft,
    SupportService,
    TeamFormed,
)

YEAR_END = "2013-12-31"


def helped(
    on: str, service: SupportService = "training", minutes: int | None = 60, *, org: str = "CSO-1", by: str = "ASSOC"
) -> IncubationSupportProvided:
    return IncubationSupportProvided(org=org, by=by, service=service, minutes=minutes, occurred_on=day(on))


def test_support_is_counted_by_organisation_and_kind_of_service() -> None:
    ledger = events(
        helped("2013-03-01"),
        helped("2013-02-01", minutes=None, by="CENTRE"),
        helped("2013-02-02", "registration", None),
        helped("2013-02-03", org="CSO-2"),
    )
    rows = both("incubation", ledger, YEAR_END)
    assert [(row["org"], row["service"], row["times"], row["minutes"]) for row in rows] == [
        ("CSO-1", "registration", 1, 0),
        ("CSO-1", "training", 2, 60),
        ("CSO-2", "training", 1, 60),
    ]
    assert rows[1] == {
        "org": "CSO-1",
        "service": "training",
        "times": 2,
        "minutes": 60,
        "providers": 2,
        "last_on": day("2013-03-01"),
        "evidence": [fact_id(1), fact_id(2)],
    }


def test_the_period_has_its_first_and_its_last_day_and_late_support_is_seen_when_known() -> None:
    ledger = events(
        *(helped(on) for on in ("2013-02-28", "2013-03-01", "2013-03-31")),
        recorded(helped("2013-03-15"), "2013-06-01"),
        recorded(Voiding(event=fact_id(2), reason="not given", occurred_on=day("2013-07-01")), "2013-07-01"),
    )
    march = {"from_": "2013-03-01", "to": "2013-03-31"}
    counts = [
        both("incubation", ledger, YEAR_END, known, **march)[0]["times"]
        for known in ("2013-05-31", "2013-06-01", "2013-07-01")
    ]
    assert counts == [2, 3, 2]


def team(code: str, on: str, community: str | None = None, org: str = "TROUPE") -> TeamFormed:
    return TeamFormed(org=org, team=code, community=community, occurred_on=day(on))


def star(person: str, on: str, org: str = "TROUPE") -> CulturalStarSelected:
    return CulturalStarSelected(org=org, person=person, year=int(on[:4]), occurred_on=day(on))


def joined(person: str, on: str, org: str = "TROUPE") -> MemberJoined:
    return MemberJoined(org=org, person=person, occurred_on=day(on))


def registered(ledger: list[Event], valid_on: str = YEAR_END) -> Rows:
    return both("culture_register", ledger, valid_on)


def test_a_troupe_has_teams_in_communities_members_and_stars() -> None:
    ledger = events(
        team("T-1", "2013-01-01", "C1"),
        team("T-2", "2013-01-01", "C1"),
        team("T-3", "2013-01-01"),
        joined("M-1", "2013-02-01"),
        joined("M-2", "2013-02-01"),
        MemberLeft(org="TROUPE", person="M-2", occurred_on=day("2013-03-01")),
        star("M-1", "2012-12-01"),
        star("M-1", "2013-12-01"),
        joined("M-1", "2013-02-01", org="CHESS-CLUB"),
    )
    assert registered(ledger) == [
        {
            "org": "TROUPE",
            "teams": 3,
            "communities": 1,
            "members": 1,
            "stars": 1,
            "evidence": [fact_id(number) for number in (1, 2, 3, 4, 7, 8)],
        }
    ]
    assert [row["members"] for row in registered(ledger, "2013-02-28")] == [2]
    assert [row["members"] for row in registered(ledger, "2013-03-01")] == [1]


def test_an_organisation_is_listed_from_its_first_team_or_star_on() -> None:
    ledger = events(star("M-1", "2013-05-01", org="CHOIR"), team("T-1", "2013-06-01"))
    assert registered(ledger, "2013-04-30") == []
    assert [row["org"] for row in registered(ledger, "2013-05-01")] == ["CHOIR"]
    assert [row["org"] for row in registered(ledger, "2013-06-01")] == ["CHOIR", "TROUPE"]
