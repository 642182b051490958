"""Files in a table's folder that no version of the table names: what a killed writer leaves behind, found and swept."""

import json
import re
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote

import pyarrow.parquet as pq
from pyarrow import fs

from longtail import lake

# An ingest commits a file minutes after it has written it; what is a day old waits for no commit any more.
SAFE_AGE_S = 86_400
_LOG = "_delta_log"
_CHECKPOINT = re.compile(r"\d{20}\.checkpoint.*\.parquet")
_DATA = re.compile(r"\.?(?P<name>[^/]+\.parquet)(\.crc|#\d+)?")  # "#1": staged by delta-rs; ".x.crc": Hadoop's checksum
_STAGED = re.compile(r"_commit_[^/]*\.tmp|\d{20}[^/]*#\d+|\.\d{20}[^/]*\.tmp")


def mentioned(table: str) -> set[str]:
    """Every data file, relative to the table, that a commit or checkpoint of its log adds or removes.

    That is what any version which can still be read needs: a log entry is removed only with the versions it makes.
    """
    system, root = _place(table)
    found: set[str] = set()
    for info in _files(system, f"{root}/{_LOG}", recursive=False):
        if _CHECKPOINT.fullmatch(info.base_name):
            actions = pq.ParquetFile(info.path, filesystem=system).read(["add.path", "remove.path"])
            for column in actions.columns:
                found |= {row["path"] for row in column.to_pylist() if row and row["path"]}
        elif re.fullmatch(r"\d{20}\.json", info.base_name):
            with system.open_input_stream(info.path) as stream:
                entries = [json.loads(line) for line in stream.read().splitlines() if line]
            found |= {entry[kind]["path"] for entry in entries for kind in ("add", "remove") if kind in entry}
    return {unquote(path) for path in found}


def orphans(table: str, older_than_s: float = SAFE_AGE_S) -> list[str]:
    """Paths of the files of `table` that no version names and that were last written `older_than_s` ago, sorted."""
    system, root = _place(table)
    # Listed before the log is read: a file that is committed in between is then in the log.
    files = list(_files(system, root, recursive=True))
    before = datetime.now(UTC) - timedelta(seconds=older_than_s)
    named = mentioned(table)
    return sorted(info.path for info in files if info.mtime <= before and _is_left(info.path[len(root) + 1 :], named))


def sweep(table: str, older_than_s: float = SAFE_AGE_S) -> int:
    """Remove the orphans of `table`; returns their number. Every version reads afterwards what it read before.

    Unlike VACUUM it keeps files that only old versions name, so a pinned snapshot stays readable. `older_than_s` must
    be longer than any writer takes between writing a file and committing it.
    """
    system, _ = _place(table)
    left = orphans(table, older_than_s)
    for path in left:
        system.delete_file(path)
    return len(left)


def _is_left(path: str, named: set[str]) -> bool:
    folder, _, name = path.rpartition("/")
    if folder == _LOG:
        return bool(_STAGED.fullmatch(name))
    is_data = _DATA.fullmatch(name)
    return bool(is_data) and f"{folder}/{is_data['name']}".lstrip("/") not in named


def _place(table: str) -> tuple[fs.FileSystem, str]:
    system, path = fs.FileSystem.from_uri(lake.location(table))
    return system, path.rstrip("/")


def _files(system: fs.FileSystem, folder: str, recursive: bool) -> list[fs.FileInfo]:
    found = system.get_file_info(fs.FileSelector(folder, allow_not_found=True, recursive=recursive))
    return [info for info in found if info.type == fs.FileType.File]
