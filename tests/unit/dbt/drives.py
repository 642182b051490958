"""Closed-form drives as rows of bronze, silver and ops: straight roads, lanes of 3.5 m, quintic lane changes, 10 Hz."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from deltalake import write_deltalake

from longtail.contracts import conform

START_NS = 1_780_000_000_000_000_000
FRONT_M, HALF_LENGTH_M, HALF_WIDTH_M, LANE_M = 3.7, 2.25, 0.9, 3.5
Rows = dict[str, list[dict[str, Any]]]


def times_s(seconds: float) -> np.ndarray:
    """Instants of the grid over `seconds`, the end included."""
    return np.arange(round(seconds * 10) + 1) / 10


def quintic(t_s: np.ndarray, start_s: float, end_s: float, from_m: float, to_m: float) -> np.ndarray:
    """A lane change without jumps of acceleration."""
    u = np.clip((t_s - start_s) / (end_s - start_s), 0, 1)
    return from_m + (to_m - from_m) * u**3 * (10 - 15 * u + 6 * u**2)


def ego(drive_id: str, t_s: np.ndarray, vx_mps: np.ndarray, lane_source: str = "map") -> Rows:
    """An ego vehicle that drives with the speeds `vx_mps` (n,); acceleration is their slope."""
    ax = np.gradient(vx_mps, t_s)
    motion = [
        _key(drive_id, t)
        | {"vx_ego_mps": v, "v_s_mps": v, "ax_ego_mps2": a, "ay_ego_mps2": 0.0, "s_m": s, "lane_source": lane_source}
        | {"motion_source": "odometry", "acceleration_source": "imu", "is_interpolated": False}
        for t, v, a, s in zip(t_s, vx_mps, ax, np.cumsum(vx_mps) / 10, strict=True)
    ]
    interval = {"t_start_ns": _ns(t_s[0]), "t_end_ns": _ns(t_s[-1]) + 1, "light": "day", "weather": "clear"}
    sources = {"road_kind": "highway", "light_source": "sun", "weather_source": "none", "road_source": "navigation"}
    file = {"file_id": f"file-{drive_id}", "source_path": f"{drive_id}/recording.mcap", "format": "mcap"}
    return {
        "silver.ego_motion": motion,
        "silver.conditions": [_drive(drive_id) | interval | sources],
        "bronze.drives": [_drive(drive_id) | {"vehicle_kind": "car", "log_clock": "utc", "is_declared": True}],
        "ops.ingest_ledger": [
            _drive(drive_id)
            | file
            | {"num_bytes": 1, "state": "silver", "is_declared": True, "bronze_num_messages": 7}
            | {"received_at_ns": _ns(100), "bronze_at_ns": _ns(102), "silver_at_ns": _ns(105)}
        ],
    }


def track(
    drive_id: str,
    track_id: str,
    t_s: np.ndarray,
    *,
    gap_m: np.ndarray | float,
    d_m: np.ndarray | float,
    v_s_mps: np.ndarray | float,
    role: str = "reference",
    left_mark_d_m: np.ndarray | float = LANE_M / 2,
    heading_rad: float = 0.0,
    object_class: str = "car",
) -> Rows:
    """A box `gap_m` before the ego front bumper and `d_m` left of the driven path; lane marks 3.5 m apart."""
    gap, d, v_s, left = (np.broadcast_to(np.asarray(x, float), t_s.shape) for x in (gap_m, d_m, v_s_mps, left_mark_d_m))
    v_d = np.gradient(d, t_s)
    s_rel = gap + FRONT_M + HALF_LENGTH_M
    rows = [
        _key(drive_id, t_s[i])
        | {"role": role, "track_id": track_id, "object_class": object_class, "is_interpolated": False}
        | {"x_ego_m": s_rel[i], "y_ego_m": d[i], "yaw_ego_rad": heading_rad, "lane_source": "map"}
        | {"length_m": 2 * HALF_LENGTH_M, "width_m": 2 * HALF_WIDTH_M, "height_m": 1.5, "velocity_source": "recorded"}
        | {"s_rel_m": s_rel[i], "path_s_rel_m": s_rel[i], "d_m": d[i], "heading_path_rad": heading_rad, "a_s_mps2": 0.0}
        | {"v_s_mps": v_s[i], "v_d_mps": v_d[i], "extent_s_m": HALF_LENGTH_M, "extent_d_m": HALF_WIDTH_M}
        | {"lane_left_d_m": left[i], "lane_right_d_m": left[i] - LANE_M}
        for i in range(len(t_s))
    ]
    return {"silver.object_tracks": rows}


def write_lake(root: Path, parts: Iterable[Rows], mode: Literal["overwrite", "append"] = "overwrite") -> Path:
    """A lake of these drives: only tables that got rows exist. To "append" leaves what is there."""
    tables: Rows = {}
    for part in parts:
        for table, rows in part.items():
            tables.setdefault(table, []).extend(rows)
    for table, rows in tables.items():
        write_deltalake(root / table.replace(".", "/"), conform(table, pa.Table.from_pylist(rows)), mode=mode)
    return root


def cut_in(drive_id: str = "cut-in") -> list[Rows]:
    """A car 12 m ahead and 4 m/s slower changes from the left lane into the ego lane between 6 and 10 s."""
    t = times_s(14)
    v = np.full(t.shape, 25.0)
    gap = 12.0 - 4.0 * np.clip(t - 8.0, None, 1.5)  # it keeps its distance later: no collision
    closing = np.where(t < 9.5, 4.0, 0.0)
    d = quintic(t, 6, 10, LANE_M, 0.0)
    return [
        ego(drive_id, t, v),
        track(drive_id, "r7", t, gap_m=gap, d_m=d, v_s_mps=v - closing),
        track(drive_id, "o3", t, gap_m=gap + 0.3, d_m=d, v_s_mps=v - closing, role="onboard"),
    ]


def ego_lane_change(drive_id: str = "ego-lane-change") -> list[Rows]:
    """The ego vehicle changes into the lane of a car 30 m ahead, which never moves sideways."""
    t = times_s(16)
    v = np.full(t.shape, 25.0)
    place = t + (30.0 + FRONT_M + HALF_LENGTH_M) / 25.0  # when the ego passes where the car is now
    path_y, ego_y = quintic(place, 6, 10, 0.0, LANE_M), quintic(t, 6, 10, 0.0, LANE_M)
    lane_y = np.where(ego_y < LANE_M / 2, 0.0, LANE_M)
    other = track(drive_id, "r1", t, gap_m=30.0, d_m=LANE_M - path_y, v_s_mps=v, left_mark_d_m=lane_y + 1.75 - path_y)
    return [ego(drive_id, t, v), other]


def emergency_stop(drive_id: str = "emergency-stop") -> list[Rows]:
    """The ego vehicle brakes with 6.5 m/s² for a second behind a standing car, and stops short of it."""
    t = times_s(8)
    v = np.clip(15.0 - 6.5 * np.clip(t - 4.0, 0, None), 0.0, None)
    driven = np.concatenate([[0.0], np.cumsum((v[1:] + v[:-1]) / 2) / 10])
    return [ego(drive_id, t, v), track(drive_id, "r9", t, gap_m=driven[-1] + 0.8 - driven, d_m=0.0, v_s_mps=0.0)]


def _key(drive_id: str, t_s: float) -> dict[str, Any]:
    return _drive(drive_id) | {"t_ns": _ns(t_s)}


def _drive(drive_id: str) -> dict[str, Any]:
    return {"project_id": "p", "drive_id": drive_id}


def _ns(t_s: float) -> int:
    return START_NS + round(t_s * 10) * 100_000_000
