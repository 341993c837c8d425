"""Tokens 令牌: who may look at which views.

A file holds their digests; a token itself is shown once, and kept by who got it.
"""

from __future__ import annotations

import os
import re
import secrets
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from hmac import compare_digest
from pathlib import Path
from typing import Any

from xiyuan_ledger.calendar import today
from xiyuan_ledger.codes import CODE_PATTERN
from xiyuan_ledger.errors import FileError
from xiyuan_ledger.projections.catalogue import definitions

TOKEN_BYTES = 32
TOKEN_LENGTH_MAX = 128
FIELDS = frozenset({"name", "role", "sha256", "until", "views"})
DIGEST = r"[0-9a-f]{64}"
OWNER_ONLY = 0o600


@dataclass(frozen=True)
class Token:
    """One reader's token: the digest that it is known by, the role it gives, and what narrows it further."""

    name: str
    role: str
    digest: str
    until: date | None = None
    views: frozenset[str] | None = None
    """Views to which it is narrowed; None: all that the role has."""

    def holds(self, day: date) -> bool:
        """Whether it may still be used on a day, its last day included."""
        return self.until is None or day <= self.until


def digest_of(token: str) -> str:
    """What the file keeps of a token."""
    return sha256(token.encode()).hexdigest()


def read_tokens(path: Path) -> list[Token]:
    """The tokens of a file (TOML, a `[[token]]` each). Raises FileError `tokens-file`."""
    try:
        whole = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise FileError("tokens-file", field="tokens", path=path, found=type(error).__name__) from None
    listed = whole.get("token", [])
    if whole.keys() - {"token"} or not isinstance(listed, list):
        raise FileError("tokens-file", field="tokens", path=path, found=", ".join(sorted(whole))[:100])
    return [_token(path, number, each) for number, each in enumerate(listed, start=1)]


class TokenFile:
    """The tokens of a file as it is now: who is struck out of it, or it cannot be read, is not let in any more."""

    def __init__(self, path: Path):
        self._path = path
        self._seen = self._state()
        self._tokens = read_tokens(path)

    def __call__(self) -> Sequence[Token]:
        """The tokens that stand in it."""
        if (state := self._state()) != self._seen:
            try:
                self._tokens = read_tokens(self._path)
            except FileError:
                self._tokens = []
            self._seen = state
        return self._tokens

    def _state(self) -> tuple[int, int, int] | None:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino


def _token(path: Path, number: int, given: Any) -> Token:
    def refuse(field: str) -> FileError:
        return FileError("tokens-file-entry", field=field, path=path, number=number)

    if not isinstance(given, dict) or given.keys() - FIELDS:
        raise refuse("token")
    for field, form in (("name", CODE_PATTERN), ("role", CODE_PATTERN), ("sha256", DIGEST)):
        if not isinstance(given.get(field), str) or re.fullmatch(form, given[field]) is None:
            raise refuse(field)
    until, views = given.get("until"), given.get("views")
    if until is not None and type(until) is not date:
        raise refuse("until")
    if views is not None and not (isinstance(views, list) and set(map(str, views)) <= definitions().keys()):
        raise refuse("views")
    return Token(given["name"], given["role"], given["sha256"], until, None if views is None else frozenset(views))


def issue_token(path: Path, name: str, role: str, until: date | None = None) -> str:
    """A new token, its digest added to the file, which only its owner may read; the token is kept nowhere."""
    if path.exists():
        read_tokens(path)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    entry = f'[[token]]\nname = "{name}"\nrole = "{role}"\nsha256 = "{digest_of(token)}"\n'
    entry += f"until = {until.isoformat()}\n" if until is not None else ""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, OWNER_ONLY), "a", encoding="utf-8") as file:
        file.write(("\n" if file.tell() else "") + entry)
    return token


def token_given(tokens: Sequence[Token], given: str) -> Token | None:
    """The token that somebody shows, if it is one and still holds. Every one is compared, in the same time."""
    digest = digest_of(given[:TOKEN_LENGTH_MAX])
    found: Token | None = None
    for each in tokens:
        if compare_digest(each.digest, digest):
            found = each
    return found if found is not None and found.holds(today()) else None
