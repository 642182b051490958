"""From a Delta log to a DuckDB view: the files of one version, pruned by their statistics, read as plain Parquet."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable

from longtail import contracts, lake


@dataclass(frozen=True)
class Bounds:
    """What a reader already knows about the rows it wants. Files that cannot hold such rows are not opened.

    Pruning is by file statistics only: the query itself still filters. Times in ns on the reference clock.
    """

    drive_id: str | None = None
    time_column: str = "t_ns"
    start_ns: int | None = None
    end_ns: int | None = None


EVERYTHING = Bounds()


def files(delta: DeltaTable, bounds: Bounds = EVERYTHING) -> tuple[list[str], bool]:
    """Paths of the Parquet files of this version that may hold rows inside `bounds`, in the order of the log.

    The second value is true when some file lacks a column that another one has (the schema has grown).
    """
    actions = pa.table(delta.get_add_actions(flatten=True))
    keep = pa.array([True] * actions.num_rows, pa.bool_())
    for column, low, high in (
        ("drive_id", bounds.drive_id, bounds.drive_id),
        (bounds.time_column, bounds.start_ns, bounds.end_ns),
    ):
        keep = pc.and_(keep, _may_hold(actions, column, low, high))
    null_counts = [name for name in actions.column_names if name.startswith("null_count.")]
    is_grown = any(0 < actions.column(name).null_count < actions.num_rows for name in null_counts)
    base = str(delta.table_uri).rstrip("/").removeprefix("file://")
    names = [unquote(path) for path in actions.filter(keep).column("path").to_pylist()]
    return [name if name.startswith("/") else f"{unquote(base)}/{name}" for name in names], is_grown


def add_view(connection: duckdb.DuckDBPyConnection, table: str, version: int | None, bounds: Bounds) -> list[str]:
    """Create the view `table` ("silver.ego_motion") over one pinned version; returns the files it reads.

    A table without files, or one that no run has written yet but that has a contract, is an empty view with its
    columns and types. Lakes behind a URI and partitioned tables are read through delta-rs instead of by path.
    """
    schema, _, name = table.partition(".")
    connection.execute(f'create schema if not exists "{schema}"')
    connection.execute(f'set schema = "{schema}"')
    paths: list[str] = []
    if not lake.exists(table):
        empty = contracts.contract(table).schema.empty_table()
        relation = connection.from_arrow(empty)
    else:
        delta = lake.open_table(table, version)
        if "://" in lake.root() or delta.metadata().partition_columns:
            relation = connection.from_arrow(delta.to_pyarrow_dataset())
        else:
            paths, is_grown = files(delta, bounds)
            relation = _relation(connection, delta, paths, is_grown)
    relation.create_view(name)
    connection.execute("set schema = 'main'")
    return paths


def _relation(
    connection: duckdb.DuckDBPyConnection, delta: DeltaTable, paths: list[str], is_grown: bool
) -> duckdb.DuckDBPyRelation:
    schema = pa.schema(delta.schema().to_arrow())
    if not paths:
        return connection.from_arrow(schema.empty_table())
    found = connection.read_parquet(paths, union_by_name=is_grown)
    if found.columns == schema.names:
        return found
    columns = ", ".join(f'"{name}"' for name in schema.names)
    return found.project(columns)


def _may_hold(actions: pa.Table, column: str, low: Any, high: Any) -> pa.Array:
    """One boolean per file: false only where its statistics rule out every value in [low, high]."""
    names = set(actions.column_names)
    keep = pa.array([True] * actions.num_rows, pa.bool_())
    if high is not None and f"min.{column}" in names:
        keep = pc.and_(keep, pc.fill_null(pc.less_equal(actions.column(f"min.{column}"), high), True))
    if low is not None and f"max.{column}" in names:
        keep = pc.and_(keep, pc.fill_null(pc.greater_equal(actions.column(f"max.{column}"), low), True))
    return keep
