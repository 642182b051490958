"""Closed-form drives as bronze rows: in `eventful` every lane scenario happens once, in `calm` each just does not.

The same road users drive in both. A world can be turned, mirrored, delayed, renamed, split and sampled otherwise.
"""

from dataclasses import dataclass, field

import numpy as np
import polars as pl

from longtail.contracts import contract

START_NS = 1_780_000_000_000_000_000
LANE_M, RADIUS_M, FRONT_M = 3.5, 900.0, 3.7
SECONDS = 58.0
T = np.arange(round(SECONDS * 100) + 1) / 100  # what happens, at 100 Hz


@dataclass(frozen=True)
class User:
    """A road user over T: s (n,) along the road and d (n,) left of the middle lane, both of its middle."""

    s_m: np.ndarray
    d_m: np.ndarray
    kind: str = "car"
    size_m: tuple[float, float] = (4.5, 1.8)


@dataclass(frozen=True)
class World:
    """How a story is told: a turn about the origin (rad), a mirror, a delay, other names, two files, other rates."""

    turn_rad: float = 0.0
    is_mirrored: bool = False
    delay_ns: int = 0
    names: dict[str, str] = field(default_factory=dict)
    is_split: bool = False
    rate_hz: tuple[float, float, float] = (20.0, 10.0, 10.0)  # poses, objects, lane marks


def story(is_eventful: bool) -> dict[str, User]:
    """Everybody on the road; "ego" is the ego vehicle, its middle its rear axle."""
    a = is_eventful
    brake = -6.0 if a else -2.0
    ego_v = 20.0 + _integral(during(15.6, 16.8) * brake)
    ego_s = _integral(ego_v)
    ego_d = shift(26.0, 2.2 if a else 5.0, LANE_M)
    users = {"ego": User(ego_s, ego_d)}

    def ahead(gap_m: np.ndarray, d_m: np.ndarray, kind: str = "car", size_m: tuple[float, float] = (4.5, 1.8)) -> User:
        return User(ego_s + FRONT_M + gap_m + size_m[0] / 2, d_m, kind, size_m)

    # from the left lane into the ego lane, 0.9 m past the mark or 0.25 m; then close ahead, braking, and away
    kept = 15.0 if a else 24.0
    cutter_v = 20.0 + _integral(during(15.0, 16.2) * (brake if a else -4.0))
    gap = kept + _integral(cutter_v - ego_v) + 3.0 * np.clip(6.0 - T, 0, None)
    if a:
        cutter_d = LANE_M - shift(4.0, 4.0, LANE_M) - shift(20.0, 3.0, LANE_M)
    else:
        inside = LANE_M / 2 + 0.9 - 0.25  # of its middle
        cutter_d = LANE_M - shift(4.0, 2.0, LANE_M - inside) + shift(7.0, 2.0, LANE_M - inside)
    users["cutter"] = ahead(gap, cutter_d)
    # what the cutter hides: slower, or away
    slow_v = (8.0 if a else 30.0) * np.ones_like(T)
    slow_s = _integral(slow_v)
    at = np.searchsorted(T, 22.0)
    users["slow"] = User(slow_s - slow_s[at] + ego_s[at] + FRONT_M + 26.0 + 4.0, np.zeros_like(T), "truck", (8.0, 2.4))
    # ahead in the new lane of the ego, to and fro
    swing = (0.6 if a else 0.2) * np.sin(2 * np.pi * (T - 34.0) / 4.0) * during(34.0, 42.0)
    users["weaver"] = User(
        np.interp(T, [0, 30, SECONDS], [ego_s[0] + 250, *(np.interp([30, SECONDS], T, ego_s) + 32.0)]), LANE_M + swing
    )
    # a van at the roadside of that lane, and someone behind it who comes or stays
    at = np.searchsorted(T, 52.0)
    van_s, van_d = ego_s[at] + FRONT_M + 22.0, LANE_M - 3.2
    users["van"] = User(np.full_like(T, van_s), np.full_like(T, van_d), "van", (5.0, 2.0))
    steps = np.clip(T - 50.6, 0, 1.2) * 1.5 if a else np.zeros_like(T)
    users["walker"] = User(np.full_like(T, van_s + 3.4), van_d + steps, "pedestrian", (0.6, 0.6))
    return users


def bronze(users: dict[str, User], drive_id: str, world: World) -> dict[str, pl.DataFrame]:
    """bronze.ego_poses, bronze.objects and bronze.lane_boundaries of the story in that world."""
    pose_hz, object_hz, mark_hz = world.rate_hz
    ego = users["ego"]
    return {
        "bronze.ego_poses": _poses(ego, world, drive_id, pose_hz),
        "bronze.objects": pl.concat(
            [_boxes(name, user, ego, world, drive_id, object_hz) for name, user in users.items() if name != "ego"]
        ),
        "bronze.lane_boundaries": pl.concat(
            [_marks(ego, world, drive_id, mark_hz, is_left) for is_left in (True, False)]
        ),
    }


def _integral(rate: np.ndarray) -> np.ndarray:
    return np.concatenate([[0.0], np.cumsum((rate[1:] + rate[:-1]) / 2) * 0.01])


def during(start_s: float, end_s: float) -> np.ndarray:
    return ((start_s <= T) & (end_s > T)).astype(float)


def shift(start_s: float, seconds: float, by_m: float) -> np.ndarray:
    """A sideways movement without jumps of acceleration."""
    u = np.clip((T - start_s) / seconds, 0, 1)
    return by_m * u**3 * (10 - 15 * u + 6 * u**2)


