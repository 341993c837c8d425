"""The pages of the documentation: their blocks of code, run in order as a reader would, their links and headings."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from doctest import ELLIPSIS, NORMALIZE_WHITESPACE, OutputChecker
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from tests.tidy import ROOT
from xiyuan_ledger.cli.commands import xiyuan

FENCE = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)
LINK = re.compile(r"\]\(([^)\s]+)\)")
NAMED_COMMAND = re.compile(r"`xiyuan ([a-z]+)")
FILES = frozenset({"jsonl", "toml", "json", "csv"})
WITH_FILES = frozenset({"cmp", "cp", "mkdir"})
MADE = "docs/reference/"


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, the file that it stands for, its text, and the text between it and the next."""

    language: str
    file: str
    text: str
    start: int
    end: int


def pages() -> list[Path]:
    """Every page, those made from the code included."""
    return [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]


def written_pages() -> list[Path]:
    """The pages that people wrote."""
    return [page for page in pages() if not page.relative_to(ROOT).as_posix().startswith(MADE)]


def blocks(text: str) -> list[Block]:
    """The fenced blocks of a page, in order."""
    return [Block(m[1], m[2] or "", m[3], m.start(), m.end()) for m in FENCE.finditer(text)]


def prose(text: str) -> str:
    """A page without its blocks of code."""
    return FENCE.sub("", text)


def anchors(text: str) -> set[str]:
    """The names under which a page's headings are linked to."""
    found = (re.sub(r"[^\w\- ]", "", heading.lower()).strip() for heading in HEADING.findall(prose(text)))
    return {each.replace(" ", "-") for each in found}


def commands(block: Block) -> Iterator[tuple[str, str]]:
    """Each command of a block with the output that the page shows for it."""
    if block.language == "bash":
        yield from ((line, "") for line in block.text.splitlines() if line and not line.startswith("#"))
        return
    for part in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
        command, _, shown = part.partition("\n")
        yield command, shown


class Reader:
    """Does what a page says, in a folder of its own: writes its files, runs its code, and says where they differ."""

    def __init__(self, page: Path):
        self.page = page
        self.text = page.read_text("utf-8")
        self.environment = {"XIYUAN_LANG": "zh" if page.name.endswith(".zh.md") else "en"}
        self.names: dict[str, Any] = {"__name__": "__main__"}

    def differences(self) -> list[str]:
        """What the page shows otherwise than it is."""
        found: list[str] = []
        for block in blocks(self.text):
            for said, shown, got, code in self.outputs(block):
                if shown.strip() and not same(shown, got):
                    found.append(f"{self.page.name}: {said}\nshown:\n{shown}\nis:\n{got}")
                elif not shown.strip() and code:
                    found.append(f"{self.page.name}: {said}\nends with {code}:\n{got}")
        return found

    def outputs(self, block: Block) -> Iterator[tuple[str, str, str, int]]:
        """What was run, what the page shows for it, what came out, and with which exit code."""
        if block.file and block.language in FILES:
            Path(block.file).write_text(block.text, "utf-8")
        elif block.language == "python":
            yield block.text, self.shown_after(block), self.run_python(block.text), 0
        elif block.language in ("console", "bash"):
            for command, shown in commands(block):
                yield command, shown, *self.run_command(command)

    def shown_after(self, block: Block) -> str:
        """The text block that follows at once: what the code prints."""
        following = next((each for each in blocks(self.text) if each.start >= block.end), None)
        if following is None or following.language != "text" or self.text[block.end : following.start].strip():
            return ""
        return following.text

    def run_python(self, text: str) -> str:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(text, self.page.name, "exec"), self.names)
        return printed.getvalue()

    def run_command(self, command: str) -> tuple[str, int]:
        """Run `xiyuan …`, `export …`, `cd …` and what handles files; other programs are not ours to run."""
        program, *arguments = shlex.split(command, comments=True)
        if program == "export":
            self.environment.update(word.partition("=")[::2] for word in arguments)
            return "", 0
        if program == "cd":
            os.chdir(arguments[0])
            return "", 0
        if program in WITH_FILES:
            done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
            return done.stdout + done.stderr, done.returncode
        if program == "make":
            targets = (ROOT / "Makefile").read_text("utf-8")
            missing = [each for each in arguments if not re.search(rf"^{each}:", targets, re.MULTILINE)]
            return f"no such target: {missing}" if missing else "", len(missing)
        if program != "xiyuan":
            return "", 0
        answer = CliRunner().invoke(xiyuan, arguments, prog_name="xiyuan", env=self.environment, catch_exceptions=False)
        return answer.output, answer.exit_code


def same(shown: str, got: str) -> bool:
    """Whether output is as a page shows it: `...` stands for anything, blanks count as one."""
    lines = "\n".join(line for line in shown.splitlines() if line.strip())
    other = "\n".join(line for line in got.splitlines() if line.strip())
    return OutputChecker().check_output(lines + "\n", other + "\n", ELLIPSIS | NORMALIZE_WHITESPACE)


@contextlib.contextmanager
def inside(folder: Path) -> Iterator[None]:
    """Work in a folder, without what the shell had set for `xiyuan`."""
    before, named = Path.cwd(), {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("XIYUAN_")}
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
        os.environ.update(named)
