"""What the office does for those who verify: keys, checkpoints, bundles; and what a witness does."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from xiyuan_ledger import calendar
from xiyuan_ledger.calendar import instant_text
from xiyuan_ledger.cli.call import Call, shared_options
from xiyuan_ledger.cli.helping import Command, Option
from xiyuan_ledger.cli.refusals import EXIT_WANTING, CommandError, say_error
from xiyuan_ledger.cli.sheet import say
from xiyuan_ledger.errors import ProofError
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.note import Key, Note
from xiyuan_ledger.verification.checkpoint import ORIGIN, checkpoint_of
from xiyuan_ledger.verification.disclosures import DisclosureFile, check_disclosable
from xiyuan_ledger.verification.keys import new_key_file, put_durably, read_key_file
from xiyuan_ledger.verification.policy import Policy, Witness
from xiyuan_ledger.verification.witness import Submission, WitnessDesk
from xiyuan_ledger.verification.witness_http import WitnessServer
from xiyuan_ledger.verification.writing import check_new

WITNESS_PORT = 8614
PERIOD = ("valid_on", "from_", "to", "month", "quarter", "year")
DISCLOSING = ("disclose", "fields", "recipient", "purpose")
FILE = click.Path(path_type=Path, dir_okay=False)


@click.pass_obj
def _key(call: Call, /, action: str, file: Path | None) -> None:
    """Make, show or change the log's key."""
    with call.open(to_record=action == "rotate") as ledger:
        path = file or ledger.proofs.key_file()
        if action == "new":
            public = new_key_file(path, ORIGIN + ledger.name)
            call.tell("key-new", path=str(path))
        elif action == "rotate":
            public = ledger.proofs.rotate(ledger.record, path)
            call.tell("key-rotated", path=str(path))
        else:
            public = read_key_file(path).public()
    say(f"{public}\n")


@click.pass_obj
def _checkpoint(
    call: Call,
    /,
    key: Path | None,
    policy: Path | None,
    submit: str | None,
    old: int | None,
    cosignature: Path | None,
    timestamp_request: Path | None,
    timestamp: Path | None,
    tsa: Path | None,
) -> int:
    """Sign what is recorded, have it cosigned, print the note."""
    rules = None if policy is None else Policy.read(policy)
    missed: list[ProofError] = []
    with call.open() as ledger:
        if timestamp_request is not None:
            put_durably(timestamp_request, ledger.proofs.timestamp_request())
            return 0
        if timestamp is not None:
            say(f"{instant_text(ledger.proofs.add_timestamp(_content(timestamp), _certificates(tsa)))}\n")
            return 0
        if cosignature is not None:
            note = ledger.proofs.add_cosignatures(_content(cosignature), _signers(rules))
        elif submit is not None:
            witness = _witness(rules, submit)
            latest = checkpoint_of(ledger.proofs.latest()).size
            seen = ledger.proofs.last_seen_by(witness.key, latest) if old is None else old
            say(ledger.proofs.submission(seen).dump().decode())
            return 0
        else:
            note = ledger.checkpoint(key=key)
            if rules is not None:
                note, missed = ledger.proofs.have_witnessed(note, rules)
    say(note.dump().decode())
    for refusal in missed:
        click.echo(say_error(refusal, call.lang), err=True)
    return EXIT_WANTING if missed else 0


def _certificates(tsa: Path | None) -> Path:
    if tsa is None:
        raise CommandError("usage-missing", field="tsa", found="--tsa", see="xiyuan checkpoint")
    return tsa


def _signers(rules: Policy | None) -> list[Key]:
    if rules is None:
        raise CommandError("usage-missing", field="policy", found="--policy", see="xiyuan checkpoint")
    return [witness.key for witness in rules.witnesses.values()]


def _witness(rules: Policy | None, name: str) -> Witness:
    if rules is None or name not in rules.witnesses:
        known = "-" if rules is None else ", ".join(rules.witnesses)
        raise CommandError("witness-unknown", field="submit", found=name, known=known)
    return rules.witnesses[name]


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CommandError("carried-missing", field="file", found=str(path)) from error


@click.pass_obj
def _witness_acts(call: Call, /, action: str, folder: Path, **given: Any) -> None:
    if action == "new":
        if not given["name"] or not given["log"]:
            raise CommandError("usage-missing", field="name", found="--name, --log", see="xiyuan witness new")
        desk = WitnessDesk.new(folder, given["name"], [Key.parse(log) for log in given["log"]])
        call.tell("witness-new", path=str(folder))
        say(f"{desk.key.public()}\n")
    elif action == "follow":
        if not given["log"]:
            raise CommandError("usage-missing", field="log", found="--log", see="xiyuan witness follow")
        desk = WitnessDesk(folder)
        desk.follow([Key.parse(log) for log in given["log"]])
        call.tell("witness-follows", count=len(desk.logs()))
    elif action == "cosign":
        if given["submission"] is None:
            raise CommandError("usage-missing", field="submission", found="--submission", see="xiyuan witness cosign")
        desk = WitnessDesk(folder)
        submission = Submission.parse(_content(given["submission"]))
        say(desk.cosign(submission, int(calendar.now().timestamp())).line())
    else:
        server = _witness_server(WitnessDesk(folder), given["port"])
        call.tell("witness-serving", where=server.url, name=server.desk.key.name)
        server.serve_forever()


