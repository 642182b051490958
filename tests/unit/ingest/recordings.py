"""Small landing zones: recordings written with the official writer, drive.json files, and ways to damage them."""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
from mcap.writer import CompressionType, Writer

from fleet.bus import Frames
from fleet.mdf4 import write_mdf4

START_NS = 1_795_000_000_000_000_000


def write_mcap(path: Path, num_messages: int = 40, seed: int = 0) -> Path:
    """A recording of lane boundaries in several zstd chunks; `seed` changes the bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        writer = Writer(file, chunk_size=2048, compression=CompressionType.ZSTD)
        writer.start(profile="", library="longtail-tests")
        schema = writer.register_schema("longtail.LaneBoundaries", "jsonschema", b"{}")
        lanes = writer.register_channel("/perception/lanes", "json", schema)
        notes = writer.register_channel("/notes", "text", 0)
        for number in range(num_messages):
            at = START_NS + number * 100_000_000
            writer.add_message(lanes, at, json.dumps(_lanes(at, seed + number)).encode(), at, number)
            if number % 4 == 0:
                writer.add_message(notes, at + 1, f"note {seed} {number}".encode(), at, number)
        writer.finish()
    return path


def _lanes(at_ns: int, number: int) -> dict[str, Any]:
    stamp = {"sec": at_ns // 10**9, "nanosec": at_ns % 10**9}
    line = {"c1": 0.0, "c2_1pm": 0.0, "c3_1pm2": 0.0, "x_min_m": 0.0, "x_max_m": 60.0, "type": "dashed", "quality": 0.9}
    sides = [line | {"side": "ego_left", "c0_m": 1.75 + number / 1000}, line | {"side": "ego_right", "c0_m": -1.75}]
    return {"header": {"stamp": stamp, "frame_id": "base_link"}, "boundaries": sides}


def write_mf4(path: Path, num_frames: int) -> Path:
    """A bus log of frames with one id, 10 ms apart."""
    path.parent.mkdir(parents=True, exist_ok=True)
    at_ns = START_NS + 10_000_000 * np.arange(num_frames)
    frames = Frames(at_ns, np.full(num_frames, 0x123), np.zeros((num_frames, 8), np.uint8))
    write_mdf4(path, frames, at_ns, START_NS)
    return path


def declare(folder: Path, **fields: Any) -> Path:
    """A true drive.json for the recordings in `folder`; `fields` replace or add what it says."""
    files = [
        {"path": path.name, "bytes": path.stat().st_size, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
        for path in sorted(folder.glob("*.mcap"))
    ]
    target = folder / "drive.json"
    target.write_text(json.dumps({"drive_id": folder.name, "project_id": "acme", "files": files} | fields))
    return target


def truncate(path: Path, share: float) -> Path:
    """Cut the file off after `share` of its bytes, as a recorder that lost power leaves it."""
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    return path
