"""The formats: how each is recognised, which module reads it, and which files make up a drive. One row per format."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

_HEAD_BYTES = 4096


@dataclass(frozen=True)
class Format:
    """A format as ops.ingest_ledger names it.

    `path` must match the end of the posix path, lower case. A file whose first bytes are in `magic` is of this format
    whatever its name when `is_known_by_magic`; else the magic must agree with the name. `looks_like` decides by the
    first 4 KiB where many formats share a suffix. `module` None: it describes a drive and holds no records of its own.
    `drive`: without a drive.json all files of a folder are one drive ("folder"), or each file is one ("file"), or what
    the pattern matches at the end of the path lies below the folder of the drive and its groups are the key of the
    drive in there. Files of two data sets are never one drive; "" is the recordings of a vehicle, of any format.
    `is_isolated`: its library is not made for hostile input, so it reads in a child process with limits (isolation.py).
    """

    name: str
    module: str | None
    path: re.Pattern[str]
    magic: tuple[bytes, ...] = ()
    is_known_by_magic: bool = False
    looks_like: re.Pattern[bytes] | None = None
    drive: Literal["folder", "file"] | re.Pattern[str] = "folder"
    dataset: str = ""
    is_isolated: bool = True


def _format(name: str, module: str | None, path: str, *magic: bytes, drive: str = "folder", **more: object) -> Format:
    reader = f"spark_jobs.readers.{module}" if module else None
    rule = drive if drive in ("folder", "file") else re.compile(f"/{drive}$", re.IGNORECASE)
    return Format(name, reader, re.compile(rf"(?:.*/)?(?:{path})"), magic, drive=rule, **more)  # type: ignore[arg-type]


_OPENLABEL = re.compile(rb'^\s*\{\s*"(openlabel|vcd)"\s*:')
_CANDUMP = re.compile(rb"^\s*\(\d+\.\d+\)\s+\S+\s+[0-9A-Fa-f]+#")
_COMMA = r"(?:processed_log/(?:can|imu|gnss)/[^/]+|global_pose)/[^/]+"

FORMATS = (
    _format("drive_json", None, r"drive\.json"),
    _format("dbc", None, r"[^/]+\.dbc"),
    _format("mcap", "mcap", r"[^/]+\.mcap", b"\x89MCAP0\r\n", is_known_by_magic=True, is_isolated=False),
    _format("rosbag1", "rosbag1", r"[^/]+\.bag(\.active)?", b"#ROSBAG ", is_known_by_magic=True, drive="file"),
    _format("rosbag2_sqlite", "rosbag2_sqlite", r"[^/]+\.db3", b"SQLite f"),
    _format(
        "rosbag2_metadata", "rosbag2_metadata", r"metadata\.ya?ml", looks_like=re.compile(rb"^rosbag2_bagfile_in", re.M)
    ),
    _format("osi", "osi", r"[^/]+\.osi", drive="file"),
    _format("mf4", "mdf4", r"[^/]+\.(mf4|mdf)", b"MDF     ", b"UnFinMF ", is_known_by_magic=True),
    _format("blf", "can_logs", r"[^/]+\.blf", b"LOGG", is_known_by_magic=True, drive="file"),
    _format("asc", "can_logs", r"[^/]+\.asc", drive="file"),
    _format("trc", "can_logs", r"[^/]+\.trc", drive="file"),
    _format("candump", "can_logs", r"[^/]+\.log", looks_like=_CANDUMP, drive="file"),
    _format(
        "comma2k19",
        "comma2k19",
        r"processed_log/can/raw_can/data|processed_log/(?:can|imu|gnss)/(?!raw_can/)[^/]+/value|"
        r"global_pose/frame_positions",
        b"\x93NUMPY",
        dataset="comma2k19",
        drive=_COMMA,
    ),
    _format(
        "comma2k19_companion",
        None,
        r"processed_log/can/raw_can/(?:t|address|src)|processed_log/(?:can|imu|gnss)/[^/]+/t|"
        r"global_pose/frame_(?:times|gps_times|orientations|velocities)",
        b"\x93NUMPY",
        dataset="comma2k19",
        drive=_COMMA,
    ),
    _format("av2_annotations", "av2", r"annotations(_with_ego)?\.feather", b"ARROW1", dataset="av2"),
    _format("av2_poses", "av2", r"city_se3_egovehicle\.feather", b"ARROW1", dataset="av2"),
    _format("av2_map", "av2", r"log_map_archive_[^/]+\.json", dataset="av2", drive=r"(?:map/)?log_map_archive_[^/]+"),
    _format("av2_scenario", "av2_scenario", r"scenario_[^/]+\.parquet", b"PAR1", dataset="av2"),
    _format("kitti_labels", "kitti", r"label_0?2/\d+\.txt", dataset="kitti", drive=r"label_0?2/(\d+)\.txt"),
    _format("kitti_oxts", "kitti", r"oxts/\d+\.txt", dataset="kitti", drive=r"oxts/(\d+)\.txt"),
    _format("kitti_calib", None, r"calib/\d+\.txt", dataset="kitti", drive=r"calib/(\d+)\.txt"),
    _format(
        "kitti_openlabel",
        "openlabel",
        r"openlabel[^/]*/[^/]*kitti_tracking_\d+[^/]*\.json",
        looks_like=_OPENLABEL,
        dataset="kitti",
        drive=r"openlabel[^/]*/[^/]*kitti_tracking_(\d+)[^/]*\.json",
    ),
    _format("openlabel", "openlabel", r"[^/]+\.json", looks_like=_OPENLABEL, dataset="openlabel", drive="file"),
    _format("boreas_poses", "boreas", r"applanix/[^/]+_poses\.csv", dataset="boreas", drive=r"applanix/[^/]+"),
    _format(
        "boreas_labels",
        "boreas",
        r"labels_detection/\d+\.txt",
        dataset="boreas",
        drive=r"labels_detection/[^/]+",
    ),
    _format(
        "commonroad",
        "commonroad",
        r"[^/]+\.xml",
        looks_like=re.compile(rb"<commonRoad\b"),
        dataset="commonroad",
        drive="file",
    ),
    _format("gps_csv", "gps_csv", r"\d+ gps [^/]+\.csv", dataset="gps", drive=r"(\d+) gps [^/]+\.csv"),
)
UNSUPPORTED = re.compile(
    r"(?:.*/)?(?:[^/]+\.record(\.\d+)?|[^/]+\.(db3|mcap|bag)\.(zstd|zst|gz|bz2)|"
    r"[^/]+\.zarr/\.zgroup)"
)
"""Paths of recordings that no reader takes; a zarr store is known by the file that makes it one."""

BY_NAME = {form.name: form for form in FORMATS}
COMPANIONS = tuple(form.name for form in FORMATS if form.module is None)
"""Formats that describe a drive and hold no records of their own."""


def sniff(path: str | Path) -> str:
    """The format of the file, as in ops.ingest_ledger: by its first bytes, else by its name; "unknown" when neither.

    Raises:
        OSError: the file cannot be opened.
    """
    with open(path, "rb") as file:
        head = file.read(_HEAD_BYTES)
    for form in FORMATS:
        if form.is_known_by_magic and head.startswith(form.magic):
            return form.name
    text = Path(path).as_posix().lower()
    return next((f.name for f in _named(text) if f.looks_like is None or f.looks_like.search(head)), "unknown")


def by_name(path: str | Path) -> str:
    """The format of a file that cannot be opened, as its name has it; "unknown" when it says nothing."""
    return next((form.name for form in _named(Path(path).as_posix().lower())), "unknown")


def _named(text: str) -> tuple[Format, ...]:
    return tuple(form for form in FORMATS if form.path.fullmatch(text))


def is_unsupported(path: str | Path) -> bool:
    """True for a recording that no reader takes: it must end in quarantine and not in silence."""
    return UNSUPPORTED.fullmatch(Path(path).as_posix().lower()) is not None
