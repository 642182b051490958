"""Write a truth in the documented format (docs/truth-format.md): one CSV of events and one of windows."""

import csv
from pathlib import Path

EVENT = ("drive_id", "scenario_id", "actor_track_id", "t_start_ns", "t_end_ns", "tolerance_s", "min_overlap",
         "is_ignored")  # fmt: skip
WINDOW = ("drive_id", "scenario_id", "t_start_ns", "t_end_ns")
Row = dict[str, object]


def write(path: Path, events: list[Row], windows: list[Row]) -> Path:
    """`path` (.csv) with the events and, beside it, <stem>.windows.csv; the path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    for file, columns, rows in ((path, EVENT, events), (path.with_suffix(".windows.csv"), WINDOW, windows)):
        with file.open("w", newline="") as out:
            writer = csv.DictWriter(out, columns)
            writer.writeheader()
            writer.writerows(rows)
    return path
