"""Asking: views at a pin, a subject's history, the journal, and what changed between two pins."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from xiyuan_ledger.cli.call import Call, format_options, shared_options
from xiyuan_ledger.cli.helping import Command, Option
from xiyuan_ledger.cli.sheet import Sheet, column, put
from xiyuan_ledger.cli.supposing import arguments_given, pin_given, policies_given, where_given
from xiyuan_ledger.projections.catalogue import definitions

PERIOD = ("from_", "to", "month", "quarter", "year")
PINNED = ("valid_on", "known_at", *PERIOD)


def _pin_options() -> list[Option]:
    return [
        Option(["--valid-on"], metavar="DATE"),
        Option(["--known-at"], metavar="POSITION|INSTANT"),
        *_period_options(),
    ]


def _period_options() -> list[Option]:
    return [
        Option(["--from", "from_"], metavar="DATE"),
        Option(["--to"], metavar="DATE"),
        Option(["--month"], metavar="YYYY-MM"),
        Option(["--quarter"], metavar="YYYY-Qn"),
        Option(["--year"], metavar="YYYY"),
    ]


def _shaping_options() -> list[Option]:
    return [
        Option(["--where"], metavar="COLUMN=VALUE", multiple=True),
        Option(["--policy"], metavar="ID=@FILE", multiple=True),
        Option(["--evidence"], is_flag=True),
        *format_options(),
        *shared_options(),
    ]


def _argument_options(names: tuple[str, ...]) -> list[Option]:
    return [Option([f"--{name.replace('_', '-')}", name], metavar="CODE") for name in names]


def _ask(call: Call, name: str, given: dict[str, Any]) -> None:
    """Ask for a view as the options say, and print it."""
    pinned = {each: given.pop(each) for each in PINNED}
    form, out, evidence = given.pop("form"), given.pop("out"), given.pop("evidence")
    where, policies = where_given(given.pop("where")), policies_given(given.pop("policy"))
    with call.open() as ledger:
        found = ledger.view(name, where=where, policies=policies, **pinned, **arguments_given(given))
        put(Sheet.of_view(found, call.lang), call, form, out, evidence=evidence)


@click.pass_obj
def _view(call: Call, /, name: str, **given: Any) -> None:
    _ask(call, name, given)


@click.pass_obj
def _history(call: Call, /, subject: str, **given: Any) -> None:
    _ask(call, "history", given | {"subject": subject})


@click.pass_obj
def _journal(call: Call, /, **given: Any) -> None:
    _ask(call, "journal", given)


@click.pass_obj
def _diff(call: Call, /, name: str, a: str, b: str, form: str, out: Path | None, evidence: bool, **given: Any) -> None:
    period = {each: given.pop(each) for each in PERIOD}
    where, policies = where_given(given.pop("where")), policies_given(given.pop("policy"))
    with call.open() as ledger:
        before, after = pin_given("a", a), pin_given("b", b)
        found = ledger.diff(name, before, after, where=where, policies=policies, **period, **arguments_given(given))
        put(Sheet.of_view(found, call.lang), call, form, out, evidence=evidence)


@click.pass_obj
def _views(call: Call, /, form: str, out: Path | None) -> None:
    columns = (
        column("name", "视图", "View"),
        column("title", "名称", "Title"),
        column("group", "类别", "Group", values="group"),
        column("about", "说明", "About"),
    )
    rows = [
        {"name": each.name, "title": each.title[call.lang], "group": each.group, "about": each.about[call.lang]}
        for each in definitions().values()
    ]
    shown = columns[:3] if form == "table" else columns
    put(Sheet("views", call.words("views-title"), shown, rows), call, form, out)


def _arguments_of_views() -> tuple[str, ...]:
    return tuple(sorted({name for each in definitions().values() for name in each.arguments}))


def _name() -> click.Argument:
    return click.Argument(["name"], metavar="VIEW")


view = Command(
    "view",
    callback=_view,
    params=[_name(), *_pin_options(), *_argument_options(_arguments_of_views()), *_shaping_options()],
)
views = Command("views", callback=_views, params=[*format_options(), *shared_options()])
history = Command(
    "history",
    callback=_history,
    params=[click.Argument(["subject"], metavar="SUBJECT"), *_pin_options(), *_shaping_options()],
)
journal = Command(
    "journal",
    callback=_journal,
    params=[*_argument_options(("type", "stream", "subject")), *_pin_options(), *_shaping_options()],
)
diff = Command(
    "diff",
    callback=_diff,
    params=[
        _name(),
        Option(["--a"], metavar="PIN", required=True),
        Option(["--b"], metavar="PIN", required=True),
        *_period_options(),
        *_argument_options(_arguments_of_views()),
        *_shaping_options(),
    ],
)
