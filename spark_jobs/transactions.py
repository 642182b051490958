"""Which application transactions a Delta table holds, read from its log in one go.

`DeltaTable.transaction_version` answers for one name at the price of all of them: 80 ms each at 100,000 names.
"""

import json
import re

import pyarrow.compute as pc
import pyarrow.parquet as pq
from deltalake import DeltaTable
from pyarrow import fs

_CHECKPOINT = re.compile(r"(\d{20})\.checkpoint(\.\d+\.\d+)?\.parquet")
_COMMIT = re.compile(r"(\d{20})\.json")


def transactions(delta: DeltaTable) -> set[str]:
    """The application ids committed to `delta` up to its version, a bit beyond when a newer checkpoint is there."""
    system, log = _log(delta.table_uri)
    names = [info.base_name for info in system.get_file_info(fs.FileSelector(log)) if info.type == fs.FileType.File]
    checkpoints = [found for found in map(_CHECKPOINT.fullmatch, names) if found]
    newest = max((int(found.group(1)) for found in checkpoints), default=-1)
    ids: set[str] = set()
    for found in checkpoints:
        if int(found.group(1)) == newest:
            with system.open_input_file(f"{log}/{found.string}") as file:
                column = pq.ParquetFile(file).read(["txn.appId"]).column("txn")
            ids.update(pc.struct_field(column, "appId").drop_null().to_pylist())
    for found in filter(None, map(_COMMIT.fullmatch, names)):
        if newest < int(found.group(1)) <= delta.version():
            with system.open_input_stream(f"{log}/{found.string}") as stream:
                lines = [line for line in stream.read().splitlines() if line.startswith(b'{"txn"')]
            ids.update(json.loads(line)["txn"]["appId"] for line in lines)
    return ids


def _log(uri: str) -> tuple[fs.FileSystem, str]:
    system, path = fs.FileSystem.from_uri(uri) if "://" in uri else (fs.LocalFileSystem(), uri)
    return system, f"{path.rstrip('/')}/_delta_log"
