"""The street's ledger with a key of its own, its checkpoints and bundles, in few words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from xiyuan_ledger.intake.scenario import scenario_policies, tell_scenario
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.note import Key
from xiyuan_ledger.verification.checkpoint import ORIGIN
from xiyuan_ledger.verification.keys import new_key_file

STREET = Path(__file__).parents[1] / "scenarios" / "xiyuan-2012-2013"
NAME = "xiyuan"


def log_key(folder: Path, name: str = NAME) -> Key:
    """The key of a ledger, new in its folder of proofs."""
    return new_key_file(folder / "log.key", ORIGIN + name)


@contextmanager
def street_ledger(url: str, folder: Path) -> Iterator[Ledger]:
    """The street's story of 2012-2013, told to a new ledger whose proofs lie in a folder."""
    policies = scenario_policies(STREET)
    told = {"journal": folder / "journal", "proofs": folder / "proofs", "policies": policies}
    with Ledger.open(url, create=True, actor="clerk-7", simulated=True, **told) as ledger:
        tell_scenario(ledger, STREET)
        yield ledger


def files_of(folder: Path) -> dict[str, bytes]:
    """Every file of a folder, by its path in it."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}
