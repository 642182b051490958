"""KITTI geometry: the calibration of a sequence, boxes from the camera frame to the ego frame, poses from oxts."""

from pathlib import Path

import numpy as np
import pymap3d
from scipy.spatial.transform import Rotation

from spark_jobs.readers.text_lines import Floats

# Where the sensors sit on the KITTI car, by the drawing of Geiger et al., "Vision meets robotics" (IJRR 2013): the
# Velodyne 0.76 m before the rear axle and 1.73 m up, the IMU 0.05 m behind it, 0.32 m left and 0.93 m up, and the left
# cameras 0.27 m before the Velodyne and 0.08 m under it. Axes: Velodyne and IMU x forward, y left, z up.
EGO_FROM_VELODYNE = np.array([[1.0, 0, 0, 0.76], [0, 1, 0, 0], [0, 0, 1, 1.73], [0, 0, 0, 1]])
IMU_IN_EGO_M = np.array([-0.05, 0.32, 0.93])
NOMINAL_EGO_FROM_CAMERA = np.array([[0.0, 0, 1, 1.03], [-1, 0, 0, 0], [0, -1, 0, 1.65], [0, 0, 0, 1]])
"""Rectified camera (x right, y down, z forward) to ego for a sequence without calib file; true within 2 degrees."""
_MAX_CALIB_BYTES = 64 * 1024


def ego_from_camera(label_path: str) -> tuple[Floats, bool]:
    """(4 x 4 rectified camera to ego, True when it comes from calib/<sequence>.txt beside the folder of the labels).

    A calib file that is missing, damaged or no rigid motion gives the nominal one.
    """
    path = Path(label_path)
    own = path.parent.parent / "calib" / path.name
    if not own.is_file() or own.stat().st_size > _MAX_CALIB_BYTES:
        return NOMINAL_EGO_FROM_CAMERA, False
    rows = (line.replace(":", " ").split() for line in own.read_text(errors="replace").splitlines())
    found = {row[0]: row[1:] for row in rows if row}
    try:
        rectified = _matrix(found.get("R_rect") or found["R0_rect"], 3)
        camera = _matrix(found.get("Tr_velo_cam") or found["Tr_velo_to_cam"], 4)
    except (KeyError, ValueError):
        return NOMINAL_EGO_FROM_CAMERA, False
    matrix = EGO_FROM_VELODYNE @ np.linalg.inv(rectified @ camera)
    return matrix, True


def _matrix(fields: list[str], columns: int) -> Floats:
    """A rigid 3 x `columns` matrix as 4 x 4.

    Raises:
        ValueError: not that many numbers, or no rotation.
    """
    whole = np.eye(4)
    whole[:3, :columns] = np.array([float(field) for field in fields]).reshape(3, columns)
    if not np.allclose(whole[:3, :3] @ whole[:3, :3].T, np.eye(3), atol=1e-3):
        raise ValueError("no rotation")
    return whole


def boxes_in_ego(place_m: Floats, size_m: Floats, rotation_y: Floats, matrix: Floats) -> tuple[Floats, Floats]:
    """(centres (n, 3), quaternions (n, 4) w first) in the ego frame of KITTI boxes.

    `place_m` (n, 3) is the middle of the box's bottom in the camera frame (y down), `size_m` (n, 3) its height, width
    and length, `rotation_y` (n,) turns about the camera's y: 0 looks along the camera's x.
    """
    centre = place_m - np.stack([np.zeros(len(size_m)), size_m[:, 0] / 2, np.zeros(len(size_m))], axis=1)
    zero, cos, sin = np.zeros(len(rotation_y)), np.cos(rotation_y), np.sin(rotation_y)
    forward = np.stack([cos, zero, -sin], axis=1)
    up = np.broadcast_to([0.0, -1.0, 0.0], forward.shape)
    axes = np.stack([forward, np.cross(up, forward), up], axis=2)
    return centre @ matrix[:3, :3].T + matrix[:3, 3], quaternions(matrix[:3, :3] @ axes)


def quaternions(matrices: Floats) -> Floats:
    """Rotation matrices (n, 3, 3) as quaternions (n, 4), w first."""
    if not len(matrices):
        return np.empty((0, 4))
    return np.asarray(Rotation.from_matrix(matrices).as_quat(scalar_first=True))


def poses_of_oxts(values: Floats) -> tuple[Floats, Floats]:
    """(ego origins (n, 3), quaternions (n, 4) w first) in a local east-north-up frame at the first fix.

    `values` (n, 30) are oxts rows: latitude, longitude (degrees), altitude (m), roll, pitch, yaw (rad; yaw 0 is east,
    counter-clockwise) and so on, of the IMU. Rotation = Rz(yaw) Ry(pitch) Rx(roll).
    """
    latitude, longitude, altitude = values[:, 0], values[:, 1], values[:, 2]
    imu = np.stack(pymap3d.geodetic2enu(latitude, longitude, altitude, latitude[0], longitude[0], altitude[0]), axis=1)
    turn = Rotation.from_euler("ZYX", values[:, [5, 4, 3]])
    return imu - turn.apply(IMU_IN_EGO_M), np.asarray(turn.as_quat(scalar_first=True))
