"""One drive, once: its bronze rows in, its rows of every silver table out. No Spark."""

from collections.abc import Mapping, Sequence

import polars as pl
import pyarrow as pa

from longtail.contracts import contract
from spark_jobs.silver import (
    calibrations,
    can_signals,
    clock_models,
    conditions,
    ego_motion,
    input_counts,
    keyframes,
    lateral_shifts,
    object_tracks,
    stream_quality,
)
from spark_jobs.silver.lanes import map_lanes_of
from spark_jobs.silver.log_clock import NO_FACTS, DriveFacts
from spark_jobs.silver.map_facts import map_facts_of, told
from spark_jobs.silver.motion import main_pose_topic
from spark_jobs.silver.poses import poses_of

INPUTS = (*clock_models.INPUTS, "bronze.map_elements", "bronze.map_lanes", "bronze.messages")
OUTPUTS = (
    "silver.clock_models",
    "silver.can_signals",
    "silver.ego_lateral_shifts",
    "silver.ego_motion",
    "silver.object_tracks",
    "silver.conditions",
    "silver.input_counts",
    "silver.keyframes",
    "silver.stream_quality",
    "silver.calibrations",
)


def build_drive(
    bronze: Mapping[str, pl.DataFrame],
    dbc_paths: Sequence[tuple[int | None, str]],
    drive: tuple[str, str],
    facts: DriveFacts = NO_FACTS,
) -> dict[str, pa.Table]:
    """The rows of all OUTPUTS of one drive, each sorted by its contract's ordering.

    `bronze` holds the drive's rows by table name in any order, a missing table counts as empty; `drive` is
    (project_id, drive_id); `facts` is what it knows of its time besides. The answer depends on these alone.
    """
    whole = {name: bronze[name] if name in bronze else empty(name) for name in INPUTS}
    streams = {name: frame for name, frame in whole.items() if name in clock_models.INPUTS}
    messages = whole["bronze.messages"]
    clocks = clock_models.build(streams, *drive, facts, messages)
    timed = {name: clocks.on_reference(frame) for name, frame in streams.items()}
    lanes, poses = timed["bronze.lane_boundaries"], timed["bronze.ego_poses"]
    map_lanes = map_lanes_of(whole["bronze.map_lanes"])
    elements = told(whole["bronze.map_elements"])
    facts_of_map = map_facts_of(map_lanes, elements)
    signals = can_signals.build(timed["bronze.can_frames"], dbc_paths, drive)
    bus = pl.DataFrame(signals)
    inertial, gnss = timed["bronze.imu_samples"], timed["bronze.gnss_fixes"]
    ego = ego_motion.build(poses, inertial, gnss, lanes, map_lanes, facts_of_map, bus, drive)
    own = pl.DataFrame(ego)
    listed = timed["bronze.objects"]
    tracks = object_tracks.build(listed, poses_of(main_pose_topic(poses)), lanes, map_lanes, facts_of_map, own, drive)
    kinds = conditions.build(own, bus, bool(map_lanes.segments), drive, clocks.is_dated)
    counts = input_counts.build(timed, elements, bool(dbc_paths), bus, own, pl.DataFrame(tracks), drive)
    frames = keyframes.build(timed, messages, clocks, drive)
    quality = stream_quality.build(messages, clocks, drive)
    sensors = calibrations.build(facts.calibration, clocks.span_ns, drive)
    shifts = lateral_shifts.build(gnss, drive)
    made = (clocks.table, signals, shifts, ego, tracks, kinds, counts, frames, quality, sensors)
    return dict(zip(OUTPUTS, made, strict=True))


def empty(table: str) -> pl.DataFrame:
    """No rows of `table`, with the columns of its contract."""
    return pl.DataFrame(contract(table).schema.empty_table())
