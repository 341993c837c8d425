"""One call of `xiyuan`: which ledger, who enters, which language; and the options that every command takes for it."""

from __future__ import annotations

import getpass
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from xiyuan_ledger.cli.helping import Command, Option
from xiyuan_ledger.cli.language import words
from xiyuan_ledger.cli.refusals import CommandError
from xiyuan_ledger.codes import CODE_PATTERN
from xiyuan_ledger.errors import Language
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.note import Note
from xiyuan_ledger.projections.wording import printable

DEFAULT_LEDGER = "sqlite:///xiyuan.db"
FILES_ONLY = frozenset({"xlsx", "parquet"})
"""Forms that are written to a file, never on a terminal."""
FORMATS = ("table", "json", "jsonl", "csv", "xlsx", "md", "parquet")
CODE_LENGTH_MAX = 64

C = TypeVar("C", bound=Command)


@dataclass
class Call:
    """What this call was told, before or after the name of the command."""

    lang: Language
    ledger: str = DEFAULT_LEDGER
    actor: str | None = None
    vault: str | None = None
    vault_key: str | None = None

    def open(self, *, to_record: bool = False) -> Ledger:
        """The ledger that was named. Who only reads needs no name."""
        actor = self.actor_code() if to_record or self.actor else None
        return Ledger.open(self.ledger, actor=actor, vault=self.vault, vault_key=self.vault_key)

    def create(self, *, name: str, simulated: bool, policies: Sequence[Path], continues: Note | None = None) -> Ledger:
        """A new ledger at the place that was named."""
        if re.fullmatch(CODE_PATTERN, name) is None:
            raise CommandError("name-form", field="name", found=printable(name)[:CODE_LENGTH_MAX])
        return Ledger.open(
            self.ledger,
            actor=self.actor_code(),
            create=True,
            name=name,
            simulated=simulated,
            policies=policies,
            vault=self.vault,
            vault_key=self.vault_key,
            continues=continues,
        )

    def actor_code(self) -> str:
        """Who enters: as named, else the login name with what no code carries replaced by `-`."""
        if self.actor is not None:
            if re.fullmatch(CODE_PATTERN, self.actor) is None:
                raise CommandError("actor-form", field="actor", found=self.actor)
            return self.actor
        try:
            login = getpass.getuser()
        except (OSError, KeyError):
            raise CommandError("actor-unknown", field="actor") from None
        return re.sub(r"[^\w.\-]", "-", login)[:CODE_LENGTH_MAX]

    def words(self, key: str, **values: Any) -> str:
        """What is said under a key, in the language of the call."""
        return words(self.lang, key, **values)

    def tell(self, key: str, **values: Any) -> None:
        """Say something to the person, beside the data."""
        click.echo(self.words(key, **values), err=True)


def _told(ctx: click.Context, parameter: click.Parameter, value: str | None) -> None:
    """Keep what was given; what stands after the command's name holds over what stands before it."""
    call = ctx.find_object(Call)
    if value is not None and call is not None and parameter.name is not None:
        setattr(call, parameter.name, value)


def shared_options() -> list[Option]:
    """The options that are accepted before and after the name of the command."""
    return [
        Option(["--ledger"], metavar="URL", expose_value=False, callback=_told, is_eager=True),
        Option(["--actor"], metavar="CODE", expose_value=False, callback=_told, is_eager=True),
        Option(["--vault"], metavar="URL", expose_value=False, callback=_told, is_eager=True),
        Option(["--vault-key"], metavar="FILE", expose_value=False, callback=_told, is_eager=True),
        Option(["--lang"], type=click.Choice(["zh", "en"]), expose_value=False, callback=_told, is_eager=True),
    ]


def format_options() -> list[Option]:
    """How rows are printed, and where to."""
    formats = click.Choice(FORMATS)
    return [
        Option(["--format", "form"], type=formats, default="table", envvar="XIYUAN_FORMAT", show_envvar=False),
        Option(["--out"], metavar="FILE", type=click.Path(path_type=Path, dir_okay=False)),
    ]