def _pose(user: User) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(x, y, yaw) on a road that bends to the left."""
    angle = user.s_m / RADIUS_M
    near = RADIUS_M - user.d_m
    speed = np.maximum(np.gradient(user.s_m, T) * near / RADIUS_M, 0.1)
    course = np.arctan2(np.gradient(user.d_m, T), speed) if user.kind != "pedestrian" else np.full_like(T, np.pi / 2)
    return near * np.sin(angle), RADIUS_M - near * np.cos(angle), angle + course


def _at(t_s: np.ndarray, values: np.ndarray) -> np.ndarray:
    return np.interp(t_s, T, values)


def _times(rate_hz: float) -> np.ndarray:
    return np.arange(0.0, SECONDS, 1 / rate_hz)


def _poses(ego: User, world: World, drive_id: str, rate_hz: float) -> pl.DataFrame:
    t_s = _times(rate_hz)
    x, y, yaw = _pose(ego)
    rate = np.gradient(yaw, T)
    forward = np.hypot(np.gradient(x, T), np.gradient(y, T))
    sign = -1.0 if world.is_mirrored else 1.0
    x, y, yaw = x, sign * y, sign * yaw
    cos, sin = np.cos(world.turn_rad), np.sin(world.turn_rad)
    turned = {"x_map_m": _at(t_s, cos * x - sin * y), "y_map_m": _at(t_s, sin * x + cos * y)}
    twist = {"vx_ego_mps": _at(t_s, forward), "vy_ego_mps": 0.0, "yaw_rate_radps": sign * _at(t_s, rate)}
    columns = {"topic": "/odom", "frame_id": "map"} | turned | twist | _quaternion(_at(t_s, yaw) + world.turn_rad)
    return _rows("bronze.ego_poses", columns, t_s, world, drive_id)


def _boxes(name: str, user: User, ego: User, world: World, drive_id: str, rate_hz: float) -> pl.DataFrame:
    t_s = _times(rate_hz)
    mine, theirs = _pose(ego), _pose(user)
    dx, dy = theirs[0] - mine[0], theirs[1] - mine[1]
    cos, sin = np.cos(mine[2]), np.sin(mine[2])
    sign = -1.0 if world.is_mirrored else 1.0
    x, y = _at(t_s, cos * dx + sin * dy), sign * _at(t_s, cos * dy - sin * dx)
    near = np.flatnonzero(np.hypot(x, y) < 90.0)
    columns = {"topic": "/objects", "role": "reference", "frame_id": "base_link", "object_class": user.kind,
               "track_id": world.names.get(name, name), "x_m": x, "y_m": y, "length_m": user.size_m[0],
               "width_m": user.size_m[1], "height_m": 1.6}  # fmt: skip
    rows = _rows("bronze.objects", columns | _quaternion(sign * _at(t_s, theirs[2] - mine[2])), t_s, world, drive_id)
    return rows[near]


def _marks(ego: User, world: World, drive_id: str, rate_hz: float, is_left: bool) -> pl.DataFrame:
    """A mark of the lane that holds the ego vehicle, as a polynomial in its frame."""
    t_s = _times(rate_hz)
    d, speed = _at(t_s, ego.d_m), np.maximum(_at(t_s, np.gradient(ego.s_m, T)), 0.1)
    middle = np.floor(d / LANE_M + 0.5) * LANE_M
    offset = middle - d + (LANE_M / 2 if is_left else -LANE_M / 2)
    course = _at(t_s, np.gradient(ego.d_m, T)) / speed  # a slope
    offset = offset * np.hypot(1.0, course)  # along the ego's y axis, not at right angles to the mark
    sign = -1.0 if world.is_mirrored else 1.0
    side = "ego_left" if is_left != world.is_mirrored else "ego_right"
    columns = {"topic": "/lanes", "side": side, "c0_m": sign * offset, "c1": -sign * course,
               "c2_1pm": sign / (2 * RADIUS_M), "c3_1pm2": 0.0, "x_min_m": 0.0, "x_max_m": 90.0}  # fmt: skip
    return _rows("bronze.lane_boundaries", columns, t_s, world, drive_id)


def _quaternion(yaw_rad: np.ndarray) -> dict[str, object]:
    return {"q_w": np.cos(yaw_rad / 2), "q_x": 0.0, "q_y": 0.0, "q_z": np.sin(yaw_rad / 2)}


def _rows(table: str, columns: dict[str, object], t_s: np.ndarray, world: World, drive_id: str) -> pl.DataFrame:
    """Rows of a bronze table; what is missing is null, or a zero where it may not be."""
    stamps = START_NS + world.delay_ns + np.rint(t_s * 1e9).astype(np.int64)
    is_second = world.is_split & (t_s >= SECONDS / 2)
    index = np.where(is_second, np.cumsum(is_second) - 1, np.arange(len(t_s)))
    given = columns | {"project_id": "p", "drive_id": drive_id, "log_time_ns": stamps, "sensor_time_ns": stamps,
                       "file_id": [f"{drive_id}-{int(part)}" for part in is_second], "record_index": index}  # fmt: skip
    schema = contract(table).schema
    zeros = {"string": "", "int64": 0, "double": 0.0, "bool": True, "binary": b""}
    types = pl.DataFrame(schema.empty_table()).schema
    series = {}
    for one in schema:
        value = given.get(one.name, None if one.nullable else zeros[str(one.type)])
        many = value if isinstance(value, (list, np.ndarray)) else [value] * len(t_s)
        series[one.name] = pl.Series(many, dtype=types[one.name])
    return pl.DataFrame(series)
