"""Why a figure is what it is, and what it would be under another rule: the pages say what the command line says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.evaluated_street import project_of_40
from tests.pages_served import Served, links_of, running, text_of
from tests.street_office import Office
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.money import yuan
from xiyuan_ledger.payouts.explaining import explain
from xiyuan_ledger.policies import SCHEMAS
from xiyuan_ledger.projections.impact import views_reading
from xiyuan_ledger.projections.vocabulary import vocabularies
from xiyuan_ledger.web.explaining import AMOUNTS
from xiyuan_ledger.web.leaves import leaves_of
from xiyuan_ledger.web.serving import server

DAY = "2013-12-31"
PIN = {"valid_on": DAY, "known_at": "19761"}
SUPPOSED = """
policy = "post-subsidy"
effective_from = 2013-12-01
authority = "what if"

[parameters]
rates = { junior = 20000, intermediate = 24000, senior = 30000 }
start_rule = "registration_month"
on_post = "any_day"
requires_registration = true
counts_purchased = false
account = { org = "XY-STREET", channel = "government" }
"""


@pytest.fixture(scope="module")
def reader(served: Served) -> Iterator[httpx.Client]:
    with served.reader() as client:
        yield client


def test_a_line_is_explained_as_the_library_explains_it(served: Served, reader: httpx.Client) -> None:
    for worker, month in (("W-001", "2012-06"), ("W-005", "2013-12"), ("W-003", "2013-03")):
        asked = {**PIN, "worker": worker, "scheme": "post-subsidy", "month": month, "lang": "en"}
        page = reader.get("/explain", params=asked)
        said = text_of(page)
        found = explain(served.ledger, f"{worker}/post-subsidy/{month}", valid_on=DAY, known_at=19761)
        for _, step in found.steps():
            assert step.words("en") in said or step.what in ("fact", "before", "month")
            if step.what in AMOUNTS and isinstance(step.value, int):
                assert yuan(step.value) in said
            assert all(f"/events/{each}?" in page.text for each in step.event_ids[:8])


def test_every_line_of_a_payout_leads_to_its_reasons(reader: httpx.Client) -> None:
    page = reader.get("/views/subsidy_due", params={**PIN, "is.worker": "W-001", "sort": "month", "rows": "25"})
    (row, *_) = [link for link in links_of(page) if "/rows/" in link]
    (why,) = [link for link in links_of(reader.get(row)) if link.startswith("/explain")]
    assert why == "/explain?known_at=19761&valid_on=2013-12-31&worker=W-001&scheme=post-subsidy&month=2012-06"
    assert reader.get(why).status_code == 200


def test_a_row_names_the_rules_that_its_view_reads(reader: httpx.Client) -> None:
    said = text_of(reader.get("/views/subsidy_due/rows/0", params={**PIN, "lang": "en"}))
    assert "By which rules" in said
    assert "Version 2, in force · from 2013-12-01" in said


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"worker": "W-001", "scheme": "gifts", "month": "2013-01"}, "line-form"),
        ({"worker": "W/1", "scheme": "post-subsidy", "month": "2013-01"}, "line-form"),
    ],
)
def test_what_is_no_line_is_said_to_be_none(asked: dict[str, str], code: str, reader: httpx.Client) -> None:
    page = reader.get("/explain", params=asked)
    assert (page.status_code, f"<code>{code}</code>" in page.text) == (400, True)


def test_a_rule_supposed_changes_what_the_preview_says_it_changes(
    served: Served, reader: httpx.Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = Office(tmp_path, monkeypatch)
    (tmp_path / "supposed.toml").write_text(SUPPOSED, "utf-8")
    options = ("--valid-on", DAY, "--known-at", "19761", "--ledger", served.url)
    office.done("preview", "supposed.toml", *options, "--format", "csv", "--out", "cli.csv")
    asked = {**PIN, "policy": "post-subsidy", "set.rates.junior": "20000", "lang": "en"}
    taken = reader.get("/what-if", params={**asked, "form": "csv"})
    assert taken.content == (tmp_path / "cli.csv").read_bytes()
    assert taken.content.decode().count("\n") == 59
    said = text_of(reader.get("/what-if", params=asked))
    assert "People concerned 29 Rows that change 29 Subsidies due · Due +2,320.00" in said
    assert served.ledger.head == 19761


def test_a_rule_supposed_of_no_money_changes_dates(reader: httpx.Client) -> None:
    asked = {**PIN, "policy": "exam-deadline", "set.years": "1", "lang": "en"}
    said = text_of(reader.get("/what-if", params=asked))
    assert "Exam deadlines W-009 W-009 changed Deadline 2015-06-01 2013-06-01" in said


def test_a_rule_as_it_is_changes_nothing(reader: httpx.Client) -> None:
    asked = {**PIN, "policy": "post-subsidy", "set.rates.junior": "12000", "lang": "en"}
    assert "Nothing would change at this pin." in text_of(reader.get("/what-if", params=asked))


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"policy": "exam-rules"}, "policy-unknown"),
        ({"policy": "post-subsidy", "set.rates.junior": "many"}, "policy-value"),
        ({"policy": "post-subsidy", "set.rates.chief": "1"}, "policy-field"),
        ({"policy": "post-subsidy", "set.start_rule": "whenever"}, "policy-parameters"),
        ({"policy": "post-subsidy", "set.rates.junior": "1", "effective_from": "soon"}, "day-form"),
        ({"policy": "post-subsidy", "valid_on": "1999-01-01"}, "what-if-none"),
    ],
)
def test_what_cannot_be_supposed_is_said(asked: dict[str, str], code: str, reader: httpx.Client) -> None:
    page = reader.get("/what-if", params={**PIN, **asked})
    assert (page.status_code, f"<code>{code}</code>" in page.text) == (400, True)


def test_every_policy_that_a_view_reads_has_its_form(reader: httpx.Client) -> None:
    chosen = reader.get("/what-if", params=PIN).text.count("<option value=")
    assert chosen == 13
    for policy in ("exam-deadline", "training-cadence", "service-cadence", "scorecard", "four-plus-one", "counting"):
        page = reader.get("/what-if", params={**PIN, "policy": policy})
        assert page.status_code == 200
        assert 'name="set.' in page.text or "xiyuan preview" in page.text


def test_every_parameter_and_choice_is_said_in_words() -> None:
    known = {name: vocabularies()[name].keys() for name in ("parameter", "parameter_value")}
    leaves = [
        leaf
        for policy, schema in SCHEMAS.items()
        if views_reading(policy) and policy != "scorecard"
        for leaf in leaves_of(schema, schema().model_dump(mode="json", by_alias=True))
    ]
    assert {each for leaf in leaves for each in leaf.path if isinstance(each, str)} - known["parameter"] == set()
    wordless = {code for leaf in leaves for code in leaf.choices if leaf.choice(code, "zh") == code}
    assert wordless == set()


def privacy(roles: dict[str, list[str]]) -> dict[str, Any]:
    adopted = {"type": "PolicyAdopted", "policy": "privacy", "version": 2, "effective_from": "2012-07-01"}
    return {**adopted, "authority": "street", "parameters": {"roles": roles}, "occurred_on": "2012-06-02"}


@pytest.mark.parametrize(
    ("views", "explained", "supposed"),
    [
        (["subsidy_due"], 403, 403),
        (["subsidy_due", "policy_register"], 200, 200),
        (["policy_register"], 403, 200),
    ],
)
def test_reasons_are_told_only_to_who_may_see_all_that_they_tell(
    views: list[str], explained: int, supposed: int
) -> None:
    with Ledger.open("memory:", actor="clerk-1") as ledger:
        ledger.record(privacy({"some": views}))
        with (
            running(lambda: server(ledger, host="127.0.0.1", port=0, role="some")) as where,
            Served(ledger, where, "memory:").reader() as client,
        ):
            asked = {"worker": "W-1", "scheme": "post-subsidy", "month": "2013-01"}
            assert client.get("/explain", params=asked).status_code == explained
            assert client.get("/what-if").status_code == supposed
            refused = client.get("/what-if", params={"policy": "four-plus-one"})
            assert refused.status_code == (400 if supposed == 200 else 403)


@pytest.mark.parametrize(
    ("views", "told"), [(["policy_register", "conflicts"], 0), (["policy_register", "training_cadence"], 26)]
)
def test_what_a_rule_supposed_would_change_is_told_for_views_in_scope_alone(views: list[str], told: int) -> None:
    with Ledger.open("memory:", actor="clerk-1") as ledger:
        ledger.record(privacy({"some": views}))
        ledger.record_all(project_of_40())
        with (
            running(lambda: server(ledger, host="127.0.0.1", port=0, role="some")) as where,
            Served(ledger, where, "memory:").reader() as client,
        ):
            asked = {"policy": "training-cadence", "valid_on": "2013-06-30", "set.programmes.0.min_count": "9"}
            taken = client.get("/what-if", params={**asked, "form": "csv"})
            assert (taken.status_code, taken.text.count("\n") - 1) == (200, told)
