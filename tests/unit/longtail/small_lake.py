"""A small lake written from the contracts: two drives, a cut-in, a hard brake, and the account of their files."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from deltalake import write_deltalake

from longtail.contracts import conform

T0_NS = 1_795_000_000_000_000_000
STEP_NS = 100_000_000
NUM_STEPS = 200
CUT_IN, HARD_BRAKE = "c1" + "0" * 30, "b1" + "0" * 30


def steps() -> np.ndarray:
    """The instants of a drive, ns."""
    return T0_NS + STEP_NS * np.arange(NUM_STEPS, dtype=np.int64)


def write(root: Path, table: str, rows: pa.Table) -> None:
    """Append rows as the pipeline would: through the contract where there is one."""
    if table.split(".")[0] not in ("marts", "intermediate"):
        rows = conform(table, rows)
    write_deltalake(str(root / table.replace(".", "/")), rows, mode="append")


def contents() -> dict[str, pa.Table]:
    """Every table of the lake."""
    tracks = object_tracks("d-one")
    return {
        "bronze.drives": pa.Table.from_pylist([drive("d-one"), drive("d-two")]),
        "bronze.messages": messages(12),
        "bronze.quarantine": quarantine(),
        "ops.ingest_ledger": pa.Table.from_pylist([ledger("f1", "silver", 12, 0), ledger("f2", "quarantined", 0, 3)]),
        "ops.job_runs": job_runs(),
        "silver.ego_motion": pa.concat_tables([ego_motion("d-one", False), ego_motion("d-two", True)]),
        "silver.object_tracks": tracks,
        "intermediate.int_objects__related": related(tracks),
        "intermediate.scenario_thresholds": thresholds(),
        "marts.fct_scenario_events": pa.Table.from_pylist([cut_in(), hard_brake()], schema=events_schema()),
        "ml.snapshots": snapshots(),
        "ml.snapshot_items": snapshot_items(),
        "ml.evaluations": evaluations(),
    }


def drive(drive_id: str) -> dict[str, Any]:
    """A declared car."""
    return {
        "project_id": "local", "drive_id": drive_id, "vehicle_id": "v1", "vehicle_kind": "car", "length_m": 4.7,
        "width_m": 1.85, "rear_axle_to_front_bumper_m": 3.7, "rear_axle_to_rear_bumper_m": 1.0, "log_clock": "utc",
        "is_declared": True,
    }  # fmt: skip


def messages(count: int) -> pa.Table:
    """Messages of one file."""
    return pa.Table.from_pylist(
        [
            {
                "project_id": "local", "drive_id": "d-one", "file_id": "f1", "record_index": index, "topic": "/imu",
                "message_encoding": "cdr", "log_time_ns": T0_NS + index, "num_payload_bytes": 8, "crc32": 1,
            }
            for index in range(count)
        ]
    )  # fmt: skip


def quarantine() -> pa.Table:
    """One unreadable file."""
    row = {
        "quarantine_id": "q1", "project_id": "local", "drive_id": "d-two", "file_id": "f2",
        "source_path": "/landing/d-two/broken.mcap", "num_messages": 3, "reason": "truncated", "detail": "ends early",
    }  # fmt: skip
    return pa.Table.from_pylist([row])


def ledger(file_id: str, state: str, landed: int, quarantined: int) -> dict[str, Any]:
    """The account of one file."""
    return {
        "file_id": file_id, "project_id": "local", "drive_id": "d-one", "source_path": f"/landing/{file_id}.mcap",
        "format": "mcap", "num_bytes": 100, "state": state, "is_declared": True,
        "recorder_num_messages": landed + quarantined, "bronze_num_messages": landed,
        "quarantined_num_messages": quarantined, "decoded_num_messages": landed, "received_at_ns": T0_NS,
    }  # fmt: skip


def job_runs() -> pa.Table:
    """One successful run."""
    row = {
        "run_id": "r1", "job": "bronze", "status": "success", "started_at_ns": T0_NS, "ended_at_ns": T0_NS + 2 * 10**9
    }  # fmt: skip
    return pa.Table.from_pylist([row])


def ego_motion(drive_id: str, is_braking: bool) -> pa.Table:
    """20 s at 25 m/s; the braking drive slows down with 6 m/s² from 10.0 s to 12.0 s."""
    t_s = np.arange(NUM_STEPS) * 0.1
    ax = np.where((t_s >= 10.0) & (t_s < 12.0) & is_braking, -6.0, 0.0)
    vx = 25.0 + np.cumsum(ax) * 0.1
    constant = {"project_id": "local", "drive_id": drive_id, "lane_source": "lane_marks", "motion_source": "odometry"}
    columns = {name: [value] * NUM_STEPS for name, value in constant.items()}
    return pa.table(
        {
            **columns, "t_ns": steps(), "s_m": np.cumsum(vx) * 0.1, "vx_ego_mps": vx, "v_s_mps": vx, "ax_ego_mps2": ax,
            "lane_left_y_m": np.full(NUM_STEPS, 1.8), "lane_right_y_m": np.full(NUM_STEPS, -1.7),
            "x_map_m": np.cumsum(vx) * 0.1, "y_map_m": np.zeros(NUM_STEPS), "yaw_map_rad": np.zeros(NUM_STEPS),
            "is_interpolated": [False] * NUM_STEPS,
        }
    )  # fmt: skip


def object_tracks(drive_id: str) -> pa.Table:
    """A car that overtakes and cuts in around 10 s, a truck in the lane far ahead, a pedestrian at the roadside."""
    t_s = np.arange(NUM_STEPS) * 0.1
    shift = 1.0 / (1.0 + np.exp(-(t_s - 10.0) * 2.5))
    places = {
        "car-1": ("car", 14.0 + 6.0 * np.tanh((t_s - 9.0) / 4), 3.6 * (1 - shift), 4.5, 1.8),
        "truck-1": ("truck", np.full(NUM_STEPS, 62.0), np.full(NUM_STEPS, 0.1), 12.0, 2.5),
        "ped-1": ("pedestrian", 90.0 - 8.0 * t_s, np.full(NUM_STEPS, -4.2), 0.5, 0.5),
    }
    parts = []
    for track_id, (object_class, s_m, d_m, length_m, width_m) in places.items():
        v_s = 25.0 + np.gradient(s_m, 0.1) - (4.0 * shift if track_id == "car-1" else 0.0)
        full = {
            "project_id": "local", "drive_id": drive_id, "role": "reference", "track_id": track_id,
            "object_class": object_class, "length_m": length_m, "width_m": width_m, "height_m": 1.5,
            "yaw_ego_rad": 0.0, "heading_path_rad": 0.0, "extent_s_m": length_m / 2, "extent_d_m": width_m / 2,
            "lane_left_d_m": 1.8, "lane_right_d_m": -1.7, "lane_source": "lane_marks", "is_interpolated": False,
        }  # fmt: skip
        columns: dict[str, Any] = {name: [value] * NUM_STEPS for name, value in full.items()}
        columns |= {"t_ns": steps(), "x_ego_m": s_m, "y_ego_m": d_m, "s_rel_m": s_m, "d_m": d_m, "v_s_mps": v_s}
        columns |= {"path_s_rel_m": s_m}
        columns |= {
            "x_map_m": s_m + 2.5 * np.arange(1, NUM_STEPS + 1),
            "y_map_m": d_m,
            "yaw_map_rad": np.zeros(NUM_STEPS),
        }
        columns |= {"v_d_mps": np.gradient(d_m, 0.1)}
        parts.append(pa.table(columns))
    return pa.concat_tables(parts)


def related(tracks: pa.Table) -> pa.Table:
    """The columns of intermediate.int_objects__related that a picture reads."""
    gap = np.maximum(tracks["s_rel_m"].to_numpy() - tracks["extent_s_m"].to_numpy() - 3.7, 0.0)
    closing = 25.0 - tracks["v_s_mps"].to_numpy()
    ttc = [g / c if g > 0 and c > 0.1 else None for g, c in zip(gap, closing, strict=True)]
    rows = tracks.select(
        ["drive_id", "role", "track_id", "t_ns", "s_rel_m", "path_s_rel_m", "d_m", "extent_s_m", "lane_source"]
    )
    for name, values in {
        "is_event_role": [True] * tracks.num_rows, "gap_m": gap, "closing_speed_mps": closing, "ttc_s": ttc,
        "thw_s": gap / 25.0, "drac_mps2": pa.nulls(tracks.num_rows, pa.float64()),
        "required_acceleration_mps2": pa.nulls(tracks.num_rows, pa.float64()),
        "is_lead": [name == "truck-1" for name in tracks["track_id"].to_pylist()],
        "left_mark_d_m": tracks["lane_left_d_m"], "right_mark_d_m": tracks["lane_right_d_m"],
    }.items():  # fmt: skip
        rows = rows.append_column(name, values if isinstance(values, pa.ChunkedArray | pa.Array) else pa.array(values))
    return rows


def thresholds() -> pa.Table:
    """The thresholds that a picture draws."""
    rows = [
        ("cut_in", "critical_ttc_s", 2.0), ("hard_brake", "trigger_acceleration_mps2", -3.0),
        ("hard_brake", "emergency_mps2", 5.0),
    ]  # fmt: skip
    return pa.Table.from_pylist([dict(zip(("scenario_id", "name", "value"), row, strict=True)) for row in rows])


def events_schema() -> pa.Schema:
    """As in dbt/models/marts/scenarios/fct_scenario_events.yml."""
    texts = ["event_id", "scenario_id", "project_id", "drive_id", "actor_track_id", "severity", "light", "weather"]
    numbers = ["min_ttc_s", "min_thw_s", "max_drac_mps2", "gap_at_start_m", "closing_speed_at_start_mps"]
    fields = [pa.field(name, pa.string()) for name in [*texts, "road_kind", "lane_source"]]
    fields += [pa.field(name, pa.int64()) for name in ("definition_version", "t_start_ns", "t_peak_ns", "t_end_ns")]
    fields += [pa.field(name, pa.float64()) for name in [*numbers, "peak_deceleration_mps2", "confidence"]]
    return pa.schema(fields)


def cut_in() -> dict[str, Any]:
    """The cut-in of car-1."""
    return {
        "event_id": CUT_IN, "scenario_id": "cut_in", "definition_version": 1, "project_id": "local",
        "drive_id": "d-one", "actor_track_id": "car-1", "t_start_ns": T0_NS + 98 * STEP_NS,
        "t_peak_ns": T0_NS + 110 * STEP_NS, "t_end_ns": T0_NS + 120 * STEP_NS, "severity": "critical",
        "min_ttc_s": 1.9, "gap_at_start_m": 9.5, "closing_speed_at_start_mps": 1.2, "light": "night",
        "weather": "rain_light", "road_kind": "highway", "lane_source": "lane_marks", "confidence": 1.0,
    }  # fmt: skip


def hard_brake() -> dict[str, Any]:
    """The hard brake of the second drive: no actor."""
    return {
        "event_id": HARD_BRAKE, "scenario_id": "hard_brake", "definition_version": 1, "project_id": "local",
        "drive_id": "d-two", "t_start_ns": T0_NS + 100 * STEP_NS, "t_peak_ns": T0_NS + 105 * STEP_NS,
        "t_end_ns": T0_NS + 120 * STEP_NS, "severity": "emergency", "peak_deceleration_mps2": 6.0, "light": "day",
        "weather": "clear", "road_kind": "urban", "lane_source": "lane_marks", "confidence": 1.0,
    }  # fmt: skip


def snapshots() -> pa.Table:
    """One snapshot."""
    row = {
        "snapshot_id": "4be1c6a2f0d93e57", "name": "default", "created_at_ns": T0_NS, "query": "select 1",
        "table_versions": '{"marts.fct_training_samples": 0}', "definition_versions": "{}", "num_items": 2,
        "digest": "4be1c6a2f0d93e57" * 4,
    }  # fmt: skip
    return pa.Table.from_pylist([row])


def snapshot_items() -> pa.Table:
    """Its two members."""
    return pa.Table.from_pylist(
        [
            {
                "snapshot_id": "4be1c6a2f0d93e57", "sample_id": f"s{index}", "project_id": "local",
                "drive_id": "d-one", "split": split, "item_digest": "0",
            }
            for index, split in enumerate(("train", "test"))
        ]
    )  # fmt: skip


def evaluations() -> pa.Table:
    """The model and one baseline on the test drives."""
    return pa.Table.from_pylist(
        [
            {
                "evaluation_id": name, "model_name": name, "model_version": version, "split": "test",
                "snapshot_id": "4be1c6a2f0d93e57", "slice_name": "all", "slice_value": "all",
                "metric": "average_precision", "value": value, "ci_low": value - 0.1, "ci_high": value + 0.1,
                "num_samples": 100, "num_positives": 9,
            }
            for name, version, value in (("cut_in_predictor", "1", 0.8), ("baseline:always_no", None, 0.1))
        ]
    )  # fmt: skip
