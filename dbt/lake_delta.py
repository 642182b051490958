"""dbt-duckdb plugin: one view per Delta table of the lake, pinned to its newest version; absent tables are empty views.

The files of a version come from the Delta log and are read with read_parquet: no extension, nothing downloaded.
"""

from typing import Any

import pyarrow as pa
from dbt.adapters.duckdb.plugins import BasePlugin
from duckdb import DuckDBPyConnection

from longtail import contracts, lake

_DUCKDB = {
    pa.string(): "varchar",
    pa.int64(): "bigint",
    pa.float64(): "double",
    pa.bool_(): "boolean",
    pa.binary(): "blob",
}


class Plugin(BasePlugin):
    """Shows the lake to DuckDB. `schemas`: the layers to show."""

    def initialize(self, plugin_config: dict[str, Any]) -> None:
        """Take the list of layers from profiles.yml."""
        self._schemas: list[str] = plugin_config["schemas"]

    def configure_connection(self, conn: DuckDBPyConnection) -> None:
        """Make the views.

        Raises:
            lake.LakeError: a table needs reader features outside the compatibility profile.
        """
        present = set(lake.tables())
        for schema in self._schemas:
            conn.execute(f"create schema if not exists {_quoted(schema)}")
        for table in sorted(present | set(contracts.all_tables())):
            schema, _, name = table.partition(".")
            if schema in self._schemas:
                query = _scan(table) if table in present else None
                conn.execute(f"create or replace view {_quoted(schema)}.{_quoted(name)} as {query or _empty(table)}")


def _scan(table: str) -> str | None:
    """The query over the files of `table`; None when its version has no file."""
    files = lake.open_table(table).file_uris()
    if not files:
        return None
    listed = ", ".join("'" + file.replace("'", "''") + "'" for file in sorted(files))
    return f"select * from read_parquet([{listed}], hive_partitioning = false)"  # noqa: S608 - quoted file names


def _empty(table: str) -> str:
    """A query without rows that has the columns of `table`: by its contract, or by its own schema when it is a mart."""
    schema = contracts.contract(table).schema if table in contracts.all_tables() else _own_schema(table)
    columns = ", ".join(f"cast(null as {_DUCKDB[field.type]}) as {_quoted(field.name)}" for field in schema)
    return f"select {columns} where false"


def _own_schema(table: str) -> pa.Schema:
    arrow = pa.schema(lake.open_table(table).schema().to_arrow())
    plain = {pa.string_view(): pa.string(), pa.large_string(): pa.string()}
    return pa.schema([field.with_type(plain.get(field.type, field.type)) for field in arrow])


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
