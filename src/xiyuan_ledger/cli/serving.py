"""Serving: the evaluators' pages of a ledger, until it is stopped."""

from __future__ import annotations

import click

from xiyuan_ledger.cli.call import Call, shared_options
from xiyuan_ledger.cli.helping import Command, Option
from xiyuan_ledger.errors import FileError

PORT = 8613
HOST = "127.0.0.1"


@click.pass_obj
def _serve(call: Call, /, host: str, port: int) -> None:
    try:
        from xiyuan_ledger.web.serving import server
    except ImportError as error:
        raise FileError("extra-missing", found="web") from error
    with call.open() as ledger:
        call.tell("serving", where=f"http://{host}:{port}/", ledger=ledger.name)
        server(ledger, host=host, port=port).run()


serve = Command(
    "serve",
    callback=_serve,
    params=[
        Option(["--host"], metavar="ADDRESS", default=HOST),
        Option(["--port"], metavar="PORT", type=click.IntRange(1, 65_535), default=PORT),
        *shared_options(),
    ],
)