def _witness_server(desk: WitnessDesk, port: int) -> WitnessServer:
    try:
        return WitnessServer(desk, port)
    except OSError as error:
        raise CommandError("port-unusable", field="port", found=port, cause=error.strerror or str(error)) from error


@click.pass_obj
def _bundle(call: Call, /, folder: Path, checkpoint: Path | None, key: Path | None, **more: Any) -> None:
    note = None if checkpoint is None else Note.parse(_content(checkpoint))
    given = {name: more[name] for name in PERIOD if more[name] is not None}
    with call.open(to_record=bool(more["disclose"])) as ledger:
        if more["disclose"]:
            _check_before_disclosing(ledger, folder, key, more["disclose"], more["fields"])
        opened = _disclosed(ledger, note, **{name: more[name] for name in DISCLOSING})
        if opened:
            ledger.checkpoint(key=key)
        path = ledger.bundle(folder, checkpoint=note, disclosures=opened, **given)
        said = checkpoint_of(note or ledger.proofs.latest())
    if said.simulated:
        call.tell("bundle-simulated")
    call.tell("bundle-written", path=str(path), size=said.size)


def _check_before_disclosing(
    ledger: Ledger, folder: Path, key: Path | None, subjects: Sequence[str], fields: Sequence[str]
) -> None:
    """Refuse what could not be handed over in the end, before the first access is recorded."""
    check_new(folder)
    read_key_file(key or ledger.proofs.key_file())
    for subject in subjects:
        check_disclosable(ledger.personal, subject, fields)


def _disclosed(
    ledger: Ledger,
    note: Note | None,
    disclose: tuple[str, ...],
    fields: tuple[str, ...],
    recipient: str | None,
    purpose: str | None,
) -> list[DisclosureFile]:
    """What is opened of persons, each recorded; it needs a checkpoint that comes after."""
    if not disclose:
        if fields:
            raise CommandError("usage-missing", field="disclose", found="--disclose", see="xiyuan bundle")
        return []
    if not fields or recipient is None or purpose is None:
        needed = "FIELD… --recipient --purpose"
        raise CommandError("usage-missing", field="recipient", found=needed, see="xiyuan bundle")
    if note is not None:
        raise CommandError("bundle-disclose-checkpoint", field="checkpoint")
    return [ledger.disclose(subject, fields, recipient=recipient, purpose=purpose) for subject in disclose]


key = Command(
    "key",
    callback=_key,
    params=[
        click.Argument(["action"], type=click.Choice(["new", "show", "rotate"])),
        click.Argument(["file"], metavar="[FILE]", required=False, type=FILE),
        *shared_options(),
    ],
)
checkpoint = Command(
    "checkpoint",
    callback=_checkpoint,
    params=[
        Option(["--key"], metavar="FILE", type=FILE),
        Option(["--policy"], metavar="FILE", type=FILE),
        Option(["--submit"], metavar="WITNESS"),
        Option(["--old"], metavar="SIZE", type=click.IntRange(0)),
        Option(["--cosignature"], metavar="FILE", type=FILE),
        Option(["--timestamp-request"], metavar="FILE", type=FILE),
        Option(["--timestamp"], metavar="FILE", type=FILE),
        Option(["--tsa"], metavar="PEM", type=FILE),
        *shared_options(),
    ],
)
witness = Command(
    "witness",
    callback=_witness_acts,
    params=[
        click.Argument(["action"], type=click.Choice(["new", "follow", "cosign", "serve"])),
        click.Argument(["folder"], metavar="DIR", type=click.Path(path_type=Path, file_okay=False)),
        Option(["--name"], metavar="NAME"),
        Option(["--log"], metavar="KEY", multiple=True),
        Option(["--submission"], metavar="FILE", type=FILE),
        Option(["--port"], metavar="PORT", type=click.IntRange(0, 65_535), default=WITNESS_PORT),
        *shared_options(),
    ],
)
bundle = Command(
    "bundle",
    callback=_bundle,
    params=[
        click.Argument(["folder"], metavar="DIR|FILE.zip", type=click.Path(path_type=Path)),
        click.Argument(["fields"], metavar="[FIELD]…", nargs=-1),
        Option(["--checkpoint"], metavar="FILE", type=FILE),
        Option(["--disclose"], metavar="SUBJECT", multiple=True),
        Option(["--recipient"], metavar="TEXT"),
        Option(["--purpose"], metavar="TEXT"),
        Option(["--key"], metavar="FILE", type=FILE),
        Option(["--valid-on"], metavar="DATE"),
        Option(["--from", "from_"], metavar="DATE"),
        Option(["--to"], metavar="DATE"),
        Option(["--month"], metavar="YYYY-MM"),
        Option(["--quarter"], metavar="YYYY-Qn"),
        Option(["--year"], metavar="YYYY"),
        *shared_options(),
    ],
)
