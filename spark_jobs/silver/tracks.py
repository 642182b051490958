"""Object tracks on the 10 Hz grid: each object where it was at its own sensor time, in the map, read at the grid."""

import numpy as np
import polars as pl

from spark_jobs.silver.classes import OWN_VEHICLE, canonical_class
from spark_jobs.silver.grid import Floats, instants, wrap
from spark_jobs.silver.poses import Poses, is_map_frame, rotation, yaw

_NEAREST = ("role", "track_id", "object_class", "length_m", "width_m", "height_m", "score", "num_lidar_points",
            "visibility_pct", "clock_model_id")  # fmt: skip


def sampled(objects: pl.DataFrame, poses: Poses) -> pl.DataFrame:
    """Objects (bronze.objects rows of one drive with t_ns) at grid instants, sorted by (track, t_ns).

    Columns: track (a number per role and track), t_ns, x/y/yaw_ego, x/y/yaw_map (NaN: no pose), vx/vy_map_mps over
    ground (NaN: not recorded), is_interpolated, and the rest as at the nearest sample. Where two topics of one role
    use the same track id at the same instant, the topic with more rows wins.
    """
    rows = _ordered(objects)
    position, matrix = (
        rows.select("x_m", "y_m", "z_m").to_numpy(),
        rotation(rows.select("q_w", "q_x", "q_y", "q_z").to_numpy()),
    )
    flat = rows.select(pl.col("vx_mps", "vy_mps").fill_null(float("nan"))).to_numpy()
    velocity = np.concatenate([flat, np.zeros((len(flat), 1))], axis=1)
    t_ns, in_map = rows["t_ns"].to_numpy(), is_map_frame(rows["frame_id"])
    origin, map_from_ego, is_posed = poses.at(t_ns)
    turn = (is_posed & ~in_map)[:, None]
    position = np.where(turn, origin + _rotate(map_from_ego, position), position)
    velocity = np.where(turn, _rotate(map_from_ego, velocity), velocity)
    heading = np.where(turn[:, 0], yaw(map_from_ego @ matrix), yaw(matrix))
    is_placed = is_posed | in_map
    # A track that leaves the poses goes on as another piece: never interpolate between map and ego coordinates.
    piece = np.cumsum(np.concatenate([[0], (np.diff(rows["track"]) != 0) | (is_placed[1:] != is_placed[:-1])]))
    at = instants(piece, t_ns)
    placed = is_placed[at.low]
    seen = at.linear(position), at.linear(velocity), at.angle(heading)
    frame = (
        rows[at.nearest]
        .select("topic", *_NEAREST)
        .with_columns(
            t_ns=pl.Series(at.t_ns), is_interpolated=pl.Series(at.is_interpolated), is_placed=pl.Series(placed)
        )
    )
    return _in_both_frames(frame, poses, *seen, placed=placed)


def _ordered(objects: pl.DataFrame) -> pl.DataFrame:
    others = objects.filter(~pl.col("object_class").is_in(list(OWN_VEHICLE)))
    track = ["role", "topic", "track_id"]
    order = [*track, "t_ns", "file_id", "record_index", "object_index"]
    rows = others.sort(order).unique([*track, "t_ns"], keep="first", maintain_order=True)
    return rows.with_columns(
        object_class=canonical_class(pl.col("object_class")), track=pl.struct(track).rle_id().cast(pl.Int64)
    )


def _in_both_frames(
    frame: pl.DataFrame, poses: Poses, position: Floats, velocity: Floats, heading: Floats, *, placed: np.ndarray
) -> pl.DataFrame:
    origin, map_from_ego, is_posed = poses.at(frame["t_ns"].to_numpy())
    turn = yaw(map_from_ego)
    own = np.where(placed[:, None], _rotate(np.swapaxes(map_from_ego, 1, 2), position - origin), position)
    own_heading = np.where(placed, wrap(heading - turn), heading)
    # Seen just before the first pose or after the last, but read at an instant that has one.
    late = (is_posed & ~placed)[:, None]
    position = np.where(late, origin + _rotate(map_from_ego, position), position)
    velocity = np.where(late, _rotate(map_from_ego, velocity), velocity)
    heading = np.where(late[:, 0], wrap(heading + turn), heading)
    x_map, y_map, yaw_map, vx, vy = (
        np.where(placed | is_posed, value, np.nan)
        for value in (position[:, 0], position[:, 1], heading, velocity[:, 0], velocity[:, 1])
    )
    both = frame.with_columns(
        x_ego_m=pl.Series(own[:, 0]), y_ego_m=pl.Series(own[:, 1]), yaw_ego_rad=pl.Series(own_heading),
        x_map_m=pl.Series(x_map), y_map_m=pl.Series(y_map), yaw_map_rad=pl.Series(yaw_map),
        vx_map_mps=pl.Series(vx), vy_map_mps=pl.Series(vy),
    )  # fmt: skip
    kept = both.filter(pl.Series(is_posed | ~placed)).with_columns(num_rows=pl.len().over("role", "topic"))
    keys = ["role", "track_id", "t_ns"]
    ranked = kept.sort(*keys, "is_placed", "num_rows", "topic", descending=[False, False, False, True, True, False])
    unique = ranked.unique(keys, keep="first", maintain_order=True)
    return unique.with_columns(track=pl.struct("role", "track_id").rle_id().cast(pl.Int64))


def _rotate(matrix: Floats, vector: Floats) -> Floats:
    return np.asarray(np.einsum("nij,nj->ni", matrix, vector))
