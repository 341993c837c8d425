"""What may go wrong, as a small tree of errors with stable codes.

LedgerError
├── Refused            an entry that cannot be recorded; nothing was written
│   ├── InvalidEntry   it is not a fact: wrong type, unknown field, impossible date
│   ├── RuleBroken     it contradicts a hard rule or another fact
│   └── KeyReused      its idempotency key belongs to another entry
├── StoreError         the store is missing, foreign, newer, damaged, or busy
├── VaultError         the vault of personal data is missing, foreign, altered, or its key does not open it
├── ViewError          no such view, or an argument that it does not take
├── EvaluationError    a sample, a score or a report that cannot be made as asked
├── FileError          a file that cannot be read as entries
└── ProofError         a key, a checkpoint, a witness or a bundle that is not as it must be

The words of every code stand in `messages/*.toml`, in Chinese and English.
"""

from __future__ import annotations

import string
import tomllib
from collections.abc import Collection
from difflib import get_close_matches
from functools import cache
from importlib import resources
from typing import Any, Literal

Language = Literal["zh", "en"]


@cache
def messages() -> dict[str, dict[str, str]]:
    """Every code's words: `en`, `zh`, `hint_en`, `hint_zh`, as format templates."""
    found: dict[str, dict[str, str]] = {}
    for file in sorted(resources.files(f"{__package__}.messages").iterdir(), key=lambda f: f.name):
        if file.name.endswith(".toml"):
            found |= tomllib.loads(file.read_text("utf-8"))
    return found


@cache
def _chinese_of_codes() -> dict[str, dict[str, str]]:
    """The Chinese word of every code, by vocabulary: of `words/values.toml`, with `words/shown.toml` over them."""
    folder = resources.files(f"{__package__}.words")
    values, shown = (tomllib.loads((folder / f"{name}.toml").read_text("utf-8")) for name in ("values", "shown"))
    found: dict[str, dict[str, str]] = {}
    for vocabulary, words in values.items():
        told = values[words] if isinstance(words, str) else words
        found[vocabulary] = {code: word if isinstance(word, str) else word[0] for code, word in told.items()}
    for vocabulary, both in shown.items():
        found[vocabulary] = found.get(vocabulary, {}) | {code: word["zh"] for code, word in both.items()}
    return found


class _InWords(string.Formatter):
    """A template that names a vocabulary behind a value, `{level:level}`, has the Chinese word of the code, or of each
    code of a list. A code that the vocabulary does not have stays as it is."""

    def format_field(self, value: Any, format_spec: str) -> str:
        words = _chinese_of_codes().get(format_spec)
        if words is None:
            return str(super().format_field(value, format_spec))
        return ", ".join(words.get(code, code) for code in str(value).split(", "))


_IN_WORDS = _InWords()


def names_like(name: str, names: Collection[str]) -> list[str]:
    """Up to three names that look like one that is not known; the first ones where none does."""
    return get_close_matches(name, names, n=3, cutoff=0.3) or sorted(names)[:3]


class LedgerError(Exception):
    """The root of everything this library raises on purpose.

    `code` is stable; `field` names the offending field, `values` what was found,
    `events` the ids of facts that stand in the way.
    """

    def __init__(self, code: str, *, field: str | None = None, events: tuple[str, ...] = (), **values: Any):
        self.code = code
        self.field = field
        self.events = events
        self.values = values
        super().__init__(code)

    def _words(self, key: str) -> str:
        template = messages()[self.code][key]
        return _IN_WORDS.format(template, field=self.field, events=", ".join(self.events), **self.values)

    def message(self, lang: Language = "en") -> str:
        """What was found and why it is refused, in one sentence."""
        return self._words(lang)

    def hint(self, lang: Language = "en") -> str:
        """What to do next."""
        return self._words(f"hint_{lang}")

    def __str__(self) -> str:
        said = f"error[{self.code}]: {self.message('en')}\n错误: {self.message('zh')}"
        return f"{said}\n\nhint: {self.hint('en')}\n提示: {self.hint('zh')}"

    def __reduce__(self) -> tuple[Any, ...]:
        return (_rebuild, (type(self), self.code, self.field, self.events, self.values))


def _rebuild(
    kind: type[LedgerError], code: str, field: str | None, events: tuple[str, ...], values: dict[str, Any]
) -> LedgerError:
    return kind(code, field=field, events=events, **values)


class Refused(LedgerError):
    """An entry that was not recorded; the ledger is as it was before."""


class InvalidEntry(Refused, ValueError):
    """What was handed in is no fact: wrong type, unknown field, impossible date."""


class RuleBroken(Refused):
    """The fact contradicts a hard rule or another fact, which `events` names."""


class KeyReused(Refused):
    """The idempotency key was used before, for another entry."""


class StoreError(LedgerError):
    """The store is missing, foreign, newer than this library, damaged, or busy."""


def damaged(where: str, found: str, found_zh: str) -> StoreError:
    """The refusal of a store that is not as it was written, with what was found in both languages."""
    return StoreError("store-damaged", where=where, found=found, found_zh=found_zh)


def events_missing(where: str, first: int, last: int, events: int) -> StoreError:
    """The refusal of a store that has fewer events than positions: one was taken out by force."""
    found, found_zh = f"positions {first} to {last} are {events} events", f"位置 {first} 至 {last} 只有 {events} 条事件"
    return damaged(where, found, found_zh)


class VaultError(LedgerError):
    """The vault of personal data is missing, foreign, altered or damaged, or its key is not the one."""


class ViewError(LedgerError):
    """No such view, or an argument that the view does not take."""


class EvaluationError(LedgerError):
    """A sample, a score or a report that cannot be made as asked."""


class FileError(LedgerError):
    """A file that cannot be read as entries."""


class ProofError(LedgerError):
    """A key, a checkpoint, a witness's answer or a bundle that is not as it must be."""
