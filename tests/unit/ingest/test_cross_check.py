"""ingest --cross-check: other decoders agree with every message of the corpus, and a wrong row is found."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from deltalake import write_deltalake

from longtail import lake
from spark_jobs import ledger
from spark_jobs.cross_check import cross_check, sampled
from spark_jobs.readers.source import SourceFile
from tests.unit.ingest.conftest import Ingest
from tests.unit.readers.mcap_recordings import write_mcap


@pytest.fixture
def source(tmp_path: Path, ingest_here: Ingest) -> SourceFile:
    """A recording of every kind of message that decodes, landed."""
    path = tmp_path / "landing" / "d0" / "recording.mcap"
    path.parent.mkdir(parents=True)
    ingest_here(write_mcap(path, ticks=40).parent)
    (row,) = ledger.load().values()
    names = ("file_id", "project_id", "drive_id", "format", "num_bytes")
    return SourceFile(path=row["source_path"], **{name: row[name] for name in names})


def test_all_decoded_messages_of_the_corpus_agree_with_other_decoders(source: SourceFile) -> None:
    found = cross_check(source, 1.0)
    decoded = lake.read("bronze.messages").column("stream")
    assert found.problems == ()
    assert found.num_unknown == 0
    assert found.num_checked == len(decoded) - decoded.null_count > 300


@pytest.mark.parametrize(
    ("table", "column"), [("ego_poses", "x_map_m"), ("objects", "y_m"), ("imu_samples", "sensor_time_ns")]
)
def test_a_value_that_is_not_in_the_payload_is_found(source: SourceFile, table: str, column: str) -> None:
    rows = lake.read(f"bronze.{table}")
    values = rows.column(column).to_pylist()
    victim = next(place for place, value in enumerate(values) if value)
    values[victim] += 1
    field = rows.schema.get_field_index(column)
    wrong = rows.set_column(field, rows.schema.field(column), pa.array(values, rows.schema.field(column).type))
    write_deltalake(lake.location(f"bronze.{table}"), wrong, mode="overwrite")
    (problem,) = cross_check(source, 1.0).problems
    assert (problem.reason, problem.record_index) == (
        "cross_check_mismatch",
        rows.column("record_index")[victim].as_py(),
    )


def test_a_missing_row_is_found(source: SourceFile) -> None:
    rows = lake.read("bronze.gnss_fixes")
    write_deltalake(lake.location("bronze.gnss_fixes"), rows.slice(1), mode="overwrite")
    (problem,) = cross_check(source, 1.0).problems
    assert problem.record_index == rows.column("record_index")[0].as_py()


def test_the_sample_is_the_same_each_time_near_its_share_and_grows_with_it() -> None:
    numbers = np.arange(200_000)
    first, again = sampled("ab" * 32, numbers, 0.01), sampled("ab" * 32, numbers, 0.01)
    assert np.array_equal(first, again)
    assert 1_700 < first.sum() < 2_300
    assert not (first & ~sampled("ab" * 32, numbers, 0.1)).any()
    assert not np.array_equal(first, sampled("cd" * 32, numbers, 0.01))
    assert sampled("ab" * 32, numbers, 1.0).all()
