"""The models that sql/refav reads, as dbt makes them on DuckDB from tables that a test gives."""

import tempfile
from pathlib import Path
from typing import NamedTuple

import duckdb
import polars as pl
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner
from deltalake import write_deltalake

from longtail.contracts import conform
from longtail.settings import settings
from spark_jobs.curate import PROJECT
from spark_jobs.process_of_dbt import process_of_dbt

MODELS = ("int_road_users__boxed", "int_road_users__located")
_OPTIONS = ("--quiet", "--log-level", "none", "--log-level-file", "none", "--no-use-colors", "--target", "duckdb")
# What the contracts ask for and no question does.
_REQUIRED = {
    "bronze.drives": {"log_clock": "utc", "is_declared": False},
    "bronze.map_elements": {"file_id": "f", "topic": "map"},
    "bronze.map_lanes": {"file_id": "f", "z_map_m": 0.0},
    "silver.object_tracks": {"height_m": 1.5, "lane_source": "none", "is_interpolated": False},
    "silver.ego_motion": {"lane_source": "none", "motion_source": "pose", "is_interpolated": False},
}


class Built(NamedTuple):
    """A DuckDB in memory, one thread, and the statements that made its models, by name and in order."""

    connection: duckdb.DuckDBPyConnection
    statements: dict[str, str]


def built(tables: dict[str, pl.DataFrame]) -> Built:
    """`tables` (those of _REQUIRED) and the models over them: dbt builds and compiles, its SQL is run again in memory.

    Raises:
        AssertionError: a model failed.
    """
    connection = duckdb.connect(config={"threads": 1})
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for table, rows in tables.items():
            missing = {"project_id": "p"} | _REQUIRED[table]
            whole = rows.with_columns(pl.lit(value).alias(key) for key, value in missing.items() if key not in rows)
            write_deltalake(folder / "lake" / table.replace(".", "/"), conform(table, whole.to_arrow()))
        _run(folder)
        connection.execute(f"attach '{folder}/longtail.duckdb' as file (read_only)")
        thresholds = ("intermediate.int_thresholds__pivoted",)
        staged = tuple(f"staging.stg_{table.partition('.')[2]}" for table in tables)
        for schema in ("bronze", "staging", "intermediate"):
            connection.execute(f"create schema {schema}")
        for table in (*(each for each in tables if each.startswith("bronze.")), *staged, *thresholds):
            connection.execute(f"create table {table} as from file.{table}")
        connection.execute("detach file")
        compiled = folder / "dbt/compiled/longtail/models/intermediate"
        statements = {model: (compiled / f"{model}.sql").read_text().replace('"longtail".', "") for model in MODELS}
    for model, statement in statements.items():
        connection.execute(f"create table intermediate.{model} as {statement}")
    return Built(connection, statements)


def _run(folder: Path) -> None:
    environment = {
        "LONGTAIL_LAKE": str(folder / "lake"),
        "LONGTAIL_DUCKDB_PATH": str(folder / "longtail.duckdb"),
        "LONGTAIL_DBT_PROJECT": str(PROJECT),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }
    places = ["--project-dir", PROJECT, "--profiles-dir", PROJECT]
    places += ["--log-path", folder, "--target-path", folder / "dbt"]
    which = ["--select", f"+{MODELS[-1]}", "--resource-type", "model", "--resource-type", "seed"]
    with process_of_dbt(environment):
        settings.cache_clear()
        outcome = dbtRunner().invoke(["build", *which, *map(str, places), *_OPTIONS])
        DuckDBConnectionManager.env().close()
        DuckDBConnectionManager.close_all_connections()
    settings.cache_clear()
    assert outcome.success, [(each.node.name, each.message) for each in getattr(outcome.result, "results", [])]
