"""Writes the ml.* tables: made from their contracts, and every write lands once however often it is tried."""

from collections.abc import Sequence

import polars as pl
import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, Transaction, write_deltalake
from deltalake.exceptions import CommitFailedError
from sqlglot import exp

from longtail import lake
from longtail.contracts import conform, contract
from longtail.query import sql

# No deletion vectors, no column mapping: what every reader of the compatibility profile understands.
_PROPERTIES = {"delta.checkpointInterval": "100"}


def append_once(table: str, rows: pa.Table, app_id: str) -> bool:
    """Append `rows` unless a commit of `app_id` is already in the log; True when they were written now.

    The transaction is checked here because delta-rs records it but does not enforce it; the handle that was checked
    is the one that commits, so a second writer in between is refused and then sees the first one's transaction.
    """
    rows = conform(table, rows)
    for _ in range(3):
        delta = _open(table)
        if delta.transaction_version(app_id) is not None:
            return False
        try:
            properties = CommitProperties(app_transactions=[Transaction(app_id, 1)])
            write_deltalake(delta, rows, mode="append", commit_properties=properties)
        except CommitFailedError:
            continue
        return True
    raise lake.LakeError(f"{table}: another writer kept committing {app_id}; run the command again")


def upsert(table: str, rows: pa.Table, key: Sequence[str], scope: tuple[str, str]) -> int:
    """Make the rows of `table` with the keys of `rows` equal to `rows`; how many had to change.

    `scope` is (column, value): all of `rows` have it, and only table rows that have it are compared, which keeps the
    comparison small. Nothing is committed when nothing changed. Two nulls in a key are the same key.
    """
    rows = conform(table, rows)
    delta = _open(table)
    column, value = scope
    present = pl.DataFrame(rows_of(table, column, value))
    changed = pl.DataFrame(rows).join(present, on=rows.column_names, how="anti", nulls_equal=True)
    if len(changed):
        same_key = " and ".join(f"coalesce(old.{name}, '') = coalesce(new.{name}, '')" for name in key)
        merge = delta.merge(conform(table, changed.to_arrow()), same_key, source_alias="new", target_alias="old")
        merge.when_matched_update_all().when_not_matched_insert_all().execute()
    return len(changed)


def rows_of(table: str, column: str, value: str) -> pa.Table:
    """The rows of `table` where `column` is `value`, empty when the table is not there yet."""
    is_wanted = exp.column(column).eq(exp.Parameter(this="value"))
    query = exp.select("*").from_(exp.to_table(table)).where(is_wanted).sql(dialect="duckdb")
    found: pa.Table = sql(query, parameters={"value": value})
    return found


def _open(table: str) -> DeltaTable:
    if not lake.exists(table):
        promise = contract(table)
        DeltaTable.create(
            lake.location(table),
            schema=promise.schema,
            mode="ignore",
            description=promise.comment,
            configuration=_PROPERTIES,
        )
    return lake.open_table(table)
