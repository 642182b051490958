"""Short drives as rows of silver whose columns are set one by one: the value that a threshold is compared with."""

from typing import Any

import numpy as np

from tests.unit.dbt import drives
from tests.unit.dbt.drives import Rows, times_s

MOTION, TRACKS = "silver.ego_motion", "silver.object_tracks"


def both_sides(threshold: float) -> tuple[float, float]:
    """A value on either side, near enough for a factor of 1.5 to pass it."""
    return 0.81 * threshold, 1.23 * threshold


def put(part: Rows, **columns: Any) -> Rows:
    """The part with these columns of its rows set: to one value, or to a value of each row (n,)."""
    (rows,) = (part[table] for table in (MOTION, TRACKS) if table in part)
    for name, value in columns.items():
        values = value.tolist() if isinstance(value, np.ndarray) else [value] * len(rows)
        for row, one in zip(rows, values, strict=True):
            row[name] = one
    return part


def cut(part: Rows, is_kept: np.ndarray) -> Rows:
    """The track at the instants (n,) at which it is kept."""
    return {TRACKS: [row for row, kept in zip(part[TRACKS], is_kept, strict=True) if kept]}


def ego(name: str, t_s: np.ndarray, v_mps: np.ndarray | float, **columns: Any) -> Rows:
    """An ego vehicle in its lane on a straight road, with these columns of its motion set."""
    v = np.broadcast_to(np.asarray(v_mps, float), t_s.shape)
    place = {"x_map_m": stations(v), "y_map_m": 0.0, "yaw_map_rad": 0.0, "lane_left_y_m": 1.75, "lane_right_y_m": -1.75}
    return put(drives.ego(name, t_s, v), **(place | columns))


def stations(v_mps: np.ndarray) -> np.ndarray:
    """Station (n,) of the ego vehicle at the instants, as drives.ego has it."""
    return np.cumsum(v_mps) / 10


def seen(seconds: float, first_s: float, last_s: float) -> tuple[np.ndarray, np.ndarray]:
    """Instants of a drive, and which of them lie from `first_s` to `last_s`, both included."""
    t = times_s(seconds)
    return t, (t >= round(first_s, 1) - 0.01) & (t <= round(last_s, 1) + 0.01)
