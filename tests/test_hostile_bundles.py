"""Bundles by somebody who holds the log's key and means harm: each is found out and named, and none is followed."""

from __future__ import annotations

import os
import shutil
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.forging import (
    ORIGIN,
    bundle_of,
    each_file,
    entries_of,
    honest_facts,
    little_bundle,
    policy_text,
    reseal,
    signed,
)
from tests.proving import log_key
from xiyuan_ledger.aggregates.client import ClientRegistered, PersonalDataErased
from xiyuan_ledger.canonical import dumps, loads
from xiyuan_ledger.cli.commands import xiyuan
from xiyuan_ledger.errors import ProofError
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.note import Note, PrivateKey
from xiyuan_ledger.recording.sealing import Sealing
from xiyuan_ledger.verification import desk
from xiyuan_ledger.verification.checkpoint import Checkpoint
from xiyuan_ledger.verification.claims import Claim
from xiyuan_ledger.verification.files import write_zip
from xiyuan_ledger.verification.policy import Policy
from xiyuan_ledger.verification.verifying import verify

KEY = PrivateKey.new(ORIGIN)


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return little_bundle(honest_facts()[:6], KEY, tmp_path_factory.mktemp("honest"))


@pytest.fixture
def bundle(honest: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("policy.txt").write_text(policy_text(KEY.public()))
    return Path(shutil.copytree(honest, tmp_path / "bundle"))


def verified(path: Path | str) -> Result:
    """What `xiyuan verify` answers, in English; it never ends in a traceback."""
    asked = ["verify", str(path), "--policy", "policy.txt"]
    answer = CliRunner().invoke(xiyuan, asked, env={"XIYUAN_LANG": "en"})
    assert answer.exception is None or isinstance(answer.exception, SystemExit), answer.exception
    return answer


def resigned(bundle: Path, size: int) -> None:
    """A checkpoint that says another size, signed, with README and manifest that fit."""
    note = Note.parse((bundle / "checkpoint").read_bytes())
    text = Checkpoint(ORIGIN, size, Checkpoint.parse(note.text).root, simulated=True).text()
    reseal(bundle, Note(text, (KEY.sign(text.encode()),)))


def entry_bundle(bundle: Path) -> Path:
    return next((bundle / "tile" / "entries" / "000.p").iterdir())


def link_out(bundle: Path) -> None:
    (bundle / "reports" / "fund_statement.csv").unlink()
    (bundle / "reports" / "fund_statement.csv").symlink_to("/etc/hostname")


def link_to_itself(bundle: Path) -> None:
    (bundle / "again").symlink_to(bundle)


def endless_device(bundle: Path) -> None:
    path = entry_bundle(bundle)
    path.unlink()
    path.symlink_to("/dev/zero")


def pipe(bundle: Path) -> None:
    os.mkfifo(bundle / "flat" / "more.csv")


def pipe_for_checkpoint(bundle: Path) -> None:
    put_pipe(bundle / "checkpoint")


def pipe_for_entries(bundle: Path) -> None:
    put_pipe(entry_bundle(bundle))


def pipe_for_readme(bundle: Path) -> None:
    put_pipe(bundle / "README.md")


def pipe_for_columns(bundle: Path) -> None:
    put_pipe(next((bundle / "journal").rglob("*.parquet")))


def put_pipe(path: Path) -> None:
    """Whoever opens a pipe to read waits until somebody writes."""
    path.unlink()
    os.mkfifo(path)


def name_in_no_letters(bundle: Path) -> None:
    (bundle / os.fsdecode(b"\xff\xfe")).write_bytes(b"")


def name_that_moves_the_cursor(bundle: Path) -> None:
    (bundle / "\x1b[2Kall is well").write_bytes(b"")


def long_file(bundle: Path) -> None:
    with entry_bundle(bundle).open("r+b") as file:
        file.truncate(300 << 20)


def missing_checkpoint(bundle: Path) -> None:
    (bundle / "checkpoint").unlink()


def binary_checkpoint(bundle: Path) -> None:
    (bundle / "checkpoint").write_bytes(b"\x00\xff" * 400)


def missing_entries(bundle: Path) -> None:
    shutil.rmtree(bundle / "tile" / "entries")


def folder_for_a_file(bundle: Path) -> None:
    path = entry_bundle(bundle)
    path.unlink()
    path.mkdir()


def endless_size(bundle: Path) -> None:
    resigned(bundle, 10**17)


def deep_index(bundle: Path) -> None:
    (bundle / "reports" / "index.json").write_bytes(b"[" * 100_000 + b"]" * 100_000)


def claims_of_nothing(bundle: Path) -> None:
    (bundle / "reports" / "index.json").write_bytes(b'{"views":[]}')


def claims_at_no_day(bundle: Path) -> None:
    path = bundle / "reports" / "index.json"
    path.write_bytes(path.read_bytes().replace(b'"valid_on":"2013', b'"valid_on":"0000'))


def deep_disclosure(bundle: Path) -> None:
    (bundle / "disclosures").mkdir()
    deep = '{"\U0001f600":' * 900 + "1" + "}" * 900
    (bundle / "disclosures" / "a.json").write_text(deep, "utf-8")


def journal_of_zeros(bundle: Path) -> None:
    next((bundle / "journal").rglob("*.parquet")).write_bytes(bytes(4_096))


def entries_of_zeros(bundle: Path) -> None:
    entry_bundle(bundle).write_bytes(bytes(1_000))


FOUND: dict[Callable[[Path], None], str] = {
    link_out: "is no plain file",
    link_to_itself: "is no plain file",
    endless_device: "is no plain file",
    pipe: "is no plain file",
    pipe_for_checkpoint: "is no plain file",
    pipe_for_entries: "is no plain file",
    pipe_for_readme: "is no plain file",
    pipe_for_columns: "is no plain file",
    name_in_no_letters: "is no plain file",
    name_that_moves_the_cursor: "is no plain file",
    long_file: "is no plain file",
    missing_checkpoint: "lacks checkpoint",
    binary_checkpoint: "note",
    missing_entries: "lacks tile/entries",
    folder_for_a_file: "lacks tile/entries",
    endless_size: "lacks tile/",
    deep_index: "index.json",
    claims_of_nothing: "index.json",
    claims_at_no_day: "index.json",
    deep_disclosure: "form",
    journal_of_zeros: "does not hold the events",
    entries_of_zeros: "tile/entries",
}


@pytest.mark.parametrize("harm", FOUND, ids=lambda harm: harm.__name__)
def test_what_a_hostile_office_puts_in_is_named_and_not_followed(bundle: Path, harm: Callable[[Path], None]) -> None:
    harm(bundle)
    answer = verified(bundle)
    assert answer.exit_code == 1, answer.output
    assert FOUND[harm] in answer.output
    assert "\x1b" not in answer.output


NO_PIN: list[tuple[str, list[object], str]] = [
    ("valid_on", ["0001-01-01", "9999-12-31", "1700-02-28", "2200-01-01"], "claims-day"),
    ("valid_on", ["60000-01-01", "tomorrow", 7, None, [], "2013-02-30"], "claims-form"),
    ("from", ["9999-12-31", "0001-01-01"], "claims-day"),
    ("to", ["2013-1-1", 20130101, True], "claims-form"),
    ("known_at", [0, -1, 2**53 - 1], "claims-pin"),
    ("known_at", ["7", "2013-01-01", None, 1.5, True, [], {}], "claims-form"),
]


@pytest.mark.parametrize(("name", "said", "code"), [(name, each, code) for name, all_, code in NO_PIN for each in all_])
def test_claims_at_no_day_or_place_that_a_street_could_mean_are_refused(
    bundle: Path, name: str, said: object, code: str
) -> None:
    path = bundle / "reports" / "index.json"
    path.write_bytes(dumps({**loads(path.read_bytes()), name: said}))
    reseal(bundle, Note.parse((bundle / "checkpoint").read_bytes()))
    found = verify(bundle, Policy.read(Path("policy.txt")))
    assert [fault.code for check in found.checks for fault in check.faults] == [code]


def test_a_bundle_is_not_made_for_such_a_day_either(tmp_path: Path) -> None:
    log_key(tmp_path / "proofs")
    with Ledger.open("memory:", actor="clerk-1", proofs=tmp_path / "proofs") as ledger:
        ledger.checkpoint()
        with pytest.raises(ProofError) as refused:
            ledger.bundle(tmp_path / "bundle", valid_on="9999-12-31")
    assert refused.value.code == "claims-day"
    assert not (tmp_path / "bundle").exists()


def test_views_that_a_bundle_hands_in_no_figures_of_are_listed(bundle: Path) -> None:
    """One view is claimed; the check passes, and says what it did not look at."""
    found = verify(bundle, Policy.read(Path("policy.txt")))
    assert found.passed
    why = {each.view: each.why for each in found.unclaimed}
    assert "fund_statement" not in why
    assert (why["conflicts"], why["settlement"], why["journal"]) == ("left-out", "argument", "columns")
    shown = verified(bundle).output
    assert "views not claimed" in shown
    assert "left out: " in shown


@pytest.mark.parametrize("name", [".DS_Store", "Thumbs.db", "reports/desktop.ini"])
def test_what_a_copying_computer_leaves_behind_is_named_and_may_be_taken_out(bundle: Path, name: str) -> None:
    (bundle / name).write_bytes(b"left behind")
    answer = verified(bundle)
    assert answer.exit_code == 1
    assert f"MANIFEST.json lists: {name}" in answer.output
    assert "hint[bundle-stranger]: take it out and verify again if your own computer put it there" in answer.output
    (bundle / name).unlink()
    assert verified(bundle).exit_code == 0


def test_ends_of_lines_that_a_copying_program_changed_are_shown(bundle: Path) -> None:
    path = bundle / "reports" / "fund_statement.csv"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    answer = verified(bundle)
    assert answer.exit_code == 1
    assert "\\r…, computed" in answer.output
    assert "changed the ends of lines" in answer.output


def test_the_files_that_the_manifest_lists_otherwise_are_named_and_counted(bundle: Path) -> None:
    reports = sorted((bundle / "reports").iterdir())
    for number in range(8):
        (bundle / "reports" / f"{number}.csv").write_bytes(b"")
    reports[0].unlink()
    (fault,) = verify(bundle, Policy.read(Path("policy.txt"))).checks[0].faults
    assert fault.code == "manifest-lists"
    assert fault.values["found"] == ", ".join(f"reports/{number}.csv" for number in range(5)) + " … +4"


@pytest.mark.parametrize("manifest", [b'{"files":[]}', b'{"format":"2"}'])
def test_a_manifest_without_files_lists_none(bundle: Path, manifest: bytes) -> None:
    (bundle / "MANIFEST.json").write_bytes(manifest)
    (fault,) = verify(bundle, Policy.read(Path("policy.txt"))).checks[0].faults
    assert (fault.code, fault.values["found"].partition(",")[0]) == ("manifest-lists", "README.md")


@pytest.mark.parametrize("manifest", [b"", b"{", b"[]", b"[" * 9_999])
def test_a_manifest_that_lists_nothing_is_a_fault_and_no_crash(bundle: Path, manifest: bytes) -> None:
    (bundle / "MANIFEST.json").write_bytes(manifest)
    found = verify(bundle, Policy.read(Path("policy.txt")))
    assert [(check.name, fault.code) for check in found.checks for fault in check.faults] == [
        ("manifest", "manifest-differs")
    ]


def test_a_bundle_of_a_later_format_could_not_be_checked(bundle: Path) -> None:
    path = bundle / "MANIFEST.json"
    path.write_bytes(dumps({**loads(path.read_bytes()), "format": 2}))
    answer = verified(bundle)
    assert answer.exit_code == 2
    assert "error[bundle-newer]: the bundle is of format 2, this version reads up to 1" in answer.output


def test_a_zip_that_unpacks_to_far_more_than_it_is_is_not_unpacked(bundle: Path) -> None:
    with zipfile.ZipFile("bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("checkpoint", bytes(64 << 20))
    assert verified("bomb.zip").exit_code == 1


def test_a_zip_that_holds_a_name_twice_is_two_bundles_and_none(bundle: Path) -> None:
    write_zip(bundle, Path("twice.zip"))
    with zipfile.ZipFile("twice.zip", "a") as archive, warnings.catch_warnings(action="ignore"):
        archive.writestr("README.md", "all is well")
    assert verified("twice.zip").exit_code == 1


@pytest.mark.parametrize(
    "name", ["./README.md", "../README.md", "/README.md", "a//b", "reports\\more.csv", "readme.MD"]
)
def test_a_zip_with_names_that_two_programs_unpack_to_two_bundles_is_none(bundle: Path, name: str) -> None:
    """The honest file comes last, and would be the one that is looked at."""
    with zipfile.ZipFile("twice.zip", "w") as archive:
        archive.writestr(name, "all is well")
        for path in each_file(bundle):
            archive.write(path, path.relative_to(bundle).as_posix())
    answer = verified("twice.zip")
    assert answer.exit_code == 1
    assert "error[bundle-zip-names]" in answer.output


def test_a_checkpoint_that_cannot_be_remembered_is_said_to_be_so(bundle: Path) -> None:
    asked = ["verify", "bundle", "--policy", "policy.txt", "--remember", "policy.txt/last"]
    answer = CliRunner().invoke(xiyuan, asked, env={"XIYUAN_LANG": "en"})
    assert answer.exit_code == 2
    assert "error[remember-unwritable]: the bundle holds, but" in answer.output


def test_a_zip_that_was_packed_again_by_another_program_is_verified(bundle: Path) -> None:
    shutil.make_archive("again", "zip", bundle)
    assert verified("again.zip").exit_code == 0


def test_what_is_no_bundle_could_not_be_checked_or_is_none(bundle: Path) -> None:
    Path("notes.zip").write_bytes(b"\x00" * 99)
    Path("empty").mkdir()
    assert verified("notes.zip").exit_code == 1
    assert verified("empty").exit_code == 1
    assert verified("nowhere").exit_code == 2


def test_two_bundles_of_one_pin_cannot_both_be_remembered(bundle: Path, tmp_path: Path) -> None:
    facts = honest_facts()[:6]
    other = [*facts[:-1], facts[-1].model_copy(update={"amount_fen": 1})]
    second = little_bundle(other, KEY, tmp_path / "second")
    assert (verified("bundle").exit_code, verified(str(second)).exit_code) == (0, 0)
    since = Note.parse((bundle / "checkpoint").read_bytes())
    found = verify(second, Policy.read(Path("policy.txt")), since=since)
    assert [fault.code for check in found.checks for fault in check.faults] == ["since-fork"]


def test_personal_data_committed_to_after_their_erasure_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The software refuses that, so its refusal is taken out, as a hostile office would."""
    monkeypatch.setattr(Sealing, "sealed", lambda self, facts, *, atomic: list(facts))
    monkeypatch.setattr(desk, "claims_at", lambda pin: [Claim("accesses", pin)])
    told = {"actor": "clerk-1", "recorded_at": "2013-01-08T01:00:00Z"}
    first = ClientRegistered(
        client="C-1", sensitivity="normal", occurred_on="2013-01-07", commitments=("a" * 64,), **told
    )
    entries = entries_of([first], tmp_path / "draft")
    number = entries[-1].split(b'"event_id":"')[1][:36].decode()
    erased = PersonalDataErased(
        subject="C-1", basis="consent_withdrawn", approved_by="director-1", occurred_on="2013-01-08", **told
    )
    again = first.model_copy(update={"corrects": number, "reason": "as asked", "commitments": ("b" * 64,)})
    entries = entries_of([first, erased, again], tmp_path / "proofs")
    forged = bundle_of(entries, signed(entries, KEY), tmp_path / "forged")
    found = verify(forged, Policy.parse(policy_text(KEY.public())))
    assert [(fault.code, fault.values["position"]) for check in found.checks for fault in check.faults] == [
        ("committed-after-erasure", len(entries))
    ]
