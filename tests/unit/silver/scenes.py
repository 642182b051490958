"""Closed-form drives as bronze rows: an ego on a circle or a straight line, with whatever the test puts around it."""

from collections.abc import Callable

import numpy as np
import polars as pl

from longtail.contracts import contract

START_NS = 1_780_000_000_000_000_000
DRIVE = ("p", "d")
_ARROW = {"string": "", "int64": 0, "double": 0.0, "bool": True, "binary": b""}


def bronze(table: str, rows: dict[str, object], drive: tuple[str, str] = DRIVE) -> pl.DataFrame:
    """Rows of `table` with the given columns; nullable ones that are missing are null, required ones a zero."""
    height = max(len(value) for value in rows.values() if isinstance(value, (list, np.ndarray)))
    schema = contract(table).schema
    columns: dict[str, pl.Series] = {}
    for field in schema:
        zero = None if field.nullable else _ARROW[str(field.type)]
        value = rows.get(field.name, zero)
        if field.name in ("project_id", "drive_id") and field.name not in rows:
            value = drive[0] if field.name == "project_id" else drive[1]
        if field.name == "record_index" and field.name not in rows:
            value = np.arange(height)
        if not isinstance(value, (list, np.ndarray)):
            value = [value] * height
        columns[field.name] = pl.Series(value, dtype=pl.DataFrame(schema.empty_table()).schema[field.name])
    return pl.DataFrame(columns)


def times_ns(seconds: float, rate_hz: float, first_ns: int = START_NS) -> np.ndarray:
    """Stamps at `rate_hz` over `seconds`, the end included."""
    return first_ns + np.rint(np.arange(round(seconds * rate_hz) + 1) * 1e9 / rate_hz).astype(np.int64)


def circle(t_ns: np.ndarray, speed_mps: float, radius_m: float, offset_m: float = 0.0) -> tuple[np.ndarray, ...]:
    """(x, y, yaw) of something that keeps `offset_m` left of a counter-clockwise circle through the origin."""
    angle = speed_mps / radius_m * (t_ns - START_NS) * 1e-9
    near = radius_m - offset_m
    return near * np.sin(angle), radius_m - near * np.cos(angle), angle


def odometry(t_ns: np.ndarray, pose: tuple[np.ndarray, ...], twist: tuple[float, float] | None = None, **more: object):
    """bronze.ego_poses of (x, y, yaw) poses; `twist` = (forward speed, yaw rate)."""
    x, y, yaw = pose
    rows = {"topic": "/odom", "log_time_ns": t_ns, "sensor_time_ns": t_ns, "frame_id": "map", **quaternion(yaw)}
    if twist is not None:
        rows |= {"vx_ego_mps": twist[0], "vy_ego_mps": 0.0, "yaw_rate_radps": twist[1]}
    return bronze("bronze.ego_poses", rows | {"x_map_m": x, "y_map_m": y} | more)


def boxes(t_ns: np.ndarray, pose: tuple[np.ndarray, ...], track_id: str = "a", **more: object) -> pl.DataFrame:
    """bronze.objects of one track at (x, y, yaw) poses in `frame_id`."""
    x, y, yaw = pose
    rows = {
        "topic": "/objects",
        "log_time_ns": t_ns,
        "sensor_time_ns": t_ns,
        "role": "onboard",
        "frame_id": "base_link",
    }
    rows |= {"track_id": track_id, "object_class": "car", "length_m": 4.5, "width_m": 1.8, "height_m": 1.5}
    return bronze("bronze.objects", rows | {"x_m": x, "y_m": y} | quaternion(yaw) | more)


def quaternion(yaw_rad: np.ndarray) -> dict[str, object]:
    """Columns of a rotation about z."""
    return {"q_w": np.cos(yaw_rad / 2), "q_x": 0.0, "q_y": 0.0, "q_z": np.sin(yaw_rad / 2)}


def seen_from(ego: tuple[np.ndarray, ...], thing: tuple[np.ndarray, ...]) -> tuple[np.ndarray, ...]:
    """(x, y, yaw) in the map as seen in the ego frame at the same times."""
    dx, dy = thing[0] - ego[0], thing[1] - ego[1]
    cos, sin = np.cos(ego[2]), np.sin(ego[2])
    return cos * dx + sin * dy, cos * dy - sin * dx, thing[2] - ego[2]


def signal(name: str, t_ns: np.ndarray, value: Callable[[np.ndarray], np.ndarray] | float, unit: str | None = None,
           text: str | None = None) -> pl.DataFrame:  # fmt: skip
    """Rows as silver.can_signals has them, for what reads the bus."""
    values = value(t_ns) if callable(value) else np.full(len(t_ns), value)
    columns = {"t_ns": t_ns, "bus": 0, "message_name": "M", "signal_name": name, "value": values, "unit": unit}
    frame = pl.DataFrame(columns | {"value_text": text}, schema_overrides={"unit": pl.String, "value_text": pl.String})
    return frame.with_columns(
        pl.col("bus").cast(pl.Int64),
        record_index=pl.int_range(pl.len()),
        file_id=pl.lit("f"),
        clock_model_id=pl.lit("can"),
    )
