"""Somebody else's truth of an Argoverse 2 scenario-mining log: the tracks that "stopped car" refers to."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from infra.scores.truth_files import Row, write

FOLDER = "av2/scenario_mining"
MAX_SPAN_M = 3.0
SLOW_STEP_M = 0.5  # 1 m/s over the half second between two frames of the truth
_EVER_S = 60.0  # longer than the log: a track is found or not, whenever
_PIECES = 3  # a track that is found in so many pieces more is still one track


def stopped_cars(data: Path, target: Path, starts_ns: dict[str, int], must_stand: bool = False) -> Path:
    """The truth of the logs below `data` that are in `starts_ns`: drive -> its first instant on the lake's clock.

    The clock of the logs counts from another epoch, so silver ties them to when they were received. Scored per track:
    one event per referred track, over the time it was seen. Cars that are not referred to count as false alarms; what
    is no car (trucks, bollards, people) and the ego are ignored, for the prompt speaks of others' cars.

    All cars of the log are referred to, also those that move (`census`). With `must_stand` only those count that stand
    by their own places, under 3 m in all (RefAV's rule for stationary); a car that also drives is ignored where it
    stands for a while, and a false alarm where it never does.
    """
    events: list[Row] = []
    windows: list[Row] = []
    for file in sorted((data / FOLDER).glob("*/ground_truth.csv")):
        drive_id = file.parent.name
        if drive_id not in starts_ns:
            continue
        windows.append({"drive_id": drive_id, "scenario_id": "stationary"})
        boxes = pl.read_ipc(file.with_name("annotations_with_ego.feather"))
        times = boxes["timestamp_ns"].sort()
        shift_ns = starts_ns[drive_id] - int(times[0])
        whole = (starts_ns[drive_id], int(times[-1]) + shift_ns)
        open_tracks: list[str | None] = [None, *_tracks(boxes, pl.col("category") != "REGULAR_VEHICLE")]
        for track, seen, standing in _referred(file):
            if must_stand and standing == "never":
                continue
            span = (int(seen["timestamp_ns"][0]) + shift_ns, int(seen["timestamp_ns"][-1]) + shift_ns)
            if not must_stand or standing == "always":
                events.append(_event(drive_id, track, span, is_ignored=False))
            open_tracks.append(track)
        events += [_event(drive_id, track, whole, is_ignored=True) for track in open_tracks for _ in range(_PIECES)]
    return write(target / ("av2-standing-car.csv" if must_stand else "av2-stopped-car.csv"), events, windows)


def census(data: Path) -> str:
    """How many of the tracks that the truths below `data` refer to move all the same, in words."""
    cars = [
        standing for file in sorted((data / FOLDER).glob("*/ground_truth.csv")) for _, _, standing in _referred(file)
    ]
    if not cars:
        return "those that move"
    return (
        f"{len(cars) - cars.count('always')} of {len(cars)} that move {MAX_SPAN_M:.0f} m or more while they are seen; "
        f"{cars.count('never')} are never slower than {2 * SLOW_STEP_M:.0f} m/s"
    )


def _referred(file: Path) -> Iterator[tuple[str, pl.DataFrame, str]]:
    """Track, its rows by time, and whether it stands: always, sometimes, never."""
    rows = pl.read_csv(file).filter(pl.col("name") == "REFERRED_OBJECT").sort("track_uuid", "timestamp_ns")
    for (track,), seen in rows.group_by("track_uuid", maintain_order=True):
        yield str(track), seen, _standing(seen.select("x", "y").to_numpy())


def _tracks(boxes: pl.DataFrame, which: pl.Expr) -> list[str]:
    return [str(track) for track in boxes.filter(which)["track_uuid"].unique().sort()]


def _standing(xy_m: NDArray[np.float64]) -> str:
    """always: places (n, 2), two a second, span under 3 m; sometimes: a step below 1 m/s; never."""
    if np.hypot(*(xy_m.max(axis=0) - xy_m.min(axis=0))) < MAX_SPAN_M:
        return "always"
    return "sometimes" if (np.hypot(*np.diff(xy_m, axis=0).T) < SLOW_STEP_M).any() else "never"


def _event(drive_id: str, track: str | None, span_ns: tuple[int, int], is_ignored: bool) -> Row:
    return {
        "drive_id": drive_id, "scenario_id": "stationary", "actor_track_id": track, "t_start_ns": span_ns[0],
        "t_end_ns": span_ns[1], "tolerance_s": _EVER_S, "min_overlap": 0.0, "is_ignored": is_ignored,
    }  # fmt: skip
