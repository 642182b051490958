"""Times and values of the hostile corpus in silver: no grid that grows without bound, no number that is none."""

from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from spark_jobs.readers import registry
from spark_jobs.readers.source import SourceFile
from spark_jobs.silver.drive import build_drive
from tests.faults.hostile_corpus import TIMES, VALUES

CASES = TIMES | VALUES


@pytest.mark.parametrize("name", CASES)
def test_a_hostile_drive_gives_few_rows_and_finite_numbers(name: str, tmp_path: Path) -> None:
    path = tmp_path / "recording.mcap"
    CASES[name][0](path)
    source = SourceFile(str(path), "ab" * 32, "p", "d", "mcap", path.stat().st_size)
    parts: dict[str, list[pa.Table]] = {}
    for task in registry.plan(source).tasks:
        for table, rows in registry.read(task):
            parts.setdefault(table, []).append(rows)
    bronze = {table: pl.DataFrame(pa.concat_tables(rows)) for table, rows in parts.items()}
    for table, rows in build_drive(bronze, (), ("p", "d")).items():
        assert rows.num_rows <= 200, f"{table}: {rows.num_rows} rows out of 40 messages"
        for field in rows.schema:
            if pa.types.is_floating(field.type):
                assert pc.all(pc.is_finite(rows.column(field.name))).as_py() is not False, f"{table}.{field.name}"
