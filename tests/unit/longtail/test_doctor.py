"""`longtail doctor` fails on tables that other readers would misread, or that left their contract."""

import json
from pathlib import Path

from typer.testing import CliRunner, Result

from longtail.cli import app


def run(*args: str) -> Result:
    return CliRunner(env={"COLUMNS": "200", "NO_COLOR": "1"}).invoke(app, list(args))


def test_doctor_fails_on_a_table_outside_the_compatibility_profile(copied_lake: Path) -> None:
    from deltalake import DeltaTable

    DeltaTable(str(copied_lake / "silver" / "ego_motion")).alter.add_columns([])
    assert run("doctor").exit_code == 0
    log = sorted((copied_lake / "bronze" / "drives" / "_delta_log").glob("*.json"))[-1]
    protocol = {"minReaderVersion": 3, "minWriterVersion": 7, "readerFeatures": ["deletionVectors"]}
    line = json.dumps({"protocol": {**protocol, "writerFeatures": ["deletionVectors"]}})
    (log.parent / f"{int(log.stem) + 1:020d}.json").write_text(line + "\n")
    done = run("doctor")
    assert done.exit_code == 1
    assert "bronze.drives" in done.stdout
    assert "deletionVectors" in done.stdout
    assert run("sql", "select * from bronze.drives").exit_code == 1


def test_doctor_fails_on_a_table_that_left_its_contract(copied_lake: Path) -> None:
    import pyarrow as pa
    from deltalake import write_deltalake

    write_deltalake(str(copied_lake / "bronze" / "files"), pa.table({"file_id": ["x"], "surprise": [1]}), mode="append")
    done = run("doctor", "--json")
    assert done.exit_code == 1
    assert [c["name"] for c in json.loads(done.stdout) if c["level"] == "fail"] == ["bronze.files"]
