"""Where the ego motion of a drive comes from, best source first, and that source on the 10 Hz grid."""

import numpy as np
import polars as pl

from spark_jobs.silver.grid import HALF_STEP_NS, STEP_NS, Floats, Instants, Ints, causal_slope, instants
from spark_jobs.silver.poses import poses_of, rotation, yaw

# Vehicle speed by DBC signal name, best first; signals of one line are averaged per frame. Only where the unit is m/s.
SPEED_SIGNALS: tuple[tuple[str, ...], ...] = (
    ("WHEEL_SPEED_FL", "WHEEL_SPEED_FR", "WHEEL_SPEED_RL", "WHEEL_SPEED_RR"),
    ("WheelBasedVehicleSpeed",),  # J1939 CCVS1
    ("FrontAxleSpeed",),  # J1939 EBC2
    ("VehicleSpeed",),
    ("S1_PID_0D_VehicleSpeed",),  # OBD-II mode 01
    ("SPEED",),
    ("Speed",),  # CANmod GPS
)
_SLOW_GAP_NS = 1_500_000_000  # OBD-II and GNSS answer about once a second; rows between are marked interpolated
_EARTH_RADIUS_M = 6_371_008.8
_STANDING_MPS = 0.05  # below this a speed is sensor noise; integrated it would move a parked car

_MIN_FALLBACK_NS = 3 * STEP_NS  # a shorter hole at either end of the preferred source is not worth a change of source

COLUMNS = ("t_ns", "x_map_m", "y_map_m", "z_map_m", "yaw_map_rad", "vx_ego_mps", "vy_ego_mps", "yaw_rate_radps")


def motion(poses: pl.DataFrame, can_signals: pl.DataFrame, gnss: pl.DataFrame) -> pl.DataFrame:
    """The ego motion on the grid: COLUMNS, motion_source, motion_topic, clock_model_id, is_interpolated, s_m; NaN where
    the source has no such value.

    Inputs: bronze.ego_poses and bronze.gnss_fixes of one drive on the reference clock, silver.can_signals. Empty
    without a source. Each instant is read from the first of these that reaches it: odometry (poses with speeds) or
    poses, wheel and vehicle speed on the bus, GNSS positions. Positions are those of one pose topic alone, for two need
    not share a frame: they are NaN where another source stands in.
    """
    chosen = main_pose_topic(poses)
    found = _from_poses(chosen) if chosen.height > 1 else _nothing()
    ends = [rows["t_ns"] for rows in (can_signals, gnss) if rows.height]
    for source in (lambda: _from_can(can_signals), lambda: _from_gnss(gnss)):
        if any(_holes(found["t_ns"].to_numpy(), times.min(), times.max()) for times in ends):
            found = _filled(found, source())
    return found.with_columns(s_m=pl.Series(_distance(found), dtype=pl.Float64)) if found.height else found


def _holes(t_ns: Ints, first_ns: int, last_ns: int) -> list[tuple[int, int]]:
    """(after, before) times between which there is no instant for longer than 0.3 s, from `first_ns` to `last_ns`."""
    known = np.concatenate([[min([first_ns, *t_ns[:1]])], t_ns, [max([last_ns, *t_ns[-1:]])]])
    return [(int(known[i]), int(known[i + 1])) for i in np.flatnonzero(np.diff(known) > _MIN_FALLBACK_NS)]


def _filled(found: pl.DataFrame, other: pl.DataFrame) -> pl.DataFrame:
    """`found`, and the rows of `other` in its holes."""
    if found.is_empty() or other.is_empty():
        return other if found.is_empty() else found
    t_ns = other["t_ns"].to_numpy()
    inside = np.zeros(len(t_ns), bool)
    for after, before in _holes(found["t_ns"].to_numpy(), int(t_ns[0]), int(t_ns[-1])):
        inside |= (t_ns >= after) & (t_ns <= before)
    return pl.concat([found, other.filter(pl.Series(inside)).join(found, on="t_ns", how="anti")]).sort("t_ns")


def main_pose_topic(poses: pl.DataFrame) -> pl.DataFrame:
    """The rows of the pose topic to trust: one with speeds before one without, then the one with the most samples."""
    ranked = (
        poses.group_by("topic")
        .agg(has_twist=pl.col("vx_ego_mps").is_not_null().mean() > 0.5, num=pl.len())
        .sort("has_twist", "num", "topic", descending=[True, True, False])
    )
    return poses.filter(pl.col("topic") == ranked["topic"][0]) if ranked.height else poses


def _from_poses(rows: pl.DataFrame) -> pl.DataFrame:
    rows = rows.sort("t_ns", "file_id", "record_index").unique("t_ns", keep="first", maintain_order=True)
    poses = poses_of(rows)
    at = instants(np.zeros(len(poses.t_ns), np.int64), poses.t_ns, reach_ns=0)
    position, heading = at.linear(poses.position_m), yaw(rotation(at.linear(poses.q)))
    if rows["vx_ego_mps"].is_not_null().mean() > 0.5:
        twist = [at.linear(_floats(rows[name])) for name in ("vx_ego_mps", "vy_ego_mps", "yaw_rate_radps")]
        return _frame(at, position, heading, *twist, source="odometry", origin=rows)
    return _frame(at, position, heading, *_twist_of(at.t_ns, position, heading), source="pose", origin=rows)


