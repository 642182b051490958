"""The lake: the one module that knows where a table lives and which files make up a version of it."""

import re
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote

import pyarrow as pa
from deltalake import DeltaTable
from deltalake.exceptions import TableNotFoundError
from pyarrow import dataset

from longtail.contracts import contract
from longtail.settings import settings

LAYERS = ("bronze", "silver", "ops", "ml", "intermediate", "marts")
_NAME = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")


class LakeError(RuntimeError):
    """A table that is not there, or that the compatibility profile does not cover."""


def root() -> str:
    """The lake root: an absolute path, or the URI as configured."""
    value = settings().lake
    return value.rstrip("/") if "://" in value else str(Path(value).resolve())


def location(table: str) -> str:
    """Where `table` ("silver.ego_motion") lives; it need not exist.

    Raises:
        LakeError: the name is not schema.table in lower case.
    """
    if not _NAME.fullmatch(table):
        raise LakeError(f"{table!r} is not a table name; expected layer.table, for example silver.ego_motion")
    layer, _, name = table.partition(".")
    return f"{root()}/{layer}/{name}"


def exists(table: str) -> bool:
    """True when `table` has a Delta log."""
    return bool(DeltaTable.is_deltatable(location(table)))


def open_table(table: str, version: int | None = None) -> DeltaTable:
    """The Delta table, at `version` or the newest.

    Raises:
        LakeError: it does not exist, or needs reader features outside the compatibility profile
            (deletion vectors or column mapping, which some readers silently misread).
    """
    try:
        delta = DeltaTable(location(table), version=version)
    except TableNotFoundError:
        why = f"{table} does not exist yet in {root()}; run `longtail ingest` and `longtail curate` first"
        raise LakeError(why) from None
    protocol = delta.protocol()
    if protocol.min_reader_version > 1 and set(protocol.reader_features or ["?"]) - {"timestampNtz"}:
        raise LakeError(f"{table} uses reader features {protocol.reader_features}; the compatibility profile has none")
    return delta


def read(table: str, columns: Sequence[str] | None = None, version: int | None = None) -> pa.Table:
    """The whole of a small table, `columns` of it or all, at `version` or the newest; empty when it does not exist.

    Plain Parquet reads of the files in the log: `DeltaTable.to_pyarrow_table` keeps threads of its own filesystem that
    abort the interpreter on its way out ("terminate called without an active exception").

    Raises:
        ContractError: the table does not exist and has no contract that would say what no rows look like.
    """
    if not exists(table):
        schema = contract(table).schema.remove_metadata()
        return schema.empty_table().select(list(columns or schema.names))
    delta = open_table(table, version)
    if "://" in root() or delta.metadata().partition_columns:
        return delta.to_pyarrow_table(columns=list(columns) if columns else None)
    names = pa.table(delta.get_add_actions()).column("path").to_pylist()
    paths = [f"{location(table)}/{unquote(name)}" for name in names]
    rows = dataset.dataset(paths, schema=pa.schema(delta.schema().to_arrow()), format="parquet")
    return rows.to_table(columns=list(columns) if columns else None)


def version(table: str) -> int:
    """The newest version of `table`, or -1 when it does not exist."""
    return int(DeltaTable(location(table)).version()) if exists(table) else -1


def tables() -> list[str]:
    """Every table found in the lake, sorted. Local lakes are listed; on a URI the catalogue is the list.

    A log without a commit or checkpoint is what a killed writer left of a table that never came to be.
    """
    base = Path(root())
    logs = (log for layer in LAYERS for log in base.glob(f"{layer}/*/_delta_log") if any(log.glob("[0-9]*")))
    return sorted(f"{log.parent.parent.name}.{log.parent.name}" for log in logs)
