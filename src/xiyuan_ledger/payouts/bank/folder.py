"""银行: the one protocol behind which every bank stands; and a folder for files that are carried there by hand."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Literal, NamedTuple, Protocol

from xiyuan_ledger.errors import FileError, LedgerError

Standing = Literal["absent", "accepted", "unclear"]


class BankError(LedgerError):
    """The bank did not answer, or not in time: nobody knows whether it took what was sent, and it is asked again."""

    def __init__(self, found: str):
        super().__init__("bank-unanswered", found=found)


class BankFile(NamedTuple):
    """A file as it leaves: `number` is its id at the bank, of our making, and the same whenever it is made."""

    number: str
    name: str
    content: bytes

    @property
    def digest(self) -> str:
        """The SHA-256 of its bytes."""
        return sha256(self.content).hexdigest()

    def __repr__(self) -> str:
        return f"BankFile({self.number})"


class Bank(Protocol):
    """What is asked of a bank. Only one submitter speaks to it at a time, and after a doubt it is asked first."""

    def submit(self, file: BankFile) -> str:
        """Hand a file in; what the bank calls it. May fail after the bank took it: then nobody knows, and asks."""
        ...

    def inquire(self, number: str) -> Standing:
        """What the bank has of a file, by the number that we gave it.

        `absent` only if the bank neither has it nor can still get it from a call made before: either it refuses a
        number twice, or the time is over in which it takes what was sent. Until that is certain: `unclear`.
        """
        ...

    def answers(self, number: str) -> Sequence[tuple[str, bytes]]:
        """What the bank has said of a file so far: names and contents, in the order in which it said it."""
        ...


class BankFolder:
    """A folder for files carried by hand: `out/` for the bank, `in/` for its answers, `archive/` for both when done.

    A file stands there whole or not at all, and once: the same again changes nothing, other content is refused.
    """

    def __init__(self, folder: Path):
        self._folder = folder
        for part in ("out", "in", "archive"):
            (folder / part).mkdir(parents=True, exist_ok=True)

    def submit(self, file: BankFile) -> str:
        """Put a file into `out/`."""
        present = self._found(file.number)
        if present is not None:
            if present.read_bytes() != file.content:
                raise FileError("bank-file-differs", path=present.name, number=file.number)
            return present.name
        name = f"{file.number}-{file.name}"
        draft = self._folder / f".{name}.{os.getpid()}"
        try:
            with draft.open("wb") as stream:
                stream.write(file.content)
                stream.flush()
                os.fsync(stream.fileno())
            draft.replace(self._folder / "out" / name)
            self._sync("out")
        except OSError as error:
            found = error.strerror or "unwritable"
            raise FileError("file-unwritable", field="out", path=name, found=found) from error
        finally:
            draft.unlink(missing_ok=True)
        return name

    def inquire(self, number: str) -> Standing:
        """Whether the file was put there: a folder is never in doubt."""
        return "absent" if self._found(number) is None else "accepted"

    def answers(self, number: str) -> list[tuple[str, bytes]]:
        """The files in `in/` and `archive/` whose names hold the number; the oldest first.

        Banks give an answer the name of the file that it answers: in `in/` that is an answer, in `archive/` the file.
        """
        answers = [*(self._folder / "in").glob(f"*{number}*")]
        answers += [each for each in (self._folder / "archive").glob(f"*{number}*") if not _is_out(each, number)]
        found = [path for path in answers if not path.name.startswith(".")]
        return [
            (path.name, path.read_bytes())
            for path in sorted(found, key=lambda path: (path.stat().st_mtime_ns, path.name))
        ]

    @contextmanager
    def alone(self) -> Iterator[None]:
        """One submitter at a time, whatever the ledger: whoever comes second waits; a process that dies lets go."""
        with (self._folder / ".submitter").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def archive(self, path: Path) -> None:
        """A file is done with."""
        path.replace(self._folder / "archive" / path.name)
        self._sync("archive")

    def _found(self, number: str) -> Path | None:
        places = (self._folder / "out", self._folder / "archive")
        return next((path for place in places for path in place.glob(f"{number}-*")), None)

    def _sync(self, part: str) -> None:
        folder = os.open(self._folder / part, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _is_out(path: Path, number: str) -> bool:
    """Whether a file is named as one that went out."""
    return path.name.startswith(f"{number}-")
