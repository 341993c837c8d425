"""Where `xiyuan` starts."""

from __future__ import annotations

import sys
from importlib.util import find_spec

from xiyuan_ledger.cli.language import language
from xiyuan_ledger.cli.refusals import say_error
from xiyuan_ledger.errors import FileError


def main() -> None:
    """The command `xiyuan`; ends the process with its exit code."""
    if find_spec("click") is None:
        sys.exit(say_error(FileError("extra-missing", found="cli"), language(sys.argv[1:])))
    from xiyuan_ledger.cli.commands import xiyuan

    xiyuan.main(prog_name="xiyuan")
