"""评估方自己的账本: begun from a bundle, with a nonce that nobody else knows, and handed in as entries."""

from __future__ import annotations

from pathlib import Path

import click
import orjson

from xiyuan_ledger.cli.call import Call, shared_options
from xiyuan_ledger.cli.files import replacing
from xiyuan_ledger.cli.helping import Command, Option
from xiyuan_ledger.cli.sheet import say
from xiyuan_ledger.evaluation.own_ledger import begin, begun_from, handed_in
from xiyuan_ledger.evaluation.seeds import commitment, head_of_note, new_nonce
from xiyuan_ledger.verification.policy import Policy

FILE = click.Path(path_type=Path, dir_okay=False)


def _out(content: bytes, out: Path | None) -> None:
    if out is None:
        say(content.decode())
        return
    with replacing(out) as draft:
        draft.write_bytes(content)


@click.pass_obj
def _nonce(call: Call, /, file: Path, out: Path | None) -> None:
    digest = commitment(new_nonce(file))
    call.tell("nonce-made", path=str(file))
    _out(f"{digest}\n".encode(), out)


nonce = Command(
    "evaluate-nonce",
    callback=_nonce,
    params=[
        click.Argument(["file"], metavar="FILE", type=FILE),
        Option(["--out"], metavar="FILE", type=FILE),
        *shared_options(),
    ],
)


@click.pass_obj
def _open(call: Call, /, bundle: Path, policy: Path, name: str | None) -> None:
    with begin(call.ledger, bundle, Policy.read(policy), name=name, actor=call.actor_code()) as ledger:
        begun = begun_from(ledger)
        assert begun is not None
        head = head_of_note(begun.text)
        call.tell("evaluation-opened", ledger=call.ledger, name=ledger.name, size=head.size, root=head.root)


open_bundle = Command(
    "evaluate-open",
    callback=_open,
    params=[
        click.Argument(["bundle"], metavar="BUNDLE", type=click.Path(path_type=Path)),
        Option(["--policy"], metavar="FILE", type=FILE, required=True),
        Option(["--name"], metavar="NAME"),
        *shared_options(),
    ],
)


@click.pass_obj
def _hand_in(call: Call, /, evaluation: str, out: Path | None) -> None:
    with call.open() as ledger:
        entries = handed_in(ledger, evaluation)
    _out(b"".join(orjson.dumps(entry) + b"\n" for entry in entries), out)
    call.tell("handed-in", count=len(entries), evaluation=evaluation)


hand_in = Command(
    "evaluate-hand-in",
    callback=_hand_in,
    params=[
        click.Argument(["evaluation"], metavar="EVALUATION"),
        Option(["--out"], metavar="FILE", type=FILE),
        *shared_options(),
    ],
)
