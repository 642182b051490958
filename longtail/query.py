"""SQL over the lake: DuckDB in memory, one view per table that the query names, every view pinned to a version.

Read only by construction: one SELECT, on a connection that may open the files of its views and nothing else.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import duckdb
import pyarrow as pa

from longtail.scan import EVERYTHING, Bounds, add_view
from longtail.settings import settings
from longtail.statement import SEARCH, QueryError, one_line, tables_of

As = Literal["arrow", "polars", "pandas"]
Versions = int | Mapping[str, int] | None
Parameters = Mapping[str, Any] | Sequence[Any] | None
# Data files never change: a footer is read once for the view and the query over it.
_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "python_enable_replacements": False,
    "autoinstall_known_extensions": False,
    "parquet_metadata_cache": True,
}


def sql(
    query: str,
    version: Versions = None,
    as_: As = "arrow",
    parameters: Parameters = None,
    bounds: Bounds = EVERYTHING,
) -> Any:
    """The answer to one SELECT over lake tables, as pyarrow (default), polars or pandas.

    `version` pins tables to Delta versions, {"silver.ego_motion": 3}, or is a number when the query names one table;
    what is not pinned is read at its newest version. `parameters` binds $name (mapping) or ? (sequence). `bounds` is
    what the caller knows about the rows that the query keeps: files outside are not opened.

    Raises:
        QueryError: not a single SELECT, an unknown table or version, or anything that DuckDB refuses.
    """
    with connection(query, version, bounds) as session:
        try:
            table = session.sql(query, params=parameters).to_arrow_table()
        except duckdb.Error as error:
            raise QueryError(one_line(error)) from error
    return shaped(_without_hugeint(table), as_)


@contextmanager
def connection(
    query: str, version: Versions = None, bounds: Bounds = EVERYTHING
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A locked DuckDB connection that holds a view for each lake table in `query`, and can read nothing else."""
    session = duckdb.connect(config=_CONFIG)
    try:
        tables = tables_of(session, query)
        pins = _pins(tables, version)
        paths = [path for table in tables for path in add_view(session, table, pins.get(table), bounds)]
        _lock(session, paths)
        yield session
    finally:
        session.close()


def shaped(table: pa.Table, as_: As) -> Any:
    """`table` as pyarrow, polars or pandas."""
    if as_ == "arrow":
        return table
    if as_ == "polars":
        import polars as pl

        return pl.from_arrow(table)
    if as_ == "pandas":
        return table.to_pandas()
    raise QueryError(f"as_ is {as_!r}; expected arrow, polars or pandas")


def _pins(tables: Sequence[str], version: Versions) -> dict[str, int]:
    if version is None:
        return {}
    if isinstance(version, int):
        if len(tables) != 1:
            raise QueryError(f"a bare version needs a query over one table, this one reads {len(tables)}")
        return {tables[0]: version}
    strangers = sorted(set(version) - set(tables))
    if strangers:
        raise QueryError(f"version given for {', '.join(strangers)}, which the query does not read")
    return dict(version)


def _lock(session: duckdb.DuckDBPyConnection, paths: list[str]) -> None:
    """From here on: no file but the ones of the views, no extension, no change of settings."""
    present = {row[0] for row in session.execute("select schema_name from information_schema.schemata").fetchall()}
    layers = ["main", *(schema for schema in SEARCH if schema in present)]
    spill = Path(settings().cache).resolve() / "duckdb"
    session.execute("set search_path = $layers", {"layers": ",".join(layers)})
    session.execute("set temp_directory = $folder", {"folder": str(spill)})
    session.execute("set allowed_paths = $paths", {"paths": paths})
    session.execute("set enable_external_access = false")
    session.execute("set lock_configuration = true")


def _without_hugeint(table: pa.Table) -> pa.Table:
    """sum() of a bigint is a 128 bit integer in DuckDB; it comes back as int64 where it fits."""
    for index, field in enumerate(table.schema):
        if field.type == pa.decimal128(38, 0):
            try:
                narrow = table.column(index).cast(pa.int64())
            except pa.ArrowInvalid:
                continue
            table = table.set_column(index, field.name, narrow)
    return table
