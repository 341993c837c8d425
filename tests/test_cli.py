"""The command line in the office's hands: what it records, what it answers, what it says when it cannot."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from tests.street_office import ENTRIES, Office, text_of
from xiyuan_ledger.cli.commands import COMMANDS
from xiyuan_ledger.cli.language import examples, help_words
from xiyuan_ledger.projections.catalogue import definitions

POLICIES = 21
NEXT = POLICIES + 1


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    """An empty folder."""
    return Office(tmp_path, monkeypatch)


@pytest.fixture
def street(office: Office) -> Office:
    """A ledger with the street, two workers and the money of July."""
    office.done("init")
    office.done("record", office.write("street.jsonl", ENTRIES))
    return office


def test_a_new_ledger_has_the_default_policies_and_says_what_comes_next(office: Office) -> None:
    found = office.run("init")
    assert (found.exit_code, found.stdout) == (0, "")
    assert f"created ledger xiyuan at sqlite:///xiyuan.db, with {POLICIES} policies adopted" in found.stderr
    assert "next: xiyuan record" in found.stderr


def test_a_ledger_is_never_created_over_another(street: Office) -> None:
    found = street.run("init")
    assert found.exit_code == 2
    assert found.stderr.startswith("error[store-exists]: ")
    assert "\n\nhint: " in found.stderr


def test_policy_files_take_the_place_of_the_defaults_they_name(office: Office) -> None:
    policy = 'policy = "exam-deadline"\neffective_from = 2012-06-01\nauthority = "街道"\n[parameters]\nyears = 2\n'
    office.done("init", "--policies", office.write("two.toml", policy), "--name", "street-2")
    (row,) = [row for row in office.rows("view", "policy_register") if row["policy"] == "exam-deadline"]
    assert row["authority"] == "街道"


def test_every_line_gets_a_receipt_and_the_counts_go_to_stderr(office: Office) -> None:
    office.done("init")
    found = office.run("record", office.write("street.jsonl", ENTRIES), "--format", "jsonl")
    receipts = [json.loads(line) for line in found.stdout.splitlines()]
    assert [(each["file"], each["line"], each["status"], each["position"]) for each in receipts] == [
        ("street.jsonl", 1, "recorded", NEXT),
        ("street.jsonl", 2, "recorded", NEXT + 1),
        ("street.jsonl", 3, "recorded", NEXT + 2),
        ("street.jsonl", 4, "recorded", NEXT + 3),
    ]
    assert found.stderr == "recorded 4, duplicate 0, refused 0\n"


def test_a_file_recorded_twice_records_nothing_new_and_says_so(street: Office) -> None:
    found = street.run("record", "street.jsonl", "--format", "csv")
    assert found.exit_code == 0
    assert [line.split(",")[2] for line in found.stdout.splitlines()] == ["status", *["duplicate"] * 4]
    assert "recorded 0, duplicate 4, refused 0" in found.stderr


def test_good_lines_are_recorded_and_bad_ones_reported(street: Office) -> None:
    late = dict(ENTRIES[1], worker="W-3", occurred_on="2012-04-01")
    unknown = dict(ENTRIES[1], type="WorkerHried")
    street.write("june.jsonl", text_of([late, unknown]) + "{broken\n" + '{"type": "WorkerLeft", "worker": "W-9"}\n')
    found = street.run("record", "june.jsonl", "--format", "jsonl")
    receipts = [json.loads(line) for line in found.stdout.splitlines()]
    assert found.exit_code == 1
    assert [(each["line"], each["status"], each.get("code")) for each in receipts] == [
        (1, "recorded", None),
        (2, "refused", "entry-type-unknown"),
        (3, "refused", "json-broken"),
        (4, "refused", "field-missing"),
    ]
    assert "recorded 1, duplicate 0, refused 3" in found.stderr


def test_with_atomic_one_bad_line_keeps_all_out(street: Office) -> None:
    late = dict(ENTRIES[1], worker="W-3", occurred_on="2012-04-01")
    street.write("june.jsonl", text_of([late]) + "{broken\n")
    found = street.run("record", "june.jsonl", "--atomic", "--format", "jsonl")
    assert found.exit_code == 1
    assert [json.loads(line)["line"] for line in found.stdout.splitlines()] == [2]
    assert "none of the 2 lines was recorded" in found.stderr
    again = street.run("record", "june.jsonl", "--format", "jsonl").stdout
    assert again.startswith('{"file":"june.jsonl","line":1,"status":"recorded"')


def test_with_atomic_good_lines_are_recorded_together(office: Office) -> None:
    office.done("init")
    found = office.run("record", office.write("street.jsonl", ENTRIES), "--atomic")
    assert (found.exit_code, found.stderr) == (0, "recorded 4, duplicate 0, refused 0\n")


def test_a_dry_run_says_what_would_be_and_writes_nothing(street: Office) -> None:
    late = dict(ENTRIES[1], worker="W-3", occurred_on="2012-04-01")
    street.write("june.jsonl", [ENTRIES[1], late, dict(late, employer="NOBODY", type="WorkerLeft")])
    found = street.run("record", "june.jsonl", "--dry-run", "--format", "jsonl")
    receipts = [json.loads(line) for line in found.stdout.splitlines()]
    assert found.exit_code == 1
    assert [each["status"] for each in receipts] == ["duplicate", "recorded", "refused"]
    assert "position" not in receipts[1]
    assert "dry run, nothing written: would record 1, duplicate 1, refused 1" in found.stderr
    assert len(street.rows("journal")) == POLICIES + len(ENTRIES)


def test_standard_input_is_a_file_too(office: Office) -> None:
    office.done("init")
    office.done("record", "-", stdin=text_of(ENTRIES))
    assert [row["source"] for row in office.rows("journal")][-1] == "stdin:4"


def test_of_many_lines_a_table_shows_only_those_that_were_not_recorded(office: Office) -> None:
    office.done("init")
    many = [dict(ENTRIES[1], worker=f"W-{n}") for n in range(60)]
    found = office.run("record", office.write("many.jsonl", [ENTRIES[0], *many, dict(many[0], worker=7)]))
    assert found.stdout.splitlines()[0].startswith("many.jsonl:62  refused     [field-invalid]")
    assert len(found.stdout.splitlines()) == 2
    assert "recorded 61, duplicate 0, refused 1" in found.stderr


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["record", "june.xls"], "file-kind"),
        (["record", "missing.jsonl"], "file-unreadable"),
        (["record", "missing"], "file-unreadable"),
        (["record", "."], "file-unreadable"),
        (["view", "exam_deadlines", "--format", "xlsx", "--out", "no/where.xlsx"], "file-unwritable"),
        (["view", "exam_deadlines", "--format", "parquet", "--out", "no/where.parquet"], "file-unwritable"),
        (["record", "street.jsonl", "--out", "no/where.txt"], "file-unwritable"),
        (["view", "history"], "argument-missing"),
        (["journal", "--type", "ExamPast"], "entry-type-unknown"),
        (["init", "--ledger", "sqlite:///new.db", "--name", ""], "name-form"),
        (["init", "--ledger", "sqlite:///new.db", "--name", "x" * 65], "name-form"),
        (["init", "--bogus"], "usage-option"),
        (["view", "exam_deadlines", "--ledger", "sqlite:///."], "store-folder"),
        (["record"], "usage-missing"),
        (["recrd"], "usage-command"),
        (["view", "exam_deadlines", "--valid-no", "2013-06-30"], "usage-option"),
        (["view", "exam_deadline"], "view-unknown"),
        (["view", "exam_deadlines", "--valid-on", "2013-02-30"], "day-form"),
        (["view", "exam_deadlines", "--known-at", "yesterday"], "known-at-form"),
        (["view", "exam_deadlines", "--known-at", "999999"], "known-at-ahead"),
        (["view", "exam_deadlines", "--where", "status"], "where-form"),
        (["view", "exam_deadlines", "--where", "status=met", "--where", "status=missed"], "where-twice"),
        (["view", "exam_deadlines", "--where", "colour=red"], "column-unknown"),
        (["view", "exam_deadlines", "--subject", "W-1"], "argument-unknown"),
        (["view", "exam_deadlines", "--policy", "exam-deadline"], "policy-form"),
        (["view", "exam_deadlines", "--policy", "exam-deadline=@no.toml"], "policy-file-unreadable"),
        (["view", "exam_deadlines", "--out", "no/where.csv", "--format", "csv"], "file-unwritable"),
        (["view", "exam_deadlines", "--format", "pdf"], "usage"),
        (["view", "exam_deadlines", "--ledger", "ftp://x"], "store-url"),
        (["view", "exam_deadlines", "--ledger", "sqlite:///none.db"], "store-missing"),
        (["view", "exam_deadlines", "--actor", "two words"], "actor-form"),
        (["diff", "exam_deadlines", "--a", "1@yesterday", "--b", "2"], "day-form"),
        (["diff", "exam_deadlines", "--a", "1"], "usage-missing"),
        (["schema", "ExamPast"], "fact-unknown"),
        (["template", "ExamPast"], "fact-unknown"),
    ],
)
def test_what_cannot_be_done_ends_with_2_and_says_what_to_do(street: Office, arguments: list[str], code: str) -> None:
    street.write("june.xls", "type,worker\n")
    english, chinese = street.run(*arguments), street.run("--lang", "zh", *arguments)
    assert (english.exit_code, english.stdout) == (2, "")
    assert english.stderr.startswith(f"error[{code}]: ")
    assert "\n\nhint: " in english.stderr
    assert chinese.stderr.startswith(f"错误[{code}]: ")
    assert "\n\n提示: " in chinese.stderr
    assert "Traceback" not in english.stderr + chinese.stderr


def test_without_a_command_the_help_is_shown_as_talk(office: Office) -> None:
    found = office.run()
    assert (found.exit_code, found.stdout) == (2, "")
    assert "Commands:" in found.stderr


def test_ledger_language_and_actor_are_taken_before_and_after_the_command(street: Office) -> None:
    street.done("init", "--ledger", "sqlite:///other.db")
    street.done("--ledger", "sqlite:///other.db", "record", "street.jsonl", "--actor", "clerk-9", "--lang", "zh")
    rows = street.rows("--actor", "clerk-2", "journal", "--ledger", "sqlite:///other.db", "--type", "FundsReceived")
    assert [row["actor"] for row in rows] == ["clerk-9"]


def test_every_option_can_be_given_in_the_environment(street: Office) -> None:
    env = {"XIYUAN_VIEW_VALID_ON": "2012-07-01", "XIYUAN_FORMAT": "csv", "XIYUAN_LEDGER": "sqlite:///xiyuan.db"}
    found = street.done("view", "exam_deadlines", env=env)
    assert [line.split(",")[0] for line in found.splitlines()] == ["worker", "W-1", "W-2"]


@pytest.mark.parametrize(
    ("env", "word"),
    [
        ({"LANG": "zh_CN.UTF-8"}, "错误"),
        ({"LANG": "en_GB.UTF-8"}, "error"),
        ({"LANG": "en_GB.UTF-8", "LC_ALL": "zh_CN.GB18030"}, "错误"),
        ({"LANG": "zh_CN.UTF-8", "XIYUAN_LANG": "en"}, "error"),
        ({"LANG": "C"}, "error"),
    ],
)
def test_the_language_is_that_of_the_locale(office: Office, env: dict[str, str], word: str) -> None:
    assert office.run("doctor", "--nonsense", env=env).stderr.startswith(word)


def test_history_tells_everything_about_a_subject(street: Office) -> None:
    assert [row["type"] for row in street.rows("history", "W-2")] == ["WorkerHired"]
    assert street.rows("history", "W-2", "--known-at", str(POLICIES)) == []


def test_the_journal_is_kept_to_a_period_a_type_or_a_stream(street: Office) -> None:
    assert len(street.rows("journal", "--month", "2012-07")) == 1
    assert len(street.rows("journal", "--type", "WorkerHired")) == 2
    assert len(street.rows("journal", "--stream", "worker/W-1")) == 1
    assert len(street.rows("journal", "--subject", "W-1", "--from", "2012-02-02", "--to", "2012-12-31")) == 0


def test_a_diff_names_the_fact_that_took_a_row_away(street: Office) -> None:
    left = {"type": "WorkerLeft", "worker": "W-1", "employer": "XY", "occurred_on": "2012-08-01", "reason": "moved"}
    head = POLICIES + len(ENTRIES)
    street.done("record", street.write("left.jsonl", [left]))
    asked = ["diff", "exam_deadlines", "--a", f"{head}@2013-06-30", "--b", f"{head + 1}@2013-06-30"]
    (row,) = street.rows(*asked)
    assert (row["change"], row["key"]) == ("removed", {"worker": "W-1"})
    assert [each[:13] for each in row["caused_by"]] == [f"00000000-{head + 1:04x}"]
    assert street.rows(*asked, "--where", "worker=W-2") == []


def test_a_diff_is_kept_to_a_period(street: Office) -> None:
    asked = ["diff", "fund_statement", "--a", f"{POLICIES}@2012-12-31", "--b", "@2012-12-31"]
    (july,) = street.rows(*asked, "--month", "2012-07")
    assert july["after"]["closing_fen"] == 123456
    assert street.rows(*asked, "--month", "2012-06") == []


@pytest.mark.parametrize("period", [("--month", "2012-07"), ("--from", "2012-07-01"), ("--year", "2012")])
def test_a_view_about_a_day_takes_no_period(street: Office, period: tuple[str, str]) -> None:
    for asked in (["view", "exam_deadlines"], ["history", "W-2"], ["diff", "exam_deadlines", "--a", "1", "--b", "2"]):
        refused = street.run(*asked, *period)
        assert (refused.exit_code, refused.stdout) == (2, "")
        assert refused.stderr.startswith("error[period-untaken]: view `")


def test_a_supposed_policy_changes_the_view_and_the_output_says_so(street: Office) -> None:
    street.write("two.json", '{"years": 2}')
    asked = ["view", "exam_deadlines", "--valid-on", "2013-06-30", "--policy", "exam-deadline=@two.json"]
    assert [row["deadline"] for row in street.rows(*asked)] == ["2014-06-01", "2014-06-01"]
    assert 'what if {"exam-deadline":{"parameters":{"years":2}}}' in street.done(*asked)
    said = json.loads(street.done(*asked, "--format", "json"))["pin"]["what_if"]
    assert said == {"exam-deadline": {"parameters": {"years": 2}}}


@pytest.mark.parametrize(
    "text",
    [
        "pass_mark = 70\n",
        "[parameters]\npass_mark = 70\n",
        'policy = "exam-rules"\n[parameters]\npass_mark = 70\n',
        "effective_from = 2012-01-01\npass_mark = 70\n",
    ],
)
def test_a_supposed_policy_may_be_its_parameters_alone(street: Office, text: str) -> None:
    street.write("rules.toml", text)
    assert "exam-rules" in street.done("view", "exam_deadlines", "--policy", "exam-rules=@rules.toml")
    street.write("rules.toml", text.replace("pass_mark", "mark"))
    refused = street.run("view", "exam_deadlines", "--policy", "exam-rules=@rules.toml")
    assert refused.stderr.startswith("error[policy-parameters]: mark does not fit policy exam-rules: no such parameter")


def test_parameters_beside_parameters_are_refused(street: Office) -> None:
    street.write("rules.toml", "pass_mark = 70\n[parameters]\npass_mark = 70\n")
    refused = street.run("view", "exam_deadlines", "--policy", "exam-rules=@rules.toml")
    assert refused.stderr.startswith("error[policy-file-unknown-field]")


def test_options_that_look_like_it_are_named_only_where_there_are_any(street: Office) -> None:
    assert "hint: `xiyuan init --help` lists all" in street.run("init", "--bogus").stderr
    assert "hint: similar: --name; `xiyuan init --help`" in street.run("init", "--nam").stderr.replace("  ", " ")


def test_a_dry_run_with_atomic_says_that_nothing_would_be_recorded(street: Office) -> None:
    late = dict(ENTRIES[1], worker="W-3", occurred_on="2012-04-01")
    street.write("june.jsonl", text_of([late]) + "{broken\n")
    found = street.run("record", "june.jsonl", "--atomic", "--dry-run", "--format", "jsonl")
    assert (found.exit_code, found.stdout.count("\n")) == (1, 1)
    assert "would record 0, duplicate 0, refused 1" in found.stderr
    assert "none of the 2 lines would be recorded" in found.stderr


def test_a_policy_file_of_another_policy_is_refused(street: Office) -> None:
    street.write("four.toml", 'policy = "four-plus-one"\neffective_from = 2012-06-01\nauthority = "街道"\n')
    found = street.run("view", "exam_deadlines", "--policy", "exam-deadline=@four.toml")
    assert (found.exit_code, found.stderr.partition(":")[0]) == (2, "error[policy-other]")


def test_a_diff_shows_what_came_between_two_pins(street: Office) -> None:
    a, b = f"{NEXT + 1}@2013-06-30", f"{NEXT + 2}@2013-06-30"
    (row,) = street.rows("diff", "exam_deadlines", "--a", a, "--b", b)
    assert row["change"] == "added"
    assert street.rows("diff", "exam_deadlines", "--a", a, "--b", a) == []


def test_the_schema_of_a_fact_has_its_public_names_and_its_type(office: Office) -> None:
    found = json.loads(office.done("schema", "ProjectContracted", "--lang", "zh"))
    assert found["properties"]["type"] == {"const": "ProjectContracted"}
    assert {"from", "to", "instalments", "occurred_on"} <= set(found["properties"])
    assert "type" in found["required"]
    assert "签约" in found["title"]


def test_a_schema_is_asked_for_by_the_title_of_the_fact_too(office: Office) -> None:
    assert office.done("schema", "考试合格") == office.done("schema", "ExamPassed")
    assert office.run("schema", "报名").stderr.startswith("error[fact-ambiguous]")


def test_the_schema_of_all_facts_defines_each(office: Office) -> None:
    found = json.loads(office.done("schema"))
    assert {"ExamPassed", "PolicyAdopted", "RecordVoided"} <= set(found["$defs"])
    assert {"$ref": "#/$defs/ExamPassed"} in found["oneOf"]


def test_views_lists_every_view(office: Office) -> None:
    assert [row["name"] for row in office.rows("views")] == list(definitions())


def test_the_doctor_finds_a_sound_ledger_sound(street: Office) -> None:
    rows = street.rows("doctor")
    assert [(row["check"], row["status"]) for row in rows] == [
        ("versions", "ok"),
        ("store", "ok"),
        ("events", "ok"),
        ("clock", "ok"),
        ("journal", "ok"),
        ("vault", "ok"),
        ("workers", "ok"),
        ("runs", "ok"),
        ("organisations", "ok"),
        ("key", "warn"),
        ("pages", "ok"),
    ]


def test_the_doctor_finds_a_changed_event_and_ends_with_1(street: Office) -> None:
    with sqlite3.connect("xiyuan.db") as connection:
        connection.execute("DROP TRIGGER events_UPDATE")
        changed = "UPDATE events SET state = CAST(replace(state, 'W-1', 'W-7') AS BLOB) WHERE position = ?"
        connection.execute(changed, (NEXT + 1,))
    connection.close()
    found = street.run("doctor", "--format", "jsonl")
    rows = {row["check"]: row for row in map(json.loads, found.stdout.splitlines())}
    assert found.exit_code == 1
    assert (rows["events"]["status"], rows["events"]["found"]) == ("fail", f"#{NEXT + 1} leaf, #{NEXT + 1} bytes")
    assert rows["events"]["advice"].startswith("do not write to it")


def test_the_doctor_names_organisations_that_nobody_registered(street: Office) -> None:
    street.done("record", "-", stdin=text_of([dict(ENTRIES[1], worker="W-5", employer="SOMEWHERE")]))
    (row,) = [row for row in street.rows("doctor") if row["check"] == "organisations"]
    assert (row["status"], row["found"]) == ("warn", "1 organisations are not registered: SOMEWHERE")


def test_the_doctor_says_when_there_is_no_ledger(office: Office) -> None:
    found = office.run("doctor", "--format", "jsonl")
    assert found.exit_code == 1
    assert json.loads(found.stdout.splitlines()[-1])["found"].startswith("[store-missing]")


@pytest.mark.parametrize("command", [str(command.name) for command in COMMANDS])
def test_every_command_has_help_with_examples_in_both_languages(office: Office, command: str) -> None:
    english, chinese = office.done(command, "--help"), office.done("--lang", "zh", command, "--help")
    first = str(examples(command)).splitlines()[0]
    assert first in english
    assert first in chinese
    assert (help_words("command", command, "zh") or "-").partition("\n")[0] in chinese
    described = [line for line in english.splitlines() if line.startswith("  --")]
    assert len(described) >= 3


def test_every_option_says_what_it_means(office: Office) -> None:
    for command in COMMANDS:
        for parameter in command.params:
            if parameter.param_type_name == "option":
                assert help_words("option", str(parameter.name), "en"), (command.name, parameter.name)
                assert help_words("option", str(parameter.name), "zh"), (command.name, parameter.name)
