"""Serving: the evaluators' pages of a ledger, until it is stopped; and tokens for those who may look at them."""

from __future__ import annotations

import re
from datetime import date
from functools import partial
from pathlib import Path

import click

from xiyuan_ledger.cli.call import Call, shared_options
from xiyuan_ledger.cli.helping import Command, Option
from xiyuan_ledger.cli.refusals import CommandError
from xiyuan_ledger.codes import CODE_PATTERN
from xiyuan_ledger.errors import FileError, ViewError
from xiyuan_ledger.ledger import Ledger

PORT = 8613
HOST = "127.0.0.1"


@click.pass_obj
def _serve(
    call: Call,
    /,
    host: str,
    port: int,
    tokens: Path | None,
    role: str | None,
    new_token: str | None,
    until: str | None,
) -> None:
    try:
        from xiyuan_ledger.web.serving import server
    except ImportError as error:
        raise FileError("extra-missing", found="web") from error
    if new_token is not None:
        _issue(call, tokens, new_token, role, until)
        return
    with call.open() as ledger:
        opening = partial(Ledger.open, call.ledger)
        pages = server(ledger, host=host, port=port, tokens=tokens, role=role, opening=lambda name: opening(actor=name))
        call.tell("serving", where=f"http://{host}:{port}/", ledger=ledger.name)
        pages.run()


def _issue(call: Call, tokens: Path | None, name: str, role: str | None, until: str | None) -> None:
    """Make a token, and print it this once."""
    from xiyuan_ledger.web.tokens import issue_token

    if tokens is None or role is None:
        raise CommandError("new-token-needs", field="tokens" if tokens is None else "role")
    for field, code in (("new_token", name), ("role", role)):
        if re.fullmatch(CODE_PATTERN, code) is None:
            raise CommandError("token-code", field=field, found=code[:64])
    click.echo(issue_token(tokens, name, role, _last_day(until)))
    call.tell("token-issued", name=name, role=role, path=tokens)


def _last_day(text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise ViewError("day-form", field="until", found=text) from None


serve = Command(
    "serve",
    callback=_serve,
    params=[
        Option(["--host"], metavar="ADDRESS", default=HOST),
        Option(["--port"], metavar="PORT", type=click.IntRange(1, 65_535), default=PORT),
        Option(["--tokens"], metavar="FILE", type=click.Path(path_type=Path, dir_okay=False)),
        Option(["--role"], metavar="ROLE"),
        Option(["--new-token"], metavar="NAME"),
        Option(["--until"], metavar="DATE"),
        *shared_options(),
    ],
)
