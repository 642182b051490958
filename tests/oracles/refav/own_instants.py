"""An Argoverse 2 log as silver holds it, but at the instants of its own lists: what RefAV works on.

silver.object_tracks is on the 10 Hz grid of the clock, a log's sweeps are not; hits can only be equal where both look
at the same instants. Bronze rows are those of the product's readers; places and headings are put together as in
spark_jobs/silver/tracks.py, without the reading at the grid.
"""

from pathlib import Path

import numpy as np
import polars as pl

from spark_jobs.readers import formats, registry
from spark_jobs.readers.source import SourceFile
from spark_jobs.silver.classes import canonical_class
from spark_jobs.silver.poses import Poses, poses_of, rotation, yaw
from tests.oracles.refav.built import Built, built

_TABLES = ("bronze.objects", "bronze.ego_poses", "bronze.map_lanes", "bronze.map_elements")


def bronze_of(log: Path) -> dict[str, pl.DataFrame]:
    """The bronze rows of the log folder by table name, as the product's readers give them."""
    parts: dict[str, list[pl.DataFrame]] = {}
    for path in sorted(each for each in log.rglob("*") if each.suffix in {".feather", ".json"}):
        format_name = formats.sniff(str(path))
        if format_name not in formats.BY_NAME:
            continue
        source = SourceFile(str(path), "f" + path.name, "p", log.name, format_name, path.stat().st_size)
        for task in registry.plan(source).tasks:
            for table, rows in registry.read(task):
                if table in _TABLES:
                    parts.setdefault(table, []).append(pl.DataFrame(rows))
    return {table: pl.concat(each) for table, each in parts.items()}


def lake_of(log: Path) -> Built:
    """A DuckDB with the tables and models that sql/refav reads, of one log."""
    bronze = bronze_of(log)
    objects = bronze["bronze.objects"].with_columns(t_ns=pl.col("sensor_time_ns"))
    poses = poses_of(bronze["bronze.ego_poses"].with_columns(t_ns=pl.col("sensor_time_ns")))
    tables = {
        "bronze.drives": _drives(log.name),
        "bronze.map_lanes": bronze["bronze.map_lanes"],
        "bronze.map_elements": bronze["bronze.map_elements"],
        "silver.object_tracks": _tracks(objects, poses),
        "silver.ego_motion": _ego(objects["t_ns"].unique().sort(), poses, log.name),
    }
    return built(tables)


def _tracks(objects: pl.DataFrame, poses: Poses) -> pl.DataFrame:
    origin, map_from_ego, is_posed = poses.at(objects["t_ns"].to_numpy())
    assert is_posed.all()
    matrix = rotation(objects.select("q_w", "q_x", "q_y", "q_z").to_numpy())
    place = origin + np.einsum("nij,nj->ni", map_from_ego, objects.select("x_m", "y_m", "z_m").to_numpy())
    return objects.select(
        *("drive_id", "t_ns", "role", "track_id", "length_m", "width_m"),
        object_class=canonical_class(pl.col("object_class")),
        x_ego_m="x_m",
        y_ego_m="y_m",
        yaw_ego_rad=pl.Series(yaw(matrix)),
        x_map_m=pl.Series(place[:, 0]),
        y_map_m=pl.Series(place[:, 1]),
        yaw_map_rad=pl.Series(yaw(map_from_ego @ matrix)),
    )


def _ego(t_ns: pl.Series, poses: Poses, drive_id: str) -> pl.DataFrame:
    origin, map_from_ego, _ = poses.at(t_ns.to_numpy())
    columns = {"t_ns": t_ns, "x_map_m": origin[:, 0], "y_map_m": origin[:, 1], "yaw_map_rad": yaw(map_from_ego)}
    return pl.DataFrame({"drive_id": [drive_id] * len(t_ns), **columns})


def _drives(drive_id: str) -> pl.DataFrame:
    sizes = dict.fromkeys(("length_m", "width_m", "rear_axle_to_rear_bumper_m"), pl.lit(None, pl.Float64))
    return pl.DataFrame({"drive_id": [drive_id]}).with_columns(**sizes)
