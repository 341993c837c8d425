"""Explaining: why a line of a worker, scheme and month is what it is, down to the facts and the paper of the rule."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import orjson

from xiyuan_ledger.cli.call import Call, format_options, shared_options
from xiyuan_ledger.cli.helping import Command, Option
from xiyuan_ledger.cli.sheet import Sheet, column, put
from xiyuan_ledger.cli.supposing import arguments_given
from xiyuan_ledger.money import yuan
from xiyuan_ledger.payouts.explaining import explain
from xiyuan_ledger.payouts.reason import Reason

AMOUNTS = frozenset({"line", "due", "settled", "rate", "instalment", "held_back"})
INDENT = "　"
COLUMNS = (
    column("what", "缘由", "Why"),
    column("value", "内容", "What"),
    column("on", "日期", "Day", "date"),
    column("events", "证据", "Evidence", "ids"),
)


@click.pass_obj
def _explain(call: Call, /, line: str, valid_on: str | None, known_at: str | None, form: str, out: Path | None) -> None:
    with call.open() as ledger:
        found = explain(ledger, line, **arguments_given({"valid_on": valid_on, "known_at": known_at}))
    if form == "json" and out is None:
        whole = {"line": line} | found.as_json()
        click.echo(orjson.dumps(whole, option=orjson.OPT_INDENT_2).decode())
        return
    rows = [_row(depth, each, call) for depth, each in found.steps()]
    put(Sheet("explain", call.words("explain-title", line=line), COLUMNS, rows), call, form, out, evidence=True)


def _row(depth: int, reason: Reason, call: Call) -> dict[str, Any]:
    value = reason.value
    if reason.what in AMOUNTS and isinstance(value, int):
        value = yuan(value)
    said = INDENT * depth + reason.words(call.lang)
    return {"what": said, "value": value, "on": reason.on, "events": list(reason.event_ids)}


explain_command = Command(
    "explain",
    callback=_explain,
    params=[
        click.Argument(["line"], metavar="WORKER/SCHEME/MONTH"),
        Option(["--valid-on"], metavar="DATE"),
        Option(["--known-at"], metavar="POSITION|INSTANT"),
        *format_options(),
        *shared_options(),
    ],
)
