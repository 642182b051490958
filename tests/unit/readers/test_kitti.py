"""KITTI tracking: labels and oxts against pandas, a second route through the calibration, and geodesy from scratch."""

import zlib
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from mcap_recordings import read_all
from real_data import real
from scipy.spatial.transform import Rotation

NAMES = ["frame", "track", "kind", "truncated", "occluded", "alpha", *"ltrb", "h", "w", "length", *"xyz", "ry"]
LABELS = (
    "0 -1 DontCare -1 -1 -10 219.3 188.4 245.5 218.5 -1000 -1000 -1000 -10 -1 -1 -1\n"
    "0 7 Van 0 2 -1.7 296.7 161.7 455.2 292.3 2.0 1.8 4.4 -4.5 1.8 13.4 0.0\r\n"
    "\n"
    "0 8 Pedestrian 0 3 -1.7 296.7 161.7 455.2 292.3 1.8 0.6 0.7 2.0 1.6 10.0 -1.5707963\n"
    "1 7 Van 0 0 -1.7 296.7 161.7 455.2 292.3 2.0 1.8 4.4 -4.5 1.8 13.4 0.0\n"
)


def labels(folder: Path, text: str) -> Path:
    path = folder / "label_02" / "0003.txt"
    path.parent.mkdir()
    path.write_text(text, newline="")
    return path


def pandas_labels(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, sep=" ", header=None, names=NAMES)


def column(table: pa.Table, *names: str) -> np.ndarray:
    return np.stack([table.column(name).to_numpy() for name in names], axis=1)


def test_dont_care_regions_are_counted_and_are_no_objects(tmp_path: Path) -> None:
    _, tables = read_all(labels(tmp_path, LABELS))
    assert tables["bronze.messages"].column("stream").to_pylist() == [None, "objects", "objects", "objects"]
    assert tables["bronze.objects"].column("track_id").to_pylist() == ["7", "8", "7"]
    assert tables["bronze.objects"].column("object_index").to_pylist() == [0, 1, 0]


def test_a_frame_number_is_a_tenth_of_a_second(tmp_path: Path) -> None:
    _, tables = read_all(labels(tmp_path, LABELS))
    assert tables["bronze.objects"].column("log_time_ns").to_pylist() == [0, 0, 100_000_000]
    assert tables["bronze.objects"].column("sensor_time_ns").null_count == 3


def test_occlusion_becomes_the_visible_share_and_unknown_stays_unknown(tmp_path: Path) -> None:
    _, tables = read_all(labels(tmp_path, LABELS))
    assert tables["bronze.objects"].column("visibility_pct").to_pylist() == [25.0, None, 100.0]


def test_a_box_of_the_camera_frame_stands_on_the_road_of_the_ego_frame(tmp_path: Path) -> None:
    """Nominal calibration: the camera looks forward from 1.03 m before the rear axle, 1.65 m up; y points down."""
    _, tables = read_all(labels(tmp_path, LABELS))
    van, walker, _ = tables["bronze.objects"].to_pylist()
    assert (van["x_m"], van["y_m"], van["z_m"]) == pytest.approx((13.4 + 1.03, 4.5, 1.65 - 1.8 + 1.0))
    assert (van["length_m"], van["width_m"], van["height_m"]) == (4.4, 1.8, 2.0)
    turn = [2 * np.arctan2(row["q_z"], row["q_w"]) for row in (van, walker)]
    assert np.cos(turn) == pytest.approx([0, 1], abs=1e-6)
    assert np.sin(turn) == pytest.approx([-1, 0], abs=1e-6)  # rotation 0 looks right, -90 degrees forward


def test_a_missing_calibration_is_said(tmp_path: Path) -> None:
    _, tables = read_all(labels(tmp_path, LABELS))
    assert set(tables["bronze.messages"].column("schema_name").to_pylist()) == {"kitti/label_02 (nominal calibration)"}


def test_every_line_is_landed_or_in_quarantine_with_its_place(tmp_path: Path) -> None:
    bad = "2 7 Van 0 0 nan 0 0 1 1 2 1.8 4.4 0 0 9 0\n2 7 Van 0 0\nx 7 Van 0 0 0 0 0 1 1 2 1.8 4.4 0 0 9 0\n\0\xff\n"
    _, tables = read_all(labels(tmp_path, LABELS + bad))
    quarantine = tables["bronze.quarantine"].to_pylist()
    assert [(row["record_index"], row["reason"], row["num_messages"]) for row in quarantine] == [
        (number, "bad_line", 1) for number in (4, 5, 6, 7)
    ]
    assert quarantine[0]["byte_offset"] == len(LABELS)
    assert tables["bronze.messages"].num_rows == 4


def test_the_payload_of_a_message_is_its_line(tmp_path: Path) -> None:
    path = labels(tmp_path, LABELS)
    _, tables = read_all(path)
    content, rows = path.read_bytes(), tables["bronze.messages"].to_pylist()
    payloads = [content[row["payload_offset"] :][: row["num_payload_bytes"]] for row in rows]
    assert payloads == [line.encode() for line in LABELS.splitlines() if line]
    assert [zlib.crc32(payload) for payload in payloads] == [row["crc32"] for row in rows]


