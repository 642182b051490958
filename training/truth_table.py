"""A truth as one table of events, whoever made it: docs/truth-format.md. Only the scoring of scenarios may read it."""

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

Event = dict[str, Any]
SUFFIXES = (".parquet", ".csv")
EGO, ANYONE = "ego", "*"
_INTEGERS, _FLOATS = ("t_start_ns", "t_end_ns"), ("tolerance_s", "min_overlap")
_TEXTS = ("drive_id", "scenario_id", "actor_track_id", "parameters")
_NAMES_OF_ACTOR = ("actor_track_id", "reference_track_id")
_NOT_PARAMETERS = {*_INTEGERS, *_FLOATS, *_TEXTS, *_NAMES_OF_ACTOR, "is_ignored", "actor_id", "event_id", "severity"}


class TruthError(RuntimeError):
    """There is no truth where it was looked for, or it is not in the documented format."""


@dataclass(frozen=True)
class Truth:
    """Events and windows of one truth. `digest` is sha256 over both: the same truth has the same digest in any form.

    An event has drive_id, scenario_id, actor_track_id (None: the ego's own; "*": unknown), t_start_ns, t_end_ns (None:
    a moment), tolerance_s, min_overlap (None: the caller's), is_ignored and parameters (name: value). A window has
    drive_id, scenario_id (None: every scenario of the truth), t_start_ns and t_end_ns (None: open).
    """

    name: str
    events: list[Event]
    windows: list[Event]
    digest: str = field(default="")

    @property
    def scenarios(self) -> list[str]:
        """What this truth knows about: other scenarios are not judged."""
        return sorted({str(row["scenario_id"]) for row in (*self.events, *self.windows) if row["scenario_id"]})

    def covers(self, drive_id: str, scenario_id: str, t_ns: int) -> bool:
        """True where an event of the scenario that starts at `t_ns` would be in the truth if it had happened."""
        return any(
            window["drive_id"] == drive_id
            and window["scenario_id"] in (None, scenario_id)
            and (window["t_start_ns"] is None or window["t_start_ns"] <= t_ns)
            and (window["t_end_ns"] is None or t_ns <= window["t_end_ns"])
            for window in self.windows
        )


def read_truth(path: Path, name: str | None = None) -> Truth:
    """The truth at `path`: a Parquet or CSV file, or a folder with <drive_id>/events.parquet (or .csv) below it.

    Windows lie beside: <stem>.windows.<suffix> of a file, windows.<suffix> in a folder. A drive without any window is
    judged as a whole.

    Raises:
        TruthError: nothing there, a missing column, or a value of the wrong type.
    """
    files = _files(path)
    events = [event for file in files for event in _events(file, path)]
    windows = [window for file in files for window in _windows(file, path)]
    drives = {str(row["drive_id"]) for row in events} | {file.parent.name for file in files if file.parent != path}
    if path.is_file():
        drives -= {path.parent.name} - {str(row["drive_id"]) for row in events}
    seen = {window["drive_id"] for window in windows}
    windows += [_window(drive) for drive in sorted(drives - seen)]
    text = json.dumps([sorted(map(_canonical, events)), sorted(map(_canonical, windows))])
    return Truth(name or path.stem, events, windows, hashlib.sha256(text.encode()).hexdigest())


def _files(path: Path) -> list[Path]:
    if path.is_file() and path.suffix in SUFFIXES:
        return [path]
    found = sorted(file for suffix in SUFFIXES for file in path.rglob(f"events{suffix}"))
    if not found:
        raise TruthError(
            f"no events.parquet or events.csv at or below {path}; see docs/truth-format.md "
            "(`longtail fleet generate` writes a truth)"
        )
    return found


def _events(file: Path, root: Path) -> list[Event]:
    rows = _rows(file, file.parent.name if file != root else None)
    return [_event(row, file) for row in rows]


def _event(row: Event, file: Path) -> Event:
    missing = [name for name in ("drive_id", "scenario_id", "t_start_ns") if row.get(name) is None]
    if missing:
        raise TruthError(f"{file}: a row without {', '.join(missing)}")
    actor = next((row[name] for name in _NAMES_OF_ACTOR if row.get(name) is not None), None)
    try:
        parameters = json.loads(row.get("parameters") or "{}")
    except json.JSONDecodeError as error:
        raise TruthError(f"{file}: parameters are not JSON: {error}") from error
    parameters |= {name: value for name, value in row.items() if name not in _NOT_PARAMETERS}
    return {
        "drive_id": row["drive_id"],
        "scenario_id": row["scenario_id"],
        "actor_track_id": None if actor == EGO else actor,
        "t_start_ns": row["t_start_ns"],
        "t_end_ns": row.get("t_end_ns"),
        "tolerance_s": row.get("tolerance_s"),
        "min_overlap": row.get("min_overlap"),
        "is_ignored": bool(row.get("is_ignored") or False),
        "parameters": {k: float(v) for k, v in sorted(parameters.items()) if isinstance(v, int | float)},
    }


def _windows(file: Path, root: Path) -> list[Event]:
    stem = f"{file.stem}.windows" if file == root else "windows"
    beside = [file.with_name(stem + suffix) for suffix in SUFFIXES]
    found = next((path for path in beside if path.exists()), None)
    if found is None:
        return []
    rows = _rows(found, file.parent.name if file != root else None)
    return [
        _window(row["drive_id"], row.get("scenario_id"), row.get("t_start_ns"), row.get("t_end_ns")) for row in rows
    ]


def _window(
    drive_id: str, scenario_id: str | None = None, start_ns: int | None = None, end_ns: int | None = None
) -> Event:
    return {"drive_id": drive_id, "scenario_id": scenario_id, "t_start_ns": start_ns, "t_end_ns": end_ns}


def _rows(file: Path, drive_id: str | None) -> list[Event]:
    """The rows of one file in the types of the format; `drive_id` where the file itself does not say."""
    try:
        table = pl.read_parquet(file) if file.suffix == ".parquet" else pl.read_csv(file, infer_schema_length=None)
        if drive_id is not None and "drive_id" not in table.columns:
            table = table.with_columns(drive_id=pl.lit(drive_id))
        kinds = dict.fromkeys(_INTEGERS, pl.Int64) | dict.fromkeys(_FLOATS, pl.Float64)
        kinds |= dict.fromkeys((*_TEXTS, *_NAMES_OF_ACTOR), pl.String)
        return table.cast({n: kind for n, kind in kinds.items() if n in table.columns}).to_dicts()
    except (pl.exceptions.PolarsError, OSError) as error:
        raise TruthError(f"{file}: {str(error).splitlines()[0]}") from error


def _canonical(row: Event) -> str:
    return json.dumps(row, sort_keys=True)
