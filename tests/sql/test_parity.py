"""Every mart has the same rows on Spark and on DuckDB: keys and text exactly, doubles within 1e-9 relative."""

import shutil
from pathlib import Path

import polars as pl
import pytest

from longtail import lake
from longtail.settings import settings

KEYS = {  # of the others: event_id
    "dim_drives": "drive_id",
    "dim_odd_cells": "odd_cell_id",
    "dim_scenario_definitions": "scenario_id",
    "fct_coverage_metrics": "metric_id",
    "fct_detection_matches": "match_id",
    "fct_kpis": "kpi_id",
    "fct_odd_coverage": "coverage_id",
    "fct_parameter_coverage": "bin_id",
    "fct_perception_slices": "slice_id",
    "fct_pipeline_latency": "drive_id",
    "fct_scenario_evaluability": "evaluability_id",
    "fct_scenario_rates": "rate_id",
    "fct_training_samples": "sample_id",
    "fct_trigger_discoveries": "discovery_id",
}
EMPTY = {"fct_superseded_events"}  # nothing was superseded; all else has rows
OWN_CLOCK = {"curated_at_ns", "silver_to_curated_s", "received_to_curated_s"}  # each run's own time


@pytest.mark.spark
def test_every_mart_has_equal_rows_on_spark_and_duckdb(
    curated_lake: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import duckdb

    from spark_jobs.curate import curate

    # as it was when Spark curated it: other tests have trained and scored in it since
    ignored = shutil.ignore_patterns("ml", "definition_scores")
    monkeypatch.setenv("LONGTAIL_LAKE", str(shutil.copytree(curated_lake, tmp_path / "lake", ignore=ignored)))
    settings.cache_clear()
    marts = [table.partition(".")[2] for table in lake.tables() if table.startswith("marts.")]
    assert set(KEYS) < set(marts)
    file = tmp_path / "parity.duckdb"
    curate("duckdb", database=file)
    with duckdb.connect(str(file), read_only=True) as connection:
        for mart in marts:
            key = KEYS.get(mart, "event_id")
            by_spark = pl.DataFrame(pl.from_arrow(lake.open_table(f"marts.{mart}").to_pyarrow_table())).sort(key)
            by_duckdb = pl.DataFrame(pl.from_arrow(connection.table(f"marts.{mart}").to_arrow_table())).sort(key)
            assert by_spark.columns == by_duckdb.columns, mart
            assert by_spark.schema == by_duckdb.schema, mart
            assert_equal_rows(mart, by_spark, by_duckdb)
            assert (by_spark.height == 0) == (mart in EMPTY), f"{mart}: {by_spark.height} rows"


def assert_equal_rows(mart: str, left: pl.DataFrame, right: pl.DataFrame) -> None:
    assert left.height == right.height, mart
    for name, kind in left.schema.items():
        if name in OWN_CLOCK:
            continue
        one, other = left[name], right[name]
        if kind == pl.Float64:
            size = pl.select(pl.max_horizontal(one.abs(), other.abs())).to_series()
            odd = ((one - other).abs() > 1e-9 * size) | (one.is_null() != other.is_null())
        else:
            odd = ~one.eq_missing(other)
        wrong = odd.fill_null(False)
        assert not wrong.any(), f"{mart}.{name}: {left.filter(wrong).head(3)} against {right.filter(wrong).head(3)}"
