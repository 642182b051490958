"""silver.ego_motion: the ego vehicle on the 10 Hz grid, from the best source a drive has at each instant."""

import numpy as np
import polars as pl
import pyarrow as pa

from spark_jobs.silver.grid import STEP_NS, Floats, Ints, causal_slope, linear_at, low_pass
from spark_jobs.silver.lane_frame import NEAR_M
from spark_jobs.silver.lanes import MAX_TURN_RAD, MapLanes, lane_marks
from spark_jobs.silver.map_facts import MapFacts
from spark_jobs.silver.motion import fixes_of, motion
from spark_jobs.silver.rows import contract_rows

_TILTED_MPS2 = 4.0  # a median this large on a horizontal axis is gravity: the sensor is not mounted like the vehicle
_GNSS_GAP_NS = 1_500_000_000


def build(
    poses: pl.DataFrame,
    imu: pl.DataFrame,
    gnss: pl.DataFrame,
    lanes: pl.DataFrame,
    map_lanes: MapLanes,
    facts: MapFacts,
    can_signals: pl.DataFrame,
    drive: tuple[str, str],
) -> pa.Table:
    """Rows of silver.ego_motion of one drive, sorted by t_ns; none without any source of motion.

    Inputs are bronze rows with t_ns, silver.can_signals, and `drive` = (project_id, drive_id). There is no row where
    no source reaches (odometry and poses over gaps up to 0.3 s, CAN and GNSS speed 1.5 s).
    """
    moved = motion(poses, can_signals, gnss)
    if moved.is_empty():
        return contract_rows("silver.ego_motion", moved, *drive)
    t_ns = moved["t_ns"].to_numpy()
    # No slope across a change of source: two of them differ by more than a car can accelerate in a step.
    key = moved["motion_source"].rle_id().cast(pl.Int64).to_numpy()
    inertial = _inertial(imu, t_ns)
    vx = moved["vx_ego_mps"].to_numpy()
    own_rate = moved["yaw_rate_radps"].to_numpy()
    yaw_rate = np.where(np.isfinite(own_rate), own_rate, inertial[:, 2])
    has_imu = np.isfinite(inertial[:, 0])
    ax = np.where(has_imu, inertial[:, 0], causal_slope(key, t_ns, vx))
    ay = np.where(np.isfinite(inertial[:, 1]), inertial[:, 1], vx * yaw_rate)
    left, right, lane_yaw, source = _lanes(moved, lanes, map_lanes)
    turn = _lane_turn(moved, lane_yaw)
    vy = np.nan_to_num(moved["vy_ego_mps"].to_numpy())
    fixes = fixes_of(gnss)
    place, heading = moved.select("x_map_m", "y_map_m").to_numpy(), moved["yaw_map_rad"].to_numpy()
    rows = moved.with_columns(
        **facts.along(place, heading),
        yaw_rate_radps=pl.Series(yaw_rate),
        ax_ego_mps2=pl.Series(ax),
        ay_ego_mps2=pl.Series(ay),
        jerk_x_ego_mps3=pl.Series(_jerk(t_ns, ax, has_imu)),
        latitude_deg=pl.Series(
            linear_at(fixes["t_ns"].to_numpy(), fixes["latitude_deg"].to_numpy(), t_ns, _GNSS_GAP_NS)
        ),
        longitude_deg=pl.Series(
            linear_at(fixes["t_ns"].to_numpy(), fixes["longitude_deg"].to_numpy(), t_ns, _GNSS_GAP_NS)
        ),
        lane_left_y_m=pl.Series(left),
        lane_right_y_m=pl.Series(right),
        lane_yaw_ego_rad=pl.Series(lane_yaw),
        lane_source=pl.Series(source),
        v_s_mps=pl.Series(np.where(np.isfinite(turn), np.cos(turn) * vx + np.sin(turn) * vy, vx)),
        acceleration_source=pl.Series(_named(has_imu, np.isfinite(ax)), dtype=pl.String),
    )
    return contract_rows("silver.ego_motion", rows, *drive)


