"""Argoverse 2 logs: every row of the feather files, and the map, against pyarrow and json."""

import json
import os
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from mcap_recordings import read_all, source
from pyarrow import feather

from longtail.settings import REPOSITORY
from spark_jobs.readers import registry

DATA = Path(os.environ.get("LONGTAIL_TEST_DATA", REPOSITORY.parent / "shared" / "data")) / "av2"
QUATERNION = {"qw": [1.0] * 3, "qx": [0.0] * 3, "qy": [0.0] * 3, "qz": [0.0] * 3}
PLACE = {"tx_m": [1.0, 2.0, 3.0], "ty_m": [0.0] * 3, "tz_m": [0.0] * 3}
SIZE = {"length_m": [4.0] * 3, "width_m": [2.0] * 3, "height_m": [1.5] * 3}


def real(pattern: str) -> list[Path]:
    found = sorted(DATA.glob(pattern))
    if not found:
        pytest.skip(f"no {pattern} in {DATA}; set LONGTAIL_TEST_DATA")
    return found


def annotations(folder: Path, categories: list[str], times: list[int]) -> Path:
    path = folder / "annotations.feather"
    columns = {"timestamp_ns": times, "track_uuid": ["a", "b", "c"], "category": categories}
    feather.write_feather(pa.table({**columns, **QUATERNION, **PLACE, **SIZE}), path)
    return path


def test_lists_are_records_and_the_ego_is_no_object(tmp_path: Path) -> None:
    path = annotations(tmp_path, ["BUS", "EGO_VEHICLE", "REGULAR_VEHICLE"], [20, 10, 20])
    _, tables = read_all(path)
    rows = tables["bronze.objects"].to_pylist()
    assert [(row["record_index"], row["object_index"], row["object_class"]) for row in rows] == [
        (1, 0, "bus"),
        (1, 1, "regular_vehicle"),
    ]
    assert {(row["role"], row["frame_id"], row["num_lidar_points"]) for row in rows} == {("reference", "ego", None)}
    assert tables["bronze.messages"].column("log_time_ns").to_pylist() == [10, 20]


def test_a_file_without_the_columns_is_a_problem(tmp_path: Path) -> None:
    path = tmp_path / "annotations.feather"
    feather.write_feather(pa.table({"timestamp_ns": [1]}), path)
    plan = registry.plan(source(path))
    assert [problem.reason for problem in plan.problems] == ["bad_schema"]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("annotations.feather", b"ARROW1 and then nothing", "bad_av2"),
        ("city_SE3_egovehicle.feather", b"text", "not_feather"),
        ("log_map_archive_x.json", b'{"lane_segments": {"1": {"id": 1}}}', "bad_av2"),
        ("log_map_archive_x.json", b"{", "bad_av2"),
    ],
)
def test_a_broken_file_is_a_problem(name: str, content: bytes, reason: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    plan = registry.plan(source(path))
    assert ([problem.reason for problem in plan.problems], plan.tasks) == ([reason], [])


@pytest.mark.data
def test_every_annotation_of_the_real_logs_lands() -> None:
    for path in real("s*/*/annotations*.feather"):
        table = feather.read_table(path)
        objects = table.filter(pc.not_equal(table.column("category"), "EGO_VEHICLE"))
        _, tables = read_all(path)
        rows = tables["bronze.objects"]
        assert rows.num_rows == objects.num_rows
        assert rows.column("track_id").to_pylist() == objects.column("track_uuid").to_pylist()
        assert rows.column("x_m").to_pylist() == objects.column("tx_m").to_pylist()
        assert rows.column("log_time_ns").to_pylist() == objects.column("timestamp_ns").to_pylist()
        assert tables["bronze.messages"].num_rows == len(set(table.column("timestamp_ns").to_pylist()))


@pytest.mark.data
def test_every_pose_and_map_vertex_of_the_real_logs_lands() -> None:
    for path in real("s*/*/city_SE3_egovehicle.feather"):
        _, tables = read_all(path)
        assert tables["bronze.ego_poses"].column("q_z").to_pylist() == feather.read_table(path).column("qz").to_pylist()
    for path in real("s*/*/map/log_map_archive*.json"):
        segments = json.loads(path.read_text())["lane_segments"].values()
        expected = sum(len(each[f"{side}_lane_boundary"]) for each in segments for side in ("left", "right"))
        _, tables = read_all(path)
        assert tables["bronze.map_lanes"].num_rows == expected
