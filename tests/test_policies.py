"""制度: twenty-one forms, their defaults, and files that take their place."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from given import event_id, given
from pydantic import ValidationError

from xiyuan_ledger.aggregates.policy import PolicyAdopted
from xiyuan_ledger.errors import FileError, RuleBroken, ViewError
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.policies import SCHEMAS, adoptions, default_policies, load_policy

POLICIES = [
    "certificate-registration",
    "continuing-education",
    "counting",
    "cso-status",
    "exam-deadline",
    "exam-eligibility",
    "exam-reimbursement",
    "exam-rules",
    "four-plus-one",
    "fund-channels",
    "post-subsidy",
    "privacy",
    "project-eligibility",
    "record-timeliness",
    "recovery",
    "sampling",
    "scorecard",
    "service-cadence",
    "station-staffing",
    "training-cadence",
    "training-cost",
]


def test_every_policy_of_the_office_has_a_form_and_a_default_file() -> None:
    assert sorted(SCHEMAS) == POLICIES
    assert list(default_policies()) == POLICIES


def test_the_default_files_say_what_the_forms_default_to() -> None:
    for policy, entry in default_policies().items():
        assert SCHEMAS[policy].model_validate(entry["parameters"]) == SCHEMAS[policy](), policy


def test_defaults_are_those_that_were_agreed() -> None:
    found: dict[str, Any] = {p: schema().model_dump(mode="json", by_alias=True) for p, schema in SCHEMAS.items()}
    assert found["exam-rules"]["window_years"] == {"junior": 1, "intermediate": 2, "senior": 1}
    assert found["exam-deadline"] == {
        "years": 3,
        "basis": "exam_on",
        "from_eligibility": True,
        "requires_eligibility": False,
    }
    assert found["continuing-education"]["minutes"] == {"junior": 4320, "intermediate": 5400, "senior": 5400}
    assert found["post-subsidy"] == {
        "rates": {"junior": 10000, "intermediate": 20000, "senior": 30000},
        "start_rule": "registration_month",
        "on_post": "any_day",
        "requires_registration": True,
        "counts_purchased": False,
        "account": {"org": "XY-STREET", "channel": "government"},
    }
    assert found["cso-status"] == {"register": {"members": 50, "funds_fen": 3000000}, "file": {"members": 20}}
    assert [(p["programme"], p["min_count"], p["per"]) for p in found["training-cadence"]["programmes"]] == [
        ("continuing_education", 2, "month"),
        ("cso_leaders", 1, "quarter"),
        ("project_implementers", 1, "month"),
        ("residents", 1, "quarter"),
    ]
    assert found["fund-channels"] == {"mode": "block", "limits": []}


def test_the_weights_of_the_scorecard_sum_to_the_whole() -> None:
    card = SCHEMAS["scorecard"]().model_dump()
    assert [d["weight_centi"] for d in card["dimensions"]] == [1000, 1500, 2000, 2000, 2000, 1500]
    assert all(d["weight_centi"] == sum(i["weight_centi"] for i in d["indicators"]) for d in card["dimensions"])
    assert sum(card["parties"].values()) == 10000


@pytest.mark.parametrize(
    ("policy", "parameters"),
    [
        ("exam-rules", {"pass_mark": 60.0}),
        ("exam-rules", {"pass_mark": "60"}),
        ("exam-rules", {"pass_mark": 101}),
        ("post-subsidy", {"rates": {"junior": -1}}),
        ("post-subsidy", {"rates": {"expert": 1}}),
        ("fund-channels", {"mode": "stop"}),
        ("service-cadence", {"five_ones": {"project": "sunshine", "items": ["a", "b", "c", "d"]}}),
        ("scorecard", {"parties": {"third_party": 6001}}),
        ("scorecard", {"bands": [{"grade": "pass", "from_centi": 1}]}),
        ("scorecard", {"dimensions": [{"code": "A", "weight_centi": 10000, "indicators": []}]}),
    ],
)
def test_parameters_that_do_not_fit_are_refused(policy: str, parameters: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        SCHEMAS[policy].model_validate(parameters)


def test_what_is_left_out_takes_the_default() -> None:
    found = SCHEMAS["post-subsidy"].model_validate({"rates": {"junior": 5000}}).model_dump()
    assert found["rates"] == {"junior": 5000, "intermediate": 20000, "senior": 30000}


def test_version_one_of_every_policy_is_adopted_from_june_2012() -> None:
    facts = adoptions()
    assert [fact.policy for fact in facts] == POLICIES
    assert {(fact.version, fact.occurred_on, fact.effective_from) for fact in facts} == {
        (1, date(2012, 6, 1), date(2012, 6, 1))
    }
    assert all(fact.authority for fact in facts)
    given(*facts)


def written(tmp_path: Path, text: str, name: str = "p.toml") -> Path:
    path = tmp_path / name
    path.write_text(text, "utf-8")
    return path


SUBSIDY = 'policy = "post-subsidy"\neffective_from = 2013-01-01\nauthority = "notice 7"\n'


def test_a_file_takes_the_place_of_the_default_that_it_names(tmp_path: Path) -> None:
    path = written(tmp_path, SUBSIDY + "effective_to = 2014-01-01\n[parameters]\nrates = { junior = 5000 }\n")
    found = {fact.policy: fact for fact in adoptions([path])}
    assert len(found) == len(POLICIES)
    assert found["post-subsidy"] == PolicyAdopted(
        policy="post-subsidy",
        version=1,
        effective_from="2013-01-01",
        effective_to="2014-01-01",
        authority="notice 7",
        parameters={"rates": {"junior": 5000}},
        occurred_on="2013-01-01",
    )


@pytest.mark.parametrize(
    ("text", "code", "field"),
    [
        ("policy = ", "policy-file-syntax", None),
        ('policy = "post-subsidy"', "policy-file-missing-field", "effective_from"),
        (SUBSIDY + "version = 2\n", "policy-file-unknown-field", "version"),
        (SUBSIDY.replace("post-", "posts-"), "policy-file-unknown-policy", "policy"),
        (SUBSIDY + "[parameters]\nrate = 1\n", "policy-file-parameter", "parameters.rate"),
        (SUBSIDY + "[parameters.rates]\nexpert = 1\n", "policy-file-parameter", "parameters.rates.expert"),
        (SUBSIDY + "effective_to = 2013-01-01\n", "policy-file-interval", "effective_to"),
        (SUBSIDY.replace("2013-01-01", "3"), "policy-file-field", "effective_from"),
        (SUBSIDY.replace("2013-01-01", "2013-01-01T00:00:00"), "policy-file-field", "effective_from"),
    ],
)
def test_a_file_that_is_no_policy_is_refused_by_name(tmp_path: Path, text: str, code: str, field: str | None) -> None:
    path = written(tmp_path, text)
    with pytest.raises(FileError) as caught:
        adoptions([path])
    assert (caught.value.code, caught.value.field) == (code, field)
    assert str(path) in str(caught.value)


def test_a_file_that_is_missing_or_names_a_policy_again_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileError) as caught:
        load_policy(tmp_path / "none.toml")
    assert caught.value.code == "policy-file-unreadable"
    assert str(caught.value)
    with pytest.raises(FileError) as caught:
        adoptions([written(tmp_path, SUBSIDY), written(tmp_path, SUBSIDY, "q.toml")])
    assert caught.value.code == "policy-file-twice"
    assert str(caught.value)


def adopted(version: int = 1, **more: Any) -> PolicyAdopted:
    fields: dict[str, Any] = {
        "policy": "fund-channels",
        "version": version,
        "effective_from": "2013-01-01",
        "authority": "notice 7",
        "parameters": {},
        "occurred_on": "2013-01-01",
    }
    return PolicyAdopted(**fields | more)


@pytest.mark.parametrize(
    ("policy", "parameters", "english", "chinese"),
    [
        ("fund-channels", {"mood": "block"}, "no such parameter; known: mode", "没有此参数; 可用参数: mode"),
        ("exam-rules", {"pass_mark": "60"}, "it is '60', but must be a whole number", "现为 '60', 应为 整数"),
        (
            "post-subsidy",
            {"rates": {"expert": 1}},
            "known: junior, intermediate, senior",
            "可用参数: junior, intermediate, senior",
        ),
        ("scorecard", {"parties": {"third_party": 6001}}, "parties sum to 10001, not 10000", "权重之和为 10001"),
    ],
)
def test_parameters_are_refused_in_both_languages(
    policy: str, parameters: dict[str, Any], english: str, chinese: str, tmp_path: Path
) -> None:
    path = written(tmp_path, SUBSIDY.replace("post-subsidy", policy) + "[parameters]\n" + _toml(parameters))
    with pytest.raises(FileError) as of_file:
        load_policy(path)
    with Ledger.open("memory:", actor="clerk-7") as ledger:
        with pytest.raises(RuleBroken) as of_fact:
            ledger.record(adopted(policy=policy, version=2, parameters=parameters))
        with pytest.raises(ViewError) as of_view:
            ledger.view("policy_register", policies={policy: parameters})
    for error in (of_file.value, of_fact.value, of_view.value):
        assert english in error.message("en")
        assert chinese in error.message("zh")


def test_all_parameters_that_do_not_fit_are_told_at_once(tmp_path: Path) -> None:
    parameters = {"pass_mark": "60", "mood": "block"}
    path = written(
        tmp_path, SUBSIDY.replace("post-subsidy", "exam-rules") + '[parameters]\npass_mark = "60"\nmood = "block"\n'
    )
    with pytest.raises(FileError) as of_file:
        load_policy(path)
    with Ledger.open("memory:", actor="clerk-7") as ledger:
        with pytest.raises(RuleBroken) as of_fact:
            ledger.record(adopted(policy="exam-rules", version=2, parameters=parameters))
        with pytest.raises(ViewError) as of_view:
            ledger.view("policy_register", policies={"exam-rules": parameters})
    for error in (of_file.value, of_fact.value, of_view.value):
        assert "it is '60', but must be a whole number; mood: no such parameter" in error.message("en")
        assert "现为 '60', 应为 整数; mood: 没有此参数" in error.message("zh")


def test_of_very_many_parameters_that_do_not_fit_the_rest_is_counted() -> None:
    parameters = {f"wrong_{n:02d}": n for n in range(25)}
    with Ledger.open("memory:", actor="clerk-7") as ledger, pytest.raises(ViewError) as refused:
        ledger.view("policy_register", policies={"exam-rules": parameters})
    assert refused.value.message("en").endswith("; and 5 more")
    assert refused.value.message("zh").endswith("; 另有 5 处")


def _toml(parameters: dict[str, Any]) -> str:
    """Parameters of one or two levels."""
    (name, value), *_ = parameters.items()
    inside = ", ".join(f"{k} = {v}" for k, v in value.items()) if isinstance(value, dict) else ""
    return f"{name} = {{ {inside} }}\n" if inside else f'{name} = "{value}"\n'


def test_an_adoption_fits_its_policy() -> None:
    ledger = given()
    ledger.when(adopted(policy="fund-chanels")).refused("policy-unknown")
    ledger.when(adopted(version=2)).refused("policy-version")
    ledger.when(adopted(parameters={"mood": "block"})).refused("policy-parameters")
    ledger.when(adopted(effective_to="2013-01-01")).refused("policy-interval")
    ledger.when(adopted(effective_from="2012-12-31")).refused("policy-reaches-back")
    assert ledger.when(adopted(effective_from="2012-12-31", reason="decided then")).recorded
    ledger.when(adopted()).refused("policy-version")


def test_a_correction_keeps_the_number_of_the_version_that_it_corrects() -> None:
    ledger = given(adopted(), adopted(version=2, parameters={"mode": "warn"}))
    again = {"corrects": event_id(2), "reason": "as the paper says"}
    ledger.when(adopted(version=1, **again)).refused("policy-version-corrected")
    ledger.when(adopted(version=3, **again)).refused("policy-version-corrected")
    assert ledger.when(adopted(version=2, **again)).recorded


def test_a_version_holds_from_its_day_up_to_its_end() -> None:
    ledger = given(adopted(effective_to="2013-07-01", parameters={"mode": "warn"}))
    world = ledger.world
    assert world.parameters("fund-channels", on=date(2012, 12, 31)) is None
    assert world.parameters("fund-channels", on=date(2013, 1, 1)).mode == "warn"
    assert world.parameters("fund-channels", on=date(2013, 6, 30)).mode == "warn"
    assert world.parameters("fund-channels", on=date(2013, 7, 1)) is None