@pytest.mark.data
def test_kitti_trap_camera_frame_boxes_12035_of_12035_land_and_dont_care_rows_do_not() -> None:
    total = 0
    for path in real("kitti_tracking/label_02/*.txt"):
        expected = pandas_labels(path)
        boxes = expected[expected.track >= 0]
        _, tables = read_all(path)
        rows = tables["bronze.objects"]
        assert tables["bronze.messages"].num_rows == len(expected)
        assert tables["bronze.messages"].column("stream").null_count == len(expected) - len(boxes)
        assert rows.column("track_id").to_pylist() == boxes.track.astype(str).tolist()
        assert rows.column("log_time_ns").to_pylist() == (boxes.frame * 100_000_000).tolist()
        assert (
            column(rows, "length_m", "width_m", "height_m").tolist() == boxes[["length", "w", "h"]].to_numpy().tolist()
        )
        assert rows.column("visibility_pct").null_count == int((boxes.occluded == 3).sum())
        total += rows.num_rows
    assert total == 12_035


@pytest.mark.data
def test_box_corners_through_the_calibration_file_agree_with_a_second_route() -> None:
    """The corners as the KITTI development kit describes them, brought to the Velodyne corner by corner."""
    (path,) = real("kitti_tracking/label_02/0001.txt")
    (calib,) = real("kitti_tracking/calib/0001.txt")
    given = {line.split()[0]: [float(x) for x in line.split()[1:]] for line in calib.read_text().splitlines()}
    rectify, camera = np.eye(4), np.eye(4)
    rectify[:3, :3] = np.reshape(given["R_rect"], (3, 3))
    camera[:3] = np.reshape(given["Tr_velo_cam"], (3, 4))
    boxes = pandas_labels(path).query("track >= 0")
    _, tables = read_all(path)
    rows = tables["bronze.objects"]
    centre, size = column(rows, "x_m", "y_m", "z_m"), column(rows, "length_m", "width_m", "height_m")
    turn = Rotation.from_quat(column(rows, "q_w", "q_x", "q_y", "q_z"), scalar_first=True)
    for along, across, up in ((1, 1, 0), (1, -1, 1), (-1, 1, 1), (-1, -1, 0)):
        x, y, z = along * boxes.length / 2, -up * boxes.h, across * boxes.w / 2
        cos, sin = np.cos(boxes.ry), np.sin(boxes.ry)
        corner = np.stack([cos * x + sin * z + boxes.x, y + boxes.y, -sin * x + cos * z + boxes.z, np.ones(len(x))])
        velodyne = np.linalg.solve(rectify @ camera, corner)[:3].T + np.array([0.76, 0, 1.73])
        ours = centre + turn.apply(size / 2 * [along, across, 2 * up - 1])
        assert np.abs(ours - velodyne).max() < 1e-6


@pytest.mark.data
def test_oxts_world_frame_is_rigid_to_a_millimetre_against_earth_centred_coordinates() -> None:
    (path,) = real("kitti_tracking/oxts/0001.txt")
    raw = pd.read_csv(path, sep=r"\s+", header=None).to_numpy()
    _, tables = read_all(path)
    assert [tables[f"bronze.{name}"].num_rows for name in ("messages", "ego_poses", "imu_samples", "gnss_fixes")] == [
        len(raw)
    ] * 4
    rows = tables["bronze.ego_poses"]
    turn = Rotation.from_quat(column(rows, "q_w", "q_x", "q_y", "q_z"), scalar_first=True)
    imu = column(rows, "x_map_m", "y_map_m", "z_map_m") + turn.apply([-0.05, 0.32, 0.93])
    latitude, longitude, height = np.radians(raw[:, 0]), np.radians(raw[:, 1]), raw[:, 2]
    e2 = 0.00669437999014
    n = 6_378_137.0 / np.sqrt(1 - e2 * np.sin(latitude) ** 2)
    flat = (n + height) * np.cos(latitude)
    earth = np.stack([flat * np.cos(longitude), flat * np.sin(longitude), (n * (1 - e2) + height) * np.sin(latitude)]).T
    for first in (0, 100, 446):
        ours, theirs = (np.linalg.norm(each - each[first], axis=1) for each in (imu, earth))
        assert np.abs(ours - theirs).max() < 1e-3


@pytest.mark.data
def test_oxts_moves_along_its_heading_at_its_speed() -> None:
    """Frames are taken to be 0.1 s apart; by position over speed they were 3 to 6 % further apart in truth."""
    (path,) = real("kitti_tracking/oxts/0001.txt")
    _, tables = read_all(path)
    rows = tables["bronze.ego_poses"]
    place, speed = column(rows, "x_map_m", "y_map_m"), rows.column("vx_ego_mps").to_numpy()
    yaw = Rotation.from_quat(column(rows, "q_w", "q_x", "q_y", "q_z"), scalar_first=True).as_euler("ZYX")[:, 0]
    step = (place[2:] - place[:-2]) / 0.2
    moved = speed[1:-1] > 3
    cos, sin = np.cos(yaw[1:-1]), np.sin(yaw[1:-1])
    along, across = cos * step[:, 0] + sin * step[:, 1], cos * step[:, 1] - sin * step[:, 0]
    assert 1.0 < np.median(along[moved] / speed[1:-1][moved]) < 1.06
    assert np.median(np.abs(across[moved])) < 0.02 * np.median(speed)
