"""sha256 of landed files, computed once: a file of the same size, times and inode has the bytes it had."""

import hashlib
import os
from pathlib import Path
from time import sleep, time_ns
from typing import Any

import pyarrow as pa

from longtail import lake
from spark_jobs.upsert import upsert

TABLE = "ops.hashed_files"
_TICK_NS = 20_000_000  # file systems stamp by clock ticks: two changes within one look alike

_Stamp = tuple[int, int, int, int]
_STAMP = ("num_bytes", "modified_at_ns", "changed_at_ns", "inode_id")


class Hashes:
    """What is known of the files by path; `rehash` forgets it all. Takes the lake's own record, ops.hashed_files."""

    def __init__(self, rehash: bool = False) -> None:
        self._known: dict[str, tuple[_Stamp, str]] = {}
        self._new: dict[str, dict[str, Any]] = {}
        self.num_hashed = 0
        if not rehash and lake.exists(TABLE):
            for batch in lake.read(TABLE).to_batches(max_chunksize=10_000):  # batch by batch: half the memory
                rows = pa.table(batch).to_pydict()
                stamps = zip(*(rows[name] for name in _STAMP), strict=True)
                self._known |= dict(zip(rows["source_path"], zip(stamps, rows["file_id"], strict=True), strict=True))

    def is_known(self, path: Path) -> bool:
        """True when `sha256` will not read the file."""
        known = self._known.get(str(path))
        return known is not None and path.is_file() and known[0] == _stamp(path.stat())

    def sha256(self, path: Path) -> tuple[str, int, bool]:
        """(sha256 hex, bytes, whether it stayed the same while it was read) of the file at `path`.

        Raises:
            OSError: it cannot be read.
        """
        before = path.stat()
        known = self._known.get(str(path))
        if known is not None and known[0] == _stamp(before):
            return known[1], before.st_size, True
        if (age_ns := time_ns() - max(before.st_mtime_ns, before.st_ctime_ns)) < _TICK_NS:
            sleep((_TICK_NS - max(age_ns, 0)) / 1e9)
            before = path.stat()
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        is_steady = _stamp(before) == _stamp(path.stat())
        self.num_hashed += 1
        if is_steady:
            row = {"source_path": str(path), "file_id": digest, **dict(zip(_STAMP, _stamp(before), strict=True))}
            self._new[str(path)] = row
        return digest, before.st_size, is_steady

    def keep(self) -> int:
        """Write down what was hashed; returns the number of files."""
        return upsert(TABLE, self._new.values(), ["source_path"])


def _stamp(stat: os.stat_result) -> _Stamp:
    return stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino
