"""A fresh virtual environment: our wheel as built now, and of the locked packages those that it says it needs."""

from __future__ import annotations

import re
import subprocess
import sys
import venv
import zipfile
from collections.abc import Iterator
from email import message_from_bytes
from importlib.metadata import requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.tools import missing

ROOT = Path(__file__).parents[1]
SEEDS = ("pip", "setuptools")
"""What a virtual environment begins with; the programs that are tried in it have no use for them."""


def built_wheel(folder: Path) -> Path:
    """Our wheel, built from the source as it lies here."""
    built = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(built, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    return wheel


def fresh_environment(folder: Path, wheel: Path, *extras: str) -> Path:
    """The Python of a new environment that holds the wheel with these extras and nothing else.

    Its packages come from the registry that pip is set up for, as those of `make test` do; where there is none the test
    is skipped with pip's last words, and in CI it fails.
    """
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    names = needed(wheel, extras)
    locked = folder / "locked.txt"
    locked.write_text("".join(_locked(name) for name in sorted(names)))
    pip = [python, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    asked = ["install", "--no-deps", "--retries", "1", "--only-binary", ":all:", "--require-hashes", "-r", locked]
    found = subprocess.run([*pip, *asked], capture_output=True, text=True, check=False)
    if found.returncode:
        missing(f"the locked packages cannot be installed: {found.stderr.strip().splitlines()[-1]}")
    subprocess.run([*pip, "install", "--no-deps", "--no-index", wheel], check=True, capture_output=True)
    subprocess.run([*pip, "check"], check=True, capture_output=True)
    subprocess.run([*pip, "uninstall", "--yes", *SEEDS], check=True, capture_output=True)
    return python


def needed(wheel: Path, extras: tuple[str, ...]) -> set[str]:
    """The packages that a wheel's own words lead to, by way of what each of them says in turn."""
    with zipfile.ZipFile(wheel) as packed:
        (name,) = (each for each in packed.namelist() if each.endswith(".dist-info/METADATA"))
        said = message_from_bytes(packed.read(name)).get_all("Requires-Dist", [])
    found: set[str] = set()
    waiting = list(_met(said, extras))
    while waiting:
        each = waiting.pop()
        if (name := canonicalize_name(each.name)) not in found:
            found.add(name)
            waiting += _met(requires(name) or [], tuple(each.extras))
    return found


def _met(said: list[str], extras: tuple[str, ...]) -> Iterator[Requirement]:
    for text in said:
        each = Requirement(text)
        if each.marker is None or any(each.marker.evaluate({"extra": extra}) for extra in ("", *extras)):
            yield each


def _locked(name: str) -> str:
    """What the lock says of a package: its version, and the digests of its files."""
    found = re.search(rf"^{re.escape(name)}==.*\n(?:    .*\n)+", (ROOT / "requirements.lock").read_text(), re.MULTILINE)
    assert found is not None, f"{name} is not in requirements.lock"
    return found[0]
