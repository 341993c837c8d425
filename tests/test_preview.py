"""影响预览: before a version of a policy is adopted, the office sees who changes, and how much money."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from xiyuan_ledger import Ledger, PolicyAdopted
from xiyuan_ledger.cli.commands import xiyuan
from xiyuan_ledger.errors import FileError
from xiyuan_ledger.projections.catalogue import definition
from xiyuan_ledger.projections.impact import views_reading

WORKERS = 12


@pytest.fixture
def street() -> Iterator[Ledger]:
    """Twelve workers on posts with a junior certificate, a thirteenth without."""
    with Ledger.open("memory:", actor="clerk-1", simulated=True) as ledger:
        ledger.record_all([entry | {"recorded_at": datetime(2013, 1, 1, tzinfo=UTC)} for entry in _story()])
        yield ledger


def _story() -> Iterator[dict[str, Any]]:
    yield {"type": "OrganizationRegistered", "org": "XY", "kind": "street", "name": "XY", "occurred_on": "2012-06-01"}
    post = {"post": "P", "org": "XY", "title": "社工", "professional": False, "capacity": 20}
    yield {"type": "PostEstablished", "occurred_on": "2012-06-01"} | post
    for n in range(1, WORKERS + 2):
        worker = f"W-{n:02d}"
        hired = {"worker": worker, "employer": "XY", "employment": "street"}
        yield {"type": "WorkerHired", "occurred_on": "2012-06-01"} | hired
        yield {"type": "PostFilled", "post": "P", "worker": worker, "occurred_on": "2012-06-01"}
        if n <= WORKERS:
            sat = {"worker": worker, "level": "junior", "year": 2012, "exam_on": "2012-06-16"}
            yield {"type": "ExamRegistered", "occurred_on": "2012-06-05"} | sat
            yield {"type": "ExamPassed", "results_on": "2012-08-20", "occurred_on": "2012-08-20"} | sat
            paper = {"certificate": f"J-{n}", "valid_from": "2012-11-01", "valid_to": "2015-10-31", "renewal": False}
            yield {
                "type": "CertificateRegistered",
                "worker": worker,
                "level": "junior",
                "occurred_on": "2012-11-05",
            } | paper


def version(policy: str, effective_from: str, **parameters: Any) -> PolicyAdopted:
    fields = {"policy": policy, "version": 2, "effective_from": effective_from, "authority": "draft"}
    return PolicyAdopted.from_entry(fields | {"parameters": parameters, "occurred_on": effective_from})


def rates(effective_from: str, junior: int) -> PolicyAdopted:
    return version("post-subsidy", effective_from, rates={"junior": junior, "intermediate": 20000, "senior": 30000})


def test_twelve_people_change_and_the_money_is_summed(street: Ledger) -> None:
    found = street.preview(rates("2013-01-01", 15000), valid_on="2013-02-28")
    assert found.views == ("fund_statement", "recovery_register", "subsidy_due"), "the rule names the paying account"
    assert len(found.people) == WORKERS
    assert found.money == {"subsidy_due.due_fen": 12 * 2 * 5000, "subsidy_due.delta_fen": 12 * 2 * 5000}


def test_a_changed_amount_stands_there_before_and_after_with_what_it_rests_on(street: Ledger) -> None:
    found = street.preview(rates("2013-02-01", 15000), valid_on="2013-02-28")
    first = next(row for row in found.rows if row["column"] == "due_fen")
    assert len(first.pop("evidence")) == 4
    assert first == {
        "view": "subsidy_due",
        "person": "W-01",
        "row": ["W-01", "post-subsidy", "2013-02"],
        "change": "changed",
        "column": "due_fen",
        "before": None,
        "after": None,
        "before_fen": 10000,
        "after_fen": 15000,
        "delta_fen": 5000,
    }


@pytest.mark.parametrize(
    ("valid_on", "people"), [("2015-05-31", 0), ("2015-06-01", 0), ("2015-06-02", 1), ("2015-06-03", 1)]
)
def test_a_deadline_a_year_later_changes_a_status_from_the_day_after_the_old_one(
    street: Ledger, valid_on: str, people: int
) -> None:
    found = street.preview(version("exam-deadline", "2012-06-01", years=4), valid_on=valid_on)
    statuses = [(row["person"], row["before"], row["after"]) for row in found.rows if row["column"] == "status"]
    assert statuses == [("W-13", "missed", "running")] * people


@pytest.mark.parametrize(("valid_on", "people"), [("2013-06-29", 0), ("2013-06-30", 0), ("2013-07-01", 12)])
def test_a_version_changes_nothing_before_the_day_on_which_it_takes_effect(
    street: Ledger, valid_on: str, people: int
) -> None:
    assert len(street.preview(rates("2013-07-01", 15000), valid_on=valid_on).people) == people


def test_a_preview_is_about_the_day_on_which_a_version_takes_effect_where_that_is_to_come(street: Ledger) -> None:
    found = street.preview(rates("2999-07-01", 15000))
    assert found.view.pin.valid_on.isoformat() == "2999-07-01"
    assert found.people == ()


def test_who_loses_a_place_is_a_row_that_goes(street: Ledger) -> None:
    found = street.preview(version("post-subsidy", "2012-06-01", start_rule="next_month"), valid_on="2012-11-30")
    assert {(row["person"], row["change"]) for row in found.rows} == {(f"W-{n:02d}", "removed") for n in range(1, 13)}
    assert found.money["subsidy_due.due_fen"] == -12 * 10000


@pytest.mark.parametrize(
    "adoption",
    [
        rates("2013-01-01", 15000),
        version("post-subsidy", "2013-01-01", start_rule="pass_month"),
        version("exam-deadline", "2012-06-01", years=2, basis="results_on"),
        version("training-cadence", "2012-06-01", programmes=[]),
        version("certificate-registration", "2012-06-01", first_within_months=1),
    ],
)
def test_what_a_preview_foretells_comes_true_when_the_version_is_adopted(
    street: Ledger, adoption: PolicyAdopted
) -> None:
    head = street.head
    foretold = street.preview(adoption, valid_on="2015-06-02")
    street.record(adoption.model_copy(update={"reason": "decided", "recorded_at": datetime(2016, 1, 1, tzinfo=UTC)}))
    for name in foretold.views:
        view = definition(name)
        before = street.view(name, valid_on="2015-06-02", known_at=head).rows
        after = street.view(name, valid_on="2015-06-02").rows
        changed = {tuple(str(row[key]) for key in view.sort) for row in _unlike(before, after) + _unlike(after, before)}
        assert changed == {tuple(row["row"]) for row in foretold.rows if row["view"] == name}, name


def _unlike(rows: list[dict[str, Any]], others: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows that the others do not have, whatever proves them and by which version."""

    def plain(row: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in row.items() if name != "evidence" and not name.endswith("version")}

    known = [plain(row) for row in others]
    return [row for row in rows if plain(row) not in known]


