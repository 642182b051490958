"""silver.object_tracks: every tracked object on the 10 Hz grid, in the ego frame and along the driven path."""

import numpy as np
import polars as pl
import pyarrow as pa

from spark_jobs.silver.grid import Floats, Ints, causal_slope, wrap
from spark_jobs.silver.hindsight import centred_motion
from spark_jobs.silver.lane_frame import LaneFrame, lane_frame
from spark_jobs.silver.lanes import MapLanes, lane_marks
from spark_jobs.silver.map_facts import MapFacts
from spark_jobs.silver.occlusion import visible_share
from spark_jobs.silver.path_frame import REACH_M, Path, driven_path
from spark_jobs.silver.poses import Poses, yaw
from spark_jobs.silver.rows import contract_rows
from spark_jobs.silver.tracks import sampled

_HALF_LANE_M = 1.75  # half of the usual 3.5 m, where no mark is known
_OCCLUDERS = ["car", "truck", "bus"]
_WORKING = ["track", "is_placed", "num_rows", "vx_map_mps", "vy_map_mps"]


def build(
    objects: pl.DataFrame,
    poses: Poses,
    lanes: pl.DataFrame,
    map_lanes: MapLanes,
    facts: MapFacts,
    ego: pl.DataFrame,
    drive: tuple[str, str],
) -> pa.Table:
    """Rows of silver.object_tracks of one drive, sorted by (t_ns, role, track_id).

    Inputs: bronze.objects and bronze.lane_boundaries rows with t_ns, the ego poses at full rate, `ego` = the drive's
    silver.ego_motion rows, `drive` = (project_id, drive_id).
    """
    if objects.is_empty():
        return contract_rows("silver.object_tracks", pl.DataFrame(), *drive)
    rows = _with_visibility(sampled(objects, poses))
    place = rows.select(_floats("x_map_m", "y_map_m")).to_numpy()
    rows = rows.with_columns(**facts.at(place), **facts.joints(place, rows["yaw_map_rad"].fill_null(np.nan).to_numpy()))
    posed = ego.drop_nulls("x_map_m")  # where another source than the poses stands in, there is a speed but no place
    path = driven_path(
        *(posed["t_ns"].to_numpy(), posed.select(_floats("x_map_m", "y_map_m")).to_numpy()),
        *posed.select(_floats("yaw_map_rad", "s_m")).to_numpy().T,
    )
    if path is None:
        rows = rows.with_columns(lane_source=pl.lit("none"))
    else:
        lane_heading = ego.select(_floats("yaw_map_rad", "lane_yaw_ego_rad")).to_numpy().sum(axis=1)
        rows = _with_path(rows, path, lane_frame(path, ego["t_ns"].to_numpy(), lane_heading))
        rows = _with_lane(rows, path, poses, lanes, map_lanes, ego)
    return contract_rows("silver.object_tracks", rows.drop(_WORKING).sort("t_ns", "role", "track_id"), *drive)


def _with_visibility(rows: pl.DataFrame) -> pl.DataFrame:
    scene = rows.with_row_index("row").sort("role", "t_ns", "track_id")
    names = ("x_ego_m", "y_ego_m", "yaw_ego_rad", "length_m", "width_m")
    share = visible_share(
        scene.select(pl.struct("role", "t_ns").rle_id()).to_series().to_numpy(),
        *(scene[name].to_numpy() for name in names),
        is_occluder=scene["object_class"].is_in(_OCCLUDERS).to_numpy(),
    )
    geometric = np.empty(len(share))
    geometric[scene["row"].to_numpy()] = share * 100.0
    return rows.with_columns(visibility_pct=pl.coalesce("visibility_pct", pl.Series(geometric)))


def _with_path(rows: pl.DataFrame, path: Path, lane: LaneFrame) -> pl.DataFrame:
    """Along the lane, across the path: a lane change of the ego bends its path and leaves the road as it is."""
    t_ns, track = rows["t_ns"].to_numpy(), rows["track"].to_numpy()
    ego_s = path.ego_station(t_ns)
    place, yaw_map = rows.select("x_map_m", "y_map_m").to_numpy(), rows["yaw_map_rad"].to_numpy()
    foot_s, d, path_heading = path.project(place, ego_s)
    s, lane_heading = lane.station(place, foot_s), lane.heading(foot_s)
    heading, along_lane = wrap(yaw_map - path_heading), wrap(yaw_map - lane_heading)
    vx, vy = rows["vx_map_mps"].to_numpy(), rows["vy_map_mps"].to_numpy()
    is_recorded = np.isfinite(vx) & np.isfinite(vy) & np.isfinite(s)
    is_live = rows["role"].to_numpy() == "onboard"
    slope_s, curvature_s = _derivatives(track, t_ns, s, is_live)
    v_s = np.where(is_recorded, np.cos(lane_heading) * vx + np.sin(lane_heading) * vy, slope_s)
    across = np.cos(path_heading) * vy - np.sin(path_heading) * vx
    v_d = np.where(is_recorded, across, _derivatives(track, t_ns, d, is_live)[0])
    a_s = np.where(is_recorded | is_live, _derivatives(track, t_ns, v_s, is_live)[0], curvature_s)
    length, width = rows["length_m"].to_numpy() / 2, rows["width_m"].to_numpy() / 2
    source = np.where(is_recorded, "recorded", np.where(np.isfinite(v_s), "estimated", None))
    return rows.with_columns(
        path_s_rel_m=pl.Series(foot_s - ego_s),
        s_rel_m=pl.Series(s - lane.along(ego_s)),
        d_m=pl.Series(d),
        heading_path_rad=pl.Series(heading),
        v_s_mps=pl.Series(v_s),
        v_d_mps=pl.Series(v_d),
        a_s_mps2=pl.Series(a_s),
        extent_s_m=pl.Series(length * np.abs(np.cos(along_lane)) + width * np.abs(np.sin(along_lane))),
        extent_d_m=pl.Series(length * np.abs(np.sin(heading)) + width * np.abs(np.cos(heading))),
        velocity_source=pl.Series(list(source), dtype=pl.String),
    )


