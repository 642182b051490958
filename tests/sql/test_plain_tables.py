"""While our own driver curates, small tables are their files: the same rows, and Delta's again later."""

from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest
from deltalake import write_deltalake

from longtail import lake

pytestmark = pytest.mark.spark

ODD = pa.table(
    {
        "name": pa.array(["it's \\ odd\n", None, "", "zwölf"]),
        "t_ns": pa.array([1_780_000_000_000_000_001, -1, None, 0], pa.int64()),
        "speed_mps": pa.array([0.1, float("inf"), None, -1e-300]),
        "side": pa.array([1, -1, None, 0], pa.int32()),
        "is_lead": pa.array([True, None, False, True]),
    }
)
MANY = pa.table({"drive_id": ["a"] * 3000, "t_ns": pa.array(range(3000), pa.int64())})


def write(table: str, rows: pa.Table, **options) -> None:
    write_deltalake(lake.location(table), rows, **options)


@pytest.mark.usefixtures("empty_lake")
def test_small_tables_have_the_same_rows_without_delta_and_are_deltas_again_afterwards(spark) -> None:
    from spark_jobs.plain_tables import plain_tables
    from spark_jobs.session import spark_session

    write("silver.odd", ODD)
    write("silver.none", ODD.slice(0, 0))
    write("silver.many", MANY)
    write("silver.many", MANY, mode="append")
    write("silver.parted", MANY, partition_by=["drive_id"])
    spark = spark_session()

    def rows(table: str) -> pl.DataFrame:
        return pl.DataFrame(pl.from_arrow(spark.table(table).toArrow())).sort("t_ns")

    def plan(table: str) -> str:
        return spark._jvm.PythonSQLUtils.explainString(spark.table(table)._jdf.queryExecution(), "simple")

    tables = ["silver.odd", "silver.none", "silver.many", "silver.parted", "silver.absent"]
    expected = {table: rows(table) for table in tables[:-1]}
    assert expected["silver.many"].height == 6000
    with plain_tables(spark, tables) as show:
        for table in tables[:-1]:
            assert rows(table).equals(expected[table], null_equal=True), table
            assert rows(table).schema == expected[table].schema, table
            assert ("Tahoe" in plan(table) or "Prepared" in plan(table)) == (table == "silver.parted"), plan(table)
        write("silver.odd", ODD.slice(0, 1), mode="overwrite")
        assert rows("silver.odd").height == 4, "the version that was shown stays"
        show("silver.odd")
        assert rows("silver.odd").height == 1
    assert not spark.catalog.databaseExists("plain")
    write("silver.many", MANY, mode="append")
    spark_session()
    assert rows("silver.many").height == 9000
    assert len(list(Path(lake.location("silver.many")).glob("*.parquet"))) == 3, "the files are still there"
