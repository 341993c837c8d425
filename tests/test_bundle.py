"""Bundles: the same bytes whenever the same pin is exported, and a ledger to ask in them."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.proving import files_of, log_key, street_ledger
from xiyuan_ledger.errors import ProofError, StoreError
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.projections import parts
from xiyuan_ledger.projections.catalogue import definitions
from xiyuan_ledger.verification.checkpoint import checkpoint_of

DAY = "2013-06-30"


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    folder = tmp_path_factory.mktemp("street")
    log_key(folder / "proofs")
    with street_ledger(f"sqlite:///{folder / 'street.db'}", folder) as found:
        found.checkpoint()
        yield found


@pytest.fixture(scope="module")
def bundle(ledger: Ledger, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ledger.bundle(tmp_path_factory.mktemp("bundles") / "street", valid_on=DAY)


def test_every_view_and_every_event_is_the_same_in_a_bundle_as_in_its_ledger(ledger: Ledger, bundle: Path) -> None:
    with Ledger.open(f"bundle:{bundle}", journal=bundle.parent / "journal") as copy:
        assert (copy.name, copy.simulated, copy.head) == ("xiyuan", True, ledger.head)
        assert [e.event_id for e in copy.events()] == [e.event_id for e in ledger.events()]
        for name, each in definitions().items():
            if not each.required:
                assert copy.view(name, valid_on=DAY).to_json() == ledger.view(name, valid_on=DAY).to_json(), name
        assert copy.history("W-001").to_csv() == ledger.history("W-001").to_csv()
        assert copy.view("caseload", known_at="2013-01-15T00:00:00Z", valid_on=DAY).pin.known_at < ledger.head
        assert copy.stored_bytes(7) == ledger.stored_bytes(7)


def test_nothing_is_recorded_in_a_bundle(bundle: Path) -> None:
    with Ledger.open(f"bundle:{bundle}", actor="clerk-7") as copy, pytest.raises(StoreError) as refused:
        copy.record({"type": "PeriodClosed", "month": "2013-05", "approved_by": "head", "occurred_on": "2013-06-10"})
    assert refused.value.code == "bundle-read-only"
    assert "副本" in str(refused.value)


def test_a_zip_opens_as_its_folder_does_and_holds_the_same_files(ledger: Ledger, bundle: Path, tmp_path: Path) -> None:
    zipped = ledger.bundle(tmp_path / "street.zip", valid_on=DAY)
    again = ledger.bundle(tmp_path / "again.zip", valid_on=DAY)
    assert zipped.read_bytes() == again.read_bytes()
    with Ledger.open(f"bundle:{zipped}") as copy:
        assert copy.view("exam_funnel", valid_on=DAY).to_json() == ledger.view("exam_funnel", valid_on=DAY).to_json()


def test_the_same_pin_exported_from_another_store_is_the_same_bytes(
    bundle: Path, postgres_ledger_url: str, tmp_path: Path, ledger: Ledger
) -> None:
    (tmp_path / "proofs").mkdir()
    (tmp_path / "proofs" / "log.key").write_bytes((ledger.proofs.folder / "log.key").read_bytes())
    (tmp_path / "proofs" / "log.key").chmod(0o600)
    with street_ledger(postgres_ledger_url, tmp_path) as other:
        other.checkpoint()
        exported = other.bundle(tmp_path / "street", valid_on=DAY)
    assert files_of(exported) == files_of(bundle)


def test_what_a_bundle_claims_is_what_the_view_prints(ledger: Ledger, bundle: Path) -> None:
    claimed = files_of(bundle / "reports")
    views = sorted(name.removesuffix(".csv") for name in claimed if name.endswith(".csv"))
    assert {"four_plus_one", "evidence_index"} < set(views)
    for name in views:
        view = ledger.view(name, valid_on=DAY)
        assert claimed[f"{name}.json"].decode() == view.to_json()
        assert claimed[f"{name}.csv"].decode() == view.to_csv()


def test_what_a_bundle_claims_is_the_same_in_however_small_parts_it_is_computed(
    ledger: Ledger, bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "PART_VALUES", 1_000)
    assert files_of(ledger.bundle(tmp_path / "again", valid_on=DAY)) == files_of(bundle)


def test_the_same_facts_are_there_as_csv_with_a_dictionary_of_every_column(bundle: Path) -> None:
    flat = files_of(bundle / "flat")
    rows = list(csv.DictReader(flat["exam_passed.csv"].decode().splitlines()))
    assert rows[0]["recorded_at"].startswith("2012-")
    listed = {(row["table"], row["column"]) for row in csv.DictReader(flat["dictionary.csv"].decode().splitlines())}
    for name in flat.keys() - {"dictionary.csv"}:
        heading = next(csv.reader(flat[name].decode().splitlines()))
        assert {(name.removesuffix(".csv"), column) for column in heading} <= listed, name


def test_without_a_day_a_bundle_speaks_of_the_day_of_its_last_event(ledger: Ledger, tmp_path: Path) -> None:
    last = list(ledger.events())[-1].recorded_at
    ledger.bundle(tmp_path / "street")
    assert f'"valid_on":"{last.date()}"' in (tmp_path / "street" / "reports" / "index.json").read_text()


def test_a_bundle_is_never_written_over_what_is_there(ledger: Ledger, bundle: Path) -> None:
    with pytest.raises(ProofError) as refused:
        ledger.bundle(bundle)
    assert refused.value.code == "bundle-exists"


def test_a_ledger_without_a_checkpoint_has_no_bundle(tmp_path: Path) -> None:
    with Ledger.open("memory:", proofs=tmp_path / "proofs", actor="clerk-7") as ledger:
        with pytest.raises(ProofError) as refused:
            ledger.bundle(tmp_path / "bundle")
        assert refused.value.code == "checkpoint-none"
        with pytest.raises(ProofError) as missing:
            ledger.checkpoint()
        assert missing.value.code == "key-missing"
        assert str(missing.value)


def test_a_checkpoint_costs_what_is_new_and_is_the_same_from_a_cold_start(tmp_path: Path) -> None:
    log_key(tmp_path / "proofs")
    with street_ledger(f"sqlite:///{tmp_path / 'street.db'}", tmp_path) as ledger:
        note = ledger.checkpoint()
    with Ledger.open(f"sqlite:///{tmp_path / 'street.db'}", journal=tmp_path / "j", proofs=tmp_path / "proofs") as cold:
        assert cold.checkpoint().text == note.text
        assert checkpoint_of(note).simulated
        assert len(cold.proofs.tree.inclusion(1, cold.head)) == (cold.head - 1).bit_length()


def test_something_else_is_no_bundle(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.zip").write_text("no archive")
    for name in ("missing", "empty", "text.zip"):
        with pytest.raises(StoreError) as refused:
            Ledger.open(f"bundle:{tmp_path / name}")
        assert refused.value.code == "bundle-unreadable"
        assert str(refused.value)
