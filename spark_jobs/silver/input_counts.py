"""silver.input_counts: what became of each bronze row that silver read, so that bronze = silver + set aside adds up.

Each row gets one outcome, by what is really in the finished tables and not by what the builders meant to do.
"""

from collections.abc import Mapping

import polars as pl
import pyarrow as pa

from spark_jobs.silver.classes import OWN_VEHICLE
from spark_jobs.silver.rows import contract_rows

_REACH_NS = 1_500_000_000
"""As far from a row as an instant of the grid may take its value from it: the longest gap that any builder bridges."""

_KEYS = ["file_id", "record_index"]
_TRACK = ["role", "track_id"]


def build(
    streams: Mapping[str, pl.DataFrame],
    elements: pl.DataFrame,
    has_dbc: bool,
    signals: pl.DataFrame,
    ego: pl.DataFrame,
    tracks: pl.DataFrame,
    drive: tuple[str, str],
) -> pa.Table:
    """Rows of silver.input_counts of one drive, sorted by (input_table, topic, outcome).

    `streams` are the bronze rows by table name with t_ns, `elements` the map with its outcome; the others are the
    drive's rows of silver.can_signals, silver.ego_motion and silver.object_tracks.
    """
    counted = []
    for name, frame in sorted(streams.items()):
        if frame.is_empty():
            continue
        if name == "bronze.can_frames":
            ended = _frames(frame, has_dbc, signals)
        elif name == "bronze.objects":
            ended = _objects(frame, tracks)
        else:
            ended = _on_grid(frame, ego)
        counted.append(_counts(name, ended))
    if not elements.is_empty():
        counted.append(_counts("bronze.map_elements", _mapped(elements, ego, tracks)))
    rows = pl.concat(counted) if counted else pl.DataFrame()
    return contract_rows("silver.input_counts", rows, *drive)


def _counts(name: str, ended: pl.DataFrame) -> pl.DataFrame:
    tracks = pl.lit(0)
    if "track_id" in ended.columns:  # a track that two topics bring counts for the first of them
        ended = ended.with_columns(owner=pl.col("topic").min().over(*_TRACK, "outcome"))
        tracks = pl.struct(_TRACK).filter(pl.col("owner") == pl.col("topic")).n_unique()
    return (
        ended.group_by("topic", "outcome")
        .agg(num_rows=pl.len().cast(pl.Int64), num_tracks=tracks.cast(pl.Int64))
        .with_columns(input_table=pl.lit(name))
        .sort("topic", "outcome")
    )


def _frames(frames: pl.DataFrame, has_dbc: bool, signals: pl.DataFrame) -> pl.DataFrame:
    decoded = signals.select(_KEYS).unique().with_columns(is_decoded=pl.lit(True))
    known = frames.join(decoded, on=_KEYS, how="left")
    why = pl.when(pl.col("is_decoded").fill_null(False)).then(pl.lit("decoded"))
    why = why.when(~pl.col("is_received")).then(pl.lit("sent_by_recorder"))
    return known.with_columns(outcome=why.otherwise(pl.lit("not_in_dbc" if has_dbc else "no_dbc")))


def _objects(objects: pl.DataFrame, tracks: pl.DataFrame) -> pl.DataFrame:
    reached = tracks.group_by(_TRACK).agg(first_ns=pl.col("t_ns").min(), last_ns=pl.col("t_ns").max())
    known = objects.join(reached, on=_TRACK, how="left")
    inside = pl.col("t_ns").is_between(pl.col("first_ns") - _REACH_NS, pl.col("last_ns") + _REACH_NS)
    why = pl.when(pl.col("object_class").is_in(list(OWN_VEHICLE))).then(pl.lit("own_vehicle"))
    why = why.when(inside.fill_null(False)).then(pl.lit("in_track"))
    return known.with_columns(outcome=why.otherwise(pl.lit("no_grid_instant")))


def _mapped(elements: pl.DataFrame, ego: pl.DataFrame, tracks: pl.DataFrame) -> pl.DataFrame:
    """A map is in silver when something was held against it."""
    is_used = not (ego.is_empty() and tracks.is_empty())
    return elements if is_used else elements.with_columns(outcome=pl.lit("no_grid_instant"))


def _on_grid(rows: pl.DataFrame, ego: pl.DataFrame) -> pl.DataFrame:
    """Rows that lie where the grid has instants; a drive without motion, or an end without any, has none."""
    grid = ego.select("t_ns").sort("t_ns").with_columns(grid_ns=pl.col("t_ns"))
    near = rows.sort("t_ns").join_asof(grid, on="t_ns", strategy="nearest", tolerance=_REACH_NS)
    return near.with_columns(
        outcome=pl.when(pl.col("grid_ns").is_not_null()).then(pl.lit("on_grid")).otherwise(pl.lit("no_grid_instant"))
    )
