"""One table as each engine reads it, brought into one form: columns in order, four plain types, rows sorted."""

import base64

import polars as pl
import pyarrow as pa
from deltalake import DeltaTable, QueryBuilder

_TRINO = {"bigint": pl.Int64, "integer": pl.Int64, "double": pl.Float64, "boolean": pl.Boolean, "varbinary": pl.Binary}


def plain(frame: pl.DataFrame) -> pl.DataFrame:
    """`frame` with integers as Int64 and rows in one order. Doubles keep every bit.

    Raises:
        TypeError: a column of a type outside the compatibility profile.
    """
    profile = {pl.Int64, pl.Float64, pl.String, pl.Boolean, pl.Binary}
    narrow = [name for name, kind in frame.schema.items() if kind in {pl.Int8, pl.Int16, pl.Int32}]
    frame = frame.with_columns(pl.col(name).cast(pl.Int64) for name in narrow)
    strangers = {name: kind for name, kind in frame.schema.items() if kind not in profile}
    if strangers:
        raise TypeError(f"outside the compatibility profile: {strangers}")
    return frame.sort(frame.columns, nulls_last=True) if frame.width else frame


def by_duckdb(table: str) -> pl.DataFrame:
    from longtail.query import sql

    return plain(sql(f"select * from {table}", as_="polars"))


def by_delta_rs(location: str) -> pl.DataFrame:
    answer = QueryBuilder().register("t", DeltaTable(location)).execute("select * from t")
    return plain(pl.DataFrame(pl.from_arrow(pa.table(answer))))


def by_polars(location: str) -> pl.DataFrame:
    return plain(pl.scan_delta(location).collect())


def by_spark(spark, table: str) -> pl.DataFrame:
    return plain(pl.DataFrame(pl.from_arrow(spark.table(table).toArrow())))


def by_trino(result) -> pl.DataFrame:
    """From the rows of infra.trino.client.execute: NaN and Infinity arrive as text, bytes as base64."""
    columns = {}
    for index, (name, kind) in enumerate(zip(result.columns, result.types, strict=True)):
        values = [row[index] for row in result.rows]
        if kind == "double":
            values = [None if value is None else float(value) for value in values]
        if kind == "varbinary":
            values = [None if value is None else base64.b64decode(value) for value in values]
        columns[name] = pl.Series(values, dtype=_TRINO.get(kind, pl.String))
    return plain(pl.DataFrame(columns))


def answer(table: pa.Table) -> list[tuple]:
    """The rows of an answer in their order, doubles rounded to 9 significant digits, decimals as numbers."""
    return [tuple(_rounded(value) for value in row.values()) for row in table.to_pylist()]


def rounded(rows) -> list[tuple]:
    return [tuple(_rounded(value) for value in row) for row in rows]


def _rounded(value):
    return float(f"{value:.9g}") if isinstance(value, float) else value
