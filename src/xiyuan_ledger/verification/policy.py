"""核验规则: whose signatures an evaluator asks for, and how old a checkpoint may be. It never comes with a bundle.

log xiyuan-ledger/xiyuan+…            the log's key
witness bureau bureau.example+…       a witness's name here, its key, and perhaps where it is reached
group outside 2 firm bureau archive   any two of three; `any` and `all` say so too
quorum outside                        what is enough: a group, a witness, or `none`
max-age 35d                           how long ago the quorum may have seen it: days, hours or minutes
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

from xiyuan_ledger.errors import ProofError
from xiyuan_ledger.note import COSIGNATURE, ED25519, Key

NO_QUORUM = "none"
_AGE = re.compile(r"([1-9][0-9]{0,4})([dhm])")
_UNITS = {"d": timedelta(days=1), "h": timedelta(hours=1), "m": timedelta(minutes=1)}


class Witness(NamedTuple):
    """见证方: who keeps the log's last checkpoint, by its name in the policy."""

    name: str
    key: Key
    url: str | None = None


class Group(NamedTuple):
    """So many of these members, who are witnesses or groups."""

    name: str
    threshold: int
    members: tuple[str, ...]


@dataclass
class Policy:
    """核验规则: the log's key, the witnesses, the quorum, the maximum age."""

    log: Key
    witnesses: dict[str, Witness] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    quorum: str = NO_QUORUM
    age_max: timedelta | None = None
    tsa: Path | None = None

    @classmethod
    def read(cls, path: Path) -> Policy:
        """The policy of a file. ProofError: `policy-file-missing`, `policy-line` with the line's number."""
        try:
            found = cls.parse(path.read_text("utf-8-sig"))
        except (OSError, UnicodeDecodeError) as error:
            raise ProofError("policy-file-missing", field="policy", found=str(path)) from error
        found.tsa = found.tsa and path.parent / found.tsa
        return found

    @classmethod
    def parse(cls, text: str) -> Policy:
        """The policy that lines say."""
        logs: list[Key] = []
        found = cls(log=Key("", ED25519, b""))
        for number, line in enumerate(text.splitlines(), start=1):
            word, *rest = line.partition("#")[0].split() or ("",)
            try:
                if word == "log":
                    logs.append(_key(ED25519, *rest))
                elif word:
                    found._take(word, rest)
            except (ValueError, TypeError, ProofError):
                raise ProofError("policy-line", field="policy", line=number, found=line.strip()[:80]) from None
        if len(logs) != 1:
            raise ProofError("policy-log", field="policy", found=len(logs))
        found.log = logs[0]
        return found

    def _take(self, word: str, rest: list[str]) -> None:
        """One line; ValueError or TypeError where it is not as it must be."""
        match word:
            case "witness":
                name, key, *urls = rest
                self._name_is_free(name)
                if key in [str(each.key) for each in self.witnesses.values()]:
                    raise ValueError(key)  # One cosignature would count twice.
                self.witnesses[name] = Witness(name, _key(COSIGNATURE, key), *urls)
            case "group":
                name, threshold, *members = rest
                self._name_is_free(name)
                self.groups[name] = self._group(name, threshold, members)
            case "quorum":
                (name,) = rest
                if self.quorum != NO_QUORUM or name not in {*self.witnesses, *self.groups, NO_QUORUM}:
                    raise ValueError(name)
                self.quorum = name
            case "max-age":
                (text,) = rest
                found = _AGE.fullmatch(text)
                if found is None or self.age_max is not None:
                    raise ValueError(text)
                self.age_max = int(found[1]) * _UNITS[found[2]]
            case "tsa":
                (name,) = rest
                self.tsa = Path(name)
            case _:
                raise ValueError(word)

    def _name_is_free(self, name: str) -> None:
        if name in self.witnesses or name in self.groups or name == NO_QUORUM:
            raise ValueError(name)

    def _group(self, name: str, threshold: str, members: list[str]) -> Group:
        known = self.witnesses.keys() | self.groups.keys()
        enough = {"any": 1, "all": len(members)}.get(threshold) or int(threshold)
        if not 0 < enough <= len(members) or len(set(members)) != len(members) or not set(members) <= known:
            raise ValueError(name)
        return Group(name, enough, tuple(members))

    def reached_at(self, seen: Mapping[str, int]) -> int | None:
        """The latest second by which the quorum can be shown to have seen it; None where it is not reached."""
        return self._reached(self.quorum, seen.get)

    def _reached(self, name: str, seen: Callable[[str], int | None]) -> int | None:
        group = self.groups.get(name)
        if group is None:
            return seen(name)
        times = [at for member in group.members if (at := self._reached(member, seen)) is not None]
        return sorted(times, reverse=True)[group.threshold - 1] if len(times) >= group.threshold else None


def _key(kind: int, text: str) -> Key:
    found = Key.parse(text)
    if found.kind != kind:
        raise ValueError(text)
    return found
