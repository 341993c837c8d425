"""A bundle's files: a folder, or one .zip of it."""

from __future__ import annotations

import os
import stat
import zipfile
from collections.abc import Iterator, Mapping
from hashlib import file_digest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from xiyuan_ledger.canonical import dumps, loads
from xiyuan_ledger.errors import ProofError

MANIFEST = "MANIFEST.json"
CHECKPOINT = "checkpoint"
ZIP_DATE = (1980, 1, 1, 0, 0, 0)
FILE_BYTES_MAX = 256 << 20
"""No file that is read whole is longer: an entry bundle has at most 17 MB."""
SHOWN_MAX = 5
"""So many files are named."""
ZIP_TIMES_MAX = 100
"""How many times its own length a .zip may unpack to: JSON, CSV and hashes give less."""


class BundleFiles:
    """What lies in a bundle. A .zip is unpacked into a folder that is gone when this is closed."""

    def __init__(self, folder: Path, unpacked: TemporaryDirectory[str] | None = None):
        self.folder = folder
        self._unpacked = unpacked

    @classmethod
    def open(cls, path: Path) -> BundleFiles:
        """The bundle at a path. ProofError: `bundle-missing`, `bundle-zip`, `bundle-zip-names`."""
        if path.is_dir():
            return cls(path)
        if not path.is_file():
            raise ProofError("bundle-missing", found=str(path))
        unpacked = TemporaryDirectory(prefix="xiyuan-bundle-")
        try:
            with zipfile.ZipFile(path) as archive:
                _check_members(archive.infolist(), path.stat().st_size)
                archive.extractall(unpacked.name)
        except (OSError, zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
            unpacked.cleanup()
            raise ProofError("bundle-zip", found=path.name) from error
        except ProofError:
            unpacked.cleanup()
            raise
        return cls(Path(unpacked.name), unpacked)

    def names(self) -> list[str]:
        """Every file in it, sorted, with `/`. ProofError `bundle-irregular` for what is no plain file."""
        found = []
        for path in self.folder.rglob("*"):
            name, mode = path.relative_to(self.folder).as_posix(), path.lstat().st_mode
            if not name.isprintable() or not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
                raise ProofError("bundle-irregular", found=ascii(name)[:80])
            found += [name] if stat.S_ISREG(mode) else []
        return sorted(found)

    def path(self, name: str) -> Path:
        """Where a file of it stands."""
        return self.folder / name

    def read(self, name: str) -> bytes:
        """A file's bytes. ProofError: `bundle-file-missing` where it cannot be read, `bundle-irregular`."""
        try:
            with open(f"{self.folder}/{name}", "rb", buffering=0, opener=_unwaiting) as file:
                seen = os.fstat(file.fileno())
                length = min(seen.st_size, FILE_BYTES_MAX)
                content = file.read(length + 1) if stat.S_ISREG(seen.st_mode) else None
        except (OSError, ValueError) as error:
            raise ProofError("bundle-file-missing", found=name) from error
        if content is None or len(content) != length:
            raise ProofError("bundle-irregular", found=name)
        return content

    def close(self) -> None:
        """Remove what was unpacked."""
        if self._unpacked is not None:
            self._unpacked.cleanup()


def _unwaiting(path: str, flags: int) -> int:
    """Open a file without waiting: nobody may ever write to a pipe that stands in a file's place."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _check_members(members: list[zipfile.ZipInfo], length: int) -> None:
    """ProofError `bundle-zip-names`, ValueError for what unpacks to far more than it is.

    A name twice, in capitals too, or one that leads out of its folder or nowhere: two readers would read two bundles.
    """
    if sum(each.file_size for each in members) > ZIP_TIMES_MAX * length:
        raise ValueError("unpacks to far more than it is")
    seen: set[str] = set()
    for name in (each.orig_filename for each in members):
        parts = name.removesuffix("/").split("/")
        if name.casefold() in seen or "\\" in name or any(part in ("", ".", "..") for part in parts):
            raise ProofError("bundle-zip-names", found=ascii(name)[1:-1][:80])
        seen.add(name.casefold())


def manifest_bytes(files: BundleFiles, head: Mapping[str, Any]) -> bytes:
    """Every file's length and digest, beneath what the bundle says of itself."""
    listed = {name: _seen(files.path(name)) for name in files.names() if name != MANIFEST}
    return dumps({**head, "files": listed})


def newer_or_differing(files: BundleFiles, head: Mapping[str, Any]) -> ProofError:
    """Why a manifest is not the one of these files: another version's, or which files it lists otherwise, or not.

    Raises ProofError `bundle-newer` where a later version wrote it.
    """
    said, seen = _listed(files.read(MANIFEST)), loads(manifest_bytes(files, head))
    if said is None:
        return ProofError("manifest-differs")
    if type(said.get("format")) is int and said["format"] > head["format"]:
        raise ProofError("bundle-newer", found=said["format"], known=head["format"])
    listed = said["files"] if isinstance(said.get("files"), dict) else {}
    names = sorted(n for n in listed.keys() | seen["files"].keys() if listed.get(n) != seen["files"].get(n))
    if not names:
        return ProofError("manifest-differs")
    shown = ", ".join(name if name.isprintable() else ascii(name)[1:-1] for name in names[:SHOWN_MAX])
    return ProofError("manifest-lists", found=shown + (f" … +{more}" if (more := len(names) - SHOWN_MAX) > 0 else ""))


def _listed(manifest: bytes) -> dict[str, Any] | None:
    try:
        said = loads(manifest)
    except ValueError:
        return None
    return said if isinstance(said, dict) else None


def _seen(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            digest = file_digest(file, "sha256").hexdigest()
            return {"bytes": file.tell(), "sha256": digest}
    except OSError as error:
        raise ProofError("bundle-file-missing", found=path.name) from error


def write_zip(folder: Path, path: Path) -> None:
    """One file of a folder, the same bytes for the same files: in order, without dates, nothing compressed."""
    with zipfile.ZipFile(path, "x", zipfile.ZIP_STORED) as archive:
        for name, file in _sorted_files(folder):
            entry = zipfile.ZipInfo(name, ZIP_DATE)
            entry.external_attr = 0o644 << 16
            with file.open("rb") as source, archive.open(entry, "w") as target:
                while part := source.read(1 << 20):
                    target.write(part)


def _sorted_files(folder: Path) -> Iterator[tuple[str, Path]]:
    yield from sorted((path.relative_to(folder).as_posix(), path) for path in folder.rglob("*") if path.is_file())
