"""Real recordings go the whole way: `longtail ingest`, `longtail curate`, a question; other readers' counts agree."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from longtail.settings import REPOSITORY

DATA = Path(os.environ.get("LONGTAIL_TEST_DATA", REPOSITORY.parent / "shared" / "data")).resolve()
pytestmark = [
    pytest.mark.spark,
    pytest.mark.e2e,
    pytest.mark.data,
    pytest.mark.skipif(not DATA.is_dir(), reason=f"no real recordings in {DATA} (LONGTAIL_TEST_DATA)"),
]
DBC = [DATA / "canedge_mf4" / "dbc_files" / name for name in ("CSS-Electronics-SAE-J1939-DEMO.dbc", "canmod-gps.dbc")]
Ask = Callable[[str], list[dict[str, Any]]]


def run(lake: Path, *arguments: object) -> str:
    command = [str(Path(sys.executable).with_name("longtail")), "--lake", str(lake), *map(str, arguments)]
    own = os.environ | {"LONGTAIL_CACHE": str(REPOSITORY / ".cache")}
    done = subprocess.run(command, cwd=lake.parent, env=own, capture_output=True, text=True)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Ask:
    """Asks a lake that holds the CANedge logs, the Argoverse 2 logs and the ROS 2 bag; its marts are those of the
    DuckDB target, which tests/sql/test_parity.py holds equal to Spark's."""
    lake = tmp_path_factory.mktemp("real") / "lake"
    folders = [DATA / "canedge_mf4", DATA / "av2" / "sensor", DATA / "av2" / "scenario_mining"]
    run(lake, "ingest", *folders, DATA / "ros_bags" / "ros2_mcap", "--dbc", DBC[0], "--dbc", DBC[1])
    run(lake, "curate", "--target", "duckdb")

    def answer(query: str) -> list[dict[str, Any]]:
        if "marts." not in query:
            return json.loads(run(lake, "sql", query, "--json"))
        with duckdb.connect(str(lake.parent / "longtail.duckdb"), read_only=True) as marts:
            return marts.sql(query).pl().to_dicts()

    return answer


def test_every_message_of_every_file_is_accounted_for(ask: Ask) -> None:
    files = ask("select * from ops.ingest_ledger where bronze_num_messages is not null")
    assert {row["format"] for row in files} >= {"mcap", "mf4", "av2_annotations", "av2_poses", "av2_map"}
    counted = [row for row in files if row["recorder_num_messages"] is not None]
    assert all(
        row["recorder_num_messages"] == row["bronze_num_messages"] + row["quarantined_num_messages"] for row in counted
    )
    assert sum(row["bronze_num_messages"] for row in files if row["format"] == "mcap") == 6074
    (landed,) = ask("select count(*) as n from bronze.messages")
    assert landed["n"] == sum(row["bronze_num_messages"] for row in files)


def test_j1939_signals_have_as_many_rows_as_asammdf_finds(ask: Ask) -> None:
    rows = ask("select signal_name, count(*) as n from silver.can_signals group by signal_name")
    counts = {row["signal_name"]: row["n"] for row in rows}
    assert (counts["EngineSpeed"], counts["WheelBasedVehicleSpeed"]) == (577, 184)


def test_argoverse_neighbours_reach_the_path_frame_with_map_lanes(ask: Ask) -> None:
    rows = ask("select lane_source, count(distinct track_id) as n from silver.object_tracks group by lane_source")
    assert {row["lane_source"]: row["n"] for row in rows}["map"] >= 60


def test_argoverse_events_are_those_whose_pictures_were_looked_at(ask: Ask) -> None:
    looked_at = "('cut_in', 'hard_brake', 'near_miss')"
    rows = ask(
        f"select scenario_id, severity, drive_id from marts.fct_scenario_events where scenario_id in {looked_at}"
    )
    assert [(row["scenario_id"], row["severity"], row["drive_id"][:8]) for row in rows] == [
        ("hard_brake", "hard", "3bffdcff")
    ]


def test_nothing_was_copied_out_of_the_recordings(ask: Ask) -> None:
    rows = ask("select source_path from bronze.files")
    assert all(Path(row["source_path"]).is_relative_to(DATA) for row in rows)
