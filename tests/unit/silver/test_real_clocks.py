"""Real recordings whose clocks know no date: no row of silver lies in 1970, 1980 or 1999, and it is said why not."""

import os
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from longtail.settings import REPOSITORY
from spark_jobs.readers import formats, registry
from spark_jobs.readers.source import SourceFile
from spark_jobs.silver import clock_models
from spark_jobs.silver.log_clock import OLDEST_NS, DriveFacts

DATA = Path(os.environ.get("LONGTAIL_TEST_DATA", REPOSITORY.parent / "shared" / "data"))
RECEIVED_NS = 1_790_000_000_000_000_000
pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(not DATA.is_dir(), reason=f"no real recordings in {DATA} (LONGTAIL_TEST_DATA)"),
]
DATELESS = ["av2/sensor/*/*.feather", "kitti_tracking/**/*.txt", "commonroad_ngsim/**/*.xml", "asam_osi/**/*.osi"]
DATED = ["boreas/**/*poses*.csv"]


def models_of(pattern: str) -> list[tuple[Path, clock_models.ClockModels, np.ndarray]]:
    """(file, its clock models, t_ns of all its rows) of the first small file that a reader takes."""
    found = []
    for path in sorted(p for p in DATA.glob(pattern) if p.is_file() and p.stat().st_size < 3_000_000):
        name = formats.sniff(str(path))
        if len(found) == 1 or name not in formats.BY_NAME or formats.BY_NAME[name].module is None:
            continue
        source = SourceFile(str(path), path.name, "p", "d", name, path.stat().st_size)
        parts: dict[str, list[pl.DataFrame]] = {}
        for task in registry.plan(source).tasks:
            for table, rows in registry.read(task):
                if table in clock_models.INPUTS:
                    parts.setdefault(table, []).append(pl.DataFrame(rows))
        streams = {table: pl.concat(each) for table, each in parts.items()}
        if streams:
            models = clock_models.build(streams, "p", "d", DriveFacts("utc", None, RECEIVED_NS))
            times = [models.on_reference(frame)["t_ns"].to_numpy() for frame in streams.values()]
            found.append((path, models, np.concatenate(times)))
    return found


@pytest.mark.parametrize("pattern", DATELESS)
def test_a_recording_without_a_date_is_put_before_its_reception_and_it_is_said(pattern: str):
    found = models_of(pattern)
    assert found
    for path, models, t_ns in found:
        assert OLDEST_NS < t_ns.min() <= t_ns.max() <= RECEIVED_NS, path
        table = models.table.to_pylist()
        assert {row["log_anchor"] for row in table} == {"received"}, path
        assert all("date is unknown" in row["reason"] and row["confidence"] < 0.5 for row in table), path
        assert not models.is_dated


@pytest.mark.parametrize("pattern", DATED)
def test_a_recording_with_a_date_keeps_it(pattern: str):
    found = models_of(pattern)
    assert found
    for path, models, t_ns in found:
        assert t_ns.min() > OLDEST_NS, path
        assert models.is_dated, path
        assert {row["log_anchor"] for row in models.table.to_pylist()} == {"recorded"}, path
