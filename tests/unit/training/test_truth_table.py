"""The truth format: the same truth from a folder, a Parquet file and a CSV file; what is not in it is refused."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fleet.truth import EVENTS
from training.truth_table import TruthError, read_truth

T0 = 1_700_000_000_000_000_000


def fleet_event(drive: str, track: str | None = "ref-0001") -> dict[str, object]:
    return {
        "drive_id": drive, "scenario_id": "cut_in", "actor_id": "actor-0001", "reference_track_id": track,
        "t_start_ns": T0, "t_end_ns": T0 + 10, "parameters": json.dumps({"gap_m": 9.5, "ttc_s": None, "side": "left"}),
    }  # fmt: skip


def test_a_folder_of_the_generated_fleet_is_a_truth(tmp_path: Path) -> None:
    for drive, rows in (("a", [fleet_event("a"), fleet_event("a", None)]), ("b", [])):
        (tmp_path / "fleet" / drive).mkdir(parents=True)
        pq.write_table(pa.Table.from_pylist(rows, schema=EVENTS), tmp_path / "fleet" / drive / "events.parquet")
    truth = read_truth(tmp_path / "fleet")
    assert truth.name == "fleet"
    assert [event["actor_track_id"] for event in truth.events] == ["ref-0001", None]
    assert truth.events[0]["parameters"] == {"gap_m": 9.5}
    assert truth.covers("b", "cut_in", T0)  # nothing happened on b, and the truth knows it
    assert not truth.covers("c", "cut_in", T0)


def test_csv_parquet_and_folder_are_the_same_truth(tmp_path: Path) -> None:
    head = "drive_id,scenario_id,actor_track_id,t_start_ns,t_end_ns,min_ttc_s"
    (tmp_path / "labels.csv").write_text(f"{head}\na,cut_in,7,{T0},,1.25\na,u_turn,ego,{T0},,\n")
    (tmp_path / "labels.windows.csv").write_text(f"drive_id,scenario_id,t_start_ns,t_end_ns\na,,{T0 - 5},{T0 + 5}\n")
    of_csv = read_truth(tmp_path / "labels.csv")
    assert [event["actor_track_id"] for event in of_csv.events] == ["7", None]  # a number is still an id
    assert of_csv.events[0]["parameters"] == {"min_ttc_s": 1.25}
    assert of_csv.covers("a", "u_turn", T0)
    assert not of_csv.covers("a", "u_turn", T0 + 6)
    rows = [{**event, "parameters": json.dumps(event["parameters"])} for event in of_csv.events]
    (tmp_path / "folder" / "a").mkdir(parents=True)
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "folder" / "a" / "events.parquet")
    (tmp_path / "folder" / "a" / "windows.csv").write_text(f"t_start_ns,t_end_ns\n{T0 - 5},{T0 + 5}\n")
    of_folder = read_truth(tmp_path / "folder", "labels")
    assert (of_folder.digest, of_folder.scenarios) == (of_csv.digest, ["cut_in", "u_turn"])


def test_another_truth_has_another_digest(tmp_path: Path) -> None:
    digests = []
    for start_ns in (T0, T0 + 1):
        (tmp_path / "labels.csv").write_text(f"drive_id,scenario_id,t_start_ns\na,cut_in,{start_ns}\n")
        digests.append(read_truth(tmp_path / "labels.csv").digest)
    assert digests[0] != digests[1]


def test_a_scenario_that_never_happened_is_judged_where_a_window_names_it(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text(f"drive_id,scenario_id,t_start_ns\na,cut_in,{T0}\n")
    (tmp_path / "labels.windows.csv").write_text("drive_id,scenario_id\na,cut_in\na,overspeed\n")
    truth = read_truth(tmp_path / "labels.csv")
    assert truth.scenarios == ["cut_in", "overspeed"]
    assert truth.covers("a", "overspeed", T0)
    assert not truth.covers("a", "hard_brake", T0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("drive_id,scenario_id,t_start_ns\na,cut_in,soon\n", "soon"),
        ("drive_id,scenario_id,t_start_ns\na,,5\n", "without scenario_id"),
        ("scenario_id,t_start_ns\ncut_in,5\n", "without drive_id"),
        ("drive_id,scenario_id,t_start_ns,parameters\na,cut_in,5,no json\n", "not JSON"),
    ],
)
def test_what_is_not_in_the_format_is_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "labels.csv").write_text(text)
    with pytest.raises(TruthError, match=message):
        read_truth(tmp_path / "labels.csv")


def test_no_truth_is_an_error_that_says_where_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(TruthError, match="longtail fleet generate"):
        read_truth(tmp_path)
