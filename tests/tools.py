"""Programs of other people that tests ask for a second opinion: missing is a visible skip at home, a failure in CI."""

from __future__ import annotations

import os
import shutil

import pytest

REQUIRE_TOOLS = "XIYUAN_REQUIRE_TOOLS"


def program(*names: str) -> str:
    """The path of the first of these programs that is on the PATH."""
    for name in names:
        if found := shutil.which(name):
            return found
    return missing(f"no {' or '.join(names)} on the PATH")


def missing(what: str) -> str:
    """Say what is not there: a skip, or in CI a failure."""
    if os.environ.get(REQUIRE_TOOLS):
        pytest.fail(what)
    pytest.skip(what)
