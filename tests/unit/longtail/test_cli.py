"""The `longtail` command: output, JSON, exit codes, one-line errors."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from small_lake import CUT_IN, HARD_BRAKE
from typer.testing import CliRunner, Result

from longtail.cli import app
from longtail.exits import hoist

HEAVY = ("pyspark", "torch", "duckdb", "pyarrow", "mlflow", "pandas", "matplotlib", "polars", "deltalake", "sqlglot")
COMMANDS = [
    ["fleet", "generate"], ["ingest"], ["curate"], ["snapshot", "create"], ["snapshot", "list"], ["snapshot", "show"],
    ["train"], ["evaluate", "model"], ["evaluate", "scenarios"], ["sql"], ["slice"], ["events"], ["plot"], ["status"],
    ["report"], ["doctor"], ["export"], ["search"], ["clip"],
    ["scenario", "new"], ["scenario", "version"], ["scenario", "list"], ["scenario", "show"], ["verify"], ["compact"],
]  # fmt: skip


def run(*args: str, stdin: str | None = None) -> Result:
    return CliRunner(env={"COLUMNS": "200", "NO_COLOR": "1"}).invoke(app, list(args), input=stdin)


@pytest.mark.parametrize(
    "program", ["import longtail", "from longtail.cli import app; app(['--help'], standalone_mode=False)"]
)
def test_importing_and_helping_load_nothing_heavy(program: str) -> None:
    program += f"\nimport sys\nprint('loaded', sorted(set(sys.modules) & set({HEAVY!r})))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("loaded []")


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_has_help_with_an_option_for_json(command: list[str]) -> None:
    done = run(*command, "--help")
    assert done.exit_code == 0
    assert "--json" in done.stdout


def test_help_documents_the_exit_codes() -> None:
    assert "0 done · 1 failed · 2 wrong usage · 3 finished" in run("--help").stdout


def test_help_lists_every_command() -> None:
    listed = run("--help").stdout
    assert [command[0] for command in COMMANDS if f" {command[0]} " not in listed] == []


def test_version_is_printed() -> None:
    assert run("--version").stdout.startswith("longtail ")


@pytest.mark.parametrize(
    "args",
    [
        ["sql", "select * from bronze.drives"], ["slice", "d-one", "-s", "1", "-e", "2"], ["events"], ["status"],
        ["report"], ["snapshot", "list"], ["snapshot", "show", "4be1"],
    ],
    ids=lambda args: " ".join(args[:2]),
)  # fmt: skip
def test_json_parses_and_stands_alone_on_stdout(lake: Path, args: list[str]) -> None:
    done = run(*args, "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)


def test_sql_prints_a_table_with_every_row(lake: Path) -> None:
    done = run("sql", "select drive_id, vehicle_kind from bronze.drives order by 1")
    assert [line.split() for line in done.stdout.splitlines() if line.strip()] == [
        ["drive_id", "vehicle_kind"], ["d-one", "car"], ["d-two", "car"],
    ]  # fmt: skip


def test_sql_says_how_many_rows_are_not_shown(lake: Path) -> None:
    done = run("sql", "select t_ns from silver.ego_motion", "--limit", "3")
    assert len(done.stdout.splitlines()) == 4
    assert "3 of 400 rows" in done.stderr


def test_sql_reads_a_file_stdin_and_writes_csv(lake: Path, tmp_path: Path) -> None:
    query = "select count(*) as n from silver.ego_motion"
    (tmp_path / "q.sql").write_text(f"-- how many?\n{query};\n")
    assert json.loads(run("sql", "-f", str(tmp_path / "q.sql"), "--json").stdout) == [{"n": 400}]
    assert json.loads(run("sql", "-", "--json", stdin=query).stdout) == [{"n": 400}]
    done = subprocess.run(
        [sys.executable, "-c", "from longtail.cli import main; main()", "sql", query, "--csv"],
        capture_output=True, text=True, check=True, env=dict(os.environ),
    )  # fmt: skip
    assert done.stdout == '"n"\n400\n'


@pytest.mark.parametrize("option", ["--limit=100000", "--json", "--csv"])
def test_a_reader_that_goes_away_is_no_error(lake: Path, option: str) -> None:
    query = "select * from silver.object_tracks"
    command = [sys.executable, "-c", "from longtail.cli import main; main()", "sql", query, option]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=dict(os.environ)) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(1)
        process.stdout.close()
        assert b"rror" not in process.stderr.read()
    assert process.returncode == 0


def test_sql_pins_a_version(lake: Path) -> None:
    assert run("sql", "select 1 from silver.ego_motion", "--at", "silver.ego_motion=0").exit_code == 0
    assert run("sql", "select 1 from silver.ego_motion", "--at", "silver.ego_motion=7").exit_code == 1
    assert run("sql", "select 1 from silver.ego_motion", "--at", "silver.ego_motion").exit_code == 2


def test_slice_counts_seconds_from_the_start_of_the_drive(lake: Path) -> None:
    rows = json.loads(run("slice", "d-two", "-s", "9.9", "-e", "10.2", "-c", "t_ns,ax_ego_mps2", "--json").stdout)
    assert [row["ax_ego_mps2"] for row in rows] == [0.0, -6.0, -6.0]


def test_events_are_filtered_by_every_option(lake: Path) -> None:
    def ids(*options: str) -> list[str]:
        return [row["event_id"] for row in json.loads(run("events", *options, "--json").stdout)]

    assert ids() == [CUT_IN, HARD_BRAKE]
    assert ids("--scenario", "cut_in") == ids("--severity", "critical") == ids("--light", "night") == [CUT_IN]
    assert ids("--drive", "d-two") == [HARD_BRAKE]
    assert ids("--scenario", "cut_in", "--light", "day") == []
    assert ids("--limit", "1") == [CUT_IN]


def test_status_accounts_for_every_message(lake: Path) -> None:
    facts = json.loads(run("status", "--json").stdout)
    assert facts["messages"] == {
        "num_in": 15, "num_landed": 12, "num_quarantined": 3, "num_decoded": 12, "num_in_tables": 12,
        "is_balanced": True,
    }  # fmt: skip
    assert facts["files_by_state"] == {"quarantined": 1, "silver": 1}
    text = run("status").stdout
    assert "15 in = 12 landed + 3 quarantined" in text
    assert "adds up" in text
    assert "broken.mcap" in text


def test_status_says_when_messages_are_missing(copied_lake: Path) -> None:
    from deltalake import DeltaTable

    DeltaTable(str(copied_lake / "bronze" / "messages")).delete("record_index = 3")
    assert "does not add up" in run("status").stdout


def test_report_shows_the_model_beside_the_baselines_and_three_next_commands(lake: Path) -> None:
    text = run("report").stdout
    assert "cut in predictor version 1" in text
    assert "always no (baseline)" in text
    assert len(json.loads(run("report", "--json").stdout)["next"]) == 3


def test_an_empty_lake_is_no_error_for_status_report_and_doctor(empty_lake: Path) -> None:
    assert "fleet generate" in run("status").stderr
    assert run("report").exit_code == 0
    assert run("doctor").exit_code == 0


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (["sql", "select * from silver.ego_moton"], 1, "did you mean silver.ego_motion"),
        (["sql", "select * from read_text('/etc/passwd')"], 1, "disabled"),
        (["sql", "drop table bronze.drives"], 1, "refused"),
        (["slice", "nobody"], 1, "no drive 'nobody'"),
        (["slice", "d-one", "-t", "bronze.file"], 1, "did you mean bronze.files"),
        (["slice", "d-one", "-t", "ml.snapshots"], 1, "no drive and time"),
        (["plot", "zzz"], 1, "no event 'zzz'"),
        (["snapshot", "show", "zzz"], 1, "0 snapshots"),
        (["evaluate", "scenarios", "--truth", "/nowhere"], 1, "fleet generate"),
        (["ingest", "/nowhere"], 2, "/nowhere"),
        (["curate", "--target", "oracle"], 2, "oracle"),
        (["fleet", "generate", "--drives", "0"], 2, "drives"),
        (["sql", "--limit", "none"], 2, "limit"),
        (["nonsense"], 2, "nonsense"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_errors_are_short_and_have_the_right_exit_code(lake: Path, args: list[str], code: int, words: str) -> None:
    done = run(*args)
    assert done.exit_code == code, done.output
    assert words in done.stderr
    assert "Traceback" not in done.output
    assert code == 2 or len(done.stderr.strip().splitlines()) == 1


def test_debug_shows_the_traceback(lake: Path) -> None:
    assert run("--debug", "slice", "nobody").exception.__class__.__name__ == "QueryError"


def test_global_options_work_after_the_command_too(lake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LONGTAIL_LAKE", "/nowhere")
    done = run("sql", "select count(*) as n from bronze.drives", "--json", "--lake", str(lake))
    assert json.loads(done.stdout) == [{"n": 2}]
    assert hoist(["sql", "--", "--debug"]) == ["sql", "--", "--debug"]
    assert hoist(["sql", "q", "--lake=x", "--debug"]) == ["--lake=x", "--debug", "sql", "q"]


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("longtail slice ", "d-one"), ("longtail slice d-one --table silver.ego", "silver.ego_motion"),
        ("longtail events --scenario ", "cut_in"), ("longtail plot c1", CUT_IN), ("longtail sta", "status"),
        ("longtail train --snapshot ", "4be1c6a2f0d93e57"),
    ],
)  # fmt: skip
def test_tab_completion_looks_into_the_lake(lake: Path, words: str, offered: str) -> None:
    env = {"_LONGTAIL_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(len(words.split(" ")) - 1)}
    program = "import sys; sys.argv[0] = 'longtail'; from longtail.cli import app; app(prog_name='longtail')"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, env={**os.environ, **env}
    )
    assert offered in done.stdout.split()


def test_completion_of_a_lake_that_is_not_there_is_silent(empty_lake: Path) -> None:
    from longtail.complete import _values

    with pytest.raises(Exception, match="fct_scenario_events"):
        _values("select event_id from marts.fct_scenario_events")


def test_a_missing_extra_says_what_to_install(lake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "spark_jobs.ingest", None)
    from longtail.exits import sentence

    assert "pip install 'longtail[spark]'" in sentence(ModuleNotFoundError("No module named 'pyspark'", name="pyspark"))
    assert "longtail[train]" in sentence(ModuleNotFoundError("No module named 'torch'", name="torch"))
