"""Somebody else's truth of an Argoverse 2 scenario-mining log: the tracks that "stopped car" refers to."""

from pathlib import Path

import polars as pl

from infra.scores.truth_files import Row, write

FOLDER = "av2/scenario_mining"
_EVER_S = 60.0  # longer than the log: a track is found or not, whenever
_PIECES = 3  # a track that is found in so many pieces more is still one track


def stopped_cars(data: Path, target: Path, starts_ns: dict[str, int]) -> Path:
    """The truth of the logs below `data` that are in `starts_ns`: drive -> its first instant on the lake's clock.

    The clock of the logs counts from another epoch, so silver ties them to when they were received. Scored per track.

    One event per referred track, over the time it was seen. Cars that are not referred to count as false alarms; what
    is no car (trucks, bollards, people) is ignored, for the prompt speaks of cars. All 97 cars of the log are referred
    to, although 30 of them move 3 m or more: the file says so, and the score is against what it says.
    """
    events: list[Row] = []
    windows: list[Row] = []
    for file in sorted((data / FOLDER).glob("*/ground_truth.csv")):
        drive_id = file.parent.name
        if drive_id not in starts_ns:
            continue
        windows.append({"drive_id": drive_id, "scenario_id": "stationary"})
        rows = pl.read_csv(file).filter(pl.col("name") == "REFERRED_OBJECT")
        seen = rows.group_by("track_uuid").agg(a=pl.col("timestamp_ns").min(), b=pl.col("timestamp_ns").max())
        boxes = pl.read_ipc(file.with_name("annotations_with_ego.feather"))
        times = boxes["timestamp_ns"].sort()
        first, last = int(times[0]), int(times[-1])
        shift_ns = starts_ns[drive_id] - first
        for track, a, b in seen.sort("track_uuid").iter_rows():
            events.append(_event(drive_id, track, a + shift_ns, b + shift_ns, is_ignored=False))
            events += [_event(drive_id, track, first + shift_ns, last + shift_ns, is_ignored=True)] * _PIECES
        others = boxes.filter(pl.col("category") != "REGULAR_VEHICLE")["track_uuid"].unique().sort()
        for track in others:
            events += [_event(drive_id, track, first + shift_ns, last + shift_ns, is_ignored=True)] * _PIECES
        # the ego is a car too, and nobody asked about it
        events += [_event(drive_id, None, first + shift_ns, last + shift_ns, is_ignored=True)] * _PIECES
    return write(target / "av2-stopped-car.csv", events, windows)


def _event(drive_id: str, track: str | None, start_ns: int, end_ns: int, is_ignored: bool) -> Row:
    return {
        "drive_id": drive_id, "scenario_id": "stationary", "actor_track_id": track, "t_start_ns": start_ns,
        "t_end_ns": end_ns, "tolerance_s": _EVER_S, "min_overlap": 0.0, "is_ignored": is_ignored,
    }  # fmt: skip
