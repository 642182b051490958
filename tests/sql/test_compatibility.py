"""The compatibility profile holds: every engine reads the same rows from every table, by content and not by count."""

import polars as pl
import pytest
from deltalake import DeltaTable
from frames import by_delta_rs, by_duckdb, by_polars, by_spark, by_trino

from longtail import lake

pytestmark = pytest.mark.spark  # the lake comes from Spark


@pytest.fixture(scope="module")
def expected(curated_lake):
    """Every table as polars reads it, and it is not an empty set of empty tables."""
    found = {}
    for log in sorted(curated_lake.glob("*/*/_delta_log")):
        folder = log.parent
        found[f"{folder.parent.name}.{folder.name}"] = by_polars(str(folder))
    assert {name.partition(".")[0] for name in found} >= {"bronze", "silver", "ops", "intermediate", "marts"}
    assert sum(frame.height > 0 for name, frame in found.items() if name.startswith("marts.")) >= 5
    return found


def differing(expected, read):
    """Tables that `read` does not give as expected, with what differs."""
    found = {}
    for table, frame in expected.items():
        other = read(table)
        if other.schema != frame.schema:
            found[table] = set(other.schema.items()) ^ set(frame.schema.items())
        elif not other.equals(frame):
            found[table] = pl.concat([frame, other]).filter(pl.concat([frame, other]).is_unique()).head(4)
    return found


def test_no_table_needs_a_reader_feature_beyond_the_profile(expected, settled_lake):
    for table in expected:
        lake.open_table(table)  # refuses the others
        assert DeltaTable(lake.location(table)).protocol().min_reader_version == 1, table


def test_duckdb_reads_what_polars_reads(expected, settled_lake):
    assert differing(expected, by_duckdb) == {}


def test_delta_rs_reads_what_polars_reads(expected, settled_lake):
    assert differing(expected, lambda table: by_delta_rs(lake.location(table))) == {}


@pytest.mark.slow  # a second for each table; .ci/run runs it
def test_spark_reads_what_polars_reads(expected, settled_lake):
    from spark_jobs.session import spark_session

    spark = spark_session()
    assert differing(expected, lambda table: by_spark(spark, table)) == {}


@pytest.mark.trino
def test_trino_reads_what_polars_reads(expected, trino):
    assert differing(expected, lambda table: by_trino(trino(f"select * from {table}"))) == {}


@pytest.mark.trino
def test_trino_may_read_the_lake_but_not_change_it(trino):
    from infra.trino.client import TrinoError

    for statement in (
        "delete from marts.dim_drives",
        "insert into marts.dim_scenario_definitions select * from marts.dim_scenario_definitions",
        "drop table marts.dim_drives",
        "create table marts.copy as select * from marts.dim_drives",
    ):
        with pytest.raises(TrinoError, match="PERMISSION_DENIED"):
            trino(statement)
