"""Work in a process of its own, which writes how far it got into a file."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import wait
from contextlib import suppress
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

from xiyuan_ledger.verification.reading import Submit, Tell, outcome

T = TypeVar("T")
TELL_SECONDS = 0.25
Progress = Callable[[int], None]


class Work(NamedTuple, Generic[T]):
    """Something to find out: its name, how many things it looks at, and what is called, with its progress last."""

    name: str
    of: int
    call: Callable[..., T]
    arguments: tuple[object, ...]


class Here(Generic[T]):
    """What is found when it is asked for: too little for a process of its own."""

    def __init__(self, work: Work[T], tell: Tell):
        self._work = work
        self._tell = tell

    def found(self) -> T:
        """What was found."""
        name, of, call, arguments = self._work
        return call(*arguments, lambda done: self._tell(name, done, of))


class Apart(Generic[T]):
    """What a process finds, and how far it is until then."""

    def __init__(self, work: Work[T], tell: Tell, submit: Submit, at: Path):
        self._name, self._of, call, arguments = work
        self._tell = tell
        self._at = at
        self._found = submit(_telling, at, call, *arguments)

    def found(self) -> T:
        """What was found; says how far the process is until it has ended. ProofError `check-ended` if it was ended."""
        while not wait([self._found], TELL_SECONDS).done:
            done = self._at.read_bytes() if self._at.exists() else b""
            self._tell(self._name, int(done or b"0"), self._of)
        return outcome(self._name, self._found)  # type: ignore[no-any-return]


def _telling(at: Path, call: Callable[..., T], *arguments: object) -> T:
    return call(*arguments, lambda done: _put(at, done))


def _put(path: Path, done: int) -> None:
    with suppress(OSError):
        path.write_bytes(b"%d" % done)
