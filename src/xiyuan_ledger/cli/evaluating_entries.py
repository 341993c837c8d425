"""评估登记: the facts of an evaluation that somebody enters on the command line, one each."""

from __future__ import annotations

from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import click

from xiyuan_ledger import calendar
from xiyuan_ledger.aggregates import FACTS
from xiyuan_ledger.aggregates.evaluation import FindingRaised, SampleDrawn, ScoreRevised
from xiyuan_ledger.cli.call import Call, format_options, shared_options
from xiyuan_ledger.cli.files import read_whole
from xiyuan_ledger.cli.helping import Command, Option
from xiyuan_ledger.cli.refusals import CommandError
from xiyuan_ledger.cli.sheet import Sheet, column, put
from xiyuan_ledger.errors import ViewError
from xiyuan_ledger.evaluation.engagement import Engagement, refuse_tied
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.recording.receipt import Receipt

RECEIPT = (
    column("type", "类型", "Type"),
    column("status", "状态", "Status"),
    column("position", "位置", "Position", "count"),
    column("event_id", "事件编号", "Event id"),
)
REPEATED = frozenset({"paper"})
JUDGING = (FindingRaised, ScoreRevised)
"""What nobody enters who has a tie to the parties."""


def day_of(text: str | None) -> date:
    """The day that was named, else today in Shanghai."""
    try:
        return calendar.today() if text is None else date.fromisoformat(text)
    except ValueError:
        raise ViewError("day-form", field="on", found=text) from None


def of_file(text: str) -> str:
    """`@FILE` as what the file says on its line; any other text as it is."""
    return read_whole(text[1:]).decode("utf-8", "replace").strip() if text.startswith("@") else text


def papers(files: tuple[str, ...]) -> list[dict[str, str]] | None:
    """Files as the papers that prove something: by their digest; the file itself stays where it is."""
    return [
        {"kind": "file", "digest": sha256(read_whole(file)).hexdigest(), "note": Path(file).name} for file in files
    ] or None


def recorded(call: Call, facts: list[Any], form: str, out: Path | None) -> None:
    """Record facts together, and print a receipt for each."""
    with call.open(to_record=True) as ledger:
        for fact in facts:
            if isinstance(fact, JUDGING):
                refuse_tied(ledger, fact.evaluation)
        receipts = ledger.record_all(facts)
    put_receipts(call, facts, receipts, form, out)


def put_receipts(call: Call, facts: list[Any], receipts: list[Receipt], form: str, out: Path | None) -> None:
    """Print a receipt for each fact."""
    rows = [
        {"type": type(fact).__name__, "status": each.status, "position": each.position, "event_id": each.event_id}
        for fact, each in zip(facts, receipts, strict=True)
    ]
    put(Sheet("receipts", call.words("receipts"), RECEIPT, rows), call, form, out)


def entering(name: str, fact: str, options: dict[str, bool]) -> Command:
    """A command that records one fact of an evaluation; `options`: field → whether it must be given."""

    @click.pass_obj
    def enter(call: Call, /, evaluation: str, on: str | None, form: str, out: Path | None, **given: Any) -> None:
        fields = {field: value for field, value in given.items() if value is not None and field not in REPEATED}
        evidence = papers(given.get("paper", ()))
        fields |= {"evidence": evidence} if evidence else {}
        made: Any = FACTS[fact]
        entry = made(evaluation=evaluation, occurred_on=day_of(on), **_numbers(fields))
        recorded(call, [entry], form, out)

    chosen = [
        Option([f"--{field.replace('_', '-').rstrip('-')}", field], required=needed, metavar=_metavar(field))
        for field, needed in options.items()
    ]
    return Command(
        f"evaluate-{name}",
        callback=enter,
        params=[_evaluation(), *chosen, *_papers(), _on(), *format_options(), *shared_options()],
    )


def _numbers(fields: dict[str, Any]) -> dict[str, Any]:
    """Scores are written in points, `4.50`, and kept in hundredths; a digest may stand in a file."""
    if "score_centi" in fields:
        fields["score_centi"] = centi(fields["score_centi"])
    if "nonce_digest" in fields:
        fields["nonce_digest"] = of_file(fields["nonce_digest"])
    return fields


def centi(text: str) -> int:
    """Points as hundredths: `4.5` → 450."""
    whole, _, rest = text.partition(".")
    if not whole.isdigit() or len(rest) > 2 or (rest and not rest.isdigit()):
        raise CommandError("points-form", field="score", found=text)
    return int(whole) * 100 + int(rest.ljust(2, "0") or 0)


def _metavar(field: str) -> str:
    if field in ("from_", "to", "due_on"):
        return "DATE"
    return "TEXT" if field in ("text", "tie") else "CODE"


def _evaluation() -> click.Argument:
    return click.Argument(["evaluation"], metavar="EVALUATION")


def _papers() -> list[Option]:
    return [Option(["--paper"], metavar="FILE", multiple=True)]


def _on() -> Option:
    return Option(["--on"], metavar="DATE")


def draws_of(ledger: Ledger, evaluation: str) -> list[list[SampleDrawn]]:
    """The samples of an evaluation, each with its replacements."""
    return Engagement.read(ledger, evaluation).draws()
