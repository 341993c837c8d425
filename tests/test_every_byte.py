"""One bit flipped at every offset of a small bundle: each is caught, and none makes anything crash.

The manifest sees every one. Whoever makes the manifest fit again meets the check of what the byte belongs to; the bytes
of a Parquet file that say nothing of its rows are the manifest's alone.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.forging import ORIGIN, each_file, honest_facts, little_bundle, policy_text
from xiyuan_ledger.errors import ProofError
from xiyuan_ledger.journal.reading import Span
from xiyuan_ledger.note import Note, PrivateKey
from xiyuan_ledger.verification.checkpoint import checkpoint_of
from xiyuan_ledger.verification.claims import Claim, claims_of
from xiyuan_ledger.verification.files import BundleFiles, manifest_bytes
from xiyuan_ledger.verification.holding import holds
from xiyuan_ledger.verification.policy import Policy
from xiyuan_ledger.verification.seals import signature_faults
from xiyuan_ledger.verification.span import check_bytes
from xiyuan_ledger.verification.writing import manifest_head

KEY = PrivateKey.new(ORIGIN)
POLICY = Policy.parse(policy_text(KEY.public()))


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return little_bundle(honest_facts()[:4], KEY, tmp_path_factory.mktemp("honest"))


def flips(path: Path) -> Iterator[int]:
    """Flip one bit of each byte of a file in turn, and put it back."""
    content = path.read_bytes()
    file = os.open(path, os.O_WRONLY)
    try:
        for at, byte in enumerate(content):
            os.pwrite(file, bytes([byte ^ (1 << at % 8)]), at)
            yield at
            os.pwrite(file, bytes([byte]), at)
    finally:
        os.close(file)
    assert path.read_bytes() == content


def test_the_manifest_sees_every_bit(bundle: Path, tmp_path: Path) -> None:
    """It lists each file by itself, so that each is flipped in a folder of its own."""
    head = manifest_head(checkpoint_of(Note.parse((bundle / "checkpoint").read_bytes())))
    assert (bundle / "MANIFEST.json").read_bytes() == manifest_bytes(BundleFiles(bundle), head)
    for number, path in enumerate(each_file(bundle)):
        alone = tmp_path / str(number)
        alone.mkdir()
        copied = Path(shutil.copy(path, alone / "file"))
        files = BundleFiles(alone)
        listed = manifest_bytes(files, head)
        assert all(manifest_bytes(files, head) != listed for _ in flips(copied)), path.name


def is_sealed(bundle: Path) -> bool:
    note = Note.parse((bundle / "checkpoint").read_bytes())
    return not signature_faults(note, checkpoint_of(note), POLICY, [])


def leads_to_its_leaves(bundle: Path) -> bool:
    (size,) = (int(path.name) for path in (bundle / "tile" / "entries" / "000.p").iterdir())
    return not check_bytes(bundle, "xiyuan", size, Span(0, size))


def claims_what_it_did(bundle: Path) -> bool:
    (claim,) = claims_of((bundle / "reports" / "index.json").read_bytes())
    return claim == Claim("fund_statement", claim.pin) and (bundle / claim.stem()).with_suffix(".json").exists()


@pytest.mark.parametrize(
    ("name", "holds"),
    [("checkpoint", is_sealed), ("tile/entries/000.p", leads_to_its_leaves), ("tile/0/000.p", leads_to_its_leaves)],
)
def test_under_a_manifest_that_fits_every_bit_is_seen_by_what_it_belongs_to(
    bundle: Path, name: str, holds: Callable[[Path], bool]
) -> None:
    path = bundle / name
    path = next(path.iterdir()) if path.is_dir() else path
    assert holds(bundle)
    for at in flips(path):
        assert not stands(holds, bundle), at


def test_no_bit_of_the_list_of_claims_crashes_anything(bundle: Path) -> None:
    """Another pin or view that it may name is computed, and is not what the reports say."""
    before = claims_of((bundle / "reports" / "index.json").read_bytes())
    for _ in flips(bundle / "reports" / "index.json"):
        if stands(claims_what_it_did, bundle):
            assert claims_of((bundle / "reports" / "index.json").read_bytes()) != before


def test_no_bit_of_a_parquet_file_crashes_its_reading_and_most_are_seen_in_its_rows(bundle: Path) -> None:
    for path in (bundle / "journal").rglob("*.parquet"):
        table = pq.read_table(path, partitioning=None)
        seen = [not holds(path, table) for _ in flips(path)]
        assert sum(seen) > len(seen) // 4, path
        assert holds(path, table)


def stands(holds: Callable[[Path], bool], bundle: Path) -> bool:
    """Whether a check still passes; what is not read at all does not."""
    try:
        return holds(bundle)
    except ProofError:
        return False
