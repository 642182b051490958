"""OpenLABEL and VCD: boxes and poses against the JSON, and the same boxes as KITTI's own label file has them."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from mcap_recordings import read_all
from real_data import real
from scipy.spatial.transform import Rotation

TURN_LEFT = [0, -1, 0, 5, 1, 0, 0, 6, 0, 0, 1, 7, 0, 0, 0, 1]


def document(**more: object) -> dict[str, object]:
    cuboid = {"name": "box", "coordinate_system": "LIDAR", "val": [10, 0, 0, 0, 0, np.pi / 2, 4.5, 1.9, 1.5]}
    frame = {
        "objects": {"3": {"object_data": {"cuboid": [cuboid]}}},
        "frame_properties": {
            "transforms": {"x": {"src": "base", "dst": "odom", "transform_src_to_dst": {"matrix4x4": TURN_LEFT}}}
        },
    }
    systems = {
        "odom": {"type": "scene_cs", "parent": "", "children": ["base"]},
        "base": {"type": "local_cs", "parent": "odom", "children": ["LIDAR"]},
        "LIDAR": {"type": "sensor_cs", "parent": "base", "pose_wrt_parent": {"matrix4x4": TURN_LEFT}},
    }
    told = {"objects": {"3": {"type": "Car", "name": "car3"}}, "coordinate_systems": systems}
    return {"openlabel": {"metadata": {"schema_version": "1.0.0"}, "frames": {"12": frame}, **told, **more}}


def write(folder: Path, content: object) -> Path:
    path = folder / "labels.json"
    path.write_text(json.dumps(content))
    return path


def test_matrices_are_read_row_by_row(tmp_path: Path) -> None:
    _, tables = read_all(write(tmp_path, document()))
    (pose,) = tables["bronze.ego_poses"].to_pylist()
    assert (pose["x_map_m"], pose["y_map_m"], pose["z_map_m"], pose["frame_id"]) == (5, 6, 7, "odom")
    assert (pose["q_w"], pose["q_z"]) == pytest.approx((np.sqrt(0.5), np.sqrt(0.5)))


def test_a_box_comes_through_the_tree_of_coordinate_systems_to_the_ego(tmp_path: Path) -> None:
    _, tables = read_all(write(tmp_path, document()))
    (box,) = tables["bronze.objects"].to_pylist()
    assert (box["x_m"], box["y_m"], box["z_m"]) == pytest.approx((5, 16, 7))
    assert abs(box["q_z"]) == pytest.approx(1)  # a quarter turn in a frame turned by a quarter
    assert (box["object_class"], box["track_id"], box["log_time_ns"]) == ("car", "3", 1_200_000_000)


def test_actions_are_indexed_by_type_and_first_frame(tmp_path: Path) -> None:
    action = {"name": "a", "type": "CutIn", "frame_intervals": [{"frame_start": 40, "frame_end": 50}]}
    _, tables = read_all(write(tmp_path, document(actions={"0": action}, contexts={"0": {"type": "City"}})))
    rows = tables["bronze.messages"].to_pylist()
    assert [(row["topic"], row["schema_name"], row["stream"], row["log_time_ns"]) for row in rows] == [
        ("openlabel", "openlabel/frame", "objects", 1_200_000_000),
        ("openlabel/actions", "CutIn", None, 4_000_000_000),
        ("openlabel/contexts", "City", None, 0),
    ]


@pytest.mark.parametrize("val", [[1, 2, 3], ["a"] * 9, [float("inf")] * 9, [0, 0, 0, 0, 0, 0, 1, 1, 0], None])
def test_a_bad_cuboid_is_set_aside_and_the_rest_lands(tmp_path: Path, val: object) -> None:
    whole = document()
    bad = {"object_data": {"cuboid": [{"val": val, "coordinate_system": "LIDAR"}]}}
    whole["openlabel"]["frames"]["12"]["objects"]["4"] = bad
    _, tables = read_all(write(tmp_path, whole))
    assert tables["bronze.objects"].num_rows == 1
    assert tables["bronze.quarantine"].column("reason").to_pylist() == ["bad_cuboid"]


@pytest.mark.parametrize(
    "content", ['{"openlabel": {"frames": []}}', '{"openlabel": {"frames": {"x": {}}}}', '{"vcd": {']
)
def test_a_document_of_another_shape_is_a_problem(tmp_path: Path, content: str) -> None:
    path = tmp_path / "labels.json"
    path.write_text(content)
    plan, tables = read_all(path)
    assert ([problem.reason for problem in plan.problems], tables) == (["bad_openlabel"], {})


@pytest.mark.data
def test_every_cuboid_pose_and_action_of_the_real_files_is_counted() -> None:
    for path in real("kitti_tracking/openlabel*/*.json"):
        whole = next(iter(json.loads(path.read_text()).values()))
        kinds = {key: each["type"].lower() for key, each in whole["objects"].items()}
        cuboids = sum(
            len(each.get("object_data", {}).get("cuboid", ()))
            for frame in whole["frames"].values()
            for key, each in frame["objects"].items()
            if kinds[key] != "dontcare" and not kinds[key].startswith("ego")
        )
        elements = sum(len(whole.get(name, {})) for name in ("actions", "events", "relations", "contexts", "tags"))
        _, tables = read_all(path)
        assert tables["bronze.objects"].num_rows == cuboids
        assert tables["bronze.ego_poses"].num_rows == len(whole["frames"])
        assert tables["bronze.messages"].num_rows == len(whole["frames"]) + elements
        assert "bronze.quarantine" not in tables


def places(table: pa.Table) -> dict[tuple[int, str], tuple[np.ndarray, np.ndarray, float]]:
    """(frame time, track) -> centre, size, yaw."""
    turn = Rotation.from_quat(numbers(table, "q_w", "q_x", "q_y", "q_z"), scalar_first=True).as_euler("ZYX")[:, 0]
    keys = zip(table.column("log_time_ns").to_pylist(), table.column("track_id").to_pylist(), strict=True)
    centre, size = numbers(table, "x_m", "y_m", "z_m"), numbers(table, "length_m", "width_m", "height_m")
    return dict(zip(keys, zip(centre, size, turn, strict=True), strict=True))


def numbers(table: pa.Table, *names: str) -> np.ndarray:
    return np.stack([table.column(name).to_numpy() for name in names], axis=1)


@pytest.mark.data
@pytest.mark.parametrize("sequence", ["0000", "0002"])
def test_openlabel_trap_matrices_and_boxes_agree_with_the_label_file_of_the_sequence(sequence: str) -> None:
    """Two sources of the same boxes, cut to whole centimetres in one: distances between boxes of a frame agree."""
    (own,) = real(f"kitti_tracking/label_02/{sequence}.txt")
    (other,) = real(f"kitti_tracking/openlabel*/*kitti_tracking_{sequence}*.json")
    labels, converted = (places(read_all(path)[1]["bronze.objects"]) for path in (own, other))
    assert labels.keys() == converted.keys()
    apart = []
    for key, (centre, size, yaw) in labels.items():
        there, there_size, there_yaw = converted[key]
        assert np.abs(size - there_size).max() < 0.02
        assert abs((yaw - there_yaw + np.pi) % (2 * np.pi) - np.pi) < 0.02  # nominal camera against the calibrated one
        mates = [mate for mate in labels if mate[0] == key[0] and mate[1] > key[1]]
        apart += [
            np.linalg.norm(centre - labels[mate][0]) - np.linalg.norm(there - converted[mate][0]) for mate in mates
        ]
    assert np.median(np.abs(apart)) < 0.01
    assert np.abs(apart).max() < 0.035  # both boxes cut by up to 1 cm along each axis