def test_nothing_is_recorded_by_a_preview(street: Ledger) -> None:
    head = street.head
    street.preview(rates("2013-01-01", 15000), valid_on="2013-02-28")
    assert street.head == head


def test_a_preview_can_be_had_as_things_were_known(street: Ledger) -> None:
    assert street.preview(rates("2013-01-01", 15000), valid_on="2013-02-28", known_at=21).people == ()


def test_a_policy_that_decides_on_entries_only_is_read_by_no_view(street: Ledger) -> None:
    assert views_reading("training-cost") == ()
    assert street.preview(version("training-cost", "2013-01-01", payer_kinds=["street"])).views == ()


def test_a_policy_read_through_a_shared_relation_is_found() -> None:
    assert "policy_training_cadence" not in definition("conflicts").sql
    assert "conflicts" in {view.name for view in views_reading("training-cadence")}


def test_a_policy_file_with_an_unknown_parameter_is_refused(street: Ledger, tmp_path: Path) -> None:
    file = tmp_path / "draft.toml"
    file.write_text('policy = "exam-deadline"\neffective_from = 2013-01-01\nauthority = "x"\n[parameters]\nyear = 3\n')
    with pytest.raises(FileError) as refused:
        street.preview(file)
    assert (refused.value.code, refused.value.field) == ("policy-file-parameter", "parameters.year")


def test_the_command_says_who_changes_and_how_much_in_words(tmp_path: Path) -> None:
    ledger, draft = f"sqlite:///{tmp_path / 'street.db'}", tmp_path / "draft.toml"
    with Ledger.open(ledger, actor="clerk-1", create=True) as office:
        office.record_all(_story())
    draft.write_text(
        'policy = "post-subsidy"\neffective_from = 2013-02-01\nauthority = "draft"\n'
        "[parameters]\nrates = { junior = 15000, intermediate = 20000, senior = 30000 }\n"
    )
    asked = ["preview", str(draft), "--valid-on", "2013-02-28", "--ledger", ledger, "--lang"]
    told = CliRunner().invoke(xiyuan, [*asked, "zh"])
    assert told.exit_code == 0
    assert told.stderr.splitlines() == [
        "12 人有变化, 共 12 行; 未登记任何内容",
        "应发岗位津贴 · 应发: 600.00 元",
        "应发岗位津贴 · 差额: 600.00 元",
    ]
    said = CliRunner().invoke(xiyuan, [*asked, "en", "--format", "csv"])
    first = said.stdout.splitlines()[1]
    assert first.startswith("subsidy_due,W-01,W-01;post-subsidy;2013-02,changed,due_fen,,,10000,15000,5000,")
    unread = draft.with_name("cost.toml")
    unread.write_text('policy = "training-cost"\neffective_from = 2013-02-01\nauthority = "draft"\n')
    told = CliRunner().invoke(xiyuan, ["preview", str(unread), "--ledger", ledger, "--lang", "zh"])
    assert told.stderr == "没有视图读取这项制度: 它只决定新条目能否登记\n"
