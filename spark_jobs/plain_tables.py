"""What a curate on Spark reads: small Delta tables as their files, without Delta's own queries about each.

Every read of a Delta table is two queries of Delta first, the state of its version and the files for the query: of a
small table they cost more than the table. So while our own driver curates, the catalog has a view instead: over the
Parquet files that the log of the newest version names, in one partition. The tables stay what they are; only this
process sees the views.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from urllib.parse import unquote

import pyarrow as pa
from pyspark.sql import SparkSession
from pyspark.sql import types as spark_types

from longtail import lake
from spark_jobs.session import has_own_catalog

Show = Callable[[str], None]

_SCHEMA = "plain"
_MAX_FILES = 100  # more: Delta's lists are worth what they cost
_ONE_PARTITION_BYTES = 64 << 20  # compressed; nothing to exchange between tasks, and no job for each exchange
_PLAIN_PATH = re.compile(r"[\w/.=-]+")  # the rest means something in a pattern of paths
_TYPES: dict[pa.DataType, spark_types.DataType] = {
    pa.string(): spark_types.StringType(),
    pa.string_view(): spark_types.StringType(),
    pa.large_string(): spark_types.StringType(),
    pa.int32(): spark_types.IntegerType(),
    pa.int64(): spark_types.LongType(),
    pa.float64(): spark_types.DoubleType(),
    pa.bool_(): spark_types.BooleanType(),
}


@contextmanager
def plain_tables(spark: SparkSession, tables: Sequence[str]) -> Iterator[Show]:
    """Show `tables` plain, and give the function that shows another one, once its newest version is written.

    Afterwards the catalog has forgotten the layers of the lake: the next spark_session() registers them again. A
    catalog that others see, and a lake that is not local, stay as they are.
    """
    if not has_own_catalog() or "://" in lake.root():
        yield lambda table: None
        return
    spark.sql(f"create schema if not exists {_SCHEMA}")
    try:
        for table in tables:
            _show(spark, table)
        yield lambda table: _show(spark, table)
    finally:
        for schema in (*lake.LAYERS, _SCHEMA):
            spark.sql(f"drop schema if exists {schema} cascade")  # all are external: files stay


def _show(spark: SparkSession, table: str) -> None:
    if not lake.exists(table):
        return
    delta = lake.open_table(table)
    arrow = pa.schema(delta.schema().to_arrow())
    actions = pa.table(delta.get_add_actions(flatten=True))
    paths = sorted(f"{lake.location(table)}/{unquote(path)}" for path in actions.column("path").to_pylist())
    is_plain = all(field.type in _TYPES for field in arrow) and all(_PLAIN_PATH.fullmatch(path) for path in paths)
    if not is_plain or delta.metadata().partition_columns or len(paths) > _MAX_FILES:
        return
    schema = spark_types.StructType([spark_types.StructField(field.name, _TYPES[field.type]) for field in arrow])
    num_bytes = sum(actions.column("size_bytes").to_pylist())
    has_rows = any(count != 0 for count in actions.column("num_records").to_pylist())  # None: not told
    query = _files(spark, table, schema, paths, num_bytes) if has_rows else _nothing(schema)
    spark.sql(f"drop table if exists {table}")
    spark.sql(f"create view {table} as {query}")


def _files(
    spark: SparkSession, table: str, schema: spark_types.StructType, paths: Sequence[str], num_bytes: int
) -> str:
    """The query over a Parquet table of these files."""
    name = f"{_SCHEMA}.{table.replace('.', '__')}"
    place = lake.location(table)
    inside = ",".join(path.removeprefix(f"{place}/") for path in paths)
    spark.sql(f"drop table if exists {name}")
    spark.catalog.createTable(name, path=f"{place}/{{{inside}}}", source="parquet", schema=schema)
    hint = "/*+ coalesce(1) */ " if num_bytes <= _ONE_PARTITION_BYTES else ""
    return f"select {hint}{', '.join(f'`{column}`' for column in schema.names)} from {name}"  # noqa: S608 - our names


def _nothing(schema: spark_types.StructType) -> str:
    """The query of a table without rows."""
    nulls = ", ".join(f"cast(null as {field.dataType.simpleString()}) as `{field.name}`" for field in schema)
    return f"select {nulls} where false"
