"""`xiyuan` as a process: interrupted, cut off, fed by a pipe, and the demonstration as a person runs it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.street_office import ENTRIES, started, text_of
from xiyuan_ledger.ledger import Ledger

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and pipes are those of Unix")
LINES_FED = 1_500
POLICIES = 21


def run(*arguments: str, folder: Path) -> tuple[int, str, str]:
    """Run to the end: exit code, stdout, stderr."""
    process = started(*arguments, folder=folder)
    out, said = process.communicate(timeout=120)
    return process.returncode, out.decode(), said.decode()


def test_the_main_path_from_a_new_ledger_to_a_view(tmp_path: Path) -> None:
    (tmp_path / "street.jsonl").write_text(text_of(ENTRIES), "utf-8")
    assert run("init", folder=tmp_path)[0] == 0
    assert run("record", "street.jsonl", folder=tmp_path)[0] == 0
    code, out, said = run("view", "exam_deadlines", "--valid-on", "2013-06-30", "--format", "jsonl", folder=tmp_path)
    assert (code, said) == (0, "ledger xiyuan · known at 25 · valid on 2013-06-30\n")
    assert [json.loads(line)["worker"] for line in out.splitlines()] == ["W-1", "W-2"]


def test_nothing_is_said_after_refusals_of_every_kind(tmp_path: Path) -> None:
    held = {"type": "SessionHeld", "session": "S", "class": "C", "starts_at": "2012-01-01", "occurred_on": "2012-01-01"}
    policy = {"type": "PolicyAdopted", "policy": "scorecard", "version": 2, "authority": "x"} | {
        "effective_from": "2012-01-01",
        "occurred_on": "2012-01-01",
    }
    bad = [
        held,
        dict(ENTRIES[1], employer="a\0b", source="a\0b"),
        dict(ENTRIES[1], occurred_on="2012-1-1"),
        dict(policy, parameters={"parties": {"third_party": 1}}),
        dict(policy, parameters={"parties": [[[[[["\ud83d"]]]]]]}),
        dict(policy, recorded_at="2012-01-01T00:00:00", parameters={}),
    ]
    (tmp_path / "bad.jsonl").write_text("".join(json.dumps(each) + "\n" for each in bad), "utf-8")
    run("init", folder=tmp_path)
    code, out, said = run("record", "bad.jsonl", "--format", "jsonl", folder=tmp_path)
    assert (code, len(out.splitlines()), len(said.splitlines())) == (1, len(bad), 2)
    code, _, said = run("view", "exam_funnel", "--format", "json", folder=tmp_path)
    assert (code, said) == (0, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full disk at hand")
@pytest.mark.parametrize("arguments", [["views"], ["journal", "--format", "json"], ["--help"]])
def test_a_full_disk_under_the_output_is_said_in_words(tmp_path: Path, arguments: list[str]) -> None:
    run("init", folder=tmp_path)
    with Path("/dev/full").open("wb") as full:
        process = started(*arguments, folder=tmp_path, stdout=full.fileno())
        _, said = process.communicate(timeout=60)
    assert process.returncode == 2
    assert said.decode().startswith("error[out-unwritable]: the output cannot be written: No space left on device")
    assert b"Traceback" not in said


def test_entries_are_read_from_pipes(tmp_path: Path) -> None:
    run("init", folder=tmp_path)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    process = started("record", "pipe", folder=tmp_path)
    pipe.write_text(text_of(ENTRIES[:2]), "utf-8")
    _, said = process.communicate(timeout=60)
    assert said.decode() == "recorded 2, duplicate 0, refused 0\n"
    process = started("record", "/dev/stdin", folder=tmp_path, stdin=subprocess.PIPE)
    _, said = process.communicate(text_of(ENTRIES[2:]).encode(), timeout=60)
    assert said.decode() == "recorded 2, duplicate 0, refused 0\n"


def test_an_interrupted_import_leaves_whole_batches_and_ends_with_130(tmp_path: Path) -> None:
    assert run("init", folder=tmp_path)[0] == 0
    process = started("record", "-", "--format", "jsonl", folder=tmp_path, stdin=subprocess.PIPE)
    assert process.stdin is not None
    workers = [dict(ENTRIES[1], worker=f"W-{n}") for n in range(LINES_FED)]
    process.stdin.write(text_of([ENTRIES[0], *workers]).encode())
    process.stdin.flush()
    _wait_for_receipts(process)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"Traceback" not in said
    with Ledger.open(f"sqlite:///{tmp_path / 'xiyuan.db'}") as ledger:
        assert ledger.head == POLICIES + 1_000


def _wait_for_receipts(process: subprocess.Popen[bytes]) -> None:
    """Until the first batch is answered."""
    assert process.stdout is not None
    assert process.stdout.readline().startswith(b'{"file":"stdin","line":1,')
    time.sleep(0.2)


def test_a_reader_that_stops_reading_is_no_error_to_talk_about(tmp_path: Path) -> None:
    (tmp_path / "street.jsonl").write_text(
        text_of([ENTRIES[0], *(dict(ENTRIES[1], worker=f"W-{n}") for n in range(2_000))]), "utf-8"
    )
    run("init", folder=tmp_path)
    run("record", "street.jsonl", folder=tmp_path)
    process = started("journal", "--format", "jsonl", folder=tmp_path)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    said = process.stderr.read()
    process.stderr.close()
    assert process.wait(60) == 141
    assert said == b""


def test_a_terminal_without_chinese_gets_question_marks_and_no_traceback(tmp_path: Path) -> None:
    process = started("--lang", "zh", "views", folder=tmp_path, PYTHONIOENCODING="latin-1")
    out, said = process.communicate(timeout=60)
    assert (process.returncode, said) == (0, b"")
    assert b"exam_funnel" in out
    assert b"?" in out


def test_the_demonstration_shows_the_street_and_refuses_a_folder_in_use(tmp_path: Path) -> None:
    code, out, said = run("demo", "street", folder=tmp_path)
    assert code == 0, said
    for title in ("4+1 standard", "Fund statement", "Timeliness"):
        assert title in out
    assert "0 rows" not in out
    assert "what to try next" in said
    assert "run post-subsidy-2013-06-1: opened by clerk-1, approved by chief-1" in said
    assert len(list((tmp_path / "street" / "bank" / "out").iterdir())) == 1
    june = (
        "view",
        "payslip",
        "--where",
        "month=2013-06",
        "--ledger",
        "sqlite:///street/xiyuan.db",
        "--format",
        "jsonl",
    )
    assert sum(json.loads(row)["net_fen"] for row in run(*june, folder=tmp_path)[1].splitlines()) == 260_000
    rows = run("view", "exam_funnel", "--ledger", "sqlite:///street/xiyuan.db", "--format", "jsonl", folder=tmp_path)[1]
    assert {json.loads(row)["year"] for row in rows.splitlines()} >= {2012, 2013}
    code, _, said = run("demo", "street", folder=tmp_path)
    assert (code, said.partition(":")[0]) == (2, "error[demo-folder]")


def test_the_command_starts_without_the_libraries_that_only_answers_need(tmp_path: Path) -> None:
    """Arrow loads pandas, where it is installed, with the first scalar that is made: a second of each start."""
    asked = "import sys, xiyuan_ledger.cli.main; print(sorted({'pandas', 'openpyxl', 'jinja2'} & set(sys.modules)))"
    told = subprocess.run([sys.executable, "-c", asked], check=True, capture_output=True, text=True, cwd=tmp_path)
    assert told.stdout.strip() == "[]"


def test_what_the_demonstration_says_to_try_next_can_be_done(tmp_path: Path) -> None:
    said = run("demo", "street", folder=tmp_path)[2]
    lines = [line.strip() for line in said.splitlines() if line.startswith("  ")]
    assert lines[-1] == "xiyuan verify bundle --policy policy.txt"
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "XIYUAN_LANG": "en"}
    done = subprocess.run(
        ["sh", "-e"], input="\n".join(lines).encode(), cwd=tmp_path, env=environment, capture_output=True
    )
    assert done.returncode == 0, done.stderr.decode()
    assert (tmp_path / "bundle" / "MANIFEST.json").exists()


WHOLE_FORMS = [("xlsx", b"PK\x03\x04"), ("parquet", b"PAR1")]


@pytest.mark.parametrize(("form", "magic"), WHOLE_FORMS)
def test_a_form_that_is_no_text_goes_into_a_pipe(tmp_path: Path, form: str, magic: bytes) -> None:
    (tmp_path / "street.jsonl").write_text(text_of(ENTRIES), "utf-8")
    run("init", folder=tmp_path)
    for arguments in (["record", "street.jsonl"], ["view", "exam_deadlines"]):
        process = started(*arguments, "--format", form, folder=tmp_path)
        out, said = process.communicate(timeout=120)
        assert (process.returncode, out[:4]) == (0, magic), said.decode()


@pytest.mark.parametrize("arguments", [["view", "exam_deadlines"], ["record", "street.jsonl"]])
def test_a_form_that_is_no_text_is_kept_off_a_terminal(tmp_path: Path, arguments: list[str]) -> None:
    (tmp_path / "street.jsonl").write_text(text_of(ENTRIES), "utf-8")
    run("init", folder=tmp_path)
    ours, terminal = os.openpty()
    try:
        process = started(*arguments, "--format", "xlsx", folder=tmp_path, stdout=terminal)
        _, said = process.communicate(timeout=120)
    finally:
        os.close(terminal)
        os.close(ours)
    assert process.returncode == 2
    assert said.decode().startswith("error[out-missing]: ")
    with Ledger.open(f"sqlite:///{tmp_path}/xiyuan.db") as ledger:
        assert ledger.head == POLICIES


def test_standard_input_named_twice_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "street.jsonl").write_text(text_of(ENTRIES), "utf-8")
    run("init", folder=tmp_path)
    with (tmp_path / "street.jsonl").open("rb") as stream:
        process = started("record", "-", "-", folder=tmp_path, stdin=stream.fileno())
        out, said = process.communicate(timeout=120)
    assert (process.returncode, len(out.splitlines())) == (0, len(ENTRIES)), said.decode()
