"""Camera poses of comma2k19 (ECEF) as poses of the ego origin in a local frame, east, north, up."""

import numpy as np
import numpy.typing as npt
import pymap3d
from scipy.spatial.transform import Rotation

from spark_jobs.epochs import GPS_EPOCH_NS, to_utc_ns

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

CAMERA_IN_EGO_M = (1.9, 0.0, 1.22)
"""Nominal: behind the windscreen of the two cars, at the height openpilot assumes. The data set states no calibration:
a few decimetres, the same for the whole drive."""
_FLU_FROM_FRD = np.diag([1.0, -1.0, -1.0])
_WEEK_S = 604_800


def poses(positions: Floats, orientations: Floats, velocities: Floats, t_s: Floats) -> dict[str, Floats]:
    """Columns of bronze.ego_poses from (n, 3) ECEF positions in m, (n, 4) quaternions (w, x, y, z) that turn the camera
    frame (forward, right, down) into ECEF, (n, 3) ECEF velocities in m/s and (n,) times in s.

    The frame of the result has its origin at the first position. The README of the data set calls the quaternion the
    rotation from ECEF; the velocities show that it is the other way round. All rows must be finite, no quaternion zero.
    """
    latitude, longitude, altitude = pymap3d.ecef2geodetic(*positions[0])
    camera = np.stack(pymap3d.ecef2enu(*positions.T, latitude, longitude, altitude), axis=1)
    to_enu = _enu_from_ecef(np.radians(float(latitude)), np.radians(float(longitude)))
    ecef_from_camera = Rotation.from_quat(orientations, scalar_first=True).as_matrix()
    enu_from_ego = to_enu @ ecef_from_camera @ _FLU_FROM_FRD
    velocity = np.einsum("nji,nj->ni", enu_from_ego, velocities @ to_enu.T)
    heading = np.unwrap(np.arctan2(enu_from_ego[:, 1, 0], enu_from_ego[:, 0, 0]))
    turn = _rate(heading, t_s)
    arm = np.array(CAMERA_IN_EGO_M)
    origin = camera - enu_from_ego @ arm
    q = Rotation.from_matrix(enu_from_ego).as_quat(scalar_first=True)
    return {
        **dict(zip(("x_map_m", "y_map_m", "z_map_m"), origin.T, strict=True)),
        **dict(zip(("q_w", "q_x", "q_y", "q_z"), q.T, strict=True)),
        "vx_ego_mps": velocity[:, 0] + turn * arm[1],  # from the camera to the ego origin: v - rate x arm
        "vy_ego_mps": velocity[:, 1] - turn * arm[0],
        "yaw_rate_radps": turn,
    }


def gps_to_utc_ns(week_and_seconds: Floats) -> Ints:
    """UTC in ns of (n, 2) GPS weeks and seconds of week, all finite; leap seconds as of their date."""
    week, seconds = week_and_seconds.T
    since_epoch_ns = week.astype(np.int64) * _WEEK_S * 1_000_000_000 + np.rint(seconds * 1e9).astype(np.int64)
    return np.asarray(to_utc_ns("gps", GPS_EPOCH_NS + since_epoch_ns), np.int64)


def _enu_from_ecef(latitude: float, longitude: float) -> Floats:
    """The rotation from ECEF axes to east, north, up at a place (radians); as in Grewal, GPS and INS, appendix C."""
    sin_a, cos_a, sin_o, cos_o = np.sin(latitude), np.cos(latitude), np.sin(longitude), np.cos(longitude)
    return np.array(
        [
            [-sin_o, cos_o, 0.0],
            [-sin_a * cos_o, -sin_a * sin_o, cos_a],
            [cos_a * cos_o, cos_a * sin_o, sin_a],
        ]
    )


def _rate(angle: Floats, t_s: Floats) -> Floats:
    """The rate of `angle` (n,) over time; the poses were smoothed offline, so that looking ahead adds no knowledge."""
    if len(t_s) < 2:
        return np.full(len(t_s), np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):  # repeated stamps give no rate
        return np.asarray(np.gradient(angle, t_s), np.float64)