def _twist_of(t_ns: Ints, position: Floats, heading: Floats) -> tuple[Floats, Floats, Floats]:
    # A parabola over half a second, read at its end: no lag in a steady brake, and nothing from after the instant.
    key = np.zeros(len(t_ns), np.int64)
    vx_map, vy_map = (causal_slope(key, t_ns, position[:, axis], order=2) for axis in (0, 1))
    cos, sin = np.cos(heading), np.sin(heading)
    yaw_rate = causal_slope(key, t_ns, np.unwrap(heading), order=2)
    return cos * vx_map + sin * vy_map, cos * vy_map - sin * vx_map, yaw_rate


def _from_can(signals: pl.DataFrame) -> pl.DataFrame:
    usable = signals.filter((pl.col("unit") == "m/s") & pl.col("value").is_not_null())
    for names in SPEED_SIGNALS:
        rows = usable.filter(pl.col("signal_name").is_in(names))
        if rows.height > 1:
            frames = rows.sort("t_ns", "bus", "signal_name").group_by("t_ns", maintain_order=True)
            speed = frames.agg(pl.col("value").mean(), pl.col("message_name", "clock_model_id").first())
            at = instants(np.zeros(speed.height, np.int64), speed["t_ns"].to_numpy(), 0, _SLOW_GAP_NS)
            return _frame(at, None, None, at.linear(_floats(speed["value"])), None, None, source="can",
                          origin=speed.rename({"message_name": "topic"}))  # fmt: skip
    return _nothing()


def _from_gnss(gnss: pl.DataFrame) -> pl.DataFrame:
    fixes = fixes_of(gnss)
    if fixes.height < 2:
        return _nothing()
    latitude, longitude = np.radians(_floats(fixes["latitude_deg"])), np.radians(_floats(fixes["longitude_deg"]))
    east = (longitude - longitude[0]) * np.cos(latitude[0]) * _EARTH_RADIUS_M
    north = (latitude - latitude[0]) * _EARTH_RADIUS_M
    key = np.zeros(fixes.height, np.int64)
    at = instants(key, fixes["t_ns"].to_numpy(), 0, _SLOW_GAP_NS)
    on_grid = np.zeros(len(at.t_ns), np.int64)
    window_ns = 10 * STEP_NS  # metres of noise: a whole second, and no heading
    velocity = [causal_slope(on_grid, at.t_ns, at.linear(axis), window_ns) for axis in (east, north)]
    return _frame(at, None, None, np.hypot(*velocity), None, None, source="gnss", origin=fixes)


def fixes_of(gnss: pl.DataFrame) -> pl.DataFrame:
    """The usable fixes of the GNSS topic with the most of them, sorted by t_ns, one per time."""
    fixes = gnss.drop_nulls(["latitude_deg", "longitude_deg"]).filter(pl.col("fix_status").fill_null(0) >= 0)
    if fixes.is_empty():
        return fixes
    topic = fixes.group_by("topic").len().sort("len", "topic", descending=[True, False])["topic"][0]
    ordered = fixes.filter(pl.col("topic") == topic).sort("t_ns", "file_id", "record_index")
    return ordered.unique("t_ns", keep="first", maintain_order=True)


def _distance(found: pl.DataFrame) -> Floats:
    t_ns, speed = found["t_ns"].to_numpy(), np.abs(_floats(found["vx_ego_mps"]))
    speed = np.where(speed < _STANDING_MPS, 0.0, speed)
    step_s = np.diff(t_ns) * 1e-9
    chord = np.hypot(np.diff(found["x_map_m"].to_numpy()), np.diff(found["y_map_m"].to_numpy()))
    driven = 0.5 * (speed[1:] + speed[:-1]) * step_s
    is_driven = np.isfinite(driven) & (step_s * 1e9 <= STEP_NS + HALF_STEP_NS)
    step_m = np.where(is_driven, driven, np.where(np.isfinite(chord), chord, 0.0))
    total = np.concatenate([[0.0], np.cumsum(step_m)])
    return total if np.isfinite(speed).any() else np.full(len(total), np.nan)


def _frame(
    at: Instants,
    position: Floats | None,
    heading: Floats | None,
    vx: Floats,
    vy: Floats | None,
    yaw_rate: Floats | None,
    source: str,
    origin: pl.DataFrame,
) -> pl.DataFrame:
    unknown = np.full(len(at.t_ns), np.nan)
    x, y, z = position.T if position is not None else (unknown, unknown, unknown)
    values = (at.t_ns, x, y, z, heading, vx, vy, yaw_rate)
    columns = {name: unknown if v is None else v for name, v in zip(COLUMNS, values, strict=True)}
    read_from = origin[at.nearest].select(motion_topic="topic", clock_model_id="clock_model_id")
    return pl.DataFrame(columns).with_columns(
        *read_from, motion_source=pl.lit(source), is_interpolated=pl.Series(at.is_interpolated)
    )


def _nothing() -> pl.DataFrame:
    empty = Instants(*(np.zeros(0, np.int64),) * 3, np.zeros(0), np.zeros(0, bool))
    origin = pl.DataFrame(schema={"topic": pl.String, "clock_model_id": pl.String})
    return _frame(empty, None, None, np.zeros(0), None, None, source="none", origin=origin)


def _floats(series: pl.Series) -> Floats:
    return series.cast(pl.Float64).fill_null(float("nan")).to_numpy()