def _inertial(imu: pl.DataFrame, t_ns: Ints) -> Floats:
    """(n, 3) forward and leftward acceleration and yaw rate through the low-pass; NaN without a usable IMU."""
    names = ["ax_mps2", "ay_mps2", "yaw_rate_radps"]
    measured = imu.drop_nulls(["ax_mps2", "ay_mps2"])
    if measured.is_empty():
        return np.full((len(t_ns), 3), np.nan)
    topic = measured.group_by("topic").len().sort("len", "topic", descending=[True, False])["topic"][0]
    ordered = measured.filter(pl.col("topic") == topic).sort("t_ns", "file_id", "record_index")
    rows = ordered.unique("t_ns", keep="first", maintain_order=True)
    values = rows.select(pl.col(names).fill_null(float("nan"))).to_numpy()
    if np.abs(np.median(values[:, :2], axis=0)).max() > _TILTED_MPS2:
        return np.full((len(t_ns), 3), np.nan)
    return low_pass(rows["t_ns"].to_numpy(), values, t_ns)


def _jerk(t_ns: Ints, ax: Floats, has_imu: np.ndarray) -> Floats:
    jerk = np.full(len(ax), np.nan)
    alike = (np.diff(t_ns) == STEP_NS) & (has_imu[1:] == has_imu[:-1])
    jerk[1:] = np.where(alike, np.diff(ax) / (STEP_NS * 1e-9), np.nan)
    return jerk


def _lanes(moved: pl.DataFrame, lanes: pl.DataFrame, map_lanes: MapLanes) -> tuple[Floats, Floats, Floats, list[str]]:
    """Left and right mark [m to the left], where the lane leads [rad], and who says so; cameras before the map."""
    t_ns = moved["t_ns"].to_numpy()
    sides = [lane_marks(lanes, side) for side in ("ego_left", "ego_right")]
    marks = [side.at(t_ns, np.zeros(len(t_ns))) for side in sides]
    marks.append(np.mean([side.direction(t_ns) for side in sides], axis=0))
    mapped = map_lanes.marks_at(moved.select("x_map_m", "y_map_m").to_numpy(), moved["yaw_map_rad"].to_numpy())
    seen = np.isfinite(marks[0]) & np.isfinite(marks[1])
    known = np.isfinite(mapped[0]) & np.isfinite(mapped[1])
    left, right, direction = (
        np.where(seen, mark, np.where(known, m, np.nan)) for mark, m in zip(marks, mapped, strict=True)
    )
    source = np.where(seen, "lane_marks", np.where(known, "map", "none")).tolist()
    return left, right, np.where(np.abs(direction) < MAX_TURN_RAD, direction, np.nan), source


def _lane_turn(moved: pl.DataFrame, lane_yaw: Floats) -> Floats:
    """`lane_yaw`, and where it is unknown for a moment the lane as it was seen up to 10 m away: one that is crossed
    steeply still leads where it led. The objects are measured along the same lane (`lane_frame`)."""
    s_m, heading = moved["s_m"].to_numpy(), moved["yaw_map_rad"].to_numpy()
    seen = np.flatnonzero(np.isfinite(lane_yaw + heading + s_m))
    if not len(seen):
        return lane_yaw
    after = np.clip(np.searchsorted(seen, np.arange(len(s_m))), 0, len(seen) - 1)
    away_m = np.minimum(np.abs(s_m[seen[after]] - s_m), np.abs(s_m - s_m[seen[np.maximum(after - 1, 0)]]))
    direction = np.interp(s_m, s_m[seen], np.unwrap(lane_yaw[seen] + heading[seen]))
    return np.where(np.isfinite(lane_yaw) | ~(away_m <= NEAR_M), lane_yaw, direction - heading)


def _named(has_imu: np.ndarray, has_any: np.ndarray) -> list[str | None]:
    return list(np.where(has_imu, "imu", np.where(has_any, "speed", None)))