def _derivatives(track: Ints, t_ns: Ints, values: Floats, is_live: np.ndarray) -> tuple[Floats, Floats]:
    """First and second. The vehicle's own list is what it could know then; any other list was made afterwards."""
    slope, curvature = centred_motion(track, t_ns, values)
    return np.where(is_live, causal_slope(track, t_ns, values), slope), curvature


def _with_lane(
    rows: pl.DataFrame, path: Path, poses: Poses, lanes: pl.DataFrame, map_lanes: MapLanes, ego: pl.DataFrame
) -> pl.DataFrame:
    station = rows["path_s_rel_m"].to_numpy() + path.ego_station(rows["t_ns"].to_numpy())
    seen = [_seen_mark(rows, path, poses, lanes, side) for side in ("ego_left", "ego_right")]
    passed = _passed_marks(path, station, ego)
    mapped = _mapped_marks(path, station, map_lanes)
    camera = [np.where(np.isfinite(now), now, later) for now, later in zip(seen, passed, strict=True)]
    is_camera = np.isfinite(camera[0]) | np.isfinite(camera[1])
    is_map = ~is_camera & (np.isfinite(mapped[0]) | np.isfinite(mapped[1]))
    straight = np.where(np.isfinite(station), _HALF_LANE_M, np.nan)
    left, right = (
        np.where(is_camera, mark, np.where(is_map, on_map, sign * straight))
        for mark, on_map, sign in zip(camera, mapped, (1.0, -1.0), strict=True)
    )
    source = np.where(is_camera, "lane_marks", np.where(is_map, "map", "none"))
    return rows.with_columns(
        lane_left_d_m=pl.Series(left), lane_right_d_m=pl.Series(right), lane_source=pl.Series(source)
    )


def _seen_mark(rows: pl.DataFrame, path: Path, poses: Poses, lanes: pl.DataFrame, side: str) -> Floats:
    """d of the mark beside each object, by the polynomial that the lane camera sent at that time."""
    t_ns, x = rows["t_ns"].to_numpy(), rows["x_ego_m"].to_numpy()
    y = lane_marks(lanes, side).at(t_ns, x)
    d = np.full(len(t_ns), np.nan)
    known = np.flatnonzero(np.isfinite(y) & rows["s_rel_m"].is_not_nan().to_numpy())
    if len(known):
        origin, map_from_ego, _ = poses.at(t_ns[known])
        heading = yaw(map_from_ego)
        cos, sin = np.cos(heading), np.sin(heading)
        x, y = x[known], y[known]
        point = np.stack([origin[:, 0] + cos * x - sin * y, origin[:, 1] + sin * x + cos * y], axis=1)
        d[known] = path.project(point, path.ego_station(t_ns[known]))[1]
    return d


def _passed_marks(path: Path, station: Floats, ego: pl.DataFrame) -> tuple[Floats, Floats]:
    """The marks as the ego itself saw them when it passed the station, for objects out of the camera's range."""
    marks = ego.filter(pl.col("lane_source") == "lane_marks").select("t_ns", _floats("lane_left_y_m", "lane_right_y_m"))
    known = marks.with_columns(s=pl.Series(path.ego_station(marks["t_ns"].to_numpy()))).drop_nans("s").sort("s", "t_ns")
    s = known["s"].to_numpy()
    nowhere = np.full(len(station), np.nan)
    if not len(s):
        return nowhere, nowhere
    row = np.clip(np.searchsorted(s, station), 0, len(s) - 1)
    before = np.maximum(row - 1, 0)
    row = np.where(np.abs(station - s[before]) <= np.abs(s[row] - station), before, row)
    is_near = np.abs(s[row] - station) <= 10.0
    left, right = (
        np.where(is_near, known[name].to_numpy()[row], np.nan) for name in ("lane_left_y_m", "lane_right_y_m")
    )
    return left, right


def _mapped_marks(path: Path, station: Floats, map_lanes: MapLanes) -> tuple[Floats, Floats]:
    """The marks of the lane that the driven path lies in at each station; none on its straight extensions."""
    left, right, _ = map_lanes.marks_at(path.vertex_m, path.heading_rad)
    at = np.clip(np.rint(np.nan_to_num(station)).astype(np.int64), 0, len(left) - 1)
    is_driven = np.isfinite(station) & (station >= REACH_M) & (station <= len(left) - 1 - REACH_M)
    return np.where(is_driven, left[at], np.nan), np.where(is_driven, right[at], np.nan)


def _floats(*names: str) -> pl.Expr:
    return pl.col(*names).fill_null(float("nan"))
