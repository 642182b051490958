"""Contracts: every DDL file promises what a reader needs, and every table that ingest writes keeps its promise."""

import pyarrow as pa
import pytest

from longtail import lake
from longtail.contracts import all_tables, conform, contract
from spark_jobs.commit import WRITER, ensure_table


@pytest.mark.parametrize("table", all_tables())
def test_every_contract_says_grain_ordering_writer_and_what_each_column_means(table: str) -> None:
    promise = contract(table)
    assert promise.comment
    assert promise.grain.startswith("one row per ")
    assert promise.writer in {"delta-rs", "spark"}
    assert set(promise.ordering) <= set(promise.schema.names)
    for field in promise.schema:
        comment = field.metadata[b"comment"].decode()
        assert comment, f"{table}.{field.name} has no comment"
        assert not field.nullable or "null:" in comment or comment.startswith("as in "), (
            f"{table}.{field.name} may be null and its comment does not say what null means"
        )


@pytest.mark.parametrize("table", [table for table in all_tables() if contract(table).writer == WRITER])
def test_a_new_delta_rs_table_is_its_contract(table: str, empty_lake: object) -> None:
    delta = ensure_table(table)
    assert_is_contract(table)
    assert pa.schema(delta.schema().to_arrow()).equals(contract(table).schema, check_metadata=True)
    assert delta.metadata().configuration["lake.writer"] == WRITER


@pytest.mark.spark
def test_every_table_of_an_ingested_lake_is_its_contract(settled_lake: object) -> None:
    written = [table for table in lake.tables() if table in all_tables()]
    assert {"bronze.messages", "bronze.drives", "silver.ego_motion", "ops.ingest_ledger"} <= set(written)
    for table in written:
        assert_is_contract(table)
        rows = lake.read(table)
        assert conform(table, rows).num_rows == rows.num_rows


def assert_is_contract(table: str) -> None:
    """Names, order, types and comments of the table's Delta schema, and reader features nobody lacks."""
    promise, delta = contract(table), lake.open_table(table)
    found = {field.name: field for field in delta.schema().fields}
    assert list(found) == promise.schema.names
    kinds = {
        "long": pa.int64(),
        "string": pa.string(),
        "double": pa.float64(),
        "boolean": pa.bool_(),
        "binary": pa.binary(),
    }
    for field in promise.schema:
        assert kinds[found[field.name].type.type] == field.type, f"{table}.{field.name}"
        assert found[field.name].metadata.get("comment") == field.metadata[b"comment"].decode(), f"{table}.{field.name}"
        assert found[field.name].nullable == field.nullable, f"{table}.{field.name}"
    assert delta.metadata().description == promise.comment
    assert delta.protocol().min_reader_version == 1
